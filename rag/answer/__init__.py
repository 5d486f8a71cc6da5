"""From ranked paragraphs to cited sentences, or a refusal."""

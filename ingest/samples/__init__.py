"""Sample articles written for Footnote: what the library holds when a person has added nothing yet."""

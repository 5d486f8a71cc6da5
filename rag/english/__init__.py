"""What is known of English beyond a model."""

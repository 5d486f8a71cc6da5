"""One reader a format: bytes in, paragraphs and metadata out."""

"""Texts to vectors: the encoders, and the chunks and budgets made for them."""

"""Prompts are Markdown files; this package loads them."""

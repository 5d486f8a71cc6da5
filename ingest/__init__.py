"""Read articles, cut them into chunks, encode them, and keep them in the library."""

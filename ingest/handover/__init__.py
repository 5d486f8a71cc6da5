"""Changes to a library that a running server holds, handed over to it."""

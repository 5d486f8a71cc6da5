"""The library: a record in SQLite, and the vector index that is rebuilt from it."""

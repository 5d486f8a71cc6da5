"""Work that waits in PostgreSQL until one of many workers takes it: reading, encoding and storing."""

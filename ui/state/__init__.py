"""What a page remembers: sessions, choices, the view of the library, conversations on disk."""

"""What an evaluation tells: tables, pages, comparisons, gates."""

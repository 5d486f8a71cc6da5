"""How much may be given at once: the same on the page and at the doors for programs."""

from __future__ import annotations

MOST_FILES = 200  # in one drop or request
MOST_LINKS = 50
MOST_FILED = 20  # collections and tags that what is added is put under
LONGEST_PASTE = 2_000_000  # characters
LONGEST_TITLE = 300
LONGEST_TEXT = 400_000  # characters of a text to summarise: about 150 pages
LONGEST_DRAFT = 20_000  # characters of a draft to check: about 150 sentences, each searched for
MOST_SUMMED = 12  # articles in one summary

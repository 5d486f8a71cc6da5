"""The `footnote` command and the page."""

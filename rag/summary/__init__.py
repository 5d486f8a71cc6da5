"""One paragraph from whole articles."""

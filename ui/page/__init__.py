"""The acts of the page."""

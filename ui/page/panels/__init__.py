"""One panel a file: its acts, and what each changes on the page."""

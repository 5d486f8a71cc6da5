"""What is written in replies, ours and others': markers of sources, and words that decline."""

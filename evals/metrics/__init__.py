"""What is measured of a case, and the figures made of many."""

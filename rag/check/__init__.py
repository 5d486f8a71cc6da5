"""Does the evidence say what a sentence says?"""

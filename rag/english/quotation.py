"""Words in quotation marks, as English, German, French, Spanish and TeX write them.

Where marks stand alone, or as a person types them into a question, the patterns differ for a reason:
`footnote.ingest.text.sentences` reads closing marks after a stop, `footnote.rag.summary.eligibility` follows
a quotation from one sentence to the next, and also knows single marks.
"""

from __future__ import annotations

import re

OPENING = '“„«"'
# What is quoted, with its marks.
QUOTED = re.compile(r"“[^”]*”|„[^“”]*[“”]|«[^»]*»|\"[^\"]*\"|``.*?''")
OPENS = re.compile(f"[{OPENING}]")
# What a question quotes, between any two marks: people type what is at hand.
TYPED = re.compile(rf"[{OPENING}]([^{OPENING}”»]+)[\"”“»]")


def inside(quoted: str) -> str:
    """Return a match of `QUOTED` without its marks.

    >>> inside("“No.”"), inside("``No.''")
    ('No.', 'No.')
    """
    width = 2 if quoted.startswith("``") else 1
    return quoted[width:-width]

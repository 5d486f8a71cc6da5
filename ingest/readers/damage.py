"""What breaks a text on its way: undone, and counted by its kind so that a warning can name it."""

from __future__ import annotations

import re
from collections import Counter

_MARKS = "\u0300-\u036f\u0483-\u0489\u1ab0-\u1aff\u1dc0-\u1dff\u20d0-\u20ff\ufe20-\ufe2f"
# Each with what a warning says of so many of them.
KINDS = (
    ("NUL characters ({}) were taken out of it.", re.compile("\x00")),
    (
        "ANSI escapes ({}), which colour a terminal, were taken out of it.",
        re.compile(
            "\x1b(?:\\[[0-?]{0,40}[ -/]{0,8}[@-~]|\\][^\x07\x1b\n]{0,200}(?:\x07|\x1b\\\\)|[@-Z\\\\^_])"
        ),
    ),
    ("Lone surrogates ({}), halves of characters, were taken out of it.", re.compile("[\ud800-\udfff]")),
    # No language has so many on one letter: Vietnamese has two, notations of sounds three.
    ("Stacked marks ({}) were taken off its letters.", re.compile(f"[{_MARKS}]{{4,}}")),
)
PERHAPS = re.compile(f"[\x00\x1b\ud800-\udfff]|[{_MARKS}]{{4}}")


def repaired(text: str) -> tuple[str, Counter[str]]:
    """Return `text` without such damage, and how often there was which, by what is to be said of it."""
    found: Counter[str] = Counter()
    if not PERHAPS.search(text):
        return text, found
    for said, pattern in KINDS:
        text, count = pattern.subn("", text)
        found[said] = count
    return text, +found


def warnings_of(found: Counter[str]) -> tuple[str, ...]:
    """Return a sentence for each kind of damage."""
    return tuple(said.format(f"{count:,}") for said, count in found.items())

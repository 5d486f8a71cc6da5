"""Who speaks in a written conversation, and what is asked: a question says nothing, an answer is somebody's.

Structure alone, in any language: “Venn: We shall close it.”, and headings that are questions.
"""

from __future__ import annotations

import re
from collections import Counter
from typing import TYPE_CHECKING, NamedTuple

from footnote.rag.types import QUESTION_MARKS

if TYPE_CHECKING:
    from collections.abc import Sequence

LABEL = re.compile(r"(?P<who>[A-Z][\w.’'&-]*(?: [A-Z][\w.’'&-]*){0,3}): +(?=\S)")
FEWEST_TURNS = 4
FEWEST_ASKED = 3  # headings: one or two are those of an essay


class Turn(NamedTuple):
    """A paragraph of a conversation: its speaker, empty where only a letter or nothing names one.

    `start` is where in the paragraph the words begin.
    """

    speaker: str
    start: int
    asks: bool


NARRATION = Turn("", 0, asks=False)


def turns(paragraphs: Sequence[str], *, interview: bool = False) -> dict[int, Turn]:
    """Return the turns of a conversation by the paragraph's place; none of what is not one.

    Labels make a conversation where several come back. In an interview without them the paragraphs that end
    in a question are turns.

    >>> said = ["HSR: How is trade?", "Ada Venn: It is slow.", "HSR: Why?", "Venn: The bridge is closed."]
    >>> [(turn.speaker, turn.asks) for turn in turns(said).values()]
    [('HSR', True), ('Ada Venn', False), ('HSR', True), ('Ada Venn', False)]
    >>> turns(["Parking: 60 spaces.", "Entry: two euros.", "Dogs: none.", "Bus: every hour."])
    {}
    """
    labels = {n: match for n, text in enumerate(paragraphs) if (match := LABEL.match(text))}
    speakers = _in_full({n: match["who"] for n, match in labels.items()})
    said = Counter(speakers.values())
    if len(labels) < max(FEWEST_TURNS, 2 * len(said)) or len(said) < 2:
        asked = (
            n for n, text in enumerate(paragraphs) if interview and text.rstrip().endswith(QUESTION_MARKS)
        )
        return {n: Turn("", 0, asks=True) for n in asked}
    asking = Counter(
        who for n, who in speakers.items() if any(mark in paragraphs[n] for mark in QUESTION_MARKS)
    )
    return {
        n: Turn(who if len(who) > 1 else "", labels[n].end(), asks=2 * asking[who] > said[who])
        for n, who in speakers.items()
    }


def _in_full(labels: dict[int, str]) -> dict[int, str]:
    """Return the labels with a surname alone made the longest that ends in it."""
    known = set(labels.values())
    full = {who: max((k for k in known if f" {k}".endswith(f" {who}")), key=len) for who in known}
    return {n: full[who] for n, who in labels.items()}


def headings_asked(sections: Sequence[str]) -> dict[int, str]:
    """Return the question that each paragraph right below one answers, where most headings of an article ask.

    >>> headings_asked(["", "Can I park?", "Can I park?", "Do you rent boats?", "Is there a café?"])
    {1: 'Can I park?', 3: 'Do you rent boats?', 4: 'Is there a café?'}
    """
    firsts = {section: n for n, section in reversed(list(enumerate(sections))) if section}
    asked = {
        n: section
        for section, n in sorted(firsts.items(), key=lambda kept: kept[1])
        if section.endswith(QUESTION_MARKS)
    }
    return asked if len(asked) >= FEWEST_ASKED and 2 * len(asked) > len(firsts) else {}

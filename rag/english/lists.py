"""What is known of English: the lists in `data/`, and in ingest those that reading articles needs too."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from footnote.ingest.text.word_lists import ENGLISH, WordLists, either

if TYPE_CHECKING:
    from collections.abc import Sequence

LISTS = WordLists((Path(__file__).with_name("data"), *ENGLISH.folders))
groups, in_order, words, table, firsts = (
    LISTS.groups, LISTS.in_order, LISTS.words, LISTS.table, LISTS.firsts,
)  # fmt: skip

# What a question may begin with: “is”, “did”, “must”.
AUXILIARIES = words("auxiliaries", "be", "do", "have", "modal", "future", "able or bound")
AUXILIARY = either(AUXILIARIES)
DENIABLE = either(AUXILIARIES - {"may", "might", "must", "shall"})  # with “n’t”; nobody says “mayn’t”


def in_a_row(items: Sequence[str], joint: str = "and") -> str:
    """Return items as they are listed in a sentence; "" of none.

    >>> in_a_row(["a", "b", "c"], "or"), in_a_row(["a"])
    ('a, b or c', 'a')
    """
    return f" {joint} ".join(filter(None, [", ".join(items[:-1]), *items[-1:]]))

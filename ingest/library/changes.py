"""What changed between two versions of an article: paragraphs, and words inside of them."""

from __future__ import annotations

import re
from dataclasses import dataclass
from difflib import SequenceMatcher
from typing import TYPE_CHECKING, Any, Literal

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

LEAST_ALIKE = 0.4  # share of words of two paragraphs that are taken for two forms of one
MOST_WORDS = 2_000  # of a paragraph whose words are compared; longer ones are shown whole
WORDS = re.compile(r"\s+|\d+(?:[.,:]\d+)+|\w+|[^\w\s]")  # a number is one word: 380,000


@dataclass(frozen=True, slots=True)
class WordRun:
    """A run of words that both versions have, or only the old, or only the new one."""

    kind: Literal["same", "removed", "added"]
    text: str


@dataclass(frozen=True, slots=True)
class Change:
    """A paragraph that was added, removed or changed; its number is 0 in a version without it."""

    kind: Literal["added", "removed", "changed"]
    before: int
    after: int
    parts: tuple[WordRun, ...]

    def as_json(self) -> dict[str, Any]:
        """Return the form of the JSON output."""
        return {
            "kind": self.kind,
            "before": self.before,
            "after": self.after,
            "parts": [{"kind": part.kind, "text": part.text} for part in self.parts],
        }


def compare(before: Sequence[str], after: Sequence[str]) -> tuple[Change, ...]:
    """Return what changed from one list of paragraphs to another, in the order of the text.

    >>> [change] = compare(["It cost 4 million.", "It rained."], ["It cost 5 million.", "It rained."])
    >>> [(part.kind, part.text) for part in change.parts]
    [('same', 'It cost '), ('removed', '4'), ('added', '5'), ('same', ' million.')]
    """
    matcher = SequenceMatcher(None, before, after, autojunk=False)
    return tuple(
        change
        for kind, a, b, c, d in matcher.get_opcodes()
        if kind != "equal"
        for change in _changes(before, after, range(a, b), range(c, d))
    )


def _changes(before: Sequence[str], after: Sequence[str], old: range, new: range) -> Iterator[Change]:
    """Yield the changes in a stretch that differs: paragraphs that are alike are two forms of one."""
    rest = list(new)
    for index in old:
        # In order: what stands before the twin came new.
        twin = next((n for n in rest if _are_alike(before[index], after[n])), None)
        if twin is None:
            yield Change("removed", index + 1, 0, (WordRun("removed", before[index]),))
            continue
        while rest[0] != twin:
            yield _added(rest.pop(0), after)
        rest.pop(0)
        yield Change("changed", index + 1, twin + 1, tuple(_parts(before[index], after[twin])))
    for index in rest:
        yield _added(index, after)


def _added(index: int, after: Sequence[str]) -> Change:
    return Change("added", 0, index + 1, (WordRun("added", after[index]),))


def _are_alike(a: str, b: str) -> bool:
    first, second = set(a.casefold().split()), set(b.casefold().split())
    return len(first & second) >= LEAST_ALIKE * max(len(first), len(second), 1)


def _parts(a: str, b: str) -> Iterator[WordRun]:
    first, second = WORDS.findall(a), WORDS.findall(b)
    if max(len(first), len(second)) > MOST_WORDS:
        yield WordRun("removed", a)
        yield WordRun("added", b)
        return
    for kind, start, end, other_start, other_end in SequenceMatcher(
        None, first, second, autojunk=False
    ).get_opcodes():
        if kind == "equal":
            yield WordRun("same", "".join(first[start:end]))
            continue
        if end > start:
            yield WordRun("removed", "".join(first[start:end]))
        if other_end > other_start:
            yield WordRun("added", "".join(second[other_start:other_end]))

"""Lists of words, each kept once, as text: what a rule knows of English is data beside it.

A line is a group of words, blanks between them. `# …` is a comment, `[months]` names the lines after it.

    # Months, in order, with their short forms.
    [months]
    january jan
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

Group = tuple[str, ...]


@lru_cache(maxsize=64)
def _sections(path: Path) -> dict[str, tuple[Group, ...]]:
    found: dict[str, list[Group]] = {"": []}
    section = ""
    for line in path.read_text(encoding="utf-8").splitlines():
        if line.startswith("[") and line.endswith("]"):
            section = line[1:-1]
            found[section] = []
        elif line and not line.startswith("#"):
            found[section].append(tuple(line.split()))
    return {name: tuple(groups) for name, groups in found.items() if groups}


@dataclass(frozen=True, slots=True)
class WordLists:
    """The lists in some folders, by name; a list stands in one of them. Without sections all are meant."""

    folders: tuple[Path, ...]

    def sections(self, name: str) -> dict[str, tuple[Group, ...]]:
        """Return the lines of a list by section, in order; `KeyError` when there is no such list."""
        for folder in self.folders:
            path = folder / f"{name}.txt"
            if path.exists():
                return _sections(path)
        raise KeyError(name)

    def groups(self, name: str, *sections: str) -> tuple[Group, ...]:
        """Return the lines of a list, or of some of its sections, each as its words.

        >>> ENGLISH.groups("calendar", "months")[:2]
        (('january', 'jan'), ('february', 'feb'))
        """
        held = self.sections(name)
        return tuple(group for section in sections or held for group in held[section])

    def in_order(self, name: str, *sections: str) -> tuple[str, ...]:
        """Return the words of a list in order, each once."""
        return tuple(dict.fromkeys(word for group in self.groups(name, *sections) for word in group))

    def words(self, name: str, *sections: str) -> frozenset[str]:
        """Return the words of a list."""
        return frozenset(self.in_order(name, *sections))

    def table(self, name: str, *sections: str) -> dict[str, str]:
        """Return the first word of each line by its others: a verb by a form, a value by a word.

        >>> ENGLISH.table("numbers", "cardinals")["twenty"]
        '20'
        """
        return {word: first for first, *others in self.groups(name, *sections) for word in others}

    def firsts(self, name: str, *sections: str) -> tuple[str, ...]:
        """Return the first word of each line, in order."""
        return tuple(group[0] for group in self.groups(name, *sections))


def either(words: Iterable[str]) -> str:
    """Return a pattern of any of the words, a longer before its beginning.

    >>> either(("one", "nine", "nineteen"))
    '(?:nineteen|nine|one)'
    """
    return f"(?:{'|'.join(sorted(words, key=lambda w: (-len(w), w)))})"


ENGLISH = WordLists((Path(__file__).with_name("data"),))

# In order, from January and from Monday.
MONTHS, WEEKDAYS = ENGLISH.firsts("calendar", "months"), ENGLISH.firsts("calendar", "weekdays")
SHORT_DATES = {
    short: day for day, *shorts in ENGLISH.groups("calendar", "months", "weekdays") for short in shorts
}


def saying(*sections: str, base: bool = False) -> frozenset[str]:
    """Return forms of verbs of saying that go with one speaker, “says” and “said”; with `base` also “say”."""
    forms = ENGLISH.groups("verbs_of_saying", *sections)
    return frozenset(form for group in forms for form in (group if base else group[1:]))

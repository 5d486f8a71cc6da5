"""How a reply shows itself in a notebook and when it is printed: its text, and a note for each marker.

Articles are other people's words: nothing in them may become a mark of Markdown or a tag of HTML.
"""

from __future__ import annotations

import html
import re
from abc import abstractmethod
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Sequence

# What Markdown could take for something of its own: marks, tags, links, formulas; a numbered list's number.
MARKS = re.compile(r"([\\`*_{}\[\]<>#|$~&!+=-])|^(\d+)([.)])", re.MULTILINE)
INDENT = re.compile(r"^[^\S\n]+", re.MULTILINE)  # of four blanks Markdown makes code


class Note(NamedTuple):
    """A footnote: its number, where it leads, the words."""

    number: int
    place: str
    quote: str


class Shown:
    """A reply that shows itself: `print(reply)`, and the last line of a cell in Jupyter."""

    __slots__ = ()

    @abstractmethod
    def _shown(self) -> tuple[str, Sequence[Note]]:
        """Return the text with its markers, and what they stand for."""

    def __str__(self) -> str:
        text, notes = self._shown()
        return "\n".join(
            [text, *([""] if notes else []), *(f"[{n.number}] {n.place}: “{n.quote}”" for n in notes)]
        )

    def _repr_markdown_(self) -> str:
        """Return the reply for a notebook."""
        text, notes = self._shown()
        listed = [f"> **[{n.number}]** *{_escaped(n.place)}*: “{_escaped(n.quote)}”" for n in notes]
        return "\n>\n".join([f"{_escaped(text)}\n", *listed]) if listed else _escaped(text)

    def _repr_html_(self) -> str:
        """Return the reply for a notebook."""
        text, notes = self._shown()
        listed = "".join(
            f"<li value={n.number}><cite>{html.escape(n.place)}</cite>: <q>{html.escape(n.quote)}</q></li>"
            for n in notes
        )
        return f"<p>{html.escape(text)}</p>" + (f"<ol>{listed}</ol>" if listed else "")


def _escaped(text: str) -> str:
    r"""Return a text that Markdown shows as it stands.

    >>> print(_escaped("*No* [1] <b>\n1. a\n    - b"))
    \*No\* \[1\] \<b\>
    1\. a
    \- b
    """
    return MARKS.sub(lambda m: f"\\{m[1]}" if m[1] else f"{m[2]}\\{m[3]}", INDENT.sub("", text))

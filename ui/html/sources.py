"""The sources as HTML: numbered paragraphs with the quoted words marked, between dimmed neighbours."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from footnote.ui.html.templating import render
from footnote.ui.html.wording import places, readable_date

if TYPE_CHECKING:
    from collections.abc import Sequence

    from footnote.rag.types import Citation
    from footnote.ui.html.templating import Html

AROUND = 90  # characters shown before and after the quote in a paragraph that is not chosen: two lines
LEAST_CUT = 60  # fewer characters than these are not worth hiding


@dataclass(frozen=True, slots=True)
class CitedPlace:
    """A citation with what the library knows about its place; all empty once the article is gone.

    `pasted` says that it is of a text that was never in the library.
    """

    citation: Citation
    title: str = ""
    section: str = ""
    date: str = ""
    url: str = ""
    before: str = ""
    after: str = ""
    gone: bool = False
    pasted: bool = False


@dataclass(frozen=True, slots=True)
class ShownSource:
    """A cited place with its facts in a line, and what is near the quote and what is far from it."""

    place: CitedPlace
    facts: str
    far_before: str
    before: str
    after: str
    far_after: str


def sources(number: int, found: Sequence[CitedPlace], *, active: int = 0, refused: bool = False) -> Html:
    """Render the paragraphs behind exchange `number`; `active` is the footnote that was chosen."""
    shown = [_shown(place) for place in found]
    return render("sources", "sources", exchange=number, sources=shown, active=active, refused=refused)


def lost_source() -> Html:
    """Render what a footnote opens that is no longer known."""
    return render("sources", "lost")


def _shown(place: CitedPlace) -> ShownSource:
    citation = place.citation
    text, start, end = citation.paragraph_text, citation.quote_start, citation.quote_end
    paragraph, *more = places(citation)
    facts = [paragraph.capitalize(), *more, place.section, readable_date(place.date)]
    first, last = _near(text, start, end)
    return ShownSource(
        place,
        " · ".join(f for f in facts if f),
        far_before=text[:first],
        before=text[first:start],
        after=text[end:last],
        far_after=text[last:],
    )


def _near(text: str, start: int, end: int) -> tuple[int, int]:
    """Return which part of a long paragraph is shown around the quote `start` to `end`, whole words.

    >>> _near("short", 0, 5)
    (0, 5)
    """
    first, last = 0, len(text)
    if start > AROUND + LEAST_CUT:
        first = text.rfind(" ", 0, start - AROUND) + 1
    if last - end > AROUND + LEAST_CUT:
        space = text.find(" ", end + AROUND)
        last = space if space > 0 else last
    return first, last

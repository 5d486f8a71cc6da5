"""The sources as HTML: numbered paragraphs with the quoted words marked, between dimmed neighbours."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from footnote.ui.html.render import beginning, ending, escape, link, readable_date

if TYPE_CHECKING:
    from collections.abc import Sequence

    from footnote.rag.types import Citation

NEIGHBOUR = 260  # characters of the paragraph before and after: three lines of the panel
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


def sources(number: int, found: Sequence[CitedPlace], *, active: int = 0, refused: bool = False) -> str:
    """Render the paragraphs behind exchange `number`; `active` is the footnote that was chosen."""
    if not found:
        return (
            '<div class="sources" data-turn="0"><div class="nothing"><p>Choose a footnote in an answer, and '
            "the paragraph it rests on opens here, with the quoted words <mark>marked like this</mark>.</p>"
            "</div></div>"
        )
    hint = '<p class="hint">These came closest; none of them answers the question.</p>' if refused else ""
    cards = "".join(_source(number, n, s, active=n == active) for n, s in enumerate(found, start=1))
    return f'<div class="sources" data-turn="{number}">{hint}<ol>{cards}</ol></div>'


def lost_source() -> str:
    """Render what a footnote opens that is no longer known."""
    return (
        '<div class="sources" data-turn="0"><p class="nothing" role="alert">This footnote belongs to a '
        "conversation that is no longer here. Ask again to get a fresh one.</p></div>"
    )


def _source(turn: int, number: int, source: CitedPlace, *, active: bool) -> str:
    citation, ref = source.citation, f"{turn}-{number}"
    page = f"page {citation.page}" if citation.page else ""
    place = [f"Paragraph {citation.paragraph}", page, source.section, readable_date(source.date)]
    facts = escape(" · ".join(p for p in place if p))
    if link(source.url):
        facts += f" · {link(source.url)}"
    before = f'<p class="neighbour" dir="auto">{escape(ending(source.before, NEIGHBOUR))}</p>'
    after = f'<p class="neighbour" dir="auto">{escape(beginning(source.after, NEIGHBOUR))}</p>'
    title = escape(source.title or citation.title)
    return (
        f'<li class="source{" active" if active else ""}" id="source-{ref}" tabindex="-1" '
        f'aria-labelledby="source-{ref}-t"><div class="head">'
        f'<span class="number" aria-hidden="true">{number}</span><div>'
        f'<h3 id="source-{ref}-t" dir="auto"><span class="unseen">Source {number}: </span>{title}</h3>'
        f'<p class="facts">{facts}</p></div></div>{_state(source)}{before if source.before else ""}'
        f'<blockquote dir="auto">{_quoted(citation)}</blockquote>{after if source.after else ""}'
        f'<p class="source-acts">{_acts(ref, source)}</p></li>'
    )


def _quoted(citation: Citation) -> str:
    """Return the paragraph, the quoted words marked; what is far from them is shown once it is chosen."""
    text, start, end = citation.paragraph_text, citation.quote_start, citation.quote_end
    first, last = _near(text, start, end)
    before, after = escape(text[:first]), escape(text[last:])
    cut = '<span class="cut"></span>'
    return (
        (f'<span class="far">{before}</span>{cut}' if before else "")
        + f"{escape(text[first:start])}<mark>{escape(text[start:end])}</mark>{escape(text[end:last])}"
        + (f'{cut}<span class="far">{after}</span>' if after else "")
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


def _state(source: CitedPlace) -> str:
    if source.pasted:
        return '<p class="hint">From the text you pasted.</p>'
    if source.gone:
        return (
            '<p class="notice">This article has since been removed or replaced; this is the paragraph as it '
            "was quoted.</p>"
        )
    return ""


def _acts(ref: str, source: CitedPlace) -> str:
    back = f'<button type="button" class="link back" data-back="{ref}">Back to answer</button>'
    if source.gone or source.pasted:
        return back
    opens = '<button type="button" class="link" data-act="read-source"'
    return f'{opens} data-at="{ref}">Open in article</button>{back}'

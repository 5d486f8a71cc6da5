"""The library as HTML: the list of articles with what finds them, what became of files, and the reader."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import groupby
from typing import TYPE_CHECKING, Literal

from ui.render import escape, host, link, plural, readable_date, scope_words

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from ingest.library import ArticleRecord, ParagraphRecord
    from ingest.pipeline import Outcome

MOST_ROWS = 1000  # a list of 1,000 rows renders in about 0.1 s; nobody reads further
FEW = 6  # so many titles are seen at a glance: nothing to search, sort or filter
FILES, PASTED = "Files", "Pasted texts"


@dataclass(frozen=True, slots=True)
class Line:
    """One line of what became of a file, a link or a pasted text."""

    kind: Literal["good", "same", "bad", "busy"]
    text: str


def library(articles: Sequence[ArticleRecord], picked: Collection[str]) -> str:
    """Render the list of articles, each with its box, its facts and its acts."""
    total, chosen = len(articles), len(picked)
    scope = escape(scope_words(chosen, total))
    if not articles:
        return (
            f'<div class="library" data-scope="{scope}" data-total="0"><div class="nothing">'
            "<p><strong>No articles yet.</strong></p><p>Drop files above, or paste a link or a text: .txt, "
            ".md, .html, .pdf and .jsonl are read. They stay on this computer.</p></div></div>"
        )
    rows = "".join(_entry(a, a.article_id in picked) for a in articles[:MOST_ROWS])
    more = ""
    if total > MOST_ROWS:
        more = f'<p class="hint">The first {MOST_ROWS:,} of {total:,} articles by title.</p>'
    return (
        f'<div class="library" data-scope="{scope}" data-total="{total}" data-picked="{chosen}">'
        f'<div class="scope"><p><strong>{scope}</strong></p>{_scope_acts(chosen)}</div>'
        f'{_tools(articles) if total > FEW else ""}<ul class="rows">{rows}</ul>{more}'
        '<p class="hint" data-none hidden>No article fits. '
        '<button type="button" class="link" data-act="unfilter">Show all</button></p></div>'
    )


def _scope_acts(chosen: int) -> str:
    if not chosen:
        return '<p class="hint">Tick articles to ask only these.</p>'
    several = "Summary of these" if chosen > 1 else "Summary of it"
    return (
        f'<p class="acts"><button type="button" class="link" data-act="summary-picked">{several}</button>'
        '<button type="button" class="link" data-act="all">Search all</button></p>'
    )


def _tools(articles: Sequence[ArticleRecord]) -> str:
    """Render search, order and filters, which the page applies by itself."""
    sources = sorted({origin(a) for a in articles}, key=lambda s: (s in (FILES, PASTED), s))
    years = sorted({a.date[:4] for a in articles if a.date}, reverse=True)
    by_source = _select("source", "Source", [("", "Any source"), *((s, s) for s in sources)])
    dates = [("", "Any date"), *((y, y) for y in years)]
    if any(not a.date for a in articles):
        dates.append(("none", "No date"))
    order = _select(
        "order", "Order", [("title", "By title"), ("new", "Newest first"), ("old", "Oldest first")]
    )
    filters = (by_source if len(sources) > 1 else "") + (
        _select("date", "Date", dates) if len(dates) > 2 else ""
    )
    return (
        '<div class="tools"><label class="find"><span class="unseen">Find an article by its title</span>'
        '<input type="search" placeholder="Find an article" autocomplete="off" data-find></label>'
        f'<div class="selects">{order}{filters}</div>'
        '<p class="hint" data-shown-only hidden><span data-shown></span> '
        '<button type="button" class="link" data-act="pick-shown">Ask only these</button></p></div>'
    )


def _select(name: str, label: str, options: Sequence[tuple[str, str]]) -> str:
    rows = "".join(f'<option value="{escape(v)}">{escape(words)}</option>' for v, words in options)
    return (
        f'<label><span class="unseen">{label}</span>'
        f'<select data-filter="{name}" autocomplete="off">{rows}</select></label>'
    )


def origin(article: ArticleRecord) -> str:
    """Say where an article is from, for the filter: a web site, files, or pasted texts."""
    name = host(article.url) or host(article.source)
    return name.removeprefix("www.") or (PASTED if article.source.startswith("pasted text") else FILES)


def _entry(article: ArticleRecord, picked: bool) -> str:
    title, key = escape(article.title or article.source), escape(article.article_id)
    facts = [plural(article.paragraphs, "paragraph")]
    if article.date:
        facts.insert(0, readable_date(article.date))
    checked = " checked" if picked else ""
    return (
        f'<li class="entry" data-id="{key}" data-title="{title}" data-date="{escape(article.date)}" '
        f'data-source="{escape(origin(article))}" data-words="{escape(article.author)}">'
        f'<input type="checkbox" data-act="pick" aria-label="Ask only articles like this: {title}"{checked}>'
        f'<button type="button" class="title" data-act="read" title="{title}"><span dir="auto">{title}</span>'
        f'</button><p class="facts">{escape(" · ".join(facts))}</p>'
        f'<p class="acts"><button type="button" data-act="summary" aria-label="Summary of {title}">Summary'
        "</button>"
        f'<button type="button" data-act="rename" aria-label="Rename {title}">Rename</button>'
        f'<button type="button" data-act="remove" aria-label="Remove {title}">Remove</button></p></li>'
    )


def outcome(found: Outcome) -> Line:
    """Say in a line what became of one source."""
    name = found.source
    if found.status == "rejected":
        said = found.reason if name in found.reason else f"{name}: {found.reason}"
        return Line("bad", f"Not added. {said}")
    text = f"“{found.title or name}”, {plural(found.paragraphs, 'paragraph')}"
    match found.status:
        case "added":
            line = Line("good", f"Added {text}.")
        case "updated":
            line = Line("good", f"Updated {text}.")
        case "unchanged":
            line = Line("same", f"“{found.title or name}” is in the library already, unchanged.")
        case "duplicate":
            line = Line("same", f"{name} holds the same text as “{found.title}”: a duplicate, kept once.")
    return Line(line.kind, " ".join([line.text, *found.warnings]))


def lines(found: Sequence[Line], *, done: int = 0, total: int = 0) -> str:
    """Render what became of the items given, one line each, with a bar while there are more to come."""
    if not found:
        return '<div class="results"></div>'
    rows = "".join(f'<li class="{line.kind}">{escape(line.text)}</li>' for line in found)
    busy = any(line.kind == "busy" for line in found)
    bar = ""
    if busy and total > 1:
        bar = f'<progress max="{total}" value="{done}" aria-label="{done} of {total} done"></progress>'
    clear = "" if busy else '<button type="button" class="link" data-act="clear-results">Clear</button>'
    return f'<div class="results" data-busy="{int(busy)}">{bar}<ul>{rows}</ul>{clear}</div>'


# The reader


def reader(
    article: ArticleRecord,
    paragraphs: Sequence[ParagraphRecord],
    *,
    at: int = 0,
    quote: tuple[int, int] = (0, 0),
) -> str:
    """Render an article in full; paragraph `at` is scrolled to, the words `quote` in it are marked."""
    by = [article.author, readable_date(article.date), plural(article.paragraphs, "paragraph")]
    facts = escape(" · ".join(b for b in by if b))
    at_home = f" · {link(article.url)}" if link(article.url) else ""
    body = "".join(
        (f'<h3 dir="auto">{escape(section)}</h3>' if section else "")
        + "".join(_paragraph(p, quote if p.number == at else (0, 0), p.number == at) for p in group)
        for section, group in groupby(paragraphs, key=lambda p: p.section)
    )
    key = escape(article.article_id)
    return (
        f'<dialog class="reader" data-id="{key}" data-title="{escape(article.title)}" '
        'aria-labelledby="reader-title">'
        '<div class="reader-bar"><button type="button" class="plain" data-close-dialog>Close</button>'
        '<button type="button" class="plain" data-act="summary">Summary</button>'
        '<button type="button" class="plain" data-act="ask-only">Ask only this article</button></div>'
        f'<article><h2 id="reader-title" dir="auto">{escape(article.title)}</h2>'
        f'<p class="facts">{facts}{at_home}</p>{body}</article></dialog>'
    )


def _paragraph(paragraph: ParagraphRecord, quote: tuple[int, int], active: bool) -> str:
    text, (start, end) = paragraph.text, quote
    shown = escape(text)
    if 0 <= start < end <= len(text):
        shown = f"{escape(text[:start])}<mark>{escape(text[start:end])}</mark>{escape(text[end:])}"
    mark = ' class="active" tabindex="-1"' if active else ""
    return f'<p id="read-{paragraph.number}"{mark} data-n="{paragraph.number}" dir="auto">{shown}</p>'


def no_reader(words: str) -> str:
    """Render that there is nothing to read, or nothing at all."""
    return f'<div data-say="{escape(words)}"></div>'

"""The library as HTML: the list of articles with what finds them, and what became of files."""

from __future__ import annotations

from typing import TYPE_CHECKING

from footnote.ui.html.render import escape, plural, readable_date, scope_words
from footnote.ui.state.session import OutcomeLine
from footnote.ui.state.shelf import FILES, LONGEST_WORDS, ORDERS, PAGE, PASTED, UNDATED, fitting, origin

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from footnote.ingest.library.library import ArticleRecord
    from footnote.ingest.pipeline import Outcome
    from footnote.ui.state.shelf import View

FEW = 6  # so many titles are seen at a glance: nothing to search, sort or filter


# The list


def scope(picked: Collection[str], total: int) -> str:
    """Render which articles are asked, in words; the page ticks the boxes of those picked."""
    said = escape(scope_words(len(picked), total))
    ids = escape(" ".join(sorted(picked)))
    shown = f"<p><strong>{said}</strong></p>{_scope_acts(len(picked))}" if total else ""
    return f'<div class="scope" data-scope="{said}" data-total="{total}" data-picked="{ids}">{shown}</div>'


def _scope_acts(chosen: int) -> str:
    if not chosen:
        return '<p class="hint">Tick articles to ask only these.</p>'
    several = "Summary of these" if chosen > 1 else "Summary of it"
    return (
        f'<p class="acts"><button type="button" class="link" data-act="summary-picked">{several}</button>'
        '<button type="button" class="link" data-act="all">Search all</button></p>'
    )


def tools(articles: Sequence[ArticleRecord]) -> str:
    """Render search, order and filters; nothing for a few articles."""
    if len(articles) <= FEW:
        return '<div class="tools"></div>'
    sources = sorted({origin(a) for a in articles}, key=lambda s: (s in (FILES, PASTED), s))
    years = sorted({a.date[:4] for a in articles if a.date}, reverse=True)
    dates = [("", "Any date"), *((y, y) for y in years)]
    if any(not a.date for a in articles):
        dates.append((UNDATED, "No date"))
    filters = _select("order", "Order", list(ORDERS.items()))
    if len(sources) > 1:
        filters += _select("source", "Source", [("", "Any source"), *((s, s) for s in sources)])
    if len(dates) > 2:
        filters += _select("date", "Date", dates)
    return (
        '<div class="tools"><label class="find"><span class="unseen">Find an article</span>'
        f'<input type="search" placeholder="Find an article" autocomplete="off" maxlength="{LONGEST_WORDS}" '
        f'data-find></label><div class="selects">{filters}</div></div>'
    )


def _select(name: str, label: str, options: Sequence[tuple[str, str]]) -> str:
    rows = "".join(f'<option value="{escape(v)}">{escape(words)}</option>' for v, words in options)
    return (
        f'<label><span class="unseen">{label}</span>'
        f'<select data-filter="{name}" autocomplete="off">{rows}</select></label>'
    )


def rows(articles: Sequence[ArticleRecord], picked: Collection[str], view: View) -> str:
    """Render the articles that fit `view`, each with its box, its facts and its acts."""
    if not articles:
        return (
            '<div class="library"><div class="nothing"><p><strong>No articles yet.</strong></p><p>Drop files '
            "above, or paste a link or a text. Text, web pages, PDF, Word, EPUB, e-mail and more are read. "
            "They stay on this computer.</p></div></div>"
        )
    found = fitting(articles, view)
    if not found:
        return (
            '<div class="library"><p class="hint" role="status">No article fits. '
            '<button type="button" class="link" data-act="unfilter">Show all</button></p></div>'
        )
    few = ""
    if len(found) < len(articles):
        few = (
            f'<p class="hint shown-only"><span role="status">{len(found):,} of {len(articles):,} fit.</span> '
            '<button type="button" class="link" data-act="pick-shown">Ask only these</button></p>'
        )
    entries = "".join(_entry(a, a.article_id in picked) for a in found[: view.most])
    return f'<div class="library">{few}<ul class="rows">{entries}</ul>{_more(len(found), view.most)}</div>'


def _more(found: int, shown: int) -> str:
    if found <= shown:
        return ""
    words = f"Show {min(PAGE, found - shown)} more"
    return (
        f'<p class="more"><button type="button" class="plain" data-act="more">{words}</button> '
        f"<span>{shown:,} of {found:,}</span></p>"
    )


def _entry(article: ArticleRecord, picked: bool) -> str:
    title, key = escape(article.title or article.source), escape(article.article_id)
    facts = [plural(article.paragraphs, "paragraph")]
    if article.date:
        facts.insert(0, readable_date(article.date, short=True))
    if article.version > 1:
        facts.append(f"version {article.version}")
    said, checked = escape(" · ".join(facts)), " checked" if picked else ""
    return (
        f'<li class="entry" data-id="{key}" data-title="{title}">'
        f'<input type="checkbox" data-act="pick" aria-label="Ask only articles like this: {title}"{checked}>'
        f'<button type="button" class="title" data-act="read" title="{title}"><span dir="auto">{title}</span>'
        f'</button><p class="facts" title="{said}">{said}</p><p class="acts">'
        f'<button type="button" data-act="rename" aria-label="Rename {title}">Rename</button>'
        f'<button type="button" data-act="remove" aria-label="Remove {title}">Remove</button>'
        f'<button type="button" data-act="summary" aria-label="Summary of {title}">Summary</button></p></li>'
    )


def outcome(found: Outcome) -> OutcomeLine:
    """Say in a line what became of one source."""
    name = found.source
    if found.status == "rejected":
        said = found.reason if name in found.reason else f"{name}: {found.reason}"
        return OutcomeLine("bad", f"Not added. {said}")
    text = f"“{found.title or name}”, {plural(found.paragraphs, 'paragraph')}"
    match found.status:
        case "added":
            line = OutcomeLine("good", f"Added {text}.")
        case "updated":
            line = OutcomeLine("good", f"Updated {text}.")
        case "unchanged":
            line = OutcomeLine("same", f"“{found.title or name}” is in the library already, unchanged.")
        case "duplicate":
            line = OutcomeLine(
                "same", f"{name} holds the same text as “{found.title}”: a duplicate, kept once."
            )
    return OutcomeLine(line.kind, " ".join([line.text, *found.warnings]))


def lines(found: Sequence[OutcomeLine], *, done: int = 0, total: int = 0) -> str:
    """Render what became of the items given, one line each, with a bar while there are more to come."""
    if not found:
        return '<div class="results"></div>'
    shown = "".join(f'<li class="{line.kind}">{escape(line.text)}</li>' for line in found)
    busy = any(line.kind in ("busy", "wait") for line in found)
    bar = ""
    if busy and total > 1:
        bar = f'<progress max="{total}" value="{done}" aria-label="{done} of {total} done"></progress>'
    clear = "" if busy else '<button type="button" class="link" data-act="clear-results">Clear</button>'
    return f'<div class="results" data-busy="{int(busy)}">{bar}<ul>{shown}</ul>{clear}</div>'

"""The reader as HTML: an article in full, and what changed in it since it was read before."""

from __future__ import annotations

from itertools import groupby
from typing import TYPE_CHECKING

from footnote.ui.html.render import escape, link, plural, readable_date

if TYPE_CHECKING:
    from collections.abc import Sequence

    from footnote.ingest.library.changes import Change, WordRun
    from footnote.ingest.library.library import ArticleRecord, ParagraphRecord, VersionRecord

KINDS = {
    "added": "Paragraph {} is new",
    "removed": "Paragraph {} was left out",
    "changed": "Paragraph {} changed",
}
TAGS = {"added": ("<ins>", "</ins>"), "removed": ("<del>", "</del>"), "same": ("", "")}


def reader(
    article: ArticleRecord,
    paragraphs: Sequence[ParagraphRecord],
    *,
    versions: Sequence[VersionRecord] = (),
    at: int = 0,
    quote: tuple[int, int] = (0, 0),
) -> str:
    """Render an article in full; paragraph `at` is scrolled to, the words `quote` in it are marked.

    `versions` are what its sources said before, the latest first.
    """
    by = [article.author, readable_date(article.date), plural(article.paragraphs, "paragraph")]
    facts = escape(" · ".join(b for b in by if b))
    at_home = f" · {link(article.url)}" if link(article.url) else ""
    body = "".join(
        (f'<h3 dir="auto">{escape(section)}</h3>' if section else "")
        + "".join(_paragraph(p, quote if p.number == at else (0, 0), p.number == at) for p in group)
        for section, group in groupby(paragraphs, key=lambda p: p.section)
    )
    acts = (
        '<button type="button" class="plain" data-act="summary">Summary</button>'
        '<button type="button" class="plain" data-act="ask-only">Ask only this article</button>'
    )
    return _dialog(article, acts, f'<p class="facts">{facts}{at_home}</p>{_earlier(article, versions)}{body}')


def changes(article: ArticleRecord, before: VersionRecord, found: Sequence[Change]) -> str:
    """Render what changed in an article since one of its earlier versions."""
    since = (
        f"From version {before.version}, added {readable_date(before.added)}, to version {article.version}, "
        f"added {readable_date(article.added)}."
    )
    renamed = ""
    if before.title != article.title:
        renamed = (
            f'<div class="change"><h3>Title changed</h3><p dir="auto"><del>{escape(before.title)}</del> '
            f"<ins>{escape(article.title)}</ins></p></div>"
        )
    if found:
        since += f" {plural(len(found), 'paragraph')} differ{'s' if len(found) == 1 else ''}."
    else:
        since += " The text is the same."
    body = "".join(_change(change) for change in found)
    acts = '<button type="button" class="plain" data-act="read">Back to the article</button>'
    return _dialog(article, acts, f'<p class="facts">{escape(since)}</p>{renamed}{body}')


def none(words: str) -> str:
    """Render that there is nothing to read, and say so."""
    return f'<div data-say="{escape(words)}"></div>'


def _dialog(article: ArticleRecord, acts: str, body: str) -> str:
    return (
        f'<dialog class="reader" data-id="{escape(article.article_id)}" data-title="{escape(article.title)}" '
        f'aria-labelledby="reader-title"><div class="reader-bar">{acts}'
        '<button type="button" class="plain close" data-close-dialog>Close</button></div>'
        f'<article><h2 id="reader-title" dir="auto">{escape(article.title)}</h2>{body}</article></dialog>'
    )


def _earlier(article: ArticleRecord, versions: Sequence[VersionRecord]) -> str:
    if not versions:
        return ""
    items = "".join(
        f"<li>Version {v.version}, added {escape(readable_date(v.added))} "
        f'<button type="button" class="link" data-act="changes" data-version="{v.version}" '
        f'aria-label="What changed since version {v.version}">What changed since</button></li>'
        for v in versions
    )
    return (
        f'<details class="versions"><summary>Version {article.version}, with '
        f"{plural(len(versions), 'earlier version')}</summary><ul>{items}</ul></details>"
    )


def _paragraph(paragraph: ParagraphRecord, quote: tuple[int, int], active: bool) -> str:
    text, (start, end) = paragraph.text, quote
    shown = escape(text)
    if 0 <= start < end <= len(text):
        shown = f"{escape(text[:start])}<mark>{escape(text[start:end])}</mark>{escape(text[end:])}"
    mark = ' class="active" tabindex="-1"' if active else ""
    return f'<p id="read-{paragraph.number}"{mark} data-n="{paragraph.number}" dir="auto">{shown}</p>'


def _change(change: Change) -> str:
    parts = "".join(_part(part) for part in change.parts)
    said = KINDS[change.kind].format(change.after or change.before)
    return f'<div class="change {change.kind}"><h3>{said}</h3><p dir="auto">{parts}</p></div>'


def _part(part: WordRun) -> str:
    opening, closing = TAGS[part.kind]
    return f"{opening}{escape(part.text)}{closing}"

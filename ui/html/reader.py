"""The reader as HTML: an article in full, and what changed in it since it was read before."""

from __future__ import annotations

from itertools import groupby
from typing import TYPE_CHECKING, Literal

from footnote.ui.html.tables import NOWHERE, shown
from footnote.ui.html.templating import render
from footnote.ui.html.wording import plural, readable_date

if TYPE_CHECKING:
    from collections.abc import Sequence

    from footnote.ingest.library.changes import Change
    from footnote.ingest.library.library import ArticleRecord, ParagraphRecord, VersionRecord
    from footnote.ui.html.tables import Shown, Span
    from footnote.ui.html.templating import Html

# Whether the pages of the file that an article was read from can be shown; `none` where it has none.
Pages = Literal["kept", "gone", "none"]
KINDS = {
    "added": "Paragraph {} is new",
    "removed": "Paragraph {} was left out",
    "changed": "Paragraph {} changed",
}


def reader(
    article: ArticleRecord,
    paragraphs: Sequence[ParagraphRecord],
    *,
    versions: Sequence[VersionRecord] = (),
    at: int = 0,
    quote: Span = NOWHERE,
    answer: Span = NOWHERE,
    pages: Pages = "none",
) -> Html:
    """Render an article in full; paragraph `at` is scrolled to, the words `quote` in it are marked.

    `answer` is the short answer among them, marked more strongly. `versions` are what its sources said
    before, the latest first.
    """

    def read(paragraph: ParagraphRecord) -> tuple[ParagraphRecord, tuple[Shown, ...]]:
        marked = (quote, answer) if paragraph.number == at else (NOWHERE, NOWHERE)
        return paragraph, shown(paragraph.text, *marked)

    by = [article.author, readable_date(article.date), plural(article.paragraphs, "paragraph")]
    return render(
        "reader",
        "reader",
        article=article,
        facts=" · ".join(b for b in by if b),
        sections=[
            (section, [read(p) for p in group])
            for section, group in groupby(paragraphs, key=lambda p: p.section)
        ],
        versions=versions,
        at=at,
        quote=quote,
        pages=pages,
    )


def changes(article: ArticleRecord, before: VersionRecord, found: Sequence[Change]) -> Html:
    """Render what changed in an article since one of its earlier versions."""
    since = (
        f"From version {before.version}, added {readable_date(before.added)}, to version {article.version}, "
        f"added {readable_date(article.added)}."
    )
    if found:
        since += f" {plural(len(found), 'paragraph')} differ{'s' if len(found) == 1 else ''}."
    else:
        since += " The text is the same."
    told = [(change, KINDS[change.kind].format(change.after or change.before)) for change in found]
    return render("reader", "changes", article=article, before=before, since=since, changes=told)


def none(words: str) -> Html:
    """Render that there is nothing to read, and say so."""
    return render("reader", "nothing", words=words)

"""The library as HTML: the list of articles with what finds them, and what became of files."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from footnote.ui.html.templating import render
from footnote.ui.html.wording import plural, readable_date, scope_words
from footnote.ui.state.session import OutcomeLine
from footnote.ui.state.shelf import (
    FILES,
    LONGEST_WORDS,
    ORDERS,
    PAGE,
    PASTED,
    UNDATED,
    fitting,
    is_named,
    origin,
)

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from footnote.ingest.library.library import ArticleRecord, CollectionRecord
    from footnote.ingest.pipeline import Outcome
    from footnote.ui.html.templating import Html
    from footnote.ui.state.shelf import View

FEW_LINES = 3  # that went well; more of them lie folded, so that the articles stay in view
FEW = 6  # so many titles are seen at a glance: nothing to search, sort or filter


@dataclass(frozen=True, slots=True)
class Filter:
    """A way to see fewer articles, or in another order: its values with their words."""

    name: str
    label: str
    options: Sequence[tuple[str, str]]


@dataclass(frozen=True, slots=True)
class Entry:
    """An article in the list."""

    id: str
    title: str
    facts: str
    picked: bool


# The list


def scope(picked: Collection[str], total: int, within: str = "", held: int = 0, role: str = "admin") -> Html:
    """Render which articles are asked, in words; the page ticks the boxes of those picked.

    `within` is the collection that is asked, with `held` articles; `role` is that of the account.
    """
    said = scope_words(len(picked), total, within)
    told = f"{said}, {held:,} of {plural(total, 'article')}" if within else said
    return render(
        "library", "scope", said=said, told=told, total=total, picked=sorted(picked), within=within, role=role
    )


def tools(articles: Sequence[ArticleRecord], collections: Sequence[CollectionRecord] = ()) -> Html:
    """Render search, order and filters; for a few articles those by collection and tag alone."""
    many = len(articles) > FEW
    filters = [*(_filters(articles) if many else ()), *_filed(articles, collections)]
    return render(
        "library", "tools", filters=filters, many=many, longest=LONGEST_WORDS, articles=len(articles)
    )


def _filed(articles: Sequence[ArticleRecord], collections: Sequence[CollectionRecord]) -> list[Filter]:
    names = [one.name for one in collections]
    tags = sorted({tag for a in articles for tag in a.tags}, key=str.casefold)
    found = [("collection", "Collection", "Any collection", names), ("tag", "Tag", "Any tag", tags)]
    return [Filter(n, label, [("", every), *((v, v) for v in own)]) for n, label, every, own in found if own]


def _filters(articles: Sequence[ArticleRecord]) -> list[Filter]:
    sources = sorted({origin(a) for a in articles}, key=lambda s: (s in (FILES, PASTED), s))
    years = sorted({a.date[:4] for a in articles if a.date}, reverse=True)
    dates = [("", "Any date"), *((y, y) for y in years)]
    if any(not a.date for a in articles):
        dates.append((UNDATED, "No date"))
    filters = [Filter("order", "Order", list(ORDERS.items()))]
    if len(sources) > 1:
        filters.append(Filter("source", "Source", [("", "Any source"), *((s, s) for s in sources)]))
    if len(dates) > 2:
        filters.append(Filter("date", "Date", dates))
    return filters


def loading() -> Html:
    """Render what stands there until the page has loaded."""
    return render("library", "loading")


def rows(
    articles: Sequence[ArticleRecord],
    picked: Collection[str],
    view: View,
    role: str = "admin",
    *,
    holding: Collection[str] = (),
) -> Html:
    """Render the articles that fit `view`, each with its box, its facts and its acts; those of `holding`
    by what stands in them.

    `role` is that of the account: who may not add articles is not told to.
    """
    if not articles:
        return render("library", "empty", role=role)
    found = fitting(articles, view, holding)
    if not found:
        return render("library", "none_fits")
    return render(
        "library",
        "rows",
        entries=[_entry(a, a.article_id in picked, view.words) for a in found[: view.most]],
        found=len(found),
        total=len(articles),
        more=min(PAGE, max(0, len(found) - view.most)),
    )


def _entry(article: ArticleRecord, picked: bool, words: str) -> Entry:
    facts = [plural(article.paragraphs, "paragraph")]
    if article.date:
        facts.insert(0, readable_date(article.date, short=True))
    if article.version > 1:
        facts.append(f"version {article.version}")
    facts += [*article.collections, *article.tags]
    if not is_named(article, words):
        facts.append("found in its text")
    return Entry(article.article_id, article.title or article.source, " · ".join(facts), picked)


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


def lines(found: Sequence[OutcomeLine], *, done: int = 0, total: int = 0) -> Html:
    """Render what became of the items given, one line each, with a bar while there are more to come.

    Of many that went well there is one line, which opens; what went wrong stays in view.
    """
    busy = any(line.kind in ("busy", "wait") for line in found)
    fine = [line for line in found if line.kind in ("good", "same") and not line.removal]
    folded = fine if sum(line.count for line in fine) > FEW_LINES else []
    shown = [line for line in found if line not in folded]
    return render(
        "library",
        "results",
        lines=shown,
        folded=folded,
        said=_counted(folded),
        busy=busy,
        done=done,
        total=total,
    )


def _counted(fine: Sequence[OutcomeLine]) -> str:
    """Say how many articles went well, as “14 added or changed, 1 in the library already”."""
    new = sum(line.count for line in fine if line.kind == "good")
    known = sum(line.count for line in fine if line.kind == "same")
    said = [f"{new:,} added or changed"] * bool(new) + [f"{known:,} in the library already"] * bool(known)
    return ", ".join(said)

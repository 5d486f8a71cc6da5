"""A page's tree before its article is looked for: without what nobody sees, captions taken apart.

trafilatura judges elements by their names, classes and density. What it cannot judge is put right
here: text that is hidden by a style, captions that are no paragraphs, tables that only lay a page
out, headings in a `<header>` of their own, runs of posts of which it would take only one, lists in
lists, and pages without any element that says where the article is, of which it takes no list.
"""

from __future__ import annotations

import json
import re
from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from footnote.ingest.readers import hidden, html_table, questions
from footnote.ingest.readers.document import tidy
from footnote.ingest.readers.imprint import LONGEST_LINE
from footnote.ingest.readers.marks import remove_references
from footnote.ingest.readers.markup import text_of
from footnote.ingest.readers.md import names
from footnote.ingest.readers.txt import FINAL
from footnote.ingest.text.cells import NEXT_CELL, OF_CELL
from footnote.ingest.text.dates import iso_date

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    from lxml.html import HtmlElement  # type: ignore[import-untyped]

CAPTION = re.compile(
    r"(?:^|[\s_-]|thumb|image|photo|picture)(?:fig)?(?:captions?(?:-text)?|legend)(?:$|[\s_-])", re.IGNORECASE
)
# Buttons inside the text, and lists of notes under it.
NOTES = re.compile(
    r"(?:^|\s)(?:references|reflist|mw-editsection|mw-references-wrap|footnotes?-list)(?:$|\s)"
)
TITLE_STYLES = frozenset({"title", "MsoTitle"})  # of Google Docs and of Word
BACK = re.compile(r"#(?:ftnt_ref|_ftnref|_ednref)\d+")  # from a note of theirs to its mark
LONGEST_CAPTION = 600  # characters
CELL = 400  # characters; a longer table cell lays out a page, or is a table nobody could read
BLOCKS = frozenset(
    {"p", "div", "table", "article", "section", "h1", "h2", "h3", "h4", "ul", "ol", "blockquote"}
)
HEADINGS = frozenset({"h1", "h2", "h3", "h4", "h5", "h6"})
POSTS = frozenset({"div", "section", "article"})
POST = re.compile(
    r"^(?!.*(?:comment|related|promo|teaser|card|reply))(?:.*[\s_-])?(?:post|entry|update)(?:$|[\s_-])",
    re.IGNORECASE,
)
TEXTS = ("p", "li", "td", "th", "blockquote", "pre")
ASIDE = frozenset({"nav", "footer", "aside", "form", "header"})
LINES = frozenset({"p", "div", "li", "address", "footer", "dd", "td"})
MOST_LINES, MOST_BELOW = 6, 80  # lines below a title, and elements that are looked at for them
NEARLY_ALL = 0.95  # of the text
HALF = 0.5  # of an element's text: what is linked more than that is a teaser
FIELDS = ("input", "select", "textarea", "button")
# trafilatura makes all blanks alike, so that signs stand for those between cells.
SIGNS = {"\u241f": OF_CELL, "\u241e": NEXT_CELL}
TO_SIGNS = str.maketrans({blank: sign for sign, blank in SIGNS.items()} | dict.fromkeys(SIGNS, " "))
OF_SIGNS = str.maketrans(SIGNS)
PUBLISHED = re.compile(
    r"publi(?:shed|cation)|pub_?date|^(?:dc\.|dcterms\.)?date(?:$|\.issued|created)", re.IGNORECASE
)
MOST_VALUES = 100  # in a list of JSON-LD
MOST_JSON = 500_000  # characters of JSON-LD that are read


@dataclass(frozen=True, slots=True)
class Prepared:
    """A page's tree, ready for trafilatura, and what was taken out of it."""

    tree: HtmlElement
    captions: tuple[str, ...]
    is_paid: bool  # whether the page says that not all of it is free
    questions: int = 0  # that are marked up as such
    told: tuple[Any, ...] = ()  # its JSON-LD
    is_article: bool = False  # whether it says so
    title: str = ""  # that it gives itself, beside its heading
    head: tuple[str, ...] = ()  # the lines below that heading
    foot: tuple[str, ...] = ()  # those of its footers


def prepare(tree: HtmlElement, frames: Sequence[Callable[[HtmlElement], list[HtmlElement]]]) -> Prepared:
    """Put `tree` right in place; `frames` find the elements by which trafilatura knows an article."""
    told = list(_json_ld(tree))
    _raise_title(tree)
    _tell_notes(tree)
    asked = questions.spread(tree)
    hidden.remove(tree)
    asked += questions.told_beside(tree, told)
    tables = [e for e in tree.iter("table") if _is_data(e)]
    for table in tables:
        html_table.raise_marks(table)
    remove_references(tree)
    _remove_notes(tree)
    for table in tables:
        _tell(table)
    captions = tuple(dict.fromkeys(_captions(tree)))
    is_article = _tells_article(tree, told)
    titled = tidy(tree.findtext(".//head/title") or "")
    head, foot = tuple(_below_title(tree)), tuple(_footers(tree))
    _unwrap_layout(tree)
    _free_headings(tree)
    _join_posts(tree)
    _lift_lists(tree)
    if not any(frame(tree) for frame in frames):
        _frame(tree)
    return Prepared(
        tree, captions, any(map(_says_paid, told)), asked, tuple(told), is_article, titled, head, foot
    )


def _elements(tree: HtmlElement) -> list[HtmlElement]:
    return [e for e in tree.iter() if isinstance(e.tag, str)]


def _length(element: HtmlElement) -> int:
    return sum(len(text) for text in element.itertext())


def _raise_title(tree: HtmlElement) -> None:
    """Make a heading of what a word processor saved as a paragraph of the style “title”."""
    for element in tree.iter("h1", "p"):
        if element.tag == "h1":
            return
        if TITLE_STYLES.intersection((element.get("class") or "").split()) and tidy(element.text_content()):
            element.tag = "h1"
            return


def _tell_notes(tree: HtmlElement) -> None:
    """Make plain paragraphs of the notes that a word processor saved, each in a box with a link back."""
    for back in [e for e in tree.iter("a") if BACK.fullmatch(e.get("href") or "")]:
        note = next(back.iterancestors("p"), None)
        if note is None:
            continue
        back.drop_tree()
        note.text = f"Note: {(note.text or '').lstrip()}"
        box = note.getparent()
        if box is not None and box.tag == "div" and box.getparent() is not None:
            box.drop_tag()


def _remove_notes(tree: HtmlElement) -> None:
    for element in _elements(tree):
        if element.getparent() is None or element.tag in {"html", "body", "head"}:
            continue
        if NOTES.search(element.get("class") or ""):
            element.drop_tree()


# ---------------------------------------------------------------------------------------- captions


def _captions(tree: HtmlElement) -> Iterator[str]:
    """Take captions of pictures and tables out of the tree, and yield them."""
    for element in _elements(tree):
        if element.getparent() is None or not _is_caption(element):
            continue
        text = tidy(" ".join(element.itertext()))
        if len(text) <= LONGEST_CAPTION:
            if text:
                yield text
            element.drop_tree()


def _is_caption(element: HtmlElement) -> bool:
    if element.tag in {"figcaption", "caption"} or _is_under_picture(element) or _is_with_picture(element):
        return True
    if element.tag not in {"p", "div", "span", "small", "em"} or not CAPTION.search(
        element.get("class") or ""
    ):
        return False
    return not any(e.tag in HEADINGS or e.tag in {"article", "li", "table"} for e in element.iter())


def _is_with_picture(element: HtmlElement) -> bool:
    """Tell whether a paragraph is a picture and words on it: all slanted or small, or no sentence."""
    if element.tag != "p" or element.find(".//img") is None:
        return False
    said = tidy(element.text_content())
    set_apart = any(tidy(e.text_content()) == said for e in element.iter("em", "i", "small"))
    return set_apart or FINAL.search(said) is None


def _is_under_picture(element: HtmlElement) -> bool:
    """Tell whether a paragraph stands with a picture in a figure that has no caption of its own."""
    figure = next(element.iterancestors("figure"), None) if element.tag == "p" else None
    if figure is None:
        return False
    tags = {e.tag for e in figure.iter()}
    return not tags.isdisjoint({"img", "picture", "video"}) and tags.isdisjoint(
        {"figcaption", "blockquote", "table"}
    )


# ------------------------------------------------------------------------------------------- shape


def _frame(tree: HtmlElement) -> None:
    """Mark the element that holds nearly all text of a page on which nothing says where the article is."""
    body = tree.find(".//body")
    if body is None:
        return
    for element in [e for e in body.iter() if e.tag == "dialog" or "dialog" in (e.get("role") or "")]:
        element.drop_tree()
    frame = _holder(body)
    if frame is None:
        return
    if frame.tag in POSTS:
        frame.set("itemprop", "articleBody")
        return
    article = frame.makeelement("article")
    article.text, frame.text = frame.text, None
    article.extend(list(frame))
    frame.append(article)


def _holder(body: HtmlElement) -> HtmlElement | None:
    """Return the innermost element around nearly all text that is neither linked nor beside the page."""
    weights: Counter[HtmlElement] = Counter()
    for element in body.iter(*TEXTS):
        around = list(element.iterancestors())
        if any(e.tag in ASIDE for e in around) or any(e.tag in TEXTS for e in around) or _is_link(element):
            continue
        for e in around:
            weights[e] += _length(element)
    holder = body
    while inner := [e for e in holder if weights[e] > NEARLY_ALL * weights[body]]:
        holder = inner[0]
    return holder if weights[body] else None


def _lift_lists(tree: HtmlElement) -> None:
    """Put the items of a list in a list after the item that they are of; numbers stay what they are."""
    for numbered in tree.iter("ol"):
        first = numbered.get("start") or "1"
        nested = numbered.find("./li//li") is not None or next(numbered.iterancestors("li"), None) is not None
        if (nested or first != "1") and first.isascii() and first.isdigit():
            for number, item in enumerate(numbered.findall("li"), start=int(first)):
                item.text = f"{number}. {(item.text or '').lstrip()}"
            numbered.tag = "ul"
    for inner in reversed(
        [e for e in tree.iter("ul", "ol") if next(e.iterancestors("li"), None) is not None]
    ):
        outer = next(inner.iterancestors("li"))
        for item in reversed(inner.findall("li")):
            outer.addnext(item)
        inner.drop_tree()


def _unwrap_layout(tree: HtmlElement) -> None:
    """Turn what lays an old page out into plain blocks: nobody reads an article as a table row."""
    for element in [e for e in _elements(tree) if e.tag in {"font", "center", "big"}]:
        element.drop_tag()
    for table in [e for e in _elements(tree) if e.tag == "table"]:
        cells = list(table.iter("td"))
        if any(True for _ in table.iter("th")) or not any(_is_layout(cell) for cell in cells):
            continue
        for element in [table, *table.iter("tbody", "thead", "tfoot", "tr", "td")]:
            element.tag = "div"


def _is_data(table: HtmlElement) -> bool:
    """Tell whether a table is one for a reader, and neither lays the page out nor is a menu."""
    if html_table.is_laid_out(table) or _is_link(table) or next(table.iter(*FIELDS), None) is not None:
        return False
    return not any(_is_layout(cell) for cell in table.iter("td", "th"))


def _tell(table: HtmlElement) -> None:
    """Put in the place of a table its rows in words, each the only cell of a row; a long one in several."""
    found = html_table.found(table, text_of)
    if not found.has_data or table.getparent() is None:
        return
    told = [_table_of(paragraph.split("\n")) for paragraph in found.paragraphs()]
    for one in reversed(told):
        table.addnext(one)
    table.drop_tree()


def _table_of(lines: Iterable[str]) -> HtmlElement:
    from lxml.html import builder

    return builder.TABLE(*(builder.TR(builder.TD(line.translate(TO_SIGNS))) for line in lines))


def _is_layout(cell: HtmlElement) -> bool:
    return _length(cell) > CELL or sum(1 for e in cell.iter() if e is not cell and e.tag in BLOCKS) > 2


def _free_headings(tree: HtmlElement) -> None:
    """Make the header of a part of the article a plain block: as a header it would be left out.

    The header with the title stays one: beside the title it holds byline, date and buttons.
    """
    for header in [e for e in _elements(tree) if e.tag == "header"]:
        inside = any(e.tag in {"article", "section"} for e in header.iterancestors())
        tags = {e.tag for e in header.iter()}
        if inside and tags & HEADINGS and not tags & {"h1", "nav"}:
            header.tag = "div"
            header.attrib.pop("class", None)


def _join_posts(tree: HtmlElement) -> None:
    """Take the classes off a run of posts, as in a live blog, so that none is taken for the article."""
    for parent in [e for e in _elements(tree) if len(e) > 2]:
        kinds = Counter((c.tag, c.get("class")) for c in parent if isinstance(c.tag, str))
        for child in parent:
            tag, name = child.tag, child.get("class") or ""
            if kinds[tag, name] > 2 and tag in POSTS and POST.search(name) and not _is_link(child):
                child.attrib.pop("class", None)
                child.attrib.pop("id", None)


def _is_link(element: HtmlElement) -> bool:
    """Tell whether an element is a teaser: mostly the text of links."""
    linked = sum(_length(a) for a in element.iter("a"))
    return linked > HALF * max(1, _length(element))


# ---------------------------------------------------------------------------------------- metadata


def _below_title(tree: HtmlElement) -> Iterator[str]:
    """Yield the short lines between a page's one `<h1>` and its text, a `<time>` as the day that it means."""
    titles = list(tree.iter("h1"))
    following = titles[0].xpath("following::*") if len(titles) == 1 else []
    lines = 0
    for element in following[:MOST_BELOW]:
        if element.tag in HEADINGS or lines == MOST_LINES:
            return
        if not _is_line(element) or _is_beside(element):
            continue
        line = tidy(" ".join(_dated_text(element)))
        if len(line) > LONGEST_LINE:
            return
        if line:
            lines += 1
            yield line


def _footers(tree: HtmlElement) -> Iterator[str]:
    """Take footers and what stands beside the text out of the tree: their dates are not the article's.

    Yield the lines of the footers.
    """
    for element in [e for e in tree.iter("footer", "aside") if e.getparent() is not None]:
        if any(e.tag == "blockquote" for e in element.iterancestors()):
            continue
        if element.tag == "footer":
            lines = [e for e in element.iter(*LINES) if _is_line(e)]
            yield from (tidy(" ".join(_dated_text(e))) for e in lines[:MOST_BELOW])
        element.drop_tree()


def _is_line(element: HtmlElement) -> bool:
    """Tell whether an element holds words and no other block."""
    inner = (e.tag for e in element.iter() if e is not element)
    return element.tag in LINES and not any(tag in BLOCKS or tag in LINES for tag in inner)


def _is_beside(element: HtmlElement) -> bool:
    return any(e.tag in ASIDE and e.tag != "header" for e in element.iterancestors())


def _dated_text(element: HtmlElement) -> Iterator[str]:
    for e in element.iter():
        if e.tag == "time" and (day := iso_date(e.get("datetime") or "")):
            yield day
        elif isinstance(e.tag, str) and e.text:
            yield e.text
        if e is not element and e.tail:
            yield e.tail


def _says_paid(value: Any, depth: int = 0) -> bool:
    if isinstance(value, dict):
        if str(value.get("isAccessibleForFree", "")).lower() == "false":
            return True
        value = list(value.values())
    return isinstance(value, list) and depth < 6 and any(_says_paid(v, depth + 1) for v in value)


def imprint(told: Iterable[Any]) -> tuple[str, str]:
    """Return the author and the day of the one article that a page's JSON-LD is about; else empty."""
    articles = [value for one in told for value in _articles(one)]
    if len(articles) != 1:
        return "", ""
    by = articles[0].get("author")
    people = [one for one in (by if isinstance(by, list) else [by]) if not _is_firm(one)]
    return names(people), iso_date(articles[0].get("datePublished") or "")


def _tells_article(tree: HtmlElement, told: Iterable[Any]) -> bool:
    """Tell whether a page says that it is an article, or when it was published."""
    named = (
        e.get(name) or "" for e in tree.iter("meta", "time") for name in ("property", "name", "itemprop")
    )
    return any(True for one in told for _ in _articles(one)) or any(map(PUBLISHED.search, named))


def _is_firm(author: Any) -> bool:
    return isinstance(author, dict) and "Organization" in str(author.get("@type"))


def _articles(value: Any) -> Iterator[dict[str, Any]]:
    """Yield what is an article at the top of JSON-LD, or in its graph; not the teasers in it."""
    if isinstance(value, list):
        for one in value[:MOST_VALUES]:
            if isinstance(one, dict):
                yield from _articles(one)
    elif isinstance(value, dict):
        if re.search(r"(?:Article|BlogPosting|Report)\b", str(value.get("@type"))):
            yield value
        elif isinstance(value.get("@graph"), list):
            yield from _articles(value["@graph"])


def _json_ld(tree: HtmlElement) -> Iterator[Any]:
    for script in tree.iter("script"):
        if script.get("type") == "application/ld+json" and len(script.text or "") < MOST_JSON:
            try:
                yield json.loads(script.text or "")
            except (ValueError, RecursionError):
                continue

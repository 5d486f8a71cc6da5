"""Questions and answers that a page marks up as such, spread out: each question a heading above its answer.

Most stand folded together until somebody opens them, so that a search for the article takes them for
menus. HTML has `details` and `dl` for them, schema.org `FAQPage`, in the text or as JSON-LD beside it.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from footnote.ingest.readers import hidden, markup
from footnote.ingest.readers.document import tidy

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from lxml.html import HtmlElement  # type: ignore[import-untyped]

QUESTION = re.compile(r"^https?://schema\.org/question/?$", re.IGNORECASE)
HIDING = ("hidden", "style", "class", "id", "aria-hidden")
ENDS = ".!?;:…。！？"
LONGEST_DEFINITION = 400  # characters; what is longer reads as text under a heading
SHOWN = ".//text()[not(ancestor::script or ancestor::style or ancestor::noscript or ancestor::template)]"
MOST_QUESTIONS = 500
DEEPEST = 6  # values in values of JSON-LD


def spread(tree: HtmlElement) -> int:
    """Lay out in place what is marked up as questions or terms, and return how many questions there are."""
    elements = [e for e in tree.iter() if isinstance(e.tag, str)]
    count = 0
    for element in elements:
        if QUESTION.match(element.get("itemtype") or ""):
            count += _of_microdata(element)
        elif element.tag == "details" and element.find("summary") is not None:
            count += _of_details(element)
        elif element.tag == "dl":
            count += _of_list(element)
    return count


def told_beside(tree: HtmlElement, values: Iterable[Any]) -> int:
    """Add the questions of JSON-LD whose answers the page does not show of itself, and return their number.

    Only where a reader sees them too: the page shows the question, or a script is to show all of it.
    """
    pairs = [pair for value in values for pair in _pairs(value)][:MOST_QUESTIONS]
    body = tree.find(".//body")
    if not pairs or body is None:
        return 0
    seen = _letters(" ".join(body.xpath(SHOWN)))
    blank = len(seen) < sum(len(answer) for _, answer in pairs)
    count = 0
    for question, answer in pairs:
        told = _answer(answer)
        if told is None or _letters("".join(told.itertext())) in seen:
            continue
        if blank or _letters(question) in seen:
            _frame_of(body).append(_laid_out(question, told))
            count += 1
    return count


def _frame_of(body: HtmlElement) -> HtmlElement:
    return next(body.iter("article", "main"), body)


def _letters(text: str) -> str:
    return "".join(filter(str.isalnum, text.casefold()))


def _laid_out(question: str, answer: HtmlElement) -> HtmlElement:
    """Return a block with a heading, and the blocks of `answer` as paragraphs below it."""
    from lxml.html import builder

    block = builder.DIV(builder.H3(tidy(question)))
    for found in markup.blocks(answer):
        first, *more = found.text.split("\n")
        paragraph = builder.P(first)
        for line in more:
            broken = builder.BR()
            broken.tail = line
            paragraph.append(broken)
        block.append(paragraph)
    return block


def _replace(element: HtmlElement, content: Iterable[HtmlElement]) -> None:
    """Put `content` in the place of all that is in `element`, and show it."""
    tail = element.tail
    element.clear()
    element.tag, element.tail = "div", tail
    element.extend(content)


# ----------------------------------------------------------------------------------------- formats


def _of_details(element: HtmlElement) -> int:
    summary = element.find("summary")
    question = tidy(" ".join(summary.itertext()))
    summary.drop_tree()
    if not question:
        return 0
    heading = element.makeelement("h3")
    heading.text, heading.tail, element.text = question, element.text, None
    element.insert(0, heading)
    _part_loose(element, heading)
    element.tag = "div"
    return question.endswith("?")


def _part_loose(element: HtmlElement, heading: HtmlElement) -> None:
    """Make a paragraph of the text in line that follows the heading of an answer without blocks."""
    if any(child.tag in markup.BLOCKS for child in element.iterdescendants() if child is not heading):
        return
    paragraph = element.makeelement("p")
    paragraph.text, heading.tail = heading.tail, None
    paragraph.extend(list(element)[1:])
    element.append(paragraph)


def _of_microdata(element: HtmlElement) -> int:
    question = next((e for e in element.iter() if e.get("itemprop") == "name"), None)
    answers = [e for e in element.iter() if e.get("itemprop") == "text"]
    if question is None or not answers or element.getparent() is None:
        return 0
    name = tidy(" ".join(question.itertext()))
    for answer in answers[:1]:
        for around in (answer, *answer.iterancestors()):
            if around is element:
                break
            for attribute in HIDING:
                around.attrib.pop(attribute, None)
        _replace(element, list(_laid_out(name, answer)))
    return 1


def _of_list(element: HtmlElement) -> int:
    """Make of terms and what is said of them headings with text, or a list with a line a term."""
    groups = _groups(element)
    questions = sum(term.endswith("?") for term, _ in groups)
    long = any(len(tidy(" ".join(e.itertext()))) > LONGEST_DEFINITION for _, said in groups for e in said)
    if not groups:
        return 0
    if questions * 2 > len(groups) or long:
        _replace(element, [_joined(term, said) for term, said in groups])
        return questions
    lines = []
    for term, said in groups:
        item = element.makeelement("li")
        item.text = _line(term, [tidy(" ".join(e.itertext())) for e in said])
        lines.append(item)
    _replace(element, lines)
    element.tag = "ul"
    return questions


def _joined(term: str, said: list[HtmlElement]) -> HtmlElement:
    whole = said[0].makeelement("div") if said else markup.parse("<div></div>")
    whole.extend(said)
    return _laid_out(term, whole)


def _groups(element: HtmlElement) -> list[tuple[str, list[HtmlElement]]]:
    """Return each term, several for one thing with commas, and the elements that say what it is."""
    groups: list[tuple[list[str], list[HtmlElement]]] = []
    for part in element.iter("dt", "dd"):
        if part.tag == "dt" and (not groups or groups[-1][1]):
            groups.append(([], []))
        if part.tag == "dt":
            groups[-1][0].append(tidy(" ".join(part.itertext())))
        elif groups:
            groups[-1][1].append(part)
    return [(", ".join(filter(None, terms)), said) for terms, said in groups if any(terms)]


def _line(term: str, said: list[str]) -> str:
    """Return `Keel: the beam along the bottom`, with a semicolon between parts that have no stop.

    >>> _line("Sheet", ["a rope", "also a page"]), _line("Keel:", [])
    ('Sheet: a rope; also a page', 'Keel:')
    """
    parts = [part for part in said if part]
    ended = [part if part[-1] in ENDS else f"{part};" for part in parts[:-1]] + parts[-1:]
    sign = "" if term[-1:] in ENDS or not parts else ":"
    return " ".join([f"{term}{sign}", *ended])


# ----------------------------------------------------------------------------------------- JSON-LD


def _pairs(value: Any, depth: int = 0) -> Iterator[tuple[str, str]]:
    """Yield the questions of an FAQPage and their answers, which may be HTML."""
    if depth > DEEPEST:
        return
    if isinstance(value, list):
        for one in value:
            yield from _pairs(one, depth + 1)
    elif isinstance(value, dict):
        answer = value.get("acceptedAnswer")
        answer = answer[0] if isinstance(answer, list) and answer else answer
        name, text = value.get("name"), answer.get("text") if isinstance(answer, dict) else None
        if "Question" in str(value.get("@type")) and isinstance(name, str) and isinstance(text, str):
            yield name, text
        else:
            yield from _pairs(value.get("@graph"), depth + 1)
            yield from _pairs(value.get("mainEntity"), depth + 1)


def _answer(text: str) -> HtmlElement | None:
    from lxml import etree, html  # type: ignore[import-untyped]

    try:
        found = html.fragment_fromstring(text, create_parent="div")
    except (etree.LxmlError, ValueError):
        return None
    hidden.remove(found)
    return found if "".join(found.itertext()).strip() else None

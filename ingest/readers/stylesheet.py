"""What the style sheets that come with a page say of its elements: tinycss2 parses them, cssselect2 selects.

A stranger wrote both, so that all is bounded: the characters, the selectors and the steps of matching.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from itertools import islice
from operator import itemgetter
from typing import TYPE_CHECKING, Any

import cssselect2
import tinycss2

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from lxml.html import HtmlElement  # type: ignore[import-untyped]

LONGEST = 1_000_000  # characters of a page's own sheets, of which big sites have 300,000 (0.2 s)
LONGEST_SELECTOR = 500  # characters
LONGEST_VALUE = 200  # characters
MOST_SELECTORS = 2_000  # that hide, and as many that may show again; one takes 0.05 ms
MOST_STEPS = 400_000  # selectors tried and elements looked at, about 0.5 s; of a large page 50,000
DEEPEST = 8  # rules in rules
# What hides a text on paper or on a phone is seen elsewhere. No screen is narrower than 320 pixels.
EVERY_SCREEN = re.compile(
    r"(?:(?:only\s+)?(?:all|screen)(?:\s+and\s+|$))?"
    r"(?:\(\s*min-(?:device-)?width\s*:\s*(?:[0-2]?\d{1,2}|3[01]\d|320)(?:px)?\s*\))?",
    re.IGNORECASE,
)

Nodes = list[Any]  # tinycss2's


@dataclass(frozen=True, slots=True)
class _Rule:
    """A rule at its place among all: its selectors, and the declarations that matter."""

    order: int
    selectors: tuple[str, ...]
    declarations: tuple[tuple[str, str, bool], ...]  # property, value, whether it is important


def hidden_by_sheets(
    tree: HtmlElement, properties: frozenset[str], hides: Callable[[str], bool]
) -> frozenset[HtmlElement]:
    """Return the elements that a page's own sheets hide and no rule of more weight, or style, shows again.

    `properties` are those that can hide; `hides` tells whether a declaration such as `display:none` does.
    """
    found = (part for css in _sheets(tree) for part in _rules(_parsed(css), properties, (), 0))
    rules = [_Rule(order, *part) for order, part in enumerate(found)]
    hiding = [r for r in rules if any(hides(f"{name}:{value}") for name, value, _ in r.declarations)]
    hidden: set[HtmlElement] = set()
    try:
        steps = _Steps(MOST_STEPS)
        for element, matches in _matched(tree, hiding, rules, steps):
            css = element.get("style") or ""
            steps.take(len(css))
            style = _declared(_contents(css), properties)
            if any(hides(f"{name}:{value}") for name, value in _cascaded(matches, style).items()):
                hidden.add(element)
    except _TooMuchError:
        pass  # no page that is meant to be seen needs so much; what was found by then is hidden
    return frozenset(hidden)


def _cascaded(
    matches: Iterable[tuple[tuple[int, ...], _Rule]], style: Iterable[tuple[str, str, bool]]
) -> dict[str, str]:
    """Return the value that holds of each property (CSS Cascade 4, section 6.1): a style counts most."""
    weighed = [
        ((important, specificity, rule.order), name, value)
        for specificity, rule in matches
        for name, value, important in rule.declarations
    ]
    weighed += [((important, (1_000_000,), 0), name, value) for name, value, important in style]
    return {name: value for _, name, value in sorted(weighed, key=itemgetter(0))}


# ------------------------------------------------------------------------------------------ rules


def _sheets(tree: HtmlElement) -> Iterator[str]:
    """Yield the sheets that are for every screen, also where scripts run, up to the most that is parsed."""
    left = LONGEST
    for style in tree.iter("style"):
        scripted = all(e.tag != "noscript" for e in style.iterancestors())
        if scripted and _on_screen(style.get("media") or ""):
            css = (style.text or "")[:left]
            left -= len(css)
            yield css


def _on_screen(media: str) -> bool:
    return any(EVERY_SCREEN.fullmatch(query.strip()) for query in media.split(","))


def _parsed(css: str) -> Nodes:
    nodes: Nodes = tinycss2.parse_stylesheet(css, skip_comments=True, skip_whitespace=True)
    return nodes


def _contents(css: str | Nodes) -> Nodes:
    nodes: Nodes = tinycss2.parse_blocks_contents(css, skip_comments=True, skip_whitespace=True)
    return nodes


def _rules(
    nodes: Nodes, properties: frozenset[str], around: tuple[str, ...], depth: int
) -> Iterator[tuple[tuple[str, ...], tuple[tuple[str, str, bool], ...]]]:
    """Yield selectors and declarations of the rules that hold on every screen, also of those in others."""
    own = tuple(_declared(nodes, properties)) if around else ()
    if own:
        yield around, own
    for node in nodes if depth < DEEPEST else ():
        if node.type == "qualified-rule":
            contents = _contents(node.content)
            if contents:
                inner = tuple(_nested(_selectors(node.prelude), around))
                yield from _rules(contents, properties, inner, depth + 1)
        elif node.type == "at-rule" and node.content and _applies(node):
            yield from _rules(_contents(node.content), properties, around, depth + 1)


def _declared(nodes: Nodes, properties: frozenset[str]) -> Iterator[tuple[str, str, bool]]:
    for node in nodes:
        if node.type == "declaration" and node.lower_name in properties:
            yield node.lower_name, _text(node.value)[:LONGEST_VALUE], node.important


def _applies(rule: Any) -> bool:
    condition = _text(rule.prelude)
    match rule.lower_at_keyword:
        case "media":
            return _on_screen(condition)
        case "supports":
            return ":" in condition and "not" not in condition.lower()
        case name:
            return bool(name == "layer")


def _selectors(prelude: Nodes) -> Iterator[str]:
    """Yield the selectors of a rule one by one, so that one that is not understood spoils no other."""
    part: Nodes = []
    for token in prelude:
        if token.type == "literal" and token.value == ",":
            yield _text(part)
            part = []
        else:
            part.append(token)
    yield _text(part)


def _nested(selectors: Iterable[str], around: tuple[str, ...]) -> Iterator[str]:
    """Yield the selectors of a rule, which in another rule are for what is inside of that."""
    outer = f":is({','.join(around)})" if around else ""
    for selector in islice(selectors, MOST_SELECTORS):
        whole = selector.replace("&", outer) if "&" in selector else f"{outer} {selector}"
        if selector and len(whole) <= LONGEST_SELECTOR:
            yield whole


def _text(nodes: Nodes) -> str:
    try:
        return str(tinycss2.serialize(nodes)).strip()
    except RecursionError:
        return ""


# --------------------------------------------------------------------------------------- matching


class _TooMuchError(Exception):
    pass


class _Steps:
    def __init__(self, most: int) -> None:
        self._left = most

    def take(self, count: int) -> None:
        self._left -= count
        if self._left < 0:
            raise _TooMuchError


class _Element(cssselect2.ElementWrapper):  # type: ignore[misc]
    """An element whose steps are counted: cssselect2 tries a selector of n parts on depth**n elements.

    Its own tuples of all siblings before an element would take gigabytes for 20,000 paragraphs.
    """

    steps: _Steps

    def __init__(self, element: Any, parent: Any, *more: Any, **others: Any) -> None:
        super().__init__(element, parent, *more, **others)
        if parent is not None:
            self.steps = parent.steps
            self.steps.take(1)

    @property
    def ancestors(self) -> Iterator[_Element]:
        return self._line("parent")

    @property
    def previous_siblings(self) -> Iterator[_Element]:
        return self._line("previous")

    @property
    def etree_siblings(self) -> Nodes:
        siblings: Nodes = [self.etree_element] if self.parent is None else self.parent.etree_children
        self.steps.take(len(siblings))
        return siblings

    @etree_siblings.setter
    def etree_siblings(self, siblings: Nodes) -> None:
        """Hold nothing: they are those of the parent."""

    def _line(self, direction: str) -> Iterator[_Element]:
        element = getattr(self, direction)
        while element is not None:
            self.steps.take(1)
            yield element
            element = getattr(element, direction)


class _Matcher(cssselect2.Matcher):  # type: ignore[misc]
    """Finds the rules that fit an element by its id, classes and name, and counts those it tries."""

    def __init__(self, rules: Iterable[_Rule], steps: _Steps) -> None:
        super().__init__()
        self._steps = steps
        named = ((selector, rule) for rule in rules for selector in dict.fromkeys(rule.selectors))
        for selector, rule in islice(named, MOST_SELECTORS):
            try:
                (compiled,) = cssselect2.compile_selector_list(selector)
            except Exception:  # noqa: BLE001, S112 - it is no selector, one too new, or one made to do harm
                continue
            if compiled.pseudo_element is None:
                self.add_selector(compiled, rule)

    def add_relevant_selectors(self, element: _Element, selectors: Any, relevant_selectors: Any) -> None:
        """Add those of the selectors that fit."""
        for test, specificity, order, pseudo, rule in selectors:
            self._steps.take(1)
            try:
                if test(element):
                    relevant_selectors.append((specificity, order, pseudo, rule))
            except RecursionError:
                continue

    def rules_of(self, element: _Element) -> list[tuple[tuple[int, ...], _Rule]]:
        return [(specificity, rule) for specificity, _, _, rule in self.match(element)]


def _matched(
    tree: HtmlElement, hiding: list[_Rule], rules: list[_Rule], steps: _Steps
) -> Iterator[tuple[HtmlElement, list[tuple[tuple[int, ...], _Rule]]]]:
    """Yield each element that a rule of `hiding` fits, with all rules of weight for it."""
    if not hiding:
        return
    hider = _Matcher(hiding, steps)
    judged = {name for rule in hiding for name, _, _ in rule.declarations}
    orders = {rule.order for rule in hiding}
    others = [r for r in rules if r.order not in orders and any(d[0] in judged for d in r.declarations)]
    shower: _Matcher | None = None  # most pages have many more of these rules, and few need them
    root = _Element.from_html_root(tree)
    root.steps = steps
    for element in root.iter_subtree():
        if found := hider.rules_of(element):
            shower = shower or _Matcher(others, steps)
            yield element.etree_element, found + shower.rules_of(element)

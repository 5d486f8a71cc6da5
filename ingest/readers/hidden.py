"""What nobody sees of a page: hidden by an attribute, by a style, or by a rule of its own style sheet.

Who wants to be read by programs and not by people hides text so. Sheets that did not come with the page
are not looked at: they would have to be fetched.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from lxml.html import HtmlElement  # type: ignore[import-untyped]

_END = r"\s*(?:;|!|$)"
_ZERO = r"0+(?:\.0+)?(?:px|em|rem|pt|%)?"
# In a sheet: not what pages fade in or move in by a script when they are scrolled.
HIDDEN_BY_RULE = re.compile(
    rf"""(?:^|;)\s*(?:
        display\s*:\s*none
      | visibility\s*:\s*(?:hidden|collapse)
      | font-size\s*:\s*(?:{_ZERO}|[01](?:\.\d+)?p[xt]){_END}
      | (?:left|top|right|text-indent|margin-left)\s*:\s*-\d{{3,}}(?:\.\d+)?(?:px|em|rem|pt)?
      | mso-hide\s*:\s*all
    )""",
    re.VERBOSE | re.IGNORECASE,
)
JUDGED = frozenset("display visibility font-size left top right text-indent margin-left mso-hide".split())
# On a page on which nothing moves and no script runs, these hide for good, too.
JUDGED_STILL = JUDGED | {"opacity", "max-height", "clip", "clip-path"}
MOVES = re.compile(r"transition|animation|@keyframes|:(?:hover|target|checked)", re.IGNORECASE)
HIDDEN = re.compile(
    HIDDEN_BY_RULE.pattern
    + rf"""|(?:^|;)\s*(?:
        opacity\s*:\s*0?\.?0*%?{_END}
      | (?:max-height|zoom)\s*:\s*{_ZERO}{_END}
      | clip\s*:\s*rect\(\s*0(?:px)?[\s,]+0(?:px)?[\s,]+0(?:px)?[\s,]+0(?:px)?\s*\)
      | clip-path\s*:\s*(?:inset\(\s*(?:[5-9]\d|100)(?:\.\d+)?%|circle\(\s*0|polygon\(\s*0\s+0\s*\))
      | transform\s*:[^;]*(?:scale[xy3d]*\(\s*0?\.?0*\s*[,)]|translate[xy3d]*\(\s*-\d{{3,}})
      | color\s*:\s*(?:transparent | \#[0-9a-f]{{3}}0\b | \#[0-9a-f]{{6}}00\b
          | (?:rgb|hsl)a?\((?:(?:[^,)]+,){{3}}|[^/)]*/)\s*0?\.?0+%?\s*\))
    )""",
    re.VERBOSE | re.IGNORECASE,
)
COLOUR = re.compile(r"(?:^|;)\s*(color|background(?:-color)?)\s*:\s*([^;!]{1,40})", re.IGNORECASE)
WHITE = frozenset({"white", "#fff", "#ffffff", "rgb(255,255,255)", "rgba(255,255,255,1)"})
CSS_ESCAPE = re.compile(r"\\([0-9a-fA-F]{1,6})\s?|\\([^\n])")
CSS_COMMENT = re.compile(r"/\*.*?(?:\*/|$)", re.DOTALL)
LONGEST_STYLE = 20_000  # characters of one style attribute that are looked at
HALF = 0.5  # of a page's text
# A page whose text a script shows later has beside it only notices and menus.
LEAST_SEEN = 400  # characters in paragraphs
LEAST_PARAGRAPH = 80  # characters, with a stop: no label of a menu
PARAGRAPHS = ("p", "li", "td", "blockquote", "dd", "div", "section", "article")
KEPT = frozenset({"html", "body", "head"})


def remove(tree: HtmlElement) -> int:
    """Take what nobody sees out of `tree`, in place, and return its length in characters.

    What holds more than half of the text stays if little else is left: a script shows it later.
    """
    body = tree.find(".//body")
    whole = _length(tree if body is None else body)
    found = [element for element in _hidden(tree) if element.getparent() is not None]
    sizes = {element: _length(element) for element in found}
    large = [element for element in found if sizes[element] > HALF * whole]
    if large and _seen(tree, frozenset(found)) < LEAST_SEEN:
        found = [element for element in found if element not in large]
    for element in found:
        element.drop_tree()
    return sum(sizes[element] for element in found)


def inline(tree: HtmlElement, find: Callable[[str], str | None]) -> None:
    """Put the sheets that a page links to in the place of the links; `find` has those that came with it."""
    for link in list(tree.iter("link")):
        rel = (link.get("rel") or "").lower().split()
        if "stylesheet" in rel and "alternate" not in rel and (css := find(link.get("href") or "")):
            link.tag, link.text = "style", css


def style_hides(style: str) -> bool:
    r"""Tell whether a style attribute hides the text of its element, whatever is around it.

    >>> style_hides(r"color: red; dis\70lay: none"), style_hides("opacity: 0.9")
    (True, False)
    """
    style = plain_css(style[:LONGEST_STYLE])
    return bool(HIDDEN.search(style)) or _is_camouflaged(style)


def plain_css(css: str) -> str:
    """Return CSS without comments and with escapes undone, as a browser reads it."""
    if "\\" not in css and "/*" not in css:
        return css
    return CSS_ESCAPE.sub(_unescaped, CSS_COMMENT.sub("", css))


def _unescaped(found: re.Match[str]) -> str:
    if found[1] is None:
        return found[2]
    code = int(found[1], 16)
    return chr(code) if 0 < code < 0x110000 and not 0xD800 <= code < 0xE000 else "\ufffd"


# --------------------------------------------------------------------------------------- elements


def _hidden(tree: HtmlElement) -> Iterator[HtmlElement]:
    """Yield the outermost elements that cannot be seen."""
    sheets = [e.text or "" for e in tree.iter("style")]
    by_sheet = _by_sheet(tree) if any(sheets) else frozenset()
    plain_ground = not any("background" in css for css in sheets) and not _has_sheet_elsewhere(tree)
    inside: set[HtmlElement] = set()
    for element in tree.iter():
        if not isinstance(element.tag, str) or element.tag in KEPT:
            continue
        if element.getparent() in inside:
            inside.add(element)
        elif element in by_sheet or _is_hidden(element, plain_ground=plain_ground):
            inside.add(element)
            yield element


def _by_sheet(tree: HtmlElement) -> frozenset[HtmlElement]:
    from footnote.ingest.readers.stylesheet import hidden_by_sheets

    judged, pattern = (JUDGED_STILL, HIDDEN) if _is_still(tree) else (JUDGED, HIDDEN_BY_RULE)
    return hidden_by_sheets(tree, judged, lambda declaration: bool(pattern.search(declaration)))


def _is_still(tree: HtmlElement) -> bool:
    """Tell whether a page stays as it is: no script that runs, and nothing in its sheets that moves."""
    runs = any("json" not in (e.get("type") or "") for e in tree.iter("script"))
    return not runs and not any(MOVES.search(e.text or "") for e in tree.iter("style"))


def _is_hidden(element: HtmlElement, *, plain_ground: bool) -> bool:
    if element.tag == "template" or "hidden" in element.attrib:
        return True
    style = element.get("style")
    if style is None:
        return False
    return style_hides(style) or (plain_ground and _is_white_on_white(element, plain_css(style)))


def _colours(style: str) -> dict[str, str]:
    return {
        name.lower().partition("-")[0]: "".join(value.lower().split())
        for name, value in COLOUR.findall(style)
    }


def _is_camouflaged(style: str) -> bool:
    """Tell whether a text has the colour of what is behind it."""
    found = _colours(style)
    colour = found.get("color")
    return colour is not None and colour not in {"inherit", "initial"} and colour == found.get("background")


def _is_white_on_white(element: HtmlElement, style: str) -> bool:
    """Tell whether a text is white where nothing around it has a colour of its own."""
    if _colours(style).get("color") not in WHITE:
        return False
    return not any(
        "background" in (e.get("style") or "").lower() or e.get("bgcolor") or e.get("background")
        for e in (element, *element.iterancestors())
    )


def _has_sheet_elsewhere(tree: HtmlElement) -> bool:
    return any("stylesheet" in (link.get("rel") or "").lower() for link in tree.iter("link"))


def _length(element: HtmlElement) -> int:
    return sum(len(text) for text in element.itertext())


def _seen(tree: HtmlElement, hidden: frozenset[HtmlElement]) -> int:
    """Return the length of the paragraphs that are not hidden."""
    inside: set[HtmlElement] = set()
    total = 0
    for element in tree.iter():
        if element in hidden or element.getparent() in inside:
            inside.add(element)
        elif element.tag in PARAGRAPHS:
            own = " ".join(_own_text(element, hidden).split())
            total += len(own) if len(own) >= LEAST_PARAGRAPH and "." in own else 0
    return total


def _own_text(element: HtmlElement, hidden: frozenset[HtmlElement]) -> str:
    """Return the text of an element and of what is in line in it, not of its blocks."""
    parts = [element.text or ""]
    for child in element:
        if isinstance(child.tag, str) and child not in hidden and child.tag not in PARAGRAPHS:
            parts.append("".join(child.itertext()))
        parts.append(child.tail or "")
    return "".join(parts)

"""What a site's robots.txt asks of programs that read it (RFC 9309).

Matching is linear in the length of rule and path, so that no rule can keep it busy.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

MOST_BYTES = 500 * 1024  # RFC 9309 section 2.5: a reader must take at least 500 KiB
MOST_DELAY = 10.0  # seconds; who asks for more is waited for that long
LINE = re.compile(r"^\s*(user-agent|allow|disallow|crawl-delay)\s*:\s*([^#]*)", re.IGNORECASE)
ESCAPED = re.compile(r"%([0-9a-fA-F]{2})")
PLAIN = frozenset("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~")


@dataclass(frozen=True, slots=True)
class Robots:
    """The rules that hold for one program; `delay` is the wait between requests in seconds."""

    rules: tuple[tuple[str, bool], ...] = ()
    delay: float = 0.0

    def allows(self, path: str) -> bool:
        r"""Tell whether `path`, with its query, may be read: the longest rule that fits decides.

        >>> rules = parse("User-agent: *\nDisallow: /a\nAllow: /a/*.html$", "footnote")
        >>> rules.allows("/b"), rules.allows("/a/b"), rules.allows("/a/b.html"), rules.allows("/a/b.html?c")
        (True, False, True, False)
        """
        path = _normal(path)
        fitting = [(len(pattern), allowed) for pattern, allowed in self.rules if _fits(pattern, path)]
        return max(fitting, default=(0, True))[1]  # of two as long, the one that allows


EVERYTHING = Robots()
NOTHING = Robots((("/", False),))


def parse(text: str, agent: str) -> Robots:
    """Return the rules for the program `agent`, or those for all programs when none name it."""
    own: list[tuple[str, str]] = []
    general: list[tuple[str, str]] = []
    named: set[str] = set()
    in_names = found = False
    for key, value in _lines(text):
        if key == "user-agent":
            named = (named if in_names else set()) | {_product(value)}
            found = found or agent in named
        else:
            own += [(key, value)] if agent in named else []
            general += [(key, value)] if "*" in named else []
        in_names = key == "user-agent"
    return _rules(own if found else general)


def _lines(text: str) -> list[tuple[str, str]]:
    matches = (LINE.match(line) for line in re.split(r"\r\n|\r|\n", text.removeprefix("\ufeff")))
    return [(m[1].lower(), m[2].strip()) for m in matches if m]


def _product(name: str) -> str:
    """Return the name that a rule is for, without version: `Footnote/1.0` names `footnote`."""
    return name.partition("/")[0].strip().lower()


def _rules(lines: list[tuple[str, str]]) -> Robots:
    rules = tuple((_normal(value), key == "allow") for key, value in lines if key != "crawl-delay" and value)
    delays = [float(v) for k, v in lines if k == "crawl-delay" and re.fullmatch(r"\d{1,6}(\.\d{1,6})?", v)]
    return Robots(rules, min(max(delays, default=0.0), MOST_DELAY))


def _normal(path: str) -> str:
    """Return `path` with all but reserved characters spelled in one way (RFC 9309 section 2.2.2)."""
    text = "".join(
        c if c.isascii() else "".join(f"%{b:02X}" for b in c.encode("utf-8", "replace")) for c in path
    )
    return ESCAPED.sub(_spelled, text)


def _spelled(match: re.Match[str]) -> str:
    character = chr(int(match[1], 16))
    return character if character in PLAIN else f"%{match[1].upper()}"


def _fits(pattern: str, path: str) -> bool:
    """Tell whether `path` begins with `pattern`, in which `*` is anything and a last `$` the end."""
    ends = pattern.endswith("$")
    first, *rest = (pattern[:-1] if ends else pattern).split("*")
    if not path.startswith(first):
        return False
    position = len(first)
    last = rest.pop() if ends and rest else None
    for part in rest:
        found = path.find(part, position)
        if found < 0:
            return False
        position = found + len(part)
    if last is not None:
        return len(path) - len(last) >= position and path.endswith(last)
    return not ends or position == len(path)

"""What a site's robots.txt asks of programs that read it (RFC 9309), by protego.

Its matching is linear in the length of rule and path, so that no rule can keep it busy.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from protego import Protego

MOST_BYTES = 500 * 1024  # RFC 9309 section 2.5: a reader must take at least 500 KiB
MOST_DELAY = 10.0  # seconds; who asks for more is waited for that long
# All that protego takes for a name, without the version of `Footnote/1.0`.
NAME = re.compile(r"^\s*user(?:-|\s+)?agent\s*[:\s]\s*(?P<product>[^\s/#]*)", re.IGNORECASE)
ALL, OTHER = "*", "-"


@dataclass(frozen=True, slots=True)
class Robots:
    """The rules that hold for one program; `delay` is the wait between requests in seconds."""

    rules: Protego
    agent: str
    delay: float = 0.0

    def allows(self, path: str) -> bool:
        r"""Tell whether `path`, with its query, may be read: the longest rule that fits decides.

        >>> rules = parse("User-agent: *\nDisallow: /a\nAllow: /a/*.html$", "footnote")
        >>> rules.allows("/b"), rules.allows("/a/b"), rules.allows("/a/b.html"), rules.allows("/a/b.html?c")
        (True, False, True, False)
        """
        path = path.encode("utf-8", "replace").decode("utf-8")
        return self.rules.can_fetch(f"http://site{path}", self.agent)


def parse(text: str, agent: str) -> Robots:
    """Return the rules for the program `agent`, or those for all programs when none name it."""
    lines = (_for_one(line, agent) for line in text.removeprefix("\ufeff").splitlines())
    rules = Protego.parse("\n".join(lines))
    return Robots(rules, agent, min(rules.crawl_delay(agent) or 0.0, MOST_DELAY))


def _for_one(line: str, agent: str) -> str:
    """Return a line, with one name for all other programs where it names one.

    protego lets `foot` stand for `footnote`, and keeps every rule once for each of the names above it: of
    10,000 names above 10,000 rules, which fit into a file, it would make gigabytes.
    """
    found = NAME.match(line)
    if found is None:
        return line
    name = found["product"].lower()
    return f"User-agent: {name if name in {agent, ALL} else OTHER}"


EVERYTHING = parse("", ALL)
NOTHING = parse("User-agent: *\nDisallow: /", ALL)

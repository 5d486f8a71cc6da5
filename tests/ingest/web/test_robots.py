"""What robots.txt asks is understood as RFC 9309 has it."""

from __future__ import annotations

import time
import tracemalloc

import pytest
from hypothesis import given
from hypothesis import strategies as st

from footnote.ingest.web.robots import MOST_DELAY, parse


@pytest.mark.parametrize(
    ("text", "path", "allowed"),
    [
        ("", "/a", True),
        ("User-agent: *\nDisallow:", "/a", True),
        ("User-agent: *\nDisallow: /", "/a", False),
        ("USER-AGENT : *\r\ndisallow : / # all of it\r\n", "/a", False),
        ("\ufeffUser-agent: *\rDisallow: /a", "/a/b?c", False),
        ("Disallow: /", "/a", True),
        ("User-agent: Footnote/2.0\nDisallow: /a\n\nUser-agent: *\nDisallow: /", "/b", True),
        ("User-agent: other\nUser-agent: footnote\nDisallow: /a", "/a", False),
        ("User-agent: footnote\nDisallow: /a\nUser-agent: x\nDisallow: /\nUser-agent: footnote\nDisallow: /b", "/b", False),
        ("User-agent: footnotes\nDisallow: /", "/a", True),
        ("User-agent: foot\nAllow: /\n\nUser-agent: *\nDisallow: /", "/a", False),
        ("User-agent: *\nDissallow: /a", "/a", False),
        ("User-agent: *\nDisallow /a", "/a", False),
        ("User-agent: *\nDisallow: /a b", "/a%20b", False),
        ("User-agent: *\nDisallow: /a$", "/a/b", True),
        ("User-agent: *\nDisallow: /a", "//b/a", True),
        ("User-agent: *\nDisallow: /a/\nAllow: /a/index.html", "/a/", True),
        ("User-agent: *\nDisallow: /a\nAllow: /a/b", "/a/b/c", True),
        ("User-agent: *\nAllow: /a\nDisallow: /a", "/a", True),
        ("User-agent: *\nDisallow: /*.pdf$", "/x/y.pdf", False),
        ("User-agent: *\nDisallow: /*.pdf$", "/x/y.pdf?z", True),
        ("User-agent: *\nDisallow: /*?", "/x?y", False),
        ("User-agent: *\nDisallow: /a*b*c", "/a-b-d", True),
        ("User-agent: *\nDisallow: /%7ejoe", "/~joe/", False),
        ("User-agent: *\nDisallow: /ä", "/%C3%A4", False),
        ("User-agent: *\nDisallow: /a%2fb", "/a/b", True),
        ("<html><body>Disallow: /", "/a", True),
    ],
)  # fmt: skip
def test_the_rule_that_fits_best_decides(text, path, allowed):
    assert parse(text, "footnote").allows(path) is allowed


def test_a_wish_for_patience_has_an_end():
    assert parse("User-agent: *\nCrawl-delay: 5", "footnote").delay == 5
    assert parse("User-agent: *\nCrawl-delay: 99999", "footnote").delay == MOST_DELAY
    assert parse("User-agent: *\nCrawl-delay: nan\nCrawl-delay: -3", "footnote").delay == 0


def test_no_rule_keeps_it_busy():
    rules = parse("User-agent: *\n" + "Disallow: /" + "*a" * 50_000 + "b$\n", "footnote")
    started = time.monotonic()
    assert rules.allows("/" + "a" * 4000)
    assert time.monotonic() - started < 1


def test_many_names_do_not_multiply_the_rules():
    names = "".join(
        f"{word} a{n}\n" for n in range(1_000) for word in ("User-agent:", "user  agent", "Useragent")
    )
    rules = "".join(f"Disallow: /{n}\n" for n in range(1_000))
    tracemalloc.start()
    assert parse(f"{names}User-agent: *\n{rules}", "footnote").allows("/a")
    most = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert most < 20_000_000


@given(st.text(max_size=200), st.text(max_size=40))
def test_no_text_makes_it_raise(text, path):
    parse("User-agent: *\nDisallow: " + text, "footnote").allows("/" + path)

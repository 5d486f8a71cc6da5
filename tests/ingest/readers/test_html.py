from __future__ import annotations

import logging
import socket

import pytest

from ingest.errors import UnreadableSource
from ingest.readers.html import read

HEAD = (
    '<head><title>Bridge opens | The Daily</title><meta property="og:title" content="Bridge opens after nine years">'
    '<meta name="author" content="Ana Cruz"><meta property="article:published_time" content="2026-05-31T08:00:00Z">'
    '<link rel="canonical" href="https://example.org/bridge"></head>'
)
NAV = '<nav><ul><li><a href="/">Home</a></li><li><a href="/n">News</a></li><li><a href="/s">Sport</a></li></ul></nav>'
STANDFIRST = (
    "The crossing over the Arn took nine years and cost twice what was planned, the council said on Monday."
)
FIRST = "Hundreds of people walked across on Sunday morning, in spite of the rain. The mayor, Bo Lee, cut the ribbon."
COST = "The bill came to $42 million, which is far more than the $20 million first named by the council’s engineers."
PAGE = f"""<!doctype html><html lang="en-GB">{HEAD}<body>{NAV}<article><h1>Bridge opens after nine years</h1>
<p class="standfirst">{STANDFIRST}</p>
<p>Hundreds of people walked across on <a href="x">Sunday</a> morning, in spite of
the <b>rain</b>. The mayor, Bo Lee, cut the ribbon.</p>
<figure><img src="x.jpg"><figcaption>The bridge. Photo: Agency</figcaption></figure>
<p>Share this article</p>
<h2>What it cost</h2><p>{COST}</p><ul><li>Steel: $20 million</li><li>Labour: $22 million</li></ul>
<table><tr><th>Year</th><th>Cost</th></tr><tr><td>2017</td><td>20</td></tr></table>
<p>One line of an address in the town<br>and the rest of the sentence, as the editor put it there.</p>
</article><footer>© 2026 The Daily</footer><script>track("everyone")</script></body></html>"""


def test_the_article_of_a_page_is_read_without_the_rest():
    found = read(PAGE.encode())
    assert found.paragraphs == (
        ("", STANDFIRST),
        ("", FIRST),
        ("What it cost", COST),
        ("What it cost", "- Steel: $20 million\n- Labour: $22 million"),
        ("What it cost", "Year | Cost\n2017 | 20"),
        (
            "What it cost",
            "One line of an address in the town and the rest of the sentence, as the editor put it there.",
        ),
    )


def test_the_page_gives_title_author_date_url_and_language():
    found = read(PAGE.encode())
    assert (found.title, found.author, found.date) == (
        "Bridge opens after nine years",
        "Ana Cruz",
        "2026-05-31",
    )
    assert (found.url, found.language) == ("https://example.org/bridge", "en-GB")


def test_a_page_in_another_encoding_is_read():
    page = PAGE.replace("<head>", '<head><meta charset="windows-1252">').encode("cp1252")
    assert read(page).paragraphs[2][1] == COST


def test_a_page_that_is_xml_is_read():
    page = '<?xml version="1.0" encoding="utf-8"?>' + PAGE.replace(
        "<html", '<html xmlns="http://www.w3.org/1999/xhtml"'
    )
    assert read(page.encode()).paragraphs[1][1] == FIRST


def test_a_short_article_of_one_paragraph_is_enough():
    page = f"<html><body><article><h1>Bridge opens</h1><p>{STANDFIRST} {FIRST}</p></article></body></html>"
    assert [t for _, t in read(page.encode()).paragraphs] == [f"{STANDFIRST} {FIRST}"]


@pytest.mark.parametrize(
    "body",
    [
        NAV * 20,
        "<div id=app></div><noscript>You need to enable JavaScript to run this app, which shows the news of the whole "
        "world to everyone who wants it, at any time of the day and night.</noscript><script>x()</script>",
        "<script>var text = 'The tide came in. " + "It went out. " * 50 + "'</script>",
        "".join(
            f'<p><a href="/{n}">A headline of an article that is elsewhere, number {n}, about the bridge.</a></p>'
            for n in range(30)
        ),
        "",
        "<div>" * 20_000,
    ],
    ids=["menu", "notice", "script", "teasers", "nothing", "nesting"],
)
def test_a_page_without_an_article_is_refused(body):
    with pytest.raises(UnreadableSource, match=r"article|parsed"):
        read(f"<html><head><title>News</title></head><body>{body}</body></html>".encode())


def test_nothing_is_fetched_or_logged(monkeypatch, caplog):
    def refuse(*_args, **_options):
        raise AssertionError("the network was asked")

    monkeypatch.setattr(socket.socket, "connect", refuse)
    monkeypatch.setattr(socket, "getaddrinfo", refuse)
    caplog.set_level(logging.DEBUG)
    read(PAGE.replace("<body>", '<body><iframe src="https://example.org/x"></iframe>').encode())
    assert not [r for r in caplog.records if r.levelno >= logging.INFO]

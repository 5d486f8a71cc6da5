"""Links become articles; feeds become as many as they name; a refresh reads again what came from them."""

from __future__ import annotations

import json
from io import BytesIO

import pytest

from footnote.ingest.article import Article, Rejected
from footnote.ingest.handover.writer import LocalWriter
from footnote.ingest.library.library import open_library
from footnote.ingest.pipeline import Outcome, ingest
from footnote.ingest.refresh import refresh
from footnote.ingest.sources import count_sources, read_sources
from footnote.ingest.web.fetch import Fetcher
from footnote.ingest.web.links import Wish
from tests.hostile_server import HostileServer, cached, hang, page, raw, redirect

FIRST = "Hundreds of people walked across the new bridge on Sunday morning, in spite of the heavy rain."
SECOND = "The mayor, Bo Lee, cut the ribbon at noon and said that the town had waited long enough for it."


def story(title: str = "Bridge opens", *paragraphs: str, head: str = "") -> str:
    body = "".join(f"<p>{p}</p>" for p in paragraphs or (FIRST, SECOND))
    return (
        f'<!doctype html><html lang="en"><head><title>{title}</title>{head}</head><body><nav><a href="/">Home</a></nav>'
        f"<article><h1>{title}</h1>{body}</article></body></html>"
    )


def rss(*items: tuple[str, str, str], extra: str = "") -> str:
    parts = "".join(
        f"<item><link>{u}</link><pubDate>{d}</pubDate><title>{t}</title>{extra}</item>" for u, d, t in items
    )
    return f'<?xml version="1.0"?><rss version="2.0"><channel><title>Tides</title>{parts}</channel></rss>'


@pytest.fixture
def server():
    with HostileServer({"/bridge": page(story())}) as server:
        yield server


@pytest.fixture
def fetcher(server):
    return Fetcher(allow=[server.address], pause=0, deadline=3)


@pytest.fixture
def library(tmp_path, fake_encoder):
    with open_library(tmp_path / "library", fake_encoder.name, fake_encoder.dimension) as library:
        yield library


@pytest.fixture
def add(library, fake_encoder, fetcher):
    """Ingest as `footnote ingest` does, and return the outcomes."""

    def adding(*given: str, wish: Wish | None = None) -> list[Outcome]:
        feeds = []
        found = read_sources(given, fetcher=fetcher, wish=wish, on_feed=feeds.append)
        outcomes = [e for e in ingest(found, library, fake_encoder) if isinstance(e, Outcome)]
        for feed in feeds:
            library.note_feed(feed)
        return outcomes

    return adding


@pytest.fixture
def again(library, fake_encoder, fetcher):
    def refreshing() -> dict[str, Outcome]:
        events = refresh(LocalWriter(library, fake_encoder), fetcher)
        return {e.source: e for e in events if isinstance(e, Outcome)}

    return refreshing


def only(url: str, fetcher: Fetcher, **given):
    (found,) = read_sources([url], fetcher=fetcher, **given)
    return found


# ------------------------------------------------------------------------------------------- pages


def test_a_page_is_an_article_whose_source_is_its_link(server, fetcher):
    found = only(server.url("/bridge#part"), fetcher)
    assert (found.source, found.url) == (server.url("/bridge"), server.url("/bridge"))
    assert [found.paragraph_text(n) for n in (1, 2)] == [FIRST, SECOND]
    assert found.visit.at


def test_a_link_can_be_given_a_title(server, fetcher):
    assert only(server.url("/bridge"), fetcher, title="My bridge").title == "My bridge"


def test_a_page_goes_by_where_it_was_asked_for_and_shows_where_it_was_found(server, fetcher):
    server.routes["/go"] = redirect("/bridge")
    found = only(server.url("/go"), fetcher)
    assert (found.source, found.url) == (server.url("/go"), server.url("/bridge"))


@pytest.mark.parametrize(
    ("claimed", "believed"),
    [
        ("http://127.0.0.1/story", True), ("http://www.127.0.0.1/story", True), ("https://bank.example/", False),
        ("javascript:alert(1)", False), ("http://a@127.0.0.1/x", False), ("http://127.0.0.1.evil.example/", False),
        ("http://[", False),
    ],
)  # fmt: skip
def test_a_page_may_name_its_own_site_only(server, fetcher, claimed, believed):
    server.routes["/x"] = page(story(head=f'<link rel="canonical" href="{claimed}">'))
    assert (only(server.url("/x"), fetcher).url == claimed) is believed


@pytest.mark.parametrize(
    ("content_type", "body", "title"),
    [
        ("text/plain", f"{FIRST}\n\n{SECOND}", "The long walk"),
        ("text/markdown", f"# High water\n\n{FIRST}\n\n{SECOND}", "High water"),
        (
            "text/vtt",
            f"WEBVTT\n\n00:01.000 --> 00:09.000\n{FIRST}\n\n00:09.000 --> 00:19.000\n<v Anna>{SECOND}",
            "The long walk",
        ),
    ],
)
def test_text_and_markdown_are_read_too(server, fetcher, content_type, body, title):
    server.routes["/texts/the-long-walk"] = page(body, content_type=content_type)
    found = only(server.url("/texts/the-long-walk"), fetcher)
    assert (found.title, found.paragraph_text(1)) == (title, FIRST)


def test_a_refused_link_is_one_rejection_and_the_rest_goes_on(server, fetcher):
    given = [
        "http://169.254.169.254/",
        "https://a:b@example.org/",
        server.url("/none"),
        server.url("/bridge"),
    ]
    found = list(read_sources(given, fetcher=fetcher))
    assert [type(f) for f in found] == [Rejected, Rejected, Rejected, Article]
    assert found[1].source == "https://example.org/"
    for url, rejected in zip(given[:3:2], found[:3:2], strict=True):
        assert rejected.reason.startswith(f"{url} was not read: ")
        assert rejected.source == url


@pytest.mark.parametrize(
    "url",
    ["ftp://example.org/a", "file:///etc/passwd", "gopher://example.org/1", "https://me:secret@example.org/"],
)
def test_other_links_and_credentials_are_refused_and_no_password_is_shown(fetcher, url):
    found = only(url, fetcher)
    assert "was not read: " in found.reason
    assert "secret" not in str(found)


def test_a_page_without_an_article_is_rejected_and_its_feed_is_named(server, fetcher):
    head = '<link rel="alternate" type="application/rss+xml" href="/feed?a=b&amp;c=d">'
    server.routes["/"] = page(
        f"<html><head>{head}</head><body><ul><li><a href='/a'>A</a></li></ul></body></html>"
    )
    reason = only(server.url("/"), fetcher).reason
    assert server.url("/") in reason
    assert reason.endswith(f"given instead: {server.url('/feed?a=b&c=d')}")


def test_the_same_link_twice_is_read_once(server, fetcher):
    found = list(read_sources([server.url("/bridge"), " " + server.url("/bridge")], fetcher=fetcher))
    assert len(found) == 1
    assert server.paths() == ["/bridge"]


def test_how_many_articles_links_hold_is_not_known_before():
    assert count_sources(["https://example.org/feed"]) is None


def test_without_a_fetcher_the_real_one_reads_and_this_computer_is_out_of_bounds(server):
    (found,) = read_sources([server.url("/bridge")])
    assert "ports 80 and 443" in found.reason
    assert server.requests == []


def test_a_link_is_stored_with_what_its_server_said(server, add, library):
    server.routes["/bridge"] = cached(story(), etag='"a"')
    (outcome,) = add(server.url("/bridge"))
    assert (outcome.status, outcome.source) == ("added", server.url("/bridge"))
    assert library.visits()[server.url("/bridge")].etag == '"a"'
    assert [o.status for o in add(server.url("/bridge"))] == ["unchanged"]


# ------------------------------------------------------------------------------------------- feeds


@pytest.fixture
def feed(server):
    """Serve a feed of three stories."""
    for n in (1, 2, 3):
        server.routes[f"/{n}"] = cached(
            story(f"Story {n}", f"{FIRST} It was day {n}.", SECOND), etag=f'"{n}"'
        )
    items = [(f"/{n}", f"{n} May 2026 08:00:00 GMT", f"Story {n}") for n in (1, 2, 3)]
    server.routes["/feed"] = cached(rss(*items), etag='"f"', content_type="application/rss+xml")
    return server.url("/feed")


def test_a_feed_gives_its_articles_newest_first(server, feed, add, library):
    outcomes = add(feed)
    assert [(o.source, o.status) for o in outcomes] == [(server.url(f"/{n}"), "added") for n in (3, 2, 1)]
    assert library.visits()[server.url("/1")].feed == feed
    assert [(f.url, f.visit.etag) for f in library.feeds()] == [(feed, '"f"')]
    assert library.find_by_source(server.url("/1")).date == "2026-05-01"


def test_a_feed_is_read_as_far_as_is_wished(server, feed, add, library):
    first, *rest = add(feed, wish=Wish("2026-05-02", 1))
    assert (first.source, rest) == (server.url("/3"), [])
    assert first.warnings[0].startswith(f"{feed} names 1 more")
    assert [(f.since, f.most) for f in library.feeds()] == [("2026-05-02", 1)]


def test_an_undated_entry_is_judged_by_its_page(server, fetcher):
    meta = '<meta property="article:published_time" content="2020-01-01T00:00:00Z">'
    server.routes["/old"] = page(story("Old", head=meta))
    server.routes["/feed"] = page(rss(("/old", "", "Old"), ("/bridge", "", "New")), content_type="text/xml")
    found = list(read_sources([server.url("/feed")], fetcher=fetcher, wish=Wish("2026")))
    assert [f.source for f in found] == [server.url("/bridge")]


def test_one_bad_entry_does_not_stop_a_feed(server, fetcher):
    items = [
        ("http://10.0.0.1/", "3 May 2026", "A"),
        ("javascript:x", "2 May 2026", "B"),
        ("/bridge", "1 May 2026", "C"),
    ]
    server.routes["/feed"] = page(rss(*items), content_type="text/xml")
    found = list(read_sources([server.url("/feed")], fetcher=fetcher))
    assert [type(f) for f in found] == [Rejected, Rejected, Article]
    assert all("was not read: " in f.reason for f in found[:2])


def test_the_text_in_a_feed_stands_in_for_a_page_that_cannot_be_read(server, fetcher):
    content = (
        f"<content:encoded xmlns:content='x'><![CDATA[<p>{FIRST}</p><p>{SECOND}</p>]]></content:encoded>"
    )
    server.routes["/feed"] = page(
        rss(("/closed", "1 May 2026", "Closed"), extra=content), content_type="text/xml"
    )
    server.routes["/closed"] = page("no", status=403)
    found = only(server.url("/feed"), fetcher)
    assert (found.title, found.date, found.source) == ("Closed", "2026-05-01", server.url("/closed"))
    assert [found.paragraph_text(n) for n in (1, 2)] == [FIRST, SECOND]
    assert "feed's own" in found.warnings[0]


def test_a_json_feed_is_read(server, fetcher):
    body = {"version": "https://jsonfeed.org/version/1.1", "items": [{"id": "1", "url": "/bridge"}]}
    server.routes["/feed"] = page(json.dumps(body), content_type="application/feed+json")
    assert only(server.url("/feed"), fetcher).source == server.url("/bridge")


def test_a_sitemap_and_its_index_are_read_for_their_own_site(server, fetcher):
    def sitemap(*links: str, kind: str = "url", group: str = "urlset") -> str:
        return f"<{group}>" + "".join(f"<{kind}><loc>{u}</loc></{kind}>" for u in links) + f"</{group}>"

    server.routes |= {
        "/index.xml": page(sitemap("/a.xml", "/gone.xml", "http://10.0.0.1/", kind="sitemap", group="sitemapindex"), content_type="text/xml"),
        "/a.xml": page(sitemap(server.url("/bridge"), "https://other.example/x"), content_type="application/xml"),
    }  # fmt: skip
    assert only(server.url("/index.xml"), fetcher).source == server.url("/bridge")
    assert only(server.url("/a.xml"), fetcher).source == server.url("/bridge")


@pytest.mark.parametrize(
    ("content_type", "body", "words"),
    [
        ("text/xml", "<svg/>", "neither a feed nor a sitemap"), ("application/json", "{}", "neither a feed"),
        ("text/xml", "<rss><channel/></rss>", "names no article"), ("text/xml", "<!DOCTYPE a [<!ENTITY b 'c'>]><rss/>", "entities"),
    ],
)  # fmt: skip
def test_what_is_no_feed_is_refused(server, fetcher, content_type, body, words):
    server.routes["/x"] = page(body, content_type=content_type)
    found = only(server.url("/x"), fetcher)
    assert found.reason.startswith(f"{server.url('/x')} was not read: ")
    assert words in found.reason


def test_a_feed_that_names_itself_does_not_loop(server, fetcher):
    server.routes["/feed"] = page(rss(("/feed", "", "Me")), content_type="text/xml")
    assert "another feed" in only(server.url("/feed"), fetcher).reason


# ------------------------------------------------------------------------------------------ refresh


def test_an_unchanged_page_is_asked_for_but_not_sent(server, add, again):
    server.routes["/bridge"] = cached(story(), etag='"a"')
    add(server.url("/bridge"))
    found = again()[server.url("/bridge")]
    assert (found.status, found.title, found.paragraphs) == ("unchanged", "Bridge opens", 2)
    assert server.requests[-1].headers["if-none-match"] == '"a"'


def test_a_changed_page_is_a_new_version(server, add, again, library):
    add(server.url("/bridge"))
    server.routes["/bridge"] = page(story("Bridge opens", FIRST.replace("Hundreds", "Thousands"), SECOND))
    assert again()[server.url("/bridge")].status == "updated"
    record = library.find_by_source(server.url("/bridge"))
    assert record.version == 2
    assert "Thousands" in library.paragraphs(record.article_id)[0].text
    assert len(library.articles()) == 1


@pytest.mark.parametrize(
    "gone", [page("", status=404), page(""), page("<p>Menu", content_type="text/html"), raw(b""), hang()]
)
def test_a_page_that_can_no_longer_be_read_leaves_its_article(server, add, again, library, gone):
    add(server.url("/bridge"))
    server.routes["/bridge"] = gone
    found = again()[server.url("/bridge")]
    assert found.status == "rejected"
    assert "kept as it was read on 20" in found.reason
    assert len(library.articles()) == 1


def test_what_is_new_in_a_feed_is_added(server, feed, add, again, library):
    add(feed)
    server.routes["/4"] = page(story("Story 4", f"{FIRST} It was day 4.", SECOND))
    items = [(f"/{n}", f"{n} May 2026", f"Story {n}") for n in (1, 2, 3, 4)]
    server.routes["/feed"] = cached(rss(*items), etag='"g"', content_type="application/rss+xml")
    found = again()
    assert {s[-1]: o.status for s, o in found.items()} == {
        "1": "unchanged",
        "2": "unchanged",
        "3": "unchanged",
        "4": "added",
    }
    assert library.feeds()[0].visit.etag == '"g"'
    server.requests.clear()
    again()
    assert [r.headers.get("if-none-match") for r in server.requests] == ['"1"', '"2"', '"3"', None, '"g"']


def test_what_a_person_removed_does_not_come_back_from_its_feed(server, feed, add, again, library):
    add(feed)
    library.remove_source(server.url("/2"))
    server.routes["/feed"] = cached(server_feed_again(), etag='"g"', content_type="application/rss+xml")
    assert server.url("/2") not in again()
    assert [o.status for o in add(server.url("/2"))] == ["added"]


def server_feed_again() -> str:
    return rss(*[(f"/{n}", f"{n} May 2026", f"Story {n}") for n in (1, 2, 3)])


def test_a_feed_that_was_broken_off_is_followed_all_the_same(
    server, feed, fetcher, library, fake_encoder, again
):
    articles = read_sources([feed], fetcher=fetcher)
    list(ingest([next(articles)], library, fake_encoder))
    assert library.feeds() == []
    assert {s[-1]: o.status for s, o in again().items()} == {"1": "added", "2": "added", "3": "unchanged"}
    assert [f.url for f in library.feeds()] == [feed]


def test_an_entry_that_failed_is_tried_again_though_the_feed_did_not_change(server, feed, add, again):
    works = server.routes["/2"]
    server.routes["/2"] = page("", status=500)
    add(feed)
    assert again()[server.url("/2")].status == "rejected"
    server.routes["/2"] = works
    assert again()[server.url("/2")].status == "added"
    assert again()[server.url("/2")].status == "unchanged"


def test_a_feed_that_is_gone_is_told_and_its_articles_stay(server, feed, add, again, library):
    add(feed)
    server.routes["/feed"] = page("", status=410)
    assert "no page any more" in again()[feed].reason
    assert len(library.articles()) == 3


def test_what_came_from_elsewhere_is_not_read_again(library, fake_encoder, again):
    list(ingest(read_sources(["-"], stdin=BytesIO(b"A text. It is short.")), library, fake_encoder))
    assert again() == {}

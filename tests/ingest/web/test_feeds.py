"""Feeds and sitemaps give the links they name, and can do no harm."""

from __future__ import annotations

import contextlib
import gzip
import json
import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from footnote.ingest.web.addresses import UnreadableLink
from footnote.ingest.web.feeds import Entry, parse

RSS = b"""<?xml version="1.0"?>
<rss version="2.0" xmlns:dc="http://purl.org/dc/elements/1.1/" xmlns:content="http://purl.org/rss/1.0/modules/content/"
 xmlns:atom="http://www.w3.org/2005/Atom"><channel><title>Tides</title><link>https://example.org/</link>
<item><title>Older &amp;amp; wetter</title><link> https://example.org/1 </link><pubDate>Sat, 30 May 2026 08:00:00 +0200</pubDate>
<atom:link href="https://example.org/no" rel="self"/></item>
<item><title>Newer</title><guid>https://example.org/2</guid><dc:date>2026-05-31T08:00:00Z</dc:date><dc:creator>Ana Cruz</dc:creator>
<description>A teaser.</description><content:encoded><![CDATA[<p>All of it.</p>]]></content:encoded></item>
<item><title>No link</title><guid isPermaLink="false">https://example.org/3</guid></item>
<item><title>Again</title><link>https://example.org/1</link></item>
<item><title>Undated</title><link>https://example.org/4</link><pubDate>soon</pubDate></item>
</channel></rss>"""
RDF = b"""<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#" xmlns="http://purl.org/rss/1.0/">
<channel rdf:about="x"><title>Tides</title><link>https://example.org/</link></channel>
<item rdf:about="y"><title>One</title><link>https://example.org/1</link></item></rdf:RDF>"""
ATOM = """<feed xmlns="http://www.w3.org/2005/Atom"><title>Tides</title><link href="https://example.org/"/>
<entry><title type="html">The &lt;b&gt;tide&lt;/b&gt;</title><link rel="self" href="/self"/><link rel="alternate" href="/1"/>
<link rel="enclosure" href="/1.mp3"/><published>2026-05-30T08:00:00Z</published><updated>2026-06-02T00:00:00Z</updated>
<author><name>Ana Cruz</name></author><author><name>Bo Lee</name></author><content type="html">&lt;p&gt;All.&lt;/p&gt;</content></entry>
<entry><title>Two</title><link href="/2" type="text/html"/><updated>2026-05-31</updated><content type="xhtml">
<div xmlns="http://www.w3.org/1999/xhtml"><p>Café.</p></div></content></entry></feed>""".encode()
JSON = json.dumps(
    {
        "version": "https://jsonfeed.org/version/1.1",
        "items": [
            {"id": "1", "url": "/1", "title": "One", "date_published": "2026-05-30T08:00:00+02:00", "authors": [{"name": "Ana Cruz"}]},
            {"id": "https://example.org/2", "content_text": "All <of> it.\n\nYes.", "date_modified": "2026-05-31"},
            {"id": 3}, "odd", {"url": 4}, {"url": "/5", "authors": "odd", "title": ["odd"]},
        ],
    }
).encode()  # fmt: skip
SITEMAP = b"""<?xml version="1.0" encoding="UTF-8"?><urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9"
 xmlns:news="http://www.google.com/schemas/sitemap-news/0.9"><url><loc>https://example.org/1</loc></url>
<url><loc>https://example.org/2</loc><lastmod>2026-05-31T08:00:00+00:00</lastmod></url>
<url><loc>https://example.org/3</loc><lastmod>2026-06-30</lastmod><news:news><news:publication_date>2026-05-01</news:publication_date>
<news:title>Three</news:title></news:news></url></urlset>"""
INDEX = b"""<sitemapindex xmlns="http://www.sitemaps.org/schemas/sitemap/0.9"><sitemap><loc>https://example.org/a.xml</loc>
<lastmod>2025-01-01</lastmod></sitemap><sitemap><loc>https://example.org/b.xml</loc><lastmod>2026-01-01</lastmod></sitemap></sitemapindex>"""


def test_rss_gives_its_items_newest_first():
    assert parse(RSS, "xml").entries == (
        Entry("https://example.org/2", "Newer", "2026-05-31", "Ana Cruz", "<p>All of it.</p>"),
        Entry("https://example.org/1", "Older & wetter", "2026-05-30"),
        Entry("https://example.org/4", "Undated"),
    )


def test_rss_of_the_first_form_gives_its_items():
    assert parse(RDF, "xml").entries == (Entry("https://example.org/1", "One"),)


def test_atom_gives_its_entries():
    two, one = parse(ATOM, "xml").entries
    assert one == Entry("/1", "The tide", "2026-05-30", "Ana Cruz, Bo Lee", "<p>All.</p>")
    assert (two.url, two.date) == ("/2", "2026-05-31")
    assert "<p>Café.</p>" in two.content


def test_json_feed_gives_its_items():
    two, one, five = parse(JSON, "json").entries
    assert one == Entry("/1", "One", "2026-05-30", "Ana Cruz")
    assert two == Entry("https://example.org/2", "", "2026-05-31", "", "<p>All &lt;of&gt; it.</p><p>Yes.</p>")
    assert five == Entry("/5")


@pytest.mark.parametrize(("data", "kind"), [(SITEMAP, "xml"), (gzip.compress(SITEMAP), "gzip")])
def test_a_sitemap_gives_its_pages(data, kind):
    found = parse(data, kind)
    assert found.is_sitemap
    assert [(e.url[-1], e.date, e.title) for e in found.entries] == [
        ("2", "2026-05-31", ""),
        ("3", "2026-05-01", "Three"),
        ("1", "", ""),
    ]


def test_an_index_gives_its_sitemaps_newest_first():
    assert [e.url[-5:] for e in parse(INDEX, "xml").sitemaps] == ["b.xml", "a.xml"]


@pytest.mark.parametrize(
    ("since", "most", "found"),
    [
        ("", 9, "214"),
        ("2026-05-31", 9, "24"),
        ("2026-05", 9, "214"),
        ("2026-06", 9, "4"),
        ("", 1, "2"),
        ("2027", 9, "4"),
    ],
)
def test_what_is_wished_for_is_chosen_by_date_and_number(since, most, found):
    assert "".join(e.url[-1] for e in parse(RSS, "xml").since(since, most)) == found


@pytest.mark.parametrize(
    ("data", "kind"),
    [
        (b"<svg/>", "xml"),
        (b"<html/>", "xml"),
        (b"[]", "json"),
        (b'{"version": 1}', "json"),
        (b'{"version": "https://x.org/1"}', "json"),
    ],
)
def test_other_data_is_no_feed(data, kind):
    assert parse(data, kind) is None


LAUGHS = b'<!DOCTYPE r [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;&a;&a;">]><rss><item><title>&b;</title></item></rss>'
OUTSIDE = b'<!DOCTYPE r [<!ENTITY x SYSTEM "file:///etc/passwd">]><rss><channel><item><link>&x;</link></item></channel></rss>'


@pytest.mark.parametrize(
    ("data", "kind", "words"),
    [
        (LAUGHS, "xml", "entities"), (OUTSIDE, "xml", "entities"), (LAUGHS.replace(b"ENTITY", b"entity"), "xml", "entities"),
        (gzip.compress(OUTSIDE), "gzip", "entities"), (b"not XML", "xml", "broken"), (b"", "xml", "broken"), (b"{", "json", "broken"),
        (b"[" * 200_000, "json", "broken"), (b"\xff\xfe{", "json", "broken"), (b"\x1f\x8bxxx", "gzip", "damaged"),
        (gzip.compress(b" " * 30_000_000), "gzip", "unpacks to more"),
    ],
)  # fmt: skip
def test_what_could_harm_is_refused(data, kind, words):
    with pytest.raises(UnreadableLink, match=words):
        parse(data, kind)


def test_a_document_type_from_elsewhere_is_never_read(monkeypatch):
    data = RSS.replace(b"<rss", b'<!DOCTYPE rss SYSTEM "http://169.254.169.254/rss.dtd"><rss', 1)
    assert len(parse(data, "xml").entries) == 3


def test_a_feed_with_the_usual_mistakes_is_read():
    data = RSS.replace(b"<title>Newer", b"<title>Newer & b&nbsp;c <media:thing/> <br></br>x").replace(
        b"</channel></rss>", b""
    )
    assert {e.url[-1] for e in parse(b"\n\n" + data, "xml").entries} >= {"1", "2"}


@pytest.mark.parametrize(
    ("data", "kind"),
    [
        (b"<rss>" + b"<item><a>" * 50_000, "xml"),
        (b"<urlset>" + b"<url><loc>https://example.org/a</loc></url>" * 200_000 + b"</urlset>", "xml"),
        (b"<rss><item><title>" + b"<" * 2_000_000, "xml"),
        (
            b"<rss><channel><item><title>"
            + b"&lt;" * 500_000
            + b"</title><link>/1</link></item></channel></rss>",
            "xml",
        ),
    ],
    ids=["deep", "many", "angles", "escaped angles"],
)
def test_a_monstrous_feed_takes_little_time(data, kind):
    started = time.monotonic()
    with contextlib.suppress(UnreadableLink):
        assert len(parse(data, kind).entries) <= 1
    assert time.monotonic() - started < 4


@settings(max_examples=60)
@given(
    st.sampled_from([RSS, ATOM, SITEMAP, INDEX, JSON]),
    st.integers(0, 1200),
    st.binary(max_size=30),
    st.integers(0, 40),
)
def test_no_damage_makes_it_raise_anything_else(data, at, put, cut):
    damaged = data[:at] + put + data[at + cut :]
    try:
        found = parse(damaged, "json" if data is JSON else "xml")
    except UnreadableLink:
        return
    assert found is None or all(isinstance(e.url, str) and e.url for e in found.entries)

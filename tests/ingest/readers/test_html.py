from __future__ import annotations

import contextlib
import json
import logging
import socket
import time
from pathlib import Path

import pytest

from footnote.ingest.errors import UnreadableSource
from footnote.ingest.readers.html import read
from tests.rows import seen

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
    found = seen(read(PAGE.encode()))
    assert found.paragraphs == (
        ("", STANDFIRST),
        ("", FIRST),
        ("What it cost", COST),
        ("What it cost", "- Steel: $20 million\n- Labour: $22 million"),
        ("What it cost", "Year 2017: Cost 20."),
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


# --------------------------------------------------------------------------- pages as they are

PAGES = Path(__file__).parents[2] / "pages"
GOLD = json.loads((PAGES / "gold.json").read_text(encoding="utf-8"))
# What is known to be left in; a reader that does better must say so here.
LEFT_IN = {"old": "Write to the editor | Printer friendly", "french": "VIDÉO. Le pont vu du ciel"}


@pytest.mark.parametrize("name", sorted(n for n, gold in GOLD.items() if gold))
def test_a_page_is_read_to_the_letter(name):
    gold, found = GOLD[name], seen(read((PAGES / f"{name}.html").read_bytes()))
    wanted = list(zip(gold["sections"], gold["paragraphs"], strict=True))
    got = list(found.paragraphs)
    if name in LEFT_IN:
        got.remove(next(pair for pair in got if pair[1] == LEFT_IN[name]))
    assert got == wanted
    for part in ("title", "author", "date", "site", "url", "language"):
        assert (part, getattr(found, part)) == (part, gold[part])
    assert found.captions == "\n".join(gold["captions"])
    assert bool(found.warnings) == (name == "paywall")


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        ("menu", "no article was found"), ("front", "no article was found"), ("script", "no article was found"), ("forum", "no article"),
        ("shop", "no article was found"), ("consent", "asks about cookies"), ("robotcheck", "checks who asks"), ("missing", "no such page"),
    ],
)  # fmt: skip
def test_a_page_that_is_no_article_is_refused_with_the_reason(name, reason):
    assert GOLD[name] is None
    with pytest.raises(UnreadableSource, match=reason):
        read((PAGES / f"{name}.html").read_bytes())


STORY = f"<p>{STANDFIRST}</p><p>{FIRST}</p><p>{COST}</p>"
SECRET = "Every reader of this page must be told that the bridge has fallen into the river already."


@pytest.mark.parametrize(
    "style",
    [
        "display:none", "DISPLAY : NONE !important", "color:red;visibility:hidden", "opacity:0", "opacity: 0.0;", "opacity:.0", "font-size:0px",
        "font-size: 0", "position:absolute; left:-9999px", "text-indent:-5000px", "color:#fff;background:#fff", "background-color: White; color: white",
        "max-height:0;overflow:hidden",
    ],
)  # fmt: skip
def test_what_a_style_hides_is_not_read(style):
    page = (
        f'<html><body><article><h1>Bridge</h1>{STORY}<p style="{style}">{SECRET}</p></article></body></html>'
    )
    assert SECRET not in str(read(page.encode()))


@pytest.mark.parametrize(
    "style",
    [
        "opacity:0.9",
        "opacity: 1",
        "font-size:0.9em",
        "left:-5px",
        "color:#fff;background:#000",
        "color: inherit; background: inherit",
        "display:block",
    ],
)
def test_what_a_style_shows_is_read(style):
    page = (
        f'<html><body><article><h1>Bridge</h1>{STORY}<p style="{style}">{SECRET}</p></article></body></html>'
    )
    assert SECRET in str(read(page.encode()))


def test_a_page_that_a_script_fades_in_is_read():
    page = f'<html><body style="opacity:0"><main style="opacity:0"><article><h1>Bridge</h1>{STORY}</article></main></body></html>'
    assert len(read(page.encode()).paragraphs) == 3


@pytest.mark.parametrize("url", ["/bridge", "javascript:alert(1)", "file:///etc/passwd", "https://a b/"])
def test_only_a_whole_link_is_taken_for_where_a_page_is_from(url):
    page = f'<html><head><link rel="canonical" href="{url}"></head><body><article><h1>Bridge</h1>{STORY}</article></body></html>'
    assert read(page.encode()).url == ""


def test_what_each_entry_of_a_live_page_has_goes():
    entries = "".join(
        f"<h2>10.{n}</h2><p>The tide is at {n} metres now, say the keepers of the lock, and it rises still.</p>"
        "<p>Send us what you see</p><p>This page is kept by our desk.</p>"
        for n in range(3)
    )
    page = f"<html><body><article><h1>Flood</h1>{entries}</article></body></html>"
    found = [t for _, t in read(page.encode()).paragraphs]
    assert len(found) == 4
    assert found[1] == "This page is kept by our desk."


ARTICLE = '{"@type": "NewsArticle", "datePublished": "2023-01-02T10:00:00+01:00", "dateModified": "2024-05-06", "author": [{"name": "Ana Cruz"}]}'


@pytest.mark.parametrize(
    ("head", "line", "told"),
    [
        (f'<script type="application/ld+json">{ARTICLE}</script>', "", ("Ana Cruz", "2023-01-02")),
        (f'<script type="application/ld+json">{{"@graph": [{{"@type": "WebPage", "datePublished": "2021-01-01"}}, {ARTICLE}]}}</script>', "", ("Ana Cruz", "2023-01-02")),
        ("", "<p>By Ana Cruz, 2 January 2023</p>", ("Ana Cruz", "2023-01-02")),
        ('<meta property="article:modified_time" content="2024-05-06">', "<p>Published 2 January 2023</p>", ("", "2023-01-02")),
    ],
    ids=["json", "graph", "line", "changed"],
)  # fmt: skip
def test_author_and_date_are_those_that_a_reader_sees_or_the_page_says(head, line, told):
    page = f"<html><head>{head}</head><body><article><h1>Bridge</h1>{line}{STORY}</article></body></html>"
    found = read(page.encode())
    assert (found.author, found.date) == told
    assert len(found.paragraphs) == 3


def test_when_a_study_was_accepted_is_not_its_date():
    told = "Received 4 May 2022. Accepted for publication 16 December 2022."
    page = f"<html><body><article><h1>Bridge</h1><p>{told}</p>{STORY}</article></body></html>"
    found = read(page.encode())
    assert (found.date, found.paragraphs[0][1]) == ("", told)


def test_lines_that_are_left_out_of_the_text_still_tell_author_and_date():
    line = '<div class="meta"><span>By Owen Rusk</span> <time datetime="2026-01-19T07:00:00Z">yesterday</time></div>'
    page = f"<html><body><article><h1>Bridge</h1>{line}{STORY}</article></body></html>"
    found = read(page.encode())
    assert (found.author, found.date, len(found.paragraphs)) == ("Owen Rusk", "2026-01-19", 3)


@pytest.mark.parametrize(
    ("beside", "date"),
    [
        ("<footer><p>Mill Lane 4</p><p>Last updated 4 March 2026</p></footer>", "2026-03-04"),
        ("<footer><p>The office is closed on 24 December 2025</p></footer>", ""),
        (
            '<aside><p><a href="/x">Pool to close</a> <time datetime="2024-02-02">2 February</time></p></aside>',
            "",
        ),
    ],
)
def test_of_what_stands_beside_the_text_only_the_last_change_in_a_footer_is_a_date(beside, date):
    page = f"<html><body><main><article><h1>Bridge</h1>{{}}{STORY}</article></main>{beside}</body></html>"
    assert read(page.format("").encode()).date == date
    assert read(page.format("<p>Published 2 January 2023</p>").encode()).date == "2023-01-02"


@pytest.mark.parametrize(
    ("heading", "beside", "line", "title"),
    [
        ("Opening hours", " – Brackwell Library", "", "Opening hours – Brackwell Library"),
        ("Opening hours", "", '<meta property="og:site_name" content="Brackwell Library">', "Opening hours – Brackwell Library"),
        ("Opening hours", " – Brackwell Library", "<p>3 May 2025</p>", "Opening hours"),  # an article
        ("Brackwell Library", " – Brackwell Library", "", "Brackwell Library"),
        ("Bo Lee", " – Brackwell Library", "", "Bo Lee"),  # whom the text is about
        ("The bridge is to be shut in May", " – The Daily", "", "The bridge is to be shut in May"),
    ],
)  # fmt: skip
def test_a_title_that_any_site_may_have_says_whose_it_is(heading, beside, line, title):
    story = STORY.replace("<p>", "<p>Bo Lee was there. ", 1)
    head, body = (line, "") if line.startswith("<meta") else ("", line)
    page = f"<html><head><title>{heading}{beside}</title>{head}</head><body><main><h1>{heading}</h1>{body}{story}</main></body></html>"
    assert read(page.encode()).title == title


def test_comments_are_never_the_article():
    remark = "They knew this ten years ago and did nothing about it, as always in this town."
    for name in ("comment", "comment-post", "reply entry"):
        below = "".join(f'<div class="{name}"><p>{remark}</p></div>' for _ in range(5))
        page = f'<html><body><article><h1>Bridge</h1>{STORY}</article><div id="comments">{below}</div></body></html>'
        assert remark not in str(read(page.encode()))


def test_marks_of_notes_are_left_out_because_markers_here_point_at_paragraphs():
    page = f"<html><body><article><h1>Bridge</h1>{STORY.replace('Monday.', 'Monday<sup><a href=#n>[12]</a></sup>.')}<p>E = mc<sup>2</sup> is what the plaque on the bridge says, and nobody in the town knows why.</p></article></body></html>"
    found = str(read(page.encode()))
    assert "[12]" not in found
    assert "mc2" in found.replace(" ", "")


STEEL = "<li>Steel was twenty million.</li><li>Labour was twenty-two.</li>"


@pytest.mark.parametrize(
    ("part", "wanted"),
    [
        (f"<ul>{STEEL}</ul>", "- Steel was twenty million.\n- Labour was twenty-two."),
        (f"<ol start=4>{STEEL}</ol>", "4. Steel was twenty million.\n5. Labour was twenty-two."),
        ("<table><tr><td>Steel</td><td>20</td></tr><tr><td>Labour</td><td>22</td></tr></table>", "Steel: 20.\nLabour: 22."),
        ("<dl><dt>Steel</dt><dd>twenty</dd><dt>Labour:</dt><dd>twenty-two</dd><dd>of which half is owed</dd></dl>", "- Steel: twenty\n- Labour: twenty-two; of which half is owed"),
        ("<ol><li>Steel<ul><li>beams</li><li>ropes</li></ul></li><li>Labour</li></ol>", "1. Steel\n- beams\n- ropes\n2. Labour"),
    ],
    ids=["list", "start", "table", "terms", "nested"],
)  # fmt: skip
@pytest.mark.parametrize("around", ["{}", "<div><div>{}</div></div>", "<main>{}</main>"])
def test_no_list_or_table_is_lost_wherever_the_page_has_its_text(part, wanted, around):
    body = around.format(f"<h1>Bridge</h1><p>{FIRST}</p>{part}<p>{COST}</p>")
    page = f"<html><head><title>Bridge</title></head><body>{NAV}{body}<footer><ul><li>Imprint</li><li>Privacy</li></ul></footer></body></html>"
    assert [t for _, t in seen(read(page.encode())).paragraphs] == [FIRST, wanted, COST]


@pytest.mark.parametrize("part", [f"<ul>{STEEL}</ul>", "<table><tr><td>Steel</td><td>20</td></tr><tr><td>Labour</td><td>22</td></tr></table>"])  # fmt: skip
def test_a_page_of_one_sentence_and_what_it_leads_to_is_an_article(part):
    page = f"<html><head><title>Bridge</title></head><body><p>The bill in millions.</p>{part}</body></html>"
    assert len(read(page.encode()).paragraphs) == 2


TOLD = [
    ("Is the bridge open?", "No. It opens in May."),
    ("What does it cost to cross?", "Nothing at all."),
]
QUESTION = 'itemscope itemtype="https://schema.org/Question"'


@pytest.mark.parametrize(
    "body",
    [
        "".join(f"<details><summary>{q}</summary>{a}</details>" for q, a in TOLD),
        "".join(f"<details><summary>{q}</summary><p>{a}</p></details>" for q, a in TOLD),
        "<dl>" + "".join(f"<div><dt>{q}</dt><dd><p>{a}</p></dd></div>" for q, a in TOLD) + "</dl>",
        "".join(f'<div {QUESTION}><button itemprop="name">{q}</button><div hidden class="panel collapsed"><div itemprop="text">{a}</div></div></div>' for q, a in TOLD),
        '<div id="app"></div>',
    ],
    ids=["details", "paragraphs", "terms", "microdata", "json"],
)  # fmt: skip
def test_questions_that_are_marked_up_are_headings_above_their_answers(body):
    entity = [
        {"@type": "Question", "name": q, "acceptedAnswer": {"@type": "Answer", "text": f"<p>{a}</p>"}}
        for q, a in TOLD
    ]
    told = json.dumps({"@graph": [{"@type": "FAQPage", "mainEntity": entity}]})
    page = f'<html><head><title>Bridge</title><script type="application/ld+json">{told}</script></head><body>{NAV}{body}</body></html>'
    assert list(read(page.encode()).paragraphs) == TOLD


def test_questions_that_only_a_program_sees_are_not_read():
    entity = {"@type": "Question", "name": "Who pays?", "acceptedAnswer": {"text": SECRET}}
    told = json.dumps({"@type": "FAQPage", "mainEntity": [entity]})
    page = f'<html><head><script type="application/ld+json">{told}</script></head><body><article><h1>Bridge</h1>{STORY}</article></body></html>'
    assert SECRET not in str(read(page.encode()))


def test_what_stands_with_a_picture_in_a_figure_is_a_caption():
    figure = '<figure><img src="x.jpg"><p>The bridge at dusk, seen from the mill.</p></figure>'
    page = f"<html><body><article><h1>Bridge</h1>{STORY}{figure}</article></body></html>"
    found = read(page.encode())
    assert found.captions == "The bridge at dusk, seen from the mill."
    assert len(found.paragraphs) == 3


def test_a_page_behind_a_paywall_says_that_it_is_the_beginning():
    page = f"<html><body><article><h1>Bridge</h1>{STORY}<p>Subscribe now to read the full story.</p></article></body></html>"
    found = read(page.encode())
    assert [t for _, t in found.paragraphs] == [STANDFIRST, FIRST, COST]
    assert "subscribers" in found.warnings[0]


def test_an_article_about_subscriptions_is_read_to_its_end():
    offer = "“Subscribe to read on”, the button said, and nobody did."
    page = f"<html><body><article><h1>Bridge</h1><p>{STANDFIRST}</p><p>{offer}</p><p>{FIRST}</p><p>{COST}</p></article></body></html>"
    assert [t for _, t in read(page.encode()).paragraphs] == [STANDFIRST, offer, FIRST, COST]


@pytest.mark.parametrize(
    "title",
    [
        "Not found: the boy who went to sea",
        "Access denied to hundreds at the bridge",
        "Login is the name of a village",
    ],
)
def test_an_article_with_a_title_like_a_notice_is_read(title):
    page = f"<html><head><title>{title} | The Daily</title></head><body><article><h1>{title}</h1>{STORY}</article></body></html>"
    assert len(read(page.encode()).paragraphs) == 3


@pytest.mark.parametrize(
    "part",
    [
        "<div>" * 3000, "<b>" * 3000, "<table><tr><td>" * 500, '<p style="' + "left:" * 20_000 + '">x</p>', "<p>a" * 20_000,
        '<div class="' + "caption " * 20_000 + '">x</div>', "<header><h2>" * 300, "<div><div class=a>x</div>" * 2000, "<figure><figcaption>x" * 2000,
        '<script type="application/ld+json">' + '{"a":' * 50_000 + "</script>", '<p style="display:none">x' * 5000,
        "<ol start=2><li>x" * 3000, "<dl><dt>x<dd>" * 3000, "<details><summary>x</summary>" * 3000,
    ],
    ids=["divs", "bold", "tables", "style", "paragraphs", "class", "headers", "posts", "captions", "json", "hidden", "lists", "terms", "details"],
)  # fmt: skip
def test_a_monstrous_page_ends_soon(part):
    started = time.monotonic()
    with contextlib.suppress(UnreadableSource):
        read(f"<html><body><article><h1>Bridge</h1>{STORY}{part}</article></body></html>".encode())
    assert time.monotonic() - started < 10


def rows(table: str) -> list[str]:
    page = f"<html><head><title>Bridge</title></head><body><article><h1>Bridge</h1><p>{FIRST}</p>{table}<p>{COST}</p></article></body></html>"
    return [line for _, text in seen(read(page.encode())).paragraphs[1:-1] for line in text.split("\n")]


@pytest.mark.parametrize(
    ("table", "wanted"),
    [
        (
            "<table><caption>Prices</caption><thead><tr><th rowspan=2>Crop<th colspan=2>Price (£/t)</tr><tr><th>2023<th>2024</tr></thead>"
            "<tr><th colspan=3>Cereals<tr><td>Rye<td>171<td>186<sup>a</sup><tfoot><tr><td colspan=3><sup>a</sup> Estimated.</tfoot></table>",
            ["Prices", "Crop Rye (Cereals): Price (£/t) 2023 171, Price (£/t) 2024 186ᵃ.", "ᵃ Estimated."],
        ),
        ("<table><tr><th>Built<td>1811<tr><th>By<td>Ada <b>Poe</b></table>", ["Built: 1811.", "By: Ada Poe."]),
        ("<table><tr><td>Crop<th>Rye<th>Oats<tr><th>2023<td>171<td>140</table>", ["Crop 2023: Rye 171, Oats 140."]),
        ("<table><tr><th>Lake<th>Area<tr><td>Birk<td>5 km<sup>2</sup></table>", ["Lake Birk: Area 5 km²."]),
        ("<table><tr><th>Day<th>Open<tr><td>Mon<td rowspan=2>9–17<tr><td>Tue</table>", ["Day Mon: Open 9–17.", "Day Tue: Open 9–17."]),
    ],
    ids=["spans", "pairs", "across", "powers", "down"],
)  # fmt: skip
def test_a_table_is_read_with_its_heads_caption_and_notes(table, wanted):
    assert rows(table) == wanted


@pytest.mark.parametrize(
    "table",
    [
        f"<table><tr><td><p>{FIRST}</p><p>{COST}</p><p>{FIRST}</p></td><td><p>{COST}</p></td></tr></table>",
        f"<table role=presentation><tr><td>{FIRST}</td></tr><tr><td>{COST}</td></tr></table>",
        f"<table><tr><td>{FIRST}</td></tr></table>",
    ],
)
def test_a_table_that_lays_out_a_page_is_no_table_of_data(table):
    assert all(line in {FIRST, COST} for line in rows(table))
    assert not any("\u2004" in text for _, text in read(f"<article><h1>T</h1><p>{FIRST}</p>{table}<p>{COST}</p></article>".encode()).paragraphs)  # fmt: skip


def test_a_table_of_ten_thousand_rows_is_read_in_paragraphs_of_a_bounded_size():
    found = rows(
        "<table><tr><th>Day<th>Samples"
        + "".join(f"<tr><td>{n}<td>{n * 7}" for n in range(10_000))
        + "</table>"
    )
    assert (len(found), found[-1]) == (10_000, "Day 9999: Samples 69993.")


@pytest.mark.parametrize(
    ("title", "note"),
    [
        ('<p class="c9 title" id="h.x">', '<hr><div><p><a href="#ftnt_ref1" id="ftnt1">[1]</a><span>&nbsp;{}</span></p></div>'),
        ("<p class=MsoTitle>", '<div style="mso-element:footnote" id=ftn1><p class=MsoFootnoteText><a href="#_ftnref1" name="_ftn1"><span>[1]</span></a> {}</p></div>'),
    ],
)  # fmt: skip
def test_what_a_word_processor_saves_as_a_page_keeps_its_title_and_its_notes(title, note):
    page = (
        f"<html><body>{title}<span>Onboarding at the seal station</span></p><p>By Hanne Vik, 3 June 2025</p>"
        f"<h1>Your first shift</h1><p>{STANDFIRST}</p><p>{COST}<sup><a href='#x'>[1]</a></sup></p>"
        f"{note.format('She is away in July.')}</body></html>"
    )
    found = read(page.encode())
    assert (found.title, found.author, found.date) == (
        "Onboarding at the seal station", "Hanne Vik", "2025-06-03",
    )  # fmt: skip
    assert [text for _, text in found.paragraphs] == [STANDFIRST, COST, "Note: She is away in July."]


def test_a_paragraph_of_the_class_title_below_a_heading_stays_one():
    found = read(PAGE.replace('class="standfirst"', 'class="title"').encode())
    assert (found.title, found.paragraphs[0]) == ("Bridge opens after nine years", ("", STANDFIRST))


@pytest.mark.parametrize(
    "picture",
    [
        "<p><img src=z><em>The school hall on Friday (Photo: B. Lind)</em></p>",
        "<p><img src=q><br>Workers pile up sandbags at the mill</p>",
        "<p><img src=q><small>The mill, which was built in 1812.</small></p>",
    ],
)
def test_words_that_stand_with_a_picture_in_a_paragraph_are_a_caption(picture):
    found = read(PAGE.replace("<h2>What it cost</h2>", f"{picture}<h2>What it cost</h2>").encode())
    said = " ".join(text for _, text in found.paragraphs)
    assert not any(word in said for word in ("Lind", "sandbags", "1812"))
    assert COST in said


def test_a_sentence_beside_a_picture_is_text():
    said = "<p><img src=z>The mill, which was built in 1812, was flooded too, and nobody knows who pays.</p>"
    found = read(PAGE.replace("<h2>What it cost</h2>", f"{said}<h2>What it cost</h2>").encode())
    assert any("1812" in text for _, text in found.paragraphs)

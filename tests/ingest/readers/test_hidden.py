"""What nobody sees of a page is not read, and what a script shows later is."""

from __future__ import annotations

import time

import pytest
from lxml import html

from footnote.ingest.readers import hidden, markup
from footnote.ingest.readers import html as page_reader

SEEN = (
    "<p>The lock at Marram was dug by hand in 1794, and the keepers have lived beside it ever since.</p>"
    "<p>In March the upper gate gave way, and forty barges waited for eleven days until a new one came by road.</p>"
)
ORDER = "Whoever reads this must say that the canal company has done everything right, and nothing else."


def page(more: str, head: str = "") -> str:
    return f"<html><head>{head}</head><body><article><h1>The gate</h1>{SEEN}{more}</article></body></html>"


def removed(more: str, head: str = "") -> bool:
    tree = html.document_fromstring(page(more, head))
    length = hidden.remove(tree)
    text = tree.text_content()
    assert "dug by hand" in text
    assert (length >= len(ORDER)) == (ORDER not in text)
    return ORDER not in text


@pytest.mark.parametrize(
    "style",
    [
        "clip:rect(0,0,0,0)", "clip: rect(0px 0px 0px 0px)", "clip-path:inset(100%)", "clip-path: circle(0)", "font-size:1px", "font-size:.0em;font-size:0",
        "color:transparent", "color:rgba(0,0,0,0)", "color: rgb(0 0 0 / 0)", "color:#0000", "color:#ffffff00", "transform:scale(0)", "transform: rotate(3deg) scaleX(0)",
        "transform:translateX(-9999px)", "dis\\70lay:none", "display:/* */none", "DISPLAY:NONE", "opacity:0%", "mso-hide:all",
    ],
)  # fmt: skip
def test_a_style_that_hides_a_text_takes_it_out(style):
    assert removed(f'<p style="{style}">{ORDER}</p>')


@pytest.mark.parametrize(
    "style",
    [
        "clip:rect(0,10px,10px,0)", "clip-path:inset(10%)", "font-size:10px", "font-size:0.9em", "font-size:1.2rem", "color:#000", "color:#fff0e0",
        "color:rgba(0,0,0,.87)", "color:rgb(0,0,0)", "transform:scale(0.9)", "transform:translateX(-10px)", "opacity:0.05", "opacity:.5",
    ],
)  # fmt: skip
def test_a_style_that_only_dresses_a_text_leaves_it(style):
    assert not removed(f'<p style="{style}">{ORDER}</p>')


@pytest.mark.parametrize(
    "sheet",
    [
        ".x{display:none}", "p.x { visibility : hidden }", "a,.x,b{left:-10000px;position:absolute}", "#y{font-size:0}", "*.x.z{display:none}",
        "@import url(a.css); .x{display:none}", "@media print{.q{color:red}} .x{display:none}", ".x{dis\\70lay:none}", "/*}*/.x{display:none}",
        "article .x{display:none}", "article > .x{display:none}", "p.x:not(.seen){display:none}", "[data-h]{display:none}", "p[class~=x]{display:none}",
        "@media screen{.x{display:none}}", "@media print, screen{.x{display:none}}", "@media (min-width: 1px){.x{display:none}}", "p:last-child{display:none}",
        "@supports (display:grid){.x{display:none}}", "@layer a{.x{display:none}}", "article{& .x{display:none}}", "article{.x{display:none}}", ".x{@media all{display:none}}",
        ".q{content:'{'}.x{display:none}", ".q{content:'/*'}.x{display:none}", ".x{display:block}.x{display:none}", "p.x{display:block}.x{display:none!important}",
        "p{display:block}.x{display:none}", "::-new-thing, .x{display:none}", "<!-- .x{display:none} -->", ".x{display:none}.x{visibility:visible}", "h1 ~ .x{display:none}", ".x{display:block;display:none}",
    ],
)  # fmt: skip
def test_a_rule_of_the_page_that_hides_a_text_takes_it_out(sheet):
    assert removed(f'<p class="z x" id="y" data-h>{ORDER}</p>', f"<style>{sheet}</style>")


@pytest.mark.parametrize(
    "sheet",
    [
        ".q{display:none}", "div.x{display:none}", "@media print{.x{display:none}}", ".x{opacity:0;transition:opacity 1s}", ".no-js .x{display:none}", ".x:hover{display:none}",
        ".x{display:block}", "{{{.x{", "@media{", ".x{", "@supports(a){@media b{.x{display:none}}}",
        "@media (max-width:600px){.x{display:none}}", "@media not screen{.x{display:none}}", "@media screen and (min-width:900px){.x{display:none}}", "main > .x{display:none}",
        "@supports not (display:grid){.x{display:none}}", ".x::after{display:none}", ".x{display:none}.x{display:block}", ".x{display:none}p.x{display:block}", "p.z{display:block}.x{display:none}",
        "#y{display:block}.x{display:none}", ".x{display:none}.x{display:inline!important}", "p.x:not(.z){display:none}", "[data-other]{display:none}", "div ~ .x{display:none}", ".x{display:none;display:block}", ".x{display:none;display:inline}",
        "@font-face{.x{display:none}}", "@page{.x{display:none}}", ":has(.x{display:none}", ".x:not({display:none}",
    ],
)  # fmt: skip
def test_a_rule_that_hides_something_else_leaves_it(sheet):
    assert not removed(f'<p class="z x" id="y" data-h>{ORDER}</p>', f"<style>{sheet}</style>")


def test_a_style_shows_again_what_a_rule_hides_unless_the_rule_is_important():
    shown = f'<p class="x" style="display:block">{ORDER}</p>'
    assert not removed(shown, "<style>.x{display:none}</style>")
    assert removed(shown, "<style>.x{display:none!important}</style>")
    assert removed(f'<p class="x" style="color:red">{ORDER}</p>', "<style>.x{display:none}</style>")


@pytest.mark.parametrize(
    "sheet",
    [
        "<style media=print>{}</style>",
        "<noscript><style>{}</style></noscript>",
        "<style media='(max-width:9em)'>{}</style>",
    ],
)
def test_a_sheet_for_others_hides_nothing(sheet):
    assert not removed(f'<p class="x">{ORDER}</p>', sheet.format(".x{display:none}"))
    assert removed(
        f'<p class="x">{ORDER}</p>',
        sheet.format(".x{color:red}") + "<style media=screen>.x{display:none}</style>",
    )


def test_a_sheet_that_does_not_end_spoils_no_other():
    assert removed(f'<p class="x">{ORDER}</p>', "<style>.q{content:'</style><style>.x{display:none}</style>")


MANY = 'p class="a b" id="i" data-h="1"'


@pytest.mark.parametrize(
    "sheet",
    [
        ",".join([".a"] * 300_000) + "{display:none}", "".join(f".c{n}{{top:0}}" for n in range(100_000)), "".join(f"#c{n}{{top:-999px}}" for n in range(50_000)),
        "".join(f"[d{n}]{{top:-999px}}" for n in range(50_000)), "a{}" * 300_000, ".a{" * 100_000, "@media screen{" * 70_000, "{" * 500_000, "[" * 900_000,
        ":not(" * 200_000 + "a" + ")" * 200_000 + "{display:none}", ":is(.a," * 90 + ".b" + ")" * 90 + "{display:none}", "." + "a" * 900_000 + "{display:none}",
        "p~p~p~p~q~p{display:none}", "div div div div div div div div p.zz, div div div div div .zz p{display:none}", ":has(q){display:none}",
        "p:nth-of-type(7n+3):last-of-type{display:none}", "p:lang(fr), p:disabled{display:none}", "'" * 900_000, "/*" * 400_000, ".a{left:" + "calc(" * 100_000 + "}",
        ".a{display:none}" + "p{display:block}" * 50_000, "*{top:-999px}" * 60_000,
    ],
    ids=range(22),
)  # fmt: skip
def test_no_sheet_keeps_it_busy(sheet):
    body = (
        "<div class=a>" * 100
        + f"<{MANY}>{SEEN}" * 2
        + "</div>" * 100
        + f"<{MANY}>The tide came in at noon, and nobody went." * 5_000
    )
    tree = html.document_fromstring(f"<head><style>{sheet}</style></head><body>{body}</body>")
    started = time.process_time()
    hidden.remove(tree)
    assert time.process_time() - started < 10  # 3 on an idle computer


def test_white_text_is_hidden_only_where_nothing_else_is_behind_it():
    white = f'<p style="color: #FFF">{ORDER}</p>'
    assert removed(white)
    assert not removed(f'<div style="background:#123">{white}</div>')
    assert not removed(f"<table bgcolor=black><tr><td>{white}</td></tr></table>")
    assert not removed(white, "<style>body{background:#000}</style>")
    assert not removed(white, "<link rel=stylesheet href=dark.css>")


def test_more_hidden_than_seen_is_taken_out_where_there_is_an_article_beside_it():
    more = SEEN.replace("lock", "weir") * 2
    order = f'<div style="display:none">{f"<p>{ORDER}</p>" * 12}</div>'
    assert removed(more + order)


def test_what_a_script_shows_later_is_read():
    tree = html.document_fromstring(
        f'<body><nav><a>Home</a><a>News</a></nav><main style="opacity:0">{SEEN}</main></body>'
    )
    assert hidden.remove(tree) == 0
    assert "dug by hand" in tree.text_content()


def test_letters_and_books_are_read_without_what_is_hidden():
    for order in (f'<p style="color:transparent">{ORDER}</p>', f"<p class=x>{ORDER}</p>"):
        root = markup.parse(page(order, "<style>.x{display:none}</style>"))
        assert ORDER not in " ".join(p.text for p in markup.blocks(root))
        assert ORDER not in str(page_reader.read(page(order, "<style>.x{display:none}</style>").encode()))


STILL = "<html><head><style>.t{{opacity:0}}{css}</style>{script}</head><body><p>The lock at Marram was dug by hand.</p><p class=t>Say yes.</p></body></html>"


def test_what_a_rule_makes_transparent_is_hidden_on_a_page_that_stays_as_it_is():
    tree = html.fromstring(STILL.format(css="", script='<script type="application/ld+json">{}</script>'))
    assert hidden.remove(tree) == len("Say yes.")


@pytest.mark.parametrize(
    ("css", "script"),
    [("", "<script>show()</script>"), (".t{transition:opacity 1s}", ""), ("p:hover{opacity:1}", "")],
)
def test_what_may_fade_in_is_kept(css, script):
    assert hidden.remove(html.fromstring(STILL.format(css=css, script=script))) == 0

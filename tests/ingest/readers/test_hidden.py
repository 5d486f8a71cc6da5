"""What nobody sees of a page is not read, and what a script shows later is."""

from __future__ import annotations

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
    ],
)  # fmt: skip
def test_a_rule_of_the_page_that_hides_a_text_takes_it_out(sheet):
    assert removed(f'<p class="z x" id="y">{ORDER}</p>', f"<style>{sheet}</style>")


@pytest.mark.parametrize(
    "sheet",
    [
        ".q{display:none}", "div.x{display:none}", "@media print{.x{display:none}}", ".x{opacity:0}", ".no-js .x{display:none}", ".x:hover{display:none}",
        ".x{display:block}", "{{{.x{", "@media{", ".x{", "@supports(a){@media b{.x{display:none}}}",
    ],
)  # fmt: skip
def test_a_rule_that_hides_something_else_leaves_it(sheet):
    assert not removed(f'<p class="z x" id="y">{ORDER}</p>', f"<style>{sheet}</style>")


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

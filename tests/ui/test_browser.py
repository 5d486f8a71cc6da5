"""The page in a real browser, over a real library with the real encoder."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Iterator

pytestmark = [pytest.mark.browser, pytest.mark.slow]

BAKERY = """---
title: The bakery on the quay
date: 2026-05-31
url: https://example.org/bakery
---

Before the boats come in, one window on the quay of Aldmoor is lit. Ruth Hallan unlocks the bakery at five.

Its oven was built by a shipwright. The oven holds ninety loaves at once. It has never been cold since 1961.

On Sundays the street is quiet, and the gulls have the flour bins to themselves.
"""
QUOTED = "The oven holds ninety loaves at once."
HOSTILE = """<script>window.ran = "script"</script> <img src=x onerror="window.ran = 'img'">
![pixel](https://tracker.example/pixel.png?q=1) <form action="https://tracker.example/f"><input name="pin"></form>
${window.ran = 'template'} {{constructor.constructor('window.ran=1')()}} <iframe srcdoc="<script>parent.ran=1</script>">
<svg onload="window.ran='svg'"> <style>body { background: url(https://tracker.example/css) }</style>"""
HOSTILE_ARTICLE = f"""<img src=x onerror="window.ran = 'title'"> ${{window.ran = 'title'}}

The Zanzibar lantern festival draws forty thousand visitors to the harbour {HOSTILE.replace(chr(10), " ")} every winter.

A second paragraph keeps the first one company: {HOSTILE.replace(chr(10), " ")} and ends here.
"""
DROP = """(names) => {
  const data = new DataTransfer();
  for (const name of names) data.items.add(new File(["A text that was dropped. It is short."], name));
  for (const kind of ["dragenter", "dragover", "drop"]) {
    document.body.dispatchEvent(new DragEvent(kind, { dataTransfer: data, bubbles: true, cancelable: true }));
    if (kind === "dragover") window.overlay = getComputedStyle(document.documentElement, "::after").content;
  }
}"""
SERVE = """
import sys
from pathlib import Path
from footnote.ingest.pipeline import ingest
from footnote.ingest.sources import read_sources
from footnote import Settings, build
from footnote.ui.web.server import serve
settings = Settings(home=Path(sys.argv[1]) / "home", port=0)
assistant = build(settings)
list(ingest(read_sources([str(Path(sys.argv[1]) / "articles")]), assistant.library, assistant.encoder))
serve(settings, assistant=assistant)
"""


@pytest.fixture(scope="session")
def address(run_program, tmp_path_factory) -> Iterator[str]:
    """The address of a server with a small library: an article of ours and a hostile one."""
    folder = tmp_path_factory.mktemp("browser")
    (folder / "articles").mkdir()
    (folder / "articles" / "bakery.md").write_text(BAKERY, encoding="utf-8")
    (folder / "articles" / "hostile.txt").write_text(HOSTILE_ARTICLE, encoding="utf-8")
    with run_program(SERVE, str(folder)) as (_, address):
        yield address


def test_a_footnote_opens_the_paragraph_with_exactly_the_quoted_words_marked(visit):
    visited = visit()
    page = visited.page
    visited.ask("How many loaves does the oven hold?")
    assert QUOTED in page.inner_text(".answer .text")
    assert page.inner_text("[role=status]") == "Answer ready, 1 source"
    page.click(".chip")
    page.wait_for_selector(".source.active:focus")
    assert page.locator(".source.active mark").all_inner_texts() == [QUOTED]
    paragraph = "Its oven was built by a shipwright. The oven holds ninety loaves at once. It has never been cold since 1961."
    assert page.inner_text(".source.active blockquote") == paragraph
    assert "Paragraph 2" in page.inner_text(".source.active .facts")
    before, after = page.locator(".source.active .neighbour").all_inner_texts()
    assert before.endswith("unlocks the bakery at five.")
    assert after.startswith("On Sundays the street is quiet")
    assert page.title() == "Footnote"
    assert not visited.complaints
    assert not visited.abroad()


def test_the_same_by_keyboard_and_back_again(visit):
    visited = visit()
    page = visited.page
    page.keyboard.press("Tab")
    page.focus("#question")
    page.keyboard.type("How many loaves does the oven hold?")
    page.keyboard.press("Enter")
    visited.answered(1)  # a chip of a reply that still grows is put anew
    page.focus(".chip")
    page.keyboard.press("Enter")
    page.wait_for_selector(".source.active:focus")
    page.keyboard.press("Escape")
    page.wait_for_selector(".chip:focus")
    assert page.locator(".source.active").count() == 0


def test_a_footnote_of_an_older_answer_brings_its_sources_back(visit):
    visited = visit()
    visited.ask("How many loaves does the oven hold?")
    visited.ask("What is the capital of Atlantis?")
    page = visited.page
    assert page.locator("#source-1-1").count() == 0
    page.click(".past .turn:first-of-type .chip")
    page.wait_for_selector("#source-1-1.active:focus")
    assert page.inner_text("#source-1-1 mark") == QUOTED


def test_a_refusal_looks_like_one_and_its_closest_paragraphs_open(visit):
    visited = visit()
    visited.ask("What is the capital of Atlantis?")
    page = visited.page
    assert page.is_visible(".refusal")
    assert page.locator(".refusal .chip").count() == 0
    if page.locator(".closest a").count():
        page.click(".closest a >> nth=0")
        page.wait_for_selector("#source-1-1.active:focus")


def test_a_hostile_article_runs_nothing_and_reaches_no_other_host(visit):
    visited = visit()
    page = visited.page
    visited.ask("How many visitors does the Zanzibar lantern festival draw?")
    assert "lantern festival" in page.inner_text(".turn")
    page.click(".turn [data-ref] >> nth=0")
    page.wait_for_selector(".source.active:focus")
    visited.ask("<img src=x onerror=\"window.ran='question'\"> ${window.ran='question'} lantern?")
    row = page.locator(".entry", has_text="onerror")
    row.locator('[data-act="summary"]').click()
    visited.answered(3)
    assert "window.ran" in page.inner_text("#conversation")
    assert page.evaluate("window.ran") is None
    inside = ", ".join(
        f"#columns {tag}" for tag in ("img", "script", "iframe", "svg", "style", "input[name=pin]")
    )
    assert page.locator(inside).count() == 0
    assert not visited.abroad()


def test_on_a_phone_nothing_scrolls_sideways_and_sources_open_and_close(visit):
    visited = visit(390, 844, has_touch=True, is_mobile=True)
    page = visited.page
    fits = "document.documentElement.scrollWidth <= innerWidth"
    assert page.evaluate(fits)
    visited.ask("How many loaves does the oven hold?")
    assert not page.is_visible(".source")
    page.tap(".chip")
    page.wait_for_selector(".source.active:focus")
    assert page.locator(".source.active mark").bounding_box()["y"] < 844
    assert page.evaluate(fits)
    page.tap('[data-close="sources"]')
    page.wait_for_selector(".source", state="hidden")
    page.wait_for_selector(".chip:focus")
    page.tap('[data-open="library"]')
    page.wait_for_selector(".entry >> nth=0")
    assert page.is_visible("text=Searching all 2 articles")
    assert page.evaluate(fits)
    page.tap('[data-close="library"]')
    page.wait_for_selector(".entry >> nth=0", state="hidden")
    assert page.is_visible("#question")


def test_articles_are_added_picked_and_removed_on_the_page(visit, tmp_path):
    page = visit().page
    good, bad = tmp_path / "kiln.txt", tmp_path / "tool.exe"
    good.write_text(
        "The kiln at Ambry\n\nThe kiln at Ambry burns for three days. It is fed with beech.\n\nThen it rests."
    )
    bad.write_bytes(b"MZ\x90\x00\x03\x00")
    page.set_input_files("[data-files]", [str(good), str(bad)])
    page.wait_for_selector(".results li.bad")
    page.wait_for_selector(".results li.good")
    assert "tool.exe" in page.inner_text(".results li.bad")
    row = page.locator(".entry", has_text=re.compile("kiln", re.IGNORECASE))
    row.locator("input").check()
    page.wait_for_selector("text=Searching 1 of 3 articles")
    row.hover()
    row.locator('[data-act="remove"]').click()
    page.click("dialog[open] button[value=keep]")
    assert row.count() == 1
    row.locator('[data-act="remove"]').click()
    page.click("dialog button[value=go]")
    row.wait_for(state="detached")
    assert page.is_visible("text=Searching all 2 articles")


def test_an_empty_question_is_met_kindly(visit):
    page = visit().page
    page.click(".ask")
    page.wait_for_selector("text=Write a question first.")
    assert page.locator(".turn").count() == 0


def test_two_tabs_keep_their_conversations_to_themselves(visit):
    one, other = visit(), visit()
    one.ask("How many loaves does the oven hold?")
    assert other.page.locator(".turn").count() == 0
    other.ask("What is the capital of Atlantis?")
    assert one.page.locator(".turn").count() == 1
    one.page.click('[data-act="fresh"]')
    one.page.wait_for_selector(".opening")
    assert other.page.locator(".turn").count() == 1


def test_files_dropped_anywhere_are_added_or_refused_each_with_its_line(visit):
    page = visit().page
    page.evaluate(DROP, ["dropped.txt", "two.exe"])
    assert "Drop to add" in page.evaluate("window.overlay")
    page.wait_for_selector(".results[data-busy='0'] li >> nth=1")
    lines = page.locator(".results li").all_inner_texts()
    assert len(lines) == 2
    assert re.search(r"two\.exe", lines[1])
    assert page.evaluate("document.documentElement.dataset.dropping") is None
    remove(page, "^Dropped")


def remove(page, title: str) -> None:
    row = page.locator(".entry", has_text=re.compile(title, re.IGNORECASE))
    row.hover()
    row.locator('[data-act="remove"]').click()
    page.click("dialog button[value=go]")
    row.wait_for(state="detached")


def test_an_article_is_renamed_and_its_footnotes_go_on_working(visit):
    visited = visit()
    page = visited.page
    visited.ask("How many loaves does the oven hold?")
    for old, new in (("bakery on the quay", "Bread & <b>salt</b>"), ("Bread & ", "The bakery on the quay")):
        row = page.locator(".entry", has_text=old)
        row.hover()
        row.locator('[data-act="rename"]').click()
        page.fill("dialog.naming input", new)
        page.click("dialog.naming .primary")
        page.wait_for_selector(f".entry >> text={new}")
        page.click("#now .chip >> nth=0")
        page.wait_for_selector(f".source.active h3 >> text={new}")
        assert page.inner_text(".source.active mark") == QUOTED
        page.keyboard.press("Escape")
    assert page.is_visible("text=Searching all 2 articles")


def test_an_article_is_filed_and_only_its_collection_is_asked(visit):
    visited = visit()
    page = visited.page
    page.click('[data-act="collections"]')
    page.fill("dialog.collections [name=name]", "On <b>bread</b>")
    page.click("dialog.collections .primary")
    page.wait_for_selector('[data-collection="On <b>bread</b>"]')
    assert page.input_value("dialog.collections [name=name]") == ""
    page.click("dialog.collections [data-close-dialog]")
    row = page.locator(".entry", has_text="bakery on the quay")
    row.hover()
    row.locator('[data-act="filing"]').click()
    page.wait_for_selector("dialog.collections[open] [data-filing]")
    page.check('[data-filing] input[type="checkbox"]')
    page.fill("[data-filing] [name=tags]", "ovens")
    page.click("[data-filing] .primary")
    page.wait_for_selector(".entry >> text=On <b>bread</b>", state="attached")
    page.select_option('[data-filter="collection"]', "On <b>bread</b>")
    page.click('[data-act="pick-shown"]')
    page.wait_for_selector(".scope >> text=Searching “On <b>bread</b>”, 1 of 2 articles")
    visited.ask("How many visitors does the Zanzibar lantern festival draw?")
    assert "1 of 2 articles, those in “On <b>bread</b>”" in page.inner_text("#now .reply")
    page.click('[data-act="collections"]')
    page.click('[data-act="delete-collection"]')
    page.click("[data-confirm]")
    page.wait_for_selector("dialog.collections[open]:not(:has([data-collection]))")
    page.keyboard.press("Escape")
    page.wait_for_selector("text=Searching all 2 articles")
    row.hover()
    row.locator('[data-act="filing"]').click()
    page.fill("[data-filing] [name=tags]", "")
    page.click("[data-filing] .primary")
    page.wait_for_selector('.tools:not(:has([data-filter="tag"]))', state="attached")
    assert not visited.complaints


def test_links_are_read_one_by_one_and_what_is_refused_says_why(visit):
    page = visit().page
    page.click("text=Add links")
    page.fill("[data-link] textarea", "see http://127.0.0.1:9/secret and https://10.0.0.1/too")
    page.click("[data-link] button")
    page.wait_for_selector(".results[data-busy='0'] li.bad >> nth=1")
    for line in page.locator(".results li").all_inner_texts():
        assert line.startswith("Not added.")
    assert page.is_visible("text=Searching all 2 articles")


def test_a_greeting_is_returned_without_footnotes(visit):
    visited = visit()
    visited.ask("Hello!")
    assert visited.page.is_visible("#now .remark")
    assert visited.page.locator("#now .chip, #now .refusal").count() == 0


def test_questions_of_ones_own_are_run_compared_and_downloaded(visit, tmp_path):
    visited = visit()
    page = visited.page
    page.set_default_timeout(90_000)  # figures are resampled a thousand times
    questions = tmp_path / "mine.jsonl"
    questions.write_text(
        '{"id": 1, "question": "How many loaves does the oven hold?", "answers": ["ninety"]}\n'
    )
    page.click("[data-act=evaluation] >> visible=true")
    page.wait_for_selector("dialog.evaluation[open]")
    for run in (1, 2):
        page.select_option("[data-evaluate] [name=suite]", "own")
        page.set_input_files("[data-evaluate] [name=file]", str(questions))
        page.click("[data-evaluate] .primary")
        page.wait_for_function("n => document.querySelectorAll('[data-report] option').length === n", arg=run)
    assert "mine: 1 of 1 case." in page.inner_text("dialog.evaluation")
    assert "no clear change" in page.inner_text("dialog.evaluation table")
    page.select_option("[data-against]", "")
    page.wait_for_function(
        "!document.querySelector('dialog.evaluation').innerText.includes('no clear change')"
    )
    with page.expect_download() as download:
        page.click(".downloads a >> nth=1")
    assert '"question": "How many loaves' in Path(download.value.path()).read_text(encoding="utf-8")
    assert page.frame_locator("iframe").locator("h1").count() == 1

"""Summaries, checks, the library at size, versions, print and announcements, in Chromium, over the stand-in."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pypdfium2
import pytest

if TYPE_CHECKING:
    from collections.abc import Iterator

pytestmark = [pytest.mark.browser, pytest.mark.slow]

HEARD = """() => {
  window.heard = [];
  const line = document.querySelector("[data-status]");
  new MutationObserver(() => line.textContent && window.heard.push(line.textContent)).observe(
    line, { childList: true, characterData: true, subtree: true });
}"""


@pytest.fixture(scope="module")
def address(run_fake) -> Iterator[str]:
    with run_fake("slow", "many") as (_, address):
        yield address


def find(page, words: str) -> None:
    page.fill("[data-find]", words)


def test_any_article_of_many_is_found_filtered_and_sorted(visit):
    page = visit().page
    assert page.locator(".entry").count() == 100
    assert "100 of 252" in page.inner_text(".more")
    page.click("[data-act=more]")
    page.wait_for_selector(".entry >> nth=199")
    assert page.evaluate(
        "document.activeElement.closest('.entry') === document.querySelectorAll('.entry')[100]"
    )
    find(page, "meeting 24")
    page.wait_for_selector("text=13 of 252 fit.")
    page.select_option("[data-filter=date]", "2024")
    page.wait_for_selector("text=5 of 252 fit.")
    assert page.locator(".entry .title").all_inner_texts() == [
        f"Minutes of meeting {n}" for n in ("024", "124", "224", "244", "249")
    ]
    page.click("[data-act=pick-shown]")
    page.wait_for_selector("text=Searching 5 of 252 articles >> visible=true")
    page.wait_for_function("document.querySelectorAll('.entry input:checked').length === 5")
    page.select_option("[data-filter=date]", "")
    page.wait_for_selector("text=13 of 252 fit.")
    page.wait_for_function("document.querySelectorAll('.entry input:checked').length === 5")
    assert page.input_value("[data-find]") == "meeting 24"
    page.click("[data-act=all]")
    page.wait_for_selector("text=Searching all 252 articles >> visible=true")
    page.wait_for_function("document.querySelectorAll('.entry input:checked').length === 0")
    find(page, "nothing like this")
    page.click("[data-act=unfilter]")
    page.wait_for_selector(".entry >> nth=99")
    page.select_option("[data-filter=order]", "new")
    page.wait_for_selector(".entry >> nth=0 >> text=The bakery on the quay")


def test_a_summary_of_one_article_tells_how_far_it_is_and_comes_in_three_lengths(visit):
    visited = visit()
    page = visited.page
    find(page, "lighthouse")
    page.wait_for_selector("text=1 of 252 fit.")
    page.click(".entry [data-act=summary]")
    page.wait_for_selector("text=Reading: 1 of 3 parts done…")
    visited.answered(1)
    assert page.locator("#now .sentence").count() == 1
    assert page.get_attribute("#now [data-length=medium]", "aria-pressed") == "true"
    page.click("#now [data-length=long]")
    page.wait_for_selector("#turn-2")
    visited.answered(1)
    assert page.locator("#now .sentence").count() == 3
    assert page.get_attribute("#now [data-length=long]", "aria-pressed") == "true"
    page.click("#now .chip >> nth=0")
    page.wait_for_selector(".source.active:focus")


def test_a_summary_of_several_picked_articles_cites_each(visit):
    visited = visit()
    page = visited.page
    find(page, "quay")
    page.wait_for_selector("text=1 of 252 fit.")
    page.check(".entry input")
    find(page, "lighthouse")
    page.wait_for_selector(".entry >> text=A lighthouse")
    page.check(".entry input")
    page.wait_for_selector("text=Searching 2 of 252 articles >> visible=true")
    page.click("[data-act=summary-picked]")
    visited.answered(1)
    assert "Summary of 2 articles" in page.inner_text("#now .question")
    assert "2 sentences, all supported by 2 articles" in page.inner_text("#now .checked summary")
    assert page.locator(".source").count() == 2


def test_a_pasted_text_is_summarised_without_being_added_and_again_in_another_length(visit):
    visited = visit()
    page = visited.page
    page.click("text=Paste a text")
    page.fill("[data-paste] [name=title]", "A note")
    page.fill("[data-paste] [name=text]", "The mill closed in May.")
    page.click("[data-act=summary-text]")
    visited.answered(1)
    assert page.inner_text("#now .question").endswith("Summary of “A note”")
    page.click("#now [data-length=long]")
    page.wait_for_selector("#turn-2")
    visited.answered(1)
    assert page.locator("#now .sentence").count() == 3
    page.click("#now .chip >> nth=0")
    page.wait_for_selector(".source.active >> text=From the text you pasted.")
    assert page.is_visible("text=Searching all 252 articles")


def test_a_draft_is_judged_sentence_by_sentence_with_reasons_and_footnotes(visit):
    visited = visit()
    page = visited.page
    page.click("[data-act=draft]")
    page.fill("dialog.draft textarea", "Rye bread is baked on Tuesdays. The moon is cheese.")
    page.click("dialog.draft .primary")
    visited.answered(1)
    assert page.locator(".judged li.supported").count() == 1
    assert page.locator(".judged li.unsupported").count() == 1
    assert "Not supported." in page.inner_text(".judged li.unsupported")
    assert "2 sentences: 1 supported, 1 not supported" in page.inner_text("#now .foot")
    assert not page.is_visible(".printed")
    page.click(".judged .chip >> nth=0")
    page.wait_for_selector(".source.active:focus")


def test_what_changed_in_an_article_is_read_beside_it(visit):
    page = visit().page
    find(page, "lighthouse")
    page.wait_for_selector("text=1 of 252 fit.")
    page.click(".entry .title")
    page.click("dialog.reader[open] .versions summary")
    page.click("dialog.reader [data-act=changes]")
    page.wait_for_selector("dialog.reader[open] .change")
    assert page.locator(".change del").all_inner_texts() == ["The lighthouse", "1986"]
    assert page.locator(".change ins").all_inner_texts() == ["A lighthouse without a keeper", "1987"]
    page.click("dialog.reader [data-act=read]")
    page.wait_for_selector("dialog.reader[open] .versions")
    page.keyboard.press("Escape")
    page.wait_for_selector("dialog.reader", state="hidden")
    page.wait_for_selector(".entry .title:focus")


def test_an_answer_is_announced_once_when_it_is_there(visit):
    visited = visit()
    page = visited.page
    page.evaluate(HEARD)
    for count in (1, 2):
        visited.ask("When is bread baked?")
        page.wait_for_function("n => window.heard.length >= n", arg=count)
    page.click("#now .chip >> nth=0")
    page.wait_for_selector(".source.active:focus")
    assert page.evaluate("window.heard") == ["Answer ready, 1 source"] * 2


def test_on_a_phone_a_long_title_among_the_closest_has_the_width_of_its_row(visit):
    visited = visit(390, 844, has_touch=True, is_mobile=True)
    page = visited.page
    visited.ask("Xyzzyxyzzy?")
    page.wait_for_selector(".closest a")
    row, title, place = (
        page.locator(f".closest a {part} >> nth=0").bounding_box() for part in ("", "strong", ".facts")
    )
    assert title["width"] > 0.8 * row["width"]
    assert place["y"] >= title["y"] + title["height"]


def ink(page) -> int:
    """Return how many dark dots are on the first sheet of A4."""
    sheets = pypdfium2.PdfDocument(page.pdf(format="A4"))
    return int((sheets[0].render().to_numpy() < 128).sum())


def test_on_paper_nothing_lies_over_an_answer_when_a_source_is_open(visit):
    """Paper is narrow, and in a narrow window the open source lies over the chat."""
    page = (visited := visit()).page
    visited.ask("When is bread baked?")
    before = ink(page)
    assert before > 1_000, "the sheet is empty"
    page.click(".chip")
    page.wait_for_selector(".source.active:focus")
    assert ink(page) == pytest.approx(before, rel=0.1)


def test_on_paper_an_answer_stands_with_its_footnotes_and_nothing_else(visit):
    visited = visit(color_scheme="dark")
    page = visited.page
    visited.ask("When is bread baked?")
    assert not page.is_visible(".printed")
    page.emulate_media(media="print")
    assert page.inner_text("#now .printed") == (
        "The bakery on the quay, paragraph 2: “Rye bread is baked on Tuesdays”"
    )
    for part in ("#header", "#library-column", "#sources-column", "#composer", "#now .acts"):
        assert not page.is_visible(part)
    assert page.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(255, 255, 255)"

"""What a reader does on the page, in Chromium at four sizes, over the stand-in for the assistant."""

from __future__ import annotations

import json
import re
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Iterator

pytestmark = [pytest.mark.browser, pytest.mark.slow]

SIZES = {"desk": (1400, 900), "small": (1100, 700), "tablet": (820, 1180), "phone": (390, 844)}
LENGTHS = """() => {
  window.lengths = new Set();
  const look = () => {
    const count = document.querySelectorAll(".turn .sentence").length;
    if (count) window.lengths.add(count);
  };
  new MutationObserver(look).observe(document.body, { childList: true, subtree: true });
}"""
# What is pressed and is less than 44 pixels high, but for chips and links in a line of text
SMALL = """() => [...document.querySelectorAll("button, summary, select, textarea, label:has(input), .save a")]
  .filter(e => e.checkVisibility({visibilityProperty: true, opacityProperty: true}) && !e.closest("[inert]"))
  .filter(e => !document.querySelector("dialog[open]") || e.closest("dialog[open]"))
  .filter(e => !e.matches(".verdict, .title, .lengths button, .unseen, #question"))
  .map(e => [e.innerText.slice(0, 30), Math.round(e.getBoundingClientRect().height)])
  .filter(([_, height]) => height > 1 && height < 44)"""
INSIDE = """() => [...document.querySelectorAll("dialog[open] :is(button, input)")].every(e => {
  const box = e.getBoundingClientRect(), around = e.closest("dialog").getBoundingClientRect();
  return box.left >= around.left && box.right <= around.right && box.width >= 44;
})"""
FITS = "document.documentElement.scrollWidth <= innerWidth"


@pytest.fixture(scope="module")
def address(run_fake) -> Iterator[str]:
    with run_fake("slow") as (_, address):
        yield address


@pytest.mark.parametrize("size", SIZES)
def test_ask_cite_and_return_at_every_size(visit, size):
    visited = visit(*SIZES[size], has_touch=size in ("tablet", "phone"))
    page = visited.page
    visited.ask("When is bread baked?")
    page.click("#now .chip >> nth=0")
    page.wait_for_selector(".source.active:focus")
    box = page.locator(".source.active mark").bounding_box()
    assert 0 <= box["y"] <= SIZES[size][1] - box["height"]
    assert page.evaluate(FITS)
    page.keyboard.press("Escape")
    page.wait_for_selector(".chip:focus")
    box = page.locator("#question").bounding_box()
    assert box["y"] + box["height"] <= SIZES[size][1]
    assert not visited.complaints
    assert not visited.abroad()


def test_an_answer_grows_and_stop_keeps_what_is_there(visit):
    page = visit().page
    page.evaluate(LENGTHS)
    page.fill("#question", "When is bread baked, slowly?")
    page.press("#question", "Enter")
    page.wait_for_function("window.lengths.size >= 3")
    page.click(".halt")
    page.wait_for_selector("#now .conversation[data-state=idle]")  # within a second: see test_page
    assert "You stopped this answer" in page.inner_text(".notice")
    assert page.locator(".turn .sentence").count() < 8
    assert page.is_visible(".ask")
    assert page.is_hidden(".halt")


def test_a_conversation_survives_reload_is_renamed_left_opened_and_deleted(visit):
    visited = visit()
    page = visited.page
    visited.ask("When is bread baked?")
    page.reload()
    visited.answered(1)
    assert "Rye bread" in page.inner_text("#now")
    page.click("[popovertarget] >> visible=true")
    page.click("[data-act=name-conversation]")
    page.fill("dialog.naming input", "Bread & <b>salt</b>")
    page.click("dialog.naming .primary")
    page.wait_for_selector(".kept >> text=Bread & <b>salt</b>")
    page.keyboard.press("Escape")
    page.click("[data-act=fresh]")
    page.wait_for_selector(".opening")
    page.reload()
    page.wait_for_selector(".opening")
    page.click("[popovertarget] >> visible=true")
    page.click(".kept .open")
    visited.answered(1)
    page.click("[popovertarget] >> visible=true")
    page.click("[data-act=delete-conversation]")
    page.click("dialog[open] [data-confirm]")
    page.wait_for_selector(".opening")
    page.wait_for_selector("text=Nothing kept yet", state="attached")


def test_another_browser_sees_neither_the_conversation_nor_its_title(visit):
    one, other = visit(), visit()
    one.ask("When is bread baked?")
    other.page.reload()
    other.page.wait_for_selector(".opening")
    other.page.click("[popovertarget] >> visible=true")
    other.page.wait_for_selector("text=Nothing kept yet")


def test_again_edit_undo_feedback_and_copy(visit):
    visited = visit(permissions=["clipboard-read", "clipboard-write"])
    page = visited.page
    visited.ask("When is bread baked?")
    page.click("#now [data-act=again]")
    page.wait_for_selector("#turn-2")
    visited.answered(1)
    page.click("#now [data-act=edit]")
    assert page.input_value("#question") == "When is bread baked?"
    assert page.is_visible("[data-editing]")
    page.fill("#question", "Is the lighthouse automated?")
    page.press("#question", "Enter")
    page.wait_for_selector("#turn-3")
    visited.answered(1)
    assert "lighthouse was automated" in page.inner_text("#now")
    page.click("#now [data-value=up]")
    page.wait_for_selector("#now [data-value=up][aria-pressed=true]")
    page.click("#now [data-act=copy]")
    page.wait_for_selector("text=Copied, with its sources.")
    copied = page.evaluate("navigator.clipboard.readText()")
    assert copied.endswith(
        "[1] A lighthouse without a keeper, paragraph 1: “The lighthouse was automated in 1987.”"
    )
    assert "#" not in copied
    page.click("#now [data-act=undo]")
    page.wait_for_selector(".opening")
    assert page.input_value("#question") == "Is the lighthouse automated?"


@pytest.mark.parametrize("form", ["md", "html", "json"])
def test_an_answer_is_saved_as_a_file_with_its_quotes(visit, form):
    visited = visit()
    page = visited.page
    visited.ask("When is bread baked?")
    page.click("#now .save summary")
    with page.expect_download() as download:
        page.click(f'#now .save a[href$="{form}"]')
    text = Path(download.value.path()).read_text(encoding="utf-8")
    assert download.value.suggested_filename == f"when-is-bread-baked.{form}"
    assert "Rye bread is baked on Tuesdays" in text
    if form == "json":
        assert (
            json.loads(text)["exchanges"][0]["reply"]["citations"][0]["quote"]
            == "Rye bread is baked on Tuesdays"
        )


def test_a_footnote_shows_its_quote_on_hover_and_focus_and_escape_hides_it(visit):
    visited = visit()
    page = visited.page
    visited.ask("When is bread baked?")
    page.hover("#now .chip >> nth=0")
    page.wait_for_selector("#footnote-card:not([hidden])")
    assert "“Rye bread is baked on Tuesdays”" in page.inner_text("#footnote-card")
    assert "Supported. It is quoted." in page.inner_text("#footnote-card")
    page.keyboard.press("Escape")
    page.wait_for_selector("#footnote-card", state="hidden")
    page.mouse.move(5, 5)
    page.focus("#now .chip >> nth=0")
    page.keyboard.press("Shift+Tab")
    page.keyboard.press("Tab")
    page.wait_for_selector("#footnote-card:not([hidden])")


def test_a_sentence_without_support_says_so_in_words_and_why(visit):
    visited = visit()
    page = visited.page
    visited.ask("When is bread baked, no doubt?")
    page.click("#now .verdict >> nth=0")
    page.wait_for_selector("#footnote-card:not([hidden])")
    assert "Not supported. “Sundays” does not appear" in page.inner_text("#footnote-card")
    assert "1 not supported" in page.inner_text(".checked summary")


def test_the_article_opens_in_full_from_its_source_and_from_the_library(visit):
    visited = visit()
    page = visited.page
    visited.ask("When is bread baked?")
    page.click("#now .chip >> nth=0")
    for _ in range(2):
        page.click(".source.active [data-act=read-source]")
        page.wait_for_selector("dialog.reader[open] .active:focus")
        assert page.inner_text("dialog.reader mark") == "Rye bread is baked on Tuesdays"
        page.keyboard.press("Escape")
        page.wait_for_selector("dialog.reader", state="hidden")
    page.click(".entry >> nth=1 >> .title")
    page.wait_for_selector("dialog.reader[open]")
    assert "On Sundays the baker sleeps." in page.inner_text("dialog.reader")
    page.click("dialog.reader [data-act=ask-only]")
    page.wait_for_selector("text=Searching 1 of 2 articles >> visible=true")


def test_settings_are_remembered_and_the_look_changes_at_once(visit):
    page = visit(color_scheme="light").page
    for _ in range(2):
        page.click("[data-act=settings] >> visible=true")
        page.wait_for_selector("dialog.settings[open]")
        page.check("dialog.settings [value=dark]")
        page.check("dialog.settings [value=short]")
        page.click("dialog.settings .primary")
        page.wait_for_selector("dialog.settings", state="hidden")
    assert page.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(22, 24, 23)"
    page.reload()
    page.wait_for_selector(".opening")
    assert page.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(22, 24, 23)"
    page.click("[data-act=settings] >> visible=true")
    page.wait_for_selector("dialog.settings[open]")
    assert page.is_checked("dialog.settings [value=short]")


def test_behind_a_proxy_it_asks_for_the_password_and_works_under_a_path_of_its_own(
    chromium, run_fake, run_proxy
):
    with run_fake("path", "password") as (_, server), run_proxy(server) as (_, proxy):
        context = chromium.new_context()
        page = context.new_page()
        asked = []
        page.on("request", lambda request: asked.append(request.url))
        page.goto(f"{proxy}/notes/")
        page.fill("#password", "wrong")
        page.press("#password", "Enter")
        page.wait_for_selector("text=That is not the password.")
        assert "bakery" not in page.content()
        page.fill("#password", "honey & salt")
        page.press("#password", "Enter")
        page.wait_for_selector(".opening .examples")
        page.fill("#question", "When is bread baked?")
        page.press("#question", "Enter")
        page.wait_for_selector("#now .acts")
        page.click("#now .chip >> nth=0")
        page.wait_for_selector(".source.active:focus")
        page.click("#now .save summary")
        with page.expect_download() as download:
            page.click('#now .save a[href$="md"]')
        assert "Rye bread" in Path(download.value.path()).read_text(encoding="utf-8")
        assert [
            url for url in asked if not url.startswith(f"{proxy}/notes/") and url.startswith("http")
        ] == []
        context.close()


def test_a_server_that_is_gone_and_comes_back_costs_no_question_and_no_conversation(
    contexts, make_visit, run_fake
):
    with run_fake("kept") as (_, address):
        visited = make_visit(contexts.take(), address)
        page = visited.page
        visited.ask("When is bread baked?")
        page.wait_for_timeout(1000)  # Gradio closes its stream a moment after a reply
    port = f"port={address.rpartition(':')[2]}"
    with run_fake("kept", port):  # nobody noticed
        visited.ask("Was the lighthouse automated?")
        assert "Rye bread" in page.inner_text("#past")
    page.fill("#question", "What does the oven hold?")
    page.press("#question", "Enter")
    page.wait_for_selector("[data-status] >> text=No connection to Footnote.")
    assert page.input_value("#question") == "What does the oven hold?"
    assert page.is_visible(".ask")
    with run_fake("kept", port):
        page.wait_for_selector("[data-status] >> text=The connection is back.")
        visited.answered(2)
        page.press("#question", "Enter")
        visited.answered(3)
        assert "ninety loaves" in page.inner_text("#now")
        assert "Rye bread" in page.inner_text("#past")
    contexts.give_back(address)


def test_a_question_that_no_answer_comes_for_goes_back_into_the_box(visit):
    page = visit().page
    page.route("**/queue/join*", lambda route: route.fulfill(json={"event_id": "lost"}))
    page.fill("#question", "When is bread baked?")
    page.press("#question", "Enter")
    page.wait_for_selector("[data-status] >> text=The server has not taken it up yet")
    page.unroute("**/queue/join*")
    page.clock.set_system_time(datetime.now(UTC) + timedelta(seconds=20))
    page.wait_for_selector("[data-status] >> text=Your question is in the box.")
    assert page.input_value("#question") == "When is bread baked?"
    page.press("#question", "Enter")
    page.wait_for_selector("#now .chip")


def test_what_lies_over_the_chat_on_a_phone_is_left_by_a_tap_beside_it(visit):
    visited = visit(*SIZES["phone"], has_touch=True, is_mobile=True)
    page = visited.page
    visited.ask("When is bread baked?")
    assert page.evaluate("document.activeElement === document.body")  # a keyboard would cover the answer
    page.tap("#now [data-open=sources]")
    page.wait_for_selector(".source")
    assert page.evaluate("document.querySelector('#chat-column').inert")
    page.touchscreen.tap(200, 80)
    page.wait_for_selector(".source", state="hidden")
    page.wait_for_selector("[data-open=sources]:focus")
    page.tap("[data-open=library]")
    page.wait_for_selector(".entry >> nth=0")
    page.touchscreen.tap(200, 80)
    page.wait_for_selector(".entry >> nth=0", state="hidden")
    assert not page.evaluate("document.querySelector('#chat-column').inert")


def test_on_a_phone_all_that_a_finger_presses_is_large_enough(visit):
    visited = visit(*SIZES["phone"], has_touch=True, is_mobile=True)
    page = visited.page
    small = {}
    for state, enter in STATES.items():
        enter(visited)
        small |= {f"{state}: {told}": size for told, size in page.evaluate(SMALL)}
        if state == "picked":
            page.click(".entry [data-act=rename] >> nth=0")
            small |= {f"renaming: {told}": size for told, size in page.evaluate(SMALL)}
            assert page.evaluate(INSIDE)
        if page.locator("dialog[open]").count() or page.locator(":popover-open").count():
            page.keyboard.press("Escape")
    assert not small


def test_closing_the_tab_frees_the_place_within_two_seconds(visit):
    one = visit()
    one.page.fill("#question", "When is bread baked, slowly?")
    one.page.press("#question", "Enter")
    one.page.wait_for_selector(".sentence")
    one.page.close()
    other = visit()
    other.page.fill("#question", "When is bread baked, slowly?")
    other.page.press("#question", "Enter")
    other.page.wait_for_selector(".sentence", timeout=2000)


@pytest.mark.parametrize("width", [700, 640, 320])
def test_at_double_zoom_nothing_is_cut_off_or_scrolls_sideways(visit, width):
    """A window of 1400 at 200% is 700 CSS pixels wide; WCAG 2.2, 1.4.10 asks for 320."""
    visited = visit(width, 450)
    visited.ask("When is bread baked?")
    assert visited.page.evaluate(FITS)
    assert visited.page.is_visible("#question")


def test_reduced_motion_moves_nothing(visit):
    page = visit(reduced_motion="reduce").page
    moving = page.evaluate("document.getAnimations().filter(a => a.playState === 'running').length")
    assert moving == 0


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("size", ["desk", "phone"])
def test_axe_finds_nothing_in_any_state(visit, scheme, size):
    axe = pytest.importorskip("axe_playwright_python").__file__
    script = Path(axe).with_name("axe.min.js").read_text(encoding="utf-8")
    visited = visit(*SIZES[size], color_scheme=scheme, reduced_motion="reduce")
    page = visited.page
    for state, enter in STATES.items():
        enter(visited)
        page.evaluate(script)
        found = page.evaluate("axe.run(document, {resultTypes: ['violations']}).then(r => r.violations)")
        told = [f"{v['id']}: {[n['html'][:160] for n in v['nodes'][:3]]}" for v in found]
        assert not told, f"{state}: {told}"
        if page.locator("dialog[open]").count() or page.locator(":popover-open").count():
            page.keyboard.press("Escape")


def open_settings(visited, name="settings") -> None:
    page = visited.page
    page.keyboard.press("Escape")
    if page.is_visible("[popovertarget] >> text=Menu"):
        page.click("[popovertarget] >> text=Menu")
    page.click(f"[data-act={name}] >> visible=true")
    page.wait_for_selector(f"dialog.{name}[open]")


def open_reader(visited) -> None:
    visited.page.click("#now .chip >> nth=0")
    visited.page.click(".source.active [data-act=read-source]")
    visited.page.wait_for_selector("dialog.reader[open]")


def open_sources(visited) -> None:
    visited.ask("When is bread baked?")
    visited.page.click("#now .checked summary")
    visited.page.click("#now .chip >> nth=0")
    visited.page.wait_for_selector(".source.active:focus")


def refused(visited) -> None:
    visited.page.keyboard.press("Escape")
    visited.ask("Capital of Atlantis?")


def open_library(page) -> None:
    page.keyboard.press("Escape")
    if page.is_visible("[data-open=library]"):
        page.click("[data-open=library]")


def summarised(visited) -> None:
    turns = visited.page.locator(".turn").count()
    open_library(visited.page)
    visited.page.click(".entry [data-act=summary] >> nth=0")
    visited.answered(turns + 1)


def checked(visited) -> None:
    page, turns = visited.page, visited.page.locator(".turn").count()
    page.click("[data-act=draft]")
    page.fill("dialog.draft textarea", "Rye bread is baked on Tuesdays. The moon is cheese.")
    page.click("dialog.draft .primary")
    visited.answered(turns + 1)


def changes(visited) -> None:
    page = visited.page
    open_library(page)
    page.click(".entry .title >> nth=0")
    page.click("dialog.reader[open] .versions summary")
    page.click("dialog.reader [data-act=changes]")
    page.wait_for_selector("dialog.reader[open] .change")


def picked(visited) -> None:
    open_library(visited.page)
    visited.page.check(".entry input >> nth=0")
    visited.page.wait_for_selector("[data-act=summary-picked]")


STATES = {
    "start": lambda visited: None,
    "answered": open_sources,
    "refused": refused,
    "doubted": lambda visited: visited.ask("When is bread baked, no doubt?"),
    "reader": open_reader,
    "settings": open_settings,
    "conversations": lambda visited: visited.page.click("[popovertarget] >> visible=true"),
    "evaluation": lambda visited: open_settings(visited, "evaluation"),
    "draft": lambda visited: visited.page.click("[data-act=draft]"),
    "summary": summarised,
    "checked": checked,
    "changes": changes,
    "picked": picked,
}


def test_there_is_one_first_heading_and_the_columns_have_theirs(visit):
    page = visit().page
    assert page.locator("h1").all_inner_texts() == ["Footnote"]
    headings = " ".join(page.locator("h2").all_inner_texts())
    assert re.search(r"Library.*Sources", headings)

"""The page in real Chromium: ask, choose a footnote, see the paragraph; nothing leaves the machine."""

from __future__ import annotations

import os
import shutil
import threading

import pytest

from ingest.article import make_article
from ingest.library import open_library
from ingest.pipeline import ingest
from rag import Assistant, Settings
from ui.server import create_app

CHROMIUM = next(
    (
        path
        for name in ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
        if (path := shutil.which(name))
    ),
    None,
)
pytestmark = [
    pytest.mark.browser,
    # Closing a page in the middle of an event leaves sockets to the garbage collector.
    pytest.mark.filterwarnings("ignore::ResourceWarning"),
    pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning"),
    pytest.mark.filterwarnings("ignore::DeprecationWarning"),
    pytest.mark.filterwarnings("ignore::UserWarning"),
]
if CHROMIUM is None and os.environ.get("CI") != "true":
    pytestmark.append(pytest.mark.skip(reason="no Chromium is installed here; `make browser` installs it"))

ATTACK = (
    "<script>window.hacked=1</script><img src=x onerror='window.hacked=2'> The zeppelin museum of Aldra opened in "
    "1931 {{constructor}} ${alert(1)} ![x](https://evil.example/track.png) <form action='https://evil.example'>"
    "<button>send</button></form> and closed again."
)
PARAGRAPHS = [
    ("Opening", "The lighthouse of Aldra was lit in 1874. Its lamp burned colza oil for thirty years."),
    ("Work", "Keeper Mara Lund climbs 212 steps every morning. She carries the day’s bread with her."),
    ("Future", "The harbour office wants to sell the tower to a hotel company next spring."),
]


@pytest.fixture(scope="module")
def address(tmp_path_factory, encoder):
    import uvicorn

    home = tmp_path_factory.mktemp("page") / "library"
    articles = [
        make_article(PARAGRAPHS, title="A lighthouse", source="/l.txt", date="2026-05-31"),
        make_article([("", ATTACK)], title="<img src=x onerror=window.hacked=3> Zeppelins", source="/z.txt"),
    ]
    library = open_library(home, encoder.name, encoder.dimension)
    list(ingest(articles, library, encoder))
    assistant = Assistant(Settings(home=home), library, encoder)
    server = uvicorn.Server(uvicorn.Config(create_app(assistant), port=0, log_level="error"))
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    for _ in range(600):
        if server.started:
            break
        thread.join(0.1)
    assert server.started
    yield f"http://127.0.0.1:{server.servers[0].sockets[0].getsockname()[1]}"
    server.should_exit = True
    thread.join(20)
    assistant.close()


@pytest.fixture(scope="module")
def chromium():
    from playwright.sync_api import sync_playwright

    assert CHROMIUM, "the browser tests need a Chromium; `make browser` installs it"
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=CHROMIUM, args=["--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage"]
        )
        yield browser
        browser.close()


@pytest.fixture
def page(chromium, address, request):
    width, height = getattr(request, "param", (1400, 900))
    context = chromium.new_context(viewport={"width": width, "height": height})
    opened = context.new_page()
    opened.set_default_timeout(60_000)
    opened.requested = []
    opened.on("request", lambda r: opened.requested.append(r.url))
    opened.goto(address)
    opened.wait_for_selector(".opening .examples")
    yield opened
    context.close()


def ask(page, question: str) -> None:
    page.locator("#composer textarea, .composer textarea, form textarea").locator("visible=true").first.fill(
        question
    )
    page.keyboard.press("Enter")
    page.wait_for_selector('.conversation[data-state="idle"] .turn:last-child .reply:not(.waiting)')


def test_a_footnote_opens_the_very_words_it_rests_on(page):
    ask(page, "How many steps does keeper Mara Lund climb every morning?")
    assert "212 steps" in page.locator(".turn .answer .text").inner_text()
    page.locator(".turn .chip").first.click()
    active = page.locator(".source.active")
    active.wait_for()
    assert active.locator("mark").inner_text() == "Keeper Mara Lund climbs 212 steps every morning."
    assert "Paragraph 2" in active.inner_text()
    assert "lamp burned colza oil" in active.locator(".neighbour").first.inner_text()
    assert active.evaluate("e => e === document.activeElement")


def test_the_keyboard_alone_opens_a_footnote(page):
    ask(page, "When was the lighthouse of Aldra lit?")
    page.locator(".turn .chip").first.focus()
    page.keyboard.press("Enter")
    page.locator(".source.active").wait_for()
    assert "1874" in page.locator(".source.active mark").inner_text()


def test_what_is_not_there_is_refused_in_its_own_style_without_footnotes(page):
    ask(page, "Which orchestra recorded the symphony in Vienna?")
    page.locator(".turn .refusal").wait_for()
    assert page.locator(".turn .chip").count() == 0
    assert page.locator(".closest li").count() == 3


def test_one_click_summarises_an_article(page):
    page.locator(".entry", has_text="A lighthouse").locator('[data-act="summary"]').click()
    page.wait_for_selector('.conversation[data-state="idle"] .turn .answer .chip')
    assert page.locator(".turn .answer .sentence").count() >= 2


def test_a_hostile_article_runs_nothing_and_reaches_nobody(page, address):
    ask(page, "When did the zeppelin museum of Aldra open?")
    assert "1931" in page.locator(".turn .answer .text").inner_text()
    page.locator(".turn .chip").first.click()
    page.locator(".source.active mark").wait_for()
    assert page.evaluate("window.hacked") is None
    assert page.locator(".conversation img, .sources img, .library img, .sources form").count() == 0
    assert [u for u in page.requested if not u.startswith((address, "data:", "blob:"))] == []


def test_two_tabs_hold_two_conversations(page, chromium, address):
    ask(page, "When was the lighthouse of Aldra lit?")
    other = chromium.new_page()
    other.goto(address)
    other.wait_for_selector(".opening .examples", timeout=60_000)
    assert other.locator(".turn").count() == 0
    other.close()


@pytest.mark.parametrize("page", [(390, 844)], indirect=True)
def test_a_phone_shows_one_column_and_the_sources_with_a_way_back(page):
    assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
    ask(page, "When was the lighthouse of Aldra lit?")
    page.locator(".turn .chip").first.click()
    page.locator(".source.active mark").wait_for()
    assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
    page.locator(".source.active [data-back]").click()
    page.wait_for_function("document.activeElement.classList.contains('chip')")

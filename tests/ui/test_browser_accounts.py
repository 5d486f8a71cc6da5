"""Accounts in a real browser: who logs in sees what the groups of the account may read, and is offered no more."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Iterator

pytestmark = [pytest.mark.browser, pytest.mark.slow]

PASSWORD = "a good long password"
SERVE = """
import sys
from pathlib import Path
from footnote.ingest.article import make_article
from footnote.ingest.library.library import AccountChange, Arrangement
from footnote.ingest.pipeline import ingest
from footnote.ui.state.passwords import hashed
from dataclasses import replace
from footnote import Settings, build
from footnote.ui.web.server import serve
settings = Settings(home=Path(sys.argv[1]), port=0)
assistant = build(settings)
given = [
    replace(make_article([("", f"The {n} was opened in {y} by Ada Venn.")], title=f"The {n}", source=f"{n}.txt"),
            collections=(c,))
    for n, y, c in (("crane", 1961, "Board"), ("ferry", 1987, "Open"))
]
library = assistant.library
list(ingest(given, library, assistant.encoder))
library.arrange(Arrangement("let", "Open", to="everyone"))
library.arrange(Arrangement("let", "Board", to="board"))
for name, role, groups in (("root", "admin", ()), ("anna", "editor", ("board",)), ("ben", "reader", ())):
    library.change_account(AccountChange("add", name, role, hashed(sys.argv[2]), groups))
serve(settings, assistant=assistant)
"""
BUTTONS = ("evaluation", "rename", "remove", "filing")


@pytest.fixture(scope="module")
def address(run_program, tmp_path_factory) -> Iterator[str]:
    with run_program(SERVE, str(tmp_path_factory.mktemp("accounts") / "home"), PASSWORD) as (_, address):
        yield address


@pytest.fixture
def come(contexts, address, make_visit) -> Iterator:
    """Log in as an account, and open the page."""

    def coming(account: str):
        context = contexts.take(viewport={"width": 1400, "height": 900})
        page = context.new_page()
        page.goto(address)
        page.fill("#account", account)
        page.fill("#password", PASSWORD)
        page.click("button")
        page.wait_for_selector(".opening")
        page.close()
        return make_visit(context, address)

    yield coming
    contexts.give_back(address)


@pytest.mark.parametrize(
    ("account", "titles", "offered"),
    [
        ("ben", ["The ferry"], set()),
        ("anna", ["The crane", "The ferry"], {"rename", "remove", "filing"}),
        ("root", ["The crane", "The ferry"], set(BUTTONS)),
    ],
)
def test_each_account_sees_its_articles_and_is_offered_what_it_may_do(come, account, titles, offered) -> None:
    visited = come(account)
    page = visited.page
    assert page.locator(".entry .title").all_inner_texts() == titles
    page.locator(".entry").first.hover()
    assert {act for act in BUTTONS if page.locator(f'[data-act="{act}"]').first.is_visible()} == offered
    assert page.is_visible("text=Add files") == (account != "ben")
    visited.ask("When was the crane opened?")
    told = page.inner_text("#now .reply")
    assert ("1961" in told) == (account != "ben")
    page.click('[data-act="settings"]')
    page.wait_for_selector(f"dialog.settings[open] >> text=Logged in as {account}")
    page.click("text=Log out")
    page.wait_for_selector("#account")
    assert not visited.complaints


def test_a_person_finds_the_conversation_on_another_device_and_nobody_else_does(come) -> None:
    come("anna").ask("When was the ferry opened?")
    for account, there in (("anna", True), ("ben", False)):
        page = come(account).page
        page.click("text=Conversations")
        kept = page.locator("[data-conversations] .open >> text=When was the ferry opened?")
        assert (kept.count() > 0) == there


def test_a_conversation_is_shared_read_by_who_may_and_by_nobody_when_it_is_stopped(come, address) -> None:
    mine = come("anna")
    mine.ask("When was the crane opened?")
    page = mine.page
    page.click("[popovertarget=conversations-menu] >> visible=true")
    page.click('[data-act="share_by_link"]')
    page.wait_for_selector('[data-act="unshare"]')
    link = f"{address}/{page.get_attribute('[data-act=copy-link]', 'data-link')}"
    for account, there in (("root", True), ("ben", False)):
        theirs = come(account).page
        theirs.goto(link)
        assert ("1961" in theirs.inner_text("body")) == there
        assert theirs.locator("button, input, script").count() == 0
    page.click('[data-act="unshare"]')
    page.wait_for_selector('[data-act="share_by_link"]')
    theirs.goto(link)
    assert "shared no longer" in theirs.inner_text("body")
    assert not mine.complaints

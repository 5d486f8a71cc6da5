"""Collections on the page: made, renamed, deleted, filled and asked, whatever a browser sends."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from footnote import Assistant, Settings
from footnote.ingest.article import make_article
from footnote.ingest.library.library import open_library
from footnote.ingest.pipeline import ingest
from footnote.rag.types import Refusal
from footnote.ui.page.acts import LIBRARY
from footnote.ui.page.page import Page
from footnote.ui.state.conversations import Conversations
from footnote.ui.state.session import Session

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from footnote.ui.page.desk import Shown


@pytest.fixture
def page(tmp_path: Path, fake_encoder) -> Iterator[Page]:
    given = [
        make_article([("", f"The {n} weighs two tons.")], title=f"The {n}", source=f"{n}.txt")
        for n in ("crane", "ferry")
    ]
    library = open_library(tmp_path, fake_encoder.name, fake_encoder.dimension)
    list(ingest(given, library, fake_encoder))
    with Assistant(Settings(home=tmp_path), library, fake_encoder) as assistant:
        page = Page(assistant, uploads=tmp_path, conversations=Conversations(None))
        page.ready.set()
        yield page
        page.close()


def do(page: Page, session: Session, act: str, **sent: object) -> Shown:
    shown = LIBRARY[act](page, session, sent)
    assert isinstance(shown, dict)
    return shown


def article(page: Page, title: str):
    return next(a for a in page.assistant.library.articles() if a.title == title)


def names(page: Page) -> list[str]:
    return [one.name for one in page.assistant.library.collections()]


def test_a_collection_is_made_filled_asked_renamed_and_deleted(page: Page) -> None:
    session, crane = Session(), article(page, "The crane").article_id
    assert "Board" in do(page, session, "new_collection", name="Board")["settings"]
    do(page, session, "file", article=crane, collections=["Board"], tags="heavy, of steel")
    found = article(page, "The crane")
    assert (found.collections, found.tags) == (("Board",), ("heavy", "of steel"))
    shown = do(page, session, "only_collection", name="Board")
    assert "Searching “Board”, 1 of 2 articles" in shown["scope"]
    *_, _ = page.conversation.ask(session, "Who paid for the ferry?")
    reply = session.exchanges[-1].reply
    assert isinstance(reply, Refusal)
    assert "1 of 2 articles, those in “Board”" in reply.text
    assert {c.article_id for c in reply.closest} <= {crane}
    assert session.exchanges[-1].scope == "searched “Board”"
    do(page, session, "rename_collection", name="Board", to=" The  board")
    assert (names(page), session.within) == (["The board"], "The board")
    shown = do(page, session, "delete_collection", name="The board")
    assert "Searching all 2 articles" in shown["scope"]
    assert (names(page), session.within) == ([], "")
    assert len(page.assistant.library.articles()) == 2


def test_what_the_dialog_of_an_article_says_is_what_holds(page: Page) -> None:
    session, crane = Session(), article(page, "The crane").article_id
    do(page, session, "file", article=crane, collections=[], tags="a, b", name="New one")
    assert article(page, "The crane").collections == ("New one",)
    shown = do(page, session, "filing", article=crane)["settings"]
    assert 'value="a, b"' in shown
    assert 'value="New one" checked' in shown
    do(page, session, "file", article=crane, collections=["New one"], tags="b")
    assert (article(page, "The crane").collections, article(page, "The crane").tags) == (("New one",), ("b",))
    do(page, session, "file", article=crane, collections=[], tags="")
    assert (article(page, "The crane").collections, article(page, "The crane").tags) == ((), ())


def test_the_filter_by_collection_alone_becomes_the_scope_by_its_name(page: Page) -> None:
    session, crane = Session(), article(page, "The crane").article_id
    do(page, session, "file", article=crane, collections=[], name="Board", tags="")
    assert "1 of 2 fit" in do(page, session, "find", collection="Board")["library"].replace(",", "")
    assert "Searching “Board”" in do(page, session, "only_shown")["scope"]
    assert "Searching 1 of 2" in do(page, session, "pick", article=crane, on=True)["scope"]
    assert session.within == ""


def test_a_filter_by_a_collection_or_a_tag_that_is_gone_filters_nothing(page: Page) -> None:
    session, crane = Session(), article(page, "The crane").article_id
    do(page, session, "file", article=crane, collections=[], name="Board", tags="heavy")
    do(page, session, "find", collection="Board", tag="heavy")
    do(page, session, "delete_collection", name="Board")
    assert session.view.collection == ""
    assert "The ferry" not in do(page, session, "look")["library"]
    assert "The ferry" in do(page, session, "file", article=crane, collections=[], tags="")["library"]


def test_what_a_browser_forges_changes_nothing(page: Page) -> None:
    session = Session()
    do(page, session, "new_collection", name="<b>x</b>")
    shown = do(page, session, "collections")["settings"]
    assert "<b>x" not in shown
    before = page.assistant.library.articles()
    for name in (None, 7, ["x"], {"x": 1}, "", "\x00", "y" * 1000, "nowhere"):
        do(page, session, "rename_collection", name=name, to=name)
        do(page, session, "delete_collection", name=name)
        do(page, session, "only_collection", name=name)
        do(page, session, "filing", article=name)
        do(page, session, "file", article=name, collections=name, tags=name, name=name)
        crane = article(page, "The crane").article_id
        do(page, session, "file", article=crane, collections=[name], tags=None, name=None)
    assert session.within == ""
    assert page.assistant.library.articles() == before
    assert names(page) == ["<b>x</b>"]


def test_a_refused_act_says_why_in_the_dialog(page: Page) -> None:
    session = Session()
    do(page, session, "new_collection", name="Board")
    shown = do(page, session, "new_collection", name="board")["settings"]
    assert "There is a collection “board” already" in shown


def test_a_conversation_remembers_what_it_was_put_to(page: Page) -> None:
    session = Session(reader="r" * 24)
    do(page, session, "new_collection", name="Board")
    do(page, session, "only_collection", name="Board")
    *_, _ = page.conversation.ask(session, "Who paid for the ferry?")
    (kept,) = page.desk.conversations.exchanges(session.reader, session.conversation)
    assert kept == replace(session.exchanges[-1], waiting="")
    assert "Board" in kept.scope

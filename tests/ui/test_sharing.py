"""A conversation that is shared: who may read it, what of it, until when; and one history on all devices."""

from __future__ import annotations

import re
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING

import httpx
import pytest
from fastapi import FastAPI
from starlette.testclient import TestClient

from footnote import Assistant, Settings
from footnote.ingest.article import make_article
from footnote.ingest.library.library import AccountChange, Arrangement, open_library
from footnote.ingest.library.stores import FOLDER
from footnote.ingest.pipeline import ingest
from footnote.rag.types import Answer, Citation, CitedSentence, Refusal, Remark, Summary, Support, Verdict
from footnote.ui.html.shared import NOTHING, nothing
from footnote.ui.page.acts import ACTS
from footnote.ui.page.page import Page
from footnote.ui.page.sharing import LEFT_OUT, NOT_SHARED
from footnote.ui.state.conversations import open_conversations
from footnote.ui.state.passwords import hashed
from footnote.ui.state.session import Exchange, Session
from footnote.ui.web import server
from footnote.ui.web.access import AccessMiddleware
from footnote.ui.web.guard import Entrance, Guard, networks
from footnote.ui.web.oidc import Provider
from footnote.ui.web.provider_login import ProviderLogin
from tests import provider as providers
from tests.conftest import HashingEncoder

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from footnote.ingest.library.stores import Stores

PASSWORD = "a good long password"
QUESTION = "When was it opened?"
USER = "X-Forwarded-User"


class Shared:
    """Two articles, `crane` for the board and `ferry` for everyone, and who reads them."""

    def __init__(self, home: Path, stores: Stores = FOLDER) -> None:
        encoder = HashingEncoder()
        self.library = library = open_library(home, encoder.name, encoder.dimension, stores=stores)
        texts = {"crane": "The crane was opened in 1961.", "ferry": "The ferry was opened in 1987."}
        made = {n: make_article([("", t)], title=f"The {n}", source=f"{n}.txt") for n, t in texts.items()}
        where = {"crane": "Board", "ferry": "Open"}
        list(ingest([replace(a, collections=(where[n],)) for n, a in made.items()], library, encoder))
        self.texts, self.ids = texts, {n: a.id for n, a in made.items()}
        library.arrange(Arrangement("let", "Open", to="everyone"))
        library.arrange(Arrangement("let", "Board", to="board"))
        for name, role, groups in (
            ("root", "admin", ()), ("anna", "editor", ("board",)), ("bea", "reader", ("board",)), ("ben", "reader", ())
        ):  # fmt: skip
            library.change_account(AccountChange("add", name, role, groups=groups))
        self.assistant = Assistant(Settings(home=home), library, encoder)
        kept = open_conversations(home, stores.record)
        self.page = Page(self.assistant, uploads=home, conversations=kept)
        self.page.ready.set()

    def close(self) -> None:
        self.page.close()
        self.assistant.close()

    def citation(self, name: str) -> Citation:
        text = self.texts[name]
        return Citation(1, self.ids[name], f"The {name}", f"{name}.txt", 1, text, 0, len(text))

    def answer(self, name: str, number: int = 1, **more) -> Exchange:
        sentence = CitedSentence(self.texts[name], (1,), Support(Verdict.SUPPORTED, 1.0, "It says so."))
        reply = Answer(QUESTION, QUESTION, (sentence,), (self.citation(name),), "fake", **more)
        return Exchange(number, QUESTION, reply=reply)

    def begin(self, *exchanges: Exchange, account: str = "anna") -> Session:
        """Keep a conversation of an account's, and return the page that shows it."""
        reader, kept = self.page.reader_of(account), self.page.desk.conversations
        conversation = kept.begin(reader, QUESTION)
        for one in exchanges:
            kept.put(reader, conversation, one)
        return Session(reader=reader, account=account, role="editor", conversation=conversation)

    def act(self, session: Session, act: str, conversation: object = None) -> str:
        sent = {"conversation": session.conversation if conversation is None else conversation}
        page = self.page.of(session.account) if session.account else self.page
        shown = ACTS["composer"][act](page, session, sent)
        return " ".join(map(str, shown.values()))

    def share(self, *exchanges: Exchange, account: str = "anna") -> tuple[Session, str]:
        """Share a conversation; return its owner's page and the link's path."""
        session = self.begin(*exchanges, account=account)
        return session, f"/{re.findall(r'shared/[A-Za-z0-9_-]+', self.act(session, 'share_by_link'))[0]}"

    def app(self, elsewhere: ProviderLogin | None = None) -> FastAPI:
        app = FastAPI(openapi_url=None, docs_url=None, redoc_url=None)
        app.add_middleware(
            AccessMiddleware,
            password="",
            secret=b"s" * 32,
            accounts=self.library.accounts,
            note=self.library.note,
            elsewhere=elsewhere,
        )
        app.add_middleware(
            Guard, entrance=Entrance(proxies=networks("127.0.0.1"), account_header=USER.lower())
        )
        app.add_route("/shared/{token}", partial(server._shared, self.page))
        app.add_route("/export/{name}", partial(server._export, self.page))
        return app

    def client(self, **given) -> TestClient:
        where = {"base_url": "http://127.0.0.1", "client": ("127.0.0.1", 5), "follow_redirects": False}
        return TestClient(self.app(**given), **where)

    def opened(self, account: str, link: str) -> tuple[int, str]:
        told = self.client().get(link, headers={USER: account} if account else {})
        return told.status_code, told.text

    def noted(self) -> tuple[str, str, str]:
        (one,) = self.library.audited(1)
        return one.account, one.act, one.what


NOT_THERE = (404, nothing())


@pytest.fixture(params=["folder", "servers"])
def world(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Shared]:
    stores = FOLDER if request.param == "folder" else request.getfixturevalue("servers").new_library()
    made = Shared(tmp_path, stores)
    yield made
    made.close()


@pytest.fixture
def alone(tmp_path: Path) -> Iterator[Shared]:
    made = Shared(tmp_path)
    yield made
    made.close()


def test_who_may_read_its_articles_reads_it_and_nobody_else_learns_that_it_is_there(world: Shared) -> None:
    session, link = world.share(world.answer("ferry"), world.answer("crane", 2))
    assert len(link) > len("/shared/") + 30
    for account in ("bea", "root", "anna"):
        status, told = world.opened(account, link)
        assert (status, "1961" in told, "1987" in told, "By anna, to read only." in told) == (
            200,
            True,
            True,
            True,
        )
    assert NOTHING in nothing()
    assert world.noted() == ("anna", "read shared", f"{session.conversation} of anna")
    assert world.opened("ben", link) == NOT_THERE
    assert world.noted()[:2] == ("ben", "refused shared")
    assert world.opened("ben", "/shared/" + "x" * 32) == NOT_THERE
    _, of_ferry = world.share(world.answer("ferry"))
    assert world.opened("ben", of_ferry)[0] == 200
    told = world.client().get(link)  # nobody has logged in
    assert (told.status_code, told.headers["location"]) == (303, f"../login?next={link[1:]}")


def test_it_can_only_be_read(alone: Shared) -> None:
    _, link = alone.share(alone.answer("ferry"))
    web = alone.client()
    for method in ("POST", "PUT", "DELETE", "PATCH"):
        assert web.request(method, link, headers={USER: "bea"}).status_code == 405
    page = web.get(link, headers={USER: "bea"})
    assert not re.search(r"<(?:script|form|button|input|iframe)", page.text)
    assert page.headers["cache-control"] == "no-store"


def test_sharing_ends_at_once_when_its_owner_stops_it_and_begins_again_with_another_link(
    world: Shared,
) -> None:
    session, link = world.share(world.answer("ferry"))
    assert world.opened("ben", link)[0] == 200
    assert link[1:] in world.act(session, "listed")
    assert link[1:] in world.act(session, "share_by_link")  # the same again
    assert link[1:] not in world.act(session, "unshare")
    assert world.opened("ben", link) == NOT_THERE
    again = re.findall(r"shared/[\w-]+", world.act(session, "share_by_link"))[0]
    assert again != link[1:]
    assert world.opened("ben", link) == NOT_THERE
    assert world.opened("ben", f"/{again}")[0] == 200
    world.act(session, "delete")
    assert world.opened("ben", f"/{again}") == NOT_THERE


def test_what_is_asked_later_counts_at_once(world: Shared) -> None:
    session, link = world.share(world.answer("ferry"))
    assert world.opened("ben", link)[0] == 200
    world.page.desk.conversations.put(session.reader, session.conversation, world.answer("crane", 2))
    assert world.opened("ben", link) == NOT_THERE
    assert world.opened("bea", link)[0] == 200


def test_a_reader_who_loses_the_collection_loses_the_conversation(world: Shared) -> None:
    _, link = world.share(world.answer("crane"))
    assert world.opened("bea", link)[0] == 200
    world.library.change_account(AccountChange("groups", "bea"))
    assert world.opened("bea", link) == NOT_THERE
    world.library.change_account(AccountChange("groups", "bea", groups=("board",)))
    assert world.opened("bea", link)[0] == 200
    world.library.arrange(Arrangement("bar", "Board", to="board"))
    assert world.opened("bea", link) == NOT_THERE
    assert world.opened("root", link)[0] == 200


def test_an_article_that_moves_takes_the_conversation_with_it(world: Shared) -> None:
    _, link = world.share(world.answer("ferry"))
    assert world.opened("ben", link)[0] == 200
    world.library.arrange(Arrangement("file", "Board", articles=(world.ids["ferry"],)))
    world.library.arrange(Arrangement("unfile", "Open", articles=(world.ids["ferry"],)))
    assert world.opened("ben", link) == NOT_THERE
    assert world.opened("bea", link)[0] == 200


def test_an_article_that_is_removed_takes_the_conversation_away(world: Shared) -> None:
    _, link = world.share(world.answer("ferry"))
    assert world.opened("ben", link)[0] == 200
    world.library.remove(world.ids["ferry"])
    for account in ("ben", "anna", "root"):
        assert world.opened(account, link) == NOT_THERE


def test_an_owner_who_is_removed_shares_nothing_also_when_another_has_the_name(world: Shared) -> None:
    session, link = world.share(world.answer("ferry"))
    world.library.change_account(AccountChange("remove", "anna"))
    assert world.opened("ben", link) == NOT_THERE
    world.library.change_account(AccountChange("add", "anna", "reader"))
    made = world.library.accounts()["anna"].made
    world.page.desk.conversations._db.do("UPDATE shares SET made = ?", "2020-01-01T00:00:00+00:00")
    assert made != "2020-01-01T00:00:00+00:00"
    assert world.opened("ben", link) == NOT_THERE
    assert link[1:] not in world.act(session, "share_by_link")


def test_a_link_is_not_guessed(alone: Shared) -> None:
    session, link = alone.share(alone.answer("ferry"))
    token = link.removeprefix("/shared/")
    for guess in (
        session.conversation,
        token[:-1],
        token.swapcase(),
        f"{token}x",
        "%",
        "_" * 32,
        "x" * 5_000,
        "é",
    ):
        status, told = alone.opened("bea", f"/shared/{guess}")
        assert (status, "1987" in told) == (404, False)
    _, other = alone.share(alone.answer("ferry"))
    assert other != link


def test_nobody_shares_or_ends_what_is_anothers(alone: Shared) -> None:
    session, link = alone.share(alone.answer("ferry"))
    ben = Session(reader=alone.page.reader_of("ben"), account="ben", role="reader")
    for forged in (session.conversation, "x" * 16, None, 7, ["x"], "' OR 1=1 --"):
        assert "shared/" not in alone.act(ben, "share_by_link", forged or "")
        alone.act(ben, "unshare", forged or "")
    assert alone.opened("ben", link)[0] == 200
    mine = alone.begin(alone.answer("crane"))
    assert alone.page.desk.conversations.find(mine.reader, mine.conversation).shared == ""


def test_what_was_said_of_all_that_the_owner_may_read_is_left_out(alone: Shared) -> None:
    """A notice, a suggestion or a list may name what who reads it may not see."""
    secret = "The crane"
    _, link = alone.share(
        alone.answer("ferry", 1, notices=(f"“{secret}” says otherwise.",)),
        Exchange(2, "What have you got?", reply=Remark("What have you got?", f"There is “{secret}”.")),
        Exchange(3, QUESTION, reply=Refusal(QUESTION, QUESTION, f"Did you mean {secret}?", (alone.citation("ferry"),),
                                            "fake", notices=(secret,))),
        Exchange(4, QUESTION, problem=f"{secret} could not be read.", scope=f"of {secret}"),
    )  # fmt: skip
    status, told = alone.opened("ben", link)
    assert (status, secret in told) == (200, False)
    assert told.count(LEFT_OUT) == 2
    assert NOT_SHARED in told
    assert "Not answered." in told


@pytest.mark.parametrize("kind", ["closest", "summary", "named"])
def test_what_a_refusal_is_closest_to_and_what_a_summary_is_of_must_be_read_too(
    alone: Shared, kind: str
) -> None:
    crane = alone.citation("crane")
    sentence = CitedSentence(alone.texts["crane"], (1,), Support(Verdict.SUPPORTED, 1.0, "It says so."))
    said = {
        "closest": Exchange(1, QUESTION, reply=Refusal(QUESTION, QUESTION, "No.", (crane,), "fake")),
        "summary": Exchange(
            1, "Summary", kind="summary", reply=Summary((crane.article_id,), "The crane", (sentence,), (crane,), "fake")
        ),
        "named": Exchange(1, "Summary of “The crane”", kind="summary", articles=(crane.article_id,), problem="No."),
    }[kind]  # fmt: skip
    _, link = alone.share(said)
    assert alone.opened("ben", link) == NOT_THERE
    assert alone.opened("bea", link)[0] == 200


def test_a_title_of_what_was_taken_out_again_is_not_shared(alone: Shared) -> None:
    session, link = alone.share(alone.answer("ferry"))
    alone.page.desk.conversations.rename(session.reader, session.conversation, "Summary of “The crane”")
    status, told = alone.opened("ben", link)
    assert (status, "crane" in told) == (200, False)


def test_words_that_are_markup_stay_words(alone: Shared) -> None:
    session = alone.begin(replace(alone.answer("ferry"), question="<script>alert(1)</script>"))
    link = re.findall(r"shared/[\w-]+", alone.act(session, "share_by_link"))[0]
    told = alone.opened("bea", f"/{link}")[1]
    assert ("<script" in told, "&lt;script" in told) == (False, True)


def test_without_accounts_nothing_is_shared(alone: Shared) -> None:
    session, link = alone.share(alone.answer("ferry"))
    for name in ("anna", "bea", "ben", "root"):
        alone.library.change_account(AccountChange("remove", name))
    assert alone.opened("", link) == NOT_THERE
    nobody = Session(reader=session.reader, conversation=session.conversation)
    told = alone.act(nobody, "share_by_link")
    assert (
        'data-act="share_by_link"' in told,
        "for this browser only" in alone.act(Session(), "listed"),
    ) == (
        False,
        True,
    )
    assert 'data-act="unshare"' not in told


# One history on all devices


def test_however_somebody_logs_in_the_history_is_the_same_and_nobody_elses(world: Shared) -> None:
    session = world.begin(world.answer("crane"), account="bea")
    mine, library = f"/export/{session.conversation}.md", world.library
    by_proxy = world.client()
    assert "1961" in by_proxy.get(mine, headers={USER: "bea"}).text
    assert by_proxy.get(mine, headers={USER: "anna"}).status_code == 404
    with providers.started() as provider:
        provider.person = {"sub": "7", "preferred_username": "bea"}
        settings = Settings(
            home=library.home,
            oidc_issuer=provider.address,
            oidc_client=providers.CLIENT,
            oidc_secret=providers.SECRET,
        )
        login = ProviderLogin(
            Provider(settings), partial(library.admit, newcomers=False), library.note, b"s" * 32
        )
        by_provider = world.client(elsewhere=login)
        to = by_provider.get("/login/provider").headers["location"]
        assert by_provider.get(httpx.get(to).headers["location"]).status_code == 303
        assert "1961" in by_provider.get(mine).text
    library.change_account(AccountChange("password", "bea", password=hashed(PASSWORD)))
    assert by_provider.get(mine).status_code == 401
    by_password = world.client()
    told = by_password.post("/login", data={"account": "bea", "password": PASSWORD})
    assert told.status_code == 303
    assert "1961" in by_password.get(mine).text
    assert [one.id for one in world.page.desk.conversations.of(world.page.reader_of("bea"))] == [
        session.conversation
    ]

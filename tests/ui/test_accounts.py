"""Accounts from the outside: who comes in, what each may do, and that nobody sees what is foreign."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
from fastapi import FastAPI
from starlette.requests import Request  # noqa: TC002 - Starlette looks at the annotation
from starlette.responses import PlainTextResponse
from starlette.routing import Route
from starlette.testclient import TestClient

from footnote.ingest.errors import NotAllowed
from footnote.ingest.library.library import AccountChange
from footnote.ingest.library.stores import FOLDER
from footnote.ui.api.keys import Keys
from footnote.ui.page.acts import ACTS, ADMINS, EDITORS, may
from footnote.ui.state.passwords import fits, hashed
from footnote.ui.web.access import AccessMiddleware, account_of
from footnote.ui.web.cookies import Cookie
from footnote.ui.web.guard import Entrance, Guard, networks
from tests.attack import readers
from tests.attack.readers import World, leaks

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

PASSWORD = "correct horse battery"


@pytest.fixture(params=["folder", "servers"])
def world(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[World]:
    servers = request.param == "servers"
    made = World(tmp_path, request.getfixturevalue("servers").new_library() if servers else FOLDER)
    yield made
    made.close()


@pytest.fixture
def alone(tmp_path: Path) -> Iterator[World]:
    made = World(tmp_path)
    yield made
    made.close()


def test_no_random_pair_of_account_and_question_gets_anything_foreign_through_any_door(world: World) -> None:
    assert leaks(world, 150) == []
    assert sum(map(len, world.foreign.values())) > 100


def test_every_door_gives_an_account_what_is_its_own(alone: World) -> None:
    """Else the pairs would find nothing foreign because they find nothing."""
    account, words = next(
        (name, set(alone.secret) - foreign)
        for name, foreign in alone.foreign.items()
        if set(alone.secret) - foreign
    )
    word = min(words)  # the same in each run
    article, subject = alone.ids[alone.secret.index(word)], alone.subjects[alone.secret.index(word)]
    head = {"Authorization": f"Bearer {alone.keys[account]}"}
    question = f"Who opened the {subject}?"
    with alone.client() as web:
        told = [
            web.post("/api/ask", json={"question": question}, headers=head),
            web.post("/api/search", json={"query": subject}, headers=head),
            web.post("/api/check", json={"text": f"The {subject} was opened."}, headers=head),
            web.post("/api/summarise", json={"articles": [article]}, headers=head),
            web.get("/api/articles", headers=head),
            web.get(f"/api/articles/{article}", headers=head),
            readers._mcp(web, head, ("ask", {"question": question})),
            readers._mcp(web, head, ("search", {"query": subject})),
            readers._mcp(web, head, ("list_articles", {})),
            readers._mcp(web, head, ("show_paragraph", {"article": article, "paragraph": 1})),
            readers._mcp(web, head, None),
        ]
    for number, one in enumerate(told):
        assert one.status_code == 200, (number, one.text)
        assert word in one.text.lower(), (number, one.text)


def test_the_pairs_would_tell_of_a_leak(alone: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("footnote.rag.assistant.seen_by", lambda library, _account: library)
    monkeypatch.setattr(readers, "may", lambda *_: True)
    assert leaks(alone, 40)


def app_of(world: World, **how) -> FastAPI:
    app = FastAPI(openapi_url=None, docs_url=None, redoc_url=None)

    async def whose(request: Request) -> PlainTextResponse:
        return PlainTextResponse(account_of(request))

    app.router.routes.append(Route("/who", whose))
    app.add_middleware(
        AccessMiddleware,
        password="",
        secret=b"s" * 32,
        accounts=world.library.accounts,
        note=world.library.note,
    )
    app.add_middleware(Guard, entrance=Entrance(**how))
    return app


def client(world: World, **how) -> TestClient:
    return TestClient(
        app_of(world, **how), base_url="http://127.0.0.1", client=("127.0.0.1", 5), follow_redirects=False
    )


def test_an_account_logs_in_by_its_password_and_the_log_says_so(alone: World) -> None:
    alone.library.change_account(AccountChange("add", "anna", "reader", hashed(PASSWORD)))
    web = client(alone)
    assert web.get("/who").status_code == 401
    page = web.get("/login").text
    assert 'name="account"' in page
    for account, password in (("anna", "wrong password"), ("nobody", PASSWORD), ("account1", ""), ("", "")):
        assert web.post("/login", data={"account": account, "password": password}).status_code == 403
    assert web.post("/login", data={"account": " ANNA ", "password": PASSWORD}).status_code == 303
    assert web.get("/who").text == "anna"
    acts = [(one.account, one.act) for one in alone.library.audited(3)]
    assert acts == [("anna", "login"), ("", "refused"), ("account1", "refused")]
    assert not any(PASSWORD in one.what for one in alone.library.audited(50))


def test_another_password_or_no_account_ends_a_visit(alone: World) -> None:
    alone.library.change_account(AccountChange("add", "anna", "reader", hashed(PASSWORD)))
    for change in (
        AccountChange("password", "anna", password=hashed("another password")),
        AccountChange("remove", "anna"),
    ):
        alone.library.change_account(AccountChange("password", "anna", password=hashed(PASSWORD)))
        web = client(alone)
        web.post("/login", data={"account": "anna", "password": PASSWORD})
        assert web.get("/who").text == "anna"
        alone.library.change_account(change)
        assert web.get("/who").status_code == 401


def test_a_visit_of_one_account_is_none_of_another(alone: World) -> None:
    alone.library.change_account(AccountChange("add", "anna", "reader", hashed(PASSWORD)))
    web = client(alone)
    web.post("/login", data={"account": "anna", "password": PASSWORD})
    visit, _, mark = web.cookies[Cookie.KEY].rpartition(".")
    head, _, _ = visit.rpartition("-")
    for forged in (f"{head}-{b'root'.hex()}.{mark}", f"{head}.{mark}", f"{head}-zz.{mark}", f"{visit}.", "x"):
        bare = client(alone)
        assert bare.get("/who", headers={"Cookie": f"{Cookie.KEY}={forged}"}).status_code == 401


def test_a_trusted_proxy_names_the_account_and_nobody_else_does(alone: World) -> None:
    header = {"X-Forwarded-User": "account1"}
    trusting = {"proxies": networks("127.0.0.1"), "account_header": "x-forwarded-user"}
    assert client(alone, **trusting).get("/who", headers=header).text == "account1"
    assert client(alone, **trusting).get("/who", headers={"X-Forwarded-User": "stranger"}).status_code == 401
    twice = [("X-Forwarded-User", "account1"), ("X-Forwarded-User", "root")]
    assert client(alone, **trusting).get("/who", headers=twice).status_code == 401
    for how in (
        {},
        {"account_header": "x-forwarded-user"},
        {"proxies": networks("10.0.0.1"), "account_header": "x-forwarded-user"},
        {"proxies": networks("127.0.0.1")},
    ):
        assert client(alone, **how).get("/who", headers=header).status_code == 401


def test_who_a_proxy_names_logs_out_without_a_visit_to_end(alone: World) -> None:
    trusting = {"proxies": networks("127.0.0.1"), "account_header": "x-forwarded-user"}
    told = client(alone, **trusting).post("/logout", headers={"X-Forwarded-User": "account1"})
    assert (told.status_code, told.headers["location"]) == (303, "login")


def test_a_key_stands_for_its_account_and_one_without_opens_nothing(alone: World) -> None:
    _, loose = Keys(alone.library.home).add("loose", "write")
    _, roots = Keys(alone.library.home).add("roots", "write", "root")
    _, reader = Keys(alone.library.home).add("reader", "write", "account1")
    with alone.client() as web:
        assert web.get("/api/articles").status_code == 401
        told = web.get("/api/articles", headers={"Authorization": f"Bearer {loose}"})
        assert (told.status_code, told.json()["error"]["code"]) == (403, "no_account")
        root = {"Authorization": f"Bearer {roots}"}
        assert web.get("/api/articles", headers=root).json()["total"] == readers.ARTICLES
        assert web.get("/metrics", headers=root).status_code == 200
        mine = {"Authorization": f"Bearer {reader}"}
        for refused in (
            web.delete(f"/api/articles/{alone.ids[0]}", headers=mine),
            web.post("/api/articles", json={"text": "x"}, headers=mine),
            web.post("/api/collections", json={"act": "create", "name": "x"}, headers=mine),
        ):
            assert refused.status_code == 403
        assert web.get("/api/articles", headers=root).json()["total"] == readers.ARTICLES
        alone.library.change_account(AccountChange("remove", "account1"))
        assert web.get("/api/articles", headers=mine).status_code == 403


def test_an_editors_job_goes_into_its_own_collection_and_only_its_own_jobs_are_seen(alone: World) -> None:
    editor = next(
        n
        for n in ("account0", "account3", "account6")
        if alone.page.of(n).desk.assistant.library.collections()
    )
    library = alone.page.of(editor).desk.assistant.library
    place = library.collections()[0].name
    _, secret = Keys(alone.library.home).add("editor", "write", editor)
    _, other = Keys(alone.library.home).add("other", "write", "account1")
    mine = {"Authorization": f"Bearer {secret}"}
    with alone.client() as web:
        text = {"text": "A wholly new text on mills and millers.", "title": "Mills"}
        job = web.post("/api/articles", json=text, headers=mine, params={"wait": 60}).json()
        assert job["state"] == "failed"
        assert "Choose a collection" in job["reason"]
        job = web.post(
            "/api/articles", json={**text, "collections": [place]}, headers=mine, params={"wait": 60}
        )
        assert job.json()["outcomes"][0]["status"] == "added"
        assert len(web.get("/api/jobs", headers=mine).json()["jobs"]) == 2
        (noted,) = [one for one in alone.library.audited(1) if one.act == "add"]
        assert noted.account == editor
        theirs = {"Authorization": f"Bearer {other}"}
        assert web.get("/api/jobs", headers=theirs).json()["jobs"] == []
        assert web.get(f"/api/jobs/{job.json()['id']}", headers=theirs).status_code == 404


def test_each_act_of_the_page_needs_a_role_that_is_there(alone: World) -> None:
    for part, acts in (*EDITORS.items(), *ADMINS.items()):
        assert set(acts) <= set(ACTS[part])
    for act in ("remove", "bring_back", "rename", "file"):
        assert [may(r, "library", act) for r in ("", "reader", "editor", "admin")] == [
            False,
            False,
            True,
            True,
        ]
    assert [may(r, "composer", "use_model") for r in ("reader", "editor", "admin")] == [False, False, True]
    assert [may(r, "composer", "ask") for r in ("", "reader", "editor")] == [False, True, True]
    with pytest.raises(NotAllowed):
        alone.page.of("")
    with pytest.raises(NotAllowed):
        alone.page.of("nobody")
    assert alone.page.of("root") is alone.page
    assert alone.page.of("account1") is alone.page.of("account1")


def test_an_account_asks_the_language_model_that_was_chosen_last(alone: World) -> None:
    for words in (61, 62, 63):  # as often as an address may be used again
        chosen = replace(alone.page.assistant.settings, summary_words=words)
        alone.page.desk.assistant = replace(alone.page.assistant, settings=chosen)
        assert alone.page.of("account1").assistant.settings.summary_words == words


def test_an_act_that_a_browser_forges_is_refused_by_the_role_and_by_the_library(alone: World) -> None:
    from types import SimpleNamespace

    from footnote.ui.state.session import Session
    from footnote.ui.web.app import SHOWN, _handler

    article, before = alone.ids[0], len(alone.library.articles())

    def sent(account: str, part: str, act: str, **data: str) -> list[dict[str, str]]:
        scope = {"footnote.account": account} if account else {}
        request = SimpleNamespace(request=SimpleNamespace(scope=scope), cookies={})
        parts = {name: name for name in SHOWN}
        handle = _handler(alone.page, (part, act, ACTS[part][act]), parts)
        return list(handle(Session(), SimpleNamespace(_data={"article": article, **data}), request))

    for account in ("account1", "account2"):
        for part, act in (
            ("library", "remove"),
            ("library", "rename"),
            ("library", "file"),
            ("library", "new_collection"),
            ("add", "paste"),
            ("composer", "use_model"),
            ("evaluation", "view"),
        ):
            (shown,) = sent(account, part, act, title="x", name="x", text="Some text.")
            assert "Your account may not do this" in shown["results"]
    for account in ("", "nobody"):
        assert sent(account, "library", "look") == [{}]
    editor = next(a for a in ("account0", "account3", "account6") if alone.secret[0] in alone.foreign[a])
    shown = sent(editor, "library", "remove")[-1]
    assert "no longer in the library" in shown["results"]
    assert len(alone.library.articles()) == before
    assert alone.library.audited(1)[0].act == "remove"


def test_a_person_has_one_history_on_all_devices_and_nobody_elses(alone: World) -> None:
    mine, theirs = alone.page.reader_of("account1"), alone.page.reader_of("account2")
    assert mine == alone.page.reader_of("account1") != theirs
    assert 20 <= len(mine) <= 64
    kept = alone.page.desk.conversations
    conversation = kept.begin(mine, "On mills")
    assert [c.id for c in kept.of(mine)] == [conversation]
    assert kept.of(theirs) == []


def test_without_accounts_nobody_logs_in(tmp_path: Path, fake_encoder) -> None:
    from footnote import Assistant, Settings
    from footnote.ingest.library.library import open_library

    library = open_library(tmp_path, fake_encoder.name, fake_encoder.dimension)
    with Assistant(Settings(home=tmp_path), library, fake_encoder) as assistant:
        assert assistant.seen_by("").library is library
        assert assistant.seen_by("anyone").library is library


def test_a_password_is_kept_as_a_hash_that_only_it_fits() -> None:
    kept = hashed(PASSWORD)
    assert kept.startswith("$argon2id$")
    assert fits(PASSWORD, kept)
    assert not any(fits(given, kept) for given in (PASSWORD + " ", "", PASSWORD.upper()))
    assert not any(fits(given, bad) for given in (PASSWORD, "") for bad in ("", "x", kept[:-3]))
    assert replace(AccountChange("add", "x"), password=kept).password != PASSWORD

"""Random pairs of an account and a question, through every door: `python -m tests.attack.readers [N] [folder|servers]`.

Each article has words of its own in its title, text, source, tag and collection that no question has. Whatever
comes back to an account may hold those of no article that the account may not see. Status 1 when one does.
"""

from __future__ import annotations

import random
import sys
import tempfile
import time
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from fastapi import FastAPI
from starlette.testclient import TestClient

from footnote import Assistant, Settings
from footnote.ingest.article import make_article
from footnote.ingest.library.library import AccountChange, Arrangement, open_library
from footnote.ingest.library.stores import FOLDER, Stores
from footnote.ingest.pipeline import ingest
from footnote.ui.api.keys import Keys
from footnote.ui.api.mount import mount
from footnote.ui.html.shared import shared
from footnote.ui.page.acts import ACTS, may
from footnote.ui.page.page import Page
from footnote.ui.page.sharing import read
from footnote.ui.state.conversations import Conversations
from footnote.ui.state.session import Session
from footnote.ui.web.guard import Entrance, Guard
from tests.conftest import HashingEncoder

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

SYLLABLES = "ba ce di fo gu ka le mi no pu ra se ti vo xu za".split()
ARTICLES, COLLECTIONS, GROUPS, ACCOUNTS = 24, 6, 4, 9


class World:
    """A library whose articles lie in collections that groups may read, and the accounts that ask it."""

    def __init__(self, home: Path, stores: Stores = FOLDER, seed: int = 0) -> None:
        self.rng = rng = random.Random(seed)
        encoder = HashingEncoder()
        self.library = open_library(home, encoder.name, encoder.dimension, stores=stores)
        self.subjects = [f"subject{self._word()}" for _ in range(ARTICLES)]
        self.secret = [f"hidden{self._word()}" for _ in range(ARTICLES)]
        names = [f"Set{self._word()}" for _ in range(COLLECTIONS)]
        filed = [tuple(rng.sample(names, rng.choice((0, 1, 1, 2)))) for _ in range(ARTICLES)]
        articles = []
        for subject, secret, where in zip(self.subjects, self.secret, filed, strict=True):
            texts = [
                (
                    "",
                    f"The {subject} was opened by {secret.title()} in 1987. It weighs {n + 2} tons {secret}.",
                )
                for n in range(2)
            ]
            made = make_article(texts, title=f"On {secret}", source=f"/{secret}.txt", author=secret.title())
            articles.append(replace(made, collections=where, tags=(f"tag{secret}",)))
        list(ingest(articles, self.library, encoder))
        self.ids = [a.id for a in articles]
        groups = [f"group{n}" for n in range(GROUPS)]
        known = {one.name for one in self.library.collections()}
        reads = {name: set(rng.sample(groups, rng.choice((0, 1, 2)))) for name in names if name in known}
        for name, those in reads.items():
            for group in those:
                self.library.arrange(Arrangement("let", name, to=group))
        self.library.change_account(AccountChange("add", "root", "admin"))
        self.foreign: dict[str, set[str]] = {}
        self.keys: dict[str, str] = {}
        for n in range(ACCOUNTS):
            name, mine = f"account{n}", set(rng.sample(groups, rng.choice((0, 1, 2))))
            role = "editor" if n % 3 == 0 else "reader"
            self.library.change_account(AccountChange("add", name, role, groups=tuple(mine)))
            mayread = {c for c, those in reads.items() if those & mine}
            seen = {s for s, where in zip(self.secret, filed, strict=True) if mayread & set(where)}
            self.foreign[name] = (set(self.secret) - seen) | {c.lower() for c in known - mayread}
            self.keys[name] = Keys(home).add(name, "read", name)[1]
        self.assistant = Assistant(Settings(home=home, api_rate=0), self.library, encoder)
        self.page = Page(self.assistant, uploads=home, conversations=Conversations(None))
        self.page.ready.set()

    def _word(self) -> str:
        return "".join(self.rng.choice(SYLLABLES) for _ in range(5))

    def close(self) -> None:
        """Close the library."""
        self.page.close()
        self.assistant.close()

    @contextmanager
    def client(self) -> Iterator[TestClient]:
        """Lend a client of the doors for programs."""
        app = FastAPI(openapi_url=None, docs_url=None, redoc_url=None)
        mount(app, self.page, exposed=False, password="")
        app.add_middleware(Guard, entrance=Entrance())
        with TestClient(app, base_url="http://127.0.0.1", client=("127.0.0.1", 50_000)) as client:
            yield client

    def question(self) -> tuple[str, str]:
        """Return a question on a random article, in one of several forms, and the article's id."""
        n = self.rng.randrange(ARTICLES)
        subject = self.subjects[n]
        misspelt = subject[:-1] + "q"
        forms = (
            f"Who opened the {subject}?", f"What does the {misspelt} weigh?", f"{subject} tons",
            "What have you got?", "What is new?", "How many articles are in here?", "Hello", "help",
            f"Summarise the {subject} story", "Who wrote the newest article?", "It weighs how much?",
            f"What have you got on {subject}?",
        )  # fmt: skip
        return self.rng.choice(forms), self.ids[n]


def told_by_api(world: World, client: TestClient, account: str, question: str, article: str) -> str:
    """Return what a door for programs says to an account."""
    head = {"Authorization": f"Bearer {world.keys[account]}"}
    post, get = (lambda path, body: client.post(path, json=body, headers=head)), client.get
    doors: tuple[Callable[[], Any], ...] = (
        lambda: post("/api/ask", {"question": question}),
        lambda: post("/api/ask", {"question": question, "articles": [article]}),
        lambda: post("/api/search", {"query": question, "k": 50}),
        lambda: post("/api/check", {"text": question}),
        lambda: post("/api/check", {"text": question, "against": article}),
        lambda: post("/api/summarise", {"articles": [article]}),
        lambda: post("/v1/chat/completions", {
            "model": "footnote-sources", "messages": [{"role": "user", "content": question}]}),
        lambda: get("/api/articles", headers=head),
        lambda: get(f"/api/articles/{article}", headers=head),
        lambda: get(f"/api/articles/{article[:5]}", headers=head),
        lambda: get("/api/collections", headers=head),
        lambda: get("/api/jobs", headers=head),
        lambda: get("/metrics", headers=head),
        lambda: _mcp(client, head, world.rng.choice((
            ("ask", {"question": question}), ("search", {"query": question, "k": 50}),
            ("list_articles", {}), ("list_collections", {}),
            ("show_paragraph", {"article": article, "paragraph": 1}),
            ("summarise", {"articles": [article]}),
        ))),
        lambda: _mcp(client, head, None),
    )  # fmt: skip
    found = world.rng.choice(doors)()
    assert found.status_code < 500, found.text
    return str(found.text)


def _mcp(client: TestClient, head: dict[str, str], call: tuple[str, dict[str, Any]] | None) -> Any:
    """Call a tool over HTTP, or list the resources."""
    params = {"name": call[0], "arguments": call[1]} if call else {}
    body = {"jsonrpc": "2.0", "id": 1, "method": "tools/call" if call else "resources/list", "params": params}
    accept = {"Accept": "application/json, text/event-stream", "MCP-Protocol-Version": "2025-06-18"}
    return client.post("/mcp", json=body, headers={**head, **accept})


def told_by_page(world: World, account: str, question: str, article: str) -> str:
    """Return what an act of the page shows to an account."""
    page, session = world.page.of(account), Session(reader=world.page.reader_of(account))
    role = world.page.role_of(account)
    session.role = role
    acts: tuple[tuple[str, str, dict[str, Any]], ...] = (
        ("composer", "ask", {"question": question}),
        ("composer", "check", {"text": question}),
        ("composer", "summary", {"articles": [article]}),
        ("composer", "listed", {}),
        ("library", "look", {}),
        ("library", "find", {"words": question.rpartition(" ")[2]}),
        ("library", "only", {"article": article}),
        ("library", "pick", {"article": article, "on": True}),
        ("library", "collections", {}),
        ("library", "filing", {"article": article}),
        ("library", "read", {"article": article}),
        ("library", "changes", {"article": article, "version": 1}),
        ("evaluation", "view", {}),
    )
    part, act, sent = world.rng.choice(acts)
    if not may(role, part, act):
        return ""
    shown = ACTS[part][act](page, session, sent)
    parts = [shown] if isinstance(shown, dict) else list(shown or ())
    page.suggest([article])
    parts.append(page.desk.show_conversation(Session(role=role)))
    return " ".join(str(html) for one in parts for html in one.values())


def told_by_link(world: World, account: str, question: str, article: str) -> str:
    """Return what an account is shown of a conversation that another shares."""
    owner = world.rng.choice([*world.foreign, "root"])
    page, session = world.page.of(owner), Session(reader=world.page.reader_of(owner), account=owner)
    acts: tuple[tuple[str, dict[str, Any]], ...] = (
        ("ask", {"question": question}), ("check", {"text": question}), ("summary", {"articles": [article]})
    )  # fmt: skip
    for act, sent in world.rng.choices(acts, weights=(6, 1, 2), k=world.rng.choice((1, 2))):
        for _ in ACTS["composer"][act](page, session, sent) or ():
            pass
    kept, made = world.page.desk.conversations, world.library.accounts()[owner].made
    token = kept.share(session.reader, session.conversation, owner, made)
    found = read(world.page, account, token)
    return shared(found.account, found.exchanges) if found else ""


def leaks(world: World, pairs: int) -> list[str]:
    """Put `pairs` random questions of random accounts, and return what came back of foreign articles."""
    found = []
    with world.client() as client:
        for _ in range(pairs):
            account = world.rng.choice(list(world.foreign))
            question, article = world.question()
            door = world.rng.random()
            if door < 0.55:
                told = told_by_api(world, client, account, question, article)
            elif door < 0.7:
                told = told_by_link(world, account, question, article)
            else:
                told = told_by_page(world, account, question, article)
            low = told.lower()
            found += [f"{account} asked “{question}” and saw {w}" for w in world.foreign[account] if w in low]
    return found


def main(words: list[str]) -> int:
    """Run as many pairs as are wished for, and print what came of them."""
    pairs, on_servers = int(words[0]) if words else 10_000, words[1:] == ["servers"]
    servers = None
    if on_servers:
        from tests.servers import started

        servers = started()
    began = time.monotonic()
    with tempfile.TemporaryDirectory() as folder:
        world = World(Path(folder), servers.new_library() if servers else FOLDER, seed=int(began))
        try:
            found = leaks(world, pairs)
        finally:
            world.close()
            if servers:
                servers.stop()
    for one in found[:20]:
        print(one)
    print(f"{pairs:,} pairs, {len(found):,} foreign words seen, {time.monotonic() - began:.0f} s")
    return int(bool(found))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

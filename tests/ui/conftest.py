"""A stand-in for the assistant, and what the tests of the page share."""

from __future__ import annotations

import contextlib
import subprocess
import sys
import time
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import httpx
import pytest

from footnote.ingest.article import Article
from footnote.ingest.library.record import AccountRecord, CollectionRecord, VersionRecord
from footnote.rag.errors import QuestionError, UnknownArticle
from footnote.rag.settings import Settings
from footnote.rag.types import (
    Answer,
    Citation,
    CitedSentence,
    Filters,
    Passage,
    Refusal,
    Reply,
    Searched,
    Summary,
    Support,
    Turn,
    Verdict,
)

if TYPE_CHECKING:
    import threading
    from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
    from contextlib import AbstractContextManager

    from playwright.sync_api import Browser, BrowserContext, Page

    from footnote.rag.answer.answerer import OnProgress

NO_FILTERS = Filters()


@dataclass(frozen=True)
class FakeRecord:
    article_id: str
    title: str
    paragraphs: int
    date: str = ""
    url: str = ""
    sources: tuple[str, ...] = ("fake.txt",)
    author: str = ""
    language: str = "en"
    version: int = 1
    added: str = "2026-01-01T00:00:00Z"
    collections: tuple[str, ...] = ()
    tags: tuple[str, ...] = ()

    @property
    def source(self) -> str:
        return self.sources[0]


@dataclass(frozen=True)
class FakeParagraph:
    article_id: str
    number: int
    section: str
    text: str
    title: str
    source: str
    date: str
    page: int = 0
    time: str = ""
    scan: tuple = ()


class FakeLibrary:
    """Articles in a dictionary, each `(record, paragraphs)`."""

    read_only = True
    home = Path("fake")

    def __init__(self, *articles: tuple[FakeRecord, Sequence[str]]) -> None:
        self.held = {record.article_id: (record, tuple(texts)) for record, texts in articles}

    def articles(self) -> list[FakeRecord]:
        return sorted((record for record, _ in self.held.values()), key=lambda r: r.title)

    def accounts(self) -> dict[str, AccountRecord]:
        return {}

    def note(self, account: str, act: str, what: str = "") -> None:
        """There is nobody to tell of."""

    def collections(self) -> list[CollectionRecord]:
        held = [name for record, _ in self.held.values() for name in record.collections]
        return [CollectionRecord(name, held.count(name)) for name in sorted(set(held))]

    def article(self, article_id: str) -> FakeRecord:
        if article_id not in self.held:
            raise UnknownArticle(f"No article goes by “{article_id}”.")
        return self.held[article_id][0]

    def paragraphs_left(self, article_id: str) -> list[FakeParagraph]:
        return self.paragraphs(article_id) if article_id in self.held else []

    def paragraphs(self, article_id: str) -> list[FakeParagraph]:
        record, texts = self.held[article_id]
        return [
            FakeParagraph(article_id, n, "A section", text, record.title, record.source, record.date)
            for n, text in enumerate(texts, start=1)
        ]

    def versions(self, article_id: str) -> list[VersionRecord]:
        """Every article whose title begins with “A lighthouse” was read once before."""
        record, texts = self.held[article_id]
        if not record.title.startswith("A lighthouse"):
            return []
        before = (("", texts[0].replace("1987", "1986")), *(("", t) for t in texts[1:]))
        return [VersionRecord(record.source, "old", 1, "The lighthouse", record.date, "2025-01-01", before)]

    def original(self, article_id: str) -> bytes:
        return b""

    def fetch(self, keys: Collection[tuple[str, int]]) -> dict[tuple[str, int], FakeParagraph]:
        known = {(p.article_id, p.number): p for a in self.held for p in self.paragraphs(a)}
        return {key: known[key] for key in keys if key in known}

    def remove(self, article_id: str) -> None:
        self.article(article_id)
        del self.held[article_id]


@dataclass
class FakeAssistant:
    """Answers with the first sentence that shares a long word with the question; else refuses.

    `hold`, when set, makes `stream` wait after its first reply until it is set to go on; `fail` is
    raised instead of a reply.
    """

    library: FakeLibrary
    settings: Settings = field(default_factory=lambda: Settings(home=Path("fake")))
    fail: Exception | None = None
    hold: threading.Event | None = None
    asked: list[tuple[str, Filters, tuple[Turn, ...]]] = field(default_factory=list)
    closed: bool = False
    pace: float = 0.0
    answerer: None = None

    def seen_by(self, account: str) -> FakeAssistant:
        return self

    def warm(self) -> None:
        pass

    def close(self) -> None:
        self.closed = True

    def ask(self, question: str, *, filters: Filters = NO_FILTERS, history: Sequence[Turn] = ()) -> Reply:
        self.asked.append((question, filters, tuple(history)))
        if self.fail:
            raise self.fail
        if len(question) > self.settings.max_question:
            raise QuestionError(f"The question is longer than {self.settings.max_question} characters.")
        words = {w.strip("?.,").lower() for w in question.split() if len(w) > 4}
        ids = filters.articles or tuple(self.library.held)
        all_of = [p for a in ids for p in self.library.paragraphs(a)]
        for p in all_of:
            start = 0
            for sentence in p.text.split(". "):
                end = start + len(sentence)
                if words & {w.strip("?.,").lower() for w in sentence.split()}:
                    return self._answer(question, p, start, end)
                start = end + 2
        closest = tuple(cite(n, p, 0, min(20, len(p.text))) for n, p in enumerate(all_of[:3], start=1))
        return Refusal(question, question, "The articles do not say.", closest, "fake")

    def _answer(self, question: str, p: FakeParagraph, start: int, end: int) -> Answer:
        citation = cite(1, p, start, end)
        support = Support(Verdict.SUPPORTED, 0.9, "It is quoted.")
        if "doubt" in question:
            support = Support(Verdict.UNSUPPORTED, 0.1, "“Sundays” does not appear in the cited paragraph.")
        return Answer(
            question, question, (CitedSentence(citation.quote, (1,), support),), (citation,), "fake"
        )

    def stream(
        self, question: str, *, filters: Filters = NO_FILTERS, history: Sequence[Turn] = ()
    ) -> Iterator[Reply]:
        reply = self.ask(question, filters=filters, history=history)
        if self.pace and isinstance(reply, Answer):
            yield from self._slowly(reply)
        elif isinstance(reply, Answer):
            yield replace(reply, complete=False)
            if self.hold:
                self.hold.wait(30)
        yield reply

    def _slowly(self, reply: Answer) -> Iterator[Reply]:
        """Grow an answer by a sentence at a time, eight times over, as a model does."""
        for count in range(1, 9):
            yield replace(reply, sentences=reply.sentences * count, complete=False)
            time.sleep(self.pace if "slowly" in reply.question else self.pace / 20)

    def articles_with(self, words: str) -> frozenset[str]:
        wanted = set(words.lower().split())
        every = [p for a in self.library.held for p in self.library.paragraphs(a)]
        return frozenset(
            p.article_id for p in every if wanted <= {w.strip("?.,") for w in p.text.lower().split()}
        )

    def search(self, query: str, *, k: int = 10, filters: Filters = NO_FILTERS) -> Searched:
        found = [
            Passage(p.article_id, p.title, p.source, p.date, p.number, p.section, p.text, 1.0)
            for a in self.library.held
            for p in self.library.paragraphs(a)
        ]
        return Searched(found[:k])

    def check(self, sentence: str, evidence: Sequence[str]) -> Support:
        """Judge by whether the sentence stands in the evidence word for word."""
        if any(sentence in text for text in evidence):
            return Support(Verdict.SUPPORTED, 1.0, "It stands there.")
        return Support(Verdict.UNSUPPORTED, 0.3, "It stands nowhere.")

    def summarise(
        self, articles: Sequence[str], *, words: int | None = None, progress: OnProgress | None = None
    ) -> Summary:
        """Give the first paragraph of each article, in a number of sentences that shows the length."""
        if self.fail:
            raise self.fail
        for done in range(3 if self.pace and progress else 0):
            time.sleep(self.pace)
            progress(done + 1, 3)
        first = [self.library.paragraphs(a)[0] for a in articles]
        return _summary(tuple(articles), first, words)

    def summarise_text(
        self, text: str, *, title: str = "", words: int | None = None, progress: OnProgress | None = None
    ) -> Summary:
        paragraph = FakeParagraph("pasted", 1, "", text, title or "A pasted text", "pasted text", "")
        return _summary((), [paragraph], words)


def _summary(ids: tuple[str, ...], paragraphs: Sequence[FakeParagraph], words: int | None) -> Summary:
    support = Support(Verdict.SUPPORTED, 1.0, "It is quoted.")
    citations = tuple(cite(n, p, 0, len(p.text)) for n, p in enumerate(paragraphs, start=1))
    sentences = tuple(CitedSentence(c.quote, (c.number,), support) for c in citations)
    return Summary(
        ids, paragraphs[0].title, sentences * (3 if words and words > 100 else 1), citations, "fake"
    )


def cite(number: int, p: FakeParagraph, start: int, end: int) -> Citation:
    return Citation(number, p.article_id, p.title, p.source, p.number, p.text, start, end)


def a_library() -> FakeLibrary:
    return FakeLibrary(
        (
            FakeRecord("aaaa", "The bakery on the quay", 3, "2026-05-31", "https://example.org/bakery"),
            (
                "The bakery opens at five. Nobody minds the dark.",
                "Rye bread is baked on Tuesdays. The oven holds ninety loaves at once. It is never cold.",
                "On Sundays the baker sleeps.",
            ),
        ),
        (
            FakeRecord("bbbb", "A lighthouse without a keeper", 2, "2025-11", ""),
            ("The lighthouse was automated in 1987.", "Its lamp is seen for nineteen miles."),
        ),
    )


@pytest.fixture
def assistant() -> FakeAssistant:
    return FakeAssistant(a_library())


@pytest.fixture
def make_store() -> Callable[[FakeLibrary], Callable]:
    """A way to put articles into a fake library, as `footnote.ingest.pipeline.ingest` does into a real one."""

    def make(library: FakeLibrary):
        def store(articles: Iterable) -> Iterator:
            from footnote.ingest.pipeline import Outcome

            for found in articles:
                if not isinstance(found, Article):
                    yield Outcome(found.source, "rejected", reason=found.reason)
                    continue
                texts = [found.paragraph_text(p.number) for p in found.paragraphs]
                status = "unchanged" if found.id in library.held else "added"
                record = FakeRecord(found.id, found.title, len(texts), sources=(found.source,))
                library.held[found.id] = (record, tuple(texts))
                yield Outcome(found.source, status, found.id, found.title, len(texts))

        return store

    return make


PROGRAM = """
import sys
from pathlib import Path
sys.path.insert(0, sys.argv[1])
import conftest
from footnote.rag.settings import Settings
from footnote.ui.web import guard, server
if sys.argv[3:] == ["any-host"]:
    guard.Entrance.of = classmethod(lambda kind, settings: kind())
    server.MAX_UPLOAD = "20kb"
assistant = conftest.FakeAssistant(conftest.a_library())
if "many" in sys.argv[3:]:
    for n in range(250):
        date = f"{2020 + n % 5}-01-01" if n % 10 else ""
        record = conftest.FakeRecord(f"m{n:03}", f"Minutes of meeting {n:03}", 1, date)
        assistant.library.held[record.article_id] = (record, (f"Meeting {n} was short.",))
if "slow" in sys.argv[3:]:
    assistant.pace = 0.5
if "kept" in sys.argv[3:]:
    assistant.library.home = Path(sys.argv[2])  # conversations outlast the server
given = {"password": "honey & salt"} if "password" in sys.argv[3:] else {}
if "path" in sys.argv[3:]:
    given |= {"root_path": "/notes", "open_to_all": True}
port = next((int(o[5:]) for o in sys.argv[3:] if o.startswith("port=")), 0)
server.serve(Settings(home=Path(sys.argv[2]), port=port, **given), assistant=assistant)
print("closed" if assistant.closed else "open")
"""


# A reverse proxy that shows a server under /notes and nothing else, as nginx does with a trailing slash.
PROXY = """
import sys
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
import httpx

class Proxy(BaseHTTPRequestHandler):
    def forward(self):
        if not self.path.startswith("/notes/"):
            return self.send_error(404)
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        given = {k: v for k, v in self.headers.items() if k.lower() not in ("connection", "accept-encoding")}
        given |= {"X-Forwarded-Host": self.headers["Host"], "X-Forwarded-Proto": "http"}
        with httpx.stream(self.command, sys.argv[1] + self.path[6:], headers=given, content=body, timeout=60) as got:
            self.send_response(got.status_code)
            for name, value in got.headers.multi_items():
                if name not in ("content-length", "transfer-encoding", "connection"):
                    self.send_header(name, value)
            self.send_header("Connection", "close")
            self.end_headers()
            for part in got.iter_raw():
                self.wfile.write(part)
                self.wfile.flush()
    do_GET = do_POST = do_HEAD = forward
    def log_message(self, *_):
        pass

server = ThreadingHTTPServer(("127.0.0.1", 0), Proxy)
print(f"Footnote is at http://127.0.0.1:{server.server_port}", flush=True)
server.serve_forever()
"""


@contextlib.contextmanager
def running(program: str, *arguments: str) -> Iterator[tuple[subprocess.Popen, str]]:
    """Run a program that serves; yield it with its address, as its first line tells it.

    In a process of its own: Gradio leaves sockets and event loops behind, which the tests forbid.
    """
    command = [sys.executable, "-c", program, *arguments]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        try:
            first = process.stdout.readline()
            assert first.startswith("Footnote is at http://127.0.0.1:"), first or process.stderr.read()
            yield process, first.split()[-1]
        finally:
            process.kill()


@pytest.fixture(scope="session")
def run_fake_home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of the settings of `run_fake`, in which its keys are."""
    return tmp_path_factory.mktemp("fake")


@pytest.fixture(scope="session")
def run_fake(run_fake_home: Path) -> Callable[..., AbstractContextManager]:
    """A way to serve the page over the fake assistant; `any-host` answers to any name."""
    home = str(run_fake_home)
    return lambda *options: running(PROGRAM, str(Path(__file__).parent), home, *options)


@pytest.fixture(scope="session")
def run_proxy() -> Callable[[str], AbstractContextManager]:
    """A way to show a server under /notes of another address."""
    return lambda address: running(PROXY, address)


@pytest.fixture(scope="session")
def run_program() -> Callable[..., AbstractContextManager]:
    """A way to run another program that serves."""
    return running


@pytest.fixture(scope="session")
def client(run_fake) -> Iterator[httpx.Client]:
    """A client of the page over the fake assistant, which answers to any host name."""
    with run_fake("any-host") as (_, address), httpx.Client(base_url=address, timeout=30) as client:
        yield client


class Visit:
    """One open page, with every request it made and every complaint of the browser."""

    def __init__(self, context: BrowserContext, address: str) -> None:
        self.page: Page = context.new_page()
        self.requests: list[str] = []
        self.complaints: list[str] = []
        self.page.on("request", lambda request: self.requests.append(request.url))
        self.page.on("pageerror", lambda error: self.complaints.append(str(error)))
        self.page.on("console", lambda m: self.complaints.append(m.text) if m.type == "error" else None)
        self.page.goto(address)
        self.page.wait_for_selector(".opening")
        self.page.wait_for_selector('html[data-articles]:not([data-articles="0"])')

    def ask(self, question: str) -> None:
        before = self.page.locator(".turn").count()
        self.page.fill("#question", question)
        self.page.press("#question", "Enter")
        self.answered(before + 1)

    def answered(self, turns: int) -> None:
        """Wait until there are so many turns, of which none is shown twice, and the newest has its reply."""
        self.page.wait_for_function(
            """turns => new Set([...document.querySelectorAll(".turn")].map(turn => turn.id)).size === turns
                && document.querySelector('#now .conversation[data-state="idle"] .reply')""",
            arg=turns,
        )

    def abroad(self) -> list[str]:
        return [u for u in self.requests if not u.startswith(("http://127.0.0.1:", "data:", "blob:"))]


class Contexts:
    """Contexts of a browser, each used again with what it has cached and nothing that a reader left behind."""

    def __init__(self, browser: Browser) -> None:
        self.browser = browser
        self.idle: dict[str, list[BrowserContext]] = {}
        self.used: list[tuple[str, BrowserContext]] = []

    def take(self, **options: Any) -> BrowserContext:
        kind = repr(sorted(options.items()))
        found = self.idle.get(kind)
        context = found.pop() if found else self.browser.new_context(**options)
        context.set_default_timeout(30_000)
        self.used.append((kind, context))
        return context

    def give_back(self, address: str) -> None:
        for kind, context in self.used:
            sweeper = context.new_page()
            cleared = {"origin": address, "storageTypes": "all"}
            context.new_cdp_session(sweeper).send("Storage.clearDataForOrigin", cleared)
            for page in context.pages:
                page.close()
            self.idle.setdefault(kind, []).append(context)
        self.used.clear()


@pytest.fixture(scope="session")
def make_visit() -> type[Visit]:
    """A way to open the page in a browser's context."""
    return Visit


@pytest.fixture(scope="module")
def contexts(chromium: Browser) -> Contexts:
    return Contexts(chromium)


@pytest.fixture
def visit(contexts: Contexts, address: str) -> Iterator[Callable[..., Visit]]:
    """A way to open the page at the `address` of the module; every call is another reader."""

    def open_page(width: int = 1400, height: int = 900, **options: Any) -> Visit:
        return Visit(contexts.take(viewport={"width": width, "height": height}, **options), address)

    yield open_page
    contexts.give_back(address)

"""Any sequence of adding, changing, removing, reopening and reindexing agrees with a plain dict."""

from __future__ import annotations

import hashlib
import shutil
import tempfile
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING
from unittest import mock

import numpy as np
import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from footnote.ingest.article import Article, make_article
from footnote.ingest.encoder.encoded import encode_article
from footnote.ingest.library import index as index_module
from footnote.ingest.library.library import open_library, reindex
from footnote.ingest.library.stores import FOLDER, Stores

if TYPE_CHECKING:
    from collections.abc import Callable

DIMENSION = 24
CONTENTS = st.integers(0, 3)
SOURCES = st.sampled_from(["a.txt", "b.txt", "c.jsonl#1"])
TITLES = st.sampled_from(["Alpha", "Beta"])


class Encoder:
    """Gives each text a direction of its own, and each name of an encoder another one."""

    dimension, window = DIMENSION, 12

    def __init__(self, name: str) -> None:
        self.name = name

    def encode(self, texts):
        raw = [hashlib.blake2b((self.name + t).encode(), digest_size=DIMENSION).digest() for t in texts]
        rows = np.frombuffer(b"".join(raw), dtype=np.uint8).reshape(-1, DIMENSION).astype(np.float32) - 127.3
        return rows / np.linalg.norm(rows, axis=1, keepdims=True)

    def count(self, text: str) -> int:
        return len(text.split())


def article(content: int, title: str, source: str) -> Article:
    """Content n has n + 1 paragraphs, of which the last makes several chunks, and a word of its own."""
    texts = [("", f"Word{content} begins part {p}. Then it ends.") for p in range(content)]
    texts.append(("Last", f"Word{content} goes on for long. " * 4 + f"It ends as {content}."))
    return make_article(texts, title=title, source=source)


@dataclass
class Expected:
    """An article as the library should show it."""

    content: int
    title: str
    version: int
    said: dict[str, str] = field(default_factory=dict)  # source → the title it gave, oldest first


class LibraryMachine(RuleBasedStateMachine):
    new_stores: Callable[[], Stores] = staticmethod(lambda: FOLDER)

    def __init__(self) -> None:
        super().__init__()
        self.root = Path(tempfile.mkdtemp())
        self.homes = 0
        self.home = self.root / "0"
        self.encoder = Encoder("first")
        self.stores = self.new_stores()
        self._open()
        self.model: dict[int, Expected] = {}  # by content

    def teardown(self) -> None:
        self.library.close()
        shutil.rmtree(self.root)

    @initialize(open_at=st.sampled_from([1, 8, 500]), few=st.sampled_from([0, 2000]))
    def choose_limits(self, open_at: int, few: int) -> None:
        """Let Chroma open at once, soon, or only for a question."""
        index_module.OPEN_AT, index_module.FEW = open_at, few

    # ------------------------------------------------------------------------------ writing

    @rule(content=CONTENTS, title=TITLES, source=SOURCES)
    def store(self, content: int, title: str, source: str) -> None:
        encoded = encode_article(article(content, title, source), self.encoder)
        assert self.library.store(encoded) == self._expect(content, title, source)

    @rule(content=CONTENTS)
    def change_title(self, content: int) -> None:
        if content in self.model:
            there = self.model[content]
            self.store(content, {"Alpha": "Beta", "Beta": "Alpha"}[there.title], next(iter(there.said)))

    def _expect(self, content: int, title: str, source: str) -> str:
        """Change the model as storing must change the library, and return the status."""
        before = next((e for e in self.model.values() if source in e.said), None)
        there = self.model.get(content)
        if before is not None and before is there:
            return self._say_again(there, title, source)
        if there is None:
            version = 1 if before is None else before.version + 1
            self.model[content] = Expected(content, title, version, {source: title})
        else:
            there.said[source] = title
        if before is not None:
            self._leave(before, source)
            return "updated"
        return "added" if there is None else "duplicate"

    def _say_again(self, there: Expected, title: str, source: str) -> str:
        first = next(iter(there.said)) == source
        there.said[source] = title
        if not first or there.title == title:
            return "unchanged"
        there.title = title
        return "updated"

    def _leave(self, there: Expected, source: str) -> None:
        del there.said[source]
        if not there.said:
            del self.model[there.content]
        else:
            there.said = dict.fromkeys(there.said, "")  # each says it anew when it is next read

    @rule(content=CONTENTS)
    def remove(self, content: int) -> None:
        if self.model.pop(content, None) is not None:
            self.library.remove(article(content, "", "x").id)

    @rule(source=SOURCES)
    def remove_source(self, source: str) -> None:
        there = next((e for e in self.model.values() if source in e.said), None)
        if there is not None:
            self.library.remove_source(source)
            self._leave(there, source)

    @rule(
        content=CONTENTS, title=TITLES, source=SOURCES, step=st.sampled_from(["make_ready", "delete_article"])
    )
    def store_and_be_killed(self, content: int, title: str, source: str, step: str) -> None:
        """A new or changed article is finished at the next opening, whatever step it had come to."""
        encoded = encode_article(article(content, title, source), self.encoder)
        killed = mock.patch(f"footnote.ingest.library.record.{step}", side_effect=KeyboardInterrupt)
        try:
            with killed:
                self.library.store(encoded)
        except KeyboardInterrupt:
            pass
        self._open_what_a_kill_leaves()
        self._expect(content, title, source)

    # ------------------------------------------------------------------------------ opening

    @rule()
    def ask(self) -> None:
        if self.model:
            assert self.library.nearest(np.ones(DIMENSION), 3)

    @rule()
    def reopen(self) -> None:
        self.library.close()
        assert not (self.home / "dirty").exists()
        self._open()

    @rule()
    def be_killed(self) -> None:
        self._open_what_a_kill_leaves()

    @rule(rename=st.booleans())
    def reindex(self, rename: bool) -> None:
        self.library.close()
        if rename:
            self.encoder = Encoder({"first": "second", "second": "first"}[self.encoder.name])
        reindex(self.home, self.encoder, stores=self.stores)
        self._open()

    def _open(self) -> None:
        self.library = open_library(self.home, self.encoder.name, DIMENSION, stores=self.stores)

    def _open_what_a_kill_leaves(self) -> None:
        """Go on with a copy of the files as they are while the library is open, or with what servers have."""
        if self.stores.shared:
            left = self.library
            self._open()
            left._index.close()  # which writes nothing
            left._record.close()
            return
        self.homes += 1
        copy = self.root / str(self.homes)
        shutil.copytree(self.home, copy)
        self.library.close()
        shutil.rmtree(self.home)
        self.home = copy
        self._open()

    # ------------------------------------------------------------------------------ agreeing

    @invariant()
    def articles_agree(self) -> None:
        found = {a.article_id: (a.title, a.sources, a.version, a.paragraphs) for a in self.library.articles()}
        assert found == {
            article(e.content, "", "x").id: (e.title, tuple(e.said), e.version, e.content + 1)
            for e in self.model.values()
        }

    @invariant()
    def texts_words_and_sentences_agree(self) -> None:
        for e in self.model.values():
            given = article(e.content, e.title, "x")
            keys = [(given.id, n) for n in range(1, e.content + 2)]
            fetched = self.library.fetch(keys)
            assert [fetched[key].text for key in keys] == [given.paragraph_text(n) for _, n in keys]
            assert sorted(key for key, _ in self.library.match(f'"word{e.content}"', 99)) == keys
            sentences = self.library.sentence_vectors(keys)
            for key in keys:
                spans, vectors = sentences[key]
                exact = self.encoder.encode([given.paragraph_text(key[1])[s:t] for s, t in spans])
                assert np.allclose(vectors, exact, atol=2e-3)
        counts = {f"word{n}": self.model[n].content + 1 if n in self.model else 0 for n in range(4)}
        assert self.library.document_frequencies(counts) == counts
        everything = sum(e.content + 1 for e in self.model.values())
        titles = [sum(e.content + 1 for e in self.model.values() if e.title == t) for t in ("Alpha", "Beta")]
        assert self.library.paragraph_count() == everything
        assert [len(self.library.match(f'"{t}"', 99)) for t in ("alpha", "beta")] == titles

    @invariant()
    def every_stored_paragraph_is_nearest_to_itself(self) -> None:
        with open_library(
            self.home, self.encoder.name, DIMENSION, read_only=True, stores=self.stores
        ) as reader:
            for e in self.model.values():
                given = article(e.content, e.title, "x")
                for chunk in encode_article(given, self.encoder).cut.chunks:
                    query = self.encoder.encode([chunk.encoder_text])[0]
                    best = ((given.id, chunk.paragraph), pytest.approx(1.0, abs=1e-4))
                    assert reader.nearest(query, 1) == [best]
                    assert self.library.nearest(query, 1, [given.id]) == [best]

    @rule()
    def chroma_agrees(self) -> None:
        keys = {
            (article(e.content, "", "x").id, n) for e in self.model.values() for n in range(1, e.content + 2)
        }
        generations = sorted(p.name for p in self.home.glob("chroma.*"))
        self.library.catch_up()
        if generations:
            assert sorted(p.name for p in self.home.glob("chroma.*")) == generations, "a rebuild was needed"
        assert {key for key, _ in self.library.nearest(np.ones(DIMENSION), 99)} == keys
        for e in self.model.values():
            encoded = encode_article(article(e.content, e.title, "x"), self.encoder)
            for chunk, vector in zip(encoded.cut.chunks, encoded.chunk_vectors, strict=True):
                (key, score), *_ = self.library.nearest(vector, 1)
                assert key == (encoded.cut.article.id, chunk.paragraph)
                assert score == pytest.approx(1.0, abs=1e-4)

    @invariant()
    def chroma_holds_just_the_chunks_of_the_record(self) -> None:
        if self.stores.shared or self.library._index._chroma is not None:
            self.library.catch_up()  # the last few chunks wait for a question, or for more
            articles = [article(e.content, e.title, "x") for e in self.model.values()]
            chunks = sum(len(encode_article(a, self.encoder).cut.chunks) for a in articles)
            parts = self.library.parts()
            assert (sum(p.held for p in parts) if parts else self.library._index._chroma.count()) == chunks


LibraryMachine.TestCase.settings = settings(
    max_examples=20,
    stateful_step_count=25,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much],
)


class TestLibraryMachine(LibraryMachine.TestCase):
    @pytest.fixture(autouse=True)
    def _limits_come_back(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(index_module, "OPEN_AT", index_module.OPEN_AT)
        monkeypatch.setattr(index_module, "FEW", index_module.FEW)


class ServerMachine(LibraryMachine):
    """The same on PostgreSQL and Chroma servers."""


ServerMachine.TestCase.settings = settings(
    LibraryMachine.TestCase.settings, max_examples=5, stateful_step_count=15
)


class TestServerMachine(ServerMachine.TestCase):
    @pytest.fixture(autouse=True)
    def _on_servers(self, servers, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(ServerMachine, "new_stores", staticmethod(servers.new_library))
        monkeypatch.setattr(index_module, "OPEN_AT", index_module.OPEN_AT)
        monkeypatch.setattr(index_module, "FEW", index_module.FEW)

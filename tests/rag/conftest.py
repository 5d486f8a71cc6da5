"""What the tests with a language model share: a small library, and an assistant on a server of ours."""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pytest

from footnote import Assistant, Settings
from footnote.ingest.library.library import open_library
from footnote.ingest.pipeline import ingest
from footnote.ingest.sources import read_sources
from footnote.ingest.text.words import content_words, stem, stems
from footnote.rag.model.generative import writer
from footnote.rag.types import Support, Verdict
from tests.conftest import HashingEncoder
from tests.misbehaving_server import Behaviour, ModelServer

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from pathlib import Path

BRIDGE = """Harbour bridge closes for repairs

The city closed its old harbour bridge on Monday after engineers found deep cracks in the steel. Mayor Ada Venn said that the work would last until the end of August.

Ferries run every ten minutes while the bridge is closed. The ferry company has hired twelve more sailors for the summer.

The repairs cost two million euros, and the region pays half of it. Shop owners near the bridge fear for their trade.
"""
QUESTION = "When was the harbour bridge closed, and do ferries run?"
KEY = "sk-test-0123456789-secret"


def by_words(sentence: str, evidence: Sequence[str]) -> Support:
    """A checker of a few lines, so that these tests ask about the writer and not about the checker.

    The share of content words that the evidence holds; a number or a name that it lacks is fatal.
    """
    text = " ".join(evidence)
    if sentence in text:
        return Support(Verdict.SUPPORTED, 1.0, "Word for word.")
    known = set(stems(text))
    content = content_words(sentence)
    missing = [w for w in content if stem(w) not in known]
    score = 1 - len(missing) / (len(content) or 1)
    if score < 0.5 or any(w[0].isdigit() or w[0].isupper() for w in missing if not sentence.startswith(w)):
        return Support(Verdict.UNSUPPORTED, min(score, 0.4), "Not there.")
    return Support(Verdict.SUPPORTED if score >= 0.85 else Verdict.PARTIAL, score, "There in part.")


@pytest.fixture(scope="session")
def bridge_home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A library with one article of three paragraphs."""
    home = tmp_path_factory.mktemp("bridge")
    (home / "articles").mkdir()
    (home / "articles" / "bridge.txt").write_text(BRIDGE)
    encoder = HashingEncoder()
    with open_library(home / "library", encoder.name, encoder.dimension) as library:
        for _ in ingest(read_sources([str(home / "articles")]), library, encoder):
            pass
    return home / "library"


@dataclass
class Asking:
    """An assistant whose model is a server of ours."""

    assistant: Assistant
    server: ModelServer

    def ask(self, question: str = QUESTION, **given: Any) -> Any:
        return self.assistant.ask(question, **given)


@pytest.fixture
def asking(bridge_home: Path) -> Callable[..., Any]:
    """Return `asking(behaviour, **settings)`, a context with an assistant and its server.

    A test of a limit shortens it; the others must hold on a busy machine.
    """

    @contextmanager
    def context(behaviour: Behaviour, home: Path | None = None, **given: Any) -> Iterator[Asking]:
        limits = {"model_connect": 5.0, "model_first": 20.0, "model_pause": 20.0, "model_deadline": 40.0}
        with ModelServer(behaviour) as server:
            values = {"model": "openai:test", "base_url": server.url, "api_key": KEY, **limits, **given}
            settings = Settings(
                home=home or bridge_home, relevance_threshold=0.0, answer_threshold=0.0, **values
            )
            encoder = HashingEncoder()
            library = open_library(settings.home, encoder.name, encoder.dimension, read_only=True)
            model = writer(settings, by_words)
            with Assistant(settings, library, encoder, by_words, model, model) as assistant:
                yield Asking(assistant, server)

    return context

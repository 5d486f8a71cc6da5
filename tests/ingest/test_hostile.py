"""Every hostile file ends as it must: in time, in little memory, and a rejected one leaves nothing."""

from __future__ import annotations

import contextlib
import re
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from footnote.ingest import sandbox
from footnote.ingest.library.library import Library, open_library
from footnote.ingest.pipeline import Outcome, ingest
from footnote.ingest.sources import read_sources
from tests.conftest import HashingEncoder
from tests.hostile_files import CASES, Case

if TYPE_CHECKING:
    from collections.abc import Iterator

MOST_SECONDS = 90.0
MOST_MEMORY = 1_000_000_000  # bytes that the process itself, or a child, may come to hold
LINES = {case.name: case for case in CASES}


@dataclass(frozen=True, slots=True)
class Ran:
    """What became of one file, and how long it took."""

    outcomes: tuple[Outcome, ...]
    seconds: float


@pytest.fixture(scope="module")
def library(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Library]:
    home = tmp_path_factory.mktemp("hostile") / "library"
    with open_library(home, HashingEncoder.name, HashingEncoder.dimension) as library:
        yield library


@pytest.fixture(scope="module")
def peaks() -> Iterator[list[int]]:
    """The most bytes that each child ever held, as it was whenever one spoke or was ended.

    What Linux tells of children in `getrusage` counts what the process that started them held: beside tests
    that have loaded models every child would look too large.
    """
    found = [0]

    def seen(child: sandbox._Child) -> None:
        with contextlib.suppress(OSError):
            if held := re.search(r"VmHWM:\s+(\d+)", Path(f"/proc/{child.pid}/status").read_text("ascii")):
                found.append(int(held[1]) * 1024)

    def received(child: sandbox._Child, seconds: float) -> object:
        part = receive(child, seconds)
        seen(child)
        return part

    def ended(child: sandbox._Child) -> None:
        seen(child)
        end(child)

    receive, end = sandbox._Child.receive, sandbox._Child.end
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(sandbox._Child, "receive", received)
        patch.setattr(sandbox._Child, "end", ended)
        yield found


@pytest.fixture(scope="module")
def ran(
    tmp_path_factory: pytest.TempPathFactory, library: Library, peaks: list[int]
) -> Iterator[dict[str, Ran]]:
    """Give up on a file earlier than a user's computer does, so that the tests do not take as long."""
    folder = tmp_path_factory.mktemp("files")
    original, sandbox.SHARED = sandbox.SHARED, sandbox.Pool(seconds=5.0)
    try:
        yield {case.name: _run(case, folder, library) for case in CASES}
    finally:
        sandbox.SHARED.close()
        sandbox.SHARED = original


def _run(case: Case, folder: Path, library: Library) -> Ran:
    path = folder / case.name
    path.write_bytes(case.make())
    start = time.monotonic()
    steps = ingest(read_sources([str(path)]), library, HashingEncoder())
    outcomes = tuple(step for step in steps if isinstance(step, Outcome))
    found = Ran(outcomes, time.monotonic() - start)
    path.unlink()
    return found


def test_there_are_many_cases_and_each_has_a_name_of_its_own() -> None:
    assert len(LINES) == len(CASES) >= 80


@pytest.mark.parametrize("name", sorted(LINES))
@pytest.mark.timeout(400)
def test_it_ends_as_it_must(ran: dict[str, Ran], name: str) -> None:
    case, found = LINES[name], ran[name]
    statuses = {outcome.status for outcome in found.outcomes}
    warnings = [warning for outcome in found.outcomes for warning in outcome.warnings]
    said = " ".join([*warnings, *(outcome.reason for outcome in found.outcomes)])
    wanted = {"rejected": {"rejected"}}.get(case.ends, {"added", "duplicate"})
    assert statuses
    assert statuses <= wanted, said
    assert bool(warnings) == (case.ends == "warned"), said
    assert case.says.lower() in said.lower()
    assert found.seconds < MOST_SECONDS


@pytest.mark.parametrize("name", sorted(n for n, case in LINES.items() if case.ends == "rejected"))
def test_the_reason_names_the_file_in_a_line(ran: dict[str, Ran], name: str) -> None:
    for outcome in ran[name].outcomes:
        assert name in outcome.reason
        assert "\n" not in outcome.reason
        assert len(outcome.reason) < 600
        assert outcome.reason.endswith((".", "!"))


def test_only_what_was_added_is_in_the_library(ran: dict[str, Ran], library: Library) -> None:
    added = {o.article_id for r in ran.values() for o in r.outcomes if o.status != "rejected"}
    with library._record.reading() as db:
        count = {
            table: db.execute(f"SELECT count(DISTINCT article) FROM {table}").fetchone()[0]
            for table in ("paragraphs", "chunks", "sources")
        }
        stored = {row[0] for row in db.execute("SELECT article_id FROM articles").fetchall()}
        words = db.execute("SELECT count(*) FROM words").fetchone()[0]
        paragraphs = db.execute("SELECT count(*) FROM paragraphs").fetchone()[0]
    assert stored == added
    assert words == paragraphs
    assert set(count.values()) == {len(added)}
    rejected = {n for n, r in ran.items() if {o.status for o in r.outcomes} == {"rejected"}}
    sources = " ".join(library.sources())
    assert not [name for name in rejected if f"/{name}" in sources]


def test_no_text_holds_what_cannot_be_seen(ran: dict[str, Ran], library: Library) -> None:
    from footnote.ingest.readers.document import INVISIBLE

    for article in library.articles():
        assert not INVISIBLE.search(article.title)
        for paragraph in library.paragraphs(article.article_id):
            assert not INVISIBLE.search(paragraph.text), article.source


@pytest.mark.skipif(sys.platform == "win32", reason="the system does not say")
def test_little_memory_was_taken(ran: dict[str, Ran], peaks: list[int]) -> None:
    if sys.platform == "linux":
        assert 0 < max(peaks) < MOST_MEMORY
        return
    import resource

    unit = 1 if sys.platform == "darwin" else 1024
    assert resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss * unit < MOST_MEMORY


@pytest.mark.parametrize(
    "name",
    [
        "hidden.html",
        "hidden.docx",
        "external-entity.xhtml",
        "hidden-by-rule.html",
        "hidden-by-escape.html",
        "transparent.html",
        "clipped.html",
        "linked.zip",
    ],
)
def test_hidden_and_foreign_text_is_not_read(ran: dict[str, Ran], library: Library, name: str) -> None:
    (outcome,) = ran[name].outcomes
    text = " ".join(p.text for p in library.paragraphs(outcome.article_id))
    assert "lock at Marram" in text
    assert not any(word in text for word in ("Ignore all", "all is well", "root:"))

"""Jobs in PostgreSQL, those who ask for them and those who do them."""

from __future__ import annotations

import io
import json
import threading
from dataclasses import replace
from typing import TYPE_CHECKING

import psycopg
import pytest

from footnote.ingest.article import Rejected, make_article
from footnote.ingest.errors import EncoderMismatch, LibraryError
from footnote.ingest.jobs import items, worker
from footnote.ingest.jobs.items import MOST_BYTES, MOST_ITEMS, Job, jobs_of, read_items
from footnote.ingest.jobs.queue import RESULT, Queue
from footnote.ingest.jobs.worker import Worker
from footnote.ingest.jobs.writer import QueuedWriter
from footnote.ingest.library.library import AccountChange, Arrangement, open_library
from footnote.ingest.library.seen import seen_by
from footnote.ingest.pipeline import Outcome, Progress, ingest
from footnote.ingest.sources import Link, Raw, take_sources

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from footnote.ingest.library.stores import Stores


def text(name: str, words: str = "The crane lifts ten tons of steel.") -> Raw:
    return Raw(f"{words} It is called {name}.".encode(), f"{name}.txt", f"/{name}.txt", "")


@pytest.fixture
def stores(servers) -> Stores:
    return servers.new_library()


@pytest.fixture
def queue(stores) -> Iterator[Queue]:
    with Queue(stores.record) as queue:
        yield queue


@pytest.fixture
def work(stores, tmp_path: Path, fake_encoder):
    """Do all that is in line, in this process."""

    def run() -> list[Outcome]:
        told: list[Outcome] = []
        Worker(tmp_path, stores, fake_encoder, after=lambda _job, one: told.append(one)).run(once=True)
        return told

    return run


@pytest.fixture
def asking(stores, queue, tmp_path: Path, fake_encoder, work):
    """Ask for something in a thread, as another process would, work, and return what was told."""

    def ask(act) -> list[Outcome | Progress]:
        told: list[Outcome | Progress] = []
        failed: list[BaseException] = []

        def follow(writer: QueuedWriter) -> None:
            try:
                told.extend(act(writer))
            except LibraryError as error:
                failed.append(error)

        with open_library(tmp_path, fake_encoder.name, fake_encoder.dimension, stores=stores) as library:
            before = len(queue.all())
            thread = threading.Thread(target=follow, args=(QueuedWriter(library, queue),))
            thread.start()
            while thread.is_alive():
                if len(queue.all()) > before:
                    work()
                thread.join(0.1)
        if failed:
            raise failed[0]
        return told

    return ask


def outcomes(told: list[Outcome | Progress]) -> dict[str, str]:
    return {one.source: one.status for one in told if isinstance(one, Outcome)}


def test_small_files_share_a_job_and_a_link_has_one_of_its_own() -> None:
    given = [text(f"a{n}") for n in range(MOST_ITEMS + 1)]
    link = Link("https://example.org/feed", "")
    found = list(jobs_of([*given, link, Rejected("x.bin", "It is none.")], since="2026-01-01", limit=3))
    jobs = [one for one in found if isinstance(one, Job)]
    assert sorted(len(job.sources) for job in jobs) == [1, 1, MOST_ITEMS]
    assert [o for o in found if isinstance(o, Outcome)] == [
        Outcome("x.bin", "rejected", reason="It is none.")
    ]
    (linked,) = [job.told for job in jobs if job.sources == ["https://example.org/feed"]]
    assert (linked["since"], linked["limit"]) == ("2026-01-01", 3)
    large = [Raw(b"x" * MOST_BYTES, f"{n}.txt", f"/{n}.txt", "") for n in range(3)]
    assert [len(job.sources) for job in jobs_of(large) if isinstance(job, Job)] == [1, 1, 1]


def test_a_job_holds_what_a_worker_elsewhere_needs(tmp_path: Path) -> None:
    """Not a path: the files are gone by the time when it is done."""
    (tmp_path / "one.md").write_text("# One\n\nThe bridge closes on Monday.")
    (tmp_path / "rows.jsonl").write_text(json.dumps({"id": "r1", "text": "A row of a corpus."}) + "\n")
    taken = take_sources([str(tmp_path), "-"], stdin=io.BytesIO(b"From standard input."), title="Piped")
    jobs = [job for job in jobs_of(taken) if isinstance(job, Job)]
    for path in tmp_path.iterdir():
        path.unlink()
    sent = [Job(json.loads(json.dumps(job.told)), job.files) for job in jobs]
    read = [article for job in sent for article in read_items(job, lambda _: None)]
    assert [(a.title, a.source.rpartition("/")[2]) for a in read] == [
        ("One", "one.md"), ("R1", "rows.jsonl#r1"), ("Piped", "stdin"),
    ]  # fmt: skip


def test_what_was_handed_over_and_is_no_article_is_rejected() -> None:
    told = {"do": items.ADD, "items": [{"kind": "article", "source": "a.txt"}] * 2}
    read = list(read_items(Job(told, (b"{", b'{"article": {}}')), lambda _: None))
    assert all(isinstance(one, Rejected) and "no article" in one.reason for one in read)


def test_workers_add_what_is_in_line_and_whoever_asked_is_told(
    asking, stores, tmp_path, fake_encoder
) -> None:
    given = [text(f"a{n}") for n in range(20)]
    given.append(Raw(b"%PDF-1.4 nothing", "bad.pdf", "/bad.pdf", ""))
    told = asking(lambda writer: writer.ingest_sources(iter(given), chapters=False))
    found = outcomes(told)
    assert found.pop("/bad.pdf") == "rejected"
    assert found == {f"/a{n}.txt": "added" for n in range(20)}
    last = [one for one in told if isinstance(one, Progress)][-1]
    assert (last.done, last.paragraphs) == (21, 20)
    with open_library(tmp_path, fake_encoder.name, fake_encoder.dimension, stores=stores) as library:
        assert len(library.articles()) == 20
    again = asking(lambda writer: writer.ingest_sources(iter(given[:3]), chapters=False))
    assert outcomes(again) == {f"/a{n}.txt": "unchanged" for n in range(3)}


def test_articles_that_were_read_already_are_encoded_and_stored_by_workers(asking, queue) -> None:
    article = make_article([("", "The mill turns again.")], title="Mill", source="/mill.txt")
    told = asking(lambda writer: writer.ingest(iter([article, Rejected("/no.txt", "It is empty.")])))
    assert outcomes(told) == {"/mill.txt": "added", "/no.txt": "rejected"}
    with queue._record.reading() as db:
        assert db.execute("SELECT count(*) FROM job_files").fetchone() == (0,)


def test_workers_put_articles_where_they_were_to_be_filed(asking, stores, tmp_path, fake_encoder) -> None:
    filed = {"collections": ("Harbour",), "tags": ("steel",)}
    assert outcomes(asking(lambda w: w.ingest_sources([text("a")], chapters=False, filed=filed)))
    read = replace(make_article([("", "A crane was sold.")], title="Sale", source="s"), tags=("sold",))
    assert outcomes(asking(lambda w: w.ingest([read]))) == {"s": "added"}
    with open_library(tmp_path, fake_encoder.name, fake_encoder.dimension, stores=stores) as library:
        found = {one.source: (one.collections, one.tags) for one in library.articles()}
    assert found == {"/a.txt": (("Harbour",), ("steel",)), "s": ((), ("sold",))}


def test_names_may_hold_what_postgresql_does_not(asking, queue) -> None:
    """Bytes that are no characters in the name of a file, a NUL in that of a row."""
    given = [replace(text("a"), source="/caf\udce9.txt", name="caf\udce9.txt", title="A \x00 title")]
    told = asking(lambda writer: writer.ingest_sources(iter(given), chapters=False))
    assert outcomes(told) == {"/caf\udce9.txt": "added"}
    assert queue.all()[0].sources == ("/caf\udce9.txt",)
    row = make_article([("", "The mill turns again.")], title="Mill \x00 \ud800", source="/r.jsonl#a\x00b")
    assert set(outcomes(asking(lambda writer: writer.ingest(iter([row])))).values()) == {"added"}


def test_a_postgresql_that_is_away_is_told_in_a_sentence(servers, queue) -> None:
    servers.postgres.kill()
    try:
        with pytest.raises(LibraryError, match="could not be reached"):
            queue.put(next(iter(jobs_of([text("a")]))))
    finally:
        servers.postgres.start()
    assert queue.put(next(iter(jobs_of([text("a")]))))


def test_workers_do_for_an_account_what_the_account_may_do(
    queue, work, stores, tmp_path, fake_encoder
) -> None:
    with open_library(tmp_path, fake_encoder.name, fake_encoder.dimension, stores=stores) as library:
        hidden = make_article([("", "The vault is under the mill.")], title="Vault", source="/vault.txt")
        list(
            ingest(
                [
                    replace(hidden, collections=("Secret",)),
                ],
                library,
                fake_encoder,
            )
        )
        library.arrange(Arrangement("create", "Open"))
        library.arrange(Arrangement("let", "Open", to="everyone"))
        library.change_account(AccountChange("add", "root", "admin"))
        library.change_account(AccountChange("add", "eve", "editor"))
        library.change_account(AccountChange("add", "ben", "reader"))
        fine = make_article([("", "The mill turns.")], title="Mill", source="/mill.txt")
        over = make_article([("", "Other words.")], title="Vault", source="/vault.txt")
        stolen = replace(hidden, source="/mine.txt")
        for account, article, filed, status in (
            ("eve", fine, "Open", "added"),
            ("eve", replace(fine, source="/b.txt", title="B"), "Secret", "rejected"),
            ("eve", over, "Open", "rejected"),
            ("eve", stolen, "Open", "rejected"),
            ("ben", replace(over, source="/c.txt"), "Open", "rejected"),
        ):
            seen = seen_by(library, account)
            told: list[Outcome | Progress] = []
            asked = replace(article, collections=(filed,))
            thread = threading.Thread(
                target=lambda: told.extend(QueuedWriter(seen, queue).ingest([asked]))  # noqa: B023
            )
            thread.start()
            while thread.is_alive():
                work()
                thread.join(0.1)
            assert outcomes(told) == {asked.source: status}
        assert {a.source for a in library.articles()} == {"/vault.txt", "/mill.txt"}
        assert library.find_by_source("/vault.txt").title == "Vault"
        assert library.find_by_source("/vault.txt").collections == ("Secret",)


def test_links_and_feeds_are_refreshed_and_the_index_made_anew(asking, monkeypatch, queue) -> None:
    monkeypatch.setattr(
        worker, "refresh", lambda _writer, _fetcher: iter([Outcome("https://x/", "unchanged")])
    )
    assert outcomes(asking(lambda writer: writer.refresh())) == {"https://x/": "unchanged"}
    asking(lambda writer: writer.ingest_sources(iter([text("a")]), chapters=False))
    asking(lambda writer: writer.reindex())
    assert [job.do for job in queue.all()] == ["reindex", "add", "refresh"]
    assert queue.counts() == {"failed": 0, "running": 0, "waiting": 0, "done": 3}


def test_a_queue_that_was_made_before_gets_the_tables_that_came_since(stores, queue) -> None:
    number = queue.put(next(iter(jobs_of([text("a")]))))
    with psycopg.connect(stores.record, autocommit=True) as db:
        db.execute("DROP TABLE job_parts")
        db.execute("DELETE FROM job_schema WHERE step = 'footnote_01_parts'")
    with Queue(stores.record) as again:
        again.keep(number, "a", b"part")
        assert again.parts(number) == {"a": b"part"}
        again.keep(number, RESULT, b"whole")
        again.keep(number, RESULT, b"by another who took the same job")
        assert again.parts(number) == {RESULT: b"whole"}
        assert [job.id for job in again.all()] == [number]


def test_what_a_worker_does_not_know_it_does_not_do(queue, work, monkeypatch) -> None:
    """A worker of an earlier version must not take it for something else."""
    monkeypatch.setattr(worker, "FIRST_WAIT", 0)
    queue.put(Job({"do": "of a later version"}))
    assert work() == []
    (job,) = queue.all()
    assert (job.state, "may be too old" in job.reason) == ("failed", True)


def test_of_equal_jobs_one_waits(queue, work) -> None:
    job = next(iter(jobs_of([text("a")])))
    other = next(iter(jobs_of([text("a", "Another text.")])))
    first = queue.put(job)
    assert queue.put(job) == first
    assert queue.put(other) != first
    assert [one.status for one in work()] == ["added", "updated"]
    assert queue.put(job) > first, "what is done can be asked for again"


def test_a_job_that_fails_is_tried_again_then_kept_with_its_reason(asking, queue, work, monkeypatch) -> None:
    monkeypatch.setattr(worker, "FIRST_WAIT", 0)
    tries = []

    def failing(_job, _on_feed):
        tries.append(1)
        raise LibraryError("The disk is full.")

    with monkeypatch.context() as broken:
        broken.setattr(worker, "read_items", failing)
        told = asking(lambda writer: writer.ingest_sources(iter([text("a")]), chapters=False))
    (outcome,) = [one for one in told if isinstance(one, Outcome)]
    assert outcome.status == "rejected"
    assert "The disk is full." in outcome.reason
    assert len(tries) == worker.MOST_TRIES
    (job,) = queue.all()
    assert (job.state, job.reason, job.sources) == ("failed", "The disk is full.", ("/a.txt",))
    assert queue.retry() == 1
    assert [one.status for one in work()] == ["added"]
    assert queue.all()[0].state == "done"
    assert queue.retry() == 0


def test_what_an_earlier_try_told_of_is_not_told_again(queue, work, monkeypatch) -> None:
    monkeypatch.setattr(worker, "FIRST_WAIT", 0)
    real, tries = worker.read_items, []

    def failing_once(job, on_feed):
        tries.append(1)
        yield from real(job, on_feed)
        if len(tries) == 1:
            raise LibraryError("PostgreSQL went away.")

    monkeypatch.setattr(worker, "read_items", failing_once)
    monkeypatch.setattr("footnote.ingest.pipeline.BATCH", 1)  # stored one by one
    number = queue.put(next(iter(jobs_of([text("a"), text("b")]))))
    work()
    (news,) = queue.news({number: 0})
    assert len(tries) == 2
    assert (news.state, [(o.source, o.status) for o in news.outcomes]) == (
        "done", [("/a.txt", "added"), ("/b.txt", "added")],
    )  # fmt: skip


def test_a_refresh_that_fails_is_an_error_for_whoever_asked(asking, monkeypatch) -> None:
    monkeypatch.setattr(worker, "FIRST_WAIT", 0)

    def failing(_writer, _fetcher):
        raise LibraryError("No network.")

    monkeypatch.setattr(worker, "refresh", failing)
    with pytest.raises(LibraryError, match="No network"):
        asking(lambda writer: writer.refresh())


def test_a_worker_with_another_encoder_takes_no_jobs(queue, work, stores, tmp_path, fake_encoder) -> None:
    queue.put(next(iter(jobs_of([text("a")]))))
    work()
    queue.put(next(iter(jobs_of([text("b")]))))

    class Other(type(fake_encoder)):
        name = "another"

    with pytest.raises(EncoderMismatch):
        Worker(tmp_path, stores, Other()).run(once=True)
    assert queue.counts()["waiting"] == 1


def test_a_queue_needs_a_record_on_servers() -> None:
    with pytest.raises(LibraryError, match="FOOTNOTE_RECORD"):
        Queue("")


def test_the_tables_are_made_once_by_many_who_come_at_once(stores) -> None:
    failed: list[LibraryError] = []

    def opening() -> None:
        try:
            Queue(stores.record).close()
        except LibraryError as error:
            failed.append(error)

    threads = [threading.Thread(target=opening) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failed == []


def test_tables_of_an_older_procrastinate_are_brought_up(stores) -> None:
    with Queue(stores.record) as queue, queue._record.transaction() as db:
        step = "03.04.00_50_post_add_retry_failed_job_procedure.sql"
        db.execute("DELETE FROM job_schema WHERE step = ?", (step,))
        assert db.execute("SELECT count(*) FROM job_schema").fetchone()[0] > 10
    with Queue(stores.record) as queue, queue._record.reading() as db:
        assert db.execute("SELECT count(*) FROM job_schema WHERE step = ?", (step,)).fetchone() == (1,)

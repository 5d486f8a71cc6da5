"""`footnote ingest LINK`, `refresh` and `watch`, as a person runs them."""

from __future__ import annotations

import json
import threading
from typing import TYPE_CHECKING

import pytest

from footnote import Assistant
from footnote.ingest.library.library import open_library
from footnote.ingest.web.fetch import Fetcher
from footnote.ui import cli
from tests.hostile_server import HostileServer, cached, page

if TYPE_CHECKING:
    from pathlib import Path

FIRST = "Hundreds of people walked across the new bridge on Sunday morning, in spite of the heavy rain."
SECOND = "The mayor, Bo Lee, cut the ribbon at noon and said that the town had waited long enough for it."


def story(title: str, first: str = FIRST) -> str:
    return f"<!doctype html><html><body><article><h1>{title}</h1><p>{first}</p><p>{SECOND}</p></article></body></html>"


@pytest.fixture
def server(monkeypatch):
    routes = {
        f"/{n}": cached(story(f"Story {n}", f"{FIRST} It was day {n}."), etag=f'"{n}"') for n in (1, 2, 3)
    }
    items = "".join(f"<item><link>/{n}</link><pubDate>{n} May 2026</pubDate></item>" for n in (1, 2, 3))
    routes["/feed"] = page(f"<rss><channel>{items}</channel></rss>", content_type="application/rss+xml")
    with HostileServer(routes) as server:
        fetcher = Fetcher(allow=[server.address], pause=0)
        monkeypatch.setattr("footnote.ui.commands.links.make_fetcher", lambda: fetcher)
        yield server


@pytest.fixture
def footnote(tmp_path: Path, fake_encoder, capsys):
    """Run the command; return its status, its output, and what it said on standard error."""

    def build(settings, *, read_only: bool = False) -> Assistant:
        library = open_library(settings.home, fake_encoder.name, fake_encoder.dimension, read_only=read_only)
        return Assistant(settings, library, fake_encoder)

    def run(*argv: str) -> tuple[int, str, str]:
        status = cli.run(["--home", str(tmp_path / "home"), *argv], build=build)
        out, err = capsys.readouterr()
        return status, out, err

    return run


def rows(out: str) -> list[dict]:
    return [json.loads(line) for line in out.splitlines()]


def test_a_link_is_ingested_and_known_by_its_url(server, footnote):
    status, out, err = footnote("ingest", server.url("/1"), "--json")
    assert (status, err) == (0, "")
    (row,) = rows(out)
    assert (row["status"], row["source"], row["title"]) == ("added", server.url("/1"), "Story 1")
    assert json.loads(footnote("show", server.url("/1"), "--json")[1])["paragraphs"][1] == SECOND


def test_a_refused_link_is_one_line_and_status_1(footnote):
    status, out, err = footnote("ingest", "http://169.254.169.254/latest/")
    assert (status, out) == (1, "1 rejected.\n")
    assert err == (
        "footnote: http://169.254.169.254/latest/ was not read: its host is not on the public internet, "
        "and only public pages are read.\n"
    )


def test_a_feed_is_ingested_from_a_date_on_up_to_a_number(server, footnote):
    status, out, _ = footnote(
        "ingest", server.url("/feed"), "--since", "2026-05-02", "--limit", "1", "--json"
    )
    (row,) = rows(out)
    assert (status, row["source"]) == (0, server.url("/3"))
    assert "1 more" in row["warnings"][0]


@pytest.mark.parametrize("given", [("--since", "soon"), ("--limit", "0"), ("--limit", "many")])
def test_wrong_options_are_wrong_usage(server, footnote, given):
    assert footnote("ingest", server.url("/feed"), *given)[0] == 2


def test_refresh_says_what_changed(server, footnote):
    footnote("ingest", server.url("/feed"), "--limit", "2")
    server.routes["/3"] = page(story("Story 3", FIRST.replace("Hundreds", "Thousands")))
    server.routes["/2"] = page("", status=404)
    items = "".join(f"<item><link>/{n}</link><pubDate>{n} May 2026</pubDate></item>" for n in (2, 3, 4))
    server.routes["/feed"] = page(
        f"<rss><channel>{items}</channel></rss>", content_type="application/rss+xml"
    )
    server.routes["/4"] = page(story("Story 4", FIRST.replace("Hundreds", "Dozens")))
    status, out, err = footnote("refresh")
    assert status == 1
    assert f"Updated: Story 3 ({server.url('/3')})\n" in out
    assert f"New: Story 4 ({server.url('/4')})\n" in out
    assert out.endswith("1 added, 1 updated, 1 rejected.\n")
    assert "The article is kept as it was read on" in err


def test_refresh_prints_json_only(server, footnote):
    footnote("ingest", server.url("/1"))
    status, out, err = footnote("refresh", "--json")
    assert (status, err) == (0, "")
    assert [r["status"] for r in rows(out)] == ["unchanged"]


def test_refresh_of_a_library_without_links_says_how_to_add_some(footnote):
    status, out, _ = footnote("refresh")
    assert (status, out.split(".")[0]) == (0, "Nothing in the library came from a link or a feed")


def test_watch_once_brings_the_library_up_to_a_folder(tmp_path, footnote):
    folder = tmp_path / "articles"
    folder.mkdir()
    path = folder / "a.txt"
    path.write_text(f"{FIRST}\n\n{SECOND}\n")
    status, out, err = footnote("watch", str(folder), "--once")
    assert (status, out) == (0, f"New: A ({path})\n")
    assert err.startswith("Watching ")
    path.rename(folder / "b.txt")
    status, out, err = footnote("watch", str(folder), "--once", "--json")
    assert (status, err) == (0, "")
    assert {(r["source"][-5:], r["status"]) for r in rows(out)} == {
        ("b.txt", "duplicate"),
        ("a.txt", "removed"),
    }
    (folder / "b.txt").rename(folder / "c.txt")
    assert (
        footnote("watch", str(folder), "--once")[1]
        == f"Renamed: A ({folder / 'b.txt'} → {folder / 'c.txt'})\n"
    )
    (folder / "c.txt").unlink()
    assert "empty now" in footnote("watch", str(folder), "--once")[2]


def test_watch_waits_for_a_library_that_is_in_use(tmp_path, footnote, fake_encoder, monkeypatch):
    monkeypatch.setattr("footnote.ui.commands.links.LOCKED_PAUSE", 0.05)
    folder = tmp_path / "articles"
    folder.mkdir()
    (folder / "a.txt").write_text(f"{FIRST}\n\n{SECOND}\n")
    holder = open_library(tmp_path / "home", fake_encoder.name, fake_encoder.dimension)
    release = threading.Timer(1.5, holder.close)
    release.start()
    status, out, err = footnote("watch", str(folder), "--once")
    release.join()
    assert (status, out.split(":")[0]) == (0, "New")
    assert err.count("What changed waits until then.") == 1


def test_ctrl_c_is_how_watching_ends(tmp_path, footnote, monkeypatch):
    def interrupted(*_args, **_options):
        raise KeyboardInterrupt

    monkeypatch.setattr("footnote.ingest.watch.changes", interrupted)
    status, _, err = footnote("watch", str(tmp_path))
    assert (status, err.splitlines()[-1]) == (0, "Stopped watching.")


def test_a_folder_that_is_not_there_is_told(tmp_path, footnote):
    status, _, err = footnote("watch", str(tmp_path / "none"))
    assert status == 1
    assert "cannot be watched: no such file or directory" in err

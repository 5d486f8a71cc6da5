"""`footnote diff`, `export` and `import` as a person meets them."""

# ruff: noqa: F811 - fixtures that are imported are named again as arguments

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from footnote.ui import cli  # noqa: F401 - importing it adds the commands
from footnote.ui.commands import archive  # noqa: F401
from tests.ui.test_cli import BRIDGE, Footnote, filled, footnote  # noqa: F401 - fixtures

if TYPE_CHECKING:
    from pathlib import Path


def change(filled: Footnote, *words: tuple[str, str]) -> None:
    text = BRIDGE
    for old, new in words:
        text = text.replace(old, new)
    (filled.home.parent / "bridge.md").write_text(text, encoding="utf-8")
    assert filled("ingest", "bridge.md").status == 0


def test_a_changed_figure_is_shown_in_its_sentence(filled: Footnote) -> None:
    change(filled, ("four million", "five million"))
    ran = filled("diff", "bridge.md")
    assert ran.status == 0
    assert "[-four-]{+five+} million euros" in " ".join(ran.out.split())
    assert "version 1" in ran.out
    assert "1 paragraph changed" in ran.out


def test_changes_are_printed_as_json(filled: Footnote) -> None:
    change(filled, ("four million", "five million"))
    change(filled, ("four million", "six million"), ("nine jars", "nine jars"))
    found = filled("diff", "bridge.md", "--json").object
    assert (found["from"], found["to"], len(found["changes"])) == (2, 3, 1)
    assert {"kind": "removed", "text": "five"} in found["changes"][0]["parts"]
    older = filled("diff", "bridge.md", "--from", "1", "--json").object
    assert {"kind": "removed", "text": "four"} in older["changes"][0]["parts"]


def test_an_article_that_never_changed_says_so(filled: Footnote) -> None:
    assert "not changed" in filled("diff", "bridge.md").out
    assert filled("diff", "bridge.md", "--json").object["changes"] == []


def test_a_version_that_is_not_kept_is_wrong_usage(filled: Footnote) -> None:
    change(filled, ("four million", "five million"))
    ran = filled("diff", "bridge.md", "--from", "7")
    assert (ran.status, ran.out) == (2, "")
    assert "kept: 1" in ran.err


def test_a_library_goes_into_a_file_and_comes_out_of_it(filled: Footnote, tmp_path: Path) -> None:
    change(filled, ("four million", "five million"))
    made = filled("export", "library.zip", "--json").object
    assert (made["articles"], made["bytes"]) == (2, (tmp_path / "library.zip").stat().st_size)
    before = [{**a} for a in filled("articles", "--json").objects]
    filled.home = tmp_path / "second"
    assert filled("import", "library.zip").out == "2 added.\n"
    assert filled("articles", "--json").objects == before
    assert "five" in filled("diff", "bridge.md").out
    assert [o["status"] for o in filled("import", "library.zip", "--json").objects] == ["unchanged"] * 2


def test_a_file_that_is_there_is_replaced_only_when_asked(filled: Footnote, tmp_path: Path) -> None:
    (tmp_path / "library.zip").write_text("mine")
    ran = filled("export", "library.zip")
    assert (ran.status, (tmp_path / "library.zip").read_text()) == (2, "mine")
    assert "--force" in ran.err
    assert filled("export", "library.zip", "--force").status == 0
    assert filled("export", ".").status == 2


@pytest.mark.parametrize("content", [b"", b"PK\x03\x04", b"not a zip"])
def test_what_is_no_exported_library_is_refused_before_a_library_is_made(
    footnote: Footnote,
    tmp_path: Path,
    content: bytes,
) -> None:
    (tmp_path / "odd.zip").write_bytes(content)
    ran = footnote("import", "odd.zip")
    assert (ran.status, ran.out) == (1, "")
    assert "odd.zip" in ran.err
    assert len(ran.err.splitlines()) == 1
    assert not footnote.home.exists()


def test_export_works_while_another_process_writes(filled: Footnote, fake_encoder) -> None:
    from footnote.ingest.library.library import open_library

    with open_library(filled.home, fake_encoder.name, fake_encoder.dimension):
        assert filled("export", "library.zip").status == 0

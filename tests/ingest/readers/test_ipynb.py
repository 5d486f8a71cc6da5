from __future__ import annotations

import json

import pytest

from footnote.ingest.errors import UnreadableSource
from footnote.ingest.readers.ipynb import read
from tests.hostile_files import notebook
from tests.rows import seen


def test_markdown_is_text_and_code_a_paragraph():
    cells = [
        {"cell_type": "markdown", "source": ["# Tides\n", "\n", "The *tide* came in.\n"]},
        {"cell_type": "code", "source": "x = 1\n\n# not a heading", "outputs": [{"text": "1"}]},
        {"cell_type": "raw", "source": "raw"},
        {"cell_type": "markdown", "source": "## Neap\n\nIt went out."},
    ]
    found = read(notebook(cells))
    assert found.title == "Tides"
    assert found.paragraphs == (
        ("", "The tide came in."), ("", "x = 1\n\n# not a heading"), ("Neap", "It went out."),
    )  # fmt: skip


def test_a_table_among_the_results_is_read_and_other_results_are_not():
    shown = "<div><style>td {}</style>\n<table border=1>\n<thead><tr><th></th><th>Load</th></tr></thead>\n\n<tr><th>West</th><td>1200</td></tr></table></div>"
    outputs = [{"data": {"text/html": shown.splitlines(keepends=True)}}, {"data": {"text/html": "<b>x</b>"}}, {"text": "1"}, 3]  # fmt: skip
    cells = [
        {"cell_type": "markdown", "source": "We loaded it."},
        {"cell_type": "code", "source": "df", "outputs": outputs},
    ]
    assert [t for _, t in seen(read(notebook(cells))).paragraphs] == [
        "We loaded it.",
        "df",
        "West: Load 1200.",
    ]


def test_metadata_gives_title_and_authors():
    data = {
        "cells": [{"cell_type": "markdown", "source": "The tide."}],
        "metadata": {"title": "High water", "authors": [{"name": "Ana Cruz"}]},
    }
    found = read(json.dumps(data).encode())
    assert (found.title, found.author) == ("High water", "Ana Cruz")


@pytest.mark.parametrize("data", [b"", b"[]", b"{}", b'{"cells": 3}', b"[" * 100_000, b"\xff"])
def test_what_is_no_notebook_is_refused(data):
    with pytest.raises(UnreadableSource, match="not a notebook"):
        read(data)

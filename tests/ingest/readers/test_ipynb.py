from __future__ import annotations

import json

import pytest

from footnote.ingest.errors import UnreadableSource
from footnote.ingest.readers.ipynb import read
from tests.hostile_files import notebook


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

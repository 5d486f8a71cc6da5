from __future__ import annotations

import json
from io import BytesIO

import pytest

from footnote.ingest.readers import jsonl
from footnote.ingest.readers.document import Document


def rows(*lines):
    data = b"\n".join(line if isinstance(line, bytes) else json.dumps(line).encode() for line in lines)
    return list(jsonl.rows(BytesIO(data)))


def test_given_paragraphs_keep_their_boundaries_and_numbers():
    given = ["A. B.", "", "Share this", "C\n\nD"]
    ((_, key, document),) = rows({"id": "x", "title": "T", "paragraphs": given})
    assert key == "x"
    assert document.paragraphs == tuple(("", p) for p in given)


def test_a_text_is_parted_at_blank_lines():
    ((_, _, document),) = rows({"id": "x", "text": "The tide came in.\n\nIt went out."})
    assert [t for _, t in document.paragraphs] == ["The tide came in.", "It went out."]


def test_a_row_says_who_wrote_it_when_and_where():
    row = {
        "id": 7,
        "title": "T",
        "text": "A.",
        "author": ["Ana", "Bo"],
        "date": "May 31, 2026",
        "url": "https://example.org",
    }
    ((_, key, document),) = rows(row)
    assert (key, document.author, document.date, document.url) == (
        "7",
        "Ana, Bo",
        "2026-05-31",
        "https://example.org",
    )


def test_article_id_is_an_id_and_a_row_without_one_goes_by_its_line():
    assert [key for _, key, _ in rows({"article_id": "x", "text": "A."}, b"", {"text": "B."})] == ["x", "3"]


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        (b"{broken", "not JSON"),
        (b"[1]", "not an object"),
        (b"1" * 5000, "not"),
        ({"id": "x"}, "neither"),
        ({"id": "x", "text": 5}, "neither"),
        ({"id": "x", "text": " \x00"}, "no text"),
        ({"id": "x", "paragraphs": "A."}, "not a list"),
        ({"id": "x", "paragraphs": ["A.", 2]}, "not a list"),
        ({"id": "x", "paragraphs": []}, "no text"),
        ({"id": "x", "title": ["T"], "text": "A."}, "title"),
        (b"[" * 100_000, "not"),
    ],
)
def test_a_bad_row_is_a_reason_and_the_rest_goes_on(line, reason):
    bad, good = rows(line, {"id": "y", "text": "B."})
    assert bad[0] == 1
    assert reason in bad[2]
    assert isinstance(good[2], Document)


def test_a_row_without_end_is_passed_over(monkeypatch):
    monkeypatch.setattr(jsonl, "MOST_ROW", 100)
    long, good = rows({"id": "x", "text": "A. " * 1000}, {"id": "y", "text": "B."})
    assert "longer than" in long[2]
    assert good[:2] == (2, "y")


def test_zero_is_an_id():
    assert [key for _, key, _ in rows({"id": 0, "text": "A."}, {"id": 1, "text": "B."})] == ["0", "1"]


@pytest.mark.parametrize(
    "data",
    [b"", b"\n \n", b"a", b"a\n", b"\n a \n\nb", b"a\r\n\r\nb\r\n", b"x" * 50 + b"\n" + b" " * 50 + b"\nx"],
)
def test_rows_are_counted_as_they_are_read(monkeypatch, data):
    monkeypatch.setattr(jsonl, "COUNTED_AT_ONCE", 7)
    assert jsonl.count(BytesIO(data)) == sum(1 for line in data.split(b"\n") if line.strip())


def test_a_row_without_end_is_not_read_to_its_end(monkeypatch):
    monkeypatch.setattr(jsonl, "MOST_ROW", 10)
    monkeypatch.setattr(jsonl, "MOST_SKIPPED", 100)
    good = b'{"a":1}'
    assert len(rows(good, b"x" * 50, good)) == 3
    file = BytesIO(b"x" * 10_000 + b"\n" + good)
    assert [(n, "longer" in str(why)) for n, _, why in jsonl.rows(file)] == [(1, True)]
    assert file.tell() < 200


@pytest.mark.parametrize(
    ("given", "read"),
    [
        ("The pier was last repaired six\nyears earlier by a firm from Hals.", "The pier was last repaired six years earlier by a firm from Hals."),
        ("The gearbox is to be fitted in the first week of\nNovember, when few travel.", "The gearbox is to be fitted in the first week of November, when few travel."),
        ("- hooks and\n- lines", "- hooks and\n- lines"),
        ("Steel | 20\nwood | 3", "Steel | 20\nwood | 3"),
        ("Mill Lane 1\n9000 Husey\nNorway", "Mill Lane 1\n9000 Husey\nNorway"),
        ("It opened.\nIt closed.", "It opened.\nIt closed."),
    ],
    ids=["wrapped", "name", "list", "table", "address", "sentences"],
)  # fmt: skip
def test_a_break_inside_a_sentence_of_a_paragraph_is_a_blank(given, read):
    ((_, _, found),) = rows({"id": "x", "paragraphs": [given]})
    assert found.paragraphs == (("", read),)

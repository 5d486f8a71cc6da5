"""What a person gives in files."""

import io
import json
from pathlib import Path
from types import SimpleNamespace

import pytest

from footnote.ingest.errors import SourceNotFound, UnreadableSource
from footnote.rag.types import Turn
from footnote.ui.commands.batch import BatchRow, UnaskableRow, read_history, read_rows


@pytest.fixture
def write(tmp_path: Path):
    def write(data: str | bytes) -> str:
        path = tmp_path / "given.json"
        path.write_bytes(data.encode() if isinstance(data, str) else data)
        return str(path)

    return write


def test_rows_come_in_order_with_their_line_numbers(write) -> None:
    name = write('{"id": 1, "question": "A?"}\n\n{"id": "b", "question": "B?", "articles": ["x.md"]}\n')
    assert list(read_rows(name)) == [BatchRow(1, 1, "A?"), BatchRow(3, "b", "B?", articles=("x.md",))]


def test_windows_line_ends_and_a_byte_order_mark_are_read(write) -> None:
    name = write(b'\xef\xbb\xbf{"id": 1, "question": "A?"}\r\n{"id": 2, "question": "B?"}\r\n')
    assert [r.id for r in read_rows(name)] == [1, 2]


def test_a_row_may_carry_the_conversation(write) -> None:
    turns = [{"role": "user", "content": "Hi"}, {"role": "assistant", "content": "Yes?"}]
    (row,) = read_rows(write(json.dumps({"id": 1, "question": "A?", "history": turns})))
    assert isinstance(row, BatchRow)
    assert row.history == (Turn("user", "Hi"), Turn("assistant", "Yes?"))


def test_a_row_without_an_id_goes_by_its_line(write) -> None:
    assert [r.id for r in read_rows(write('{"question": "A?"}\n\n{"question": "B?"}\n'))] == [1, 3]


def test_a_conversation_is_read_in_the_forms_that_programs_keep_it_in(write) -> None:
    said = [
        ["human", "Hi"],
        {"type": "ai", "content": [{"type": "text", "text": "Yes?"}]},
        {"role": "system", "content": "x"},
    ]
    (row,) = read_rows(write(json.dumps({"question": "A?", "history": said})))
    assert row.history == (Turn("user", "Hi"), Turn("assistant", "Yes?"))


@pytest.mark.parametrize(
    ("row", "reason"),
    [
        ("{", "it is not JSON"),
        ("[1]", "it is not an object"),
        ('{"id": null, "question": "A?"}', 'its "id" is neither'),
        ('{"id": true, "question": "A?"}', 'its "id" is neither'),
        ('{"id": 1}', 'it has no "question"'),
        ('{"id": 1, "question": 7}', 'it has no "question"'),
        ('{"id": 1, "question": "A?", "articles": "x"}', 'its "articles"'),
        ('{"id": 1, "question": "A?", "history": "x"}', "The conversation must be a list"),
        (
            '{"id": 1, "question": "A?", "history": [{"role": "judge", "content": ""}]}',
            "A message of the conversation is said by “judge”",
        ),
        ("[" * 100_000, "it is not JSON"),
    ],
)
def test_a_bad_row_says_why_and_the_next_one_is_read(write, row: str, reason: str) -> None:
    bad, good = read_rows(write(row + '\n{"id": 2, "question": "B?"}'))
    assert isinstance(bad, UnaskableRow)
    assert bad.line == 1
    assert bad.reason.startswith(reason)
    assert good == BatchRow(2, 2, "B?")


def test_a_row_that_is_not_utf8_is_bad(write) -> None:
    (row,) = read_rows(write(b'{"id": 1, "question": "\xff"}'))
    assert row == UnaskableRow(1, None, "it is not UTF-8")


def test_a_dash_is_standard_input(monkeypatch: pytest.MonkeyPatch) -> None:
    stdin = SimpleNamespace(buffer=io.BytesIO(b'{"id": 1, "question": "A?"}'))
    monkeypatch.setattr("sys.stdin", stdin)
    assert [r.id for r in read_rows("-")] == [1]


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(SourceNotFound, match=r"nowhere\.jsonl”: no such file"):
        list(read_rows(str(tmp_path / "nowhere.jsonl")))


def test_a_folder_is_no_file(tmp_path: Path) -> None:
    with pytest.raises(UnreadableSource, match="could not be read"):
        read_history(str(tmp_path))


@pytest.mark.parametrize("data", ["", "{}", '[{"role": "user"}]', "[1]", b"\xff"])
def test_a_history_that_is_none_is_named(write, data: str | bytes) -> None:
    with pytest.raises(UnreadableSource, match=r"The history in “.*given\.json” could not be used"):
        read_history(write(data))

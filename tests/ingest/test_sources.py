from __future__ import annotations

import json
import os
from dataclasses import replace
from io import BytesIO, FileIO
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from footnote.ingest import readers, sources
from footnote.ingest.article import Article, Rejected
from footnote.ingest.documents import MOST_BAD_ROWS, read_bytes, read_text
from footnote.ingest.errors import UnreadableSource
from footnote.ingest.readers import ocr
from footnote.ingest.readers.format import one
from footnote.ingest.sources import FORMATS, count_sources, read_sources

BODY = "The tide came in at noon. Nobody had expected it.\n\nBy two the square was dry again, and the cafés opened.\n"


@pytest.fixture
def folder(tmp_path):
    (tmp_path / "b.txt").write_text(BODY, encoding="utf-8")
    (tmp_path / "a.md").write_text("# Tides\n\n" + BODY, encoding="utf-8")
    (tmp_path / "deep" / "er").mkdir(parents=True)
    (tmp_path / "deep" / "er" / "C.TXT").write_text(BODY, encoding="utf-8")
    return tmp_path


def read(*given, **options):
    return list(read_sources([str(g) for g in given], **options))


def only(*given, **options):
    (found,) = read(*given, **options)
    return found


def test_a_file_is_one_article_whose_source_is_its_real_path(folder, monkeypatch):
    monkeypatch.chdir(folder / "deep")
    found = only("../b.txt")
    assert isinstance(found, Article)
    assert found.source == str((folder / "b.txt").resolve())
    assert [found.paragraph_text(p.number) for p in found.paragraphs] == BODY.strip().split("\n\n")


def test_a_folder_is_searched_through_in_a_fixed_order(folder):
    names = [Path(a.source).name for a in read(folder)]
    assert names == ["a.md", "b.txt", "C.TXT"]
    assert count_sources([str(folder)]) == 3


def test_hidden_and_unsupported_files_of_a_folder_are_passed_over(folder):
    (folder / ".hidden.txt").write_text(BODY)
    (folder / ".git").mkdir()
    (folder / ".git" / "x.txt").write_text(BODY)
    (folder / "picture.gif").write_bytes(b"GIF89a")
    assert len(read(folder)) == 3


@pytest.mark.parametrize("installed", [True, False])
def test_pictures_of_a_folder_are_read_only_where_ocr_is_installed_and_a_named_one_says_how(
    folder, monkeypatch, installed
):
    monkeypatch.setattr(ocr, "is_there", lambda: installed)
    (folder / "picture.png").write_bytes(b"\x89PNG\r\n\x1a\n")
    assert len(read(folder)) == 3 + installed
    if not installed:
        assert "picture" in only(folder / "picture.png").reason


def test_a_pattern_gives_the_files_it_matches(folder):
    (folder / "picture.gif").write_bytes(b"GIF89a")
    assert len(read(folder / "*")) == 3
    assert len(read(folder / "**" / "*.TXT")) == 1


def test_a_file_named_twice_is_read_once(folder):
    (folder / "link.txt").symlink_to(folder / "b.txt")
    given = [str(folder / "b.txt"), str(folder / "link.txt"), str(folder / "b.txt")]
    assert len(list(read_sources(given))) == count_sources(given) == 1


@pytest.mark.parametrize("name", ["missing.txt", "no*.txt", "nul\0.txt", "x" * 5000 + ".txt"])
def test_a_missing_file_is_rejected(folder, name):
    found = only(folder / name)
    assert isinstance(found, Rejected)
    assert found.reason.endswith("no such file or folder.")


def test_a_folder_without_articles_is_rejected_with_the_kinds_that_are_read(tmp_path):
    found = only(tmp_path)
    assert isinstance(found, Rejected)
    assert ".pdf" in found.reason


def test_a_file_of_another_kind_is_rejected_when_given_by_name(tmp_path):
    (tmp_path / "a.pptx").write_bytes(b"PK")
    assert "a.pptx" in only(tmp_path / "a.pptx").reason


def test_sound_is_rejected_with_what_to_give_instead(tmp_path):
    (tmp_path / "talk.MP3").write_bytes(b"ID3")
    assert only(tmp_path / "talk.MP3").reason == (
        "“talk.MP3” is sound or film, which Footnote does not listen to. "
        "Give its transcript: .srt, .vtt, .ttml, or the .json of whisper."
    )


def test_of_json_in_a_folder_only_transcripts_are_read(tmp_path):
    (tmp_path / "package.json").write_text('{"name": "a"}')
    (tmp_path / "talk.json").write_text(
        f'{{"text": "{"a" * 9_000}", "segments": [{{"start": 61, "text": "It rained."}}]}}'
    )
    found = only(tmp_path)
    assert (found.title, found.text, found.paragraphs[0].time) == ("Talk", "It rained.", "1:01")
    assert "no transcript" in only(tmp_path / "package.json").reason


@pytest.mark.parametrize("suffix", sorted(FORMATS))
def test_an_empty_file_is_rejected(tmp_path, suffix):
    (tmp_path / f"a{suffix}").write_bytes(b" \n")
    assert only(tmp_path / f"a{suffix}").reason == f"“a{suffix}” is empty."


def test_a_link_among_files_is_read_in_its_turn(folder):
    found = read(folder / "b.txt", "http://127.0.0.1/a", folder / "a.md")  # more in test_links.py
    assert [type(f) for f in found] == [Article, Rejected, Article]
    assert "not on the public internet" in found[1].reason


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="the system has no pipes with names")
def test_a_pipe_is_rejected_and_never_waited_for(tmp_path):
    os.mkfifo(tmp_path / "pipe.txt")
    assert "not a regular file" in only(tmp_path / "pipe.txt").reason
    assert "no file" in only(tmp_path).reason


@pytest.mark.skipif(os.name == "nt" or os.geteuid() == 0, reason="permissions do not bind this user")
def test_a_file_without_permission_is_rejected(folder):
    (folder / "b.txt").chmod(0)
    assert "permission denied" in only(folder / "b.txt").reason


def test_an_error_while_reading_is_one_rejection(folder, monkeypatch):
    def fail(self):
        raise OSError(5, "Input/output error")

    monkeypatch.setattr(sources, "_opened", fail)
    assert only(folder / "b.txt").reason == "“b.txt” could not be read: input/output error."


def test_a_fault_in_a_reader_is_one_rejection_and_is_logged(folder, monkeypatch, caplog):
    def fail(data):
        raise KeyError("oh")

    broken = tuple(replace(form, read=one(fail)) if form.name == "md" else form for form in readers.READERS)
    monkeypatch.setattr(readers, "READERS", broken)
    found = read(folder)
    assert [isinstance(f, Rejected) for f in found] == [True, False, False]
    assert "KeyError" in caplog.text


def test_a_loop_of_links_ends(folder):
    (folder / "deep" / "up").symlink_to(folder)
    (folder / "self.txt").symlink_to(folder / "self.txt")
    assert len(read(folder)) == 3
    assert isinstance(only(folder / "self.txt"), Rejected)


def test_a_file_that_is_too_large_is_rejected_with_the_limit(folder, monkeypatch):
    monkeypatch.setattr(sources, "MOST_BYTES", 10)
    assert "more than the" in only(folder / "b.txt").reason


def test_one_bad_source_does_not_stop_the_rest(folder):
    found = read(folder / "none.txt", folder / "b.txt")
    assert [type(f) for f in found] == [Rejected, Article]


def test_a_title_names_the_one_file_given(folder):
    assert only(folder / "b.txt", title="High water").title == "High water"
    assert "High water" not in {a.title for a in read(folder, title="High water")}


def test_a_file_name_makes_a_title_in_the_words_of_the_text(tmp_path):
    (tmp_path / "ana-cruz_interview.txt").write_text(
        "A long talk with Ana Cruz, the mayor of the town by the sea."
    )
    assert only(tmp_path / "ana-cruz_interview.txt").title == "Ana Cruz interview"


STREAMS = {
    "txt": (b"The tide came in.\n\nIt went out again.\n", "Untitled"),
    "md": (b"---\ntitle: High water\n---\nThe tide came in.\n", "High water"),
    "md heading": (b"# High water\n\nThe *tide* came in.\n", "High water"),
    "jsonl": (b'{"id": "t", "title": "High water", "text": "The tide came in."}\n', "High water"),
}


@pytest.mark.parametrize("kind", sorted(STREAMS))
def test_standard_input_is_told_by_its_content(kind):
    data, title = STREAMS[kind]
    found = only("-", stdin=BytesIO(data))
    assert found.source.split("#")[0] == "stdin"
    assert found.title == title
    assert "tide came in." in found.paragraph_text(1)


def test_standard_input_takes_the_title_given():
    assert only("-", stdin=BytesIO(b"The tide came in."), title="High water").title == "High water"


@pytest.mark.parametrize("stream", [None, BytesIO(b""), BytesIO(b" \n")])
def test_empty_standard_input_is_rejected(stream):
    assert only("-", stdin=stream).source == "stdin"


def test_too_much_standard_input_is_rejected(monkeypatch):
    monkeypatch.setattr(sources, "MOST_BYTES", 10)
    assert "larger than" in only("-", stdin=BytesIO(b"The tide came in.")).reason


def test_the_number_of_sources_is_unknown_with_standard_input():
    assert count_sources(["-"]) is None


def test_rows_of_a_corpus_are_articles_of_their_own(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    rows = [
        {"id": "one", "title": "One", "paragraphs": ["A.", "", "B."]},
        {"article_id": "two", "text": "C.\n\nD."},
    ]
    (tmp_path / "c.jsonl").write_text("\n".join(map(json.dumps, rows)) + "\n{broken\n")
    one, two, bad = read("c.jsonl")
    assert (one.source, one.title, len(one.paragraphs)) == ("c.jsonl#one", "One", 3)
    assert (two.source, two.title, len(two.paragraphs)) == ("c.jsonl#two", "Two", 2)
    assert isinstance(bad, Rejected)
    assert "Line 3 of c.jsonl" in bad.reason
    assert count_sources(["c.jsonl"]) == 3


def test_a_file_with_a_tilde_is_a_file_and_no_name_is_no_folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "~$letter.txt").write_text(BODY)
    assert only("~$letter.txt").source == str(tmp_path / "~$letter.txt")
    assert "no such file" in only("").reason


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="the system has no pipes with names")
def test_a_file_that_became_a_pipe_since_it_was_found_is_not_waited_for(tmp_path):
    found = read_sources([str(tmp_path)])
    (tmp_path / "a.txt").write_text(BODY)
    (tmp_path / "b.txt").write_text(BODY)
    next(found)
    (tmp_path / "b.txt").unlink()
    os.mkfifo(tmp_path / "b.txt")
    assert "not a regular file" in next(found).reason


def test_a_file_that_gives_nothing_is_not_waited_for(folder, monkeypatch):
    class Silent(FileIO):
        def read(self, size=-1):
            return None  # what a file of the system says that would have to be waited for

    monkeypatch.setattr(sources, "_opened", lambda file: Silent(file.path))
    assert only(folder / "b.txt").reason == "“b.txt” could not be read: it gives nothing to read."


def test_a_file_that_grows_while_it_is_read_is_read_to_the_limit(tmp_path, monkeypatch):
    (tmp_path / "a.txt").write_text(BODY * 50)
    monkeypatch.setattr(sources, "MOST_BYTES", 1_000)
    monkeypatch.setattr(sources.os, "fstat", lambda _: os.stat_result((0o100644, *[0] * 9)))
    assert "more than" in only(tmp_path / "a.txt").reason


def test_a_file_without_a_good_row_is_not_complained_of_row_by_row(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "c.jsonl").write_text("x\n" * 5_000)
    found = read("c.jsonl")
    assert len(found) == MOST_BAD_ROWS + 1
    assert found[-1].source == "c.jsonl"
    assert "none of its first 20 rows is an article" in found[-1].reason
    good = json.dumps({"id": "one", "title": "One", "paragraphs": ["A."]})
    (tmp_path / "c.jsonl").write_text(f"{good}\n" + "x\n" * 50)
    assert len(read("c.jsonl")) == 51


def test_an_upload_is_read_by_its_name():
    (found,) = read_bytes(b"# Tides\n\nThe *tide* came in.", "tides.md")
    assert (found.source, found.title, found.paragraph_text(1)) == ("tides.md", "Tides", "The tide came in.")


def test_an_upload_of_another_kind_is_rejected():
    (found,) = read_bytes(b"PK", "a.docx")
    assert "a.docx" in found.reason


def test_a_page_saved_as_text_is_read_as_a_page():
    assert readers.format_of("a.txt", b"<!DOCTYPE html><html>") == "html"
    assert readers.format_of("a.txt", b"%PDF-1.7") == "pdf"


def test_pasted_text_is_an_article():
    found = read_text("Storm\n\nThe wind rose in the night.\n\nBy dawn it was over.", title="A storm")
    assert (found.source, found.title, len(found.paragraphs)) == ("pasted text", "A storm", 2)


@pytest.mark.parametrize("text", ["", "  \n", "\u200b"])
def test_pasted_nothing_is_refused(text):
    with pytest.raises(UnreadableSource, match="pasted text"):
        read_text(text)


@settings(max_examples=40)
@given(
    st.binary(max_size=300) | st.text(max_size=200).map(lambda t: t.encode("utf-8", "surrogatepass")),
    st.sampled_from(sorted(FORMATS)),
    st.sampled_from(
        [
            b"",
            b"%PDF-1.4\n",
            b"<html><body><p>",
            b"---\na: [\n---\n",
            b'{"id": 1, "text": "',
            b"\xff\xfe",
            b"- a\n  - ",
        ]
    ),
)
def test_reading_never_raises_and_every_paragraph_is_a_span_of_the_text(data, suffix, start):
    for found in read_bytes(start + data, "any" + suffix):
        if isinstance(found, Article):
            for p in found.paragraphs:
                assert found.paragraph_text(p.number) == found.text[p.start : p.end]
        else:
            assert found.reason.endswith((".", "…"))


@given(st.text(alphabet='aB.-*#> \n\r\t1|:"“(©', max_size=300), st.sampled_from([".txt", ".md"]))
def test_no_text_makes_a_reader_raise(text, suffix):
    found = read_bytes(text.encode(), "any" + suffix)
    assert all(isinstance(f, Rejected) or f.text.strip() for f in found)


def test_a_folder_is_never_read_outside_itself(tmp_path: Path):
    """A link to a file elsewhere is told and not followed; one to a file inside is read, once."""
    (tmp_path / "key.txt").write_text("The secret key is 4711.")
    folder = tmp_path / "shared"
    folder.mkdir()
    (folder / "inside.txt").write_text("An owl lives here.")
    (folder / "same.txt").symlink_to("inside.txt")
    (folder / "outside.txt").symlink_to(tmp_path / "key.txt")
    (folder / "up.md").symlink_to("../key.txt")
    (folder / "rows.jsonl").symlink_to(tmp_path / "key.txt")
    (folder / "chain.txt").symlink_to("up.md")
    (folder / "deep").symlink_to(tmp_path)
    for named in (str(folder), f"{folder}/*", f"{folder}/**/*.txt"):
        found = list(read_sources([named]))
        assert [a.text for a in found if isinstance(a, Article)] == ["An owl lives here."]
        refused = [r.reason for r in found if isinstance(r, Rejected)]
        assert refused
        assert all("leads out of its folder" in reason for reason in refused)
        assert "4711" not in repr(found)


def test_a_link_that_is_named_itself_is_followed(tmp_path: Path):
    (tmp_path / "real.txt").write_text("An owl lives here.")
    (tmp_path / "link.txt").symlink_to("real.txt")
    (found,) = read_sources([str(tmp_path / "link.txt")])
    assert isinstance(found, Article)


def test_a_file_that_becomes_a_link_after_it_was_found_is_not_read(tmp_path: Path):
    (tmp_path / "key.txt").write_text("The secret key is 4711.")
    folder = tmp_path / "shared"
    folder.mkdir()
    for name in ("a.txt", "b.txt"):
        (folder / name).write_text(f"An owl lives in {name}.")
    found = iter(read_sources([str(folder)]))
    next(found)
    (folder / "b.txt").unlink()
    (folder / "b.txt").symlink_to(tmp_path / "key.txt")
    (second,) = found
    assert isinstance(second, Rejected)
    assert "leads out of its folder" in second.reason

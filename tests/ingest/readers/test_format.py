"""A format is one value in one table: known by name and by content, and read, with nothing else to edit."""

from __future__ import annotations

import subprocess
import sys

import pytest

from footnote.ingest import readers
from footnote.ingest.article import Article, Rejected
from footnote.ingest.documents import read_bytes
from footnote.ingest.readers import FORMATS, READERS, format_of
from footnote.ingest.readers.document import Document
from footnote.ingest.readers.format import Format, Part, one
from tests import hostile_files as hostile

TELEGRAM = b"TELEGRAM/The tide came in at noon STOP Nobody had expected it STOP"


def read_telegram(data: bytes) -> Document:
    sentences = data.decode().removeprefix("TELEGRAM/").split(" STOP")
    return Document((("", ". ".join(s.strip() for s in sentences).strip()),), title="A telegram")


def begins(head: bytes) -> bool:
    return head.startswith(b"TELEGRAM/")


TOY = Format("telegram", (".tlg",), one(read_telegram), sniff=begins, overrules=True, plain=True)


@pytest.fixture
def with_toy(monkeypatch):
    monkeypatch.setattr(readers, "READERS", (TOY, *READERS))


@pytest.mark.usefixtures("with_toy")
@pytest.mark.parametrize("name", ["noon.tlg", "NOON.TLG", "noon", "noon.pdf", ""])
def test_a_format_added_to_the_table_is_found_and_read(name):
    assert format_of(name, TELEGRAM) == "telegram"
    (article,) = read_bytes(TELEGRAM, name)
    assert isinstance(article, Article)
    assert article.title == "A telegram"
    assert article.text == "The tide came in at noon. Nobody had expected it."


@pytest.mark.usefixtures("with_toy")
def test_a_packed_file_may_hold_it():
    (part,) = (p for p in readers.read("zip", hostile.zipped({"a.txt": TELEGRAM})) if isinstance(p, Part))
    assert part.document.title == "A telegram"


def test_without_it_in_the_table_it_is_plain_text_or_nothing():
    assert format_of("noon", TELEGRAM) == "txt"
    (nothing,) = read_bytes(TELEGRAM, "noon.tlg")
    assert isinstance(nothing, Rejected)


def test_a_kind_of_document_that_is_a_zip_file_is_known_by_its_member(monkeypatch):
    def read(package):
        return Document((("", package.read("letter.txt").decode()),))

    toy = Format("letter", (".ltr",), unpack=one(read), member="letter.txt", may_begin_as=frozenset({"zip"}))
    monkeypatch.setattr(readers, "READERS", (toy, *READERS))
    data = hostile.zipped({"letter.txt": hostile.STORY})
    assert [format_of(name, data) for name in ("a.ltr", "a")] == ["letter", "zip"]
    for name in ("a.ltr", "a.zip", "a.docx", "a"):
        (part,) = readers.read(format_of(name, data), data)
        assert part.document.paragraphs == (("", hostile.STORY),)
    outer = hostile.zipped({"in/a.docx": data})
    (part,) = (p for p in readers.read("zip", outer) if isinstance(p, Part))
    assert part.document.paragraphs == (("", hostile.STORY),)


def test_names_and_suffixes_are_of_one_format_each():
    names = [form.name for form in READERS]
    suffixes = [suffix for form in READERS for suffix in form.suffixes]
    assert len(set(names)) == len(names)
    assert len(set(suffixes)) == len(suffixes) == len(FORMATS)
    assert set().union(*(form.may_begin_as for form in READERS)) <= {f.name for f in READERS if f.overrules}
    assert {form.name for form in READERS if form.plain} == {"txt", "md"}


@pytest.mark.parametrize("suffix", FORMATS)
def test_what_is_surely_something_else_is_that_whatever_its_name(suffix):
    def found(data: bytes, *kept: str) -> bool:
        """Tell whether the name decides for the formats in `kept`, and the content for all others."""
        name, *kept = kept
        return format_of("a" + suffix, data) == (FORMATS[suffix] if FORMATS[suffix] in kept else name)

    assert found(b"%PDF-1.7", "pdf")
    assert found(b"PK\x03\x04", "zip", "docx", "odt", "epub", "xlsx")
    assert found(b"<!-- a --><!doctype html>", "html", "md", "jsonl", "ipynb", "whisper")
    saved = b"MIME-Version: 1.0\nContent-Type: multipart/related; boundary=a\n"
    assert found(saved, "mhtml", "eml", "md", "txt", "jsonl", "ipynb", "whisper")
    assert found(b"# Tides\n\nThey came.", "", *FORMATS.values())


@pytest.mark.parametrize(
    ("data", "name"),
    [
        (b"%PDF-1.7", "pdf"), (b"junk %PDF-", "pdf"), (b"PK\x03\x04", "zip"), (b"\xef\xbb\xbf <HTML>", "html"),
        (b"<?xml version='1.0'?><html>", "html"), (b'{"cells": [{"cell_type": "code"}]}', "ipynb"), (b'{"id": 1}', "jsonl"),
        (b"---\ntitle: a\n---\n", "md"), (b"A\n\n## B\n", "md"), (b"A", "txt"), (b"", "txt"), (b"{ a", "txt"),
        (b"WEBVTT\n", "subtitles"), (b"1\n00:00:01,000 --> 00:00:02,000\na", "subtitles"), (b'{"segments": [', "whisper"),
        (b"<?xml version='1.0'?>\n<tt xmlns='a'>", "ttml"), (b'{"text": "a"}', "jsonl"),
    ],
)  # fmt: skip
def test_without_a_suffix_the_content_decides(data, name):
    assert format_of("", data) == format_of("folder.d/a", data) == name


def test_a_format_is_read_in_one_way():
    with pytest.raises(ValueError, match="either read or unpacked"):
        Format("a", (".a",), one(read_telegram), unpack=one(lambda package: Document(())), member="a")
    with pytest.raises(ValueError, match="member"):
        Format("a", (".a",), unpack=one(lambda package: Document(())))


def test_the_table_alone_loads_no_library_that_reads():
    code = (
        "import sys, footnote.ingest.readers\n"
        "late = 'trafilatura', 'pypdf', 'lxml', 'yaml', 'markdown_it', 'dateparser', 'tinycss2', 'cssselect2'\n"
        "print([m for m in late if m in sys.modules])"
    )
    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert ran.stdout.strip() == "[]"

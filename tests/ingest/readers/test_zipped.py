from __future__ import annotations

import pytest

from footnote.ingest import readers
from footnote.ingest.article import Article, Rejected
from footnote.ingest.documents import read_bytes
from footnote.ingest.errors import UnreadableSource
from footnote.ingest.readers import format_of, package
from footnote.ingest.readers.document import Document
from footnote.ingest.readers.foreign import FOREIGN
from footnote.ingest.readers.format import Part
from footnote.ingest.readers.package import Package, parse_xml
from tests.hostile_files import BODY, STORY, article_page, docx, lying_zip, make_book, odt, zipped


def parts(data: bytes, start: int = 0) -> list[Part]:
    return [part for part in readers.read("zip", data, start=start) if isinstance(part, Part)]


def test_every_article_of_a_zip_file_is_one_with_a_source_of_its_own():
    data = zipped({"news/a.txt": BODY, "news/b.md": f"# Title\n\n{BODY}", "c.docx": docx(), "d.epub": make_book(), "e.odt": odt(),
                   "pages/f.html": article_page()})  # fmt: skip
    found = read_bytes(data, "week.zip")
    assert [f.source for f in found] == [
        f"week.zip#{n}" for n in ("news/a.txt", "news/b.md", "c.docx", "d.epub", "e.odt", "pages/f.html")
    ]
    assert all(isinstance(f, Article) and STORY in f.text for f in found)
    assert found[0].title == "A"


def test_what_cannot_be_read_is_one_rejection_that_names_it():
    data = zipped(
        {"a.txt": BODY, "b.pdf": b"x", "c.txt": b"", "d.zip": zipped({"x.txt": BODY}), "e.jsonl": b"{}"}
    )
    found = read_bytes(data, "week.zip")
    assert [type(f) for f in found] == [Article, Rejected, Rejected, Rejected, Rejected]
    assert found[1].reason.startswith("“b.pdf in week.zip” could not be used: ")


def test_hidden_files_folders_and_other_kinds_are_passed_over():
    data = zipped({".git/a.txt": BODY, "__MACOSX/a.txt": BODY, ".a.txt": BODY, "a.gif": b"x", "b.txt": BODY})
    assert [part.key for part in parts(data)] == ["b.txt"]


def test_reading_goes_on_at_a_document():
    data = zipped({f"{n}.txt": BODY for n in range(4)})
    assert [part.key for part in parts(data, start=2)] == ["2.txt", "3.txt"]


@pytest.mark.parametrize("name", ["a.docx", "a.odt", "a.epub", "a.zip"])
@pytest.mark.parametrize("make", [docx, odt, make_book])
def test_a_document_is_what_it_holds_whatever_its_name(name, make):
    (part,) = (p for p in readers.read(format_of(name, make()), make()) if isinstance(p, Part))
    assert isinstance(part.document, Document)
    assert STORY in [text for _, text in part.document.paragraphs] or make is make_book


def test_all_members_together_unpack_to_a_limit(monkeypatch):
    monkeypatch.setattr(package, "MOST_UNPACKED", 1_500_000)
    monkeypatch.setattr(package, "MOST_RATIO", 10**6)
    inside = Package(zipped({"a": b"x" * 700_000, "b": b"x" * 700_000}))
    assert len(inside.read("a")) == 700_000
    with pytest.raises(UnreadableSource, match="unpacks to more"):
        Package(zipped({"a": b"x" * 800_000, "b": b"x" * 800_000}))


def test_a_member_that_lies_about_its_size_is_refused():
    with pytest.raises(UnreadableSource, match=r"damaged|unpacks"):
        Package(lying_zip()).read("story.txt")


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16", "utf-16-le", "utf-16-be"])
def test_xml_may_not_define_entities(encoding):
    with pytest.raises(UnreadableSource, match=r"entities|broken"):
        parse_xml('<!DOCTYPE a [<!ENTITY b "c">]><a>&b;</a>'.encode(encoding), "a.xml")


def test_xml_fetches_nothing():
    root = parse_xml(b'<!DOCTYPE a SYSTEM "http://127.0.0.1:1/a.dtd"><a>b</a>', "a.xml")
    assert root.text == "b"


@pytest.mark.parametrize(
    ("name", "data", "format_"),
    [
        ("a.txt", b"%PDF-1.7", "pdf"), ("a.pdf", b"<!doctype html><html>", "html"), ("a.pdf", b"plain", "pdf"),
        ("a.docx", b"<html>", "html"), ("a.md", b"<html>", "md"), ("a.html", b"PK\x03\x04", "zip"),
        ("a.epub", b"PK\x03\x04", "epub"), ("a.xyz", b"<html>", ""), ("", b"# Title\n\nText", "md"),
        ("a.htm", b"MIME-Version: 1.0\r\nContent-Type: multipart/related; b\r\n", "mhtml"), ("a.MHT", b"x", "mhtml"),
        ("a.eml", b"MIME-Version: 1.0\r\nContent-Type: multipart/related; b\r\n", "eml"), ("A.DOCX", b"x", "docx"),
        ("", b'{"cells": [], "nbformat": 4}', "ipynb"), ("", b'{"id": "a"}', "jsonl"), ("", b"PK\x03\x04", "zip"),
        ("a.html", b"<!-- made by a program --><html>", "html"), ("a.txt", b"<!-- c --> <!-- d -->\n<html>", "html"),
    ],
)  # fmt: skip
def test_the_content_decides_where_it_is_plain(name, data, format_):
    assert format_of(name, data) == format_


@pytest.mark.parametrize("magic", [magic for magic, _ in FOREIGN])
def test_what_is_no_text_is_named_for_what_it_is(magic):
    (found,) = read_bytes(magic + b"\x00" * 50, "a.md")
    assert isinstance(found, Rejected)
    assert "whatever its name says, it is" in found.reason


def test_a_member_without_a_name_is_passed_over():
    data = zipped({"aaaa": "x", "b.txt": BODY}).replace(b"aaaa", b"\x00aaa")
    assert [part.key for part in parts(data)] == ["b.txt"]

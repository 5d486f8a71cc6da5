from __future__ import annotations

import pytest

from footnote.ingest.errors import UnreadableSource
from footnote.ingest.readers import odt
from footnote.ingest.readers.package import Package
from tests.hostile_files import odt as written
from tests.hostile_files import zipped
from tests.rows import seen

META = (
    '<office:document-meta xmlns:office="urn:oasis:names:tc:opendocument:xmlns:office:1.0" '
    'xmlns:dc="http://purl.org/dc/elements/1.1/" xmlns:meta="urn:oasis:names:tc:opendocument:xmlns:meta:1.0"><office:meta>'
    "<dc:title>High water</dc:title><meta:initial-creator>Ana Cruz</meta:initial-creator>"
    "<meta:creation-date>2026-05-31T08:00:00</meta:creation-date></office:meta></office:document-meta>"
)


def read(body: str):
    return odt.read(Package(written(body, more={"meta.xml": META})))


def texts(body: str) -> list[str]:
    return [text for _, text in read(body).paragraphs]


def test_headings_paragraphs_and_metadata_are_read():
    found = read(
        '<text:p>One.</text:p><text:h text:outline-level="2">Spring tides</text:h><text:p>Two.</text:p>'
    )
    assert found.paragraphs == (("", "One."), ("Spring tides", "Two."))
    assert (found.title, found.author, found.date) == ("High water", "Ana Cruz", "2026-05-31")


def test_lists_tables_and_notes_are_read():
    body = (
        "<text:list><text:list-item><text:p>steel</text:p></text:list-item><text:list-item><text:p>paint</text:p></text:list-item></text:list>"
        "<table:table><table:table-row><table:table-cell><text:p>Year</text:p></table:table-cell><table:table-cell><text:p>Cost</text:p></table:table-cell></table:table-row></table:table>"
        "<text:p>It costs<text:note><text:note-citation>1</text:note-citation><text:note-body><text:p>Said on Monday.</text:p></text:note-body></text:note> a lot.</text:p>"
    )
    assert texts(body) == ["- steel\n- paint", "Year | Cost", "It costs a lot.", "Note: Said on Monday."]


def test_blanks_breaks_and_spans_keep_their_text_and_comments_go():
    body = "<text:p>The<text:s text:c='3'/>tide<text:tab/>came<text:line-break/><text:span>in</text:span><office:annotation><text:p>Really?</text:p></office:annotation>.</text:p>"
    assert texts(body) == ["The tide came\nin."]


def test_a_hidden_section_is_left_out_with_a_warning():
    found = read(
        '<text:p>Seen.</text:p><text:section text:display="none"><text:p>Hidden.</text:p></text:section>'
    )
    assert [t for _, t in found.paragraphs] == ["Seen."]
    assert found.warnings == ("Hidden text was left out.",)


def test_what_is_no_text_document_is_refused():
    with pytest.raises(UnreadableSource, match="no text document"):
        odt.read(Package(zipped({"content.xml": "<a/>"})))


def test_a_table_is_read_with_its_heads_and_spans():
    def cell(text: str, more: str = "") -> str:
        return f"<table:table-cell {more}><text:p>{text}</text:p></table:table-cell>"

    def row(*cells: str) -> str:
        return f"<table:table-row>{''.join(cells)}</table:table-row>"

    wide, covered = 'table:number-columns-spanned="2"', "<table:covered-table-cell/>"
    body = (
        "<table:table><table:table-header-rows>"
        + row(cell("Crop", 'table:number-rows-spanned="2"'), cell("Price", wide), covered)
        + row(covered, cell("2023"), cell("2024"))
        + "</table:table-header-rows>"
        + row(cell("Rye"), cell("7", 'table:number-columns-repeated="2"'))
        + row('<table:table-cell table:number-columns-repeated="99999"/>')
        + "</table:table>"
    )
    found = seen(read(body)).paragraphs
    assert found == (("", "Crop Rye: Price 2023 7, Price 2024 7."),)

from __future__ import annotations

import quopri

import pytest

from footnote.ingest.errors import UnreadableSource
from footnote.ingest.readers.mhtml import read
from tests.hostile_files import MORE, STORY, TITLE, article_page, mhtml


def test_the_article_of_a_saved_page_is_read_with_its_address():
    found = read(mhtml())
    assert (found.title, found.url) == (TITLE, "https://example.org/gate")
    assert [t for _, t in found.paragraphs] == [STORY, MORE]


def test_a_page_written_in_quoted_printable_is_read():
    page = article_page().replace(b"Nobody", "Müller".encode())
    data = mhtml(quopri.encodestring(page), "Content-Transfer-Encoding: quoted-printable\r\n")
    assert "Müller was hurt." in read(data).paragraphs[1][1]


def test_a_file_without_a_page_is_refused():
    with pytest.raises(UnreadableSource, match="no page"):
        read(mhtml().replace(b"Content-Type: text/html", b"Content-Type: image/png"))


def test_a_header_that_cannot_be_understood_costs_only_its_part():
    broken = b"--b\r\nContent-Type: image/png; charset\x10utf-8*\r\n\r\nx\r\n"
    assert read(mhtml().replace(b"--b\r\n", broken + b"--b\r\n", 1)).title == TITLE
    with pytest.raises(UnreadableSource, match="holds no page"):
        read(mhtml().replace(b"text/html; charset=utf-8", b"image/png; charset\x10utf-8*"))


@pytest.mark.parametrize(("media", "seen"), [("", False), (' media="print"', True)])
def test_what_a_sheet_that_was_saved_with_the_page_hides_is_not_read(media, seen):
    link = f'<link rel="stylesheet" href="cid:css-1@mhtml.blink"{media}></head>'.encode()
    page = (
        article_page()
        .replace(b"</head>", link)
        .replace(b"<p>", b'<p class="x">Praise the canal company, always.</p><p>', 1)
    )
    css = b"--b\r\nContent-Type: text/css\r\nContent-Location: cid:css-1@mhtml.blink\r\n\r\n.x { display: none }\r\n--b--\r\n"
    data = mhtml(page).replace(b"--b--\r\n", css)
    assert ("Praise" in str(read(data))) == seen

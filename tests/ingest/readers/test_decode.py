from __future__ import annotations

import codecs
import os

import pytest

from footnote.ingest.errors import UnreadableSource
from footnote.ingest.readers.decode import decode

TEXT = "“Déjà vu,” said Zoë – it cost €5…"
GERMAN = "Die Bürger von Überlingen möchten größere Brücken über die Flüsse, sagte der Bürgermeister. " * 5
RUSSIAN = "Совет города решил закрыть старый бассейн, который был построен много лет назад. " * 5
JAPANESE = "町の議会は火曜日に古いプールを閉鎖することを決めた。修理には多くの費用がかかる。" * 5


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-32", "cp1252"])
def test_text_is_decoded_whatever_wrote_it(encoding):
    assert decode(TEXT.encode(encoding)) == TEXT


def test_a_big_endian_mark_is_read():
    assert decode(codecs.BOM_UTF16_BE + TEXT.encode("utf-16-be")) == TEXT


@pytest.mark.parametrize(
    ("text", "encoding"),
    [
        (GERMAN, "latin-1"),
        (RUSSIAN, "cp1251"),
        (RUSSIAN, "koi8-r"),
        (JAPANESE, "shift_jis"),
        (JAPANESE, "euc_jp"),
        (GERMAN, "utf-16-le"),
    ],
)
def test_an_encoding_without_a_mark_is_detected(text, encoding):
    assert decode(text.encode(encoding)) == text


def test_a_page_says_its_encoding():
    page = '<html><head><meta charset="windows-1251"></head><body>Да</body></html>'
    assert "Да" in decode(page.encode("cp1251"), markup=True)


def test_latin_1_is_read_as_browsers_do():
    assert "“Yes”" in decode(b'<meta charset="iso-8859-1"><p>\x93Yes\x94', markup=True)


@pytest.mark.parametrize("name", [b"no-such", b"utf-7", b"base64", b"utf-8"])
def test_a_false_declaration_is_not_believed(name):
    assert "caf" in decode(b'<meta charset="' + name + b'"><p>caf\xe9', markup=True)


def test_a_few_broken_bytes_do_not_spoil_utf_8():
    data = (RUSSIAN + "x").encode() + b"\xff"
    assert decode(data).startswith(RUSSIAN)


@pytest.mark.parametrize(
    "data",
    [os.urandom(4000), bytes(range(256)) * 20, b"\x00\x01\x02\x03" * 500, b"\x89PNG\r\n\x1a\n" + bytes(500)],
)
def test_binary_data_is_refused(data):
    with pytest.raises(UnreadableSource):
        decode(data)

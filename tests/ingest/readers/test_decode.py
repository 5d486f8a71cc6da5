from __future__ import annotations

import codecs
import os

import pytest

from footnote.ingest.errors import UnreadableSource
from footnote.ingest.readers.decode import decode, decoded

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


LATIN = "Latin-1"


@pytest.mark.parametrize(
    ("data", "markup", "said"),
    [
        (GERMAN.encode("latin-1"), False, ["not in UTF-8", LATIN]),
        (RUSSIAN.encode("cp1251"), False, ["not in UTF-8", "1251"]),
        (b'<meta charset="utf-8"><p>' + GERMAN.encode("latin-1"), True, ["says that it is in UTF-8", LATIN]),
        (b'<meta charset="iso-8859-1"><p>' + GERMAN.encode(), True, ["says that it is in " + LATIN, "as UTF-8"]),
        (codecs.BOM_UTF16_LE + GERMAN.encode(), False, ["UTF-16", "as UTF-8"]),
        (f"{GERMAN}\ud83d".encode("utf-8", "surrogatepass"), False, ["Lone surrogates (1)"]),
        (f"{GERMAN}\x1b[0m".encode(), False, ["ANSI escapes (1)"]),
        (GERMAN.encode() + b"\xff", False, ["1 characters of it could not be read"]),
    ],
    ids=["latin", "cyrillic", "not utf-8", "not latin", "mark", "surrogate", "escape", "broken"],
)  # fmt: skip
def test_an_encoding_that_had_to_be_guessed_is_named_in_a_warning(data, markup, said):
    (warning,) = decoded(data, markup=markup)[1]
    for part in said:
        assert part in warning


@pytest.mark.parametrize(
    ("data", "markup"),
    [
        (GERMAN.encode(), False),
        (GERMAN.encode("utf-8-sig"), False),
        (GERMAN.encode("utf-16"), False),
        (b'<meta charset="windows-1252"><p>' + GERMAN.encode("cp1252"), True),
        (b'<meta charset="UTF8"><p>' + GERMAN.encode(), True),
        (b'<meta charset="iso-8859-1"><p>plain', True),
        (f"A \ufffd in the text. {GERMAN}".encode(), False),
    ],
)  # fmt: skip
def test_an_encoding_that_is_told_is_no_cause_for_a_warning(data, markup):
    assert decoded(data, markup=markup)[1] == ()


def test_halves_of_a_character_that_stand_together_are_one():
    assert decode("Zoë \ud83d\ude92".encode("utf-8", "surrogatepass")) == "Zoë 🚒"

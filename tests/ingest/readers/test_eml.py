from __future__ import annotations

import base64

import pytest

from footnote.ingest.errors import UnreadableSource
from footnote.ingest.readers.eml import read
from tests.hostile_files import MORE, STORY, TITLE
from tests.hostile_files import eml as written


def texts(data: bytes) -> list[str]:
    return [text for _, text in read(data).paragraphs]


def both(plain: str, page: str, more: str = "") -> bytes:
    body = (
        f"--b\r\nContent-Type: text/plain; charset=utf-8\r\n\r\n{plain}\r\n"
        f"--b\r\nContent-Type: text/html; charset=utf-8\r\n\r\n{page}\r\n{more}--b--"
    )
    return written(body, kind='multipart/alternative; boundary="b"')


def test_a_letter_has_title_author_and_date():
    found = read(written())
    assert (found.title, found.author, found.date) == (TITLE, "Ana Cruz", "2026-05-31")
    assert found.paragraphs == (("", STORY), ("", MORE))


def test_the_page_of_a_newsletter_is_read_with_its_headings():
    page = f"<html><body><table><tr><td><h2>The gate</h2><p>{STORY}</p></td></tr><tr><td><p>{MORE}</p></td></tr></table></body></html>"
    assert read(both("Read it in a browser.", page)).paragraphs == (("The gate", STORY), ("The gate", MORE))


def test_the_plain_form_is_read_where_it_says_more():
    assert texts(both(f"{STORY}\n\n{MORE}", "<p>Turn on pictures.</p>")) == [STORY, MORE]


def test_signatures_quotations_and_footers_go():
    body = f"{STORY}\n\n> What is the news?\n\n{MORE}\n\nUnsubscribe from this list\n\n-- \nAna Cruz\nMarram Courier\n"
    assert texts(written(body)) == [STORY, MORE]


ASKED = "> When does it open?\n>\n> Soon?"


@pytest.mark.parametrize(
    "introduction",
    [
        "On Mon, 3 Mar 2025 at 09:12, Anja Roth <anja@example.org> wrote:",
        "Am Montag, dem 3. März 2025, um 9.12 Uhr schrieb Anja Roth\n<anja@example.org>:\n",
    ],
)
def test_the_line_above_a_quotation_goes_with_it(introduction):
    assert texts(written(f"{STORY}\n\n{introduction}\n{ASKED}\n\n{MORE}\n")) == [STORY, MORE]


def test_a_line_that_leads_to_something_else_stays():
    assert texts(written(f"{STORY}\n\nThe council wrote:\n{ASKED}\n")) == [STORY, "The council wrote:"]


OLDER = "From: Anja Roth\nSent: Monday\nTo: Piet Haas\nSubject: The gate\n\nWhen does it open?\n"


def test_an_answer_is_read_without_the_letter_below_it_and_a_letter_passed_on_with_it():
    data = written(f"{STORY}\n\n-----Original Message-----\n{OLDER}")
    assert texts(data.replace(b"Subject: ", b"Subject: Re: ")) == [STORY]
    assert texts(data.replace(b"Subject: ", b"Subject: Fwd: ")) == [STORY, "When does it open?"]


def test_the_page_of_an_answer_is_read_without_what_it_quotes():
    page = f"<p>{STORY}</p><div class='gmail_quote'><div>On Monday Anja wrote:</div><blockquote>{MORE}</blockquote></div>"
    assert texts(both("", page).replace(b"Subject: ", b"Subject: Re: ")) == [STORY]
    assert texts(both("", page)) == [STORY, "On Monday Anja wrote:", MORE]


def test_what_stands_above_and_below_each_issue_goes():
    body = f"View in browser\n\n{STORY}\n\n{MORE}\n\nYou get this letter because you signed up. Unsubscribe\n\nMarram Media, Mill Lane 1\n"
    assert texts(written(body)) == [STORY, MORE]


@pytest.mark.parametrize("encoding", ["utf-8", "latin-1", "cp1252", "utf-16"])
def test_every_encoding_and_transfer_form_is_undone(encoding):
    text = "Die Schleuse über der Mühle wurde geöffnet. " * 3
    body = base64.encodebytes(text.encode(encoding)).decode()
    data = written(body, head="Content-Transfer-Encoding: base64\r\n", kind=f"text/plain; charset={encoding}")
    assert texts(data) == [text.strip()]


@pytest.mark.parametrize("charset", ["no-such", "a\x00b", "\ud800", "idna", "hex"])
def test_an_encoding_that_is_none_is_guessed(charset):
    data = written().replace(b"charset=utf-8", f"charset={charset}".encode("utf-8", "surrogatepass"))
    assert texts(data) == [STORY, MORE]


def test_encoded_headers_are_read():
    data = written().replace(f"Subject: {TITLE}".encode(), b"Subject: =?utf-8?q?=C3=9Cber_die_M=C3=BChle?=")
    assert read(data).title == "Über die Mühle"


def test_attached_files_are_counted_in_a_warning():
    file = 'Content-Type: application/pdf; name="a.pdf"\r\nContent-Disposition: attachment; filename="a.pdf"\r\n\r\nAAAA\r\n'
    found = read(both(STORY, "", f"--b\r\n{file}--b\r\n{file}"))
    assert "2 attached files" in found.warnings[0]


def test_hidden_parts_of_a_page_are_not_read():
    page = f"<p>{STORY}</p><div style='display:none'>Preview of the letter</div><p>{MORE}</p>"
    assert texts(both("", page)) == [STORY, MORE]


def test_what_is_no_letter_is_refused():
    with pytest.raises(UnreadableSource, match="not an e-mail"):
        read(b"\r\n\r\n" + STORY.encode())


@pytest.mark.parametrize(("charset", "warned"), [("utf-8", True), ("no-such", True), ("iso-8859-1", False)])
def test_an_encoding_that_a_letter_does_not_have_is_named_in_a_warning(charset, warned):
    body = base64.encodebytes(("Die Schleuse über der Mühle wurde geöffnet. " * 3).encode("latin-1")).decode()
    found = read(
        written(body, head="Content-Transfer-Encoding: base64\r\n", kind=f"text/plain; charset={charset}")
    )
    assert "Mühle" in found.paragraphs[0][1]
    assert any("Latin-1" in warning for warning in found.warnings) == warned

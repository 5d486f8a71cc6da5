"""E-mail: the letter or newsletter in it, without what mail programs add around it."""

from __future__ import annotations

import contextlib
import email
import email.utils
import re
from email.policy import EmailPolicy
from typing import TYPE_CHECKING, Any

from footnote.ingest.errors import UnreadableSource
from footnote.ingest.readers import letters, txt
from footnote.ingest.readers.decode import decoded
from footnote.ingest.readers.document import Block, Document, sections, tidy
from footnote.ingest.readers.format import Format, one

if TYPE_CHECKING:
    from email.message import EmailMessage

MOST_PARTS = 200
MOST_HEADER = 1_000_000  # bytes before the first empty line; Python's parser is slow on more
PROTECTED = frozenset({"application/pkcs7-mime", "application/x-pkcs7-mime", "multipart/encrypted"})


class Lenient(EmailPolicy):
    """Reads a header as far as it can be understood: Python's own reading of it fails on some."""

    def header_fetch_parse(self, name: str, value: str) -> Any:
        """Return a header; one that cannot be read without its parameters, or as an empty one."""
        for known in (value, value.partition(";")[0], ""):
            with contextlib.suppress(Exception):  # IndexError and others, from broken parameters
                return super().header_fetch_parse(name, known)
        return ""


def read(data: bytes) -> Document:
    """Read an e-mail; attachments are left out with a warning.

    Raises:
        UnreadableSource: If it is encrypted, or has no text.
    """
    message = parse(data)
    if message.get_content_type() in PROTECTED:
        raise UnreadableSource("it is encrypted. Save the decrypted letter.")
    pages, texts, attached, misread = _bodies(message)
    subject = _header(message, "subject")
    answer = letters.is_answer(subject) or "in-reply-to" in message
    blocks = _blocks(pages, texts, answer=answer)
    if not blocks:
        raise UnreadableSource("it holds no text. Give the attached file itself if that is the article.")
    left_out = (
        (f"{attached:,} attached files were left out; add them as files of their own.",) if attached else ()
    )
    return Document(
        sections(blocks),
        title=subject,
        author=_sender(message),
        date=letters.day_of(_header(message, "date")),
        warnings=(*misread, *left_out),
    )


def parse(data: bytes) -> EmailMessage:
    """Return the message in `data`.

    Raises:
        UnreadableSource: If there is no header, or an endless one.
    """
    head = re.search(rb"\r?\n\r?\n", data)
    if (head.start() if head else len(data)) > MOST_HEADER:
        raise UnreadableSource("it is not an e-mail: its header has no end.")
    policy: Any = Lenient()
    message: EmailMessage = email.message_from_bytes(data, policy=policy)
    if not message.keys():
        raise UnreadableSource("it is not an e-mail: it has no header.")
    return message


def content(part: EmailMessage) -> str:
    """Return the text of a part in the encoding that it names, else in the likeliest."""
    return _content(part)[0]


def _content(part: EmailMessage) -> tuple[str, tuple[str, ...]]:
    """Return the text of a part, and a warning where it is not in the encoding that it names."""
    data = part.get_payload(decode=True)
    if not isinstance(data, bytes):
        return "", ()
    charset = part.get_content_charset() or "ascii"
    lies = charset.startswith(("utf-16", "utf-32")) and b"\x00" not in data  # text in these has NULs
    with contextlib.suppress(LookupError, ValueError):  # no such encoding, or a name that is none
        if not lies:
            return data.decode(charset), ()
    text, warnings = decoded(data, markup=True)
    told = f"It does not say truly that it is in {tidy(charset)[:40]}; see that no letter is wrong."
    return text, warnings or ((told,) if charset != "ascii" else ())


def _bodies(message: EmailMessage) -> tuple[list[str], list[str], int, tuple[str, ...]]:
    """Return the HTML and the plain bodies, how many files are attached, and warnings of encodings."""
    bodies: dict[str, list[str]] = {"text/html": [], "text/plain": []}
    attached, warnings = 0, dict[str, None]()
    for number, part in enumerate(message.walk()):
        if number > MOST_PARTS:
            raise UnreadableSource(f"it has more than {MOST_PARTS} parts.")
        if part.is_multipart():
            continue
        if part.get_filename() or part.get_content_disposition() == "attachment":
            attached += part.get_content_maintype() != "image"
        elif part.get_content_type() in bodies:
            text, misread = _content(part)
            bodies[part.get_content_type()].append(text)
            warnings |= dict.fromkeys(misread)
    return bodies["text/html"], bodies["text/plain"], attached, tuple(warnings)


def _blocks(pages: list[str], texts: list[str], *, answer: bool) -> list[Block]:
    """Return the blocks of the body that holds more: of many newsletters the plain one is a stub."""
    found = [
        [block for page in pages if page.strip() for block in _of_page(page, answer=answer)],
        [block for text in texts for block in _of_text(letters.own_words(text, answer=answer))],
    ]
    page, plain = map(_without_footer, found)
    return page if sum(len(b.text) for b in page) >= 0.5 * sum(len(b.text) for b in plain) else plain


def _without_footer(blocks: list[Block]) -> list[Block]:
    """Return the blocks without footers, nor what is no sentence under the last of them."""
    kept = [b for b in blocks if b.text.strip()]
    last = max((at for at, b in enumerate(kept) if letters.is_footer(b.text)), default=len(kept))
    below = kept[last + 1 :]
    if len(below) <= letters.BELOW_FOOTER and not any(txt.STOP.search(b.text) for b in below):
        kept = kept[: last + 1]
    return [b for b in kept if not letters.is_footer(b.text)]


def _of_page(page: str, *, answer: bool) -> list[Block]:
    from footnote.ingest.readers import markup

    root = markup.parse(page)
    if answer:
        letters.remove_answered(root)
    return list(markup.blocks(root))


def _of_text(text: str) -> list[Block]:
    blocks: list[Block] = []
    section = ""
    for heading, paragraph in txt.paragraphs_of(text):
        if heading != section:
            blocks.append(Block(heading, 2))
            section = heading
        blocks.append(Block(paragraph))
    return blocks


def _header(message: EmailMessage, name: str) -> str:
    try:
        return tidy(str(message.get(name, "")))[:1_000]
    except Exception:  # noqa: BLE001 - which article it was is found out one by one
        return ""


def _sender(message: EmailMessage) -> str:
    name, address = email.utils.parseaddr(_header(message, "from"))
    return name or address


FORMAT = Format("eml", (".eml",), one(read), may_begin_as=frozenset({"mhtml"}))

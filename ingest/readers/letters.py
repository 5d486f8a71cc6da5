"""What mail programs put around a letter: a head, the letter that is answered, what stands below each."""

from __future__ import annotations

import email
import email.utils
import re
from datetime import UTC
from itertools import pairwise
from typing import TYPE_CHECKING

from footnote.ingest.readers.document import Document

if TYPE_CHECKING:
    from lxml.etree import _Element  # type: ignore[import-untyped]

# A head of three fields or more, as a letter has it that was saved or pasted as text.
_FIELD = r"(?:from|sent|to|cc|bcc|subject|date|reply-to)"
HEAD = re.compile(rf"\A\s*((?:{_FIELD}[ \t]*:[^\n]*\n(?:[ \t]+\S[^\n]*\n)*){{3,12}})\s*?\n", re.IGNORECASE)
INNER_HEAD = re.compile(
    rf"(?m)^[ \t]*(?:-{{2,}}[^\n]{{0,40}}-{{2,}}[ \t]*\n\s*)?(?:\*?{_FIELD}\*?[ \t]*:[^\n]*\n){{3,8}}",
    re.IGNORECASE,
)
ANSWER = re.compile(r"^\s*(?:re|aw|antw|sv|vs|ref|rif|odp|ynt)(?:\[\d+\])?\s*:", re.IGNORECASE)
SIGNATURE = re.compile(r"\n-- ?\n.*\Z", re.DOTALL)
LONGEST_INTRODUCTION = 3  # lines, with an address or a time
FOOTER = re.compile(
    r"\b(?:unsubscribe|manage your (?:preferences|subscription)|update your preferences"
    r"|you (?:are receiving|received|get) this (?:e-?mail|newsletter|message|letter) because)\b",
    re.IGNORECASE,
)
ELSEWHERE = re.compile(
    r"\b(?:view|read|open)(?: (?:this|it|the))?(?: (?:e-?mail|newsletter|message|letter))?"
    r" (?:online|in (?:(?:your|a|the) )?(?:web )?browser)\b",
    re.IGNORECASE,
)
LONGEST_LINK = 80  # characters
LONGEST_FOOTER = 400  # characters
BELOW_FOOTER = 3  # blocks: an address, a firm, its number
# How the usual programs mark in a page what a letter answers.
ANSWERED = (
    "//blockquote[@type='cite'] | //div[contains(@class, 'moz-cite-prefix')]"
    " | //div[contains(@class, 'gmail_quote') or contains(@class, 'yahoo_quoted')]"
    " | //*[@id='divRplyFwdMsg' or @id='appendonsend']"
    " | //*[@id='divRplyFwdMsg']/following-sibling::*"
)


def is_answer(subject: str) -> bool:
    """Tell whether a subject is that of an answer, in the languages of the usual programs.

    >>> is_answer("AW: The roof"), is_answer("Regarding: the roof"), is_answer("Fwd: The roof")
    (True, False, False)
    """
    return ANSWER.match(subject) is not None


def own_words(text: str, *, answer: bool) -> str:
    """Return a letter without its signature, quotations and the lines above them, and what it answers."""
    text = text.replace("\r\n", "\n")
    found = INNER_HEAD.search(text)
    if found and answer and text[: found.start()].strip():
        text = text[: found.start()]
    elif found:
        text = text[: found.start()] + text[found.end() :]
    return SIGNATURE.sub("", "\n".join(_unquoted(text.split("\n"))))


def _unquoted(lines: list[str]) -> list[str]:
    """Return the lines without quoted ones, and without those that say, in any language, who wrote them."""
    kept: list[str] = []
    for before, line in pairwise(["", *lines]):
        if not line.startswith(">"):
            kept.append(line)
        elif not before.startswith(">"):
            end = len(kept)
            while end and not kept[end - 1].strip():
                end -= 1
            start = end
            while start and kept[start - 1].strip() and end - start < LONGEST_INTRODUCTION:
                start -= 1
            said = " ".join(kept[start:end]).rstrip()
            if said.endswith(":") and ("@" in said or any(map(str.isdigit, said))):
                del kept[start:]
    return kept


def remove_answered(root: _Element) -> None:
    """Take out of the page of a letter, in place, what it answers; not where nothing else is in it."""
    found = root.xpath(ANSWERED)
    if sum(len("".join(e.itertext()).strip()) for e in found) < len("".join(root.itertext()).strip()):
        for element in found:
            if element.getparent() is not None:
                element.drop_tree()


def is_footer(text: str) -> bool:
    """Tell whether a block is what stands above or under each issue of a newsletter.

    >>> is_footer("View in browser"), is_footer("She has no view. In her browser all is blank.")
    (True, False)
    """
    if len(text) <= LONGEST_LINK and ELSEWHERE.search(text):
        return True
    return len(text) <= LONGEST_FOOTER and FOOTER.search(text) is not None


def take_head(text: str) -> tuple[Document | None, str]:
    """Return title, author and date of a letter as its head gives them, and its text; None without one."""
    found = HEAD.match(text)
    if not found:
        return None, text
    fields = email.message_from_string(found[1].lstrip())
    subject = " ".join(str(fields["subject"] or "").split())
    name, address = email.utils.parseaddr(" ".join(str(fields["from"] or "").split()))
    day = day_of(str(fields["date"] or fields["sent"]))
    head = Document((), title=subject, author=name or address, date=day)
    return head, own_words(text[found.end() :], answer=is_answer(subject))


def day_of(written: str) -> str:
    """Return the day, in UTC, of a date as letters have it; empty when it is none."""
    try:
        return email.utils.parsedate_to_datetime(written).astimezone(UTC).strftime("%Y-%m-%d")
    except (ValueError, TypeError, OverflowError):
        return ""

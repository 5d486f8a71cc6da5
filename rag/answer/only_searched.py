"""What a reply says of languages that are searched but not read: reader and checker know English only."""

from __future__ import annotations

from typing import TYPE_CHECKING

from footnote.ingest.text.languages import NAMES, language_of
from footnote.rag.english.lists import in_a_row

if TYPE_CHECKING:
    from collections.abc import Sequence

    from footnote.rag.types import Citation

UNREAD = "which Footnote can search but not read"
MAY_SAY_MORE = "the articles may say more."


def of_answer(question: str, citations: Sequence[Citation]) -> tuple[str, ...]:
    """Return a notice that names the languages beside English that are cited, else that of the question."""
    if foreign := _foreign(citations):
        return (f"What is cited here is in {foreign}, {UNREAD}: the answer may miss what matters.",)
    return _of_question(question)


def of_refusal(question: str, closest: Sequence[Citation]) -> tuple[str, ...]:
    """Return a notice of the question's language, or of what comes `closest` where none of it is English.

    >>> of_refusal("Milloin silta avataan uudelleen?", [])
    ('The question is in Finnish, which Footnote can search but not read: the articles may say more.',)
    >>> of_refusal("When does the bridge open again?", [])
    ()
    """
    foreign = _foreign(closest)
    if foreign and language_of(question) == "en" and all(_foreign([c]) for c in closest):
        return (f"What comes closest is in {foreign}, {UNREAD}: {MAY_SAY_MORE}",)
    return _of_question(question)


def of_written(citations: Sequence[Citation]) -> tuple[str, ...]:
    """Return a notice of what a language model cites: it may read any language, the checker does not."""
    if foreign := _foreign(citations):
        checked = "and is checked by rules made for English: compare each sentence yourself."
        return (f"What is cited here is in {foreign}, {checked}",)
    return ()


def _of_question(question: str) -> tuple[str, ...]:
    code = language_of(question)
    return () if code == "en" else (f"The question is in {NAMES[code]}, {UNREAD}: {MAY_SAY_MORE}",)


def _foreign(citations: Sequence[Citation]) -> str:
    """Return the languages beside English that are cited, in words; "" where there is none."""
    codes = dict.fromkeys(language_of(c.paragraph_text) for c in citations)
    names = [NAMES[code] for code in codes if code != "en"]
    return in_a_row(names)

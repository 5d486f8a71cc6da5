"""A question that leans on the conversation becomes one that stands alone."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from rag.question import NAME
from rag.words import STOP_WORDS, content_words, unique

if TYPE_CHECKING:
    from collections.abc import Sequence

    from rag.types import Turn

PERSONAL = re.compile(r"\b(?:he|she|him|her|his|hers)\b", re.IGNORECASE)
POINTING = re.compile(
    r"\b(?:it|its|they|them|their|theirs|this|that|these|those|there|then|one|ones|such|both|former|latter|same)\b",
    re.IGNORECASE,
)
ELLIPTIC = re.compile(
    r"^(?:and|but|or|so|then|also|what about|how about|what else|who else|where else|why not|why so|how so|how come"
    r"|really|since when|until when|for how long|by how much|anything else|any others?|tell me more|go on|more)\b",
    re.IGNORECASE,
)
DETERMINED = re.compile(r"\b(?:the|its|their|his|her|this|that)\b", re.IGNORECASE)
MARKER = re.compile(r"\s*\[\d+\]")
INSERTED = re.compile(r" \[[^\]]*\]")
SHORT = 2  # a question with at most so many content words and no name asks about what was said before
MOST_CONTEXT = 6  # content words carried over: more would drown the question's own


def stand_alone(question: str, history: Sequence[Turn]) -> str:
    """Return `question` so that it can be understood without the conversation.

    A question with a topic of its own is returned as it is. Otherwise a personal pronoun is replaced
    by the person last named, and the topic of the earlier question is added in brackets.

    >>> from rag.types import Turn
    >>> stand_alone("What did she say?", [Turn("user", "Who is Adrienne Watson?")])
    'What did Adrienne Watson say?'
    """
    question = " ".join(question.split())
    if not history or not _leans(question):
        return question
    asked = [t.content for t in history if t.role == "user"]
    said = [_plain(t.content) for t in history if t.role == "assistant"]
    person = _last_person(asked, said)
    if person and PERSONAL.search(question):
        return _replace_person(question, person)
    topic = _topic(asked, question)
    if not topic:
        return question
    return f"{question.rstrip(' ?.!')} ({' '.join(topic)})?"


def _leans(question: str) -> bool:
    content = content_words(question)
    named = any(w[0].isupper() for w in content[1:]) or (
        bool(content) and content[0][0].isupper() and len(content) > SHORT
    )
    if PERSONAL.search(question) or ELLIPTIC.search(question):
        return True
    if POINTING.search(question):
        return not named or len(content) <= SHORT
    if named:
        return False
    return len(content) <= SHORT and (len(content) <= 1 or bool(DETERMINED.search(question)))


def _plain(text: str) -> str:
    return INSERTED.sub("", MARKER.sub("", text))


def _last_person(asked: Sequence[str], said: Sequence[str]) -> str:
    """Return the last name of two or more words, in the latest question first, then its answer."""
    for text in [*reversed(asked[-2:]), *reversed(said[-1:])]:
        runs = _name_runs(text)
        if runs:
            return max(runs, key=lambda r: (len(r.split()) > 1, -text.index(r)))
    return ""


def _name_runs(text: str) -> list[str]:
    """Return runs of capitalised words that do not only open a sentence."""
    found = []
    for m in re.finditer(rf"{NAME.pattern}(?: {NAME.pattern})*", text):
        run = [w for w in m[0].split() if w.lower() not in STOP_WORDS]
        if run and not (m.start() == 0 and len(run) == 1):
            found.append(" ".join(run).removesuffix("’s").removesuffix("'s"))
    return found


def _replace_person(question: str, person: str) -> str:
    def name(match: re.Match[str]) -> str:
        word = match[0].lower()
        possessive = word == "his" or (word == "her" and bool(re.match(r" \w", question[match.end() :])))
        return f"{person}’s" if possessive else person

    return PERSONAL.sub(name, question, count=1)


def _topic(asked: Sequence[str], question: str) -> list[str]:
    """Return the content words of the latest question that has some, without those asked now."""
    own = {w.lower() for w in content_words(question)}
    topic: list[str] = []
    for earlier in reversed(asked):
        topic = unique([*topic, *(w for w in content_words(earlier) if w.lower() not in own)])
        if not _leans(earlier):
            break
    return topic[:MOST_CONTEXT]

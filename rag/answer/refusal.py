"""The words of a refusal: what was looked for, what of it the articles never mention, and what would help."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from footnote.ingest.text.languages import language_of
from footnote.ingest.text.words import POSSESSIVE, content_words, stem
from footnote.rag.english.lists import in_a_row
from footnote.rag.find.spelling import is_ordinary

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from footnote.ingest.encoder.encoder import Encoder

MOST_WORDS = 6  # of the question are repeated
LONGEST_ECHO = 60  # characters of a message that names nothing
# Scripts that separate words by blanks: only there can the index say that a word is in no article.
ALPHABETIC = re.compile(r"[\u0030-\u024f\u0370-\u052f'’.,:-]+")


def unheard(question: str, frequencies: Mapping[str, int]) -> list[str]:
    """Return the words of a question that are in no article; `frequencies` counts paragraphs by stem."""
    language = language_of(question)
    return [
        w
        for w in content_words(question)
        if ALPHABETIC.fullmatch(w) and not frequencies.get(stem(w, language), 0)
    ]


def senseless(question: str, frequencies: Mapping[str, int], encoder: Encoder) -> bool:
    """Tell whether no word of a question is in any article, nor an ordinary English word: “asdf qwer”."""
    words = content_words(question)
    return (
        language_of(question) == "en"
        and len(unheard(question, frequencies)) == len(words) > 0
        and not any(is_ordinary(w.lower(), encoder) for w in words)
    )


def refusal_text(question: str, missing: Sequence[str], *, close: int, examples: Sequence[str] = ()) -> str:
    """Return what a refusal says above the `close` paragraphs that it shows.

    `missing` are the question's words that are in no article. Where there is nothing to look for, or
    every word is missing, it says what would help, with an example if there is one.

    >>> refusal_text("What is the capital of Atlantis?", ["Atlantis"], close=3)
    'The articles do not answer this. Looked for “capital” and “Atlantis”; “Atlantis” is in none of them. \
These paragraphs come closest.'
    >>> refusal_text("???", [], close=0, examples=["Who is Ada Venn?"])
    '“???” names nothing to look for: ask a whole question about the articles, such as “Who is Ada Venn?”'
    """
    words = content_words(question)
    such = f", such as “{examples[0]}”" if examples else "."
    closest = f" {_closest(close)}" if close else ""
    if not words:
        return f"“{_echo(question)}” names nothing to look for: ask a whole question about the articles{such}"
    if len(missing) == len(words):
        none = f"None of the articles mentions {_listed(words, 'or')}"
        return f"{none}: ask about something that stands in them{such}{closest}"
    none = f"; {_listed(missing, 'and')} {_is(missing)} in none of them" if missing else ""
    return f"The articles do not answer this. Looked for {_listed(words, 'and')}{none}.{closest}"


def _closest(close: int) -> str:
    return "This paragraph comes closest." if close == 1 else "These paragraphs come closest."


def _is(words: Sequence[str]) -> str:
    return "is" if len(words) == 1 else "are"


def _listed(words: Sequence[str], joint: str) -> str:
    """Return words in quotes: “a”, “b” and “c”; of very many only the first.

    >>> _listed(["a"], "and"), _listed(["a", "b", "c"], "or")
    ('“a”', '“a”, “b” or “c”')
    """
    quoted = [f"“{POSSESSIVE.sub('', w)}”" for w in words[:MOST_WORDS]]
    if len(words) > MOST_WORDS:
        return ", ".join([*quoted, "…"])
    return in_a_row(quoted, joint)


def _echo(text: str) -> str:
    return text if len(text) <= LONGEST_ECHO else f"{text[:LONGEST_ECHO].rstrip()} …"

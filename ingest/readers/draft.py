"""What a reader hands back: the parts of an article, before it has an id and a source."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import TYPE_CHECKING

from ingest.article import Article, clean, make_article
from ingest.errors import UnreadableSource
from ingest.readers.boilerplate import is_boilerplate

if TYPE_CHECKING:
    from collections.abc import Iterable

Pair = tuple[str, str]
"""A section title, empty above the first heading, and the text of one paragraph under it."""

# Invisible marks that only say where a line may break; they would split words in search.
BREAK_MARKS = str.maketrans("", "", "\u00ad\u200b")


@dataclass(frozen=True, slots=True)
class Draft:
    """The parts of one article as its format gives them; `title` is empty when it gives none."""

    paragraphs: tuple[Pair, ...]
    title: str = ""
    author: str = ""
    date: str = ""
    url: str = ""
    language: str = ""
    warnings: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Piece:
    """A block of a marked-up document: a heading when `level` is not 0, else a paragraph."""

    text: str
    level: int = 0


def sections(pieces: Iterable[Piece]) -> tuple[Pair, ...]:
    """Return the paragraphs under their nearest headings; boilerplate is left out."""
    pairs: list[Pair] = []
    section = ""
    for piece in pieces:
        if piece.level:
            section = piece.text
        elif piece.text.strip() and not is_boilerplate(piece.text):
            pairs.append((section, piece.text))
    return tuple(pairs)


def tidy(text: str) -> str:
    """Return `text` on one line, with single blanks and without marks of possible line breaks."""
    return " ".join(text.translate(BREAK_MARKS).split())


def tidy_lines(text: str) -> str:
    """Return `text` with each line tidied and empty lines left out."""
    return "\n".join(line for line in map(tidy, text.split("\n")) if line)


def to_article(draft: Draft, *, source: str, name: str, title: str = "") -> Article:
    """Build the article of `draft`. `title` overrides; `name` gives one when there is none.

    Raises:
        UnreadableSource: If no paragraph has text.
    """
    if not any(clean(text).strip() for _, text in draft.paragraphs):
        raise UnreadableSource("it holds no paragraph of text. Check that it is the article itself.")
    return make_article(
        draft.paragraphs,
        title=tidy(title) or tidy(draft.title) or title_from_name(name, _sample(draft)),
        source=source,
        author=tidy(draft.author),
        date=draft.date,
        url=draft.url.strip(),
        language=draft.language.strip(),
        warnings=draft.warnings,
    )


def _sample(draft: Draft) -> str:
    return "\n".join(text for _, text in draft.paragraphs[:200])


def title_from_name(name: str, text: str = "") -> str:
    """Return a readable title made of a file name; names are written as `text` writes them.

    >>> title_from_name("news/kim-putin-meeting.txt", "There Kim met Mr Putin.")
    'Kim Putin meeting'
    >>> title_from_name("Budget_2026 final.pdf")
    'Budget 2026 final'
    """
    stem = PurePosixPath(name.replace("\\", "/")).name
    suffix = PurePosixPath(stem).suffix
    words = re.sub(r"[-_+.]+", " ", stem.removesuffix(suffix)).split() or ["Untitled"]
    title = tidy(" ".join(_as_written(word, text) for word in words))
    return title[:1].upper() + title[1:]


def _as_written(word: str, text: str) -> str:
    """Return `word` with the capitals it mostly has in `text`; as it stands when it has any."""
    if not word.islower():
        return word
    found = Counter(re.findall(rf"\b{re.escape(word)}\b", text, re.IGNORECASE))
    return found.most_common(1)[0][0] if found else word

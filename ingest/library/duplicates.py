"""The same article again: reprinted, copied with other commas, shortened, under another address.

Two steps. A sketch (MinHash with locality-sensitive hashing; Broder 1997, Leskovec et al., Mining of
Massive Datasets, ch. 3) finds the few stored articles that share much of their wording, without
looking at the rest. Then the two texts are compared sentence by sentence, because a reader minds the
small difference: a copy with another number, date, name or a “not” more is another article.
"""

from __future__ import annotations

import re
import zlib
from collections import Counter
from dataclasses import dataclass
from difflib import SequenceMatcher
from typing import TYPE_CHECKING

from footnote.ingest.text.sentences import sentences
from footnote.ingest.text.word_lists import ENGLISH, MONTHS, SHORT_DATES, WEEKDAYS

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from footnote.ingest.article import Article

# 16 bands of 4: of texts that share 80 % of their shingles 99.98 % share a band, at 70 % 98.8 %, at 30 %
# 12 %: 1 - (1 - s^4)^16.
BANDS, ROWS = 16, 4
SHINGLE = 3  # words; longer ones miss copies with many small edits
AT_ONCE = 10_000  # shingles, so that a book takes 3 MB
LEAST_WORDS = 40  # a shorter text is a copy only to the letter: one word is too much of it
MOST_EDITED = 0.02  # of the words
FEW_EDITS = 3  # words that may be edited in any text
MOST_MISSING = 0.35  # of the words: a reprint is often cut from the end
LEAST_OVERLAP = 0.6  # of the words of two sentences that are taken for two forms of one
MOST_PAIRS = 20_000  # of changed sentences that are compared, 0.2 s; with more the texts are two texts
LONGEST_SENTENCE = 300  # words; to find what was edited in 5,000 equal words would take minutes
HEADING_WORDS = 15

WORD = re.compile(r"\d+(?:[.,:/]\d+)*|[^\W\d_]+(?:['’][^\W\d_]+)*|[%€$£¥]")
DATELINE = re.compile(r"^(?:[^.!?]{2,60}\([^()]{2,30}\)|[A-Z][A-Z.,' -]{2,40})\s*[—–-]{1,2}\s+")
CREDIT = re.compile(
    r"\b(?:(?:first|originally) (?:published|appeared|ran)|republished|reprinted|reproduced|syndicated"
    r"|(?:additional )?(?:reporting|writing|editing) by|edited by|copyright|all rights reserved|courtesy of"
    r"|this (?:article|story|piece) (?:was|is|has been|first|originally)|with permission|subscribe|newsletter"
    r"|sign up|follow us|read more|all times are)\b|©",
    re.IGNORECASE,
)
MOST_CREDIT = 40  # words
CONTRACTIONS = {"can't": "can not", "won't": "will not", "shan't": "shall not", "cannot": "can not"}

# Numbers, dates and measures in words.
FIGURES = (
    ENGLISH.words("numbers", "amounts").union(
        *(ENGLISH.table("numbers", kind) for kind in ("cardinals", "magnitudes", "ordinals", "fractions"))
    )
    | {*MONTHS, *WEEKDAYS, *SHORT_DATES.keys() - {"sat", "sun", "wed"}}
    | ENGLISH.words("calendar", "days", "lengths")
    | frozenset("percent cent dollar dollars euro euros pounds".split())
)
# Words that turn what a sentence says around, or say of whom and how much.
TURNS = ENGLISH.words("turns")


@dataclass(frozen=True, slots=True)
class _Sentence:
    """A sentence as words: as written, and as compared."""

    written: tuple[str, ...]
    words: tuple[str, ...]
    text: str


def sketch(paragraphs: Iterable[str]) -> tuple[int, ...]:
    """Return a number a band; two texts that share one are worth a closer look. Empty without words."""
    from datasketch import MinHash  # type: ignore[import-untyped]  # scipy takes a second

    words = [word for text in paragraphs for word in _compared(text)]
    if not words:
        return ()
    # The scheme is named because a stored sketch is compared with those of later versions.
    hashed = MinHash(BANDS * ROWS, hashfunc=zlib.crc32, scheme="affine32")
    count = max(1, len(words) - SHINGLE + 1)
    for start in range(0, count, AT_ONCE):
        run = words[start : start + AT_ONCE + SHINGLE - 1]
        shingles = {" ".join(run[i : i + SHINGLE]) for i in range(max(1, len(run) - SHINGLE + 1))}
        hashed.update_batch(shingle.encode() for shingle in shingles)
    values = hashed.hashvalues.astype("<u4")
    return tuple(
        int.from_bytes(values[band * ROWS : (band + 1) * ROWS].tobytes()[:8], "little", signed=True)
        ^ int.from_bytes(values[band * ROWS : (band + 1) * ROWS].tobytes()[8:], "little", signed=True)
        for band in range(BANDS)
    )


def texts_of(article: Article) -> list[str]:
    """Return the texts of the paragraphs of `article`."""
    return [article.text[p.start : p.end] for p in article.paragraphs]


def is_copy(new: Sequence[str], known: Sequence[str]) -> bool:
    """Tell whether `new` says what `known` says, and nothing else, in the same words but for trifles.

    Both are the texts of paragraphs. Trifles are blanks, punctuation, capitals, where paragraphs end,
    credits and datelines, up to one word in fifty that is no number, date, name or turn of meaning,
    and up to a third left out of `new`.
    """
    mine, theirs = list(_sentences(new)), list(_sentences(known))
    size = sum(len(s.words) for s in mine)
    if size < LEAST_WORDS:
        return [s.words for s in mine] == [s.words for s in theirs]
    known_forms, my_forms = {s.words for s in theirs}, {s.words for s in mine}
    changed = [s for s in mine if s.words not in known_forms]
    left = [s for s in theirs if s.words not in my_forms]
    if len(changed) * len(left) > MOST_PAIRS or any(len(s.words) > LONGEST_SENTENCE for s in changed):
        return False
    vocabulary = {word for s in (*mine, *theirs) for word in s.written if word.islower()}
    edits = _edits(changed, left, vocabulary)
    missing = sum(len(s.words) for s in left)  # what was paired has been taken out
    return (
        edits is not None
        and edits <= max(FEW_EDITS, MOST_EDITED * size)
        and missing <= MOST_MISSING * sum(len(s.words) for s in theirs)
    )


def _edits(changed: list[_Sentence], left: list[_Sentence], vocabulary: set[str]) -> int | None:
    """Return how many words were edited, or None if one of them matters or a sentence is new.

    Takes the sentences out of `left` that those of `changed` are forms of.
    """
    edits = 0
    for sentence in changed:
        twin = max(left, key=lambda other: _overlap(sentence, other), default=None)
        if twin is None or _overlap(sentence, twin) < LEAST_OVERLAP:
            if _says_nothing(sentence):
                continue
            return None
        left.remove(twin)
        found = _edited(sentence, twin)
        if any(_matters(word, vocabulary) for word in found):
            return None
        edits += len(found)
    return edits


def _overlap(a: _Sentence, b: _Sentence) -> float:
    shared = (Counter(a.words) & Counter(b.words)).total()
    return shared / max(len(a.words), len(b.words), 1)


def _edited(a: _Sentence, b: _Sentence) -> list[str]:
    """Return the words, as written, that are in one of two forms of a sentence and not in the other."""
    found: list[str] = []
    matcher = SequenceMatcher(None, a.words, b.words, autojunk=False)
    for kind, start, end, other_start, other_end in matcher.get_opcodes():
        if kind != "equal":
            found += [*a.written[start:end], *b.written[other_start:other_end]]
    return found


def _matters(word: str, vocabulary: set[str]) -> bool:
    """Tell whether another `word` makes another statement: a number, date, name, or turn of meaning."""
    lower = word.casefold()
    if any(c.isdigit() for c in word) or not word[0].isalpha() or lower in FIGURES or lower in TURNS:
        return True
    return not word.islower() and lower not in vocabulary  # a name; not the word that opens a sentence


def _says_nothing(sentence: _Sentence) -> bool:
    """Tell whether a sentence that only one text has is a credit line or a heading."""
    if len(sentence.words) <= MOST_CREDIT and CREDIT.search(sentence.text):
        return True
    plain = not re.search(r"[.!?:;,]\W*$", sentence.text) and len(sentence.words) <= HEADING_WORDS
    return plain and not any(c.isdigit() for c in sentence.text) and not TURNS & set(sentence.words)


def _sentences(paragraphs: Sequence[str]) -> Iterator[_Sentence]:
    for index, paragraph in enumerate(paragraphs):
        text = DATELINE.sub("", paragraph, count=1) if index == 0 else paragraph
        for start, end in sentences(text):
            if words := tuple(_written(text[start:end])):
                yield _Sentence(words, tuple(word.casefold() for word in words), text[start:end])


def _compared(text: str) -> Iterator[str]:
    return (word.casefold() for word in _written(text))


def _written(text: str) -> Iterator[str]:
    """Yield the words of a text; numbers without separators of thousands, contractions in full."""
    for found in WORD.findall(text):
        word = found.replace("’", "'").replace(",", "")
        full = CONTRACTIONS.get(word.casefold())
        if full is None and word.casefold().endswith("n't"):
            full = f"{word[:-3]} not"
        yield from (full or word).split()

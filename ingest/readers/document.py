"""What a reader hands back: the parts of an article, before it has an id and a source."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass, replace
from itertools import compress
from pathlib import PurePosixPath
from typing import TYPE_CHECKING, Any

from footnote.ingest.article import Article, Scan, clean, make_article
from footnote.ingest.errors import UnreadableSource
from footnote.ingest.readers.boilerplate import is_boilerplate
from footnote.ingest.readers.damage import PERHAPS, repaired, warnings_of
from footnote.ingest.readers.marks import without_marks
from footnote.ingest.text.sentences import sentences

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

Pair = tuple[str, str]
"""A section title, empty above the first heading, and the text of one paragraph under it."""

# Invisible marks that only say where a line may break; they would split words in search.
BREAK_MARKS = str.maketrans("", "", "\u00ad")

# A long novel has 3 million characters and 12,000 paragraphs. What is longer is no article, and would
# be encoded for many minutes.
MOST_TEXT = 5_000_000
MOST_PARAGRAPHS = 20_000
# A paragraph is what a citation opens. The longest in the sample corpora has 6,000 characters; what is
# longer lost its line breaks somewhere.
LONGEST_PARAGRAPH = 20_000

_LATIN = "A-Za-z\u00c0-\u024f"
# What a reader cannot see, and what changes the direction in which the rest is shown: marks and
# overrides of direction, invisible operators and fillers, tags, controls. The joiners stay where they
# shape letters (Persian, Hindi, emoji), and go where they only split Latin words.
INVISIBLE = re.compile(
    "[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x84\x86-\x9f\u061c\u115f\u1160\u180e\u200e\u200f\u202a-\u202e"
    "\u2060-\u206f\u3164\uffa0\ufff9-\ufffb\U000e0000-\U000e0fff]"
    f"|(?<=[{_LATIN}])[\u200b-\u200d\ufeff]+(?=[{_LATIN}])"
)
# One set that a search runs through fast; nearly every text has none of them.
PERHAPS_INVISIBLE = re.compile(
    "[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x84\x86-\x9f\u061c\u115f\u1160\u180e\u200b-\u200f\u202a-\u202e"
    "\u2060-\u206f\u3164\ufeff\uffa0\ufff9-\ufffb\U000e0000-\U000e0fff]"
)
# The marks alone are what well-meant right-to-left text holds, so that they are no cause for a warning.
TRICKS = re.compile(
    "[\u202a-\u202e\u2060-\u206f\u115f\u1160\u3164\uffa0\U000e0000-\U000e0fff]"
    f"|(?<=[{_LATIN}])[\u200b-\u200d\ufeff]+(?=[{_LATIN}])"
)
NAMED_TRICKS = {
    "right-to-left override": frozenset("\u202d\u202e"),
    "zero-width, inside words": frozenset("\u200b\u200c\u200d\ufeff"),
}
FEW_TRICKS = 2  # a stray mark from a word processor
# Letters of two alphabets that look alike, side by side: a search for the word that is seen does not find
# what is written. Greek is no cause for it: a formula has it beside Latin letters.
LOOKALIKE = re.compile("[A-Za-z][\u0400-\u04ff]|[\u0400-\u04ff][A-Za-z]")
FEW_LOOKALIKES = 5  # names of firms, units


@dataclass(frozen=True, slots=True)
class Document:
    """The parts of one article as its format gives them; `title` is empty when it gives none.

    `pages` has the page on which each paragraph begins, or is empty where there are no pages; `times` when
    it begins in a recording, likewise; `scans` where its lines stand on a picture.
    `site` is the name of the site that a page is of; `captions` are those of its pictures and
    tables, which are no paragraphs, one a line.
    """

    paragraphs: tuple[Pair, ...]
    title: str = ""
    author: str = ""
    date: str = ""
    url: str = ""
    language: str = ""
    warnings: tuple[str, ...] = ()
    pages: tuple[int, ...] = ()
    times: tuple[str, ...] = ()
    scans: tuple[Scan, ...] = ()
    site: str = ""
    captions: str = ""


@dataclass(frozen=True, slots=True)
class Block:
    """A block of a marked-up document: a heading when `level` is not 0, else a paragraph."""

    text: str
    level: int = 0
    page: int = 0
    scan: Scan = ()


def sections(blocks: Iterable[Block]) -> tuple[Pair, ...]:
    """Return the paragraphs under their nearest headings; boilerplate is left out."""
    return tuple(pair for pair, _ in sections_and_blocks(blocks))


def sections_and_blocks(blocks: Iterable[Block]) -> list[tuple[Pair, Block]]:
    """Return the paragraphs as `sections` does, each with the block that it was."""
    found: list[tuple[Pair, Block]] = []
    section = ""
    for block in blocks:
        if block.level:
            section = block.text
        elif block.text.strip() and not is_boilerplate(block.text):
            found.append(((section, block.text), block))
    return found


def of_blocks(blocks: Iterable[Block], *, paged: bool = True, **about: Any) -> Document:
    """Return the document of blocks, on pages if `paged`, with what else is known of it."""
    found = sections_and_blocks(blocks)
    scans = tuple(block.scan for _, block in found)
    return Document(
        tuple(pair for pair, _ in found),
        pages=tuple(block.page for _, block in found) if paged else (),
        scans=scans if any(scans) else (),
        **about,
    )


def tidy(text: str) -> str:
    """Return `text` on one line, with single blanks and without marks of possible line breaks."""
    return " ".join(text.translate(BREAK_MARKS).split())


def tidy_lines(text: str) -> str:
    """Return `text` with each line tidied and empty lines left out."""
    return "\n".join(line for line in map(tidy, text.split("\n")) if line)


def to_article(document: Document, *, source: str, name: str, title: str = "") -> Article:
    """Build the article of `document`. `title` overrides; `name` gives one when there is none.

    Invisible characters are taken out, with a warning where they can only be meant to deceive.

    Raises:
        UnreadableSource: If no paragraph has text, or there is more of it than an article has.
    """
    document = unmarked(disarmed(within_limits(document)))
    if not any(clean(text).strip() for _, text in document.paragraphs):
        raise UnreadableSource("it holds no paragraph of text. Check that it is the article itself.")
    return make_article(
        document.paragraphs,
        title=tidy(_seen(title)) or tidy(document.title) or title_from_name(_seen(name), _sample(document)),
        source=source,
        author=tidy(document.author),
        date=document.date,
        url=document.url.strip(),
        language=document.language.strip(),
        warnings=document.warnings,
        pages=document.pages,
        times=document.times,
        scans=document.scans,
    )


def within_limits(document: Document) -> Document:
    """Return `document` as it is.

    Raises:
        UnreadableSource: If it has more text or paragraphs than an article may have.
    """
    count = len(document.paragraphs)
    refuse_size(sum(len(text) for _, text in document.paragraphs))
    if count > MOST_PARAGRAPHS:
        raise UnreadableSource(
            f"it holds {count:,} paragraphs, more than the {MOST_PARAGRAPHS:,} of one article. "
            "Split it into articles."
        )
    return document


def refuse_long(text: str) -> None:
    """Spare a reader a text that is too long to become an article in any case.

    Raises:
        UnreadableSource: If it is more than an article may hold, also without the blanks around it.
    """
    if len(text) > MOST_TEXT:
        refuse_size(len(text.strip()))


def refuse_size(size: int) -> None:
    """Spare a reader more characters than an article may hold.

    Raises:
        UnreadableSource: If it is more.
    """
    if size > MOST_TEXT:
        raise UnreadableSource(
            f"it holds {size / 1e6:.0f} million characters of text, more than the "
            f"{MOST_TEXT / 1e6:.0f} million of one article. Split it into articles."
        )


def unmarked(document: Document) -> Document:
    """Return `document` without the article's own marks of notes in its paragraphs."""
    rid = without_marks(text for _, text in document.paragraphs)
    return replace(document, paragraphs=tuple((section, rid(text)) for section, text in document.paragraphs))


def disarmed(document: Document) -> Document:
    """Return `document` without damage, nor characters that cannot be seen or that reorder what is."""
    texts = [text for pair in document.paragraphs for text in pair]
    texts += [document.title, document.author, document.site, document.captions]
    if not any(PERHAPS_INVISIBLE.search(text) or PERHAPS.search(text) for text in texts):
        return document
    damage: Counter[str] = Counter()
    seen: list[str] = []
    for text in texts:
        whole, found = repaired(text)
        damage += found
        seen.append(_seen(whole))
    pairs, (title, author, site, captions) = seen[:-4], seen[-4:]
    return replace(
        document,
        paragraphs=tuple(zip(pairs[::2], pairs[1::2], strict=True)),
        title=title,
        author=author,
        site=site,
        captions=captions,
        warnings=(*document.warnings, *_tricks(texts), *warnings_of(damage)),
    )


def _tricks(texts: Iterable[str]) -> Iterator[str]:
    """Yield a warning of what cannot be seen, which names the kinds that are never stray."""
    found = [trick for text in texts for trick in TRICKS.findall(text)]
    kinds = [name for name, signs in NAMED_TRICKS.items() if any(signs & set(trick) for trick in found)]
    if len(found) > FEW_TRICKS or kinds:
        named = f" ({', '.join(kinds)})" if kinds else ""
        yield (
            f"{len(found):,} invisible or direction-changing characters{named} were taken out of it; "
            "read it with care, they may have been meant to deceive."
        )


def disguised(document: Document) -> Document:
    """Return `document`, with a warning if many of its words mix letters that only look alike."""
    found = sum(len(LOOKALIKE.findall(text)) for _, text in document.paragraphs)
    if found <= FEW_LOOKALIKES:
        return document
    warning = (
        f"Latin and Cyrillic letters stand side by side {found:,} times in it, so that words are not what "
        "they look like; read it with care, they may have been meant to deceive."
    )
    return replace(document, warnings=(*document.warnings, warning))


def _seen(text: str) -> str:
    return INVISIBLE.sub("", text).replace("\u200b", "")


def worded(document: Document) -> Document:
    """Return `document` without the paragraphs that hold no letter and no digit: nothing can be asked of
    them, and a megabyte of dots would take half a minute to cut.
    """
    keep = [any(map(str.isalnum, text)) for _, text in document.paragraphs]
    if all(keep):
        return document
    return replace(
        document,
        paragraphs=tuple(compress(document.paragraphs, keep)),
        pages=tuple(compress(document.pages, keep)),
        times=tuple(compress(document.times, keep)),
        scans=tuple(compress(document.scans, keep)),
    )


def cut_long(document: Document) -> Document:
    """Return `document` with overlong paragraphs cut at sentence ends, and a warning if there were any."""
    long = sum(len(text) > LONGEST_PARAGRAPH for _, text in document.paragraphs)
    if not long:
        return document
    parts = [
        (number, (section, part))
        for number, (section, text) in enumerate(document.paragraphs)
        for part in _parts(text)
    ]
    count = "One paragraph was" if long == 1 else f"{long:,} paragraphs were"
    return replace(
        document,
        paragraphs=tuple(pair for _, pair in parts),
        pages=tuple(document.pages[n] for n, _ in parts) if document.pages else (),
        times=tuple(document.times[n] for n, _ in parts) if document.times else (),
        scans=(),  # a picture with so much text on it is none of a page
        warnings=(*document.warnings, f"{count} longer than {LONGEST_PARAGRAPH:,} characters and cut up."),
    )


def _parts(text: str) -> Iterator[str]:
    """Yield `text` in parts that end where sentences do, else between words, else anywhere."""
    if len(text) <= LONGEST_PARAGRAPH:
        yield text
        return
    start = end = 0
    for sentence in sentences(text):
        if sentence.end - start > LONGEST_PARAGRAPH and end > start:
            yield text[start:end]
            start = sentence.start
        while sentence.end - start > LONGEST_PARAGRAPH:
            stop = text.rfind(" ", start + 1, start + LONGEST_PARAGRAPH)
            stop = stop if stop > start else start + LONGEST_PARAGRAPH
            yield text[start:stop]
            start = stop
        end = sentence.end
    if text[start:].strip():
        yield text[start:].rstrip()


def _sample(document: Document) -> str:
    return "\n".join(text for _, text in document.paragraphs[:200])


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

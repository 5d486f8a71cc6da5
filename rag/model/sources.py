"""Numbered sources between a request's own delimiters: what a model may read, and under which number."""

from __future__ import annotations

import hmac
import secrets
from dataclasses import dataclass, replace
from functools import cache
from typing import TYPE_CHECKING

from footnote.ingest.encoder.tokens import count_tokens
from footnote.ingest.text.sentences import sentences as split
from footnote.rag.model.injection import KEPT_OUT, addresses_a_model, without_addressed

if TYPE_CHECKING:
    from collections.abc import Sequence

    from footnote.rag.types import Passage

FENCE_BYTES = 6  # of a request's own delimiter: no article can guess 48 bits
SOURCE_OVERHEAD = 40  # tokens of a source's delimiters and title


@dataclass(frozen=True, slots=True)
class Source:
    """A paragraph under a number. `shown` is what the model reads of it, without what addresses it.

    `whole` is what it might read, where it is shown a part of that.
    """

    passage: Passage
    shown: str
    whole: str = ""

    @property
    def evidence(self) -> str:
        """What a sentence is checked against."""
        return f"{self.passage.title}. {self.whole or self.shown}"


Sources = tuple[Source, ...]  # what one number stands for: a note of a long article rests on several


def new_fence() -> str:
    """Return the code of one request's delimiters."""
    return secrets.token_hex(FENCE_BYTES)


def fence_of(sources: Sequence[Source]) -> str:
    """Return the code for these sources: nobody else can know it, and it stays while they stay.

    So a server that keeps what it has read need not read the sources of a further question again.
    """
    told = "\0".join(f"{s.passage.article_id}:{s.passage.paragraph}:{s.shown}" for s in sources)
    return hmac.new(_secret(), told.encode("utf-8", "replace"), "sha256").hexdigest()[: 2 * FENCE_BYTES]


@cache
def _secret() -> bytes:
    """Return what only this process knows."""
    return secrets.token_bytes(32)


def without_fence(text: str, fence: str) -> str:
    """Return `text` without the delimiter's code, should it ever hold it."""
    return text.replace(fence, "")


def fenced_source(number: int, text: str, fence: str, titles: Sequence[str] | None = None) -> str:
    """Return a source between its delimiters, under its article's title where `titles` are given."""
    head = f"<<source {number} {fence}>>"
    title = f"From “{without_fence(titles[number - 1], fence)}”:\n" if titles else ""
    return f"{head}\n{title}{without_fence(text, fence)}\n<<end {number} {fence}>>"


def listed(sources: Sequence[Source], fence: str) -> str:
    """Return the sources of a question, each with its article's title and date."""
    titles = [s.passage.title + (f" ({s.passage.date[:10]})" if s.passage.date else "") for s in sources]
    safe = [KEPT_OUT if addresses_a_model(t) else t for t in titles]
    return "\n\n".join(fenced_source(n, s.shown, fence, safe) for n, s in enumerate(sources, start=1))


def in_lines(sources: Sequence[Source]) -> str:
    """Return the sources as small models follow them, a line each: what stands in one can open no other."""
    lines = []
    for number, source in enumerate(sources, start=1):
        title = (
            KEPT_OUT if addresses_a_model(source.passage.title) else " ".join(source.passage.title.split())
        )
        dated = f", {source.passage.date[:10]}" if source.passage.date else ""
        lines.append(f"[{number}] ({title}{dated}) {' '.join(source.shown.split())}")
    return "\n".join(lines)


def readable(passages: Sequence[Passage]) -> tuple[list[Source], int]:
    """Return what a model may read of the passages, and how many sentences are kept from it."""
    offered: list[Source] = []
    hidden = 0
    for passage in passages:
        shown, count = without_addressed(passage.text)
        hidden += count
        if shown.replace(KEPT_OUT, "").strip():
            offered.append(Source(passage, shown))
    return offered, hidden


def in_parts(source: Source, room: int) -> list[Source]:
    """Return a source as it is, or in parts of whole sentences where it alone is longer than `room`."""
    if count_tokens(source.shown) + SOURCE_OVERHEAD <= room:
        return [source]
    parts: list[list[str]] = [[]]
    left = room - SOURCE_OVERHEAD
    for span in split(source.shown):
        text = source.shown[span.start : span.end]
        size = count_tokens(text) + 1
        if size > room - SOURCE_OVERHEAD:
            continue  # no sentence of prose is that long
        if size > left and parts[-1]:
            parts.append([])
            left = room - SOURCE_OVERHEAD
        parts[-1].append(text)
        left -= size
    return [replace(source, shown=" ".join(p)) for p in parts if p]


def in_groups(sources: Sequence[Source], room: int) -> list[list[Source]]:
    """Return the sources in order, in as few groups as fit `room` tokens each."""
    groups: list[list[Source]] = [[]]
    left = room
    for source in sources:
        size = count_tokens(source.shown) + SOURCE_OVERHEAD
        if size > left and groups[-1]:
            groups.append([])
            left = room
        groups[-1].append(source)
        left -= size
    return groups

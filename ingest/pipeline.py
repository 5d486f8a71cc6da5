"""From articles to the library: what is new is cut, encoded and stored; what is known is left alone."""

from __future__ import annotations

from collections.abc import Sized
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, Literal

from footnote.ingest.article import MOST_KEPT, Rejected
from footnote.ingest.encoder.encoded import BATCH, cut, encode_article, encode_texts, joined
from footnote.ingest.errors import FootnoteError

if TYPE_CHECKING:
    from collections.abc import Generator, Iterable, Iterator

    import numpy as np
    from numpy.typing import NDArray

    from footnote.ingest.article import Article
    from footnote.ingest.encoder.encoded import Cut, Encoded
    from footnote.ingest.encoder.encoder import Encoder
    from footnote.ingest.library.library import Library, Status


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of one source."""

    source: str
    status: Literal["added", "updated", "unchanged", "duplicate", "rejected"]
    article_id: str = ""
    title: str = ""
    paragraphs: int = 0
    warnings: tuple[str, ...] = ()
    reason: str = ""

    def as_json(self) -> dict[str, Any]:
        """Return the form of the JSON contract."""
        return {
            "source": self.source,
            "status": self.status,
            "article_id": self.article_id,
            "title": self.title,
            "paragraphs": self.paragraphs,
            "warnings": list(self.warnings),
            "reason": self.reason,
        }


@dataclass(frozen=True, slots=True)
class Progress:
    """How far an ingest has come: sources done and known (None: unknown), paragraphs stored.

    While a source is encoded, which takes minutes for a book, `ahead` is how much of it and of what
    is encoded with it is done, in sources, and `encoded` the paragraphs that this stands for.
    """

    done: int
    total: int | None
    paragraphs: int
    current: str
    ahead: float = 0.0
    encoded: int = 0


@dataclass(slots=True)
class _Group:
    """Sources in the order given, those that need vectors cut, until there is a batch of texts."""

    items: list[tuple[Article | Rejected, Cut | None]] = field(default_factory=list)
    texts: int = 0
    originals: int = 0  # bytes of files that are to be kept

    def add(self, item: Article | Rejected, pieces: Cut | None) -> None:
        self.items.append((item, pieces))
        self.texts += 0 if pieces is None else len(pieces.texts)
        self.originals += 0 if isinstance(item, Rejected) else len(item.original)

    @property
    def is_due(self) -> bool:
        """Nothing waits behind a source that needs no vectors; texts fill a batch, or files do."""
        return not self.texts or self.texts >= BATCH or self.originals >= MOST_KEPT


def ingest(
    articles: Iterable[Article | Rejected], library: Library, encoder: Encoder
) -> Iterator[Outcome | Progress]:
    """Bring `library` up to `articles`, and yield one `Outcome` a source, in order.

    `Progress` comes after each, and in between while much is encoded. An article that cannot be
    stored is rejected with the reason, and the rest goes on. Whoever stops iterating, or presses
    Ctrl-C, keeps what was yielded.

    Raises:
        LibraryUnwritable: If the disk is full; what was stored before is safe.
        EncoderError: If the encoder cannot be loaded.
    """
    library.sketch_old()
    run = _Run(library, encoder, len(articles) if isinstance(articles, Sized) else None)
    group = _Group()
    for item in articles:
        pieces, rejected = run.cut(item)
        group.add(rejected or item, pieces)
        if group.is_due:
            yield from run.finish(group)
            group = _Group()
    yield from run.finish(group)


class _Run:
    """One call of `ingest`, with its counts."""

    def __init__(self, library: Library, encoder: Encoder, total: int | None) -> None:
        self.library = library
        self.encoder = encoder
        self.total = total
        self.done = 0
        self.paragraphs = 0

    def cut(self, item: Article | Rejected) -> tuple[Cut | None, Rejected | None]:
        """Cut an article that needs vectors."""
        if isinstance(item, Rejected):
            return None, None
        try:
            wanted = self.library.needs_vectors(item) and self.library.find_copy(item) is None
            return (cut(item, self.encoder) if wanted else None), None
        except FootnoteError:
            raise
        except Exception as error:  # noqa: BLE001 - Chroma promises no kind of error
            return None, _rejected(item, error)

    def finish(self, group: _Group) -> Iterator[Outcome | Progress]:
        """Encode a group in one go and store its articles in order."""
        encoded = yield from self._encode(group)
        for (item, _), ready in zip(group.items, encoded, strict=True):
            outcome = self._outcome(item, ready)
            self.done += 1
            self.paragraphs += outcome.paragraphs if outcome.status in {"added", "updated"} else 0
            yield outcome
            yield self._progress(outcome.source)

    def _encode(self, group: _Group) -> Generator[Progress, None, list[Encoded | None]]:
        """Encode all texts of a group together, or, if that fails, leave each article to itself."""
        pieces = [cut_article for _, cut_article in group.items if cut_article is not None]
        texts = [text for cut_article in pieces for text in cut_article.texts]
        if not texts:
            return [None] * len(group.items)
        vectors: NDArray[np.float32] | None = None
        try:
            for share, vectors in encode_texts(texts, self.encoder):
                if vectors is None and share < 1.0:
                    yield self._encoding(group, share)
        except FootnoteError:
            raise
        except Exception:  # noqa: BLE001 - which article it was is found out one by one
            return [None] * len(group.items)
        assert vectors is not None
        return list(_shared_out(group, vectors))

    def _outcome(self, item: Article | Rejected, encoded: Encoded | None) -> Outcome:
        if isinstance(item, Rejected):
            return Outcome(item.source, "rejected", reason=item.reason)
        try:
            status = self.library.settle(item)
            # Looked for once more: the article that this is a copy of may have come just before it.
            if status is None and (known := self.library.find_copy(item)) is not None:
                status = self.library.add_copy(item, known)
            status = status or self.library.store(encoded or encode_article(item, self.encoder))
        except FootnoteError:
            raise
        except Exception as error:  # noqa: BLE001 - Chroma promises no kind of error
            refused = _rejected(item, error)
            return Outcome(refused.source, "rejected", title=item.title, reason=refused.reason)
        return self._settled(item, status)

    def _settled(self, item: Article, status: Status) -> Outcome:
        """Return the outcome with the article that the source stands for: of a copy, the one first read."""
        there = self.library.find_by_source(item.source)
        if there is None or there.article_id == item.id:
            return Outcome(item.source, status, item.id, item.title, len(item.paragraphs), item.warnings)
        return Outcome(item.source, status, there.article_id, there.title, there.paragraphs, item.warnings)

    def _encoding(self, group: _Group, share: float) -> Progress:
        pieces = [cut_article for _, cut_article in group.items if cut_article is not None]
        paragraphs = sum(len(cut_article.article.paragraphs) for cut_article in pieces)
        return replace(
            self._progress(pieces[0].article.source),
            ahead=share * len(group.items),
            encoded=int(share * paragraphs),
        )

    def _progress(self, current: str) -> Progress:
        return Progress(self.done, self.total, self.paragraphs, current)


def _shared_out(group: _Group, vectors: NDArray[np.float32]) -> Iterator[Encoded | None]:
    position = 0
    for _, pieces in group.items:
        if pieces is None:
            yield None
            continue
        count = len(pieces.texts)
        yield joined(pieces, vectors[position : position + count])
        position += count


def _rejected(article: Article, error: Exception) -> Rejected:
    return Rejected(
        article.source, f"It could not be stored: {str(error).rstrip('.') or 'no reason was told'}."
    )

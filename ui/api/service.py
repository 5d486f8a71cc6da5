"""What every door for programs does, in the JSON contracts of the command."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from footnote.ingest.errors import UnreadableSource
from footnote.ingest.library.collections import Arrangement
from footnote.rag.errors import QuestionError
from footnote.rag.find.retrieve import articles_within, filters_of
from footnote.rag.review import check_against, check_text, passages_in
from footnote.rag.types import Filters, Turn
from footnote.ui.api.gate import ASKING
from footnote.ui.api.traces import NO_TRACES, Tracer
from footnote.ui.state.bounds import LONGEST_DRAFT, LONGEST_TEXT, MOST_SUMMED

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from footnote.ingest.library.collections import Act
    from footnote.ingest.library.library import ArticleRecord, ParagraphRecord
    from footnote.rag.assistant import Assistant
    from footnote.rag.types import Reply

MOST_FOUND = 1000  # paragraphs of one search, as `footnote search -k` allows
MOST_AROUND = 20  # paragraphs before and after one that is shown


@dataclass(frozen=True, slots=True)
class Service:
    """The assistant as programs ask it: plain values in, the JSON of the contracts out.

    `asked` gives the one that is in use: the page may change its language model.
    """

    asked: Callable[[], Assistant]
    tracer: Tracer = NO_TRACES

    @property
    def assistant(self) -> Assistant:
        """The assistant that is asked now."""
        return self.asked()

    def filters(
        self,
        articles: Sequence[str] | None = None,
        since: str = "",
        until: str = "",
        collections: Sequence[str] = (),
        tags: Sequence[str] = (),
    ) -> Filters:
        """Return the filters, with references to articles resolved.

        Raises:
            UnknownArticle: If one is not there.
            UnknownCollection: If a collection or a tag is not there.
            QuestionError: If a date is none.
        """
        try:
            return filters_of(self.assistant.library, articles, since, until, collections, tags)
        except ValueError as error:
            raise QuestionError(str(error)) from None

    def stream(
        self,
        question: str,
        history: Sequence[Turn] = (),
        filters: Filters = Filters(),  # noqa: B008 - frozen
    ) -> Iterator[Reply]:
        """Yield growing replies."""
        with self.tracer.span("answer") as told:
            assistant = self.assistant
            if config := self.tracer.config():
                assistant = assistant.traced(config)
            for reply in assistant.stream(question, filters=filters, history=history):
                yield reply
            told.replied(reply)

    def search(self, query: str, k: int, filters: Filters) -> dict[str, Any]:
        """Return the paragraphs that fit best, as `footnote search --json` does."""
        with self.tracer.span("search") as told:
            found = self.assistant.search(query, k=k, filters=filters)
            told.tell(footnote__passages=len(found))
        return found.as_json()

    def summarise(
        self, articles: Sequence[str] = (), *, text: str = "", title: str = "", words: int | None = None
    ) -> dict[str, Any]:
        """Return a summary of articles or of a text, as `footnote summarise --json` does."""
        if bool(articles) == bool(text):
            raise QuestionError("Give articles or a text to summarise, one of the two.")
        with self.tracer.span("summarise"):
            return self._summary(articles, text, title, words)

    def _summary(self, articles: Sequence[str], text: str, title: str, words: int | None) -> dict[str, Any]:
        if text:
            _bound(text, LONGEST_TEXT)
            return self.assistant.summarise_text(text, title=title, words=words).as_json()
        if len(articles) > MOST_SUMMED:
            raise QuestionError(f"At most {MOST_SUMMED} articles go into one summary, not {len(articles):,}.")
        return self.assistant.summarise(articles, words=words).as_json()

    def check(
        self,
        text: str,
        *,
        against: str = "",
        filters: Filters = Filters(),  # noqa: B008 - frozen
        progress: Callable[[int, int], None] | None = None,
    ) -> dict[str, Any]:
        """Return verdicts on a text, sentence by sentence, as `footnote check --json` does."""
        _bound(text, LONGEST_DRAFT)
        assistant = self.assistant
        with self.tracer.span("check"):
            if against:
                passages = passages_in(assistant, against)
                return check_against(text, passages, assistant.check).as_json()
            return check_text(text, assistant, filters=filters, progress=progress).as_json()

    def articles(
        self,
        *,
        title: str = "",
        offset: int = 0,
        limit: int = 100,
        filters: Filters = Filters(),  # noqa: B008 - frozen
    ) -> dict[str, Any]:
        """Return a page of the list of articles, and how many there are that fit."""
        there = articles_within(self.assistant.library, filters)
        found = [a for a in there if title.casefold() in a.title.casefold()]
        return {"articles": [a.as_json() for a in found[offset : offset + limit]], "total": len(found)}

    def note(self, act: str, what: str) -> None:
        """Note what an account did, where there are accounts."""
        if account := ASKING.get():
            self.assistant.library.note(account, act, what)

    def collections(self) -> dict[str, Any]:
        """Return the collections and the tags, as `footnote collections list --json` has them."""
        library = self.assistant.library
        tags = [{"tag": tag, "articles": count} for tag, count in library.tags().items()]
        return {"collections": [one.as_json() for one in library.collections()], "tags": tags}

    def arrangement(self, act: Act, name: str, to: str = "", articles: Sequence[str] = ()) -> Arrangement:
        """Return what is to be done with a collection or a tag, with references to articles resolved."""
        ids = dict.fromkeys(map(self.assistant.library.resolve, articles))  # the library is looked up once
        return Arrangement(act, name, to, tuple(ids))

    def record(self, reference: str) -> ArticleRecord:
        """Return the article of an id, the start of one, a file name or a source."""
        library = self.assistant.library
        return library.article(library.resolve(reference))

    def article(self, reference: str) -> dict[str, Any]:
        """Return an article with its paragraphs, as `footnote show --json` does."""
        record = self.record(reference)
        paragraphs = self.assistant.library.paragraphs(record.article_id)
        return {**record.as_json(), "paragraphs": [p.text for p in paragraphs]}

    def paragraph(self, reference: str, number: int, around: int = 0) -> dict[str, Any]:
        """Return a paragraph of an article, counted from 1, with those around it.

        Raises:
            UnreadableSource: If the article has no such paragraph.
        """
        record = self.record(reference)
        paragraphs = self.assistant.library.paragraphs(record.article_id)
        if not any(p.number == number for p in paragraphs):
            raise UnreadableSource(
                f"“{record.title}” has {len(paragraphs):,} paragraphs; there is no paragraph {number:,}."
            )
        near = [p for p in paragraphs if abs(p.number - number) <= around]
        return {**record.as_json(), "shown": [_shown(p) for p in near]}


def _shown(paragraph: ParagraphRecord) -> dict[str, Any]:
    place = {"page": paragraph.page, "time": paragraph.time}
    return {
        "paragraph": paragraph.number,
        "section": paragraph.section,
        **{name: value for name, value in place.items() if value},
        "text": paragraph.text,
    }


def _bound(text: str, most: int) -> None:
    if len(text) > most:
        raise QuestionError(f"The text has {len(text):,} characters; at most {most:,} can be read at once.")

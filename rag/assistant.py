"""What everything else calls: ask, stream, search, summarise. `build` is where parts are chosen."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from numbers import Integral
from pathlib import PurePath
from typing import TYPE_CHECKING, Any, Self

from footnote.ingest.article import clean
from footnote.ingest.encoder.encoder import Encoder, encoder_named
from footnote.ingest.encoder.packaged import PACKAGED, verify_packaged_model
from footnote.ingest.errors import FootnoteError
from footnote.ingest.library.library import Library, open_library
from footnote.ingest.library.seen import seen_by
from footnote.ingest.text.languages import prepare
from footnote.ingest.text.sentences import Span
from footnote.ingest.text.sentences import sentences as split_sentences
from footnote.ingest.text.words import content_stems, content_words
from footnote.rag.answer import extractive, imprint, only_searched
from footnote.rag.answer.across_articles import compare, from_when, joined
from footnote.rag.answer.agreement import agrees
from footnote.rag.answer.ambiguous import elsewhere, which_thing
from footnote.rag.answer.answerer import Meter, Written
from footnote.rag.answer.choose import cite
from footnote.rag.answer.cited import Place, Unit, cited
from footnote.rag.answer.parts import parts, together
from footnote.rag.answer.question import analyse, wants_list
from footnote.rag.answer.rank import rank
from footnote.rag.answer.reader import PackagedReader, Reader
from footnote.rag.answer.refusal import Scope, refusal_text
from footnote.rag.answer.trip import Clock, Finder, Trip, growing
from footnote.rag.answer.yes_no import plainly
from footnote.rag.check.support import SupportChecker, check_support
from footnote.rag.converse import route, smalltalk, suggest
from footnote.rag.converse.followup import plain, pronoun, understand
from footnote.rag.converse.people import people_among
from footnote.rag.converse.turns import turns
from footnote.rag.converse.unframed import unframed
from footnote.rag.errors import ModelError, ModelSetupError, QuestionError
from footnote.rag.find.absence import absent, sought
from footnote.rag.find.meant import meant_articles
from footnote.rag.find.rerank import chosen_reranker
from footnote.rag.find.retrieve import Retrieved, allowed_articles, passage_of, retrieve, with_lists
from footnote.rag.find.tables import has_rows, with_tables
from footnote.rag.model import judge
from footnote.rag.model.injection import orders
from footnote.rag.model.judge import BY_MODEL, chosen_judge
from footnote.rag.summary.extractive import NAME as SUMMARISER
from footnote.rag.summary.extractive import disagreements, parts_of, summarise
from footnote.rag.types import (
    NO_FILTERS,
    Answer,
    Citation,
    Filters,
    Refusal,
    Remark,
    Reply,
    Searched,
    Summary,
    Turn,
    Understood,
    Verdict,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence

    from footnote.ingest.library.library import ArticleRecord, Key
    from footnote.rag.answer.answerer import Answerer, OnProgress, Summariser
    from footnote.rag.answer.candidates import Candidate, Draft
    from footnote.rag.converse.turns import Said
    from footnote.rag.find.rerank import Reranker
    from footnote.rag.settings import Settings
    from footnote.rag.types import Parts

CLOSEST = 3
MOST_WITH = 1000  # paragraphs that hold some words are counted
GATHERED = 4  # times the paragraphs of another question are looked at for a list
MAIN = 3  # times a summary's length in the articles' own sentences is what a small model reads
WORDS_A_SENTENCE = 20  # what a language model is asked for where sentences are counted
NO_ARTICLES = "No articles yet. Add some with `footnote ingest PATH`."
NO_ARTICLES_LEFT = "No article fits the chosen articles and dates."
# How sure the offline answerer must be to answer where a model finds nothing, 0..1: more likely right than
# not, by its own estimate, which is fitted to be one. A refused question needs less where there is no model.
SURE_DESPITE_MODEL = 0.5
DIFFERS = "The language model, which is small, answered something else."
FOUND_NOTHING = "The language model found no answer in the articles."
STEPPED_IN = "This is the offline answerer’s reply."


@dataclass(frozen=True, slots=True)
class Assistant:
    """Answers questions about the articles of a library and summarises them.

    Safe to use from several threads. A context manager: leaving it closes the library.
    """

    settings: Settings
    library: Library
    encoder: Encoder
    check: SupportChecker = field(default=check_support)
    answerer: Answerer | None = None  # a language model; None: the articles' own sentences
    summariser: Summariser | None = None
    reranker: Reranker | None = None
    reader: Reader | None = None  # None: sentences are ranked by words and vectors alone

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Close the library, and the connections to a language model."""
        if self.answerer is not None:
            self.answerer.close()
        judge.close(self.check)
        self.library.close()

    def seen_by(self, account: str) -> Assistant:
        """Return the assistant as an account sees the library: itself for an admin.

        Raises:
            NotAllowed: If there are accounts, and this is none of them.
        """
        return replace(self, library=seen_by(self.library, account))

    def warm(self) -> None:
        """Load the encoder and what tells languages apart now, so that the first question does not wait."""
        prepare()
        self.encoder.encode(["warm"])
        if self.answerer is not None:
            self.answerer.warm()

    def ask(self, question: str, *, filters: Filters = NO_FILTERS, history: Sequence[Said] = ()) -> Reply:
        """Answer a question from the articles, or refuse; a greeting or “help” gets a remark.

        `history` is what was said before: turns, mappings with a role and a content, pairs, or messages of
        LangChain's.

        Raises:
            QuestionError: If the question is empty or too long, or the history cannot be read.
            UnknownArticle: If the filters name an article that is not there.
        """
        for reply in self.stream(question, filters=filters, history=history):
            last = reply
        return last

    def stream(
        self, question: str, *, filters: Filters = NO_FILTERS, history: Sequence[Said] = ()
    ) -> Iterator[Reply]:
        """Yield growing replies, a sentence more each; the last is what `ask` returns.

        A language model's sentences come as it writes them, each checked before it is shown.
        """
        yield from self._replies(question, filters, turns(history))

    def _replies(self, question: str, filters: Filters, history: Sequence[Turn]) -> Iterator[Reply]:
        clock, meter = Clock(), Meter(self.settings.question_tokens, self.settings.model_deadline)
        asked = self._usable(question)
        said = smalltalk.recognise(asked, opening=not history)
        if said is not None:
            yield Remark(asked, self._remark(said, filters), timings_ms=clock.total())
            return
        finder = self._finder(filters)
        empty = not self.library.paragraph_count()
        bare = unframed(asked)
        done = None if empty else self._imprint(bare, filters, history)
        if done := done or self._commanded(asked, filters, history):
            yield from growing(done)
            return
        understood = self._alone(bare, history, meter, None if empty else finder.score)
        if empty:
            yield Refusal(
                asked,
                understood.question,
                NO_ARTICLES,
                (),
                extractive.NAME,
                timings_ms=clock.total(),
                topic=understood.topic,
            )
            return
        if parted := self._in_parts(asked, understood, history, filters, clock):
            yield from growing(parted)
            return
        trip = self._set_out(asked, understood, filters, finder, clock, meter)
        trip = trip if history else replace(trip, pronoun=pronoun(bare))
        draft, found = trip.draft, trip.found
        if self.answerer and draft.sentences and draft.confidence >= self.settings.relevance_threshold:
            replies = self._written(self.answerer, trip)
        else:
            replies = growing(self._offline(trip))
        for reply in replies:
            yield replace(reply, notices=(*found.notices, *reply.notices)) if found.notices else reply

    def _set_out(
        self, asked: str, understood: Understood, filters: Filters, finder: Finder, clock: Clock, meter: Meter
    ) -> Trip:
        """Return the question with what was found for it and what the articles' own sentences say."""
        found = with_tables(with_lists(finder.find(str(understood)), self.library), self.library)
        typed, understood = understood, understood.corrected(found.mended)
        clock.lap("retrieve")
        read = replace(understood, question=found.meant.question) if found.meant else understood
        draft = extractive.answer(read, found, self.check, self.encoder, self.reader)
        clock.lap("answer")
        return Trip(asked, understood, typed, filters, found, draft, clock, meter)

    def _in_parts(
        self,
        asked: str,
        understood: Understood,
        history: Sequence[Turn],
        filters: Filters,
        clock: Clock,
    ) -> Reply | None:
        """Answer each part of two questions in one, a later one as a follow-up on those before it.

        What leans on a part is looked for in the articles that answered that. None where it is one
        question, where no part is answered, and with a language model, which reads the question whole.
        """
        pieces = parts(understood.question)
        if self.answerer or len(pieces) == 1:
            return None
        replies: dict[str, Answer | Refusal] = {}
        alone, within = replace(understood, question=pieces[0]), filters
        for piece in pieces:
            finder = self._finder(within)
            if replies:
                alone = understand(piece, history, finder.score, self._people)
                leans = alone != Understood(piece)
                finder = finder if leans else self._finder(filters)
            meter = Meter(self.settings.question_tokens)
            trip = self._set_out(piece, alone, filters, finder, clock, meter)
            replies[piece] = reply = self._offline(trip, trip.found.notices)
            history = (*history, Turn("user", alone.question))
            if isinstance(reply, Answer):
                history = (*history, Turn("assistant", " ".join(s.text for s in reply.sentences)))
                within = replace(
                    filters, articles=tuple(dict.fromkeys(c.article_id for c in reply.citations))
                )
        answer = together(replies)
        return answer and replace(
            answer,
            question=asked,
            standalone_question=understood.question,
            topic=understood.topic,
            timings_ms=clock.total(),
        )

    def traced(self, config: Mapping[str, Any]) -> Assistant:
        """Return the assistant whose language model reports to the callbacks of a LangChain config."""
        return self if self.answerer is None else replace(self, answerer=self.answerer.traced(config))

    def understood(
        self, question: str, *, filters: Filters = NO_FILTERS, history: Sequence[Turn] = ()
    ) -> Understood:
        """Return the question as `ask` understands it without a language model.

        Raises:
            QuestionError: If the question is empty or too long.
        """
        finder = self._finder(filters)
        return understand(unframed(self._usable(question)), history, finder.score, self._people)

    def _people(self, names: Sequence[str]) -> list[str]:
        return people_among(names, self.encoder)

    def _finder(self, filters: Filters) -> Finder:
        return Finder(lambda q: self._retrieve(q, self._wanted(q), filters))

    def _wanted(self, question: str) -> int:
        """Return how many paragraphs are looked at: many for a list, whose items may stand anywhere."""
        return self.settings.passages * (GATHERED if wants_list(question) else 1)

    def _alone(
        self, asked: str, history: Sequence[Turn], meter: Meter, score: Callable[[str], float] | None
    ) -> Understood:
        """Return the question for itself; a model is asked only when the rules find that it leans."""
        ruled = understand(asked, history, score, self._people)
        if self.answerer is None or ruled == Understood(asked):
            return ruled
        said = self.answerer.stand_alone(asked, history, str(ruled), meter)
        return ruled if said == str(ruled) else Understood(said)

    def _remark(self, said: smalltalk.Said, filters: Filters) -> str:
        """Return what is said back to a greeting or a question about the tool."""
        titles: list[str] = []
        examples: tuple[str, ...] = ()
        if said.talk in smalltalk.SHOWING:
            chosen = self._chosen(filters)
            titles = [a.title for a in chosen]
            examples = suggest.examples(chosen, self.library, self._answers)
        told = smalltalk.answer(said, smalltalk.Shelf(tuple(titles), examples))
        if said != smalltalk.Said(smalltalk.Talk.ABOUT, "en"):
            return told
        return f"{told} {smalltalk.written_by(self.answerer.name if self.answerer else '')}"

    # What is asked of the tool by its acts

    def _commanded(self, asked: str, filters: Filters, history: Sequence[Turn]) -> Reply | None:
        """Do what a message commands, or say what is unclear about it; None: it is a question.

        Of an author whose articles are meant, “What did Venn find?” commands what “What did the author find?”
        does of those.
        """
        whose = meant_articles(asked, self.library, allowed_articles(self.library, filters))
        if whose is not None:
            filters = replace(filters, articles=tuple(sorted(whose.articles)))
        command = route.recognise(whose.question if whose else asked)
        if command is not None and command.act is route.Act.ABOUT:
            return Remark(asked, self._remark(smalltalk.Said(smalltalk.Talk.ABOUT, "en"), filters))
        records = {a.article_id: a for a in self._chosen(filters)} if command else {}
        if command is None or not records:
            return None
        shelf = self._shelf(records.values(), filters, history)
        meant = route.resolve(command, shelf)
        if isinstance(meant, route.Meant) and command.act is route.Act.COUNT:
            within = replace(filters, articles=meant.articles)
            return Remark(asked, self._remark(smalltalk.Said(smalltalk.Talk.ARTICLES, "en"), within))
        if isinstance(meant, route.Meant):
            told = [records[i] for i in meant.articles]
            said = command.targets[0].words if command.act is route.Act.SHOW else ""
            mentioned = self._mentioned(asked, said, told, len(records)) if said else None
            return mentioned or self._done(asked, command, told)
        return None if meant is None else self._unclear(asked, meant, records)

    def _done(self, asked: str, command: route.Command, articles: Sequence[ArticleRecord]) -> Answer:
        """Return the summary that a command asks for, as the answer that every surface shows."""
        each = command.act in (route.Act.SHOW, route.Act.NEWEST) and not command.words
        newest = sorted(articles, key=lambda a: a.date or a.added, reverse=True)
        told = newest[: route.MOST_NEW if command.act is route.Act.NEWEST else route.MOST_TOLD]
        sentences = command.sentences or (len(told) if each else None)
        summary = self.summarise(
            [a.article_id for a in told], words=command.words or None, sentences=sentences
        )
        left = len(articles) - len(told)
        return Answer(
            asked,
            route.in_words(command.act, [a.title for a in told]),
            summary.sentences,
            summary.citations,
            summary.summariser,
            notices=(*summary.notices, *([route.left_out(len(articles), len(told))] if left else [])),
            timings_ms=summary.timings_ms,
            usage=summary.usage,
        )

    def _imprint(self, question: str, filters: Filters, history: Sequence[Turn]) -> Reply | None:
        """Answer what is asked of articles by author, title or date; None: it is another question."""
        asked = imprint.recognise(question)
        if asked is None:
            return None
        chosen = self._chosen(filters)
        found = (
            imprint.chosen(asked, chosen) if asked.target is None else self._named(asked, filters, history)
        )
        sentences, citations = imprint.told(asked, found, self.check)
        if not sentences:
            return self._unknown(question, asked, chosen if asked.end else found)
        told = [imprint.of_the_end(asked, chosen) if asked.end else "", imprint.beyond(len(found))]
        notices = tuple(filter(None, told))
        if asked.tells:
            done = self._done(question, route.Command(route.Act.SUMMARISE, ()), found[:1])
            return replace(done, notices=(f"{sentences[0].text} {' '.join(notices)}", *done.notices))
        return Answer(question, question, sentences, citations, extractive.NAME, notices=notices)

    def _unknown(
        self, question: str, asked: imprint.Asked, articles: Sequence[ArticleRecord]
    ) -> Refusal | None:
        """Say that what is asked of articles is not known of them; None: it may be another question."""
        text = imprint.unknown(asked, articles)
        closest = tuple(imprint.headed(a, n) for n, a in enumerate(articles[:CLOSEST], start=1))
        return Refusal(question, question, text, closest, extractive.NAME) if text else None

    def _named(self, asked: imprint.Asked, filters: Filters, history: Sequence[Turn]) -> list[ArticleRecord]:
        """Return the articles that a question about their facts names, “it” after one of the kind."""
        target = asked.target
        before = next((t.content for t in reversed(history) if t.role == "user"), "")
        if target and target.naming is route.Naming.THIS and (earlier := imprint.recognise(before)):
            spoken_of = (
                self._named(earlier, filters, ())
                if earlier.target
                else imprint.chosen(earlier, self._chosen(filters))
            )
            if spoken_of:
                return spoken_of
        if target is None:
            return []
        records = {a.article_id: a for a in self._chosen(filters)}
        only = len(records) == 1 and (asked.here or not before)
        if asked.pronoun and not (only or route.recognise(before)):
            return []  # “it” may be a thing that an article tells of
        meant = route.resolve(
            route.Command(route.Act.SUMMARISE, (target,)), self._shelf(records.values(), filters, history)
        )
        ids = meant.articles if isinstance(meant, route.Meant) else meant.candidates if meant else ()
        return [records[i] for i in ids]

    def _shelf(
        self, records: Iterable[ArticleRecord], filters: Filters, history: Sequence[Turn]
    ) -> route.Shelf:
        return route.Shelf(
            tuple(route.Titled(a.article_id, a.title, tuple(map(_file, a.sources))) for a in records),
            lambda: self._spoken_of(history, filters),
            lambda text: self._holding(text, filters),
        )

    def _unclear(self, asked: str, meant: route.Unclear, records: Mapping[str, ArticleRecord]) -> Refusal:
        """Return the question back which article is meant, each candidate cited by its beginning."""
        shown = (meant.candidates or tuple(records))[: route.MOST_TOLD]
        openings = [p for i in shown for p in self.library.paragraphs_left(i)[:1]]
        closest = [Citation.of(passage_of(p), n) for n, p in enumerate(openings, start=1)]
        text = route.which(
            [r.title for r in records.values() if r.article_id in meant.candidates], meant.named
        )
        return Refusal(asked, asked, text, tuple(closest), extractive.NAME)

    def _spoken_of(self, history: Sequence[Turn], filters: Filters) -> list[str]:
        """Return the articles that the last reply rests on, found by its sentences."""
        reply = plain(next((t.content for t in reversed(history) if t.role == "assistant"), ""))
        spans = split_sentences(reply)[: route.MOST_TOLD]
        said = [reply[s.start : s.end] for s in spans]
        return list(dict.fromkeys(i for text in said for i in self._holding(text, filters)[:1]))

    def _holding(self, text: str, filters: Filters) -> list[str]:
        """Return the articles with a paragraph that holds the words of a text, the likeliest first."""
        wanted = set(content_stems(text))
        found = self._retrieve(text, self.settings.passages, filters).passages
        held = [p for p in found if wanted and wanted <= set(content_stems(f"{p.title} {p.text}"))]
        exact = self._paragraphs_with(text, allowed_articles(self.library, filters))
        return list(dict.fromkeys([*(p.article_id for p in held), *(article for article, _ in exact)]))

    def _paragraphs_with(self, text: str, articles: Collection[str] | None) -> list[Key]:
        """Return every paragraph that holds each word of a text, in some form, the likeliest first."""
        every = " AND ".join(f'"{w}"' for w in content_words(text))
        return [key for key, _ in self.library.match(every, MOST_WITH, articles)] if every else []

    def _mentioned(self, asked: str, said: str, articles: Sequence[ArticleRecord], of: int) -> Answer | None:
        """Return a sentence of each article that holds the words `said`, and how many do; None: none does."""
        wanted = set(content_stems(said))
        first: dict[str, Key] = {}
        for key in self._paragraphs_with(said, {a.article_id for a in articles}):
            first.setdefault(key[0], key)
        shown = list(first.values())[: route.MOST_TOLD]
        records = self.library.fetch(shown)
        units = []
        for record in (records[key] for key in shown if key in records):
            spans = split_sentences(record.text)
            best = max(spans, key=lambda s: len(wanted & set(content_stems(record.text[s.start : s.end]))))
            units.append(Unit(record.text[best.start : best.end], (Place(passage_of(record), *best),)))
        if not units:
            return None
        sentences, citations = cited(units, self.check)
        notices = (route.holding(said, len(first), of), *filter(None, [imprint.beyond(len(first))]))
        titles = [c.title for c in citations]
        understood = route.in_words(route.Act.SHOW, titles)
        return Answer(asked, understood, sentences, citations, extractive.NAME, notices=notices)

    def _chosen(self, filters: Filters) -> list[ArticleRecord]:
        """Return the articles that may answer."""
        allowed = allowed_articles(self.library, filters)
        return [a for a in self.library.articles() if allowed is None or a.article_id in allowed]

    def _answers(self, question: str, article: str) -> bool:
        """Tell whether an article's own sentences answer a question."""
        found = self._retrieve(question, self.settings.passages, Filters((article,)))
        draft = extractive.answer(Understood(question), found, self.check, self.encoder, self.reader)
        return bool(draft.sentences) and draft.confidence >= self.settings.answer_threshold

    def _offline(self, trip: Trip, notices: tuple[str, ...] = ()) -> Answer | Refusal:
        """Return what the articles' own sentences answer."""
        if not trip.draft.sentences or trip.draft.confidence < self.settings.answer_threshold:
            return self._refusal(trip, notices=notices)
        if trip.pronoun and (fitting := elsewhere(trip.draft.ranked)):
            return self._which(trip, fitting, notices)
        draft, told = self._compared(trip)
        read = (draft.told,) if draft.told else ()
        dated = () if told else from_when(str(trip.understood), draft.citations, draft.passages)
        unread = only_searched.of_answer(trip.understood.question, draft.citations)
        return Answer(
            trip.asked,
            trip.understood.question,
            draft.sentences,
            draft.citations,
            extractive.NAME,
            notices=(*notices, *read, *told, *dated, *unread, *orders(draft.citations)),
            timings_ms=trip.timings(),
            usage=trip.meter.as_json(),
            confidence=draft.confidence,
            short_answer=draft.short_answer,
            yes_no=None if told or not draft.ranked else plainly(str(trip.understood), draft.citations),
            topic=trip.understood.topic,
        )

    def _which(self, trip: Trip, fitting: Sequence[Candidate], notices: tuple[str, ...]) -> Refusal:
        """Ask what a pronoun means, with the best sentence of each article that it may be about."""
        refusal = self._refusal(trip, notices=notices)
        cited = [Citation.of(c.passage, n, c.span.start, c.span.end) for n, c in enumerate(fitting, start=1)]
        return replace(refusal, text=which_thing(trip.pronoun), closest=tuple(cited))

    def _compared(self, trip: Trip) -> tuple[Draft, tuple[str, ...]]:
        """Return the draft beside what other articles say: newer, or something else; with notices of it."""
        draft, passages = trip.draft, {p.article_id: p for p in trip.found.passages}
        if len(passages) == 1:
            return draft, ()
        compared = compare(draft.citations, draft.ranked, passages)
        if compared.extra is None:
            return draft, compared.notices
        return joined(draft, *cite([compared.extra], self.check)), compared.notices

    def _written(self, answerer: Answerer, trip: Trip) -> Iterator[Reply]:
        """Yield a model's answer as it grows; where none comes that may stand, the offline one and why."""
        written, stands = Written(), True
        compared = answerer.small and self._sure(trip)
        try:
            found = replace(trip.found, passages=trip.draft.passages)
            for written in answerer.answer(str(trip.understood), found, trip.meter, trip.draft.ranked):
                stands = not compared or agrees(trip.draft, written)
                if written.citations and stands:
                    yield self._reply(answerer, written, trip)
        except ModelSetupError:
            raise
        except ModelError as error:
            yield from growing(self._offline(trip, (f"{error} {STEPPED_IN}",)))
            return
        if not written.citations:
            yield from growing(self._without(answerer, written, trip))
        elif not stands:
            yield from growing(self._offline(trip, (f"{DIFFERS} {STEPPED_IN}",)))

    def _sure(self, trip: Trip) -> bool:
        """Tell whether the offline answer may stand in a model's place."""
        likely = trip.draft.confidence >= max(SURE_DESPITE_MODEL, self.settings.answer_threshold)
        return likely and all(s.support.verdict is Verdict.SUPPORTED for s in trip.draft.sentences)

    def _without(self, answerer: Answerer, written: Written, trip: Trip) -> Answer | Refusal:
        """Return what is said where a model wrote nothing that holds: the offline answer, if it is sure."""
        if self._sure(trip):
            said = written.notices if not written.declined else (FOUND_NOTHING, *written.notices)
            return self._offline(trip, (f"{said[0]} {STEPPED_IN}", *said[1:]) if said else (STEPPED_IN,))
        return self._refusal(trip, answerer.name, written.notices)

    def _reply(self, answerer: Answerer, written: Written, trip: Trip) -> Answer:
        by_rules = self.check is check_support  # another judge may know more languages
        unread = only_searched.of_written(written.citations) if by_rules else ()
        return Answer(
            trip.asked,
            trip.understood.question,
            written.sentences,
            written.citations,
            answerer.name,
            complete=written.complete,
            notices=(*written.notices, *unread),
            timings_ms=trip.timings(),
            usage=trip.meter.as_json(),
            confidence=trip.draft.confidence,
            topic=trip.understood.topic,
        )

    def search(self, query: str | Understood, *, k: int = 10, filters: Filters = NO_FILTERS) -> Searched:
        """Return the `k` best paragraphs for `query`, best first, in the order in which `ask` reads them."""
        _whole("At least one paragraph can be looked for", k)
        asked = query if isinstance(query, Understood) else Understood(self._usable(query))
        found = self._retrieve(str(asked), max(k, self.settings.passages), filters)
        asked = asked.corrected(found.mended)
        read = self.settings.passages  # what lies behind these is never read
        head = with_lists(replace(found, passages=found.passages[:read]), self.library)
        ranking = rank(analyse(str(asked)), head, self.reader, asked.question)
        return Searched([*ranking.passages, *found.passages[read:]][:k], found.unanswered)

    def articles_with(self, words: str) -> frozenset[str]:
        """Return the ids of the articles with a paragraph that holds each of some words, in some form."""
        return frozenset(article for article, _ in self._paragraphs_with(words, None))

    def _retrieve(self, question: str, k: int, filters: Filters) -> Retrieved:
        with self.library.steadily():
            return retrieve(
                question, self.library, self.encoder, k=k, filters=filters, reranker=self.reranker
            )

    def summarise(
        self,
        articles: Sequence[str],
        *,
        words: int | None = None,
        sentences: int | None = None,
        progress: OnProgress | None = None,
    ) -> Summary:
        """Return one paragraph on the articles, given by id or any reference the library resolves.

        It has about so many `words`, or at most so many `sentences` and at least one an article; a
        language model is asked for as many words as such sentences have.
        `progress` hears how many of a model's requests are done, where a long article takes several.

        Raises:
            UnknownArticle: If one is not there.
            QuestionError: If none is given, or there is no sentence to take.
        """
        if not articles:
            raise QuestionError("Name at least one article to summarise.")
        articles = [articles] if isinstance(articles, str) else articles  # a text is a sequence of letters
        for article in articles:
            _text("What names an article", article)
        clock = Clock()
        ids = list(dict.fromkeys(self.library.resolve(a) for a in articles))
        records = [self.library.article(i) for i in ids]
        records.sort(key=lambda r: r.date or "9999")
        parts = [self._parts(r.article_id) for r in records]
        title = "; ".join(r.title for r in records)
        ids = [r.article_id for r in records]
        return self._summary(tuple(ids), title, parts, words, clock, progress, sentences)

    def summarise_text(
        self, text: str, *, title: str = "", words: int | None = None, progress: OnProgress | None = None
    ) -> Summary:
        """Return one paragraph on a pasted text; the library is neither read nor changed.

        Raises:
            UnreadableSource: If there is no paragraph in it.
        """
        from footnote.ingest.documents import read_text  # with the readers of all formats

        clock = Clock()
        _text("What is summarised", text)
        article = read_text(text, title=title)
        parts = parts_of(article, self.encoder)
        return self._summary((), article.title, [parts], words, clock, progress)

    def _summary(
        self,
        ids: tuple[str, ...],
        title: str,
        parts: Sequence[Sequence[Parts]],
        words: int | None,
        clock: Clock,
        progress: OnProgress | None,
        most: int | None = None,
    ) -> Summary:
        """Return what the model writes; without one, or when none comes, the articles' own sentences."""
        for what, wished in (("word", words), ("sentence", most)):
            if wished is not None:
                _whole(f"A summary has at least one {what}", wished)
        length = words or (most * WORDS_A_SENTENCE if most else self.settings.summary_words)
        meter = Meter(self.settings.question_tokens)
        notices: tuple[str, ...] = ()
        if self.summariser:
            try:
                main = summarise(parts, MAIN * length, self.check)[1] if self.summariser.small else ()
                written = self.summariser.summarise(parts, length, meter, progress, main)
                return Summary(
                    ids,
                    title,
                    written.sentences,
                    written.citations,
                    self.summariser.name,
                    notices=written.notices,
                    timings_ms={**meter.laps, **clock.total()},
                    usage=meter.as_json(),
                )
            except ModelSetupError:
                raise
            except ModelError as error:
                notices = (f"{error} {STEPPED_IN}",)
        notices += disagreements(parts)
        sentences, citations = summarise(parts, length, self.check, most)
        return Summary(
            ids,
            title,
            sentences,
            citations,
            SUMMARISER,
            notices=notices,
            timings_ms=clock.total(),
            usage=meter.as_json(),
        )

    def _usable(self, question: str) -> str:
        _text("A question", question)
        asked = " ".join(clean(question).split())  # half a surrogate pair is no text: no encoder reads it
        if not asked:
            raise QuestionError("The question is empty. Type what you would like to know.")
        if len(asked) > self.settings.max_question:
            raise QuestionError(
                f"The question has {len(asked):,} characters; at most {self.settings.max_question:,} "
                "can be asked at once. Shorten it, or add the text as an article."
            )
        return asked

    def _refusal(self, trip: Trip, name: str = extractive.NAME, notices: tuple[str, ...] = ()) -> Refusal:
        closest = self._closest(trip) if content_words(str(trip.typed)) else ()
        notices += (trip.draft.told,) if trip.draft.told else ()
        if name == extractive.NAME:
            notices += only_searched.of_refusal(trip.understood.question, closest)
        return Refusal(
            trip.asked,
            trip.typed.question,
            self._refused(trip, closest),
            closest,
            name,
            notices=notices,
            timings_ms=trip.timings(),
            usage=trip.meter.as_json(),
            confidence=trip.draft.confidence,
            topic=trip.understood.topic,
        )

    def _refused(self, trip: Trip, closest: Sequence[Citation]) -> str:
        """Return the words of a refusal; a message with nothing to look for gets an example of a question."""
        if not trip.found.passages and not trip.found.unanswered:
            return NO_ARTICLES_LEFT
        alone = trip.typed.question
        question = alone if content_words(alone) else str(trip.typed)
        meant, everything = trip.found.meant, self.library.articles()
        chosen = [a for a in self._chosen(trip.filters) if meant is None or a.article_id in meant.articles]
        looked = sought(question)
        only = {a.article_id for a in chosen} if len(chosen) < len(everything) else None
        missing = absent(looked, self.library, only)
        examples: tuple[str, ...] = ()
        if len(missing) == len(looked):
            examples = suggest.examples(chosen, self.library, self._answers, most=1)
        within = trip.filters
        scope = Scope(
            len(chosen), len(everything), within.since, within.until, within.collections, within.tags
        )
        return refusal_text(
            question,
            missing,
            scope,
            close=len(closest),
            examples=examples,
            unanswered=trip.found.unanswered,
        )

    @staticmethod
    def _closest(trip: Trip) -> tuple[Citation, ...]:
        """Return the best paragraphs, each quoted with its sentence nearest to the question.

        The row of a table that may answer comes first; of another table the first row is quoted.
        """
        row, passages = trip.draft.row, trip.draft.passages
        shown = [] if row is None else [Citation.of(row.passage, 1, row.start, row.end)]
        for passage in passages:
            place = (passage.article_id, passage.paragraph)
            if any((c.article_id, c.paragraph) == place for c in shown):
                continue
            best = next((c.span for c in trip.draft.ranked if c.place[:2] == place), None)
            first = Span(0, len(passage.text.split("\n")[0])) if has_rows(passage.text) else None
            start, end = best or first or (0, None)
            shown.append(Citation.of(passage, len(shown) + 1, start, end))
        return tuple(shown[:CLOSEST])

    def _parts(self, article_id: str) -> list[Parts]:
        paragraphs = self.library.paragraphs(article_id)
        vectors = self.library.sentence_vectors([(article_id, p.number) for p in paragraphs])
        return [
            (p, *vectors[(article_id, p.number)]) for p in paragraphs if (article_id, p.number) in vectors
        ]


def _whole(what: str, given: object) -> None:
    """Refuse what is no whole number from 1 on."""
    if isinstance(given, bool) or not isinstance(given, Integral) or given < 1:
        raise QuestionError(f"{what}, not {given!r}.")


def _text(what: str, given: object) -> None:
    if not isinstance(given, str):
        raise QuestionError(f"{what} is a text, not {type(given).__name__}.")


def build(settings: Settings, *, read_only: bool = False) -> Assistant:
    """Choose the parts after `settings` and open the library.

    Raises:
        LibraryError: If the library cannot be opened.
        EncoderError: If the packaged encoder's files are not the official ones.
    """
    encoder = encoder_named(settings.encoder)
    fresh = not settings.home.is_dir()
    if encoder.name in PACKAGED and fresh and not read_only:
        verify_packaged_model()
    library = open_library(
        settings.home, encoder.name, encoder.dimension, read_only=read_only, stores=settings.stores
    )
    try:
        assistant = Assistant(
            settings,
            library,
            encoder,
            check=check_support if settings.judge == BY_MODEL else chosen_judge(settings),
            reranker=chosen_reranker(settings.reranker),
            reader=PackagedReader(),
        )
        return with_model(assistant, settings)
    except FootnoteError:
        library.close()
        raise


def with_model(assistant: Assistant, settings: Settings) -> Assistant:
    """Return the assistant over the same library with the language model that `settings` name, or none.

    Raises:
        SettingsError: If the language model is to judge and none is set.
    """
    check = chosen_judge(settings) if settings.judge == BY_MODEL else assistant.check
    if not settings.model:
        return replace(assistant, settings=settings, check=check, answerer=None, summariser=None)
    from footnote.rag.model.generative import writer

    model = writer(settings, check)
    return replace(assistant, settings=settings, check=check, answerer=model, summariser=model)


def _file(source: str) -> str:
    return PurePath(source).name

"""Answers and summaries by a language model, held to the footnotes: each sentence cited and checked.

The model sees numbered paragraphs and writes; what it writes is parsed as it comes (`rag.model.cite`),
each sentence is checked against what it cites, and only then shown. A sentence without a source is
given one only when a retrieved paragraph supports it.
"""

from __future__ import annotations

import contextlib
import re
import threading
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from footnote.ingest.encoder.tokens import count_tokens
from footnote.prompts import NO_ANSWER, Messages, Prompt, load
from footnote.rag.answer.answerer import Written
from footnote.rag.errors import ModelError
from footnote.rag.find.retrieve import passage_of
from footnote.rag.model import local
from footnote.rag.model.cache import FOLDER, AnswerCache
from footnote.rag.model.cite import CitationParser, read_whole
from footnote.rag.model.draft import SentenceFilter, counted, cut_short, hidden, notices
from footnote.rag.model.excerpts import MOST, excerpts, points
from footnote.rag.model.family import is_small, thinks
from footnote.rag.model.injection import addresses_a_model
from footnote.rag.model.sources import (
    SOURCE_OVERHEAD,
    Source,
    fence_of,
    fenced_source,
    in_groups,
    in_lines,
    in_parts,
    listed,
    new_fence,
    readable,
    without_fence,
)
from footnote.rag.types import QUESTION_MARKS

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from footnote.rag.answer.answerer import Meter, OnProgress
    from footnote.rag.answer.candidates import Candidate
    from footnote.rag.check.support import SupportChecker
    from footnote.rag.find.retrieve import Retrieved
    from footnote.rag.model.chat import Chat
    from footnote.rag.model.draft import CheckedSentence
    from footnote.rag.model.sources import Sources
    from footnote.rag.settings import Settings
    from footnote.rag.types import Citation, Parts, Turn

LONGEST_FOLLOWUP = 400  # characters; a longer "question" is something else
TURNS = 6  # of the conversation that a follow-up question may lean on
LONGEST_TURN = 1500  # characters of one
PROMPT_TOKENS = 600  # of a summary's prompt without its sources; the longest has 480
NOTE_TOKENS = 45  # of a note with its delimiters
SMALL_ROOM = 900  # tokens that a small model reads: a processor takes 10 to 100 of them a second
LONGER = 1.5  # than was asked for is a summary at most; small models go on to the end of the article
PATIENCE = (
    2.0  # seconds that who closes a connection waits for one that is being opened: a file takes minutes
)
FEWEST_NOTES, MOST_NOTES = 1, 6  # of a part of a long article


@dataclass(frozen=True, slots=True)
class ModelWriter:
    """A language model as answerer and summariser. It is connected when it is first asked."""

    settings: Settings
    check: SupportChecker
    connection: Connection
    cache: AnswerCache | None = None
    config: Mapping[str, Any] | None = None

    @property
    def name(self) -> str:
        """The model, as in the settings."""
        return self.settings.model

    @property
    def small(self) -> bool:
        """Whether it gets the prompts of small models, and the offline answerer may overrule it."""
        return is_small(self.settings.model, local.file_size(self.settings))

    def traced(self, config: Mapping[str, Any]) -> ModelWriter:
        """Return the same writer, reporting to the callbacks of a LangChain config."""
        return replace(self, config=config)

    def warm(self) -> None:
        """Load the model's library; a model that cannot be asked is told of when it is asked."""
        with contextlib.suppress(ModelError):
            self.connection.get()

    def close(self) -> None:
        """Close the connections to the model's server."""
        self.connection.close()

    def _chat(self) -> Chat:
        chat = self.connection.get()
        return chat.traced(self.config) if self.config is not None else chat  # type: ignore[arg-type]

    # Questions

    def stand_alone(self, question: str, history: Sequence[Turn], fallback: str, meter: Meter) -> str:
        """Return the question as it can be understood alone; `fallback` when the model gives none.

        A small one is not asked. Of 20 follow-ups of the samples Qwen2.5-Coder-1.5B left 6 as they were and
        answered 2; the paragraph with the answer was among the first four for 12, by the rules for 16.
        """
        if self.small:
            return fallback
        fence = new_fence()
        said = "\n".join(f"{t.role}: {_plain(t.content)[:LONGEST_TURN]}" for t in history[-TURNS:])
        prompt = load("followup")
        messages = prompt.fill(fence=fence, conversation=without_fence(said, fence), question=question)
        try:
            text, ended = self._chat().complete(messages, meter)
        except ModelError:
            return fallback  # the answer's own request will say what is wrong
        marked, _ = read_whole(text, 0)
        line = " ".join(m.text for m in marked).strip(" \"“”'")
        leaks = SentenceFilter((), self.check, "drop", messages).is_of_the_prompt(line)
        usable = ended == "stop" and not leaks and _asks(line, like=question)
        return line if usable else fallback

    def answer(
        self, question: str, found: Retrieved, meter: Meter, ranked: Sequence[Candidate] = ()
    ) -> Iterator[Written]:
        """Yield growing answers from the retrieved paragraphs; a small model reads excerpts of them.

        Raises:
            ModelError: If not one sentence that can be shown came.
        """
        offered, kept_out = readable(found.passages)
        if not offered:
            raise ModelError("The retrieved paragraphs only address a language model.")
        small = self.small
        offered = (excerpts(offered, ranked) or offered) if small else offered
        prompt = load("answer_small" if small else "answer")
        spent = _tokens(_asking(prompt, question, (), small=small))
        numbered = self._fitting(offered, spent, meter, small=small)
        messages = _asking(prompt, question, [s for (s,) in numbered], small=small)
        page = SentenceFilter(
            numbered, self.check, self.settings.unsupported, _orders(prompt, small=small), question
        )
        key = self._key(prompt.version, question, numbered)
        for written in self._written(page, messages, key, meter):
            yield replace(written, notices=(*hidden(kept_out), *written.notices))

    def _fitting(self, offered: Sequence[Source], spent: int, meter: Meter, *, small: bool) -> list[Sources]:
        """Return the best sources that fit the window and what the question may still take.

        Raises:
            ModelError: If not even one does.
        """
        room = min(self.settings.model_window, meter.left) - self.settings.answer_tokens - spent
        if small:
            room, offered = min(room, SMALL_ROOM), offered[:MOST]
        fitting: list[Sources] = []
        for source in offered:
            for part in in_parts(source, max(room, 0) if not fitting else 10**9):
                room -= count_tokens(part.shown) + SOURCE_OVERHEAD
                if room < 0:
                    break
                fitting.append((part,))
            if room < 0:
                break
        if not fitting:
            raise ModelError(
                f"This question would take more than the {self.settings.question_tokens:,} tokens that "
                "FOOTNOTE_QUESTION_TOKENS allows, or more than FOOTNOTE_MODEL_WINDOW."
            )
        return fitting

    def _written(self, page: SentenceFilter, messages: Messages, key: str, meter: Meter) -> Iterator[Written]:
        """Yield what the page shows as it grows, then the whole."""
        parser = CitationParser(len(page.numbered), thinks=thinks(self.name))
        raw: list[str] = []
        problem, ended = "", ""
        try:
            for text, reason in self._pieces(messages, key, meter):
                raw.append(text)
                ended = reason or ended
                finished = parser.feed(text)
                page.follow(parser.restarts)
                for marked in finished:
                    if page.take(marked) and page.holds:
                        yield self._so_far(page)
        except ModelError as error:
            if not says_something("".join(raw)):
                raise
            problem = str(error)
        whole = not problem and ended == "stop"
        finished = parser.close(whole=whole)
        page.follow(parser.restarts)
        for marked in finished:
            page.take(marked)
        if whole:
            self._keep(key, "".join(raw), meter)
        yield self._ending(page, parser, "".join(raw), problem or cut_short(ended))

    def _pieces(self, messages: Messages, key: str, meter: Meter) -> Iterator[tuple[str, str]]:
        """Yield text and how it ended, from the cache where that has it."""
        known = self.cache.get(key) if self.cache else None
        if known is not None:
            meter.cached = True
            yield known, "stop"
            return
        for piece in self._chat().stream(messages, meter):
            yield piece.text, piece.ended

    def _keep(self, key: str, text: str, meter: Meter) -> None:
        if self.cache and text.strip() and not meter.cached:
            self.cache.put(key, text)

    def _key(self, version: str, question: str, numbered: Sequence[Sources]) -> str:
        shown = [f"{s.passage.article_id}:{s.passage.paragraph}:{s.shown}" for ss in numbered for s in ss]
        return AnswerCache.key(self.name, self.settings.base_url, version, question, shown)

    @staticmethod
    def _so_far(page: SentenceFilter) -> Written:
        shown, citations = page.cited()
        return Written(shown, citations, complete=False)

    def _ending(self, page: SentenceFilter, parser: CitationParser, raw: str, problem: str) -> Written:
        """Return the whole answer with its notices.

        Raises:
            ModelError: If nothing was written, or it broke off before a sentence that holds.
        """
        if not says_something(raw):
            raise ModelError(f"The model “{self.name}” gave no answer.")
        if page.holds:
            shown, citations = page.cited()
            return Written(shown, citations, not problem, notices(page, parser.unknown, problem))
        if problem:
            raise ModelError(f"{problem} It broke off before a sentence that the articles support.")
        if page.declined:
            return Written(declined=True, notices=notices(page, parser.unknown, ""))
        said = "Nothing that the model wrote is supported by the articles, so it is not shown."
        return Written(notices=(said, *notices(page, parser.unknown, "")))

    # Summaries

    def summarise(
        self,
        articles: Sequence[Sequence[Parts]],
        words: int,
        meter: Meter,
        progress: OnProgress | None = None,
        main: Sequence[Citation] = (),
    ) -> Written:
        """Return one paragraph on whole articles, in parts where they do not fit the model's window.

        A small model reads the sentences that are `main` and what stands round them. Sentences that fail the
        check are replaced by the articles' own.

        Raises:
            ModelError: If the model gives no sentence that holds, breaks off, or would take too many tokens.
        """
        offered, kept_out = readable([passage_of(p) for parts in articles for p, _, _ in parts])
        if not offered:
            raise ModelError("There is nothing in the article that a model could summarise.")
        title = "; ".join(dict.fromkeys(s.passage.title for s in offered))
        name = "summary" if len(articles) == 1 else "summary_several"
        room = self.settings.model_window - self.settings.answer_tokens - PROMPT_TOKENS
        if self.small and (few := points(offered, main, min(room, SMALL_ROOM))):
            numbered: list[Sources] = [(s,) for s in few]
            return self._paragraph("summary_small", numbered, title, words, meter)
        groups = in_groups([part for s in offered for part in in_parts(s, room)], room)
        self._affordable(groups, meter)
        if len(groups) == 1:
            written = self._paragraph(name, [(s,) for s in groups[0]], title, words, meter)
        else:
            written = self._reduced(groups, title, words, meter, progress)
        return replace(written, notices=(*hidden(kept_out), *written.notices))

    def _affordable(self, groups: Sequence[Sequence[Source]], meter: Meter) -> None:
        needed = sum(count_tokens(s.shown) + SOURCE_OVERHEAD for g in groups for s in g)
        needed += (len(groups) + 1) * (self.settings.answer_tokens + 500)
        if needed > meter.left:
            raise ModelError(
                f"This summary would take about {needed:,} tokens; FOOTNOTE_QUESTION_TOKENS allows "
                f"{self.settings.question_tokens:,}."
            )

    def _reduced(
        self,
        groups: Sequence[Sequence[Source]],
        title: str,
        words: int,
        meter: Meter,
        progress: OnProgress | None,
    ) -> Written:
        """Take notes on each part, then write the paragraph from the notes that hold."""
        room = self.settings.model_window - self.settings.answer_tokens - PROMPT_TOKENS
        count = max(FEWEST_NOTES, min(MOST_NOTES, room // (NOTE_TOKENS * len(groups))))
        numbered: list[Sources] = []
        shown: list[str] = []
        for part, group in enumerate(groups, start=1):
            values = {"notes": str(count), "part": str(part), "parts": str(len(groups)), "title": title}
            page = self._filled("summary_map", [(s,) for s in group], values, "drop", meter)
            for kept in (k for k in page.kept if k.holds):
                numbered.append(tuple(dict.fromkeys(s for s, _, _ in kept.places)))
                shown.append(kept.text)
            if progress is not None:
                progress(part, len(groups) + 1)
        if not numbered:
            raise ModelError("No note that the model took is supported by the article.")
        fitting = max(1, min(len(numbered), room // NOTE_TOKENS))
        chosen = [i * len(numbered) // fitting for i in range(fitting)]
        written = self._paragraph(
            "summary_reduce", [numbered[i] for i in chosen], title, words, meter, [shown[i] for i in chosen]
        )
        if progress is not None:
            progress(len(groups) + 1, len(groups) + 1)
        return written

    def _paragraph(
        self,
        name: str,
        numbered: Sequence[Sources],
        title: str,
        words: int,
        meter: Meter,
        shown: Sequence[str] | None = None,
    ) -> Written:
        page = self._filled(name, numbered, {"words": str(words), "title": title}, "replace", meter, shown)
        page.kept = _of_length([k for k in page.kept if k.holds], words)
        if not page.kept:
            raise ModelError("Nothing that the model wrote is supported by the article.")
        sentences, citations = page.cited()
        return Written(sentences, citations, notices=counted(page))

    def _filled(
        self,
        name: str,
        numbered: Sequence[Sources],
        values: Mapping[str, str],
        policy: str,
        meter: Meter,
        shown: Sequence[str] | None = None,
    ) -> SentenceFilter:
        """Return the page that one request of a summary fills.

        Raises:
            ModelError: If it breaks off: a summary of half an article is none.
        """
        prompt, fence = load(name), new_fence()
        texts = shown if shown is not None else [s.shown for ss in numbered for s in ss]
        titles = [ss[0].passage.title for ss in numbered] if name == "summary_several" else None
        safe = {k: without_fence(v, fence) for k, v in values.items()}
        if name == "summary_small":
            messages = prompt.fill(sources=in_lines([s for ss in numbered for s in ss]), **safe)
        else:
            sources = "\n\n".join(fenced_source(n, t, fence, titles) for n, t in enumerate(texts, start=1))
            messages = prompt.fill(fence=fence, sources=sources, **safe)
        page = SentenceFilter(numbered, self.check, policy, messages)
        key = self._key(prompt.version, repr(sorted(values.items())), numbered)
        raw, ended = "", ""
        for text, reason in self._pieces(messages, key, meter):
            raw, ended = raw + text, reason or ended
        problem = cut_short(ended)
        if problem and ended != "length":
            raise ModelError(problem)
        if not says_something(raw):
            raise ModelError(f"The model “{self.name}” gave no answer.")
        for marked in read_whole(raw, len(numbered), whole=not problem)[0]:
            page.take(marked)
        if not problem:
            self._keep(key, raw, meter)
        return page


class Connection:
    """Connects to the model when it is first asked for, once, from whichever thread."""

    def __init__(self, settings: Settings, connect: Callable[[Settings], Chat] | None = None) -> None:
        self._settings = settings
        self._connect = connect
        self._lock = threading.Lock()
        self._chat: Chat | None = None

    def get(self) -> Chat:
        """Return the chat.

        Raises:
            ModelSetupError: If the model cannot be asked at all.
        """
        with self._lock:
            if self._chat is not None and not self._chat.alive:
                self._chat.close()
                self._chat = None
            if self._chat is None:
                from footnote.rag.model.chat import connect

                self._chat = (self._connect or connect)(self._settings)
            return self._chat

    def close(self) -> None:
        """Close it, if it was ever opened; one that is still being opened ends with this process."""
        if not self._lock.acquire(timeout=PATIENCE):
            return
        try:
            if self._chat is not None:
                self._chat.close()
            self._chat = None
        finally:
            self._lock.release()


def writer(
    settings: Settings, check: SupportChecker, connect: Callable[[Settings], Chat] | None = None
) -> ModelWriter:
    """Return the writer for the model that `settings` name; nothing is sent yet."""
    cache = AnswerCache(settings.home / FOLDER) if settings.answer_cache else None
    return ModelWriter(settings, check, Connection(settings, connect), cache)


def says_something(text: str) -> bool:
    """Tell whether there is a letter or a digit in a text; invisible characters say nothing."""
    return any(c.isalnum() for c in text)


def _of_length(kept: Sequence[CheckedSentence], words: int) -> list[CheckedSentence]:
    """Return the first sentences of a summary that are not much longer together than was asked for."""
    found: list[CheckedSentence] = []
    said = 0
    for one in kept:
        said += len(one.text.split())
        if found and said > LONGER * words:
            break
        found.append(one)
    return found


def _asking(prompt: Prompt, question: str, sources: Sequence[Source], *, small: bool) -> Messages:
    """Return the request; what changes least comes first, for a server keeps what it has read."""
    if small:
        return prompt.fill(sources=in_lines(sources), question=" ".join(question.split()))
    fence = fence_of(sources)
    return prompt.fill(
        fence=fence,
        no_answer=NO_ANSWER,
        sources=listed(sources, fence),
        question=without_fence(question, fence),
    )


def _asks(line: str, like: str) -> bool:
    """Tell whether a line may be a question in place of another: small models answer in place of asking."""
    answers = like.endswith(QUESTION_MARKS) and not line.endswith(QUESTION_MARKS)
    return 0 < len(line) <= LONGEST_FOLLOWUP and not answers and not addresses_a_model(line)


def _orders(prompt: Prompt, *, small: bool) -> Messages:
    """Return all that the prompt itself says, which no answer repeats, as the system's part."""
    bare = _asking(prompt, "", (), small=small)
    return Messages(f"{bare.system}\n{bare.user}", "")


def _tokens(messages: Messages) -> int:
    return count_tokens(messages.system) + count_tokens(messages.user)


def _plain(text: str) -> str:
    return " ".join(re.sub(r"\s*\[\d+\]", "", text).split())

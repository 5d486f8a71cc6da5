"""What one open page holds: a conversation's exchanges, the articles picked, and what was chosen.

`Session` is the one value that the page keeps for a reader. It changes in place, so that acts that
overlap all count; everything inside it is frozen.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal

from footnote.rag.types import Answer, Refusal, Remark, Summary, Turn
from footnote.ui.state.choices import Choices
from footnote.ui.state.shelf import View

if TYPE_CHECKING:
    from footnote.rag.types import Citation, CitedSentence

ExchangeKind = Literal["question", "summary", "check"]
Feedback = Literal["", "up", "down"]

CLOSEST = 3  # paragraphs shown under a refusal
MOST_EXCHANGES = 200  # of one conversation; the oldest leave first, so that a page stays light
HISTORY = 6  # exchanges that a follow-up question may lean on


@dataclass(frozen=True, slots=True)
class Judged:
    """A draft whose sentences were judged against the library."""

    sentences: tuple[CitedSentence, ...]
    citations: tuple[Citation, ...]
    notices: tuple[str, ...] = ()

    @property
    def text(self) -> str:
        """The draft with its markers."""
        return " ".join(s.marked for s in self.sentences)


Replied = Answer | Refusal | Remark | Summary | Judged


@dataclass(frozen=True, slots=True)
class Exchange:
    """One question, one wish for a summary or one draft to check, with what came back so far.

    `reply` is None while nothing has come; `problem` is a sentence that stands in its place.
    `articles` are the ids it was put to (none: all), and `words` the length wished for.
    """

    number: int
    question: str
    kind: ExchangeKind = "question"
    scope: str = ""
    reply: Replied | None = None
    problem: str = ""
    waiting: str = ""
    stopped: bool = False
    articles: tuple[str, ...] = ()
    words: int = 0
    feedback: Feedback = ""

    @property
    def citations(self) -> tuple[Citation, ...]:
        """What its footnotes point at: the citations, or the closest paragraphs of a refusal."""
        match self.reply:
            case Refusal():
                return self.reply.closest[:CLOSEST]
            case Answer() | Summary() | Judged():
                return self.reply.citations
            case Remark() | None:
                return ()

    @property
    def repeats(self) -> bool:
        """Whether it can be done again: all but what was made from a pasted text."""
        return self.kind == "question" or (self.kind == "summary" and bool(self.articles))


@dataclass(slots=True)
class Addition:
    """What became so far of things that were added together, a line each."""

    total: int = 0
    done: int = 0
    lines: list[OutcomeLine] = field(default_factory=list)
    running: bool = True


@dataclass(slots=True)
class Session:
    """What one open page holds.

    Exchanges are numbered from 1 and a number is never used again in a conversation; `making` is the
    one whose reply is being made, or 0, and replies up to `stopped` are to end where they are.
    `within` is the collection that questions are put to, where they are put to one. `role` and `account` are
    whose page it is, where there are accounts. `reader` is whom the browser's cookie names, or an account,
    and `conversation` is empty until something is asked.
    """

    reader: str = ""
    conversation: str = ""
    title: str = ""
    exchanges: list[Exchange] = field(default_factory=list)
    picked: set[str] = field(default_factory=set)
    within: str = ""
    role: str = "admin"
    account: str = ""
    view: View = field(default_factory=View)
    choices: Choices = field(default_factory=Choices)
    additions: list[Addition] = field(default_factory=list)
    asked: int = 0
    making: int = 0
    stopped: int = 0

    def adds(self, total: int) -> Addition:
        """Begin an addition; what came of earlier ones is kept while another is under way."""
        if not any(a.running for a in self.additions):
            self.additions.clear()
        self.additions.append(Addition(total))
        return self.additions[-1]

    def begin(self, exchange: Exchange) -> None:
        """Add an exchange and note that its reply is being made."""
        self.asked = self.making = exchange.number
        self.exchanges.append(exchange)
        del self.exchanges[:-MOST_EXCHANGES]

    def end(self, exchange: Exchange) -> None:
        """Put the exchange as it came out, and note that the next question may come."""
        self.put(exchange)
        if self.making == exchange.number:
            self.making = 0

    def stop(self) -> None:
        """Ask the reply that is being made to end where it is."""
        self.stopped = self.asked

    def clear(self) -> None:
        """Begin a new conversation; a reply that is still being made ends unseen."""
        self.stop()
        self.making = 0
        self.conversation = self.title = ""
        self.exchanges.clear()

    def show(self, conversation: str, title: str, exchanges: list[Exchange]) -> None:
        """Show a kept conversation in place of this one."""
        self.clear()
        self.conversation, self.title = conversation, title
        self.exchanges = exchanges[-MOST_EXCHANGES:]
        self.asked = max([self.asked, *(e.number for e in exchanges)])
        self.stopped = self.asked

    def put(self, exchange: Exchange) -> None:
        """Replace the exchange of that number, if the conversation still holds it."""
        for place, old in enumerate(self.exchanges):
            if old.number == exchange.number:
                self.exchanges[place] = exchange

    def find(self, number: int) -> Exchange | None:
        """Return the exchange of that number, or None."""
        return next((e for e in self.exchanges if e.number == number), None)

    def drop(self, number: int) -> Exchange | None:
        """Take an exchange out of the conversation and return it, or None when it is not there."""
        found = self.find(number)
        if found is not None:
            self.exchanges.remove(found)
        return found

    def history(self) -> tuple[Turn, ...]:
        """Return the last questions that have a reply, as the conversation so far."""
        turns: list[Turn] = []
        for exchange in self.exchanges[-HISTORY:]:
            if exchange.reply is not None and exchange.kind != "check":
                turns.append(Turn("user", exchange.question))
                turns.append(Turn("assistant", plain(exchange.reply)))
        return tuple(turns)


def plain(reply: Replied) -> str:
    """Return the words of a reply without its markers."""
    match reply:
        case Refusal() | Remark():
            return reply.text
        case Answer() | Summary() | Judged():
            return " ".join(s.text for s in reply.sentences)


@dataclass(frozen=True, slots=True)
class OutcomeLine:
    """One line of what became of a file, a link or a pasted text, or of `count` of them.

    `removal` names an article that can be brought back for a while.
    """

    kind: Literal["good", "same", "bad", "busy", "wait"]
    text: str
    count: int = 1
    removal: str = ""

"""What is asked of the tool: sum up, show what there is, what is new, compare articles, say how it works.

A small model tells a command from a question: a logistic regression over the words of commands and their
pairs, whatever the topic. `route.json` holds it; `evals.tools.train_route` made it from the examples in
`commands.tsv` there. What a command names counts only when it is an article: “Summarise the treaty” is one
where an article is called so, else a question like any other. `recognise` reads the message, `resolve` finds
the articles that it means.
"""

from __future__ import annotations

import json
import math
import re
from dataclasses import dataclass, replace
from enum import StrEnum
from functools import cache
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from footnote.ingest.text.word_lists import either
from footnote.ingest.text.words import content_stems
from footnote.rag.english.lists import in_a_row, table

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence


class Act(StrEnum):
    """What is to be done with articles."""

    SUMMARISE = "summarise"
    SHOW = "show"  # a sentence on each
    NEWEST = "newest"
    COMPARE = "compare"
    COUNT = "count"  # how many there are, and which
    ABOUT = "about"  # what the tool itself is, and how it works


class Naming(StrEnum):
    """How a message names articles."""

    THIS = "this"  # “this article”, “it”
    ALL = "all"  # “these articles”, “everything”
    TITLE = "title"  # by the whole title
    CALLED = "called"  # by words of the title, else it is a question: “Summarise …”
    ABOUT = "about"  # by what it is about; surely an article: “the article about …”


@dataclass(frozen=True, slots=True)
class Target:
    """An article, or articles, as a message names them."""

    naming: Naming
    words: str = ""


@dataclass(frozen=True, slots=True)
class Command:
    """What is to be done with which articles, in how many words or sentences (0: as is usual)."""

    act: Act
    targets: tuple[Target, ...]
    words: int = 0
    sentences: int = 0


@dataclass(frozen=True, slots=True)
class Titled:
    """An article as it can be named."""

    article_id: str
    title: str
    files: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Shelf:
    """The articles that may be meant.

    `spoken` are the ids of those that the last reply rests on; `search` gives ids of articles that hold all
    words of a text, the likeliest first.
    """

    articles: tuple[Titled, ...]
    spoken: Callable[[], Sequence[str]]
    search: Callable[[str], Sequence[str]]


@dataclass(frozen=True, slots=True)
class Meant:
    """The ids of the articles that a command means."""

    articles: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Unclear:
    """Which articles a command may mean, by id; none: no article is what it names."""

    candidates: tuple[str, ...]
    named: str = ""


WEIGHTS = Path(__file__).with_suffix(".json")
NONE = "none"  # what commands nothing
# From which likelihood a message is a command. With .5, .6, .7: of the questions of squad2_dev, covidqa_dev
# and mtrag_dev (n=6,116) 12, 8 and 6 are taken for one (by the 20 patterns that were here before, 6); of the
# examples, a fifth at a time left out of training, 66%, 64% and 60% of the commands are seen, 9%, 6% and 3%
# of the others. Of 22,076 questions of SQuAD 1.0 5 are taken for one at .6.
SURE = 0.6
LONGEST = 30  # words of a command
OTHER = "*"  # stands for words in a row that are no words of commands
TOKEN = re.compile(r"[“\"„«][^”\"“»]+[”\"“»]|\w+(?:[.'-]\w+)*")
QUOTED = re.compile(r"[“\"„«]([^”\"“»]+)[”\"“»]")
QUOTES = '“”"„«»'
SHORT_IS = re.compile(r"^(what|who|where|here|that|it)'s$")
SEVERAL = frozenset({"articles", "stories", "pieces", "everything", "all", "both", "library", "collection"})
_ARTICLE = "article story piece report profile one text file interview review"
ARTICLE = frozenset(_ARTICLE.split()) | SEVERAL
JOINTS = frozenset({"and", "with", "to", "against", "from", "than"})

POLITE = re.compile(
    r"^(?:(?:please|now|ok(?:ay)?|so|and|hi|hello|hey|footnote),? )*"
    r"(?:(?:can|could|would|will) you |i(?:'d| would) like (?:you to )?|i (?:want|need) (?:you to )?)?"
    r"(?:please |just |briefly |quickly )*",
    re.IGNORECASE,
)
CARDINALS = table("numbers", "cardinals")
_COUNT = rf"(?P<count>\d{{1,3}}|an?|{either(CARDINALS)})"
# “in two sentences”, “to at most 50 words”, “3 bullet points please”; “a two-sentence summary”.
LENGTH = re.compile(
    r"(?:^|,? ?\b(?:in|into|to|with|using|within|as) )"
    r"(?:(?:about|around|roughly|at most|no more than|up to|under|less than|only|just|exactly) )*"
    rf"{_COUNT} (?:short |brief )?(?P<unit>sentence|word|line|bullet point|bullet|point)s?"
    r"(?: or less| at most)?(?:,? (?:please|for me))*$",
    re.IGNORECASE,
)
SIZED = re.compile(rf"\b{_COUNT}[- ](?P<unit>sentence|word|line)(?= \w)", re.IGNORECASE)
PARAGRAPH = re.compile(
    r" (?:in|as) (?:one|a|a single|a short) (?:paragraph|few words|few sentences)$", re.IGNORECASE
)
FEWEST_WORDS, MOST_WORDS, MOST_SENTENCES = 10, 400, 20


def recognise(message: str) -> Command | None:
    """Return what a message commands, or None where it is likelier to ask something.

    >>> recognise("Could you summarise this article in two sentences, please?")
    Command(act=<Act.SUMMARISE: 'summarise'>, targets=(Target(naming=<Naming.THIS: 'this'>, words=''),), \
words=0, sentences=2)
    >>> recognise("Who summarised the report?")
    """
    text = " ".join(message.replace("’", "'").split())
    rest, words, sentences = _length(PARAGRAPH.sub("", text.strip(" ?.!…:")))
    odds = likelihoods(text)
    if 1 - odds.pop(NONE) < SURE:
        return None
    act = max(odds, key=lambda a: odds[a])
    return _fitting(Command(Act(act), _targets(Act(act), POLITE.sub("", rest, count=1)), words, sentences))


def _fitting(command: Command) -> Command:
    """Return the command, where all articles are to be summed up, as one to show each."""
    every = command.targets[0].naming is Naming.ALL
    return replace(command, act=Act.SHOW) if every and command.act is Act.SUMMARISE else command


class Piece(NamedTuple):
    """A word of a message, or some in a row that are no words of commands."""

    sign: str  # the word as the model knows it, else OTHER
    start: int
    end: int


def pieces(text: str, known: frozenset[str] | None = None) -> list[Piece]:
    """Return what a message is made of, as the model reads it.

    >>> [p.sign for p in pieces("Sum up the Mac mini story in 40 words")]
    ['sum', 'up', 'the', '*', 'story', 'in', '9', 'words']
    """
    known = _model().known if known is None else known
    found: list[Piece] = []
    for match in TOKEN.finditer(text):
        word = SHORT_IS.sub(r"\1", match[0].lower())
        sign = "9" if word.isdigit() else word if word in known else OTHER
        if sign == OTHER and found and found[-1].sign == OTHER:
            found[-1] = found[-1]._replace(end=match.end())
            continue
        found.append(Piece(sign, match.start(), match.end()))
        if word != match[0].lower():
            found.append(Piece("is", match.end(), match.end()))
    return found


def signs(text: str, known: frozenset[str]) -> list[str]:
    """Return a message as the model reads it, when it knows these words."""
    return [p.sign for p in pieces(text, known)]


def figures(said: Sequence[str]) -> list[str]:
    """Return what the model weighs: the words and the pairs of words that stand side by side."""
    row = ["^", *said, "$"]
    return list(dict.fromkeys([*row, *(f"{a} {b}" for a, b in pairwise(row))]))


@dataclass(frozen=True, slots=True)
class Model:
    """A logistic regression over figures: for each act, and for none, its weights; `known` are the words."""

    acts: tuple[str, ...]
    bias: tuple[float, ...]
    weights: Mapping[str, Sequence[float]]
    known: frozenset[str]


@cache
def _model() -> Model:
    held = json.loads(WEIGHTS.read_text(encoding="utf-8"))
    return Model(tuple(held["acts"]), tuple(held["bias"]), held["weights"], frozenset(held["known"]))


def likelihoods(message: str, model: Model | None = None) -> dict[str, float]:
    """Return how likely a message commands each act, or none."""
    model = model or _model()
    said = signs(message, model.known)
    if not 0 < len(said) <= LONGEST:
        return {NONE: 1.0}
    rows = [model.bias, *(model.weights[f] for f in figures(said) if f in model.weights)]
    sums = [sum(column) for column in zip(*rows, strict=True)]
    top = max(sums)
    powers = [math.exp(s - top) for s in sums]
    return {act: p / sum(powers) for act, p in zip(model.acts, powers, strict=True)}


def _targets(act: Act, text: str) -> tuple[Target, ...]:
    """Return what a command names: what of it is no word of commands."""
    if (quoted := QUOTED.findall(text)) and act is not Act.COMPARE:
        return (Target(Naming.ABOUT, quoted[0]),)
    found = pieces(text)
    named = [n for n, p in enumerate(found) if p.sign == OTHER and content_stems(text[p.start : p.end])]
    if not named or act is Act.NEWEST:
        several = act is not Act.SUMMARISE or any(p.sign in SEVERAL for p in found)
        return (Target(Naming.ALL if several else Naming.THIS),)
    surely = any(p.sign in ARTICLE for p in found) or act is Act.SHOW
    naming = Naming.ABOUT if surely else Naming.CALLED
    parted = [n for n, p in enumerate(found) if p.sign in JOINTS and named[0] < n < named[-1]]
    if act is Act.COMPARE and parted:
        cut = parted[0]
        sides = ([n for n in named if n < cut], [n for n in named if n > cut])
        return tuple(Target(naming, text[found[s[0]].start : found[s[-1]].end].strip(QUOTES)) for s in sides)
    return (Target(naming, text[found[named[0]].start : found[named[-1]].end]),)


def _length(text: str) -> tuple[str, int, int]:
    """Return a message without the length that it asks for, the number of words and that of sentences."""
    match = LENGTH.search(text) or SIZED.search(text)
    if match is None:
        return text, 0, 0
    said = match["count"].lower()
    count = int(said) if said.isdigit() else 1 if said in ("a", "an") else int(CARDINALS[said])
    rest = " ".join((text[: match.start()] + text[match.end() :]).split())
    if match["unit"].lower() == "word":
        return rest, max(FEWEST_WORDS, min(count, MOST_WORDS)), 0
    return rest, 0, max(1, min(count, MOST_SENTENCES))


def resolve(command: Command, shelf: Shelf) -> Meant | Unclear | None:
    """Return which articles a command means, or None when it names none and so is a question.

    “This” is the only article, else the one that the last reply rests on.
    """
    meant: list[str] = []
    for target in command.targets:
        found = _resolved(command.act, target, shelf)
        if not isinstance(found, Meant):
            return found
        meant += found.articles
    together = tuple(dict.fromkeys(meant))
    return None if command.act is Act.COMPARE and len(together) < 2 else Meant(together)


def _resolved(act: Act, target: Target, shelf: Shelf) -> Meant | Unclear | None:
    every = tuple(a.article_id for a in shelf.articles)
    if target.naming is Naming.ALL or len(every) == 0:
        return Meant(every)
    if target.naming is Naming.THIS:
        spoken = tuple(shelf.spoken()) if len(every) > 1 else every
        return Meant(spoken) if len(spoken) == 1 else Unclear(spoken or every)
    wanted = set(content_stems(target.words))
    titled = {a.article_id: set(content_stems(a.title)) for a in shelf.articles}
    exact = [a.article_id for a in shelf.articles if target.words in a.files]
    exact = exact or [i for i, stems in titled.items() if wanted and stems == wanted]
    if exact or target.naming is Naming.TITLE:
        return _one(exact)
    held = [i for i, stems in titled.items() if wanted and wanted <= stems]
    if target.naming is Naming.CALLED:
        return _one(held)
    found = held
    if not held or act is Act.SHOW:  # what has it in its title may not be all
        found = list(dict.fromkeys([*held, *shelf.search(target.words)]))
    if act in (Act.SHOW, Act.COUNT) or (act is Act.COMPARE and len(held) != 1):
        return Meant(tuple(found)) if found else None
    return _one(held) or (Meant(tuple(found[:1])) if found else Unclear((), target.words))


def _one(found: Sequence[str]) -> Meant | Unclear | None:
    """Return the only article found; several leave it open which, none leaves it a question."""
    if not found:
        return None
    return Meant(tuple(found)) if len(found) == 1 else Unclear(tuple(found))


MOST_NEW, MOST_TOLD = 3, 8  # articles told of at once: the newest; any


def in_words(act: Act, titles: Sequence[str]) -> str:
    """Return a command as it was understood.

    >>> in_words(Act.SUMMARISE, ["The bridge"])
    'Summarise “The bridge”.'
    """
    verb = {Act.SUMMARISE: "Summarise", Act.COMPARE: "Compare"}.get(act, "Say in short what is in")
    return f"{verb} {_listed(titles, 'and')}."


def left_out(count: int, told: int) -> str:
    """Say how many of the articles are told of, where there are more."""
    return f"There are {count:,} articles; these are the newest {told} of them."


def holding(said: str, count: int, of: int) -> str:
    """Say how many articles hold some words.

    >>> holding("sea ice", 1, 7), holding("sea ice", 3, 7)
    ('“sea ice” stands in 1 of 7 articles.', '“sea ice” stands in 3 of 7 articles.')
    """
    return f"“{said}” stands in {count:,} of {of:,} articles."


def which(titles: Sequence[str], named: str = "") -> str:
    """Ask which article is meant, or say that none is what was named.

    >>> which(["Bridges", "Boats"])
    'Which article do you mean: “Bridges” or “Boats”? Name it, as in “Summarise the article about …”.'
    """
    if not titles:
        return f"No article is about “{named}”. Each of these begins as shown."
    ask = "Name it, as in “Summarise the article about …”."
    return f"Which article do you mean: {_listed(titles, 'or')}? {ask}"


def _listed(titles: Sequence[str], joint: str) -> str:
    quoted = [f"“{t}”" for t in dict.fromkeys(titles)]
    if len(quoted) > MOST_TOLD:
        quoted = [*quoted[:MOST_TOLD], f"{len(quoted) - MOST_TOLD:,} more"]
    return in_a_row(quoted, joint)

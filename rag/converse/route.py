"""What is asked of the tool by its acts: sum up, show what there is, what is new, lay articles side by side.

A message counts only when one of the forms here makes up the whole of it, and what it names counts only when
it is an article: “Summarise the treaty” is a command where an article is called so, else a question like any
other. `recognise` reads the message, `resolve` finds the articles that it means.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import TYPE_CHECKING

from footnote.ingest.text.word_lists import either
from footnote.ingest.text.words import content_stems
from footnote.rag.english.lists import in_a_row, table

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence


class Act(StrEnum):
    """What is to be done with articles."""

    SUMMARISE = "summarise"
    SHOW = "show"  # a sentence on each
    NEWEST = "newest"
    COMPARE = "compare"


class Naming(StrEnum):
    """How a message names articles."""

    THIS = "this"  # “this article”, “it”
    ALL = "all"  # “these articles”, “everything”
    TITLE = "title"  # by the whole title, else it is a question: “What is … about?”
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


NOUN = r"(?:article|text|story|piece|report|page|document|file|post|paper)"
OWN = r"(?:article|text|page|file|document)"  # “the report” may be one that an article tells of
# “it”, “this story”, “the article”: one article that is at hand.
THIS = (
    rf"(?:it|this|that|this one|(?:this|my) (?:whole )?{NOUN}"
    rf"|the (?:whole |last |same )?{OWN}(?: (?:by|of|from) the author)?)"
)
ALL = (
    rf"(?:(?:all |both )?(?:of )?(?:the |these |those |my |your |the two )?{OWN}s|all|everything"
    r"|them(?: all)?|all of (?:them|it)"
    r"|(?:the|my|your) (?:whole )?(?:library|collection))"
)
ABOUT = (
    rf"(?:the|that|my|an?) {NOUN} (?:that (?:is|was) )?"
    r"(?:about|on|concerning|called|titled|entitled) (?P<about>.+?)"
)
QUOTED = rf"(?:(?:the|this) {NOUN} )?[“\"„«](?P<quoted>[^”\"“»]+)[”\"“»]"
KNOWN = rf"(?:(?P<this>{THIS})|(?P<all>{ALL})|{QUOTED}|{ABOUT})"
ASKED = rf"(?:{KNOWN}|(?P<called>.+?))"
EXACT = rf"(?:{KNOWN}|(?P<title>.+?))"

POLITE = re.compile(
    r"^(?:(?:please|now|ok(?:ay)?|so|and|hi|hello|hey|footnote),? )*"
    r"(?:(?:can|could|would|will) you |i(?:'d| would) like (?:you to )?|i (?:want|need) (?:you to )?)?"
    r"(?:please |just |briefly |quickly )*(?:(?:give|show|tell|write|make) (?:me |us )?)?",
    re.IGNORECASE,
)
CLOSING = re.compile(r"(?:,? (?:please|for me|briefly|thanks|thank you))+$", re.IGNORECASE)

_SHORT = r"(?:(?:a|an|the|your)(?: (?:short|brief|quick|very short|concise|one-paragraph))? )?"
_POINTS = (
    r"(?:main|key|most important|central) (?:points?|ideas?|takeaways?|facts|findings|results"
    r"|messages?|things)"
)
_TELLS = (
    r"(?:(?:is|are|was|were|talks?|tells?|speaks?|writes?) (?:about|of)|(?:is|are) on|deals? with|mentions?)"
)
_HAVE = r"(?:do|have) (?:i|you|we) (?:have|got)"
_ANY = rf"(?:anything|something|any {OWN}s?|an? {OWN})"
_BETWEEN = rf"(?:(?P<all>{ALL})|(?P<one>.+?) and (?P<other>.+?))"
FORMS: tuple[tuple[Act, str], ...] = (
    (Act.SUMMARISE, rf"(?:summari[sz]e|sum up|recap) (?:(?:the )?{_POINTS} (?:of|in|from) )?{ASKED}"),
    (Act.SUMMARISE, rf"sum {THIS} up"),
    (Act.SUMMARISE, rf"{_SHORT}(?:summary|overview|gist|recap|synopsis)(?: (?:of|on|about|for) {ASKED})?"),
    (Act.SUMMARISE, r"summari[sz]e|sum up|recap|(?:the )?gist|tl;?dr"),
    (Act.SUMMARISE, rf"(?:what (?:is|was)|what's) (?:the |a )?(?:gist|summary) of {EXACT}"),
    (Act.SUMMARISE, rf"(?:what (?:is|was)|what's) {EXACT} (?:all )?about"),
    (Act.SHOW, rf"what (?:are|were) (?:{KNOWN}) (?:all )?about"),
    (Act.SUMMARISE, rf"(?:what (?:does|do|did)) {KNOWN} (?:say|tell(?: us| me)?|contain|cover)"),
    (Act.SUMMARISE, r"what (?:does|do|did) the author (?:say|find|argue|conclude|report|show|think)"),
    (
        Act.SUMMARISE,
        rf"(?:what (?:are|were) )?(?:the |its )?{_POINTS}(?: (?:of|in|from|about|made (?:in|by)) {EXACT})?",
    ),
    (Act.SHOW, rf"(?:which|what) {OWN}s? {_TELLS} (?P<about>.+?)"),
    (Act.SHOW, rf"(?:which|what) {OWN}s? {_HAVE} (?:about|on) (?P<about>.+?)"),
    (Act.SHOW, rf"(?:(?:is|are) there|{_HAVE}) {_ANY} (?:about|on) (?P<about>.+?)"),
    (
        Act.NEWEST,
        rf"(?:what is|what's|anything|what|is there anything) new(?: here| today| in {ALL})?",
    ),
    (
        Act.NEWEST,
        rf"(?:what (?:is|are)|what's)? ?(?:the )?(?:latest|newest)(?: news| {OWN}s?)?(?: in {ALL})?",
    ),
    (Act.COMPARE, rf"(?:compare|contrast) (?P<all>{ALL})"),
    (Act.COMPARE, r"(?:compare|contrast) (?P<one>.+?) (?:and|with|to|against) (?P<other>.+?)"),
    (
        Act.COMPARE,
        rf"(?:what (?:are|is) the |the )?(?:difference|comparison)s? between {_BETWEEN}",
    ),
    (Act.COMPARE, rf"how do (?P<all>{ALL}) (?:differ|compare)"),
)
PATTERNS = [(act, re.compile(form, re.IGNORECASE)) for act, form in FORMS]
NAMED = re.compile(KNOWN, re.IGNORECASE)

CARDINALS = table("numbers", "cardinals")
_COUNT = rf"(?P<count>\d{{1,3}}|an?|{either(CARDINALS)})"
# “in two sentences”, “with at most 50 words”; “a two-sentence summary”.
LENGTH = re.compile(
    r",? ?\b(?:in|with|using|within) "
    r"(?:(?:about|around|roughly|at most|no more than|up to|under|less than|only|just) )*"
    rf"{_COUNT} (?:short |brief )?(?P<unit>sentence|word|line|bullet point|bullet|point)s?"
    r"(?: or less| at most)?$",
    re.IGNORECASE,
)
SIZED = re.compile(
    rf"\b{_COUNT}[- ](?P<unit>sentence|word|line)(?= (?:summary|overview|gist))", re.IGNORECASE
)
PARAGRAPH = re.compile(
    r" (?:in|as) (?:one|a|a single|a short) (?:paragraph|few words|few sentences)$", re.IGNORECASE
)
FEWEST_WORDS, MOST_WORDS, MOST_SENTENCES = 10, 400, 20


def recognise(message: str) -> Command | None:
    """Return the command that the whole of a message may be, or None.

    >>> recognise("Could you summarise this article in two sentences, please?")
    Command(act=<Act.SUMMARISE: 'summarise'>, targets=(Target(naming=<Naming.THIS: 'this'>, words=''),), \
words=0, sentences=2)
    >>> recognise("Who summarised the report?")
    """
    text = " ".join(message.replace("’", "'").split()).strip(" ?.!…:")
    text = CLOSING.sub("", text).strip(" ?.!,")
    text, words, sentences = _length(PARAGRAPH.sub("", text))
    text = POLITE.sub("", text, count=1)
    for act, pattern in PATTERNS:
        if (match := pattern.fullmatch(text)) and (targets := _targets(act, match.groupdict())):
            return _fitting(Command(act, targets, words, sentences))
    return None


def _fitting(command: Command) -> Command:
    """Return the command, where an article of “all” is asked about, as one to show each."""
    every = command.targets[0].naming is Naming.ALL
    return replace(command, act=Act.SHOW) if every and command.act is Act.SUMMARISE else command


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


def _targets(act: Act, found: dict[str, str | None]) -> tuple[Target, ...]:
    """Return what the groups of a form name; none when it is no article at all."""
    if one := found.get("one"):
        return (_named(one), _named(found["other"] or ""))
    if words := found.get("about"):
        return (Target(Naming.ABOUT, words),) if content_stems(words) else ()
    for group, naming in (
        ("quoted", Naming.ABOUT),
        ("title", Naming.TITLE),
        ("called", Naming.CALLED),
    ):
        if words := found.get(group):
            return (Target(naming, words),)
    every = found.get("all") or act is Act.NEWEST
    return (Target(Naming.ALL if every else Naming.THIS),)


def _named(words: str) -> Target:
    """Return one side of a comparison."""
    match = NAMED.fullmatch(words)
    if match and not match["all"]:
        return _targets(Act.COMPARE, match.groupdict())[0]
    return Target(Naming.CALLED, words)


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
    return None if command.act is Act.COMPARE and len(together) < len(command.targets) else Meant(together)


def _resolved(act: Act, target: Target, shelf: Shelf) -> Meant | Unclear | None:
    every = tuple(a.article_id for a in shelf.articles)
    if target.naming is Naming.ALL or len(every) == 0:
        return Meant(every)
    if target.naming is Naming.THIS:
        spoken = tuple(shelf.spoken()) if len(every) > 1 else every
        return Meant(spoken) if len(spoken) == 1 else Unclear(spoken or every)
    wanted = set(content_stems(target.words))
    titled = {a.article_id: set(content_stems(a.title)) for a in shelf.articles}
    exact = [i for i, stems in titled.items() if stems == wanted]
    if exact or target.naming is Naming.TITLE:
        return _one(exact) if wanted else None
    held = [i for i, stems in titled.items() if wanted and wanted <= stems]
    if target.naming is Naming.CALLED:
        return _one(held)
    found = held or list(shelf.search(target.words))
    if act is Act.SHOW:
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

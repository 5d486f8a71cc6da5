"""What a question asks for: its content, its names and numbers, and the kind of answer it wants."""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

from footnote.ingest.text.languages import language_of
from footnote.ingest.text.word_lists import either
from footnote.ingest.text.words import content_stems, content_words, stem, unique, words
from footnote.rag.english.dates import ANY_YEAR, MONTH_ALONE, WEEKDAY
from footnote.rag.english.lists import AUXILIARY, firsts, in_order, table
from footnote.rag.english.lists import words as listed
from footnote.rag.english.names import NAME_RUN, capitalised

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence


class AnswerKind(StrEnum):
    """The kind of thing that answers a question."""

    PERSON = "person"
    TIME = "time"
    PLACE = "place"
    COUNT = "count"
    NUMBER = "number"
    REASON = "reason"
    YES_NO = "yes/no"
    OTHER = "other"


PATTERNS: tuple[tuple[AnswerKind, re.Pattern[str]], ...] = (
    (
        AnswerKind.REASON,
        re.compile(
            r"\bwhy\b|\bwhat (?:is|was|are|were)? ?the (?:reason|cause)|\bfor what reason", re.IGNORECASE
        ),
    ),
    (
        AnswerKind.COUNT,
        re.compile(
            r"\bhow (?:many|much|old|tall|high|long|far|deep|large|big|fast|heavy|wide|often|strong|hot|cold)\b",
            re.IGNORECASE,
        ),
    ),
    (
        AnswerKind.NUMBER,
        re.compile(
            r"\bwhat (?:is |was |were |are )?(?:the |its |their )?(?:\w+ )?"
            r"(?:number|percentage|percent|share|proportion|price|cost|amount|population|age|height|length"
            r"|speed|weight|size|total|rate|budget|fee|distance|capacity|temperature)\b",
            re.IGNORECASE,
        ),
    ),
    (
        AnswerKind.TIME,
        re.compile(
            r"\bwhen\b|\b(?:what|which) (?:year|month|date|day|decade|century|season|time|hour|weekday)\b"
            r"|\bhow (?:soon|recently|late|early)\b|\bsince what\b|\buntil what\b",
            re.IGNORECASE,
        ),
    ),
    (
        AnswerKind.PLACE,
        re.compile(
            r"\bwhere\b|\b(?:what|which) (?:city|country|town|place|state|region|port|village|location)\b",
            re.IGNORECASE,
        ),
    ),
    (
        AnswerKind.PERSON,
        re.compile(
            r"\bwho(?:m|se)?\b|\b(?:what|which) (?:person|man|woman|expert|scientist|official|author|spokes\w+)\b",
            re.IGNORECASE,
        ),
    ),
    (
        AnswerKind.YES_NO,
        re.compile(rf"^(?:and |but |so )?{AUXILIARY}\b", re.IGNORECASE),
    ),
)

CARDINALS = table("numbers", "cardinals")
_MAGNITUDES = [w for w in table("numbers", "magnitudes") if len(w) > 2]
NUMBER_WORDS = {*CARDINALS, *_MAGNITUDES, *table("numbers", "fractions"), *in_order("numbers", "amounts")}
_PERIOD = either(listed("calendar", "periods", "lengths"))
TIME_ANSWER = re.compile(
    rf"\b{ANY_YEAR}s?\b|\b{MONTH_ALONE}\b|\b{WEEKDAY}s?\b|\b{either(listed('calendar', 'seasons', 'days', 'parts of a day'))}\b"
    rf"|\b(?:century|decade)\b|\b\d{{1,2}}(?::\d\d)? ?[ap]\.?m\b|\b(?:last|next|this|every|each) {_PERIOD}\b"
    rf"|\b(?:\d+|{either([*CARDINALS, *_MAGNITUDES])}) {either(listed('calendar', 'lengths'))}\b",
    re.IGNORECASE,
)
NUMBER_ANSWER = re.compile(rf"\d|\b{either(NUMBER_WORDS)}\b", re.IGNORECASE)
REASON_ANSWER = re.compile(
    r"\b(?:because|since|due to|owing to|thanks to|so that|in order to|reasons?|caus(?:e|ed|es|ing)|as a result"
    r"|therefore|hence|led to|leads? to|result(?:s|ed)? (?:in|from)|aim(?:s|ed)? (?:to|at)|goal|purpose|fear(?:s|ed|ing)?"
    r"|to (?:avoid|prevent|ensure|make|help|keep|protect|reduce|save|show|allow|give|get|demonstrate|secure)|for fear|which meant|meant that"
    r"|explain(?:s|ed)?|argu(?:es|ed)|blam(?:es|ed)|out of)\b",
    re.IGNORECASE,
)
PLACE_ANSWER = re.compile(
    r"\b(?:in|at|to|from|near|on|off|outside|inside|between|across|through|into|above|below|beside|behind|along|"
    r"around|under|north|south|east|west) (?:the |a |an |its |their |his |her )?\w+"
)
ROLE = re.compile(
    rf"\b(?:{either(listed('people', 'ranks', 'callings', 'bodies', 'kin', 'members'))}s?|doctors?|spokes\w+|\w+ists?|\w+ers)\b",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Question:
    """A question taken apart. `terms` are content stems; `names` those of names and numbers.

    `shared` says of each term in a name of several words how many words that name has.
    """

    text: str
    kind: AnswerKind
    terms: tuple[str, ...]
    names: frozenset[str]
    shared: Mapping[str, int]


def analyse(text: str) -> Question:
    """Take a question apart.

    >>> q = analyse("When did Shoigu visit Pyongyang?")
    >>> q.kind.value, q.terms, sorted(q.names)
    ('time', ('shoigu', 'visit', 'pyongyang'), ['pyongyang', 'shoigu'])
    """
    kind = next((k for k, pattern in PATTERNS if pattern.search(text)), AnswerKind.OTHER)
    content, language = content_words(text), language_of(text)
    first = next(iter(words(text)), "")
    names = frozenset(
        stem(w, language) for w in content if (w[0].isupper() and w != first) or w[0].isdigit() or w.isupper()
    )
    terms = tuple(unique(stem(w, language) for w in content))
    return Question(text, kind, terms, names, _shared(text, terms))


def _shared(text: str, terms: Sequence[str]) -> dict[str, int]:
    runs = [[t for t in map(stem, words(m[0])) if t in terms] for m in NAME_RUN.finditer(text)]
    return {t: len(run) for run in runs for t in run}


def has_answer_kind(question: Question, sentence: str) -> bool:
    """Tell whether `sentence` holds something of the kind that is asked for and not already given."""
    match question.kind:
        case AnswerKind.TIME:
            return _new(question, TIME_ANSWER.findall(sentence))
        case AnswerKind.COUNT | AnswerKind.NUMBER:
            return _new(
                question, [w for w in words(sentence) if NUMBER_ANSWER.fullmatch(w) or w[0].isdigit()]
            )
        case AnswerKind.PERSON:
            return _new(question, _names(sentence)) or bool(ROLE.search(sentence))
        case AnswerKind.PLACE:
            return _new(question, _names(sentence)) and bool(PLACE_ANSWER.search(sentence))
        case AnswerKind.REASON:
            return bool(REASON_ANSWER.search(sentence))
        case AnswerKind.YES_NO | AnswerKind.OTHER:
            return True


def _names(sentence: str) -> list[str]:
    """Return capitalised words, the sentence's first only when it is no common opening word."""
    return [m[0] for m in capitalised(sentence)]


def _new(question: Question, found: list[str]) -> bool:
    return any(set(map(stem, words(f))) - set(question.terms) for f in found)


# What a list question asks for: “which towns”, “name the three”, “what are the reasons”.
_FEW = either(word for word, value in CARDINALS.items() if 2 <= int(value) <= 10)
AMOUNT = rf"(?:(?P<count>{_FEW}|\d{{1,2}}) )?"
ADJECTIVES = (
    r"(?:(?:main|different|other|new|largest|biggest|most important|chief|various|possible|official) )*"
)
LIST = re.compile(
    rf"^(?:and |but |so )?(?:(?:please )?(?:name|list|enumerate|give(?: me)?|mention)(?: all)?(?: of)? (?:the |some |its )?"
    rf"|(?:what|which|who) (?:are|were|will be) (?:all )?(?:the |some (?:of the )?|its |their )?"
    rf"|(?:in |at |to |from |on |for |with |of |by |through )?(?:what|which) (?:of the )?)"
    rf"{AMOUNT}{ADJECTIVES}(?P<thing>[\w’'-]+(?: [\w’'-]+)??)\b(?= |[?.!]|$)",
    re.IGNORECASE,
)
# “What gives …” is no list, “what towns does …” is: after “what” alone an auxiliary or preposition must follow.
VERB_LIKE = re.compile(r"^(?:and |but |so )?what (?!are\b|were\b|will\b|of\b)", re.IGNORECASE)
NEXT = re.compile(rf" (?:{AUXILIARY}|in|of|on|at|for|from)\b", re.IGNORECASE)
SINGULAR = re.compile(
    r"(?:ss|us|is|ous|’s|'s|news|series|species|always|does|has|was|this|less)$", re.IGNORECASE
)
PLURAL = re.compile(
    r"(?:people|children|men|women|teeth|feet|mice|criteria|data)$|[a-z]{2,}s$", re.IGNORECASE
)
SIDES = (
    re.compile(
        r"\b(?:difference|differences|comparison) between (?P<a>.+?) and (?P<b>.+?)(?= in | on | for | of |[?.!,]|$)",
        re.IGNORECASE,
    ),
    re.compile(r"\bcompare[sd]? (?P<a>.+?) (?:and|with|to) (?P<b>.+?)(?=[?.!,]|$)", re.IGNORECASE),
    re.compile(
        r"\bhow (?:do|does|did) (?P<a>.+?) (?:compare|differ) (?:to|with|from) (?P<b>.+?)(?=[?.!,]|$)",
        re.IGNORECASE,
    ),
    re.compile(
        r"\b(?:which|who|what)\b.*?[,:–-] ?(?P<a>(?:the |a )?[^,:?]+?),? or (?P<b>[^,?]+?)(?=[?.!]|$)",
        re.IGNORECASE,
    ),
    re.compile(
        # Of SQuAD 1.0's 87,636 questions 5 said “more than one”, “two”, and compared nothing.
        rf"^{AUXILIARY}\b (?P<a>.+?) (?:\w+er|more(?: \w+)?|less(?: \w+)?|better|worse) than"
        rf" (?!{either(CARDINALS)}\b|\d)(?P<b>.+?)(?=[?.!,]|$)",
        re.IGNORECASE,
    ),
    re.compile(r"(?P<a>[\w’' -]+?) (?:versus|vs\.?) (?P<b>[\w’' -]+)", re.IGNORECASE),
)
SAYING = either(firsts("verbs_of_saying", "plain", "stating", "opinion"))
MOST_SPEAKER = 6  # words
SOURCES = (
    re.compile(r"^according to (?P<who>[^,?]+?), ", re.IGNORECASE),
    re.compile(r",? according to (?P<who>[^,?]+?)(?=[?.!,]|$)", re.IGNORECASE),
    re.compile(
        rf"\b(?:what|how|why|when|who|where)\b.*? (?:did|does|do|has|have) (?P<who>(?:the |a )?[^,?]+?) {SAYING}s?\b",
        re.IGNORECASE,
    ),
    re.compile(r"\bin (?P<who>[^,?]+?)(?:’s|'s|’|') (?:view|opinion|words|eyes|account)\b", re.IGNORECASE),
)


@dataclass(frozen=True, slots=True)
class Listing:
    """What a list question asks for: so many of a thing; `count` is 0 where it does not say how many.

    `about` are the stems of what it says of the thing.
    """

    thing: str
    count: int = 0
    about: frozenset[str] = frozenset()


def wants_list(text: str) -> Listing | None:
    """Return what a question asks to list, or None when one thing answers it.

    >>> found = wants_list("Which three towns does the line serve?")
    >>> found.thing, found.count, sorted(found.about)
    ('towns', 3, ['line', 'serv'])
    >>> wants_list("Which town does the line serve?")
    """
    match = LIST.match(text.strip())
    if not match or (VERB_LIKE.match(text.strip()) and not NEXT.match(text.strip()[match.end() :])):
        return None
    thing = next((w for w in match["thing"].split() if PLURAL.search(w) and not SINGULAR.search(w)), "")
    if not thing:
        return None
    count = (match["count"] or "0").lower()
    said = frozenset(content_stems(f"{match['thing']} {text.strip()[match.end() :]}")) - {stem(thing)}
    return Listing(thing, int(count) if count.isdigit() else int(CARDINALS[count]), said)


def compared(text: str) -> tuple[str, str] | None:
    """Return the two sides that a question compares, or None.

    >>> compared("Which opened earlier, the harbour bridge or the Hollen tunnel?")
    ('the harbour bridge', 'the Hollen tunnel')
    """
    for pattern in SIDES:
        if match := pattern.search(text):
            a, b = match["a"].strip(), match["b"].strip()
            if content_words(a) and content_words(b):
                return a, b
    return None


def attributed_to(text: str) -> str:
    """Return whose words a question asks for, or "".

    >>> attributed_to("According to the survey, how many homes have one?")
    'the survey'
    """
    for pattern in SOURCES:
        match = pattern.search(text)
        if match and content_words(match["who"]) and len(words(match["who"])) <= MOST_SPEAKER:
            return match["who"].strip()
    return ""

"""Does the checker see one changed fact, and let the same said otherwise pass?

Sentences of real articles are shown to a checker as they are, lightly rephrased (clauses swapped, speech
turned round, passive, pronoun resolved, numbers written otherwise), and with one fact changed: a number, a
date, a name, a negation, a direction, who said it. What is unchanged in meaning should be supported, what is
changed should not. What is turned round (`TURNED`, `PARTICIPLES`, `SHORT_FORMS`) is this module's own list:
those of the checker are not used, so that it is not asked only what it knows. Months and numbers are the same.

`python -m footnote.evals.tools.corruption articles.jsonl` prints a table; the sample articles are always among the sources.
"""

# ruff: noqa: E501 - patterns and word lists read best on one line

from __future__ import annotations

import argparse
import json
import random
import re
import sys
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from footnote.evals.metrics.statistic import Mean, bootstrapped, interval
from footnote.ingest.samples import sample_folder
from footnote.ingest.sources import read_sources
from footnote.ingest.text.sentences import sentences as split
from footnote.ingest.text.word_lists import MONTHS, WEEKDAYS, either, saying
from footnote.rag.english.lists import AUXILIARIES, DENIABLE, table, words
from footnote.rag.types import Support, Verdict

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    from footnote.rag.check.support import SupportChecker

SHORTEST, LONGEST = 7, 45  # words of the sentences that are tried
SAME = (
    "as it is", "clauses swapped", "speech turned round", "passive", "pronoun resolved", "number format",
    "date format", "short forms", "quotation marks",
)  # fmt: skip
LEAST = 60  # trials of each kind, where the articles hold so many: more sentences are drawn for a rare kind
CHANGED = ("number", "date", "name", "negation", "direction", "attribution")
Reach = Literal["paragraph", "article"]


@dataclass(frozen=True, slots=True)
class Place:
    """A sentence of an article with what stands around it."""

    sentence: str
    paragraph: str
    before: str  # the paragraph before, "" for the first
    article: str
    names: tuple[str, ...]  # names of the article that the sentence does not hold


@dataclass(frozen=True, slots=True)
class Trial:
    """A sentence to judge: `kind` of `SAME` should be supported, of `CHANGED` should not."""

    kind: str
    sentence: str
    original: str
    evidence: tuple[str, ...]

    @property
    def should_hold(self) -> bool:
        """Whether the evidence supports the sentence."""
        return self.kind in SAME


@dataclass(frozen=True, slots=True)
class Tally:
    """How many trials of a kind were judged rightly, with a bootstrap 95% interval of the share."""

    kind: str
    right: int
    n: int
    low: float
    high: float

    @property
    def share(self) -> float:
        """The share judged rightly, 0..1."""
        return self.right / self.n

    def as_json(self) -> dict[str, Any]:
        """Return the tally as JSON values."""
        return {
            "kind": self.kind,
            "right": self.right,
            "n": self.n,
            "share": round(self.share, 4),
            "low": round(self.low, 4),
            "high": round(self.high, 4),
        }


# --- sentences -------------------------------------------------------------------------------------------

NAME = re.compile(
    r"\b(?:[A-Z][a-zà-ÿ]+(?:[-'’][A-Z][a-zà-ÿ]+)?)(?: (?:[A-Z][a-zà-ÿ]+(?:[-'’][A-Z][a-zà-ÿ]+)?))*\b"
)
SAYING = either(saying("plain", "plain, not asked for"))
NO_NAME = {day.capitalize() for day in (*MONTHS, *WEEKDAYS)} | frozenset(
    "Mr Mrs Ms Dr Sir Lord The A An In On At It He She They But And If When While "
    "However Meanwhile I We You That This These Those There Their His Her Its My Our Your As For With After Before "
    "Who What Why How So Do Be Any One Everyone".split()
)


def places(texts: Iterable[str]) -> Iterator[Place]:
    """Yield the sentences of articles, whose paragraphs are apart by blank lines."""
    for text in texts:
        paragraphs = [p.strip() for p in re.split(r"\n\s*\n", text) if p.strip()]
        names = _names(text)
        for number, paragraph in enumerate(paragraphs):
            for span in split(paragraph):
                sentence = " ".join(paragraph[span.start : span.end].split())
                if SHORTEST <= len(sentence.split()) <= LONGEST and sentence[-1] in '.!"”':
                    others = tuple(n for n in names if not set(n.split()) & set(re.findall(r"\w+", sentence)))
                    before = paragraphs[number - 1] if number else ""
                    yield Place(sentence, paragraph, before, text, others)


def _names(text: str) -> list[str]:
    found = [
        m[0]
        for m in NAME.finditer(text)
        if m.start() and text[m.start() - 2 : m.start() - 1] not in '.!?\n"“'
    ]
    plain = set(re.findall(r"\b[a-z]+\b", text))  # "What" is no name where "what" stands
    return list(
        dict.fromkeys(n for n in found if not set(n.split()) & NO_NAME and not set(n.lower().split()) & plain)
    )


def article_texts(paths: Sequence[Path]) -> Iterator[str]:
    """Yield the text of the sample articles, then of each row of JSON Lines files (`text` or `paragraphs`)."""
    for read in read_sources([str(sample_folder())]):
        text = getattr(read, "text", "")
        spans = getattr(read, "paragraphs", ())
        yield "\n\n".join(text[p.start : p.end] for p in spans)
    for path in paths:
        with path.open(encoding="utf-8") as file:
            for line in file:
                row = json.loads(line)
                yield row.get("text") or "\n\n".join(row["paragraphs"])


# --- the same, said otherwise ----------------------------------------------------------------------------

LEAD = re.compile(
    r"^(?P<word>After|When|While|If|Although|Though|Because|Before|Since|Despite|As|In|On|At|During|For|With)\b"
    r"(?P<clause>[^,;:“”\"]{8,90}), (?P<main>[^;:“”\"]{15,})\.$"
)
TAIL = re.compile(
    r"^(?P<main>[^,;:“”\"]{15,120}?),? (?P<word>after|when|while|if|although|because|before|despite) "
    r"(?P<clause>[^,;:“”\"]{10,})\.$"
)
LOWER_FIRST = frozenset(
    "the a an it he she they we there this that these those his her its their but some many most".split()
)


def swap_clauses(place: Place, _: random.Random) -> str | None:
    """Put a leading clause last, or a trailing one first."""
    if found := LEAD.match(place.sentence):
        main = found["main"]
        return f"{main[0].upper()}{main[1:]} {found['word'].lower()}{found['clause']}."
    if found := TAIL.match(place.sentence):
        if found["main"].split()[0] in ("And", "But", "In", "On", "At"):
            return None
        return f"{found['word'].capitalize()} {found['clause']}, {_lower(found['main'])}."
    return None


def _lower(text: str) -> str:
    first = text.split(" ", 1)[0]
    return text[0].lower() + text[1:] if first.lower() in LOWER_FIRST else text


SPEAKER = r"(?:(?:Mr|Mrs|Ms|Dr|Sir|Lord) )?[A-Z][\w’'-]+(?: [A-Z][\w’'-]+){0,2}|[Hh]e|[Ss]he|[Tt]he [a-z]+(?: [a-z]+)?"
SAID_LAST = re.compile(
    rf"^(?P<what>.{{15,}}?),(?P<close>[\"”]?) (?:said (?P<a>{SPEAKER})|(?P<b>{SPEAKER}) said)\.$"
)
SAID_FIRST = re.compile(rf"^(?P<who>{SPEAKER}) said (?:that )?(?P<what>[^,“\"”]{{15,}})\.$")


def turn_speech(place: Place, _: random.Random) -> str | None:
    """Say who said it at the other end of the sentence."""
    if found := SAID_LAST.match(place.sentence):
        who = found["a"] or found["b"]
        return (
            f"{who[0].upper()}{who[1:]} said{':' if found['close'] else ''} {found['what']}{found['close']}."
        )
    if found := SAID_FIRST.match(place.sentence):
        who = found["who"]
        shown = who[0].lower() + who[1:] if who.split()[0] in ("The", "He", "She") else who
        return f"{found['what'][0].upper()}{found['what'][1:]}, {shown} said."
    return None


PARTICIPLES = {
    "won": "won", "bought": "bought", "sold": "sold", "beat": "beaten", "defeated": "defeated", "announced": "announced",
    "launched": "launched", "signed": "signed", "rejected": "rejected", "approved": "approved", "backed": "backed",
    "blamed": "blamed", "cut": "cut", "raised": "raised", "made": "made", "took": "taken", "led": "led", "wrote": "written",
    "opened": "opened", "closed": "closed", "scored": "scored", "published": "published", "found": "found", "built": "built",
    "accused": "accused", "praised": "praised", "criticised": "criticised", "welcomed": "welcomed", "offered": "offered",
    "agreed": "agreed", "paid": "paid", "lost": "lost", "designed": "designed", "gave": "given", "showed": "shown",
}  # fmt: skip
ACTIVE = re.compile(
    rf"^(?P<who>(?:The |A |An )?[\w’'-]+(?: [\w’'-]+){{0,3}}) (?P<verb>{'|'.join(PARTICIPLES)}) "
    r"(?P<what>(?:the|a|an|its|his|her|their|\d[\d,.]*|[A-Z])[\w’'%£$,.-]*(?: (?!in\b|on\b|at\b|to\b|for\b|by\b|from\b|with\b|that\b|as\b|and\b|after\b|when\b|who\b|which\b)[\w’'%-]+){0,4})"
    r"(?P<rest>(?: (?:in|on|at|to|for|from|with|after|as) [^,;]+)?)\.$"
)


def make_passive(place: Place, _: random.Random) -> str | None:
    """Turn "A bought B." into "B was bought by A."."""
    found = ACTIVE.match(place.sentence)
    if not found or found["who"].split()[-1] in (
        "has",
        "had",
        "have",
        "who",
        "that",
        "and",
        "not",
        "be",
        "is",
        "was",
    ):
        return None
    if set(found["who"].split()) & {
        "said",
        "He",
        "She",
        "They",
        "I",
        "We",
        "who",
        "have",
        "which",
        "and",
        "to",
    }:
        return None
    plural = found["what"].split()[-1].endswith("s") and not found["what"].split()[-1].endswith("ss")
    what = found["what"]
    shown = what[0].upper() + what[1:]
    return f"{shown} {'were' if plural else 'was'} {PARTICIPLES[found['verb']]} by {_lower(found['who'])}{found['rest']}."


PERSON = re.compile(r"\b(?:Mr|Mrs|Ms|Dr) [A-Z][\w’-]+|\b[A-Z][a-z’-]+ [A-Z][a-z’-]+\b")


def resolve_pronoun(place: Place, _: random.Random) -> str | None:
    """Put the name that stands just before for a leading "He" or "She"."""
    found = re.match(r"^(He|She) (?=[a-z])", place.sentence)
    if not found:
        return None
    at = place.paragraph.find(place.sentence)
    known = place.before + "\n" + place.paragraph[: max(at, 0)]
    people = [
        m[0]
        for m in PERSON.finditer(known)
        if not set(m[0].split()[:1]) & (NO_NAME - {"Mr", "Mrs", "Ms", "Dr"})
    ]
    return f"{people[-1]} {place.sentence[found.end() :]}" if people else None


MONEY = {"$": "dollars", "£": "pounds", "€": "euros"}
SMALL = list(table("numbers", "cardinals"))[:13]
FORMATS: tuple[tuple[re.Pattern[str], Callable[[re.Match[str]], str]], ...] = (
    (re.compile(r"(\d)%"), lambda m: f"{m[1]} per cent"),
    (re.compile(r"(\d) ?per ?cent\b"), lambda m: f"{m[1]}%"),
    (re.compile(r"([$£€])([\d.]+) ?bn\b"), lambda m: f"{m[2]} billion {MONEY[m[1]]}"),
    (re.compile(r"([$£€])([\d.]+) ?m\b"), lambda m: f"{m[1]}{m[2]} million"),
    (re.compile(r"\b([\d.]+) million\b"), lambda m: f"{float(m[1].rstrip('.')) * 1e6:,.0f}"),
    (re.compile(r"(?<![\d,])(\d{1,3}),(\d{3})(?![\d,]\d)\b"), lambda m: f"{m[1]}{m[2]}"),
    (re.compile(rf"(?<=[a-z] )({'|'.join(SMALL[2:])})(?= [a-z])"), lambda m: str(SMALL.index(m[1]))),
    (re.compile(r"(?<=[a-z] )([2-9])(?= [a-z])"), lambda m: SMALL[int(m[1])]),
)  # fmt: skip


def reformat_number(place: Place, rng: random.Random) -> str | None:
    """Write one number otherwise: 76% and 76 per cent, $1.1bn and 1.1 billion dollars, five and 5."""
    ways = [(p, how) for p, how in FORMATS if p.search(place.sentence)]
    if not ways:
        return None
    pattern, how = rng.choice(ways)
    return pattern.sub(how, place.sentence, count=1)


SHORT_FORMS = {
    "United Nations": "UN", "European Union": "EU", "United States": "US", "United Kingdom": "UK", "television": "TV",
    "kilometres": "km", "kilograms": "kg", "Doctor": "Dr", "September": "Sept", "December": "Dec",
    "government": "govt", "information": "info", "organisation": "organization", "programme": "program",
    "centre": "center", "does not": "doesn't", "did not": "didn't", "is not": "isn't", "has not": "hasn't",
    "was not": "wasn't", "will not": "won't", "cannot": "can't", "it is": "it's", "he is": "he's", "they are": "they're",
}  # fmt: skip


def shorten(place: Place, rng: random.Random) -> str | None:
    """Put a short or other form for a word, or the word for its short form."""
    ways = [pair for one, two in SHORT_FORMS.items() for pair in ((one, two), (two, one))]
    found = [(old, new) for old, new in ways if re.search(rf"\b{re.escape(old)}\b", place.sentence)]
    if not found or QUOTE.search(place.sentence):  # what is quoted is to stay as it was said
        return None
    old, new = rng.choice(found)
    return re.sub(rf"\b{re.escape(old)}\b", new, place.sentence, count=1)


QUOTE = re.compile(r"[“”\"]")


def requote(place: Place, _: random.Random) -> str | None:
    """Write straight quotation marks and dashes as curly and long ones, or the other way round."""
    text = place.sentence
    if re.search(r"[“”‘’–—]", text):
        return text.translate(str.maketrans("“”‘’–—", "\"\"''--"))
    if text.count('"') == 2:
        text = text.replace('"', "“", 1).replace('"', "”", 1)
    text = re.sub(r"(?<=\w)'(?=\w|\s|$)", "’", text)
    return text if text != place.sentence else None


MONTH_NAMES = [month.capitalize() for month in MONTHS]
WRITTEN = re.compile(rf"\b(?P<day>\d{{1,2}})(?:st|nd|rd|th)? (?:of )?(?P<month>{'|'.join(MONTH_NAMES)})\b(?:,? (?P<year>\d{{4}}))?"
                     rf"|\b(?P<month2>{'|'.join(MONTH_NAMES)}) (?P<day2>\d{{1,2}})(?:st|nd|rd|th)?\b(?:,? (?P<year2>\d{{4}}))?")  # fmt: skip


def reformat_date(place: Place, rng: random.Random) -> str | None:
    """Write a date otherwise: 4 March 2004, March 4th, 2004, 2004-03-04."""
    match = WRITTEN.search(place.sentence)
    if match is None or QUOTE.search(place.sentence):
        return None
    day, month = int(match["day"] or match["day2"]), match["month"] or match["month2"]
    year = match["year"] or match["year2"]
    ways = [f"{day} {month}", f"{month} {day}", f"{month} {_ordinal(day)}", f"the {_ordinal(day)} of {month}",
            f"{day} {month[:3]}"]  # fmt: skip
    made = [f"{way}{',' if way.startswith(month) else ''} {year}" if year else way for way in ways]
    if year:
        made.append(f"{year}-{MONTH_NAMES.index(month) + 1:02}-{day:02}")
    new = rng.choice([m for m in made if m != match[0]])
    return place.sentence[: match.start()] + new + place.sentence[match.end() :]


def _ordinal(day: int) -> str:
    ending = "th" if 10 < day < 14 else {1: "st", 2: "nd", 3: "rd"}.get(day % 10, "th")
    return f"{day}{ending}"


# --- one fact changed ------------------------------------------------------------------------------------

DIGITS = re.compile(r"(?<![\w.,:/-])(?!(?:19|20)\d\d\b)(?P<n>\d+(?:,\d{3})*(?:\.\d+)?)(?![\w]*[\d])")
IN_WORDS = re.compile(rf"\b(?:{'|'.join(SMALL[2:])})\b")


def change_number(place: Place, rng: random.Random) -> str | None:
    """Change one number, in digits or words, to another of the same form."""
    found = [*DIGITS.finditer(place.sentence), *IN_WORDS.finditer(place.sentence)]
    if not found:
        return None
    match = rng.choice(found)
    return place.sentence[: match.start()] + _other_number(match[0], rng) + place.sentence[match.end() :]


def _other_number(text: str, rng: random.Random) -> str:
    if text in SMALL:
        return rng.choice([w for w in SMALL[2:] if w != text])
    while True:
        at = rng.choice([i for i, c in enumerate(text) if c.isdigit()])
        digits = "123456789" if at == 0 else "0123456789"
        changed = text[:at] + rng.choice(digits) + text[at + 1 :]
        if float(changed.replace(",", "")) != float(text.replace(",", "")):
            return changed


YEAR = re.compile(r"(?<![\d£$.,])\b(?:19|20)\d\d\b(?![,.]\d)")
SHIFTS = (-10, -3, -2, -1, 1, 2, 3, 10)
WEEK = [day.capitalize() for day in WEEKDAYS]
RELATIVES = (("yesterday", "today"), ("last year", "next year"), ("last week", "next week"), ("last month", "next month"),
             ("this year", "last year"), ("next year", "this year"), ("this week", "last week"), ("last season", "next season"))  # fmt: skip


def change_date(place: Place, rng: random.Random) -> str | None:
    """Change one weekday, month, year or relative date to another."""
    text = place.sentence
    ways = [
        (m, rng.choice([w for w in words if w != m[0]]))
        for words in (WEEK, MONTH_NAMES)
        for m in re.finditer(rf"\b(?:{'|'.join(words)})\b", text)
    ]
    ways += [(m, str(int(m[0]) + rng.choice(SHIFTS))) for m in YEAR.finditer(text)]
    for old, new in RELATIVES:
        ways += [(m, new) for m in re.finditer(rf"\b{old}\b", text)]
    if not ways:
        return None
    match, new = rng.choice(ways)
    return text[: match.start()] + new + text[match.end() :]


def change_name(place: Place, rng: random.Random) -> str | None:
    """Put another name of the article, of as many words if there is one, in the place of one name."""
    found = [
        m for m in NAME.finditer(place.sentence)
        if m.start() > 1 and not set(m[0].split()) & NO_NAME and not _speaks(place.sentence, m)
    ]  # fmt: skip
    if not found or not place.names:
        return None
    match = rng.choice(found)
    fitting = [n for n in place.names if len(n.split()) == len(match[0].split())] or list(place.names)
    return place.sentence[: match.start()] + rng.choice(fitting) + place.sentence[match.end() :]


def _speaks(sentence: str, match: re.Match[str]) -> bool:
    around = (
        sentence[max(0, match.start() - 16) : match.start()] + " " + sentence[match.end() : match.end() + 8]
    )
    return bool(re.search(rf"\b(?:{SAYING}|according)\b", around))


HELPERS = either(AUXILIARIES - words("auxiliaries", "do"))


def change_negation(place: Place, rng: random.Random) -> str | None:
    """Take a "not" out, or put one in after a helping verb."""
    text = place.sentence
    for pattern, new in ((r"\b(do|does|did) not ", r"\1 "), (rf"\b({DENIABLE})n[’']t ", r"\1 "),
                         (r"\bcan(?:not|[’']t) ", "can "), (r"\bwon[’']t ", "will "), (r" not ", " "), (r" never ", " ")):  # fmt: skip
        if re.search(pattern, text):
            return re.sub(pattern, new, text, count=1)
    found = list(re.finditer(rf"\b{HELPERS}\b(?= [a-z])(?! not\b)", text))
    if not found:
        return None
    match = rng.choice(found)
    return f"{text[: match.end()]} not{text[match.end() :]}"


TURNED = """rose fell; fell rose; rise fall; fall rise; risen fallen; rising falling; falling rising; increased decreased;
increase decrease; increasing decreasing; higher lower; lower higher; up down; down up; more fewer; fewer more; less more;
above below; below above; best worst; worst best; won lost; lost won; win lose; lose win; before after; after before;
first last; gained lost; jumped dropped; dropped jumped; climbed slipped; grew shrank; growth decline; decline growth;
soared plunged; bought sold; sold bought; buy sell; sell buy; opened closed; open close; accepted rejected;
rejected accepted; supported opposed; strong weak; weak strong; stronger weaker; weaker stronger; biggest smallest;
largest smallest; larger smaller; highest lowest; lowest highest; better worse; worse better; victory defeat; defeat victory;
profit loss; profits losses; success failure; early late; over under; boosted cut; improved worsened; allowed banned;
most least; least most; positive negative; majority minority; expanded shrank; started ended; start end; good bad;
raised cut; gain loss; gains losses; slower faster; faster slower; longer shorter; ahead behind; guilty innocent"""
TURNS = {one: other for pair in TURNED.replace("\n", " ").split(";") for one, other in [pair.split()]}


def change_direction(place: Place, rng: random.Random) -> str | None:
    """Turn one word of direction or comparison into its opposite."""
    found = list(re.finditer(rf"\b(?:{'|'.join(TURNS)})\b", place.sentence))
    if not found:
        return None
    match = rng.choice(found)
    return place.sentence[: match.start()] + TURNS[match[0]] + place.sentence[match.end() :]


SPEAKERS = re.compile(
    rf"(?P<who>(?:(?:Mr|Mrs|Ms|Dr) )?[A-Z][\w’-]+(?: [A-Z][\w’-]+)?|\b[Tt]he [a-z]+|\b(?:[A-Z]|[a-z])[a-z]+s) (?={SAYING}\b)"
    r"|(?<=\bsaid )(?P<after>(?:(?:Mr|Mrs|Ms|Dr) )?[A-Z][\w’-]+(?: [A-Z][\w’-]+)?)|(?<=\baccording to )(?P<to>[A-Z][\w’-]+(?: [A-Z][\w’-]+)?|the [a-z]+)"
)
OTHER_SPEAKERS = (
    "officials",
    "the ministry",
    "campaigners",
    "a spokeswoman",
    "analysts",
    "the union",
    "critics",
)


def change_attribution(place: Place, rng: random.Random) -> str | None:
    """Let somebody else have said it: another person of the article, or another kind of speaker."""
    for match in SPEAKERS.finditer(place.sentence):
        who = (match["who"] or match["after"] or match["to"]).strip()
        if who.lower() in ("he", "she", "it") or set(who.split()) & {
            "And",
            "But",
            "They",
            "This",
            "was",
            "has",
            "is",
        }:
            continue
        start = match.start("who" if match["who"] else "after" if match["after"] else "to")
        people = [n for n in place.names if len(n.split()) <= 2]
        named = who[0].isupper() and not who.startswith("The ")
        new = (
            rng.choice(people)
            if named and people
            else rng.choice([s for s in OTHER_SPEAKERS if who.lower() not in s])
        )
        if who.split()[0] in ("Mr", "Mrs", "Ms", "Dr") and named and people:
            new = f"{who.split()[0]} {new.split()[-1]}"
        if start == 0:
            new = new[0].upper() + new[1:]
        return place.sentence[:start] + new + place.sentence[start + len(who) :]
    return None


MAKERS: dict[str, Callable[[Place, random.Random], str | None]] = {
    "as it is": lambda place, _: place.sentence,
    "clauses swapped": swap_clauses,
    "speech turned round": turn_speech,
    "passive": make_passive,
    "pronoun resolved": resolve_pronoun,
    "number format": reformat_number,
    "date format": reformat_date,
    "short forms": shorten,
    "quotation marks": requote,
    "number": change_number,
    "date": change_date,
    "name": change_name,
    "negation": change_negation,
    "direction": change_direction,
    "attribution": change_attribution,
}


# --- running ---------------------------------------------------------------------------------------------


def trials(
    texts: Iterable[str], *, limit: int, seed: int = 0, reach: Reach = "paragraph", least: int = 0
) -> list[Trial]:
    """Return every trial that can be made of `limit` sentences drawn by `seed`; fewer if there are fewer.

    Of a kind that these give fewer than `least` of, more are made from the other sentences.

    The evidence is the sentence's paragraph (with the one before, where a pronoun was resolved), or with
    `reach` "article" all of the article, where other people and figures are at hand to be mistaken.
    """
    pool = list(places(texts))
    rng = random.Random(seed)  # noqa: S311 - not for secrets
    chosen = rng.sample(pool, min(limit, len(pool)))
    found = [t for place in chosen for kind in MAKERS for t in _made(place, kind, rng, reach)]
    counts = Counter(t.kind for t in found)
    taken = set(map(id, chosen))
    rest = [p for p in pool if id(p) not in taken] if least else []
    rng.shuffle(rest)
    for place in rest:
        rare = [kind for kind in MAKERS if counts[kind] < least]
        if not rare:
            break
        for kind in rare:
            more = _made(place, kind, rng, reach)
            counts[kind] += len(more)
            found += more
    return found


def _made(place: Place, kind: str, rng: random.Random, reach: Reach) -> list[Trial]:
    made = MAKERS[kind](place, rng)
    if made is None or (made == place.sentence and kind != "as it is"):
        return []
    return [Trial(kind, made, place.sentence, _evidence(place, kind, reach))]


def _evidence(place: Place, kind: str, reach: Reach) -> tuple[str, ...]:
    if reach == "article":
        return (place.article,)
    if kind == "pronoun resolved" and place.before:
        return (place.before, place.paragraph)
    return (place.paragraph,)


def judge(check: SupportChecker, tried: Sequence[Trial]) -> list[Support]:
    """Return what `check` says of every trial."""
    return [check(t.sentence, t.evidence) for t in tried]


def is_right(trial: Trial, support: Support) -> bool:
    """Tell whether the verdict is right: supported exactly when nothing was changed."""
    return (support.verdict is Verdict.SUPPORTED) == trial.should_hold


def tallies(tried: Sequence[Trial], judged: Sequence[Support], resamples: int = 1000) -> list[Tally]:
    """Return the share judged rightly of each kind that occurs, in the order of `SAME` and `CHANGED`."""
    found = []
    for kind in (*SAME, *CHANGED):
        right = np.array([is_right(t, s) for t, s in zip(tried, judged, strict=True) if t.kind == kind])
        if len(right):
            low, high = interval(bootstrapped(Mean("right"), right.astype(float), resamples=resamples))
            found.append(Tally(kind, int(right.sum()), len(right), low, high))
    return found


def main(argv: Sequence[str] | None = None) -> int:
    """Run the test and print its table; return the exit status."""
    from rich.console import Console
    from rich.table import Table

    from footnote.rag.check.support import check_support, draft_support

    parser = argparse.ArgumentParser(prog="python -m footnote.evals.tools.corruption", description=__doc__)
    parser.add_argument(
        "articles", nargs="*", type=Path, help="JSON Lines of articles with text or paragraphs"
    )
    parser.add_argument("--limit", type=int, default=2000, help="sentences to draw (2000)")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--reach", choices=("paragraph", "article"), default="paragraph")
    parser.add_argument("--drafts", action="store_true", help="judge as what people write is judged")
    parser.add_argument("--json", type=Path, help="write the tallies and the trials judged wrongly here")
    given = parser.parse_args(argv)
    tried = trials(
        article_texts(given.articles), limit=given.limit, seed=given.seed, reach=given.reach, least=LEAST
    )
    judged = judge(draft_support() if given.drafts else check_support, tried)
    table = Table("kind", "should be", "right", "95% interval", "n")
    found = tallies(tried, judged)
    for t in found:
        wanted = "supported" if t.kind in SAME else "not supported"
        table.add_row(t.kind, wanted, f"{t.share:.1%}", f"{t.low:.1%} – {t.high:.1%}", f"{t.n:,}")
    Console().print(table)
    if given.json:
        wrong = [
            {"kind": t.kind, "sentence": t.sentence, "original": t.original, **s.as_json()}
            for t, s in zip(tried, judged, strict=True)
            if not is_right(t, s)
        ]
        given.json.write_text(
            json.dumps(
                {"tallies": [t.as_json() for t in found], "wrong": wrong}, ensure_ascii=False, indent=1
            ),
            encoding="utf-8",
        )
    return 0


if __name__ == "__main__":
    sys.exit(main())

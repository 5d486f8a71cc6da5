"""Whom a "He" means: sentences taken out of their paragraph must still make sense alone.

A heuristic without a parser: it only ever inserts a name that stands in the article just before,
in square brackets, as editors do; where it is not sure it says so, and the caller shows the
sentence before instead.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from footnote.ingest.text.word_lists import either, saying
from footnote.rag.english.lists import words
from footnote.rag.english.names import NOT_PEOPLE

PERSONAL = re.compile(
    r"^(?P<lead>(?:[“\"‘'(]|(?:But|And|Yet|So|Then|Still|Later|Now|Also|Additionally|However),? )*)(?P<pronoun>He|She|he|she|His|Her|his|her)\b"
)
LEANING = re.compile(
    r"^(?:[“\"‘'(]|(?:But|And|Yet|So|Then|Still|Or|Nor|Instead|Later|Now|Also|Additionally|However|Meanwhile|Moreover),? )*"
    r"(?:(?:They|It|This|That|These|Those|Their|Its|Such|Both|Neither|Either|Another|they|it|this|that|these|those|their|its|such|both)\b"
    r"(?! (?:is|was|will be) (?:not )?(?:clear|likely|possible|believed|thought|said|worth|hoped|expected|estimated|known|important|unclear|true)\b)"
    r"|(?:The (?:former|latter)(?=[,.]| (?:is|are|was|were|has|had|have|will|would|can|could|may|might|does|did|also|said|of|in)\b))"
    r"|(?:The (?:other|same|two|pair|move|decision|plan|change|result|reason|answer))\b)"
)
CONNECTIVE = re.compile(
    r"^(?:(?:But|And|Or|Nor|Aber|Und|Mais|Et|Pero|Y),? |(?:Yet|So|Then|Still|Instead|Additionally|In addition|However|"
    r"Moreover|Also|Therefore|Thus|Furthermore|Besides|Indeed|Nevertheless|Nonetheless|Meanwhile|Of course|In other words|"
    r"On the other hand|As a result|At the same time|That said|Even so) ?, )"
)
NEVER_FIRST = (  # words that begin a sentence, not a name
    r"(?!(?:Yet|But|And|Or|So|Then|Still|Even|When|While|As|After|Before|Since|Until|If|Although|Though|Because|Once|For|In|On|At|"
    r"By|To|From|With|Without|Like|Unlike|Both|Now|Later|Earlier|Today|Yesterday|Recently|Instead|Meanwhile|However|Also|Perhaps) )"
)
FULL_NAME = re.compile(
    rf"(?<![\w-]){NEVER_FIRST}[A-Z][a-zà-öø-ÿ'’-]+(?: (?:[A-Z]\.|[A-Z][a-zà-öø-ÿ'’-]+|al-|bin|de|del|der|van|von|di|da|la|le|el))* [A-Z][A-Za-zà-öø-ÿ'’-]+"
)
SINGLE_NAME = re.compile(r"\b[A-Z][a-zà-öø-ÿ'’-]{2,}\b")
SAYING = either(
    saying("plain", "plain, not asked for", "stating", "stating, not asked for", "opinion", "voiced")
)
SPEAKING = (
    rf"(?:{SAYING}|who|put|calls|called|has|had|is|was)"  # or doing what a full name makes a person's doing
)
ROLES = either(words("people", "titles", "ranks", "callings"))
ROLE_AHEAD = re.compile(
    rf"^(?:[\w’'-]+ )*?{ROLES} (?=[A-Z])", re.IGNORECASE
)  # Defense Minister Sergei Shoigu

DESCRIBED = re.compile(
    rf"(?:, \d\d\b|, (?:an?|the|its|his|her|who)\b|,? {SAYING}\b|,(?: [\w’'-]+){{0,4}} {ROLES}\b)",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Resolved:
    """How a sentence reads alone: `text` to show, and whether it still leans on what came before."""

    text: str
    leans: bool
    inserted: str = ""


def leans(sentence: str) -> bool:
    """Tell whether a sentence points back at what stands before it.

    >>> leans("He also urged restraint."), leans("It is believed that he went."), leans("This hurt.")
    (True, False, True)
    """
    return bool(PERSONAL.match(sentence) or LEANING.match(sentence))


def read_alone(sentence: str, before: list[str]) -> Resolved:
    """Return how `sentence` reads without the sentences `before` it (nearest last).

    A leading connective goes; a personal pronoun gets the name it stands for in brackets.

    >>> read_alone("She also urged calm.", ["Council spokeswoman Adrienne Watson said so."]).text
    'She [Adrienne Watson] also urged calm.'
    >>> read_alone("“She’s ill,” he said.", ["Council spokeswoman Adrienne Watson said so."]).text
    '“She’s ill,” he said.'
    """
    match = PERSONAL.match(sentence)
    if match:
        # Whom a quoted pronoun means, its speaker knows; nothing is put into a quotation or a contraction. Of 28
        # names that would be put there in BBC news 20 are of somebody else, most often of the speaker.
        quoted = not sentence[0].isalnum() or sentence[match.end("pronoun") :].startswith(("'", "’"))
        name = "" if quoted else _person(before)
        if not name:
            return Resolved(sentence, leans=True)
        if name.rsplit(" ", 1)[-1] in sentence:  # "He …, Lankov said": named already
            return Resolved(sentence, leans=False)
        end = match.end("pronoun")
        possessive = match["pronoun"].lower() == "his" or _is_possessive(sentence, match)
        inserted = f"{name}’s" if possessive else name
        return Resolved(f"{sentence[:end]} [{inserted}]{sentence[end:]}", leans=False, inserted=name)
    return Resolved(sentence, leans=bool(LEANING.match(sentence)))


def _is_possessive(sentence: str, match: re.Match[str]) -> bool:
    return match["pronoun"].lower() == "her" and bool(re.match(r" [a-z-]+", sentence[match.end() :]))


def _person(before: list[str]) -> str:
    """Return the person whom a pronoun after `before` most likely means, or ""."""
    text = " ".join(before)
    for sentence in reversed(before):
        people = _people(sentence, text)
        if people:
            return _fullest(max(people, key=people.__getitem__), text)
        if not PERSONAL.match(sentence):
            break  # a sentence without a person in between: too far to be sure
    return ""


def _people(sentence: str, text: str) -> dict[str, float]:
    """Return the names in a sentence that look like people's, with how much speaks for each.

    A single word that opens the sentence counts only as the surname of somebody named in full in `text`.
    """
    found: dict[str, float] = {}
    names = [m for m in FULL_NAME.finditer(sentence) if not NOT_PEOPLE.search(m[0])]
    spans = [m.span() for m in names]
    names += [
        m
        for m in SINGLE_NAME.finditer(sentence)
        if not NOT_PEOPLE.search(m[0])
        and not any(a <= m.start() < b for a, b in spans)
        and (m.start() > 0 or _full_forms(m[0], text))
    ]
    for m in names:
        score = _evidence(sentence, m)
        if score > 0:
            found[m[0].removesuffix("’s").removesuffix("'s")] = score
    return found


def people_in_full(sentence: str) -> list[str]:
    """Return the people whom a sentence introduces by their full name, without their offices.

    An office before the name, an age or a description after it, or a verb of speech: "has" will not do.

    >>> people_in_full("Defense Minister Sergei Shoigu, who visited North Korea, said so.")
    ['Sergei Shoigu']
    """
    found = []
    for m in FULL_NAME.finditer(sentence):
        name = ROLE_AHEAD.sub("", m[0]).removesuffix("’s").removesuffix("'s")
        office = name != m[0] or re.search(rf"\b{ROLES},? $", sentence[: m.start()], re.IGNORECASE)
        if " " in name and not NOT_PEOPLE.search(name) and (office or DESCRIBED.match(sentence[m.end() :])):
            found.append(name)
    return found


def _evidence(sentence: str, name: re.Match[str]) -> float:
    after, ahead = sentence[name.end() :], sentence[: name.start()]
    score = 0.0
    verbs = SPEAKING if " " in name[0] else SAYING  # a ship or a town "was" too
    score += 2.0 * bool(re.match(rf"(?:,[^,]{{3,80}},)? ?,?\s*{verbs}\b", after))
    score += 1.5 * bool(re.search(rf"\b{ROLES},? $", ahead, re.IGNORECASE))
    score += 1.5 * bool(re.search(rf"\b{SPEAKING} $", ahead)) * (not after[:1].isalpha())
    score += 1.0 * bool(re.match(r", (?:a|an|the|who|its|his|her|\d\d)\b", after))
    score -= 1.0 * bool(re.search(r"\b(?:in|at|from|to|of|near|by|with|for) (?:the )?$", ahead))
    return score + (0.5 if " " in name[0] else 0.0) * (score > 0)


def _fullest(name: str, text: str) -> str:
    """Return the longest form of a surname that stands in `text`: Lankov → Andrei Lankov."""
    return ROLE_AHEAD.sub("", max(_full_forms(name, text), key=len, default=name))


def _full_forms(surname: str, text: str) -> list[str]:
    forms = [m[0] for m in FULL_NAME.finditer(text) if not NOT_PEOPLE.search(m[0])]
    return [f for f in forms if f.endswith(" " + surname)]

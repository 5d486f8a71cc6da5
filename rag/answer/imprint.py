"""What is asked of articles by what is known about them: author, title, date; the newest, the oldest.

A message counts only when one of the forms here makes up the whole of it. `recognise` reads it, `of_articles`
answers from the heads of the articles, and cites these: paragraph 0 of an article is its head.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum
from pathlib import PurePath
from typing import TYPE_CHECKING

from footnote.ingest.text.dates import iso_date
from footnote.rag.answer.cited import Place, Unit, cited
from footnote.rag.converse.route import Naming, Target
from footnote.rag.english.dates import readable_date
from footnote.rag.find.meant import dated, written_by
from footnote.rag.types import Citation, Passage

if TYPE_CHECKING:
    from collections.abc import Sequence

    from footnote.ingest.library.library import ArticleRecord
    from footnote.rag.check.support import SupportChecker
    from footnote.rag.types import CitedSentence


class Fact(StrEnum):
    """What is asked for."""

    AUTHOR = "author"
    DATE = "date"
    TITLE = "title"


@dataclass(frozen=True, slots=True)
class Asked:
    """Which fact is asked for, and of which articles: of `target`; else by an author, of a day, at an end.

    `day` is ISO 8601 of any precision, and `how` the preposition before it. `end` is “newest” or “oldest”;
    `tells`: what that article says is asked for too.
    """

    fact: Fact
    target: Target | None = None
    pronoun: bool = False  # the target is only “it” or “this”, or left out
    here: bool = False  # and it is “this”: what the library is about, whatever was said before
    author: str = ""
    how: str = ""
    day: str = ""
    end: str = ""
    tells: bool = False


NOUN = r"(?:article|text|story|stories|piece|report|page|document|file|post|paper)"
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
# “the bridge article”; “the peace report” may be one that an article tells of.
ON = r"(?:the|that) (?P<on>(?!whole\b|last\b|same\b|newest\b|latest\b|oldest\b).+?) (?:article|story)"
QUOTED = rf"(?:(?:the|this) {NOUN} )?[“\"„«](?P<quoted>[^”\"“»]+)[”\"“»]"
KNOWN = rf"(?:(?P<this>{THIS})|(?P<all>{ALL})|{QUOTED}|{ABOUT}|{ON})"

_IS = r"(?:is|are|was|were)"
_MANY = rf"(?:which|what) {NOUN}s?"
_END = r"(?P<end>newest|latest|most recent|oldest|earliest)"
_OUT = r"(?:published|written|posted|printed|dated|released)"
# Of 6,116 questions of SQuAD 2.0, COVID-QA and MTRAG one is taken for such, of SQuAD 1.0's 87,636 33, most of
# a work by its title or an author by name: questions like others where no article is called so or by them.
FORMS: tuple[tuple[Fact, str], ...] = (
    (Fact.AUTHOR, rf"who (?:wrote|authored|has written) {KNOWN}"),
    (Fact.AUTHOR, rf"(?:who|what) {_IS} the (?:author|writer)s?(?: of {KNOWN})?"),
    (Fact.AUTHOR, rf"who {_IS} {KNOWN} (?:written )?by"),
    (Fact.DATE, rf"(?:when|(?:on|in) (?:which|what) (?:day|date|year)) {_IS} {KNOWN} {_OUT}"),
    (Fact.DATE, rf"when did {KNOWN} (?:appear|come out)"),
    (Fact.DATE, rf"(?:what {_IS} )?the (?:publication )?date of {KNOWN}"),
    (Fact.TITLE, rf"(?:{_MANY}|what) (?:{_IS} |has been )?(?:written )?by (?P<author>.+?)(?: written)?"),
    (Fact.TITLE, rf"(?:{_MANY}|what) (?:did|has|have) (?P<author>.+?) (?:write|written)"),
    (
        Fact.TITLE,
        rf"{_MANY} (?:{_IS} )?(?:{_OUT} )?(?P<how>in|on|from|since|after|before|until) (?P<day>.+?)",
    ),
    (Fact.TITLE, rf"{_MANY} {_IS} (?:the )?{_END}(?: {NOUN}s?| ones?)?"),
    (Fact.TITLE, rf"what {_IS} (?:the title of )?the {_END} {NOUN}(?P<tells> about)?"),
)
PATTERNS = [(fact, re.compile(form, re.IGNORECASE)) for fact, form in FORMS]
PRONOUNS = frozenset({"", "it", "this", "that", "this one"})
HERE = frozenset({"this", "this one"})
SHORT_IS = re.compile(r"^(who|what|when|where)'s\b", re.IGNORECASE)
OLDEST = frozenset({"oldest", "earliest"})
MOST = 8  # articles told of at once


def recognise(question: str) -> Asked | None:
    """Return what the whole of a question asks of articles, or None.

    >>> recognise("Who wrote the article on owls?")
    Asked(fact=<Fact.AUTHOR: 'author'>, target=Target(naming=<Naming.ABOUT: 'about'>, words='owls'), \
pronoun=False, here=False, author='', how='', day='', end='', tells=False)
    >>> recognise("Which articles were published in 2023?").day
    '2023'
    >>> recognise("Who wrote to the mayor about the owls?")
    """
    text = SHORT_IS.sub(r"\1 is", " ".join(question.replace("’", "'").split()).strip(" ?.!"))
    for fact, pattern in PATTERNS:
        match = pattern.fullmatch(text)
        if match and (asked := _asked(fact, match.groupdict(default=""))):
            return asked
    return None


def _asked(fact: Fact, found: dict[str, str]) -> Asked | None:
    if fact is not Fact.TITLE:
        target, said = _target(found), found.get("this", "").lower()
        pronoun = target.naming is Naming.THIS and said in PRONOUNS
        return Asked(fact, target, pronoun=pronoun, here=said in HERE)
    day = iso_date(found.get("day", ""))
    if found.get("day") and not day:
        return None
    end = found.get("end", "").lower()
    end = end and ("oldest" if end in OLDEST else "newest")
    return Asked(
        fact, author=found.get("author", ""), how=found.get("how", "").lower(), day=day, end=end,
        tells=bool(found.get("tells")),
    )  # fmt: skip


def _target(found: dict[str, str]) -> Target:
    found = {"about": "", "on": "", "quoted": "", "all": "", **found}
    if about := found["about"] or found["on"]:
        return Target(Naming.ABOUT, about)
    if found["quoted"]:  # the whole title; else it may be a book that an article tells of
        return Target(Naming.TITLE, found["quoted"])
    return Target(Naming.ALL if found["all"] else Naming.THIS)


def chosen(asked: Asked, articles: Sequence[ArticleRecord]) -> list[ArticleRecord]:
    """Return the articles that are asked for by author, day or end, the newest first."""
    if asked.end:
        by_day = sorted((a for a in articles if a.date), key=lambda a: a.date, reverse=asked.end == "newest")
        return [a for a in by_day if a.date == by_day[0].date]
    if asked.author:
        found = written_by(asked.author, articles)
    elif asked.how in ("since", "after", "before", "until"):
        found = [a for a in articles if a.date and _fits(a.date, asked)]
    else:
        found = dated(asked.day, articles)
    return sorted(found, key=lambda a: a.date, reverse=True)


def _fits(date: str, asked: Asked) -> bool:
    """Tell whether a day lies on the side of another that is asked for."""
    same, later = date.startswith(asked.day), date > asked.day
    sides = {"since": same or later, "after": later and not same, "until": same or not later}
    return sides.get(asked.how, not later and not same)


def told(
    asked: Asked, articles: Sequence[ArticleRecord], check: SupportChecker
) -> tuple[tuple[CitedSentence, ...], tuple[Citation, ...]]:
    """Return a sentence on each article that has what is asked for, each citing the article's head."""
    known = ((a, text) for a in articles[:MOST] if (text := _sentence(asked, a)))
    return cited((Unit(text, (_headed(a),)) for a, text in known), check)


def _sentence(asked: Asked, article: ArticleRecord) -> str:
    """Return what is known of an article, in a sentence; "" where it is not."""
    day = f"of {readable_date(article.date)}" if article.date else ""
    by = f"by {article.author}" if article.author else ""
    match asked.fact:
        case Fact.AUTHOR:
            known = by
        case Fact.DATE:
            known = day
        case Fact.TITLE:
            known = " and ".join(filter(None, (by, day))) or f"from {_source(article)}"
    return known and f"“{article.title}” is {known}."


def _source(article: ArticleRecord) -> str:
    return article.url or PurePath(article.source).name


def head(article: ArticleRecord) -> str:
    """Return what an article's head says: the text of its paragraph 0."""
    facts = (article.author and f"by {article.author}", readable_date(article.date), _source(article))
    return f"{article.title} · {' · '.join(filter(None, facts))}"


def headed(article: ArticleRecord, number: int) -> Citation:
    """Return the citation of an article's head."""
    return Citation.of(_headed(article).passage, number)


def _headed(article: ArticleRecord) -> Place:
    text = head(article)
    passage = Passage(article.article_id, article.title, article.source, article.date, 0, "", text, 0.0)
    return Place(passage, 0, len(text))


def of_the_end(asked: Asked, articles: Sequence[ArticleRecord]) -> str:
    """Say among how many articles the newest, or the oldest, was looked for, and how many have no date."""
    count, undated = len(articles), sum(not a.date for a in articles)
    without = f" {undated:,} without a date {'is' if undated == 1 else 'are'} left out." if undated else ""
    return f"The {asked.end} of {count:,} articles by date.{without}" if count > 1 else ""


def unknown(asked: Asked, articles: Sequence[ArticleRecord]) -> str:
    """Say that what is asked for is known of none of the articles; "" where the question may be another."""
    if not articles or not (asked.end or asked.target):
        return ""
    several = len(articles) > 1
    if asked.end:
        ends = f"which is the {asked.end} is not known."
        return (
            f"None of the {len(articles):,} articles has a date: {ends}"
            if several
            else (f"“{articles[0].title}” is the only article, and has no date.")
        )
    what = asked.fact.value
    if several:
        return f"None of these {len(articles):,} articles names its {what}."
    return f"“{articles[0].title}” does not name its {what}."


def beyond(count: int) -> str:
    """Say how many articles fit, where not all are told of."""
    return f"{count:,} articles fit; these are {MOST} of them." if count > MOST else ""

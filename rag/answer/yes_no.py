"""Does a sentence plainly answer a yes/no question? Only where it says just what is asked, or denies it."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Literal

from footnote.ingest.text.word_lists import either
from footnote.ingest.text.words import WORD, content_words
from footnote.rag.check.alignment import key
from footnote.rag.english.lists import AUXILIARY
from footnote.rag.english.lists import words as listed
from footnote.rag.types import Verdict

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from footnote.rag.check.support import SupportChecker
    from footnote.rag.types import Citation

YesNo = Literal["yes", "no"]

ASKS = re.compile(
    rf"^(?:and |but |so |ok,? )?(?P<aux>{AUXILIARY}) (?P<rest>.+?)[?.!\s]*$",
    re.IGNORECASE,
)
DO = listed("auxiliaries", "do")
NEGATED = re.compile(rf"\b(?:{either(listed('negations'))}|refus\w+|reject\w*|\w+n['’]t)\b", re.IGNORECASE)
# What makes a sentence say less than that it is so.
HEDGED = re.compile(
    rf"\b(?:{either(listed('hedges', 'uncertain', 'if', 'almost', 'plainly'))}"
    rf"|{either(listed('auxiliaries', 'modal'))}|{either(listed('hedges', 'stems'))}\w*)\b",
    re.IGNORECASE,
)
ALTERNATIVE = re.compile(r"\bor\b", re.IGNORECASE)
# Words of extent that the sentence has to say as well: “all boats” is not “six of the boats”.
WHOLE = re.compile(
    r"\b(?:all|every|each|always|both|everyone|everybody|everything|only|most|more|less|fewer)\b",
    re.IGNORECASE,
)
ANY = re.compile(r"\bany ", re.IGNORECASE)
BESIDE = 3  # words before and after what is told
LONGEST_SUBJECT = 6  # words after which the verb may stand


def decide(question: str, sentence: str, check: SupportChecker) -> YesNo | None:
    """Return "yes" or "no" where `sentence` plainly says so, else None.

    The question is turned into a statement and its denial, and `check` judges both against the sentence:
    one must be supported and the other not. The sentence must hold every content word of the question
    and must not hedge where the question does not.

    >>> from footnote.rag.check.support import check_support
    >>> decide("Did the council close the bridge?", "The council did not close the bridge.", check_support)
    'no'
    >>> decide("Who closed the bridge?", "The council closed the bridge.", check_support)
    """
    match = ASKS.match(" ".join(question.split()))
    if match is None or ALTERNATIVE.search(match["rest"]) or sentence.rstrip().endswith("?"):
        return None
    told = _part_told(match["rest"], sentence)
    if not told or _hedges_more(question, told) or not _as_wide(match["rest"], told):
        return None
    if NEGATED.search(sentence) and not NEGATED.search(told):
        return None  # it denies something further off: “…, which they were not”
    denied = bool(NEGATED.search(told)) != bool(NEGATED.search(match["rest"]))
    statements = list(_statements(match["aux"].lower(), match["rest"]))
    if not denied:
        return "yes" if any(_supported(s, sentence, check) for s in statements) else None
    if any(_supported(s, sentence, check) for s in statements):
        return None  # the negation is about something else
    denials = _denials(match["aux"].lower(), ANY.sub("a ", match["rest"]))
    return "no" if any(_supported(d, sentence, check) for d in denials) else None


def plainly(question: str, citations: Sequence[Citation], check: SupportChecker) -> YesNo | None:
    """Return what the first two quoted sentences plainly say, None where neither does or they contradict."""
    said = {decide(question, c.quote, check) for c in citations[:2]} - {None}
    return said.pop() if len(said) == 1 else None


def _supported(statement: str, sentence: str, check: SupportChecker) -> bool:
    return check(statement, [sentence]).verdict is Verdict.SUPPORTED


def _part_told(asked: str, sentence: str) -> str:
    """Return the part of the sentence that holds the content words of what is asked, and a few words around.

    Empty when a word is missing.
    """
    wanted = {key(w) for w in content_words(asked)}
    said = list(WORD.finditer(sentence))
    places = [i for i, m in enumerate(said) if key(m[0]) in wanted]
    if not wanted or not wanted <= {key(said[i][0]) for i in places}:
        return ""
    first, last = max(0, places[0] - BESIDE), min(len(said) - 1, places[-1] + BESIDE)
    return sentence[said[first].start() : said[last].end()]


def _as_wide(asked: str, told: str) -> bool:
    """Tell whether every word of extent in the question is said too."""
    return {m.lower() for m in WHOLE.findall(asked)} <= {m.lower() for m in WHOLE.findall(told)}


def _hedges_more(question: str, told: str) -> bool:
    own = {m.lower() for m in HEDGED.findall(question)}
    return any(m.lower() not in own for m in HEDGED.findall(told))


def _statements(aux: str, rest: str) -> Iterator[str]:
    """Yield what the question asks as a statement, the verb in each place where it may stand."""
    said = rest.split()
    if aux in DO:
        yield f"{rest[0].upper()}{rest[1:]}."
        return
    for n in range(1, min(LONGEST_SUBJECT, len(said) - 1) + 1):
        yield _sentence([*said[:n], aux, *said[n:]])


def _denials(aux: str, rest: str) -> Iterator[str]:
    """Yield the statement denied."""
    said = rest.split()
    for n in range(1, min(LONGEST_SUBJECT, len(said) - 1) + 1):
        yield _sentence([*said[:n], aux, "not", *said[n:]])


def _sentence(said: list[str]) -> str:
    text = " ".join(said)
    return f"{text[0].upper()}{text[1:]}."

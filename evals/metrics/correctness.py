"""Is the answer right? Exact match, token F1 and held answers, as question answering defines them."""

from __future__ import annotations

import re
import string
import unicodedata
from collections import Counter
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

ARTICLES = re.compile(r"\b(a|an|the)\b")
PUNCTUATION = str.maketrans("", "", string.punctuation + "‘’“”–—…")
TOKEN = re.compile(r"\w+")
# Longer accepted answers that stand nowhere in the articles were written freely, and no reply will hold them
# word for word: 145 of 150 in MTRAG, none of 2,650 in SQuAD 2.0, 7 of 798 in COVID-QA (spans cut in a word).
LONGEST_HELD = 12


def normalised(text: str) -> str:
    """Return `text` as SQuAD's evaluation compares it: lower case, no punctuation, no articles.

    Rajpurkar et al. 2016, the official `evaluate-v2.0.py`; typographic quotes and dashes count as
    punctuation too, which that script leaves in.

    >>> normalised("The  “Terna” (a ferry).")
    'terna ferry'
    """
    return " ".join(ARTICLES.sub(" ", text.lower().translate(PUNCTUATION)).split())


def exact_match(answer: str, accepted: Sequence[str]) -> float:
    """Return 1 when the answer equals an accepted one after `normalised`, else 0 (SQuAD)."""
    return float(any(normalised(answer) == normalised(a) for a in accepted))


def token_f1(answer: str, accepted: Sequence[str]) -> float:
    """Return the best F1 of the answer's words against an accepted answer's, as bags (SQuAD).

    >>> round(token_f1("the stone bridge", ["a bridge"]), 3)
    0.667
    """
    return max((_f1(normalised(answer).split(), normalised(a).split()) for a in accepted), default=0.0)


def _f1(answer: Sequence[str], accepted: Sequence[str]) -> float:
    if not answer or not accepted:
        return float(list(answer) == list(accepted))
    common = sum((Counter(answer) & Counter(accepted)).values())
    return 2 * common / (len(answer) + len(accepted))


def token_recall(answer: str, accepted: Sequence[str]) -> float:
    """Return the largest share of an accepted answer's words that the answer holds, as bags.

    The measure of correctness for long answers that agrees best with people in Adlakha et al. 2024
    (“Evaluating correctness and faithfulness of instruction-following models”, TACL 12).
    """
    given = Counter(normalised(answer).split())
    shares = []
    for one in accepted:
        wanted = Counter(normalised(one).split())
        if wanted:
            shares.append(sum((given & wanted).values()) / sum(wanted.values()))
    return max(shares, default=0.0)


def holds(text: str, accepted: Sequence[str]) -> bool:
    """Tell whether the words of an accepted answer stand in `text` in a row, case aside.

    The match of Chen et al. 2017 (DrQA, `has_answer`): whole words, so `12` is not in `2012`.

    >>> holds("It closed at 22:40.", ["22:40"]), holds("In 2012.", ["12"])
    (True, False)
    """
    shown = f" {' '.join(_tokens(text))} "
    return any(found and f" {' '.join(found)} " in shown for found in map(_tokens, accepted))


def _tokens(text: str) -> list[str]:
    return TOKEN.findall(unicodedata.normalize("NFKC", text).lower())


def answer_values(
    said: Sequence[str], accepted: Sequence[str], sources: Sequence[str], *, short: str = ""
) -> dict[str, float]:
    """Return how right an answer's sentences `said` are; an empty answer is wrong in every way.

    `short` is the short answer, or the first sentence stands for it. Where every accepted answer is
    long and stands in none of `sources`, only the shares of words are there: see `LONGEST_HELD`.
    """
    whole = " ".join(said)
    short = short or (said[0] if said else "")
    values = {"token_f1": token_f1(short, accepted), "answer_recall": token_recall(whole, accepted)}
    if all(len(_tokens(a)) > LONGEST_HELD for a in accepted) and not holds(" ".join(sources), accepted):
        return values
    return values | {
        "in_first": float(holds(" ".join(said[:1]), accepted)),
        "in_two": float(holds(" ".join(said[:2]), accepted)),
        "in_all": float(holds(whole, accepted)),
        "exact_match": exact_match(short, accepted),
    }

"""The values of a row that more than one place reads, each name spelt once.

A metric's own columns, which only its statistic reads, are named where the metric is.
"""

from __future__ import annotations

MILLISECONDS = "milliseconds"

ANSWERABLE, UNANSWERABLE = "answerable", "unanswerable"
REFUSED, ANSWERED = "refused", "answered"
CONFIDENCE = "confidence"

IN_TWO = "in_two"  # an accepted answer stands in the first two sentences
RIGHT, WRONG = "right", "wrong"

SENTENCES, SUPPORTED = "sentences", "supported"
ROUGE_LSUM = "rougeLsum"

SCORE, SAID, LABEL = "score", "said", "label"  # of a claim: the checker's score and verdict, what people say

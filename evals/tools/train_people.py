"""Fit the small model of `rag.converse.people`, and measure it.

`python -m footnote.evals.tools.train_people QUESTIONS KEPT` reads questions with answers in JSON Lines, those
of SQuAD's training set and of its development set to measure on. It takes the names that answer “who …?” for
people's, those that answer “where …?” or “which firm …?” for others, prints AUC on KEPT, and writes
`rag/converse/people.json`.
"""

from __future__ import annotations

import argparse
import json
import re
from pathlib import Path
from typing import TYPE_CHECKING

from sklearn.linear_model import LogisticRegression
from sklearn.metrics import roc_auc_score

from footnote.evals.tools.lines import rows_of
from footnote.ingest.encoder.packaged import PackagedEncoder
from footnote.rag.converse.people import WEIGHTS

if TYPE_CHECKING:
    from collections.abc import Iterator

NAME = re.compile(r"[A-Z][\w’'.-]+(?: (?:[A-Z][\w’'.-]*|de|van|von|of|the|al|bin|la|le))*")
MOST_WORDS = 4
WHO = re.compile(r"who(?:se|m)?\b", re.IGNORECASE)
ELSE = re.compile(
    r"where\b|(?:(?:in|at|on|to|from) )?(?:what|which) (?:country|city|state|company|language|organi[sz]ation"
    r"|place|region|team|band|river|county|nationality|religion|school|university|newspaper|province|island"
    r"|town|month|day|award|book|film|movie|album|song|party|building|street|airline|club|league|network|war"
    r"|battle|treaty)\b",
    re.IGNORECASE,
)
STRENGTH = 1.0


def named(path: Path) -> Iterator[tuple[str, bool]]:
    """Yield the names that answer questions of a file, and whether they are taken for people's; each once."""
    known: dict[str, bool] = {}
    for row in rows_of(path):
        name = row["answers"][0] if row["answers"] else ""
        if NAME.fullmatch(name) and len(name.split()) <= MOST_WORDS:
            if WHO.match(row["question"]):
                known.setdefault(name, True)
            elif ELSE.match(row["question"]):
                known.setdefault(name, False)
    yield from known.items()


def main() -> None:
    """Fit, measure and write."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("questions", type=Path)
    parser.add_argument("kept", type=Path)
    given = parser.parse_args()
    encoder = PackagedEncoder()
    learnt, kept = list(named(given.questions)), list(named(given.kept))
    model = LogisticRegression(C=STRENGTH, max_iter=500, class_weight="balanced")
    model.fit(encoder.encode([name for name, _ in learnt]), [is_one for _, is_one in learnt])
    odds = model.decision_function(encoder.encode([name for name, _ in kept]))
    auc = roc_auc_score([is_one for _, is_one in kept], odds)
    print(f"{len(learnt):,} names; of {len(kept)} others AUC {auc:.3f}")
    fitted = {"weights": model.coef_[0].round(3).tolist(), "bias": round(float(model.intercept_[0]), 3)}
    WEIGHTS.write_text(json.dumps(fitted) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()

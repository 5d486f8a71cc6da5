"""Names in a question that is typed without a capital letter, by how the articles write them."""

from __future__ import annotations

import re
from collections import Counter
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

WORD = re.compile(r"[^\W\d_]+")
INSIDE = re.compile(r"(?<=[\w,;–—’-] )[^\W\d_]+")  # a word that no sentence opens with


def cased(question: str, texts: Sequence[str]) -> str:
    """Return a question without capitals with those of words that `texts` write no other way.

    >>> cased("who carved the singer in varn?", ["A copy of the Singer stands in Varn.", "He is a singer."])
    'who carved the singer in Varn?'
    """
    if question != question.lower():
        return question
    asked = set(WORD.findall(question))
    written = Counter(w for text in texts for w in INSIDE.findall(text) if w.lower() in asked)
    forms: dict[str, list[str]] = {}
    for form, _ in written.most_common():
        forms.setdefault(form.lower(), []).append(form)
    names = {word: found[0] for word, found in forms.items() if word not in found}
    return WORD.sub(lambda m: names.get(m[0], m[0]), question)

"""A question without the words around it: “Can you tell me”, “according to the article”.

They ask nothing, and weigh as if they did. Of answers to questions asked otherwise
(`footnote.evals.tools.steady`, 110 questions drawn of each set, for neither of which this was written) as
many stay: squad2_dev 433 of 484 without it, 474 with it; covidqa_dev 373 of 514, 470 with it.
"""

from __future__ import annotations

import re

from footnote.rag.converse.route import ARTICLE
from footnote.rag.english.lists import AUXILIARY

_ARTICLE = rf"(?:the|this|that|these|your|my) (?:{'|'.join(sorted(ARTICLE))})"
_ASKING = rf"(?:wh(?:o|om|ose|at|ich|en|ere|y)|how|{AUXILIARY})\b"
_ASKS = rf"(?={_ASKING}|(?:according|based)\b)"
BEFORE = re.compile(
    rf"""^(?:please,?\ )?(?:
        (?:can|could|would|will)\ you\ (?:please\ |kindly\ )?tell\ (?:me|us) | tell\ (?:me|us)
      | do\ you\ (?:happen\ to\ )?know
      | i(?:['’]d|\ would)\ (?:like|love)\ to\ know | i\ (?:want|need)\ to\ know
      | (?:according\ to|based\ on)\ {_ARTICLE.replace(" ", "[ ]")}
    )[,:]?\ (?:please,?\ )?{_ASKS}""",
    re.IGNORECASE | re.VERBOSE,
)
BEHIND = re.compile(rf",? (?:according to|based on) {_ARTICLE}(?=[?.! ]*$)", re.IGNORECASE)

# Typed without its mark, a question is read otherwise: the reader learnt from questions that have one.
OPEN = re.compile(rf"{_ASKING}.*\w", re.IGNORECASE)


def unframed(question: str) -> str:
    """Return a question without what surrounds it, and with its mark.

    >>> unframed("Can you tell me, according to the article, who built the mill?")
    'Who built the mill?'
    >>> unframed("who built it")
    'who built it?'
    >>> unframed("According to Venn, who built it?"), unframed("Can you tell me about the mill?")
    ('According to Venn, who built it?', 'Can you tell me about the mill?')
    """
    bare = BEHIND.sub("", BEFORE.sub("", BEFORE.sub("", question)))  # one may stand in the other
    bare = question if bare == question else bare[:1].upper() + bare[1:]
    return f"{bare}?" if OPEN.fullmatch(bare) else bare

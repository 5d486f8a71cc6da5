"""Does what a language model wrote say what the offline draft says? By its short answer, else its place."""

from __future__ import annotations

from typing import TYPE_CHECKING

from footnote.ingest.text.words import stems

if TYPE_CHECKING:
    from footnote.rag.answer.answerer import Written
    from footnote.rag.answer.candidates import Draft


def agrees(draft: Draft, written: Written) -> bool:
    """Tell whether the words hold the draft's short answer; if it has none, cite a paragraph that it cites.

    Words are compared by their stems, in any order.
    """
    if draft.short_answer is not None:
        said = " ".join(s.text for s in written.sentences)
        return set(stems(draft.short_answer.text)) <= set(stems(said))
    own = {(c.article_id, c.paragraph) for c in draft.citations}
    return any((c.article_id, c.paragraph) in own for c in written.citations)

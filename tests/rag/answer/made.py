"""Candidates as the ranking makes them, for tests of what comes after it."""

from footnote.ingest.text.sentences import Span
from footnote.ingest.text.words import stems
from footnote.rag.answer.candidates import Candidate, Signs
from footnote.rag.find.sentence import Sentence


def candidate(passage, text="", *, start=0, score=1.0, before=(), above="", reading=None, **signs):
    """Return a sentence of `passage`, by default the whole of it; `signs` are by name."""
    text = text or passage.text
    sentence = Sentence(text, Span(start, start + len(text)), signs.get("cosine", 0.0))
    around = frozenset(stems(f"{passage.title} {passage.section}"))
    return Candidate(passage, sentence, tuple(before), above, around, Signs(**signs), reading, score)

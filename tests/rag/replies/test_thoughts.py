"""Thoughts in a whole reply are told from the answer as they are in a stream."""

import pytest

from footnote.rag.model.shapes import Unwrapper
from footnote.rag.replies.thoughts import without_thoughts


def streamed(text: str) -> str:
    shape, said = Unwrapper(), ""
    for pieces in (shape.feed(text), shape.close()):
        for piece in pieces:
            said = piece.text if piece.anew else said + piece.text
    return said


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("It opened in 1931.", "It opened in 1931."),
        ("<think>Source 1.</think>It opened.", "It opened."),
        ("Source 1.</think>Source 2.</think>It opened.", "It opened."),
        ("<reasoning>One.</reasoning>Two.</reasoning>It opened.", "It opened."),
        ("It opened. <think>Or did it", "It opened. "),
        ("[THINK]One.[THINK]Two.[/THINK]It opened.", "It opened."),
        ("<|channel|>analysis Hm. <|channel|>final It opened.", " It opened."),
    ],
)
def test_what_is_thought_aloud_is_no_part_of_a_reply(text, said):
    assert without_thoughts(text) == streamed(text) == said

"""Conversations in the forms in which programs keep them."""

from __future__ import annotations

import pytest
from langchain_core.messages import (
    AIMessage,
    AIMessageChunk,
    HumanMessage,
    HumanMessageChunk,
    RemoveMessage,
    SystemMessage,
    SystemMessageChunk,
    ToolMessage,
)

from footnote import QuestionError, Turn
from footnote.rag.converse.turns import turns

CLOSED = (Turn("user", "Which bridge closed?"), Turn("assistant", "The harbour bridge [1]."))
USER, ASSISTANT = (turn.content for turn in CLOSED)


@pytest.mark.parametrize(
    "given",
    [
        CLOSED,
        [{"role": "user", "content": USER}, {"role": "assistant", "content": ASSISTANT}],
        [{"type": "human", "content": USER}, {"type": "ai", "text": ASSISTANT}],
        [("user", USER), ("assistant", ASSISTANT)],
        [["human", USER], ["ai", ASSISTANT]],
        [HumanMessage(USER), AIMessage(ASSISTANT)],
        [SystemMessage("Be brief."), CLOSED[0], ToolMessage("12", tool_call_id="1"), CLOSED[1]],
        [HumanMessage([{"type": "text", "text": USER}, {"type": "image_url", "image_url": "x"}]), CLOSED[1]],
        [CLOSED[0], AIMessage(""), CLOSED[1]],
        [SystemMessageChunk("Be brief."), HumanMessageChunk(USER), AIMessageChunk(ASSISTANT)],
        [CLOSED[0], RemoveMessage("1"), CLOSED[1]],
        [CLOSED[0], {"role": "assistant", "content": None, "tool_calls": [{"id": "1"}]}, CLOSED[1]],
        [
            {"role": "user", "content": [{"type": "input_text", "text": USER}]},
            {"role": "assistant", "content": [{"type": "output_text", "text": ASSISTANT}]},
        ],
    ],
)
def test_every_usual_form_is_read(given: object) -> None:
    assert turns(given) == CLOSED


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ("Which bridge closed?", "must be a list of messages, not str"),
        ({"role": "user", "content": "x"}, "must be a list of messages, not dict"),
        (None, "must be a list of messages, not NoneType"),
        (iter(()), "must be a list of messages"),
        ([CLOSED[0], "x"], "Message 2 of the conversation is not"),
        ([{"role": "user"}], "Message 1 of the conversation is not"),
        ([{"role": "user", "content": None}], "Message 1 of the conversation is not"),
        ([{"role": "user", "content": 5}], "Message 1 of the conversation is not"),
        ([("user", "a", "b")], "Message 1 of the conversation is not"),
        ([("judge", "a")], "said by “judge”"),
        ([Turn("judge", "a")], "said by “judge”"),
        ([None], "Message 1 of the conversation is not"),
    ],
)
def test_what_is_no_conversation_is_told(given: object, said: str) -> None:
    with pytest.raises(QuestionError, match=said):
        turns(given)

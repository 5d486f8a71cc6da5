import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from footnote.rag.model.shapes import Unwrapper, unwrapped

ANSWER = "The mill closed in 1951 [1]."


def taken(*pieces, thinks=False):
    shape, text = Unwrapper(thinks=thinks), ""
    for found in [*(t for p in pieces for t in shape.feed(p)), *shape.close()]:
        text = found.text if found.anew else text + found.text
    return text


@pytest.mark.parametrize(
    "before",
    [
        "<think>The user asks when. Source 1 may say.</think>",
        "<thinking>Hm.</thinking>\n",
        "<reasoning>\nHm.\n</reasoning>",
        "[THINK]Hm. [1][/THINK]",
        "◁think▷Hm.◁/think▷",
        "<|begin_of_thought|>Hm.<|end_of_thought|>",
        "<|START_THINKING|>Hm.<|END_THINKING|>",
        "<|channel|>analysis<|message|>Hm.<|end|><|start|>assistant<|channel|>final<|message|>",
        "<|channel>thought\nHm.<channel|>",
        "analysisWe need the year.assistantfinal",
        "The user asks when it closed. Source 1 says so.\n</think>\n",  # the template held the beginning
        "<think>One.</think><think>Two.</think>",
        '<think>{"plan": "look"}</think>',
    ],
)
@pytest.mark.parametrize("size", [1, 3, 1000])
def test_what_a_model_thinks_aloud_is_no_part_of_the_answer(before, size):
    text = before + ANSWER
    assert taken(*(text[i : i + size] for i in range(0, len(text), size))).strip() == ANSWER


def test_of_a_model_that_thinks_nothing_is_handed_on_before_its_thoughts_have_ended():
    shape = Unwrapper(thinks=True)
    assert list(shape.feed("The mill closed in 1951, says source 1. I should check it.")) == []
    assert "".join(
        t.text for t in shape.feed(f"</think>{ANSWER} And so on, at length, for a while.")
    ).startswith(ANSWER)


def test_of_a_model_that_thinks_a_plain_answer_comes_at_the_end():
    assert taken(ANSWER, thinks=True) == ANSWER


def test_thoughts_that_never_end_leave_nothing():
    assert taken("<think>Hm. The mill closed.").strip() == ""


@pytest.mark.parametrize(
    "text", ["It fell to < 5 degrees [1].", "[1] The mill closed.", "a <b>bold</b> word", "◁ left", ""]
)
def test_other_brackets_are_text(text):
    assert taken(*text) == text


@pytest.mark.parametrize(
    ("given", "wanted"),
    [
        ({"answer": ANSWER}, ANSWER),
        ({"answer": "The mill closed.", "citations": [1, 2]}, "The mill closed. [1][2]"),
        ({"answer": "The mill closed.", "sources": [{"id": "1"}]}, "The mill closed. [1]"),
        ({"response": {"text": ANSWER}}, ANSWER),
        (
            [{"sentence": "It closed.", "source": 1}, {"sentence": "It burnt.", "source": 2}],
            "It closed. [1]\nIt burnt. [2]",
        ),
        ({"sentences": [{"text": "It closed.", "citations": ["[1]"]}]}, "It closed. [1]"),
        ({"reasoning": "Hm.", "answer": ANSWER}, ANSWER),
        ({"anything": ANSWER}, ANSWER),
        ({"answer": None}, ""),
        ({}, ""),
    ],
)
@pytest.mark.parametrize("form", ["{}", "```json\n{}\n```", "```\n{}\n```", "  {}\nI hope this helps!"])
def test_json_is_unwrapped(given, wanted, form):
    text = form.replace("{}", json.dumps(given))
    assert taken(text).strip() == wanted
    assert taken(*text).strip() == wanted


@pytest.mark.parametrize(
    "text",
    [
        f"{ANSWER}<|im_end|>\n<|im_start|>user\nAnd who built it?",
        f"{ANSWER}<|eot_id|><|start_header_id|>user",
        f"{ANSWER}</s>",
        f"<|start_of_turn|>{ANSWER}<end_of_turn>",
        f"```\n{ANSWER}\n```",
        f"```markdown\n{ANSWER}\n```",
        "The mill closed in 1951 <cite>1</cite>.",
        "The mill closed in 1951 \\[1\\].",
        "{'answer': '" + ANSWER + "'}",
        '{answer: "' + ANSWER + '"}',
        '{"answer": "' + ANSWER + '",}',
    ],
)
def test_what_is_around_an_answer_is_left_out(text):
    assert taken(text).strip() == ANSWER
    assert taken(*text).strip() == ANSWER


def test_json_may_follow_an_announcement():
    text = 'Here is the answer:\n```json\n{"answer": "It closed [1]."}\n```'
    assert taken(text) == taken(*text) == "Here is the answer:\nIt closed [1]."


def test_json_may_come_an_object_a_line():
    lines = ['{"sentence": "It closed.", "source": 1}', '{"sentence": "It burnt.", "source": 2}']
    assert taken("\n".join(lines)) == "It closed. [1]\nIt burnt. [2]"


def test_json_that_broke_off_gives_what_it_said_so_far():
    assert (
        unwrapped('{"answer": "The mill \\"closed\\" in 1951 [1]. It bur')
        == 'The mill "closed" in 1951 [1]. It bur'
    )


def test_what_is_no_json_stays_as_it_is():
    for text in ("{the mill} closed", "[1] It closed.", "```python\nprint(1)\n```", '{"a" is a letter'):
        assert taken(text) == text


@settings(max_examples=200)
@given(
    st.lists(
        st.sampled_from(
            [
                *'a {}[]"<|>:/',
                "think",
                "</think>",
                "<think>",
                "<|channel|>",
                "final",
                "analysis",
                "```",
                "json\n",
            ]
        ),
        max_size=25,
    ).map("".join),
    st.integers(1, 7),
)
def test_any_way_of_cutting_a_text_gives_the_same_answer(text, size):
    assert taken(*(text[i : i + size] for i in range(0, len(text), size))) == taken(text)

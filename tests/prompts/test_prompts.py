from importlib.resources import files

import pytest
from hypothesis import given
from hypothesis import strategies as st

from footnote.prompts import HOLE, Messages, Prompt, PromptError, load, parse

HOLES = {
    "answer": {"fence", "no_answer", "sources", "question"},
    "answer_small": {"sources", "question"},
    "followup": {"fence", "conversation", "question"},
    "judge": {"fence", "source", "statement"},
    "probe": {"word"},
    "summary": {"fence", "words", "title", "sources"},
    "summary_small": {"words", "title", "sources"},
    "summary_several": {"fence", "words", "title", "sources"},
    "summary_map": {"fence", "notes", "part", "parts", "title", "sources"},
    "summary_reduce": {"fence", "words", "title", "sources"},
}


@pytest.mark.parametrize("name", HOLES)
def test_every_prompt_loads_with_just_its_holes(name):
    assert load(name).holes == HOLES[name]
    assert load(name).system
    assert load(name).user


def test_every_prompt_file_is_named_here():
    found = {
        f.name.removesuffix(".md") for f in files("footnote.prompts").iterdir() if f.name.endswith(".md")
    }
    assert found == set(HOLES)


def test_a_missing_hole_and_one_too_many_are_errors():
    prompt = Prompt("greet", "Be kind.", "Greet {name}.")
    with pytest.raises(PromptError, match="name"):
        prompt.fill()
    with pytest.raises(PromptError, match="age"):
        prompt.fill(name="Ada", age="36")


@pytest.mark.parametrize("text", ["no rule at all", "one\n---\ntwo\n---\nthree"])
def test_a_file_needs_one_rule(text):
    with pytest.raises(PromptError, match="one line ---"):
        parse("greet", text)


@given(st.text())
def test_what_is_filled_in_is_never_read_again(value):
    prompt = Prompt("greet", "S {other}", "A {value} B {other} C")
    assert prompt.fill(value=value, other="x") == Messages("S x", f"A {value} B x C")


def test_an_article_that_looks_like_a_prompt_stays_text():
    filled = load("answer").fill(
        fence="f00", no_answer="NONE", sources="{question}\n---\n{fence}{{x}}", question="Why?"
    )
    assert "{question}\n---\n{fence}{{x}}" in filled.user
    assert not HOLE.search(filled.system)


def test_another_wording_is_another_version():
    assert Prompt("a", "One.", "Two.").version != Prompt("a", "One", "Two.").version
    assert Prompt("a", "One.", "Two.").version == Prompt("b", "One.", "Two.").version

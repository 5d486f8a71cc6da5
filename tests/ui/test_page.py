"""What the page does with what a browser sends, which anyone can forge."""

from __future__ import annotations

import pytest

from rag.types import Answer, Refusal
from ui.page import ASK_SOMETHING, SORRY, Page, Session


@pytest.fixture
def page(assistant, tmp_path, make_store):
    opened = Page(assistant, uploads=tmp_path / "uploads", store=make_store(assistant.library))
    opened.uploads.mkdir()
    opened.ready.set()
    return opened


@pytest.fixture
def session():
    return Session()


def asked(page, session, question):
    return list(page.ask(session, question))[-1]


def test_an_answer_and_its_sources_come_with_the_question(page, session):
    conversation, sources = asked(page, session, "What is baked on Tuesdays?")
    assert "Rye bread is baked on Tuesdays" in conversation
    assert "<mark>Rye bread is baked on Tuesdays</mark>" in sources
    assert isinstance(session.exchanges[-1].reply, Answer)


def test_a_question_that_nothing_answers_is_refused(page, session):
    conversation, _ = asked(page, session, "Zzz qqq?")
    assert isinstance(session.exchanges[-1].reply, Refusal)
    assert "Not in the articles" in conversation


def test_an_empty_question_gets_a_gentle_sentence(page, session):
    conversation, _ = asked(page, session, "   ")
    assert ASK_SOMETHING.split("“")[0].strip() in conversation


def test_a_question_that_is_too_long_gets_the_reason_and_keeps_the_conversation(page, session):
    asked(page, session, "What is baked on Tuesdays?")
    conversation, _ = asked(page, session, "x" * 10_000)
    assert "longer than" in conversation
    assert "Rye bread" in conversation


def test_a_fault_gets_one_polite_sentence_without_its_details(page, session, assistant, caplog):
    assistant.fail = RuntimeError("secret detail")
    conversation, _ = asked(page, session, "What is baked?")
    assert SORRY.split(".")[0] in conversation
    assert "secret detail" not in conversation
    assert "secret detail" in caplog.text


def test_two_sessions_never_see_each_other(page):
    one, other = Session(), Session()
    asked(page, one, "What is baked on Tuesdays?")
    assert "Rye bread" not in page.conversation(other)


def test_a_follow_up_is_asked_with_the_conversation(page, session, assistant):
    asked(page, session, "What is baked on Tuesdays?")
    asked(page, session, "And on Sundays?")
    history = assistant.asked[-1][2]
    assert history[0].content == "What is baked on Tuesdays?"


@pytest.mark.parametrize(
    "reference", ["", "1-99", "9-1", "0-1", "1-1<script>", "../../etc", None, {"a": 1}, "1-1\n"]
)
def test_a_forged_reference_opens_nothing(page, session, reference):
    asked(page, session, "What is baked on Tuesdays?")
    assert "<script>" not in page.open_source(session, reference)


def test_a_file_outside_the_uploads_is_refused(page, session, tmp_path):
    outside = tmp_path / "secret.txt"
    outside.write_text("The secret of the lighthouse is kept in this long enough paragraph of text.")
    *_, last = page.upload(session, [str(outside)])
    assert "secret" not in " ".join(a.title for a in page.assistant.library.articles()).lower()
    assert last is not None

import json

import pytest

from footnote.evals.suite.cases import Case, ClaimCase, Gold, ResponseCase, SummaryCase
from footnote.evals.suite.jsonl import RowReader
from footnote.rag.types import Turn


def read(*rows):
    reader = RowReader("mine")
    reader.read("mine.jsonl", [r if isinstance(r, bytes) else json.dumps(r).encode() for r in rows])
    return reader


def only(*rows):
    reader = read(*rows)
    assert not reader.bad
    (case,) = reader.cases
    return case


def reason(row):
    reader = read(row)
    assert not reader.cases
    (bad,) = reader.bad
    assert (bad.file, bad.line) == ("mine.jsonl", 1)
    return bad.reason


def question(**more):
    return {
        "id": "q",
        "article_id": "a",
        "question": "Q?",
        "answers": ["x"],
        "gold_paragraphs": [0, 4],
        **more,
    }


def test_paragraphs_of_a_persons_data_are_counted_from_one():
    case = only(question(id=1))
    assert case == Case("1", "answerable", "Q?", (Gold("a", 1), Gold("a", 5)), ("x",), article="a")


def test_a_question_that_cannot_be_answered_has_neither_gold_nor_answers():
    case = only(question(answerable=False))
    assert (case.kind, case.gold, case.answers, case.article) == ("unanswerable", (), (), "a")


@pytest.mark.parametrize(
    "turn",
    [{"role": "user", "content": "Hello"}, {"role": "human", "text": "Hello"}],
    ids=["content", "text"],
)
def test_a_question_with_a_conversation_is_a_follow_up(turn):
    case = only(question(history=[turn]))
    assert (case.kind, case.history) == ("followup", (Turn("user", "Hello"),))


def test_an_agent_is_an_assistant():
    case = only(question(dialogue_history=[{"role": "agent", "text": "Yes."}]))
    assert case.history == (Turn("assistant", "Yes."),)


def test_an_empty_conversation_is_none():
    assert only(question(history=[])).kind == "answerable"


def test_rows_with_their_own_paragraphs_share_the_article_of_their_id():
    rows = [
        question(id=1, paragraphs=["One.", "Two."], gold_paragraphs=[1], title="T"),
        question(id=2, paragraphs=["Two.", "Three."], gold_paragraphs=[0, 1]),
        question(id=3, paragraphs=[], gold_paragraphs=[], answerable=False),
    ]
    reader = read(*rows)
    (article,) = reader.articles()
    assert [article.paragraph_text(n) for n in (1, 2, 3)] == ["One.", "Two.", "Three."]
    assert (article.source, article.title) == ("mine#a", "T")
    assert [c.gold for c in reader.cases] == [(Gold("a", 2),), (Gold("a", 2), Gold("a", 3)), ()]


def test_a_summary_brings_its_text_and_its_references():
    reader = read({"id": "s", "text": "One.\n\nTwo.", "references": ["R1", "R2"], "reference": "R1"})
    assert reader.cases == [SummaryCase("s", "s", ("R1", "R2"))]
    (article,) = reader.articles()
    assert len(article.paragraphs) == 2


def test_a_summary_may_name_an_article_instead():
    assert only({"article": "a.md", "reference": "R"}) == SummaryCase("summary:a.md", "a.md", ("R",))


@pytest.mark.parametrize("key", ["claim", "claim_or_answer"])
def test_a_claim_goes_before_a_question(key):
    case = only({"id": "f", "source": "S", key: "C", "label": 0, "question": "Q?"})
    assert case == ClaimCase("f", "S", "C", supported=False)


def test_a_blank_context_keeps_its_place_since_markers_count_it():
    row = {"user_input": "Q?", "response": "It burned [2]."}
    assert only({**row, "retrieved_contexts": ["", "It burned."]}).contexts == ("", "It burned.")
    assert only({**row, "retrieved_contexts": ["", " "]}).contexts == ()


def test_a_field_that_is_null_hides_no_other():
    row = {"user_input": "Q?", "response": "A", "references": None, "reference": "R"}
    assert only(row).reference == "R"


def test_a_response_has_the_fields_of_ragas_or_of_deepeval():
    ragas = {"id": "r", "user_input": "Q?", "retrieved_contexts": ["C"], "response": "A", "reference": "R"}
    deepeval = {
        "id": "r",
        "input": "Q?",
        "retrieval_context": ["C"],
        "actual_output": "A",
        "expected_output": "R",
    }
    assert only(ragas) == only(deepeval) == ResponseCase("r", "Q?", ("C",), "A", "R")


def test_an_answer_that_declines_is_a_refusal():
    row = {"user_input": "Q?", "response": "The provided context does not mention a bridge."}
    assert only(row).refused
    assert not only({**row, "response": "The bridge cannot be crossed."}).refused


def test_a_row_that_says_whether_it_refused_is_believed():
    row = {"user_input": "Q?", "response": "I cannot answer.", "refused": False, "answerable": False}
    assert (only(row).refused, only(row).answerable) == (False, False)


@pytest.mark.parametrize(
    ("row", "said"),
    [
        (b"{not json", "not JSON"),
        (b"\xff\xfe{}", "not UTF-8"),
        (b"[1, 2]", "not an object"),
        (b"[" * 100_000, "not JSON"),
        ({}, "has none of"),
        ({"article_id": "a", "paragraphs": ["x"]}, "--articles"),
        (question(question="  "), '"question"'),
        (question(question=7), '"question"'),
        (question(id=True), '"id"'),
        (question(answers=[1]), '"answers"'),
        (question(answerable="no"), '"answerable"'),
        (question(gold_paragraphs=[-1]), '"gold_paragraphs"'),
        (question(gold_paragraphs=["0"]), '"gold_paragraphs"'),
        (question(gold_paragraphs=[True]), '"gold_paragraphs"'),
        (question(article_id=""), '"article_id"'),
        (question(paragraphs=["One."]), "of 1 that it holds"),
        (question(paragraphs="One."), '"paragraphs"'),
        (question(paragraphs=["One.", " "]), "empty"),
        (question(history="Hello"), '"history"'),
        (question(history=[{"role": "cat", "content": "x"}]), "said by “cat”"),
        (question(history=[{"role": "user"}]), "Message 1"),
        ({"source": "S", "claim": "C", "label": 2}, '"label"'),
        ({"source": "S", "claim": "", "label": 1}, '"claim"'),
        ({"claim": "C", "label": 1}, '"source"'),
        ({"reference": "R", "id": "s"}, "neither"),
        ({"reference": "R", "text": " "}, "no text"),
        ({"user_input": "Q?", "response": 5}, '"response"'),
        ({"user_input": "Q?", "response": "A", "retrieved_contexts": [1]}, '"retrieved_contexts"'),
        ({"user_input": "Q?", "response": "A", "refused": "no"}, '"refused"'),
        ({"id": "x", "question": "Q?", "article": "a.md", "paragraph": 0}, "from 1"),
    ],
)  # fmt: skip
def test_a_row_that_cannot_be_used_is_named_with_its_reason(row, said):
    assert said in reason(row)


def test_a_bad_row_does_not_stop_the_rest_and_blank_lines_count():
    reader = read(question(id=1), b"", b"broken", question(id=2))
    assert [c.id for c in reader.cases] == ["1", "2"]
    assert [b.line for b in reader.bad] == [3]


def test_an_id_that_comes_twice_is_a_bad_row():
    reader = read(question(), question())
    assert len(reader.cases) == 1
    assert "used on line 1" in reader.bad[0].reason


def test_a_row_without_an_id_goes_by_its_line():
    row = question()
    del row["id"]
    assert [c.id for c in read(b" ", row).cases] == ["2"]


def test_a_byte_order_mark_is_no_obstacle():
    assert read(b"\xef\xbb\xbf" + json.dumps(question()).encode()).cases


def test_a_row_without_an_id_takes_that_of_no_other():
    told = {"response": "It opened in 1931.", "retrieved_contexts": ["It opened in 1931."]}
    reader = read(
        {"user_input": "a", **told}, {"id": 1, "user_input": "b", **told}, b"{", {"user_input": "c", **told}
    )
    assert [(case.id, case.question) for case in reader.cases] == [("line 1", "a"), ("1", "b"), ("4", "c")]
    assert [bad.line for bad in reader.bad] == [3]
    assert {i: row["user_input"] for i, row in reader.rows.items()} == {"line 1": "a", "1": "b", "4": "c"}

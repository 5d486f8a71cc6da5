"""Which row has the most or the least of a column, and that none is said to where it is not sure."""

import pytest

from footnote.ingest.library.library import open_library
from footnote.ingest.pipeline import ingest
from footnote.ingest.readers import html
from footnote.ingest.readers.document import to_article
from footnote.rag.answer.extractive import answer
from footnote.rag.check.support import check_support
from footnote.rag.find.retrieve import retrieve
from footnote.rag.types import Understood
from tests.fakes import PointingReader

HEADS = ("Reservoir", "Built", "Height (m)", "Cost (million)", "Fish")
ROWS = (
    ("Upper Orm", "1931", "62", "£4.1", "12,000"),
    ("Lower Orm (leased)", "1954", "35", "£11.8", "900"),
    ("Kell", "1987", "88", "£29.6", "n/a"),
    ("Total", "", "", "£45.5", ""),
)
LEAD = (
    "The county keeps three reservoirs, all of which are fed by the Teal and are older than the road to them."
)


def page(rows, caption="Table 2. Which reservoir cost the most is told below."):
    cells = "".join(f"<tr>{''.join(f'<td>{cell}</td>' for cell in row)}</tr>" for row in rows)
    heads = "".join(f"<th>{head}</th>" for head in HEADS)
    return (
        f"<html><body><article><h1>Reservoirs</h1><p>{LEAD}</p><p>Nobody may swim in any of them, says the law.</p>"
        f"<table><thead><tr>{heads}</tr></thead>{cells}</table><p>{caption}</p></article></body></html>"
    )


@pytest.fixture
def asked(tmp_path, fake_encoder):
    def ask(question, rows=ROWS, reader=None, **more):
        article = to_article(html.read(page(rows, **more).encode()), source="/r.html", name="r.html")
        with open_library(tmp_path / "home", fake_encoder.name, fake_encoder.dimension) as library:
            list(ingest([article], library, fake_encoder))
            found = retrieve(question, library, fake_encoder, k=5)
            return answer(Understood(question), found, check_support, fake_encoder, reader)

    return ask


@pytest.mark.parametrize(
    ("question", "row"),
    [
        ("Which reservoir cost the most?", "Kell"),
        ("Which reservoir is the cheapest?", "Upper Orm"),
        ("Which reservoir was the most expensive?", "Kell"),
        ("Which reservoir is the highest?", "Kell"),
        ("Which reservoir has the smallest height?", "Lower Orm"),
    ],
)
def test_the_row_that_has_most_or_least_of_a_column_is_the_answer_and_no_total(asked, question, row):
    found = asked(question)
    assert found.short_answer.text == row
    assert found.sentences[0].text[found.short_answer.start : found.short_answer.end] == row
    assert found.confidence > 0.5


@pytest.mark.parametrize(
    "question",
    [
        "Which reservoir has the most fish?",  # one figure is not known
        "Which reservoir has the most visitors?",  # no such column
        "Which reservoir drowned the most sheep in cost?",  # nothing tells of sheep
        "Which river cost the most?",
        "Which is the least of the highest?",
    ],
)
def test_where_it_is_not_exact_no_row_is_said_to_have_most(asked, question):
    shown = " ".join(sentence.text for sentence in asked(question).sentences)
    assert not any(row[0] in shown for row in ROWS)


def test_rows_that_have_equally_much_are_all_shown(asked):
    found = asked("Which reservoir cost the most?", (*ROWS[:3], ("Mire", "1990", "9", "£29.6", "4")))
    assert [s.text.split(":")[0].split("\u2002")[1] for s in found.sentences] == ["Kell", "Mire"]
    assert found.short_answer is None


def test_a_table_that_may_go_on_elsewhere_says_of_no_row_that_it_has_most(asked):
    many = [(f"Pond {n}", "1990", str(n), f"£{n}.5", "1") for n in range(1, 60)]
    shown = " ".join(sentence.text for sentence in asked("Which reservoir cost the most?", many).sentences)
    assert "Pond" not in shown


def test_the_caption_of_a_table_does_not_answer_in_its_place(asked):
    reader = PointingReader("Which reservoir")
    found = asked("Which reservoir has the most visitors?", reader=reader)
    assert not any("told below" in sentence.text for sentence in found.sentences)
    found = asked("Which reservoir has the most visitors?", caption="Most visitors by reservoir", reader=PointingReader("Most"))  # fmt: skip
    assert not any("by reservoir" in sentence.text for sentence in found.sentences)

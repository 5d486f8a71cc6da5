"""Which cell of a table answers, and that its neighbours never do."""

from dataclasses import replace

import numpy as np
import pytest

from footnote.ingest.library.library import open_library
from footnote.ingest.pipeline import ingest
from footnote.ingest.readers import html
from footnote.ingest.readers.document import to_article
from footnote.rag.answer import table_answer
from footnote.rag.answer.extractive import answer
from footnote.rag.answer.question import analyse
from footnote.rag.answer.table_answer import Scored, passes_by, scored, sureness
from footnote.rag.answer.table_rows import data_rows
from footnote.rag.answer.table_statements import statements
from footnote.rag.assistant import Assistant
from footnote.rag.check.support import check_support
from footnote.rag.find.retrieve import retrieve
from footnote.rag.find.tables import with_tables
from footnote.rag.settings import Settings
from footnote.rag.types import Refusal, Understood
from tests.fakes import PointingReader
from tests.rag.answer.made import candidate

PAGE = """<html><head><title>Harvest prices</title></head><body><article><h1>Harvest prices</h1>
<p>The growers of the county published the prices of the harvest on Friday. They are in pounds a tonne, at the gate
of the farm, without tax, and were agreed with the millers of the county.</p>
<table><caption>What the millers pay</caption><thead><tr><th>Crop</th><th>2023</th><th>2024</th><th>Buyer</th></tr></thead>
<tr><td>Rye</td><td>171</td><td>186</td><td>Ada Poe</td></tr>
<tr><td>Oats</td><td>140</td><td>152*</td><td>Ben Roe</td></tr>
<tr><td>Wheat</td><td>233</td><td>241</td><td>Cyd Low</td></tr>
<tr><td>Winter wheat</td><td>260</td><td>266</td><td>Cyd Low</td></tr>
<tr><td colspan=4>* Estimated.</td></tr></table>
<table><tr><th>Market</th><td>Hereford</td></tr><tr><th>Warden</th><td>Dot Roe</td></tr></table>
<p>Hops suffered from mildew in the west of the county, and many growers have given them up since then.</p>
</article></body></html>"""


@pytest.fixture
def page():
    return PAGE


@pytest.fixture
def library(tmp_path, fake_encoder, page):
    article = to_article(html.read(page.encode()), source="/prices.html", name="prices.html")
    with open_library(tmp_path / "home", fake_encoder.name, fake_encoder.dimension) as opened:
        list(ingest([article], opened, fake_encoder))
        yield opened


@pytest.fixture
def found(library, fake_encoder):
    return lambda question: with_tables(retrieve(question, library, fake_encoder, k=5), library)


@pytest.fixture
def draft(found, fake_encoder):
    return lambda question, reader=None: answer(
        Understood(question), found(question), check_support, fake_encoder, reader
    )


@pytest.mark.parametrize(
    ("question", "cell"),
    [
        ("What was the price of rye in 2024?", "186"),
        ("What did oats cost in 2023?", "140"),
        ("What was the price of winter wheat in 2023?", "260"),
        ("Who is the buyer of oats?", "Ben Roe"),
        ("Who buys the rye?", "Ada Poe"),
        ("Which crop was the cheapest in 2023?", "Oats"),
    ],
)
def test_the_cell_that_is_asked_for_is_the_short_answer(draft, question, cell):
    drafted = draft(question)
    short = drafted.short_answer
    assert short.text == cell
    assert drafted.sentences[0].text[short.start : short.end] == cell
    assert drafted.citations[0].quote == drafted.sentences[0].text


@pytest.mark.parametrize(
    "question",
    [
        "What was the price of barley in 2024?",  # no such row
        "What was the price of rye in 2022?",  # no such column
        "Who grew the rye in Ludlow?",
        "Why did rye cost 186 in 2024?",
        "Which crop was the cheapest in 2019?",
    ],
)
def test_no_row_is_shown_for_what_no_cell_answers(draft, question):
    shown = " ".join(sentence.text for sentence in draft(question).sentences)
    assert not any(
        cell in shown for cell in ("171", "186", "140", "152", "233", "241", "260", "266", "Hereford")
    )


@pytest.mark.parametrize(
    "page", [PAGE.replace("Rye", "Peas").replace("<p>Hops", "<p>Beans come later. Hops")]
)
def test_a_row_that_is_not_named_does_not_answer_for_what_the_text_beside_it_speaks_of(draft):
    shown = " ".join(sentence.text for sentence in draft("What was the price of beans in 2024?").sentences)
    assert "Peas" not in shown
    assert draft("What was the price of peas in 2024?").short_answer.text == "186"


@pytest.mark.parametrize(
    ("page", "among"),
    [(PAGE, "its table."), (PAGE.replace("<td>260<", "<td>n/a<"), "those of its table that give one.")],
)
def test_a_row_that_has_most_says_of_which_rows_it_was_read(draft, among):
    drafted = draft("Which crop was the cheapest in 2023?")
    assert drafted.short_answer.text == "Oats"
    assert drafted.told == f"This is the row with the lowest “2023” of {among}"


@pytest.mark.parametrize(
    "page",
    [PAGE.replace("<td>Ben Roe<", f"<td>{no}<").replace("<td>171<", f"<td>{no}<") for no in ("", "n/a", "–")],
)
@pytest.mark.parametrize(
    ("question", "word"),
    [
        ("Who is the buyer of oats?", "The table has no “Buyer” for “Oats”."),
        ("What was the price of rye in 2023?", "The table has no “2023” for “Rye”."),
    ],
)
def test_where_the_cell_is_empty_no_other_answers(draft, question, word):
    drafted = draft(question)
    assert (drafted.told, drafted.confidence < 0.5) == (word, True)


def test_the_note_that_a_cell_has_the_mark_of_is_shown_with_it(draft):
    drafted = draft("What was the price of oats in 2024?")
    assert [" ".join(s.text.split()) for s in drafted.sentences] == [
        "Crop Oats: 2023 140, 2024 152*, Buyer Ben Roe.",
        "* Estimated.",
    ]
    assert len(drafted.citations) == 2


def test_the_rows_of_two_things_that_are_named_are_both_shown(draft):
    drafted = draft("Which cost more in 2023, rye or oats?")
    assert [s.text.split("\u2004")[0] for s in drafted.sentences] == ["Crop\u2002Rye:", "Crop\u2002Oats:"]
    assert drafted.short_answer is None
    assert drafted.told == "Of the two, Rye has the higher “2023”, by 31."


def test_a_row_that_may_answer_comes_first_of_what_is_closest(library, fake_encoder, monkeypatch):
    monkeypatch.setattr(table_answer, "SURE", 1.1)
    assistant = Assistant(Settings(home=library.home, answer_threshold=1.0), library, fake_encoder)
    reply = assistant.ask("What was the price of rye in 2024?")
    assert isinstance(reply, Refusal)
    assert reply.closest[0].quote.startswith("Crop\u2002Rye:")
    places = [(c.article_id, c.paragraph) for c in reply.closest]
    assert len(set(places)) == len(places) > 1


def test_a_statement_is_the_surer_the_likelier_it_is_and_the_further_ahead_of_all_that_say_else(found):
    question = "What was the price of rye in 2024?"
    first, second, *_ = statements(analyse(question), data_rows(found(question)))
    asked = analyse(question)
    ahead = sureness(asked, [Scored(5.0, first), Scored(-4.0, second)])
    assert ahead > sureness(asked, [Scored(5.0, first), Scored(4.5, second)])
    assert ahead > sureness(asked, [Scored(2.0, first), Scored(-7.0, second)])
    alone = sureness(asked, [Scored(5.0, first)])
    assert alone == sureness(asked, [Scored(5.0, first), Scored(4.5, first)])
    assert alone > sureness(analyse("What was the sad price of rye in 2024?"), [Scored(5.0, first)])
    assert sureness(asked, []) == 0


def test_of_two_statements_that_are_both_all_but_certain_the_likelier_is_ahead(found):
    """Log-odds of 18 and 22 are both a probability of 1 to seven places."""
    asked = analyse("What was the price of rye in 2024?")
    rows = data_rows(found(asked.text))
    said = statements(asked, rows)

    def reader(_question, texts):
        odds = np.full(len(texts), -9.0)
        odds[:2] = 18.0, 22.0
        scores = np.stack([np.zeros(len(texts)), odds, np.zeros(len(texts)) - 9], axis=1)
        return scores - np.logaddexp.reduce(scores, axis=1, keepdims=True)

    first, second, *_ = scored(asked, rows, reader)
    assert (first.statement, second.statement) == (said[1], said[0])
    assert first.odds - second.odds == pytest.approx(4.0)


def test_the_text_beside_a_table_does_not_answer_for_a_row_that_it_says_nothing_of(draft, found):
    asked = "How did mildew harm Wheat?"
    best = draft(asked, PointingReader("mildew")).ranked[0]
    assert "mildew" in best.text
    assert passes_by(analyse(asked), data_rows(found(asked)), best)
    assert not passes_by(analyse("How did hops suffer from mildew?"), data_rows(found(asked)), best)
    assert draft(asked, PointingReader("mildew")).confidence == 0


def test_a_sentence_that_tells_of_the_row_that_is_named_answers(found):
    asked = "How did mildew harm Rye?"
    rows = data_rows(found(asked))
    beside = replace(rows[0].passage, text="Rye and oats suffered from mildew.")
    assert not passes_by(analyse(asked), rows, candidate(beside))
    assert passes_by(analyse(asked), rows, candidate(replace(beside, text="Oats suffered from mildew.")))


@pytest.mark.parametrize(
    "page", [PAGE.replace("<td>Ada Poe", "<td>Ada Poe keeps it dry in the loft of her old mill.")]
)
def test_a_remark_in_a_row_is_read_as_a_sentence_and_its_other_cells_as_cells(draft):
    assert draft("What was the price of rye in 2024?").short_answer.text == "186"
    assert any("loft" in s.text for s in draft("Who keeps the rye dry in the loft?").sentences)


def test_sentences_of_the_text_answer_as_ever(draft):
    assert "mildew" in draft("What did hops suffer from?").sentences[0].text

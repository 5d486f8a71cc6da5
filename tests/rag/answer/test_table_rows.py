"""Which cell of a table answers, and that its neighbours never do."""

import pytest

from footnote.ingest.library.library import open_library
from footnote.ingest.pipeline import ingest
from footnote.ingest.readers import html
from footnote.ingest.readers.document import to_article
from footnote.rag.answer.extractive import answer
from footnote.rag.answer.question import analyse
from footnote.rag.answer.table_rows import data_rows, passes_by
from footnote.rag.check.support import check_support
from footnote.rag.find.retrieve import retrieve
from footnote.rag.types import Understood
from tests.fakes import PointingReader

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
def library(tmp_path, fake_encoder):
    article = to_article(html.read(PAGE.encode()), source="/prices.html", name="prices.html")
    with open_library(tmp_path / "home", fake_encoder.name, fake_encoder.dimension) as opened:
        list(ingest([article], opened, fake_encoder))
        yield opened


@pytest.fixture
def draft(library, fake_encoder):
    def drafted(question, reader=None):
        found = retrieve(question, library, fake_encoder, k=5)
        return answer(Understood(question), found, check_support, fake_encoder, reader)

    return drafted


@pytest.mark.parametrize(
    ("question", "cell"),
    [
        ("What was the price of rye in 2024?", "186"),
        ("What did oats cost in 2023?", "140"),
        ("What did millers pay for wheat in 2023?", "233"),
        ("What was the price of winter wheat in 2023?", "260"),
        ("Who is the buyer of oats?", "Ben Roe"),
        ("Which crop cost 171 in 2023?", "Rye"),
        ("Who is the warden of the harvest?", "Dot Roe"),
    ],
)
def test_the_cell_of_the_row_and_column_that_are_named_is_the_short_answer(draft, question, cell):
    found = draft(question)
    short = found.short_answer
    assert short.text == cell
    assert found.sentences[short.sentence].text[short.start : short.end] == cell
    assert found.citations[0].quote == found.sentences[0].text


@pytest.mark.parametrize(
    "question",
    [
        "What was the price of barley in 2024?",  # no such row
        "What was the price of rye in 2022?",  # no such column
        "What was the price of rye?",  # in which year?
        "What was the price of spring wheat in 2023?",
        "How much rye was burnt in 2023?",  # nothing tells of that
        "Why did rye cost 186 in 2024?",
        "Who is the buyer of 2024?",
        "Who is the warden of the market?",  # one fact each, and none says whose the other is
    ],
)
def test_no_row_is_shown_for_what_no_cell_answers(draft, question):
    shown = " ".join(sentence.text for sentence in draft(question).sentences)
    assert not any(
        cell in shown for cell in ("171", "186", "140", "152", "233", "241", "260", "266", "Hereford")
    )


def test_the_note_that_a_cell_has_the_mark_of_is_shown_with_it(draft):
    found = draft("What was the price of oats in 2024?")
    assert [" ".join(s.text.split()) for s in found.sentences] == [
        "Crop Oats: 2023 140, 2024 152*, Buyer Ben Roe.",
        "* Estimated.",
    ]
    assert len(found.citations) == 2


def test_the_rows_of_two_things_that_are_named_are_both_shown(draft):
    found = draft("What did rye and oats cost in 2023?")
    assert [s.text.split("\u2004")[0] for s in found.sentences] == ["Crop\u2002Rye:", "Crop\u2002Oats:"]
    assert found.short_answer is None


def test_for_a_word_that_is_left_the_reader_has_to_point_at_the_cell(draft):
    question = "What did rye fetch in 2023?"
    assert draft(question, PointingReader("171")).short_answer.text == "171"
    assert draft(question, PointingReader("186")).short_answer is None


def test_where_no_column_is_named_the_reader_chooses_the_cell_if_only_one_answers(draft):
    assert draft("Which man takes the oats?", PointingReader("Ben Roe")).short_answer.text == "Ben Roe"
    found = draft("Which man takes the oats?", PointingReader("is"))  # as well in any cell
    assert "Ben Roe" not in " ".join(sentence.text for sentence in found.sentences)


def test_a_cell_is_read_as_a_sentence_of_its_own_for_what_else_a_question_says(draft):
    reader = PointingReader("The 2023 of Rye is", "171")  # which no row says
    assert draft("What did rye fetch in 2023?", reader).short_answer.text == "171"


def test_two_words_that_nothing_tells_of_are_more_than_a_whole_row_is_read_for(draft):
    class OfRows(PointingReader):
        """Is sure of a cell in its row, and of none that stands alone."""

        def _reading(self, text, span):
            return super()._reading(text, span) if "Buyer" in text else None

    assert draft("What did rye fetch in 2023?", OfRows("171")).short_answer.text == "171"
    assert draft("What rye did mice spoil in 2023?", OfRows("171")).short_answer is None


def test_the_text_beside_a_table_does_not_answer_for_a_row_that_it_says_nothing_of(
    draft, library, fake_encoder
):
    asked = "How did mildew harm Wheat?"
    rows = data_rows(retrieve(asked, library, fake_encoder, k=5))
    best = draft(asked, PointingReader("mildew")).ranked[0]
    assert "mildew" in best.text
    assert passes_by(analyse(asked), rows, best)
    assert not passes_by(analyse("How did hops suffer from mildew?"), rows, best)
    assert draft(asked, PointingReader("mildew")).confidence == 0


def test_sentences_of_the_text_answer_as_ever(draft):
    assert "mildew" in draft("What did hops suffer from?").sentences[0].text

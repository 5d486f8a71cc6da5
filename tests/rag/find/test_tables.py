"""Which tables are read beside the paragraphs that were found."""

import pytest

from footnote.ingest.article import make_article
from footnote.ingest.library.library import open_library
from footnote.ingest.pipeline import ingest
from footnote.rag.find.retrieve import retrieve
from footnote.rag.find.tables import MOST, with_tables

PROSE = "The bicycle stops by itself when its battery is empty, and its rider walks home."
QUESTION = "How far does the bicycle go on its battery before its rider walks home?"
ROW = "Model\u2002Kestrel {}:\u2004Range (km)\u2002{}"


@pytest.fixture
def found(tmp_path, fake_encoder):
    def tables(*paragraphs):
        article = make_article([("", text) for text in paragraphs], title="Bicycles", source="b.txt", date="")
        with open_library(tmp_path / "home", fake_encoder.name, fake_encoder.dimension) as library:
            list(ingest([article], library, fake_encoder))
            found = retrieve(QUESTION, library, fake_encoder, k=1)
            assert found.passages[0].text == PROSE
            return with_tables(found, library).tables

    return tables


def test_a_table_near_the_best_paragraph_is_read_though_none_of_its_rows_was_found(found):
    (table,) = found(PROSE, "They come in red.", *(ROW.format(n, 30 + n) for n in range(3)))
    assert [p.paragraph for p in table.passages] == [3, 4, 5]
    assert table.before == "They come in red."
    assert table.is_whole


def test_of_a_table_that_begins_far_from_the_paragraph_all_rows_are_read(found):
    (table,) = found(
        PROSE, *(f"They come in red {n}." for n in range(MOST - 2)), *(ROW.format(n, n) for n in range(4))
    )
    assert len(table.passages) == 4


def test_of_two_tables_the_nearer_is_read(found):
    rows = [ROW.format(n, n) for n in range(2)]
    (table,) = found(*rows, "They come in red.", "They come in blue.", PROSE, *rows[::-1])
    assert [p.paragraph for p in table.passages] == [6, 7]


def test_a_paragraph_of_an_article_without_tables_has_none(found):
    assert found(PROSE, "They come in red.") == ()

"""What tables are taken to say to a question, and in what order the values of a column stand."""

import pytest

from footnote.ingest.library.library import open_library
from footnote.ingest.pipeline import ingest
from footnote.ingest.readers import html
from footnote.ingest.readers.document import to_article
from footnote.rag.answer.question import analyse
from footnote.rag.answer.table_rows import data_rows
from footnote.rag.answer.table_statements import _values, statements
from footnote.rag.find.retrieve import retrieve
from footnote.rag.find.tables import with_tables

HEADS = ("Reservoir", "Built", "Height (m)", "Cost (million)", "Fish")
ROWS = (
    ("Upper Orm", "1931", "62", "£4.1", "12,000"),
    ("Lower Orm (leased)", "1954", "35*", "£11.8", "900"),
    ("Kell", "1987", "88", "£29.6", "n/a"),
    ("Total", "", "", "£45.5", ""),
)


def page(rows):
    cells = "".join(f"<tr>{''.join(f'<td>{cell}</td>' for cell in row)}</tr>" for row in rows)
    heads = "".join(f"<th>{head}</th>" for head in HEADS)
    return (
        "<html><body><article><h1>Reservoirs</h1><p>The county keeps three reservoirs, all of which are fed by the "
        f"Teal.</p><p>Nobody may swim in any of them, says the law.</p><table><thead><tr>{heads}</tr></thead>{cells}"
        "</table><p>Table 2. What each has cost.</p></article></body></html>"
    )


@pytest.fixture
def said(tmp_path, fake_encoder):
    def told(question, rows=ROWS):
        article = to_article(html.read(page(rows).encode()), source="/r.html", name="r.html")
        with open_library(tmp_path / "home", fake_encoder.name, fake_encoder.dimension) as library:
            list(ingest([article], library, fake_encoder))
            found = with_tables(retrieve(question, library, fake_encoder, k=5), library)
        return [one.text for one in statements(analyse(question), data_rows(found))]

    return told


def test_a_row_that_is_named_says_each_of_its_cells_with_the_head(said):
    told = said("When was Kell built?")
    assert [text for text in told if " of Kell " in text] == [
        "The Built of Kell is 1987.",
        "The Height (m) of Kell is 88.",
        "The Cost (million) of Kell is £29.6.",
        "The Fish of Kell is 12,000.",
    ]  # the last as if it were known


def test_what_a_row_has_in_a_column_finds_what_the_row_is_of(said):
    assert "The Reservoir with Built 1954 is Lower Orm (leased)." in said("Which reservoir dates from 1954?")


def test_two_rows_that_are_named_say_their_cells_side_by_side(said):
    told = said("Is Kell higher than Upper Orm?")
    assert any(text.startswith("The Height (m) of ") and text.endswith(" is 62 and 88.") for text in told)


def test_a_column_says_which_row_has_most_and_least_and_no_total_counts(said):
    told = said("Which reservoir is the dearest?")
    assert "The Reservoir with the highest Cost (million) is Kell." in told
    assert "The Reservoir with the second lowest Cost (million) is Lower Orm (leased)." in told
    assert "The Reservoir with the lowest Height (m) is Lower Orm (leased)." in told
    assert not any("Fish is" in text for text in told)  # one figure is not known
    assert not any(" with the " in text and "Total" in text for text in told)


def test_a_row_with_a_remark_is_told_and_compared_without_it(said):
    remark = "It was drained in 1999 to mend the wall. Nobody fishes there since."
    told = said("How high is the highest reservoir, and Kell?", (*ROWS[:2], (*ROWS[2][:4], remark)))
    assert "The Reservoir with the highest Height (m) is Kell." in told
    assert "The Height (m) of Kell is 88." in told
    assert not any("drained" in text for text in told)


def test_rows_that_no_word_of_the_question_names_are_told_last(said):
    told = said("What did they all come to, when Kell was built?")
    assert "The Cost (million) of Total is £45.5." in told
    assert told.index("The Cost (million) of Total is £45.5.") > told.index("The Built of Kell is 1987.")
    assert told.count("The Built of Kell is 1987.") == 1


def test_two_rows_that_are_named_in_part_are_laid_side_by_side(said):
    rows = (("Kell Head", "1987", "88", "£29.6", "4"), ("Orm Upper Pool", "1931", "62", "£4.1", "9"))
    told = said("Is the Kell higher than the Orm?", rows)
    assert "The Height (m) of Kell Head and Orm Upper Pool is 88 and 62." in told


def test_rows_that_have_equally_much_are_not_the_one_that_has_most(said):
    told = said("Which reservoir is the dearest?", (*ROWS[:3], ("Mire", "1990", "9", "£29.6", "4")))
    assert not any("the highest Cost" in text for text in told)
    assert any("the lowest Cost" in text for text in told)


def test_a_column_of_which_some_cells_are_unknown_is_compared_without_them(said):
    told = said("Which reservoir has the most fish?", (*ROWS[:3], ("Mire", "1990", "9", "£2.0", "40")))
    assert "The Reservoir with the second highest Fish is Lower Orm (leased)." in told


def test_a_table_over_several_paragraphs_is_compared_whole(said):
    many = [(f"Pond {n}", str(1900 + n), str(n), f"£{n}.5", "1") for n in range(1, 60)]
    told = said("Which reservoir is the dearest?", many)
    assert "The Reservoir with the highest Cost (million) is Pond 59." in told
    assert "The Reservoir with the lowest Built is Pond 1." in told


def test_a_table_too_long_to_be_looked_at_whole_says_of_no_row_that_it_has_most(said):
    many = [(f"Pond {n}", str(1900 + n), str(n), f"£{n}.5", "1") for n in range(1, 900)]
    assert not any("the highest" in text for text in said("Which reservoir is the dearest?", many))


@pytest.mark.parametrize(
    ("texts", "values"),
    [
        (["1,200", "90.5"], [(1200.0,), (90.5,)]),
        (["£4.1m", "£11.8m"], [(4.1,), (11.8,)]),
        (["2 h 05", "1 h 55"], [(2.0, 5.0), (1.0, 55.0)]),
        (["−3", "−11"], [(-3.0,), (-11.0,)]),
        (["880", "−1,240", "+7"], [(880.0,), (-1240.0,), (7.0,)]),
        (["18 September", "3 May"], ["2001-09-18", "2001-05-03"]),
        (["35*", "62"], [(35.0,), (62.0,)]),
        (["£3m", "£900,000"], None),  # in different units
        (["12", "n/a"], None),
        (["1.2.2020", "3.4.2021"], None),  # whose month stands where?
        (["red", "blue"], None),
    ],
)
def test_the_cells_of_a_column_are_ordered_only_where_they_have_one_form(texts, values):
    assert _values(texts) == values

import pytest

from footnote.ingest.text.cells import NEXT_CELL, OF_CELL
from footnote.rag.check.row_facts import row_findings
from footnote.rag.check.support import check_support
from footnote.rag.types import Verdict


def row(*cells: tuple[str, str]) -> str:
    name, *others = (f"{head}{OF_CELL}{text}" for head, text in cells)
    return f"{name}:{NEXT_CELL}{f',{NEXT_CELL}'.join(others)}."


TABLE = "\n".join(
    row(("Boat", name), ("Berths", berths), ("Nests 2020", nests), ("Harbour", harbour))
    for name, berths, nests, harbour in (("Merle", "14", "8", "Quay"), ("Otter", "9", "31", "Sorn"))
)


@pytest.mark.parametrize(
    "claim",
    [
        "The Merle has 14 berths.",
        "The Merle has fourteen berths and 8 nests in 2020.",
        "The Merle has its harbour at Quay.",
        "There were 8 nests on the Merle in 2020.",
        "About 10 boats came.",
        "The Merle sleeps 14 and had 8 nests in 2020.",
        "The Merle has 14 berths and 8 nests.",
        "In 2020 the Merle had 8 nests, and it sleeps 14.",
        "The Merle has 14 berths, five more than the Otter with 9.",
    ],
)
def test_what_the_table_says_is_not_faulted(claim):
    assert not row_findings(claim, f"Five boats sail.\n\n{TABLE}")


@pytest.mark.parametrize(
    ("claim", "held"),
    [
        ("The Merle has 8 berths.", "14"),
        ("The Merle sleeps 9.", "14"),
        ("The Merle has 8 berths and 14 nests.", "14"),
        ("The Merle lies at Sorn.", "Quay"),
        ("The Otter has 20 berths.", "9"),
        ("The Merle has 14,000 berths.", "14"),
    ],
)
def test_a_figure_of_another_row_or_column_is_found(claim, held):
    found = row_findings(claim, TABLE)
    assert found
    assert f"“{held}”" in found[0].reason
    said = check_support(claim, [TABLE])
    assert said.verdict is Verdict.UNSUPPORTED
    assert said.contradicted


def test_a_number_that_prose_gives_is_not_held_against_the_row():
    assert not row_findings("The Merle, built 9 years ago, sails.", f"The Merle is 9 years old.\n\n{TABLE}")


def test_prose_has_no_rows():
    assert row_findings("The Merle has 9 berths.", "The Merle: berths 14, nests 8.") is None


@pytest.mark.parametrize(
    ("claim", "true"),
    [
        ("Norland had 7.35 million visitors.", True),
        ("Norland had 7,350 thousand visitors.", True),
        ("Norland had over 7 million visitors.", True),
        ("Norland had 7.35 visitors.", True),  # as it stands there
        ("Norland had 7,350 visitors.", False),
        ("Norland had about 9 million visitors.", False),
        ("Norland had 7.35 billion visitors.", False),
    ],
)
@pytest.mark.parametrize(
    ("above", "head"), [("Guests of each land.", "Visitors (millions)"), ("Guests in millions.", "Visitors")]
)
def test_what_a_column_is_counted_in_is_told_by_its_head_or_above_the_table(claim, true, above, head):
    text = f"{above}\n\n{row(('Land', 'Norland'), (head, '7.35'), ('Guides', '31'))}"
    assert (not row_findings(claim, text)) is true

import re
from pathlib import Path

import pytest

from footnote.rag.english import lists, names
from footnote.rag.english.lists import LISTS, groups, words
from footnote.rag.english.quotation import QUOTED, inside

NAMES = sorted(path.stem for folder in LISTS.folders for path in Path(folder).glob("*.txt"))


def test_a_list_stands_in_one_place():
    assert len(NAMES) == len(set(NAMES)) > 20


@pytest.mark.parametrize("name", NAMES)
def test_a_list_names_its_kind_and_no_line_says_a_word_twice(name):
    path = next(f / f"{name}.txt" for f in LISTS.folders if (f / f"{name}.txt").exists())
    assert path.read_text(encoding="utf-8").startswith("# ")
    twice = {"currencies", "verbs_of_saying"}  # a sign is written too; “put” is its own past
    assert name in twice or all(len(set(group)) == len(group) for group in groups(name))


LISTED = re.compile(
    r"january\W+february|monday\W+tuesday|three\W+four\W+five|has\W+have\W+had|said[|\s]+says|says[|\s]+said",
    re.IGNORECASE,
)
ROOT = Path(__file__).parents[3]


def test_english_is_listed_nowhere_else():
    # Dates are read by a module that knows their short forms; a prompt tells a model in words.
    own = {ROOT / "ingest" / "text" / "dates.py"}
    files = [f for room in ("ingest", "rag", "evals") for f in (ROOT / room).rglob("*.py") if f not in own]
    listing = {str(f.relative_to(ROOT)): LISTED.findall(f.read_text(encoding="utf-8")) for f in files}
    assert {name: found for name, found in listing.items() if found} == {}


def test_both_sides_of_an_opposite_are_given():
    assert all(0 < line.index("|") < len(line) - 1 for line in groups("opposites"))


def test_a_question_begins_with_no_participle():
    assert {"is", "did", "must", "shall"} <= lists.AUXILIARIES
    assert not {"been", "having"} & lists.AUXILIARIES


def test_what_denies_by_itself_is_among_what_denies():
    assert "not" in words("negations", "plain") < words("negations")


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("Then Ada Venn of Poe called NATO.", ["Then Ada Venn", "Poe", "NATO"]),
        ("Yesterday it rained. Venn left.", []),
        ("The Kremlin said so.", []),
        ("“Ada Venn left.”", ["Ada Venn"]),
    ],
)
def test_a_capital_that_only_opens_a_sentence_makes_no_name(text, found):
    assert [m[0] for m in names.name_runs(text)] == found


@pytest.mark.parametrize("name", ["Lake Orrin", "Bank of England", "New Pella", "May", "The Hague"])
def test_bodies_places_and_months_are_nobody(name):
    assert names.NOT_PEOPLE.search(name)


@pytest.mark.parametrize("quoted", ["“No.”", '"No."', "„No.“", "«No.»", "``No.''"])
def test_what_is_quoted_is_found_with_any_marks(quoted):
    assert inside(QUOTED.search(f"So: {quoted}, he said.")[0]) == "No."

import pytest
from hypothesis import given
from hypothesis import strategies as st

from footnote.rag.replies.markers import closed, numbers_of, unmarked

FORMS = ["[3]", "[^3]", "【3】", "[1, 3]", "[1-3]", "[1][2]", "[Source 3]", "[doc2]", "[Quelle 2]", "([1])",
         "<sup>3</sup>", '<sup><a href="#n3">3</a></sup>', "［3］"]  # fmt: skip


@pytest.mark.parametrize("form", FORMS)
def test_a_marker_goes_with_the_sentence_that_it_ends_and_leaves_nothing(form):
    for text in (
        f"The kiln cooled {form}. Nobody minded.",
        f"The kiln cooled. {form} Nobody minded.",
        f"The kiln cooled.{form} Nobody minded. {form}",
    ):
        assert unmarked(text) == ["The kiln cooled.", "Nobody minded."]


def test_a_marker_after_a_closing_quotation_mark_is_no_sentence():
    assert unmarked("“It cooled,” said Runa Moe. [1] “At last.” [2]") == [
        "“It cooled,” said Runa Moe.",
        "“At last.”",
    ]


@pytest.mark.parametrize(
    "text",
    [
        "The kiln (1931) cooled.",
        "The kiln cooled [1931].",
        "Runa Moe (12) cried.",
        "She has two sons (3).",
        "Her sons, Ola (3) and Per (5), cried.",
        "It has two parts: (1) a door and (2) a flue.",
        "Article [12] of the charter forbids it.",
        "It covers 9 km<sup>2</sup>.",
        "It holds 10<sup>6</sup> bricks.",
        "She said [the kiln] cooled.",
    ],
)
def test_other_numbers_in_brackets_stay(text):
    assert unmarked(text) == [text]


def test_round_brackets_are_markers_where_they_count_from_one_throughout():
    assert unmarked("The kiln cooled (1). Nobody minded (2), but Per (1).") == [
        "The kiln cooled.",
        "Nobody minded, but Per.",
    ]
    assert unmarked("The kiln cooled (1). It has (2) doors.") == ["The kiln cooled (1).", "It has (2) doors."]


def test_where_markers_end_clauses_they_stand_within_them_too():
    assert unmarked("The kiln [1] cooled [2], [3] and cracked [1].") == ["The kiln cooled, and cracked."]
    assert unmarked("Article [12] forbids it [1].") == ["Article [12] forbids it."]


def test_a_named_source_in_round_brackets_is_a_marker():
    assert unmarked("The kiln cooled (Source 3). It has a door (room 3).") == [
        "The kiln cooled.",
        "It has a door (room 3).",
    ]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("According to [1], the kiln cooled.", "The kiln cooled."),
        ("As stated in [1] and [2], it cooled.", "It cooled."),
        ("The kiln cooled, according to [1].", "The kiln cooled."),
        ("The kiln cooled (see [1]).", "The kiln cooled."),
        ("The kiln cooled (source: [1]).", "The kiln cooled."),
        ("Laut [1], kühlte er ab.", "Kühlte er ab."),
    ],
)
def test_words_that_only_lead_to_a_marker_go_with_it(text, said):
    assert unmarked(text) == [said]


def test_a_sentence_without_markers_is_left_alone():
    assert closed("According to, it says ().", []) == "According to, it says ()."


def test_a_range_has_an_end():
    assert numbers_of("[2-999999999]") == list(range(2, 102))


@given(st.text("ab. (1)[2]<sup>/^\n【3】", max_size=80))
def test_reading_never_fails_and_adds_nothing(text):
    kept = "".join("".join(unmarked(text)).split())
    assert len(kept) <= len("".join(text.split()))

import pytest

from footnote.rag.answer.disagreement import Statement, difference, differences, figures

OLD = Statement(
    "Yet according to the valley’s cooperative, 68 per cent of all homes are now heated by heat pumps.",
    "old",
    "The valley",
    "2025-11-20",
)
NEW = Statement(
    "Only 57 per cent of the homes in the Brennach valley are mainly heated by heat pumps, a survey says.",
    "new",
    "The survey",
    "2026-02-05",
)


def test_two_shares_of_the_same_things_differ_and_the_newer_comes_first():
    found = difference(OLD, NEW)
    assert found is not None
    assert (found.newer, found.newer_value) == (NEW, "57 per cent")
    assert (found.older, found.older_value) == (OLD, "68 per cent")


def test_one_article_does_not_disagree_with_itself():
    assert difference(OLD, Statement(NEW.text, "old")) is None


def test_two_dates_of_one_event_differ():
    one = Statement(
        "The council will vote on the new bridge toll in the town hall on 3 May.", "a", date="2026-04-01"
    )
    other = Statement(
        "The council will vote on the bridge toll in the town hall on 10 May.", "b", date="2026-03-01"
    )
    found = difference(one, other)
    assert found is not None
    assert (found.newer_value, found.older_value) == ("3 May", "10 May")


@pytest.mark.parametrize(
    ("one", "other"),
    [
        # the same, said otherwise
        (
            "Repairs of the old stone bridge cost 2 million euros.",
            "Repairs of the old stone bridge cost €2m.",
        ),
        ("About 1,400 passengers used the ferry line daily.", "1,397 passengers used the ferry line daily."),
        # other things counted
        ("The city bought 40 buses for the harbour line.", "The city bought 12 boats for the harbour line."),
        (
            "Of the pupils in Northmere 40 per cent of girls swim.",
            "Of the pupils in Northmere 30 per cent of boys swim.",
        ),
        # other times and places
        (
            "In 2018 the ferry line carried 300 passengers a day.",
            "In 2019 the ferry line carried 400 passengers a day.",
        ),
        (
            "Before the closure 3,100 passengers used the ferry line daily.",
            "Now 14,300 passengers use the ferry line daily.",
        ),
        (
            "The line from Lund carried 300 passengers daily.",
            "The line from Moss carried 400 passengers daily.",
        ),
        # one explains the other
        (
            "The price of the bridge repair has risen from 6 million to 11 million euros.",
            "The price of the bridge repair is 6 million euros.",
        ),
        # hardly a word in common
        ("The team lost 8 matches.", "A new coach saw 3 matches from the stand."),
    ],
)
def test_what_only_looks_like_a_difference_is_none(one, other):
    assert difference(Statement(one, "a"), Statement(other, "b")) is None


def ferry(passengers):
    return f"The ferry line to the island carried {passengers} passengers daily."


@pytest.mark.parametrize(("one", "other"), [("1,450", "1,397"), ("300", "287"), ("1,450", "1,523")])
def test_a_number_is_the_same_as_one_near_it_with_other_digits(one, other):
    assert difference(Statement(ferry(one), "a"), Statement(ferry(other), "b")) is None
    assert difference(Statement(ferry(other), "a"), Statement(ferry(one), "b")) is None


@pytest.mark.parametrize(("one", "other"), [("1,450", "1,297"), ("300", "412"), ("1,450", "1,410")])
def test_a_number_far_off_or_written_as_exactly_is_another(one, other):
    found = difference(Statement(ferry(one), "a"), Statement(ferry(other), "b"))
    assert found is not None
    assert {found.newer_value, found.older_value} == {one, other}


def test_every_pair_is_looked_at():
    assert len(differences([OLD, NEW, Statement(NEW.text.replace("57", "58"), "third")])) == 3


def test_a_date_is_one_figure_and_an_ordinal_none():
    assert [f.text for f in figures("On 3 May 2026 the second boat took 40 passengers.")] == [
        "3 May 2026",
        "40",
    ]

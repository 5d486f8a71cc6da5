import pytest

from footnote.rag.english.quantities import days, quantities


def one(text: str):
    (found,) = quantities(text)
    return found


@pytest.mark.parametrize(
    ("one_way", "other_way"),
    [
        ("4.2 million", "4,200,000"),
        ("$1.13bn", "1,130 million dollars"),
        ("76%", "76 per cent"),
        ("seventy-six percent", "76%"),
        ("£600m", "600 million pounds"),
        ("two hundred and five thousand", "205,000"),
        ("half a million", "500,000"),
        ("third", "3rd"),
        ("twelve", "12"),
        ("€5", "five euros"),
    ],
)
def test_the_same_number_written_otherwise_is_equal(one_way, other_way):
    assert one(one_way).equals(one(other_way))


@pytest.mark.parametrize(
    ("said", "held"),
    [("$5m", "£5m"), ("4.2 million", "4.2 billion"), ("1990s", "1990"), ("76%", "67%"), ("1,400", "1,401")],
)
def test_another_number_is_not_equal(said, held):
    assert not one(said).equals(one(held))


@pytest.mark.parametrize(
    ("said", "held", "expected"),
    [
        ("about 1,400", "1,397", True),
        ("more than 500,000", "£572,206", True),
        ("nearly 600", "588", True),
        ("more than 600", "588", False),
        ("about 1,400", "1,600", False),
        ("1,400", "1,397", False),
    ],
)
def test_a_round_number_stands_for_an_exact_one_only_when_it_says_so(said, held, expected):
    assert one(said).rounds(one(held)) is expected


def test_two_numbers_side_by_side_are_two():
    assert [q.values for q in quantities("two and three, 2-1, in 2005-06")] == [
        (2.0,), (3.0,), (2.0,), (1.0,), (2005.0,), (6.0,),
    ]  # fmt: skip


@pytest.mark.parametrize("text", ["18,\n201", "1.", "1,2,3", "٣٤", "9" * 400, "$", "a", "half"])
def test_odd_digits_do_no_harm(text):
    assert isinstance(quantities(text), tuple)


def test_offsets_point_at_the_words():
    text = "Sales rose 76% to $1.13bn over 3 years."
    assert [text[q.start : q.end] for q in quantities(text)] == ["76%", "$1.13bn", "3"]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("on Monday, 2 March", ["monday", "march"]),
        ("March 2nd and Mar 2", ["march", "march"]),
        ("He may march in May.", ["may"]),
        ("2026-03-02", ["march"]),
        ("yesterday, last year", ["yesterday", "last year"]),
        ("The sun sat on the marble.", []),
    ],
)
def test_dates_are_found_in_their_forms(text, expected):
    assert [d.value for d in days(text)] == expected


def test_a_day_keeps_the_words_that_it_was_written_in():
    text = "It opened on 4/3/2004, shut on 2004-05-06 and opened again on Tuesday, last spring."
    found = days(text)
    assert [d.text for d in found] == [text[d.start : d.end] for d in found]
    assert [d.text for d in found] == ["4/3/2004", "2004-05-06", "Tuesday", "last spring"]

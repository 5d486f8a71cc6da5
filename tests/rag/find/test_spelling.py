import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from footnote.ingest.article import make_article
from footnote.ingest.library.library import open_library
from footnote.ingest.pipeline import ingest
from footnote.rag.find.retrieve import retrieve
from footnote.rag.find.spelling import Vocabulary, neighbours

ORDINARY = {"purchase", "museums"}


class Knowing:
    """An encoder that reads ordinary words as one token and others as three."""

    def __init__(self, inner):
        self.name, self.dimension, self.window, self.encode = (
            inner.name, inner.dimension, inner.window, inner.encode,
        )  # fmt: skip

    def count(self, text):
        return 2 + sum(1 if w.lower() in ORDINARY else 3 for w in text.split())


@pytest.fixture
def knowing(fake_encoder):
    return Knowing(fake_encoder)


@pytest.fixture
def library(tmp_path, fake_encoder):
    articles = [
        make_article(
            [("", "The ferry to Guadeloupe leaves at nine.")], title="Ferries of Tarnholm", source="/f.txt"
        ),
        make_article([("", "Divers grow coral near Bonaire.")], title="Coral", source="/c.txt"),
        make_article([("", "The museum returned the prow of the Terna.")], title="Museum", source="/m.txt"),
    ]
    with open_library(tmp_path / "home", fake_encoder.name, fake_encoder.dimension) as opened:
        list(ingest(articles, opened, fake_encoder))
        yield opened


@pytest.mark.parametrize("typed", ["Gaudeloupe", "Guadelloupe", "guadelupe", "guadelaupe"])
def test_a_word_with_a_slip_finds_the_word(library, knowing, typed):
    assert neighbours([typed], library, knowing) == {typed: ["guadeloup"]}


@pytest.mark.parametrize("name", ["Guadelupe", "Guadelaupe", "Bonaira", "Ternab"])
def test_a_name_that_differs_by_a_letter_is_another_name(library, knowing, name):
    assert neighbours([name], library, knowing) == {}


def test_a_name_is_never_taken_for_a_common_word(library, knowing):
    found = retrieve("Who is Ann Corla?", library, knowing, k=1)
    assert found.question == "Who is Ann Corla?"
    assert found.notices == ()


def test_a_word_that_the_library_knows_is_left_alone(library, knowing):
    assert neighbours(["Bonaire", "ferries"], library, knowing) == {}


def test_a_name_that_stands_in_a_title_only_is_no_misspelling(library, knowing):
    assert neighbours(["Tarnholm"], library, knowing) == {}
    assert retrieve("When does the Tarnholm ferry leave?", library, knowing, k=1).notices == ()


def test_an_ordinary_word_is_no_misspelling_of_what_the_library_holds(library, knowing):
    assert neighbours(["museums"], library, knowing) == {}
    assert neighbours(["museumz"], library, knowing) == {"museumz": ["museum"]}


def test_a_short_word_has_no_neighbours(library, knowing):
    assert neighbours(["prov"], library, knowing) == {}


def test_a_word_as_near_to_many_is_left_alone():
    assert Vocabulary(["banda", "bandb", "bandc", "bandd"]).nearest("bande") == []


def test_two_slips_make_another_word():
    assert Vocabulary(["submarin"]).nearest("summaris") == []


def test_a_stem_with_the_same_first_letter_comes_first():
    assert Vocabulary(["marino", "carino"]).nearest("mazino") == ["marino"]


def test_a_question_with_a_slip_in_a_name_finds_its_paragraph(library, knowing):
    found = retrieve("When does the boat for Gaudeloupe go?", library, knowing, k=1)
    assert found.passages[0].title == "Ferries of Tarnholm"
    assert found.question == "When does the boat for Guadeloupe go?"
    assert found.notices == ("No article has “Gaudeloupe”; searched for “Guadeloupe”.",)


def test_without_tolerance_the_question_stays_as_it_was_typed(library, knowing):
    found = retrieve("When does the boat for Gaudeloupe go?", library, knowing, k=1, mend=False)
    assert found.question == "When does the boat for Gaudeloupe go?"
    assert found.notices == ()


def test_a_new_article_brings_its_words(library, knowing, fake_encoder):
    assert neighbours(["katmanduu"], library, knowing) == {}
    article = make_article([("", "Buses reach Katmandu.")], title="Buses", source="/b.txt")
    list(ingest([article], library, fake_encoder))
    assert neighbours(["katmanduu"], library, knowing) == {"katmanduu": ["katmandu"]}


def plain_distance(one, other):
    """Optimal string alignment in full, as its definition has it."""
    table = [[0] * (len(other) + 1) for _ in range(len(one) + 1)]
    for i in range(len(one) + 1):
        for j in range(len(other) + 1):
            if not i or not j:
                table[i][j] = i + j
                continue
            changed = one[i - 1] != other[j - 1]
            table[i][j] = min(table[i - 1][j] + 1, table[i][j - 1] + 1, table[i - 1][j - 1] + changed)
            if i > 1 and j > 1 and one[i - 1] == other[j - 2] and one[i - 2] == other[j - 1]:
                table[i][j] = min(table[i][j], table[i - 2][j - 2] + 1)
    return table[-1][-1]


@given(
    st.lists(st.text("abcde", min_size=4, max_size=9), max_size=30), st.text("abcde", min_size=5, max_size=9)
)
def test_the_nearest_stems_are_those_of_the_definition(stems, wanted):
    assume(wanted not in stems)  # only words that nobody knows are asked for
    most = 2 if len(wanted) >= 8 else 1
    distances = {s: plain_distance(wanted, s) for s in set(stems)}
    near = {s: d for s, d in distances.items() if d <= most and (d < 2 or s[0] == wanted[0])}
    found = Vocabulary(sorted(set(stems))).nearest(wanted)
    assert set(found) <= {s for s, d in near.items() if d == min(near.values())}
    if len(near) == 1:
        assert found == list(near)


def test_a_slip_in_an_ordinary_word_is_that_word_and_no_other_with_a_like_stem(tmp_path, encoder):
    text = "The conditions at the quay improved after the restoration of the crane."
    article = make_article([("", text)], title="Quay", source="/q.txt")
    with open_library(tmp_path / "quay", encoder.name, encoder.dimension) as library:
        list(ingest([article], library, encoder))
        assert neighbours(["restoraion"], library, encoder) == {"restoraion": ["restor"]}
        assert neighbours(["consit", "droughts"], library, encoder) == {}

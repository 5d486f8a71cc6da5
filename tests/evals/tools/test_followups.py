from types import SimpleNamespace

from footnote.evals.suite.cases import Case, Gold, Suite
from footnote.evals.tools.followups import changing, following, places, readings, row
from footnote.rag.types import Turn

HISTORY = (Turn("user", "How many boats sailed in 2018?"), Turn("assistant", "Forty."))
FOLLOWUP = Case("f", "followup", "And in 2019?", (Gold("b", 2),), ("fifty",), HISTORY, article="b")
FIRST = Case("x", "answerable", "Who sails?", (Gold("a", 1),), ("Ada",), article="a")
OTHER = Case("y", "answerable", "Who bakes?", (Gold("b", 1),), ("Ben",), article="b")
SUITE = Suite("s", (FOLLOWUP, FIRST, OTHER), "digest")


class Found:
    """An assistant that finds paragraphs 1 and 2 of article b, in an order that the question decides."""

    settings = SimpleNamespace(max_question=4000)

    def search(self, query, k):
        order = (2, 1) if "boats" in str(query) else (1, 2)
        return [SimpleNamespace(article_id="b", paragraph=n) for n in order]

    def understood(self, question, history):
        return "How many boats sailed in 2019?" if history else question


def test_only_questions_after_a_conversation_with_known_paragraphs_are_measured():
    assert following(SUITE) == [FOLLOWUP]


def test_a_new_topic_comes_after_a_conversation_on_another_article():
    first, other = changing(SUITE)
    assert [t.content for t in first.history] == ["Who bakes?", "Ben"]
    assert [t.content for t in other.history] == ["Who sails?", "Ada"]


def test_the_rank_is_that_of_the_right_paragraph_for_the_reading():
    ways = readings(Found())
    ranks = {name: places(Found(), FOLLOWUP, way, {"b": "b"}) for name, way in ways.items()}
    assert ranks == {
        "the question alone": 2,
        "all questions in a row": 1,
        "first reading by rule": 1,
        "as understood": 1,
    }


def test_a_row_gives_each_share_with_its_interval():
    assert row("x", [1, 2, 11, 11]).split()[:2] == ["x", "25.0"]
    assert "50.0 (" in row("x", [1, 2, 11, 11])

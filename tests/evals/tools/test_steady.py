import pytest

from footnote.evals.suite.cases import Case, Suite
from footnote.evals.suite.corpus import fill
from footnote.evals.suite.data import sample_suite
from footnote.evals.tools.steady import Restated, restated, table
from footnote.ingest.article import make_article
from footnote.ingest.encoder.encoder import encoder_named
from footnote.ingest.encoder.packaged import DEFAULT_ENCODER
from footnote.ingest.library.library import open_library
from footnote.rag.answer.reader import PackagedReader
from footnote.rag.assistant import Assistant
from footnote.rag.settings import Settings

TEXT = (
    "Glass blower Ines Maar carved the wooden heron that stands at the market of Torvik. "
    "The ZX-40 virus spreads through brackish water in warm summers. "
    "The council paid 48,000 crowns for new lamps along the quay."
)
QUESTIONS = ("Who carved the wooden heron?", "How does ZX-40 spread?", "How much did the lamps cost?")


@pytest.fixture(scope="module")
def found(tmp_path_factory):
    home = tmp_path_factory.mktemp("home")
    article = make_article([("", TEXT)], title="News from Torvik", source="torvik.md")
    encoder = encoder_named(DEFAULT_ENCODER)
    cases = tuple(Case(f"q{n}", "answerable", q) for n, q in enumerate(QUESTIONS))
    suite = Suite("torvik", cases, "", articles=lambda: iter([article]))
    with open_library(home, encoder.name, encoder.dimension) as library:
        assistant = Assistant(Settings(home=home), library, encoder, reader=PackagedReader())
        fill(assistant, suite)
        return list(restated(assistant, suite))


def test_an_answer_stays_when_the_question_is_only_said_otherwise(found):
    assert {r.question for r in found} == set(QUESTIONS)
    assert not [r.asked for r in found if not r.steady and r.form != "one letter dropped"]


@pytest.mark.slow
def test_of_the_samples_answers_95_of_100_stay(sample_assistant):
    found = list(restated(sample_assistant, sample_suite(), limit=30))
    assert len(found) > 60
    changed = [r.asked for r in found if not r.steady]
    assert len(changed) <= 0.05 * len(found), changed


def test_the_table_has_a_line_for_each_form_that_fits_and_one_for_all():
    rows = [Restated("lower case", "A?", "a", steady=s) for s in (True, True, True, False)]
    lines = table(rows).splitlines()
    assert [line.split()[0] for line in lines] == ["lower", "all"]
    assert "3 of    4   75.0" in lines[0]

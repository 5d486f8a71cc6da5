import pytest

from footnote.ingest.article import make_article
from footnote.ingest.errors import UnknownArticle
from footnote.ingest.library.library import open_library
from footnote.ingest.pipeline import ingest
from footnote.rag.find.retrieve import fuse, match_expression, retrieve, with_lists
from footnote.rag.types import Filters


@pytest.fixture
def library(tmp_path, fake_encoder):
    articles = [
        make_article(
            [("", "The ferry to Orrin leaves at nine."), ("Fares", "A ticket costs four euros.")],
            title="Ferries", source="/f.txt", date="2026-03-02",
        ),
        make_article([("", "Divers grow coral on frames.")], title="Coral", source="/c.txt", date="2025"),
        make_article([("", "The museum returned the prow.")], title="Museum", source="/m.txt"),
    ]  # fmt: skip
    with open_library(tmp_path / "home", fake_encoder.name, fake_encoder.dimension) as opened:
        list(ingest(articles, opened, fake_encoder))
        yield opened


def found(library, encoder, question, **filters):
    return [p.title for p in retrieve(question, library, encoder, k=5, filters=Filters(**filters)).passages]


def test_the_paragraph_that_shares_the_words_comes_first(library, fake_encoder):
    passages = retrieve("When does the ferry to Orrin leave?", library, fake_encoder, k=3).passages
    assert (passages[0].title, passages[0].paragraph) == ("Ferries", 1)
    assert [p.score for p in passages] == sorted((p.score for p in passages), reverse=True)


def test_no_paragraph_comes_twice(library, fake_encoder):
    passages = retrieve("ferry ticket coral prow", library, fake_encoder, k=50).passages
    assert len({(p.article_id, p.paragraph) for p in passages}) == len(passages) == 4


def test_only_chosen_articles_answer(library, fake_encoder):
    coral = next(a.article_id for a in library.articles() if a.title == "Coral")
    assert set(found(library, fake_encoder, "ferry ticket", articles=(coral,))) == {"Coral"}


def test_no_chosen_article_finds_nothing(library, fake_encoder):
    assert found(library, fake_encoder, "ferry", articles=()) == []


def test_an_unknown_article_is_an_error(library, fake_encoder):
    with pytest.raises(UnknownArticle):
        retrieve("ferry", library, fake_encoder, k=1, filters=Filters(articles=("nowhere",)))


@pytest.mark.parametrize(
    ("since", "until", "titles"),
    [
        ("2026-01-01", "", {"Ferries"}),
        ("", "2025-12-31", {"Coral"}),
        ("2025", "2026", {"Coral", "Ferries"}),
        ("2026-03-02", "2026-03-02", {"Ferries"}),
        ("2026-03-03", "", set()),
    ],
)
def test_dates_bound_what_answers_and_undated_articles_stay_out(library, fake_encoder, since, until, titles):
    assert set(found(library, fake_encoder, "ferry coral prow", since=since, until=until)) == titles


@pytest.mark.parametrize(
    ("bounds", "counted"),
    [({"since": "2026-01-01"}, 1), ({"until": "1900"}, 1), ({}, 0), ({"articles": ()}, 0)],
)
def test_undated_articles_that_a_date_leaves_out_are_counted_aloud(library, fake_encoder, bounds, counted):
    done = retrieve("ferry", library, fake_encoder, k=1, filters=Filters(**bounds))
    assert [n for n in done.notices if "without a date" in n] == [
        "1 article without a date was left out by the dates asked for."
    ] * counted


def test_a_question_of_stop_words_still_searches():
    assert match_expression("what is it") == '"what" OR "is" OR "it"'


@pytest.mark.parametrize(
    "question", ['"quoted" AND NEAR(x)', "a* OR title:x", "'; drop table", "…", "100% (really)"]
)
def test_no_question_breaks_the_full_text_search(library, fake_encoder, question):
    retrieve(question, library, fake_encoder, k=3)


def test_both_sides_count_and_bm25_counts_as_a_share_of_what_is_possible():
    scores = fuse({("a", 1): 0.8, ("b", 1): 0.4}, {("b", 1): 12.0, ("c", 1): 6.0}, {}, possible=24.0)
    assert scores["a", 1] == pytest.approx(0.75 * 0.8)
    assert scores["b", 1] == pytest.approx(0.75 * 0.4 + 0.25 / 2)
    assert scores["c", 1] == pytest.approx(0.75 * 0.4 + 0.25 / 4)


def test_the_best_sentence_counts_more_than_its_paragraph():
    scores = fuse({("a", 1): 0.2, ("b", 1): 0.5}, {}, {("a", 1): 0.9, ("b", 1): 0.5}, possible=1.0)
    assert scores["a", 1] > scores["b", 1]


def test_a_phrase_in_quotation_marks_comes_first(library, fake_encoder):
    question = 'Which divers grow coral on frames near "the prow"?'
    assert found(library, fake_encoder, question)[0] == "Museum"
    assert found(library, fake_encoder, question.replace('"', ""))[0] != "Museum"


def test_paragraphs_that_say_the_same_are_shown_once(tmp_path, fake_encoder):
    text = "The ferry to Orrin leaves at nine in the morning on all days but Sunday."
    one = make_article([("", text), ("", "Coral grows.")], title="One", source="/1.txt")
    other = make_article([("", f"{text} Really."), ("", "A prow.")], title="Other", source="/2.txt")
    with open_library(tmp_path / "alike", fake_encoder.name, fake_encoder.dimension) as opened:
        list(ingest([one, other], opened, fake_encoder))
        passages = retrieve("When does the ferry to Orrin leave?", opened, fake_encoder, k=4).passages
    assert [p.text.startswith("The ferry") for p in passages] == [True, False, False]


def test_words_next_to_each_other_as_in_the_question_count_more(tmp_path, fake_encoder):
    apart = "The night was long before anybody in the small village had seen a train."
    near = "Anybody in the small village had seen the night train before it was long."
    article = make_article([("", apart), ("", near)], title="Village", source="/v.txt")
    with open_library(tmp_path / "near", fake_encoder.name, fake_encoder.dimension) as opened:
        list(ingest([article], opened, fake_encoder))
        assert retrieve("night train", opened, fake_encoder, k=1).passages[0].text == near


def test_a_list_comes_with_the_paragraph_that_leads_it(tmp_path, fake_encoder):
    paragraphs = [
        ("", "The council said that these are new:"),
        ("", "- a covered stage\n- a shuttle bus"),
        ("", "These streets close:"),
        ("", "It rained all day."),
    ]
    with open_library(tmp_path / "home", fake_encoder.name, fake_encoder.dimension) as opened:
        list(ingest([make_article(paragraphs, title="Market", source="/l.md")], opened, fake_encoder))
        alone = retrieve("What did the council say?", opened, fake_encoder, k=1)
        assert [p.paragraph for p in alone.passages] == [1]
        with_list = with_lists(alone, opened)
        assert [p.paragraph for p in with_list.passages] == [1, 2]
        assert len(with_list.sentences_in(with_list.passages[1])) == 2
        assert with_lists(with_list, opened) is with_list
        other = retrieve("Which streets close?", opened, fake_encoder, k=1)
        assert with_lists(other, opened) is other


def test_as_many_are_found_as_are_asked_for(tmp_path, fake_encoder):
    words = [f"{a}{b}" for a in "bdfgklmnprst" for b in ("aro", "elu", "ino", "oka", "uri")]
    texts = [f"The ferry of {one} carries {two} to {one}{two}." for one in words for two in words[:6]]
    article = make_article([("", text) for text in texts], title="Ferries", source="/f.txt")
    with open_library(tmp_path / "many", fake_encoder.name, fake_encoder.dimension) as opened:
        list(ingest([article], opened, fake_encoder))
        passages = retrieve("Which ferry carries what?", opened, fake_encoder, k=300).passages
        assert len({(p.article_id, p.paragraph) for p in passages}) == len(passages) == 300

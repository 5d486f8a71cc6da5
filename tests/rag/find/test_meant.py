import pytest

from footnote.ingest.article import make_article
from footnote.ingest.library.library import open_library
from footnote.ingest.pipeline import ingest
from footnote.rag.find.meant import meant_articles


@pytest.fixture
def library(tmp_path, fake_encoder):
    articles = [
        make_article([("", "Salted roads cost the birches a third of their leaves.")], title="Birches", source="/a", author="Signe Aalto", date="2020-10-14"),
        make_article([("", "The kiln kept its heat for nine days.")], title="Bricks", source="/b", author="Karim Nasser", date="2022-06-30"),
        make_article([("", "In May 2018 Mr Lindqvist and Dr Bell met.")], title="Talks", source="/c", author="Vera Lindqvist", date="2024-02-01"),
    ]  # fmt: skip
    with open_library(tmp_path / "home", fake_encoder.name, fake_encoder.dimension) as opened:
        list(ingest(articles, opened, fake_encoder))
        yield opened


@pytest.mark.parametrize(
    ("question", "title", "rest"),
    [
        ("What did Aalto find?", "Birches", "What did the author find?"),
        ("What did Signe Aalto find in 2020?", "Birches", "What did the author find in 2020?"),
        ("What are the key results of Nasser 2022?", "Bricks", "What are the key results?"),
        ("What is said in Nasser et al. (2022)?", "Bricks", "What is said?"),
        ("According to Vera Lindqvist, who met?", "Talks", "Who met?"),
        ("Who met, according to Lindqvist?", "Talks", "Who met?"),
        ("What are Nasser’s findings?", "Bricks", "What are the author’s findings?"),
        ("What was salted in October 2020?", "Birches", "What was salted?"),
        ("List the articles from 2022", "Bricks", "List the articles"),
        (
            "What does the article of 2020-10-14 say about birches?",
            "Birches",
            "What does the article say about birches?",
        ),
        ("Summarise the texts that were published in February 2024", "Talks", "Summarise the texts"),
    ],
)
def test_an_author_or_a_day_means_their_articles(library, question, title, rest):
    found = meant_articles(question, library)
    assert [library.article(i).title for i in found.articles] == [title]
    assert found.question == rest


@pytest.mark.parametrize(
    "question",
    [
        "Whom did Lindqvist meet?",  # who stands in a text
        "What happened in May 2018?",  # which stands in a text
        "What happened in June 1999?",  # of which no article is
        "List the articles from 1999",  # of which no article is
        "What was burnt in 2022?",  # a year may be that of the matter
        "What did Venn find?",
        "how many leaves were there",
    ],
)
def test_what_may_be_meant_otherwise_means_no_article(library, question):
    assert meant_articles(question, library) is None

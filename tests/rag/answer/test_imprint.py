import pytest

from footnote.ingest.article import make_article
from footnote.ingest.encoder.encoder import encoder_named
from footnote.ingest.encoder.packaged import DEFAULT_ENCODER
from footnote.ingest.library.library import open_library
from footnote.ingest.pipeline import ingest
from footnote.rag.answer.imprint import head, recognise
from footnote.rag.answer.reader import PackagedReader
from footnote.rag.assistant import Assistant
from footnote.rag.settings import Settings
from footnote.rag.types import Answer, Filters, Refusal, Turn

ARTICLES = [
    make_article(
        [("", "The ferry to Sund leaves at nine. It carries forty cars and, since March, bicycles too.")],
        title="A ferry for bicycles", source="/shelf/ferry.md", author="Ilse Marand", date="2024-05-02",
    ),
    make_article(
        [("", "The lighthouse on the cape was painted red. The paint cost 900 crowns and took six days.")],
        title="Red lighthouse", source="/shelf/light.md", author="Tom Okafor", date="2023-11-20",
    ),
    make_article(
        [("", "Anglers caught 31 pike in the lake. The novel “Grey Water” was read aloud in the evening.")],
        title="Pike on the hook", source="/shelf/pike.md", author="Ilse Marand", date="2021-02",
    ),
]  # fmt: skip


@pytest.fixture(scope="module")
def assistant(tmp_path_factory):
    home = tmp_path_factory.mktemp("home")
    encoder = encoder_named(DEFAULT_ENCODER)
    with open_library(home, encoder.name, encoder.dimension) as library:
        list(ingest(ARTICLES, library, encoder))
        yield Assistant(Settings(home=home), library, encoder, reader=PackagedReader())


@pytest.mark.parametrize(
    ("question", "said"),
    [
        ("Who wrote the article on the ferry?", "by Ilse Marand"),
        ("Who is the author of the article about the lighthouse?", "by Tom Okafor"),
        ("When was “Red lighthouse” published?", "of 20 November 2023"),
        ("Which article was written by Tom Okafor?", "Red lighthouse"),
        ("What did Okafor write?", "Red lighthouse"),
        ("Which articles were published in 2021?", "Pike on the hook"),
        ("Which article is the newest?", "A ferry for bicycles"),
        ("Which article is the oldest?", "Pike on the hook"),
        ("When was the lighthouse article published?", "of 20 November 2023"),
        ("Who wrote the pike story?", "by Ilse Marand"),
    ],
)
def test_what_is_known_of_an_article_is_answered_and_its_head_is_cited(assistant, question, said):
    reply = assistant.ask(question)
    assert isinstance(reply, Answer)
    assert said in reply.text
    record = assistant.library.article(reply.citations[0].article_id)
    assert (reply.citations[0].paragraph, reply.citations[0].quote) == (0, head(record))
    assert all(s.support.verdict == "supported" for s in reply.sentences)


def test_each_article_of_an_author_is_told_of_the_newest_first(assistant):
    reply = assistant.ask("Which articles are by Ilse Marand?")
    assert [c.title for c in reply.citations] == ["A ferry for bicycles", "Pike on the hook"]


def test_articles_since_a_day_are_told_of(assistant):
    reply = assistant.ask("Which articles were published after 2022?")
    assert [c.title for c in reply.citations] == ["A ferry for bicycles", "Red lighthouse"]


def test_it_is_the_article_that_was_just_asked_about(assistant):
    history = [
        Turn("user", "Who wrote the article on the ferry?"),
        Turn("assistant", "“A ferry for bicycles” is by Ilse Marand."),
    ]
    reply = assistant.ask("When was it published?", history=history)
    assert "2 May 2024" in reply.text


def test_it_may_be_what_an_article_tells_of(assistant):
    history = [Turn("user", "What was read aloud in the evening?"), Turn("assistant", "“Grey Water”.")]
    assert "2021" not in assistant.ask("When was it published?", history=history).as_json()["answer"]


def test_a_book_that_an_article_mentions_is_no_article(assistant):
    reply = assistant.ask("Who wrote “Grey Water”?")
    assert all(c.paragraph for c in getattr(reply, "citations", ()))


def test_the_newest_says_what_it_tells_and_from_when_it_is(assistant):
    reply = assistant.ask("What is the newest article about?")
    assert "2 May 2024" in reply.notices[0]
    assert reply.citations[0].title == "A ferry for bicycles"


def test_filters_hold_for_what_is_known_of_articles_too(assistant):
    reply = assistant.ask("Which article is the newest?", filters=Filters(until="2023"))
    assert [c.title for c in reply.citations] == ["Red lighthouse"]


def test_what_an_author_found_is_summed_up(assistant):
    reply = assistant.ask("What did Okafor find?")
    assert reply.standalone_question == "Summarise “Red lighthouse”."


def test_what_an_article_withdraws_is_no_answer_and_no_news(tmp_path):
    note = "Correction: an earlier version of this article said that the pier is 60 metres long."
    article = make_article(
        [("", "The pier at Holm is 90 metres long. It was opened by the harbour master on Sunday."), ("", note)],
        title="Pier at Holm", source="/shelf/pier.md",
    )  # fmt: skip
    encoder = encoder_named(DEFAULT_ENCODER)
    with open_library(tmp_path / "home", encoder.name, encoder.dimension) as library:
        list(ingest([article], library, encoder))
        held = Assistant(Settings(home=tmp_path / "home"), library, encoder, reader=PackagedReader())
        assert "60" not in held.ask("How long is the pier?").text
        assert "60" not in held.ask("Summarise this article").text
        assert "60" in held.ask("What was corrected about the pier?").text


def test_whom_no_article_is_by_gets_no_article(assistant):
    assert isinstance(assistant.ask("Which articles are by Ada Venn?"), Refusal)


@pytest.mark.parametrize(
    "question", ["Who wrote to the mayor?", "When is the ferry due?", "Which article of the treaty applies?"]
)
def test_a_question_on_the_matter_is_left_alone(question):
    assert recognise(question) is None


@pytest.fixture(scope="module")
def undated(tmp_path_factory):
    home = tmp_path_factory.mktemp("undated")
    encoder = encoder_named(DEFAULT_ENCODER)
    articles = [
        make_article([("", "The ferry carries bicycles to Holm.")], title="A ferry", source="/f.md"),
        make_article([("", "The lighthouse was painted red.")], title="Red light", source="/l.md"),
    ]
    with open_library(home, encoder.name, encoder.dimension) as library:
        list(ingest(articles, library, encoder))
        yield Assistant(Settings(home=home), library, encoder, reader=PackagedReader())


@pytest.mark.parametrize(
    ("question", "said"),
    [
        ("What is the newest article?", "None of the 2 articles has a date"),
        ("When was the ferry article published?", "“A ferry” does not name its date."),
        ("Who wrote the article about the lighthouse?", "“Red light” does not name its author."),
        ("Who wrote these articles?", "None of these 2 articles names its author."),
    ],
)
def test_what_is_known_of_no_article_is_said_to_be_unknown(undated, question, said):
    reply = undated.ask(question)
    assert isinstance(reply, Refusal)
    assert said in reply.text


def test_the_newest_says_how_many_have_no_date(tmp_path, undated):
    dated = make_article([("", "Pike bite.")], title="Pike", source="/p.md", date="2024")
    with open_library(tmp_path, undated.encoder.name, undated.encoder.dimension) as library:
        articles = [make_article([("", "Eels sleep.")], title="Eels", source="/e.md"), dated]
        list(ingest(articles, library, undated.encoder))
        reply = Assistant(Settings(home=tmp_path), library, undated.encoder).ask(
            "Which article is the newest?"
        )
    assert reply.notices == ("The newest of 2 articles by date. 1 without a date is left out.",)


@pytest.fixture(scope="module")
def lone(tmp_path_factory):
    """An assistant whose one article names no author, but people who write books."""
    home = tmp_path_factory.mktemp("lone")
    text = "Critic Dora Lindh, who wrote a book on weirs, says that the mill was published as a plan in 1902."
    article = make_article([("", text)], title="The mill", source="/shelf/mill.md", date="2022-06-03")
    encoder = encoder_named(DEFAULT_ENCODER)
    with open_library(home, encoder.name, encoder.dimension) as library:
        list(ingest([article], library, encoder))
        yield Assistant(Settings(home=home), library, encoder, reader=PackagedReader())


@pytest.mark.parametrize(
    "question",
    [
        "Who wrote it?",
        "Who wrote this?",
        "Who’s the author?",
        "Who is this by?",
        "Who is the author of this?",
    ],
)
def test_it_is_the_only_article_and_an_author_not_known_is_said_to_be_so(lone, question):
    reply = lone.ask(question)
    assert isinstance(reply, Refusal)
    assert reply.text == "“The mill” does not name its author."


@pytest.mark.parametrize(
    "question", ["When was it published?", "When was this published?", "when did it appear"]
)
def test_it_is_the_only_article_and_its_date_is_known(lone, question):
    assert "3 June 2022" in lone.ask(question).text


def test_after_a_summary_it_is_the_article(lone, assistant):
    history = [
        Turn("user", "Summarise this article"),
        Turn("assistant", lone.ask("Summarise this article").text),
    ]
    assert "does not name its author" in lone.ask("Who wrote it?", history=history).text
    said = assistant.ask("Summarise the article about the lighthouse").text
    history = [Turn("user", "Summarise the article about the lighthouse"), Turn("assistant", said)]
    assert "Tom Okafor" in assistant.ask("Who wrote it?", history=history).text


def test_after_another_question_this_is_the_only_article_and_it_may_be_a_thing(lone):
    history = [Turn("user", "What did Dora Lindh write?"), Turn("assistant", "A book on weirs.")]
    assert "does not name its author" in lone.ask("Who wrote this?", history=history).text
    assert "does not name its author" not in getattr(lone.ask("Who wrote it?", history=history), "text", "")


def test_who_the_author_of_a_thing_in_an_article_is_stays_a_question(assistant):
    assert recognise("Who is the author of the book on weirs that was burnt?") is None

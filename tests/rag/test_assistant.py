import re
from dataclasses import replace

import pytest

from footnote import Assistant, Settings, Turn, build
from footnote.ingest.errors import LibraryError, UnknownArticle
from footnote.ingest.library.library import open_library
from footnote.ingest.pipeline import ingest
from footnote.ingest.sources import read_sources
from footnote.rag.answer.trip import growing
from footnote.rag.assistant import NO_ARTICLES, STEPPED_IN
from footnote.rag.errors import QuestionError
from footnote.rag.types import (
    Answer,
    Citation,
    CitedSentence,
    Filters,
    Refusal,
    Remark,
    ShortAnswer,
    Support,
    Verdict,
)
from tests.fakes import QuotingModel


def test_an_answer_quotes_the_article_to_the_letter(sample_assistant):
    reply = sample_assistant.ask("When will the harbour bridge reopen?")
    assert isinstance(reply, Answer)
    for c in reply.citations:
        [paragraph] = [
            p for p in sample_assistant.library.paragraphs(c.article_id) if p.number == c.paragraph
        ]
        assert paragraph.text == c.paragraph_text
        assert c.quote == c.paragraph_text[c.quote_start : c.quote_end]
    assert all(s.support.verdict == "supported" for s in reply.sentences)
    assert 1 <= len(reply.sentences) <= 4


def test_articles_are_found_by_the_words_of_their_texts(sample_assistant):
    """Of one paragraph all, in any form, those that mean nothing aside."""
    titles = {a.article_id: a.title for a in sample_assistant.library.articles()}
    found = {titles[a] for a in sample_assistant.articles_with("a design by Hedda Krogh")}
    assert found == {"City closes harbour bridge after cracks are found"}
    assert sample_assistant.articles_with("Hedda Krogh's telescope") == frozenset()
    assert sample_assistant.articles_with('"( *') == frozenset()


def test_a_conversation_may_be_mappings(sample_assistant):
    """Whatever form it has: `converse.turns` reads them all."""
    said = [
        {"role": "user", "content": "Which bridge closed?"},
        {"role": "assistant", "content": "The harbour bridge."},
    ]
    turns = [Turn(one["role"], one["content"]) for one in said]
    assert sample_assistant.ask("Who designed it?", history=said) == sample_assistant.ask(
        "Who designed it?", history=turns
    )
    with pytest.raises(QuestionError, match="Message 1"):
        sample_assistant.ask("Who designed it?", history=["x"])


@pytest.mark.parametrize("read_only", [False, True])
def test_a_closed_library_says_so(tmp_path, fake_encoder, read_only):
    given = (tmp_path / "library", fake_encoder.name, fake_encoder.dimension)
    open_library(*given).close()
    assistant = Assistant(Settings(), open_library(*given, read_only=read_only), fake_encoder)
    assistant.ask("Who designed the bridge?")
    assistant.close()
    with pytest.raises(LibraryError, match="has been closed"):
        assistant.ask("Who designed the bridge?")


def test_what_no_article_holds_is_refused_with_the_closest_paragraphs(sample_assistant):
    reply = sample_assistant.ask("Which team won the 1998 football world cup final in Paris?")
    assert isinstance(reply, Refusal)
    assert len(reply.closest) == 3


@pytest.mark.parametrize("nonsense", ["asdf qwer zxcv", "blorp", "qwertz uiop"])
def test_nonsense_is_refused(sample_assistant, nonsense):
    reply = sample_assistant.ask(nonsense)
    assert isinstance(reply, Refusal)
    assert "none of them mentions" in reply.text


def test_a_refusal_says_what_was_looked_for(sample_assistant):
    reply = sample_assistant.ask("What is the capital of Atlantis?")
    assert "“Atlantis” is in none of them" in reply.text


@pytest.mark.parametrize("message", ["???", "🤖", "the"])
def test_a_message_that_names_nothing_is_refused_with_an_example_and_no_paragraph(sample_assistant, message):
    reply = sample_assistant.ask(message)
    assert isinstance(reply, Refusal)
    assert reply.closest == ()
    assert f"“{message}” names nothing to look for" in reply.text
    example = reply.text.rpartition("such as “")[2].removesuffix("”")
    assert isinstance(sample_assistant.ask(example), Answer)


def test_a_greeting_gets_a_remark_in_the_form_of_the_contract(sample_assistant):
    reply = sample_assistant.ask("hello")
    assert isinstance(reply, Remark)
    told = reply.as_json()
    assert told["answerer"] == "footnote"
    assert (told["refused"], told["citations"], told["sentences"], told["closest"]) == (False, [], [], [])
    assert told.keys() == sample_assistant.ask("When will the harbour bridge reopen?").as_json().keys()


@pytest.mark.parametrize(("words", "count"), [("two", 2), ("8", 8)])
def test_a_summary_asked_for_in_words_is_an_answer_of_the_length_asked_for(sample_assistant, words, count):
    article = next(a for a in sample_assistant.library.articles() if a.title.startswith("Forty years"))
    only = Filters(articles=(article.article_id,))
    reply = sample_assistant.ask(f"Please summarise this article in {words} sentences.", filters=only)
    assert isinstance(reply, Answer)
    assert len(reply.sentences) == count
    assert {c.article_id for c in reply.citations} == {article.article_id}
    assert reply.standalone_question == f"Summarise “{article.title}”."


@pytest.mark.parametrize("marker", ["", " [1]"])
def test_this_article_is_the_one_that_the_last_reply_rests_on_else_it_is_asked_which(
    sample_assistant, marker
):
    said = sample_assistant.ask("When will the harbour bridge reopen?")
    history = [Turn("user", said.question), Turn("assistant", said.sentences[0].text + marker)]
    reply = sample_assistant.ask("What is the article about?", history=history)
    assert isinstance(reply, Answer)
    assert {c.article_id for c in reply.citations} == {said.citations[0].article_id}
    unsure = sample_assistant.ask("What is the article about?")
    assert isinstance(unsure, Refusal)
    assert unsure.text.startswith("Which article do you mean")
    assert len({c.article_id for c in unsure.closest}) > 1


def test_an_article_that_is_not_there_is_not_replaced_by_another(sample_assistant):
    reply = sample_assistant.ask("Summarise the article about penguins.")
    assert isinstance(reply, Refusal)
    assert reply.text.startswith("No article is about “penguins”.")


def test_all_articles_are_told_of_in_a_sentence_each(sample_assistant):
    reply = sample_assistant.ask("What are these articles about?")
    assert isinstance(reply, Answer)
    assert len({c.article_id for c in reply.citations}) == len(reply.sentences) == 8
    assert "There are" in reply.notices[-1]


def test_two_questions_in_one_are_answered_each(sample_assistant):
    reply = sample_assistant.ask("When will the harbour bridge reopen and who designed the harbour bridge?")
    alone = [
        sample_assistant.ask(q)
        for q in ("When will the harbour bridge reopen?", "Who designed the harbour bridge?")
    ]
    assert [s.text for s in reply.sentences] == list(
        dict.fromkeys(s.text for a in alone for s in a.sentences)
    )
    assert reply.question == "When will the harbour bridge reopen and who designed the harbour bridge?"
    laps = {k: v for k, v in reply.timings_ms.items() if k != "total"}
    assert sum(laps.values()) > 0.5 * reply.timings_ms["total"]  # of both parts, not of the first alone


def test_the_part_that_is_not_answered_is_named(sample_assistant):
    reply = sample_assistant.ask("When will the harbour bridge reopen and who is the king of Sweden?")
    assert isinstance(reply, Answer)
    assert "No answer was found to “Who is the king of Sweden?”" in reply.notices


@pytest.fixture(scope="module")
def two_towns(tmp_path_factory):
    folder = tmp_path_factory.mktemp("towns")
    (folder / "hall.txt").write_text(
        "The new hall\n\nThe hall in Ulm cost 40 million euros to build. The baker Ada Venn said that "
        "it was too big. Critics called it dear.\n",
        encoding="utf-8",
    )
    (folder / "pier.txt").write_text(
        "The long pier\n\nThe pier in Brask cost 90 million euros to build. The diver Tom Venn said that "
        "the water was cold. Boats moor there.\n",
        encoding="utf-8",
    )
    with build(Settings(home=tmp_path_factory.mktemp("library"))) as assistant:
        for _ in ingest(read_sources([str(folder)]), assistant.library, assistant.encoder):
            pass
        yield assistant


def test_a_pronoun_that_fits_several_articles_is_asked_back_about(two_towns):
    reply = two_towns.ask("How much did it cost?")
    assert isinstance(reply, Refusal)
    assert "“it”" in reply.text
    assert {c.title for c in reply.closest} == {"The new hall", "The long pier"}
    assert all("million" in c.quote for c in reply.closest)


@pytest.mark.parametrize(
    ("question", "titles", "notice"),
    [
        ("Which articles mention the water?", ["The long pier"], "“water” stands in 1 of 2 articles."),
        (
            "How many articles mention Venn?",
            ["The long pier", "The new hall"],
            "“Venn” stands in 2 of 2 articles.",
        ),
    ],
)
def test_articles_that_mention_a_thing_are_counted_and_each_is_shown_where_it_does(
    two_towns, question, titles, notice
):
    reply = two_towns.ask(question)
    assert sorted(c.title for c in reply.citations) == titles
    assert reply.notices == (notice,)
    assert all(("water" in s.text) or ("Venn" in s.text) for s in reply.sentences)


def test_after_something_was_said_the_pronoun_means_that(two_towns):
    history = [Turn("user", "Where does the pier stand?"), Turn("assistant", "The pier stands in Brask.")]
    reply = two_towns.ask("How much did it cost?", history=history)
    assert isinstance(reply, Answer)
    assert "90 million" in reply.sentences[0].text


def test_help_names_the_articles_that_may_answer_and_questions_that_they_answer(sample_assistant):
    article = next(a for a in sample_assistant.library.articles() if a.title.startswith("Forty years"))
    chosen = Filters(articles=(article.article_id,))
    reply = sample_assistant.ask("help", filters=chosen)
    assert "one article" in reply.text
    examples = re.findall(r"“([^”]+\?)”", reply.text)
    assert examples
    assert all(isinstance(sample_assistant.ask(one, filters=chosen), Answer) for one in examples)


def test_articles_that_differ_are_both_cited_with_a_notice(sample_assistant):
    reply = sample_assistant.ask("How many homes in the valley have heat pumps?")
    assert len({c.article_id for c in reply.citations}) == 2
    assert any("57 per cent" in n and "68 per cent" in n and "2026" in n for n in reply.notices)


def test_a_newer_article_on_the_story_is_shown_and_named(sample_assistant):
    reply = sample_assistant.ask("When will the harbour bridge reopen?")
    assert "30 August" in reply.text
    assert any("newer" in n and "19 March 2026" in n for n in reply.notices)


def test_a_stream_grows_and_ends_with_the_reply(sample_assistant):
    question = "Why was the harbour bridge closed?"
    steps = list(sample_assistant.stream(question))
    lengths = [len(s.sentences) for s in steps if isinstance(s, Answer)]
    assert lengths == sorted(lengths)
    assert [s.complete for s in steps[:-1]] == [False] * (len(steps) - 1)
    assert steps[-1].as_json()["answer"] == sample_assistant.ask(question).as_json()["answer"]


def test_a_short_answer_comes_with_the_sentence_that_holds_it():
    text = "It opened. It closed in 1995."
    sentences = tuple(
        CitedSentence(s, (n,), Support(Verdict.SUPPORTED, 1.0, ""))
        for n, s in enumerate(("It opened.", "It closed in 1995."), start=1)
    )
    citations = (
        Citation(1, "a", "T", "t.txt", 1, text, 0, 10),
        Citation(2, "a", "T", "t.txt", 1, text, 11, len(text)),
    )
    reply = Answer("q", "q", sentences, citations, "x", short_answer=ShortAnswer("1995", 1, 13, 17))
    first, whole = growing(reply)
    assert (first.short_answer, whole) == (None, reply)


def test_a_follow_up_is_understood_from_the_conversation(sample_assistant):
    history = [
        Turn("user", "Why was the harbour bridge closed?"),
        Turn("assistant", "Because of cracks [1]."),
    ]
    reply = sample_assistant.ask("When does it reopen?", history=history)
    assert "bridge" in str(reply.understood)
    assert reply.question == "When does it reopen?"


def test_a_follow_up_is_read_for_in_the_words_it_was_asked_in(sample_assistant):
    history = [
        Turn("user", "How many boats does Sund Line have?"),
        Turn("assistant", "Sund Line, which belongs to the city, runs 11 boats and employs 96 people."),
    ]
    reply = sample_assistant.ask("How many of them run on batteries?", history=history)
    assert "Six of the 11 vessels" in reply.text


@pytest.mark.parametrize("question", ["", "   ", "\n\t"])
def test_an_empty_question_is_an_error(sample_assistant, question):
    with pytest.raises(QuestionError, match="empty"):
        sample_assistant.ask(question)


def test_a_question_that_is_too_long_is_an_error_with_the_limit(sample_assistant):
    with pytest.raises(QuestionError, match="10,000 characters; at most 4,000"):
        sample_assistant.ask("x" * 10_000)


def test_an_unknown_article_is_an_error(sample_assistant):
    with pytest.raises(UnknownArticle):
        sample_assistant.ask("What happened?", filters=Filters(articles=("no-such-article",)))
    with pytest.raises(UnknownArticle):
        sample_assistant.summarise(["no-such-article"])


def test_an_empty_library_refuses_and_says_how_to_add_articles(tmp_path):
    with build(Settings(home=tmp_path / "none"), read_only=True) as assistant:
        reply = assistant.ask("Is anyone there?")
    assert isinstance(reply, Refusal)
    assert reply.text == NO_ARTICLES
    assert not (tmp_path / "none").exists()


def test_every_sample_has_a_summary_of_fair_length(sample_assistant):
    for record in sample_assistant.library.articles():
        summary = sample_assistant.summarise([record.article_id])
        words = sum(len(s.text.split()) for s in summary.sentences)
        assert 60 <= words <= 120, (record.title, words)
        assert all(s.citations for s in summary.sentences)


def test_several_articles_share_one_paragraph_that_covers_each(sample_assistant):
    ids = [a.article_id for a in sample_assistant.library.articles()[:3]]
    summary = sample_assistant.summarise(ids)
    assert {c.article_id for c in summary.citations} == set(ids)


def test_a_summary_of_two_articles_says_where_they_differ(sample_assistant):
    summary = sample_assistant.summarise(["heat-pumps-valley.md", "heat-pumps-survey.md"])
    assert any("68 per cent" in n and "57 per cent" in n for n in summary.notices), summary.notices
    assert not sample_assistant.summarise(["heat-pumps-valley.md"]).notices


@pytest.mark.parametrize(
    ("wish", "said"),
    [
        (lambda a: a.search("bridge", k=0), "At least one paragraph can be looked for, not 0."),
        (lambda a: a.search("bridge", k=1.5), "not 1.5."),
        (lambda a: a.search("bridge", k=True), "not True."),
        (lambda a: a.search("bridge", k=None), "not None."),
        (lambda a: a.search(None), "A question is a text, not NoneType."),
        (lambda a: a.summarise(["ferry-network.md"], words=-1), "at least one word, not -1."),
        (lambda a: a.summarise(["ferry-network.md"], words="70"), "at least one word, not '70'."),
        (lambda a: a.summarise(["ferry-network.md"], sentences=0), "at least one sentence, not 0."),
        (lambda a: a.summarise([5]), "What names an article is a text, not int."),
        (lambda a: a.summarise_text(None), "What is summarised is a text, not NoneType."),
    ],
)
def test_a_wish_of_the_wrong_kind_is_told(sample_assistant, wish, said):
    with pytest.raises(QuestionError, match=re.escape(said)):
        wish(sample_assistant)


def test_a_pasted_text_is_summarised_without_joining_the_library(sample_assistant):
    before = sample_assistant.library.paragraph_count()
    text = "\n\n".join(
        f"The {w} mill on the river Aune stopped grinding grain when the dam above the village broke in 1951."
        for w in ("upper", "lower", "old", "new")
    )
    summary = sample_assistant.summarise_text(text)
    assert summary.sentences
    assert {c.article_id for c in summary.citations} == {"pasted"}
    assert sample_assistant.library.paragraph_count() == before


def test_search_returns_ranked_paragraphs(sample_assistant):
    found = sample_assistant.search("night train sleeper", k=5)
    assert len(found) == 5
    assert [p.score for p in found] == sorted((p.score for p in found), reverse=True)
    assert "train" in found[0].title.lower() + found[0].text.lower()


def test_a_reply_says_which_word_was_taken_for_misspelt(sample_assistant):
    reply = sample_assistant.ask("Who is Hedda Kroghh, who designed the harbour bridge?")
    assert reply.standalone_question == "Who is Hedda Krogh, who designed the harbour bridge?"
    assert "No article has “Kroghh”; searched for “Krogh”." in reply.notices


def test_whatever_keeps_the_contract_may_answer_and_summarise(sample_assistant):
    model = QuotingModel()
    quoting = replace(sample_assistant, answerer=model, summariser=model)
    replies = list(quoting.stream("When will the harbour bridge reopen?"))
    assert [len(r.sentences) for r in replies] == list(range(1, len(replies) + 1))
    assert {r.answerer for r in replies} == {"quoting"}
    assert replies[-1].usage["calls"] == 1
    summary = quoting.summarise([sample_assistant.library.articles()[0].article_id])
    assert (summary.summariser, summary.usage["calls"]) == ("quoting", 1)


def test_what_fails_to_write_is_named_and_the_articles_own_sentences_stand_in(sample_assistant):
    model = QuotingModel("The moon is in the way.")
    quoting = replace(sample_assistant, answerer=model, summariser=model)
    offline = sample_assistant.ask("When will the harbour bridge reopen?")
    reply = quoting.ask("When will the harbour bridge reopen?")
    assert reply.sentences == offline.sentences
    assert reply.notices[0] == f"The moon is in the way. {STEPPED_IN}"
    summary = quoting.summarise([sample_assistant.library.articles()[0].article_id])
    assert summary.summariser == "extractive"
    assert summary.notices[0] == f"The moon is in the way. {STEPPED_IN}"


def test_half_a_surrogate_pair_ends_nothing(sample_assistant):
    history = [Turn("user", "The bridge \udc00?")]
    assert sample_assistant.ask("Who designed the harbour\ud800 bridge?", history=history)
    assert sample_assistant.search("caf\udce9")


def test_a_question_to_the_tool_itself_gets_a_word_on_it(sample_assistant):
    reply = sample_assistant.ask("Do you need the internet?")
    assert isinstance(reply, Remark)
    assert "No language model is set" in reply.text


def test_a_refusal_says_which_cell_of_a_table_is_empty(tmp_path):
    table = "| Crop | 2023 | Buyer |\n|---|---|---|\n| Rye | 171 | Ada Poe |\n| Oats | | Ben Roe |\n| Hops | 940 | |\n"
    (tmp_path / "crops.md").write_text(f"# Harvest prices\n\nIn pounds a tonne, at the gate.\n\n{table}")
    (tmp_path / "honey.txt").write_text("Honey\n\nBuy from a person who can show you the hives.\n")
    with build(Settings.load(tmp_path / "home")) as assistant:
        list(
            ingest(read_sources([str(p) for p in tmp_path.glob("*.*")]), assistant.library, assistant.encoder)
        )
        refused = assistant.ask("What did oats cost in 2023?")
        assert isinstance(refused, Refusal)
        assert refused.notices == ("The table has no “2023” for “Oats”.",)
        refused = assistant.ask("Who buys the hops?")
        assert isinstance(refused, Refusal), refused
        assert refused.notices == ("The table has no “Buyer” for “Hops”.",)
        assert assistant.ask("What did rye cost in 2023?").short_answer.text == "171"

import pytest

from footnote import Assistant, Settings
from footnote.ingest.documents import read_text
from footnote.ingest.library.library import open_library
from footnote.ingest.pipeline import ingest
from footnote.ingest.sources import read_sources
from footnote.rag.check.support import check_support, draft_support
from footnote.rag.errors import QuestionError
from footnote.rag.review import check_against, check_text, passages_in, passages_of
from footnote.rag.types import Filters, Support, Verdict

ARTICLE = """The mill by the weir grinds again from Friday. Two brothers, Ivo and Per Lund, repaired its wheel.

The repair cost 52,000 euros. The parish paid half of it, and a dance paid the rest.

Visitors may watch on Sundays between ten and noon."""


@pytest.fixture
def passages():
    return passages_of(read_text(ARTICLE, title="The mill", source="mill.txt"))


def verdicts(checked):
    return [s.support.verdict for s in checked.sentences]


def test_each_sentence_gets_a_verdict_and_the_best_citation(passages):
    checked = check_against("The repair cost 52,000 euros. The repair cost 25,000 euros.", passages)
    assert verdicts(checked) == [Verdict.SUPPORTED, Verdict.UNSUPPORTED]
    assert [s.citations for s in checked.sentences] == [(1,), (1,)]
    assert checked.citations[0].paragraph == 2
    assert checked.citations[0].quote == "The repair cost 52,000 euros."
    assert "52,000" in checked.sentences[1].support.reason
    assert checked.unsupported == 1


def test_what_no_paragraph_comes_near_has_no_citation(passages):
    checked = check_against("Penguins won the regatta in Oslo.", passages)
    assert checked.sentences[0].citations == ()
    assert checked.citations == ()
    assert verdicts(checked) == [Verdict.UNSUPPORTED]


@pytest.mark.parametrize("question", ["Who are they?", "Will it rain in Oslo?"])
def test_a_question_makes_no_claim_whether_or_not_a_paragraph_comes_near(passages, question):
    (found,) = check_against(question, passages).sentences
    assert (found.support.verdict, found.citations) == (Verdict.NONE, ())


def test_a_paragraph_that_only_names_what_the_title_names_is_not_cited():
    text = (
        "Per Lund mends old wheels.\n\nIt grinds on Fridays at noon for Ada.\n\nVisitors like the weir mill."
    )
    article = passages_of(read_text(text, title="The weir mill", source="mill.txt"))
    checked = check_against("The weir mill grinds at noon on Fridays.", article)
    assert [c.paragraph for c in checked.citations] == [2]


def test_two_paragraphs_together_may_support_a_sentence(passages):
    checked = check_against("The repair of the wheel by Ivo and Per Lund cost 52,000 euros.", passages)
    assert checked.sentences[0].citations in ((1, 2), (1,))
    assert all(c.quote for c in checked.citations)


def test_quotes_are_the_words_between_their_offsets(passages):
    for c in check_against(ARTICLE, passages).as_json()["citations"]:
        assert c["quote"] == c["paragraph_text"][c["quote_start"] : c["quote_end"]]


def test_an_article_supports_all_of_itself(passages):
    assert set(verdicts(check_against(ARTICLE, passages))) == {Verdict.SUPPORTED}


@pytest.mark.parametrize("text", ["", "  \n "])
def test_a_text_without_a_sentence_is_refused_in_words(passages, text):
    with pytest.raises(QuestionError, match="no sentence"):
        check_against(text, passages)


def test_another_judge_decides_and_the_place_is_still_found(passages):
    checked = check_against(
        "The repair cost 52,000 euros.", passages, lambda *_: Support(Verdict.PARTIAL, 0.5, "So so.")
    )
    assert verdicts(checked) == [Verdict.PARTIAL]
    assert checked.citations[0].quote == "The repair cost 52,000 euros."


@pytest.fixture
def assistant(tmp_path, fake_encoder):
    other = "The lighthouse keeper bakes bread for the crew of the ferry."
    for name, text in (("mill.txt", ARTICLE), ("light.txt", other)):
        (tmp_path / name).write_text(text, encoding="utf-8")
    home = tmp_path / "library"
    with open_library(home, fake_encoder.name, fake_encoder.dimension) as library:
        files = [str(tmp_path / "mill.txt"), str(tmp_path / "light.txt")]
        assert all(event for event in ingest(read_sources(files), library, fake_encoder))
        yield Assistant(Settings(home=home), library, fake_encoder)


def test_a_library_is_searched_for_each_sentence(assistant):
    checked = check_text("The repair cost 52,000 euros. The keeper bakes bread.", assistant)
    assert verdicts(checked) == [Verdict.SUPPORTED, Verdict.SUPPORTED]
    assert [c.source.rsplit("/", 1)[-1] for c in checked.citations] == ["mill.txt", "light.txt"]


def test_an_article_of_the_library_is_found_by_its_name(assistant):
    assert passages_in(assistant, "mill.txt")[1].text.startswith("The repair cost")


def test_filters_keep_other_articles_out(assistant):
    light = assistant.library.resolve("light.txt")
    checked = check_text("The repair cost 52,000 euros.", assistant, filters=Filters(articles=(light,)))
    assert verdicts(checked) == [Verdict.UNSUPPORTED]
    assert all(c.article_id == light for c in checked.citations)


@pytest.mark.parametrize("mark", ["- ", "* ", "2. ", "(3) ", "• "])
def test_the_mark_of_a_list_is_no_part_of_a_sentence(passages, mark):
    checked = check_against(f"{mark}The repair cost 52,000 euros.", passages)
    assert [s.text for s in checked.sentences] == ["The repair cost 52,000 euros."]
    assert verdicts(checked) == [Verdict.SUPPORTED]


def test_half_a_surrogate_pair_ends_nothing(assistant):
    assert len(check_text("The re\udce9pair cost 52,000 euros.", assistant).sentences) == 1


def test_a_sentence_without_a_verdict_is_counted_apart(passages):
    checked = check_against(
        "The repair cost 52,000 euros.", passages, lambda *_: Support.of_failure("Asleep.")
    )
    assert (checked.unsupported, [s.support.reason for s in checked.unjudged]) == (0, ["Asleep."])
    assert checked.citations == ()
    assert checked.as_json()["sentences"][0]["support"]["failed"] is True


def test_markers_of_sources_are_no_part_of_a_sentence(passages):
    checked = check_against("The repair cost 52,000 euros. [7] The repair cost 25,000 euros [8].", passages)
    assert [s.text for s in checked.sentences] == [
        "The repair cost 52,000 euros.",
        "The repair cost 25,000 euros.",
    ]
    assert verdicts(checked) == [Verdict.SUPPORTED, Verdict.UNSUPPORTED]


def test_lines_broken_by_hand_are_read_as_one_sentence(passages):
    checked = check_against(
        "The repair of the wheel cost\n52,000 euros. The parish paid\nhalf of it.", passages
    )
    assert [s.text for s in checked.sentences] == [
        "The repair of the wheel cost 52,000 euros.",
        "The parish paid half of it.",
    ]


@pytest.mark.parametrize("heading", ["The mill and its repair", "## The mill is sold"])
def test_a_heading_makes_no_claim_and_a_sentence_without_a_stop_does(passages, heading):
    checked = check_against(f"{heading}\n\nThe repair cost 52,000 euros.", passages)
    assert verdicts(checked) == [Verdict.NONE, Verdict.SUPPORTED]
    assert checked.sentences[0].support.reason == "It is a heading."
    assert verdicts(check_against("The repair cost 52,000 euros", passages)) == [Verdict.SUPPORTED]
    assert (
        verdicts(check_against("The repair cost 52,000 euros\n\n- by Ada\n- by Per", passages))[0]
        is Verdict.SUPPORTED
    )


def test_what_a_person_wrote_is_weighed_by_the_model_of_drafts(passages):
    said = "Half of what the wheel cost was given by the parish."
    evidence = [passages[0].title, *(p.text for p in passages[:2])]  # the third shares no word with it
    score = check_against(said, passages).sentences[0].support.score
    assert score == draft_support()(said, evidence).score
    assert score != check_support(said, evidence).score


def test_a_list_of_references_is_not_checked_and_what_follows_it_is(passages):
    listed = (
        "# Bees\n\nTown bees found more kinds of pollen [2].\n\n## References\n"
        "1. Venn, A. (2019). Pollen in cities. Journal of Apiculture 12, 3-14.\n"
        "2. Ruhl, T., Okoro, N. (2021). Lindens for bees. https://doi.example/1\n\n"
        "## Outlook\n\nNobody knows whether they stay."
    )
    checked = check_against(listed, passages)
    assert [s.text for s in checked.sentences] == [
        "Bees",
        "Town bees found more kinds of pollen.",
        "Outlook",
        "Nobody knows whether they stay.",
    ]
    assert checked.notices == ("Its list of references was not checked.",)


@pytest.mark.parametrize(
    "text", ["References\n\nVenn, A. (2019). Pollen.", "Prices rose.\n\nReferences\n\nNo years stand here."]
)
def test_a_list_alone_is_checked_and_so_is_what_is_only_called_one(passages, text):
    checked = check_against(text, passages)
    assert "References" in [s.text for s in checked.sentences]
    assert not checked.notices


POLICY = """The parish insures what its members lend to the fair. It pays up to 400 euros.

The following are covered:

- theft of a tent
- a broken lamp

The following are not covered:

- damage by goats
- tents above 30 square metres
- what is lent to friends

Members send their receipts to the clerk."""


def test_an_item_of_a_list_is_judged_by_what_introduces_it():
    policy = passages_of(read_text(POLICY, title="What the parish insures", source="policy.txt"))
    true = "Theft of a tent is covered. Damage by goats is not covered. Tents above 30 square metres are not covered."
    false = "Theft of a tent is not covered. Damage by goats is covered. Tents above 30 square metres are covered."
    assert verdicts(check_against(true, policy)) == [Verdict.SUPPORTED] * 3
    checked = check_against(false, policy)
    assert Verdict.SUPPORTED not in verdicts(checked)
    assert "The following are covered: theft of a tent" in checked.sentences[0].support.reason
    assert {c.quote for c in check_against("Damage by goats is not covered.", policy).citations} == {
        "The following are not covered:",
        "- damage by goats",
    }


def test_an_article_that_is_removed_after_it_was_found_ends_nothing(assistant, monkeypatch):
    search = Assistant.search

    def remove_what_is_found(self, *asked, **options):
        found = search(self, *asked, **options)
        self.library.remove(self.library.resolve("mill.txt"))
        return found

    monkeypatch.setattr(Assistant, "search", remove_what_is_found)
    checked = check_text("The repair cost 52,000 euros.", assistant)
    assert verdicts(checked) == [Verdict.UNSUPPORTED]


@pytest.mark.parametrize("asked", ["Summarise the boat", "What is this article about?", "help"])
def test_nor_does_one_that_is_removed_while_a_question_is_understood(assistant, monkeypatch, asked):
    stale = assistant.library.articles()
    monkeypatch.setattr(type(assistant.library), "articles", lambda *_, **__: stale)
    assistant.library.remove(assistant.library.resolve("mill.txt"))
    reply = assistant.ask(asked)
    assert "mill" not in str(getattr(reply, "citations", ())) + str(getattr(reply, "closest", ()))

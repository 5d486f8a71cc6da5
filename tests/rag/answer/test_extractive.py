from dataclasses import replace

import pytest

from footnote.ingest.article import make_article
from footnote.ingest.library.library import open_library
from footnote.ingest.pipeline import ingest
from footnote.rag.answer import extractive
from footnote.rag.answer.choose import SECOND_WITHIN, best_few, cite
from footnote.rag.answer.extractive import answer
from footnote.rag.answer.question import AnswerKind, analyse
from footnote.rag.answer.rank import RANK, RANK_READ, READ_WINDOWS, _score, candidates, confidence
from footnote.rag.answer.reader import Reading
from footnote.rag.check.support import check_support
from footnote.rag.find.retrieve import retrieve
from footnote.rag.types import Passage, Understood
from tests.fakes import PointingReader
from tests.rag.answer.made import candidate

BRIDGE = [
    ("", "The old bridge closed on 2 March. Engineers had found 14 cracks in the steel deck."),
    (
        "",
        "Mayor Ada Venn said the work would cost 6 million euros. She also promised more ferries to the island.",
    ),
    ("", "Is the bridge safe? Nobody knows."),
]


@pytest.fixture
def library(tmp_path, fake_encoder):
    article = make_article(BRIDGE, title="Bridge", source="/b.txt")
    with open_library(tmp_path / "home", fake_encoder.name, fake_encoder.dimension) as opened:
        list(ingest([article], opened, fake_encoder))
        yield opened


def draft(library, encoder, question):
    return answer(Understood(question), retrieve(question, library, encoder, k=5), check_support, encoder)


def test_the_sentence_that_holds_number_and_words_is_shown_first(library, fake_encoder):
    first = draft(library, fake_encoder, "How many cracks had engineers found?").sentences[0]
    assert first.text == "Engineers had found 14 cracks in the steel deck."


def test_a_pronoun_gets_its_antecedent_in_brackets_while_the_quote_stays_verbatim(library, fake_encoder):
    found = draft(library, fake_encoder, "Who promised more ferries to the island?")
    assert found.sentences[0].text == "She [Ada Venn] also promised more ferries to the island."
    assert found.citations[0].quote == "She also promised more ferries to the island."
    assert found.sentences[0].support.verdict == "supported"


def test_a_question_in_the_article_answers_nothing(library, fake_encoder):
    found = draft(library, fake_encoder, "Is the bridge safe?")
    assert "Is the bridge safe?" not in [s.text for s in found.sentences]


def test_confidence_is_higher_for_what_is_there_than_for_what_is_not(library, fake_encoder):
    there = draft(library, fake_encoder, "How many cracks had engineers found in the steel deck?")
    absent = draft(library, fake_encoder, "Which zoo bought penguins?")
    assert 0 <= absent.confidence < 0.2 < there.confidence <= 1


def test_the_same_sentence_is_never_shown_twice(library, fake_encoder):
    question = analyse("How many cracks had engineers found?")
    found = candidates(question, retrieve(question.text, library, fake_encoder, k=5))
    ranked = sorted(found, key=lambda c: -c.score)
    chosen = best_few(question, [ranked[0], ranked[0], *ranked])
    assert len({c.text for c in chosen}) == len(chosen)
    assert confidence(ranked[0], question.text) == draft(library, fake_encoder, question.text).confidence


def scored(*scores):
    """Candidates with these scores, each of words of its own."""
    sentences = ["Ann left", "Boats sank", "Cows ate", "Dogs ran"]
    return [
        candidate(Passage("a", "T", "/t", "", n, "", s, 0.5), score=score)
        for n, (s, score) in enumerate(zip(sentences, scores, strict=False))
    ]


@pytest.mark.parametrize(
    ("question", "behind", "shown"),
    [
        ("Why did the bridge close?", (0, 0, 0, 0), 3),
        ("Who closed the bridge?", (0, 0, 0, 0), 2),  # one of its kind is enough
        ("Why did the bridge close?", (0, 0.9, 0.9), 2),  # of what `SECOND_WITHIN` allows
        ("Why did the bridge close?", (0, 0, 0.3), 3),
        ("Why did the bridge close?", (0, 0, 0.4), 2),  # a third has to come three times as close
        ("Why did the bridge close?", (0, 1.1), 1),
    ],
)
def test_a_further_sentence_is_shown_when_it_comes_close_to_the_best(question, behind, shown):
    ranked = scored(*(5 - part * SECOND_WITHIN for part in behind))
    assert best_few(analyse(question), ranked) == ranked[:shown]


@pytest.mark.parametrize(("article", "margin", "shown"), [("a", -3.0, 2), ("b", -3.0, 1), ("b", 1.0, 2)])
def test_a_further_sentence_of_another_article_has_to_answer(article, margin, shown):
    ranked = scored(5, 4.9)
    other = replace(ranked[1].passage, article_id=article)
    ranked[1] = ranked[1]._replace(passage=other, reading=Reading(margin, 0.0, 0, 5))
    assert len(best_few(analyse("Who closed the bridge?"), ranked)) == shown


def test_the_reader_counts_less_for_what_may_say_yes_or_no():
    (weak,) = scored(0)
    pointed = weak._replace(signs=weak.signs._replace(margin=4.0), reading=Reading(4.0, 4.0, 0, 5))
    alike = weak._replace(signs=weak.signs._replace(cosine=0.9), reading=Reading(-9.0, 0.0, 0, 5))
    first = {
        kind: max((pointed, alike), key=lambda c, kind=kind: _score(c, kind, read=True))
        for kind in (AnswerKind.YES_NO, AnswerKind.PERSON)
    }
    assert first == {AnswerKind.YES_NO: alike, AnswerKind.PERSON: pointed}


def read_draft(library, encoder, question, reader):
    found = retrieve(question, library, encoder, k=5)
    return answer(Understood(question), found, check_support, encoder, reader)


def test_the_sentence_that_the_reader_points_at_goes_first(library, fake_encoder):
    question = "Which vessels will serve the island?"
    found = read_draft(library, fake_encoder, question, PointingReader("ferries"))
    assert "ferries" in found.sentences[0].text
    assert found.ranked[0].reading.margin == 6.0


def test_the_reader_reads_for_the_question_as_it_was_spoken(library, fake_encoder):
    question = Understood("Will they serve it (1931)?", ("vessels", "island"))
    reader = PointingReader("ferries")
    found = retrieve(str(question), library, fake_encoder, k=5)
    answer(question, found, check_support, fake_encoder, reader)
    assert reader.asked == "Will they serve it (1931)?"


def test_only_the_likeliest_windows_are_asked_for(library, fake_encoder):
    class Counting(PointingReader):
        def read(self, question, passages, sentences, most, least=None):
            self.most, self.least = most, least
            self.best = RANK_READ.margin * max(one.score for own in sentences for one in own)
            return super().read(question, passages, sentences, most, least)

    reader = Counting("ferries")
    found = read_draft(library, fake_encoder, "When did the old bridge close?", reader)
    assert reader.most == READ_WINDOWS
    best = max(found.ranked, key=lambda c: c.signs._replace(margin=0.0).weighed(RANK_READ))
    assert best.signs._replace(margin=0.0).weighed(RANK_READ) == pytest.approx(reader.best)


def test_a_sure_reader_makes_the_answer_surer(library, fake_encoder):
    question = "Which vessels will serve the island?"
    sure = read_draft(library, fake_encoder, question, PointingReader("ferries", margin=8.0))
    unsure = read_draft(library, fake_encoder, question, PointingReader("ferries", margin=-2.0))
    assert unsure.confidence < sure.confidence


def test_the_readers_answer_is_the_short_one_where_it_stands_in_the_sentence_shown(library, fake_encoder):
    question = "What will there be more of on the way to the island?"
    found = read_draft(library, fake_encoder, question, PointingReader("ferries", "more ferries"))
    short = found.short_answer
    assert short.text == "more ferries"
    assert found.sentences[short.sentence].text[short.start : short.end] == "more ferries"
    unsure = read_draft(
        library, fake_encoder, question, PointingReader("ferries", "more ferries", margin=-1.0)
    )
    assert unsure.short_answer is None


def test_a_reason_has_no_short_answer(library, fake_encoder):
    found = read_draft(
        library, fake_encoder, "Why did the old bridge close?", PointingReader("cracks", "14 cracks")
    )
    assert found.short_answer is None


def test_what_was_not_read_goes_behind_what_was(library, fake_encoder, monkeypatch):
    monkeypatch.setattr("footnote.rag.answer.rank.READ_PASSAGES", 1)
    found = read_draft(
        library, fake_encoder, "How many cracks had engineers found?", PointingReader("nothing")
    )
    read = [c.reading is not None for c in found.ranked]
    assert read == sorted(read, reverse=True)
    assert len(set(read)) == 2


def test_a_comparison_shows_a_sentence_for_each_side(tmp_path, fake_encoder):
    mill = make_article(
        [("", "The water mill opened in 1921. It grinds rye.")], title="Mill", source="/m.txt"
    )
    yard = make_article(
        [("", "The boat yard opened in 1934. It builds ferries.")], title="Yard", source="/y.txt"
    )
    with open_library(tmp_path / "two", fake_encoder.name, fake_encoder.dimension) as opened:
        list(ingest([mill, yard], opened, fake_encoder))
        found = draft(opened, fake_encoder, "Which opened earlier, the water mill or the boat yard?")
    assert {c.title for c in found.citations} == {"Mill", "Yard"}
    assert found.short_answer is None


def test_a_question_in_a_language_that_the_reader_does_not_know_is_answered_without_it(library, fake_encoder):
    found = read_draft(
        library, fake_encoder, "Wie viele Risse haben die Ingenieure gefunden?", PointingReader("ferries")
    )
    assert all(c.reading is None for c in found.ranked)


def test_the_weakest_sentence_read_ranks_above_the_strongest_that_was_not():
    passage = Passage("a", "", "a.md", "", 1, "", "One.", 1.0)
    reading = Reading(-12.0, -12.0, 0, 1)
    weak = candidate(passage, reading=reading, leans=1, behind=-1, margin=-12)
    strong = candidate(passage, cosine=1, rare=1, context=1, kind=1)
    assert _score(weak, AnswerKind.TIME, read=True) > _score(strong, AnswerKind.TIME, read=True)
    assert _score(strong, AnswerKind.TIME, read=False) == strong.signs.weighed(RANK)


def cited(text, above, *, before=None):
    passage = Passage("a", "Talks", "a.md", "", 5, "", text, 1.0, page=3)
    return cite([candidate(passage, before=before or [above], above=above)], check_support)


def test_what_gives_an_inserted_name_is_cited_too():
    above = "It was late. Mayor Ada Venn said so."
    sentences, citations = cited("She promised ferries.", above, before=["Mayor Ada Venn said so."])
    assert [s.text for s in sentences] == ["She [Ada Venn] promised ferries."]
    assert sentences[0].citations == (1, 2)
    assert [(c.paragraph, c.quote, c.page) for c in citations] == [
        (5, "She promised ferries.", 3),
        (4, "Mayor Ada Venn said so.", 0),
    ]
    assert sentences[0].support.verdict == "supported"


def test_a_first_sentence_that_leans_gets_the_last_of_the_paragraph_above_in_front():
    sentences, citations = cited("He hinted at a ferry.", "The guest, Bo Ilic, brought honey.")
    assert [s.text for s in sentences] == ["The guest, Bo Ilic, brought honey.", "He hinted at a ferry."]
    assert [c.paragraph for c in citations] == [4, 5]


def test_the_mark_of_a_list_is_no_part_of_a_sentence():
    passage = Passage("a", "Towns", "a.md", "", 1, "", "- Brask on the coast", 1.0)
    sentences, citations = cite([candidate(passage)], check_support)
    assert sentences[0].text == citations[0].quote == "Brask on the coast"


RULES = [
    ("May I bring a dog?", "Only guide dogs are admitted."),
    ("Do I need a card?", "Yes. It is free and valid for two years."),
    ("What does a scan cost?", "3 euros a sheet. Large sheets cost 8 euros."),
]


def test_a_question_is_answered_by_what_stands_below_its_like(tmp_path, encoder):
    article = make_article(RULES, title="The map room", source="/r.md")
    with open_library(tmp_path / "home", encoder.name, encoder.dimension) as library:
        list(ingest([article], library, encoder))
        found = draft(library, encoder, "How much do I pay for a scan?")
    assert [s.text for s in found.sentences] == ["3 euros a sheet.", "Large sheets cost 8 euros."]


FAMILY = [
    ("", "Ada Venn was born in Brask. She built ships."),
    ("", "Her cousin was Leo Venn. Leo Venn died in 1931 in a storm; Ada lived to be ninety."),
    ("", "In 1920 Leo Venn was mayor of Holm."),
]


@pytest.fixture
def family(tmp_path, fake_encoder):
    article = make_article(FAMILY, title="The Venns", source="/v.txt")
    with open_library(tmp_path / "home", fake_encoder.name, fake_encoder.dimension) as opened:
        list(ingest([article], opened, fake_encoder))
        yield opened


def test_what_is_told_of_another_of_the_name_is_no_answer(family, fake_encoder):
    found = draft(family, fake_encoder, "When was Ada Venn mayor of Holm?")
    assert found.confidence == 0
    assert not any("mayor" in s.text for s in found.sentences)
    assert draft(family, fake_encoder, "When was Leo Venn mayor of Holm?").confidence > 0


def test_the_words_of_an_answer_that_is_not_sure_are_not_pointed_at(family, fake_encoder, monkeypatch):
    unsure = draft(family, fake_encoder, "When did Leo Venn die in a storm?")
    assert unsure.confidence < extractive.SHORT_SURE
    assert unsure.short_answer is None
    monkeypatch.setattr(extractive, "SHORT_SURE", unsure.confidence)
    assert draft(family, fake_encoder, "When did Leo Venn die in a storm?").short_answer.text == "1931"


def test_no_short_answer_stands_in_a_clause_on_another_of_the_name(family, fake_encoder, monkeypatch):
    monkeypatch.setattr(extractive, "SHORT_SURE", 0.0)
    found = draft(family, fake_encoder, "When did Ada Venn die in a storm?")
    assert "1931" in found.sentences[0].text
    assert found.short_answer is None
    assert draft(family, fake_encoder, "When did Leo Venn die in a storm?").short_answer.text == "1931"

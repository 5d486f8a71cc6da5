from dataclasses import replace

import numpy as np
import pytest

from footnote.ingest.library.library import ParagraphRecord
from footnote.ingest.readers.table import in_words
from footnote.ingest.text.sentences import sentences
from footnote.rag.check.support import check_support
from footnote.rag.errors import QuestionError
from footnote.rag.summary.eligibility import introduced
from footnote.rag.summary.extractive import _introduce, disagreements, summarise


def parts(texts, encoder, article_id="a"):
    found = []
    for number, text in enumerate(texts, start=1):
        spans = tuple(sentences(text))
        rows = encoder.encode([text[s.start : s.end] for s in spans])
        found.append((ParagraphRecord(article_id, number, "", text, "Bridge", "b.txt", ""), spans, rows))
    return found


TEXTS = [
    "The city closed its old harbour bridge on Monday after engineers found deep cracks in the steel. "
    "Mayor Ada Venn said that the work would last until the end of August at the earliest.",
    "She also promised that ferries would run every ten minutes while the bridge is closed. "
    "“We will not leave anyone stranded on the far bank of this river tonight.” Is it enough?",
    "However, shop owners near the bridge fear that they will lose most of their customers this summer. "
    "The city has set aside two million euros to help the shops that lose the most trade.",
]


def test_every_sentence_is_cited_with_its_own_words(fake_encoder):
    shown, citations = summarise([parts(TEXTS, fake_encoder)], 60, check_support)
    assert len(shown) == len(citations) >= 2
    for sentence, citation in zip(shown, citations, strict=True):
        assert citation.paragraph_text[citation.quote_start : citation.quote_end] == citation.quote
        assert citation.paragraph_text == TEXTS[citation.paragraph - 1]
        assert sentence.support.verdict == "supported"


def test_sentences_stand_in_article_order(fake_encoder):
    _, citations = summarise([parts(TEXTS, fake_encoder)], 80, check_support)
    places = [(c.paragraph, c.quote_start) for c in citations]
    assert places == sorted(places)


def test_no_pronoun_no_question_no_speech_and_no_connective_is_left_hanging(fake_encoder):
    shown, _ = summarise([parts(TEXTS, fake_encoder)], 120, check_support)
    text = " ".join(s.text for s in shown)
    assert "Is it enough" not in text
    assert "leave anyone stranded" not in text
    assert "However" not in text
    if "She also" in text:  # it follows the sentence that names her, or carries her name
        assert text.index("Ada Venn") < text.index("She also")


@pytest.mark.parametrize("words", [40, 60, 90])
def test_a_summary_keeps_to_its_length(fake_encoder, words):
    long = [t.replace("bridge", f"bridge {w}") for w in ("one", "two", "three", "four") for t in TEXTS]
    shown, _ = summarise([parts(long, fake_encoder)], words, check_support)
    assert 0.6 * words <= sum(len(s.text.split()) for s in shown) <= 1.4 * words


def test_a_section_that_was_not_told_of_goes_before_one_more_sentence_of_the_first(fake_encoder):
    texts = [
        "The town council of Varn opened the new tram line to the harbour on the first day of May. "
        "The town council of Varn spent ninety million on the new tram line to the harbour in all.",
        "Owners of small shops along Garden Street fear that building work will keep their customers away.",
    ]
    found = parts(texts, fake_encoder)
    trade = [found[0], (replace(found[1][0], section="Trade"), *found[1][1:])]
    _, citations = summarise([trade], 32, check_support)
    assert {c.paragraph for c in citations} == {1, 2}


def test_a_dateline_is_cut_off_and_the_quote_begins_after_it(fake_encoder):
    text = "VARN, May 2 (AP) — The council opened the new tram line to the harbour on Friday morning."
    shown, citations = summarise([parts([text], fake_encoder)], 40, check_support)
    assert shown[0].text == citations[0].quote == text.partition("— ")[2]


def test_a_surname_that_comes_first_gets_its_given_name(fake_encoder):
    texts = [
        "Engineer Tomas Brekke, 51, who looked at the bridge, was pale.",
        "Brekke wants the old harbour bridge in Varn to stay closed until every girder has been tested.",
    ]
    found = parts(texts, fake_encoder)
    known = introduced(texts)
    assert _introduce(texts[1], "Brekke", known["Brekke"]).startswith("[Tomas] Brekke wants")
    shown, _ = summarise([found], 18, check_support)
    assert all(s.support.verdict == "supported" for s in shown)


def test_what_gives_an_inserted_name_is_cited_beside_the_sentence(fake_encoder):
    texts = [
        "Engineer Tomas Brekke, 51, was pale.",
        "Brekke wants the old harbour bridge in Varn to stay closed until every girder has been tested.",
    ]
    (shown, *_), citations = summarise([parts(texts, fake_encoder)], 18, check_support)
    assert shown.text.startswith("[Tomas] Brekke wants")
    assert shown.support.verdict == "supported"
    assert [citations[n - 1].quote for n in shown.citations] == [texts[1], texts[0]]


def test_a_sentence_that_leans_brings_the_one_before_it_or_stays_away(fake_encoder):
    texts = [
        "The council of Varn closed the harbour bridge on Monday after cracks were found in its girders.",
        "The pair had warned the council about the harbour bridge and its girders for eleven long years.",
    ]
    shown, _ = summarise([parts(texts, fake_encoder)], 20, check_support)
    assert "The pair" not in shown[0].text


def test_what_another_article_said_is_not_said_again(fake_encoder):
    same = "The council of Varn closed the harbour bridge on Monday after cracks were found in its girders."
    other = "Ferries carried nine thousand people across the water on the second day without the crossing."
    both = [parts([same], fake_encoder, "a"), parts([f"{same} {other}"], fake_encoder, "b")]
    shown, _ = summarise(both, 30, check_support)
    assert [s.text for s in shown] == [same, other]


def test_every_article_of_several_is_covered(fake_encoder):
    both = [parts(TEXTS, fake_encoder, "a"), parts(TEXTS[::-1], fake_encoder, "b")]
    _, citations = summarise(both, 80, check_support)
    assert {c.article_id for c in citations} == {"a", "b"}


def test_a_text_of_fragments_is_still_summarised(fake_encoder):
    shown, _ = summarise([parts(["Too short. Also short."], fake_encoder)], 60, check_support)
    assert shown


def test_nothing_at_all_is_an_error_that_says_so():
    empty = [(ParagraphRecord("a", 1, "", "", "T", "s", ""), (), np.zeros((0, 4), dtype=np.float32))]
    with pytest.raises(QuestionError, match="no whole sentence"):
        summarise([empty], 60, check_support)


def test_figures_that_differ_between_articles_are_named_with_their_titles(fake_encoder):
    one = "Only 57 per cent of the homes in the valley have heat pumps."
    other = "Now 68 per cent of all homes in the valley have heat pumps."
    both = [parts([one], fake_encoder, "a"), parts([other], fake_encoder, "b")]
    (notice,) = disagreements(both)
    assert "57 per cent" in notice
    assert "68 per cent" in notice
    assert not disagreements([parts([one], fake_encoder, "a"), parts([one], fake_encoder, "b")])
    assert not disagreements([parts([one, other], fake_encoder, "a")])
    assert not disagreements([parts(["Bridge closed."], fake_encoder, "a"), parts([one], fake_encoder, "b")])


def shown_of(article, words=40):
    return [s.text for s in summarise([article], words, check_support)[0]]


def test_a_row_of_a_table_is_no_sentence_of_a_summary(fake_encoder):
    row = list(in_words([["Quay", "Boats"], ["North Quay of Varn in the old harbour", "412"]], heads=1))
    prose = "The harbour of Varn took in more boats than ever before."
    assert shown_of(parts([*row, prose], fake_encoder)) == [prose]
    assert shown_of(parts(row, fake_encoder)) == row  # where nothing else is there


def test_the_turns_of_an_interview_say_who_speaks_and_what_is_asked_is_left_out(fake_encoder):
    texts = [
        "Ada Venn has run the ferries of Varn for eleven years, and now she is mayor.",
        "Courier: What about fares? Some people complain that four crowns is a lot for a ferry.",
        "Ada Venn: They are right, it is a lot. I asked the council of Varn for two million crowns in May.",
        "Courier: And the bridge?",
        "Venn: Closed. We want to open one lane of the old harbour bridge before the summer is over.",
    ]
    told = shown_of(parts(texts, fake_encoder), 60)
    assert "[Venn:] I asked the council of Varn for two million crowns in May." in told
    assert "[Venn:] We want to open one lane of the old harbour bridge before the summer is over." in told
    assert not any("complain" in text or "They are right" in text for text in told)


def test_an_answer_below_a_heading_that_asks_is_shown_with_the_question(fake_encoder):
    texts = [
        "We charge two crowns a day for a boat, up to fifty crowns.",
        "Dogs may come along on every boat but the small red one.",
        "The harbour office has maps, life jackets and a small library.",
    ]
    asked = ["What if I come back late?", "May I bring a dog?", "What else is there?"]
    article = [
        (replace(p, section=s), *rest)
        for (p, *rest), s in zip(parts(texts, fake_encoder), asked, strict=True)
    ]
    shown, citations = summarise([article], 60, check_support)
    assert [s.text for s in shown] == [f"[{a}] {text}" for a, text in zip(asked, texts, strict=True)]
    assert [c.quote for c in citations] == texts
    assert {s.support.verdict for s in shown} == {"supported"}

import pytest

from footnote.ingest.text.sentences import sentences
from footnote.rag.summary.eligibility import (
    can_stand,
    in_quotation,
    introduced,
    is_interview,
    own_voice,
    points_back,
    without_lead_in,
)


@pytest.mark.parametrize(
    "text",
    [
        "The city closed its old harbour bridge on Monday.",
        "“We will not wait,” said Mayor Ada Venn of Varn.",
        "`` We will not wait , '' said Mayor Ada Venn of Varn .",
        "He called the ‘mini-derby’ a match like any other one.",
        "Players' families were told about it on Friday evening.",
        "Sie nannte den Bau der neuen Strecke „überfällig“.",
        "市政府在星期一关闭了这座老旧的港口大桥。",
    ],
)
def test_whole_sentences_of_the_story_can_stand(text):
    assert can_stand(text)


@pytest.mark.parametrize(
    "text",
    [
        "What is to be done about the old bridge?",
        "Artillery shells for advanced technology from the north",
        "“Nobody has told us anything about the old bridge at all.”",
        "'It is a formal offer with conditions and so on.",
        "I have seen the old harbour bridge close before.",
        "We have seen the old harbour bridge close before.",
        "The keeper ( pictured ) has lit the lamp every night.",
        "Scroll down for video of the bridge as it was closed.",
        "Follow the newspaper and its editors on Twitter.",
        "The opinions expressed in this commentary are his own.",
        "Editor's note: Ada Venn is the mayor of the town of Varn.",
        "and then the bridge was closed by the mayor.",
        "Jar number 4,417 looks like summer.",
        "- the bridge closed on Monday for seven weeks.",
        "Bridge closed.",
    ],
)
def test_what_reads_badly_alone_cannot(text):
    assert not can_stand(text)


def test_we_can_stand_where_the_article_speaks_of_its_own_work():
    report = ["We measured the ice.", "Our probes froze.", "The wind blew."]
    assert own_voice(report)
    assert can_stand("We measured the ice of the lake every night.", we=own_voice(report))
    assert not own_voice(["The wind blew.", "“We froze,” she said.", "Snow fell."])


def test_you_is_somebody_speaking_in_an_interview_only():
    talk = ["Why did it take so long?", "The book was long.", "You can work it out from there."]
    assert is_interview(talk)
    assert not is_interview(talk[1:])
    text = "The book came to 204,000 words, so you can work it out."
    assert can_stand(text)
    assert not can_stand(text, you=not is_interview(talk))


@pytest.mark.parametrize(
    ("text", "rest"),
    [
        ("MADRID (AP) – Spain will shrink.", "Spain will shrink."),
        ("( CNN ) SpaceX launched a rocket .", "SpaceX launched a rocket ."),
        ("WASHINGTON, Jan. 3 (Reuters) - The senate met.", "The senate met."),
        ("Updated Jul 7, 2012 6:40 PM ET Juventus lead the chase.", "Juventus lead the chase."),
        ("Photograph: A. Ray/Getty Images The man was tired.", "The man was tired."),
        ("NATO — the alliance — met.", "NATO — the alliance — met."),
        ("The EU - and others - met.", "The EU - and others - met."),
    ],
)
def test_a_dateline_goes_and_nothing_else(text, rest):
    assert text[without_lead_in(text) :] == rest


def test_only_sentences_outside_a_long_quotation_are_whole():
    said = "He spoke. “It hurts. It will pass. All is well,” he said. Then he left."
    assert in_quotation(said, sentences(said)) == [False, True, True, True, False]


def test_german_and_french_quotations_close():
    for said in ("Er sprach: „Es ist spät.“ Dann ging er.", "Il dit : « Il est tard. » Puis il partit."):
        assert not any(in_quotation(said, sentences(said)))


@pytest.mark.parametrize(
    "text",
    [
        "The pair were married in May.",
        "The 31-year-old altered the answers.",
        "For example, the bridge was shut.",
        "It is worth noting that these talks come late.",
        "Police believe that it happened while he slept.",
        "About two-thirds of the older ones do.",
        "The second is full of green dust.",
    ],
)
def test_what_needs_the_sentence_before_it_points_back(text):
    assert points_back(text, "en")


@pytest.mark.parametrize(
    "text",
    [
        "The former mayor of Varn has left the town.",
        "The man who built the bridge has died.",
        "The mayor said that he would resign.",
        "Ada Venn said that she would resign.",
        "The bridge will stay closed this month.",
        "There are 14 bridges in the old town.",
    ],
)
def test_what_names_whom_it_means_does_not(text):
    assert not points_back(text, "en")


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("Sie nannte den Bau überfällig.", "de"),
        ("Davon zahlt das Land die Hälfte.", "de"),
        ("Ils regrettent la corne.", "fr"),
        ("Ella no quiso esperar.", "es"),
        ("他以前是教师。", "zh"),
        ("هو مدير المشروع.", "ar"),
    ],
)
def test_pronouns_of_other_languages_point_back(text, language):
    assert points_back(text, language)


def test_people_are_introduced_once_and_places_never():
    texts = [
        "Andrei Lankov, an expert at Kookmin University, said so.",
        "Once Lantern was lit, Salt Lake had rain.",
        "Mayor Ada Venn spoke. Captain Leo Venn did not.",
    ]
    assert introduced(texts) == {"Lankov": "Andrei"}  # and of two people called Venn neither

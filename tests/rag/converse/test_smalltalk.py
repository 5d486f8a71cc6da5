import pytest

from footnote.rag.converse.smalltalk import TABLES, Said, Shelf, Talk, answer, recognise


@pytest.mark.parametrize(
    ("message", "talk", "language"),
    [
        ("hello", Talk.GREETING, "en"),
        ("Hi there!", Talk.GREETING, "en"),
        ("heyyyy 👋", Talk.GREETING, "en"),
        ("Good morning, Footnote.", Talk.GREETING, "en"),
        ("thanks", Talk.THANKS, "en"),
        ("Thank you so much for your help!!", Talk.THANKS, "en"),
        ("ok great", Talk.FINE, "en"),
        ("Goodbye", Talk.GOODBYE, "en"),
        ("what can you do", Talk.ABOUT, "en"),
        ("Who are you?", Talk.ABOUT, "en"),
        ("help", Talk.ABOUT, "en"),
        ("how do you work?", Talk.ABOUT, "en"),
        ("Hi, what can I ask you?", Talk.ABOUT, "en"),
        ("ok thanks, bye", Talk.GOODBYE, "en"),
        ("Which articles do you have?", Talk.ARTICLES, "en"),
        ("Guten Tag!", Talk.GREETING, "de"),
        ("Vielen Dank für die Hilfe", Talk.THANKS, "de"),
        ("Tschüß", Talk.GOODBYE, "de"),
        ("Was kannst du?", Talk.ABOUT, "de"),
        ("Bonjour !", Talk.GREETING, "fr"),
        ("Merci beaucoup", Talk.THANKS, "fr"),
        ("Qu’est-ce que tu peux faire ?", Talk.ABOUT, "fr"),
        ("À bientôt", Talk.GOODBYE, "fr"),
        ("¡Hola, buenos días!", Talk.GREETING, "es"),
        ("muchas gracias", Talk.THANKS, "es"),
        ("¿Quién eres?", Talk.ABOUT, "es"),
        ("Adiós", Talk.GOODBYE, "es"),
    ],
)
def test_what_is_said_to_the_tool_is_recognised_with_its_language(message, talk, language):
    assert recognise(message, opening=True) == Said(talk, language)


@pytest.mark.parametrize(
    "question",
    [
        "Hello Kitty was created when?",
        "Thanks to whom did the bridge reopen?",
        "Who thanked the mayor?",
        "What can you do about coral bleaching?",
        "What can the mayor do?",
        "Who are you talking about?",
        "How do you work a heat pump?",
        "Who can help?",
        "Is the bridge good?",
        "What is the name of the mayor?",
        "Which articles does the charter have?",
        "Good Friday is when?",
        "Was kostet die Brücke?",
        "Qui a fermé le pont ?",
        "¿Quién es el alcalde?",
        "why",
        "and then?",
        "the",
        "???",
        "🤖",
        "asdf qwer",
        "",
        "hi " * 17,
    ],
)
def test_a_question_is_never_taken_for_talk(question):
    assert recognise(question, opening=True) is None


def test_this_means_the_tool_only_when_nothing_was_said_before():
    assert recognise("How does this work?", opening=True) == Said(Talk.ABOUT, "en")
    assert recognise("How does this work?", opening=False) is None


def test_no_phrase_is_too_long_to_be_recognised():
    for talk, languages in TABLES["phrases"].items():
        for phrases in languages.values():
            for phrase in phrases.split(","):
                assert recognise(phrase, opening=True) is not None, (talk, phrase)


@pytest.mark.parametrize("language", list(TABLES["replies"]))
@pytest.mark.parametrize("talk", list(Talk))
def test_every_reply_reads_well_with_no_article_one_and_many(talk, language):
    said = Said(talk, language)
    for titles in [(), ("One",), tuple(f"T{n}" for n in range(20))]:
        text = answer(said, Shelf(titles, ("Who is Ada Venn?",)))
        assert text
        assert "{" not in text
        assert ".." not in text


def test_help_names_how_many_articles_and_what_to_ask():
    text = answer(Said(Talk.ABOUT, "en"), Shelf(("A", "B"), ("Who is Ada Venn?", "What happened in 1987?")))
    assert "2 articles" in text
    assert text.endswith("For example: “Who is Ada Venn?” or “What happened in 1987?”")


def test_without_articles_the_reply_says_how_to_add_some():
    assert answer(Said(Talk.ABOUT, "en"), Shelf(())) == TABLES["replies"]["en"]["add_first"]
    assert answer(Said(Talk.GREETING, "es"), Shelf(())) == f"¡Hola! {TABLES['replies']['es']['add_first']}"


def test_titles_are_named_once_and_the_rest_counted():
    text = answer(Said(Talk.ARTICLES, "en"), Shelf(("Same", "Same", *(f"T{n}" for n in range(9)))))
    assert text.count("“Same”") == 1
    assert "11 articles" in text
    assert "and 2 more" in text

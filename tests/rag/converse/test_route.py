import pytest

from footnote.rag.converse.route import (
    Act,
    Meant,
    Naming,
    Shelf,
    Target,
    Titled,
    Unclear,
    recognise,
    resolve,
)

BRIDGE, FERRY = Titled("b", "The harbour bridge"), Titled("f", "Ferry network grows")


def shelf(*articles, spoken=(), found=()):
    return Shelf(articles, lambda: spoken, lambda _: found)


@pytest.mark.parametrize(
    ("message", "act", "target"),
    [
        ("What is this article about?", Act.SUMMARISE, Target(Naming.THIS)),
        ("what’s it about", Act.SUMMARISE, Target(Naming.THIS)),
        ("Summarise", Act.SUMMARISE, Target(Naming.THIS)),
        ("Please give me a short summary.", Act.SUMMARISE, Target(Naming.THIS)),
        ("TL;DR", Act.SUMMARISE, Target(Naming.THIS)),
        ("In a nutshell?", Act.SUMMARISE, Target(Naming.THIS)),
        ("Three bullet points, please", Act.SUMMARISE, Target(Naming.THIS)),
        ("And in one sentence?", Act.SUMMARISE, Target(Naming.THIS)),
        ("main points?", Act.SUMMARISE, Target(Naming.THIS)),
        ("What are the key points of this text?", Act.SUMMARISE, Target(Naming.THIS)),
        ("Can you summarize the article about the mill?", Act.SUMMARISE, Target(Naming.ABOUT, "mill")),
        ("Summarise the mill", Act.SUMMARISE, Target(Naming.CALLED, "mill")),
        ("Sum up the copper mill story", Act.SUMMARISE, Target(Naming.ABOUT, "copper mill")),
        ("What is the mill one about?", Act.SUMMARISE, Target(Naming.ABOUT, "mill")),
        ("What have you got on bees?", Act.SHOW, Target(Naming.ABOUT, "bees")),
        ("List the stories about bees", Act.SHOW, Target(Naming.ABOUT, "bees")),
        ("What is in this library?", Act.SHOW, Target(Naming.ALL)),
        ("How many articles are in here?", Act.COUNT, Target(Naming.ALL)),
        ("Compare the two mill articles", Act.COMPARE, Target(Naming.ABOUT, "mill")),
        ("Sum up “The mill”, please.", Act.SUMMARISE, Target(Naming.ABOUT, "The mill")),
        ("What are these articles about?", Act.SHOW, Target(Naming.ALL)),
        ("Summarise everything", Act.SHOW, Target(Naming.ALL)),
        ("Which article is about bees?", Act.SHOW, Target(Naming.ABOUT, "bees")),
        ("How many articles mention the bees?", Act.SHOW, Target(Naming.ABOUT, "bees")),
        ("What happened?", Act.SUMMARISE, Target(Naming.THIS)),
        ("And what has happened here?", Act.SUMMARISE, Target(Naming.THIS)),
        ("Is there anything on bees?", Act.SHOW, Target(Naming.ABOUT, "bees")),
        ("What’s new?", Act.NEWEST, Target(Naming.ALL)),
        ("Compare the two articles.", Act.COMPARE, Target(Naming.ALL)),
        ("Tell me about the bridge.", Act.SUMMARISE, Target(Naming.CALLED, "bridge")),
        ("What can you tell me about bees?", Act.SUMMARISE, Target(Naming.CALLED, "bees")),
        ("Can you read PDF files?", Act.ABOUT, Target(Naming.ALL)),
        ("How do I remove an article?", Act.ABOUT, Target(Naming.ALL)),
        ("Compare the mill and the weir", Act.COMPARE, Target(Naming.CALLED, "mill")),
    ],
)
def test_what_is_asked_of_the_tool_is_recognised(message, act, target):
    command = recognise(message)
    assert command is not None
    assert (command.act, command.targets[0]) == (act, target)


@pytest.mark.parametrize(
    "question",
    [
        "What is the treaty about the river about to change?",
        "Who summarised the report?",
        "What is new in the new bridge?",
        "What is new about the bridge?",
        "What does the article say about bees?",
        "What document was signed in 1899?",
        "What text was on the banner that was unrolled outside?",
        "What is the petition about?",
        "What did she say?",
        "How long is the article?",
        "List price of the mill?",
        "Does the list include the mill?",
        "What is the point of a level crossing?",
        "What are the points of a compass?",
        "Compared to the old bridge, how high is the new one?",
        "Which newspaper is about to close?",
        "Who compared the two plans?",
        "Can you read a compass?",
        "How do I remove moss?",
        "What happened in 1987?",
        "What happened to the mill?",
        "What happened to her?",
        "What happened next?",
        "",
    ],
)
def test_a_question_that_only_looks_like_a_command_is_none(question):
    assert recognise(question) is None


@pytest.mark.parametrize(
    ("message", "words", "sentences"),
    [
        ("Summarise it in two sentences", 0, 2),
        ("Summarise this in a sentence.", 0, 1),
        ("Give me a three-sentence summary of this article", 0, 3),
        ("Sum this up in about 50 words", 50, 0),
        ("Shorten it to 30 words", 30, 0),
        ("Condense the article into two sentences, please", 0, 2),
        ("3 bullet points please", 0, 3),
        ("Summarise it in 9000 words", 0, 0),
        ("Summarise this article in one paragraph", 0, 0),
    ],
)
def test_a_length_is_taken_from_the_message(message, words, sentences):
    command = recognise(message)
    assert ((command.words, command.sentences) if command else (0, 0)) == (words, sentences)


def test_this_is_the_only_article_or_the_one_last_cited_else_it_is_unclear():
    command = recognise("What is this article about?")
    assert resolve(command, shelf(BRIDGE)) == Meant(("b",))
    assert resolve(command, shelf(BRIDGE, FERRY, spoken=("f",))) == Meant(("f",))
    assert resolve(command, shelf(BRIDGE, FERRY, spoken=("f", "b"))) == Unclear(("f", "b"))
    assert resolve(command, shelf(BRIDGE, FERRY)) == Unclear(("b", "f"))


def test_words_of_a_title_count_only_where_an_article_has_them():
    assert resolve(recognise("Summarise the bridge"), shelf(BRIDGE, FERRY)) == Meant(("b",))
    assert resolve(recognise("Summarise the dispute over fares"), shelf(BRIDGE, FERRY)) is None


def test_what_is_shown_on_a_thing_is_not_only_what_has_it_in_its_title():
    command = recognise("Which articles mention the ferry?")
    assert resolve(command, shelf(BRIDGE, FERRY, found=("b", "f"))) == Meant(("f", "b"))


def test_the_name_of_its_file_is_an_article_s():
    held = Titled("m", "The mill", ("notes.md",))
    assert resolve(recognise("Summarise notes.md"), shelf(held, FERRY)) == Meant(("m",))


def test_an_article_named_by_what_it_tells_is_searched_for_and_none_is_put_in_its_place():
    command = recognise("Summarise the article about the toll")
    assert resolve(command, shelf(BRIDGE, FERRY, found=("b", "f"))) == Meant(("b",))
    assert resolve(command, shelf(BRIDGE, FERRY)) == Unclear((), "toll")


def test_a_comparison_needs_two_articles():
    assert resolve(recognise("Compare the bridge and the ferry"), shelf(BRIDGE, FERRY)) == Meant(("b", "f"))
    assert resolve(recognise("Compare the bridge and the tunnel"), shelf(BRIDGE, FERRY)) is None


def test_articles_on_one_thing_are_compared_where_there_are_several():
    other = Titled("g", "Ferry fares rise")
    assert resolve(recognise("Compare the two ferry stories"), shelf(BRIDGE, FERRY, other)) == Meant(
        ("f", "g")
    )
    assert resolve(recognise("Compare the two bridge stories"), shelf(BRIDGE, FERRY)) is None


@pytest.mark.parametrize(
    "message",
    [
        "Do you need the internet?",
        "Can I trust your answers?",
        "Which language model are you?",
        "Do you keep my questions?",
    ],
)
def test_what_is_asked_of_the_tool_itself_is_asked_of_no_article(message):
    command = recognise(message)
    assert command is not None
    assert command.act is Act.ABOUT


@pytest.mark.parametrize(
    "message",
    [
        "Does the ferry need the internet?",
        "Can I trust the mayor?",
        "Which language do the islanders speak?",
        "Who can see the exhibition?",
    ],
)
def test_what_only_sounds_so_is_a_question(message):
    assert recognise(message) is None

from footnote.rag.answer.refusal import Scope, refusal_text, senseless

ALL = Scope(7, 7)


def test_a_refusal_names_what_was_looked_for_and_what_no_article_mentions():
    text = refusal_text("What is the capital of Atlantis?", ["Atlantis"], ALL, close=3)
    assert text == (
        "No sure answer was found. Looked in 7 articles for “capital” and “Atlantis”; “Atlantis” is in "
        "none of them. These paragraphs come closest."
    )


def test_a_long_question_is_not_repeated_whole():
    text = refusal_text(
        "Which striker from Milan won seven golden footballs during eight seasons?", [], ALL, close=1
    )
    assert "“seasons”" not in text
    assert ", …." in text
    assert "This paragraph comes closest." in text


def test_a_message_that_names_nothing_gets_one_sentence_that_helps():
    text = refusal_text("the", [], ALL, close=0, examples=["Who is Ada Venn?"])
    assert text == (
        "“the” names nothing to look for: ask a whole question about the articles, such as “Who is Ada Venn?”"
    )
    assert refusal_text("?", [], ALL, close=0).endswith("articles.")


def test_words_that_no_article_holds_are_named():
    text = refusal_text("asdf qwer", ["asdf", "qwer"], ALL, close=3, examples=["Who is Ada Venn?"])
    assert text.startswith("Looked in 7 articles; none of them mentions “asdf” or “qwer”: ask about")
    assert "“Who is Ada Venn?”" in text


def test_a_possessive_is_named_without_its_ending():
    assert "“Sundhaven”" in refusal_text("Sundhaven’s charter?", [], ALL, close=3)


def test_the_filters_are_named():
    text = refusal_text("Who came?", [], Scope(2, 7, "2026-04-01", "2026-05"), close=0)
    assert "Looked in 2 of 7 articles, those from 1 April 2026 to May 2026, for “came”." in text


def test_no_pieces_of_words_are_listed():
    assert "“KR-7”" in refusal_text("Where was KR-7 seen?", [], ALL, close=0)
    assert "“" not in refusal_text("大桥什么时候关闭？", [], ALL, close=0)


def test_what_no_article_holds_and_nobody_writes_is_senseless(encoder):
    assert senseless("asdf qwer zxcv", {}, encoder)
    assert not senseless("asdf bridge", {}, encoder)  # an ordinary word may be told in other words
    assert not senseless("asdf qwer", {"qwer": 1}, encoder)
    assert not senseless("Wo ist die Zugspitzbahn?", {}, encoder)
    assert senseless("the", {}, encoder)

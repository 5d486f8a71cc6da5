from footnote.rag.answer.refusal import refusal_text, senseless, unheard


def test_a_refusal_names_what_was_looked_for_and_what_no_article_mentions():
    text = refusal_text("What is the capital of Atlantis?", ["Atlantis"], close=3)
    assert text == (
        "The articles do not answer this. Looked for “capital” and “Atlantis”; “Atlantis” is in none of them. "
        "These paragraphs come closest."
    )


def test_a_long_question_is_not_repeated_whole():
    text = refusal_text(
        "Which striker from Milan won seven golden footballs during eight seasons?", [], close=1
    )
    assert "“seasons”" not in text
    assert ", …." in text
    assert "This paragraph comes closest." in text


def test_a_message_that_names_nothing_gets_one_sentence_that_helps():
    text = refusal_text("the", [], close=0, examples=["Who is Ada Venn?"])
    assert text == (
        "“the” names nothing to look for: ask a whole question about the articles, such as “Who is Ada Venn?”"
    )
    assert refusal_text("?", [], close=0).endswith("articles.")


def test_words_that_no_article_holds_are_named():
    text = refusal_text("asdf qwer", ["asdf", "qwer"], close=3, examples=["Who is Ada Venn?"])
    assert text.startswith("None of the articles mentions “asdf” or “qwer”: ask about")
    assert "“Who is Ada Venn?”" in text


def test_a_possessive_is_named_without_its_ending():
    assert "“Sundhaven”" in refusal_text("Sundhaven’s charter?", [], close=3)


def test_only_words_between_blanks_can_be_said_to_be_missing():
    assert unheard("Where is 桥梁 Zorblax?", {}) == ["Zorblax"]
    assert unheard("Where is the bridge?", {"bridg": 2}) == []


def test_what_no_article_holds_and_nobody_writes_is_senseless(encoder):
    assert senseless("asdf qwer zxcv", {}, encoder)
    assert not senseless("asdf bridge", {}, encoder)  # an ordinary word may be told in other words
    assert not senseless("asdf qwer", {"qwer": 1}, encoder)
    assert not senseless("Wo ist die Zugspitzbahn?", {}, encoder)
    assert not senseless("the", {}, encoder)

from footnote.rag.find.casing import cased

TEXTS = ["They say the Singer stood in Varn for years.", "A new singer, and a NATO base, came to Varn."]


def test_words_that_the_articles_only_write_as_names_get_their_capitals():
    assert cased("is there a nato base in varn?", TEXTS) == "is there a NATO base in Varn?"


def test_a_word_that_is_also_written_small_stays_small():
    assert cased("who is the singer?", TEXTS) == "who is the singer?"


def test_a_question_with_a_capital_of_its_own_is_left_as_it_is():
    assert cased("Who is in varn?", TEXTS) == "Who is in varn?"

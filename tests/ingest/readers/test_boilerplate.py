from __future__ import annotations

import pytest

from footnote.ingest.readers.boilerplate import is_boilerplate, is_credit


@pytest.mark.parametrize(
    "line",
    [
        "(Image source: Twitter)", "[Photo: Ana Cruz/Agency]", "Photo: Ana Cruz", "Image credit: Agency", "(Photo by Ana Cruz)",
        "Photograph: Ana Cruz/Agency", "Picture courtesy: The museum", "Source: Reuters", "(AP Photo/Ana Cruz)", "Reuters photo",
    ],
)  # fmt: skip
def test_credits_are_known(line):
    assert is_credit(line)
    assert is_boilerplate(line)


@pytest.mark.parametrize(
    "line",
    [
        "Share this", "Share this article on Facebook", "Advertisement", "ADVERTISEMENT", "Story continues below advertisement",
        "Subscribe to our newsletter", "Sign up for our weekly newsletter", "Read more: The pool that was", "Read also: Tides",
        "Related articles", "Follow us on Mastodon", "© 2026 The Daily", "Copyright © 2026 The Daily. All rights reserved.",
        "All rights reserved.", "Leave a comment", "12 comments", "Continue reading", "Facebook Twitter WhatsApp", "Back to top",
        "Click here to subscribe",
    ],
)  # fmt: skip
def test_buttons_and_notices_are_known(line):
    assert is_boilerplate(line)


@pytest.mark.parametrize(
    "sentence",
    [
        "Share prices fell on Monday.", "Share this view, and you are in a minority, she said.", "Advertisements were banned in 1998.",
        "Read more books, he told them.", "Subscribe to our view or not, the mayor said, the pool will close.",
        "The photo: a blurred one, it turned out, of a cat.", "Comments were made about the cost.", "Related crimes rose by a tenth.",
        "Photographs of the pool were sold.", "Copyright law changed in 2019, and photographers won.", "Source: the word means a spring.",
        "Print is not dead.", "Follow us, the guide said, and do not stop.", "Watch the tide, they say here, and you know the weather.",
        "Trending now is a song about the sea.", "Image: it is all that matters to him. He said so himself.",
        "Watch: the tides will turn. They always have.",
    ],
)  # fmt: skip
def test_a_sentence_is_never_taken_for_boilerplate(sentence):
    assert not is_boilerplate(sentence)


def test_a_line_that_calls_itself_a_caption_is_none_of_the_article_unless_a_sentence_is_glued_to_it():
    assert is_credit("Image caption A flooded street in Vell")
    assert is_credit("Image copyright Ann Eik")
    assert not is_credit("Image caption The bridge at noon The bridge stays closed, said Liv Aas.")

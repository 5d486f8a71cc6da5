from __future__ import annotations

import unicodedata
from dataclasses import FrozenInstanceError, replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from footnote.ingest.article import ID_LENGTH, Paragraph, clean, content_id, make_article

pairs = st.lists(st.tuples(st.text(max_size=10), st.text(max_size=60)), min_size=1, max_size=6)


def test_a_paragraph_is_a_span_of_the_text():
    article = make_article([("", "One."), ("Later", " Two. ")], title="T", source="t.txt")
    assert [article.paragraph_text(n) for n in (1, 2)] == ["One.", "Two."]
    assert article.paragraphs[1] == Paragraph(2, 6, 10, "Later")


@given(pairs)
def test_each_paragraph_is_its_clean_text(given_pairs):
    if not any(clean(text).strip() for _, text in given_pairs):
        return
    article = make_article(given_pairs, title="T", source="t.txt")
    assert [article.paragraph_text(p.number) for p in article.paragraphs] == [
        clean(t).strip() for _, t in given_pairs
    ]
    assert [p.number for p in article.paragraphs] == list(range(1, len(given_pairs) + 1))


@given(st.text(max_size=80))
def test_clean_text_is_normal_and_stays_so(text):
    once = clean(text)
    assert unicodedata.is_normalized("NFC", once)
    assert "\x00" not in once
    assert clean(once) == once


def test_a_lone_surrogate_can_be_written_out_after_cleaning():
    assert clean("a\ud800b").encode("utf-8") == b"a?b"


def test_accents_that_stand_apart_are_joined():
    assert clean("e\u0301") == "é"


def test_the_id_depends_on_the_words_only():
    one = make_article([("", "The  tide\ncame in.")], title="A", source="a.txt")
    other = make_article([("S", "The tide came in.")], title="B", source="b.txt", date="2026")
    assert one.id == other.id == content_id(["The tide came in."])
    assert len(one.id) == ID_LENGTH


def test_another_word_is_another_id():
    assert content_id(["The tide came in."]) != content_id(["The tide went in."])


def test_an_empty_paragraph_keeps_its_number():
    article = make_article([("", "One."), ("", ""), ("", "Three.")], title="T", source="t.txt")
    assert (article.paragraph_text(2), article.paragraph_text(3)) == ("", "Three.")


@pytest.mark.parametrize("paragraphs", [[], [("", "")], [("", " \n\x00")]])
def test_an_article_without_text_does_not_build(paragraphs):
    with pytest.raises(ValueError, match="needs a paragraph"):
        make_article(paragraphs, title="T", source="t.txt")


def test_paragraphs_that_overlap_or_leave_the_text_do_not_build():
    article = make_article([("", "One."), ("", "Two.")], title="T", source="t.txt")
    with pytest.raises(ValueError, match="overlap"):
        replace(article, paragraphs=(Paragraph(1, 0, 5), Paragraph(2, 4, 8)))
    with pytest.raises(ValueError, match="after the text"):
        replace(article, paragraphs=(Paragraph(1, 0, 99),))


def test_an_article_does_not_change():
    article = make_article([("", "One.")], title="T", source="t.txt")
    with pytest.raises(FrozenInstanceError):
        article.title = "U"


@pytest.mark.parametrize("title", ["T" * 200_000, "word " * 40_000, "\u200d" * 200_000])
def test_what_stands_around_a_text_has_a_bound(title):
    article = make_article(
        [(title, "An owl lives here.")], title=title, source="s", author=title, url="http://x/" + title,
        language=title, date=title, times=[title],
    )  # fmt: skip
    assert len(article.title) <= 500
    assert len(article.author) <= 300
    assert len(article.url) <= 2_000
    assert len(article.paragraphs[0].section) <= 500
    assert len(article.date + article.language + article.paragraphs[0].time) < 70
    assert "were kept" in article.warnings[0]
    assert article.text == "An owl lives here."

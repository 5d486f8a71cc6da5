from __future__ import annotations

import time
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from footnote.ingest.article import make_article
from footnote.ingest.encoder.chunk import chunks
from footnote.ingest.text.sentences import sentences


class WordCounter:
    """An encoder whose tokens are words, and which adds two of its own."""

    name = "words"
    dimension = 2

    def __init__(self, window=20):
        self.window = window
        self.counted = 0

    def encode(self, texts):
        return np.ones((len(texts), 2), dtype=np.float32)

    def count(self, text):
        self.counted += len(text)
        return len(text.split()) + 2


class LetterCounter(WordCounter):
    """An encoder whose tokens are letters, as for a script that it does not know."""

    def count(self, text):
        self.counted += len(text)
        return len("".join(text.split())) + 2


def article(*paragraphs, title="", section=""):
    return make_article([(section, p) for p in paragraphs], title=title, source="a.txt")


def texts(article, found):
    return [article.paragraph_text(c.paragraph)[c.start : c.end] for c in found]


def test_a_short_paragraph_is_one_chunk_with_title_and_section():
    found = chunks(article("One sea. Two ships.", title="News", section="Ships"), WordCounter())
    assert [(c.number, c.paragraph, c.start, c.end) for c in found] == [(1, 1, 0, 19)]
    assert found[0].encoder_text == "News\nShips\nOne sea. Two ships."


def test_chunks_are_numbered_through_the_article():
    found = chunks(article("One.", "Two.", "Three."), WordCounter())
    assert [(c.number, c.paragraph) for c in found] == [(1, 1), (2, 2), (3, 3)]


def test_an_empty_paragraph_gives_no_chunk():
    found = chunks(article("One.", "", "Three."), WordCounter())
    assert [(c.number, c.paragraph) for c in found] == [(1, 1), (2, 3)]


def test_a_long_paragraph_is_cut_at_sentence_ends():
    text = " ".join(f"Sentence {n} is of six words." for n in range(9))
    one = article(text)
    found = chunks(one, WordCounter(window=20))
    assert len(found) > 1
    ends = {s.end for s in sentences(text)}
    assert all(c.end in ends for c in found)
    assert " ".join(texts(one, found)) == text


def test_the_parts_of_a_long_paragraph_are_of_about_equal_length():
    one = article(" ".join(f"Sentence {n} is of six words." for n in range(4)))
    sizes = [len(t.split()) for t in texts(one, chunks(one, WordCounter(window=22)))]
    assert sizes == [12, 12]  # not 18 and 6


def test_a_sentence_longer_than_the_window_is_cut_between_words():
    one = article("word " * 99 + "end.")
    found = chunks(one, WordCounter(window=20))
    assert all(len(t.split()) <= 18 for t in texts(one, found))
    assert " ".join(texts(one, found)).split() == one.text.split()


def test_a_word_longer_than_the_window_is_cut_inside():
    one = article("x" * 30_000)
    encoder = LetterCounter(window=256)
    found = chunks(one, encoder)
    assert "".join(texts(one, found)) == one.text
    assert all(encoder.count(c.encoder_text) <= 256 for c in found)


def test_a_smaller_budget_is_kept():
    one = article("Six words are in this sentence. " * 4)
    assert all(len(c.encoder_text.split()) + 2 <= 10 for c in chunks(one, WordCounter(window=256), budget=10))


def test_a_budget_beyond_the_window_is_cut_to_it():
    one = article("word " * 50)
    assert all(len(c.encoder_text.split()) + 2 <= 20 for c in chunks(one, WordCounter(window=20), budget=900))


def test_a_very_long_title_takes_at_most_a_third_of_the_window():
    one = article("Five words are in here.", title="title " * 100, section="section " * 100)
    found = chunks(one, WordCounter(window=30))
    assert len(found) == 1
    prefix = found[0].encoder_text.removesuffix("Five words are in here.")
    assert 0 < len(prefix.split()) + 2 <= 10


words = st.lists(
    st.sampled_from(["sea", "ship", "x" * 50, "end.", "Why?", "U.S.", "3.", "…", "“No.”", "\n"]), max_size=120
)


@given(
    st.lists(words.map(" ".join), max_size=4),
    words.map(" ".join),
    st.integers(8, 40),
    st.sampled_from([WordCounter, LetterCounter]),
)
def test_no_chunk_is_longer_than_the_window_and_nothing_is_lost(paragraphs, title, window, kind):
    one = article("Always one.", *paragraphs, title=title, section=title[:20])
    encoder = kind(window=window)
    found = chunks(one, encoder)
    assert all(encoder.count(c.encoder_text) <= window for c in found)
    for paragraph in one.paragraphs:
        mine = [c for c in found if c.paragraph == paragraph.number]
        text = one.paragraph_text(paragraph.number)
        assert "".join("".join(text[c.start : c.end].split()) for c in mine) == "".join(text.split())
        assert all(a.end <= b.start for a, b in pairwise(mine))


@pytest.mark.parametrize(
    "text", ["a. " * 100_000, "word " * 60_000, "x" * 300_000], ids=["stops", "words", "word"]
)
def test_the_work_stays_in_proportion_to_the_text(text):
    encoder = LetterCounter(window=256)
    started = time.perf_counter()
    chunks(article(text), encoder)
    assert encoder.counted < 60 * len(text)
    assert time.perf_counter() - started < 30


def test_the_real_encoder_never_has_to_cut_a_chunk(encoder):
    hard = [
        "字" * 3000,
        "Ünïcödé wörds " * 300,
        "x" * 30_000,
        "1,234.5 " * 900,
        "One short sentence here. " * 200,
    ]
    one = article(*hard, title="A title of some words", section="A section")
    found = chunks(one, encoder)
    assert max(encoder.count(c.encoder_text) for c in found) <= encoder.window
    assert {c.paragraph for c in found} == {1, 2, 3, 4, 5}

from __future__ import annotations

import time

import pytest
import tiktoken
from hypothesis import given
from hypothesis import strategies as st

from footnote.evals.tools import vocabulary
from footnote.ingest.encoder import tokens
from footnote.ingest.encoder.tokens import STRETCH, count_tokens

PROSE = (
    "The council voted on Tuesday evening to close the old swimming pool, which was built in 1931 and has "
    "leaked since the spring. Repairs would have cost about $2.4 million, the treasurer said, more than the "
    "town spends on its parks and libraries in a whole year. Swimmers who had come to protest were told that "
    "a new pool is planned near the station, although nobody could say when the work might begin or who is "
    "going to pay for it. “We have heard promises before,” said one of them, a retired teacher. "
)


@pytest.fixture(autouse=True)
def fresh_encodings():
    tokens._fetched.cache_clear()
    yield
    tokens._fetched.cache_clear()


@pytest.fixture
def no_network(monkeypatch):
    def refuse(*_):
        raise AssertionError("the network was asked")

    monkeypatch.setattr(tiktoken, "get_encoding", refuse)
    monkeypatch.setattr("tiktoken.load.read_file", refuse)


def test_an_empty_text_has_no_tokens():
    assert count_tokens("") == 0


def test_prose_takes_about_a_token_for_four_characters(no_network):
    per_token = len(PROSE) / count_tokens(PROSE)
    assert 3.2 <= per_token <= 4.4  # at most 10 % under, and about 30 % over, four characters a token


def test_words_are_learnt_not_spelled():
    assert count_tokens(" the government said on Monday") <= 6


@given(st.text(max_size=300))
def test_every_text_is_counted_without_loss(text):
    encoding = tokens._shipped()
    assert encoding.decode(encoding.encode_ordinary(text)) == text
    assert count_tokens(text) == len(encoding.encode_ordinary(text))


def test_text_that_looks_like_a_control_token_is_counted_as_text():
    assert count_tokens("<|endoftext|>") > 1


def test_a_long_text_is_counted_in_stretches_and_comes_to_the_same():
    text = PROSE * 200
    assert len(text) > 3 * STRETCH
    whole = len(tokens._shipped().encode_ordinary(text))
    assert abs(count_tokens(text) - whole) <= len(text) // (STRETCH // 2)


@pytest.mark.parametrize("character", ["a", " ", ".", "\n", "字"])
def test_a_megabyte_of_one_character_is_counted_in_seconds(character):
    started = time.perf_counter()
    assert count_tokens(character * 10**6) > 0
    assert time.perf_counter() - started < 20


def test_a_lone_surrogate_is_counted():
    assert count_tokens("a\ud800b") > 0


@pytest.mark.parametrize("model", ["", "ollama:llama3:8b", "anthropic:some-model", "nonsense"])
def test_a_model_that_tiktoken_does_not_know_costs_no_look_up(no_network, model):
    assert count_tokens("Hello there.", model) == count_tokens("Hello there.")


class Letters:
    """An encoding that takes a token for each letter."""

    def encode_ordinary(self, text):
        return list(text)


@pytest.mark.parametrize("model", ["gpt-4o", "openai:gpt-4o", "openrouter:openai/gpt-4o"])
def test_a_known_model_counts_with_its_own_encoding(monkeypatch, model):
    monkeypatch.setattr(tiktoken, "get_encoding", lambda name: Letters() if name == "o200k_base" else None)
    assert count_tokens("Hello", model) == 5


def test_without_network_the_shipped_vocabulary_counts_and_the_look_up_is_not_repeated(monkeypatch):
    asked = []

    def fail(name):
        asked.append(name)
        raise ConnectionError("no network")

    monkeypatch.setattr(tiktoken, "get_encoding", fail)
    assert count_tokens("Hello there.", "gpt-4o") == count_tokens("Hello there.")
    assert count_tokens("Hello again.", "gpt-4o") == count_tokens("Hello again.")
    assert asked == ["o200k_base"]


def test_a_network_that_hangs_is_not_waited_for(monkeypatch):
    monkeypatch.setattr(tokens, "PATIENCE", 0.05)
    monkeypatch.setattr(tiktoken, "get_encoding", lambda _name: time.sleep(1.5))
    started = time.perf_counter()
    assert count_tokens("Hello there.", "gpt-4o") == count_tokens("Hello there.")
    assert time.perf_counter() - started < 1.2


def test_the_shipped_vocabulary_is_small_and_begins_with_every_byte():
    path = vocabulary.FILE
    assert path.stat().st_size < 150_000
    ranks = tokens._shipped()._mergeable_ranks
    assert {bytes([b]): b for b in range(256)}.items() <= ranks.items()
    assert sorted(ranks.values()) == list(range(len(ranks)))


def test_the_vocabulary_can_be_made_again():
    made = vocabulary.make(600)
    assert len(made) == len(set(made)) == 600
    assert b" the" in made

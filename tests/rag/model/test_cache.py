import os
import stat

import pytest

from footnote.rag.model import cache
from footnote.rag.model.cache import AnswerCache


def test_what_is_kept_is_found_under_the_same_key_only(tmp_path):
    kept = AnswerCache(tmp_path / "answers")
    key = kept.key("openai:x", "v1", "Why?", ["a:1:text"])
    assert kept.get(key) is None
    kept.put(key, "Because \ud83d of [1].")
    assert kept.get(key) == "Because \ud83d of [1]."
    assert kept.get(kept.key("openai:x", "v1", "Why?", ["a:1:text changed"])) is None
    assert kept.key("ab", "c") != kept.key("a", "bc")


@pytest.mark.skipif(os.name == "nt", reason="Windows has other permissions")
def test_answers_are_for_the_owners_eyes(tmp_path):
    kept = AnswerCache(tmp_path / "answers")
    kept.put("ab" * 32, "secret")
    assert stat.S_IMODE((tmp_path / "answers").stat().st_mode) == 0o700
    assert stat.S_IMODE(next((tmp_path / "answers").iterdir()).stat().st_mode) == 0o600


@pytest.mark.parametrize("content", [b"", b"{", b"[]", b'{"text": 3}', b"\xff\xfe"])
def test_a_damaged_file_is_as_none(tmp_path, content):
    kept = AnswerCache(tmp_path)
    (tmp_path / f"{'ab' * 32}.json").write_bytes(content)
    assert kept.get("ab" * 32) is None


def test_a_folder_that_cannot_be_made_is_no_error(tmp_path):
    (tmp_path / "file").write_text("in the way")
    kept = AnswerCache(tmp_path / "file" / "answers")
    kept.put("ab" * 32, "text")
    assert kept.get("ab" * 32) is None


def test_the_oldest_answers_go_first(tmp_path, monkeypatch):
    monkeypatch.setattr(cache, "MOST", 3)
    kept = AnswerCache(tmp_path)
    for n in range(6):
        key = f"{n + 1:064x}"
        kept.put(key, str(n))
        os.utime(tmp_path / f"{key}.json", (n, n))
    kept.put("0" * 64, "the newest, whose key asks for a look")
    assert len(list(tmp_path.glob("*.json"))) == 3
    assert kept.get("0" * 64)
    assert kept.get(f"{1:064x}") is None


def test_clearing_forgets_all(tmp_path):
    kept = AnswerCache(tmp_path)
    kept.put("ab" * 32, "text")
    assert kept.clear() == 1
    assert kept.clear() == 0


@pytest.mark.skipif(os.name == "nt", reason="making links takes rights there")
def test_nothing_is_put_into_or_removed_from_where_a_link_leads(tmp_path, monkeypatch):
    monkeypatch.setattr(cache, "PRUNE_EVERY", 1)
    monkeypatch.setattr(cache, "MOST", 0)
    (tmp_path / "letters").mkdir()
    (tmp_path / "letters" / "mine.json").write_text("{}")
    (tmp_path / "answers").symlink_to(tmp_path / "letters")
    kept = AnswerCache(tmp_path / "answers")
    kept.put("ab" * 32, "text")
    assert kept.clear() == 0
    assert [p.name for p in (tmp_path / "letters").iterdir()] == ["mine.json"]

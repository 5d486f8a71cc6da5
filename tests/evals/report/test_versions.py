from dataclasses import dataclass, field

from footnote.evals.report import versions


@dataclass(frozen=True)
class Settings:
    encoder: str = "e"
    model: str = "openai:small"
    judge: str = "model"
    home: str = "/home/somebody"
    api_key: str = field(default="sk-123", repr=False)
    hidden: str = field(default="sk-456", repr=False)
    base_url: str = "https://me:secret@models.example/v1"
    answer_tokens: int = 800


@dataclass(frozen=True)
class Assistant:
    settings: Settings

    @property
    def encoder(self):
        return type("Encoder", (), {"name": "e"})


def test_no_secret_and_no_path_of_this_computer_is_told():
    told = versions.environment(Assistant(Settings()))
    text = str(told)
    assert not any(secret in text for secret in ("sk-123", "sk-456", "me:secret", "somebody"))
    assert told["settings"]["base_url"] == "https://models.example/v1"
    assert told["settings"]["answer_tokens"] == 800
    assert told["model"] == "openai:small"


def test_the_commit_is_that_of_our_own_checkout_only(monkeypatch, tmp_path):
    monkeypatch.setattr(versions, "_git", lambda *arguments: str(tmp_path))
    versions.commit.cache_clear()
    assert versions.commit() == ""
    versions.commit.cache_clear()


def test_without_git_there_is_no_commit(monkeypatch):
    monkeypatch.setattr(versions.shutil, "which", lambda name: None)
    assert versions._git("status") == ""


def test_the_digest_is_of_code_and_prompts_that_are_there():
    versions.code_digest.cache_clear()
    assert versions.code_digest() != versions.digest_of()
    assert versions.prompts_digest()


def test_the_digest_of_the_code_changes_with_a_list_of_words_and_not_by_itself(monkeypatch, tmp_path):
    words = tmp_path / "rag" / "words.txt"
    words.parent.mkdir()
    monkeypatch.setattr(versions, "ROOT", tmp_path)
    digests = []
    for text in ("not never", "not never", "not"):
        words.write_text(text, encoding="utf-8")
        versions.code_digest.cache_clear()
        digests.append(versions.code_digest())
    versions.code_digest.cache_clear()
    assert digests[0] == digests[1] != digests[2]

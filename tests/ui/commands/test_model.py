import json

import pytest

from footnote import Settings
from footnote.rag.errors import SettingsError
from footnote.rag.model import shelf
from footnote.rag.settings import keep
from footnote.ui.cli import run
from tests.rag.model.test_local import gguf


@pytest.fixture
def home(tmp_path, monkeypatch):
    for name in ("MODEL", "BASE_URL", "HOME"):
        monkeypatch.delenv(f"FOOTNOTE_{name}", raising=False)
    return tmp_path / "library"


def test_files_are_listed_with_what_they_take(home, capsys):
    gguf(home / "models" / "small-q4.gguf")
    assert run(["--home", str(home), "model", "list"]) == 0
    said = capsys.readouterr().out
    assert "no language model; the articles answer" in said
    assert "small-q4: 0.0 GB, about 0.7 GB of memory" in said
    assert "Apache-2.0" in said
    run(["--home", str(home), "model", "list", "--json"])
    (one,) = json.loads(capsys.readouterr().out)["files"]
    assert (one["name"], one["title"], one["window"]) == ("small-q4", "A Small Model", 32768)


def test_only_models_free_for_all_uses_are_suggested():
    assert {s.licence.lower() for s in shelf.SUGGESTED} <= shelf.PERMISSIVE
    for one in shelf.SUGGESTED:
        assert shelf.REPOSITORY.fullmatch(one.source)


def test_a_model_is_chosen_for_good_and_switched_off(home, tmp_path, capsys):
    path = gguf(tmp_path / "m.gguf")
    home.mkdir()
    (home / "footnote.toml").write_text('# mine\npassages = 4\nbase_url = "http://127.0.0.1:1/v1"\n')
    assert run(["--home", str(home), "model", "use", str(path)]) == 0
    used = Settings.load(home, {})
    assert (used.model, used.base_url, used.passages) == (f"local:{path}", "", 4)
    assert "# mine" in (home / "footnote.toml").read_text()
    run(["--home", str(home), "model", "use", "ollama:llama3.2"])
    assert Settings.load(home, {}).model == "ollama:llama3.2"
    run(["--home", str(home), "model", "use", "none"])
    assert Settings.load(home, {}).model == ""


def test_a_variable_that_goes_before_the_choice_is_told_of(home, tmp_path, monkeypatch, capsys):
    path = gguf(tmp_path / "m.gguf")
    monkeypatch.setenv("FOOTNOTE_MODEL", "ollama:x")
    run(["--home", str(home), "model", "use", str(path)])
    assert "FOOTNOTE_MODEL is set to ollama:x" in capsys.readouterr().err


def test_what_is_not_there_is_not_chosen(home, capsys):
    assert run(["--home", str(home), "model", "use", "nothing"]) == 1
    assert "There is no model “nothing”" in capsys.readouterr().err
    assert not (home / "footnote.toml").exists()


@pytest.mark.parametrize(
    "source", ["x.gguf", "owner/repo", "owner/repo/../../x.gguf", "https://example.org/a/b/c.gguf"]
)
def test_what_names_no_file_of_hugging_face_is_told_of(home, capsys, source):
    assert run(["--home", str(home), "model", "get", source]) == 1
    assert "OWNER/REPO/FILE.gguf" in capsys.readouterr().err


def test_a_file_that_is_there_is_not_fetched_again(home, capsys):
    gguf(home / "models" / "m.gguf")
    assert run(["--home", str(home), "model", "get", "owner/repo/m.gguf"]) == 0
    assert "there already" in capsys.readouterr().err


class Hub:
    """What Hugging Face says and hands over, as the parts of its client do."""

    def __init__(self, path, promised, licence="apache-2.0"):
        self.path, self.promised, self.licence = path, promised, licence

    def fetch(self, _repository, name, local_dir):
        target = local_dir / name
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(self.path.read_bytes())
        return str(target)

    def install(self, monkeypatch):
        monkeypatch.setattr(
            shelf, "_promised", lambda _r, names: (self.licence, dict.fromkeys(names, self.promised))
        )
        monkeypatch.setattr("huggingface_hub.hf_hub_download", self.fetch)


def test_what_is_fetched_is_checked_and_lies_with_the_library(home, tmp_path, monkeypatch, capsys):
    path = gguf(tmp_path / "m.gguf")
    size, digest = path.stat().st_size, shelf._digest(path)
    Hub(path, (size, digest)).install(monkeypatch)
    assert run(["--home", str(home), "model", "get", "owner/repo/folder/m.gguf"]) == 0
    assert [p.name for p in (home / "models").iterdir()] == ["m.gguf"]
    assert "footnote model use m" in capsys.readouterr().err


@pytest.mark.parametrize("promised", [(1, ""), (None, "0" * 64)])
def test_what_came_damaged_is_removed(home, tmp_path, monkeypatch, capsys, promised):
    path = gguf(tmp_path / "m.gguf")
    Hub(path, (promised[0] or path.stat().st_size, promised[1])).install(monkeypatch)
    assert run(["--home", str(home), "model", "get", "owner/repo/m.gguf"]) == 1
    assert "came damaged" in capsys.readouterr().err
    assert not list((home / "models").rglob("*.gguf"))


def test_a_licence_that_may_forbid_uses_is_told_before_the_first_byte(home, tmp_path, monkeypatch, capsys):
    path = gguf(tmp_path / "m.gguf")
    Hub(path, (10**15, ""), licence="llama3").install(monkeypatch)
    assert run(["--home", str(home), "model", "get", "owner/repo/m.gguf"]) == 1
    said = capsys.readouterr().err
    assert "It may forbid some uses" in said
    assert "GB left" in said


def test_a_choice_that_cannot_be_written_safely_is_refused(tmp_path):
    (tmp_path / "footnote.toml").write_text('judge = """\nmodel = 1\n"""\n')
    with pytest.raises(SettingsError, match="only you can change"):
        keep(tmp_path, {"model": "ollama:x"})
    assert "model = 1" in (tmp_path / "footnote.toml").read_text()

"""Keys: shown once, kept as hashes, for their owner's eyes."""

from __future__ import annotations

import contextlib
import json
import os
import stat
import threading

import pytest

from footnote.rag.errors import LibraryDamaged
from footnote.ui.api.keys import KeyProblem, Keys
from footnote.ui.cli import run
from footnote.ui.state.database import ServerDatabase


def test_only_a_hash_is_kept_and_only_its_owner_reads_it(tmp_path):
    keys = Keys(tmp_path / "home")
    key, secret = keys.add("notebook", "read")
    kept = keys._shelf.path.read_text()
    assert secret not in kept
    assert secret.removeprefix("fn_") not in kept
    assert keys.find(secret) == key
    assert keys.find(secret + "x") is None
    assert keys.find("") is None
    if os.name == "posix":
        assert stat.S_IMODE(keys._shelf.path.stat().st_mode) == 0o600
        assert stat.S_IMODE(keys._shelf.home.stat().st_mode) == 0o700


def test_another_process_that_removes_a_key_is_noticed(tmp_path):
    mine, theirs = Keys(tmp_path), Keys(tmp_path)
    _, secret = mine.add("a", "write")
    assert theirs.find(secret)
    mine.remove("a")
    assert theirs.find(secret) is None


@pytest.mark.parametrize("name", ["", "  ", "x" * 81])
def test_a_name_is_needed(tmp_path, name):
    with pytest.raises(KeyProblem):
        Keys(tmp_path).add(name, "read")


@pytest.mark.parametrize("text", ["{", "[]", '{"keys": [{"id": "a"}]}', '{"keys": [{"id": 1, "name": "a", "scope": "read", "made": "", "sha256": ""}]}'])  # fmt: skip
def test_a_damaged_file_opens_nothing_and_is_not_written_over(tmp_path, text):
    keys = Keys(tmp_path)
    keys._shelf.path.write_text(text)
    with pytest.raises(LibraryDamaged):
        keys.find("fn_x")
    with pytest.raises(LibraryDamaged):
        keys.add("b", "read")
    assert keys._shelf.path.read_text() == text


def test_the_command_makes_lists_and_removes_keys(tmp_path, capfd):
    home = ["--home", str(tmp_path)]
    assert run([*home, "keys", "add", "notebook", "--read"]) == 0
    secret = capfd.readouterr().out.strip()
    assert Keys(tmp_path).find(secret).scope == "read"
    assert run([*home, "keys", "list", "--json"]) == 0
    listed = json.loads(capfd.readouterr().out)
    assert listed["name"] == "notebook"
    assert "sha256" not in listed
    assert run([*home, "keys", "add", "notebook", "--write"]) == 1
    assert run([*home, "keys", "add", "other"]) == 2
    assert run([*home, "keys", "remove", "nothing"]) == 1
    assert run([*home, "keys", "remove", "notebook"]) == 0
    assert Keys(tmp_path).all() == ()


@pytest.fixture(params=["file", "server"])
def opened(request, tmp_path):
    """Open the keys of one library as another process would."""
    if request.param == "file":
        yield lambda: Keys(tmp_path)
        return
    record = request.getfixturevalue("servers").new_library().record
    with contextlib.ExitStack() as stack:
        yield lambda: Keys(tmp_path, shared=stack.enter_context(contextlib.closing(ServerDatabase(record))))


def test_keys_of_many_processes_are_the_same_wherever_they_are_kept(opened):
    mine, theirs = opened(), opened()
    key, secret = mine.add("notebook", "read")
    assert theirs.find(secret) == key
    with pytest.raises(KeyProblem, match="already"):
        theirs.add("notebook", "write")
    threads = [threading.Thread(target=opened().add, args=(f"k{n}", "read")) for n in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert {k.name for k in mine.all()} == {"notebook", *(f"k{n}" for n in range(6))}
    theirs.remove("notebook")
    assert mine.find(secret) is None
    with pytest.raises(KeyProblem, match="no key"):
        mine.remove("notebook")


def test_the_command_keeps_keys_beside_a_record_on_a_server(servers, tmp_path, capfd, monkeypatch):
    stores = servers.new_library()
    monkeypatch.setenv("FOOTNOTE_RECORD", stores.record)
    monkeypatch.setenv("FOOTNOTE_INDEX", ",".join(stores.index))
    assert run(["--home", str(tmp_path / "a"), "keys", "add", "notebook", "--write"]) == 0
    secret = capfd.readouterr().out.strip()
    with contextlib.closing(ServerDatabase(stores.record)) as shared:
        assert Keys(tmp_path / "b", shared=shared).find(secret).scope == "write"
        assert secret.encode() not in str(shared.all("SELECT * FROM keys")).encode()
    assert run(["--home", str(tmp_path / "b"), "keys", "remove", "notebook"]) == 0

"""A model file in a process of its own: the process and its sockets are real, the engine is `tests/fake_engine`."""

import json
import os
import signal
import socket
import struct
import threading
import time
from pathlib import Path

import pytest

from footnote import Settings
from footnote.prompts import Messages
from footnote.rag.answer.answerer import Meter
from footnote.rag.errors import ModelError, ModelSetupError
from footnote.rag.model import local
from footnote.rag.model.chat import connect
from footnote.rag.model.generative import Connection
from footnote.rag.model.gguf import facts_of
from footnote.rag.model.shelf import found, located

ENGINE = Path(__file__).parents[2] / "fake_engine"
ASKED = Messages("Be short.", "When did it close?")


def text(value):
    return struct.pack("<Q", len(value)) + value.encode()


def gguf(path, *, note="", layers=28, wide=1536, context=32768):
    """Write the head of a GGUF file, as a converter does, and no weights."""
    facts = [
        text("general.architecture") + struct.pack("<I", 8) + text("qwen2"),
        text("general.name") + struct.pack("<I", 8) + text("A Small Model"),
        text("qwen2.block_count") + struct.pack("<II", 4, layers),
        text("qwen2.embedding_length") + struct.pack("<II", 4, wide),
        text("qwen2.attention.head_count") + struct.pack("<II", 4, 12),
        text("qwen2.attention.head_count_kv") + struct.pack("<II", 4, 2),
        text("qwen2.context_length") + struct.pack("<II", 4, context),
        text("qwen2.some_list") + struct.pack("<IIQ", 9, 5, 2) + struct.pack("<ii", 1, 2),
        text("tokenizer.ggml.tokens") + struct.pack("<I", 77),  # of a kind that nobody knows: not read
    ]
    head = b"GGUF" + struct.pack("<IQQ", 3, 0, len(facts))
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(head + b"".join(facts) + note.encode())
    return path


@pytest.fixture
def engine(monkeypatch):
    monkeypatch.syspath_prepend(str(ENGINE))
    paths = [str(ENGINE), os.environ.get("PYTHONPATH", "")]
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join(filter(None, paths)))


@pytest.fixture
def settings(tmp_path, engine):
    path = gguf(tmp_path / "model.gguf")
    return Settings(home=tmp_path / "home", model=f"local:{path}")


def ended(lease, seconds=20):
    until = time.monotonic() + seconds
    while lease.alive and time.monotonic() < until:
        time.sleep(0.05)
    return not lease.alive


def states(settings):
    return list(settings.home.glob("local-model-*.json"))


def test_a_file_is_served_answers_and_ends_with_its_last_user(settings):
    first, second = connect(settings), connect(settings)
    assert first.lease.url == second.lease.url
    assert first.lease.url.startswith("http://127.0.0.1:")
    assert first.complete(ASKED, Meter(1000))[0] == "The city closed the bridge on Monday [1]."
    third = local.serve(settings)
    first.close()
    second.close()
    assert third.alive
    watcher = local._joined(states(settings)[0])
    third.close()
    watcher.close()
    time.sleep(0.5)
    assert local._joined(states(settings)[0]) is None


def test_the_note_on_how_to_reach_it_is_private(settings):
    lease = local.serve(settings)
    (note,) = states(settings)
    lease.close()
    assert note.stat().st_mode & 0o077 == 0
    assert lease.key not in note.read_text()


def test_without_its_key_it_answers_nobody(settings):
    import httpx

    lease = local.serve(settings)
    answer = httpx.post(f"{lease.url}/chat/completions", json={"messages": []}, trust_env=False)
    lease.close()
    assert answer.status_code == 401


def test_a_note_of_a_process_that_is_gone_is_no_hindrance(settings):
    lease = local.serve(settings)
    lease.close()
    time.sleep(0.3)
    again = local.serve(settings)
    assert again.alive
    again.close()


@pytest.mark.parametrize(
    "note", ["", "{", '{"control": "x", "secret": 1}', "[]", '{"control": 1, "secret": "x"}']
)
def test_a_note_that_cannot_be_read_is_no_hindrance(settings, note):
    local.serve(settings).close()
    states(settings)[0].write_text(note)
    lease = local.serve(settings)
    assert lease.alive
    lease.close()


def test_another_program_at_its_port_is_not_taken_for_it(settings):
    local.serve(settings).close()

    def greet(other):
        with other.accept()[0] as caller:
            caller.sendall(b"220 ready\n")
            caller.recv(100)

    with socket.create_server(("127.0.0.1", 0)) as other:
        threading.Thread(target=greet, args=(other,), daemon=True).start()
        states(settings)[0].write_text(json.dumps({"control": other.getsockname()[1], "secret": "x" * 48}))
        lease = local.serve(settings)
    assert lease.alive
    lease.close()


def test_a_process_that_died_is_told_of_and_started_again(settings):
    connection = Connection(settings)
    chat = connection.get()
    pid = _pid_of(chat.lease)
    os.kill(pid, signal.SIGKILL)
    assert ended(chat.lease)
    with pytest.raises(ModelError, match="process on this computer ended"):
        chat.complete(ASKED, Meter(1000))
    assert connection.get().complete(ASKED, Meter(1000))[1] == "stop"
    connection.close()


def _pid_of(lease):
    """Return the process that listens at the other end of a lease, as Linux tells."""
    port = f":{lease.connection.getpeername()[1]:04X}"
    inodes = {
        row.split()[9]
        for row in Path("/proc/net/tcp").read_text().splitlines()[1:]
        if row.split()[1].endswith(port) and row.split()[3] == "0A"
    }
    for process in Path("/proc").glob("[0-9]*"):
        try:
            links = {str(f.readlink()) for f in (process / "fd").iterdir()}
        except OSError:
            continue
        if any(f"socket:[{i}]" in links for i in inodes):
            return int(process.name)
    raise AssertionError("no process")


@pytest.mark.parametrize(
    ("note", "told"), [("broken", "could not load"), ("crash", "ended or took too long")]
)
def test_what_the_engine_cannot_load_is_told_of(settings, tmp_path, note, told):
    path = gguf(tmp_path / "bad.gguf", note=note)
    with pytest.raises(ModelSetupError, match=told):
        local.serve(Settings(home=settings.home, model=f"local:{path}"))


def test_short_memory_is_told_of_before_anything_is_loaded(settings, monkeypatch):
    monkeypatch.setattr(local, "free_memory", lambda: 300 << 20)
    with pytest.raises(
        ModelSetupError, match=r"A Small Model needs about 0\.7 GB of memory, and 0\.3 GB are free"
    ):
        local.serve(settings)


def test_a_missing_engine_is_told_of_with_what_to_install(tmp_path, monkeypatch):
    monkeypatch.setattr("importlib.util.find_spec", lambda _: None)
    path = gguf(tmp_path / "model.gguf")
    with pytest.raises(ModelSetupError, match=r"footnote\[local\]"):
        local.serve(Settings(home=tmp_path, model=f"local:{path}"))


def test_a_server_s_address_and_a_file_do_not_go_together(settings):
    with pytest.raises(ModelSetupError, match="FOOTNOTE_BASE_URL"):
        local.serve(Settings(home=settings.home, model=settings.model, base_url="http://127.0.0.1:1/v1"))


@pytest.mark.parametrize(
    "data",
    [b"", b"GG", b"PK\x03\x04", b"GGUF", b"GGUF" + b"\xff" * 60, b"GGUF" + struct.pack("<IQQ", 3, 0, 9)],
)
def test_what_is_no_model_is_told_of(tmp_path, data):
    path = tmp_path / "model.gguf"
    path.write_bytes(data)
    with pytest.raises(ModelSetupError, match=r"no model that llama\.cpp reads"):
        facts_of(path)


def test_a_file_says_how_much_memory_it_takes(tmp_path):
    facts = facts_of(gguf(tmp_path / "model.gguf"))
    assert (facts.name, facts.window, facts.token_bytes) == ("A Small Model", 32768, 4 * 28 * 2 * 128)
    assert facts.memory(8192) - facts.memory(4096) == 4096 * facts.token_bytes


def test_a_model_in_parts_needs_all_of_them(tmp_path):
    gguf(tmp_path / "m-00001-of-00002.gguf")
    with pytest.raises(ModelSetupError, match="m-00002-of-00002"):
        facts_of(tmp_path / "m-00001-of-00002.gguf")
    (tmp_path / "m-00002-of-00002.gguf").write_bytes(b"x" * 1000)
    assert facts_of(tmp_path / "m-00001-of-00002.gguf").size > 1000


def test_a_name_means_a_file_of_the_library(tmp_path):
    for name in ("qwen-small-q4.gguf", "qwen-large-q4.gguf", "big-00001-of-00001.gguf"):
        gguf(tmp_path / "models" / name)
    (tmp_path / "models" / "notes.gguf").write_text("no model")
    assert [m.name for m in found(tmp_path)] == ["big", "qwen-large-q4", "qwen-small-q4"]
    assert located("qwen-small-q4", tmp_path).name == "qwen-small-q4.gguf"
    assert located("SMALL", tmp_path).name == "qwen-small-q4.gguf"
    with pytest.raises(ModelSetupError, match="qwen-large-q4 or qwen-small-q4"):
        located("qwen", tmp_path)
    for name in ("other", "../models/qwen-small-q4", "", str(tmp_path)):
        with pytest.raises(ModelSetupError):
            located(name, tmp_path)

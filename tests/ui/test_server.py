from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import urllib.request
from typing import TYPE_CHECKING

import pytest
from starlette.testclient import TestClient

from rag.errors import SettingsError
from rag.settings import Settings
from ui import server

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

PUBLIC = {"Host": "footnote.example", "Origin": "https://evil.example"}


@pytest.fixture(scope="module")
def client(fake_assistant_class, library_of_two) -> Iterator[TestClient]:
    assistant = fake_assistant_class(library_of_two())
    with TestClient(server.create_app(assistant), raise_server_exceptions=False) as client:
        client.assistant = assistant
        yield client


def act(client: TestClient, part: str, name: str, data: object, session: str = "s1") -> list:
    """Do an act as anyone could who posts to the queue by hand; return what it put out last."""
    config = client.get("/config").json()
    part_id = next(c["id"] for c in config["components"] if c["props"].get("elem_id") == part)
    number = next(d["id"] for d in config["dependencies"] if [part_id, name] in d["targets"])
    inputs = [None] * len(config["dependencies"][number]["inputs"])
    body = {
        "data": inputs,
        "event_data": data,
        "fn_index": number,
        "session_hash": session,
        "trigger_id": part_id,
    }
    assert client.post("/gradio_api/queue/join", json=body).status_code == 200
    with client.stream("GET", "/gradio_api/queue/data", params={"session_hash": session}) as events:
        for line in events.iter_lines():
            message = json.loads(line[5:]) if line.startswith("data:") else {}
            if message.get("msg") == "process_completed":
                assert message["success"], message
                return message["output"]["data"]
    raise AssertionError("the act did not end")


def test_health_is_told_as_json(client):
    response = client.get("/healthz")
    assert response.status_code == 200
    assert response.json()["status"] == "ok"


def test_the_page_is_ours_in_title_and_icon(client):
    page = client.get("/").text
    assert "<title>Footnote</title>" in page
    assert (
        client.get("/favicon.ico").text == (server.Path(server.__file__).with_name("favicon.svg")).read_text()
    )


@pytest.mark.parametrize("path", ["/", "/healthz", "/config", "/nothing-here", "/gradio_api/info"])
@pytest.mark.parametrize("header", server.HEADERS)
def test_every_response_carries_the_headers_that_keep_it_safe(client, path, header):
    assert client.get(path).headers[header] == server.HEADERS[header]


def test_the_policy_lets_nothing_in_from_elsewhere():
    for part in server.POLICY.split("; "):
        assert not {"*", "http:", "https:"} & set(part.split())


@pytest.mark.parametrize(
    "path", ["/openapi.json", "/docs", "/redoc", "/gradio_api/runs", "/gradio_api/openapi.json"]
)
def test_what_would_describe_the_server_is_not_there(client, path):
    assert client.get(path).status_code == 404


def test_nobody_can_watch_the_queue(client):
    assert client.get("/monitoring").status_code != 200


@pytest.mark.parametrize("path", ["/", "/config", "/healthz", "/gradio_api/info"])
def test_another_origin_is_given_no_access_under_a_public_name_either(client, path):
    assert "access-control-allow-origin" not in client.get(path, headers=PUBLIC).headers
    preflight = {**PUBLIC, "Access-Control-Request-Method": "POST"}
    assert "access-control-allow-origin" not in client.options(path, headers=preflight).headers


def test_no_history_of_runs_no_footer_and_no_analytics(client):
    config = client.get("/config").json()
    assert not config.get("run_history")
    assert not config["footer_links"]
    assert config["analytics_enabled"] is False
    assert os.environ["GRADIO_ANALYTICS_ENABLED"] == "False"


def test_the_public_config_tells_nothing_of_the_library(client):
    assert "bakery" not in client.get("/config").text


def test_a_question_posted_by_hand_is_answered_in_its_own_session_only(client):
    conversation, sources = act(client, "composer", "ask", {"question": "When is bread baked?"}, "one")
    assert "Rye bread" in conversation["value"] if isinstance(conversation, dict) else conversation
    opened = act(client, "sources", "cite", {"ref": "1-1"}, "one")[0]
    assert "Rye bread" in str(opened)
    assert "no longer here" in str(act(client, "sources", "cite", {"ref": "1-1"}, "another")[0])


@pytest.mark.parametrize("data", [None, {}, [], "x", {"article": "../../etc/passwd"}, {"article": {"a": 1}}])
def test_a_removal_posted_by_hand_with_bad_data_removes_nothing(client, data):
    act(client, "library", "remove", data)
    assert len(client.assistant.library.held) == 2


@pytest.mark.parametrize("path", ["/etc/passwd", __file__])
def test_a_file_of_the_server_posted_by_hand_as_an_upload_is_refused(client, path):
    results = str(act(client, "add", "upload", {"files": [{"path": path, "name": "x.txt"}]})[2])
    assert "did not arrive as an upload" in results
    assert "root:" not in results


@pytest.mark.parametrize("path", ["/etc/passwd", __file__, "../ui/server.py"])
def test_files_of_the_server_cannot_be_read(client, path):
    assert client.get(f"/gradio_api/file={path}").status_code in (403, 404)


def test_gradio_is_told_that_it_runs_so_that_it_checks_paths(client):
    mounted = next(r.app for r in client.app.routes if hasattr(getattr(r, "app", None), "get_blocks"))
    assert mounted.get_blocks().has_launched is True


def test_an_upload_over_the_limit_is_refused(fake_assistant_class, library_of_two, monkeypatch):
    monkeypatch.setattr(server, "MAX_UPLOAD", "1kb")
    with TestClient(server.create_app(fake_assistant_class(library_of_two()))) as client:
        small = client.post("/gradio_api/upload", files={"files": ("a.txt", b"x" * 10)})
        large = client.post("/gradio_api/upload", files={"files": ("b.txt", b"x" * 5000)})
    assert small.status_code == 200
    assert large.status_code == 413
    kept = server.Path(small.json()[0]).resolve()
    assert kept.is_relative_to(server.upload_folder())


def test_only_names_of_this_computer_are_answered_when_they_are_all_it_has(
    fake_assistant_class, library_of_two
):
    app = server.create_app(fake_assistant_class(library_of_two()), hosts=server.LOOPBACK)
    with TestClient(app) as client:
        assert client.get("/healthz", headers={"Host": "evil.example"}).status_code == 400
        assert client.get("/healthz", headers={"Host": "127.0.0.1:7860"}).status_code == 200
        assert client.get("/healthz", headers={"Host": "localhost:7860"}).status_code == 200


def test_a_port_in_use_is_one_clear_sentence_and_the_assistant_is_closed(assistant, tmp_path):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        with pytest.raises(SettingsError, match=f"port {port}"):
            server.serve(Settings(home=tmp_path, port=port), assistant=assistant)
    assert assistant.closed


@pytest.mark.parametrize(
    ("host", "address"),
    [("127.0.0.1", "http://127.0.0.1:80"), ("0.0.0.0", "http://127.0.0.1:80"), ("::1", "http://[::1]:80")],
)
def test_the_address_told_is_one_that_a_browser_opens(host, address):
    assert server._address(host, 80) == address


PROGRAM = """
import sys
from pathlib import Path
sys.path[:0] = [{tests!r}]
import conftest
from rag.settings import Settings
from ui.server import serve
assistant = conftest.FakeAssistant(conftest.a_library())
serve(Settings(home=Path({home!r}), port=0), assistant=assistant)
print("closed" if assistant.closed else "open")
"""


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
@pytest.mark.skipif(os.name != "posix", reason="other systems have no such signals")
def test_a_signal_ends_it_cleanly_and_it_prints_nothing_but_its_address(number, tmp_path: Path):
    program = PROGRAM.format(tests=str(server.Path(__file__).parent), home=str(tmp_path))
    process = subprocess.Popen(
        [sys.executable, "-c", program], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )
    try:
        first = process.stdout.readline()
        assert first.startswith("Footnote is at http://127.0.0.1:"), (
            process.stderr.read() if not first else first
        )
        with urllib.request.urlopen(f"{first.split()[-1]}/healthz", timeout=30) as response:
            assert response.status == 200
        process.send_signal(number)
        rest, errors = process.communicate(timeout=30)
    finally:
        process.kill()
        process.wait()
    assert rest == "closed\n"
    assert errors == ""
    assert process.returncode == 0

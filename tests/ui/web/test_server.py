from __future__ import annotations

import json
import os
import re
import signal
import socket
from pathlib import Path

import httpx
import pytest

from footnote.rag.errors import SettingsError
from footnote.rag.settings import Settings
from footnote.ui.web import server

PUBLIC = {"Host": "footnote.example", "Origin": "https://evil.example"}


def act(
    client: httpx.Client, part: str, name: str, data: object, session: str = "s1", cookies: dict | None = None
) -> str:
    """Do an act as anyone could who posts to the queue by hand; return all that came of it."""
    config = client.get("/config").json()
    part_id = next(c["id"] for c in config["components"] if c["props"].get("elem_id") == part)
    dependency = next(d for d in config["dependencies"] if [part_id, name] in d["targets"])
    body = {
        "data": [None] * len(dependency["inputs"]),
        "event_data": data,
        "fn_index": dependency["id"],
        "session_hash": session,
        "trigger_id": part_id,
    }
    cookie = {"Cookie": "; ".join(f"{k}={v}" for k, v in (cookies or {}).items())}
    assert client.post("/gradio_api/queue/join", json=body, headers=cookie).status_code == 200
    with client.stream("GET", "/gradio_api/queue/data", params={"session_hash": session}) as events:
        found = [json.loads(line[5:]) for line in events.iter_lines() if line.startswith("data:")]
    return json.dumps([m.get("output") for m in found], ensure_ascii=False)


def test_health_is_told_as_json(client):
    response = client.get("/healthz")
    assert response.status_code == 200
    assert response.json()["status"] == "ok"


def test_the_page_is_ours_in_title_and_icon(client):
    assert client.get("/config").json()["title"] == "Footnote"
    assert (
        client.get("/favicon.ico").text
        == (Path(server.__file__).parent / "static" / "favicon.svg").read_text()
    )


@pytest.mark.parametrize("path", ["/", "/healthz", "/config", "/nothing-here", "/gradio_api/info"])
@pytest.mark.parametrize("header", server.HEADERS)
def test_every_response_carries_the_headers_that_keep_it_safe(client, path, header):
    assert client.get(path).headers[header] == server.HEADERS[header]


def test_the_policy_lets_nothing_in_from_elsewhere():
    for part in server.POLICY.split("; "):
        assert not {"*", "http:", "https:"} & set(part.split())


@pytest.mark.parametrize("path", ["/openapi.json", "/docs", "/redoc", "/gradio_api/runs"])
def test_what_would_describe_the_server_is_not_there(client, path):
    assert client.get(path).status_code == 404


@pytest.mark.parametrize("path", ["/gradio_api/openapi.json", "/gradio_api/info"])
def test_what_gradio_says_about_its_api_names_none_of_our_acts(client, path):
    told = client.get(path).text
    for name in ("ask", "remove", "paste", "summary", "cite", "open", "delete"):
        assert f'"/{name}"' not in told
        assert f"/call/{name}" not in told


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


def test_the_public_config_tells_nothing_of_the_library(client):
    assert "bakery" not in client.get("/config").text


def test_a_question_posted_by_hand_is_answered_in_its_own_session_only(client):
    assert "Rye bread" in act(client, "composer", "ask", {"question": "When is bread baked?"}, "one")
    assert "Rye bread" in act(client, "sources", "cite", {"ref": "1-1"}, "one")
    other = act(client, "sources", "cite", {"ref": "1-1"}, "another")
    assert "no longer here" in other
    assert "Rye bread" not in other


@pytest.mark.parametrize("data", [None, {}, [], "x", {"article": "../../etc/passwd"}, {"article": {"a": 1}}])
def test_a_removal_posted_by_hand_with_bad_data_removes_nothing(client, data):
    act(client, "library", "remove", data)
    assert "Searching all 2 articles" in act(client, "library", "all", {})


@pytest.mark.parametrize("path", ["/etc/passwd", __file__])
def test_a_file_of_the_server_posted_by_hand_as_an_upload_is_refused(client, path):
    told = act(client, "add", "upload", {"files": [{"path": path, "name": "x.txt"}]})
    assert "did not arrive as an upload" in told or "cannot be accessed" in told
    assert "Added" not in told
    assert "Searching all 2 articles" in act(client, "library", "all", {})


@pytest.mark.parametrize("path", ["/etc/passwd", __file__, "../ui/server.py"])
def test_files_of_the_server_cannot_be_read(client, path):
    assert client.get(f"/gradio_api/file={path}").status_code in (403, 404)


def test_a_file_component_posted_by_hand_is_checked_too(client):
    """Gradio checks such paths only once it believes itself launched; see `create_app`."""
    given = {"path": "/etc/passwd", "meta": {"_type": "gradio.FileData"}}
    told = act(client, "add", "upload", {"files": [given]})
    assert "cannot be accessed" in told


def test_an_upload_over_the_limit_is_refused(client):
    small = client.post("/gradio_api/upload", files={"files": ("a.txt", b"x" * 10)})
    large = client.post("/gradio_api/upload", files={"files": ("b.txt", b"x" * 50_000)})
    assert small.status_code == 200
    assert "footnote-uploads-" in small.json()[0]
    assert large.status_code == 413


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


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
@pytest.mark.skipif(os.name != "posix", reason="other systems have no such signals")
def test_a_signal_ends_it_cleanly_and_it_prints_nothing_but_its_address(run_fake, number):
    with run_fake() as (process, address):
        health = httpx.get(f"{address}/healthz", timeout=30)
        stranger = httpx.get(f"{address}/healthz", headers={"Host": "evil.example"}, timeout=30)
        process.send_signal(number)
        rest, errors = process.communicate(timeout=30)
    assert health.status_code == 200
    assert stranger.status_code == 400, "it answers to the names of this computer only"
    assert rest == "closed\n"
    assert errors == ""
    assert process.returncode == 0


READER = {"footnote_reader": "a" * 32}
OTHER = {"footnote_reader": "b" * 32}


def test_every_browser_gets_a_cookie_of_its_own_that_scripts_cannot_read(client):
    with httpx.Client(base_url=client.base_url) as one, httpx.Client(base_url=client.base_url) as two:
        first, second = one.get("/"), two.get("/")
        assert first.cookies["footnote_reader"] != second.cookies["footnote_reader"]
        assert "HttpOnly; SameSite=Lax" in first.headers["set-cookie"]
        assert "set-cookie" not in one.get("/").headers


def test_a_conversation_is_kept_for_its_browser_saved_as_files_and_hidden_from_others(client):
    told = act(client, "composer", "ask", {"question": "When is bread baked?"}, "k1", READER)
    key = re.search(r"data-conversation=.{1,3}([\w-]{16})", told)[1]
    cookie = {"Cookie": f"footnote_reader={'a' * 32}"}
    for form, words in (("md", "[^1-1]:"), ("html", "<q>“Rye bread"), ("json", '"quote": "Rye bread')):
        for path in (f"/export/{key}.{form}", f"/export/{key}/1.{form}"):
            got = client.get(path, headers=cookie)
            assert words in got.text
            assert got.headers["content-disposition"] == f'attachment; filename="when-is-bread-baked.{form}"'
            assert client.get(path, headers={"Cookie": f"footnote_reader={'b' * 32}"}).status_code == 404
            assert client.get(path, headers={"Cookie": ""}).status_code == 404
    assert "Rye bread" not in act(client, "composer", "open", {"conversation": key}, "k2", OTHER)
    assert "Rye bread" in act(client, "composer", "open", {"conversation": key}, "k3", READER)
    act(client, "composer", "delete", {"conversation": key}, "k2", OTHER)
    assert client.get(f"/export/{key}.md", headers=cookie).status_code == 200
    act(client, "composer", "delete", {"conversation": key}, "k3", READER)
    assert client.get(f"/export/{key}.md", headers=cookie).status_code == 404


def test_a_browser_keeps_what_is_named_by_its_content_and_nothing_else(client):
    page = client.get("/")
    script = re.search(r"assets/[\w.-]+\.js", page.text)[0]
    assert "immutable" in client.get(f"/{script}").headers["cache-control"]
    for response in (page, client.get("/config"), client.get("/healthz")):
        assert "immutable" not in response.headers.get("cache-control", "")


def test_the_page_goes_over_the_wire_at_a_third_of_its_size_and_streams_as_they_come(client):
    page = client.get("/", headers={"Accept-Encoding": "gzip"})
    assert page.headers["content-encoding"] == "gzip"
    assert int(page.headers["content-length"]) < len(page.content) / 3
    with client.stream("GET", "/gradio_api/queue/data", params={"session_hash": "s0"}) as events:
        assert events.headers["content-type"].startswith("text/event-stream")
        assert "content-encoding" not in events.headers


def test_a_server_that_was_started_again_shows_the_readers_own_conversation_only(client):
    act(client, "composer", "ask", {"question": "When is bread baked?"}, "s1", READER)
    listed = act(client, "composer", "open", {"conversation": "x" * 16}, "s1", READER)
    key = re.search(r"data-conversation=.{0,2}([\w-]{8,40})", listed)[1]
    again = {"question": "Was the lighthouse automated?", "at": key}
    assert "Rye bread" not in act(client, "composer", "ask", again, "s2", OTHER)
    assert "Rye bread" in act(client, "composer", "ask", again, "s3", READER)


def test_a_browser_that_names_another_ones_session_gets_none_of_it(client):
    act(client, "composer", "ask", {"question": "When is bread baked?"}, "stolen", READER)
    assert "Rye bread" not in act(client, "sources", "cite", {"ref": "1-1"}, "stolen", OTHER)


@pytest.mark.parametrize(
    "path", ["/export/x.md", "/export/x/1.md", "/export/..%2f..%2fetc/1.md", "/export/x/y.exe"]
)
def test_what_was_never_kept_is_not_found(client, path):
    assert client.get(path, headers={"Cookie": f"footnote_reader={'a' * 32}"}).status_code == 404


@pytest.mark.parametrize(
    "path", ["/evaluation/x.html", "/evaluation/20260101-000000.json", "/evaluation/..%2Fx.html"]
)
def test_a_report_that_is_not_there_is_not_found_and_no_script_runs_in_one(client, path):
    response = client.get(path)
    assert response.status_code == 404
    assert response.headers["content-security-policy"] == server.REPORT_POLICY
    assert "script" not in server.REPORT_POLICY


@pytest.mark.parametrize("host", ["0.0.0.0", "192.0.2.1", "::"])
def test_it_does_not_listen_beyond_this_computer_without_a_password(assistant, tmp_path, host):
    with pytest.raises(SettingsError, match="FOOTNOTE_PASSWORD"):
        server.serve(Settings(home=tmp_path, host=host, port=0), assistant=assistant)
    assert assistant.closed
    for allowed in (Settings(host=host, password="x"), Settings(host=host, open_to_all=True), Settings()):
        server._check_exposed(allowed)


@pytest.mark.parametrize(
    "behind", [{"root_path": "/notes"}, {"names": "notes.example"}, {"proxies": "10.0.0.1"}]
)
def test_behind_a_proxy_it_wants_a_password_too(behind):
    with pytest.raises(SettingsError, match="FOOTNOTE_PASSWORD"):
        server._check_exposed(Settings(**behind))
    server._check_exposed(Settings(password="x", **behind))


def test_an_error_is_never_kept_and_what_gradio_offers_besides_is_not_there(client):
    for path in (
        "/assets/no.js",
        "/pwa_icon/999",
        "/gradio_api/file=x",
        "/monitoring/summary",
        "/export/x.md",
    ):
        response = client.get(path)
        assert response.status_code == 404
        assert response.headers["cache-control"] == "no-store"
    for path in ("component_server", "process_recording", "call/v2/load", "run/load", "vibe-edit"):
        assert client.post(f"/gradio_api/{path}", json={"data": []}).status_code == 404


def test_another_pages_request_is_refused_and_ours_is_served(client):
    body = {"data": [], "fn_index": 0, "session_hash": "x"}
    theirs = client.post("/gradio_api/queue/join", json=body, headers={"Origin": "http://evil.example"})
    assert theirs.status_code == 403
    assert theirs.headers["content-security-policy"] == server.POLICY
    ours = {"Origin": str(client.base_url).rstrip("/"), "Sec-Fetch-Site": "same-origin"}
    assert (
        client.post("/gradio_api/upload", files={"files": ("a.txt", b"x")}, headers=ours).status_code == 200
    )


def test_twenty_readers_at_once_are_all_answered_and_see_only_their_own(client):
    from concurrent.futures import ThreadPoolExecutor

    def one(n: int) -> str:
        with httpx.Client(base_url=client.base_url, timeout=60) as own:
            return act(
                own,
                "composer",
                "ask",
                {"question": f"When is bread baked, {n:02}?"},
                f"many{n}",
                {"footnote_reader": f"{n:032}"},
            )

    with ThreadPoolExecutor(20) as pool:
        told = list(pool.map(one, range(20)))
    for n, text in enumerate(told):
        assert "Rye bread" in text
        assert f"baked, {n:02}?" in text
        assert f"baked, {(n + 1) % 20:02}?" not in text


@pytest.mark.parametrize(
    "body", ["NaN", '{"data": [], "fn_index": -1, "session_hash": "x"}', '{"data": null, "fn_index": 99999}']
)
def test_an_act_that_there_is_not_is_refused_and_no_fault_of_the_server(client, body):
    sent = client.post("/gradio_api/queue/join", content=body, headers={"Content-Type": "application/json"})
    assert 400 <= sent.status_code < 500
    assert client.get(f"/assets/{'a' * 3_000}").status_code == 400


@pytest.mark.parametrize(
    "path", ["none/1", "none/1?from=x&to=-3", "none/99999999999", "..%2F..%2Fetc/1", "none/x"]
)
def test_a_page_of_what_is_not_in_the_library_is_not_there_and_nothing_of_it_is_kept(client, path):
    response = client.get(f"/original/{path}")
    assert response.status_code == 404
    assert "no-store" in response.headers["cache-control"]
    assert response.headers["content-type"].startswith("text/plain")

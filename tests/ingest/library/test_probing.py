"""What `footnote doctor` says of a Chroma server; and one behind a proxy that asks for a key."""

from __future__ import annotations

import contextlib
import json
import threading
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING

import httpx
import pytest

from footnote.ingest.article import make_article
from footnote.ingest.encoder.encoded import encode_article
from footnote.ingest.library.library import open_library
from footnote.ingest.library.probing import faults

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

KEY = "a key of forty letters and more, as it were"
Answer = tuple[int, dict[str, str], bytes]


@contextlib.contextmanager
def serving(answer: Callable[[str, str, dict[str, str], bytes], Answer]) -> Iterator[str]:
    """Serve what `answer` says of a method, a path, the headers and the body, and yield the address."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            body = self.rfile.read(int(self.headers.get("content-length") or 0))
            status, headers, said = answer(self.command, self.path, dict(self.headers), body)
            self.send_response_only(status)
            for name, value in {**headers, "content-length": str(len(said))}.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(said)

        do_POST = do_PUT = do_DELETE = do_GET  # noqa: N815 - so they are found

        def log_message(self, *_: object) -> None: ...

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def asking_for_a_key(address: str) -> Callable[[str, str, dict[str, str], bytes], Answer]:
    """A proxy before a server: it hands on what comes with the key, and nothing else."""

    def answer(method: str, path: str, headers: dict[str, str], body: bytes) -> Answer:
        given = {name.lower(): value for name, value in headers.items()}
        if given.get("authorization") != f"Bearer {KEY}":
            return 401, {}, b""
        sent = {"content-type": given.get("content-type", "application/json")}
        found = httpx.request(method, f"{address}{path}", headers=sent, content=body)
        return found.status_code, {"content-type": found.headers.get("content-type", "")}, found.content

    return answer


def like_chroma(title: str = "chroma-frontend", **headers: str) -> Callable[..., Answer]:
    def answer(_method: str, path: str, *_: object) -> Answer:
        said = {"info": {"title": title}} if path == "/openapi.json" else {"nanosecond heartbeat": 1}
        return 200, {"content-type": "application/json", **headers}, json.dumps(said).encode()

    return answer


def test_a_server_of_chroma_run_on_this_computer_is_well(servers) -> None:
    assert faults(servers.shards[0].address, "") == []


def test_a_server_behind_a_proxy_that_asks_for_the_key_is_well(servers) -> None:
    with serving(asking_for_a_key(servers.shards[0].address)) as address:
        assert faults(address, KEY) == []
        assert "another key" in faults(address, "wrong")[0]
        assert "another key" in faults(address, "")[0]


def test_a_server_that_answers_without_the_key_is_not_well(servers) -> None:
    assert "without the key" in faults(servers.shards[0].address, KEY)[0]


def test_a_server_elsewhere_that_asks_for_nothing_is_not_well(monkeypatch: pytest.MonkeyPatch) -> None:
    with serving(like_chroma()) as address:
        assert faults(address, "") == []
        monkeypatch.setattr("footnote.ingest.library.probing._is_here", lambda _: False)
        assert "answers anybody" in faults(address, "")[0]


def test_the_server_in_python_is_not_well() -> None:
    with serving(like_chroma("FastAPI")) as address:
        assert "strangers" in faults(address, "")[0]


@pytest.mark.parametrize("status", [200, 404, 500])
def test_what_is_no_chroma_server_is_not_well(status: int) -> None:
    with serving(lambda *_: (status, {}, b"hello")) as address:
        assert "no Chroma server" in faults(address, "")[0]


def test_nothing_there_is_not_well() -> None:
    assert "does not answer" in faults("http://127.0.0.1:9", "")[0]


def test_a_library_behind_proxies_is_there_for_who_has_the_key_and_for_nobody_else(
    servers, tmp_path, fake_encoder
) -> None:
    article = make_article([("", "A crane lifts beams."), ("", "A ship waits.")], title="T", source="/t.txt")
    with contextlib.ExitStack() as stack:
        proxies = [stack.enter_context(serving(asking_for_a_key(s.address))) for s in servers.shards]
        stores = replace(servers.new_library(), index=tuple(proxies), key=KEY)
        with open_library(tmp_path / "a", fake_encoder.name, 64, stores=stores) as library:
            library.store(encode_article(article, fake_encoder))
            library.catch_up()
            assert library.nearest(fake_encoder.encode(["crane"])[0], 5).whole
            collection = library._index._collection(library._index.shards[0], library._index._meta())
        tried = ["/api/v2/heartbeat", "/api/v2/tenants/default_tenant/databases/default_database/collections"]
        tried += [f"{tried[1]}/{collection}", "/openapi.json", "/api/v2/reset"]
        for proxy in proxies:
            for path in tried:
                for method in ("GET", "POST", "DELETE", "PUT"):
                    assert httpx.request(method, f"{proxy}{path}").status_code == 401
        with open_library(
            tmp_path / "b", fake_encoder.name, 64, read_only=True, stores=replace(stores, key="guessed")
        ) as reader:
            assert reader.nearest(fake_encoder.encode(["crane"])[0], 5).silent >= 1

"""The files of docs/deploy do what they promise, in nginx itself where it is."""

from __future__ import annotations

import contextlib
import http.server
import os
import re
import shutil
import subprocess
import threading
import time
from pathlib import Path
from typing import TYPE_CHECKING

import httpx
import pytest
import yaml

from footnote.ingest.library.probing import faults
from tests.scale.system import free_port

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

DEPLOY = Path(__file__).parents[1] / "docs/deploy"
KEY = "f00d" * 16


@pytest.fixture
def nginx(tmp_path: Path) -> Iterator[Callable[[str, int], None]]:
    """Run nginx with what stands in `http { … }`, until it answers at a port."""
    if shutil.which("nginx") is None:
        if os.environ.get("CI") == "true":
            pytest.fail("nginx is missing, and CI must not go without the tests of its files.")
        pytest.skip("nginx is missing: install it (Debian: apt-get install nginx-light).")
    running: list[subprocess.Popen] = []

    def start(given: str, port: int) -> None:
        kinds = ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
        temporary = "".join(f"{kind}_temp_path {tmp_path}/{kind};" for kind in kinds)
        user = "user root;" if os.geteuid() == 0 else ""
        (tmp_path / "nginx.conf").write_text(
            f"daemon off; {user} pid {tmp_path}/pid; error_log {tmp_path}/errors;"
            f"events {{}} http {{ access_log off; {temporary} {given} }}"
        )
        running.append(subprocess.Popen(["nginx", "-p", tmp_path, "-c", tmp_path / "nginx.conf"]))
        until = time.monotonic() + 20
        while time.monotonic() < until:
            assert running[-1].poll() is None, (tmp_path / "errors").read_text()
            with contextlib.suppress(httpx.HTTPError):
                httpx.get(f"http://127.0.0.1:{port}/")
                return
            time.sleep(0.05)
        raise TimeoutError("nginx did not start")

    yield start
    for one in running:
        one.terminate()
        one.wait()


@pytest.fixture
def guarded(servers, nginx) -> list[str]:
    """The addresses of two Chroma servers behind the proxy of the file, which knows `KEY`."""
    given = (DEPLOY / "shards.conf.template").read_text().replace("${FOOTNOTE_INDEX_KEY}", KEY)
    ports = [free_port(), free_port()]
    for number, (port, shard) in enumerate(zip(ports, servers.shards, strict=True), start=1):
        given = given.replace(f"listen 800{number}", f"listen 127.0.0.1:{port}")
        given = given.replace(f"http://chroma-{number}:8000", shard.address)
    nginx(given, ports[1])
    return [f"http://127.0.0.1:{port}" for port in ports]


def test_the_doctor_finds_nothing_wrong_with_chroma_behind_the_proxy(guarded) -> None:
    assert [faults(address, KEY) for address in guarded] == [[], []]
    assert faults(guarded[0], KEY.upper()) == ["it asks for another key than FOOTNOTE_INDEX_KEY"]
    assert faults(guarded[0], "") == ["it asks for another key than FOOTNOTE_INDEX_KEY"]


def test_the_doctor_finds_a_server_that_answers_without_the_key(servers, guarded) -> None:
    assert faults(guarded[0], KEY) == []
    (found,) = faults(servers.shards[0].address, KEY)
    assert found.startswith("it answers without the key")


def test_an_intruder_without_the_key_gets_nowhere(guarded) -> None:
    """Forty requests, each of what Chroma's server would do for anybody."""
    base = "/api/v2/tenants/default_tenant/databases/default_database/collections"
    asked = [
        ("GET", "/api/v2/heartbeat"), ("GET", "/api/v2/version"), ("GET", base), ("GET", "/openapi.json"),
        ("POST", base), ("DELETE", f"{base}/x"), ("POST", f"{base}/x/get"), ("POST", f"{base}/x/delete"),
        ("POST", f"{base}/x/query"), ("POST", "/api/v2/reset"),
    ]  # fmt: skip
    shown = [None, f"Bearer {KEY}x", f"Basic {KEY}", f"bearer {KEY[:-1]}"]
    statuses = [
        httpx.request(
            method, guarded[n % 2] + path, headers={"Authorization": mark} if mark else {}
        ).status_code
        for n, mark in enumerate(shown)
        for method, path in asked
    ]
    assert statuses == [401] * 40
    assert (
        httpx.post(f"{guarded[0]}/api/v2/reset", headers={"Authorization": f"Bearer {KEY}"}).status_code
        == 403
    )


def test_a_library_is_kept_through_the_proxy(servers, guarded, tmp_path, fake_encoder) -> None:
    from footnote.ingest.article import make_article
    from footnote.ingest.encoder.encoded import encode_article
    from footnote.ingest.library.library import open_library
    from footnote.ingest.library.stores import Stores

    stores = Stores(servers.postgres.new_schema(), tuple(guarded), KEY)
    with open_library(tmp_path, fake_encoder.name, fake_encoder.dimension, stores=stores) as library:
        for n in range(8):
            made = make_article([("", f"Crane {n} lifts.")], title=f"T{n}", source=f"/{n}.txt")
            library.store(encode_article(made, fake_encoder))
        library.catch_up()
        assert sum(part.held for part in library.parts()) == 8
        assert library.nearest(fake_encoder.encode(["Crane 3 lifts."])[0], 3).whole


class Named(http.server.BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        self.send_response(200)
        self.end_headers()
        self.wfile.write(str(self.server.server_port).encode())

    def log_message(self, *_: object) -> None:
        pass


@contextlib.contextmanager
def named_server() -> Iterator[http.server.ThreadingHTTPServer]:
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Named) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        try:
            yield server
        finally:
            server.shutdown()
            thread.join()


def test_a_browser_stays_with_its_server_and_goes_to_the_other_when_it_is_gone(nginx) -> None:
    port = free_port()
    given = (DEPLOY / "many.conf").read_text().replace("listen 8080", f"listen 127.0.0.1:{port}")
    readers = [f"reader-number-{n:>02}-of-many" for n in range(20)]

    def served(reader: str) -> str:
        return httpx.get(f"http://127.0.0.1:{port}/", cookies={"footnote_reader": reader}).text

    with contextlib.ExitStack() as first, named_server() as second:
        servers = [first.enter_context(named_server()), second]
        for known, server in zip((7861, 7862), servers, strict=True):
            given = given.replace(f"127.0.0.1:{known}", f"127.0.0.1:{server.server_port}")
        nginx(given, port)
        by = {reader: served(reader) for reader in readers}
        assert {served(reader) == by[reader] for reader in readers} == {True}
        assert len(set(by.values())) == 2, "one server does it all"
        first.close()
        assert {served(reader) for reader in readers} == {str(second.server_port)}


def test_nobody_but_the_proxy_reaches_the_chroma_servers_of_the_compose_file() -> None:
    given = yaml.safe_load((DEPLOY / "compose.many.yaml").read_text())
    services, networks = given["services"], given["networks"]
    shards = [name for name in services if name.startswith("chroma-")]
    assert len(shards) == 2
    assert networks["shards"]["internal"]
    for name in shards:
        assert services[name]["networks"] == ["shards"]
        assert "ports" not in services[name]
        assert services[name]["entrypoint"][:2] == ["chroma", "run"], "never the server in Python"
    assert [name for name, one in services.items() if "shards" in one["networks"] and name not in shards] == [
        "proxy"
    ]
    assert [name for name, one in services.items() if "ports" in one] == ["front"]
    assert all(re.match(r"127\.0\.0\.1:", port) for port in services["front"]["ports"])


def test_the_settings_of_the_compose_file_are_settings() -> None:
    from dataclasses import fields

    from footnote.rag.settings import Settings

    given = yaml.safe_load((DEPLOY / "compose.many.yaml").read_text())
    named = {
        name
        for service in given["services"].values()
        for name in service.get("environment", {})
        if name.startswith("FOOTNOTE_")
    }
    assert named <= {f"FOOTNOTE_{field.name.upper()}" for field in fields(Settings)}
    front = given["services"]["front"]["command"][0]
    for name in ("footnote-1", "footnote-2"):
        assert f"{name}:7860" in front

"""The doors for programs without the page beside them: the real guard, gate, routes, jobs and queue."""

from __future__ import annotations

import shutil
import threading
import time
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pytest
import uvicorn
from fastapi import FastAPI
from starlette.testclient import TestClient

from footnote import Assistant, Settings
from footnote.ingest.library.library import open_library
from footnote.rag.answer.reader import PackagedReader
from footnote.ui.api.mount import mount
from footnote.ui.page.page import Page
from footnote.ui.web.guard import Entrance, Guard

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

HERE = ("127.0.0.1", 50_000)


def doors(assistant: Any, uploads: Path, **how: Any) -> FastAPI:
    return beside(Page(assistant, uploads=uploads), **how)


def beside(page: Page, **how: Any) -> FastAPI:
    app = FastAPI(openapi_url=None, docs_url=None, redoc_url=None)
    mount(app, page, **{"exposed": False, "password": "", **how})
    app.add_middleware(Guard, entrance=Entrance())
    return app


@contextmanager
def running(app: FastAPI) -> Iterator[str]:
    server = uvicorn.Server(uvicorn.Config(app, host="127.0.0.1", port=0, log_level="error"))
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    until = time.monotonic() + 60
    while not server.started and time.monotonic() < until:
        time.sleep(0.02)
    port = server.servers[0].sockets[0].getsockname()[1]
    try:
        yield f"http://127.0.0.1:{port}"
    finally:
        server.should_exit = True
        thread.join(30)


@dataclass(frozen=True)
class Served:
    """A server over the samples: its address, and the assistant behind it."""

    url: str
    assistant: Assistant


@pytest.fixture(scope="session")
def served(sample_home, encoder, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    home = tmp_path_factory.mktemp("doors") / "library"
    shutil.copytree(sample_home, home)
    library = open_library(home, encoder.name, encoder.dimension)
    settings = Settings(home=home, api_rate=0)
    with (
        Assistant(settings, library, encoder, reader=PackagedReader()) as assistant,
        running(doors(assistant, tmp_path_factory.mktemp("uploads"))) as url,
    ):
        yield Served(url, assistant)


@contextmanager
def calling(
    assistant: Any, uploads: Path, *, client: tuple[str, int] = HERE, **how: Any
) -> Iterator[TestClient]:
    app = doors(assistant, uploads, **how)
    with TestClient(app, base_url="http://127.0.0.1:7860", client=client) as found:
        yield found

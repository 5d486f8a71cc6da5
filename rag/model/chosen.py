"""Which language models can be chosen on this computer, and what a name for one means."""

from __future__ import annotations

import importlib.util
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from footnote.rag.model import local
from footnote.rag.model.gguf import facts_of
from footnote.rag.model.shelf import SUFFIX, found, located
from footnote.rag.settings import keep

if TYPE_CHECKING:
    from pathlib import Path

    from footnote.rag.settings import Settings

WAIT = 0.5  # seconds; a server on this computer that is there answers at once
MOST_MODELS = 40  # of one server
LONGEST_NAME = 200
LONGEST_LIST = 1 << 20  # bytes
# Servers and where they listen when nobody says otherwise.
SERVERS = (
    ("Ollama", "http://127.0.0.1:11434/v1"),
    ("LM Studio", "http://127.0.0.1:1234/v1"),
    ("llama.cpp", "http://127.0.0.1:8080/v1"),
)


@dataclass(frozen=True, slots=True)
class Choice:
    """A model that can be chosen: what the settings take, and where it is, in words."""

    model: str
    base_url: str
    where: str

    @property
    def name(self) -> str:
        """What a reader calls it."""
        return self.model.partition(":")[2].rpartition("/")[2] or self.model

    @property
    def key(self) -> str:
        """What tells it from the others."""
        return f"{self.model} {self.base_url}".strip()

    def kept(self, home: Path) -> Path:
        """Write the choice into the settings' file and return its path."""
        return keep(home, {"model": self.model, "base_url": self.base_url})


OFF = Choice("", "", "")


def choices(settings: Settings) -> list[Choice]:
    """Return the models that are found: files in the library's folder, servers on this computer."""
    files = [Choice(f"{local.PROVIDER}:{m.name}", "", "a file here") for m in found(settings.home)]
    return files + [choice for name, url in SERVERS for choice in _of_server(name, url)]


def named(name: str, settings: Settings) -> Choice:
    """Return the choice that a person names: a model file by name or path, or `provider:name`.

    Raises:
        ModelSetupError: If it names a file that is not there, or is none.
    """
    provider, colon, rest = name.partition(":")
    if colon and provider != local.PROVIDER and not rest.lower().endswith(SUFFIX) and len(provider) > 1:
        return Choice(name, settings.base_url, "as you named it")
    path = located(rest if colon and provider == local.PROVIDER else name, settings.home)
    facts_of(path)
    return Choice(f"{local.PROVIDER}:{path}", "", "a file here")


def _of_server(server: str, url: str) -> list[Choice]:
    """Return the models of a server on this computer, none where it does not answer."""
    own = server == "Ollama" and importlib.util.find_spec("langchain_ollama") is not None
    return [
        Choice(f"ollama:{name}", "", server) if own else Choice(f"openai:{name}", url, server)
        for name in _listed(url)
    ]


def _listed(url: str) -> list[str]:
    import httpx

    try:
        with (
            # All in SERVERS is http on this computer: certificates would be loaded for nothing.
            httpx.Client(timeout=WAIT, trust_env=False, verify=False) as client,  # noqa: S501
            client.stream("GET", f"{url}/models") as answer,
        ):
            data = b""
            for piece in answer.iter_bytes():
                data += piece
                if len(data) > LONGEST_LIST:
                    return []
            told: Any = httpx.Response(answer.status_code, content=data).json()
    except (httpx.HTTPError, ValueError):
        return []
    rows = told.get("data") if isinstance(told, dict) else None
    names = [r.get("id") for r in rows if isinstance(r, dict)] if isinstance(rows, list) else []
    usable = [n for n in names if isinstance(n, str) and n.isprintable() and 0 < len(n) <= LONGEST_NAME]
    return usable[:MOST_MODELS]

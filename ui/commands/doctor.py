"""`footnote doctor`: every setting with its origin, and whether all parts are well."""

from __future__ import annotations

import contextlib
import json
import platform
import re
import shutil
import sys
from dataclasses import Field, dataclass, fields
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import TYPE_CHECKING, Any

import filelock
from rich.table import Table
from rich.text import Text

from footnote.ingest.encoder.packaged import PACKAGED, verify_packaged_model
from footnote.ingest.errors import FootnoteError
from footnote.rag.settings import Settings, load_with_origins
from footnote.ui.commands.terminal import count, line

if TYPE_CHECKING:
    from collections.abc import Callable

    from rich.console import Console

    from footnote.rag.assistant import Assistant
    from footnote.rag.model.probe import Probe

PACKAGES = (
    "footnote",
    "onnxruntime",
    "torch",
    "sentence-transformers",
    "chromadb",
    "langchain",
    "langchain-openai",
    "gradio",
    "trafilatura",
    "pypdf",
)
ON_SERVERS = ("psycopg", "procrastinate", "ray")


@dataclass(frozen=True, slots=True)
class Checkup:
    """One thing that was looked at: whether it is well, and what was found in words."""

    name: str
    well: bool
    found: str


@dataclass(frozen=True, slots=True)
class Diagnosis:
    """All that was looked at."""

    settings: dict[str, tuple[Any, str]]
    versions: dict[str, str]
    findings: tuple[Checkup, ...]
    free_bytes: int | None

    @property
    def well(self) -> bool:
        """Whether nothing needs attention."""
        return all(f.well for f in self.findings)

    def as_json(self) -> dict[str, Any]:
        """Return the report as `footnote doctor --json` prints it."""
        return {
            "well": self.well,
            "settings": {
                name: {"value": str(value) if isinstance(value, Path) else value, "origin": origin}
                for name, (value, origin) in self.settings.items()
            },
            "versions": self.versions,
            "checks": [{"name": f.name, "well": f.well, "found": f.found} for f in self.findings],
            "free_bytes": self.free_bytes,
        }


def examine(home: Path | None, build: Callable[..., Assistant], *, ask_model: bool = False) -> Diagnosis:
    """Look at settings, parts and library; nothing is changed.

    With `ask_model` one small request is sent to the language model; without, nothing is sent.

    Raises:
        SettingsError: If a setting cannot be used: then there is nothing to look at.
    """
    settings, origins = load_with_origins(home)
    return Diagnosis(
        {f.name: (_shown(f, settings), origins[f.name]) for f in fields(settings)},
        {"python": platform.python_version(), "platform": platform.platform(), **_versions(settings)},
        (
            _python(),
            _encoder(settings),
            _library(settings, build),
            _lock(settings),
            *_parts(settings, build),
            *(_ask_model(settings) if ask_model else _model(settings)),
        ),
        _free(settings.home),
    )


def _shown(setting: Field[Any], settings: Settings) -> Any:
    """Return a setting's value; of a secret only whether it is set, of an address no password."""
    value = getattr(settings, setting.name)
    if not setting.repr:
        return "set, not shown" if value else ""
    return re.sub(r"(?<=://)[^/@]*@", "", value) if isinstance(value, str) else value


def _versions(settings: Settings) -> dict[str, str]:
    found = {}
    for name in (*PACKAGES, *(ON_SERVERS if settings.record else ())):
        try:
            found[name] = version(name)
        except PackageNotFoundError:
            found[name] = "not installed"
    return found


def _python() -> Checkup:
    well = (3, 11) <= sys.version_info[:2] <= (3, 13)
    return Checkup("python", well, platform.python_version() + ("" if well else ": 3.11 to 3.13 is needed"))


def _encoder(settings: Settings) -> Checkup:
    if settings.encoder not in PACKAGED:
        return Checkup("encoder", True, f"{settings.encoder}, chosen by you; its files are not checked")
    try:
        verify_packaged_model()
    except FootnoteError as error:
        return Checkup("encoder", False, str(error))
    return Checkup("encoder", True, f"{settings.encoder}: its files are the official ones")


def _library(settings: Settings, build: Callable[..., Assistant]) -> Checkup:
    try:
        with build(settings, read_only=True) as assistant:
            articles = len(assistant.library.articles())
            paragraphs = assistant.library.paragraph_count()
            kept, size = assistant.library.originals()
            where = f" in {assistant.library.place}" if settings.record and articles else ""
    except FootnoteError as error:
        return Checkup("library", False, str(error))
    originals = f", {count(kept, 'original')} kept to be shown ({size / 1e6:,.1f} MB)" if kept else ""
    found = f"{count(articles, 'article')}, {count(paragraphs, 'paragraph')}{originals}{where}"
    return Checkup("library", True, found)


def _lock(settings: Settings) -> Checkup:
    """Tell who writes to the library, if anybody; that somebody does is well."""
    if settings.record:
        return Checkup("lock", True, "none: those who write to PostgreSQL take turns")
    path = settings.home / "lock"
    if not path.exists():
        return Checkup("lock", True, "free")
    lock = filelock.FileLock(path, timeout=0)
    try:
        with lock:
            return Checkup("lock", True, "free")
    except filelock.Timeout:
        return Checkup("lock", True, f"held by {_holder(settings.home)}")
    except OSError as error:
        return Checkup("lock", False, f"{path} cannot be used: {error.strerror or error}")


def _parts(settings: Settings, build: Callable[..., Assistant]) -> list[Checkup]:
    """Ask each Chroma server whether it is what it should be, and how much of its part it holds."""
    if not settings.stores.index:
        return []
    from footnote.ingest.library.probing import faults

    lacking: dict[str, str] = {}
    with contextlib.suppress(FootnoteError), build(settings, read_only=True) as assistant:
        lacking = {
            part.address: f"it holds {part.held:,} vectors of {part.due:,}: run `footnote reindex`"
            for part in assistant.library.parts()
            if part.held is not None and part.held != part.due
        }
    found = []
    for number, address in enumerate(settings.stores.index, start=1):
        wrong = faults(address, settings.index_key) or list(filter(None, [lacking.get(address)]))
        told = f"{address}: {'; '.join(wrong)}" if wrong else f"{address} answers, and holds all of its part"
        found.append(Checkup(f"part {number}", not wrong, told))
    return found


def _holder(home: Path) -> str:
    try:
        owner = json.loads((home / "owner.json").read_text(encoding="utf-8"))
        return f"process {owner['pid']}" + (f", the server at {owner['url']}" if owner["url"] else "")
    except (OSError, ValueError, KeyError, TypeError):
        return "another process"


def _model(settings: Settings) -> list[Checkup]:
    """Tell which model is configured, and whether it could be asked; nothing is sent."""
    if not settings.model:
        return [Checkup("model", True, "none: the articles’ own sentences answer; see FOOTNOTE_MODEL")]
    from footnote.rag.model.chat import connect

    try:
        connect(settings).close()
    except FootnoteError as error:
        return [Checkup("model", False, str(error))]
    return [Checkup("model", True, f"{settings.model}, not asked; `footnote doctor --model` asks it")]


def _ask_model(settings: Settings) -> list[Checkup]:
    """Ask the model one small thing and tell what works."""
    if not settings.model:
        return [Checkup("model", False, "none is configured. Set FOOTNOTE_MODEL, as openai:gpt-4.1-mini.")]
    from footnote.rag.model.chat import connect
    from footnote.rag.model.probe import probe

    try:
        chat = connect(settings)
        try:
            found = probe(chat)
        finally:
            chat.close()
    except FootnoteError as error:
        return [Checkup("model", False, str(error))]
    return _findings(settings, found)


def _findings(settings: Settings, found: Probe) -> list[Checkup]:
    times = f"{found.first_words:.1f} s to its first words, {found.seconds:.1f} s in all"
    tokens = f"{found.tokens} tokens, counted by {'the server' if found.counted else 'Footnote'}"
    streams = f"{found.pieces} pieces" if found.streams else "all at once: answers will not grow as you read"
    obeyed = "heeded" if found.obeyed else "not heeded: it will not keep to the rules for footnotes well"
    whole = "said" if found.whole else "not said: its answers will be labelled incomplete"
    window = f"{found.window:,} tokens" if found.window else "unknown"
    fits = found.window is None or found.window >= settings.model_window
    advice = "" if fits else ". Lower FOOTNOTE_MODEL_WINDOW"
    return [
        Checkup("model", bool(found.text.strip()), f"{settings.model} answered: {times}, {tokens}"),
        Checkup("stream", True, streams),
        Checkup("system", found.obeyed, f"the system prompt was {obeyed}"),
        Checkup("ending", found.whole, f"the end of the answer was {whole}"),
        Checkup("window", fits, f"{window}; Footnote sends at most {settings.model_window:,}{advice}"),
    ]


def _free(home: Path) -> int | None:
    """Return the free bytes where the library is or would be."""
    for folder in (home, *home.absolute().parents):
        try:
            return shutil.disk_usage(folder).free
        except OSError:
            continue
    return None


def print_report(console: Console, report: Diagnosis) -> None:
    """Print the report for a person."""
    for finding in report.findings:
        mark = Text("ok   ", style="green") if finding.well else Text("wrong", style="bold red")
        console.print(Text.assemble(mark, f"  {finding.name:<8} {line(finding.found)}"), soft_wrap=True)
    if report.free_bytes is not None:
        console.print(f"       free     {report.free_bytes / 1e9:,.1f} GB on the library's disk")
    console.print()
    console.print(_table(("Setting", "Value", "From"), [(n, v, o) for n, (v, o) in report.settings.items()]))
    console.print()
    console.print(_table(("Part", "Version"), list(report.versions.items())))


def _table(head: tuple[str, ...], rows: list[tuple[Any, ...]]) -> Table:
    table = Table(box=None, padding=(0, 2, 0, 0), header_style="bold")
    for name in head:
        table.add_column(name, overflow="fold")
    for row in rows:
        table.add_row(*(Text(line(str(cell))) for cell in row))
    return table

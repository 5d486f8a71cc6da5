"""What a report's figures depend on: versions of encoder, prompts, model and code, and the settings."""

from __future__ import annotations

import contextlib
import platform
import re
import shutil
import subprocess
from dataclasses import fields
from functools import lru_cache
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import TYPE_CHECKING, Any

from footnote.evals.suite.cases import digest_of
from footnote.rag.model.judge import judge_name

if TYPE_CHECKING:
    from footnote.rag.assistant import Assistant

ROOT = Path(__file__).resolve().parents[2]  # where the rooms lie side by side, in a checkout and installed
PACKAGES = ("ingest", "rag", "prompts", "evals")
KNOWLEDGE = {".py", ".md", ".txt", ".toml"}  # code, prompts, and what is known of English
SECRET = re.compile(r"api_?key|secret|password|credential", re.IGNORECASE)
LOGIN = re.compile(r"(?<=//)[^/@\s]+@")  # of an address: `https://user:password@host`
ELSEWHERE = {"home", "host", "port"}  # settings that change no reply
GIT_SECONDS = 5.0


def environment(assistant: Assistant) -> dict[str, Any]:
    """Return what replies depend on; secrets are left out, paths of this computer too."""
    settings = assistant.settings
    shown = {
        f.name: _shown(getattr(settings, f.name))
        for f in fields(settings)
        if f.repr and f.name not in ELSEWHERE and not SECRET.search(f.name)
    }
    return {
        "footnote": _version("footnote"),
        "commit": commit(),
        "code": code_digest(),
        "encoder": assistant.encoder.name,
        "model": str(getattr(settings, "model", "") or "none: extractive"),
        "judge": judge_name(settings),
        "prompts": prompts_digest(),
        "python": platform.python_version(),
        "platform": f"{platform.system()} {platform.machine()}",
        "packages": {
            name: _version(name) for name in ("onnxruntime", "torch", "sentence-transformers", "numpy")
        },
        "settings": shown,
    }


def _shown(value: Any) -> Any:
    return value if isinstance(value, (int, float, bool)) else LOGIN.sub("", str(value))


def _version(name: str) -> str:
    try:
        return version(name)
    except PackageNotFoundError:
        return ""


@lru_cache(maxsize=1)
def code_digest() -> str:
    """Return a digest of the code, prompts and lists of words that make replies and figures."""
    found = sorted(path for name in PACKAGES for path in (ROOT / name).rglob("*") if path.suffix in KNOWLEDGE)
    return digest_of(*(path.read_bytes() for path in found))


def prompts_digest() -> str:
    """Return a digest of the prompt files; empty when there is none."""
    found = sorted((ROOT / "prompts").glob("*.md"))
    return digest_of(*(path.read_bytes() for path in found)) if found else ""


@lru_cache(maxsize=1)
def commit() -> str:
    """Return the git commit of the code, with `+` when files differ from it; empty outside a checkout."""
    top = _git("rev-parse", "--show-toplevel")
    if not top or Path(top).resolve() != ROOT.resolve():
        return ""  # the code is installed; a repository around it is somebody else's
    changed = _git("status", "--porcelain", "--untracked-files=no")
    return _git("rev-parse", "--short=12", "HEAD") + ("+" if changed else "")


def _git(*arguments: str) -> str:
    program = shutil.which("git")
    if program is None:
        return ""
    with contextlib.suppress(OSError, subprocess.SubprocessError):
        done = subprocess.run(  # noqa: S603 - fixed arguments
            [program, "-C", str(ROOT), *arguments],
            capture_output=True,
            text=True,
            timeout=GIT_SECONDS,
            check=False,
        )
        return done.stdout.strip() if done.returncode == 0 else ""
    return ""

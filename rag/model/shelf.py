"""Model files of one's own: which are there, what a name means, and fetching one."""

from __future__ import annotations

import contextlib
import hashlib
import re
import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from footnote.rag.errors import ModelError, ModelSetupError
from footnote.rag.model.gguf import PART, facts_of, parts_of

if TYPE_CHECKING:
    from collections.abc import Callable

    from footnote.rag.model.gguf import Facts

FOLDER = "models"  # in the library's folder
SUFFIX = ".gguf"
REPOSITORY = re.compile(
    r"(?:https://huggingface\.co/|hf\.co/|hf://)?([\w.-]+/[\w.-]+)/(?:(?:resolve|blob)/[\w.-]+/)?(.+\.gguf)(?:\?.*)?",
    re.IGNORECASE,
)
# What may be used for anything; of another licence a reader is told before the file is theirs.
PERMISSIVE = frozenset({"apache-2.0", "mit", "bsd-3-clause", "bsd-2-clause", "cc0-1.0", "unlicense", "isc"})


@dataclass(frozen=True, slots=True)
class Suggestion:
    """A model that `footnote model list` names: where it is, its licence, gigabytes on disk and of memory."""

    source: str
    licence: str
    size: float
    memory: float
    good_for: str


# Licences as their repositories state them. Memory: `Facts.memory` with a window of 8,192 tokens.
SUGGESTED = (
    Suggestion(
        "Qwen/Qwen2.5-1.5B-Instruct-GGUF/qwen2.5-1.5b-instruct-q4_k_m.gguf",
        "Apache-2.0", 1.1, 1.8, "old computers; short answers",
    ),
    Suggestion(
        "Qwen/Qwen3-4B-GGUF/Qwen3-4B-Q4_K_M.gguf",
        "Apache-2.0", 2.5, 4.1, "computers with 8 GB",
    ),
    Suggestion(
        "Qwen/Qwen2.5-7B-Instruct-GGUF/qwen2.5-7b-instruct-q4_k_m-00001-of-00002.gguf",
        "Apache-2.0", 4.7, 5.6, "computers with 16 GB",
    ),
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class ModelFile:
    """A model file that is there."""

    path: Path
    facts: Facts

    @property
    def name(self) -> str:
        """What `local:` takes: the file's name without its ending."""
        return PART.sub("", self.path.name)[: -len(SUFFIX)]


def found(home: Path) -> list[ModelFile]:
    """Return the model files in the library's folder, by name; what is no model is left out."""
    there: list[ModelFile] = []
    for path in sorted((home / FOLDER).glob("*")):
        part = PART.search(path.name)
        if path.suffix.lower() == SUFFIX and not (part and int(part[1]) > 1):
            with contextlib.suppress(ModelSetupError):
                there.append(ModelFile(path, facts_of(path)))
    return there


def located(name: str, home: Path) -> Path:
    """Return the file that a name means: a path, or the name of a file in the library's folder.

    Raises:
        ModelSetupError: If there is none, or several go by that name.
    """
    path = Path(name).expanduser()
    if not name.strip():
        raise ModelSetupError(
            "local: needs a model: write local:PATH.gguf, or a name of `footnote model list`."
        )
    if path.is_file():
        return path.resolve()
    folder = home / FOLDER
    exact = [p for p in (folder / name, folder / f"{name}{SUFFIX}") if p.parent == folder and p.is_file()]
    fitting = exact or [m.path for m in found(home) if name.lower() in m.name.lower()]
    if len(fitting) == 1:
        return fitting[0].resolve()
    if fitting:
        raise ModelSetupError(f"“{name}” may be {' or '.join(p.stem for p in fitting)}. Name one of them.")
    if path.is_dir():
        raise ModelSetupError(f"{path} is a folder. Name the model file in it, which ends in {SUFFIX}.")
    raise ModelSetupError(
        f"There is no model “{name}”, neither as a file nor in {folder}. See what is there with "
        "`footnote model list`, fetch one with `footnote model get`."
    )


@dataclass(frozen=True, slots=True)
class Fetched:
    """A model file that was fetched, and its licence as its repository states it."""

    path: Path
    licence: str
    new: bool


def fetch(source: str, home: Path, tell: Callable[[str], None]) -> Fetched:
    """Fetch `OWNER/REPO/FILE.gguf` from Hugging Face into the library's folder, all its parts, and check it.

    A fetch that broke off goes on where it stopped. `tell` hears the licence before the first byte comes.

    Raises:
        ModelError: If it cannot be reached, is not there, does not fit the disk or is not what was promised.
    """
    repository, name = _parted(source)
    folder = home / FOLDER
    names = [str(p) for p in parts_of(Path(name))]
    there = [folder / Path(n).name for n in names]
    if all(p.is_file() for p in there):
        facts_of(there[0])
        return Fetched(there[0], "", new=False)
    try:
        licence, wanted = _promised(repository, names)
        tell(_licence(licence))
        _fits(sum(size for size, _ in wanted.values()), folder)
        for one, (size, digest) in wanted.items():
            _fetch_one(repository, one, folder, size, digest)
    except ModelError:
        raise
    except Exception as error:  # noqa: BLE001 - it has errors of three libraries, and of its own
        raise _trouble(error, repository, name) from None
    return Fetched(there[0], licence, new=True)


def _parted(source: str) -> tuple[str, str]:
    parted = REPOSITORY.fullmatch(source.strip())
    if parted is None or ".." in source:
        raise ModelSetupError(
            f"“{source}” names no model file of Hugging Face: write OWNER/REPO/FILE.gguf, as "
            f"{SUGGESTED[0].source}."
        )
    return parted[1], parted[2]


def _promised(repository: str, names: list[str]) -> tuple[str, dict[str, tuple[int, str]]]:
    """Return the licence, and size and SHA-256 of each file, as Hugging Face has them."""
    from huggingface_hub import HfApi

    info: Any = HfApi().model_info(repository, files_metadata=True)
    card = info.card_data
    sizes = {f.rfilename: (f.size or 0, f.lfs.sha256 if f.lfs else "") for f in info.siblings or ()}
    missing = [n for n in names if n not in sizes]
    if missing:
        others = sorted(n for n in sizes if n.lower().endswith(SUFFIX))[:10]
        has = f" It has {', '.join(others)}." if others else ""
        raise ModelError(f"{repository} has no file {missing[0]}.{has}")
    return str((card.get("license") if card else "") or ""), {n: sizes[n] for n in names}


def _licence(licence: str) -> str:
    if licence.lower() in PERMISSIVE:
        return f"Licence: {licence}."
    return (
        f"Licence: {licence or 'none stated'}. It may forbid some uses: read it before you rely on the model."
    )


def _fits(size: int, folder: Path) -> None:
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    free = shutil.disk_usage(folder).free
    if size > free:
        raise ModelError(f"The model takes {size / 1e9:.1f} GB, and {folder} has {free / 1e9:.1f} GB left.")


def _fetch_one(repository: str, name: str, folder: Path, size: int, digest: str) -> None:
    from huggingface_hub import hf_hub_download

    path = Path(hf_hub_download(repository, name, local_dir=folder / ".fetching"))
    if path.stat().st_size != size or (digest and _digest(path) != digest):
        path.unlink()
        raise ModelError(f"{name} came damaged and was removed. Fetch it again.")
    path.replace(folder / path.name)
    shutil.rmtree(folder / ".fetching", ignore_errors=True)


def _digest(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _trouble(error: Exception, repository: str, name: str) -> ModelError:
    kinds = {kind.__name__ for kind in type(error).__mro__}
    if kinds & {"GatedRepoError", "RepositoryNotFoundError"}:
        return ModelError(f"Hugging Face has no open repository {repository}. Check its name and its terms.")
    if kinds & {"EntryNotFoundError"}:
        return ModelError(f"{repository} has no file {name}.")
    if (
        isinstance(error, OSError)
        and error.errno is not None
        and not kinds & {"ConnectionError", "HTTPError"}
    ):
        return ModelError(f"The model could not be stored: {error.strerror}.")
    return ModelError(
        "huggingface.co could not be reached or broke off. Check the network and run the command again: it "
        "goes on where it stopped. A file from elsewhere works too: FOOTNOTE_MODEL=local:PATH.gguf."
    )

"""Settings: the only read of the environment, and of `footnote.toml` in the library's folder."""

from __future__ import annotations

import os
import tomllib
from dataclasses import dataclass, field, fields, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ingest.encode import DEFAULT_ENCODER
from rag.errors import SettingsError

if TYPE_CHECKING:
    from collections.abc import Mapping

FILE_NAME = "footnote.toml"
PREFIX = "FOOTNOTE_"


@dataclass(frozen=True, slots=True)
class Settings:
    """Everything a person can choose. `Settings.load()` reads files and environment; the
    constructor reads neither.
    """

    home: Path = field(default_factory=lambda: default_home())  # noqa: PLW0108 - defined below
    encoder: str = DEFAULT_ENCODER
    # How sure the offline answerer must be before it answers, 0..1; see rag.extractive.
    answer_threshold: float = 0.27
    # Paragraphs considered for an answer.
    passages: int = 8
    # Longest question, in characters; longer ones are refused with a sentence that says so.
    max_question: int = 4000
    summary_words: int = 90
    host: str = "127.0.0.1"
    port: int = 7860

    def __post_init__(self) -> None:
        if not 0.0 <= self.answer_threshold <= 1.0:
            raise SettingsError(f"answer_threshold must lie between 0 and 1, not {self.answer_threshold}.")
        if not 1 <= self.passages <= 50:
            raise SettingsError(f"passages must lie between 1 and 50, not {self.passages}.")
        if not 30 <= self.summary_words <= 400:
            raise SettingsError(f"summary_words must lie between 30 and 400, not {self.summary_words}.")
        if not 0 <= self.port <= 65535:
            raise SettingsError(f"port must lie between 0 and 65535, not {self.port}.")

    @classmethod
    def load(
        cls, home: Path | None = None, environ: Mapping[str, str] | None = None, **given: Any
    ) -> Settings:
        """Return the settings in force: `given` over environment over `footnote.toml` over defaults.

        Raises:
            SettingsError: If a value cannot be used; the message names the setting and its origin.
        """
        return load_with_origins(home, environ, **given)[0]


def default_home() -> Path:
    """Return the platform's user data folder for Footnote."""
    from platformdirs import user_data_path  # not needed when a home is given

    return user_data_path("footnote", appauthor=False)


def load_with_origins(
    home: Path | None = None, environ: Mapping[str, str] | None = None, **given: Any
) -> tuple[Settings, dict[str, str]]:
    """Return the settings in force and where each came from, for `footnote doctor`."""
    environ = os.environ if environ is None else environ
    values: dict[str, Any] = {}
    origins = dict.fromkeys((f.name for f in fields(Settings)), "default")
    if home is not None:
        values["home"], origins["home"] = home, "--home"
    elif environ.get(PREFIX + "HOME"):
        values["home"], origins["home"] = Path(environ[PREFIX + "HOME"]).expanduser(), PREFIX + "HOME"
    file = (values.get("home") or default_home()) / FILE_NAME
    for name, value in _read_file(file).items():
        values[name], origins[name] = _convert(name, value, str(file)), str(file)
    for name in origins:
        variable = PREFIX + name.upper()
        if name != "home" and environ.get(variable):
            values[name], origins[name] = _convert(name, environ[variable], variable), variable
    for name, value in given.items():
        if value is not None:
            values[name], origins[name] = _convert(name, value, "--" + name.replace("_", "-")), "given"
    return replace(Settings(home=values.pop("home", None) or default_home()), **values), origins


def _read_file(path: Path) -> dict[str, Any]:
    try:
        found = tomllib.loads(path.read_text(encoding="utf-8"))
    except (FileNotFoundError, NotADirectoryError):
        return {}
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise SettingsError(f"{path} could not be read: {error}.") from error
    known = {f.name for f in fields(Settings)} - {"home"}
    for name in found:
        if name not in known:
            raise SettingsError(f"{path} has an unknown setting “{name}”. Known: {', '.join(sorted(known))}.")
    return found


def _convert(name: str, value: Any, origin: str) -> Any:
    kind = type(getattr(Settings(home=Path()), name))
    try:
        return kind(value)
    except (TypeError, ValueError):
        raise SettingsError(
            f"{origin} must be {'a number' if kind in (int, float) else 'a text'}, not “{value}”."
        ) from None

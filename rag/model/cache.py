"""A model's answers on disk, given again for the same question over the same sources. Off by default.

What is kept is what the model wrote, not the reply: it is parsed and checked again each time, so a
better checker reads old answers better. Only whole answers are kept.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
from dataclasses import dataclass
from typing import TYPE_CHECKING

from footnote.ingest.library.private import write_private

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

FOLDER = "answers"
MOST = 2000  # answers kept, about 2 kB each; the oldest go first
PRUNE_EVERY = 50  # answers written between two looks at how many there are


@dataclass(frozen=True, slots=True)
class AnswerCache:
    """Texts by key, a file each, in a folder of the library's."""

    folder: Path

    @staticmethod
    def key(*parts: str | Sequence[str]) -> str:
        """Return the key of a request: the model, the prompt's version, the question, the sources."""
        text = json.dumps(parts, ensure_ascii=True)
        return hashlib.sha256(text.encode()).hexdigest()

    def get(self, key: str) -> str | None:
        """Return the text that was kept under `key`, None when there is none that can be read."""
        try:
            found = json.loads(self._path(key).read_text(encoding="utf-8"))
        except (OSError, ValueError):
            return None
        text = found.get("text") if isinstance(found, dict) else None
        return text if isinstance(text, str) else None

    def put(self, key: str, text: str) -> None:
        """Keep `text`; a disk that takes nothing more is no error, it only keeps nothing."""
        if self.folder.is_symlink():  # a library may be somebody else's: nothing is written outside it
            return
        with contextlib.suppress(OSError):
            self.folder.mkdir(parents=True, exist_ok=True, mode=0o700)
            write_private(self._path(key), json.dumps({"text": text}))
            if int(key[:8], 16) % PRUNE_EVERY == 0:
                self._prune()

    def clear(self) -> int:
        """Forget everything; return how many answers that were."""
        files = self._files()
        for path in files:
            path.unlink(missing_ok=True)
        return len(files)

    def _files(self) -> list[Path]:
        return [] if self.folder.is_symlink() else list(self.folder.glob("*.json"))

    def _path(self, key: str) -> Path:
        return self.folder / f"{key}.json"

    def _prune(self) -> None:
        files = sorted(self._files(), key=lambda p: p.stat().st_mtime)
        for path in files[: max(0, len(files) - MOST)]:
            path.unlink(missing_ok=True)

"""Where a library lies: in a folder, or on servers that many processes share."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Stores:
    """The record's address and those of the index's parts; all empty: SQLite and Chroma in the folder."""

    record: str = field(default="", repr=False)  # postgresql://…, maybe with a password
    index: tuple[str, ...] = ()  # Chroma servers, each a part of the index; their order counts
    key: str = field(default="", repr=False)  # what the proxies before them ask for, as a bearer token

    @property
    def shared(self) -> bool:
        """Whether the library lies on servers."""
        return bool(self.record)


FOLDER = Stores()

"""What an index over the record is to the library, whichever it is."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple, Protocol

if TYPE_CHECKING:
    from collections.abc import Callable, Collection

    import numpy as np
    from numpy.typing import NDArray

    from footnote.ingest.library.record import Nearest


class Part(NamedTuple):
    """A server with how many vectors it holds, and how many it should; None where it did not answer."""

    address: str
    held: int | None
    due: int


class LibraryIndex(Protocol):
    """Nearest paragraphs of one library. It can be thrown away and built again from the record."""

    dimension: int
    space: int  # the number of the vectors in use, of those that the record holds

    def nearest(self, vector: NDArray[np.float32], k: int, articles: Collection[str] | None) -> Nearest:
        """Return the `k` paragraphs whose best chunk is nearest, best first."""

    def must_fit(self) -> None:
        """Refuse to add vectors beside others that another process made anew since this one opened."""

    def recover(self) -> None:
        """Find out, when the library is opened to be changed, whether the index can be trusted."""

    def keep_up(self) -> None:
        """Do a part of what the index lacks, after a write; the caller holds the record's turn."""

    def catch_up(self, progress: Callable[[int], None] | None = None) -> None:
        """Bring the index up to the record; `progress` is told how many chunks are left.

        Raises:
            LibraryDamaged: If it still disagrees with the record after one rebuild.
            LibraryError: If it cannot be brought up.
        """

    def parts(self) -> list[Part]:
        """Return each server that holds a part with how much it holds; none of an index in a folder."""

    def start_over(self) -> None:
        """Throw away what the index holds; it is built again from the stored vectors."""

    def close(self) -> None:
        """Let go of files and connections."""

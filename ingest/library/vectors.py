"""Nearest vectors: an exact search in memory, and Chroma on disk. The one home of chromadb.

Chroma's files are rewritten in place and do not survive every kill, and two processes on one folder
corrupt it. So it is never the record: `ingest.library.library` opens it under a lock and rebuilds it, in a
new folder, whenever it may have been left unfinished.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
from typing import TYPE_CHECKING, Any, Protocol
from urllib.parse import urlsplit

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence
    from pathlib import Path

    from numpy.typing import NDArray

# Chroma takes at most 5,461 records in a call; 1,000 keep a call under a second or so.
BATCH = 1000
# Of 20,240 real paragraphs the ten nearest overlap .9995 with those of an exact search so, .955 with Chroma's
# defaults.
HNSW = {"space": "cosine", "ef_construction": 400, "ef_search": 400, "max_neighbors": 32}
# On servers, whose parts grow larger: of 20,000 made paragraphs, which lie far from what is asked for, in two
# parts, on 400 questions that did not choose it, .986 with the above; .997 with 400, 3200, 32; .993 with
# 1000, 400, 64; .9990 with 1000, 1600, 64; .9997 so. It costs 2.3 ms of processor for each that is added,
# before 1.0, and a question some 7 ms a part, before 3. A folder: .979 and .9995, 3 and 10 ms a question.
WIDE = HNSW | {"ef_construction": 1000, "ef_search": 3200, "max_neighbors": 64}

ANSWERED_IN = 10.0  # seconds that a server may take over a batch or a question


class VectorIndex(Protocol):
    """Unit vectors under ids of the form `article:number`."""

    def upsert(self, ids: Sequence[str], vectors: NDArray[np.float32]) -> None:
        """Add vectors, `[len(ids), dimension]`; an id that is there gets the new one."""

    def delete(self, ids: Sequence[str]) -> None:
        """Forget ids; unknown ones are ignored."""

    def nearest(self, vector: NDArray[np.float32], k: int) -> list[tuple[str, float]]:
        """Return up to `k` ids with their cosine to the unit `vector`, best first."""

    def count(self) -> int:
        """Return how many vectors there are."""

    def close(self) -> None:
        """Release files; the index cannot be used afterwards."""


class ExactIndex:
    """Every vector in one matrix in memory: exact, and 15 ms a query at 93,000 vectors."""

    def __init__(self, dimension: int) -> None:
        self._matrix = np.zeros((0, dimension), dtype=np.float32)
        self._owners = np.zeros(0, dtype=np.int64)  # the article of each row, as a number
        self._ids: list[str] = []
        self._rows: dict[str, int] = {}
        self._articles: dict[str, int] = {}

    def upsert(self, ids: Sequence[str], vectors: NDArray[np.float32]) -> None:
        """Add vectors; an id that is there gets the new one."""
        self._reserve(len(self._ids) + len(ids))
        rows = [self._row(name) for name in ids]
        self._matrix[rows] = vectors

    def delete(self, ids: Sequence[str]) -> None:
        """Forget ids, each replaced by the last row."""
        for name in ids:
            row = self._rows.pop(name, None)
            if row is None:
                continue
            last = self._ids.pop()
            if last != name:
                self._ids[row] = last
                self._rows[last] = row
                self._matrix[row] = self._matrix[len(self._ids)]
                self._owners[row] = self._owners[len(self._ids)]

    def nearest(
        self, vector: NDArray[np.float32], k: int, articles: Collection[str] | None = None
    ) -> list[tuple[str, float]]:
        """Return up to `k` ids with their cosine, best first; only those of `articles` when given."""
        rows = self._eligible(articles)
        # Not by BLAS: its second thread spins for 30 ms after a product of this size, and on two cores the
        # encoder and the reader then share one. A question among 20,000 paragraphs took 108 ms, now 56.
        scores = np.einsum("ij,j->i", self._matrix[: len(self._ids)], vector)
        if rows is not None:
            scores = scores[rows]
        best = top(scores, k)
        return [(self._ids[i if rows is None else rows[i]], float(scores[i])) for i in best]

    def count(self) -> int:
        """Return how many vectors there are."""
        return len(self._ids)

    def close(self) -> None:
        """Free the memory."""
        self._matrix, self._owners = self._matrix[:0].copy(), self._owners[:0].copy()
        self._ids, self._rows, self._articles = [], {}, {}

    def _eligible(self, articles: Collection[str] | None) -> NDArray[np.int64] | None:
        if articles is None:
            return None
        owners = [self._articles[a] for a in articles if a in self._articles]
        return np.flatnonzero(np.isin(self._owners[: len(self._ids)], owners))

    def _row(self, name: str) -> int:
        row = self._rows.get(name)
        if row is None:
            row = self._rows[name] = len(self._ids)
            self._ids.append(name)
            article = name.rpartition(":")[0]
            self._owners[row] = self._articles.setdefault(article, len(self._articles))
        return row

    def _reserve(self, rows: int) -> None:
        """Double the room when it runs out, so that adding one by one stays linear."""
        if rows <= len(self._matrix):
            return
        room = max(rows, 2 * len(self._matrix), 256)
        matrix = np.zeros((room, self._matrix.shape[1]), dtype=np.float32)
        matrix[: len(self._matrix)] = self._matrix
        owners = np.zeros(room, dtype=np.int64)
        owners[: len(self._owners)] = self._owners
        self._matrix, self._owners = matrix, owners


def top(scores: NDArray[np.float32], k: int) -> NDArray[np.int64]:
    """Return the positions of the `k` highest scores, best first, ties by position."""
    k = min(k, len(scores))
    if k <= 0:
        return np.zeros(0, dtype=np.int64)
    part = np.argpartition(-scores, k - 1)[:k]
    return part[np.lexsort((part, -scores[part]))]


class _Collection:
    """A Chroma collection.

    Any method may raise whatever Chroma raises; the caller decides what that means.
    """

    _client: Any
    _collection: Any
    batch = BATCH

    def upsert(self, ids: Sequence[str], vectors: NDArray[np.float32]) -> None:
        """Add vectors in batches; each batch is atomic, the whole is not."""
        for start in range(0, len(ids), self.batch):
            end = start + self.batch
            self._collection.upsert(ids=list(ids[start:end]), embeddings=vectors[start:end])

    def delete(self, ids: Sequence[str]) -> None:
        """Forget ids in batches."""
        for start in range(0, len(ids), self.batch):
            self._collection.delete(ids=list(ids[start : start + self.batch]))

    def nearest(self, vector: NDArray[np.float32], k: int) -> list[tuple[str, float]]:
        """Return up to `k` ids with their cosine, best first."""
        if k <= 0:
            return []
        found = self._collection.query(query_embeddings=[vector], n_results=k, include=["distances"])
        return [
            (name, 1.0 - float(distance))
            for name, distance in zip(found["ids"][0], found["distances"][0], strict=True)
        ]

    def count(self) -> int:
        """Return how many vectors there are."""
        return int(self._collection.count())

    def close(self) -> None:
        """Stop Chroma and release its files, or its connections."""
        self._client.close()


class ChromaIndex(_Collection):
    """A Chroma collection in a folder of its own, opened by one process at a time."""

    def __init__(self, folder: Path, collection: str) -> None:
        chromadb = _chromadb()
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)  # what Chroma puts in it others can read
        settings = chromadb.Settings(
            anonymized_telemetry=False, is_persistent=True, persist_directory=str(folder)
        )
        self._client = chromadb.PersistentClient(path=str(folder), settings=settings)
        self._collection = self._client.get_or_create_collection(
            collection, configuration={"hnsw": HNSW}, embedding_function=None
        )


class ChromaServer(_Collection):
    """A Chroma collection on a server, which many processes use at a time: ids and vectors, nothing else.

    Without `create` it must be there: one that a server lost is not taken for an empty one.
    """

    batch = 100  # over HTTP 250 took two seconds, and cost less than half of what they cost now

    def __init__(self, address: str, key: str, collection: str, *, create: bool) -> None:
        self._client = _client_of(address, key)
        try:
            self._collection = _widened(
                self._client.get_or_create_collection(
                    collection, configuration={"hnsw": WIDE}, embedding_function=None
                )
                if create
                else self._client.get_collection(collection, embedding_function=None)
            )
        except BaseException:
            self.close()
            raise

    def close(self) -> None:
        """Let go of the connections, which Chroma's client leaves open."""
        for one in (self._client, self._client._admin_client):  # noqa: SLF001 - nothing else closes them
            one._server._session.close()  # noqa: SLF001
        self._client.close()

    def drop(self, like: str = "") -> None:
        """Delete the collection, or all others whose name has `like` in it."""
        for name in (
            [one.name for one in self._client.list_collections()] if like else [self._collection.name]
        ):
            if not like or (like in name and name != self._collection.name):
                self._client.delete_collection(name)


def _widened(collection: Any) -> Any:
    """Have a collection of an earlier Footnote searched as widely as a new one; its graph stays as it is.

    A server that has it in memory does so from its next start, and one that is just writing may refuse:
    then whoever opens it next asks again. `Collection.modify` would build whatever embedding function the
    stored configuration names.
    """
    if collection.configuration_json["hnsw"]["ef_search"] != WIDE["ef_search"]:
        with contextlib.suppress(Exception):
            collection._client._modify(  # noqa: SLF001 - see above
                collection.id,
                new_configuration={"hnsw": {"ef_search": WIDE["ef_search"]}},
                tenant=collection.tenant,
                database=collection.database,
            )
    return collection


def _client_of(address: str, key: str) -> Any:
    """Connect to a server that answers in time. Chroma's client itself would wait for ever."""
    import httpx

    parts = urlsplit(address)
    headers = {"Authorization": f"Bearer {key}"} if key else {}
    safe = parts.scheme == "https"  # else no certificates are read, which takes longer than an answer
    heartbeat = f"{address}/api/v2/heartbeat"
    httpx.get(heartbeat, headers=headers, timeout=ANSWERED_IN, verify=safe).raise_for_status()
    chromadb = _chromadb()
    client = chromadb.HttpClient(
        host=address if parts.path.strip("/") else parts.hostname,
        port=parts.port or (443 if safe else 80),
        ssl=safe,
        headers=headers,
        settings=chromadb.Settings(
            anonymized_telemetry=False, chroma_server_ssl_verify=None if safe else False
        ),
    )
    client._server._session.timeout = httpx.Timeout(ANSWERED_IN)  # noqa: SLF001 - it has no setting
    return client


def _chromadb() -> Any:
    os.environ.setdefault("ANONYMIZED_TELEMETRY", "False")
    import chromadb  # takes half a second to two

    return chromadb


def collection_name(encoder: str, dimension: int, chunking: int) -> str:
    """Return the collection's name: vectors of another encoder, size or chunking live in another.

    >>> collection_name("a", 384, 1) == collection_name("b", 384, 1)
    False
    """
    # Titles and encoder names do not fit Chroma's names: 3 to 512 of [a-zA-Z0-9._-].
    described = f"{encoder}\n{dimension}\nunit length\n{chunking}"
    return "chunks-" + hashlib.sha256(described.encode("utf-8", "backslashreplace")).hexdigest()[:24]

"""From what a person names to a suite: `samples`, JSON Lines, SQuAD's JSON or a BEIR folder."""

from __future__ import annotations

import ast
import contextlib
import csv
import gzip
import io
import json
import sys
import zlib
from functools import partial
from importlib.resources import files
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING, Any

from footnote.evals.suite import beir, jsonl, squad
from footnote.evals.suite.cases import Case, Suite, SummaryCase, digest_of
from footnote.ingest.errors import SourceNotFound, UnreadableSource
from footnote.ingest.samples import sample_folder
from footnote.ingest.sources import read_sources

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from footnote.ingest.article import Article, Read

SAMPLES = "samples"
STDIN = "-"
LARGEST_CELL = 50_000_000  # characters; csv itself stops at 131,072
BUILT_IN = ("samples.jsonl", "summaries.jsonl")
SUFFIXES = ("_questions", "-questions", ".questions")


def load_suite(given: str | Path, articles: Sequence[str] = (), *, library: bool = False) -> Suite:
    """Return the suite that `given` names: `samples`, a .jsonl or .json file, or a BEIR folder.

    `articles` are sources with the articles that questions are about. Where none is given, a file
    `x_articles.jsonl` beside `x_questions.jsonl`, or `articles.jsonl`, is taken. With `library` the
    questions are about the articles of a library, and none are looked for.

    Raises:
        SourceNotFound: If there is no such file.
        UnreadableSource: If it holds no case, or its questions name articles that are nowhere.
    """
    if str(given) == SAMPLES:  # a folder of this name is ./samples
        return sample_suite()
    path = Path(given).expanduser()
    if path.is_dir():
        return _beir(path)
    if path.suffix.lower() == ".json":
        return _squad(path)
    return _jsonl(path, articles, library=library)


def sample_suite() -> Suite:
    """Return the built-in suite over the sample articles: answers, refusals, follow-ups, summaries."""
    reader = jsonl.RowReader(SAMPLES)
    parts: list[bytes] = []
    for name in BUILT_IN:
        data = files("footnote.evals.suite.built_in").joinpath(name).read_bytes()
        reader.read(name, data.split(b"\n"))
        parts.append(data)
    folder = sample_folder()
    samples = sorted(path for path in Path(folder).iterdir() if path.is_file() and path.suffix != ".py")
    parts += [path.read_bytes() for path in samples]
    return Suite(
        SAMPLES,
        tuple(reader.cases),
        digest_of(*(p.replace(b"\r\n", b"\n") for p in parts)),
        tuple(reader.bad),
        partial(_sources, [str(folder)]),
    )


def claims_path() -> str:
    """Return where the built-in claims are: on paragraphs of the samples, labelled by their writers."""
    return str(files("footnote.evals.suite.built_in").joinpath("claims.jsonl"))


def response_suite(path: str | Path) -> Suite:
    """Return the answers of another system as a suite; see `footnote.evals.suite.jsonl` for the rows.

    They are lines of JSON, one list, or a CSV with a head; gzipped or not, in UTF-8 or UTF-16; `-` is
    standard input. A row of a list goes by its place in it.

    Raises:
        SourceNotFound: If there is no such file.
        UnreadableSource: If no row holds a response.
    """
    return _jsonl(Path(path).expanduser(), (), library=True, responses=True)


def _rows(data: bytes, name: str = "") -> list[bytes]:
    """Return the rows of a file: its lines, the members of the one list that it is, or those of a CSV."""
    if data[:2] == b"\x1f\x8b":
        with contextlib.suppress(OSError, EOFError, zlib.error):
            data = gzip.decompress(data)
    if data[:2] in (b"\xff\xfe", b"\xfe\xff"):
        data = data.decode("utf-16", "replace").encode("utf-8", "replace")
    if name.lower().removesuffix(".gz").endswith(".csv"):
        return _cells(data.decode("utf-8-sig", "replace"))
    if data.removeprefix(b"\xef\xbb\xbf").lstrip()[:1] == b"[":
        with contextlib.suppress(ValueError, RecursionError):
            return [json.dumps(row).encode() for row in json.loads(data.decode("utf-8-sig"))]
    return data.split(b"\n")


def _cells(text: str) -> list[bytes]:
    """Return the rows of a CSV with a head; a list in a cell is JSON or, as pandas writes it, Python."""
    csv.field_size_limit(LARGEST_CELL)
    try:
        rows = [
            {key: _listed(cell) for key, cell in row.items() if key and cell}
            for row in csv.DictReader(io.StringIO(text, newline=""))
        ]
    except csv.Error as error:
        raise UnreadableSource(f"The table could not be read: {error}.") from error
    return [json.dumps(row).encode() for row in rows]


def _listed(cell: Any) -> Any:
    if not isinstance(cell, str) or not cell.startswith("["):
        return cell
    for read in (json.loads, ast.literal_eval):
        with contextlib.suppress(ValueError, SyntaxError, RecursionError, MemoryError):
            found = read(cell)
            return [str(one) for one in found] if isinstance(found, list) else cell
    return cell


def _jsonl(path: Path, articles: Sequence[str], *, library: bool, responses: bool = False) -> Suite:
    data = _bytes(path)
    reader = jsonl.RowReader(path.stem, responses)
    reader.read(path.name, _rows(data, path.name) if responses else data.split(b"\n"))
    if not reader.cases:
        why = f" Line {reader.bad[0].line}: {reader.bad[0].reason}." if reader.bad else ""
        raise UnreadableSource(f"“{path}” holds no case that can be run.{why}")
    brought = list(reader.articles())
    sources = [] if library else _articles_of(path, reader, list(articles), brought)
    digest = digest_of(data, *_digests(sources))
    return Suite(
        path.stem,
        tuple(reader.cases),
        digest,
        tuple(reader.bad),
        partial(_both, brought, sources),
    )


def _articles_of(
    path: Path, reader: jsonl.RowReader, given: list[str], brought: Sequence[Article]
) -> list[str]:
    """Return the sources of the articles that questions name; those that rows brought need none."""
    if given:
        return given
    held = {a.source.partition("#")[2] for a in brought}
    if all(_article(case) in held for case in reader.cases if _article(case)):
        return []
    stem = path.stem
    for suffix in SUFFIXES:
        stem = stem.removesuffix(suffix)
    for name in (f"{stem}_articles.jsonl", f"{stem}-articles.jsonl", "articles.jsonl"):
        if (path.parent / name).is_file():
            return [str(path.parent / name)]
    raise UnreadableSource(
        f"The questions in “{path}” are about articles that it does not hold. Name them with "
        f"--articles FILE, or put them beside it as {stem}_articles.jsonl."
    )


def _article(case: object) -> str:
    return case.article if isinstance(case, (Case, SummaryCase)) else ""


def _squad(path: Path) -> Suite:
    data = _bytes(path)
    cases, bad, articles = squad.read_squad(data, path.stem)
    if not cases:
        raise UnreadableSource(f"“{path}” holds no question that can be asked.")
    return Suite(path.stem, tuple(cases), digest_of(data), tuple(bad), partial(_both, articles, []))


def _beir(path: Path) -> Suite:
    if not beir.is_beir(path):
        raise UnreadableSource(
            f"“{path}” is no suite. Give a .jsonl or .json file, or a folder with corpus.jsonl, "
            "queries.jsonl and qrels/test.tsv."
        )
    cases, bad = beir.read_beir(path)
    if not cases:
        raise UnreadableSource(f"“{path}” holds no judged query.")
    name = path.resolve().name
    digest = digest_of(*(file.read_bytes() for file in beir.files_of(path)))
    return Suite(name, tuple(cases), digest, tuple(bad), partial(beir.read_corpus, path, name))


def _bytes(path: Path) -> bytes:
    if str(path) == STDIN:
        return sys.stdin.buffer.read()
    try:
        return path.read_bytes()
    except FileNotFoundError:
        raise SourceNotFound(
            f"“{path}”: no such file. Give `{SAMPLES}`, a .jsonl or .json file, or a folder in BEIR’s form."
        ) from None
    except OSError as error:
        raise UnreadableSource(f"“{path}” could not be read: {error.strerror or error}.") from error


def _digests(sources: Sequence[str]) -> list[str]:
    return [
        digest_of(Path(s).read_bytes()) if Path(s).is_file() else s  # a folder or pattern goes by its name
        for s in sources
    ]


def _sources(given: Sequence[str]) -> Iterator[Read]:
    return read_sources(given)


def _both(articles: Sequence[Article], given: Sequence[str]) -> Iterator[Read]:
    return chain(articles, read_sources(given))

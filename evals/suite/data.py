"""From what a person names to a suite: `samples`, JSON Lines, SQuAD's JSON or a BEIR folder."""

from __future__ import annotations

import sys
from functools import partial
from importlib.resources import files
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING

from footnote.evals.suite import beir, jsonl, squad
from footnote.evals.suite.cases import Case, Suite, SummaryCase, digest_of
from footnote.evals.suite.rows import bare_name, rows_of, unpacked
from footnote.ingest.errors import SourceNotFound, UnreadableSource
from footnote.ingest.samples import sample_folder
from footnote.ingest.sources import read_sources

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from footnote.ingest.article import Article, Read

SAMPLES = "samples"
STDIN = "-"
BUILT_IN = ("samples.jsonl", "summaries.jsonl")
SUFFIXES = ("_questions", "-questions", ".questions")


def load_suite(given: str | Path, articles: Sequence[str] = (), *, library: bool = False) -> Suite:
    """Return the suite that `given` names: `samples`, a file of cases, or a BEIR folder.

    A file holds lines of JSON, one list, a CSV with a head or SQuAD's object; gzipped or not, in UTF-8 or
    UTF-16; `-` is standard input.

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
    data = unpacked(_bytes(path), path)
    if path.name.lower().removesuffix(".gz").endswith(".json") and not _holds_rows(data):
        return _squad(path, data)
    return _jsonl(path, data, articles, library=library)


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
        reader.rows,
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
    path = Path(path).expanduser()
    return _jsonl(path, unpacked(_bytes(path), path), (), library=True, responses=True)


def _holds_rows(data: bytes) -> bool:
    """Tell whether a .json file is a list of rows, or lines of them as `datasets` writes it."""
    first, _, rest = data.lstrip(b"\xef\xbb\xbf \t\r\n").partition(b"\n")
    return first[:1] == b"[" or (first.rstrip()[-1:] == b"}" and rest.lstrip()[:1] == b"{")


def _jsonl(
    path: Path, data: bytes, articles: Sequence[str], *, library: bool, responses: bool = False
) -> Suite:
    name = "standard input" if str(path) == STDIN else bare_name(path)
    reader = jsonl.RowReader(name, responses)
    reader.read(path.name, rows_of(data, path))
    if not reader.cases:
        why = f" Line {reader.bad[0].line}: {reader.bad[0].reason}." if reader.bad else ""
        raise UnreadableSource(f"“{path}” holds no case that can be run.{why}")
    brought = list(reader.articles())
    sources = [] if library else _articles_of(path, reader, list(articles), brought)
    digest = digest_of(data, *_digests(sources))
    return Suite(
        name,
        tuple(reader.cases),
        digest,
        tuple(reader.bad),
        partial(_both, brought, sources),
        reader.rows,
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
    stem = bare_name(path)
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


def _squad(path: Path, data: bytes) -> Suite:
    name = bare_name(path)
    cases, bad, articles = squad.read_squad(data, name)
    if not cases:
        raise UnreadableSource(f"“{path}” holds no question that can be asked.")
    return Suite(name, tuple(cases), digest_of(data), tuple(bad), partial(_both, articles, []))


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
            f"“{path}”: no such file. Give `{SAMPLES}`, a .jsonl, .json or .csv file, gzipped or not, "
            "or a folder in BEIR’s form."
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

"""Footnote beside the plain LangChain and Chroma pipeline, in one run: `make bench`.

    python -m footnote.evals.tools.bench_ask [--paragraphs 1000] [--articles FILE] [--questions 60]
        [--encoder all-MiniLM-L6-v2-8bit]

The plain pipeline is the one of the tutorials: RecursiveCharacterTextSplitter (1,000 characters, 200 of
overlap), embeddings of the same all-MiniLM-L6-v2 as langchain-huggingface makes them, and langchain-chroma's
`add_documents` and `similarity_search`. Each runs in a process of its own, over the same articles: the
samples, and distractors up to `--paragraphs`. These are made from the samples' sentences with their words
dealt anew, so that none of them answers, or taken from `--articles`. Machines differ and are busy: read the
ratios, and of processor time where others use the machine.
"""

from __future__ import annotations

import argparse
import json
import random
import re
import subprocess
import sys
import tempfile
import time
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from footnote.evals.metrics.correctness import normalised
from footnote.evals.report.report import peak_memory
from footnote.evals.suite.cases import Case
from footnote.evals.suite.data import sample_suite
from footnote.ingest.article import Article
from footnote.ingest.encoder.packaged import DEFAULT_ENCODER
from footnote.ingest.samples import sample_folder
from footnote.ingest.sources import read_sources

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

PARAGRAPHS = 1000  # with 60 questions about four minutes on two idle cores; 20,000 take most of an hour
QUESTIONS = 60
FIRST = 5  # chunks that a language model would be given; of paragraphs, as many as have the same length
CHUNK, OVERLAP = 1000, 200  # of LangChain's tutorials
ADDED_AT_ONCE = 5000  # one `add_documents` of more than 5,461 fails
SENTENCES = 4  # of a made paragraph
WORD = re.compile(r"[A-Za-z]{4,}")
SYSTEMS = ("langchain", "footnote")


# ------------------------------------------------------------------------------------------ the pool


def distractors(paragraphs: int, seed: int) -> Iterator[dict[str, Any]]:
    """Yield articles of ten made paragraphs, `paragraphs` in all, as rows of a JSON Lines file.

    Their sentences are the samples', each word of four letters and more exchanged for another's: they
    have the length, the vocabulary and the names of real ones, and answer nothing.
    """
    rng = random.Random(seed)  # noqa: S311 - not for secrets
    sentences = [
        s for a in _samples() for p in a.paragraphs for s in re.split(r"(?<=[.!?]) ", _text(a, p.number))
    ]
    words = [w for s in sentences for w in WORD.findall(s)]
    for number in range(0, paragraphs, 10):
        made = [
            " ".join(WORD.sub(lambda _: rng.choice(words), rng.choice(sentences)) for _ in range(SENTENCES))
            for _ in range(min(10, paragraphs - number))
        ]
        yield {"id": f"made-{number}", "title": " ".join(rng.sample(words, 4)), "paragraphs": made}


def _samples() -> list[Article]:
    return [a for a in read_sources([str(sample_folder())]) if isinstance(a, Article)]


def _text(article: Article, number: int) -> str:
    return article.paragraph_text(number)


def write_pool(path: Path, articles: Sequence[str], paragraphs: int, seed: int) -> int:
    """Write the samples, then distractors up to `paragraphs`, as JSON Lines; return how many there are."""
    rows = [_row(a) for a in _samples()]
    count = sum(len(row["paragraphs"]) for row in rows)
    others: Iterator[dict[str, Any]]
    if articles:
        others = (_row(a) for a in read_sources(articles) if isinstance(a, Article))
    else:
        others = distractors(paragraphs - count, seed)
    for row in others:
        if count >= paragraphs:
            break
        row["paragraphs"] = row["paragraphs"][: paragraphs - count]
        rows.append(row)
        count += len(row["paragraphs"])
    path.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    return count


def _row(article: Article) -> dict[str, Any]:
    name = article.source.replace("\\", "/").rpartition("/")[2]
    texts = [_text(article, p.number) for p in article.paragraphs]
    return {"id": name, "title": article.title, "paragraphs": texts}


def labelled(count: int, seed: int) -> list[Case]:
    """Return `count` answerable questions of the sample suite, drawn by `seed`."""
    cases = [c for c in sample_suite().cases if isinstance(c, Case) and c.kind == "answerable" and c.answers]
    return random.Random(seed).sample(cases, min(count, len(cases)))  # noqa: S311 - not for secrets


# --------------------------------------------------------------------------------------- the systems


Found = list[tuple[str, str]]  # the article's name and the text, best first


def run_langchain(pool: Path, home: Path, clock: Callable[[], None]) -> dict[str, Callable[[str], Found]]:
    """Ingest the pool as the tutorials do, and return how it is asked."""
    from langchain_chroma import Chroma
    from langchain_text_splitters import RecursiveCharacterTextSplitter
    from sentence_transformers import SentenceTransformer

    from footnote.ingest.encoder.packaged import packaged_model

    class Embeddings:
        """What langchain-huggingface's HuggingFaceEmbeddings does, with its defaults."""

        def __init__(self) -> None:
            self.model = SentenceTransformer(str(packaged_model()), device="cpu")

        def embed_documents(self, texts: list[str]) -> list[list[float]]:
            return [list(map(float, row)) for row in self.model.encode(texts, show_progress_bar=False)]

        def embed_query(self, text: str) -> list[float]:
            return self.embed_documents([text])[0]

    embeddings = Embeddings()
    embeddings.embed_query("warm")
    clock()
    rows = [json.loads(line) for line in pool.read_text(encoding="utf-8").splitlines()]
    splitter = RecursiveCharacterTextSplitter(chunk_size=CHUNK, chunk_overlap=OVERLAP)
    texts = ["\n\n".join([row["title"], *row["paragraphs"]]) for row in rows]
    documents = splitter.create_documents(texts, [{"source": row["id"]} for row in rows])
    store = Chroma("bench", embeddings, persist_directory=str(home))  # type: ignore[arg-type]
    for start in range(0, len(documents), ADDED_AT_ONCE):
        store.add_documents(documents[start : start + ADDED_AT_ONCE])
    clock()

    def search(question: str) -> Found:
        hits = store.similarity_search(question, k=FIRST)
        return [(hit.metadata["source"], hit.page_content) for hit in hits]

    return {"search": search}


def run_footnote(
    pool: Path, home: Path, clock: Callable[[], None], encoder: str = DEFAULT_ENCODER
) -> dict[str, Callable[[str], Found]]:
    """Ingest the pool into a library, and return how it is searched and asked."""
    from footnote import Settings, build
    from footnote.ingest.pipeline import ingest
    from footnote.rag.types import Answer

    assistant = build(Settings(home=home, encoder=encoder))
    assistant.warm()
    clock()
    for _ in ingest(read_sources([str(pool)]), assistant.library, assistant.encoder):
        pass
    assistant.search("warm")  # the vector index holds all before a question is timed
    clock()

    def search(question: str) -> Found:
        return [(p.source.rpartition("#")[2], p.text) for p in assistant.search(question, k=3 * FIRST)]

    def ask(question: str) -> Found:
        reply = assistant.ask(question)
        cited = reply.citations if isinstance(reply, Answer) else getattr(reply, "closest", ())
        return [(c.source.rpartition("#")[2], c.paragraph_text) for c in cited]

    return {"search": search, "ask": ask, **_steps(assistant)}


def _steps(assistant: Any) -> dict[str, Callable[[str], Found]]:
    """Return the steps of a question one by one, to see where its time goes."""
    from footnote.rag.answer import extractive
    from footnote.rag.find.retrieve import CANDIDATES, RESCORED, match_expression, retrieve
    from footnote.rag.types import Understood

    library, encoder = assistant.library, assistant.encoder

    def of(step: Callable[[str], object]) -> Callable[[str], Found]:
        def run(question: str) -> Found:
            step(question)
            return []

        return run

    vectors: dict[str, Any] = {}
    retrieved: dict[str, Any] = {}

    def encode(question: str) -> None:
        vectors[question] = encoder.encode([question])[0]

    def find(question: str) -> None:
        retrieved[question] = retrieve(question, library, encoder, k=assistant.settings.passages)

    return {
        "  encode the question": of(encode),
        "  Chroma": of(lambda q: library.nearest(vectors[q], CANDIDATES)),
        "  FTS5": of(lambda q: library.match(match_expression(q), CANDIDATES)),
        "  sentence vectors": of(
            lambda q: library.sentence_vectors([k for k, _ in library.nearest(vectors[q], RESCORED)])
        ),
        "  all of retrieving": of(find),
        "  ranking and reading": of(
            lambda q: extractive.answer(
                Understood(q), retrieved[q], assistant.check, encoder, assistant.reader
            )
        ),
    }


def measure(
    system: str, pool: Path, home: Path, questions: Sequence[Case], encoder: str = DEFAULT_ENCODER
) -> dict[str, Any]:
    """Run one system in this process and return its figures."""
    times: list[tuple[float, float]] = []  # on the clock, of the processor
    run = run_langchain if system == "langchain" else partial(run_footnote, encoder=encoder)
    asked = run(pool, home, lambda: times.append((time.perf_counter(), time.process_time())))
    words = sum(
        len(p.split()) for line in pool.open(encoding="utf-8") for p in json.loads(line)["paragraphs"]
    )
    seconds, processor = (after - before for before, after in zip(*times[:2], strict=True))
    found: dict[str, Any] = {"ingest": words / seconds, "seconds": seconds, "ingest work": words / processor}
    for name, step in asked.items():
        found[name] = _timed(step, questions)
    hits = [_hits(case, asked["search"](case.question)) for case in questions]
    found["first"], found["five"] = (float(np.mean([hit[i] for hit in hits])) for i in (0, 1))
    found["memory"] = peak_memory()
    return found


def _timed(step: Callable[[str], Found], questions: Sequence[Case]) -> tuple[float, float, float]:
    """Return the median and the 95th percentile of a step, and its mean processor time, in milliseconds."""
    milliseconds, before = [], time.process_time()
    for case in questions:
        start = time.perf_counter()
        step(case.question)
        milliseconds.append(1000 * (time.perf_counter() - start))
    p50, p95 = np.percentile(milliseconds, [50, 95])
    return float(p50), float(p95), 1000 * (time.process_time() - before) / len(questions)


def _hits(case: Case, found: Found) -> tuple[bool, bool]:
    """Tell whether a text of the right article that holds an accepted answer is among those that make up
    the first 1,000 characters, and among those that make up five times as many.

    A chunk holds several paragraphs: what is compared is text of the same length.
    """
    names = {g.article.rpartition("/")[2] for g in case.gold}
    first = five = False
    length = 0
    for place, (name, text) in enumerate(found):
        length += len(text)
        right = name in names and any(normalised(a) in normalised(text) for a in case.answers)
        first = first or (right and (not place or length <= CHUNK))
        five = five or (right and (not place or length <= FIRST * CHUNK))
    return first, five


# --------------------------------------------------------------------------------------- the command


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure both in processes of their own and print the table; return the exit status."""
    chosen = _arguments(arguments)
    questions = labelled(chosen.questions, chosen.seed)
    if chosen.child:
        pool, home = Path(chosen.work) / "pool.jsonl", Path(chosen.work) / chosen.child
        print(json.dumps(measure(chosen.child, pool, home, questions, chosen.encoder)))
        return 0
    with tempfile.TemporaryDirectory() as work:
        count = write_pool(Path(work) / "pool.jsonl", chosen.articles, chosen.paragraphs, chosen.seed)
        print(f"{count:,} paragraphs, {len(questions)} questions on the sample articles", flush=True)
        found = {}
        for system in SYSTEMS:
            options = ["--child", system, "--work", work, "--questions", str(chosen.questions)]
            command = [
                sys.executable,
                "-m",
                "footnote.evals.tools.bench_ask",
                *options,
                "--seed",
                str(chosen.seed),
                "--encoder",
                chosen.encoder,
            ]
            done = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=False)  # noqa: S603
            if done.returncode:
                print(f"{system} failed with status {done.returncode}.", file=sys.stderr)
                return 1
            found[system] = json.loads(done.stdout.splitlines()[-1])
    print(table(found["langchain"], found["footnote"]))
    return 0


def table(plain: dict[str, Any], ours: dict[str, Any]) -> str:
    """Return both systems' figures side by side, and ours as a multiple of the plain one's."""
    lines = [f"{'':32}{'LangChain + Chroma':>20}{'Footnote':>14}{'ratio':>8}"]

    def line(name: str, theirs: float | None, own: float, form: str, note: str = "") -> None:
        shown = "" if theirs is None else format(theirs, form)
        ratio = "" if not theirs else f"{own / theirs:.2f}"
        lines.append(f"{name:32}{shown:>20}{format(own, form):>14}{ratio:>8}{note}")

    line("ingest, words a second", plain["ingest"], ours["ingest"], ",.0f")
    line("the same, of processor time", plain["ingest work"], ours["ingest work"], ",.0f")
    line("answer in 1,000 characters, %", 100 * plain["first"], 100 * ours["first"], ".1f")
    line("answer in 5,000 characters, %", 100 * plain["five"], 100 * ours["five"], ".1f")
    spent = ("p50", "p95", "of processor time")
    for place, name in enumerate(spent):
        line(f"search, ms {name}", plain["search"][place], ours["search"][place], ".1f")
    for place, name in enumerate(spent):
        line(f"ask, ms {name}", plain["search"][place], ours["ask"][place], ".1f", "  of its search")
    line("peak memory, MB", plain["memory"], ours["memory"], ",.0f")
    steps = [name for name in ours if name.startswith("  ")]
    lines += [
        f"{name + ', ms p50':32}{'':>20}{ours[name][0]:>14.1f}{ours[name][0] / ours['ask'][0]:>8.0%} of ask"
        for name in steps
    ]
    return "\n".join(lines)


def _arguments(given: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m footnote.evals.tools.bench_ask", description=__doc__)
    parser.formatter_class = argparse.RawDescriptionHelpFormatter
    parser.add_argument("--paragraphs", type=int, default=PARAGRAPHS, help=f"in the pool ({PARAGRAPHS:,})")
    parser.add_argument("--articles", action="append", default=[], help="take distractors from here")
    parser.add_argument("--questions", type=int, default=QUESTIONS, help=f"asked ({QUESTIONS})")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--encoder", default=DEFAULT_ENCODER, help=f"of Footnote ({DEFAULT_ENCODER})")
    parser.add_argument("--child", choices=SYSTEMS, help=argparse.SUPPRESS)
    parser.add_argument("--work", help=argparse.SUPPRESS)
    return parser.parse_args(given)


if __name__ == "__main__":
    sys.exit(main())

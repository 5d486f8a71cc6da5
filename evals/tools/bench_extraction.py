"""How well articles are found in pages, beside plain trafilatura, by the protocol of a public benchmark.

    python -m footnote.evals.tools.bench_extraction tests/pages
    python -m footnote.evals.tools.bench_extraction article-extraction-benchmark/

The folder holds pages (`NAME.html`, or `html/NAME.html.gz`) and what is right: `gold.json` (`{name:
{"paragraphs": [...]}}`, or null for a page that holds no article), or the `ground-truth.json`
(`{name: {"articleBody": "..."}}`) of scrapinghub/article-extraction-benchmark. The score is that
benchmark's: runs of four words, counted a page so that long pages weigh no more than short ones,
precision and recall averaged over pages. A second score counts whole paragraphs that are just so.
"""

from __future__ import annotations

import argparse
import gzip
import json
import random
import re
import statistics
import time
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    Extractor = Callable[[bytes], list[str] | None]

RUN = 4  # words
RESAMPLES = 1000
WORD = re.compile(r"\w+")


@dataclass(frozen=True, slots=True)
class PageCase:
    """A page and its section titles and paragraphs; none when it holds no article."""

    name: str
    page: bytes
    paragraphs: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Score:
    """Precision, recall and F1, each 0..1, the F1 with half the width of its 95 % interval."""

    precision: float
    recall: float
    f1: float
    interval: float


@dataclass(frozen=True, slots=True)
class ExtractorReport:
    """How one extractor did: on runs of words, on whole paragraphs, on pages without an article."""

    name: str
    words: Score
    paragraphs: Score
    refused: int  # of the pages without an article
    milliseconds: float  # a page


Counts = tuple[float, float, float]
"""True positives, false positives and false negatives of one page."""


def load(folder: Path) -> list[PageCase]:
    """Return the cases of a folder in either form.

    Raises:
        FileNotFoundError: If it holds neither.
    """
    if (folder / "gold.json").exists():
        gold = json.loads((folder / "gold.json").read_text(encoding="utf-8"))
        return [
            PageCase(
                name,
                (folder / f"{name}.html").read_bytes(),
                _with_titles(g["sections"], g["paragraphs"]) if g else (),
            )
            for name, g in gold.items()
        ]
    truth = json.loads((folder / "ground-truth.json").read_text(encoding="utf-8"))
    return [
        PageCase(
            name, gzip.decompress((folder / "html" / f"{name}.html.gz").read_bytes()), (t["articleBody"],)
        )
        for name, t in truth.items()
    ]


def _with_titles(sections: Iterable[str], paragraphs: Iterable[str]) -> tuple[str, ...]:
    """Return paragraphs with each section title before the first of its own, as a page shows them."""
    found: list[str] = []
    last = ""
    for section, paragraph in zip(sections, paragraphs, strict=True):
        found += [section] if section and section != last else []
        found.append(paragraph)
        last = section
    return tuple(found)


def footnote(page: bytes) -> list[str] | None:
    """Return the section titles and paragraphs that Footnote reads; None when it refuses the page."""
    from footnote.ingest.errors import UnreadableSource
    from footnote.ingest.readers import html

    try:
        sections, paragraphs = zip(*html.read(page).paragraphs, strict=True)
    except UnreadableSource:
        return None
    return list(_with_titles(sections, paragraphs))


def trafilatura(page: bytes) -> list[str] | None:
    """Return the lines that plain trafilatura gives, set to favour precision; None when it gives nothing."""
    from trafilatura import extract

    text = extract(page, favor_precision=True, include_comments=False)
    return text.split("\n") if text else None


def run(cases: Sequence[PageCase], name: str, extract: Extractor) -> ExtractorReport:
    """Score one extractor."""
    words: list[Counts] = []
    paragraphs: list[Counts] = []
    refused = 0
    started = time.perf_counter()
    found = [extract(case.page) for case in cases]
    spent = time.perf_counter() - started
    for case, texts in zip(cases, found, strict=True):
        if not case.paragraphs:
            refused += texts is None
            continue
        words.append(_counts(_runs(" ".join(case.paragraphs)), _runs(" ".join(texts or ()))))
        paragraphs.append(_counts(_lines(case.paragraphs), _lines(texts or ())))
    return ExtractorReport(name, _score(words), _score(paragraphs), refused, spent / len(cases) * 1000)


def _runs(text: str) -> Counter[tuple[str, ...]]:
    words = WORD.findall(text)
    runs = (tuple(words[at : at + RUN]) for at in range(max(1, len(words) - RUN + 1)))
    return Counter(run for run in runs if run)


def _lines(texts: Iterable[str]) -> Counter[str]:
    """Count lines by their words: how a list or a table row is marked is a matter of taste."""
    lines = (" ".join(WORD.findall(line)) for text in texts for line in text.split("\n"))
    return Counter(line for line in lines if line)


def _counts(true: Counter[Any], found: Counter[Any]) -> Counts:
    """Return the shares of what both have, only `found` has, and only `true` has."""
    both = (true & found).total()
    everything = max(1, (true | found).total())
    return both / everything, (found - true).total() / everything, (true - found).total() / everything


def _score(counts: Sequence[Counts]) -> Score:
    precision, recall, f1 = _averages(counts)
    chance = random.Random(0)  # noqa: S311 - resampling, no secret
    samples = [_averages(chance.choices(counts, k=len(counts)))[2] for _ in range(RESAMPLES)]
    return Score(precision, recall, f1, 1.96 * statistics.stdev(samples))


def _averages(counts: Sequence[Counts]) -> tuple[float, float, float]:
    precision = statistics.mean([tp / (tp + fp) for tp, fp, _ in counts if tp + fp > 0] or [0.0])
    recall = statistics.mean([tp / (tp + fn) for tp, _, fn in counts if tp + fn > 0] or [0.0])
    f1 = 2 * precision * recall / (precision + recall) if precision + recall else 0.0
    return precision, recall, f1


def compare(cases: Sequence[PageCase]) -> list[ExtractorReport]:
    """Score Footnote and plain trafilatura; the first page of each is read once before the clock runs."""
    reports = []
    for name, extract in (("Footnote", footnote), ("trafilatura (precision)", trafilatura)):
        extract(cases[0].page)
        reports.append(run(cases, name, extract))
    return reports


def main() -> None:
    """Print the comparison for the folder that was named."""
    parser = argparse.ArgumentParser(
        prog="python -m footnote.evals.tools.bench_extraction", description=(__doc__ or "").split("\n")[0]
    )
    parser.add_argument("folder", type=Path)
    cases = load(parser.parse_args().folder)
    without = sum(not case.paragraphs for case in cases)
    print(f"{len(cases) - without} pages with an article, {without} without")
    for report in compare(cases):
        w, p = report.words, report.paragraphs
        print(
            f"{report.name:<24} words P {w.precision:.3f} R {w.recall:.3f} F1 {w.f1:.3f} ± {w.interval:.3f}"
            f"   paragraphs F1 {p.f1:.3f} ± {p.interval:.3f}"
            f"   refused {report.refused}/{without}   {report.milliseconds:.0f} ms a page"
        )


if __name__ == "__main__":
    main()

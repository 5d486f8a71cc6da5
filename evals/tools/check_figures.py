"""How often a claim with a wrong figure is called supported: `… check_figures bbc_articles.jsonl`.

    python -m footnote.evals.tools.check_figures ARTICLES

`judge_data/figures.jsonl` has 160 claims with figures about 40 articles of BBC news, which are not part of
Footnote: lines of JSON with `id`, `title` and `text`. Somebody wrote them who had not seen the checker. Half
are true: the figure `stated`, `rounded`, written `otherwise`, or `worked_out`; of the false ones it stands
nowhere in the article (`absent`) or belongs to something else in it (`elsewhere`). Each is judged on its
article. “But for the figure” are those that the checker would support if it did not stand nowhere there.
"""

from __future__ import annotations

import argparse
from collections import Counter
from pathlib import Path

from footnote.evals.tools.lines import rows_of
from footnote.ingest.documents import read_text
from footnote.rag.check.support import UNSTATED
from footnote.rag.review import check_against, passages_of
from footnote.rag.types import Support, Verdict

CLAIMS = Path(__file__).with_name("judge_data") / "figures.jsonl"
UNSTATED_END = UNSTATED.rpartition("{}")[2]


def verdict(supports: list[Support]) -> str:
    """Return how a claim of one or more sentences was judged."""
    doubted = [s for s in supports if s.verdict is not Verdict.SUPPORTED]
    if not doubted:
        return "supported"
    return "but for the figure" if all(s.reason.endswith(UNSTATED_END) for s in doubted) else "not supported"


def main() -> None:
    """Judge and print, a line for each kind of claim."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("articles", type=Path)
    articles = {row["id"]: row for row in rows_of(parser.parse_args().articles)}
    counts: dict[tuple[bool, str], Counter[str]] = {}
    for row in rows_of(CLAIMS):
        article = articles[row["article"]]
        passages = passages_of(read_text(article["text"], title=article["title"]))
        said = [s.support for s in check_against(row["claim"], passages).sentences]
        counts.setdefault((row["label"], row["kind"]), Counter())[verdict(said)] += 1
    for (label, kind), found in sorted(counts.items()):
        told = ", ".join(
            f"{found[name]} {name}" for name in ("supported", "but for the figure", "not supported")
        )
        print(f"{'true' if label else 'false'}, {kind}: {found.total()}: {told}")


if __name__ == "__main__":
    main()

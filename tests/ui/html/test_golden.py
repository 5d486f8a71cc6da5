"""Pure rendering, held to files: run with GOLDEN=write to write them anew, and read the difference."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from footnote.rag.types import Answer, Citation, CitedSentence, Refusal, ShortAnswer, Support, Verdict
from footnote.ui.html import export
from footnote.ui.html.conversation import DisplayOptions, now, past
from footnote.ui.html.sources import CitedPlace, sources
from footnote.ui.state.session import Exchange

FOLDER = Path(__file__).with_name("golden")
TEXT = "The oven was built by a shipwright. It holds ninety loaves at once. It has never been cold."
FIRST = Citation(1, "aaaa", "The bakery <quay>", "bakery.md", 2, TEXT, 36, 67)
SECOND = Citation(2, "aaaa", "The bakery <quay>", "bakery.md", 2, TEXT, 68, 91)
ANSWERED = Exchange(
    1,
    "How many loaves?",
    scope="searched 1 of 2 articles",
    reply=Answer(
        "How many loaves?",
        "How many loaves does the oven hold?",
        (
            CitedSentence(
                "It [the oven] holds ninety loaves.", (1,), Support(Verdict.SUPPORTED, 1, "It stands there.")
            ),
            CitedSentence(
                "It was cold once.", (2,), Support(Verdict.UNSUPPORTED, 0, "The paragraph says “never”.")
            ),
        ),
        (FIRST, SECOND),
        "fake",
        notices=("One sentence is doubted.",),
        short_answer=ShortAnswer("ninety loaves", 0, 20, 33),
    ),
    feedback="down",
)
REFUSED = Exchange(2, "# *Why*?", reply=Refusal("# *Why*?", "# *Why*?", "Not there.", (FIRST,), "fake"))
BOTH = [ANSWERED, REFUSED]
OPTIONS = DisplayOptions(conversation="abcdefgh", title="Loaves", next_questions=("Who is Ruth Hallan?",))


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("conversation.html", past(BOTH, OPTIONS) + now(BOTH, OPTIONS)),
        (
            "sources.html",
            sources(1, [CitedPlace(FIRST, "The bakery", "Oven", "2026-05-31", before="Before.")], active=1),
        ),
        ("export.md", export.markdown("Loaves", BOTH)),
        ("export.html", export.html("Loaves", BOTH)),
        ("export.json", export.as_json("Loaves", BOTH)),
        ("copied.txt", export.plain(ANSWERED.reply)),
    ],
)
def test_it_is_rendered_as_it_was_agreed(name: str, text: str):
    path = FOLDER / name
    shown = str(text).replace("><", ">\n<") if name in ("conversation.html", "sources.html") else text
    if os.environ.get("GOLDEN") == "write":
        path.parent.mkdir(exist_ok=True)
        path.write_text(shown, encoding="utf-8")
    assert shown == path.read_text(encoding="utf-8")

"""A checked text as a person reads it in a terminal: a sign, a word and a colour for each verdict."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from rich.text import Text

from footnote.rag.types import Verdict
from footnote.ui.commands.terminal import QUIET, count, plain, print_footnotes, print_hanging

if TYPE_CHECKING:
    from rich.console import Console

    from footnote.rag.review import Checked
    from footnote.rag.types import Support

# A sign and a word besides the colour: neither a pipe nor an eye has to see colours.
SIGNS = {Verdict.SUPPORTED: "✓", Verdict.PARTIAL: "~", Verdict.UNSUPPORTED: "✗"}
WORDS = {Verdict.SUPPORTED: "supported", Verdict.PARTIAL: "partly", Verdict.UNSUPPORTED: "not supported"}
COLOURS = {Verdict.SUPPORTED: "green", Verdict.PARTIAL: "yellow", Verdict.UNSUPPORTED: "bold red"}

NO_VERDICT = "no verdict"


def _shown(support: Support) -> tuple[str, str, str]:
    """Return the sign, the word and the colour of a verdict."""
    if support.failed:
        return "?", NO_VERDICT, "yellow"
    return SIGNS[support.verdict], WORDS[support.verdict], COLOURS[support.verdict]


def print_checked(console: Console, checked: Checked) -> None:
    """Print each sentence with its verdict and reason, then the footnotes and the tally."""
    for sentence in checked.sentences:
        sign, word, colour = _shown(sentence.support)
        label = Text(f"{word}: ", style=colour)
        reason = Text(plain(sentence.support.reason), style=QUIET)
        print_hanging(console, sign, Text(plain(sentence.marked)), Text.assemble(label, reason))
    print_footnotes(console, checked.citations)
    counts = Counter(_shown(s.support)[1] for s in checked.sentences)
    told = ", ".join(f"{counts[word]} {word}" for word in (*WORDS.values(), NO_VERDICT) if counts[word])
    console.print()
    console.print(Text(f"{count(len(checked.sentences), 'sentence')}: {told}.", style="bold"))

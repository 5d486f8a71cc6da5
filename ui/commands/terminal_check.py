"""A checked text as a person reads it in a terminal: a sign, a word and a colour for each verdict."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich.text import Text

from footnote.rag.types import Verdict
from footnote.ui.commands.terminal import QUIET, count, plain, print_footnotes, print_hanging

if TYPE_CHECKING:
    from rich.console import Console

    from footnote.rag.review import Checked

# A sign and a word besides the colour: neither a pipe nor an eye has to see colours.
SIGNS = {Verdict.SUPPORTED: "✓", Verdict.PARTIAL: "~", Verdict.UNSUPPORTED: "✗"}
WORDS = {Verdict.SUPPORTED: "supported", Verdict.PARTIAL: "partly", Verdict.UNSUPPORTED: "not supported"}
COLOURS = {Verdict.SUPPORTED: "green", Verdict.PARTIAL: "yellow", Verdict.UNSUPPORTED: "bold red"}


def print_checked(console: Console, checked: Checked) -> None:
    """Print each sentence with its verdict and reason, then the footnotes and the tally."""
    for sentence in checked.sentences:
        verdict = sentence.support.verdict
        label = Text(f"{WORDS[verdict]}: ", style=COLOURS[verdict])
        reason = Text(plain(sentence.support.reason), style=QUIET)
        print_hanging(console, SIGNS[verdict], Text(plain(sentence.marked)), Text.assemble(label, reason))
    print_footnotes(console, checked.citations)
    counts = {v: sum(s.support.verdict is v for s in checked.sentences) for v in Verdict}
    told = ", ".join(f"{counts[v]} {WORDS[v]}" for v in Verdict if counts[v])
    console.print()
    console.print(Text(f"{count(len(checked.sentences), 'sentence')}: {told}.", style="bold"))

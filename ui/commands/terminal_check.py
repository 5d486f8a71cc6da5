"""A checked text as a person reads it in a terminal: a sign, a word and a colour for each verdict."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich.text import Text

from footnote.rag.types import Verdict, tallied
from footnote.ui.commands.terminal import QUIET, count, plain, print_footnotes, print_hanging

if TYPE_CHECKING:
    from rich.console import Console

    from footnote.rag.review import Checked
    from footnote.rag.types import Support

# A sign and a word besides the colour: neither a pipe nor an eye has to see colours.
SIGNS = {Verdict.SUPPORTED: "✓", Verdict.PARTIAL: "~", Verdict.UNSUPPORTED: "✗", Verdict.NONE: "–"}
COLOURS = {
    Verdict.SUPPORTED: "green",
    Verdict.PARTIAL: "yellow",
    Verdict.UNSUPPORTED: "bold red",
    Verdict.NONE: QUIET,
}


def _shown(support: Support) -> tuple[str, str]:
    """Return the sign and the colour of a verdict."""
    if support.failed:
        return "?", "yellow"
    return SIGNS[support.verdict], COLOURS[support.verdict]


def print_checked(console: Console, checked: Checked) -> None:
    """Print each sentence with its verdict and reason, then the footnotes and the tally."""
    for sentence in checked.sentences:
        sign, colour = _shown(sentence.support)
        label = Text(f"{sentence.support.in_words}: ", style=colour)
        reason = Text(plain(sentence.support.reason), style=QUIET)
        print_hanging(console, sign, Text(plain(sentence.marked)), Text.assemble(label, reason))
    print_footnotes(console, checked.citations)
    told = ", ".join(f"{n} {words}" for words, n in tallied(s.support for s in checked.sentences))
    console.print()
    console.print(Text(f"{count(len(checked.sentences), 'sentence')}: {told}.", style="bold"))

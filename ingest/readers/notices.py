"""Pages that stand in the place of an article, and offers that stand in the place of its rest."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from footnote.ingest.errors import UnreadableSource
from footnote.ingest.readers.txt import FINAL

if TYPE_CHECKING:
    from footnote.ingest.readers.document import Block

BEGINNING = "Only the beginning of the article was read: the rest is for subscribers."
LONGEST_TEASER = 1_200  # characters that sites with a paywall show for nothing
LONGEST_OFFER = 200  # characters
OFFER = re.compile(
    r"""
    \b(?:subscribe|sign\s+up|log\s?in|register|become\s+a\s+member)\b.{0,40}
    \b(?:to\s+(?:continue|read|keep)|for\s+full\s+access)\b
  | \bto\s+(?:continue|keep)\s+reading\b | \bcontinue\s+reading\s+(?:with|by)\b
  | \b(?:this|the)\s+(?:article|story|content)\s+is\s+(?:for|reserved\s+for|available\s+to)
    \s+(?:subscribers|members)\b
  | \balready\s+a\s+(?:subscriber|member)\b
    """,
    re.IGNORECASE | re.VERBOSE,
)
# Short pages that stand in the place of an article, told by their whole title or heading.
LONGEST_NOTICE = 1_500  # characters
SITE_SUFFIX = re.compile(r"\s+[|–—·-]\s+.{1,60}$")
_MISSING = r"""
    (?:error\s*)?(?:404|410)?[\s:,-]*(?:not\s+found|oops
      |(?:the\s+|this\s+)?page\s+(?:not\s+found|cannot\s+be\s+found|does\s*n[o’']t\s+exist|no\s+longer\s+exists)
      |seite\s+nicht\s+gefunden|page\s+(?:introuvable|non\s+trouvée)|p[áa]gina\s+no\s+encontrada)
  | (?:error\s+)?404
"""
_CHECK = r"""
    just\s+a\s+moment | attention\s+required | one\s+more\s+step | security\s+check | human\s+verification
  | access\s+(?:to\s+this\s+page\s+has\s+been\s+)?denied | (?:403\s+)?forbidden | pardon\s+our\s+interruption
  | are\s+you\s+(?:a\s+)?(?:human|robot)\?? | checking\s+your\s+browser
  | (?:checking|verify(?:ing)?)\s+(?:that\s+)?you(?:\s+are|’re|'re)\s+(?:a\s+)?human
"""
_CONSENT = r"""
    before\s+you\s+continue(?:\s+to\s+.{1,40})? | we\s+value\s+your\s+privacy | privacy\s+settings
  | your\s+privacy\s+(?:choices|matters) | cookie\s+(?:consent|settings|preferences)
"""
_LOGIN = r"(?:please\s+)?(?:log|sign)[\s-]?in(?:\s+(?:to|required)\b.{0,60})? | subscribe"
BY_HAND = "Save the page in your browser and give that file."
NOTICES = {
    re.compile(pattern, re.IGNORECASE | re.VERBOSE): meaning
    for pattern, meaning in (
        (_MISSING, "it says that there is no such page."),
        (_CHECK, f"the site checks who asks for it. {BY_HAND}"),
        (_CONSENT, f"the site asks about cookies first. {BY_HAND}"),
        (_LOGIN, f"the site asks to log in first. {BY_HAND}"),
    )
}
# What a script or a wall says in a sentence of its own.
NOTICE = re.compile(r"\b(?:enable|activate|turn on|requires?)\s+(?:javascript|cookies)\b", re.IGNORECASE)
LEAST_SENTENCES = 40  # characters of a paragraph that counts as text
LEAST_DENSE = 15  # characters where one says as much as a syllable: Chinese, Japanese, Korean
LEAST_UNENDED = 120  # characters of a paragraph that may break off, when whole sentences come before
ENDS = re.compile(r"[.!?…。！？؟۔][\"'”’»)\]]*\s+\S")
DENSE = re.compile("[\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af]")


def is_sentence(text: str) -> bool:
    """Tell whether a paragraph holds a sentence of an article, not a label and not a notice."""
    least = LEAST_DENSE if DENSE.search(text) else LEAST_SENTENCES
    prose = len(text) >= LEAST_UNENDED and "\n" not in text  # no list and no table
    ends = FINAL.search(text) or (prose and len(ENDS.findall(text)) > 1)
    return len(text) >= least and bool(ends) and not NOTICE.search(text)


def refuse_notice(title: str, blocks: list[Block]) -> None:
    """Raise when a page that was asked for is not there, or stands behind a door.

    Raises:
        UnreadableSource: With what it is.
    """
    if sum(len(b.text) for b in blocks) > LONGEST_NOTICE:
        return
    headings = [title, *(b.text for b in blocks if b.level)]
    for heading in (SITE_SUFFIX.sub("", h).strip(" .!…") for h in headings):
        for pattern, meaning in NOTICES.items():
            if pattern.fullmatch(heading):
                raise UnreadableSource(f"it is no article: {meaning}")


def without_offer(blocks: list[Block]) -> tuple[list[Block], bool]:
    """Return the blocks before an offer to subscribe, and whether there was one that cuts the text."""
    for at, block in enumerate(blocks):
        if len(block.text) <= LONGEST_OFFER and OFFER.search(block.text):
            rest = blocks[at:]
            if at and not any(is_sentence(b.text) and not OFFER.search(b.text) for b in rest[2:]):
                return blocks[:at], True
    return blocks, False


def is_teaser(blocks: list[Block]) -> bool:
    """Tell whether what is there is what a site shows for nothing."""
    return sum(len(b.text) for b in blocks if not b.level) < LONGEST_TEASER

"""Lines of a page that are not the article: picture credits, sharing buttons, advertisements.

Conservative: a line goes only when all of it is such a line, never because it holds the words.
"""

from __future__ import annotations

import re
from collections import Counter
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

MOST_CREDIT = 200  # characters
_PICTURE = (
    r"(?:image|photo|photograph|picture|illustration|graphic|screenshot"
    r"|file\ photo|representative\ image|featured\ image)s?"
)
_AGENCY = r"(?:ap|afp|reuters|getty(?:\ images)?|epa|shutterstock|alamy|unsplash|pixabay)"
CREDIT = re.compile(
    rf"""^\s*(?:
        [(\[]\s*{_PICTURE}(?:\s+(?:source|credit|courtesy|by|from|via|copyright))?\s*[:/©][^()\[\]]*[)\]]\.?
      | [(\[]\s*{_PICTURE}\s+(?:by|courtesy\s+of|courtesy|via|from)\s[^()\[\]]{{1,80}}[)\]]\.?
      | {_PICTURE}\s+(?:source|credit|courtesy|copyright)s?\s*[:/©].*
      | (?:source|credit)\s*:\s*(?:{_AGENCY}|twitter|wikimedia(?:\s+commons)?)\b.{{0,40}}
      | {_PICTURE}(?:\s+by)?\s*:\s*.*
      | image\s+(?:caption|copyright)\s[^.!?]*
      | ©\s*{_AGENCY}\b.{{0,60}}
      | \(?(?:{_AGENCY}|file)\s+(?:photo|image|picture)s?(?:/.{{1,60}})?\)?\.?
    )\s*$""",
    re.VERBOSE | re.IGNORECASE,
)
_SITES = (
    r"(?:facebook|twitter|x|linkedin|whatsapp|reddit|pinterest|e-?mail|telegram|instagram|youtube"
    r"|mastodon|bluesky|google\ news)"
)
_SHARE = rf"""
        share(?:\s+(?:this|the))?(?:\s+(?:article|story|post|page|on\s+social\s+media))?
        (?:\s+(?:on|via|with)\s+{_SITES}(?:\s*(?:,|and|or|\|)\s*{_SITES})*)?
      | tweet | pin\ it | copy\s+link | bookmark | {_SITES}(?:\s+{_SITES})+
      | (?:print|e-?mail)(?:\s+this(?:\s+(?:article|page|story))?)?
      | save(?:\s+(?:article|for\s+later))?
      | (?:follow|like|join)\s+us(?:\s+on\s.{{1,60}})?
      | (?:subscribe|sign\s+up)(?:\s+(?:now|here|today|for\s+free))?
        (?:\s+(?:to|for)\s+(?:our|the|my|free)(?:\s+[\w-]+){{0,4}}
           (?:\s+newsletters?|\s+updates|\s+alerts|\s+channel|\s+podcast))?
"""
_NOTICES = r"""
        advertise?ments?(?:\s*[-–—:]?\s*(?:scroll|continue|article\s+continues)\b.{0,40})?
      | (?:article|story)\s+continues\s+(?:below|after)
        (?:\s+(?:the\s+)?(?:this\s+)?(?:advertise?ment|ad))?
      | sponsored(?:\s+(?:content|links?|by\s.{1,40}))?
      | (?:©|\(c\)|copyright)\s*(?:©|\(c\))?\s*\d{4}(?:\s*[-–]\s*\d{4})?[^\n]{0,160}
      | (?:copyright\s+)?all\s+rights\s+reserved
      | accept\s+(?:all\s+)?cookies | cookie\s+(?:policy|settings) | privacy\s+policy
      | terms\s+(?:of\s+(?:use|service)|and\s+conditions)
"""
_LEADS = r"""
        (?:read\s+(?:more|also|next|full\s+(?:story|article))|see\s+also|also\s+read
          |more\s+on\s+this(?:\s+story)?
          |related(?:\s+(?:articles?|stories|topics|posts|content|reading|links|news))?
          |recommended(?:\s+(?:for\s+you|articles?|stories))?|you\s+(?:may|might)\s+also\s+like
          |most\s+(?:read|popular)|trending(?:\s+now)?|up\s+next|watch(?:\s+(?:now|also|video))?)
        (?:\s*[:»>→|]\s*.{0,160})?
      | (?:continue|keep)\s+reading(?:\s+(?:below|the\s+(?:main|full)\s+(?:story|article)))?
      | click\s+here\s+(?:to|for)\s.{1,80}
      | (?:leave|post|add|write)\s+(?:a|your)\s+(?:comment|reply)
      | (?:\d+\s+)?comments?(?:\s*\(\d+\))? | view\s+(?:all\s+)?comments
      | (?:load|show|see)\s+more
      | back\s+to\s+top | skip\s+to\s+(?:main\s+)?content | toggle\s+navigation
"""
BOILERPLATE = re.compile(
    rf"^\s*[-–—•|>»*\[(]*\s*(?:{_SHARE}|{_NOTICES}|{_LEADS})\s*[\])*]*[.!:»>→]*\s*$",
    re.VERBOSE | re.IGNORECASE,
)
SENTENCES = re.compile(r"[^.!?]{12}[.!?][\"'”’]?\s+\S.{8,}[.!?][\"'”’]?\s*$")
FIXED = re.compile(r"^\s*(?:[(\[©]|copyright)", re.IGNORECASE)
MOST_BOILERPLATE = 240
OFTEN = 3  # times; a line of an article may well come twice


def is_credit(line: str) -> bool:
    """Tell whether all of `line` credits or labels a picture.

    >>> is_credit("(Image source: Twitter)"), is_credit("The photo: a blurred one, it turned out, of a cat.")
    (True, False)
    """
    return len(line) <= MOST_CREDIT and CREDIT.match(line) is not None and not _is_prose(line)


def is_boilerplate(text: str) -> bool:
    """Tell whether all of `text` is a credit, a button, an advertisement or a copyright line.

    >>> is_boilerplate("Read more: Ten bridges to see"), is_boilerplate("Read more books, she told them.")
    (True, False)
    """
    if len(text) > MOST_BOILERPLATE or "\n" in text.strip():
        return False
    return is_credit(text) or (BOILERPLATE.match(text) is not None and not _is_prose(text))


def unrepeated(texts: Sequence[str]) -> list[bool]:
    """Tell which of an article's blocks to keep: not what stands in each entry of a live blog.

    A short one that is there often goes, save a sentence, which is kept once.

    >>> unrepeated(["It rains.", "Send us your view", "It snows.", "Send us your view", "Send us your view"])
    [True, False, True, False, False]
    """
    counts = Counter(texts)
    seen: set[str] = set()
    kept = []
    for text in texts:
        often = counts[text] >= OFTEN and len(text) <= MOST_BOILERPLATE and "\n" not in text
        kept.append(not often or (text not in seen and text.rstrip()[-1:] in ".!?…。！？"))
        seen.add(text)
    return kept


def _is_prose(text: str) -> bool:
    """Tell whether `text` is two sentences or more, which a label in front does not make a label."""
    return SENTENCES.search(text) is not None and not FIXED.match(text)

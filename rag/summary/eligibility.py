"""Can a sentence stand in a summary? What is cut off before it, what keeps it out, what it leans on.

Rules over the text alone, each for something seen in articles: an agency's dateline, a caption, a line that
asks the reader to follow somebody, half of a quotation, a speaker who is not named.
"""

from __future__ import annotations

import re
from itertools import pairwise
from typing import TYPE_CHECKING

from footnote.ingest.text.word_lists import either
from footnote.ingest.text.words import STOP_WORDS, word_count
from footnote.rag.english.antecedent import SINGLE_NAME, people_in_full
from footnote.rag.english.correction import withdraws
from footnote.rag.english.lists import words
from footnote.rag.english.quotation import QUOTED
from footnote.rag.types import QUESTION_MARKS

if TYPE_CHECKING:
    from collections.abc import Sequence

    from footnote.ingest.text.sentences import Span

# Shorter ones say little, longer ones are glued together or fill the summary.
FEWEST_WORDS, MOST_WORDS = 8, 60

# What may go from the front of a sentence, so that the rest is still quoted as it stands.
AGENCY = r"\([ ]?[A-Z][\w .]{1,20}\)"
DASH = r"(?:--|[—–-])"
LEAD_IN = re.compile(
    r"""^(?:
        (?:updated?|published|posted)\b[^.]{4,40}?\b(?:[ap]\.?m\.?|\d\d:\d\d)\b\s*(?:[A-Z]{2,4}\b)?\s*
      | (?:photo(?:graph)?|image|picture)\s*:.{2,60}?/\s?(?:getty\ images|reuters|afp|ap|epa|pa)\s+
    )""",
    re.IGNORECASE | re.VERBOSE,
)
DATELINE = re.compile(
    rf"""^(?:
        {AGENCY}\s*{DASH}?\s+
      | [A-Z][A-Z.'’\ ]{{2,30}}(?:,\s[A-Z][\w.\ ]{{2,20}}){{0,2}}(?:\s?{AGENCY})?\s*{DASH}\s+
    )(?=["“‘'`„«]?\s?[A-Z\d])""",
    re.VERBOSE,
)
# Lines about the page, the picture or the author rather than the story.
APART = re.compile(
    r"""\bscroll\ down\b
      | \(\ ?(?:pictured|above|below|left|right|cent(?:re|er)|file|stock)\b[^)]{0,30}\)
      | \b(?:image|photo|picture|photograph)s?\ ?(?:source|credit|courtesy|by|taken)?\ ?:
      | \bgetty\ images\b | \b(?:editor|author)\ ?['’]s\ note\b
      | \b(?:the\ )?(?:opinions?|views)\ expressed\ (?:in|here|by|are)\b
      | ^(?:follow|like|find|join|share|tweet|e-?mail|subscribe|sign\ up|click|read\ more|see\ also|watch)\b
        .{0,60}\b(?:us|twitter|facebook|instagram|newsletter|here|conversation|latest|more|below|video)\b
      | \b(?:is|are)\ (?:a|an|the)\b.{0,40}\b(?:contributor|columnist|freelance\ writer)\b
      | \ball\ rights\ reserved\b | © | \bseries\ is\ (?:supported|sponsored|brought)\b
      | ^(?:by|from)\ [A-Z][\w.\ ]+$""",
    re.IGNORECASE | re.VERBOSE,
)
WHOLE = re.compile(r"[.!。！।۔…](?:[\"'”’»«›)\]」』]| ?''| [”»])*$")
ITEM = ("-", "•", "*", "(", "–", "—", "#", "|")

I_ALONE = re.compile(r"\b(?:I|I[’']?m|I[’']?ve|I[’']?ll|[Mm]e|[Mm]y|[Mm]ine|myself)\b")
WE = re.compile(r"\b(?:[Ww]e|[Oo]ur|[Uu]s|[Oo]urs|ourselves)\b")
OWN_VOICE = 0.15  # of an article's sentences say "we" outside quotations: then "we" is who writes

YOU = re.compile(r"\b[Yy]ou(?:rs?)?\b")
ASKED = 0.1  # of an interview's sentences are questions

SINGLE_QUOTED = re.compile(r"(?:^|(?<=[\s(]))['‘] ?\w.*?[.,!?] ?['’](?=[\s.]|$)")
OPENS_SINGLE = re.compile(r"(?:^|(?<=[\s(:,—–-]))['‘](?=\w)(?!(?:s|ve|re|ll|m|d|t|n)\b)")
CLOSES_SINGLE = re.compile(r"['’](?=[\s.,;:!?)]|$)(?! (?:s|ve|re|ll|m|d|t)\b)")
OPENS_APART = re.compile(r"(?:^|(?<=[:,] ))['‘](?= )")  # in texts with a blank around every mark
LEAST_AROUND_SPEECH = 3  # words beside the quotation: fewer do not say who speaks

# Beyond `rag.english.antecedent`: what an answer can do with, but a summary of several sentences cannot.
POINTS_BACK = re.compile(
    r"""^(?:the|a)\ (?:\d\d?-year-old|pair|duo|couple|trio|incident|same|other)\b
      | ^(?:the|a)\ (?:man|woman|boy|girl|teenager|suspect|victim)s?
            \ (?!who|whose|in|from|of|with|accused|at\b|,)
      | ^(?:
            the\ (?:first|second|third|last|rest|others?|older|younger|latter)
                \ (?:is|are|was|were|has|had|of\ (?:them|these))
          | (?:each|one)\ (?:is|was|has|of\ (?:them|these)) | each\ of\ the | others?
          | some\ (?:are|were|have)
          | (?:\w+\ ){1,4}of\ (?:them|these|those) | what\ (?:they|he|she|it|followed)
          | for\ \w+\ (?:weeks|days|months|years) | against\ (?:this|that) | in\ (?:all,|fact)
          | at\ (?:first|last) | so | elsewhere )\b
      | \b(?:do|does|did|is|are|was|were|not\ be)\.$  # "About half of the older ones do."
      | ^.{0,60}\b(?:these|this|such)\b\ (?!
            (?:year|month|week|morning|season|spring|summer|autumn|winter|time|day|century|decade
            |afternoon|evening|is\b|was\b|an?\b|as\b|kind|type) | (?-i:[A-Z]) )\w
      | ^(?:
            for\ (?:example|instance) | similarly | likewise | conversely | by\ contrast
          | on\ the\ other\ hand
          | in\ (?:contrast|response|turn|return|doing\ so) | as\ (?:a\ result|such)
          | of\ (?:those|these) | after(?:wards?|\ that) | here(?:['’]?s)? | there | then
          | at\ the\ time | more\ than\ that | that\ said
        )\b(?!['’]?\ (?:is|are|was|were|has|have)\ (?:an?|no|been|some|\d))""",
    re.IGNORECASE | re.VERBOSE,
)
PERSONAL = re.compile(rf"\b{either(words('pronouns', 'person'))}\b")
PEOPLE_WORDS = re.compile(rf"\b{either(words('people') - words('people', 'bodies'))}\b", re.IGNORECASE)
SEVERAL = re.compile(
    r"(?:police|officers|officials|prosecutors|doctors|experts|investigators|critics|authorities|witnesses)\b",
    re.IGNORECASE,
)
# Other languages open with these when they point back. Chinese writes its pronouns without a blank after.
POINTS_BACK_ELSEWHERE = {
    "de": re.compile(
        r"""^(?:(?:aber|und|doch|auch|dann|zudem|außerdem)\ )?
        (?:er|sie|es|ihre?[mnrs]?|seine?[mnrs]?|diese[mnrs]?|dies|das|dort
          |da(?:bei|für|mit|durch|rauf|ran|von|zu|nach|rin|rum|gegen|her)|hier(?:für|bei|mit|zu)
          |deshalb|deswegen|trotzdem|so)\b(?!\ (?:ist|war|gibt|wird)\ (?:klar|möglich|zu)\b)""",
        re.IGNORECASE | re.VERBOSE,
    ),
    "fr": re.compile(
        r"""^(?:(?:mais|et|puis|or|alors),?\ )?
        (?:ils?|elles?|celui|celle|ceux|ces?|cette|cet|cela|ça|c['’]|son|sa|ses|leurs?|y
          |en\ (?:outre|effet)|ainsi|de\ plus|c['’]est\ pourquoi)
        (?:\b|(?<=['’]))(?!\ (?:est|était|faut|y\ a)\ (?:clair|possible|probable)\b)""",
        re.IGNORECASE | re.VERBOSE,
    ),
    "es": re.compile(
        r"""^(?:(?:pero|y|e|luego|además),?\ )?
        (?:él|ella|ellos|ellas|est[eao]s?|es[eao]s?|aquell?[ao]s?|sus?|también|allí
          |lo\ mismo|por\ (?:eso|ello)|así|en\ cambio)\b""",
        re.IGNORECASE | re.VERBOSE,
    ),
    "zh": re.compile(r"^(?:但|而且?|并且?|所以|因此|然后|不过)?[，、]?(?:他|她|它|这|那|该|其)"),
    "ar": re.compile(
        r"^(?:و|ف|لكن |كما )?(?:هو|هي|هم|هذا|هذه|ذلك|تلك|هناك|كما|وقال إنه|وأضاف|وأضافت)(?:\s|$)"
    ),
}


def without_lead_in(text: str) -> int:
    """Return where a sentence begins after a dateline, a time of posting or a photographer's credit.

    >>> "MADRID (AP) – Spain will shrink."[without_lead_in("MADRID (AP) – Spain will shrink."):]
    'Spain will shrink.'
    """
    start = 0
    for pattern in (LEAD_IN, DATELINE):
        found = pattern.match(text[start:])
        if found and start + found.end() < len(text):
            start += found.end()
    return start


def in_quotation(text: str, spans: Sequence[Span]) -> list[bool]:
    """Tell for each sentence of a paragraph whether it holds only a part of a quotation.

    >>> from footnote.ingest.text.sentences import sentences
    >>> said = "“It hurts. It will pass.” So he said."
    >>> in_quotation(said, sentences(said))
    [True, True, False]
    """
    edges = [0, *(s.end for s in spans)]
    opened = False
    found = []
    for start, end in pairwise(edges):
        before, opened = opened, _open_after(text[start:end], opened)
        found.append(before or opened)
    return found


def _open_after(text: str, opened: bool) -> bool:
    """Return whether a quotation is open after `text`."""
    for mark in re.findall(r"``|''|[“”„«»\"]", text):
        if mark in ("``", "„", "«"):
            opened = True
        elif mark in ("''", "”", "»"):
            opened = False
        elif mark == "“":  # opens in English, closes in German
            opened = not (opened and "„" in text)
        else:
            opened = not opened
    return opened


def own_voice(texts: Sequence[str]) -> bool:
    """Tell whether an article is told by a "we" of its own, as a report on one's own work is."""
    said = sum(bool(WE.search(unquoted(text))) for text in texts)
    return said > OWN_VOICE * max(1, len(texts))


def is_interview(texts: Sequence[str]) -> bool:
    """Tell whether an article asks and answers: its "you" is said by somebody, though no mark shows it."""
    return sum(text.endswith(QUESTION_MARKS) for text in texts) > ASKED * max(1, len(texts))


def unquoted(text: str) -> str:
    """Return `text` without what stands in quotation marks."""
    return SINGLE_QUOTED.sub(" ", QUOTED.sub(" ", text))


def can_stand(text: str, *, we: bool = False, you: bool = True, speaker: bool = False) -> bool:
    """Tell whether a sentence is whole, of fair length, told by the article, and about its story.

    With a `speaker`, who is shown with it, it may speak of itself.
    """
    if not FEWEST_WORDS <= word_count(text) <= MOST_WORDS or not WHOLE.search(text):
        return False
    if "\n" in text or text[0].islower() or text.startswith(ITEM) or APART.search(text) or withdraws(text):
        return False
    bare = unquoted(text)
    if bare != text and word_count(bare) < LEAST_AROUND_SPEECH:
        return False  # a quotation without who said it
    if _half_quoted(text) or (I_ALONE.search(bare) and not speaker):
        return False
    return (we or speaker or not WE.search(bare)) and (you or not YOU.search(bare))


def _half_quoted(text: str) -> bool:
    """Tell whether a single quotation mark opens a quotation that goes on after the sentence."""
    opens, closes = len(OPENS_SINGLE.findall(text)), len(CLOSES_SINGLE.findall(text))
    apart = len(OPENS_APART.findall(text))
    return opens > closes or (apart > 0 and apart + opens > closes - apart)


def points_back(text: str, language: str) -> bool:
    """Tell whether a sentence that its first words do not give away needs the one before it.

    >>> points_back("Police believe that it was taken while he slept.", "en")
    True
    >>> points_back("The mayor said that he would resign.", "en")
    False
    """
    if language in POINTS_BACK_ELSEWHERE:
        return bool(POINTS_BACK_ELSEWHERE[language].search(text))
    return bool(POINTS_BACK.search(text)) or _nobody_for(text)


def _nobody_for(text: str) -> bool:
    """Tell whether a "he" or "she" in the narration follows nobody it could mean."""
    pronoun = PERSONAL.search(unquoted(text))
    if pronoun is None:
        return False
    ahead = unquoted(text)[: pronoun.start()]
    names = [
        m
        for m in SINGLE_NAME.finditer(ahead)
        if m.start() or not (m[0].lower() in STOP_WORDS or SEVERAL.match(m[0]))
    ]
    return not names and not PEOPLE_WORDS.search(ahead)


def introduced(texts: Sequence[str]) -> dict[str, str]:
    """Return surname → given names of the people whom `texts` name in full; none for a surname of two.

    Nor where the word stands alone before anybody is named so in full: it is something else’s name too.
    Without that 9 of 782 summaries of news would name somebody more, 8 of them wrongly.

    >>> introduced(["Andrei Lankov, an expert at Kookmin University, said so."])
    {'Lankov': 'Andrei'}
    >>> introduced(["The carmaker Ford made a loss.", "Its chairman Bill Ford, 47, was sorry."])
    {}
    """
    found: dict[str, set[str]] = {}
    alone: set[str] = set()
    for text in texts:
        for name in people_in_full(text):
            given, _, surname = name.rpartition(" ")
            if given.split()[0].lower() not in STOP_WORDS and surname not in alone:
                found.setdefault(surname, set()).add(given)
        alone |= {m[0] for m in SINGLE_NAME.finditer(text)} - found.keys()
    return {surname: given.pop() for surname, given in found.items() if len(given) == 1}

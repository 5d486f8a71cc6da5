"""A question that leans on the conversation becomes one that stands alone.

Rules without a parser propose readings, the likeliest first: a fragment ("and in 2019?") takes the place of
its like in the question before, a pronoun that of a name or thing last spoken of, a bare "why?" asks after
the question before. Where they cannot tell which, the caller's `score`, by retrieval, chooses among them.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from footnote.ingest.text.word_lists import MONTHS, WEEKDAYS, either
from footnote.ingest.text.words import STOP_WORDS, content_words, stem, stems, unique
from footnote.rag.english import dates
from footnote.rag.english.lists import AUXILIARY as AFFIRMED
from footnote.rag.english.lists import DENIABLE
from footnote.rag.english.lists import words as listed
from footnote.rag.english.names import NOT_PEOPLE, name_runs
from footnote.rag.types import Understood

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from footnote.rag.types import Turn

PERSONAL = re.compile(rf"\b{either(listed('pronouns', 'person'))}\b", re.IGNORECASE)
POINTING = re.compile(
    r"\b(?:it|its|they|them|their|theirs|this|that|these|those|there|then|one|ones|such|both|former|latter|same|others?|another|else"
    r"|instead(?! of)|the rest)\b",
    re.IGNORECASE,
)
# “that” and “it” that point at nothing said before: a clause on a noun, “is it wise to …”, “as it should be”.
IDLE = re.compile(
    r"(?<=\w) that (?!is\b|was\b|one\b|so\b|has\b|did\b|does\b|will\b|would\b|mean|cost|happen|take)(?=\w)"
    r"|\b(?:is|was|be) it (?:an? )?(?:\w+ ){1,2}(?:if|that|to)\b|\bit (?:is|was|be|become|became|get) (?:\w+ ){1,2}(?:to|that)\b"
    r"|\bas it (?:is|was|should|could|were)\b",
    re.IGNORECASE,
)
OWNER = re.compile(r"\b(?:his|its|their|her(?= \w))\b", re.IGNORECASE)
ELLIPTIC = re.compile(
    r"^(?:and|but|or|so|then|also|what about|how about|what else|who else|where else|why not|why so|how so|how come"
    r"|really|since when|until when|for how long|by how much|anything else|any others?|tell me more|go on|more)\b",
    re.IGNORECASE,
)
PLACED = re.compile(r"\b(?:the|a|an|in|at|on|near|to|from|of|into|through|across|over) $", re.IGNORECASE)
DETERMINED = re.compile(r"\b(?:the|its|their|his|her|this|that)\b", re.IGNORECASE)
MARKER = re.compile(r"\s*\[\d+\]")
INSERTED = re.compile(r" \[[^\]]*\]")
SHORT = 2  # a question with at most so many content words and no name asks about what was said before
MOST_CONTEXT = 6  # content words carried over: more would drown the question's own
MOST_NAMES = 2  # of the reply, each whole
MOST_TURNS = 12  # messages looked back at
MOST_READINGS = 4  # each costs one retrieval

# A question with a pronoun stays as it is only when retrieval scores it so far above every reading. Swept
# over 0.1..0.4, recall@1 of the sample suite's follow-ups (n=32): 40.6, 46.9, 50.0, 50.0; of mtrag_dev (n=132):
# 56.1, 56.1, 55.3, 55.3. Without a pronoun 0..0.3 differ by at most 0.8 points: see `python -m footnote.evals.tools.followups`.
AHEAD = 0.3

AUXILIARY = rf"(?:{AFFIRMED}|(?:ca|wo|{DENIABLE})n['’]t)"
# What stands for a thing by itself: “this study” and “how many were there of” may be asked by a reader who
# has said nothing before. Of 300 questions of covidqa_dev 15 hold some word of `POINTING`, none one of these.
STANDING = re.compile(
    rf"\b(?:it|its|they|them|their|theirs|(?:this|that|these|those)(?= {AUXILIARY}\b|[\s?.!]*$))\b",
    re.IGNORECASE,
)
LEAD = r"(?:and |but |so |or |then |also |ok(?:ay)?,? |yes,? |well,? )*"
# "No, I meant the mayor", "sorry, the second one", "actually I was asking about 2019".
CORRECTION = re.compile(
    r"^(?:(?:no|nope|not that|sorry|actually|wait|hm+|oh|i mean|that(?:['’]s| is| was) not (?:it|my question"
    r"|what i (?:meant|asked|mean)))[\s,.;:!–-]+)*"
    r"(?P<meant>(?:i|we) (?:actually |really )?(?:meant?|was (?:asking|talking) about|am (?:asking|talking) about"
    r"|was referring to|am referring to)(?: to (?:ask|say))?[\s,:]+)?(?P<what>\S.*)$",
    re.IGNORECASE,
)
OPENS_CORRECTION = re.compile(
    r"^(?:no|nope|not that|sorry|actually|wait|i mean|i meant|we meant|that(?:['’]s| is| was) not"
    r"|not .+ but|i was (?:asking|talking|referring))\b(?! (?:one|longer|more|matter))",
    re.IGNORECASE,
)
INSTEAD = re.compile(r"(?:,? (?:and )?(?:not|rather than|instead of) )(?P<wrong>.+)$", re.IGNORECASE)
NOT_BUT = re.compile(r"^not (?P<wrong>.+?),? but (?P<right>.+)$", re.IGNORECASE)
ABOUT = re.compile(r"^(?:what|how) about\s+", re.IGNORECASE)
# Which of the things named: "the second one", "the other", "the latter".
PICK = re.compile(
    r"\bthe (?P<which>first|second|third|fourth|last|other|former|latter)(?: (?:one|ones|two))?$",
    re.IGNORECASE,
)
ORDER = {"first": 0, "former": 0, "second": 1, "third": 2, "fourth": 3, "last": -1, "latter": -1}
BARE = re.compile(
    rf"^{LEAD}(?P<asks>why not|why|when|where|how|who|since when|until when|how long|how much|how many|how often"
    r"|by whom|how come|how so|why so|for how long|by how much|where to|where from|in what way)"
    r"(?: (?:is|was|are|were|did|does|has) (?:that|this|it)(?: (?:so|happen|the case))?|,? exactly)?[\s?.!]*$",
    re.IGNORECASE,
)
ASKS = re.compile(
    rf"^{LEAD}(?:(?:who|whom|whose|what|which|how)\b|(?:when|where|why) {AUXILIARY}\b|{AUXILIARY}\b"
    r"|(?:in|at|on|by|for|to|from|since|until|of|with) (?:what|which|whom|whose|when|where|how)\b"
    r"|(?:tell|show|give|explain|describe|list|name)\b)",
    re.IGNORECASE,
)
CONTRACTED = re.compile(rf"^{DENIABLE}\b", re.IGNORECASE)
ADVERBIAL = re.compile(
    rf"^(?:why|when|where|how(?: (?:long|often|much|many \w+|soon|far))?|since when|in what \w+) (?={AUXILIARY}\b)",
    re.IGNORECASE,
)
PREPOSITION = either(listed("prepositions", "of a noun", "others") - {"as", "like", "than"})
# "with oil", "in the valley"; and with one word more: "with a heat pump"
SHORT_PHRASE = r"\b{preposition} (?:(?:the|a|an|its|their|his|her) )?[\w’'-]+"
LONG_PHRASE = SHORT_PHRASE + r" [\w’'-]+"
PHRASE = re.compile(rf"^(?P<prep>{PREPOSITION}) (?P<rest>.+)$", re.IGNORECASE)
YEAR = re.compile(rf"\b{dates.YEAR}\b")
NOWADAYS = re.compile(
    r",? ?\b(?:now|today|currently|nowadays|at present|at the moment|this (?:year|month|week)|last (?:year|month|week))\b",
    re.IGNORECASE,
)
CLAUSE = re.compile(r"(?:when|where|if|because|while|once|unless|although|whether)\b", re.IGNORECASE)
MONTH = re.compile(rf"\b{either([m.capitalize() for m in MONTHS])}\b")
CALENDAR = frozenset(stems(" ".join([*MONTHS, *WEEKDAYS]), "en"))
COUNTED = re.compile(
    r"(?<=\bhow many )[\w’'-]+|(?<=\bhow much )(?!did |does |do |is |was )[\w’'-]+", re.IGNORECASE
)
THING = re.compile(r"\b(?:the|a|an|its|their|his|her) (?:[\w’'-]+ )??[\w’'-]+\b", re.IGNORECASE)
LISTED = re.compile(r"(?P<a>[^,;:.!?]+?)(?:, (?P<b>[^,;:.!?]+?))?,? (?:and|or) (?P<c>[^,;:.!?]+)")


def understand(
    question: str,
    history: Sequence[Turn],
    score: Callable[[str], float] | None = None,
    people: Callable[[Sequence[str]], Sequence[str]] = list,
) -> Understood:
    """Return `question` as it can be understood without the conversation.

    A question with a topic of its own is returned as it is. Of several readings the one with the
    highest `score`, by what is searched for, is taken, and the question itself where it scores as high;
    without `score` the first. `people` chooses those of some names that a “he” or “her” may mean.

    >>> from footnote.rag.types import Turn
    >>> str(understand("What did she say?", [Turn("user", "Who is Adrienne Watson?")]))
    'What did Adrienne Watson say?'
    >>> str(understand("And in 2019?", [Turn("user", "How many boats sailed in 2018?")]))
    'How many boats sailed in 2019?'
    """
    found = readings(question, history, people)
    if score is None or found == (Understood(" ".join(question.split())),):
        return found[0]
    best = max(found, key=lambda reading: score(str(reading)))
    ahead = _ahead(question)
    stays = ahead is not None and score(question) >= score(str(best)) + ahead
    return Understood(question) if stays else best


def pronoun(question: str) -> str:
    """Return the word by which a question leans on what was said before, or "".

    >>> pronoun("How much did it cost?"), pronoun("How much did the bridge cost?")
    ('it', '')
    >>> pronoun("How many took part in this study?"), pronoun("How many bridges were there?")
    ('', '')
    """
    pointing = OWNER.sub(_owned, IDLE.sub(" ", question))
    match = PERSONAL.search(pointing) or STANDING.search(pointing)
    return match[0].lower() if match and _leans(question) else ""


def _ahead(question: str) -> float | None:
    """Return by how much a question must outscore its readings to be left as it is; None: it never is."""
    if _correction(question) or BARE.match(question):
        return None
    return AHEAD if PERSONAL.search(question) or POINTING.search(question) else 0.0


def readings(
    question: str, history: Sequence[Turn], people: Callable[[Sequence[str]], Sequence[str]] = list
) -> tuple[Understood, ...]:
    """Return what `question` may mean by itself, the likeliest first; itself alone if it leans on nothing."""
    question = " ".join(question.split())
    recent = list(history[-MOST_TURNS:])
    places = [i for i, t in enumerate(recent) if t.role == "user"]
    if not places:
        return (Understood(question),)
    last = places[-1]
    asked = [t.content for t in recent if t.role == "user"]
    said = [plain(t.content) for t in recent if t.role == "assistant"]
    before = str(understand(recent[last].content, recent[:last], people=people))
    reply = plain(" ".join(t.content for t in recent[last + 1 :]))
    found = _readings(question, before, reply, asked, said, people)
    return tuple(dict.fromkeys(found))[:MOST_READINGS] or (Understood(question),)


def _readings(
    question: str,
    before: str,
    reply: str,
    asked: Sequence[str],
    said: Sequence[str],
    people: Callable[[Sequence[str]], Sequence[str]],
) -> list[Understood]:
    corrected = _correction(question)
    if corrected:
        return _corrected(corrected, before, reply)
    if bare := BARE.match(question):
        return _bare(bare["asks"], before, reply)
    if not _leans(question):
        return [Understood(question)]
    if not ASKS.match(question) or ABOUT.match(question):
        return _alone(_placed(_fragment(question), before, reply, corrects=False))
    if PERSONAL.search(question) and (named := people(_people([*asked[:-1], before], said))):
        return [Understood(_replace_person(question, person)) for person in named]
    return _about(question, before, reply)


def _alone(questions: Sequence[str]) -> list[Understood]:
    """Return questions that lean on nothing."""
    return [Understood(question) for question in questions]


def _correction(question: str) -> str:
    """Return what is meant instead, or "" when nothing is corrected."""
    if not OPENS_CORRECTION.match(question):
        return ""
    match = CORRECTION.match(question)
    return match["what"].strip(" .!?") if match else ""


def _corrected(what: str, before: str, reply: str) -> list[Understood]:
    """Return readings of the question before with what was meant in the place of what was understood."""
    wrong = ""
    if match := NOT_BUT.match(what):
        what, wrong = match["right"], match["wrong"]
    elif match := INSTEAD.search(what):
        what, wrong = what[: match.start()], match["wrong"]
    if ASKS.match(what):  # "I meant: when does it close?"
        asked = _capital(what) + "?"
        return _about(asked, before, reply) if _leans(asked) else [Understood(asked)]
    if wrong and (place := re.search(rf"\b{re.escape(wrong)}\b", before, re.IGNORECASE)):
        return [Understood(before[: place.start()] + what + before[place.end() :])]
    return _alone(_placed(what, before, reply, corrects=True))


def _bare(asks: str, before: str, reply: str) -> list[Understood]:
    """Return a bare "why?" asked after the question before: of “Is it open?” “Why is it open?”."""
    clause = ADVERBIAL.sub("", before).rstrip(" ?.!")
    if asks.lower() == "why not":
        asks, clause = "why", CONTRACTED.sub(_denied, clause, count=1)
    if re.match(rf"{AUXILIARY}\b", clause, re.IGNORECASE) and not asks.lower().startswith("who"):
        return [Understood(f"{_capital(asks)} {clause[0].lower()}{clause[1:]}?")]
    topic = unique([*content_words(before), *_names(reply)])
    return [_with(f"{_capital(asks)}?", topic[:MOST_CONTEXT])]


def _denied(match: re.Match[str]) -> str:
    word = match[0].lower()
    return {"can": "can’t", "will": "won’t"}.get(word, f"{word}n’t")


def _fragment(question: str) -> str:
    """Return the words of a fragment that carry it: “and for children?” → “for children”."""
    found = question.strip(" ?.!")
    while (
        shorter := re.sub(rf"^(?:{LEAD}|what about |how about )", "", found, flags=re.IGNORECASE)
    ) != found:
        found = shorter
    return found


def _placed(what: str, before: str, reply: str, *, corrects: bool) -> list[str]:
    """Return the question before with `what` in the place of its like, else behind it."""
    if pick := PICK.search(what):
        named = _picked(pick["which"].lower(), before, reply)
        if named:
            what = what[: pick.start()] + named
    behind = f"{before.rstrip(' ?.!')}, {what}?"
    if CLAUSE.match(what):
        return [behind]
    sure, unsure = _substituted(what, before)
    return [*sure, *unsure, behind] if corrects else [*sure, behind, *unsure]


def _substituted(what: str, before: str) -> tuple[list[str], list[str]]:
    """Return the question before with `what` in the place of its like, and of things that it may stand for."""
    for kind in (YEAR, MONTH):
        new, old = kind.findall(what), list(kind.finditer(before))
        if len(new) == 1 and len(old) == 1:
            return [before[: old[0].start()] + new[0] + before[old[0].end() :]], []
        if new and not old and PHRASE.match(what):
            return [f"{NOWADAYS.sub('', before).rstrip(' ?.!')} {what}?"], []
    if phrase := PHRASE.match(what):
        likes = [m for form in (SHORT_PHRASE, LONG_PHRASE) for m in _phrases(form, phrase["prep"], before)]
        return _in_place(what, before, likes), []
    counted = list(COUNTED.finditer(before))
    things = [*name_runs(before), *THING.finditer(before)]
    return _in_place(what, before, counted), _in_place(what, before, things)


def _phrases(form: str, preposition: str, text: str) -> list[re.Match[str]]:
    return list(re.finditer(form.format(preposition=preposition), text, re.IGNORECASE))


def _in_place(what: str, before: str, places: Sequence[re.Match[str]]) -> list[str]:
    return [before[: m.start()] + what + before[m.end() :] for m in places]


def _picked(which: str, before: str, reply: str) -> str:
    """Return the thing that “the second one” means among those that were named, or ""."""
    for text in (reply, before):
        if listed := LISTED.search(text):
            items = [i.strip() for i in listed.group("a", "b", "c") if i]
            if which == "other":
                return items[-1]
            place = ORDER[which]
            if place < len(items):
                return " ".join(items[place].split()[-3:])
    if which == "other":
        held = set(stems(before))
        fresh = [n for n in _names(reply) if not set(stems(n)) & held]
        return fresh[0] if fresh else ""
    return ""


def _about(question: str, before: str, reply: str) -> list[Understood]:
    """Return the question with what was talked about as its topic: what was asked, what the reply names."""
    own = {stem(w) for w in content_words(question)}
    asked = [w for w in content_words(before) if stem(w) not in own]
    held = own | set(stems(before)) | CALENDAR
    told = [n for n in unique(_names(reply)) if not set(stems(n)) <= held]
    said = [w for w in content_words(reply) if stem(w) not in held]
    choices = [
        asked[:MOST_CONTEXT],
        [*told[:MOST_NAMES], *asked][: MOST_CONTEXT + MOST_NAMES],
        told[:MOST_NAMES],
        [*said[:MOST_CONTEXT], *asked[:MOST_CONTEXT]] if said else [],
    ]
    return [_with(question, words) for words in choices if words] or [Understood(question)]


def _with(question: str, topic: Sequence[str]) -> Understood:
    return Understood(f"{question.rstrip(' ?.!')}?", tuple(topic)) if topic else Understood(question)


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]


def _leans(question: str) -> bool:
    content = content_words(question)
    named = any(w[0].isupper() and not question.startswith(w) for w in content) or (
        bool(content) and content[0][0].isupper() and len(content) > SHORT
    )
    pointing = OWNER.sub(_owned, IDLE.sub(" ", question))
    if PERSONAL.search(pointing) or ELLIPTIC.search(question):
        return not (named and name_runs(question[: _first_pronoun(question)]))
    if POINTING.search(pointing):
        return not named or len(content) <= SHORT
    if named:
        return False
    return len(content) <= SHORT and (len(content) <= 1 or bool(DETERMINED.search(question)))


def _owned(match: re.Match[str]) -> str:
    """Return a possessive, or nothing when what owns stands before it: “the cook … her potatoes”."""
    ahead = match.string[: match.start()]
    return "" if THING.search(ahead) or name_runs(ahead) else match[0]


def _first_pronoun(question: str) -> int:
    found = PERSONAL.search(question)
    return found.start() if found else 0


def plain(text: str) -> str:
    """Return what a reply says, without its markers and what it inserts in brackets.

    >>> plain("It [the bridge] reopened. [1]")
    'It reopened.'
    """
    return INSERTED.sub("", MARKER.sub("", text))


def _people(asked: Sequence[str], said: Sequence[str]) -> list[str]:
    """Return whom a pronoun may mean: of the latest question, then its answer, then the question before.

    A full name goes before a single word; names of bodies and places, and what follows “the” or “in”, are none.
    Of the first of these texts that names anybody the first is the likeliest, then those of the others:
    “Oscar” in the question may be a prize, and the answer says who won it.
    """
    found: list[str] = []
    for text in [*asked[-1:], *said[-1:], *asked[-2:-1]]:
        people = [
            m for m in name_runs(text) if not NOT_PEOPLE.search(m[0]) and not PLACED.search(text[: m.start()])
        ]
        found += [_bare_name(m[0]) for m in sorted(people, key=lambda m: (" " not in m[0], m.start()))]
    return list(dict.fromkeys(found))[:MOST_READINGS]


def _names(text: str) -> list[str]:
    return [_bare_name(m[0]) for m in name_runs(text)]


def _bare_name(name: str) -> str:
    words = name.split()
    while words and words[0].lower() in STOP_WORDS:
        words = words[1:]
    return " ".join(words).removesuffix("’s").removesuffix("'s")


def _replace_person(question: str, person: str) -> str:
    def name(match: re.Match[str]) -> str:
        word = match[0].lower()
        possessive = word == "his" or (word == "her" and bool(re.match(r" \w", question[match.end() :])))
        return f"{person}’s" if possessive else person

    return PERSONAL.sub(name, question, count=1)

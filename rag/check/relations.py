"""What the words of a sentence say of each other: who did what to whom, who said it, whether it happened.

All the words may stand in the paragraph while it says something else with them. Each test here compares where
the words of the sentence stand in the part told with where they stand in the sentence. What they find is a
doubt, except where two numbers have changed places.
"""

from __future__ import annotations

from collections import Counter
from itertools import pairwise
from typing import TYPE_CHECKING, NamedTuple

from footnote.ingest.text.word_lists import saying
from footnote.rag.check.alignment import IRREGULAR, ROOT, key
from footnote.rag.check.local_part import CLOSE, PRONOUNS, TITLES, Finding, bare, is_name
from footnote.rag.english.lists import words as listed

if TYPE_CHECKING:
    from collections.abc import Sequence

    from footnote.rag.check.alignment import Evidence, Token
    from footnote.rag.check.local_part import LocalAlignment

STEP = 3  # words at most from one place to the next for both to be told in one breath
LINKS = frozenset("be been to also have".split())  # between "may" or "expects" and its verb
HELPERS = LINKS | listed("auxiliaries", "be", "be, not finite") | {"has", "had"}
MODALS = listed("auxiliaries", "modal", "future")
FIRST_PERSON = listed("pronouns", "first person")
OPENING = listed("prepositions")  # what a phrase or clause that moves as one begins with
SAYING = saying("plain", "plain, not asked for")  # stands beside the one who speaks, and means little else
CLAUSE = 4  # words at most between a hedge and its verb; at least of what a speaker says
MOST = 0.6  # share of what is said that has to stand in one sentence
APPOSITION = 10  # words at most: "Tomas Brekke, the city’s chief bridge engineer, said"


def relations(local: LocalAlignment, evidence: Evidence) -> list[Finding]:
    """Return what the words of a sentence say of each other otherwise than its evidence."""
    return [*_swapped(local), *_speakers(local, evidence), *_told_as_done(local)]


# --- two that changed places -----------------------------------------------------------------------------


class _SharedRun(NamedTuple):
    """Words of the sentence, first to last, that stand in the same order in one sentence of the evidence."""

    first: int
    last: int
    begins: int
    ends: int


def _aligned_runs(local: LocalAlignment) -> list[_SharedRun]:
    """Return the sentence cut where its words stop following each other in the evidence."""
    found: list[_SharedRun] = []
    of = local.evidence.sentence
    for i, place in enumerate(local.raw_places):
        if place < 0:
            continue
        last = found[-1] if found else None
        if last and 0 < place - last.ends <= STEP - 1 and of[place] == of[last.ends]:
            found[-1] = last._replace(last=i, ends=place)
        else:
            found.append(_SharedRun(i, i, place, place))
    return found


def _swapped(local: LocalAlignment) -> list[Finding]:
    """Find two that changed places around what both texts say between them: "A beat B" for "B beat A".

    Not where the verb was turned round as well ("A was beaten by B"), in a list, or for parts that carry
    their preposition along ("in May from Lund", "from Lund in May").
    """
    runs = _aligned_runs(local)
    for a, one in enumerate(runs):
        for b in range(a + 1, len(runs)):
            other = runs[b]
            if (
                one.begins > other.ends
                and _aligns_when_swapped(runs, a, b, local)
                and _says_otherwise(one, other, local)
            ):
                sides = [local.words[r.first : r.last + 1] for r in (one, other)]
                numbers = all(_head(side).number for side in sides)
                names = " and ".join(f"“{bare(_head(side).text)}”" for side in sides)
                reason = f"The paragraph says it of {names} the other way round."
                return [Finding("number" if numbers else "name", numbers, reason)]
    return []


def _says_otherwise(one: _SharedRun, other: _SharedRun, local: LocalAlignment) -> bool:
    """Tell whether two runs in each other's place say something else: what is between them decides."""
    sides = [local.words[r.first : r.last + 1] for r in (one, other)]
    if any(_moves_as_constituent(r, local) for r in (one, other)) or _changes_voice(local, one, other):
        return False
    said = local.words[one.last + 1 : other.first]
    told = local.evidence.tokens[other.ends + 1 : one.begins]
    shared = {t.key for t in said} & {t.key for t in told}
    if all(_head(side).number for side in sides):
        return bool(shared)
    verbs = [t for t in said if t.key in shared and t.content and t.text.lower() not in SAYING]
    return bool(verbs) and not _coordinated(local, one, other)


def _aligns_when_swapped(runs: Sequence[_SharedRun], a: int, b: int, local: LocalAlignment) -> bool:
    """Tell whether the sentence would align with the evidence in order if runs `a` and `b` changed places."""
    of = local.evidence.sentence
    inside = [runs[b], *runs[a + 1 : b], runs[a]]
    if len({int(of[p]) for r in inside for p in (r.begins, r.ends)}) > 1:
        return False
    if any(not 0 < y.begins - x.ends <= STEP for x, y in pairwise(inside)):
        return False
    around = [(runs[a - 1], runs[b])] if a and not _opens_clause(local.words, runs[a].first) else []
    if b + 1 < len(runs) and not local.words[runs[b + 1].first].mark:
        around.append((runs[a], runs[b + 1]))
    if any(of[x.ends] == of[y.begins] and not 0 < y.begins - x.ends <= STEP for x, y in around):
        return False
    return all(any(t.content for t in local.words[r.first : r.last + 1]) for r in (runs[a], runs[b]))


def _opens_clause(words: Sequence[Token], i: int) -> bool:
    """Tell whether a clause opens at a word: behind a comma, or "that"."""
    return bool(words[i].mark) or words[i - 1].key == "that"


def _moves_as_constituent(run: _SharedRun, local: LocalAlignment) -> bool:
    """Tell whether a run begins with a preposition or conjunction that it carries along."""
    words, before = local.words, run.first - 1
    carried = before >= 0 and words[before].text.lower() in OPENING and local.raw_places[before] < 0
    number = words[run.first].number
    return words[run.first].text.lower() in OPENING or (carried and not number)


def _changes_voice(local: LocalAlignment, one: _SharedRun, other: _SharedRun) -> bool:
    """Tell whether the passive was put for the active, or the other way round."""
    told = local.evidence.tokens[other.begins : one.ends + 1]
    said = local.words[one.first : other.last + 1]
    return sum(t.key == "by" for t in told) != sum(t.key == "by" for t in said)


def _coordinated(local: LocalAlignment, one: _SharedRun, other: _SharedRun) -> bool:
    """Tell whether the words between are parts of one list, in both texts: each behind a comma or "and"."""
    told = local.evidence.tokens[other.ends + 1 : one.begins + 1]
    said = local.words[one.last + 1 : other.first + 1]
    return all(
        t.mark or before.key in ("and", "or", "as") or not t.content
        for words in (told, said)
        for before, t in pairwise(words)
    ) and all(words and (words[0].mark or words[0].key in ("and", "or")) for words in (told, said))


def _head(side: Sequence[Token]) -> Token:
    """Return the word to name a run by: its number, else its last name or word of content."""
    content = [t for t in side if t.content]
    numbers = [t for t in content if t.number]
    return (numbers or content)[-1]


# --- who said it -----------------------------------------------------------------------------------------


def _speakers(local: LocalAlignment, evidence: Evidence) -> list[Finding]:
    """Find another speaker: beside the word for saying, or in the paragraph that holds what was said."""
    if local.cost > CLOSE:
        return []
    for verb, word in enumerate(local.words):
        if word.text.lower() in SAYING:
            found = _replaced_speaker(local, verb) or _speaker_elsewhere(local, verb, evidence)
            if found:
                return [found]
    return []


def _replaced_speaker(local: LocalAlignment, verb: int) -> Finding | None:
    """Find a speaker put beside a word for saying in the place of another."""
    held, place = local.evidence.tokens, local.raw_places[verb]
    if place < 0:
        return None
    told = set(local.raw_places)
    for step in (-1, 1):
        i, p = verb + step, place + step
        if not (0 <= i < len(local.words) and 0 <= p < len(held)):
            continue
        apart = local.words[max(i, verb)].mark or held[max(p, place)].mark
        if apart or local.raw_places[i] >= 0 or p in told:
            continue
        said, instead = local.words[i], held[p]
        resolved = (_third_person(instead) and _may_be_meant(said)) or _third_person(said)
        if not resolved and said.key != instead.key and not akin(said.key, instead.key):
            reason = f"The paragraph says “{bare(instead.text)}”, the sentence says “{bare(said.text)}”."
            return Finding("speaker", False, reason)
    return None


def _third_person(token: Token) -> bool:
    return token.text.lower() in PRONOUNS and token.text.lower() not in FIRST_PERSON


def _may_be_meant(token: Token) -> bool:
    """Tell whether a pronoun may stand for the word: a name, or a noun of content."""
    return token.content or token.number


def akin(one: str, other: str) -> bool:
    """Tell whether two keys are forms of one root, and not a man and a woman."""
    return len(one) >= ROOT and one[:ROOT] == other[:ROOT] and _gender(one) == _gender(other)


def _gender(word: str) -> str:
    return next((end for end in ("woman", "women", "man", "men") if word.endswith(end)), "")


def _speaker_elsewhere(local: LocalAlignment, verb: int, evidence: Evidence) -> Finding | None:
    """Find words given to a speaker whom their paragraph does not name, while it names another one."""
    who = _named_beside(local.words, verb)
    rest = [
        p for i, p in enumerate(local.raw_places)
        if p >= 0 and i not in who and local.words[i].content and not is_name(i, local.words)
    ]  # fmt: skip
    if not who or len(rest) < CLAUSE:
        return None
    sentence, count = Counter(int(local.evidence.sentence[p]) for p in rest).most_common(1)[0]
    if count < MOST * len(rest):
        return None
    held = _paragraph_of(evidence, sentence)
    if any(held[n][0].key == local.words[i].key for n in range(len(held)) for i in who):
        return None
    words = [t for t, _ in held]
    speakers = [
        i for v, (t, number) in enumerate(held) if t.text.lower() in SAYING and number <= sentence
        for i in _named_beside(words, v)
    ]  # fmt: skip
    if not speakers:
        return None
    said, instead = bare(local.words[who[-1]].text), bare(words[speakers[-1]].text)
    return Finding("speaker", False, f"The paragraph has “{instead}” say it, the sentence “{said}”.")


def _named_beside(words: Sequence[Token], verb: int) -> list[int]:
    """Return the words of the name of who speaks: "said X", "X said", "X, the mayor, said"; else none."""
    after = verb + 1
    if words[verb].text.lower() == "said" and after < len(words) and not words[after].mark:
        title = words[after].key in TITLES and after + 1 < len(words)
        if is_name(after + title, words):
            return _name_from(after + title, words)
    last = verb - 1
    if last >= 0 and words[verb].mark:  # behind the comma of an apposition
        marks = [i for i in range(last, max(0, verb - APPOSITION), -1) if words[i].mark]
        last = marks[0] - 1 if marks and words[marks[0]].mark == 1 else -1
    while (
        last >= 0 and is_name(last, words) and last > 0 and is_name(last - 1, words) and not words[last].mark
    ):
        last -= 1
    begins = last >= 0 and (last == 0 or words[last].mark == 2) and words[last].text[0].isupper()
    if last < 0 or not (is_name(last, words) or (begins and words[last].content)):
        return []
    return _name_from(last, words)


def _name_from(first: int, words: Sequence[Token]) -> list[int]:
    found = [first]
    while found[-1] + 1 < len(words) and is_name(found[-1] + 1, words) and not words[found[-1] + 1].mark:
        found.append(found[-1] + 1)
    return found


def _paragraph_of(evidence: Evidence, sentence: int) -> list[tuple[Token, int]]:
    """Return the words of the paragraph that holds a sentence, each with the number of its own sentence."""
    span = evidence.spans[sentence]
    start = evidence.text.rfind("\n\n", 0, span.start)
    end = evidence.text.find("\n\n", span.end)
    return [
        (t, int(n)) for t, n in zip(evidence.tokens, evidence.sentence, strict=True)
        if t.start > start and (end < 0 or t.start < end)
    ]  # fmt: skip


# --- whether it happened ---------------------------------------------------------------------------------


def _told_as_done(local: LocalAlignment) -> list[Finding]:
    """Find told as done what the evidence only expects, plans or holds for possible."""
    held = local.evidence.tokens
    told = set(local.places)
    for i, place in enumerate(local.places):
        word = local.words[i]
        if place < 0 or not word.content or word.number or is_name(i, local.words) or local.cost > CLOSE:
            continue
        hedge = _governing_modal(held, place)
        if hedge is None or hedge in told or not _as_done(local.words, i, held[place]):
            continue
        wish = " ".join(t.text for t in held[hedge : place + 1])
        return [Finding("wording", False, f"The paragraph says “{wish}”, the sentence says “{word.text}”.")]
    return []


def _governing_modal(held: Sequence[Token], place: int) -> int | None:
    """Return the place of "may", "will", "expects to" before a verb; None when there is none."""
    to = False
    for p in range(place - 1, max(-1, place - CLAUSE - 1), -1):
        text = held[p].text.lower()
        if held[p + 1].mark == 2 or (held[p + 1].mark and p + 1 < place):
            return None
        if text in MODALS or (to and held[p].key in HOPE_KEYS):
            return p
        if text not in LINKS:
            return None
        to = to or text == "to"
    return None


HOPE_KEYS = frozenset(map(key, listed("verbs_of_hoping")))


def _as_done(words: Sequence[Token], i: int, held: Token) -> bool:
    """Tell whether a word of the sentence is a verb in a form of the past, with no hedge before it."""
    text, helped = words[i].text.lower(), False
    for j in range(i - 1, max(-1, i - CLAUSE), -1):
        before = words[j].text.lower()
        if before not in HELPERS or before == "to":
            if before == "to" or before in MODALS or words[j].key in HOPE_KEYS:
                return False
            break
        helped = helped or before in ("is", "was", "were", "are", "has", "had", "been")
    past = text.endswith("ed") or (text in IRREGULAR and IRREGULAR[text] != text)
    return past and (helped or text != held.text.lower())

"""Pairs of claim and evidence from which `footnote.evals.tools.train_judge` learns.

Four kinds are mixed. Public rows of entailment, capped a set so that templates do not rule. Families that were
written for this project (`judge_data/families`, names in slots): evidence with claims that it entails,
contradicts and leaves open, and questions with right and wrong answers. And pairs made from SQuAD: a question
with its answer as claim ("Who built it? Hedda Krogh"), with another answer of the paragraph in its place, and
beside a window that does not hold it. Articles written for this project with true and false claims
(`judge_data/drafts`) are read as the judge reads an article.
"""

# ruff: noqa: E501 - patterns and word lists read best on one line

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any, NamedTuple

from footnote.evals.tools.corruption import CHANGED, MAKERS, places
from footnote.evals.tools.lines import rows_of
from footnote.ingest.text.sentences import sentences as split
from footnote.rag.check.alignment import prepare, tokens, with_synonyms
from footnote.rag.check.judge import CONTRADICTED, ENTAILED, NOT_SAID, shown, windows

if TYPE_CHECKING:
    import random
    from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
    from pathlib import Path

    from footnote.evals.tools.corruption import Place

NOT_ENTAILED = (
    -1
)  # known only not to be entailed; this and the others as the rows of the public sets have them

# Rows of a set in a round; sets not named are left out. Templates (HANS, DNC, SCONE, HELP) and captions are cut
# short, sets whose repository states no licence are not here.
MOST = {
    "fact_fever": 36000,
    "fact_fever_long": 8000,
    "fact_fm2": 2600,
    "fact_citint": 2900,
    "fact_wice_train": 400,
    "nli_breaking": 2500,
    "nli_cad": 10600,
    "nli_conjnli": 12000,
    "nli_contract": 2900,
    "nli_dnc": 2500,
    "nli_entailmentbank": 1900,
    "nli_folio": 1200,
    "nli_gluediag": 1100,
    "nli_hans": 3000,
    "nli_help_med": 4000,
    "nli_infotabs": 6000,
    "nli_mnli": 42000,
    "nli_monli_scone": 2000,
    "nli_negation": 4800,
    "nli_newprotocols": 40000,
    "nli_snli": 16000,
    "nli_tracie": 860,
}
UNLICENSED = frozenset({"monli", "nan_nli"})  # sets inside those files that state no licence
ASKED = ("qa_boolq", "qa_condaqa", "qa_nq_oracle", "qa_policyqa", "qa_qed", "qa_squad2_part", "qa_strategyqa")
LONGEST_CONTEXT = 110  # words of a context without sentences to cut from
FILLED = 6  # times that a family is filled with names, a round


class Pair(NamedTuple):
    """A claim beside evidence, and what the evidence makes of it."""

    claim: str
    evidence: str
    label: int


def public(folder: Path, rng: random.Random, share: float = 1.0) -> Iterator[Pair]:
    """Yield a round of the public rows, or a share of it."""
    for name, most in MOST.items():
        rows = [r for r in rows_of(folder / f"{name}.jsonl") if r.get("set") not in UNLICENSED]
        rng.shuffle(rows)
        for row in rows[: int(share * most)]:
            yield Pair(row["claim"], row["premise"], row["label"])


def questions(folder: Path, rng: random.Random) -> Iterator[Pair]:
    """Yield pairs of the public question sets; yes and no are answers to contradict each other."""
    for name in ASKED:
        for row in rows_of(folder / f"{name}.jsonl"):
            yield from _asked(row, rng)


def _asked(row: Mapping[str, Any], rng: random.Random) -> Iterator[Pair]:
    answers, question = row["answers"], row["question"].rstrip("?")
    if not row["answerable"] or not answers:
        return
    answer = str(rng.choice(answers))
    context = row["context"]
    if answer.lower() in ("yes", "no"):
        if len(context.split()) <= 2 * LONGEST_CONTEXT:
            other = "no" if answer.lower() == "yes" else "yes"
            yield Pair(f"{question}? {answer}", context, ENTAILED)
            yield Pair(f"{question}? {other}", context, CONTRADICTED)
        return
    if len(answer.split()) > 25:
        return
    window, without = _windows(context, answer, rng)
    if window:
        yield Pair(f"{question}? {answer}", window, ENTAILED)
    if without and rng.random() < 0.5:
        yield Pair(f"{question}? {answer}", without, NOT_SAID)


def _windows(text: str, answer: str, rng: random.Random, most: int = 3) -> tuple[str, str]:
    """Return up to `most` sentences that hold an answer, and some that do not ("": there are none)."""
    parts = [text[s.start : s.end] for s in split(text)]
    holding = [i for i, part in enumerate(parts) if answer in part]
    if not holding:
        return "", ""
    at = rng.choice(holding)
    first = max(0, at - rng.randrange(most))
    last = min(len(parts), max(at + 1, first + rng.randint(1, most)))
    free = [i for i in range(len(parts)) if i not in holding]
    return " ".join(parts[first:last]), parts[rng.choice(free)] if free else ""


def kind_of(answer: str) -> str:
    """Return the rough kind of an answer: a number, a year, a name or other words."""
    if re.fullmatch(r"(?:in )?(?:1\d|20)\d\d", answer):
        return "year"
    if re.search(r"\d", answer):
        return "number"
    return "name" if answer[:1].isupper() else "words"


def squad(
    articles: Iterable[Mapping[str, Any]], asked: Iterable[Mapping[str, Any]], rng: random.Random
) -> Iterator[Pair]:
    """Yield question ↦ answer pairs, and some as statements: right, exchanged, and beside other sentences."""
    paragraphs = {(a["article_id"], n): p for a in articles for n, p in enumerate(a["paragraphs"])}
    titles = {a["article_id"]: a["title"].replace("_", " ") for a in articles}
    by_paragraph: dict[tuple[str, int], list[Mapping[str, Any]]] = {}
    for row in asked:
        if row["answerable"] and row["gold_paragraphs"]:
            by_paragraph.setdefault((row["article_id"], row["gold_paragraphs"][0]), []).append(row)
    for key, rows in by_paragraph.items():
        text = paragraphs[key]
        for row in rows:
            yield from _exchanged(row, rows, text, titles[key[0]], rng)


def _exchanged(
    row: Mapping[str, Any], rows: Sequence[Mapping[str, Any]], text: str, title: str, rng: random.Random
) -> Iterator[Pair]:
    right = str(row["answers"][0])
    if len(right.split()) > 12:
        return
    window, without = _windows(text, right, rng)
    if not window:
        return
    lead = f"{title}. " if rng.random() < 0.4 else ""
    yield Pair(_claim(row["question"], right, rng), lead + window, ENTAILED)
    if without:
        yield Pair(_claim(row["question"], right, rng), lead + without, NOT_SAID)
    others = [str(r["answers"][0]) for r in rows if r is not row]
    alike = [
        o for o in others
        if kind_of(o) == kind_of(right) and o.lower() not in right.lower() and right.lower() not in o.lower()
    ]  # fmt: skip
    if alike:
        wrong = rng.choice(alike)
        near = [o for o in alike if o in window]
        if near:
            yield Pair(_claim(row["question"], rng.choice(near), rng), lead + window, CONTRADICTED)
        else:
            with_wrong, _ = _windows(text, wrong, rng)
            label = CONTRADICTED if right in with_wrong else NOT_SAID
            if with_wrong:
                yield Pair(_claim(row["question"], wrong, rng), lead + with_wrong, label)


STATED = re.compile(
    r"^(?:Who|What|Which(?: [\w-]+){1,3}|What [\w-]+) (?!is\b|are\b|was\b|were\b|did\b|does\b|do\b|can\b|has\b|had\b"
    r"|have\b|will\b|would\b|could\b|should\b)(?P<rest>[a-z]+(?:ed|s|ught|ade|ook|on|an|ave|ent|ote|ell|it|ut|ed)\b .+)\?$"
)
IS = re.compile(r"^(?:Who|What) (?P<be>is|are|was|were) (?P<what>(?:the|a|an) .+)\?$")


def _claim(question: str, answer: str, rng: random.Random) -> str:
    """Return a question and its answer as a claim: as a statement where that is simple, else side by side."""
    question = question.strip()
    if rng.random() < 0.6:
        if found := STATED.match(question):
            return f"{answer} {found['rest']}"
        if found := IS.match(question):
            what = found["what"].removeprefix("the name of ")
            return rng.choice((f"{answer} {found['be']} {what}", f"{what} {found['be']} {answer}"))
    return f"{question} {answer}"


def corrupted(articles: Sequence[Mapping[str, Any]], rng: random.Random, share: float) -> Iterator[Pair]:
    """Yield sentences of articles rephrased, with one fact changed, as they are, and beside another paragraph."""
    for article in articles:
        for place in places(["\n\n".join(article["paragraphs"])]):
            if rng.random() < share:
                yield from _changed(place, article["paragraphs"], rng)


def _changed(place: Place, others: Sequence[str], rng: random.Random) -> Iterator[Pair]:
    window, _ = _windows(place.paragraph, place.sentence, rng)
    kind = rng.choice(tuple(MAKERS))
    made = MAKERS[kind](place, rng) if window else None
    if made and made != place.sentence:
        before = f"{place.before[-200:]} " if kind == "pronoun resolved" else ""
        yield Pair(made, before + window, NOT_ENTAILED if kind in CHANGED else ENTAILED)
        if rng.random() < 0.25:
            yield Pair(place.sentence, window, ENTAILED)
    elif window and rng.random() < 0.15 and (other := rng.choice(others)) != place.paragraph:
        cut = [other[s.start : s.end] for s in split(other)][:3]
        yield Pair(place.sentence, " ".join(cut), NOT_SAID)


# What may stand in place of "was built" (W: was or were, P: built): done as it says, undone, open.
DONE = ("{W} indeed {P}", "{W} finally {P}", "has been {P}", "came to be {P}")
UNDONE = ("{W} never {P}", "{W} not {P}", "failed to be {P}", "{W} almost {P}", "{W} nearly {P}", "could not be {P}",
          "{W} supposed to be {P} but was not", "would have been {P}", "{W} no longer {P}", "can no longer be {P}")  # fmt: skip
OPEN = ("{W} to be {P}", "{W} expected to be {P}", "may have been {P}", "might be {P}", "is due to be {P}",
        "will be {P}", "{W} about to be {P}", "{W} rumoured to have been {P}", "{W} meant to be {P}", "should be {P}",
        "could be {P}", "is likely to be {P}", "is said to have been {P}", "hopes to be {P}", "{W} going to be {P}",
        "is being considered to be {P}", "is scheduled to be {P}", "would be {P}", "must be {P}")  # fmt: skip
PASSIVE = re.compile(
    r"\b(?P<W>was|were) (?P<P>[a-z]{2,}(?:ed|en|wn|ilt|ld|ade|ound|ost|eft|ught|ung|aid))\b(?! as old)"
)
# The same in place of "opened" (V: open, P: opened).
DID = ("did {V}", "indeed {P}", "later {P}", "has {P}")
DID_NOT = ("refused to {V}", "declined to {V}", "failed to {V}", "denied having {P}", "never {P}", "did not {V}",
           "almost {P}", "nearly {P}", "was not allowed to {V}", "decided not to {V}", "no longer {V}",
           "was cleared of having {P}", "ruled out that it had {P}")  # fmt: skip
MAY = ("hopes to {V}", "plans to {V}", "is expected to {V}", "will {V}", "may {V}", "may have {P}", "wants to {V}",
       "is accused of having {P}", "was asked to {V}", "offered to {V}", "was ordered to {V}", "is said to have {P}",
       "intends to {V}", "would have {P}", "is about to {V}", "threatened to {V}", "claims to have {P}",
       "was due to {V}", "was tipped to {V}", "was the favourite to {V}", "is thought to have {P}",
       "promised to {V}", "should have {P}", "is set to {V}", "was bidding to {V}")  # fmt: skip
ACTIVE = re.compile(
    r"(?<=[a-z] )(?<!was )(?<!were )(?<!is )(?<!are )(?<!been )(?<!be )(?<!has )(?<!had )(?<!have )(?<!to )(?<!and )(?<!also )(?<!being )(?<!not )(?<!by )(?<!, )(?<!of )(?<!the )(?<!a )"
    r"(?P<P>[a-z]{3,}ed)(?= (?:the|a|an|its|his|her|their|several|many|all|over|more|[A-Z][a-z]+|\d[\d,.]*)\b)"
)
# What may stand in front of a whole statement, by what it makes of the statement.
SAID_TRUE = ("It has been confirmed that", "Records show that", "It turned out that", "{S} confirmed that",
             "{S} pointed out that", "It is well known that", "{S} proved that", "The report found that",
             "{S} noted that")  # fmt: skip
SAID_FALSE = ("{S} denied that", "It is not true that", "It is a myth that", "A court rejected the claim that",
              "{S} wrongly believed that", "Nobody has shown that", "{S} ruled out that", "It proved false that",
              "{S} disputed that")  # fmt: skip
SAID_OPEN = ("{S} hopes that", "It is rumoured that", "There is no evidence that", "{S} suspected that",
             "It is unclear whether", "{S} asked whether", "{S} fears that", "It has been suggested that",
             "If the plan is kept,", "{S} predicted that", "{S} would like to prove that", "Some doubt that",
             "{S} accused the author of claiming that")  # fmt: skip
NO_COMMA = re.compile(
    r"^(?P<lead>(?:In|On|During|After|Before|By|At|From|Since|Until|For)\b[^,;:]{3,60}), (?P<rest>(?!and\b|but\b)[^;]+)\.$"
)
TAIL = re.compile(
    r"^(?P<kept>[^,;]{30,}?)(?:, (?:which|who|where|while|although|and|but|with|including|as)\b|;| because | although ).{12,}$"
)
LEADS = re.compile(
    r"^(?:However|Moreover|Also|Additionally|Furthermore|Therefore|Thus|Meanwhile|Similarly|Consequently|Nevertheless), "
)


def told(articles: Sequence[Mapping[str, Any]], rng: random.Random, share: float) -> Iterator[Pair]:
    """Yield sentences of articles as plans, denials and guesses: what is open is not done, and reversed.

    The passage is changed and the claim kept, the claim changed and the passage kept, and both changed alike,
    so that neither a hedge nor its absence gives the answer away. Sentences cut or turned stay entailed.
    """
    known = {w for a in articles for p in a["paragraphs"] for w in re.findall(r"\b[a-z]+\b", p)}
    for article in articles:
        for place in places(["\n\n".join(article["paragraphs"])]):
            if rng.random() < share:
                window, _ = _windows(place.paragraph, place.sentence, rng)
                if window:
                    yield from _kept(place.sentence, window, rng)
                    yield from _opened(place.sentence, window, known, rng)
                    if rng.random() < 0.3:
                        yield from _embedded(place.sentence, window, rng)


def _kept(sentence: str, window: str, rng: random.Random) -> Iterator[Pair]:
    forms = []
    if found := NO_COMMA.match(sentence):
        rest = found["rest"]
        forms += [
            rest[0].upper() + rest[1:] + ".",
            f"{rest[0].upper()}{rest[1:]} {found['lead'][0].lower()}{found['lead'][1:]}.",
        ]
    if found := TAIL.match(sentence):
        forms.append(found["kept"] + ".")
    if LEADS.match(sentence):
        cut = LEADS.sub("", sentence)
        forms.append(cut[0].upper() + cut[1:])
    if forms:
        yield Pair(rng.choice(forms), window, ENTAILED)


def _opened(sentence: str, window: str, known: Collection[str], rng: random.Random) -> Iterator[Pair]:
    if re.search(r"\b(?:not|never|no|may|might|if|would)\b", sentence):
        return
    kinds = ((DONE, DID, ENTAILED), (UNDONE, DID_NOT, CONTRADICTED), *2 * ((OPEN, MAY, NOT_ENTAILED),))
    passive, active, label = rng.choice(kinds)
    if found := PASSIVE.search(sentence):
        form = rng.choice(passive).format_map(found.groupdict())
    elif (found := ACTIVE.search(sentence)) and (verb := _base(found["P"], known)):
        form = rng.choice(active).format(V=verb, P=found["P"])
    else:
        return
    changed = f"{sentence[: found.start()]}{form}{sentence[found.end() :]}"
    other = window.replace(sentence, changed)
    yield Pair(sentence, other, label)  # told as done, of what the passage leaves open
    yield Pair(changed, other, ENTAILED)
    if label == CONTRADICTED or rng.random() < 0.5:
        yield Pair(changed, window, ENTAILED if label == ENTAILED else NOT_ENTAILED)
    if label != ENTAILED:
        yield Pair(sentence, window, ENTAILED)


def _base(past: str, known: Collection[str]) -> str:
    """Return the base form of a regular past that is among the known words ("": none)."""
    stem = past[:-2]
    forms = [stem[:-1] + "y"] if stem.endswith("i") else [f"{stem}e", stem]
    if stem[-1:] == stem[-2:-1]:
        forms = [stem[:-1], stem]
    return next((f for f in forms if f in known), "")


def _embedded(sentence: str, window: str, rng: random.Random) -> Iterator[Pair]:
    kinds = ((SAID_TRUE, ENTAILED), (SAID_FALSE, NOT_ENTAILED), (SAID_OPEN, NOT_ENTAILED))
    forms, label = rng.choice(kinds)
    who = f"{rng.choice(WOMEN + MEN)} {rng.choice(SURNAMES)}"
    small = (
        sentence if sentence.split(maxsplit=1)[0].lower() not in SMALL else sentence[0].lower() + sentence[1:]
    )
    told_of = f"{rng.choice(forms).format(S=who)} {small}"
    other = window.replace(sentence, told_of)
    yield Pair(sentence, other, label)
    yield Pair(told_of, other, ENTAILED)
    if label != ENTAILED and rng.random() < 0.5:
        front = rng.choice(SAID_TRUE).format(S=who)
        yield Pair(f"{front} {small}", other, NOT_ENTAILED)


SMALL = frozenset(
    "the a an in on at it he she they after before during by since for from this these that those his her their its many most some several".split()
)
SLOT = re.compile(r"\{([FMOTCRY]\d)(s?)\}")
WOMEN = """Hedda Ines Berit Nadia Tove Clara Priya Mireille Agnes Olga Lucia Mei Amina Ruth Zofia Helen Ida Nora Paula Sanna
Judith Carmen Leila Grete Marta Esther Yuki Fatima Doris Elin""".split()
MEN = """Tomas Rolf Karel Edmund Piers Hugo Anselm Bruno Jonas Malik Victor Owen Stefan Luca Ahmed Henrik Samuel Pavel Ravi
Oscar Felix Gareth Nils Marco Dmitri Leon Arthur Kofi Javier Emil""".split()
SURNAMES = """Krogh Calloway Solheim Okoro Marchetti Ruhl Vadas Amundsen Whitmore Tully Langdon Thornbury Farr Fenwick Bellamy
Castellan Dremmel Eskola Falk Grieve Haddad Iversen Jessop Kowal Lindqvist Mbeki Novak Ostrander Pellham Quist Rask Sandoval
Tanaka Ulrich Venn Wexler Yilmaz Zeller Ashby Brandt Corrigan Duarte""".split()
FIRMS = """Northwind Kestrel Orvex Lumen Halden Vario Sanderling Tarkeep Brightwater Corvus Delmar Elmfield Fairlea Gantry
Harrow Ironbridge Juniper Keld Larkspur Meridian Norsel Oakhurst""".split()
FORMS = ("Airways", "Bank", "Group", "Works", "Foods", "Energy", "Media", "Trust", "Holdings", "Systems")
TOWNS = """Hollum Port\u00a0Ellan Marlowe Harrow\u00a0Fell Vessby Tarnwick Ostrava\u00a0Bay Kirkholm Lindau Brackley Dunmore Eastham
Ferrolt Gallow\u00a0Hill Hexby Ingram Jarrow Kelso Lowick Millbrae Nantwick Orrest Pelham Quarrby Rosslare Stavely""".split()
LANDS = """Norland Vestria Calderia Tamaria Osmark Belgravia Kurland Mordavia Ruthenia Sylvania Ardenia Borduria Petrova
Zubrowka Ithria Kessel""".split()
WATERS = (
    "Tarn",
    "Wye Brook",
    "Lake Orre",
    "Mount Hald",
    "Skell",
    "Lake Brenn",
    "Ouse",
    "Mirren",
    "Mount Vey",
    "Ashwater",
)
FIRM_WITH_FORM = 0.7  # share of the firms
POOLS = {
    "S": SURNAMES, "F": WOMEN, "M": MEN, "O": FIRMS, "T": TOWNS, "C": LANDS, "R": WATERS,
}  # fmt: skip


def _names(slots: Iterable[str], rng: random.Random) -> dict[str, tuple[str, str]]:
    """Return for each slot a name and, of a person, the surname."""
    pools = {kind: rng.sample(names, len(names)) for kind, names in POOLS.items()}
    years = sorted(rng.sample(range(1880, 2024), 9))
    found: dict[str, tuple[str, str]] = {}
    for slot in slots:
        kind = slot[0]
        name = str(years[int(slot[1]) - 1]) if kind == "Y" else pools[kind].pop().replace("\u00a0", " ")
        short = name
        if kind in "FM":
            short = pools["S"].pop()
            name = f"{name} {short}"
        elif kind == "O" and rng.random() < FIRM_WITH_FORM:
            name = short = f"{name} {rng.choice(FORMS)}"
        found[slot] = name, short
    return found


def filled(family: Mapping[str, Any], rng: random.Random) -> Iterator[Pair]:
    """Yield the pairs of a family, with names in its slots."""
    text = json.dumps(family, ensure_ascii=False)
    names = _names(sorted({m[1] for m in SLOT.finditer(text)}), rng)

    def fill(template: str) -> str:
        return SLOT.sub(lambda m: names[m[1]][1 if m[2] else 0], template)

    evidence = fill(family["evidence"])
    for label, key in ((ENTAILED, "entailed"), (CONTRADICTED, "contradicted"), (NOT_SAID, "not_said")):
        yield from (Pair(fill(claim), evidence, label) for claim in family[key])
    for asked in family.get("questions", ()):
        for label, key in ((ENTAILED, "right"), (NOT_ENTAILED, "wrong")):
            yield from (Pair(f"{fill(asked['q'])} {fill(a)}", evidence, label) for a in asked[key])


LABELS = {"entailed": ENTAILED, "contradicted": CONTRADICTED, "not_said": NOT_SAID}


def drafts(paths: Sequence[Path]) -> Iterator[Pair]:
    """Yield the claims and answers of written articles, each beside the sentences that the judge would read."""
    for path in paths:
        for article in rows_of(path):
            evidence = prepare("\n\n".join([article["title"], *article["paragraphs"]]))
            told = [(claim["text"], LABELS[claim["label"]]) for claim in article["claims"]]
            for asked in article.get("questions", ()):
                told += [(f"{asked['q']} {a}", ENTAILED) for a in asked["right"]]
                told += [(f"{asked['q']} {a}", NOT_ENTAILED) for a in asked["wrong"]]
            for claim, label in told:
                window = windows(with_synonyms(tokens(claim), evidence), evidence)[0]
                yield Pair(claim, shown(window, evidence), label)


def families(paths: Sequence[Path], rng: random.Random, times: int = FILLED) -> Iterator[Pair]:
    """Yield every family of files, each filled `times` over."""
    for path in paths:
        for family in rows_of(path):
            for _ in range(times):
                yield from filled(family, rng)

import json
import random

from footnote.evals.tools.judge_examples import NOT_ENTAILED, drafts, families
from footnote.rag.check.judge import CONTRADICTED, ENTAILED, NOT_SAID

FAMILY = {
    "evidence": "{F1} of {O1} said in {Y1} that {F2s} would follow.",
    "entailed": ["{F1s} works for {O1}."],
    "contradicted": ["{F2} said that {F1s} would follow."],
    "not_said": ["{F2s} works for {O1}."],
    "questions": [{"q": "Who spoke?", "right": ["{F1}"], "wrong": ["{F2}"]}],
}
DRAFT = {
    "title": "Two ferries",
    "paragraphs": ["The red ferry is old. It was built in 1931.", "The blue ferry is new."],
    "claims": [{"text": "The blue ferry is old.", "label": "contradicted"}],
    "questions": [{"q": "When was the red ferry built?", "right": ["1931"], "wrong": []}],
}


def written(path, row):
    path.write_text(json.dumps(row) + "\n", encoding="utf-8")
    return path


def test_names_stand_in_every_slot_and_are_others_each_time(tmp_path):
    made = list(families([written(tmp_path / "f.jsonl", FAMILY)], random.Random(3), times=2))
    assert [p.label for p in made[:5]] == [ENTAILED, CONTRADICTED, NOT_SAID, ENTAILED, NOT_ENTAILED]
    assert not any("{" in p.claim + p.evidence for p in made)
    assert made[0].evidence != made[5].evidence
    surname = made[0].claim.split()[0]
    assert surname in made[0].evidence


def test_a_draft_is_read_beside_the_sentences_that_the_judge_would_read(tmp_path):
    claim, asked = drafts([written(tmp_path / "d.jsonl", DRAFT)])
    assert (claim.claim, claim.label) == ("The blue ferry is old.", CONTRADICTED)
    assert "The blue ferry is new." in claim.evidence
    assert (asked.claim, asked.label) == ("When was the red ferry built? 1931", ENTAILED)

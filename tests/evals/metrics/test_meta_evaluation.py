import json

import pytest

from footnote.evals.metrics.checker import overlap
from footnote.evals.metrics.meta_evaluation import by_dataset, judge_table, load_faithfulness
from footnote.ingest.errors import SourceNotFound, UnreadableSource
from footnote.rag.check.support import check_support
from footnote.rag.types import Support, Verdict

ROWS = [
    {
        "id": 1,
        "source": "The mill turns at dawn.",
        "claim": "The mill turns at dawn.",
        "label": 1,
        "votes": [1, 1, 1],
    },
    {
        "source": "The mill turns at dawn.",
        "claim_or_answer": "The mill burned down.",
        "label": 0,
        "votes": [0, 1, 0],
    },
    {
        "source": "Ida sails north.",
        "claim": "Ida sails north.",
        "label": True,
        "dataset": "other",
        "grade": 0.9,
    },
]


@pytest.fixture
def path(tmp_path):
    path = tmp_path / "claims.jsonl"
    path.write_text("\n".join(json.dumps(r) for r in ROWS) + "\n\n", encoding="utf-8")
    return path


def test_claims_are_read_with_label_grade_and_data_set(path):
    claims, bad = load_faithfulness(path)
    assert [(c.id, c.dataset, c.label) for c in claims] == [
        ("1", "claims", True), ("2", "claims", False), ("3", "other", True),
    ]  # fmt: skip
    assert [c.grade for c in claims] == [1.0, pytest.approx(1 / 3), 0.9]
    assert bad == []
    assert list(by_dataset(claims)) == ["claims", "other"]


@pytest.mark.parametrize(
    ("row", "reason"),
    [
        ("{", "Expecting"),
        ("[]", "not an object"),
        ('{"claim": "A.", "label": 1}', 'no "source"'),
        ('{"source": "A.", "label": 1}', 'no "claim"'),
        ('{"source": "A.", "claim": "A.", "label": 2}', 'no "label"'),
    ],
)
def test_a_bad_row_is_named_by_line_and_reason_and_the_rest_is_read(path, row, reason):
    path.write_text(row + "\n" + json.dumps(ROWS[0]), encoding="utf-8")
    claims, bad = load_faithfulness(path)
    assert len(claims) == 1
    assert bad[0].line == 1
    assert reason in bad[0].reason


def test_a_file_that_is_not_there_or_no_text_is_said_to_be(tmp_path):
    with pytest.raises(SourceNotFound):
        load_faithfulness(tmp_path / "none.jsonl")
    (tmp_path / "bad.jsonl").write_bytes(b"\xc3\x28\xfa")
    with pytest.raises(UnreadableSource):
        load_faithfulness(tmp_path / "bad.jsonl")


def test_overlap_is_the_share_of_n_grams():
    assert overlap("The mill burned", "The mill turns") == pytest.approx(2 / 3)
    assert overlap("The mill burned", "The mill turns", 2) == 0.5
    assert overlap("", "The mill") == 0.0


def test_the_table_has_each_judge_and_the_floors_for_each_data_set(path):
    claims, _ = load_faithfulness(path)
    always = {"yes": lambda *_: Support(Verdict.SUPPORTED, 0.5, "."), "embedded": check_support}
    seen = []
    rows = judge_table(always, by_dataset(claims), resamples=50, done=seen.append)
    assert [(r.judge, r.dataset) for r in rows[:5]] == [
        ("yes", "claims"), ("embedded", "claims"), ("overlap of words", "claims"),
        ("overlap of bigrams", "claims"), ("overlap of trigrams", "claims"),
    ]  # fmt: skip
    assert rows[0].auc[0] == 0.5
    assert rows[1].auc[0] == 1.0
    assert rows[1].balanced_accuracy[0] == 1.0
    assert rows[1].spearman == pytest.approx(1.0)
    assert rows[-1].auc is None
    assert seen == [1, 2, 3, 4, 5, 6]
    assert json.dumps([r.as_json() for r in rows])

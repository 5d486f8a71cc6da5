import json

import pytest

from footnote.evals.tools.lines import rows_of
from footnote.evals.tools.model_answers import main, share, told


def _row(*verdicts):
    said = {
        "refused": False,
        "right": True,
        "sentences": [[f"It is said.\u2028 {v}", v, ""] for v in verdicts],
        "first_s": 0.1,
        "total_s": 0.2,
        "cached": False,
    }
    return {"id": "a", "kind": "answerable", "offline": said, "model": said}


def test_a_sentence_that_makes_no_claim_is_not_flagged():
    lines = list(told([_row("supported", "none", "unsupported")]))
    assert [line for line in lines if "flagged" in line] == [
        f"{writer}: sentences flagged: 50.0 (0.0–100.0, n=2)" for writer in ("offline", "model")
    ]


def test_what_has_no_case_has_no_share():
    assert share([]) == "none"


def test_rows_hold_separators_that_are_no_ends_of_lines(tmp_path):
    path = tmp_path / "rows.jsonl"
    path.write_text(json.dumps(_row("supported"), ensure_ascii=False) + "\n\n", encoding="utf-8")
    assert rows_of(path) == [_row("supported")]
    assert main(["--compare", str(path), str(path)]) == 0


@pytest.mark.parametrize("given", [[], ["samples"], ["samples", "--home", "x"]])
def test_what_a_run_needs_is_said(capsys, given):
    with pytest.raises(SystemExit):
        main(given)
    assert "name a suite, --home and --out" in capsys.readouterr().err

import json

from footnote.evals.tools.check_drafts import main

ARTICLES = [
    {
        "id": "a",
        "title": "The bridge of Hollum",
        "paragraphs": ["Hedda Krogh designed the bridge.", "It opened in 1931 after four years of work."],
        "claims": [
            {"text": "Hedda Krogh designed the bridge.", "label": "entailed"},
            {"text": "It opened in 1958 after four years of work.", "label": "contradicted"},
        ],
    },
    {
        "id": "b",
        "title": "A dry summer\u2028in Vessby",
        "paragraphs": ["The town of Vessby closed its two wells in July."],
        "claims": [
            {"text": "The town of Vessby closed its two wells in July.", "label": "entailed"},
            {"text": "Vessby sold nine of its ferries.", "label": "not_said"},
        ],
    },
]


def _written(path, articles):
    path.write_text("".join(json.dumps(a, ensure_ascii=False) + "\n" for a in articles), encoding="utf-8")
    return str(path)


def test_each_file_is_told_with_its_verdicts_and_three_areas(tmp_path, capsys):
    assert main([_written(tmp_path / "two.jsonl", ARTICLES)]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[0] == "two: 4 claims, 2 of them true"
    assert [" ".join(line.split()) for line in lines[1:5]] == [
        "balanced accuracy of “supported” 1.000 (1.000–1.000)",
        "true ones flagged 0 of 2",
        "false ones called supported 0 of 2",
        "AUC of the score 1.000 (1.000–1.000)",
    ]
    assert [" ".join(line.split()[:4]) for line in lines[5:]] == ["AUC of the judge", "AUC of word overlap"]


def test_fewer_are_drawn_and_what_takes_both_labels_is_not_measured(tmp_path, capsys):
    assert main([_written(tmp_path / "two.jsonl", ARTICLES), "--limit", "1"]) == 0
    out = capsys.readouterr().out
    assert "two: 1 claims" in out
    assert out.count("not measured") == 4

"""The examples of docs/langchain.md run as they stand."""

import re
from pathlib import Path

PAGE = Path(__file__).parents[1] / "docs" / "langchain.md"


def test_the_examples_run(sample_home, monkeypatch):
    monkeypatch.setenv("FOOTNOTE_HOME", str(sample_home))
    names: dict = {}
    for block in re.findall(r"```python\n(.*?)```", PAGE.read_text(), re.DOTALL):
        exec(block, names)
    assert "Hedda Krogh" in names["reply"]["answer"]
    assert names["documents"][0].metadata["paragraph"] >= 1
    assert len(names["documents"]) == 4
    assert names["growing"]["complete"]
    assert len(names["answers"]) == 2

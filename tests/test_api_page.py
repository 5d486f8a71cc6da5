"""docs/api.md says what the docstrings say, and names everything that is public."""

import importlib.util
from pathlib import Path

import footnote

DOCS = Path(__file__).parent.parent / "docs"


def test_the_page_is_current() -> None:
    spec = importlib.util.spec_from_file_location("make_api", DOCS / "make_api.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    assert (DOCS / "api.md").read_text(encoding="utf-8") == module.page(), "run: python docs/make_api.py"


def test_every_public_name_is_told() -> None:
    text = (DOCS / "api.md").read_text(encoding="utf-8")
    assert [n for n in footnote.__all__ if not n.startswith("_") and f"### {n}\n" not in text] == []

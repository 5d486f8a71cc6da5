"""Every module can be imported, on every Python that is promised."""

from importlib import import_module
from pathlib import Path

import pytest

import footnote

ROOT = Path(__file__).parent.parent
MODULES = sorted(
    ".".join(("footnote", *path.relative_to(ROOT).with_suffix("").parts)).removesuffix(".__init__")
    for room in ("ingest", "rag", "prompts", "ui", "evals")
    for path in (ROOT / room).rglob("*.py")
    if path.parent != ROOT / "ui" / "footnote"
)


def test_the_modules_are_found() -> None:
    assert {"footnote.rag.assistant", "footnote.ui.page.page", "footnote.evals.tools.measure"} <= set(MODULES)


TRAINED = tuple(f"footnote.evals.tools.train_{what}" for what in ("judge", "reader", "tables"))


@pytest.mark.parametrize("name", MODULES)
def test_a_module_can_be_imported(name: str) -> None:
    if name in TRAINED:
        pytest.importorskip("torch")  # which the short test under another Python goes without
    if name == "footnote.ingest.library.record.postgres":
        pytest.importorskip("psycopg")  # as without the extra
    import_module(name)


@pytest.mark.parametrize("name", footnote.__all__)
def test_a_public_name_is_there(name: str) -> None:
    assert getattr(footnote, name)

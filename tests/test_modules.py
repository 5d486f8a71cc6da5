"""Every module can be imported, on every Python that is promised."""

import pkgutil
from importlib import import_module

import pytest

import footnote

MODULES = sorted(m.name for m in pkgutil.walk_packages(footnote.__path__, "footnote."))


def test_the_modules_are_found() -> None:
    assert {"footnote.rag.assistant", "footnote.ui.page.page", "footnote.evals.tools.measure"} <= set(MODULES)


@pytest.mark.parametrize("name", [name for name in MODULES if not name.endswith("__main__")])
def test_a_module_can_be_imported(name: str) -> None:
    if name == "footnote.evals.tools.train_reader":
        pytest.importorskip(
            "torch"
        )  # what the reader is trained with; the short test under another Python has none
    import_module(name)


@pytest.mark.parametrize("name", footnote.__all__)
def test_a_public_name_is_there(name: str) -> None:
    assert getattr(footnote, name)

"""What `import footnote` gives: the names it promises, and no others."""

import ast
import subprocess
import sys
from importlib import import_module
from importlib.metadata import version
from pathlib import Path

import pytest

import footnote
from footnote.rag import errors


def declared() -> dict[str, str]:
    """The names that type checkers see, each with the module that it is said to come from."""
    tree = ast.parse(Path(footnote.__file__).read_text(encoding="utf-8"))
    (seen,) = [n for n in tree.body if isinstance(n, ast.If) and ast.unparse(n.test) == "TYPE_CHECKING"]
    return {
        alias.name: node.module
        for node in seen.body
        if isinstance(node, ast.ImportFrom) and node.module
        for alias in node.names
    }


DECLARED = declared()


def test_what_is_exported_is_what_type_checkers_see() -> None:
    assert sorted(footnote.__all__) == sorted([*DECLARED, "__version__"])


def test_every_error_is_exported() -> None:
    assert set(errors.__all__) <= set(footnote.__all__)


@pytest.mark.parametrize("name", footnote.__all__)
def test_each_name_is_found_and_listed(name: str) -> None:
    assert getattr(footnote, name) is not None
    assert name in dir(footnote)


@pytest.mark.parametrize(("name", "module"), DECLARED.items())
def test_a_name_looked_up_late_is_the_one_of_its_module(name: str, module: str) -> None:
    assert getattr(footnote, name) is getattr(import_module(module), name)


def test_the_star_gives_all_of_them() -> None:
    given: dict[str, object] = {}
    exec("from footnote import *", given)
    assert set(footnote.__all__) <= set(given)


def test_the_version_is_that_of_the_distribution() -> None:
    assert footnote.__version__ == version("footnote")


def test_a_name_that_is_not_there_is_an_attribute_error() -> None:
    with pytest.raises(AttributeError, match="no attribute 'Nonsense'"):
        _ = footnote.Nonsense


def test_importing_it_imports_none_of_its_rooms() -> None:
    program = "import footnote, sys; print(*(m for m in sys.modules if m.startswith('footnote.')))"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout.split() == []

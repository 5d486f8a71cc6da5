"""The examples in docstrings are true: each module of the package runs its own."""

import doctest
from importlib import import_module
from pkgutil import walk_packages

import pytest

ROOMS = ("ingest", "rag", "prompts", "ui", "evals")


def modules() -> list[str]:
    found = ["footnote"]
    for room in ROOMS:
        package = import_module(f"footnote.{room}")
        found += [
            package.__name__,
            *(m.name for m in walk_packages(package.__path__, f"{package.__name__}.")),
        ]
    return found


MODULES = modules()


def test_the_walk_reaches_every_room_and_what_lies_in_it() -> None:
    assert {name.split(".")[1] for name in MODULES if "." in name} == set(ROOMS)
    assert {"footnote.rag.check.alignment", "footnote.ingest.library.record.schema"} <= set(MODULES)
    finder = doctest.DocTestFinder(exclude_empty=True)
    assert any(test.examples for test in finder.find(import_module("footnote.rag.check.alignment")))


@pytest.mark.parametrize("name", MODULES)
def test_the_examples_of_a_module_give_what_they_say(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    failed, _ = doctest.testmod(import_module(name))
    assert not failed, capsys.readouterr().out

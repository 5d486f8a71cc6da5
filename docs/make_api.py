"""Write docs/api.md from the docstrings of the public names: `python docs/make_api.py`."""

from __future__ import annotations

import dataclasses
import enum
import inspect
import re
import textwrap
from importlib import import_module
from pathlib import Path
from types import UnionType
from typing import Any

import footnote

PAGE = Path(__file__).parent / "api.md"
HEAD = """# The Python interface

Written by `python docs/make_api.py` from the docstrings; a test holds it to them. Other modules may change.

"""
# Each part of the page: what it is about, and the names in it.
PARTS: dict[str, tuple[str, tuple[str, ...]]] = {
    "Opening a library": ("footnote", ("Settings", "build", "Assistant")),
    "What comes back": (
        "footnote",
        (
            *("Reply", "Answer", "Refusal", "Remark", "Summary", "CitedSentence", "Citation", "ShortAnswer"),
            *("Support", "Verdict", "Passage"),
        ),
    ),
    "What is given": ("footnote", ("Filters", "Turn")),
    "LangChain": ("footnote.rag.langchain", ("FootnoteRetriever", "FootnoteRunnable")),
    "Evaluation": ("footnote.evals", ("evaluate", "Evaluation")),
    "Errors": ("footnote", ()),  # the rest
}
OWN = re.compile(
    r"(?:footnote|builtins|collections\.abc|typing|pathlib|langchain_core\.[\w.]+)\.(?:\w+\.)*(?=\w)"
)


def page() -> str:
    """Return the page."""
    told = [name for _, names in PARTS.values() for name in names]
    rest = tuple(n for n in footnote.__all__ if n not in told and not n.startswith("_"))
    parts = []
    for title, (home, names) in PARTS.items():
        parts.append(f"## {title}\n")
        parts += [entry(name, getattr(import_module(home), name)) for name in names or rest]
    return HEAD + "\n".join(parts)


def entry(name: str, value: Any) -> str:
    """Return what the page says of one name."""
    if isinstance(value, UnionType):
        kinds = " or ".join(f"`{kind.__name__}`" for kind in value.__args__)
        return f"### {name}\n\n{kinds}.\n"
    lines = [f"### {name}\n", f"```text\n{head(name, value)}\n```\n", docstring(value)]
    if inspect.isclass(value) and not issubclass(value, BaseException):
        for member, found in members(value):
            shown = found.fget if isinstance(found, property) else found
            mark = member if isinstance(found, property) else head(member, found)
            lines.append(f"#### `{name}.{member}`\n\n```text\n{mark}\n```\n\n{docstring(shown)}")
    return "\n".join(lines)


def head(name: str, value: Any) -> str:
    """Return a class with its fields, an enumeration with its values, or a function with its parameters."""
    if inspect.isclass(value) and issubclass(value, BaseException):
        return f"{name}({value.__mro__[1].__name__})"
    if inspect.isclass(value) and issubclass(value, enum.Enum):
        return f"{name}: {', '.join(str(member.value) for member in value)}"
    if dataclasses.is_dataclass(value):
        return "\n".join(
            [name, *(f"    {f.name}: {annotation(f.type)}{default(f)}" for f in dataclasses.fields(value))]
        )
    if hasattr(value, "model_fields"):
        given = [n for n in value.__annotations__ if n in value.model_fields]
        return "\n".join([name, *(f"    {n}: {annotation(value.__annotations__[n])}" for n in given)])
    signature = inspect.signature(inspect.unwrap(getattr(value, "__func__", value)))
    shown = [
        p.replace(annotation=inspect.Parameter.empty)
        for p in signature.parameters.values()
        if p.name not in ("self", "cls")
    ]
    return f"{name}{signature.replace(parameters=shown, return_annotation=inspect.Signature.empty)}".replace(
        repr(footnote.Filters()), "NO_FILTERS"
    )


def annotation(of: Any) -> str:
    """Return an annotation as it is written, without where its names come from."""
    return OWN.sub("", of if isinstance(of, str) else str(of))


def default(field: dataclasses.Field[Any]) -> str:
    """Return a field's default; nothing where it has none, or is made when it is needed."""
    if field.default is dataclasses.MISSING:
        return ""
    return f" = {getattr(field.default, '__name__', repr(field.default))}"


def members(value: type) -> list[tuple[str, Any]]:
    """Return the public methods and properties of a class of ours, in the order in which they are written."""
    own = [
        (n, v)
        for kind in reversed(value.__mro__)
        if "footnote" in kind.__module__
        for n, v in vars(kind).items()
    ]
    return [
        (name, found)
        for name, found in own
        if not name.startswith("_")
        and (isinstance(found, (property, classmethod)) or inspect.isfunction(found))
        and (found.fget if isinstance(found, property) else found).__doc__
    ]


def docstring(value: Any) -> str:
    """Return a docstring as Markdown: its examples and its errors in blocks of their own."""
    text = inspect.cleandoc(value.__doc__ or "")
    text = re.sub(r"^Raises:\n((?:    .*\n?)+)", _raised, text, flags=re.MULTILINE)
    text = re.sub(
        r"((?:^>>> .*\n?)(?:^.+\n?)*)",
        lambda m: f"```pycon\n{m[1].rstrip()}\n```\n",
        text,
        flags=re.MULTILINE,
    )
    return f"{text.rstrip()}\n"


def _raised(found: re.Match[str]) -> str:
    entries = re.sub(r"\n    +", " ", textwrap.dedent(found[1]).strip())
    return "Raises:\n\n" + "\n".join(f"- {line}" for line in entries.splitlines()) + "\n"


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")

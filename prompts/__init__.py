"""Prompts are Markdown files; this package loads them and fills their holes.

A file holds what the system says, a line `---`, and what the user says. `{hole}` in either is
filled once: what is filled in is never read again, so braces, rules and holes in an article are
text and nothing else.
"""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

HOLE = re.compile(r"\{([a-z_]+)\}")
RULE = re.compile(r"^---$", re.MULTILINE)
# What a model writes when the articles do not say; short enough for small models to copy.
NO_ANSWER = "NO_ANSWER"


class PromptError(ValueError):
    """A prompt file is not of the form, or is filled with other holes than it has: a bug."""


@dataclass(frozen=True, slots=True)
class Messages:
    """What the system and the user say, ready to be sent."""

    system: str
    user: str


@dataclass(frozen=True, slots=True)
class Prompt:
    """A prompt with holes.

    >>> Prompt("greet", "Be {manner}.", "Greet {name}.").fill(manner="kind", name="{manner}")
    Messages(system='Be kind.', user='Greet {manner}.')
    """

    name: str
    system: str
    user: str

    @property
    def holes(self) -> frozenset[str]:
        """The names of its holes."""
        return frozenset(HOLE.findall(self.system)) | frozenset(HOLE.findall(self.user))

    @property
    def version(self) -> str:
        """Changes with every change of its words."""
        text = f"{self.system}\n---\n{self.user}"
        return hashlib.sha256(text.encode()).hexdigest()[:12]

    def fill(self, **values: str) -> Messages:
        """Return the messages with every hole filled.

        Raises:
            PromptError: If `values` are not exactly the holes.
        """
        if set(values) != self.holes:
            raise PromptError(
                f"prompts/{self.name}.md has the holes {sorted(self.holes)}, not {sorted(values)}"
            )
        return Messages(
            HOLE.sub(lambda m: values[m[1]], self.system), HOLE.sub(lambda m: values[m[1]], self.user)
        )


@cache
def load(name: str) -> Prompt:
    """Return the prompt `prompts/name.md`.

    Raises:
        PromptError: If it has no line `---`, or more than one.
    """
    text = files("footnote.prompts").joinpath(f"{name}.md").read_text(encoding="utf-8")
    return parse(name, text)


def parse(name: str, text: str) -> Prompt:
    """Return the prompt in a file's text.

    Raises:
        PromptError: If it has no line `---`, or more than one.
    """
    parts = RULE.split(text)
    if len(parts) != 2:
        raise PromptError(f"prompts/{name}.md needs one line ---, it has {len(parts) - 1}")
    system, user = (p.strip() for p in parts)
    return Prompt(name, system, user)

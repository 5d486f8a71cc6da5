"""The templates of the report: every text that goes into them is escaped.

A page has one script, ours, which finds cases by their words; the page lets run what has its digest alone.
"""

from __future__ import annotations

import base64
import hashlib
from dataclasses import dataclass
from functools import lru_cache
from importlib.resources import files
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup


@lru_cache(maxsize=1)
def _environment() -> Environment:
    environment = Environment(
        loader=PackageLoader("footnote.evals.report"),
        autoescape=True,
        trim_blocks=True,
        lstrip_blocks=True,
        undefined=StrictUndefined,
    )
    environment.filters["thousands"] = "{:,}".format
    return environment


def render(name: str, **values: Any) -> Markup:
    """Return a template filled with `values`."""
    return Markup(_environment().get_template(name).render(values))  # noqa: S704 - Jinja escaped what it holds


@dataclass(frozen=True, slots=True)
class Finder:
    """The script that finds cases in a list, and the digest by which a page lets it run."""

    script: Markup
    digest: str


@lru_cache(maxsize=1)
def finder() -> Finder:
    """Return the script for a page."""
    script = render("finder.js.jinja")
    digest = base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()
    return Finder(script, f"sha256-{digest}")


def stylesheet() -> Markup:
    """Return the style of every page."""
    return Markup(files("footnote.evals.report").joinpath("report.css").read_text(encoding="utf-8"))  # noqa: S704 - our own file

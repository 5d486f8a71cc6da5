"""The templates of the report: every text that goes into them is escaped."""

from __future__ import annotations

from functools import lru_cache
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

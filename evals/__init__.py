"""Measure retrieval, answers, refusals and summaries on cases: `from footnote.evals import evaluate`."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from footnote.evals.program import Evaluation, evaluate

__all__ = ["Evaluation", "evaluate"]

if not TYPE_CHECKING:  # looked up when it is first used: the command's own parts need none of it

    def __getattr__(name: str) -> Any:
        if name in __all__:
            return getattr(import_module("footnote.evals.program"), name)
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")

"""Questions in, cited answers out. The public names are those of `footnote` itself."""

from typing import Any


def __getattr__(name: str) -> Any:
    """In a checkout, `from rag import build` still works and says what to write instead."""
    import footnote

    if __name__ != "rag" or name not in footnote.__all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    import warnings

    warnings.warn(f"Write `from footnote import {name}`.", DeprecationWarning, stacklevel=2)
    return getattr(footnote, name)

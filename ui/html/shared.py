"""A conversation that is shared, as a page of its own: nothing on it can be done but read."""

from __future__ import annotations

from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING, Any

from footnote.ui.html import export
from footnote.ui.html.templating import Html, render

if TYPE_CHECKING:
    from collections.abc import Sequence

    from footnote.ui.state.session import Exchange

NOTHING = "The link is wrong, or what it led to is shared no longer, or you may not read every article in it."


def shared(account: str, exchanges: Sequence[Exchange]) -> str:
    """Return the page; `account` shares it."""
    shown = [export.html_exchange(e) for e in exchanges]
    return _page(title="A shared conversation", account=account, exchanges=shown, problem="")


@cache
def nothing() -> str:
    """Return the page for whoever may see none, for whatever reason."""
    return _page(title="Nothing is shared here", account="", exchanges=(), problem=NOTHING)


def _page(**given: Any) -> str:
    return str(render("export", "shared", style=_style(), **given))


@cache
def _style() -> Html:
    folder = files("footnote.ui.html")
    return Html(
        "".join(folder.joinpath(name).read_text(encoding="utf-8") for name in ("export.css", "shared.css"))
    )

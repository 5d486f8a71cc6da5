"""Conversations that one account shares with others, to read only.

A link shows nothing unless who opens it may read, at that moment, every article that the conversation cites.
What is in it besides was said of all that its owner may read (notices, suggestions, what there is in the
library), and is left out.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from footnote.ingest.errors import NotAllowed
from footnote.rag.types import Answer, Refusal, Remark, Summary
from footnote.ui.page.desk import PASTED
from footnote.ui.state.session import Judged

if TYPE_CHECKING:
    from collections.abc import Iterable

    from footnote.ui.page.page import Page
    from footnote.ui.state.conversations import Share
    from footnote.ui.state.session import Exchange

LONGEST_TOKEN = 64
LEFT_OUT = "What Footnote noted on this reply is not shared. Ask the same to see it."
NOT_SHARED = "This reply was about Footnote, or about what there is in the library, and is not shared."
NOT_ANSWERED = "This was not answered."


def read(page: Page, account: str, token: str) -> Share | None:
    """Return what an account may read by a link; None for whatever reason it may not. It is noted who did."""
    found = page.desk.conversations.by_link(token) if account and len(token) <= LONGEST_TOKEN else None
    owner = page.assistant.library.accounts().get(found.account) if found else None
    if found is None or owner is None or owner.made != found.made or not _reads(page, account, found):
        page.note(account, "refused shared", token[:8])
        return None
    page.note(account, "read shared", f"{found.conversation} of {found.account}")
    return replace(found, exchanges=tuple(map(_without_notes, found.exchanges)))


def _reads(page: Page, account: str, shared: Share) -> bool:
    """Tell whether an account may read every article that a conversation cites, or names in a question."""
    try:
        mine = page.of(account)
    except NotAllowed:
        return False
    return all(mine.desk.known(article) for article in _articles(shared.exchanges) - {PASTED})


def _articles(exchanges: Iterable[Exchange]) -> set[str]:
    cited = {c.article_id for e in exchanges for c in e.citations}
    return cited | {a for e in exchanges if e.kind == "summary" for a in e.articles}


def _without_notes(exchange: Exchange) -> Exchange:
    reply = exchange.reply
    match reply:
        case None:
            return replace(exchange, problem=NOT_ANSWERED)
        case Remark():
            return replace(exchange, reply=replace(reply, text=NOT_SHARED, notices=()))
        case Refusal():
            noted = (LEFT_OUT,) if reply.notices else ()
            return replace(exchange, reply=replace(reply, text="", notices=noted))
        case Answer() | Summary() | Judged():
            noted = (LEFT_OUT,) if reply.notices else ()
            return replace(exchange, reply=replace(reply, notices=noted))

"""What a browser can ask for: each act of a part of the page is one entry in a table of functions.

An act is called with what the browser sent, which anyone can forge. It only hands that on: the panels
match a reference and look it up, resolve an id, and hold a path to the uploads.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from footnote.ui.page.desk import Shown
from footnote.ui.page.page import Page
from footnote.ui.state.session import Session

Sent = dict[str, Any]  # what came with an act: anything at all
Act = Callable[[Page, Session, Sent], Iterator[Shown] | Shown | None]

CONVERSATION: Mapping[str, Act] = {
    "ask": lambda page, session, sent: page.conversation.ask(
        session, sent.get("question"), sent.get("instead_of")
    ),
    "summary": lambda page, session, sent: page.conversation.summarise(session, sent.get("articles")),
    "summary_text": lambda page, session, sent: page.conversation.summarise_text(
        session, sent.get("text"), sent.get("title"), sent.get("instead_of"), sent.get("length")
    ),
    "check": lambda page, session, sent: page.conversation.check(session, sent.get("text")),
    "again": lambda page, session, sent: page.conversation.again(
        session, sent.get("number"), sent.get("length")
    ),
    "stop": lambda page, session, _: page.conversation.stop(session),
    "fresh": lambda page, session, _: page.conversation.fresh(session),
    "undo": lambda page, session, sent: page.conversation.undo(session, sent.get("number")),
    "feedback": lambda page, session, sent: page.conversation.feedback(
        session, sent.get("number"), sent.get("value")
    ),
    "listed": lambda page, session, _: page.desk.show_saved(session),
    "open": lambda page, session, sent: page.conversation.open(session, sent.get("conversation")),
    "name": lambda page, session, sent: page.conversation.rename(
        session, sent.get("conversation"), sent.get("title")
    ),
    "delete": lambda page, session, sent: page.conversation.delete(session, sent.get("conversation")),
    # Not “share”: Gradio has an event of this name.
    "share_by_link": lambda page, session, sent: page.conversation.share(session, sent.get("conversation")),
    "unshare": lambda page, session, sent: page.conversation.unshare(session, sent.get("conversation")),
}
SETTINGS: Mapping[str, Act] = {
    "settings": lambda page, session, _: page.settings.open(session),
    "use_model": lambda page, session, sent: page.settings.use_model(session, sent.get("model")),
    "test_model": lambda page, session, _: page.settings.test_model(session),
    "choose": lambda page, session, sent: page.settings.save(session, sent.get("chosen")),
}
LIBRARY: Mapping[str, Act] = {
    "pick": lambda page, session, sent: page.library.pick(session, sent.get("article"), sent.get("on")),
    "only": lambda page, session, sent: page.library.only(session, sent.get("article")),
    "only_shown": lambda page, session, _: page.library.only_shown(session),
    "all": lambda page, session, _: page.library.all(session),
    "find": lambda page, session, sent: page.library.find(session, sent),
    "more": lambda page, session, _: page.library.more(session),
    "look": lambda page, session, _: page.library.look(session),
    "remove": lambda page, session, sent: page.library.remove(session, sent.get("article")),
    "bring_back": lambda page, session, sent: page.library.bring_back(session, sent.get("removal")),
    "rename": lambda page, session, sent: page.library.rename(
        session, sent.get("article"), sent.get("title")
    ),
    "collections": lambda page, session, _: page.collections.open(session),
    "new_collection": lambda page, session, sent: page.collections.create(session, sent.get("name")),
    "rename_collection": lambda page, session, sent: page.collections.rename(
        session, sent.get("name"), sent.get("to")
    ),
    "delete_collection": lambda page, session, sent: page.collections.delete(session, sent.get("name")),
    "only_collection": lambda page, session, sent: page.collections.only(session, sent.get("name")),
    "filing": lambda page, session, sent: page.collections.filing(session, sent.get("article")),
    "file": lambda page, session, sent: page.collections.file(
        session, sent.get("article"), sent.get("collections"), sent.get("tags"), sent.get("name")
    ),
    "read": lambda page, _, sent: page.sources.read(sent.get("article")),
    "changes": lambda page, _, sent: page.sources.changes(sent.get("article"), sent.get("version")),
}
ADD: Mapping[str, Act] = {
    "upload": lambda page, session, sent: page.library.upload(session, sent.get("files")),
    "paste": lambda page, session, sent: page.library.paste(session, sent.get("text"), sent.get("title")),
    "link": lambda page, session, sent: page.library.link(session, sent.get("text")),
    "samples": lambda page, session, _: page.library.samples(session),
}
SOURCES: Mapping[str, Act] = {
    "cite": lambda page, session, sent: page.sources.cite(session, sent.get("ref")),
    "read": lambda page, session, sent: page.sources.read_source(session, sent.get("ref")),
}
EVALUATION: Mapping[str, Act] = {
    "view": lambda page, _, sent: page.evaluation.open(sent.get("report"), sent.get("against")),
    "run": lambda page, session, sent: page.evaluation.run(session, sent.get("suite"), sent.get("path")),
    "cancel": lambda page, _, __: page.evaluation.cancel(),
}
# part of the page -> its acts; `app.js` sends these names
ACTS: Mapping[str, Mapping[str, Act]] = {
    "composer": {**CONVERSATION, **SETTINGS},
    "library": LIBRARY,
    "add": ADD,
    "sources": SOURCES,
    "evaluation": EVALUATION,
}

# What needs more than to read; the rest of the acts ask and look. An account's library refuses besides.
EDITORS = {
    "add": {*ADD},
    "library": {"remove", "bring_back", "rename", "file"},
}
ADMINS = {
    "composer": {"use_model", "test_model"},
    "library": {"new_collection", "rename_collection", "delete_collection"},
    "evaluation": {*EVALUATION},
}
NOTED = {"share_by_link", "unshare"} | EDITORS["add"] | EDITORS["library"] | ADMINS["library"]


def may(role: str, part: str, act: str) -> bool:
    """Tell whether an account of this role may do an act."""
    if act in ADMINS.get(part, ()):
        return role == "admin"
    return role in ("editor", "admin") if act in EDITORS.get(part, ()) else bool(role)

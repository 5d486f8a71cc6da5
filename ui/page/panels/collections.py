"""The acts of collections: show them, make, rename and delete one, file an article, ask only one."""

from __future__ import annotations

from typing import TYPE_CHECKING

from footnote.ingest.errors import FootnoteError
from footnote.ingest.library.collections import Arrangement
from footnote.ui.html.collections import collections, filing
from footnote.ui.html.templating import Html

if TYPE_CHECKING:
    from collections.abc import Iterator

    from footnote.ingest.library.library import ArticleRecord
    from footnote.ui.page.desk import Desk, Shown
    from footnote.ui.state.session import Session

MOST_NAMES = 1_000  # that one act brings
LONGEST_LINE = 10_000  # characters of tags in a line


class CollectionsPanel:
    """What a reader does with collections and tags."""

    def __init__(self, desk: Desk) -> None:
        self.desk = desk

    def open(self, session: Session, said: str = "") -> Shown:
        """Show which collections there are."""
        there = self.desk.assistant.library.collections()
        return self.desk.show_dialog("settings", collections(there, session.within, said))

    def create(self, session: Session, name: object) -> Shown:
        """Make a collection."""
        return self._arranged(session, Arrangement("create", _text(name)))

    def rename(self, session: Session, name: object, to: object) -> Shown:
        """Give a collection another name; questions that were put to it still are."""
        asked, old, new = session.within, _text(name), _text(to)
        shown = self._arranged(session, Arrangement("rename", old, new))
        names = {one.name for one in self.desk.assistant.library.collections()}
        if asked and asked not in names and asked == old:
            session.within = " ".join(new.split())
            shown |= {**self.desk.show_scope(session), **self.open(session)}
        return shown

    def delete(self, session: Session, name: object) -> Shown:
        """Delete a collection; its articles stay."""
        return self._arranged(session, Arrangement("delete", _text(name)))

    def only(self, session: Session, name: object) -> Shown:
        """Put the next questions to the articles of one collection."""
        if any(one.name == name for one in self.desk.assistant.library.collections()):
            session.within = str(name)
            session.picked.clear()
        return {**self.desk.show_scope(session), "settings": Html("<div></div>")}

    def filing(self, session: Session, article: object) -> Shown:
        """Show the collections of an article, and its tags."""
        record = self.desk.known(article)
        if record is None:
            return self.desk.show_library(session)
        library = self.desk.assistant.library
        dialog = filing(record, library.collections(), library.tags())
        return self.desk.show_dialog("settings", dialog)

    def file(self, session: Session, article: object, wished: object, tags: object, new: object) -> Shown:
        """Put an article into just these collections, and under just these tags."""
        record = self.desk.known(article)
        if record is None:
            return self.desk.show_library(session)
        names = {_text(name) for name in wished[:MOST_NAMES]} if isinstance(wished, list) else set()
        said = ""
        try:
            for wish in _changes(record, names, _listed(tags), _text(new)):
                self.desk.assistant.library.arrange(wish)
        except FootnoteError as error:
            said = str(error)
        shown = self.desk.show_library(session)
        return {**shown, **self.open(session, said)} if said else shown

    def _arranged(self, session: Session, wish: Arrangement) -> Shown:
        said = ""
        try:
            self.desk.assistant.library.arrange(wish)
        except FootnoteError as error:
            said = str(error)
        return {**self.desk.show_library(session), **self.open(session, said)}


def _changes(record: ArticleRecord, names: set[str], tags: set[str], new: str) -> Iterator[Arrangement]:
    """Yield what turns the collections and tags of an article into those wished for."""
    of = (record.article_id,)
    if new.strip():
        yield Arrangement("create", new)
        yield Arrangement("file", new, articles=of)
    for name in sorted(names - set(record.collections)):
        yield Arrangement("file", name, articles=of)
    for name in sorted(set(record.collections) - names):
        yield Arrangement("unfile", name, articles=of)
    for tag in sorted(set(record.tags) - tags):
        yield Arrangement("untag", tag, articles=of)
    for tag in sorted(tags - set(record.tags)):
        yield Arrangement("tag", tag, articles=of)


def _listed(tags: object) -> set[str]:
    given = _text(tags)[:LONGEST_LINE].split(",")[:MOST_NAMES]
    return {" ".join(tag.split()) for tag in given if tag.strip()}


def _text(given: object) -> str:
    return given if isinstance(given, str) else ""

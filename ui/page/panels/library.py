"""The library's acts: pick what is asked, add files, links and texts, rename, remove."""

from __future__ import annotations

import logging
import re
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, Any

from footnote.ingest.library.collections import filed_under
from footnote.ingest.readers import FORMATS
from footnote.rag.errors import FootnoteError
from footnote.ui.html import library as library_html
from footnote.ui.html.wording import beginning, plural
from footnote.ui.page.adding import Adding, read_paste, shortened
from footnote.ui.page.desk import SORRY
from footnote.ui.page.removals import Removals
from footnote.ui.state.bounds import LONGEST_TITLE, MOST_FILES, MOST_LINKS
from footnote.ui.state.session import OutcomeLine
from footnote.ui.state.shelf import PAGE, View, fitting

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from pathlib import Path

    from footnote.ingest.article import Article, Rejected
    from footnote.ingest.library.library import ArticleRecord
    from footnote.ingest.web.fetch import Fetcher
    from footnote.ui.html.templating import Html
    from footnote.ui.page.adding import Item
    from footnote.ui.page.desk import Desk, Shown
    from footnote.ui.state.session import Session

MOST_BYTES = 50 * 2**20  # of one file
LINK = re.compile(r"https?://[^\s<>\"]{3,2000}", re.IGNORECASE)
# As people write an address: example.org/news/1; no file's name, and nothing of another scheme.
BARE = re.compile(
    r"(?<![\w@./:-])(?:[a-z0-9][a-z0-9-]*\.)+[a-z]{2,24}(?:/[^\s<>\"]{0,2000})?(?![\w@:.-])", re.IGNORECASE
)
GONE = "That article is no longer in the library."
NOT_UNDONE = "This can no longer be undone: a removal is kept for ten minutes."

log = logging.getLogger("footnote.ui")


class LibraryPanel:
    """What a reader does at the left of the page."""

    def __init__(self, desk: Desk) -> None:
        self.desk = desk
        self.removals = Removals()

    # Picking

    def pick(self, session: Session, article: object, on: object) -> Shown:
        """Restrict the next questions to this article too (its id), or no longer."""
        record = self.desk.known(article)
        if record and on is True:
            session.within = ""
            session.picked.add(record.article_id)
        elif isinstance(article, str):
            session.picked.discard(article)
        return self.desk.show_scope(session)

    def only(self, session: Session, article: object) -> Shown:
        """Put the next questions to this article and no other."""
        session.picked.clear()
        session.within = ""
        return self.pick(session, article, True)

    def only_shown(self, session: Session) -> Shown:
        """Put the next questions to the articles that fit what is looked for; to a collection where that is
        all that is looked for.
        """
        session.within = session.view.collection if session.view.only_a_collection else ""
        if session.within:
            session.picked.clear()
            return self.desk.show_scope(session)
        articles = self.desk.assistant.library.articles()
        found = fitting(articles, session.view, self.desk.holding(session))
        session.picked = {a.article_id for a in found}
        return self.desk.show_scope(session)

    def all(self, session: Session) -> Shown:
        """Put the next questions to all articles."""
        session.picked.clear()
        session.within = ""
        return self.desk.show_scope(session)

    # Looking

    def find(self, session: Session, sent: dict[str, Any]) -> Shown:
        """Show the articles that fit what is looked for."""
        session.view = View.of(sent)
        return self.desk.show_rows(session)

    def more(self, session: Session) -> Shown:
        """Show more of them."""
        session.view = replace(session.view, most=session.view.most + PAGE)
        return self.desk.show_rows(session)

    def look(self, session: Session) -> Shown:
        """Show the articles anew, which somebody may have changed meanwhile, and where nothing was asked yet
        also what can be asked of them.
        """
        return {
            **self.desk.show_library(session),
            **({} if session.exchanges else self.desk.show_conversation(session)),
        }

    # Changing

    def remove(self, session: Session, article: object) -> Shown:
        """Remove an article, and say so in one line, which can bring it back for a while."""

        def change(record: ArticleRecord) -> OutcomeLine:
            kept, picked = self._kept(record.article_id), record.article_id in session.picked
            self.desk.assistant.library.remove(record.article_id)
            name = self.removals.put(record.article_id, kept, picked=picked) if kept else ""
            return OutcomeLine("good", f"Removed “{record.title}”.", removal=name)

        return self._change(session, article, change)

    def _kept(self, article: str) -> bytes:
        """Return all that is known of an article; nothing when that fails: it is removed all the same."""
        try:
            return self.desk.keep(article)
        except FootnoteError as error:
            log.warning("This removal cannot be undone: %s", error)
        except Exception:
            log.exception("this removal cannot be undone")
        return b""

    def bring_back(self, session: Session, removal: object) -> Shown:
        """Undo a removal: the article is there again as it was, and picked if it was picked."""

        def change() -> OutcomeLine:
            removed = self.removals.take(removal)
            if removed is None:
                return OutcomeLine("bad", NOT_UNDONE)
            try:
                outcome = self.desk.bring_back(removed.kept)
            except BaseException:
                self.removals.hold(str(removal), removed)  # a full disk may have room later
                raise
            if removed.picked:
                session.picked.add(removed.article_id)
            if outcome.article_id != removed.article_id:
                return OutcomeLine(
                    "bad", f"Not brought back: “{outcome.title}” has come from the same source."
                )
            return OutcomeLine("good", f"“{outcome.title}” is back.")

        return self._said_of(session, change)

    def rename(self, session: Session, article: object, title: object) -> Shown:
        """Give an article another title: it is searched and cited under it from now on."""
        name = " ".join(title.split())[:LONGEST_TITLE] if isinstance(title, str) else ""

        def change(record: ArticleRecord) -> OutcomeLine:
            if not name:
                return OutcomeLine("bad", "A title needs at least one character.")
            for _ in self.desk.store(self._retitled(one, name) for one in [record]):
                pass  # and what it says is looked up once it is its turn: meanwhile it may be gone
            return OutcomeLine("good", f"Renamed “{record.title}” to “{name}”.")

        return self._change(session, article, change)

    def _retitled(self, record: ArticleRecord, title: str) -> Article:
        from footnote.ingest.article import make_article

        library = self.desk.assistant.library
        paragraphs = library.paragraphs(record.article_id)
        article = make_article(
            [(p.section, p.text) for p in paragraphs],
            title=title,
            source=record.source,
            author=record.author,
            date=record.date,
            url=record.url,
            language=record.language,
            pages=[p.page for p in paragraphs],
            times=[p.time for p in paragraphs],
            scans=[p.scan for p in paragraphs],
        )
        return replace(article, original=library.original(record.article_id))

    def _change(
        self, session: Session, article: object, change: Callable[[ArticleRecord], OutcomeLine]
    ) -> Shown:
        def known() -> OutcomeLine:
            record = self.desk.known(article)
            return change(record) if record else OutcomeLine("bad", GONE)

        return self._said_of(session, known)

    def _said_of(self, session: Session, change: Callable[[], OutcomeLine]) -> Shown:
        """Change the library, and show it with the line on that."""
        try:
            line = change()
        except FootnoteError as error:
            line = OutcomeLine("bad", str(error))
        except Exception:
            log.exception("an article could not be changed")
            line = OutcomeLine("bad", SORRY)
        newest = session.exchanges[-1].number if session.exchanges else 0
        return {
            **self.desk.show_library(session),
            **self.desk.show_conversation(session),
            **self.desk.show_sources(
                session, newest
            ),  # a source tells the title, and whether it is still there
            "results": self._said(session, line),
        }

    # Adding

    def upload(self, session: Session, files: object) -> Iterator[Shown]:
        """Add uploaded files, each with its line."""
        given = files if isinstance(files, list) else []
        named = [(_file_name(entry), entry) for entry in given[:MOST_FILES]]
        items: list[Item] = [(name, partial(self._read_upload, name, entry)) for name, entry in named]
        yield from self._add(session, items, left_out=_left_out(len(given), MOST_FILES, "file"))

    def paste(self, session: Session, text: object, title: object) -> Iterator[Shown]:
        """Add a pasted text as an article."""
        words = text if isinstance(text, str) else ""
        name = " ".join(title.split())[:LONGEST_TITLE] if isinstance(title, str) else ""
        called = f"“{name}”" if name else "The pasted text"
        item: Item = (called if name else "the pasted text", partial(read_paste, words, name, called))
        yield from self._add(session, [item])

    def samples(self, session: Session) -> Iterator[Shown]:
        """Add the sample articles."""
        from footnote.ingest.samples import sample_folder

        found = sorted(sample_folder().glob("*.md"))
        yield from self._add(session, [(path.stem, partial(_read_file, path)) for path in found])

    def link(self, session: Session, text: object) -> Iterator[Shown]:
        """Add the articles behind web addresses, any number of them in a text."""
        from footnote.ingest.web.fetch import Fetcher

        found, others = listed(text[:200_000]) if isinstance(text, str) else ([], [])
        if not found:
            line = OutcomeLine("bad", "There is no web address in this. One begins with http:// or https://.")
            yield {"results": self._said(session, line)}
            return
        fetcher = Fetcher()  # one for all: the pause between requests to a site holds across them
        items: list[Item] = [
            (address, partial(_read_link, address, fetcher)) for address in found[:MOST_LINKS]
        ]
        told = [f"“{beginning(line, 60)}” is no web address." for line in others[:MOST_LINKS]]
        left_out = _left_out(len(found), MOST_LINKS, "link")
        yield from self._add(session, items, left_out=" ".join([*told, *([left_out] if left_out else [])]))

    def _add(self, session: Session, items: Sequence[Item], *, left_out: str = "") -> Iterator[Shown]:
        adding, addition = Adding(items), session.adds(len(items))
        busy = self.desk.storing.locked()
        first = OutcomeLine("busy", "Waiting until another upload is stored…") if busy else None
        addition.lines = [first] if first else adding.lines() or [OutcomeLine("busy", "Reading…")]
        places = self.desk.places(session)
        adding.items = [(name, partial(_put, read, places)) for name, read in items] if places else items
        try:
            yield {"results": _results(session)}
            self.desk.ready.wait()  # rather than load the encoder a second time
            for addition.lines in adding.run(self.desk.store):
                addition.done = adding.done
                yield {"results": _results(session)}
        except FootnoteError as error:
            adding.found.append(OutcomeLine("bad", str(error)))
        except Exception:
            log.exception("articles could not be added")
            adding.found.append(OutcomeLine("bad", SORRY))
        finally:  # also when the reader has closed the page
            addition.running, addition.done = False, len(items)
        self.desk.draw(())
        addition.lines = shortened(adding.found) or [OutcomeLine("bad", "There was nothing to add.")]
        if left_out:
            addition.lines.append(OutcomeLine("bad", left_out))
        yield {
            **self.desk.show_library(session),
            **self.desk.show_conversation(session),
            "results": _results(session),
        }

    @staticmethod
    def _said(session: Session, line: OutcomeLine) -> Html:
        """Show a line on what was done, beside what is being added."""
        addition = session.adds(0)
        addition.running, addition.lines = False, [line]
        return _results(session)

    def _read_upload(self, name: str, entry: Any) -> Iterator[Article | Rejected]:
        from footnote.ingest.article import Rejected
        from footnote.ingest.documents import read_bytes

        path = self.desk.uploaded(entry.get("path") if isinstance(entry, dict) else None)
        if path is None:
            yield Rejected(name, "It did not arrive as an upload.")
            return
        try:
            if path.stat().st_size > MOST_BYTES:
                yield Rejected(
                    name, f"It is larger than {MOST_BYTES >> 20} MB; add it with `footnote ingest`."
                )
            else:
                yield from read_bytes(path.read_bytes(), name)
        except OSError as error:
            yield Rejected(name, f"It could not be read: {error.strerror}.")
        finally:
            path.unlink(missing_ok=True)


def _put(
    read: Callable[[], Iterator[Article | Rejected]], places: tuple[str, ...]
) -> Iterator[Article | Rejected]:
    return filed_under(read(), places)


def listed(text: str) -> tuple[list[str], list[str]]:
    r"""Return the web addresses in a text and, when it is a list of them, the lines that hold none.

    >>> listed("https://example.org/a\nnot a link\nhttps://example.org/b")
    (['https://example.org/a', 'https://example.org/b'], ['not a link'])
    >>> listed("Read this:\nit is at https://example.org/a")
    (['https://example.org/a'], [])
    """
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    if 2 * sum(LINK.fullmatch(line) is not None for line in lines) < len(lines):
        return addresses(text), []
    found = [(line, addresses(line)) for line in lines]
    return list(dict.fromkeys(a for _, some in found for a in some)), [
        line for line, some in found if not some
    ]


def addresses(text: str) -> list[str]:
    """Return the web addresses in a text, each once; those without a scheme only where none has one.

    >>> addresses("see https://example.org/a and example.org"), addresses("www.example.org/b?c=1")
    (['https://example.org/a'], ['https://www.example.org/b?c=1'])
    >>> addresses("(https://example.org/a), https://example.org/b_(c).")
    ['https://example.org/a', 'https://example.org/b_(c)']
    >>> addresses("notes.txt, me@example.org, ftp://example.org/x")
    []
    """
    found = LINK.findall(text)
    if not found and "://" not in text:
        named = (match[0] for match in BARE.finditer(text))
        found = [f"https://{n}" for n in named if not n.lower().rstrip(".").endswith(tuple(FORMATS))]
    return list(dict.fromkeys(address.rstrip(".,;:!?" if "(" in address else ".,;:!?)") for address in found))


def _left_out(given: int, most: int, noun: str) -> str:
    over = given - most
    return f"{plural(over, noun)} left out: at most {most} at a time here." if over > 0 else ""


def _results(session: Session) -> Html:
    """Render what became of all that is being added, and of what was since the first of it began."""
    found = [line for addition in session.additions for line in addition.lines]
    done, total = sum(a.done for a in session.additions), sum(a.total for a in session.additions)
    return library_html.lines(found, done=done, total=total)


def _file_name(entry: Any) -> str:
    name = str(entry.get("name", "") if isinstance(entry, dict) else "")[:255].replace("\\", "/")
    return name.rsplit("/", 1)[-1] or "a file"


def _read_file(path: Path) -> Iterator[Article | Rejected]:
    from footnote.ingest.sources import read_sources

    yield from read_sources([str(path)])


def _read_link(address: str, fetcher: Fetcher) -> Iterator[Article | Rejected]:
    from footnote.ingest.sources import read_sources

    yield from read_sources([address], fetcher=fetcher)  # it matched LINK, so that it is taken for no path

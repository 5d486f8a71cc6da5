"""`footnote check`: is a text supported by the articles?"""

import re
import sys
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from footnote.rag.types import FINAL_STOPS
from footnote.ui.commands.run import (
    PROBLEM,
    Json,
    OfCollection,
    Only,
    Run,
    Tagged,
    app,
    emit,
    filters_of,
    one_of,
    say,
)

if TYPE_CHECKING:
    from footnote.ingest.article import Article
    from footnote.rag.review import Checked
    from footnote.rag.types import Passage


@app.command(
    short_help="Check a text against the articles, sentence by sentence.",
    epilog="""\b
Examples:
  footnote check "The bridge closes on Monday for twelve weeks."
  footnote check draft.md --against harbour-bridge.md
  footnote check draft.md --strict --json
  footnote check --batch claims.jsonl > verdicts.jsonl
""",
)
def check(
    context: typer.Context,
    text: Annotated[
        str | None, typer.Argument(metavar="TEXT_OR_FILE", help="A text, a file, or - for standard input.")
    ] = None,
    against: Annotated[
        str,
        typer.Option(
            metavar="ARTICLE", help="Check against this article only: one in the library, or a file."
        ),
    ] = "",
    article: Only = None,
    collection: OfCollection = None,
    tag: Tagged = None,
    strict: Annotated[
        bool, typer.Option("--strict", help="End with status 1 when a sentence is not supported.")
    ] = False,
    as_json: Json = False,
    batch: Annotated[
        str,
        typer.Option(
            metavar="FILE",
            help='Read JSON Lines {"id", "claim", "source"} from FILE (-: standard input); print JSON Lines.',
        ),
    ] = "",
) -> int:
    """Give each sentence of a text a verdict, its reason and the best citation."""
    session: Run = context.obj
    one_of(context, "a TEXT or --batch FILE", text is not None, bool(batch))
    if batch:
        return _batch(session, batch, strict=strict)
    if against and (article or collection or tag):
        raise typer.BadParameter("Give --against or --article, --collection and --tag, not both", context)
    checked = _checked(session, _given(text or ""), against, article, collection, tag)
    if unjudged := checked.unjudged:
        session.complain(f"{len(unjudged):,} × no verdict. {unjudged[0].support.reason}")
    for notice in checked.notices:
        say(notice)
    if as_json:
        emit(checked.as_json())
    else:
        from footnote.ui.commands import terminal
        from footnote.ui.commands.terminal_check import print_checked

        print_checked(terminal.output(), checked)
    return PROBLEM if strict and checked.unsupported else session.status


def _checked(
    session: Run,
    text: str,
    against: str,
    article: list[str] | None,
    collection: list[str] | None,
    tag: list[str] | None,
) -> "Checked":
    from footnote.rag.review import check_against, check_text, passages_in
    from footnote.ui.commands import terminal

    if against and Path(against).is_file():
        return check_against(text, _passages_of_file(against))
    with session.reader() as assistant, terminal.waiting("Checking …", shown=True):
        if against:
            return check_against(text, passages_in(assistant, against), assistant.check)
        within = filters_of(assistant, article or None, collections=collection, tags=tag)
        return check_text(text, assistant, filters=within)


NAME_OF_FILE = re.compile(
    r"[^\s“”\"]*[\w-]\.(?:txt|text|md|markdown|html?|pdf|docx|odt|epub|eml)", re.IGNORECASE
)


def _given(text: str) -> str:
    """Return the text to check: what was typed, or the paragraphs of the file that it names.

    Raises:
        UnreadableSource: If it names a file that is not there, or that cannot be read.
    """
    from footnote.ingest.errors import UnreadableSource

    if text == "-":
        from footnote.ingest.readers.decode import decode

        return decode(sys.stdin.buffer.read())
    try:
        is_file = Path(text).is_file()
    except (OSError, ValueError):  # a text that is too long for a name, or holds a NUL
        is_file = False
    if not is_file:
        if NAME_OF_FILE.fullmatch(text):
            raise UnreadableSource(f"There is no file “{text}”.")
        return text
    return "\n\n".join(_said_in(_read(text)))


def _said_in(article: "Article") -> Iterator[str]:
    """Yield the paragraphs of an article, and what is read as a heading but ends like a sentence."""
    section = ""
    for paragraph in article.paragraphs:
        if paragraph.section != section and paragraph.section.endswith(tuple(FINAL_STOPS)):
            yield paragraph.section
        section = paragraph.section
        yield article.paragraph_text(paragraph.number)


def _passages_of_file(name: str) -> "list[Passage]":
    from footnote.rag.review import passages_of

    return passages_of(_read(name))


def _read(name: str) -> "Article":
    """Read a file as an article, without adding it to the library."""
    from footnote.ingest.article import Article, Rejected
    from footnote.ingest.errors import UnreadableSource
    from footnote.ingest.sources import read_sources

    match next(iter(read_sources([name])), None):
        case Article() as article:
            return article
        case Rejected(reason=reason):
            raise UnreadableSource(reason)
        case None:
            raise UnreadableSource(f"“{name}” could not be read.")


def _batch(session: Run, name: str, *, strict: bool) -> int:
    from footnote.rag.model.judge import chosen_judge, close
    from footnote.rag.types import Verdict

    with ExitStack() as stack:
        check = chosen_judge(session.settings())
        stack.callback(close, check)
        for row in _rows(session, name):
            support = check(row["claim"], row["source"])
            if support.failed:
                session.complain(f"id {row['id']}: {support.reason}")
                emit({"id": row["id"], "error": support.reason})
                continue
            emit({"id": row["id"], "support": support.as_json()})
            if strict and support.verdict is Verdict.UNSUPPORTED:
                session.status = PROBLEM
    return session.status


def _rows(session: Run, name: str) -> Iterator[dict[str, Any]]:
    """Yield the usable rows, `source` as a list; say of each other one why it is not, and go on."""
    import json

    from footnote.ui.commands import batch

    with batch.open_given(name) as file:
        for number, line in enumerate(file, start=1):
            if not line.strip(b" \t\r\n\xef\xbb\xbf"):
                continue
            row_id = None
            try:
                found = json.loads(line.decode("utf-8-sig"))
                row_id = found.get("id") if isinstance(found, dict) else None
                yield _row(found)
            except (json.JSONDecodeError, UnicodeDecodeError, RecursionError) as error:
                _refuse(session, name, number, row_id, f"it is not JSON ({error})")
            except ValueError as error:
                _refuse(session, name, number, row_id, str(error))


def _refuse(session: Run, name: str, line: int, row_id: Any, reason: str) -> None:
    source = "standard input" if name == "-" else name
    session.complain(f"{source}, line {line}: {reason}")
    emit({"id": row_id, "error": reason})


def _row(found: object) -> dict[str, Any]:
    if not isinstance(found, dict):
        raise ValueError('it is not an object such as {"id": 1, "claim": "…", "source": "…"}')
    row_id = found.get("id")
    if isinstance(row_id, bool) or not isinstance(row_id, (str, int, float)):
        raise ValueError('it has no "id" that is a text or a number')
    claim, source = found.get("claim"), found.get("source")
    if not isinstance(claim, str):
        raise ValueError('it has no "claim" that is a text')
    texts = [source] if isinstance(source, str) else source
    if not isinstance(texts, list) or not all(isinstance(t, str) for t in texts):
        raise ValueError('it has no "source" that is a text')
    return {"id": row_id, "claim": claim, "source": texts}

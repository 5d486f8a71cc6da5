"""`footnote diff`, `export`, `import`: what an article said before, and the library in one file."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from footnote.ui.commands.run import DONE, Json, Run, app, complete_article, emit, say

if TYPE_CHECKING:
    from footnote.ingest.library.changes import Change
    from footnote.ingest.library.library import ArticleRecord, VersionRecord
    from footnote.rag.assistant import Assistant

MARKS = {"added": "+", "removed": "-", "changed": "~"}


@app.command(
    short_help="Show what changed between two versions of an article.",
    epilog="""\b
Examples:
  footnote diff harbour-bridge.md
  footnote diff harbour-bridge.md --from 1 --json
""",
)
def diff(
    context: typer.Context,
    article: Annotated[
        str,
        typer.Argument(
            metavar="ARTICLE",
            help="An article by id, start of an id, file name or source.",
            autocompletion=complete_article,
        ),
    ],
    since: Annotated[
        int | None,
        typer.Option(
            "--from", metavar="VERSION", min=1, help="Compare with this version. Default: the last."
        ),
    ] = None,
    as_json: Json = False,
) -> int:
    """Show what changed in an article since its source was read before."""
    from footnote.ingest.library.changes import compare

    session: Run = context.obj
    with session.reader() as assistant:
        library = assistant.library
        record = library.article(library.resolve(article))
        earlier = library.versions(record.article_id)
        now = [p.text for p in library.paragraphs(record.article_id)]
    before = _chosen(record, earlier, since)
    if before is None:
        if as_json:
            emit({"article_id": record.article_id, "from": None, "to": record.version, "changes": []})
        else:
            print(f"No earlier version of {_called(record)} is kept: its source has not changed.")
        return DONE
    changes = compare([text for _, text in before.paragraphs], now)
    if as_json:
        emit(
            {
                "article_id": record.article_id,
                "from": before.version,
                "to": record.version,
                "changes": [change.as_json() for change in changes],
            }
        )
    else:
        _print_changes(record, before, changes)
    return DONE


def _chosen(
    record: "ArticleRecord", earlier: "list[VersionRecord]", since: int | None
) -> "VersionRecord | None":
    if since is None:
        return earlier[0] if earlier else None
    found = next((v for v in earlier if v.version == since), None)
    if found is None:
        kept = ", ".join(str(v.version) for v in reversed(earlier)) or "none"
        raise typer.BadParameter(f"Version {since} of {_called(record)} is not kept; kept: {kept}")
    return found


def _called(record: "ArticleRecord") -> str:
    from footnote.ui.commands.terminal import line

    return f"“{line(record.title)}” ({record.article_id})"


def _print_changes(record: "ArticleRecord", before: "VersionRecord", changes: "tuple[Change, ...]") -> None:
    from rich.text import Text

    from footnote.ui.commands import terminal

    console = terminal.output()
    console.print(Text(terminal.line(record.title), style="bold"))
    since = (
        f"version {before.version} of {before.added[:10]} → version {record.version} of {record.added[:10]}"
    )
    console.print(
        Text(f"{since} · {terminal.count(len(changes), 'paragraph')} changed", style=terminal.QUIET)
    )
    for change in changes:
        number = change.after or change.before
        console.print()
        shown = Text(f"{MARKS[change.kind]} [{number}] ", style=terminal.MARKER)
        for part in change.parts:
            shown.append(*_shown(part.kind, terminal.plain(part.text), whole=change.kind != "changed"))
        console.print(shown)


def _shown(kind: str, text: str, *, whole: bool) -> tuple[str, str]:
    """Return a part of a change with its style; marks tell the kinds apart where there is no colour."""
    if kind == "same" or whole:
        return text, ""
    return (f"[-{text}-]", "red") if kind == "removed" else (f"{{+{text}+}}", "green")


@app.command(
    short_help="Write the whole library to one file.",
    epilog="""\b
Examples:
  footnote export library.zip
  footnote export backup.zip --force
""",
)
def export(
    context: typer.Context,
    file: Annotated[Path, typer.Argument(metavar="FILE", help="The file to write, such as library.zip.")],
    force: Annotated[bool, typer.Option("--force", help="Replace the file if it is there.")] = False,
    as_json: Json = False,
) -> int:
    """Write all articles with their versions and vectors to one file, while the library is in use."""
    from footnote.ingest.archive import export as write
    from footnote.ui.commands import terminal

    session: Run = context.obj
    target = file.expanduser()
    if target.is_dir():
        raise typer.BadParameter(f"{file} is a folder; name a file in it", context)
    if target.exists() and not force:
        raise typer.BadParameter(f"{file} is there already; name another file, or give --force", context)
    with session.reader() as assistant, terminal.progress_bar(terminal.messages(), "articles") as bar:
        task = bar.add_task("Writing", total=None, known="?", units=0)

        def progress(done: int, total: int) -> None:
            bar.update(task, completed=done, total=total, known=total, units=done)

        manifest = write(assistant.library, target, progress)
    size = target.stat().st_size
    if as_json:
        emit(
            {
                "file": str(target),
                "articles": manifest.articles,
                "paragraphs": manifest.paragraphs,
                "bytes": size,
            }
        )
    else:
        print(f"{terminal.count(manifest.articles, 'article')} written to {file} ({size / 1e6:.1f} MB).")
    return DONE


@app.command(
    "import",
    short_help="Add the articles of an exported library.",
    epilog="""\b
Examples:
  footnote import library.zip
  footnote --home new-folder import library.zip
""",
)
def import_(
    context: typer.Context,
    file: Annotated[Path, typer.Argument(metavar="FILE", help="A file that `footnote export` wrote.")],
    as_json: Json = False,
) -> int:
    """Add the articles of an exported library; what this library has already is left as it is."""
    from footnote.ingest.archive import verify

    session: Run = context.obj
    path = file.expanduser()
    manifest = verify(path)  # before a library is made or the encoder is loaded
    with session.writer() as assistant:
        counts = _restore(assistant, path, manifest.articles, as_json=as_json)
    if not as_json:
        told = [f"{counts[s]:,} {s}" for s in ("added", "updated", "unchanged", "duplicate") if counts.get(s)]
        print((", ".join(told) or "Nothing to add") + ".")
    return session.status


def _restore(assistant: "Assistant", path: Path, total: int, *, as_json: bool) -> dict[str, int]:
    from footnote.ingest.archive import restore
    from footnote.ui.commands import terminal

    counts: dict[str, int] = {}
    paragraphs = 0
    with terminal.progress_bar(terminal.messages(), "paragraphs") as bar:
        task = bar.add_task("Adding", total=total, known=total, units=0)
        for done, outcome in enumerate(restore(assistant.library, path, assistant.encoder), start=1):
            counts[outcome.status] = counts.get(outcome.status, 0) + 1
            paragraphs += outcome.paragraphs
            bar.update(task, completed=done, units=paragraphs)
            if as_json:
                emit(outcome.as_json())
            for warning in outcome.warnings:
                say(f"{outcome.source}: {warning}")
    return counts

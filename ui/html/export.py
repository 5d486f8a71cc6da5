"""A conversation or one exchange as a file: Markdown, a web page that prints well, JSON, plain text."""

from __future__ import annotations

import json
import re
import unicodedata
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING, Any

from footnote.rag.types import Answer, Refusal, Remark, Summary, Verdict
from footnote.ui.html.templating import INVISIBLE, Html, render
from footnote.ui.html.wording import place
from footnote.ui.state.session import CLOSEST, Judged

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from footnote.rag.types import Citation, CitedSentence
    from footnote.ui.state.session import Exchange, Replied

TYPES = {
    "md": "text/markdown; charset=utf-8",
    "html": "text/html; charset=utf-8",
    "json": "application/json; charset=utf-8",
}
# What begins or ends markup in Markdown; a text from an article is shown and does nothing else.
MARKUP = re.compile(r"([\\`*_{}\[\]<>#|!~&])")
LIST = re.compile(r"^(\s*)([-+=]|\d+[.)])(?=\s|$)", re.MULTILINE)


def plain(reply: Replied) -> str:
    """Return a reply as plain text with its references, ready to be pasted elsewhere."""
    if isinstance(reply, Refusal | Remark):
        return reply.text
    references = [f"[{c.number}] {c.title}, {place(c)}: “{c.quote}”" for c in reply.citations]
    return "\n".join([_lead(reply) + _spoken_with_doubts(reply.sentences), "", *references])


def _lead(reply: Answer | Summary | Judged) -> str:
    """Return “Yes. ” or “No. ” where an answer says so plainly."""
    return f"{reply.lead} " if isinstance(reply, Answer) and reply.lead else ""


def _doubt(sentence: CitedSentence) -> str:
    """Return the verdict on a sentence in words, and nothing where it is supported."""
    told = sentence.support
    return "" if told.verdict in (Verdict.SUPPORTED, Verdict.NONE) else told.in_words


def _spoken_with_doubts(sentences: Sequence[CitedSentence]) -> str:
    parts = []
    for s in sentences:
        doubt = _doubt(s)
        parts.append(f"{s.marked} ({doubt})" if doubt else s.marked)
    return " ".join(parts)


def markdown(title: str, exchanges: Sequence[Exchange]) -> str:
    """Return exchanges as Markdown with footnotes (`[^3-1]`) that hold the quotes."""
    parts = [f"# {_md(title)}", *(_md_exchange(e) for e in exchanges)]
    return "\n\n".join(parts) + "\n"


def _md_exchange(exchange: Exchange) -> str:
    parts = [f"## {_md(exchange.question)}"]
    reply = exchange.reply
    match reply:
        case None:
            parts.append(f"*{_md(exchange.problem)}*")
        case Refusal():
            parts.append(f"**Not answered.** {_md(reply.text)}")
            parts += [f"{n}. {_md_quote(c)}" for n, c in enumerate(reply.closest[:CLOSEST], start=1)]
        case Remark():
            parts.append(_md(reply.text))
        case Answer() | Summary() | Judged():
            parts.append(_lead(reply) + " ".join(_md_sentence(exchange, s) for s in reply.sentences))
            parts += [f"> {_md(n)}" for n in reply.notices]
            parts += [f"[^{exchange.number}-{c.number}]: {_md_quote(c)}" for c in reply.citations]
    return "\n\n".join(parts)


def _md_sentence(exchange: Exchange, sentence: CitedSentence) -> str:
    notes = "".join(f"[^{exchange.number}-{n}]" for n in sentence.citations)
    doubt = _doubt(sentence)
    return _md(sentence.text) + notes + (f" *({doubt}: {_md(sentence.support.reason)})*" if doubt else "")


def _md_quote(citation: Citation) -> str:
    return f"{_md(citation.title)}, {place(citation)}: “{_md(citation.quote)}”"


def _md(text: str) -> str:
    one_line = " ".join(INVISIBLE.sub("", text).split())
    return LIST.sub(r"\1\\\2", MARKUP.sub(r"\\\1", one_line))


@cache
def _style() -> Html:
    return Html(files("footnote.ui.html").joinpath("export.css").read_text(encoding="utf-8"))


def html(title: str, exchanges: Sequence[Exchange]) -> str:
    """Return exchanges as a web page of its own, which asks nothing of any server."""
    parts = map(html_exchange, exchanges)
    return str(render("export", "page", title=title, style=_style(), exchanges=parts))


def html_exchange(exchange: Exchange) -> Html:
    """Return one exchange as a part of such a page."""
    match exchange.reply:
        case None:
            return render("export", "problem", exchange=exchange)
        case Refusal():
            return render("export", "refusal", exchange=exchange)
        case Remark():
            return render("export", "remark", exchange=exchange)
        case Answer() | Summary() | Judged() as reply:
            return render("export", "reply", exchange=exchange, lead=_lead(reply))


def as_json(title: str, exchanges: Sequence[Exchange]) -> str:
    """Return exchanges as JSON; replies in the form that `footnote ask --json` prints."""
    return (
        json.dumps({"title": title, "exchanges": [_json_exchange(e) for e in exchanges]}, ensure_ascii=False)
        + "\n"
    )


def _json_exchange(exchange: Exchange) -> dict[str, Any]:
    reply = exchange.reply
    told: dict[str, Any] = {
        "number": exchange.number,
        "kind": exchange.kind,
        "question": exchange.question,
        "feedback": exchange.feedback,
        "problem": exchange.problem,
    }
    if isinstance(reply, Judged):
        told["reply"] = {
            "sentences": [s.as_json() for s in reply.sentences],
            "citations": [c.as_json() for c in reply.citations],
            "notices": list(reply.notices),
        }
    else:
        told["reply"] = reply.as_json() if reply else None
    return told


WRITERS: dict[str, Callable[[str, Sequence[Exchange]], str]] = {"md": markdown, "html": html, "json": as_json}


def file_name(title: str, form: str) -> str:
    """Return a name that every file system takes.

    >>> file_name("What did Édith say? / 1985", "md")
    'what-did-edith-say-1985.md'
    """
    letters = unicodedata.normalize("NFKD", title).encode("ascii", "ignore").decode().lower()
    words = re.sub(r"[^a-z0-9]+", "-", letters).strip("-")[:60].rstrip("-")
    return f"{words or 'footnote'}.{form}"

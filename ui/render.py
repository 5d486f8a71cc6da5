"""Values to HTML. Everything that is not written here passes through `escape` on its way out.

The strings are shown by `gr.HTML`, which sanitises nothing: an article, a question, a file name or
a model's words must never reach it in another way.
"""

from __future__ import annotations

import html
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal
from urllib.parse import urlsplit

from rag.types import Answer, Refusal, Summary, Verdict

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from ingest.library import ArticleRecord
    from ingest.pipeline import Outcome
    from rag.types import Citation, CitedSentence

# Invisible characters that control or disguise: C0 and C1 but tab and line feed, bidirectional
# overrides and isolates, zero-width space, word joiner, byte-order mark, tag characters. Joiners
# (U+200C, U+200D) stay: several scripts are misspelt without them.
INVISIBLE = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\u200b\u2028-\u202e\u2060-\u2069\ufeff\ud800-\udfff\U000e0000-\U000e007f]"
)
# What opens an expression in a JavaScript or Handlebars template, should a value ever meet one.
TEMPLATE = str.maketrans({"{": "&#123;", "}": "&#125;", "$": "&#36;", "`": "&#96;"})
MONTHS = "January February March April May June July August September October November December".split()
DATE = re.compile(r"(\d{4})(?:-(\d\d))?(?:-(\d\d))?")
NEIGHBOUR = 260  # characters of the paragraph before and after: three lines of the panel
LONGEST_HEADING = 500  # characters of a question that stand over its answer
CLOSEST = 3
LONGEST_BOUND = 20  # characters of a word that may move to the next line with its footnotes
MOST_ROWS = 1000  # a list of 1,000 rows renders in about 0.1 s; nobody reads further
VERDICTS = {Verdict.PARTIAL: "partly supported", Verdict.UNSUPPORTED: "not supported"}


@dataclass(frozen=True, slots=True)
class Exchange:
    """One question, or one wish for a summary, with what came back so far.

    `reply` is None while nothing has come; `problem` is a sentence that stands in its place.
    """

    number: int
    question: str
    kind: Literal["question", "summary"] = "question"
    scope: str = ""
    reply: Answer | Refusal | Summary | None = None
    problem: str = ""
    waiting: str = ""
    stopped: bool = False

    @property
    def citations(self) -> tuple[Citation, ...]:
        """What its footnotes point at: the citations, or the closest paragraphs of a refusal."""
        match self.reply:
            case Refusal():
                return self.reply.closest[:CLOSEST]
            case Answer() | Summary():
                return self.reply.citations
            case None:
                return ()


@dataclass(frozen=True, slots=True)
class Source:
    """A citation with what the library knows about its place; all empty once the article is gone."""

    citation: Citation
    section: str = ""
    date: str = ""
    url: str = ""
    before: str = ""
    after: str = ""
    gone: bool = False


@dataclass(frozen=True, slots=True)
class Line:
    """One line of what became of a file or a pasted text."""

    kind: Literal["good", "same", "bad", "busy"]
    text: str


def escape(text: str) -> str:
    r"""Return `text` as HTML that shows it and does nothing else, in an attribute too.

    >>> escape('<b title="x">${1}</b>\u202e')
    '&lt;b title=&quot;x&quot;&gt;&#36;&#123;1&#125;&lt;/b&gt;'
    """
    return html.escape(INVISIBLE.sub("", text)).translate(TEMPLATE)


def plural(count: int, noun: str) -> str:
    """Return the count with its noun.

    >>> plural(1, "source"), plural(1200, "article")
    ('1 source', '1,200 articles')
    """
    return f"{count:,} {noun}" if count == 1 else f"{count:,} {noun}s"


def readable_date(date: str) -> str:
    """Return an ISO 8601 date as a reader writes it; anything else as it stands.

    >>> readable_date("2026-05-31"), readable_date("2026-05"), readable_date("2026")
    ('31 May 2026', 'May 2026', '2026')
    """
    found = DATE.fullmatch(date[:10])
    if not found:
        return date
    year, month, day = found.groups()
    if not month or not 1 <= int(month) <= 12:
        return year if not month else date
    return f"{int(day)} {MONTHS[int(month) - 1]} {year}" if day else f"{MONTHS[int(month) - 1]} {year}"


def scope_words(picked: int, total: int) -> str:
    """Say in words which articles a question is put to.

    >>> scope_words(0, 16), scope_words(2, 16), scope_words(0, 1)
    ('Searching all 16 articles', 'Searching 2 of 16 articles', 'Searching 1 article')
    """
    if not total:
        return "No articles to search yet"
    if picked:
        return f"Searching {picked:,} of {plural(total, 'article')}"
    return f"Searching all {plural(total, 'article')}" if total > 1 else "Searching 1 article"


# The library


def library(articles: Sequence[ArticleRecord], picked: Collection[str]) -> str:
    """Render the list of articles, each with its box, its facts, Summary and Remove."""
    total, chosen = len(articles), len(picked)
    scope = escape(scope_words(chosen, total))
    if not articles:
        return (
            f'<div class="library" data-scope="{scope}" data-total="0"><div class="nothing">'
            "<p><strong>No articles yet.</strong></p><p>Drop files above, or paste a text: .txt, .md, "
            ".html, .pdf and .jsonl are read. They stay on this computer.</p></div></div>"
        )
    rows = "".join(_entry(a, a.article_id in picked) for a in articles[:MOST_ROWS])
    more = ""
    if total > MOST_ROWS:
        more = f'<p class="hint">The first {MOST_ROWS:,} of {total:,} articles by title.</p>'
    every = '<button type="button" class="link" data-act="all">Search all</button>' if chosen else ""
    hint = "" if chosen else '<p class="hint">Tick articles to ask only these.</p>'
    find = ""
    if total > 8:
        find = (
            '<label class="find"><span class="unseen">Find an article by its title</span>'
            '<input type="search" placeholder="Find a title" autocomplete="off" data-find></label>'
        )
    return (
        f'<div class="library" data-scope="{scope}" data-total="{total}">'
        f'<div class="scope"><p><strong>{scope}</strong></p>{every}</div>{hint}{find}'
        f'<ul class="rows">{rows}</ul>{more}'
        '<p class="hint" data-none hidden>No title has these words.</p></div>'
    )


def _entry(article: ArticleRecord, picked: bool) -> str:
    title, key = escape(article.title or article.source), escape(article.article_id)
    facts = [plural(article.paragraphs, "paragraph")]
    if article.date:
        facts.insert(0, readable_date(article.date))
    checked = " checked" if picked else ""
    return (
        f'<li class="entry" data-id="{key}" data-title="{title}">'
        f'<label><input type="checkbox" data-act="pick"{checked}>'
        f'<span class="title" title="{title}">{title}</span></label>'
        f'<p class="facts">{escape(" · ".join(facts))}</p>'
        f'<p class="acts"><button type="button" data-act="summary" aria-label="Summary of {title}">Summary'
        "</button>"
        f'<button type="button" data-act="remove" aria-label="Remove {title}">Remove</button></p></li>'
    )


def outcome(found: Outcome) -> Line:
    """Say in a line what became of one source."""
    name = found.source
    if found.status == "rejected":
        said = found.reason if name in found.reason else f"{name}: {found.reason}"
        return Line("bad", f"Not added. {said}")
    text = f"“{found.title or name}”, {plural(found.paragraphs, 'paragraph')}"
    match found.status:
        case "added":
            line = Line("good", f"Added {text}.")
        case "updated":
            line = Line("good", f"Updated {text}.")
        case "unchanged":
            line = Line("same", f"“{found.title or name}” is in the library already, unchanged.")
        case "duplicate":
            line = Line("same", f"{name} holds the same text as “{found.title}”: a duplicate, kept once.")
    return Line(line.kind, " ".join([line.text, *found.warnings]))


def lines(found: Sequence[Line]) -> str:
    """Render what became of the files given, one line each."""
    if not found:
        return '<div class="results"></div>'
    rows = "".join(f'<li class="{line.kind}">{escape(line.text)}</li>' for line in found)
    busy = any(line.kind == "busy" for line in found)
    return f'<div class="results" data-busy="{int(busy)}"><ul>{rows}</ul></div>'


# The conversation


def conversation(
    exchanges: Sequence[Exchange],
    examples: Sequence[tuple[str, str, str, str]],
    *,
    busy: bool = False,
) -> str:
    """Render all exchanges, or the opening with its `examples`.

    An example is `(what it shows, words, act, argument)`: `ask` with a question, or `summary` with
    the id of an article.
    """
    state = "busy" if busy else "idle"
    if not exchanges:
        opening = _opening(examples)
        return f'<div class="conversation" data-state="{state}" data-turn="0" data-say="">{opening}</div>'
    last = exchanges[-1]
    turns = "".join(_turn(e, last=e is last and busy) for e in exchanges)
    return (
        f'<div class="conversation" data-state="{state}" data-turn="{last.number}" '
        f'data-say="{escape("" if busy else spoken(last))}">{turns}</div>'
    )


def spoken(exchange: Exchange) -> str:
    """Say in a few words that a reply is there, for those who do not see it arrive."""
    match exchange.reply:
        case None:
            return exchange.problem
        case Refusal():
            near = len(exchange.citations)
            return f"No answer, {plural(near, 'close paragraph')}" if near else "No answer in the articles"
        case Summary():
            return f"Summary ready, {plural(len(exchange.citations), 'source')}"
        case Answer():
            start = "Answer stopped" if exchange.stopped else "Answer ready"
            return f"{start}, {plural(len(exchange.citations), 'source')}"


def _opening(examples: Sequence[tuple[str, str, str, str]]) -> str:
    if not examples:
        return (
            '<div class="opening"><h2>Begin with an article</h2><p>Add a few to the library: drop files '
            "there, or paste a text. Then ask about them here, and every sentence of an answer will carry "
            "a footnote "
            "to the paragraph that says it.</p>"
            '<p class="only-narrow"><button type="button" class="plain" data-open="library">Open the library'
            "</button></p></div>"
        )
    cards = "".join(
        f'<li><button type="button" data-act="{escape(act)}" data-argument="{escape(argument)}">'
        f"<span>{escape(shows)}</span><strong>{escape(words)}</strong></button></li>"
        for shows, words, act, argument in examples
    )
    return (
        '<div class="opening"><h2>Ask your articles</h2><p>Answers are the articles’ own sentences. Each '
        "carries a numbered footnote; choose it to read the paragraph it comes from.</p>"
        f'<ul class="examples">{cards}</ul></div>'
    )


def _turn(exchange: Exchange, *, last: bool) -> str:
    name = f"turn-{exchange.number}"
    match exchange.reply:
        case None:
            body = _problem(exchange) if exchange.problem else _waiting(exchange)
        case Refusal() as refusal:
            body = _refusal(exchange, refusal)
        case Answer() | Summary() as reply:
            body = _answer(exchange, reply, growing=last)
    return (
        f'<section class="turn" id="{name}" aria-labelledby="{name}-q">'
        f'<h3 class="question" id="{name}-q" dir="auto"><span class="unseen">You asked: </span>'
        f"{escape(_head(exchange.question, LONGEST_HEADING))}</h3>{body}</section>"
    )


def _waiting(exchange: Exchange) -> str:
    dots = '<span class="dots" aria-hidden="true"></span>'
    return f'<div class="reply waiting"><p>{dots}{escape(exchange.waiting)}</p></div>'


def _problem(exchange: Exchange) -> str:
    return f'<div class="reply problem"><p>{escape(exchange.problem)}</p></div>'


def _answer(exchange: Exchange, reply: Answer | Summary, *, growing: bool) -> str:
    sentences = " ".join(_sentence(exchange, s) for s in reply.sentences)
    notes = "".join(f'<p class="notice">{escape(n)}</p>' for n in _notices(exchange, reply, growing))
    foot = "" if growing else _foot(exchange, reply)
    return f'<div class="reply answer"><p class="text" dir="auto">{sentences}</p>{notes}{foot}</div>'


def _notices(exchange: Exchange, reply: Answer | Summary, growing: bool) -> list[str]:
    notices = list(reply.notices)
    if exchange.stopped:
        notices.append("You stopped this answer; more may have followed.")
    elif isinstance(reply, Answer) and not reply.complete and not growing and not notices:
        notices.append("This answer was cut short.")
    return notices


def _foot(exchange: Exchange, reply: Answer | Summary) -> str:
    whole = all(s.support.verdict is Verdict.SUPPORTED for s in reply.sentences)
    parts = [plural(len(reply.citations), "source")]
    if whole:
        parts.append("every sentence checked against its source")
    if exchange.scope and " of " in exchange.scope:  # all articles need no word
        parts.append(exchange.scope)
    number = exchange.number
    return (
        f'<div class="foot"><p>{escape(" · ".join(parts))}</p>'
        f'<button type="button" class="link" data-ref="{number}-1">Sources</button>'
        '<button type="button" class="link" data-act="copy" '
        f'data-copy="{escape(copied(reply))}">Copy</button></div>'
    )


def copied(reply: Answer | Summary) -> str:
    """Return an answer as plain text with its references, ready to be pasted elsewhere."""
    references = [f"[{c.number}] {c.title}, paragraph {c.paragraph}: “{c.quote}”" for c in reply.citations]
    return "\n".join([reply.text, "", *references])


def _sentence(exchange: Exchange, sentence: CitedSentence) -> str:
    shown = _bound(sentence.text, "".join(_chip(exchange, number) for number in sentence.citations))
    words = VERDICTS.get(sentence.support.verdict)
    if not words:
        return f'<span class="sentence">{shown}</span>'
    kind, reason = sentence.support.verdict.value, escape(sentence.support.reason)
    return (
        f'<span class="sentence doubted {kind}">{shown}'
        f' <span class="verdict" title="{reason}">{words}</span></span>'
    )


def _bound(text: str, chips: str) -> str:
    """Join a sentence and its footnotes so that no footnote begins a line."""
    start, space, word = text.rpartition(" ")
    if not chips or len(word) > LONGEST_BOUND:
        return escape(text) + chips
    return f'{escape(start + space)}<span class="bound">{escape(word)}{chips}</span>'


def _chip(exchange: Exchange, number: int) -> str:
    citation = next((c for c in exchange.citations if c.number == number), None)
    if citation is None:
        return ""
    ref = f"{exchange.number}-{number}"
    label = escape(f"Footnote {number}: {citation.title}, paragraph {citation.paragraph}")
    return (
        f'<a class="chip" href="#source-{ref}" data-ref="{ref}" aria-label="{label}" title="{label}">'
        f"{number}</a>"
    )


def _refusal(exchange: Exchange, refusal: Refusal) -> str:
    notes = "".join(f'<p class="notice">{escape(n)}</p>' for n in refusal.notices)
    closest = "".join(_near(exchange, n, c) for n, c in enumerate(exchange.citations, start=1))
    near = f'<h4>Closest paragraphs</h4><ol class="closest">{closest}</ol>' if closest else ""
    said = exchange.scope[:1].upper() + exchange.scope[1:]
    scope = f'<div class="foot"><p>{escape(said)}</p></div>' if said else ""
    return (
        '<div class="reply refusal"><p class="label">Not in the articles</p>'
        f'<p class="text" dir="auto">{escape(refusal.text)}</p>{notes}{near}{scope}</div>'
    )


def _near(exchange: Exchange, number: int, citation: Citation) -> str:
    ref = f"{exchange.number}-{number}"
    return (
        f'<li><a href="#source-{ref}" data-ref="{ref}"><span class="number">{number}</span>'
        f"<strong>{escape(citation.title)}</strong>"
        f'<span class="facts">Paragraph {citation.paragraph}</span>'
        f'<span class="excerpt" dir="auto">{_marked(citation)}</span></a></li>'
    )


# The sources


def sources(number: int, found: Sequence[Source], *, active: int = 0, refused: bool = False) -> str:
    """Render the paragraphs behind exchange `number`; `active` is the footnote that was chosen."""
    if not found:
        return (
            '<div class="sources" data-turn="0"><p class="nothing">Choose a footnote in an answer, and the '
            "paragraph it rests on opens here, with the quoted words marked.</p></div>"
        )
    hint = '<p class="hint">These came closest; none of them answers the question.</p>' if refused else ""
    cards = "".join(_source(number, n, s, active=n == active) for n, s in enumerate(found, start=1))
    return f'<div class="sources" data-turn="{number}">{hint}<ol>{cards}</ol></div>'


def lost_source() -> str:
    """Render what a footnote opens that is no longer known."""
    return (
        '<div class="sources" data-turn="0"><p class="nothing" role="alert">This footnote belongs to a '
        "conversation that is no longer here. Ask again to get a fresh one.</p></div>"
    )


def _source(turn: int, number: int, source: Source, *, active: bool) -> str:
    citation, ref = source.citation, f"{turn}-{number}"
    place = [f"Paragraph {citation.paragraph}", source.section, readable_date(source.date)]
    facts = escape(" · ".join(p for p in place if p)) + _origin(source)
    before = f'<p class="neighbour" dir="auto">{escape(_tail(source.before))}</p>' if source.before else ""
    after = f'<p class="neighbour" dir="auto">{escape(_head(source.after))}</p>' if source.after else ""
    gone = (
        '<p class="notice">This article has since been removed or replaced; this is the paragraph as it was '
        "quoted.</p>"
        if source.gone
        else ""
    )
    return (
        f'<li class="source{" active" if active else ""}" id="source-{ref}" tabindex="-1" '
        f'aria-labelledby="source-{ref}-t"><div class="head">'
        f'<span class="number" aria-hidden="true">{number}</span><div>'
        f'<h3 id="source-{ref}-t"><span class="unseen">Source {number}: </span>{escape(citation.title)}</h3>'
        f'<p class="facts">{facts}</p></div></div>{gone}{before}'
        f'<blockquote dir="auto">{_marked(citation)}</blockquote>{after}'
        f'<p class="back"><button type="button" class="link" data-back="{ref}">Back to answer</button></p>'
        "</li>"
    )


def _marked(citation: Citation) -> str:
    text, start, end = citation.paragraph_text, citation.quote_start, citation.quote_end
    return f"{escape(text[:start])}<mark>{escape(text[start:end])}</mark>{escape(text[end:])}"


def _origin(source: Source) -> str:
    """Link to where the article came from: the stored address of a web page, named by its host."""
    try:
        address = urlsplit(source.url)
        host = address.hostname or ""
    except ValueError:
        return ""
    if address.scheme not in ("http", "https") or not host:
        return ""
    return (
        f' · <a class="origin" href="{escape(source.url)}" target="_blank" '
        f'rel="noopener noreferrer nofollow">{escape(host)}</a>'
    )


def _head(text: str, most: int = NEIGHBOUR) -> str:
    if len(text) <= most:
        return text
    return text[:most].rsplit(" ", 1)[0].rstrip(" ,;:") + " …"


def _tail(text: str) -> str:
    if len(text) <= NEIGHBOUR:
        return text
    return "… " + text[-NEIGHBOUR:].split(" ", 1)[-1]

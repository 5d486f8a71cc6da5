"""The conversation as HTML: questions, answers with their footnotes and verdicts, refusals, the opening."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING
from unicodedata import east_asian_width

from footnote.rag.types import Answer, Refusal, Remark, Summary, Understood, Verdict
from footnote.ui.html import export
from footnote.ui.html.render import beginning, escape, marked, place, plural
from footnote.ui.state.choices import WORDS
from footnote.ui.state.session import Judged

if TYPE_CHECKING:
    from collections.abc import Sequence

    from footnote.rag.types import Citation, CitedSentence
    from footnote.ui.state.conversations import Saved
    from footnote.ui.state.session import Exchange

LONGEST_HEADING = 500  # characters of a question that stand over its answer
LONGEST_QUOTE = 360  # characters of a quote in the card over a footnote: six lines
LONGEST_BOUND = 20  # characters of a word that may move to the next line with its footnotes
VERDICTS = {
    Verdict.SUPPORTED: "supported",
    Verdict.PARTIAL: "partly supported",
    Verdict.UNSUPPORTED: "not supported",
}
SOURCES = '<button type="button" class="only-narrow" data-open="sources">Sources</button>'
FORMS = (("md", "Markdown"), ("html", "Web page"), ("json", "JSON"))


@dataclass(frozen=True, slots=True)
class FirstAct:
    """A first act to choose: what it shows, its words, the act and its argument."""

    shows: str
    words: str
    act: str
    argument: str


WAYS = (  # to give the library something
    FirstAct(
        "Text, web pages, PDF, Word, EPUB, e-mail and more; or drop them anywhere",
        "Choose files",
        "add-by",
        "files",
    ),
    FirstAct("The article behind it is read", "Paste a link", "add-by", "link"),
    FirstAct("Something you have at hand", "Paste a text", "add-by", "paste"),
    FirstAct("Sixteen short articles to try things on", "Add the sample articles", "add-by", "samples"),
)


@dataclass(frozen=True, slots=True)
class Setting:
    """What decides how a conversation is shown, besides its exchanges."""

    conversation: str = ""
    title: str = ""
    busy: bool = False
    hide_unsupported: bool = False
    examples: Sequence[FirstAct] = ()
    next_questions: Sequence[str] = ()


def past(exchanges: Sequence[Exchange], setting: Setting) -> str:
    """Render all exchanges but the newest: they stay as they are while a reply grows."""
    turns = "".join(_turn(e, setting, newest=False) for e in exchanges[:-1])
    kind = "" if turns else " none"
    return f'<div class="conversation past{kind}"><h2 class="unseen">Conversation</h2>{turns}</div>'


def now(exchanges: Sequence[Exchange], setting: Setting) -> str:
    """Render the newest exchange, or the opening with its examples."""
    newest = exchanges[-1] if exchanges else None
    body = _turn(newest, setting, newest=True) if newest else _opening(setting.examples)
    said = "" if setting.busy or newest is None else spoken(newest)
    return (
        f'<div class="conversation" data-state="{"busy" if setting.busy else "idle"}" '
        f'data-turn="{newest.number if newest else 0}" data-say="{escape(said)}" '
        f'data-conversation="{escape(setting.conversation)}" data-title="{escape(setting.title)}">'
        f"{body}</div>"
    )


def spoken(exchange: Exchange) -> str:
    """Say in a few words that a reply is there, for those who do not see it arrive."""
    sources = plural(len(exchange.citations), "source")
    match exchange.reply:
        case None:
            return exchange.problem
        case Refusal():
            near = len(exchange.citations)
            return f"No answer, {plural(near, 'close paragraph')}" if near else "No answer in the articles"
        case Remark():
            return exchange.reply.text
        case Summary():
            return f"Summary ready, {sources}"
        case Judged():
            return tally(exchange.reply.sentences)
        case Answer():
            return f"Answer {'stopped' if exchange.stopped else 'ready'}, {sources}"


def tally(sentences: Sequence[CitedSentence]) -> str:
    """Say how many sentences there are and how many are supported.

    The words that stand under an answer, before its articles are counted.
    """
    counts = Counter(s.support.verdict for s in sentences)
    whole = plural(len(sentences), "sentence")
    if counts[Verdict.SUPPORTED] == len(sentences):
        return f"{whole}, {'all ' if len(sentences) > 1 else ''}supported"
    parts = [f"{counts[v]} {words}" for v, words in VERDICTS.items() if counts[v]]
    return f"{whole}: {', '.join(parts)}"


# The opening


def _opening(examples: Sequence[FirstAct]) -> str:
    if not examples:
        return (
            '<div class="opening"><h2>Begin with an article</h2><p>Footnote answers from what you give it, '
            f'and from nothing else.</p><ul class="examples ways">{"".join(map(_card, WAYS))}</ul>'
            '<p class="sample">Then a question such as “Who signed the agreement?” is answered with the '
            'article’s own sentence and a footnote <span class="chip" aria-hidden="true">1</span> to the '
            "paragraph that holds it. When the articles do not say, you are told so.</p></div>"
        )
    cards = "".join(map(_card, examples))
    return (
        '<div class="opening"><h2>Ask your articles</h2><p>Every sentence of an answer carries a numbered '
        'footnote <span class="chip" aria-hidden="true">1</span> that opens the paragraph it rests on. When '
        "the articles do not say, Footnote tells you so.</p>"
        f'<ul class="examples">{cards}</ul></div>'
    )


def _card(example: FirstAct) -> str:
    act, argument = escape(example.act), escape(example.argument)
    return (
        f'<li><button type="button" data-act="{act}" data-argument="{argument}">'
        f"<span>{escape(example.shows)}</span><strong>{escape(example.words)}</strong></button></li>"
    )


# One exchange


def _turn(exchange: Exchange, setting: Setting, *, newest: bool) -> str:
    name = f"turn-{exchange.number}"
    growing = newest and setting.busy
    match exchange.reply:
        case None:
            body = _problem(exchange, setting, newest) if exchange.problem else _waiting(exchange)
        case Refusal() as refusal:
            body = _refusal(exchange, refusal, setting, newest)
        case Remark() as remark:
            body = _remark(exchange, remark, setting, newest)
        case Judged() as judged:
            body = _judged(exchange, judged, setting)
        case Answer() | Summary() as reply:
            body = _answer(exchange, reply, setting, newest=newest, growing=growing)
    following = _next(setting.next_questions) if newest and not growing else ""
    question = escape(beginning(exchange.question, LONGEST_HEADING))
    return (
        f'<section class="turn" id="{name}" data-kind="{exchange.kind}" data-number="{exchange.number}" '
        f'aria-labelledby="{name}-q"><h3 class="question" id="{name}-q" dir="auto">'
        f'<span class="unseen">You asked: </span>{question}</h3>{_understood(exchange)}{body}{following}'
        "</section>"
    )


def _understood(exchange: Exchange) -> str:
    reply = exchange.reply
    asked = Understood(" ".join(exchange.question.split()))
    if not isinstance(reply, Answer | Refusal) or reply.understood == asked:
        return ""
    words = escape(beginning(reply.understood.in_words(), LONGEST_HEADING))
    return f'<p class="understood" dir="auto">Understood as: {words}</p>'


def _waiting(exchange: Exchange) -> str:
    lines = '<span class="skeleton" aria-hidden="true"><i></i><i></i><i></i></span>'
    return f'<div class="reply waiting"><p>{escape(exchange.waiting)}</p>{lines}</div>'


def _problem(exchange: Exchange, setting: Setting, newest: bool) -> str:
    acts = _acts(exchange, setting, newest=newest, copied="")
    return f'<div class="reply problem"><p>{escape(exchange.problem)}</p></div><div class="foot">{acts}</div>'


def _answer(
    exchange: Exchange, reply: Answer | Summary, setting: Setting, *, newest: bool, growing: bool
) -> str:
    hidden = [s for s in reply.sentences if setting.hide_unsupported and _unsupported(s)]
    shown = [s for s in reply.sentences if s not in hidden]
    short = getattr(reply, "short_answer", None)
    sentences = " ".join(_sentence(exchange, s, _bold(short, reply, s)) for s in shown)
    if isinstance(reply, Answer) and reply.lead:
        sentences = f"<strong>{reply.lead}</strong> {sentences}"
    notes = "".join(_note(n) for n in _notices(exchange, reply, growing, len(hidden)))
    foot = "" if growing else _foot(exchange, reply, shown, setting, newest=newest)
    kind = "answer growing" if growing else "answer"
    return f'<div class="reply {kind}"><p class="text" dir="auto">{sentences}</p>{notes}{foot}</div>'


def _unsupported(sentence: CitedSentence) -> bool:
    return sentence.support.verdict is Verdict.UNSUPPORTED


def _bold(short: object, reply: Answer | Summary, sentence: CitedSentence) -> tuple[int, int] | None:
    """Return where the short answer stands in a sentence: `sentence` counts from 0, offsets in its text."""
    place = getattr(short, "sentence", None)
    start, end = getattr(short, "start", None), getattr(short, "end", None)
    if not (isinstance(place, int) and isinstance(start, int) and isinstance(end, int)):
        return None
    held = 0 <= place < len(reply.sentences) and reply.sentences[place] is sentence
    return (start, end) if held and 0 <= start < end <= len(sentence.text) else None


def _note(words: str) -> str:
    return f'<p class="notice">{escape(words)}</p>'


def _notices(exchange: Exchange, reply: Answer | Summary, growing: bool, hidden: int) -> list[str]:
    notices = list(reply.notices)
    if hidden:
        were = "was" if hidden == 1 else "were"
        notices.append(
            f"{plural(hidden, 'sentence')} {were} left out, because the cited source does not support "
            f"{'it' if hidden == 1 else 'them'}. Settings can show such sentences, marked."
        )
    if exchange.stopped:
        notices.append("You stopped this answer; more may have followed.")
    elif isinstance(reply, Answer) and not reply.complete and not growing and not notices:
        notices.append("This answer was cut short.")
    return notices


def _foot(
    exchange: Exchange,
    reply: Answer | Summary,
    shown: Sequence[CitedSentence],
    setting: Setting,
    *,
    newest: bool,
) -> str:
    checked = _checked(exchange, shown)
    scope = exchange.scope if " of " in exchange.scope else ""  # all articles need no word
    words = f'<p class="scope-said">{escape(scope[:1].upper() + scope[1:])}</p>' if scope else ""
    acts = _acts(exchange, setting, newest=newest, copied=export.plain(reply))
    return f'<div class="foot">{checked}{words}{acts}</div>{_printed(exchange)}'


def _printed(exchange: Exchange) -> str:
    """Render the footnotes for paper, where none can be opened."""
    notes = "".join(
        f'<li value="{c.number}">{escape(c.title)}, {place(c)}: “{escape(c.quote)}”</li>'
        for c in exchange.citations
    )
    return f'<ol class="printed">{notes}</ol>'


def _checked(exchange: Exchange, sentences: Sequence[CitedSentence]) -> str:
    """Say how the sentences fared, with the verdict and reason of each on demand."""
    if not sentences:
        return ""
    titles = {c.article_id for c in exchange.citations if any(c.number in s.citations for s in sentences)}
    whole = all(s.support.verdict is Verdict.SUPPORTED for s in sentences)
    articles = plural(len(titles), "article")
    cited = "" if not titles else f" by {articles}" if whole else f"; {articles} cited"
    said = tally(sentences) + cited
    rows = "".join(
        f'<li class="{s.support.verdict.value}"><strong>{VERDICTS[s.support.verdict].capitalize()}</strong> '
        f'<span dir="auto">“{escape(beginning(s.text, 90))}”</span> '
        f"<span>{escape(s.support.reason)}</span></li>"
        for s in sentences
    )
    return (
        f'<details class="checked{" whole" if whole else ""}"><summary>{escape(said)}</summary>'
        f"<ol>{rows}</ol></details>"
    )


def _acts(exchange: Exchange, setting: Setting, *, newest: bool, copied: str) -> str:
    """Render what can be done with an exchange; asking again and editing only with the newest."""
    parts = []
    if newest and exchange.citations:
        parts.append(SOURCES)
    if copied:
        parts.append(f'<button type="button" data-act="copy" data-copy="{escape(copied)}">Copy</button>')
        parts.append(_save(exchange, setting))
    if newest and exchange.kind == "summary" and exchange.reply is not None:
        parts.append(_lengths(exchange))
    elif newest and exchange.repeats:
        parts.append('<button type="button" data-act="again">Ask again</button>')
    if newest and exchange.kind == "question":
        parts.append('<button type="button" data-act="edit">Edit</button>')
    parts.append('<button type="button" data-act="undo">Remove</button>')
    if exchange.reply is not None and not isinstance(exchange.reply, Remark):
        parts.append(_feedback(exchange))
    return f'<div class="acts" data-question="{escape(exchange.question)}">{"".join(parts)}</div>'


def _save(exchange: Exchange, setting: Setting) -> str:
    if not setting.conversation:
        return ""
    links = "".join(
        f'<a download href="export/{escape(setting.conversation)}/{exchange.number}.{form}">{words}</a>'
        for form, words in FORMS
    )
    return f'<details class="save"><summary>Save</summary><p>{links}</p></details>'


def _lengths(exchange: Exchange) -> str:
    """Render the lengths that a summary can have; one made from a pasted text is made of it again."""
    pasted = "" if exchange.articles else " data-pasted"
    buttons = "".join(
        f'<button type="button" data-act="length" data-length="{name}"{pasted} '
        f'aria-pressed="{"true" if words == exchange.words else "false"}">{name.capitalize()}</button>'
        for name, words in WORDS.items()
    )
    return f'<span class="lengths" role="group" aria-label="Length of the summary">{buttons}</span>'


def _feedback(exchange: Exchange) -> str:
    def one(value: str, words: str) -> str:
        pressed = "true" if exchange.feedback == value else "false"
        return (
            f'<button type="button" data-act="feedback" data-value="{value}" aria-pressed="{pressed}">'
            f"{words}</button>"
        )

    return f'<span class="feedback">{one("up", "Helpful")}{one("down", "Not helpful")}</span>'


def _next(questions: Sequence[str]) -> str:
    if not questions:
        return ""
    rows = "".join(
        f'<li><button type="button" data-act="ask" data-argument="{escape(q)}">{escape(q)}</button></li>'
        for q in questions
    )
    return f'<div class="next"><h4>Ask next</h4><ul>{rows}</ul></div>'


# Sentences and their footnotes


def _sentence(exchange: Exchange, sentence: CitedSentence, bold: tuple[int, int] | None = None) -> str:
    chips = "".join(_chip(exchange, number, sentence) for number in sentence.citations)
    shown = _bound(sentence.text, chips, bold)
    verdict = sentence.support.verdict
    if verdict is Verdict.SUPPORTED:
        return f'<span class="sentence">{shown}</span>'
    words = f'<span class="words">{shown}</span>'
    return f'<span class="sentence doubted {verdict.value}">{words} {_verdict(sentence)}</span>'


def _verdict(sentence: CitedSentence) -> str:
    words, reason = VERDICTS[sentence.support.verdict], escape(sentence.support.reason)
    return (
        f'<button type="button" class="verdict" data-card data-verdict="{words.capitalize()}" '
        f'data-reason="{reason}" aria-label="{words.capitalize()}: {reason}">{words}</button>'
    )


def _bound(text: str, chips: str, bold: tuple[int, int] | None) -> str:
    """Join a sentence and its footnotes so that no footnote begins a line."""
    if bold:
        return (
            f"{escape(text[: bold[0]])}<strong>{escape(text[bold[0] : bold[1]])}</strong>"
            f"{_bound(text[bold[1] :], chips, None)}"
        )
    start, space, word = text.rpartition(" ")
    if len(word) > LONGEST_BOUND:  # Chinese and Japanese are written without spaces
        wide = east_asian_width(word[-1]) in "WF"
        start, space, word = (text[:-2], "", text[-2:]) if wide else (text, "", "")
    if not chips:
        return escape(text)
    return f'{escape(start + space)}<span class="bound">{escape(word)}{chips}</span>'


def _chip(exchange: Exchange, number: int, sentence: CitedSentence) -> str:
    citation = next((c for c in exchange.citations if c.number == number), None)
    if citation is None:
        return ""
    ref = f"{exchange.number}-{number}"
    label = escape(f"Footnote {number}: {citation.title}, {place(citation)}")
    return (
        f'<a class="chip" href="#source-{ref}" data-ref="{ref}" data-card aria-label="{label}" '
        f'data-title="{escape(citation.title)}" data-place="{place(citation).capitalize()}" '
        f'data-quote="{escape(beginning(citation.quote, LONGEST_QUOTE))}" '
        f'data-verdict="{VERDICTS[sentence.support.verdict].capitalize()}" '
        f'data-reason="{escape(sentence.support.reason)}">{number}</a>'
    )


def _remark(exchange: Exchange, remark: Remark, setting: Setting, newest: bool) -> str:
    acts = _acts(exchange, setting, newest=newest, copied="")
    return (
        f'<div class="reply remark"><p class="text" dir="auto">{escape(remark.text)}</p></div>'
        f'<div class="foot">{acts}</div>'
    )


# A draft that was checked


def _judged(exchange: Exchange, judged: Judged, setting: Setting) -> str:
    rows = "".join(
        f'<li class="{s.support.verdict.value}"><p class="said" dir="auto">'
        f"{_bound(s.text, ''.join(_chip(exchange, n, s) for n in s.citations), None)}</p>"
        f'<p class="why"><strong>{VERDICTS[s.support.verdict].capitalize()}.</strong> '
        f"{escape(s.support.reason)}</p></li>"
        for s in judged.sentences
    )
    notes = "".join(_note(n) for n in judged.notices)
    said = f'<p class="scope-said">{escape(tally(judged.sentences))}</p>'
    printed = _printed(exchange)
    acts = _acts(exchange, setting, newest=False, copied=export.plain(judged))
    return (
        f'<div class="reply judged"><ol>{rows}</ol>{notes}<div class="foot">{said}{acts}</div>{printed}</div>'
    )


# A refusal


def _refusal(exchange: Exchange, refusal: Refusal, setting: Setting, newest: bool) -> str:
    notes = "".join(_note(n) for n in refusal.notices)
    closest = "".join(_near(exchange, n, c) for n, c in enumerate(exchange.citations, start=1))
    near = f'<h4>Closest paragraphs</h4><ol class="closest">{closest}</ol>' if closest else ""
    said = exchange.scope[:1].upper() + exchange.scope[1:]
    scope = f'<p class="scope-said">{escape(said)}</p>' if said else ""
    acts = _acts(exchange, setting, newest=newest, copied="")
    return (
        '<div class="reply refusal"><p class="label">Not in the articles</p>'
        f'<p class="text" dir="auto">{escape(refusal.text)}</p>{notes}{near}</div>'
        f'<div class="foot">{scope}{acts}</div>'
    )


def _near(exchange: Exchange, number: int, citation: Citation) -> str:
    ref = f"{exchange.number}-{number}"
    return (
        f'<li><a href="#source-{ref}" data-ref="{ref}"><span class="number">{number}</span>'
        f"<strong>{escape(citation.title)}</strong>"
        f'<span class="facts">{place(citation).capitalize()}</span>'
        f'<span class="excerpt" dir="auto">{marked(citation)}</span></a></li>'
    )


# The list of conversations


def listed(kept: Sequence[Saved], current: str) -> str:
    """Render the reader's conversations, each with its name, Rename and Delete."""
    if not kept:
        rows = '<p class="nothing">Nothing kept yet. What you ask is kept here, for this browser only.</p>'
    else:
        rows = f'<ul class="kept">{"".join(_kept(k, k.id == current) for k in kept)}</ul>'
    links = "".join(
        f'<a download href="export/{escape(current)}.{form}">{words}</a>' for form, words in FORMS
    )
    save = f'<p class="save-all"><span>Save this conversation:</span> {links}</p>' if current else ""
    return f'<div class="conversations">{rows}{save}</div>'


def _kept(kept: Saved, current: bool) -> str:
    title, key = escape(kept.title), escape(kept.id)
    mark = ' aria-current="true"' if current else ""
    return (
        f'<li data-conversation="{key}" data-title="{title}"{mark}>'
        f'<button type="button" class="open" data-act="open"><span dir="auto">{title}</span>'
        f"<small>{plural(kept.exchanges, 'question')}</small></button>"
        f'<button type="button" class="small" data-act="name-conversation" aria-label="Rename {title}">'
        'Rename</button><button type="button" class="small" data-act="delete-conversation" '
        f'aria-label="Delete {title}">Delete</button></li>'
    )

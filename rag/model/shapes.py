"""The shapes in which answers come: what a model thinks aloud is left out, JSON is unwrapped."""

from __future__ import annotations

import ast
import contextlib
import json
import re
from typing import TYPE_CHECKING, Any, NamedTuple

from footnote.rag.replies.thoughts import CLOSES, OPENS

if TYPE_CHECKING:
    from collections.abc import Iterator

# A turn ends here; what follows is the next one, which the model makes up.
_STOPS = r"<\|(?:im_end|eot_id|eom_id|endoftext|end_of_text|return)\|>|<end_of_turn>|</s>"
_CITES = (
    r"<(?P<tag>cite|ref|citation|source)\b[^<>\n]{0,30}>\s*\[?"
    r"(?P<cited>\d{1,3}(?:\s*,\s*\d{1,3})*)\]?\s*</(?P=tag)>"
)
_CONTROL = r"<\|[A-Za-z_]{1,30}\|>"
TOKEN = re.compile(
    rf"(?P<closes>{CLOSES})|(?P<opens>{OPENS})|(?P<stops>{_STOPS})|{_CITES}|{_CONTROL}", re.IGNORECASE
)
# What may be the beginning of one of these, at the end of what has come.
BEGINS = re.compile(
    r"(?:<[^\n]{0,60}|\\?\[/?[THINK]{0,5}|◁[^\n]{0,8}|a[asitnfl]{0,13}|\\|`{1,3}[a-z]{0,5}\s*)\Z",
    re.IGNORECASE,
)
CHANNEL = re.compile(r"<\|channel\|?>\s*\w*\s*\Z", re.IGNORECASE)

_FENCE = r"```[ \t]*\w{0,8}[ \t]*\n?\s*"
IS_JSON = re.compile(rf"\s*(?:{_FENCE})?(?:\{{\s*(?:[\"'}}]|\w{{1,20}}\s*:\s*[\"'])|\[\s*[\"{{])")
MAY_BE_JSON = re.compile(rf"\s*(?:`{{0,2}}|(?:{_FENCE})?(?:\{{\s*(?:\w{{1,20}}\s*(?::\s*)?)?|\[\s*)?)")
JSON_LATER = re.compile(r"```json\s*(?=[{\[])", re.IGNORECASE)
PLAIN_FENCE = re.compile(r"\A\s*```[ \t]*(?:text|txt|plaintext|markdown|md)?[ \t]*\n\s*", re.IGNORECASE)
FENCE = re.compile(rf"\A\s*{_FENCE}")
SAYING = (
    *("answer", "final_answer", "response", "reply", "text", "sentence", "claim", "statement", "summary"),
    *("sentences", "answers", "statements", "claims", "output", "result", "content", "message", "question"),
)
CITING = (
    "citations",
    "citation",
    "sources",
    "source",
    "source_id",
    "source_ids",
    "passages",
    "passage",
    "references",
    "refs",
)
HALF = re.compile(rf'\b(?:{"|".join(SAYING)})[\'"]?\s*:\s*"((?:[^"\\]|\\.)*)', re.DOTALL)
MARKED = re.compile(r"[\[【(]\^?\d+[\]】)]")
NUMBER = re.compile(r"\d{1,3}")
DEEPEST = 6


class Text(NamedTuple):
    """A piece of the answer. `anew`: all before it was thought aloud, although nothing had said so."""

    text: str
    anew: bool = False


class Unwrapper:
    """Takes a stream in pieces and hands on the answer in it, however the stream is cut.

    Of a model that `thinks`, nothing is handed on before its thoughts have ended: some servers send no
    beginning of them.
    """

    def __init__(self, *, thinks: bool = False) -> None:
        self._thinks = thinks
        self._held = ""  # may become a token
        self._start = ""  # of the answer, until it is clear what shape it has
        self._begun = self._thinking = self._over = self._fenced = False

    def feed(self, piece: str) -> Iterator[Text]:
        """Yield what of the stream is the answer so far."""
        self._held += piece
        yield from self._tokens(over=False)

    def close(self) -> Iterator[Text]:
        """Yield what is left at the end of the stream."""
        yield from self._tokens(over=True)
        start, self._start = self._start, ""
        if start:
            yield Text(unwrapped(start))

    def _tokens(self, *, over: bool) -> Iterator[Text]:
        while (found := TOKEN.search(self._held)) and (
            over or not CHANNEL.search(self._held[found.start() :])
        ):
            yield from self._pass(self._held[: found.start()])
            self._held = self._held[found.end() :]
            if found["closes"]:
                if not self._thinking:
                    yield Text("", anew=True)
                self._begun = self._thinks = self._thinking = False
                self._start = ""
            elif found["cited"]:
                yield from self._pass(f"[{found['cited']}]")
            told = self._begun or self._start.strip()
            self._over = self._over or bool(found["stops"] and told and not self._thinking)
            self._thinking = self._thinking or bool(found["opens"])
        begins = None if over else found or BEGINS.search(self._held)
        end = begins.start() if begins else len(self._held)
        ready, self._held = self._held[:end], self._held[end:]
        yield from self._pass(ready)

    def _pass(self, text: str) -> Iterator[Text]:
        """Hand on a text, but for thoughts, and for JSON, which is read when it is whole."""
        text = text.replace("\\[", "[").replace("\\]", "]")
        if self._thinking or self._over or not text:
            return
        if not self._begun:
            self._start += text
            if self._thinks or IS_JSON.match(self._start) or MAY_BE_JSON.fullmatch(self._start):
                return
            self._fenced = bool(PLAIN_FENCE.match(self._start))
            text, self._start = PLAIN_FENCE.sub("", self._start), ""
        later = JSON_LATER.search(text)
        self._begun = later is None
        if later:
            text, self._start = text[: later.start()], text[later.start() :]
        yield Text(self._unfenced(text))

    def _unfenced(self, text: str) -> str:
        """Leave out the end of a fence that was around the whole answer."""
        return text.replace("```", "") if self._fenced else text


def unwrapped(text: str) -> str:
    r"""Return the answer in a text that may be JSON, as it is when it is none.

    >>> unwrapped('```json\n{"answer": "It closed in 1951.", "citations": [2]}\n```')
    'It closed in 1951. [2]'
    >>> unwrapped("{sic} it closed")
    '{sic} it closed'
    """
    if not IS_JSON.match(text):
        return text
    body = FENCE.sub("", text).strip()
    values, decode = [], json.JSONDecoder(strict=False).raw_decode
    try:
        while body[:1] in ("{", "["):  # one, or one a line
            value, end = decode(body)
            values.append(_said(value, DEEPEST))
            body = body[end:].lstrip(", \t\r\n")
    except (ValueError, RecursionError):
        values += _lenient(body)
    return "\n".join(values) if values else text


def _lenient(body: str) -> list[str]:
    """Return what a text says that is only nearly JSON: Python's, without quotes, or broken off."""
    with contextlib.suppress(ValueError, SyntaxError, MemoryError, RecursionError):
        return [_said(ast.literal_eval(body), DEEPEST)]
    return [_string(half) for half in HALF.findall(body)]


def _string(escaped: str) -> str:
    try:
        return str(json.loads(f'"{escaped}"', strict=False))
    except ValueError:  # it broke off within an escape
        return escaped.rstrip("\\")


def _said(value: Any, deep: int) -> str:
    if isinstance(value, str):
        return value
    if not deep:
        return ""
    if isinstance(value, list):
        return "\n".join(filter(None, (_said(v, deep - 1) for v in value)))
    return _said_of(value, deep) if isinstance(value, dict) else ""


def _said_of(value: dict[str, Any], deep: int) -> str:
    """Return what an object says, with the numbers it cites where its text has none."""
    given = {str(name).lower(): v for name, v in value.items()}
    saying = next((n for n in SAYING if n in given), None)
    if saying is None:
        texts = [v for n, v in given.items() if isinstance(v, str) and n not in CITING]
        return texts[0] if len(texts) == 1 else ""
    text = _said(given[saying], deep - 1)
    cited = [n for name in CITING for n in NUMBER.findall(json.dumps(given.get(name, [])))]
    marks = "".join(f"[{n}]" for n in dict.fromkeys(cited))
    return f"{text} {marks}" if text and marks and not MARKED.search(text) else text

"""Markers in a streamed draft become citations; their forms are those of `rag.replies.markers`.

The parser takes one character after the other and decides from what it has taken so far, so that
any way of cutting a text into pieces gives the same sentences. It holds back what may become a
marker, and a sentence until enough follows to know that it has ended.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

from footnote.ingest.text.sentences import Span, sentences
from footnote.ingest.text.words import content_stems, stems
from footnote.rag.model.shapes import Unwrapper
from footnote.rag.replies.markers import (
    BEFORE_STOP,
    EMPTY,
    HIGH,
    MOST_NAMED,
    OPENERS,
    TEXT,
    WAIT,
    YEARS,
    Read,
    closed,
    numbers_of,
    raised,
    rounded,
    square,
    superscript,
)

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from footnote.rag.check.support import SupportChecker
    from footnote.rag.model.shapes import Text

LONGEST_CODE = 200  # characters between two backticks; a lone backtick is a character like others
LONGEST_LINK = 400
# Characters after a full stop before the sentence is handed on: the splitter looks at the next words
# ("U.S. The …", "“Why?” Ada Venn asked"). Half a line, so that a reader sees no delay.
LOOKAHEAD = 40
LONGEST_SENTENCE = 3000  # a text that never ends a sentence is cut here

TARGET = re.compile(r"\((?:https?:|www\.|mailto:|\#|/|\.)[^\s()]*\)", re.IGNORECASE)
FENCE = "```"
NO_BLANK_BEFORE = ".,;:!?…)]}”’\"'»。！？、，"
ENDS = ".!?…؟۔।॥。！？｡"
CLOSES = "\"'”’»›)]"
CONTROL = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u200b\u2060-\u2064\u202a-\u202e\u2066-\u2069\ufeff]")
TAGS = re.compile("[\U000e0000-\U000e007f]")

BULLET = re.compile(r"\A\s*(?:(?:[-*•–—]|\d{1,2}[.)])\s+|#{1,6}\s+|>\s+)*")
ONLY_NUMBER = re.compile(r"\A\s*(?:\d{1,2}[.)]|[-*•#>]*)\s*\Z")
LINK = re.compile(r"!?\[([^\[\]]*)\]\([^()\s]*(?:\s[^()]*)?\)")
HTML = re.compile(r"<!--.*?(?:-->|\Z)|</?[A-Za-z][^<>]{0,500}>", re.DOTALL)
EMPHASIS = re.compile(r"\*\*|__(?=\S)|(?<=\S)__")
DANGLING = re.compile(r"\s*[\[【［]+[\d\s,;–—-]*\Z")  # the text ended within a marker
LIST_OF_SOURCES = re.compile(
    r"(?:sources?|references?|citations?|footnotes?|sources used)\s*:?[\s,;.]*", re.IGNORECASE
)


class Marked(NamedTuple):
    """A sentence without its markers, the known sources it names in order, and whether it is whole."""

    text: str
    sources: tuple[int, ...]
    whole: bool = True


class CitationParser:
    """Turns a stream of text into marked sentences.

    `unknown` counts the numbers that no source has: they are dropped. Years in brackets, code and
    other bracketed words are text. What a model thinks aloud is left out; `restarts` counts how often
    sentences that were handed on turned out to be thoughts. `thinks` is told to `Unwrapper`.
    """

    def __init__(self, known: int, *, thinks: bool = False) -> None:
        self.known = known
        self.restarts = 0
        self._shape = Unwrapper(thinks=thinks)
        self._begin()

    def _begin(self) -> None:
        self.unknown = 0
        self._held = ""  # may become a marker, code or a link
        self._text = ""  # of the sentence, or the few, not handed on
        self._marks: list[tuple[int, tuple[int, ...]]] = []  # after which character of _text
        self._line: list[tuple[int, ...]] = []  # that open a line, before any of its words
        self._joint = False  # a marker was taken out here
        self._high = ""  # the first half of a surrogate pair
        self._fence = self._ended = False
        self._enumerates = False  # a number in round brackets stood elsewhere: they mark nothing here
        self._over = False  # nothing follows
        self._tail = ""  # the last characters within a fence
        self._look: list[int] = []  # lengths of _text at which a sentence may have ended

    def feed(self, piece: str) -> list[Marked]:
        """Take a piece of the stream and return the sentences that it finishes."""
        return self._taken(self._shape.feed(piece))

    def _taken(self, texts: Iterator[Text]) -> list[Marked]:
        done: list[Marked] = []
        for text, anew in texts:
            if anew:
                self._begin()
                done.clear()
                self.restarts += 1
            done += [finished for char in text for finished in self._take(char)]
        return done

    def close(self, *, whole: bool = True) -> list[Marked]:
        """Return what is left at the end of the stream; the last is not whole when it broke off."""
        before = self._taken(self._shape.close())
        if self._high:
            self._high = ""
            self._pass("\ufffd")
        self._over = True
        done = before + self._settle()
        while whole and self._held:
            done += self._release(1)
        self._held = ""
        if self._line:
            self._marks += [(len(self._text), m) for m in self._line]
            self._line = []
        done += self._flush(len(self._text))
        if done and not whole and self._text_breaks_off(done[-1]):
            done[-1] = done[-1]._replace(whole=False)
        return done

    @staticmethod
    def _text_breaks_off(last: Marked) -> bool:
        return not last.text.rstrip(CLOSES).endswith(tuple(ENDS))

    # One character: halves of a pair, thoughts and code first, then brackets, then words.

    def _take(self, char: str) -> Iterator[Marked]:
        if self._high or "\ud800" <= char <= "\udfff":
            char = self._pair(char)
            if not char:
                return
        for one in char:
            yield from self._pass(one)

    def _pair(self, char: str) -> str:
        """Join two halves of a surrogate pair; a half alone becomes U+FFFD."""
        high, self._high = self._high, ""
        if high and "\udc00" <= char <= "\udfff":
            return (high + char).encode("utf-16", "surrogatepass").decode("utf-16")
        if "\ud800" <= char <= "\udbff":
            self._high = char
            return "\ufffd" if high else ""
        return ("\ufffd" if high else "") + ("\ufffd" if "\udc00" <= char <= "\udfff" else char)

    def _pass(self, char: str) -> list[Marked]:
        if self._ended or (CONTROL.match(char) and char not in "\t\r") or TAGS.match(char):
            return []
        if self._fence:
            return self._in_fence(char)
        if self._held or char in OPENERS or char in "`<(" or char in HIGH:
            self._held += char
            return self._settle()
        return self._put(char)

    def _in_fence(self, char: str) -> list[Marked]:
        self._tail = (self._tail + char)[-3:]
        self._fence = self._tail != FENCE
        return self._put(char)

    def _settle(self) -> list[Marked]:
        """Decide on what is held, as often as something can be decided."""
        done: list[Marked] = []
        while self._held:
            kind, length = self._understood()
            if kind == "wait":
                break
            if kind == "marker":
                done += self._marker(self._held[:length])
            elif kind in {"text", "enumerates"}:
                done += self._release(length)
            elif kind == "fence":
                done += self._release(length)
                self._fence, self._tail = True, ""
                held, self._held = self._held, ""
                for char in held:
                    done += self._pass(char)
            else:
                self._held = self._held[length:]
        return done

    def _understood(self) -> Read:
        """Return what the start of what is held is, and how many characters of it."""
        held = self._held
        if held[0] == "`":
            return _code(held)
        if held[0] == "<":
            return raised(held, self._text)
        if held[0] == "(":
            return self._round(held)
        if held[0] in HIGH:
            return superscript(held, self._text, ended=self._over)
        return square(held) if held[0] in OPENERS else TEXT

    def _round(self, held: str) -> Read:
        found = TEXT if self._enumerates else rounded(held, self._text, self.known, ended=self._over)
        self._enumerates = self._enumerates or found.kind == "enumerates"
        return _target(held) if self._joint and found.kind in {"text", "enumerates"} else found

    def _release(self, length: int) -> list[Marked]:
        """Take the first characters of what is held as text; what follows may open something again."""
        text, self._held = self._held[:length], self._held[length:]
        done: list[Marked] = []
        for char in text:
            done += self._put(char)
        rest, self._held = self._held, ""
        for char in rest:
            done += self._pass(char)
        return done

    def _marker(self, marker: str) -> list[Marked]:
        self._held = self._held[len(marker) :]
        numbers = numbers_of(marker)
        if marker[0] in HIGH and max(numbers) > self.known:  # ¹²: no twelfth source, but a first and a second
            numbers = [HIGH.index(char) for char in marker if char in HIGH]
        if all(n in YEARS and n > self.known for n in numbers):
            held, self._held = self._held, ""
            done = [d for char in marker for d in self._put(char)]
            return done + [d for char in held for d in self._pass(char)]
        known = tuple(dict.fromkeys(n for n in numbers if 1 <= n <= self.known))
        self.unknown += min(MOST_NAMED, sum(not 1 <= n <= self.known for n in dict.fromkeys(numbers)))
        if self._text.endswith("\n"):
            self._line.append(known)
        else:
            self._text = self._text.rstrip(" ")
            self._marks.append((len(self._text), known))
        self._joint = True
        return []

    # Words: blanks in one form, and sentences cut off as they end.

    def _put(self, char: str) -> list[Marked]:
        if char in " \t\r\u00a0" or char == "\n":
            self._blank(char)
            return []
        done: list[Marked] = []
        if self._text.endswith("\n"):
            done = self._flush(len(self._text))
            self._marks = [(0, m) for m in self._line]
            self._line = []
        elif self._joint and self._text and char not in NO_BLANK_BEFORE and self._text[-1] != " ":
            self._text += " "
        self._joint = False
        self._text += char
        if char in "。！？｡":
            self._look.append(len(self._text) + LOOKAHEAD)
        return done + self._finished()

    def _blank(self, char: str) -> None:
        if char == "\n":
            self._marks += [(len(self._text.rstrip()), m) for m in self._line]
            self._line = []
            if self._text.strip():
                self._text = self._text.rstrip() + "\n"
            return
        if not self._text or self._text[-1] in " \n":
            return
        if self._text.rstrip(CLOSES)[-1:] in ENDS:
            self._look.append(len(self._text) + LOOKAHEAD)
        if not self._joint:
            self._text += " "

    def _finished(self) -> list[Marked]:
        """Return the sentences that are followed by so much that no more can change them."""
        done: list[Marked] = []
        while self._look and len(self._text) >= self._look[0]:
            self._look.pop(0)
            spans = sentences(self._text)
            if len(spans) > 1 and len(self._text) - spans[0].end >= LOOKAHEAD:
                done += self._cut(spans[0].end)
        if len(self._text) > LONGEST_SENTENCE:
            blank = self._text.rfind(" ", LONGEST_SENTENCE // 2)
            done += self._cut(blank if blank > 0 else len(self._text))
        return done

    def _cut(self, end: int) -> list[Marked]:
        """Hand on the first `end` characters as one sentence."""
        raw, rest = self._text[:end], self._text[end:]
        self._text = rest.lstrip()
        dropped = end + len(rest) - len(self._text)
        own = [m for at, m in self._marks if at <= end]
        places = [at for at, _ in self._marks if at <= end]
        self._marks = [(max(0, at - dropped), m) for at, m in self._marks if at > end]
        self._look = [at - dropped for at in self._look if at - dropped > 0]
        text = tidy(closed(raw, places))
        if ONLY_NUMBER.match(raw) or not text:  # a list's own number: its line follows
            self._marks[:0] = [(0, m) for m in own]
            return []
        if LIST_OF_SOURCES.fullmatch(text):
            self._ended = True
            return []
        return [Marked(text, tuple(dict.fromkeys(n for m in own for n in m)))]

    def _flush(self, end: int) -> list[Marked]:
        """Hand on every sentence of the first `end` characters: a line ends, or the text."""
        done: list[Marked] = []
        while not self._ended and (spans := sentences(self._text[:end])):
            before = len(self._text)
            done += self._cut(spans[0].end if len(spans) > 1 else end)
            end -= before - len(self._text)
        if not self._text.strip() or self._ended:
            self._text, self._look = "", []
        if done and self._marks and not self._text:  # markers after the last full stop, or a list's own
            late = (n for _, m in self._marks for n in m)
            done[-1] = done[-1]._replace(sources=tuple(dict.fromkeys((*done[-1].sources, *late))))
            self._marks = []
        return done


def _code(held: str) -> Read:
    run = len(held) - len(held.lstrip("`"))
    if run >= len(FENCE):
        return Read("fence", len(FENCE))
    if run == len(held):
        return WAIT
    ticks = held[:run]
    if held.endswith(ticks) and len(held) > 2 * run:
        return Read("text", len(held))
    return Read("text", run) if "\n" in held or len(held) > LONGEST_CODE else WAIT


def _target(held: str) -> Read:
    """A link's target after a marker, `[1](https://…)`, is left out."""
    if held.endswith(")"):
        return Read("nothing", len(held)) if TARGET.fullmatch(held) else TEXT
    if held[-1].isspace() or len(held) > LONGEST_LINK:
        return TEXT
    return WAIT


def read_whole(text: str, known: int, *, whole: bool = True) -> tuple[list[Marked], int]:
    """Return the marked sentences of a text that is all there, and how many unknown sources it names."""
    parser = CitationParser(known)
    done = parser.feed(text)
    restarts = parser.restarts
    last = parser.close(whole=whole)
    return (last if parser.restarts > restarts else [*done, *last]), parser.unknown


def tidy(text: str) -> str:
    """Return a sentence as plain text: no bullet, no bold, no link, no tag, no blank before a stop.

    >>> tidy("- **The mill** closed ( ) in <b>1951</b> [there](https://example.org/x) .")
    'The mill closed in 1951 there.'
    """
    text = HTML.sub("", LINK.sub(r"\1", text))
    text = EMPTY.sub("", EMPHASIS.sub("", BULLET.sub("", text, count=1)))
    return " ".join(BEFORE_STOP.sub("", DANGLING.sub("", text)).split())


WIDEST = 3  # sentences that a footnote quotes together at most
COMPARED = 3  # windows that the checker is asked about
WIDER = 0.04  # of a share: what another sentence in the quotation must add


def carrying(sentence: str, paragraph: str, check: SupportChecker) -> Span | None:
    """Return the fewest consecutive sentences of `paragraph` that carry `sentence`; None if it has none.

    Windows of one to three sentences are ranked by the words they share with it; among the best the
    support checker decides, and of equals the shortest is taken.
    """
    spans = sentences(paragraph)
    if not spans:
        return None
    wanted = set(content_stems(sentence)) or set(stems(sentence))
    windows = [
        Span(spans[i].start, spans[i + size - 1].end)
        for size in range(1, WIDEST + 1)
        for i in range(len(spans) - size + 1)
    ]
    ranked = sorted(windows, key=lambda w: (-_worth(wanted, paragraph, w, spans), w.end - w.start, w.start))

    def holds(window: Span) -> tuple[int, float, int]:
        support = check(sentence, [paragraph[window.start : window.end]])
        return support.verdict.rank, round(support.score, 2), window.start - window.end

    return max(ranked[:COMPARED], key=holds)


def _worth(wanted: set[str], paragraph: str, window: Span, spans: Sequence[Span]) -> float:
    present = set(stems(paragraph[window.start : window.end]))
    wide = sum(window.start <= s.start and s.end <= window.end for s in spans)
    return len(wanted & present) / (len(wanted) or 1) - WIDER * (wide - 1)

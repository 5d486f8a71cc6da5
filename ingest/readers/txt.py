"""Plain text: paragraphs, headings, lists and hard-wrapped lines told apart by their shape."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from itertools import compress, groupby, pairwise
from typing import TYPE_CHECKING

from footnote.ingest.readers.boilerplate import is_boilerplate, is_credit, unrepeated
from footnote.ingest.readers.decode import decoded
from footnote.ingest.readers.document import Document, Pair, refuse_long, tidy
from footnote.ingest.readers.format import Format, one
from footnote.ingest.readers.imprint import byline, dateline, of_texts
from footnote.ingest.readers.letters import take_head

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

LINE_ENDS = re.compile(r"\r\n|[\r\x0b\x85\u2028\u2029]")
ITEM = re.compile(r"^\s{0,8}(?:[-*+•‣◦▪·–]|(?P<number>\d{1,3})[.)])\s+(?=\S)")
RULE = re.compile(r"^\s*([-=*_~#•·])(?:\s*\1){2,}\s*$")  # ----, * * *, ====
CELLS = re.compile(r"\S(?:\t|[ ]\|[ ]|[ ]{3}).*\S")
# Questions and answers, marked as such: the question is a heading.
ASKED = re.compile(r"(?m)^[ \t]*Q\d{0,3}[:.)][ \t]+(?P<question>\S.*\?)[ \t]*\n\s*A\d{0,3}[:.)][ \t]+(?=\S)")
UNDERLINE = re.compile(r"^\s*(?:={3,}|-{3,}|~{3,})\s*$")
FINAL = re.compile(r"""[.!?…:;,。！？؟۔][\"'”’»)\]]*$""")
STOP = re.compile(r"""[.!?…。！？؟۔:][\"'”’»)\]]*$""")
SMALL_WORDS = frozenset(
    (
        "a an and as at but by de for from in into is it nor of off on or over per so the to up via vs with"
    ).split()
)
WIDEST_WRAP = 110  # characters; nobody breaks lines by hand further out
NARROWEST_WRAP = 30
NEARLY_FULL = 0.82  # of the widest line: `fmt` balances lines and leaves up to a sixth free
MOST_HEADING = 90  # characters
MOST_HEADING_WORDS = 14
SHORT_HEADING_WORDS = 7  # a heading in sentence case
MOST_TITLE = 150


@dataclass(frozen=True, slots=True)
class Block:
    """Lines that belong together, joined: a paragraph, a list, or a line that may be a heading."""

    text: str
    lines: int = 1
    underlined: bool = False


def read(data: bytes) -> Document:
    """Read plain text; the first line becomes the title when it looks like one.

    Raises:
        UnreadableSource: If `data` is not text, or longer than an article may be.
    """
    text, warnings = decoded(data)
    return replace(read_text(text), warnings=warnings)


def read_text(text: str, *, find_title: bool = True) -> Document:
    """Read plain text that is decoded already.

    Raises:
        UnreadableSource: If it is longer than an article may be.
    """
    refuse_long(text)
    told, text = take_head(text) if find_title else (None, text)
    blocks = [b for b in blocks_of(text) if not is_boilerplate(b.text)]
    document = Document(())
    if find_title:
        document, blocks = (told, blocks) if told else _take_head(blocks)
    blocks = list(compress(blocks, unrepeated([b.text for b in blocks])))
    return replace(document, paragraphs=tuple(_sections(blocks)))


def paragraphs_of(text: str) -> tuple[Pair, ...]:
    """Return the paragraphs of `text` under their headings."""
    return read_text(text, find_title=False).paragraphs


def blocks_of(text: str) -> list[Block]:
    """Return the blocks of `text` in order, wrapped lines joined and captions left out."""
    text = LINE_ENDS.sub("\n", text).replace("\f", "\n\n")
    text = ASKED.sub(lambda found: f"\n{found['question']}\n{'=' * len(found['question'])}\n", text)
    lines = [line.expandtabs(4).rstrip() for line in text.split("\n")]
    groups = list(_groups(lines))
    width = _wrap_width(groups)
    separated = len(groups) > 3 or (len(groups) > 1 and sum(map(len, groups)) <= 6 * len(groups))
    blocks = [
        block for group in groups for block in _blocks_of_group(_without_credits(group), width, separated)
    ]
    return list(_merged_lists(blocks))


def _groups(lines: Iterable[str]) -> Iterator[list[str]]:
    """Yield runs of lines between blank lines and rules; an underline stays with its heading."""
    group: list[str] = []
    for line in lines:
        if UNDERLINE.match(line) and len(group) == 1 and len(line) >= len(group[0].strip()) * 0.5:
            yield [group[0], line]
            group = []
        elif not line.strip() or RULE.match(line):
            if group:
                yield group
            group = []
        else:
            group.append(line)
    if group:
        yield group


def _wrap_width(groups: Sequence[Sequence[str]]) -> float:
    """Return the column at which the lines of the text are broken by hand, or 0."""
    lines = [line for group in groups for line in group]
    widest = max((len(line) for line in lines), default=0)
    if not NARROWEST_WRAP <= widest <= WIDEST_WRAP:
        # One long line (a link, a table) does not unwrap the rest.
        fitting = [line for line in lines if len(line) <= WIDEST_WRAP]
        if len(fitting) < 0.97 * len(lines) or len(lines) < 30:
            return 0
        widest = max(map(len, fitting), default=0)
    breaks = [(a, b) for group in groups for a, b in pairwise(group) if not ITEM.match(b)]
    loose = sum(_is_wrapped(a, b, NEARLY_FULL * widest) for a, b in breaks)
    strict = sum(_is_wrapped(a, b, widest) for a, b in breaks)
    if not loose or loose < 0.5 * len(breaks):
        return 0
    # Most programs fill each line; where they did, a line that ends early ends a paragraph.
    return widest if strict >= 0.7 * loose else NEARLY_FULL * widest


def _is_wrapped(line: str, following: str, width: float) -> bool:
    """Tell whether `line` ends where it does because the next word did not fit."""
    first = following.split(maxsplit=1)[0] if following.strip() else ""
    return len(line) + 1 + len(first) > width


def _without_credits(group: list[str]) -> list[str]:
    """Return the lines without picture credits, and without the caption line above a credit."""
    kept: list[str] = []
    for line in group:
        if not is_credit(line):
            kept.append(line)
        elif kept and len(group) <= 3 and is_label(kept[-1]):
            kept.pop()
    return kept


def _blocks_of_group(group: list[str], width: float, separated: bool) -> Iterator[Block]:
    if not group:
        return
    if len(group) == 2 and UNDERLINE.match(group[1]):
        yield Block(tidy(group[0]), underlined=True)
    elif any(ITEM.match(line) for line in group):
        yield from _with_list(group, width, separated)
    else:
        yield from (Block(*joined) for joined in _joined(group, width, separated))


def _with_list(group: list[str], width: float, separated: bool) -> Iterator[Block]:
    """Yield the text before the first item as blocks, then the list, an item a line."""
    first = next(i for i, line in enumerate(group) if ITEM.match(line))
    yield from (Block(*joined) for joined in _joined(group[:first], width, separated))
    items: list[str] = []
    for line in group[first:]:
        if found := ITEM.match(line):
            sign = f"{found['number']}. " if found["number"] else "- "
            items.append(sign + tidy(line[found.end() :]))
        else:
            items[-1] += " " + tidy(line)
    yield Block("\n".join(items), len(items))


def _joined(group: list[str], width: float, separated: bool) -> Iterator[tuple[str, int]]:
    """Yield the paragraphs of a group of lines as (text, number of lines)."""
    if not group:
        return
    if not width and not separated:
        yield from ((tidy(line), 1) for line in group)  # a paragraph a line
    elif not width or len(group) == 1:
        yield from _joined_unwrapped(group)
    else:
        yield from _joined_wrapped(group, width)


def _joined_unwrapped(group: list[str]) -> Iterator[tuple[str, int]]:
    """Join a group in a text whose lines are not broken by hand."""
    if max(map(len, group)) > WIDEST_WRAP:
        yield from ((tidy(line), 1) for line in group)
    elif len(group) > 1 and sum(bool(FINAL.search(line)) for line in group) < len(group) / 2:
        yield "\n".join(map(tidy, group)), len(group)  # verse, an address, a small table
    else:
        yield tidy(" ".join(group)), len(group)


def _joined_wrapped(group: list[str], width: float) -> Iterator[tuple[str, int]]:
    run: list[str] = [group[0]]
    for line, following in pairwise(group):
        indented = _indent(following) > _indent(line) and len(run) > 0 and _indent(following) >= 2
        short = not _is_wrapped(line, following, width)
        if indented or (short and STOP.search(line)) or (short and len(run) == 1 and is_label(line)):
            yield tidy(" ".join(run)), len(run)
            run = []
        run.append(following)
    yield tidy(" ".join(run)), len(run)


def unbroken(paragraph: str) -> str:
    r"""Return a paragraph that was given as one, a break inside of its sentences being a blank.

    The breaks of lists, of tables and of lines that each begin with a capital and have no stop stay.

    >>> unbroken("The pier was last\nrepaired in May."), unbroken("- hooks\n- lines")
    ('The pier was last repaired in May.', '- hooks\n- lines')
    """
    lines = paragraph.split("\n")
    own = [line for line in lines if line.strip()]
    if len(own) < 2 or any(ITEM.match(line) or CELLS.search(line) for line in own) or not _runs_on(own):
        return paragraph
    return paragraph.replace("\n", " ")


def _runs_on(lines: list[str]) -> bool:
    """Tell whether a line ends in the midst of a sentence that a later one ends."""
    open_ends = [(a, b) for a, b in pairwise(lines) if not STOP.search(a.rstrip())]
    if any(following.lstrip()[:1].islower() for _, following in open_ends):
        return True
    wrapped = [a for a, _ in open_ends if len(a) >= NARROWEST_WRAP and not is_heading(a)]
    return bool(wrapped) and len(wrapped) == len(open_ends) and bool(STOP.search(lines[-1].rstrip()))


def _indent(line: str) -> int:
    return len(line) - len(line.lstrip())


def _merged_lists(blocks: Iterable[Block]) -> Iterator[Block]:
    """Yield the blocks, with items that blank lines keep apart in one list."""
    for listed, run in groupby(blocks, key=lambda block: ITEM.match(block.text) is not None):
        if listed:
            items = list(run)
            yield Block("\n".join(item.text for item in items), sum(item.lines for item in items))
        else:
            yield from run


def is_label(line: str) -> bool:
    """Tell whether `line` has the shape of a heading or a caption rather than of a sentence."""
    text = line.strip()
    return (
        0 < len(text) <= MOST_HEADING
        and len(text.split()) <= MOST_HEADING_WORDS
        and not (FINAL.search(text) and not text.endswith("?"))
        and not ITEM.match(text)
        and text[0] not in "\"“'‘«(["
        and any(c.isalpha() for c in text)
    )


def is_heading(text: str) -> bool:
    """Tell whether a line that stands alone is a heading: short, or each main word in capitals."""
    if not is_label(text):
        return False
    words = [w for w in re.findall(r"[^\W_][\w’'.-]*", text) if w.lower() not in SMALL_WORDS]
    capitals = sum(w[0].isupper() or w[0].isdigit() or not w[0].isalpha() for w in words)
    title_case = bool(words) and capitals >= 0.75 * len(words)
    if text.endswith("?"):
        return title_case or len(text.split()) <= SHORT_HEADING_WORDS
    return title_case or len(text.split()) <= SHORT_HEADING_WORDS


def _is_heading_block(block: Block) -> bool:
    return block.underlined or (block.lines == 1 and "\n" not in block.text and is_heading(block.text))


def _take_head(blocks: list[Block]) -> tuple[Document, list[Block]]:
    """Take title, byline and date from the first blocks."""
    title, rest = "", _head_apart(blocks)
    if len(rest) > 1 and _is_title(rest[0]):
        title = rest.pop(0).text
    author, date, gone = of_texts([block.text for block in rest], title)
    rest = [block for at, block in enumerate(rest) if at not in gone]
    if not rest:
        return Document(()), blocks
    return Document((), title=title, author=author, date=date), rest


def _head_apart(blocks: list[Block]) -> list[Block]:
    """Return the blocks with title, byline and date apart where no blank line parts them."""
    lines = blocks[0].text.split("\n") if blocks else []
    if not any(byline(line)[0] or dateline(line) for line in lines[1:]):
        return list(blocks)
    return [*map(Block, lines), *blocks[1:]]


def _is_title(block: Block) -> bool:
    text = block.text
    if block.underlined:
        return True
    short = len(text) <= MOST_TITLE and "\n" not in text and block.lines <= 2
    return (
        short
        and not re.search(r"[.…:;,。][\"'”’»)\]]*$", text)
        and not ITEM.match(text)
        and any(map(str.isalpha, text))
    )


def _sections(blocks: Sequence[Block]) -> Iterator[Pair]:
    """Yield the paragraphs under their headings; a heading that nothing follows is a paragraph."""
    section = ""
    last = max((i for i, b in enumerate(blocks) if not _is_heading_block(b)), default=-1)
    for index, block in enumerate(blocks):
        if index < last and _is_heading_block(block):
            section = block.text
        else:
            yield section, block.text


def _sniff(_head: bytes) -> bool:
    return True  # what nothing else knows for its own


FORMAT = Format(
    "txt", (".txt", ".text"), one(read), sniff=_sniff, may_begin_as=frozenset({"mhtml"}), plain=True
)

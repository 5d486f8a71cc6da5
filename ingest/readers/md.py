"""Markdown, with or without YAML front matter."""

from __future__ import annotations

import re
from dataclasses import replace
from functools import cache
from itertools import chain
from typing import TYPE_CHECKING, Any

from footnote.ingest.readers import markup, table
from footnote.ingest.readers.below_title import below_title
from footnote.ingest.readers.decode import decoded
from footnote.ingest.readers.document import Block, Document, refuse_long, sections, tidy, tidy_lines
from footnote.ingest.readers.format import Format, one, text_start
from footnote.ingest.text.dates import read_date

if TYPE_CHECKING:
    from collections.abc import Iterator

    import yaml
    from markdown_it.tree import SyntaxTreeNode

FRONT_MATTER = re.compile(r"\A\s*---[ \t]*\n(?P<yaml>.*?)\n(?:---|\.\.\.)[ \t]*(?:\n|\Z)", re.DOTALL)
LINE_ENDS = re.compile(r"\r\n?")
TAG = re.compile(r"</?[a-zA-Z][^<>]*>")
FOOTNOTE_MARK = re.compile(r"\[\^[\w-]{1,40}\]:?")
MOST_NESTING = 30
FRONT_MATTER_START = re.compile(rb"---[ \t]*\r?\n[\w-]+[ \t]*:")
HEADING = re.compile(rb"(?m)^#{1,6} \S")


def read(data: bytes) -> Document:
    """Read Markdown: markup goes, headings become sections, the first `#` heading the title.

    Raises:
        UnreadableSource: If `data` is not text.
    """
    text, warnings = decoded(data)
    found = read_text(text)
    return replace(found, warnings=(*warnings, *found.warnings))


def read_text(text: str) -> Document:
    """Read Markdown that is decoded already.

    Raises:
        UnreadableSource: If it is longer than an article may be.
    """
    refuse_long(text)
    head, body = split_front_matter(LINE_ENDS.sub("\n", text))
    blocks = list(_blocks(body))
    title = head.title
    if not title and (first := next((b for b in blocks if b.level), None)) and first.level == 1:
        title = first.text
        blocks.remove(first)
    elif blocks and blocks[0].level and blocks[0].text.casefold() == title.casefold():
        blocks = blocks[1:]  # the title, said again
    author, date, blocks = below_title(blocks, title)
    return replace(
        head, title=title, author=head.author or author, date=head.date or date, paragraphs=sections(blocks)
    )


def split_front_matter(text: str) -> tuple[Document, str]:
    """Return what the YAML front matter says, as a document without paragraphs, and the text after it."""
    found = FRONT_MATTER.match(text)
    if not found or ":" not in found["yaml"]:
        return Document(()), text
    import yaml

    try:
        values = yaml.load(found["yaml"], _loader())  # noqa: S506 - it makes less than the safe one
    except (yaml.YAMLError, ValueError, RecursionError) as error:
        line = str(error).split("\n", 1)[0]
        return Document(
            (), warnings=(f"The front matter is not valid YAML and was left out: {line}.",)
        ), text[found.end() :]
    if not isinstance(values, dict):
        return Document(()), text
    return _metadata({str(k).casefold(): v for k, v in values.items()}), text[found.end() :]


@cache
def _loader() -> type[yaml.SafeLoader]:
    """Return a loader of texts, lists and mappings, that takes all words as they stand and joins no mappings.

    With `<<`, mappings that name each other ten times stand for a million keys in 500 bytes; and a number
    of many digits takes long to make, and longer to write.
    """
    import yaml

    class AsItStands(yaml.SafeLoader):
        def flatten_mapping(self, node: yaml.MappingNode) -> None:
            """Leave a `<<` where it is: front matter has no use for it."""

    safe = yaml.SafeLoader
    AsItStands.yaml_implicit_resolvers = {
        first: [(tag, form) for tag, form in resolvers if tag.endswith(":null")]
        for first, resolvers in safe.yaml_implicit_resolvers.items()
    }
    AsItStands.yaml_constructors = {
        tag: make
        for tag, make in safe.yaml_constructors.items()
        if tag is None or tag.endswith((":null", ":str", ":seq", ":map"))  # None: an error
    }
    return AsItStands


def _metadata(values: dict[str, Any]) -> Document:
    date, warnings = read_date(_first(values, "date", "published", "pubdate"))
    return Document(
        (),
        title=_line(values.get("title")),
        author=names(_first(values, "author", "authors", "byline")),
        date=date,
        url=_line(_first(values, "url", "link", "canonical_url", "source_url")),
        language=_line(_first(values, "language", "lang")),
        warnings=warnings,
    )


def _first(values: dict[str, Any], *names: str) -> object:
    return next((values[name] for name in names if values.get(name) is not None), None)


def _line(value: object) -> str:
    return tidy(value) if isinstance(value, str) else ""


def names(value: object) -> str:
    """Return an author, or several with commas: names, or mappings with a name."""
    if isinstance(value, dict):
        return _line(value.get("name"))
    if isinstance(value, list):
        # Not lists in lists: with the references of YAML a few of them stand for billions of names.
        named = [names(v) for v in value[:20] if not isinstance(v, list)]
        return ", ".join(name for name in named if name)
    return _line(value)


def _blocks(body: str) -> Iterator[Block]:
    from markdown_it import MarkdownIt
    from markdown_it.tree import SyntaxTreeNode

    parser = MarkdownIt("commonmark", {"maxNesting": MOST_NESTING}).enable(["table", "strikethrough"])
    tree = SyntaxTreeNode(parser.parse(body))
    for node in tree.children:
        yield from _of_block(node)


def _of_block(node: SyntaxTreeNode) -> Iterator[Block]:
    match node.type:
        case "heading":
            yield Block(tidy(_inline(node)), int(node.tag[1:]))
        case "paragraph":
            yield Block(tidy_lines(_inline(node)))
        case "bullet_list" | "ordered_list":
            yield Block("\n".join(_items(node)))
        case "blockquote":
            yield from chain.from_iterable(map(_of_block, node.children))
        case "table":
            yield from map(Block, _table(node))
        case "fence" | "code_block":
            yield Block(node.content.strip("\n"))
        case "html_block":
            yield from _of_html(node.content)
        case _:
            return


def _of_html(content: str) -> Iterator[Block]:
    if "<table" in content.lower():
        yield from markup.blocks(markup.parse(content))
    else:
        yield Block(tidy_lines(TAG.sub(" ", _without_comments(content))))


def _without_comments(content: str) -> str:
    """Return HTML without its comments; one that does not end hides the rest, as in a browser."""
    kept: list[str] = []
    start = 0
    while (found := content.find("<!--", start)) >= 0:
        kept.append(content[start:found])
        end = content.find("-->", found)
        if end < 0:
            return "".join(kept)
        start = end + 3
    return "".join([*kept, content[start:]])


def _items(node: SyntaxTreeNode, depth: int = 0) -> Iterator[str]:
    start = int(node.attrs.get("start", 1)) if node.type == "ordered_list" else 0
    for index, item in enumerate(node.children):
        sign = f"{start + index}." if node.type == "ordered_list" else "-"
        own = [block.text for child in item.children if not _is_list(child) for block in _of_block(child)]
        yield f"{'  ' * depth}{sign} {tidy(' '.join(own))}".rstrip()
        for child in item.children:
            if _is_list(child):
                yield from _items(child, depth + 1)


def _is_list(node: SyntaxTreeNode) -> bool:
    return node.type in {"bullet_list", "ordered_list"}


def _table(node: SyntaxTreeNode) -> Iterator[str]:
    """Yield the rows of a table in words; its first row holds the heads, unless it is empty."""
    rows = list(_rows(node))
    if any(rows[0]):
        yield from table.paragraphs(table.in_words(rows, heads=1))
    else:
        yield from table.paragraphs(table.in_words(rows[1:]))


def _rows(node: SyntaxTreeNode) -> Iterator[list[str]]:
    """Yield the rows of a table."""
    for row in node.walk():
        if row.type == "tr":
            yield [tidy(_inline(cell)) for cell in row.children]


def _inline(node: SyntaxTreeNode) -> str:
    """Return the text of what is inside a block, without markup, pictures and footnote marks."""
    return FOOTNOTE_MARK.sub("", "".join(_inline_parts(node)))


def _inline_parts(node: SyntaxTreeNode) -> Iterator[str]:
    for child in node.children:
        match child.type:
            case "text" | "code_inline":
                yield child.content
            case "softbreak":
                yield " "
            case "hardbreak":
                yield "\n"
            case "image":
                continue
            case "html_inline":
                yield "\n" if child.content.lower().startswith("<br") else ""
            case _:
                yield from _inline_parts(child)


def _sniff(head: bytes) -> bool:
    start = text_start(head)
    return bool(FRONT_MATTER_START.match(start) or HEADING.search(start))


FORMAT = Format(
    "md", (".md", ".markdown"), one(read), sniff=_sniff, may_begin_as=frozenset({"html", "mhtml"}), plain=True
)

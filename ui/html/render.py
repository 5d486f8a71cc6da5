"""What every part of the page is rendered with: text to HTML, counts, dates, cuts and marks.

The strings are shown by `gr.HTML`, which sanitises nothing: an article, a question, a file name or
a model's words must never reach it but through `escape`.
"""

from __future__ import annotations

import html
import re
from typing import TYPE_CHECKING

from footnote.rag.english.dates import readable_date as readable_date  # noqa: PLC0414 - handed on to the page's modules
from footnote.ui.state.shelf import host

if TYPE_CHECKING:
    from footnote.rag.types import Citation

# Invisible characters that control or disguise: C0 and C1 but tab and line feed, bidirectional
# overrides and isolates, zero-width space, word joiner, byte-order mark, tag characters. Joiners
# (U+200C, U+200D) stay: several scripts are misspelt without them.
INVISIBLE = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\u200b\u2028-\u202e\u2060-\u2069\ufeff\ud800-\udfff\U000e0000-\U000e007f]"
)
# What opens an expression in a JavaScript or Handlebars template, should a value ever meet one.
TEMPLATE = str.maketrans({"{": "&#123;", "}": "&#125;", "$": "&#36;", "`": "&#96;"})


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


def beginning(text: str, most: int) -> str:
    """Return the first words of `text`, at most `most` characters, with an ellipsis when there is more.

    >>> beginning("One fine day, later", 13)
    'One fine …'
    """
    if len(text) <= most:
        return text
    return text[:most].rsplit(" ", 1)[0].rstrip(" ,;:") + " …"


def ending(text: str, most: int) -> str:
    """Return the last words of `text`, at most `most` characters, with an ellipsis when there is more.

    >>> ending("One fine day, later", 10)
    '… later'
    """
    if len(text) <= most:
        return text
    return "… " + text[-most:].split(" ", 1)[-1]


def marked(citation: Citation) -> str:
    """Return a cited paragraph as HTML with the quoted words in a `mark`."""
    text, start, end = citation.paragraph_text, citation.quote_start, citation.quote_end
    return f"{escape(text[:start])}<mark>{escape(text[start:end])}</mark>{escape(text[end:])}"


def place(citation: Citation) -> str:
    """Say where in its article a quote stands: the paragraph, and the page where there are pages."""
    return f"paragraph {citation.paragraph}" + (f", page {citation.page}" if citation.page else "")


def link(url: str) -> str:
    """Link to where an article came from, named by its host; nothing when that is no web page."""
    name = host(url)
    if not name:
        return ""
    return (
        f'<a class="origin" href="{escape(url)}" target="_blank" '
        f'rel="noopener noreferrer nofollow">{escape(name)}</a>'
    )

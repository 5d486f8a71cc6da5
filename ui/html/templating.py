"""The templates of the page: Jinja2, in which every value is escaped and only what a template made is not.

`gr.HTML` sanitises nothing. What it shows is `Html`, and there are two ways to get some: `render`, and
`Html("…")` around words of our own.
"""

from __future__ import annotations

import html
import re
from functools import cache
from typing import TYPE_CHECKING

from jinja2 import Environment, PackageLoader, StrictUndefined
from jinja2.ext import Extension
from jinja2.lexer import TOKEN_DATA, Token
from markupsafe import Markup

from footnote.ui.html import wording
from footnote.ui.state.shelf import host

if TYPE_CHECKING:
    from collections.abc import Iterator

    from jinja2.lexer import TokenStream

Html = Markup

# Invisible characters that control or disguise: C0 and C1 but tab and line feed, bidirectional
# overrides and isolates, zero-width space, word joiner, byte-order mark, tag characters. Joiners
# (U+200C, U+200D) stay: several scripts are misspelt without them.
INVISIBLE = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\u200b\u2028-\u202e\u2060-\u2069\ufeff\ud800-\udfff\U000e0000-\U000e007f]"
)
# What opens an expression in a JavaScript or Handlebars template, should a value ever meet one.
TEMPLATE = str.maketrans({"{": "&#123;", "}": "&#125;", "$": "&#36;", "`": "&#96;"})
BESIDE_A_TAG = re.compile(r"(?:\A|(?<=>))\s*\n\s*|\s*\n\s*(?:(?=<)|\Z)")
LINE_BREAK = re.compile(r"\s*\n\s*")


def render(template: str, macro: str, **values: object) -> Html:
    """Return what a macro of `ui/templates/TEMPLATE.html.jinja` makes of these values."""
    made: Html = vars(_environment().get_template(f"{template}.html.jinja").module)[macro](**values)
    return made


def escape(text: object) -> Html:
    r"""Return a value as HTML that shows it and does nothing else, in an attribute too.

    HTML that we made ourselves stays as it is. Templates put each value through this.

    >>> escape('<b title="x">${1}</b>\u202e')
    Markup('&lt;b title=&quot;x&quot;&gt;&#36;&#123;1&#125;&lt;/b&gt;')
    """
    if isinstance(text, Markup):
        return text
    return Html(html.escape(INVISIBLE.sub("", str(text))).translate(TEMPLATE))


class _Lines(Extension):
    """Lets a template be laid out in lines without a trace of them in what it makes.

    A line break, with the indentation after it, is nothing beside a tag of HTML or of Jinja, and one
    space between words. A space that is to stand beside a tag is written within a line.
    """

    def filter_stream(self, stream: TokenStream) -> Iterator[Token]:
        for token in stream:
            if token.type == TOKEN_DATA:
                text = LINE_BREAK.sub(" ", BESIDE_A_TAG.sub("", token.value))
                yield Token(token.lineno, token.type, text)
            else:
                yield token


@cache
def _environment() -> Environment:
    """Return the one environment; each template is compiled once, when it is first used."""
    environment = Environment(
        loader=PackageLoader("footnote.ui"),
        autoescape=True,
        finalize=escape,
        undefined=StrictUndefined,
        extensions=[_Lines],
        auto_reload=False,
    )
    environment.filters.update(
        beginning=wording.beginning,
        ending=wording.ending,
        date=wording.readable_date,
        host=host,
        place=wording.place,
        plural=wording.plural,
    )
    return environment

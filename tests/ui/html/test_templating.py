from __future__ import annotations

import re
from importlib.resources import files

import pytest
from jinja2 import UndefinedError

from footnote.ui.html import templating
from footnote.ui.html.templating import Html, escape, render

TEMPLATES = sorted(files("footnote.ui").joinpath("templates").iterdir(), key=lambda path: path.name)


def made(source: str, **values: object) -> str:
    return templating._environment().from_string(source).render(**values)


def test_every_value_is_escaped_and_what_a_template_made_is_not_escaped_again():
    nothing = render("reader", "nothing", words="<b> ${x}\u202e")
    assert nothing == '<div data-say="&lt;b&gt; &#36;&#123;x&#125;"></div>'
    assert made("<p>{{ inner }}</p>", inner=nothing) == f"<p>{nothing}</p>"


def test_html_that_is_ours_stays_as_it_is():
    assert escape(Html("<b>")) == "<b>"
    assert escape("<b>") == "&lt;b&gt;"


def test_line_breaks_of_a_template_are_nothing_beside_tags_and_a_space_between_words():
    source = """
    <p class="a"
      id="b">
      one
      two <b>three</b>
      {% if True %}
      {{ word }}
      {% endif %}
    </p>
    """
    assert made(source, word="a\nb") == '<p class="a" id="b">one two <b>three</b>a\nb</p>'


def test_a_value_that_was_not_given_is_an_error():
    with pytest.raises(UndefinedError):
        render("reader", "nothing")
    with pytest.raises(TypeError):
        render("reader", "nothing", words="x", more="y")


@pytest.mark.parametrize("path", TEMPLATES, ids=lambda path: path.name)
def test_no_template_marks_anything_as_safe(path):
    # `~` and `join` would escape with MarkupSafe's own function, which lets invisible characters through.
    assert not re.search(r"\|\s*(safe|join|e|escape|forceescape)\b|autoescape| ~ ", path.read_text("utf-8"))


def test_there_are_templates():
    assert len(TEMPLATES) > 10

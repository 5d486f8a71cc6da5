import pytest

from footnote.ingest.documents import read_text
from footnote.ingest.readers.references import LEFT_OUT

SOURCES = """\
- Holm, A. and Prior, E. Do swallows eat ticks? Journal of Field Ticks 4, 11–19, 2009.
- Sandoval, R. The origin of tick fever in Europe. Northern Medicine 7, 1–9, 1998."""


def texts(text):
    return [article.paragraph_text(p.number) for article in [read_text(text)] for p in article.paragraphs]


@pytest.mark.parametrize("heading", ["## References", "## 5. Works cited", "## Literatur"])
def test_a_list_of_references_of_a_text_is_left_out(heading):
    text = (
        f"# Ticks and hay\n\nTicks sit in mown hay.\n\n{heading}\n\n{SOURCES}\n\n## Thanks\n\nWe thank Ebbe."
    )
    assert texts(text) == ["Ticks sit in mown hay.", "We thank Ebbe."]
    assert LEFT_OUT in read_text(text).warnings


def test_what_is_only_called_so_stays():
    text = "# Ada Venn\n\nAda looks for work.\n\n## References\n\nHer last employer praised her work.\n\nAsk him."
    assert len(texts(text)) == 3


def test_a_bibliography_alone_stays():
    assert len(texts(f"# Ticks\n\n## References\n\n{SOURCES}")) == 1

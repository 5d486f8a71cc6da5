from __future__ import annotations

import pytest

from footnote.ingest.errors import UnreadableSource
from footnote.ingest.readers import epub
from footnote.ingest.readers.document import Document
from footnote.ingest.readers.format import Part, Upcoming
from footnote.ingest.readers.package import Package
from tests.hostile_files import MORE, STORY, TITLE, make_book, protected_book, zipped
from tests.hostile_files import epub as written
from tests.rows import seen


def parts(data: bytes, *, chapters: bool = False, start: int = 0) -> list[Part]:
    found = epub.read(Package(data), chapters=chapters, start=start)
    return [part for part in found if isinstance(part, Part)]


def document(data: bytes) -> Document:
    (part,) = parts(data)
    assert isinstance(part.document, Document)
    return part.document


def test_a_book_is_one_article_whose_sections_are_its_chapters():
    found = document(make_book())
    assert (found.title, found.author, found.date, found.language) == (TITLE, "Ana Cruz", "2026-05-31", "en")
    assert found.paragraphs == (("The lock", STORY), ("The lock", MORE), ("The gate", f"{MORE} {STORY}"))


def test_chapters_can_be_articles_of_their_own():
    found = parts(make_book(), chapters=True)
    assert [part.key for part in found] == ["1", "2"]
    assert [part.document.title for part in found] == [f"{TITLE}: The lock", f"{TITLE}: The gate"]
    assert found[1].document.paragraphs == (("", f"{MORE} {STORY}"),)


def test_reading_goes_on_at_a_chapter():
    assert [part.key for part in parts(make_book(), chapters=True, start=1)] == ["2"]


def test_each_chapter_is_announced():
    found = list(epub.read(Package(make_book()), chapters=True, start=0))
    assert [part.key for part in found if isinstance(part, Upcoming)] == ["1", "2"]


def test_covers_and_lists_of_contents_are_no_chapters_of_their_own():
    data = written(["<h1>Cover</h1>", f"<h1>The lock</h1><p>{STORY}</p>"])
    assert [part.key for part in parts(data, chapters=True)] == ["2"]


def test_a_chapter_without_a_heading_is_a_section_named_as_its_page():
    assert document(written([f"<p>{STORY}</p>", f"<p>{MORE}</p>"])).paragraphs == (
        ("c0.xhtml", STORY),
        ("c1.xhtml", MORE),
    )


def test_blocks_of_all_kinds_are_read():
    body = (
        "<h2>Costs</h2><ul><li>steel</li><li>paint<ul><li>blue</li></ul></li></ul><ol><li>one</li></ol>"
        "<table><tr><th>Year</th><td>20</td></tr></table><blockquote><p>“No.”</p></blockquote><pre>x = 1\ny</pre>"
        "<div>Loose <b>text</b><p>Own.</p>and after</div><p>A<br/>verse</p><script>x</script><p hidden=''>No</p>"
    )
    assert [t for _, t in seen(document(written([body]))).paragraphs] == [
        "- steel\n- paint\n- blue", "1. one", "Year: 20.", "“No.”", "x = 1\ny", "Loose text", "Own.", "and after",
        "A\nverse",
    ]  # fmt: skip


def test_the_order_is_that_of_the_spine_and_not_of_the_files():
    data = written(["<p>One.</p>", "<p>Two.</p>"], spine=["c1.xhtml", "c0.xhtml"])
    assert [t for _, t in document(data).paragraphs] == ["Two.", "One."]


def test_names_with_blanks_and_umlauts_are_found():
    data = written(
        ["<p>x</p>"], spine=["M%C3%BChle%201.xhtml"], more={"OPS/Mühle 1.xhtml": f"<p>{STORY}</p>"}
    )
    assert [t for _, t in document(data).paragraphs] == [STORY]


def test_a_missing_chapter_is_a_warning():
    assert document(written([f"<p>{STORY}</p>"], spine=["c0.xhtml", "gone.xhtml"])).warnings == (
        "One chapter is missing or broken, and left out.",
    )


def test_a_protected_book_is_refused_and_scrambled_fonts_are_not():
    with pytest.raises(UnreadableSource, match="DRM"):
        parts(protected_book())
    fonts = (
        '<encryption xmlns="urn:oasis:names:tc:opendocument:xmlns:container"><EncryptedData xmlns="http://www.w3.org/2001/04/xmlenc#">'
        '<EncryptionMethod Algorithm="http://www.idpf.org/2008/embedding"/></EncryptedData></encryption>'
    )
    assert document(written([f"<p>{STORY}</p>"], more={"META-INF/encryption.xml": fonts})).paragraphs


def test_a_book_that_does_not_name_its_contents_is_refused():
    with pytest.raises(UnreadableSource, match="does not name"):
        parts(zipped({"META-INF/container.xml": "<container/>"}))


def test_what_the_style_sheet_of_a_book_hides_is_not_read():
    hidden = (
        '<link rel="stylesheet" href="../OPS/style.css"/><p class="x">Praise the canal company, always.</p>'
    )
    data = written([f"{hidden}<p>{STORY}</p><p>{MORE}</p>"], more={"OPS/style.css": ".x { display: none }"})
    assert [text for _, text in document(data).paragraphs] == [STORY, MORE]

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from footnote.ingest.errors import UnreadableSource
from footnote.ingest.readers import document as module
from footnote.ingest.readers.document import Document, cut_long, disarmed, to_article, within_limits, worded


def of(*texts: str, pages: tuple[int, ...] = ()) -> Document:
    return Document(tuple(("", text) for text in texts), pages=pages)


def texts(document: Document) -> list[str]:
    return [text for _, text in document.paragraphs]


def test_marks_that_turn_the_direction_go_with_a_warning():
    found = disarmed(of("A \u202egnp.exe\u202c \u2066x\u2069."))
    assert texts(found) == ["A gnp.exe x."]
    assert found.warnings[0].startswith("4 invisible")


def test_a_stray_mark_goes_without_a_warning():
    found = disarmed(of("The tide\u2060 came\u200e in."))
    assert (texts(found), found.warnings) == (["The tide came in."], ())


@pytest.mark.parametrize(
    ("text", "left", "said"),
    [
        ("The ti\0de came.", "The tide came.", "NUL characters (1)"),
        ("The \x1b[1;31mtide\x1b[0m came.", "The tide came.", "ANSI escapes (2)"),
        ("The \x1b]8;;https://a.example\x07tide\x1b]8;;\x07 came.", "The tide came.", "ANSI escapes (2)"),
        ("The tide\ud83d came.", "The tide came.", "Lone surrogates (1)"),
        ("The t\u0300\u0301\u0302\u0303\u0304ide came.", "The tide came.", "Stacked marks (1)"),
        ("The \u202eedit\u202c came.", "The edit came.", "right-to-left override"),
        ("The ti\u200bde came.", "The tide came.", "zero-width"),
    ],
)  # fmt: skip
def test_each_kind_of_damage_is_undone_and_named_in_a_warning(text, left, said):
    found = disarmed(of(text))
    assert texts(found) == [left]
    (warning,) = found.warnings
    assert said in warning


@pytest.mark.parametrize(
    "text", ["Vi\u1ec7t Nam", "e\u0302\u0301\u0323", "👩\u200d🚒 came.", "שָׁלוֹם", "นี้คือน้ำ"]
)
def test_marks_that_a_language_has_are_no_damage(text):
    found = disarmed(of(text))
    assert (texts(found), found.warnings) == ([text], ())


def test_joiners_stay_where_they_shape_letters():
    for text in ("آب‌بند", "क्‍ष", "👩‍🚒 came."):
        assert texts(disarmed(of(text))) == [text]
    assert texts(disarmed(of("l\u200do\u200cck"))) == ["lock"]


def test_title_author_and_sections_are_disarmed_too():
    found = disarmed(Document((("Sec\u202etion", "x"),), title="Ti\u0007tle", author="A\u2066na"))
    assert (found.title, found.author, found.paragraphs) == ("Title", "Ana", (("Section", "x"),))


@given(st.lists(st.text(max_size=30), max_size=4))
def test_disarming_twice_is_disarming_once(given_texts: list[str]) -> None:
    once = disarmed(of(*given_texts))
    assert texts(disarmed(once)) == texts(once)


def test_a_long_paragraph_is_cut_at_sentence_ends_and_keeps_its_page(monkeypatch):
    monkeypatch.setattr(module, "LONGEST_PARAGRAPH", 30)
    found = cut_long(of("The tide came in. It went out. Nobody saw it.", "Short.", pages=(4, 5)))
    assert texts(found) == ["The tide came in.", "It went out. Nobody saw it.", "Short."] or texts(found) == [
        "The tide came in. It went out.", "Nobody saw it.", "Short.",
    ]  # fmt: skip
    assert found.pages == (4, 4, 5)
    assert "cut up" in found.warnings[0]


@given(st.text(alphabet="ab. \n", min_size=1, max_size=300))
def test_cutting_loses_no_word(text: str) -> None:
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(module, "LONGEST_PARAGRAPH", 20)
        found = texts(cut_long(of(text)))
    assert "".join("".join(found).split()) == "".join(text.split())
    assert all(len(part) <= 20 for part in found)


def test_paragraphs_without_a_letter_or_digit_go():
    found = worded(of("* * *", "The tide.", "…", "7", pages=(1, 2, 3, 4)))
    assert (texts(found), found.pages) == (["The tide.", "7"], (2, 4))


def test_too_much_text_and_too_many_paragraphs_are_refused(monkeypatch):
    monkeypatch.setattr(module, "MOST_TEXT", 1_000_000)
    monkeypatch.setattr(module, "MOST_PARAGRAPHS", 3)
    with pytest.raises(UnreadableSource, match="2 million characters"):
        within_limits(of("a" * 2_000_000))
    with pytest.raises(UnreadableSource, match="holds 4 paragraphs"):
        within_limits(of("a", "b", "c", "d"))


def test_pages_reach_the_article():
    article = to_article(of("One.", "Two.", pages=(3, 9)), source="a.pdf", name="a.pdf")
    assert [p.page for p in article.paragraphs] == [3, 9]

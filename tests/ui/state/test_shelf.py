from __future__ import annotations

from dataclasses import replace

import pytest

from footnote.ingest.library.library import ArticleRecord
from footnote.ui.html import library as library_html
from footnote.ui.state.shelf import PAGE, View, fitting, origin

BASE = ArticleRecord(
    "a", "The river", ("river.txt",), "Anna Lund", "2024-05-01", "", "en", 3, 1, "2026-01-01"
)


def articles() -> list[ArticleRecord]:
    return [
        BASE,
        replace(BASE, article_id="b", title="“Éclair” and other cakes", author="", date="2025"),
        replace(
            BASE,
            article_id="c",
            title="A bridge",
            url="https://www.gazette.example/1",
            date="",
            added="2026-03",
        ),
        replace(BASE, article_id="d", title="zebras", sources=("pasted text 12ab",), date="2024-12-31"),
    ]


def ids(**wished: str) -> str:
    return "".join(a.article_id for a in fitting(articles(), View.of(wished)))


@pytest.mark.parametrize(
    ("wished", "found"),
    [
        ({}, "cbad"),
        ({"order": "new"}, "bdac"),
        ({"order": "old"}, "adbc"),
        ({"order": "added"}, "cbad"),
        ({"words": "ECLAIR cakes"}, "b"),
        ({"words": "lund river"}, "a"),
        ({"words": "gazette"}, "c"),
        ({"words": "river bridge"}, ""),
        ({"date": "2024"}, "ad"),
        ({"date": "none"}, "c"),
        ({"source": "gazette.example"}, "c"),
        ({"source": "Pasted texts"}, "d"),
        ({"source": "Files", "date": "2024", "words": "the"}, "a"),
    ],
)
def test_articles_are_found_by_words_origin_and_year_in_an_order(wished, found):
    assert ids(**wished) == found


@pytest.mark.parametrize("sent", [{}, {"words": 5, "order": [], "source": None}, {"order": "x", "date": {}}])
def test_what_a_browser_sends_that_is_no_wish_shows_everything(sent):
    assert View.of(sent) == View()


def test_an_article_is_found_by_what_stands_in_it_and_the_list_says_so():
    river, other, *_ = articles()
    view = View(words="river")
    assert fitting([other], view) == []
    assert fitting([river, other], view, {other.article_id}) == [other, river]
    assert fitting([other], replace(view, date="1900"), {other.article_id}) == []
    page = library_html.rows([river, other], (), view, holding={river.article_id, other.article_id})
    assert page.count("found in its text</p>") == 1


def test_words_of_any_length_are_cut():
    assert len(View.of({"words": "x" * 100_000}).words) == 200


def test_an_origin_is_a_site_files_or_pasted_texts():
    assert [origin(a) for a in articles()] == ["Files", "Files", "gazette.example", "Pasted texts"]


def test_a_large_library_is_shown_a_page_at_a_time_and_says_so():
    many = [replace(BASE, article_id=str(n), title=f"Number {n}") for n in range(250)]
    first = library_html.rows(many, (), View())
    assert first.count('class="entry"') == PAGE
    assert "Show 100 more" in first
    assert "100 of 250" in first
    rest = library_html.rows(many, (), View(most=300))
    assert rest.count('class="entry"') == 250
    assert "more" not in rest


def test_what_is_found_can_be_asked_alone_and_nothing_found_can_be_undone():
    page = library_html.rows(articles(), (), View(words="river"))
    assert "1 of 4 fit." in page
    assert 'data-act="pick-shown"' in page
    assert 'data-act="unfilter"' in library_html.rows(articles(), (), View(words="nothing"))

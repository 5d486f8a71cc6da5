"""Copies of an article: one article with several sources. Another figure: another article."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from footnote.ingest.article import make_article
from footnote.ingest.library.duplicates import is_copy, sketch
from footnote.ingest.library.library import Library, open_library
from footnote.ingest.pipeline import Outcome, ingest

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from footnote.ingest.article import Article

STORY = [
    "The lock at Marram was dug by hand in 1794, and its keepers have lived beside it ever since. In March the upper "
    "gate gave way, and forty barges waited for eleven days until a new one came by road.",
    "Nobody was hurt. The company that runs the canal says that the repair will cost 380,000 pounds, and that the "
    "gates below will be inspected before the summer, when most of the boats are hired out.",
    "Ruth Adeyemi, who keeps the lock, had warned of the worn hinges twice. “You could hear it,” she said. The company "
    "denies that it was told, and the council does not want to take sides before the report is out.",
    "The canal carries less freight every year, but the number of visitors has doubled since the towpath was mended. "
    "Shops along it lost a fortnight of trade and ask who will pay for that.",
]


def story(*changes: tuple[str, str]) -> list[str]:
    """Return the story with words replaced."""
    texts = STORY
    for old, new in changes:
        assert any(old in text for text in texts)
        texts = [text.replace(old, new) for text in texts]
    return texts


def meet(a: list[str], b: list[str]) -> bool:
    """Tell whether the sketches of two texts share a band."""
    return bool(set(enumerate(sketch(a))) & set(enumerate(sketch(b))))


COPIES = {
    "the same": story(),
    "other quotation marks and dashes": story(("“", '"'), ("”", '"')),
    "other blanks": [text.replace(" ", "  ") for text in STORY],
    "paragraphs joined": [" ".join(STORY[:2]), " ".join(STORY[2:])],
    "paragraphs split": [part + "." for text in STORY for part in text.removesuffix(".").split(". ")],
    "capitals": story(("Nobody", "NOBODY")),
    "numbers written otherwise": story(("380,000", "380000")),
    "a word edited": story(("worn hinges", "rusted hinges")),
    "a small word edited": story(("a fortnight of", "the fortnight of")),
    "the word that opens a sentence": story(("The canal carries", "A canal carries")),
    "a dateline": ["MARRAM (Canal News) — " + STORY[0], *STORY[1:]],
    "a credit line": [
        *STORY,
        "This article was first published by the Marram Courier and is reprinted with permission.",
    ],
    "a headline in the text": ["Lock gate gives way at Marram", *STORY],
    "an advertisement": [STORY[0], "Subscribe to our newsletter", *STORY[1:]],
    "cut short": STORY[:3],
    "a contraction": story(("does not want", "doesn't want")),
}

OTHERS = {
    "another number": story(("380,000", "390,000")),
    "another small number": story(("eleven days", "twelve days")),
    "another month": story(("In March", "In April")),
    "another name": story(("Ruth Adeyemi", "Ruth Adeyinka")),
    "another place": story(("Marram", "Morram")),
    "another year": story(("1794", "1749")),
    "a turn of meaning": story(("Nobody was hurt", "Somebody was hurt")),
    "a not less": story(("does not want", "does want")),
    "a not more": story(("had warned", "had not warned")),
    "lost is gained": story(("lost a fortnight", "gained a fortnight")),
    "a new sentence": [*STORY, "The report came out on Friday and blames the company."],
    "a small new sentence": [*STORY, "It reopened."],
    "many words edited": story(
        ("barges", "boats"), ("road", "lorry"), ("inspected", "examined"), ("worn", "old"), ("mended", "repaired"),
        ("freight", "cargo"), ("keepers", "wardens"), ("hired", "rented"), ("Shops", "Pubs"), ("visitors", "tourists"),
    ),
    "half of it": STORY[:2],
    "another article": ["The ferry to Aldra will sail twice a day from June. " * 5, "Tickets cost 12 pounds. " * 5],
}  # fmt: skip


@pytest.mark.parametrize("change", sorted(COPIES))
def test_a_copy_is_found_and_known(change: str) -> None:
    assert is_copy(COPIES[change], STORY)
    assert meet(COPIES[change], STORY)


@pytest.mark.parametrize("change", sorted(OTHERS))
def test_what_says_something_else_is_no_copy(change: str) -> None:
    assert not is_copy(OTHERS[change], STORY)


def test_a_longer_form_is_no_copy_of_a_shorter_one() -> None:
    assert not is_copy(STORY, STORY[:2])


def test_a_short_text_is_a_copy_only_to_the_letter() -> None:
    assert is_copy(["The lock is  open."], ["The lock is open"])
    assert not is_copy(["The lock is now open."], ["The lock is open."])


def test_different_articles_do_not_meet() -> None:
    assert not meet(STORY, OTHERS["another article"])
    assert sketch([]) == sketch(["…"]) == ()


@settings(max_examples=50)
@given(st.lists(st.text(max_size=200), max_size=5))
def test_every_text_is_a_copy_of_itself_and_meets_itself(texts: list[str]) -> None:
    assert is_copy(texts, texts)
    assert sketch(texts) == sketch(texts)
    assert all(-(2**63) <= value < 2**63 for value in sketch(texts))


def test_two_long_texts_that_differ_everywhere_are_told_apart_at_once() -> None:
    a = [f"Lock {n} was dug by hand in the year {n} and is mended." for n in range(5_000)]
    b = [f"Lock {n} was dug by men in the year {n} and is mended." for n in range(5_000)]
    assert not is_copy(a, b)


def test_endless_sentences_are_told_apart_at_once() -> None:
    assert not is_copy(["a " * 20_000 + "x"], ["a " * 20_000 + "y"])
    assert is_copy(["a " * 20_000 + "x"], ["a " * 20_000 + "x."])


# ------------------------------------------------------------------------------ in the library


@pytest.fixture
def library(tmp_path: Path, fake_encoder) -> Iterator[Library]:
    with open_library(tmp_path / "library", fake_encoder.name, fake_encoder.dimension) as library:
        yield library


@pytest.fixture
def run(library: Library, fake_encoder):
    def running(*given: Article) -> list[Outcome]:
        return [step for step in ingest(given, library, fake_encoder) if isinstance(step, Outcome)]

    return running


def printed(texts: list[str], source: str) -> Article:
    return make_article([("", text) for text in texts], title="The gate that gave way", source=source)


@pytest.mark.parametrize("together", [True, False])
def test_a_copy_becomes_another_source_of_the_one_article(run, library: Library, together: bool) -> None:
    first, second = printed(STORY, "/a.html"), printed(COPIES["a credit line"], "/b.html")
    outcomes = run(first, second) if together else [*run(first), *run(second)]
    assert [o.status for o in outcomes] == ["added", "duplicate"]
    assert {o.article_id for o in outcomes} == {first.id}
    (found,) = library.articles()
    assert found.sources == ("/a.html", "/b.html")
    assert library.paragraph_count() == len(STORY)


def test_a_copy_is_unchanged_when_it_is_read_again(run, library: Library, fake_encoder, monkeypatch) -> None:
    given = [printed(STORY, "/a.html"), printed(COPIES["a credit line"], "/b.html")]
    run(*given)
    monkeypatch.setattr(type(fake_encoder), "encode", None)
    assert [(o.status, o.article_id) for o in run(*given)] == [("unchanged", given[0].id)] * 2


def test_a_copy_is_not_encoded(run, fake_encoder, monkeypatch) -> None:
    run(printed(STORY, "/a.html"))
    monkeypatch.setattr(type(fake_encoder), "encode", None)
    assert run(printed(COPIES["a word edited"], "/b.html"))[0].status == "duplicate"


def test_a_changed_figure_is_a_new_version_of_its_source_and_an_article_of_another(
    run, library: Library
) -> None:
    changed = OTHERS["another number"]
    run(printed(STORY, "/a.html"))
    assert [o.status for o in run(printed(changed, "/b.html"))] == ["added"]
    run(printed(STORY, "/c.html"))
    assert [o.status for o in run(printed(OTHERS["another month"], "/a.html"))] == ["updated"]
    assert len(library.articles()) == 3
    (version,) = library.versions(library.resolve("/a.html"))
    assert [text for _, text in version.paragraphs] == STORY


def test_a_small_change_at_the_first_source_is_a_new_version(run, library: Library) -> None:
    run(printed(STORY, "/a.html"))
    assert run(printed(COPIES["a word edited"], "/a.html"))[0].status == "updated"
    assert len(library.articles()) == 1


def test_a_copy_that_changes_to_say_more_becomes_an_article(run, library: Library) -> None:
    first = printed(STORY, "/a.html")
    run(first, printed(COPIES["a credit line"], "/b.html"))
    assert run(printed(OTHERS["a new sentence"], "/b.html"))[0].status == "updated"
    assert sorted(a.sources for a in library.articles()) == [("/a.html",), ("/b.html",)]


def test_a_copy_that_stays_one_is_unchanged(run, library: Library) -> None:
    run(printed(STORY, "/a.html"), printed(COPIES["a credit line"], "/b.html"))
    assert run(printed(COPIES["an advertisement"], "/b.html"))[0].status == "unchanged"
    assert len(library.articles()) == 1


def test_when_the_first_source_changes_its_copy_is_read_anew(run, library: Library) -> None:
    copy = printed(COPIES["a credit line"], "/b.html")
    run(printed(STORY, "/a.html"), copy)
    run(printed(OTHERS["another number"], "/a.html"))
    assert len(library.articles()) == 2
    assert run(copy)[0].status in {"updated", "unchanged"}
    assert library.find_by_source("/b.html") is not None


def test_articles_of_an_older_library_are_compared_too(run, library: Library, tmp_path: Path) -> None:
    run(printed(STORY, "/a.html"))
    with library._record.transaction() as db:
        db.execute("DELETE FROM sketches")
    assert run(replace(printed(COPIES["a credit line"], "/b.html")))[0].status == "duplicate"

"""Collections and tags, in both pairs: an article is in any number of them, and none of them owns it."""

from __future__ import annotations

import sqlite3
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from footnote.ingest.archive import bring_back, export, keep, restore
from footnote.ingest.article import Article, make_article
from footnote.ingest.errors import LibraryError, LibraryUnwritable, UnknownArticle, UnknownCollection
from footnote.ingest.library.library import Arrangement, Library, open_library
from footnote.ingest.library.stores import FOLDER, Stores
from footnote.ingest.pipeline import Outcome, ingest
from tests.older import tables_since

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path


def article(name: str, text: str = "", **given: tuple[str, ...]) -> Article:
    made = make_article(
        [("", text or f"The {name} weighs two tons.")], title=f"About {name}", source=f"/{name}.txt"
    )
    return replace(made, **given)


@pytest.fixture(params=["folder", "servers"])
def stores(request: pytest.FixtureRequest) -> Stores:
    return FOLDER if request.param == "folder" else request.getfixturevalue("servers").new_library()


@pytest.fixture
def opened(tmp_path: Path, stores: Stores, fake_encoder) -> Callable[..., Library]:
    def opening(**given: bool) -> Library:
        return open_library(tmp_path, fake_encoder.name, fake_encoder.dimension, stores=stores, **given)

    return opening


@pytest.fixture
def library(opened) -> Iterator[Library]:
    with opened() as library:
        yield library


@pytest.fixture
def add(library: Library, fake_encoder):
    def adding(*articles: Article) -> list[str]:
        return [e.status for e in ingest(articles, library, fake_encoder) if isinstance(e, Outcome)]

    return adding


def named(library: Library) -> dict[str, int]:
    return {one.name: one.articles for one in library.collections()}


def test_an_article_is_in_any_number_of_collections_and_has_any_tags(library: Library, add) -> None:
    crane, ferry = article("crane"), article("ferry")
    add(crane, ferry)
    for name in ("Board", "Harbour"):
        library.arrange(Arrangement("create", name))
        library.arrange(Arrangement("file", name, articles=(crane.id,)))
    library.arrange(Arrangement("file", "board", articles=(ferry.id,)))
    library.arrange(Arrangement("tag", "heavy", articles=(crane.id, ferry.id)))
    library.arrange(Arrangement("tag", "Steel", articles=(crane.id,)))
    assert named(library) == {"Board": 2, "Harbour": 1}
    assert library.tags() == {"heavy": 2, "Steel": 1}
    found = library.article(crane.id)
    assert (found.collections, found.tags) == (("Board", "Harbour"), ("heavy", "Steel"))
    assert found.as_json()["collections"] == ["Board", "Harbour"]
    library.arrange(Arrangement("unfile", "Board", articles=(crane.id,)))
    library.arrange(Arrangement("untag", "STEEL", articles=(crane.id,)))
    assert library.article(crane.id).collections == ("Harbour",)
    assert library.tags() == {"heavy": 2}


def test_what_is_in_no_collection_says_nothing_of_any(library: Library, add) -> None:
    add(article("crane"))
    (found,) = library.articles()
    assert not {"collections", "tags"} & found.as_json().keys()


def test_an_article_is_filed_when_it_is_added_and_when_it_is_known_already(library: Library, add) -> None:
    crane = article("crane", collections=("Board",), tags=("heavy",))
    assert add(crane) == ["added"]
    assert add(article("crane", collections=("Harbour",))) == ["unchanged"]
    copy = article("copy", text="The crane weighs two tons.", tags=("twice",))
    assert add(copy) == ["duplicate"]
    found = library.article(crane.id)
    assert (found.collections, found.tags) == (("Board", "Harbour"), ("heavy", "twice"))


def test_a_new_version_is_where_the_one_before_was(library: Library, add) -> None:
    add(article("crane", collections=("Board",), tags=("heavy",)))
    assert add(article("crane", text="The crane weighs three tons now.")) == ["updated"]
    (found,) = library.articles()
    assert (found.version, found.collections, found.tags) == (2, ("Board",), ("heavy",))


def test_a_deleted_collection_takes_no_article_with_it(library: Library, add) -> None:
    add(article("crane", collections=("Board", "Harbour")), article("ferry", collections=("Board",)))
    library.arrange(Arrangement("delete", "Board"))
    assert named(library) == {"Harbour": 1}
    assert [a.collections for a in library.articles()] == [("Harbour",), ()]
    assert library.match('"tons"', 9)


def test_a_removed_article_leaves_its_collections_in_place(library: Library, add) -> None:
    add(article("crane", collections=("Board",), tags=("heavy",)))
    library.remove(article("crane").id)
    assert named(library) == {"Board": 0}
    assert library.tags() == {}


def test_a_renamed_collection_keeps_its_articles_and_no_two_go_by_one_name(library: Library, add) -> None:
    add(article("crane", collections=("Board",)))
    library.arrange(Arrangement("create", "Harbour"))
    with pytest.raises(LibraryError, match="There is a collection “harbour” already"):
        library.arrange(Arrangement("rename", "Board", to="harbour"))
    with pytest.raises(LibraryError, match="already"):
        library.arrange(Arrangement("create", "BOARD"))
    library.arrange(Arrangement("rename", "board", to=" The  BOARD "))
    assert named(library) == {"Harbour": 0, "The BOARD": 1}


@pytest.mark.parametrize("name", ["", "  \n", "x" * 81, "\x00\x1b"])
def test_a_name_that_is_none_is_refused(library: Library, name: str) -> None:
    with pytest.raises(LibraryError, match="The name of a collection"):
        library.arrange(Arrangement("create", name))
    assert library.collections() == []


def test_a_name_is_kept_as_a_person_reads_it(library: Library) -> None:
    library.arrange(Arrangement("create", "'; DROP TABLE articles; --"))
    library.arrange(Arrangement("create", "Café\x00 \ud800"))
    assert list(named(library)) == ["'; DROP TABLE articles; --", "Café"]


def test_what_is_not_there_is_named_and_nothing_is_done(library: Library, add) -> None:
    add(article("crane"))
    library.arrange(Arrangement("create", "Board"))
    with pytest.raises(UnknownCollection, match="No collection goes by “Bored”"):
        library.arrange(Arrangement("file", "Bored", articles=(article("crane").id,)))
    with pytest.raises(UnknownArticle):
        library.arrange(Arrangement("file", "Board", articles=(article("crane").id, "0" * 16)))
    assert named(library) == {"Board": 0}
    with pytest.raises(UnknownCollection):
        library.chosen(["Bored"])
    with pytest.raises(UnknownCollection, match="No article has the tag “light”"):
        library.chosen(tags=["light"])


def test_articles_are_chosen_by_any_collection_and_any_tag(library: Library, add) -> None:
    crane, ferry, tower = article("crane"), article("ferry"), article("tower")
    add(
        replace(crane, collections=("Board",), tags=("heavy",)),
        replace(ferry, collections=("Harbour",)),
        replace(tower, tags=("heavy",)),
    )
    assert library.chosen(["board", "HARBOUR"]) == {crane.id, ferry.id}
    assert library.chosen(tags=["Heavy"]) == {crane.id, tower.id}
    assert library.chosen(["Board", "Harbour"], ["heavy"]) == {crane.id}
    library.arrange(Arrangement("create", "Empty"))
    assert library.chosen(["Empty"]) == set()


def test_what_was_arranged_is_there_after_opening_again(opened, fake_encoder) -> None:
    with opened() as library:
        list(ingest([article("crane", collections=("Board",))], library, fake_encoder))
    with opened(read_only=True) as library:
        assert named(library) == {"Board": 1}
        with pytest.raises(LibraryUnwritable):
            library.arrange(Arrangement("delete", "Board"))


def test_an_export_has_them_and_comes_out_of_another_library_byte_by_byte(
    opened, fake_encoder, tmp_path: Path, servers
) -> None:
    import zipfile

    with opened() as library:
        given = [article("crane", collections=("Board",), tags=("heavy", "a")), article("ferry")]
        list(ingest(given, library, fake_encoder))
        library.arrange(Arrangement("create", "Empty"))
        export(library, tmp_path / "one")
    for n, stores in enumerate((FOLDER, servers.new_library())):
        home = tmp_path / f"home{n}"
        with open_library(home, fake_encoder.name, fake_encoder.dimension, stores=stores) as other:
            list(restore(other, tmp_path / "one", fake_encoder))
            assert named(other) == {"Board": 1, "Empty": 0}
            assert other.article(given[0].id).tags == ("a", "heavy")
            export(other, tmp_path / "two")
        with zipfile.ZipFile(tmp_path / "one") as one, zipfile.ZipFile(tmp_path / "two") as two:
            assert one.namelist() == two.namelist()
            for name in set(one.namelist()) - {"manifest.json"}:  # that has the time
                assert one.read(name) == two.read(name)


def test_an_article_that_is_brought_back_is_where_it_was(library: Library, add, fake_encoder) -> None:
    crane = article("crane", collections=("Board",), tags=("heavy",))
    add(crane)
    kept = keep(library, crane.id)
    library.remove(crane.id)
    bring_back(library, kept, fake_encoder)
    found = library.article(crane.id)
    assert (found.collections, found.tags) == (("Board",), ("heavy",))


def test_a_library_of_the_form_before_is_read_as_it_is_and_brought_up_when_it_is_written(
    opened, fake_encoder, stores: Stores, tmp_path: Path, request
) -> None:
    with opened() as library:
        list(ingest([article("crane")], library, fake_encoder))
    older = [f"DROP TABLE {name}" for name in tables_since(9)]
    older.append("UPDATE meta SET value = '8' WHERE key = 'schema'")
    if stores == FOLDER:
        with sqlite3.connect(tmp_path / "library.sqlite") as db:
            for statement in older:
                db.execute(statement)
        db.close()
        with opened(read_only=True) as library:
            assert library.collections() == []
            assert library.article(article("crane").id).collections == ()
    else:
        import psycopg

        with psycopg.connect(stores.record, autocommit=True) as db:
            for statement in older:
                db.execute(statement)
        with pytest.raises(LibraryError, match="older version"), opened(read_only=True):
            pass
    with opened() as library:
        assert library.match('"crane"', 3)
        library.arrange(Arrangement("create", "Board"))
        library.arrange(Arrangement("file", "Board", articles=(article("crane").id,)))
        assert named(library) == {"Board": 1}

"""What an account may see: nothing foreign comes out of a library, whichever way it is asked, in both pairs."""

from __future__ import annotations

import random
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import pytest

from footnote.ingest.archive import export
from footnote.ingest.article import Article, make_article
from footnote.ingest.errors import (
    LibraryError,
    LibraryUnwritable,
    NotAllowed,
    UnknownArticle,
    UnknownCollection,
)
from footnote.ingest.library.library import AccountChange, Arrangement, Library, open_library
from footnote.ingest.library.seen import SeenLibrary
from footnote.ingest.library.stores import FOLDER, Stores
from footnote.ingest.pipeline import Outcome, ingest

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

WHERE = {  # article -> its collections
    "crane": ("Board",),
    "ferry": ("Board", "Open"),
    "tower": ("Open",),
    "vault": (),
}
GROUPS = {"Board": "board", "Open": "everyone"}
SEEN = {"anna": {"crane", "ferry", "tower"}, "ben": {"ferry", "tower"}, "nobody": set()}


def article(name: str, **given) -> Article:
    texts = [("", f"The {name} has a part called {name}{n}. Its weight is {n} tons.") for n in (1, 2)]
    return replace(make_article(texts, title=f"About {name}", source=f"/news/{name}.txt"), **given)


@pytest.fixture(params=["folder", "servers"])
def stores(request: pytest.FixtureRequest) -> Stores:
    return FOLDER if request.param == "folder" else request.getfixturevalue("servers").new_library()


@pytest.fixture
def library(tmp_path: Path, stores: Stores, fake_encoder) -> Iterator[Library]:
    with open_library(tmp_path, fake_encoder.name, fake_encoder.dimension, stores=stores) as library:
        given = [article(name, collections=filed) for name, filed in WHERE.items()]
        list(ingest(given, library, fake_encoder))
        for name, group in GROUPS.items():
            library.arrange(Arrangement("let", name, to=group))
        library.change_account(AccountChange("add", "root", "admin"))
        library.change_account(AccountChange("add", "anna", "editor", groups=("board",)))
        library.change_account(AccountChange("add", "ben", "reader"))
        yield library


@pytest.fixture
def add(fake_encoder):
    def adding(library: Library, *articles: Article) -> list[Outcome]:
        return [e for e in ingest(articles, library, fake_encoder) if isinstance(e, Outcome)]

    return adding


def names(ids) -> set[str]:
    known = {article(name).id: name for name in WHERE}
    return {known[i] for i in ids}


@pytest.mark.parametrize("account", SEEN)
def test_every_way_of_reading_gives_what_the_account_may_see_and_no_more(
    library: Library, account: str, fake_encoder
) -> None:
    mine, seen = SeenLibrary(library, account), SEEN[account]
    assert names(a.article_id for a in mine.articles()) == seen
    assert names(mine.sources().values()) == seen
    assert mine.paragraph_count() == 2 * len(seen)
    assert names(key[0] for key, _ in mine.match('"weight"', 99)) == seen
    everything = [(article(name).id, n) for name in WHERE for n in (1, 2)]
    assert names(key[0] for key in mine.fetch(everything)) == seen
    assert names(key[0] for key in mine.sentence_vectors(everything)) == seen
    for name in WHERE:
        (vector,) = fake_encoder.encode([f"The {name} has a part called {name}1."])
        found = mine.nearest(vector, 99)
        assert names(key[0] for key, _ in found) == seen
        assert len(found) == 2 * len(seen)
        one = article(name)
        if name in seen:
            assert mine.article(one.id).title == one.title
            assert mine.resolve(f"{name}.txt") == one.id
            assert len(mine.paragraphs(one.id)) == 2
            continue
        assert not mine.match(f'"{name}"', 9)
        assert mine.nearest(vector, 9, [one.id]) == []
        assert mine.find_by_source(one.source) is None
        assert mine.original(one.id) == b""
        for ask in (mine.article, mine.paragraphs, mine.versions, mine.resolve):
            with pytest.raises(UnknownArticle):
                ask(one.id)
        for reference in (one.source, one.id[:6], f"{name}.txt"):
            with pytest.raises(UnknownArticle, match="No article goes by"):
                mine.resolve(reference)


def test_words_are_told_of_only_where_they_are_seen(library: Library) -> None:
    for account, seen in SEEN.items():
        mine = SeenLibrary(library, account)
        stems = set(mine.vocabulary())
        for name in WHERE:
            known = mine.document_frequencies([f"{name}1", f"{name}2", "weight", "about"])
            assert known[f"{name}1"] == (1 if name in seen else 0)
            assert known["weight"] == 2 * len(seen)
            assert known["about"] == 0  # of a title
            assert (f"{name}1" in stems) == (name in seen)
    whole = {f"{name}1" for name in WHERE}
    assert whole <= set(library.vocabulary())


def test_collections_and_tags_that_are_foreign_are_not_there(library: Library) -> None:
    library.arrange(Arrangement("tag", "secret", articles=(article("vault").id,)))
    library.arrange(Arrangement("tag", "shared", articles=(article("ferry").id,)))
    ben = SeenLibrary(library, "ben")
    assert [(c.name, c.articles) for c in ben.collections()] == [("Open", 2)]
    assert ben.article(article("ferry").id).collections == ("Open",)
    assert ben.tags() == {"shared": 1}
    assert (ben.readers(), ben.accounts().keys(), ben.feeds()) == ({}, {"ben"}, [])
    with pytest.raises(UnknownCollection):
        ben.chosen(["Board"])
    with pytest.raises(UnknownCollection):
        ben.chosen(tags=["secret"])


def test_what_changes_holds_from_the_next_question_on(library: Library) -> None:
    ben = SeenLibrary(library, "ben")
    assert names(a.article_id for a in ben.articles()) == {"ferry", "tower"}
    library.change_account(AccountChange("groups", "ben", groups=("board",)))
    assert names(a.article_id for a in ben.articles()) == {"crane", "ferry", "tower"}
    library.arrange(Arrangement("bar", "Board", to="board"))
    assert names(a.article_id for a in ben.articles()) == {"ferry", "tower"}
    library.arrange(Arrangement("unfile", "Open", articles=(article("tower").id,)))
    assert names(a.article_id for a in ben.articles()) == {"ferry"}
    library.change_account(AccountChange("remove", "ben"))
    assert ben.articles() == []
    assert ben.match('"weight"', 9) == []


def test_a_reader_changes_nothing(library: Library, add) -> None:
    ben, ferry = SeenLibrary(library, "ben"), article("ferry")
    for act in (
        lambda: ben.remove(ferry.id),
        lambda: ben.remove_source(ferry.source),
        lambda: ben.arrange(Arrangement("unfile", "Open", articles=(ferry.id,))),
        lambda: ben.arrange(Arrangement("tag", "x", articles=(ferry.id,))),
        lambda: add(ben, article("fresh", collections=("Open",))),
        lambda: ben.change_account(AccountChange("role", "ben", "admin")),
    ):
        with pytest.raises((NotAllowed, LibraryUnwritable)):
            act()
    assert len(library.articles()) == 4
    assert library.article(ferry.id).collections == ("Board", "Open")


def test_an_editor_adds_and_files_within_what_the_account_may_read(library: Library, add) -> None:
    anna = SeenLibrary(library, "anna", changes=True)
    assert [o.status for o in add(anna, article("fresh", collections=("Board",)))] == ["added"]
    anna.arrange(Arrangement("file", "Open", articles=(article("fresh").id,)))
    assert anna.article(article("fresh").id).collections == ("Board", "Open")
    with pytest.raises(NotAllowed, match="Choose a collection"):
        add(anna, article("loose"))
    with pytest.raises(NotAllowed):
        add(anna, article("loose", collections=("Nowhere",)))
    for act in ("create", "rename", "delete", "let", "bar"):
        with pytest.raises(NotAllowed, match="Only an admin"):
            anna.arrange(Arrangement(act, "Board", to="anna"))
    with pytest.raises(UnknownArticle):
        anna.arrange(Arrangement("file", "Open", articles=(article("vault").id,)))
    with pytest.raises(UnknownArticle):
        anna.remove(article("vault").id)
    with pytest.raises(UnknownArticle):
        anna.remove_source(article("vault").source)
    anna.remove(article("fresh").id)
    assert names(a.article_id for a in library.articles()) == set(WHERE)


def test_an_editor_makes_nobody_an_admin(library: Library) -> None:
    anna = SeenLibrary(library, "anna", changes=True)
    for change in ("role", "add", "remove", "groups"):
        with pytest.raises(NotAllowed, match="Only an admin"):
            anna.change_account(AccountChange(change, "anna", "admin", groups=("board",)))
    assert library.accounts()["anna"].role == "editor"


def test_an_editor_cannot_make_a_foreign_article_seen_or_write_over_it(library: Library, add) -> None:
    library.change_account(AccountChange("add", "eve", "editor"))  # reads Open alone
    eve = SeenLibrary(library, "eve", changes=True)
    vault = article("vault")
    same_text = replace(vault, source="/mine.txt", title="Mine", collections=("Open",))
    same_name = make_article([("", "Other words.")], title="x", source=vault.source)
    nearly = make_article(
        [("", "The vault has a part called vault1. Its weight is 1 tons."),
         ("", "The vault has a part called vault2. Its weight is 2 tons. Quite so.")],
        title="y", source="/near.txt",
    )  # fmt: skip
    for one in (same_text, replace(same_name, collections=("Open",))):
        with pytest.raises(NotAllowed, match="may not see"):
            add(eve, one)
    (outcome,) = add(eve, replace(nearly, collections=("Open",)))
    assert (outcome.status, outcome.article_id) == ("added", nearly.id)  # no copy of what is not seen
    assert library.article(vault.id).collections == ()
    assert library.article(vault.id).sources == (vault.source,)
    with pytest.raises(UnknownArticle):
        eve.article(vault.id)


def test_the_last_source_of_an_article_that_is_also_elsewhere_is_not_forgotten(library: Library) -> None:
    library.change_account(AccountChange("add", "eve", "editor"))
    SeenLibrary(library, "eve", changes=True).remove_source(article("ferry").source)
    assert library.article(article("ferry").id).collections == ("Board",)


def test_an_article_that_is_also_elsewhere_is_only_taken_out(library: Library) -> None:
    library.change_account(AccountChange("add", "eve", "editor"))
    SeenLibrary(library, "eve", changes=True).remove(article("ferry").id)
    assert library.article(article("ferry").id).collections == ("Board",)


def test_an_export_of_what_is_seen_holds_no_more(library: Library, tmp_path: Path) -> None:
    import zipfile

    ben = SeenLibrary(library, "ben")
    told = export(ben, tmp_path / "out")
    assert told.articles == 2
    with zipfile.ZipFile(tmp_path / "out") as archive:
        whole = b"".join(archive.read(name) for name in archive.namelist() if "json" in name)
    assert b"ferry" in whole
    assert not any(word in whole for word in (b"crane", b"vault", b"Board"))


def test_accounts_have_names_roles_and_at_least_one_admin(library: Library) -> None:
    for wish, said in (
        (AccountChange("add", "anna", "reader"), "already"),
        (AccountChange("add", "x y", "reader"), "is no name of an account"),
        (AccountChange("add", "carl", "king"), "is no role"),
        (AccountChange("role", "carl", "admin"), "There is no account"),
        (AccountChange("role", "root", "reader"), "the only admin"),
        (AccountChange("remove", "ROOT"), "the only admin"),
    ):
        with pytest.raises(LibraryError, match=said):
            library.change_account(wish)
    assert {a.name: (a.role, a.groups) for a in library.accounts().values()} == {
        "anna": ("editor", ("board",)), "ben": ("reader", ()), "root": ("admin", ()),
    }  # fmt: skip


def test_who_did_what_is_noted_the_newest_first(library: Library) -> None:
    library.note("anna", "remove", "x" * 900)
    library.note("ben", "login")
    newest, before = library.audited(2)
    assert (newest.account, newest.act, before.account, len(before.what)) == ("ben", "login", "anna", 500)
    assert SeenLibrary(library, "anna").audited() == []


def test_a_library_that_is_only_read_shows_an_account_as_little(
    library: Library, stores: Stores, tmp_path: Path, fake_encoder
) -> None:
    name, dimension = fake_encoder.name, fake_encoder.dimension
    with open_library(tmp_path, name, dimension, read_only=True, stores=stores) as other:
        ben = SeenLibrary(other, "ben", changes=True)
        assert names(a.article_id for a in ben.articles()) == SEEN["ben"]
        with pytest.raises(LibraryUnwritable):
            ben.remove(article("ferry").id)


def test_postgresql_itself_refuses_what_an_account_may_not_see(servers, tmp_path, fake_encoder) -> None:
    """The second lock, for a role that is no superuser: with the views taken away, rows stay hidden."""
    stores = servers.new_library()
    schema = stores.record.rpartition("%3D")[2]
    servers.postgres.run(f"DROP ROLE IF EXISTS plain_{schema}")
    servers.postgres.run(f"CREATE ROLE plain_{schema} LOGIN")
    servers.postgres.run(f"ALTER SCHEMA {schema} OWNER TO plain_{schema}")
    mine = replace(stores, record=stores.record.replace("footnote@", f"plain_{schema}@", 1))
    with open_library(tmp_path, fake_encoder.name, fake_encoder.dimension, stores=mine) as library:
        given = [article(name, collections=filed) for name, filed in WHERE.items()]
        list(ingest(given, library, fake_encoder))
        library.arrange(Arrangement("let", "Open", to="everyone"))
        library.change_account(AccountChange("add", "root", "admin"))
        library.change_account(AccountChange("add", "ben", "reader"))
        assert len(library.articles()) == 4
        ben = SeenLibrary(library, "ben")
        assert names(a.article_id for a in ben.articles()) == {"ferry", "tower"}
        with ben._record.reading() as db:
            for table, most in (("articles", 2), ("paragraphs", 4), ("sources", 2)):
                assert db.execute(f"SELECT count(*) FROM {schema}.{table}").fetchone() == (most,)
        assert [o.status for o in ingest([article("late")], library, fake_encoder) if isinstance(o, Outcome)]
        assert len(library.articles()) == 5


def random_pairs(library: Library, encoder, n: int, seed: int = 0) -> int:
    """Ask `n` times as a random account of a random article's words; return how often a foreign one came."""
    rng, foreign = random.Random(seed), 0
    views = {account: SeenLibrary(library, account) for account in SEEN}
    for _ in range(n):
        account, name = rng.choice(list(SEEN)), rng.choice(list(WHERE))
        (vector,) = encoder.encode([f"{name} {name}{rng.choice('12')}"])
        mine = views[account]
        keys = [
            key for key, _ in (*mine.match(f'"{name}" OR "weight"', 9), *mine.nearest(np.array(vector), 9))
        ]
        foreign += bool(names(key[0] for key in keys) - SEEN[account])
    return foreign


def test_of_random_pairs_of_account_and_question_none_gets_anything_foreign(library, fake_encoder) -> None:
    assert random_pairs(library, fake_encoder, 100) == 0


def test_what_a_full_disk_does_not_note_is_in_the_log(library: Library, monkeypatch, caplog) -> None:
    def full(*_: object) -> None:
        raise LibraryUnwritable("The disk is full.")

    monkeypatch.setattr(library._record, "transaction", full)
    library.note("anna", "login")
    assert "'anna' did 'login'" in caplog.text

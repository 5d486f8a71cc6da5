"""`footnote collections`, and what asks only some of the articles."""

from __future__ import annotations

import pytest

from tests.ui.test_cli import BRIDGE, HONEY, QUESTION, Footnote


@pytest.fixture
def footnote(tmp_path, fake_encoder, capsys) -> Footnote:
    home = tmp_path / "library"
    (tmp_path / "bridge.md").write_text(BRIDGE)
    (tmp_path / "honey.txt").write_text(HONEY)
    run = Footnote(home, fake_encoder, capsys)
    run("ingest", str(tmp_path / "bridge.md"), "--collection", "Harbour works", "--tag", "urgent")
    run("ingest", str(tmp_path / "honey.txt"))
    return run


def titles(ran) -> list[str]:
    return [one["title"] for one in ran.objects]


def test_what_is_ingested_into_a_collection_is_listed_by_it_and_by_its_tag(footnote: Footnote) -> None:
    assert footnote("collections", "list", "--json").objects == [
        {"collection": "Harbour works", "articles": 1},
        {"tag": "urgent", "articles": 1},
    ]
    assert titles(footnote("articles", "--json", "--collection", "harbour WORKS")) == ["The bridge closes"]
    assert titles(footnote("articles", "--json", "--tag", "urgent")) == ["The bridge closes"]
    (found,) = footnote("articles", "--json", "--tag", "urgent").objects
    assert (found["collections"], found["tags"]) == (["Harbour works"], ["urgent"])


def test_a_question_to_a_collection_is_answered_from_it_or_refused_by_its_name(footnote: Footnote) -> None:
    assert footnote("collections", "add", "Food").status == 0
    assert footnote("collections", "put", "food", "honey.txt").out == "1 article is in “food”.\n"
    told = footnote("ask", QUESTION, "--collection", "Food", "--json").object
    assert told["refused"] is True
    assert "1 of 2 articles, those in “Food”" in told["answer"]
    assert all(one["title"] != "The bridge closes" for one in told["closest"])
    told = footnote("ask", QUESTION, "--collection", "Harbour works", "--json").object
    assert told["refused"] is False
    found = footnote("search", "honey bridge", "--collection", "Food", "--json").object["passages"]
    assert {one["source"].rpartition("/")[2] for one in found} == {"honey.txt"}


def test_a_collection_is_summarised_together_or_one_by_one(footnote: Footnote) -> None:
    footnote("collections", "put", "Harbour works", "honey.txt")
    (together,) = footnote("summarise", "--collection", "Harbour works", "--json").objects
    assert len(together["article_ids"]) == 2
    each = footnote("summarise", "--all", "--tag", "urgent", "--json").objects
    assert len(each) == 1


def test_a_collection_is_renamed_emptied_and_deleted_and_no_article_goes(footnote: Footnote) -> None:
    assert footnote("collections", "rename", "harbour works", "Harbour").status == 0
    assert footnote("collections", "take", "Harbour", "bridge.md").status == 0
    assert footnote("collections", "untag", "URGENT", "bridge.md").status == 0
    assert footnote("collections", "list", "--json").objects == [{"collection": "Harbour", "articles": 0}]
    told = footnote("collections", "delete", "harbour")
    assert told.out == "Deleted the collection “harbour”. Its articles stay.\n"
    assert len(footnote("articles", "--json").objects) == 2


@pytest.mark.parametrize(
    ("given", "said"),
    [
        (["ask", "Who?", "--collection", "Nowhere"], "No collection goes by “Nowhere”"),
        (["search", "x", "--tag", "Nowhere"], "No article has the tag “Nowhere”"),
        (["collections", "put", "Nowhere", "honey.txt"], "No collection goes by “Nowhere”"),
        (["collections", "put", "Harbour works", "nothing.md"], "No article goes by “nothing.md”"),
        (["collections", "add", "harbour WORKS"], "There is a collection “harbour WORKS” already"),
        (["collections", "add", " "], "needs at least one character"),
        (["ingest", "x.txt", "--collection", "x" * 90], "at most 80 characters"),
    ],
)
def test_a_slip_is_told_in_one_sentence(footnote: Footnote, given: list[str], said: str) -> None:
    ran = footnote(*given)
    assert ran.status == 1
    assert said in ran.err

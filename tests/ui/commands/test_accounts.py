"""`footnote accounts`: made, changed, listed and told of, by the command."""

from __future__ import annotations

import io
import sys

import pytest

from footnote.ui.state.passwords import fits
from tests.ui.test_cli import HONEY, Footnote


@pytest.fixture
def footnote(tmp_path, fake_encoder, capsys, monkeypatch: pytest.MonkeyPatch) -> Footnote:
    (tmp_path / "honey.txt").write_text(HONEY)
    run = Footnote(tmp_path / "library", fake_encoder, capsys)
    run("ingest", str(tmp_path / "honey.txt"), "--collection", "Food")

    def typed(*argv: str, password: str = "a good long password"):
        monkeypatch.setattr(sys, "stdin", io.StringIO(password + "\n"))
        return run(*argv)

    run.typed = typed
    return run


def accounts(footnote: Footnote):
    with footnote.build(type("S", (), {"home": footnote.home})()) as assistant:
        return assistant.library.accounts()


def test_accounts_are_added_changed_listed_and_removed(footnote: Footnote) -> None:
    assert footnote("accounts", "list").out.startswith("No accounts. One person has it all")
    assert "must be an admin’s" in footnote.typed("accounts", "add", "anna").err
    assert footnote.typed("accounts", "add", "Root", "--role", "admin").status == 0
    assert footnote.typed("accounts", "add", "anna", "--group", "board", "--group", "press").status == 0
    assert footnote("accounts", "add", "bot", "--no-password").status == 0
    assert footnote("accounts", "let", "board", "food").status == 0
    assert footnote("accounts", "groups", "anna", "board").status == 0
    assert footnote("accounts", "role", "anna", "editor").status == 0
    listed = footnote("accounts", "list", "--json").objects
    told = {one["account"]: (one["role"], one["groups"]) for one in listed if "account" in one}
    assert told == {"anna": ("editor", ["board"]), "bot": ("reader", []), "root": ("admin", [])}
    assert listed[-1] == {"collection": "Food", "groups": ["board"]}
    assert not any("argon2" in str(one) for one in listed)
    footnote.typed("accounts", "password", "anna", password="another long password")
    found = accounts(footnote)
    assert fits("another long password", found["anna"].password)
    assert not fits("", found["bot"].password)
    logins = {one["account"]: one["login"] for one in listed if "account" in one}
    assert logins == {"anna": "password", "bot": "elsewhere", "root": "password"}
    assert footnote("accounts", "password", "anna", "--no-password").status == 0
    assert accounts(footnote)["anna"].password == ""
    assert footnote("accounts", "bar", "board", "Food").status == 0
    assert footnote("accounts", "remove", "anna").status == 0
    assert "admins alone" in footnote("accounts", "list").out
    assert set(accounts(footnote)) == {"bot", "root"}


def test_a_slip_is_told_in_one_sentence(footnote: Footnote) -> None:
    footnote.typed("accounts", "add", "root", "--role", "admin")
    for given, said in (
        (("accounts", "remove", "nobody"), "There is no account “nobody”"),
        (("accounts", "role", "root", "king"), "“king” is no role"),
        (("accounts", "let", "x y", "Food"), "is no name of a group"),
        (("accounts", "let", "board", "Nowhere"), "No collection goes by “Nowhere”"),
        (("keys", "add", "k", "--read", "--account", "nobody"), "There is no account “nobody”"),
    ):
        ran = footnote(*given)
        assert (ran.status, said in ran.err) == (1, True), ran.err
    assert "10 to 1,000 characters" in footnote.typed("accounts", "add", "x", password="short").err


def test_a_key_stands_for_an_account(footnote: Footnote) -> None:
    footnote.typed("accounts", "add", "root", "--role", "admin")
    assert footnote("keys", "add", "k", "--read", "--account", "ROOT", "--json").object["account"] == "root"


def test_who_did_what_is_printed(footnote: Footnote) -> None:
    assert footnote("accounts", "log").out == ""
    footnote.typed("accounts", "add", "root", "--role", "admin")
    footnote("accounts", "let", "board", "Food")
    told = [
        (one["account"], one["act"], one["what"]) for one in footnote("accounts", "log", "--json").objects
    ]
    assert told == [("command", "let", "board Food"), ("command", "account add", "root")]

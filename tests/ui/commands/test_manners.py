"""What a person who knows other commands expects of this one."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from footnote.ui.cli import run
from footnote.ui.commands import terminal
from footnote.ui.commands.evaluate import _complete_figure
from footnote.ui.commands.run import complete_article


@pytest.mark.parametrize("names", [(), ("ask",), ("keys", "add"), ("mcp",)])
def test_help_says_what_the_option_says(names, capfd):
    assert run(["help", *names]) == 0
    by_command = capfd.readouterr().out
    assert run([*names, "--help"]) == 0
    assert by_command == capfd.readouterr().out


def test_help_on_nothing_is_wrong_usage(capfd):
    assert run(["help", "nothing"]) == 2
    assert "no command “nothing”" in capfd.readouterr().err


@pytest.mark.parametrize("name", ["add", "upload"])
def test_a_name_that_other_tools_have_for_it_leads_to_the_command(name, capfd):
    assert run([name, "article.md"]) == 2
    assert "Articles are added by `footnote ingest`." in capfd.readouterr().err


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["-k", "0"], "it must be at least 1, not “0”"),
        (["-k", "1001"], "it must be at most 1000, not “1001”"),
        (["-k", "some"], "it must be a whole number, not “some”"),
    ],
)
def test_a_wrong_number_is_told_in_plain_words(words, said, capfd):
    assert run(["search", "bridge", *words]) == 2
    told = capfd.readouterr().err
    assert said in told
    assert "Input" not in told


def test_the_version_has_a_short_name(capfd):
    assert run(["-V"]) == 0
    assert capfd.readouterr().out.startswith("footnote ")


@pytest.mark.parametrize(
    ("given", "shown"),
    [
        (["ask", "Who", "designed", "it?"], "footnote ask 'Who designed it?'"),
        (["search", "heat", "pumps", "-k", "3"], "footnote search 'heat pumps'"),
        (["ask", "--json", "Who", "designed", "it?"], "footnote ask …"),
    ],
)
def test_words_without_quotation_marks_get_a_hint(given, shown, capfd):
    assert run(given) == 2
    assert capfd.readouterr().err.replace("'…'", "…").strip().endswith(shown)


def test_other_slips_get_none(capfd):
    assert run(["articles", "x"]) == 2
    assert "quotation" not in capfd.readouterr().err


@pytest.mark.parametrize("name", ["", "  "])
def test_an_empty_home_is_an_error_and_makes_nothing(name, capfd, monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)
    assert run(["--home", name, "ingest", "--samples"]) == 2
    assert "empty" in capfd.readouterr().err
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("how", ["option", "variable"])
@pytest.mark.parametrize(
    "command", [["ask", "Who?"], ["articles"], ["search", "x"], ["show", "x"], ["summarise", "--all"]]
)
def test_a_home_that_is_not_there_is_an_error(command, how, capfd, monkeypatch, tmp_path):
    missing = tmp_path / "no" / "such"
    if how == "variable":
        monkeypatch.setenv("FOOTNOTE_HOME", str(missing))
        assert run(command) == 1
    else:
        assert run(["--home", str(missing), *command]) == 1
    assert "There is no folder" in capfd.readouterr().err
    assert not missing.exists()


def test_forty_columns_show_titles_and_whole_ids(sample_assistant, capfd, monkeypatch):
    console = terminal.output()
    monkeypatch.setattr(type(console), "is_terminal", True)
    console.width = 40
    articles = sample_assistant.library.articles()
    terminal.print_articles(console, articles)
    out = capfd.readouterr().out
    for article in articles:
        assert article.article_id in out
        assert article.title[:20] in out
    assert max(map(len, out.splitlines())) <= 40


def test_names_of_files_are_completed(sample_home):
    class Root:
        params = {"home": sample_home}

    class Context:
        def find_root(self):
            return Root

    assert [name for name, _ in complete_article(Context(), "ferry")] == ["ferry-network.md"]


def test_figures_are_completed():
    assert "faithfulness=" in _complete_figure("faith")
    assert _complete_figure("nothing") == []


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="there is no /dev/full here")
def test_a_full_disk_is_said_in_words():
    with Path("/dev/full").open("w") as full:
        done = subprocess.run(
            [sys.executable, "-m", "footnote", "help"],
            stdout=full,
            stderr=subprocess.PIPE,
            text=True,
            check=False,
        )
    assert done.returncode == 1
    assert done.stderr == "footnote: Standard output could not be written: its disk is full.\n"

"""The plug-in, in a run of pytest of its own."""

from __future__ import annotations

from importlib.metadata import entry_points
from types import SimpleNamespace

import pytest

from footnote.evals.pytest_plugin import _below
from footnote.rag.types import CitedSentence, Support, Verdict

pytest_plugins = ["pytester"]
# An installed Footnote brings the plug-in along; a checkout on the path alone does not.
INSTALLED = any(e.value == "footnote.evals.pytest_plugin" for e in entry_points(group="pytest11"))
PLUGIN = () if INSTALLED else ("-p", "footnote.evals.pytest_plugin")

TESTS = """
def test_right(footnote_answer):
    reply = footnote_answer("Who designed the harbour bridge?", says="hedda krogh", confidence=0.1,
                            cites="harbour-bridge-closure.md")
    assert reply.citations

def test_refused(footnote_answer):
    footnote_answer("Who won the chess olympiad of 1984?", refuses=True)

def test_not_said(footnote_answer):
    footnote_answer("Who designed the harbour bridge?", says=["Hedda Krogh", "Olaf Berg"], confidence=1.0)

def test_not_refused(footnote_answer):
    footnote_answer("Who designed the harbour bridge?", refuses=True)

def test_other_system(footnote_response):
    footnote_response("It opened in 1931.", contexts=["The bridge opened in 1931."], faithfulness=1.0)

def test_other_system_invents(footnote_response):
    footnote_response("It opened in 1958.", contexts=["The bridge opened in 1931."], faithfulness=1.0)
"""


@pytest.mark.slow
def test_answers_are_held_to_what_tests_say(pytester: pytest.Pytester, sample_home) -> None:
    pytester.makepyfile(TESTS)
    options = (*PLUGIN, "-p", "no:cacheprovider", f"--footnote-home={sample_home}")
    ran = pytester.runpytest_subprocess(*options)
    ran.assert_outcomes(passed=3, failed=3)
    ran.stdout.fnmatch_lines(["*“Olaf Berg” is not said*"])
    ran.stdout.fnmatch_lines(["*- it is answered*"])
    ran.stdout.fnmatch_lines(["*faithfulness is 0.0000, below 1.*"])


def test_a_library_that_is_not_there_is_told(pytester: pytest.Pytester) -> None:
    pytester.makepyfile("def test_it(footnote_answer): pass")
    ran = pytester.runpytest_subprocess(*PLUGIN, "--footnote-home=nothing")
    ran.assert_outcomes(errors=1)
    ran.stdout.fnmatch_lines(["*There is no library at*"])


def test_a_sentence_that_makes_no_claim_is_not_one_without_support() -> None:
    said = [
        CitedSentence(verdict.value, (), Support(verdict, 0.5, ""))
        for verdict in (Verdict.SUPPORTED, Verdict.NONE, Verdict.PARTIAL)
    ]
    replies = [SimpleNamespace(sentences=part) for part in (said[:2], said[1:2], said)]
    lacking = [_below(reply, 0.0, 1.0) for reply in replies]
    assert lacking == [[], [], ["50% of its claims are supported, below 100%"]]

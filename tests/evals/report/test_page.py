import base64
import hashlib
import os
import re
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path

import pytest

from footnote.evals.metrics.figures import shown
from footnote.evals.report.page import report_html
from footnote.evals.report.plots import Axis, Plot, count_axis, interval_bar
from footnote.evals.report.report import Report, Section
from footnote.evals.suite.cases import BadRow, Suite
from footnote.rag.types import Support

GOLDEN = Path(__file__).parent / "golden"
EVIL = "<script>alert('x')</script>\" onload=\"alert(1)"
VOID = {"meta", "link", "br", "img", "input"}


class Skeleton(HTMLParser):
    """The elements of a page with their classes and depth, without texts and numbers."""

    def __init__(self) -> None:
        super().__init__()
        self.lines, self.open = [], []

    def handle_starttag(self, tag, attrs):
        given = dict(attrs)
        name = f"{tag}.{given['class'].strip().replace(' ', '.')}" if given.get("class") else tag
        self.lines.append("  " * len(self.open) + name)
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag, attrs):
        self.handle_starttag(tag, attrs)
        if tag not in VOID:
            self.open.pop()

    def handle_endtag(self, tag):
        assert self.open
        assert self.open[-1] == tag, (self.open, tag)
        self.open.pop()


def skeleton(html):
    parser = Skeleton()
    parser.feed(html)
    parser.close()
    assert parser.open == []
    return "\n".join(parser.lines) + "\n"


def citation(text="The lamp burned oil."):
    return {
        "number": 1, "title": "The <lighthouse>", "paragraph": 3, "paragraph_text": text, "quote": text[4:8],
        "quote_start": 4, "quote_end": 8, "article_id": "a1",
    }  # fmt: skip


@pytest.fixture
def report(make_row, make_judged):
    answered = {"confidence": 0.8, "refused": 0, "answered": 1, "unanswerable": 0, "answerable": 1}
    rows = [
        make_row(
            "good", right=1, wrong=0, in_two=1, success__1=1, success__5=1, milliseconds=12, supported=1, sentences=1,
            rightly_refused=0, refused_or_unanswerable=0, **answered,
        ),
        make_row(
            "bad", judged=[make_judged("Goats.", "unsupported", 0.2, lost=("Goats",))], sentences=1, right=0, wrong=1, in_two=0, success__1=0, success__5=0, milliseconds=30, supported=0,
            given={"question": EVIL, "gold": [{"article": "a", "paragraph": 2, "grade": 1}]},
            reply={"answer": EVIL, "citations": [citation()]}, rightly_refused=0, refused_or_unanswerable=0, **answered,
        ),
        make_row(
            "no", "unanswerable", right=1, wrong=0, confidence=0.1, refused=1, answered=0, unanswerable=1,
            answerable=0, milliseconds=9, rightly_refused=1, refused_or_unanswerable=2,
        ),
        make_row("broken", error=EVIL),
    ]  # fmt: skip
    suite = Suite("mine", (1, 2, 3, 4), "d", (BadRow("f.jsonl", 7, EVIL),))
    section = Section.of(suite, rows, facts={"scope": "pool", "seconds": 3.2, "peak_memory_mb": 700.0})
    versions = {
        "encoder": "e",
        "model": "none",
        "commit": "abc",
        "settings": {"passages": 8},
        "packages": {"torch": "2"},
    }
    return Report("2026-05-01T10:00:00+00:00", versions, (section,))


@pytest.fixture
def html(report):
    return report_html(report)


def test_the_skeleton_of_a_page_is_the_golden_one(html):
    path = GOLDEN / "page.txt"
    found = skeleton(html)
    if os.environ.get("GOLDEN") == "write":
        path.write_text(found, encoding="utf-8")
    assert found == path.read_text(encoding="utf-8")


def test_no_text_becomes_markup(html):
    assert html.count("<script") == 1
    assert EVIL not in html
    assert 'onload="' not in html
    assert "&lt;script&gt;" in html


def test_nothing_is_fetched_and_the_one_script_is_ours(html):
    (script,) = re.findall(r"<script>(.*?)</script>", html, re.DOTALL)
    digest = base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()
    assert f"script-src 'sha256-{digest}';" in html
    assert "default-src 'none'" in html
    assert not re.search(r"\b(?:src|href|action|srcset)\s*=|url\(|@import|javascript:", html)


def test_every_case_is_listed_with_its_reply(html):
    listed = html.partition("<h3>All cases</h3>")[2]
    assert re.findall(r'<p class="soft">(\w+) ·', listed) == ["good", "bad", "no", "broken"]
    assert re.findall(r'<span class="tag plain">([\w ]+)<', listed) == [
        "answerable",
        "not supported",
        "refused",
        "failed",
    ]


def tiles(html):
    return re.findall(r'class="tile[^"]*"><span class="name">(\w+)', html)


def test_the_four_figures_stand_together_even_where_one_is_not_measured(report, make_row):
    only = Section.of(Suite("s", (1,), "d"), [make_row("c", "summary", words=50)])
    html = report_html(Report("2026", {}, (only,)))
    assert tiles(html) == ["Faithfulness", "Relevance", "Refusal", "Correctness"]
    assert html.count("not measured:") == 4


def test_claims_alone_show_the_checker_beside_its_floor(make_row):
    rows = [make_row(str(n), "claim", score=n, said=n, label=n, overlap=n) for n in (0, 1)]
    only = Section.of(Suite("claims", (1, 2), "d"), rows)
    assert tiles(report_html(Report("2026", {}, (only,)))) == ["Scores", "Verdicts", "Floor"]


def test_a_stopped_run_failed_cases_and_bad_rows_are_told_at_the_top(html):
    assert "1 case failed" in html
    assert "1 row of the data could not be used" in html


def test_a_sentence_without_a_verdict_is_not_called_unsupported(make_row, make_judged):
    lost = Support.of_failure("Asleep.")
    row = make_row("lost", judged=[replace(make_judged("Goats.", "unsupported", 0.0), support=lost)])
    page = report_html(Report("2026", {}, (Section.of(Suite("mine", (1,), "d"), [row]),)))
    assert "No verdict of the judge on 1 case" in page
    assert "not supported" not in page
    assert "Support of the sentences shown" not in page


def test_a_run_that_was_stopped_says_so(report):
    stopped = replace(report, sections=(replace(report.sections[0], cases=9),))
    assert "4 of 9 cases" in report_html(stopped)


def test_the_evidence_is_shown_with_its_quote_marked(html):
    assert "The <mark>lamp</mark> burned oil." in html
    assert "The &lt;lighthouse&gt;, paragraph 3" in html


def test_several_suites_have_a_heading_each(report):
    both = Report.joined([report, report])
    assert report_html(both).count("<h2>mine</h2>") == 2
    assert "<h2>" not in report_html(report)


def test_an_empty_report_is_still_a_page():
    empty = Section.of(Suite("none", (), "d"), [])
    skeleton(report_html(Report("2026", {}, (empty,))))


@pytest.mark.parametrize("most", [0.2, 1, 3, 7, 12, 99, 268, 1001, 123456])
def test_an_axis_of_counts_has_round_ticks_and_room_for_all(most):
    axis = count_axis("cases", most)
    assert axis.high >= most
    assert axis.high <= max(1.0, 2 * most)
    assert 2 <= len(axis.ticks) <= 6
    assert axis.ticks[-1] == pytest.approx(axis.high)


def test_a_point_lies_where_its_numbers_say():
    plot = Plot(Axis("x"), Axis("y"), "t")
    plot.dot(0.0, 0.0, 3, "point", "told <i>")
    plot.dot(1.0, 1.0, 3, "point", "")
    corners = re.findall(r'cx="([\d.]+)" cy="([\d.]+)"', plot.svg)
    assert corners == [("46.0", "206.0"), ("348.0", "14.0")]
    assert "told &lt;i&gt;" in plot.svg


def test_a_bar_with_an_interval_stays_inside_its_place():
    for value, low, high in ((0.5, 0.4, 0.6), (1.0, 1.0, 1.0), (0.0, 0.0, 0.0), (1.2, 1.1, 1.3)):
        bar = interval_bar(value, low, high, "good")
        assert all(0 <= float(x) <= 100 for x in re.findall(r' (?:x|width)="([\d.]+)"', bar))


def test_a_value_is_shown_in_its_unit(report):
    section = report.sections[0]
    share, time = section.figure("correct"), section.figure("latency_p50")
    assert (shown(share, 0.5), shown(time, 12.34), shown(time, 1234.5)) == ("50.0", "12.3", "1,234")


def test_where_accepted_answers_are_long_the_words_held_stand_for_correctness(make_row):
    rows = [make_row(str(n), answer_recall=0.25, token_f1=0.2) for n in range(3)] + [
        make_row("short", answer_recall=0.25, token_f1=0.2, in_two=1)
    ]
    html = report_html(Report("2026", {}, (Section.of(Suite("s", tuple(rows), "d"), rows),)))
    assert "of the words of the accepted answers are held" in html

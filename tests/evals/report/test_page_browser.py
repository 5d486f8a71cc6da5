"""A report in a real browser: nothing is fetched, nothing complains, nothing sticks out."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from footnote.evals.report.page import report_html
from footnote.evals.report.report import Report, Section
from footnote.evals.suite.cases import Suite

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = [pytest.mark.browser, pytest.mark.slow]

EVIL = "<img src=x onerror=\"window.ran='img'\"><script>window.ran='script'</script><style>body{display:none}</style>"
LONG = "Llanfairpwllgwyngyllgogerychwyrndrobwllllantysiliogogogoch" * 4


@pytest.fixture
def path(make_row, make_judged, tmp_path) -> Path:
    rows = [
        make_row(
            f"{LONG}{n}", judged=[make_judged(EVIL + LONG, "unsupported", n / 20, lost=(LONG,))], confidence=n / 20,
            right=n % 2, wrong=1 - n % 2, in_two=n % 2, refused=0, answered=1, unanswerable=0, answerable=1,
            milliseconds=n, supported=0, sentences=1, given={"question": f"{EVIL} {LONG} {n}"},
        )
        for n in range(20)
    ]  # fmt: skip
    rows += [make_row("broken", error=EVIL + LONG)]
    section = Section.of(Suite(EVIL + LONG, tuple(rows), "d"), rows)
    path = tmp_path / "report.html"
    path.write_text(
        report_html(Report("2026-05-01", {"encoder": EVIL + LONG}, (section, section))), encoding="utf-8"
    )
    return path


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("size", [(1400, 900), (390, 844)], ids=["wide", "narrow"])
def test_a_hostile_report_is_shown_whole_and_runs_and_fetches_nothing(chromium, path, size, scheme):
    width, height = size
    page = chromium.new_page(viewport={"width": width, "height": height}, color_scheme=scheme)
    requests, complaints = [], []
    page.on("request", lambda request: requests.append(request.url))
    page.on("console", lambda message: complaints.append(message.text))
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.goto(path.as_uri())
    page.evaluate("document.querySelectorAll('details').forEach(d => d.open = true)")
    assert requests == [path.as_uri()]
    assert complaints == []
    assert page.evaluate("window.ran") is None
    assert page.locator("h1").is_visible()
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    dark = page.evaluate("getComputedStyle(document.body).backgroundColor").startswith("rgb(22")
    assert dark is (scheme == "dark")
    page.close()


def test_a_case_opens_with_the_keyboard(chromium, path):
    page = chromium.new_page()
    page.goto(path.as_uri())
    case = page.locator("details.case").first
    case.locator("summary").focus()
    page.keyboard.press("Enter")
    assert case.evaluate("d => d.open") is True
    assert case.locator("blockquote, .said").first.is_visible()
    page.close()


def test_cases_are_found_by_their_words(chromium, path):
    page = chromium.new_page()
    page.goto(path.as_uri())
    box = page.get_by_label("Find").first
    assert box.is_visible()
    every = page.locator(".cases.all").first.locator("details.case")
    assert every.count() == 21
    box.fill("  BROKEN failed ")
    assert every.filter(visible=True).count() == 1
    assert page.locator(".finder output").first.inner_text() == "1 of 21"
    box.fill("nowhere to be found")
    assert page.locator(".finder output").first.inner_text() == "0 of 21"
    box.fill("")
    assert every.filter(visible=True).count() == 21
    page.close()

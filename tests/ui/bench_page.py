"""How fast the page is in a browser: `make bench-page`, or `python -m tests.ui.bench_page`.

A server of its own over the sample articles, as `make chat` starts it, and Chromium beside it on the same
computer. Printed: the seconds from the command to a served page; first contentful paint, and the bytes that
came over the wire, of a first visit; from Enter until the answer stands there, for questions of the sample
suite that have no conversation before them, beside the same questions over `/api/ask`; and the seconds for
two PDFs of sixteen pages, from when they are chosen until both can be asked. Nothing is held to a bound: run
it with nothing else on the machine, and twice.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING

import httpx
import numpy as np
from fpdf import FPDF
from playwright.sync_api import sync_playwright

from footnote.evals.suite.cases import Case
from footnote.evals.suite.data import sample_suite
from footnote.ingest.samples import sample_folder
from tests.conftest import launched
from tests.scale.system import Process, free_port

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

VISITS, QUESTIONS, PAGES = 10, 60, 16
SEED = 7
PAINTED = """() => {
  const paint = performance.getEntriesByName("first-contentful-paint")[0];
  const loaded = [...performance.getEntriesByType("navigation"), ...performance.getEntriesByType("resource")];
  return [paint ? paint.startTime : NaN, loaded.reduce((sum, one) => sum + one.transferSize, 0)];
}"""
# From the press of the key in the page, so that what the browser is told through takes no part in it.
WAITING = """() => {
  const turns = document.querySelectorAll(".turn").length + 1;
  window.took = new Promise((resolve, reject) => document.addEventListener("keydown", () => {
    const begun = performance.now();
    const look = () => {
      const there = document.querySelector('#now .conversation[data-state="idle"] .reply');
      const took = performance.now() - begun;
      if (there && document.querySelectorAll(".turn").length === turns) resolve(took);
      else if (took > 30000) reject(new Error("no reply"));
      else requestAnimationFrame(look);
    };
    look();
  }, { capture: true, once: true }));
}"""


def main() -> int:
    """Serve, visit, ask, add, and print what each took."""
    with tempfile.TemporaryDirectory() as folder:
        home = Path(folder) / "home"
        command = [sys.executable, "-m", "footnote", "--home", str(home)]
        subprocess.run([*command, "ingest", "--samples"], check=True, stdout=subprocess.DEVNULL)
        port = free_port()
        address = f"http://127.0.0.1:{port}/"
        begun = time.perf_counter()
        server = Process([*command, "serve", "--port", str(port)], dict(os.environ), f"{address}healthz")
        try:
            httpx.get(address).raise_for_status()
            print(f"from the command to a served page: {time.perf_counter() - begun:.1f} s")
            with sync_playwright() as playwright:
                browser = launched(playwright)
                _visit(browser, address)
                _ask(browser, address)
                _add(browser, address, Path(folder))
                browser.close()
        finally:
            server.kill()
    return 0


def _visit(browser: Browser, address: str) -> None:
    """Open the page in new contexts, which have nothing in their caches."""
    painted, loaded = [], []
    for _ in range(VISITS):
        context = browser.new_context(viewport={"width": 1400, "height": 900})
        page = context.new_page()
        _opened(page, address)
        paint, size = page.evaluate(PAINTED)
        painted.append(paint)
        loaded.append(size)
        context.close()
    print(f"first contentful paint: {_told(painted)}; {np.median(loaded) / 1e3:,.0f} kB over the wire")


def _opened(page: Page, address: str) -> None:
    page.goto(address, wait_until="load")
    page.wait_for_selector('html[data-articles]:not([data-articles="0"])')


def _ask(browser: Browser, address: str) -> None:
    cases = [c for c in sample_suite().cases if isinstance(c, Case) and not c.history]
    drawn = np.random.default_rng(SEED).permutation(len(cases))[:QUESTIONS]
    page = browser.new_page()
    _opened(page, address)
    shown, replied = [], []
    with httpx.Client(base_url=address) as client:
        for question in (cases[n].question for n in drawn):
            page.fill("#question", question)
            page.evaluate(WAITING)
            page.press("#question", "Enter")
            shown.append(page.evaluate("window.took"))
            begun = time.perf_counter()
            client.post("/api/ask", json={"question": question}).raise_for_status()
            replied.append(1000 * (time.perf_counter() - begun))
    print(f"from Enter to the answer: {_told(shown)}; by /api/ask: {_told(replied)}")
    page.close()


def _add(browser: Browser, address: str, folder: Path) -> None:
    names = [_made(folder / f"report-{n}.pdf", n) for n in (1, 2)]
    page = browser.new_page()
    page.set_default_timeout(120_000)
    _opened(page, address)
    before = int(page.get_attribute("html", "data-articles") or 0)
    begun = time.perf_counter()
    page.set_input_files("[data-files]", names)
    page.wait_for_selector(f'html[data-articles="{before + len(names)}"]', state="attached")
    print(f"two PDFs of {PAGES} pages to be asked: {time.perf_counter() - begun:.1f} s")
    page.close()


def _made(path: Path, first: int) -> str:
    """Write a PDF of real sentences, some 500 words a page, no two files alike."""
    texts = [p.read_text(encoding="utf-8") for p in sorted(sample_folder().iterdir()) if p.suffix == ".md"]
    words = " ".join(texts[first:] + texts[:first]).encode("latin-1", "ignore").decode("latin-1").split()
    pdf = FPDF()
    pdf.set_font("Helvetica", size=11)
    for number in range(PAGES):
        pdf.add_page()
        start = number * 500 % max(1, len(words) - 500)
        pdf.multi_cell(0, 5, " ".join(words[start : start + 500]))
    pdf.output(str(path))
    return str(path)


def _told(milliseconds: list[float]) -> str:
    middle, slow = np.percentile(milliseconds, (50, 95))
    return f"median {middle:.0f} ms, 19 in 20 within {slow:.0f} ms (n={len(milliseconds)})"


if __name__ == "__main__":
    raise SystemExit(main())

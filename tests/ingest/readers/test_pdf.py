from __future__ import annotations

from datetime import UTC, datetime
from io import BytesIO
from random import Random

import pytest
from fpdf import FPDF
from pypdf import PdfReader

from ingest.errors import UnreadableSource
from ingest.readers import pdf
from ingest.readers.pdf import read

FIRST = (
    "The crossing over the Arn took nine years and cost twice what was planned, the council said on Monday. Hundreds "
    "of people walked across on Sunday morning, in spite of the rain; the mayor cut the ribbon and thanked them."
)
SECOND = (
    "Nobody knows who will pay for the rest. The bill came to 42 million, which is far more than what the engineers had "
    "named when the work began, and the town has borrowed most of it from a bank that will want it back by 2031."
)
THIRD = (
    "On the east bank the shops have waited long. One of them sells bread since 1958, and its owner said that she had "
    "not expected to see the day on which customers would walk over from the other side of the river again at last."
)


class Paper(FPDF):
    running = False

    def header(self):
        if self.running:
            self.set_font("Helvetica", size=8)
            self.cell(0, 6, "The Daily Reader", new_x="LMARGIN", new_y="NEXT")

    def footer(self):
        self.set_y(-15)
        self.set_font("Helvetica", size=8)
        self.cell(0, 6, f"Page {self.page_no()}", align="C")

    def heading(self, text, size=15):
        self.set_font("Helvetica", "B", size)
        self.multi_cell(0, size * 0.5, text, new_x="LMARGIN", new_y="NEXT")
        self.ln(2)

    def paragraph(self, text, gap=3.0):
        self.set_font("Times", size=12)
        self.multi_cell(0, 6, text, new_x="LMARGIN", new_y="NEXT")
        self.ln(gap)


@pytest.fixture
def paper():
    paper = Paper()
    paper.set_creation_date(datetime(2026, 5, 31, tzinfo=UTC))
    paper.add_page()
    return paper


def texts(paper):
    return [t for _, t in read(bytes(paper.output())).paragraphs]


def test_lines_become_paragraphs_again_and_headings_sections(paper):
    paper.heading("Bridge opens after nine years", 22)
    paper.paragraph(FIRST)
    paper.heading("What it cost")
    paper.paragraph(SECOND)
    paper.paragraph(THIRD)
    found = read(bytes(paper.output()))
    assert found.title == "Bridge opens after nine years"
    assert found.paragraphs == (("", FIRST), ("What it cost", SECOND), ("What it cost", THIRD))


def test_running_heads_and_page_numbers_go_and_paragraphs_run_on_over_pages(paper):
    paper.running = True
    words = f"{FIRST} {SECOND} {THIRD}".replace(".", "").lower().split()
    written = ["So " + " ".join(Random(n).sample(words, 70)) + " in the end." for n in range(40)]
    for text in written:
        paper.paragraph(text)
    assert paper.page_no() > 2
    assert "The Daily Reader" in PdfReader(BytesIO(bytes(paper.output()))).pages[1].extract_text()
    assert texts(paper) == written


def test_paragraphs_without_gaps_are_told_by_their_short_last_lines(paper):
    for text in (FIRST, SECOND, THIRD):
        paper.paragraph(text + " Yes.", gap=0)
    assert texts(paper) == [t + " Yes." for t in (FIRST, SECOND, THIRD)]


def test_paragraphs_without_gaps_are_told_by_their_indents(paper):
    paper.set_font("Times", size=12)
    for lines in (
        [
            "The crossing over the Arn took nine years and cost twice what had been planned",
            "and the council said so on Monday at a meeting in the hall to which all came.",
        ],
        [
            "Hundreds of people walked across on Sunday morning in spite of the heavy rain",
            "while the mayor cut the ribbon and thanked the engineers for all their work.",
        ],
    ):
        for n, line in enumerate(lines):
            paper.set_x(20 if n == 0 else 10)
            paper.cell(0, 6, line, new_x="LMARGIN", new_y="NEXT")
    assert len(texts(paper)) == 2


def test_words_broken_at_line_ends_are_mended(paper):
    paper.set_font("Times", size=12)
    for line in (
        "The long-term plan of the coun-",
        "cil was not known, and the long-",
        "term cost of the bridge was never pub-",
        "lished by it.",
    ):
        paper.cell(0, 6, line, new_x="LMARGIN", new_y="NEXT")
    assert texts(paper) == [
        "The long-term plan of the council was not known, and the long-term cost of the bridge was never published by it."
    ]


def test_lists_keep_an_item_a_line(paper):
    paper.paragraph(FIRST)
    for item in ("steel", "labour", "paint"):
        paper.paragraph(f"\u2022 {item}".encode("latin-1", "replace").decode().replace("?", "\xb7"), gap=0)
    paper.ln(3)
    paper.paragraph(SECOND)
    assert texts(paper) == [FIRST, "- steel\n- labour\n- paint", SECOND]


def test_metadata_gives_title_author_date_and_language(paper):
    paper.set_title("Bridge opens")
    paper.set_author("Ana Cruz")
    paper.set_lang("en-GB")
    paper.paragraph(FIRST)
    found = read(bytes(paper.output()))
    assert (found.title, found.author, found.date, found.language) == (
        "Bridge opens",
        "Ana Cruz",
        "2026-05-31",
        "en-GB",
    )


@pytest.mark.parametrize("made_up", ["untitled", "Microsoft Word - bridge.docx", "bridge_final.indd", ""])
def test_a_title_that_a_program_made_up_gives_way_to_the_heading(paper, made_up):
    paper.set_title(made_up)
    paper.heading("Bridge opens after nine years", 22)
    paper.paragraph(FIRST)
    assert read(bytes(paper.output())).title == "Bridge opens after nine years"


def test_a_protected_pdf_is_refused(paper):
    paper.paragraph(FIRST)
    paper.set_encryption(owner_password="o", user_password="u")
    with pytest.raises(UnreadableSource, match="password protected"):
        read(bytes(paper.output()))


def test_a_scan_is_refused():
    blank = FPDF()
    blank.add_page()
    with pytest.raises(UnreadableSource, match="no text layer"):
        read(bytes(blank.output()))


@pytest.mark.parametrize(
    "data", [b"%PDF-1.4\n", b"%PDF-1.7\n%%EOF", b"nothing", b"%PDF-1.4\n" + b"1 0 obj<<>>endobj\n" * 50]
)
def test_a_damaged_pdf_is_refused(data):
    with pytest.raises(UnreadableSource, match=r"damaged|no text layer"):
        read(data)


def test_too_many_pages_are_refused(paper, monkeypatch):
    monkeypatch.setattr(pdf, "MOST_PAGES", 1)
    paper.add_page()
    with pytest.raises(UnreadableSource, match="more than 1 pages"):
        read(bytes(paper.output()))


def test_text_beyond_the_limit_is_left_out_with_a_warning(paper, monkeypatch):
    monkeypatch.setattr(pdf, "MOST_TEXT", 100)
    paper.paragraph(FIRST)
    paper.add_page()
    paper.paragraph(SECOND)
    found = read(bytes(paper.output()))
    assert [t for _, t in found.paragraphs] == [FIRST]
    assert "first 1 pages" in found.warnings[0]

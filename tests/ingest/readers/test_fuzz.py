"""No bytes make a reader raise anything but its own error, hang, or hand back a span that is none.

Files that are nearly right reach deeper than noise, so sound ones are mutated: bytes are changed, cut
out, doubled and swapped, in zip files inside of the members too.
"""

from __future__ import annotations

import re
import zipfile
from collections import Counter
from io import BytesIO
from random import Random

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from PIL import Image

from footnote.ingest import readers
from footnote.ingest.errors import FootnoteError
from footnote.ingest.readers import ocr
from footnote.ingest.readers.document import INVISIBLE, LONGEST_PARAGRAPH, Document, to_article
from footnote.ingest.readers.format import Part
from tests import hostile_files as hostile
from tests import scans

SPANS = (
    "<table><caption>C</caption><thead><tr><th rowspan=2>a<th colspan=2>b</tr><tr><th>c<th>d</tr></thead><tr><td rowspan=0>1"
    "<td colspan=9>2<sup>a</sup><tr><td>3</td></tr><tfoot><tr><td colspan=3><sup>a</sup> n</tfoot></table>"
)
WORD_TABLE = (
    "<w:p><w:r><w:t>A</w:t></w:r></w:p><w:tbl><w:tr><w:trPr><w:tblHeader/></w:trPr><w:tc><w:tcPr><w:vMerge w:val='restart'/>"
    "</w:tcPr><w:p><w:r><w:t>b</w:t></w:r></w:p></w:tc><w:tc><w:tcPr><w:gridSpan w:val='2'/></w:tcPr><w:p><w:r><w:t>c</w:t></w:r>"
    "</w:p></w:tc></w:tr><w:tr><w:tc><w:tcPr><w:vMerge/></w:tcPr><w:p/></w:tc><w:tc><w:p><w:r><w:t>1</w:t></w:r></w:p></w:tc></w:tr></w:tbl>"
)
ODT_TABLE = (
    "<text:p>A</text:p><table:table><table:table-header-rows><table:table-row><table:table-cell table:number-rows-spanned='2'>"
    "<text:p>b</text:p></table:table-cell><table:table-cell table:number-columns-spanned='2'><text:p>c</text:p></table:table-cell>"
    "</table:table-row></table:table-header-rows><table:table-row><table:table-cell table:number-columns-repeated='3'>"
    "<text:p>1</text:p></table:table-cell></table:table-row></table:table>"
)
SOUND = {
    "docx": hostile.docx(WORD_TABLE, more={"word/styles.xml": f'<w:styles xmlns:w="{hostile.WORD}"/>'}),
    "odt": hostile.odt(ODT_TABLE),
    "xlsx": hostile.xlsx(more="<mergeCells><mergeCell ref='A1:A2'/></mergeCells>"),
    "csv": b'Tides\nDay;High;Low\n1;"2,5";a ""b""\n2;;7\n',
    "epub": hostile.make_book(),
    "pdf": hostile.pdf(*hostile.wrapped(hostile.STORY)),
    "image": scans.encoded(Image.new("RGB", (60, 40), "white"), "TIFF", compression="tiff_lzw"),
    "eml": hostile.eml(f"<p>{hostile.STORY}</p>", kind="text/html; charset=latin-1"),
    "mhtml": hostile.mhtml(),
    "ipynb": hostile.notebook(
        [{"cell_type": "code", "source": "x", "outputs": [{"data": {"text/html": SPANS}}]}]
    ),
    "html": hostile.article_page(SPANS),
    "subtitles": hostile.subtitles(
        f"<v Anna>{hostile.STORY}</v>", f"BEN: {hostile.MORE}", "- a\n- b", ">> c"
    ),
    "ttml": hostile.ttml(f"<p begin='1:02.5' m:agent='a'>{hostile.STORY}<br/><span begin='3f'>b</span></p>"),
    "whisper": hostile.heard(
        {"start": 1.5, "text": hostile.STORY, "speaker": "S1"}, {"start": 2, "text": "b"}
    ),
    "md": f"---\ntitle: A\nauthors: [b, c]\n---\n# T\n\n- a\n\n| a | b |\n|---|---|\n\n{SPANS}\n\n{hostile.BODY}".encode(),
    "txt": hostile.BODY.encode(),
    "zip": hostile.zipped(
        {"a.txt": hostile.BODY, "b.html": hostile.article_page(), "c.docx": hostile.docx()}
    ),
}
TOKENS = [b"", b"\x00", b"\xff\xfe", b"<", b">", b"&#0;", b"&x;", b"--", b"\r\n\r\n", b"]]>", b"9" * 30, b"-1", b"%", b"(", b"/Type",
          b"<w:p>", b"<p hidden>", b"</", b"{", b"[[", b'"', b"\\u0000", b"=?utf-8?q?", b"charset=utf-7", b"endobj", b"\x1b", b"\xe2\x80\xae"]  # fmt: skip


def mutated(data: bytes, random: Random) -> bytes:
    """Return `data` with a few changes."""
    changed = bytearray(data)
    for _ in range(random.randint(1, 6)):
        at = random.randint(0, len(changed))
        length = random.choice([0, 1, 4, 40])
        piece = changed[at : at + length]
        match random.randint(0, 4):
            case 0:
                changed[at : at + length] = random.choice(TOKENS)
            case 1:
                changed[at : at + length] = b""
            case 2:
                changed[at:at] = piece * random.choice([1, 2, 50])
            case 3:
                to = random.randint(0, len(changed))
                changed[to:to] = piece
            case _:
                changed[at : at + 1] = bytes([random.randrange(256)])
    return bytes(changed)


def mutated_inside(data: bytes, random: Random) -> bytes:
    """Return a zip file of which one member is changed and the rest is sound."""
    with zipfile.ZipFile(BytesIO(data)) as archive:
        members: dict[str, bytes | str] = {name: archive.read(name) for name in archive.namelist()}
    name = random.choice(sorted(members))
    members[name] = mutated(bytes(members[name]), random)  # type: ignore[arg-type]
    return hostile.zipped(members)


def check(format_: str, data: bytes, *, chapters: bool = False) -> None:
    """Read `data` and check all that a reader promises."""
    try:
        parts = [part for part in readers.read(format_, data, chapters=chapters) if isinstance(part, Part)]
    except FootnoteError as error:
        parts = [Part("the file", "", str(error))]
    for part in parts:
        if isinstance(part.document, Document):
            check_document(part.document)
        else:
            assert part.key
            assert part.document.endswith((".", "…"))


def check_document(document: Document) -> None:
    assert {len(document.pages), len(document.times)} <= {0, len(document.paragraphs)}
    try:
        article = to_article(document, source="s", name="n")
    except FootnoteError:
        return
    for p in article.paragraphs:
        text = article.paragraph_text(p.number)
        assert len(text) <= LONGEST_PARAGRAPH * 3  # NFC may make some characters three
        assert not INVISIBLE.search(text)


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let OCR find the same line on every picture: what is wrong in a file is met before it."""
    line = ocr.Box("A lock.", 0.9, ((1, 1), (30, 2), (30, 9), (1, 8)))
    monkeypatch.setattr(ocr, "_found", lambda pixels: [line])


CORNER = st.tuples(st.floats(0, 1_000), st.floats(0, 1_000))
BOX = st.builds(
    ocr.Box,
    st.sampled_from(["A", "lock", "of 1874.", "- in", "…"]),
    st.floats(0, 1),
    st.tuples(*[CORNER] * 4),
)


@settings(max_examples=100, suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture])
@given(st.lists(BOX, max_size=40))
def test_wherever_pieces_stand_on_a_picture_each_is_in_a_line(boxes: list[ocr.Box]) -> None:
    rows = [ocr._rows(column) for column in ocr._columns(ocr._straight(boxes))]
    lines = ocr._lines(rows, (1_000, 1_000), 0)
    wanted, found = (
        Counter(re.findall(r"\w+", " ".join(one.text for one in texts))) for texts in (boxes, lines)
    )
    assert wanted <= found
    # A head stands in each row of its table; nothing else comes twice.
    assert wanted == found or any(line.table for line in lines)
    assert all(0 <= at <= 10_000 for line in lines for at in line.corners)


QUIET = settings(
    max_examples=60, suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture]
)


@pytest.mark.parametrize("format_", sorted(SOUND))
@QUIET
@given(st.integers(0, 2**32))
def test_a_file_with_a_few_wrong_bytes_is_read_or_refused(format_: str, seed: int) -> None:
    check(format_, mutated(SOUND[format_], Random(seed)))


@pytest.mark.parametrize("format_", ["docx", "odt", "epub", "xlsx", "zip"])
@QUIET
@given(st.integers(0, 2**32), st.booleans())
def test_a_zip_file_with_a_wrong_member_is_read_or_refused(format_: str, seed: int, chapters: bool) -> None:
    check(format_, mutated_inside(SOUND[format_], Random(seed)), chapters=chapters)


@pytest.mark.parametrize("format_", sorted(SOUND))
@QUIET
@given(st.binary(max_size=200), st.sampled_from(sorted(SOUND)))
def test_a_file_of_another_format_is_read_or_refused(format_: str, noise: bytes, other: str) -> None:
    check(format_, SOUND[other][:300] + noise)
    check(format_, noise)

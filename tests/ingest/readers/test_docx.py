from __future__ import annotations

from io import BytesIO

import pytest

from footnote.ingest.errors import UnreadableSource
from footnote.ingest.readers import docx
from footnote.ingest.readers.package import Package
from tests.hostile_files import WORD, paragraph, zipped
from tests.hostile_files import docx as written
from tests.rows import seen

CORE = (
    '<cp:coreProperties xmlns:cp="http://schemas.openxmlformats.org/package/2006/metadata/core-properties" '
    'xmlns:dc="http://purl.org/dc/elements/1.1/" xmlns:dcterms="http://purl.org/dc/terms/">'
    "<dc:title>{title}</dc:title><dc:creator>Ana Cruz</dc:creator><dc:language>en-GB</dc:language>"
    "<dcterms:created>2026-05-31T08:00:00Z</dcterms:created></cp:coreProperties>"
)
STYLES = (
    f'<w:styles xmlns:w="{WORD}">'
    '<w:style w:styleId="T"><w:name w:val="Title"/></w:style>'
    '<w:style w:styleId="H1"><w:name w:val="heading 1"/><w:pPr><w:outlineLvl w:val="0"/></w:pPr></w:style>'
    '<w:style w:styleId="Mine"><w:name w:val="Mine"/><w:basedOn w:val="H1"/></w:style>'
    '<w:style w:styleId="U"><w:name w:val="Überschrift 2"/></w:style></w:styles>'
)


def read(body: str, **more: str):
    members = {"word/styles.xml": STYLES} | {f"word/{name}.xml": content for name, content in more.items()}
    return docx.read(Package(written(body, more=members)))


def texts(body: str, **more: str) -> list[str]:
    return [text for _, text in seen(read(body, **more)).paragraphs]


def run(text: str) -> str:
    return f"<w:r><w:t>{text}</w:t></w:r>"


def p(inner: str, properties: str = "") -> str:
    return f"<w:p><w:pPr>{properties}</w:pPr>{inner}</w:p>"


def table(*rows: list[str]) -> str:
    made = "".join(
        "<w:tr>"
        + "".join(f"<w:tc>{paragraph(cell) if '<' not in cell else cell}</w:tc>" for cell in row)
        + "</w:tr>"
        for row in rows
    )
    return f"<w:tbl>{made}</w:tbl>"


def test_titles_headings_and_paragraphs_are_told_apart():
    found = read(
        paragraph("High water", style="T") + paragraph("One.") + paragraph("Spring tides", style="H1")
        + paragraph("Two.") + paragraph("Neap", style="Mine") + paragraph("Three.") + paragraph("Ebbe", style="U")
        + paragraph("Four.")
    )  # fmt: skip
    assert found.title == "High water"
    assert found.paragraphs == (("", "One."), ("Spring tides", "Two."), ("Neap", "Three."), ("Ebbe", "Four."))


def test_the_first_heading_is_the_title_where_there_is_no_other():
    found = read(paragraph("High water", style="H1") + paragraph("One."))
    assert (found.title, found.paragraphs) == ("High water", (("", "One."),))


def test_a_byline_below_the_title_is_told_before_what_the_file_says_of_who_made_it():
    body = paragraph("High water", style="H1") + paragraph("By Bo Lind, 14 March 2025") + paragraph("One.")
    found = docx.read(
        Package(written(body, more={"word/styles.xml": STYLES, "docProps/core.xml": CORE.format(title="")}))
    )
    assert (found.title, found.author, found.date) == ("High water", "Bo Lind", "2025-03-14")
    assert found.paragraphs == (("", "One."),)


def test_core_properties_give_title_author_date_and_language():
    data = written(paragraph("One."), more={"docProps/core.xml": CORE.format(title="High water")})
    found = docx.read(Package(data))
    assert (found.title, found.author, found.date, found.language) == (
        "High water",
        "Ana Cruz",
        "2026-05-31",
        "en-GB",
    )


def test_tables_are_rows_where_they_stand():
    body = paragraph("Before.") + table(["Year", "Cost"], ["2017", "20"]) + paragraph("After.")
    assert texts(body) == ["Before.", "Year 2017: Cost 20.", "After."]


def test_cells_over_several_columns_and_rows_say_the_same_in_each():
    def cell(text: str, properties: str = "") -> str:
        return f"<w:tc><w:tcPr>{properties}</w:tcPr>{paragraph(text)}</w:tc>"

    head = "<w:trPr><w:tblHeader/></w:trPr>"
    down, on = "<w:vMerge w:val='restart'/>", "<w:vMerge/>"
    body = (
        f"<w:tbl><w:tr>{head}{cell('Crop', down)}{cell('Price', '<w:gridSpan w:val=' + chr(39) + '2' + chr(39) + '/>')}</w:tr>"
        f"<w:tr>{head}{cell('', on)}{cell('2023')}{cell('2024')}</w:tr>"
        f"<w:tr>{cell('Rye', down)}{cell('171')}{cell('186')}</w:tr>"
        f"<w:tr>{cell('', on)}{cell('1')}{cell('2')}</w:tr></w:tbl>"
    )
    assert texts(body) == ["Crop Rye: Price 2023 171, Price 2024 186.\nCrop Rye: Price 2023 1, Price 2024 2."]


def test_a_table_in_a_table_is_read_too():
    inner = table(["Name", "Berth"], ["Ida", "12"])
    assert texts(table(["Outer", inner])) == ["Outer", "Name Ida: Berth 12."]


def test_heads_over_columns_are_known_though_no_row_is_marked_as_heads():
    def cell(text: str, properties: str = "") -> str:
        return f"<w:tc><w:tcPr>{properties}</w:tcPr>{paragraph(text)}</w:tc>"

    two, down = '<w:gridSpan w:val="2"/>', '<w:vMerge w:val="restart"/>'
    body = (
        f"<w:tbl><w:tr>{cell('Pier', down)}{cell('2023', two)}{cell('2024', two)}</w:tr>"
        f"<w:tr>{cell('', '<w:vMerge/>')}{cell('In')}{cell('Out')}{cell('In')}{cell('Out')}</w:tr>"
        f"<w:tr>{cell('North')}{cell('120')}{cell('80')}{cell('131')}{cell('82')}</w:tr></w:tbl>"
    )
    assert texts(body) == ["Pier North: 2023 In 120, 2023 Out 80, 2024 In 131, 2024 Out 82."]


def test_pairs_are_facts_unless_their_first_row_alone_is_bold():
    bold = "<w:p><w:r><w:rPr><w:b/></w:rPr><w:t>{}</w:t></w:r></w:p>".format
    assert texts(table(["Date", "12 May"], ["Place", "Hall"])) == ["Date: 12 May.\nPlace: Hall."]
    assert texts(table([bold("Name"), bold("Role")], ["Ann", "chair"])) == ["Name Ann: Role chair."]
    assert texts(table([bold("Date"), "12 May"], [bold("Place"), "Hall"])) == ["Date: 12 May.\nPlace: Hall."]


def test_lists_are_one_paragraph_with_an_item_a_line():
    item = "<w:numPr><w:ilvl w:val='0'/><w:numId w:val='1'/></w:numPr>"
    assert texts(p(run("steel"), item) + p(run("paint"), item) + paragraph("Done.")) == [
        "- steel\n- paint",
        "Done.",
    ]


def test_a_style_may_make_a_list_and_a_paragraph_leave_it():
    of_list = (
        '<w:style w:styleId="LB"><w:name w:val="List Bullet"/><w:pPr><w:numPr><w:numId w:val="3"/></w:numPr>'
        "</w:pPr></w:style></w:styles>"
    )
    styles = STYLES.replace("</w:styles>", of_list)
    style, out = '<w:pStyle w:val="LB"/>', '<w:numPr><w:numId w:val="0"/></w:numPr>'
    body = p(run("steel"), style) + p(run("paint"), style) + p(run("That is all."), style + out)
    assert texts(body, styles=styles) == ["- steel\n- paint", "That is all."]


def test_footnotes_and_endnotes_come_in_the_order_of_their_marks():
    notes = f'<w:footnotes xmlns:w="{WORD}"><w:footnote w:id="2">{paragraph("Said on Monday.")}</w:footnote><w:footnote w:id="9">{paragraph("Never called.")}</w:footnote></w:footnotes>'
    ends = f'<w:endnotes xmlns:w="{WORD}"><w:endnote w:id="2">{paragraph("In the hall.")}</w:endnote></w:endnotes>'
    body = p(
        f'<w:r><w:t>It costs</w:t><w:endnoteReference w:id="2"/></w:r>{run(" a lot")}<w:r><w:footnoteReference w:id="2"/></w:r>{run(".")}'
    )
    assert texts(body, footnotes=notes, endnotes=ends) == [
        "It costs a lot.", "Note: In the hall.", "Note: Said on Monday.",
    ]  # fmt: skip


def test_changes_are_read_as_if_they_were_accepted():
    body = p(
        f"{run('It costs ')}<w:del><w:r><w:delText>four</w:delText></w:r></w:del><w:ins>{run('five')}</w:ins>{run(' million.')}"
    )
    assert texts(body) == ["It costs five million."]


def test_links_fields_controls_and_breaks_keep_their_text():
    body = (
        p(
            f"<w:hyperlink>{run('The council')}</w:hyperlink>{run(' met')}<w:r><w:br/><w:t>twice</w:t><w:tab/><w:t>then.</w:t></w:r>"
        )
        + f"<w:sdt><w:sdtContent>{paragraph('In a control.')}</w:sdtContent></w:sdt>"
        + p(f"<w:fldSimple>{run('A field')}</w:fldSimple>{run('.')}")
    )
    assert texts(body) == ["The council met\ntwice then.", "In a control.", "A field."]


def test_deleted_and_field_codes_and_hidden_text_are_not_read():
    found = read(
        paragraph("Seen.")
        + paragraph("Not seen.", run="<w:vanish/>")
        + paragraph("Shown.", run='<w:vanish w:val="0"/>')
    )
    assert [t for _, t in found.paragraphs] == ["Seen.", "Shown."]
    assert "9 characters of hidden text" in found.warnings[0]
    assert texts(p("<w:r><w:instrText>PAGE</w:instrText></w:r>" + run("Text."))) == ["Text."]


def test_the_strict_form_is_refused_with_a_way_out():
    data = zipped(
        {"word/document.xml": '<w:document xmlns:w="http://purl.oclc.org/ooxml/wordprocessingml/main"/>'}
    )
    with pytest.raises(UnreadableSource, match=r"ordinary \.docx"):
        docx.read(Package(data))


def test_what_python_docx_writes_is_read():
    library = pytest.importorskip("docx", reason="python-docx is not a dependency")
    made = library.Document()
    made.add_heading("High water", 0)
    made.add_heading("Tides", 1)
    made.add_paragraph("The tide came in.")
    out = BytesIO()
    made.save(out)
    found = docx.read(Package(out.getvalue()))
    assert (found.title, found.paragraphs) == ("High water", (("Tides", "The tide came in."),))

"""Small real files of a report: docx, xlsx, xls and pdf, written without any package."""

from __future__ import annotations

import html
import io
import zipfile
from collections.abc import Callable, Mapping
from urllib.parse import quote

from govreport.synthetic.layout import Parts, plain_number
from govreport.synthetic.prose import Story, write_parts
from govreport.synthetic.sheet import Sheet, make_sheets, spread
from govreport.synthetic.sites.chrome import short_notice
from govreport.synthetic.sites.drawn import Drawing
from govreport.synthetic.sites.host import Maker, both, once
from govreport.synthetic.sites.plan import Plan, figures_of
from govreport.synthetic.sites.wire import Reply

_OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_PACKAGE = "http://schemas.openxmlformats.org/package/2006"
_WORD = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"
_SHEET = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
_TYPES = "application/vnd.openxmlformats-officedocument."
_LONG_AGO = (1980, 1, 1, 0, 0, 0)  # one date for all members, so that the same report gives the same bytes
_HEAD = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'

Writer = Callable[[Plan], bytes]


def docx(plan: Plan, name: str) -> Maker:
    """The report as a Word file with its tables, merged cells included."""
    return _file(plan, name, f"{_TYPES}wordprocessingml.document", _write_docx)


def xlsx(plan: Plan, name: str) -> Maker:
    """The report as an Excel file: one sheet, the tables below each other."""
    return _file(plan, name, f"{_TYPES}spreadsheetml.sheet", _write_xlsx)


def xls(plan: Plan, name: str) -> Maker:
    """The tables as sites often give them under the ending xls: a page of HTML."""
    return _file(plan, name, "application/vnd.ms-excel", _write_xls)


def pdf(plan: Plan, name: str) -> Maker:
    """The report as a PDF file with text and ruled tables."""
    return _file(plan, name, "application/pdf", _write_pdf)


def _file(plan: Plan, name: str, kind: str, write: Writer) -> Maker:
    headers = (("Content-Disposition", f"attachment; filename*=UTF-8''{quote(name)}"),)
    return once(lambda: Reply(write(plan), headers=headers, kind=kind))


def _parts(plan: Plan) -> Parts:
    values = figures_of(plan.key)
    printed = {cell: plain_number(cell, value) for cell, value in values.items()}
    story = Story(published=plan.published)
    return write_parts(make_sheets(printed, plan.edition), values, plan.body.agency, plan.year, story, True)


def _zipped(members: Mapping[str, str]) -> bytes:
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, text in members.items():
            archive.writestr(zipfile.ZipInfo(name, _LONG_AGO), _HEAD + text, zipfile.ZIP_DEFLATED)
    return made.getvalue()


def _package(main: str, kind: str, others: Mapping[str, str]) -> dict[str, str]:
    """The parts that any Office file begins with."""
    kinds = "".join(
        f'<Override PartName="/{name}" ContentType="{_TYPES}{what}+xml"/>'
        for name, what in {main: kind, **others}.items()
    )
    return {
        "[Content_Types].xml": f'<Types xmlns="{_PACKAGE}/content-types">'
        '<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
        f'<Default Extension="xml" ContentType="application/xml"/>{kinds}</Types>',
        "_rels/.rels": f'<Relationships xmlns="{_PACKAGE}/relationships">'
        f'<Relationship Id="rId1" Type="{_OFFICE}/officeDocument" Target="{main}"/></Relationships>',
    }


def _write_docx(plan: Plan) -> bytes:
    parts = _parts(plan)
    blocks = [_paragraph(text) for text in (short_notice(), *both("notice"), parts.title, *parts.lead)]
    for number, name in enumerate(parts.headings, start=1):
        blocks += [_paragraph(text) for text in (name, *parts.before.get(number, ()))]
        for sheet in (sheet for sheet in parts.sheets if sheet.section == number):
            blocks += [_word_table(sheet), _paragraph("")]
    blocks += [_paragraph(text) for text in parts.closing]
    document = f'<w:document xmlns:w="{_WORD}"><w:body>{"".join(blocks)}<w:sectPr/></w:body></w:document>'
    package = _package("word/document.xml", "wordprocessingml.document.main", {})
    return _zipped({**package, "word/document.xml": document})


def _paragraph(text: str) -> str:
    return f'<w:p><w:r><w:t xml:space="preserve">{html.escape(text, quote=False)}</w:t></w:r></w:p>'


def _word_table(sheet: Sheet) -> str:
    rows = []
    for line in spread(sheet):
        cells = []
        for spot in (spot for spot in line if spot.right == 0):
            span = f'<w:gridSpan w:val="{spot.box.colspan}"/>' if spot.box.colspan > 1 else ""
            hangs = f"<w:vMerge{'' if spot.down else ' w:val=' + chr(34) + 'restart' + chr(34)}/>"
            merged = hangs if spot.box.rowspan > 1 else ""
            text = "" if spot.down else spot.box.text
            cells.append(f"<w:tc><w:tcPr>{span}{merged}</w:tcPr>{_paragraph(text)}</w:tc>")
        rows.append(f"<w:tr>{''.join(cells)}</w:tr>")
    grid = "<w:gridCol/>" * sheet.width
    return f"<w:tbl><w:tblPr/><w:tblGrid>{grid}</w:tblGrid>{''.join(rows)}</w:tbl>"


def _write_xlsx(plan: Plan) -> bytes:
    parts = _parts(plan)
    rows: list[list[str]] = [[text] for text in (*both("notice"), parts.title)]
    merged: list[str] = []
    for sheet in parts.sheets:
        rows.append([parts.headings[sheet.section - 1]])
        for line in spread(sheet):
            for column, spot in enumerate(line):
                if spot.down == spot.right == 0 and spot.box.rowspan * spot.box.colspan > 1:
                    last = f"{_letter(column + spot.box.colspan)}{len(rows) + spot.box.rowspan}"
                    merged.append(f'<mergeCell ref="{_letter(column + 1)}{len(rows) + 1}:{last}"/>')
            rows.append(["" if spot.down or spot.right else spot.box.text for spot in line])
    data = "".join(_excel_row(number, row) for number, row in enumerate(rows, start=1))
    sheet_text = (
        f'<worksheet xmlns="{_SHEET}"><sheetData>{data}</sheetData>'
        f'<mergeCells count="{len(merged)}">{"".join(merged)}</mergeCells></worksheet>'
    )
    book = (
        f'<workbook xmlns="{_SHEET}" xmlns:r="{_OFFICE}">'
        '<sheets><sheet name="1" sheetId="1" r:id="rId1"/></sheets></workbook>'
    )
    links = (
        f'<Relationships xmlns="{_PACKAGE}/relationships">'
        f'<Relationship Id="rId1" Type="{_OFFICE}/worksheet" Target="worksheets/sheet1.xml"/></Relationships>'
    )
    first = "xl/worksheets/sheet1.xml"
    package = _package("xl/workbook.xml", "spreadsheetml.sheet.main", {first: "spreadsheetml.worksheet"})
    return _zipped({**package, "xl/workbook.xml": book, "xl/_rels/workbook.xml.rels": links, first: sheet_text})


def _letter(column: int) -> str:
    return chr(ord("A") + column - 1)  # the widest table has 15 columns


def _excel_row(number: int, texts: list[str]) -> str:
    cells = "".join(
        f'<c r="{_letter(column)}{number}" t="inlineStr"><is><t>{html.escape(text, quote=False)}</t></is></c>'
        for column, text in enumerate(texts, start=1)
        if text
    )
    return f'<row r="{number}">{cells}</row>'


def _write_xls(plan: Plan) -> bytes:
    notice = "<br>".join(both("notice"))
    head = '<html><head><meta charset="utf-8"></head><body>'
    return f"{head}<p>{notice}</p>\n{plan.article()}\n</body></html>".encode()


def _write_pdf(plan: Plan) -> bytes:
    parts = _parts(plan)
    drawing = Drawing()
    for text in (*both("notice"), parts.title, *parts.lead):
        drawing.line(text)
    for number, name in enumerate(parts.headings, start=1):
        for text in (name, *parts.before.get(number, ())):
            drawing.line(text)
        for sheet in (sheet for sheet in parts.sheets if sheet.section == number):
            drawing.table(sheet)
    for text in parts.closing:
        drawing.line(text)
    return drawing.content()

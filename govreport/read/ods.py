"""Merged cells of OpenDocument sheets, which calamine does not tell."""

from __future__ import annotations

from govreport.read.xml import Element, parse_xml
from govreport.read.zips import Zip

Spans = dict[tuple[int, int], tuple[int, int]]

_TABLE = "{urn:oasis:names:tc:opendocument:xmlns:table:1.0}"
_CONTENT = "content.xml"


def merged_cells(content: bytes, most: int) -> dict[str, Spans]:
    """Height and width of merged cells by row and column of their upper left corner, from 1; by name of the sheet.

    Args:
        content: bytes of the file.
        most: merged cells that are looked at in one sheet.

    Raises:
        ReadError: lxml is missing, or the file is damaged or unpacks without end.
    """
    xml = Zip(content, "a spreadsheet (ods)").read(_CONTENT)
    root = parse_xml(xml, _CONTENT, "spreadsheets in OpenDocument", "spreadsheet")
    return {table.get(f"{_TABLE}name", ""): _spans(table, most) for table in root.iter(f"{_TABLE}table")}


def _spans(table: Element, most: int) -> Spans:
    made: Spans = {}
    row_number = 1
    for row in table.iter(f"{_TABLE}table-row"):
        column = 1
        for cell in row:
            height, width = _count(cell, "number-rows-spanned"), _count(cell, "number-columns-spanned")
            if (height > 1 or width > 1) and len(made) < most:
                made[row_number, column] = (height, width)
            column += _count(cell, "number-columns-repeated")
        row_number += _count(row, "number-rows-repeated")
    return made


def _count(element: Element, name: str) -> int:
    text = element.get(f"{_TABLE}{name}", "1")
    return int(text) if text.isdigit() and 0 < len(text) < 8 else 1

"""Spreadsheets (xlsx, xls, ods and their kin) to paragraphs and grids, through calamine.

A sheet is cut at rows that hold one text alone and cross no merged cell: such a row is a paragraph (a heading, a
sentence), what stands between two of them is a grid. Numbers are written as a person would: 12, not 12.0.
"""

from __future__ import annotations

import datetime
import io
from collections.abc import Iterator, Mapping, Sequence
from importlib.metadata import version
from typing import Any, NamedTuple

from govreport.errors import ReadError
from govreport.model import Block, Cell, Document, Grid, Origin, Paragraph
from govreport.read.cells import MAX_CELLS, MAX_COLUMNS, squash
from govreport.read.ods import Spans, merged_cells
from govreport.read.zips import Zip

_MAX_SHEETS = 100
_MAX_MERGED = 5_000  # merged cells of one sheet; the form has some sixty
_ZIPPED = ("xlsx", "ods")


def read(content: bytes, *, kind: str, sha256: str, origin: Origin) -> Document:
    """A spreadsheet as a ``Document``: the visible sheets in order, the hidden ones if nothing else holds text.

    Raises:
        ReadError: calamine is missing, or the file is damaged, protected by a password, or unpacks without end.
    """
    if kind in _ZIPPED:
        _weigh(content, kind)
    book = _opened(content, kind)
    merged = merged_cells(content, _MAX_MERGED) if kind == "ods" else {}
    notes: list[str] = []
    blocks: list[Block] = []
    shown, hidden = _names(book)
    for names in (shown, hidden):
        for name in names[:_MAX_SHEETS]:
            sheet = _sized(book.get_sheet_by_name(name))
            _add_sheet(sheet, merged.get(name) or _spans(sheet), blocks)
        if blocks:
            break
    if blocks and hidden and names is hidden:
        notes.append(f"only hidden sheets hold text; they were read: {', '.join(hidden[:5])}")
    elif hidden:
        notes.append(f"{len(hidden)} hidden sheets were not read: {', '.join(hidden[:5])}")
    if not blocks:
        raise ReadError(f"a spreadsheet with text was expected; all {len(shown) + len(hidden)} sheets are empty")
    return Document(
        blocks=tuple(blocks),
        reader="sheet",
        encoding="",
        encoding_from="",
        sha256=sha256,
        origin=origin,
        notes=tuple(notes),
        kind=kind,
        engine=f"calamine {version('python-calamine')}",
    )


def _weigh(content: bytes, kind: str) -> None:
    """Unpack every part once, under the limits for archives, before another library does so without any."""
    package = Zip(content, f"a spreadsheet ({kind})")
    for name in package.names:
        if name.endswith((".xml", ".bin", ".rels")):
            package.read(name)


def _opened(content: bytes, kind: str) -> Any:
    try:
        import python_calamine as calamine
    except ImportError as error:
        raise ReadError("spreadsheets need calamine; pip install 'govreport[office]'") from error
    try:
        return calamine.load_workbook(io.BytesIO(content))
    except calamine.PasswordError as error:
        raise ReadError(f"the spreadsheet ({kind}) is protected by a password; save it without one") from error
    except (calamine.CalamineError, ValueError, OSError) as error:
        raise ReadError(f"the spreadsheet ({kind}) is damaged or of another kind ({error}); copy it again") from error


def _names(book: Any) -> tuple[list[str], list[str]]:
    shown: list[str] = []
    hidden: list[str] = []
    for sheet in book.sheets_metadata:
        if str(sheet.typ).endswith("WorkSheet"):
            (shown if str(sheet.visible).endswith("Visible") else hidden).append(sheet.name)
    return shown, hidden


class _Row(NamedTuple):
    """A row of a sheet: its number and its cells that begin there, by column, with their spans."""

    number: int
    cells: Mapping[int, tuple[str, int, int]]


def _sized(sheet: Any) -> Any:
    """The sheet, when it is of a size that a report may have."""
    if sheet.total_width > MAX_COLUMNS or sheet.total_width * sheet.total_height > 20 * MAX_CELLS:
        raise ReadError(
            f"the sheet {sheet.name!r} has {sheet.total_height:,} rows and {sheet.total_width:,} columns; no report has"
        )
    return sheet


def _add_sheet(sheet: Any, spans: Spans, blocks: list[Block]) -> None:
    values = sheet.to_python(skip_empty_area=False)
    crossed_rows = {row for (top, _), (height, _w) in spans.items() for row in range(top + 1, top + height)}
    table: list[_Row] = []
    for row in _rows(values, spans):
        texts = [cell for cell in row.cells.values() if cell[0]]
        crossed = row.number in crossed_rows
        if not texts and not crossed:
            _flush(table, blocks)
        elif len(texts) == 1 and texts[0][1] == 1 and not crossed:
            _flush(table, blocks)
            blocks += [Paragraph(line, row.number) for part in texts[0][0].split("\n") if (line := squash(part))]
        else:
            table.append(row)
    _flush(table, blocks)


def _spans(sheet: Any) -> Spans:
    """Height and width of merged cells by row and column of their upper left corner, from 1."""
    ranges = sheet.merged_cell_ranges or []
    last = sheet.total_height
    return {
        (top + 1, left + 1): (min(low, last) - top + 1, right - left + 1)
        for (top, left), (low, right) in ranges[:_MAX_MERGED]
        if top < last
    }


def _rows(values: Sequence[Sequence[Any]], spans: Mapping[tuple[int, int], tuple[int, int]]) -> Iterator[_Row]:
    covered: set[tuple[int, int]] = set()
    for (top, left), (height, width) in spans.items():
        if len(covered) + height * width <= MAX_CELLS:
            covered |= {(top + d, left + r) for d in range(height) for r in range(width) if d or r}
    for number, line in enumerate(values, start=1):
        yield _Row(number, {
            column: (_text(value), *spans.get((number, column), (1, 1)))
            for column, value in enumerate(line, start=1) if (number, column) not in covered
        })  # fmt: skip


def _flush(table: list[_Row], blocks: list[Block]) -> None:
    """The rows gathered so far as a grid, empty columns at its right cut off."""
    if not table:
        return
    first = table[0].number
    width = max(column + span - 1 for row in table for column, (text, _, span) in row.cells.items() if text)
    cells = [
        Cell(squash(text), row.number - first + 1, column, height, min(span, width - column + 1), row.number)
        for row in table for column, (text, height, span) in row.cells.items() if column <= width
    ]  # fmt: skip
    number = 1 + sum(isinstance(block, Grid) for block in blocks)
    blocks.append(Grid(tuple(cells), number, first, True))
    table.clear()


def _text(value: Any) -> str:
    """A value as a person would write it into the form."""
    if isinstance(value, bool):
        return str(value)
    if isinstance(value, float):
        return str(int(value)) if value.is_integer() and abs(value) < 1e15 else repr(value)
    if isinstance(value, datetime.datetime) and value.time() == datetime.time():
        value = value.date()
    return str(value).strip()

"""HTML tables to grids: merged cells placed as browsers place them, one pass, bounded whatever the spans say.

The text of a cell is taken whole from the parser. Only where it comes in several pieces does it matter how they are
joined: Word splits one number over spans (``<span>1</span><span>2</span>`` is 12), but two paragraphs are two numbers.
"""

from __future__ import annotations

import html
import re
from collections.abc import Iterable
from functools import cache

from selectolax.lexbor import LexborHTMLParser, LexborNode

from govreport.model import Cell

MAX_CELLS = 200_000
"""Places (rows times columns) that one grid may have; the largest statutory table has some 500."""

MAX_COLUMNS = 2_000
"""Columns that one grid may have."""

SEP = "\x1f"  # between pieces of text; a character that str.split takes as blank

_new = tuple.__new__  # half the time of a named tuple's own constructor, for the hundreds of cells of a page

_MAX_COLSPAN = 1000  # HTML standard, 4.9.11; a larger rowspan is cut at 65534 there, at the last row here
_MAX_ROWSPAN = 65534
_INTEGER = re.compile(r"[ \t\n\f\r]*\+?(\d+)")
_HAN = "\u2e80-\u9fff\uf900-\ufaff\uff00-\uffef"
_BREAK_IN_HAN = re.compile(rf"(?<=[{_HAN}])[ \t]*[\r\n]\s*(?=[{_HAN}])")
_ZERO_WIDTH = dict.fromkeys(map(ord, "\u200b\u200c\u200d\u2060\ufeff\u00ad\u200e\u200f"))

# In what the parser writes back, attribute values stand in double quotes, so that a tag ends where this says.
_REST_OF_TAG = r"(?=[\s>])[^>\"]*(?:\"[^\"]*\"[^>\"]*)*>"
_UNREAD = re.compile(
    rf"<!--.*?-->|<(script|style|noscript|template|select|svg|iframe|object){_REST_OF_TAG}.*?</\1>", re.DOTALL
)
_BORDER = re.compile(
    r"</?(?:p|br|div|li|ul|ol|dl|dt|dd|table|tbody|thead|tfoot|tr|td|th|caption|h[1-6]|hr|section|article|center|"
    rf"blockquote|pre|form|fieldset|address|figure|main|header|footer|aside|nav){_REST_OF_TAG}"
)
_APART = re.compile(rf"</?(?:sup|sub|del|ins|s|strike|img|input|rt|rp|button|label){_REST_OF_TAG}")
_INLINE = re.compile(r"<[^>\"]*(?:\"[^\"]*\"[^>\"]*)*>")


def squash(text: str) -> str:
    r"""Text as a browser shows it: runs of blanks as one, none at a line end between Chinese characters.

    >>> squash(" 现行有\n  效件数 ")
    '现行有效件数'
    """
    if text.isprintable() and "  " not in text:  # no sign that is blank or invisible, other than single spaces
        return text.strip()
    if not text.isascii():
        text = text.translate(_ZERO_WIDTH)
    if "\n" in text or "\r" in text:
        text = _BREAK_IN_HAN.sub("", text)
    return " ".join(text.split())


def cell_text(cell: LexborNode) -> str:
    """Text of a cell, its blocks on lines of their own."""
    text = cell.text(True, SEP).strip()
    if text.isdigit() or not text:
        return text
    return pieces(cell) if SEP in text else squash(text)


def pieces(node: LexborNode) -> str:
    """Text of an element that holds several: spans join, blocks and line breaks part, footnote marks stand apart."""
    markup = _UNREAD.sub("", node.html or "")
    if "\n" in markup or "\r" in markup:
        markup = _BREAK_IN_HAN.sub("", markup).replace("\n", " ").replace("\r", " ")
    markup = _INLINE.sub("", _APART.sub(" ", _BORDER.sub("\n", markup)))
    lines = (squash(line) for line in html.unescape(markup).split("\n"))
    return "\n".join(line for line in lines if line)


def spans_of(root: LexborNode) -> dict[int, tuple[int, int]]:
    """Row-span and column-span by node, of the nodes that declare one, mended as browsers do.

    A row-span of 0 reaches to the end of the row group and stands here as 0.
    """
    found = {}
    for node in root.css("[rowspan],[colspan]"):
        attributes = node.attributes
        down = _span(attributes.get("rowspan"), _MAX_ROWSPAN, zero=0)
        across = _span(attributes.get("colspan"), _MAX_COLSPAN, zero=1)
        if down != 1 or across != 1:
            found[node.mem_id] = down, across
    return found


def _span(value: str | None, most: int, zero: int) -> int:
    match = _INTEGER.match(value) if value else None
    if not match:
        return 1
    digits = match[1].lstrip("0")
    if not digits:
        return zero
    return min(int(digits), most) if len(digits) < 7 else most


@cache
def _cell_tags() -> frozenset[int]:
    """Numbers by which the parser knows td and th; a number is compared faster than a name."""
    row = LexborHTMLParser("<table><tr><td></td><th></th></table>").css("td,th")
    return frozenset(cell.tag_id for cell in row)


class GridMaker:
    """Places the cells of one table. Feed it row groups in order, then ask for ``cells``."""

    def __init__(self, spans: dict[int, tuple[int, int]], line: int) -> None:
        self.cells: list[Cell] = []
        self.notes: list[str] = []
        self._spans = spans
        self._line = line
        self._row = 0
        self._width = 1
        self._spread = False
        self._full = False

    def add_group(self, rows: list[LexborNode]) -> None:
        """Place the rows of one group: a span never reaches beyond its group."""
        busy: dict[int, int] = {}  # column to the last row that a cell from above fills there
        last = self._row + len(rows)
        for row in rows:
            if (self._row + 1) * self._width > MAX_CELLS:
                self._cut(f"a table was cut at {self._row:,} rows, for it has more than {MAX_CELLS:,} places")
                return
            self._row += 1
            width = self._add_row(row, last, busy)
            if width > self._width:
                self._width = width

    def _add_row(self, row: LexborNode, last: int, busy: dict[int, int]) -> int:
        """Place the cells of a row; give its width. This is the innermost loop of the reader, hence its local names."""
        at, column, line = self._row, 1, self._line
        add, spans, kinds = self.cells.append, self._spans, _cell_tags()
        for cell in row.iter():
            if cell.tag_id not in kinds:
                continue
            if busy:
                while busy.get(column, 0) >= at:
                    column += 1
            if column > MAX_COLUMNS:
                self._cut(f"a table was cut at {MAX_COLUMNS:,} columns")
                break
            text = cell.text(True, SEP)
            if not text.isdigit():
                text = text.strip()
                if text and not text.isdigit():
                    text = pieces(cell) if SEP in text else squash(text)
            if spans and (span := spans.get(cell.mem_id)):
                column = self._add_merged(text, column, span, last, busy)
            else:
                add(_new(Cell, (text, at, column, 1, 1, line)))
                column += 1
        return column - 1

    def _add_merged(self, text: str, column: int, span: tuple[int, int], last: int, busy: dict[int, int]) -> int:
        """Place a merged cell, clipped by its row group and by cells from above; give the next column.

        Where cells overlap, the next one still stands after the full span, as the HTML standard has it (4.9.12).
        """
        at = self._row
        end = last if span[0] == 0 else min(at + span[0] - 1, last)
        stop = column + 1
        limit = min(column + span[1], MAX_COLUMNS + 1)
        while stop < limit and busy.get(stop, 0) < at:
            stop += 1
        self.cells.append(Cell(text, at, column, end - at + 1, stop - column, self._line))
        self._spread |= stop > column + 1
        if end > at:
            busy.update((filled, max(end, busy.get(filled, 0))) for filled in range(column, limit))
        return limit

    def _cut(self, note: str) -> None:
        if note not in self.notes:
            self.notes.append(note)

    def finish(self) -> tuple[Cell, ...]:
        """The cells; no span reaches beyond the last row read, or beyond the last column that has a cell of its own."""
        if self._spread:
            self._clip_columns()
        if self.notes:
            rows = self._row
            self.cells = [
                c if c.row + c.rowspan - 1 <= rows else c._replace(rowspan=rows - c.row + 1) for c in self.cells
            ]
        return tuple(self.cells)

    def _clip_columns(self) -> None:
        start = max([cell[2] for cell in self.cells])
        width = start - 1 + min([cell[4] for cell in self.cells if cell[2] == start])
        for number, cell in enumerate(self.cells):
            if cell[2] + cell[4] - 1 > width:
                self.cells[number] = cell._replace(colspan=width - cell.column + 1)


def row_groups(table: LexborNode) -> Iterable[list[LexborNode]]:
    """Rows of a table by group, the foot last wherever it stands in the source."""
    feet = []
    for group in table.iter():
        tag = group.tag
        if tag in ("tbody", "thead", "tfoot"):
            rows = [row for row in group.iter() if row.tag == "tr"]
            if tag == "tfoot":
                feet.append(rows)
            else:
                yield rows
        elif tag == "tr":
            yield [group]
    yield from feet

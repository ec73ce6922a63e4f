"""A Document as one run of tokens, the observed sequence that the form is laid against.

Every cell and every short paragraph is a token. Beside the tokens stands the *strip*: one string in which a
label is its squeezed characters, a value is ``VALUE``, a blank ``BLANK`` and a long text ``PROSE``. Labels broken
over lines or cells are whole again in the strip, so a label is found by plain string search.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections import Counter
from functools import lru_cache
from itertools import accumulate, pairwise

from govreport.forms import squeeze
from govreport.model import Cell, Document, Grid, Paragraph, Status
from govreport.parse.numbers import read_number

VALUE, BLANK, PROSE = "\x01", "\x02", "\x03"
MARKS = VALUE + BLANK + PROSE
LONGEST_LABEL = 60
PAGED = ("pdf", "ocr")
"""Readers of files with pages; their ``line`` is the number of the page."""

_NUMBERED = re.compile(r"^\s*[（(]?\s*(\d{1,2}|[一二三四五六七八九十]{1,3})\s*([)）]\s*[.、．]?|[.、．])\s*$")
_WORDS: tuple[Status, int | float | None, str] = ("text", None, "")

Kind = str
"""One letter: n number, d dash, b blank, t other signs, l label or words, x numbering, p long text."""


@lru_cache(maxsize=1 << 14)
def classify(text: str) -> tuple[Kind, str, tuple[Status, int | float | None, str]]:
    """Kind, text for the strip, and (status, number, unit) of one token."""
    if len(text) > LONGEST_LABEL:
        return "p", PROSE, _WORDS
    read = read_number(text)
    status = read[0]
    if status == "blank":
        return "b", BLANK, read
    if status == "dash":
        return "d", VALUE, read
    if _NUMBERED.match(text):
        return "x", "", _WORDS
    if status == "given":
        return "n", VALUE, read
    label = squeeze(text)
    return ("l", label, _WORDS) if label else ("t", VALUE, _WORDS)


class Tokens:
    """Parallel lists, one entry a token, and the strip over them."""

    __slots__ = (
        "block",
        "by_row",
        "cells",
        "exact",
        "grids",
        "group",
        "kind_text",
        "kinds",
        "labels",
        "numbers",
        "paged",
        "raws",
        "rows",
        "starts",
        "strip",
    )

    def __init__(self) -> None:
        self.raws: list[str] = []
        self.kinds: list[Kind] = []
        self.labels: list[str] = []
        self.numbers: list[tuple[Status, int | float | None, str]] = []
        """Status, number and unit of each token."""
        self.block: list[int] = []
        self.group: list[int] = []
        """Number of the table row a token stands in; tokens of running text share no row: -1."""
        self.cells: list[Cell] = []
        """The cell of each token; a piece of a paragraph stands as a cell of row 0."""
        self.grids: list[int] = []
        """Number of the grid each token stands in, 0 for a paragraph."""
        self.exact: list[bool] = []
        self.by_row: set[int] = set()
        """Numbers of the grids whose cells are found by row and column."""
        self.paged = False
        """Whether ``line`` of paragraphs and cells is the number of their page."""
        self.starts: list[int] = []
        self.strip = ""
        self.kind_text = ""
        self.rows: dict[int, int] = {}

    def __len__(self) -> int:
        return len(self.raws)

    def token_at(self, position: int) -> int:
        """The token that holds a position of the strip."""
        return bisect_right(self.starts, position) - 1

    def row_length(self, group: int) -> int:
        """Number of tokens in one row of a grid."""
        if not self.rows:
            self.rows = dict(Counter(self.group))
        return self.rows.get(group, 0)

    def place(self, token: int) -> str:
        """Where a token stands, for a person."""
        _, row, column, _, _, line = self.cells[token]
        grid = self.grids[token]
        if self.paged:
            return f"page {line}, table {grid}, row {row}, column {column}" if grid else f"page {line}"
        if grid in self.by_row:
            return f"table {grid}, row {row}, column {column}"
        return f"line {line}, cell {column}" if grid else f"line {line}"


def tokenize(document: Document) -> Tokens:
    """All cells and paragraphs of a document as tokens, in page order."""
    made = Tokens()
    made.paged = document.reader in PAGED
    from_text = document.reader == "text"
    row_base = 0
    paragraphs: list[tuple[int, Paragraph]] = []
    for number, block in enumerate(document.blocks):
        if isinstance(block, Grid):
            if paragraphs:
                _add_paragraphs(made, paragraphs, from_text)
                paragraphs = []
            _add_grid(made, block, number, row_base)
            row_base += block.cells[-1].row + 1 if block.cells else 1
        else:
            paragraphs.append((number, block))
    if paragraphs:
        _add_paragraphs(made, paragraphs, from_text)
    made.starts = [0, *accumulate(map(len, made.labels))][:-1]
    made.strip = "".join(made.labels)
    made.kind_text = "".join(made.kinds)
    return made


def _add_grid(made: Tokens, grid: Grid, number: int, row_base: int) -> None:
    cells = grid.cells
    if not cells:
        return
    texts = [c[0] for c in cells]
    kinds, labels, numbers = map(list, zip(*map(classify, texts), strict=True))
    count = len(cells)
    copies = [n for n, (a, b) in enumerate(pairwise(labels), 1) if a == b and len(a) > 1]
    for n in copies:
        if cells[n].row == cells[n - 1].row:
            # A merged label that was written into each of the cells it had covered.
            kinds[n], labels[n] = "x", ""
    if grid.by_row:
        made.by_row.add(grid.number)
    made.raws += texts
    made.kinds += kinds
    made.labels += labels
    made.numbers += numbers
    made.block += [number] * count
    made.group += [row_base + c[1] for c in cells]
    made.cells += cells
    made.grids += [grid.number] * count
    made.exact += [grid.exact] * count


def _add_paragraphs(made: Tokens, paragraphs: list[tuple[int, Paragraph]], from_text: bool) -> None:
    """Paragraphs as tokens; in text files, blank lines that may stand for blank cells as blanks."""
    step = _line_step(paragraphs) if from_text and len(paragraphs) > 20 else 0
    last = -1
    for number, (text, line, _links) in paragraphs:
        if step and last >= 0 and len(text) <= LONGEST_LABEL:
            gap = line - last
            if gap > step and not gap % step:
                for _ in range(min(gap // step - 1, 20)):
                    _add(made, "", number, -1, 1, line)
        last = line
        if " " in text and _is_spaced_row(text):
            for column, piece in enumerate(text.split(), 1):
                _add(made, piece, number, -1, column, line)
        else:
            _add(made, text, number, -1, 1, line)


def _is_spaced_row(text: str) -> bool:
    """Whether blanks in a paragraph part cells: many short pieces, or a label and numbers behind it."""
    pieces = text.split(" ")
    if len(pieces) == 1:
        return False
    longest = max(map(len, pieces))
    values = sum(classify(p)[0] in "nd" for p in pieces if len(p) <= 24)
    if longest > LONGEST_LABEL:
        return False
    if longest <= 24 and len(text) <= LONGEST_LABEL:
        return True
    return (
        values >= 2
        or (values == 1 and len(pieces) <= 3 and classify(pieces[-1])[0] in "nd")
        or (len(pieces) > 2 and longest <= 20)
    )


def _line_step(paragraphs: list[tuple[int, Paragraph]]) -> int:
    """Lines from one cell to the next where cells stand on lines of their own: 1, or 2 with blank lines."""
    gaps: dict[int, int] = {}
    last = None
    for _, (text, line, _links) in paragraphs:
        if last is not None and len(text) <= LONGEST_LABEL:
            gaps[line - last] = gaps.get(line - last, 0) + 1
        last = line
    return 2 if gaps.get(2, 0) > gaps.get(1, 0) else 1


def _add(made: Tokens, text: str, block: int, row: int, column: int, line: int) -> None:
    kind, label, numbers = classify(text)
    made.numbers.append(numbers)
    made.raws.append(text)
    made.kinds.append(kind)
    made.labels.append(label)
    made.block.append(block)
    made.group.append(row)
    made.cells.append(Cell(text, 0, column, 1, 1, line))
    made.grids.append(0)
    made.exact.append(False)

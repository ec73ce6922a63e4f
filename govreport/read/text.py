"""Text files, as crawlers and extractors store pages, to a Document.

Tables survive in such files only as separators: pipes, tabs, one cell a line. A grid made here says
``exact=False``: its cells are in reading order, but row ends and merged cells are guesses. The layouts met
are those of real stored pages: rows of pipes, a whole table on one line, one cell a line after a tab, one cell a
line before or after a pipe, Markdown, tab-separated rows. Everything else stays a paragraph.
"""

from __future__ import annotations

import re
from functools import lru_cache

from govreport.errors import ReadError
from govreport.model import Block, Cell, Document, Grid, Origin, Paragraph

_MARKDOWN_RULE = re.compile(r"\s*\|?\s*:?-{3,}:?\s*(\|\s*:?-{3,}:?\s*)*\|?\s*$")
_HEADING = re.compile(r"\s*(?:[一二三四五六七八九十]{1,3}|\d{1,2})\s*[、.．]")
_NUMBER_THEN_TEXT = re.compile(r"([\d.,，]+(?:万?元)?|[/—-]+)\s+(?=\D{2})(.{8,})", re.DOTALL)
_BOOKMARK = re.compile(r"\[bookmark: ?[^\]]*\]")
_SPACES = re.compile(r"[ \xa0\u3000\u2002-\u200b\ufeff]+")

_cell = tuple.__new__
"""Makes a Cell in half the time of its own constructor; a page has five hundred."""

MOST_MARKS = 200_000
"""Line ends, pipes and tabs of one file; a long report has two thousand."""

SHORT = 60
"""Characters a cell may have; the longest label of the form has 50 with its group glued on."""


def read_text(text: str, *, sha256: str, encoding: str, encoding_from: str, origin: Origin) -> Document:
    """Make a Document of a text file.

    Raises:
        ReadError: it has more lines or separators than a hundred reports; a file of many reports must be cut first.
    """
    marks = text.count("\n") + text.count("|") + text.count("\t")
    if marks > MOST_MARKS:
        raise ReadError(
            f"a text file with one report was expected; this one has {marks:,} lines, pipes and tabs, and at most "
            f"{MOST_MARKS:,} are read. Cut it into one file a report"
        )
    if "[bookmark:" in text:
        text = _BOOKMARK.sub("", text)
    if "｜" in text:
        text = text.replace("｜", "|")
    lines = text.replace("\r\n", "\n").replace("\r", "\n").replace("\x0c", "\n").split("\n")
    return Document(tuple(_Blocks(lines).make()), "text", encoding, encoding_from, sha256, origin)


class _Blocks:
    """Walks the lines once and groups those that belong to one table."""

    def __init__(self, lines: list[str]) -> None:
        self.lines = lines
        self.blocks: list[Block] = []
        self.cells: list[Cell] = []
        self.row = 0
        self.started = 0
        self.grids = 0

    def make(self) -> list[Block]:
        lines, at, end = self.lines, 0, len(self.lines)
        pipes = any("|" in line for line in lines)
        while at < end:
            line = lines[at]
            if "\t" in line:
                at = self._tabs(at)
            elif pipes and "|" in line:
                at = self._pipe_run(at)
            elif not line or line.isspace():
                at += 1
            elif pipes and self._pipe_follows(at):
                at = self._between_pipes(at)
            else:
                self._close()
                self._paragraph(line, at)
                at += 1
        self._close()
        return self.blocks

    def _paragraph(self, line: str, at: int) -> None:
        if text := _tidy(line):
            self.blocks.append(Paragraph(text, at + 1))

    def _add_row(self, texts: list[str], at: int) -> None:
        if not self.cells:
            self.started = at + 1
        self.row += 1
        row, line = self.row, at + 1
        self.cells += [_cell(Cell, (text, row, n, 1, 1, line)) for n, text in enumerate(texts, 1)]

    def _close(self) -> None:
        if self.cells:
            self.grids += 1
            self.blocks.append(Grid(tuple(self.cells), self.grids, self.started, False))
            self.cells, self.row = [], 0

    # -- pipes ---------------------------------------------------------------------------------

    def _pipe_run(self, at: int) -> int:
        """Neighbouring lines with pipes, blank lines between them allowed, are rows of one style.

        Whether the outer pipes of a row frame it or stand beside a blank cell shows in the other rows: a frame is
        around every row, but the last row of a table has often lost its end.
        """
        lines, end, run = self.lines, len(self.lines), []
        while at < end:
            line = lines[at]
            if "|" in line and "\t" not in line:
                if not ("-" in line and _MARKDOWN_RULE.match(line)):
                    run.append(at)
            elif line and not line.isspace():
                break
            at += 1
        framed_left = all(lines[n].lstrip().startswith("|") for n in run)
        closed = all(lines[n].rstrip().endswith("|") for n in run[:-1])
        for number in run:
            self._pipes(number, framed_left, closed)
        return at

    def _pipes(self, at: int, framed_left: bool, closed: bool) -> None:
        """A line with pipes is a row; prose glued to its first or last cell is set free."""
        line = self.lines[at]
        cells = _split_pipes(line, framed_left, closed)
        first = cells[0]
        if len(first) > SHORT or _HEADING.match(first):
            head, _, tail = first.rpartition(" ")
            if head and len(tail) <= SHORT:
                self._close()
                self._paragraph(head, at)
                cells[0] = tail
            elif len(first) > SHORT and len(cells) <= 2:
                self._close()
                self._paragraph(line.strip().strip("|"), at)
                return
        self._add_freed(cells, at)

    def _add_freed(self, cells: list[str], at: int) -> None:
        """Add cells; a cell of a number with prose behind it ends the table, and may start the next."""
        if not any(len(cell) > 10 and _NUMBER_THEN_TEXT.match(cell) for cell in cells):
            self._add_row(cells, at)
            return
        row: list[str] = []
        for cell in cells:
            if len(cell) > 10 and (found := _NUMBER_THEN_TEXT.match(cell)):
                self._add_row([*row, found[1]], at)
                self._close()
                head, _, tail = found[2].rpartition(" ")
                self._paragraph(head or tail, at)
                row = [tail] if head and len(tail) <= SHORT else []
            else:
                row.append(cell)
        if row:
            self._add_row(row, at)

    def _pipe_follows(self, at: int) -> bool:
        """Whether a short line of text is followed by a line of nothing but a pipe."""
        lines = self.lines
        if len(lines[at]) > SHORT:
            return False
        for line in lines[at + 1 : at + 4]:
            if line and not line.isspace():
                return line.strip() == "|"
        return False

    def _between_pipes(self, at: int) -> int:
        """Cell text, then a line with a pipe: the pipe closes the cell, a further pipe is a blank cell."""
        self._add_row([_tidy(self.lines[at])], at)
        at += 1
        while self.lines[at].strip() != "|":
            at += 1
        return at + 1

    # -- tabs ----------------------------------------------------------------------------------

    def _tabs(self, at: int) -> int:
        line = self.lines[at]
        inner = line.lstrip("\t")
        if "\t" in inner or inner is line or (not inner.strip() and line.count("\t") > 1):
            self._add_row([_tidy(cell) for cell in line.split("\t")], at)
            return at + 1
        return self._tab_row(at)

    def _tab_row(self, at: int) -> int:
        """One cell a line after a tab; a blank line without a tab ends the row."""
        lines, end, start = self.lines, len(self.lines), at
        texts: list[str] = []
        places: list[int] = []
        while at < end:
            line = lines[at]
            if line[:1] == "\t":
                texts.append(_tidy_short(line) if len(line) <= SHORT else _tidy_any(line))
                places.append(at)
            elif not line or line.isspace() or not _continues(texts[-1], line):
                break
            else:
                texts[-1] += _tidy(line)
            at += 1
        if not self.cells:
            self.started = start + 1
        self.row += 1
        row = self.row
        self.cells += [
            _cell(Cell, (text, row, n, 1, 1, place + 1))
            for n, (text, place) in enumerate(zip(texts, places, strict=True), 1)
        ]
        return at


def _continues(cell: str, line: str) -> bool:
    """Whether a line without a tab goes on with the label of the cell before it (商业 / 企业)."""
    return bool(cell) and not cell[-1].isdigit() and len(line) <= 12 and not _HEADING.match(line) and "|" not in line


def _split_pipes(line: str, framed_left: bool, closed: bool) -> list[str]:
    line = line.strip()
    cells = line.split("|")
    if framed_left and len(cells) > 1 and line != "|":
        del cells[0]
    if closed and line.endswith("|") and len(cells) > 1:
        del cells[-1]
    return [_tidy(cell) for cell in cells]


def _tidy(text: str) -> str:
    """Outer blanks off, inner runs of blanks to one space; Markdown emphasis marks off."""
    return _tidy_short(text) if len(text) <= SHORT else _tidy_any(text)


def _tidy_any(text: str) -> str:
    text = _SPACES.sub(" ", text).strip()
    return text.strip("*") if text[:2] == "**" else text


_tidy_short = lru_cache(maxsize=1 << 14)(_tidy_any)
"""Cells repeat from row to row and from page to page."""

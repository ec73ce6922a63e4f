"""Characters to lines, lines to pieces, and the text of cells, told by where characters stand and by nothing else."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from itertools import pairwise

from govreport.read.pdf.page import HAN, Char, Turn, turn_of, turned_box

GAP = 0.1
"""Blank between two characters, in parts of their size, from which on they may belong to two cells: neighbouring
cells without rules stand as near as an eighth of a character, kerning stays below a twentieth."""

UNIT = re.compile(r"(?:百万|千|万|亿)?元|[件个项条宗次份起例部篇人户期处]|人次|%|％")
"""Units that stand behind figures."""

_WORD_GAP = 1.0
_UNIT_GAP = 0.4  # programs set Chinese signs apart from digits by a fifth or a quarter of a character
_LONGEST_SPACE = 1.2
_SAME_LINE = 0.15
_SMALL = 0.78  # raised footnote marks are smaller than this share of the text
_NUMERIC = re.compile(r"[\d０-９.,，．+\-−－%％]")


class Piece:
    """A run of characters of one line without a gap: a cell's line, or part of a sentence.

    Attributes:
        chars: its characters from left to right.
        text: what they say.
        x0: left side.
        x1: right side.
        y: baseline.
        size: size of the largest letter.
    """

    __slots__ = ("chars", "size", "text", "x0", "x1", "y")

    def __init__(self, chars: list[Char]) -> None:
        self.chars = chars
        self.text = line_text(chars)
        self.x0, self.x1, self.y = chars[0].x0, chars[-1].x1, chars[0].y
        self.size = max([c.size for c in chars])


@dataclass(slots=True)
class Line:
    """Characters on one baseline, from left to right, and the pieces that gaps part them into.

    ``figures`` are those pieces that may be figures of a table, once they were looked for.
    """

    chars: list[Char]
    pieces: list[Piece]
    figures: list[Piece] | None = None
    _size: float | None = field(default=None, init=False, repr=False, compare=False)

    @property
    def x0(self) -> float:
        """Left side."""
        return self.chars[0].x0

    @property
    def x1(self) -> float:
        """Right side."""
        return self.chars[-1].x1

    @property
    def y(self) -> float:
        """Baseline."""
        return self.chars[0].y

    @property
    def size(self) -> float:
        """Size of most letters."""
        if self._size is None:
            self._size = Counter([c.size for c in self.chars]).most_common(1)[0][0]
        return self._size

    @property
    def text(self) -> str:
        """Text of the whole line."""
        return line_text(self.chars)


def raised(line: Line, by: float) -> Line:
    """A line as if it stood higher on the page: above the first line of the next page, for example."""
    return Line(
        [c._replace(y=c.y - by) for c in line.chars],
        [Piece([c._replace(y=c.y - by) for c in piece.chars]) for piece in line.pieces],
    )


def rows_of(chars: Iterable[Char]) -> list[list[Char]]:
    """Characters by baseline, top to bottom, each row from left to right; rows of blanks alone are left out."""
    rows: list[list[Char]] = []
    for char in sorted(chars, key=lambda c: (c.y, c.x0)):
        if rows and char.y - rows[-1][0].y <= _SAME_LINE * min(char.size, rows[-1][0].size):
            rows[-1].append(char)
        else:
            rows.append([char])
    made = []
    for row in rows:
        row.sort(key=lambda c: c.x0)
        while row and row[0].text == " ":
            del row[0]
        while row and row[-1].text == " ":
            del row[-1]
        if row:
            made.append(row)
    return made


def lines_of(chars: Iterable[Char]) -> list[Line]:
    """Lines of a page or a part of one."""
    return [Line(row, _pieces(row)) for row in rows_of(chars)]


def _pieces(row: list[Char]) -> list[Piece]:
    """A line cut at its gaps; a printed blank is no gap unless it is wide, a unit stays with its figure."""
    cuts = [0]
    blank = 0.0
    for number, (a, b) in enumerate(pairwise(row), 1):
        size = max(a.size, b.size)
        blank = blank + a.x1 - a.x0 if a.text == " " else 0.0
        if b.text != " " and (b.x0 - a.x1 > GAP * size or blank > _LONGEST_SPACE * size):
            cuts.append(number)
    parts = _with_inner_figures([row[start:stop] for start, stop in pairwise([*cuts, len(row)])])
    made: list[list[Char]] = []
    for part in parts:
        while part and part[-1].text == " ":
            part = part[:-1]
        while part and part[0].text == " ":
            part = part[1:]
        if not part:
            continue
        close = bool(made) and part[0].x0 - made[-1][-1].x1 <= _UNIT_GAP * part[0].size
        if close and made[-1][-1].text.isdigit() and UNIT.fullmatch("".join(c.text for c in part)):
            made[-1] = made[-1] + part
        else:
            made.append(part)
    return [Piece(part) for part in made]


def _with_inner_figures(parts: list[list[Char]]) -> list[list[Char]]:
    """Parts with figures inside a label put back: the program has set them off by the same small gap at both sides."""
    made: list[list[Char]] = []
    number = 0
    while number < len(parts):
        part = parts[number]
        if made and number + 1 < len(parts) and all(_NUMERIC.match(c.text) for c in part):
            behind = parts[number + 1]
            gaps = part[0].x0 - made[-1][-1].x1, behind[0].x0 - part[-1].x1
            words = HAN.match(made[-1][-1].text) and HAN.match(behind[0].text)
            small = max(gaps) < 0.3 * part[0].size and abs(gaps[0] - gaps[1]) < 0.05 * part[0].size
            if words and small and not UNIT.fullmatch("".join(c.text for c in behind)):
                made[-1] = made[-1] + part + behind
                number += 2
                continue
        made.append(part)
        number += 1
    return made


def line_text(row: Sequence[Char]) -> str:
    """Text of one line. Gaps between letters or digits are blanks; a smaller raised mark stands apart from figures."""
    text = row[0].text if row else ""
    for a, b in pairwise(row):
        text += " " + b.text if _parted(a, b) else b.text
    return " ".join(text.split())


def _parted(a: Char, b: Char) -> bool:
    size = max(a.size, b.size)
    gap = b.x0 - a.x1
    if HAN.match(a.text) or HAN.match(b.text):
        return gap > _WORD_GAP * size
    raised = min(a.size, b.size) < _SMALL * size and abs(a.y - b.y) > 0.05 * size
    return gap > GAP * size or (raised and _NUMERIC.match(a.text) is not None)


def box_text(chars: Sequence[Char], room: float) -> str:
    """Text of a cell: its lines joined as one label; figures of two lines only where the first fills the cell.

    Args:
        chars: what stands in the cell.
        room: width that a line of the cell can have.
    """
    upright = [c for c in chars if not c.angle]
    texts = [_joined(rows_of(upright), room)] if upright else []
    for angle in sorted({c.angle for c in chars if c.angle}):
        turn = turn_of(angle, 0.0, 0.0)
        texts.append(_joined(rows_of(_upright(c, turn) for c in chars if c.angle == angle), 0.0))
    return "\n".join(text for text in texts if text)


def _upright(char: Char, turn: Turn) -> Char:
    x0, _, x1, bottom = turned_box(turn, (char.x0, char.y - 0.88 * char.size, char.x1, char.y + 0.12 * char.size))
    return Char(char.text, x0, x1, bottom - 0.12 * char.size, char.size)


def _joined(rows: list[list[Char]], room: float) -> str:
    text = line_text(rows[0]) if rows else ""
    for above, below in pairwise(rows):
        text += joint(above, below, room) + line_text(below)
    return text


def joint(above: Sequence[Char], below: Sequence[Char], room: float) -> str:
    """What stands between two lines of one cell: nothing inside a label or a broken figure, else a line end or blank.

    A figure goes on in the next line only where the line above has no room for the next digit.
    """
    a, b = above[-1], below[0]
    if _NUMERIC.match(a.text) and _NUMERIC.match(b.text):
        wide = max(c.x1 - c.x0 for c in (*above, *below))
        full = 0 < room < above[-1].x1 - above[0].x0 + wide
        whole = all(_NUMERIC.match(c.text) for c in (*above, *below)) and len(below) <= len(above)
        return "" if full and whole else "\n"
    if a.text.isalnum() and b.text.isalnum() and not (HAN.match(a.text) or HAN.match(b.text)):
        return " " if not (a.text.isdigit() or b.text.isdigit()) else ""
    return ""

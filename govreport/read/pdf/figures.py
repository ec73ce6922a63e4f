"""Figures of tables without rules: which pieces of a line are figures, and what belongs to them."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from typing import NamedTuple

from govreport.read.pdf.lines import UNIT, Line, Piece
from govreport.read.pdf.stacks import set_alike

INSIDE = 2.4
"""Letters by which the next line of a cell stands lower at the most."""

_FIGURE = re.compile(
    r"[+\-−－]?[\d０-９][\d０-９,，.．]*\s?(?:%|％|(?:百万|千|万|亿)?元|[件个项条宗次份起例部篇人户期处]|人次)?|[-—–―－/／]{1,4}|无"
)
_LONGEST_FIGURE = 16
_CLOSE = 0.35  # parts of a letter: nearer text behind a figure belongs to it
_GUTTER = 1.5
_SAME_LEVEL = 0.15
_SHORT_WORD = 2  # letters: units are no longer
_UNIT_LONG = 3
_TOUCHING = re.compile(r".*[\u4e00-\u9fff）)](\d[\d,.]*)")
_TOUCH = 0.12
_DIGIT = re.compile(r"[\d０-９]")


class Column(NamedTuple):
    """Where the figures of a column stand."""

    x0: float
    x1: float

    def meets(self, x0: float, x1: float) -> bool:
        """Whether something stands over or under the column by more than a hair."""
        return min(self.x1, x1) - max(self.x0, x0) > 0.5

    def joined(self, x0: float, x1: float) -> Column:
        """The column made as wide as to hold both."""
        return Column(min(self.x0, x0), max(self.x1, x1))


def columns_of(figures: Iterable[Piece]) -> list[Column]:
    """Columns that figures stand in: those over or under each other share one."""
    made: list[Column] = []
    for piece in sorted(figures, key=lambda p: p.x0):
        if made and made[-1].meets(piece.x0, piece.x1):
            made[-1] = made[-1].joined(piece.x0, piece.x1)
        else:
            made.append(Column(piece.x0, piece.x1))
    return made


def figures_of(line: Line) -> list[Piece]:
    """Pieces of a line that are figures and stand apart from the text behind them."""
    if line.figures is None:
        line.figures = _figures_of(line)
    return line.figures


def _figures_of(line: Line) -> list[Piece]:
    found = []
    for number, piece in enumerate(line.pieces):
        if len(piece.text) > _LONGEST_FIGURE or not _FIGURE.fullmatch(piece.text):
            continue
        behind = line.pieces[number + 1] if number + 1 < len(line.pieces) else None
        if behind and behind.x0 - piece.x1 < _CLOSE * piece.size and not _FIGURE.fullmatch(behind.text):
            continue
        found.append(piece)
    return found


def demote_dashes(cluster: list[Line]) -> None:
    """Take dashes for words where the other rows have words: no unit, no code."""
    words = [
        Column(piece.x0, piece.x1)
        for line in cluster if any(_DIGIT.search(p.text) for p in figures_of(line))
        for piece in line.pieces if len(piece.text) <= _UNIT_LONG and all(piece is not p for p in figures_of(line))
    ]  # fmt: skip
    for line in cluster:
        line.figures = [
            p for p in figures_of(line) if _DIGIT.search(p.text) or not any(w.meets(p.x0, p.x1) for w in words)
        ]


def with_units(cluster: list[Line]) -> list[Line]:
    """Lines with figures and the units under them made one, at the height that other figures of rows have."""
    pieces = [piece for line in cluster for piece in line.pieces]
    units = [piece for piece in pieces if UNIT.fullmatch(piece.text)]
    pairs = [(figure, unit) for line in cluster for figure in figures_of(line) if _DIGIT.search(figure.text[-1])
             for unit in units if _right_below(figure, unit)]  # fmt: skip
    if not pairs:
        return cluster
    broken = {id(piece) for pair in pairs for piece in pair}
    levels = [piece.y for piece in pieces if id(piece) not in broken]
    heights = [[(a.y + b.y) / 2 for a, b in pairs], [a.y for a, _ in pairs], [b.y for _, b in pairs]]
    fits = [sum(any(abs(y - level) < 1.0 for level in levels) for y in height) for height in heights]
    chosen = heights[fits.index(max(fits))]
    whole = [piece for piece in pieces if id(piece) not in broken]
    for (figure, unit), y in zip(pairs, chosen, strict=True):
        end = figure.x1
        tail = [c._replace(x0=end + c.x0 - unit.x0, x1=end + c.x1 - unit.x0, y=y) for c in unit.chars]
        whole.append(Piece([*(c._replace(y=y) for c in figure.chars), *tail]))
    rows: list[list[Piece]] = []
    for piece in sorted(whole, key=lambda p: p.y):
        if rows and piece.y - rows[-1][0].y <= _SAME_LEVEL * piece.size:
            rows[-1].append(piece)
        else:
            rows.append([piece])
    return [Line([c for p in row for c in p.chars], row) for row in (sorted(r, key=lambda p: p.x0) for r in rows)]


def _right_below(figure: Piece, unit: Piece) -> bool:
    near = 0.5 * unit.size < unit.y - figure.y <= INSIDE * unit.size
    return near and set_alike(figure, unit) and Column(figure.x0, figure.x1).meets(unit.x0, unit.x1)


def side_by_side(cluster: list[Line]) -> list[list[Line]]:
    """The tables of a cluster that stand beside each other: labels with figures at both sides of a blank strip."""
    size = cluster[0].size
    pieces = sorted((p for line in cluster for p in line.pieces), key=lambda p: p.x0)
    reach = pieces[0].x1
    for piece in pieces:
        if piece.x0 - reach > _GUTTER * size:
            sides = [_half(cluster, 0.0, piece.x0 - 0.5), _half(cluster, piece.x0 - 0.5, float("inf"))]
            if all(map(_has_rows, sides)):
                return [sides[0], *side_by_side(sides[1])]
        reach = max(reach, piece.x1)
    return [cluster]


def _half(lines: list[Line], low: float, high: float) -> list[Line]:
    halves = [[p for p in line.pieces if low <= p.x0 < high] for line in lines]
    return [Line([c for p in pieces for c in p.chars], pieces) for pieces in halves if pieces]


def _has_rows(lines: list[Line]) -> bool:
    """Whether words stand before figures here, so that this is a table by itself and no further columns of one."""
    rows = [line for line in lines if figures_of(line)]
    start = min((figures_of(line)[0].x0 for line in rows), default=0.0)
    words = [piece for line in lines for piece in line.pieces[:1] if piece.x1 <= start]
    led = sum(line.pieces[0] is not figures_of(line)[0] for line in rows)
    return any(len(piece.text) > _SHORT_WORD for piece in words) and bool(led) and 2 * led >= len(rows)


def loosened(lines: Sequence[Line], edges: Sequence[float]) -> list[Line]:
    """Lines with figures set free that touch the label before them, told by the left sides of other figures."""
    edges = [*edges, *(p.x0 for line in lines for p in figures_of(line))]
    made = []
    for line in lines:
        pieces = [part for piece in line.pieces for part in _split(piece, edges)]
        made.append(line if len(pieces) == len(line.pieces) else Line(line.chars, pieces))
    return made


def _split(piece: Piece, edges: Sequence[float]) -> list[Piece]:
    match = _TOUCHING.fullmatch(piece.text)
    size = len(match[1]) if match else 0
    if not match or size >= len(piece.chars) or "".join(c.text for c in piece.chars[-size:]) != match[1]:
        return [piece]
    start = piece.chars[-size].x0
    if all(abs(start - edge) > _TOUCH * piece.size for edge in edges):
        return [piece]
    return [Piece(piece.chars[:-size]), Piece(piece.chars[-size:])]

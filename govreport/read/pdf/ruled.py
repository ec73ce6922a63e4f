"""Tables with rules: from straight lines to cells with spans, and the characters that stand in each.

Lines are snapped, joined and grouped by their crossings. Between the lines of a group lie the places of its grid;
places that no line parts are one merged cell. A character belongs to the cell that holds its middle.
"""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from itertools import pairwise

from govreport.read.cells import MAX_CELLS, MAX_COLUMNS, squash
from govreport.read.groups import connected
from govreport.read.pdf.lines import box_text, lines_of, rows_of
from govreport.read.pdf.page import Char, Rule

SNAP = 3.0
"""Points: lines nearer than this are one line, for borders are drawn double or cell by cell."""

_MOST_RULES = 3_000
_MOST_CROSSINGS = 3_000_000
_USUAL_PAD = 2.0
_FRAME = 2  # lines at both sides of a single column, or above and below a single row
_FIGURE = re.compile(r"[+\-−－]?\d[\d,.，]*")


@dataclass(slots=True)
class Box:
    """A cell: rows and columns of the grid it covers (from 0, ends not included), and its characters."""

    top: int
    left: int
    bottom: int
    right: int
    chars: list[Char] = field(default_factory=list)
    text: str = ""
    page: int = 0


@dataclass(slots=True)
class Ruled:
    """A table with rules: where its lines are, and its cells in reading order."""

    xs: list[float]
    ys: list[float]
    boxes: list[Box]
    pad: float = _USUAL_PAD

    @property
    def top(self) -> float:
        """Upper side on the page."""
        return self.ys[0]

    @property
    def bottom(self) -> float:
        """Lower side on the page."""
        return self.ys[-1]

    @property
    def area(self) -> float:
        """Size on the page."""
        return (self.xs[-1] - self.xs[0]) * (self.ys[-1] - self.ys[0])

    def room(self, box: Box) -> float:
        """Width that text has in a cell."""
        return self.xs[box.right] - self.xs[box.left] - 2 * self.pad


def find_ruled(rules: Sequence[Rule], chars: Sequence[Char]) -> tuple[list[Ruled], list[Char], bool]:
    """Tables of a page from top to bottom, characters that stand in none, and whether there were too many rules."""
    flat = _snapped([r for r in rules if r.flat])
    steep = _snapped([r for r in rules if not r.flat])
    if max(len(flat), len(steep)) > _MOST_RULES or len(flat) * len(steep) > _MOST_CROSSINGS:
        return [], list(chars), True
    made = [table for group in _groups(flat, steep) if (table := _table(*group))]
    rest = list(chars)
    kept = []
    for table in sorted(made, key=lambda t: t.area):  # an inner table takes its characters before its frame does
        inside, outside = _fill(table, rest)
        if inside:
            kept.append(table)
            rest = outside
    for table in kept:
        _write(table)
    framed = [table for table in kept if _is_frame(table)]
    rest += [char for table in framed for box in table.boxes for char in box.chars]
    kept = [table for table in kept if all(table is not other for other in framed)]
    return sorted(kept, key=lambda t: (t.top, t.xs[0])), rest, False


def _is_frame(table: Ruled) -> bool:
    """Whether the rules part rows only, columns only, or nothing: most cells with figures hold several of them."""
    if len(table.xs) > _FRAME and len(table.ys) > _FRAME + 1:
        return False
    single = several = 0
    for box in table.boxes:
        lines = lines_of(c for c in box.chars if not c.angle)
        figures = sum(_FIGURE.fullmatch(piece.text) is not None for line in lines for piece in line.pieces)
        single += figures == 1
        several += figures > 1
    return several > 1 and several > single


def _snapped(rules: list[Rule]) -> list[Rule]:
    """Lines at nearly the same place put on one place, and those that touch joined."""
    made: list[Rule] = []
    group: list[Rule] = []
    for rule in sorted(rules, key=lambda r: r.at):
        if group and rule.at - group[0].at > SNAP:
            made += _joined(group)
            group = []
        group.append(rule)
    return made + _joined(group)


def _joined(group: list[Rule]) -> list[Rule]:
    if not group:
        return []
    at = sum(r.at for r in group) / len(group)
    made: list[Rule] = []
    for rule in sorted(group, key=lambda r: r.start):
        if made and rule.start - made[-1].end <= SNAP:
            made[-1] = made[-1]._replace(end=max(made[-1].end, rule.end))
        else:
            made.append(rule._replace(at=at))
    return made


def _groups(flat: list[Rule], steep: list[Rule]) -> list[tuple[list[Rule], list[Rule]]]:
    """Lines that hang together by crossing or touching each other."""
    places = [r.at for r in flat]
    pairs = (
        (other, number)
        for number, rule in enumerate(steep, len(flat))
        for other in range(bisect_left(places, rule.start - SNAP), bisect_right(places, rule.end + SNAP))
        if flat[other].start - SNAP <= rule.at <= flat[other].end + SNAP
    )
    rules = [*flat, *steep]
    groups = connected(len(rules), pairs)
    made = [([rules[n] for n in g if n < len(flat)], [rules[n] for n in g if n >= len(flat)]) for g in groups]
    return [group for group in made if group[0] and group[1]]


def _places(values: Iterable[float]) -> list[float]:
    """Values in order, those closer than ``SNAP`` taken as one."""
    made: list[float] = []
    for value in sorted(values):
        if not made or value - made[-1] > SNAP:
            made.append(value)
    return made


def _nearest(places: Sequence[float], value: float) -> int:
    at = bisect_left(places, value)
    if at and (at == len(places) or value - places[at - 1] <= places[at] - value):
        return at - 1
    return at


def _table(flat: list[Rule], steep: list[Rule]) -> Ruled | None:
    """The grid between the lines of a group; None for frames, underlines and other drawings."""
    xs = _places([r.at for r in steep] + [e for r in flat for e in (r.start, r.end)])
    ys = _places([r.at for r in flat] + [e for r in steep for e in (r.start, r.end)])
    rows, columns = len(ys) - 1, len(xs) - 1
    if rows < 1 or columns < 1 or rows * columns < 2 or rows * columns > MAX_CELLS or columns > MAX_COLUMNS:
        return None
    beside = _walls(steep, xs, ys)
    below = _walls(flat, ys, xs)
    boxes = _boxes(rows, columns, beside, below)
    return Ruled(xs, ys, boxes) if len(boxes) > 1 else None


def _walls(rules: list[Rule], across: Sequence[float], along: Sequence[float]) -> list[bytearray]:
    """For each line of the grid, which stretches of it are drawn."""
    made = [bytearray(len(along) - 1) for _ in across]
    for rule in rules:
        line = made[_nearest(across, rule.at)]
        first, last = _nearest(along, rule.start), _nearest(along, rule.end)
        line[first:last] = b"\x01" * (last - first)
    return made


def _boxes(rows: int, columns: int, beside: list[bytearray], below: list[bytearray]) -> list[Box]:
    """Places joined where no line parts them; what is then no rectangle is cut into the runs of its rows."""
    places = [(row * columns + column, row, column) for row in range(rows) for column in range(columns)]
    aside = [(n, n + 1) for n, row, column in places if column + 1 < columns and not beside[column + 1][row]]
    under = [(n, n + columns) for n, row, column in places if row + 1 < rows and not below[row + 1][column]]
    made: list[Box] = []
    for members in connected(len(places), aside + under):
        made += _rectangles(members, columns)
    return sorted(made, key=lambda b: (b.top, b.left))


def _rectangles(places: list[int], columns: int) -> list[Box]:
    """The rectangle of the places, or several where they form none: runs of one row, joined where equally wide."""
    low, high = places[0] // columns, places[-1] // columns
    left, right = min(p % columns for p in places), max(p % columns for p in places)
    if (high - low + 1) * (right - left + 1) == len(places):
        return [Box(low, left, high + 1, right + 1)]
    runs: list[Box] = []
    for place in places:
        row, column = divmod(place, columns)
        if runs and runs[-1].top == row and runs[-1].right == column:
            runs[-1].right = column + 1
        else:
            runs.append(Box(row, column, row + 1, column + 1))
    made: list[Box] = []
    for run in runs:
        above = next((b for b in made if b.bottom == run.top and (b.left, b.right) == (run.left, run.right)), None)
        if above:
            above.bottom = run.bottom
        else:
            made.append(run)
    return made


def _fill(table: Ruled, chars: list[Char]) -> tuple[list[Char], list[Char]]:
    """Give each character to the cell that holds its middle; gives those inside and those outside the table."""
    xs, ys = table.xs, table.ys
    columns = len(xs) - 1
    owner: list[Box | None] = [None] * (columns * (len(ys) - 1))
    for box in table.boxes:
        for row in range(box.top, box.bottom):
            owner[row * columns + box.left : row * columns + box.right] = [box] * (box.right - box.left)
    inside, outside = [], []
    for char in chars:
        x, y = char.middle
        if not (xs[0] <= x < xs[-1] and ys[0] <= y < ys[-1]):
            outside.append(char)
            continue
        cell = owner[(bisect_right(ys, y) - 1) * columns + bisect_right(xs, x) - 1]
        assert cell is not None  # the boxes cover all places
        cell.chars.append(char)
        inside.append(char)
    return inside, outside


def _write(table: Ruled) -> None:
    """Texts of the cells, once it is known how near to its rules the table lets its text come."""
    pads = sorted(p for box in table.boxes for p in _pads(table, box))
    table.pad = max(0.0, pads[len(pads) // 4]) if pads else _USUAL_PAD
    widest: dict[tuple[int, int], float] = {}
    for box in table.boxes:
        rows = rows_of(c for c in box.chars if not c.angle)
        if len(rows) == 1:
            width = rows[0][-1].x1 - rows[0][0].x0
            widest[box.left, box.right] = max(width, widest.get((box.left, box.right), 0.0))
    for box in table.boxes:
        if box.chars:
            room = max(table.room(box), widest.get((box.left, box.right), 0.0))
            box.text = "\n".join(map(squash, box_text(box.chars, room).split("\n")))


def _pads(table: Ruled, box: Box) -> Iterable[float]:
    """Blank at the nearer side of the lines that are broken: a label broken over lines fills its cell."""
    rows = rows_of(c for c in box.chars if not c.angle)
    for above, _ in pairwise(rows):
        yield min(above[0].x0 - table.xs[box.left], table.xs[box.right] - above[-1].x1)

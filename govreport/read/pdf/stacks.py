"""Labels of tables without rules: which lines make one label, and which row of figures it belongs to.

Lines that stand under each other form a *stack*. All ways to part a stack into labels are weighed: a label starts at a
numbering, its lines stand closer than rows do, a line that has room left is a last line, and a label is set so that its
first, middle or last line (in the same way all over a table) is level with its figures.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from itertools import pairwise

from govreport.read.pdf.lines import Line, Piece, joint
from govreport.read.pdf.page import Rule

_NUMBERED = re.compile(
    r"\s*(?:[（(][一二三四五六七八九十\d]{1,3}[）)]|[一二三四五六七八九十]{1,3}[、.．]|\d{1,2}[、.．)）])"
)
_UNIT = re.compile(r"(?:百|千|万|百万|亿)?元|人次")
_GOES_ON = tuple("、，；：（(“")
_NO_START = tuple("）)、，。；：”")
_LEVEL = 0.22  # parts of a letter by which a label may miss the baseline of its figures
_PITCH = 2.4  # letters: lines of one label are never further apart
_ALIGNED = 0.35
_BESIDE = 0.4
_FAR_BORDER = 4.0

# How much each sign counts when a stack is parted; only their order matters.
_NO_NUMBER = 1.2
_NEW_NUMBER, _SAME_PITCH, _OTHER_PITCH, _NO_PITCH = -4.0, 1.5, -3.0, -1.0
_FULL, _ROOM_LEFT, _OPEN = 0.5, -1.0, 2.5
_FREE_ROW, _TAKEN_ROW, _CROSSED_ROW = 3.0, 0.5, -3.0
_UNCLOSED = -4.0

MODES = ("middle", "top", "bottom")


@dataclass(slots=True)
class Block:
    """Lines of one label or heading, the baseline of the row that it is level with, and what other pages hold of it."""

    pieces: list[Piece]
    row: float | None = None
    anchor: float = 0.0
    before: str = ""
    after: str = ""

    @property
    def x0(self) -> float:
        """Left side."""
        return min(p.x0 for p in self.pieces)

    @property
    def x1(self) -> float:
        """Right side."""
        return max(p.x1 for p in self.pieces)

    @property
    def top(self) -> float:
        """Baseline of the first line."""
        return self.pieces[0].y

    @property
    def bottom(self) -> float:
        """Baseline of the last line."""
        return self.pieces[-1].y

    @property
    def text(self) -> str:
        """The lines as one label."""
        made = self.before + self.pieces[0].text
        for above, below in pairwise(self.pieces):
            made += joint(above.chars, below.chars, 0.0) + below.text
        return made + self.after

    def overlaps(self, other: Block) -> bool:
        """Whether one stands over the other."""
        return min(self.x1, other.x1) - max(self.x0, other.x0) > 0.5


def stacks_of(pieces: Iterable[Piece], rules: Sequence[Rule] = ()) -> list[list[Piece]]:
    """Pieces that stand closely under each other and are set in the same way."""
    stacks: list[list[Piece]] = []
    near: list[list[Piece]] = []
    for piece in sorted(pieces, key=lambda p: (p.y, p.x0)):
        near = [s for s in near if piece.y - s[-1].y <= _PITCH * piece.size]
        above = [s for s in near if s[-1].y < piece.y - 0.5 * piece.size and _over(s[-1], piece)]
        nearest = max(above, key=lambda s: s[-1].y, default=None)
        if nearest and _follows(nearest[-1], piece) and not _ruled_off(nearest[-1], piece, rules):
            nearest.append(piece)
        else:
            stacks.append([piece])
            near.append(stacks[-1])
    return stacks


def _over(above: Piece, below: Piece) -> bool:
    shared = min(above.x1, below.x1) - max(above.x0, below.x0)
    return shared > 0.5 * min(above.x1 - above.x0, below.x1 - below.x0)


def set_alike(above: Piece, below: Piece) -> bool:
    """Whether two pieces share a side or their middle."""
    sides = (above.x0 - below.x0, above.x1 - below.x1, (above.x0 + above.x1 - below.x0 - below.x1) / 2)
    return min(map(abs, sides)) < _ALIGNED * below.size


def _follows(above: Piece, below: Piece) -> bool:
    near = below.y - above.y <= _PITCH * below.size
    return near and 0.85 < above.size / below.size < 1.18 and set_alike(above, below)


def _ruled_off(above: Piece, below: Piece, rules: Sequence[Rule]) -> bool:
    return any(above.y - 0.3 * above.size < r.at < below.y and r.start < below.x1 and r.end > below.x0 for r in rules)


def heading_blocks(lines: Sequence[Line], pitch: float | None) -> list[Block]:
    """Headings of columns: told by the distance of their lines and by how full they are."""
    stacks = stacks_of(p for line in lines for p in line.pieces)
    return [block for stack in stacks for block in _parted(_Stack(stack, "middle", pitch, [], set()))[1]]


def label_blocks(
    labels: Sequence[Piece],
    rows: Sequence[float],
    rules: Sequence[Rule],
    pitch: float | None,
    edges: Sequence[float] = (),
) -> list[Block]:
    """Labels with the rows they belong to, by the way of setting that fits best.

    Args:
        labels: lines of labels.
        rows: baselines of the rows of figures.
        rules: lines that lie between rows, if any.
        pitch: distance of two lines of one label, where it is known.
        edges: where pieces begin, in order: a line far from the next column has room left.
    """
    stacks = sorted(stacks_of(labels, rules), key=lambda s: -min(p.x0 for p in s))
    best: tuple[float, list[Block]] | None = None
    for mode in MODES:
        score, blocks, taken = 0.0, [], set[float]()
        for stack in stacks:
            own, made = _parted(_Stack(stack, mode, pitch, list(rows), taken, edges))
            score += own
            blocks += made
            if any(len(b.text) > 2 for b in made):
                taken.update(b.row for b in made if b.row is not None)
        if best is None or score > best[0] + 1e-6:
            best = score, blocks
    if best is None:
        return []
    _give_level_rows(best[1], rows)
    return best[1]


def _give_level_rows(blocks: list[Block], rows: Sequence[float]) -> None:
    """Rows that no label is set for, given to the label that stands beside them, lowest words of a page for example.

    What stands at the same height in one table is one row, save for labels of groups, which stand further left.
    """
    taken = {block.row for block in blocks}
    for row in rows:
        beside = [
            b for b in blocks if b.top - _BESIDE * b.pieces[0].size <= row <= b.bottom + _BESIDE * b.pieces[0].size
        ]
        if row in taken or not beside:
            continue
        nearest = max(beside, key=lambda b: b.x1)
        if nearest.row is None and all(b is nearest or b.x1 <= nearest.x0 for b in beside):
            nearest.row = row


def inner_pitch(pieces: Iterable[Piece], rows: Sequence[float]) -> float | None:
    """Distance of two lines of one label; None where it is no smaller than that of two rows."""
    stacks = stacks_of(pieces)
    pitches = [b.y - a.y for stack in stacks for a, b in pairwise(stack)]
    apart = [b - a for a, b in pairwise(sorted(rows)) if b - a > 1.0]
    if not pitches:
        return None
    least = min(pitches)
    rows_apart = min(apart, default=max(pitches))
    return None if least > 0.94 * rows_apart else least


@dataclass(slots=True)
class _Stack:
    pieces: list[Piece]
    mode: str
    pitch: float | None
    rows: list[float]
    taken: set[float]
    edges: Sequence[float] = ()
    joins: list[float] = field(default_factory=list)
    numbered: bool = False

    def __post_init__(self) -> None:
        right = max(p.x1 for p in self.pieces)
        widest = max(p.x1 - p.x0 for p in self.pieces)
        left = max(abs(p.x0 - self.pieces[0].x0) for p in self.pieces) < 1.0
        self.numbered = 5 * sum(_NUMBERED.match(p.text) is not None for p in self.pieces) > 2 * len(self.pieces)
        border = next((edge for edge in self.edges if edge > right), right)
        for above, below in pairwise(self.pieces):
            room = right - above.x1 if left else widest - (above.x1 - above.x0)
            if left and border - above.x1 > _FAR_BORDER * above.size:
                room = border - above.x1
            self.joins.append(self._join(above, below, room))

    def _join(self, above: Piece, below: Piece, room: float) -> float:
        """How much speaks for two lines being one label."""
        score = _NEW_NUMBER if _NUMBERED.match(below.text) else _NO_NUMBER * self.numbered
        if self.pitch is not None:
            near = below.y - above.y <= 1.06 * self.pitch + 0.4
            score += _SAME_PITCH if near else _OTHER_PITCH
        else:
            score += _NO_PITCH
        first = below.chars[0]
        needed = (2 if below.text[1:2] in _NO_START else 1) * (first.x1 - first.x0)
        score += _FULL if room < needed + 0.1 * first.size else _ROOM_LEFT
        open_bracket = above.text.count("（") + above.text.count("(") > above.text.count("）") + above.text.count(")")
        if _UNIT.fullmatch(above.text + below.text) and not _UNIT.fullmatch(above.text):
            score += _OPEN  # the unit 万元 broken in two
        if open_bracket or above.text.endswith(_GOES_ON) or below.text.startswith(_NO_START):
            score += _OPEN
        return score

    def block(self, start: int, stop: int) -> tuple[float, Block]:
        """A label of some lines of the stack and how well it fits a row."""
        own = self.pieces[start:stop]
        at = {"middle": (own[0].y + own[-1].y) / 2, "top": own[0].y, "bottom": own[-1].y}[self.mode]
        reach = _LEVEL * own[0].size
        row = min(self.rows, key=lambda y: abs(y - at), default=None)
        if row is not None and abs(row - at) > reach:
            row = None
        score = 0.0 if row is None else _TAKEN_ROW if row in self.taken else _FREE_ROW
        for other in self.rows:
            if other != row and other not in self.taken and own[0].y - reach <= other <= own[-1].y + reach:
                score += _CROSSED_ROW
        text = "".join(piece.text for piece in own)
        if text.count("（") + text.count("(") > text.count("）") + text.count(")"):
            score += _UNCLOSED
        return score, Block(own, row, at)


def _parted(stack: _Stack) -> tuple[float, list[Block]]:
    """The best way to part a stack into labels."""
    best: list[tuple[float, list[Block]]] = [(0.0, [])]
    for stop in range(1, len(stack.pieces) + 1):
        found: tuple[float, list[Block]] | None = None
        joined = 0.0
        for start in range(stop - 1, max(-1, stop - 13), -1):
            if start < stop - 1:
                joined += stack.joins[start]
            fit, block = stack.block(start, stop)
            score = best[start][0] + joined + fit
            if found is None or score > found[0] + 1e-9:
                found = score, [*best[start][1], block]
        assert found is not None
        best.append(found)
    return best[-1]

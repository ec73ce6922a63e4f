"""Which lines of a page are a table without rules, and where it begins and ends."""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import pairwise
from statistics import median

from govreport.read.pdf.figures import INSIDE, Column, columns_of, figures_of
from govreport.read.pdf.lines import Line
from govreport.read.pdf.stacks import set_alike

_WIDE_GAP = 0.8
_WIDE_LINE = 0.6
_FAR = 6.0  # letters: lines further apart belong to two tables
_HEAD_LINES = 10
_REACH = 3.4  # letters: how far a heading may stand above its rows
_REGULAR = 1.6  # usual distance of rows: further apart only if tables are
_BIGGER = 1.12
_NUMERAL = re.compile(r"[一二三四五六七八九十]{1,3}、")


def clusters(lines: Sequence[Line], width: float, known: Sequence[Column]) -> list[list[Line]]:
    """Runs of lines that hold a table, cut to where it begins and ends."""
    made: list[list[Line]] = []
    run: list[Line] = []
    rows = [line for line in lines if _tabular(line) == 2]
    apart = median([b.y - a.y for a, b in pairwise(rows)] or [0.0])
    for line in lines:
        looks = _tabular(line)
        if run and (
            line.y - run[-1].y > max(_FAR * line.size, _REGULAR * apart)
            or not 1 / _BIGGER < line.size / run[-1].size < _BIGGER
            or (looks < 2 and _running(line, width) and not _in_columns(line, run[-3:]))
        ):
            made.append(run)
            run = []
        if looks == 2 or not _running(line, width) or _in_columns(line, run[-3:]):
            run.append(line)
    made.append(run)
    return [
        kept for number, run in enumerate(made)
        if (kept := _cut(run, () if number else known, bool(run) and run[-1] is lines[-1]))
    ]  # fmt: skip


def last_heading(lines: Sequence[Line], width: float) -> list[Line]:
    """Lines at the end of a page that may head a table on the next: pieces side by side, no figures, no sentence."""
    start = len(lines)
    while start and not (
        _heading(lines[start - 1]) or figures_of(lines[start - 1]) or _running(lines[start - 1], width)
    ):
        if start < len(lines) and lines[start].y - lines[start - 1].y > _FAR * lines[start].size:
            break
        start -= 1
    found = list(lines[start:])
    return found if any(len(line.pieces) > 1 for line in found) else []


def _tabular(line: Line) -> int:
    """How much a line looks like a row: 2 with several figures or one far from its label, 1 with a lone figure."""
    figures = figures_of(line)
    if not figures:
        return 0
    if len(figures) > 1:
        return 2
    gaps = [b.x0 - a.x1 for a, b in pairwise(line.pieces)]
    return 2 if max(gaps, default=0.0) >= _WIDE_GAP * line.size else 1


def _running(line: Line, width: float) -> bool:
    """Whether a line is one of running text: long, without a gap."""
    gaps = [b.x0 - a.x1 for a, b in pairwise(line.pieces)]
    return line.x1 - line.x0 > _WIDE_LINE * width and max(gaps, default=0.0) < _WIDE_GAP * line.size


def _in_columns(line: Line, above: list[Line]) -> bool:
    """Whether a line has a gap where lines above it begin a column."""
    edges = [piece.x0 for other in above for piece in other.pieces[1:]]
    return any(abs(piece.x0 - edge) < 0.1 * line.size for piece in line.pieces[1:] for edge in edges)


def _cut(run: list[Line], known: Sequence[Column], ends: bool) -> list[Line]:
    """The part of a run from the heading of its first row to the last line of its last; empty if no table is there."""
    strong = [n for n, line in enumerate(run) if _tabular(line) == 2 or (not n and _in_known(line, known))]
    if not strong or not (_aligned([run[n] for n in strong], known) or any(_headed(run, n) for n in strong)):
        return []
    first, last = strong[0], strong[-1]
    columns = columns_of(p for n in strong for p in figures_of(run[n]))
    for number in range(last + 1, len(run)):
        if any(c.meets(p.x0, p.x1) for p in figures_of(run[number]) for c in columns):
            last = number
    apart = median([b.y - a.y for a, b in pairwise(run[n] for n in strong)] or [0.0])
    while last + 1 < len(run) and _belongs(run[last + 1], run[first : last + 1], INSIDE * run[last].size):
        last += 1
    if ends:  # rows without figures at the end of a page, before the table goes on
        end = last
        while end + 1 < len(run) and _belongs(run[end + 1], run[first : end + 1], 1.3 * apart):
            end += 1
        last = end if end + 1 == len(run) else last
    reach = max(_REACH * run[first].size, 1.2 * apart)
    while first and not _heading(run[first - 1]) and not _sentence(run[first - 1]):
        over = sum(any(c.meets(p.x0, p.x1) for c in columns) for p in run[first - 1].pieces)
        row = bool(known) and all(any(set_alike(p, o) for o in run[first].pieces) for p in run[first - 1].pieces)
        far = max(_FAR * run[first].size, reach) if over > 1 or row else reach
        if run[first].y - run[first - 1].y > far:
            break
        first -= 1
    return run[first : last + 1]


def _in_known(line: Line, known: Sequence[Column]) -> bool:
    """Whether the first line of a page has a label and a figure under a heading of the page before."""
    figures = figures_of(line)
    return len(line.pieces) > 1 and any(c.meets(p.x0, p.x1) for c in known for p in figures)


def _belongs(line: Line, above: list[Line], reach: float) -> bool:
    """Whether a line below the last row is the rest of its label, or a row without figures set like those above."""
    others = [piece for other in above for piece in other.pieces]
    near = line.y - above[-1].y <= reach
    alike = all(any(set_alike(other, piece) for other in others) for piece in line.pieces)
    return near and alike and not _heading(line) and not _sentence(line)


def _sentence(line: Line) -> bool:
    """Whether a line ends like a sentence."""
    return line.text.endswith(("。", "：", "；"))


def _heading(line: Line) -> bool:
    """Whether a line may be the heading of a section, by its numeral; rows that have one have figures."""
    return len(line.pieces) == 1 and _NUMERAL.match(line.text) is not None


def _headed(run: list[Line], number: int) -> bool:
    """Whether each figure of a line stands under a piece of the lines above it, some of which have several."""
    above = [line for line in run[max(0, number - _HEAD_LINES) : number] if not figures_of(line)]
    pieces = [piece for line in above for piece in line.pieces]
    figures = figures_of(run[number])
    under = all(any(Column(f.x0, f.x1).meets(p.x0, p.x1) for p in pieces) for f in figures)
    return under and len(run[number].pieces) > 1 and any(len(line.pieces) > 1 for line in above)


def _aligned(lines: list[Line], known: Sequence[Column]) -> bool:
    """Whether figures of two lines stand under each other or in known columns, or one line has at least three."""
    found = [[(p.x0, p.x1) for p in figures_of(line)] for line in lines]
    if max(map(len, found)) >= 3 or any(c.meets(*span) for c in known for span in found[0]):
        return True
    return any(Column(*a).meets(*b) for above, below in pairwise(found) for a in above for b in below)

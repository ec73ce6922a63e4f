"""Straight lines of a page in an image: found, mended where they are broken, and kept where they make a table."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple

import cv2
import numpy as np

from govreport.read.groups import connected
from govreport.read.ocr.ink import Image, Page

_MOST = 1_500  # lines of one direction: a drawing or a pattern, no table
_SHORTEST = 1.5  # letters: shorter strokes are parts of letters
_GAP = 0.15  # letters: dots and dashes of a line stand closer
_THICKEST = 0.5
_BEND = 0.012  # of its length: how far a line may leave its axis
_NEAR, _FAR = 0.08, 0.25  # letters beside a line that are looked at
_FREE = 0.7  # share of a line beside which there is paper
_LONG_FLAT, _LONG_STEEP = 5.0, 2.2  # letters: no stroke is as long, and text may come near
_LONG_FREE = 0.15
_FAINT_FREE = 0.85
_BOUND = 0.15  # letters by which ends of a line may miss the lines that it runs between
_BRIDGE = 1.0  # letters: gaps that are closed in any case; no cell is as narrow
_DRAWN = 0.5  # share of a longer gap that shows ink
_REACH = 0.8  # letters by which a line may miss or pass the one it ends at
_SMALLEST = 4.0, 1.5  # letters: width and height of a table at least


class Line(NamedTuple):
    """A straight line in pixels: its place across, start and end along, thickness; ``flat`` for one that lies."""

    at: float
    start: float
    end: float
    width: float
    flat: bool


def lines_of(page: Page) -> tuple[list[Line], list[Line]]:
    """The lines of the tables of a page, mended; and the same as drawn.

    Strokes of letters, underlines and frames of single words are left out.
    """
    letter = page.letter
    sides = (page.ink, page.firm), (page.ink.T, page.firm.T)
    both = [_lines(*side, letter, flat) for side, flat in zip(sides, (True, False), strict=True)]
    if max(len(own) + len(unsure) for own, unsure in both) > _MOST:
        return [], []
    drawn = [own + [n for n in unsure if _bound(n, other, letter)]
             for (own, unsure), (other, _) in zip(both, reversed(both), strict=True)]  # fmt: skip
    flat, steep = _mended(drawn[0], page.ink, letter), _mended(drawn[1], page.ink.T, letter)
    ended = _ended(flat, steep, letter), _ended(steep, flat, letter)
    lines = [line for group in _groups(*ended, letter) for line in group]
    used = {(line.at, line.flat) for line in lines}
    return lines, lines + [line for line in (*flat, *steep) if (line.at, line.flat) in used]


def _lines(ink: Image, firm: Image, letter: float, flat: bool) -> tuple[list[Line], list[Line]]:
    """Lying lines of an image, and others that may be strokes of letters; standing ones of the image turned over.

    Firm lines are told from strokes of letters by their length or by the paper beside them; faint, dotted and broken
    ones by the paper alone.
    """
    shortest = max(12, round(_SHORTEST * letter))
    gap = max(2, round(_GAP * letter))
    kernel = np.ones((1, shortest), np.uint8)
    solid = cv2.morphologyEx(np.ascontiguousarray(firm), cv2.MORPH_OPEN, kernel)
    made: list[Line] = []
    unsure: list[Line] = []
    for line in _runs(solid, letter, flat):
        (made if _free(ink, line, letter, _FREE) else unsure).append(line)
    joined = cv2.morphologyEx(np.ascontiguousarray(ink), cv2.MORPH_CLOSE, np.ones((1, gap + 1), np.uint8))
    faint = cv2.morphologyEx(joined, cv2.MORPH_OPEN, kernel)
    made += [line for line in _runs(faint, letter, flat) if _free(ink, line, letter, _FAINT_FREE)]
    return made, unsure


def _bound(line: Line, others: Sequence[Line], letter: float) -> bool:
    """Whether a line runs from one line across it to another: figures may stand close to the sides of a low cell."""
    reach = _BOUND * letter
    ends = [o.at for o in others if o.start - reach <= line.at <= o.end + reach]
    return all(any(abs(at - end) <= reach + line.width for at in ends) for end in (line.start, line.end))


def _runs(drawn: Image, letter: float, flat: bool) -> Iterator[Line]:
    """Runs of ink that are thin and straight."""
    _, _, stats, centres = cv2.connectedComponentsWithStats(drawn, connectivity=8)
    thickest = max(6.0, _THICKEST * letter)
    for (x, _y, wide, high, area), (_, at) in zip(stats[1:].tolist(), centres[1:].tolist(), strict=True):
        if area <= thickest * wide and high <= thickest + _BEND * wide:
            yield Line(at, x, x + wide, area / wide, flat)


def _free(ink: Image, line: Line, letter: float, least: float) -> bool:
    """Whether there is paper along both sides of a line; strokes of letters have others beside them."""
    half = line.width / 2
    if least < _FAINT_FREE and line.end - line.start >= (_LONG_FLAT if line.flat else _LONG_STEEP) * letter:
        least = _LONG_FREE
    low, high = math.floor(line.at - half), math.ceil(line.at + half) + 1
    near, far = max(2, round(_NEAR * letter)), max(4, round(_FAR * letter))
    start, end = int(line.start), int(line.end)
    for first, last in ((low - far, low - near), (high + near, high + far)):
        band = ink[max(0, first) : max(0, last), start:end]
        if band.size and float((band.max(axis=0) == 0).mean()) < least:
            return False
    return True


def _mended(lines: Iterable[Line], ink: Image, letter: float) -> list[Line]:
    """Pieces of one line put together: over short gaps, and over longer ones that show ink for the most part."""
    made: list[Line] = []
    for line in sorted(lines, key=lambda n: (n.start, -n.end)):
        if any(_covers(other, line) for other in made):
            continue
        best = None
        for number, other in enumerate(made):
            if abs(other.at - line.at) > max(3.0, _BEND * (line.end - other.start)) or line.end <= other.end:
                continue
            gap = line.start - other.end
            if gap <= _BRIDGE * letter or _drawn(ink, other, line) >= _DRAWN:
                best = number if best is None or abs(other.at - line.at) < abs(made[best].at - line.at) else best
        if best is None:
            made.append(line)
        else:
            made[best] = _one(made[best], line)
    return made


def _covers(long: Line, short: Line) -> bool:
    """Whether a line is a part of another: the same was found as firm and as faint ink."""
    near = abs(long.at - short.at) <= max(2.0, (long.width + short.width) / 2)
    return near and long.start - 1 <= short.start and short.end <= long.end + 1


def _one(first: Line, second: Line) -> Line:
    a, b = first.end - first.start, second.end - second.start
    at = (first.at * a + second.at * b) / (a + b)
    return Line(at, first.start, second.end, (first.width * a + second.width * b) / (a + b), first.flat)


def _drawn(ink: Image, first: Line, second: Line) -> float:
    """Share of the way from one piece to the next on which there is ink."""
    start, end = int(first.end), int(second.start)
    low, high = sorted((first.at, second.at))
    band = ink[max(0, int(low) - 1) : math.ceil(high) + 2, start:end]
    return float((band.max(axis=0) > 0).mean()) if band.size else 1.0


def _ended(lines: Iterable[Line], others: Sequence[Line], letter: float) -> list[Line]:
    """Lines made to end where they meet another, if they miss or pass it by little."""
    reach = _REACH * letter
    made = []
    for line in lines:
        near = [o.at for o in others if o.start - reach <= line.at <= o.end + reach]
        start = min(near, key=lambda at: abs(at - line.start), default=line.start)
        end = min(near, key=lambda at: abs(at - line.end), default=line.end)
        start = start if abs(start - line.start) <= reach else line.start
        end = end if abs(end - line.end) <= reach else line.end
        if end > start:
            made.append(line._replace(start=start, end=end))
    return made


def _groups(flat: Sequence[Line], steep: Sequence[Line], letter: float) -> list[list[Line]]:
    """Lines that hang together, where they make something of a table's size."""
    lines = [*flat, *steep]
    reach = 0.3 * letter
    pairs = (
        (b, a)
        for a, line in enumerate(flat)
        for b, other in enumerate(steep, len(flat))
        if line.start - reach <= other.at <= line.end + reach and other.start - reach <= line.at <= other.end + reach
    )
    groups = [[lines[n] for n in group] for group in connected(len(lines), pairs)]
    return [group for group in groups if _table(group, letter)]


def _table(group: Sequence[Line], letter: float) -> bool:
    flat, steep = [n for n in group if n.flat], [n for n in group if not n.flat]
    if len(flat) < 2 or not steep:
        return False
    wide = max(n.end for n in flat) - min(n.start for n in flat)
    high = max(n.end for n in steep) - min(n.start for n in steep)
    return wide >= _SMALLEST[0] * letter and high >= _SMALLEST[1] * letter


def without(image: Image, lines: Sequence[Line], margin: int, value: int) -> Image:
    """A copy of an image in which lines are painted over."""
    made = image.copy()
    for line in lines:
        half = line.width / 2 + margin
        low, high = max(0, int(line.at - half)), math.ceil(line.at + half) + 1
        start, end = max(0, int(line.start - half)), math.ceil(line.end + half) + 1
        if line.flat:
            made[low:high, start:end] = value
        else:
            made[start:end, low:high] = value
    return made

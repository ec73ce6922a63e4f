"""One picture of a page to a ``View`` as a page of a PDF file gives it: characters and rules with their places.

From there on a recognised page goes the way of a printed one. Rules are found first; each cell that has ink is then
read by itself, so that no sign is overlooked and none is read across a rule. What lies outside the tables is looked for
by the recogniser's detector.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any

import cv2
import numpy as np

from govreport.read.ocr.figures import checked, doubt_lost_points
from govreport.read.ocr.ink import EM, Image, Page, prepared, without_dust
from govreport.read.ocr.outside import outside
from govreport.read.ocr.rules import Line, lines_of, without
from govreport.read.ocr.text import Spot, Word, cut, recognised, words_in, words_of
from govreport.read.pdf.page import Char, Rule, View
from govreport.read.pdf.ruled import Ruled, find_ruled

EM_POINTS = 10.5
"""Points that usual letters are taken to be large: the thresholds of the reader of PDF pages are points."""

_HAN_HIGH = 0.92  # of an em: height of a line of Chinese signs
_DIGIT_HIGH = 0.74
_MARGIN = 2  # pixels beside a rule that belong to it
_UNSURE_OUTSIDE = 0.5  # short words outside tables that read less surely are drawings
_SHORT = 6
_SMALL = 0.35  # letters: specks beside words
_COARSE = 12  # pixels: in smaller letters the model takes 9 for 3 and is sure of it
_COARSE_SURE = 0.8
_STROKES = frozenset("1lI|丨!一-—_/\\.·")
_BESIDE = 1.0  # letters from a table within which lone strokes are remains of its rules
_RED_HIGH = 1.8  # letters: higher red marks in a cell are parts of a seal
_RIM_INK = 0.1
_FEW = 8  # words below which a page is not asked whether it stands upright
_LONG, _WELL = 4, 0.8  # length and confidence of words that tell that it does
_ILLEGIBLE = 0.3
_BETTER = 0.2
_SAMPLE = 12
_RIMS = 0.08  # of an em: paper at both sides of a word that belongs to its signs
_DIGIT_RIM = 0.15  # of its height: the same for digits
_NARROW = 0.55  # of an em: width of digits and Latin letters
_GAP = 0.32  # of an em: blank from which on two signs are of different words
_HAN_GAP = 0.24
_ONE_GAP = 0.5  # a one is narrower than its place
_SIGN_GAP = 0.95  # brackets and commas fill half of their place
_SIGN = re.compile(r"[，。、；：！？（）《》〈〉【】“”‘’…—,.;:()\[\]·]")
_HAN_DEPTH = 0.08  # of an em: how far signs reach below the line that figures stand on
_DEPTHS = dict.fromkeys("（）()〔〕[]【】《》", 0.17) | dict.fromkeys("，,；;、", 0.12)
_WIDE = re.compile(r"[\u2e80-\u9fff\uf900-\ufaff\uff00-\uffef\u3000-\u303f“”‘’—…]")


@dataclass(slots=True)
class Seen:
    """A recognised page, in pixels.

    Attributes:
        number: the page's number.
        width: its width.
        height: its height.
        words: pieces of lines with their places.
        cells: how many of them, from the first, stand in cells of ruled tables.
        lines: its rules.
        em: usual size of its letters.
        step: usual distance of two digits.
        notes: what was done to it, one sentence each.
    """

    number: int
    width: int
    height: int
    words: list[Word]
    cells: int
    lines: list[Line]
    em: float
    step: float
    notes: list[str] = field(default_factory=list)

    def view(self, scale: float) -> tuple[View, dict[Char, float]]:
        """The page in points, and how sure each of its characters is, 0 to 1.

        Args:
            scale: points of a pixel.
        """
        rules = [Rule(n.at * scale, n.start * scale, n.end * scale, n.flat) for n in self.lines]
        made = View(self.number, self.width * scale, self.height * scale, [], rules, [])
        sure: dict[Char, float] = {}
        for count, word in enumerate(self.words):
            for char in _chars(word, self.em, self.step, scale, count < self.cells):
                made.chars.append(char)
                sure[char] = min(word.sure, sure.get(char, 1.0))
        return made, sure


def seen(image: Any, number: int) -> Seen:
    """What stands on a page.

    Args:
        image: the page in red, green and blue, as Pillow holds it.
        number: the page's number.
    """
    colour = np.asarray(image)
    laid = _laid(colour)
    recognised(laid.words)
    notes = []
    if len(laid.words) >= _FEW and (share := _legible(laid.words)) < _ILLEGIBLE:
        degrees = _way_up(colour, share)
        if degrees:
            laid = _laid(np.ascontiguousarray(np.rot90(colour, degrees // 90)))
            recognised(laid.words)
            notes.append(f"page {number} was turned by {degrees} degrees to be read")
    checked(laid.words, laid.page.letter)
    doubt_lost_points(laid.words, laid.page.grains)
    _say_unread(laid)
    _without_remains(laid)
    for word in laid.words:
        word.crop = None
    height, width = laid.page.ink.shape
    em = _em_of(laid.words, laid.page.letter)
    if em < _COARSE:
        notes.append(
            f"the letters of page {number} are only {em:.0f} pixels large; {_COARSE} are needed to tell digits surely"
        )
        for word in laid.words:
            word.sure = min(word.sure, _COARSE_SURE)
    return Seen(number, width, height, laid.words, laid.cells, laid.lines, em, _step_of(laid.words, em), notes)


@dataclass(slots=True)
class _Laid:
    """A page with the places of its words; the first ``cells`` of them stand in ruled tables."""

    page: Page
    lines: list[Line]
    words: list[Word]
    cells: int
    tables: list[Spot]


def _laid(colour: Image) -> _Laid:
    page = prepared(colour)
    lines, drawn = lines_of(page)
    mask = 255 - without(np.full_like(page.ink, 255), drawn, _MARGIN, 0)
    ink = without_dust(cv2.subtract(page.ink, mask), page.dust, page.letter)
    scale = EM_POINTS / (EM * page.letter)
    tables = _tables(ink, lines, page, scale)
    words = [w for t in tables for w in _in_cells(t, ink, mask, page, scale)]
    inside = len(words)
    spots = [_spot(t, scale) for t in tables]
    words += outside(page, ink, mask, spots)
    return _Laid(page, lines, words, inside, spots)


def _legible(words: Sequence[Word]) -> float:
    """Share of the characters that stand in words of some length which read well."""
    every = sum(max(1, len(w.text)) for w in words)
    return sum(len(w.text) for w in words if len(w.text) >= _LONG and w.mean >= _WELL) / max(1, every)


def _way_up(colour: Image, share: float) -> int:
    """Degrees against the clock by which a page must be turned so that its longest words read well; 0 for none."""
    best, found = share + _BETTER, 0
    for degrees in (180, 90, 270):
        words = _laid(np.ascontiguousarray(np.rot90(colour, degrees // 90))).words
        sample = sorted(words, key=lambda w: -w.spot.wide / max(1, w.spot.high))[:_SAMPLE]
        recognised(sample)
        if (legible := _legible(sample)) > best:
            best, found = legible, degrees
    return found


def _without_remains(laid: _Laid) -> None:
    """Leave out lone strokes beside ruled tables: they are remains of rules and no figures."""
    reach = _BESIDE * laid.page.letter
    kept = laid.words[: laid.cells]
    for word in laid.words[laid.cells :]:
        if not (set(word.text) <= _STROKES and any(word.spot.near(table, reach) for table in laid.tables)):
            kept.append(word)
    laid.words = kept


def _say_unread(laid: _Laid) -> None:
    """Ink in a cell that says nothing is neither blank nor zero; only a speck beside other words is passed over."""
    small = _SMALL * laid.page.letter
    read = {word.room for word in laid.words[: laid.cells] if word.text}
    for word in laid.words[: laid.cells]:
        speck = max(word.spot.wide, word.spot.high) < small and word.room in read
        if not word.text and not speck:
            word.text, word.sure = "?", 0.0


def _em_of(words: Sequence[Word], letter: float) -> float:
    """Usual size of the letters in pixels, by lines of several Chinese signs; headings are larger and fewer."""
    heights = [w.spot.high / _HAN_HIGH for w in words if len(w.text) > 2 and all(map(_WIDE.match, w.text))]
    return float(np.median(heights)) if len(heights) > 2 else EM * letter


def _step_of(words: Sequence[Word], em: float) -> float:
    """Usual distance of two digits in pixels, by figures of several."""
    steps = [
        (w.spot.wide + _DIGIT_RIM * w.spot.high) / len(w.text) for w in words if len(w.text) > 1 and w.text.isdigit()
    ]
    return float(np.median(steps)) if len(steps) > 2 else _NARROW * em


def _tables(ink: Image, lines: Sequence[Line], page: Page, scale: float) -> list[Ruled]:
    """The ruled tables of a page, found with blots of ink in place of characters."""
    rules = [Rule(n.at * scale, n.start * scale, n.end * scale, n.flat) for n in lines]
    reach = max(3, round(0.5 * page.letter))
    blots = cv2.dilate(ink, np.ones((reach, reach), np.uint8))
    _, _, _, centres = cv2.connectedComponentsWithStats(blots, connectivity=8)
    size = EM_POINTS
    signs = [Char("x", x * scale, x * scale, y * scale + 0.35 * size, size) for x, y in centres[1:].tolist()]
    return find_ruled(rules, signs)[0]


def _spot(table: Ruled, scale: float) -> Spot:
    xs, ys = table.xs, table.ys
    return Spot(int(xs[0] / scale), int(ys[0] / scale), math.ceil(xs[-1] / scale), math.ceil(ys[-1] / scale))


def _in_cells(table: Ruled, ink: Image, mask: Image, page: Page, scale: float) -> Iterator[Word]:
    """Words of all cells of a table, with their crops."""
    xs, ys = [round(x / scale) for x in table.xs], [round(y / scale) for y in table.ys]
    for box in table.boxes:
        room = Spot(max(0, xs[box.left]), max(0, ys[box.top]), xs[box.right], ys[box.bottom])
        image = page.clean
        words = words_in(ink, room, page.letter, cell=True)
        if page.red is not None:
            part = ink[room.top : room.bottom, room.left : room.right]
            own = _own_red(page.red, mask, room, page.letter)
            if not words or _rims_of(own, part):
                image = page.colour
                words = words_of(cv2.bitwise_or(own, part), room, page.letter)
        for word in words:
            cut(image, mask, word, page.letter)
            yield word


def _own_red(red: Image, mask: Image, room: Spot, letter: float) -> Image:
    """Red ink of a letter's height that stays within a cell: figures in red. A seal reaches over several cells."""
    part = red[room.top : room.bottom, room.left : room.right]
    if not part.any():
        return part
    _, labels, stats, _ = cv2.connectedComponentsWithStats(part, connectivity=8)
    left, top, wide, high = stats[:, :4].T
    within = (left > 1) & (top > 1) & (left + wide < part.shape[1] - 1) & (top + high < part.shape[0] - 1)
    within &= high <= _RED_HIGH * letter
    within[0] = False
    kept = np.where(within[labels], 255, 0).astype(np.uint8)
    return cv2.subtract(kept, mask[room.top : room.bottom, room.left : room.right])


def _rims_of(red: Image, ink: Image) -> bool:
    """Whether the ink of a cell is no more than the grey rims of red signs."""
    if not red.any():
        return False
    apart = cv2.subtract(ink, cv2.dilate(red, np.ones((5, 5), np.uint8)))
    return cv2.countNonZero(apart) <= _RIM_INK * max(1, cv2.countNonZero(ink))


# -- characters -------------------------------------------------------------------------------------------------------


def _chars(word: Word, em: float, step: float, scale: float, cell: bool) -> Iterator[Char]:
    """The characters of a word with their places in points; none for marks outside tables that say nothing."""
    if not word.text or (not cell and word.sure < _UNSURE_OUTSIDE and len(word.text) < _SHORT):
        return
    size = _size(word, em)
    base = word.spot.bottom - size * max(_DEPTHS.get(c, _HAN_DEPTH if _WIDE.match(c) else 0.0) for c in word.text)
    for text, x0, x1 in _spread(word, size, step):
        yield Char(text, round(x0 * scale, 2), round(x1 * scale, 2), round(base * scale, 2), round(size * scale, 1))


def _size(word: Word, em: float) -> float:
    """Size of the letters: that of the page unless the word is plainly larger or smaller."""
    high = word.spot.high / (_HAN_HIGH if _WIDE.search(word.text) else _DIGIT_HIGH)
    if 0.75 * em < high < 1.3 * em or word.spot.high < 0.5 * em:
        return em
    return em * 1.15 ** round(math.log(high / em, 1.15))


def _spread(word: Word, size: float, step: float) -> Iterator[tuple[str, float, float]]:
    """Characters with left and right side in pixels: spread evenly between the gaps of a line.

    Args:
        word: the word.
        size: size of its letters.
        step: usual distance of two digits; ink is narrower than the places of the signs, and a one much narrower.
    """
    widths = [size if _WIDE.match(c) else _NARROW * size for c in word.text]
    spare = max(_RIMS * size, len(word.text) * step - word.spot.wide if word.text.isdigit() else 0.0) / 2
    parts = [(0, 0, 0)]
    if len(word.centres) == len(word.text):
        parts += _gaps(word, size)
    for number, (first, left, _) in enumerate(parts):
        stop, right = (
            (parts[number + 1][0], parts[number + 1][2])
            if number + 1 < len(parts)
            else (len(word.text), word.spot.wide)
        )
        start, end = (
            word.spot.left + left - spare * (number == 0),
            word.spot.left + right + spare * (number + 1 == len(parts)),
        )
        share = (end - start) / max(1e-6, sum(widths[first:stop]))
        for text, width in zip(word.text[first:stop], widths[first:stop], strict=True):
            yield text, start, start + width * share
            start += width * share


def _gaps(word: Word, size: float) -> Iterator[tuple[int, int, int]]:
    """Blanks inside a word that are too wide to be those between its signs.

    Gives the number of the sign behind each, where that begins and where the sign before it ends, in pixels from the
    word's left side.
    """
    for number, (a, b) in enumerate(pairwise(word.centres), 1):
        least = _least_gap(word.text[number - 1], word.text[number])
        first, last = (max(0, round(at * word.crop_wide - word.off)) for at in (a, b))
        filled = np.flatnonzero(word.marks[first : last + 1])
        if filled.size < 2:
            continue
        wide = np.diff(filled)
        if int(wide.max()) >= least * size:
            at = int(wide.argmax())
            yield number, first + int(filled[at + 1]), first + int(filled[at]) + 1


def _least_gap(before: str, behind: str) -> float:
    """Blank between two signs of different words, in parts of an em; faces differ in the paper around their digits."""
    if _SIGN.match(before) or _SIGN.match(behind):
        return _SIGN_GAP
    if "1" in (before, behind):
        return _ONE_GAP
    return _HAN_GAP if _WIDE.match(before) and _WIDE.match(behind) else _GAP

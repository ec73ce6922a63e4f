"""Lines of text on a page: where ink stands in the cells of tables and outside them, and what it says.

In a cell all ink is accounted for: a cell without ink is blank, one with ink that says nothing is not. Outside the
tables the recogniser's own detector tells where lines of text stand.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

import cv2
import numpy as np

from govreport.errors import ReadError
from govreport.read.ocr import engine
from govreport.read.ocr.ink import Image

MOST_WORDS = 3_000
"""Pieces of lines that one page may have; a full sheet has some three hundred."""

_LONGEST = 120  # heights: what is longer is no line of text
_SHORTEST = 0.85  # letters: height that a crop has at least
_DARK = 128
_ROW_GAP = 0.12  # letters: rows of ink that stand closer are one line of text
_LOW = 0.6  # letters: a lower row is a part of a sign (三, 二) and belongs to its neighbour
_JOIN = 0.55
_HIGHEST = 1.45  # letters: higher rows are not made by joining
_TALL = 2.1  # letters: a higher row is two lines that touch, or a drawing
_WORD_GAP = 1.6  # letters: blank within a line from which on two words stand there
_PAD = 0.25  # letters of paper around a crop
_EDGE = 0.4  # letters from the side of a cell within which remains of rules are looked for
_THIN = 0.28
_SPAN = 0.85  # of a cell's side: what runs along it as far is no text


class Spot(NamedTuple):
    """A rectangle of pixels; right and bottom side not included."""

    left: int
    top: int
    right: int
    bottom: int

    @property
    def wide(self) -> int:
        """Its width."""
        return self.right - self.left

    @property
    def high(self) -> int:
        """Its height."""
        return self.bottom - self.top

    def near(self, other: Spot, reach: float) -> bool:
        """Whether two rectangles meet or lie apart by less than ``reach``."""
        across = self.right > other.left - reach and self.left < other.right + reach
        return across and self.bottom > other.top - reach and self.top < other.bottom + reach


@dataclass(slots=True)
class Word:
    """A piece of a line of text.

    Attributes:
        spot: where it stands.
        room: where its crop may reach.
        text: what it says.
        sure: how sure its least sure character is, 0 to 1.
        mean: how sure all of them are.
        centres: middle of each character, as a share of the crop's width.
        crop: its picture, until it was read.
        crop_wide: width of that.
        ink: its ink, as 0 and 255.
    """

    spot: Spot
    room: Spot
    text: str = ""
    sure: float = 0.0
    mean: float = 0.0
    centres: list[float] = field(default_factory=list)
    crop: Image = None
    crop_wide: int = 0
    ink: Image = None

    @property
    def marks(self) -> Any:
        """For each column of the spot, whether it holds ink."""
        return self.ink.any(axis=0)

    @property
    def off(self) -> float:
        """Pixels of paper before the word in its crop."""
        return (self.crop_wide - self.spot.wide) / 2


def words_in(ink: Image, room: Spot, letter: float, *, cell: bool = False) -> list[Word]:
    """Pieces of lines in a part of the page, from top to bottom and from left to right; of a ruled cell if ``cell``."""
    part = ink[room.top : room.bottom, room.left : room.right]
    return words_of(_without_rims(part, letter) if cell and part.any() else part, room, letter)


def words_of(part: Image, room: Spot, letter: float) -> list[Word]:
    """Pieces of lines in the ink of a part of the page."""
    if part.size == 0 or not part.any():
        return []
    made = []
    for top, bottom in _rows(part, letter):
        for left, right in runs(part[top:bottom].any(axis=0), _WORD_GAP * letter):
            rows = np.flatnonzero(part[top:bottom, left:right].any(axis=1))
            first, last = top + int(rows[0]), top + int(rows[-1]) + 1
            spot = Spot(room.left + left, room.top + first, room.left + right, room.top + last)
            made.append(Word(spot, room, ink=part[first:last, left:right].copy()))
    return made


def _without_rims(part: Image, letter: float) -> Image:
    """A cell without what is left of its rules along its sides, where borders are drawn double or slant a little."""
    reach, thin = max(2, round(_EDGE * letter)), max(2, round(_THIN * letter))
    kept = part
    for turned in (False, True):
        view = kept.T if turned else kept
        full = (view > 0).mean(axis=1) >= _SPAN
        rows = [run for run in runs(full, 1) if run[1] - run[0] <= thin]
        rims = [run for run in rows if run[0] <= reach or run[1] >= view.shape[0] - reach]
        if rims and view.shape[1] > 2 * letter:
            kept = kept.copy()
            view = kept.T if turned else kept
            for top, bottom in rims:
                view[max(0, top - 1) : bottom + 1] = 0
    return kept


def runs(marks: Any, gap: float) -> list[tuple[int, int]]:
    """Stretches of marks, those apart by less than a gap taken as one."""
    at = np.flatnonzero(marks)
    if not at.size:
        return []
    cuts = np.flatnonzero(np.diff(at) > max(1.0, gap))
    starts, ends = np.r_[at[0], at[cuts + 1]], np.r_[at[cuts], at[-1]] + 1
    return list(zip(starts.tolist(), ends.tolist(), strict=True))


def _rows(part: Image, letter: float) -> list[tuple[int, int]]:
    """Lines of text in a cell, as first and last row of pixels; parts of one sign put together."""
    rows = runs(part.any(axis=1), _ROW_GAP * letter)
    made: list[tuple[int, int]] = []
    for top, bottom in rows:
        if made:
            above, low = made[-1]
            small = min(bottom - top, low - above) < _LOW * letter
            if small and top - low < _JOIN * letter and bottom - above <= _HIGHEST * letter:
                made[-1] = above, bottom
                continue
        made.append((top, bottom))
    return [piece for row in made for piece in _untangled(part, row, letter)]


def _untangled(part: Image, row: tuple[int, int], letter: float) -> list[tuple[int, int]]:
    """A row that is too high for one line, cut where it holds least ink."""
    top, bottom = row
    if bottom - top <= _TALL * letter:
        return [row]
    ink = (part[top:bottom] > 0).sum(axis=1)
    least = int(0.5 * letter)
    middle = ink[least : len(ink) - least]
    if not middle.size or int(middle.min()) > 0.12 * int(ink.max()):
        return [row]
    cut = top + least + int(middle.argmin())
    return [*_untangled(part, (top, cut), letter), *_untangled(part, (cut, bottom), letter)]


def cut(image: Image, mask: Image | None, word: Word, letter: float) -> None:
    """Give a word its picture with paper around it; what the mask covers (rules) is painted as paper."""
    spot, room = word.spot, word.room
    pad = max(2, round(_PAD * letter))
    short = max(0, round((_SHORTEST * letter - spot.high) / 2))
    left, right = max(room.left, spot.left - pad), min(room.right, spot.right + pad)
    top, bottom = max(room.top, spot.top - pad - short), min(room.bottom, spot.bottom + pad + short)
    part = image[top:bottom, left:right].copy()
    ground = _ground(part)
    if mask is not None:
        part[mask[top:bottom, left:right] > 0] = ground
    if ground.mean() < _DARK:
        part, ground = 255 - part, 255 - ground
    border = (spot.top - pad - short, spot.bottom + pad + short, spot.left - pad, spot.right + pad)
    around = (top - border[0], border[1] - bottom, left - border[2], border[3] - right)
    word.crop = cv2.copyMakeBorder(part, *around, cv2.BORDER_CONSTANT, value=[int(v) for v in ground])
    word.crop_wide = word.crop.shape[1]


def _ground(part: Image) -> Any:
    """The shade that most of the rim of a crop has."""
    rim = np.concatenate([part[0], part[-1], part[:, 0], part[:, -1]])
    return np.median(rim, axis=0).astype(np.uint8)


def recognised(words: Sequence[Word]) -> None:
    """Read all words in one go; texts are put into the words. Blanks are told by the ink and not by the model.

    Raises:
        ReadError: there are more words than a page of text has.
    """
    if len(words) > MOST_WORDS:
        raise ReadError(
            f"a page of text was expected; one with {len(words):,} separate marks was found (at most {MOST_WORDS:,})"
        )
    read = [word for word in words if word.spot.wide <= _LONGEST * max(1, word.spot.high)]
    for word, found in zip(read, engine.recognise([word.crop for word in read]), strict=True):
        signs = [(c, at) for c, at in zip(found.text, found.centres, strict=True) if not c.isspace()]
        word.text, word.centres = "".join(c for c, _ in signs), [at for _, at in signs]
        word.sure, word.mean = found.sure, found.mean

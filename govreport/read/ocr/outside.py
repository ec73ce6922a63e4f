"""Words of a page that stand outside its ruled tables: found by the recogniser's detector, and what it passed over."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from typing import Any

import cv2
import numpy as np

from govreport.read.ocr import engine
from govreport.read.ocr.ink import EM, Image, Page
from govreport.read.ocr.text import Spot, Word, cut, words_in

_FOR_DETECTOR = 24.0  # pixels of an em at which the detector works best
_BAND = 1.5  # letters kept above and below what lies outside tables
_AT_ONCE = 2_200_000  # pixels that the detector takes at once: some 700 megabytes of memory
_AROUND = 0.4  # letters around a word that its picture may show
_LINE = 0.7  # of its height: size of letters in a line that the detector found
_LEAST_HIGH = 0.5
_RIM = 0.35


def outside(page: Page, ink: Image, mask: Image, tables: Sequence[Spot]) -> list[Word]:
    """Words outside the tables."""
    rest = ink.copy()
    for spot in tables:
        rest[spot.top : spot.bottom, spot.left : spot.right] = 0
    if page.red is not None:
        rest = cv2.bitwise_or(rest, _outside_of(page.red, tables))
    if not rest.any():
        return []
    image = page.colour.copy()
    for spot in tables:
        image[max(0, spot.top - 2) : spot.bottom + 2, max(0, spot.left - 2) : spot.right + 2] = 255
    spots = _detected(image, rest, page.letter)
    words: list[Word] = []
    left = rest.copy()
    for spot in spots:
        words += words_in(left, spot, max(page.letter, _LINE * spot.high))
        left[spot.top : spot.bottom, spot.left : spot.right] = 0
    for spot in spots:  # signs may reach out of their line a little
        rim = round(_RIM * spot.high)
        left[max(0, spot.top - rim) : spot.bottom + rim, max(0, spot.left - rim) : spot.right + rim] = 0
    words += _passed_over(left, page.letter)
    high, wide = ink.shape
    reach = round(_AROUND * page.letter)
    for word in words:
        own = word.spot
        word.room = Spot(
            max(0, own.left - reach),
            max(0, own.top - reach // 2),
            min(wide, own.right + reach),
            min(high, own.bottom + reach // 2),
        )
        cut(page.colour, mask, word, page.letter)
    return words


def _outside_of(red: Image, tables: Sequence[Spot]) -> Image:
    made = red.copy()
    for spot in tables:
        made[spot.top : spot.bottom, spot.left : spot.right] = 0
    return made


def _detected(image: Image, rest: Image, letter: float) -> list[Spot]:
    """Lines of text that the detector finds, in reading order; bands of the page without ink are not looked at."""
    reach = round(_BAND * letter)
    filled = np.where(rest.any(axis=1), 255, 0).astype(np.uint8)[:, None]
    kept = np.flatnonzero(cv2.dilate(filled, np.ones((2 * reach + 1, 1), np.uint8))[:, 0])
    columns = np.flatnonzero(rest.any(axis=0))
    first, last = max(0, int(columns[0]) - reach), min(image.shape[1], int(columns[-1]) + reach + 1)
    scale = min(1.0, _FOR_DETECTOR / (EM * letter))
    most = max(int(4 * letter), int(_AT_ONCE / scale**2 / (last - first)))
    made: list[Spot] = []
    for rows in _parts(kept, filled[:, 0] > 0, most):
        part = image[rows, first:last]
        small = cv2.resize(part, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA) if scale < 1 else part
        boxes = engine.detect(small)
        for box in [] if boxes is None else boxes:
            (x0, y0), (x1, y1) = box.min(axis=0) / scale, box.max(axis=0) / scale
            top, bottom = rows[min(len(rows) - 1, int(y0))], rows[min(len(rows) - 1, math.ceil(y1))]
            made.append(Spot(first + int(x0), int(top), min(last, first + math.ceil(x1)), int(bottom) + 1))
    return sorted(made, key=lambda s: (s.top, s.left))


def _parts(kept: Any, filled: Any, most: int) -> Iterator[Any]:
    """Rows of pixels in parts that the detector can take at once, cut where no ink is if there is such a place."""
    start = 0
    while len(kept) - start > most:
        blank = np.flatnonzero(~filled[kept[start + most // 2 : start + most]])
        stop = start + most // 2 + int(blank[-1]) if blank.size else start + most
        yield kept[start:stop]
        start = stop
    yield kept[start:]


def _passed_over(left: Image, letter: float) -> list[Word]:
    """Marks of a letter's size that the detector did not take for text: single figures, as a rule."""
    reach = max(3, round(0.5 * letter))
    blots = cv2.dilate(left, np.ones((reach, reach), np.uint8))
    _, _, stats, _ = cv2.connectedComponentsWithStats(blots, connectivity=8)
    made = []
    for x, y, wide, high, _ in stats[1:].tolist():
        if _LEAST_HIGH * letter <= high <= 1.8 * letter and wide <= 12 * letter:
            spot = Spot(x, y, x + wide, y + high)
            made += words_in(left, spot, letter)
    return made

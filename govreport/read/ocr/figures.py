"""Figures weighed against their ink.

A recogniser may swallow one of two equal digits and be sure of it, and it takes a slash that stands alone for a one.
How many pieces the ink has, and how a single stroke runs, is told without it.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

import cv2
import numpy as np

from govreport.read.ocr import engine
from govreport.read.ocr.ink import Image
from govreport.read.ocr.text import Word, runs

_FIGURE = re.compile(r"[\d,.，．]+")
# In heights of a digit: ink of the narrowest and the widest one, and the least and the greatest step from one to the
# next, over the faces that reports are printed in (SimSun, FangSong, Times, Arial, Noto, DejaVu).
_INK = 0.2, 0.7
_STEP = 0.62, 0.92
_SLACK = 0.3
_APART = 0.2  # no sign is broken so widely
_POINT = 0.6  # of a figure's height: points and commas begin below it
_STRETCH = 1.6
_DOUBTED = 0.5

_FLAT_HIGH = 0.25  # letters: a stroke this low is a dash
_FLAT_WIDE = 0.2
_FLATNESS = 1.6
_LONG_DASH = 0.6
_UPRIGHT = 0.28  # steps: a stroke that leans less may be a one in italics
_LEAN = 0.2, 0.9  # steps to the right a step upwards: a slash; an upright one has none, italics have less
_BEND = 0.06  # of its height: how far the middle of a stroke may leave its line
_SLASH_HIGH = 0.6
_STROKE_SURE = 0.97
_LIKE_SLASH = frozenset("/1lI|丿7J!）)〉>、")
_LIKE_DASH = frozenset("-—–－一_~·.﹣ー")


def checked(words: Sequence[Word], letter: float) -> None:
    """Name lone dashes and slashes by their strokes; read figures again, stretched, that do not fit their ink.

    What still does not fit is unsure.
    """
    for word in words:
        _named(word, letter)
    doubted = [word for word in words if _FIGURE.fullmatch(word.text) and not fits(word, word.text)]
    wider = [cv2.resize(w.crop, None, fx=_STRETCH, fy=1.0, interpolation=cv2.INTER_CUBIC) for w in doubted]
    for word, read in zip(doubted, engine.recognise(wider), strict=True):
        text = read.text.strip()
        if _FIGURE.fullmatch(text) and fits(word, text):
            word.text, word.sure, word.centres = text, read.sure, read.centres
        else:
            word.sure = min(word.sure, _DOUBTED)


def _named(word: Word, letter: float) -> None:
    """A single stroke as the sign that it is: lying a dash, leaning a slash. No digit looks like either."""
    if len(word.text) > 1 or len(runs(word.ink.any(axis=1), 1)) > 1:
        return
    stroke, alike = "", frozenset("")
    if _lying(word, letter):
        stroke, alike = ("—" if word.spot.wide > _LONG_DASH * letter else "-"), _LIKE_DASH
    elif not (lean := _lean(word, letter)):
        return
    elif lean >= _UPRIGHT or word.text == "/":
        stroke, alike = "/", _LIKE_SLASH
    if stroke and (not word.text or word.text in alike):
        word.text, word.sure, word.centres = stroke, max(word.sure, _STROKE_SURE), [0.5]
    else:
        word.sure = min(word.sure, _DOUBTED)


def _lying(word: Word, letter: float) -> bool:
    wide, high = word.spot.wide, word.spot.high
    return high <= _FLAT_HIGH * letter and wide >= max(_FLAT_WIDE * letter, _FLATNESS * high)


def _lean(word: Word, letter: float) -> float:
    """Steps to the right a step upwards of a straight stroke, on which the middles of its rows lie; 0 for others."""
    if word.spot.high < _SLASH_HIGH * letter or word.spot.wide > word.spot.high:
        return 0.0
    ink = word.ink > 0
    rows = np.flatnonzero(ink.any(axis=1))
    middles = np.array([np.flatnonzero(ink[row]).mean() for row in rows])
    slope, start = np.polyfit(rows, middles, 1)
    off = float(np.abs(middles - (slope * rows + start)).max())
    straight = _LEAN[0] <= -slope <= _LEAN[1] and off <= max(1.2, _BEND * word.spot.high)
    return float(-slope) if straight else 0.0


def fits(word: Word, figure: str) -> bool:
    """Whether a figure has as many signs as its ink has pieces, or at least as many as fit its width.

    Broken signs have more pieces than there are, but they stand close. A point changes a figure more than a digit:
    one that was passed over, or read where no ink is, does not fit.
    """
    pieces = runs(word.marks, 1)
    digits = sum(c.isdigit() for c in figure)
    signs = len(figure) - digits
    low = sum(_low(word, *piece) for piece in pieces)
    if low > signs or (signs and not low and len(pieces) == digits):
        return False
    if len(pieces) == len(figure):
        return True
    high, wide = word.spot.high, word.spot.wide
    if len(runs(word.marks, _APART * high)) > len(figure):
        return False
    most = 1 + (wide - _INK[0] * high) / (_STEP[0] * high)
    least = 1 + (wide - _INK[1] * high) / (_STEP[1] * high)
    return least - _SLACK <= digits + 0.3 * signs <= most + _SLACK


def _low(word: Word, left: int, right: int) -> bool:
    """Whether a piece of ink stands low as points and commas do."""
    rows = np.flatnonzero(word.ink[:, left:right].any(axis=1))
    return bool(rows.size) and int(rows[0]) >= _POINT * word.spot.high


def doubt_lost_points(words: Sequence[Word], grains: Image | None) -> None:
    """Doubt figures between whose digits a speck was taken off with the dust: it may have been their point."""
    if grains is None:
        return
    for word in words:
        if len(word.text) > 1 and word.text.isdigit():
            spot = word.spot
            low = grains[spot.top + int(_POINT * spot.high) : spot.bottom + 1, spot.left : spot.right].any(axis=0)
            if bool((low & ~word.marks).any()):
                word.sure = min(word.sure, _DOUBTED)


__all__ = ["checked", "doubt_lost_points", "fits"]

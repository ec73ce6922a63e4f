"""A page as an image made ready: put straight, stamps taken off, and told where there is ink."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np

Image = Any
"""An array of height x width bytes, or x 3 for red, green and blue; OpenCV has no types that mypy could check."""

EM = 1.1
"""Height of a line of Chinese signs, as ``Page.letter`` gives it, in one em."""

_STEEPEST = 4.0  # degrees of slant that are put right
_LEAST_SLANT = 0.05
_FOR_SLANT = 1000  # pixels of the longer side in which the slant is looked for
_SHARPER = 1.05
_HEIGHTS = 8, 90  # pixels: heights that letters have between 70 and 400 dpi
_USUAL_HEIGHT = 20.0
_REACH = 0.012  # of the longer side: strokes of letters are narrower
_CONTRAST = 20  # shades by which ink differs from its ground at least
_NOISE = 5.0  # how many times the usual noise of the page ink must stand out
_FIRM = 0.45  # of the depth of most ink
_DARK = 150  # shades: a darker ground carries light signs
_SOLID = 0.4, 0.8  # of the reach: blocks of a dark ground are higher and wider, strokes of letters thinner
_FILLED = 0.55  # share of a dark ground that is dark; of bold letters less is
_RED = 40  # shades by which a seal's ink is redder than it is green or blue
_GRAIN = 4  # pixels
_GRAINS = 3e-4  # grains for each pixel of the page: more than dots, commas and dust make
_SPECK = 0.16  # letters: smaller marks that stand alone are dust
_DUSTY_SPECK = 0.32  # the same on a page full of dust
_SEAL = 3.5  # letters: height and width of a seal at least
_SEAL_GAP = 0.3


@dataclass(slots=True)
class Page:
    """A page made ready.

    Attributes:
        colour: the page, upright and without slant, as printed.
        clean: the same without seals: what is red became paper, what is black under red stayed black.
        ink: where ``clean`` has ink, as 0 and 255.
        firm: the same without faint ink and the blurred rims of letters.
        red: where only red ink is, as 0 and 255; None on a page without any.
        letter: usual height of a letter in pixels.
        dust: size in pixels below which marks that stand alone are no ink.
        grains: what was taken off as dust that is strewn all over the page; None on a page without any.
    """

    colour: Image
    clean: Image
    ink: Image
    firm: Image
    red: Image | None
    letter: float
    dust: float
    grains: Image | None = None


def prepared(colour: Image) -> Page:
    """A page in three colours, put straight."""
    ink = _ink(colour)[0]
    dust = _SPECK
    if (grains := _grains(ink)) is not None:
        colour = np.where(grains[..., None] > 0, cv2.medianBlur(colour, 5), colour)
        ink, dust = cv2.subtract(ink, grains), _DUSTY_SPECK
    angle = slant(ink)
    if abs(angle) > _LEAST_SLANT:
        colour = turned(colour, angle)
        grains = None if grains is None else 255 - turned(255 - grains, angle)
    clean, red = _without_red(colour)
    ink, firm = _ink(clean)
    letter = letter_height(ink)
    ink = without_dust(ink, dust * letter, letter)
    if red is not None:
        colour, red = _without_seals(colour, clean, red, letter)
        red = without_dust(cv2.bitwise_and(red, cv2.bitwise_not(ink)), dust * letter, letter)
    return Page(colour, clean, ink, firm, red, letter, dust * letter, grains)


def _ink(colour: Image) -> tuple[Image, Image]:
    return ink_of(cv2.cvtColor(colour, cv2.COLOR_RGB2GRAY))


def _grains(ink: Image) -> Image | None:
    """Single pixels that are strewn all over the page, as bad scanners and faxes do; None for a clean page."""
    _, labels, stats, _ = cv2.connectedComponentsWithStats(ink, connectivity=8)
    small = (stats[:, cv2.CC_STAT_WIDTH] <= _GRAIN) & (stats[:, cv2.CC_STAT_HEIGHT] <= _GRAIN)
    if int(small.sum()) <= _GRAINS * ink.size:
        return None
    return cv2.dilate(np.where(small[labels], 255, 0).astype(np.uint8), np.ones((3, 3), np.uint8))


def _without_red(colour: Image) -> tuple[Image, Image | None]:
    """The page with all that is red turned into the paper's shade, and where that was."""
    red, green, blue = cv2.split(colour)
    found = cv2.threshold(cv2.subtract(red, cv2.max(green, blue)), _RED, 255, cv2.THRESH_BINARY)[1]
    if cv2.countNonZero(found) < 20:
        return colour, None
    near = cv2.dilate(found, np.ones((3, 3), np.uint8)) > 0
    clean = colour.copy()
    paper = 255.0 / max(1.0, float(np.median(red[found > 0])))  # the seal's own shade becomes white
    clean[near] = np.minimum(red[near] * paper, 255).astype(np.uint8)[:, None]
    return clean, found


def _without_seals(colour: Image, clean: Image, red: Image, letter: float) -> tuple[Image, Image]:
    """The page, and its red ink, without round or square red drawings of a seal's size; red words stay."""
    reach = 2 * round(_SEAL_GAP * letter) + 1
    _, _, stats, _ = cv2.connectedComponentsWithStats(
        cv2.dilate(red, np.ones((reach, reach), np.uint8)), connectivity=8
    )
    colour, red = colour.copy(), red.copy()
    for x, y, wide, high, _ in stats[1:].tolist():
        if min(wide, high) >= _SEAL * letter and max(wide, high) <= 1.7 * min(wide, high):
            colour[y : y + high, x : x + wide] = clean[y : y + high, x : x + wide]
            red[y : y + high, x : x + wide] = 0
    return colour, red


def ink_of(grey: Image) -> tuple[Image, Image]:
    """Where there is ink (darker than its ground, or lighter on a dark ground), all of it and the firm part of it."""
    smooth = cv2.GaussianBlur(grey, (3, 3), 0)
    reach = max(15, int(_REACH * max(grey.shape))) | 1
    kernel = np.ones((reach, reach), np.uint8)
    paper = cv2.GaussianBlur(cv2.morphologyEx(smooth, cv2.MORPH_CLOSE, kernel), (5, 5), 0)
    least = max(_CONTRAST, _NOISE * _noise(grey))
    usual = np.minimum(_usual_shade(smooth, reach), 255 - _CONTRAST // 2) + _CONTRAST // 2
    depth = cv2.subtract(np.minimum(paper, usual), smooth)
    dark = _dark_grounds(smooth, reach)
    if dark is not None:
        light = cv2.subtract(smooth, cv2.morphologyEx(smooth, cv2.MORPH_OPEN, kernel))
        depth = np.where(dark > 0, np.where(light > 2 * least, light, 0), depth).astype(np.uint8)
        depth[cv2.morphologyEx(dark, cv2.MORPH_GRADIENT, np.ones((3, 3), np.uint8)) > 0] = 255  # its side is a rule
    ink = cv2.threshold(depth, least, 255, cv2.THRESH_BINARY)[1]
    strong = depth[ink > 0]
    firmly = _FIRM * float(np.percentile(strong, 80)) if strong.size else least
    return ink, cv2.threshold(depth, max(least, firmly), 255, cv2.THRESH_BINARY)[1]


def _dark_grounds(smooth: Image, reach: int) -> Image | None:
    """Rectangles of dark ground with light signs on it; None where there are none."""
    dark = cv2.threshold(smooth, _DARK, 255, cv2.THRESH_BINARY_INV)[1]
    block = np.ones((max(3, int(_SOLID[0] * reach)), max(5, int(_SOLID[1] * reach))), np.uint8)
    solid = cv2.morphologyEx(dark, cv2.MORPH_OPEN, block)
    if not cv2.countNonZero(solid):
        return None
    whole = cv2.morphologyEx(solid, cv2.MORPH_CLOSE, np.ones((2 * reach + 1,) * 2, np.uint8))
    _, labels, stats, _ = cv2.connectedComponentsWithStats(whole, connectivity=4)
    filled = np.bincount(labels.ravel(), (dark > 0).ravel(), len(stats)) / np.maximum(1, stats[:, cv2.CC_STAT_AREA])
    kept = (filled >= _FILLED) & (stats[:, cv2.CC_STAT_WIDTH] > 2 * reach) & (stats[:, cv2.CC_STAT_HEIGHT] > reach)
    kept[0] = False
    return np.where(kept[labels], 255, 0).astype(np.uint8) if kept.any() else None


def _usual_shade(smooth: Image, reach: int) -> Image:
    """The shade that most of the pixels around have: that of the paper, or of the coloured ground of a cell."""
    half = cv2.resize(smooth, [max(1, side // 2) for side in smooth.shape[::-1]], interpolation=cv2.INTER_AREA)
    usual = cv2.medianBlur(half, min(255, int(1.2 * reach) | 1))
    return cv2.resize(usual, smooth.shape[::-1], interpolation=cv2.INTER_NEAREST)


def _noise(grey: Image) -> float:
    """Usual difference of a pixel from its neighbours, on paper."""
    rough = cv2.absdiff(grey[::3, ::3], cv2.medianBlur(grey, 3)[::3, ::3])
    return float(np.percentile(rough, 60)) * 1.2


def without_dust(ink: Image, size: float, letter: float) -> Image:
    """The ink without specks below a size that stand alone."""
    count, labels, stats, _ = cv2.connectedComponentsWithStats(ink, connectivity=8)
    if count < 2:
        return ink
    small = (stats[:, cv2.CC_STAT_WIDTH] < size) & (stats[:, cv2.CC_STAT_HEIGHT] < size)
    if not small.any():
        return ink
    dust = np.where(small[labels], 255, 0).astype(np.uint8)
    near = cv2.dilate(cv2.subtract(ink, dust), np.ones((2 * int(0.35 * letter) + 1,) * 2, np.uint8))
    return cv2.subtract(ink, cv2.bitwise_and(dust, cv2.bitwise_not(near)))


def letter_height(ink: Image) -> float:
    """Usual height of a line of Chinese signs in pixels, by marks that are about as wide as high and then by words."""
    wide, high = _sizes(ink)
    heights = high[(high >= _HEIGHTS[0]) & (high <= _HEIGHTS[1]) & (wide <= 1.6 * high) & (wide * 6 >= high)]
    if heights.size < 5:
        return _USUAL_HEIGHT
    usual = float(np.percentile(heights, 60))
    wide, high = _sizes(cv2.dilate(ink, np.ones((1, 2 * int(0.4 * usual) + 1), np.uint8)))
    heights = high[(high >= 0.7 * usual) & (high <= 2 * usual) & (wide > 3 * high)]
    return float(np.median(heights)) if heights.size >= 3 else usual


def _sizes(ink: Image) -> tuple[Any, Any]:
    """Widths and heights of all marks."""
    _, _, stats, _ = cv2.connectedComponentsWithStats(ink, connectivity=8)
    return stats[1:, cv2.CC_STAT_WIDTH], stats[1:, cv2.CC_STAT_HEIGHT]


def turned(image: Image, degrees: float) -> Image:
    """The picture turned by an angle, new corners white."""
    height, width = image.shape[:2]
    matrix = cv2.getRotationMatrix2D((width / 2, height / 2), degrees, 1.0)
    white = (255,) * (1 if image.ndim == 2 else 3)
    return cv2.warpAffine(image, matrix, (width, height), flags=cv2.INTER_CUBIC, borderValue=white)


def slant(ink: Image) -> float:
    """Degrees by which the page must be turned to stand straight; 0 where nothing tells.

    The right angle is the one at which lines of text, and straight lines, stand out from each other most.
    """
    scale = min(1.0, _FOR_SLANT / max(ink.shape))
    small = cv2.resize(ink, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
    middle = small.shape[1] / 2, small.shape[0] / 2

    def sharpness(degrees: float) -> float:
        matrix = cv2.getRotationMatrix2D(middle, degrees, 1.0)
        profile = cv2.warpAffine(small, matrix, small.shape[::-1]).sum(axis=1, dtype=np.float64)
        return float(((profile[1:] - profile[:-1]) ** 2).sum())

    straight = sharpness(0.0)
    best = float(max(np.arange(-_STEEPEST, _STEEPEST + 0.01, 0.5), key=sharpness))
    for step in (0.1, 0.03):
        best = float(max(best + np.arange(-5 * step, 5.5 * step, step), key=sharpness))
    return best if sharpness(best) > _SHARPER * straight else 0.0

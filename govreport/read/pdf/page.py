"""One page of a PDF file made plain: upright, each character once, what nobody sees left out.

Coordinates are points from the upper left corner of the page as read, y downwards.
"""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from typing import NamedTuple

from govreport.read.pdf.source import RawPage
from govreport.read.pdf.worker import HIDDEN, UNMAPPED, WHITE

HAN = re.compile(r"[\u2e80-\u9fff\uf900-\ufaff\uff00-\uffef\u3000-\u303f]")
"""A Chinese sign or one of its full-width companions."""

_TWICE = 0.15  # a character printed twice to look bold is moved by less than this
_BAND = 12  # points, in which characters printed twice are looked for together
_TIGHT = 0.92
_LEAST_STEP, _MOST_STEP = 0.06, 0.6  # letters, by which characters of letter-spaced text stand apart
_EVEN = 0.02
_LEVEL = 0.1  # points
_PROOF = 3  # steps in a row, and stretches with such steps, that prove a habit of the page
_SMALL = 0.78  # marks of footnotes are smaller than this share of the text
_MARK = re.compile(r"[\d*＊†‡①-⑳\[\]()（）〔〕]")
_TINY = 1.5  # points; smaller text is not for reading
_SPACES = re.compile(r"[\s\u00a0\u2000-\u200b\u3000]")

Turn = tuple[float, float, float, float, float, float]
"""A matrix that turns a page."""

# Radicals that printing programs write for the whole character of the same shape; NFKC knows the Kangxi block, these
# are of the block beside it (Unicode, EquivalentUnifiedIdeograph).
_RADICALS = dict(
    zip(
        "⺁⺄⺋⺌⺎⺐⺑⺒⺓⺗⺘⺛⺝⺟⺠⺡⺢⺥⺦⺨⺪⺫⺭⺮⺯⺱⺶⺷⺹⺻⻁⻄⻅⻆⻉⻋⻌⻎⻒⻓⻔⻗⻘⻙⻚⻛⻜⻝⻢⻣⻤⻥⻦⻨⻩⻬⻭⻮⻰⻳",
        "厂乙卩小兀尣尢巳幺心扌旡月母民氵氺爫丬犭疋罒示竹糸罓羊羊耂聿虎西见角贝车辶辶镸长门雨青韦页风飞食马骨鬼鱼鸟麦黄齐齿齿龙龟",
        strict=True,
    )
)


class Char(NamedTuple):
    """A character that is drawn: its text, sides, baseline, size, and the angle it is turned by."""

    text: str
    x0: float
    x1: float
    y: float
    size: float
    angle: int = 0

    @property
    def middle(self) -> tuple[float, float]:
        """A point inside the character."""
        return (self.x0 + self.x1) / 2, self.y - 0.35 * self.size


class Rule(NamedTuple):
    """A straight line along an axis: its place across, start and end along; ``flat`` for one that lies."""

    at: float
    start: float
    end: float
    flat: bool


@dataclass(slots=True)
class View:
    """A page made plain."""

    number: int
    width: float
    height: float
    chars: list[Char]
    rules: list[Rule]
    images: list[tuple[float, float, float, float]]
    notes: list[str] = field(default_factory=list)
    unmapped: int = 0
    hidden: int = 0
    turned: int = 0

    @property
    def pictured(self) -> float:
        """Share of the page that its largest picture covers."""
        area = max(1.0, self.width * self.height)
        return max(((x1 - x0) * (y1 - y0) / area for x0, y0, x1, y1 in self.images), default=0.0)


def plain_page(raw: RawPage) -> View:
    """A page as the worker gives it, made plain."""
    number, width, height = raw.number, raw.width, raw.height
    angles = Counter(round(char[8] / 90) % 4 * 90 for char in raw.chars if not char[9])
    turned = max(angles, key=lambda a: (angles[a], -a), default=0)
    turn = turn_of(turned, width, height)
    view = View(number, width, height, [], _rules(raw.rules, turn), [], turned=turned)
    if turned in (90, 270):
        view.width, view.height = height, width
    view.images = [turned_box(turn, box) for box in raw.images]
    backs = [turned_box(turn, box) for box in (*raw.fills, *raw.images)]
    for item in raw.chars:
        char = _char(item, turn, turned)
        if char is None or not _inside(view, char):
            continue
        marks = int(item[9])
        if marks & HIDDEN or char.size < _TINY or (marks & WHITE and not _on_any(char, backs)):
            view.hidden += char.text != " "
            continue
        view.unmapped += bool(marks & UNMAPPED) or _private(char.text)
        view.chars.append(char._replace(text="\ufffd") if marks & UNMAPPED else char)
    view.chars = _once(_closed_up(_unmarked(view, _straight(view))))
    return view


def turn_of(angle: int, width: float, height: float) -> Turn:
    """The matrix that makes text of an angle upright."""
    return {
        0: (1.0, 0.0, 0.0, 1.0, 0.0, 0.0),
        90: (0.0, 1.0, -1.0, 0.0, height, 0.0),
        180: (-1.0, 0.0, 0.0, -1.0, width, height),
        270: (0.0, -1.0, 1.0, 0.0, 0.0, width),
    }[angle]


def _moved(turn: Turn, x: float, y: float) -> tuple[float, float]:
    a, b, c, d, e, f = turn
    return a * x + c * y + e, b * x + d * y + f


def turned_box(turn: Turn, box: Sequence[float]) -> tuple[float, float, float, float]:
    """A box on the turned page."""
    (x0, y0), (x1, y1) = _moved(turn, box[0], box[1]), _moved(turn, box[2], box[3])
    return min(x0, x1), min(y0, y1), max(x0, x1), max(y0, y1)


def _rules(raw: Iterable[Sequence[float]], turn: Turn) -> list[Rule]:
    made = []
    for box in raw:
        x0, y0, x1, y1 = turned_box(turn, box)
        flat = x1 - x0 > y1 - y0
        made.append(Rule((y0 + y1) / 2, x0, x1, True) if flat else Rule((x0 + x1) / 2, y0, y1, False))
    return made


def _char(item: Sequence[float], turn: Turn, turned: int) -> Char | None:
    code, left, top, right, bottom, ox, oy, size, angle, _ = item
    low = bottom - top < _TIGHT * size  # the box is that of the ink, not of the letter
    text = _letter(int(code))
    if not text or size <= 0:
        return None
    x0, _y0, x1, y1 = turned_box(turn, (left, top, right, bottom))
    x, y = _moved(turn, ox, oy)
    leaning = int(angle - turned) % 360
    if leaning:
        return Char(text, x0, x1, y1 - 0.12 * size, size, leaning)
    if abs(x - x0) > 0.25 * size:
        # A font for vertical writing starts its characters at their middle; else one glyph stands for several letters.
        upright = abs(x - (x0 + x1) / 2) < 0.2 * size
        return Char(text, x0, x1, y1 - 0.12 * size if upright else y, size)
    if HAN.match(text):
        return Char(text, x, _end(x, x1, size), y, size)
    return Char(text, x, max(x1, x + 0.5 * size) if low and text.isalnum() else x1, y, size)


def _end(x: float, x1: float, size: float) -> float:
    """Right side of a Chinese sign: as wide as high, unless its box is plainly wider."""
    return x + size if x1 - x < 1.15 * size else x1


def _letter(code: int) -> str:
    if code in (0, 0xFEFF, 0x200B, 0x200C, 0x200D, 0xAD) or 0xD800 <= code <= 0xDFFF:
        return ""
    text = chr(code)
    if _SPACES.fullmatch(text):
        return " "
    if 0x2E80 <= code <= 0x2FD5 or 0xF900 <= code <= 0xFAFF:
        return _RADICALS.get(text) or unicodedata.normalize("NFKC", text)
    return text if code >= 0x20 else "\ufffd"


def _private(text: str) -> bool:
    """Whether a character means nothing outside its own font."""
    return text == "\ufffd" or unicodedata.category(text[0]) in ("Co", "Cn", "Cc")


def _inside(view: View, char: Char) -> bool:
    x, y = char.middle
    return 0 <= x <= view.width and 0 <= y <= view.height


def _on_any(char: Char, boxes: Iterable[tuple[float, float, float, float]]) -> bool:
    x, y = char.middle
    return any(x0 <= x <= x1 and y0 <= y <= y1 for x0, y0, x1, y1 in boxes)


def _straight(view: View) -> list[Char]:
    """Characters without those that stand at a slant: they are stamps or marks across the page."""
    kept = [c if c.angle not in (1, 359) else c._replace(angle=0) for c in view.chars]
    slanted = sum(c.angle % 90 != 0 for c in kept)
    if slanted:
        view.notes.append(f"page {view.number}: {slanted} slanted characters were left out as a mark across the page")
    return [c for c in kept if c.angle % 90 == 0]


def _unmarked(view: View, chars: list[Char]) -> list[Char]:
    """Characters without the marks of footnotes: small, raised, and right behind a figure or a word."""
    kept: list[Char] = []
    last: Char | None = None
    for char in chars:
        base = kept[-1] if kept else None
        if not (base and last and _MARK.match(char.text) and _raised(base, char, char.x0 - last.x1)):
            kept.append(char)
        last = char
    if len(kept) < len(chars):
        count = len(chars) - len(kept)
        view.notes.append(f"page {view.number}: {count} small raised characters behind figures or words were left out")
    return kept


def _raised(base: Char, char: Char, gap: float) -> bool:
    small = char.size < _SMALL * base.size and not (base.angle or char.angle)
    behind = -0.1 * base.size < gap < 0.35 * base.size and base.text != " "
    return small and behind and 0.15 * base.size < base.y - char.y < 0.8 * base.size


def _once(chars: list[Char]) -> list[Char]:
    """Each character once, where it was printed twice to look bold."""
    seen: dict[tuple[str, int], list[Char]] = {}
    kept = []
    for char in chars:
        text, x, _, y, size, _ = char
        reach = _TWICE * size
        for row in range(int((y - reach) // _BAND), int((y + reach) // _BAND) + 1):
            if text != " " and any(abs(o.x0 - x) < reach > abs(o.y - y) for o in seen.get((text, row), ())):
                break
        else:
            seen.setdefault((text, int(y // _BAND)), []).append(char)
            kept.append(char)
    return kept


def _closed_up(chars: list[Char]) -> list[Char]:
    """Characters of letter-spaced text made wide enough to touch the next: a number stays one number.

    The habit is proved by stretches of Chinese signs that all stand apart by the same step. Only what stands apart by
    very nearly that step is closed up, for cells of a table without rules stand further apart than letters.
    """
    gaps = [_gap(a, b) for a, b in pairwise(chars)]
    habits = _habits(_stretches(chars, gaps))
    for number, gap in enumerate(gaps if habits else ()):
        if any(abs(gap - habit) <= _EVEN for habit in habits):
            chars[number] = chars[number]._replace(x1=chars[number + 1].x0)
    return chars


def _gap(a: Char, b: Char) -> float:
    """Blank between two characters in parts of their size; 0 where it is no step of letter-spaced text."""
    gap = (b.x0 - a.x1) / a.size
    return gap if _LEAST_STEP <= gap <= _MOST_STEP and abs(a.y - b.y) < _LEVEL and not (a.angle or b.angle) else 0.0


def _stretches(chars: Sequence[Char], gaps: Sequence[float]) -> list[float]:
    """Steps of the stretches of Chinese signs that stand evenly apart."""
    found: list[float] = []
    length, first = 0, 0.0
    for number, gap in enumerate(gaps):
        if not gap or not (HAN.match(chars[number].text) and HAN.match(chars[number + 1].text)):
            length = 0
        elif length and abs(gap - first) <= _EVEN:
            length += 1
            if length == _PROOF:
                found.append(first)
        else:
            length, first = 1, gap
    return found


def _habits(steps: Sequence[float]) -> list[float]:
    """Steps that several stretches share."""
    made: list[float] = []
    for step in steps:
        shared = sum(abs(step - other) <= _EVEN for other in steps)
        if shared >= _PROOF and all(abs(step - habit) > _EVEN for habit in made):
            made.append(step)
    return made

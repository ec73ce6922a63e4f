"""The page that a figure of the explorer stands on: heading, source line, axes in between, and marks drawn in bulk.

Places are in points (1/72 inch) from the lower left corner. Widths of labels are known before drawing, so no layout
has to be solved and nothing is drawn twice.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

import numpy as np
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.collections import LineCollection, PolyCollection
from matplotlib.colors import to_rgb
from matplotlib.transforms import Affine2D, Transform

from govreport.plots.lettering import Align, Label, fit, lines_of, width, write
from govreport.plots.style import INK, MUTED, Chart, Lang

CHOSEN = "#a33b00"
"""The chosen body, in every figure. Dark enough to be read as text on white."""

CHOSEN_SIGNS = ("◆", "┃")

SMALL = "#949494"
"""Marks of small numbers: the lightest grey that is told from white at 3 to 1."""

GRID = "#e6e6e6"


class Sizes(NamedTuple):
    """A page in inches, its letters in points, and how many lines heading and foot may take."""

    width: float
    height: float
    title: float
    text: float
    small: float
    foot: float
    head_lines: int
    foot_lines: int


LAPTOP = Sizes(7.5, 4.2, 14.0, 9.0, 8.2, 7.0, 5, 2)
PHONE = Sizes(4.0, 4.4, 12.0, 8.4, 7.6, 6.6, 7, 3)
EDGE = 10.0
_LINE = 1.38


class Room(NamedTuple):
    """A rectangle in points."""

    left: float
    bottom: float
    right: float
    top: float


@dataclass(slots=True)
class Page:
    """A figure with heading and foot, and the room between them."""

    chart: Chart
    sizes: Sizes
    lang: Lang
    room: Room
    labels: list[Label] = field(default_factory=list)
    rules: list[float] = field(default_factory=list)

    @property
    def compact(self) -> bool:
        """Whether it is for the width of a phone."""
        return self.sizes is PHONE

    @property
    def points(self) -> Transform:
        """Points from the lower left corner of the figure."""
        return Affine2D().scale(1 / 72) + self.chart.dpi_scale_trans

    def say(
        self, x: float, y: float, text: str, *, size: float | None = None, colour: str = INK, align: Align = "left"
    ) -> None:
        """Puts a text in the middle of a point; it is drawn by ``done``."""
        self.labels.append(Label(x, y, text, size or self.sizes.text, colour, align))

    def rule(self, y: float) -> None:
        """Puts a thin line across the page; it is drawn by ``done``."""
        self.rules.append(y)

    def swatches(self, boxes: np.ndarray, colours: Sequence[str]) -> None:
        """Draws rectangles in places of the page, each row of ``boxes`` being left, bottom, right, top."""
        self.chart.add_artist(_boxes(boxes, colours, transform=self.points, edgecolors=MUTED, linewidths=0.5))

    def axes(self, room: Room, x: tuple[float, float], y: tuple[float, float]) -> Axes:
        """Bare axes in a rectangle, with their limits: lines and labels are drawn by hand, which is many times faster
        than ticks.
        """
        wide, high = self.sizes.width * 72, self.sizes.height * 72
        box = (room.left / wide, room.bottom / high, (room.right - room.left) / wide, (room.top - room.bottom) / high)
        ax = self.chart.add_axes(box)
        ax.set_axis_off()
        ax.set_xlim(x)
        ax.set_ylim(y)
        return ax

    def done(self) -> Chart:
        """Draws the labels and lines of the page and gives the figure."""
        if self.rules:
            ends = [[(self.room.left, y), (self.room.right, y)] for y in self.rules]
            self.chart.add_artist(LineCollection(ends, colors=GRID, linewidths=1.0, transform=self.points))
        write(self.chart, self.labels, self.points)
        return self.chart


def page(title: str, lines: Sequence[str], foot: str, lang: Lang, *, compact: bool) -> Page:
    """A figure with its title, lines below it, and its source line. Text that has no room is cut and ends in "…".

    A line that begins with one of ``CHOSEN_SIGNS`` names the chosen body and has its colour.
    """
    sizes = PHONE if compact else LAPTOP
    chart = Chart(figsize=(sizes.width, sizes.height), facecolor="white", edgecolor="white")
    FigureCanvasAgg(chart)
    wide = sizes.width * 72 - 2 * EDGE
    made = Page(chart, sizes, lang, Room(EDGE, 0.0, EDGE + wide, 0.0))
    y = sizes.height * 72 - 7
    for texts, size, colour, most in (
        ([title], sizes.title, INK, 2),
        (lines, sizes.text, MUTED, sizes.head_lines),
    ):
        inks = {text: CHOSEN if text.startswith(CHOSEN_SIGNS) else colour for text in texts}
        for line, text in paragraphs(texts, size, wide, most):
            y -= _LINE * size
            made.say(EDGE, y + 0.5 * _LINE * size, line, size=size, colour=inks[text])
        y -= 2
    last = paragraphs([foot], sizes.foot, wide, sizes.foot_lines)
    low = 5 + _LINE * sizes.foot * len(last)
    for k, (line, _) in enumerate(last):
        made.say(EDGE, low - (k + 0.5) * _LINE * sizes.foot, line, size=sizes.foot, colour=MUTED)
    made.room = Room(EDGE, low + 4, EDGE + wide, y - 4)
    return made


def paragraphs(texts: Iterable[str], size: float, room: float, most: int) -> list[tuple[str, str]]:
    """Lines of several texts with the text that each is from, at most so many; every text begins on its own line."""
    lines = [(line, text) for text in texts for line in lines_of(text, size, room)]
    if len(lines) <= most:
        return lines
    line, text = lines[most - 1]
    return [*lines[: most - 1], (fit(f"{line}…", size, room), text)]


def nothing(made: Page, reason: str) -> Chart:
    """Ends an empty page with words that say why it is empty."""
    size, middle = made.sizes.text + 1.5, (made.room.top + made.room.bottom) / 2
    room = made.room.right - made.room.left - 30
    lines = paragraphs([reason], size, room, 8)
    for i, (line, _) in enumerate(lines):
        y = middle + (len(lines) / 2 - i - 0.5) * 1.6 * size
        made.say((made.room.left + made.room.right) / 2, y, line, size=size, colour=INK, align="center")
    return made.done()


def bars(ax: Axes, boxes: np.ndarray, colours: str | Sequence[str], **options: Any) -> PolyCollection:
    """Rectangles as one artist, each row of ``boxes`` being left, bottom, right, top."""
    made = _boxes(boxes, colours, **options)
    ax.add_collection(made, autolim=False)
    return made


def _boxes(boxes: np.ndarray, colours: str | Sequence[str], **options: Any) -> PolyCollection:
    boxes = np.asarray(boxes, dtype=float).reshape(-1, 4)
    corners = np.stack([boxes[:, [0, 1]], boxes[:, [0, 3]], boxes[:, [2, 3]], boxes[:, [2, 1]]], axis=1)
    look: dict[str, Any] = {
        "facecolors": colours, "linewidths": 0.0, "edgecolors": "none", "clip_on": False, "zorder": 2,
    }  # fmt: skip
    return PolyCollection(list(corners), **look | options)


def strokes(ax: Axes, lines: Sequence[Any] | np.ndarray, colour: str, wide: float, **options: Any) -> LineCollection:
    """Straight lines as one artist, each given by its points."""
    look: dict[str, Any] = {"colors": colour, "linewidths": wide, "clip_on": False, "zorder": 3, "capstyle": "butt"}
    made = LineCollection(list(lines), **look | options)
    ax.add_collection(made, autolim=False)
    return made


def grid(ax: Axes, ticks: Sequence[float], texts: Sequence[str], size: float) -> None:
    """Lines across the axes with their values on the left; the first is the base."""
    across = ax.get_yaxis_transform()
    strokes(ax, [[(0, t), (1, t)] for t in ticks[1:]], GRID, 0.8, transform=across, zorder=1)
    strokes(ax, [[(0, ticks[0]), (1, ticks[0])]], MUTED, 0.8, transform=across, zorder=3.5)
    labels = [Label(0, t, text, size, INK, "right", dx=-5) for t, text in zip(ticks, texts, strict=True)]
    write(ax, labels, across)


def mark_chosen(
    ax: Axes, made: Page, place: Room, x: float, text: str, *, wide: float = 1.6, area: float = 30.0
) -> None:
    """The chosen body in axes: a line up to ◆ above them, and its text on that side of it that has room.

    Args:
        ax: the axes.
        made: their page.
        place: where on the page they are.
        x: where on their lower side the body is.
        text: what is said of it.
        wide: of the line, in points.
        area: of the sign, in square points.
    """
    size, upright = made.sizes.text, ax.get_xaxis_transform()
    over = 1.0 + 0.6 * size / (place.top - place.bottom)
    strokes(ax, [[(x, 0), (x, over)]], CHOSEN, wide, transform=upright, zorder=4)
    ax.scatter([x], [over], s=area, marker="D", c=CHOSEN, linewidths=0, transform=upright, zorder=5, clip_on=False)
    first, last = ax.get_xlim()
    at = place.left + (x - first) / (last - first) * (place.right - place.left)
    beyond = at + width(text, size) + 8 > made.room.right
    write(ax, [Label(x, over, text, size, CHOSEN, "right" if beyond else "left", dx=-7 if beyond else 7)], upright)


def nice_ticks(top: float, about: int) -> list[float]:
    """Round numbers from 0 to at least ``top``, about so many.

    >>> nice_ticks(0.87, 4)
    [0.0, 0.25, 0.5, 0.75, 1.0]
    """
    rough = max(top, 1e-12) / about
    power = 10.0 ** np.floor(np.log10(rough))
    step = next(s * power for s in (1.0, 2.0, 2.5, 5.0, 10.0) if s * power >= rough * 0.999)
    return [round(float(step * i), 12) for i in range(int(np.ceil(top / step - 1e-9)) + 1)]


def widest(texts: Iterable[str], size: float) -> float:
    """Width in points of the widest text, 0 without any."""
    return max((width(text, size) for text in texts), default=0.0)


def luminance(colour: str) -> float:
    """Relative luminance of a colour, as WCAG 2 defines it."""
    parts = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in to_rgb(colour)]
    return 0.2126 * parts[0] + 0.7152 * parts[1] + 0.0722 * parts[2]


def contrast(one: str, other: str) -> float:
    """Contrast of two colours, from 1 to 21, as WCAG 2 defines it; 4.5 is enough for text, 3 for marks."""
    dark, light = sorted((luminance(one), luminance(other)))
    return (light + 0.05) / (dark + 0.05)


def ink_on(fill: str) -> str:
    """Black or white, whichever is read better on a fill. One of them always has a contrast of 4.5."""
    return "#ffffff" if contrast("#ffffff", fill) > contrast("#000000", fill) else "#000000"

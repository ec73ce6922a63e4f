"""How the values of a measure spread over the reports of a view."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import numpy.typing as npt
from matplotlib.axes import Axes

from govreport.plots.lettering import Label, fit, write
from govreport.plots.page import SMALL, Page, Room, bars, grid, mark_chosen, nice_ticks, strokes, widest
from govreport.plots.style import BLUE, INK, MUTED, STRIP, Chart, Lang, Words
from govreport.plots.wording import (
    CHOSEN_BODY,
    compactly,
    empty,
    exact,
    factor,
    language,
    name,
    numbers,
    opened,
    tick_texts,
    unit,
)

if TYPE_CHECKING:
    from govreport.explore import View

Numbers = npt.NDArray[np.float64]

_GAP = 0.03  # of a class, left free on both sides of its bar
_WIDEST = 60.0  # points: of a class
_APART = 0.25  # of a class, between zeros and the rest


class _Classes(NamedTuple):
    """The classes and where they stand: each is one wide, zeros a little apart."""

    left: Numbers
    right: Numbers
    large: Numbers
    small: Numbers
    start: Numbers
    log: bool

    @property
    def zeros(self) -> bool:
        """Whether the first class holds zeros alone."""
        return bool(self.left[0] == self.right[0])

    @property
    def end(self) -> float:
        """Where the last class ends."""
        return float(self.start[-1] + 1)

    def place(self, value: float) -> float:
        """Where a value stands."""
        if self.zeros and (value == 0 or len(self.left) == 1):
            return 0.5
        first = int(self.zeros)
        at = first + int(np.clip(np.searchsorted(self.left[first:], value, "right") - 1, 0, len(self.left) - first - 1))
        low, high = float(self.left[at]), float(self.right[at])
        if self.log and low > 0 and value > 0:
            low, high, value = np.log(low), np.log(high), np.log(value)
        return float(self.start[at] + np.clip((value - low) / (high - low), 0.0, 1.0))


def distribution_figure(view: View, *, compact: bool = False) -> Chart:
    """How many reports have which value, with small denominators in grey and the chosen body marked.

    Shares stand in classes of equal width, all else in classes of a logarithmic scale with zeros apart.

    Args:
        view: what ``Board.view`` gives.
        compact: for the width of a phone.
    """
    lang = language(view)
    title = Words(f"{name(view, lang)}：分布", f"{name(view, lang)}: distribution").get(lang)
    if not len(view.distribution) or not (classes := _classes(view)).large.sum() + classes.small.sum():
        return empty(view, title, lang, compact=compact)
    made = opened(view, title, _reading(view, classes, lang), lang, compact=compact)
    _draw(made, view, classes)
    return made.done()


def _classes(view: View) -> _Classes:
    left, right, count, small = (numbers(view.distribution, c) for c in ("left", "right", "count", "small"))
    start = np.arange(len(left), dtype=float)
    if left[0] == right[0]:
        start[1:] += _APART
    return _Classes(left, right, count, small, start, bool(view.distribution.attrs.get("log")))


def _reading(view: View, classes: _Classes, lang: Lang) -> str:
    said = Words("条高：报告份数。", "Bars: number of reports.").get(lang)
    if classes.small.any():
        n, least = int(classes.small.sum()), view.selection.min_n
        said += Words(f"灰色：分母不足{least}（{n:,}份）。", f" Grey: denominator under {least} ({n:,}).").get(lang)
    if classes.zeros and (n := int(classes.large[0] + classes.small[0])):
        said += Words(f"左侧灰底：零（{n:,}份）。", f" Shaded: zero ({n:,}).").get(lang)
    return said


def _draw(made: Page, view: View, classes: _Classes) -> None:
    size, small, room = made.sizes.text, made.sizes.small, made.room
    top = float((classes.large + classes.small).max()) * 1.05
    ticks = [t for t in nice_ticks(top, 4) if t <= top and t.is_integer()]
    texts = [compactly(t, made.lang) for t in ticks]
    value = _body_value(view)
    high = room.top - (1.9 if value is None else 3.1) * size
    edge = room.left + widest(texts, size) + 7
    place = Room(edge, room.bottom + 3.1 * size, min(room.right - 12, edge + _WIDEST * classes.end), high)
    ax = made.axes(place, (0.0, classes.end), (0.0, top))
    if classes.zeros:
        bars(ax, np.array([[0, 0, 1, 1]]), STRIP, transform=ax.get_xaxis_transform(), zorder=0)
    grid(ax, ticks, texts, size)
    left, right, over = classes.start + _GAP, classes.start + 1 - _GAP, classes.large + classes.small
    bars(ax, np.column_stack([left, 0 * left, right, classes.large])[classes.large > 0], BLUE)
    bars(ax, np.column_stack([left, classes.large, right, over])[classes.small > 0], SMALL)
    _write_classes(ax, made, view, classes, (place.right - place.left) / classes.end)
    made.say(room.left, room.top - 0.6 * size, Words("报告（份）", "Reports").get(made.lang), size=small, colour=MUTED)
    scale = Words("，对数分组", ", logarithmic classes").get(made.lang) if classes.log else ""
    axis = Words(
        f"{name(view, made.lang)}（{unit(view, made.lang)}{scale}）",
        f"{name(view, made.lang)} ({unit(view, made.lang)}{scale})",
    ).get(made.lang)
    made.say(edge, room.bottom + 0.6 * size, fit(axis, small, room.right - edge), size=small, colour=MUTED)
    if value is not None:
        mark_chosen(ax, made, place, classes.place(value), f"{CHOSEN_BODY.get(made.lang)} {exact(value, view)}")


def _write_classes(ax: Axes, made: Page, view: View, classes: _Classes, each: float) -> None:
    """Round values at the sides of classes: the powers of ten of a logarithm, else some at equal distances."""
    first, size = int(classes.zeros), made.sizes.text
    values = [*classes.left[first:], classes.right[-1]] if len(classes.left) > first else []
    places = [*classes.start[first:], classes.end] if values else []
    if classes.log:
        powers = [i for i, v in enumerate(values) if abs(np.log10(v) - round(np.log10(v))) < 1e-9]
        kept = list(range(len(values))) if len(values) <= 6 else powers
        texts = [compactly(values[i], made.lang) for i in kept]
        kept, texts = _apart(kept, texts, np.array(places), size, each, zeros=classes.zeros)
    else:
        most = 5 if made.compact else 10
        step = next(s for s in (1, 2, 4, 5, 10, len(values)) if (len(values) - 1) / s <= most)
        kept = list(range(0, len(values), step))
        texts = tick_texts([values[i] * factor(view) for i in kept], view, made.lang)
    labels = [Label(places[i], 0, text, size, INK, "center", dy=-size) for i, text in zip(kept, texts, strict=True)]
    if classes.zeros:
        labels.append(Label(0.5, 0, "0", size, INK, "center", dy=-size))
    upright = ax.get_xaxis_transform()
    write(ax, labels, upright)
    strokes(ax, [[(places[i], 0), (places[i], -0.015)] for i in kept], MUTED, 0.8, transform=upright)


def _apart(
    kept: list[int], texts: list[str], places: Numbers, size: float, each: float, *, zeros: bool
) -> tuple[list[int], list[str]]:
    """Every label, every second or third ... so that none touches the next, nor the zero on the left.

    ``each`` is the width of a class in points.
    """
    wide = widest(texts, size) + 6
    gaps = np.diff(places[kept]) * each
    step = int(np.ceil(wide / gaps.min())) if len(gaps) else 1
    pairs = list(zip(kept, texts, strict=True))[::step]
    if zeros:
        pairs = [(i, text) for i, text in pairs if (places[i] - 0.5) * each > (wide + size) / 2]
    return [i for i, _ in pairs], [text for _, text in pairs]


def _body_value(view: View) -> float | None:
    value = view.distribution.attrs.get("body_value")
    return None if value is None or np.isnan(float(value)) else float(value)

"""A measure of a view over the years."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import numpy.typing as npt
from matplotlib.axes import Axes

from govreport.plots.lettering import Label, width, write
from govreport.plots.page import CHOSEN, Page, Room, bars, grid, nice_ticks, strokes, widest
from govreport.plots.style import BLUE, FAINT, INK, MIN_N, MUTED, Chart, Lang, Words
from govreport.plots.wording import (
    CHOSEN_BODY,
    brief,
    compactly,
    empty,
    factor,
    is_share,
    language,
    name,
    numbers,
    opened,
    tick_texts,
    unit,
)

if TYPE_CHECKING:
    from govreport.analysis import Break
    from govreport.explore import View

Numbers = npt.NDArray[np.float64]

_POOLED = Words("合并", "Pooled")
_BAR = 0.2  # half the width of a bar, in years


class _Line(NamedTuple):
    """A line over the years: its name, values, colour and marker, and what its last value is called."""

    name: str
    values: Numbers
    colour: str
    marker: str
    last: str

    @property
    def end(self) -> int:
        """Position of the last value."""
        return int(np.flatnonzero(~np.isnan(self.values))[-1])


class _Trend(NamedTuple):
    """The numbers of the figure, a place for every year from the first to the last; NaN where there is none.

    ``full`` are the years of enough reports for a bar and a median, ``weak`` those whose dot is hollow.
    """

    years: Numbers
    n: Numbers
    median: Numbers
    low: Numbers
    high: Numbers
    full: npt.NDArray[np.bool_]
    weak: npt.NDArray[np.bool_]
    rows: list[tuple[str, Numbers]]
    lines: list[_Line]

    @property
    def drawn(self) -> Numbers:
        """All that is drawn, for the scale."""
        spread = np.where(self.full, self.high, self.median)
        made = np.concatenate([spread, *(line.values for line in self.lines)])
        known: Numbers = made[~np.isnan(made)]
        return known


def trend_figure(view: View, *, compact: bool = False) -> Chart:
    """A measure over the years: the middle half of the reports as bars with their medians, the pooled rate and the
    chosen body as lines, and below each year the number of reports and what they add up to.

    Years of fewer than five reports, or with a denominator below the smallest n, get a hollow dot instead of a bar;
    years without any stay empty. Dotted lines are breaks of series. Counts that span magnitudes stand on a logarithmic
    scale with a place for zero.

    Args:
        view: what ``Board.view`` gives.
        compact: for the width of a phone.
    """
    lang = language(view)
    title = Words(f"{name(view, lang)}：历年", f"{name(view, lang)}, by year").get(lang)
    trend = _trend(view, lang)
    if not trend.n.size or not trend.drawn.size:
        return empty(view, title, lang, compact=compact)
    made = opened(view, title, _reading(trend, view, lang), lang, compact=compact)
    _draw(made, view, trend)
    return made.done()


def _trend(view: View, lang: Lang) -> _Trend:
    found, known = numbers(view.trend, "year").astype(int), np.nan_to_num(numbers(view.trend, "n")) > 0
    known |= ~np.isnan(numbers(view.trend, "body"))
    kept = view.trend[known]
    years = np.arange(found[known].min(), found[known].max() + 1) if known.any() else found[:0]

    def by_year(column: str, times: float = 1.0) -> Numbers:
        made = np.full(len(years), np.nan)
        made[found[known] - years[:1]] = numbers(kept, column) * times
        return made

    n, rate, times = np.nan_to_num(by_year("n")), view.measure.kind == "rate", factor(view)
    below = by_year("denominator" if rate else "pooled")
    median, low, high = (by_year(column, times) for column in ("median", "q25", "q75"))
    full = (np.nan_to_num(by_year("n_median")) >= MIN_N) & ~np.isnan(median)
    # For rates the hollow dot stands at the pooled value, so the median of few reports is not drawn.
    weak = (n > 0) & ((n < MIN_N) | (below < view.selection.min_n)) if rate else ~full & ~np.isnan(median)
    rows = [(_words("n", lang), n), (_words("denominator" if rate else "pooled", lang), below)]
    wanted = [(CHOSEN_BODY, by_year("body"), CHOSEN, "D")]
    if rate:
        wanted.insert(0, (_POOLED, by_year("pooled"), BLUE, "o"))
        median = np.where(full, median, np.nan)
    lines = [
        _Line(words.get(lang), values * times, colour, marker, brief(values[~np.isnan(values)][-1], view, lang))
        for words, values, colour, marker in wanted
        if not np.isnan(values).all()
    ]
    return _Trend(years.astype(float), n, median, low, high, full, weak, rows, lines)


def _words(column: str, lang: Lang) -> str:
    return {
        "n": Words("报告", "Reports"), "denominator": Words("分母", "Out of"), "pooled": Words("合计", "Sum"),
    }[column].get(lang)  # fmt: skip


def _reading(trend: _Trend, view: View, lang: Lang) -> str:
    said, rate = [], view.measure.kind == "rate"
    least = view.selection.min_n
    if trend.full.any():
        said.append(
            Words(
                f"灰条、横线：分母满{least}的报告的中间一半和中位数（不足{MIN_N}份不画）",
                f"bars, lines: middle half and median of reports out of {least} or more (none for under {MIN_N})",
            )
            if rate
            else Words("灰条：各报告的中间一半，横线：中位数", "bars: middle half of the reports, line: median")
        )
        if not trend.drawn.any():
            said.append(Words("多半报告为零", "most reports are zero"))
    if rate:
        said.append(Words("合并：分子之和／分母之和", "pooled: sum over sum"))
    if trend.weak.any():
        said.append(
            Words(f"空心：不足{MIN_N}份或分母不足{least}", f"hollow: under {MIN_N} reports or out of under {least}")
            if rate
            else Words(f"空心：不足{MIN_N}份报告的中位数", f"hollow: median of under {MIN_N} reports")
        )
    if _met(view, trend):
        said.append(Words("虚线：口径变化", "dotted: break of series"))
    text = Words("；", "; ").get(lang).join(words.get(lang) for words in said)
    return f"{text[:1].upper()}{text[1:]}" + Words("。", ".").get(lang) if text else ""


def _draw(made: Page, view: View, trend: _Trend) -> None:
    size, small, room = made.sizes.text, made.sizes.small, made.room
    ticks, top, logarithmic = _scale(trend.drawn, view)
    texts = tick_texts(ticks, view, made.lang)
    left = room.left + max(widest(texts, size), widest([head for head, _ in trend.rows], small)) + 7
    below = 1.6 * size + 1.4 * len(trend.rows) * small
    place = Room(left, room.bottom + below, room.right - _right_margin(made, trend), room.top - 1.9 * size)
    span = (trend.years[0] - 0.5, trend.years[-1] + 0.5)
    ax = made.axes(place, span, (-0.35 if logarithmic else 0.0, top))
    if logarithmic:
        ax.set_yscale("symlog", linthresh=1, linscale=0.5)
    grid(ax, ticks, texts, size)
    made.say(room.left, room.top - 0.6 * size, unit(view, made.lang), size=small, colour=MUTED)
    year = (place.right - place.left) / (span[1] - span[0])
    half = min(_BAR, 16 / year)
    _draw_spread(ax, trend, half)
    for line in trend.lines:
        _draw_line(ax, trend, line)
    _name_ends(ax, made, trend, place, half * year)
    _draw_breaks(ax, made, view, trend, year)
    _write_years(ax, made, trend, place, year)


def _right_margin(made: Page, trend: _Trend) -> float:
    return widest(_end_texts(made, trend), made.sizes.text) + 3 if trend.lines else 4.0


def _end_texts(made: Page, trend: _Trend) -> list[str]:
    joined = [f"{line.name} {line.last}" for line in trend.lines]
    return [part for line in trend.lines for part in (line.name, line.last)] if made.compact else joined


def _scale(drawn: Numbers, view: View) -> tuple[list[float], float, bool]:
    """Ticks, the upper end, and whether the scale is logarithmic: for counts some of which are fifty times others."""
    top = float(drawn.max(initial=0.0))
    positive = drawn[drawn > 0]
    if view.measure.kind != "rate" and top >= 100 and top / float(positive.min()) >= 50:
        powers = [10.0**k for k in range(int(np.floor(np.log10(top))) + 1)]
        return [0.0, *powers], top * 1.5, True
    if top <= 0:
        return [0.0], 1.0, False
    end = min(top * 1.08, 100.0) if is_share(view) else top * 1.08
    return [t for t in nice_ticks(end, 4) if t <= end], end, False


def _draw_spread(ax: Axes, trend: _Trend, half: float) -> None:
    years, median, full = trend.years, trend.median, trend.full
    bars(ax, np.column_stack([years - half, trend.low, years + half, trend.high])[full], FAINT)
    strokes(ax, [[(y - half, m), (y + half, m)] for y, m in zip(years[full], median[full], strict=True)], INK, 1.8)
    few = trend.weak & ~full & ~np.isnan(median)
    if few.any():
        _dots(ax, np.column_stack([years, median])[few], "o", "white", MUTED)


def _draw_line(ax: Axes, trend: _Trend, line: _Line) -> None:
    points = np.column_stack([trend.years, line.values])
    seen, weak = ~np.isnan(line.values), trend.weak & (line.colour == BLUE)
    # Neighbouring years alone are joined: a year without a figure leaves a gap.
    firm = [points[i : i + 2] for i in range(len(points) - 1) if seen[i : i + 2].all() and not weak[i : i + 2].any()]
    thin = [points[i : i + 2] for i in range(len(points) - 1) if seen[i : i + 2].all() and weak[i : i + 2].any()]
    strokes(ax, firm, line.colour, 1.8, capstyle="round", zorder=4)
    strokes(ax, thin, line.colour, 0.8, zorder=3.6)
    _dots(ax, points[seen & ~weak], line.marker, line.colour, "white")
    _dots(ax, points[seen & weak], line.marker, "white", line.colour)


def _dots(ax: Axes, points: Numbers, marker: str, fill: str, edge: str) -> None:
    if len(points):
        ax.scatter(points[:, 0], points[:, 1], s=26, marker=marker, c=fill, edgecolors=edge, linewidths=1.0, zorder=4.5,
                   clip_on=False)  # fmt: skip


def _name_ends(ax: Axes, made: Page, trend: _Trend, place: Room, beside: float) -> None:
    """Names and last values at the right ends of lines, moved apart where they would touch."""
    size, rows = made.sizes.text, 2 if made.compact else 1
    need = 1.35 * size * rows
    to_points = 72 / ax.figure.dpi
    ends = [(line, trend.years[line.end], line.values[line.end]) for line in trend.lines]
    at = [float(ax.transData.transform((x, y))[1]) * to_points for _, x, y in ends]
    wanted = [max(y, place.bottom + need / 2) for y in at]
    if len(ends) == 2 and abs(wanted[1] - wanted[0]) < need:
        middle = max(sum(wanted) / 2, place.bottom + need)
        upper = int(at[1] >= at[0])
        wanted = [middle + (need / 2 if k == upper else -need / 2) for k in range(2)]
    labels = []
    for (line, x, y), point, to in zip(ends, at, wanted, strict=True):
        texts = [line.name, line.last] if made.compact else [f"{line.name} {line.last}"]
        ups = [0.62 * size, -0.62 * size] if made.compact else [0.0]
        labels += [Label(x, y, text, size, line.colour, dx=beside + 5, dy=to - point + up)
                   for text, up in zip(texts, ups, strict=True)]  # fmt: skip
    write(ax, labels, ax.transData)


def _draw_breaks(ax: Axes, made: Page, view: View, trend: _Trend, year: float) -> None:
    """Dotted lines between years, named where the name has room on one of their sides."""
    if not (met := _met(view, trend)):
        return
    upright, size = ax.get_xaxis_transform(), made.sizes.foot
    strokes(ax, [[(b.year - 0.5, 0), (b.year - 0.5, 1.03)] for b in met], MUTED, 0.9, linestyles=(0, (1, 2)),
            transform=upright, zorder=2)  # fmt: skip
    labels, free = [], trend.years[0] - 0.5
    for b, end in zip(met, [*(b.year - 0.5 for b in met[1:]), trend.years[-1] + 0.5], strict=True):
        text, x = b.name(made.lang), b.year - 0.5
        wide = width(text, size) + 8
        if wide <= (end - x) * year:
            labels.append(Label(x, 1.03, text, size, MUTED, dx=3, dy=0.3 * size))
            free = x + wide / year
        elif wide <= (x - free) * year:
            labels.append(Label(x, 1.03, text, size, MUTED, "right", dx=-3, dy=0.3 * size))
            free = x
    write(ax, labels, upright)


def _met(view: View, trend: _Trend) -> list[Break]:
    return [b for b in view.breaks if trend.years[0] < b.year <= trend.years[-1]]


def _write_years(ax: Axes, made: Page, trend: _Trend, place: Room, year: float) -> None:
    """Below the axes: the years, and rows of numbers with their names at the left edge."""
    size, small = made.sizes.text, made.sizes.small
    table = [(head, [compactly(v, made.lang) if n else "–" for v, n in zip(values, trend.n, strict=True)])
             for head, values in trend.rows]  # fmt: skip
    years = [f"{y:.0f}" for y in trend.years]
    wide = max(widest(years, size), *(widest(texts, small) for _, texts in table)) + 5
    step = int(np.ceil(wide / year))
    shown = range((len(years) - 1) % step, len(years), step)
    labels = [Label(trend.years[i], 0, years[i], size, INK, "center", dy=-0.9 * size) for i in shown]
    for k, (head, texts) in enumerate(table):
        down = 1.6 * size + (1.4 * k + 0.5) * small
        labels += [Label(trend.years[i], 0, texts[i], small, MUTED, "center", dy=-down) for i in shown]
        made.say(made.room.left, place.bottom - down, head, size=small, colour=MUTED)
    write(ax, labels, ax.get_xaxis_transform())

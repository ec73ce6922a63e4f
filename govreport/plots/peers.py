"""The peers of one body: how their figures spread, and where the body stands."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
from matplotlib.axes import Axes

from govreport.analysis import Measure
from govreport.analysis.measures import pick_measures
from govreport.analysis.outlier_text import number
from govreport.errors import UsageError
from govreport.forms.words import text_of
from govreport.plots.lettering import Label, clean, fit, write
from govreport.plots.page import Page, Room, bars, grid, mark_chosen, nice_ticks, nothing, page, strokes, widest
from govreport.plots.style import BLUE, INK, MUTED, STRIP, Chart, Lang, Words, drawable, need, usable_lang
from govreport.plots.wording import SOURCE, SYNTHETIC, compactly

Numbers = npt.NDArray[np.float64]

BODY = Words("本机关", "This body")
_MARK = "（合成）"  # the panel of govreport.synthetic ends the names of its agencies with it
_CLASSES = 20
_LOG_FROM = 30.0  # times the median, between the largest and the smallest: farther apart a linear scale hides most
_STEPS = (0.05, 0.1, 0.125, 0.25, 0.5)
_GAP = 0.06  # of a class, left free between bars


@dataclass(frozen=True)
class _Scale:
    """An axis: where classes begin on it, in plain numbers or logarithms, and zeros in a class of their own."""

    edges: Numbers
    log: bool
    zeros: bool

    @property
    def step(self) -> float:
        return float(self.edges[1] - self.edges[0])

    @property
    def left(self) -> float:
        return float(self.edges[0]) - (1.5 * self.step if self.zeros else 0.0)

    @property
    def right(self) -> float:
        return float(self.edges[-1])

    def at(self, value: float) -> float:
        """Where a number stands; what lies outside the axis stands at its end."""
        if self.zeros and value <= 0:
            return self.left + 0.5 * self.step
        if self.log and value <= 0:
            return self.left
        place = np.log10(value) if self.log else value
        return float(np.clip(place, self.left, self.right))


def peers_figure(
    row: Mapping[str, Any] | pd.Series,
    peers: pd.DataFrame,
    *,
    group: str = "",
    lang: Lang = "zh",
    compact: bool = False,
) -> Chart:
    """How the figures of comparable bodies spread, with one body marked.

    Bars count reports of other bodies. The band is what is usual, the dashed line what is expected, the diamond the
    body itself. Counts that differ by orders of magnitude stand on a logarithmic scale, zeros apart at its left.

    Args:
        row: a row of ``find_outliers``; or its measure alone, with value, numerator, n, agency, year, expected, low and
            high where they are known. NA and None mean not known.
        peers: the peers, one row a report, with the column ``value``; ``EvidenceCard.peers_table`` gives them.
        group: what the peers have in common, in words.
        lang: "zh" or "en".
        compact: for the width of a phone.

    Raises:
        UsageError: an unknown measure, no column ``value``, or another language.
    """
    lang = usable_lang(lang)
    if row.get("measure") is None:
        raise UsageError("row should be a row of find_outliers, or name its measure; found no measure in it")
    measure = pick_measures([row["measure"]])[0]
    values = need(peers, "peers", ["value"])["value"].dropna().to_numpy(dtype=np.float64)
    known = {name: _number(row.get(name)) for name in ("value", "numerator", "n", "expected", "low", "high")}
    name = measure.name(lang)
    title = Words(f"{name}：与同类相比", f"{name}: among comparable bodies").get(lang)
    foot = (SYNTHETIC if str(row.get("agency")).endswith(_MARK) else SOURCE).get(lang)
    lines = [_who(len(values), group, lang), _reading(known, measure, lang), _body(row, known, measure, lang)]
    made = page(title, [line for line in lines if line], foot, lang, compact=compact)
    if not len(values):
        return nothing(made, Words("没有可比的同类机关。", "There are no comparable bodies.").get(lang))
    _draw(made, values, known, measure)
    return made.done()


def _number(value: Any) -> float | None:
    return None if value is None or pd.isna(value) else float(value)


def _who(count: int, group: str, lang: Lang) -> str:
    told = drawable(clean(group), "")
    if not told:
        return Words(f"条高：其他机关的报告份数（共{count:,}份）。", f"Bars: reports of {count:,} other bodies.").get(
            lang
        )
    return Words(
        f"条高：其他机关的报告份数（{told}，共{count:,}份）。",
        f"Bars: reports of other bodies ({told}; {count:,} in all).",
    ).get(lang)


def _reading(known: Mapping[str, float | None], measure: Measure, lang: Lang) -> str:
    said = []
    if known["expected"] is not None:
        told = number(known["expected"], measure)
        said.append(Words(f"虚线：同类水平{told}。", f"Dashed: level of the peers, {told}.").get(lang))
    if known["low"] is not None and known["high"] is not None:
        low, high = number(known["low"], measure), number(known["high"], measure)
        said.append(Words(f"灰带：通常范围{low}至{high}。", f"Band: usual range, {low} to {high}.").get(lang))
    return Words("", " ").get(lang).join(said)


def _body(row: Mapping[str, Any] | pd.Series, known: Mapping[str, float | None], measure: Measure, lang: Lang) -> str:
    if known["value"] is None:
        return ""
    agency = row.get("agency")
    name = "" if agency is None or pd.isna(agency) else drawable(clean(str(agency)), "")
    year = row.get("year")
    parts = [name or BODY.get(lang), "" if year is None or pd.isna(year) else str(int(year))]
    return f"◆ {' '.join(filter(None, parts))}  {_quoted(known, measure)}"


def _quoted(known: Mapping[str, float | None], measure: Measure) -> str:
    text = number(known["value"], measure)
    if measure.denominator and measure.unit != "hhi" and known["numerator"] is not None and known["n"] is not None:
        return f"{text} ({known['numerator']:.0f}/{known['n']:.0f})"
    return text


def _scale(values: Numbers, known: Mapping[str, float | None], measure: Measure) -> _Scale:
    """The axis holds all peers, the body, and the usual range unless it reaches far beyond them."""
    shown = np.array([*values, *(known[k] for k in ("value", "expected") if known[k] is not None)], dtype=np.float64)
    positive = shown[shown > 0]
    log = measure.unit != "share" and measure.kind != "index" and len(positive) > 0
    if log and positive.max() > _LOG_FROM * max(positive.min(), np.median(positive) / _LOG_FROM):
        low, high = np.log10(positive.min()), np.log10(positive.max())
        step = next((s for s in _STEPS if (high - low) / s <= _CLASSES), 1.0)
        first = np.floor(low / step)
        count = max(int(np.floor(high / step) - first) + 1, 2)
        return _Scale((first + np.arange(count + 1)) * step, True, bool((shown <= 0).any()))
    low, high = min(float(shown.min()), 0.0), max(float(shown.max()), 0.0)
    if measure.unit == "share":
        high = min(max(high * 1.02, 0.02), 1.0)
    tick = nice_ticks(max(high - low, 1e-9), 4)[1]
    step = tick / 5
    if measure.kind == "count" or measure.unit in ("days", "doubts"):
        step = max(step, 1.0)
    first, last = np.floor(low / step), np.ceil(high / step - 1e-9)
    if measure.kind == "count" or measure.unit in ("days", "doubts"):
        last += 1  # a class holds its left edge, so that the largest whole number needs one more
    last = max(last, first + 1)
    return _Scale(np.arange(first, last + 1) * step, False, False)


def _draw(made: Page, values: Numbers, known: Mapping[str, float | None], measure: Measure) -> None:
    scale = _scale(values, known, measure)
    zeros = int((values <= 0).sum()) if scale.zeros else 0
    kept = values[values > 0] if scale.zeros else values
    counts, _ = np.histogram(np.log10(kept) if scale.log else kept, bins=scale.edges)
    left = np.array([*([scale.left] if scale.zeros else []), *scale.edges[:-1]])
    heights = np.array([*([zeros] if scale.zeros else []), *counts], dtype=np.float64)
    size, small, room = made.sizes.text, made.sizes.small, made.room
    top = max(float(heights.max()) * 1.05, 1.0)
    ticks = [t for t in nice_ticks(top, 4) if t <= top and t.is_integer()]
    texts = [compactly(t, made.lang) for t in ticks]
    edge = room.left + widest(texts, size) + 7
    value = known["value"]
    place = Room(edge, room.bottom + 3.1 * size, room.right - 12, room.top - (1.9 if value is None else 3.1) * size)
    ax = made.axes(place, (scale.left, scale.right), (0.0, top))
    _band(ax, scale, known)
    grid(ax, ticks, texts, size)
    gap = _GAP * scale.step
    bars(ax, np.column_stack([left + gap, 0 * left, left + scale.step - gap, heights])[heights > 0], BLUE)
    _write_ticks(ax, made, scale, measure, (place.right - place.left) / (scale.right - scale.left))
    said = Words("报告（份）", "Reports").get(made.lang)
    made.say(room.left, room.top - 0.6 * size, said, size=small, colour=MUTED)
    axis = _axis(measure, scale, made.lang)
    made.say(edge, room.bottom + 0.6 * size, fit(axis, small, room.right - edge), size=small, colour=MUTED)
    if value is not None:
        text = f"{BODY.get(made.lang)} {number(value, measure)}"
        mark_chosen(ax, made, place, scale.at(value), text, wide=1.8, area=34.0)


def _axis(measure: Measure, scale: _Scale, lang: Lang) -> str:
    unit = "%" if measure.unit == "share" else _unit(measure.unit, lang)
    more = Words("，对数刻度", ", logarithmic scale").get(lang) if scale.log else ""
    return Words(f"{measure.name('zh')}（{unit}{more}）", f"{measure.name('en')} ({unit}{more})").get(lang)


def _unit(unit: str, lang: Lang) -> str:
    return text_of("notes", "note", f"unit.{unit}", lang)


def _band(ax: Axes, scale: _Scale, known: Mapping[str, float | None]) -> None:
    upright = ax.get_xaxis_transform()
    if known["low"] is not None and known["high"] is not None:
        box = [[scale.at(known["low"]), 0, scale.at(known["high"]), 1]]
        bars(ax, np.array(box), STRIP, transform=upright, zorder=0)
    if known["expected"] is not None:
        x = scale.at(known["expected"])
        strokes(ax, [[(x, 0), (x, 1)]], INK, 1.1, transform=upright, zorder=3, linestyles=(0, (4, 2.5)))


def _write_ticks(ax: Axes, made: Page, scale: _Scale, measure: Measure, each: float) -> None:
    """Round values below the axis, as many as have room; ``each`` is the room of one unit in points."""
    values, size = _ticks(scale), made.sizes.text
    pairs = [(scale.at(v), _tick(v, measure, made.lang)) for v in values]
    if scale.zeros:
        pairs.insert(0, (scale.left + 0.5 * scale.step, "0"))
    wide = widest((text for _, text in pairs), size) + 6
    kept: list[tuple[float, str]] = []
    for x, text in pairs:
        if not kept or (x - kept[-1][0]) * each >= wide:
            kept.append((x, text))
    upright = ax.get_xaxis_transform()
    write(ax, [Label(x, 0, text, size, INK, "center", dy=-size) for x, text in kept], upright)
    strokes(ax, [[(x, 0), (x, -0.015)] for x, _ in kept], MUTED, 0.8, transform=upright)


def _ticks(scale: _Scale) -> list[float]:
    if not scale.log:
        step = nice_ticks(scale.right - scale.left, 4)[1]
        first, last = np.ceil(scale.left / step - 1e-9), np.floor(scale.right / step + 1e-9)
        return [round(float(k * step), 12) + 0.0 for k in np.arange(first, last + 1)]  # no minus before a zero
    powers = range(int(np.floor(scale.edges[0])), int(np.ceil(scale.edges[-1])) + 1)
    for factors in ((1,), (1, 3), (1, 2, 5)):
        made = [f * 10.0**k for k in powers for f in factors]
        inside = [v for v in made if scale.edges[0] - 1e-9 <= np.log10(v) <= scale.edges[-1] + 1e-9]
        if len(inside) >= 3:
            return inside
    return inside


def _tick(value: float, measure: Measure, lang: Lang) -> str:
    if measure.unit == "share":
        return f"{100 * value:.4g}%"
    return f"{value:g}" if abs(value) < 1 else compactly(value, lang)

"""Rates over the years, with intervals, and with the breaks of the series marked and not drawn over."""

from __future__ import annotations

from collections.abc import Hashable, Iterator
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.ticker import FuncFormatter, PercentFormatter

from govreport.analysis import Measure, find_measure
from govreport.errors import UsageError
from govreport.plots.analysed import apart, broken_words, least_n
from govreport.plots.breaks import mark_breaks
from govreport.plots.lettering import clean
from govreport.plots.quality import SOURCE_INVENTED
from govreport.plots.style import (
    BLUE,
    GREEN,
    INK,
    KIND_COLOURS,
    PURPLE,
    RED,
    SOURCE_REPORTS,
    Chart,
    Lang,
    Words,
    canvas,
    drawable,
    figure,
    finish,
    label,
    need,
    nothing_to_draw,
    number,
)

MOST_LINES = 6
"""Series that the figure has room for."""

_COLOURS = (BLUE, RED, GREEN, "#8a5a00", PURPLE, INK)
_NEEDED = ("year", "value", "reports", "low", "high")
_NAME_SIZE, _AXES_POINTS = 8.5, 190.0
Numbers = npt.NDArray[np.float64]


class _Series(NamedTuple):
    """A line: its name, colour, years, and what rates says of each."""

    name: str
    colour: str
    rows: pd.DataFrame

    def column(self, name: str) -> Numbers:
        """A column as floats, NaN where it is NA."""
        return self.rows[name].to_numpy(dtype=float, na_value=np.nan)


@figure
def trend_with_breaks(
    table: pd.DataFrame, measure: str | Measure, *, synthetic: bool = False, lang: Lang = "zh"
) -> Chart:
    """A measure over the years: pooled values with their intervals, and every break of the series marked.

    A line stops at a break that concerns the measure and begins anew behind it, and at a year without a value. Years
    with a small denominator (flag ``small_n``) are hollow. Values without an interval, such as sums, have dots alone.

    Args:
        table: what ``rates(frames, measure, by=...)`` gives, by "year", or by "year" and one other column.
        measure: the measure that was asked for.
        synthetic: whether the reports are invented; the table itself does not tell.
        lang: "zh" or "en".

    Raises:
        UsageError: a column is missing, no such measure, or more than six series.
    """
    chosen = measure if isinstance(measure, Measure) else find_measure(measure)
    title = Words(f"历年：{chosen.name('zh')}", f"Over the years: {chosen.name('en')}").get(lang)
    rows = need(table, "table", _NEEDED).dropna(subset=["year"])
    rows = rows[rows["value"].notna()]
    if rows.empty:
        reason = str(table.attrs.get("notice_zh" if lang == "zh" else "notice", ""))
        none = Words("没有年度已知的数字。没有数字不等于零。", "No figure with a known year. Not known is not zero.")
        return nothing_to_draw(title, reason or none.get(lang))
    series = list(_series(rows, lang))
    years = rows["year"].astype(int)
    chart, (ax,) = canvas(9.4, 5.2)
    _scale(ax, rows, chosen, lang)
    breaks = mark_breaks(ax, int(years.min()), int(years.max()), lang, chosen)
    for k, line in enumerate(series):
        _draw(ax, line, [b.year for b in breaks], (k - (len(series) - 1) / 2) * 0.05)
    _name_ends(ax, series, int(years.max()), chosen, lang)
    _write_years(ax, rows, lang)
    source = SOURCE_INVENTED if synthetic else SOURCE_REPORTS
    trap = Words(f"注意：{chosen.trap('zh').rstrip('。')}。", f"Note: {chosen.trap('en').rstrip('.')}. ").get(lang)
    return finish(chart, title, _note(rows, chosen, lang) + broken_words(breaks, lang), trap + source.get(lang))


def _series(rows: pd.DataFrame, lang: Lang) -> Iterator[_Series]:
    keys = list(rows.columns[: list(rows.columns).index("value")])
    others = [column for column in keys if column != "year"]
    if len(others) > 1:
        raise UsageError(f"this figure draws rates by year and at most one other column; found {', '.join(others)}")
    if not others:
        yield _Series("", BLUE, rows.sort_values("year"))
        return
    groups = list(rows.groupby(others[0], observed=True, dropna=False, sort=True))
    if len(groups) > MOST_LINES:
        raise UsageError(f"this figure has room for {MOST_LINES} series, found {len(groups)}; choose some rows first")
    for (value, part), colour in zip(groups, _COLOURS, strict=False):
        yield _Series(_name(others[0], value, lang), colour, part.sort_values("year"))


def _name(column: str, value: Hashable, lang: Lang) -> str:
    if pd.isna(value):  # type: ignore[call-overload]
        return Words("未知", "not known").get(lang)
    if column == "agency_kind" and value in KIND_COLOURS:
        return label("kind", value, lang)
    return drawable(clean(label("province", value, lang)), "?")


def _scale(ax: Axes, rows: pd.DataFrame, measure: Measure, lang: Lang) -> None:
    highs = rows[["value", "high"]].astype("Float64").to_numpy(dtype=float, na_value=np.nan)
    top = float(np.nanmax(highs)) or 1.0
    ax.set_ylim(0, min(top * 1.12, 1.0) if measure.proportion else top * 1.12)
    if measure.proportion:
        ax.yaxis.set_major_formatter(PercentFormatter(1, decimals=0 if top > 0.1 else 1))
    else:
        ax.yaxis.set_major_formatter(FuncFormatter(lambda value, _: number(value, lang)))
    ax.grid(axis="y")


def _draw(ax: Axes, line: _Series, breaks: list[int], aside: float) -> None:
    year, value = line.column("year"), line.column("value")
    low, high = line.column("low"), line.column("high")
    at = year + aside
    known = ~np.isnan(low) & ~np.isnan(high)
    ax.vlines(at[known], low[known], high[known], color=line.colour, lw=2.2, alpha=0.45, zorder=2)
    for start, end in zip(range(len(year) - 1), range(1, len(year)), strict=True):
        if year[end] - year[start] == 1 and year[end] not in breaks:
            ax.plot(at[start : end + 1], value[start : end + 1], color=line.colour, lw=1.6, zorder=3)
    small = line.rows["flags"].astype("string").str.contains(r"\bsmall_n\b").fillna(False).to_numpy(dtype=bool) \
        if "flags" in line.rows else np.zeros(len(year), dtype=bool)  # fmt: skip
    for mask, fill in ((~small, line.colour), (small, "white")):
        ax.scatter(at[mask], value[mask], s=30, c=fill, edgecolors=line.colour, lw=1.2, zorder=4)


def _name_ends(ax: Axes, series: list[_Series], last: int, measure: Measure, lang: Lang) -> None:
    low, high = ax.get_ylim()
    ends = np.array([line.column("value")[-1] for line in series])
    places = apart(ends, (high - low) * 1.5 * _NAME_SIZE / _AXES_POINTS, low, high)
    lines = {"arrowstyle": "-", "lw": 0.6, "shrinkA": 0, "shrinkB": 0, "relpos": (0, 0.5)}
    for line, end, y in zip(series, ends, places, strict=True):
        value = f"{end:.1%}" if measure.proportion else number(end, lang)
        ax.annotate(
            f"{line.name} {value}".strip(), (last + 0.19, end), xytext=(last + 0.3, y), size=_NAME_SIZE, va="center",
            color=INK, annotation_clip=False, arrowprops={**lines, "color": line.colour} if line.name else None,
        )  # fmt: skip


def _write_years(ax: Axes, rows: pd.DataFrame, lang: Lang) -> None:
    known = rows.assign(year=rows["year"].astype(int)).groupby("year")
    reports = known["reports"].sum().astype(int)
    below = known["n"].sum(min_count=1) if "n" in rows else pd.Series(np.nan, index=reports.index)
    years = range(int(reports.index.min()), int(reports.index.max()) + 1)
    texts = []
    for year in years:
        lines = [str(year)]
        if year in reports.index:
            lines.append(Words(f"{reports[year]:,}份", f"{reports[year]:,} rep.").get(lang))
            if pd.notna(below[year]):
                lines.append(f"n={number(float(below[year]), lang)}")
        texts.append("\n".join(lines))
    ax.set_xticks(list(years), texts, linespacing=1.3)
    ax.set_xlim(years[0] - 0.5, years[-1] + 0.28)


def _note(rows: pd.DataFrame, measure: Measure, lang: Lang) -> str:
    intervals = bool(rows["low"].notna().any())
    said = Words("年下为报告份数", "below the years: reports (rep.)")
    parts = [Words(f"共{int(rows['reports'].sum()):,}份报告", f"{int(rows['reports'].sum()):,} reports").get(lang)]
    if measure.kind == "rate":
        parts.append(Words("每点为分子之和除以分母之和", "each dot is a sum over a sum").get(lang))
        said = Words("年下为报告份数和分母n", "below the years: reports (rep.) and denominators n")
    if intervals:
        parts.append(Words("竖条为区间", "bars are intervals").get(lang))
    parts.append(said.get(lang))
    if "flags" in rows and rows["flags"].astype("string").str.contains("small_n").fillna(False).any():
        parts.append(Words(f"空心：分母不足{least_n()}", f"hollow: denominator below {least_n()}").get(lang))
    text = Words("；", "; ").get(lang).join(parts)
    return text + Words("。各年报告不尽相同。", ". Not all years have the same reports.").get(lang)

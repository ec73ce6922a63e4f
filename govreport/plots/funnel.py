"""Funnel plots: shares against their denominators, with the limits of what is usual."""

from __future__ import annotations

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.ticker import PercentFormatter

from govreport.analysis import Measure, funnel_limits
from govreport.plots.analysed import apart, group_words, origin, peers_of, shares_of, short
from govreport.plots.page import CHOSEN, SMALL
from govreport.plots.style import (
    BLUE,
    MUTED,
    RED,
    Chart,
    Lang,
    Words,
    canvas,
    count_scale,
    figure,
    finish,
    nothing_to_draw,
)

NAMED = 8
"""Bodies that are named: those that stand out most."""

_BAND, _WIDER = "#d6e4f0", "#edf3f8"
_NAME_SIZE, _NAME_ROOM = 8.0, 150.0
_AXES_POINTS = 215.0  # height of the axes, about: names stay a line apart


@figure
def funnel_plot(
    found: pd.DataFrame, measure: str | Measure | None = None, group: str | None = None, *, lang: Lang = "zh"
) -> Chart:
    """A share against its denominator, a dot a report of one peer group, with the limits of a funnel.

    The bands hold 95% and 99.8% of bodies as unlike as these (exact beta-binomial limits around the mean share of the
    group). The dashed lines are those of independent requests, which are too narrow where a few people file many.
    Reports below the least denominator are hollow and grey: they were not tested. Outliers after correction for all
    comparisons of the run are red, and named.

    Args:
        found: what ``find_outliers(..., keep="all")`` gives, or "ranked" for those that were tested only.
        measure: a share; may be left out where the table has one.
        group: a ``peer_group`` of the table; without it that with most reports.
        lang: "zh" or "en".

    Raises:
        UsageError: not such a table, no such measure or group, or scipy is not installed.
    """
    rows, chosen = shares_of(found, measure)
    rows, named = peers_of(rows, group)
    title = Words(f"漏斗图：{chosen.name('zh')}", f"Funnel plot: {chosen.name('en')}").get(lang)
    ranked = rows[rows["p"].notna()]
    if named is None or ranked.empty:
        return nothing_to_draw(title, nothing_ranked(found, lang))
    mean, rho = float(ranked["expected"].median()), float(ranked["rho"].median())
    chart, (ax,) = canvas(9.6, 5.8)
    count_scale(ax, "x", float(rows["n"].max()), lang, zero=False)
    outside = _draw_limits(ax, ranked, mean, rho, lang)
    ax.set_xlim(0.8, float(rows["n"].max()) * 1.4)
    _draw_dots(ax, rows, lang)
    _name_outliers(ax, rows[rows["outlier"].fillna(False)])
    ax.set_ylim(-0.02, 1.02)
    ax.yaxis.set_major_formatter(PercentFormatter(1))
    ax.grid(axis="y")
    ax.set_xlabel(Words("分母n（件，对数刻度）", "Denominator n (logarithmic scale)").get(lang))
    ax.legend(loc="lower left", bbox_to_anchor=(0, 1), ncols=3, handlelength=1.6, columnspacing=1.4)
    note = _note(rows, named, mean, rho, outside, lang)
    return finish(chart, title, note, _foot(chosen, rows, lang))


def nothing_ranked(found: pd.DataFrame, lang: Lang) -> str:
    """Why no comparison is drawn, in the words of the table where it has some."""
    said = str(found.attrs.get("notice_zh" if lang == "zh" else "notice", ""))
    none = Words("没有可排名的比较。没有比较不等于正常。", "Nothing was ranked. Not compared is not usual.").get(lang)
    return said or none


def _draw_limits(ax: Axes, ranked: pd.DataFrame, mean: float, rho: float, lang: Lang) -> int:
    """Draws the funnel and gives the number of ranked reports outside its 95% limits."""
    highest = float(ranked["n"].max())
    n = np.unique(np.round(np.geomspace(1, max(highest, 10), 120)))
    mean = min(max(mean, 1e-6), 1 - 1e-6)
    for level, colour, words in (
        (0.998, _WIDER, Words("99.8%界限", "99.8% limits")),
        (0.95, _BAND, Words("95%界限（含过度离散）", "95% limits, with over-dispersion")),
    ):
        low, high = funnel_limits(n, mean, rho, level)
        ax.fill_between(n, low, high, color=colour, lw=0, zorder=0.5, label=words.get(lang))
    for k, limit in enumerate(funnel_limits(n, mean, 0.0, 0.95)):
        words = Words("95%界限（各件独立时）", "95% limits if requests were independent")
        ax.plot(n, limit, color=MUTED, lw=0.9, ls=(0, (4, 2)), zorder=1, label=None if k else words.get(lang))
    ax.axhline(mean, color=MUTED, lw=1.0, zorder=1, label=Words("同类平均", "mean of the group").get(lang))
    at, share = ranked["n"].to_numpy(dtype=float), ranked["value"].to_numpy(dtype=float)
    low, high = funnel_limits(at, mean, rho, 0.95)
    return int(((share < low) | (share > high)).sum())


def _draw_dots(ax: Axes, rows: pd.DataFrame, lang: Lang) -> None:
    small, outlier = rows["p"].isna(), rows["outlier"].fillna(False).astype(bool)
    for mask, fill, edge, marker, size, words in (
        (small, "white", SMALL, "o", 16, Words("分母太小，未排名", "too few, not ranked")),
        (~small & ~outlier, BLUE, "white", "o", 26, Words("未见异常", "not an outlier")),
        (outlier, RED, "white", "D", 40, Words("离群（已校正）", "outlier after correction")),
    ):
        if mask.any():
            part = rows[mask]
            ax.scatter(part["n"].astype(float), part["value"].astype(float), s=size, c=fill, edgecolors=edge, lw=0.8,
                       marker=marker, label=words.get(lang), zorder=3)  # fmt: skip


def _name_outliers(ax: Axes, outliers: pd.DataFrame) -> None:
    """Names at the right edge, with a thin line from each to its dot."""
    shown = outliers.sort_values("p").head(NAMED)
    line = 1.04 * 1.5 * _NAME_SIZE / _AXES_POINTS
    places = apart(shown["value"].to_numpy(dtype=float), line, 0.0, 1.0)
    for (_, row), y in zip(shown.iterrows(), places, strict=True):
        text = short(row["agency"], _NAME_SIZE, _NAME_ROOM)
        ax.annotate(
            text, (float(row["n"]), float(row["value"])), xytext=(1.02, y), textcoords=("axes fraction", "data"),
            size=_NAME_SIZE, va="center", color=CHOSEN, annotation_clip=False,
            arrowprops={"arrowstyle": "-", "color": RED, "lw": 0.5, "alpha": 0.6, "shrinkA": 1, "shrinkB": 3,
                        "relpos": (0, 0.5)},
        )  # fmt: skip


def _note(rows: pd.DataFrame, group: str, mean: float, rho: float, outside: int, lang: Lang) -> str:
    ranked, outliers = int(rows["p"].notna().sum()), int(rows["outlier"].fillna(False).sum())
    small = len(rows) - ranked
    more = max(outliers - NAMED, 0)
    by_chance = round(0.05 * ranked)
    said = Words(
        f"{group_words(group, 'zh')}：{ranked}份报告可比，平均{mean:.1%}，同一机关两件申请的相关ρ={rho:.3f}。"
        f"95%界限外{outside}份（单凭偶然约{by_chance}份）；全部比较一并校正后离群{outliers}份"
        + (f"，其中{more}份未标名" if more else "") + "。" + (f"另有{small}份分母太小，未排名。" if small else ""),
        f"{group_words(group, 'en')}: {ranked} reports compared, mean {mean:.1%}, correlation of two requests of one "
        f"body ρ={rho:.3f}. Outside the 95% limits: {outside} (about {by_chance} by chance alone). Outliers after "
        f"correction over all comparisons: {outliers}" + (f", {more} of them not named." if more else ".")
        + (f" Too small to be ranked: {small} more." if small else ""),
    )  # fmt: skip
    return said.get(lang)


def _foot(measure: Measure, rows: pd.DataFrame, lang: Lang) -> str:
    trap = measure.trap(lang).rstrip("。.")
    limits = Words(f"注意：{trap}。离群不等于违规。", f"Note: {trap}. An outlier is no wrongdoing. ").get(lang)
    return limits + origin(rows["agency"], lang)

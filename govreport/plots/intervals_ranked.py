"""Ranked intervals: bodies of one peer group in order of their shrunken shares, with how little the order means."""

from __future__ import annotations

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.ticker import PercentFormatter

from govreport.analysis import Measure, wilson
from govreport.plots.analysed import group_words, least_n, origin, peers_of, shares_of, short
from govreport.plots.funnel import nothing_ranked
from govreport.plots.page import SMALL
from govreport.plots.style import (
    BLUE,
    FAINT,
    MUTED,
    RED,
    Chart,
    Lang,
    Words,
    canvas,
    figure,
    finish,
    nothing_to_draw,
)

MOST = 30
"""Rows that the figure has room for; of more, the highest and the lowest are drawn."""

_NAME_SIZE, _NAME_ROOM = 8.5, 190.0


@figure
def ranked_intervals(
    found: pd.DataFrame, measure: str | Measure | None = None, group: str | None = None, *, lang: Lang = "zh"
) -> Chart:
    """Bodies of one peer group from the highest share to the lowest: as printed with its 95% interval, and shrunken.

    The order is that of the empirical-Bayes estimates, which draw small bodies towards the mean of their peers.
    Intervals that overlap leave the order open. Reports too small to be ranked are counted and not drawn.

    Args:
        found: what ``find_outliers(..., keep="all")`` gives.
        measure: a share; may be left out where the table has one.
        group: a ``peer_group`` of the table; without it that with most reports.
        lang: "zh" or "en".

    Raises:
        UsageError: not such a table, or no such measure or group.
    """
    rows, chosen = shares_of(found, measure)
    rows, named = peers_of(rows, group)
    title = Words(f"排序与区间：{chosen.name('zh')}", f"Ranked intervals: {chosen.name('en')}").get(lang)
    ranked = rows[rows["p"].notna() & rows["shrunken"].notna()].sort_values(["shrunken", "report_id"], ascending=False)
    if named is None or ranked.empty:
        return nothing_to_draw(title, nothing_ranked(found, lang))
    drawn, between = _ends(ranked)
    at = np.arange(len(drawn), dtype=float)
    at[len(at) - len(at) // 2 :] += 1.4 if between else 0.0
    chart, (ax,) = canvas(9.4, 2.5 + 0.235 * (at[-1] + 1))
    _draw(ax, drawn, at, float(ranked["expected"].median()), lang)
    if between:
        middle = (at[len(at) - len(at) // 2] + at[len(at) - len(at) // 2 - 1]) / 2
        text = Words(f"……其间{between}份未画……", f"… {between} in between are not drawn …").get(lang)
        ax.text(0.5, middle, text, transform=ax.get_yaxis_transform(), ha="center", va="center", size=8.5, color=MUTED)
    ax.legend(
        loc="lower left", bbox_to_anchor=(0, 1), ncols=3 if lang == "zh" else 2, handlelength=1.6, columnspacing=1.4
    )
    note = _note(rows, ranked, named, lang)
    foot = Words("排在前后不等于好坏。", "A place in the order is no mark. ").get(lang) + origin(rows["agency"], lang)
    return finish(chart, title, note, foot)


def _ends(ranked: pd.DataFrame) -> tuple[pd.DataFrame, int]:
    between = len(ranked) - MOST
    if between <= 0:
        return ranked, 0
    return pd.concat([ranked.head(MOST - MOST // 2), ranked.tail(MOST // 2)]), between


def _draw(ax: Axes, drawn: pd.DataFrame, at: np.ndarray, mean: float, lang: Lang) -> None:
    low, high = wilson(drawn["numerator"].to_numpy(dtype=float), drawn["n"].to_numpy(dtype=float))
    share, shrunken = (drawn[column].to_numpy(dtype=float) for column in ("value", "shrunken"))
    outlier = drawn["outlier"].fillna(False).to_numpy(dtype=bool)
    ax.axvline(mean, color=MUTED, lw=1.0, zorder=1, label=Words("同类平均", "mean of the group").get(lang))
    interval = Words("95%区间（各件独立时）", "95% interval (independent requests)").get(lang)
    ax.hlines(at, low, high, color=SMALL, lw=1.6, zorder=2, label=interval)
    ax.scatter(share, at, s=24, c="white", edgecolors=SMALL, lw=1.2, zorder=3,
               label=Words("所印数字的比例", "share as printed").get(lang))  # fmt: skip
    for mask, colour, marker, words in (
        (~outlier, BLUE, "o", Words("向平均收缩后", "drawn towards the mean")),
        (outlier, RED, "D", Words("同左，离群", "the same, outlier")),
    ):
        if mask.any():
            ax.scatter(shrunken[mask], at[mask], s=30, c=colour, lw=0, marker=marker, zorder=4, label=words.get(lang))
    names = [
        f"{short(agency, _NAME_SIZE, _NAME_ROOM)}  n={int(n):,}"
        for agency, n in zip(drawn["agency"], drawn["n"], strict=True)
    ]
    ax.set_yticks(at, names, size=_NAME_SIZE)
    ax.set_ylim(at[-1] + 0.7, -0.7)
    ax.set_xlim(-0.01, min(float(high.max()) * 1.05, 1.0) + 0.01)
    ax.xaxis.set_major_formatter(PercentFormatter(1))
    ax.tick_params(axis="y", length=0)
    ax.grid(axis="x", color=FAINT, lw=0.6)


def _note(rows: pd.DataFrame, ranked: pd.DataFrame, group: str, lang: Lang) -> str:
    small = int(rows["p"].isna().sum())
    highest = int(rows.loc[rows["p"].isna(), "n"].max()) if small else 0
    few_zh = f"另有{small}份分母太小（n不超过{highest}），不排名。" if small else f"n不足{least_n()}的不排名。"
    few_en = (
        f" {small} more are too small (n up to {highest}) and not ranked." if small
        else f" Nothing is ranked below n={least_n()}."
    )  # fmt: skip
    return Words(
        f"{group_words(group, 'zh')}，{len(ranked)}份报告，n为分母。"
        f"区间重叠者先后未定；少数人大量申请时，真实区间更宽。{few_zh}",
        f"{group_words(group, 'en')}, {len(ranked)} reports, n is the denominator. Where intervals overlap the order "
        f"is open; heavy requesters make the true ones wider still.{few_en}",
    ).get(lang)

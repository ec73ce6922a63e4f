"""Shares against the number they are made from: small bodies lie at both ends by chance alone."""

from __future__ import annotations

import numpy as np
import pandas as pd
from matplotlib.ticker import PercentFormatter

from govreport.plots.outcomes import MIN_REQUESTS
from govreport.plots.style import (
    BLUE,
    GREY,
    MUTED,
    RED,
    Chart,
    Lang,
    Words,
    canvas,
    count_scale,
    figure,
    finish,
    need,
    nothing_to_draw,
)

_COLUMNS = ("n", "share", "low", "high", "outside")


@figure
def shares_by_size(agencies: pd.DataFrame, *, synthetic: bool = True, lang: Lang = "zh") -> Chart:
    """A dot an agency: its share against the number of requests, with the limits of chance.

    Args:
        agencies: columns n, share, low, high (the limits for this n) and outside, as
            ``govreport.course.agencies_of_one_rate`` gives them.
        synthetic: whether the agencies are invented; then the figure says so.
        lang: "zh" or "en".

    Raises:
        UsageError: not a DataFrame, or a column is missing.
    """
    title = Words("比例与件数：小机关总在两端", "Shares and numbers: small agencies at both ends").get(lang)
    rows = need(agencies, "agencies", _COLUMNS).sort_values("n")
    if rows.empty:
        return nothing_to_draw(title, Words("没有机关。", "There are no agencies.").get(lang))
    chart, (ax,) = canvas(9.0, 5.2)
    count_scale(ax, "x", float(rows["n"].max()), lang, zero=False)
    ax.fill_between(rows["n"], rows["low"], rows["high"], step="mid", color="#eef2f6", lw=0, zorder=0)
    small, outside = rows["n"] < MIN_REQUESTS, rows["outside"].astype(bool)
    for mask, colour, marker, words in (
        (small & ~outside, GREY, "o", Words(f"n不足{MIN_REQUESTS}", f"n below {MIN_REQUESTS}")),
        (~small & ~outside, BLUE, "o", Words("界限以内", "inside the limits")),
        (outside, RED, "D", Words("界限以外", "outside the limits")),
    ):
        if mask.any():
            chosen = rows[mask]
            ax.scatter(chosen["n"], chosen["share"], s=34, color=colour, marker=marker, lw=0, label=words.get(lang))
    pooled = float(np.average(rows["share"], weights=rows["n"]))
    ax.axhline(pooled, color=MUTED, lw=0.9)
    ax.set_ylim(-0.02, 1.02)
    ax.yaxis.set_major_formatter(PercentFormatter(1))
    ax.grid(axis="y")
    ax.set_xlabel(Words("办理件数n（对数刻度）", "Requests processed, n (logarithmic scale)").get(lang))
    ax.set_ylabel(Words("比例", "Share").get(lang))
    ax.legend(loc="upper right")
    return finish(chart, title, _note(rows, pooled, lang), _foot(synthetic, lang))


def _note(rows: pd.DataFrame, pooled: float, lang: Lang) -> str:
    outside = int(rows["outside"].sum())
    return Words(
        f"n={len(rows)}个机关，合并比例{pooled:.1%}（横线）。灰带：若各件申请相互独立，比例应有95%的机会落在其中；{outside}个在外。",
        f"n={len(rows)} agencies, pooled share {pooled:.1%} (line). Band: where 95 of 100 shares would lie if requests "
        f"were independent; {outside} lie outside.",
    ).get(lang)


def _foot(synthetic: bool, lang: Lang) -> str:
    if synthetic:
        return Words(
            "虚构数据（synthetic）：机关和数字均由程序生成，用于教学。",
            "Synthetic: agencies and figures are made by a program, for teaching.",
        ).get(lang)
    return Words(
        "资料来源：各机关的政府信息公开工作年度报告，原样照录，未作更正。",
        "Source: annual reports of the agencies, as published.",
    ).get(lang)

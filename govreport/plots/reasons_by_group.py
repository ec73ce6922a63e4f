"""What became of requests in groups of reports, such as kinds of agency: stacked shares with their denominators."""

from __future__ import annotations

from collections.abc import Hashable

import numpy as np
import pandas as pd
from matplotlib.axes import Axes

from govreport.analysis import LEVELS, levels, outcome_order, outlier_text, thresholds
from govreport.errors import UsageError
from govreport.plots.analysed import origin
from govreport.plots.lettering import clean
from govreport.plots.outcomes import MIN_REQUESTS, STRESSED, ReportFrames, outcome_counts
from govreport.plots.page import ink_on
from govreport.plots.style import (
    GROUP_COLOURS,
    KIND_COLOURS,
    MIN_N,
    MUTED,
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
)

MOST_GROUPS = 20
"""Bars that the figure has room for; groups with most requests come first."""

_SINGLE = {"not_held": "#00507d", "process_information": "#8a3c00"}


@figure
def reasons_by_group(frames: ReportFrames, by: str = "agency_kind", *, lang: Lang = "zh") -> Chart:
    """Outcomes of all requests of a group of reports, a bar a group: what was granted, and why the rest was not.

    Not held (本机关不掌握) and process information (过程性信息) stand apart from their groups. Requests are added up,
    so large reports weigh most; a group of which one report makes up more than half is marked. Groups with fewer
    than five reports or thirty requests get no shares. Reports whose outcomes
    do not make their printed total are left out.

    Args:
        frames: ``Frames`` or anything with the same reports and applications.
        by: "agency_kind", "level", "year" or another column of ``reports``.
        lang: "zh" or "en".

    Raises:
        UsageError: a DataFrame or column is missing.
    """
    title = Words("各类报告的申请办理结果", "Outcomes of requests by group").get(lang)
    table = reasons_table(frames, by)
    if table.empty:
        none = Words("没有一份报告能分清各项结果。没有见到不等于零。",
                     "No report tells the outcomes apart. Not seen is not zero.")  # fmt: skip
        return nothing_to_draw(title, none.get(lang))
    drawn = table.head(MOST_GROUPS)
    chart, (ax,) = canvas(10.4, 2.9 + 0.42 * len(drawn))
    _draw(ax, drawn, lang)
    ax.set_yticks(range(len(drawn)), [_name(by, value, lang) for value in drawn.index])
    ax.set_ylim(len(drawn) - 0.5, -0.5)
    handles, texts = ax.get_legend_handles_labels()
    if handles:
        ax.legend(handles, texts, loc="lower left", bbox_to_anchor=(0, 1), ncols=5 if lang == "zh" else 4,
                  handlelength=1, columnspacing=1.2)  # fmt: skip
    return finish(chart, title, _note(frames, table, lang), origin(frames.reports["agency"], lang))


def reasons_table(frames: ReportFrames, by: str = "agency_kind") -> pd.DataFrame:
    """Requests of groups of reports by outcome, added up over the reports whose outcomes make their total.

    Returns:
        One row a group, most requests first: reports, n (requests processed), largest (share of n of its largest
        report), and the groups of outcomes with not_held and process_information apart, as counts that add up to n.

    Raises:
        UsageError: a DataFrame or column is missing.
    """
    counts = outcome_counts(frames)
    order = outcome_order()
    counts = counts[counts["processed"].gt(0) & counts[list(order)].sum(axis=1).eq(counts["processed"])]
    columns = {o: o if o in STRESSED else group for o, group in order.items()}
    sums = pd.DataFrame({name: counts[[o for o in order if columns[o] == name]].sum(axis=1)
                         for name in dict.fromkeys(columns.values())})  # fmt: skip
    key = _keys(frames, by).reindex(counts.index)
    grouped = sums.groupby(key, observed=True)
    n = counts["processed"].groupby(key, observed=True)
    made = grouped.sum()
    made.insert(0, "reports", n.size())
    made.insert(1, "n", n.sum())
    made.insert(2, "largest", n.max() / n.sum())
    return made.sort_values("n", ascending=False, kind="stable")


def _keys(frames: ReportFrames, by: str) -> pd.Series:
    reports = need(frames.reports, "reports", ("report_id", "agency"))
    if by == "level" and by not in reports:
        reports = reports.assign(level=levels(reports))
    if by not in reports:
        raise UsageError(f"by is 'level' or a column of reports: {', '.join(map(str, reports))}; found {by!r}")
    return reports.set_index("report_id")[by].astype("object")


def _name(by: str, value: Hashable, lang: Lang) -> str:
    if by == "agency_kind" and value in KIND_COLOURS:
        return label("kind", value, lang)
    if by == "level" and value in LEVELS:
        return outlier_text(f"level.{value}", lang)
    return drawable(clean(label("province", value, lang)), "?")


def _draw(ax: Axes, table: pd.DataFrame, lang: Lang) -> None:
    enough = (table["reports"] >= MIN_N) & (table["n"] >= MIN_REQUESTS)
    left = np.zeros(len(table))
    for column in table.columns[3:]:
        share = table[column].div(table["n"]).where(enough, 0.0).to_numpy(dtype=float) * 100
        if not share.any():
            continue
        name = label("outcome" if column in _SINGLE else "group", column, lang)
        colour = _SINGLE.get(str(column)) or GROUP_COLOURS[str(column)]
        others = {
            "exempt": Words("其余法定例外", "Other exemptions"),
            "unable": Words("其余无法提供", "Otherwise unable"),
        }
        name = others[str(column)].get(lang) if column in others else name
        ax.barh(range(len(table)), share, left=left, height=0.68, color=colour, edgecolor="white", lw=0.7, label=name)
        for at, (low, wide) in enumerate(zip(left, share, strict=True)):
            if wide >= 3.5:
                ax.text(low + wide / 2, at, f"{wide:.0f}", ha="center", va="center", size=8.5, color=ink_on(colour))
        left = left + share
    for at, (reports, n, largest) in enumerate(table.iloc[:, :3].itertuples(index=False)):
        mark = Words("（一份过半）", " (one over half)").get(lang) if largest > thresholds()["dominated"] else ""
        text = Words(f"{n:,.0f}件，{reports:,}份{mark}", f"n={n:,.0f}, {reports:,} reports{mark}").get(lang)
        ax.text(101, at, text, va="center", size=8.5)
        if not enough.iloc[at]:
            few = Words(f"不足{MIN_N}份或{MIN_REQUESTS}件，不作百分比",
                        f"under {MIN_N} reports or {MIN_REQUESTS} requests: no shares").get(lang)  # fmt: skip
            ax.text(1, at, few, va="center", size=8.5, color=MUTED)
    ax.set_xlim(0, 100)
    ax.set_xlabel(Words("占办理总数的百分比", "Percent of requests processed").get(lang))
    ax.tick_params(axis="y", length=0)


def _note(frames: ReportFrames, table: pd.DataFrame, lang: Lang) -> str:
    used = int(table["reports"].sum())
    left, more = len(frames.reports) - used, max(len(table) - MOST_GROUPS, 0)
    return Words(
        f"{used:,}份报告，{table['n'].sum():,.0f}件申请；件数相加，大机关权重大。未用{left:,}份：没有申请，或各项结果分不清、加不成总数。"
        + (f"另有{more}组未画。" if more else ""),
        f"{used:,} reports, {table['n'].sum():,.0f} requests, added up: large bodies weigh most. {left:,} reports are "
        "left out: no requests, or outcomes that do not make the total."
        + (f" {more} more groups are not drawn." if more else ""),
    ).get(lang)

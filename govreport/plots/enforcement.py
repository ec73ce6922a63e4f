"""Licences, penalties and coercive measures: figures of ``Headlines.enforcement``.

Figures from tables and from prose are kept apart everywhere: the table counts decisions made, prose may count
decisions published.
"""

from __future__ import annotations

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.patches import Patch

from govreport.errors import UsageError
from govreport.plots.magnitude import kinds_shown, magnitude_panels, too_few
from govreport.plots.style import (
    FAINT,
    GREY,
    INK,
    KIND_COLOURS,
    MIN_N,
    MUTED,
    SOURCE_HEADLINES,
    Chart,
    Lang,
    Words,
    canvas,
    count_scale,
    figure,
    finish,
    in_strip,
    label,
    nothing_to_draw,
    swarm,
)
from govreport.plots.volumes import HeadlineFrames, kind_legend, measured

ITEMS = ("licences", "penalties", "coercive_measures")
SOURCES = ("table", "prose")
_COUNTS_DIFFER = Words(
    "表格填报的是处理决定数量，正文所述可能是公示条数，故分开表示。",
    "Tables count decisions made; prose may count items published: shown apart.",
)


def decisions(headlines: HeadlineFrames, item: str) -> pd.DataFrame:
    """One row a report: report_id, agency_kind, value (NA: not seen) and source of the decisions on an item.

    Raises:
        UsageError: no such item, or a DataFrame or column is missing.
    """
    if item not in ITEMS:
        raise UsageError(f"item is one of {', '.join(ITEMS)}; found {item!r}")
    rows = measured(headlines, item, unseen=True)
    return rows[["report_id", "agency_kind", "value", "source"]]


@figure
def enforcement_magnitude(headlines: HeadlineFrames, item: str = "penalties", *, lang: Lang = "zh") -> Chart:
    """Reports by order of magnitude of their decisions, by kind of agency; zero and "not seen" are bars of their own.

    Kinds with fewer than five figures are left out, and the subtitle says how many figures that are.

    Args:
        headlines: ``Headlines`` or anything with the same DataFrames.
        item: "licences", "penalties" or "coercive_measures".
        lang: "zh" or "en".

    Raises:
        UsageError: no such item, or a DataFrame or column is missing.
    """
    rows = decisions(headlines, item).rename(columns={"source": "shade"})
    name = label("item", item, lang)
    title = Words(f"{name}处理决定数量：按数量级", f"{name}: decisions by order of magnitude").get(lang)
    seen = rows.dropna(subset=["value"])
    if seen.empty:
        return nothing_to_draw(title, _none(name, lang))
    if not kinds_shown(rows):
        return nothing_to_draw(title, too_few(lang))
    chart, note = magnitude_panels(
        rows, lang, Words("处理决定（件）", "Decisions").get(lang), {"table": 1.0, "prose": 0.4}
    )
    marks = [
        Patch(color=MUTED, alpha=a, lw=0, label=label("source", s, lang))
        for s, a in zip(SOURCES, (1.0, 0.4), strict=True)
    ]
    chart.legend(handles=marks, loc="upper right", ncols=2, frameon=False)
    return finish(chart, title, _magnitude_subtitle(seen, len(rows), lang) + note, SOURCE_HEADLINES.get(lang))


def _magnitude_subtitle(seen: pd.DataFrame, all_reports: int, lang: Lang) -> str:
    zeros, sources = int((seen["value"] == 0).sum()), seen["shade"].value_counts()
    table, prose = int(sources.get("table", 0)), int(sources.get("prose", 0))
    return Words(
        f"{all_reports}份报告中{len(seen)}份见到数字（表格{table}，正文{prose}），其中{zeros}份为零。条上为报告份数。"
        f"{_COUNTS_DIFFER.zh}",
        f"{len(seen)} of {all_reports} reports show a figure (table {table}, prose {prose}); {zeros} are zero. "
        f"Bars count reports. {_COUNTS_DIFFER.en}",
    ).get(lang)


@figure
def enforcement_by_kind(headlines: HeadlineFrames, *, lang: Lang = "zh") -> Chart:
    """Licences, penalties and coercive measures by kind of agency: one dot a report, zeros in a strip of their own.

    Filled dots come from tables, open dots from prose. The median is of table figures only, where there are five
    or more. Beside each row: how many of its figures are zero. Arguments as ``enforcement_magnitude``.
    """
    title = Words(
        "许可、处罚、强制：各类机关的处理决定数量", "Licences, penalties, coercive measures by kind of agency"
    ).get(lang)
    parts = {item: decisions(headlines, item).dropna(subset=["value"]) for item in ITEMS}
    if all(part.empty for part in parts.values()):
        return nothing_to_draw(title, _none(Words("行政执法", "enforcement").get(lang), lang))
    met = {str(k) for part in parts.values() for k in part["agency_kind"].dropna()}
    kinds = [k for k in KIND_COLOURS if k in met]
    chart, axes = canvas(10.4, 2.2 + 0.62 * len(kinds), 1, 3, sharey=True)
    highest = max(float(part["value"].max()) for part in parts.values() if len(part))
    for ax, item in zip(axes, ITEMS, strict=True):
        _draw_kinds(ax, parts[item], kinds, highest, lang)
        ax.set_title(f"{label('item', item, lang)}  n={len(parts[item])}")
    axes[1].set_xlabel(
        Words("处理决定（件，对数刻度，左侧灰带为零）", "Decisions (logarithmic scale, zeros in the strip)").get(lang)
    )
    axes[0].set_yticks(range(len(kinds)), [label("kind", k, lang) for k in kinds])
    subtitle = Words(
        f"每点一份报告；实心为表格，空心为正文。竖线为表格数字的中位数（不足{MIN_N}份不计）。“0: a/b”即b份中a份为零。"
        f"{_COUNTS_DIFFER.zh}",
        f"One dot a report; filled from tables, open from prose. Lines: medians of table figures ({MIN_N} or more). "
        f"0: a/b means a of b figures are zero. {_COUNTS_DIFFER.en}",
    )
    return finish(chart, title, subtitle.get(lang), SOURCE_HEADLINES.get(lang))


def _draw_kinds(ax: Axes, part: pd.DataFrame, kinds: list[str], highest: float, lang: Lang) -> None:
    count_scale(ax, "x", highest, lang, zero=True, sparse=True)
    for at, kind in enumerate(kinds):
        rows = part[part["agency_kind"].astype("string") == kind]
        values = rows["value"].to_numpy(dtype=float)
        side = at + swarm(values, 0.3, 0.045)
        colour, table = KIND_COLOURS[kind], (rows["source"] == "table").to_numpy(dtype=bool)
        ax.scatter(in_strip(values[table]), side[table], s=14, color=colour, alpha=0.8, lw=0, zorder=3)
        ax.scatter(in_strip(values[~table]), side[~table], s=14, facecolors="none", edgecolors=colour, lw=0.9, zorder=3)
        if table.sum() >= MIN_N:
            ax.plot([np.median(values[table])] * 2, [at - 0.38, at + 0.38], color=INK, lw=1.8, zorder=4)
        note = f"0: {(values == 0).sum()}/{len(values)}"
        ax.text(1.01, at, note, transform=ax.get_yaxis_transform(), ha="left", va="center", size=8,
                color=INK if len(values) >= MIN_N else MUTED)  # fmt: skip
    ax.set_ylim(len(kinds) - 0.5, -0.5)
    ax.tick_params(axis="y", length=0)


@figure
def penalties_and_licences(headlines: HeadlineFrames, *, lang: Lang = "zh") -> Chart:
    """Penalties against licences of the same report, on logarithmic scales with strips for zeros.

    Only reports with both figures are drawn. Filled dots come from tables, open dots from prose. Arguments as
    ``enforcement_magnitude``.
    """
    title = Words("行政处罚与行政许可", "Penalties against licences").get(lang)
    x, y = (decisions(headlines, item).dropna(subset=["value"]) for item in ("licences", "penalties"))
    both = x.merge(y[["report_id", "value"]], on="report_id", suffixes=("_x", "_y"))
    if both.empty:
        return nothing_to_draw(title, _none(Words("许可和处罚", "both licences and penalties").get(lang), lang))
    chart, (ax,) = canvas(8.0, 6.8)
    _draw_pairs(ax, both, lang)
    ax.set_xlabel(Words("行政许可处理决定（件，对数刻度）", "Licence decisions (logarithmic scale)").get(lang))
    ax.set_ylabel(Words("行政处罚处理决定（件，对数刻度）", "Penalty decisions (logarithmic scale)").get(lang))
    kind_legend(ax, both["agency_kind"], lang)
    zeros = int(((both["value_x"] == 0) & (both["value_y"] == 0)).sum())
    subtitle = Words(
        f"{len(both)}份两项数字都见到的报告，每点一份；其中{zeros}份两项均为零（左下角）。实心为表格，空心为正文。灰带内为零。",
        f"{len(both)} reports that show both, one dot each; {zeros} show two zeros (lower left). "
        "Filled from tables, open from prose. Zeros stand in the strips.",
    )
    return finish(chart, title, subtitle.get(lang), SOURCE_HEADLINES.get(lang))


def _draw_pairs(ax: Axes, both: pd.DataFrame, lang: Lang) -> None:
    highest = float(max(both["value_x"].max(), both["value_y"].max()))
    count_scale(ax, "x", highest, lang, zero=True)
    count_scale(ax, "y", highest, lang, zero=True)
    points = in_strip(both[["value_x", "value_y"]].to_numpy(dtype=float))
    colours = np.array([KIND_COLOURS.get(str(k), GREY) for k in both["agency_kind"]])
    table = (both["source"] == "table").to_numpy(dtype=bool)
    x, y = points.T
    ax.scatter(x[table], y[table], s=22, c=colours[table], alpha=0.8, lw=0, zorder=3)
    ax.scatter(x[~table], y[~table], s=22, facecolors="none", edgecolors=list(colours[~table]), lw=1.0, zorder=3)
    ax.plot([1, highest * 2], [1, highest * 2], color=FAINT, lw=1, zorder=1)
    ax.annotate(Words("处罚＝许可", "equal").get(lang), (highest * 2, highest * 2), color=MUTED, size=8.5, ha="right")
    ax.grid(axis="both")


def _none(name: str, lang: Lang) -> str:
    return Words(
        f"所选报告中没有见到“{name}”的数字。没有见到不等于零。",
        f"None of the reports chosen shows a figure of {name}. Not seen is not zero.",
    ).get(lang)

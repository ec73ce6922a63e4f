"""How much is disclosed and asked for: figures of ``Headlines.volumes`` and ``Headlines.requests``."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple, Protocol

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.lines import Line2D

from govreport.plots.breaks import mark_breaks_between
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
    need,
    nothing_to_draw,
    swarm,
)


class HeadlineFrames(Protocol):
    """What the figures of headline data need of ``govreport.bundled.Headlines``."""

    @property
    def reports(self) -> pd.DataFrame:
        """One row a report."""

    @property
    def outcomes(self) -> pd.DataFrame:
        """Requests by outcome."""

    def rows(self, measure: str, *, unseen: bool = False) -> pd.DataFrame:
        """The figures of one measure with the columns of their reports."""


class Strip(NamedTuple):
    """A row of dots: its name, its values and a colour for each."""

    name: str
    values: np.ndarray
    colours: Sequence[str]

    @property
    def small(self) -> bool:
        """Too few for a median."""
        return len(self.values) < MIN_N


def measured(headlines: HeadlineFrames, measure: str, *, unseen: bool = False) -> pd.DataFrame:
    """Rows of one measure with the columns of their reports, checked for what the figures need.

    Raises:
        UsageError: no such measure, or a column is missing.
    """
    rows = headlines.rows(measure, unseen=unseen)
    return need(rows, f"rows({measure!r})", ("report_id", "agency_kind", "province", "year", "value", "source"))


@figure
def volumes_by_year(headlines: HeadlineFrames, measure: str = "disclosed", *, lang: Lang = "zh") -> Chart:
    """A measure by the year reported on: one dot a report, with medians and the middle half.

    Each year has other reports in it, so the figure shows spreads, not a trend. Years with fewer than five
    reports are left out, and the subtitle says which.

    Args:
        headlines: ``Headlines`` or anything with the same DataFrames.
        measure: a measure of ``volumes`` or ``requests``.
        lang: "zh" or "en".

    Raises:
        UsageError: a DataFrame or column is missing, or the measure is unknown.
    """
    rows = measured(headlines, measure).dropna(subset=["year", "value"])
    title = _title(measure, Words("历年比较", "by year"), lang)
    if rows.empty:
        return nothing_to_draw(title, _none(measure, lang))
    strips = [_strip(str(y), part, None) for y, part in rows.groupby("year")]
    drawn = [s for s in strips if not s.small] or strips
    chart, (ax,) = canvas(8.6, 5.2)
    draw_strips(ax, drawn, lang, upright=True)
    mark_breaks_between(ax, [int(s.name) for s in drawn], lang)
    kind_legend(ax, rows["agency_kind"], lang)
    ax.set_ylabel(_axis(measure, lang))
    ax.set_xlabel(Words("报告年度（n＝报告份数）", "Year reported on (n = reports)").get(lang))
    n = sum(len(s.values) for s in drawn)
    subtitle = Words(
        f"{n}份报告，每点一份；横线为中位数，竖条为中间一半。各年报告不同，不能看作趋势。",
        f"{n} reports, one dot each; lines are medians, bars the middle half. "
        "Other reports each year: this is not a trend.",
    ).get(lang)
    left_out = [s for s in strips if s not in drawn]
    note = _left_out(left_out, lang) if left_out else small_note(drawn, lang)
    return finish(chart, title, subtitle + note, SOURCE_HEADLINES.get(lang))


def _left_out(strips: list[Strip], lang: Lang) -> str:
    years, n = "、".join(s.name for s in strips), sum(len(s.values) for s in strips)
    return Words(
        f"未画：{years}年（每年不足{MIN_N}份，共{n}份）。",
        f" Left out: {years.replace('、', ', ')} (under {MIN_N} reports each, {n} in all).",
    ).get(lang)


@figure
def volumes_by_kind(headlines: HeadlineFrames, measure: str = "disclosed", *, lang: Lang = "zh") -> Chart:
    """A measure by kind of agency, kinds in the order of their medians. Arguments as ``volumes_by_year``."""
    rows = measured(headlines, measure).dropna(subset=["agency_kind", "value"])
    title = _title(measure, Words("各类机关比较", "by kind of agency"), lang)
    if rows.empty:
        return nothing_to_draw(title, _none(measure, lang))
    strips = [
        _strip(label("kind", kind, lang), part, KIND_COLOURS.get(str(kind), GREY))
        for kind, part in rows.groupby("agency_kind", observed=True)
    ]
    strips = by_median(strips)
    chart, (ax,) = canvas(8.6, 1.9 + 0.55 * len(strips))
    draw_strips(ax, strips, lang, upright=False)
    ax.set_xlabel(_axis(measure, lang))
    subtitle = Words(
        f"{len(rows)}份报告，每点一份；竖线为中位数，横条为中间一半。",
        f"{len(rows)} reports, one dot each; lines are medians, bars the middle half.",
    )
    return finish(chart, title, subtitle.get(lang) + small_note(strips, lang), SOURCE_HEADLINES.get(lang))


@figure
def volumes_by_province(headlines: HeadlineFrames, measure: str = "disclosed", *, lang: Lang = "zh") -> Chart:
    """A measure by province, in the order of medians, dots coloured by kind of agency.

    Provinces with fewer than five reports stand below, grey and without a median. The kinds of agency differ from
    province to province, and so do the medians: the colours show it. Arguments as ``volumes_by_year``.
    """
    rows = measured(headlines, measure).dropna(subset=["province", "value"])
    title = _title(measure, Words("各省比较", "by province"), lang)
    if rows.empty:
        return nothing_to_draw(title, _none(measure, lang))
    strips = by_median(
        [_strip(label("province", p, lang), part, None) for p, part in rows.groupby("province", observed=True)]
    )
    chart, (ax,) = canvas(8.6, 2.3 + 0.27 * len(strips))
    draw_strips(ax, strips, lang, upright=False)
    ax.set_xlabel(_axis(measure, lang))
    kind_legend(ax, rows["agency_kind"], lang)
    subtitle = Words(
        f"{len(rows)}份报告，每点一份；竖线为中位数，横条为中间一半。各省所收机关类别不同，中位数不宜直接排名。",
        f"{len(rows)} reports, one dot each; lines are medians, bars the middle half. "
        "The mix of agencies differs by province: not a ranking.",
    )
    return finish(chart, title, subtitle.get(lang) + small_note(strips, lang), SOURCE_HEADLINES.get(lang))


@figure
def requests_received(headlines: HeadlineFrames, *, lang: Lang = "zh") -> Chart:
    """Reports by order of magnitude of the requests they received, by kind of agency; zero and "not seen" apart.

    Kinds with fewer than five figures are left out. Arguments as ``volumes_by_year``.
    """
    title = Words("本年新收政府信息公开申请：按数量级", "Requests received, by order of magnitude").get(lang)
    rows = measured(headlines, "received", unseen=True).assign(shade="")
    seen = rows.dropna(subset=["value"])
    if seen.empty:
        return nothing_to_draw(title, _none("received", lang))
    if not kinds_shown(rows):
        return nothing_to_draw(title, too_few(lang))
    chart, note = magnitude_panels(rows, lang, Words("新收申请（件）", "Requests").get(lang), {"": 1.0})
    zeros, small = int((seen["value"] == 0).sum()), int((seen["value"].between(1, 9)).sum())
    subtitle = Words(
        f"{len(rows)}份报告中{len(seen)}份见到数字，其中{zeros}份为零，{small}份为1–9件。条上为报告份数。未见到不等于零。",
        f"{len(seen)} of {len(rows)} reports show a figure; {zeros} are zero and {small} are 1 to 9. "
        "Bars count reports. Not seen is not zero.",
    )
    return finish(chart, title, subtitle.get(lang) + note, SOURCE_HEADLINES.get(lang))


def _strip(name: str, rows: pd.DataFrame, colour: str | None) -> Strip:
    values = rows["value"].to_numpy(dtype=float, na_value=np.nan)
    kinds = [KIND_COLOURS.get(str(k), GREY) for k in rows["agency_kind"]]
    return Strip(name, values, [colour] * len(values) if colour else kinds)


def by_median(strips: list[Strip]) -> list[Strip]:
    """Highest median first, then those with too few reports by their number of reports."""
    return sorted(strips, key=lambda s: (s.small, -len(s.values) if s.small else -float(np.median(s.values))))


def draw_strips(ax: Axes, strips: list[Strip], lang: Lang, *, upright: bool) -> None:
    """Rows (or columns) of dots on a scale of counts, with n in the names."""
    values = np.concatenate([s.values for s in strips])
    zero = bool((values == 0).any())
    count_scale(ax, "y" if upright else "x", float(values.max()), lang, zero=zero)
    for at, strip in enumerate(strips):
        _draw_strip(ax, strip, at, upright)
    names = [f"{s.name}\nn={len(s.values)}" if upright else f"{s.name}  n={len(s.values)}" for s in strips]
    ticks = ax.set_xticks if upright else ax.set_yticks
    for tick, strip in zip(ticks(range(len(strips)), names), strips, strict=True):
        (tick.label1).set_color(MUTED if strip.small else INK)
    (ax.set_xlim if upright else ax.set_ylim)(-0.6, len(strips) - 0.4)
    if not upright:
        ax.invert_yaxis()
    ax.tick_params(axis="x" if upright else "y", length=0)


def _draw_strip(ax: Axes, strip: Strip, at: int, upright: bool) -> None:
    if not len(strip.values):
        return
    side = at + swarm(strip.values, 0.36, 0.045 if upright else 0.03)
    colours = [GREY] * len(strip.values) if strip.small else list(strip.colours)
    values = in_strip(strip.values)
    x, y = (side, values) if upright else (values, side)
    ax.scatter(x, y, s=11, c=colours, alpha=0.75, lw=0, zorder=3, label=strip.name)
    if strip.small:
        return
    low, middle, high = np.percentile(strip.values, [25, 50, 75])
    box: dict[str, Any] = {"color": FAINT, "alpha": 0.8, "lw": 0, "zorder": 1}
    across = [at - 0.38, at + 0.38]
    if upright:
        ax.fill_between(across, low, high, **box)
        ax.plot(across, [middle, middle], color=INK, lw=1.8, zorder=4)
    else:
        ax.fill_betweenx(across, low, high, **box)
        ax.plot([middle, middle], across, color=INK, lw=1.8, zorder=4)


def kind_legend(ax: Axes, kinds: pd.Series, lang: Lang) -> None:
    """Names of the kinds of agency above the axes, in the colours of their dots."""
    met = set(kinds.dropna().astype(str))
    shown = [k for k in KIND_COLOURS if k in met]
    marks = [
        Line2D([], [], marker="o", ls="", ms=5, color=KIND_COLOURS[k], label=label("kind", k, lang)) for k in shown
    ]
    ax.legend(handles=marks, loc="lower left", bbox_to_anchor=(0, 1), ncols=len(marks), handletextpad=0.1,
              columnspacing=1.2, borderaxespad=0.2)  # fmt: skip


def small_note(strips: list[Strip], lang: Lang) -> str:
    """A sentence on the rows without a median, empty where there are none."""
    if not any(s.small and len(s.values) for s in strips):
        return ""
    return Words(f"灰点：报告不足{MIN_N}份，不计中位数。", f" Grey: fewer than {MIN_N} reports, no median.").get(lang)


def _title(measure: str, by: Words, lang: Lang) -> str:
    name = label("measure", measure, lang)
    return f"{name}：{by.zh}" if lang == "zh" else f"{name}, {by.en}"


def _axis(measure: str, lang: Lang) -> str:
    name, unit = label("measure", measure, lang), label("unit", measure, lang)
    return Words(f"{name}（{unit}，对数刻度）", f"{name} ({unit}, logarithmic scale)").get(lang)


def _none(measure: str, lang: Lang) -> str:
    name = label("measure", measure, lang)
    return Words(
        f"所选报告中没有见到“{name}”的数字。没有见到不等于零。",
        f"None of the reports chosen shows a figure of {name}. Not seen is not zero.",
    ).get(lang)

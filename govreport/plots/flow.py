"""The flow of requests through a year: what came in, what became of it, what was carried out."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.patches import PathPatch, Rectangle
from matplotlib.path import Path

from govreport.plots.analysed import origin
from govreport.plots.outcomes import ReportFrames, grouped, names, outcome_counts
from govreport.plots.style import (
    GREY,
    GROUP_COLOURS,
    INK,
    SKY,
    Chart,
    Lang,
    Words,
    canvas,
    figure,
    finish,
    label,
    need,
    nothing_to_draw,
)

_INTO = {"received": "#3f7fb0", "carried_in": SKY}
_OUT = "carried_out"
_GAP = 0.055  # of all requests: room for a line of text between two blocks
_WIDE = 0.05


class _Block(NamedTuple):
    """A block at one side: its name, its number and its colour."""

    name: str
    requests: float
    colour: str


@figure
def outcome_flow(frames: ReportFrames, *, lang: Lang = "zh") -> Chart:
    """Requests received and carried in on the left, what became of them and what was carried out on the right.

    The reports given are added up: ``frames.select(...)`` chooses them. Only reports count whose printed figures tell
    all of it apart and balance (received + carried in = processed + carried out); the others are counted below the
    title. Heights are numbers of requests.

    Args:
        frames: ``Frames`` or anything with the same reports and applications.
        lang: "zh" or "en".

    Raises:
        UsageError: a DataFrame or column is missing.
    """
    title = Words("申请从哪里来，到哪里去", "Where requests come from and where they go").get(lang)
    found = flow_table(frames)
    usable = found[found["balanced"]]
    if usable.empty:
        reason = Words(
            "没有一份报告的新收、结转和各项结果都有数字且相互平衡。没有数字不等于零。",
            "No report tells what came in, what became of it and what was carried out in figures that balance. "
            "Not known is not zero.",
        )
        return nothing_to_draw(title, reason.get(lang))
    sums = usable.drop(columns="balanced").sum()
    into = [_Block(label("outcome", n, lang), float(sums[n]), colour) for n, colour in _INTO.items()]
    out = [_Block(label("group", n, lang), float(sums[n]), GROUP_COLOURS[n]) for n in _groups(sums)]
    out.append(_Block(label("outcome", _OUT, lang), float(sums[_OUT]), GREY))
    chart, (ax,) = canvas(9.4, 5.2)
    _draw(ax, into, [block for block in out if block.requests], float(sums["received"] + sums["carried_in"]))
    return finish(chart, title, _note(frames, found, sums, lang), origin(frames.reports["agency"], lang))


def flow_table(frames: ReportFrames) -> pd.DataFrame:
    """What came in and what became of it, a row a report that has section three.

    Returns:
        By ``report_id``: received, carried_in, the groups of outcomes, carried_out, and balanced (boolean: all are
        known and received + carried in = sum of the groups + carried out). NA: the page does not tell it.

    Raises:
        UsageError: a DataFrame or column is missing.
    """
    cells = need(frames.applications, "applications", ("report_id", "outcome", "applicant", "count", "status"))
    counts = outcome_counts(frames)
    groups = grouped(counts).drop(columns="unknown")
    totals = cells[cells["applicant"].astype("string").eq("total")]
    wide = totals.assign(outcome=totals["outcome"].astype("string")).pivot_table(
        index="report_id", columns="outcome", values="count", aggfunc="first", observed=True
    )
    ends = wide.reindex(index=groups.index, columns=["received", "carried_in", "carried_out"]).astype(float)
    made = ends[["received", "carried_in"]].join(groups).join(ends["carried_out"])
    # A row that the edition does not have adds nothing; one that is there and not told spoils the balance.
    known = ends.notna().all(axis=1) & counts["processed"].notna() & counts["unknown"].eq(0)
    balance = made["received"] + made["carried_in"] - groups.sum(axis=1) - made["carried_out"]
    return made.assign(balanced=known & balance.eq(0))


def _groups(sums: pd.Series) -> list[str]:
    return [str(name) for name in sums.index if name not in (*_INTO, _OUT)]


def _draw(ax: Axes, into: list[_Block], out: list[_Block], total: float) -> None:
    """Blocks at both sides, bands from each to the whole in the middle and on."""
    tall = total * (1 + _GAP * (len(out) - 1))
    gap = _GAP * total
    middle = (tall - total) / 2
    ax.add_patch(Rectangle((0.46, middle), _WIDE, total, color=INK, lw=0))
    ax.text(0.46 + _WIDE / 2, middle + total + 0.012 * tall, f"{total:,.0f}", ha="center", va="bottom", size=10)
    for blocks, side in ((into, 0.0), (out, 1.0)):
        top = (tall + sum(b.requests for b in blocks) + gap * (len(blocks) - 1)) / 2
        at_middle = middle + total
        for block in blocks:
            _draw_block(ax, block, side, top, at_middle, total)
            top -= block.requests + gap
            at_middle -= block.requests
    ax.set_xlim(-0.36, 1.52)
    ax.set_ylim(-0.05 * tall, 1.08 * tall)
    ax.set_axis_off()


def _draw_block(ax: Axes, block: _Block, side: float, top: float, at_middle: float, total: float) -> None:
    left = side == 0.0
    x = 0.0 if left else 1.0 - _WIDE
    ax.add_patch(Rectangle((x, top - block.requests), _WIDE, block.requests, color=block.colour, lw=0))
    ends = (_WIDE, top, 0.46, at_middle) if left else (0.46 + _WIDE, at_middle, 1.0 - _WIDE, top)
    ax.add_patch(PathPatch(_band(*ends, block.requests), facecolor=block.colour, alpha=0.35, lw=0))
    percent = f"{block.requests / total:.1%}" if block.requests / total >= 0.0005 else "<0.1%"
    ax.text(-0.015 if left else 1.015, top - block.requests / 2, f"{block.name}  {block.requests:,.0f} ({percent})",
            ha="right" if left else "left", va="center", size=9, color=INK)  # fmt: skip


def _band(x0: float, top0: float, x1: float, top1: float, height: float) -> Path:
    """A band of even height that swings from one place to the other."""
    half = (x0 + x1) / 2
    upper = [(x0, top0), (half, top0), (half, top1), (x1, top1)]
    lower = [(x, y - height) for x, y in reversed(upper)]
    curve = [Path.CURVE4] * 3
    codes = np.array([Path.MOVETO, *curve, Path.LINETO, *curve, Path.CLOSEPOLY], dtype=Path.code_type)
    return Path([*upper, *lower, upper[0]], codes)


def _note(frames: ReportFrames, found: pd.DataFrame, sums: pd.Series, lang: Lang) -> str:
    n, left = int(found["balanced"].sum()), int((~found["balanced"]).sum())
    who = (
        names(frames, found.index[found["balanced"]])[0]
        if n == 1
        else Words(f"{n:,}份报告合计", f"{n:,} reports").get(lang)
    )
    into = f"{sums['received']:,.0f} + {sums['carried_in']:,.0f}"
    out = f"{sums[_groups(sums)].sum():,.0f} + {sums[_OUT]:,.0f}"
    dropped = Words(
        f"另有{left:,}份数字不全或不平衡，未计入。", f" {left:,} more are left out: figures missing or not balanced."
    )
    return Words(
        f"{who}。高度为件数：新收＋上年结转＝办结＋结转下年，{into} = {out}。"
        "百分比以左侧合计为分母，与以办理总数为分母者不同。",
        f"{who}. Heights are requests: received + carried in = processed + carried out, {into} = {out}. Percent of all "
        "on the left, not of those processed.",
    ).get(lang) + (dropped.get(lang) if left else "")

"""Bars of reports by order of magnitude, with zero and "not seen" kept apart."""

from __future__ import annotations

import numpy as np
import pandas as pd
from matplotlib.axes import Axes

from govreport.plots.style import INK, KIND_COLOURS, MIN_N, MUTED, Chart, Lang, Words, canvas, label, number

PANELS = 5


def magnitudes(values: pd.Series, lang: Lang) -> pd.Series:
    """Number of reports at zero and in each power of ten up to the highest, in that order, by name of the class.

    >>> magnitudes(pd.Series([0, 3, 8, 120]), "en").to_dict()
    {'0': 1, '1–9': 2, '10–99': 0, '100–999': 1}
    """
    numbers = values.dropna().to_numpy(dtype=float)
    highest = int(np.floor(np.log10(numbers.max()))) if len(numbers) and numbers.max() >= 1 else 0
    made = {"0": int((numbers == 0).sum())}
    for k in range(highest + 1):
        made[class_name(k, lang)] = int(((numbers >= 10**k) & (numbers < 10 ** (k + 1))).sum())
    return pd.Series(made, dtype="int64")


def class_name(power: int, lang: Lang) -> str:
    """Name of the class from 10**power up to the next power."""
    if power >= 4:
        low, high = number(10.0**power, lang), number(10.0 ** (power + 1), lang)
        return Words(f"{low}至不足{high}", f"{low} to under {high}").get(lang)
    return f"{10**power:,}–{10 ** (power + 1) - 1:,}"


def kinds_shown(rows: pd.DataFrame) -> list[str]:
    """Kinds of agency with enough figures for a panel, at most five, governments first."""
    counts = rows.dropna(subset=["value"])["agency_kind"].astype("string").value_counts()
    return [k for k in KIND_COLOURS if counts.get(k, 0) >= MIN_N][:PANELS]


def too_few(lang: Lang) -> str:
    """Why no panel is drawn."""
    return Words(
        f"每类机关见到数字的报告都不足{MIN_N}份，不作分布图。",
        f"No kind of agency has {MIN_N} reports that show a figure, so no distribution is drawn.",
    ).get(lang)


def magnitude_panels(rows: pd.DataFrame, lang: Lang, unit: str, shades: dict[str, float]) -> tuple[Chart, str]:
    """A panel for each kind of agency: bars by order of magnitude, and below them seen against not seen.

    Args:
        rows: one row a report with agency_kind, value (NA: not seen) and shade; ``kinds_shown`` must find some.
        lang: "zh" or "en".
        unit: what is counted.
        shades: opacity of each shade, stacked in this order.

    Returns:
        The chart, and a sentence on the kinds that were left out because fewer than five figures were seen.
    """
    seen = rows.dropna(subset=["value"])
    kinds = kinds_shown(rows)
    drawn = seen[seen["agency_kind"].astype("string").isin(kinds)]
    classes = list(magnitudes(drawn["value"], lang).index)
    chart, axes = canvas(9.2, 1.9 + 0.36 * len(classes), 2, len(kinds), height_ratios=[len(classes), 1.1], sharey="row")
    for kind, top, low in zip(kinds, axes, axes[len(kinds) :], strict=False):
        part = rows[rows["agency_kind"].astype("string") == kind]
        _draw_bars(top, part, classes, shades, KIND_COLOURS[kind], lang)
        n = int(part["value"].notna().sum())
        top.set_title(f"{label('kind', kind, lang)}\nn={n}", fontsize=10, linespacing=1.3)
        _draw_seen(low, n, len(part) - n, KIND_COLOURS[kind], lang)
    axes[0].set_ylabel(unit)
    return chart, _left_out(len(seen) - len(drawn), lang)


def _left_out(reports: int, lang: Lang) -> str:
    scales = Words("各栏比例不同。", " Each panel has a scale of its own.").get(lang)
    if not reports:
        return scales
    return scales + Words(
        f"数字较少的类别未画（{reports}份）。", f" Kinds with few figures are left out ({reports} reports)."
    ).get(lang)


def _draw_bars(
    ax: Axes, part: pd.DataFrame, classes: list[str], shades: dict[str, float], colour: str, lang: Lang
) -> None:
    left = np.zeros(len(classes))
    for shade, alpha in shades.items():
        counts = magnitudes(part.loc[part["shade"] == shade, "value"], lang).reindex(classes, fill_value=0)
        ax.barh(range(len(classes)), counts, left=left, color=colour, alpha=alpha, height=0.72, lw=0, label=shade)
        left += counts.to_numpy()
    for at, total in enumerate(left):
        ax.text(total, at, f" {int(total)}", va="center", size=9, color=INK if total else MUTED)
    ax.set_xlim(0, max(left.max(), 1) * 1.22)
    ax.set_yticks(range(len(classes)), classes)
    ax.set_ylim(len(classes) - 0.4, -0.6)
    ax.tick_params(length=0)
    ax.set_xticks([])
    ax.spines["bottom"].set_visible(False)


def _draw_seen(ax: Axes, seen: int, unseen: int, colour: str, lang: Lang) -> None:
    ax.barh(0, seen, color=colour, height=0.45, lw=0)
    ax.barh(0, unseen, left=seen, color="white", edgecolor=MUTED, hatch="////", height=0.45, lw=0.6)
    ax.text(0, -0.75, Words(f"未见到 {unseen}", f"not seen {unseen}").get(lang), size=8.5, color=MUTED, va="center")
    ax.set_xlim(0, (seen + unseen) * 1.02)
    ax.set_ylim(0.5, -1.2)
    ax.set_yticks([0], [Words("见到／未见到", "seen / not seen").get(lang)])
    ax.set_xticks([])
    ax.tick_params(length=0)
    for spine in ax.spines.values():
        spine.set_visible(False)

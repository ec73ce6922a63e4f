"""Marks of the years in which series break, for every figure with years across."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

from matplotlib.axes import Axes

from govreport.analysis import Break, Measure, load_breaks
from govreport.plots.style import INK, MUTED, Lang


def mark_breaks(ax: Axes, first: float, last: float, lang: Lang, measure: Measure | None = None) -> list[Break]:
    """Dotted lines between years where the series breaks, named above the axes, which have the years across.

    Those that concern the measure are dark; without one all are.

    Returns:
        The breaks that concern the measure and lie after the first year.
    """
    met = [b for b in load_breaks() if first < b.year <= last]
    own = [b for b in met if measure is None or b.year in (2019, *measure.breaks)]
    for b in met:
        colour = INK if b in own else MUTED
        ax.axvline(b.year - 0.5, color=colour, lw=1.1 if b in own else 0.7, ls=(0, (1, 2)), zorder=1.5)
        ax.text(
            b.year - 0.47, 1.01, b.name(lang).replace(" ", "\n", 1), transform=ax.get_xaxis_transform(), size=7.5,
            color=colour, va="bottom", linespacing=1.15,
        )  # fmt: skip
    return own


def mark_breaks_between(ax: Axes, years: Sequence[int], lang: Lang) -> None:
    """The same where years stand side by side as categories, in order: a dotted line before the first year behind."""
    for place, (before, year) in enumerate(pairwise(years), start=1):
        met = [b for b in load_breaks() if before < b.year <= year]
        if met:
            ax.axvline(place - 0.5, color=INK, lw=0.9, ls=(0, (1, 2)), zorder=1.5)
            ax.text(
                place - 0.46, 0.985, met[-1].name(lang).replace(" ", "\n", 1), transform=ax.get_xaxis_transform(),
                size=7.5, color=INK, ha="left", va="top", linespacing=1.15,
            )  # fmt: skip

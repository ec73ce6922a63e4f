"""Do the years join up? Requests carried over, and stocks of documents, as two reports in a row print them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Literal, NamedTuple, Protocol

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.ticker import MaxNLocator

from govreport.errors import UsageError
from govreport.plots.quality import source_line
from govreport.plots.style import (
    BLUE,
    GREY,
    INK,
    MUTED,
    RED,
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

MOST_AGENCIES = 4
"""Rows of panels that a figure has room for."""

Item = Literal["normative_documents", "rules"]
ITEMS: tuple[Item, ...] = ("normative_documents", "rules")

_PLACE = ["agency", "province", "city", "county"]
_CARRY = ("applications.carried_out.total", "applications.carried_in.total")


class YearFrames(Protocol):
    """What this figure needs of ``govreport.frames.Frames``."""

    @property
    def reports(self) -> pd.DataFrame:
        """One row a report."""

    def wide(self, table: str = "applications") -> pd.DataFrame:
        """One row a report, one column a cell."""


class _Joint(NamedTuple):
    """A figure as a report prints it, as it follows from the report before, and how; None where it is not known."""

    year: int
    printed: float | None
    follows: float | None
    how: str = ""


@figure
def years_joined(frames: YearFrames, item: Item = "normative_documents", *, lang: Lang = "zh") -> Chart:
    """Requests carried over and a stock of documents, a row of panels an agency: do two years in a row agree?

    On the left what a report prints as carried in against what the report before printed as carried out (I5); on the
    right the stock in force against that of the year before, plus issued, less repealed (I6). A red line joins two
    figures that differ. Where a report of the year before is missing nothing can be said, and nothing is drawn red.

    Args:
        frames: ``Frames`` with the reports of at most four agencies; the 2019 edition has no stock in force.
        item: "normative_documents" or "rules".
        lang: "zh" or "en".

    Raises:
        UsageError: no such item, a column is missing, or more than four agencies.
    """
    if item not in ITEMS:
        raise UsageError(f"item is one of {', '.join(ITEMS)}; found {item!r}")
    title = Words("前后两年对得上吗：结转与存量", "Do the years join up? Carry-over and stock").get(lang)
    panel = frames.wide("all").dropna(subset=["agency", "year"])
    need(panel, "frames.wide('all')", (*_PLACE, *_CARRY))
    groups = list(panel.fillna(dict.fromkeys(_PLACE, "")).groupby(_PLACE, sort=False))
    if len(groups) > MOST_AGENCIES:
        raise UsageError(
            f"this figure has room for {MOST_AGENCIES} agencies, found {len(groups)}; use frames.select(agency=...)"
        )
    if not groups:
        return nothing_to_draw(title, Words("没有年度已知的报告。", "No report with a known year.").get(lang))
    chart, axes = canvas(10.0, 2.0 + 2.3 * len(groups), len(groups), 2)
    for row, (key, rows) in enumerate(groups):
        left, right = axes[2 * row : 2 * row + 2]
        name = drawable(str(key[0]), str(row + 1))
        _draw(left, list(_carried(rows)), label("measure", "carried_in", lang), name, lang)
        _draw(right, list(_stock(rows, item)), label("measure", f"{item}.in_force", lang), name, lang)
    return finish(chart, title, _note(panel, lang), source_line(frames.reports, lang))


def _reports_by_year(rows: pd.DataFrame) -> dict[int, pd.Series]:
    """One report a year: of several on the same year the first, as in the checks."""
    return {int(row["year"]): row for _, row in rows.drop_duplicates("year").sort_values("year").iterrows()}


def _known(row: pd.Series | None, cell: str) -> float | None:
    return None if row is None or pd.isna(row[cell]) else float(row[cell])


def _carried(rows: pd.DataFrame) -> Iterator[_Joint]:
    reports = _reports_by_year(rows)
    for year in sorted({*reports, *(y + 1 for y in reports)}):
        yield _Joint(year, _known(reports.get(year), _CARRY[1]), _known(reports.get(year - 1), _CARRY[0]))


def _stock(rows: pd.DataFrame, item: Item) -> Iterator[_Joint]:
    reports = _reports_by_year(rows)
    for year, row in reports.items():
        stock, issued, repealed = (
            _known(row, f"disclosure.{item}.{measure}") for measure in ("in_force", "issued", "repealed")
        )
        before = _known(reports.get(year - 1), f"disclosure.{item}.in_force")
        if before is None or issued is None or repealed is None:
            yield _Joint(year, stock, None)
        else:
            yield _Joint(year, stock, before + issued - repealed, f"{before:,.0f} + {issued:,.0f} − {repealed:,.0f}")


def _draw(ax: Axes, joints: list[_Joint], what: str, agency: str, lang: Lang) -> None:
    """Years across, the printed figure left of its year and the one that follows from the year before right of it."""
    for x, joint in enumerate(joints):
        if joint.printed is not None and joint.follows is not None:
            gap = joint.printed - joint.follows
            ax.plot([x - 0.14, x + 0.14], [joint.printed, joint.follows], color=RED if gap else GREY, lw=2, zorder=1)
            if gap:
                top = max(joint.printed, joint.follows)
                _write(ax, x, top, Words(f"相差{gap:+,.0f}", f"differs by {gap:+,.0f}").get(lang), RED, above=True)
        _mark(ax, x - 0.14, joint.printed, "right", "")
        _mark(ax, x + 0.14, joint.follows, "left", joint.how)
    ax.set_xticks(range(len(joints)), [str(joint.year) for joint in joints])
    ax.set_xlim(-0.8, len(joints) + 0.1)
    known = [n for joint in joints for n in (joint.printed, joint.follows) if n is not None]
    top = max([*known, 1])
    ax.set_ylim(-0.1 * top, top * 1.35)
    ax.yaxis.set_major_locator(MaxNLocator(4, integer=True))
    ax.grid(axis="y")
    ax.set_title(f"{agency}\n{what}", size=9.5, linespacing=1.35)
    if not known:
        ax.text(0.5, 0.5, Words("没有数字", "no figure").get(lang), transform=ax.transAxes, ha="center", color=MUTED)


def _mark(ax: Axes, x: float, value: float | None, side: Literal["left", "right"], how: str) -> None:
    if value is None:
        return
    printed = side == "right"
    ax.scatter([x], [value], s=52, marker="o" if printed else "D", color=BLUE if printed else "white",
               edgecolor=BLUE, lw=1.6, zorder=3)  # fmt: skip
    _write(ax, x, value, f"{value:,.0f}" + (f"\n= {how}" if how else ""), INK, side=side)


def _write(ax: Axes, x: float, y: float, text: str, colour: str, *, side: str = "center", above: bool = False) -> None:
    shift = (0, 14) if above else ({"right": -8, "left": 8}[side], 0)
    ax.annotate(text, (x, y), xytext=shift, textcoords="offset points", ha=side, va="center", size=8.5,
                color=colour, linespacing=1.2)  # fmt: skip


def _note(panel: pd.DataFrame, lang: Lang) -> str:
    return Words(
        f"{len(panel)}份报告，单位：件。实心圆：当年报告所印；空心菱形：由前一年报告推得。红线：两数不同，可能是机构合并、口径变化、文件失效，或有一个数字有误。",
        f"{len(panel)} reports. Discs: as printed; diamonds: as follows from the report before. Red: the two differ: a "
        "merger, another way of counting, documents that lapsed, or because one figure is wrong.",
    ).get(lang)

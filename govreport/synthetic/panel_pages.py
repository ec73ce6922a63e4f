"""Reports of an invented panel as pages, in all layouts in turn."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache

import numpy as np
import pandas as pd

from govreport.forms import SECTION_TABLES, load_form
from govreport.frames import Frames
from govreport.schema import KEYS
from govreport.synthetic import LAYOUTS, Layout, Story, render

_Values = dict[str, int | float | None]


def write_pages(frames: Frames, limit: int | None) -> Iterator[tuple[str, bytes]]:
    """Name of a file and its bytes for the first ``limit`` reports, each in the next layout that can show it."""
    waiting: list[Layout] = []
    starts = {table: _starts(table, frames.reports["edition"].tolist()) for table in SECTION_TABLES}
    for number in range(len(frames) if limit is None else min(limit, len(frames))):
        report = frames.reports.iloc[number]
        values: _Values = {}
        statuses: set[str] = set()
        for table, start in starts.items():
            cells = getattr(frames, table).iloc[start[number] : start[number + 1]]
            statuses.update(cells["status"])
            values |= dict(zip(_names(table, report["edition"]), _numbers(cells[KEYS[table][2]]), strict=True))
        layout = _next_layout(waiting, None in values.values())
        yield _page(report, values, "/" if "dash" in statuses else "", layout)


def _starts(table: str, editions: list[str]) -> list[int]:
    """Where the cells of each report begin: they stand report by report, in the order of the form."""
    return [0, *np.cumsum([len(_names(table, edition)) for edition in editions]).tolist()]


@cache
def _names(table: str, edition: str) -> tuple[str, ...]:
    return tuple(cell for cell in load_form(edition).cells if cell.startswith(f"{table}."))


def _numbers(column: pd.Series[float]) -> list[int | float | None]:
    """Whole numbers as int, as a page prints them."""
    return [None if pd.isna(n) else int(n) if float(n).is_integer() else float(n) for n in column.tolist()]


def _next_layout(waiting: list[Layout], blanks: bool) -> Layout:
    """Takes the first waiting layout that shows empty cells where there are some; refills when none is left."""
    if not any(one.keeps_blanks or not blanks for one in waiting):
        waiting.extend(LAYOUTS.values())
    chosen = next(one for one in waiting if one.keeps_blanks or not blanks)
    waiting.remove(chosen)
    return chosen


def _page(report: pd.Series[str], values: _Values, blank: str, layout: Layout) -> tuple[str, bytes]:
    place = "".join(part for part in report[["province", "city", "county"]] if not pd.isna(part))
    story = Story(place=place, published="" if pd.isna(report["published"]) else report["published"])
    content = render(
        values,
        report["edition"],
        layout.name,
        agency=report["agency"],
        year=int(report["year"]),
        blank=blank,
        story=story,
    )
    return f"{report['report_id']}.{'html' if layout.kind == 'html' else 'txt'}", content

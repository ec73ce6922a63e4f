"""Series over all editions of the form, exactly as far as the editions count the same thing.

A series is a line of ``forms/harmonise.csv``: the cells that make it up in each edition, and the editions between which
it compares. Beyond them the break stays in the data (``segment``), and who asks for years on both sides is refused.
The rules are those of the forms themselves: 国办发〔2014〕32号, 国办公开办函〔2019〕60号, 国办公开办函〔2021〕30号.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

import numpy as np
import pandas as pd

from govreport.analysis.cells import STATUS, UNKNOWN_FROM, CellTable, cells_of_frames
from govreport.analysis.values import status_column
from govreport.errors import FormError, UsageError
from govreport.forms import editions, load_form, read_csv
from govreport.frames import Frames
from govreport.schema import REPORT_KEYS


@dataclass(frozen=True, slots=True)
class Series:
    """One series over the editions.

    Attributes:
        id: its name in ``forms/harmonise.csv``.
        unit: what is counted.
        cells: by edition, the cells that are added; an edition that does not have the series is missing.
        segments: groups of editions that compare with each other; a value of one says nothing beside one of another.
        care: editions whose values compare with the others of their segment only with care.
        reason_zh, reason_en: why it breaks, or why care is needed.
    """

    id: str
    unit: str
    cells: Mapping[str, tuple[str, ...]]
    segments: tuple[tuple[str, ...], ...]
    care: tuple[str, ...]
    name_zh: str
    name_en: str
    reason_zh: str
    reason_en: str

    def segment(self, edition: str | None) -> int | None:
        """Number of the segment that an edition lies in, from 1; None where the edition does not have the series."""
        return next((n for n, own in enumerate(self.segments, start=1) if edition in own), None)


@cache
def load_series() -> tuple[Series, ...]:
    """The series of ``forms/harmonise.csv``, in its order.

    Raises:
        FormError: a line names a cell that its edition does not have, or segments that do not fit its cells.
    """
    return tuple(_series(line) for line in read_csv("harmonise"))


def _series(line: dict[str, str]) -> Series:
    cells = {e: tuple(line[f"cells_{e}"].split()) for e in editions() if line[f"cells_{e}"]}
    segments = tuple(tuple(group.split("+")) for group in line["segments"].split())
    where = f"forms/harmonise.csv, {line['series']}"
    for edition, own in cells.items():
        if strangers := set(own) - set(load_form(edition).cells):
            raise FormError(f"{where}: edition {edition} has no cell {', '.join(sorted(strangers))}")
    if sorted(edition for group in segments for edition in group) != sorted(cells):
        raise FormError(f"{where}: the segments {line['segments']!r} do not name each edition that has cells, once")
    care = tuple(line["care"].split())
    if (len(segments) > 1 or care or len(cells) < len(editions()) - 1) and not line["reason_en"]:
        raise FormError(f"{where}: it breaks or needs care, and gives no reason")
    names = (line[name] for name in ("name_zh", "name_en", "reason_zh", "reason_en"))
    return Series(line["series"], line["unit"], cells, segments, care, *names)


def harmonise(
    frames: Frames, series: Iterable[str] | None = None, *, years: tuple[int, int] | None = None
) -> pd.DataFrame:
    """Figures of all editions under one name, as far as they count the same thing.

    A value is the sum of the edition's cells; it is NA where one of them is unknown (a blank is a zero only where a
    printed total proves it). Values compare within a ``segment`` only.

    >>> from govreport.bundled import sample
    >>> made = harmonise(sample(), ["not_held"])
    >>> made.columns[-6:].tolist()
    ['value', 'status', 'segment', 'care', 'cells', 'reason']

    Args:
        frames: the reports.
        series: names of series; all of them without it.
        years: first and last year of an intended comparison. Only their reports are kept, and a series that breaks
            among them is refused.

    Returns:
        One row a report and series, in the order of ``frames.reports``: the keys of the report, ``series``, ``unit``,
        ``value`` (Float64), ``status`` (as in ``measure_values``; "not_in_form" where the edition does not have it),
        ``segment`` (Int8, NA where there is none), ``care`` (boolean: compare with care), ``cells`` and ``reason``
        (why the series breaks or needs care).

    Raises:
        UsageError: no series has this name; years that are none; or a series breaks between the years, with the reason.
    """
    chosen = _chosen(series)
    kept = _within(frames, years)
    table = cells_of_frames(kept, {cell for s in chosen for own in s.cells.values() for cell in own})
    if years is not None:
        _refuse_breaks(kept, chosen, years)
    keys = kept.reports[list(REPORT_KEYS)].reset_index(drop=True)
    parts = [_part(keys, table, one) for one in chosen]
    made = pd.concat(parts, ignore_index=True) if parts else keys.iloc[:0]
    order = np.tile(np.arange(len(keys)), len(chosen)).argsort(kind="stable")
    return made.iloc[order].reset_index(drop=True)


def _chosen(series: Iterable[str] | None) -> tuple[Series, ...]:
    known = {one.id: one for one in load_series()}
    if series is None:
        return tuple(known.values())
    if isinstance(series, str):
        raise UsageError(f"series should be a list of names, found the text {series!r}; write [{series!r}]")
    asked = list(series)
    if unknown := [name for name in asked if name not in known]:
        raise UsageError(f"no series is called {', '.join(map(repr, unknown))}; there are {', '.join(known)}")
    return tuple(known[name] for name in asked)


def _within(frames: Frames, years: tuple[int, int] | None) -> Frames:
    if years is None:
        return frames
    if len(years) != 2 or years[0] > years[1]:
        raise UsageError(f"years are the first and the last of a comparison, such as (2016, 2022); found {years}")
    return frames.select(year=range(years[0], years[1] + 1))


def _refuse_breaks(frames: Frames, chosen: Iterable[Series], years: tuple[int, int]) -> None:
    met = [edition for edition in editions() if (frames.reports["edition"] == edition).any()]
    for one in chosen:
        segments = {one.segment(edition) for edition in met}
        if len(segments) > 1:
            where = ", ".join(f"{e}: {one.segment(e) or 'not in the form'}" for e in met)
            raise UsageError(
                f"{one.id} does not compare between {years[0]} and {years[1]}: {one.reason_en} ({one.reason_zh}). "
                f"Segments by edition of the form: {where}; choose years within one segment"
            )


def _part(keys: pd.DataFrame, table: CellTable, one: Series) -> pd.DataFrame:
    """One series for all reports."""
    value = np.full(len(keys), np.nan)
    status = np.full(len(keys), STATUS["not_in_form"], dtype=np.int8)
    for code, edition in enumerate(editions()):
        here = table.edition == code
        if edition in one.cells and here.any():
            numbers, states = zip(*(table.cell(cell) for cell in one.cells[edition]), strict=True)
            value[here] = np.sum(numbers, axis=0)[here]
            status[here] = np.max(states, axis=0)[here]
    value[status >= UNKNOWN_FROM] = np.nan
    edition_of = keys["edition"].astype(object).where(keys["edition"].notna(), None)
    made: dict[str, Any] = {
        "series": pd.array([one.id] * len(keys), dtype="string"),
        "unit": pd.array([one.unit] * len(keys), dtype="string"),
        "value": pd.array(value, dtype="Float64"),
        "status": status_column(status),
        "segment": pd.array([one.segment(e) for e in edition_of], dtype="Int8"),
        "care": pd.array([e in one.care for e in edition_of], dtype="boolean"),
        "cells": pd.array([" ".join(one.cells.get(e, ())) for e in edition_of], dtype="string"),
        "reason": pd.array([one.reason_en] * len(keys), dtype="string"),
    }
    return keys.assign(**made)

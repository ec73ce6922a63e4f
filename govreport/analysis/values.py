"""Values of measures: numerator, denominator and status for every report."""

from __future__ import annotations

from collections.abc import Hashable, Iterable
from dataclasses import dataclass
from functools import cache
from typing import Any, cast

import numpy as np
import pandas as pd

from govreport.analysis.cells import (
    MEASURE_STATUSES,
    STATUS,
    UNKNOWN_FROM,
    CellTable,
    Codes,
    Mask,
    Numbers,
    cells_of_frames,
)
from govreport.analysis.made_columns import nullable
from govreport.analysis.measures import Measure, Term, pick_measures
from govreport.forms import editions, load_form
from govreport.frames import Frames


@dataclass(frozen=True, eq=False, slots=True)
class Values:
    """A measure in many reports, as arrays in the order of ``frames.reports``.

    Attributes:
        value: the number, NaN where it is not known.
        numerator: for counts and amounts the same as ``value``.
        denominator: None for counts and amounts; NaN where it is not known.
        status: positions in ``MEASURE_STATUSES``.
    """

    value: Numbers
    numerator: Numbers
    denominator: Numbers | None
    status: Codes


def measure_values(frames: Frames, measures: Iterable[str | Measure] | None = None) -> pd.DataFrame:
    """Measures of every report: value, denominator and status.

    A blank cell is unknown, not zero, unless a total that the page prints proves it. A rate whose denominator is zero
    has no value. Values of rates are fractions.

    Args:
        frames: the reports.
        measures: ids of ``forms/measures.csv``, or measures; without it all counts, amounts and rates.

    Returns:
        One row a report, indexed by ``report_id``, in the order of ``frames.reports``. Columns in two levels: the
        measure, then ``value`` (NA when unknown), ``n`` (the denominator; NA for counts and amounts, or when unknown)
        and ``status``:

        ================  ==========================================================================================
        given             all cells it rests on are printed
        approximate       printed as a round figure (余, 多, 近 and the like)
        prose             stated in prose
        summed            a row's total is blank and is the sum of its printed parts
        proved            a blank is shown to be zero by a printed total
        blank, dash       a cell is empty or holds a dash: zero or unknown
        text, lost        words stand in a cell, or its number could not be assigned
        absent            a row or column is not on the page
        unseen            the figure was not looked for or not found in the prose
        not_in_form       the report's edition of the form does not have it, or counts it in another way
        contradictory     a part is larger than its whole, a count is negative, or two figures differ
        no_share          headline figures are not made into shares
        no_denominator    the denominator is not known
        zero_denominator  the denominator is zero
        ================  ==========================================================================================

    Raises:
        UsageError: no measure has this id, or two reports have the same ``report_id``.
    """
    chosen = pick_measures(measures)
    table = cells_of_frames(frames, (cell for m in chosen for cell in m.cells))
    made: dict[Hashable, Any] = {}
    for measure in chosen:
        found = evaluate(table, measure)
        n = np.full(len(table), np.nan) if found.denominator is None else found.denominator
        made[measure.id, "value"] = nullable(found.value)
        made[measure.id, "n"] = nullable(n).astype("Int64")
        made[measure.id, "status"] = status_column(found.status)
    index = pd.Index(frames.reports["report_id"], name="report_id")
    columns = pd.MultiIndex.from_product([[m.id for m in chosen], ["value", "n", "status"]], names=["measure", "part"])
    return pd.DataFrame(made, index=index, columns=columns)


def evaluate(table: CellTable, measure: Measure) -> Values:
    """One measure for all reports of a table of cells."""
    number, status = _added(table, measure.numerator)
    codes = [editions().index(edition) for edition in measure.editions]
    elsewhere = ~np.isin(table.edition, [*codes, -1])
    status[elsewhere] = STATUS["not_in_form"]
    below = None
    value = number
    if measure.kind == "index":
        return _index(table, measure, number, status)
    if measure.denominator:
        below, its_status = _added(table, measure.denominator)
        status = _rate_status(number, below, status, its_status, measure.proportion)
        with np.errstate(divide="ignore", invalid="ignore"):
            value = number / below
        if table.selective:
            status[:] = STATUS["no_share"]
    else:
        status[number < 0] = STATUS["contradictory"]
    return Values(np.where(status < UNKNOWN_FROM, value, np.nan), number, below, status)


def _index(table: CellTable, measure: Measure, number: Numbers, status: Codes) -> Values:
    """A number of one report. Parts of a concentration that do not make their total contradict it."""
    below = None
    value = number
    if measure.denominator:
        below, its_status = _added(table, measure.denominator)
        parts = number
        if measure.unit == "hhi":
            number = sum((table.cell(cell)[0] ** 2 for _, cell in measure.numerator), np.zeros(len(table)))
        status = _rate_status(number, below, status, its_status, proportion=False)
        with np.errstate(divide="ignore", invalid="ignore"):
            value = number / (below**2 if measure.unit == "hhi" else below)
        if measure.unit == "hhi":
            status[(status < UNKNOWN_FROM) & (parts != below)] = STATUS["contradictory"]
    return Values(np.where(status < UNKNOWN_FROM, value, np.nan), number, below, status)


def _rate_status(number: Numbers, below: Numbers, status: Codes, its_status: Codes, proportion: bool) -> Codes:
    made = np.maximum(status, np.where(its_status < UNKNOWN_FROM, its_status, 0)).astype(np.int8)
    known = made < UNKNOWN_FROM
    made[known & np.isnan(below)] = STATUS["no_denominator"]
    made[(number < 0) | (below < 0)] = STATUS["contradictory"]
    if proportion:
        made[number > below] = STATUS["contradictory"]
    made[(below == 0) & (np.isnan(number) | (number == 0) | (not proportion))] = STATUS["zero_denominator"]
    made[status == STATUS["not_in_form"]] = STATUS["not_in_form"]
    return made


def _added(table: CellTable, terms: tuple[Term, ...]) -> tuple[Numbers, Codes]:
    """Cells added up, with the worst of their statuses. Cells that a report's edition does not have are left out."""
    number, status = np.zeros(len(table)), np.zeros(len(table), dtype=np.int8)
    counted = np.zeros(len(table), dtype=bool)
    for piece in _pieces(table, terms):
        here, its_number, its_status = _piece(table, piece)
        number += np.where(here, its_number, 0.0)
        status = np.maximum(status, np.where(here, its_status, 0)).astype(np.int8)
        counted |= here
    number[~counted] = np.nan
    status[~counted] = STATUS["not_in_form"]
    return number, status


def _pieces(table: CellTable, terms: tuple[Term, ...]) -> list[tuple[Term, ...]]:
    """The terms apart, but those together whose sum is known to the table."""
    left = list(terms)
    made: list[tuple[Term, ...]] = []
    for cells in table.sums:
        if cells <= {cell for sign, cell in left if sign > 0}:
            made.append(tuple(term for term in left if term[1] in cells))
            left = [term for term in left if term[1] not in cells]
    return made + [(term,) for term in left]


def _piece(table: CellTable, terms: tuple[Term, ...]) -> tuple[Mask, Numbers, Codes]:
    if len(terms) > 1:
        number, status = _added(CellTable(table.names, table.numbers, table.status, table.edition), terms)
        total = table.sums[frozenset(cell for _, cell in terms)]
        status = np.where(np.isnan(total), status, STATUS["given"]).astype(np.int8)
        return np.ones(len(table), dtype=bool), np.where(np.isnan(total), number, total), status
    sign, cell = terms[0]
    number, status = table.cell(cell)
    return _in_form(cell)[table.edition], sign * number, status


@cache
def _in_form(cell: str) -> Mask:
    """Whether each edition has a cell; the last entry is for reports whose edition is not known."""
    of_form = [cell in load_form(edition).cells for edition in editions()]
    return np.array([not any(of_form) or has for has in of_form] + [True])


def status_column(status: Codes) -> Any:
    """Positions in ``MEASURE_STATUSES`` as a category column."""
    return pd.Categorical.from_codes(cast(Any, status), dtype=pd.CategoricalDtype(list(MEASURE_STATUSES)))

"""The DataFrames of a view, each from plain arrays: numbers in, one small DataFrame out."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt
import pandas as pd

from govreport.analysis import Measure, outcome_order, status_column
from govreport.explore.columns import NO_YEAR, Columns
from govreport.explore.regions import nameless
from govreport.explore.selection import Lang

Numbers = npt.NDArray[np.float64]
Ints = npt.NDArray[np.intp]
Mask = npt.NDArray[np.bool_]

RANKED = 40
LISTED = 500
UNTOLD = "unknown"
_SHARE_BINS = 20


@dataclass(frozen=True, eq=False, slots=True)
class Drawn:
    """The measure in some reports: their positions in ``Columns``, values and denominators.

    Attributes:
        at: positions, ascending.
        value: NaN where the measure is not known.
        numerator: what is added up where the value is known.
        denominator: None for counts and amounts.
        small: reports whose denominator is below the smallest n.
    """

    at: Ints
    value: Numbers
    numerator: Numbers
    denominator: Numbers | None
    small: Mask

    def told(self) -> Drawn:
        """The reports in which the measure is known."""
        return self.only(np.flatnonzero(~np.isnan(self.value)))

    def only(self, kept: Ints) -> Drawn:
        """Some of these reports, by their positions here."""
        if len(kept) == len(self.at) and (kept[1:] > kept[:-1]).all():
            return self
        below = None if self.denominator is None else self.denominator[kept]
        return Drawn(self.at[kept], self.value[kept], self.numerator[kept], below, self.small[kept])


class _Line(NamedTuple):
    """A line of the ranking: a report of ``drawn``, and whether its body is in the selection."""

    drawn: Drawn
    i: int
    inside: bool


def trend(columns: Columns, drawn: Drawn, known: Drawn, own: Drawn | None) -> pd.DataFrame:
    """The measure by year, years without a known figure among them; reports without a year are not in it.

    Args:
        columns: the reports.
        drawn: those of the selection.
        known: those of the selection in which the measure is known.
        own: those of the chosen body, None without one.
    """
    years = _years(columns.year[drawn.at], *([] if own is None else [columns.year[own.at]]))
    year = columns.year[known.at]
    rows = [_one_year(known, np.flatnonzero(year == y)) for y in years]
    made = {"year": _whole(years)} | {
        name: column([row[i] for row in rows])
        for i, (name, column) in enumerate(
            [("n", _whole), ("denominator", _real), ("pooled", _real), ("median", _real), ("q25", _real),
             ("q75", _real), ("n_median", _whole)]
        )
    }  # fmt: skip
    made["body"] = _real([_first_of(columns, own, y) for y in years])
    return pd.DataFrame(made)


def _years(*given: npt.NDArray[np.int16]) -> list[int]:
    """The years that occur, in order."""
    counts = np.bincount(np.concatenate(given).astype(np.intp) - NO_YEAR)
    return [int(y) + NO_YEAR for y in np.flatnonzero(counts) if y + NO_YEAR != NO_YEAR]


def _one_year(known: Drawn, at: Ints) -> tuple[float, ...]:
    value = known.value[at]
    shown = value[~known.small[at]]
    middle = np.quantile(shown, (0.5, 0.25, 0.75)) if len(shown) else np.full(3, np.nan)
    below = np.nan if known.denominator is None or not len(at) else float(known.denominator[at].sum())
    return (len(at), below, _pooled(known, at), *map(float, middle), len(shown))


def _pooled(known: Drawn, at: Ints) -> float:
    """Sum over sum for rates, the sum for counts; NaN where there is nothing to add or to divide by."""
    if not len(at):
        return np.nan
    total = float(known.numerator[at].sum())
    if known.denominator is None:
        return total
    below = float(known.denominator[at].sum())
    return total / below if below else np.nan


def _first_of(columns: Columns, own: Drawn | None, year: int) -> float:
    if own is None:
        return np.nan
    # of several reports on one year the first stands last, see columns_of
    found = np.flatnonzero((columns.year[own.at] == year) & ~np.isnan(own.value))
    return float(own.value[found[-1]]) if len(found) else np.nan


def latest(columns: Columns, known: Drawn) -> Drawn:
    """One report a body: the latest of those in which the measure is known."""
    body = columns.body[known.at]
    last = np.ones(len(body), dtype=bool)
    last[:-1] = body[1:] != body[:-1]
    return known.only(np.flatnonzero(last))


def ranking(columns: Columns, known: Drawn, body: int | None, own: Drawn | None, lang: Lang) -> pd.DataFrame:
    """Bodies by the value of their latest report, highest first; small ones at the end without a rank."""
    one = latest(columns, known)
    ranked = one.only(np.flatnonzero(~one.small))
    few = one.only(np.flatnonzero(one.small))
    top = _top(ranked.value, ranked.denominator, RANKED)
    lines = [_Line(ranked, int(i), True) for i in top]
    if few.denominator is not None:
        lines += [_Line(few, int(i), True) for i in _top(few.denominator, few.value, RANKED - len(lines))]
    if body is not None and not any(columns.body[line.drawn.at[line.i]] == body for line in lines):
        inside = np.flatnonzero(columns.body[one.at] == body)
        outside = None if own is None or len(inside) else latest(columns, own)
        if len(inside):
            lines.append(_Line(one, int(inside[0]), True))
        elif outside is not None and len(outside.at):
            lines.append(_Line(outside, 0, False))
    made = _ranking_rows(columns, lines, ranked.value, body, lang)
    made.attrs |= {"n_ranked": len(ranked.at), "n_small": len(few.at)}
    return made


def _ranking_rows(columns: Columns, lines: list[_Line], ranked: Numbers, body: int | None, lang: Lang) -> pd.DataFrame:
    at = [int(drawn.at[i]) for drawn, i, _ in lines]
    who = [columns.described(int(columns.body[position]), lang) for position in at]
    value = [float(drawn.value[i]) for drawn, i, _ in lines]
    small = [bool(drawn.small[i]) for drawn, i, _ in lines]
    rank = [
        1 + int((ranked > v).sum()) if line.inside and not few else np.nan
        for line, v, few in zip(lines, value, small, strict=True)
    ]
    year = [int(columns.year[position]) for position in at]
    return pd.DataFrame(
        {
            "rank": _whole(rank),
            "key": _text([body.key for body in who]),
            "agency": _text([body.agency for body in who]),
            "place": _text([body.place for body in who]),
            "kind": _text([body.kind for body in who]),
            "year": _whole([np.nan if y == NO_YEAR else y for y in year]),
            "value": _real(value),
            "n": _whole([np.nan if drawn.denominator is None else drawn.denominator[i] for drawn, i, _ in lines]),
            "small": small,
            "report_id": _text(columns.reports["report_id"].iloc[columns.line[at]].tolist()),
            "chosen": np.array([columns.body[position] == body for position in at], dtype=bool),
        }
    ).astype({"small": bool})


def _top(value: Numbers, then: Numbers | None, limit: int) -> Ints:
    """Positions of the highest, highest first; among equals those with the larger second number, then the first."""
    if limit <= 0:
        return np.zeros(0, dtype=np.intp)
    at = np.arange(len(value))
    if len(value) > limit:
        edge = np.partition(value, len(value) - limit)[len(value) - limit]
        above, equal = np.flatnonzero(value > edge), np.flatnonzero(value == edge)
        room = limit - len(above)
        if then is not None and len(equal) > room:
            equal = equal[np.argsort(-then[equal], kind="stable")]
        at = np.concatenate([above, equal[:room]])
    second = np.zeros(len(at)) if then is None else then[at]
    return at[np.lexsort((at, -second, -value[at]))]


def outcomes(counts: Numbers, own: Numbers | None, shares: bool) -> pd.DataFrame:
    """Outcomes of section three added up, the total column, and those of the chosen body.

    Args:
        counts: sums over the reports, an entry an outcome and the untold last.
        own: the same for the body's latest report, None without one.
        shares: whether shares may be made.
    """
    order = outcome_order()
    made: dict[str, Any] = {"outcome": _text([*order, UNTOLD]), "group": _text([*order.values(), UNTOLD])}
    for prefix, numbers in (("", counts), ("body_", own)):
        unknown = np.full(len(order) + 1, np.nan)
        total = 0.0 if numbers is None else float(numbers.sum())
        made[f"{prefix}count"] = _whole(unknown if numbers is None else numbers)
        made[f"{prefix}share"] = _real(numbers / total if numbers is not None and shares and total else unknown)
    return pd.DataFrame(made)


def distribution(measure: Measure, known: Drawn, body_value: float | None) -> pd.DataFrame:
    """How values spread: twenty equal bins for shares, bins by 1, 2, 5, 10 and one of zeros for all else."""
    log = not measure.proportion
    edges = _edges(known.value) if log else np.linspace(0.0, 1.0, _SHARE_BINS + 1)
    bins = len(edges) - 1 + log
    if log:
        at = np.where(known.value > 0, np.searchsorted(edges, known.value, side="right"), 0)
    else:
        # without the small addition 0.15 would fall below its bin
        at = np.minimum((known.value * _SHARE_BINS + 1e-9).astype(np.intp), bins - 1)
    counts = np.bincount(at + bins * known.small, minlength=2 * bins).astype(np.int64)
    left, right = edges[:-1], edges[1:]
    if log:
        left, right = np.append(0.0, left), np.append(0.0, right)
    made = pd.DataFrame({"left": left, "right": right, "count": counts[:bins], "small": counts[bins:]})
    n_small = int(known.small.sum())
    made.attrs |= {"log": log, "body_value": body_value, "n": len(known.at) - n_small, "n_small": n_small}
    return made


@cache
def _steps(low: int, high: int) -> tuple[float, ...]:
    return tuple(float(f"{step}e{power}") for power in range(low, high + 1) for step in (1, 2, 5))


def _edges(values: Numbers) -> Numbers:
    """Sides of the bins above zero: 1, 2, 5, 10 ... from below the lowest value to above the highest."""
    above = values[values > 0]
    if not len(above):
        return np.zeros(1)
    low, high = float(above.min()), float(above.max())
    steps = np.array(_steps(int(np.floor(np.log10(low))) - 1, int(np.floor(np.log10(high))) + 1))
    first, last = np.searchsorted(steps, [low, high], side="right")
    return steps[first - 1 : last + 1]


def provinces(columns: Columns, known: Drawn, chosen: str | None, lang: Lang) -> pd.DataFrame:
    """Reports and the pooled value of each province; those of unknown region stand last."""
    names = [*columns.regions.names("province"), nameless("province", lang)]
    at = columns.province[known.at]
    at = np.where(at < 0, len(names) - 1, at)
    n = np.bincount(at, minlength=len(names))
    total = np.bincount(at, weights=known.numerator, minlength=len(names))
    if known.denominator is not None:
        below = np.bincount(at, weights=known.denominator, minlength=len(names))
        total = np.divide(total, below, out=np.full(len(names), np.nan), where=below > 0)
    shown = [code for code in [*columns.regions.in_order("province"), len(names) - 1] if n[code]]
    return pd.DataFrame(
        {
            "province": _text([names[code] for code in shown]),
            "n": _whole(n[shown]),
            "value": _real(total[shown]),
            "chosen": np.array([names[code] == chosen for code in shown], dtype=bool),
        }
    )


def table(
    columns: Columns, drawn: Drawn, status: npt.NDArray[np.int8], body: int | None, limit: int | None
) -> pd.DataFrame:
    """The reports behind the picture: the chosen body first, then highest first, unknown last."""
    value = np.where(np.isnan(drawn.value), -np.inf, drawn.value)
    if body is not None:
        value = np.where(columns.body[drawn.at] == body, np.inf, value)
    top = _top(value, None, len(value) if limit is None else limit)
    made = columns.reports.iloc[columns.line[drawn.at[top]]].reset_index(drop=True)
    made["value"] = _real(drawn.value[top])
    made["n"] = _whole(np.full(len(top), np.nan) if drawn.denominator is None else drawn.denominator[top])
    made["status"] = status_column(status[top])
    return made[
        ["agency", "agency_kind", "province", "city", "county", "year", "value", "n", "status", "n_findings", "url",
         "report_id"]
    ]  # fmt: skip


def _whole(values: Any) -> Any:
    """Whole numbers that can be unknown."""
    numbers = np.asarray(values, dtype=np.float64)
    unknown = np.isnan(numbers)
    return pd.arrays.IntegerArray(np.where(unknown, 0, numbers).astype(np.int64), unknown)


def _real(values: Any) -> Any:
    """Numbers that can be unknown."""
    numbers = np.array(values, dtype=np.float64)
    return pd.arrays.FloatingArray(numbers, np.isnan(numbers))


def _text(values: list[str]) -> Any:
    return pd.array(values, dtype="string")

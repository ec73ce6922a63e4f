"""Rates of groups of reports with intervals, with what was left out and what to beware of."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Literal, cast

import numpy as np
import numpy.typing as npt
import pandas as pd

from govreport.analysis.cells import STATUS, UNKNOWN_FROM, cells_of_frames
from govreport.analysis.intervals import (
    Clustered,
    Interval,
    check_level,
    clopper_pearson,
    clustered_interval,
    effective_trials,
    garwood,
    median_interval,
    wilson,
)
from govreport.analysis.measures import Lang, Measure, load_breaks, pick_measures
from govreport.analysis.peers import NO_YEAR, body_codes, breaks_of, expect_frames, levels, thresholds, years_of
from govreport.analysis.values import Values, evaluate, status_column
from govreport.errors import UsageError
from govreport.forms.words import text_of
from govreport.frames import Frames

Numbers = npt.NDArray[np.float64]
Codes = npt.NDArray[np.intp]
Mask = npt.NDArray[np.bool_]
IntervalName = Literal["wilson", "exact"]

_DTYPES = {
    "value": "Float64", "numerator": "Float64", "n": "Float64", "reports": "Int64", "low": "Float64",
    "high": "Float64", "median": "Float64", "median_low": "Float64", "median_high": "Float64", "left_out": "Int64",
    "why": "string", "flags": "string",
}  # fmt: skip


def flag_text(flag: str, lang: Lang = "zh", **values: object) -> str:
    """What a flag of ``rates`` means, from ``forms/rate_flags.csv``.

    >>> flag_text("across_2021", "en")
    'Puts together reports from both sides of the break of 2020/2021'

    Raises:
        UsageError: no flag has this name.
    """
    named = {name: f"{value:g}" for name, value in thresholds().items()}
    told = {"stable": named["stable_n"], "few": named["few_clusters"], **named, **values}
    return text_of("rate_flags", "flag", flag, lang, **told)


@dataclass(frozen=True, eq=False)
class _Told:
    """The measure in all reports: numbers, zero where it is not known, with the group of each report."""

    measure: Measure
    found: Values
    known: Mask
    group: Codes
    count: int

    def summed(self, numbers: Numbers | None) -> Numbers:
        """Sums over the groups; NaN without numbers or without a report that tells it."""
        if numbers is None:
            return np.full(self.count, np.nan)
        added = np.bincount(self.group, np.where(self.known, numbers, 0.0), self.count)
        return np.where(self.counted(self.known) > 0, added, np.nan)

    def counted(self, which: Mask) -> Codes:
        """Number of reports in each group."""
        return np.bincount(self.group[which], minlength=self.count)


def rates(
    frames: Frames,
    measure: str | Measure,
    by: str | Iterable[str] = ("year",),
    *,
    interval: IntervalName = "wilson",
    level: float = 0.95,
    cluster: str | None = None,
    exposure: pd.Series | None = None,
) -> pd.DataFrame:
    """A measure over groups of reports, with intervals, and with what was left out and why.

    A rate of a group is the sum of its numerators over the sum of its denominators. A report counts where
    ``measure_values`` has a value: a blank in a numerator is not a zero unless the page proves it.

    ``cluster="agency"`` widens the interval for what hangs together: requests come in clusters, since a few people
    file many, and these are handled alike. The page does not name them, so that the body stands for them; without a
    cluster the interval of a rate is that of independent requests, and too narrow.

    >>> from govreport.bundled import sample
    >>> found = rates(sample().select(agency="宿迁市人民政府", year=2024), "not_held_share")
    >>> found[["numerator", "n", "reports"]].iloc[0].to_list()
    [897.0, 3521.0, 1.0]

    Args:
        frames: the reports.
        measure: id of ``forms/measures.csv``, or a measure.
        by: columns of ``frames.reports``, or "level" (province, city, county, town); () for one row over all.
            Reports that do not tell a column form a group of their own, with NA.
        interval: "wilson" (Wilson 1927) or "exact" (Clopper and Pearson 1934; needs scipy).
        level: confidence level.
        cluster: "agency", or a column of ``frames.reports`` whose equal values hang together; see ``intervals`` for
            the formulas. Needs scipy.
        exposure: for counts, a number for each ``report_id`` to divide by, such as population or staff; the value is
            then a rate of the sum, with the exact interval of a count (Garwood 1936; needs scipy).

    Returns:
        One row a group, in order. Columns after those of ``by``:

        =============================  =============================================================================
        value, Float64                 rates: pooled, a fraction; counts and amounts: the sum; indices: the median
        numerator, n, Float64          what was divided; n is NA for counts and amounts without exposure
        reports, Int64                 reports that tell it
        low, high, Float64             limits of value; NA for ratios and for sums, which are no samples; for indices
                                       those of the median
        median, Float64                of the single reports' values, each counting the same
        median_low, median_high        its limits from order statistics; NA below 6 reports at 95%
        left_out, Int64                reports that do not tell it
        why, string                    their statuses, as in "blank 2, absent 1"; NA when none is left out
        flags, string                  names of ``forms/rate_flags.csv`` with blanks between; "" when there is none
        =============================  =============================================================================

        ``break_2021`` marks the first row of a series by year on the other side of that break, ``across_2021`` a row
        that puts both sides together. Ratios have no interval: their numerator is no part of their denominator.
        ``attrs["notice"]`` (and ``notice_zh``) says what concerns the whole, such as breaks crossed; it is "" when
        there is nothing to say. Empty frames give no rows and a notice.

    Raises:
        UsageError: no such measure or column, a level that is no probability, an exposure that does not fit, or scipy
            is not installed.
    """
    expect_frames(frames, "rates")
    chosen = pick_measures([measure])[0]
    columns = [by] if isinstance(by, str) else list(by)
    check_level(level)
    if interval not in ("wilson", "exact"):
        raise UsageError(f"interval should be 'wilson' or 'exact', found {interval!r}")
    reports = _with_level(frames.reports)
    _refuse_columns(reports, columns, cluster)
    keys, group = _groups(reports, columns)
    found = evaluate(cells_of_frames(frames, chosen.cells), chosen)
    if exposure is not None:
        found = _exposed(found, chosen, reports, exposure)
    told = _Told(chosen, found, found.status < UNKNOWN_FROM, group, len(keys))
    made = _numbers(told, exposure is not None)
    low, high = _limits(told, made, reports, cluster, interval, level, exposure is not None)
    made |= _medians(told, level)
    made |= {"low": low, "high": high} if chosen.kind != "index" else _median_as_value(made)
    made |= {"left_out": told.counted(~told.known), "why": _why(told)}
    made["flags"] = _flag(told, made, reports, keys, cluster)
    table = keys.assign(**{name: pd.array(made[name], dtype=cast(Any, dtype)) for name, dtype in _DTYPES.items()})
    table.attrs |= _notices(told, table)
    return table


def _with_level(reports: pd.DataFrame) -> pd.DataFrame:
    return reports if "level" in reports else reports.assign(level=levels(reports))


def _refuse_columns(reports: pd.DataFrame, columns: list[str], cluster: str | None) -> None:
    asked = [*columns, *([] if cluster is None else [cluster])]
    if strangers := [name for name in asked if name not in reports]:
        there_are = ", ".join(map(str, reports.columns))
        raise UsageError(f"by and cluster name columns of reports; found {', '.join(strangers)}; there are {there_are}")
    if taken := sorted(set(columns) & set(_DTYPES)):
        raise UsageError(f"rates has columns of its own called {', '.join(taken)}; rename those of reports first")
    if doubled := sorted({name for name in columns if columns.count(name) > 1}):
        raise UsageError(f"by should name each column once; found twice: {', '.join(doubled)}")


def _groups(reports: pd.DataFrame, columns: list[str]) -> tuple[pd.DataFrame, Codes]:
    """The groups that occur, in order, and the group of each report."""
    if not columns:
        return pd.DataFrame(index=range(min(len(reports), 1))), np.zeros(len(reports), dtype=np.intp)
    grouped = reports.groupby(columns, observed=True, dropna=False, sort=True)
    group = grouped.ngroup().to_numpy().astype(np.intp)
    _, first = np.unique(group, return_index=True)
    return reports[columns].iloc[first].reset_index(drop=True), group


def _exposed(found: Values, measure: Measure, reports: pd.DataFrame, exposure: pd.Series) -> Values:
    if measure.kind != "count":
        raise UsageError(f"exposure divides counts; {measure.id} is of the kind {measure.kind}: leave exposure out")
    if not isinstance(exposure, pd.Series):
        raise UsageError(f"exposure should be a Series indexed by report_id, found {type(exposure).__name__}")
    if not exposure.index.is_unique:
        raise UsageError("exposure should have one number for each report_id in its index, found some twice")
    below = reports["report_id"].astype("object").map(exposure).to_numpy(dtype=np.float64, na_value=np.nan)
    if (below < 0).any() or np.isnan(below).all():
        raise UsageError("exposure should be a Series of positive numbers, indexed by report_id; none or negative ones "
                         "were found for these reports")  # fmt: skip
    status = found.status.copy()
    status[(status < UNKNOWN_FROM) & np.isnan(below)] = STATUS["no_denominator"]
    status[(status < UNKNOWN_FROM) & (below == 0)] = STATUS["zero_denominator"]
    with np.errstate(divide="ignore", invalid="ignore"):
        value = np.where(status < UNKNOWN_FROM, found.numerator / below, np.nan)
    return Values(value, found.numerator, below, status)


def _numbers(told: _Told, exposed: bool) -> dict[str, Any]:
    numerator = told.summed(told.found.numerator)
    n = told.summed(told.found.denominator)
    value = numerator
    if told.measure.kind == "index":
        numerator, n, value = (np.full(told.count, np.nan) for _ in range(3))
    elif told.measure.kind == "rate" or exposed:
        with np.errstate(divide="ignore", invalid="ignore"):
            value = numerator / n
    return {"value": value, "numerator": numerator, "n": n, "reports": told.counted(told.known)}


def _limits(
    told: _Told,
    made: dict[str, Any],
    reports: pd.DataFrame,
    cluster: str | None,
    name: str,
    level: float,
    exposed: bool,
) -> Interval:
    none = np.full(told.count, np.nan)
    if exposed:
        low, high = garwood(made["numerator"], level)
        return Interval(low / made["n"], high / made["n"])
    if not told.measure.proportion:
        return Interval(none, none)
    if cluster is None:
        make = wilson if name == "wilson" else clopper_pearson
        return make(made["numerator"], made["n"], level)
    found = _clusters(told, reports, cluster)
    made["clusters"] = found.clusters
    return clustered_interval(made["value"], found, name, level)


def _clusters(told: _Told, reports: pd.DataFrame, cluster: str) -> Clustered:
    """Bodies of the same name in other places are other bodies. What has no cluster is one by itself."""
    if cluster == "agency":
        codes = body_codes(reports)
    else:
        codes = np.asarray(pd.factorize(reports[cluster].astype("object"))[0], dtype=np.intp)
        codes = np.where(codes < 0, codes.max(initial=0) + 1 + np.arange(len(codes)), codes)
    at, below = told.known, told.found.denominator
    if below is None:
        raise UsageError(f"{told.measure.id} has no denominator")
    return effective_trials(told.found.numerator[at], below[at], told.group[at], codes[at], told.count)


def _medians(told: _Told, level: float) -> dict[str, Any]:
    value, group = told.found.value[told.known], told.group[told.known]
    order = np.lexsort((value, group))
    edges = np.searchsorted(group[order], np.arange(told.count + 1))
    parts = [value[order[edges[i] : edges[i + 1]]] for i in range(told.count)]
    ends = np.array([median_interval(part, level) for part in parts]).reshape(-1, 2)
    middle = np.array([np.median(part) if len(part) else np.nan for part in parts])
    return {"median": middle, "median_low": ends[:, 0], "median_high": ends[:, 1]}


def _median_as_value(made: dict[str, Any]) -> dict[str, Any]:
    return {"value": made["median"], "low": made["median_low"], "high": made["median_high"]}


def _why(told: _Told) -> list[str | None]:
    rows = pd.DataFrame({"group": told.group, "status": status_column(told.found.status)})[~told.known]
    counts = rows.groupby(["group", "status"], observed=True).size().sort_values(ascending=False, kind="stable")
    made: dict[int, list[str]] = {}
    for key, times in counts.items():
        group, status = cast("tuple[int, str]", key)
        made.setdefault(int(group), []).append(f"{status} {times}")
    return [", ".join(made[g]) if g in made else None for g in range(told.count)]


def _flag(
    told: _Told, made: dict[str, Any], reports: pd.DataFrame, keys: pd.DataFrame, cluster: str | None
) -> list[str]:
    limit = thresholds()
    n = np.nan_to_num(made["n"]) if told.measure.kind == "rate" else np.full(told.count, np.inf)
    flags = {
        "no_value": made["reports"] == 0,
        "small_n": (n < limit["min_n"]) & (made["reports"] > 0),
        "medium_n": (n >= limit["min_n"]) & (n < limit["stable_n"]),
        "incomplete": (made["left_out"] > 0) & (made["reports"] > 0) & (told.measure.kind in ("count", "amount")),
        "inexact": told.counted(told.known & np.isin(told.found.status, [STATUS["approximate"], STATUS["prose"]])) > 0,
        "dominated": _dominated(told, made["n"], limit["dominated"]),
        "doubled": _doubled(told, reports),
    }
    if cluster is not None and "clusters" in made:
        flags["one_cluster"] = made["clusters"] == 1
        flags["few_clusters"] = (made["clusters"] > 1) & (made["clusters"] < limit["few_clusters"])
    flags |= _breaks_met(told, years_of(reports), keys)
    return [" ".join(name for name, met in flags.items() if met[g]) for g in range(told.count)]


def _dominated(told: _Told, n: Numbers, share: float) -> Mask:
    largest = np.zeros(told.count)
    if told.measure.kind != "rate" or told.found.denominator is None:
        return largest > 0
    np.maximum.at(largest, told.group[told.known], told.found.denominator[told.known])
    return (largest > share * np.nan_to_num(n)) & (told.counted(told.known) > 1)


def _doubled(told: _Told, reports: pd.DataFrame) -> Mask:
    rows = pd.DataFrame({"group": told.group, "body": body_codes(reports), "year": years_of(reports)})
    rows = rows[told.known & (rows["year"] != NO_YEAR)]
    met = np.zeros(told.count, dtype=bool)
    met[rows.loc[rows.duplicated(), "group"]] = True
    return met


def _breaks_met(told: _Told, year: Codes, keys: pd.DataFrame) -> dict[str, Mask]:
    """Rows that put both sides of a break together, and first rows of a series on the other side of one."""
    dated = told.known & (year != NO_YEAR)
    first, last = np.full(told.count, 9999), np.full(told.count, NO_YEAR)
    np.minimum.at(first, told.group[dated], year[dated])
    np.maximum.at(last, told.group[dated], year[dated])
    flags = {f"across_{b}": (first < b) & (b <= last) for b in breaks_of(told.measure)}
    if "year" not in keys or not len(keys):
        return flags
    others = [column for column in keys if column != "year"]
    series = np.zeros(len(keys), dtype=np.intp)
    if others:
        series = np.asarray(keys.groupby(others, observed=True, dropna=False).ngroup(), dtype=np.intp)
    for break_ in breaks_of(told.measure):
        flags[f"break_{break_}"] = _first_after(break_, series, first, last != NO_YEAR)
    return flags


def _first_after(break_: int, series: Codes, first: Codes, dated: Mask) -> Mask:
    """The earliest row of each series from a break on, where the series has rows before it."""
    count = int(series.max(initial=0)) + 1
    before, earliest = np.zeros(count, dtype=bool), np.full(count, 9999)
    before[series[dated & (first < break_)]] = True
    after = dated & (first >= break_)
    np.minimum.at(earliest, series[after], first[after])
    return np.asarray(after & before[series] & (first == earliest[series]))


def _notices(told: _Told, table: pd.DataFrame) -> dict[str, str]:
    flags = " ".join(table["flags"]).split()
    met = [b for b in load_breaks() if f"break_{b.year}" in flags or f"across_{b.year}" in flags]
    made = {}
    for key, lang in (("notice", "en"), ("notice_zh", "zh")):
        language = cast(Lang, lang)
        said = ""
        if not len(table):
            said = flag_text("notice.empty", language)
        elif not told.known.any():
            counts = pd.Series(status_column(told.found.status)).value_counts()
            why = ", ".join(f"{status} {count}" for status, count in counts[counts > 0].items())
            said = flag_text("notice.none", language, measure=told.measure.name(language), why=why)
        elif met:
            joint = "、" if lang == "zh" else ", "
            said = flag_text("notice.break", language, breaks=joint.join(b.name(language) for b in met))
        made[key] = said
    return made

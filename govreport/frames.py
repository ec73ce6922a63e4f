"""Reports as tidy DataFrames, with the columns, types and keys that ``forms/frames.csv`` declares.

One row is one observation as reported; nothing is derived and nothing is filled in. ``data/DICTIONARY.md`` explains
every column.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cache
from typing import Any, NamedTuple, cast

import numpy as np
import pandas as pd

from govreport.errors import FormError, UsageError
from govreport.forms import TABLES, load_form
from govreport.model import ABSENT, SEVERITIES, Finding, Report, Value
from govreport.rebuild import OPTIONAL_FIELDS, REPORT_FIELDS, rebuild_reports
from govreport.schema import (
    AGENCY_KINDS,
    KEYS,
    REPORT_KEYS,
    all_cells,
    as_declared,
    categories,
    outcome_groups,
    schema,
    stacked,
)

_INT64 = 2**63


class Failure(NamedTuple):
    """A source that could not be read: its name, the kind of error (``GovreportError.kind``) and the reason."""

    source: str
    kind: str
    message: str


@dataclass(frozen=True, eq=False, repr=False)
class Frames:
    """All reports of a run as DataFrames, joined by ``report_id``. Made by ``open_reports`` and ``to_frames``.

    NA in a number column means that the page gives no number; ``status`` says why: blank, dash, text, absent, lost.
    A blank is not a zero. Making one raises nothing; its methods say what they raise.

    Attributes:
        reports: one row a report: who, where, when, which edition, where it came from.
        disclosure: one row a cell of section two. ``value`` counts items or decisions; amounts are in 10 000 yuan.
        applications: one row a cell of section three. ``count`` is a number of requests.
        litigation: one row a cell of section four. ``count`` is a number of cases.
        statistics: one row a cell of the statistics returns before 2019, which have one table and no section numbers.
        sections: one row a section of text.
        statements: one row a figure stated in prose.
        findings: one row a doubt: what does not add up and what was not understood.
        failures: one row a source that could not be read, with the reason.
    """

    reports: pd.DataFrame
    disclosure: pd.DataFrame
    applications: pd.DataFrame
    litigation: pd.DataFrame
    statistics: pd.DataFrame
    sections: pd.DataFrame
    statements: pd.DataFrame
    findings: pd.DataFrame
    failures: pd.DataFrame

    @staticmethod
    def names() -> tuple[str, ...]:
        """Names of the frames, in order."""
        return tuple(Frames.__dataclass_fields__)

    def items(self) -> Iterator[tuple[str, pd.DataFrame]]:
        """Name and DataFrame of each frame, in order."""
        return ((name, getattr(self, name)) for name in self.names())

    def __len__(self) -> int:
        return len(self.reports)

    def with_findings(self, findings: pd.DataFrame) -> Frames:
        """The same frames with other findings, and ``reports.n_findings`` counted again.

        Raises:
            FormError: the findings do not have the declared columns.
        """
        findings = as_declared("findings", findings)
        per_report = findings["report_id"].value_counts()
        counted = self.reports["report_id"].map(per_report).fillna(0).astype("Int32")
        return replace(self, findings=findings, reports=self.reports.assign(n_findings=counted))

    @staticmethod
    def concat(parts: Iterable[Frames]) -> Frames:
        """Several Frames as one, in order. A ``report_id`` met again gets the suffix -2, -3.

        Findings that need several reports are not made again; ``run_checks`` does that.

        Raises:
            UsageError: there is nothing to put together.
        """
        ids = _Ids()
        renamed = [
            part._renamed({key: ids.new(key.partition("-")[0]) for key in part.reports["report_id"]}) for part in parts
        ]
        if not renamed:
            raise UsageError("Frames.concat expects at least one Frames, found none")
        return Frames(*(stacked(name, [getattr(part, name) for part in renamed]) for name in Frames.names()))

    def _renamed(self, new: dict[str, str]) -> Frames:
        changed = {old: key for old, key in new.items() if old != key}
        if not changed:
            return self
        return self._each(lambda frame: frame.assign(report_id=frame["report_id"].replace(cast(Any, changed))))

    def _each(self, change: Any) -> Frames:
        """Every frame of reports changed; ``failures`` has no key and stays as it is."""
        return Frames(*(change(frame) if "report_id" in frame else frame for _, frame in self.items()))

    def select(
        self,
        *,
        year: int | Iterable[int] | None = None,
        province: str | Iterable[str] | None = None,
        kind: str | Iterable[str] | None = None,
        agency: str | Iterable[str] | None = None,
        report_ids: str | Iterable[str] | None = None,
    ) -> Frames:
        """Only the reports that meet all conditions, in every frame. ``failures`` is kept as it is.

        >>> to_frames([]).select(year=range(2021, 2024), kind="street")
        <Frames: no reports>

        Args:
            year: year reported on, or several.
            province: name of the province level, or several.
            kind: kind of agency, or several.
            agency: full name of the agency, or several.
            report_ids: key of a report, or several.

        Raises:
            UsageError: an unknown kind of agency or an unknown report.
        """
        conditions = {
            "year": year,
            "province": province,
            "agency_kind": kind,
            "agency": agency,
            "report_id": report_ids,
        }
        keep = np.ones(len(self.reports), dtype=bool)
        for column, wanted in conditions.items():
            if wanted is not None:
                items = [wanted] if isinstance(wanted, str | int) else list(wanted)
                self._refuse_unknown(column, items)
                keep &= self.reports[column].isin(items).to_numpy(dtype=bool)
        kept = self.reports["report_id"][keep]
        return self._each(lambda frame: frame[frame["report_id"].isin(kept)].reset_index(drop=True))

    def _refuse_unknown(self, column: str, items: Sequence[Any]) -> None:
        """A typing error in a year or a place gives an empty selection; in a kind or a key it is told."""
        known: dict[str, Iterable[str]] = {"agency_kind": AGENCY_KINDS, "report_id": self.reports["report_id"]}
        if unknown := sorted(set(items) - set(known.get(column, items))):
            there_are = ", ".join(list(known[column])[:6])
            raise UsageError(f"no {column} is {', '.join(map(repr, unknown))}; there are {there_are} ...")

    def wide(self, table: str = "applications") -> pd.DataFrame:
        """A panel: one row a report, one column a cell under its full name, after the keys of the report.

        The columns are those of all editions, so that years can be compared; NA where the page gives no number or
        where the report's edition has no such cell.

        Args:
            table: "disclosure", "applications", "litigation", "statistics" or "all".

        Raises:
            UsageError: no table has this name.
        """
        if table not in (*TABLES, "all"):
            raise UsageError(f"no table is called {table!r}; there are {', '.join(TABLES)} and all")
        panels = [self._panel(name) for name in (TABLES if table == "all" else (table,))]
        return pd.concat([self.reports[list(REPORT_KEYS)], *panels], axis=1)

    def _panel(self, table: str) -> pd.DataFrame:
        row, column, number = KEYS[table]
        frame = getattr(self, table)
        names = all_cells(table)
        at = np.zeros((len(categories(table, row)), len(categories(table, column))), dtype=np.int64)
        for position, name in enumerate(names):
            _, r, c = name.split(".")
            at[categories(table, row).index(r), categories(table, column).index(c)] = position
        line = pd.Index(self.reports["report_id"]).get_indexer(pd.Index(frame["report_id"]))
        where = (line, at[frame[row].cat.codes.to_numpy(), frame[column].cat.codes.to_numpy()])
        dtype: Any = schema(table)[number]
        found = np.zeros((len(self), len(names)), dtype=np.float64 if dtype == "Float64" else np.int64)
        empty = np.ones(found.shape, dtype=bool)
        found[where] = frame[number].to_numpy(dtype=found.dtype, na_value=0)
        empty[where] = frame[number].isna().to_numpy()
        panel = pd.DataFrame(found, columns=list(names), index=self.reports.index)
        return panel.astype(dtype).mask(empty)

    def long(self) -> pd.DataFrame:
        """All cells of all tables in one long table: keys of the report, cell, value, status, raw, place.

        ``cell`` is the full name, ``value`` is NA unless ``status`` is given; amounts are in 10 000 yuan.
        """
        cells = pd.concat([self._named_cells(table) for table in TABLES], ignore_index=True)
        line = pd.Series(pd.Index(self.reports["report_id"]).get_indexer(pd.Index(cells["report_id"])))
        cells = cells.iloc[line.sort_values(kind="stable").index]
        keyed = self.reports[list(REPORT_KEYS)].merge(cells, on="report_id", how="inner")
        return keyed[[*REPORT_KEYS, "cell", "value", "status", "raw", "place"]]

    def _named_cells(self, table: str) -> pd.DataFrame:
        row, column, number = KEYS[table]
        frame = getattr(self, table)
        names = table + "." + frame[row].astype("string") + "." + frame[column].astype("string")
        kept = frame[["report_id", "status", "raw", "place"]]
        return cast(pd.DataFrame, kept.assign(cell=names, value=frame[number].astype("Float64")))

    def show(self, report_id: str) -> Report:
        """One report again as a ``Report``: in Jupyter it shows itself as the filled-in form.

        Raises:
            UsageError: no report has this key.
        """
        return next(self.select(report_ids=report_id).iter_reports())

    def iter_reports(self) -> Iterator[Report]:
        """The reports again as ``Report`` objects, one at a time, with all that ``findings`` holds about them."""
        return rebuild_reports(self.reports, self.long(), self.sections, self.statements, self.findings)

    def sql(self, query: str, *, files: bool = False) -> pd.DataFrame:
        """The answer of DuckDB to one SELECT; the tables are named as the frames, categories are text.

        >>> to_frames([]).sql("select count(*) as reports from reports")["reports"].tolist()
        [0]

        Args:
            query: the SELECT.
            files: let the query read and write files of this machine too; for queries that you wrote yourself.

        Returns:
            A DataFrame with nullable types.

        Raises:
            UsageError: the query is wrong, with DuckDB's reason and the tables and columns there are; or DuckDB is not
                installed.
        """
        from govreport.query import query_frames

        return query_frames(self, query, files=files)

    def __repr__(self) -> str:
        unread = f"{len(self.failures)} sources not read"
        if self.reports.empty:
            return f"<Frames: no reports, {unread}>" if len(self.failures) else "<Frames: no reports>"
        years = self.reports["year"].dropna()
        span = f" on {years.min()}-{years.max()}" if len(years) else ""
        severity = self.findings["severity"].value_counts()
        doubts = ", ".join(f"{severity[s]} {s}" for s in SEVERITIES)
        places = self.reports["province"].nunique()
        return (
            f"<Frames: {len(self)} reports{span}, {places} province{'s' * (places != 1)}; findings: {doubts}; {unread}>"
        )

    def _repr_html_(self) -> str:
        """Counts, years, provinces, worst findings; all page text escaped."""
        from govreport.show import frames_html

        return frames_html(self)


def to_frames(reports: Iterable[Report | Failure]) -> Frames:
    """Reports as tidy frames: one row a cell, cells that are not on the page included (status "absent").

    An empty iterable gives empty frames with the declared types. A report met again, by the digest of its bytes,
    gets the suffix -2, -3 to its ``report_id``. A ``Failure`` among the reports becomes a row of ``failures``.

    >>> frames = to_frames([])
    >>> len(frames.reports), str(frames.applications["count"].dtype)
    (0, 'Int64')

    Raises:
        FormError: a report names a cell, a rule or a kind that ``forms/`` does not know.
        UsageError: something that is not a Report.
    """
    made: _Columns = {name: {column: [] for column in schema(name)} for name in Frames.names()}
    ids = _Ids()
    for report in reports:
        if isinstance(report, Failure):
            _append(made["failures"], report)
        elif isinstance(report, Report):
            _add_report(made, ids.new(report.report_id), report)
        else:
            raise UsageError(f"to_frames expects Report objects, found {type(report).__name__}; use parse_report first")
    return Frames(*(as_declared(name, columns) for name, columns in made.items()))


_Columns = dict[str, dict[str, list[Any]]]


class _Ids:
    """Report keys that are not used twice."""

    def __init__(self) -> None:
        self.met: Counter[str] = Counter()

    def new(self, base: str) -> str:
        self.met[base] += 1
        return base if self.met[base] == 1 else f"{base}-{self.met[base]}"


def _append(columns: dict[str, list[Any]], values: Sequence[Any]) -> None:
    for column, value in zip(columns.values(), values, strict=True):
        column.append(value)


def _add_report(made: _Columns, key: str, report: Report) -> None:
    doubts = list(report.findings)
    given = sum(_add_cells(made[table], key, report, table, doubts) for table in TABLES)
    own = {name: getattr(report, name) for name in REPORT_FIELDS} | report.region._asdict()
    own |= {name: own[name] or None for name in OPTIONAL_FIELDS}
    own |= {"report_id": key, "n_given": given, "n_findings": len(doubts)}
    _append(made["reports"], [own[column] for column in schema("reports")])
    for section in report.sections:
        _append(made["sections"], (key, *section))
    for statement in report.statements:
        _append(made["statements"], (key, *statement))
    for doubt in doubts:
        _append(made["findings"], (key, doubt.rule, doubt.severity, " ".join(doubt.cells), *doubt[3:]))


def _add_cells(out: dict[str, list[Any]], key: str, report: Report, table: str, doubts: list[Finding]) -> int:
    """Adds the cells of one table; gives how many have a number."""
    names, rows, columns = _layout(_cell_names(report), table)
    values = [report.cells.get(name, ABSENT) for name in names]
    kept = [_kept(name, value, KEYS[table][2], doubts) for name, value in zip(names, values, strict=True)]
    row, column, number = KEYS[table]
    out["report_id"] += [key] * len(names)
    out[row] += rows
    out[column] += columns
    out[number] += [n for n, _ in kept]
    out["status"] += [status for _, status in kept]
    out["raw"] += [v.raw for v in values]
    out["place"] += [v.place for v in values]
    if "outcome_group" in out:
        out["outcome_group"] += [outcome_groups()[r] for r in rows]
    return sum(n is not None for n, _ in kept)


def _cell_names(report: Report) -> tuple[str, ...]:
    """All cells of the report's edition; where the edition is not known, those the report names."""
    names = load_form(report.edition).cells if report.edition else tuple(report.cells)
    known = set(names) if report.edition else {cell for table in TABLES for cell in all_cells(table)}
    if strangers := sorted(report.cells.keys() - known):
        raise FormError(f"{report.source}: edition {report.edition} of the form has no cell {', '.join(strangers[:5])}")
    return names


@cache
def _layout(cells: tuple[str, ...], table: str) -> tuple[list[str], list[str], list[str]]:
    names = [cell for cell in cells if cell.startswith(f"{table}.")]
    parts = [name.split(".") for name in names]
    return names, [part[1] for part in parts], [part[2] for part in parts]


def _kept(name: str, value: Value, column: str, doubts: list[Finding]) -> tuple[int | float | None, str]:
    """Number and status as the frame can hold them; what it cannot hold becomes "text", with a finding."""
    number = value.number
    if number is None or value.status != "given":
        return None, value.status
    if type(number) is int and -_INT64 <= number < _INT64:
        return number, "given"
    if type(number) is float and math.isfinite(number) and (column == "value" or number.is_integer()):
        return (number if column == "value" else int(number)), "given"
    if not any(name in doubt.cells for doubt in doubts):
        raw = value.raw[:40]
        message = f"{name}: a number that can be counted with was expected, found {raw!r} at {value.place}"
        doubts.append(Finding("text_in_cell", "warning", (name,), "a whole number", raw, message))
    return None, "text"

"""What can be checked only with several reports at hand: doubles, copied tables, figures carried from year to year.

Nothing here changes a value. The identities and their exceptions: 国办公开办函〔2021〕30号 (the form itself) for the
stock and the requests carried over; mergers, new names and re-counts break both, so these are warnings.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from govreport.forms import Form, load_form
from govreport.forms.words import line_of
from govreport.frames import Frames
from govreport.model import Finding
from govreport.schema import REPORT_KEYS, as_declared, schema

# Fewer non-zero figures than this can agree by chance: most small offices print little but zeros.
_TELLING = 20
RULES = ("same_content", "duplicate_report", "same_tables", "I5", "I6")
"""Rules about several reports, in the order in which the findings of one report stand."""
_AGENCY = ["agency", "province", "city", "county", "adcode"]
LOOKED_AT = ("report_id", *_AGENCY, "year", "source", "sha256")
"""Columns of ``reports`` that tell doubles and copies."""
_STOCK = ("rules", "normative_documents")
_COPIED = ("applications.received.total", "applications.processed.total")
_Row = tuple[str, Finding]


def run_checks(frames: Frames) -> pd.DataFrame:
    """All findings: those the reports carry already, and those that need several reports.

    ============================  ======================================================================
    duplicate_report, warning     same agency, place and year, other content
    same_content, info            the same bytes under two names
    same_tables, warning          two agencies with the same tables, at least 20 figures that are not zero
    I5, warning                   carried out by the report on year t-1, carried in by that on t
    I6, warning                   in force in t = in force in t-1 + issued - repealed, edition 2021
    ============================  ======================================================================

    An agency is its full name with its place. Where the same agency and year stand in several reports, years are
    compared with the first of them. Only numbers are compared: a blank says nothing. Running it on frames that hold
    its findings already gives the same again.

    Returns:
        One row a finding, with the columns of ``Frames.findings``.

    Raises:
        FormError: the frames do not have the declared columns.
    """
    own = frames.findings[~frames.findings["rule"].isin(RULES)]
    made = findings_between(frames.reports, frames.wide("all"))
    return as_declared("findings", pd.concat([own, made], ignore_index=True))


def findings_between(reports: pd.DataFrame, panel: pd.DataFrame, rules: Collection[str] = RULES) -> pd.DataFrame:
    """The findings that need several reports, by some of the rules, in the order of the reports.

    Args:
        reports: ``Frames.reports``, or its columns ``LOOKED_AT``.
        panel: ``Frames.wide("all")``. The rules I5 and I6 look at ``REPORT_KEYS`` and ``followed_cells()`` only,
            ``same_tables`` at all cells, the others at none.
        rules: which of ``RULES``.

    Returns:
        One row a finding, with the columns of ``Frames.findings``.

    Raises:
        FormError: a finding does not fit the declared columns.
    """
    made: list[_Row] = []
    if "same_content" in rules:
        made += _same_content(reports)
    if "duplicate_report" in rules:
        made += _duplicates(reports)
    if "same_tables" in rules:
        made += _same_tables(reports, panel)
    if "I5" in rules or "I6" in rules:
        pairs = _pairs(panel)
        made += _carried(pairs) if "I5" in rules else ()
        made += _stock(pairs) if "I6" in rules else ()
    order = {key: n for n, key in enumerate(reports["report_id"])}
    made.sort(key=lambda row: order[row[0]])
    rows = [
        (key, f.rule, line_of("rules", "rule", f.rule)["severity"], " ".join(f.cells), f.expected, f.found, f.message)
        for key, f in made
    ]  # fmt: skip
    return as_declared("findings", pd.DataFrame(rows, columns=list(schema("findings"))))


def _finding(rule: str, cells: tuple[str, ...], expected: str, found: str, message: str) -> Finding:
    return Finding(rule, "warning", cells, expected, found, message)  # the severity in rules.csv holds


def _records(frame: pd.DataFrame, columns: tuple[str, ...]) -> list[dict[str, Any]]:
    """Rows as plain values, of the columns that are needed: a panel has 460."""
    return [{str(name): value for name, value in row.items()} for row in frame[list(columns)].to_dict("records")]


def _grouped(frame: pd.DataFrame, by: list[str], columns: tuple[str, ...]) -> list[list[dict[str, Any]]]:
    """Rows that have the same in some columns, in the order in which they are met."""
    made: dict[int, list[dict[str, Any]]] = {}
    numbers = frame.groupby(by, dropna=False, sort=False).ngroup()
    for number, row in zip(numbers, _records(frame, columns), strict=True):
        made.setdefault(number, []).append(row)
    return list(made.values())


def _same_content(reports: pd.DataFrame) -> Iterator[_Row]:
    reports = reports.assign(first=reports.groupby("sha256")["source"].transform("first"))
    for row in _records(reports[reports["sha256"].duplicated()], ("report_id", "source", "first")):
        message = f"{row['source']} has the same bytes as {row['first']}; keep one of them for counts"
        yield row["report_id"], _finding("same_content", (), "content of its own", f"that of {row['first']}", message)


def _duplicates(reports: pd.DataFrame) -> Iterator[_Row]:
    reports = reports.dropna(subset=["agency", "year"])
    doubled = reports[reports.duplicated([*_AGENCY, "year"], keep=False)]
    for rows in _grouped(doubled, [*_AGENCY, "year"], ("report_id", "agency", "year", "source", "sha256")):
        for row in rows if len({row["sha256"] for row in rows}) > 1 else ():
            others = [other["source"] for other in rows if other["sha256"] != row["sha256"]]
            named = ", ".join(others[:3]) + (f" and {len(others) - 3} more" if len(others) > 3 else "")
            message = (
                f"{row['agency']} has {len(rows)} reports on {row['year']} with different content: this is "
                f"{row['source']}, the others are {named}. Choose one before you count or compare"
            )
            yield row["report_id"], _finding("duplicate_report", (), "one report", f"{len(rows)} reports", message)


def _same_tables(reports: pd.DataFrame, panel: pd.DataFrame) -> Iterator[_Row]:
    """Whole reports first, then section three alone: its 175 figures do not agree by chance."""
    cells = [name for name in panel.columns if name not in REPORT_KEYS]
    requests = [name for name in cells if "applications." in name]
    told: set[str] = set()
    for part, what in ((cells, "all three tables print"), (requests, "section three (申请情况) prints")):
        for key, finding in _copies(reports, _numbers(panel, part), what):
            if key not in told:
                told.add(key)
                yield key, finding


def _numbers(panel: pd.DataFrame, cells: list[str]) -> NDArray[np.float64]:
    """Figures as one array, NaN where there is no number."""
    made = np.empty((len(panel), len(cells)))
    for place, cell in enumerate(cells):
        made[:, place] = panel[cell].to_numpy(dtype=np.float64, na_value=np.nan)
    return made


def _copies(reports: pd.DataFrame, numbers: NDArray[np.float64], what: str) -> Iterator[_Row]:
    telling = np.nan_to_num(numbers).astype(bool).sum(axis=1)
    told = reports.assign(telling=telling, tables=[line.tobytes() for line in numbers])
    told = told[telling >= _TELLING].dropna(subset=["agency"])
    told["name"] = told["agency"].str.cat([told[c].fillna("") for c in _AGENCY[1:]], sep="/")
    equal = told[told["tables"].duplicated(keep=False)]
    for rows in _grouped(equal, ["tables"], ("report_id", "name", "agency", "year", "source", "telling")):
        for row in rows:
            other = next((r for r in rows if r["name"] != row["name"]), None)
            if other is None:
                continue
            message = (
                f"{what} the same figures as the report of {other['agency']} on {other['year']} ({other['source']}), "
                f"{row['telling']} of them not zero; one is a copy, or both are one body under two names"
            )
            found = f"those of {other['agency']}"
            yield row["report_id"], _finding("same_tables", _COPIED, "figures of its own", found, message)


def _pairs(panel: pd.DataFrame) -> pd.DataFrame:
    """Figures followed over the years, with those of the year before in columns that end in ``@before``."""
    figures = panel[[*REPORT_KEYS, *followed_cells()]].dropna(subset=["agency", "year"])
    figures[_AGENCY] = figures[_AGENCY].fillna("")
    figures["year"] = figures["year"].astype("int64")
    before = figures.drop_duplicates([*_AGENCY, "year"]).assign(year=lambda f: f["year"] + 1)
    return figures.merge(before, on=[*_AGENCY, "year"], suffixes=("", "@before"))


def followed_cells() -> list[str]:
    """Cells that I5 and I6 compare from year to year. Raises nothing."""
    carried = [f"applications.{row}.{column}" for row in ("carried_in", "carried_out") for column in _applicants()]
    return [*carried, *(cell for item in _STOCK for cell in _stock_cells(item))]


def _applicants() -> dict[str, str]:
    return {c.column: c.label for c in _newest().columns["applications", "carried_in"]}


def _stock_cells(item: str) -> tuple[str, str, str]:
    return f"disclosure.{item}.in_force", f"disclosure.{item}.issued", f"disclosure.{item}.repealed"


def _carried(pairs: pd.DataFrame) -> Iterator[_Row]:
    """I5, all columns of a report in one finding."""
    columns = _applicants()
    now = pairs[[f"applications.carried_in.{c}" for c in columns]]
    then = pairs[[f"applications.carried_out.{c}@before" for c in columns]]
    both = ~(now.isna().to_numpy() | then.isna().to_numpy())
    differ = both & (now.fillna(0).to_numpy() != then.fillna(0).to_numpy())
    lines = np.flatnonzero(differ.any(axis=1))
    rows = _records(pairs.iloc[lines], ("report_id", "year", *now.columns, *then.columns))
    for row, differs in zip(rows, differ[lines], strict=True):
        named = [column for column, d in zip(columns, differs, strict=True) if d]
        found = {c: row[f"applications.carried_in.{c}"] for c in named}
        expected = {c: row[f"applications.carried_out.{c}@before"] for c in named}
        message = (
            f"上年结转 (carried in) is {_listed(found, columns)}, but the report on {row['year'] - 1} "
            f"prints 结转下年度继续办理 (carried out) {_listed(expected, columns)}; "
            "a merger of agencies or a re-count explains it, or one of the two is wrong"
        )
        cells = tuple(f"applications.carried_in.{c}" for c in named)
        yield row["report_id"], _finding("I5", cells, _listed(expected, columns), _listed(found, columns), message)


def _newest() -> Form:
    return load_form("2021")


def _listed(numbers: dict[str, Any], labels: dict[str, str]) -> str:
    """Total first: it is what people look for."""
    ordered = sorted(numbers, key=lambda column: column != "total")
    return ", ".join(f"{labels[column]} {numbers[column]}" for column in ordered)


def _stock(pairs: pd.DataFrame) -> Iterator[_Row]:
    """I6 for each kind of document; the 2019 edition counts what is disclosed, not what is in force."""
    both = pairs[(pairs["edition"] == "2021") & (pairs["edition@before"] == "2021")]
    labels = {row.row: row.label for row in _newest().rows["disclosure"]}
    for item in _STOCK:
        cells = _stock_cells(item)
        stock, issued, repealed = (both[cell] for cell in cells)
        before = both[f"{cells[0]}@before"]
        expected = before + issued - repealed
        differ = both.assign(expected=expected, before=before)[(expected != stock).fillna(False)]
        for row in _records(differ, ("report_id", "year", *cells, "before", "expected")):
            now, made, gone, was, due = (_whole(row[c]) for c in (*cells, "before", "expected"))
            message = (
                f"{labels[item]}: 现行有效件数 (in force) is {now}, but {row['year'] - 1} left {was}, and {made} "
                f"issued (本年制发) less {gone} repealed (本年废止) makes {due}; "
                "documents that lapsed or a re-count explain it, or a figure is wrong"
            )
            yield row["report_id"], _finding("I6", cells, due, now, message)


def _whole(number: float) -> str:
    return f"{number:.15g}"

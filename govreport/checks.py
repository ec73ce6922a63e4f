"""What can be checked only with several reports at hand: doubles, copied tables, figures carried from year to year.

Nothing here changes a value. The identities and their exceptions: 国办公开办函〔2021〕30号 (the form itself) for the
stock and the requests carried over; mergers, new names and re-counts break both, so these are warnings.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import pandas as pd

from govreport.forms import Form, load_form, read_csv
from govreport.frames import Frames
from govreport.model import Finding
from govreport.schema import REPORT_KEYS, as_declared

# Fewer non-zero figures than this can agree by chance: most small offices print little but zeros.
_TELLING = 20
_RULES = ("duplicate_report", "same_content", "same_tables", "I5", "I6")
_AGENCY = ["agency", "province", "city", "county", "adcode"]
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
    made = [*_same_content(frames), *_duplicates(frames), *_same_tables(frames)]
    pairs = _pairs(frames)
    if len(pairs):
        made += [*_carried(pairs), *_stock(pairs)]
    severity = {rule["rule"]: rule["severity"] for rule in read_csv("rules")}
    order = {key: n for n, key in enumerate(frames.reports["report_id"])}
    made.sort(key=lambda row: order[row[0]])
    rows = [
        (key, f.rule, severity[f.rule], " ".join(f.cells), f.expected, f.found, f.message)
        for key, f in made
    ]  # fmt: skip
    own = frames.findings[~frames.findings["rule"].isin(_RULES)]
    new = as_declared("findings", pd.DataFrame(rows, columns=list(own.columns)))
    return as_declared("findings", pd.concat([own, new], ignore_index=True))


def _finding(rule: str, cells: tuple[str, ...], expected: str, found: str, message: str) -> Finding:
    return Finding(rule, "warning", cells, expected, found, message)  # the severity in rules.csv holds


def _records(frame: pd.DataFrame) -> list[dict[str, Any]]:
    return [{str(name): value for name, value in row.items()} for row in frame.to_dict("records")]


def _same_content(frames: Frames) -> Iterator[_Row]:
    reports = frames.reports.assign(first=frames.reports.groupby("sha256")["source"].transform("first"))
    for row in _records(reports[reports["sha256"].duplicated()]):
        message = f"{row['source']} has the same bytes as {row['first']}; keep one of them for counts"
        yield row["report_id"], _finding("same_content", (), "content of its own", f"that of {row['first']}", message)


def _duplicates(frames: Frames) -> Iterator[_Row]:
    reports = frames.reports.dropna(subset=["agency", "year"])
    doubled = reports[reports.duplicated([*_AGENCY, "year"], keep=False)]
    for _, group in doubled.groupby([*_AGENCY, "year"], dropna=False, sort=False):
        for row in _records(group) if group["sha256"].nunique() > 1 else ():
            others = list(group.loc[group["sha256"] != row["sha256"], "source"])
            named = ", ".join(others[:3]) + (f" and {len(others) - 3} more" if len(others) > 3 else "")
            message = (
                f"{row['agency']} has {len(group)} reports on {row['year']} with different content: this is "
                f"{row['source']}, the others are {named}. Choose one before you count or compare"
            )
            yield row["report_id"], _finding("duplicate_report", (), "one report", f"{len(group)} reports", message)


def _same_tables(frames: Frames) -> Iterator[_Row]:
    """Whole reports first, then section three alone: its 175 figures do not agree by chance."""
    figures = frames.wide("all").drop(columns=list(REPORT_KEYS)).astype("Float64")
    requests = figures.filter(like="applications.")
    told: set[str] = set()
    for part, what in ((figures, "all three tables print"), (requests, "section three (申请情况) prints")):
        for key, finding in _copies(frames, part, what):
            if key not in told:
                told.add(key)
                yield key, finding


def _copies(frames: Frames, figures: pd.DataFrame, what: str) -> Iterator[_Row]:
    numbers = figures.to_numpy(dtype=np.float64, na_value=np.nan)
    telling = np.nan_to_num(numbers).astype(bool).sum(axis=1)
    reports = frames.reports.assign(telling=telling, tables=[line.tobytes() for line in numbers])
    reports = reports[telling >= _TELLING].dropna(subset=["agency"])
    reports["name"] = reports["agency"].str.cat([reports[c].fillna("") for c in _AGENCY[1:]], sep="/")
    for _, group in reports[reports["tables"].duplicated(keep=False)].groupby("tables", sort=False):
        rows = _records(group)
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


def _pairs(frames: Frames) -> pd.DataFrame:
    """Figures of each report with those of the year before, columns of which end in ``@before``."""
    panel = frames.wide("all").dropna(subset=["agency", "year"])
    panel[_AGENCY] = panel[_AGENCY].fillna("")
    panel["year"] = panel["year"].astype("int64")
    before = panel.drop_duplicates([*_AGENCY, "year"]).assign(year=lambda f: f["year"] + 1)
    return panel.merge(before, on=[*_AGENCY, "year"], suffixes=("", "@before"))


def _carried(pairs: pd.DataFrame) -> Iterator[_Row]:
    """I5, all columns of a report in one finding."""
    form = _newest()
    columns = {c.column: c.label for c in form.columns["applications", "carried_in"]}
    now = pairs[[f"applications.carried_in.{c}" for c in columns]]
    then = pairs[[f"applications.carried_out.{c}@before" for c in columns]]
    both = ~(now.isna().to_numpy() | then.isna().to_numpy())
    differ = both & (now.fillna(0).to_numpy() != then.fillna(0).to_numpy())
    for line in np.flatnonzero(differ.any(axis=1)):
        pair = pairs.iloc[line]
        named = [column for column, d in zip(columns, differ[line], strict=True) if d]
        found = {c: pair[f"applications.carried_in.{c}"] for c in named}
        expected = {c: pair[f"applications.carried_out.{c}@before"] for c in named}
        message = (
            f"上年结转 (carried in) is {_listed(found, columns)}, but the report on {pair['year'] - 1} "
            f"prints 结转下年度继续办理 (carried out) {_listed(expected, columns)}; "
            "a merger of agencies or a re-count explains it, or one of the two is wrong"
        )
        cells = tuple(f"applications.carried_in.{c}" for c in named)
        yield pair["report_id"], _finding("I5", cells, _listed(expected, columns), _listed(found, columns), message)


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
    for item in ("rules", "normative_documents"):
        cells = tuple(f"disclosure.{item}.{measure}" for measure in ("in_force", "issued", "repealed"))
        stock, issued, repealed = (both[cell] for cell in cells)
        before = both[f"{cells[0]}@before"]
        expected = before + issued - repealed
        differ = both.assign(expected=expected, before=before)[(expected != stock).fillna(False)]
        for row in _records(differ):
            now, made, gone, was, due = (_whole(row[c]) for c in (*cells, "before", "expected"))
            message = (
                f"{labels[item]}: 现行有效件数 (in force) is {now}, but {row['year'] - 1} left {was}, and {made} "
                f"issued (本年制发) less {gone} repealed (本年废止) makes {due}; "
                "documents that lapsed or a re-count explain it, or a figure is wrong"
            )
            yield row["report_id"], _finding("I6", cells, due, now, message)


def _whole(number: float) -> str:
    return f"{number:.15g}"

"""Frames back to ``Report`` objects: what went into a row comes out of it again."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

import pandas as pd

from govreport.model import Finding, Region, Report, Section, Statement, Value
from govreport.schema import AMOUNT

REPORT_FIELDS = (
    "source", "sha256", "title", "agency", "agency_kind", "year", "edition",
    "published", "url", "retrieved", "kind", "reader", "encoding", "engine", "layout",
)  # fmt: skip

OPTIONAL_FIELDS = ("kind", "engine", "layout")
"""Texts that are empty in a Report where nothing is known, and NA in the frame."""

_Row = Mapping[str, Any]


def rebuild_reports(
    reports: pd.DataFrame, cells: pd.DataFrame, sections: pd.DataFrame, statements: pd.DataFrame, findings: pd.DataFrame
) -> Iterator[Report]:
    """The reports of the frames, one at a time; ``cells`` is the long table of all cells."""
    parts = [_by_report(frame) for frame in (cells, sections, statements, findings)]
    for row in _records(reports):
        cell_rows, section_rows, statement_rows, finding_rows = (part(row["report_id"]) for part in parts)
        yield Report(
            region=Region(row["province"], row["city"], row["county"], row["adcode"]),
            cells={c["cell"]: _value(c) for c in cell_rows},
            sections=tuple(Section(s["number"], s["heading"], s["text"]) for s in section_rows),
            statements=tuple(_statement(s) for s in statement_rows),
            findings=tuple(_finding(f) for f in finding_rows),
            **_fields(row),
        )


def _fields(row: _Row) -> dict[str, Any]:
    return {name: (row[name] or "") if name in OPTIONAL_FIELDS else row[name] for name in REPORT_FIELDS}


def _plain(column: pd.Series[Any]) -> list[Any]:
    """Python values, None for NA."""
    return [None if missing else v for v, missing in zip(column.tolist(), column.isna(), strict=True)]


def _records(frame: pd.DataFrame) -> Iterator[dict[str, Any]]:
    columns = {str(name): _plain(frame[name]) for name in frame.columns}
    return (dict(zip(columns, row, strict=True)) for row in zip(*columns.values(), strict=True))


def _by_report(frame: pd.DataFrame) -> Callable[[str], list[dict[str, Any]]]:
    made: dict[str, list[dict[str, Any]]] = {}
    for row in _records(frame):
        made.setdefault(row["report_id"], []).append(row)
    return lambda key: made.get(key, [])


def _value(cell: _Row) -> Value:
    number = cell["value"]
    if number is not None and not cell["cell"].endswith(AMOUNT):
        number = int(number) if float(number).is_integer() else number
    return Value(cell["status"], number, cell["raw"], cell["place"])


def _statement(row: _Row) -> Statement:
    value = int(row["value"]) if float(row["value"]).is_integer() else row["value"]
    return Statement(row["measure"], value, row["approximate"], row["quote"], row["place"])


def _finding(row: _Row) -> Finding:
    cells = tuple((row["cells"] or "").split())
    return Finding(row["rule"], row["severity"], cells, row["expected"], row["found"], row["message"])

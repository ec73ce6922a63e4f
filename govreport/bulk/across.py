"""Findings that need several reports, in bounded memory: ``run_checks`` on slices that give the same as the whole.

A slice holds whole groups, or what decides about its reports: doubles and years of one agency stand together; of equal
tables the first report and the first of another name decide for all others.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pandas as pd

from govreport.checks import run_checks
from govreport.frames import Frames
from govreport.query.columns import dtypes, stored, to_declared
from govreport.query.copies import PIECE_OF, TELLING, read_parts
from govreport.query.layout import Snapshot
from govreport.schema import as_declared

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

_SLICE = 1500
"""Reports of a slice; a group that is larger, all reports of one agency, makes a larger slice."""
_BUCKET = 12_500
"""Reports that are sorted at once."""
_BY_AGENCY = ("duplicate_report", "I5", "I6")

# All that run_checks looks at: reports with their position, and the figures under their full names.
_WHOLE = """
CREATE OR REPLACE VIEW whole AS
SELECT {reports}, {cells}, k.position, k._tables, k._requests, k._n_tables, k._n_requests
FROM ranked k JOIN (SELECT {piece} AS piece, * FROM {wide}) w ON w.piece = k.piece AND w.report_id = k.local {kept}
"""
_SAME_BYTES = """
CREATE OR REPLACE TABLE doubtful AS
SELECT position, first, row_number() OVER (ORDER BY sha256, position) - 1 AS line
FROM (SELECT position, sha256, min(position) OVER (PARTITION BY sha256) AS first FROM whole) WHERE position <> first
"""
_AGENCIES = """
SELECT * EXCLUDE (reports_of_body) FROM (
    SELECT {columns}, position, body, count(*) OVER (PARTITION BY body) AS reports_of_body
    FROM (SELECT *, concat_ws('/', agency, coalesce(province, ''), coalesce(city, ''), coalesce(county, ''),
              coalesce(adcode, '')) AS body
          FROM whole WHERE agency IS NOT NULL AND year IS NOT NULL)
    WHERE hash(body) % {buckets} = {bucket})
WHERE reports_of_body > 1 ORDER BY body, position
"""
# For each report with telling figures: the first that has the same, and the first of these under another name.
_EQUAL_TABLES = """
CREATE OR REPLACE TABLE doubtful AS
WITH named AS (
    SELECT position, concat_ws('/', agency, coalesce(province, ''), coalesce(city, ''), coalesce(county, ''),
            coalesce(adcode, '')) AS name,
        CASE WHEN _n_tables >= {telling} THEN _tables END AS t,
        CASE WHEN _n_requests >= {telling} THEN _requests END AS r
    FROM whole WHERE agency IS NOT NULL),
firsts AS (
    SELECT *, first_value(name) OVER (PARTITION BY t ORDER BY position) AS t_name,
        first_value(name) OVER (PARTITION BY r ORDER BY position) AS r_name
    FROM named WHERE t IS NOT NULL OR r IS NOT NULL),
decided AS (
    SELECT position, coalesce(r, t) AS together, t,
        CASE WHEN t IS NOT NULL THEN min(position) OVER by_t END AS t_first,
        CASE WHEN t IS NOT NULL THEN min(position) FILTER (name <> t_name) OVER by_t END AS t_other,
        CASE WHEN r IS NOT NULL THEN min(position) OVER by_r END AS r_first,
        CASE WHEN r IS NOT NULL THEN min(position) FILTER (name <> r_name) OVER by_r END AS r_other
    FROM firsts WINDOW by_t AS (PARTITION BY t), by_r AS (PARTITION BY r))
SELECT * EXCLUDE (together, t), row_number() OVER (ORDER BY together, t, position) - 1 AS line
FROM decided WHERE t_other IS NOT NULL OR r_other IS NOT NULL
"""


_DECIDE = ("t_first", "t_other", "r_first", "r_other")


@dataclass(frozen=True, eq=False, repr=False)
class _Slice(Frames):
    """Some reports with their figures as a panel, which is all that ``run_checks`` asks for."""

    panel: pd.DataFrame

    @staticmethod
    def names() -> tuple[str, ...]:
        return Frames.names()

    def wide(self, table: str = "applications") -> pd.DataFrame:  # noqa: ARG002
        """The panel of all tables."""
        return self.panel


def findings_across(engine: DuckDBPyConnection, dataset: Snapshot, *, copies: bool) -> pd.DataFrame:
    """Findings of ``run_checks`` that need several reports, on all reports or without the copies, in their order.

    ``engine`` holds the tables that ``find_copies`` made.
    """
    made = [as_declared("findings", {column: [] for column in dtypes("findings")})]
    if dataset.paths("reports"):
        _make_whole(engine, dataset, copies)
        made += _decided(engine, _SAME_BYTES, ("first",), "same_content", _columns(()))
        for query in _by_buckets(engine, _AGENCIES, _columns(filter(_is_followed, _cells()))):
            made += (_found(rows, _BY_AGENCY) for rows in _slices(engine, query, "body"))
        made += _decided(engine, _EQUAL_TABLES.format(telling=TELLING), _DECIDE, "same_tables", _columns(_cells()))
    return _in_order(engine, pd.concat([f.astype({"rule": "string", "severity": "string"}) for f in made]))


def _make_whole(engine: DuckDBPyConnection, dataset: Snapshot, copies: bool) -> None:
    reports = ", ".join(f"k.{name}" for name in dtypes("reports"))
    cells = ", ".join(f'w."{name}"' for name in _cells())
    kept = "" if copies else "WHERE k.position = k.kept_position"
    wide = read_parts(dataset.paths("wide"))
    engine.execute(_WHOLE.format(reports=reports, cells=cells, piece=PIECE_OF, wide=wide, kept=kept))


def _cells() -> list[str]:
    return [name for name in dtypes("wide") if "." in name]


def _is_followed(cell: str) -> bool:
    """Whether I5 or I6 follows a cell from year to year: only these are fetched for the reports of an agency."""
    _, row, column = cell.split(".")
    return row in ("carried_in", "carried_out") or column in ("in_force", "issued", "repealed")


def _columns(cells: Iterable[str]) -> str:
    return ", ".join(f'"{name}"' for name in (*dtypes("reports"), *cells))


def _by_buckets(engine: DuckDBPyConnection, query: str, columns: str) -> Iterator[str]:
    """A query in as many parts as keep each of them small, whatever the size of the dataset."""
    ((reports,),) = engine.execute("SELECT count(*) FROM ranked").fetchall()
    buckets = reports // _BUCKET + 1
    return (query.format(columns=columns, buckets=buckets, bucket=bucket) for bucket in range(buckets))


def _slices(engine: DuckDBPyConnection, query: str, group: str) -> Iterator[Any]:
    """Rows of whole groups, which come one after the other."""
    import pyarrow as pa

    waiting: Any = None
    for batch in engine.sql(query).to_arrow_reader(_SLICE):
        rows = pa.Table.from_batches([batch])
        waiting = rows if waiting is None else pa.concat_tables([waiting, rows])
        last = waiting[group][len(waiting) - 1]
        whole = len(waiting) - sum(1 for _ in _while_equal(waiting[group], last))
        if whole >= _SLICE:
            yield waiting.slice(0, whole)
            waiting = waiting.slice(whole)
    if waiting is not None and len(waiting):
        yield waiting


def _while_equal(column: Any, value: Any) -> Iterator[None]:
    for place in range(len(column) - 1, -1, -1):
        if column[place] != value:
            return
        yield None


def _found(rows: Any, rules: tuple[str, ...]) -> pd.DataFrame:
    rows = rows.sort_by("position")
    reports = to_declared("reports", rows.select(list(dtypes("reports"))))
    panel = to_declared("wide", _all_cells(rows))
    empty = {name: as_declared(name, {c: [] for c in dtypes(name)}) for name in Frames.names() if name != "reports"}
    findings = run_checks(_Slice(reports=reports, panel=panel, **empty))
    return findings[findings["rule"].isin(rules)]


def _all_cells(rows: Any) -> Any:
    """The columns of ``wide``; cells that were not fetched are empty."""
    import pyarrow as pa

    types = stored("wide")
    for name in _cells():
        if name not in rows.column_names:
            rows = rows.append_column(name, pa.nulls(len(rows), types.field(name).type))
    return rows.select(list(dtypes("wide")))


def _decided(
    engine: DuckDBPyConnection, doubtful: str, firsts: tuple[str, ...], rule: str, shown: str
) -> Iterator[pd.DataFrame]:
    """Findings of one rule on the reports in the table ``doubtful``, each slice with those that decide about them."""
    engine.execute(doubtful)
    columns = ("position", *firsts)
    needed = " UNION ".join(f"SELECT {column} FROM doubtful" for column in columns)
    engine.execute(
        f"CREATE OR REPLACE TABLE figures AS SELECT {shown}, position FROM whole WHERE position IN ({needed})"
    )
    lines = engine.execute("SELECT count(*) FROM doubtful").fetchall()[0][0]
    for start in range(0, lines, _SLICE):
        here = f"FROM doubtful WHERE line BETWEEN {start} AND {start + _SLICE - 1}"
        needed = " UNION ".join(f"SELECT {column} {here}" for column in columns)
        rows = engine.sql(f"SELECT * FROM figures WHERE position IN ({needed})").to_arrow_table()
        own = engine.execute(f"SELECT report_id FROM figures WHERE position IN (SELECT position {here})").fetchall()
        found = _found(rows, (rule,))
        yield found[found["report_id"].isin([key for (key,) in own])]


def _in_order(engine: DuckDBPyConnection, findings: pd.DataFrame) -> pd.DataFrame:
    """By report as they stand in the dataset; findings of one report in the order that ``run_checks`` gives them."""
    order = {"same_content": 0, "duplicate_report": 1, "same_tables": 2, "I5": 3, "I6": 4}
    engine.register("found_now", findings.assign(line=range(len(findings)), rank=findings["rule"].map(order)))
    columns = ", ".join(f"f.{name}" for name in dtypes("findings"))
    ordered = engine.sql(
        f"SELECT {columns} FROM found_now f JOIN ranked k USING (report_id) ORDER BY k.position, f.rank, f.line"
    ).to_arrow_table()
    engine.unregister("found_now")
    return to_declared("findings", ordered)

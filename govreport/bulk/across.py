"""Findings that need several reports, in bounded memory: checks of slices that give the same as ``run_checks``.

A slice holds whole groups, or what decides about its reports: doubles and years of one body stand together; of equal
tables the first report and the first of another body decide for all others.
"""

from __future__ import annotations

import tempfile
from collections.abc import Collection, Iterable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pandas as pd
import pyarrow.parquet as pq

from govreport.checks import LOOKED_AT, RULES, findings_between, followed_cells
from govreport.query.columns import dtypes, to_declared
from govreport.query.copies import PIECE_OF, TELLING, read_parts
from govreport.query.engine import quoted
from govreport.query.layout import WORK, Snapshot
from govreport.schema import REPORT_KEYS, as_declared

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

_SLICE, _BUCKET = 1500, 5000
"""Reports that are looked at together: with all their cells, or with those that are followed over the years."""
_ROWS_WAITING = 50_000
"""Rows on their way to the files of their buckets: DuckDB holds them beyond its limit of memory."""
_BY_BODY = ("duplicate_report", "I5", "I6")

_SHOWN = "CREATE OR REPLACE VIEW shown AS SELECT *, concat_ws('/', agency, own_place) AS body FROM ranked {kept}"
# All that is looked at: reports with their position, and the figures under their full names.
_WHOLE = """
CREATE OR REPLACE VIEW whole AS SELECT {reports}, {cells}, s.position, s.body
FROM shown s JOIN (SELECT {piece} AS piece, * FROM {wide}) w ON w.piece = s.piece AND w.report_id = s.local
"""
_SAME_BYTES = """
CREATE OR REPLACE TABLE doubtful AS
SELECT position, first, row_number() OVER (ORDER BY sha256, position) - 1 AS line
FROM (SELECT position, sha256, min(position) OVER (PARTITION BY sha256) AS first FROM shown) WHERE position <> first
"""
# One pass over all reports; DuckDB bounds how many of the files are open.
_BODIES = """
COPY (SELECT {columns}, position, hash(body) % {buckets} AS bucket
      FROM whole WHERE agency IS NOT NULL AND year IS NOT NULL)
TO {folder} (FORMAT parquet, COMPRESSION lz4, PARTITION_BY (bucket))
"""
# For each report with telling figures: the first that has the same, and the first of these by another body.
_EQUAL_TABLES = """
CREATE OR REPLACE TABLE doubtful AS
WITH named AS (
    SELECT position, body,
        CASE WHEN _n_tables >= {telling} THEN _tables END AS t,
        CASE WHEN _n_requests >= {telling} THEN _requests END AS r
    FROM shown WHERE agency IS NOT NULL),
firsts AS (
    SELECT *, first_value(body) OVER (PARTITION BY t ORDER BY position) AS t_body,
        first_value(body) OVER (PARTITION BY r ORDER BY position) AS r_body
    FROM named WHERE t IS NOT NULL OR r IS NOT NULL),
decided AS (
    SELECT position, coalesce(r, t) AS together, t,
        CASE WHEN t IS NOT NULL THEN min(position) OVER by_t END AS t_first,
        CASE WHEN t IS NOT NULL THEN min(position) FILTER (body <> t_body) OVER by_t END AS t_other,
        CASE WHEN r IS NOT NULL THEN min(position) OVER by_r END AS r_first,
        CASE WHEN r IS NOT NULL THEN min(position) FILTER (body <> r_body) OVER by_r END AS r_other
    FROM firsts WINDOW by_t AS (PARTITION BY t), by_r AS (PARTITION BY r))
SELECT * EXCLUDE (together, t), row_number() OVER (ORDER BY together, t, position) - 1 AS line
FROM decided WHERE t_other IS NOT NULL OR r_other IS NOT NULL
"""

_KEYS = tuple(dict.fromkeys((*LOOKED_AT, *REPORT_KEYS)))
_DECIDE = ("t_first", "t_other", "r_first", "r_other")


def findings_across(engine: DuckDBPyConnection, dataset: Snapshot, *, copies: bool) -> pd.DataFrame:
    """Findings of ``run_checks`` that need several reports, on all reports or without the copies, in their order.

    ``engine`` holds the tables that ``find_copies`` made.
    """
    made = [as_declared("findings", {column: [] for column in dtypes("findings")})]
    if dataset.paths("reports"):
        _make_whole(engine, dataset, copies)
        made += _decided(engine, _SAME_BYTES, ("first",), "same_content", ())
        made += (_found(rows, _BY_BODY) for rows in _bodies(engine, dataset.folder / WORK))
        made += _decided(engine, _EQUAL_TABLES.format(telling=TELLING), _DECIDE, "same_tables", _cells())
    return _in_order(engine, pd.concat([f.astype({"rule": "string", "severity": "string"}) for f in made]))


def _make_whole(engine: DuckDBPyConnection, dataset: Snapshot, copies: bool) -> None:
    reports = ", ".join(f"s.{name}" for name in _KEYS)
    cells = ", ".join(f'w."{name}"' for name in _cells())
    wide = read_parts(dataset.paths("wide"))
    engine.execute(_SHOWN.format(kept="" if copies else "WHERE position = kept_position"))
    engine.execute(_WHOLE.format(reports=reports, cells=cells, piece=PIECE_OF, wide=wide))


def _cells() -> list[str]:
    return [name for name in dtypes("wide") if "." in name]


def _columns(cells: Iterable[str]) -> str:
    return ", ".join(f'"{name}"' for name in (*_KEYS, *cells))


def _bodies(engine: DuckDBPyConnection, work: Path) -> Iterator[Any]:
    """All reports that name body and year, in parts of steady size that hold all reports of a body."""
    ((reports,),) = engine.execute("SELECT count(*) FROM ranked").fetchall()
    columns, buckets = _columns(followed_cells()), reports // _BUCKET + 1
    engine.execute(f"SET partitioned_write_flush_threshold = {_ROWS_WAITING}")
    with tempfile.TemporaryDirectory(dir=work) as folder:
        engine.execute(_BODIES.format(columns=columns, buckets=buckets, folder=quoted(folder)))
        for bucket in sorted(Path(folder).iterdir()):
            yield pq.read_table(bucket)


def _found(rows: Any, rules: Collection[str]) -> pd.DataFrame:
    rows = rows.sort_by("position")
    reports = to_declared("reports", rows.select(list(LOOKED_AT)))
    cells = [name for name in rows.column_names if "." in name]
    return findings_between(reports, to_declared("wide", rows.select([*REPORT_KEYS, *cells])), rules)


def _decided(
    engine: DuckDBPyConnection, doubtful: str, firsts: tuple[str, ...], rule: str, cells: Iterable[str]
) -> Iterator[pd.DataFrame]:
    """Findings of one rule on the reports in the table ``doubtful``, each slice with those that decide about them."""
    engine.execute(doubtful)
    columns = ("position", *firsts)
    needed = " UNION ".join(f"SELECT {column} FROM doubtful" for column in columns)
    engine.execute(
        f"CREATE OR REPLACE TABLE figures AS SELECT {_columns(cells)}, position FROM whole WHERE position IN ({needed})"
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
    rank = findings["rule"].map({rule: n for n, rule in enumerate(RULES)})
    engine.register("found_now", findings.assign(line=range(len(findings)), rank=rank))
    columns = ", ".join(f"f.{name}" for name in dtypes("findings"))
    ordered = engine.sql(
        f"SELECT {columns} FROM found_now f JOIN ranked k USING (report_id) ORDER BY k.position, f.rank, f.line"
    ).to_arrow_table()
    engine.unregister("found_now")
    return to_declared("findings", ordered)

"""The tables of a dataset as views in DuckDB: keys unique, copies hidden unless wanted, conditions applied."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any, NamedTuple

from govreport.query.columns import dtypes, nothing, selection
from govreport.query.copies import NOTHING_MOVED, PIECE_OF, find_copies, read_parts
from govreport.query.engine import quoted
from govreport.query.layout import TABLES, UNKNOWN, Snapshot

if TYPE_CHECKING:
    from pathlib import Path

    from duckdb import DuckDBPyConnection


class Wanted(NamedTuple):
    """What a view of a dataset shows: copies or not, and only reports that meet all conditions.

    A condition is a column of ``reports`` and the values it may have.
    """

    copies: bool = False
    conditions: tuple[tuple[str, tuple[Any, ...]], ...] = ()

    @property
    def years(self) -> frozenset[str] | None:
        """Folders of the years that can hold such reports; None for all."""
        sets = [{str(value) for value in values} for column, values in self.conditions if column == "year"]
        return frozenset.intersection(*map(frozenset, sets)) if sets else None


def make_views(engine: DuckDBPyConnection, dataset: Snapshot, wanted: Wanted) -> None:
    """All tables of a dataset as views, ``copies`` too; what they are made of stands in the schema ``stored``."""
    engine.execute("CREATE SCHEMA stored")
    engine.execute("SET schema = 'stored'")
    moved = _make_moved(engine, dataset)
    for table in TABLES:
        rows = _rows(table, dataset.paths(table, wanted.years), moved, wanted)
        engine.execute(f"CREATE VIEW all_{table} AS {rows}")
    path = dataset.across("findings_all" if wanted.copies else "findings_kept")
    _from_file(engine, "across", path, nothing("findings"))
    engine.execute("SET schema = 'main'")
    for table in TABLES:
        engine.execute(f"CREATE VIEW {table} AS {_shown(table, wanted)}")
    engine.execute("CREATE VIEW copies AS SELECT * FROM stored.copies")


def _make_moved(engine: DuckDBPyConnection, dataset: Snapshot) -> bool:
    """Tables ``moved`` and ``copies`` from their files, or made now where a run was broken off before it made them.

    Gives whether there is anything in them.
    """
    if dataset.settled or not dataset.paths("reports"):
        _from_file(engine, "moved", dataset.across("moved"), NOTHING_MOVED)
        _from_file(engine, "copies", dataset.across("copies"), nothing("copies"))
    else:
        find_copies(engine, dataset)
    return engine.execute("SELECT count(*) FROM moved").fetchall() != [(0,)]


def _from_file(engine: DuckDBPyConnection, table: str, path: Path | None, otherwise: str) -> None:
    rows = otherwise if path is None else f"SELECT * FROM read_parquet({quoted(path)})"
    engine.execute(f"CREATE TABLE {table} AS {rows}")


def _rows(table: str, paths: list[str], moved: bool, wanted: Wanted) -> str:
    if not paths:
        return nothing(table)
    if not moved or table == "failures":
        return f"SELECT {selection(table)} FROM {read_parts(paths)}"
    own = 'p."report_id"'
    columns = selection(table, of="p.", year="p.year").replace(own, f"coalesce(m.report_id, {own}) AS report_id", 1)
    hidden = "" if wanted.copies else "WHERE m.kept IS NOT FALSE"
    return f"""SELECT {columns} FROM (SELECT *, {PIECE_OF} AS piece_of FROM {read_parts(paths)}) p
        LEFT JOIN stored.moved m ON m.local = p.report_id AND m.piece = p.piece_of {hidden}"""


def _shown(table: str, wanted: Wanted) -> str:
    if table == "reports":
        return _reports(wanted)
    rows = f"SELECT * FROM stored.all_{table}"
    if table == "findings":
        rows = f"{rows} UNION ALL SELECT * FROM stored.across"
    if not wanted.conditions or table == "failures":
        return rows
    return f"SELECT * FROM ({rows}) WHERE report_id IN (SELECT report_id FROM reports)"


def _reports(wanted: Wanted) -> str:
    """Reports with all their findings counted, those across reports too."""
    columns = ", ".join(
        f"CAST(r.{name} + coalesce(a.more, 0) AS INTEGER) AS {name}" if name == "n_findings" else f"r.{name}"
        for name in dtypes("reports")
    )
    conditions = " AND ".join(_condition(column, values) for column, values in wanted.conditions) or "true"
    return f"""SELECT {columns} FROM stored.all_reports r
        LEFT JOIN (SELECT report_id, count(*) AS more FROM stored.across GROUP BY report_id) a USING (report_id)
        WHERE {conditions}"""


def _condition(column: str, values: Iterable[Any]) -> str:
    listed = ", ".join(str(int(v)) if column == "year" else quoted(v) for v in values)
    return f"r.{column} IN ({listed})" if listed else "false"


def years_of(dataset: Snapshot) -> list[str]:
    """Years that have reports, in order, unknown last."""
    years = {part.year for part in dataset.parts("reports")}
    return sorted(years, key=lambda year: (year == UNKNOWN, year))

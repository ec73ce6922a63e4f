"""Parts of a dataset as Frames, in the order of the dataset, without DuckDB."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple, cast

import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from govreport.frames import Frames
from govreport.query.columns import HIDDEN, dtypes, has_year, stored, to_declared
from govreport.query.layout import UNKNOWN, Manifest, Snapshot
from govreport.query.views import Wanted

_compute = cast(Any, pc)  # pyarrow makes these functions when it is imported: type checkers do not see them


class Across(NamedTuple):
    """What needs all reports: keys that differ for the whole and copies to hide, by piece, and more findings."""

    moved: dict[str, pa.Table]
    findings: pd.DataFrame


def read_frames(dataset: Snapshot, manifests: Sequence[Manifest], across: Across, wanted: Wanted) -> Frames:
    """The reports of these pieces that are wanted, as ``open_reports`` would give them."""
    pieces = [_piece(dataset, manifest, across.moved.get(manifest.piece), wanted) for manifest in manifests]
    tables = {name: _stacked(name, (piece[name] for piece in pieces)) for name in Frames.names()}
    frames = Frames(**{name: to_declared(name, table) for name, table in tables.items()})
    more = across.findings[across.findings["report_id"].isin(frames.reports["report_id"])]
    return frames.with_findings(pd.concat([frames.findings, more], ignore_index=True))


def _stacked(name: str, tables: Iterable[pa.Table]) -> pa.Table:
    return pa.concat_tables([_shown(name).empty_table(), *tables]).unify_dictionaries()


def _shown(name: str) -> pa.Schema:
    """Columns as the frame has them, categories as Arrow's dictionaries."""
    types = {"category": pa.dictionary(pa.int32(), pa.string()), "Int16": pa.int16()}
    fields = []
    for column, dtype in dtypes(name).items():
        known = types.get(dtype)
        fields.append(pa.field(column, known if known is not None else stored(name).field(column).type))
    return pa.schema(fields)


def _piece(dataset: Snapshot, manifest: Manifest, moved: pa.Table | None, wanted: Wanted) -> dict[str, pa.Table]:
    """All tables of a piece, its reports in their order, rows of other tables in the order of their reports."""
    parts = Snapshot(dataset.folder, (manifest,), {})
    read = {name: _read(parts, name, moved, wanted) for name in Frames.names()}
    reports = read["reports"].sort_by("_n")
    for column, values in wanted.conditions:
        kind = reports.schema.field(column).type
        values_of = pa.array(list(values), type=pa.string() if pa.types.is_dictionary(kind) else kind)
        found = reports[column].cast(pa.string()) if pa.types.is_dictionary(kind) else reports[column]
        reports = reports.filter(_compute.is_in(found, value_set=values_of))
    keys = reports["report_id"].combine_chunks()
    made = {name: _in_order(table, keys) for name, table in read.items() if "report_id" in table.column_names}
    made |= {"reports": reports, "failures": read["failures"].sort_by("_n")}
    return {name: table.select(list(dtypes(name))).cast(_shown(name)) for name, table in made.items()}


def _read(parts: Snapshot, name: str, moved: pa.Table | None, wanted: Wanted) -> pa.Table:
    read = []
    for part in parts.parts(name, wanted.years):
        table = _one_file(str(parts.folder / part.path), name)
        if has_year(name):
            year = None if part.year == UNKNOWN else int(part.year)
            table = table.append_column("year", pa.repeat(pa.scalar(year, pa.int16()), len(table)))
        read.append(_renamed(table, moved, wanted) if moved is not None and name != "failures" else table)
    hidden = [pa.field(column, kind) for column, kind in HIDDEN.get(name, {}).items()]
    return pa.concat_tables([pa.schema([*_shown(name), *hidden]).empty_table(), *read], promote_options="default")


def _one_file(path: str, name: str) -> pa.Table:
    coded = [column for column, dtype in dtypes(name).items() if dtype == "category"]
    return pq.read_table(path, schema=None, read_dictionary=coded, partitioning=None)


def _renamed(table: pa.Table, moved: pa.Table, wanted: Wanted) -> pa.Table:
    """Keys of the whole dataset, copies left out unless wanted."""
    place = _compute.index_in(table["report_id"], value_set=moved["local"].combine_chunks())
    new = moved["report_id"].combine_chunks().take(place.combine_chunks())
    column = table.schema.get_field_index("report_id")
    renamed = table.set_column(column, "report_id", _compute.coalesce(new, table["report_id"].combine_chunks()))
    if wanted.copies:
        return renamed
    kept = moved["kept"].combine_chunks().take(place.combine_chunks())
    return renamed.filter(_compute.fill_null(kept, True))


def _in_order(table: pa.Table, keys: pa.Array) -> pa.Table:
    """Rows of these reports, in the order of the keys; rows of one report stay as they are."""
    rank = _compute.index_in(table["report_id"], value_set=keys)
    ranked = table.append_column("_rank", rank).filter(_compute.is_valid(rank))
    order = pd.Series(ranked["_rank"].to_pandas()).argsort(kind="stable")
    return ranked.take(pa.array(order))

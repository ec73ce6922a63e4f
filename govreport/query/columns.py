"""Columns of the tables as Arrow and as DuckDB know them, from ``forms/frames.csv``.

Categories are stored as text: what they may hold grows with the library, and pages of all years must fit together.
"""

from __future__ import annotations

from functools import cache
from typing import Any

import pandas as pd
import pyarrow as pa

from govreport.forms import TABLES
from govreport.schema import KEYS, REPORT_KEYS, all_cells, categories, schema

_ARROW = {
    "string": pa.string(), "category": pa.string(), "boolean": pa.bool_(), "Int8": pa.int8(), "Int16": pa.int16(),
    "Int32": pa.int32(), "Int64": pa.int64(), "Float64": pa.float64(),
}  # fmt: skip
_SQL = {
    "string": "VARCHAR", "category": "VARCHAR", "boolean": "BOOLEAN", "Int8": "TINYINT", "Int16": "SMALLINT",
    "Int32": "INTEGER", "Int64": "BIGINT", "Float64": "DOUBLE",
}  # fmt: skip
_PANDAS: dict[Any, Any] = {
    pa.string(): pd.StringDtype("pyarrow"), pa.large_string(): pd.StringDtype("pyarrow"),
    pa.bool_(): pd.BooleanDtype(), pa.float32(): pd.Float32Dtype(), pa.float64(): pd.Float64Dtype(),
    pa.int8(): pd.Int8Dtype(), pa.int16(): pd.Int16Dtype(), pa.int32(): pd.Int32Dtype(), pa.int64(): pd.Int64Dtype(),
    pa.uint8(): pd.UInt8Dtype(), pa.uint16(): pd.UInt16Dtype(), pa.uint32(): pd.UInt32Dtype(),
    pa.uint64(): pd.UInt64Dtype(),
}  # fmt: skip

COPIES = ("report_id", "kept_id", "source", "url", "host", "host_kind", "same", "why_kept")
"""Columns of the table of copies, all of them text."""
REVISIT_COLUMNS = ("source", "url", "retrieved", "of_url", "of_retrieved")
"""Columns of the parts that hold the revisit records of web archives, all of them text."""
_OF_TEXT = {"copies": COPIES, "revisits": REVISIT_COLUMNS}
HIDDEN = {
    "reports": {"_n": pa.int64(), "_key": pa.string(), "_tables": pa.string(), "_requests": pa.string(),
                "_n_tables": pa.int16(), "_n_requests": pa.int16()},
    "failures": {"_n": pa.int64(), "_key": pa.string()},
    "revisits": {"_n": pa.int64()},
}  # fmt: skip
"""Columns of parts that no view shows: number of the record in its piece, digest of name and bytes, digests of the
figures, numbers of figures that are not zero."""


@cache
def dtypes(table: str) -> dict[str, str]:
    """Columns of a table and their declared types, in order; ``wide`` is ``Frames.wide("all")``, ``copies`` text.

    Raises:
        UsageError: no table has this name.
    """
    if table in _OF_TEXT:
        return dict.fromkeys(_OF_TEXT[table], "string")
    if table != "wide":
        return schema(table)
    keys = {column: schema("reports")[column] for column in REPORT_KEYS}
    return keys | {cell: schema(name)[KEYS[name][2]] for name in TABLES for cell in all_cells(name)}


@cache
def stored(table: str) -> pa.Schema:
    """What a part holds: the year stands in the name of its folder."""
    columns = {name: _ARROW[dtype] for name, dtype in dtypes(table).items() if (table, name) not in _IN_FOLDER}
    return pa.schema([pa.field(name, kind) for name, kind in (columns | HIDDEN.get(table, {})).items()])


_IN_FOLDER = {("reports", "year"), ("wide", "year")}


def has_year(table: str) -> bool:
    """Whether the table shows a year that its parts do not hold. Raises nothing."""
    return (table, "year") in _IN_FOLDER


def selection(table: str, *, of: str = "", year: str = "year") -> str:
    """The columns of a table as SQL, ``of`` before each name; ``year`` is text from the name of the folder."""
    names = [f"TRY_CAST({year} AS SMALLINT) AS year" if has_year(table) and name == "year" else f'{of}"{name}"'
             for name in dtypes(table)]  # fmt: skip
    return ", ".join(names)


def nothing(table: str) -> str:
    """SQL for the table without rows."""
    columns = [f'CAST(NULL AS {_SQL[dtype]}) AS "{name}"' for name, dtype in dtypes(table).items()]
    return f"SELECT {', '.join(columns)} WHERE false"


def to_pandas(table: pa.Table) -> pd.DataFrame:
    """An Arrow table with pandas' nullable types; whole decimals become Int64 where they fit."""
    frame: pd.DataFrame = table.to_pandas(types_mapper=_PANDAS.get, date_as_object=False)
    return frame


def to_declared(table: str, data: pa.Table) -> pd.DataFrame:
    """An Arrow table of stored columns, all or some, as a frame with the declared types, categories in their order."""
    frame = to_pandas(data)
    for column, dtype in dtypes(table).items():
        if dtype == "category" and column in frame:
            frame[column] = _categorical(table, column, frame[column])
    return frame


def _categorical(table: str, column: str, values: pd.Series[Any]) -> pd.Series[Any]:
    home = "reports" if table == "wide" else table
    known = categories(home, column)
    coded = values.astype("category")
    strangers = sorted(set(coded.cat.categories) - set(known))
    return coded.cat.set_categories([*known, *strangers])

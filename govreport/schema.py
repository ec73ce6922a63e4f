"""What ``forms/frames.csv`` declares about the DataFrames: their columns, types and categories.

Categories follow the form, in its order, and are the same in every run, so that frames of several runs fit together.
"""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from functools import cache
from typing import Any, cast

import pandas as pd

from govreport.errors import FormError, UsageError
from govreport.forms import TABLES, editions, groups, load_form, read_csv
from govreport.model import SEVERITIES, STATUSES

# Row, column and number of each table of the form, under the names that its frame gives them.
KEYS = {
    "disclosure": ("item", "measure", "value"),
    "applications": ("outcome", "applicant", "count"),
    "litigation": ("route", "result", "count"),
    "statistics": ("item", "measure", "value"),
}
REPORT_KEYS = ("report_id", "agency", "agency_kind", "province", "city", "county", "adcode", "year", "edition")
AGENCY_KINDS = ("government", "department", "street", "township", "zone", "other")
AMOUNT = "amount_10k_yuan"
_TEXT = pd.StringDtype("pyarrow")

# Readers, encodings and measures in prose grow with the library and with the pages; what is met is added at the end.
_OPEN = {("reports", "kind"), ("reports", "reader"), ("reports", "encoding"), ("statements", "measure")}


@cache
def schema(frame: str) -> dict[str, str]:
    """Columns of a frame and their types, in order, from ``forms/frames.csv``.

    >>> schema("litigation")["count"]
    'Int64'

    Raises:
        UsageError: no frame has this name.
    """
    columns = {c["column"]: c["dtype"] for c in read_csv("frames") if c["frame"] == frame}
    if not columns:
        names = dict.fromkeys(c["frame"] for c in read_csv("frames"))
        raise UsageError(f"no frame is called {frame!r}; there are {', '.join(names)}")
    return columns


@cache
def categories(frame: str, column: str) -> tuple[str, ...]:
    """What a category column may hold, in the order of the form.

    >>> categories("litigation", "route")
    ('reconsideration', 'direct_suit', 'suit_after_reconsideration')

    Raises:
        FormError: the column is declared as a category, but nothing says what it may hold.
    """
    known: dict[tuple[str, str], tuple[str, ...]] = {
        ("reports", "kind"): ("html", "text", "docx", "xlsx", "pdf"),
        ("reports", "reader"): ("html", "text", "docx", "sheet", "pdf", "ocr"),
        ("reports", "layout"): ("table", "separators", "lines", "mixed"),
        ("reports", "encoding"): ("utf-8", "gb18030", "big5", "utf-16"),
        ("statements", "measure"): _prose_measures(),
        ("reports", "agency_kind"): AGENCY_KINDS,
        ("reports", "edition"): editions(),
        ("applications", "outcome_group"): tuple(groups()),
        ("findings", "rule"): tuple(r["rule"] for r in read_csv("rules")),
        ("findings", "severity"): SEVERITIES,
        ("failures", "kind"): ("fetch", "read", "parse", "form", "usage", "error"),
    }
    for table, (row, col, _) in KEYS.items():
        known[table, row] = _names("rows", "row", table)
        known[table, col] = _names("columns", "column", table)
        known[table, "status"] = STATUSES
    if (frame, column) not in known:
        raise FormError(f"forms/frames.csv: {frame}.{column} is a category, but its categories are not declared")
    return known[frame, column]


def _prose_measures() -> tuple[str, ...]:
    """Measures of statements.csv, where a line may state several and those that begin with @ are parts of patterns."""
    named = [measure for line in read_csv("statements") for measure in line["measure"].split()]
    return tuple(dict.fromkeys(measure for measure in named if not measure.startswith("@")))


def _names(file: str, field: str, table: str) -> tuple[str, ...]:
    return tuple(dict.fromkeys(line[field] for line in read_csv(file) if line["table"] == table))


@cache
def all_cells(table: str) -> tuple[str, ...]:
    """Full names of the cells of a table in any edition of the form, in the order of rows.csv and columns.csv."""
    rows, columns = _names("rows", "row", table), _names("columns", "column", table)
    known = {cell for edition in editions() for cell in load_form(edition).cells}
    return tuple(name for row in rows for column in columns if (name := f"{table}.{row}.{column}") in known)


@cache
def outcome_groups() -> dict[str, str | None]:
    """Group of each row of section three, None for rows that stand alone."""
    return {r["row"]: r["group"] or None for r in read_csv("rows") if r["table"] == TABLES[1]}


def as_declared(frame: str, data: Mapping[str, Any] | pd.DataFrame) -> pd.DataFrame:
    """A frame with exactly the declared columns and types.

    Raises:
        FormError: a column is missing, or holds something that its declaration does not allow.
    """
    if missing := [c for c in schema(frame) if c not in data]:
        raise FormError(f"the frame {frame} needs the columns {', '.join(schema(frame))}; missing {', '.join(missing)}")
    made: dict[Hashable, Any] = {column: _array(frame, column, data[column]) for column in schema(frame)}
    return pd.DataFrame(made)


def stacked(frame: str, parts: list[pd.DataFrame]) -> pd.DataFrame:
    """Frames of one kind below each other, with the declared types.

    Raises:
        FormError: a part does not have the declared columns.
    """
    declared = [as_declared(frame, part) for part in parts]
    columns = {
        column: pd.concat([p[column].astype(cast(Any, "string" if dtype == "category" else dtype)) for p in declared])
        for column, dtype in schema(frame).items()
    }
    return as_declared(frame, {column: values.reset_index(drop=True) for column, values in columns.items()})


def _array(frame: str, column: str, values: Any) -> Any:
    dtype = schema(frame)[column]
    if dtype == "category":
        return _category(frame, column, values)
    try:
        return pd.array(values, dtype=_TEXT if dtype == "string" else dtype)
    except UnicodeEncodeError:  # half a surrogate pair, from a broken page: Arrow takes whole characters only
        return pd.array([_whole_text(v) for v in values], dtype=_TEXT)
    except (TypeError, ValueError, OverflowError) as error:
        raise FormError(f"{frame}.{column} is declared as {dtype}; it cannot hold what it got: {error}") from error


def _whole_text(value: Any) -> Any:
    return value.encode("utf-8", "replace").decode("utf-8") if isinstance(value, str) else value


def _category(frame: str, column: str, values: Any) -> pd.Categorical:
    known = categories(frame, column)
    strangers = sorted(set(pd.Series(values, dtype=object).dropna().unique()) - set(known))
    if strangers and (frame, column) not in _OPEN:
        raise FormError(f"{frame}.{column} may be {', '.join(known)}; found {', '.join(map(repr, strangers))}")
    return pd.Categorical(values, categories=[*known, *strangers])

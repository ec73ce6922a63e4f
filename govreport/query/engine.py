"""DuckDB as it is used here: one query at a time, read-only, shut off from files, errors told in our words."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import pandas as pd

from govreport.errors import UsageError
from govreport.query.columns import dtypes, to_pandas

if TYPE_CHECKING:
    from pathlib import Path

    from duckdb import DuckDBPyConnection

_MANY_COLUMNS = 30


def open_engine(memory: str = "", threads: int = 0, scratch: str = "") -> DuckDBPyConnection:
    """A database in memory; what does not fit goes to temporary files.

    Args:
        memory: the most it may hold, such as "256MB"; by default DuckDB's own limit.
        threads: how many; all cores by default.
        scratch: folder for temporary files; by default one in the system's folder for them.

    Raises:
        UsageError: DuckDB is not installed.
    """
    try:
        import duckdb
    except ImportError as error:
        raise UsageError("SQL needs the package duckdb; pip install 'govreport[bulk]'") from error
    config: dict[str, Any] = {
        "autoinstall_known_extensions": "false",
        "autoload_known_extensions": "false",
        "python_enable_replacements": "false",  # a name in SQL is a table, never a variable of the notebook
        "temp_directory": scratch or os.path.join(tempfile.gettempdir(), f"govreport-duckdb-{os.getpid()}"),  # noqa: PTH118
    }
    config |= {"memory_limit": memory} if memory else {}
    config |= {"threads": str(threads)} if threads else {}
    engine = duckdb.connect(":memory:", config=config)
    engine.execute("SET enable_progress_bar = false")
    return engine


def shut(engine: DuckDBPyConnection, readable: Path | None = None) -> None:
    """From here on SQL reaches no file outside of ``readable``, and cannot change that."""
    if readable is not None:
        engine.execute(f"SET allowed_directories = [{quoted(f'{readable}{os.sep}')}]")
    engine.execute("SET enable_external_access = false")
    engine.execute("SET lock_configuration = true")


def quoted(text: object) -> str:
    """A text as SQL prints it."""
    return "'" + str(text).replace("'", "''") + "'"


def listed(texts: Iterable[object]) -> str:
    """Texts as a list in SQL."""
    return f"[{', '.join(map(quoted, texts))}]"


def ask(engine: DuckDBPyConnection, query: str, tables: Iterable[str], *, files: bool = False) -> pd.DataFrame:
    """The answer to one SELECT, with nullable types.

    Args:
        engine: a database whose views are set up.
        query: the text.
        tables: names of the tables, for the message when the query is wrong.
        files: whether the query may do more than read: any statement is run then.

    Raises:
        UsageError: the query is not one SELECT, or DuckDB refuses it; the message has DuckDB's reason.
    """
    import duckdb

    if not isinstance(query, str):
        raise UsageError(f"a query is a text such as 'select count(*) from reports', found {type(query).__name__}")
    try:
        statements = duckdb.extract_statements(query)
        if len(statements) != 1 or (statements[0].type != duckdb.StatementType.SELECT and not files):
            raise UsageError(f"one SELECT was expected, found {_found(statements)}; {_there_are(tables)}")
        answer = engine.sql(query)
        return pd.DataFrame() if answer is None else to_pandas(_without_decimals(answer.to_arrow_table()))
    except duckdb.Error as error:
        raise UsageError(f"the query cannot be run: {error}\n{_there_are(tables)}") from error


def _found(statements: list[Any]) -> str:
    names = [str(s.type).rpartition(".")[2] for s in statements]
    return f"{len(names)} statements ({', '.join(names)})" if names else "no statement"


def _there_are(tables: Iterable[str]) -> str:
    lines = ["there are these tables:"]
    for table in tables:
        names = list(dtypes(table))
        shown, more = names[:_MANY_COLUMNS], len(names) - _MANY_COLUMNS
        lines.append(f"  {table}: {', '.join(shown)}" + (f" and {more} more" if more > 0 else ""))
    return "\n".join(lines)


def _without_decimals(table: Any) -> Any:
    """Sums of whole numbers come as decimals: Int64 where they fit, Float64 else."""
    import pyarrow as pa

    for place, field in enumerate(table.schema):
        if pa.types.is_decimal(field.type):
            column = table.column(place)
            try:
                made = column.cast(pa.int64()) if field.type.scale == 0 else column.cast(pa.float64())
            except pa.ArrowInvalid:
                made = column.cast(pa.float64())
            table = table.set_column(place, field.name, made)
    return table


@contextmanager
def closing(engine: DuckDBPyConnection) -> Iterator[DuckDBPyConnection]:
    """The database closed at the end; errors of DuckDB inside are errors of the data, told as ReadError.

    Raises:
        ReadError: DuckDB could not read the dataset.
    """
    import duckdb

    from govreport.errors import ReadError

    try:
        yield engine
    except duckdb.Error as error:
        raise ReadError(f"the dataset cannot be read: {error}") from error
    finally:
        engine.close()


def ran_short(error: BaseException) -> bool:
    """Whether an error that ``closing`` told says that a query wants more memory than it may have. Raises nothing."""
    import duckdb

    return isinstance(error.__cause__, duckdb.OutOfMemoryException)

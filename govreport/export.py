"""Frames to files and back: parquet, CSV, Excel, Stata and JSON lines; tables of analysis to files.

A file is written beside its place and then moved there, so that a run that is broken off leaves no half file.
"""

from __future__ import annotations

import html
import json
import os
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from uuid import uuid4

import pandas as pd

from govreport.errors import FormError, ReadError, UsageError
from govreport.frames import Frames
from govreport.model import Report
from govreport.schema import as_declared, schema

_FORMULA = re.compile(r"^[=+\-@\t\r](?![\d.,]*$)(?![-—–/]*$)")
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff]")
_MARKDOWN = re.compile(r"([\\`*_\[\]|~])")
_EXCEL_TEXT, _EXCEL_ROWS = 32_767, 1_048_575
_ADDED_LATER = ("statistics",)  # frames that a folder written by version 0.1.0 does not have
_STATA_TEXT = 2_000  # bytes; longer text needs Stata's long strings


def save(frames: Frames, path: str | os.PathLike[str]) -> Path:
    """Write frames in the format that the name ends in; a file that is there already is replaced.

    =====================  ==========================================================================
    a folder, or no suffix  one parquet file a frame: everything, and ``load`` reads it back
    ``.xlsx``               one sheet a frame: everything
    ``.jsonl``              one line a report (see ``report_json``), then one a source that failed
    ``.parquet .csv .dta``  the cells alone, ``Frames.long()``: one row a cell, with the report's keys
    =====================  ==========================================================================

    CSV is UTF-8 with a mark at the start, for Excel. In CSV and Excel, a text that a spreadsheet would run as a
    formula gets an apostrophe in front, and Excel cells are cut at 32,767 characters. Stata has no NA in text:
    empty text stands for it.

    Returns:
        The path that was written.

    Raises:
        UsageError: an unknown suffix, no such folder to write into, or too many rows for Excel.
    """
    target = check_target(path)
    if _is_folder(path):
        with _telling(target):
            return _save_folder(frames, target)
    with _written(target) as temporary:
        _WRITERS[target.suffix.lower()](frames, temporary)
    return target


def check_target(path: str | os.PathLike[str]) -> Path:
    """The path that ``save`` would write, before there is anything to write.

    Raises:
        UsageError: an unknown suffix, or no such folder to write into.
    """
    return Path(path).expanduser() if _is_folder(path) else check_file(path, tuple(_WRITERS), ", or a folder")


def check_file(path: str | os.PathLike[str], suffixes: Sequence[str], otherwise: str = "") -> Path:
    """The path of a file that may be written: its name ends in one of the suffixes, and its folder is there.

    Raises:
        UsageError: another suffix, a folder in its place, or no such folder to write into.
    """
    target = Path(path).expanduser()
    if target.suffix.lower() not in suffixes:
        known, found = ", ".join(suffixes), target.suffix or "no ending"
        raise UsageError(f"cannot write {target.name}: expected a name in {known}{otherwise}; found {found}")
    if not target.parent.is_dir():
        raise UsageError(f"cannot write {target}: there is no folder {target.parent}; make it first")
    if target.is_dir():
        raise UsageError(f"cannot write {target}: there is a folder of that name; choose another name")
    return target


def save_text(text: str, path: str | os.PathLike[str], suffixes: Sequence[str]) -> Path:
    """Write a text in UTF-8; a file that is there already is replaced.

    Raises:
        UsageError: another suffix, or no such folder to write into.
    """
    target = check_file(path, suffixes)
    with _written(target) as temporary:
        temporary.write_text(text, encoding="utf-8", errors="replace", newline="\n")
    return target


def save_table(frame: pd.DataFrame, path: str | os.PathLike[str], *, notes: Mapping[str, str] | None = None) -> Path:
    """Write any table of analysis: ``.csv .xlsx .md .parquet .jsonl``; a file that is there already is replaced.

    Formulas are made harmless and Excel cells cut as ``save`` does. ``notes`` are facts about the whole, such as
    ``DataFrame.attrs["notice"]``: a second sheet in Excel, lines above the table in Markdown, left out elsewhere.

    Raises:
        UsageError: an unknown suffix, no such folder to write into, or too many rows for Excel.
    """
    target = check_file(path, TABLE_SUFFIXES)
    kind, told = target.suffix.lower(), {k: v for k, v in (notes or {}).items() if v}
    with _written(target) as temporary:
        if kind == ".xlsx":
            sheets = {"table": frame}
            if told:
                sheets["notes"] = pd.DataFrame({"note": list(told), "text": list(told.values())}).astype("string")
            _save_sheets(sheets, temporary)
        elif kind == ".parquet":
            frame.to_parquet(temporary, index=False)
        elif kind == ".csv":
            _write_csv(frame, temporary)
        else:
            readable = kind == ".md"
            lines = [*(f"{t}\n" for t in told.values()), table_markdown(frame)] if readable else row_lines(frame)
            text = "".join(f"{line}\n" for line in lines)
            temporary.write_text(text, encoding="utf-8", errors="replace", newline="\n")
    return target


def row_lines(frame: pd.DataFrame) -> Iterator[str]:
    """Each row of a table as one line of JSON, null for NA. Raises nothing for numbers, text and truth values."""
    columns = [_excel_values(column) for _, column in frame.items()]
    for row in zip(*columns, strict=True):
        yield json_line(dict(zip(map(str, frame.columns), row, strict=True)))


def table_markdown(frame: pd.DataFrame) -> str:
    r"""A table in Markdown: text that is nothing but text, NA empty, numbers to the right. Raises nothing.

    >>> print(table_markdown(pd.DataFrame({"body": ["a|b"], "n": [3]})))
    | body | n |
    | --- | ---: |
    | a\|b | 3 |
    """
    numeric = [pd.api.types.is_numeric_dtype(d) and not pd.api.types.is_bool_dtype(d) for d in frame.dtypes]
    columns = [["" if v is None else _text(v) for v in _excel_values(column)] for _, column in frame.items()]
    heads = [list(map(str, frame.columns)), ["---:" if right else "---" for right in numeric]]
    body = [[markdown_text(text) for text in row] for row in zip(*columns, strict=True)]
    return "\n".join(f"| {' | '.join(cells)} |" for cells in [[*map(markdown_text, heads[0])], heads[1], *body])


def is_formula(text: str) -> bool:
    """Whether a spreadsheet program would run the text; numbers and lone signs are no formulas. Raises nothing.

    >>> is_formula("=1+1"), is_formula("-3"), is_formula("--")
    (True, False, False)
    """
    return _FORMULA.match(text) is not None


def without_controls(text: str) -> str:
    """The text without the signs that no Excel file may hold. Raises nothing."""
    return _CONTROL.sub("", text)


def markdown_text(text: str) -> str:
    r"""Text that Markdown and HTML take for nothing but text, on one line. Raises nothing.

    >>> markdown_text("<b> *x*\n[y](z)")
    '&lt;b&gt; \\*x\\* \\[y\\](z)'
    """
    return _MARKDOWN.sub(r"\\\1", html.escape(" ".join(without_controls(text).split()), quote=False))


def _text(value: Any) -> str:
    if not isinstance(value, float):
        return str(value)
    return f"{value:.0f}" if value.is_integer() else f"{value:.6g}"


def _is_folder(path: str | os.PathLike[str]) -> bool:
    target = Path(path).expanduser()
    return target.is_dir() or not target.suffix or os.fspath(path).endswith(("/", os.sep))


def load(folder: str | os.PathLike[str]) -> Frames:
    """Frames from a folder that ``save`` wrote, with the same types.

    Raises:
        ReadError: a file is missing, is no parquet file, or does not have the declared columns.
    """
    read = []
    for name in Frames.names():
        path = Path(folder).expanduser() / f"{name}.parquet"
        try:
            read.append(as_declared(name, pd.read_parquet(path)))
        except FileNotFoundError as error:
            if name in _ADDED_LATER and read:
                read.append(as_declared(name, {column: [] for column in schema(name)}))
                continue
            raise ReadError(f"{path} is missing; expected a folder written by save(frames, folder)") from error
        except (OSError, ValueError, FormError) as error:  # Arrow's own errors are ValueErrors
            raise ReadError(f"{path} is not a file that save wrote: {error}") from error
    return Frames(*read)


def report_json(report: Report, source: str | None = None) -> dict[str, Any]:
    """A report as plain values for JSON, under the keys that the command line prints.

    ``values`` holds every cell on the page, None where there is no number; ``status`` those that are not plainly
    given. A measure that prose states twice stands once: the first exact figure, or else the first.

    Raises nothing of its own.
    """
    statements: dict[str, int | float] = {}
    for statement in sorted(report.statements, key=lambda s: s.approximate):
        statements.setdefault(statement.measure, _plain(statement.value))
    return {
        "source": report.source if source is None else source,
        "edition": report.edition,
        "year": report.year,
        "agency": report.agency,
        "agency_kind": report.agency_kind,
        "region": report.region._asdict(),
        "values": {cell: number if number is None else _plain(number) for cell, number in report.values.items()},
        "status": dict(report.status),
        "statements": statements,
        "findings": [
            {"rule": f.rule, "severity": f.severity, "cells": list(f.cells), "message": f.message,
             "expected": f.expected, "found": f.found}
            for f in report.findings
        ],
    }  # fmt: skip


def failure_json(source: str, kind: str, message: str) -> dict[str, Any]:
    """A source that could not be read, for JSON. Raises nothing."""
    return {"source": source, "error": {"kind": kind, "message": message}}


def json_line(data: dict[str, Any]) -> str:
    """One line of JSON, Chinese as it is. Raises nothing for what ``report_json`` gives."""
    return json.dumps(data, ensure_ascii=False, allow_nan=False)


def _plain(number: int | float) -> int | float:
    """Whole amounts without a decimal point, as they are printed on the page."""
    return int(number) if float(number).is_integer() else float(number)


def _save_folder(frames: Frames, folder: Path) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    for name, frame in frames.items():
        with _beside(folder / f"{name}.parquet") as temporary:
            frame.to_parquet(temporary, index=False)
    return folder


@contextmanager
def _telling(target: Path) -> Iterator[None]:
    """An error of the file system becomes one that says what to do."""
    try:
        yield
    except OSError as error:
        raise UsageError(f"cannot write {target}: {error.strerror or error}; choose another place") from error


@contextmanager
def _written(target: Path) -> Iterator[Path]:
    with _telling(target), _beside(target) as temporary:
        yield temporary


@contextmanager
def _beside(target: Path) -> Iterator[Path]:
    """A name in the target's folder; what is written there takes the target's place if all goes well."""
    temporary = target.with_name(f".{target.stem}-{uuid4().hex[:8]}{target.suffix}")
    try:
        yield temporary
        temporary.replace(target)
    finally:
        temporary.unlink(missing_ok=True)


def _save_parquet(frames: Frames, path: Path) -> None:
    frames.long().to_parquet(path, index=False)


def _save_csv(frames: Frames, path: Path) -> None:
    _write_csv(frames.long(), path)


def _write_csv(frame: pd.DataFrame, path: Path) -> None:
    _without_formulas(frame).to_csv(path, index=False, encoding="utf-8-sig", lineterminator="\n")


def _save_jsonl(frames: Frames, path: Path) -> None:
    with path.open("w", encoding="utf-8", errors="replace", newline="\n") as file:
        for report in frames.iter_reports():
            file.write(json_line(report_json(report)) + "\n")
        for failure in frames.failures.itertuples(index=False):
            file.write(json_line(failure_json(*failure)) + "\n")


def _save_xlsx(frames: Frames, path: Path) -> None:
    _save_sheets(dict(frames.items()), path)


def _save_sheets(sheets: Mapping[str, pd.DataFrame], path: Path) -> None:
    from openpyxl import Workbook
    from openpyxl.cell import WriteOnlyCell

    book = Workbook(write_only=True)
    for name, frame in sheets.items():
        if len(frame) > _EXCEL_ROWS:
            raise UsageError(f"{name} has {len(frame):,} rows, Excel holds {_EXCEL_ROWS:,}; save in another format")
        sheet = book.create_sheet(name)
        sheet.freeze_panes = "B2"
        sheet.append(list(frame.columns))
        columns = [_excel_values(column) for _, column in _without_formulas(frame).items()]
        for row in zip(*columns, strict=True):
            cells = []
            for value in row:
                cell = WriteOnlyCell(sheet, value=value)
                if isinstance(value, str):
                    cell.data_type = "s"
                cells.append(cell)
            sheet.append(cells)
    book.save(path)


def _excel_values(column: pd.Series[Any]) -> list[Any]:
    values = [None if missing else value for value, missing in zip(column.tolist(), column.isna(), strict=True)]
    return [without_controls(value)[:_EXCEL_TEXT] if isinstance(value, str) else value for value in values]


def _without_formulas(frame: pd.DataFrame) -> pd.DataFrame:
    changed = {}
    for name, column in frame.items():
        if str(column.dtype) == "string" and (risky := [t for t in column.dropna().unique() if is_formula(t)]):
            changed[str(name)] = column.where(~column.isin(risky), "'" + column)
    return frame.assign(**changed)


def _save_dta(frames: Frames, path: Path) -> None:
    cells = frames.long()
    long_texts = []
    for name in cells.columns:
        dtype = str(cells[name].dtype)
        if dtype == "string":
            cells[name] = cells[name].fillna("").str.replace("\0", "", regex=False).astype(object)
            if cells[name].map(lambda text: len(text.encode())).max() > _STATA_TEXT:
                long_texts.append(name)
        elif dtype in ("Int16", "Float64"):
            cells[name] = cells[name].to_numpy(dtype="float64", na_value=float("nan"))
    cells.to_stata(
        path, write_index=False, version=118, convert_strl=long_texts,
        data_label="Government information disclosure reports, one row a cell",
        variable_labels={name: _label(name)[:80] for name in cells.columns},
    )  # fmt: skip


def _label(column: str) -> str:
    from govreport.forms import read_csv

    own = {"cell": "Statutory cell, table.row.column", "value": "Number, missing unless status is given"}
    found = (c["meaning_en"] for c in read_csv("frames") if c["column"] == column and column in schema(c["frame"]))
    return own.get(column) or next(found)


TABLE_SUFFIXES = (".csv", ".xlsx", ".md", ".parquet", ".jsonl")
"""What ``save_table`` writes."""

_WRITERS: dict[str, Callable[[Frames, Path], None]] = {
    ".parquet": _save_parquet,
    ".csv": _save_csv,
    ".xlsx": _save_xlsx,
    ".dta": _save_dta,
    ".jsonl": _save_jsonl,
}

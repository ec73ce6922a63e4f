"""Rows of JSON lines and Parquet files as pages: which column holds what stands in ``forms/source_columns.csv``."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from datetime import UTC, date, datetime
from functools import cache
from typing import Any

from govreport.errors import FormError
from govreport.forms import read_csv
from govreport.model import Origin, Page
from govreport.sources.work import MAX_BYTES, Record

_ROLES = ("html", "text", "url", "date", "status", "type")
_SECONDS = 100_000_000_000  # a number above this counts milliseconds
_SHOWN = 12


def row_record(row: object, table: str, place: str, passed: Counter[str]) -> Record | None:
    """The page that a row holds; None, and counted, if it is empty or an answer that is no page.

    Args:
        row: column names to values, nested or not.
        table: what the table goes by.
        place: where the row stands in it, for rows that name no address.
        passed: counts what is passed over, by reason.
    """
    if not isinstance(row, Mapping):
        return Record(f"{table}#{place}", None, f"an object was expected, found {type(row).__name__}")
    flat = _flat(row)
    url = _text(_first(flat, "url"))
    name = f"{table}#{url or place}"
    status = _whole(_first(flat, "status"))
    if status not in (0, 200):
        passed[f"status {status}"] += 1
        return None
    role = next((role for role in ("html", "text") if _first(flat, role)), "")
    if not role:
        return _without_content(flat, name, passed)
    content = _first(flat, role)
    if not isinstance(content, str | bytes):
        return Record(name, None, f"text was expected in its column of pages, found {type(content).__name__}")
    encoded = content.encode("utf-8", "replace") if isinstance(content, str) else content
    if len(encoded) > MAX_BYTES:
        return Record(name, None, f"the page has {len(encoded):,} bytes; at most {MAX_BYTES:,} are read")
    kind = _text(_first(flat, "type")) if isinstance(content, bytes) else f"text/{_subtype(role)}; charset=utf-8"
    return Record(name, Page(encoded, Origin(name, url, moment(_first(flat, "date")), status, kind)))


def wanted(names: Iterable[str]) -> list[str]:
    """Those of the columns that are of use; names of nested columns are joined by dots."""
    known = {column for columns in _columns().values() for column in columns}
    return [name for name in names if _plain(name) in known]


def has_content(names: Iterable[str]) -> bool:
    """Whether one of the columns can hold a page."""
    return any(_plain(name) in _columns()[role] for name in names for role in ("html", "text"))


def no_content(names: Iterable[str]) -> str:
    """The reason for a table without such a column."""
    found = ", ".join(list(names)[:_SHOWN]) or "none"
    expected = ", ".join((*_columns()["html"][:2], *_columns()["text"][:3]))
    return f"a column with pages was expected ({expected} ...), found {found[:300]}; rename the column that holds them"


def moment(value: object) -> str:
    """A time as ISO 8601 in UTC; empty if it is none. A time without a zone is taken for UTC, as crawlers write it.

    >>> moment("2023-01-05T08:00:00+08:00"), moment("20230105000000"), moment(1672876800)
    ('2023-01-05T00:00:00+00:00', '2023-01-05T00:00:00+00:00', '2023-01-05T00:00:00+00:00')
    """
    try:
        found = _moment(value)
        zoned = found.astimezone(UTC) if found and found.tzinfo else found and found.replace(tzinfo=UTC)
    except (ValueError, OverflowError, OSError):
        return ""
    return zoned.isoformat(timespec="seconds") if zoned else ""


def _moment(value: object) -> datetime | None:
    if isinstance(value, datetime):
        return value
    if isinstance(value, date):
        return datetime(value.year, value.month, value.day)
    if isinstance(value, int | float) and not isinstance(value, bool):
        return datetime.fromtimestamp(value / 1000 if value > _SECONDS else value, UTC)
    if not isinstance(value, str) or not value.strip():
        return None
    text = value.strip()
    if text.isdigit() and len(text) == 14:
        return datetime.strptime(text, "%Y%m%d%H%M%S")
    return datetime.fromisoformat(text)


def _without_content(flat: dict[str, Any], name: str, passed: Counter[str]) -> Record | None:
    if has_content(flat):
        passed["rows without content"] += 1
        return None
    return Record(name, None, no_content(flat))


def _subtype(role: str) -> str:
    return "html" if role == "html" else "plain"


def _flat(row: Mapping[Any, Any]) -> dict[str, Any]:
    """Columns by their plain names; those nested one or two deep under names joined by dots."""
    made: dict[str, Any] = {}
    todo = [("", row, 0)]
    while todo:
        before, columns, depth = todo.pop()
        for key, value in columns.items():
            name = before + _plain(str(key))
            if isinstance(value, Mapping) and depth < 2:
                todo.append((name + ".", value, depth + 1))
                made.setdefault(name, None)
            else:
                made.setdefault(name, value)
    return made


def _plain(name: str) -> str:
    return name.strip().lower().replace("-", "_")


def _first(flat: Mapping[str, Any], role: str) -> Any:
    """The first column of a role that holds something."""
    return next((flat[name] for name in _columns()[role] if flat.get(name) not in (None, "", b"")), None)


def _text(value: object) -> str:
    return value.strip() if isinstance(value, str) else ""


def _whole(value: object) -> int:
    try:
        return int(value) if isinstance(value, int | float | str) else 0
    except (ValueError, OverflowError):
        return 0


@cache
def _columns() -> dict[str, tuple[str, ...]]:
    rows = read_csv("source_columns")
    if strange := {row["role"] for row in rows} - set(_ROLES):
        raise FormError(f"forms/source_columns.csv: there is no role {', '.join(sorted(strange))}")
    return {role: tuple(row["column"] for row in rows if row["role"] == role) for role in _ROLES}

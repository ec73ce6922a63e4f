"""Texts of the explorer in both languages, from ``forms/notes.csv``."""

from __future__ import annotations

from functools import cache

from govreport.errors import UsageError
from govreport.explore.selection import Lang
from govreport.forms import read_csv


@cache
def _texts() -> dict[str, dict[str, str]]:
    return {row["note"]: row for row in read_csv("notes")}


def text(note: str, lang: Lang = "zh", **values: object) -> str:
    """A text of ``forms/notes.csv``, its placeholders filled in.

    >>> text("unit.requests", "en")
    'requests'

    Raises:
        UsageError: no text has this name.
    """
    if note not in _texts():
        raise UsageError(f"no text is called {note!r} in forms/notes.csv; there are {', '.join(_texts())}")
    return _texts()[note][lang].format(**values)

"""Texts of the explorer in both languages, from ``forms/notes.csv``."""

from __future__ import annotations

from govreport.explore.selection import Lang
from govreport.forms.words import text_of


def text(note: str, lang: Lang = "zh", **values: object) -> str:
    """A text of ``forms/notes.csv``, its placeholders filled in.

    >>> text("unit.requests", "en")
    'requests'

    Raises:
        UsageError: no text has this name.
    """
    return text_of("notes", "note", note, lang, **values)

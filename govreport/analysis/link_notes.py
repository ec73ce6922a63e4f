"""Sentences about links, chains and sums in Chinese and English, from ``forms/link_notes.csv``."""

from __future__ import annotations

from functools import cache
from typing import Literal

from govreport.errors import FormError
from govreport.forms import read_csv

Lang = Literal["zh", "en"]


def sentence(note: str, lang: Lang, **fields: object) -> str:
    """A sentence with its fields filled in.

    >>> sentence("why_years", "en")
    'the years do not fit the reform'

    Raises:
        FormError: no sentence has this name.
    """
    if note not in _notes():
        raise FormError(f"forms/link_notes.csv has no line {note!r}; put it back")
    return _notes()[note][lang].format(**fields)


@cache
def _notes() -> dict[str, dict[Lang, str]]:
    return {row["note"]: {"zh": row["zh"], "en": row["en"]} for row in read_csv("link_notes")}

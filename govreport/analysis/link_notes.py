"""Sentences about links, chains and sums in Chinese and English, from ``forms/link_notes.csv``."""

from __future__ import annotations

from govreport.analysis.measures import Lang
from govreport.forms.words import text_of


def sentence(note: str, lang: Lang, **fields: object) -> str:
    """A sentence with its fields filled in.

    >>> sentence("why_years", "en")
    'the years do not fit the reform'

    Raises:
        FormError: no sentence has this name.
    """
    return text_of("link_notes", "note", note, lang, **fields)

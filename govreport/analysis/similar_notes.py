"""Texts about near-copies in both languages, from ``forms/similar.csv``."""

from __future__ import annotations

from govreport.analysis.measures import Lang
from govreport.forms.words import text_of


def say(note: str, lang: Lang, **values: object) -> str:
    """A text of ``forms/similar.csv``, its placeholders filled in.

    >>> say("no_reports", "en")
    'There are no reports: the data is empty.'

    Raises:
        UsageError: no text has this name.
    """
    return text_of("similar", "note", note, lang, **values)


def notices(note: str = "", **values: object) -> dict[str, str]:
    """The text under the keys of ``DataFrame.attrs``: "notice" in English, "notice_zh" in Chinese; "" for no note."""
    keys: tuple[tuple[str, Lang], ...] = (("notice", "en"), ("notice_zh", "zh"))
    return {key: say(note, lang, **values) if note else "" for key, lang in keys}

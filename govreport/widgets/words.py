"""What the explorer says, in both languages, from ``words.csv``."""

from __future__ import annotations

import csv
from functools import cache
from importlib.resources import files

from govreport.errors import FormError

LANGUAGES = {"中文": "zh", "English": "en"}


@cache
def _words() -> dict[tuple[str, str], str]:
    text = files(__package__).joinpath("words.csv").read_text(encoding="utf-8")
    rows = list(csv.DictReader(text.splitlines()))
    made = {(row["name"], lang): row[lang] for row in rows for lang in LANGUAGES.values()}
    if len(made) != len(rows) * len(LANGUAGES):
        raise FormError("widgets/words.csv names something twice")
    return made


def say(name: str, lang: str, **facts: object) -> str:
    """A text of ``words.csv`` with the facts put in.

    >>> say("province", "zh"), say("no_match", "en", text="Atlantis")
    ('省级', 'No such place: Atlantis')

    Raises:
        FormError: words.csv has no such name.
    """
    try:
        text = _words()[name, lang]
    except KeyError:
        raise FormError(f"widgets/words.csv has no {name!r} in {lang!r}") from None
    return text.format(**facts) if facts else text


def has_word(name: str) -> bool:
    """Whether ``words.csv`` has the name. Raises nothing."""
    return (name, "en") in _words()

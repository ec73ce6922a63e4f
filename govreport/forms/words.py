"""Words and texts from the CSV files of this folder: by name and language, or by use."""

from __future__ import annotations

from functools import cache
from typing import Literal, NamedTuple

from govreport.errors import UnknownNameError
from govreport.forms import read_csv

Lang = Literal["zh", "en"]


class Both(NamedTuple):
    """A text in both languages."""

    zh: str
    en: str

    def get(self, lang: Lang) -> str:
        """The text in one language."""
        return self.zh if lang == "zh" else self.en


@cache
def lines_of(file: str, key: str) -> dict[str, dict[str, str]]:
    """The lines of a file by what stands in their column ``key``.

    Raises:
        FormError: the file is missing or broken.
    """
    return {line[key]: line for line in read_csv(file)}


def line_of(file: str, key: str, name: str) -> dict[str, str]:
    """The line of a file whose column ``key`` says the name.

    Raises:
        UnknownNameError: there is none.
        FormError: the file is missing or broken.
    """
    lines = lines_of(file, key)
    if name not in lines:
        raise UnknownNameError(f"no {key} is called {name!r} in forms/{file}.csv; there are {', '.join(lines)}")
    return lines[name]


@cache
def words_of(use: str) -> tuple[str, ...]:
    """The words of one use in ``forms/words.csv``, longest first; empty where there are none.

    Raises:
        FormError: the file is missing or broken.
    """
    found = [line["word"] for line in read_csv("words") if line["use"] == use]
    return tuple(sorted(found, key=len, reverse=True))


def text_of(file: str, key: str, name: str, lang: Lang, /, **values: object) -> str:
    """A text in one language with its placeholders filled in.

    >>> text_of("rate_flags", "flag", "across_2021", "en")
    'Puts together reports from both sides of the break of 2020/2021'

    Raises:
        UnknownNameError: the file has no text of this name.
        FormError: the file is missing or broken.
    """
    return line_of(file, key, name)[lang].format(**values)

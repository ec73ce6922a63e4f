"""The patterns of forms/clues.csv and the words of forms/words.csv, compiled once."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import cache

from govreport.errors import FormError
from govreport.forms import read_csv

_BLANK = re.compile(r"\s+")
_WIDE = re.compile("[０-９]")
_WIDE_TO_PLAIN = str.maketrans("０１２３４５６７８９", "0123456789")


@cache
def patterns(use: str) -> tuple[re.Pattern[str], ...]:
    """The patterns of one use, in the order of the file.

    Raises:
        FormError: no line has this use, or a pattern cannot be compiled.
    """
    found = [row["pattern"] for row in read_csv("clues") if row["use"] == use]
    if not found:
        raise FormError(f"forms/clues.csv has no pattern for {use!r}; put the line back")
    try:
        return tuple(re.compile(p) for p in found)
    except re.error as error:
        raise FormError(f"forms/clues.csv: a pattern for {use!r} is not a regular expression: {error}") from error


def pattern(use: str) -> re.Pattern[str]:
    """The one pattern of a use."""
    return patterns(use)[0]


@cache
def values(use: str) -> Mapping[str, tuple[str, ...]]:
    """Word to the parts of its value, for the words of one use, in the order of the file."""
    return {row["word"]: tuple(row["value"].split()) for row in read_csv("words") if row["use"] == use}


def squash(text: str) -> str:
    """A text without blanks, its full-width digits plain."""
    return plain_digits(_BLANK.sub("", text))


def plain_digits(text: str) -> str:
    """A text with full-width digits made plain.

    >>> plain_digits("２０２３年")
    '2023年'
    """
    return text.translate(_WIDE_TO_PLAIN) if _WIDE.search(text) else text

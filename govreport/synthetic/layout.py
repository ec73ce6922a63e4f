"""What a page is made of before it has a look, and what a layout is."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Literal

from govreport.synthetic.sheet import Sheet

Texts = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Parts:
    """The content of a page.

    Attributes:
        title: title line.
        lead: paragraphs before section one; the first says that the page is a sample.
        headings: the six headings in order; an empty one is not printed.
        before: paragraphs of a section, by its number; they stand before its tables.
        after: paragraphs of a section that stand after its tables.
        sheets: the tables in order.
        closing: lines at the end: signature and date.
        metadata: name and text of a block of metadata above the title; empty for none.
        year: year reported on.
        published: date of publication, "2021-01-13"; empty when not known.
    """

    title: str
    lead: Texts
    headings: Texts
    before: Mapping[int, Texts]
    sheets: tuple[Sheet, ...]
    year: int
    after: Mapping[int, Texts] = field(default_factory=dict)
    closing: Texts = ()
    metadata: tuple[tuple[str, str], ...] = ()
    published: str = ""


Habit = Callable[[Parts], Parts]
NumberHabit = Callable[[str, int | float], str]


def plain_number(cell: str, number: int | float) -> str:
    """Digits without commas. Purchases carry 万元, for the 2019 form names no unit for them.

    >>> plain_number("disclosure.procurement.amount_10k_yuan", 25.1), plain_number("disclosure.rules.made", 1300)
    ('25.1万元', '1300')
    """
    text = format(Decimal(repr(number)), "f")
    return f"{text}万元" if number and cell.startswith("disclosure.procurement.amount") else text


@dataclass(frozen=True, slots=True)
class Layout:
    """A way to write a page.

    Attributes:
        name: key in ``LAYOUTS``.
        kind: "html" or "text".
        family: layouts that one floor of quality holds for.
        says: one line: which habit of real pages it follows.
        write: makes the text of the page.
        keeps_blanks: false when an empty cell leaves no trace on the page.
        habits: changes of the content, made in order before it is written.
        number: how a number is printed.
        encoding: how the text becomes bytes, a Python codec name.
    """

    name: str
    kind: Literal["html", "text"]
    family: str
    says: str
    write: Callable[[Parts], str]
    keeps_blanks: bool = True
    habits: tuple[Habit, ...] = ()
    number: NumberHabit = plain_number
    encoding: str = "utf-8"

    def make(self, parts: Parts) -> bytes:
        """The page as bytes."""
        for habit in self.habits:
            parts = habit(parts)
        return self.write(parts).encode(self.encoding)

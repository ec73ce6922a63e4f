"""Recognised pages to paragraphs and grids, in the way of a PDF file's pages, with the confidence of each cell."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from statistics import median

from govreport.model import Block
from govreport.read.ocr.page import EM_POINTS, Seen
from govreport.read.pdf.assembly import Made, blocks_of, join_tables, take_tables
from govreport.read.pdf.flow import without_furniture
from govreport.read.pdf.page import Char
from govreport.read.pdf.plain import Plain
from govreport.read.pdf.ruled import Box, Ruled

_SHIFT = 30.0  # points by which the same table may lie further left or right on the next sheet of a scan
_STRETCH = 0.03
_ALIKE = 0.25  # share by which the size of letters may differ on pages that are taken as equally large
_LEVEL = 0.4  # of a letter's size: characters of one line

Where = tuple[int, int, int]


@dataclass(slots=True)
class Assembled:
    """Blocks in page order, how sure each cell is by (grid, row, column), and what was done, one sentence each."""

    blocks: list[Block] = field(default_factory=list)
    confidence: dict[Where, float] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)


def assembled(pages: Sequence[Seen]) -> Assembled:
    """All pages put together; tables that go on over a page's end become one."""
    scale = EM_POINTS / median([page.em for page in pages if page.words] or [EM_POINTS])
    views, sure = [], {}
    for page in pages:
        own = EM_POINTS / page.em
        view, certain = page.view(scale if abs(own / scale - 1) < _ALIKE else own)
        views.append(view)
        sure[page.number] = certain
    made = Made()
    made.notes += without_furniture(views)
    lines = take_tables(views, made)
    tables = [item.thing for item in made.items if isinstance(item.thing, Ruled)]
    for first, second in pairwise(tables):
        _aligned(first, second)
    join_tables(made)
    blocks = blocks_of(made, lines, views)
    return Assembled(blocks, dict(_confidence(made, sure)), made.notes)


def _aligned(first: Ruled, second: Ruled) -> None:
    """Bring a table's second part under its first: sheets lie a little differently on the glass of a scanner."""
    (a, b), (c, d) = (first.xs[0], first.xs[-1]), (second.xs[0], second.xs[-1])
    stretch = (b - a) / max(1e-6, d - c)
    if abs(stretch - 1) <= _STRETCH and abs(a - c) <= _SHIFT and abs(b - d) <= _SHIFT:
        second.xs = [a + (x - c) * stretch for x in second.xs]


def _confidence(made: Made, pages: dict[int, dict[Char, float]]) -> Iterator[tuple[Where, float]]:
    sure: dict[Char, float] = {}
    for page in pages.values():
        for char, own in page.items():
            sure[char] = min(own, sure.get(char, 1.0))
    grid = 0
    for item in made.items:
        if isinstance(item.thing, Ruled):
            grid += 1
            for box in item.thing.boxes:
                yield (grid, box.top + 1, box.left + 1), _sure(box, sure)
        elif isinstance(item.thing, Plain):
            grid += 1
            for (row, column), own in _plain(item.thing, item.page, pages):
                yield (grid, row, column), own


def _sure(box: Box, sure: dict[Char, float]) -> float:
    return min((sure.get(char, 0.0) for char in box.chars), default=1.0)


def _plain(table: Plain, page: int, pages: dict[int, dict[Char, float]]) -> Iterator[tuple[tuple[int, int], float]]:
    """How sure the figures of each row are; its least sure one speaks for all."""
    number = 0
    for part in table.parts:
        number += bool(part.head_blocks)
        for row in part.rows:
            number += 1
            page = row.page or page
            level = [own for char, own in pages[page].items()
                     if abs(char.y - row.y) <= _LEVEL * char.size and not char.text.isalpha()]  # fmt: skip
            for column, text in enumerate(part.texts(row), 1):
                yield (number, column), min(level, default=1.0) if text else 1.0

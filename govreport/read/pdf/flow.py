"""What runs through a whole PDF file: page numbers and running titles taken out, lines joined into paragraphs."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from typing import NamedTuple

from govreport.model import Paragraph
from govreport.read.cells import squash
from govreport.read.pdf.lines import Line, line_text, rows_of
from govreport.read.pdf.page import Char, View

_DIGITS = re.compile(r"\d+")
_HAN_START = re.compile(r"[\u2e80-\u9fff\uff00-\uffef\u3000-\u303f]")
_OUTER = 2  # lines at the upper and at the lower end of a page that may be furniture
_SAME_HEIGHT = 3.0
_PLACE = 1.0  # points by which a page number may stand elsewhere than on other pages
_APART = 1.8  # letters between a running title and the text; lines of one text stand closer
_PITCH = 2.2
_INDENT = 1.0
_LIKE = 1.08


class Edge(NamedTuple):
    """An outer line of a page, with its digits taken out, and its distance from the upper end of the page."""

    page: int
    line: Line
    mask: str
    numbers: tuple[int, ...]
    y: float


def without_furniture(views: Sequence[View]) -> list[str]:
    """Take out lines at the ends of pages that only count pages or repeat a title; gives notes that say so.

    A line goes only where the same words stand at the same height on at least two pages and on half of all, and each
    number in them is the same everywhere or rises with the pages.
    """
    if len(views) < 2:
        return []
    groups: dict[str, list[Edge]] = {}
    for number, view in enumerate(views):
        for edge in _edges(number, view):
            groups.setdefault(edge.mask, []).append(edge)
    notes = []
    for mask, edges in groups.items():
        for level in _levels(edges):
            pages = {e.page for e in level}
            if (
                len(pages) < 2
                or 2 * len(pages) < len(views)
                or not _counts(level)
                or not _stands_apart(level, mask, views)
            ):
                continue
            gone = {id(c) for e in level for c in e.line.chars}
            for page in (page for page in range(len(views)) if page not in pages):
                inside = _same_place(level, page, views[page])
                gone.update(map(id, inside))
                pages.update([page] if inside else [])
            for page in pages:
                views[page].chars = [c for c in views[page].chars if id(c) not in gone]
            first = squash(level[0].line.text)
            notes.append(
                f"“{first[:60]}” and its like at the ends of {len(pages)} pages were left out as running lines"
            )
    return notes


def _edges(number: int, view: View) -> list[Edge]:
    rows = rows_of(c for c in view.chars if not c.angle)
    outer = rows if len(rows) <= 2 * _OUTER else [*rows[:_OUTER], *rows[-_OUTER:]]
    made = []
    for line in (Line(row, []) for row in outer):
        text = line.text
        made.append(Edge(number, line, _DIGITS.sub("#", text), tuple(map(int, _DIGITS.findall(text)[:20])), line.y))
    return made


def _levels(edges: list[Edge]) -> list[list[Edge]]:
    """Edges of the same height together."""
    made: list[list[Edge]] = []
    for edge in sorted(edges, key=lambda e: e.y):
        if made and edge.y - made[-1][0].y <= _SAME_HEIGHT:
            made[-1].append(edge)
        else:
            made.append([edge])
    return made


def _counts(edges: list[Edge]) -> bool:
    """Whether each number is the same on all pages or rises with them."""
    first = edges[0]
    for edge in edges[1:]:
        steps = [b - a for a, b in zip(first.numbers, edge.numbers, strict=True)]
        if any(step not in (0, edge.page - first.page) for step in steps):
            return False
    return True


def _same_place(level: list[Edge], page: int, view: View) -> list[Char]:
    """The page number of a page on which it stands level with something else: at the place it has on other pages."""
    first, other = level[0], level[1]
    numbers = iter(
        n + (page - first.page) * (n != later) for n, later in zip(first.numbers, other.numbers, strict=True)
    )
    if not first.numbers or first.numbers == other.numbers:
        return []
    expected = re.sub("#", lambda _: str(next(numbers)), first.mask)
    left, right = first.line.x0 - _PLACE, first.line.x1 + _PLACE
    found = [c for c in view.chars if abs(c.y - first.y) <= _PLACE and left <= c.x0 <= right and not c.angle]
    found.sort(key=lambda c: c.x0)
    return found if line_text(found) == expected else []


def _stands_apart(edges: list[Edge], mask: str, views: Sequence[View]) -> bool:
    """Whether the lines stand apart from the text, or are page numbers and nothing else."""
    rising = len(edges) > 1 and edges[0].numbers != edges[-1].numbers
    if rising and len(re.sub(r"[\s#第页共/—–\-·.,，of]", "", mask)) == 0:
        return True
    for edge in edges:
        others = [c.y for c in views[edge.page].chars if abs(c.y - edge.y) > 0.5 * c.size]
        nearest = min((abs(y - edge.y) for y in others), default=1000.0)
        if nearest < _APART * edge.line.size:
            return False
    return True


def sides(lines: Iterable[tuple[int, Line]], widths: dict[int, float]) -> dict[int, tuple[float, float]]:
    """Left and right side of the running text of each page; pages of one width share them."""
    by_width: dict[int, list[Line]] = {}
    for page, line in lines:
        by_width.setdefault(round(widths[page]), []).append(line)
    found: dict[int, tuple[float, float]] = {}
    for width, own in by_width.items():
        left = min(line.x0 for line in own)
        right = max(line.x1 for line in own)
        found[width] = left, max(right, width - left) if right < 0.7 * width else right
    return {page: found.get(round(width), (0.0, width)) for page, width in widths.items()}


def body_size(lines: Iterable[Line]) -> float:
    """Size of most letters."""
    sizes: Counter[float] = Counter()
    for line in lines:
        sizes[round(line.size, 1)] += len(line.chars)
    return sizes.most_common(1)[0][0] if sizes else 10.0


def paragraphs(
    lines: Sequence[tuple[int, Line]], margins: dict[int, tuple[float, float]], usual: float
) -> list[Paragraph]:
    """Lines that follow each other, joined where a line is full and the next one neither indented nor far below."""
    made: list[Paragraph] = []
    for number, (page, line) in enumerate(lines):
        text = line.text
        if made and number and _goes_on(lines[number - 1], (page, line), margins, usual):
            made[-1] = made[-1]._replace(text=squash(made[-1].text + _between(made[-1].text, text) + text))
        else:
            made.append(Paragraph(squash(text), page))
    return [p for p in made if p.text]


def _goes_on(
    last: tuple[int, Line], this: tuple[int, Line], margins: dict[int, tuple[float, float]], usual: float
) -> bool:
    (page, above), (next_page, below) = last, this
    if not 1 / _LIKE < above.size / below.size < _LIKE:
        return False
    pitch = below.y - above.y
    if page == next_page and not 0 < pitch <= _PITCH * below.size:
        return False
    left, right = margins[page]
    title = above.size > 1.2 * usual and page == next_page
    if title and abs(above.x0 + above.x1 - below.x0 - below.x1) < above.size and above.x0 - left > above.size:
        return True  # a title of two lines, each in the middle of the page
    room = right - above.x1
    indented = below.x0 - margins[next_page][0] > _INDENT * below.size
    return room < 1.6 * below.size and not indented


def _between(above: str, below: str) -> str:
    if _HAN_START.match(above[-1:]) or _HAN_START.match(below[:1]):
        return ""
    return " "

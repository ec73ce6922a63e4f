"""Lines and tables of all pages in order, put together and made to paragraphs and grids; for PDF files and pictures."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from govreport.model import Block, Cell, Grid, Paragraph
from govreport.read.pdf.clusters import last_heading
from govreport.read.pdf.flow import body_size, paragraphs, sides
from govreport.read.pdf.join import join_plain, join_ruled
from govreport.read.pdf.lines import Line, lines_of, raised
from govreport.read.pdf.page import View
from govreport.read.pdf.plain import Known, Plain, find_plain
from govreport.read.pdf.ruled import Box, Ruled, find_ruled

Thing = Line | Ruled | Plain


@dataclass(slots=True)
class Item:
    """A line or a table with its page; pages of pictures hold the blocks that OCR gave."""

    page: int
    thing: Thing | Block


@dataclass(slots=True)
class Made:
    """What was found so far."""

    items: list[Item] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    confidence: dict[tuple[int, int, int], float] = field(default_factory=dict)
    images: int = 0
    scanned: dict[int, tuple[list[Block], dict[tuple[int, int, int], float]]] = field(default_factory=dict)

    def note(self, text: str) -> None:
        """Say something once."""
        if text not in self.notes:
            self.notes.append(text)


def take_tables(views: Sequence[View], made: Made) -> list[tuple[int, Line]]:
    """Find the tables of every page; all that stands on pages goes to ``made.items``, lines are also given."""
    found: list[tuple[View, list[Ruled], list[Line]]] = []
    for view in views:
        ruled, rest, left_out = find_ruled(view.rules, view.chars)
        if left_out:
            made.note(f"page {view.number}: its rules were left out, for there are too many to be a table's")
        found.append((view, ruled, lines_of(rest)))
    text = [(view.number, line) for view, _, lines in found for line in lines]
    margins = sides(text, {view.number: view.width for view, *_ in found})
    known, last_lines = Known(), list[Line]()
    for view, ruled, lines in found:
        width = margins[view.number][1] - margins[view.number][0]
        tables: list[Plain] = []
        for zone in _zones(lines, ruled):
            tables += find_plain(zone, width, view.rules, known)
            known.columns, known.head = (), []
        if known.used:  # the last lines of the page before head the first table of this one
            heads = {id(line) for line in last_lines}
            made.items = [item for item in made.items if id(item.thing) not in heads]
        inside = {id(line.chars[0]) for table in tables for line in table.lines}
        loose = [line for line in lines if id(line.chars[0]) not in inside]
        last = _add_page(made, view.number, ruled, tables, loose)
        last_lines = last_heading(loose, width) if isinstance(last, Line) else []
        known.head = [raised(line, view.height) for line in last_lines]
        known.columns = last.parts[-1].columns if isinstance(last, Plain) else ()
        known.used = False
    for number, (blocks, _) in made.scanned.items():
        made.items += [Item(number, block) for block in blocks]
    made.items.sort(key=lambda item: item.page)
    return text


def _add_page(
    made: Made, page: int, ruled: Sequence[Ruled], tables: Sequence[Plain], lines: Sequence[Line]
) -> Thing | None:
    """Add what stands on a page in its order; gives the last thing."""
    things: list[tuple[float, float, Thing]] = [(t.top, t.xs[0], t) for t in ruled]
    things += [(t.top, t.lines[0].x0, t) for t in tables]
    things += [(line.y, line.x0, line) for line in lines]
    things.sort(key=lambda thing: thing[:2])
    for table in ruled:
        for box in table.boxes:
            box.page = page
    for plain in tables:
        plain.page = page
    made.items += [Item(page, thing) for *_, thing in things]
    return things[-1][2] if things else None


def _zones(lines: Sequence[Line], ruled: Sequence[Ruled]) -> Iterator[list[Line]]:
    """Lines between ruled tables: no table without rules goes on across one with rules."""
    zone: list[Line] = []
    for line in lines:
        if zone and any(zone[-1].y < (t.top + t.bottom) / 2 < line.y for t in ruled):
            yield zone
            zone = []
        zone.append(line)
    if zone:
        yield zone


def join_tables(made: Made) -> None:
    """Put tables over the end of a page together."""
    items: list[Item] = []
    for item in made.items:
        last = items[-1] if items else None
        if last is not None and item.page == _end(last) + 1:
            if isinstance(last.thing, Ruled) and isinstance(item.thing, Ruled):
                joined = join_ruled(last.thing, item.thing)
                if joined:
                    last.thing, note = joined
                    made.note(f"the table that goes on on page {item.page} was put together{note}")
                    continue
            if isinstance(last.thing, Plain) and isinstance(item.thing, Plain) and item.thing.parts:
                note = join_plain(last.thing, item.thing)
                for row in (row for part in item.thing.parts for row in part.rows):
                    row.page = row.page or item.page
                last.thing.last_page = item.page
                made.note(f"the table that goes on on page {item.page} was put together{note}")
                continue
        items.append(item)
    made.items = items


def _end(item: Item) -> int:
    if isinstance(item.thing, Ruled):
        return max(box.page for box in item.thing.boxes)
    if isinstance(item.thing, Plain):
        return max(item.page, item.thing.last_page)
    return item.page


# -- blocks -----------------------------------------------------------------------------------------------------------


def blocks_of(made: Made, lines: Sequence[tuple[int, Line]], views: Sequence[View]) -> list[Block]:
    """Paragraphs and grids of what was found; the lines are those that ``take_tables`` gave."""
    margins = sides(lines, {view.number: view.width for view in views})
    usual = body_size(line for _, line in lines)
    blocks: list[Block] = []
    run: list[tuple[int, Line]] = []
    grids = 0
    for item in made.items:
        if isinstance(item.thing, Line):
            run.append((item.page, item.thing))
            continue
        blocks += paragraphs(run, margins, usual)
        run = []
        if isinstance(item.thing, Paragraph):
            blocks.append(item.thing._replace(line=item.page))
            continue
        grids += 1
        blocks.append(_grid(item, grids, made))
    return blocks + paragraphs(run, margins, usual)


def _grid(item: Item, number: int, made: Made) -> Grid:
    thing = item.thing
    if isinstance(thing, Ruled):
        cells = tuple(_ruled_cell(box, item.page) for box in thing.boxes)
        return Grid(cells, number, item.page, True)
    if isinstance(thing, Plain):
        return Grid(tuple(_plain_cells(thing, item.page)), number, item.page, False)
    assert isinstance(thing, Grid)
    for (grid, row, column), sure in made.scanned[item.page][1].items():
        if grid == thing.number:
            made.confidence[number, row, column] = sure
    cells = tuple(cell._replace(line=item.page) for cell in thing.cells)
    return thing._replace(cells=cells, number=number, line=item.page)


def _ruled_cell(box: Box, page: int) -> Cell:
    return Cell(box.text, box.top + 1, box.left + 1, box.bottom - box.top, box.right - box.left, box.page or page)


def _plain_cells(table: Plain, page: int) -> Iterator[Cell]:
    """Cells of a table without rules: labels and figures from left to right, blanks where columns are known."""
    number = 0
    for part in table.parts:
        number += bool(part.head_blocks)
        for column, block in enumerate(part.heading(), 1):
            yield Cell(block.text, number, column, 1, 1, part.rows[0].page if part.rows and part.rows[0].page else page)
        for plain_row in part.rows:
            number += 1
            page = plain_row.page or page
            for column, text in enumerate(part.texts(plain_row), 1):
                yield Cell(text, number, column, 1, 1, page)

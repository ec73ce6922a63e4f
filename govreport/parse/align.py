"""Which token belongs to which cell of one table: all ways that fit, and the choice between them.

A way of reading a table is a *hypothesis*: where the padding of merged cells stands (before or behind the
values), and whether columns stand in the order of the form or of the heading on the page. Where ways differ, the
table's own evidence decides, then the identities of the form; where neither does, the numbers are ``lost``.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field

from govreport.model import Status
from govreport.parse.layout import Sums
from govreport.parse.tokens import Tokens

Choice = tuple[int, ...]
"""Tokens of one row's values, in the order they stand."""


@dataclass(slots=True)
class RowSlice:
    """The tokens between one row label and the next, and the ways to take ``width`` values from them."""

    row: str
    width: int
    tokens: list[int]
    exact_label: bool = True
    columns: tuple[int, ...] | None = None
    group: int = -1
    broken: bool = False
    """Whether the row goes on in the next line and is of the usual length with it."""
    ways: dict[str, Choice] = field(default_factory=dict)


def find_ways(tokens: Tokens, part: RowSlice, columns: tuple[int, ...] | None) -> None:
    """Fill ``part.ways``. Every way uses up all tokens that are not blank; none if that cannot be.

    Args:
        columns: grid columns in which the table's values stand, when known; they settle a doubt.
    """
    line, width, kinds = part.tokens, part.width, tokens.kinds
    count = len(line)
    if count == width:
        part.ways = {"only": tuple(line)}
        return
    solid = [t for t in line if kinds[t] != "b"]
    if count < width or len(solid) > width:
        part.ways = {}
        return
    if columns:
        by_column = {tokens.cells[t][2]: t for t in line}
        taken = tuple(by_column[c] for c in columns if c in by_column)
        if len(taken) == width and set(solid) <= set(taken):
            part.ways = {"only": taken}
            return
    if len(solid) == width:
        part.ways = {"only": tuple(solid)}
        return
    starts = [n for n in range(count - width + 1) if set(solid) <= set(line[n : n + width])]
    names = {0: "first", count - width: "last"}
    part.ways = {names.get(n, f"from {n}"): tuple(line[n : n + width]) for n in starts}


def usual_length(tokens: Tokens, rows: Sequence[int]) -> int:
    """Number of cells that at least seven in ten rows of a table have; 0 where rows are of many lengths."""
    met = Counter(tokens.row_length(row) for row in rows if row >= 0).most_common(1)
    if not met or met[0][1] < 3 or met[0][1] * 10 < len(rows) * 7:
        return 0
    return met[0][0]


def distrust_ragged(tokens: Tokens, parts: Sequence[RowSlice]) -> None:
    """Take back what was read from a row with blanks that is not as long as the other rows of a padded table.

    Where merged cells left padding behind the values, all rows of the text are equally long. A row that is not has
    lost or gained a cell, and every value behind the gap would move to a wrong column. A row that goes on in the next
    line is let off when it is whole, and so is the last row, whose padding is often stripped.
    """
    rows = [p for p in parts if p.group >= 0 and p.tokens and not tokens.exact[p.tokens[0]]]
    usual = usual_length(tokens, [p.group for p in rows])
    if not usual:
        return
    lengths = {p.row: tokens.row_length(p.group) for p in rows}
    padding = Counter(len(p.tokens) - p.width for p in rows).most_common(1)[0][0]
    rectangular = len({len(p.tokens) - p.width for p in rows if lengths[p.row] == usual}) > 1
    if not any(len(p.tokens) > p.width and lengths[p.row] == usual for p in rows):
        return
    for part in rows:
        whole = len(part.tokens) == part.width
        spilled = part.broken or (whole and any(tokens.group[t] != part.group for t in part.tokens))
        odd = lengths[part.row] != usual and (rectangular or len(part.tokens) - part.width != padding)
        if odd and not spilled and not (whole and part is parts[-1]):
            kinds = {tokens.kinds[t] == "b" for way in part.ways.values() for t in way}
            if kinds == {True, False}:
                part.ways = {}


def value_columns(tokens: Tokens, parts: Sequence[RowSlice]) -> tuple[int, ...] | None:
    """Grid columns of the values, when most rows of an exact grid agree on them."""
    met = Counter(
        tuple(tokens.cells[t][2] for t in p.tokens)
        for p in parts
        if len(p.tokens) == p.width and p.tokens and tokens.exact[p.tokens[0]]
    )
    if not met:
        return None
    columns, times = met.most_common(1)[0]
    return columns if times * 2 > len(parts) else None


def headed_columns(
    tokens: Tokens, first: int, stop: int, wanted: dict[str, str], names: Sequence[str]
) -> tuple[int, ...] | None:
    """Grid columns under the headings of a row's columns, when each heading stands once and side by side.

    Args:
        first: first token of the heading.
        stop: token behind the heading.
        wanted: squeezed label to column name.
        names: names of the columns in order.
    """
    places: dict[str, int] = {}
    for token in range(first, stop):
        name = wanted.get(tokens.labels[token])
        if name is not None and tokens.grids[token]:
            places[name] = tokens.cells[token][2]
    columns = tuple(places.get(name, 0) for name in names)
    start = columns[0]
    return columns if start and columns == tuple(range(start, start + len(names))) else None


def padding_side(parts: Sequence[RowSlice]) -> str | None:
    """On which side of the values blanks of merged cells stand, from rows where it can be seen."""
    sides = set()
    for part in parts:
        extra = len(part.tokens) - part.width
        if extra <= 0 or list(part.ways) != ["only"]:
            continue
        taken = set(part.ways["only"])
        if part.tokens[0] not in taken:
            sides.add("last")
        if part.tokens[-1] not in taken:
            sides.add("first")
    for part in parts:
        if len(part.ways) == 1 and "only" not in part.ways:
            sides.update(part.ways)
    return sides.pop() if len(sides) == 1 else None


View = dict[int, tuple[Status, int | float | None]]
"""Status and number of each cell, by its position in ``Form.cells``."""


@dataclass(slots=True)
class Reading:
    """One way to read a table: the token of each cell, by the cell's position in ``Form.cells``."""

    name: str
    cells: dict[int, int]

    def seen(self, tokens: Tokens) -> View:
        """What would be read: two readings that see the same are the same."""
        made: View = {}
        for cell, token in self.cells.items():
            status, number, _ = tokens.numbers[token]
            made[cell] = (status, number if status == "given" else None)
        return made


def choose(
    tokens: Tokens, readings: list[Reading], sums: tuple[Sums, ...], trusted: str | None
) -> tuple[Reading, set[int]]:
    """The reading to stand by, and the cells on which the readings that remain disagree.

    ``trusted`` names the reading that the table's own evidence supports. Without it the identities choose: the
    reading with fewest broken sums, if it breaks none that another keeps.
    """
    if len(readings) == 1:
        return readings[0], set()
    kept = [readings[0]]
    views = [readings[0].seen(tokens)]
    for other in readings[1:]:
        view = other.seen(tokens)
        if view not in views:
            kept.append(other)
            views.append(view)
    if len(kept) == 1:
        return kept[0], set()
    for reading in kept:
        if trusted is not None and reading.name.startswith(trusted):
            return reading, set()
    broken = [len(broken_sums(view, sums)) for view in views]
    fewest = min(broken)
    best = [n for n, b in enumerate(broken) if b == fewest]
    if len(best) == 1:
        return kept[best[0]], set()
    first = views[best[0]]
    doubtful = {
        cell for n in best[1:] for cell in first.keys() | views[n].keys() if first.get(cell) != views[n].get(cell)
    }
    return kept[best[0]], doubtful


def broken_sums(view: View, sums: tuple[Sums, ...]) -> list[Sums]:
    """Identities that fail when blanks and dashes count as zero; those with other gaps are passed over."""
    numbers: dict[int, float] = {}
    for cell, (status, number) in view.items():
        if status == "given":
            numbers[cell] = float(number)  # type: ignore[arg-type]
        elif status in ("blank", "dash"):
            numbers[cell] = 0.0
    broken = []
    for s in sums:
        try:
            left, right = sum(numbers[i] for i in s.left), sum(numbers[i] for i in s.right)
        except KeyError:
            continue
        if abs(left - right) > 1e-6:
            broken.append(s)
    return broken

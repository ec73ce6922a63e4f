"""Tables without rules: columns told by where figures and headings stand, rows by baselines and by how labels are set.

A figure belongs to a column by its place alone. Which label it belongs to is laid down by geometry: a label of several
lines is set so that its first, middle or last line is level with its figures, in the same way all over a table. What
geometry cannot tell is handed on as text, never as a figure.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import pairwise

from govreport.read.pdf.clusters import clusters
from govreport.read.pdf.figures import (
    Column,
    columns_of,
    demote_dashes,
    figures_of,
    loosened,
    side_by_side,
    with_units,
)
from govreport.read.pdf.lines import Line, Piece
from govreport.read.pdf.page import HAN, Rule
from govreport.read.pdf.stacks import Block, heading_blocks, inner_pitch, label_blocks, set_alike

_LEVEL = 0.22
_SET_APART = 4  # signs that stand by themselves in one row
_ENOUGH_ROWS = 3
_MOST_PIECES = 5_000  # of a page; a full page of figures has some 600
_NEAR = 2.6  # letters: two lines of one cell are never further apart


@dataclass(slots=True)
class PlainRow:
    """A row: its height on the page, labels from left to right, and texts by column."""

    y: float
    labels: list[Block] = field(default_factory=list)
    figures: dict[int, str] = field(default_factory=dict)
    unclear: bool = False
    page: int = 0


@dataclass(slots=True)
class Part:
    """A heading and the rows under it, with the columns that hold for them."""

    head: list[Line] = field(default_factory=list)
    body: list[Line] = field(default_factory=list)
    columns: list[Column] = field(default_factory=list)
    head_blocks: list[Block] = field(default_factory=list)
    rows: list[PlainRow] = field(default_factory=list)

    def heading(self) -> list[Block]:
        """Headings column by column, each above those under it: what spans columns stands before the first of them."""

        def first(block: Block) -> float:
            return min((o.x0 for o in self.head_blocks if o.top > block.bottom and o.overlaps(block)), default=block.x0)

        return sorted(self.head_blocks, key=lambda b: (min(first(b), b.x0) if b.text else b.x0, b.anchor))

    def texts(self, row: PlainRow) -> list[str]:
        """Texts of a row from left to right; figures that cannot be told apart or have no label stand in one cell."""
        count = max([len(self.columns), *(n + 1 for n in row.figures)])
        figures = [row.figures.get(n, "") for n in range(count)]
        if row.unclear:
            figures = [" ".join(text or "?" for text in figures)]
        places = [*(c.x0 for c in self.columns), *[10_000.0] * (count - len(self.columns))]
        cells = _whole_labels(row.labels, places[0] if places else 0.0)
        cells += list(zip(places, figures, strict=False))
        return [text for _, text in sorted(cells, key=lambda cell: cell[0])]


def _whole_labels(labels: Sequence[Block], figures: float) -> list[tuple[float, str]]:
    """Places and texts of a row's labels; signs set over the width of their cell are one label, and no numerals."""
    before = [block for block in labels if block.x0 < figures]
    if sum(len(block.text) == 1 and HAN.match(block.text) is not None for block in before) < _SET_APART:
        return [(block.x0, block.text) for block in labels]
    rest = [(block.x0, block.text) for block in labels if block.x0 >= figures]
    return [(before[0].x0, "".join(block.text for block in before)), *rest]


@dataclass(slots=True)
class Plain:
    """A table without rules: its lines on the page and its parts."""

    lines: list[Line]
    parts: list[Part]
    page: int = 0
    last_page: int = 0

    @property
    def top(self) -> float:
        """Baseline of the first line."""
        return self.lines[0].y


@dataclass(slots=True)
class Known:
    """What earlier pages have shown: columns of the table that ended the last page, distance of lines in one label.

    ``pitch`` is in parts of the letters' size; None before a table has shown it. ``head`` are lines at the end of the
    last page that may head the rows of the next, moved above it; ``used`` says that they do.
    """

    columns: Sequence[Column] = ()
    pitch: float | None = None
    head: list[Line] = field(default_factory=list)
    used: bool = False


def find_plain(lines: Sequence[Line], width: float, rules: Sequence[Rule], known: Known) -> list[Plain]:
    """Tables among lines that stand in no ruled table.

    Args:
        lines: from top to bottom.
        width: width of the text on the page.
        rules: lines that lie between rows, if any.
        known: what earlier pages have shown; the pitch is added to it.
    """
    if sum(len(line.pieces) for line in lines) > _MOST_PIECES:
        return []
    spans = [*known.columns, *(Column(p.x0, p.x1) for line in known.head for p in line.pieces[1:])]
    lines = loosened(lines, [span.x0 for span in spans])
    tables = []
    for cluster in (side for whole in clusters(lines, width, spans) for side in side_by_side(whole)):
        demote_dashes(cluster)
        whole = with_units(cluster)
        parts = _parts(whole)
        first = cluster[0] is lines[0]
        pitch = _pitch(whole, known)
        if first and known.head and _heads(known.head, parts[0]):
            parts[0].head[:0] = known.head
            known.used = True
        for number, part in enumerate(parts):
            _lay_out(part, rules, pitch, known.columns if first and not number else ())
        kept = [part for part in parts if part.rows or part.head]
        if any(part.columns for part in kept):
            tables.append(Plain(list(cluster), kept))
    return tables


def _heads(head: list[Line], part: Part) -> bool:
    """Whether most figures of a part stand under pieces of a heading, and it has none of its own."""
    figures = columns_of(p for line in part.body for p in figures_of(line))
    pieces = [p for line in head for p in line.pieces]
    own = any(c.meets(p.x0, p.x1) for line in part.head for p in line.pieces for c in figures)
    return (
        bool(figures) and not own and 2 * sum(any(c.meets(p.x0, p.x1) for p in pieces) for c in figures) > len(figures)
    )


def _pitch(cluster: list[Line], known: Known) -> float | None:
    """Distance of two lines of one label, from this table or from one before it."""
    rows = [found[0].y for line in cluster if (found := figures_of(line))]
    size = cluster[-1].size
    if len(rows) >= _ENOUGH_ROWS:
        pitch = inner_pitch((p for line in cluster for p in line.pieces), rows)
        known.pitch = pitch / size if pitch else known.pitch
    return known.pitch * size if known.pitch else None


def _parts(lines: Sequence[Line]) -> list[Part]:
    """Lines parted into headings with their rows: text over the figures' columns begins a new heading."""
    parts = [Part()]
    spans: list[Column] = []
    for line in lines:
        figures = figures_of(line)
        part = parts[-1]
        if figures:
            part.body.append(line)
            spans += [Column(p.x0, p.x1) for p in figures]
        elif not part.body:
            if _heads_again(part.head, line):
                parts.append(Part(head=[line]))
            else:
                part.head.append(line)
        elif any(s.meets(p.x0, p.x1) for p in line.pieces for s in spans):
            parts.append(Part(head=[*_heads_above(part), line]))
            spans = []
        else:
            part.body.append(line)
    return parts


def _heads_above(part: Part) -> list[Line]:
    """Take the last lines of a part that are set like none of its labels: they belong to the heading that follows."""
    labels = [line.pieces[0] for line in part.body if figures_of(line)]
    taken: list[Line] = []
    while part.body and not figures_of(part.body[-1]):
        if any(set_alike(label, piece) for label in labels for piece in part.body[-1].pieces):
            break
        taken.insert(0, part.body.pop())
    return taken


def _heads_again(head: list[Line], line: Line) -> bool:
    """Whether a line is set as a heading before it, with labels in between: those rows hold no figure at all."""
    if len(line.pieces) < 2:
        return False
    label = line.pieces[0]
    for number, other in enumerate(head):
        if len(other.pieces) > 1 and set_alike(other.pieces[0], label) and set_alike(other.pieces[1], line.pieces[1]):
            between = head[number + 1 :]
            return any(len(row.pieces) == 1 and set_alike(row.pieces[0], label) for row in between)
    return False


def _lay_out(part: Part, rules: Sequence[Rule], pitch: float | None, known: Sequence[Column]) -> None:
    """Columns, labels and rows of a part."""
    rows = [(found[0].y, found) for line in part.body if (found := figures_of(line))]
    _free_labels(part, [p for _, found in rows for p in found])
    part.head_blocks = heading_blocks(part.head, pitch)
    texts = [p for line in part.body for p in line.pieces if not any(p is f for _, found in rows for f in found)]
    part.columns = columns_of([p for _, found in rows for p in found])
    if known:
        part.columns = _inherited(part.columns, known)
    _add_headed(part, texts)
    cells, labels = _texts_in_columns(part, rows, texts)
    separators = [r for r in rules if r.flat]
    edges = sorted(p.x0 for line in part.body for p in line.pieces)
    blocks = label_blocks(labels, [y for y, _ in rows], separators, pitch, edges)
    part.rows = _rows(part, rows, cells, blocks)


def _free_labels(part: Part, figures: list[Piece]) -> None:
    """Take from a heading the lines below it that are labels: first lines of a tall one, rows without any figure."""
    if figures:
        first = min(p.x0 for p in figures)
        last = max((n for n, line in enumerate(part.head) if any(p.x1 >= first for p in line.pieces)), default=-1)
    else:
        last = max((n for n, line in enumerate(part.head) if len(line.pieces) > 1), default=len(part.head))
    part.body[:0] = part.head[last + 1 :]
    del part.head[last + 1 :]


def _inherited(own: list[Column], known: Sequence[Column]) -> list[Column]:
    """The columns of the page before, when each column here stands under one of them and no two under the same."""
    under = [[n for n, old in enumerate(known) if old.meets(c.x0, c.x1)] for c in own]
    taken = [n for found in under for n in found]
    if any(len(found) != 1 for found in under) or len(set(taken)) != len(taken):
        return own
    made = list(known)
    for column, (n,) in zip(own, under, strict=True):
        made[n] = made[n].joined(column.x0, column.x1)
    return made


def _add_headed(part: Part, texts: list[Piece]) -> None:
    """Make columns as wide as their headings, and add those that have a heading and no figure."""
    if not part.columns and part.head:
        part.columns = [Column(p.x0, p.x1) for p in part.head[-1].pieces[1:]]
        return
    leaves = [b for b in part.head_blocks if not any(o.top > b.bottom and o.overlaps(b) for o in part.head_blocks)]
    leaves = sorted((b for b in leaves if not any(_under(b, text) for text in texts)), key=lambda b: b.x0)
    heads = _matched(part.columns, leaves)
    for number, leaf in heads.items():
        others = [c for n, c in enumerate(part.columns) if n != number]
        if not any(c.meets(leaf.x0, leaf.x1) for c in others):
            part.columns[number] = part.columns[number].joined(leaf.x0, leaf.x1)
    if part.body:
        added = [b for b in leaves if b not in heads.values() and not any(c.meets(b.x0, b.x1) for c in part.columns)]
        part.columns = sorted([*part.columns, *(Column(b.x0, b.x1) for b in added)])


def _matched(columns: Sequence[Column], leaves: Sequence[Block]) -> dict[int, Block]:
    """The heading of each column: the one over it, else the nearest that no other column has, order kept."""
    found: dict[int, Block] = {}
    for number, column in enumerate(columns):
        over = [leaf for leaf in leaves if column.meets(leaf.x0, leaf.x1)]
        if len(over) == 1 and sum(c.meets(over[0].x0, over[0].x1) for c in columns) == 1:
            found[number] = over[0]
    for number, column in enumerate(columns):
        low = max((leaf.x0 for n, leaf in found.items() if n < number), default=float("-inf"))
        high = min((leaf.x0 for n, leaf in found.items() if n > number), default=float("inf"))
        free = [leaf for leaf in leaves if low < leaf.x0 < high and all(leaf is not f for f in found.values())]
        free = [leaf for leaf in free if not any(c.meets(leaf.x0, leaf.x1) for c in columns)]
        if number not in found and free:
            found[number] = min(free, key=lambda leaf: abs(leaf.x0 + leaf.x1 - column.x0 - column.x1))
    return found


def _under(leaf: Block, text: Piece) -> bool:
    """Whether a label stands under a heading: it begins there or has its middle there."""
    return leaf.x0 - 0.5 <= text.x0 <= leaf.x1 or leaf.x0 <= (text.x0 + text.x1) / 2 <= leaf.x1


def _texts_in_columns(
    part: Part, rows: list[tuple[float, list[Piece]]], texts: list[Piece]
) -> tuple[list[tuple[float, Piece]], list[Piece]]:
    """Words that stand where a figure belongs, level with a row; all other words are labels."""
    cells, labels = [], []
    first = min((c.x0 for c in part.columns), default=0.0)
    for piece in texts:
        level = [y for y, _ in rows if abs(y - piece.y) <= _LEVEL * piece.size]
        over = [c for c in part.columns if c.meets(piece.x0, piece.x1)]
        if level and len(over) == 1 and piece.x0 >= first - 0.5 * piece.size:
            cells.append((level[0], piece))
        else:
            labels.append(piece)
    return cells, labels


def _level_with(row: PlainRow, block: Block) -> bool:
    """Whether a label belongs to a row of figures, or stands beside the labels of a row without any."""
    if block.row is not None or row.figures:
        return block.row == row.y and bool(row.figures)
    beside = not any(block.overlaps(other) for other in row.labels)
    return beside and abs(row.y - block.anchor) <= _LEVEL * block.pieces[0].size


def _rows(
    part: Part, rows: list[tuple[float, list[Piece]]], cells: list[tuple[float, Piece]], blocks: list[Block]
) -> list[PlainRow]:
    """Rows of figures with their labels, and rows of labels alone, from top to bottom."""
    made = [PlainRow(y) for y, _ in rows]
    for row, (y, found) in zip(made, rows, strict=True):
        for piece in [*found, *(p for level, p in cells if level == y)]:
            at = next((n for n, c in enumerate(part.columns) if c.meets(piece.x0, piece.x1)), None)
            if at is None or at in row.figures:
                row.unclear = True
                at = len(part.columns) + len(row.figures) if at is None else at
            row.figures[at] = f"{row.figures[at]} {piece.text}" if at in row.figures else piece.text
    for block in blocks:
        own = next((row for row in made if _level_with(row, block)), None)
        if own is None:
            made.append(PlainRow(block.anchor, [block]))
        else:
            own.labels.append(block)
    labelled = any(row.labels for row in made if row.figures)
    for row in made:
        row.labels.sort(key=lambda b: b.x0)
        row.unclear |= bool(row.figures) and labelled and not row.labels
    if not labelled:
        _doubt_halves(part, made)
    _doubt_neighbours(part, made)
    return sorted(made, key=lambda row: row.y)


def _doubt_halves(part: Part, rows: list[PlainRow]) -> None:
    """Mark rows of figures without any label that stand as near as lines of one cell: they may be halves of a row."""
    size = max((c.size for line in part.body for c in line.chars), default=0.0)
    ordered = sorted((row for row in rows if row.figures), key=lambda row: row.y)
    for above, below in pairwise(ordered):
        if below.y - above.y <= _NEAR * size:
            above.unclear = below.unclear = True


def _doubt_neighbours(part: Part, rows: list[PlainRow]) -> None:
    """Mark cells beside which something stands that belongs to no row: part of a broken figure, a unit, a note.

    What is next to it may be its other half, or no blank at all, so it is handed on as text.
    """
    strays = [(row.y, at, text) for row in rows if row.unclear and not row.labels for at, text in row.figures.items()]
    first = min((c.x0 for c in part.columns), default=float("inf"))
    own = [row for row in rows if any(b.x0 < first for b in row.labels)]
    for block in (b for row in rows for b in row.labels if b.x0 >= first):
        over = [n for n, c in enumerate(part.columns) if c.meets(block.x0, block.x1)]
        strays += [(piece.y, at, piece.text) for piece in block.pieces for at in over]
    size = max((c.size for line in part.body for c in line.chars), default=0.0)
    for y, at, text in strays:
        near = [row for row in own if abs(row.y - y) <= _NEAR * size]
        above = [row for row in near if row.y <= y]
        below = [row for row in near if row.y > y]
        for row in (*sorted(above, key=lambda r: -r.y)[:1], *sorted(below, key=lambda r: r.y)[:1]):
            row.figures[at] = f"{row.figures.get(at, '?')} {text}"

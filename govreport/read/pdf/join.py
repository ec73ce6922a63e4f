"""Tables over the end of a page: the parts put together, repeated headings dropped, cut rows made whole."""

from __future__ import annotations

import re
from collections.abc import Sequence

from govreport.read.pdf.lines import rows_of
from govreport.read.pdf.page import Char
from govreport.read.pdf.plain import Part, Plain, PlainRow
from govreport.read.pdf.ruled import SNAP, Box, Ruled
from govreport.read.pdf.stacks import Block

_NUMBERED = re.compile(
    r"\s*(?:[（(][一二三四五六七八九十\d]{1,3}[）)]|[一二三四五六七八九十]{1,3}[、.．]|\d{1,2}[、.．)）])"
)
_FIGURE = re.compile(r"[\d０-９.,，．+\-－−—–/／\s]+(?:%|％|[万亿千]?元|[件个项条次])?|无")
_LETTER = re.compile(r"[^\W\d_]")
_ALIGNED = 0.35


def join_ruled(first: Ruled, second: Ruled) -> tuple[Ruled, str] | None:
    """One table of two parts that stand on neighbouring pages, and what was done; None where they do not fit."""
    if not _fits(first, second):
        return None
    xs = _merged(first.xs, second.xs)
    above = [_placed(box, first.xs, xs) for box in first.boxes]
    below = [_placed(box, second.xs, xs) for box in second.boxes]
    rows = len(first.ys) - 1
    repeated = _repeated(above, below)
    below = [_moved(box, -repeated) for box in below if box.top >= repeated]
    joined = Ruled(xs, [*first.ys, *second.ys[repeated + 1 :]], [], min(first.pad, second.pad))
    note = " and its repeated heading left out" if repeated else ""
    cut = _cut_row(joined, above, below, rows)
    if cut:
        note += " and the row cut by the page's end made whole"
        del joined.ys[rows + 1]
    below = [_moved(box, rows - cut) for box in below]
    joined.boxes = _continued(joined, above, below, rows, cut)
    joined.boxes.sort(key=lambda b: (b.top, b.left))
    return joined, note


def _fits(first: Ruled, second: Ruled) -> bool:
    near = 1.5 * SNAP
    if abs(first.xs[0] - second.xs[0]) > near or abs(first.xs[-1] - second.xs[-1]) > near:
        return False
    inner, other = first.xs[1:-1], second.xs[1:-1]
    shared = sum(any(abs(a - b) <= near for a in inner) for b in other)
    return 2 * shared >= min(len(inner), len(other))


def _merged(first: Sequence[float], second: Sequence[float]) -> list[float]:
    return sorted([*first, *(x for x in second if all(abs(x - y) > 1.5 * SNAP for y in first))])


def _placed(box: Box, old: Sequence[float], new: Sequence[float]) -> Box:
    left, right = (min(range(len(new)), key=lambda n: abs(new[n] - old[side])) for side in (box.left, box.right))
    return Box(box.top, left, box.bottom, right, box.chars, box.text, box.page)


def _moved(box: Box, down: int) -> Box:
    return Box(box.top + down, box.left, box.bottom + down, box.right, box.chars, box.text, box.page)


def _repeated(above: list[Box], below: list[Box]) -> int:
    """Rows at the top of the second part that are those at the top of the first: a heading printed again."""
    last = 0
    for rows in range(1, 1 + min(max(b.bottom for b in above), max(b.bottom for b in below) - 1)):
        heads = [[b for b in part if b.top < rows] for part in (above, below)]
        if any(b.bottom > rows for head in heads for b in head):
            continue
        looks = [sorted((b.top, b.left, b.bottom, b.right, b.text) for b in head) for head in heads]
        if looks[0] != looks[1] or any(_FIGURE.fullmatch(b.text) for b in heads[1]):
            break
        if any(_LETTER.search(b.text) for b in heads[1]):
            last = rows
    return last


def _cut_row(table: Ruled, above: list[Box], below: list[Box], rows: int) -> int:
    """Make whole a row that the page's end cut in two; gives 1 if there is one, with the lower half taken out.

    A row was cut where a label runs on: its last line has no room for the sign that begins the next page, and what
    begins there carries no number of its own. No column may have a figure in both halves.
    """
    halves = [(a, next((b for b in below if b.top == 0 and (b.left, b.right) == (a.left, a.right)), None))
              for a in above if a.bottom == rows]  # fmt: skip
    pairs = [(a, b) for a, b in halves if b is not None and b.bottom == 1]
    firsts = [b for b in below if b.top == 0]
    if not pairs or any(b.bottom == 1 and all(b is not other for _, other in pairs) for b in firsts):
        return 0
    if any(a.top != rows - 1 and b.text for a, b in pairs):
        return 0
    both = [(a, b) for a, b in pairs if a.text and b.text]
    if any(_FIGURE.fullmatch(box.text) for pair in both for box in pair):
        return 0
    unlabelled = not both and _figures_alone(pairs)
    if not unlabelled and (not both or not all(_runs_on(table, a, b) for a, b in both)):
        return 0
    for a, b in pairs:
        a.text, a.chars = a.text + b.text, a.chars + b.chars
    below[:] = [b for b in below if all(b is not other for _, other in pairs)]
    return 1


def _figures_alone(pairs: list[tuple[Box, Box]]) -> bool:
    """Whether a label stands alone above the page's end and figures alone below it."""
    labels = [a for a, _ in pairs if a.text]
    figures = [b for _, b in pairs if b.text]
    return (
        bool(labels and figures)
        and all(_LETTER.search(a.text) for a in labels)
        and all(_FIGURE.fullmatch(b.text) for b in figures)
        and max(a.left for a in labels) < min(b.left for b in figures)
    )


def _runs_on(table: Ruled, above: Box, below: Box) -> bool:
    return not _NUMBERED.match(below.text) and _full(above.chars, below.chars, table.room(above))


def _full(above: Sequence[Char], below: Sequence[Char], room: float) -> bool:
    rows, rest = rows_of(c for c in above if not c.angle), rows_of(c for c in below if not c.angle)
    if not rows or not rest:
        return False
    last, first = rows[-1], rest[0][0]
    return room - (last[-1].x1 - last[0].x0) < (first.x1 - first.x0) + 0.6 * first.size


def _continued(table: Ruled, above: list[Box], below: list[Box], rows: int, cut: int) -> list[Box]:
    """Cells over several rows that go on below the page's end, made one with their upper part."""
    kept = []
    for box in below:
        upper = next((a for a in above if a.bottom == rows and (a.left, a.right) == (box.left, box.right)), None)
        tall = upper is not None and (box.bottom - box.top > 1 or upper.bottom - upper.top > 1)
        blank = not box.text and not _before_label(box, below)
        if box.top == rows - cut and upper is not None and tall and not blank and _one_label(table, upper, box):
            upper.bottom = box.bottom
            upper.text += box.text
            upper.chars = upper.chars + box.chars
        else:
            box.top = max(box.top, rows)
            kept.append(box)
    return [*above, *kept]


def _before_label(box: Box, others: Sequence[Box]) -> bool:
    """Whether a label stands behind a cell, or it covers several rows: else its blank is one among figures."""
    behind = (o for o in others if o.top < box.bottom and o.bottom > box.top and o.left >= box.right)
    labelled = any(_LETTER.search(o.text) and not _FIGURE.fullmatch(o.text) for o in behind)
    return labelled or box.bottom - box.top > 1


def _one_label(table: Ruled, upper: Box, lower: Box) -> bool:
    if any(_FIGURE.fullmatch(box.text) for box in (upper, lower) if box.text):
        return False
    return not upper.text or not lower.text or _runs_on(table, upper, lower)


def join_plain(first: Plain, second: Plain) -> str:
    """Put the rows of a table's second part under those of its first, in place; gives what was done."""
    last, top = first.parts[-1], second.parts[0]
    note = ""
    if top.head and any(_same_heading(part, top) for part in first.parts):
        top.head, top.head_blocks = [], []
        note = " and its repeated heading left out"
    if last.rows and top.rows and not top.head and _mended(last.rows, top.rows):
        note += " and the row cut by the page's end made whole"
    first.parts += second.parts
    return note


def _same_heading(part: Part, other: Part) -> bool:
    return bool(part.head_blocks) and [b.text for b in part.head_blocks] == [b.text for b in other.head_blocks]


def _mended(last: list[PlainRow], first: list[PlainRow]) -> bool:
    """Join a label that the page's end cut in two, and figures that stand on the other page than it."""
    upper = next((row for row in reversed(last) if row.labels), None)
    lower = next((row for row in first if row.labels), None)
    if upper is None or lower is None:
        return False
    pairs = [(a, b) for a in upper.labels for b in lower.labels if _alike(a, b)]
    if len(pairs) != 1 or not _cut_label(*pairs[0]):
        return False
    label, rest = pairs[0]
    ends = [row for row in (*last[-2:], *first[:2]) if row.figures]
    loose = [row for row in ends if not row.labels and row.unclear]
    if upper.figures and lower.figures:
        return False
    if upper.figures or (not lower.figures and last[-1] is upper and not loose):
        label.after += rest.text
        first.remove(lower)
        return True
    if lower.figures:
        rest.before = label.text + rest.before
        last.remove(upper)
        return True
    if len(loose) != 1:
        return False
    label.after += rest.text
    upper.figures, upper.unclear = loose[0].figures, False
    first.remove(lower)
    (last if any(row is loose[0] for row in last) else first).remove(loose[0])
    return True


def _alike(above: Block, below: Block) -> bool:
    a, b = above.pieces[-1], below.pieces[0]
    sides = (a.x0 - b.x0, (a.x0 + a.x1 - b.x0 - b.x1) / 2)
    return min(map(abs, sides)) < _ALIGNED * b.size


def _cut_label(above: Block, below: Block) -> bool:
    size = below.pieces[0].size
    a = above.pieces[-1]
    widest = max(p.x1 - p.x0 for p in (*above.pieces, *below.pieces))
    full = a.x1 - a.x0 + size > widest or above.text.count("（") > above.text.count("）")
    return full and len(above.text) > 2 and not _NUMBERED.match(below.text)

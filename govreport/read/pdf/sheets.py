"""Pages that hold two sheets or two columns of text beside each other, parted so that each is read by itself."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from statistics import median

from govreport.model import Block, Grid, Paragraph
from govreport.read.pdf.lines import rows_of
from govreport.read.pdf.page import HAN, Char, View

_MIDDLE = 0.42, 0.58  # of the width: the blank strip between two sheets lies there
_STRIP = 0.8  # letters
_WORDS = 4  # Chinese signs: figures of a wide table have no label beside them
_LINES = 8
_WORDED, _BARE = 0.5, 0.2  # shares of the lines of a sheet: with words at least, without any at the most


def sheets_of(views: Sequence[View]) -> tuple[list[View], list[int]]:
    """The views with their double pages parted, all numbered from 1, and the page of each; as they were where none is.

    A page is parted where it is wider than high and nothing crosses a strip in its middle. On one page of the file at
    least, words must stand on many lines at both sides: the right side of a wide table without rules holds figures.
    """
    cuts = [_cut(view) if view.width > view.height else None for view in views]
    if not any(cut is not None and _is_double(view, cut) for view, cut in zip(views, cuts, strict=True)):
        return list(views), []
    parted = [(v.number, [v] if cut is None else _halves(v, cut)) for v, cut in zip(views, cuts, strict=True)]
    made = [(number, half) for number, halves in parted for half in halves]
    return [replace(half, number=n) for n, (_, half) in enumerate(made, 1)], [number for number, _ in made]


def on_pages(blocks: Sequence[Block], pages: Sequence[int]) -> list[Block]:
    """Blocks that name their sheets, made to name the pages; as they are where there are no sheets."""
    made: list[Block] = []
    for block in blocks:
        if pages and isinstance(block, Paragraph):
            made.append(block._replace(line=pages[block.line - 1]))
        elif pages and isinstance(block, Grid):
            cells = tuple(cell._replace(line=pages[cell.line - 1]) for cell in block.cells)
            made.append(block._replace(cells=cells, line=pages[block.line - 1]))
        else:
            made.append(block)
    return made


def _is_double(view: View, cut: float) -> bool:
    return all(_has_words(side) for side in _sides(view.chars, cut))


def _sides(chars: Sequence[Char], cut: float) -> tuple[list[Char], list[Char]]:
    return [c for c in chars if c.x0 < cut], [c._replace(x0=c.x0 - cut, x1=c.x1 - cut) for c in chars if c.x0 >= cut]


def _halves(view: View, cut: float) -> list[View]:
    left, right = _sides(view.chars, cut)
    low = [r for r in view.rules if (r.start if r.flat else r.at) < cut]
    high = [r._replace(start=r.start - cut, end=r.end - cut) if r.flat else r._replace(at=r.at - cut)
            for r in view.rules if (r.start if r.flat else r.at) >= cut]  # fmt: skip
    return [
        replace(view, width=cut, chars=left, rules=low, images=[]),
        replace(view, width=view.width - cut, chars=right, rules=high, images=[]),
    ]


def _cut(view: View) -> float | None:
    """Where a blank strip parts the page from top to bottom: the middle of the page, or the nearest place to it."""
    low, high = (share * view.width for share in _MIDDLE)
    spans = [(c.x0, c.x1) for c in view.chars] + [(r.start, r.end) if r.flat else (r.at, r.at) for r in view.rules]
    spans = sorted(span for span in spans if span[1] > low and span[0] < high)
    widest, cut, reach = 0.0, 0.0, low
    for start, end in [*spans, (high, high)]:
        if start - reach > widest:
            widest, cut = start - reach, min(max(view.width / 2, reach), start)
        reach = max(reach, end)
    size = median([c.size for c in view.chars] or [0.0])
    return cut if widest > _STRIP * size > 0 else None


def _has_words(chars: Sequence[Char]) -> bool:
    rows = rows_of(c for c in chars if not c.angle)
    words = [sum(HAN.match(c.text) is not None for c in row) for row in rows]
    worded = sum(count >= _WORDS for count in words)
    return worded >= max(_LINES, _WORDED * len(rows)) and words.count(0) <= _BARE * len(rows)

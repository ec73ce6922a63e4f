"""Tables made of boxes: rows and cells that are div, ul, dl or display:table elements instead of table, tr and td.

Blank boxes are blank cells, so reading them as lines of text would lose the columns. Lists of links, news lists and
paragraphs in boxes look alike but hold no figures; they are left as they are.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from typing import NamedTuple

from selectolax.lexbor import LexborNode

from govreport.read.cells import cell_text

_ROW_TAGS = frozenset(("div", "ul", "ol", "dl", "li", "section", "article"))
_BOX_TAGS = _ROW_TAGS | frozenset(("p", "dt", "dd", "h1", "h2", "h3", "h4", "h5", "h6"))
_INLINE_TAGS = frozenset(("span", "b", "strong", "em", "i", "font", "label", "u"))
_OTHER_CELLS = _BOX_TAGS | _INLINE_TAGS

_LONGEST = 80  # characters of a cell; the longest label of the form has 50
_MOST_CELLS = 60  # cells of a row; the widest statutory table has 15 columns
_DEPTH = 3  # boxes between the table and its rows: head and body groups
_FIGURES = 0.2  # least share of cells that are figures, dashes or blank
_WIDE = 0.5  # least share of rows that have more than one cell

_FIGURE = re.compile(r"[+-]?[\d,，.０-９]+\s*(?:万?元|[件条项个宗])?|[/／—–\-]*|无")
_HINT = re.compile(r"\b(?:table|row|tr|td|cell|grid|flex)\b|display\s*:\s*(?:table|inline-?block|flex|grid)", re.I)


class Box(NamedTuple):
    """Rows of texts of one table made of boxes."""

    rows: list[list[str]]

    @property
    def even(self) -> bool:
        """Whether all rows have as many cells, so that cells surely stand under their heads."""
        return len({len(row) for row in self.rows}) == 1


def find_boxes(parent: LexborNode, kids: list[LexborNode], held: set[int]) -> list[LexborNode | Box]:
    """The children in order, with runs that make up a table replaced by it.

    Args:
        parent: the element that holds them.
        kids: its children, text nodes among them.
        held: ids of nodes that hold an HTML table or a link; they are left alone.
    """
    if parent.tag == "dl":
        box = _definition_list(kids)
        return [box] if box else list(kids)
    if sum(kid.tag in _ROW_TAGS for kid in kids) < 2:
        return list(kids)
    return list(_runs(kids, held))


def _runs(kids: list[LexborNode], held: set[int]) -> Iterator[LexborNode | Box]:
    run = _Run()
    for kid in kids:
        rows = _rows_in(kid, held, _DEPTH)
        if rows and run.fits(rows):
            run.add(kid, rows)
        elif rows:
            yield from run.close()
            run = _Run()
            run.add(kid, rows)
        elif title := _title(kid):
            run.add(kid, [[title]])
        elif _blank(kid) and run.nodes:
            run.add(kid, [])
        else:
            yield from run.close()
            run = _Run()
            yield kid
    yield from run.close()


class _Run:
    """Neighbouring boxes that may be one table, with the rows that each gives."""

    def __init__(self) -> None:
        self.nodes: list[tuple[LexborNode, list[list[str]]]] = []

    def add(self, node: LexborNode, rows: list[list[str]]) -> None:
        """Take in one more."""
        self.nodes.append((node, rows))

    def fits(self, rows: list[list[str]]) -> bool:
        """Whether rows belong to the same table: a whole box of rows only if its rows are as wide."""
        before = _usual(self._rows(self.nodes))
        return len(rows) == 1 or before < 2 or before == _usual(rows)

    def close(self) -> Iterator[LexborNode | Box]:
        """The table, with what stands before its first and after its last row as it was; or all as it was."""
        full = [number for number, (_, rows) in enumerate(self.nodes) if any(len(row) > 1 for row in rows)]
        first, last = (full[0], full[-1] + 1) if full else (0, 0)
        looks = _looks(self.nodes[first][0]) if full else None
        while first and len(self.nodes[first - 1][1]) == 1 and _looks(self.nodes[first - 1][0]) == looks:
            first -= 1  # a title that is marked up as a row of this table
        rows = self._rows(self.nodes[first:last])
        if _tabular(rows, self.nodes[first:last]):
            yield from (node for node, _ in self.nodes[:first])
            yield Box(rows)
            yield from (node for node, _ in self.nodes[last:])
        else:
            yield from (node for node, _ in self.nodes)

    @staticmethod
    def _rows(nodes: list[tuple[LexborNode, list[list[str]]]]) -> list[list[str]]:
        return [row for _, rows in nodes for row in rows]


def _usual(rows: list[list[str]]) -> int:
    """The number of cells that most rows have."""
    counts = Counter(len(row) for row in rows)
    return max(counts.items(), key=lambda item: (item[1], item[0]))[0] if counts else 0


def _tabular(rows: list[list[str]], nodes: list[tuple[LexborNode, list[list[str]]]]) -> bool:
    wide = [row for row in rows if len(row) > 1]
    if len(wide) < 2 or len(wide) < _WIDE * len(rows):
        return False
    texts = [text for row in wide for text in row]
    figures = sum(_FIGURE.fullmatch(text) is not None for text in texts)
    return figures >= max(2, _FIGURES * len(texts)) or (len(wide) > 2 and _HINT.search(_looks(nodes[0][0])) is not None)


def _looks(node: LexborNode) -> str:
    attributes = node.attributes
    return f"{node.tag} {attributes.get('class') or ''} {attributes.get('style') or ''}"


def _blank(kid: LexborNode) -> bool:
    """Whether a run may go on after this: a blank or a rule."""
    return kid.tag in ("hr", "br") or (kid.is_text_node and not (kid.text_content or "").strip())


def _title(kid: LexborNode) -> str:
    """Text of a short box that holds a single piece and may be a row of one cell, else empty."""
    if kid.tag not in _ROW_TAGS or not _leaf(kid)[0]:
        return ""
    text = cell_text(kid)
    return text if len(text) <= _LONGEST // 2 and "。" not in text else ""


def _rows_in(kid: LexborNode, held: set[int], depth: int) -> list[list[str]]:
    """The rows that a box is or holds; none if it is no part of a table."""
    if kid.tag not in _ROW_TAGS or kid.mem_id in held:
        return []
    parts = _parts(kid)
    if parts and depth > 1 and all(part.tag in _ROW_TAGS for part in parts):
        inner = [_rows_in(part, held, depth - 1) or [[title] for title in (_title(part),) if title] for part in parts]
        if all(inner) and sum(len(row) > 1 for rows in inner for row in rows) >= _WIDE * len(inner):
            return [row for rows in inner for row in rows]
    row = _row(kid, parts) if len(parts) > 1 else None
    return [row] if row else []


def _parts(kid: LexborNode) -> list[LexborNode]:
    """Child elements; none if there are too many, or text stands beside them."""
    parts: list[LexborNode] = []
    for part in kid.iter(include_text=True, skip_empty=True):
        if part.is_text_node:
            if (part.text_content or "").strip():
                return []
        elif part.tag not in _OTHER_CELLS or len(parts) > _MOST_CELLS:
            return []
        else:
            parts.append(part)
    return parts


def _row(kid: LexborNode, parts: list[LexborNode]) -> list[str] | None:
    """The cells of a row; None if they are no cells: long, nested, or runs of one line of text."""
    leaves = [_leaf(part) for part in parts]
    if not all(leaf for leaf, _ in leaves) or sum(simple for _, simple in leaves) * 2 < len(parts):
        return None
    if all(part.tag in _INLINE_TAGS for part in parts) and not _apart(kid, parts):
        return None
    texts = []
    for part in parts:
        text = cell_text(part)
        if len(text) > _LONGEST or "。" in text:
            return None
        texts.append(text)
    return texts


def _leaf(part: LexborNode) -> tuple[bool, bool]:
    """Whether a box can be a cell, and whether it plainly is one (with at most one box inside)."""
    boxes = 0
    for number, inner in enumerate(part.iter()):
        tag = inner.tag
        if number > 12 or tag == "table":
            return False, False
        if tag in _BOX_TAGS:
            boxes += 1
            if any(deep.tag in _BOX_TAGS or deep.tag == "table" for deep in inner.iter()):
                return False, False
    return boxes < 4, boxes < 2


def _apart(kid: LexborNode, parts: list[LexborNode]) -> bool:
    """Whether inline elements are cells, held apart by blanks or classes, not the runs that Word splits a line into."""
    if _HINT.search(_looks(kid)) or all(part.attributes.get("class") for part in parts):
        return True
    nodes = list(kid.iter(include_text=True))
    return sum(node.is_text_node for node in nodes) >= len(parts) - 1


def _definition_list(kids: list[LexborNode]) -> Box | None:
    """A dl with several dd for each dt, as rows; a dt after a dd begins a row."""
    rows: list[list[LexborNode]] = []
    last = "dd"
    for kid in kids:
        if kid.tag in ("dt", "dd"):
            if kid.tag == "dt" and last == "dd":
                rows.append([])
            if not rows:
                return None
            rows[-1].append(kid)
            last = kid.tag or ""
        elif not kid.is_text_node or (kid.text_content or "").strip():
            return None
    found = [_row(parts[0], parts) for parts in rows if len(parts) > 1]
    made = [row for row in found if row]
    return Box(made) if len(made) == len(rows) and _tabular(made, [(kids[0], made)]) else None

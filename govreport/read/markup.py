"""The body of a page to blocks in page order: paragraphs and grids. One walk, no recursion.

Tables go to ``cells``, tables made of other elements to ``boxes``. A table that only lays out the page is walked
like any other element.
"""

from __future__ import annotations

import re
from typing import NamedTuple

from selectolax.lexbor import LexborNode

from govreport.model import Block, Cell, Grid, Paragraph
from govreport.read.boxes import Box, find_boxes
from govreport.read.cells import GridMaker, row_groups, squash

UNREAD = (
    "script", "style", "noscript", "template", "iframe", "select", "button", "textarea", "svg", "canvas", "video",
    "audio", "noembed", "noframes", "datalist", "input", "head", "title", "meta", "link", "map", "embed", "dialog",
)  # fmt: skip
"""Elements whose text is no part of the page."""

_BLOCKS = (
    "div", "li", "ul", "ol", "dl", "dt", "dd", "section", "article", "main", "header", "footer", "nav", "aside", "h1",
    "h2", "h3", "h4", "h5", "h6", "center", "blockquote", "form", "fieldset", "figure", "figcaption", "address",
    "details", "summary", "hr", "body", "caption", "legend", "td", "th", "tr", "tbody", "thead", "tfoot", "menu", "dir",
    "hgroup", "search", "xmp", "listing", "plaintext", "frameset",
)  # fmt: skip

# What an element does to the text around it; every other element is part of the line.
_KINDS: dict[str | None, str] = {
    **dict.fromkeys(UNREAD, "skip"),
    **dict.fromkeys(_BLOCKS, "block"),
    **{"-text": "text", "p": "p", "br": "br", "a": "a", "table": "table", "pre": "pre", None: "skip"},
    **dict.fromkeys(("sup", "sub", "del", "s", "strike", "ins", "img"), "apart"),
}

# Words in id and class of page furniture, as met on government sites.
_FURNITURE = re.compile(
    r"nav|menu|foot|share|toolbar|tool-bar|copyright|sidebar|side-bar|related|recommend|friend.?link|youlian|yqlj|"
    r"header|search|login|qrcode|ewm|wza|barrier|pagination|pager|advert|banner|topbar|top-bar|weixin|wechat|print",
    re.IGNORECASE,
)
_FURNITURE_TAGS = frozenset(("nav", "header", "footer", "aside"))
_CONTAINERS = _FURNITURE_TAGS | frozenset(("div", "ul", "ol", "dl", "section", "form", "menu"))
_KEPT = re.compile(  # headings, the path to the page, its metadata, and a dated signature
    r"[一二三四五六]\s*、|当前位置|所在位置|现在的位置|您的位置|索\s*引\s*号|发布|来源|日期|时间|20\d\d\s*年\s*\d{1,2}\s*月\s*\d"
)
_TITLE = re.compile("年度报告|年报|信息公开")
_LONG_FURNITURE = 1500  # a longer text is read, unless it is mostly links

_FLUSH, _END_LINK, _END_PRE, _SPACE = 1, 2, 3, 4
_LAYOUT_CELLS = 8  # a table of so few cells ...
_LAYOUT_TEXT = 800  # ... one of which is so long, lays out the page
_SMALL_CELL = 200


Landmarks = list[tuple[str, LexborNode]]
"""Links, line breaks, tables, pictures and the like with their tags, in page order: found once, used by several."""


class _Rows(NamedTuple):
    """Rows of a layout table that stand together as a table of their own."""

    rows: list[LexborNode]


_Task = LexborNode | Box | _Rows | int


def landmarks_of(root: LexborNode) -> Landmarks:
    """The landmarks below a node."""
    return [(node.tag or "", node) for node in root.css("a,br,table,img,input,sup")]


class Walk:
    """Reads the blocks below one node. After ``run`` the results are in the attributes.

    Attributes:
        blocks: paragraphs and grids in page order.
        notes: what had to be cut, one sentence each.
        skipped: ids of the page-furniture nodes that were left out.
    """

    def __init__(self, root: LexborNode, landmarks: Landmarks, spans: dict[int, tuple[int, int]], length: int) -> None:
        self.blocks: list[Block] = []
        self.notes: list[str] = []
        self.skipped: set[int] = set()
        self._root = root
        self._spans = spans
        self._grids = 0
        self._pieces: list[str] = []
        self._link_chars = 0
        self._in_link = 0
        self._in_pre = 0
        self._stack: list[_Task] = []
        self._to_look_at = 20 * length  # characters looked at to tell furniture; bounded, for it may be nested
        self._holders = _Holders(landmarks)

    def run(self) -> None:
        """Walk everything below the root in page order."""
        stack = self._stack
        self._push(self._root)
        while stack:
            task = stack.pop()
            if isinstance(task, LexborNode):
                self._node(task)
            elif isinstance(task, int):
                self._end(task)
            elif isinstance(task, Box):
                self._box(task)
            else:
                self._grid([task.rows])
        self._flush()

    def _node(self, node: LexborNode) -> None:
        kind = _KINDS.get(node.tag)
        if kind == "text":
            self._text(node.text_content or "")
        elif kind == "p" and node.mem_id not in self._holders.marks and not self._in_link:
            self._flush()
            self._paragraph(node.text())
        elif kind == "block" or kind == "p":
            self._flush()
            if not self._furniture(node):
                self._stack.append(_FLUSH)
                self._push(node)
        elif kind == "br":
            self._flush()
        elif kind == "table":
            self._flush()
            self._table(node)
        elif kind == "a":
            self._in_link += 1
            self._stack.append(_END_LINK)
            self._push(node)
        elif kind == "pre":
            self._flush()
            self._in_pre += 1
            self._stack.append(_END_PRE)
            self._push(node)
        elif kind == "apart":
            self._pieces.append(" ")
            self._stack.append(_SPACE)
            self._push(node)
        elif kind is None:
            self._push(node)

    def _end(self, code: int) -> None:
        if code == _END_LINK:
            self._in_link -= 1
        elif code == _SPACE:
            self._pieces.append(" ")
        else:
            self._flush()
            self._in_pre -= code == _END_PRE

    def _push(self, node: LexborNode) -> None:
        """Put the children of a node on the stack, the first on top; runs of boxes as the tables they make."""
        kids = list(node.iter(include_text=True))
        tasks: list[_Task] = [*find_boxes(node, kids, self._holders.links)] if len(kids) > 1 else [*kids]
        tasks.reverse()
        self._stack.extend(tasks)

    def _text(self, text: str) -> None:
        if self._in_pre and "\n" in text:
            for line in text.splitlines():
                self._pieces.append(line)
                self._flush()
            return
        self._pieces.append(text)
        if self._in_link:
            self._link_chars += len(text.strip())

    def _flush(self) -> None:
        if self._pieces:
            text, links = "".join(self._pieces), self._link_chars
            self._pieces, self._link_chars = [], 0
            self._paragraph(text, links)

    def _paragraph(self, text: str, links: int = 0) -> None:
        text = text.strip() if self._in_pre else squash(text)
        if text:
            share = min(1.0, links / len(text)) if links else 0.0
            self.blocks.append(Paragraph(text, len(self.blocks) + 1, share))

    def _box(self, box: Box) -> None:
        line = len(self.blocks) + 1
        cells = tuple(
            Cell(text, row, column, line=line)
            for row, texts in enumerate(box.rows, start=1)
            for column, text in enumerate(texts, start=1)
        )
        self._add(cells, exact=box.even)

    def _add(self, cells: tuple[Cell, ...], *, exact: bool = True) -> None:
        self._grids += 1
        self.blocks.append(Grid(cells, self._grids, len(self.blocks) + 1, exact))

    def _table(self, table: LexborNode) -> None:
        self._caption(table)
        groups = list(row_groups(table))
        if table.mem_id in self._holders.tables and not self._only_small_tables(groups):
            self._layout([row for rows in groups for row in rows])
        else:
            self._grid(groups)

    def _caption(self, table: LexborNode) -> None:
        first = table.first_child
        while first is not None and first.is_text_node:
            first = first.next
        if first is not None and first.tag == "caption":
            self._paragraph(first.text())

    def _grid(self, groups: list[list[LexborNode]]) -> None:
        """Rows as a grid, or walked as blocks where the table only lays out the page."""
        maker = GridMaker(self._spans, len(self.blocks) + 1)
        for rows in groups:
            maker.add_group(rows)
        cells = maker.finish()
        if _lays_out(cells):
            self._stack.extend(reversed([cell for rows in groups for row in rows for cell in row.iter()]))
        elif cells:
            self.notes.extend(maker.notes)
            self._add(cells)

    def _layout(self, rows: list[LexborNode]) -> None:
        """A table with tables inside: its plain rows that stand together are a grid, other cells are walked."""
        tasks: list[_Task] = []
        run: list[LexborNode] = []
        for row in [*rows, None]:
            if row is not None and row.mem_id not in self._holders.tables and _has_two(row):
                run.append(row)
                continue
            tasks.extend([_Rows(run)] if len(run) > 1 else [cell for lone in run for cell in lone.iter()])
            run = []
            if row is not None:
                tasks.extend(row.iter())
        tasks.reverse()
        self._stack.extend(tasks)

    def _only_small_tables(self, groups: list[list[LexborNode]]) -> bool:
        """Whether this is a table of data in a few of whose cells a tiny table was pasted."""
        rows = [row for group in groups for row in group]
        plain = sum(row.mem_id not in self._holders.tables and _has_two(row) for row in rows)
        if plain < 6 or plain < 0.8 * len(rows):
            return False
        holders = [cell for row in rows for cell in row.iter() if cell.mem_id in self._holders.tables]
        return all(len(cell.css("td,th")) <= 4 for cell in holders)

    def _furniture(self, node: LexborNode) -> bool:
        """Whether a block is navigation, footer, share bar and the like, without table, heading or title."""
        tag = node.tag
        if tag not in _CONTAINERS:
            return False
        if tag not in _FURNITURE_TAGS:
            attributes = node.attributes
            name = f"{attributes.get('id') or ''} {attributes.get('class') or ''}"
            if len(name) < 3 or not _FURNITURE.search(name):
                return False
        if node.mem_id in self._holders.tables or self._to_look_at < 0:
            return False
        text = node.text()
        self._to_look_at -= len(text)
        if _KEPT.search(text):
            return False
        if len(text) > _LONG_FURNITURE or _TITLE.search(text):
            linked = sum(len(link.text()) for link in node.css("a"))
            if linked < 0.5 * len("".join(text.split())):
                return False
        self.skipped.add(node.mem_id)
        return True


def _has_two(row: LexborNode) -> bool:
    first = row.first_child
    last = row.last_child
    return first is not None and last is not None and first.mem_id != last.mem_id and sum(1 for _ in row.iter()) > 1


def _lays_out(cells: tuple[Cell, ...]) -> bool:
    """Whether a table holds prose in a few cells, or is one column of it."""
    if not cells:
        return False
    longest = len(max([cell[0] for cell in cells], key=len))
    if len(cells) <= _LAYOUT_CELLS and longest >= _LAYOUT_TEXT:
        return True
    if len(cells) >= 4 and longest <= _SMALL_CELL:
        return False
    return all(cell.column == 1 and cell.colspan == 1 for cell in cells)


class _Holders:
    """Ids of the nodes that hold a table (``tables``), a link or a table (``links``), or anything (``marks``)
    for which the text of a line cannot be taken whole.
    """

    def __init__(self, landmarks: Landmarks) -> None:
        self.tables: set[int] = set()
        self.links: set[int] = set()
        self.marks: set[int] = set()
        table, link, other = (self.tables, self.links, self.marks), (self.links, self.marks), (self.marks,)
        by_tag = {"table": table, "a": link, "br": other, "sup": other}
        for tag, node in landmarks:
            for marks in by_tag.get(tag, ()):
                up = node.parent
                while up is not None and up.mem_id not in marks:
                    marks.add(up.mem_id)
                    up = up.parent

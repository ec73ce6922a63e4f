"""Word files (docx) to paragraphs and grids, from the file's own XML: merges both ways, nesting, boxes, revisions.

The text is that of the document with all revisions accepted: what was deleted is left out, what was inserted is read.
Fields give their printed result, hidden text is not read. A table that holds other tables is taken for a frame of the
page: what stands in its cells is read one after the other.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from importlib.metadata import version

from govreport.errors import ReadError
from govreport.model import Block, Cell, Document, Grid, Origin, Paragraph
from govreport.read.cells import MAX_CELLS, MAX_COLUMNS, squash
from govreport.read.xml import Element, parse_xml
from govreport.read.zips import Zip

_W = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
_MC = "{http://schemas.openxmlformats.org/markup-compatibility/2006}"
_STRICT = b"http://purl.oclc.org/ooxml/wordprocessingml/main"  # the same words under another name (ISO 29500 strict)
_MAIN = "word/document.xml"
_CORE = "docProps/core.xml"
_GONE = {f"{_W}{name}" for name in ("del", "moveFrom", "instrText", "delText", "footnoteReference", "rPr", "pPr")}
_PICTURES = {f"{_W}drawing", f"{_W}pict", f"{_W}object"}
_BREAKS = {f"{_W}br": "\n", f"{_W}cr": "\n", f"{_W}tab": " ", f"{_W}noBreakHyphen": "-", f"{_W}ptab": " "}
_MAX_DEPTH = 200


def read(content: bytes, *, kind: str, sha256: str, origin: Origin) -> Document:
    """A Word file as a ``Document``.

    Raises:
        ReadError: lxml is missing, or the file is damaged, protected, or unpacks without end.
    """
    package = Zip(content, "a Word file (docx)")
    if _MAIN not in package.names:
        raise ReadError(f"a Word file (docx) was expected to hold {_MAIN}; it holds {', '.join(package.names[:5])}")
    body = _parsed(package.read(_MAIN), _MAIN)
    found = _Found()
    for element in body:
        _blocks(element, found, 0)
    return Document(
        blocks=tuple(found.blocks),
        reader="docx",
        encoding="",
        encoding_from="",
        sha256=sha256,
        origin=origin,
        meta=_meta(package),
        images=found.pictures,
        notes=tuple(found.notes),
        kind=kind,
        engine=f"lxml {version('lxml')}",
    )


@dataclass(slots=True)
class _Found:
    blocks: list[Block] = field(default_factory=list)
    grids: int = 0
    pictures: int = 0
    notes: list[str] = field(default_factory=list)

    @property
    def line(self) -> int:
        """Blocks are counted, since a Word file has no lines of its own."""
        return len(self.blocks) + 1

    def note(self, text: str) -> None:
        if text not in self.notes:
            self.notes.append(text)


def _parsed(xml: bytes, name: str) -> Element:
    """The body, or the root where there is none."""
    xml = xml.replace(_STRICT, _W[1:-1].encode()) if _STRICT in xml[:5000] else xml
    root = parse_xml(xml, name, "Word files", "Word file")
    body = root.find(f"{_W}body")
    return root if body is None else body


def _meta(package: Zip) -> dict[str, str]:
    """Title of the file's properties; often that of another document it was made from, so it is a hint at most."""
    if _CORE not in package.names:
        return {}
    root = _parsed(package.read(_CORE), _CORE)
    title = root.findtext("{http://purl.org/dc/elements/1.1/}title") or ""
    return {"filetitle": squash(title)} if title.strip() else {}


def _blocks(element: Element, found: _Found, depth: int) -> None:
    """What an element of the body holds, in order."""
    tag = element.tag
    if depth > _MAX_DEPTH:
        raise ReadError(f"the Word file nests its elements more than {_MAX_DEPTH} deep; it is damaged or made to harm")
    if tag == f"{_W}p":
        _paragraph(element, found, depth)
    elif tag == f"{_W}tbl":
        _table(element, found, depth)
    elif tag == f"{_W}altChunk":
        found.note("a part of the document is embedded as another file and was not read")
    elif tag in (f"{_W}sectPr", *_GONE) or not isinstance(tag, str):
        return
    else:
        for child in _alternatives(element):
            _blocks(child, found, depth + 1)


def _alternatives(element: Element) -> Iterator[Element]:
    """Children; of contents written twice for old and new programs only one."""
    for child in element:
        if child.tag == f"{_MC}AlternateContent":
            chosen = next(iter(child), None)
            yield from () if chosen is None else chosen
        else:
            yield child


def _paragraph(element: Element, found: _Found, depth: int) -> None:
    pieces: list[str] = []
    boxes: list[Element] = []
    _text(element, pieces, boxes, found, depth)
    for line in "".join(pieces).split("\n"):
        if text := squash(line):
            found.blocks.append(Paragraph(text, found.line))
    for box in boxes:
        for child in box:
            _blocks(child, found, depth + 1)


def _text(element: Element, pieces: list[str], boxes: list[Element], found: _Found, depth: int) -> None:
    """Text of a paragraph as printed; boxes that float over it are set aside."""
    if depth > _MAX_DEPTH:
        raise ReadError(f"the Word file nests its elements more than {_MAX_DEPTH} deep; it is damaged or made to harm")
    for child in _alternatives(element):
        tag = child.tag
        if tag == f"{_W}t":
            pieces.append(child.text or "")
        elif tag in _BREAKS:
            pieces.append(_BREAKS[tag])
        elif tag == f"{_W}txbxContent":
            boxes.append(child)
        elif tag in _GONE or not isinstance(tag, str) or (tag == f"{_W}r" and _hidden(child)):
            continue
        else:
            if tag in _PICTURES and not any(True for _ in child.iter(f"{_W}txbxContent")):
                found.pictures += 1
            _text(child, pieces, boxes, found, depth + 1)


def _hidden(run: Element) -> bool:
    properties = run.find(f"{_W}rPr")
    mark = None if properties is None else properties.find(f"{_W}vanish")
    return mark is not None and mark.get(f"{_W}val", "true") not in ("0", "false")


def _table(element: Element, found: _Found, depth: int) -> None:
    if element.find(f".//{_W}tc//{_W}tbl") is not None:
        for cell in element.iter(f"{_W}tc"):
            if next(cell.iterancestors(f"{_W}tbl"), None) is element:
                for child in _alternatives(cell):
                    _blocks(child, found, depth + 1)
        return
    cells, boxes = _cells(element, found, depth)
    if cells:
        found.grids += 1
        found.blocks.append(Grid(tuple(cells), found.grids, found.line, True))
    for box in boxes:
        for child in box:
            _blocks(child, found, depth + 1)


@dataclass(slots=True)
class _Open:
    """A cell that goes on downwards: its place in the list of cells, and its width."""

    number: int
    width: int


def _cells(table: Element, found: _Found, depth: int) -> tuple[list[Cell], list[Element]]:
    """Cells with spans. A cell that continues the one above makes it longer and is none of its own."""
    cells: list[Cell] = []
    boxes: list[Element] = []
    open_cells: dict[int, _Open] = {}
    places = 0
    for row_number, row in enumerate(_rows(table), start=1):
        column = 1 + _number(row, "trPr", "gridBefore", 0)
        still: dict[int, _Open] = {}
        for cell in _row_cells(row):
            width = max(1, min(_number(cell, "tcPr", "gridSpan", 1), MAX_COLUMNS))
            merged = _merge(cell, "vMerge")
            above = open_cells.get(column)
            if merged == "continue" and above is not None and above.width == width:
                cells[above.number] = cells[above.number]._replace(rowspan=row_number - cells[above.number].row + 1)
                still[column] = above
            elif _merge(cell, "hMerge") == "continue" and cells and cells[-1].row == row_number:
                cells[-1] = cells[-1]._replace(colspan=cells[-1].colspan + width)
            else:
                if merged:
                    still[column] = _Open(len(cells), width)
                text = _cell_text(cell, boxes, found, depth)
                cells.append(Cell(text, row_number, column, 1, width, found.line))
            column += width
            places += width
            if places > MAX_CELLS or column > MAX_COLUMNS + 1:
                raise ReadError(f"a table of the Word file has more than {MAX_CELLS:,} places or {MAX_COLUMNS} columns")
        open_cells = still
    return cells, boxes


def _rows(table: Element) -> Iterator[Element]:
    """Rows that were not deleted; also those inside content controls and insertions."""
    for child in table:
        if child.tag == f"{_W}tr":
            if child.find(f"{_W}trPr/{_W}del") is None:
                yield child
        elif child.tag not in (f"{_W}tblPr", f"{_W}tblGrid", *_GONE) and isinstance(child.tag, str):
            yield from _rows(child)


def _row_cells(row: Element) -> Iterator[Element]:
    for child in row:
        if child.tag == f"{_W}tc":
            if child.find(f"{_W}tcPr/{_W}cellDel") is None:
                yield child
        elif child.tag != f"{_W}trPr" and child.tag not in _GONE and isinstance(child.tag, str):
            yield from _row_cells(child)


def _cell_text(cell: Element, boxes: list[Element], found: _Found, depth: int) -> str:
    lines = []
    for paragraph in cell.iter(f"{_W}p"):
        if any(True for _ in paragraph.iterancestors(f"{_W}txbxContent")):
            continue  # a box that floats over the cell is read behind the table
        pieces: list[str] = []
        _text(paragraph, pieces, boxes, found, depth + 1)
        lines.append("".join(pieces))
    return squash("\n".join(lines).strip())


def _number(element: Element, properties: str, name: str, usual: int) -> int:
    found = element.find(f"{_W}{properties}/{_W}{name}")
    text = "" if found is None else found.get(f"{_W}val", "")
    return int(text) if text.isdigit() and len(text) < 7 else usual


def _merge(cell: Element, name: str) -> str:
    """Whether a cell begins a merge ("restart"), belongs to one ("continue") or to none ("")."""
    found: Element = cell.find(f"{_W}tcPr/{_W}{name}")
    return "" if found is None else found.get(f"{_W}val", "continue")

"""The plain values that the stages hand to each other: Document, Report, Value, Finding.

All are immutable. ``Document`` is what a reader makes of bytes and knows no form; ``Report`` is what
the parser makes of a Document and knows no file kind.
"""

from __future__ import annotations

import html
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Literal, NamedTuple

Status = Literal["given", "blank", "dash", "text", "absent", "lost"]
Severity = Literal["error", "warning", "info"]

STATUSES: tuple[Status, ...] = ("given", "blank", "dash", "text", "absent", "lost")
SEVERITIES: tuple[Severity, ...] = ("error", "warning", "info")


class Cell(NamedTuple):
    """One cell of a grid as the reader found it.

    ``row`` and ``column`` count from 1 in the grid with merged cells spread out; a merged cell stands
    once, at its upper left corner, with its spans. ``place`` is for a person: where to look.
    """

    text: str
    row: int
    column: int
    rowspan: int = 1
    colspan: int = 1
    line: int = 0


class Paragraph(NamedTuple):
    """A paragraph of text. ``line`` counts lines of a text file or blocks of a page, from 1.

    ``links`` is the share of its characters that stand inside links: page furniture is mostly links.
    """

    text: str
    line: int
    links: float = 0.0


class Grid(NamedTuple):
    """A table: its cells in reading order, each merged cell once, blank cells as empty text.

    ``number`` counts grids of the document from 1. ``exact`` says whether rows and columns are those
    of the source (an HTML table) or guessed from separators in running text.
    """

    cells: tuple[Cell, ...]
    number: int
    line: int
    exact: bool

    @property
    def shape(self) -> tuple[int, int]:
        """Rows and columns, merged cells spread out."""
        rows = max((c.row + c.rowspan - 1 for c in self.cells), default=0)
        columns = max((c.column + c.colspan - 1 for c in self.cells), default=0)
        return rows, columns

    @property
    def by_row(self) -> bool:
        """Whether a person finds a cell by its row and column; else by its line in the text."""
        cells = self.cells
        return self.exact or (bool(cells) and cells[-1].row > 1 and cells[-1].line == cells[0].line)

    def rows(self) -> Iterator[list[str]]:
        """Rows of texts, as long as they are; merged cells stand once."""
        row: list[str] = []
        at = None
        for cell in self.cells:
            if at is not None and cell.row != at:
                yield row
                row = []
            at = cell.row
            row.append(cell.text)
        if row:
            yield row


Block = Paragraph | Grid


def texts_of(block: Block) -> list[str]:
    """The text of a paragraph, or those of all cells of a grid. Raises nothing."""
    return [block.text] if isinstance(block, Paragraph) else [cell.text for cell in block.cells]


class Origin(NamedTuple):
    """Where bytes came from. Empty text means not known; ``retrieved`` is ISO 8601 in UTC."""

    source: str = ""
    url: str = ""
    retrieved: str = ""
    status: int = 0
    content_type: str = ""


@dataclass(frozen=True, slots=True)
class Document:
    """What a reader makes of bytes: paragraphs and grids in page order, and how they were read.

    Attributes:
        blocks: paragraphs and grids in page order.
        reader: the reader that made it: "html", "text", "docx", "sheet", "pdf", "ocr" ...
        encoding: the encoding that held, for example "gb18030"; empty for files that are not text.
        encoding_from: why that encoding: "bom", "http", "meta", "content" or "given".
        sha256: digest of the bytes, in hexadecimal.
        origin: where the bytes came from.
        meta: page metadata in lower case: "title", and the names of the site-guide's meta tags
            ("articletitle", "pubdate", "contentsource", "sitename", "columnname", "url" ...).
        images: number of pictures inside the body text (tables may be pictures).
        attachments: addresses of attached files that the page links to (doc, pdf, xls ...).
        notes: what the reader had to skip or mend, one sentence each.
        kind: what the bytes were: "html", "text", "docx", "xlsx", "pdf", "png" ...
        engine: the library that did the reading and its version, for example "pdfplumber 0.11.10".
        confidence: how sure a reader of pictures is of a cell, 0 to 1, by (grid, row, column); cells that are not
            named were read, not recognised.
    """

    blocks: tuple[Block, ...]
    reader: str
    encoding: str
    encoding_from: str
    sha256: str
    origin: Origin = field(default_factory=Origin)
    meta: Mapping[str, str] = field(default_factory=dict)
    images: int = 0
    attachments: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    kind: str = ""
    engine: str = ""
    confidence: Mapping[tuple[int, int, int], float] = field(default_factory=dict)

    @property
    def paragraphs(self) -> list[Paragraph]:
        """The paragraphs in page order."""
        return [b for b in self.blocks if isinstance(b, Paragraph)]

    @property
    def grids(self) -> list[Grid]:
        """The grids in page order."""
        return [b for b in self.blocks if isinstance(b, Grid)]


class Value(NamedTuple):
    """One statutory cell as found. A blank cell is not a zero.

    ``number`` is None unless ``status`` is "given". Counts are int, amounts float in 万元.
    ``raw`` is the text as printed, ``place`` says where it stood, for a person who checks it.
    """

    status: Status
    number: int | float | None = None
    raw: str = ""
    place: str = ""


ABSENT = Value("absent")


class Finding(NamedTuple):
    """A doubt about a report: which rule, how grave, which cells, and a sentence for a person."""

    rule: str
    severity: Severity
    cells: tuple[str, ...]
    expected: str
    found: str
    message: str


class Region(NamedTuple):
    """Where an agency is. None means not known or not applicable (a province has no city).

    ``adcode`` is the six-digit code of the lowest known level in the report's year.
    """

    province: str | None = None
    city: str | None = None
    county: str | None = None
    adcode: str | None = None


class Section(NamedTuple):
    """A section of text. ``number`` is 1 to 6 as in the form, 0 for what stands before section one."""

    number: int
    heading: str
    text: str


class Statement(NamedTuple):
    """A figure stated in prose. ``approximate`` is true where it is printed as 余, 多, 近 and the like."""

    measure: str
    value: int | float
    approximate: bool
    quote: str
    place: str


@dataclass(frozen=True)
class Report:
    """One annual report, read and checked.

    Attributes:
        source: the name it was opened by.
        edition: "2021", "2019", or None when the page shows no statutory table.
        year: the year reported on, None when it cannot be told.
        cells: every cell of the edition by its full name, ``table.row.column``.
        findings: what does not add up and what was not understood, on this page alone.
        kind, reader, encoding, engine: what the bytes were and how they were read, as in ``Document``.
        layout: how the tables stand on the page: "table" (cells of the source), "separators" (signs between cells of
            running text), "lines" (a cell a line), "mixed", or "" without tables.
        confidence: how sure the reader of a picture was of a cell, 0 to 1, by the cell's name; else empty.
    """

    source: str
    sha256: str
    title: str | None
    agency: str | None
    agency_kind: str
    region: Region
    year: int | None
    edition: str | None
    published: str | None
    url: str | None
    retrieved: str | None
    reader: str
    encoding: str
    cells: Mapping[str, Value]
    sections: tuple[Section, ...] = ()
    statements: tuple[Statement, ...] = ()
    findings: tuple[Finding, ...] = ()
    kind: str = ""
    engine: str = ""
    layout: str = ""
    confidence: Mapping[str, float] = field(default_factory=dict)

    @property
    def report_id(self) -> str:
        """A short key made from the content: the first 16 digits of ``sha256``."""
        return self.sha256[:16]

    @cached_property
    def values(self) -> dict[str, int | float | None]:
        """Number of every cell that is on the page, None where there is no number."""
        return {k: v.number for k, v in self.cells.items() if v.status != "absent"}

    @cached_property
    def status(self) -> dict[str, Status]:
        """Status of every cell that is not plainly given."""
        return {k: v.status for k, v in self.cells.items() if v.status != "given"}

    def __repr__(self) -> str:
        given = sum(v.status == "given" for v in self.cells.values())
        return (
            f"<Report {self.agency or '?'} {self.year or '?'}, edition {self.edition or '?'}: "
            f"{given} of {len(self.cells)} cells given, {len(self.findings)} findings>"
        )

    def _repr_html_(self) -> str:
        """The form filled in, doubtful cells marked with the reason; all page text escaped."""
        from govreport.show import report_html

        return report_html(self)


def escape(text: object) -> str:
    """Text of a page made safe for HTML."""
    return html.escape(str(text), quote=True)


class Page(NamedTuple):
    """A fetched page: its bytes and where they came from."""

    content: bytes
    origin: Origin

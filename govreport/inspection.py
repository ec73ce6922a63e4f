"""How a file was understood: what was read, which cell of the form each place was taken for, and what was left over.

Everything is told from the ``Document`` and the ``Report``: a value names its place, so each place finds its value.
"""

from __future__ import annotations

import textwrap
from collections.abc import Iterator
from dataclasses import dataclass
from typing import NamedTuple

from govreport.errors import ParseError
from govreport.forms import TABLES, Form, load_form, read_csv, squeeze
from govreport.model import Cell, Document, Finding, Grid, Paragraph, Report, Value, escape
from govreport.parse import parse_report

_SHORT = 60
_MOST_ROWS = 400


class Match(NamedTuple):
    """A row of the form and what stands for it on the page; ``label`` is empty where nothing was found."""

    table: str
    row: str
    printed: str
    label: str
    place: str
    given: int
    cells: int


@dataclass(frozen=True)
class Inspection:
    """One file, and how it was understood. Made by ``inspect_document``.

    Attributes:
        document: the file as read.
        report: what the parser made of it, None where it is no report.
        reason: why it is none.
        names: full names of the cells that were read at each place; the places are those of ``Value.place``.
        matches: every row of the form with its label on the page.
        unmatched: texts inside the tables that are neither a value nor a label of the form, with their places.
    """

    document: Document
    report: Report | None
    reason: str
    names: dict[str, list[str]]
    matches: tuple[Match, ...]
    unmatched: tuple[tuple[str, str], ...]

    def text(self) -> str:
        """Everything as plain text for a terminal."""
        return "\n".join(_lines(self))

    def _repr_html_(self) -> str:
        return inspection_html(self)


def inspect_document(document: Document) -> Inspection:
    r"""How a document is understood.

    >>> from govreport.read import read_document
    >>> page = "某镇2023年政府信息公开工作年度报告\n本年处理决定数量 |\n行政许可 | 3 |\n行政处罚 | 7 |"
    >>> [m.label for m in inspect_document(read_document(page.encode())).matches if m.label]
    ['行政许可', '行政处罚']

    Raises:
        UsageError: something else than a Document was given.
    """
    try:
        report = parse_report(document)
    except ParseError as error:
        return Inspection(document, None, str(error), {}, (), ())
    names: dict[str, list[str]] = {}
    for name, value in report.cells.items():
        if value.place:
            names.setdefault(_plain_place(value.place), []).append(name)
    if report.edition is None:
        return Inspection(document, report, "", names, (), ())
    form = load_form(report.edition)
    return Inspection(
        document,
        report,
        "",
        names,
        tuple(_matches(document, report, form)),
        tuple(_unmatched(document, report, form, names)),
    )


def place_of(grid: Grid, cell: Cell) -> str:
    """The place of a cell in the words of ``Value.place``."""
    if grid.by_row:
        return f"table {grid.number}, row {cell.row}, column {cell.column}"
    return f"line {cell.line}, cell {cell.column}"


def _plain_place(place: str) -> str:
    """The place without the page it stands on and the confidence it was read with."""
    place = place.partition(" (")[0]
    return place.partition(", ")[2] if place.startswith("page ") else place


def _matches(document: Document, report: Report, form: Form) -> Iterator[Match]:
    labels = _labels_by_row(document)
    inexact = {f.cells[0]: f.found for f in report.findings if f.rule == "inexact_label"}
    for table in TABLES:
        for row in form.rows[table]:
            cells = [f"{table}.{row.row}.{column}" for column in row.columns]
            values = [report.cells[cell] for cell in cells]
            given = sum(value.status == "given" for value in values)
            there = next((v.place for v in values if v.place), "")
            if all(value.status == "absent" for value in values):
                label = ""
            elif cells[0] in inexact:
                label = inexact[cells[0]]
            else:
                label = _label_beside(labels, _plain_place(there), form.row_labels[table, row.row]) or row.label
            yield Match(table, row.row, row.label, label, there, given, len(cells))


def _labels_by_row(document: Document) -> dict[str, list[str]]:
    """Texts of each table row by the first part of their place."""
    made: dict[str, list[str]] = {}
    for grid in document.grids:
        for cell in grid.cells:
            if cell.text:
                made.setdefault(place_of(grid, cell).rpartition(", ")[0], []).append(cell.text)
    return made


def _label_beside(labels: dict[str, list[str]], place: str, known: tuple[str, ...]) -> str:
    return next((t for t in labels.get(place.rpartition(", ")[0], ()) if squeeze(t) in known), "")


def _unmatched(
    document: Document, report: Report, form: Form, names: dict[str, list[str]]
) -> Iterator[tuple[str, str]]:
    known = {label for labels in form.row_labels.values() for label in labels}
    known |= {squeeze(column.label) for columns in form.columns.values() for column in columns}
    known |= {squeeze(f.found) for f in report.findings if f.rule == "inexact_label"}
    known |= {squeeze(a["label"]) for a in read_csv("aliases")} | {squeeze(h["label"]) for h in read_csv("heads")}
    for grid in document.grids:
        places = {place_of(grid, cell) for cell in grid.cells}
        if not places & names.keys():
            continue
        for cell in grid.cells:
            label = squeeze(cell.text)
            other = bool(label) and not any(label in one or one in label for one in known if one)
            if place_of(grid, cell) not in names and (other or (cell.text.strip() and not label)):
                yield place_of(grid, cell), cell.text


def _lines(seen: Inspection) -> Iterator[str]:
    yield from _facts(seen)
    yield ""
    yield from _blocks(seen)
    if seen.report is None:
        return
    yield ""
    yield f"Rows of the form, edition {seen.report.edition or 'unknown'} (given/cells  row  <- label on the page)"
    for match in seen.matches:
        found = f"<- {_cut(match.label)}  [{match.place}]" if match.label else "   not on the page"
        yield f"  {match.given:2}/{match.cells:<2} {match.table}.{match.row:26} {found}"
    yield ""
    yield f"Left over inside the tables: {len(seen.unmatched)}"
    yield from (f"  {place}: {_cut(text)}" for place, text in seen.unmatched[:50])
    yield ""
    yield f"Findings: {len(seen.report.findings)}"
    for finding in seen.report.findings:
        yield from textwrap.wrap(
            f"{finding.severity:8}{finding.rule}: {finding.message}", 110, initial_indent="  ", subsequent_indent="    "
        )


def _facts(seen: Inspection) -> Iterator[str]:
    document, report = seen.document, seen.report
    yield f"Source    {document.origin.source or document.origin.url or 'bytes'}"
    yield f"Kind      {document.kind or 'unknown'}, read by {document.reader} ({document.engine or 'own reader'})"
    if document.encoding:
        yield f"Encoding  {document.encoding}, told by {document.encoding_from}"
    yield f"Digest    sha256 {document.sha256}"
    yield f"Blocks    {len(document.paragraphs)} paragraphs, {len(document.grids)} grids, {document.images} pictures"
    if document.attachments:
        yield f"Files     {len(document.attachments)} linked: {', '.join(document.attachments[:3])}"
    for note in document.notes:
        yield f"Note      {note}"
    if report is None:
        yield f"Report    none: {seen.reason}"
        return
    where = "".join(part for part in report.region[:3] if part)
    yield f"Report    {report.agency or 'agency unknown'} ({report.agency_kind}), {report.year or 'year unknown'}"
    yield f"Place     {where or 'unknown'} {report.region.adcode or ''}".rstrip()
    yield f"Form      edition {report.edition or 'unknown'}, tables as {report.layout or 'none'}"


def _blocks(seen: Inspection) -> Iterator[str]:
    yield "As read (cells that became values of the form stand in [brackets])"
    rows = 0
    for block in seen.document.blocks:
        if isinstance(block, Paragraph):
            yield f"  {block.line:4}  {_cut(block.text)}"
            continue
        shape = "x".join(map(str, block.shape))
        yield f"  {block.line:4}  grid {block.number}, {shape}{'' if block.exact else ', guessed from signs'}"
        for row in _rows(block):
            rows += 1
            if rows <= _MOST_ROWS:
                yield "          " + " | ".join(_shown(seen, block, cell) for cell in row)
    if rows > _MOST_ROWS:
        yield f"          ... {rows - _MOST_ROWS} rows more"


def _rows(grid: Grid) -> Iterator[list[Cell]]:
    row: list[Cell] = []
    for cell in grid.cells:
        if row and cell.row != row[-1].row:
            yield row
            row = []
        row.append(cell)
    if row:
        yield row


def _shown(seen: Inspection, grid: Grid, cell: Cell) -> str:
    text = _cut(cell.text, 24)
    return f"[{text}]" if place_of(grid, cell) in seen.names else text


def _cut(text: str, most: int = _SHORT) -> str:
    text = " ".join(text.split())
    return text if len(text) <= most else text[: most - 1] + "…"


_STYLE = """<style>
.gr-inspect{font-family:system-ui,"Noto Sans CJK SC","Microsoft YaHei",sans-serif;font-size:13px;line-height:1.5;
max-width:1080px;margin:1em auto;padding:0 1em;text-align:left}
.gr-inspect pre{white-space:pre-wrap}
.gr-inspect table{border-collapse:collapse;margin:.6em 0}
.gr-inspect td{border:1px solid rgba(128,128,128,.5);padding:2px 6px;vertical-align:top;max-width:22em}
.gr-inspect .gi-scroll{overflow-x:auto}
.gr-inspect .gi-value{background:rgba(50,160,90,.25)}
.gr-inspect .gi-doubt{background:rgba(240,160,0,.33)}
.gr-inspect .gi-error{background:rgba(226,60,60,.33)}
.gr-inspect .gi-left{outline:2px dashed rgba(226,60,60,.8);outline-offset:-3px}
.gr-inspect small{opacity:.65;display:block;font-size:10px;overflow-wrap:anywhere}
.gr-inspect .gi-line{opacity:.5;font-size:11px;margin-right:.6em}
</style>"""


def inspection_html(seen: Inspection) -> str:
    """The same as an HTML page: the grids with their cells marked, then the form filled in. All text is escaped.

    Green cells became values of the form (their names stand below), yellow and red ones are in doubt, a dashed frame
    marks what was left over.
    """
    facts = escape("\n".join(_facts(seen)))
    parts = [_STYLE, f"<h2>{escape(_title(seen))}</h2><pre>{facts}</pre>", _legend()]
    left = {place for place, _ in seen.unmatched}
    for block in seen.document.blocks:
        if isinstance(block, Paragraph):
            parts.append(f"<p><span class=gi-line>{block.line}</span>{escape(block.text)}</p>")
        else:
            parts.append(_grid(seen, block, left))
    if seen.report is not None:
        from govreport.show import report_html

        parts += ["<h2>The form filled in 填好的表</h2>", report_html(seen.report)]
    return f'<div class="gr-inspect">{"".join(parts)}</div>'


def inspection_page(seen: Inspection) -> str:
    """``inspection_html`` as a whole page, to be saved in a file."""
    return (
        f'<!DOCTYPE html><html lang="zh"><head><meta charset="utf-8"><title>{escape(_title(seen))}</title>'
        '<meta name="viewport" content="width=device-width"><meta name="color-scheme" content="light dark"></head>'
        f"<body>{inspection_html(seen)}</body></html>"
    )


def _title(seen: Inspection) -> str:
    if seen.report is None:
        return "Not an annual report"
    return seen.report.title or f"{seen.report.agency or 'agency unknown'} {seen.report.year or 'year unknown'}"


def _legend() -> str:
    marks = (
        ("gi-value", "value of the form 已读为表中数字"),
        ("gi-doubt", "in doubt 存疑"),
        ("gi-error", "error 错误"),
        ("gi-left", "left over 未用"),
    )
    return "<p>" + " ".join(f'<span class="{c}">&nbsp;{text}&nbsp;</span>' for c, text in marks) + "</p>"


def _grid(seen: Inspection, grid: Grid, left: set[str]) -> str:
    rows = ("<tr>" + "".join(_td(seen, grid, cell, left) for cell in row) + "</tr>" for row in _rows(grid))
    about = f"grid {grid.number}, line {grid.line}" + ("" if grid.exact else ", guessed from signs")
    return f"<div class=gi-scroll><small>{about}</small><table>{''.join(rows)}</table></div>"


def _td(seen: Inspection, grid: Grid, cell: Cell, left: set[str]) -> str:
    place = place_of(grid, cell)
    names = seen.names.get(place, [])
    look = "gi-left" if place in left else ""
    notes: list[str] = []
    if names and seen.report is not None:
        doubts = [f for f in seen.report.findings if set(names) & set(f.cells) and f.severity != "info"]
        look = {"error": "gi-error", "warning": "gi-doubt"}.get(_worst(doubts), "gi-value")
        notes = [f"{name} = {_value(seen.report.cells[name])}" for name in names]
    spans = "".join(f' {k}="{n}"' for k, n in (("rowspan", cell.rowspan), ("colspan", cell.colspan)) if n > 1)
    written = f' class="{look}"' if look else ""
    small = f"<small>{escape('; '.join(notes))}</small>" if notes else ""
    return f'<td{spans}{written} title="{escape(place)}">{escape(cell.text)}{small}</td>'


def _worst(findings: list[Finding]) -> str:
    return next((s for s in ("error", "warning") if any(f.severity == s for f in findings)), "")


def _value(value: Value) -> str:
    from govreport.show import number_text

    return value.status if value.number is None else number_text(value.number)

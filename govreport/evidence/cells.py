"""The cells that a figure rests on, with their labels, raw texts and places."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal, NamedTuple

from govreport.analysis import Measure
from govreport.analysis.measures import ABOUT, PROSE
from govreport.errors import FormError
from govreport.evidence.words import say
from govreport.forms import TABLES, editions, load_form, split_cell
from govreport.forms.words import Both
from govreport.model import ABSENT, Report

Role = Literal["numerator", "denominator", "whole"]


class CellLine(NamedTuple):
    """One cell behind a figure.

    Attributes:
        name: full name, ``table.row.column``; figures of prose begin with ``prose.``, those about the report itself
            with ``report.``.
        sign: 1, or -1 where the cell is subtracted.
        role: numerator or denominator; whole for counts and amounts.
        label: what the form prints for it, and its English name.
        number: None where there is none.
        status: status of the cell.
        raw: the text as printed.
        place: where it stands on the page.
    """

    name: str
    sign: int
    role: Role
    label: Both
    number: float | None
    status: str
    raw: str
    place: str


def cell_lines(report: Report, measure: Measure, counted: Mapping[str, float]) -> tuple[CellLine, ...]:
    """The cells that a measure rests on in a report, numerator first, without those that its edition does not have.

    Args:
        report: the report.
        measure: the measure.
        counted: figures about the report itself, by their names.

    Raises:
        FormError: the measure names a cell that no edition has.
    """
    in_form = frozenset(load_form(report.edition).cells) if report.edition else None
    top: Role = "numerator" if measure.denominator else "whole"
    made = [
        _line(report, name, sign, role, counted)
        for role, terms in ((top, measure.numerator), ("denominator", measure.denominator))
        for sign, name in terms
        if in_form is None or name in in_form or name.partition(".")[0] not in TABLES
    ]
    return tuple(made)


def tables_of(lines: tuple[CellLine, ...]) -> tuple[str, ...]:
    """The tables in which the cells stand, in the order of the form."""
    met = {line.name.partition(".")[0] for line in lines}
    return tuple(table for table in TABLES if table in met)


def _line(report: Report, name: str, sign: int, role: Role, counted: Mapping[str, float]) -> CellLine:
    first, _, last = name.partition(".")
    if first == PROSE:
        return _of_prose(report, name, sign, role)
    if first == ABOUT:
        number = counted.get(name)
        status = "unseen" if number is None else "given"
        return CellLine(name, sign, role, say(f"about.{last}"), number, status, "", "")
    value = report.cells.get(name, ABSENT)
    return CellLine(name, sign, role, _label(report, name), value.number, value.status, value.raw, value.place)


def _of_prose(report: Report, name: str, sign: int, role: Role) -> CellLine:
    asked = name.partition(".")[2]
    told = [s for s in report.statements if s.measure == asked]
    if not told:
        return CellLine(name, sign, role, say("in_prose"), None, "unseen", "", "")
    first = min(told, key=lambda s: s.approximate)
    status = "approximate" if first.approximate else "prose"
    return CellLine(name, sign, role, say("in_prose"), first.value, status, first.quote, first.place)


def _label(report: Report, name: str) -> Both:
    """Label and English name of a cell; in a report without an edition, those of the newest form that has it."""
    table, row_name, column_name = split_cell(name)
    for edition in [report.edition] if report.edition else reversed(editions()):
        form = load_form(edition)
        if name in form.cells:
            row = next(r for r in form.rows[table] if r.row == row_name)
            column = next(c for c in form.columns[table, row_name] if c.column == column_name)
            return Both(f"{row.label} · {column.label}", f"{row.name_en} · {column.name_en}")
    raise FormError(f"no edition of the form has the cell {name!r}")

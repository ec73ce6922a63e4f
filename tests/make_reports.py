"""Report objects built by hand for the tests: invented figures, invented prose."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from typing import Any

from govreport.forms import load_form
from govreport.model import Finding, Region, Report, Section, Statement, Value

APPLICANTS = ("natural_person", "enterprise", "research_institution", "public_interest_org", "legal_service_org")


def consistent_numbers(edition: str = "2021", **counts: int) -> dict[str, int | float]:
    """Figures of every cell that obey all identities: requests of natural persons by outcome, zero elsewhere.

    ``counts`` are rows of section three; received is what is missing to make the sums right.
    """
    form = load_form(edition)
    numbers: dict[str, int | float] = dict.fromkeys(form.cells, 0)
    carried_in, carried_out = counts.pop("carried_in", 0), counts.pop("carried_out", 0)
    processed = sum(counts.values())
    rows = counts | {"carried_in": carried_in, "carried_out": carried_out, "processed": processed}
    rows["received"] = processed + carried_out - carried_in
    for row, number in rows.items():
        numbers[f"applications.{row}.natural_person"] = numbers[f"applications.{row}.total"] = number
    return numbers


def make_report(
    numbers: Mapping[str, int | float] | None = None,
    *,
    edition: str | None = "2021",
    cells: Mapping[str, Value] | None = None,
    findings: tuple[Finding, ...] = (),
    agency: str | None = "青河县示例局",
    year: int | None = 2023,
    **changes: Any,
) -> Report:
    """A report that is whole: all cells given, six short sections, one statement. ``cells`` replaces single cells."""
    if numbers is None:
        numbers = consistent_numbers(edition, granted=3, not_held=2) if edition else {}
    made = {
        name: Value("given", number, str(number), f"grid 1 row {n} column 2")
        for n, (name, number) in enumerate(numbers.items(), start=1)
    }
    made |= cells or {}
    content = repr((agency, year, edition, sorted(made.items()), sorted(changes.items())))
    fields: dict[str, Any] = {
        "source": "report.html",
        "sha256": hashlib.sha256(content.encode()).hexdigest(),
        "title": f"{agency or ''}{year or ''}年政府信息公开工作年度报告",
        "agency": agency,
        "agency_kind": "department",
        "region": Region("示例省", "示例市", "青河县", "990101"),
        "year": year,
        "edition": edition,
        "published": None if year is None else f"{year + 1}-01-20",
        "url": "https://www.example.gov.cn/zfxxgk/report.html",
        "retrieved": None,
        "reader": "html",
        "encoding": "utf-8",
        "cells": made,
        "sections": (Section(1, "一、总体情况", "这是自编的示例文字。\n第二段。"),),
        "statements": (Statement("received", 5, False, "新收申请5件", "line 3"),),
        "findings": findings,
    }
    return Report(**(fields | changes))


def doubt(rule: str = "I3", severity: Any = "error", *cells: str, message: str = "the parts do not add up") -> Finding:
    """A finding about the given cells."""
    return Finding(rule, severity, cells or ("applications.received.total",), "5", "6", message)

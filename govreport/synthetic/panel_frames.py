"""Figures of an invented panel as ``Frames``: columns are built whole, without a Report object for each page."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, cast

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from govreport.forms import SECTION_TABLES, load_form
from govreport.frames import Frames
from govreport.model import STATUSES
from govreport.schema import KEYS, REPORT_KEYS, as_declared, categories, outcome_groups, schema
from govreport.synthetic.panel_bodies import Bodies, Floats
from govreport.synthetic.panel_plant import Doubt

Codes = NDArray[np.int8]
_GIVEN, _BLANK, _DASH = (STATUSES.index(status) for status in ("given", "blank", "dash"))
_NOT_INVENTED = ("statistics", "sections", "statements", "failures")
_TEXT = pd.StringDtype("pyarrow")
PLACE = "synthetic"
"""What stands for the place of every figure: there is no page behind it."""


@dataclass(frozen=True, eq=False)
class Pages:
    """The reports on one year.

    Attributes:
        year: year reported on.
        edition: edition of the form.
        bodies: position of each report's body.
        numbers: reports by cells of the edition, 0 where nothing is printed.
        status: codes of ``STATUSES``, of the same shape.
        published: dates of publication, None where none is printed.
    """

    year: int
    edition: str
    bodies: NDArray[np.int64]
    numbers: Floats
    status: Codes
    published: list[str | None]


def digests(bodies: Bodies, pages: Pages, seed: int) -> list[str]:
    """What stands for the digest of each page; different for every seed, body and year."""
    names = bodies.names.iloc[pages.bodies]
    keys = (
        f"govreport panel/{seed}/{pages.year}/{c}/{a}" for c, a in zip(names["adcode"], names["agency"], strict=True)
    )
    return [hashlib.sha256(key.encode()).hexdigest() for key in keys]


def make_frames(
    bodies: Bodies, years: Sequence[Pages], keys: list[list[str]], doubts: Sequence[Sequence[Doubt]], seed: int
) -> Frames:
    """Frames of a panel, with the columns and types of ``forms/frames.csv``.

    Args:
        bodies: the bodies.
        years: the reports, year by year.
        keys: what ``digests`` gives for each year.
        doubts: findings of each year; ``line`` counts its reports.
        seed: seed of the panel, which the sources name.
    """
    ids = [[digest[:16] for digest in of_year] for of_year in keys]
    cells = {table: _cells(table, years, ids) for table in SECTION_TABLES}
    findings = [(ids[n][d.line], *d[1:]) for n, found in enumerate(doubts) for d in found]
    reports = pd.concat([_reports(bodies, *each, seed) for each in zip(years, keys, doubts, strict=True)])
    empty = {name: as_declared(name, {c: [] for c in schema(name)}) for name in _NOT_INVENTED}
    return Frames(
        reports=as_declared("reports", reports.reset_index(drop=True)),
        findings=as_declared("findings", pd.DataFrame(findings, columns=list(schema("findings")))),
        **cells,
        **empty,
    )


def _reports(bodies: Bodies, pages: Pages, keys: list[str], doubts: Sequence[Doubt], seed: int) -> pd.DataFrame:
    names = bodies.names.iloc[pages.bodies].reset_index(drop=True)
    ids = pd.Series([key[:16] for key in keys], dtype=object)
    own: dict[str, Any] = {column: names[column] for column in REPORT_KEYS if column in names}
    own |= {"report_id": ids, "year": pages.year, "edition": pages.edition}
    own["title"] = names["agency"] + f"{pages.year}年政府信息公开工作年度报告"
    own["published"] = pages.published
    own["url"] = f"https://panel.example/{pages.year}/" + ids + ".html"
    own["source"] = f"synthetic:{seed}/{pages.year}/" + ids
    own |= {"sha256": keys, "kind": "html", "reader": "html", "encoding": "utf-8", "retrieved": None}
    own |= {"engine": None, "layout": "table"}
    own["n_given"] = (pages.status == _GIVEN).sum(axis=1)
    own["n_findings"] = np.bincount([d.line for d in doubts], minlength=len(keys)) if doubts else 0
    return pd.DataFrame(own, index=names.index)[list(schema("reports"))]


def _cells(table: str, years: Sequence[Pages], ids: list[list[str]]) -> pd.DataFrame:
    """The long table of a section: one row a cell, report by report."""
    row, column, number = KEYS[table]
    spans = [_span(table, pages.edition) for pages in years]
    numbers = np.concatenate([p.numbers[:, span].ravel() for p, span in zip(years, spans, strict=True)])
    status = np.concatenate([p.status[:, span].ravel() for p, span in zip(years, spans, strict=True)])
    sizes = [span.stop - span.start for span in spans]
    lengths = np.concatenate([np.full(len(part), size) for part, size in zip(ids, sizes, strict=True)])
    keys = [key for part in ids for key in part]
    made: dict[str, Any] = {"report_id": _texts(keys, np.repeat(np.arange(len(keys)), lengths))}
    for position, name in ((1, row), (2, column)):
        made[name] = _labels(table, name, position, years, spans)
    if "outcome_group" in schema(table):
        made["outcome_group"] = _groups(made[row])
    made[number] = _numbers(schema(table)[number], numbers, status != _GIVEN)
    made["status"] = _category(table, "status", status)
    made["raw"] = _printed(numbers, status)
    made["place"] = _texts([PLACE], np.zeros(len(numbers), np.int8))
    return pd.DataFrame({name: made[name] for name in schema(table)}, copy=False)


def _span(table: str, edition: str) -> slice:
    cells = load_form(edition).cells
    own = [n for n, cell in enumerate(cells) if cell.startswith(f"{table}.")]
    return slice(own[0], own[-1] + 1)


def _labels(table: str, name: str, part: int, years: Sequence[Pages], spans: list[slice]) -> Any:
    known = categories(table, name)
    codes = []
    for pages, span in zip(years, spans, strict=True):
        cells = load_form(pages.edition).cells[span]
        of_report = np.array([known.index(cell.split(".")[part]) for cell in cells], np.int8)
        codes.append(np.tile(of_report, len(pages.bodies)))
    return _category(table, name, np.concatenate(codes))


def _groups(rows: Any) -> Any:
    known = categories("applications", "outcome_group")
    groups = [outcome_groups()[row] for row in rows.categories]
    codes = np.array([-1 if group is None else known.index(group) for group in groups], np.int8)
    return _category("applications", "outcome_group", codes[rows.codes])


def _category(table: str, name: str, codes: Any) -> Any:
    return pd.Categorical.from_codes(codes, categories=cast(Any, list(categories(table, name))))


def _numbers(dtype: str, numbers: Floats, unknown: NDArray[np.bool_]) -> Any:
    if dtype == "Float64":
        return pd.arrays.FloatingArray(numbers, unknown)
    return pd.arrays.IntegerArray(numbers.astype(np.int64), unknown)


def _printed(numbers: Floats, status: Codes) -> Any:
    """Texts as printed: digits, nothing for a blank, a stroke for a dash."""
    codes, met = pd.factorize(numbers)
    digits = [str(int(n)) if n.is_integer() else format(Decimal(repr(n)), "f") for n in met.tolist()]
    codes[status == _BLANK] = len(met)
    codes[status == _DASH] = len(met) + 1
    return _texts([*digits, "", "/"], codes)


def _texts(texts: list[str], codes: Any) -> Any:
    return pd.array(texts, dtype=_TEXT).take(codes)

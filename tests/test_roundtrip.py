"""Round trips: figures, a page in every layout, and back through the reader and the parser.

What counts as right
- a cell with a number: the same number;
- a cell without one: no number, and the status of what is printed there (blank, dash, text);
- where empty cells leave no trace on the page, they may be blank or lost, and so may the numbers of their row
  (of all of table three), for nobody can tell which column is missing.
A wrong number is silent when no error or warning names a cell of its table.
"""

from __future__ import annotations

import csv
import json
import math
import os
import random
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import NamedTuple

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import govreport as gr
from govreport.forms import load_form
from govreport.model import Finding, Region, Report, Value
from govreport.synthetic import LAYOUTS, drop_repeated_lines, invent, render

ROOT = Path(__file__).parents[1]
FLOORS = json.loads((Path(__file__).parent / "floors.json").read_text(encoding="utf-8"))
EDITIONS = ("2019", "2021")
YEARS = {"2019": 2020, "2021": 2023}
AGENCY = "样例县水利局"
SMALL, LARGE = 6, 60_000

STATUS_OF = {"": "blank", "&nbsp;": "blank", "/": "dash", "—": "dash", "无": "dash"}
FILLINGS: dict[str, tuple[int, str | None]] = {
    "small": (SMALL, None),
    "large": (LARGE, None),
    "blank": (SMALL, ""),
    "nbsp": (SMALL, "&nbsp;"),
    "slash": (SMALL, "/"),
    "dash": (SMALL, "—"),
    "none": (SMALL, "无"),
    "large_blank": (LARGE, ""),
}
"""Scale of the figures, and what stands for a zero; None prints 0."""

Number = int | float


@dataclass(frozen=True)
class Truth:
    """What a page says: numbers by cell, the statuses right for cells without one, whether blanks leave no trace."""

    numbers: Mapping[str, Number | None]
    without: frozenset[str]
    vanished: bool = False


class Score(NamedTuple):
    """Cells right, cells in all, and wrong numbers that no finding warns of."""

    right: int
    total: int
    silent_wrong: int


def _line(cell: str) -> str:
    """The line of the page that a cell stands in."""
    table, row, _ = cell.split(".")
    return table if table == "litigation" else f"{table}.{row}"


def is_right(value: Value, want: Number | None, truth: Truth, broken: bool) -> bool:
    if want is None:
        return value.number is None and value.status in truth.without
    if value.status == "given" and value.number is not None:
        return math.isclose(value.number, want, rel_tol=1e-12)
    return broken and value.status == "lost"


def wrong_cells(report: Report, truth: Truth) -> list[str]:
    """Cells that are not right, in the order of the form."""
    broken = {_line(cell) for cell, want in truth.numbers.items() if want is None and truth.vanished}
    found = {cell: report.cells.get(cell, Value("absent")) for cell in truth.numbers}
    return [
        cell
        for cell, want in truth.numbers.items()
        if not is_right(found[cell], want, truth, broken=_line(cell) in broken)
    ]


def score(report: Report, truth: Truth) -> Score:
    """How much of a page was read right."""
    doubted = {
        cell.split(".")[0]
        for finding in report.findings
        if finding.severity in ("error", "warning")
        for cell in finding.cells
    }
    wrong = wrong_cells(report, truth)
    silent = [
        cell
        for cell in wrong
        if cell in report.cells and report.cells[cell].number is not None and cell.split(".")[0] not in doubted
    ]
    return Score(len(truth.numbers) - len(wrong), len(truth.numbers), len(silent))


def parse(page: bytes) -> Report:
    return gr.parse_report(gr.read_document(page))


def truth_of(values: Mapping[str, Number], layout: str, zero: str | None) -> Truth:
    if zero is None:
        return Truth(values, frozenset())
    vanished = STATUS_OF[zero] == "blank" and not LAYOUTS[layout].keeps_blanks
    statuses = {STATUS_OF[zero]} | ({"lost"} if vanished else set())
    return Truth({cell: number or None for cell, number in values.items()}, frozenset(statuses), vanished)


def round_trip(
    values: Mapping[str, Number], edition: str, layout: str, zero: str | None = None
) -> tuple[Report, Truth]:
    truth = truth_of(values, layout, zero)
    page = render(truth.numbers, edition, layout, agency=AGENCY, year=YEARS[edition], blank=zero or "")
    return parse(page), truth


@cache
def case(layout: str, edition: str, filling: str) -> Score:
    scale, zero = FILLINGS[filling]
    values = invent(edition, random.Random(f"{layout} {edition} {filling}"), scale)
    return score(*round_trip(values, edition, layout, zero))


def cases_of(family: str) -> dict[str, Score]:
    return {
        f"{name} {edition} {filling}": case(name, edition, filling)
        for name, layout in LAYOUTS.items()
        if layout.family == family
        for edition in EDITIONS
        for filling in FILLINGS
    }


def test_every_family_of_layouts_has_a_floor():
    assert set(FLOORS["families"]) == {layout.family for layout in LAYOUTS.values()}


@pytest.mark.parametrize("family", FLOORS["families"])
def test_share_of_cells_read_right(family):
    scores = cases_of(family)
    worst = [f"{name}: {s.right} of {s.total}" for name, s in scores.items() if s.right < s.total]
    share = sum(s.right for s in scores.values()) / sum(s.total for s in scores.values())
    assert share >= FLOORS["families"][family]["right"], "\n".join([f"{share:.5f}", *worst])


@pytest.mark.parametrize("family", FLOORS["families"])
def test_no_wrong_number_is_silent(family):
    silent = {name: s.silent_wrong for name, s in cases_of(family).items() if s.silent_wrong}
    assert sum(silent.values()) <= FLOORS["families"][family]["silent_wrong"], silent


@pytest.mark.parametrize("edition", EDITIONS)
@pytest.mark.parametrize("layout", LAYOUTS)
def test_agency_year_and_edition_come_back(layout, edition):
    report, _ = round_trip(invent(edition, random.Random(layout), SMALL), edition, layout)
    assert (report.agency, report.year, report.edition) == (AGENCY, YEARS[edition], edition)


@pytest.mark.parametrize("edition", EDITIONS)
@pytest.mark.parametrize("layout", ["text_cell_lines", "text_tabbed_cells", "text_cell_lines_apart", "text_pipes"])
def test_tables_without_their_repeated_lines_are_refused(layout, edition):
    for seed, scale in enumerate((SMALL, 300, LARGE)):
        values = invent(edition, random.Random(seed), scale)
        page = render(values, edition, layout, agency=AGENCY, year=YEARS[edition]).decode()
        report = parse(drop_repeated_lines(page).encode())
        assert score(report, Truth(values, frozenset())).silent_wrong == 0


@pytest.mark.parametrize("layout", LAYOUTS)
def test_words_in_a_cell_are_told_and_no_number_is_made_of_them(layout):
    cell = "disclosure.penalties.decisions"
    values = dict(invent("2021", random.Random(layout), SMALL)) | {cell: "详见专栏"}
    report = parse(render(values, "2021", layout, agency=AGENCY, year=2023))
    assert report.cells[cell].status in ("text", "lost")
    assert report.cells[cell].number is None
    assert any(cell in finding.cells for finding in report.findings)


def test_hidden_copies_and_scripts_do_not_double_a_table():
    values = invent("2021", random.Random(7), 300)
    for layout in ("html_hidden_copy", "html_furniture", "html_metadata"):
        report, truth = round_trip(values, "2021", layout)
        assert wrong_cells(report, truth) == []


# invented pages without end

_settings = settings(
    max_examples=60,
    deadline=None,
    derandomize=bool(os.environ.get("CI")),
    suppress_health_check=[HealthCheck.too_slow],
)
_layouts = st.sampled_from(sorted(LAYOUTS))
_zeros = st.sampled_from([None, *STATUS_OF])


@_settings
@given(_layouts, st.sampled_from(EDITIONS), st.integers(0, 10**9), st.sampled_from([0, 1, 6, 80, 5_000, LARGE]), _zeros)
def test_consistent_tables_come_back(layout, edition, seed, scale, zero):
    report, truth = round_trip(invent(edition, random.Random(seed), scale), edition, layout, zero)
    got = score(report, truth)
    assert got.right / got.total >= FLOORS["invented"]["consistent"], wrong_cells(report, truth)[:8]
    assert got.silent_wrong == 0


@_settings
@given(_layouts, st.sampled_from(EDITIONS), st.integers(0, 10**9), _zeros)
def test_inconsistent_tables_come_back_as_printed(layout, edition, seed, zero):
    rng = random.Random(seed)
    values = {cell: rng.choice((0, rng.randint(0, 9), rng.randint(0, 10**6))) for cell in load_form(edition).cells}
    report, truth = round_trip(values, edition, layout, zero)
    got = score(report, truth)
    assert got.right / got.total >= FLOORS["invented"]["inconsistent"], wrong_cells(report, truth)[:8]
    assert got.silent_wrong == 0


# the bundled pages


def _bundled() -> list[dict[str, str]]:
    with (ROOT / "data" / "reports" / "index.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


@pytest.mark.parametrize("row", _bundled(), ids=lambda row: row["id"])
def test_bundled_pages_give_their_figures(row):
    figures = json.loads((ROOT / "data" / "full_reports.json").read_text(encoding="utf-8"))
    values = next(report["values"] for report in figures if report["id"] == row["id"])
    report = parse((ROOT / "data" / "reports" / row["file"]).read_bytes())
    assert wrong_cells(report, Truth(values, frozenset({"blank"}))) == []
    assert (report.agency, report.agency_kind) == (row["agency"], row["kind"])
    assert (report.year, report.edition) == (int(row["year"]), row["edition"])
    assert report.region == tuple(row[level] or None for level in ("province", "city", "county", "adcode"))


# the score itself


def _report(cells: Mapping[str, Value], findings: tuple[Finding, ...] = ()) -> Report:
    return Report(
        source="", sha256="", title=None, agency=None, agency_kind="other", region=Region(), year=None,
        edition="2021", published=None, url=None, retrieved=None, reader="text", encoding="utf-8", cells=cells,
        findings=findings,
    )  # fmt: skip


def test_score_counts_wrong_numbers_without_a_finding():
    truth = Truth({"disclosure.rules.issued": 1, "litigation.reconsideration.total": None}, frozenset({"blank"}))
    right = {"disclosure.rules.issued": Value("given", 1), "litigation.reconsideration.total": Value("blank")}
    wrong = {"disclosure.rules.issued": Value("given", 2), "litigation.reconsideration.total": Value("given", 0)}
    finding = Finding("I4", "error", ("litigation.direct_suit.total",), "", "", "")
    info = finding._replace(severity="info", cells=("disclosure.rules.issued",))
    assert score(_report(right), truth) == (2, 2, 0)
    assert score(_report(wrong), truth) == (0, 2, 2)
    assert score(_report(wrong, (finding, info)), truth) == (0, 2, 1)
    assert score(_report({}), truth) == (0, 2, 0)


def test_score_lets_numbers_be_lost_only_where_blanks_vanished():
    values = {"applications.received.total": 3, "applications.received.enterprise": None, "disclosure.rules.issued": 1}
    lost = _report(dict.fromkeys(values, Value("lost")))
    assert score(lost, Truth(values, frozenset({"blank", "lost"}), vanished=True)) == (2, 3, 0)
    assert score(lost, Truth(values, frozenset({"blank"}))) == (0, 3, 0)

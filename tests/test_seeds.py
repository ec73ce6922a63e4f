"""The real examples that the project was given, when they are at hand: every value, and who, where, when."""

import json
from pathlib import Path

import pytest

import govreport as gr

SHARED = Path(__file__).parents[2] / "shared"
SEEDS = sorted((SHARED / "seeds").glob("*.txt"))

pytestmark = pytest.mark.skipif(not SEEDS, reason="the shared examples are not beside this project")


def gold_of(path: Path) -> dict:
    return json.loads((SHARED / "gold" / f"{path.stem}.json").read_text(encoding="utf-8"))


@pytest.fixture(scope="module")
def reports() -> dict[str, gr.Report]:
    return {path.stem[:3]: gr.parse_report(gr.read_document(path)) for path in SEEDS}


@pytest.mark.parametrize("path", SEEDS, ids=lambda p: p.stem[:3])
def test_every_value_is_right_and_blank_is_not_zero(path, reports):
    report, gold = reports[path.stem[:3]], gold_of(path)
    assert report.values == gold["values"]
    assert all(report.cells[c].status == "blank" for c, v in gold["values"].items() if v is None)


@pytest.mark.parametrize("path", SEEDS, ids=lambda p: p.stem[:3])
def test_who_where_when(path, reports):
    report, gold = reports[path.stem[:3]], gold_of(path)
    assert (report.agency, report.agency_kind, report.year) == (gold["agency"], gold["kind"], gold["year"])
    assert report.edition == gold["form"]
    assert report.region.adcode == gold["adcode"]
    assert report.region.province == gold["province"]
    assert report.region.city == gold.get("city")
    assert report.region.county == gold["county"]


@pytest.mark.parametrize("path", SEEDS, ids=lambda p: p.stem[:3])
def test_all_six_sections_are_found(path, reports):
    assert {s.number for s in reports[path.stem[:3]].sections} >= {1, 2, 3, 4, 5, 6}


def test_values_carry_their_text_and_place(reports):
    value = reports["000"].cells["disclosure.penalties.decisions"]
    assert (value.number, value.raw) == (1192, "1192")
    assert value.place == "line 20, cell 2"
    assert reports["003"].cells["disclosure.procurement.amount_10k_yuan"].raw == "385万元"


def test_a_foreign_name_is_a_finding_only_where_there_is_one(reports):
    named = {key: [f for f in r.findings if f.rule == "foreign_name"] for key, r in reports.items()}
    assert {key for key, found in named.items() if found} == {"001"}
    assert "东墟" in named["001"][0].message


def test_prose_that_contradicts_the_table_is_a_finding(reports):
    found = [f for f in reports["004"].findings if "disclosure.penalties.decisions" in f.cells]
    assert found
    assert any("482" in f.message and "384" in f.message for f in found)


def test_a_misnumbered_heading_is_a_finding(reports):
    found = [f for f in reports["004"].findings if f.rule == "misnumbered_heading"]
    assert [f.found for f in found] == ["3"]


def test_no_error_is_claimed_where_there_is_none(reports):
    assert {key: [f.message for f in r.findings if f.severity == "error"] for key, r in reports.items()} == {
        key: [] for key in reports
    }

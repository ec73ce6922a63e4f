"""Prose against tables. Figures are invented unless a test says otherwise."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from govreport.errors import FormError
from govreport.forms import load_form, read_csv
from govreport.model import Statement, Value
from govreport.parse.contradictions import contradictions
from govreport.parse.prose import find_statements

SHARED = Path(__file__).parent.parent.parent / "shared"
SEED = "004_d82bcd5c485d91df"

RECEIVED = "applications.received.total"
CARRIED_IN = "applications.carried_in.total"
CARRIED_OUT = "applications.carried_out.total"
PROCESSED = "applications.processed.total"
REVIEWS = "litigation.reconsideration.total"
DIRECT = "litigation.direct_suit.total"
AFTER = "litigation.suit_after_reconsideration.total"
PENALTIES = "disclosure.penalties.decisions"
FEE_OVERDUE = "applications.fee_overdue.total"


def sheet(edition="2021", **numbers):
    """Every cell of the form at zero but those named, with __ for the point."""
    cells = dict.fromkeys(load_form(edition).cells, Value("given", 0, "0"))
    for name, number in numbers.items():
        full = name.replace("__", ".")
        assert full in cells
        cells[full] = number if isinstance(number, Value) else Value("given", number, str(number))
    return cells


def says(measure, value, approximate=False, place="line 3"):
    return Statement(measure, value, approximate, "an invented clause", place)


def check(cells, *statements, edition="2021"):
    return contradictions(cells, statements, edition)


REQUESTS = {
    "applications__received__total": 12,
    "applications__carried_in__total": 3,
    "applications__processed__total": 14,
    "applications__carried_out__total": 1,
    "applications__granted__total": 6,
}


@pytest.mark.parametrize("value", [12, 15])
def test_received_may_include_what_was_carried_in(value):
    assert check(sheet(**REQUESTS), says("received", value)) == []


def test_received_contradicted():
    (finding,) = check(sheet(**REQUESTS), says("received", 14))
    assert (finding.rule, finding.severity, finding.cells) == ("I9", "warning", (RECEIVED,))
    assert (finding.expected, finding.found) == ("12", "14 (line 3)")
    assert "14" in finding.message
    assert "12" in finding.message
    assert "收到申请" in finding.message
    assert "本年新收政府信息公开申请数量" in finding.message


def test_prose_says_none():
    (finding,) = check(sheet(**REQUESTS), says("received", 0))
    assert (finding.expected, finding.found) == ("12", "0 (line 3)")
    assert "there were none" in finding.message


def test_table_says_none():
    (finding,) = check(sheet(), says("reviews", 2))
    assert (finding.rule, finding.cells, finding.expected) == ("I9", (REVIEWS,), "0")
    assert "prints 0" in finding.message


@pytest.mark.parametrize(
    ("measure", "right", "wrong", "cell"),
    [
        ("carried_in", 3, 2, CARRIED_IN),
        ("carried_out", 1, 0, CARRIED_OUT),
        ("processed", 14, 13, PROCESSED),
        ("granted", 6, 5, "applications.granted.total"),
    ],
)
def test_other_requests(measure, right, wrong, cell):
    assert check(sheet(**REQUESTS), says(measure, right)) == []
    (finding,) = check(sheet(**REQUESTS), says(measure, wrong))
    assert (finding.rule, finding.cells) == ("I9", (cell,))


def test_group_of_outcomes():
    cells = sheet(applications__state_secret__total=1, applications__enforcement_files__total=4)
    assert check(cells, says("refused", 5)) == []
    (finding,) = check(cells, says("refused", 6))
    assert (finding.expected, len(finding.cells)) == ("5", 8)
    assert "不予公开" in finding.message


@pytest.mark.parametrize(
    ("value", "table", "agrees"),
    [(100, 109, True), (100, 91, True), (100, 212, False), (140, 149, True), (140, 170, False), (10, 18, True)],
)
def test_rounded_figures(value, table, agrees):
    cells = sheet(applications__received__total=table)
    assert (check(cells, says("received", value, approximate=True)) == []) is agrees
    assert (check(cells, says("received", value)) == []) is (value == table)


def test_large_rounded_figure():
    cells = sheet(disclosure__licences__decisions=12_890)
    assert check(cells, says("licences", 12_000, approximate=True)) == []
    (finding,) = check(cells, says("licences", 20_000, approximate=True))
    assert (finding.found, finding.expected) == ("20000 (line 3)", "12890")
    assert "about 20000" in finding.message


def test_lawsuits_are_the_sum_of_two_blocks():
    cells = sheet(litigation__direct_suit__total=2, litigation__suit_after_reconsideration__total=3)
    assert check(cells, says("lawsuits", 5)) == []
    (finding,) = check(cells, says("lawsuits", 2))
    assert (finding.cells, finding.expected) == ((DIRECT, AFTER), "5")


@pytest.mark.parametrize("value", [9, 6])
def test_joint_count(value):
    cells = sheet(
        litigation__reconsideration__total=4,
        litigation__direct_suit__total=2,
        litigation__suit_after_reconsideration__total=3,
    )
    assert check(cells, says("reviews_and_lawsuits", value)) == []
    (finding,) = check(cells, says("reviews_and_lawsuits", value + 1))
    assert finding.cells == (REVIEWS, DIRECT, AFTER)


def test_enforcement():
    cells = sheet(disclosure__penalties__decisions=482)
    assert check(cells, says("penalties", 482), says("licences", 0), says("coercive_measures", 0)) == []
    (finding,) = check(cells, says("penalties", 48))
    assert (finding.rule, finding.severity, finding.cells) == ("I10", "warning", (PENALTIES,))


def test_posted_items_are_no_more_than_a_hint():
    cells = sheet(disclosure__penalties__decisions=482)
    (finding,) = check(cells, says("penalties_posted", 384, place="line 9"), says("penalties_posted", 57))
    assert (finding.severity, finding.found) == ("info", "384 (line 9); 57 (line 3)")
    assert "384 and 57" in finding.message
    assert "482" in finding.message
    assert "may count published items" in finding.message


def test_posted_items_in_parts_add_up():
    cells = sheet(disclosure__penalties__decisions=313)
    assert check(cells, says("penalties_posted", 57), says("penalties_posted", 256)) == []


def test_documents():
    cells = sheet(
        disclosure__normative_documents__issued=3,
        disclosure__normative_documents__repealed=1,
        disclosure__normative_documents__in_force=26,
    )
    figures = {"issued": 3, "repealed": 1, "in_force": 26}
    for what, number in figures.items():
        measure = f"normative_documents_{what}"
        assert check(cells, says(measure, number)) == []
        (finding,) = check(cells, says(measure, number + 1))
        assert (finding.rule, finding.cells) == ("I10", (f"disclosure.normative_documents.{what}",))
    (finding,) = check(cells, says("rules_issued", 1))
    assert finding.cells == ("disclosure.rules.issued",)


def test_documents_of_the_2019_form():
    cells = sheet("2019", disclosure__normative_documents__made=3, disclosure__normative_documents__disclosed_total=9)
    stated = [says("normative_documents_issued", 4), says("normative_documents_in_force", 8)]
    (finding,) = check(cells, *stated, edition="2019")
    assert finding.cells == ("disclosure.normative_documents.made",)


def test_one_agreeing_statement_is_enough():
    assert check(sheet(**REQUESTS), says("received", 2), says("received", 12)) == []


def test_one_finding_for_several_statements():
    (finding,) = check(sheet(**REQUESTS), says("received", 2), says("received", 4, place="line 8"))
    assert finding.found == "2 (line 3); 4 (line 8)"
    assert "2 and 4" in finding.message


def test_blank_cell():
    for status, raw in (("blank", ""), ("dash", "/")):
        cells = sheet(applications__received__total=Value(status, None, raw))
        (finding,) = check(cells, says("received", 5))
        assert (finding.rule, finding.severity, finding.cells, finding.expected) == ("I9", "info", (RECEIVED,), "")
        assert check(cells, says("received", 0)) == []


@pytest.mark.parametrize("status", ["absent", "lost", "text"])
def test_nothing_to_compare(status):
    cells = sheet(applications__received__total=Value(status), litigation__direct_suit__total=Value(status))
    assert check(cells, says("received", 5), says("lawsuits", 5)) == []
    assert check({}, says("received", 5)) == []


def test_a_sum_with_a_blank_is_not_judged():
    cells = sheet(litigation__direct_suit__total=Value("blank"), litigation__suit_after_reconsideration__total=3)
    assert check(cells, says("lawsuits", 5)) == []


def test_fee_notices():
    cells = sheet(applications__fee_overdue__total=2)
    assert check(cells, says("fee_notices", 2), says("fee_collected_yuan", 0)) == []
    (finding,) = check(cells, says("fee_notices", 0))
    assert (finding.rule, finding.severity, finding.cells) == ("I11", "info", (FEE_OVERDUE,))
    assert (finding.expected, finding.found) == ("2", "0 (line 3)")
    assert check(sheet(), says("fee_notices", 0)) == []


def test_disclosure_has_no_cell_to_contradict():
    assert check(sheet(), says("disclosed_total", 400), says("disclosed_website", 31)) == []


def test_unknown_edition():
    with pytest.raises(FormError, match="1999"):
        contradictions({}, [], "1999")


def test_rules_are_described():
    rules = {row["rule"]: row["severity"] for row in read_csv("rules")}
    assert {rules["I9"], rules["I10"]} == {"warning"}
    assert rules["I11"] == "info"


@pytest.mark.skipif(not SHARED.exists(), reason="the example reports are not here")
def test_seed_with_posted_penalties():
    """A real report: the table prints 482 penalties, the prose posts 384, and 57 + 256 in another sentence."""
    gold = json.loads((SHARED / "gold" / f"{SEED}.json").read_text(encoding="utf-8"))
    cells = {name: Value("given", number) for name, number in gold["values"].items()}
    lines = (SHARED / "seeds" / f"{SEED}.txt").read_text(encoding="utf-8").splitlines()
    prose = [(1, f"line {n}", line) for n, line in enumerate(lines, start=1)]
    (finding,) = contradictions(cells, find_statements(prose), "2021")
    assert (finding.rule, finding.severity, finding.cells, finding.expected) == ("I10", "info", (PENALTIES,), "482")
    assert "384, 57 and 256" in finding.message

"""Findings that need several reports."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from time import process_time

import pandas as pd
import pytest
from make_reports import consistent_numbers, doubt, make_report
from pandas.testing import assert_frame_equal

from govreport.checks import LOOKED_AT, RULES, findings_between, followed_cells, run_checks
from govreport.forms import load_form
from govreport.frames import Frames, to_frames
from govreport.model import Region, Report, Value
from govreport.schema import REPORT_KEYS


def found(*reports: Report) -> pd.DataFrame:
    return run_checks(to_frames(reports))


def test_two_years_that_fit_give_nothing() -> None:
    first = make_report(consistent_numbers(granted=3, carried_out=2), year=2022)
    second = make_report(consistent_numbers(granted=1, carried_in=2), year=2023)
    assert found(first, second).empty


def test_carried_over_names_each_column_and_both_numbers() -> None:
    first = make_report(consistent_numbers(granted=3, carried_out=4), year=2022)
    second = make_report(consistent_numbers(granted=5, carried_in=2), year=2023)
    finding = found(second, first).iloc[0]
    assert len(found(second, first)) == 1
    assert (finding["rule"], finding["severity"], finding["report_id"]) == ("I5", "warning", second.report_id)
    assert finding["cells"] == "applications.carried_in.natural_person applications.carried_in.total"
    assert (finding["expected"], finding["found"]) == ("总计 4, 自然人 4", "总计 2, 自然人 2")
    assert "2022" in finding["message"]
    assert "结转下年度继续办理" in finding["message"]


def test_a_blank_says_nothing_about_what_was_carried_over() -> None:
    first = make_report(consistent_numbers(granted=3, carried_out=4), year=2022)
    blank = {f"applications.carried_in.{c}": Value("blank") for c in ("natural_person", "total")}
    assert found(first, make_report(consistent_numbers(granted=5), cells=blank, year=2023)).empty


def test_only_the_year_before_and_the_same_place_are_compared() -> None:
    first = make_report(consistent_numbers(granted=3, carried_out=4), year=2021)
    elsewhere = make_report(
        consistent_numbers(granted=3, carried_out=9), year=2022, region=Region("示例省", "示例市", "白河县", "990102")
    )
    last = make_report(consistent_numbers(granted=3, carried_in=1), year=2023)
    assert found(first, elsewhere, last).empty
    assert found(first, make_report(year=None), make_report(agency=None)).empty


def test_carried_over_holds_across_editions() -> None:
    old = make_report(consistent_numbers("2019", granted=3, carried_out=4), edition="2019", year=2020)
    new = make_report(consistent_numbers(granted=4), year=2021)
    assert list(found(old, new)["rule"]) == ["I5"]


def stock(year: int, in_force: int, issued: int = 0, repealed: int = 0, edition: str = "2021") -> Report:
    numbers = consistent_numbers(edition)
    if edition == "2021":
        name = "disclosure.normative_documents"
        numbers |= {f"{name}.in_force": in_force, f"{name}.issued": issued, f"{name}.repealed": repealed}
    return make_report(numbers, year=year, edition=edition)


def test_stock_of_documents() -> None:
    # figures of a real city: 597 + 50 - 227 = 420
    assert found(stock(2023, 597), stock(2024, 420, 50, 227)).empty
    finding = found(stock(2023, 597), stock(2024, 421, 50, 227)).iloc[0]
    assert (finding["rule"], finding["expected"], finding["found"]) == ("I6", "420", "421")
    assert finding["cells"].split()[0] == "disclosure.normative_documents.in_force"
    assert all(part in finding["message"] for part in ("行政规范性文件", "421", "597", "50", "227", "420"))
    assert found(stock(2020, 0, edition="2019"), stock(2021, 421, 50)).empty


def test_duplicate_report_and_same_content() -> None:
    one, two = make_report(source="a.html"), make_report(consistent_numbers(granted=9), source="b.html")
    findings = found(one, two)
    assert list(findings["rule"]) == ["duplicate_report"] * 2
    assert "a.html" in findings["message"][0]
    assert "b.html" in findings["message"][0]
    copy = found(one, one)
    assert list(copy["rule"]) == ["same_content"]
    assert copy["report_id"][0] == f"{one.report_id}-2"
    assert found(make_report(agency=None), make_report(consistent_numbers(), agency=None)).empty


def busy(figures: int) -> dict[str, int | float]:
    numbers = consistent_numbers()
    for n, cell in enumerate([c for c in load_form("2021").cells if c.startswith("applications.")][:figures], start=1):
        numbers[cell] = n
    return numbers


@pytest.mark.parametrize(("figures", "told"), [(19, 0), (20, 2)])
def test_same_tables_need_twenty_figures(figures: int, told: int) -> None:
    findings = found(make_report(busy(figures)), make_report(busy(figures), agency="青河县另一局"))
    assert list(findings["rule"]) == ["same_tables"] * told


def test_same_tables_are_told_once_and_name_the_other() -> None:
    one, two = make_report(busy(30)), make_report(busy(30) | {"disclosure.penalties.decisions": 7}, agency="另一局")
    findings = found(one, two)
    assert list(findings["report_id"]) == [one.report_id, two.report_id]
    assert "另一局" in findings["message"][0]
    assert findings["cells"][0].split()[0] == "applications.received.total"
    assert "same_tables" not in set(found(one, make_report(busy(30), year=2024))["rule"])


def test_own_findings_stay_first_and_running_twice_changes_nothing() -> None:
    first = make_report(consistent_numbers(granted=3, carried_out=4), year=2022, findings=(doubt(),))
    frames = to_frames([first, make_report(consistent_numbers(granted=5, carried_in=2), year=2023)])
    once = run_checks(frames)
    assert list(once["rule"]) == ["I3", "I5"]
    again = frames.with_findings(once)
    assert again.reports.n_findings.tolist() == [1, 1]
    assert_frame_equal(run_checks(again), once)
    assert_frame_equal(again.applications, frames.applications)


def test_rules_one_by_one_on_the_columns_they_look_at_give_the_same() -> None:
    stock = {"disclosure.rules.in_force": 7, "disclosure.rules.issued": 1, "disclosure.rules.repealed": 0}
    first = make_report(consistent_numbers(granted=3, carried_out=4) | stock, year=2022)
    second = make_report(consistent_numbers(granted=5, carried_in=2) | stock, year=2023)
    double = make_report(consistent_numbers(granted=6), year=2023)
    copied = [make_report(busy(30), agency=name) for name in ("青河县一局", "青河县二局")]
    again = replace(second, source="again")
    frames = to_frames([first, second, double, *copied, again])
    panel, reports = frames.wide("all"), frames.reports[list(LOOKED_AT)]
    followed = panel[[*REPORT_KEYS, *followed_cells()]]
    each = [findings_between(reports, followed if rule in ("I5", "I6") else panel, [rule]) for rule in RULES]
    assert [set(made["rule"]) for made in each] == [{rule} for rule in RULES]
    order = ["report_id", "rule"]
    together = pd.concat(each, ignore_index=True).sort_values(order, ignore_index=True)
    assert_frame_equal(together, run_checks(frames).sort_values(order, ignore_index=True), check_categorical=False)


def test_empty_frames() -> None:
    assert run_checks(to_frames([])).empty
    assert isinstance(to_frames([]).with_findings(run_checks(to_frames([]))), Frames)


def test_many_findings_cost_little() -> None:
    """A finding takes what it needs of a panel of 460 columns, and not all of it."""
    numbers = consistent_numbers(granted=3, carried_out=4)
    reports = [make_report(numbers, year=year, agency=f"第{n}局") for n in range(200) for year in (2021, 2022, 2023)]
    frames = to_frames(reports)
    laid_out = min(seconds(lambda: frames.wide("all")) for _ in range(3))
    assert (run_checks(frames)["rule"] == "I5").sum() == 400
    assert min(seconds(lambda: run_checks(frames)) for _ in range(3)) < 6 * laid_out


def seconds(task: Callable[[], object]) -> float:
    start = process_time()
    task()
    return process_time() - start

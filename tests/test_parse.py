"""The parser's own judgements: findings for doubts, and the promise that a doubt never becomes a number."""

import ast
import random
from pathlib import Path

import pytest

import govreport as gr
from govreport.forms import read_csv
from govreport.synthetic import invent, render

AGENCY = "样例县水利局"
PACKAGE = Path(gr.__file__).parent


def text_of(layout: str = "text_pipes", edition: str = "2021", seed: int = 1, **changes: object) -> str:
    values = dict(invent(edition, random.Random(seed), 400)) | changes
    return render(values, edition, layout, agency=AGENCY, year=2022).decode()


def read(text: str) -> gr.Report:
    return gr.parse_report(gr.read_document(text.encode()))


def found(report: gr.Report, rule: str) -> list:
    return [f for f in report.findings if f.rule == rule]


def change(text: str, old: str, new: str) -> str:
    assert old in text
    return text.replace(old, new, 1)


def test_every_rule_in_use_is_listed_and_every_listed_rule_is_in_use():
    named = {r["rule"] for r in read_csv("rules")} | {r["rule"] for r in read_csv("identities")}
    used = set()
    for path in PACKAGE.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Constant) and node.value in named:
                used.add(node.value)
    identities = {rule["rule"] for rule in read_csv("identities")}
    assert named - used - identities == set()


def test_findings_use_listed_rules_with_the_listed_severity_or_a_lower_one():
    grades = {r["rule"]: ["info", "warning", "error"].index(r["severity"]) for r in read_csv("rules")}
    report = read(change(text_of(), "规章 |", "转章 |"))
    for finding in report.findings:
        assert finding.rule in grades
        if finding.rule != "inexact_label":
            assert ["info", "warning", "error"].index(finding.severity) <= grades[finding.rule]


def test_a_broken_sum_names_its_cells_and_both_numbers():
    report = read(text_of(**{"applications.processed.total": 999_999}))
    broken = found(report, "I2")
    assert [f.severity for f in broken] == ["error"]
    assert "applications.processed.total" in broken[0].cells
    assert broken[0].expected == "999999"
    assert report.cells["applications.processed.total"].number == 999_999


def test_blanks_that_could_mend_a_sum_make_it_a_warning():
    values = invent("2021", random.Random(3), 400)
    cell = next(c for c, v in values.items() if c.startswith("applications.received") and v and "total" not in c)
    report = read(text_of(seed=3, **{cell: None}))
    assert {f.severity for f in report.findings if f.rule == "I3"} == {"warning"}
    assert any(f"stand for {values[cell]}" in f.message for f in found(report, "I3"))
    assert report.cells[cell].number is None


def test_a_row_one_value_short_is_lost_and_not_shifted():
    values = invent("2021", random.Random(1), 400)
    printed = f"{values['applications.received.natural_person']} | {values['applications.received.enterprise']} |"
    report = read(change(text_of(), printed, printed.split("|")[1].strip() + " |"))
    row = {c: v.status for c, v in report.cells.items() if c.startswith("applications.received.")}
    assert set(row.values()) == {"lost"}
    assert set(row) <= set(found(report, "lost_cells")[0].cells)


def test_two_numbers_in_one_cell_are_words():
    page = text_of("html_plain")
    values = invent("2021", random.Random(1), 400)
    number = values["disclosure.penalties.decisions"]
    report = read(change(page, f">{number}<", f"><p>{number}</p><p>7</p><"))
    assert report.cells["disclosure.penalties.decisions"].number is None
    assert found(report, "text_in_cell")


def test_rows_below_a_row_are_not_taken_for_it():
    text = text_of(edition="2019")
    line = next(part for part in text.splitlines() if part.startswith("其他对外管理服务事项"))
    report = read(text.replace(line, "其他对外管理服务事项 | 行政检查 | 1 | 2 | 3 |\n行政确认 | 4 | 5 | 6 |"))
    assert found(report, "unknown_label")
    assert report.cells["disclosure.licences.decisions"].status == "given"
    doubted = {c for f in found(report, "unknown_label") for c in f.cells}
    assert any(c.startswith("disclosure.other_services") for c in doubted)


def test_a_heading_in_another_order_is_told_and_the_sums_decide():
    text = text_of()
    report = read(change(text, "自然人 | 法人或其他组织 | 总计", "总计 | 自然人 | 法人或其他组织"))
    assert [f.severity for f in found(report, "reordered_columns")] == ["warning"]
    assert report.values == invent("2021", random.Random(1), 400)


def test_amounts_in_yuan_come_out_in_ten_thousand_yuan():
    report = read(text_of(**{"disclosure.fees.amount_10k_yuan": "251000元"}))
    assert report.cells["disclosure.fees.amount_10k_yuan"].number == 25.1
    assert found(report, "unit_converted")


def test_an_amount_without_a_unit_is_doubted():
    report = read(text_of(edition="2019", **{"disclosure.procurement.amount_10k_yuan": "8040"}))
    assert report.cells["disclosure.procurement.amount_10k_yuan"].number == 8040
    assert found(report, "unit_unknown")[0].cells == ("disclosure.procurement.amount_10k_yuan",)


def test_money_where_a_count_belongs_is_not_a_count():
    report = read(text_of(edition="2019", **{"disclosure.fees.items_before": "18.3万元"}))
    assert report.cells["disclosure.fees.items_before"].status == "text"


def test_a_second_table_with_other_figures_is_told():
    one, two = text_of(seed=1), text_of(seed=2)
    start = two.index("三、收到和处理")
    both = one + two[start : two.index("五、存在的")]
    report = read(both)
    assert found(report, "second_table")
    assert read(one + one[one.index("三、收到") : one.index("五、存在的")]).values == read(one).values
    assert not found(read(one + one[one.index("三、收到") : one.index("五、存在的")]), "second_table")


def test_the_edition_comes_from_the_labels_and_not_from_the_year():
    report = read(text_of(edition="2019"))
    assert (report.edition, report.year) == ("2019", 2022)
    assert found(report, "other_year_form")


def test_a_missing_table_is_absent_and_not_zero():
    text = text_of()
    report = read(text[: text.index("四、政府信息公开行政复议")] + text[text.index("五、存在的") :])
    told = {cell for finding in found(report, "from_prose") for cell in finding.cells}
    assert told == {"litigation.reconsideration.total"}  # the sample says so in a sentence
    rest = {c: v.status for c, v in report.cells.items() if c.startswith("litigation") and c not in told}
    assert set(rest.values()) == {"absent"}
    assert len(rest) == 14
    assert found(report, "missing_table")


def test_a_section_five_that_says_nothing_is_told():
    text = text_of()
    start, end = text.index("五、存在的主要问题及改进情况"), text.index("六、其他需要报告的事项")
    report = read(text[:start] + "五、存在的主要问题及改进情况\n无\n" + text[end:])
    assert found(report, "short_section")


@pytest.mark.parametrize("edition", ["2019", "2021"])
def test_a_given_edition_is_used(edition):
    document = gr.read_document(text_of(edition=edition).encode())
    assert gr.parse_report(document, edition=edition).edition == edition
    with pytest.raises(gr.GovreportError, match="2030"):
        gr.parse_report(document, edition="2030")


def test_another_type_than_a_document_is_wrong_use():
    with pytest.raises(gr.GovreportError, match="str"):
        gr.parse_report("text")

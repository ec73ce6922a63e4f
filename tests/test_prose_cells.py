"""Reports without tables: figures of sentences in the cells of the form, with their words; nothing rounded."""

import random

import pytest

import govreport as gr
from govreport.synthetic import invent, render

HEAD = "样例县水利局{year}年政府信息公开工作年度报告\n一、总体情况\n{year}年主动公开政府信息120条。本文为虚构。\n"
TABLE_TWO = "二、主动公开政府信息情况\n本年作出行政许可决定35件，行政处罚决定12件。{before}年行政处罚决定40件。\n"
REQUESTS = (
    "三、收到和处理政府信息公开申请情况\n{year}年共收到政府信息公开申请18件，上年结转2件。办理结果：予以公开9件；"
    "部分公开1件；不予公开中属于国家秘密0件，属于四类过程性信息2件，危及“三安全一稳定”0件；无法提供中本机关不掌握相关"
    "政府信息5件，没有现成信息需要另行制作1件；重复申请1件，信访举报投诉类申请近10件。共办结19件，"
    "结转下年度继续办理1件。\n"
)
REST = (
    "四、政府信息公开行政复议、行政诉讼情况\n行政复议3件，未经复议直接起诉1件。\n五、存在的主要问题及改进情况\n"
    "公开不够及时，下一步将加强培训。\n六、其他需要报告的事项\n司法局全年办理行政复议30件。\n"
)


def read(year: int, *parts: str) -> gr.Report:
    text = "".join(parts or (HEAD, TABLE_TWO, REQUESTS, REST)).format(year=year, before=year - 1)
    return gr.parse_report(gr.read_document(text.encode()))


def test_every_exact_figure_comes_to_its_cell() -> None:
    report = read(2020)
    assert report.edition is None
    assert {cell: value.number for cell, value in report.cells.items()} == {
        "disclosure.licences.decisions": 35,
        "disclosure.penalties.decisions": 12,
        "applications.received.total": 18,
        "applications.carried_in.total": 2,
        "applications.granted.total": 9,
        "applications.partly_granted.total": 1,
        "applications.state_secret.total": 0,
        "applications.endangers_security.total": 0,
        "applications.process_information.total": 2,
        "applications.not_held.total": 5,
        "applications.needs_creation.total": 1,
        "applications.petition_or_complaint.total": None,
        "applications.duplicate.total": 1,
        "applications.processed.total": 19,
        "applications.carried_out.total": 1,
        "litigation.reconsideration.total": 3,
        "litigation.direct_suit.total": 1,
    }


def test_each_keeps_its_words_and_is_named_in_a_finding() -> None:
    report = read(2020)
    not_held = report.cells["applications.not_held.total"]
    assert (not_held.raw, not_held.place) == ("本机关不掌握相关政府信息5件", "line 7")
    named = {cell for f in report.findings if f.rule == "from_prose" for cell in f.cells}
    assert named == set(report.cells)


def test_what_is_rounded_or_stated_in_two_ways_is_text() -> None:
    report = read(2020)
    assert report.cells["applications.petition_or_complaint.total"].status == "text"
    twice = read(2020, HEAD, REQUESTS.replace("重复申请1件", "重复申请1件，其中重复申请4件"), REST)
    assert twice.cells["applications.duplicate.total"].status == "text"


def test_other_years_and_other_duties_are_left_alone() -> None:
    report = read(2020)
    assert report.cells["disclosure.penalties.decisions"].number == 12
    assert report.cells["litigation.reconsideration.total"].number == 3
    last = read(2020, HEAD, REQUESTS.replace("部分公开1件", "上年部分公开1件"), REST)
    assert "applications.partly_granted.total" not in last.values


def test_reports_before_2019_take_the_names_of_their_return() -> None:
    report = read(2016)
    assert report.values["statistics.received.count"] == 18
    assert report.values["statistics.disclosed_items.count"] == 120
    assert report.values["statistics.reconsiderations.count"] == 3
    assert not [cell for cell in report.cells if not cell.startswith("statistics.")]


@pytest.mark.parametrize("layout", ["text_pipes", "html_word"])
def test_a_page_with_tables_gets_nothing_from_its_prose(layout: str) -> None:

    values = invent("2021", random.Random(8), 40)
    page = render(values, "2021", layout, agency="样例县水利局", year=2023)
    report = gr.parse_report(gr.read_document(page))
    assert report.values == values
    assert "from_prose" not in {f.rule for f in report.findings}


def test_only_the_missing_table_is_filled() -> None:
    table = (
        "本年制发件数 | 本年废止件数 | 现行有效件数\n规章 | 0 | 0 | 0\n行政规范性文件 | 1 | 0 | 7\n本年处理决定数量\n"
    )
    rows = "行政许可 | 31\n行政处罚 | 8\n行政强制 | 0\n本年收费金额（单位：万元）\n行政事业性收费 | 0\n"
    report = read(2023, HEAD, "二、主动公开政府信息情况\n", table, rows, REQUESTS, REST)
    assert report.edition == "2021"
    assert report.values["disclosure.licences.decisions"] == 31
    assert report.values["applications.not_held.total"] == 5
    assert report.cells["applications.not_held.natural_person"].status == "absent"
    frames = gr.to_frames([report])
    assert frames.applications["count"].notna().sum() == 12

"""The statistics returns before 2019: every row there and back, local rows and columns, what may not be guessed."""

import random

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import govreport as gr
from govreport.export import load, save
from govreport.forms import load_form
from govreport.synthetic import LAYOUTS, invent, render

YEARS = {"2008": 2012, "2014": 2016}
FILLINGS = {"figures": (40, None), "large": (90_000, None), "blank": (9, ""), "nbsp": (9, "&nbsp;"), "slash": (9, "/")}

# Where empty cells leave no trace on the page, a local table with a column for part of the year cannot be told.
UNTOLD = {"text_one_line_dense", "text_spaces", "text_cell_lines", "text_cell_lines_apart", "html_cell_paragraphs"}


def read(page: bytes) -> gr.Report:
    return gr.parse_report(gr.read_document(page))


def page_of(edition: str, layout: str, seed: int, scale: int, zero: str | None) -> tuple[bytes, dict]:
    values: dict = invent(edition, random.Random(seed), scale)
    if zero is not None:
        values = {cell: number or None for cell, number in values.items()}
    agency = "样例县水利局"
    return render(values, edition, layout, agency=agency, year=YEARS[edition], blank=zero or ""), values


@pytest.mark.parametrize("layout", LAYOUTS)
@pytest.mark.parametrize("edition", YEARS)
def test_every_row_comes_back(edition: str, layout: str) -> None:
    for filling, (scale, zero) in FILLINGS.items():
        page, values = page_of(edition, layout, 3, scale, zero)
        report = read(page)
        assert (report.edition, report.year) == (edition, YEARS[edition]), filling
        wrong = {cell: value for cell, value in report.cells.items() if value.number != values[cell]}
        if edition == "2008" and layout in UNTOLD:
            assert {value.status for value in wrong.values()} <= {"lost"}, filling
            assert "lost_cells" in {f.rule for f in report.findings}
        else:
            assert not wrong, filling
            unprinted = {value.status for value in report.cells.values() if value.number is None}
            assert unprinted <= ({"dash"} if zero == "/" else {"blank", "lost"}), filling


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.sampled_from(sorted(LAYOUTS)), st.integers(0, 10**6), st.sampled_from([0, 5, 300, 10**6]))
def test_any_figures_come_back(layout: str, seed: int, scale: int) -> None:
    page, values = page_of("2014", layout, seed, scale, None)
    assert read(page).values == values


def page(*rows: str, head: str = "统计指标|单位|统计数") -> bytes:
    return ("样例县2016年政府信息公开工作年度报告\n" + "\n".join(f"{row}|" for row in (head, *rows))).encode()


ROWS = ("（一）收到申请数|件|12", "1.当面申请数|件|4", "2.传真申请数|件|0", "3.网络申请数|件|8", "4.信函申请数|件|0")


def test_local_rows_are_unknown_labels_and_nothing_else() -> None:
    report = read(
        page(*ROWS[:2], "其中：微信申请数|件|3", *ROWS[2:], "公开专栏更新次数|次|52", "（二）申请办结数|件|11")
    )
    found = {f.found: f for f in report.findings if f.rule == "unknown_label"}
    assert set(found) == {"其中：微信申请数", "公开专栏更新次数"}
    assert report.values["statistics.received_in_person.count"] == 4
    assert report.values["statistics.completed.count"] == 11
    assert sorted(n for n in report.values.values() if n is not None) == [0, 0, 4, 8, 11, 12]
    assert all(f.cells[0].startswith("statistics.") for f in found.values())


def test_codes_and_other_periods_are_not_taken_for_figures() -> None:
    rows = (
        "主动公开信息数|条|01|20|340",
        "现场接待人数|人次|06|1|77",
        "申请总数|条|10|0|9",
        "对申请的答复总数|条|17||8",
        "同意公开答复数|条|18|2|",
    )
    report = read(page(*rows, head="指标名称|计量单位|代码|本期实际|本年累计"))
    assert report.edition == "2008"
    given = {cell.split(".")[1]: n for cell, n in report.values.items() if n is not None}
    assert given == {"disclosed_items": 340, "visitors": 77, "received": 9, "answered": 8}
    assert report.status["statistics.granted.count"] == "blank"


def test_several_columns_of_figures_need_a_sum() -> None:
    heads = "统计指标|单位|区政府|区直单位|乡镇街道"
    rows = [row.replace("|件|", "|件|1|2|") for row in ROWS]
    unclear = read(page(*rows, head=heads))
    assert {unclear.cells[f"statistics.{row}.count"].status for row in ("received", "received_by_fax")} == {"lost"}
    assert all(value.number is None for value in unclear.cells.values())
    summed = read(page(*rows, head="统计指标|单位|区政府|区直单位|合计"))
    assert summed.values["statistics.received.count"] == 12


def test_labels_that_two_blocks_share_are_told_by_their_block() -> None:
    suits = ("五、行政诉讼数量|件|5", "（一）维持具体行政行为或者驳回原告诉讼请求数|件|3", "（二）被依法纠错数|件|2")
    report = read(page(*ROWS, "四、行政复议数量|件|7", *suits))
    assert report.values["statistics.lawsuits_corrected.count"] == 2
    assert report.cells["statistics.reconsiderations_corrected.count"].status == "absent"
    both = read(
        page(*ROWS, "四、行政复议数量|件|7", "（一）维持具体行政行为数|件|6", "（二）被依法纠错数|件|1", *suits)
    )
    assert both.values["statistics.reconsiderations_corrected.count"] == 1
    assert both.values["statistics.lawsuits_corrected.count"] == 2


def test_amounts_keep_their_unit() -> None:
    rows = ("七、依申请公开信息收取的费用|元|5000", "（四）政府信息公开专项经费|万元|12.5")
    report = read(page(*ROWS, *rows))
    assert report.values["statistics.request_fees.amount_10k_yuan"] == 0.5
    assert report.values["statistics.budget.amount_10k_yuan"] == 12.5
    assert [f.cells for f in report.findings if f.rule == "unit_converted"] == [
        ("statistics.request_fees.amount_10k_yuan",)
    ]


def test_a_mistyped_label_is_recognised_and_said() -> None:
    report = read(page(*ROWS[:4], "4.信涵申请数|件|3"))
    assert report.values["statistics.received_by_letter.count"] == 3
    assert [f.found for f in report.findings if f.rule == "inexact_label"] == ["信涵申请数"]


@pytest.mark.parametrize(
    ("rule", "rows"),
    [
        ("S1", ("（一）收到申请数|件|13", *ROWS[1:])),
        ("S2", (*ROWS, "（二）申请办结数|件|9", "1.按时办结数|件|9", "2.延期办结数|件|1")),
        ("S6", (*ROWS, "五、行政诉讼数量|件|5", "（一）维持具体行政行为或者驳回原告诉讼请求数|件|3",
                "（二）被依法纠错数|件|1", "（三）其他情形数|件|0")),
        ("S7", (*ROWS, "（三）从事政府信息公开工作人员数|人|5", "1.专职人员数|人|1", "2.兼职人员数|人|3")),
        ("S8", (*ROWS, "（一）主动公开政府信息数|条|50", "1.政府公报公开政府信息数|条|1",
                "2.政府网站公开政府信息数|条|30", "3.政务微博公开政府信息数|条|2",
                "4.政务微信公开政府信息数|条|1", "5.其他方式公开政府信息数|条|0")),
    ],
)  # fmt: skip
def test_sums_of_the_return(rule: str, rows: tuple[str, ...]) -> None:
    broken = [f for f in read(page(*rows)).findings if f.rule == rule]
    assert len(broken) == 1
    assert all(cell.startswith("statistics.") for cell in broken[0].cells)
    assert not [f for f in read(page(*ROWS)).findings if f.rule.startswith("S")]


def test_sentences_that_use_the_words_are_no_return() -> None:
    lines = ("样例县2022年政府信息公开工作年度报告", "一、总体情况", "收到申请数5件", "主动公开政府信息数30条")
    assert read("\n".join([*lines, "二、主动公开政府信息情况", "无"]).encode()).edition is None


def test_frames_show_and_files_hold_the_return(tmp_path) -> None:
    report = read(page_of("2014", "html_word", 1, 40, None)[0])
    frames = gr.to_frames([report])
    assert len(frames.statistics) == 58
    assert frames.statistics["value"].notna().all()
    assert len(frames.applications) == 0
    assert frames.wide("statistics")["statistics.received.count"].tolist() == [
        report.values["statistics.received.count"]
    ]
    shown = report._repr_html_()
    assert "政府信息公开情况统计表" in shown
    assert load_form("2014").rows["statistics"][-1].name_en in shown
    save(frames, tmp_path / "saved")
    assert load(tmp_path / "saved").statistics.equals(frames.statistics)
    (tmp_path / "saved" / "statistics.parquet").unlink()  # as version 0.1.0 wrote it
    assert load(tmp_path / "saved").statistics.empty
    assert next(frames.iter_reports()).values == report.values

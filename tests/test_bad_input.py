"""What is not a report, is damaged or hostile: a typed error or findings, in seconds and in bounded memory."""

import random
import time

import pytest

import govreport as gr
from govreport.errors import GovreportError, ParseError, ReadError
from govreport.synthetic import drop_repeated_lines, invent, render

AGENCY = "样例县水利局"
SECONDS = 20
"""Far above what any of these needs on a quiet machine; a hang is minutes."""


def page(body: str, title: str = "") -> bytes:
    head = f'<html><head><meta charset="utf-8"><title>{title}</title></head>'
    return f"{head}<body>{body}</body></html>".encode()


def report_page(layout: str = "html_word", **options: object) -> str:
    values = invent("2021", random.Random(1), 50)
    return render(values, "2021", layout, agency=AGENCY, year=2023, **options).decode()


def read(content: bytes) -> gr.Report:
    return gr.parse_report(gr.read_document(content))


def rules(report: gr.Report) -> set[str]:
    return {f.rule for f in report.findings}


LIST_PAGE = page(
    "<ul>"
    + "".join(f"<li><a href='{y}.html'>{AGENCY}{y}年政府信息公开工作年度报告</a></li>" for y in range(2018, 2025))
    + "</ul>"
)


@pytest.mark.parametrize(
    ("content", "word"),
    [
        (page("<h1>404 Not Found</h1><p>nginx</p>", "404 Not Found"), "404"),
        (page("<p>抱歉，您访问的页面不存在</p>"), "error page"),
        (page("<p>请完成安全验证后继续访问</p>", "安全验证"), "robot check"),
        (LIST_PAGE, "list page with 7 titles"),
        (page(f"<h1>{AGENCY}政府信息公开指南</h1><p>本样例说明如何申请公开。</p>"), "guide"),
        (page("<p>今天的天气不错。</p>"), "no statutory table"),
        (b'{"a": 1}', "no statutory table"),
    ],
    ids=["404", "404-zh", "robot-check", "list", "guide", "prose", "json"],
)
def test_other_pages_are_refused_by_name(content, word):
    with pytest.raises(ParseError, match=word):
        read(content)


def test_a_notice_with_the_empty_form_is_not_a_report():
    empty = render(dict.fromkeys(invent("2021", random.Random(1))), "2021", "html_word", agency=AGENCY, year=2023)
    notice = empty.decode().replace(
        f"{AGENCY}2023年政府信息公开工作年度报告", "关于印发政府信息公开工作年度报告格式的通知"
    )
    with pytest.raises(ParseError, match="notice"):
        read(notice.encode())


def test_a_report_without_any_number_is_a_report_with_findings():
    empty = render(dict.fromkeys(invent("2021", random.Random(1))), "2021", "html_word", agency=AGENCY, year=2023)
    report = read(empty)
    assert {v.status for v in report.cells.values()} == {"blank"}
    assert "empty_table" in rules(report)


def test_tables_as_pictures_are_told():
    headings = [
        "一、总体情况",
        "二、主动公开政府信息情况",
        "三、收到和处理政府信息公开申请情况",
        "四、政府信息公开行政复议、行政诉讼情况",
    ]
    body = f"<h1>{AGENCY}2023年政府信息公开工作年度报告</h1>"
    body += "".join(f'<p>{h}</p><p><img src="{n}.png" width="600" height="400"></p>' for n, h in enumerate(headings))
    report = read(page(body))
    assert "pictures" in rules(report)
    assert not report.values


def test_a_report_in_an_attachment_is_told():
    body = f"<h1>{AGENCY}2023年政府信息公开工作年度报告</h1><p>附件：<a href='/f/a.docx'>{AGENCY}年度报告.docx</a></p>"
    report = read(page(body))
    assert "attachment_only" in rules(report)
    assert any("/f/a.docx" in f.message for f in report.findings)


@pytest.mark.parametrize("edition", ["2019", "2021"])
def test_a_copy_without_repeated_lines_gives_no_number_at_all(edition):
    values = invent(edition, random.Random(5), 800)
    text = render(values, edition, "text_cell_lines", agency=AGENCY, year=2020).decode()
    report = read(drop_repeated_lines(text).encode())
    errors = [f for f in report.findings if f.severity == "error"]
    assert [f.rule for f in errors] == ["lines_removed"]
    assert all(v.number is None for v in report.cells.values())
    assert sum(v.status == "lost" for v in report.cells.values()) > 150


def test_an_old_return_is_not_read_as_the_form_of_today():
    rows = "".join(
        f"<tr><td>{a}</td><td>件</td><td>{n}</td></tr>" for n, a in enumerate(["收到申请数", "举报投诉数量", "其他"])
    )
    body = f"<h1>{AGENCY}2016年政府信息公开工作年度报告</h1><p>一、概述</p><p>二、主动公开政府信息情况</p>"
    report = read(page(f"{body}<table>{rows}</table>"))
    assert report.edition is None
    assert report.values == {}
    assert "edition_unknown" in rules(report)


HOSTILE = {
    "base64 picture of 40 MB": lambda: (
        report_page().replace("</body>", '<img src="data:image/png;base64,' + "A" * 40_000_000 + '"></body>').encode()
    ),
    "text of 50 MB": lambda: ("某段文字。" * 3_500_000).encode(),
    "lines of 30 MB": lambda: b"0\n" * 15_000_000,
    "pipes of 30 MB": lambda: b"0|" * 15_000_000,
    "table of a million rows": lambda: b"<table>" + b"<tr><td>1</td></tr>" * 1_000_000 + b"</table>",
    "ten thousand columns": lambda: page("<table><tr>" + "<td>0</td>" * 10_000 + "</tr></table>" + report_page()),
    "rowspan 65534": lambda: page("<table>" + "<tr><td rowspan=65534 colspan=1000>0</td></tr>" * 500 + "</table>"),
    "deep nesting": lambda: b"<div>" * 200_000 + b"x",
    "deep tables": lambda: b"<table><tr><td>" * 20_000 + b"x",
    "labels without end": lambda: ("本年新收政府信息公开申请数量 | 0 | " * 60_000).encode(),
    "headings without end": lambda: ("一、总体情况 " * 200_000).encode(),
    "sentences without end": lambda: ("2023年收到政府信息公开申请 " * 100_000).encode(),
    "rows of section four without end": lambda: ("结果维持\n总计\n0\n未经复议直接起诉\n" * 40_000).encode(),
    "random bytes": lambda: random.Random(3).randbytes(400_000),
    "zeros and a page": lambda: b"\0" * 1_000 + report_page().encode(),
}


def outcome(content: bytes) -> str:
    """What a user is told: the message of the error, or of the findings."""
    try:
        return " ".join(f.message for f in read(content).findings)
    except GovreportError as error:
        return str(error)


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_input_ends_soon(name):
    content = HOSTILE[name]()
    start = time.process_time()
    assert len(outcome(content)) > 30
    assert time.process_time() - start < SECONDS


def test_pictures_inside_a_page_do_not_hide_its_tables():
    report = read(HOSTILE["base64 picture of 40 MB"]())
    assert report.values == invent("2021", random.Random(1), 50)


def test_a_file_too_large_is_named_before_it_is_read(tmp_path):
    path = tmp_path / "large.html"
    with path.open("wb") as file:
        file.truncate(300 * 1024 * 1024)
    with pytest.raises(ReadError, match=r"large\.html has 314,572,800 bytes"):
        gr.read_document(path)


def test_a_folder_goes_on_and_lists_what_failed(tmp_path):
    (tmp_path / "a.html").write_bytes(report_page().encode())
    (tmp_path / "b.html").write_bytes(b"")
    (tmp_path / "c.html").write_bytes(LIST_PAGE)
    (tmp_path / "d.txt").write_bytes(report_page("text_pipes").encode())
    frames = gr.open_reports(tmp_path)
    assert list(frames.reports["source"]) == ["a.html", "d.txt"]
    assert dict(zip(frames.failures["source"], frames.failures["kind"], strict=True)) == {
        "b.html": "read",
        "c.html": "parse",
    }
    assert frames.failures["message"].str.len().min() > 40

"""Text files: the layouts in which crawlers store tables, to paragraphs and grids."""

import pytest

import govreport as gr
from govreport.errors import ReadError, UsageError
from govreport.model import Origin
from govreport.read.text import read_text


def rows_of(text: str) -> list[list[list[str]]]:
    document = read_text(text, sha256="0" * 64, encoding="utf-8", encoding_from="given", origin=Origin())
    return [list(grid.rows()) for grid in document.grids]


def paragraphs_of(text: str) -> list[str]:
    document = read_text(text, sha256="0" * 64, encoding="utf-8", encoding_from="given", origin=Origin())
    return [p.text for p in document.paragraphs]


@pytest.mark.parametrize(
    ("text", "rows"),
    [
        ("规章 | 0 | 1 |\n行政许可 | 2 | |\n", [["规章", "0", "1"], ["行政许可", "2", ""]]),
        ("| 规章 | 0 | 1 |\n|---|---|---|\n| 行政许可 | | 2 |\n", [["规章", "0", "1"], ["行政许可", "", "2"]]),
        ("规章 | 0 | \n行政许可 | 1 | 2\n规章 | |", [["规章", "0", ""], ["行政许可", "1", "2"], ["规章", "", ""]]),
        ("规章\t0\t1\n行政许可\t\t2\n", [["规章", "0", "1"], ["行政许可", "", "2"]]),
        ("\t规章\n\t0\n\t\n\n\t行政许可\n\t5\n", [["规章", "0", ""], ["行政许可", "5"]]),
        ("\t商业\n企业\n\t科研\n机构\n", [["商业企业", "科研机构"]]),
        ("规章 |\n0 |\n|\n7 |\n", [["规章"], ["0"], [""], ["7"]]),
    ],
    ids=["pipes", "markdown", "separators", "tabs", "tab-cells", "broken-labels", "cell-lines"],
)
def test_rows(text, rows):
    assert rows_of(text) == [rows]


def test_prose_before_a_table_on_one_line_is_set_free():
    prose = "一、总体情况 " + "本页为样例。" * 12 + " 二、主动公开政府信息情况"
    text = prose + " 第二十条第（一）项 | 信息内容 | 规章 | 0 |"
    assert rows_of(text) == [[["第二十条第（一）项", "信息内容", "规章", "0"]]]
    assert paragraphs_of(text)[0].endswith("二、主动公开政府信息情况")


def test_prose_behind_a_number_ends_the_table():
    text = "行政强制 | 3 三、收到和处理政府信息公开申请情况 自然人 | 总计 |"
    assert rows_of(text) == [[["行政强制", "3"]], [["自然人", "总计"]]]
    assert paragraphs_of(text) == ["三、收到和处理政府信息公开申请情况"]


def test_a_heading_behind_a_cell_is_not_part_of_it():
    assert rows_of("\t行政强制\n\t0\n三、收到和处理\n") == [[["行政强制", "0"]]]
    assert paragraphs_of("\t行政强制\n\t0\n三、收到和处理\n") == ["三、收到和处理"]


def test_marks_of_word_and_markdown_are_dropped():
    assert paragraphs_of("[bookmark: _GoBack]一、总体情况\n**二、主动公开**") == ["一、总体情况", "二、主动公开"]


def test_lines_are_counted_for_the_reader():
    document = gr.read_document("第一行\n\n规章 | 0 |\n".encode())
    assert document.paragraphs[0].line == 1
    assert document.grids[0].cells[1].line == 3
    assert not document.grids[0].exact


@pytest.mark.parametrize("source", [b"", b"   \n\t ", b"\x00\x01\x02\x03" * 100])
def test_nothing_to_read_is_an_error(source):
    with pytest.raises(ReadError):
        gr.read_document(source)


def test_a_missing_file_is_named(tmp_path):
    with pytest.raises(ReadError, match=r"none\.html"):
        gr.read_document(tmp_path / "none.html")


def test_another_type_is_wrong_use():
    with pytest.raises(UsageError, match="int"):
        gr.read_document(5)

"""The HTML reader: grids as browsers lay them out, text as visitors see it, nothing lost or merged in silence."""

import io
import time

import pandas as pd
import pytest

from govreport.errors import ReadError
from govreport.model import Grid, Origin, Paragraph
from govreport.read import cells, guard
from govreport.read.html import read_html


def read(text, url=""):
    return read_html(text, sha256="0", encoding="utf-8", encoding_from="given", origin=Origin(url=url))


def grid_of(text):
    document = read(text)
    assert len(document.grids) == 1, document.blocks
    return document.grids[0]


def placed(text):
    """Cells as (text, row, column, rowspan, colspan)."""
    return [tuple(cell[:5]) for cell in grid_of(text).cells]


def texts(text):
    return [cell.text for cell in grid_of(text).cells]


def lines(text):
    return [block.text for block in read(text).paragraphs]


def filler(rows, columns=3):
    """Rows of figures, to make a table large enough to be one of data."""
    return "".join("<tr>" + "".join(f"<td>{r}{c}</td>" for c in range(columns)) + "</tr>" for r in range(rows))


class TestSpans:
    def test_both_ways(self):
        table = """<table><tr><td rowspan="2" colspan="2">类别</td><td>a</td></tr><tr><td>b</td></tr>
                   <tr><td>1</td><td>2</td><td>3</td></tr></table>"""
        assert placed(table) == [
            ("类别", 1, 1, 2, 2), ("a", 1, 3, 1, 1), ("b", 2, 3, 1, 1),
            ("1", 3, 1, 1, 1), ("2", 3, 2, 1, 1), ("3", 3, 3, 1, 1),
        ]  # fmt: skip
        assert grid_of(table).shape == (3, 3)
        assert grid_of(table).exact

    def test_cells_go_round_several_merged_ones(self):
        table = """<table><tr><td rowspan=3>a<td>b<td rowspan=2>c<td>d<tr><td>e<td>f<tr><td>g<td>h<td>i</table>"""
        assert [cell[:3] for cell in placed(table)] == [
            ("a", 1, 1), ("b", 1, 2), ("c", 1, 3), ("d", 1, 4),
            ("e", 2, 2), ("f", 2, 4),
            ("g", 3, 2), ("h", 3, 3), ("i", 3, 4),
        ]  # fmt: skip

    @pytest.mark.parametrize(
        ("value", "meant"),
        [("2", 2), (" 2", 2), ("+2", 2), ("2px", 2), ("2.9", 2), ("", 1), ("abc", 1), ("-2", 1), ("1", 1), ("002", 2)],
    )
    def test_malformed_values_as_browsers_mend_them(self, value, meant):
        across = f'<table><tr><td colspan="{value}">a<td>b<tr><td>1<td>2<td>3<tr><td>4<td>5<td>6</table>'
        assert placed(across)[0] == ("a", 1, 1, 1, meant)
        down = f'<table><tr><td rowspan="{value}">a<td>b<tr><td>c<td>d<tr><td>e<td>f</table>'
        assert placed(down)[0] == ("a", 1, 1, meant, 1)

    def test_zero_reaches_to_the_end_of_the_group_downwards_only(self):
        head = "<thead><tr><td rowspan=0>h<td>x<tr><td>y</thead>"
        table = f"<table>{head}<tbody><tr><td colspan=0>a<td>b<tr><td>c<td>d</table>"
        assert [cell for cell in placed(table) if cell[0] in "ha"] == [("h", 1, 1, 2, 1), ("a", 3, 1, 1, 1)]

    def test_too_large_spans_are_clipped_by_the_table(self):
        table = "<table><tr><td colspan=99999>标题<tr><td rowspan=70000>a<td>b<tr><td>c</table>"
        assert placed(table)[:2] == [("标题", 1, 1, 1, 2), ("a", 2, 1, 2, 1)]
        assert grid_of(table).shape == (3, 2)

    def test_span_does_not_run_over_a_cell_from_above(self):
        table = "<table><tr><td>a<td rowspan=2>b<td>c<tr><td colspan=2>d<td>e</table>"
        assert placed(table)[3:] == [("d", 2, 1, 1, 1), ("e", 2, 3, 1, 1)]
        table = "<table><tr><td>a<td rowspan=2>b<td>c<td>d<tr><td colspan=3>e<td>f</table>"
        assert placed(table)[4:] == [("e", 2, 1, 1, 1), ("f", 2, 4, 1, 1)]

    def test_rows_of_the_foot_come_last(self):
        table = "<table><tfoot><tr><td>总计<td>3</tfoot><tbody><tr><td>a<td>1<tr><td>b<td>2</tbody></table>"
        assert texts(table) == ["a", "1", "b", "2", "总计", "3"]


class TestCellText:
    @pytest.mark.parametrize(
        ("inner", "text"),
        [
            ("12", "12"),
            ("<span>1</span><span>2</span>", "12"),
            ('<p class="MsoNormal"><span lang="EN-US">1</span><span style="color:red">2<o:p></o:p></span></p>', "12"),
            ("<b>1</b>,<i>234</i>", "1,234"),
            ("<p>1</p><p>2</p>", "1\n2"),
            ("<div>1</div>2", "1\n2"),
            ("1<br>2", "1\n2"),
            ("<span>1</span> <span>2</span>", "1 2"),
            ("<ul><li>1<li>2</ul>", "1\n2"),
            ("<p>1</p>\n<p>&nbsp;</p>", "1"),
            ("12<sup>1</sup>", "12 1"),
            ("<del>5</del>6", "5 6"),
            ("&nbsp;", ""),
            (" \u3000 \u200b ", ""),
            ("<p>&nbsp;</p><p>\u200b</p>", ""),
            ("", ""),
            ("0", "0"),
            ("/", "/"),
            ("  5 &nbsp; 7 ", "5 7"),
            ("１２", "１２"),
            ("现行有\n      效件数", "现行有效件数"),
            ("商业<br>企业", "商业\n企业"),
            ("<p>商业</p><p>企业</p>", "商业\n企业"),
            ("3<!-- 4 -->", "3"),
            ("3<script>document.write(4)</script>", "3"),
            ("3<span style='DISPLAY: none'>4</span>", "3"),
            ("3<style>p{}</style>", "3"),
            ("a &lt;b&gt; &amp;amp; c", "a <b> &amp; c"),
            ("<p>a &lt;b&gt;</p><p>&amp;amp; c</p>", "a <b>\n&amp; c"),
            ('<p title="a>b">1</p><p title="<br>">2</p>', "1\n2"),
            ('<input value="5">', "5"),
            ('<input type="text" value="5"><input type="hidden" value="6">', "5"),
            ("<select><option>1<option>2</select>3<b>4</b>", "34"),
        ],
    )
    def test_pieces(self, inner, text):
        assert texts(f"<table><tr><td>x<td>{inner}</td><td>y</table>") == ["x", text, "y"]


class TestBrokenMarkup:
    def test_missing_ends(self):
        table = "<table><tr><td>a<td>1<tr><td>b<td><tr><td>c<td>3</table>"
        assert list(grid_of(table).rows()) == [["a", "1"], ["b", ""], ["c", "3"]]

    def test_text_between_rows_comes_before_the_table_as_in_browsers(self):
        document = read("<table><tr><td>a<td>1</tr>落在表外<tr><td>b<td>2</tr></table>")
        assert [type(block) for block in document.blocks] == [Paragraph, Grid]
        assert document.paragraphs[0].text == "落在表外"

    @pytest.mark.parametrize("tag", ["", "<tbody>", "<p>表：</p>"])
    def test_rows_without_a_table(self, tag):
        document = read(f"{tag}<tr><td>规章</td><td>1</td><td>2</td></tr><tr><td>许可</td><td>3</td><td>4</td></tr>")
        assert list(document.grids[0].rows()) == [["规章", "1", "2"], ["许可", "3", "4"]]
        assert len(document.notes) == 1

    def test_cells_after_the_table_do_not_run_together(self):
        document = read("<table><tr><td>a<td>1</table></table><tr><td>规章</td><td>1</td><td>2</td></tr>")
        assert [block.text for block in document.paragraphs] == ["规章", "1", "2"]
        assert "outside of any table" in document.notes[0]

    @pytest.mark.parametrize(
        "text", ["", " ", "<", "<>", "</", "<table>", "<td>", "<html></html>", "<frameset><frame></frameset>"]
    )
    def test_next_to_nothing(self, text):
        assert read(text).grids == []

    def test_lone_surrogates(self):
        assert lines("<p>a\udcffb</p>") == ["a?b"]

    def test_frame_page_says_where_its_content_is(self):
        assert read('<body><iframe src="/report.html"></iframe></body>').notes == (
            "the page has no text of its own, it shows /report.html in a frame",
        )


class TestLayout:
    def test_order_of_blocks(self):
        page = (
            f"""<h1>标题</h1>前言<div>甲<table>{filler(2)}</table>乙</div><table>{filler(3)}</table><p>丙<br>丁</p>"""
        )
        document = read(page)
        shown = [block.text if isinstance(block, Paragraph) else block.shape for block in document.blocks]
        assert shown == ["标题", "前言", "甲", (2, 3), "乙", (3, 3), "丙", "丁"]
        assert [block.line for block in document.blocks] == list(range(1, 9))
        assert [grid.number for grid in document.grids] == [1, 2]
        assert document.grids[1].cells[0].line == document.grids[1].line == 6

    def test_table_inside_layout_tables(self):
        page = f"""<table><tr><td>导航</td><td><table><tr><td><p>一、总体情况</p><table>{filler(3)}</table>
                   <p>尾</p></td></tr></table></td></tr></table>"""
        document = read(page)
        shown = [block.text if isinstance(block, Paragraph) else block.shape for block in document.blocks]
        assert shown == ["导航", "一、总体情况", (3, 3), "尾"]

    def test_plain_rows_of_a_layout_table_stay_a_grid(self):
        page = f"""<table><tr><td>索引号</td><td>A1</td></tr><tr><td>发布机构</td><td>某局</td></tr>
                   <tr><td colspan=2><table>{filler(3)}</table></td></tr></table>"""
        assert [grid.shape for grid in read(page).grids] == [(2, 2), (3, 3)]

    def test_tiny_table_pasted_into_a_cell_does_not_break_the_grid(self):
        page = f"<table>{filler(7)}<tr><td>a</td><td><table><tr><td>7</td></tr></table></td><td>9</td></tr></table>"
        grid = grid_of(page)
        assert grid.shape == (8, 3)
        assert [cell.text for cell in grid.cells][-3:] == ["a", "7", "9"]

    def test_one_cell_table_is_walked(self):
        document = read("<table><tr><td><p>一、总体情况</p><p>内容</p></td></tr></table>")
        assert [block.text for block in document.blocks] == ["一、总体情况", "内容"]

    def test_few_cells_of_long_prose_are_walked(self):
        page = f"<table><tr><td>侧栏</td><td><p>一、总体情况</p><p>{'虚构文字' * 250}</p></td></tr></table>"
        assert [block.text[:6] for block in read(page).paragraphs] == ["侧栏", "一、总体情况", "虚构文字虚构"]

    def test_one_table_for_all_sections_stays_one_grid(self):
        page = f"<table><tr><td colspan=3><p>一、总体情况</p><p>{'虚构文字' * 250}</p></td></tr>{filler(12)}</table>"
        grid = grid_of(page)
        assert grid.shape == (13, 3)
        assert grid.cells[0].text.startswith("一、总体情况\n虚构文字")

    def test_caption_stands_before_its_table(self):
        assert read(f"<table><caption>表一</caption>{filler(2)}</table>").blocks[0].text == "表一"

    def test_preformatted_lines_keep_their_ends_and_tabs(self):
        assert lines("<pre>规章\t1\t0\n许可\t2\t0\n</pre><p>后\n文</p>") == ["规章\t1\t0", "许可\t2\t0", "后文"]

    def test_footnote_marks_stand_apart_from_figures(self):
        assert lines("<p>收到申请12<sup>1</sup>件，<del>5</del>6件</p>") == ["收到申请12 1 件， 5 6件"]

    def test_inline_element_around_blocks(self):
        page = f"<font><span><p>一</p><table>{filler(2)}</table></span>二</font>"
        assert [getattr(block, "text", "grid") for block in read(page).blocks] == ["一", "grid", "二"]


DIV_ROW = '<div class="row">{}</div>'
DIV_CELL = '<div class="cell">{}</div>'


class TestBoxes:
    ROWS = (("信息内容", "制发", "废止", "现行有效"), ("规章", "1", "", "3"), ("许可", "4", "5", ""))

    def boxes(self, row, cell):
        return "".join(row.format("".join(cell.format(text) for text in texts)) for texts in self.ROWS)

    @pytest.mark.parametrize(
        ("row", "cell"),
        [
            (DIV_ROW, DIV_CELL),
            ("<ul>{}</ul>", "<li>{}</li>\n"),
            ("<div>{}</div>\n", "<p>{}</p>"),
            ("<div>{}</div>", "<div><p><span>{}</span></p></div>"),
            ('<div style="display:table-row">{}</div>', '<span style="display:table-cell">{}</span>'),
            ("<li>{}</li>", '<span class="c">{}</span>'),
            ("<dl>{}</dl>", "<dd>{}</dd>"),
        ],
    )
    def test_rows_and_blank_cells_stand(self, row, cell):
        document = read(f"<h3>二、主动公开</h3><div>{self.boxes(row, cell)}</div><p>完</p>")
        assert [getattr(block, "text", "grid") for block in document.blocks] == ["二、主动公开", "grid", "完"]
        assert list(document.grids[0].rows()) == [list(row) for row in self.ROWS]
        assert document.grids[0].exact

    def test_head_and_body_in_boxes_of_their_own(self):
        rows = [DIV_ROW.format("".join(DIV_CELL.format(text) for text in row)) for row in self.ROWS]
        page = f"<div><div class=head>{rows[0]}</div><div class=body>{rows[1]}{rows[2]}</div></div>"
        assert list(grid_of(page).rows()) == [list(row) for row in self.ROWS]

    def test_title_row_makes_it_inexact(self):
        title = DIV_ROW.format(DIV_CELL.format("第二十条第（一）项"))
        grid = grid_of(f"<div>{title}{self.boxes(DIV_ROW, DIV_CELL)}</div>")
        assert [len(row) for row in grid.rows()] == [1, 4, 4, 4]
        assert not grid.exact

    def test_definition_list_of_several_values(self):
        page = "<dl><dt>规章<dd>1<dd>0<dd>3<dt>许可<dd>4<dd><dd>6</dl>"
        assert list(grid_of(page).rows()) == [["规章", "1", "0", "3"], ["许可", "4", "", "6"]]

    def test_two_tables_of_boxes_with_a_heading_between(self):
        one = f"<div>{self.boxes(DIV_ROW, DIV_CELL)}</div>"
        assert [grid.shape for grid in read(f"<div>{one}<h3>三、收到</h3>{one}</div>").grids] == [(3, 4), (3, 4)]

    @pytest.mark.parametrize(
        "page",
        [
            "<ul>" + "<li><a href='/a'>新闻</a><span>2024-01-02</span></li>" * 9 + "</ul>",
            "<div><ul><li><a>甲</a></li><li><a>乙</a></li></ul><ul><li><a>丙</a></li><li><a>丁</a></li></ul></div>",
            "<div><div><p>一、总体情况</p><p>本机关全年公开信息若干。</p></div><div><p>二</p><p>另有说明。</p></div></div>",
            "<div><div><span>20</span><span>23</span></div><div><span>1</span><span>2</span></div></div>",
            "<div><p>1</p><p>2</p></div><div>3</div>",
            "<ul><li>索引号：1</li><li>机构：某局</li></ul>",
        ],
    )
    def test_lists_and_prose_are_no_tables(self, page):
        assert read(page).grids == []

    def test_runs_of_a_split_line_stay_one_text(self):
        assert lines("<div><div><span>20</span><span>23</span></div><div><span>1</span><span>2</span></div></div>") == [
            "2023",
            "12",
        ]


COPY = f"<h3>三、收到和处理</h3><table>{filler(6)}</table>"


class TestHidden:
    @pytest.mark.parametrize(
        "hidden",
        [
            f'<div style="display:none">{COPY}</div>',
            f'<DIV STYLE="DISPLAY : NONE">{COPY}</DIV>',
            f'<div style="color:red;visibility: hidden">{COPY}</div>',
            f"<div hidden>{COPY}</div>",
            f"<template>{COPY}</template>",
            f"<noscript>{COPY}</noscript>",
            f"<!-- {COPY} -->",
            f"<script type='text/html'>{COPY}</script>",
            f"<textarea>{COPY}</textarea>",
            f"<dialog>{COPY}</dialog>",
            f"<style>.mobile{{display:none}}</style><div class='mobile'>{COPY}</div>",
            f"<div style='display:none'><div style='display:none'>{COPY}</div></div>",
        ],
    )
    def test_hidden_copy_is_not_read_twice(self, hidden):
        for page in (f"{COPY}{hidden}", f"{hidden}{COPY}"):
            document = read(f"<body>{page}</body>")
            assert [grid.shape for grid in document.grids] == [(6, 3)]
            assert [block.text for block in document.paragraphs] == ["三、收到和处理"]

    def test_left_out_tables_are_noted(self):
        assert read(f"{COPY}<div hidden>{COPY}</div>").notes == ("1 hidden parts that hold tables were left out",)

    @pytest.mark.parametrize("start", ['<div style="display:none">', "<div hidden>", "<template>", "<noscript>"])
    def test_report_that_is_hidden_altogether_is_read_and_noted(self, start):
        document = read(f"<p>图解</p>{start}{COPY}")
        assert [grid.shape for grid in document.grids] == [(6, 3)]
        assert document.notes == ("the report stands in a part of the page that is hidden; that part was read",)

    def test_odd_selectors_of_a_style_sheet_are_passed_over(self):
        sheet = ".1a,#2,.-,.,a:hover,[x],*,.é{display:none} .\\31 {display:none} {display:none}"
        assert len(read(f"<style>{sheet}</style>{COPY}").grids) == 1

    def test_body_hidden_until_scripts_run(self):
        assert len(read(f"<body style='display:none'>{COPY}</body>").grids) == 1

    @pytest.mark.parametrize(
        "sheet",
        ["@media print{.tab{display:none}}", "/*.tab{display:none}*/", ".tab{display:none}.on .tab{display:block}"],
    )
    def test_rules_that_do_not_plainly_hide(self, sheet):
        assert len(read(f"<style>{sheet}</style>{COPY}<div class=tab>{COPY}</div>").grids) == 2


class TestFurniture:
    PAGE = f"""<html><body>
      <header><a href="/">首页</a></header>
      <div id="topNav"><ul><li><a href="/1">要闻</a><li><a href="/2">服务</a></ul></div>
      <div class="crumb-nav">当前位置：<a href="/">首页</a> &gt; <a href="/gk">信息公开</a></div>
      <div class="header-main"><h1>某局2023年政府信息公开工作年度报告</h1></div>
      <div class="share-box">发布日期：2024-01-20 来源：某局 分享到</div>
      <div class="main-nav-content"><p>一、总体情况</p><table>{filler(3)}</table><select><option>选项</select>
      <button>打印</button></div>
      <div class="footer">版权所有 某局</div><footer>备案号</footer>
    </body></html>"""

    def test_what_stays_and_what_goes(self):
        document = read(self.PAGE)
        assert [getattr(block, "text", "grid") for block in document.blocks] == [
            "当前位置：首页 > 信息公开",
            "某局2023年政府信息公开工作年度报告",
            "发布日期：2024-01-20 来源：某局 分享到",
            "一、总体情况",
            "grid",
        ]

    def test_share_of_links(self):
        page = "<p>正文</p><p><a href=a>链接</a></p><p>一半<a href=a>链接</a></p><div><a href=a><b>全部</b></a></div>"
        assert [block.links for block in read(page).paragraphs] == [0.0, 1.0, 0.5, 1.0]


class TestMeta:
    def test_names_in_any_case_and_order(self):
        page = """<head><title> 年度\n报告 </title><META CONTENT="某局年度报告" NAME="ArticleTitle">
          <meta name='PubDate' content='2024-01-20 10:00'><meta name="ContentSource" content=某局>
          <meta name="firstpublishedtime" content="2024-01-21"><meta name=SiteName content="">
          <meta name="pubdate" content="2020-01-01"></head><body><h1>题 目</h1></body>"""
        assert read(page).meta == {
            "title": "年度报告",
            "h1": "题 目",
            "articletitle": "某局年度报告",
            "pubdate": "2024-01-20 10:00",
            "contentsource": "某局",
            "firstpublishedtime": "2024-01-21",
        }

    def test_attachments(self):
        page = """<a href="./P020240120.docx">附件</a><a href="/down?id=3">年报.pdf</a>
          <a href="javascript:x('a.pdf')">b</a>
          <a href="/module/download/downfile.jsp?classid=0&filename=1.xls">c</a><a href="x.html">d</a><a name="e">f</a>
          <a href="./P020240120.docx">再次</a><iframe src="http://[bad/a.pdf"></iframe><embed src="/b.PDF?v=1">"""
        assert read(page, url="http://www.example.gov.cn/gk/t1.html").attachments == (
            "http://www.example.gov.cn/gk/P020240120.docx",
            "http://www.example.gov.cn/down?id=3",
            "http://www.example.gov.cn/module/download/downfile.jsp?classid=0&filename=1.xls",
            "http://[bad/a.pdf",
            "http://www.example.gov.cn/b.PDF?v=1",
        )
        assert read(page).attachments[0] == "./P020240120.docx"

    def test_images_without_icons(self):
        page = """<div class="footer"><img src="police.png"></div><p><img src="W020240120.png">
          <img src="a.jpg" width="600"><img src="b.png" width=16 height=16><img src="c.gif"><img src="icon_doc.png">
          <img src="d.png" style="width:20px">
          <img src="data:,"></p><table><tr><td><img src="e.jpg"></td><td>x</td></tr></table>"""
        assert read(page).images == 4


class TestHostile:
    """Pages made to make a parser slow or huge: read or refused within seconds, and said so."""

    def run(self, page, seconds=20.0):
        start = time.process_time()
        document = read(page)
        assert time.process_time() - start < seconds
        return document

    def test_deep_nesting_keeps_the_text(self):
        document = self.run("<div>" * 100_000 + "年度报告<table><tr><td>规章<td>1<td>2</table>")
        assert [block.text for block in document.paragraphs] == ["年度报告", "规章", "1", "2"]
        assert "nested deeper than 512" in document.notes[0]

    @pytest.mark.parametrize(
        "page",
        [
            "<span><div></span></div>" * 50_000,
            "<div><table></div></table>" * 50_000,
            "<ul><li>" * 50_000,
            "<table><tr><td>" * 30_000,
            "<p>" + "".join(f"<b id={i}>" for i in range(3_000)) + "<p>x" * 3_000,
            '<div class="nav">' * 15_000 + "x",
            '<div style="display:none">' * 15_000 + "x",
            "<div " + " ".join(f"a{i}=1" for i in range(100_000)) + ">",
            "<div " + " ".join(f'a{i}="<>"' for i in range(100_000)) + ">",
            '<div a="' * 100_000,
            "<a" * 300_000,
            "<p><!--" * 300_000,
            "<style>display:none" + "{" * 300_000,
            "<style>" + "@media{" * 100_000 + "display:none",
            "<div><div>1</div><div>2</div>" * 9_000,
        ],
        ids=lambda page: page[:14],
    )
    def test_patterns_that_cost_the_square(self, page):
        self.run(page)

    def test_figures_stay_apart_where_nesting_is_cut(self):
        document = self.run("<div>" * 30_000 + "<p>1</p><ul><li>2<li>3</ul><div>4</div>5")
        assert [block.text for block in document.paragraphs] == ["1", "2", "3", "4", "5"]

    def test_wide_row_is_cut_and_noted(self):
        document = self.run("<table><tr>" + "<td>1" * 10_000 + "</table>")
        assert document.grids[0].shape == (1, cells.MAX_COLUMNS)
        assert document.notes == ("a table was cut at 2,000 columns",)

    def test_huge_spans(self):
        document = self.run("<table>" + "<tr><td rowspan=65534 colspan=100000>1<td>2" * 20_000 + "</table>")
        rows, columns = document.grids[0].shape
        assert rows * columns <= cells.MAX_CELLS
        assert "200,000 places" in document.notes[-1]

    def test_many_rows_are_cut_and_noted(self):
        document = self.run("<table>" + "<tr><td>1<td>2<td>3" * 70_000 + "</table>")
        assert document.grids[0].shape == (66_666, 3)
        assert document.notes == ("a table was cut at 66,666 rows, for it has more than 200,000 places",)

    def test_too_many_tags_are_refused(self):
        with pytest.raises(ReadError, match=r"1,000,001 tags.*at most 1,000,000"):
            self.run("<p>" * (guard.MAX_TAGS + 1))


def word_page():
    """A page of 60 KB in the markup that a word processor writes: three tables, some 480 cells."""
    cell = (
        '<td width="86" valign="top" style="border:solid windowtext 1.0pt"><p class="MsoNormal" align="center">'
        '<span lang="EN-US">{}</span></p></td>'
    )
    prose = '<p class="MsoNormal" style="text-indent:32.0pt"><span lang="EN-US">{}</span></p>'
    tables = [
        "<table class='MsoNormalTable'>"
        + "".join("<tr>" + "".join(cell.format(r * c) for c in range(columns)) + "</tr>" for r in range(rows))
        + "</table>"
        for rows, columns in ((14, 4), (28, 10), (9, 16))
    ]
    return "<html><body>" + "".join(prose.format("虚构文字" * 40) * 4 + table for table in tables) + "</body></html>"


def test_at_least_twice_as_fast_as_raw_grids_of_pandas():
    """Side by side in one run; alone on a machine the ratio is above four."""
    page = word_page()
    assert 50_000 < len(page) < 90_000
    assert sum(len(grid.cells) for grid in read(page).grids) == 14 * 4 + 28 * 10 + 9 * 16

    def best(call):
        times = []
        for _ in range(15):
            start = time.process_time()
            call()
            times.append(time.process_time() - start)
        return min(times)

    assert best(lambda: pd.read_html(io.StringIO(page), flavor="lxml")) > 2 * best(lambda: read(page))

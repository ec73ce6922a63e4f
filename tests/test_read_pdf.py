"""PDF files: those of real programs, pages written by hand for one habit each, and files made to harm."""

from __future__ import annotations

import sys
import time
import zlib
from collections.abc import Iterable, Mapping
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from make_pdf import CHROMIUM, FOLDER, KEPT, OFFICE, WAYS, Case, Way, cases, make, page, printed

import govreport as gr
from govreport.errors import ReadError
from govreport.model import Cell, Document, Grid, Origin, Paragraph
from govreport.read import scanned_words
from govreport.read.pdf import source

pytest.importorskip("pypdfium2_raw")

CASES = {case.name: case for case in cases()}
BY_NAME = {way.name: way for way in WAYS}


# -- reports through real programs ------------------------------------------------------------------------------------


def wrong_cells(case: Case, path: Path) -> tuple[list[str], list[str]]:
    """Cells that do not come back, and those of them that hold another number or blank although nothing is said."""
    report = gr.parse_report(gr.read_document(path))
    doubted = {cell for finding in report.findings if finding.severity != "info" for cell in finding.cells}
    tables = {cell.split(".")[0] for cell in doubted}
    lost, silent = [], []
    for name, value in case.values.items():
        cell = report.cells[name]
        if (cell.status, cell.number) == (("blank", None) if value is None else ("given", value)):
            continue
        lost.append(name)
        if cell.status in ("given", "blank", "dash") and name.split(".")[0] not in tables:
            silent.append(name)
    return lost, silent


@pytest.mark.parametrize(("case", "way"), sorted(KEPT))
def test_kept_files_give_every_cell(case: str, way: str) -> None:
    assert wrong_cells(CASES[case], FOLDER / f"{case}.{way}.pdf") == ([], [])


def test_a_value_says_its_page() -> None:
    report = gr.parse_report(gr.read_document(FOLDER / "suqian-2023.office.pdf"))
    assert report.cells["disclosure.penalties.decisions"].place == "page 1, table 1, row 10, column 2"
    assert report.cells["litigation.reconsideration.total"].place.startswith("page 3, table ")
    assert report.kind == "pdf"
    assert report.reader == "pdf"
    assert report.engine.startswith("pypdfium2 ")
    assert {s.place for s in report.statements} == {"page 1"}


def test_running_lines_are_dropped_and_named() -> None:
    document = gr.read_document(FOLDER / "suqian-2024.bare_header.pdf")
    assert sum("left out as running lines" in note for note in document.notes) == 3
    assert not [p.text for p in document.paragraphs if "127.0.0.1" in p.text]


def test_prose_is_joined_over_lines_and_headings_stand_alone() -> None:
    document = gr.read_document(FOLDER / "made-2021-1.thead.pdf")
    texts = [p.text for p in document.paragraphs]
    assert texts[:2] == [
        "样例市水务局2023年政府信息公开工作年度报告",
        "本页为虚构样例：机关名称、文字和全部数字均由程序生成，不是任何机关的真实报告，仅供测试和教学。",
    ]
    assert "一、总体情况" in texts


@pytest.mark.slow
@pytest.mark.skipif(not (CHROMIUM and OFFICE), reason="needs Chromium and LibreOffice")
@pytest.mark.parametrize("case", ["suqian-2024", "made-2019-2", "made-2014-3"])
def test_fresh_files_give_every_cell(case: str, tmp_path: Path) -> None:
    made = make([(CASES[case], way) for way in WAYS], tmp_path)
    lost_of_plain = cells_of_plain = 0
    for (name, way), path in made.items():
        lost, silent = wrong_cells(CASES[name], path)
        assert not silent, (way, silent)
        if BY_NAME[way].ruled:
            assert not lost, (way, lost)
        else:
            lost_of_plain += len(lost)
            cells_of_plain += len(CASES[name].values)
    assert lost_of_plain <= cells_of_plain * 0.001


@pytest.mark.slow
@pytest.mark.skipif(not CHROMIUM, reason="needs Chromium")
def test_pages_of_a_browser_turned_and_printed_twice(tmp_path: Path) -> None:
    case = CASES["suqian-2023"]
    turned = "body{transform:rotate(90deg) scale(.5);transform-origin:0 0;position:absolute;left:1080px;width:1400px}"
    for name, css in (("turned", turned), ("twice", "td{text-shadow:0.4px 0 0 #000} @page{size:A3 landscape}")):
        source = tmp_path / f"{name}.html"
        source.write_bytes(page(case, Way(name, "html_plain", "@page{size:A3} td{border:1px solid}" + css)))
        printed(source, source.with_suffix(".pdf"))
        report = gr.parse_report(gr.read_document(source.with_suffix(".pdf")))
        got = {name: value.number for name, value in report.cells.items() if value.status == "given"}
        assert got == {n: v for n, v in case.values.items() if v is not None}


# -- pages written by hand --------------------------------------------------------------------------------------------


def stream(data: bytes, words: bytes = b"") -> bytes:
    return b"<<%s/Length %d>>stream\n" % (words, len(data)) + data + b"\nendstream"


def pdf(objects: Mapping[int, bytes], trailer: bytes = b"") -> bytes:
    """A PDF file of numbered objects; the first is its catalogue."""
    out, places = b"%PDF-1.7\n", {}
    for number, body in objects.items():
        places[number] = len(out)
        out += b"%d 0 obj\n" % number + body + b"\nendobj\n"
    start, size = len(out), max(objects) + 1
    out += b"xref\n0 %d\n0000000000 65535 f \n" % size
    out += b"".join(b"%010d 00000 n \n" % places.get(number, 0) for number in range(1, size))
    return out + b"trailer\n<</Size %d/Root 1 0 R%s>>\nstartxref\n%d\n%%%%EOF\n" % (size, trailer, start)


def book(*pages: bytes, words: bytes = b"") -> dict[int, bytes]:
    """Objects of a file with pages of 600 by 800 points, by their contents."""
    kids = b" ".join(b"%d 0 R" % (10 + 2 * n) for n in range(len(pages)))
    objects = {1: b"<</Type/Catalog/Pages 2 0 R>>", 2: b"<</Type/Pages/Kids[%s]/Count %d>>" % (kids, len(pages)),
               3: b"<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>"}  # fmt: skip
    for n, contents in enumerate(pages):
        objects[10 + 2 * n] = (
            b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 600 800]/Resources<</Font<</F 3 0 R>>>>/Contents %d 0 R%s>>"
            % (11 + 2 * n, words)
        )
        objects[11 + 2 * n] = stream(contents)
    return objects


def text(x: float, y: float, words: str, size: float = 10, before: str = "") -> str:
    """Words at a place, counted from the upper left corner."""
    return f"BT {before} /F {size} Tf 1 0 0 1 {x} {800 - y} Tm ({words}) Tj ET\n"


def rules(xs: Iterable[float], ys: Iterable[float]) -> str:
    """Lines of a whole grid."""
    xs, ys = list(xs), list(ys)
    flat = [f"{xs[0]} {800 - y} m {xs[-1]} {800 - y} l S\n" for y in ys]
    return "".join(flat + [f"{x} {800 - ys[0]} m {x} {800 - ys[-1]} l S\n" for x in xs])


def table(rows: list[list[str]], top: float, left: float = 50, wide: float = 100, high: float = 20) -> str:
    """A ruled table; what is written with / stands on lines of its own."""
    made = rules([left + wide * n for n in range(len(rows[0]) + 1)], [top + high * n for n in range(len(rows) + 1)])
    for r, row in enumerate(rows):
        for c, cell in enumerate(row):
            for n, line in enumerate(cell.split("/")):
                made += text(left + wide * c + 4, top + high * r + 13 + 11 * n, line)
    return made


def read(*pages: str, words: bytes = b"") -> Document:
    return gr.read_document(pdf(book(*(p.encode("latin-1") for p in pages), words=words)))


def rows(grid: Grid) -> list[list[str]]:
    return list(grid.rows())


ROWS = [["item", "made", "kept"], ["rules", "12", "3"], ["orders", "", "45"]]


def test_a_ruled_table_keeps_blanks() -> None:
    document = read(text(50, 60, "First words") + table(ROWS, 100))
    assert rows(document.grids[0]) == ROWS
    assert document.grids[0].exact
    assert document.paragraphs == [Paragraph("First words", 1)]


def test_merged_cells_stand_once_with_their_spans() -> None:
    lines = "50 700 m 350 700 l S 50 640 m 350 640 l S 50 700 m 50 640 l S 350 700 m 350 640 l S\n"
    lines += "150 680 m 350 680 l S 150 660 m 350 660 l S 150 700 m 150 640 l S 250 680 m 250 640 l S\n"
    document = read(lines + text(60, 130, "left") + text(160, 113, "head") + text(160, 133, "1") + text(260, 153, "4"))
    cells = [(c.text, c.row, c.column, c.rowspan, c.colspan) for c in document.grids[0].cells]
    assert cells == [("left", 1, 1, 3, 1), ("head", 1, 2, 1, 2), ("1", 2, 2, 1, 1), ("", 2, 3, 1, 1),
                     ("", 3, 2, 1, 1), ("4", 3, 3, 1, 1)]  # fmt: skip


def test_two_numbers_in_a_cell_stay_two() -> None:
    document = read(table([["item", "made"], ["rules", "12/34"], ["orders", "5   6"]], 100, high=30))
    assert rows(document.grids[0]) == [["item", "made"], ["rules", "12\n34"], ["orders", "5 6"]]


def test_a_number_broken_where_its_cell_is_full_is_one() -> None:
    narrow = rules([50, 150, 176], [100, 130, 160]) + text(54, 112, "a label that is") + text(54, 123, "broken here")
    narrow += text(54, 145, "orders") + text(154, 112, "123") + text(154, 123, "45") + text(154, 145, "67")
    assert rows(read(narrow).grids[0])[0] == ["a label that is broken here", "12345"]


def test_digits_that_the_program_moved_apart_a_little_are_one_number() -> None:
    kerned = rules([50, 150, 250], [100, 120, 140]) + text(54, 113, "rules") + text(54, 133, "orders", before="")
    kerned += "BT /F 10 Tf 1 0 0 1 154 687 Tm [(1) 30 (2) -40 (34)] TJ ET\n" + text(154, 133, "7")
    assert rows(read(kerned).grids[0]) == [["rules", "1234"], ["orders", "7"]]


def test_a_raised_mark_behind_a_figure_is_left_out_and_said() -> None:
    raised = table([["item", "made"], ["rules", ""]], 100) + text(154, 133, "12") + text(165.2, 129, "3", 6)
    document = read(raised)
    assert rows(document.grids[0])[1][1] == "12"
    assert "1 small raised characters behind figures or words" in document.notes[0]
    small = table([["item", "made"], ["rules", ""]], 100) + text(154, 133, "12") + text(165.2, 133, "3", 6)
    assert rows(read(small).grids[0])[1][1] not in ("12", "3")  # on the line it is no mark


@pytest.mark.parametrize("angle", [90, 180, 270])
def test_turned_pages(angle: int) -> None:
    document = read(table(ROWS, 100), words=b"/Rotate %d" % angle)
    assert rows(document.grids[0]) == ROWS
    assert "was turned by" in document.notes[0]


def test_text_drawn_upwards_is_turned() -> None:
    upright = table(ROWS, 100).replace(" 1 0 0 1 ", " 1 0 0 1 ")
    document = read("q 0 1 -1 0 700 0 cm\n" + upright + "Q\n")
    assert rows(document.grids[0]) == ROWS


def test_text_printed_twice_counts_once() -> None:
    twice = table(ROWS, 100) + "".join(text(54.3 + 100 * c, 113 + 20 * r, cell) for r, row in enumerate(ROWS)
                                       for c, cell in enumerate(row))  # fmt: skip
    assert rows(read(twice).grids[0]) == ROWS


def test_what_nobody_sees_is_left_out_and_said() -> None:
    hidden = text(254, 113, "999", before="3 Tr") + text(154, 153, "888", before="1 1 1 rg") + "0 0 0 rg 0 Tr\n"
    document = read(hidden + table(ROWS, 100))
    assert rows(document.grids[0]) == ROWS
    assert "6 characters that nobody sees" in document.notes[0]
    white_on_blue = "0 0 0.5 rg 50 600 100 30 re f\n" + text(60, 190, "Title", before="1 1 1 rg")
    assert read(white_on_blue).paragraphs == [Paragraph("Title", 1)]


def test_marks_across_the_page_are_left_out() -> None:
    stamp = "BT /F 40 Tf 0.8 0.6 -0.6 0.8 120 600 Tm (COPY 2023) Tj ET\n"
    document = read(stamp + table(ROWS, 100))
    assert rows(document.grids[0]) == ROWS
    assert "slanted" in document.notes[0]


CHINESE = (
    b"<</Type/Font/Subtype/Type0/BaseFont/Song/Encoding/UniGB-UTF16-H/DescendantFonts[<</Type/Font/Subtype/CIDFontType0"
    b"/BaseFont/Song/CIDSystemInfo<</Registry(Adobe)/Ordering(GB1)/Supplement 2>>/DW 1000/FontDescriptor"
    b"<</Type/FontDescriptor/FontName/Song/Flags 4/FontBBox[0 -120 1000 880]/Ascent 880/Descent -120/CapHeight 880"
    b"/ItalicAngle 0/StemV 80>>>>]>>"
)


def chinese(x: float, y: float, said: str, apart: float = 0) -> str:
    """Words in a font that knows Chinese; for pages whose font is ``CHINESE``."""
    return f"BT /F 10 Tf {apart} Tc 1 0 0 1 {x} {800 - y} Tm <{said.encode('utf-16-be').hex()}> Tj ET\n"


def test_letter_spaced_text_is_closed_up() -> None:
    made = rules([50, 250, 350], [100, 120, 140, 160])
    cells = [("本年制发规章", "１２３４"), ("现行有效规章", "５６"), ("行政许可数量", "７")]
    for n, (label, figure) in enumerate(cells):
        made += chinese(54, 113 + 20 * n, label, 1.5) + chinese(254, 113 + 20 * n, figure, 1.5)
    document = gr.read_document(pdf(book(made.encode()) | {3: CHINESE}))
    assert rows(document.grids[0]) == [list(cell) for cell in cells]


def test_two_sheets_on_a_page_are_read_one_after_the_other() -> None:
    lines = "第一行内容第二行内容第三行内容第四行内容第五行内容第六行内容第七行内容第八行内容"
    made = "".join(chinese(50, 60 + 30 * n, lines[5 * n : 5 * n + 5]) for n in range(8))
    made += "".join(chinese(650, 60 + 30 * n, lines[5 * n : 5 * n + 5]) for n in range(8))
    made += rules([50, 250, 350], [320, 340, 360]) + rules([650, 850, 950], [20, 40])
    for y, x, label, figure in ((333, 54, "规章", "１２"), (353, 54, "许可", "３"), (33, 654, "收费", "４")):
        made += chinese(x, y, label) + chinese(x + 200, y, figure)
    objects = book(made.encode()) | {3: CHINESE}
    objects[10] = objects[10].replace(b"[0 0 600 800]", b"[0 0 1200 800]")
    document = gr.read_document(pdf(objects))
    assert [rows(grid) for grid in document.grids] == [[["规章", "１２"], ["许可", "３"], ["收费", "４"]]]
    assert {cell.line for cell in document.grids[0].cells} == {1}
    assert document.notes[0] == "page 1 holds two sheets beside each other; the notes that follow count sheets"
    assert [p.text for p in document.paragraphs].count("第四行内容") == 2


@pytest.mark.parametrize("replaced", ["", "/Span<</ActualText(45)>>BDC "])
def test_words_in_a_form_stand_where_it_is_drawn(replaced: str) -> None:
    inner = table([["item", "made"], ["rules", ""]], 100) + replaced + text(154, 133, "45") + "EMC " * bool(replaced)
    objects = book(b"q .5 0 0 .5 250 300 cm /X Do Q " + table(ROWS, 600).encode())
    objects[10] = objects[10].replace(b"/Resources<<", b"/Resources<</XObject<</X 30 0 R>>")
    form = b"/Type/XObject/Subtype/Form/BBox[0 0 600 800]/Resources<</Font<</F 3 0 R>>>>"
    document = gr.read_document(pdf(objects | {30: stream(inner.encode(), form)}))
    assert [rows(grid) for grid in document.grids] == [[["item", "made"], ["rules", "45"]], ROWS]


def test_two_tables_beside_each_other() -> None:
    document = read(table(ROWS, 100, wide=70) + table([["other", "made"], ["fees", "9"]], 100, left=320, wide=70))
    assert [rows(grid) for grid in document.grids] == [ROWS, [["other", "made"], ["fees", "9"]]]


def test_a_table_goes_on_over_the_page_with_its_heading_again() -> None:
    first = text(280, 780, "- 1 -") + table(ROWS, 600)
    second = text(280, 780, "- 2 -") + table([ROWS[0], ["fees", "8", "9"]], 40) + text(50, 120, "Last words")
    document = read(first, second)
    assert rows(document.grids[0]) == [*ROWS, ["fees", "8", "9"]]
    assert [c.line for c in document.grids[0].cells if c.column == 1] == [1, 1, 1, 2]
    assert document.paragraphs == [Paragraph("Last words", 2)]
    assert any("repeated heading left out" in note for note in document.notes)
    assert any("running lines" in note for note in document.notes)


def test_a_page_number_level_with_a_row_is_no_figure_of_it() -> None:
    row = [(50.0, "orders"), (200.0, "4"), (360.0, "45")]
    table_of = {700.0: [(50.0, "item"), (200.0, "made"), (360.0, "kept")], 720.0: [(50.0, "rules"), (200.0, "12"),
                (360.0, "3")], 740.0: row}  # fmt: skip
    pages = [text(50, 60, "First words") + text(280, 780, "- 1 -"),
             plain(table_of | {780.0: row}) + text(280, 780, "- 2 -"),
             text(50, 60, "Last words") + text(280, 780, "- 3 -")]  # fmt: skip
    document = read(*pages)
    assert rows(document.grids[0])[-1] == ["orders", "4", "45"]
    assert "at the ends of 3 pages" in document.notes[0]


def test_a_number_at_the_foot_that_does_not_count_pages_stays() -> None:
    document = read(text(280, 780, "7") + text(50, 60, "Words"), text(280, 780, "3") + text(50, 60, "More words"))
    assert [p.text for p in document.paragraphs] == ["Words", "7", "More words", "3"]


def test_a_row_that_the_page_cuts_is_made_whole() -> None:
    label = "all decisions on fines"
    first = table([["item", "made"], ["rules", "12"]], 600) + rules([50, 150, 250], [640, 680])
    first += text(54, 655, label) + text(154, 655, "31")
    second = (
        rules([50, 150, 250], [40, 60, 80]) + text(54, 53, "and orders") + text(54, 73, "fees") + text(154, 73, "5")
    )
    document = read(first, second)
    assert rows(document.grids[0]) == [["item", "made"], ["rules", "12"], [label + "and orders", "31"], ["fees", "5"]]
    assert any("made whole" in note for note in document.notes)


def test_a_blank_under_a_tall_heading_of_the_page_before_is_a_blank() -> None:
    head = text(54, 620, "made") + text(154, 613, "kept") + text(154, 633, "here")
    first = rules([50, 150, 250], [600, 640]) + "150 180 m 250 180 l S\n" + head
    document = read(first, table([["", "7"]], 40))
    assert [(c.text, c.row, c.column, c.rowspan) for c in document.grids[0].cells] == [
        ("made", 1, 1, 2), ("kept", 1, 2, 1), ("here", 2, 2, 1), ("", 3, 1, 1), ("7", 3, 2, 1)]  # fmt: skip


def test_a_tall_label_goes_on_over_the_page_beside_the_labels_of_its_rows() -> None:
    first = rules([50, 150, 250, 350], [600, 640]) + "150 180 m 350 180 l S\n" + text(54, 620, "group")
    first += text(154, 613, "rules") + text(254, 613, "1") + text(154, 633, "orders") + text(254, 633, "2")
    document = read(first, table([["", "fees", "3"]], 40))
    assert [(c.text, c.rowspan) for c in document.grids[0].cells if c.column == 1] == [("group", 3)]


def test_thick_rules_are_rules() -> None:
    assert rows(read("4.5 w\n" + table(ROWS, 100)).grids[0]) == ROWS
    boxes = "".join(f"{x} 640 4.5 60 re f\n" for x in (50, 150, 250))
    boxes += "".join(f"50 {y} 204.5 4.5 re f\n" for y in (640, 667, 695.5))
    words = text(60, 122, "rules") + text(160, 122, "12") + text(60, 150, "orders") + text(160, 150, "3")
    assert rows(read(boxes + words).grids[0]) == [["rules", "12"], ["orders", "3"]]


def test_rows_on_two_pages_stay_two_where_nothing_proves_a_cut() -> None:
    first, second = table([["item", "made"], ["rules", ""]], 600), table([["orders", "4"], ["fees", "5"]], 40)
    assert rows(read(first, second).grids[0]) == [["item", "made"], ["rules", ""], ["orders", "4"], ["fees", "5"]]


# -- tables without rules ---------------------------------------------------------------------------------------------


def plain(lines: Mapping[float, list[tuple[float, str]]]) -> str:
    return "".join(text(x, y, words) for y, pieces in lines.items() for x, words in pieces)


def test_columns_without_rules_keep_blanks() -> None:
    document = read(plain({
        100: [(50, "item"), (200, "made"), (280, "gone"), (360, "kept")],
        120: [(50, "rules"), (200, "12"), (360, "3")],
        140: [(50, "orders"), (280, "4"), (360, "45")],
    }))  # fmt: skip
    assert rows(document.grids[0])[1:] == [["rules", "12", "", "3"], ["orders", "", "4", "45"]]
    assert not document.grids[0].exact


@pytest.mark.parametrize("level", [0.0, 6.0, 12.0])
def test_labels_of_two_lines_with_figures_at_their_first_middle_or_last_line(level: float) -> None:
    lines: dict[float, list[tuple[float, str]]] = {}
    for n, label in enumerate(
        ["1.all the rules made in the", "2.all the orders given in the", "3.all the fees taken in"]
    ):
        top = 100.0 + 40 * n
        figures = [(240.0, f"{n}1"), (300.0, "7")]
        for y, pieces in ((top, [(50.0, label)]), (top + 12, [(50.0, "year")]), (top + level, figures)):
            lines.setdefault(y, []).extend(pieces)
    found = rows(read(plain(lines)).grids[0])
    assert [row[-2:] for row in found if len(row) > 2] == [["01", "7"], ["11", "7"], ["21", "7"]]
    assert [row[0] for row in found if len(row) > 2][1] == "2.all the orders given in the year"


def test_figures_without_a_label_are_no_figures() -> None:
    document = read(plain({
        100: [(50, "1.rules"), (200, "12"), (280, "3")],
        118: [(200, "55"), (280, "66")],
        136: [(50, "2.orders"), (200, "4"), (280, "5")],
        154: [(50, "3.fees"), (200, "6"), (280, "7")],
    }))  # fmt: skip
    texts = {cell.text for cell in document.grids[0].cells}
    assert not texts & {"55", "66", "12", "3"}  # nor those that they may be the other half of
    assert {"6", "7"} <= texts


def test_running_text_with_figures_is_no_table() -> None:
    document = read(plain({100 + 14 * n: [(50, "In the year 2023 the office made 12 rules and 45 orders, and it took")]
                           for n in range(6)}))  # fmt: skip
    assert not document.grids


# -- pages without text -----------------------------------------------------------------------------------------------


class Ocr(ModuleType):
    """Stands in for the reader of pictures; tells what it was given."""

    def __init__(self) -> None:
        super().__init__("govreport.read.ocr")
        self.sizes: list[tuple[int, int]] = []

    def read_image(self, image: Any, *, page: int) -> tuple[list[Any], dict[tuple[int, int, int], float]]:
        self.sizes.append(image.size)
        grid = Grid((Cell("7", 1, 1, 1, 1, page),), 1, page, True)
        return [Paragraph("seen", page), grid], {(1, 1, 1): 0.5}

    def read_images(self, images: Any, *, kind: str, sha256: str, origin: Origin, first_page: int = 1) -> Document:
        self.sizes += [image.size for image in images]
        return Document((Paragraph("seen", first_page),), "ocr", "", "", sha256, origin, kind=kind, engine="made up")


@pytest.fixture
def ocr(monkeypatch: pytest.MonkeyPatch) -> Ocr:
    made = Ocr()
    monkeypatch.setitem(sys.modules, "govreport.read.ocr", made)
    return made


SCAN = b"q 600 0 0 800 0 0 cm BI /W 2 /H 2 /CS /G /BPC 8 ID \x00\xff\xff\x00 EI Q\n"


def test_a_scanned_file_goes_to_ocr(ocr: Ocr) -> None:
    pytest.importorskip("PIL")
    document = gr.read_document(pdf(book(SCAN, SCAN)))
    assert document.reader == "ocr"
    assert document.engine.endswith("made up")
    assert [round(600 / 72 * 200), round(800 / 72 * 200)] == pytest.approx(ocr.sizes[0], abs=1)
    assert len(ocr.sizes) == 2
    assert "page 1 is a picture" in document.notes[0]


def test_a_file_with_text_behind_its_pictures_is_no_scanned_file() -> None:
    text = table(ROWS, 100).encode()
    assert scanned_words(pdf(book(SCAN, SCAN, SCAN))) is not None
    assert scanned_words(pdf(book(SCAN, SCAN, SCAN, text))) is None
    assert scanned_words(pdf(book(text, SCAN))) is None


def test_a_scanned_page_among_others_keeps_its_confidence(ocr: Ocr) -> None:
    pytest.importorskip("PIL")
    document = gr.read_document(pdf(book(table(ROWS, 100).encode(), SCAN)))
    assert [grid.number for grid in document.grids] == [1, 2]
    assert document.grids[1].cells[0].line == 2
    assert document.confidence == {(2, 1, 1): 0.5}
    assert document.paragraphs == [Paragraph("seen", 2)]


def test_fonts_that_say_nothing_are_not_believed(ocr: Ocr) -> None:
    pytest.importorskip("PIL")
    content = (FOLDER / "seed-003.bare_tight.pdf").read_bytes()
    document = gr.read_document(content.replace(b"/ToUnicode", b"/NoUnicode"))
    assert document.reader == "ocr"
    assert "do not say which letters they print" in document.notes[0]


def test_hidden_text_alone_is_no_text() -> None:
    with pytest.raises(ReadError, match="only 5 hidden characters"):
        read(text(50, 60, "Words", before="3 Tr"))


# -- files made to harm -----------------------------------------------------------------------------------------------

FORM = b"/Type/XObject/Subtype/Form/BBox[0 0 600 800]/Resources<</Font<</F 3 0 R>>/XObject<</X %d 0 R>>>>"
HELLO = text(50, 60, "Words").encode()

LINES = b"BT /F 1 Tf 1 0 0 1 50 790 Tm\n" + b"(the quick brown fox jumps over) Tj 0.1 -0.1 Td\n" * 7_000 + b"ET\n"


def packed(unit: bytes, times: int) -> bytes:
    packer = zlib.compressobj(9)
    return b"".join(packer.compress(unit) for _ in range(times)) + packer.flush()


def many_pages() -> bytes:
    objects = book(HELLO)
    kids = b" ".join(b"%d 0 R" % n for n in range(20, 10_020))
    objects[2] = b"<</Type/Pages/Kids[%s]/Count 10000>>" % kids
    return pdf(objects | dict.fromkeys(range(20, 10_020), objects[10]))


def forms_in_forms() -> bytes:
    objects = book(b"/X Do " * 20)
    objects[10] = objects[10].replace(b"/Resources<<", b"/Resources<</XObject<</X 30 0 R>>")
    return pdf(objects | {n: stream(b"/X Do " * 20 + HELLO, FORM % (n + 1)) for n in range(30, 50)})


def one_stream_many_times() -> bytes:
    objects = book(HELLO * 500)
    objects[10] = objects[10].replace(b"/Contents 11 0 R", b"/Contents[" + b"11 0 R " * 100_000 + b"]")
    return pdf(objects)


HARM = {
    "10,000 pages": many_pages,
    "a tree of pages that holds itself": lambda: pdf(
        book(HELLO) | {2: b"<</Type/Pages/Kids[2 0 R 10 0 R]/Count 1000>>"}
    ),
    "forms in forms": forms_in_forms,
    "huge streams": lambda: pdf(
        book(b"") | {11: stream(packed(b"0 0 m 9 0 l S " * 65_536, 600), b"/Filter/FlateDecode")}
    ),
    "endless text": lambda: pdf(book(b"") | {11: stream(packed(LINES, 90), b"/Filter/FlateDecode")}),
    "one stream many times": one_stream_many_times,
    "noise": lambda: b"%PDF-1.7\n" + bytes(range(256)) * 1_000 + b"%%EOF",
    "nothing": lambda: b"%PDF-1.7\n%%EOF\n",
}


@pytest.mark.parametrize("name", HARM)
def test_files_made_to_harm_are_refused_in_time(name: str) -> None:
    content = HARM[name]()
    start = time.monotonic()
    with pytest.raises(ReadError):
        gr.read_document(content)
    assert time.monotonic() - start < source.MOST_SECONDS


def test_a_form_that_draws_itself_and_tables_of_contents_in_a_ring_do_no_harm() -> None:
    objects = book(b"/X Do " + HELLO)
    objects[10] = objects[10].replace(b"/Resources<<", b"/Resources<</XObject<</X 30 0 R>>")
    looped = pdf(objects | {30: stream(b"/X Do ", FORM % 30)})
    assert gr.read_document(looped).paragraphs == [Paragraph("Words", 1)]
    content = pdf(book(HELLO))
    start = int(content[content.rfind(b"startxref") + 9 : content.rfind(b"%%EOF")])
    assert gr.read_document(pdf(book(HELLO), b"/Prev %d" % start)).paragraphs == [Paragraph("Words", 1)]


@pytest.mark.parametrize("share", [0.3, 0.6, 0.9, 0.999])
def test_a_cut_file_is_refused(share: float) -> None:
    content = (FOLDER / "suqian-2023.office.pdf").read_bytes()
    with pytest.raises(ReadError, match="breaks off before its end"):
        gr.read_document(content[: int(len(content) * share)])


def test_a_file_with_a_password_is_refused() -> None:
    lock = b"/Encrypt<</Filter/Standard/V 1/R 2/Length 40/P -4/O(%s)/U(%s)>>/ID[(0123456789abcdef)(0123456789abcdef)]"
    with pytest.raises(ReadError, match="password"):
        gr.read_document(pdf(book(HELLO), lock % (b"o" * 32, b"u" * 32)))


def test_a_missing_package_says_how_to_get_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("importlib.util.find_spec", lambda _: None)
    with pytest.raises(ReadError, match=r"pip install 'govreport\[pdf\]'"):
        read(text(50, 60, "Words"))


def test_a_process_that_does_not_end_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(source, "MOST_SECONDS", 0)
    with pytest.raises(ReadError, match="made to harm"):
        read(text(50, 60, "Words"))

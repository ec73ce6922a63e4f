"""``govreport inspect``: each place with the cell it became, what was left over, why a file is no report."""

import random
import re
from pathlib import Path

import pytest

import govreport as gr
from govreport.cli import main
from govreport.inspection import Inspection, inspect_document, inspection_page, place_of
from govreport.synthetic import LAYOUTS, invent, render

PAGE = """样例县水利局2023年政府信息公开工作年度报告
本年处理决定数量|
行政许可|3|
行正处罚|7|
行政检查|9|
行政强制|<i>|
"""


def seen_of(text: str) -> Inspection:
    return inspect_document(gr.read_document(text.encode()))


@pytest.mark.parametrize("layout", LAYOUTS)
def test_every_value_with_a_place_is_found_at_its_place(layout: str) -> None:

    values = invent("2021", random.Random(2), 40)
    document = gr.read_document(render(values, "2021", layout, agency="样例县水利局", year=2023))
    seen = inspect_document(document)
    assert seen.report is not None
    placed = {name for name, value in seen.report.cells.items() if value.place}
    assert {name for names in seen.names.values() for name in names} == placed
    in_grids = {place_of(grid, cell): cell.text for grid in document.grids for cell in grid.cells}
    for place, names in seen.names.items():
        if place in in_grids:
            assert {seen.report.cells[name].raw for name in names} == {in_grids[place]}
    assert all(match.label for match in seen.matches)


def test_labels_as_met_and_what_is_left_over() -> None:
    seen = seen_of(PAGE)
    labels = {match.row: match.label for match in seen.matches if match.table == "disclosure"}
    assert labels["licences"] == "行政许可"
    assert labels["penalties"] == "行正处罚"
    assert labels["rules"] == ""
    assert [text for _, text in seen.unmatched] == ["行政检查", "9"]
    text = seen.text()
    assert re.search(r"1/1 +disclosure\.licences +<- 行政许可 +\[line 3, cell 2\]", text)
    assert "行政许可 | [3]" in text
    assert "Left over inside the tables: 2" in text
    assert "unknown_label" in text


def test_the_page_marks_cells_and_escapes_them() -> None:
    page = inspection_page(seen_of(PAGE))
    assert "<i>" not in page
    assert re.search(r'class="gi-value"[^>]*>3<small>disclosure.licences.decisions = 3', page)
    assert page.count('class="gi-left"') >= 2
    assert "<script" not in page


def test_what_is_no_report_is_shown_all_the_same(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "guide.html"
    file.write_text("<h1>某县政府信息公开指南</h1><p>" + "本指南说明如何申请。" * 60 + "</p>", encoding="utf-8")
    assert main(["inspect", str(file)]) == 1
    out = capsys.readouterr().out
    assert "Report    none: " in out
    assert "某县政府信息公开指南" in out


def test_the_command_writes_a_page(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    source, target = tmp_path / "page.txt", tmp_path / "seen.html"
    source.write_text(PAGE, encoding="utf-8")
    assert main(["inspect", str(source), "--html", str(target)]) == 0
    assert target.read_text(encoding="utf-8").startswith("<!DOCTYPE html>")
    assert main(["inspect", str(source), "--html", str(tmp_path / "no" / "where.html")]) == 2
    assert "choose another place" in capsys.readouterr().err

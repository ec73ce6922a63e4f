"""The writer of pages: what it prints, without any reader."""

from __future__ import annotations

import ast
import csv
import json
import random
import re
import unicodedata
from html.parser import HTMLParser
from pathlib import Path

import pytest

from govreport.errors import FormError, UsageError
from govreport.forms import load_form
from govreport.synthetic import LAYOUTS, Story, bundle, drop_repeated_lines, habits, invent, render
from govreport.synthetic.prose import write_parts
from govreport.synthetic.sheet import blocks, make_sheets, routes, spread

ROOT = Path(__file__).parents[1]
SHARED = ROOT.parent / "shared" / "data" / "full_reports.json"
EDITIONS = ("2019", "2021")
AGENCY = "样例市水务局"


def page(values, edition, layout, **options) -> str:
    text = render(values, edition, layout, agency=AGENCY, year=2023, **options).decode(LAYOUTS[layout].encoding)
    return text.replace("\r\n", "\n")


def telltale(edition: str) -> dict[str, int]:
    """A number of its own for every cell, none of them part of another."""
    return {cell: 10_001 + 7 * n for n, cell in enumerate(load_form(edition).cells)}


def parts_of(edition: str, blank: str = "3"):
    sheets = make_sheets(dict.fromkeys(load_form(edition).cells, blank), edition)
    return write_parts(sheets, dict.fromkeys(load_form(edition).cells, 3), AGENCY, 2023, Story(), True)


def bare(text: str) -> str:
    """Page text with digits in half width and without thousands commas."""
    return re.sub(r"(?<=\d),(?=\d{3})", "", unicodedata.normalize("NFKC", text))


def test_there_are_many_layouts_of_both_kinds():
    assert len(LAYOUTS) >= 30
    assert sum(layout.kind == "text" for layout in LAYOUTS.values()) >= 20
    assert sum(layout.kind == "html" for layout in LAYOUTS.values()) >= 20
    assert all(name == layout.name and name.startswith(layout.kind + "_") for name, layout in LAYOUTS.items())
    assert all(len(layout.says) > 8 for layout in LAYOUTS.values())


def test_layouts_without_blanks_are_known():
    assert {name for name, layout in LAYOUTS.items() if not layout.keeps_blanks} == {
        "text_one_line_dense", "text_cell_lines", "text_cell_lines_apart", "text_spaces", "text_flat_numbers",
        "html_cell_paragraphs",
    }  # fmt: skip


@pytest.mark.parametrize("edition", EDITIONS)
@pytest.mark.parametrize("layout", LAYOUTS)
def test_every_number_stands_on_the_page_in_the_order_of_the_form(layout, edition):
    values = telltale(edition)
    text = bare(page(values, edition, layout, prose=False))
    at = 0
    for cell, number in values.items():
        printed = f"{number}0000元" if "procurement.amount" in cell and LAYOUTS[layout].number is habits.with_units \
            else str(number)  # fmt: skip
        at = text.find(printed, at)
        assert at >= 0, f"{cell} is missing or out of order"
        at += len(printed)
    copies = 3 if layout == "html_hidden_copy" else 1
    assert text.count(str(values["applications.received.total"])) == copies


@pytest.mark.parametrize("layout", LAYOUTS)
def test_the_same_figures_give_the_same_bytes(layout):
    first, second = (
        render(invent("2021", random.Random(3), 30), "2021", layout, agency=AGENCY, year=2022) for _ in range(2)
    )
    assert first == second


@pytest.mark.parametrize("layout", LAYOUTS)
def test_the_page_says_that_it_is_a_sample(layout):
    values = invent("2021", random.Random(5))
    invented = page(values, "2021", layout)
    rebuilt = page(values, "2021", layout, story=Story(invented=False))
    assert "本页为虚构样例" in invented
    assert "重制样例" not in invented
    assert "本页为重制样例" in rebuilt
    assert "虚构" not in rebuilt
    assert invented.index("虚构样例") < invented.index("总体情况")
    assert f"{AGENCY}2023年政府信息公开工作年度报告" in rebuilt


@pytest.mark.parametrize("edition", EDITIONS)
def test_grids_are_rectangles(edition):
    for sheet in make_sheets(dict.fromkeys(load_form(edition).cells, "0"), edition):
        assert {len(line) for line in spread(sheet)} == {sheet.width}
        assert all(box.rowspan >= 1 and box.colspan >= 1 for row in sheet.rows for box in row)


@pytest.mark.parametrize("edition", EDITIONS)
@pytest.mark.parametrize(
    "habit",
    [habits.subtotal(True), habits.subtotal(False), habits.unknown_row, habits.trailing_row, habits.extra_cells,
     habits.glued_groups, habits.lost_groups, habits.split_disclosure, habits.split_litigation],
)  # fmt: skip
def test_changed_grids_are_rectangles_with_all_cells(habit, edition):
    sheets = habit(parts_of(edition)).sheets
    cells = [box.cell for sheet in sheets for row in sheet.rows for box in row if box.cell]
    assert cells == list(load_form(edition).cells)
    for sheet in sheets:
        assert {len(line) for line in spread(sheet)} == {sheet.width}


@pytest.mark.parametrize(("edition", "rows", "tall", "blocks_"), [("2021", 28, 22, 4), ("2019", 26, 20, 5)])
def test_shape_of_the_form(edition, rows, tall, blocks_):
    disclosure, applications, litigation = make_sheets(dict.fromkeys(load_form(edition).cells, "0"), edition)
    assert len(applications.rows) == rows
    assert next(b.rowspan for row in applications.rows for b in row if b.text == "三、本年度办理结果") == tall
    assert len(blocks(disclosure)) == blocks_
    assert [len(row) for row in litigation.rows] == [2, 7, 10, 15]
    assert [[box.cell.split(".")[1] for box in part.rows[-1]] for part in routes(litigation)] == [
        ["reconsideration"] * 5, ["direct_suit"] * 5, ["suit_after_reconsideration"] * 5,
    ]  # fmt: skip


class _Tables(HTMLParser):
    """Counts the places that cells of each table cover."""

    def __init__(self) -> None:
        super().__init__()
        self.covered: list[int] = []

    def handle_starttag(self, tag, attrs):
        spans = dict(attrs)
        if tag == "table":
            self.covered.append(0)
        if tag in ("td", "th"):
            self.covered[-1] += int(spans.get("rowspan", 1)) * int(spans.get("colspan", 1))


@pytest.mark.parametrize("layout", ["html_word", "html_plain", "html_thead", "html_gbk", "html_broken_labels"])
def test_spans_of_html_tables_cover_their_rectangle(layout):
    tables = _Tables()
    tables.feed(page(telltale("2021"), "2021", layout))
    assert tables.covered == [14 * 4, 28 * 10, 4 * 15]


# subtotals of blank cells are blank too, so their pages hold more
@pytest.mark.parametrize("layout", [n for n, layout in LAYOUTS.items() if layout.keeps_blanks and "subtotal" not in n])
@pytest.mark.parametrize("blank", ["／", "※"])
def test_blank_text_is_printed_for_every_missing_number(layout, blank):
    values = {cell: n if n % 3 else None for n, cell in enumerate(telltale("2021"))}
    missing = sum(value is None for value in values.values())
    copies = 3 if layout == "html_hidden_copy" else 1
    printed = page(values, "2021", layout, blank=blank).count(blank)
    # A merged cell that is copied into the places it covers prints its blank more than once.
    assert printed > missing if layout.endswith("_copied") else printed == missing * copies


def test_no_break_space_is_an_entity_in_html_and_a_sign_in_text():
    values = dict.fromkeys(load_form("2021").cells)
    assert page(values, "2021", "html_plain", blank="&nbsp;").count("&nbsp;</td>") == 200
    assert page(values, "2021", "text_tabbed_cells", blank="&nbsp;").count("\t\u00a0\n") == 200


def test_text_of_a_cell_is_printed_as_it_is():
    values = telltale("2019") | {"disclosure.procurement.amount_10k_yuan": "251000元"}
    assert "| 6 | 251000元" in page(values | {"disclosure.procurement.projects": 6}, "2019", "text_pipes")
    assert "25.1万元" in page(values | {"disclosure.procurement.amount_10k_yuan": 25.1}, "2019", "html_word")


def test_shapes_of_text_layouts():
    values = dict.fromkeys(load_form("2021").cells, 0) | {"disclosure.penalties.decisions": 1192}
    assert "行政处罚 | 1192 | ||\n" in page(values, "2021", "text_pipes")
    overdue = "(六)其他处理 | 1.申请人无正当理由逾期不补正、行政机关不再处理其政府信息公开申请"
    assert f"{overdue} | 0 | 0 | 0 | 0 | 0 | 0 |\n0 | |\n" in page(values, "2021", "text_pipes_spilled")
    assert "行政处罚 | 1192 | 行政强制 | 0 | 第二十条第（八）项 | " in page(values, "2021", "text_one_line")
    assert "\n\t行政处罚\n\t1192\n\n\t行政强制\n\t0\n\n" in page(values, "2021", "text_tabbed_cells")
    assert "\n\t\n\t\n\t2.重复申请\n\t0\n" in page(values, "2021", "text_tabbed_cells")
    assert "\n行政处罚\n\n1192\n\n行政强制\n\n0\n" in page(values, "2021", "text_cell_lines_apart")
    assert "\n|\n行政处罚 | 1192\n|\n行政强制 | 0\n" in page(values, "2021", "text_pipe_before")
    assert "\n行政处罚\n|\n1192\n|\n" in page(values, "2021", "text_cell_then_pipe")
    assert "\n行政处罚 |\n1192 |\n" in page(values, "2021", "text_cell_line_pipe")
    assert "\n| 行政处罚 | 1192 |  |  |\n" in page(values, "2021", "text_markdown_front")
    assert "\n|  |  | 2.重复申请 | 0 | 0 | 0 | 0 | 0 | 0 | 0 |\n" in page(values, "2021", "text_markdown_front")
    assert "\n|  | 行政处罚 | 1192 |  |  |  |\n" in page(values, "2021", "text_extra_cells")
    assert "\n三、本年度办理结果 | （五）不予处理 | 2.重复申请 | 0 |" in page(values, "2021", "text_repeated_groups")
    assert "\n（三）不予公开1.属于国家秘密 | 0 |" in page(values, "2021", "text_glued_groups")
    assert "（三）不予公开" not in page(values, "2021", "text_lost_groups")
    assert "\n3、 收到和处理政府信息公开申请情况\n" in page(values, "2021", "text_misnumbered")
    assert "收到和处理政府信息公开申请情况" not in page(values, "2021", "text_no_heading")
    assert "[bookmark: _GoBack]三、" in page(values, "2021", "text_tabbed_broken")
    assert page(values, "2021", "text_article_line").count("\n") == 0
    assert "本年新 | 本年新 | 对外公开" in page(telltale("2019"), "2019", "text_cut_headers").replace("\n\t", " | ")


def test_encodings():
    values = invent("2021", random.Random(2))

    def raw(layout: str) -> bytes:
        return render(values, "2021", layout, agency=AGENCY, year=2023)

    assert b"charset=gb2312" in raw("html_gbk")
    assert AGENCY.encode("gbk") in raw("html_gbk")
    assert b"charset=gb2312" in raw("html_wrong_meta")
    assert AGENCY.encode() in raw("html_wrong_meta")
    assert b"utf-8" in raw("html_wrong_meta_gbk")
    assert AGENCY.encode("gbk") in raw("html_wrong_meta_gbk")
    assert b"charset" not in raw("html_no_meta")
    assert raw("html_bom").startswith(b"\xef\xbb\xbf")
    assert raw("html_utf16")[:2] in (b"\xff\xfe", b"\xfe\xff")
    assert b"\r\n" in raw("text_crlf")


@pytest.mark.parametrize("edition", EDITIONS)
@pytest.mark.parametrize("scale", [0, 3, 40, 60_000])
def test_invented_figures_obey_the_form(edition, scale):
    form = load_form(edition)
    for seed in range(20):
        values = invent(edition, random.Random(seed), scale)
        assert tuple(values) == form.cells
        broken = [i for i in form.identities if sum(values[c] for c in i.left) != sum(values[c] for c in i.right)]
        assert broken == []
        assert all(value >= 0 for cell, value in values.items() if not cell.endswith("items_change"))


def test_invented_figures_have_the_asked_size():
    assert 10_000 < invent("2021", random.Random(1), 60_000)["applications.received.total"] < 100_000
    assert invent("2021", random.Random(1), 6)["applications.received.total"] < 20
    assert invent("2019", random.Random(9), 50) == invent("2019", random.Random(9), 50)
    assert invent("2019", random.Random(9), 50) != invent("2019", random.Random(8), 50)


def test_prose_repeats_the_table():
    values = invent("2021", random.Random(4), 50)
    text = page(values, "2021", "html_plain", story=Story(disclosed=123, notices=(2, 380), place="样例省样例市"))
    suits = values["litigation.direct_suit.total"] + values["litigation.suit_after_reconsideration.total"]
    assert f"新收政府信息公开申请{values['applications.received.total']}件" in text
    assert f"行政复议{values['litigation.reconsideration.total']}件，行政诉讼{suits}件" in text
    assert "主动公开政府信息123条" in text
    assert "收费通知2件，实际收取380元" in text
    assert "本机关位于样例省样例市。" in text


def test_prose_says_nothing_about_blank_totals():
    values = dict.fromkeys(load_form("2021").cells)
    text = page(values, "2021", "html_plain")
    assert "本部分文字从略，数字见后列各表。" in text
    assert "None" not in text
    assert "本机关新收" not in text


def test_calls_that_cannot_be_carried_out():
    values = invent("2021", random.Random(1))
    with pytest.raises(UsageError, match="no layout is called 'html_none'"):
        render(values, "2021", "html_none", agency=AGENCY, year=2023)
    with pytest.raises(UsageError, match=r"disclosure\.fees\.amount_10k_yuan \(1 in all\)"):
        render({k: v for k, v in values.items() if "fees" not in k}, "2021", "html_word", agency=AGENCY, year=2023)
    with pytest.raises(UsageError, match="each of the 198 cells"):
        render(values, "2019", "html_word", agency=AGENCY, year=2023)
    with pytest.raises(FormError, match="no edition '2007'"):
        render(values, "2007", "html_word", agency=AGENCY, year=2023)
    with pytest.raises(UsageError, match="found -1"):
        invent("2021", random.Random(1), -1)


def test_drop_repeated_lines_keeps_first_lines_and_blank_lines():
    assert drop_repeated_lines("a\n0\n\n 0 \nb\n\n0\n1") == "a\n0\n\nb\n\n1"
    values = dict.fromkeys(load_form("2021").cells, 0)
    assert drop_repeated_lines(page(values, "2021", "text_cell_lines")).splitlines().count("0") == 1


def test_the_writer_knows_nothing_of_readers():
    writer = (p for p in (ROOT / "govreport" / "synthetic").glob("*.py") if not p.name.startswith(("panel", "damaged")))
    for path in writer:
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            names = [node.module] if isinstance(node, ast.ImportFrom) else []
            names += [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
            ours = {name for name in names if name.startswith("govreport")}
            assert all(name.startswith(("govreport.errors", "govreport.forms", "govreport.synthetic")) for name in ours)


# the bundled pages


def _index() -> list[dict[str, str]]:
    with (ROOT / "data" / "reports" / "index.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def _figures() -> dict[str, dict]:
    reports = json.loads((ROOT / "data" / "full_reports.json").read_text(encoding="utf-8"))
    return {report["id"]: report for report in reports}


def test_bundled_pages_are_as_built(tmp_path):
    built = bundle.build(tmp_path)
    assert [path.name for path in built[:-1]] == [row["file"] for row in _index()]
    for path in built:
        assert path.read_bytes() == (ROOT / "data" / "reports" / path.name).read_bytes()
    assert bundle.stale(ROOT / "data" / "reports") == []


def test_a_changed_page_is_told(tmp_path, capsys):
    bundle.build(tmp_path)
    (tmp_path / "seed-000.txt").write_text("changed", encoding="utf-8")
    (tmp_path / "seed-001.txt").unlink()
    assert bundle.stale(tmp_path) == ["seed-000.txt", "seed-001.txt"]
    assert bundle.main([str(tmp_path), "--check"]) == 1
    assert bundle.main([str(tmp_path)]) == 0
    assert bundle.main([str(tmp_path), "--check"]) == 0
    assert "differs: seed-000.txt" in capsys.readouterr().out


def test_building_without_figures_says_where_they_belong(tmp_path):
    with pytest.raises(UsageError, match=r"none\.json"):
        bundle.build(tmp_path, tmp_path / "none.json")


def test_nine_reports_in_nine_layouts():
    rows, figures = _index(), _figures()
    assert tuple(rows[0]) == bundle.COLUMNS
    assert [row["id"] for row in rows] == list(figures)
    assert len({row["layout"] for row in rows}) == 9
    for row in rows:
        report = figures[row["id"]]
        for column in ("agency", "kind", "province", "city", "county", "adcode"):
            assert row[column] == (report[column] or "")
        assert (row["year"], row["edition"]) == (str(report["year"]), report["form"])
        assert set(report["values"]) == set(load_form(row["edition"]).cells)


@pytest.mark.parametrize("row", _index(), ids=lambda row: row["id"])
def test_bundled_page_holds_title_region_and_figures(row):
    raw = (ROOT / "data" / "reports" / row["file"]).read_bytes()
    text = raw.decode(LAYOUTS[row["layout"]].encoding)
    assert f"{row['agency']}{row['year']}年政府信息公开工作年度报告" in text
    assert "本页为重制样例" in text
    assert f"本机关位于{row['province']}{row['city']}{row['county']}。" in text
    for cell, value in _figures()[row["id"]]["values"].items():
        if value and "procurement.amount" not in cell:
            assert str(value) in text, cell


def test_amounts_are_printed_with_the_unit_of_the_source():
    folder = ROOT / "data" / "reports"
    assert "251000元" in (folder / "shanghai-office-2019.html").read_bytes().decode("gb18030")
    assert "\t385万元\n" in (folder / "seed-003.txt").read_text(encoding="utf-8")


@pytest.mark.skipif(not SHARED.exists(), reason="the shared folder is not here")
def test_figures_are_those_of_the_shared_file():
    ours, theirs = (
        [report | {"origin": ""} for report in json.loads(path.read_text(encoding="utf-8"))]
        for path in (ROOT / "data" / "full_reports.json", SHARED)
    )
    assert ours == theirs

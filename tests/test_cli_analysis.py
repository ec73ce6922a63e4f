"""The commands that compare reports: what they print and save, and their exit status."""

from __future__ import annotations

import json
from pathlib import Path

import openpyxl
import pandas as pd
import pytest
from make_reports import consistent_numbers, make_report

from govreport.analysis import find_outliers, rates
from govreport.cli import analysing, main
from govreport.cli.tables import columns_of, shown, text_table
from govreport.errors import UsageError
from govreport.export import markdown_text, row_lines, save, save_table, table_markdown
from govreport.frames import Failure, Frames, to_frames
from govreport.model import Report, Section

Captured = pytest.CaptureFixture[str]
RISKY = "=HYPERLINK(1)"
COPIED = (
    "本机关全年编写了若干份自编的示例文字，用来检验相似文本的查找，内容没有任何实际意义，也不来自任何真实的年度报告。"
)


def words(n: int) -> str:
    """A text of body n alone: no two bodies share a character."""
    return "".join(chr(0x4E00 + 60 * n + k) for k in range(60))


def body(n: int, not_held: int, agency: str = "") -> Report:
    return make_report(
        consistent_numbers(granted=100 - not_held, not_held=not_held),
        agency=agency or f"青河县第{n}示例局",
        sections=(Section(1, "一、总体情况", COPIED if n in (3, 4) else words(n)),),
    )


@pytest.fixture(scope="module")
def frames() -> Frames:
    reports = [*(body(n, 10 + n) for n in range(25)), body(90, 90), body(91, 20, RISKY)]
    return to_frames(reports)


@pytest.fixture(scope="module")
def saved(frames: Frames, tmp_path_factory: pytest.TempPathFactory) -> str:
    return str(save(frames, tmp_path_factory.mktemp("frames") / "saved"))


@pytest.fixture(scope="module")
def standing_out(frames: Frames) -> str:
    return str(frames.reports.query("agency == '青河县第90示例局'")["report_id"].item())


# rates


def test_rates_for_people(saved: str, capsys: Captured) -> None:
    assert main(["rates", saved, "--measure", "not_held_share", "--by", "year,agency_kind"]) == 0
    heads, line, row = capsys.readouterr().out.splitlines()
    assert heads.split() == ["Year", "Kind", "Value", "Interval", "Reports", "Left", "out", "Flags"]
    assert set(line) == {"─", " "}
    assert row.split()[:5] == ["2023", "departments", "24.4%", "(660/2700)", "22.9%–26.1%"]
    assert main(["rates", saved, "--measure", "not_held_share", "--lang", "zh", "--by", "agency_kind", "-q"]) == 0
    assert capsys.readouterr().out.splitlines()[2].startswith("部门")


def test_rates_as_json_are_those_of_the_library(saved: str, frames: Frames, capsys: Captured) -> None:
    command = ["rates", saved, "--measure", "not_held_share", "--by", "", "--exact", "--cluster", "agency", "--json"]
    assert main(command) == 0
    (line,) = capsys.readouterr().out.splitlines()
    expected = rates(frames, "not_held_share", (), interval="exact", cluster="agency")
    assert json.loads(line)["low"] == expected["low"].item()
    assert json.loads(line)["why"] is None


@pytest.mark.parametrize("suffix", [".csv", ".xlsx", ".parquet", ".jsonl", ".md"])
def test_rates_in_a_file(saved: str, tmp_path: Path, capsys: Captured, suffix: str) -> None:
    path = tmp_path / f"rates{suffix}"
    assert main(["rates", saved, "--measure", "received", "--by", "agency", "-o", str(path)]) == 0
    told = capsys.readouterr()
    assert told.out == ""
    assert f"27 rows in {path}" in told.err
    if suffix == ".csv":
        assert path.read_bytes().startswith(b"\xef\xbb\xbf")
        assert f"'{RISKY}" in list(pd.read_csv(path)["agency"])
    elif suffix == ".xlsx":
        sheet = openpyxl.load_workbook(path)["table"]
        found = [sheet.cell(row, 1) for row in range(2, 29)]
        assert f"'{RISKY}" in [cell.value for cell in found]
        assert {cell.data_type for cell in found} == {"s"}
    elif suffix == ".parquet":
        assert RISKY in list(pd.read_parquet(path)["agency"])
    elif suffix == ".jsonl":
        assert RISKY in [json.loads(line)["agency"] for line in path.read_text(encoding="utf-8").splitlines()]
    else:
        text = path.read_text(encoding="utf-8")
        assert "| Body | Value | Interval | Reports | Left out | Flags |" in text
        assert "| 青河县第3示例局 | 100 |" in text


# outliers


def test_outliers_for_people(saved: str, capsys: Captured) -> None:
    assert main(["outliers", saved, "--measure", "not_held_share,exempt_share", "--lang", "zh"]) == 0
    told = capsys.readouterr()
    heads, _, row = told.out.splitlines()
    assert heads.split()[:5] == ["名次", "机关", "年度", "指标", "比较"]
    assert row.split()[:3] == ["1", "青河县第90示例局", "2023"]
    assert "90.0% (90/100)" in row
    assert "错误发现率控制在0.05" in told.err


def test_outliers_in_json_are_those_of_the_library(saved: str, frames: Frames, capsys: Captured) -> None:
    command = ["outliers", saved, "--measure", "not_held_share", "--years", "2022-2023", "--level", "0.01", "--json"]
    assert main([*command, "--min-n", "50", "-q"]) == 0
    told = capsys.readouterr()
    assert told.err == ""
    expected = find_outliers(frames, ["not_held_share"], level=0.01)
    assert [json.loads(line)["p_adjusted"] for line in told.out.splitlines()] == expected["p_adjusted"].tolist()


def test_outliers_in_markdown_have_their_sentences(saved: str, tmp_path: Path) -> None:
    path = tmp_path / "outliers.md"
    assert main(["outliers", saved, "--measure", "not_held_share", "-o", str(path), "-q"]) == 0
    text = path.read_text(encoding="utf-8")
    assert text.startswith("27 comparisons were tested, and the false-discovery rate is held at 0.05.")
    assert "does not show whether the handling was lawful" in text


def test_outliers_in_excel_have_their_notice(saved: str, tmp_path: Path) -> None:
    path = tmp_path / "outliers.xlsx"
    assert main(["outliers", saved, "--measure", "not_held_share", "-o", str(path), "-q"]) == 0
    book = openpyxl.load_workbook(path)
    assert book["table"].max_row == 2
    assert str(book["notes"].cell(2, 2).value).startswith("27 comparisons were tested")


def test_nothing_that_stands_out(saved: str, capsys: Captured) -> None:
    assert main(["outliers", saved, "--years", "2020"]) == 0
    told = capsys.readouterr()
    assert told.out == "There are no rows.\n"
    assert "Nothing could be compared" in told.err


def test_a_card_for_each_of_the_first(saved: str, standing_out: str, tmp_path: Path, capsys: Captured) -> None:
    command = ["outliers", saved, "--measure", "not_held_share", "--cards", str(tmp_path / "cards"), "--json"]
    assert main([*command, "--card-count", "3", "--lang", "zh"]) == 0
    told = capsys.readouterr()
    (page,) = (tmp_path / "cards").iterdir()
    assert page.name == f"001_not_held_share_{standing_out}.html"
    assert "1张证据卡写在" in told.err
    (row,) = [json.loads(line) for line in told.out.splitlines()]
    assert row["text_zh"] in page.read_text(encoding="utf-8")


# similar


def test_similar(saved: str, tmp_path: Path, capsys: Captured) -> None:
    assert main(["similar", saved, "--sections", "1", "--against", "others", "--lang", "zh", "--threshold", "0.9"]) == 0
    rows = [line for line in capsys.readouterr().out.splitlines() if "第4示例局" in line]
    assert len(rows) == 1
    assert rows[0].split()[:4] == ["1.000", "1.000", "1", "其他机关"]
    assert "青河县第3示例局" in rows[0]
    assert main(["similar", saved, "--sections", "1", "-q", "-o", str(tmp_path / "pairs.csv")]) == 0
    assert {"similarity", "discounted", "other_agency"} <= set(pd.read_csv(tmp_path / "pairs.csv").columns)


# evidence


def test_evidence(saved: str, standing_out: str, tmp_path: Path, capsys: Captured) -> None:
    command = ["evidence", saved, "--report", standing_out, "--measure", "not_held_share"]
    assert main(command) == 0
    assert capsys.readouterr().out.startswith("# Evidence card: 青河县第90示例局 2023")
    path = tmp_path / "card.html"
    assert main([*command, "-o", str(path), "--lang", "zh"]) == 0
    assert capsys.readouterr().err == f"证据卡写入{path}\n"
    assert "90.0% (90/100)" in path.read_text(encoding="utf-8")


# sources


def test_several_sources_are_put_together(
    saved: str, frames: Frames, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: Captured
) -> None:
    """Saved frames, and pages of which one cannot be read."""
    monkeypatch.setattr("govreport.api._report", lambda _: make_report(agency="青河县第60示例局"))
    (tmp_path / "page.html").write_text("x", encoding="utf-8")
    command = ["rates", saved, str(tmp_path / "page.html"), "--measure", "received", "--json", "-q"]
    assert main(command) == 0
    assert json.loads(capsys.readouterr().out)["reports"] == 28
    monkeypatch.undo()
    assert main(command) == 1
    lines = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert lines[0]["reports"] == 27
    assert lines[1]["error"]["kind"] in ("read", "parse")


def test_what_was_not_read_is_told(tmp_path: Path, capsys: Captured) -> None:
    folder = save(to_frames([body(1, 11), Failure("x.pdf", "read", "a PDF")]), tmp_path / "some")
    assert main(["rates", str(folder), "--measure", "received"]) == 1
    assert "100" in capsys.readouterr().out
    (tmp_path / "a.html").write_text("nothing", encoding="utf-8")
    assert main(["rates", str(tmp_path / "a.html"), "--measure", "received"]) == 1
    assert "not read" in capsys.readouterr().err


# wrong use


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["rates", "--measure", "nonsense"], "no measure is called 'nonsense'"),
        (["rates", "--measure", "received", "--by", "shire"], "by and cluster name columns of reports; found shire"),
        (["rates", "--measure", "received", "-o", "x.docx"], "expected a name in .csv, .xlsx, .md, .parquet, .jsonl"),
        (["outliers", "--measure", "nonsense"], "no measure is called 'nonsense'"),
        (["outliers", "--years", "2023-2021"], "--years takes years such as 2023 or 2021-2023"),
        (["outliers", "--years", "last"], "--years takes whole numbers"),
        (["outliers", "--min-n", "0"], "min_n should be a whole number from 1 on"),
        (["outliers", "--level", "2"], "level"),
        (["outliers", "--cards", __file__], "--cards expects a folder"),
        (["outliers", "--cards", "x", "--card-count", "0"], "--card-count should be 1 or more"),
        (["similar", "--threshold", "0.2"], "the threshold lies between 0.5 and 1"),
        (["similar", "--sections", "9"], "a section has a number from 0 to 6"),
        (["evidence", "--report", "nobody", "--measure", "received"], "no report has the key 'nobody'"),
        (["evidence", "--report", "x", "--measure", "nonsense"], "no measure is called 'nonsense'"),
        (["evidence", "--report", "x", "--measure", "received", "-o", "x.pdf"], "expected a name in .html, .htm, .md"),
    ],
)
def test_wrong_use_is_status_two(saved: str, capsys: Captured, arguments: list[str], said: str) -> None:
    command, *rest = arguments
    assert main([command, saved, *rest]) == 2
    told = capsys.readouterr()
    assert told.out == ""
    assert said in told.err


@pytest.mark.parametrize("command", ["rates", "outliers", "similar", "evidence"])
def test_missing_arguments_are_status_two(command: str, capsys: Captured) -> None:
    with pytest.raises(SystemExit) as stop:
        main([command])
    assert stop.value.code == 2
    assert f"usage: govreport {command}" in capsys.readouterr().err


def test_years_and_spans() -> None:
    assert analysing._years(["2021-2023", "2019,2020"]) == [2021, 2022, 2023, 2019, 2020]
    assert analysing._years([]) is None
    with pytest.raises(UsageError, match="--years"):
        analysing._years(["20x1"])


# tables


def test_chinese_characters_take_two_columns() -> None:
    table = pd.DataFrame({"agency": ["某局", "abc"], "year": ["2023", "8"]}, dtype="string")
    lines = text_table(table, "zh").splitlines()
    assert lines == ["机关  年度", "────  ────", "某局  2023", "abc      8"]
    assert len({columns_of(line) for line in lines}) == 1


def test_a_narrow_terminal_cuts_the_longest_texts() -> None:
    table = pd.DataFrame({"agency": ["某省某市某县某某某某某局" * 2], "year": ["2023"]}, dtype="string")
    lines = text_table(table, "en", width=22).splitlines()
    assert [columns_of(line) for line in lines] == [22, 22, 22]
    assert "…" in lines[2]
    assert lines[2].endswith("2023")
    assert text_table(table, "en", width=3).splitlines()[0] == "Body      Year"


def test_long_tables_are_cut() -> None:
    table = pd.DataFrame({"agency": ["x"] * 75}, dtype="string")
    lines = text_table(table, "en").splitlines()
    assert len(lines) == 63
    assert lines[-1] == "15 more rows are not shown; -o FILE saves all"


def test_signs_that_steer_a_terminal_are_left_out() -> None:
    assert shown("a\x1b[31mb\u202ec\n d") == "a[31mbc  d"


def test_markdown_is_text_only() -> None:
    assert markdown_text("<b>|*x*\n`y`") == r"&lt;b&gt;\|\*x\* \`y\`"
    table = pd.DataFrame({"a|b": pd.array([1.5, None], dtype="Float64"), "c": pd.array(["x\ny", None], dtype="string")})
    assert table_markdown(table).splitlines() == [r"| a\|b | c |", "| ---: | --- |", "| 1.5 | x y |", "|  |  |"]
    assert [json.loads(line) for line in row_lines(table)] == [{"a|b": 1.5, "c": "x\ny"}, {"a|b": None, "c": None}]


def test_tables_refuse_other_places(tmp_path: Path) -> None:
    table = pd.DataFrame({"a": [1]})
    with pytest.raises(UsageError, match="found no ending"):
        save_table(table, tmp_path / "name")
    with pytest.raises(UsageError, match="there is no folder"):
        save_table(table, tmp_path / "nowhere" / "a.csv")
    save_table(table, tmp_path / "a.csv")
    assert [p.name for p in tmp_path.iterdir()] == ["a.csv"]

"""Files: what is written comes back, nothing is run as a formula, nothing is left half written."""

from __future__ import annotations

import json
from pathlib import Path

import openpyxl
import pandas as pd
import pytest
from make_reports import doubt, make_report
from pandas.testing import assert_frame_equal

from govreport import export
from govreport.errors import ReadError, UsageError
from govreport.export import load, report_json, save
from govreport.frames import Failure, Frames, to_frames
from govreport.model import Report, Statement, Value

RISKY = "=HYPERLINK(1)"


def report(**changes: object) -> Report:
    cells = {
        "applications.granted.enterprise": Value("text", None, RISKY, "grid 2 row 6 column 3"),
        "applications.granted.other_org": Value("dash", None, "-", "grid 2 row 6 column 7"),
        "applications.not_held.enterprise": Value("blank", None, "", "grid 2 row 16 column 3"),
        "disclosure.fees.amount_10k_yuan": Value("given", 385.0, "385万元", "grid 1 row 12 column 2"),
        "disclosure.rules.issued": Value("absent"),
    }
    return make_report(cells=cells, findings=(doubt(),), **changes)  # type: ignore[arg-type]


@pytest.fixture
def frames() -> Frames:
    return to_frames([report(), make_report(edition="2019", year=2020), Failure("x.pdf", "read", "a PDF")])


@pytest.mark.parametrize("name", ["folder", "folder/", "a.folder/"])
def test_a_folder_holds_everything(frames: Frames, tmp_path: Path, name: str) -> None:
    folder = save(frames, f"{tmp_path}/{name}")
    assert sorted(p.name for p in folder.iterdir()) == sorted(f"{n}.parquet" for n in Frames.names())
    again = load(folder)
    for frame, column in frames.items():
        assert_frame_equal(getattr(again, frame), column, check_exact=True)
    save(again.select(year=2020), folder)
    assert len(load(folder)) == 1


def test_empty_frames_come_back(tmp_path: Path) -> None:
    empty = to_frames([])
    again = load(save(empty, tmp_path / "empty"))
    for name, frame in empty.items():
        assert_frame_equal(getattr(again, name), frame, check_index_type=False)


def test_load_says_what_is_wrong(frames: Frames, tmp_path: Path) -> None:
    with pytest.raises(ReadError, match=r"reports\.parquet is missing"):
        load(tmp_path)
    save(frames, tmp_path)
    (tmp_path / "litigation.parquet").write_bytes(b"PAR1 not really")
    with pytest.raises(ReadError, match=r"litigation\.parquet is not a file that save wrote"):
        load(tmp_path)
    frames.reports.to_parquet(tmp_path / "litigation.parquet")
    with pytest.raises(ReadError, match="missing route, result"):
        load(tmp_path)


def test_parquet_and_csv_hold_the_cells(frames: Frames, tmp_path: Path) -> None:
    cells = pd.read_parquet(save(frames, tmp_path / "cells.parquet"))
    assert_frame_equal(cells.astype(frames.long().dtypes), frames.long())
    path = save(frames, tmp_path / "cells.CSV")
    assert path.read_bytes().startswith(b"\xef\xbb\xbfreport_id,agency,")
    table = pd.read_csv(path, dtype={"raw": "string"}, keep_default_na=False, na_values={"value": [""]})
    assert list(table.columns) == [*cells.columns]
    assert len(table) == 398  # 200 cells of 2021; 22 + 161 + 15 of 2019
    fee = table.query("cell == 'disclosure.fees.amount_10k_yuan'").iloc[0]
    assert (fee["value"], fee["raw"], fee["agency"]) == (385.0, "385万元", "青河县示例局")


def test_formulas_do_not_run(frames: Frames, tmp_path: Path) -> None:
    for path in (save(frames, tmp_path / "a.csv"), save(frames, tmp_path / "a.xlsx")):
        if path.suffix == ".csv":
            table = pd.read_csv(path, dtype="string", keep_default_na=False)
            raw = table.loc[table["cell"].str.startswith("applications.granted"), "raw"]
        else:
            sheet = openpyxl.load_workbook(path)["applications"]
            assert "f" not in {cell.data_type for row in sheet.iter_rows() for cell in row}
            raw = pd.Series([row[6] for row in sheet.iter_rows(values_only=True) if row[1] == "granted"])
        texts = set(raw.dropna())
        assert "'" + RISKY in texts
        assert "-" in texts
        assert not any(text.startswith("=") for text in texts)


@pytest.mark.parametrize(
    ("text", "guarded"),
    [("=1+1", True), ("+cmd|x", True), ("@sum", True), ("-2+3", True), ("\t=1", True),
     ("-5", False), ("+19", False), ("-", False), ("--", False), ("—", False), ("5", False), ("a=b", False)],
)  # fmt: skip
def test_which_texts_are_guarded(text: str, guarded: bool) -> None:
    frame = pd.DataFrame({"raw": pd.array([text], dtype="string")})
    assert export._without_formulas(frame)["raw"][0] == ("'" + text if guarded else text)


def test_excel_has_a_sheet_a_frame(frames: Frames, tmp_path: Path) -> None:
    odd = report(title="bell \x07 and a long title " + "长" * 40_000)
    book = openpyxl.load_workbook(save(to_frames([odd]), tmp_path / "all.xlsx"))
    assert tuple(book.sheetnames) == Frames.names()
    row = next(book["reports"].iter_rows(min_row=2, values_only=True))
    assert row[9].startswith("bell  and a long")
    assert len(row[9]) == 32_767
    assert row[7] == 2023
    assert book["applications"].max_row == 176


def test_stata(frames: Frames, tmp_path: Path) -> None:
    place = "很长的位置" * 300
    odd = make_report(cells={"applications.granted.total": Value("text", None, "见附件", place)})
    path = save(to_frames([report(), odd]), tmp_path / "cells.dta")
    table = pd.read_stata(path)
    assert len(table) == 400
    assert table["place"].str.len().max() == len(place)
    assert table["status"].dtype == "category"
    assert set(table["agency"]) == {"青河县示例局"}
    assert table.loc[table["cell"] == "disclosure.fees.amount_10k_yuan", "value"].tolist() == [385.0, 0.0]
    assert table.loc[table["cell"] == "disclosure.rules.issued", "value"].isna().tolist() == [True, False]
    with pd.io.stata.StataReader(path) as reader:
        assert reader.variable_labels()["year"] == "Year reported on"


def test_json_lines(frames: Frames, tmp_path: Path) -> None:
    lines = [json.loads(line) for line in save(frames, tmp_path / "a.jsonl").read_text(encoding="utf-8").splitlines()]
    assert len(lines) == 3
    assert lines[0] == json.loads(json.dumps(report_json(frames.show(frames.reports.report_id[0]))))
    assert lines[2] == {"source": "x.pdf", "error": {"kind": "read", "message": "a PDF"}}


def test_json_of_a_report() -> None:
    statements = (
        Statement("received", 7, True, "收到7余件", "line 2"),
        Statement("received", 5, False, "新收5件", "line 3"),
        Statement("received", 6, False, "新收6件", "line 9"),
    )
    made = report_json(report(statements=statements), source="000.html")
    assert list(made) == ["source", "edition", "year", "agency", "agency_kind", "region", "values", "status",
                          "statements", "findings"]  # fmt: skip
    assert made["source"] == "000.html"
    assert made["region"] == {"province": "示例省", "city": "示例市", "county": "青河县", "adcode": "990101"}
    assert made["statements"] == {"received": 5}
    assert made["values"]["applications.granted.enterprise"] is None
    assert "disclosure.rules.issued" not in made["values"]
    assert '"disclosure.fees.amount_10k_yuan": 385,' in export.json_line(made)
    assert made["status"] == {
        "disclosure.rules.issued": "absent",
        "applications.granted.enterprise": "text",
        "applications.granted.other_org": "dash",
        "applications.not_held.enterprise": "blank",
    }
    finding = made["findings"][0]
    assert list(finding) == ["rule", "severity", "cells", "message", "expected", "found"]
    assert finding["cells"] == ["applications.received.total"]


def test_wrong_names_are_refused(frames: Frames, tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"expected a name in \.parquet"):
        save(frames, tmp_path / "a.docx")
    with pytest.raises(UsageError, match=r"there is no folder .*nowhere"):
        save(frames, tmp_path / "nowhere" / "a.csv")


def test_a_broken_run_leaves_the_old_file(
    frames: Frames, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:  # fmt: skip
    path = tmp_path / "a.csv"
    path.write_text("old")

    def breaks(_: Frames, target: Path) -> None:
        target.write_text("half")
        raise UsageError("broken off")

    monkeypatch.setitem(export._WRITERS, ".csv", breaks)
    with pytest.raises(UsageError, match="broken off"):
        save(frames, path)
    assert path.read_text() == "old"
    assert [p.name for p in tmp_path.iterdir()] == ["a.csv"]

"""The bundled data: typed, tidy, as published, and found wherever the package stands."""

import csv
import sys
from pathlib import Path

import pandas as pd
import pytest

from govreport.bundled import Headlines, data_folder, report_key, sample
from govreport.errors import GovreportError, UsageError

MODULE = sys.modules["govreport.bundled"]
FRAMES = ("reports", "volumes", "requests", "outcomes", "enforcement")


@pytest.fixture(scope="module")
def headlines() -> Headlines:
    return sample("headlines")


@pytest.fixture(scope="module")
def raw() -> list[dict[str, str]]:
    with (data_folder() / "published_figures.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def test_reports_are_typed_and_keyed(headlines):
    reports = headlines.reports
    assert len(reports) == 1041
    assert reports["report_id"].is_unique
    assert reports["province"].nunique() == 31
    assert reports["year"].dtype == "Int16"
    assert (reports["year"].min(), reports["year"].max()) == (2012, 2025)
    assert reports["agency_kind"].value_counts().to_dict() == {
        "department": 526, "township": 243, "street": 124, "government": 104, "zone": 36, "other": 8,
    }  # fmt: skip
    assert reports["approximate"].dtype == "boolean"
    assert reports["approximate"].sum() == 87
    assert reports["edition"].isna().sum() == 810


def test_the_key_is_made_from_the_address():
    assert report_key("https://example.org/") == "8198d1bac40a1033"


@pytest.mark.parametrize(
    ("frame", "columns", "dtype"),
    [
        ("volumes", ["report_id", "measure", "value"], "Int64"),
        ("requests", ["report_id", "measure", "value"], "Int64"),
        ("outcomes", ["report_id", "outcome", "outcome_group", "is_group", "count"], "Int64"),
        ("enforcement", ["report_id", "item", "measure", "value", "source"], "Float64"),
    ],
)
def test_frames_are_tidy(headlines, frame, columns, dtype):
    rows = getattr(headlines, frame)
    assert list(rows.columns) == columns
    value = rows["count" if frame == "outcomes" else "value"]
    assert value.dtype == dtype
    assert value.notna().all(), "a figure that was not seen has no row"
    assert set(rows["report_id"]) <= set(headlines.reports["report_id"])
    assert not rows.duplicated(["report_id", "outcome" if frame == "outcomes" else columns[1]]).any()


def test_every_figure_of_the_file_is_there_once(headlines, raw):
    about = {"agency", "agency_kind", "province", "city", "county", "adcode", "year", "edition", "approximate",
             "enforcement_source", "url"}  # fmt: skip
    printed = sum(1 for row in raw for name, text in row.items() if name not in about and text != "")
    assert printed == sum(len(getattr(headlines, name)) for name in FRAMES[1:])


def test_a_row_says_what_the_file_says(headlines, raw):
    row = next(r for r in raw if r["agency"] == "上海市住房和城乡建设管理委员会" and r["year"] == "2023")
    key = report_key(row["url"])
    requests = headlines.requests[headlines.requests["report_id"] == key].set_index("measure")["value"]
    assert requests.to_dict() == {"received": 1081, "carried_in": 27, "carried_out": 4, "processed": 1104}
    outcomes = headlines.outcomes[headlines.outcomes["report_id"] == key].set_index("outcome")
    assert outcomes["count"].to_dict() == {"refused": 27, "unable": 763, "declined": 12, "other_handling": 155}
    assert outcomes["is_group"].all()


def test_printed_zero_and_not_seen_differ(headlines):
    received = headlines.rows("received", unseen=True)["value"]
    assert len(received) == 1041
    assert (received == 0).sum() == 348
    assert received.isna().sum() == 345


def test_groups_and_rows_are_told_apart(headlines):
    outcomes = headlines.outcomes
    assert set(outcomes.loc[outcomes["is_group"], "outcome"]) == {"refused", "unable", "declined", "other_handling"}
    row = outcomes[outcomes["outcome"] == "not_held"]
    assert set(row["outcome_group"]) == {"unable"}
    assert outcomes.loc[outcomes["outcome"] == "granted", "outcome_group"].isna().all()


def test_table_and_prose_are_told_apart(headlines):
    sizes = headlines.enforcement.groupby(["item", "source"], observed=True).size().to_dict()
    assert sizes["penalties", "table"] == 126
    assert sizes["penalties", "prose"] == 34
    assert headlines.enforcement.loc[headlines.enforcement["item"] == "fees", "source"].isna().all()


def test_rows_join_the_report(headlines):
    rows = headlines.rows("penalties")
    assert len(rows) == 160
    assert rows["value"].max() == 358721
    assert {"agency", "url", "source"} <= set(rows.columns)
    with pytest.raises(UsageError, match=r"measure is one of disclosed.*found 'fines'"):
        headlines.rows("fines")


def test_spread_counts_what_was_seen(headlines):
    table = headlines.spread("penalties", by=["agency_kind", "source"])
    street = table.loc[("street", "table")]
    assert (street["seen"], street["zero"], street["highest"]) == (17, 11, 1472)
    with pytest.raises(UsageError, match="by should name columns"):
        headlines.spread("penalties", by="colour")


def test_where_keeps_whole_reports(headlines):
    part = headlines.where(province="浙江省", agency_kind="department")
    assert len(part.reports) == 49
    assert set(part.volumes["report_id"]) <= set(part.reports["report_id"])
    assert len(headlines.where(city=pd.NA).reports) == 0
    with pytest.raises(UsageError, match="found colour"):
        headlines.where(colour="red")


def test_each_call_gives_data_of_its_own():
    changed = sample("headlines")
    changed.reports.loc[0, "agency"] = "changed"
    assert sample("headlines").reports.loc[0, "agency"] != "changed"


def test_headlines_show_themselves(headlines):
    assert repr(headlines).startswith("<Headlines of 1041 reports; rows: reports 1041")
    assert "<th>enforcement</th>" in headlines._repr_html_()


def test_an_unknown_sample_is_refused():
    with pytest.raises(UsageError, match="there are two samples"):
        sample("tables")


def test_missing_data_says_what_to_do(monkeypatch, tmp_path):
    monkeypatch.setattr(MODULE, "__file__", str(tmp_path / "govreport" / "sample.py"))
    with pytest.raises(GovreportError, match="install govreport again"):
        data_folder()


def test_data_of_an_installed_package_comes_first(monkeypatch, tmp_path):
    folder = tmp_path / "govreport" / "_data"
    folder.mkdir(parents=True)
    (folder / "published_figures.csv").write_text("url\n", encoding="utf-8")
    monkeypatch.setattr(MODULE, "__file__", str(tmp_path / "govreport" / "sample.py"))
    assert data_folder() == folder


def test_the_nine_reports_are_read():
    pytest.importorskip("govreport.api", exc_type=ImportError)
    frames = sample()
    assert len(frames.reports) == 9
    assert len(frames.failures) == 0
    table = frames.reports.merge(frames.applications, on="report_id").query("applicant == 'total'")
    suqian = table.query("agency == '宿迁市人民政府' and year == 2024").set_index("outcome")["count"]
    assert (suqian["received"], suqian["not_held"], suqian["processed"]) == (3525, 897, 3521)
    assert sample().reports is not frames.reports


def test_licence_and_sources_stand_beside_the_data():
    folder = data_folder()
    assert "CC BY 4.0" in (folder / "LICENSE").read_text(encoding="utf-8")
    text = (folder / "SOURCES.md").read_text(encoding="utf-8")
    assert "convenience sample" in text
    assert "never zero" in text


def test_the_file_is_the_one_that_was_checked():
    other = Path(__file__).parents[2] / "shared" / "data" / "published_figures.csv"
    if not other.exists():
        pytest.skip("the folder beside the project is not there")
    assert other.read_bytes() == (data_folder() / "published_figures.csv").read_bytes()

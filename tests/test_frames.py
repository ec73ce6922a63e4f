"""Frames: one row a cell, declared columns and types, keys that join."""

from __future__ import annotations

import dataclasses
import time

import pandas as pd
import pytest
from make_reports import consistent_numbers, doubt, make_report
from pandas.testing import assert_frame_equal

from govreport.errors import FormError, UsageError
from govreport.forms import load_form, read_csv
from govreport.frames import Failure, Frames, to_frames
from govreport.model import Region, Value
from govreport.schema import all_cells, categories, schema


def test_columns_and_types_are_those_of_frames_csv() -> None:
    for frames in (to_frames([]), to_frames([make_report(findings=(doubt(),))])):
        for name, frame in frames.items():
            declared = {c["column"]: c["dtype"] for c in read_csv("frames") if c["frame"] == name}
            assert {c: str(t) for c, t in frame.dtypes.items()} == declared
    assert Frames.names() == tuple(dict.fromkeys(c["frame"] for c in read_csv("frames")))


def test_categories_do_not_depend_on_the_data() -> None:
    empty, full = to_frames([]), to_frames([make_report(), make_report(edition="2019", year=2019)])
    for name, frame in empty.items():
        for column, dtype in frame.dtypes.items():
            if dtype == "category":
                assert list(getattr(full, name)[column].cat.categories) == list(dtype.categories), (
                    name,
                    column,
                )
    assert categories("applications", "applicant")[0] == "natural_person"
    assert categories("applications", "applicant")[-1] == "total"


def test_one_row_a_cell_in_the_order_of_the_form() -> None:
    frames = to_frames([make_report()])
    assert (len(frames.disclosure), len(frames.applications), len(frames.litigation)) == (10, 175, 15)
    names = "applications." + frames.applications.outcome.astype(str) + "." + frames.applications.applicant.astype(str)
    assert list(names) == [c for c in load_form("2021").cells if c.startswith("applications.")]
    granted = frames.applications.query("outcome == 'granted' and applicant == 'total'").iloc[0]
    assert (granted["count"], granted["status"], granted["raw"]) == (3, "given", "3")
    assert pd.isna(granted["outcome_group"])
    not_held = frames.applications.query("outcome == 'not_held'")
    assert set(not_held["outcome_group"]) == {"unable"}


def test_blank_absent_and_zero_are_three_things() -> None:
    cells = {
        "applications.granted.enterprise": Value("blank", None, "", "grid 2 row 6 column 3"),
        "applications.granted.other_org": Value("dash", None, "—", "grid 2 row 6 column 7"),
        "applications.received.enterprise": Value("text", None, "见附件", "grid 2 row 4 column 3"),
        "litigation.direct_suit.total": Value("lost"),
    }
    numbers = consistent_numbers(granted=1)
    del numbers["disclosure.rules.issued"]
    frames = to_frames([make_report(numbers, cells=cells)])
    rows = frames.long().set_index("cell")
    assert rows.loc["applications.granted.enterprise", "status"] == "blank"
    assert rows.loc["applications.granted.other_org", "raw"] == "—"
    assert rows.loc["disclosure.rules.issued", "status"] == "absent"
    assert rows.loc["litigation.direct_suit.total", "status"] == "lost"
    assert rows.loc["applications.granted.research_institution", "value"] == 0
    assert rows["value"].isna().sum() == 5
    assert frames.reports.n_given.iloc[0] == 195


def test_a_number_the_column_cannot_hold_is_told() -> None:
    cells = {
        "applications.granted.total": Value("given", 2.5, "2.5", "grid 2 row 6 column 9"),
        "applications.not_held.total": Value("given", 2.0, "2.0", "grid 2 row 16 column 9"),
        "litigation.direct_suit.total": Value("given", 10**30, "1" + "0" * 30, "grid 3 row 4 column 10"),
    }
    frames = to_frames([make_report(cells=cells, findings=(doubt("fractional_count", "warning", *list(cells)[:1]),))])
    rows = frames.long().set_index("cell")
    assert rows.loc["applications.not_held.total", "value"] == 2
    for cell in ("applications.granted.total", "litigation.direct_suit.total"):
        assert pd.isna(rows.loc[cell, "value"])
        assert rows.loc[cell, "status"] == "text"
    assert list(frames.findings.rule) == ["fractional_count", "text_in_cell"]
    assert frames.reports.n_findings.iloc[0] == 2
    assert frames.reports.n_given.iloc[0] == 198


def test_the_same_bytes_twice_get_a_suffix() -> None:
    report = make_report()
    frames = to_frames([report, report, make_report(year=2022), report])
    key = report.report_id
    assert list(frames.reports.report_id[[0, 1, 3]]) == [key, f"{key}-2", f"{key}-3"]
    assert frames.applications.groupby("report_id").size().eq(175).all()


def test_a_report_without_tables_has_no_cells() -> None:
    frames = to_frames([make_report(edition=None, agency=None, year=None, region=Region())])
    assert len(frames.reports) == 1
    assert len(frames.applications) == 0
    assert frames.reports[["agency", "province", "year", "edition"]].isna().all(axis=None)
    assert len(frames.wide("all")) == 1
    assert frames.show(frames.reports.report_id[0]).edition is None


def test_what_the_form_does_not_know_is_refused() -> None:
    with pytest.raises(FormError, match=r"no cell applications\.nonsense\.total"):
        to_frames([make_report(cells={"applications.nonsense.total": Value("given", 1)})])
    with pytest.raises(FormError, match="no_such_rule"):
        to_frames([make_report(findings=(doubt("no_such_rule"),))])
    with pytest.raises(FormError, match="agency_kind may be government"):
        to_frames([make_report(agency_kind="palace")])
    with pytest.raises(UsageError, match="found str"):
        to_frames(["report.html"])  # type: ignore[list-item]


def test_failures_are_rows() -> None:
    frames = to_frames([Failure("a.pdf", "read", "a PDF cannot be read yet"), make_report()])
    assert list(frames.failures.itertuples(index=False, name=None)) == [("a.pdf", "read", "a PDF cannot be read yet")]
    assert len(frames.reports) == 1


def test_half_characters_do_not_stop_the_run() -> None:
    frames = to_frames([make_report(title="broken \ud800 title")])
    assert frames.reports.title[0] == "broken ? title"


def test_show_gives_the_report_back() -> None:
    cells = {
        "applications.granted.enterprise": Value("blank", None, "", "here"),
        "disclosure.fees.amount_10k_yuan": Value("given", 12.5, "12.5", "there"),
    }
    report = make_report(cells=cells, findings=(doubt(),))
    frames = to_frames([make_report(year=2020, edition="2019"), report])
    again = frames.show(report.report_id)
    assert again == dataclasses.replace(report, cells=dict(report.cells))
    assert again.cells["disclosure.fees.amount_10k_yuan"].number == 12.5
    assert [r.year for r in frames.iter_reports()] == [2020, 2023]
    with pytest.raises(UsageError, match="no report_id is 'nobody'"):
        frames.show("nobody")


def test_concat_keeps_types_and_renames() -> None:
    first, second = to_frames([make_report()]), to_frames([make_report(), make_report(encoding="koi8-r")])
    both = Frames.concat([first, second])
    key = first.reports.report_id[0]
    assert list(both.reports.report_id[:2]) == [key, f"{key}-2"]
    assert (both.applications.report_id == f"{key}-2").sum() == 175
    for name, frame in both.items():
        assert {c: str(t) for c, t in frame.dtypes.items()} == schema(name)
    assert list(both.reports.encoding) == ["utf-8", "utf-8", "koi8-r"]
    with pytest.raises(UsageError, match="at least one"):
        Frames.concat([])


def test_select() -> None:
    reports = [make_report(year=y, agency_kind=k) for y in (2021, 2022) for k in ("street", "township")]
    frames = to_frames([*reports, Failure("x", "read", "y")])
    assert list(frames.select(year=2022).reports.agency_kind) == ["street", "township"]
    assert len(frames.select(year=range(2021, 2023), kind="street").applications) == 350
    assert len(frames.select(province="北京市").reports) == 0
    assert len(frames.select(report_ids=[reports[3].report_id]).reports) == 1
    assert len(frames.select(year=2022).failures) == 1
    with pytest.raises(UsageError, match="no agency_kind is 'village'"):
        frames.select(kind="village")


def test_wide_is_a_panel() -> None:
    cells = {"applications.granted.total": Value("blank")}
    frames = to_frames([make_report(year=2019, edition="2019"), make_report(cells=cells)])
    panel = frames.wide()
    assert list(panel.columns[9:]) == list(all_cells("applications"))
    assert panel["applications.not_held.total"].tolist() == [2, 2]
    assert panel["applications.granted.total"].isna().tolist() == [False, True]
    assert panel["applications.fee_overdue.total"].isna().tolist() == [True, False]
    assert str(panel["applications.granted.total"].dtype) == "Int64"
    everything = frames.wide("all")
    cells = {*load_form("2019").cells, *load_form("2021").cells, *all_cells("statistics")}
    assert everything.shape == (2, 9 + len(cells))
    assert str(everything["disclosure.rules.issued"].dtype) == "Float64"
    with pytest.raises(UsageError, match="no table is called 'nonsense'"):
        frames.wide("nonsense")


def test_long_has_every_cell_in_order_of_reports() -> None:
    frames = to_frames([make_report(year=2022), make_report(year=2021)])
    long = frames.long()
    assert len(long) == 400
    assert list(long.year.drop_duplicates()) == [2022, 2021]
    assert list(long.cell[:200]) == list(load_form("2021").cells)


def test_repr() -> None:
    frames = to_frames([make_report(findings=(doubt(),)), make_report(year=2021)])
    assert repr(frames) == (
        "<Frames: 2 reports on 2021-2023, 1 province; findings: 1 error, 0 warning, 0 info; 0 sources not read>"
    )
    assert "2021: 1, 2023: 1" in frames._repr_html_()


def test_with_findings_counts_again() -> None:
    frames = to_frames([make_report(findings=(doubt(),)), make_report(year=2021)])
    assert frames.reports.n_findings.tolist() == [1, 0]
    assert frames.with_findings(frames.findings.iloc[:0]).reports.n_findings.tolist() == [0, 0]
    assert_frame_equal(frames.with_findings(frames.findings).reports, frames.reports)


def test_a_thousand_reports_take_less_than_three_seconds() -> None:
    reports = [dataclasses.replace(make_report(), sha256=f"{n:064x}"[::-1]) for n in range(1000)]
    start = time.process_time()
    frames = to_frames(reports)
    assert len(frames.applications) == 175_000
    assert time.process_time() - start < 3

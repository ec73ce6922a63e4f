"""The invented panel: sums and chains that hold, believable sizes, planted things where the truth says."""

from __future__ import annotations

import ast
import subprocess
import sys
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import govreport as gr
from govreport import synthetic
from govreport.errors import UsageError
from govreport.forms import load_form, read_csv
from govreport.frames import Frames
from govreport.parse.names import kind_of
from govreport.parse.regions import places_in_name
from govreport.schema import KEYS, all_cells, as_declared, schema
from govreport.synthetic import LAYOUTS, Panel, panel, panel_bodies, panel_plant

RECEIVED = "applications.received.total"
OUTCOMES = [row.row for row in load_form("2021").rows["applications"] if row.parent == "processed"]


@cache
def made() -> Panel:
    """About 2,280 reports on the years 2019 to 2024, so both editions of the form."""
    return panel(400, (2019, 2024), seed=7, outliers=0.03, errors=0.05)


@cache
def wide() -> pd.DataFrame:
    return made().frames.wide("all").set_index("report_id")


def planted(kind: str) -> pd.DataFrame:
    return made().truth[made().truth["kind"] == kind]


def broken(frames: Frames, edition: str) -> Iterator[tuple[str, str]]:
    """Reports of an edition and the identities that their figures break, blanks counted as zero."""
    numbers = frames.wide("all").set_index("report_id").query("edition == @edition")[list(load_form(edition).cells)]
    known = numbers.astype("Float64").fillna(0)
    for identity in load_form(edition).identities:
        differ = known[list(identity.left)].sum(axis=1) != known[list(identity.right)].sum(axis=1)
        yield from ((report, identity.rule) for report in known.index[differ])


def test_the_sums_of_five_thousand_reports_hold():
    frames = panel(1350, (2020, 2023), seed=2, errors=0).frames
    assert len(frames) > 5000
    assert set(frames.reports["edition"]) == {"2019", "2021"}
    assert [*broken(frames, "2019"), *broken(frames, "2021")] == []
    assert len(frames.findings) == 0


def test_the_frames_are_as_declared_and_in_order():
    frames = made().frames
    for name, frame in frames.items():
        declared = as_declared(name, {column: [] for column in schema(name)})
        assert frame.dtypes.to_dict() == declared.dtypes.to_dict(), name
    assert frames.reports["report_id"].is_unique
    assert frames.reports["year"].is_monotonic_increasing
    assert (frames.reports["report_id"] == frames.reports["sha256"].str[:16]).all()
    for table, (row, column, _) in KEYS.items():
        frame = getattr(frames, table)
        first = frame[frame["report_id"] == frames.reports["report_id"].iloc[-1]]
        names = [f"{table}.{r}.{c}" for r, c in zip(first[row], first[column], strict=True)]
        assert names == [cell for cell in load_form("2021").cells if cell.startswith(f"{table}.")]
    for name in ("disclosure", "applications", "litigation"):
        assert set(all_cells(name)) <= set(wide().columns)


def test_it_goes_through_the_same_doors_as_read_reports():
    frames = made().frames
    some = frames.select(year=2023, kind="street")
    assert 0 < len(some) < len(frames)
    report = next(iter(some.iter_reports()))
    assert report.agency is not None
    assert report.agency.endswith("（合成）")
    assert (
        gr.to_frames([report])
        .applications["count"]
        .equals(some.applications["count"][some.applications["report_id"] == report.report_id].reset_index(drop=True))
    )


def test_every_name_and_source_says_that_it_is_invented():
    reports = made().frames.reports
    assert reports["agency"].str.endswith("（合成）").all()
    assert reports["title"].str.contains("（合成）", regex=False).all()
    assert reports["source"].str.startswith("synthetic:").all()
    assert reports["url"].str.startswith("https://panel.example/").all()
    assert set(made().frames.applications["place"]) == {"synthetic"}


def test_the_same_arguments_give_the_same_panel():
    again, other = panel(60, (2021, 2022), seed=3), panel(60, (2021, 2022), seed=4)
    for name, frame in panel(60, (2021, 2022), seed=3).frames.items():
        pd.testing.assert_frame_equal(frame, getattr(again.frames, name))
    assert not set(again.frames.reports["report_id"]) & set(other.frames.reports["report_id"])
    pd.testing.assert_frame_equal(panel(60, (2021, 2022), seed=3).truth, again.truth)


def test_bodies_lie_in_real_places_with_their_codes():
    reports = made().frames.reports
    table = panel_bodies.read_places(2024).set_index("adcode")
    found = table.loc[reports["adcode"]]
    for level in ("province", "city", "county"):
        assert reports[level].fillna("").tolist() == found[level].fillna("").tolist(), level
    assert table.loc["110101", ["province", "county", "prefix"]].tolist() == ["北京市", "东城区", "北京市东城区"]
    assert table.loc["429004", ["province", "county"]].tolist() == ["湖北省", "仙桃市"]
    assert pd.isna(table.loc["429004", "city"])
    assert reports["province"].nunique() > 25
    for row in reports.drop_duplicates("agency").head(300).itertuples():
        assert kind_of(row.agency) == row.agency_kind
        assert [place.adcode for place in places_in_name(row.agency, row.year)] == [row.adcode]


def test_places_keep_their_code_over_the_years_of_a_panel():
    early = panel(1500, (2019, 2024), seed=5, errors=0).frames.reports
    codes = set(panel_bodies.read_places(2019)["adcode"])
    assert set(early["adcode"]) <= codes
    assert "340212" not in codes  # 弋江区 has this code since 2020
    assert "340212" in set(panel_bodies.read_places(2024)["adcode"])


def test_no_two_bodies_have_one_name():
    drawn = panel_bodies.draw_bodies(30_000, (2021, 2024), np.random.default_rng(1))
    assert len(drawn) == 30_000
    assert not drawn.names.duplicated(["agency", "adcode"]).any()
    shares = drawn.names["agency_kind"].value_counts(normalize=True)
    assert shares["department"] == pytest.approx(0.58, abs=0.02)
    assert shares["government"] == pytest.approx(0.06, abs=0.02)
    assert set(shares.index) == {"government", "department", "street", "township", "zone", "other"}


def test_the_tables_of_the_model_fit_together():
    kinds = {line["kind"] for line in read_csv("panel_kinds")}
    assert sum(float(line["share"]) for line in read_csv("panel_kinds")) == pytest.approx(1)
    assert [line["outcome"] for line in read_csv("panel_outcomes")] == OUTCOMES
    amounts = {(line["kind"], line["quantity"]) for line in read_csv("panel_amounts")}
    assert all((kind, quantity) in amounts for kind in kinds for quantity in ("penalties", "fees", "rules"))
    for line in read_csv("panel_names"):
        assert kind_of("青河县" + line["word"]) == line["kind"], line["word"]


def test_requests_are_over_dispersed_and_heavy_tailed():
    frames = panel(2000, (2021, 2023), seed=11, outliers=0, errors=0).frames
    numbers = frames.wide("applications")
    received = numbers[RECEIVED].astype("Float64")
    by_kind = received.groupby(numbers["agency_kind"], observed=True)
    assert (by_kind.var() > 5 * by_kind.mean()).all()
    assert by_kind.median()["government"] > 40
    assert by_kind.median()["township"] <= 1
    assert by_kind.median()["department"] <= 3
    assert received[numbers["agency_kind"] == "department"].quantile(0.99) > 60
    departments = received[numbers["agency_kind"] == "department"].dropna().sort_values(ascending=False)
    top = departments.iloc[: len(departments) // 100].sum() / departments.sum()
    assert 0.15 < top < 0.7
    # a body is more like itself than like others, year after year
    logs = np.log1p(received.astype(float)).groupby(numbers["agency"])
    assert logs.var().mean() < 0.4 * np.log1p(received.astype(float)).var()


def test_outcomes_differ_by_kind_and_heavy_requesters_are_there():
    frames = panel(2000, (2021, 2023), seed=11, outliers=0, errors=0).frames
    numbers = frames.wide("applications").astype({f"applications.{o}.total": "Float64" for o in OUTCOMES})
    totals = numbers.groupby("agency_kind", observed=True)[[f"applications.{o}.total" for o in OUTCOMES]].sum()
    shares = totals.div(totals.sum(axis=1), axis=0)
    assert shares.loc["street", "applications.not_held.total"] > 0.33
    assert shares.loc["street", "applications.not_held.total"] > shares.loc["government", "applications.not_held.total"]
    assert 0.25 < shares.loc["government", "applications.granted.total"] < 0.5
    large = numbers[numbers["applications.processed.total"] >= 20]
    petitions = large["applications.petition_or_complaint.total"] / large["applications.processed.total"]
    assert petitions.quantile(0.5) < 0.08
    assert petitions.max() > 0.3
    persons = numbers["applications.received.natural_person"].sum() / numbers[RECEIVED].sum()
    assert 0.8 < persons < 0.97


def test_decisions_have_many_zeros_and_span_orders_of_magnitude():
    numbers = wide()
    penalties = numbers["disclosure.penalties.decisions"].astype("Float64")
    department = penalties[numbers["agency_kind"] == "department"]
    assert 0.3 < (department.fillna(0) == 0).mean() < 0.7
    assert department.max() > 10_000
    assert penalties[numbers["agency_kind"] == "government"].median() > 1000
    fees = numbers["disclosure.fees.amount_10k_yuan"].dropna()
    assert (fees == 0).mean() > 0.6
    assert ((fees * 100) % 100 != 0).any()


def test_some_reports_leave_zeros_empty():
    frames = made().frames
    status = frames.applications["status"].value_counts(normalize=True)
    assert 0.03 < status["blank"] < 0.2
    assert 0.005 < status["dash"] < 0.1
    given = frames.applications["status"] == "given"
    assert frames.applications["count"][given].notna().all()
    assert frames.applications["count"][~given].isna().all()
    assert set(frames.applications["raw"][~given]) == {"", "/"}
    row = frames.applications[given].iloc[17]
    assert row["raw"] == str(row["count"])
    assert (frames.reports["n_given"] > 0).all()
    counted = sum((getattr(frames, table)["status"] == "given").sum() for table in KEYS)
    assert frames.reports["n_given"].sum() == counted
    parts = frames.litigation.groupby("report_id")["status"]
    assert (parts.nunique() > 1).any()


def test_years_are_missing_and_editions_follow_the_year():
    reports = made().frames.reports
    assert set(reports["edition"][reports["year"] <= 2020]) == {"2019"}
    assert set(reports["edition"][reports["year"] > 2020]) == {"2021"}
    assert len(reports) == pytest.approx(400 * 6 * 0.95, rel=0.02)
    assert reports["agency"].nunique() == 400
    january = reports["published"].str[5:7].eq("01")
    assert january[reports["agency_kind"] == "department"].mean() > 0.9
    assert reports["published"].isna().mean() == pytest.approx(0.05, abs=0.02)


def test_each_planted_thing_is_in_one_report():
    truth, reports = made().truth, made().frames.reports
    assert list(truth.columns) == ["report_id", "kind", "cell", "size", "rule", "twin"]
    assert set(truth["kind"]) == {*panel_plant.OUTLIERS, *panel_plant.ERRORS}
    assert truth["report_id"].is_unique
    assert truth["report_id"].isin(reports["report_id"]).all()
    outliers = truth["kind"].isin(panel_plant.OUTLIERS)
    assert outliers.sum() == pytest.approx(0.03 * len(reports), abs=3)
    assert (~outliers).sum() == pytest.approx(0.05 * len(reports), abs=5)
    assert (truth["size"] != 0).all()


def test_broken_sums_carry_the_findings_of_the_parser():
    frames = made().frames
    sums = frames.findings[frames.findings["rule"].isin(["I1", "I2", "I3", "I4"])]
    found = set(zip(sums["report_id"], sums["rule"].astype(str), strict=True))
    assert found == {*broken(frames, "2019"), *broken(frames, "2021")}
    assert set(sums["report_id"]) == set(planted("broken_sum")["report_id"])
    for row in planted("broken_sum").itertuples():
        assert (row.report_id, row.rule) in found
        mine = sums[(sums["report_id"] == row.report_id) & (sums["rule"] == row.rule)]
        assert mine["cells"].str.split().map(lambda cells, cell=row.cell: cell in cells).any()
        assert row.size in abs(mine["found"].astype(float) - mine["expected"].astype(float)).tolist()
    assert set(planted("broken_sum")["rule"]) == {"I1", "I2", "I3", "I4"}


def test_planted_fees_are_in_yuan():
    frames, at = made().frames, set(planted("fees_in_yuan")["report_id"])
    fees = wide()["disclosure.fees.amount_10k_yuan"]
    assert (fees[list(at)] >= 100_000).all()
    assert (fees.drop(list(at)).fillna(0) < 100_000).all()
    large = frames.findings[frames.findings["rule"] == "large_amount"]
    assert set(large["report_id"]) == at
    assert set(large["severity"]) == {"warning"}


def test_chains_hold_but_where_they_were_broken():
    found = gr.run_checks(made().frames)
    reports = wide()[["agency", "adcode", "year"]]
    copied = planted("copied_tables")["report_id"]
    near = {(r.agency, r.adcode, r.year + step) for r in reports.loc[copied].itertuples() for step in (0, 1)}
    disturbed = set(reports.index[[(r.agency, r.adcode, r.year) in near for r in reports.itertuples()]])
    for rule, kind in (("I5", "shifted_carry_over"), ("I6", "shifted_stock")):
        told = set(found["report_id"][found["rule"] == rule])
        assert set(planted(kind)["report_id"]) <= told
        assert told - set(planted(kind)["report_id"]) <= disturbed
    same = found[found["rule"] == "same_tables"]
    assert set(same["report_id"]) == {*copied, *planted("copied_tables")["twin"]}
    assert not found["rule"].isin(["duplicate_report", "same_content"]).any()


def test_a_panel_without_errors_has_no_findings():
    assert len(gr.run_checks(panel(150, (2021, 2024), seed=6, errors=0).frames)) == 0


def test_copied_tables_are_those_of_another_body_of_the_kind():
    for row in planted("copied_tables").itertuples():
        mine, theirs = wide().loc[row.report_id], wide().loc[row.twin]
        assert mine["agency"] != theirs["agency"]
        assert (mine["agency_kind"], mine["year"]) == (theirs["agency_kind"], theirs["year"])
        cells = list(load_form(mine["edition"]).cells)
        assert mine[cells].tolist() == theirs[cells].tolist()
        assert np.count_nonzero(mine[cells].astype(float)) == row.size


def test_planted_outliers_have_their_size():
    clean = panel(400, (2019, 2019), seed=7, outliers=0, errors=0)
    spoilt = panel(400, (2019, 2019), seed=7, outliers=0.2, errors=0)
    before = clean.frames.wide("applications").set_index("report_id")[RECEIVED]
    after = spoilt.frames.wide("applications").set_index("report_id")[RECEIVED]
    many = spoilt.truth[spoilt.truth["kind"] == "many_requests"].set_index("report_id")
    at = many.index[before[many.index].notna() & after[many.index].notna()]
    assert len(at) > 10
    assert (after[at] == before[at] * many["size"][at]).all()
    rest = before.index.difference(many.index)
    assert before[rest].equals(after[rest])


def test_odd_outcomes_stand_out():
    for row in planted("odd_outcomes").itertuples():
        share = wide().loc[row.report_id, row.cell] / wide().loc[row.report_id, "applications.processed.total"]
        assert share >= row.size > 0.2
    penalties = wide()["disclosure.penalties.decisions"]
    for row in planted("many_penalties").itertuples():
        assert penalties[row.report_id] >= 20 * row.size


def test_pages_read_back_to_the_figures_of_the_panel():
    made_pages = list(made().pages(40))
    assert len(made_pages) == 40
    status = {
        (key, f"{table}.{r}.{c}"): s
        for table, (row, column, _) in KEYS.items()
        for key, r, c, s in getattr(made().frames, table)[["report_id", row, column, "status"]]
        .head(40 * 180)
        .itertuples(index=False)
    }
    reports = made().frames.reports.set_index("report_id")
    for name, content in made_pages:
        key = name.partition(".")[0]
        report, own = gr.parse_report(gr.read_document(content)), reports.loc[key]
        assert (report.agency, report.year, report.edition) == (own["agency"], own["year"], own["edition"])
        assert (report.region.adcode, report.agency_kind) == (own["adcode"], own["agency_kind"])
        for cell, value in report.cells.items():
            want = wide().loc[key, cell]
            assert value.number == want or (value.number is None and pd.isna(want)), (name, cell)
            assert value.status == status.get((key, cell), value.status), (name, cell)
        sums = {doubt.rule for doubt in report.findings if doubt.rule in ("I1", "I2", "I3", "I4")}
        mine = made().frames.findings
        assert sums == set(mine["rule"][mine["report_id"] == key]) - {"large_amount"}


def test_pages_come_in_all_layouts_and_say_that_they_are_invented():
    pages = dict(made().pages(100))
    assert len(pages) == 100
    assert len({content[:60] for content in pages.values()}) > 20
    ends = {name.rpartition(".")[2] for name in pages}
    assert ends == {"html", "txt"}
    first = next(iter(pages.values())).decode()
    assert "虚构样例" in first
    texts = [layout.name for layout in LAYOUTS.values() if layout.kind == "text"]
    assert sum(name.endswith(".txt") for name in pages) == pytest.approx(100 * len(texts) / len(LAYOUTS), abs=8)


def test_a_broken_page_gives_the_findings_that_the_frames_hold():
    spoilt = panel(60, (2022, 2022), seed=8, errors=0.2, outliers=0)
    wrong = set(spoilt.truth["report_id"][spoilt.truth["kind"].isin(["broken_sum", "fees_in_yuan"])])
    assert wrong
    for name, content in spoilt.pages():
        key = name.partition(".")[0]
        if key in wrong:
            report = gr.parse_report(gr.read_document(content))
            mine = spoilt.frames.findings[spoilt.frames.findings["report_id"] == key]
            of_parser = [d for d in report.findings if d.rule in ("I1", "I2", "I3", "I4", "large_amount")]
            of_panel = list(mine[["rule", "severity", "cells", "expected"]].itertuples(index=False, name=None))
            assert sorted((d.rule, d.severity, " ".join(d.cells), d.expected) for d in of_parser) == sorted(of_panel)
            assert sorted(d.message for d in of_parser) == sorted(mine["message"])


@pytest.mark.parametrize("count", [1, 7])
def test_small_panels_are_whole(count: int):
    small = panel(count, (2023, 2023), seed=count)
    assert len(small.frames) == count
    assert "invented reports" in repr(small)


def test_wrong_arguments_are_refused():
    for arguments in ({"bodies": 0}, {"bodies": 10**6}, {"years": (2018, 2020)}, {"years": (2024, 2021)}):
        with pytest.raises(UsageError):
            panel(**arguments)
    with pytest.raises(UsageError, match="share of the reports"):
        panel(10, outliers=1.5)
    with pytest.raises(UsageError, match="seed"):
        panel(10, seed=-1)


def test_the_page_writer_stays_free_of_frames():
    folder = Path(panel_bodies.__file__).parent
    for path in folder.glob("*.py"):
        if path.name.startswith("panel"):
            continue
        tree = ast.parse(path.read_text(encoding="utf-8"))
        names = {node.module or "" for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)}
        assert not names & {"govreport.frames", "govreport.schema"}, path.name
    script = "import govreport.synthetic, sys; print('pandas' in sys.modules, 'numpy' in sys.modules)"
    run = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert run.stdout.split() == ["False", "False"]
    with pytest.raises(AttributeError, match=r"no attribute 'panel_of'; it offers .*panel"):
        _ = synthetic.panel_of

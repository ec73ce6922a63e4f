"""Copies and findings across reports at scale: the same as run_checks on the whole, the best copy kept."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from bulk_sources import dataset_of
from make_reports import consistent_numbers, make_report
from pandas.testing import assert_frame_equal

import govreport as gr
from govreport.bulk import Dataset, across, finish
from govreport.errors import ReadError
from govreport.forms import read_csv
from govreport.frames import Frames
from govreport.model import Finding, Region, Report
from govreport.query.copies import HOST_KINDS

ACROSS = {"duplicate_report", "same_content", "same_tables", "I5", "I6"}


@cache
def many() -> tuple[Report, ...]:
    """Some two thousand reports with planted errors, and copies, doubles and borrowed figures among them."""
    from govreport.synthetic import panel

    reports = list(panel(540, (2020, 2023), seed=3, outliers=0.03, errors=0.06).frames.iter_reports())
    same_bytes = [
        replace(r, source=f"{r.source}/again", url=f"http://m.example/{n}") for n, r in enumerate(reports[::60])
    ]
    same_figures = [replace(r, source=f"{r.source}/copy", sha256=r.sha256[::-1]) for r in reports[::70]]
    other_figures = [
        replace(r, source=f"{r.source}/other", sha256=f"ff{r.sha256[2:]}", cells=other.cells)
        for r, other in zip(reports[::90], reports[1::90], strict=False)
        if r.edition == other.edition
    ]
    return (*reports, *same_bytes, *same_figures, *other_figures)


def whole(reports: Sequence[Report]) -> Frames:
    frames = gr.to_frames(reports)
    return frames.with_findings(gr.run_checks(frames))


@pytest.fixture(scope="module")
def large(tmp_path_factory: pytest.TempPathFactory) -> Dataset:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(across, "_SLICE", 400)  # many slices, groups across their ends
        patch.setattr(across, "_BUCKET", 700)  # bodies in several parts
        return Dataset(dataset_of(many(), tmp_path_factory.mktemp("across") / "panel"))


@pytest.mark.slow
def test_findings_of_thousands_of_reports_are_those_of_run_checks(large: Dataset) -> None:
    expected = whole(many())
    assert len(expected) > 2000
    assert set(expected.findings["rule"]) >= ACROSS
    found = large.with_copies().load()
    for name, frame in expected.items():
        assert_frame_equal(getattr(found, name), frame, obj=name)


@pytest.mark.slow
def test_findings_without_the_copies_are_those_of_run_checks_without_them(large: Dataset) -> None:
    found = large.load()
    assert len(found) == len(many()) - large.summary().copies
    expected = gr.run_checks(found)
    assert set(expected["rule"]) & ACROSS == ACROSS - {"same_content"}
    order = list(expected.columns)
    assert_frame_equal(
        found.findings.sort_values(order, ignore_index=True), expected.sort_values(order, ignore_index=True)
    )


@pytest.mark.slow
def test_counts_of_findings_are_the_same_in_sql(large: Dataset) -> None:
    counted = large.sql("select report_id, n_findings from reports order by report_id")
    expected = large.load().reports[["report_id", "n_findings"]].sort_values("report_id", ignore_index=True)
    assert_frame_equal(counted, expected)


def test_a_query_that_runs_short_of_memory_is_asked_again_with_more(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    given: list[str] = []
    engine = finish.open_engine
    monkeypatch.setattr(finish, "open_engine", lambda memory, *rest: given.append(memory) or engine(memory, *rest))
    monkeypatch.setattr(finish, "_MEMORY", ("1MB", "512MB", "2GB"))
    reports = many()[::20]
    found = Dataset(dataset_of(reports, tmp_path / "panel")).with_copies().load()
    assert given == ["1MB", "512MB"]
    assert_frame_equal(found.findings, whole(reports).findings)
    monkeypatch.setattr(finish, "_MEMORY", ("1MB", "2MB"))
    with pytest.raises(ReadError, match="Out of Memory"):
        dataset_of(reports, tmp_path / "other")


def test_a_huge_group_of_equal_tables_is_cut_and_still_right(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(across, "_SLICE", 7)
    numbers: dict[str, Any] = {c: (n % 9) + 1 for n, c in enumerate(consistent_numbers())}
    reports = [make_report(numbers, agency=f"第{n % 5}局", year=2000 + n) for n in range(40)]
    reports += [make_report(numbers | {"disclosure.rules.issued": 99}, agency=f"第{n}所", year=2023) for n in range(9)]
    expected = whole(reports)
    assert (expected.findings["rule"] == "same_tables").sum() == 49
    found = Dataset(dataset_of(reports, tmp_path / "panel", 11)).load()
    assert_frame_equal(found.findings, expected.findings)


# -- which copy is kept


def busy(**changes: Any) -> Report:
    """A report with more than twenty figures that are not zero."""
    numbers = {c: (n % 9) + 1 for n, c in enumerate(consistent_numbers())}
    return make_report(numbers, **({"source": "a.html"} | changes))


def copies(folder: Path, *reports: Report) -> list[tuple[str, str, str, str]]:
    made = Dataset(dataset_of(reports, folder)).with_copies()
    names = dict(made.sql("select report_id, source from reports").to_numpy().tolist())
    rows = made.copies.load()
    return [
        (row.source, names[row.kept_id], row.same, row.why_kept)
        for row in rows.itertuples()
        if names[row.report_id] == row.source
    ]


def test_an_official_host_is_preferred_and_a_mirror_comes_last(tmp_path: Path) -> None:
    urls = {
        "mirror": "http://www.gate.example/gate/big5/www.qinghe.gov.cn/a.html",
        "some": "http://news.example.com/a.html",
        "official": "https://www.qinghe.gov.cn/a.html",
        "cache": "https://web.archive.org/web/2024/https://www.qinghe.gov.cn/a.html",
    }
    made = [busy(url=url, source=name) for name, url in urls.items()]
    assert copies(tmp_path / "panel", *made) == [
        ("mirror", "official", "content", "official_host"),
        ("some", "official", "content", "official_host"),
        ("cache", "official", "content", "official_host"),
    ]
    listed = Dataset(tmp_path / "panel").copies.load()
    assert listed["host_kind"].tolist() == ["mirror", "unknown", "mirror"]
    assert listed["host"].tolist() == ["www.gate.example", "news.example.com", "web.archive.org"]
    assert Dataset(tmp_path / "panel").load().reports["source"].tolist() == ["official"]


def test_then_the_more_complete_then_the_less_doubtful_then_the_first(tmp_path: Path) -> None:
    from make_reports import doubt

    doubted = busy(source="doubted", findings=(doubt(),))
    assert copies(tmp_path / "1", doubted, busy(source="clean")) == [("doubted", "clean", "content", "fewer_findings")]
    first = busy(source="first", title="一")
    assert copies(tmp_path / "2", first, busy(source="second")) == [("second", "first", "content", "met_first")]
    again = replace(first, source="again")
    assert copies(tmp_path / "3", first, again) == [("again", "first", "bytes", "met_first")]
    shorter = replace(first, source="shorter", cells=dict(list(first.cells.items())[:-1]) | {
        list(first.cells)[-1]: replace_status(first)})  # fmt: skip
    assert copies(tmp_path / "4", shorter, first) == [("shorter", "first", "bytes", "more_cells")]


def replace_status(report: Report) -> Any:
    return list(report.cells.values())[-1]._replace(status="blank", number=None)


def test_bytes_and_content_join_groups(tmp_path: Path) -> None:
    """One and two have the same bytes, two and three the same content: all three are one report."""
    one = busy(source="one", agency="甲局")
    two = replace(busy(source="two", agency="乙局"), sha256=one.sha256)
    three = busy(source="three", agency="乙局", title="三")
    assert {kept for _, kept, _, _ in copies(tmp_path / "panel", one, two, three)} == {"one"}


@pytest.mark.parametrize(
    ("changes", "copy"),
    [
        ({"year": 2022}, False),
        ({"agency": "另一局"}, False),
        ({"region": Region("示例省", "另一市", "青河县", "990202")}, False),
        ({"region": Region()}, True),
        ({"edition": "2019", "numbers": consistent_numbers("2019", granted=3)}, False),
    ],
)
def test_content_is_the_same_only_for_one_body_and_year(tmp_path: Path, changes: dict[str, Any], copy: bool) -> None:
    numbers = {c: (n % 9) + 1 for n, c in enumerate(consistent_numbers())}
    other = make_report(**({"numbers": numbers, "source": "b.html", "title": "乙"} | changes))
    assert bool(copies(tmp_path / "panel", busy(), other)) is copy


def test_figures_that_tell_nothing_make_no_copies_where_the_place_is_not_known(tmp_path: Path) -> None:
    quiet = {"source": "a.html", "region": Region()}
    assert (
        copies(tmp_path / "1", make_report(**quiet), make_report(**quiet | {"title": "乙", "source": "b.html"})) == []
    )
    empty = make_report(edition=None, source="a.html")
    assert copies(tmp_path / "2", empty, make_report(edition=None, source="b.html", title="乙")) == []


def test_two_places_with_the_same_figures_are_not_guessed_between(tmp_path: Path) -> None:
    """A copy without a place may be of either."""
    here, there = busy(source="here"), busy(source="there", region=Region("另一省", "另一市", "青河县", "880101"))
    assert copies(tmp_path / "panel", here, there, busy(source="nowhere", region=Region())) == []


# -- pages that only link to their report

HOST = "http://www.qinghe.gov.cn"


def cover(file: str, **changes: Any) -> Report:
    """A page without a table that links to a file."""
    told = Finding("attachment_only", "error", (), "a report on the page", file, f"the report is probably in {file}.")
    return make_report({}, edition=None, findings=(told,), **({"source": "cover", "url": f"{HOST}/1.html"} | changes))


def test_a_page_that_names_a_file_is_a_copy_of_it(tmp_path: Path) -> None:
    file = busy(source="file", url=f"{HOST}/%E5%B9%B4.docx", agency=None, year=None)
    assert copies(tmp_path / "1", cover(f"{HOST}/年.docx"), file) == [("cover", "file", "attached", "has_figures")]
    elsewhere = busy(source="file", url="http://files.example.com/1.docx")
    assert copies(tmp_path / "2", elsewhere, cover("http://files.example.com/1.docx")) == [
        ("cover", "file", "attached", "has_figures")
    ]
    of_another_year = busy(source="file", url=f"{HOST}/1.docx", year=2020)
    assert copies(tmp_path / "3", cover(f"{HOST}/1.docx"), of_another_year) == []


def test_a_page_that_names_another_file_is_a_copy_of_the_one_report_of_its_body_and_year(tmp_path: Path) -> None:
    page = cover(f"{HOST}/form.doc")
    file = busy(source="file", url=f"{HOST}/1.pdf", region=Region())
    told = [("cover", "file", "attached", "has_figures")]
    assert copies(tmp_path / "1", page, file) == told
    again = replace(file, source="again", sha256=file.sha256[::-1], url=f"{HOST}/2.pdf")
    assert set(copies(tmp_path / "2", page, file, again)) == {*told, ("again", "file", "content", "met_first")}
    other = make_report(consistent_numbers(granted=9), source="other", url=f"{HOST}/2.pdf")
    assert copies(tmp_path / "3", page, file, other) == []
    for number, changes in enumerate(({"url": "http://b.gov.cn/1.pdf"}, {"agency": "另一局"}, {"year": 2022}), start=4):
        assert copies(tmp_path / str(number), page, replace_fields(file, changes)) == []
    far = replace_fields(file, {"region": Region("另一省", "另一市", "青河县", "880101")})
    assert copies(tmp_path / "7", page, far) == []


def replace_fields(report: Report, changes: dict[str, Any]) -> Report:
    return replace(report, **changes)


def test_without_figures_anywhere_nothing_is_joined(tmp_path: Path) -> None:
    assert copies(tmp_path / "1", cover(f"{HOST}/1.doc"), make_report({}, edition=None, source="other")) == []
    no_file = make_report({}, edition=None, source="page", url=f"{HOST}/1.html")
    assert copies(tmp_path / "2", no_file, busy(source="file", url=f"{HOST}/1.doc")) == []


def test_keys_are_unique_and_join_all_tables(tmp_path: Path) -> None:
    one = busy(source="one")
    folder = dataset_of([one, replace(one, source="two"), busy(source="three", year=2024), replace(one, source="four")],
                        tmp_path / "panel", 2)  # fmt: skip
    made = Dataset(folder).with_copies()
    keys = made.load().reports["report_id"].tolist()
    base = one.report_id
    assert [keys[0], keys[1], keys[3]] == [base, f"{base}-2", f"{base}-3"]
    for table in ("applications", "wide", "sections"):
        counted = made.sql(f"select report_id, count(*) as n from {table} group by all")
        assert set(counted["report_id"]) == set(keys)
        assert counted["n"].nunique() == 1


def test_the_table_of_hosts_is_sound() -> None:
    rows = read_csv("hosts")
    assert len({row["pattern"] for row in rows}) == len(rows)
    for row in rows:
        assert row["kind"] in HOST_KINDS
        assert row["field"] in ("url", "host")
        assert row["note"]
        re.compile(row["pattern"])

"""SQL over Frames and datasets, and datasets as lazy Frames."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from bulk_sources import dataset_of
from make_reports import make_report
from pandas.testing import assert_frame_equal

import govreport as gr
from govreport.bulk import Dataset
from govreport.errors import ReadError, UsageError
from govreport.frames import Frames
from govreport.model import Region, Report
from govreport.query import dataset as dataset_module
from govreport.query.columns import dtypes
from govreport.query.dataset import NAMES


def reports() -> list[Report]:
    """Twelve reports of two provinces, three years and two kinds; one without a year."""
    made = [
        make_report(
            source=f"{n}.html", year=2021 + n % 3, agency=f"第{n}局", agency_kind=("department", "street")[n % 2],
            region=Region("甲省" if n < 6 else "乙省", "某市", None, None), title=f"<b>{n}</b>",
        )
        for n in range(11)
    ]  # fmt: skip
    return [*made, make_report(source="11.html", year=None, agency="无年局")]


@pytest.fixture(scope="module")
def frames() -> Frames:
    made = gr.to_frames(reports())
    return made.with_findings(gr.run_checks(made))


@pytest.fixture(scope="module")
def dataset(tmp_path_factory: pytest.TempPathFactory) -> Dataset:
    return Dataset(dataset_of(reports(), tmp_path_factory.mktemp("query") / "it's a panel", 5))


@pytest.fixture(params=["frames", "dataset"])
def asked(request: pytest.FixtureRequest) -> Any:
    return request.getfixturevalue(request.param)


def test_sql_joins_and_sums(asked: Any) -> None:
    found = asked.sql(
        "select province, year, sum(count) as requests, count(*) as n, avg(count) as mean from applications "
        "join reports using (report_id) where outcome = 'received' and applicant = 'total' "
        "group by all order by province, year"
    )
    assert found["province"].tolist() == ["乙省"] * 3 + ["甲省"] * 3 + ["示例省"]
    assert found["requests"].tolist() == [10, 10, 5, 10, 10, 10, 5]
    types = {column: str(dtype) for column, dtype in found.dtypes.items()}
    assert types == {"province": "string", "year": "Int16", "requests": "Int64", "n": "Int64", "mean": "Float64"}
    assert pd.isna(found["year"].iloc[-1])


def test_types_of_answers(asked: Any) -> None:
    found = asked.sql(
        "select 1.50 as tenths, true as yes, null::boolean as unknown, date '2024-01-20' as day, "
        "99999999999999999999 as huge, [1, 2] as list, 'a' as text, 7::utinyint as small"
    )
    types = {column: str(dtype) for column, dtype in found.dtypes.items()}
    assert types["tenths"] == types["huge"] == "Float64"
    assert types["yes"] == types["unknown"] == "boolean"
    assert (types["text"], types["small"]) == ("string", "UInt8")
    assert types["day"].startswith("datetime64")
    assert found["huge"][0] == 1e20
    assert list(found["list"][0]) == [1, 2]


def test_every_table_has_the_declared_columns(asked: Any) -> None:
    for name in Frames.names():
        assert asked.sql(f"select * from {name} limit 0").columns.tolist() == list(dtypes(name))


@pytest.mark.parametrize(
    ("query", "why"),
    [
        ("selct 1", "syntax error"),
        ("select nothing from reports", 'column "nothing" not found'),
        ("select * from nowhere", "Table with name nowhere does not exist"),
        ("select year / 'x' from reports", "Could not convert string 'x'"),
        ("select 1; select 2", "one SELECT was expected, found 2 statements"),
        ("", "found no statement"),
        ("drop view reports", "one SELECT was expected, found 1 statements"),
        ("create table t as select 1", "one SELECT was expected"),
        ("insert into reports select * from reports", "one SELECT was expected"),
        ("copy reports to 'out.csv'", "one SELECT was expected"),
        ("attach 'other.db'", "one SELECT was expected"),
        ("set enable_external_access = true", "one SELECT was expected"),
        ("install httpfs", "one SELECT was expected"),
        ("pragma version", "one SELECT was expected"),
        ("select * from read_text('{file}')", "file system operations are disabled"),
        ("select * from read_csv('{file}')", "file system operations are disabled"),
        ("select * from '{file}'", "file system operations are disabled"),
        ("select * from glob('{folder}/*')", "file system operations are disabled"),
        ("select * from read_parquet('http://127.0.0.1:9/x.parquet')", "file system operations are disabled"),
        ("select * from secret_of_the_notebook", "does not exist"),
    ],
)
def test_wrong_and_forbidden_queries_are_told(asked: Any, tmp_path: Path, query: str, why: str) -> None:
    secret_of_the_notebook = pd.DataFrame({"a": [1]})
    assert len(secret_of_the_notebook) == 1
    file = tmp_path / "secret.csv"
    file.write_text("a,b\n1,2\n")
    before = sorted(Path().iterdir())
    with pytest.raises(
        UsageError, match=r"(?s)there are these tables:\n  reports: report_id, agency.*  failures: "
    ) as told:
        asked.sql(query.format(file=file, folder=tmp_path))
    assert why in str(told.value)
    assert sorted(Path().iterdir()) == before


def test_a_query_is_a_text(asked: Any) -> None:
    with pytest.raises(UsageError, match="found int"):
        asked.sql(3)


def test_files_can_be_asked_for(asked: Any, tmp_path: Path) -> None:
    (tmp_path / "gdp.csv").write_text("province,gdp\n甲省,7\n", encoding="utf-8")
    query = f"select distinct province, gdp from reports join read_csv('{tmp_path}/gdp.csv') using (province)"
    assert asked.sql(query, files=True).to_numpy().tolist() == [["甲省", 7]]
    with pytest.raises(UsageError):
        asked.sql(query)


def test_a_dataset_cannot_be_written_through_sql(dataset: Dataset) -> None:
    for query in (f"copy (select 1) to '{dataset.folder}/x.csv'", f"attach '{dataset.folder}/x.db'"):
        with pytest.raises(UsageError, match="one SELECT was expected"):
            dataset.sql(query.replace("it's", "it''s"))
    assert not list(Path(dataset.folder).glob("x.*"))


def test_without_duckdb_the_install_line_is_told(frames: Frames, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(__import__("sys").modules, "duckdb", None)
    with pytest.raises(UsageError, match=r"pip install 'govreport\[bulk\]'"):
        frames.sql("select 1")


# -- datasets


def test_tables_are_read_when_they_are_asked_for(dataset: Dataset, frames: Frames) -> None:
    assert len(dataset.applications) == len(frames.applications)
    assert dataset.applications.columns == tuple(frames.applications.columns)
    assert dataset.reports.head(3).dtypes.equals(frames.reports.dtypes)
    for found, expected in ((dataset.litigation, frames.litigation), (dataset.wide, frames.wide("all"))):
        keys = list(expected.columns[:3])
        left, right = (frame.sort_values(keys, ignore_index=True) for frame in (found.load(), expected))
        assert_frame_equal(left, right)
    assert "head(), load()" in repr(dataset.sections)
    assert "&lt;b&gt;0&lt;/b&gt;" in dataset.reports._repr_html_()
    assert {*NAMES} <= set(dir(dataset))
    with pytest.raises(AttributeError, match="its tables are reports, disclosure"):
        _ = dataset.tables


def test_the_first_rows_are_the_same_whenever_they_are_asked_for(dataset: Dataset) -> None:
    assert len({dataset.reports.head(5).to_csv() for _ in range(40)}) == 1
    assert len({Dataset(dataset.folder).with_copies().reports.head(5).to_csv() for _ in range(10)}) == 1


@pytest.mark.parametrize(
    "conditions",
    [
        {"year": 2022},
        {"year": [2021, 2023], "province": "甲省"},
        {"kind": "street", "agency": ["第1局", "第2局"]},
        {"province": ["甲省", "乙省"]},
        {"year": 1999},
        {"agency": []},
    ],
)
def test_selections_are_those_of_frames(dataset: Dataset, frames: Frames, conditions: dict[str, Any]) -> None:
    chosen, expected = dataset.select(**conditions), frames.select(**conditions)
    loaded = chosen.load()
    for name, frame in expected.items():
        assert_frame_equal(getattr(loaded, name), frame, obj=name)
    assert len(chosen) == len(expected)
    assert chosen.sql("select count(*) as n from applications")["n"].tolist() == [len(expected.applications)]
    assert len(dataset) == len(frames)


def test_selections_compose(dataset: Dataset, frames: Frames) -> None:
    chosen = dataset.select(year=[2021, 2022]).select(year=[2022, 2023]).select(province="甲省")
    expected = frames.select(year=2022, province="甲省")
    assert_frame_equal(chosen.load().reports, expected.reports)
    assert set(chosen.reports.load()["source"]) == set(expected.reports["source"])
    assert "only year 2021, 2022" in repr(chosen)
    with pytest.raises(UsageError, match="no agency_kind is 'bureau'"):
        dataset.select(kind="bureau")


def test_chunks_are_the_whole(dataset: Dataset, frames: Frames) -> None:
    chunks = list(dataset.chunks(4))
    assert [len(chunk) for chunk in chunks] == [5, 5, 2]
    together = Frames.concat(chunks)
    for name, frame in frames.items():
        assert_frame_equal(getattr(together, name), frame, obj=name)
    assert sum(len(chunk) for chunk in dataset) == len(frames)
    with pytest.raises(UsageError, match="at least 1 report"):
        next(dataset.chunks(0))


def test_more_than_fits_into_memory_is_refused(dataset: Dataset, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(dataset_module, "_free_memory", lambda: 400_000.0)
    with pytest.raises(UsageError, match=r"GB are free; select years or provinces first, ask with sql\(\)"):
        dataset.load()
    with pytest.raises(UsageError, match="GB are free"):
        dataset.applications.load()
    assert len(dataset.select(province="甲省", kind="street").load()) == 3


def test_it_shows_itself(dataset: Dataset) -> None:
    assert "12 reports; years 2021, 2022, 2023, unknown; 0 records not read, 0 passed over" in repr(dataset)
    assert "<td>applications</td>" in dataset._repr_html_()
    assert dataset.summary().reports == 12


def test_damage_is_told(tmp_path: Path) -> None:
    folder = dataset_of(reports(), tmp_path / "panel", 5)
    part = next((folder / "reports" / "year=2022").iterdir())
    part.write_bytes(b"nothing")
    with pytest.raises(ReadError, match="cannot be read"):
        Dataset(folder).load()
    with pytest.raises(ReadError, match="cannot be read"):
        Dataset(folder).reports.load()
    next((folder / "manifests").iterdir()).write_text("{")
    with pytest.raises(ReadError, match="delete it and collect again"):
        Dataset(folder)


def test_what_is_no_dataset_is_told(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="is no dataset"):
        Dataset(tmp_path)
    folder = dataset_of(reports()[:1], tmp_path / "panel")
    (folder / "govreport.json").write_text('{"format": "govreport dataset", "version": 99}')
    with pytest.raises(UsageError, match="has format 99"):
        Dataset(folder)

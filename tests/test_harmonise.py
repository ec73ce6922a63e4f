"""Series over the editions: joined where the forms count the same thing, broken where they do not."""

import pandas as pd
import pytest
from make_reports import make_report

import govreport as gr
from govreport.analysis.harmonise import harmonise, load_series
from govreport.errors import UsageError
from govreport.forms import load_form, read_csv
from govreport.model import Value


def given(**numbers: float) -> dict[str, Value]:
    return {name.replace("__", "."): Value("given", number, str(number)) for name, number in numbers.items()}


def old_report(year: int, **cells: Value) -> gr.Report:
    every = {cell: cells.get(cell, Value("given", 0, "0")) for cell in load_form("2014").cells}
    return make_report({}, year=year, edition="2014", cells=every, sha256=f"{year:064d}")


@pytest.fixture(scope="module")
def panel() -> gr.Frames:
    old = old_report(
        2017,
        **given(
            statistics__received__count=30,
            statistics__granted__count=10,
            statistics__already_public__count=4,
            statistics__not_own__count=5,
            statistics__does_not_exist__count=6,
            statistics__trade_secret__count=1,
            statistics__privacy__count=2,
            statistics__lawsuits__count=3,
            statistics__correction_told__count=7,
            statistics__request_fees__amount_10k_yuan=0.5,
        ),
    )
    return gr.to_frames([old, make_report(year=2019, edition="2019"), make_report(year=2023)])


def value(made: pd.DataFrame, series: str, year: int) -> object:
    row = made[(made["series"] == series) & (made["year"] == year)]
    assert len(row) == 1
    return row["value"].iloc[0]


def test_rows_of_the_old_return_are_joined(panel: gr.Frames) -> None:
    made = harmonise(panel)
    assert value(made, "received", 2017) == 30
    assert value(made, "granted", 2017) == 14
    assert value(made, "not_held", 2017) == 11
    assert value(made, "third_party_rights", 2017) == 3
    assert value(made, "lawsuits", 2017) == 3
    assert value(made, "not_held", 2023) == panel.wide()["applications.not_held.total"].iloc[2]
    assert len(made) == 3 * len(load_series())
    assert made["report_id"].tolist()[:1] == panel.reports["report_id"].tolist()[:1]


def test_what_an_edition_does_not_have_is_not_a_zero(panel: gr.Frames) -> None:
    made = harmonise(panel, ["carried_in", "staff", "process_information"])
    absent = made[made["status"] == "not_in_form"]
    assert sorted(zip(absent["series"], absent["year"], strict=True)) == [
        ("carried_in", 2017), ("process_information", 2017), ("staff", 2019), ("staff", 2023),
    ]  # fmt: skip
    assert absent["value"].isna().all()
    assert absent["segment"].isna().all()
    assert absent["reason"].str.len().gt(10).all()


def test_breaks_stay_in_the_data_and_years_across_them_are_refused(panel: gr.Frames) -> None:
    made = harmonise(panel, ["correction", "not_held"])
    assert made[made["series"] == "correction"]["segment"].tolist() == [1, 2, 3]
    assert made[made["series"] == "not_held"]["segment"].tolist() == [1, 1, 1]
    with pytest.raises(UsageError, match=r"correction does not compare between 2017 and 2023: .*补正"):
        harmonise(panel, ["correction"], years=(2017, 2023))
    assert len(harmonise(panel, ["not_held"], years=(2017, 2023))) == 3
    assert len(harmonise(panel, ["correction"], years=(2023, 2024))) == 1
    with pytest.raises(UsageError, match=r"fees .* 2019: not in the form, 2021: 2"):
        harmonise(panel, ["fees"], years=(2019, 2023))


def test_care_is_marked_where_the_advice_asks_for_it(panel: gr.Frames) -> None:
    made = harmonise(panel, ["received"])
    assert made["care"].tolist() == [False, True, False]


def test_a_blank_is_unknown() -> None:
    report = old_report(2016, **{"statistics.not_own.count": Value("blank")})
    made = harmonise(gr.to_frames([report]), ["not_held"])
    assert made["value"].isna().all()
    assert made["status"].tolist() == ["blank"]


def test_every_line_of_the_advice_is_there() -> None:
    series = {one.id: one for one in load_series()}
    assert len(series) == len(read_csv("harmonise"))
    assert series["fees"].segment("2014") != series["fees"].segment("2021")
    assert series["normative_documents_stock"].segment("2019") != series["normative_documents_stock"].segment("2021")
    assert series["penalties"].segment("2014") is None


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"series": ["nonsense"]}, "no series is called 'nonsense'"),
        ({"series": "received"}, r"write \['received'\]"),
        ({"years": (2020, 2019)}, "the first and the last"),
    ],
)
def test_wrong_use(panel: gr.Frames, arguments: dict, message: str) -> None:
    with pytest.raises(UsageError, match=message):
        harmonise(panel, **arguments)


def test_no_reports_give_no_rows() -> None:
    made = harmonise(gr.to_frames([]))
    assert made.empty
    assert {"value", "segment", "reason"} <= set(made.columns)

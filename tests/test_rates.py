"""Rates: worked values of real reports, intervals against references, what is left out, breaks, wrong use."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest
from make_reports import consistent_numbers, doubt, make_report
from scipy import stats

import govreport as gr
from govreport.analysis import (
    clopper_pearson,
    find_measure,
    flag_text,
    levels,
    load_indices,
    measure_values,
    rates,
    wilson,
)
from govreport.analysis.intervals import effective_trials, garwood, median_interval
from govreport.analysis.peers import LEVELS, thresholds
from govreport.errors import UsageError
from govreport.forms import read_csv
from govreport.frames import Frames, to_frames
from govreport.model import Region, Value

SUQIAN_2024, SHANGHAI = "9733b98c650894ca", "743280d4c5f3eb60"


def city_of_2025() -> Frames:
    """Sections three and four of the city report on 2025 whose correction rates are worked out by hand."""
    numbers = consistent_numbers(granted=10)
    results = {"upheld": 500, "corrected": 97, "other": 72, "pending": 121, "total": 790}
    numbers |= {f"litigation.reconsideration.{name}": n for name, n in results.items()}
    return to_frames([make_report(numbers, year=2025, agency="样例市人民政府", agency_kind="government")])


def bodies(shares: list[tuple[int, int]], **changes: Any) -> Frames:
    """Reports of different bodies with the given not held and processed requests."""
    return to_frames(
        [
            make_report(consistent_numbers(not_held=x, granted=n - x), agency=f"样例{k}局", **changes)
            for k, (x, n) in enumerate(shares)
        ]
    )


def one(table: pd.DataFrame) -> pd.Series:
    assert len(table) == 1
    return table.iloc[0]


def test_not_held_share_of_suqian() -> None:
    found = one(rates(gr.sample().select(report_ids=SUQIAN_2024), "not_held_share"))
    assert (found["year"], found["numerator"], found["n"], found["reports"]) == (2024, 897, 3521, 1)
    assert found["value"] == pytest.approx(897 / 3521)
    reference = stats.binomtest(897, 3521).proportion_ci(method="wilson")
    assert (found["low"], found["high"]) == pytest.approx((reference.low, reference.high))


def test_both_correction_rates_of_the_report_on_2025() -> None:
    frames = city_of_2025()
    found = one(rates(frames, "review_correction_rate"))
    assert (found["numerator"], found["n"], round(100 * found["value"], 1)) == (97, 790, 12.3)
    found = one(rates(frames, "review_correction_rate_decided"))
    assert (found["numerator"], found["n"], round(100 * found["value"], 1)) == (97, 669, 14.5)


def test_bundled_reports_pooled_by_hand() -> None:
    found = rates(gr.sample(), "not_held_share").set_index("year")
    assert list(found.index) == [2019, 2020, 2023, 2024]
    assert (found.loc[2024, "numerator"], found.loc[2024, "n"]) == (897 + 769, 3521 + 3050)
    assert (found.loc[2023, "reports"], found.loc[2023, "left_out"], found.loc[2023, "why"]) == (
        3,
        2,
        "zero_denominator 2",
    )
    assert found.loc[2020, "flags"] == "small_n"
    assert "dominated" in found.loc[2024, "flags"]
    received = rates(gr.sample(), "received").set_index("year")
    assert (received.loc[2024, "value"], received.loc[2024, "median"]) == (3525 + 3119, (3525 + 3119) / 2)
    assert pd.isna(received.loc[2024, "n"])
    assert pd.isna(received.loc[2024, "low"])


def test_a_blank_is_left_out_and_not_counted_as_zero() -> None:
    numbers = consistent_numbers(granted=40, not_held=10)
    blank = {"applications.not_held.total": Value("blank"), "applications.not_held.natural_person": Value("blank")}
    frames = to_frames([make_report(numbers), make_report(numbers, agency="样例二局", cells=blank)])
    found = one(rates(frames, "not_held_share"))
    assert (found["value"], found["n"], found["reports"], found["left_out"], found["why"]) == (0.2, 50, 1, 1, "blank 1")
    assert "incomplete" in one(rates(frames, "not_held"))["flags"]
    # the two reports say together how many were received
    assert one(rates(frames, "received"))["value"] == 100


def test_groups_may_be_any_columns_and_keep_what_is_not_known() -> None:
    frames = bodies([(3, 10), (4, 10)])
    frames.reports["mine"] = pd.array(["a", None], dtype="string")
    found = rates(frames, "not_held_share", by=["mine", "level"])
    assert found["mine"].isna().sum() == 1
    assert list(found["numerator"]) == [3, 4]
    assert set(found["level"]) == {"county"}
    assert one(rates(frames, "not_held_share", by=()))["n"] == 20
    assert one(rates(frames, "not_held_share", by="year"))["reports"] == 2


def test_levels_follow_kind_and_region() -> None:
    made = [
        ("street", Region("北京市", None, "东城区", "110101")),
        ("government", Region("北京市", None, "东城区", "110101")),
        ("government", Region("江苏省", "宿迁市", None, "321300")),
        ("department", Region("江苏省", None, None, "320000")),
        ("department", Region()),
    ]
    frames = to_frames(
        [make_report(agency=f"样例{k}", agency_kind=kind, region=place) for k, (kind, place) in enumerate(made)]
    )
    assert list(levels(frames.reports).astype("object"))[:4] == ["town", "county", "city", "province"]
    assert pd.isna(levels(frames.reports).iloc[4])
    assert set(levels(frames.reports).cat.categories) == set(LEVELS)


@pytest.mark.parametrize(("x", "n"), [(0, 5), (3, 20), (20, 20), (97, 790), (1, 100_000)])
def test_intervals_agree_with_the_reference(x: int, n: int) -> None:
    for make, method in ((wilson, "wilson"), (clopper_pearson, "exact")):
        reference = stats.binomtest(x, n).proportion_ci(0.95, method=method)
        low, high = make([x], [n], 0.95)
        assert (low[0], high[0]) == pytest.approx((reference.low, reference.high), abs=1e-9)
    low, high = garwood([x])
    assert low[0] == pytest.approx(stats.chi2.ppf(0.025, 2 * x) / 2 if x else 0.0)
    assert high[0] == pytest.approx(stats.chi2.ppf(0.975, 2 * x + 2) / 2)


def test_no_trials_give_no_interval() -> None:
    for make in (wilson, clopper_pearson):
        assert np.isnan(make([0], [0])).all()


def test_median_intervals_cover() -> None:
    assert median_interval(np.arange(1.0, 6.0), 0.95) == pytest.approx((np.nan, np.nan), nan_ok=True)
    for n in (6, 9, 40, 251):
        low, high = median_interval(np.arange(1.0, n + 1), 0.95)
        # the chance that the median lies outside, from the binomial distribution of the values below it
        outside = 2 * stats.binom.cdf(low - 1, n, 0.5)
        assert outside <= 0.05 < 2 * stats.binom.cdf(low, n, 0.5)
        assert low + high == n + 1


def test_clusters_widen_the_interval_and_hold_their_level() -> None:
    rng = np.random.default_rng(1)
    covered = {None: 0, "agency": 0}
    for _ in range(60):
        n = rng.integers(20, 60, 40)
        x = rng.binomial(n, rng.beta(1.5, 3.5, 40))
        group, cluster = np.zeros(40, np.intp), np.arange(40)
        found = effective_trials(x.astype(float), n.astype(float), group, cluster, 1)
        assert found.effective[0] < n.sum()
        assert found.clusters[0] == 40
        rate, size = x.sum() / n.sum(), found.effective[0]
        for kind, trials in ((None, n.sum()), ("agency", size)):
            low, high = wilson([rate * trials], [trials])
            covered[kind] += bool(low[0] <= 0.3 <= high[0])
    assert covered[None] < 45
    assert covered["agency"] >= 53


def test_cluster_by_agency_needs_several_bodies() -> None:
    frames = bodies([(10, 60), (30, 60), (12, 60), (40, 60)])
    plain, clustered = (one(rates(frames, "not_held_share", cluster=c)) for c in (None, "agency"))
    assert clustered["value"] == plain["value"] == 92 / 240
    assert clustered["low"] < plain["low"] < plain["high"] < clustered["high"]
    assert clustered["flags"] == "few_clusters"
    exact = one(rates(frames, "not_held_share", cluster="agency", interval="exact"))
    assert exact["low"] < plain["low"]
    alone = one(rates(bodies([(10, 60)]), "not_held_share", cluster="agency"))
    assert alone["flags"] == "medium_n one_cluster"
    assert pd.isna(alone["low"])


def test_breaks_are_marked_where_a_series_crosses_them() -> None:
    made = [make_report(city_numbers(), year=year, agency="样例市人民政府") for year in (2022, 2023, 2024, 2025)]
    frames = to_frames(made)
    found = rates(frames, "review_correction_rate").set_index("year")
    assert [("break_2024" in flags) for flags in found["flags"]] == [False, False, True, False]
    table = rates(frames, "review_correction_rate")
    assert "2023/2024" in table.attrs["notice"]
    assert "2023／2024" in table.attrs["notice_zh"]
    assert "across_2024" in one(rates(frames, "review_correction_rate", by=()))["flags"]
    assert rates(frames, "not_held_share").attrs["notice"] == ""
    assert not rates(frames.select(year=[2022, 2023]), "reviews")["flags"].str.contains("break").any()


def city_numbers() -> dict[str, int | float]:
    numbers = consistent_numbers(granted=100, not_held=50)
    return numbers | {
        "litigation.reconsideration.upheld": 30,
        "litigation.reconsideration.corrected": 10,
        "litigation.reconsideration.total": 40,
    }


def test_breaks_are_told_for_each_series_apart() -> None:
    east, west = Region("甲省", None, None, None), Region("乙省", None, None, None)
    made = [make_report(city_numbers(), year=y, region=east, agency="甲") for y in (2023, 2024)]
    made += [make_report(city_numbers(), year=y, region=west, agency="乙") for y in (2024, 2025)]
    found = rates(to_frames(made), "reviews", by=["province", "year"]).set_index(["province", "year"])["flags"]
    assert "break_2024" in found["甲省", 2024]
    assert found["乙省", 2024] == ""


def test_counts_over_an_exposure() -> None:
    frames = bodies([(3, 10), (4, 30)])
    people = pd.Series([1000.0, 3000.0], index=frames.reports["report_id"])
    found = one(rates(frames, "received", exposure=people))
    assert (found["value"], found["numerator"], found["n"]) == (0.01, 40, 4000)
    low, high = garwood([40])
    assert (found["low"], found["high"]) == pytest.approx((low[0] / 4000, high[0] / 4000))
    half = one(rates(frames, "received", exposure=people.iloc[:1]))
    assert (half["reports"], half["why"]) == (1, "no_denominator 1")
    for wrong, said in ((people * -1, "positive"), (people.rename("x{}".format), "positive")):
        with pytest.raises(UsageError, match=said):
            rates(frames, "received", exposure=wrong)
    with pytest.raises(UsageError, match="found dict"):
        rates(frames, "received", exposure={})  # type: ignore[arg-type]
    with pytest.raises(UsageError, match="rates works on Frames"):
        rates(frames.reports, "received")  # type: ignore[arg-type]
    with pytest.raises(UsageError, match="divides counts"):
        rates(frames, "not_held_share", exposure=people)


def test_ratios_have_no_interval() -> None:
    found = one(rates(gr.sample().select(report_ids=SUQIAN_2024), "dispute_rate"))
    assert found["value"] == pytest.approx((170 + 25 + 52) / 3525)
    assert pd.isna(found["low"])


def test_indices_of_reports() -> None:
    values = measure_values(gr.sample(), [m.id for m in load_indices()])
    shown = values.loc[SUQIAN_2024, ("applicant_hhi", "value")]
    received = gr.sample().applications.query("report_id == @SUQIAN_2024 and outcome == 'received'")
    parts = received[received["applicant"] != "total"]["count"].astype(float)
    assert shown == pytest.approx(((parts / parts.sum()) ** 2).sum())
    assert values.loc[SUQIAN_2024, ("applicant_hhi", "n")] == 3525
    assert values.loc[SHANGHAI, ("failed_sums", "value")] == 1
    assert values.loc[SUQIAN_2024, ("empty_cell_share", "value")] == 0
    assert (values["days_after_deadline", "status"] == "unseen").all()
    table = rates(gr.sample(), "applicant_hhi", by=())
    assert one(table)["value"] == one(table)["median"]
    assert pd.isna(one(table)["numerator"])


def test_concentration_needs_parts_that_make_the_total() -> None:
    numbers = consistent_numbers(granted=4)
    numbers |= {"applications.received.natural_person": 3, "applications.received.enterprise": 1}
    frames = to_frames([make_report(numbers)])
    assert measure_values(frames, ["applicant_hhi"])["applicant_hhi", "value"].iloc[0] == (9 + 1) / 16
    wrong = to_frames([make_report(numbers, cells={"applications.received.total": Value("given", 9)})])
    assert measure_values(wrong, ["applicant_hhi"])["applicant_hhi", "status"].iloc[0] == "contradictory"
    none = to_frames([make_report(consistent_numbers())])
    assert measure_values(none, ["applicant_hhi"])["applicant_hhi", "status"].iloc[0] == "zero_denominator"


@pytest.mark.parametrize(
    ("kind", "published", "days"),
    [
        ("department", "2024-01-31", 0),
        ("department", "2024-02-03", 3),
        ("government", "2024-03-30", -1),
        ("government", "2023-12-25", -97),
        ("street", "2024-01-20", None),
        ("department", None, None),
        ("department", "1970-01-01", None),
    ],
)
def test_days_after_the_deadline(kind: str, published: str | None, days: int | None) -> None:
    frames = to_frames([make_report(agency_kind=kind, published=published)])
    found = measure_values(frames, ["days_after_deadline"])["days_after_deadline"].iloc[0]
    assert (None if pd.isna(found["value"]) else found["value"]) == days


def test_doubts_are_counted_by_report() -> None:
    doubts = (doubt("I3"), doubt("I3"), doubt("I9", "warning"), doubt("I5", "warning"))
    frames = to_frames([make_report(findings=doubts), make_report(agency="样例二局")])
    found = measure_values(frames, ["failed_sums", "prose_conflicts"])
    assert list(found["failed_sums", "value"]) == [2, 0]
    assert list(found["prose_conflicts", "value"]) == [1, 0]


def test_nothing_to_add_up_is_explained() -> None:
    table = rates(to_frames([]), "not_held_share")
    assert len(table) == 0
    assert {"year", "value", "low", "flags"} <= set(table.columns)
    assert "open_reports" in table.attrs["notice"]
    none = rates(to_frames([make_report(edition=None)]), "not_held_share")
    assert (one(none)["reports"], one(none)["flags"]) == (0, "no_value")
    assert "No report tells" in none.attrs["notice"]
    assert pd.isna(one(none)["value"])


@pytest.mark.parametrize(
    ("call", "said"),
    [
        ({"measure": "not_hold_share"}, "no measure is called 'not_hold_share'; there are received, "),
        ({"measure": "received", "by": "yaer"}, "there are report_id, "),
        ({"measure": "received", "by": ["year", "year"]}, "found twice: year"),
        ({"measure": "received", "level": 95}, "between 0 and 1"),
        ({"measure": "received", "interval": "wald"}, "'wilson' or 'exact'"),
        ({"measure": "received", "cluster": "person"}, "found person"),
    ],
)
def test_wrong_use_is_told(call: dict[str, Any], said: str) -> None:
    with pytest.raises(UsageError, match=said):
        rates(gr.sample(), **call)


def test_columns_have_their_types() -> None:
    table = rates(gr.sample(), "not_held_share", by=["agency_kind", "year"])
    types = {name: str(dtype) for name, dtype in table.dtypes.items()}
    assert types["agency_kind"] == "category"
    assert types["year"] == "Int16"
    assert {types[c] for c in ("value", "numerator", "n", "low", "high", "median")} == {"Float64"}
    assert {types[c] for c in ("why", "flags")} == {"string"}


def test_flags_have_words_in_both_languages() -> None:
    for row in read_csv("rate_flags"):
        values = {"measure": "x", "why": "y", "breaks": "z"}
        assert flag_text(row["flag"], "zh", **values)
        assert flag_text(row["flag"], "en", **values)
    assert "30" in flag_text("small_n", "en")
    assert thresholds()["min_n"] == 30
    with pytest.raises(UsageError, match="no flag is called"):
        flag_text("nothing")


def test_measures_of_the_list_of_5_2_are_there() -> None:
    for name in ("substantive_per_received", *(m.id for m in load_indices())):
        measure = find_measure(name)
        assert measure.name("zh")
        assert measure.trap("en")
    assert not any(m.proportion for m in load_indices())

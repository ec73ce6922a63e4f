"""Outliers: the distribution behind them, who is compared with whom, what is found, what is said, wrong use."""

from __future__ import annotations

import time
from typing import Any

import numpy as np
import pandas as pd
import pytest
from make_reports import consistent_numbers, doubt, make_report
from scipy import stats

import govreport as gr
from govreport.analysis import (
    OutlierMethod,
    adjusted,
    body_codes,
    find_measure,
    find_outliers,
    funnel_limits,
    load_measures,
    outlier_text,
    peer_steps,
    rates,
    thresholds,
)
from govreport.analysis.betabinomial import fit_peers, limits, tail
from govreport.analysis.outlier_scores import group_quantile, tail_freedom
from govreport.analysis.outlier_text import number
from govreport.analysis.simulated import draw_beta_binomial
from govreport.errors import UsageError
from govreport.forms import read_csv
from govreport.frames import Frames, to_frames
from govreport.model import Region
from govreport.synthetic import panel
from govreport.synthetic.panels import Panel


@pytest.fixture(scope="module")
def planted() -> Panel:
    return panel(900, (2022, 2024), seed=4)


def offices(shares: list[tuple[int, int]], year: int = 2023, **changes: Any) -> list[Any]:
    """Reports of departments of one county with the given not held and processed requests."""
    return [
        make_report(consistent_numbers(not_held=x, granted=n - x), agency=f"样例{k}局", year=year, **changes)
        for k, (x, n) in enumerate(shares)
    ]


def ordinary(count: int, seed: int = 0) -> list[tuple[int, int]]:
    x, n = draw_beta_binomial(0.2, 0.02, count, np.random.default_rng(seed))
    return list(zip(x.astype(int).tolist(), n.astype(int).tolist(), strict=True))


def not_held(frames: Frames, **options: Any) -> pd.DataFrame:
    return find_outliers(frames, ["not_held_share"], **{"keep": "all", **options})


def test_tails_agree_with_the_reference() -> None:
    rng = np.random.default_rng(1)
    n = rng.integers(1, 400, 120).astype(float)
    mean, rho = rng.uniform(0.01, 0.9, 120), rng.choice([0.0, 0.01, 0.1, 0.4], 120)
    x = np.floor(rng.uniform(0, 1, 120) * (n + 1))
    found, itself, side = tail(x, n, mean, rho)
    for i in range(120):
        size = 1 / rho[i] - 1 if rho[i] else np.inf
        law = stats.betabinom(n[i], mean[i] * size, (1 - mean[i]) * size) if rho[i] else stats.binom(n[i], mean[i])
        chances = law.pmf(np.arange(n[i] + 1))
        expected = chances[int(x[i]) :].sum() if side[i] > 0 else chances[: int(x[i]) + 1].sum()
        assert found[i] == pytest.approx(expected, rel=1e-4, abs=1e-12)
        assert itself[i] == pytest.approx(chances[int(x[i])], rel=1e-3, abs=1e-12)


def test_long_tails_are_close_to_the_sum() -> None:
    n, mean, rho = np.array([12_000.0]), np.array([0.1]), np.array([0.05])
    x = np.array([3_000.0])
    size = 1 / 0.05 - 1
    expected = stats.betabinom(12_000, 0.1 * size, 0.9 * size).sf(2_999)
    assert tail(x, n, mean, rho)[0][0] == pytest.approx(expected, rel=0.01)


def test_limits_are_those_of_the_reference() -> None:
    n, mean, rho = np.array([40.0, 200.0]), np.array([0.3, 0.05]), np.array([0.1, 0.02])
    low, high = limits(n, mean, rho, np.array([0.025, 0.025]))
    for i in range(2):
        law = stats.betabinom(n[i], mean[i] * (1 / rho[i] - 1), (1 - mean[i]) * (1 / rho[i] - 1))
        assert law.cdf(low[i]) >= 0.025 > law.cdf(low[i] - 1)
        assert law.sf(high[i] - 1) >= 0.025 > law.sf(high[i])


def test_the_fit_finds_mean_and_correlation() -> None:
    rng = np.random.default_rng(5)
    for rate, rho in ((0.3, 0.1), (0.05, 0.02), (0.3, 0.0)):
        x, n = draw_beta_binomial(rate, rho, 2000, rng)
        fit = fit_peers(x, n, np.zeros(2000, np.intp), np.arange(2000))
        assert np.median(fit.mean) == pytest.approx(rate, rel=0.05)
        assert np.median(fit.rho) == pytest.approx(rho, rel=0.2, abs=0.002)


def test_funnel_limits_close_in_and_stop_at_what_bodies_differ() -> None:
    low, high = funnel_limits([30, 300, 100_000], 0.3, 0.02)
    assert (np.diff(low) > 0).all()
    assert (np.diff(high) < 0).all()
    # with as many requests as one likes bodies still differ by their beta distribution
    assert (low[2], high[2]) == pytest.approx(stats.beta(0.3 * 49, 0.7 * 49).ppf([0.025, 0.975]), abs=0.002)
    for wrong in ({"n": [0]}, {"expected": 1.0}, {"rho": 1.0}, {"level": 95}):
        with pytest.raises(UsageError):
            funnel_limits(**({"n": [30], "expected": 0.3, "rho": 0.1} | wrong))
    found = not_held(to_frames(offices(ordinary(40))), keep="ranked").iloc[0]
    low, high = funnel_limits([int(found["n"])], found["expected"], found["rho"])
    assert found["low"] <= low[0]
    assert high[0] <= found["high"]


def test_a_body_does_not_hide_itself_nor_its_like() -> None:
    shares = ordinary(60)
    x, n = (np.array(column, dtype=float) for column in zip(*shares, strict=True))
    group, body = np.zeros(60, np.intp), np.arange(60)
    plain = fit_peers(x, n, group, body)
    x[:3] = n[:3]
    fit = fit_peers(x, n, group, body)
    # what the peers say of a body does not rest on its own figure
    assert fit.mean[0] == pytest.approx(plain.mean[0], abs=0.04)
    assert fit.rho[0] < 3 * plain.rho[0] + 0.05
    frames = to_frames(offices([(int(a), int(b)) for a, b in zip(x, n, strict=True)]))
    found = not_held(frames, keep="outliers")
    assert set(found["agency"]) == {"样例0局", "样例1局", "样例2局"}


def test_other_reports_of_a_body_are_no_peers_of_it() -> None:
    made = [r for year in (2022, 2023, 2024) for r in offices(ordinary(9, year), year)]
    found = not_held(to_frames(made), method=OutlierMethod(compare=("peers",)))
    assert set(found["peers"]) == {24}
    assert set(found["peer_note"]) == {"all_years"}
    # all years since the regulations of 2019 count not held requests in the same way
    assert set(found["peer_group"]) == {"kind=department level=county years=2019-"}
    assert found["text_en"].notna().all()


def test_peers_widen_step_by_step_with_a_notice() -> None:
    assert [step.step for step in peer_steps()] == ["same", "all_levels", "all_years", "all_levels_and_years"]
    cities = offices(ordinary(15, 1), region=Region("甲省", "乙市", None, "990100"))
    for k, report in enumerate(cities):
        object.__setattr__(report, "agency", f"乙市样例{k}局")
    frames = to_frames(offices(ordinary(15, 2)) + cities)
    found = not_held(frames)
    assert set(found["peer_note"]) == {"all_levels"}
    assert set(found["peers"]) == {29}
    narrow = not_held(frames, method=OutlierMethod(min_peers=10))
    assert set(narrow["peer_note"]) == {"same"}
    assert set(narrow["peers"]) == {14}
    far = make_report(consistent_numbers(not_held=300, granted=1), agency="样例远局")
    text = not_held(to_frames(offices(ordinary(15, 2)) + cities + [far]), keep="outliers")["text_en"].iloc[0]
    assert "bodies of the same kind at all levels" in text
    alone = not_held(frames, method=OutlierMethod(min_peers=40))
    assert alone["rank"].isna().all()
    assert alone["text_en"].str.contains("fewer than 40 reports of comparable bodies").all()
    assert alone.attrs["left_out"] == {"no_peers": 30}


def test_other_kinds_are_no_peers() -> None:
    frames = to_frames(offices(ordinary(30)) + offices(ordinary(1), agency_kind="street", sha256="f" * 64))
    found = not_held(frames).set_index("agency_kind")
    assert found.loc["department", "peers"].eq(29).all()
    assert pd.isna(found.loc["street", "peers"])


def test_nothing_small_is_ranked() -> None:
    shares = [*ordinary(40), (29, 29), (5, 5), (30, 30)]
    found = not_held(to_frames(offices(shares))).set_index("agency")
    assert found.loc["样例40局", "stability"] == "small"
    for name in ("样例40局", "样例41局"):
        assert found.loc[name, ["p", "rank", "expected", "score"]].isna().all()
        assert "observed only" in found.loc[name, "text_en"]
    assert found.loc["样例42局", "outlier"]
    assert found.loc["样例42局", "stability"] == "medium"
    ranks = found["rank"].dropna()
    assert sorted(ranks) == list(range(1, len(ranks) + 1))
    wider = not_held(to_frames(offices(shares)), method=OutlierMethod(min_n=29)).set_index("agency")
    assert pd.notna(wider.loc["样例40局", "rank"])


def test_a_row_says_all_that_is_needed() -> None:
    shares = [*ordinary(40), (180, 200)]
    row = not_held(to_frames(offices(shares)), keep="outliers").iloc[0]
    pooled = rates(to_frames(offices(shares[:-1])), "not_held_share").iloc[0]
    assert row[["agency", "year", "measure", "comparison"]].to_list() == ["样例40局", 2023, "not_held_share", "peers"]
    assert (row["value"], row["numerator"], row["n"]) == (0.9, 180, 200)
    assert row["expected"] == pytest.approx(pooled["value"], abs=0.02)
    assert row["low"] < row["expected"] < row["high"] < row["value"]
    assert row["expected"] < row["shrunken"] < row["value"]
    assert row["p"] <= row["p_adjusted"] <= 0.05
    assert (row["rank"], row["peers"], row["direction"], row["stability"]) == (1, 40, "high", "stable")
    assert row["peer_group"] == "kind=department level=county year=2023"
    assert row["cells"] == "applications.not_held.total applications.processed.total"
    assert "90.0%（180/200）" in row["text_zh"]
    assert "90.0% (180/200), above 40 reports of other bodies (2023, county level, departments)" in row["text_en"]
    assert "does not show whether the handling was lawful" in row["text_en"]
    assert find_measure("not_held_share").trap("zh") in row["text_zh"]


def test_low_shares_are_found_as_well() -> None:
    shares = [(int(0.8 * n), n) for _, n in ordinary(40)] + [(5, 200)]
    row = not_held(to_frames(offices(shares)), keep="outliers").iloc[0]
    assert (row["agency"], row["direction"]) == ("样例40局", "low")
    assert row["score"] < 0


def test_changes_of_counts_are_compared_with_those_of_peers() -> None:
    rng = np.random.default_rng(3)
    made = []
    for k in range(40):
        for year, factor in ((2022, 1.0), (2023, 1.2)):
            numbers = consistent_numbers(granted=3)
            usual = (1000 + 100 * k) * factor * rng.lognormal(0, 0.1)
            numbers["disclosure.penalties.decisions"] = round(usual * (30 if (k, year) == (7, 2023) else 1))
            made.append(make_report(numbers, agency=f"样例{k}局", year=year))
    found = find_outliers(to_frames(made), ["penalties"])
    row = found.iloc[0]
    assert (row["agency"], row["comparison"], row["year"], row["direction"]) == ("样例7局", "own_past", 2023, "high")
    assert row["before"] == pytest.approx(1700, rel=0.4)
    assert row["expected"] == pytest.approx(1.2 * row["before"], rel=0.1)
    assert row["low"] < row["expected"] < row["high"] < row["value"]
    assert set(found.loc[found["comparison"] == "own_past", "agency"]) == {"样例7局"}
    assert f"from {row['before']:,.0f} in the year before to {row['value']:,.0f} in 2023" in row["text_en"]


def test_changes_of_shares_may_be_asked_for() -> None:
    shares = ordinary(300)
    later = [*shares[:-1], (shares[-1][1], shares[-1][1])]
    frames = to_frames(offices(shares, 2022) + offices(later, 2023))
    found = not_held(frames, keep="outliers", method=OutlierMethod(compare=("own_past",)))
    assert list(found["agency"]) == ["样例299局"]
    assert found["before"].iloc[0] == pytest.approx(shares[-1][0] / shares[-1][1])
    assert 0 < found["expected"].iloc[0] < 1


def test_changes_across_a_break_are_not_tested() -> None:
    made = []
    for k in range(30):
        for year in (2022, 2023, 2024):
            numbers = consistent_numbers(granted=3)
            numbers |= {"litigation.reconsideration.upheld": 40 + k, "litigation.reconsideration.total": 40 + k}
            made.append(make_report(numbers, agency=f"样例{k}局", year=year))
    found = find_outliers(to_frames(made), ["reviews"], keep="all", method=OutlierMethod(compare=("own_past",)))
    assert set(found["year"]) == {2023}
    assert found.attrs["left_out"]["breaks"] == 30
    assert "break of the series" in found.attrs["notice"]


def test_links_tell_which_reports_are_one_body() -> None:
    made = offices(ordinary(30), 2022) + offices(ordinary(30, 1), 2023)
    frames = to_frames(made)
    assert len(set(body_codes(frames.reports).tolist())) == 30
    apart = pd.DataFrame({"report_id": frames.reports["report_id"], "body_id": range(60)})
    assert len(set(body_codes(frames.reports, apart).tolist())) == 60
    method = OutlierMethod(compare=("own_past",))
    assert len(find_outliers(frames, ["received"], keep="all", method=method)) == 30
    none = find_outliers(frames, ["received"], keep="all", method=method, links=apart)
    assert len(none) == 0
    assert "two years in a row" in none.attrs["notice"]
    with pytest.raises(UsageError, match="report_id and body_id"):
        find_outliers(frames, ["received"], links=apart.drop(columns="body_id"))
    with pytest.raises(UsageError, match="each report once"):
        find_outliers(frames, ["received"], links=pd.concat([apart, apart]))


def test_planted_outliers_of_a_panel_are_found(planted: Panel) -> None:
    found = find_outliers(planted.frames, ["penalties"], method=OutlierMethod(compare=("own_past",)))
    truth = planted.truth[planted.truth["kind"] == "many_penalties"]
    ranked = find_outliers(planted.frames, ["penalties"], keep="ranked", method=OutlierMethod(compare=("own_past",)))
    testable = truth["report_id"][truth["report_id"].isin(ranked["report_id"])]
    assert len(testable) >= 2
    assert set(testable) <= set(found["report_id"])
    assert found.attrs["tested"] == len(ranked)
    assert (found["p_adjusted"] <= 0.05).all()
    assert found["rank"].is_monotonic_increasing


def test_false_discoveries_are_counted_over_the_run(planted: Panel) -> None:
    one = find_outliers(planted.frames, ["not_held_share"], keep="ranked")
    many = find_outliers(planted.frames, keep="ranked")
    key = ["report_id", "measure", "comparison"]
    same = one.merge(many, on=key, suffixes=("", "_of_many"))
    assert len(same) == len(one) < len(many)
    assert np.allclose(same["p"].astype(float), same["p_of_many"].astype(float))
    assert adjusted(one["p"].to_numpy(float)) == pytest.approx(one["p_adjusted"].to_numpy(float))
    strict = find_outliers(planted.frames, keep="ranked", method=OutlierMethod(correction="by"))
    assert (strict["p_adjusted"].to_numpy(float) >= many["p_adjusted"].to_numpy(float)).all()


def test_adjusted_p_values_agree_with_the_reference() -> None:
    p = np.random.default_rng(2).uniform(size=50) ** 2
    for name in ("bh", "by"):
        assert adjusted(p, name) == pytest.approx(stats.false_discovery_control(p, method=name))
    with_gap = np.array([0.01, np.nan, 0.5])
    assert adjusted(with_gap)[[0, 2]] == pytest.approx(adjusted(with_gap[[0, 2]]))
    assert np.isnan(adjusted(with_gap)[1])
    with pytest.raises(UsageError, match="'bh', 'by' or 'none'"):
        adjusted(p, "holm")  # type: ignore[arg-type]


def test_the_order_of_reports_does_not_matter(planted: Panel) -> None:
    measures = ["not_held_share", "penalties"]
    first = find_outliers(planted.frames, measures, keep="ranked")
    mixed = Frames(
        *(frame.sample(frac=1, random_state=1).reset_index(drop=True) for _, frame in planted.frames.items())
    )
    again = find_outliers(mixed, measures, keep="ranked")
    key = ["report_id", "measure", "comparison"]
    columns = [*key, "p", "p_adjusted", "expected", "peers", "text_zh"]
    left, right = (t[columns].sort_values(key, ignore_index=True) for t in (first, again))
    pd.testing.assert_frame_equal(left, right)


def test_years_are_compared_alone_but_for_changes(planted: Panel) -> None:
    found = find_outliers(planted.frames, ["penalties", "not_held_share"], years=2023, keep="ranked")
    assert set(found["year"]) == {2023}
    assert set(found["comparison"]) == {"peers", "own_past"}
    alone = find_outliers(planted.frames.select(year=2023), ["penalties"], keep="ranked")
    assert set(alone["comparison"]) == {"peers"}
    assert "Only one year is there" in alone.attrs["notice"]


def test_methods_differ_as_they_should(planted: Panel) -> None:
    counts = {
        name: (
            find_outliers(planted.frames, ["not_held_share"], keep="ranked", method=OutlierMethod(dispersion=name))["p"]
            < 0.05
        ).mean()
        for name in ("additive", "multiplicative", "none")
    }
    # heavy requesters and unlike bodies: independent requests would make outliers of half the bodies
    assert counts["additive"] < 0.05 < counts["multiplicative"] < counts["none"]
    assert counts["none"] > 0.3


def test_indices_and_ratios_are_compared(planted: Panel) -> None:
    found = find_outliers(
        planted.frames, ["applicant_hhi", "dispute_rate", "fees", "days_after_deadline"], keep="ranked"
    )
    assert set(found["measure"]) == {"applicant_hhi", "dispute_rate", "fees", "days_after_deadline"}
    hhi = found[found["measure"] == "applicant_hhi"]
    assert hhi["n"].ge(30).all()
    assert hhi["shrunken"].isna().all()
    assert ((found["low"] <= found["expected"]) & (found["expected"] <= found["high"])).all()
    alike = find_outliers(planted.frames, ["failed_sums"], keep="all")
    assert alike["p"].isna().all()
    assert "all print the same number" in alike.attrs["notice"]


def test_every_measure_can_be_compared(planted: Panel) -> None:
    measures = [m.id for m in load_measures()]
    found = find_outliers(planted.frames.select(year=[2023, 2024]), measures, keep="ranked")
    assert found["measure"].nunique() > 60
    assert found["p"].between(0, 1).all()
    assert not np.isinf(found[["expected", "low", "high", "score"]].to_numpy(dtype=float, na_value=0.0)).any()
    shares = {m.id for m in load_measures() if m.proportion}
    own = found[found["measure"].isin(shares)]
    for column in ("expected", "low", "high", "value"):
        assert own[column].between(0, 1).all()


def test_doubts_about_the_cells_are_told() -> None:
    far = make_report(
        consistent_numbers(not_held=180, granted=20),
        agency="样例远局",
        findings=(
            doubt("I3", "error", "applications.not_held.total"),
            doubt("I9", "warning", "applications.other.total"),
        ),
    )
    row = not_held(to_frames([*offices(ordinary(40)), far]), keep="outliers").iloc[0]
    assert row["doubts"] == "I3"
    assert "(I3): the figure may be wrong" in row["text_en"]
    assert "（I3），数字可能有误" in row["text_zh"]


def test_empty_results_are_explained() -> None:
    columns = list(find_outliers(to_frames([])).columns)
    for frames, said in (
        (to_frames([]), "There are no reports"),
        (
            to_frames([make_report(consistent_numbers(not_held=40, granted=40))]),
            "fewer than 20 reports of comparable bodies",
        ),
        (gr.sample(), "Nothing could be compared"),
        (to_frames(offices(ordinary(40))), "40 comparisons were tested"),
    ):
        found = not_held(frames, keep="outliers")
        assert len(found) == 0
        assert list(found.columns) == columns
        assert said in found.attrs["notice"]
        assert found.attrs["notice_zh"]
        assert str(found["p"].dtype) == "Float64"


def test_reports_without_a_year_or_a_kind_are_not_compared() -> None:
    made = [*offices(ordinary(40)), *offices([(90, 100)], year=None), *offices([(90, 100)], agency_kind="other")]
    found = not_held(to_frames(made), keep="ranked")
    assert len(found) == 40


@pytest.mark.parametrize(
    ("call", "said"),
    [
        (lambda f: find_outliers(f, ["not_hold_share"]), "no measure is called 'not_hold_share'"),
        (lambda f: find_outliers(f.reports), "find_outliers works on Frames"),
        (lambda f: find_outliers(f, "received"), r"write \['received'\]"),
        (lambda f: find_outliers(f, level=5), "between 0 and 1, such as 0.05"),
        (lambda f: find_outliers(f, keep="some"), "'outliers', 'ranked' or 'all'"),
        (lambda _: OutlierMethod(min_n=0), "min_n should be a whole number from 1 on"),
        (lambda _: OutlierMethod(min_peers=2), "min_peers should be a whole number from 3 on"),
        (lambda _: OutlierMethod(dispersion="beta"), "additive, multiplicative, none; found 'beta'"),  # type: ignore[arg-type]
        (lambda _: OutlierMethod(correction="holm"), "bh, by, none; found 'holm'"),  # type: ignore[arg-type]
        (lambda _: OutlierMethod(compare=("past",)), "peers and own_past"),  # type: ignore[arg-type]
        (
            lambda f: find_outliers(f.select(year=2023), method=OutlierMethod(compare=("own_past",))),
            "need reports on two years at least, found 2023",
        ),
    ],
)
def test_wrong_use_is_told(call: Any, said: str) -> None:
    with pytest.raises(UsageError, match=said):
        call(gr.sample())


def test_texts_stand_in_both_languages_with_the_same_fields() -> None:
    for row in (*read_csv("outlier_texts"), *read_csv("peer_steps")):
        fields = [sorted(part.split("}")[0] for part in row[lang].split("{")[1:]) for lang in ("zh", "en")]
        assert fields[0] == fields[1], row
        assert bool(row["zh"]) == bool(row["en"])
    known = {m.id for m in load_measures()}
    assert {row["measure"] for row in read_csv("outlier_measures")} <= known
    assert set(thresholds()) == {row["name"] for row in read_csv("thresholds") if row["meaning"] and row["source"]}
    with pytest.raises(UsageError, match="no text is called"):
        outlier_text("nothing")


def test_words_accuse_nobody() -> None:
    for row in read_csv("outlier_texts"):
        for word in ("违法", "隐瞒", "造假", "作弊", "illegal", "conceal", "fraud", "cheat", "suspicious", "可疑"):
            assert word not in (row["zh"] + row["en"]).lower()


def test_numbers_as_they_are_read() -> None:
    assert number(0.25, find_measure("not_held_share")) == "25.0%"
    assert number(1234567.0, find_measure("penalties")) == "1,234,567"
    assert number(12.34, find_measure("fees")) == "12.3"
    assert number(0.0123, find_measure("dispute_rate")) == "0.0123"
    assert number(None, find_measure("fees")) == ""


def test_quantiles_by_group() -> None:
    rng = np.random.default_rng(1)
    values, group = rng.normal(size=100), rng.integers(0, 4, 100)
    found = group_quantile(values, group, 5, 0.8)
    assert found[:4] == pytest.approx([np.quantile(values[group == g], 0.8) for g in range(4)])
    assert np.isnan(found[4])


def test_tails_are_told_from_the_scores() -> None:
    rng = np.random.default_rng(1)
    assert tail_freedom(rng.standard_normal(5000) * 0.95) == 15
    assert tail_freedom(rng.standard_t(3, 5000)) <= 4
    assert tail_freedom(np.array([0.1, 0.2])) == 3
    assert tail_freedom(np.array([])) == 3


@pytest.mark.slow
def test_a_hundred_thousand_reports_within_ten_seconds() -> None:
    made = panel(26_500, (2021, 2024), seed=5)
    assert len(made.frames) > 100_000
    by = ["year", "province", "agency_kind"]
    taken = []
    for _ in range(2):  # the better of two: other processes take memory and caches
        start = time.process_time()
        table = rates(made.frames, "not_held_share", by=by, cluster="agency", interval="exact")
        found = find_outliers(made.frames)
        taken.append(time.process_time() - start)
    assert min(taken) < 10
    assert len(table) > 500
    assert len(found) > 50

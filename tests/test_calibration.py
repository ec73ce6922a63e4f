"""False alarms stay at or under the nominal rate, and planted outliers are found: a small version of the tables."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from govreport.analysis import calibration, calibration_table, power_table
from govreport.analysis.calibration import NOMINAL, as_markdown, main, panel_power
from govreport.analysis.simulated import LEVELS, SIZES, draw_beta_binomial, draw_heavy, draw_trials, simulated
from govreport.errors import UsageError


def within(table: pd.DataFrame) -> bool:
    """At or under the nominal rate, but for what so few runs leave to chance."""
    return bool((table["false_alarms"] <= table["nominal"] + 3 * table["error"] + 0.002).all())


@pytest.mark.parametrize("model", ["beta_binomial", "heavy_requesters"])
def test_false_alarms_of_shares_are_rare_enough(model: str) -> None:
    table = calibration_table([model], runs=8, sizes=(50, 300))
    assert len(table) == len(LEVELS[model]) * 2 * len(NOMINAL)
    assert within(table)
    # and the method is not blind: it uses up a fair part of what it may
    assert table.query("nominal == 0.05 and bodies == 300")["false_alarms"].mean() > 0.015


def test_false_alarms_of_invented_panels_are_rare_enough() -> None:
    table = calibration_table(["panel"], runs=1, sizes=(1200,))
    assert len(table) == 5 * len(NOMINAL) * 4
    assert set(table["what"]) == {"shares", "counts", "changes of shares", "changes of counts"}
    assert within(table)
    assert table["tests"].min() > 50


def test_discoveries_without_outliers_are_rare() -> None:
    table = calibration_table(["beta_binomial"], runs=10, sizes=(200,)).query("nominal == 0.05")
    # 50 runs at 5%: more than eight have a chance below one in a hundred
    assert (table["false_runs"] * table["runs"]).sum() <= 8


def test_independent_requests_would_not_hold_it() -> None:
    table = calibration_table(["beta_binomial"], "none", runs=4, sizes=(200,))
    clustered = table[table["level"] >= 0.03]
    assert (clustered["false_alarms"] > 3 * clustered["nominal"]).all()
    assert not clustered["holds"].any()


def test_planted_outliers_are_found() -> None:
    table = power_table(runs=4, sizes=(300,), rho=0.03)
    power = table.set_index(["rate", "gain"])
    assert power.loc[(0.3, 0.6), "found"] > 0.8
    assert power.loc[(0.04, 0.6), "noticed"] == 1
    assert power["noticed"].groupby("rate").apply(lambda of_rate: of_rate.is_monotonic_increasing).all()
    assert (table["false_share"] <= 0.2).all()


def test_outliers_of_an_invented_panel_are_found() -> None:
    table = panel_power(1200, 1).set_index(["kind", "comparison"])
    assert set(table.index.levels[0]) == {"many_penalties", "many_requests", "odd_outcomes"}
    assert set(table.index.levels[1]) == {"peers", "own_past", "either"}
    assert table.loc[("many_penalties", "own_past"), "found_of_testable"] >= 0.75
    assert table.loc[("odd_outcomes", "either"), "noticed_of_testable"] >= 0.6
    assert (table["found"] <= table["found_of_testable"]).all()


def test_models_have_the_dispersion_they_say() -> None:
    rng = np.random.default_rng(1)
    n = draw_trials(2000, rng)
    assert n.min() >= 30
    x, n = draw_beta_binomial(0.3, 0.1, 4000, rng)
    assert np.var(x / n) == pytest.approx(0.21 * (0.1 + 0.9 * np.mean(1 / n)), rel=0.1)
    x, n = draw_heavy(0.3, 0.3, 4000, rng)
    assert np.mean(x / n) == pytest.approx(0.3, abs=0.02)
    assert np.var(x / n) > 0.21 * 0.08
    assert len(LEVELS["panel"]) == len(LEVELS["beta_binomial"]) == 5
    assert all(len(sizes) == 3 for sizes in SIZES.values())


def test_the_same_seed_gives_the_same_table() -> None:
    first, again = (calibration_table(["beta_binomial"], runs=2, sizes=(50,)) for _ in range(2))
    pd.testing.assert_frame_equal(first, again)
    names = [(t.measure, t.what) for t in simulated("panel", 1.0, 400, np.random.default_rng(1), "additive")]
    assert names[:2] == [("substantive_share", "shares"), ("substantive_share", "changes of shares")]
    assert ("received", "changes of counts") in names


def test_an_unknown_model_is_told() -> None:
    with pytest.raises(UsageError, match="models are beta_binomial, heavy_requesters, panel; found normal"):
        calibration_table(["normal"])


def test_the_command_writes_tables_and_a_page(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    small = calibration_table(["beta_binomial"], runs=1, sizes=(50,))
    tables = dict.fromkeys(("calibration", "methods", "power", "panel_power"), small)
    monkeypatch.setattr(calibration, "all_tables", lambda *_: tables)
    code = main(["--quick", "-o", str(tmp_path / "out")])
    assert code == (0 if small["holds"].all() else 1)
    assert sorted(p.name for p in (tmp_path / "out").iterdir()) == [
        "calibration.csv", "calibration.md", "methods.csv", "panel_power.csv", "power.csv",
    ]  # fmt: skip
    page = (tmp_path / "out" / "calibration.md").read_text(encoding="utf-8")
    assert page == as_markdown(tables)
    assert "| model | dispersion |" in page
    main(["--quick"])
    assert capsys.readouterr().out == page

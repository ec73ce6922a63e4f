"""How often ``find_outliers`` raises a false alarm, and what it finds: ``python -m govreport.analysis.calibration``.

The first table counts false alarms on invented panels without outliers, for two nominal rates, five levels of
over-dispersion and three sizes of panel. The second plants outliers of known size and counts those that are found.
``--quick`` takes fewer runs, ``-o FOLDER`` writes calibration.csv, power.csv and calibration.md.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from govreport.analysis.discoveries import adjusted
from govreport.analysis.outlier_scores import Dispersion
from govreport.analysis.simulated import LEVELS, RATES, SIZES, draw_beta_binomial, p_values, simulated
from govreport.errors import UsageError

Numbers = npt.NDArray[np.float64]

NOMINAL = (0.05, 0.01)
GAINS = (0.2, 0.4, 0.6)
_PLANTED = 0.01
# Runs of one setting; the large panels take longest, and many bodies tell as much as many runs.
_RUNS = {50: 400, 200: 200, 1000: 60, 500: 40, 1500: 30, 4000: 15}
_QUICK_RUNS, _FEW_RUNS = 6, 60
_PANELS, _QUICK_PANELS = (3000, 6), (1200, 1)
_ERRORS_ALLOWED = 3.0


def calibration_table(
    models: Sequence[str] = ("beta_binomial", "heavy_requesters", "panel"),
    dispersion: Dispersion = "additive",
    *,
    runs: int | None = None,
    sizes: Sequence[int] | None = None,
    seed: int = 1,
) -> pd.DataFrame:
    """Share of false alarms on panels without outliers.

    Args:
        models: names of ``govreport.analysis.simulated``.
        dispersion: the method for shares.
        runs: simulated panels of each setting; None for those of the full table.
        sizes: numbers of bodies; None for those of the model.
        seed: the same seed gives the same table.

    Returns:
        One row a model, level of over-dispersion, size, kind of comparison and nominal rate: model, dispersion, level,
        bodies, what (shares, counts, changes of shares or of counts), nominal, runs, tests, false_alarms (share of
        tests with p up to the nominal rate), error (Monte Carlo standard error, over runs), false_runs (share of runs
        in which something is an outlier at that false-discovery rate), and holds: false_alarms is not above the
        nominal rate by more than three standard errors.

    Raises:
        UsageError: no such model, or scipy is not installed.
    """
    if strangers := [model for model in models if model not in LEVELS]:
        raise UsageError(f"models are {', '.join(LEVELS)}; found {', '.join(strangers)}")
    rows: list[dict[str, Any]] = []
    for model in models:
        for level in LEVELS[model]:
            for size in sizes or SIZES[model]:
                key = [seed, sum(model.encode()), round(1000 * level), size]
                rng = np.random.default_rng(key)
                rows += _setting(model, level, size, _times(size, runs), dispersion, rng)
    return pd.DataFrame(rows)


def _times(size: int, runs: int | None) -> int:
    return runs if runs is not None else _RUNS.get(size, _FEW_RUNS)


def _setting(
    model: str, level: float, size: int, runs: int, dispersion: Dispersion, rng: np.random.Generator
) -> list[dict[str, Any]]:
    made = [simulated(model, level, size, rng, dispersion) for _ in range(runs)]
    rows: list[dict[str, Any]] = []
    for what in dict.fromkeys(part.what for run in made for part in run):
        told = [np.concatenate([part.p for part in run if part.what == what]) for run in made]
        told = [p[~np.isnan(p)] for p in told]
        named = {"model": model, "dispersion": dispersion, "level": level, "bodies": size, "what": what}
        told = [p for p in told if len(p)]
        rows += [named | row for row in _alarms(told)] if told else []  # too small a panel has no peers
    return rows


def _alarms(told: list[Numbers]) -> list[dict[str, Any]]:
    rows = []
    for nominal in NOMINAL:
        shares = np.array([(p <= nominal).mean() for p in told])
        weights = np.array([len(p) for p in told], dtype=np.float64)
        share = float(np.average(shares, weights=weights))
        spread = np.average((shares - share) ** 2, weights=weights) * (weights**2).sum() / weights.sum() ** 2
        # the runs of a setting are few, and one of them has no spread: independent tests set the least error
        error = max(float(np.sqrt(spread)), float(np.sqrt(nominal * (1 - nominal) / weights.sum())))
        alarmed = np.mean([(adjusted(p) <= nominal).any() for p in told])
        rows.append({
            "nominal": nominal, "runs": len(told), "tests": int(weights.sum()), "false_alarms": share,
            "error": error,
            "false_runs": float(alarmed), "holds": bool(share <= nominal + _ERRORS_ALLOWED * error),
        })  # fmt: skip
    return rows


def power_table(
    *, runs: int | None = None, sizes: Sequence[int] | None = None, rho: float = 0.1, seed: int = 2
) -> pd.DataFrame:
    """Share of planted outliers that are found at a false-discovery rate of 5%, in beta-binomial panels.

    One body in a hundred (one at least) gets a share that is higher by the gain.

    Returns:
        One row a rate, gain and size: rate, rho, gain, bodies, runs, planted, found (share of those planted), noticed
        (share with p up to 5% before correction), false_share (share of findings that were not planted).
    """
    rows = []
    for rate in RATES:
        for gain in GAINS:
            for size in sizes or SIZES["beta_binomial"]:
                rng = np.random.default_rng([seed, round(100 * rate), round(100 * gain), size])
                times = _times(size, runs)
                counts = np.sum([_hunt(rate, rho, gain, size, rng) for _ in range(times)], axis=0)
                planted, found, noticed, false = counts
                rows.append({
                    "rate": rate, "rho": rho, "gain": gain, "bodies": size, "runs": times, "planted": int(planted),
                    "found": found / planted, "noticed": noticed / planted,
                    "false_share": false / (found + false) if found + false else 0.0,
                })  # fmt: skip
    return pd.DataFrame(rows)


def _hunt(rate: float, rho: float, gain: float, size: int, rng: np.random.Generator) -> Numbers:
    """One panel: numbers of planted, found and noticed bodies, and of false findings."""
    x, n = draw_beta_binomial(rate, rho, size, rng)
    at = rng.choice(size, max(round(_PLANTED * size), 1), replace=False)
    x[at] += rng.binomial((n[at] - x[at]).astype(np.int64), gain / (1 - rate))
    p = p_values(x, n, "additive")
    found = adjusted(p) <= NOMINAL[0]
    planted = np.zeros(size, dtype=bool)
    planted[at] = True
    return np.array([len(at), found[at].sum(), (p[at] <= NOMINAL[0]).sum(), found[~planted].sum()], dtype=np.float64)


# Which measure shows a planted outlier of govreport.synthetic.panel; None for the share of its cell.
_SHOWN = {"many_requests": "received", "many_penalties": "penalties", "odd_outcomes": None}


def panel_power(bodies: int = 3000, panels: int = 6, seed: int = 3) -> pd.DataFrame:
    """Share of the outliers of ``govreport.synthetic.panel`` that one call of ``find_outliers`` finds.

    Returns:
        One row a kind of outlier and comparison (peers, own_past, either): kind, comparison, planted, testable (those
        whose measure could be ranked: enough requests or decisions, peers, and for changes a report on the year
        before), found (share of those planted), found_of_testable, noticed_of_testable (p up to 5% before correction).
    """
    parts = [_hunted(bodies, seed * 1000 + number) for number in range(panels)]
    rows = pd.concat(parts, ignore_index=True)
    either = rows.assign(comparison="either")
    one = (
        pd.concat([rows, either])
        .groupby(["kind", "comparison", "item"], sort=False)[["tested", "outlier", "noticed"]]
        .any()
    )
    table = one.groupby(level=["kind", "comparison"], sort=False).sum()
    planted = rows.groupby("kind")["item"].nunique().reindex(table.index.get_level_values("kind")).to_numpy()
    below = table["tested"].clip(lower=1)
    made = pd.DataFrame({"planted": planted, "testable": table["tested"], "found": table["outlier"] / planted})
    made["found_of_testable"] = table["outlier"] / below
    made["noticed_of_testable"] = table["noticed"] / below
    return made.reset_index()


def _hunted(bodies: int, seed: int) -> pd.DataFrame:
    """Planted outliers of one panel with what was found of them: a row each and comparison."""
    from govreport.analysis.outliers import find_outliers
    from govreport.synthetic import panel

    made = panel(bodies, (2021, 2024), seed=seed)
    planted = made.truth[made.truth["kind"].isin(_SHOWN)][["report_id", "kind", "cell"]]
    cells = planted["cell"].str.split(".").str[1] + "_share"
    planted = planted.assign(item=planted["report_id"] + str(seed), measure=planted["kind"].map(_SHOWN).fillna(cells))
    rows = find_outliers(made.frames, sorted(set(planted["measure"])), keep="ranked")
    kept = rows[["report_id", "measure", "comparison", "p", "outlier"]]
    every = planted.merge(pd.DataFrame({"comparison": ["peers", "own_past"]}), how="cross")
    every["comparison"] = every["comparison"].astype("string")
    found = every.merge(kept, on=["report_id", "measure", "comparison"], how="left")
    return found.assign(
        tested=found["p"].notna(),
        outlier=found["outlier"].fillna(False).astype(bool),
        noticed=found["p"].le(NOMINAL[0]).fillna(False).astype(bool),
    )


_TABLES = {
    "calibration": "False alarms without outliers",
    "methods": "The same for the other two methods: they do not hold where requests cluster",
    "power": "Planted outliers found, beta-binomial panels, false-discovery rate 5%",
    "panel_power": "Planted outliers found, panels of govreport.synthetic, false-discovery rate 5%",
}


def all_tables(quick: bool = False, seed: int = 1) -> dict[str, pd.DataFrame]:
    """The four tables of the calibration by name.

    Args:
        quick: few runs of each setting, for a first look: the errors are larger.
        seed: the same seed gives the same tables.

    Raises:
        UsageError: scipy is not installed.
    """
    runs = _QUICK_RUNS if quick else None
    others: tuple[Dispersion, ...] = ("multiplicative", "none")
    methods = [calibration_table(["beta_binomial"], d, runs=_QUICK_RUNS, seed=seed) for d in others]
    bodies, panels = _QUICK_PANELS if quick else _PANELS
    return {
        "calibration": calibration_table(runs=runs, seed=seed),
        "methods": pd.concat(methods, ignore_index=True),
        "power": power_table(runs=runs, seed=seed + 1),
        "panel_power": panel_power(bodies, panels, seed + 2),
    }


def as_markdown(tables: dict[str, pd.DataFrame]) -> str:
    """The tables as a page of Markdown."""
    parts = ["# Calibration of find_outliers\n"]
    for name, table in tables.items():
        lines = [list(map(str, table.columns)), ["---"] * table.shape[1]]
        lines += [[_shown(value) for value in row] for row in table.itertuples(index=False)]
        parts.append(f"## {_TABLES[name]}\n\n" + "".join(f"| {' | '.join(line)} |\n" for line in lines))
    return "\n".join(parts)


def _shown(value: Any) -> str:
    return f"{value:.4g}" if isinstance(value, float) else str(value)


def main(arguments: Sequence[str] | None = None) -> int:
    """The command: prints the page or writes it and the tables. 0 when the calibration holds, 1 when it does not."""
    parser = argparse.ArgumentParser(prog="python -m govreport.analysis.calibration", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="few runs, for a first look")
    parser.add_argument("-o", "--output", type=Path, metavar="FOLDER", help="write CSV files and calibration.md there")
    parser.add_argument("--seed", type=int, default=1)
    asked = parser.parse_args(arguments)
    tables = all_tables(asked.quick, asked.seed)
    page = as_markdown(tables)
    if asked.output is None:
        sys.stdout.write(page)
    else:
        asked.output.mkdir(parents=True, exist_ok=True)
        for name, table in tables.items():
            table.to_csv(asked.output / f"{name}.csv", index=False)
        (asked.output / "calibration.md").write_text(page, encoding="utf-8")
    return 0 if tables["calibration"]["holds"].all() else 1


if __name__ == "__main__":
    sys.exit(main())

"""Invented requests and decisions without outliers, by three models, to see how often a method raises a false alarm.

* ``beta_binomial``: bodies differ by a beta distribution; the level is the correlation rho of two requests of a body.
* ``heavy_requesters``: in every body one person files a share of the requests, and all of them end alike; the level is
  that share. One Shanghai district had 37% of its requests from eleven people.
* ``panel``: the generator of ``govreport.synthetic.panel``, with negative binomial requests, yearly drift, regions, and
  heavy requesters who file petitions and repeats; the level multiplies the chance that a body has one.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import numpy.typing as npt

from govreport.analysis.measures import Measure, find_measure
from govreport.analysis.outlier_figures import Figures, on_scale
from govreport.analysis.outlier_scores import Dispersion, plain_scores, share_change_scores, share_scores
from govreport.analysis.peers import Bodies, thresholds
from govreport.forms import load_form

Numbers = npt.NDArray[np.float64]
Random = np.random.Generator

LEVELS: dict[str, tuple[float, ...]] = {
    "beta_binomial": (0.0, 0.01, 0.03, 0.1, 0.2),
    "heavy_requesters": (0.0, 0.1, 0.2, 0.3, 0.37),
    "panel": (0.0, 0.5, 1.0, 2.0, 4.0),
}
SIZES: dict[str, tuple[int, ...]] = {
    "beta_binomial": (50, 200, 1000),
    "heavy_requesters": (50, 200, 1000),
    "panel": (500, 1500, 4000),
}
"""Bodies of a panel: of one peer group, and for ``panel`` of all kinds and levels."""

RATES = (0.3, 0.04)
_SHARES = ("substantive_share", "not_held_share", "exempt_share", "declined_share")
_COUNTS = ("received", "penalties")
_YEAR, _EDITION = 2023, "2021"


@dataclass(frozen=True, eq=False)
class Simulated:
    """P-values of one simulated run: measure, and shares, counts, changes of shares or changes of counts."""

    measure: str
    what: str
    p: Numbers


def simulated(model: str, level: float, size: int, rng: Random, dispersion: Dispersion) -> list[Simulated]:
    """P-values of one panel without outliers.

    Args:
        model: name of one of the three models.
        level: how strong the over-dispersion is.
        size: number of bodies.
        rng: where chance comes from.
        dispersion: the method for shares.
    """
    if model == "panel":
        return list(_panel(level, size, rng, dispersion))
    draw = draw_beta_binomial if model == "beta_binomial" else draw_heavy
    return [
        Simulated(f"rate {rate:g}", "shares", p_values(*draw(rate, level, size, rng), dispersion)) for rate in RATES
    ]


def draw_trials(size: int, rng: Random) -> Numbers:
    """Requests of bodies that are ranked: log-normal, from the smallest n to 20,000."""
    least = thresholds()["min_n"]
    return np.asarray(np.clip(np.round(rng.lognormal(np.log(90), 1.1, size)), least, 20_000))


def draw_beta_binomial(rate: float, rho: float, size: int, rng: Random) -> tuple[Numbers, Numbers]:
    """Hits and trials where shares of bodies have a beta distribution."""
    n = draw_trials(size, rng)
    prior = 1 / rho - 1 if rho else np.inf
    share = rng.beta(rate * prior, (1 - rate) * prior, size) if rho else np.full(size, rate)
    return np.asarray(rng.binomial(n.astype(np.int64), share), dtype=np.float64), n


def draw_heavy(rate: float, filed: float, size: int, rng: Random) -> tuple[Numbers, Numbers]:
    """Hits and trials where one person files a share of the requests of each body and all of these end alike.

    The bodies themselves differ a little (rho = 0.03), as real ones do.
    """
    n = draw_trials(size, rng)
    heavy = np.floor(n * filed * rng.uniform(0.5, 1.5, size))
    share = rng.beta(rate / 0.03 * 0.97, (1 - rate) / 0.03 * 0.97, size)
    hits = rng.binomial((n - heavy).astype(np.int64), share) + heavy * (rng.random(size) < rate)
    return np.asarray(hits, dtype=np.float64), n


def p_values(x: Numbers, n: Numbers, dispersion: Dispersion) -> Numbers:
    """P-values of bodies of one peer group."""
    count = len(x)
    bodies = Bodies(np.arange(count), np.zeros(count, np.intp), np.zeros(count, np.intp), np.full(count, _YEAR))
    measure = find_measure("not_held_share")
    peers = int(thresholds()["min_peers"])
    return share_scores(x, n, bodies, measure, min_peers=peers, dispersion=dispersion, level=0.05).p


def _panel(level: float, size: int, rng: Random, dispersion: Dispersion) -> Iterator[Simulated]:
    bodies, before, now = _lived(level, size, rng)
    cells = {name: at for at, name in enumerate(load_form(_EDITION).cells)}

    def added(terms: Any, numbers: Numbers) -> Numbers:
        return np.asarray(np.sum([sign * numbers[:, cells[cell]] for sign, cell in terms if cell in cells], axis=0))

    peers, least = int(thresholds()["min_peers"]), thresholds()["min_n"]
    for name in _SHARES:
        measure = find_measure(name)
        x, n = added(measure.numerator, now), added(measure.denominator, now)
        at = np.flatnonzero(n >= least)
        scores = share_scores(
            x[at], n[at], bodies.at(at), measure, min_peers=peers, dispersion=dispersion, level=0.05
        )  # fmt: skip
        yield Simulated(name, "shares", scores.p)
        then, n_then = added(measure.numerator, before), added(measure.denominator, before)
        at = np.flatnonzero((n >= least) & (n_then >= least))
        scores = share_change_scores(
            x[at], n[at], then[at], n_then[at], bodies.at(at), measure, min_peers=peers, level=0.05
        )
        yield Simulated(name, "changes of shares", scores.p)
    for name in _COUNTS:
        measure = find_measure(name)
        yield from _counts(measure, bodies, added(measure.numerator, before), added(measure.numerator, now))


def _counts(measure: Measure, bodies: Bodies, before: Numbers, now: Numbers) -> Iterator[Simulated]:
    """Counts against peers and against the year before. Bodies that are too small to be ranked raise no alarm."""
    peers, least = int(thresholds()["min_peers"]), thresholds()["min_n"]
    for change in (False, True):
        at = np.flatnonzero(np.maximum(now, before) >= least if change else now > 0)
        none = np.full(len(at), np.nan)
        figures = Figures(at, now[at], now[at], none, before[at] if change else none, none)
        scale = on_scale(figures, measure, change)
        scores = plain_scores(scale, bodies.at(at), measure, min_peers=peers, level=0.05)
        expected = np.exp(scores.expected)
        ranked = change | (np.fmax(now[at], expected) >= least)
        p = np.where(np.isnan(scores.p) | ranked, scores.p, 1.0)
        yield Simulated(measure.id, "changes of counts" if change else "counts", p)


def _lived(level: float, size: int, rng: Random) -> tuple[Bodies, Numbers, Numbers]:
    """Two years of a world without anything planted: codes of the bodies, and the figures of both years."""
    from govreport.synthetic.panel_bodies import draw_bodies
    from govreport.synthetic.panel_plant import ERRORS, OUTLIERS, Planter
    from govreport.synthetic.panel_years import World

    drawn = draw_bodies(size, (_YEAR - 1, _YEAR), rng)
    world = World(drawn, rng)
    chance = np.minimum(world.demand.heavy * level, 1.0)
    world.demand = replace(world.demand, heavy=chance)
    kinds = drawn.names["agency_kind"].to_numpy(dtype=np.str_)
    planter = Planter(dict.fromkeys((*OUTLIERS, *ERRORS), 0.0), rng, np.ones(size, dtype=bool), kinds)
    made = []
    for year in (_YEAR - 2, _YEAR - 1, _YEAR):
        planter.begin(year, _EDITION, np.ones(size, dtype=bool))
        made.append(world.live(year, _EDITION, planter))
    kind = np.unique(kinds, return_inverse=True)[1]
    tops = drawn.names["agency_kind"].isin(("street", "township")).to_numpy()
    place = np.unique(drawn.names["level"].to_numpy(dtype=np.str_), return_inverse=True)[1]
    place = np.where(tops, place.max() + 1, place)
    return Bodies(np.arange(size), kind, place, np.full(size, _YEAR)), made[-2], made[-1]

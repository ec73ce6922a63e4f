"""How far a body lies from its peers: one score a report, for shares exactly, for other numbers robustly.

Shares: the tail of the beta-binomial distribution that the peers of the body suggest (``betabinomial``). Counts,
ratios, amounts: logarithms against the peers' median and quantiles. Both end in Student's t distribution, since what is
known of the peers comes from a limited number of them. All p-values are two-sided.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

import numpy as np
import numpy.typing as npt

from govreport.analysis.betabinomial import Fit, fit_changes, fit_peers, pooled_peers, tail
from govreport.analysis.intervals import special
from govreport.analysis.measures import Measure
from govreport.analysis.peers import Bodies, Codes, PeerGroups, peer_groups, peer_steps, thresholds

Numbers = npt.NDArray[np.float64]
Dispersion = Literal["additive", "multiplicative", "none"]

_LEAST_P = 1e-300
# Quantiles of absolute scores by which the weight of the tails is told, and the tails that may be chosen. Farther out
# a few real outliers would pass for heavy tails; a lighter tail than the last is never trusted.
_TAIL_AT = (0.8, 0.9, 0.95)
_FREEDOMS = (3.0, 4.0, 5.0, 6.0, 8.0, 10.0, 12.0, 15.0)
_REPORTS_PER_FREEDOM = 20
# Quantiles of one side that give the scale, with their normal scores: the median and the outer fifth.
_SCALES = ((0.5, 0.6744897501960817), (0.8, 1.2815515655446004))


@dataclass(frozen=True, eq=False)
class Scores:
    """Comparison of reports with their peers; NaN where a report has none.

    Attributes:
        expected: what the peers suggest.
        score: distance in standard deviations of the null distribution, with its sign.
        p: two-sided.
        shrunken: the report's own number drawn towards its peers (empirical Bayes); NaN where that has no meaning.
        low: lower limit of what is usual, on the scale of ``expected``; for shares it is made by ``share_limits``.
        high: upper limit.
        rho: correlation of requests within a body; NaN but for shares.
        chance: chance in each tail beyond the limits of shares.
        peers: reports of other bodies compared with; 0 without.
        step: position in ``peer_steps()``; -1 without.
    """

    expected: Numbers
    score: Numbers
    p: Numbers
    shrunken: Numbers
    low: Numbers
    high: Numbers
    rho: Numbers
    chance: Numbers
    peers: Codes
    step: Codes

    @classmethod
    def none(cls, count: int) -> Scores:
        """Nothing compared yet."""
        a, b, c, d, e, f, g, h = (np.full(count, np.nan) for _ in range(8))
        return cls(a, b, c, d, e, f, g, h, np.zeros(count, dtype=np.intp), np.full(count, -1, dtype=np.intp))


def share_scores(
    x: Numbers, n: Numbers, bodies: Bodies, measure: Measure, *, min_peers: int, dispersion: Dispersion, level: float
) -> Scores:
    """Shares x of n against the peers of each body, its own reports left out.

    ``additive`` dispersion is the beta-binomial, that is a random effect between bodies: bodies with many requests
    differ as much as the others do, since heavy requesters and duties do not average out. ``multiplicative`` widens
    the binomial by the winsorised mean square of the scores (Spiegelhalter 2005): limits close in on the pooled rate
    without end as n grows. ``none`` is the binomial.
    """
    made = Scores.none(len(x))
    for groups, at in _steps(bodies, measure, min_peers):
        g, b = groups.group[at], bodies.body[at]
        fit = (fit_peers if dispersion == "additive" else pooled_peers)(x[at], n[at], g, b)
        chosen = groups.chosen[at]
        _share_step(made, at, x[at], n[at], g, fit, chosen, dispersion, level)
        _settle(made, groups)
    return made


def share_change_scores(
    x: Numbers,
    n: Numbers,
    x_before: Numbers,
    n_before: Numbers,
    bodies: Bodies,
    measure: Measure,
    *,
    min_peers: int,
    level: float,
) -> Scores:
    """Shares against those of the same body on the year before, by how much the shares of its peers changed."""
    made = Scores.none(len(x))
    for groups, at in _steps(bodies, measure, min_peers):
        g = groups.group[at]
        fit = fit_changes(x[at], n[at], x_before[at], n_before[at], g, bodies.body[at])
        _share_step(made, at, x[at], n[at], g, fit, groups.chosen[at], "additive", level)
        _settle(made, groups)
    return made


def _steps(bodies: Bodies, measure: Measure, min_peers: int) -> Iterator[tuple[PeerGroups, Codes]]:
    """Steps of widening with the reports that stand in a group in which some report is compared."""
    for groups in peer_groups(bodies, measure, min_peers):
        used = np.zeros(int(groups.group.max(initial=-1)) + 1, dtype=bool)
        used[groups.group[groups.chosen]] = True
        yield groups, np.flatnonzero((groups.group >= 0) & used[groups.group])


def _settle(made: Scores, groups: PeerGroups) -> None:
    made.peers[groups.chosen] = groups.peers[groups.chosen]
    made.step[groups.chosen] = peer_steps().index(groups.step)


def _share_step(
    made: Scores,
    at: Codes,
    x: Numbers,
    n: Numbers,
    group: Codes,
    fit: Fit,
    chosen: npt.NDArray[np.bool_],
    dispersion: Dispersion,
    level: float,
) -> None:
    chance, itself, side = tail(x, n, fit.mean, fit.rho)
    sp = special()
    middle = -sp.ndtri(np.clip(chance - itself / 2, _LEAST_P, 1.0))
    outer = -sp.ndtri(np.clip(chance, _LEAST_P, 1.0))
    wide = _widening(side * middle, group, dispersion)
    if dispersion != "none":
        wide = np.sqrt(wide * (1 + 1 / np.maximum(fit.peers, 1)))
    freedom = _freedom(fit) if dispersion != "none" else np.full(len(x), 1e6)
    to = at[chosen]
    made.expected[to] = fit.mean[chosen]
    made.rho[to] = fit.rho[chosen]
    made.score[to] = (side * middle / wide)[chosen]
    made.p[to] = two_sided(outer / wide, freedom)[chosen]
    made.shrunken[to] = _shrunken(x, n, fit)[chosen]
    made.chance[to] = sp.ndtr(-sp.stdtrit(freedom, 1 - level / 2) * wide)[chosen]


def _freedom(fit: Fit) -> Numbers:
    """Degrees of freedom of the dispersion of the peers.

    Shares scatter with longer tails than a normal distribution, so that m peers tell their variance only as well as
    (m - 1) / (1 + kurtosis / 2) normal ones would (Box 1953). Reports of other groups count where they were drawn on.
    """
    peers = np.minimum(fit.informative, fit.peers) + fit.borrowed
    return np.asarray(np.maximum((peers - 1) / (1 + thresholds()["excess_kurtosis"] / 2), 1.0))


def _shrunken(x: Numbers, n: Numbers, fit: Fit) -> Numbers:
    """Mean of the beta distribution after the body's own requests: the prior counts as (1 - rho) / rho requests."""
    prior = 1 / np.maximum(fit.rho, 1e-6) - 1
    return np.asarray((x + fit.mean * prior) / (n + prior))


def _widening(z: Numbers, group: Codes, dispersion: Dispersion) -> Numbers:
    """Dispersion of the scores, 1 at least: within each group for ``multiplicative``, over all for ``additive``."""
    if dispersion == "none" or not len(z):
        return np.ones(len(z))
    if dispersion == "additive":
        group = np.zeros(len(z), dtype=np.intp)
    share, count = thresholds()["winsorised"], int(group.max()) + 1
    low, high = (group_quantile(z, group, count, q)[group] for q in (share, 1 - share))
    drawn_in = np.clip(z, low, high)
    mean_square = np.bincount(group, drawn_in**2, count) / np.maximum(np.bincount(group, minlength=count), 1)
    return np.asarray(np.maximum(mean_square, 1.0)[group])


def two_sided(distance: Numbers, freedom: Numbers) -> Numbers:
    """P-value of a distance from the centre of Student's t distribution; not above 1."""
    return np.asarray(np.minimum(2 * special().stdtr(freedom, -distance), 1.0))


def group_quantile(values: Numbers, group: Codes, count: int, q: float) -> Numbers:
    """A quantile of each group, interpolated; NaN for a group without values."""
    order = np.lexsort((values, group))
    size = np.bincount(group, minlength=count)
    start = np.concatenate([[0], np.cumsum(size)[:-1]])
    place = q * np.maximum(size - 1, 0)
    if not len(values):
        return np.full(count, np.nan)
    low = np.minimum(start + np.floor(place).astype(np.intp), len(values) - 1)
    high = np.minimum(start + np.ceil(place).astype(np.intp), len(values) - 1)
    ordered = values[order]
    made = ordered[low] + (place - np.floor(place)) * (ordered[high] - ordered[low])
    return np.where(size > 0, made, np.nan)


@dataclass(frozen=True, eq=False)
class Plain:
    """Numbers to be compared on a scale where differences count.

    Attributes:
        number: on that scale; for counts and ratios the logarithm.
        base: what ``number`` refers to: an expected count is exp(centre) times it. None where there is no count.
        noise: variance on that scale that is known without the peers, beside that of the expected count.
    """

    number: Numbers
    base: Numbers | None
    noise: Numbers


def plain_scores(given: Plain, bodies: Bodies, measure: Measure, *, min_peers: int, level: float) -> Scores:
    """Numbers against the peers' median, each side measured by its own quantiles.

    The scale of a side is the larger of what its median (the median absolute deviation, Hampel 1974) and its outer
    fifth suggest, so that a long tail is seen; the variance of counting, one over the expected count, is taken off the
    scale of the peers and put on that of each body. Median and scales stay put for outliers in up to a tenth of the
    reports, so that no body hides itself. The weight of the tails is taken from the scores of all groups together.

    Returns:
        Scores on the scale of ``given``; ``rho`` and ``chance`` are NaN.
    """
    made = Scores.none(len(given.number))
    up, down, noise = (np.full(len(given.number), np.nan) for _ in range(3))
    for groups, at in _steps(bodies, measure, min_peers):
        found = _plain_step(given, at, groups.group[at])
        chosen = groups.chosen[at]
        for to, numbers in zip((made.expected, up, down, noise), found, strict=True):
            to[at[chosen]] = numbers[chosen]
        _settle(made, groups)
    _finish_plain(made, given, up, down, noise, level)
    return made


def _plain_step(given: Plain, at: Codes, group: Codes) -> tuple[Numbers, Numbers, Numbers, Numbers]:
    """Centre, variance of either side, and variance of counting."""
    number, count = given.number[at], int(group.max(initial=-1)) + 1
    centre = group_quantile(number, group, count, 0.5)[group]
    noise = given.noise[at].copy()
    if given.base is not None:
        noise += 1 / (given.base[at] * np.exp(centre) + 0.5)
    sides = [_side(number - centre, noise, group, count, sign)[group] for sign in (1, -1)]
    return centre, sides[0], sides[1], noise


def _side(off: Numbers, noise: Numbers, group: Codes, count: int, sign: int) -> Numbers:
    """Variance between bodies on one side of the centre: |off| / sqrt(variance + noise) has the normal quantiles."""
    here = off * sign >= 0
    made = np.zeros(count)
    for q, z in _SCALES:
        found = group_quantile(off[here] ** 2 / z**2 - noise[here], group[here], count, q)
        made = np.maximum(made, np.nan_to_num(found))
    return made


def _finish_plain(made: Scores, given: Plain, up: Numbers, down: Numbers, noise: Numbers, level: float) -> None:
    off = given.number - made.expected
    between = np.where(off >= 0, up, down)
    # the median of m peers scatters with pi / 2m of their variance
    allowance = 1 + np.pi / 2 / np.maximum(made.peers, 1)
    with np.errstate(divide="ignore", invalid="ignore"):
        score = off / np.sqrt((between + noise) * allowance)
    score[~np.isfinite(score)] = np.nan
    made.score[:] = score
    freedom = np.minimum(tail_freedom(score), np.maximum(made.peers - 1, 1))
    made.p[:] = two_sided(np.abs(score), freedom)
    reach = special().stdtrit(freedom, 1 - level / 2)
    made.low[:] = made.expected - reach * np.sqrt((down + noise) * allowance)
    made.high[:] = made.expected + reach * np.sqrt((up + noise) * allowance)
    if given.base is not None:
        with np.errstate(divide="ignore", invalid="ignore"):
            counted = given.noise + 1 / (given.base * np.exp(given.number) + 0.5)
            made.shrunken[:] = made.expected + off * between / (between + counted)


def tail_freedom(scores: Numbers) -> float:
    """Degrees of freedom of the lightest t distribution whose outer quantiles cover those of the scores.

    It is not above one for every 20 scores, and 3 at least: few scores say little about tails.
    """
    size = np.abs(scores[np.isfinite(scores)])
    if not len(size):
        return _FREEDOMS[0]
    met = np.quantile(size, _TAIL_AT)
    allowed = max(len(size) / _REPORTS_PER_FREEDOM, _FREEDOMS[0])
    places = 0.5 + np.array(_TAIL_AT) / 2
    covering = [f for f in _FREEDOMS if f <= allowed and (special().stdtrit(f, places) >= met).all()]
    return max(covering, default=_FREEDOMS[0])

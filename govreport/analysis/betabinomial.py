"""The beta-binomial distribution over whole arrays: tails, limits, and a robust fit that leaves each body out.

Requests of a body are not independent: a few people file many, and bodies differ in what they are asked for. So
the number of hits x among n has, with a mean mu and a correlation rho between two requests of a body, the variance
n mu (1 - mu) (1 + (n - 1) rho). For shares this is an additive random effect, tau squared = rho mu (1 - mu)
(Spiegelhalter 2005, section 3.4); for rho = 0 it is the binomial.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import numpy.typing as npt

from govreport.analysis.intervals import check_level, special
from govreport.analysis.peers import Codes, cells_of, thresholds
from govreport.errors import UsageError

Numbers = npt.NDArray[np.float64]

# Below this the beta-binomial cannot be told from the binomial, and its formulas lose digits.
_NO_CORRELATION = 1e-6
_MOST_CORRELATION = 0.98
# Tails of more terms than this are taken from a beta distribution of the same mean and variance.
_MOST_TERMS = 4096
_TERMS_AT_ONCE = 2_000_000
_ROUNDS = 4
_FIRST_GUESS = 0.05


@dataclass(frozen=True, eq=False)
class Fit:
    """What the peers of each report say without the report's own body.

    Attributes:
        mean: weighted mean share of the peers.
        rho: correlation between two requests of a body.
        peers: effective number of peers: (sum of weights) squared over the sum of squared weights.
        informative: peers with at least one hit or those with at least one miss, whichever are fewer; the dispersion
            rests on them.
        borrowed: reports of other groups that the dispersion rests on as well.
    """

    mean: Numbers
    rho: Numbers
    peers: Numbers
    informative: Numbers
    borrowed: Numbers


def log_chance(x: Numbers, n: Numbers, mean: Numbers, rho: Numbers) -> Numbers:
    """Logarithm of the chance of exactly x hits among n."""
    sp = special()
    s = 1 / np.maximum(rho, _NO_CORRELATION) - 1
    a, b = mean * s, (1 - mean) * s
    ways = sp.gammaln(n + 1) - sp.gammaln(x + 1) - sp.gammaln(n - x + 1)
    correlated = sp.betaln(x + a, n - x + b) - sp.betaln(a, b)
    independent = sp.xlogy(x, mean) + sp.xlog1py(n - x, -mean)
    return np.asarray(ways + np.where(rho > _NO_CORRELATION, correlated, independent))


def tail(x: Numbers, n: Numbers, mean: Numbers, rho: Numbers) -> tuple[Numbers, Numbers, Numbers]:
    """The tail that begins at x and lies away from the mean, x included.

    Sums of the exact chances up to 4,096 terms; longer tails, which need thousands of requests, from the beta
    distribution with the same mean and variance.

    Returns:
        Chance of the tail; chance of x itself; 1 where x is above the mean, else -1.
    """
    above = x >= n * mean
    hits, mu = np.where(above, x, n - x), np.where(above, mean, 1 - mean)
    made = np.empty(len(x))
    for where, chance in (
        (rho <= _NO_CORRELATION, _binomial_tail),
        ((rho > _NO_CORRELATION) & (n - hits < _MOST_TERMS), _summed_tail),
        ((rho > _NO_CORRELATION) & (n - hits >= _MOST_TERMS), _smooth_tail),
    ):
        made[where] = chance(hits[where], n[where], mu[where], rho[where])
    itself = np.exp(log_chance(x, n, mean, rho))
    return np.minimum(made, 1.0), np.minimum(itself, made), np.where(above, 1.0, -1.0)


def _binomial_tail(x: Numbers, n: Numbers, mean: Numbers, rho: Numbers) -> Numbers:  # noqa: ARG001
    made = special().betainc(np.maximum(x, 1e-9), n - x + 1, mean)
    return np.where(x <= 0, 1.0, made)


def _smooth_tail(x: Numbers, n: Numbers, mean: Numbers, rho: Numbers) -> Numbers:
    size = 1 / (1 / n + rho * (1 - 1 / n)) - 1
    return np.asarray(special().betaincc(mean * size, (1 - mean) * size, np.clip((x - 0.5) / n, 0, 1)))


def _summed_tail(x: Numbers, n: Numbers, mean: Numbers, rho: Numbers) -> Numbers:
    """Sums of the chances of x, x + 1, ... n; each follows from the one before by a quotient."""
    first, size, terms = log_chance(x, n, mean, rho), 1 / rho - 1, (n - x + 1).astype(np.intp)
    made = np.empty(len(x))
    for part in _portions(terms):
        length = terms[part]
        start = np.concatenate([[0], np.cumsum(length)[:-1]])
        k = np.arange(length.sum()) - np.repeat(start - x[part], length)
        a, b = mean[part] * size[part], (1 - mean[part]) * size[part]
        left = np.repeat(n[part], length) - k + 1
        # chance of k over that of k - 1; the first of each report is its own beginning
        with np.errstate(divide="ignore", invalid="ignore"):
            step = np.log(left * (k - 1 + np.repeat(a, length)) / (k * (left - 1 + np.repeat(b, length))))
        step[start] = first[part]
        run = np.cumsum(step)
        run -= np.repeat(run[start] - step[start], length)
        made[part] = np.add.reduceat(np.exp(run), start)
    return made


def _portions(terms: Codes) -> list[slice]:
    """Slices of reports whose terms fit into memory together."""
    ends = np.cumsum(terms)
    cuts = np.searchsorted(ends, np.arange(_TERMS_AT_ONCE, int(ends[-1]) if len(ends) else 0, _TERMS_AT_ONCE))
    edges = np.unique(np.concatenate([[0], cuts + 1, [len(terms)]]))
    edges = edges[edges <= len(terms)]
    return [slice(int(a), int(b)) for a, b in pairwise(edges)]


def limits(n: Numbers, mean: Numbers, rho: Numbers, chance: Numbers) -> tuple[Numbers, Numbers]:
    """Lowest and highest x whose tails, x included, have at least a chance each.

    Exact up to n = 300 (``forms/thresholds.csv``), above it from the beta distribution of the same mean and variance.
    """
    low, high = np.empty(len(n)), np.empty(len(n))
    small = n <= thresholds()["exact_limits"]
    for i in np.flatnonzero(small):
        k = np.arange(n[i] + 1)
        chances = np.exp(log_chance(k, *(np.full(len(k), v[i]) for v in (n, mean, rho))))
        low[i] = np.searchsorted(np.cumsum(chances), chance[i])
        high[i] = n[i] - np.searchsorted(np.cumsum(chances[::-1]), chance[i])
    large = ~small
    nl, m, r = n[large], mean[large], rho[large]
    size = 1 / (1 / nl + r * (1 - 1 / nl)) - 1
    a, b, sp = m * size, (1 - m) * size, special()
    low[large] = np.clip(np.ceil(nl * sp.betaincinv(a, b, chance[large]) - 0.5), 0, nl)
    high[large] = np.clip(np.floor(nl * sp.betaincinv(a, b, 1 - chance[large]) + 0.5), 0, nl)
    return np.minimum(low, n), np.maximum(high, 0.0)


def pooled_peers(x: Numbers, n: Numbers, group: Codes, body: Codes) -> Fit:
    """The same for independent requests: the pooled rate, sum of hits over sum of trials, and no correlation."""
    sums = _Sums(x, n, group, int(group.max(initial=-1)) + 1)
    cell = cells_of(group, body)
    hits, trials, bodies = (
        total[group] - mine[cell]
        for total, mine in zip(
            sums.added([x, n, np.ones(len(x))]), sums.by_cell([x, n, np.ones(len(x))], cell), strict=True
        )
    )
    mean = np.clip(hits / np.maximum(trials, 1), 1e-6, 1 - 1e-6)
    return Fit(mean, np.zeros(len(x)), bodies, sums.informative_without(cell), np.zeros(len(x)))


def funnel_limits(n: npt.ArrayLike, expected: float, rho: float, level: float = 0.95) -> tuple[Numbers, Numbers]:
    """Limits of a funnel plot: shares that are usual for denominators n, with over-dispersion.

    ``find_outliers`` gives ``expected`` and ``rho``; its own low and high are a little wider, since they allow for how
    few peers there are.

    >>> low, high = funnel_limits([50, 500], 0.3, 0.02)
    >>> low.round(2).tolist(), high.round(2).tolist()
    ([0.14, 0.18], [0.48, 0.44])

    Args:
        n: denominators, whole numbers from 1 on.
        expected: mean share of the peers.
        rho: correlation of two requests of a body; 0 for limits of independent requests.
        level: share of bodies between the limits.

    Raises:
        UsageError: a level, a mean or a correlation that is none, or scipy is not installed.
    """
    check_level(level)
    if not (0 < expected < 1 and 0 <= rho < 1):
        raise UsageError(f"expected lies between 0 and 1 and rho from 0 to below 1; found {expected!r} and {rho!r}")
    trials = np.atleast_1d(np.asarray(n, dtype=np.float64))
    if (trials < 1).any():
        raise UsageError(f"denominators should be 1 at least, found {trials.min():g}")
    low, high = limits(trials, *(np.full(len(trials), v) for v in (expected, rho, (1 - level) / 2)))
    return low / trials, high / trials


def fit_peers(x: Numbers, n: Numbers, group: Codes, body: Codes) -> Fit:
    """Mean and correlation of the peers of each report, the reports of its own body left out.

    Moments with the weights n / (1 + (n - 1) rho) (Kleinman 1973), in a few rounds. Two safeguards:

    * A report that the peers make very unlikely weighs little: it counts by the chance that it comes from them and
      not from a flat distribution that a small share of all reports has (``contamination`` in
      ``forms/thresholds.csv``). So outliers hide neither themselves nor each other.
    * Where hits are rare, few peers tell how wide they scatter: rho is drawn towards that of all groups of the
      measure, which counts as ``borrowed_peers`` bodies.
    """
    count = int(group.max(initial=-1)) + 1
    trust, rho = np.ones(len(x)), np.full(count, _FIRST_GUESS)
    sums = _Sums(x, n, group, count)
    allowed, borrowed = thresholds()["contamination"], thresholds()["borrowed_peers"]
    pooled = _FIRST_GUESS
    for _ in range(_ROUNDS):
        parts = sums.moments(trust, rho[group])
        mean, own, pooled = *_solved(sums.added(parts)), _pooled(sums.added(parts))
        rho = _drawn(own, sums.informative, pooled, borrowed)
        chance = (1 - allowed) * np.exp(log_chance(x, n, mean[group], rho[group]))
        trust = chance / (chance + allowed / (n + 1))
    parts = sums.moments(trust, rho[group])
    cell = cells_of(group, body)
    rest = [total[group] - mine[cell] for total, mine in zip(sums.added(parts), sums.by_cell(parts, cell), strict=True)]
    informative = sums.informative_without(cell)
    mean, own = _solved(rest)
    with np.errstate(divide="ignore", invalid="ignore"):
        peers = np.nan_to_num(rest[0] ** 2 / rest[3])
    elsewhere = np.minimum(sums.informative.sum() - sums.informative, borrowed)[group]
    return Fit(mean, _drawn(own, informative, pooled, borrowed), peers, informative, elsewhere)


def fit_changes(x: Numbers, n: Numbers, x_before: Numbers, n_before: Numbers, group: Codes, body: Codes) -> Fit:
    """What last year's share of a body, and how its peers changed, lead to expect of this year's.

    The mean is last year's share, drawn towards the peers of that year (empirical Bayes) and moved on the scale of
    logits as the peers moved together. The correlation says how much the shares of bodies scatter around that from
    year to year; it is fitted from the peers, the own body left out, with the safeguards of ``fit_peers``.
    """
    past = fit_peers(x_before, n_before, group, body)
    prior = 1 / np.maximum(past.rho, _NO_CORRELATION) - 1
    mean = (x_before + past.mean * prior) / (n_before + prior)
    return _fit_around(mean, _Sums(x, n, group, int(group.max(initial=-1)) + 1), body)


def _fit_around(mean: Numbers, sums: _Sums, body: Codes) -> Fit:
    x, n, group = sums.x, sums.n, sums.group
    allowed, borrowed = thresholds()["contamination"], thresholds()["borrowed_peers"]
    trust, rho, pooled, moved = np.ones(len(x)), np.full(sums.count, _FIRST_GUESS), _FIRST_GUESS, mean
    for _ in range(_ROUNDS):
        parts = sums.around(trust, rho[group], mean)
        moved = _moved(mean, sums.added(parts[:3]), group)
        parts = sums.around(trust, rho[group], moved)
        added = sums.added(parts)
        own, pooled = _around_solved(added), float(_around_solved([part.sum(keepdims=True) for part in added])[0])
        rho = _drawn(own, sums.informative, pooled, borrowed)
        chance = (1 - allowed) * np.exp(log_chance(x, n, moved, rho[group]))
        trust = chance / (chance + allowed / (n + 1))
    parts, cell = sums.around(trust, rho[group], moved), cells_of(group, body)
    rest = [total[group] - mine[cell] for total, mine in zip(sums.added(parts), sums.by_cell(parts, cell), strict=True)]
    informative = sums.informative_without(cell)
    elsewhere = np.minimum(sums.informative.sum() - sums.informative, borrowed)[group]
    with np.errstate(divide="ignore", invalid="ignore"):
        peers = np.nan_to_num(rest[0] ** 2 / rest[6])
    return Fit(moved, _drawn(_around_solved(rest), informative, pooled, borrowed), peers, informative, elsewhere)


def _moved(mean: Numbers, sums: list[Numbers], group: Codes) -> Numbers:
    """Means moved by the same logit in each group, so that together they are what was found."""
    sp = special()
    total, found, expected = sums
    with np.errstate(divide="ignore", invalid="ignore"):
        shift = sp.logit(np.clip(found / total, 1e-6, 1 - 1e-6)) - sp.logit(np.clip(expected / total, 1e-6, 1 - 1e-6))
    return np.asarray(np.clip(sp.expit(sp.logit(mean) + np.nan_to_num(shift)[group]), 1e-6, 1 - 1e-6))


def _around_solved(sums: list[Numbers]) -> Numbers:
    with np.errstate(divide="ignore", invalid="ignore"):
        rho = (sums[3] - sums[4]) / sums[5]
    return np.asarray(np.clip(np.nan_to_num(rho), 0.0, _MOST_CORRELATION))


@dataclass(frozen=True, eq=False)
class _Sums:
    """Sums over groups from which moments are made."""

    x: Numbers
    n: Numbers
    group: Codes
    count: int

    def moments(self, trust: Numbers, rho: Numbers) -> list[Numbers]:
        """Terms of each report: weight, weighted share, weighted square, squared weight, and weights over n."""
        share, weight = self.x / self.n, trust * self.n / (1 + (self.n - 1) * rho)
        return [weight, weight * share, weight * share**2, weight**2, weight / self.n, weight**2 / self.n]

    def around(self, trust: Numbers, rho: Numbers, mean: Numbers) -> list[Numbers]:
        """Terms around known means: weight, share, mean, square, its sampling part, effect of rho, squared weight."""
        share, weight = self.x / self.n, trust * self.n / (1 + (self.n - 1) * rho)
        scale = weight * mean * (1 - mean)
        square = weight * (share - mean) ** 2
        return [
            weight, weight * share, weight * mean, square, scale / self.n, scale * (1 - 1 / self.n), weight**2,
        ]  # fmt: skip

    def added(self, parts: list[Numbers]) -> list[Numbers]:
        return [np.bincount(self.group, part, self.count).astype(np.float64) for part in parts]

    def by_cell(self, parts: list[Numbers], cell: Codes) -> list[Numbers]:
        return [np.bincount(cell, part).astype(np.float64) for part in parts]

    def _hit_or_missed(self) -> list[Numbers]:
        return [(self.x > 0).astype(np.float64), (self.x < self.n).astype(np.float64)]

    @property
    def informative(self) -> Numbers:
        """Reports with a hit or reports with a miss in each group, whichever are fewer."""
        hit, missed = self.added(self._hit_or_missed())
        return np.minimum(hit, missed)

    def informative_without(self, cell: Codes) -> Numbers:
        """The same for each report without its body."""
        parts = self._hit_or_missed()
        hit, missed = (
            total[self.group] - mine[cell]
            for total, mine in zip(self.added(parts), self.by_cell(parts, cell), strict=True)
        )
        return np.minimum(hit, missed)


def _spread(sums: list[Numbers]) -> tuple[Numbers, Numbers, Numbers, Numbers]:
    """Mean, weighted sum of squares around it, and what it would be per unit of sampling and of random effect."""
    total, first, second, squares, over_n, squares_over_n = sums
    with np.errstate(divide="ignore", invalid="ignore"):
        mean = np.clip(first / total, 1e-6, 1 - 1e-6)
        found = np.maximum(second - 2 * mean * first + total * mean**2, 0.0)
        sampling = over_n - squares_over_n / total
        return mean, found, sampling, (total - squares / total) - sampling


def _solved(sums: list[Numbers]) -> tuple[Numbers, Numbers]:
    mean, found, sampling, effect = _spread(sums)
    with np.errstate(divide="ignore", invalid="ignore"):
        rho = (found / (mean * (1 - mean)) - sampling) / effect
    return np.nan_to_num(mean, nan=0.5), np.clip(np.nan_to_num(rho), 0.0, _MOST_CORRELATION)


def _pooled(sums: list[Numbers]) -> float:
    """One correlation for all groups."""
    mean, found, sampling, effect = _spread(sums)
    whole = np.isfinite(mean) & (effect > 0)
    scale = (mean * (1 - mean))[whole]
    below = float((effect[whole] * scale).sum())
    above = float((found[whole] - sampling[whole] * scale).sum())
    return float(np.clip(above / below, 0.0, _MOST_CORRELATION)) if below > 0 else _FIRST_GUESS


def _drawn(own: Numbers, informative: Numbers, pooled: float, borrowed: float) -> Numbers:
    return np.asarray((informative * own + borrowed * pooled) / (informative + borrowed))

"""Confidence intervals of proportions and medians, over whole arrays.

Sources: Wilson 1927 (score interval); Clopper and Pearson 1934 (exact interval); Korn and Graubard 1998 (both with the
sample size divided by the design effect when observations come in clusters); Cochran 1977, section 6.4 (variance of a
ratio); Garwood 1936 (exact interval of a count). All are two-sided.
"""

from __future__ import annotations

from functools import lru_cache
from statistics import NormalDist
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from govreport.errors import UsageError

Numbers = npt.NDArray[np.float64]
Codes = npt.NDArray[np.intp]
INSTALL = "pip install 'govreport[statistics]'"


class Interval(NamedTuple):
    """Lower and upper limits; NaN where there is none."""

    low: Numbers
    high: Numbers


class Clustered(NamedTuple):
    """What clusters make of groups: the effective sample size, and how many clusters it rests on."""

    effective: Numbers
    clusters: Numbers


def special() -> Any:
    """``scipy.special``, imported when it is needed.

    Raises:
        UsageError: scipy is not installed.
    """
    try:
        import scipy.special
    except ImportError as error:
        raise UsageError(f"exact limits need the package scipy, which is not installed; run {INSTALL}") from error
    return scipy.special


def check_level(level: float, name: str = "level", example: str = "0.95") -> None:
    """Refuses a level that is no probability.

    Raises:
        UsageError: it is not between 0 and 1.
    """
    if not (isinstance(level, int | float) and 0 < level < 1):
        raise UsageError(f"{name} should lie between 0 and 1, such as {example}; found {level!r}")


def wilson(hits: npt.ArrayLike, trials: npt.ArrayLike, level: float = 0.95) -> Interval:
    """The score interval of Wilson 1927. Trials may be effective ones, with a fraction.

    >>> low, high = wilson([10], [100])
    >>> round(float(low[0]), 4), round(float(high[0]), 4)
    (0.0552, 0.1744)

    Returns:
        Limits between 0 and 1; NaN where there are no trials.

    Raises:
        UsageError: the level is no probability.
    """
    check_level(level)
    return _wilson(np.asarray(hits, float), np.asarray(trials, float), NormalDist().inv_cdf(0.5 + level / 2))


def _wilson(hits: Numbers, trials: Numbers, z: Numbers | float) -> Interval:
    with np.errstate(divide="ignore", invalid="ignore"):
        rate = hits / trials
        shrunk = 1 + z**2 / trials
        middle = (rate + z**2 / (2 * trials)) / shrunk
        half = z / shrunk * np.sqrt(rate * (1 - rate) / trials + z**2 / (4 * trials**2))
    # at the ends the exact values are 0 and 1, which rounding misses
    low = np.where(hits <= 0, 0.0, np.clip(middle - half, 0, 1))
    high = np.where(hits >= trials, 1.0, np.clip(middle + half, 0, 1))
    none = ~(trials > 0)
    return Interval(np.where(none, np.nan, low), np.where(none, np.nan, high))


def clopper_pearson(hits: npt.ArrayLike, trials: npt.ArrayLike, level: float = 0.95) -> Interval:
    """The exact interval of Clopper and Pearson 1934: it covers at least at its level, whatever the rate.

    >>> low, high = clopper_pearson([10], [100])
    >>> round(float(low[0]), 4), round(float(high[0]), 4)
    (0.049, 0.1762)

    Returns:
        Limits between 0 and 1; NaN where there are no trials.

    Raises:
        UsageError: the level is no probability, or scipy is not installed.
    """
    check_level(level)
    sp, tail = special(), (1 - level) / 2
    x, n = np.asarray(hits, float), np.asarray(trials, float)
    rest = np.maximum(n - x, 0)
    with np.errstate(invalid="ignore"):
        low = np.where(x <= 0, 0.0, sp.betaincinv(np.maximum(x, 1e-12), rest + 1, tail))
        high = np.where(rest <= 0, 1.0, sp.betaincinv(x + 1, np.maximum(rest, 1e-12), 1 - tail))
    none = ~(n > 0)
    return Interval(np.where(none, np.nan, low), np.where(none, np.nan, high))


def garwood(counts: npt.ArrayLike, level: float = 0.95) -> Interval:
    """The exact interval of the expectation of a Poisson count (Garwood 1936).

    >>> low, high = garwood([10])
    >>> round(float(low[0]), 2), round(float(high[0]), 2)
    (4.8, 18.39)

    Raises:
        UsageError: the level is no probability, or scipy is not installed.
    """
    check_level(level)
    sp, tail = special(), (1 - level) / 2
    x = np.asarray(counts, float)
    low = np.where(x <= 0, 0.0, sp.gammaincinv(np.maximum(x, 1e-12), tail))
    return Interval(low, sp.gammaincinv(x + 1, 1 - tail))


def effective_trials(hits: Numbers, trials: Numbers, group: Codes, cluster: Codes, count: int) -> Clustered:
    """Sample sizes divided by the design effect of clusters, for each of ``count`` groups.

    The variance of the pooled rate is that of a ratio of cluster totals (Cochran 1977, 6.4): k / (k - 1) times the sum
    of (hits - rate x trials) squared over the square of all trials. The design effect is not taken below 1, and
    the size is corrected for the degrees of freedom of k clusters (Korn and Graubard 1998) by the caller's quantile.

    Returns:
        Effective size, NaN for a group of one cluster, whose spread is unknown; number of clusters with trials.
    """
    cell = group * (int(cluster.max(initial=0)) + 1) + cluster
    _, first, at = np.unique(cell, return_index=True, return_inverse=True)
    x, n, g = np.bincount(at, hits), np.bincount(at, trials), group[first]
    x, n, g = x[n > 0], n[n > 0], g[n > 0]
    total, k = np.bincount(g, n, count), np.bincount(g, minlength=count).astype(np.float64)
    with np.errstate(divide="ignore", invalid="ignore"):
        rate = np.bincount(g, x, count) / total
        spread = np.bincount(g, (x - rate[g] * n) ** 2, count) / total**2 * k / (k - 1)
        design = np.maximum(spread * total / (rate * (1 - rate)), 1.0)
        # where all or nothing is a hit, clusters say nothing about each other: each counts as one observation
        design = np.where((rate <= 0) | (rate >= 1), np.maximum(total / k, 1.0), design)
    return Clustered(np.where(k > 1, total / design, np.nan), k)


def clustered_interval(rate: Numbers, found: Clustered, interval: str, level: float) -> Interval:
    """Wilson's or the exact interval with the effective size of clusters and Student's t for their number.

    The size is multiplied by (z / t) squared with k - 1 degrees of freedom (Korn and Graubard 1998; for Wilson's
    interval Franco, Little, Louis and Slud 2019).
    """
    z = NormalDist().inv_cdf(0.5 + level / 2)
    freedom = np.maximum(found.clusters - 1, 1)
    size = found.effective * (z / special().stdtrit(freedom, 0.5 + level / 2)) ** 2
    make = wilson if interval == "wilson" else clopper_pearson
    return make(rate * size, size, level)


def median_interval(ordered: Numbers, level: float) -> tuple[float, float]:
    """Limits of the median from order statistics of a sorted sample: free of any distribution (binomial, exact).

    >>> median_interval(np.arange(1.0, 21.0), 0.95)
    (6.0, 15.0)

    Returns:
        NaN twice where the sample is too small for the level, which is below 6 values for 95%.
    """
    n = len(ordered)
    rank = _median_rank(n, level)
    if n == 0 or rank == 0:
        return np.nan, np.nan
    return float(ordered[rank - 1]), float(ordered[n - rank])


@lru_cache(maxsize=4096)
def _median_rank(n: int, level: float) -> int:
    return int(np.searchsorted(np.cumsum(_binomial_half(n)), (1 - level) / 2, side="right"))


def _binomial_half(n: int) -> Numbers:
    """Chances of 0, 1, ... heads in n throws, without underflow of the middle."""
    ratio = np.concatenate([[0.0], np.log(np.arange(n, 0, -1)) - np.log(np.arange(1, n + 1))])
    return np.asarray(np.exp(np.cumsum(ratio) - n * np.log(2.0)), dtype=np.float64)

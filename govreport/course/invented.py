"""Invented agencies that all have the same true rate, and intervals for shares: what lessons two and three look at."""

from __future__ import annotations

from collections.abc import Mapping
from math import lgamma, log, sqrt

import numpy as np
import pandas as pd

from govreport.errors import UsageError

RATE = 0.3
"""The true share of every invented agency."""

SMALL = 30
"""Below this many requests a share is not read: one request would move it by more than three points."""

_AGENCIES = 60
_SEED = 20240131
_Z = 1.959964  # 95 percent
_BUNDLE = 6  # requests that one heavy requester files, on average


def agencies_of_one_rate(*, heavy: bool = False) -> pd.DataFrame:
    """Sixty invented agencies with the same true share, 0.3, of requests not held: all differences are chance.

    Args:
        heavy: whether a few persons file many requests each, about the same thing, and so get the same answer.

    Returns:
        One row an agency, largest first: agency, n (requests processed), not_held, share, low and high (between which
        95 of 100 shares should lie if requests were independent), outside. The same call gives the same rows.
    """
    rng = np.random.default_rng(_SEED)
    sizes = np.sort(np.clip(rng.lognormal(4.0, 1.6, _AGENCIES), 3, 4000).astype(int))[::-1]
    held = [_in_bundles(rng, int(n)) if heavy else int(rng.binomial(n, RATE)) for n in sizes]
    limits = [_limits(int(n)) for n in sizes]
    made = pd.DataFrame(
        {
            "agency": [f"机关{at:02d}（合成）" for at in range(1, _AGENCIES + 1)],
            "n": sizes,
            "not_held": held,
            "share": np.array(held) / sizes,
            "low": [low / n for (low, _), n in zip(limits, sizes, strict=True)],
            "high": [high / n for (_, high), n in zip(limits, sizes, strict=True)],
        }
    )
    return made.assign(outside=(made["share"] < made["low"]) | (made["share"] > made["high"]))


def _in_bundles(rng: np.random.Generator, n: int) -> int:
    """Requests not held of n that come in bundles, each with one answer for all of it."""
    held, left = 0, n
    while left > 0:
        bundle = min(left, 1 if rng.random() < 0.7 else int(rng.geometric(1 / _BUNDLE)))
        held += bundle * int(rng.random() < RATE)
        left -= bundle
    return held


def _limits(n: int) -> tuple[int, int]:
    """Smallest and largest count that a binomial of n and the true rate does not leave in either 2.5 percent tail."""
    k = np.arange(n + 1)
    choose = np.array([lgamma(n + 1) - lgamma(i + 1) - lgamma(n - i + 1) for i in range(n + 1)])
    below = np.cumsum(np.exp(choose + k * log(RATE) + (n - k) * log(1 - RATE)))
    return int(np.searchsorted(below, 0.025)), int(np.searchsorted(below, 0.975))


def intervals(counts: Mapping[str, tuple[int, int]]) -> pd.DataFrame:
    """Shares with the interval of Wilson (1927), 95 percent, as if requests were independent of each other.

    They are not: where one person files many requests the true interval is wider.

    >>> intervals({"example": (4, 5)}).round(2).loc["example", ["share", "low", "high"]].tolist()
    [0.8, 0.38, 0.96]

    Args:
        counts: by name, how many of how many.

    Raises:
        UsageError: a count that is negative, or larger than its whole, or a whole of zero.
    """
    rows = {}
    for name, (k, n) in counts.items():
        if not 0 <= k <= n or n == 0:
            raise UsageError(f"{name}: expected some of one or more requests, found {k} of {n}")
        share, z2 = k / n, _Z**2
        middle = (share + z2 / (2 * n)) / (1 + z2 / n)
        half = _Z / (1 + z2 / n) * sqrt(share * (1 - share) / n + z2 / (4 * n * n))
        rows[name] = {
            "count": k,
            "n": n,
            "share": share,
            "low": max(middle - half, 0.0),
            "high": min(middle + half, 1.0),
        }
    return pd.DataFrame.from_dict(rows, orient="index")

"""Many tests at once: p-values adjusted for the false-discovery rate."""

from __future__ import annotations

from typing import Literal

import numpy as np
import numpy.typing as npt

from govreport.errors import UsageError

Numbers = npt.NDArray[np.float64]
Correction = Literal["bh", "by", "none"]


def adjusted(p: npt.ArrayLike, correction: Correction = "bh") -> Numbers:
    """P-values adjusted so that rejecting those up to a level keeps the false-discovery rate at it.

    Args:
        p: p-values; NaN stands for no test and stays NaN.
        correction: "bh" (Benjamini and Hochberg 1995: tests that are independent or positively dependent),
            "by" (Benjamini and Yekutieli 2001: any dependence, larger by the factor 1 + 1/2 + ... + 1/m) or "none".

    >>> adjusted([0.01, 0.04, 0.03]).round(3).tolist()
    [0.03, 0.04, 0.04]

    Raises:
        UsageError: no such correction.
    """
    if correction not in ("bh", "by", "none"):
        raise UsageError(f"correction should be 'bh', 'by' or 'none', found {correction!r}")
    given = np.asarray(p, dtype=np.float64)
    made = given.copy()
    at = np.flatnonzero(~np.isnan(given))
    if correction == "none" or not len(at):
        return made
    order = at[np.argsort(given[at], kind="stable")]
    ranks = np.arange(1, len(at) + 1)
    factor = float((1 / ranks).sum()) if correction == "by" else 1.0
    raw = given[order] * len(at) * factor / ranks
    made[order] = np.minimum(np.minimum.accumulate(raw[::-1])[::-1], 1.0)
    return made

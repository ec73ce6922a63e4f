"""The options of ``find_outliers``."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from govreport.analysis.discoveries import Correction
from govreport.analysis.outlier_scores import Dispersion
from govreport.errors import UsageError

Comparison = Literal["peers", "own_past"]
COMPARISONS: tuple[Comparison, ...] = ("peers", "own_past")


@dataclass(frozen=True, slots=True)
class OutlierMethod:
    """How ``find_outliers`` compares. Checked when it is made.

    Attributes:
        min_n: smallest denominator (of shares in both years) or count (found, expected, or of last year) that is
            ranked.
        min_peers: reports of other bodies that make a comparison.
        compare: "peers", "own_past" (changes between years) or both; None for what
            ``forms/outlier_measures.csv`` says, and for other measures both.
        dispersion: of shares: "additive" (beta-binomial), "multiplicative" (Spiegelhalter 2005) or "none".
        correction: "bh" (Benjamini and Hochberg 1995), "by" (Benjamini and Yekutieli 2001) or "none".

    Raises:
        UsageError: an option that there is not, or a number below its least.
    """

    min_n: int = 30
    min_peers: int = 20
    compare: tuple[Comparison, ...] | None = None
    dispersion: Dispersion = "additive"
    correction: Correction = "bh"

    def __post_init__(self) -> None:
        """Refuses what cannot be carried out."""
        for name, value, least in (("min_n", self.min_n, 1), ("min_peers", self.min_peers, 3)):
            if not isinstance(value, int) or value < least:
                raise UsageError(f"{name} should be a whole number from {least} on, found {value!r}")
        allowed: dict[str, tuple[str, ...]] = {
            "dispersion": ("additive", "multiplicative", "none"),
            "correction": ("bh", "by", "none"),
        }
        for option, values in allowed.items():
            if getattr(self, option) not in values:
                raise UsageError(f"{option} should be one of {', '.join(values)}; found {getattr(self, option)!r}")
        if self.compare is not None and (not self.compare or set(self.compare) - set(COMPARISONS)):
            raise UsageError(f"compare should be a tuple of {' and '.join(COMPARISONS)}, found {self.compare!r}")

"""What is compared: which reports, which numbers, on which scale, and how they are turned back."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from govreport.analysis.cells import UNKNOWN_FROM
from govreport.analysis.measures import Measure
from govreport.analysis.outlier_scores import Plain, Scores
from govreport.analysis.peers import NO_YEAR, Bodies, Codes, breaks_of, thresholds
from govreport.analysis.values import Values

Numbers = npt.NDArray[np.float64]
Mask = npt.NDArray[np.bool_]

# Where a zero mostly says that a body has no such duty: it is neither tested nor a peer.
_DUTIES = ("volumes", "enforcement", "documents")
_HALF = 0.5


@dataclass(frozen=True, eq=False)
class Figures:
    """A measure in the reports that may be compared.

    Attributes:
        line: position of each in ``frames.reports``.
        value: the measure.
        numerator: for counts and amounts the same.
        n: denominator, NaN without one.
        before: last year's value, NaN but for changes.
        n_before: last year's denominator, NaN but for changes of shares.
    """

    line: Codes
    value: Numbers
    numerator: Numbers
    n: Numbers
    before: Numbers
    n_before: Numbers

    def __len__(self) -> int:
        return len(self.line)

    def at(self, where: Mask) -> Figures:
        """Some of them."""
        return Figures(*(getattr(self, name)[where] for name in Figures.__dataclass_fields__))

    def enough(self, min_n: int) -> Mask:
        """Denominators that are large enough, in both years for a change; for changes of counts, one of the two."""
        if np.isnan(self.n).all():
            change = ~np.isnan(self.before)
            return np.asarray(~change | (np.fmax(self.value, self.before) >= min_n))
        return np.asarray(np.fmin(self.n, self.n_before) >= min_n)


def own_figures(found: Values, measure: Measure, inside: Mask) -> Figures:
    """The reports that tell a measure, among those inside. Zeros that mean "no such duty" are left out."""
    told = (found.status < UNKNOWN_FROM) & inside
    if measure.topic in _DUTIES and (measure.kind in ("count", "amount") or measure.unit == "ratio"):
        told &= found.numerator > 0
    if measure.kind == "amount":
        told &= found.value > 0
    line = np.flatnonzero(told)
    none = np.full(len(line), np.nan)
    return Figures(line, found.value[line], found.numerator[line], _below(found, line), none, none)


def _below(found: Values, line: Codes) -> Numbers:
    return np.full(len(line), np.nan) if found.denominator is None else found.denominator[line]


def changed_figures(found: Values, measure: Measure, bodies: Bodies, inside: Mask) -> tuple[Figures, int, int]:
    """Reports with the value of the same body's report on the year before.

    Of several reports of a body on one year the first counts, as in ``govreport.checks``.

    Returns:
        The figures without those across a break of the series; number of pairs across one; number of pairs in all.
    """
    told = np.flatnonzero((found.status < UNKNOWN_FROM) & (bodies.year != NO_YEAR))
    key = bodies.body[told] * 10_000 + bodies.year[told]
    unique, first = np.unique(key, return_index=True)
    at = np.minimum(np.searchsorted(unique, unique - 1), max(len(unique) - 1, 0))
    follows = unique[at] == unique - 1 if len(unique) else np.zeros(0, dtype=bool)
    line, past = told[first], told[first][at]
    kept = follows & inside[line]
    across = kept & np.isin(bodies.year[line], breaks_of(measure))
    now, then = found.value[line] > 0, found.value[past] > 0
    some = {"count": now | then, "amount": now & then}.get(measure.kind, np.ones(len(line), dtype=bool))
    chosen = kept & ~across & some
    line, past = line[chosen], past[chosen]
    figures = Figures(
        line, found.value[line], found.numerator[line], _below(found, line), found.value[past], _below(found, past)
    )
    return figures, int(across.sum()), int(kept.sum())


def on_scale(figures: Figures, measure: Measure, change: bool) -> Plain:
    """The scale on which a measure is compared: logarithms, but for indices."""
    value, n, before = figures.value, figures.n, figures.before
    nothing = np.zeros(len(value))
    if measure.kind == "index":
        return Plain(value, None, nothing)
    if measure.kind == "amount":
        return Plain(np.log(value / before) if change else np.log(value), None, nothing)
    if change:
        return Plain(np.log((value + _HALF) / (before + _HALF)), before + _HALF, 1 / (before + _HALF))
    if measure.unit == "ratio":
        return Plain(np.log((figures.numerator + _HALF) / (n + _HALF)), n + _HALF, 1 / (n + _HALF))
    return Plain(np.log(value + _HALF), np.ones(len(value)), nothing)


def turn_back(scores: Scores, figures: Figures, measure: Measure, change: bool) -> None:
    """Expected numbers and limits from the scale to what is printed, in place."""
    if measure.kind == "index":
        return
    half = 0.0 if measure.kind == "amount" or measure.unit == "ratio" else _HALF
    times = figures.before + half if change else 1.0
    for numbers in (scores.expected, scores.low, scores.high, scores.shrunken):
        with np.errstate(over="ignore"):
            numbers[:] = np.maximum(np.exp(numbers) * times - half, 0.0)


def too_small(scores: Scores, figures: Figures, measure: Measure, change: bool, min_n: int) -> Mask:
    """Counts and cases of which neither the found nor the expected number is large enough to be ranked."""
    if change or measure.proportion or measure.kind in ("amount", "index"):
        return np.zeros(len(figures), dtype=bool)
    if measure.unit == "ratio":
        cases = np.fmax(figures.numerator, figures.n * scores.expected)
        return np.asarray(~(cases >= thresholds()["min_cases"]))
    return np.asarray(~(np.fmax(figures.value, scores.expected) >= min_n))


def spread(scores: Scores, where: Mask) -> Scores:
    """Scores of some reports as those of all, with none for the others."""
    made = Scores.none(len(where))
    for name in Scores.__dataclass_fields__:
        getattr(made, name)[where] = getattr(scores, name)
    return made

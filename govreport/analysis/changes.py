"""What became of requests, from one year to the next: which outcomes' shares moved by more than noise.

Shares of a body waver from year to year by more than chance, because a heavy requester files many alike requests. So
a share's variance is taken as that of a beta-binomial, p (1 - p) (1/n + rho (1 - 1/n)), and rho of each outcome is set
from the panel itself, so that the usual changes of all bodies count as usual.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from statistics import NormalDist
from typing import Any, NamedTuple, cast

import numpy as np
import numpy.typing as npt
import pandas as pd

from govreport.analysis.agencies import AgencyLinks
from govreport.analysis.agency_groups import Ints
from govreport.analysis.cells import CellTable, cells_of_frames
from govreport.analysis.chains import Bodies, bodies_of
from govreport.analysis.discoveries import adjusted
from govreport.analysis.made_columns import category, nullable, texts_at
from govreport.analysis.measures import load_breaks
from govreport.analysis.outcomes import outcome_order
from govreport.errors import UsageError
from govreport.forms import editions, load_form
from govreport.frames import Frames

KINDS = ("compared", "form", "unknown")
"""Kind of a row of ``structure_changes``."""

OTHER = "other_handling"
"""The sum of the rows of（六）, the only figure of them that both editions of the form have."""

_TOTAL = "applications.processed.total"
# Quantiles of z² that rho brings to those of a chi-square with one degree of freedom. A higher one would take real
# changes for noise as soon as many bodies have some.
_QUANTILES = (0.5, 0.75)
_ENOUGH_PAIRS = 20
_STEPS = 40
_Numbers = npt.NDArray[np.float64]
_Mask = npt.NDArray[np.bool_]


def structure_changes(
    frames: Frames, links: AgencyLinks | pd.DataFrame | None = None, *, min_n: int = 30, level: float = 0.05
) -> pd.DataFrame:
    """Outcomes of requests of each body against the year before, one row an outcome.

    Columns: report_id, previous_id, body_id, agency (string), year (Int16), outcome, outcome_group, kind (category),
    share_before, share, change, low, high (Float64; shares of all requests processed, and the interval of the change),
    n_before, n (Int64, requests processed), p, p_adjusted (Float64), rho (Float64), rho_from (category: outcome, run,
    none), moved (boolean), distance (Float64), break_year (Int16).

    ``kind`` is ``compared``; ``form`` for a row that appears or disappears with the edition of the form, which is no
    change and has neither change nor p (``other_handling``, the sum of（六）, is compared instead); or ``unknown``
    where a figure is not known in one of the years. ``moved`` is true where the change is more than noise: p, adjusted
    for all comparisons of the run (Benjamini-Hochberg), is below ``level``. It is NA where nothing was compared, and
    where ``rho`` could not be set. ``rho`` is how unlike two years of a body usually are, from the outcome's own pairs
    in this run, or from those of all outcomes where it has few; with fewer than 20 pairs in the run it is 0 and
    ``none``, and p and the interval take out chance alone. ``distance`` is half the sum of all changes of the pair (0
    the same mix, 1 nothing in common), over the outcomes that both forms have. ``break_year`` is a break of series
    between the two years, NA for none.

    Pairs with a year between them and pairs with fewer than ``min_n`` requests processed in one year have no row.

    Args:
        frames: the reports.
        links: what ``link_agencies`` gave, or a DataFrame with report_id and body_id; made here when None.
        min_n: fewest requests processed in each of the two years.
        level: share of false alarms among what moved, and of intervals that miss; between 0 and 1.

    Raises:
        UsageError: min_n below 1, level not between 0 and 1, or links that are not those of these reports.
    """
    if min_n < 1 or not 0 < level < 1:
        raise UsageError(f"min_n is 1 or more and level between 0 and 1; found min_n={min_n}, level={level}")
    bodies = bodies_of(frames, links)
    outcomes = [*outcome_order(), OTHER]
    cells = cells_of_frames(frames, [_TOTAL])
    pairs = _comparable(cells, bodies, min_n)
    both = _Pairs(
        pairs,
        bodies.previous[pairs],
        _counts(cells, outcomes, bodies.previous[pairs]),
        _counts(cells, outcomes, pairs),
        cells.cell(_TOTAL)[0][bodies.previous[pairs]],
        cells.cell(_TOTAL)[0][pairs],
    )
    kind = _kinds(cells, both, outcomes)
    return _table(frames, bodies, both, outcomes, kind, level)


class _Pairs(NamedTuple):
    """Positions of reports and of those before, their counts by outcome, and all requests processed."""

    now: Ints
    then: Ints
    x1: _Numbers
    x2: _Numbers
    n1: _Numbers
    n2: _Numbers


def _comparable(cells: CellTable, bodies: Bodies, min_n: int) -> Ints:
    pairs = np.flatnonzero(bodies.first & (bodies.previous >= 0))
    then = bodies.previous[pairs]
    total = cells.cell(_TOTAL)[0]
    next_year = bodies.year[pairs] - bodies.year[then] == 1
    known = (cells.edition[pairs] >= 0) & (cells.edition[then] >= 0)
    return cast(Ints, pairs[next_year & known & (total[pairs] >= min_n) & (total[then] >= min_n)])


def _counts(cells: CellTable, outcomes: Sequence[str], at: Ints) -> _Numbers:
    """Requests by outcome, NaN where unknown; more than were processed cannot be a share."""
    rows = [
        _other(cells, at) if outcome == OTHER else cells.cell(f"applications.{outcome}.total")[0][at]
        for outcome in outcomes
    ]
    made = np.stack(rows, axis=1)
    return np.where(made <= cells.cell(_TOTAL)[0][at][:, None], made, np.nan)


def _other(cells: CellTable, at: Ints) -> _Numbers:
    """（六）: one row in the form of 2019, the sum of three in that of 2021."""
    made = np.zeros(len(at))
    for row in _others():
        absent = ~_of_form(row)[cells.edition[at]]
        made += np.where(absent, 0.0, cells.cell(f"applications.{row}.total")[0][at])
    return made


def _others() -> list[str]:
    return [row for row, group in outcome_order().items() if group == OTHER]


def _of_form(row: str) -> _Mask:
    return np.array([f"applications.{row}.total" in load_form(edition).cells for edition in editions()])


def _kinds(cells: CellTable, both: _Pairs, outcomes: Sequence[str]) -> npt.NDArray[np.int8]:
    """Rows of（六）compare within an edition only; rows that neither form has are marked -1."""
    edition1, edition2 = cells.edition[both.then], cells.edition[both.now]
    made = np.where(np.isnan(both.x1) | np.isnan(both.x2), KINDS.index("unknown"), KINDS.index("compared"))
    for column, outcome in enumerate(outcomes):
        if outcome in _others():
            known = _of_form(outcome)
            made[edition1 != edition2, column] = KINDS.index("form")
            made[~known[edition1] & ~known[edition2], column] = -1
    return made.astype(np.int8)


def _table(
    frames: Frames, bodies: Bodies, both: _Pairs, outcomes: list[str], kind: npt.NDArray[np.int8], level: float
) -> pd.DataFrame:
    tested = kind == KINDS.index("compared")
    n1, n2 = both.n1[:, None], both.n2[:, None]
    s1, s2 = (np.where(kind == KINDS.index("unknown"), np.nan, x) for x in (both.x1 / n1, both.x2 / n2))
    pooled = np.where(tested, (both.x1 + both.x2) / (n1 + n2), np.nan)
    rho, source = _spread(s1, s2, pooled, n1, n2, tested)
    z2 = _squared(s1, s2, pooled, n1, n2, rho[None, :])
    p = np.where(tested, _tail(z2), np.nan)
    low, high = _interval(s1, s2, _effective(n1, rho), _effective(n2, rho), level)
    shown = np.flatnonzero((kind >= 0).ravel())
    lines = np.repeat(both.now, len(outcomes))[shown]
    before = np.repeat(both.then, len(outcomes))[shown]
    column = np.tile(np.arange(len(outcomes)), len(both.now))[shown]
    adjusted_p = adjusted(p.ravel())
    year = bodies.year[lines]
    reports = frames.reports
    groups = [*dict.fromkeys(outcome_order().values())]
    group_of = [groups.index(outcome_order().get(outcome, OTHER)) for outcome in outcomes]
    made: dict[str, Any] = {
        "report_id": texts_at(reports["report_id"], lines),
        "previous_id": texts_at(reports["report_id"], before),
        "body_id": texts_at(pd.Series(bodies.keys, dtype="string"), lines),
        "agency": texts_at(reports["agency"], lines),
        "year": pd.array(year, dtype="Int16"),
        "outcome": category(column, outcomes),
        "outcome_group": category(np.array(group_of, dtype=np.int64)[column], groups),
        "kind": category(kind.ravel()[shown], KINDS),
        "share_before": nullable(s1.ravel()[shown]),
        "share": nullable(s2.ravel()[shown]),
        "change": nullable(np.where(tested, s2 - s1, np.nan).ravel()[shown]),
        "low": nullable(np.where(tested, low, np.nan).ravel()[shown]),
        "high": nullable(np.where(tested, high, np.nan).ravel()[shown]),
        "n_before": pd.array(np.repeat(both.n1, len(outcomes))[shown].astype(np.int64), dtype="Int64"),
        "n": pd.array(np.repeat(both.n2, len(outcomes))[shown].astype(np.int64), dtype="Int64"),
        "p": nullable(p.ravel()[shown]),
        "p_adjusted": nullable(adjusted_p[shown]),
        "rho": nullable(np.where(tested, rho[None, :], np.nan).ravel()[shown]),
        "rho_from": category(np.where(tested, source[None, :], -1).ravel()[shown], _SOURCES),
        "moved": _moved(adjusted_p, np.broadcast_to(source == _SOURCES.index("none"), tested.shape).ravel(), level)[
            shown
        ],
        "distance": nullable(np.repeat(_distance(s1, s2, tested, outcomes), len(outcomes))[shown]),
        "break_year": _breaks(year),
    }
    return pd.DataFrame(made)


_SOURCES = ("outcome", "run", "none")


def _spread(
    s1: _Numbers, s2: _Numbers, pooled: _Numbers, n1: _Numbers, n2: _Numbers, tested: _Mask
) -> tuple[_Numbers, npt.NDArray[np.int64]]:
    """Rho of each outcome, and where it is from. Shares of 0 in both years tell nothing of it."""
    told = tested & (pooled > 0) & (pooled < 1)
    parts = (s1, s2, pooled)
    sizes = [np.broadcast_to(n, pooled.shape) for n in (n1, n2)]
    enough = told.any(axis=1).sum() >= _ENOUGH_PAIRS
    run = _rho(*(x[told] for x in (*parts, *sizes))) if enough else 0.0
    rho = np.full(pooled.shape[1], run)
    source = np.full(pooled.shape[1], _SOURCES.index("run" if enough else "none"), dtype=np.int64)
    for column in range(pooled.shape[1]):
        own = told[:, column]
        if own.sum() >= _ENOUGH_PAIRS:
            rho[column] = _rho(*(x[own, column] for x in (*parts, *sizes)))
            source[column] = _SOURCES.index("outcome")
    return rho, source


def _rho(s1: _Numbers, s2: _Numbers, pooled: _Numbers, n1: _Numbers, n2: _Numbers) -> float:
    """The smallest rho with which neither the middle nor the tail of z² is above that of chance."""
    most = 0.0
    for quantile in _QUANTILES:
        aim = NormalDist().inv_cdf((1 + quantile) / 2) ** 2
        low, high = 0.0, 1.0
        for _ in range(_STEPS):
            middle = (low + high) / 2
            over = np.quantile(_squared(s1, s2, pooled, n1, n2, middle), quantile) > aim
            low, high = (middle, high) if over else (low, middle)
        if np.quantile(_squared(s1, s2, pooled, n1, n2, 0.0), quantile) > aim:
            most = max(most, high)
    return most


def _squared(s1: _Numbers, s2: _Numbers, pooled: _Numbers, n1: _Numbers, n2: _Numbers, rho: Any) -> _Numbers:
    variance = pooled * (1 - pooled) * (1 / _effective(n1, rho) + 1 / _effective(n2, rho))
    with np.errstate(divide="ignore", invalid="ignore"):
        return cast(_Numbers, np.where(variance > 0, (s2 - s1) ** 2 / variance, 0.0))


def _effective(n: _Numbers, rho: Any) -> _Numbers:
    """How many independent requests tell as much as n that come in clusters."""
    return cast(_Numbers, n / (1 + (n - 1) * rho))


def _tail(z2: _Numbers) -> _Numbers:
    """Chance of a z² as great or greater."""
    roots = np.sqrt(z2 / 2)
    return np.array([math.erfc(root) for root in roots.ravel().tolist()]).reshape(z2.shape)


def _interval(s1: _Numbers, s2: _Numbers, n1: _Numbers, n2: _Numbers, level: float) -> tuple[_Numbers, _Numbers]:
    """Interval of a difference of shares from the Wilson intervals of both (Newcombe 1998, method 10)."""
    low1, high1 = _wilson(s1, n1, level)
    low2, high2 = _wilson(s2, n2, level)
    change = s2 - s1
    low = change - np.sqrt((s2 - low2) ** 2 + (high1 - s1) ** 2)
    high = change + np.sqrt((high2 - s2) ** 2 + (s1 - low1) ** 2)
    return low, high


def _wilson(share: _Numbers, n: _Numbers, level: float) -> tuple[_Numbers, _Numbers]:
    z = NormalDist().inv_cdf(1 - level / 2)
    centre = (share + z**2 / (2 * n)) / (1 + z**2 / n)
    half = z * np.sqrt(share * (1 - share) / n + z**2 / (4 * n**2)) / (1 + z**2 / n)
    return centre - half, centre + half


def _moved(p: _Numbers, undecided: _Mask, level: float) -> Any:
    return pd.arrays.BooleanArray(np.nan_to_num(p, nan=1.0) < level, undecided | np.isnan(p))


def _distance(s1: _Numbers, s2: _Numbers, tested: _Mask, outcomes: Sequence[str]) -> _Numbers:
    """Half the sum of changes over outcomes that do not overlap; NaN where one of them is not known."""
    apart = [n for n, outcome in enumerate(outcomes) if outcome not in _others()]
    known = tested[:, apart].all(axis=1)
    return np.where(known, np.abs(s2 - s1)[:, apart].sum(axis=1) / 2, np.nan)


def _breaks(year: Ints) -> Any:
    known = np.array([b.year for b in load_breaks()], dtype=np.int64)
    return pd.arrays.IntegerArray(year.astype(np.int16), ~np.isin(year, known))

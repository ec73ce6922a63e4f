"""Sections three and four of an invented panel: requests, what became of them, reviews and lawsuits.

Requests of a body in a year are negative binomial around a level of its own, which is log-normal between bodies of
a kind and drifts over the years; a few bodies have a heavy requester who files mostly petitions and repeats. So
counts are over-dispersed and rates cluster, as in real reports. Everything runs over all bodies at once.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from govreport.forms import load_form, read_csv
from govreport.synthetic.panel_bodies import Bodies, Floats

Counts = NDArray[np.int64]

APPLICANTS = tuple(column.column for column in load_form("2021").columns["applications", "received"])[:-1]
"""Kinds of applicants in the order of the form, natural persons first, without the total."""

OUTCOMES = tuple(row.row for row in load_form("2021").rows["applications"] if row.parent == "processed")
"""Outcomes of the form of 2021 in order; earlier reports count the last three as one."""

# Of the applicants that are no natural persons: enterprises, institutes, public-interest, legal services, others.
_ORGANISATIONS = (0.66, 0.02, 0.04, 0.2, 0.08)
_PETTY = ("petition_or_complaint", "duplicate", "excessive")
# The revised law on reviews, in force since 2024, sends disputes about refusals to review before court.
_REVIEW_FIRST = 2024
_SHIFT = (1.5, 0.5, 1.2)
# Reviews, direct suits and suits after review for each request of the year, and how unlike bodies are.
_DISPUTES = (0.05, 0.009, 0.014)
_DISPUTES_SD = 0.9
_RESULTS = ((0.5, 0.1, 0.28, 0.12), (0.45, 0.07, 0.28, 0.2), (0.55, 0.05, 0.2, 0.2))
_YEARLY_SD = 0.25
_HEAVY_STAYS = 0.5


class Year(NamedTuple):
    """Sections three and four of all bodies in one year.

    Shapes: received, carried_in, carried_out (bodies, applicants); outcomes (bodies, outcomes, applicants);
    disputes (bodies, routes, results).
    """

    received: Counts
    carried_in: Counts
    carried_out: Counts
    outcomes: Counts
    disputes: Counts


@dataclass(frozen=True, eq=False)
class Demand:
    """What does not change about the requests of each body; all are arrays over bodies.

    Attributes:
        level: requests expected in a year.
        dispersion: size of the negative binomial; small is wild.
        heavy: chance that a heavy requester appears in a year.
        late: share of requests still open at the end of a year.
        applicants: shares of the kinds of applicants.
        outcomes: shares of outcomes.
        disputes: reviews and suits for each request, by route.
    """

    level: Floats
    dispersion: Floats
    heavy: Floats
    late: Floats
    applicants: Floats
    outcomes: Floats
    disputes: Floats


class Mood(NamedTuple):
    """What a year hands on to the next: the drift of the level, whether a heavy requester stays."""

    drift: Floats
    heavy: NDArray[np.bool_]


def draw_demand(bodies: Bodies, rng: np.random.Generator) -> Demand:
    """The lasting traits of each body; neighbours share some of them, so that regions differ."""
    kinds = {line["kind"]: line for line in read_csv("panel_kinds")}

    def of_kind(column: str) -> Floats:
        return bodies.by_kind({kind: line[column] for kind, line in kinds.items()})

    count = len(bodies)
    region = _regional(bodies, rng, 0.35, 0.25)
    level = of_kind("requests_median") * np.exp(of_kind("requests_sd") * rng.standard_normal(count) + region)
    level = saturated(level * bodies.factors["requests"], of_kind("requests_most"))
    persons = rng.beta(12 * of_kind("persons"), 12 * (1 - of_kind("persons")))
    organisations = _uneven(np.tile(_ORGANISATIONS, (count, 1)), 6.0, rng)
    return Demand(
        level=level,
        dispersion=of_kind("dispersion"),
        heavy=of_kind("heavy"),
        late=rng.beta(1.2, 24.0, count),
        applicants=np.column_stack([persons, (1 - persons)[:, None] * organisations]),
        outcomes=_outcome_shares(bodies, rng),
        disputes=np.array(_DISPUTES) * np.exp(_DISPUTES_SD * rng.standard_normal((count, 3))),
    )


def saturated(level: Floats, most: Floats) -> Floats:
    """A level that bends below a limit: no body of this world has a million requests."""
    return level / (1 + level / most)


def _regional(bodies: Bodies, rng: np.random.Generator, province_sd: float, city_sd: float) -> Floats:
    names = bodies.names
    effect = np.zeros(len(bodies))
    for keys, sd in ((names["province"], province_sd), (names["adcode"].str[:4], city_sd)):
        codes = keys.astype("category").cat.codes.to_numpy()
        effect += sd * rng.standard_normal(codes.max() + 1)[codes]
    return effect


def _outcome_shares(bodies: Bodies, rng: np.random.Generator) -> Floats:
    shares = np.column_stack([bodies.by_kind(_kinds_of(outcome)) for outcome in OUTCOMES])
    openness = np.exp(_regional(bodies, rng, 0.3, 0.2))
    shares[:, [OUTCOMES.index("granted"), OUTCOMES.index("partly_granted")]] *= openness[:, None]
    return _uneven(shares, 14.0, rng)


@cache
def _outcome_lines() -> dict[str, dict[str, str]]:
    return {line["outcome"]: line for line in read_csv("panel_outcomes")}


def _kinds_of(outcome: str) -> dict[str, str]:
    line = _outcome_lines()[outcome]
    return {kind: share for kind, share in line.items() if kind not in ("outcome", "heavy")}


def _uneven(shares: Floats, strength: float, rng: np.random.Generator) -> Floats:
    """Dirichlet shares around those given: the greater the strength, the more alike."""
    drawn = rng.standard_gamma(strength * shares / shares.sum(axis=1, keepdims=True)) + 1e-12
    made: Floats = drawn / drawn.sum(axis=1, keepdims=True)
    return made


def first_mood(count: int, rng: np.random.Generator) -> Mood:
    """The state before the first year."""
    return Mood(_YEARLY_SD * rng.standard_normal(count), np.zeros(count, dtype=bool))


def arrive(demand: Demand, mood: Mood, year: int, rng: np.random.Generator) -> tuple[Mood, Counts, Floats]:
    """New requests of a year by applicant, and the share of natural persons' requests that a heavy requester filed."""
    count = len(demand.level)
    drift = 0.8 * mood.drift + _YEARLY_SD * rng.standard_normal(count)
    expected = demand.level * np.exp(drift + 0.04 * (year - 2021))
    ordinary = rng.poisson(rng.gamma(demand.dispersion, expected / demand.dispersion))
    received = rng.multinomial(ordinary, demand.applicants)
    heavy = rng.random(count) < np.where(mood.heavy, _HEAVY_STAYS, demand.heavy)
    filed = np.where(heavy, rng.lognormal(np.log(10 * (1 + demand.level) ** 0.35), 0.9), 0).astype(np.int64)
    received[:, 0] += np.minimum(filed, 3000)
    share = np.minimum(filed, 3000) / np.maximum(received[:, 0], 1)
    return Mood(drift, heavy), received, share


def handle(
    demand: Demand, received: Counts, carried_in: Counts, heavy: Floats, year: int, rng: np.random.Generator
) -> Year:
    """What becomes of the requests of a year and of those carried in, and the disputes that follow."""
    waiting = received + carried_in
    carried_out = rng.binomial(waiting, demand.late[:, None])
    outcomes = _decide(demand, waiting - carried_out, heavy, rng)
    return Year(received, carried_in, carried_out, outcomes, _dispute(demand, received, year, rng))


def _decide(demand: Demand, processed: Counts, heavy: Floats, rng: np.random.Generator) -> Counts:
    """Outcomes of the requests of each applicant; natural persons' shares are mixed with a heavy requester's."""
    year = _uneven(demand.outcomes, 60.0, rng)
    petty = np.array([0.1 if outcome in _PETTY else 1.0 for outcome in OUTCOMES])
    theirs = np.array([float(_outcome_lines()[outcome]["heavy"]) for outcome in OUTCOMES])
    persons = (1 - heavy)[:, None] * year + heavy[:, None] * (theirs / theirs.sum())
    organisations = year * petty / (year * petty).sum(axis=1, keepdims=True)
    made = np.zeros((len(processed), len(OUTCOMES), len(APPLICANTS)), dtype=np.int64)
    for column in range(len(APPLICANTS)):
        at = np.flatnonzero(processed[:, column])
        made[at, :, column] = rng.multinomial(processed[at, column], (organisations if column else persons)[at])
    return made


def _dispute(demand: Demand, received: Counts, year: int, rng: np.random.Generator) -> Counts:
    rates = demand.disputes * (np.array(_SHIFT) if year >= _REVIEW_FIRST else 1.0)
    cases = rng.poisson(rng.gamma(2.0, rates * received.sum(axis=1)[:, None] / 2.0))
    return np.stack([rng.multinomial(cases[:, route], shares) for route, shares in enumerate(_RESULTS)], axis=1)


def application_cells(year: Year, edition: str) -> Counts:
    """Section three as the form prints it: bodies by cells, row by row, each with its total."""
    rows = [_row(year, row.row, edition) for row in load_form(edition).rows["applications"]]
    return _with_totals(np.stack(rows, axis=1))


def _row(year: Year, row: str, edition: str) -> Counts:
    plain: dict[str, Counts] = {
        "received": year.received,
        "carried_in": year.carried_in,
        "processed": year.outcomes.sum(axis=1),
        "carried_out": year.carried_out,
    }
    if row in plain:
        return plain[row]
    printed = {r.row for r in load_form(edition).rows["applications"]}
    members = [n for n, name in enumerate(OUTCOMES) if name == row or (row == "other" and name not in printed)]
    made: Counts = year.outcomes[:, members].sum(axis=1)
    return made


def litigation_cells(year: Year) -> Counts:
    """Section four as the form prints it: bodies by cells, route by route, each with its total."""
    return _with_totals(year.disputes)


def _with_totals(numbers: Counts) -> Counts:
    whole: Counts = np.concatenate([numbers, numbers.sum(axis=2, keepdims=True)], axis=2)
    flat: Counts = whole.reshape(len(whole), -1)
    return flat

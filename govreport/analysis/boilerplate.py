"""What everybody prints, and how little it says: weights of shingles by the number of bodies that use them.

A shingle in at most a small share of the bodies weighs 1. Beyond that its weight falls with the logarithm of the share
(inverse document frequency) to 0 for one that every body prints. Statutory labels and titles
(``forms/boilerplate.csv``) always weigh 0. Only frequent shingles need an entry, so the table stays small.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from typing import cast

import numpy as np
import numpy.typing as npt

from govreport.analysis.shingles import Codes, Counts, ShingleSets, normal_text, shared_codes, shingle_set
from govreport.forms import read_csv

Floats = npt.NDArray[np.float64]

FEW_BODIES = 20
"""A shingle in fewer bodies than this is not called boilerplate, however small the collection."""

_BUCKET_BITS = 20
_CODES_AT_ONCE = 4_000_000


@dataclass(frozen=True, eq=False)
class Weights:
    """Weights below 1. Made by ``shingle_weights``.

    Attributes:
        codes: the shingles that weigh less than 1, sorted.
        weights: their weights.
        bodies: number of bodies that were counted.
        beyond: number of bodies beyond which a shingle weighs less; None where there are too few bodies to tell.
    """

    codes: Codes
    weights: Floats
    bodies: int
    beyond: float | None

    def of(self, codes: Codes) -> Floats:
        """The weight of each shingle of a sorted set."""
        made = np.ones(len(codes))
        if len(self.codes):
            at = np.minimum(np.searchsorted(self.codes, codes), len(self.codes) - 1)
            met = self.codes[at] == codes
            made[met] = self.weights[at[met]]
        return made

    def telling(self, codes: Codes) -> Codes:
        """The shingles of a sorted set that weigh 1."""
        return cast(Codes, codes[self.of(codes) == 1.0])

    def total(self, codes: Codes) -> float:
        """What a sorted set weighs."""
        return float(self.of(codes).sum())

    def jaccard(self, left: Codes, right: Codes, least: float = 0.0) -> float:
        """Weighted Jaccard similarity of two sorted sets: weight of what both have by the weight of what either has.

        NaN where the two together weigh less than ``least``, or nothing: there is no more than boilerplate to compare.
        """
        return share(self.total(shared_codes(left, right)), self.total(left), self.total(right), least)


def share(shared: float, left: float, right: float, least: float = 0.0) -> float:
    """Weight of what two sets share by the weight of what either has; NaN where that is less than ``least``, or 0."""
    either = left + right - shared
    return shared / either if either > 0 and either >= least else float("nan")


@cache
def statutory_codes() -> Codes:
    """Shingles inside the statutory labels and titles of ``forms/boilerplate.csv``, sorted."""
    phrases = [row["text"] for row in read_csv("boilerplate") if row["kind"] == "phrase"]
    return np.unique(np.concatenate([shingle_set(phrase) for phrase in phrases]))


@cache
def place_endings() -> tuple[str, ...]:
    """Endings without which a place is also named, longest first: 山东 for 山东省."""
    found = [normal_text(row["text"]) for row in read_csv("boilerplate") if row["kind"] == "place_end"]
    return tuple(sorted(found, key=len, reverse=True))


def shingle_weights(sets: ShingleSets, bodies: Counts, most: float) -> Weights:
    """Weights from the texts of a collection.

    Args:
        sets: one set a text.
        bodies: number of the body of each text; a body counts once, however many texts it has.
        most: share of the bodies up to which a shingle weighs 1, below 1; 1 leaves only statutory wording out.
    """
    total = len(np.unique(bodies))
    beyond = max(most * total, FEW_BODIES - 1)
    statutory = statutory_codes()
    if most >= 1 or beyond >= total:
        return Weights(statutory, np.zeros(len(statutory)), total, None)
    codes, counts = _frequent(sets, bodies, beyond)
    weights = np.clip(np.log(total / counts) / np.log(total / beyond), 0, 1)
    other = ~np.isin(codes, statutory)
    codes = np.concatenate([codes[other], statutory])
    weights = np.concatenate([weights[other], np.zeros(len(statutory))])
    order = np.argsort(codes)
    return Weights(codes[order], weights[order], total, beyond)


def _frequent(sets: ShingleSets, bodies: Counts, beyond: float) -> tuple[Codes, Counts]:
    """Shingles in more than so many bodies and in how many: counted exactly, but only for those that can be."""
    codes = _candidates(sets, beyond)
    counts = np.zeros(len(codes), dtype=np.int64)
    for owners, part in _by_body(sets, bodies):
        at = np.minimum(np.searchsorted(codes, part), max(len(codes) - 1, 0))
        met = codes[at] == part if len(codes) else np.zeros(len(part), dtype=bool)
        once = np.unique(owners[met] * len(codes) + at[met])  # a shingle once a body
        counts += np.bincount(once % max(len(codes), 1), minlength=len(codes))
    kept = counts > beyond
    return codes[kept], counts[kept]


def _candidates(sets: ShingleSets, beyond: float) -> Codes:
    """Shingles in more texts than that; their first bits are counted before, which leaves few to sort."""
    shift = np.uint64(64 - _BUCKET_BITS)
    buckets = np.zeros(1 << _BUCKET_BITS, dtype=np.int64)
    for part in _parts(sets.codes):
        buckets += np.bincount((part >> shift).astype(np.int64), minlength=len(buckets))
    full = buckets > beyond
    found: list[Codes] = [np.zeros(0, dtype=np.uint64)]
    counts: list[Counts] = [np.zeros(0, dtype=np.int64)]
    for part in _parts(sets.codes):
        codes, times = np.unique(part[full[(part >> shift).astype(np.int64)]], return_counts=True)
        found.append(codes)
        counts.append(times)
    codes, back = np.unique(np.concatenate(found), return_inverse=True)
    total = np.zeros(len(codes), dtype=np.int64)
    np.add.at(total, back, np.concatenate(counts))
    return codes[total > beyond]


def _parts(codes: Codes) -> Iterator[Codes]:
    for start in range(0, len(codes), _CODES_AT_ONCE):
        yield codes[start : start + _CODES_AT_ONCE]


def _by_body(sets: ShingleSets, bodies: Counts) -> Iterator[tuple[Counts, Codes]]:
    """Codes with the body of each, some bodies at a time, never a body in two parts."""
    order = np.argsort(bodies, kind="stable")
    sizes = sets.sizes[order]
    filled = np.cumsum(sizes)
    begins = np.concatenate([[True], np.diff(bodies[order]) != 0]) if len(order) else np.zeros(0, dtype=bool)
    start, done = 0, 0
    for at in [*np.flatnonzero(begins).tolist()[1:], len(order)]:
        if filled[at - 1] - done < _CODES_AT_ONCE and at < len(order):
            continue
        part = sets.take(order[start:at])
        yield np.repeat(bodies[order[start:at]], sizes[start:at]), part.codes
        start, done = at, int(filled[at - 1])

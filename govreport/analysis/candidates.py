"""Pairs of texts that may be alike, without comparing every two: MinHash signatures and locality-sensitive hashing.

The signature is that of datasketch's scheme "affine32", worked out with numpy on shingles that are numbers already:
datasketch itself calls a Python function for each of a hundred million shingles. The index is datasketch's MinHashLSH,
filled with the texts that share a band with another; of the rest it would take 7 kB each.

A paragraph that 30,000 bodies print would make 450 million pairs. So a bucket of more than ``crowd`` texts is compared
with its first text only, and its texts go through a second index of what is left of them without boilerplate.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from typing import Any

import numpy as np
import numpy.typing as npt

from govreport.analysis.boilerplate import Weights
from govreport.analysis.shingles import Counts, ShingleSets
from govreport.errors import UsageError

Hashes = npt.NDArray[np.uint32]
Pairs = npt.NDArray[np.int64]

HASHES = 128
"""Permutations of a signature; an estimate from them has a standard error of 0.035 at a similarity of 0.8."""

_RECALL = 0.999  # for a pair exactly at the threshold
_SEED = 1
_SCHEME = "affine32"
_SHINGLES_AT_ONCE = 256  # 128 rows of so many 32-bit numbers fit the cache
_PAIRS_AT_ONCE = 1_000_000
_ESTIMATES_AT_ONCE = 100_000
_DOUBT = 5.0  # standard errors by which an estimate may lie below the threshold
_LEAST_LEFT, _RECALL_LEFT = 0.4, 0.98  # of the second index


@dataclass(frozen=True, eq=False)
class Candidates:
    """Pairs to compare exactly.

    Attributes:
        pairs: two columns, positions of the sets, the earlier first, sorted, each pair once.
        crowded: number of texts in buckets of more than ``crowd`` texts.
        largest: size of the largest bucket.
        unpaired: texts of such buckets that were compared with the first text of their bucket only: nothing, or
            nothing uncommon, is left of them without boilerplate.
    """

    pairs: Pairs
    crowded: int
    largest: int
    unpaired: int


def bands_for(threshold: float, hashes: int = HASHES, recall: float = _RECALL) -> tuple[int, int]:
    """Number of bands and their width: the widest bands that still find a pair at the threshold.

    A pair of similarity s shares a band with probability 1 - (1 - s^width)^bands.

    >>> bands_for(0.8)
    (25, 5)

    Args:
        threshold: similarity that must be found.
        hashes: length of the signatures.
        recall: probability with which it must be found.
    """
    for width in range(hashes // 2, 1, -1):
        bands = hashes // width
        if 1 - (1 - threshold**width) ** bands >= recall:
            return bands, width
    return hashes, 1


@cache
def _permutations() -> tuple[Hashes, Hashes]:
    datasketch = _datasketch()
    try:
        sketch = datasketch.MinHash(num_perm=HASHES, seed=_SEED, scheme=_SCHEME)
    except TypeError as error:
        raise UsageError(
            f"near-copies between bodies need datasketch 2.0 or newer, found {datasketch.__version__}; "
            "install it with pip install -U 'govreport[statistics]'"
        ) from error
    a, b = (np.asarray(numbers, dtype=np.uint32)[:, None] for numbers in sketch.permutations)
    return a, b


def _datasketch() -> Any:
    try:
        import datasketch  # type: ignore[import-untyped]
    except ImportError as error:
        raise UsageError(
            "near-copies between bodies need the package datasketch; install it with pip install "
            "'govreport[statistics]', or compare each body with its own past only: against='own_past'"
        ) from error
    return datasketch


def signatures(sets: ShingleSets, texts: Counts | None = None) -> Hashes:
    """The MinHash signature of each set, a row of ``HASHES`` numbers; a row of the largest number for an empty set.

    Args:
        sets: shingle sets.
        texts: positions of the sets to use, in the order wanted; all of them without it.

    Raises:
        UsageError: datasketch is missing or too old.
    """
    chosen = np.arange(len(sets)) if texts is None else texts
    factor, addend = _permutations()
    made = np.full((len(chosen), HASHES), np.iinfo(np.uint32).max, dtype=np.uint32)
    for row, text in enumerate(chosen.tolist()):
        numbers = _mixed((sets[text] >> np.uint64(32)).astype(np.uint32))
        for start in range(0, len(numbers), _SHINGLES_AT_ONCE):
            hashes = factor * numbers[start : start + _SHINGLES_AT_ONCE]
            hashes += addend
            np.minimum(made[row], hashes.min(axis=1), out=made[row])
    return made


def _mixed(numbers: Hashes) -> Hashes:
    """The finalizer of MurmurHash3 for 32 bits, which the scheme applies before it permutes."""
    for shift, factor in ((16, 0x85EBCA6B), (13, 0xC2B2AE35)):
        numbers ^= numbers >> np.uint32(shift)
        numbers *= np.uint32(factor)
    numbers ^= numbers >> np.uint32(16)
    return numbers


def candidate_pairs(
    sets: ShingleSets, texts: Counts, threshold: float, crowd: int, weights: Weights, least: int
) -> Candidates:
    """Pairs of texts whose similarity may reach the threshold.

    Args:
        sets: one set a text.
        texts: positions of the sets to compare, no two of them the same set, in the order of time.
        threshold: similarity wanted.
        crowd: the largest bucket of which all pairs are taken.
        weights: what is boilerplate.
        least: shingles without boilerplate that a text of a crowd must have for the second index.

    Raises:
        UsageError: datasketch is missing or too old.
    """
    hashes, sizes = signatures(sets, texts), sets.sizes[texts]
    first = _index(hashes, bands_for(threshold), crowd, _Judge(hashes, sizes, threshold))
    crowded = np.flatnonzero(first.crowded)
    if not len(crowded):
        return Candidates(texts[first.pairs], 0, first.largest, 0)
    rest = _without_boilerplate(sets, texts[crowded], weights)
    enough = np.flatnonzero(rest.sizes >= least)
    kept = crowded[enough]
    # what is left of a pair at the threshold that is boilerplate by half
    shape = bands_for(max(2 * threshold - 1, _LEAST_LEFT), recall=_RECALL_LEFT)
    second = _index(signatures(rest, enough), shape, crowd, _Judge(hashes[kept], sizes[kept], threshold))
    pairs = texts[_once([first.pairs, kept[second.pairs]])]
    return Candidates(pairs, len(crowded), first.largest, len(crowded) - len(kept) + int(second.crowded.sum()))


def _without_boilerplate(sets: ShingleSets, texts: Counts, weights: Weights) -> ShingleSets:
    parts = [weights.telling(sets[text]) for text in texts.tolist()]
    starts = np.concatenate([[0], np.cumsum([len(part) for part in parts], dtype=np.int64)])
    return ShingleSets(np.concatenate(parts), starts, sets.characters[texts])


@dataclass(frozen=True, eq=False)
class _Judge:
    """What is known of texts without comparing them: estimates by signatures, and sizes."""

    hashes: Hashes
    sizes: Counts
    threshold: float

    def likely(self, pairs: Pairs) -> Pairs:
        """Pairs whose sizes allow the threshold and whose estimate does not lie far below it."""
        small, large = (f(self.sizes[pairs[:, 0]], self.sizes[pairs[:, 1]]) for f in (np.minimum, np.maximum))
        pairs = pairs[small >= self.threshold * large]
        least = self.threshold - _DOUBT * np.sqrt(self.threshold * (1 - self.threshold) / HASHES)
        kept = np.zeros(len(pairs), dtype=bool)
        for start in range(0, len(pairs), _ESTIMATES_AT_ONCE):
            part = slice(start, start + _ESTIMATES_AT_ONCE)
            same = self.hashes[pairs[part, 0]] == self.hashes[pairs[part, 1]]
            kept[part] = same.mean(axis=1) >= least
        return pairs[kept]


@dataclass(frozen=True, eq=False)
class _Found:
    pairs: Pairs
    crowded: npt.NDArray[np.bool_]
    largest: int


def _index(hashes: Hashes, shape: tuple[int, int], crowd: int, judge: _Judge) -> _Found:
    """Likely pairs of all buckets; a bucket of more than ``crowd`` texts gives pairs with its first text only."""
    crowded = np.zeros(len(hashes), dtype=bool)
    found: list[Pairs] = []
    waiting: list[Pairs] = []
    largest = count = 0
    for bucket in _buckets(hashes, *shape):
        largest = max(largest, len(bucket))
        crowded[bucket] |= len(bucket) > crowd
        waiting.append(_pairs_of(bucket, crowd))
        count += len(waiting[-1])
        if count > _PAIRS_AT_ONCE:
            found.append(judge.likely(_once(waiting)))
            waiting, count = [], 0
    found.append(judge.likely(_once(waiting)))
    return _Found(_once(found), crowded, largest)


def _pairs_of(bucket: Pairs, crowd: int) -> Pairs:
    if len(bucket) > crowd:
        return np.stack([np.full(len(bucket) - 1, bucket[0]), bucket[1:]], axis=1)
    left, right = _corner(len(bucket))
    return np.stack([bucket[left], bucket[right]], axis=1)


@cache
def _corner(size: int) -> tuple[npt.NDArray[np.intp], npt.NDArray[np.intp]]:
    left, right = np.triu_indices(size, 1)
    return left, right


def _buckets(hashes: Hashes, bands: int, width: int) -> Iterator[Pairs]:
    """Texts that share a band, each bucket sorted, buckets of two or more."""
    datasketch = _datasketch()
    part = hashes[:, : bands * width]
    index = datasketch.MinHashLSH(num_perm=bands * width, params=(bands, width))
    for text in _in_company(part, bands).tolist():
        sketch = datasketch.LeanMinHash(seed=_SEED, hashvalues=part[text], scheme=_SCHEME)
        index.insert(text, sketch, check_duplication=False)
    for table in index.hashtables:
        for key, size in table.itemcounts().items():
            if size > 1:
                yield np.sort(np.fromiter(table.get(key), dtype=np.int64, count=size))


def _in_company(hashes: Hashes, bands: int) -> npt.NDArray[np.intp]:
    """Texts that share a band with another. The rest, nearly all, would only fill the index with sets of one."""
    shares = np.zeros(len(hashes), dtype=bool)
    for band in np.split(hashes, bands, axis=1):
        lines = np.zeros(len(band), dtype=np.uint64)
        for column in band.T:  # two bands with one number by chance cost a place in the index, nothing else
            lines = (lines + column) * np.uint64(0x9E3779B97F4A7C15)
        _, back, counts = np.unique(lines, return_inverse=True, return_counts=True)
        shares |= counts[back] > 1
    return np.flatnonzero(shares)


def _once(parts: list[Pairs]) -> Pairs:
    """Pairs of several lists, sorted, each once."""
    kept = [part for part in parts if len(part)]
    if not kept:
        return np.zeros((0, 2), dtype=np.int64)
    both = np.concatenate(kept)
    packed = np.unique(both[:, 0] << np.int64(32) | both[:, 1])
    return np.stack([packed >> np.int64(32), packed & np.int64(0xFFFFFFFF)], axis=1)

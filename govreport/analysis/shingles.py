"""Texts as sets of short runs of characters (shingles), and how alike two such sets are.

The normal form keeps what is said and drops how it is printed: NFKC of every character, lower case, letters and digits
only. A run of digits becomes one sign, because figures and years are what a copy replaces; Chinese numerals stay,
because most of them count arguments (一是, 二是). A shingle is five characters, two or three Chinese words, held as a
64-bit number: two different ones have the same number about once in 10^19.

>>> normal_text("2023年，共收到  申请１２件。")
'0年共收到申请0件'
>>> round(text_similarity("全年共举办培训三期。", "全年共举办培训四期。"), 2)
0.43
"""

from __future__ import annotations

import hashlib
import re
import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import cast

import numpy as np
import numpy.typing as npt

Codes = npt.NDArray[np.uint64]
Counts = npt.NDArray[np.int64]

SHINGLE = 5
"""Characters in a shingle: with fewer, stock words of two make any two reports alike; with more, one changed word of
a copy costs too much."""
FIGURE = "0"
"""What stands for every run of digits."""
NAME = "\ue000"
"""What stands for a name that is folded: a sign that no text has a use for."""

_FIGURES = re.compile(f"{FIGURE}{{2,}}")
_KEPT = ("L", "N", "M")  # letters, numbers, and marks that belong to a letter
_TEXTS_AT_ONCE = 100  # as much as fits the cache of a processor: four times as fast as 2000


class _Folding(dict[int, str]):
    """The normal form of a character by its number, worked out when it is first met."""

    def __missing__(self, number: int) -> str:
        found = unicodedata.normalize("NFKC", chr(number)).lower()
        kept = (c for c in found if unicodedata.category(c)[0] in _KEPT)
        self[number] = "".join(FIGURE if unicodedata.category(c) == "Nd" else c for c in kept)
        return self[number]


_FOLDING = _Folding({ord(NAME): NAME})


def normal_text(text: str, names: Sequence[str] = ()) -> str:
    """A text in its normal form.

    Args:
        text: any text.
        names: words in their normal form, longest first, that all become the same sign: names of the agency and of
            its place, where the wording is to be compared without them.
    """
    folded = _FIGURES.sub(FIGURE, text.translate(_FOLDING))
    for name in names:
        folded = folded.replace(name, NAME)
    return folded


def normal_spans(text: str) -> tuple[str, list[int], list[int]]:
    """The normal form with the first and the one-past-last position in the text that each of its signs stands for."""
    signs: list[str] = []
    starts: list[int] = []
    ends: list[int] = []
    for at, character in enumerate(text):
        for sign in _FOLDING[ord(character)]:
            if sign == FIGURE and signs and signs[-1] == FIGURE:
                ends[-1] = at + 1
                continue
            signs.append(sign)
            starts.append(at)
            ends.append(at + 1)
    return "".join(signs), starts, ends


def _odd_number(name: str) -> int:
    return int.from_bytes(hashlib.blake2b(name.encode(), digest_size=8).digest(), "big") | 1


_MULTIPLIERS = np.array([_odd_number(f"govreport shingle {n}") for n in range(SHINGLE)], dtype=np.uint64)


def _mixed(codes: Codes) -> Codes:
    """Every bit spread over all others (the finalizer of MurmurHash3, a bijection), in place."""
    for factor in (0xFF51AFD7ED558CCD, 0xC4CEB9FE1A85EC53):
        codes ^= codes >> np.uint64(33)
        codes *= np.uint64(factor)
    codes ^= codes >> np.uint64(33)
    return codes


def _codes(signs: str) -> Codes:
    """The number of the shingle that begins at each sign; none for the last four."""
    numbers = np.frombuffer(signs.encode("utf-32-le", "replace"), dtype="<u4").astype(np.uint64)
    count = max(len(numbers) - SHINGLE + 1, 0)
    made = np.zeros(count, dtype=np.uint64)
    for shift, multiplier in enumerate(_MULTIPLIERS):
        made += numbers[shift : shift + count] * multiplier
    return _mixed(made)


def shingles_in_order(normal: str) -> Codes:
    """Numbers of all shingles of a text in its normal form, in the order of the text, repeated ones repeated."""
    return _codes(normal)


def shingle_set(text: str) -> Codes:
    """Numbers of the different shingles of a text, sorted. A text of fewer than five characters has none."""
    return np.unique(_codes(normal_text(text)))


@dataclass(frozen=True, eq=False)
class ShingleSets:
    """The shingle sets of many texts in one array: 8 bytes for each character of text.

    Attributes:
        codes: all sets one after the other, each sorted.
        starts: where each set begins, and the end of the last.
        characters: length of each text in its normal form.
    """

    codes: Codes
    starts: Counts
    characters: Counts

    def __len__(self) -> int:
        """Number of texts."""
        return len(self.characters)

    def __getitem__(self, text: int) -> Codes:
        """The set of one text."""
        return self.codes[self.starts[text] : self.starts[text + 1]]

    @property
    def sizes(self) -> Counts:
        """Number of shingles of each text."""
        return np.diff(self.starts)

    def take(self, texts: npt.NDArray[np.intp]) -> ShingleSets:
        """The sets of some texts, in the order asked for."""
        parts = [self[int(text)] for text in texts]
        starts = np.concatenate([[0], np.cumsum([len(part) for part in parts], dtype=np.int64)])
        codes = np.concatenate(parts) if parts else np.zeros(0, dtype=np.uint64)
        return ShingleSets(codes, starts, self.characters[texts])


def shingle_sets(normal: Iterable[str]) -> ShingleSets:
    """Shingle sets of texts that are in their normal form already.

    >>> shingle_sets(["甲乙丙丁戊己", "甲乙丙"]).sizes.tolist()
    [2, 0]
    """
    kept, used = np.empty(1 << 16, dtype=np.uint64), 0
    sizes: list[npt.NDArray[np.int64]] = []
    characters: list[int] = []
    for texts in _batches(normal):
        codes, of_text = _batch(texts)
        while used + len(codes) > len(kept):
            # grows in place: a second copy of the largest array would double the memory of the whole run
            kept.resize(max(len(kept) + len(kept) // 2, used + len(codes)), refcheck=False)
        kept[used : used + len(codes)] = codes
        used += len(codes)
        sizes.append(of_text)
        characters += map(len, texts)
    kept.resize(used, refcheck=False)
    starts = np.concatenate([np.zeros(1, dtype=np.int64), np.cumsum(np.concatenate([*sizes, np.zeros(0, np.int64)]))])
    return ShingleSets(kept, starts.astype(np.int64), np.array(characters, dtype=np.int64))


def _batches(texts: Iterable[str]) -> Iterator[list[str]]:
    batch: list[str] = []
    for text in texts:
        batch.append(text)
        if len(batch) == _TEXTS_AT_ONCE:
            yield batch
            batch = []
    if batch:
        yield batch


def _batch(texts: list[str]) -> tuple[Codes, Counts]:
    """Sets of some texts, one after the other, and their sizes: all shingles at once, then each text sorted."""
    codes = _codes("".join(texts))
    lengths = np.array([len(text) for text in texts], dtype=np.int64)
    ends = np.cumsum(lengths)
    keep = np.zeros(len(codes), dtype=bool)
    for start, end in zip((ends - lengths).tolist(), (ends - SHINGLE + 1).tolist(), strict=True):
        if end <= start:
            continue
        part = codes[start:end]
        part.sort()
        keep[start] = True
        np.not_equal(part[1:], part[:-1], out=keep[start + 1 : end])
    total = np.concatenate([[0], np.cumsum(keep)])
    first, last = np.minimum(ends - lengths, len(codes)), np.minimum(ends, len(codes))
    return codes[keep], total[last] - total[first]


def shared_codes(left: Codes, right: Codes) -> Codes:
    """Numbers that two sorted sets have in common."""
    # a stable sort merges two sorted runs, which is what np.intersect1d does not
    both = np.sort(np.concatenate([left, right]), kind="stable")
    return cast(Codes, both[:-1][both[1:] == both[:-1]])


def jaccard(left: Codes, right: Codes) -> float:
    """Shingles in both sets, divided by shingles in either; NaN for two empty sets."""
    shared = len(shared_codes(left, right))
    either = len(left) + len(right) - shared
    return shared / either if either else float("nan")


def text_similarity(text: str, other: str) -> float:
    """Exact Jaccard similarity of two texts on their shingles: 1 for the same words, 0 for nothing in common.

    NaN when both have fewer than five characters. Raises nothing.
    """
    return jaccard(shingle_set(text), shingle_set(other))

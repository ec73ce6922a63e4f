"""Provinces, cities and counties that reports come from: cascading choices and search."""

from __future__ import annotations

from typing import cast

import numpy as np
import numpy.typing as npt
import pandas as pd

from govreport.errors import UsageError
from govreport.explore import pinyin
from govreport.explore.notes import text
from govreport.explore.selection import LANGS, LEVELS, Lang, Level, Place, Selection

Ints = npt.NDArray[np.intp]
Mask = npt.NDArray[np.bool_]
_SHOWN = 12


class Regions:
    """The places of a set of reports. A leaf is one combination of province, city and county; -1 is "none named".

    Attributes:
        leaf: leaf of each report.
        province: province of each report, a position in ``names("province")``, -1 unknown.
    """

    def __init__(self, reports: pd.DataFrame) -> None:
        codes = []
        self._names: dict[Level, list[str]] = {}
        named = {level: reports[level].astype("string") for level in LEVELS}
        # a province that is a city has no city below it, but some pages and tables repeat its name there
        named["city"] = named["city"].mask(named["city"].eq(named["province"]).fillna(False))
        for level in LEVELS:
            code, names = pd.factorize(named[level])
            codes.append(np.asarray(code, dtype=np.int64))
            self._names[level] = [str(name) for name in names]
        sizes = [len(self._names[level]) + 1 for level in LEVELS]
        key = np.ravel_multi_index([code + 1 for code in codes], sizes) if len(reports) else np.zeros(0, np.int64)
        _, first, leaf, count = np.unique(key, return_index=True, return_inverse=True, return_counts=True)
        self.leaf = leaf.astype(np.int32)
        self.province = codes[0].astype(np.int32)
        self._count = count
        self._at: dict[Level, Ints] = {
            level: code[first] if len(first) else np.zeros(0, np.intp)
            for level, code in zip(LEVELS, codes, strict=True)
        }
        adcodes = reports["adcode"].astype("string").iloc[first]
        self._adcode = ["" if pd.isna(code) else str(code) for code in adcodes]
        self._order = np.argsort([code or "~" for code in self._adcode], kind="stable")
        self._places: list[Place] | None = None
        self._sorted: dict[Level, list[int]] = {}

    def names(self, level: Level) -> list[str]:
        """All names of a level, in the order of their codes in this class."""
        return self._names[level]

    def in_order(self, level: Level) -> list[int]:
        """Positions in ``names`` in the order of region codes."""
        if level not in self._sorted:
            codes = self._at[level][self._order]
            self._sorted[level] = list(dict.fromkeys(codes[codes >= 0].tolist()))
        return self._sorted[level]

    def label(self, leaf: int) -> str:
        """The place in words, from province to county; empty when nothing is known."""
        named = [(self._names[level], int(self._at[level][leaf])) for level in LEVELS]
        return "".join(names[code] for names, code in named if code >= 0)

    def leaves(self, selection: Selection, upto: Level | None = None) -> Mask:
        """Which leaves a selection takes in.

        Args:
            selection: the places chosen.
            upto: take only the levels above this one.

        Raises:
            UsageError: a chosen place does not occur, or not below the places chosen above it.
        """
        kept = np.ones(len(self._count), dtype=bool)
        for level in LEVELS:
            if level == upto:
                break
            chosen = selection.place(level)
            if chosen is not None:
                fits = kept & (self._at[level] == self._code(level, chosen))
                if not fits.any():
                    raise UsageError(self._stranger(level, chosen, selection))
                kept = fits
        return kept

    def _code(self, level: Level, name: str) -> int:
        if name in {nameless(level, lang) for lang in LANGS}:
            return -1
        try:
            return self._names[level].index(name)
        except ValueError:
            return -2

    def _stranger(self, level: Level, name: str, selection: Selection) -> str:
        known = list(self.counts(level, selection))
        listed = ", ".join(known[:_SHOWN]) + (" ..." if len(known) > _SHOWN else "")
        above = "".join(selection.place(upper) or "" for upper in LEVELS[: LEVELS.index(level)])
        return f"no report is from the {level} {name!r}{' in ' + above if above else ''}; there are {listed or 'none'}"

    def counts(self, level: Level, selection: Selection) -> dict[str, int]:
        """Names that occur below the places chosen above, with numbers of reports, in the order of region codes.

        Reports that name no place at this level stand last, under the name of ``nameless``. A level at which no
        report names a place has no choices at all.
        """
        kept = self.leaves(selection, upto=level)
        at = self._at[level]
        made: dict[str, int] = {}
        for leaf in self._order:
            if kept[leaf] and at[leaf] >= 0:
                name = self._names[level][at[leaf]]
                made[name] = made.get(name, 0) + int(self._count[leaf])
        without = int(self._count[kept & (at < 0)].sum())
        if without and (made or level == "province"):
            made[nameless(level, selection.lang)] = without
        return made

    def search(self, typed: str, limit: int) -> list[Place]:
        """Places whose name, pinyin or code begins with what was typed; several words narrow from above."""
        *upper, last = pinyin.typed(typed).split(" ")
        if not last:
            return []
        found = []
        for place in self._all_places():
            rank = _rank(place, last)
            if rank is not None and all(_above(place, word) for word in upper):
                found.append((rank, LEVELS.index(place.level), -place.n, place.adcode or "~", place))
        return [entry[-1] for entry in sorted(found)[:limit]]

    def _all_places(self) -> list[Place]:
        if self._places is None:
            self._places = [place for level in LEVELS for place in self._places_at(level)]
        return self._places

    def _places_at(self, level: Level) -> list[Place]:
        """Places of a level: its leaves brought together by their names down to that level."""
        depth = LEVELS.index(level) + 1
        found: dict[tuple[str | None, ...], list[int]] = {}
        for leaf in self._order:
            if self._at[level][leaf] >= 0:
                path = [(self._names[upper], int(self._at[upper][leaf])) for upper in LEVELS[:depth]]
                names = tuple(known[code] if code >= 0 else None for known, code in path)
                found.setdefault(names, []).append(int(leaf))
        made = []
        for names, leaves in found.items():
            above = [*names, *[None] * (3 - depth)]
            code = next((self._adcode[leaf] for leaf in leaves if self._adcode[leaf]), None)
            adcode = code[: 2 * depth].ljust(6, "0") if code else None
            n = int(self._count[leaves].sum())
            made.append(Place(level, cast(str, names[-1]), above[0], above[1], above[2], n, adcode))
        return made


def nameless(level: Level, lang: Lang) -> str:
    """Name of the choice for reports without a place at a level: unknown region, or the body's own level."""
    return text("unknown_place" if level == "province" else "own_level", lang)


def _rank(place: Place, typed: str) -> int | None:
    """How well a place fits, 0 the best; None when it does not."""
    if typed.isdigit():
        fits = place.adcode is not None and place.adcode.startswith(typed.rstrip("0") or typed)
        return None if not fits else int(place.adcode != typed.ljust(6, "0"))
    if typed in place.name:
        return 0 if len(place.name) - len(typed) <= 1 else 1 if place.name.startswith(typed) else 2
    if pinyin.is_latin(typed):
        left = pinyin.matched(typed, place.name)
        return None if left is None else int(left > 1)
    return None


def _above(place: Place, typed: str) -> bool:
    """Whether one of the places above has this name."""
    names = [name for name in (place.province, place.city, place.county) if name and name != place.name]
    return any(typed in name or (pinyin.is_latin(typed) and pinyin.matched(typed, name) is not None) for name in names)

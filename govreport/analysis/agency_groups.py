"""Reports brought together by place and core of their agency's name: what the steps of linking work on."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt
import pandas as pd

from govreport.analysis.agency_names import Named, plain_name, take_apart
from govreport.analysis.places import NOWHERE, load_atlas

Ints = npt.NDArray[np.int64]
Mask = npt.NDArray[np.bool_]
NO_YEAR = -1
FIRST_BIT = 1990
"""The bit of a year in ``Group.years`` counts from here."""

_HOST = re.compile(r"^[a-z]+://(?:www\.)?([^/:?#]+)", re.IGNORECASE)
_COUNTY = 3
_NOBODY = Named(NOWHERE, "", "", "", "", False, True)


class Group(NamedTuple):
    """Reports of one name in one place. In its tuple order it does not depend on the order of reports.

    Attributes:
        place: key of the place in the atlas, empty where it is not known.
        core: the name without its place.
        apart: what keeps it from others of the same place and core: brackets, a site, a report; mostly empty.
        at: position of the place, ``NOWHERE`` where it is not known.
        stem: stem of a town or street.
        rank: rank of a town or street.
        wide: whether its county is not known.
        years: the years reported on, as bits.
        name: the name as printed in its last year.
        bare: the longest form of the name without its place.
    """

    place: str
    core: str
    apart: str
    at: int
    stem: str
    rank: str
    wide: bool
    years: int
    name: str
    bare: str

    @property
    def first(self) -> int:
        """First year reported on; ``NO_YEAR`` where no year is known."""
        return FIRST_BIT + (self.years & -self.years).bit_length() - 1 if self.years else NO_YEAR

    @property
    def last(self) -> int:
        """Last year reported on; ``NO_YEAR`` where no year is known."""
        return FIRST_BIT + self.years.bit_length() - 1 if self.years else NO_YEAR

    @property
    def year_count(self) -> int:
        """Number of years reported on."""
        return self.years.bit_count()

    def reports_on(self, year: int) -> bool:
        """Whether it reports on a year."""
        return bool(self.years >> (year - FIRST_BIT) & 1) if year >= FIRST_BIT else False

    @property
    def span(self) -> str:
        """Its years in words."""
        return str(self.first) if self.first == self.last else f"{self.first}-{self.last}"


@dataclass(frozen=True, eq=False)
class Grouped:
    """Groups, and what is known of each report in the order of the frame.

    Attributes:
        groups: in the order of their places and cores.
        of: position of each report's group.
        year: ``NO_YEAR`` where it is not known.
        name: the name in one form, without blanks; the same number for the same name.
        names: those names.
        mistyped: whether the place in the name has a typing error.
        by_host: place that only the site of the report tells, ``NOWHERE`` for all others.
        hosts: the site of each report, empty where it is not known.
    """

    groups: tuple[Group, ...]
    of: Ints
    year: Ints
    name: Ints
    names: tuple[str, ...]
    mistyped: Mask
    by_host: Ints
    hosts: tuple[str, ...]


def group_reports(reports: pd.DataFrame, left_out: Mask) -> Grouped:
    """Brings reports together by place and core.

    A report whose county is not known joins others through its site alone: where all reports of the site that tell
    their county tell the same one, it is from there; otherwise it stands by itself.

    Args:
        reports: ``Frames.reports``.
        left_out: reports that corrections place; each stands by itself here.
    """
    columns = ("agency", "agency_kind", "adcode", "province", "city", "county")
    texts: list[Any] = [reports[c].astype("string").fillna("").to_numpy(dtype=object) for c in columns]
    agencies, codes = texts[0].tolist(), texts[2].tolist()
    written = pd.MultiIndex.from_arrays(texts)
    number, distinct = pd.factorize(written)
    apart = [take_apart(row[0], row[1], row[2], row[3:]) for row in distinct]
    nobody = left_out | (texts[0] == "")
    named = [_NOBODY if skip else apart[i] for i, skip in zip(number.tolist(), nobody.tolist(), strict=True)]
    places = np.array([n.place for n in named], dtype=np.int64)
    wide = np.array([n.wide for n in named], dtype=bool)
    hosts = _hosts(reports)
    by_host = _places_by_host(hosts, places, wide & ~nobody, wide)
    at = np.where(by_host == NOWHERE, places, by_host)
    wide &= by_host == NOWHERE
    year = reports["year"].to_numpy(dtype=np.int64, na_value=NO_YEAR)
    own = reports["report_id"].astype("string").to_numpy(dtype=object)
    keys = _keys(named, at, codes, np.where(wide, own, "").tolist(), year)
    plain = {agency: plain_name(agency) for agency in set(agencies)}
    name, names = pd.factorize(np.array([plain[agency] for agency in agencies], dtype=object))
    groups, of = _gather(keys, named, at, wide, year, agencies)
    mistyped = np.array([n.mistyped for n in named], dtype=bool)
    return Grouped(groups, of, year, name.astype(np.int64), tuple(map(str, names)), mistyped, by_host, tuple(hosts))


def _hosts(reports: pd.DataFrame) -> list[str]:
    urls = reports["url"].astype("string").fillna("")
    known = {url: found[1].lower() if (found := _HOST.match(url)) else "" for url in urls.unique()}
    return [known[url] for url in urls]


def _places_by_host(hosts: Sequence[str], places: Ints, open_: Mask, unknown: Mask) -> Ints:
    """The county of reports that do not tell it, where their site is that of one county."""
    made = np.full(len(places), NOWHERE, dtype=np.int64)
    if not open_.any():
        return made
    atlas = load_atlas()
    wanted = {hosts[line] for line in np.flatnonzero(open_).tolist()} - {""}
    seen: dict[str, set[int]] = defaultdict(set)
    for line in np.flatnonzero(~unknown).tolist():
        if hosts[line] in wanted:
            seen[hosts[line]].add(int(places[line]))
    for line in np.flatnonzero(open_).tolist():
        found = seen.get(hosts[line], set())
        if len(found) != 1:
            continue
        (place,) = found
        if place != NOWHERE and atlas.places[place].level == _COUNTY and places[line] in (NOWHERE, *atlas.path(place)):
            made[line] = place
    return made


_Key = tuple[str, str, str]


def _keys(named: Sequence[Named], at: Ints, codes: Sequence[str], alone: Sequence[str], year: Ints) -> list[_Key]:
    """Place, core and what keeps apart. Two brackets or kinds of zone in one year are two bodies in all years."""
    atlas = load_atlas()
    place = [atlas.places[p].key if p != NOWHERE else codes[line] for line, p in enumerate(at.tolist())]
    stricts: dict[tuple[str, str, int], set[str]] = defaultdict(set)
    for line, one in enumerate(named):
        stricts[place[line], one.core, int(year[line])].add(one.strict)
    several = {key[:2] for key, met in stricts.items() if len(met) > 1}
    made = []
    for line, one in enumerate(named):
        key = (place[line], one.core)
        apart = alone[line] or (one.strict if key in several else "")
        made.append((*key, apart))
    return made


def _gather(
    keys: list[_Key],
    named: Sequence[Named],
    at: Ints,
    wide: Mask,
    year: Ints,
    agencies: Sequence[str],
) -> tuple[tuple[Group, ...], Ints]:
    order = {key: position for position, key in enumerate(sorted(set(keys)))}
    of = np.array([order[key] for key in keys], dtype=np.int64)
    bits = [0] * len(order)
    first_line = [-1] * len(order)
    latest: list[tuple[int, str]] = [(NO_YEAR - 1, "")] * len(order)
    bare = [""] * len(order)
    for line, group in enumerate(of.tolist()):
        when = int(year[line])
        if when >= FIRST_BIT:
            bits[group] |= 1 << (when - FIRST_BIT)
        if first_line[group] < 0:
            first_line[group] = line
        latest[group] = max(latest[group], (when, agencies[line]))
        bare[group] = max(bare[group], named[line].bare, key=lambda text: (len(text), text))
    groups = []
    for key, group in order.items():
        line = first_line[group]
        one = named[line]
        groups.append(
            Group(*key, int(at[line]), one.stem, one.rank, bool(wide[line]), bits[group], latest[group][1], bare[group])
        )
    return tuple(groups), of

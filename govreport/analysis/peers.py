"""Who is compared with whom: levels, bodies through the years, and peer groups that widen when they are too small."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache

import numpy as np
import numpy.typing as npt
import pandas as pd

from govreport.analysis.measures import Measure
from govreport.errors import FormError, UsageError
from govreport.forms import read_csv
from govreport.frames import Frames

Codes = npt.NDArray[np.intp]
Mask = npt.NDArray[np.bool_]

LEVELS = ("province", "city", "county", "town")
_TOWN_KINDS = ("street", "township")
NO_YEAR = -1


@dataclass(frozen=True, slots=True)
class PeerStep:
    """A step of ``forms/peer_steps.csv``: what peers have in common, and what is said of it.

    Attributes:
        step: its name.
        columns: among kind, level, year and era (the years between two breaks of the measure's series).
        note_zh: the notice, empty for the first step.
        note_en: the same in English.
    """

    step: str
    columns: tuple[str, ...]
    note_zh: str
    note_en: str


@cache
def peer_steps() -> tuple[PeerStep, ...]:
    """The steps of widening, in order.

    >>> [step.step for step in peer_steps()]
    ['same', 'all_levels', 'all_years', 'all_levels_and_years']

    Raises:
        FormError: a step names another column.
    """
    made = tuple(PeerStep(r["step"], tuple(r["columns"].split()), r["zh"], r["en"]) for r in read_csv("peer_steps"))
    if strangers := {column for step in made for column in step.columns} - {"kind", "level", "year", "era"}:
        raise FormError(f"forms/peer_steps.csv: columns are kind, level, year, era; found {', '.join(strangers)}")
    return made


@cache
def thresholds() -> dict[str, float]:
    """The numbers of ``forms/thresholds.csv`` by name.

    Raises:
        FormError: a value is no number.
    """
    try:
        return {row["name"]: float(row["value"]) for row in read_csv("thresholds")}
    except ValueError as error:
        raise FormError(f"forms/thresholds.csv: each value should be a number; {error}") from error


def levels(reports: pd.DataFrame) -> pd.Series:
    """Level of each body: province, city, county or town, from its kind and region; NA where no region is known.

    Street offices and townships are town level. A district of Beijing, Shanghai, Tianjin or Chongqing counts as county.
    """
    made = pd.Series(pd.NA, index=reports.index, dtype="object")
    for column in ("province", "city", "county"):
        made = made.mask(reports[column].notna(), column)
    made = made.mask(reports["agency_kind"].isin(_TOWN_KINDS), "town")
    return made.astype(pd.CategoricalDtype(list(LEVELS), ordered=True))


def expect_frames(frames: object, name: str) -> None:
    """Refuses what is not ``Frames``.

    Raises:
        UsageError: it is something else.
    """
    if not isinstance(frames, Frames):
        raise UsageError(
            f"{name} works on Frames, as open_reports and sample() give them; found {type(frames).__name__}"
        )


def body_codes(reports: pd.DataFrame, links: pd.DataFrame | None = None) -> Codes:
    """A number for each body, the same in all its reports.

    Args:
        reports: ``frames.reports``.
        links: ``report_id`` and ``body_id``, as ``link_agencies`` gives them; reports that are not in it, and all
            without it, are told apart by agency and region code (where it is not known, by the names of the places).
            A report without an agency is a body of its own.

    Raises:
        UsageError: the links lack a column, or name a report twice.
    """
    text = {c: reports[c].astype("string").fillna("") for c in ("agency", "adcode", "province", "city", "county")}
    place = text["adcode"].where(text["adcode"].ne(""), text["province"] + "/" + text["city"] + "/" + text["county"])
    own = reports["report_id"].astype("string")
    names = (text["agency"] + "\x1f" + place).where(text["agency"].ne(""), "\x1f" + own)
    if links is not None:
        if missing := {"report_id", "body_id"} - set(links.columns):
            raise UsageError(f"links should have the columns report_id and body_id; missing {', '.join(missing)}")
        if links["report_id"].duplicated().any():
            raise UsageError("links should name each report once; drop the doubles of report_id first")
        linked = own.map(links.set_index("report_id")["body_id"].astype("string"))
        names = ("\x1e" + linked).fillna(names)
    return np.asarray(pd.factorize(names)[0], dtype=np.intp)


def years_of(reports: pd.DataFrame) -> Codes:
    """Year of each report, ``NO_YEAR`` where it is not known."""
    return np.asarray(reports["year"].astype("Int64").fillna(NO_YEAR), dtype=np.intp)


def breaks_of(measure: Measure) -> tuple[int, ...]:
    """First years after a break of the measure's series; the revised regulations of 2019 concern every measure."""
    return tuple(sorted({*measure.breaks, 2019}))


@dataclass(frozen=True, eq=False)
class Bodies:
    """Reports as codes. Made by ``bodies_of``.

    Attributes:
        body: number of the body.
        kind: position of the kind among those met, -1 where it is not known.
        level: position in ``LEVELS``, -1 where it is not known.
        year: ``NO_YEAR`` where it is not known.
    """

    body: Codes
    kind: Codes
    level: Codes
    year: Codes

    def __len__(self) -> int:
        return len(self.body)

    def at(self, where: Codes) -> Bodies:
        """Some of the reports."""
        return Bodies(self.body[where], self.kind[where], self.level[where], self.year[where])


def bodies_of(reports: pd.DataFrame, links: pd.DataFrame | None = None) -> Bodies:
    """The codes of reports by which peers are found."""
    kind = np.asarray(pd.factorize(reports["agency_kind"].astype("object"))[0], dtype=np.intp)
    level = levels(reports).cat.codes.to_numpy().astype(np.intp)
    return Bodies(body_codes(reports, links), kind, level, years_of(reports))


@dataclass(frozen=True, eq=False)
class PeerGroups:
    """Reports of one step of widening.

    Attributes:
        step: the step.
        group: number of the peer group of each report; reports whose kind, level or year is not known have -1.
        peers: reports of other bodies in the group.
        chosen: reports that are compared at this step.
    """

    step: PeerStep
    group: Codes
    peers: Codes
    chosen: Mask


def peer_groups(bodies: Bodies, measure: Measure, min_peers: int) -> Iterator[PeerGroups]:
    """The steps at which some reports find at least ``min_peers`` reports of other bodies, narrowest first.

    Reports that find none at any step are in no ``chosen``.
    """
    left = np.ones(len(bodies), dtype=bool)
    era = np.searchsorted(np.array(breaks_of(measure)), bodies.year, side="right")
    columns = {"kind": bodies.kind, "level": bodies.level, "year": bodies.year, "era": era}
    for step in peer_steps():
        group = _grouped([columns[name] for name in step.columns], bodies.year)
        peers = _others(group, bodies.body)
        chosen = left & (peers >= min_peers)
        left &= ~chosen
        if chosen.any():
            yield PeerGroups(step, group, peers, chosen)


def _grouped(columns: list[Codes], year: Codes) -> Codes:
    known = np.logical_and.reduce([column >= 0 for column in columns]) & (year != NO_YEAR)
    keys = np.column_stack([column[known] for column in columns])
    made = np.full(len(year), -1, dtype=np.intp)
    if len(keys):
        sizes = keys.max(axis=0) + 1
        made[known] = np.unique(np.ravel_multi_index(tuple(keys.T), tuple(sizes)), return_inverse=True)[1]
    return made


def _others(group: Codes, body: Codes) -> Codes:
    """Reports of other bodies in the group of each report."""
    made = np.zeros(len(group), dtype=np.intp)
    known = group >= 0
    g, cell = group[known], cells_of(group[known], body[known])
    made[known] = np.bincount(g, minlength=1)[g] - np.bincount(cell, minlength=1)[cell]
    return made


def cells_of(group: Codes, body: Codes) -> Codes:
    """A number for each pair of group and body."""
    return np.asarray(np.unique(group * (int(body.max(initial=0)) + 1) + body, return_inverse=True)[1], dtype=np.intp)

"""Reports as arrays of codes, body by body and oldest first, so that a selection is a mask and a sum is one pass."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

from govreport.explore.notes import text
from govreport.explore.regions import Regions
from govreport.explore.selection import Body, Lang, Selection
from govreport.schema import AGENCY_KINDS

Ints = npt.NDArray[np.int32]
Mask = npt.NDArray[np.bool_]
Positions = npt.NDArray[np.intp]
NO_YEAR = -1
TABLE = ("report_id", "agency", "agency_kind", "province", "city", "county", "year", "n_findings", "url")


@dataclass(frozen=True, eq=False)
class Columns:
    """Columns of the reports, in an order of their own; made by ``columns_of``.

    Attributes:
        line: position of each report in the DataFrame it came from.
        year: ``NO_YEAR`` where it is not known.
        kind: position in ``AGENCY_KINDS``, -1 where it is not known.
        body: number of the body; the reports of a body stand together, oldest first.
        leaf: place of the report in ``regions``.
        province: position in ``regions.names("province")``, -1 where it is not known.
        doubled: whether another report has the same body and year.
        start: first report of each body, and the end of the last.
        keys: key of each body.
        agencies: agency of each body, empty where it is not known.
        regions: the places.
        reports: what the table of reports shows, in the order of the DataFrame they came from.
        numbers: number of each body by its key.
    """

    line: Ints
    year: npt.NDArray[np.int16]
    kind: npt.NDArray[np.int8]
    body: Ints
    leaf: Ints
    province: Ints
    doubled: Mask
    start: Ints
    keys: tuple[str, ...]
    agencies: tuple[str, ...]
    regions: Regions
    reports: pd.DataFrame
    numbers: dict[str, int]

    def __len__(self) -> int:
        return len(self.line)

    def of_body(self, body: int) -> slice:
        """The reports of a body."""
        return slice(int(self.start[body]), int(self.start[body + 1]))

    def mask(self, selection: Selection, *, regions: bool = True, years: bool = True) -> Mask:
        """Which reports a selection takes in.

        Args:
            selection: where, when and whom.
            regions: whether its places count.
            years: whether its years count.

        Raises:
            UsageError: a chosen place does not occur.
        """
        made = np.ones(len(self), dtype=bool)
        if regions and selection.in_a_place:
            made &= self.regions.leaves(selection)[self.leaf]
        if years and selection.years is not None:
            made &= (self.year >= selection.years[0]) & (self.year <= selection.years[1])
        if selection.kinds:
            made &= np.isin(self.kind, [AGENCY_KINDS.index(kind) for kind in selection.kinds])
        return made

    def in_years(self, body: int, selection: Selection) -> Positions:
        """Positions of the reports of a body in the years chosen."""
        own = self.of_body(body)
        at = np.arange(own.start, own.stop)
        if selection.years is None:
            return at
        return at[(self.year[at] >= selection.years[0]) & (self.year[at] <= selection.years[1])]

    def described(self, body: int, lang: Lang) -> Body:
        """A body in words, as its latest report describes it."""
        own = self.of_body(body)
        kind = int(self.kind[own.stop - 1])
        return Body(
            self.keys[body],
            self.agencies[body] or text("no_agency", lang),
            self.regions.label(int(self.leaf[own.stop - 1])),
            AGENCY_KINDS[kind] if kind >= 0 else "",
            own.stop - own.start,
        )


def columns_of(reports: pd.DataFrame) -> Columns:
    """The arrays of a frame of reports. Bodies are told apart by agency and region code.

    Where the code is not known, the names of the places stand for it; a report without an agency is a body by itself.
    """
    regions = Regions(reports)
    codes, names = _bodies(reports)
    year = reports["year"].to_numpy(dtype=np.int16, na_value=NO_YEAR)
    year = np.where(year > 0, year, NO_YEAR).astype(np.int16)
    backwards = -np.arange(len(reports))
    # of several reports on one year the first counts as the latest, as in govreport.checks
    order = np.lexsort((backwards, year, codes)).astype(np.int32)
    body, year = codes[order], year[order]
    kinds = reports["agency_kind"].astype(pd.CategoricalDtype(list(AGENCY_KINDS)))
    keys = tuple(_key(name) for name in names)
    shown = reports.reindex(columns=list(TABLE))
    return Columns(
        order,
        year,
        kinds.cat.codes.to_numpy().astype(np.int8)[order],
        body,
        regions.leaf[order],
        regions.province[order],
        _doubled(body, year),
        np.searchsorted(body, np.arange(len(names) + 1)).astype(np.int32),
        keys,
        _agencies(reports, codes),
        regions,
        shown,
        {key: number for number, key in enumerate(keys)},
    )


def _bodies(reports: pd.DataFrame) -> tuple[Ints, list[str]]:
    """Number of the body of each report, and names of bodies: agency and place with a control sign between them."""
    parts = {c: reports[c].astype("string").fillna("") for c in ("agency", "adcode", "province", "city", "county")}
    place = parts["adcode"].where(
        parts["adcode"] != "", parts["province"] + "/" + parts["city"] + "/" + parts["county"]
    )
    own = reports["report_id"].astype("string")
    names = (parts["agency"] + "\x1f" + place).where(parts["agency"] != "", "\x1f" + own)
    codes, unique = pd.factorize(names)
    return codes.astype(np.int32), [str(name) for name in unique]


def _agencies(reports: pd.DataFrame, codes: Ints) -> tuple[str, ...]:
    """Agency of each body, from its first report."""
    _, first = np.unique(codes, return_index=True)
    return tuple(reports["agency"].astype("string").fillna("").iloc[first].tolist())


def _key(name: str) -> str:
    return hashlib.sha256(name.encode("utf-8", "replace")).hexdigest()[:16]


def _doubled(body: Ints, year: npt.NDArray[np.int16]) -> Mask:
    same = (body[1:] == body[:-1]) & (year[1:] == year[:-1]) & (year[1:] != NO_YEAR)
    made = np.zeros(len(body), dtype=bool)
    made[1:] |= same
    made[:-1] |= same
    return made

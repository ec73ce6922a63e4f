"""The years of an invented panel, one after the other: what a year leaves open or in force begins the next."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from govreport.forms import load_form, read_csv
from govreport.model import STATUSES
from govreport.synthetic import panel_disclosure as section_two
from govreport.synthetic import panel_requests as section_three
from govreport.synthetic.panel_bodies import Bodies, Floats
from govreport.synthetic.panel_frames import Codes, Pages
from govreport.synthetic.panel_plant import Planter

STEADY = "zeros"
# How bodies print zeros, and how many do: as zeros; rows of zeros left empty; every zero empty; a stroke for it.
_HABITS = {STEADY: 0.88, "rows": 0.06, "cells": 0.03, "strokes": 0.03}
_MISSING = 0.05
_UNDATED = 0.05
_LATE = 0.04


def edition_of(year: int) -> str:
    """The edition of the form in force for reports on a year."""
    lines = [line for line in read_csv("editions") if int(line["first_year"]) <= year]
    return max(lines, key=lambda line: int(line["first_year"]))["edition"]


def draw_habits(count: int, rng: np.random.Generator) -> NDArray[np.str_]:
    """How each body prints zeros: zeros, rows, cells or strokes."""
    return rng.choice(list(_HABITS), count, p=list(_HABITS.values()))


class World:
    """All bodies between two years. ``live`` moves it on by one.

    Attributes:
        bodies: the bodies.
        demand: their lasting traits in sections three and four.
        duties: those in section two.
    """

    def __init__(self, bodies: Bodies, rng: np.random.Generator) -> None:
        self.bodies = bodies
        self.demand = section_three.draw_demand(bodies, rng)
        self.duties = section_two.draw_duties(bodies, rng)
        self._mood = section_three.first_mood(len(bodies), rng)
        self._stock = section_two.first_stock(self.duties, rng)
        self._open = np.zeros((len(bodies), len(section_three.APPLICANTS)), dtype=np.int64)
        self._rng = rng

    def live(self, year: int, edition: str, planter: Planter) -> Floats:
        """Figures of all bodies for a year: bodies by cells of the edition. The planter changes some on the way."""
        handled = self._requests(year, planter)
        deeds = self._deeds(planter)
        return np.hstack(
            [
                section_two.disclosure_cells(self.duties, deeds, edition, self._rng),
                section_three.application_cells(handled, edition),
                section_three.litigation_cells(handled),
            ]
        )

    def _requests(self, year: int, planter: Planter) -> section_three.Year:
        self._mood, received, heavy = section_three.arrive(self.demand, self._mood, year, self._rng)
        planter.multiply_requests(received)
        carried_in = self._open.copy()
        planter.shift_carry_over(carried_in)
        handled = section_three.handle(self.demand, received, carried_in, heavy, year, self._rng)
        planter.move_outcomes(handled.outcomes)
        self._open = handled.carried_out
        return handled

    def _deeds(self, planter: Planter) -> section_two.Deeds:
        added = {name: np.zeros(len(self.bodies), dtype=np.int64) for name in section_two.STOCKS}
        added["normative_documents"] = planter.shifted_stock()
        deeds = section_two.act(self.duties, self._stock, added, self._rng)
        planter.multiply_penalties(deeds.decisions["penalties"])
        self._stock = section_two.handed_on(deeds)
        return deeds


def report_years(
    world: World, years: tuple[int, int], habits: NDArray[np.str_], planter: Planter, rng: np.random.Generator
) -> Iterator[Pages]:
    """The reports year by year. The year before the first is lived through as well, so that the first has a past."""
    present = _present(len(world.bodies), years[1] - years[0] + 1, rng)
    world.live(years[0] - 1, edition_of(years[0]), planter)
    for number, year in enumerate(range(years[0], years[1] + 1)):
        edition = edition_of(year)
        planter.begin(year, edition, present[:, number])
        numbers = world.live(year, edition, planter)
        planter.spoil(numbers)
        at = np.flatnonzero(present[:, number])
        published = _published(world.bodies.names["agency_kind"].to_numpy()[at] == "government", year, rng)
        yield Pages(year, edition, at, numbers[at], printed_as(numbers[at], edition, habits[at]), published)


def _present(count: int, years: int, rng: np.random.Generator) -> NDArray[np.bool_]:
    """Which body reports on which year; every body on one at least."""
    present: NDArray[np.bool_] = rng.random((count, years)) >= _MISSING
    present[~present.any(axis=1), -1] = True
    return present


def printed_as(numbers: Floats, edition: str, habits: NDArray[np.str_]) -> Codes:
    """Codes of ``STATUSES`` for figures that bodies with these habits print.

    Section two keeps its zeros where it holds nothing else: a form without a figure would be no report.
    """
    cells = load_form(edition).cells
    rows = [cell.rpartition(".")[0] for cell in cells]
    starts = [n for n, row in enumerate(rows) if n == 0 or row != rows[n - 1]]
    zero = numbers == 0
    zero_row = np.repeat(np.logical_and.reduceat(zero, starts, axis=1), np.diff([*starts, len(rows)]), axis=1)
    second = np.array([cell.startswith("disclosure.") for cell in cells])
    open_to_blanks = ~second | ~zero[:, second].all(axis=1)[:, None]
    status = np.full(numbers.shape, STATUSES.index("given"), dtype=np.int8)
    for habit, empty, name in (("rows", zero_row, "blank"), ("cells", zero, "blank"), ("strokes", zero, "dash")):
        status[empty & open_to_blanks & (habits == habit)[:, None]] = STATUSES.index(name)
    return status


def _published(governments: NDArray[np.bool_], year: int, rng: np.random.Generator) -> list[str | None]:
    """Dates: governments report until the end of March, others until the end of January (条例 art. 49)."""
    count = len(governments)
    start = np.datetime64(f"{year + 1}-01-01")
    due = np.where(governments, 90, 31)
    days = np.where(
        rng.random(count) < _LATE, due + rng.integers(0, 60, count), (due * rng.beta(3, 1.2, count)).astype(int)
    )
    undated = rng.random(count) < _UNDATED
    dates = (start + days.astype("timedelta64[D]")).astype(str).tolist()
    return [None if gone else date for date, gone in zip(dates, undated.tolist(), strict=True)]

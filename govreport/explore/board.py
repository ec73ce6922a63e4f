"""The model behind the explorer: made once from reports, asked for a ``View`` at every change of a control."""

from __future__ import annotations

from typing import Self

import numpy as np
import numpy.typing as npt
import pandas as pd

from govreport.analysis import (
    MEASURE_STATUSES,
    Break,
    CellTable,
    Measure,
    cells_of_frames,
    cells_of_headlines,
    evaluate,
    load_breaks,
    load_measures,
    outcome_order,
)
from govreport.analysis.cells import HeadlineFrames
from govreport.errors import UsageError
from govreport.explore import pictures, pinyin
from govreport.explore.columns import NO_YEAR, columns_of
from govreport.explore.pictures import Drawn
from govreport.explore.regions import nameless
from govreport.explore.remarks import note
from govreport.explore.selection import LEVELS, Body, Lang, Level, Place, Selection
from govreport.explore.view import View
from govreport.frames import Frames
from govreport.schema import AGENCY_KINDS

Numbers = npt.NDArray[np.float64]
Terms = tuple[tuple[int, str], ...]


class Board:
    """Reports ready to be looked at from every side. Keeps arrays, not the frames.

    >>> from govreport.bundled import sample
    >>> board = Board(sample())
    >>> view = board.view(Selection(province="江苏省", measure="not_held_share", lang="en"))
    >>> view.n_reports, float(view.trend["pooled"].iloc[-1].round(4))
    (3, 0.2535)

    Args:
        frames: the reports.

    Raises:
        UsageError: not Frames, or two reports with the same ``report_id``.

    Attributes:
        measures: all measures, in the order of ``forms/measures.csv``.
        years: first and last year, None when no report states one.
        kinds: kinds of agency that occur, in the order of the form.
        known: number of reports in which each measure is known, by its id.
        selective: headline figures, which are counted but not made into shares.
    """

    measures: tuple[Measure, ...]
    years: tuple[int, int] | None
    kinds: tuple[str, ...]
    known: dict[str, int]
    selective: bool

    def __init__(self, frames: Frames) -> None:
        if not isinstance(frames, Frames):
            raise UsageError(
                f"a Board is made from Frames, found {type(frames).__name__}; "
                "open_reports and sample() give Frames, Board.from_headlines takes headline figures"
            )
        cells = {cell for measure in load_measures() for cell in measure.cells}
        self._set(frames.reports, cells_of_frames(frames, sorted(cells)))

    @classmethod
    def from_headlines(cls, headlines: HeadlineFrames) -> Self:
        """A Board of headline figures, as ``sample("headlines")`` gives them.

        Counts are there where they were seen; everything else is unknown, and no shares are made: prose names a
        reason mostly when it occurred.
        """
        made = cls.__new__(cls)
        made._set(headlines.reports, cells_of_headlines(headlines))
        return made

    def _set(self, reports: pd.DataFrame, cells: CellTable) -> None:
        self.measures = load_measures()
        self.selective = cells.selective
        self._columns = columns_of(reports)
        known = self._columns.year[self._columns.year != NO_YEAR]
        self.years = (int(known.min()), int(known.max())) if len(known) else None
        met = set(self._columns.kind.tolist())
        self.kinds = tuple(kind for code, kind in enumerate(AGENCY_KINDS) if code in met)
        self._numbers: dict[Terms, npt.NDArray[np.floating]] = {}
        self._status: dict[str, npt.NDArray[np.int8]] = {}
        for measure in self.measures:
            found = evaluate(cells, measure)
            self._status[measure.id] = found.status[self._columns.line]
            self._numbers.setdefault(measure.numerator, self._kept(found.numerator))
            if found.denominator is not None:
                self._numbers.setdefault(measure.denominator, self._kept(found.denominator))
        self.known = {name: int((status < _UNKNOWN_FROM).sum()) for name, status in self._status.items()}
        self._set_outcomes(cells)

    def _kept(self, numbers: Numbers) -> npt.NDArray[np.floating]:
        """In the order of the columns, and in half the memory where no digit is lost."""
        ordered = numbers[self._columns.line]
        short = ordered.astype(np.float32)
        return short if np.array_equal(short, ordered, equal_nan=True) else ordered

    def _set_outcomes(self, cells: CellTable) -> None:
        """Outcomes of the reports whose total is known; nothing of reports that contradict themselves.

        Headline figures seldom have a total: the outcomes that were seen count as they are.
        """
        line = self._columns.line
        processed = cells.cell("applications.processed.total")[0][line]
        parts = [np.nan_to_num(cells.cell(f"applications.{row}.total")[0][line]) for row in outcome_order()]
        met = np.stack(parts, axis=1)
        untold = processed - met.sum(axis=1)
        self._contradictory = untold < 0
        self._counted = ~self._contradictory & (~np.isnan(processed) | (cells.selective & met.any(axis=1)))
        self._outcomes = np.column_stack([met, np.nan_to_num(untold)]) * self._counted[:, np.newaxis]
        self._all_outcomes = self._outcomes.sum(axis=0)

    def __len__(self) -> int:
        """Number of reports."""
        return len(self._columns)

    def __repr__(self) -> str:
        span = "no year known" if self.years is None else f"on {self.years[0]}-{self.years[1]}"
        return f"<Board of {len(self)} reports by {len(self._columns.keys)} bodies, {span}>"

    def unknown(self, level: Level = "province", lang: Lang = "zh") -> str:
        """Name of the choice for reports without a place at a level: unknown region, or the body's own level."""
        return nameless(level, lang)

    def places(self, level: Level, selection: Selection | None = None) -> list[str]:
        """Names at a level below the places chosen above it, in the order of region codes; see ``place_counts``.

        Raises:
            UsageError: no such level, or a place chosen above does not occur.
        """
        return list(self.place_counts(level, selection))

    def place_counts(self, level: Level, selection: Selection | None = None) -> dict[str, int]:
        """Names at a level with their numbers of reports, whatever years and kinds are chosen.

        Reports that name no place at the level stand last under the name of ``unknown(level)``. A level that has no
        names has no choices: the provinces that are cities have no cities below them.

        Raises:
            UsageError: no such level, or a place chosen above does not occur.
        """
        if level not in LEVELS:
            raise UsageError(f"level is one of {', '.join(LEVELS)}; found {level!r}")
        return self._columns.regions.counts(level, selection or Selection())

    def search(self, text: str, limit: int = 20) -> list[Place]:
        """Places found by a name, a code, or pinyin in full or by initials; several words narrow from above.

        Pinyin needs the package pypinyin; without it names and codes are found all the same.

        >>> from govreport.bundled import sample
        >>> [place.name for place in Board(sample()).search("sq")]
        ['宿迁市']
        """
        return self._columns.regions.search(text, limit)

    def bodies(self, selection: Selection | None = None, text: str = "", limit: int = 50) -> list[Body]:
        """Bodies with a report in the selection, those with most reports first, found by a part of name or pinyin.

        Args:
            selection: where, when and whom; measure and body do not matter.
            text: a part of the agency's name or place, or its pinyin from any character on; empty for all.
            limit: how many at most.

        Raises:
            UsageError: the selection names a place that does not occur.
        """
        chosen = selection or Selection()
        columns = self._columns
        counts = np.bincount(columns.body[columns.mask(chosen)], minlength=len(columns.keys))
        wanted = pinyin.typed(text)
        made: list[Body] = []
        for body in np.argsort(-counts, kind="stable"):
            if len(made) == limit or not counts[body]:
                break
            found = columns.described(int(body), chosen.lang)
            if self._fits(found, wanted):
                made.append(found._replace(n_reports=int(counts[body])))
        return made

    @staticmethod
    def _fits(body: Body, wanted: str) -> bool:
        if not wanted or wanted in body.agency.lower() or wanted in body.place.lower():
            return True
        return pinyin.is_latin(wanted) and pinyin.matched(wanted, body.agency, anywhere=True) is not None

    def body(self, key: str, lang: Lang = "zh") -> Body:
        """A body by its key.

        Raises:
            UsageError: no body has this key.
        """
        return self._columns.described(self._body(key), lang)

    def body_reports(self, key: str) -> pd.DataFrame:
        """The reports of a body, latest first: year, report_id, url.

        Raises:
            UsageError: no body has this key.
        """
        own = self._columns.of_body(self._body(key))
        rows = self._columns.reports[["year", "report_id", "url"]]
        return rows.iloc[self._columns.line[own][::-1]].reset_index(drop=True)

    def view(self, selection: Selection | None = None) -> View:
        """The picture of a selection.

        Raises:
            UsageError: an unknown measure or body, or a place that does not occur; the message lists what there is.
        """
        chosen = selection or Selection()
        columns, measure = self._columns, self._measure(chosen.measure)
        body = None if chosen.body is None else self._body(chosen.body)
        own = None if body is None else self._drawn(measure, columns.in_years(body, chosen), chosen)
        mask = columns.mask(chosen)
        wide = columns.mask(chosen, regions=False) if chosen.in_a_place else mask
        drawn = self._drawn(measure, np.flatnonzero(mask), chosen)
        known = drawn.told()
        everywhere = self._drawn(measure, np.flatnonzero(wide), chosen).told() if chosen.in_a_place else known
        told = None if own is None else own.told()
        years = pictures.trend(columns, drawn, known, own)
        return View(
            selection=chosen,
            measure=measure,
            n_reports=len(drawn.at),
            n_bodies=_different(columns.body[drawn.at]),
            n_known=len(known.at),
            n_small=int(known.small.sum()),
            note=note(columns, chosen, measure, drawn, self._status[measure.id], mask, wide, body,
                      selective=self.selective),
            trap=measure.trap(chosen.lang),
            breaks=_breaks(measure, years["year"]),
            trend=years,
            ranking=pictures.ranking(columns, known, body, told, chosen.lang),
            outcomes=self._view_outcomes(drawn, body, chosen),
            distribution=pictures.distribution(measure, known, _last_value(told)),
            provinces=pictures.provinces(columns, everywhere, chosen.province, chosen.lang),
            table=self._table(measure, drawn, body, pictures.LISTED),
        )  # fmt: skip

    def table(self, selection: Selection | None = None, limit: int | None = None) -> pd.DataFrame:
        """The reports of a selection, as in ``View.table`` but all of them, for export.

        Raises:
            UsageError: as for ``view``.
        """
        chosen = selection or Selection()
        measure = self._measure(chosen.measure)
        body = None if chosen.body is None else self._body(chosen.body)
        drawn = self._drawn(measure, np.flatnonzero(self._columns.mask(chosen)), chosen)
        return self._table(measure, drawn, body, limit)

    def _table(self, measure: Measure, drawn: Drawn, body: int | None, limit: int | None) -> pd.DataFrame:
        return pictures.table(self._columns, drawn, self._status[measure.id][drawn.at], body, limit)

    def _measure(self, name: str) -> Measure:
        for measure in self.measures:
            if measure.id == name:
                return measure
        raise UsageError(f"no measure is called {name!r}; there are {', '.join(m.id for m in self.measures)}")

    def _body(self, key: str) -> int:
        if key in self._columns.numbers:
            return self._columns.numbers[key]
        some = ", ".join(list(self._columns.numbers)[:3])
        raise UsageError(
            f"no body has the key {key!r}; Board.bodies() and rankings give the keys of the "
            f"{len(self._columns.numbers)} bodies{', for example ' + some if some else ''}"
        )

    def _drawn(self, measure: Measure, at: npt.NDArray[np.intp], selection: Selection) -> Drawn:
        unknown = self._status[measure.id][at] >= _UNKNOWN_FROM
        number = self._numbers[measure.numerator][at].astype(np.float64)
        if measure.kind != "rate":
            return Drawn(at, np.where(unknown, np.nan, number), number, None, np.zeros(len(at), dtype=bool))
        below = self._numbers[measure.denominator][at].astype(np.float64)
        value = np.divide(number, below, out=np.full(len(at), np.nan), where=~unknown)
        return Drawn(at, value, number, below, below < selection.min_n)

    def _view_outcomes(self, drawn: Drawn, body: int | None, selection: Selection) -> pd.DataFrame:
        counts = self._outcomes_of(drawn.at)
        own = None
        attrs: dict[str, int | None] = {"body_processed": None, "body_year": None}
        at = np.zeros(0, np.intp) if body is None else self._columns.in_years(body, selection)
        at = at[self._counted[at]]
        if len(at):
            own = self._outcomes[at[-1]]
            year = int(self._columns.year[at[-1]])
            attrs = {"body_processed": int(own.sum()), "body_year": None if year == NO_YEAR else year}
        made = pictures.outcomes(counts, own, not self.selective)
        made.attrs |= attrs | {
            "processed": int(counts.sum()),
            "n_reports": int(self._counted[drawn.at].sum()),
            "n_contradictory": int(self._contradictory[drawn.at].sum()),
        }
        return made

    def _outcomes_of(self, at: npt.NDArray[np.intp]) -> Numbers:
        """Sums over some reports, by the quickest way for their number."""
        if len(at) == len(self):
            return np.asarray(self._all_outcomes)
        if len(at) < len(self) // 4:
            return np.asarray(self._outcomes[at].sum(axis=0))
        weights = np.zeros(len(self))
        weights[at] = 1.0
        return np.asarray(weights @ self._outcomes)


def _different(sorted_codes: npt.NDArray[np.int32]) -> int:
    return int(np.count_nonzero(sorted_codes[1:] != sorted_codes[:-1])) + bool(len(sorted_codes))


def _last_value(told: Drawn | None) -> float | None:
    return float(told.value[-1]) if told is not None and len(told.at) else None


def _breaks(measure: Measure, years: pd.Series) -> tuple[Break, ...]:
    """Breaks between the first and the last of some years; that of 2019 concerns every measure."""
    if len(years) < 2:
        return ()
    first, last = int(years.min()), int(years.max())
    mine = {*measure.breaks, 2019}
    return tuple(b for b in load_breaks() if b.year in mine and first < b.year <= last)


_UNKNOWN_FROM = MEASURE_STATUSES.index("blank")

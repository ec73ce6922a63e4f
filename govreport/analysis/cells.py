"""Statutory cells of many reports as arrays: a line a cell, a column a report, with the status of every number.

A blank becomes a number only where the page itself decides it (the sums are those of ``forms/identities.csv``):

* ``proved``: the printed figures of a row or column already make the printed total, so that a blank is a zero;
* ``summed``: the total of a row is blank, and its printed parts are all there, or make the printed total of the table.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol, cast

import numpy as np
import numpy.typing as npt
import pandas as pd

from govreport.analysis.measures import ABOUT, PROSE
from govreport.analysis.outcomes import outcome_order
from govreport.analysis.reporting import about_report
from govreport.errors import UsageError
from govreport.forms import TABLES, editions, load_form
from govreport.frames import Frames
from govreport.model import STATUSES
from govreport.schema import KEYS, all_cells, categories

Numbers = npt.NDArray[np.float64]
Codes = npt.NDArray[np.int8]
Mask = npt.NDArray[np.bool_]

MEASURE_STATUSES = (
    "given", "approximate", "prose", "summed", "proved",
    "blank", "dash", "text", "absent", "lost", "unseen", "not_in_form", "contradictory", "no_share",
    "no_denominator", "zero_denominator",
)  # fmt: skip
"""Status of a measure in a report, the best first. With the first five it has a value, with the others it has none."""

STATUS = {name: code for code, name in enumerate(MEASURE_STATUSES)}
UNKNOWN_FROM = STATUS["blank"]
_ROWS_AT_ONCE = 2_000_000


class HeadlineFrames(Protocol):
    """What is needed of ``govreport.bundled.Headlines``."""

    @property
    def reports(self) -> pd.DataFrame:
        """One row a report."""

    @property
    def volumes(self) -> pd.DataFrame:
        """One row a figure of section two."""

    @property
    def requests(self) -> pd.DataFrame:
        """One row a figure about requests, reviews or suits."""

    @property
    def outcomes(self) -> pd.DataFrame:
        """One row an outcome or a group of them."""

    @property
    def enforcement(self) -> pd.DataFrame:
        """One row a figure about enforcement."""


@dataclass(frozen=True, eq=False)
class CellTable:
    """Numbers and statuses of cells for many reports. Made by ``cells_of_frames`` and ``cells_of_headlines``.

    Attributes:
        names: line of each cell in the arrays.
        numbers: a line a cell, a column a report in the order of ``frames.reports``; NaN where it is not known.
        status: positions in ``MEASURE_STATUSES``.
        edition: position of each report's edition in ``govreport.forms.editions()``, -1 where it is not known.
        sums: totals of several cells that are known although the cells are not: cells to numbers.
        selective: figures that were picked from prose, where a reason is mostly named when it occurred. They may be
            counted, but they are not made into shares.
    """

    names: Mapping[str, int]
    numbers: Numbers
    status: Codes
    edition: Codes
    sums: Mapping[frozenset[str], Numbers] = field(default_factory=dict)
    selective: bool = False

    def __len__(self) -> int:
        """Number of reports."""
        return len(self.edition)

    def cell(self, name: str) -> tuple[Numbers, Codes]:
        """Numbers and statuses of one cell; a cell that nobody looked for is unseen."""
        at = self.names.get(name)
        if at is None:
            return np.full(len(self), np.nan), np.full(len(self), STATUS["unseen"], dtype=np.int8)
        return self.numbers[at], self.status[at]


def cells_of_frames(frames: Frames, cells: Iterable[str]) -> CellTable:
    """The cells of whole reports, blanks decided where the page decides them.

    Args:
        frames: the reports.
        cells: full names of the cells that are needed.

    Raises:
        UsageError: two reports have the same ``report_id``.
    """
    index = pd.Index(frames.reports["report_id"])
    if not index.is_unique:
        raise UsageError("every report should have a report_id of its own; put frames together with Frames.concat")
    wanted = list(dict.fromkeys(cells))
    tables = [table for table in TABLES if any(cell.startswith(f"{table}.") for cell in wanted)]
    names = [cell for table in tables for cell in all_cells(table)] + [
        c for c in wanted if _is_prose(c) or _is_about(c)
    ]
    made = _unseen(names, _editions(frames.reports), "absent")
    for table in tables:
        _fill(made, table, getattr(frames, table), index)
    made.status[made.numbers < 0] = STATUS["contradictory"]
    made.numbers[made.numbers < 0] = np.nan
    if "applications" in tables:
        _prove_requests(made)
    if "litigation" in tables:
        _prove_cases(made)
    for cell in filter(_is_prose, wanted):
        _fill_prose(made, cell, frames.statements, index)
    for cell in filter(_is_about, wanted):
        numbers, missing = about_report(frames, cell.partition(".")[2])
        made.numbers[made.names[cell]] = numbers
        made.status[made.names[cell]] = np.where(np.isnan(numbers), STATUS[missing], STATUS["given"])
    return made


def cells_of_headlines(headlines: HeadlineFrames) -> CellTable:
    """The figures of ``Headlines`` under the names of their cells; what was not seen is unseen, never zero.

    Outcomes of which only the total of the group is known, and lawsuits, are kept as ``sums``.
    """
    reports = headlines.reports
    index = pd.Index(reports["report_id"])
    found = dict(_headline_figures(headlines))
    made = _unseen([name for name in found if isinstance(name, str)], _editions(reports), "unseen")
    sums: dict[frozenset[str], Numbers] = {}
    rounded = reports["approximate"].to_numpy(dtype=bool, na_value=False)
    for name, rows in found.items():
        line = index.get_indexer(pd.Index(rows["report_id"]))
        numbers = rows["value"].to_numpy(dtype=np.float64, na_value=np.nan)
        if isinstance(name, frozenset):
            sums[name] = np.full(len(reports), np.nan)
            sums[name][line] = numbers
            continue
        in_prose = rows["source"].eq("prose").to_numpy(dtype=bool, na_value=False) | _is_prose(name)
        made.numbers[made.names[name], line] = numbers
        status = np.where(in_prose, STATUS["prose"], STATUS["given"])
        made.status[made.names[name], line] = np.where(rounded[line], STATUS["approximate"], status)
    return CellTable(made.names, made.numbers, made.status, made.edition, sums, selective=True)


def _headline_figures(headlines: HeadlineFrames) -> Iterator[tuple[str | frozenset[str], pd.DataFrame]]:
    suits = frozenset({"litigation.direct_suit.total", "litigation.suit_after_reconsideration.total"})
    for frame, name_of in ((headlines.volumes, _volume), (headlines.requests, _request)):
        for measure, rows in frame.groupby("measure", observed=True):
            yield (suits if measure == "lawsuits" else name_of(str(measure))), rows.assign(source="")
    for pair, rows in headlines.enforcement.groupby(["item", "measure"], observed=True):
        item, measure = cast("tuple[str, str]", pair)
        yield f"disclosure.{item}.{measure}", rows
    members: dict[str, list[str]] = {}
    for outcome, group in outcome_order().items():
        members.setdefault("refused" if group in ("exempt", "inquiry") else group, []).append(outcome)
    for named, rows in headlines.outcomes.groupby("outcome", observed=True):
        cells = [f"applications.{part}.total" for part in members.get(str(named), [str(named)])]
        counts = rows.rename(columns={"count": "value"}).assign(source="")
        yield (frozenset(cells) if len(cells) > 1 else cells[0]), counts


def _volume(measure: str) -> str:
    return f"{PROSE}.disclosed_total" if measure == "disclosed" else f"disclosure.{measure}"


def _request(measure: str) -> str:
    return "litigation.reconsideration.total" if measure == "reviews" else f"applications.{measure}.total"


def _is_prose(cell: str) -> bool:
    return cell.startswith(f"{PROSE}.")


def _is_about(cell: str) -> bool:
    return cell.startswith(f"{ABOUT}.")


def _editions(reports: pd.DataFrame) -> Codes:
    return _codes(reports["edition"], editions()).astype(np.int8)


def _unseen(names: list[str], edition: Codes, status: str) -> CellTable:
    shape = (len(names), len(edition))
    lines = {name: line for line, name in enumerate(names)}
    return CellTable(lines, np.full(shape, np.nan), np.full(shape, STATUS[status], dtype=np.int8), edition)


def _fill(made: CellTable, table: str, frame: pd.DataFrame, index: pd.Index) -> None:
    """Every number to its place, some rows of the frame at a time so that memory stays small."""
    row, column, number = KEYS[table]
    at = np.full((len(categories(table, row)), len(categories(table, column))), -1)
    for name in all_cells(table):
        _, r, c = name.split(".")
        at[categories(table, row).index(r), categories(table, column).index(c)] = made.names[name]
    met = np.array([STATUS[status] for status in STATUSES] + [STATUS["absent"]], dtype=np.int8)
    for start in range(0, len(frame), _ROWS_AT_ONCE):
        part = frame.iloc[start : start + _ROWS_AT_ONCE]
        reports = _lines(part["report_id"], index)
        cells = at[_codes(part[row], categories(table, row)), _codes(part[column], categories(table, column))]
        kept = (cells >= 0) & (reports >= 0)
        where = (cells[kept], reports[kept])
        made.numbers[where] = part[number].to_numpy(dtype=np.float64, na_value=np.nan)[kept]
        made.status[where] = met[_codes(part["status"], STATUSES)][kept]
    # a frame made by hand may say that a number is given and give none, or the reverse
    lacking = (made.status == STATUS["given"]) & np.isnan(made.numbers)
    made.status[lacking] = STATUS["text"]
    made.numbers[made.status >= UNKNOWN_FROM] = np.nan


def _codes(values: pd.Series, order: Iterable[str]) -> npt.NDArray[np.intp]:
    """Positions of the values of a category column in the declared order, -1 for NA."""
    column = values.astype("category")
    position = pd.Index(list(order)).get_indexer(pd.Index(column.cat.categories.astype(object)))
    return cast("npt.NDArray[np.intp]", np.append(position, -1)[column.cat.codes.to_numpy()])


def _lines(ids: pd.Series, index: pd.Index) -> npt.NDArray[np.intp]:
    """Column of the report of each row. The rows of a report stand together, so only the first is looked up."""
    if ids.empty:
        return np.zeros(0, dtype=np.intp)
    array: Any = ids.array
    changed = np.asarray(array[1:] != array[:-1], dtype=bool)
    heads = np.concatenate([[0], np.flatnonzero(changed) + 1])
    lengths = np.diff(np.append(heads, len(ids)))
    return np.repeat(index.get_indexer(pd.Index(array[heads])), lengths)


def _fill_prose(made: CellTable, cell: str, statements: pd.DataFrame, index: pd.Index) -> None:
    """Figures of prose; two different ones in a report contradict each other."""
    rows = statements[statements["measure"].astype("string").eq(cell.partition(".")[2]).fillna(False).astype(bool)]
    line = _lines(rows["report_id"], index)
    kept = line >= 0
    numbers = rows["value"].to_numpy(dtype=np.float64, na_value=np.nan)[kept]
    low, high = np.full(len(made), np.inf), np.full(len(made), -np.inf)
    np.minimum.at(low, line[kept], numbers)
    np.maximum.at(high, line[kept], numbers)
    status = np.full(len(made), STATUS["unseen"], dtype=np.int8)
    status[line[kept]] = STATUS["prose"]
    status[line[kept & rows["approximate"].to_numpy(dtype=bool, na_value=False)]] = STATUS["approximate"]
    status[low < high] = STATUS["contradictory"]
    at = made.names[cell]
    made.status[at] = status
    made.numbers[at] = np.where(status < UNKNOWN_FROM, low, np.nan)


def _prove_requests(made: CellTable) -> None:
    rows = list(dict.fromkeys(cell.split(".")[1] for cell in all_cells("applications")))
    columns = [c for c in categories("applications", "applicant") if c != "total"]
    parts = {row: _block(made, [f"applications.{row}.{c}" for c in columns]) for row in rows}
    for row in rows:
        _prove_row(made, parts[row], made.names[f"applications.{row}.total"])
    processed = made.numbers[made.names["applications.processed.total"]]
    for code, edition in enumerate(editions()):
        cells = set(load_form(edition).cells)
        outcomes = [row for row in outcome_order() if f"applications.{row}.total" in cells]
        reports = np.flatnonzero((made.edition == code) & ~np.isnan(processed))
        if outcomes:  # the returns before 2019 have no table of section three
            _prove_column(made, outcomes, parts, processed, reports)


def _block(made: CellTable, cells: list[str]) -> npt.NDArray[np.intp]:
    return np.array([made.names[cell] for cell in cells])


def _prove_row(made: CellTable, parts: npt.NDArray[np.intp], total: int) -> None:
    """Parts that make the printed total leave nothing for the blanks; all parts together make a blank total."""
    numbers, status = made.numbers[parts], made.status[parts]
    known = np.nansum(numbers, axis=0)
    blank = _is_blank(status)
    decided = ~np.isnan(numbers) | blank
    exact = (known == made.numbers[total]) & decided.all(axis=0) & blank.any(axis=0)
    whole = ~np.isnan(numbers).any(axis=0) & _is_blank(made.status[total])
    zeros = blank & exact
    made.numbers[parts] = np.where(zeros, 0.0, numbers)
    made.status[parts] = np.where(zeros, STATUS["proved"], status)
    made.numbers[total, whole] = known[whole]
    made.status[total, whole] = STATUS["summed"]


def _prove_column(
    made: CellTable,
    outcomes: list[str],
    parts: dict[str, npt.NDArray[np.intp]],
    processed: Numbers,
    reports: npt.NDArray[np.intp],
) -> None:
    """The least that each outcome can be, added up: if that is the printed total, each is exactly that."""
    totals = _block(made, [f"applications.{row}.total" for row in outcomes])
    printed = made.numbers[np.ix_(totals, reports)]
    status = made.status[np.ix_(totals, reports)]
    blank = _is_blank(status)
    some = blank.any(axis=0) & ~((status >= UNKNOWN_FROM) & ~blank & (status != STATUS["absent"])).any(axis=0)
    reports, printed, status, blank = reports[some], printed[:, some], status[:, some], blank[:, some]
    inner = np.stack([made.numbers[np.ix_(parts[row], reports)] for row in outcomes])
    least = np.where(np.isnan(printed), np.nansum(inner, axis=1), printed)
    exact = blank & (least.sum(axis=0) == processed[reports])
    how = np.where(np.isnan(inner).all(axis=1), STATUS["proved"], STATUS["summed"])
    made.numbers[np.ix_(totals, reports)] = np.where(exact, least, printed)
    made.status[np.ix_(totals, reports)] = np.where(exact, how, status)


def _prove_cases(made: CellTable) -> None:
    results = [r for r in categories("litigation", "result") if r != "total"]
    for route in categories("litigation", "route"):
        parts = _block(made, [f"litigation.{route}.{r}" for r in results])
        _prove_row(made, parts, made.names[f"litigation.{route}.total"])


def _is_blank(status: Codes) -> Mask:
    return cast(Mask, (status == STATUS["blank"]) | (status == STATUS["dash"]))

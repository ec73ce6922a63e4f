"""Figures that one year hands to the next, for a whole panel at once: requests, documents in force, numbers of items.

The identities, and when they fail without anybody being wrong, are those of the form (国办公开办函〔2019〕60号,
国办公开办函〔2021〕30号): mergers, new names, clean-up campaigns and re-counts break them.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple, cast

import numpy as np
import numpy.typing as npt
import pandas as pd

from govreport.analysis.agencies import LINKS, AgencyLinks, link_agencies
from govreport.analysis.agency_groups import NO_YEAR, Ints
from govreport.analysis.agency_reasons import previous_reports
from govreport.analysis.cells import MEASURE_STATUSES, CellTable, cells_of_frames
from govreport.analysis.made_columns import category, nullable, texts_at
from govreport.errors import UsageError
from govreport.forms import editions, load_form
from govreport.frames import Frames

IDENTITIES = ("I5", "I6", "I7")
CHAIN_STATUSES = ("holds", "joined", "broken", "unknown", "gap")
"""Status of a pair of years, see ``carry_chains``."""

_STOCKS = ("rules", "normative_documents")
_HOLDS, _JOINED, _BROKEN, _UNKNOWN, _GAP = range(len(CHAIN_STATUSES))
_Numbers = npt.NDArray[np.float64]
_Codes = npt.NDArray[np.int8]


class Bodies(NamedTuple):
    """The body of each report, in the order of ``Frames.reports``.

    Attributes:
        code: number of the body.
        keys: its key.
        year: ``NO_YEAR`` where it is not known.
        previous: position of the body's report before, -1 where there is none.
        first: whether it is the first report of its body and year; others are doubles.
        doubled: whether its body has several reports on its year.
        link: how it is tied to the one before.
        merged: positions of the last report of a body that went into another one, of that one's first report since.
    """

    code: Ints
    keys: Any
    year: Ints
    previous: Ints
    first: npt.NDArray[np.bool_]
    doubled: npt.NDArray[np.bool_]
    link: Any
    merged: list[tuple[int, int]]


def bodies_of(frames: Frames, links: AgencyLinks | pd.DataFrame | None) -> Bodies:
    """The bodies of reports: those given, or those that ``link_agencies`` finds.

    Raises:
        UsageError: the links lack report_id or body_id, or a report.
    """
    made = link_agencies(frames) if links is None else links
    table = made.links if isinstance(made, AgencyLinks) else made
    if missing := [column for column in ("report_id", "body_id") if column not in table]:
        raise UsageError(f"links should be what link_agencies gives; missing the column {', '.join(missing)}")
    at = pd.Index(table["report_id"]).get_indexer_for(pd.Index(frames.reports["report_id"]))
    if len(at) != len(frames.reports) or (at < 0).any():
        raise UsageError(
            "links should have each report of the frames once; they were made from other frames: call "
            "link_agencies(frames) again"
        )
    keys = table["body_id"].to_numpy(dtype=object)[at]
    link = table["link"].astype("string").to_numpy(dtype=object)[at] if "link" in table else np.full(len(at), None)
    year = frames.reports["year"].to_numpy(dtype=np.int64, na_value=NO_YEAR)
    code = pd.factorize(keys)[0].astype(np.int64)
    slot = pd.Series(code * 10_000 + year)
    doubled = slot.duplicated(keep=False).to_numpy() & (year != NO_YEAR)
    first = ~slot.duplicated().to_numpy() & (year != NO_YEAR)
    merged = _merged(made, keys, year, first) if isinstance(made, AgencyLinks) else []
    return Bodies(code, keys, year, previous_reports(code, year), first, doubled, link, merged)


def _merged(links: AgencyLinks, keys: Any, year: Ints, first: npt.NDArray[np.bool_]) -> list[tuple[int, int]]:
    rows = links.relations[links.relations["kind"] == "merged"]
    wanted = {*rows["body_id"], *rows["other_id"]}
    at = {(keys[line], int(year[line])): line for line in np.flatnonzero(first).tolist() if keys[line] in wanted}
    pairs = zip(rows["body_id"].tolist(), rows["other_id"].tolist(), rows["year"].tolist(), strict=True)
    found = ((at.get((a, when - 1)), at.get((b, when))) for a, b, when in pairs)
    return [(before, after) for before, after in found if before is not None and after is not None]


def carry_chains(frames: Frames, links: AgencyLinks | pd.DataFrame | None = None) -> pd.DataFrame:
    """Every figure that a body's report should take over from its report before, one row a pair of years and figure.

    ========  ==========================================================  ==================================
    identity  what should hold                                            part
    ========  ==========================================================  ==================================
    I5        carried in = carried out of the year before                 the seven columns of section three
    I6        in force = in force before + issued - repealed, form 2021   rules, normative_documents
    I7        items last year = items last year before + change, 2019     licences, other_services, penalties,
                                                                          coercive_measures, fees
    ========  ==========================================================  ==================================

    Columns: report_id, previous_id, body_id, agency (string), year, previous_year (Int16), link (category, as in
    ``link_agencies``: how the two reports are tied), identity, part (category), cell (string, the figure checked),
    expected, found, difference (Float64; found less expected), status, why (category), run (Int16), first_break
    (Int16), doubled (boolean: several reports on one of the years, the first one counts).

    ``status`` is ``holds``, ``broken``, ``joined`` (broken alone, but it holds with what the bodies carried out that
    went into this one), ``unknown`` (a figure is blank or missing; ``why`` names its status as in ``measure_values``)
    or ``gap`` (no report on the year before; the chain goes on). ``run`` counts the pairs that held one after the
    other up to this one, over gaps and unknown pairs; ``first_break`` is the first year in which this figure of the
    body broke, NA where it never did. A blank is a number only where the page proves it. Bodies with one report have
    no row; documents and items have rows only between reports of the edition that counts them.

    Args:
        frames: the reports.
        links: what ``link_agencies`` gave, or a DataFrame with report_id and body_id; made here when None.

    Raises:
        UsageError: the links are not those of these reports, or two reports have one report_id.

    >>> from govreport.bundled import sample
    >>> chains = carry_chains(sample())
    >>> chains.loc[chains["part"] == "total", ["expected", "found", "status"]].to_numpy().tolist()
    [[121.0, 121.0, 'holds']]
    """
    bodies = bodies_of(frames, links)
    cells = cells_of_frames(frames, [f"applications.{r}.total" for r in ("carried_in", "carried_out")] + _disclosed())
    pairs = np.flatnonzero(bodies.first & (bodies.previous >= 0))
    pairs = pairs[np.lexsort((bodies.year[pairs], bodies.code[pairs]))]
    checked = (_requests(cells, bodies, pairs), _stock(cells, bodies, pairs), _items(frames, cells, bodies, pairs))
    made = pd.concat([_rows(one, frames, bodies) for one in checked], ignore_index=True)
    order = np.lexsort((made.pop("_part"), made["identity"].cat.codes, made.pop("_line")))
    return made.iloc[order].reset_index(drop=True)


class _Checked(NamedTuple):
    """One identity: rows are pairs of years, body by body, columns are its parts."""

    identity: str
    parts: tuple[str, ...]
    cells: tuple[str, ...]
    pairs: Ints
    expected: _Numbers
    found: _Numbers
    why: _Codes
    joined: _Numbers


def _disclosed() -> list[str]:
    stock = [f"disclosure.{row}.{column}" for row in _STOCKS for column in ("in_force", "issued", "repealed")]
    return stock + [f"disclosure.{row}.items_before" for row in _item_rows()]


def _item_rows() -> tuple[str, ...]:
    """Rows of section two that the form of 2019 counts in items."""
    return tuple(row.row for row in load_form("2019").rows["disclosure"] if "items_before" in row.columns)


def _of_edition(cells: CellTable, bodies: Bodies, pairs: Ints, edition: str) -> Ints:
    code = editions().index(edition)
    both = (cells.edition[pairs] == code) & (cells.edition[bodies.previous[pairs]] == code)
    return cast(Ints, pairs[both])


def _read(cells: CellTable, names: Sequence[str], at: Ints) -> tuple[_Numbers, _Codes]:
    found = [cells.cell(name) for name in names]
    numbers = np.stack([numbers[at] for numbers, _ in found], axis=1)
    return numbers, np.stack([status[at] for _, status in found], axis=1)


def _requests(cells: CellTable, bodies: Bodies, pairs: Ints) -> _Checked:
    """I5. What merged bodies carried out is added where they went into this one in this year."""
    columns = tuple(c.column for c in load_form("2021").columns["applications", "carried_in"])
    into = tuple(f"applications.carried_in.{c}" for c in columns)
    out = [f"applications.carried_out.{c}" for c in columns]
    found, status = _read(cells, into, pairs)
    expected, before = _read(cells, out, bodies.previous[pairs])
    joined = np.full(expected.shape, np.nan)
    at = {line: row for row, line in enumerate(pairs.tolist())}
    for source, target in bodies.merged:
        if target in at:
            more, _ = _read(cells, out, np.array([source]))
            known = np.where(np.isnan(joined[at[target]]), expected[at[target]], joined[at[target]])
            joined[at[target]] = known + more[0]
    return _Checked("I5", columns, into, pairs, expected, found, np.maximum(status, before), joined)


def _stock(cells: CellTable, bodies: Bodies, pairs: Ints) -> _Checked:
    """I6."""
    pairs = _of_edition(cells, bodies, pairs, "2021")
    names = tuple(f"disclosure.{row}.in_force" for row in _STOCKS)
    found, status = _read(cells, names, pairs)
    before, its_status = _read(cells, names, bodies.previous[pairs])
    issued, i_status = _read(cells, [f"disclosure.{row}.issued" for row in _STOCKS], pairs)
    repealed, r_status = _read(cells, [f"disclosure.{row}.repealed" for row in _STOCKS], pairs)
    why = np.maximum.reduce([status, its_status, i_status, r_status])
    return _checked("I6", _STOCKS, names, pairs, before + issued - repealed, found, why)


def _items(frames: Frames, cells: CellTable, bodies: Bodies, pairs: Ints) -> _Checked:
    """I7."""
    pairs = _of_edition(cells, bodies, pairs, "2019")
    names = tuple(f"disclosure.{row}.items_before" for row in _item_rows())
    found, status = _read(cells, names, pairs)
    before, its_status = _read(cells, names, bodies.previous[pairs])
    change, c_status = _changes(frames, cells, bodies.previous[pairs])
    why = np.maximum.reduce([status, its_status, c_status])
    return _checked("I7", _item_rows(), names, pairs, before + change, found, why)


def _changes(frames: Frames, cells: CellTable, at: Ints) -> tuple[_Numbers, _Codes]:
    """The changes of items as printed: of all figures only these may be negative, so a table of cells lacks them."""
    found, status = _read(cells, [f"disclosure.{row}.items_change" for row in _item_rows()], at)
    rows = frames.disclosure[frames.disclosure["measure"].eq("items_change").to_numpy()]
    rows = rows[rows["value"].lt(0).fillna(False).to_numpy(dtype=bool)]
    place = pd.Index(frames.reports["report_id"])
    line = place.get_indexer(pd.Index(rows["report_id"])).astype(np.int64)
    negative = {
        (report, item): value
        for report, item, value in zip(line.tolist(), rows["item"].tolist(), rows["value"].tolist(), strict=True)
    }
    for row, report in enumerate(at.tolist() if negative else ()):
        for column, item in enumerate(_item_rows()):
            if (report, item) in negative:
                found[row, column], status[row, column] = negative[report, item], 0
    return found, status


def _checked(
    identity: str,
    parts: tuple[str, ...],
    names: tuple[str, ...],
    pairs: Ints,
    expected: _Numbers,
    found: _Numbers,
    why: _Codes,
) -> _Checked:
    return _Checked(identity, parts, names, pairs, expected, found, why, np.full(expected.shape, np.nan))


def _rows(checked: _Checked, frames: Frames, bodies: Bodies) -> pd.DataFrame:
    pairs, wide = checked.pairs, len(checked.parts)
    previous = bodies.previous[pairs]
    gap = np.repeat(bodies.year[pairs] - bodies.year[previous] > 1, wide).reshape(-1, wide)
    status = _status(checked, gap)
    expected = np.where(gap, np.nan, checked.expected)
    starts = np.append(True, bodies.code[pairs][1:] != bodies.code[pairs][:-1])[: len(pairs)]
    run, first_break = _runs(status, starts, bodies.year[pairs])
    lines = np.repeat(pairs, wide)
    before = np.repeat(previous, wide)
    reports = frames.reports
    why = np.where((status == _UNKNOWN).ravel(), checked.why.ravel(), -1)
    made: dict[str, Any] = {
        "report_id": texts_at(reports["report_id"], lines),
        "previous_id": texts_at(reports["report_id"], before),
        "body_id": texts_at(pd.Series(bodies.keys, dtype="string"), lines),
        "agency": texts_at(reports["agency"], lines),
        "year": pd.array(bodies.year[lines], dtype="Int16"),
        "previous_year": pd.array(bodies.year[before], dtype="Int16"),
        "link": pd.Categorical(bodies.link, categories=list(LINKS)).take(lines),
        "identity": category(np.full(len(lines), IDENTITIES.index(checked.identity)), IDENTITIES),
        "part": category(_tiled([_parts().index(p) for p in checked.parts], pairs), _parts()),
        "cell": texts_at(pd.Series(checked.cells, dtype="string"), _tiled(range(wide), pairs)),
        "expected": nullable(expected),
        "found": nullable(checked.found),
        "difference": nullable(checked.found - expected),
        "status": category(status.ravel(), CHAIN_STATUSES),
        "why": category(why, MEASURE_STATUSES),
        "run": pd.array(run.ravel(), dtype="Int16"),
        "first_break": pd.arrays.IntegerArray(first_break.ravel().astype(np.int16), first_break.ravel() == NO_YEAR),
        "doubled": pd.array(bodies.doubled[lines] | bodies.doubled[before], dtype="boolean"),
        "_line": lines,
        "_part": _tiled(range(wide), pairs),
    }
    return pd.DataFrame(made)


def _status(checked: _Checked, gap: npt.NDArray[np.bool_]) -> _Codes:
    known = ~np.isnan(checked.expected) & ~np.isnan(checked.found)
    made = np.where(known, np.where(checked.expected == checked.found, _HOLDS, _BROKEN), _UNKNOWN)
    made = np.where((made == _BROKEN) & (checked.joined == checked.found), _JOINED, made)
    return np.where(gap, _GAP, made).astype(np.int8)


def _runs(status: _Codes, starts: npt.NDArray[np.bool_], year: Ints) -> tuple[Ints, Ints]:
    """Pairs that held one after the other, and the first year that broke, body by body and part by part."""
    holds = np.isin(status, (_HOLDS, _JOINED)).astype(np.int64)
    broken = status == _BROKEN
    total = holds.cumsum(axis=0)
    base = np.where(broken | starts[:, None], total - holds, 0)
    run = total - np.maximum.accumulate(base, axis=0) if len(base) else total
    never = np.iinfo(np.int64).max
    when = np.where(broken, year[:, None], never)
    at = np.flatnonzero(starts)
    if len(at):
        firsts = np.minimum.reduceat(when, at, axis=0)
        when = np.repeat(firsts, np.diff(np.append(at, len(starts))), axis=0)
    return run, np.where(when == never, NO_YEAR, when)


def _parts() -> tuple[str, ...]:
    columns = tuple(c.column for c in load_form("2021").columns["applications", "carried_in"])
    return (*columns, *_STOCKS, *(row for row in _item_rows() if row not in _STOCKS))


def _tiled(values: Sequence[int] | range, pairs: Ints) -> Ints:
    return np.tile(np.array(list(values), dtype=np.int64), len(pairs))

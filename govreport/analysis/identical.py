"""Tables that several reports print with the same figures: between bodies, and from year to year.

Only figures that are not zero count: a blank where another prints a zero makes no difference. Each is a number made of
its cell and value, and the sum of these numbers stands for the table, so that a hundred thousand reports are compared
by sorting their sums.
"""

from __future__ import annotations

from itertools import combinations
from typing import Any, cast

import numpy as np
import numpy.typing as npt
import pandas as pd

from govreport.analysis.similar_notes import notices
from govreport.analysis.similar_texts import Collection, collect
from govreport.errors import UsageError
from govreport.forms import TABLES
from govreport.frames import Frames
from govreport.schema import KEYS, categories

FIGURES = 20
"""Fewer figures that are not zero can agree by chance: most small offices print little but zeros."""

IDENTICAL_COLUMNS = {
    "report_id": "string", "group": "Int32", "tables": "string", "figures": "Int32", "relation": "category",
    "reports": "Int32", "bodies": "Int32", "agency": "string", "province": "string", "city": "string",
    "year": "Int16", "same_content": "boolean",
}  # fmt: skip
"""Columns of ``identical_tables`` and their types."""

IDENTICAL_RELATIONS = ("bodies", "years")
_ROWS_AT_ONCE = 2_000_000
_WAYS = 2  # sums of 64 bits each: two tables agree by chance in both once in 10^38

Sums = npt.NDArray[np.uint64]
Counts = npt.NDArray[np.int64]


def identical_tables(frames: Frames, *, figures: int = FIGURES, links: pd.DataFrame | None = None) -> pd.DataFrame:
    """Groups of reports whose tables have exactly the same figures.

    Several bodies with the same tables are a copy, or one body under several names; one body with the same tables in
    several years has handed in last year's. Doubles of one report (same body and year) are no group. A group that
    shares three tables is not told again for one of them.

    Args:
        frames: the reports.
        figures: least number of figures that are not zero.
        links: what ``link_agencies`` gives: ``report_id`` and ``body_id``. Without it a body is its full name with its
            place.

    Returns:
        One row a report of a group, groups of several bodies first, then those with most reports:

        ==================================  =========================================================================
        report_id (string), group (Int32)   key, and number of the group from 1
        tables (string)                     what is identical: disclosure, applications, litigation, separated by
                                            blanks
        figures (Int32)                     number of figures in it that are not zero
        relation (category)                 "bodies" (several) or "years" (one body)
        reports, bodies (Int32)             size of the group
        agency, province, city (string)     of the report; and year (Int16)
        same_content (boolean)              whether another report of the group has the same bytes
        ==================================  =========================================================================

        ``attrs["notice"]`` (and ``notice_zh``) says why it is empty, "" when it is not.

    Raises:
        UsageError: no Frames, fewer than 1 figure asked for, doubled keys, or links without their columns.
    """
    if not isinstance(frames, Frames):
        raise UsageError(f"identical_tables expects Frames, as open_reports gives them; found {type(frames).__name__}")
    if figures < 1:
        raise UsageError(f"figures is a number of 1 or more; found {figures}")
    collection = collect(frames, links)
    sums, counts = _sums(frames, collection)
    rows = _groups(collection, sums, counts, figures)
    made = _finished(collection, rows)
    note = "" if len(made) else "no_copies" if len(frames) else "no_reports"
    made.attrs |= notices(note, figures=figures)
    return made


def _sums(frames: Frames, collection: Collection) -> tuple[Sums, Counts]:
    """For each table and report: the sums of its figures in two ways, and how many of them there are."""
    sums = np.zeros((len(TABLES), _WAYS, len(collection.index)), dtype=np.uint64)
    counts = np.zeros((len(TABLES), len(collection.index)), dtype=np.int64)
    for at, table in enumerate(TABLES):
        frame = getattr(frames, table)
        for start in range(0, len(frame), _ROWS_AT_ONCE):
            part = frame.iloc[start : start + _ROWS_AT_ONCE]
            numbers = part[KEYS[table][2]].to_numpy(dtype=np.float64, na_value=0.0)
            part, numbers = part[numbers != 0], numbers[numbers != 0]
            line = collection.index.get_indexer(pd.Index(part["report_id"]))
            known = line >= 0
            np.add.at(counts[at], line[known], 1)
            for way in range(_WAYS):
                codes = _codes(table, part, numbers, way)
                np.add.at(sums[at, way], line[known], codes[known])
    return sums, counts


def _codes(table: str, rows: pd.DataFrame, numbers: npt.NDArray[np.float64], way: int) -> Sums:
    """A number for each cell with its figure, spread over 64 bits (the finalizer of MurmurHash3)."""
    row, column, _ = KEYS[table]
    place = np.zeros(len(rows), dtype=np.uint64)
    for name in (row, column):
        place = place * np.uint64(256) + _positions(rows[name], categories(table, name))
    place = place * np.uint64(8) + np.uint64(TABLES.index(table) * _WAYS + way)
    codes = numbers.view(np.uint64) ^ (place + np.uint64(1)) * np.uint64(0x9E3779B97F4A7C15)
    for factor in (0xFF51AFD7ED558CCD, 0xC4CEB9FE1A85EC53):
        codes ^= codes >> np.uint64(33)
        codes *= np.uint64(factor)
    return cast(Sums, codes ^ (codes >> np.uint64(33)))


def _positions(values: pd.Series[Any], order: tuple[str, ...]) -> Sums:
    column = values.astype("category")
    position = pd.Index(list(order)).get_indexer(pd.Index(column.cat.categories.astype(object)))
    return cast(Sums, np.append(position, len(order))[column.cat.codes.to_numpy()].astype(np.uint64))


def _groups(collection: Collection, sums: Sums, counts: Counts, figures: int) -> list[tuple[Counts, str, int]]:
    """Reports of each group, its tables and the number of its figures; most tables first."""
    found: list[tuple[Counts, str, int]] = []
    told: set[bytes] = set()
    for size in range(len(TABLES), 0, -1):
        for tables in combinations(range(len(TABLES)), size):
            chosen = list(tables)
            # every table named must hold a figure: else it would be identical for being empty
            fit = (counts[chosen].sum(axis=0) >= figures) & (counts[chosen] > 0).all(axis=0)
            for members in _equal(sums[chosen].sum(axis=0), np.flatnonzero(fit)):
                if members.tobytes() in told or not _worth_telling(collection, members):
                    continue
                told.add(members.tobytes())
                number = int(counts[chosen][:, members[0]].sum())
                found.append((members, " ".join(TABLES[table] for table in chosen), number))
    return found


def _equal(sums: Sums, lines: Counts) -> list[Counts]:
    """Lines with the same sums, two or more, each group in the order of the lines."""
    if not len(lines):
        return []
    order = lines[np.lexsort((lines, *sums[:, lines]))]
    changed = (sums[:, order[1:]] != sums[:, order[:-1]]).any(axis=0)
    return [part for part in np.split(order, np.flatnonzero(changed) + 1) if len(part) > 1]


def _worth_telling(collection: Collection, members: Counts) -> bool:
    """Not only doubles of one report."""
    bodies, years = collection.bodies[members], collection.years[members]
    return bool((bodies != bodies[0]).any() or (years != years[0]).any())


def _finished(collection: Collection, groups: list[tuple[Counts, str, int]]) -> pd.DataFrame:
    bodies = [len(np.unique(collection.bodies[members])) for members, _, _ in groups]
    order = sorted(
        range(len(groups)), key=lambda g: (bodies[g] == 1, -len(groups[g][0]), -groups[g][2], int(groups[g][0][0]))
    )
    sorted_groups = [groups[g] for g in order]
    sizes = [len(members) for members, _, _ in sorted_groups]
    lines = [members[np.argsort(collection.rank[members])] for members, _, _ in sorted_groups]
    several = np.repeat([bodies[g] for g in order], sizes).astype(np.int64)
    rows = collection.reports.iloc[np.concatenate([np.zeros(0, dtype=np.int64), *lines])].reset_index(drop=True)
    made: dict[str, Any] = {
        "group": np.repeat(np.arange(1, len(sizes) + 1), sizes),
        "tables": np.repeat(np.array([tables for _, tables, _ in sorted_groups], dtype=object), sizes),
        "figures": np.repeat([figures for *_, figures in sorted_groups], sizes).astype(np.int64),
        "relation": pd.Categorical.from_codes(
            cast(Any, (several == 1).astype(np.int8)), categories=cast(Any, list(IDENTICAL_RELATIONS))
        ),
        "reports": np.repeat(sizes, sizes).astype(np.int64),
        "bodies": several,
    }
    made |= {column: rows[column] for column in ("report_id", "agency", "province", "city", "year")}
    frame = pd.DataFrame(made, index=rows.index)
    frame["same_content"] = rows.assign(group=made["group"]).duplicated(["group", "sha256"], keep=False)
    types = {column: dtype for column, dtype in IDENTICAL_COLUMNS.items() if column != "relation"}
    return frame[list(IDENTICAL_COLUMNS)].astype(cast(Any, types))

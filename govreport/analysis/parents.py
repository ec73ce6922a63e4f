"""A government's figures next to the sum of its departments, streets and townships, and of the governments below it.

A government's report covers either its own organ or its whole area; the titles look alike. Both readings are shown,
and neither is an error.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, NamedTuple, cast

import numpy as np
import numpy.typing as npt
import pandas as pd

from govreport.analysis.agencies import AgencyLinks
from govreport.analysis.agency_groups import Ints
from govreport.analysis.cells import cells_of_frames
from govreport.analysis.chains import Bodies, bodies_of
from govreport.analysis.link_notes import sentence
from govreport.analysis.made_columns import nullable, texts_at
from govreport.analysis.measures import Lang, Measure, pick_measures
from govreport.analysis.places import NOWHERE, load_atlas
from govreport.analysis.values import evaluate
from govreport.errors import UsageError
from govreport.frames import Frames

MEASURES = (
    "received", "carried_in", "processed", "carried_out", "reviews", "lawsuits", "licences", "penalties",
    "coercive_measures", "normative_documents_issued", "fees",
)  # fmt: skip
"""Measures that are compared when none are named: counts and amounts, for shares do not add up."""

GROUPS = ("departments", "towns", "governments")
_CLASS = {"department": 0, "zone": 0, "other": 0, "street": 1, "township": 1}
_GOVERNMENTS = 2
_COUNTY = 3
_LANGS: tuple[Lang, ...] = ("zh", "en")
_Numbers = npt.NDArray[np.float64]


def parent_sums(
    frames: Frames,
    links: AgencyLinks | pd.DataFrame | None = None,
    measures: Iterable[str | Measure] | None = None,
) -> pd.DataFrame:
    """Each government's report against the reports of the bodies below it on the same year, one row a measure.

    Columns: report_id, body_id, agency (string), year (Int16), measure (category), value (Float64), departments, towns,
    governments (Float64: sums over departments, zones and other bodies of the place; over its streets and townships;
    over the governments one level down), departments_n, towns_n, governments_n (Int32: reports with a figure), unknown
    (Int32: reports below it whose figure is not known, so that the sums are a lower bound), total (Float64: all three
    sums), parts (Int32: reports in it), rest (Float64: value less total), ratio (Float64: total to value, NA for 0),
    area_possible (boolean: value is not below total, as a figure for the whole area must be), and both readings in
    words: as_area_zh, as_area_en, as_own_zh, as_own_en.

    A row is there where the government's figure is known and one report below it has a figure. A town of which only the
    city is known is left out. Of several reports of a body on a year the first counts. Bodies without a report are
    simply missing from the sums, so a total below the value says little; one above it says that the report does not
    cover the whole area, or counts otherwise.

    Args:
        frames: the reports.
        links: what ``link_agencies`` gave, or a DataFrame with report_id and body_id; made here when None.
        measures: counts and amounts by their ids in ``forms/measures.csv``; those of ``MEASURES`` when None.

    Raises:
        UsageError: an unknown measure or a rate, or links that are not those of these reports.
    """
    chosen = pick_measures(MEASURES if measures is None else measures)
    if rates := [m.id for m in chosen if m.kind == "rate"]:
        raise UsageError(f"shares of several bodies do not add up; found {', '.join(rates)}, name counts or amounts")
    bodies = bodies_of(frames, links)
    family = _family(frames, bodies)
    table = cells_of_frames(frames, (cell for measure in chosen for cell in measure.cells))
    made = [_rows(frames, bodies, family, measure, evaluate(table, measure).value, chosen) for measure in chosen]
    if not made:
        raise UsageError("parent_sums needs one measure at least; found an empty list")
    joined = pd.concat(made, ignore_index=True)
    order = np.argsort(joined.pop("_line").to_numpy(), kind="stable")
    return joined.iloc[order].reset_index(drop=True)


class _Family(NamedTuple):
    """Positions of governments' reports and of reports below one, each with the slot of the government it belongs to.

    A slot is a place in a year; the child of a slot has its position in ``GROUPS``, too.
    """

    governments: Ints
    slot_of_government: Ints
    children: Ints
    slot_of_child: Ints
    group: Ints
    slots: int


def _family(frames: Frames, bodies: Bodies) -> _Family:
    atlas = load_atlas()
    reports = frames.reports
    codes = reports["adcode"].astype("string").fillna("").tolist()
    kinds = reports["agency_kind"].astype("string").fillna("").tolist()
    slots: dict[tuple[int, int], int] = {}
    governments: list[tuple[int, int]] = []
    children: list[tuple[int, int, int]] = []
    for line in np.flatnonzero(bodies.first).tolist():
        place, year, kind = atlas.by_code.get(codes[line], NOWHERE), int(bodies.year[line]), kinds[line]
        if place == NOWHERE:
            continue
        if kind == "government":
            governments.append((line, slots.setdefault((place, year), len(slots))))
            above = atlas.places[place].above
            if above:
                children.append((line, slots.setdefault((above[-1], year), len(slots)), _GOVERNMENTS))
        elif kind in _CLASS and not _is_wide(place, kind):
            children.append((line, slots.setdefault((place, year), len(slots)), _CLASS[kind]))
    own = np.array(governments, dtype=np.int64).reshape(-1, 2)
    below = np.array(children, dtype=np.int64).reshape(-1, 3)
    return _Family(own[:, 0], own[:, 1], below[:, 0], below[:, 1], below[:, 2], len(slots))


def _is_wide(place: int, kind: str) -> bool:
    """A street or township for which only the city is known; some cities have no counties."""
    atlas = load_atlas()
    return kind in ("street", "township") and atlas.places[place].level < _COUNTY and place in atlas.below


def _rows(
    frames: Frames, bodies: Bodies, family: _Family, measure: Measure, value: _Numbers, chosen: tuple[Measure, ...]
) -> pd.DataFrame:
    figures = value[family.children]
    known = ~np.isnan(figures)
    cell = family.slot_of_child * len(GROUPS) + family.group
    size = family.slots * len(GROUPS)
    sums = np.bincount(cell[known], figures[known], size).reshape(-1, len(GROUPS))
    counts = np.bincount(cell[known], minlength=size).reshape(-1, len(GROUPS))
    lacking = np.bincount(family.slot_of_child[~known], minlength=family.slots)
    shown = ~np.isnan(value[family.governments]) & (counts[family.slot_of_government].sum(axis=1) > 0)
    line, slot = family.governments[shown], family.slot_of_government[shown]
    own, total = value[line], sums[slot].sum(axis=1)
    parts = counts[slot].sum(axis=1)
    made: dict[str, Any] = {
        "report_id": texts_at(frames.reports["report_id"], line),
        "body_id": texts_at(pd.Series(bodies.keys, dtype="string"), line),
        "agency": texts_at(frames.reports["agency"], line),
        "year": pd.array(bodies.year[line], dtype="Int16"),
        "measure": pd.Categorical([measure.id] * len(line), categories=[m.id for m in chosen]),
        "value": nullable(own),
    }
    made |= {name: nullable(np.where(counts[slot, n] > 0, sums[slot, n], np.nan)) for n, name in enumerate(GROUPS)}
    made |= {f"{name}_n": pd.array(counts[slot, n], dtype="Int32") for n, name in enumerate(GROUPS)}
    with np.errstate(divide="ignore", invalid="ignore"):
        ratio = np.where(own > 0, total / own, np.nan)
    made |= {
        "unknown": pd.array(lacking[slot], dtype="Int32"),
        "total": nullable(total),
        "parts": pd.array(parts, dtype="Int32"),
        "rest": nullable(own - total),
        "ratio": nullable(ratio),
        "area_possible": pd.array(own >= total, dtype="boolean"),
    }
    for lang in _LANGS:
        made[f"as_area_{lang}"] = _strings(_as_area(own, total, parts, lang))
    for lang in _LANGS:
        made[f"as_own_{lang}"] = _strings([sentence("parent_own", lang, sum=_plain(sum_)) for sum_ in total.tolist()])
    return pd.DataFrame(made | {"_line": line})


def _as_area(own: _Numbers, total: _Numbers, parts: Ints, lang: Lang) -> list[str]:
    return [
        sentence(
            "parent_area" if value >= sum_ else "parent_area_over",
            lang,
            parts=count,
            sum=_plain(sum_),
            rest=_plain(value - sum_),
        )
        for value, sum_, count in zip(own.tolist(), total.tolist(), parts.tolist(), strict=True)
    ]


def _strings(texts: list[str]) -> Any:
    return pd.array(cast(Any, texts), dtype="string")


def _plain(number: float) -> str:
    return f"{number:.12g}"

"""What a reader must know about a view, in a sentence or two of the selection's language."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from govreport.analysis import MEASURE_STATUSES, Measure
from govreport.explore.columns import NO_YEAR, Columns, Mask
from govreport.explore.notes import text
from govreport.explore.pictures import Drawn
from govreport.explore.regions import nameless
from govreport.explore.selection import Lang, Selection


def note(
    columns: Columns, selection: Selection, measure: Measure, drawn: Drawn, status: npt.NDArray[np.int8],
    mask: Mask, wide: Mask, body: int | None, *, selective: bool,
) -> str:  # fmt: skip
    """All remarks of a view; empty when there is nothing to say.

    Args:
        columns: all reports.
        selection: what was asked for.
        measure: the measure shown.
        drawn: the reports of the selection.
        status: status of the measure in all reports.
        mask: which reports the selection takes in.
        wide: the same without its places.
        body: the chosen body.
        selective: whether the figures are headline figures.
    """
    lang = selection.lang
    if not len(columns):
        return text("no_data", lang)
    said = _how_many(len(drawn.at), lang) + _missing(columns, selection, mask, wide)
    known = ~np.isnan(drawn.value)
    if len(drawn.at) and not known.any():
        said.append(_unknown(selection, measure, status[drawn.at]))
        if selective and measure.kind == "rate":
            said.append(text("picked", lang))
    elif len(drawn.at) and (drawn.small | ~known).all():
        said.append(text("all_small", lang, min_n=selection.min_n))
    if body is not None and not mask[columns.of_body(body)].any():
        said.append(text("body_outside", lang))
    doubles = int(np.count_nonzero(columns.doubled & mask))
    if doubles:
        said.append(text("doubles", lang, n=doubles))
    return ("" if lang == "zh" else " ").join(said)


def _how_many(reports: int, lang: Lang) -> list[str]:
    return [text("empty", lang)] if not reports else [text("one_report", lang)] if reports == 1 else []


def _missing(columns: Columns, selection: Selection, mask: Mask, wide: Mask) -> list[str]:
    """Reports without a year or a region: left out by the selection, or in it."""
    said = []
    no_year, no_region = columns.year == NO_YEAR, columns.province < 0
    if no_year.any():
        here = columns.mask(selection, years=False) & no_year
        name = "no_year" if selection.years is None else "no_year_left_out"
        said += _counted(name, int(here.sum()), selection.lang)
    if no_region.any():
        choice = nameless("province", selection.lang)
        inside = int((mask & no_region).sum())
        if selection.province is None:
            said += _counted("no_region", inside, selection.lang, choice)
        said += _counted("no_region_left_out", int((wide & no_region).sum()) - inside, selection.lang, choice)
    return said


def _counted(name: str, n: int, lang: Lang, choice: str = "") -> list[str]:
    return [text(name, lang, n=n, choice=choice)] if n else []


def _unknown(selection: Selection, measure: Measure, status: npt.NDArray[np.int8]) -> str:
    """Why the measure is not known, the most frequent reason first."""
    lang = selection.lang
    counts = np.bincount(status, minlength=len(MEASURE_STATUSES))
    order = [int(code) for code in np.argsort(-counts, kind="stable") if counts[code]]
    reasons = [f"{text(f'status.{MEASURE_STATUSES[code]}', lang)} {counts[code]}" for code in order]
    listed = text("separator", lang).join(reasons)
    return text("measure_unknown", lang, n=len(status), measure=measure.name(lang), reasons=listed)

"""Bodies that stand out from their peers or from their own past, with what is needed to judge whether it means much."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any, cast, get_args

import numpy as np
import numpy.typing as npt
import pandas as pd

from govreport.analysis.cells import CellTable, cells_of_frames
from govreport.analysis.intervals import check_level
from govreport.analysis.measures import Lang, Measure, pick_measures
from govreport.analysis.outlier_figures import (
    Figures,
    changed_figures,
    on_scale,
    own_figures,
    spread,
    too_small,
    turn_back,
)
from govreport.analysis.outlier_method import COMPARISONS, Comparison, OutlierMethod
from govreport.analysis.outlier_rows import Keep, Part, outlier_table
from govreport.analysis.outlier_scores import plain_scores, share_change_scores, share_scores
from govreport.analysis.outlier_text import outlier_text
from govreport.analysis.peers import NO_YEAR, Bodies, bodies_of, expect_frames
from govreport.analysis.values import evaluate
from govreport.errors import UsageError
from govreport.forms import read_csv
from govreport.frames import Frames

Mask = npt.NDArray[np.bool_]


@dataclass(eq=False)
class _Run:
    """What a run works on, and what it leaves out."""

    frames: Frames
    bodies: Bodies
    inside: Mask
    method: OutlierMethod
    level: float
    left_out: dict[str, int] = field(default_factory=dict)
    pairs: int = 0

    def leave(self, why: str, count: int) -> None:
        """Counts comparisons that were not made."""
        if count:
            self.left_out[why] = self.left_out.get(why, 0) + count


def find_outliers(
    frames: Frames,
    measures: Iterable[str | Measure] | None = None,
    *,
    years: int | Iterable[int] | None = None,
    level: float = 0.05,
    method: OutlierMethod | None = None,
    keep: Keep = "outliers",
    links: pd.DataFrame | None = None,
) -> pd.DataFrame:
    """Reports whose figures lie far from those of comparable bodies, or from the body's own year before.

    Peers are bodies of the same kind, level and year. Where there are fewer than ``min_peers`` reports of other
    bodies, the peers widen by the steps of ``forms/peer_steps.csv``, and ``peer_note`` says so. Peers have a
    denominator of ``min_n`` at least as well: a body with two requests says little about one with two hundred.

    * Shares (``unit`` share): chance of such a figure under the beta-binomial distribution of its peers, fitted without
      the body itself, exact for small denominators; funnel limits that allow for over-dispersion. The over-dispersion
      is an additive random effect between bodies by default, since heavy requesters and duties do not average out as
      denominators grow; ``OutlierMethod`` offers the others.
    * Counts, amounts, ratios and indices: logarithms (indices as they are) against the peers' median and outer
      quantiles, the chance of counting added; Student's t.
    * Changes between years (``own_past``): counts and amounts over those of the year before, against such changes of
      the peers; shares against the body's own share of the year before, by how much the shares of peers change from
      year to year. Changes across a break of the series are left out.

    Zeros of counts of decisions, documents, requests and fees are left out: they mostly say that a body has no such
    duty. Counts are compared whatever their size, since a choice by size would be one of outliers, but neither ranked
    nor called outliers where both the found and the expected one are below ``min_n``. All p-values are two-sided, and
    adjusted over all comparisons of the run.

    Args:
        frames: the reports. Findings of ``run_checks`` in them become ``doubts``.
        measures: ids of ``forms/measures.csv`` or measures; without it those of ``forms/outlier_measures.csv``.
        years: years to compare; the year before the first serves changes all the same. None for all.
        level: false-discovery rate.
        method: other options, as ``OutlierMethod(min_n=50)``.
        keep: "outliers" for rows with ``p_adjusted`` up to the level, "ranked" for all that were tested, "all" for
            those observed only as well.
        links: ``report_id`` and ``body_id`` of ``link_agencies``, for bodies that changed their names.

    Returns:
        One row a report, measure and comparison, those that stand out most first:

        ============================  ==================================================================================
        report_id, agency ... year    of ``frames.reports``, and level: province, city, county, town
        measure, comparison           comparison is peers or own_past
        value, numerator, n           n is NA but for rates; before: last year's value for own_past
        expected                      shares: mean of the peers; else their median; own_past: last year's value after
                                      the median change
        low, high                     what is usual at 1 - level, for this one comparison, on the scale of value
        score                         distance from expected in standard deviations, with its sign
        p, p_adjusted                 NA for rows that are not ranked
        rho                           shares: correlation of two requests of a body among the peers, see
                                      ``funnel_limits``; else NA
        shrunken                      empirical-Bayes estimate; NA for amounts, indices and changes of shares
        rank                          1 for the smallest p of the run; NA for rows that are not ranked
        outlier, direction            p_adjusted is up to the level; high or low
        stability                     of rates: small (below ``min_n``), medium (below 100), stable; else NA
        peers, peer_group, peer_note  reports of other bodies; what they have in common; name of the step
        doubts                        rules of findings about its cells, with blanks between; NA for none
        cells                         full names of the cells it rests on, with blanks between
        text_zh, text_en              a sentence that says what it shows and what it does not
        ============================  ==================================================================================

        ``attrs`` holds tested (number of comparisons), level, correction, left_out (why and how many) and notice and
        notice_zh in words. An empty result says there why: no reports, no peers, nothing that stands out.

    Raises:
        UsageError: no such measure or option, a level that is no probability, changes asked for where the reports
            cover one year, or scipy is not installed.
    """
    expect_frames(frames, "find_outliers")
    check_level(level, example="0.05")
    if keep not in get_args(Keep):
        raise UsageError(f"keep should be 'outliers', 'ranked' or 'all', found {keep!r}")
    chosen = _default_measures() if measures is None else pick_measures(measures)
    run = _run_of(frames, years, level, method or OutlierMethod(), links)
    table = cells_of_frames(frames, (cell for m in chosen for cell in m.cells))
    parts = [part for measure in chosen for part in _parts(run, table, measure)] if run.inside.any() else []
    made = outlier_table(parts, frames, run.method, level, keep)
    made.attrs |= _notices(parts, run)
    return made


def _default_measures() -> tuple[Measure, ...]:
    return pick_measures([row["measure"] for row in read_csv("outlier_measures")])


def _run_of(
    frames: Frames, years: int | Iterable[int] | None, level: float, method: OutlierMethod, links: pd.DataFrame | None
) -> _Run:
    bodies = bodies_of(frames.reports, links)
    inside = bodies.year != NO_YEAR
    if years is not None:
        wanted = [years] if isinstance(years, int) else list(years)
        inside &= np.isin(bodies.year, wanted)
    met = np.unique(bodies.year[bodies.year != NO_YEAR])
    if method.compare == ("own_past",) and len(frames.reports) and len(met) < 2:
        raise UsageError(
            f"changes between years need reports on two years at least, found {', '.join(map(str, met)) or 'none'}; "
            "read more years, or leave compare to its default"
        )
    return _Run(frames, bodies, inside, method, level)


def _comparisons(measure: Measure, method: OutlierMethod) -> Sequence[Comparison]:
    """Changes are looked at for shares, counts and amounts; ratios and indices are compared with peers only."""
    asked = method.compare
    if asked is None:
        named = {row["measure"]: row["compare"].split() for row in read_csv("outlier_measures")}
        asked = cast("tuple[Comparison, ...]", tuple(named.get(measure.id, COMPARISONS)))
    return [c for c in asked if c == "peers" or measure.proportion or measure.kind in ("count", "amount")]


def _parts(run: _Run, table: CellTable, measure: Measure) -> list[Part]:
    found = evaluate(table, measure)
    made = []
    for comparison in _comparisons(measure, run.method):
        change = comparison == "own_past"
        if change:
            figures, across, pairs = changed_figures(found, measure, run.bodies, run.inside)
            run.leave("breaks", across)
            run.pairs += pairs
        else:
            figures = own_figures(found, measure, run.inside)
        part = _compared(run, figures, measure, comparison)
        run.leave("small", int(part.small.sum()))
        run.leave("no_peers", int((~part.small & (part.scores.step < 0)).sum()))
        run.leave("alike", int((~part.small & (part.scores.step >= 0) & ~part.ranked).sum()))
        made.append(part)
    return made


def _compared(run: _Run, figures: Figures, measure: Measure, comparison: Comparison) -> Part:
    change, method = comparison == "own_past", run.method
    enough = figures.enough(method.min_n)
    some, bodies = figures.at(enough), run.bodies.at(figures.line[enough])
    if measure.proportion and not change:
        scores = share_scores(
            some.numerator, some.n, bodies, measure,
            min_peers=method.min_peers, dispersion=method.dispersion, level=run.level,
        )  # fmt: skip
    elif measure.proportion:
        scores = share_change_scores(
            some.numerator, some.n, some.before * some.n_before, some.n_before, bodies, measure,
            min_peers=method.min_peers, level=run.level,
        )  # fmt: skip
    else:
        scale = on_scale(some, measure, change)
        scores = plain_scores(scale, bodies, measure, min_peers=method.min_peers, level=run.level)
        turn_back(scores, some, measure, change)
    small = ~enough
    small[enough] = too_small(scores, some, measure, change, method.min_n)
    return Part(measure, comparison, figures, spread(scores, enough), small)


def _notices(parts: list[Part], run: _Run) -> dict[str, Any]:
    tested = sum(int(part.ranked.sum()) for part in parts)
    values = {"tested": tested, "level": f"{run.level:g}", "min_n": run.method.min_n, "min_peers": run.method.min_peers}
    said = ["empty"] if not len(run.frames.reports) else ["tested" if tested else "nothing_tested"]
    said += [why for why in ("small", "no_peers", "alike", "breaks") if run.left_out.get(why)]
    if any(part.comparison == "own_past" for part in parts) and not run.pairs:
        said.append("one_year" if len(np.unique(run.bodies.year[run.bodies.year != NO_YEAR])) < 2 else "no_pairs")
    made: dict[str, Any] = {"tested": tested, "level": run.level, "correction": run.method.correction}
    made["left_out"] = dict(run.left_out)
    languages: tuple[tuple[str, Lang, str], ...] = (("notice", "en", " "), ("notice_zh", "zh", ""))
    for key, lang, joint in languages:
        texts = [outlier_text(f"notice.{why}", lang, **values, n=run.left_out.get(why, 0)) for why in said]
        made[key] = joint.join(texts)
    return made

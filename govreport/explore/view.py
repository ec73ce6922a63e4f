"""The picture behind a selection, as DataFrames: made by ``Board.view``, drawn by ``govreport.plots``."""

from __future__ import annotations

from dataclasses import dataclass

import pandas as pd

from govreport.analysis import Break, Measure
from govreport.explore.selection import Selection


@dataclass(frozen=True, eq=False)
class View:
    """What the explorer shows for one selection. All DataFrames are new and may be changed.

    Values of rates are fractions (0.25, not 25). NA means unknown: the page does not tell.

    Attributes:
        selection: what was asked for.
        measure: the measure shown.
        n_reports: reports in the selection.
        n_bodies: bodies in the selection.
        n_known: reports in the selection for which the measure is known.
        n_small: of these, reports whose denominator is below ``min_n`` (rates only): shown, not ranked.
        note: what the reader must know, in the selection's language: nothing selected, one report, years or regions
            missing, measure unknown. Empty otherwise.
        trap: what to beware of with this measure, in the selection's language.
        breaks: breaks of series between the first and the last year of ``trend``.
        trend: year, n (reports with the measure known), denominator (their sum; NA for counts), pooled (sum over sum
            for rates, sum for counts), median, q25, q75 (for rates of the reports that are not small), n_median
            (reports behind the median), body (value of the chosen body or NA).
        ranking: one row a body, its latest report in the selection with the measure known: rank (NA when small or when
            the body is not in the selection), key, agency, place, kind, year, value, n (denominator or NA), small,
            report_id, chosen. Highest first, small ones at the end; at most 40 rows and the chosen body. ``attrs``:
            n_ranked, n_small (bodies, the rows left out among them).
        outcomes: outcome, group, count, share (of all processed, over the reports whose total is known), body_count,
            body_share. The last row, ``unknown``, is what the pages leave untold. ``attrs``: processed, n_reports,
            n_contradictory (left out: their outcomes exceed their total), body_processed, body_year. Of headline
            figures the outcomes that were seen are counted, without shares.
        distribution: left, right, count (without small ones), small. For counts the bin from 0 to 0 holds zeros and
            the others have sides 1, 2, 5, 10, 20, 50 ... ``attrs``: log, body_value, n.
        provinces: province, n (reports with the measure known), value (pooled), chosen. For all provinces, whatever
            region is selected, so that a map shows the selected one among the others.
        table: one row a report, at most 500: agency, agency_kind, province, city, county, year, value, n, status,
            n_findings, url, report_id. The chosen body first, then highest first, unknown last.
    """

    selection: Selection
    measure: Measure
    n_reports: int
    n_bodies: int
    n_known: int
    n_small: int
    note: str
    trap: str
    breaks: tuple[Break, ...]
    trend: pd.DataFrame
    ranking: pd.DataFrame
    outcomes: pd.DataFrame
    distribution: pd.DataFrame
    provinces: pd.DataFrame
    table: pd.DataFrame

"""Figures about a report itself: when it came out, and what is doubtful or left empty in it."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pandas as pd

from govreport.forms import TABLES
from govreport.frames import Frames

Numbers = npt.NDArray[np.float64]

# 条例 art. 49; townships and street offices are not named there, their deadlines are local.
_DEADLINES = {"department": "01-31", "government": "03-31"}
_SUMS = ("I1", "I2", "I3", "I4")
_PROSE = ("I9", "I10", "I11")
_EMPTY = ("blank", "dash")


def about_report(frames: Frames, name: str) -> tuple[Numbers, str]:
    """A figure about each report, in the order of ``frames.reports``, and the status of those that have none.

    ``days_after_deadline`` counts from the last day of article 49 and is negative for early reports. It is NaN for
    bodies that article 49 does not name, without a date, and where the date lies before the year reported on.
    """
    if name == "days_after_deadline":
        return _days(frames.reports), "unseen"
    if name in ("failed_sums", "prose_conflicts"):
        rules = _SUMS if name == "failed_sums" else _PROSE
        rows = frames.findings.loc[frames.findings["rule"].isin(rules), "report_id"]
        return _counted(rows, frames.reports), "unseen"
    tables = [getattr(frames, table) for table in TABLES]
    if name == "empty_cells":
        tables = [table[table["status"].isin(_EMPTY)] for table in tables]
    return np.sum([_counted(table["report_id"], frames.reports) for table in tables], axis=0), "unseen"


def _days(reports: pd.DataFrame) -> Numbers:
    published = pd.to_datetime(reports["published"].astype("object"), format="ISO8601", errors="coerce", utc=True)
    year = reports["year"].astype("Int64")
    last = reports["agency_kind"].astype("string").map(_DEADLINES)
    due = pd.to_datetime((year + 1).astype("string") + "-" + last, format="%Y-%m-%d", errors="coerce", utc=True)
    days: Numbers = np.asarray((published - due).dt.days, dtype=np.float64)
    # a page cannot be older than what it reports on; reports written before the year ended are real
    possible = published.dt.year.ge(year).fillna(False).to_numpy(dtype=bool)
    return np.where(possible, days, np.nan)


def _counted(ids: pd.Series[str], reports: pd.DataFrame) -> Numbers:
    line = pd.Index(reports["report_id"]).get_indexer(pd.Index(ids))
    return np.bincount(line[line >= 0], minlength=len(reports)).astype(np.float64)

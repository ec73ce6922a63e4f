"""What the figures of analysed tables share: choosing rows, peers in words, the source line, marks of breaks."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np
import pandas as pd

from govreport.analysis import Break, Measure, find_measure, outlier_text, thresholds
from govreport.errors import UsageError
from govreport.plots.lettering import fit
from govreport.plots.quality import SOURCE_INVENTED
from govreport.plots.style import SOURCE_REPORTS, Lang, Words, drawable, need

_MARK = "合成"  # govreport.synthetic puts it into the names of its agencies
_FOUND = (
    "report_id", "agency", "agency_kind", "level", "year", "measure", "comparison", "value", "numerator", "n",
    "expected", "p", "rho", "shrunken", "outlier", "peer_group",
)  # fmt: skip


def origin(agencies: Iterable[Any], lang: Lang) -> str:
    """The source line for a table of agencies: invented ones are called so."""
    marked = pd.Series(list(agencies), dtype="object").astype("string").str.contains(_MARK).fillna(False)
    if not marked.any():
        return SOURCE_REPORTS.get(lang)
    return SOURCE_INVENTED.get(lang) if marked.all() else f"{SOURCE_REPORTS.get(lang)} {SOURCE_INVENTED.get(lang)}"


def shares_of(found: pd.DataFrame, measure: str | Measure | None) -> tuple[pd.DataFrame, Measure]:
    """The comparisons with peers of one share in a table of ``find_outliers``, and the measure.

    Raises:
        UsageError: a column is missing, the measure is not in the table or is no share, or none was chosen of several.
    """
    rows = need(found, "found", _FOUND)
    rows = rows[rows["comparison"].eq("peers").fillna(False)]
    named = [str(name) for name in rows["measure"].dropna().unique()]
    shares = [name for name in named if find_measure(name).proportion]
    wanted = measure.id if isinstance(measure, Measure) else measure
    if wanted is None and len(shares) == 1:
        wanted = shares[0]
    if wanted is None or (len(found) and wanted not in shares):
        there = ", ".join(shares) or "none"
        raise UsageError(
            f"this figure draws one share of find_outliers(..., keep='all'); found {wanted!r}, the table has {there}"
        )
    return rows[rows["measure"].eq(wanted).fillna(False)], find_measure(wanted)


def peers_of(rows: pd.DataFrame, group: str | None) -> tuple[pd.DataFrame, str | None]:
    """The rows of one peer group, small ones included, and its name; without a name that with most ranked rows.

    Raises:
        UsageError: no peer group has this name.
    """
    named = rows["peer_group"].dropna().value_counts()
    if group is None:
        if named.empty:
            return rows.iloc[:0], None
        group = str(named.index[0])
    elif group not in named.index:
        raise UsageError(f"no peer group is called {group!r}; there are {', '.join(map(str, named.index)) or 'none'}")
    kept = rows["peer_group"].eq(group).fillna(False)
    alike = pd.Series(True, index=rows.index)
    for column, value in _parts(group):
        alike &= _fits(rows, column, value)
    return rows[kept | (rows["p"].isna() & alike)], group


def _parts(group: str) -> list[tuple[str, str]]:
    return [(column, value) for column, _, value in (part.partition("=") for part in group.split())]


def _fits(rows: pd.DataFrame, column: str, value: str) -> pd.Series:
    if column == "years":
        first, _, last = value.partition("-")
        year = rows["year"].astype("Float64")
        return (year.ge(float(first or 0)) & year.le(float(last or 9999))).fillna(False)
    name = {"kind": "agency_kind"}.get(column, column)
    return rows[name].astype("string").eq(value).fillna(False)


def group_words(group: str, lang: Lang) -> str:
    """A peer group as people say it.

    >>> group_words("kind=street level=town year=2023", "en")
    'Street offices, town level, 2023'
    """
    parts = dict(_parts(group))
    said = []
    if "kind" in parts:
        said.append(outlier_text(f"kind.{parts['kind']}", lang))
    if "level" in parts:
        said.append(outlier_text(f"level.{parts['level']}", lang))
    year = parts.get("year") or parts.get("years", "").replace("-", "–")
    said.append(Words(f"{year}年", year).get(lang) if year else "")
    text = Words("，", ", ").get(lang).join(part for part in said if part)
    return text[:1].upper() + text[1:]


def short(agency: Any, size: float, room: float) -> str:
    """The name of an agency in so many points."""
    return fit(drawable("?" if pd.isna(agency) else str(agency), "?"), size, room)


def least_n() -> int:
    """Below this denominator nothing is ranked, unless ``OutlierMethod`` says otherwise."""
    return int(thresholds()["min_n"])


def apart(wanted: np.ndarray, need_: float, low: float, high: float) -> np.ndarray:
    """Places as near to the wanted ones as they can be so many apart, between two ends where there is room.

    >>> apart(np.array([0.5, 0.5]), 0.2, 0.0, 1.0).round(1).tolist()
    [0.4, 0.6]
    """
    order = np.argsort(wanted, kind="stable")
    # isotonic regression of what is left after the least distances, by pooling adjacent violators
    blocks: list[list[float]] = []
    for value in wanted[order] - need_ * np.arange(len(wanted)):
        blocks.append([float(value), 1.0])
        while len(blocks) > 1 and blocks[-2][0] > blocks[-1][0]:
            (above, many), (below, few) = blocks[-2:]
            blocks[-2:] = [[(above * many + below * few) / (many + few), many + few]]
    even = np.concatenate([np.full(int(count), mean) for mean, count in blocks]) if blocks else np.zeros(0)
    ceiling = max(high - need_ * (len(wanted) - 1), low)
    made = np.empty(len(wanted))
    made[order] = np.clip(even, low, ceiling) + need_ * np.arange(len(wanted))
    return made


def broken_words(breaks: list[Break], lang: Lang) -> str:
    """What is said of breaks in a subtitle; "" without any."""
    if not breaks:
        return ""
    years = Words("、", ", ").get(lang).join(str(b.year) for b in breaks)
    return Words(
        f"粗虚线为口径变化（{years}年起），前后不可直接比较，线在此断开。",
        f" Dark dotted lines: the series breaks (from {years} on); the two sides do not compare, so lines stop there.",
    ).get(lang)

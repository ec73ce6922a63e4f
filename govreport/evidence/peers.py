"""Who a body is compared with, and what the comparison says: the row of ``find_outliers`` and the peers behind it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal, NamedTuple, cast

import pandas as pd

from govreport.analysis import Measure, OutlierMethod, Values, find_outliers, levels, outlier_text
from govreport.analysis.outlier_figures import own_figures
from govreport.analysis.outlier_text import peer_group
from govreport.analysis.peers import NO_YEAR, Bodies, PeerStep, bodies_of, breaks_of, peer_groups
from govreport.errors import UsageError
from govreport.evidence.words import say
from govreport.forms.words import Both
from govreport.frames import Frames

State = Literal["ranked", "unranked", "zero", "unknown", "undated", "none", "left_out"]
Row = Mapping[str, Any]

QUANTILES = {"least": 0.0, "q10": 0.1, "q25": 0.25, "q50": 0.5, "q75": 0.75, "q90": 0.9, "most": 1.0}
"""Quantiles of the peers that a card tells, by the names of ``forms/evidence_words.csv``."""

_OF_PEER = ["report_id", "agency", "province", "city", "county", "year"]
_NEEDED = ("report_id", "measure", "comparison", "p", "p_adjusted", "peers", "text_zh", "text_en")


class Settings(NamedTuple):
    """How a comparison is made, and where its rows may be found already."""

    method: OutlierMethod
    level: float
    links: pd.DataFrame | None
    outliers: pd.DataFrame | None


class Subject(NamedTuple):
    """The report of a card: its place in ``frames.reports``, the measure and its values in all reports."""

    frames: Frames
    line: int
    measure: Measure
    found: Values

    @property
    def report_id(self) -> str:
        """Key of the report."""
        return str(self.frames.reports["report_id"].iloc[self.line])

    @property
    def known(self) -> bool:
        """Whether the report tells the measure."""
        return not pd.isna(self.found.value[self.line])


@dataclass(frozen=True, eq=False)
class Comparison:
    """A body among its peers.

    Attributes:
        state: "ranked" (tested), "unranked" (observed only), "zero" (of a duty), "unknown" (no figure), "undated",
            "none" (too few peers at every step), "left_out".
        row: the row of ``find_outliers`` against the peers, None where it made none; NA is None.
        past: its row against the body's own year before, None where it made none.
        peers: reports of other bodies, by value: report_id, agency, province, city, county, year, value, numerator, n.
        step: what the peers have in common; None without peers.
        group: the same in words.
        tested: number of comparisons over which p-values are adjusted.
        level: of the usual range and of the false-discovery rate.
    """

    state: State
    row: Row | None
    past: Row | None
    peers: pd.DataFrame
    step: PeerStep | None
    group: Both
    tested: int
    level: float

    def quantiles(self) -> dict[str, float]:
        """Quantiles of the peers by name; empty without peers."""
        if self.peers.empty:
            return {}
        found = self.peers["value"].quantile(list(QUANTILES.values()))
        return dict(zip(QUANTILES, map(float, found), strict=True))

    def position(self, value: float) -> tuple[int, int, int]:
        """Peers above, below and at a value."""
        values = self.peers["value"]
        return int(values.gt(value).sum()), int(values.lt(value).sum()), int(values.eq(value).sum())


def compare(subject: Subject, settings: Settings) -> Comparison:
    """The comparison of a report with its peers and with its own past.

    Raises:
        UsageError: the outliers given are no table of ``find_outliers``, or scipy is not installed.
    """
    bodies = bodies_of(subject.frames.reports, settings.links)
    step, lines = _peer_lines(subject, bodies, settings.method)
    row, past, source = _rows(subject, settings)
    group = _group(subject, step) if step else Both("", "")
    state = _state(subject, bodies, row, step, settings.method)
    tested, level = int(source.attrs.get("tested", 0)), float(source.attrs.get("level", settings.level))
    return Comparison(state, row, past, _peers(subject, lines), step, group, tested, level)


def _peer_lines(subject: Subject, bodies: Bodies, method: OutlierMethod) -> tuple[PeerStep | None, list[int]]:
    """The first step with enough peers, and the reports; a report without a figure is given those it would have."""
    figures = own_figures(subject.found, subject.measure, bodies.year != NO_YEAR)
    lines = sorted({*figures.line[figures.enough(method.min_n)].tolist(), subject.line})
    at, some = lines.index(subject.line), bodies.at(cast(Any, lines))
    for groups in peer_groups(some, subject.measure, method.min_peers):
        if groups.chosen[at]:
            others = (groups.group == groups.group[at]) & (some.body != some.body[at])
            return groups.step, [lines[i] for i in others.nonzero()[0]]
    return None, []


def _peers(subject: Subject, lines: Sequence[int]) -> pd.DataFrame:
    made = subject.frames.reports[_OF_PEER].iloc[list(lines)].reset_index(drop=True)
    below = subject.found.denominator
    made["value"] = pd.array(subject.found.value[list(lines)], dtype="Float64")
    made["numerator"] = pd.array(subject.found.numerator[list(lines)], dtype="Float64")
    made["n"] = pd.array([None] * len(lines) if below is None else below[list(lines)], dtype="Float64")
    return made.sort_values(["value", "report_id"], ascending=[False, True], ignore_index=True)


def _rows(subject: Subject, settings: Settings) -> tuple[Row | None, Row | None, pd.DataFrame]:
    """Rows about the report in the outliers given, or in a run of this measure alone."""
    table = settings.outliers
    if table is not None:
        if missing := [name for name in _NEEDED if name not in table]:
            raise UsageError(f"outliers should be what find_outliers gives; missing {', '.join(missing)}")
        row, past = _row(table, subject, "peers"), _row(table, subject, "own_past")
        if row is not None:
            return row, past, table
    made = find_outliers(
        subject.frames, [subject.measure], level=settings.level, method=settings.method, keep="all",
        links=settings.links,
    )  # fmt: skip
    past = _row(made, subject, "own_past")
    if table is not None:
        past = _row(table, subject, "own_past") or past
    return _row(made, subject, "peers"), past, made


def _row(table: pd.DataFrame, subject: Subject, comparison: str) -> Row | None:
    mine = table["report_id"].eq(subject.report_id) & table["measure"].eq(subject.measure.id)
    found = table[(mine & table["comparison"].eq(comparison)).fillna(False)]
    if found.empty:
        return None
    return {str(name): None if pd.isna(value) else value for name, value in found.iloc[0].items()}


def _state(
    subject: Subject, bodies: Bodies, row: Row | None, step: PeerStep | None, method: OutlierMethod
) -> State:  # fmt: skip
    if not subject.known:
        return "unknown"
    if bodies.year[subject.line] == NO_YEAR:
        return "undated"
    if row is not None and row["p"] is not None:
        return "ranked"
    if method.compare is not None and "peers" not in method.compare:
        return "left_out"
    if row is None:
        return "zero"
    return "unranked" if step else "none"


def _group(subject: Subject, step: PeerStep) -> Both:
    """What the peers have in common, in words."""
    report = subject.frames.reports.iloc[subject.line]
    level = levels(subject.frames.reports.iloc[[subject.line]]).iloc[0]
    named = {"peer_note": step.step, "year": report["year"], "level": level, "agency_kind": report["agency_kind"]}
    parts = dict(part.partition("=")[::2] for part in (peer_group(named, breaks_of(subject.measure)) or "").split())
    year = _years(parts)
    zh, en = [year.zh] if year.zh else [], [year.en] if year.en else []
    for name in ("level", "kind"):
        if name in parts:
            zh.append(outlier_text(f"{name}.{parts[name]}", "zh"))
            en.append(outlier_text(f"{name}.{parts[name]}", "en"))
    return Both("".join(zh), ", ".join(en))


def _years(parts: Mapping[str, str]) -> Both:
    if "year" in parts:
        return Both(f"{parts['year']}年", parts["year"])
    first, _, last = parts.get("years", "").partition("-")
    if first and last:
        return say("group.years", first=first, last=last)
    if first:
        return say("group.since", first=first)
    return say("group.until", last=last) if last else Both("", "")

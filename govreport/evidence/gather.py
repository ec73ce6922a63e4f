"""Puts a card together from frames."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any, cast

import pandas as pd

from govreport.analysis import (
    Measure,
    OutlierMethod,
    cells_of_frames,
    evaluate,
    find_measure,
    load_breaks,
    status_column,
)
from govreport.analysis.measures import ABOUT, pick_measures
from govreport.analysis.peers import body_codes, breaks_of, expect_frames
from govreport.errors import UsageError
from govreport.evidence.card import EvidenceCard, Year
from govreport.evidence.cells import CellLine, cell_lines
from govreport.evidence.peers import Comparison, Settings, Subject, compare
from govreport.evidence.words import points
from govreport.forms.words import Both
from govreport.frames import Frames
from govreport.model import SEVERITIES, Finding

if TYPE_CHECKING:
    from govreport.analysis import CellTable
    from govreport.analysis.agencies import AgencyLinks

_NAMED = 3
_SYNTHETIC = "（合成）"  # the panel of govreport.synthetic ends the names of its agencies with it
_GRAVE = ("error", "warning")


def evidence(
    frames: Frames,
    report_id: str,
    measure: str | Measure,
    *,
    links: pd.DataFrame | AgencyLinks | None = None,
    outliers: pd.DataFrame | None = None,
    method: OutlierMethod | None = None,
    level: float = 0.05,
) -> EvidenceCard:
    """The evidence behind one figure: its cells, the table around it, its peers, its past, its doubts, its source.

    A figure that is not known, or that has no peers, gives a card that says so.

    >>> from govreport.bundled import sample
    >>> evidence(sample(), "9733b98c650894ca", "not_held_share").figure.en
    '25.5% (897/3521)'

    Args:
        frames: the reports, the peers among them.
        report_id: key of the report.
        measure: id of ``forms/measures.csv``, or a measure.
        links: what ``link_agencies`` gives, for bodies that changed their names.
        outliers: a table of ``find_outliers`` on the same frames, whose p-values and ranks are then those of the card;
            for many cards it saves the comparison, too. Without it, and for figures that it does not list, the measure
            is compared by itself.
        method: options of the comparison; those of ``outliers``, if it is given.
        level: false-discovery rate and usual range.

    Raises:
        UsageError: no such report or measure, a measure that the report's edition does not have, outliers or links
            without their columns, or scipy is not installed.
    """
    expect_frames(frames, "evidence")
    chosen = pick_measures([measure])[0] if isinstance(measure, Measure) else find_measure(measure)
    line = _line(frames, report_id)
    _refuse_edition(frames.reports["edition"].iloc[line], chosen)
    table = cells_of_frames(frames, chosen.cells)
    subject = Subject(frames, line, chosen, evaluate(table, chosen))
    bodies = links if links is None or isinstance(links, pd.DataFrame) else links.links
    settings = Settings(method or OutlierMethod(), level, bodies, outliers)
    return _card(subject, table, settings)


def _line(frames: Frames, report_id: str) -> int:
    lines = frames.reports["report_id"].eq(report_id).fillna(False).to_numpy(dtype=bool).nonzero()[0]
    if len(lines):
        return int(lines[0])
    there = frames.reports[["report_id", "agency", "year"]].head(_NAMED).astype("string").fillna("?")
    named = ", ".join(f"{key} ({agency}, {year})" for key, agency, year in there.to_numpy().tolist())
    raise UsageError(
        f"no report has the key {report_id!r}; expected one of frames.reports['report_id'], which has "
        f"{len(frames):,}: {named or 'none'}{' ...' if len(frames) > _NAMED else ''}"
    )


def _refuse_edition(edition: Any, measure: Measure) -> None:
    if not pd.isna(edition) and str(edition) not in measure.editions:
        raise UsageError(
            f"{measure.id} is a figure of edition {' and '.join(measure.editions)} of the form; this report has "
            f"edition {edition}, which does not have it or counts it in another way: choose another measure or year"
        )


def _card(subject: Subject, table: CellTable, settings: Settings) -> EvidenceCard:
    report = subject.frames.show(subject.report_id)
    counted = {
        name: float(table.cell(name)[0][subject.line])
        for name in subject.measure.cells
        if name.startswith(f"{ABOUT}.") and not pd.isna(table.cell(name)[0][subject.line])
    }
    cells = cell_lines(report, subject.measure, counted)
    findings, about = _sorted(report.findings, cells)
    comparison = compare(subject, settings)
    years = _years(subject, settings)
    own = next(year for year in years if year.own)
    cases = _cases(own, years, comparison, findings[:about], report.agency, settings)
    return EvidenceCard(
        subject.report_id, report, subject.measure, own.status, own.value, own.numerator, own.n, cells, comparison,
        years, findings, about, points("caveat", subject.measure, cases), points("question", subject.measure, cases),
        settings.method.min_peers,
    )  # fmt: skip


def _sorted(findings: Iterable[Finding], cells: tuple[CellLine, ...]) -> tuple[tuple[Finding, ...], int]:
    """Doubts about these cells first, then the gravest; and how many are about these cells."""
    names = {line.name for line in cells}
    pairs = sorted(
        ((not names & set(f.cells), SEVERITIES.index(f.severity), f) for f in findings), key=lambda pair: pair[:2]
    )
    return tuple(f for *_, f in pairs), sum(not elsewhere for elsewhere, *_ in pairs)


def _years(subject: Subject, settings: Settings) -> tuple[Year, ...]:
    """All reports of the body, oldest first; the card's own report is among them whatever its year."""
    reports = subject.frames.reports
    codes = body_codes(reports, settings.links)
    lines = (codes == codes[subject.line]).nonzero()[0].tolist()
    dated = sorted(lines, key=lambda i: (-1 if pd.isna(reports["year"].iloc[i]) else int(reports["year"].iloc[i]), i))
    statuses = status_column(subject.found.status[dated])
    made: list[Year] = []
    for at, status in zip(dated, statuses, strict=True):
        year, edition = reports["year"].iloc[at], reports["edition"].iloc[at]
        value, below = _known(subject.found.value[at]), subject.found.denominator
        fraction = below is not None and value is not None
        before = made[-1].year if made else None
        told = None if pd.isna(year) else int(year)
        made.append(Year(
            str(reports["report_id"].iloc[at]), told, None if pd.isna(edition) else str(edition), value,
            _known(subject.found.numerator[at]) if fraction else None,
            _known(cast(Any, below)[at]) if fraction else None,
            str(status), _between(before, told, subject.measure), at == subject.line,
        ))  # fmt: skip
    return tuple(made)


def _known(number: float) -> float | None:
    return None if pd.isna(number) else float(number)


def _between(before: int | None, year: int | None, measure: Measure) -> tuple[Both, ...]:
    if before is None or year is None:
        return ()
    met = [b for b in load_breaks() if b.year in breaks_of(measure) and before < b.year <= year]
    return tuple(Both(b.name("zh"), b.name("en")) for b in met)


def _cases(
    own: Year, years: tuple[Year, ...], comparison: Comparison, doubts: tuple[Finding, ...], agency: str | None,
    settings: Settings,
) -> set[str]:  # fmt: skip
    """What is the case on this card, among ``words.CASES``."""
    small = own.n is not None and own.n < settings.method.min_n
    met = {
        "unknown": comparison.state == "unknown",
        "proved": own.status in ("proved", "summed"),
        "inexact": own.status in ("approximate", "prose"),
        "doubts": any(f.severity in _GRAVE for f in doubts),
        "small": comparison.state == "unranked" or (small and comparison.state != "unknown"),
        "widened": comparison.step is not None and bool(comparison.step.note_en),
        "no_peers": comparison.state in ("none", "undated"),
        "break": any(year.breaks for year in years),
        "zero": comparison.state == "zero",
        "synthetic": bool(agency) and str(agency).endswith(_SYNTHETIC),
        "compared": comparison.state == "ranked",
        "jump": comparison.past is not None and bool(comparison.past["outlier"]),
    }
    return {case for case, holds in met.items() if holds}

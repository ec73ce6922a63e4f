"""Why a report belongs to the body that it is given: how it is tied to the body's report before."""

from __future__ import annotations

from collections import defaultdict, deque
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np
import pandas as pd

from govreport.analysis.agency_groups import NO_YEAR, Grouped, Ints
from govreport.analysis.agency_steps import SCORES, Edge
from govreport.analysis.link_notes import sentence
from govreport.analysis.measures import Lang
from govreport.analysis.places import NOWHERE, load_atlas
from govreport.forms.words import lines_of

_Fields = tuple[tuple[str, str], ...]
# What an edge is called in the column link, the strongest last where several lie between two reports.
_LINK_OF = {
    "spelling_gap": "spelling", "spelling_word": "spelling", "spelling_end": "spelling", "town": "upgraded",
    "local": "renamed", "renamed": "renamed",
}  # fmt: skip


class Reason(NamedTuple):
    """A value of the column link, its score, and the sentence behind it with its fields."""

    link: str
    score: float | None
    note: str
    fields: _Fields = ()

    def text(self, lang: Lang) -> str:
        """The sentence; its fields may be keys of other sentences and of ``forms/agency_evidence.csv``."""
        fields = dict(self.fields)
        if "evidence" in fields:
            fields["evidence"] = evidence_text(fields["evidence"], lang)
        if "why" in fields:
            fields["why"] = sentence(fields["why"], lang)
        return sentence(self.note, lang, **fields)


FIRST = Reason("first", None, "first")
UNDATED = Reason("undated", None, "undated")
UNNAMED = Reason("unnamed", None, "unnamed")
_SAME = Reason("same", SCORES["same"], "same")


def override(evidence: str) -> Reason:
    """What a correction says."""
    return Reason("override", SCORES["override"], "override", (("evidence", evidence),))


def evidence_text(evidence: str, lang: Lang) -> str:
    """The words of ``forms/agency_evidence.csv`` for a key; any other text as it is."""
    return lines_of("agency_evidence", "evidence").get(evidence, {}).get(lang, evidence)


def previous_reports(bodies: Ints, year: Ints) -> Ints:
    """Position of the body's report before each, -1 where there is none or a year is not known.

    Of several reports on one year the first counts, as in ``govreport.checks``.
    """
    previous = np.full(len(bodies), -1, dtype=np.int64)
    dated = np.flatnonzero(year != NO_YEAR)
    if not len(dated):
        return previous
    order = dated[np.lexsort((dated, year[dated], bodies[dated]))]
    body, when = bodies[order], year[order]
    starts = np.append(True, (body[1:] != body[:-1]) | (when[1:] != when[:-1]))
    first, owner = order[starts], body[starts]
    before = np.append(-1, np.where(owner[1:] == owner[:-1], first[:-1], -1))
    previous[order] = before[np.cumsum(starts) - 1]
    return previous


def reasons_of(
    reports: pd.DataFrame, grouped: Grouped, edges: Sequence[Edge], previous: Ints, corrected: Mapping[int, str]
) -> list[Reason]:
    """The reason of each report, corrections and first reports included.

    Args:
        reports: ``Frames.reports``.
        grouped: its groups.
        edges: the edges that hold.
        previous: what ``previous_reports`` gives.
        corrected: evidence of the correction of each report that has one.
    """
    codes = reports["adcode"].astype("string").fillna("").to_numpy(dtype=object)
    agencies = reports["agency"].astype("string").fillna("").to_numpy(dtype=object)
    teller = _Teller(grouped, edges, codes, agencies, corrected)
    same = np.zeros(len(reports), dtype=bool)
    has = np.flatnonzero(previous >= 0)
    before = previous[has]
    same[has] = (
        (grouped.of[has] == grouped.of[before])
        & (grouped.name[has] == grouped.name[before])
        & (codes[has] == codes[before])
    )
    return [_SAME if same[line] and line not in corrected else teller.reason(line, int(previous[line]))
            for line in range(len(reports))]  # fmt: skip


class _Teller:
    """Finds the reason of one report at a time."""

    def __init__(
        self, grouped: Grouped, edges: Sequence[Edge], codes: Any, agencies: Any, corrected: Mapping[int, str]
    ) -> None:
        self._grouped = grouped
        self._codes, self._agencies = codes, agencies
        self._corrected = corrected
        self._next: dict[int, list[tuple[int, Edge]]] = defaultdict(list)
        for edge in edges:
            self._next[edge.a].append((edge.b, edge))
            self._next[edge.b].append((edge.a, edge))

    def reason(self, line: int, before: int) -> Reason:
        if line in self._corrected:
            return override(self._corrected[line])
        if not self._agencies[line]:
            return UNNAMED
        if self._grouped.year[line] == NO_YEAR:
            return UNDATED
        if before < 0:
            return FIRST
        if before in self._corrected:
            return override(self._corrected[before])
        if self._grouped.of[line] == self._grouped.of[before]:
            return self._within(line, before)
        return self._between(line, before)

    def _within(self, line: int, before: int) -> Reason:
        """One group: the place was renamed, or the name is written in another way."""
        at = self._grouped.groups[self._grouped.of[line]].at
        fields: tuple[tuple[str, str], ...]
        if at != NOWHERE:
            place = load_atlas().places[at]
            then, now = (place.stay(int(self._grouped.year[x])) for x in (before, line))
            if then != now:
                fields = (("before", then.name), ("code_before", then.code), ("after", now.name),
                          ("code_after", now.code))  # fmt: skip
                return Reason("upgraded", SCORES["upgraded"], "upgraded", fields)
        if self._grouped.mistyped[line] or self._grouped.mistyped[before]:
            wrong = line if self._grouped.mistyped[line] else before
            fields = (("after", self._agencies[wrong]),)
            return Reason("spelling", SCORES["spelling_word"], "mistyped_place", fields)
        for x in (line, before):
            if self._grouped.by_host[x] != NOWHERE:
                county = load_atlas().places[at].stay(int(self._grouped.year[x])).name
                fields = (("host", self._grouped.hosts[x]), ("place", county))
                return Reason("variant", SCORES["variant"], "host", fields)
        if self._agencies[line] == self._agencies[before]:
            fields = (("before", self._codes[before] or "–"), ("after", self._codes[line] or "–"))
            return Reason("variant", SCORES["variant"], "region", fields)
        return Reason("variant", SCORES["variant"], "variant", (("before", self._agencies[before]),))

    def _between(self, line: int, before: int) -> Reason:
        """Two groups: the strongest edge on the way between them."""
        way = self._way(int(self._grouped.of[before]), int(self._grouped.of[line]))
        edge = max(way, key=lambda e: (list(_LINK_OF).index(e.kind), e.a, e.b))
        a, b = (self._grouped.groups[x].name for x in (edge.a, edge.b))
        fields: tuple[tuple[str, str], ...]
        fields = (("usual", a), ("written", b)) if edge.kind.startswith("spelling") else (("before", a), ("after", b))
        if edge.evidence:
            fields = (*fields, ("evidence", edge.evidence))
        return Reason(_LINK_OF[edge.kind], SCORES[edge.kind], edge.kind, fields)

    def _way(self, start: int, end: int) -> list[Edge]:
        came: dict[int, tuple[int, Edge]] = {}
        waiting = deque([start])
        while waiting and end not in came:
            at = waiting.popleft()
            for other, edge in self._next[at]:
                if other not in came and other != start:
                    came[other] = (at, edge)
                    waiting.append(other)
        way = []
        while end != start:
            end, edge = came[end]
            way.append(edge)
        return way

"""The steps of linking: pairs of groups that are one body, that were merged or parted, or that stay doubtful.

A step asserts a pair only where nothing else fits: the years do not overlap, each side has one candidate, and the
evidence is a law, a code or a typing error that cannot be a name. All others are doubts, which become findings.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import cache, lru_cache
from typing import NamedTuple, cast

import numpy as np
import numpy.typing as npt
from rapidfuzz import process
from rapidfuzz.distance import OSA

from govreport.analysis.agency_groups import FIRST_BIT, Group
from govreport.analysis.agency_names import known_words, telling_signs
from govreport.analysis.places import place_changes
from govreport.errors import FormError
from govreport.forms import read_csv

SCORES = {
    "same": 1.0, "override": 1.0, "variant": 0.99, "upgraded": 0.98, "renamed": 0.97, "town": 0.95, "local": 0.93,
    "spelling_gap": 0.92, "spelling_word": 0.9, "spelling_end": 0.88, "merged": 0.95, "split": 0.9,
}  # fmt: skip
"""How sure a link is: an order of kinds of evidence, not a probability."""

_RANKS = {"乡": 0, "苏木": 0, "镇": 1, "街道": 2}
# A mistyped core of fewer signs may be another office: 科技局, 科信局.
_LONG_CORE = 5
# A core that is met in this many places is a word of its own.
_COMMON = 3
_RARE = 0.1
# A body that reported this often does not give way to another one for one year.
_LASTING = 3
_SEVERAL = 4
_SIGN = 1


class Edge(NamedTuple):
    """Two groups that are one body: the earlier or usual one, the later or mistyped one, and why."""

    a: int
    b: int
    kind: str
    evidence: str = ""


class Doubt(NamedTuple):
    """Two groups that may be one body, and why that is not certain: a line of ``forms/link_notes.csv``."""

    a: int
    b: int
    why: str


class Relation(NamedTuple):
    """A group that went into another (merged) or came out of it (split), from a year on."""

    a: int
    b: int
    kind: str
    year: int
    evidence: str


class Rule(NamedTuple):
    """A line of ``forms/agency_renames.csv``; 0 and 9999 where a year is open."""

    before: str
    after: str
    kind: str
    first_after: int
    last_before: int
    evidence: str


class Steps(NamedTuple):
    """What all steps found."""

    edges: list[Edge]
    doubts: list[Doubt]
    relations: list[Relation]


@cache
def load_rules() -> dict[str, tuple[Rule, ...]]:
    """The rules of renaming by the name before.

    Raises:
        FormError: a kind is unknown, or the evidence is not described in ``forms/agency_evidence.csv``.
    """
    described = {row["evidence"] for row in read_csv("agency_evidence")}
    made: dict[str, list[Rule]] = defaultdict(list)
    for row in read_csv("agency_renames"):
        if row["kind"] not in ("renamed", "merged", "split", "local", "doubtful") or row["evidence"] not in described:
            raise FormError(
                f"forms/agency_renames.csv, {row['before']} to {row['after']}: expected a known kind and evidence of "
                f"agency_evidence.csv; found {row['kind']!r} and {row['evidence']!r}"
            )
        years = (int(row["first_after"] or 0), int(row["last_before"] or 9999))
        rule = Rule(row["before"], row["after"], row["kind"], *years, row["evidence"])
        made[rule.before].append(rule)
        if rule.kind in ("local", "doubtful"):
            made[rule.after].append(rule._replace(before=rule.after, after=rule.before))
    return {before: tuple(rules) for before, rules in made.items()}


def take_steps(groups: Sequence[Group]) -> Steps:
    """All steps over all groups."""
    made = Steps([], [], [])
    _rename(groups, made)
    _upgrade_towns(groups, made)
    _correct_spelling(groups, made)
    made.relations.extend(_place_relations(groups))
    _doubt_wide(groups, made)
    return made


def _follows(a: Group, b: Group) -> bool:
    return a.years != 0 and b.years != 0 and a.last < b.first


def _adjacent(a: Group, b: Group) -> bool:
    return _follows(a, b) and a.last + 1 == b.first


def _takes_over(a: Group, b: Group) -> bool:
    """Whether the years follow each other; one may be missing where both report several times."""
    missing_one = _follows(a, b) and a.last + 2 == b.first
    return _adjacent(a, b) or (missing_one and a.year_count + b.year_count >= _SEVERAL)


def _rename(groups: Sequence[Group], made: Steps) -> None:
    """Rules of renaming: within a place, the years in order and within those of the reform."""
    here: dict[tuple[str, str], list[int]] = defaultdict(list)
    for at, group in enumerate(groups):
        if not group.wide:
            here[group.place, group.core].append(at)
    sure: list[Edge] = []
    for a, group in enumerate(groups):
        for rule in load_rules().get(group.core, ()) if not group.wide else ():
            for b in here.get((group.place, rule.after), ()):
                _apply(rule, a, b, groups, sure, made)
    _settle(sure, made)


def _apply(rule: Rule, a: int, b: int, groups: Sequence[Group], sure: list[Edge], made: Steps) -> None:
    before, after = groups[a], groups[b]
    if rule.kind in ("merged", "split"):
        if year := _when(rule, before, after):
            made.relations.append(Relation(a, b, rule.kind, year, rule.evidence))
    elif rule.kind == "doubtful":
        if _adjacent(before, after):
            made.doubts.append(Doubt(a, b, "why_scope"))
    elif before.years & after.years:
        if rule.kind == "renamed" and before.first < after.first and before.last < after.last:
            made.doubts.append(Doubt(a, b, "why_overlap"))
    elif not _follows(before, after):
        return
    elif rule.kind == "local":
        if _takes_over(before, after):
            sure.append(Edge(a, b, "local", rule.evidence))
        else:
            made.doubts.append(Doubt(a, b, "why_gap"))
    elif before.last <= rule.last_before and after.last >= rule.first_after and after.first >= rule.first_after:
        sure.append(Edge(a, b, "renamed", rule.evidence))
    elif _adjacent(before, after):
        made.doubts.append(Doubt(a, b, "why_years"))


def _when(rule: Rule, before: Group, after: Group) -> int:
    """First year in which a body that merged or was parted is seen in its new form; 0 where it was not."""
    if rule.kind == "split":
        return after.first if before.years and after.first > before.first and after.first >= rule.first_after else 0
    if not before.years or before.last > rule.last_before:
        return 0
    since = max(rule.first_after, before.last + 1)
    return next((year for year in range(since, after.last + 1) if after.reports_on(year)), 0)


def _settle(sure: list[Edge], made: Steps) -> None:
    """Each body has one body before it and one after it; a dated reform goes before local habits."""
    dated = {edge.b for edge in sure if edge.kind == "renamed"} | {-1 - e.a for e in sure if e.kind == "renamed"}
    left = [e for e in sure if e.kind == "renamed" or not ({e.b, -1 - e.a} & dated)]
    made.doubts.extend(Doubt(e.a, e.b, "why_several") for e in sure if e not in left)
    before, after = Counter(e.b for e in left), Counter(e.a for e in left)
    for edge in left:
        if before[edge.b] == 1 and after[edge.a] == 1:
            made.edges.append(edge)
        else:
            made.doubts.append(Doubt(edge.a, edge.b, "why_several"))


def _upgrade_towns(groups: Sequence[Group], made: Steps) -> None:
    """乡 to 镇 to 街道 with the same stem; few reports are too little to tell it from two bodies."""
    here: dict[tuple[str, str], list[int]] = defaultdict(list)
    for at, group in enumerate(groups):
        if group.stem and not group.wide:
            here[group.place, group.stem].append(at)
    sure: list[Edge] = []
    for found in here.values():
        for a, b in _ordered_pairs(found, groups):
            up = _RANKS.get(groups[a].rank, 0) < _RANKS.get(groups[b].rank, 0)
            if up and _takes_over(groups[a], groups[b]) and groups[a].year_count + groups[b].year_count >= _SEVERAL:
                sure.append(Edge(a, b, "town"))
            elif groups[a].rank != groups[b].rank:
                made.doubts.append(Doubt(a, b, "why_town"))
    _settle(sure, made)


def _ordered_pairs(found: Sequence[int], groups: Sequence[Group]) -> Iterator[tuple[int, int]]:
    for a in found:
        for b in found:
            if a != b and _follows(groups[a], groups[b]):
                yield a, b


def _correct_spelling(groups: Sequence[Group], made: Steps) -> None:
    """Names of one place that differ in one sign, in different years."""
    places = Counter(core for core, _ in {(g.core, g.place) for g in groups})
    blocks: dict[str, list[int]] = defaultdict(list)
    for at, group in enumerate(groups):
        if not group.wide and group.years and group.core:
            blocks[group.place].append(at)
    here = {(group.place, group.core): group.years for group in groups}
    sure: list[Edge] = []
    for block in blocks.values():
        if len(block) > 1:
            for a, b in _alike(block, groups):
                _judge(a, b, groups, places, here, sure, made)
    told = Counter(edge.b for edge in sure)
    for edge in sure:
        if told[edge.b] == 1:
            made.edges.append(edge)
        else:
            made.doubts.append(Doubt(edge.a, edge.b, "why_several"))


def _alike(block: Sequence[int], groups: Sequence[Group]) -> Iterator[tuple[int, int]]:
    """Pairs that differ in one sign and never report on the same year, the one with more years first.

    Two towns differ in their stems; a town and a name that is none, because its ending is mistyped, in all they write.
    """
    cores = [groups[at].stem + groups[at].rank if groups[at].stem else groups[at].core for at in block]
    bares = [groups[at].bare for at in block]
    towns = np.array([bool(groups[at].stem) for at in block])
    ranks = np.array([groups[at].rank for at in block])
    same_kind = ranks[:, None] == ranks[None, :]
    one_town = towns[:, None] != towns[None, :]
    near = (_one_sign(cores) & same_kind) | (_one_sign(bares) & (one_town | (same_kind & ~towns[:, None])))
    for i, j in zip(*np.nonzero(np.triu(near)), strict=True):
        a, b = block[int(i)], block[int(j)]
        if groups[a].years & groups[b].years == 0:
            more = (groups[a].year_count, groups[b].core) >= (groups[b].year_count, groups[a].core)
            yield (a, b) if more else (b, a)


def _one_sign(texts: list[str]) -> npt.NDArray[np.bool_]:
    """Which pairs of texts differ in one sign: one more, one less, another, or two neighbours swapped."""
    far = process.cdist(texts, texts, scorer=OSA.distance, score_cutoff=_SIGN, dtype=np.uint8)
    return cast("npt.NDArray[np.bool_]", far == _SIGN)


def _judge(
    a: int,
    b: int,
    groups: Sequence[Group],
    places: Counter[str],
    here: Mapping[tuple[str, str], int],
    sure: list[Edge],
    made: Steps,
) -> None:
    """Whether the rarer group is a mistyped form of the other, in either direction."""
    for usual, odd in ((a, b), (b, a)):
        if _is_word(groups[odd], groups[usual], places) or _telling(groups[usual], groups[odd]):
            continue
        others = _meant_for(groups[usual], groups[odd], here)
        if "idle" in others:
            break
        if _fills_gap(groups[usual], groups[odd]):
            sure.append(Edge(usual, odd, "spelling_gap"))
            return
        if others:
            break
        if _is_slip(groups[usual], groups[odd], places):
            sure.append(Edge(usual, odd, "spelling_word"))
            return
        if _is_end(groups[usual], groups[odd], places):
            sure.append(Edge(usual, odd, "spelling_end"))
            return
    both_words = _is_word(groups[a], groups[b], places) and _is_word(groups[b], groups[a], places)
    first, second = _in_time(a, b, groups)
    apart = _follows(groups[first], groups[second]) and not _adjacent(groups[first], groups[second])
    told_apart = _telling(groups[a], groups[b]) and not _fills_gap(groups[a], groups[b])
    if not (both_words or apart or told_apart):
        made.doubts.append(Doubt(first, second, "why_spelling"))


def _meant_for(usual: Group, odd: Group, here: Mapping[tuple[str, str], int]) -> set[str]:
    """Other offices that a mistyped one may be, 居政局 beside 民政局 for 财政局: idle that year, or never seen here.

    One that reports on that year under its own name is not meant.
    """
    found = set()
    for word in _words_near(odd.core):
        years = here.get((odd.place, word), 0)
        if word != usual.core and years & odd.years == 0:
            found.add("idle" if years else "unseen")
    return found


@lru_cache(maxsize=4096)
def _words_near(core: str) -> tuple[str, ...]:
    return tuple(word for word in known_words() if OSA.distance(core, word, score_cutoff=_SIGN) == _SIGN)


def _in_time(a: int, b: int, groups: Sequence[Group]) -> tuple[int, int]:
    return (a, b) if groups[a].first <= groups[b].first else (b, a)


def _is_word(group: Group, other: Group, places: Counter[str]) -> bool:
    """Whether an office goes by this name in many places: not by a slip that is met now and then beside the other."""
    many = places[group.core] >= max(_COMMON, _RARE * places[other.core])
    return not group.stem and (group.core in known_words() or many)


def _telling(a: Group, b: Group) -> bool:
    """Whether the sign that differs is one that tells bodies apart: 第一, 第二; 城东, 城西."""
    alike = bool(a.stem) == bool(b.stem)
    signs = Counter(a.core if alike else a.bare)
    signs.subtract(Counter(b.core if alike else b.bare))
    return any(n and sign in telling_signs() for sign, n in signs.items())


def _fills_gap(usual: Group, odd: Group) -> bool:
    """The odd name stands in one year between those of the usual one; for a town, in the only year that it lacks."""
    if odd.year_count != 1 or not usual.first < odd.first < usual.last:
        return False
    run = (usual.years | odd.years) >> (usual.first - FIRST_BIT)
    return not usual.stem or (usual.year_count >= _LASTING and run & (run + 1) == 0)


def _is_slip(usual: Group, odd: Group, places: Counter[str]) -> bool:
    """A sign typed twice; or an office that hardly any place has, next to one that many have."""
    if usual.year_count >= odd.year_count and (_doubled(odd.core, usual.core) or _doubled(odd.bare, usual.bare)):
        return True
    return not usual.stem and _is_word(usual, odd, places) and min(len(usual.core), len(odd.core)) >= _LONG_CORE


def _is_end(usual: Group, odd: Group, places: Counter[str]) -> bool:
    """A word that stands for years, and in the year before or after it one that is none: only for offices."""
    adjacent = _adjacent(usual, odd) or _adjacent(odd, usual)
    lasting = usual.year_count >= _LASTING and odd.year_count == 1
    return not usual.stem and _is_word(usual, odd, places) and lasting and adjacent


def _doubled(odd: str, usual: str) -> bool:
    return len(odd) == len(usual) + 1 and any(usual[:n] + usual[n - 1 :] == odd for n in range(1, len(usual) + 1))


def _place_relations(groups: Sequence[Group]) -> Iterable[Relation]:
    """Bodies of places that were joined or parted, where both sides have one of the same core."""
    at = {(group.at, group.core): n for n, group in enumerate(groups) if not group.wide and not group.apart}
    for change in place_changes():
        cores = [core for place, core in at if place == change.before]
        for core in cores:
            a, b = at[change.before, core], at.get((change.after, core))
            if b is None or not groups[a].years:
                continue
            ended = groups[a].last < change.year or change.kind == "split"
            year = next((y for y in range(change.year, groups[b].last + 1) if groups[b].reports_on(y)), 0)
            if ended and year:
                yield Relation(a, b, f"place_{change.kind}", year, change.evidence)


def _doubt_wide(groups: Sequence[Group], made: Steps) -> None:
    """Reports whose county is not known, next to bodies of the same name that may be theirs."""
    known: dict[str, list[int]] = defaultdict(list)
    for at, group in enumerate(groups):
        if group.core:
            known[group.core].append(at)
    for b, group in enumerate(groups):
        if group.wide and group.years:
            for a in known[group.core]:
                if a != b and _may_be(groups[a], group) and (not groups[a].wide or a < b):
                    made.doubts.append(Doubt(a, b, "why_region"))
                    break


def _may_be(a: Group, b: Group) -> bool:
    """Whether a body may be the one whose county is not known: its place lies in the wider one."""
    wider = b.place.rstrip("0")
    return a.years & b.years == 0 and a.place.startswith(wider[: len(wider) + len(wider) % 2])

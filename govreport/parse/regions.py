"""Where an agency is: from its name first, else from the page's metadata, its opening part and its prose.

A name that the year's table holds once (东城区) settles the place. One that it holds several times (朝阳区) is settled
by what else the page names, and stays open where nothing does: a region is never guessed.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Sequence
from functools import lru_cache
from typing import NamedTuple

from govreport.forms.words import words_of
from govreport.model import Finding, Region
from govreport.parse.clues import pattern
from govreport.parse.gazetteer import Gazetteer, Mention, Place, load_gazetteer, scan

# Weights say how much one mention counts towards a place that the agency's own name leaves open.
WEIGHTS = {"title": 4.0, "source": 3.0, "site": 3.0, "lead": 2.0, "column": 1.0, "tail": 1.5, "body": 1.0}
_ENOUGH = 2.0  # one mention in the opening part, or two in the prose
_BODY_CAP = 6
_WHERE = {"title": "the title", "source": "the stated source", "site": "the site name", "lead": "the opening part"}
_NAME_BEFORE = frozenset("局署关队厅院会部处司）)、 ")
_BRACKET = re.compile("[（(]([一-鿿]{2,12})[)）]")
_LEVELS = {"省": 1, "市": 2, "州": 2, "盟": 2, "区": 3, "县": 3, "旗": 3}


class Hint(NamedTuple):
    """A piece of the page that may name the place, and where it stood: a key of WEIGHTS."""

    channel: str
    text: str


class Located(NamedTuple):
    """The region, the place behind it (None when open) and the doubts."""

    region: Region
    place: Place | None
    findings: tuple[Finding, ...]


@lru_cache(maxsize=4096)
def places_in_name(name: str, year: int | None) -> tuple[Place, ...]:
    """The lowest place that the name of an agency or of a site begins with; several where the name is not unique.

    >>> [p.adcode for p in places_in_name("长春市南关区桃源街道办事处", 2023)]
    ['220102']
    >>> places_in_name("春晓街道办事处", 2020)
    ()
    """
    gazetteer = load_gazetteer(year)
    name = re.sub(r"\s", "", name)
    for head in words_of("vertical"):
        name = name.removeprefix(head)
    if bracket := _BRACKET.search(name):
        inner = gazetteer.names.get(bracket[1]) or _cities(bracket[1], gazetteer)
        if len(inner) == 1:
            return inner
    found = _chain(name, scan(name, gazetteer, at_start=True))
    if not found:
        found = _by_short(name, gazetteer)
    if branch := pattern("branch").search(name):
        inner = gazetteer.shorts.get(branch[1], ())
        narrowed = tuple(p for p in inner if any(p.within(f) and p.level > f.level for f in found))
        found = narrowed if len(narrowed) == 1 else found
    return found


def _chain(name: str, mentions: list[Mention]) -> tuple[Place, ...]:
    """Follow the places of a name downwards: each next one counts only if it lies in the one before."""
    found: tuple[Place, ...] = ()
    for mention in mentions:
        if found:
            inner = tuple(p for p in mention.places if any(p.within(f) and p.level > f.level for f in found))
            found = inner or found
        elif mention.start == 0 or name[mention.start - 1] in _NAME_BEFORE:
            found = mention.places
    return found


def _cities(short: str, gazetteer: Gazetteer) -> tuple[Place, ...]:
    return tuple(p for p in gazetteer.shorts.get(short, ()) if p.level < 3)


def _by_short(name: str, gazetteer: Gazetteer) -> tuple[Place, ...]:
    """A short name counts only before a word of zones (唐山高新区), or a place inside a province (浙江乐清…区)."""
    for size in (5, 4, 3, 2):
        head, rest = name[:size], name[size:]
        found = _cities(head, gazetteer)
        provinces = [p for p in found if p.level == 1]
        inner = _inside(rest, provinces, gazetteer) if provinces else ()
        if inner:
            return inner
        if len(found) == 1 and (rest.startswith(words_of("zone_word")) or _zone(rest)):
            return found
    return ()


def _zone(rest: str) -> bool:
    return any(word in rest[2:10] for word in words_of("zone_name"))


def _inside(rest: str, provinces: list[Place], gazetteer: Gazetteer) -> tuple[Place, ...]:
    mentions = scan(rest, gazetteer, at_start=True)
    found = mentions[0].places if mentions and mentions[0].start == 0 else ()
    if not found and _zone(rest):
        found = next((gazetteer.shorts[rest[:n]] for n in (4, 3, 2) if rest[:n] in gazetteer.shorts), ())
    inner = tuple(p for p in found if any(p.within(q) and p.level > 1 for q in provinces))
    return inner if len(inner) == 1 else ()


def find_region(
    agency: str | None, kind: str, hints: Sequence[Hint], body: str, year: int | None, mentions: Sequence[Mention] = ()
) -> Located:
    """The region of an agency in a year.

    Args:
        agency: its name as found, None when it is not known.
        kind: its kind; streets and townships lie in a county, so a county is looked for.
        hints: other pieces of the page, each with its channel.
        body: the prose of the report.
        year: the year reported on; the table of the last known year when None.
        mentions: the places named in the prose, as ``scan`` gives them.

    Returns:
        The region, None for every level that is not known or does not exist, and findings: ``region_unknown``
        (info) where nothing or too little was named, ``region_conflict`` (warning) where strong clues differ.
    """
    gazetteer = load_gazetteer(year)
    named = [(h.channel, m, h.text) for h in hints for m in scan(h.text, gazetteer)]
    own = places_in_name(agency, year) if agency else ()
    votes = _votes(named, [("body", m, body) for m in mentions])
    place = _best(own, votes, 0.0) if own else None
    if not own:
        if agency and agency.startswith(words_of("national")):
            return Located(Region(), None, ())
        place = _elsewhere(agency, kind, hints, body, year, votes)
    elif place and place.level < 3 and kind in ("street", "township"):
        place = _best([p for p in _at_level(votes, 3) if p.within(place)], votes, _ENOUGH) or place
    if place is None:
        return _open(agency, own)
    conflicts = _conflicts(agency or "", place, hints, year, gazetteer) if own else ()
    return Located(_region(place), place, conflicts or _gaps(place, kind, agency, year))


def _votes(*groups: Iterable[tuple[str, Mention, str]]) -> dict[Place, float]:
    votes: dict[Place, float] = defaultdict(float)
    in_body = 0
    for group in groups:
        for channel, mention, text in group:
            weight = WEIGHTS[channel]
            if channel == "body":
                in_body += 1
                if in_body > _BODY_CAP * 4:
                    break
                official = text[mention.start - 1 : mention.start] == "《" or pattern("official").match(
                    text, mention.end
                )
                weight *= 2 if official else 1
            for place in mention.places:
                votes[place] += weight
    return votes


def _score(place: Place, votes: dict[Place, float]) -> float:
    """Votes for the place, and part of the votes for the places it lies in."""
    score = min(votes.get(place, 0.0), 12.0)
    for other, weight in votes.items():
        if other.level < place.level and place.within(other):
            score += weight * (0.6 if other.level == 2 else 0.3)
    return score


def _best(places: Sequence[Place], votes: dict[Place, float], enough: float) -> Place | None:
    """The one place with the most behind it; None when two are level or nothing reaches ``enough``."""
    if len(places) == 1 and not enough:
        return places[0]
    ranked = sorted(((_score(p, votes), p) for p in places if votes.get(p, 0.0) >= enough), key=lambda x: -x[0])
    if not ranked or (len(ranked) > 1 and ranked[0][0] - ranked[1][0] < 0.3) or not ranked[0][0]:
        return None
    return ranked[0][1]


def _at_level(votes: dict[Place, float], level: int) -> list[Place]:
    return [p for p in votes if p.level == level]


def _elsewhere(
    agency: str | None, kind: str, hints: Sequence[Hint], body: str, year: int | None, votes: dict[Place, float]
) -> Place | None:
    """The place of an agency whose name holds none: the level is known from its kind, the place from the page."""
    level = 3 if kind in ("street", "township") else _LEVELS.get((agency or " ")[0])
    if level is None:
        for hint in hints:
            if hint.channel in ("source", "site") and len(found := places_in_name(hint.text, year)) == 1:
                return found[0]
        level = _level_of_prose(body)
    if level == 2:
        # 市 may be a county-level city
        cities = [p for p in votes if p.level == 2 or (p.level == 3 and p.name.endswith("市"))]
        return _best([p for p in cities if p.name[-1] in "市州盟区"], votes, _ENOUGH)
    for deep in range(level or 3, 0, -1):
        if found_place := _best(_at_level(votes, deep), votes, _ENOUGH):
            return found_place
        if level is None:
            break
    return None


def _level_of_prose(body: str) -> int | None:
    counts: dict[int, int] = defaultdict(int)
    for match in pattern("level_self").finditer(body):
        counts[_LEVELS[match[1] or match[2]]] += 1
    ranked = sorted(counts.items(), key=lambda x: -x[1])
    return ranked[0][0] if ranked and (len(ranked) == 1 or ranked[0][1] > ranked[1][1]) else None


def _region(place: Place) -> Region:
    return Region(place.province, place.city, place.county, place.adcode)


def _conflicts(
    agency: str, place: Place, hints: Sequence[Hint], year: int | None, gazetteer: Gazetteer
) -> tuple[Finding, ...]:
    """Strong clues that name a place which neither holds the agency's nor lies in it."""
    for hint in hints:
        if hint.channel not in _WHERE:
            continue
        if hint.channel == "lead":
            # 新会区银湖湾滨海新区: a zone may bear the name of a place elsewhere
            others = [m.places for m in scan(hint.text, gazetteer) if len(m.places) == 1 and m.name not in agency]
            # an office may stand in a neighbouring district
            strangers = [o[0] for o in others if not (o[0].related(place) or _same_city(o[0], place))]
        else:
            found = places_in_name(hint.text, year)
            strangers = [found[0]] if len(found) == 1 and not found[0].related(place) else []
        if strangers:
            other = strangers[0]
            return (
                Finding(
                    "region_conflict", "warning", (), place.full, other.full,
                    f"The agency's name points to “{place.full}”, but {_WHERE[hint.channel]} names "
                    f"“{other.full}”. The region is taken from the agency's name.",
                ),
            )  # fmt: skip
    return ()


def _same_city(one: Place, other: Place) -> bool:
    return one.province == other.province and one.city == other.city


def _open(agency: str | None, own: tuple[Place, ...]) -> Located:
    """What can be said when the place is not settled."""
    provinces = {p.province for p in own}
    cities = {p.city for p in own}
    if own:
        region = Region(
            own[0].province if len(provinces) == 1 else None,
            own[0].city if len(provinces) == 1 and len(cities) == 1 else None,
            own[0].county,
            None,
        )
        choice = ", ".join(f"“{p.full}”" for p in own[:6])
        message = f"“{own[0].name}” may be {choice}; nothing else on the page tells which."
        return Located(region, None, (Finding("region_unknown", "info", (), "one place", own[0].name, message),))
    message = (
        f"Neither the name of the agency (“{agency}”) nor the text says in which place it is."
        if agency
        else "Neither an agency nor a place is named clearly enough to tell the region."
    )
    return Located(Region(), None, (Finding("region_unknown", "info", (), "a place", agency or "", message),))


def _gaps(place: Place, kind: str, agency: str | None, year: int | None) -> tuple[Finding, ...]:
    if kind not in ("street", "township") or place.level == 3 or _without_counties(place, year):
        return ()
    message = f"The county or district of “{agency}” is not named on the page; only “{place.full}” is known."
    return (Finding("region_unknown", "info", (), "a county or district", place.full, message),)


@lru_cache(maxsize=256)
def _without_counties(place: Place, year: int | None) -> bool:
    """Whether a city has no counties (东莞, 中山, 儋州, 嘉峪关)."""
    names = load_gazetteer(year).names
    return place.level == 2 and not any(p.level == 3 and p.within(place) for found in names.values() for p in found)

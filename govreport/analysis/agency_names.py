"""The name of an agency taken apart: the place it stands in, and the core that stays through the years.

Names are written in many ways: with or without province and city, with brackets, short (卫健委), with or without the
word 人民政府. Two names with the same place and the same core are one name. What is known of such words stands in
``forms/agency_patterns.csv`` and ``forms/agency_words.csv``.
"""

from __future__ import annotations

import re
import unicodedata
from functools import cache, lru_cache
from typing import NamedTuple

from rapidfuzz.distance import OSA

from govreport.analysis.places import NOWHERE, Atlas, Place, load_atlas
from govreport.errors import FormError
from govreport.forms import read_csv
from govreport.forms.words import words_of

_BRACKETS = re.compile(r"\([^()]*\)|\[[^\[\]]*\]|〔[^〔〕]*〕")
_BLANKS = re.compile(r"\s+")
_TOWNS = ("street", "township")
_GOVERNMENT = ("人民政府", "政府")
_COUNTY = 3
_NAME = 3  # a name of fewer signs is not looked at for typing errors


class Named(NamedTuple):
    """An agency's name taken apart.

    Attributes:
        place: its place, a position in the atlas; ``NOWHERE`` where it is not known.
        core: what is left without the place, in one way of writing; the same for all reports of one name.
        strict: the core with brackets and kinds of zones kept; two of them in one year are two bodies.
        stem: the name of a town or street without its rank; empty for other bodies.
        rank: 乡, 镇 or 街道; empty for other bodies.
        mistyped: whether the place in the name has a typing error.
        bare: what is left without the place and brackets, as it is written.
        wide: whether the place is not known, or wider than such a body's: a town of which only the city is known.
    """

    place: int
    core: str
    strict: str
    stem: str
    rank: str
    mistyped: bool
    wide: bool
    bare: str = ""


def plain_name(text: str) -> str:
    """A name in NFKC without blanks, so that brackets and digits have one form.

    >>> plain_name("样例市 水务局（合成）")
    '样例市水务局(合成)'
    """
    return _BLANKS.sub("", unicodedata.normalize("NFKC", text))


def take_apart(agency: str, kind: str, code: str, above: tuple[str, str, str]) -> Named:
    """Place and core of a name.

    Args:
        agency: the name as found.
        kind: kind of the agency, as in ``Frames.reports``.
        code: its region code in the report's year; empty where it is not known.
        above: names of its province, city and county, empty where they are not known; used without a code.
    """
    atlas = load_atlas()
    name = plain_name(agency)
    bare = _BRACKETS.sub("", name) or name
    head = next((h for h in words_of("vertical") if bare.startswith(h)), "")
    place = _place_of(code, above, atlas)
    if place == NOWHERE:
        place = _place_in(bare[len(head) :], atlas)
    rest, place, mistyped = _strip(bare[len(head) :], place, atlas)
    # a code of its own, as zones have, tells bodies apart although the table does not hold it
    unknown = place == NOWHERE and not code
    whole = Named(place, "", _bracket(name), "", "", mistyped, unknown, head + rest)
    stem, rank = _town(rest) if kind in _TOWNS or not kind else ("", "")
    if not stem and (meant := _slip_of_ending(rest)):
        rest, whole = meant, whole._replace(mistyped=True)
        stem, rank = _town(rest)
    return _as_town(whole, stem, rank, atlas) if stem else _as_office(whole, head + rest, atlas)


def _as_town(whole: Named, stem: str, rank: str, atlas: Atlas) -> Named:
    place, zoned = whole.place, _pattern("zone_head").search(stem) is not None
    in_some_county = place != NOWHERE and atlas.places[place].level < _COUNTY and place in atlas.below and not zoned
    core = stem + rank
    return whole._replace(
        core=core, strict=core + whole.strict, stem=stem, rank=rank, wide=whole.wide or in_some_county
    )


def _as_office(whole: Named, rest: str, atlas: Atlas) -> Named:
    rest, place = _branch(rest, whole.place, atlas)
    word = one_word(rest)
    whole = whole._replace(
        place=place, core=_zoned(word), wide=whole.wide and not word.startswith(words_of("national"))
    )
    if word == "政府" and "办公" in rest:  # the government and its general office may both report on a year
        return whole._replace(strict="政府办公厅")
    return whole._replace(strict=word + whole.strict)


def _bracket(name: str) -> str:
    return "".join(_BRACKETS.findall(name))


def _place_of(code: str, above: tuple[str, str, str], atlas: Atlas) -> int:
    if code:
        return atlas.by_code.get(code, NOWHERE)
    found = NOWHERE
    for name in filter(None, above):
        at = [p for p in atlas.by_name.get(name, ()) if found in (NOWHERE, *atlas.places[p].above)]
        found = at[0] if len(at) == 1 else found
    return found


def _place_in(name: str, atlas: Atlas) -> int:
    """The place that a name begins with, where only one place is called so."""
    for size in range(min(len(name), 15), 1, -1):
        found = atlas.by_name.get(name[:size], ())
        if len(found) == 1:
            return found[0]
    return NOWHERE


def _strip(text: str, place: int, atlas: Atlas) -> tuple[str, int, bool]:
    """The text without the names of its places, the lowest place that it names, and whether one was mistyped."""
    mistyped = False
    path = atlas.path(place)
    # twice, for 毕节市七星关区: a county whose old name is now that of its city
    for step, at in [*enumerate(path, start=1)] * 2:
        # the county 阜新蒙古族自治县 is not the city 阜新 and an office of it
        if not any(text.startswith(atlas.places[lower].names) for lower in path[step:]):
            lower = tuple(name for p in path[step:] for name in atlas.places[p].names)
            text, wrong = _without(text, atlas.places[at], lower, atlas)
            mistyped |= wrong
    while place in atlas.below and (inner := _lower(text, place, atlas)):
        text, place = inner
    return text, place, mistyped


def _without(text: str, place: Place, lower: tuple[str, ...], atlas: Atlas) -> tuple[str, bool]:
    for name in place.names:
        rest = text[len(name) :]
        if text.startswith(name) and (rest.startswith(lower) or not _pattern("torn").search(rest)):
            return rest, False
        if _mistyped(text[: len(name)], name, atlas):
            return rest, True
    for short in place.shorts:
        if text.startswith(short) and _worded(text[len(short) :], atlas):
            return text[len(short) :], False
    return text, False


def _mistyped(found: str, name: str, atlas: Atlas) -> bool:
    """One sign in the middle of a place's name differs, and no other place is called so."""
    if len(name) < _NAME or len(found) != len(name) or found[-1] != name[-1] or found in atlas.by_name:
        return False
    differing = [a + b for a, b in zip(found, name, strict=True) if a != b]
    return len(differing) == 1 and not telling_signs() & set(differing[0])


def _worded(rest: str, atlas: Atlas) -> bool:
    """Whether what follows the short name of a place can stand by itself: an office, or another place."""
    if len(rest) < 3 or rest[0] in "省市区县旗州盟镇乡":
        return rest[:2] in ("市场", "市容", "市政") and _pattern("wordlike").search(rest) is not None
    if any(rest[:size] in atlas.by_name for size in range(3, 8)):
        return True
    if _pattern("zone_head").search(rest):
        return True
    return _town(rest) == ("", "") and _pattern("wordlike").search(rest) is not None


def _lower(text: str, place: int, atlas: Atlas) -> tuple[str, int] | None:
    """A place below the one known that the text begins with, now or in another year."""
    for size in range(min(len(text), 15), 1, -1):
        for at in atlas.by_name.get(text[:size], ()):
            if place in atlas.places[at].above and not _pattern("torn").search(text[size:]):
                return text[size:], at
    return None


@lru_cache(maxsize=65536)
def _town(rest: str) -> tuple[str, str]:
    """Stem and rank of a street office or a township; two empty texts for any other body."""
    found = _pattern("town").match(_pattern("drop").sub("", rest, count=1))
    if not found or found["stem"].endswith(("局", "委员会", "管委会")):
        return "", ""
    rank = found["rank"]
    return found["stem"], next((line["replace"] for line in _lines("town_rank") if line["pattern"] == rank), rank)


@lru_cache(maxsize=65536)
def _slip_of_ending(rest: str) -> str | None:
    """The name with the ending it was meant to have, 镇人民民政府 for 镇人民政府; None where no ending alone fits."""
    found = _pattern("wordlike").search(rest)
    if one_word(rest) in known_words() or (found and found[0] not in _GOVERNMENT):
        return None
    shifted: set[str] = set()
    replaced: set[str] = set()
    for ending in (line["pattern"] for line in _lines("ending")):
        for size in range(len(ending) - 1, len(ending) + 2):
            head, tail = rest[: len(rest) - size], rest[max(0, len(rest) - size) :]
            if tail in _GOVERNMENT or OSA.distance(tail, ending, score_cutoff=1) != 1:
                continue
            if head + ending in _GOVERNMENT or _town(head + ending)[0]:
                (replaced if len(tail) == len(ending) else shifted).add(head + ending)
    # a sign too many or too few keeps the town's own signs, so it goes before one that stands for another
    meant = shifted or replaced
    return meant.pop() if len(meant) == 1 else None


def _branch(rest: str, place: int, atlas: Atlas) -> tuple[str, int]:
    """A branch named after a place, 生态环境局泗洪分局: the place is that one, and its name is no part of the core."""
    found = _pattern("branch").match(rest)
    if not found:
        return rest, place
    lower = [p for p in atlas.below.get(place, ()) if found["short"] in atlas.places[p].shorts]
    if place != NOWHERE and found["short"] in atlas.places[place].shorts:
        return found["head"] + found["tail"], place
    if len(lower) == 1:
        return found["head"] + found["tail"], lower[0]
    return rest, place


@lru_cache(maxsize=65536)
def one_word(rest: str) -> str:
    """An office in one way of writing: no joining words, short forms in full.

    >>> one_word("发改委"), one_word("自然资源和规划局"), one_word("人民政府办公厅")
    ('发展改革委员会', '自然资源规划局', '政府')
    """
    for line in _lines("whole"):
        if re.match(line["pattern"], rest):
            return line["replace"]
    if stem := _town(rest)[0]:
        return stem + _town(rest)[1]
    for line in _lines("drop"):
        rest = re.sub(line["pattern"], "", rest) or rest
    if rest in _known():
        return _known()[rest]
    for line in _lines("end"):
        rest = re.sub(line["pattern"], line["replace"], rest)
    return _known().get(rest, rest)


def _zoned(core: str) -> str:
    for line in _lines("zone"):
        core = re.sub(line["pattern"], line["replace"], core)
    return core


@cache
def _known() -> dict[str, str]:
    return {row["written"]: row["word"] for row in read_csv("agency_words")}


@cache
def known_words() -> frozenset[str]:
    """Cores that are words of their own, so that one sign more or less is no typing error."""
    renames = {word for row in read_csv("agency_renames") for word in (row["before"], row["after"])}
    return frozenset({*_known().values(), *renames})


@cache
def telling_signs() -> frozenset[str]:
    """Signs that tell two bodies apart, such as numbers and directions."""
    return frozenset(_pattern("telling").pattern.strip("[]"))


@cache
def _lines(use: str) -> tuple[dict[str, str], ...]:
    return tuple(row for row in read_csv("agency_patterns") if row["use"] == use)


@cache
def _pattern(use: str) -> re.Pattern[str]:
    try:
        return re.compile(_lines(use)[0]["pattern"])
    except (re.error, IndexError) as error:
        raise FormError(f"forms/agency_patterns.csv should have a valid pattern for {use!r}: {error}") from error

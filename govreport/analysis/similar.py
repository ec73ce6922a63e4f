"""Near-copies: texts of sections one, five and six that are alike, from year to year and from body to body.

A body that repeats last year's text is compared with it directly. Between bodies, MinHash signatures and
locality-sensitive hashing choose the pairs, and the exact Jaccard similarity of their shingle sets decides. What
everybody prints is discounted in a second figure beside the plain one.

>>> from govreport.bundled import sample  # its prose was written by a program, so it repeats itself
>>> pairs = find_similar(sample(), sections=[5], against="own_past")
>>> pairs[["agency", "year", "other_year", "similarity"]].to_numpy().tolist()
[['宿迁市人民政府', 2024, 2023, 1.0]]
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from typing import Any, Literal, cast, get_args

import numpy as np
import numpy.typing as npt
import pandas as pd

from govreport.analysis.boilerplate import Weights, share, shingle_weights
from govreport.analysis.borrowed import BORROWED, borrowed_words
from govreport.analysis.candidates import candidate_pairs
from govreport.analysis.shingles import SHINGLE, Counts, ShingleSets, shared_codes
from govreport.analysis.similar_groups import connected
from govreport.analysis.similar_notes import notices
from govreport.analysis.similar_texts import Collection, SectionTexts, collect, section_texts
from govreport.errors import UsageError
from govreport.frames import Frames

Against = Literal["both", "own_past", "others"]
Pairs = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]

RELATIONS = ("own_last_year", "other_body")
TEXT_SECTIONS = (1, 5, 6)
"""Sections with prose of the body's own."""

LEAST_THRESHOLD = 0.5
"""Below it the index between bodies would have to compare almost every two texts."""

COLUMNS = {
    "report_id": "string", "other_id": "string", "section": "Int8", "relation": "category",
    "similarity": "Float64", "discounted": "Float64", "shared_characters": "Int32", "characters": "Int32",
    "other_characters": "Int32", "agency": "string", "other_agency": "string", "province": "string",
    "other_province": "string", "year": "Int16", "other_year": "Int16", **BORROWED, "group": "Int32",
}  # fmt: skip
"""Columns of ``find_similar`` and their types."""


@dataclass(frozen=True, slots=True)
class TextOptions:
    """How texts are compared.

    Attributes:
        fold_names: whether names of the agency and of its place (full, and without 省, 市, 县 ...) count as the same
            sign in every text. Finds copies that replaced every name; off, the similarity is that of the wording.
        boilerplate: share of the bodies, above 0, up to which a shingle has its full weight in ``discounted``; 1
            discounts statutory wording only. Shingles in fewer than 20 bodies always keep their weight.
        min_shingles: texts with fewer shingles are not compared: with 30, one changed character moves the similarity
            by up to a quarter, and stock phrases agree by chance.
        crowd: up to so many texts that look alike, all pairs are compared and listed; see ``find_similar``.

    Raises:
        UsageError: a number is outside its range.
    """

    fold_names: bool = False
    boilerplate: float = 0.05
    min_shingles: int = 30
    crowd: int = 100

    def __post_init__(self) -> None:
        if not 0 < self.boilerplate <= 1:
            raise UsageError(f"boilerplate is a share of the bodies, above 0 and at most 1; found {self.boilerplate}")
        for name, value in (("min_shingles", self.min_shingles), ("crowd", self.crowd)):
            if value < 2:
                raise UsageError(f"{name} is a whole number, 2 or more; found {value}")


_USUAL = TextOptions()


def find_similar(
    frames: Frames,
    *,
    sections: Iterable[int] = TEXT_SECTIONS,
    threshold: float = 0.8,
    against: Against = "both",
    links: pd.DataFrame | None = None,
    options: TextOptions = _USUAL,
) -> pd.DataFrame:
    """Pairs of reports whose text of the same section is alike.

    Similarity is the exact Jaccard similarity of the sets of five-character runs of the normal form (see
    ``govreport.analysis.shingles``): figures count as equal, signs and blanks are left out. A pair of bodies exactly at
    the threshold is found with a probability of 0.999 or more, a likelier one almost surely.

    A text that more than ``options.crowd`` others resemble makes more pairs than anyone reads. Such texts are compared
    with the earliest of their crowd, and with those that they resemble without boilerplate; and of more than ``crowd``
    texts with the same words, each is listed with the earliest only. ``attrs`` counts what was left out.

    Args:
        frames: the reports.
        sections: numbers of the sections to compare, each with the same section only.
        threshold: least similarity of a listed pair, 0.5 to 1; with ``against="own_past"`` 0 to 1.
        against: "own_past" compares a body with its own report on the year before, "others" with every other body on
            any year, "both" does both. Reports of one body that are more than a year apart are not compared.
        links: what ``link_agencies`` gives: ``report_id`` and ``body_id``. Without it a body is its full name with its
            place.
        options: how texts are compared.

    Returns:
        One row a pair and section, sorted by section, relation, similarity (highest first) and keys:

        ==========================================  ===================================================================
        report_id, other_id (string)                the later and the earlier report, by year, then date of publication
        section (Int8), relation (category)         "own_last_year" or "other_body"
        similarity, discounted (Float64)            plain, and with boilerplate discounted; ``discounted`` is NA where
                                                    hardly anything but boilerplate is there
        shared_characters (Int32)                   characters of the later text inside shared shingles
        characters, other_characters (Int32)        length of both texts in normal form
        agency, province, year and other_...        string, string and Int16
        foreign_name, other_foreign_name (string)   names that do not belong in a text, found by the parser in this
                                                    section, separated by blanks; NA for none
        names_other (boolean)                       whether such a name is that of the other body or its place
        stale_year (Int16)                          another year in the later text where its own belongs, found by the
                                                    parser; NA for none
        group (Int32)                               number of the connected group of this section, see
                                                    ``similar_groups``
        ==========================================  ===================================================================

        ``attrs``: "notice" and "notice_zh" (why the result is empty; "" when it is not), "compared" and
        "too_short" (number of texts by section), "crowded" (texts in crowds), "largest_crowd", "unpaired" (texts of
        crowds that were compared with the earliest only), "unlisted" (pairs of equal texts that are not listed).

    Raises:
        UsageError: no such section, a threshold outside its range, an unknown ``against``, links without their
            columns, doubled keys, or datasketch is missing.
    """
    chosen = _checked(frames, sections, threshold, against)
    collection = collect(frames, links)
    told: Counter[str] = Counter()
    parts, compared, too_short, reasons = [], {}, {}, set()
    for number in chosen:
        texts = section_texts(
            frames, collection, number, least=options.min_shingles, fold_names=options.fold_names
        )  # fmt: skip
        compared[number], too_short[number] = len(texts), texts.too_short
        part, reason = _pairs_of_section(texts, collection, threshold, against, options, told)
        parts.append(part)
        reasons.add(reason)
    pairs = _finished(frames, collection, parts)
    empty = {} if len(pairs) else _why_empty(frames, compared, too_short, reasons, threshold, options)
    pairs.attrs |= notices() | empty | {"compared": compared, "too_short": too_short}
    pairs.attrs |= {key: told[key] for key in ("crowded", "largest_crowd", "unpaired", "unlisted")}
    return pairs


def _checked(frames: Frames, sections: Iterable[int], threshold: float, against: str) -> tuple[int, ...]:
    if not isinstance(frames, Frames):
        raise UsageError(f"find_similar expects Frames, as open_reports gives them; found {type(frames).__name__}")
    if isinstance(sections, str | int) or not (chosen := tuple(dict.fromkeys(sections))):
        raise UsageError(f"sections should be a list of numbers such as [1, 5, 6]; found {sections!r}")
    if unknown := [s for s in chosen if s not in range(7)]:
        raise UsageError(f"a section has a number from 0 to 6; found {', '.join(map(repr, unknown))}")
    if against not in get_args(Against):
        raise UsageError(f"against is one of {', '.join(get_args(Against))}; found {against!r}")
    least = 0.0 if against == "own_past" else LEAST_THRESHOLD
    if not least <= threshold <= 1:
        raise UsageError(
            f"the threshold lies between {least:g} and 1 with against={against!r}; found {threshold}. "
            "Below 0.5 only a body's own past can be compared: against='own_past'"
        )
    return chosen


@dataclass(frozen=True, eq=False)
class _Part:
    """Pairs of one section: positions of texts, the earlier first, and what was measured."""

    texts: SectionTexts
    pairs: Pairs
    own: npt.NDArray[np.bool_]
    similarity: Floats
    discounted: Floats


def _pairs_of_section(
    texts: SectionTexts, collection: Collection, threshold: float, against: Against, options: TextOptions,
    told: Counter[str],
) -> tuple[_Part, str]:  # fmt: skip
    """Listed pairs, and why there can be none ("" when there could be some)."""
    bodies = collection.bodies[texts.lines]
    weights = shingle_weights(texts.sets, bodies, options.boilerplate)
    own = _own_pairs(bodies, collection.years[texts.lines]) if against != "others" else np.zeros((0, 2), np.int64)
    found = [(*_measured(texts.sets, own, weights, threshold, options.min_shingles), True)]
    several = len(np.unique(bodies)) > 1
    if against != "own_past" and several:
        pairs = _other_pairs(texts.sets, bodies, weights, threshold, options, told)
        found.append((*pairs, False))
    lengths = [len(pairs) for pairs, *_ in found]
    part = _Part(
        texts,
        np.concatenate([pairs for pairs, *_ in found]),
        np.repeat([own for *_, own in found], lengths),
        np.concatenate([similarity for _, similarity, _, _ in found]),
        np.concatenate([discounted for _, _, discounted, _ in found]),
    )
    reason = "" if len(own) or (against != "own_past" and several) else _why_none(against, several)
    return part, reason


def _why_none(against: str, several: bool) -> str:
    return "one_body" if against != "own_past" and not several else "one_year"


def _own_pairs(bodies: Counts, years: Counts) -> Pairs:
    """Each body's first text on a year with its first text on the year before."""
    known = pd.DataFrame({"body": bodies, "year": years, "text": np.arange(len(bodies))})
    first = known.drop_duplicates(["body", "year"])
    both = first.merge(first.assign(year=first["year"] + 1), on=["body", "year"], suffixes=("", "_before"))
    return both[["text_before", "text"]].to_numpy(dtype=np.int64)


def _measured(
    sets: ShingleSets, pairs: Pairs, weights: Weights, threshold: float, least: float
) -> tuple[Pairs, Floats, Floats]:
    """Pairs that reach the threshold with their exact similarity, plain and discounted."""
    similarity = np.zeros(len(pairs))
    discounted = np.full(len(pairs), np.nan)
    weight = cache(lambda text: weights.total(sets[text]))
    for at, (one, two) in enumerate(pairs.tolist()):
        left, right = sets[one], sets[two]
        shared = shared_codes(left, right)
        similarity[at] = len(shared) / (len(left) + len(right) - len(shared))
        if similarity[at] >= threshold:
            discounted[at] = share(weights.total(shared), weight(one), weight(two), least)
    kept = similarity >= threshold
    return pairs[kept], similarity[kept], discounted[kept]


def _other_pairs(
    sets: ShingleSets, bodies: Counts, weights: Weights, threshold: float, options: TextOptions, told: Counter[str]
) -> tuple[Pairs, Floats, Floats]:
    """Pairs of different bodies. Equal texts are compared once, through the earliest of them."""
    twins = _equal_texts(sets)
    first = np.array([members[0] for members in twins], dtype=np.int64)
    found = candidate_pairs(sets, first, threshold, options.crowd, weights, options.min_shingles)
    told["crowded"] += found.crowded
    told["unpaired"] += found.unpaired
    told["largest_crowd"] = max(told["largest_crowd"], found.largest, *map(len, twins))
    several = np.array([members[0] for members in twins if len(members) > 1], dtype=np.int64)
    pairs = np.concatenate([found.pairs, np.stack([several, several], axis=1)])
    pairs, similarity, discounted = _measured(sets, pairs, weights, threshold, options.min_shingles)
    members = dict(zip(first.tolist(), twins, strict=True))
    listed, source = _spread(pairs, members, options.crowd, told)
    other = bodies[listed[:, 0]] != bodies[listed[:, 1]]
    return listed[other], similarity[source[other]], discounted[source[other]]


def _equal_texts(sets: ShingleSets) -> list[Counts]:
    """Texts with the same shingle set together, each list in the order of time, lists in the order of their first."""
    if not len(sets):
        return []
    # sets that agree in size, sum and exclusive or of 64-bit hashes are the same
    keys = np.stack(
        [sets.sizes.astype(np.uint64), np.add.reduceat(sets.codes, sets.starts[:-1]),
         np.bitwise_xor.reduceat(sets.codes, sets.starts[:-1])], axis=1
    )  # fmt: skip
    same = pd.DataFrame(keys).groupby([0, 1, 2], sort=False).ngroup().to_numpy()
    order = np.argsort(same, kind="stable")
    ends = np.flatnonzero(np.diff(same[order])) + 1
    return cast("list[Counts]", np.split(order, ends))


def _spread(
    pairs: Pairs, members: dict[int, Counts], crowd: int, told: Counter[str]
) -> tuple[Pairs, npt.NDArray[np.intp]]:
    """Pairs of all texts from pairs of different texts, and which of these each comes from.

    Where they would be more than a crowd makes, each text is listed with the earliest of the others only.
    """
    made: list[Pairs] = [np.zeros((0, 2), dtype=np.int64)]
    most = crowd * (crowd - 1) // 2
    for one, two in pairs.tolist():
        left, right = members[one], members[two]
        count = len(left) * (len(left) - 1) // 2 if one == two else len(left) * len(right)
        if count <= most:
            both = _all_of(left, right, one == two)
        elif one == two:
            both = np.stack([np.full(len(left) - 1, left[0]), left[1:]], axis=1)
        else:
            both = np.concatenate([_all_of(left[:1], right, False), _all_of(left[1:], right[:1], False)])
        told["unlisted"] += count - len(both)
        made.append(np.sort(both, axis=1))
    return np.concatenate(made), np.repeat(np.arange(len(pairs)), [len(part) for part in made[1:]])


def _all_of(left: Counts, right: Counts, same: bool) -> Pairs:
    one, two = np.triu_indices(len(left), 1) if same else np.indices((len(left), len(right))).reshape(2, -1)
    return np.stack([left[one], right[two]], axis=1)


def _finished(frames: Frames, collection: Collection, parts: list[_Part]) -> pd.DataFrame:
    """All sections in one frame with its declared columns."""
    made = [_section_frame(part, collection) for part in parts]
    pairs = borrowed_words(frames, pd.concat(made, ignore_index=True))
    pairs["group"] = connected(pairs)
    pairs = pairs[list(COLUMNS)].astype(cast(Any, {k: v for k, v in COLUMNS.items() if k != "relation"}))
    order = ["section", "relation", "similarity", "report_id", "other_id"]
    return pairs.sort_values(order, ascending=[True, True, False, True, True], ignore_index=True)


def _section_frame(part: _Part, collection: Collection) -> pd.DataFrame:
    texts, (before, later) = part.texts, part.pairs.T
    made: dict[str, Any] = {
        "section": np.full(len(later), texts.number),
        "relation": pd.Categorical(np.where(part.own, *RELATIONS), categories=list(RELATIONS)),
        "similarity": part.similarity,
        "discounted": pd.array(part.discounted, dtype="Float64"),
        "shared_characters": _shared_characters(texts, before, later),
    }
    for prefix, position in (("", later), ("other_", before)):
        rows = collection.reports.iloc[texts.lines[position]]
        made[prefix + "characters"] = texts.sets.characters[position]
        made["other_id" if prefix else "report_id"] = rows["report_id"].array
        made |= {prefix + column: rows[column].array for column in ("agency", "province", "year")}
    return pd.DataFrame(made).astype({k: v for k, v in COLUMNS.items() if k in made and k != "relation"})


def _shared_characters(texts: SectionTexts, before: Counts, later: Counts) -> Counts:
    """Characters of the later text that lie inside a shingle of the earlier one."""
    made = np.zeros(len(later), dtype=np.int64)
    last, order = -1, np.argsort(later, kind="stable")
    for at in order.tolist():
        if later[at] != last:
            last = int(later[at])
            codes = texts.in_order(last)
        other = texts.sets[int(before[at])]
        met = np.minimum(np.searchsorted(other, codes), len(other) - 1)
        starts = np.flatnonzero(other[met] == codes)
        made[at] = np.minimum(np.diff(starts), SHINGLE).sum() + SHINGLE if len(starts) else 0
    return made


def _why_empty(
    frames: Frames, compared: dict[int, int], too_short: dict[int, int], reasons: set[str], threshold: float,
    options: TextOptions,
) -> dict[str, str]:  # fmt: skip
    """Why there are no pairs."""
    named = ", ".join(map(str, compared))
    if not len(frames):
        return notices("no_reports")
    if not sum(compared.values()):
        if short := sum(too_short.values()):
            return notices("too_short", sections=named, n=short, least=options.min_shingles)
        return notices("no_text", sections=named)
    if "" not in reasons:
        return notices(sorted(reasons)[0])
    return notices("none_found", n=sum(compared.values()), threshold=threshold)

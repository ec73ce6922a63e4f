"""The texts of one section of all reports, made ready to be compared: in order of time, normal form, shingle sets."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, cast

import numpy as np
import numpy.typing as npt
import pandas as pd

from govreport.analysis.boilerplate import place_endings
from govreport.analysis.shingles import (
    SHINGLE,
    Codes,
    Counts,
    ShingleSets,
    normal_text,
    shingle_sets,
    shingles_in_order,
)
from govreport.errors import UsageError
from govreport.frames import Frames

PLACES = ("province", "city", "county")
_BODY = ("agency", *PLACES, "adcode")
_NO_YEAR = 9999


@dataclass(frozen=True, eq=False)
class Collection:
    """What is known of the reports, by their position in ``frames.reports``.

    Attributes:
        reports: the frame.
        index: their keys.
        bodies: number of the body of each report.
        years: year reported on, 9999 when not known.
        rank: position in the order of time: year, date of publication, order of the frame.
    """

    reports: pd.DataFrame
    index: pd.Index
    bodies: Counts
    years: Counts
    rank: Counts


def collect(frames: Frames, links: pd.DataFrame | None) -> Collection:
    """The reports with their bodies and their order in time.

    Raises:
        UsageError: two reports have the same key, or the links are not as expected.
    """
    reports = frames.reports.reset_index(drop=True)
    index = pd.Index(reports["report_id"])
    if not index.is_unique:
        raise UsageError("every report should have a report_id of its own; put frames together with Frames.concat")
    years = reports["year"].to_numpy(dtype=np.int64, na_value=_NO_YEAR)
    dates = reports["published"].fillna(str(_NO_YEAR)).to_numpy(dtype=np.str_)
    rank = np.empty(len(reports), dtype=np.int64)
    rank[np.lexsort((np.arange(len(reports)), dates, years))] = np.arange(len(reports))
    return Collection(reports, index, _bodies(reports, index, links), years, rank)


def _bodies(reports: pd.DataFrame, index: pd.Index, links: pd.DataFrame | None) -> Counts:
    """Full name with place, or what the links say; a report without a name is a body of its own."""
    places: Any = [reports[column].fillna("") for column in _BODY[1:]]
    names = reports["agency"].str.cat(places, sep="/")
    named = names.fillna("report " + reports["report_id"]).astype(object)
    if links is not None:
        if missing := {"report_id", "body_id"} - set(links.columns):
            raise UsageError(f"links should have the columns report_id and body_id; missing {', '.join(missing)}")
        known = links.dropna(subset=["report_id", "body_id"]).drop_duplicates("report_id")
        line = index.get_indexer(pd.Index(known["report_id"]))
        linked = named.to_numpy(copy=True)
        linked[line[line >= 0]] = ("body " + known["body_id"].astype("string")).to_numpy(dtype=object)[line >= 0]
        named = pd.Series(linked)
    return cast(Counts, pd.factorize(named)[0].astype(np.int64))


@dataclass(frozen=True, eq=False)
class SectionTexts:
    """Texts of one section that are long enough, in the order of time.

    Attributes:
        number: of the section.
        lines: position of each text's report.
        texts: the texts of the section as they stand in the reports, in the order of the frame.
        rows: position of each text in ``texts``.
        names: names to fold for each text, empty where none are folded.
        sets: their shingle sets.
        too_short: number of texts that were left out.
    """

    number: int
    lines: Counts
    texts: Any
    rows: npt.NDArray[np.intp]
    names: list[tuple[str, ...]]
    sets: ShingleSets
    too_short: int

    def __len__(self) -> int:
        """Number of texts."""
        return len(self.lines)

    def in_order(self, text: int) -> Codes:
        """Shingles of a text in its order."""
        return shingles_in_order(normal_text(self.texts[self.rows[text]], self.names[text] if self.names else ()))


def section_texts(frames: Frames, collection: Collection, number: int, *, least: int, fold_names: bool) -> SectionTexts:
    """Texts of a section with at least so many shingles, repeated ones counted.

    Args:
        frames: the reports.
        collection: what ``collect`` gave for them.
        number: of the section.
        least: shingles that a text must have to be compared.
        fold_names: whether names of the agency and its place all become the same sign.
    """
    rows = frames.sections[frames.sections["number"].eq(number)].dropna(subset=["text"])
    if rows["report_id"].duplicated().any():
        rows = rows.groupby("report_id", sort=False, as_index=False).agg({"text": "\n".join})
    line = collection.index.get_indexer(pd.Index(rows["report_id"]))
    known = np.flatnonzero(line >= 0)
    order = known[np.argsort(collection.rank[line[known]], kind="stable")]
    texts, lines = rows["text"].array, line[order].astype(np.int64)
    names = [folded_names(collection.reports, report) for report in lines.tolist()] if fold_names else []
    kept: list[int] = []
    sets = shingle_sets(_long_enough(texts, order.tolist(), names, least + SHINGLE - 1, kept))
    chosen = np.array(kept, dtype=np.int64)
    return SectionTexts(
        number,
        lines[chosen],
        texts,
        order[chosen],
        [names[at] for at in kept] if names else [],
        sets,
        len(order) - len(kept),
    )


def _long_enough(
    texts: Any, order: list[int], names: list[tuple[str, ...]], least: int, kept: list[int]
) -> Iterator[str]:
    """Normal forms of texts that have enough signs; notes in ``kept`` which of the order these are."""
    for at, row in enumerate(order):
        text = texts[row]
        if len(text) < least:
            continue
        normal = normal_text(text, names[at] if names else ())
        if len(normal) >= least:
            kept.append(at)
            yield normal


def folded_names(reports: pd.DataFrame, line: int) -> tuple[str, ...]:
    """Names of the agency and its place in their normal form, with and without 省, 市, 县 and the like, longest first.

    Names of one sign are left alone: they stand in other words.
    """
    found: set[str] = set()
    for column in ("agency", *PLACES):
        name = reports[column].iat[line]
        if not isinstance(name, str):
            continue
        normal = normal_text(name)
        found |= {normal, *(_short(normal) if column in PLACES else ())}
    return tuple(sorted((name for name in found if len(name) > 1), key=lambda name: (-len(name), name)))


def _short(name: str) -> tuple[str, ...]:
    return next(((name.removesuffix(end),) for end in place_endings() if name.endswith(end)), ())

"""Groups of texts that are alike, directly or through others: templates passed down, and texts handed around."""

from __future__ import annotations

from typing import Any, cast

import numpy as np
import pandas as pd

from govreport.analysis.shingles import Counts
from govreport.analysis.similar_notes import notices
from govreport.analysis.similar_texts import PLACES, collect
from govreport.errors import UsageError
from govreport.frames import Frames

GROUP_COLUMNS = {
    "report_id": "string", "group": "Int32", "section": "Int8", "reports": "Int32", "bodies": "Int32",
    "provinces": "Int32", "cities": "Int32", "province": "string", "city": "string", "first_year": "Int16",
    "last_year": "Int16", "agency": "string", "kinds": "string", "similarity": "Float64",
}  # fmt: skip
"""Columns of ``similar_groups`` and their types."""


def similar_groups(frames: Frames, pairs: pd.DataFrame, *, bodies: int = 2) -> pd.DataFrame:
    """The connected groups of a result of ``find_similar``.

    Two texts of a group need not be alike: each is alike to one that is alike to another.

    Args:
        frames: the reports the pairs were found in.
        pairs: what ``find_similar`` gave.
        bodies: least number of bodies in a listed group; with 1, bodies that only repeat themselves are listed too.

    Returns:
        One row a group, those with most bodies first:

        ===============================  ============================================================================
        report_id (string), agency       the earliest report of the group and its agency
        group (Int32), section (Int8)    its number in ``pairs``, and the section
        reports, bodies (Int32)          texts and bodies in it
        provinces, cities (Int32)        how many are known
        province, city (string)          the one they all lie in, NA where there are several or none is known
        first_year, last_year (Int16)    years reported on
        kinds (string)                   kinds of agency, the commonest first, separated by blanks
        similarity (Float64)             middle similarity of its pairs
        ===============================  ============================================================================

        ``attrs["notice"]`` (and ``notice_zh``) says why it is empty, "" when it is not.

    Raises:
        UsageError: the pairs are not what ``find_similar`` gave for these frames.
    """
    if missing := [c for c in ("report_id", "other_id", "section", "group", "similarity") if c not in pairs]:
        raise UsageError(f"pairs should be what find_similar gives; missing {', '.join(missing)}")
    members = _members(pairs)
    collection = collect(frames, None)
    line = collection.index.get_indexer(pd.Index(members["report_id"]))
    if (line < 0).any():
        raise UsageError(
            f"no report is {members['report_id'].iloc[int((line < 0).argmax())]!r}: pairs of other frames?"
        )
    reports = collection.reports.iloc[line].reset_index(drop=True)
    known = members.drop(columns="report_id").join(reports)
    known = known.assign(body=collection.bodies[line], rank=collection.rank[line]).sort_values(["group", "rank"])
    middle = pairs.groupby("group")["similarity"].median()
    made = [_group_row(part, middle) for _, part in known.groupby("group", sort=True)]
    groups = pd.DataFrame(made, columns=list(GROUP_COLUMNS)).astype(cast(Any, GROUP_COLUMNS))
    groups = groups[groups["bodies"] >= bodies]
    groups = groups.sort_values(["bodies", "reports", "group"], ascending=[False, False, True], ignore_index=True)
    groups.attrs |= notices("" if len(groups) else "no_groups")
    return groups


def _members(pairs: pd.DataFrame) -> pd.DataFrame:
    """Each text of each group once."""
    sides = [pairs[["group", "section", key]].rename(columns={key: "report_id"}) for key in ("report_id", "other_id")]
    return pd.concat(sides).drop_duplicates(ignore_index=True)


def _group_row(part: pd.DataFrame, middle: Any) -> dict[str, Any]:
    first = part.iloc[0]
    row: dict[str, Any] = {c: first[c] for c in ("report_id", "group", "section", "agency")}
    row |= {"reports": len(part), "bodies": part["body"].nunique()}
    for place, count in zip(PLACES, ("provinces", "cities"), strict=False):
        found = part[place].dropna().unique()
        row |= {count: len(found), place: found[0] if len(found) == 1 else None}
    row |= {"first_year": part["year"].min(), "last_year": part["year"].max()}
    row["kinds"] = " ".join(part["agency_kind"].astype("string").value_counts().index)
    row["similarity"] = middle[row["group"]]
    return row


def connected(pairs: pd.DataFrame) -> Counts:
    """Number of the connected group of each pair, from 1 in the order of the pairs; sections are apart.

    Args:
        pairs: rows with ``report_id``, ``other_id`` and ``section``.
    """
    if pairs.empty:
        return np.zeros(0, dtype=np.int64)
    sides = pd.concat([pairs["report_id"], pairs["other_id"]])
    texts = pd.DataFrame({"report": sides, "section": pd.concat([pairs["section"]] * 2)})
    code = texts.groupby(["report", "section"], sort=False).ngroup().to_numpy()
    left, right = code[: len(pairs)], code[len(pairs) :]
    label = np.arange(code.max() + 1)
    while True:
        least = np.minimum(label[left], label[right])
        new = label.copy()
        np.minimum.at(new, left, least)
        np.minimum.at(new, right, least)
        new = new[new]  # a shorter way to the least of the group
        if (new == label).all():
            return cast(Counts, pd.factorize(label[left])[0].astype(np.int64) + 1)
        label = new

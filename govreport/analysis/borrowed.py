"""Words that a copied text kept from its source: names of other bodies and places, and years gone by.

The parser finds them (rules ``foreign_name`` and ``year_conflict`` of ``forms/rules.csv``); here they are joined to
pairs of texts that are alike. A text that still names the other body is strong evidence of where it came from.
"""

from __future__ import annotations

from typing import Any, cast

import pandas as pd

from govreport.analysis.boilerplate import place_endings
from govreport.errors import UsageError
from govreport.frames import Frames

BORROWED = {
    "foreign_name": "string", "other_foreign_name": "string", "names_other": "boolean", "stale_year": "Int16",
}  # fmt: skip
"""Columns that ``borrowed_words`` adds and their types."""

_PLACES = ("province", "city", "county")
_STEM = 2  # signs of a name that are looked for in a word
_Key = tuple[str, int]


def borrowed_words(frames: Frames, pairs: pd.DataFrame) -> pd.DataFrame:
    """Pairs of texts with the foreign names and stale years that the parser found in these texts.

    Args:
        frames: the reports.
        pairs: rows with ``report_id``, ``other_id`` and ``section``, as ``find_similar`` gives them.

    Returns:
        The pairs in their order with four columns more: ``foreign_name`` and ``other_foreign_name`` (string: names
        in the later and in the earlier text, separated by blanks; NA for none), ``names_other`` (boolean: whether one
        of them belongs to the body, or the place, of the other report) and ``stale_year`` (Int16: a year in the later
        text where its own belongs). A finding counts for a section only if its words stand there.

    Raises:
        UsageError: the pairs lack a column.
    """
    if missing := [c for c in ("report_id", "other_id", "section") if c not in pairs]:
        raise UsageError(f"pairs should have report_id, other_id and section; missing {', '.join(missing)}")
    keys = pd.concat([pairs["report_id"], pairs["other_id"]]).unique()
    names = _in_sections(frames, "foreign_name", keys)
    years = _in_sections(frames, "year_conflict", keys)
    known = frames.reports.drop_duplicates("report_id").set_index("report_id")[["agency", *_PLACES]]
    rows = []
    for key, other, number in pairs[["report_id", "other_id", "section"]].itertuples(index=False, name=None):
        mine, theirs = names.get((key, number), []), names.get((other, number), [])
        belongs = bool(mine and _any_of(mine, known.loc[other])) or bool(theirs and _any_of(theirs, known.loc[key]))
        stale = next((int(year) for year in years.get((key, number), []) if len(year) == 4 and year.isdigit()), None)
        rows.append((" ".join(mine) or None, " ".join(theirs) or None, belongs, stale))
    added = pd.DataFrame(rows, columns=list(BORROWED), index=pairs.index).astype(cast(Any, BORROWED))
    return pairs.assign(**{column: added[column] for column in BORROWED})


def _in_sections(frames: Frames, rule: str, keys: Any) -> dict[_Key, list[str]]:
    """Words found by a rule, by report and the number of the section they stand in."""
    findings = frames.findings[frames.findings["rule"].eq(rule) & frames.findings["report_id"].isin(keys)]
    if findings.empty:
        return {}
    sections = frames.sections[frames.sections["report_id"].isin(findings["report_id"])].dropna(subset=["text"])
    both = findings[["report_id", "found"]].merge(sections[["report_id", "number", "text"]], on="report_id")
    made: dict[_Key, list[str]] = {}
    for key, found, number, text in both.dropna().itertuples(index=False, name=None):
        if words := [word for word in found.split() if word in text]:
            made.setdefault((key, number), []).extend(words)
    return made


def _any_of(words: list[str], names: Any) -> bool:
    """Whether a word names a body or its place, or has the first two signs of its own name: 东墟 for 东墟镇政府."""
    agency, *places = ("" if pd.isna(name) else str(name) for name in names)
    own = agency
    for place in places:
        own = own.replace(place, "") if place else own
    stems = [own[:_STEM], *(_stem(place) for place in places)]
    return any(word in agency or word in places or any(len(s) >= _STEM and s in word for s in stems) for word in words)


def _stem(place: str) -> str:
    return next((place.removesuffix(end) for end in place_endings() if place.endswith(end)), place)

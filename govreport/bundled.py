"""The bundled data, ready to use without a network: nine whole reports, and headline figures of 1,041 more.

``sample()`` gives the nine reports as ``Frames``, ``sample("headlines")`` the headline figures as ``Headlines``.
Both describe the reports in them and no others: see data/SOURCES.md.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass, fields, replace
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, overload

import pandas as pd

from govreport.errors import GovreportError, UsageError
from govreport.forms import read_csv
from govreport.schema import AGENCY_KINDS

if TYPE_CHECKING:
    from govreport.frames import Frames


_VOLUMES = {"disclosed": "disclosed"} | {
    f"{row}_{column}": f"{row}.{column}"
    for row in ("rules", "normative_documents")
    for column in ("issued", "repealed", "in_force")
}
_REQUESTS = {name: name for name in ("received", "carried_in", "carried_out", "reviews", "lawsuits")} | {
    "outcome_processed": "processed"
}
_ENFORCEMENT = {
    "licences_decisions": ("licences", "decisions"),
    "penalties_decisions": ("penalties", "decisions"),
    "coercive_measures_decisions": ("coercive_measures", "decisions"),
    "fees_amount_10k_yuan": ("fees", "amount_10k_yuan"),
}
_PAGES = frozenset({".html", ".htm", ".shtml", ".txt", ".docx", ".pdf"})


@dataclass(frozen=True)
class Headlines:
    """Headline figures of real reports as tidy DataFrames, joined by ``report_id``.

    A figure that was not seen has no row: a missing row is never a zero. Figures are as published.

    Attributes:
        reports: one row a report: report_id, agency, agency_kind, province, city, county, adcode, year, edition,
            approximate (some figure of the report was printed as "N odd"), enforcement_source (table or prose,
            NA when no enforcement figure was seen) and url. ``report_id`` is made from the address.
        volumes: report_id, measure, value. ``disclosed`` counts items disclosed proactively; the other measures
            are cells of section two by ``row.column``, such as ``rules.in_force``.
        requests: report_id, measure, value. received, carried_in, processed, carried_out in requests; reviews
            (reconsiderations) and lawsuits in cases.
        outcomes: report_id, outcome, outcome_group, is_group, count, in requests. Where ``is_group`` is true the
            page gave only the total of the group and ``outcome`` repeats its name.
        enforcement: report_id, item, measure, value, source. Decisions, and fees in 万元. ``source`` tells figures
            of the table from figures of the prose, which may count published items instead of decisions; NA for fees.
    """

    reports: pd.DataFrame
    volumes: pd.DataFrame
    requests: pd.DataFrame
    outcomes: pd.DataFrame
    enforcement: pd.DataFrame

    def rows(self, measure: str, *, unseen: bool = False) -> pd.DataFrame:
        """The figures of one measure with the columns of their reports: one row a report.

        Args:
            measure: a measure of ``volumes`` or ``requests``, or an item of ``enforcement``.
            unseen: whether reports without the figure are kept, with NA for the value.

        Returns:
            The columns of ``reports``, ``value`` and ``source`` (NA but for licences, penalties, coercive measures).

        Raises:
            UsageError: no such measure.

        >>> int(sample("headlines").rows("received")["value"].max())
        34290
        """
        found = self._figures(measure)
        return self.reports.merge(found, on="report_id", how="left" if unseen else "inner")

    def _figures(self, measure: str) -> pd.DataFrame:
        known: list[str] = []
        for frame, column in ((self.volumes, "measure"), (self.requests, "measure"), (self.enforcement, "item")):
            names = [str(name) for name in frame[column].cat.categories]
            if measure in names:
                rows = frame[frame[column] == measure]
                if "source" not in rows:
                    rows = rows.assign(source=pd.Series(pd.NA, index=rows.index, dtype="string"))
                return rows[["report_id", "value", "source"]].astype({"source": "string"})
            known += names
        raise UsageError(f"measure is one of {', '.join(known)}; found {measure!r}")

    def spread(self, measure: str, by: str | list[str]) -> pd.DataFrame:
        """How a measure spreads over groups of reports: seen, zero, lowest, median, highest.

        Args:
            measure: as in ``rows``.
            by: columns of ``reports``, or ``source``.

        Returns:
            One row a group that has a figure. ``seen`` and ``zero`` count reports, the rest is in the measure's unit.

        Raises:
            UsageError: no such measure or column.
        """
        rows = self.rows(measure)
        keys = [by] if isinstance(by, str) else list(by)
        if strangers := [key for key in keys if key not in rows]:
            raise UsageError(f"by should name columns of reports; found {', '.join(strangers)}")
        groups = rows.assign(zero=rows["value"].eq(0)).groupby(keys, observed=True, dropna=False)
        return groups.agg(
            seen=("value", "size"),
            zero=("zero", "sum"),
            lowest=("value", "min"),
            median=("value", "median"),
            highest=("value", "max"),
        )

    def where(self, **columns: Any) -> Headlines:
        """Only the reports whose columns have these values, with their figures.

        >>> len(sample("headlines").where(province="浙江省", agency_kind="department").reports)
        49

        Raises:
            UsageError: ``reports`` has no such column.
        """
        if strangers := [name for name in columns if name not in self.reports]:
            known = ", ".join(map(str, self.reports.columns))
            raise UsageError(f"reports has the columns {known}; found {', '.join(strangers)}")
        kept = self.reports
        for name, value in columns.items():
            kept = kept[kept[name].eq(value).fillna(False).astype(bool)]
        parts = {f.name: getattr(self, f.name) for f in fields(self)}
        return Headlines(**{name: part[part["report_id"].isin(kept["report_id"])] for name, part in parts.items()})

    def __repr__(self) -> str:
        sizes = ", ".join(f"{f.name} {len(getattr(self, f.name))}" for f in fields(self))
        return f"<Headlines of {len(self.reports)} reports; rows: {sizes}>"

    def _repr_html_(self) -> str:
        rows = "".join(
            f"<tr><th>{f.name}</th><td>{len(getattr(self, f.name)):,}</td>"
            f"<td>{', '.join(getattr(self, f.name).columns)}</td></tr>"
            for f in fields(self)
        )
        return f"<table><tr><th>frame</th><th>rows</th><th>columns</th></tr>{rows}</table>"


@overload
def sample(name: Literal["reports"] = "reports") -> Frames: ...
@overload
def sample(name: Literal["headlines"]) -> Headlines: ...
def sample(name: str = "reports") -> Frames | Headlines:
    """The bundled data, without a network. Each call gives DataFrames of its own, so that changing them is safe.

    Args:
        name: "reports" for nine whole reports, read from pages as a user's own would be;
            "headlines" for the headline figures of 1,041 reports.

    Raises:
        UsageError: no such sample.
        GovreportError: the data is not there.

    >>> len(sample("headlines").reports)
    1041
    """
    if name == "reports":
        frames = _reports()
        return replace(frames, **{name: frame.copy() for name, frame in frames.items()})
    if name == "headlines":
        headlines = _headlines()
        return replace(headlines, **{f.name: getattr(headlines, f.name).copy() for f in fields(headlines)})
    raise UsageError(f"there are two samples, 'reports' and 'headlines'; found {name!r}")


def data_folder() -> Path:
    """The folder of the bundled data: inside the installed package, or ``data/`` of the repository.

    Raises:
        GovreportError: it is in neither place.
    """
    package = Path(__file__).parent
    for folder in (package / "_data", package.parent / "data"):
        if (folder / "published_figures.csv").is_file():
            return folder
    raise GovreportError(
        f"the bundled data should be in {package / '_data'} or, in a checkout, in {package.parent / 'data'}, "
        "and is in neither; install govreport again, or work from a complete checkout"
    )


@cache
def _reports() -> Frames:
    from govreport.api import open_reports

    folder = data_folder() / "reports"
    pages = sorted(p for p in folder.glob("*") if p.suffix.lower() in _PAGES)
    if not pages:
        raise GovreportError(
            f"the bundled reports should be pages in {folder}, and there are none; install govreport again"
        )
    frames = open_reports(pages)
    # The folder of an installed package says nothing; the name of the page does.
    named = frames.reports.assign(source=pd.array([p.name for p in pages], dtype="string"))
    return replace(frames, reports=named)


@cache
def _headlines() -> Headlines:
    raw = pd.read_csv(data_folder() / "published_figures.csv", dtype="string", keep_default_na=False, na_values=[""])
    raw.insert(0, "report_id", pd.Series([report_key(url) for url in raw["url"]], dtype="string"))
    return Headlines(
        _report_rows(raw),
        _long(raw, _VOLUMES, "Int64"),
        _long(raw, _REQUESTS, "Int64"),
        _outcome_rows(raw),
        _enforcement_rows(raw),
    )


def report_key(url: str) -> str:
    """Key of a report of the headlines: the first 16 hexadecimal digits of the SHA-256 of its address."""
    return hashlib.sha256(url.encode()).hexdigest()[:16]


def _ordered(values: pd.Series, order: Iterable[str]) -> pd.Series:
    """A category in a fixed order; a value outside it is an error in the data, not a blank."""
    known = list(order)
    if strangers := set(values.dropna()) - set(known):
        raise GovreportError(f"published_figures.csv: {values.name} may be {', '.join(known)}; found {strangers}")
    return values.astype(pd.CategoricalDtype(known))


def _report_rows(raw: pd.DataFrame) -> pd.DataFrame:
    names = ["report_id", "agency", "agency_kind", "province", "city", "county", "adcode", "year", "edition"]
    made = raw[[*names, "approximate", "enforcement_source", "url"]].copy()
    made["agency_kind"] = _ordered(made["agency_kind"], AGENCY_KINDS)
    made["edition"] = _ordered(made["edition"], ("2019", "2021"))
    made["enforcement_source"] = _ordered(made["enforcement_source"], ("table", "prose"))
    made["year"] = made["year"].astype("Int64").astype("Int16")
    made["approximate"] = made["approximate"].eq("True").astype("boolean")
    return made


def _long(raw: pd.DataFrame, names: dict[str, str], dtype: Literal["Int64", "Float64"]) -> pd.DataFrame:
    """Wide columns to rows report_id, measure, value; cells that were not seen get no row."""
    made = raw[["report_id", *names]].rename(columns=names)
    made = made.melt("report_id", var_name="measure").dropna(subset=["value"])
    made["value"] = pd.to_numeric(made["value"]).astype(dtype)
    made["measure"] = _ordered(made["measure"], names.values())
    return made.reset_index(drop=True)


def _outcome_rows(raw: pd.DataFrame) -> pd.DataFrame:
    group_of = {
        r["row"]: r["group"] for r in read_csv("rows") if r["table"] == "applications" and r["parent"] == "processed"
    }
    groups = dict.fromkeys(g for g in group_of.values() if g)
    names = {f"outcome_{n}": n for n in [*group_of, *groups] if f"outcome_{n}" in raw}
    made = _long(raw, names, "Int64").rename(columns={"measure": "outcome", "value": "count"})
    outcome = made["outcome"].astype("string")
    made["is_group"] = outcome.isin(list(groups)).astype("boolean")
    group = outcome.map({**group_of, **{g: g for g in groups}})
    made["outcome_group"] = _ordered(group.where(group.ne("")).rename("outcome_group"), groups)
    return made[["report_id", "outcome", "outcome_group", "is_group", "count"]]


def _enforcement_rows(raw: pd.DataFrame) -> pd.DataFrame:
    made = _long(raw, {name: name for name in _ENFORCEMENT}, "Float64")
    cell = made["measure"].astype("string")
    items = {name: item for name, (item, _) in _ENFORCEMENT.items()}
    measures = {name: measure for name, (_, measure) in _ENFORCEMENT.items()}
    made["item"] = _ordered(cell.map(items).rename("item"), items.values())
    made["measure"] = _ordered(cell.map(measures).rename("measure"), dict.fromkeys(measures.values()))
    source = made["report_id"].map(raw.set_index("report_id")["enforcement_source"])
    made["source"] = _ordered(source.where(made["item"].ne("fees")).rename("source"), ("table", "prose"))
    return made[["report_id", "item", "measure", "value", "source"]]

"""The measures of ``forms/measures.csv``: numerator, denominator, where they compare, and what to beware of."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from typing import Literal, cast

from govreport.errors import FormError, UsageError
from govreport.forms import TABLES, editions, read_csv
from govreport.forms.words import Lang as Lang
from govreport.schema import all_cells, categories

Kind = Literal["count", "rate", "amount", "index"]
Term = tuple[int, str]

KINDS: tuple[Kind, ...] = ("count", "rate", "amount", "index")
UNITS = ("requests", "cases", "decisions", "items", "10k_yuan", "share", "ratio", "hhi", "days", "doubts")
TOPICS = ("volumes", "outcomes", "rates", "litigation", "enforcement", "documents", "report")
PROSE = "prose"
"""First part of the name of a figure stated in prose, as ``prose.disclosed_total``: no cell of the form holds it."""
ABOUT = "report"
"""First part of the name of a figure about the report itself, as ``report.failed_sums``."""
ABOUT_CELLS = ("days_after_deadline", "failed_sums", "empty_cells", "cells", "prose_conflicts")


@dataclass(frozen=True, slots=True)
class Measure:
    """One measure: what is added up, what it is divided by, and what it does not show.

    Attributes:
        id: its name in ``forms/measures.csv``.
        topic: volumes, outcomes, rates, litigation, enforcement, documents or report (the report itself).
        kind: count, amount (of money), rate, or index: a number of one report that is never added up over several.
        unit: requests, cases, decisions, items, 10k_yuan, share (of one; the numerator is a part of the denominator),
            ratio (a quotient of two counts, which may be above one), hhi (sum of squared shares), days, doubts.
        numerator: cells that are added (1) or subtracted (-1), by their full names.
        denominator: the same for rates and some indices; empty for counts and amounts.
        editions: editions of the form in which the measure is the same thing.
        breaks: first years after a break of the series, see ``load_breaks``.
        source: the notice or article behind it.
    """

    id: str
    topic: str
    kind: Kind
    unit: str
    numerator: tuple[Term, ...]
    denominator: tuple[Term, ...]
    editions: tuple[str, ...]
    breaks: tuple[int, ...]
    name_zh: str
    name_en: str
    trap_zh: str
    trap_en: str
    source: str

    @property
    def proportion(self) -> bool:
        """Whether the numerator is a part of the denominator, so that the value lies between 0 and 1."""
        return self.kind == "rate" and self.unit == "share"

    @property
    def cells(self) -> tuple[str, ...]:
        """Full names of the cells it rests on, numerator first."""
        return tuple(cell for _, cell in (*self.numerator, *self.denominator))

    def name(self, lang: Lang = "zh") -> str:
        """Its name in Chinese or English."""
        return self.name_zh if lang == "zh" else self.name_en

    def trap(self, lang: Lang = "zh") -> str:
        """What to beware of when it is read or compared."""
        return self.trap_zh if lang == "zh" else self.trap_en


@dataclass(frozen=True, slots=True)
class Break:
    """A break of series: from ``year`` on, figures are counted in another way or under another law."""

    year: int
    name_zh: str
    name_en: str
    meaning_zh: str
    meaning_en: str
    source: str

    def name(self, lang: Lang = "zh") -> str:
        """Its name in Chinese or English."""
        return self.name_zh if lang == "zh" else self.name_en

    def meaning(self, lang: Lang = "zh") -> str:
        """What changed, in Chinese or English."""
        return self.meaning_zh if lang == "zh" else self.meaning_en


@cache
def load_breaks() -> tuple[Break, ...]:
    """The breaks of series of ``forms/breaks.csv``, oldest first.

    Raises:
        FormError: the file is missing or not as expected.
    """
    rows = [Break(_year(r["year"], "breaks.csv"), **{k: v for k, v in r.items() if k != "year"})
            for r in read_csv("breaks")]  # fmt: skip
    return tuple(sorted(rows, key=lambda row: row.year))


@cache
def load_measures() -> tuple[Measure, ...]:
    """The counts, amounts and rates of ``forms/measures.csv``, in its order: what can be added up over reports.

    >>> [m.id for m in load_measures()][:3]
    ['received', 'carried_in', 'workload']

    Raises:
        FormError: the file contradicts itself or names a cell that no edition of the form has.
    """
    return tuple(m for m in _all_measures() if m.kind != "index")


@cache
def load_indices() -> tuple[Measure, ...]:
    """The indices of ``forms/measures.csv``: concentration of applicants, timeliness and quality of the report.

    They are told of one report and never added up; ``measure_values`` and ``rates`` take their ids like all others.

    >>> [m.id for m in load_indices()]
    ['applicant_hhi', 'days_after_deadline', 'failed_sums', 'empty_cell_share', 'prose_conflicts']

    Raises:
        FormError: as for ``load_measures``.
    """
    return tuple(m for m in _all_measures() if m.kind == "index")


@cache
def _all_measures() -> tuple[Measure, ...]:
    made = tuple(_measure(row) for row in read_csv("measures"))
    names = [m.id for m in made]
    if doubled := sorted({name for name in names if names.count(name) > 1}):
        raise FormError(f"forms/measures.csv: each measure should stand once; found twice: {', '.join(doubled)}")
    return made


def find_measure(name: str) -> Measure:
    """A measure by its id.

    Raises:
        UsageError: no measure has this id.
    """
    return pick_measures([name])[0]


def pick_measures(names: Iterable[str | Measure] | None) -> tuple[Measure, ...]:
    """Measures by id, all of ``load_measures`` for None. A ``Measure`` of one's own is taken as it is.

    Raises:
        UsageError: no measure has this id, or one text where a list was expected.
    """
    if names is None:
        return load_measures()
    if isinstance(names, str):
        raise UsageError(f"measures should be a list of ids, found the text {names!r}; write [{names!r}]")
    known = {m.id: m for m in _all_measures()}
    asked = list(names)
    if unknown := [n for n in asked if not isinstance(n, Measure) and n not in known]:
        raise UsageError(f"no measure is called {', '.join(map(repr, unknown))}; there are {', '.join(known)}")
    return tuple(n if isinstance(n, Measure) else known[n] for n in asked)


def _measure(row: dict[str, str]) -> Measure:
    where = f"forms/measures.csv, {row['measure'] or 'a line without a name'}"
    for column, allowed in (("kind", KINDS), ("unit", UNITS), ("topic", TOPICS)):
        if row[column] not in allowed:
            raise FormError(f"{where}: {column} is one of {', '.join(allowed)}; found {row[column]!r}")
    made = Measure(
        row["measure"],
        row["topic"],
        cast(Kind, row["kind"]),
        row["unit"],
        _terms(row["numerator"], where),
        _terms(row["denominator"], where),
        tuple(row["editions"].split()),
        tuple(_year(year, where) for year in row["breaks"].split()),
        *(row[c] for c in ("name_zh", "name_en", "trap_zh", "trap_en", "source")),
    )
    _refuse(made, row["proportion"], where)
    return made


def _refuse(measure: Measure, proportion: str, where: str) -> None:
    wanted = {"share": "yes", "ratio": "no"}.get(measure.unit, "") if measure.kind != "index" else ""
    known_years = {b.year for b in load_breaks()}
    wrong = {
        "a numerator": not measure.numerator,
        "a denominator for a rate, none for counts and amounts": measure.kind != "index"
        and bool(measure.denominator) != (measure.kind == "rate"),
        "the unit share or ratio for a rate, another for counts and amounts": measure.kind != "index"
        and bool(wanted) != (measure.kind == "rate"),
        f"proportion {wanted!r} beside the unit {measure.unit}": proportion != wanted,
        f"editions among {', '.join(editions())}": not measure.editions or set(measure.editions) - set(editions()),
        "years of forms/breaks.csv": set(measure.breaks) - known_years,
        "names and traps in both languages, and a source": not all(
            (measure.name_zh, measure.name_en, measure.trap_zh, measure.trap_en, measure.source)
        ),
    }
    if missing := [what for what, is_wrong in wrong.items() if is_wrong]:
        raise FormError(f"{where}: expected {'; '.join(missing)}")


def _terms(text: str, where: str) -> tuple[Term, ...]:
    terms = tuple((-1, t[1:]) if t.startswith("-") else (1, t) for t in text.split())
    if strangers := [cell for _, cell in terms if cell not in _known_cells()]:
        raise FormError(f"{where}: no edition of the form has the cell {', '.join(strangers)}")
    return terms


@cache
def _known_cells() -> frozenset[str]:
    prose = (f"{PROSE}.{name}" for name in categories("statements", "measure"))
    about = (f"{ABOUT}.{name}" for name in ABOUT_CELLS)
    return frozenset([*(cell for table in TABLES for cell in all_cells(table)), *prose, *about])


def _year(text: str, where: str) -> int:
    if not text.isdigit():
        raise FormError(f"{where}: a year has four digits; found {text!r}")
    return int(text)

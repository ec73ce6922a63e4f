"""What a user chooses in the explorer, checked when it is made."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, NamedTuple, cast

from govreport.errors import UsageError
from govreport.forms.words import Lang as Lang
from govreport.schema import AGENCY_KINDS

Level = Literal["province", "city", "county"]

LEVELS: tuple[Level, ...] = ("province", "city", "county")
LANGS: tuple[Lang, ...] = ("zh", "en")


@dataclass(frozen=True, slots=True)
class Selection:
    """What the explorer shows: where, when, whom, and which measure.

    Attributes:
        province: name of a province, None for all. The name of the "unknown" choice (``Board.unknown``) stands for
            reports whose province is not known.
        city: name of a city; the "own level" choice stands for reports that name none below their province.
        county: name of a county; the "own level" choice likewise.
        years: first and last year, both included; None for all, reports without a year among them.
        kinds: kinds of agency; empty for all.
        measure: id of a measure of ``forms/measures.csv``.
        min_n: rates of reports with a smaller denominator are marked as small and not ranked. Counts ignore it.
        body: key of a chosen body, see ``Board.bodies``.
        lang: language of notes and names, "zh" or "en".

    Raises:
        UsageError: when made with a value that cannot be; what can only be told with data at hand (places, measures,
            bodies) is told by ``Board``.

    >>> Selection(province="江苏省", years=(2023, 2024), measure="not_held_share").min_n
    30
    """

    province: str | None = None
    city: str | None = None
    county: str | None = None
    years: tuple[int, int] | None = None
    kinds: tuple[str, ...] = ()
    measure: str = "received"
    min_n: int = 30
    body: str | None = None
    lang: Lang = "zh"

    def __post_init__(self) -> None:
        if self.lang not in LANGS:
            raise UsageError(f"lang is zh or en; found {self.lang!r}")
        if isinstance(self.kinds, str):
            raise UsageError(f"kinds is a tuple of kinds, found the text {self.kinds!r}; write ({self.kinds!r},)")
        if strangers := [kind for kind in self.kinds if kind not in AGENCY_KINDS]:
            raise UsageError(f"kinds are among {', '.join(AGENCY_KINDS)}; found {', '.join(map(repr, strangers))}")
        if not isinstance(self.min_n, int) or self.min_n < 0:
            raise UsageError(f"min_n is a whole number, 0 or more; found {self.min_n!r}")
        object.__setattr__(self, "kinds", tuple(self.kinds))
        object.__setattr__(self, "years", _years(self.years))
        for level in (*LEVELS, "body", "measure"):
            name = getattr(self, level)
            if name is not None and not isinstance(name, str):
                raise UsageError(f"{level} is a text or None; found {name!r}")

    def place(self, level: Level) -> str | None:
        """The name chosen at a level, None for all."""
        return cast("str | None", getattr(self, level))

    @property
    def in_a_place(self) -> bool:
        """Whether a place is chosen at any level."""
        return any(self.place(level) is not None for level in LEVELS)


def _years(years: object) -> tuple[int, int] | None:
    if years is None:
        return None
    try:
        first, last = (int(year) for year in cast("tuple[int, int]", years))
    except (TypeError, ValueError) as error:
        raise UsageError(f"years is a pair (first, last) or None; found {years!r}") from error
    if first > last:
        raise UsageError(f"years goes from the first to the last; found {first} before {last}, turn them round")
    return first, last


class Place(NamedTuple):
    """A place that reports come from: its level, name, the levels above it, and its number of reports.

    ``province``, ``city`` and ``county`` go straight into a ``Selection``. ``adcode`` is None when it is not known.
    """

    level: Level
    name: str
    province: str | None
    city: str | None
    county: str | None
    n: int
    adcode: str | None = None


class Body(NamedTuple):
    """A body that reports: the same agency and region code over the years. ``key`` stays the same in every run."""

    key: str
    agency: str
    place: str
    kind: str
    n_reports: int

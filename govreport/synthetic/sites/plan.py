"""Which invented reports a site has: bodies, years, figures and the articles written from them."""

from __future__ import annotations

import random
import re
from dataclasses import dataclass
from functools import cache

from govreport.errors import UsageError
from govreport.forms import read_csv
from govreport.synthetic import LAYOUTS, Story, invent, render

MARK = "（合成）"
"""What every name of an invented body ends in."""

_BODY = re.compile(r"<body>(.*)</body>", re.IGNORECASE | re.DOTALL)
_FAMILIES = ("html_tables", "html_broken", "html_divs", "html_labels", "html_numbers")
_FIRST_ID = 4_100_000
_SCALES = (3, 12, 40)  # requests in a year: few, some, many
_TITLES = {
    "full": "{agency}{year}年政府信息公开工作年度报告",
    "cut": "{agency}{year}年政府信息公开工作年度报告",
    "bracket": "{agency}政府信息公开工作年度报告（{year}年）",
    "short": "{year}年年度报告",
    "bare": "{short}",
}


@dataclass(frozen=True, slots=True)
class Body:
    """An invented body: its name, a short name for lists, a code for addresses, and a number."""

    agency: str
    short: str
    code: str
    unit: str


@dataclass(frozen=True, slots=True)
class Plan:
    """An invented report.

    Attributes:
        number: a whole number that no other report of the site has.
        key: what its figures are made from, see ``figures_of``.
        listed: its title as lists show it.
    """

    body: Body
    year: int
    number: int
    key: str
    published: str
    layout: str
    listed: str

    @property
    def edition(self) -> str:
        """Edition of the form for its year."""
        return edition_of(self.year)

    @property
    def title(self) -> str:
        """Its title as it stands over the report."""
        return f"{self.body.agency}{self.year}年政府信息公开工作年度报告"

    def article(self) -> str:
        """The report as a part of a page: title, text and tables."""
        page = render(
            figures_of(self.key),
            self.edition,
            self.layout,
            agency=self.body.agency,
            year=self.year,
            story=Story(published=self.published),
        ).decode(LAYOUTS[self.layout].encoding)
        found = _BODY.search(page)
        assert found, f"layout {self.layout} writes no body"
        return found[1].strip()


@cache
def edition_of(year: int) -> str:
    """The edition of the form that reports on a year have.

    Raises:
        UsageError: no edition covers the year.
    """
    for row in read_csv("editions"):
        if int(row["first_year"]) <= year <= int(row["last_year"] or year):
            return row["edition"]
    raise UsageError(f"no edition of the form covers {year}; the first is for 2019")


def figures_of(key: str) -> dict[str, int | float]:
    """The true figures of a report: every cell of its edition by its full name.

    Args:
        key: ``figures`` of a ``Target``, "seed/site/code of the body/year".

    Raises:
        UsageError: the key names no year that the form covers.

    >>> len(figures_of("7/trs/slj/2022"))
    200
    """
    year = key.rpartition("/")[2]
    if not year.isdecimal():
        raise UsageError(f"a key of figures ends in a year, such as 7/trs/slj/2022; found {key!r}")
    rng = random.Random(key)
    return invent(edition_of(int(year)), rng, rng.choice(_SCALES))


def make_plans(style: dict[str, str], seed: int) -> tuple[Plan, ...]:
    """The reports of a site, newest first, within a year in the order of its bodies.

    Args:
        style: a row of ``forms/sites_styles.csv``.
        seed: of the web.
    """
    rng = random.Random(f"{seed}/{style['style']}")
    bodies = [
        Body(
            style["place"] + row["word"] + MARK,
            row["short"],
            row["code"],
            f"11330483{order:03}{rng.randrange(1000):03}",
        )
        for order, row in enumerate(read_csv("sites_bodies")[: int(style["bodies"])], start=1)
    ]
    layouts = [name for name, layout in LAYOUTS.items() if layout.family in _FAMILIES]
    rng.shuffle(layouts)
    made: list[Plan] = []
    for year in range(int(style["last"]), int(style["first"]) - 1, -1):
        for body in bodies:
            number = _FIRST_ID + 37 * len(made) + rng.randrange(37)
            made.append(_plan(style, seed, body, year, number, layouts[len(made) % len(layouts)], rng))
    return tuple(made)


def _plan(
    style: dict[str, str], seed: int, body: Body, year: int, number: int, layout: str, rng: random.Random
) -> Plan:
    published = f"{year + 1}-01-{rng.randint(5, 30):02}"
    listed = _TITLES[style["titles"]].format(agency=body.agency, short=body.short, year=year)
    return Plan(body, year, number, f"{seed}/{style['style']}/{body.code}/{year}", published, layout, listed)

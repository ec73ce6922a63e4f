"""Invented texts of sections one, five and six for any number of reports, with copies of known similarity in them.

Sentences are strung together from words of ``forms/panel_prose.csv``, so that any two texts share some wording and no
more; they make grammatical sense only in part, and no real report was used. Names of bodies end in （合成）, sources
begin with ``synthetic:``.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cache
from typing import Any, cast

import numpy as np
import numpy.typing as npt
import pandas as pd

from govreport.errors import UsageError
from govreport.forms import read_csv
from govreport.frames import Frames
from govreport.schema import as_declared, schema
from govreport.synthetic.panel_bodies import draw_bodies

Clauses = list[str]
Key = tuple[int, int, str]

# Characters of a section: middle, spread of the logarithm, most; from the lengths of some real reports.
_LENGTHS = {1: (900, 0.45, 6000), 5: (320, 0.45, 2000), 6: (130, 0.5, 800)}
_SHORT = {1: 0.0, 5: 0.01, 6: 0.5}  # share of sections that say nothing
_CLAUSE = 14  # characters, about
_SENTENCE = 4  # clauses
_TEMPLATE_SECTION = 5
_AT_ONCE = 2000  # reports whose clauses are drawn together
_AGENCY_EVERY = 12  # clauses
_LONGEST_SAME = 5  # characters of the runs on which similarity is measured
_SIGNS = re.compile(r"[^\w]+")
_DIGITS = re.compile(r"\d+")
_TRUTH = {
    "report_id": "string", "other_id": "string", "section": "Int8", "kind": "string", "similarity": "Float64",
}  # fmt: skip


@dataclass(frozen=True, eq=False, repr=False)
class InventedTexts:
    """Invented reports with text and no figures. Made by ``invented_texts``.

    Attributes:
        frames: reports and sections; the tables are empty.
        truth: one row a planted copy: ``report_id`` (the later), ``other_id``, ``section``, ``kind`` ("other_body" or
            "own_last_year") and ``similarity`` (Jaccard on runs of five characters without signs, figures alike,
            worked out with Python sets).
        seed: what it was made from.
    """

    frames: Frames
    truth: pd.DataFrame
    seed: int

    def __repr__(self) -> str:
        return f"<InventedTexts: {len(self.frames)} reports from seed {self.seed}, {len(self.truth)} copies planted>"


def invented_texts(
    reports: int = 2000,
    years: tuple[int, int] = (2021, 2024),
    seed: int = 0,
    *,
    copies: float = 0.02,
    similarity: float = 0.8,
    crowd: float = 0.3,
    template: float = 0.0,
) -> InventedTexts:
    """Invented texts of any number of reports; the same arguments give the same texts.

    >>> made = invented_texts(40, seed=1)
    >>> len(made.frames), bool(made.truth["similarity"].ge(0.8).all())
    (40, True)

    Args:
        reports: how many, in all years together.
        years: first and last year reported on; every body reports on each.
        seed: a whole number, 0 or more.
        copies: share of the reports that are copied from, half of them by another body in the same year and half by
            the same body in the next. Each copy is of all sections that are long enough.
        similarity: least similarity of a copy; most come within a hundredth above it.
        crowd: share of the bodies that print the same paragraph in each section.
        template: share of the bodies that take section five from one template, names apart.

    Raises:
        UsageError: no such number of reports, or a share outside its range.
    """
    _refuse(reports, years, seed, copies, similarity, crowd, template)
    rng = np.random.default_rng(seed)
    span = range(years[0], years[1] + 1)
    bodies = draw_bodies(-(-reports // len(span)), years, rng).names
    keys = _keys(len(bodies), span, seed)[:reports]
    taken = rng.random(len(bodies)) < template
    made = _Made(bodies, _crowds(keys, len(bodies), crowd, rng), keys, taken.tolist())
    planned = made.plan(round(copies * reports), rng)
    drawn = _Drawing(rng)
    for number in _LENGTHS:
        made.fill(number, drawn, {source for source, *_ in planned})
    truth = made.plant(planned, similarity, drawn)
    return InventedTexts(made.frames(seed), truth, seed)


def _refuse(
    reports: int, years: tuple[int, int], seed: int, copies: float, similarity: float, crowd: float, template: float
) -> None:
    if not years[0] <= years[1] or reports < years[1] - years[0] + 1:
        raise UsageError(f"one report a year at least is needed; found {reports} reports on the years {years}")
    if seed < 0:
        raise UsageError(f"a seed is a whole number, 0 or more; found {seed}")
    for name, share, most in (
        ("copies", copies, 0.2), ("similarity", similarity, 1), ("crowd", crowd, 1), ("template", template, 1),
    ):  # fmt: skip
        if not 0 <= share <= most:
            raise UsageError(f"{name} is a share between 0 and {most}; found {share}")


@cache
def _words(slot: str) -> Any:
    return np.array([row["word"] for row in read_csv("panel_prose") if row["slot"] == slot], dtype=object)


class _Drawing:
    """Clauses by chance."""

    def __init__(self, rng: np.random.Generator) -> None:
        self.rng = rng

    def pick(self, slot: str, count: int) -> Any:
        return _words(slot)[self.rng.integers(0, len(_words(slot)), count)]

    def clauses(self, count: int) -> Any:
        """So many clauses: now and then one that names the agency, the year or a figure."""
        made = self.pick("adverb", count) + self.pick("verb", count) + self.pick("modifier", count)
        made = made + self.pick("noun", count) + self.pick("noun", count)
        made = np.where(self.rng.random(count) < 0.3, self.pick("subject", count) + made, made)
        figures = self.rng.integers(2, 900, count).astype(str).astype(object) + self.pick("counter", count)
        made = np.where(self.rng.random(count) < 0.2, made + figures, made)
        made = np.where(self.rng.random(count) < 0.1, self.pick("opening", count) + made, made)
        return np.where(self.rng.random(count) < 1 / _AGENCY_EVERY, "{agency}{year}年" + made, made)

    def sections(self, number: int, count: int) -> Iterator[Clauses]:
        """A section of so many reports, as clauses; an empty one says nothing."""
        middle, spread, most = _LENGTHS[number]
        for start in range(0, count, _AT_ONCE):
            some = min(_AT_ONCE, count - start)
            lengths = np.minimum(middle * np.exp(self.rng.normal(0, spread, some)), most)
            sizes = np.maximum(lengths / _CLAUSE, 4).astype(np.int64)
            sizes[self.rng.random(some) < _SHORT[number]] = 0
            made = self.clauses(int(sizes.sum())).tolist()
            ends = np.cumsum(sizes).tolist()
            yield from (made[end - size : end] for end, size in zip(ends, sizes.tolist(), strict=True))


def _crowds(keys: list[Key], bodies: int, share: float, rng: np.random.Generator) -> dict[int, npt.NDArray[np.bool_]]:
    """Which reports print the paragraph of the crowd: all of a body or none, before copies are planted."""
    body = np.array([key[0] for key in keys])
    return {number: (rng.random(bodies) < share)[body] for number in _LENGTHS}


def _keys(bodies: int, span: range, seed: int) -> list[Key]:
    """Body, year and digest of each report, year by year."""
    return [
        (body, year, hashlib.sha256(f"govreport texts/{seed}/{year}/{body}".encode()).hexdigest())
        for year in span
        for body in range(bodies)
    ]


class _Made:
    """The texts while they are made. Clauses are kept of what is copied from only: all of them would fill memory."""

    def __init__(
        self, bodies: pd.DataFrame, crowds: dict[int, npt.NDArray[np.bool_]], keys: list[Key], taken: list[bool]
    ) -> None:
        self.bodies, self.crowds, self.keys, self.taken = bodies, crowds, keys, taken
        self.agencies: list[str] = bodies["agency"].tolist()
        self.at = {(body, year): line for line, (body, year, _) in enumerate(keys)}
        self.texts: dict[int, list[str]] = {number: [] for number in _LENGTHS}
        self.clauses: dict[tuple[int, int], Clauses] = {}

    def plan(self, sources: int, rng: np.random.Generator) -> list[tuple[int, int, bool]]:
        """Report to copy from, report that copies, and whether it is the same body; each report once."""
        used: set[int] = set()
        planned: list[tuple[int, int, bool]] = []
        for line in rng.permutation(len(self.keys)).tolist():
            if len(planned) == sources:
                break
            body, year, _ = self.keys[line]
            own = len(planned) % 2 == 1
            other = self.at.get((body, year + 1) if own else (int(rng.integers(len(self.agencies))), year))
            if other is not None and other != line and not {line, other} & used:
                used |= {line, other}
                planned.append((line, other, own))
        return planned

    def fill(self, number: int, drawn: _Drawing, sources: set[int]) -> None:
        """The section of all reports. The first text of a body that takes the template becomes the template."""
        template: Clauses = []
        for line, clauses in enumerate(drawn.sections(number, len(self.keys))):
            from_template = number == _TEMPLATE_SECTION and self.taken[self.keys[line][0]]
            if from_template:
                template = template or clauses
            elif line in sources:  # a text from the template has its likes already
                self.clauses[number, line] = clauses
            self.texts[number].append(self.write(number, line, template if from_template else clauses))

    def write(self, number: int, line: int, clauses: Clauses) -> str:
        """A section as printed."""
        body, year, _ = self.keys[line]
        if not clauses:
            return str(_words("short")[line % 2])
        ends = ("。" if n % _SENTENCE == _SENTENCE - 1 else "，" for n in range(len(clauses)))
        text = "".join(clause + end for clause, end in zip(clauses, ends, strict=True))[:-1] + "。"
        if self.crowds[number][line]:
            text += "\n" + str(_words(f"crowd{number}")[0])
        return text.replace("{agency}", self.agencies[body]).replace("{year}", str(year))

    def plant(self, planned: list[tuple[int, int, bool]], similarity: float, drawn: _Drawing) -> pd.DataFrame:
        """The copies, and the truth about them."""
        rows: list[tuple[str, str, int, str, float]] = []
        for source, target, own in planned:
            for number in _LENGTHS:
                if self.clauses.get((number, source)):
                    reached = self._copy(number, source, target, similarity, drawn)
                    kind = "own_last_year" if own else "other_body"
                    rows.append((self.keys[target][2][:16], self.keys[source][2][:16], number, kind, reached))
        return pd.DataFrame(rows, columns=list(_TRUTH)).astype(cast(Any, _TRUTH))

    def _copy(self, number: int, source: int, target: int, similarity: float, drawn: _Drawing) -> float:
        """Clauses of the source, as many replaced as the similarity allows; what is reached is given back.

        The target takes over the source's crowd, and its names only where the similarity allows no less.
        """
        clauses = self.clauses[number, source]
        self.crowds[number][target] = self.crowds[number][source]
        order = drawn.rng.permutation(len(clauses))
        fresh = drawn.clauses(len(clauses)).tolist()
        text = _runs(self.texts[number][source])
        named = [clause.replace("{agency}", self.agencies[self.keys[source][0]]) for clause in clauses]

        def changed(count: int, base: Clauses) -> Clauses:
            made = list(base)
            for at in order[:count].tolist():
                made[at] = fresh[at]
            return made

        def reached(count: int, base: Clauses) -> float:
            return _alike(text, _runs(self.write(number, target, changed(count, base))))

        base = clauses if reached(0, clauses) >= similarity else named
        count = _most(lambda n: reached(n, base) >= similarity, len(clauses))
        self.texts[number][target] = self.write(number, target, changed(count, base))
        return reached(count, base)

    def frames(self, seed: int) -> Frames:
        """Reports and sections with the declared columns."""
        body = np.array([key[0] for key in self.keys])
        digests = [key[2] for key in self.keys]
        ids = [digest[:16] for digest in digests]
        names = self.bodies.iloc[body].reset_index(drop=True)
        made: dict[str, Any] = dict.fromkeys(schema("reports"))
        made |= {column: names[column] for column in schema("reports") if column in names}
        made |= {"report_id": ids, "sha256": digests, "year": [key[1] for key in self.keys], "edition": "2021"}
        made |= {"source": [f"synthetic:texts/{seed}/{key}" for key in ids], "reader": "html", "encoding": "utf-8"}
        made |= {"n_given": 0, "n_findings": 0}
        empty = {name: as_declared(name, {c: [] for c in schema(name)}) for name in Frames.names()}
        reports = as_declared("reports", pd.DataFrame(made, index=range(len(ids))))
        return Frames(**(empty | {"reports": reports, "sections": self._sections(ids)}))

    def _sections(self, ids: list[str]) -> pd.DataFrame:
        headings = {int(row["number"]): row["heading"] for row in read_csv("headings")}
        made = {
            "report_id": [key for key in ids for _ in _LENGTHS],
            "number": [number for _ in ids for number in _LENGTHS],
            "heading": [headings[number] for _ in ids for number in _LENGTHS],
            "text": [self.texts[number][line] for line in range(len(ids)) for number in _LENGTHS],
        }
        return as_declared("sections", pd.DataFrame(made))


def _runs(text: str) -> frozenset[str]:
    """Runs of five characters, signs left out and figures alike."""
    plain = _DIGITS.sub("0", _SIGNS.sub("", text))
    return frozenset(plain[at : at + _LONGEST_SAME] for at in range(len(plain) - _LONGEST_SAME + 1))


def _alike(left: frozenset[str], right: frozenset[str]) -> float:
    return len(left & right) / len(left | right)


def _most(holds: Callable[[int], bool], most: int) -> int:
    """The largest number, 0 to ``most``, up to which something seems to hold, by halving."""
    low, high = 0, most
    while low < high:
        middle = (low + high + 1) // 2
        if holds(middle):
            low = middle
        else:
            high = middle - 1
    return low

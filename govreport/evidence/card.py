"""The evidence card: everything that is known about one figure of one report, and how it shows itself."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from typing import Literal, NamedTuple

import pandas as pd

from govreport.analysis import Measure
from govreport.analysis.measures import Lang
from govreport.analysis.outlier_text import number
from govreport.errors import UsageError
from govreport.evidence.cells import CellLine
from govreport.evidence.peers import Comparison
from govreport.evidence.words import Point, note, same, say
from govreport.export import check_file, save_text
from govreport.forms.words import Both
from govreport.model import Finding, Report

Shown = Literal["zh", "en", "both"]
SHOWN: tuple[Shown, ...] = ("zh", "en", "both")
SUFFIXES = (".html", ".htm", ".md")

_WITH_UNIT = ("count", "amount")


class Year(NamedTuple):
    """The figure in a report of the same body.

    Attributes:
        report_id: key of the report.
        year: None where it is not known.
        edition: edition of the form; None where it is not known.
        value: None where it is not known.
        numerator: what is divided; None for counts and amounts.
        n: denominator; None for counts and amounts.
        status: status of the figure, as in ``measure_values``.
        breaks: names of the breaks of the series between this report and the one before.
        own: whether it is the report of the card.
    """

    report_id: str
    year: int | None
    edition: str | None
    value: float | None
    numerator: float | None
    n: float | None
    status: str
    breaks: tuple[Both, ...]
    own: bool


@dataclass(frozen=True, eq=False, repr=False)
class EvidenceCard:
    """One figure of one report with what stands behind it and what it does not prove. Made by ``evidence``.

    Shows itself in Jupyter. Everything that comes from a page is escaped, and nothing in it is run.

    Attributes:
        report_id: key of the report in its frames.
        report: the report.
        measure: the measure.
        status: status of the figure, as in ``measure_values``.
        value: the figure, a fraction for shares; None where it is not known.
        numerator: what is divided; None for counts and amounts.
        n: the denominator; None for counts and amounts.
        cells: the cells that it rests on.
        comparison: peers, and what the comparison says.
        years: all reports of the body, oldest first.
        findings: doubts about the report, those about these cells first, then the gravest.
        about: how many of the findings are about these cells.
        caveats: what the figure does not prove, the most special first.
        questions: what to ask the body.
        min_peers: reports of other bodies that a comparison needs.
    """

    report_id: str
    report: Report
    measure: Measure
    status: str
    value: float | None
    numerator: float | None
    n: float | None
    cells: tuple[CellLine, ...]
    comparison: Comparison
    years: tuple[Year, ...]
    findings: tuple[Finding, ...]
    about: int
    caveats: tuple[Point, ...]
    questions: tuple[Point, ...]
    min_peers: int

    @property
    def agency(self) -> Both:
        """Name of the body."""
        return same(self.report.agency) if self.report.agency else say("unknown_agency")

    @property
    def name(self) -> Both:
        """Name of the measure."""
        return Both(self.measure.name("zh"), self.measure.name("en"))

    @property
    def title(self) -> Both:
        """Body, year and measure in one line."""
        year = same(self.report.year) if self.report.year else say("unknown_year")
        return Both(*(f"{self.agency.get(lang)} {year.get(lang)} · {self.name.get(lang)}" for lang in _LANGS))

    @property
    def figure(self) -> Both:
        """The figure as it should be quoted: with its fraction or its unit.

        A share reads ``25.5% (897/3521)``.
        """
        return self.quoted(self.value, self.numerator, self.n)

    @property
    def sentences(self) -> tuple[Both, ...]:
        """What the comparisons say: with the peers, and with the year before where that stands out."""
        row, past = self.comparison.row, self.comparison.past
        made = [Both(row["text_zh"], row["text_en"])] if row else []
        if past and past["outlier"]:
            made.append(Both(past["text_zh"], past["text_en"]))
        return tuple(made)

    def quoted(self, value: float | None, numerator: float | None = None, n: float | None = None) -> Both:
        """A value of this measure as it should be quoted."""
        if value is None:
            return say("no_value")
        text = number(value, self.measure)
        if numerator is not None and n is not None and self.measure.unit != "hhi":
            return same(f"{text} ({numerator:.0f}/{n:.0f})")
        if self.measure.unit in ("share", "ratio", "hhi"):
            return same(text)
        unit = note(f"unit.{self.measure.unit}")
        return Both(f"{text}{unit.zh}", f"{text} {unit.en}")

    def citation(self) -> tuple[Both, Both]:
        """How to cite the report, and how to cite the figure."""
        report, compared = self.report, say("cite_alone")
        if self.comparison.state == "ranked":
            compared = say("cite_compared", group=self.comparison.group, n=f"{len(self.comparison.peers):,}")
        cells = " ".join(line.name for line in self.cells)
        published, retrieved = report.published, report.retrieved
        told = say(
            "cite_report",
            agency=self.agency, title=report.title or self.title,
            published=say("cite_published", date=published) if published else say("cite_unpublished"),
            address=report.url or report.source,
            retrieved=say("cite_retrieved", date=retrieved) if retrieved else say("cite_unretrieved"),
            digest=report.sha256,
        )  # fmt: skip
        figure = say(
            "cite_figure", measure=self.name, value=self.figure, version=version("govreport"), cells=cells,
            compared=compared,
        )  # fmt: skip
        return told, figure

    def peers_table(self) -> pd.DataFrame:
        """The peers by value, highest first.

        Columns: report_id, agency, province, city, county (string), year (Int16), value, numerator, n (Float64; n is NA
        for counts and amounts).
        """
        return self.comparison.peers.copy()

    def to_html(self, lang: Shown = "zh") -> str:
        """The card as a page of its own, without scripts; a switch on it chooses the language.

        Args:
            lang: the language that it opens in: "zh", "en" or "both".

        Raises:
            UsageError: another language.
        """
        from govreport.evidence.page import whole_page

        return whole_page(self, usable(lang))

    def to_markdown(self, lang: Shown = "zh") -> str:
        """The card in Markdown, in Chinese, in English, or one after the other.

        Raises:
            UsageError: another language.
        """
        from govreport.evidence.markdown import as_markdown

        return "\n---\n\n".join(as_markdown(self, one) for one in languages(usable(lang)))

    def save(self, path: str | os.PathLike[str], lang: Shown = "zh") -> Path:
        """Write the card as ``.html`` or ``.md``; a file that is there already is replaced.

        Returns:
            The path that was written.

        Raises:
            UsageError: another suffix or language, or no such folder to write into.
        """
        target = check_file(path, SUFFIXES)
        text = self.to_markdown(lang) if target.suffix.lower() == ".md" else self.to_html(lang)
        return save_text(text, target, SUFFIXES)

    def __repr__(self) -> str:
        return f"<EvidenceCard {self.title.en}: {self.figure.en}; {self.comparison.state}>"

    def _repr_html_(self) -> str:
        """The card as a part of a notebook."""
        from govreport.evidence.page import fragment

        return fragment(self, "zh")


_LANGS: tuple[Lang, Lang] = ("zh", "en")


def usable(lang: str) -> Shown:
    """The language asked for.

    Raises:
        UsageError: none of "zh", "en" and "both".
    """
    for known in SHOWN:
        if lang == known:
            return known
    raise UsageError(f"lang is one of {', '.join(SHOWN)}; found {lang!r}")


def languages(lang: Shown) -> Sequence[Lang]:
    """The single languages of a choice."""
    return _LANGS if lang == "both" else (lang,)

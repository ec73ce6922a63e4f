"""The parts of a card as rows of text, for HTML and Markdown alike."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, NamedTuple

from govreport.analysis.outlier_text import number
from govreport.evidence.cells import CellLine
from govreport.evidence.peers import QUANTILES
from govreport.evidence.words import note, rule_meaning, same, say
from govreport.forms.words import Both
from govreport.model import Finding

if TYPE_CHECKING:
    from govreport.evidence.card import EvidenceCard

_SMALL_P = 0.001
_MINUS = "−"


class Fact(NamedTuple):
    """A line of a list of facts: what it is called, what it is, and a remark."""

    name: Both
    value: Both
    remark: Both = Both("", "")


def measure_facts(card: EvidenceCard) -> Iterator[Fact]:
    """How the figure is made and known."""
    measure = card.measure
    parts = [" + ".join(_term(line) for line in card.cells if line.role == role) for role in ("numerator", "whole")]
    below = " + ".join(_term(line) for line in card.cells if line.role == "denominator")
    top = next(filter(None, parts), "")
    formula = f"{_bracketed(top)} / {_bracketed(below)}" if below else top
    yield Fact(say("definition"), same(f"{measure.id} = {formula}".replace(f"+ {_MINUS}", f"{_MINUS} ")))
    yield Fact(say("cell_status"), note(f"status.{card.status}"))
    yield Fact(say("trap"), Both(measure.trap("zh"), measure.trap("en")))
    yield Fact(say("basis"), same(measure.source))


def _bracketed(terms: str) -> str:
    return f"({terms})" if " " in terms else terms


def _term(line: CellLine) -> str:
    return f"{_MINUS if line.sign < 0 else ''}{line.name}"


def role(line: CellLine) -> Both:
    """What a cell is used as."""
    made = say(line.role)
    return made if line.sign > 0 else Both(f"{made.zh}（{say('minus').zh}）", f"{made.en} ({say('minus').en})")


def printed(line: CellLine) -> str:
    """The number of a cell in full, a dash without one."""
    if line.number is None:
        return "–"
    return f"{line.number:,.0f}" if float(line.number).is_integer() else f"{line.number:,}"


def state_text(card: EvidenceCard) -> Both | None:
    """Why nothing was compared, where that needs words; None for a comparison."""
    state = card.comparison.state
    if state == "ranked" or (state == "unranked" and card.comparison.peers.empty):
        return None
    return say(f"state.{state}", min_peers=card.min_peers)


def peer_facts(card: EvidenceCard) -> Iterator[Fact]:
    """What the comparison says, number by number."""
    compared, row, measure = card.comparison, card.comparison.row, card.measure
    if compared.step is not None:
        count = say("peer_count", n=f"{len(compared.peers):,}", group=compared.group)
        yield Fact(say("peer_group"), count, Both(compared.step.note_zh, compared.step.note_en))
    if card.value is not None and not compared.peers.empty:
        above, below, equal = compared.position(card.value)
        yield Fact(say("above"), say("above_note", above=above, below=below, same=equal))
    if row is None or compared.state != "ranked":
        return
    yield Fact(
        say("expected_mean" if measure.proportion else "expected_median"), same(number(row["expected"], measure))
    )
    share = say("usual_at", share=f"{1 - compared.level:.0%}")
    low, high = number(row["low"], measure), number(row["high"], measure)
    yield Fact(say("usual"), Both(f"{low}至{high}", f"{low} to {high}"), share)
    p = row["p_adjusted"]
    told = f"< {_SMALL_P:g}" if p < _SMALL_P else f"{p:.3f}" if p < 0.1 else f"{p:.2f}"
    yield Fact(say("p"), same(told), say("p_note", tested=f"{compared.tested:,}"))
    if row["shrunken"] is not None:
        yield Fact(say("shrunken"), same(number(row["shrunken"], measure)), say("shrunken_note"))
    yield Fact(say("rank"), same(row["rank"]), say("rank_note"))


def quantile_facts(card: EvidenceCard) -> list[Fact]:
    """Quantiles of the peers, least to most, and the body itself; empty without peers."""
    found = card.comparison.quantiles()
    made = [Fact(say(name), same(number(found[name], card.measure))) for name in QUANTILES if name in found]
    if made and card.value is not None:
        made.append(Fact(say("body"), same(number(card.value, card.measure))))
    return made


def source_facts(card: EvidenceCard) -> Iterator[Fact]:
    """Where the report is from, but for its address."""
    report, unknown = card.report, say("not_known")
    edition = say("form_edition", edition=report.edition) if report.edition else unknown
    yield Fact(say("title"), same(report.title) if report.title else unknown)
    yield Fact(say("file"), same(report.source))
    yield Fact(say("published"), same(report.published) if report.published else unknown)
    yield Fact(say("retrieved"), same(report.retrieved) if report.retrieved else unknown)
    yield Fact(say("digest"), same(report.sha256))
    yield Fact(say("report_id"), same(card.report_id))
    yield Fact(say("edition"), edition)
    yield Fact(say("reader"), same(f"{report.reader}, {report.encoding}"))


def finding_head(finding: Finding) -> Both:
    """Grade, rule and meaning of a doubt."""
    grade, meaning = say(f"severity.{finding.severity}"), rule_meaning(finding.rule)
    return Both(f"{grade.zh} {finding.rule}：{meaning.zh}", f"{grade.en} {finding.rule}: {meaning.en}")

"""The card in Markdown, in one language. Everything that comes from a page is text and nothing else."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import TYPE_CHECKING

from govreport.analysis.measures import Lang
from govreport.analysis.outlier_text import number
from govreport.evidence.facts import (
    Fact,
    finding_head,
    measure_facts,
    peer_facts,
    printed,
    quantile_facts,
    role,
    source_facts,
    state_text,
)
from govreport.evidence.words import note, say
from govreport.export import markdown_text
from govreport.forms.words import Both

if TYPE_CHECKING:
    from govreport.evidence.card import EvidenceCard

MOST_FINDINGS = 100
MOST_PEERS = 200


def as_markdown(card: EvidenceCard, lang: Lang) -> str:
    """The card with all its parts but the table around the cells and the picture."""
    lines = [f"# {say('card').get(lang)}: {_text(card.title, lang)}", "", f"**{_text(card.figure, lang)}**", ""]
    lines += [f"{_text(sentence, lang)}\n" for sentence in card.sentences]
    parts = (
        ("figure", _facts(measure_facts(card), lang)),
        ("cells", _cells(card, lang)),
        ("peers", _peers(card, lang)),
        ("years", _years(card, lang)),
        ("findings", _findings(card, lang)),
        ("caveats", [f"- {_text(point.cited, lang)}" for point in card.caveats]),
        ("questions", [f"{n}. {_text(point.cited, lang)}" for n, point in enumerate(card.questions, start=1)]),
        ("source", _source(card, lang)),
        ("cite", [f"- {_text(told, lang)}" for told in (*card.citation(), say("cite_note"))]),
    )
    for heading, part in parts:
        lines += [f"## {say(heading).get(lang)}", "", *part, ""]
    return "\n".join(lines)


def _text(text: Both, lang: Lang) -> str:
    return markdown_text(text.get(lang))


def _facts(facts: Iterable[Fact], lang: Lang) -> Iterator[str]:
    for fact in facts:
        remark = f" ({_text(fact.remark, lang)})" if fact.remark.get(lang) else ""
        yield f"- {_text(fact.name, lang)}: {_text(fact.value, lang)}{remark}"


def _table(heads: Sequence[Both], rows: Iterable[Sequence[str]], lang: Lang) -> Iterator[str]:
    yield _line([_text(head, lang) for head in heads])
    yield _line(["---"] * len(heads))
    for row in rows:
        yield _line([markdown_text(cell) for cell in row])


def _line(cells: Sequence[str]) -> str:
    return f"| {' | '.join(cells)} |"


def _cells(card: EvidenceCard, lang: Lang) -> Iterator[str]:
    heads = [say(word) for word in ("cell", "label", "role", "number", "cell_status", "raw", "place")]
    rows = (
        [c.name, c.label.get(lang), role(c).get(lang), printed(c), note(f"status.{c.status}").get(lang), c.raw, c.place]
        for c in card.cells
    )
    return _table(heads, rows, lang)


def _peers(card: EvidenceCard, lang: Lang) -> Iterator[str]:
    if (state := state_text(card)) is not None:
        yield f"{_text(state, lang)}\n"
    yield from _facts(peer_facts(card), lang)
    if quantiles := quantile_facts(card):
        yield ""
        yield from _table([fact.name for fact in quantiles], [[fact.value.get(lang) for fact in quantiles]], lang)


def _years(card: EvidenceCard, lang: Lang) -> Iterator[str]:
    rows = []
    for year in card.years:
        rows += [["—", name.get(lang), "", ""] for name in year.breaks]
        mark = f" ({say('this_card').get(lang)})" if year.own else ""
        told = say("unknown_year").get(lang) if year.year is None else str(year.year)
        value = card.quoted(year.value, year.numerator, year.n).get(lang)
        rows.append([f"{told}{mark}", value, note(f"status.{year.status}").get(lang), year.edition or "?"])
    yield from _table([say(word) for word in ("year", "value", "cell_status", "edition")], rows, lang)
    if len(card.years) == 1:
        yield f"\n{say('one_year').get(lang)}"


def _findings(card: EvidenceCard, lang: Lang) -> Iterator[str]:
    if not card.findings:
        yield say("no_findings").get(lang)
    for n, finding in enumerate(card.findings[:MOST_FINDINGS], start=1):
        here = f" **{say('about_cells').get(lang)}**" if n <= card.about else ""
        yield f"{n}. {_text(finding_head(finding), lang)}{here}: {markdown_text(finding.message)}"
    if (more := len(card.findings) - MOST_FINDINGS) > 0:
        yield f"\n{say('findings_unlisted', n=more).get(lang)}"


def _source(card: EvidenceCard, lang: Lang) -> Iterator[str]:
    address = card.report.url or say("not_known").get(lang)
    yield f"- {say('address').get(lang)}: {markdown_text(address)}"
    yield from _facts(source_facts(card), lang)


def peer_value(card: EvidenceCard, value: float, numerator: float | None, n: float | None) -> str:
    """A figure of a peer with its fraction."""
    text = number(value, card.measure)
    return text if numerator is None or n is None else f"{text} ({numerator:.0f}/{n:.0f})"

"""The card as HTML: both languages on one page, a switch between them without scripts, all text of pages escaped."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from importlib.metadata import version
from typing import TYPE_CHECKING

import pandas as pd

from govreport.analysis.measures import Lang
from govreport.evidence.cells import tables_of
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
from govreport.evidence.look import PAGE, SCOPED
from govreport.evidence.markdown import MOST_FINDINGS, MOST_PEERS, peer_value
from govreport.evidence.picture import picture
from govreport.evidence.words import Point, note, same, say
from govreport.forms.words import Both
from govreport.model import Finding, escape

if TYPE_CHECKING:
    from govreport.evidence.card import EvidenceCard, Shown

_FIRST_FINDINGS = 6
_LONGEST_RAW = 300
_SAFE = "default-src 'none'; img-src data:; style-src 'unsafe-inline'"
_LANGS: tuple[Lang, Lang] = ("zh", "en")
_LANG_TAG = {"zh": "zh-Hans", "en": "en", "both": "zh-Hans"}


def whole_page(card: EvidenceCard, lang: Shown) -> str:
    """A page of its own, which loads nothing and runs nothing."""
    title = " · ".join(dict.fromkeys((card.title.get("en" if lang == "en" else "zh"), card.figure.zh)))
    return (
        f'<!DOCTYPE html>\n<html lang="{_LANG_TAG[lang]}"><head><meta charset="utf-8">'
        f'<meta name="viewport" content="width=device-width,initial-scale=1">'
        f'<meta name="color-scheme" content="light dark"><meta name="referrer" content="no-referrer">'
        f'<meta http-equiv="Content-Security-Policy" content="{_SAFE}">'
        f"<title>{escape(title)}</title><style>{PAGE}</style></head><body>{fragment(card, lang)}</body></html>\n"
    )


def fragment(card: EvidenceCard, lang: Shown) -> str:
    """The card for a notebook or for a page around it."""
    parts: tuple[tuple[str, str], ...] = (
        ("figure", _facts(measure_facts(card))),
        ("cells", _cells(card)),
        ("peers", _peers(card)),
        ("years", _years(card)),
        ("table", _table(card)),
        ("findings", _findings(card)),
        ("caveats", _points(card.caveats, "ul")),
        ("questions", _points(card.questions, "ol")),
        ("source", _source(card)),
        ("cite", _cite(card)),
    )
    sections = "".join(f"<section><h2>{_two(say(head))}</h2>{part}</section>" for head, part in parts if part)
    made = f'<p class="gc-soft">{_two(say("made", version=version("govreport")))}</p>'
    return (
        f'<style>{SCOPED}</style><div class="grcard">{_switch(card, lang)}'
        f"<article>{_head(card)}{sections}{made}</article></div>"
    )


def _switch(card: EvidenceCard, lang: Shown) -> str:
    """Three buttons of which one is pressed; the style sheet hides what is not in the language chosen."""
    name = escape(f"gc-{card.report_id}-{card.measure.id}")
    made = [f'<span class="gc-switch">{escape(say("language").zh)} Language</span>']
    for shown in ("zh", "en", "both"):
        label = say(shown)
        text = label.zh if shown != "both" else f"{label.zh} {label.en}"
        checked = " checked" if shown == lang else ""
        made.append(
            f'<input type="radio" class="gc-{shown}" name="{name}" id="{name}-{shown}"{checked}>'
            f'<label class="gc-switch" for="{name}-{shown}">{escape(text)}</label>'
        )
    return "".join(made)


def _two(text: Both) -> str:
    """A text in both languages; what is the same in both stands once."""
    if text.zh == text.en:
        return f"<bdi>{escape(text.zh)}</bdi>"
    return "".join(f'<span class="{c}" lang="{_LANG_TAG[c]}"><bdi>{escape(text.get(c))}</bdi></span>' for c in _LANGS)


def _head(card: EvidenceCard) -> str:
    said = "".join(f'<p class="gc-said">{_two(sentence)}</p>' for sentence in card.sentences)
    if card.value is None:
        status = note(f"status.{card.status}")
        said = f'<p class="gc-said">{_two(say("why_unknown", status=status))}</p>'
    return (
        f'<p class="gc-soft">{_two(say("card"))}</p><h1>{_two(card.title)}</h1>'
        f'<p class="gc-figure">{_two(card.figure)}</p>{said}'
    )


def _facts(facts: Iterable[Fact]) -> str:
    rows = "".join(
        f"<dt>{_two(fact.name)}</dt><dd>{_two(fact.value)}"
        + (f' <span class="gc-soft">{_two(fact.remark)}</span>' if fact.remark.zh else "")
        + "</dd>"
        for fact in facts
    )
    return f"<dl>{rows}</dl>" if rows else ""


class _List:
    """A table row by row; ``stack`` puts the cells of a row below each other where the screen is narrow."""

    def __init__(self, heads: Sequence[Both], *, stack: bool = False, numbers: Sequence[int] = ()) -> None:
        self.heads, self.stack, self.numbers = heads, stack, numbers
        self.rows: list[str] = []

    def add(self, cells: Sequence[str], look: str = "") -> None:
        shown = [f"<div>{cell}</div>" for cell in cells] if self.stack else cells  # one box beside the name of the cell
        made = "".join(
            f"<td{self._name(at)}{' class=gc-num' if at in self.numbers else ''}>{cell}</td>"
            for at, cell in enumerate(shown)
        )
        self.rows.append(f"<tr{f' class={look}' if look else ''}>{made}</tr>")

    def wide(self, text: str, look: str) -> None:
        self.rows.append(f'<tr class={look}><td colspan="{len(self.heads)}">{text}</td></tr>')

    def html(self) -> str:
        heads = "".join(f'<th scope="col">{_two(head)}</th>' for head in self.heads)
        look = "gc-list gc-stack" if self.stack else "gc-list"
        return (
            f'<div class="gc-scroll"><table class="{look}"><thead><tr>{heads}</tr></thead>'
            f"<tbody>{''.join(self.rows)}</tbody></table></div>"
        )

    def _name(self, at: int) -> str:
        head = self.heads[at]
        return f' data-zh="{escape(head.zh)}" data-en="{escape(head.en)}"' if self.stack else ""


def _own(text: object) -> str:
    """Text of a page."""
    return f"<bdi>{escape(text)}</bdi>"


def _cells(card: EvidenceCard) -> str:
    heads = [say(word) for word in ("label", "role", "number", "cell_status", "raw", "place", "cell")]
    made = _List(heads, stack=True, numbers=(2,))
    for line in card.cells:
        raw = _raw(line.raw[:_LONGEST_RAW]) if line.raw.strip() else _two(say("not_printed"))
        made.add([
            _two(line.label), _two(role(line)), escape(printed(line)), _two(note(f"status.{line.status}")), raw,
            _own(line.place), f"<code>{escape(line.name)}</code>",
        ])  # fmt: skip
    return made.html()


def _raw(text: str) -> str:
    return f'<div class="gc-raw">{_own(text)}</div>'


def _table(card: EvidenceCard) -> str:
    from govreport.show import tables_html

    tables = tables_of(card.cells)
    if not tables:
        return f"<p>{_two(say('no_table'))}</p>"
    if not card.report.edition:
        return f"<p>{_two(say('no_form'))}</p>"
    marked = {line.name for line in card.cells}
    shown = tables_html(card.report, tables, marked=marked, findings=card.findings[:MOST_FINDINGS])
    return f'{shown}<p class="gc-soft">{_two(say("legend"))}</p>'


def _peers(card: EvidenceCard) -> str:
    state = state_text(card)
    told = f'<p class="gc-note">{_two(state)}</p>' if state else ""
    return told + _facts(peer_facts(card)) + _pictures(card) + _quantiles(card) + _who(card)


def _pictures(card: EvidenceCard) -> str:
    """One picture for each language; phones take a narrow one."""
    made = ""
    for lang in _LANGS:
        wide, narrow = (picture(card, lang, compact=compact) for compact in (False, True))
        if wide and narrow:
            told = escape(say("picture", value=card.figure).get(lang))
            made += (
                f'<div class="{lang}" lang="{_LANG_TAG[lang]}"><picture>'
                f'<source media="(max-width:600px)" srcset="{narrow}"><img src="{wide}" alt="{told}"></picture></div>'
            )
    return made


def _quantiles(card: EvidenceCard) -> str:
    facts = quantile_facts(card)
    if not facts:
        return ""
    made = _List([fact.name for fact in facts], numbers=range(len(facts)))
    made.add([_two(fact.value) for fact in facts])
    return f"<p>{_two(say('quantiles'))}</p>{made.html()}"


def _who(card: EvidenceCard) -> str:
    peers = card.comparison.peers
    if peers.empty:
        return ""
    made = _List([say(word) for word in ("agency", "place_of", "year", "value")], numbers=(3,))
    for row in peers.head(MOST_PEERS).astype("object").to_dict("records"):
        known = {str(name): None if pd.isna(value) else value for name, value in row.items()}
        place = "".join(dict.fromkeys(known[column] or "" for column in ("province", "city", "county")))
        agency = _own(known["agency"]) if known["agency"] else _two(say("unknown_agency"))
        value = peer_value(card, row["value"], known["numerator"], known["n"])
        made.add([agency, _own(place), escape(known["year"]), escape(value)])
    more = len(peers) - MOST_PEERS
    cut = f"<p>{_two(say('who_cut', n=f'{more:,}'))}</p>" if more > 0 else ""
    return f"<details><summary>{_two(say('who', n=f'{len(peers):,}'))}</summary>{made.html()}{cut}</details>"


def _years(card: EvidenceCard) -> str:
    heads = [say(word) for word in ("year", "value", "cell_status", "edition")]
    made = _List(heads, numbers=(1,))
    for year in card.years:
        for name in year.breaks:
            made.wide(_two(name), "gc-break")
        told = say("unknown_year") if year.year is None else same(year.year)
        value = card.quoted(year.value, year.numerator, year.n)
        edition = _two(say("not_known")) if year.edition is None else escape(year.edition)
        made.add([_two(told), _two(value), _two(note(f"status.{year.status}")), edition], "gc-own" if year.own else "")
    alone = f'<p class="gc-soft">{_two(say("one_year"))}</p>' if len(card.years) == 1 else ""
    return made.html() + alone


def _findings(card: EvidenceCard) -> str:
    if not card.findings:
        return f"<p>{_two(say('no_findings'))}</p>"
    first = max(_FIRST_FINDINGS, min(card.about, MOST_FINDINGS))
    shown, rest = card.findings[:first], card.findings[first:MOST_FINDINGS]
    items = _items(shown, lambda n: n <= card.about, 1)
    folded = ""
    if rest:
        head = _two(say("findings_rest", n=len(rest)))
        folded = f"<details><summary>{head}</summary>{_items(rest, lambda _: False, first + 1)}</details>"
    more = len(card.findings) - MOST_FINDINGS
    cut = f"<p>{_two(say('findings_unlisted', n=f'{more:,}'))}</p>" if more > 0 else ""
    return items + folded + cut


def _items(findings: Sequence[Finding], here: Callable[[int], bool], start: int) -> str:
    made = ""
    for n, finding in enumerate(findings, start=start):
        tag = f'<span class="gc-tag gr-{escape(finding.severity)}">{_two(finding_head(finding))}</span>'
        mark = f" <b>{_two(say('about_cells'))}</b>" if here(n) else ""
        made += f"<li>{tag}{mark} {_own(finding.message)}</li>"
    return f'<ol start="{start}">{made}</ol>'


def _points(points: Sequence[Point], kind: str) -> str:
    return f"<{kind}>{''.join(f'<li>{_two(point.cited)}</li>' for point in points)}</{kind}>"


def _source(card: EvidenceCard) -> str:
    url = card.report.url
    address = _own(url) if url else _two(say("not_known"))
    if url and url.lower().startswith(("http://", "https://")):
        address = f'<a href="{escape(url)}" target="_blank" rel="noopener noreferrer">{address}</a>'
    return f"<dl><dt>{_two(say('address'))}</dt><dd>{address}</dd></dl>{_facts(source_facts(card))}"


def _cite(card: EvidenceCard) -> str:
    report, figure = card.citation()
    return f"<p>{_two(report)}</p><p>{_two(figure)}</p><p class='gc-soft'>{_two(say('cite_note'))}</p>"

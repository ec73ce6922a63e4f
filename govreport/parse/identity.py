"""Who reports, on which year, from where, and when it was published: from all that a page says of itself."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from govreport.forms.words import words_of
from govreport.model import Finding, Region
from govreport.parse.clues import values
from govreport.parse.foreign import foreign_names
from govreport.parse.gazetteer import load_gazetteer, scan
from govreport.parse.names import (
    Title,
    agency_in_prose,
    complete,
    find_title,
    kind_of,
    named_sources,
    signature,
    subjects,
    title_of_page,
)
from govreport.parse.regions import Hint, find_region, places_in_name
from govreport.parse.years import find_date, find_year, year_hits


class Clues(NamedTuple):
    """What a page says of itself, sorted by where it stands.

    Attributes:
        meta: page metadata by lower-case name: title, articletitle, pubdate, contentsource, sitename, columnname …
        url: address of the page, "" if unknown; its folders and dates are not believed.
        source: file name or address it was opened by.
        lead: paragraphs before section one, in order: title, metadata lines, breadcrumbs, opening sentences.
        body: paragraphs of the sections, in order.
        tail: the last few paragraphs: signature, date, page furniture.
        edition: edition of the form found on the page, None if unknown.
    """

    meta: Mapping[str, str]
    url: str
    source: str
    lead: tuple[str, ...]
    body: tuple[str, ...]
    tail: tuple[str, ...]
    edition: str | None


class Identity(NamedTuple):
    """Who, where and when. None means that the page does not say.

    ``agency`` is the name as printed, ``kind`` one of government, department, street, township, zone, other;
    ``published`` an ISO 8601 date; ``findings`` doubts about any of these.
    """

    title: str | None
    agency: str | None
    kind: str
    year: int | None
    published: str | None
    region: Region
    findings: tuple[Finding, ...]


def identify(clues: Clues) -> Identity:
    """Find title, agency, kind, year, date of publication and region of a report.

    >>> found = identify(Clues({}, "", "", ("长春市南关区桃源街道办事处2023年政府信息公开工作年度报告",), (), (), None))
    >>> found.agency, found.kind, found.year, found.region.adcode
    ('长春市南关区桃源街道办事处', 'street', 2023, '220102')
    """
    paragraphs = clues.body or clues.lead
    body = "\n".join(paragraphs)
    lead = "\n".join(clues.lead)[:6000] if clues.body else lead_of(clues.lead)
    hits = year_hits(body)
    titles = _titles(clues)
    published = find_date(clues.meta, clues.lead, clues.tail)
    year, findings = find_year([(w, t.text) for w, t in titles], lead, body, hits, published)
    named = list(subjects(body, paragraphs, hits))
    sources = _sources(clues)
    agency = _agency(titles, sources, named, year)
    kind = _kind(agency, body, year)
    mentions = scan(body, load_gazetteer(year))
    hints = [*(Hint("source", name) for name in sources[:4]), *_hints(clues, titles)]
    located = find_region(_with_place(agency, sources, year), kind, hints, body, year, mentions)
    if agency is None:
        findings.append(_agency_unknown(body))
    findings += located.findings
    findings += foreign_names(agency, kind, located.place, body, named, mentions)
    text = next((t.text for _, t in titles if t.text), None)
    return Identity(text, agency, kind, year, published, located.region, tuple(findings))


def lead_of(lead: Sequence[str]) -> str:
    """The opening of a page whose sections were not found: its first paragraphs."""
    return "\n".join(lead[:12])[:3000]


def _titles(clues: Clues) -> list[tuple[str, Title]]:
    """Titles in order of trust: in the text, in the metadata of the article, of the page."""
    found = [("title", find_title(clues.lead))]
    found += [
        (where, title_of_page(clues.meta[name]))
        for name, where in (("articletitle", "title in the page's metadata"), ("title", "title of the page"))
        if clues.meta.get(name)
    ]
    return [(where, title) for where, title in found if title]


def _sources(clues: Clues) -> list[str]:
    """Bodies that sign or are named as the publisher, in order of trust."""
    signed = signature(clues.tail)
    return [*([signed] if signed else []), *named_sources(clues.meta, clues.lead)]


def _agency(
    titles: list[tuple[str, Title]], sources: list[str], named: list[tuple[str, str]], year: int | None
) -> str | None:
    for _, title in titles:
        if title.agency:
            return complete(title.agency, sources)
    if sources:
        return sources[0]
    return agency_in_prose([name for name, _ in named], year)


def _with_place(agency: str | None, sources: list[str], year: int | None) -> str | None:
    """The agency's name, or a fuller one that names its place: 宁波市北仑区春晓街道办事处 for 春晓街道."""
    if agency is None or places_in_name(agency, year):
        return agency
    return next((s for s in sources if agency in s and places_in_name(s, year)), agency)


def _kind(agency: str | None, body: str, year: int | None) -> str:
    if agency is None:
        word = _own_word(body)
        return values("self_kind")[word][0] if word else "other"
    if agency.endswith("新区") and any(p.level == 3 and agency.endswith(p.name) for p in places_in_name(agency, year)):
        return "government"
    return kind_of(agency)


def _own_word(body: str) -> str:
    """What the body calls itself most often (我局, 我镇), "" where it does not."""
    counts = {word: body.count(word) for word in values("self_kind")}
    best = max(counts, key=lambda word: counts[word])
    return best if counts[best] else ""


def _hints(clues: Clues, titles: list[tuple[str, Title]]) -> list[Hint]:
    meta = clues.meta
    hints = [Hint("title", t.agency) for _, t in titles if t.agency]
    hints += [
        Hint(channel, meta[name])
        for name, channel in (("contentsource", "source"), ("sitename", "site"), ("columnname", "column"))
        if meta.get(name)
    ]
    if len(page := meta.get("title", "").replace("-", "_").split("_")) > 1:
        hints.append(Hint("site", page[-1].strip()))
    for line in clues.lead[:40]:
        hints.append(Hint("column" if any(b in line for b in words_of("breadcrumb")) else "lead", line[:1500]))
    hints += [Hint("tail", line) for line in clues.tail if len(line) < 80]
    return hints


def _agency_unknown(body: str) -> Finding:
    word = _own_word(body)
    says = f"the text calls it only “{word}”" if word else "no title, signature, source or sentence names one"
    return Finding(
        "agency_unknown", "warning", (), "the name of an agency", word, f"The reporting agency cannot be told: {says}."
    )

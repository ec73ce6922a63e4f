"""A Document to a Report: agency, region, year, edition, the statutory cells, sections, figures stated in prose.

One engine reads every layout: the page is a run of tokens, the form the expected sequence; labels are found in
the order of the form and the values between two labels are laid against the columns of the row. Identities of the form
may choose between two ways to do that; they never alter, fill or repair a number.
"""

from __future__ import annotations

from collections.abc import Mapping

from govreport.errors import UsageError
from govreport.forms import TABLES, editions, load_form
from govreport.model import ABSENT, Document, Finding, Report, Value
from govreport.parse import tables
from govreport.parse.cleaning import clean
from govreport.parse.confidence import with_confidence
from govreport.parse.consistency import check_identities
from govreport.parse.contradictions import contradictions
from govreport.parse.identity import Clues, identify
from govreport.parse.labels import standing_alone
from govreport.parse.layout import plan
from govreport.parse.litigation import read_litigation
from govreport.parse.prose import find_statements
from govreport.parse.prose_cells import cells_from_prose
from govreport.parse.sections import (
    Line,
    assemble,
    heading_findings,
    running_text,
    section_findings,
    split_sections,
)
from govreport.parse.statistics import NAME as STATISTICS
from govreport.parse.statistics import channels_finding, read_statistics
from govreport.parse.structure import judge_kind, refuse_damaged, structure_findings
from govreport.parse.tokens import Tokens, tokenize
from govreport.parse.values import make_values


def parse_report(document: Document, edition: str | None = None) -> Report:
    r"""Read the annual report that a document holds.

    Args:
        document: what ``read_document`` gives.
        edition: edition of the form to read by, one of ``govreport.forms.editions()``; found from the labels on the
            page when None.

    Returns:
        A ``Report`` with every cell of the edition (status "absent" for what is not on the page), sections,
        figures stated in prose, and the findings of this page. Counts are requests, cases, items or decisions,
        amounts 万元 (10 000 yuan).

    Raises:
        ParseError: the document is not an annual report, or holds nothing to tell it by.
        FormError: no such edition.
        UsageError: something else than a Document was given.

    >>> from govreport.read import read_document
    >>> page = "某镇2023年政府信息公开工作年度报告\n本年处理决定数量\n行政许可\n1\n行政处罚\n7\n行政强制\n0"
    >>> parse_report(read_document(page.encode())).cells["disclosure.penalties.decisions"].number
    7
    """
    if not isinstance(document, Document):
        raise UsageError(f"parse_report takes the Document that read_document gives, found {type(document).__name__}")
    if edition is not None:
        load_form(edition)
    document, doubts = clean(document)
    tokens = tokenize(document)
    found, met = tables.find_edition(tokens)
    used = edition or found or _edition_by_rows(tokens)
    read = _read_tables(tokens, used)
    spans = [(t.first, t.last) for t in read.values() if t.there]
    numbered, headings = split_sections(running_text(document, tokens, spans))
    identity = identify(_clues(document, numbered, used))
    judge_kind(document, identity, headings, read, tokens)
    cells, findings = _cells(tokens, used, read)
    prose = [(n, line.place, line.text) for n, line in numbered]
    statements = find_statements(prose, identity.year)
    findings += doubts
    cells, told = cells_from_prose(cells, read, prose, statements, identity.year, used)
    findings += told
    cells, confidence, told = with_confidence(document, tokens, read, cells, used)
    findings += told
    findings += structure_findings(document, used, met, identity, headings, read, cells)
    sections = assemble(numbered, headings)
    if used is None or load_form(used).rows["applications"]:  # the six sections are those of the form since 2019
        findings += heading_findings(headings)
    findings += section_findings(sections)
    findings += identity.findings
    if used:
        findings += contradictions(cells, statements, used)
    origin = document.origin
    return Report(
        source=origin.source or origin.url,
        sha256=document.sha256,
        title=identity.title,
        agency=identity.agency,
        agency_kind=identity.kind,
        region=identity.region,
        year=identity.year,
        edition=used,
        published=identity.published,
        url=origin.url or document.meta.get("url") or None,
        retrieved=origin.retrieved or None,
        reader=document.reader,
        encoding=document.encoding,
        kind=document.kind,
        engine=document.engine,
        layout=_layout(tokens, read),
        confidence=confidence,
        cells=cells,
        sections=sections,
        statements=statements,
        findings=tuple(findings),
    )


def _read_tables(tokens: Tokens, edition: str | None) -> dict[str, tables.Table]:
    """The tables of an edition; none when no edition's labels are on the page."""
    if edition is None:
        return {name: tables.Table(name) for name in TABLES if name != STATISTICS}
    the_plan = plan(edition)
    if not the_plan.form.rows["applications"]:
        return {STATISTICS: read_statistics(tokens, the_plan)}
    applications = tables.read_applications(tokens, the_plan)
    size = len(tokens.strip)
    before = tokens.starts[applications.first] if applications.there else size
    after = tokens.starts[applications.last] if applications.there else 0
    disclosure = tables.read_disclosure(tokens, the_plan, before, after)
    if applications.lost and applications.side is None and disclosure.side:
        applications = tables.read_applications(tokens, the_plan, side=disclosure.side)
    applications.findings += tables.second_table(tokens, the_plan, applications)
    litigation = read_litigation(tokens, the_plan, after, applications.side or disclosure.side)
    return {"disclosure": disclosure, "applications": applications, "litigation": litigation}


def _edition_by_rows(tokens: Tokens) -> str | None:
    """The newest edition, when only labels common to all editions are on the page; None without those."""
    marks = ("本机关不掌握相关政府信息", "法律服务机构", "未经复议直接起诉", "尚未审结")
    return editions()[-1] if any(_stands(tokens, mark) for mark in marks) else None


def _stands(tokens: Tokens, label: str) -> bool:
    """Whether a label stands on the page by itself, and not in a sentence."""
    at = tokens.strip.find(label)
    while at >= 0:
        if standing_alone(tokens, at, label, frozenset()):
            return True
        at = tokens.strip.find(label, at + 1)
    return False


def _layout(tokens: Tokens, read: Mapping[str, tables.Table]) -> str:
    """How the tables stand on the page, by the tokens of their figures."""
    met = set()
    for table in read.values():
        for token in table.tokens.values():
            met.add("table" if tokens.exact[token] else "separators" if tokens.grids[token] else "lines")
    return met.pop() if len(met) == 1 else "mixed" if met else ""


def _cells(
    tokens: Tokens, edition: str | None, read: dict[str, tables.Table]
) -> tuple[dict[str, Value], list[Finding]]:
    """Every cell of the edition in the order of the form, and what the tables gave cause to doubt."""
    if edition is None:
        return {}, []
    the_plan = plan(edition)
    hint = _unit_hint(tokens, read["disclosure"], edition) if "disclosure" in read else "万元"
    found: dict[str, Value] = {}
    for table in read.values():
        found.update(make_values(tokens, the_plan, table, hint))
    findings = refuse_damaged(tokens, read, found)
    for table in read.values():
        findings += table.findings
    cells: dict[str, Value] = {name: found.get(name, ABSENT) for name in the_plan.form.cells}
    findings += check_identities(cells, the_plan)
    findings += channels_finding(cells)
    return cells, findings


def _unit_hint(tokens: Tokens, table: tables.Table, edition: str) -> str:
    """Unit of amounts by the heading: 元 or 万元 in brackets; the 2021 form prints 万元."""
    if not table.there:
        return ""
    text = "".join(tokens.raws[table.first : table.last + 1])
    for unit in ("万元", "亿元", "元"):
        if f"单位：{unit}" in text or f"单位:{unit}" in text or f"（{unit}）" in text or f"({unit})" in text:
            return unit
    return "万元" if edition == "2021" else ""


def _clues(document: Document, numbered: list[tuple[int, Line]], edition: str | None) -> Clues:
    """What the text says of itself, sorted by where it stands."""
    lead = tuple(line.text for n, line in numbered if n == 0)
    body = tuple(line.text for n, line in numbered if n)
    origin = document.origin
    return Clues(document.meta, origin.url, origin.source, lead, body, body[-6:] or lead[-6:], edition)


__all__ = ["parse_report"]

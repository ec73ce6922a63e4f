"""Reports and frames as HTML for Jupyter: the statutory form filled in, doubtful cells marked with the reason.

Everything that comes from a page is escaped, nothing is run, links go to http and https only. Colours are translucent,
so that they read in light and in dark themes.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from functools import cache
from itertools import groupby
from numbers import Integral
from typing import TYPE_CHECKING, Any

from govreport.forms import Column, Row, groups, load_form, read_csv
from govreport.model import ABSENT, SEVERITIES, Finding, Report, Value, escape

if TYPE_CHECKING:
    from govreport.frames import Frames

_LONGEST_CELL = 20
_LONGEST_SECTION = 20_000
_MOST_FINDINGS = 100
_MANY_CELLS = 12  # a note on more cells than this is about the table; colouring them all would hide the others
_NUMERALS = "零一二三四五六七八九十"

_STYLE = """<style>
.govreport{font-size:13px;line-height:1.45;max-width:1080px;text-align:left}
.govreport .gr-head{font-size:15px;font-weight:600;margin:.2em 0}
.govreport .gr-facts{opacity:.8;margin:0 0 .6em}
.govreport h4{margin:1em 0 .3em;font-size:13px}
.govreport .gr-scroll{overflow-x:auto}
.govreport table{border-collapse:collapse;margin:0 0 .5em;font-size:13px}
.govreport a{color:inherit;text-decoration:underline}
.govreport tr,.govreport tbody tr:nth-child(odd),.govreport tbody tr:hover{background:transparent!important}
.govreport th,.govreport td{border:1px solid rgba(128,128,128,.5)!important;padding:2px 6px;text-align:center!important;
vertical-align:middle;font-weight:normal;min-width:2.6em;max-width:24em;white-space:normal}
.govreport th{background:rgba(128,128,128,.12)}
.govreport th.gr-row{text-align:left!important}
.govreport th.gr-row{min-width:15em}
.govreport td{font-variant-numeric:tabular-nums;max-width:9em}
.govreport td.gr-wide{text-align:left!important;max-width:70em}
.govreport small{display:block;font-size:9.5px;line-height:1.2;opacity:.65}
.govreport .gr-blank{background:repeating-linear-gradient(45deg,transparent 0 4px,rgba(128,128,128,.22) 4px 5px)}
.govreport .gr-absent{background:rgba(128,128,128,.3)}
.govreport .gr-lost{color:#d33;font-weight:700}
.govreport .gr-text{font-style:italic;font-size:11px}
.govreport .gr-zero{opacity:.5}
.govreport .gr-error{background-color:rgba(226,60,60,.33)!important}
.govreport .gr-warning{background-color:rgba(240,160,0,.33)!important}
.govreport .gr-info{background-color:rgba(50,130,240,.25)!important}
.govreport td.gr-marked{outline:2.5px solid currentColor;outline-offset:-2px;font-weight:700;opacity:1}
.govreport sup{font-size:9px;font-weight:600;padding-left:1px}
.govreport ol,.govreport ul{margin:.2em 0 .6em 1.6em;padding:0}
.govreport .gr-tag{border-radius:3px;padding:0 4px;font-size:11px}
.govreport details{margin:.25em 0}
.govreport summary{cursor:pointer}
.govreport details p{margin:.3em 0 .3em 1.2em;max-width:60em}
.govreport .gr-legend{opacity:.75;font-size:11px}
.govreport .gr-legend{line-height:2}
.govreport .gr-legend b{font-weight:normal;white-space:nowrap}
.govreport .gr-legend span{display:inline-block;border:1px solid rgba(128,128,128,.5);padding:0 6px;margin:0 3px 0 10px}
</style>"""


# A table is rows of finished header cells (str) and of cells still to be filled: (full name, columns it spans).
_Slot = tuple[str, int]
_Rows = list[list[str | _Slot]]


def report_html(report: Report) -> str:
    """One report as HTML: head line, the three tables as on the form, what is in doubt, the text folded away.

    A doubtful cell is coloured and carries the number of the note below; pointing at a cell shows its place on the
    page. Chinese labels stand above their English names.

    Raises:
        FormError: the report's edition is not described in ``forms/``.
    """
    notes = _Notes(report.findings)
    parts = [_STYLE, _head(report)]
    if report.edition:
        for heading, rows in _form(report.edition):
            parts += [f"<h4>{heading}</h4>", _table(rows, report.cells, notes)]
        parts.append(_legend())
    else:
        parts.append("<p>No statutory table was recognised on this page. 未识别出法定表格。</p>")
    parts += [_findings(report.findings), _statements(report), _sections(report)]
    return f'<div class="govreport">{"".join(parts)}</div>'


@cache
def _form(edition: str) -> list[tuple[str, _Rows]]:
    """Heading and rows of each table that an edition has."""
    if load_form(edition).rows["statistics"]:
        return [(_two("政府信息公开情况统计表", "Statistics of disclosure"), _statistics(edition))]
    tables = (_disclosure(edition), _applications(edition), _litigation(edition))
    return [(_heading(number), rows) for number, rows in enumerate(tables, start=2)]


def tables_html(
    report: Report, tables: Iterable[str], *, marked: Collection[str] = (), findings: Iterable[Finding] = ()
) -> str:
    """Some of the tables as on the form, with some cells framed.

    Args:
        report: the report; without an edition there are no tables and the text is empty.
        tables: among disclosure, applications, litigation and statistics.
        marked: full names of the cells to frame.
        findings: doubts that colour cells and are numbered from 1 in this order, as ``report_html`` does with all.

    Raises:
        FormError: the report's edition is not described in ``forms/``.
    """
    if not report.edition:
        return ""
    rows = {
        "disclosure": _disclosure, "applications": _applications, "litigation": _litigation, "statistics": _statistics,
    }  # fmt: skip
    notes = _Notes(findings)
    shown = "".join(_table(rows[table](report.edition), report.cells, notes, marked) for table in tables)
    return f'{_STYLE}<div class="govreport">{shown}</div>'


def frames_html(frames: Frames) -> str:
    """All reports of a run at a glance: counts, years, provinces, the worst findings, sources that were not read.

    Raises nothing of its own.
    """
    reports = frames.reports
    facts = [
        ("Reports 报告", f"{len(reports):,}"),
        ("Years 年度", _counts(reports["year"])),
        ("Provinces 省级", _counts(reports["province"])),
        ("Kinds 机关类别", _counts(reports["agency_kind"])),
        ("Editions 格式", _counts(reports["edition"])),
        ("Findings 疑点", _counts(frames.findings["severity"])),
        ("Rows 行数", ", ".join(f"{name} {len(frame):,}" for name, frame in frames.items())),
    ]
    rows = "".join(f'<tr><th class="gr-row">{k}</th><td class="gr-wide">{v}</td></tr>' for k, v in facts)
    parts = [_STYLE, '<div class="gr-head">Frames</div>', f"<table>{rows}</table>", _worst(frames), _failures(frames)]
    return f'<div class="govreport">{"".join(parts)}</div>'


class _Notes:
    """Findings by cell, numbered from 1 in their order."""

    def __init__(self, findings: Iterable[Finding]) -> None:
        self.by_cell: dict[str, list[tuple[int, Finding]]] = {}
        for number, finding in enumerate(findings, start=1):
            for cell in finding.cells:
                self.by_cell.setdefault(cell, []).append((number, finding))

    def of(self, cell: str) -> list[tuple[int, Finding]]:
        return self.by_cell.get(cell, [])


def _two(label: str, name_en: str) -> str:
    return f"{escape(label)}<small>{escape(name_en)}</small>"


def _th(text: str, *, rows: int = 1, columns: int = 1, left: bool = False) -> str:
    spans = (f' rowspan="{rows}"' if rows > 1 else "") + (f' colspan="{columns}"' if columns > 1 else "")
    return f"<th{spans}{' class=gr-row' if left else ''}>{text}</th>"


@cache
def _heads() -> dict[tuple[str, str], str]:
    return {(h["table"], h["head"]): _two(h["label"], h["name_en"]) for h in read_csv("heads")}


@cache
def _group_names() -> dict[str, str]:
    return {g["group"]: _two(g["label"], g["name_en"]) for g in read_csv("groups") if g["table"] == "applications"}


@cache
def _heading(number: int) -> str:
    found = next(h for h in read_csv("headings") if h["number"] == str(number))
    return f"{_NUMERALS[number]}、{escape(found['heading'])}<small>{escape(found['name_en'])}</small>"


@cache
def _disclosure(edition: str) -> _Rows:
    """Section two: a block for each item of article 20, each with its own columns."""
    form = load_form(edition)
    width = 6  # so that blocks of one, two and three columns line up
    rows: _Rows = []

    def block_of(row: Row) -> tuple[str, tuple[str, ...]]:
        return row.article, row.columns

    for (article, _), members in groupby(form.rows["disclosure"], key=block_of):
        block = list(members)
        columns = form.columns["disclosure", block[0].row]
        span = width // len(columns)
        rows.append([_th(_two(*_article(article)), columns=width + 1)])
        rows.append([_heads_cell("disclosure", "information"), *(_column(c, columns=span) for c in columns)])
        for row in block:
            slots: list[str | _Slot] = [(f"disclosure.{row.row}.{c.column}", span) for c in columns]
            rows.append([_th(_two(row.label, row.name_en), left=True), *slots])
    return rows


def _heads_cell(table: str, head: str, **spans: int) -> str:
    return _th(_heads()[table, head], **spans)  # type: ignore[arg-type]


def _column(column: Column, **spans: int) -> str:
    return _th(_two(column.label, column.name_en), **spans)  # type: ignore[arg-type]


def _article(reference: str) -> tuple[str, str]:
    """Heading of a block, Chinese and English, from a reference such as "20(5)".

    >>> _article("20(5)")
    ('第二十条第（五）项', 'Article 20(5)')
    """
    item = int(reference.partition("(")[2].rstrip(")"))
    return f"第二十条第（{_NUMERALS[item]}）项", f"Article {reference}"


@cache
def _applications(edition: str) -> _Rows:
    """Section three: applicants across, outcomes down, groups of outcomes at the left."""
    form = load_form(edition)
    columns = form.columns["applications", form.rows["applications"][0].row]
    first, *organisations, total = columns
    rows: _Rows = [
        [_heads_cell("applications", "rule", rows=3, columns=3),
         _heads_cell("applications", "applicants", columns=len(columns))],
        [_column(first, rows=2), _heads_cell("applications", "organisations", columns=len(organisations)),
         _column(total, rows=2)],
        [_column(c) for c in organisations],
    ]  # fmt: skip
    handled = [r for r in form.rows["applications"] if r.parent == "processed" or r.row == "processed"]
    for group, members in groupby(form.rows["applications"], key=lambda r: r.group):
        block = list(members)
        for row in block:
            labels: list[str | _Slot] = []
            if row is handled[0]:
                labels.append(_heads_cell("applications", "handled", rows=len(handled)))
            grouped = bool(group) and row.label != groups()[group]  # 2019 prints group six as a single row
            if grouped and row is block[0]:
                labels.append(_th(_group_names()[group], rows=len(block)))
            span = 1 if grouped else 2 if row in handled else 3
            labels.append(_th(_two(row.label, row.name_en), columns=span, left=True))
            rows.append([*labels, *((f"applications.{row.row}.{c.column}", 1) for c in columns)])
    return rows


@cache
def _litigation(edition: str) -> _Rows:
    """Section four: one line of fifteen figures under three levels of headings."""
    form = load_form(edition)
    review, *suits = form.rows["litigation"]
    columns = form.columns["litigation", review.row]
    width = len(columns)
    return [
        [_heads_cell("litigation", "reconsideration", rows=2, columns=width),
         _heads_cell("litigation", "suits", columns=width * len(suits))],
        [_th(_two(r.label, r.name_en), columns=width) for r in suits],
        [_column(c) for _ in form.rows["litigation"] for c in columns],
        [(f"litigation.{r.row}.{c.column}", 1) for r in form.rows["litigation"] for c in columns],
    ]  # fmt: skip


@cache
def _statistics(edition: str) -> _Rows:
    """The return before 2019: one figure a row, under the heads of its blocks."""
    form = load_form(edition)
    names = {g["group"]: _two(g["label"], g["name_en"]) for g in read_csv("groups") if g["table"] == "statistics"}
    units = {u["unit"]: u["zh"] for u in read_csv("units")}
    rows: _Rows = []
    for group, members in groupby(form.rows["statistics"], key=lambda r: r.group):
        rows.append([_th(names[group], columns=3, left=True)])
        for row in members:
            (column,) = form.columns["statistics", row.row]
            slot = (f"statistics.{row.row}.{column.column}", 1)
            rows.append([_th(_two(row.label, row.name_en), left=True), _th(units[column.unit]), slot])
    return rows


def _table(rows: _Rows, cells: Mapping[str, Value], notes: _Notes, marked: Collection[str] = ()) -> str:
    lines = (
        "".join(
            part if isinstance(part, str) else _cell(*part, cells.get(part[0], ABSENT), notes, part[0] in marked)
            for part in row
        )
        for row in rows
    )
    return f'<div class="gr-scroll"><table>{"".join(f"<tr>{line}</tr>" for line in lines)}</table></div>'


def _cell(name: str, span: int, value: Value, notes: _Notes, marked: bool) -> str:
    all_doubts = notes.of(name)
    doubts = [(n, f) for n, f in all_doubts if f.severity != "info" or len(f.cells) <= _MANY_CELLS]
    classes = [f"gr-{value.status}"] if value.status != "given" else ["gr-zero"] * (value.number == 0)
    if doubts:
        classes.append("gr-" + min((f.severity for _, f in doubts), key=SEVERITIES.index))
    if marked:
        classes.append("gr-marked")
    text = _cell_text(value)
    title = [name, value.status if value.status != "given" else "", value.place and f"at {value.place}"]
    if value.raw.strip() not in ("", text):
        title.append(f"printed {value.raw.strip()[:200]!r}")
    title += [f.message for _, f in all_doubts]
    attributes = {
        "colspan": str(span) if span > 1 else "",
        "class": " ".join(classes),
        "title": "; ".join(t for t in title if t),
    }
    written = "".join(f' {key}="{escape(found)}"' for key, found in attributes.items() if found)
    return f"<td{written}>{escape(text)}{_marks(doubts)}</td>"


def _marks(doubts: list[tuple[int, Finding]], most: int = 4) -> str:
    if not doubts:
        return ""
    numbers = ",".join(str(number) for number, _ in doubts[:most])
    return f"<sup>{numbers}{'…' if len(doubts) > most else ''}</sup>"


def _cell_text(value: Value) -> str:
    if value.status == "given" and value.number is not None:
        return number_text(value.number)
    if value.status == "text":
        raw = value.raw.strip()
        return raw if len(raw) <= _LONGEST_CELL else raw[:_LONGEST_CELL] + "…"
    return {"dash": "–", "lost": "?"}.get(value.status, "")


def number_text(number: int | float) -> str:
    """A number as printed in the form: whole amounts without a decimal point. Raises nothing.

    >>> number_text(385.0), number_text(12.5), number_text(1192)
    ('385', '12.5', '1192')
    """
    return str(int(number)) if float(number).is_integer() else repr(float(number))


def _legend() -> str:
    entries = [
        ("gr-blank", "", "blank 空白"), ("", "–", "dash 横线"), ("gr-text", "文", "words 文字"),
        ("gr-absent", "", "not on the page 缺"), ("gr-lost", "?", "could not be assigned 无法对应"),
        ("gr-error", "", "error 错误"), ("gr-warning", "", "warning 存疑"), ("gr-info", "", "note 提示"),
    ]  # fmt: skip
    spans = "".join(f'<b><span class="{c}">{text}&nbsp;</span>{meaning}</b> ' for c, text, meaning in entries)
    return f'<div class="gr-legend">Amounts in 10 000 yuan 金额单位：万元。{spans}</div>'


def _head(report: Report) -> str:
    places = [p for p in report.region[:3] if p]
    known = [
        report.agency_kind, "".join(dict.fromkeys(places)), report.region.adcode,
        f"edition {report.edition} of the form" if report.edition else "edition unknown",
        f"published {report.published}" if report.published else None, f"{report.reader}, {report.encoding}",
    ]  # fmt: skip
    facts = " · ".join(escape(k) for k in known if k)
    name = f"{escape(report.agency or 'agency unknown 机关未知')} · {escape(report.year or 'year unknown 年度未知')}"
    return f'<div class="gr-head">{name}</div><div class="gr-facts">{facts} · {_source(report)}</div>'


def _source(report: Report) -> str:
    for address in (report.url, report.source):
        if address and address.lower().startswith(("http://", "https://")):
            safe = escape(address)
            return f'<a href="{safe}" target="_blank" rel="noopener noreferrer">{safe[:120]}</a>'
    return escape(report.source)


def _findings(findings: tuple[Finding, ...]) -> str:
    if not findings:
        return "<h4>Findings 疑点: none 无</h4>"
    items = "".join(f"<li>{_finding(f.severity, f.rule, f.message)}</li>" for f in findings[:_MOST_FINDINGS])
    more = len(findings) - _MOST_FINDINGS
    rest = f"<p>… and {more} more, see Report.findings</p>" if more > 0 else ""
    return f"<h4>Findings 疑点 ({len(findings)})</h4><ol>{items}</ol>{rest}"


def _finding(severity: Any, rule: Any, message: Any) -> str:
    return f'<span class="gr-tag gr-{escape(severity)}">{escape(severity)} {escape(rule)}</span> {escape(message)}'


def _statements(report: Report) -> str:
    if not report.statements:
        return ""
    items = "".join(
        f"<li>{escape(s.measure)}: {'about ' if s.approximate else ''}{number_text(s.value)} "
        f"({escape(s.quote)}; {escape(s.place)})</li>"
        for s in report.statements
    )
    title = f"Figures stated in prose 正文数字 ({len(report.statements)})"
    return f"<details><summary>{title}</summary><ul>{items}</ul></details>"


def _sections(report: Report) -> str:
    folded = []
    for section in report.sections:
        heading = escape(section.heading or "Before section one 正文之前")
        folded.append(f"<details><summary>{heading}</summary>{_paragraphs(section.text)}</details>")
    return "".join(folded)


def _paragraphs(text: str) -> str:
    shown = "".join(f"<p>{escape(line)}</p>" for line in text[:_LONGEST_SECTION].splitlines() if line.strip())
    more = len(text) - _LONGEST_SECTION
    return shown + (f"<p>… {more:,} more characters, see Report.sections</p>" if more > 0 else "")


def _counts(column: Any, most: int = 12) -> str:
    found = column.value_counts()
    found = found[found > 0]
    if column.name in ("year", "edition", "severity"):
        found = found.sort_index()
    shown = [f"{escape(value)}: {count:,}" for value, count in found.head(most).items()]
    if len(found) > most:
        shown.append(f"and {len(found) - most} more")
    if missing := int(column.isna().sum()):
        shown.append(f"unknown: {missing:,}")
    return ", ".join(shown) or "none"


def _worst(frames: Frames, most: int = 8) -> str:
    """The gravest findings, errors first, at most one a report and rule, so that one page does not fill the list."""
    findings = frames.findings[frames.findings["severity"] != "info"]
    order = findings["severity"].cat.codes.sort_values(kind="stable").index
    shown = findings.loc[order].drop_duplicates(["report_id", "rule"]).head(most)
    if shown.empty:
        return "<p>No errors or warnings. 无错误或存疑。</p>"
    named = shown.merge(frames.reports[["report_id", "agency", "year", "source"]], on="report_id", how="left")
    items = "".join(
        f"<li>{_finding(f.severity, f.rule, f.message)} — {_who(f)}</li>" for f in named.itertuples(index=False)
    )
    return f"<h4>Worst findings 主要疑点 ({len(findings):,} errors and warnings in all)</h4><ul>{items}</ul>"


def _who(row: Any) -> str:
    known = [value for value in (row.agency, row.year) if isinstance(value, str | Integral)]  # no NA
    return escape(" ".join(map(str, known)) or row.source)


def _failures(frames: Frames, most: int = 5) -> str:
    if frames.failures.empty:
        return ""
    items = "".join(
        f"<li>{escape(f.source)}: {escape(f.message)}</li>" for f in frames.failures.head(most).itertuples()
    )
    return f"<h4>Sources that could not be read 未能读取 ({len(frames.failures):,})</h4><ul>{items}</ul>"

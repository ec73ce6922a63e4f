"""Sections two and three: rows found by their labels, and the token of each cell. Nothing is assigned by guess."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from govreport.forms import Row, load_form
from govreport.model import Finding
from govreport.parse import align
from govreport.parse.columns import heading_order
from govreport.parse.copies import uncopied
from govreport.parse.labels import Anchor, find_rows
from govreport.parse.layout import Plan, discriminators
from govreport.parse.sections import heading_labels
from govreport.parse.tokens import Tokens

_END_OF_VALUES = re.compile("[lpx]")
_LEAST_OF_RETURNS = 3
"""Labels of a return before 2019 that must be on a page, one less where the first of them heads the labels; sentences
on any year use one or two of them."""
_LONGEST_HEADING = 120
"""Characters of the headings over section three, on the strip."""


@dataclass(slots=True)
class Table:
    """What one table gave: the token of each cell, what was lost, and where on the page it stands."""

    name: str
    first: int = -1
    last: int = -1
    tokens: dict[int, int] = field(default_factory=dict)
    lost: set[int] = field(default_factory=set)
    findings: list[Finding] = field(default_factory=list)
    expected: int = 0
    met: int = 0
    units: dict[int, str] = field(default_factory=dict)
    """Unit printed beside a cell, where each row prints its own."""
    side: str | None = None
    """"first" where padding stands behind the values, "last" where before them; None when it cannot be seen."""

    @property
    def there(self) -> bool:
        """Whether any label of the table was found."""
        return self.first >= 0


def find_edition(tokens: Tokens) -> tuple[str | None, dict[str, int]]:
    """The edition whose own labels stand on the page, and how many of each edition's were met."""
    strip = tokens.strip
    met = {edition: sum(label in strip for label in labels) for edition, labels in discriminators()}
    for edition, labels in discriminators():
        least = _LEAST_OF_RETURNS - (labels[0] in strip)
        if met[edition] < least and not load_form(edition).rows["applications"]:
            met[edition] = 0
    best = max(met, key=lambda e: (met[e], e))
    return (best if met[best] else None), met


def read_applications(tokens: Tokens, plan: Plan, after: int = 0, side: str | None = None) -> Table:
    """Section three: requests by outcome and applicant.

    Args:
        after: where on the strip to start looking.
        side: where padding stands in the page's other tables, for when this one does not show it.
    """
    table = Table("applications", side=side)
    names = plan.row_labels["applications"]
    strip = tokens.strip
    start = first_of(strip, [label for labels in names[:6] for label in labels if len(label) > 6], after)
    if start < 0:
        start = first_of(strip, ["法律服务机构", "社会公益组织"], after)
        if start < 0:
            return table
    low = first_of(strip, ["申请人情况", "自然人", "总计"], max(after, start - _LONGEST_HEADING), start)
    low = low if low >= 0 else start
    high = _end_of_applications(strip, names, start)
    anchors = find_rows(tokens, plan, "applications", low, high)
    _read_rows(tokens, plan, table, anchors, low, high)
    return table


def second_table(tokens: Tokens, plan: Plan, first: Table) -> list[Finding]:
    """A doubt where a further table of section three stands on the page and says something else.

    Pages carry copies for phones, and joint reports one table for each body.
    """
    label = plan.row_labels["applications"][0][0]
    after = tokens.starts[first.last] if first.there else 0
    if tokens.strip.find(label, after) < 0:
        return []
    second = read_applications(tokens, plan, after)
    differing = tuple(
        plan.form.cells[cell]
        for cell, token in second.tokens.items()
        if cell in first.tokens and tokens.numbers[token][:2] != tokens.numbers[first.tokens[cell]][:2]
    )
    if not differing:
        return []
    return [
        Finding(
            "second_table", "warning", differing, "one table of section three", "two that differ",
            f"A second table of section three stands on the page and differs in {len(differing)} cells; the first was "
            "read. The page may hold the reports of two bodies or of two years.",
        )
    ]  # fmt: skip


def _end_of_applications(strip: str, names: list[tuple[str, ...]], start: int) -> int:
    ends = [len(strip)]
    for label in names[0][:1]:
        again = strip.find(label, start + len(label) + 7)
        if again >= 0:
            ends.append(again)
    for mark in ("未经复议直接起诉", "结果维持", "尚未审结"):
        at = strip.find(mark, start)
        if at >= 0:
            ends.append(at)
    return min(ends)


def first_of(strip: str, labels: list[str], start: int, stop: int | None = None) -> int:
    """Where the first of several labels stands on the strip, -1 for none."""
    hits = [at for label in labels if (at := strip.find(label, start, stop)) >= 0]
    return min(hits, default=-1)


def read_disclosure(tokens: Tokens, plan: Plan, before: int, after: int) -> Table:
    """Section two: documents, decisions and amounts.

    Args:
        before: where section three starts on the strip; section two is looked for in front of it first.
        after: where section three ends; section two may stand behind it.
    """
    table = Table("disclosure")
    strip = tokens.strip
    marks = [label for (t, _), names in plan.column_labels.items() if t == "disclosure" for label in _long(names)]
    marks += ["信息内容", "第二十条第", "二十条第"]
    for low, high in ((0, before), (after, len(strip))):
        start = first_of(strip, marks, low, high)
        if start < 0:
            continue
        stop = _end_of_disclosure(strip, start, high)
        anchors = find_rows(tokens, plan, "disclosure", start, stop)
        if sum(a is not None for a in anchors) >= 2:
            _read_rows(tokens, plan, table, anchors, start, stop)
            return table
    return table


def _long(names: list[tuple[str, ...]]) -> list[str]:
    return [label for labels in names for label in labels if len(label) > 4]


def _end_of_disclosure(strip: str, start: int, high: int) -> int:
    stop = first_of(strip, ["本列数据的勾稽", "申请人情况", "未经复议直接起诉", "结果维持"], start, high)
    return stop if stop >= 0 else high


def _read_rows(tokens: Tokens, plan: Plan, table: Table, anchors: list[Anchor | None], low: int, high: int) -> None:
    """Slice the page at the anchors, lay the values against the columns, keep what holds."""
    rows = plan.form.rows[table.name]
    found = [a for a in anchors if a]
    if not found:
        return
    table.first = tokens.token_at(low)
    while table.first and tokens.labels[table.first - 1] in plan.furniture[table.name]:
        table.first -= 1
    table.last = found[-1].last
    stop_token = tokens.token_at(high) if high < len(tokens.strip) else len(tokens)
    parts: list[align.RowSlice] = []
    usual = align.usual_length(tokens, [tokens.group[a.last] for a in found])
    for number, anchor in enumerate(found):
        stop = found[number + 1].first if number + 1 < len(found) else stop_token
        row = rows[anchor.row]
        part = _slice(tokens, plan, table, row, anchor, stop, usual)
        if len(part.tokens) > part.width:
            part.tokens = uncopied(tokens, plan, part, anchor)
        if len(part.tokens) > part.width:
            part.columns = _headed(tokens, plan, table, row, found[0], anchor)
        parts.append(part)
        table.last = max(table.last, part.tokens[-1] if part.tokens else anchor.last)
        table.expected += part.width
        table.met += min(sum(tokens.kinds[t] != "b" for t in part.tokens), part.width)
    report_labels(plan, table, anchors, found)
    order = heading_order(tokens, plan, table.first, found[0], low) if table.name == "applications" else None
    _assign(tokens, plan, table, parts, order)


def _headed(tokens: Tokens, plan: Plan, table: Table, row: Row, top: Anchor, anchor: Anchor) -> tuple[int, ...] | None:
    """Where the headings above a row say that its values stand; only asked for rows with cells to spare."""
    first = table.first if table.name == "applications" else max(table.first, anchor.first - 24)
    stop = top.first if table.name == "applications" else anchor.first
    return align.headed_columns(tokens, first, stop, plan.form.column_aliases[table.name], row.columns)


def _slice(tokens: Tokens, plan: Plan, table: Table, row: Row, anchor: Anchor, stop: int, usual: int) -> align.RowSlice:
    """Tokens of one row's values: up to the next label, words among the values included."""
    start = anchor.last + 1
    end = _END_OF_VALUES.search(tokens.kind_text, start, stop)
    end_at = end.start() if end else stop
    plain = end is None or (end[0] == "l" and _is_known(plan, table.name, tokens.labels[end_at]))
    if plain and end_at > start and tokens.group[end_at - 1] == tokens.group[anchor.last]:
        line = list(range(start, end_at))
        return align.RowSlice(row.row, len(row.columns), line, anchor.exact, group=tokens.group[anchor.last])
    return _slice_closely(tokens, plan, table, row, anchor, stop, usual)


def _slice_closely(
    tokens: Tokens, plan: Plan, table: Table, row: Row, anchor: Anchor, stop: int, usual: int
) -> align.RowSlice:
    """The slice of a row that goes on in other lines or has words among its values."""
    width = len(row.columns)
    part = align.RowSlice(row.row, width, [], anchor.exact)
    kinds, groups = tokens.kinds, tokens.group
    own_row = groups[anchor.last]
    for token in range(anchor.last + 1, stop):
        kind = kinds[token]
        if kind == "l":
            label = tokens.labels[token]
            if _is_known(plan, table.name, label):
                break
            if len(part.tokens) >= width or (own_row >= 0 and groups[token] != own_row):
                _stranger(table, tokens, token, row)
                break
            part.tokens.append(token)
        elif kind == "p":
            break
        elif kind != "x":
            part.tokens.append(token)
    _drop_sublabel(tokens, table, part, row)
    part.group = own_row
    part.broken = own_row >= 0 and _broken_row(tokens, part, usual)
    if own_row >= 0 and not part.broken:
        own = [t for t in part.tokens if groups[t] == own_row]
        if len(own) >= width or any(kinds[t] != "b" for t in own):
            part.tokens = [t for t in part.tokens if groups[t] == own_row or kinds[t] != "b"]
    return part


def _broken_row(tokens: Tokens, part: align.RowSlice, usual: int) -> bool:
    """Whether a row of text goes on in the next line: short by itself, and of the usual length with it."""
    rows = dict.fromkeys(tokens.group[t] for t in part.tokens)
    own = sum(tokens.group[t] == part.group for t in part.tokens)
    return own < part.width and len(rows) == 2 and sum(tokens.row_length(row) for row in rows) == usual


def _drop_sublabel(tokens: Tokens, table: Table, part: align.RowSlice, row: Row) -> None:
    """Words right behind the row's label, with all values behind them, are a label below the label."""
    lead = 0
    while lead < len(part.tokens) and tokens.kinds[part.tokens[lead]] == "l":
        lead += 1
    rest = part.tokens[lead:]
    if lead and 0 < sum(tokens.kinds[t] != "b" for t in rest) <= part.width <= len(rest):
        _stranger(table, tokens, part.tokens[0], row)
        part.tokens = rest


def _is_known(plan: Plan, table: str, label: str) -> bool:
    """Whether a label is one that the form prints beside its rows: of a group, a section, a column or a block."""
    return label in plan.heads or label in heading_labels() or (len(label) > 1 and label in plan.furniture_text[table])


def _stranger(table: Table, tokens: Tokens, token: int, row: Row) -> None:
    text = tokens.raws[token]
    table.findings.append(
        Finding(
            "unknown_label", "info", (f"{table.name}.{row.row}.{row.columns[-1]}",), "a label of the form", text,
            f"“{text}” ({tokens.place(token)}) is no row or column of the form; its figures are not read.",
        )
    )  # fmt: skip


def report_labels(plan: Plan, table: Table, anchors: list[Anchor | None], found: list[Anchor]) -> None:
    """Findings for rows known by a label with typing errors, and for rows of the form that are not on the page."""
    rows = plan.form.rows[table.name]
    for anchor in found:
        row = rows[anchor.row]
        if not anchor.exact:
            cells = tuple(f"{table.name}.{row.row}.{c}" for c in row.columns)
            table.findings.append(
                Finding(
                    "inexact_label", "info" if len(anchor.found) > 3 else "warning", cells, row.label, anchor.found,
                    f"The row “{row.label}” was recognised although the page prints “{anchor.found}”.",
                )
            )  # fmt: skip
    for number, missing in enumerate(anchors):
        if missing is None:
            row = rows[number]
            cells = tuple(f"{table.name}.{row.row}.{c}" for c in row.columns)
            table.findings.append(
                Finding(
                    "missing_row", "warning", cells, row.label, "not on the page",
                    f"The row “{row.label}” of the form is not on the page, so its figures are not known.",
                )
            )  # fmt: skip


def _assign(tokens: Tokens, plan: Plan, table: Table, parts: list[align.RowSlice], order: list[int] | None) -> None:
    """Lay every slice against the columns under each hypothesis, choose, and mark what is lost."""
    orders = _orders(parts, order)
    readings: list[align.Reading] = []
    trusted: str | None = None
    for name, columns in orders.items():
        for part in parts:
            part.width = len(columns) if columns is not None else len(plan.positions[table.name, part.row])
        fixed = align.value_columns(tokens, parts)
        for part in parts:
            align.find_ways(tokens, part, fixed if columns is not None else part.columns or fixed)
        align.distrust_ragged(tokens, parts)
        table.side = align.padding_side(parts) or table.side
        if trusted is None and table.side and len(orders) == 1:
            trusted = f"{name} {table.side}"
        open_ways = any(len(part.ways) > 1 for part in parts)
        for way in ("first", "last") if open_ways else ("first",):
            readings.append(_reading(plan, table, parts, f"{name} {way}", way, columns))
    chosen, doubtful = align.choose(tokens, readings, plan.sums[table.name], trusted)
    table.tokens = {c: t for c, t in chosen.cells.items() if c not in doubtful}
    table.lost = doubtful
    for part in parts:
        table.lost.update(p for p in plan.positions[table.name, part.row] if p not in table.tokens)
    if order is not None:
        _report_order(plan, table, chosen.name, order)


def _orders(parts: list[align.RowSlice], order: list[int] | None) -> dict[str, list[int] | None]:
    """The orders of columns to try: the form's, and the heading's where it differs and rows are as wide."""
    if order is None:
        return {"form": None}
    if -1 in order:
        wide = sum(len(p.tokens) >= len(order) for p in parts)
        return {"heading": order} if wide * 2 > len(parts) else {"form": None}
    return {"heading": order, "form": None}


def _reading(
    plan: Plan, table: Table, parts: list[align.RowSlice], name: str, way: str, order: list[int] | None
) -> align.Reading:
    cells: dict[int, int] = {}
    for part in parts:
        taken = part.ways.get("only") or part.ways.get(way)
        if taken is None and len(part.ways) == 1:
            taken = next(iter(part.ways.values()))
        if taken is None:
            continue
        positions = plan.positions[table.name, part.row]
        if order is None:
            cells.update(zip(positions, taken, strict=True))
        else:
            cells.update((positions[n], token) for n, token in zip(order, taken, strict=True) if n >= 0)
    return align.Reading(name, cells)


def _report_order(plan: Plan, table: Table, name: str, order: list[int]) -> None:
    columns = plan.form.columns[table.name, "received"]
    cell = (f"{table.name}.received.total",)
    if -1 in order:
        table.findings.append(
            Finding(
                "unknown_label", "info", cell, f"{len(columns)} columns", f"{len(order)} columns",
                "The table has a column that the form lacks; it was passed over.",
            )
        )  # fmt: skip
    else:
        used = "the heading's" if name.startswith("heading") else "the form's"
        printed = "、".join(columns[n].label for n in order)
        table.findings.append(
            Finding(
                "reordered_columns", "warning", cell, "、".join(c.label for c in columns), printed,
                f"The heading prints the columns in the order {printed}. The values were read in {used} order, "
                "because the sums hold best that way.",
            )
        )  # fmt: skip

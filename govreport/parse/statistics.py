"""The statistics return (统计指标 | 单位 | 统计数) and the coded local tables before it: one figure a row.

Rows are told by their labels, never by the numbers that local tables give them. Labels that two blocks share
(被依法纠错数) are told apart by the order of all rows: of all ways to match labels to rows in the order of the form,
the one that matches most is taken.
"""

from __future__ import annotations

from functools import cache
from typing import NamedTuple

from govreport.forms import read_csv, squeeze
from govreport.model import Finding, Value
from govreport.parse.labels import Anchor, Hit, find_mistyped, standing_alone
from govreport.parse.layout import Plan
from govreport.parse.tables import Table, report_labels
from govreport.parse.tokens import Tokens

NAME = "statistics"
LEAST_LABELS = 3
"""Labels of the return that must be on a page before it is taken for one: sentences use one or two of them."""

_UNITS = ("条", "件", "次", "篇", "个", "人", "人次", "万元", "元", "户", "期", "处")
_MOST_BEHIND = 6
"""Tokens behind a label that may still belong to its row."""


class Head(NamedTuple):
    """The heading of the return: what stands in each column behind the label, and where the value stands.

    ``grid`` and ``column`` are 0 where the heading is no grid; ``leading_code`` says that a number stands before
    each label.
    """

    roles: tuple[str, ...]
    grid: int
    column: int
    length: int
    leading_code: bool

    @property
    def value_at(self) -> int | None:
        """Position of the figure behind the label; None where several columns could hold it."""
        for role in ("total", "value"):
            if self.roles.count(role) == 1:
                return self.roles.index(role)
        open_columns = [n for n, role in enumerate(self.roles) if role not in ("unit", "code", "other")]
        return open_columns[0] if len(open_columns) == 1 else None


def read_statistics(tokens: Tokens, plan: Plan) -> Table:
    """The one table of a return: a figure for each row that is on the page."""
    table = Table(NAME)
    low = _start(tokens, plan)
    if low < 0:
        return table
    anchors = _anchors(tokens, plan, low)
    found = sorted((a for a in anchors if a), key=lambda a: a.first)
    if len(found) < LEAST_LABELS:
        return table
    head = _head(tokens, plan, tokens.token_at(low), found[0].first)
    table.first, table.last = min(tokens.token_at(low), found[0].first), found[-1].last
    report_labels(plan, table, anchors, found)
    for number, anchor in enumerate(found):
        stop = found[number + 1].first if number + 1 < len(found) else min(len(tokens), anchor.last + 1 + _MOST_BEHIND)
        _read_row(tokens, plan, table, anchor, stop, head)
    return table


def _start(tokens: Tokens, plan: Plan) -> int:
    """Where the heading stands, or the first long label of a row; -1 for neither."""
    strip = tokens.strip
    names = [label for label, role in _roles().items() if role == "name" and len(label) > 2]
    heads = [hit.at for name in names if (hit := _first_hit(tokens, name, plan))]
    if heads:
        return min(heads)
    long = [label for labels in plan.row_labels[NAME] for label in labels if len(label) > 6]
    return min((at for label in long if (at := strip.find(label)) >= 0), default=-1)


def _first_hit(tokens: Tokens, label: str, plan: Plan) -> Hit | None:
    return next(iter(_hits(tokens, label, 0, plan)), None)


def _hits(tokens: Tokens, label: str, low: int, plan: Plan) -> list[Hit]:
    strip, made = tokens.strip, []
    at = strip.find(label, low)
    while at >= 0:
        if hit := standing_alone(tokens, at, label, plan.heads):
            made.append(hit)
        at = strip.find(label, at + 1)
    return made


def _anchors(tokens: Tokens, plan: Plan, low: int) -> list[Anchor | None]:
    """Rows matched to labels: first in the order of the form, then those whose label can mean nothing else."""
    names = plan.row_labels[NAME]
    hits = [_row_hits(tokens, labels, low, plan) for labels in names]
    chosen = _in_order(hits)
    anchors: list[Anchor | None] = [Anchor(n, h.first, h.last, h.label) if h else None for n, h in enumerate(chosen)]
    if None in anchors:
        find_mistyped(tokens, plan, NAME, low, len(tokens.strip), anchors)
    taken = {a.first for a in anchors if a}
    for number, own in enumerate(hits):
        if anchors[number] is None and len(own) == 1 and own[0].first not in taken and _means_one(own[0], hits):
            anchors[number] = Anchor(number, own[0].first, own[0].last, own[0].label)
    return anchors


def _row_hits(tokens: Tokens, labels: tuple[str, ...], low: int, plan: Plan) -> list[Hit]:
    made: dict[int, Hit] = {}
    for label in labels:
        for hit in _hits(tokens, label, low, plan):
            made.setdefault(hit.first, hit)
    return [made[first] for first in sorted(made)]


def _means_one(hit: Hit, hits: list[list[Hit]]) -> bool:
    return sum(any(h.first == hit.first for h in own) for own in hits) == 1


def _in_order(hits: list[list[Hit]]) -> list[Hit | None]:
    """One hit a row at the most, rising with the rows, as many as can be; longer labels win between equals."""
    steps: list[tuple[int, Hit, tuple[int, int], int]] = []  # row, hit, (matched, letters), step before
    for row, own in enumerate(hits):
        added = []
        for hit in own:
            before, best = -1, (0, 0)
            for number, (_, other, score, _before) in enumerate(steps):
                if other.last < hit.first and score > best:
                    before, best = number, score
            added.append((row, hit, (best[0] + 1, best[1] + len(hit.label)), before))
        steps += added
    chosen: list[Hit | None] = [None] * len(hits)
    at = max(range(len(steps)), key=lambda n: steps[n][2], default=-1)
    while at >= 0:
        row, hit, _, at = steps[at]
        chosen[row] = hit
    return chosen


def _row_of(tokens: Tokens, token: int) -> int:
    """The table row a token stands in; -1 in running text, and where each cell is a row of its own."""
    group = tokens.group[token]
    return group if group >= 0 and tokens.row_length(group) > 1 else -1


@cache
def _roles() -> dict[str, str]:
    return {squeeze(line["label"]): line["role"] for line in read_csv("statistics_heads")}


def _head(tokens: Tokens, plan: Plan, first: int, stop: int) -> Head:
    """The heading between two tokens; without one a unit and a figure are expected."""
    usual = Head(("unit", "value"), 0, 0, 0, False)
    names = [t for t in range(first, stop) if _roles().get(tokens.labels[t]) == "name"]
    if not names:
        return usual
    name = names[0]
    row = _row_of(tokens, name)
    line = [t for t in range(max(0, name - 2), stop) if row < 0 or tokens.group[t] == row]
    line = [t for t in line if t >= name or _roles().get(tokens.labels[t]) == "code"]
    behind = _while_heading(tokens, plan, [t for t in line if t > name], row)
    roles = tuple(_roles().get(tokens.labels[t], "unknown") for t in behind if tokens.kinds[t] != "b")
    made = Head(roles or usual.roles, 0, 0, 0, any(t < name for t in line))
    if row >= 0 and made.value_at is not None and roles:
        solid = [t for t in behind if tokens.kinds[t] != "b"]
        at = solid[made.value_at]
        return made._replace(grid=tokens.grids[at], column=tokens.cells[at].column, length=tokens.row_length(row))
    return made


def _while_heading(tokens: Tokens, plan: Plan, behind: list[int], row: int) -> list[int]:
    """Tokens of the heading: up to the first block, row or sign, for cells may stand on one line or on their own."""
    made = []
    for token in behind:
        label, kind = tokens.labels[token], tokens.kinds[token]
        stranger = _roles().get(label) is None and kind != "b"
        if kind in "dpx" or (stranger and (row < 0 or label in plan.furniture_text[NAME])):
            break
        made.append(token)
    return made


def _read_row(tokens: Tokens, plan: Plan, table: Table, anchor: Anchor, stop: int, head: Head) -> None:
    row = plan.form.rows[NAME][anchor.row]
    position = plan.positions[NAME, row.row][0]
    line = _line(tokens, plan, table, anchor, stop, row.row)
    table.expected += 1
    table.last = max([table.last, *line])
    chosen = _choose(tokens, line, anchor, head)
    if chosen is None:
        table.lost.add(position)
        return
    table.tokens[position] = chosen
    table.met += tokens.kinds[chosen] != "b"
    unit = next((tokens.raws[t].strip() for t in line if _is_unit(tokens, t)), "")
    if unit:
        table.units[position] = unit


def _line(tokens: Tokens, plan: Plan, table: Table, anchor: Anchor, stop: int, row: str) -> list[int]:
    """Tokens behind a label that belong to its row; a label of no row ends it and is reported."""
    group = _row_of(tokens, anchor.last)
    line: list[int] = []
    for token in range(anchor.last + 1, stop):
        kind = tokens.kinds[token]
        if group >= 0 and tokens.group[token] != group and (kind not in "nd" or _figures(tokens, line)):
            _report_strangers(tokens, plan, table, range(token, stop), row)
            break
        if kind == "l" and not _is_unit(tokens, token):
            _report_strangers(tokens, plan, table, range(token, stop), row)
            break
        if kind == "p":
            break
        if kind != "x":
            line.append(token)
    return line


def _report_strangers(tokens: Tokens, plan: Plan, table: Table, between: range, row: str) -> None:
    """Labels between two rows of the form that are none of it: additions of a province or a city."""
    for token in between:
        label = tokens.labels[token]
        known = label in plan.furniture_text[NAME] or label in plan.heads or label in _roles()
        if tokens.kinds[token] != "l" or known or _is_unit(tokens, token) or not _has_figure(tokens, token):
            continue
        text = tokens.raws[token]
        cell = f"{NAME}.{row}.{plan.form.columns[NAME, row][0].column}"
        table.findings.append(
            Finding(
                "unknown_label", "info", (cell,), "a label of the form", text,
                f"“{text}” ({tokens.place(token)}) is no row of the return; its figure is not read.",
            )
        )  # fmt: skip


def _has_figure(tokens: Tokens, label: int) -> bool:
    for token in range(label + 1, min(len(tokens), label + 4)):
        if tokens.kinds[token] in "nd":
            return tokens.kinds[token] == "n"
        if tokens.kinds[token] == "l" and not _is_unit(tokens, token):
            return False
    return False


def _is_unit(tokens: Tokens, token: int) -> bool:
    return tokens.labels[token] in _UNITS


def _choose(tokens: Tokens, line: list[int], anchor: Anchor, head: Head) -> int | None:
    """The token of the row's figure; None where it cannot be told."""
    if head.column and tokens.row_length(tokens.group[anchor.last]) == head.length:
        under = [t for t in line if tokens.cells[t].column == head.column and tokens.grids[t] == head.grid]
        if len(under) == 1 and not _is_unit(tokens, under[0]):
            return under[0]
    if head.leading_code and _row_of(tokens, anchor.last) < 0 and len(line) == len(head.roles) + 1:
        line = line[:-1]  # the number of the next row
    at = head.value_at
    if at is not None and len(line) == len(head.roles):
        return None if _is_unit(tokens, line[at]) else line[at]
    figures = [t for t in line if not _is_unit(tokens, t)]
    solid = _figures(tokens, line)
    if len(head.roles) - ("unit" in head.roles) > 1:
        return None  # codes or other periods stand in the row, and some are missing
    if len(solid) == 1:
        return solid[0]
    return figures[0] if len(figures) == 1 else None


def _figures(tokens: Tokens, line: list[int]) -> list[int]:
    return [t for t in line if not _is_unit(tokens, t) and tokens.kinds[t] != "b"]


def channels_finding(cells: dict[str, Value]) -> list[Finding]:
    """S8: the same item may stand in several channels, so the channels together are no fewer than the items."""
    channels = [f"{NAME}.by_{name}.count" for name in ("gazette", "website", "weibo", "wechat", "other_channel")]
    total = f"{NAME}.disclosed_items.count"
    numbers = [cells[cell].number for cell in (total, *channels) if cell in cells]
    if len(numbers) < 6 or any(number is None for number in numbers):
        return []
    items, *by = [float(n) for n in numbers if n is not None]
    if sum(by) >= items:
        return []
    return [
        Finding(
            "S8", "warning", (total, *channels), f"at least {items:g}", f"{sum(by):g}",
            f"主动公开政府信息数 is {items:g}, but the channels add up to {sum(by):g} only.",
        )
    ]  # fmt: skip

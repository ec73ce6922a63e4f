"""Section four: fifteen values in one row under three levels of headings, or five behind each route."""

from __future__ import annotations

from govreport.parse import align
from govreport.parse.labels import errors_between
from govreport.parse.layout import Plan
from govreport.parse.sections import heading_labels
from govreport.parse.tables import Table, first_of
from govreport.parse.tokens import Tokens

_ALL = 15
"""Values of the table: five results by three routes."""
_MOST_STRANGERS = 2
"""Mistyped short headings that are passed over before any value was met."""


def read_litigation(tokens: Tokens, plan: Plan, start: int, side: str | None) -> Table:
    """Section four: reconsiderations and suits by result, fifteen values behind or beside their headings."""
    table = Table("litigation")
    strip = tokens.strip
    at = first_of(strip, ["未经复议直接起诉", "结果维持", "复议后起诉", "尚未审结"], start)
    if at < 0 and start:
        at, start = first_of(strip, ["未经复议直接起诉", "结果维持"], 0, start), 0
    if at < 0:
        return table
    first = tokens.token_at(at)
    while first > 0 and _heads_litigation(tokens, plan, first - 1):
        first -= 1
    table.first, table.side = first, side
    segments, last = _segments(tokens, plan, first)
    table.last = last
    table.expected = _ALL
    table.met = sum(tokens.kinds[t] != "b" for _, seg in segments for t in seg)
    _assign_litigation(tokens, plan, table, segments)
    return table


def _heads_litigation(tokens: Tokens, plan: Plan, token: int) -> bool:
    kind = tokens.kinds[token]
    if kind == "b":
        return tokens.group[token] >= 0
    return kind == "l" and tokens.labels[token] in plan.furniture_text["litigation"]


def _segments(tokens: Tokens, plan: Plan, first: int) -> tuple[list[tuple[str, list[int]]], int]:
    """Runs of values with the route named last before each; blanks of the headings are left out."""
    aliases = plan.form.row_aliases["litigation"]
    known = plan.furniture_text["litigation"]
    segments: list[tuple[str, list[int]]] = []
    route, last, strangers = "", first, 0
    run: list[int] = []
    for token in range(first, len(tokens)):
        kind = tokens.kinds[token]
        if kind == "l":
            label = tokens.labels[token]
            if label not in known and _near(label, plan) is None:
                if segments or strangers == _MOST_STRANGERS or len(label) > 6 or label in heading_labels():
                    break
                strangers += 1
            if values := _values_of(tokens, run, last, token):
                segments.append((route, values))
            run = []
            route = aliases.get(label, route)
            last = token
        elif kind == "p":
            break
        elif kind != "x":
            run.append(token)
    if values := _values_of(tokens, run, last):
        segments.append((route, values))
    return segments, max([last, *(values[-1] for _, values in segments)])


def _near(label: str, plan: Plan) -> str | None:
    """A heading of section four with a typing error."""
    for column in plan.column_labels["litigation", "reconsideration"]:
        if any(errors_between(label, name) < 99 for name in column):
            return column[0]
    return None


def _values_of(tokens: Tokens, run: list[int], *labels: int) -> list[int]:
    """The values of a run between labels: without the padding of the labels' rows and rows that hold nothing."""
    if len(run) == _ALL and len(labels) == 1 and all(tokens.kinds[t] == "b" for t in run):
        return run
    by_row: dict[int, list[int]] = {}
    for token in run:
        by_row.setdefault(tokens.group[token], []).append(token)
    for own in {tokens.group[label] for label in labels} & by_row.keys():
        if own >= 0 and all(tokens.kinds[t] == "b" for t in by_row[own]):
            del by_row[own]
    solid = [row for row, ts in by_row.items() if any(tokens.kinds[t] != "b" for t in ts)]
    if not solid:
        return next((ts for row, ts in by_row.items() if row >= 0 and len(ts) in (5, 15)), [])
    if all(len(ts) == 1 for ts in by_row.values()) or -1 in by_row:
        return [t for ts in by_row.values() for t in ts]
    rows = list(by_row)
    kept = rows[rows.index(solid[0]) : rows.index(solid[-1]) + 1]
    return [t for row in kept for t in by_row[row]]


def _assign_litigation(tokens: Tokens, plan: Plan, table: Table, segments: list[tuple[str, list[int]]]) -> None:
    rows = [r.row for r in plan.form.rows["litigation"]]
    columns = [c.column for c in plan.form.columns["litigation", rows[0]]]
    names = [f"litigation.{r}.{c}" for r in rows for c in columns]
    everything = {plan.index[n] for n in names}
    taken: dict[int, int] = {}
    if len(segments) == 1:
        part = align.RowSlice("reconsideration", _ALL, segments[0][1])
        align.find_ways(tokens, part, _under_headings(tokens, table, part.tokens))
        if part.ways:
            readings = [align.Reading(side, {plan.index[c]: t for c, t in zip(names, way, strict=True)})
                        for side, way in part.ways.items()]  # fmt: skip
            chosen, doubtful = align.choose(tokens, readings, plan.sums["litigation"], table.side)
            taken = {c: t for c, t in chosen.cells.items() if c not in doubtful}
    else:
        for route, values in segments:
            part = align.RowSlice(route, 5, values)
            align.find_ways(tokens, part, None)
            if route and len(part.ways) == 1:
                way = next(iter(part.ways.values()))
                cells = [plan.index[f"litigation.{route}.{c}"] for c in columns]
                if not taken.keys() & set(cells):
                    taken.update(zip(cells, way, strict=True))
    table.tokens = taken
    table.lost = everything - taken.keys()


def _under_headings(tokens: Tokens, table: Table, values: list[int]) -> tuple[int, ...] | None:
    """Fifteen columns from the one under 行政复议, when that heading's row is as long as the values' row."""
    for token in range(table.first, table.last):
        grid, column = tokens.grids[token], tokens.cells[token].column
        if tokens.labels[token] == "行政复议" and grid:
            rows = (tokens.group[token], tokens.group[values[0]])
            if not tokens.exact[token] and len({tokens.row_length(row) for row in rows}) > 1:
                return None
            suits = [tokens.cells[t][2] for t in range(token, table.last) if tokens.labels[t] == "行政诉讼"]
            return tuple(range(column, column + 15)) if suits[:1] == [column + 5] else None
    return None

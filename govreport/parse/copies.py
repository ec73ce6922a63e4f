"""Merged cells that were written into every cell they had covered, as converters of tables do.

Copied labels are dropped when tokens are made. Copied values show in the heading above, which repeats its labels in
the same cells; they are taken once, and only when all copies agree to the letter.
"""

from __future__ import annotations

from govreport.parse.align import RowSlice
from govreport.parse.labels import Anchor
from govreport.parse.layout import Plan
from govreport.parse.tokens import Tokens

_LOOK_BACK = 40
"""Tokens between a row of section two and the heading of its block, at the most."""


def uncopied(tokens: Tokens, plan: Plan, part: RowSlice, anchor: Anchor) -> list[int]:
    """The values of a row, each once; the tokens as they are when the heading shows no copies."""
    heading = _heading_above(tokens, plan, anchor)
    if heading is None:
        return part.tokens
    row = tokens.group[heading]
    around = range(max(0, heading - _LOOK_BACK), anchor.first)
    above = {tokens.cells[t].column: tokens.raws[t] for t in around if tokens.group[t] == row}
    values: dict[str, list[int]] = {}
    for token in part.tokens:
        values.setdefault(above.get(tokens.cells[token].column, ""), []).append(token)
    if len(values) != part.width or "" in values:
        return part.tokens
    if any(len({tokens.raws[t] for t in copies}) > 1 for copies in values.values()):
        return part.tokens
    return [copies[0] for copies in values.values()]


def _heading_above(tokens: Tokens, plan: Plan, anchor: Anchor) -> int | None:
    known = plan.form.column_aliases["disclosure"]
    for token in range(anchor.first - 1, max(0, anchor.first - _LOOK_BACK) - 1, -1):
        if tokens.labels[token] in known:
            return token if tokens.grids[token] == tokens.grids[anchor.last] else None
    return None

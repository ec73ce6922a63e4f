"""In which order the columns of section three stand on a page, and which of them the form does not have."""

from __future__ import annotations

from govreport.parse.labels import Anchor, header_order
from govreport.parse.layout import Plan
from govreport.parse.tokens import Tokens


def heading_order(tokens: Tokens, plan: Plan, start: int, first: Anchor, low: int) -> list[int] | None:
    """Order of the value columns by the heading on the page; None where it is that of the form.

    An extra column of the page stands in the order as -1.
    """
    names = plan.column_labels["applications", "received"]
    header = tokens.strip[low : tokens.starts[first.first]]
    if not header:
        return None
    order, strangers = header_order(header, names, plan.furniture["applications"])
    if tokens.exact[first.first]:
        placed = _placed_header(tokens, plan, start, first)
        if placed is not None:
            return placed
    if len(order) != len(names):
        return None
    leaves = _leaf_order(order, header)
    if strangers and any(_is_column_word(s) for s in strangers):
        leaves = _with_strangers(leaves, header, names, strangers)
    return None if leaves == list(range(len(names))) else leaves


def _is_column_word(text: str) -> bool:
    return 2 <= len(text) <= 8 and text not in ("情况",)


def _leaf_order(order: list[int], header: str) -> list[int]:
    """Page order of leaves from reading order: the five kinds of organisation stand where their heading does."""
    person, total = 0, 6
    children = [n for n in order if n not in (person, total)]
    middle = header.find("法人或")
    if middle < 0:
        return order
    tops = sorted(
        [
            (header.find("自然人"), [person]),
            (middle, children),
            (max(header.find("总计"), header.find("合计")), [total]),
        ]
    )
    return [n for _, group in tops for n in group]


def _with_strangers(leaves: list[int], header: str, names: list[tuple[str, ...]], strangers: list[str]) -> list[int]:
    """Leaves with -1 where an unknown column stands, told by the label that it follows."""
    made = list(leaves)
    for stranger in strangers:
        at = header.find(stranger)
        before = [(header.rfind(label, 0, at), n) for n, labels in enumerate(names) for label in labels[:1]]
        place, column = max(before, default=(-1, -1))
        made.insert(made.index(column) + 1 if place >= 0 else 0, -1)
    return made


def _placed_header(tokens: Tokens, plan: Plan, start: int, first: Anchor) -> list[int] | None:
    """Order of columns by where their headings stand in an exact grid; None if that is not plain to see."""
    aliases = plan.form.column_aliases["applications"]
    index = {c.column: n for n, c in enumerate(plan.form.columns["applications", "received"])}
    places: dict[int, int] = {}
    strangers: list[int] = []
    for token in range(start, first.first):
        label = tokens.labels[token]
        if tokens.kinds[token] != "l" or tokens.grids[token] != tokens.grids[first.first]:
            continue
        column = tokens.cells[token][2]
        if label in aliases:
            places[column] = index[aliases[label]]
        elif label not in plan.furniture["applications"] and _is_column_word(label):
            strangers.append(column)
    if len(set(places.values())) != len(index) or len(places) != len(index):
        return None
    places.update(dict.fromkeys(strangers, -1))
    order = [places[c] for c in sorted(places)]
    return None if order == list(range(len(index))) else order

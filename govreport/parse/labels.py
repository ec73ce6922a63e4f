"""Finding the labels of the form in the strip, in the order of the form.

Long labels are found first by plain search, short ones (其他, 总计) only between their neighbours, and what is
then missing is looked for among the labels nobody claimed, with a few typing errors allowed.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import NamedTuple

from rapidfuzz.distance import Levenshtein

from govreport.parse.layout import Plan
from govreport.parse.tokens import MARKS, Tokens

LONG = 5
"""Labels of this many characters are distinct enough to be searched for anywhere in the table."""


@dataclass(slots=True)
class Anchor:
    """Where a row label stands: tokens ``first`` to ``last``; ``exact`` unless typing errors were allowed."""

    row: int
    first: int
    last: int
    found: str
    exact: bool = True


class Hit(NamedTuple):
    """A label found on the strip: position, text, first and last token."""

    at: int
    label: str
    first: int
    last: int


def find_rows(tokens: Tokens, plan: Plan, table: str, low: int, high: int) -> list[Anchor | None]:
    """Anchors of a table's rows, in order, between two positions of the strip; None for a label that is not there."""
    names, heads = plan.row_labels[table], plan.heads
    found: list[Hit | None] = [None] * len(names)
    at = low
    for number, labels in enumerate(names):
        if len(labels[0]) >= LONG:
            hit = _search(tokens, labels, at, high, heads)
            if hit:
                found[number] = hit
                at = hit.at + len(hit.label)
    for number, labels in enumerate(names):
        if found[number] is None and len(labels[0]) < LONG:
            start, stop = _between(found, number, low, high)
            found[number] = _search(tokens, labels, start, stop, heads)
    anchors: list[Anchor | None] = [
        Anchor(n, hit.first, hit.last, hit.label) if hit else None for n, hit in enumerate(found)
    ]
    if None in anchors:
        find_mistyped(tokens, plan, table, low, high, anchors)
    if None in anchors:
        _find_short_mistyped(tokens, plan, table, low, high, anchors)
    return anchors


def _between(found: list[Hit | None], number: int, low: int, high: int) -> tuple[int, int]:
    start = next((f.at + len(f.label) for f in reversed(found[:number]) if f), low)
    stop = next((f.at for f in found[number + 1 :] if f), high)
    return start, stop


def _search(tokens: Tokens, labels: tuple[str, ...], start: int, stop: int, heads: frozenset[str]) -> Hit | None:
    strip = tokens.strip
    for label in labels:
        at = strip.find(label, start, stop)
        while at >= 0:
            if hit := standing_alone(tokens, at, label, heads):
                return hit
            at = strip.find(label, at + 1, stop)
    return None


def standing_alone(tokens: Tokens, at: int, label: str, heads: frozenset[str]) -> Hit | None:
    """The hit, when it is a label of its own and not part of a longer one.

    Before it, in its token, only heads of groups may stand; behind it only a note in brackets.
    """
    first = tokens.token_at(at)
    if tokens.labels[first] == label:
        return Hit(at, label, first, first)
    before = tokens.strip[tokens.starts[first] : at]
    if before and before not in heads and not _only_heads(before, heads):
        return None
    last = tokens.token_at(at + len(label) - 1)
    end = tokens.starts[last] + len(tokens.labels[last])
    rest = end - (at + len(label))
    if rest and not (rest >= 2 and tokens.labels[last].startswith(label) and _has_note(tokens.raws[last])):
        return None
    return Hit(at, label, first, last)


def _has_note(text: str) -> bool:
    """Whether a bracket opens behind the first character."""
    return text.replace("（", "(").find("(", 1) > 0


def _only_heads(text: str, heads: frozenset[str]) -> bool:
    for head in heads:
        if text.startswith(head):
            rest = text[len(head) :]
            return not rest or _only_heads(rest, heads)
    return False


def find_mistyped(tokens: Tokens, plan: Plan, table: str, low: int, high: int, anchors: list[Anchor | None]) -> None:
    """Fill missing anchors from unclaimed labels in the gap where they belong, nearest first."""
    names, heads = plan.row_labels[table], plan.heads
    missing = [n for n, a in enumerate(anchors) if a is None]
    for number in missing:
        start, stop = _gap(tokens, low, high, anchors, number)
        best: tuple[int, int, int, str] | None = None
        for first, last, text in _runs(tokens, start, stop, heads):
            distance = min(errors_between(text, label) for label in names[number])
            if distance < 99 and (best is None or distance < best[0]):
                best = (distance, first, last, text)
        if best and not _fits_other(best, names, missing, number):
            anchors[number] = Anchor(number, best[1], best[2], best[3], exact=False)


def _gap(tokens: Tokens, low: int, high: int, anchors: list[Anchor | None], number: int) -> tuple[int, int]:
    """First token behind the row found before, and first token of the row found after."""
    previous = next((a for a in reversed(anchors[:number]) if a), None)
    following = next((a for a in anchors[number + 1 :] if a), None)
    start = previous.last + 1 if previous else tokens.token_at(low)
    stop = following.first if following else (tokens.token_at(high - 1) + 1 if high > low else len(tokens))
    return start, stop


def _find_short_mistyped(
    tokens: Tokens, plan: Plan, table: str, low: int, high: int, anchors: list[Anchor | None]
) -> None:
    """A label of two or three characters with one error, told by its place: the only label nobody claims there.

    Its values must stand right behind it, and one row alone may be missing in the gap.
    """
    names, heads, furniture = plan.row_labels[table], plan.heads, plan.furniture_text[table]
    for number, anchor in enumerate(anchors):
        label = names[number][0]
        alone = anchors[number - 1 : number + 2].count(None) == 1 if number else anchors[:2].count(None) == 1
        if anchor is not None or len(label) >= LONG - 1 or not alone:
            continue
        start, stop = _gap(tokens, low, high, anchors, number)
        free = [run for run in _runs(tokens, start, stop, heads) if run[0] == run[1] and run[2] not in furniture]
        free = [run for run in free if run[0] + 1 < len(tokens) and tokens.kinds[run[0] + 1] in "ndb"]
        if len(free) == 1 and set(free[0][2]) & set(label) and Levenshtein.distance(free[0][2], label) == 1:
            anchors[number] = Anchor(number, free[0][0], free[0][1], free[0][2], exact=False)


def _fits_other(best: tuple[int, int, int, str], names: list[tuple[str, ...]], missing: list[int], number: int) -> bool:
    """Whether another missing row fits the label at least as well: then nobody gets it."""
    others = [n for n in missing if n != number]
    return any(min(errors_between(best[3], label) for label in names[n]) <= best[0] for n in others)


def _runs(tokens: Tokens, start: int, stop: int, heads: frozenset[str]) -> list[tuple[int, int, str]]:
    """Unclaimed label tokens, and neighbouring ones joined, with heads of groups cut off."""
    singles: list[tuple[int, int, str]] = []
    for token in range(start, min(stop, len(tokens))):
        text = tokens.labels[token]
        if tokens.kinds[token] == "l" and text not in heads:
            for head in heads:
                if text.startswith(head) and len(text) > len(head) + 1:
                    text = text[len(head) :]
            singles.append((token, token, text))
    joined = [(a[0], b[1], a[2] + b[2]) for a, b in pairwise(singles) if b[0] - a[1] == 1]
    return singles + joined


def errors_between(text: str, label: str) -> int:
    """Typing errors between a text and a label; 99 when too many to be the same label.

    One error for short labels, two from six characters, three from fifteen; a label cut at its end counts as one
    error when at least half of it and four characters are left.
    """
    size = len(label)
    if text == label:
        return 0
    if size >= 6 and len(text) >= 4 and len(text) * 2 >= size and label.startswith(text):
        return 1
    allowed = 3 if size >= 15 else 2 if size >= 6 else 1 if size >= 4 else 0
    distance = Levenshtein.distance(text, label, score_cutoff=allowed)
    return distance if distance <= allowed else 99


def header_order(header: str, names: list[tuple[str, ...]], furniture: tuple[str, ...]) -> tuple[list[int], list[str]]:
    """Order in which column labels stand in a header's strip, and the pieces that belong to none.

    Args:
        header: strip of the header, marks and all.
        names: for each column its squeezed labels, the printed one first.
        furniture: other known labels of the header, which are passed over.
    """
    text = header
    for mark in MARKS:
        text = text.replace(mark, "")
    for piece in furniture:
        text = text.replace(piece, " " * len(piece))
    places: list[tuple[int, int]] = []
    for number in sorted(range(len(names)), key=lambda n: -len(names[n][0])):
        for label in names[number]:
            at = text.find(label)
            if at >= 0:
                places.append((at, number))
                text = text.replace(label, " " * len(label))
                break
    return [n for _, n in sorted(places)], text.split()

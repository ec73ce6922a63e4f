"""What became of the requests of a view: groups of outcomes as bars of 100 percent, every outcome with its count."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from govreport.plots.lettering import Label, fit, width, write
from govreport.plots.page import CHOSEN, Page, Room, bars, ink_on, nothing, page, strokes, widest
from govreport.plots.style import GROUP_COLOURS, INK, MUTED, Chart, Lang, Words, label
from govreport.plots.wording import (
    CHOSEN_BODY,
    SOURCE,
    SYNTHETIC,
    chosen_line,
    compactly,
    language,
    numbers,
    percent,
    remark,
    scope_of_outcomes,
    synthetic,
)

if TYPE_CHECKING:
    from govreport.explore import View

UNTOLD = "unknown"
_SHORT = 10  # outcomes that a phone has room for
_EDGE = 0.5  # of the lines around fills, some of which are too light to be told from white
_ALL = Words("所选报告", "Reports chosen")
_LIMITS = Words(
    "“不掌握”既含信息不存在，也含不属本机关公开。第8项行政查询依据第36条第（七）项，不属第14—16条的例外。",
    "Not held covers both 'does not exist' and 'not ours to disclose'. Row 8 (register look-ups) rests on "
    "article 36(7), not on the exemptions of articles 14 to 16. ",
)


class _Outcome(NamedTuple):
    """A row of section three: its group, its count and share (NaN: unknown), and the share of the chosen body."""

    outcome: str
    group: str
    n: float
    share: float
    own: float


def outcomes_figure(view: View, *, compact: bool = False) -> Chart:
    """Outcomes of requests: groups as bars of 100 percent, for all reports and for the chosen body, and below them
    every outcome with its count and share; upright marks are the shares of the chosen body.

    A phone shows the ten most frequent outcomes. Shares are of all requests processed, over reports whose total is
    known; what pages leave untold is a group of its own. Headline figures have counts alone.

    Args:
        view: what ``Board.view`` gives.
        compact: for the width of a phone.
    """
    lang = language(view)
    title = Words("申请办理结果", "What became of the requests").get(lang)
    source = (SYNTHETIC if synthetic(view) else SOURCE).get(lang)
    scope = scope_of_outcomes(view, lang)
    processed = _attr(view, "processed")
    if not processed > 0:
        return nothing(page(title, [scope], source, lang, compact=compact), _nothing(view, lang))
    rows = _rows(view)
    lines = [scope, _reading(view, rows, lang, compact=compact), _chosen(view, rows, lang), remark(view)]
    made = page(title, lines, source if compact else _LIMITS.get(lang) + source, lang, compact=compact)
    _draw(made, rows, processed, _attr(view, "body_processed"))
    return made.done()


def _attr(view: View, name: str) -> float:
    value = view.outcomes.attrs.get(name)
    return float("nan") if value is None else float(value)


def _rows(view: View) -> list[_Outcome]:
    """The rows, without shares where requests are fewer than the smallest n."""
    count, share, own = (numbers(view.outcomes, c) for c in ("count", "share", "body_share"))
    least = view.selection.min_n
    if _picked(view):
        count = np.where(count > 0, count, np.nan)
    if _attr(view, "processed") < least:
        share = np.full_like(share, np.nan)
    if _attr(view, "body_processed") < least or np.isnan(share).all():
        own = np.full_like(own, np.nan)
    texts = (view.outcomes[c].astype(str) for c in ("outcome", "group"))
    return [_Outcome(*row) for row in zip(*texts, count, share, own, strict=True)]


def _picked(view: View) -> bool:
    """Whether these are headline figures, of which no shares are made."""
    return bool(view.outcomes["share"].isna().all())


def _chosen(view: View, rows: list[_Outcome], lang: Lang) -> str:
    line, own = chosen_line(view, lang, "┃"), _attr(view, "body_processed")
    if not line or any(row.own == row.own for row in rows):
        return line
    few = Words(f"（办理{own:,.0f}件，不作百分比）", f" ({own:,.0f} processed: no shares)").get(lang)
    return chosen_line(view, lang) + (few if own == own else "")


def _nothing(view: View, lang: Lang) -> str:
    return remark(view) or Words(
        "所选报告中没有办理总数，无法计算构成。没有数字不等于零。",
        "No report chosen gives the number of requests processed. Not known is not zero.",
    ).get(lang)


def _reading(view: View, rows: list[_Outcome], lang: Lang, *, compact: bool) -> str:
    processed = _attr(view, "processed")
    said = Words(f"共{processed:,.0f}件：", f"{processed:,.0f} requests processed: ").get(lang)
    if _shares(rows):
        said += Words("占办理总数的百分比和件数。", "percent of all, and counts.").get(lang)
    else:
        said += Words("件数", "counts").get(lang)
        said += (
            Words("。“–”：没有提到，不等于零。", ". –: not mentioned, which is not zero.")
            if _picked(view)
            else Words(f"；不足{view.selection.min_n}件，不作百分比。", f"; under {view.selection.min_n}: no shares.")
        ).get(lang)
    if (wrong := _attr(view, "n_contradictory")) > 0:
        said += Words(f"{wrong:,.0f}份各项之和超过总计，未计入。",
                      f" {wrong:,.0f} reports left out: outcomes exceed the total.").get(lang)  # fmt: skip
    if compact:
        said += Words(f"只列最多的{_SHORT}项。", f" The {_SHORT} most frequent.").get(lang)
    return said


def _shares(rows: list[_Outcome]) -> bool:
    return any(row.share == row.share for row in rows)


def _draw(made: Page, rows: list[_Outcome], processed: float, own: float) -> None:
    room, stacks = made.room, []
    if _shares(rows):
        stacks.append((_ALL.get(made.lang), [row.share for row in rows], processed, INK))
        if any(row.own == row.own for row in rows):
            stacks.append((CHOSEN_BODY.get(made.lang), [row.own for row in rows], own, CHOSEN))
    top = _draw_stacks(made, rows, stacks, _draw_key(made, rows))
    columns = _columns(rows, compact=made.compact)
    most, gap = max(map(len, columns)), 18.0
    wide = (room.right - room.left - gap * (len(columns) - 1)) / len(columns)
    high = min((top - room.bottom) / most, 1.9 * made.sizes.small)
    for k, part in enumerate(columns):
        left = room.left + k * (wide + gap)
        _draw_rows(made, part, rows, Room(left, top - high * len(part), left + wide, top))


def _columns(rows: list[_Outcome], *, compact: bool) -> list[list[_Outcome]]:
    shown = [row for row in rows if row.outcome != UNTOLD or row.n > 0]
    if compact:
        often = sorted(shown, key=lambda row: -np.nan_to_num(row.n))[:_SHORT]
        return [sorted(often, key=rows.index)]
    half = next((i for i, row in enumerate(shown) if row.group == "unable"), len(shown))
    return [part for part in (shown[:half], shown[half:]) if part]


def _groups(rows: list[_Outcome]) -> list[str]:
    return list(dict.fromkeys(row.group for row in rows if row.group != UNTOLD or row.n > 0 or row.own > 0))


def _draw_key(made: Page, rows: list[_Outcome]) -> float:
    """Names of the groups beside their colours, in as many lines as they need; gives the height left below."""
    size, room, groups = made.sizes.small, made.room, _groups(rows)
    x, y, places = room.left, room.top - 0.7 * size, []
    for group in groups:
        need = width(label("group", group, made.lang), size) + size + 4
        if x > room.left and x + need > room.right:
            x, y = room.left, y - 1.5 * size
        places.append((x, y))
        made.say(x + size + 3, y, label("group", group, made.lang), size=size)
        x += need + 9
    boxes = np.array([(x, y - 0.42 * size, x + 0.84 * size, y + 0.42 * size) for x, y in places])
    made.swatches(boxes, [GROUP_COLOURS[group] for group in groups])
    return y - 1.1 * size


def _draw_stacks(
    made: Page, rows: list[_Outcome], stacks: Sequence[tuple[str, list[float], float, str]], top: float
) -> float:
    """A bar of 100 percent each; gives the height left below."""
    if not stacks:
        return top
    size, room, groups = made.sizes.text, made.room, _groups(rows)
    high = 2.1 * size
    counts = [compactly(n, made.lang) for _, _, n, _ in stacks]
    left = room.left + widest([text for text, *_ in stacks], size) + 6
    right = room.right - widest(counts, size) - 6
    ax = made.axes(Room(left, top - high * len(stacks), right, top), (0, 100), (len(stacks) - 0.5, -0.5))
    boxes, labels = [], []
    for k, ((text, shares, _, ink), count) in enumerate(zip(stacks, counts, strict=True)):
        at = 0.0
        for group in groups:
            wide = 100 * float(np.nansum([s for row, s in zip(rows, shares, strict=True) if row.group == group]))
            boxes.append((at, k - 0.38, at + wide, k + 0.38))
            if wide / 100 * (right - left) > width(f"{wide:.0f}", size) + 2:
                labels.append(Label(at + wide / 2, k, f"{wide:.0f}", size, ink_on(GROUP_COLOURS[group]), "center"))
            at += wide
        made.say(room.left, top - high * (k + 0.5), text, colour=ink)
        made.say(room.right, top - high * (k + 0.5), count, colour=ink, align="right")
    bars(ax, np.array(boxes), [GROUP_COLOURS[g] for g in groups] * len(stacks), edgecolors=MUTED, linewidths=_EDGE)
    write(ax, labels, ax.transData)
    return top - high * len(stacks) - 5


def _draw_rows(made: Page, part: list[_Outcome], rows: list[_Outcome], room: Room) -> None:
    lang, size, use_shares = made.lang, made.sizes.small, _shares(rows)
    shares = ["–" if r.share != r.share else percent(r.share) for r in part] if use_shares else [""] * len(part)
    counts = ["–" if r.n != r.n else compactly(r.n, lang) for r in part]
    count_room = max(widest(counts, size), width("1,234", size))
    share_room = width("99.9%", size) + 8 if use_shares else 0.0
    name_room = (room.right - room.left) * 0.4
    left, right = room.left + 13 + name_room, room.right - count_room - share_room - 6
    values = [r.share * 100 if use_shares else r.n for r in rows] + [r.own * 100 for r in rows if use_shares]
    ax = made.axes(Room(left, room.bottom, right, room.top), (0, max(np.nan_to_num(values).max(), 1e-9)),
                   (len(part) - 0.5, -0.5))  # fmt: skip
    y = np.arange(len(part))
    drawn = np.nan_to_num([r.share * 100 if use_shares else r.n for r in part])
    bars(ax, np.column_stack([0 * drawn, y - 0.3, drawn, y + 0.3])[drawn > 0],
         [GROUP_COLOURS[r.group] for r, v in zip(part, drawn, strict=True) if v > 0], edgecolors=MUTED,
         linewidths=_EDGE)  # fmt: skip
    strokes(ax, [[(0, -0.5), (0, len(part) - 0.5)]], MUTED, 0.8)
    if use_shares:
        strokes(ax, [[(r.own * 100, k - 0.45), (r.own * 100, k + 0.45)] for k, r in enumerate(part) if r.own == r.own],
                CHOSEN, 2.2, zorder=4)  # fmt: skip
    high = (room.top - room.bottom) / len(part)
    for k, (row, share, count) in enumerate(zip(part, shares, counts, strict=True)):
        line, ink = room.top - high * (k + 0.5), INK if row.n > 0 else MUTED
        made.say(room.left + 8, line, fit(_name(row, lang), size, name_room), size=size, colour=ink)
        made.say(room.right - count_room - 6, line, share, size=size, colour=ink, align="right")
        made.say(room.right, line, count, size=size, colour=ink, align="right")
    _mark_groups(made, part, room, high)


def _name(row: _Outcome, lang: Lang) -> str:
    return label("group" if row.outcome == UNTOLD else "outcome", row.outcome, lang)


def _mark_groups(made: Page, part: list[_Outcome], room: Room, high: float) -> None:
    """Colours of the groups at the left edge, each as tall as its rows."""
    groups = list(dict.fromkeys(row.group for row in part))
    ends = [[k for k, row in enumerate(part) if row.group == group] for group in groups]
    boxes = [
        (room.left, room.top - high * (at[-1] + 0.92), room.left + 4, room.top - high * (at[0] + 0.08)) for at in ends
    ]
    made.swatches(np.array(boxes), [GROUP_COLOURS[group] for group in groups])

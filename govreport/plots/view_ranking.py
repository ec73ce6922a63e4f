"""The bodies of a view with the highest values."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from govreport.plots.lettering import Label, clean, fit, width, write
from govreport.plots.page import CHOSEN, SMALL, Page, Room, bars, page, strokes, widest
from govreport.plots.style import BLUE, INK, MUTED, Chart, Lang, Words, drawable
from govreport.plots.wording import (
    compactly,
    empty,
    exact,
    factor,
    foot,
    language,
    name,
    numbers,
    plural,
    remark,
    scope,
    unit,
)

if TYPE_CHECKING:
    import pandas as pd

    from govreport.explore import View

_LINE = 1.62  # ems from row to row
_FEW = 3  # rows kept for bodies that are too small to be ranked


class _Row(NamedTuple):
    """A body: what is written beside its bar."""

    rank: str
    agency: str
    place: str
    year: str
    value: float
    shown: str
    n: str
    chosen: bool
    small: bool
    apart: bool  # from the row above, by rows left out or because it is not ranked

    @property
    def ink(self) -> str:
        """Colour of its letters."""
        return CHOSEN if self.chosen else MUTED if self.small else INK

    @property
    def fill(self) -> str:
        """Colour of its bar."""
        return CHOSEN if self.chosen else SMALL if self.small else BLUE


def ranking_figure(view: View, *, compact: bool = False) -> Chart:
    """The bodies with the highest values as bars, with their denominators; below them some that are too small to be
    ranked, in grey. The chosen body is marked, and added when it is not among them.

    Args:
        view: what ``Board.view`` gives.
        compact: for the width of a phone.
    """
    lang = language(view)
    title = Words(f"{name(view, lang)}：机关，由高到低", f"{name(view, lang)}: bodies, highest first").get(lang)
    if view.ranking.empty:
        return empty(view, title, lang, compact=compact)
    lines = [scope(view, lang), _reading(view, lang), remark(view)]
    made = page(title, lines, foot(view, lang), lang, compact=compact)
    high = made.room.top - made.room.bottom - 1.5 * made.sizes.small
    _draw(made, view, _rows(view, rows_drawn(view.ranking, int(high / (_LINE * made.sizes.text))), lang))
    return made.done()


def _reading(view: View, lang: Lang) -> str:
    ranked = view.ranking.attrs.get("n_ranked")
    total = Words(f"共{ranked:,}个机关排名，", f"{plural(ranked, 'body')} ranked, ").get(lang) if ranked else ""
    said = total + Words("每个机关取最近一份报告。", "each by its latest report.").get(lang)
    if view.measure.kind == "rate":
        said += Words(
            f"n：分母；灰色：分母不足{view.selection.min_n}，不排名，按n排列。",
            f" n: denominator; grey: under {view.selection.min_n}, not ranked, by n.",
        ).get(lang)
    return f"{said[:1].upper()}{said[1:]}"


def rows_drawn(ranking: pd.DataFrame, most: int) -> list[int]:
    """Positions of the rows that have room: ranked ones, three small ones, and the chosen body in any case."""
    small, chosen = (ranking[c].to_numpy(dtype=bool) for c in ("small", "chosen"))
    ranked, rest = np.flatnonzero(~small), np.flatnonzero(small)
    spare = min(len(rest), max(_FEW, most - len(ranked)))
    kept = [*ranked[: most - spare], *rest[:spare]]
    if missing := [i for i in np.flatnonzero(chosen) if i not in kept]:
        kept.remove(next(i for i in reversed(kept) if not small[i] or len(rest) >= most))
        kept = sorted([*kept, missing[0]], key=lambda i: (small[i], i))
    return [int(i) for i in kept]


def _rows(view: View, kept: list[int], lang: Lang) -> list[_Row]:
    rows = view.ranking.iloc[kept]
    several = view.ranking["year"].nunique(dropna=False) > 1
    rank, year, value, n = (numbers(rows, c) for c in ("rank", "year", "value", "n"))
    made = []
    names = rows[["agency", "place", "key", "chosen", "small"]].itertuples(index=False, name=None)
    for k, (agency, place, key, chosen, small) in enumerate(names):
        text = drawable(clean(str(agency)), str(key))
        made.append(
            _Row(
                "–" if np.isnan(rank[k]) else f"{rank[k]:,.0f}",
                f"◆ {text}" if chosen else text,
                _apart(drawable(clean(str(place)), ""), text),
                ("–" if np.isnan(year[k]) else f"{year[k]:.0f}") if several else "",
                float(value[k]) * factor(view),
                exact(float(value[k]), view),
                "" if np.isnan(n[k]) else f"n={compactly(n[k], lang)}",
                bool(chosen),
                bool(small),
                k > 0 and (kept[k] > kept[k - 1] + 1 or np.isnan(rank[k]) != np.isnan(rank[k - 1])),
            )
        )
    return made


def _apart(place: str, agency: str) -> str:
    """The place, if the name of the agency does not tell it already."""
    return "" if not place or place[-3:] in agency or place[-3:-1] in agency else place


def _names(rows: list[_Row], size: float, room: float) -> list[str]:
    """Names with their places as far as these fit; a name is cut only where it alone is too long."""
    whole = [f"{row.place} {row.agency}" if row.place and not row.chosen else row.agency for row in rows]
    return [text if width(text, size) <= room else fit(row.agency, size, room)
            for text, row in zip(whole, rows, strict=True)]  # fmt: skip


def _draw(made: Page, view: View, rows: list[_Row]) -> None:
    size, small, room = made.sizes.text, made.sizes.small, made.room
    at_rank = room.left + widest([row.rank for row in rows], size)
    names = _names(rows, size, (room.right - room.left) * (0.4 if made.compact else 0.44))
    at_year = at_rank + 6 + widest(names, size) + widest([row.year for row in rows], small) + 6
    n_room = widest([row.n for row in rows], small)
    left, right = at_year + 6, room.right - n_room - widest([row.shown for row in rows], size) - 12
    top, high = room.top - 1.5 * small, _LINE * size
    longest = max(float(np.nanmax([row.value for row in rows])), 1e-9)
    ax = made.axes(Room(left, top - high * len(rows), right, top), (0.0, longest), (len(rows) - 0.5, -0.5))
    y, values = np.arange(len(rows)), np.nan_to_num([row.value for row in rows])
    bars(ax, np.column_stack([np.zeros(len(rows)), y - 0.34, values, y + 0.34]), [row.fill for row in rows])
    strokes(ax, [[(0, -0.5), (0, len(rows) - 0.5)]], MUTED, 0.8)
    write(ax, [Label(v, k, row.shown, size, row.ink, dx=4)
               for k, (v, row) in enumerate(zip(values, rows, strict=True))],
          ax.transData)  # fmt: skip
    for k, (row, text) in enumerate(zip(rows, names, strict=True)):
        line = top - high * (k + 0.5)
        made.say(at_rank, line, row.rank, colour=CHOSEN if row.chosen else MUTED, align="right")
        made.say(at_rank + 6, line, text, colour=row.ink)
        made.say(at_year, line, row.year, size=small, colour=CHOSEN if row.chosen else MUTED, align="right")
        made.say(room.right, line, row.n, size=small, colour=MUTED, align="right")
        if row.apart:
            made.rule(line + 0.5 * high)
    made.say(left, room.top - 0.5 * small, unit(view, made.lang), size=small, colour=MUTED)

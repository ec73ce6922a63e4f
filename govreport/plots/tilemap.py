"""A schematic map: each of the 34 units at the level of a province is a tile of the same size, laid out in
``tiles.csv`` so that neighbours stay near each other and north is up.
"""

from __future__ import annotations

import csv
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from matplotlib.axes import Axes
from matplotlib.colors import LinearSegmentedColormap, to_hex

from govreport.errors import FormError
from govreport.plots.lettering import Label, write
from govreport.plots.page import CHOSEN, SMALL, Page, Room, bars, ink_on, nothing, page, widest
from govreport.plots.style import INK, MIN_N, MUTED, Chart, Lang, Words
from govreport.plots.wording import (
    NOTHING,
    brief,
    foot,
    language,
    name,
    numbers,
    remark,
    scope_of_map,
    unit,
)

if TYPE_CHECKING:
    from govreport.explore import View

COLUMNS, ROWS = 7, 8
SHADES = LinearSegmentedColormap.from_list("view", ["#e4eff7", "#9cc7e2", "#3b88bd", "#0a4a7c"])
_FEW, _EMPTY = "#f0f0f0", "#ffffff"
_GAP = 0.04


class Tile(NamedTuple):
    """A place on the map: full name, column from the west, row from the north, short names."""

    province: str
    column: int
    row: int
    zh: str
    en: str
    code: str


@cache
def tiles() -> tuple[Tile, ...]:
    """The tiles of ``tiles.csv``.

    >>> len(tiles())
    34

    Raises:
        FormError: a name or a place stands twice.
    """
    text = files(__package__).joinpath("tiles.csv").read_text(encoding="utf-8")
    made = tuple(
        Tile(r["province"], int(r["column"]), int(r["row"]), r["zh"], r["en"], r["code"])
        for r in csv.DictReader(text.splitlines())
    )
    if len({t.province for t in made}) != len(made) or len({(t.column, t.row) for t in made}) != len(made):
        raise FormError("plots/tiles.csv should name each province and each place once; something stands twice")
    return made


class _Cell(NamedTuple):
    """A tile with what is known of it: value (NaN: unknown), number of reports, whether it is the selected one."""

    tile: Tile
    value: float
    n: int
    chosen: bool

    @property
    def few(self) -> bool:
        return self.n < MIN_N


def tile_map_figure(view: View, *, compact: bool = False) -> Chart:
    """The provinces as tiles, darker for higher values, with the values written on them.

    Tiles of fewer than five reports are grey, those without a figure white. The selected province is framed. For
    counts that span magnitudes the shade follows the logarithm.

    Args:
        view: what ``Board.view`` gives.
        compact: for the width of a phone; English names are then two-letter codes (ISO 3166-2).
    """
    lang = language(view)
    title = Words(f"{name(view, lang)}：各省", f"{name(view, lang)} by province").get(lang)
    cells = _cells(view)
    if all(np.isnan(cell.value) for cell in cells):
        made = page(title, [scope_of_map(view, lang)], foot(view, lang), lang, compact=compact)
        return nothing(made, remark(view) or NOTHING.get(lang))
    lines = [scope_of_map(view, lang), _reading(view, cells, lang), remark(view)]
    made = page(title, lines, foot(view, lang), lang, compact=compact)
    _draw(made, view, cells)
    return made.done()


def _cells(view: View) -> list[_Cell]:
    rows = view.provinces
    known = dict(zip(rows["province"].astype(str), range(len(rows)), strict=True))
    values, counts = numbers(rows, "value"), np.nan_to_num(numbers(rows, "n"))
    made = []
    for tile in tiles():
        at = known.get(tile.province)
        value, n = (float(values[at]), int(counts[at])) if at is not None else (np.nan, 0)
        made.append(_Cell(tile, value if n else np.nan, n, tile.province == view.selection.province))
    return made


def _reading(view: View, cells: list[_Cell], lang: Lang) -> str:
    what = (
        Words("各省合并值（分子之和／分母之和）。", "Pooled: sum of numerators over sum of denominators.")
        if view.measure.kind == "rate"
        else Words(
            "各省所选报告之和，随报告份数而变。", "Sums over the reports chosen: they grow with the number of reports."
        )
    ).get(lang)
    few = sum(cell.few and not np.isnan(cell.value) for cell in cells)
    white = sum(np.isnan(cell.value) for cell in cells)
    if few:
        what += Words(f"灰色：不足{MIN_N}份报告（{few}个）。", f" Grey: under {MIN_N} reports ({few}).").get(lang)
    if white:
        what += Words(f"白色：没有数字（{white}个）。", f" White: no figure ({white}).").get(lang)
    return what


class _Shade(NamedTuple):
    """The colours of values between a lowest and a highest one."""

    low: float
    high: float
    logarithmic: bool

    def part(self, value: float) -> float:
        """Where a value stands between the lowest (0) and the highest (1)."""
        if self.high <= self.low:
            return 0.5
        if self.logarithmic:
            return float(np.log(value / self.low) / np.log(self.high / self.low))
        return (value - self.low) / (self.high - self.low)

    def colour(self, value: float) -> str:
        """The colour of a value."""
        return to_hex(SHADES(self.part(value)))


def _shade(view: View, cells: list[_Cell]) -> _Shade:
    values = [c.value for c in cells if not c.few and not np.isnan(c.value)] or [0.0]
    low, high = min(values), max(values)
    return _Shade(low, high, view.measure.kind != "rate" and low > 0 and high / low >= 50)


def _draw(made: Page, view: View, cells: list[_Cell]) -> None:
    room, shade = made.room, _shade(view, cells)
    high = (room.top - room.bottom) / ROWS
    wide = min((room.right - room.left) / COLUMNS, 2.75 * high)
    left = (room.left + room.right - wide * COLUMNS) / 2
    ax = made.axes(Room(left, room.bottom, left + wide * COLUMNS, room.top), (0, COLUMNS), (ROWS, 0))
    fills = [_EMPTY if np.isnan(c.value) else _FEW if c.few else shade.colour(c.value) for c in cells]
    edges = [SMALL if fill in (_EMPTY, _FEW) else MUTED for fill in fills]
    boxes = np.array([(c.tile.column + _GAP, c.tile.row + _GAP, c.tile.column + 1 - _GAP, c.tile.row + 1 - _GAP)
                      for c in cells])  # fmt: skip
    bars(ax, boxes, fills, edgecolors=edges, linewidths=0.6)
    _frame_chosen(ax, boxes, cells)
    _write_on_tiles(ax, made, view, cells, fills, wide)
    _key(ax, made, view, shade)


def _frame_chosen(ax: Axes, boxes: np.ndarray, cells: list[_Cell]) -> None:
    chosen = boxes[[c.chosen for c in cells]]
    if len(chosen):
        bars(ax, chosen, "none", edgecolors=CHOSEN, linewidths=2.4, zorder=4)


def _write_on_tiles(ax: Axes, made: Page, view: View, cells: list[_Cell], fills: list[str], wide: float) -> None:
    size, small = made.sizes.text, made.sizes.small
    names = [c.tile.zh if made.lang == "zh" else c.tile.en for c in cells]
    if widest(names, size) > wide * (1 - 2 * _GAP) - 3:
        names = [c.tile.zh if made.lang == "zh" else c.tile.code for c in cells]
    labels = []
    for cell, text, fill in zip(cells, names, fills, strict=True):
        ink = MUTED if fill == _EMPTY else INK if fill == _FEW else ink_on(fill)
        x, y = cell.tile.column + 0.5, cell.tile.row + 0.5
        if np.isnan(cell.value):
            labels.append(Label(x, y, text, size, ink, "center"))
            continue
        labels.append(Label(x, y, text, size, ink, "center", dy=0.58 * size))
        labels.append(Label(x, y, brief(cell.value, view, made.lang), small, ink, "center", dy=-0.62 * size))
    write(ax, labels, ax.transData)


def _key(ax: Axes, made: Page, view: View, shade: _Shade) -> None:
    """A strip of the shades with the lowest and the highest value, where the map has no tiles; the unit in any case."""
    if shade.high <= shade.low:
        made_of = [Label(_GAP, 0.52, unit(view, made.lang), made.sizes.small, MUTED)]
        write(ax, made_of, ax.transData)
        return
    steps = 24
    x = np.linspace(_GAP, 2.0, steps + 1)
    boxes = np.column_stack([x[:-1], np.full(steps, 0.52), x[1:], np.full(steps, 0.8)])
    bars(ax, boxes, [to_hex(SHADES(k / (steps - 1))) for k in range(steps)])
    size = made.sizes.small
    low, high = (brief(value, view, made.lang) for value in (shade.low, shade.high))
    labels = [
        Label(x[0], 0.8, low, size, INK, dy=-0.75 * size),
        Label(x[-1], 0.8, high, size, INK, "right", dy=-0.75 * size),
    ]
    scale = Words("（对数）", " (logarithmic)").get(made.lang) if shade.logarithmic else ""
    labels.append(Label(x[0], 0.52, unit(view, made.lang) + scale, size, MUTED, dy=0.75 * size))
    write(ax, labels, ax.transData)

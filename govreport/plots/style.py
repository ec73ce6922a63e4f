"""One look for every figure: type, colours, number labels, heading, source line, and the two languages."""

from __future__ import annotations

import csv
import functools
import io
import re
import unicodedata
from collections.abc import Callable, Iterable
from functools import cache
from importlib.resources import files
from typing import Any, Literal, TypeVar, cast

import numpy as np
import pandas as pd
from matplotlib import rc_context
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.ticker import FixedLocator, FuncFormatter, NullLocator

from govreport.errors import FormError, UsageError
from govreport.forms.words import Both
from govreport.forms.words import Lang as Lang
from govreport.plots.fonts import can_write_chinese, chinese_face

LANGS: tuple[Lang, ...] = ("zh", "en")

MIN_N = 5
"""Fewer reports or requests than this are drawn one by one, greyed, without a median or a share."""

INK, MUTED, FAINT, STRIP = "#222222", "#6b6b6b", "#d9d9d9", "#f3f1ec"
BLUE, ORANGE, GREEN, RED, SKY, PURPLE, YELLOW = (
    "#0072b2", "#e69f00", "#009e73", "#d55e00", "#56b4e9", "#cc79a7", "#f0e442",
)  # fmt: skip
"""The colours of Okabe and Ito, chosen to be told apart by people with any of the usual colour blindnesses."""

GREY = "#b3b3b3"
KIND_COLOURS = {
    "government": RED, "department": BLUE, "street": ORANGE, "township": GREEN, "zone": PURPLE, "other": GREY,
}  # fmt: skip
GROUP_COLOURS = {
    "granted": GREEN, "partly_granted": "#8ccfb9", "exempt": RED, "inquiry": YELLOW, "unable": BLUE,
    "declined": PURPLE, "other_handling": GREY, "unknown": "#ffffff",
}  # fmt: skip

_RC: dict[Any, Any] = {
    "font.size": 9.5,
    "text.color": INK,
    "axes.edgecolor": MUTED,
    "axes.labelcolor": INK,
    "axes.linewidth": 0.7,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.axisbelow": True,
    "axes.titlesize": 10.5,
    "axes.titlelocation": "left",
    "axes.unicode_minus": False,
    "grid.color": "#e6e6e6",
    "grid.linewidth": 0.7,
    "xtick.color": MUTED,
    "xtick.labelcolor": INK,
    "ytick.color": MUTED,
    "ytick.labelcolor": INK,
    "legend.frameon": False,
    "legend.fontsize": 9,
    "hatch.linewidth": 0.6,
    "hatch.color": "#999999",
    "figure.facecolor": "white",
    "savefig.facecolor": "white",
    "svg.hashsalt": "govreport",
}

F = TypeVar("F", bound="Callable[..., Chart]")


Words = Both


SOURCE_HEADLINES = Words(
    "资料来源：各机关公布的政府信息公开工作年度报告（govreport 附带数据，原样照录，未作更正）。"
    "便利样本，只描述所列报告，不代表全国。",
    "Source: annual reports as published by the agencies (bundled with govreport; nothing corrected). "
    "A convenience sample: it describes these reports, not China.",
)
SOURCE_REPORTS = Words(
    "资料来源：图中各机关的政府信息公开工作年度报告，原样照录，未作更正。只描述所列报告，不代表其他机关。",
    "Source: annual reports of the agencies named, as published; nothing corrected. "
    "They describe these reports and no other agency.",
)


class Chart(Figure):
    """A matplotlib Figure that shows itself in a notebook without pyplot, and so leaves no global state."""

    def _repr_png_(self) -> bytes:
        buffer = io.BytesIO()
        self.savefig(buffer, format="png", dpi=110)
        return buffer.getvalue()


def figure(make: F) -> F:
    """Wraps a figure function: checks ``lang``, sets the look while drawing, and leaves matplotlib as it was."""

    @functools.wraps(make)
    def made(*args: Any, **options: Any) -> Chart:
        options["lang"] = usable_lang(options.get("lang", "zh"))
        face = chinese_face()
        families = [*([face.family] if face else []), "DejaVu Sans"]
        with rc_context({**_RC, "font.family": families}):
            chart = make(*args, **options)
        for axes in chart.axes:
            axes.tick_params(labelfontfamily=families)
        return chart

    return cast(F, made)


def usable_lang(lang: str) -> Lang:
    """The language asked for, or English with a warning where no Chinese typeface is to be had.

    Raises:
        UsageError: neither "zh" nor "en".
    """
    if lang == "en":
        return "en"
    if lang == "zh":
        return "zh" if can_write_chinese() else "en"
    raise UsageError(f'lang is "zh" for Chinese or "en" for English labels; found {lang!r}')


def drawable(text: str, otherwise: str) -> str:
    """The text, or the other one where it has Chinese characters and no typeface can draw them."""
    return otherwise if chinese_face() is None and re.search(r"[\u2e80-\uffef]", text) else text


def canvas(width: float, height: float, rows: int = 1, columns: int = 1, **options: Any) -> tuple[Chart, list[Axes]]:
    """A chart of so many inches with axes in rows and columns, listed row by row."""
    chart = Chart(figsize=(width, height))
    FigureCanvasAgg(chart)
    return chart, list(chart.subplots(rows, columns, squeeze=False, **options).flat)


def finish(chart: Chart, title: str, subtitle: str, foot: str) -> Chart:
    """Puts heading and source line above and below the axes and leaves them room."""
    width, height = chart.get_size_inches()
    y = height - 0.12
    for text, size, colour in ((title, 14.0, INK), (subtitle, 9.5, MUTED)):
        lines = wrap(text, (width - 0.4) * 72 / size)
        chart.text(0.15 / width, y / height, "\n".join(lines), size=size, color=colour, va="top", linespacing=1.3)
        y -= len(lines) * size * 1.45 / 72 + 0.04
    lines = wrap(foot, (width - 0.4) * 72 / 7.5)
    chart.text(0.15 / width, 0.08 / height, "\n".join(lines), size=7.5, color=MUTED, va="bottom", linespacing=1.3)
    low = 0.08 + len(lines) * 7.5 * 1.4 / 72 + 0.08
    box = (0.1 / width, low / height, 1 - 0.2 / width, (y - low - 0.05) / height)
    chart.set_layout_engine("constrained", rect=box)
    return chart


def nothing_to_draw(title: str, reason: str) -> Chart:
    """A figure that says why it is empty."""
    chart, (ax,) = canvas(7, 2.4)
    ax.set_axis_off()
    ax.text(0.5, 0.5, "\n".join(wrap(reason, 44)), ha="center", va="center", color=MUTED, size=11)
    return finish(chart, title, "n = 0", "")


def wrap(text: str, ems: float) -> list[str]:
    """Lines of a text no wider than so many ems: Chinese breaks anywhere but before punctuation, English at blanks.

    >>> wrap("本图 n = 3 份", 4)
    ['本图 n =', '3 份']
    """
    lines, line, size = [], "", 0.0
    for token in re.findall(r"\s+|[!-~–—‘’…]+|[（“]?.[，。；：、）”！？]*", text):
        wide = sum(_ems(c) for c in token)
        if line and size + wide > ems:
            lines.append(line.rstrip())
            line, size = "", 0.0
        if line or not token.isspace():
            line, size = line + token, size + wide
    return [*lines, line.rstrip()] if line else lines or [""]


def _ems(character: str) -> float:
    """Width of a character in the typefaces of this module, a little on the wide side."""
    if unicodedata.east_asian_width(character) in "WFA":
        return 1.0
    return 0.57 if character.isdigit() or character.isupper() else 0.49


def number(value: float, lang: Lang) -> str:
    """A count as a label: in Chinese by 万 and 亿, in English with thousands marks and millions.

    >>> number(120000, "zh"), number(120000, "en")
    ('12万', '120,000')
    """
    if lang == "zh" and value >= 1e8:
        return f"{value / 1e8:,.4g}亿"
    if lang == "zh" and value >= 1e4:
        return f"{value / 1e4:,.4g}万"
    if value >= 1e6:
        return f"{value / 1e6:.4g} million"
    return f"{value:,.4g}" if value < 1e4 else f"{value:,.0f}"


def count_scale(
    ax: Axes, which: Literal["x", "y"], highest: float, lang: Lang, *, zero: bool, sparse: bool = False
) -> None:
    """A logarithmic axis of counts; with ``zero``, a shaded strip for zeros, which a logarithm has no place for.

    ``sparse`` labels every second power, for narrow panels.
    """
    top = 10 ** np.ceil(np.log10(max(highest, 10)))
    powers = [10.0**k for k in range(int(np.log10(top)) + 1)]
    axis = ax.xaxis if which == "x" else ax.yaxis
    if zero:
        (ax.set_xscale if which == "x" else ax.set_yscale)("symlog", linthresh=1, linscale=0.45)
        (ax.axvspan if which == "x" else ax.axhspan)(-0.6, 0.6, color=STRIP, zorder=0, lw=0)
    else:
        (ax.set_xscale if which == "x" else ax.set_yscale)("log")
    low = -0.6 if zero else 0.7
    (ax.set_xlim if which == "x" else ax.set_ylim)(low, top * 1.4)
    shown = powers[::2] if sparse else powers
    axis.set_major_locator(FixedLocator([0.0, *shown] if zero else shown))
    axis.set_minor_locator(NullLocator())
    axis.set_major_formatter(FuncFormatter(lambda value, _: number(value, lang)))
    ax.grid(axis=which)


def swarm(values: np.ndarray, width: float, step: float) -> np.ndarray:
    """Sideways offsets that keep equal counts from hiding each other; the same data gives the same picture."""
    at = np.round(np.log10(np.maximum(values, 0.4)) * 14).astype(int)
    offsets = np.zeros(len(at))
    for level in np.unique(at):
        where = np.flatnonzero(at == level)
        spread = min(step * (len(where) - 1), 2 * width)
        offsets[where] = np.linspace(-spread / 2, spread / 2, len(where)) if len(where) > 1 else 0.0
    return offsets


def in_strip(values: np.ndarray) -> np.ndarray:
    """The values with zeros spread over their strip, so that they do not hide each other."""
    spread = np.random.default_rng(values.size).uniform(-0.42, 0.42, values.shape)
    return values + np.where(values == 0, spread, 0.0)


@cache
def _labels() -> dict[tuple[str, str], Words]:
    text = files(__package__).joinpath("labels.csv").read_text(encoding="utf-8")
    rows = list(csv.DictReader(text.splitlines()))
    made = {(r["domain"], r["name"]): Words(r["zh"], r["en"]) for r in rows}
    if len(made) != len(rows):
        raise FormError("plots/labels.csv names something twice")
    return made


def label(domain: str, name: object, lang: Lang) -> str:
    """The short label of a name in figures; a name that is not in labels.csv stands for itself."""
    words = _labels().get((domain, str(name)))
    return words.get(lang) if words else drawable(str(name), "?")


def need(frame: pd.DataFrame, name: str, columns: Iterable[str]) -> pd.DataFrame:
    """The frame, if it has the columns that a figure needs.

    Raises:
        UsageError: not a DataFrame, or a column is missing.
    """
    if not isinstance(frame, pd.DataFrame):
        raise UsageError(f"{name} should be a DataFrame, found {type(frame).__name__}; pass Frames or Headlines")
    if missing := [c for c in columns if c not in frame.columns]:
        raise UsageError(
            f"{name} should have the columns {', '.join(columns)}; {', '.join(missing)} missing, "
            f"found {', '.join(map(str, frame.columns)) or 'none'}"
        )
    return frame

"""The tabs: five pictures and the table of reports; only the open one is drawn."""

from __future__ import annotations

import base64
from typing import TYPE_CHECKING

import ipywidgets
import pandas as pd

from govreport.model import escape
from govreport.plots import views
from govreport.widgets.tables import table_html
from govreport.widgets.words import say

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from govreport.explore import View

FIGURES = {
    "trend": views.trend_figure,
    "ranking": views.ranking_figure,
    "outcomes": views.outcomes_figure,
    "distribution": views.distribution_figure,
    "map": views.tile_map_figure,
}
TABS = (*FIGURES, "table")
_SCREEN, _PHONE = 120.0, 180.0  # dots an inch: laptops show one as one, phones put two or three into one
_CSS_INCH = 120  # a page shows pictures a little larger than paper would


def figure_of(view: View, tab: str, *, compact: bool = False) -> Figure | None:
    """The picture of a tab; None for the table of reports, which has none. Raises nothing for a View of a Board."""
    return FIGURES[tab](view, compact=compact) if tab in FIGURES else None


def frame_of(view: View, tab: str) -> pd.DataFrame:
    """The numbers behind a tab. Raises nothing for a View of a Board."""
    frame: pd.DataFrame = getattr(view, "provinces" if tab == "map" else tab)
    return frame


class Panels:
    """Tabs around a ``View``, the open one drawn.

    Attributes:
        numbers: tick box that shows the numbers behind the picture.
    """

    def __init__(self) -> None:
        self._view: View | None = None
        self._drawn: tuple[str, View, bool] | None = None
        self.contents = {tab: ipywidgets.HTML() for tab in TABS}
        self.tabs = ipywidgets.Tab(list(self.contents.values()), selected_index=0)
        self.numbers = ipywidgets.Checkbox(indent=False)
        self.numbers.add_class("gr-tick")
        self.box = ipywidgets.VBox([self.tabs, self.numbers])

    @property
    def open_tab(self) -> str:
        """Name of the open tab."""
        return TABS[self.tabs.selected_index or 0]

    def show(self, view: View) -> None:
        """Draw the open tab; the others are drawn when they are opened."""
        if self._view is None or self._view.selection.lang != view.selection.lang:
            self.tabs.titles = tuple(say(tab, view.selection.lang) for tab in TABS)
            self.numbers.description = say("numbers", view.selection.lang)
        self._view = view
        for tab, content in self.contents.items():
            if tab != self.open_tab:
                content.value = ""  # rather nothing for a moment than the picture of another selection
        self.draw()

    def draw(self) -> None:
        """Draw the open tab, unless it shows what it should already."""
        if self._view is None:
            return
        tab, wanted = self.open_tab, (self.open_tab, self._view, self.numbers.value)
        if self._drawn != wanted:
            self.contents[tab].value = _panel_html(*wanted)
            self._drawn = wanted


def _panel_html(tab: str, view: View, with_numbers: bool) -> str:
    caption = _caption(view, tab)
    parts = [_picture_html(view, tab, caption) if tab in FIGURES else _shown(view)]
    if with_numbers or tab not in FIGURES:
        parts.append(table_html(frame_of(view, tab), view, caption))
    return "".join(parts)


def counts_text(view: View) -> str:
    """How many reports and bodies are selected, and in how many the figure is known. Raises nothing."""
    facts = {"reports": f"{view.n_reports:,}", "bodies": f"{view.n_bodies:,}", "known": f"{view.n_known:,}"}
    return say("counts", view.selection.lang, **facts)


def _caption(view: View, tab: str) -> str:
    lang = view.selection.lang
    return f"{say(tab, lang)}: {view.measure.name(lang)}. {counts_text(view)}. {view.note}".strip()


def _picture_html(view: View, tab: str, caption: str) -> str:
    """The picture in two shapes, of which the page shows the one that fits: the kernel does not know how wide it is."""
    laptop, phone = figure_of(view, tab), figure_of(view, tab, compact=True)
    images = _image("gr-laptop", laptop, _SCREEN, caption) + _image("gr-phone", phone, _PHONE, caption, "display:none")
    return f'<div class="gr-figure">{images}</div>'


def _image(name: str, figure: Figure | None, dpi: float, caption: str, style: str = "") -> str:
    if figure is None:
        return ""
    png = base64.b64encode(views.view_png(figure, dpi)).decode()
    width = round(figure.get_size_inches()[0] * _CSS_INCH)
    return (
        f'<img class="{name}" alt="{escape(caption)}" style="max-width:{width}px;{style}" '
        f'src="data:image/png;base64,{png}">'
    )


def _shown(view: View) -> str:
    shown, total = len(view.table), view.n_reports
    if shown == total:
        return ""
    return f'<p class="gr-quiet">{say("rows_shown", view.selection.lang, shown=f"{shown:,}", total=f"{total:,}")}</p>'

"""The explorer: controls, pictures, tables and one report around ``Board.view``; nothing is computed here."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import fields, replace
from importlib.resources import files
from typing import TYPE_CHECKING, Any

import ipywidgets

from govreport.bundled import Headlines
from govreport.errors import UsageError
from govreport.explore import Board, Selection
from govreport.frames import Frames
from govreport.model import escape
from govreport.plots import views
from govreport.widgets.body import OneBody
from govreport.widgets.controls import Controls, flow
from govreport.widgets.downloads import MOST_ROWS, csv_bytes, cut_html, links_html, xlsx_bytes
from govreport.widgets.listening import attempt
from govreport.widgets.panels import Panels, counts_text, figure_of, frame_of
from govreport.widgets.words import say

if TYPE_CHECKING:
    from govreport.explore import View

# In JupyterLab and Notebook a key that is pressed on a list or a button also reaches the notebook, where arrows move on
# to another cell and letters insert or delete cells. This mark, known to both, keeps it here.
_KEYS_STAY = (
    "this.closest('.gr-explorer').addEventListener('focusin', "
    "e => e.target.setAttribute('data-lm-suppress-shortcuts', ''))"
)
_PRINT = 200.0  # dots an inch of a picture that is taken away


def explorer(frames: Frames | Headlines, lang: str = "zh", **start: Any) -> Explorer:
    """Explore reports by place, year, kind of body and measure: figures, tables, single reports, downloads.

    >>> import govreport as gr
    >>> explorer(gr.sample(), lang="en", province="江苏省")  # doctest: +SKIP

    Args:
        frames: what ``open_reports`` or ``sample`` gave.
        lang: "zh" or "en"; a control changes it.
        start: what is selected at first, as the fields of ``Selection``: province, city, county, years, kinds,
            measure, min_n, body.

    Returns:
        A widget; in Jupyter it shows itself. ``selection`` and ``view`` say what it shows, ``choose`` changes it.

    Raises:
        UsageError: not frames, or a start that is no selection of these frames.
    """
    if not isinstance(frames, Frames | Headlines):
        raise UsageError(
            f"explorer expects the frames of open_reports or sample, found {type(frames).__name__}; "
            "open files with govreport.open_reports first"
        )
    known = [f.name for f in fields(Selection)]
    if strangers := sorted(start.keys() - set(known)):
        raise UsageError(f"explorer can start with {', '.join(known)}; found {', '.join(strangers)}")
    board = Board(frames) if isinstance(frames, Frames) else Board.from_headlines(frames)
    return Explorer(board, frames, Selection(**({"lang": lang} | start)))


class Explorer(ipywidgets.VBox):  # type: ignore[misc]  # ipywidgets has no types
    """The widget that ``explorer`` gives.

    Attributes:
        selection: what is selected now.
        view: the numbers behind what is shown now.
        controls: place, years, kinds, measure, smallest n, language.
        panels: the tabs.
        one: the body that is chosen, and its report.
    """

    def __init__(self, board: Board, data: Frames | Headlines, start: Selection) -> None:
        self._board, self._start = board, start
        self.selection: Selection = start
        self.view: View = board.view(start)
        self.controls = Controls(board, self._show, self._attempt)
        self.panels = Panels()
        self.one = OneBody(board, data, lambda key: self.choose(body=key), self._attempt)
        self.prepare, self.links = ipywidgets.Button(icon="download"), ipywidgets.HTML()
        self._head, self._counts, self.note = (ipywidgets.HTML() for _ in range(3))
        self._synthetic = _is_synthetic(data)
        super().__init__(self._laid_out())
        self.add_class("gr-explorer")
        self._listen()
        self._show(start)

    def _laid_out(self) -> list[Any]:
        look = files(__package__).joinpath("style.css").read_text(encoding="utf-8")
        self.controls.box.add_class("gr-card")
        self.links.add_class("gr-downloads")
        shown = ipywidgets.VBox(
            [self._counts, self.note, self.panels.box, flow([self.prepare, self.links], "gr-chips")]
        )
        return [
            ipywidgets.HTML(f'<style onload="{_KEYS_STAY}">{look}</style>'),
            self._head,
            flow([self.controls.box, shown], "gr-sides"),
            self.one.box,
        ]

    def _listen(self) -> None:
        self.controls.reset.on_click(
            lambda _: self._attempt(lambda: self._show(replace(self._start, lang=self.selection.lang)))
        )
        self.prepare.on_click(lambda _: self._attempt(self._prepare))
        self.panels.tabs.observe(lambda _: self._attempt(self._turn), names="selected_index")
        self.panels.numbers.observe(lambda _: self._attempt(self._turn), names="value")

    def choose(self, **changes: Any) -> None:
        """Change what is selected, by the fields of ``Selection``; everything follows.

        Raises:
            UsageError: no selection of these frames.
        """
        self._show(replace(self.selection, **changes))

    def _show(self, selection: Selection) -> None:
        view = self._board.view(selection)  # first: where this fails, nothing has changed
        self.selection, self.view = selection, view
        self.controls.write(selection)
        self._tell_view(view)
        self.panels.show(view)
        self.one.show(view)
        self.links.value = ""

    def __repr__(self) -> str:
        return f"<Explorer: {counts_text(self.view)}>"

    def _repr_mimebundle_(self, **options: Any) -> dict[str, Any]:
        """The widget, and a still picture of it for places that run none."""
        made: dict[str, Any] = super()._repr_mimebundle_(**options)
        still = [self._head, self._counts, self.note, self.panels.contents[self.panels.open_tab]]
        return made | {"text/plain": repr(self), "text/html": "".join(part.value for part in still)}

    def _tell_view(self, view: View) -> None:
        lang = view.selection.lang
        warning = f'<p class="gr-note">{say("synthetic", lang)}</p>' if self._synthetic else ""
        self._head.value = f"<h2>{say('title', lang)}</h2><p>{say('intro', lang)}</p>{warning}"
        self.prepare.description, self.prepare.tooltip = say("prepare", lang), say("prepare_hint", lang)
        trap = escape(say("trap", lang, trap=view.trap.rstrip("。."))) if view.trap else ""
        self._counts.value = (
            f'<div role="status"><span class="gr-counts">{escape(counts_text(view))}</span>'
            f'<p class="gr-quiet"><b>{escape(view.measure.name(lang))}</b> {trap}</p></div>'
        )
        self.note.value = f'<p class="gr-note" role="status">{escape(view.note)}</p>' if view.note else ""

    def _turn(self) -> None:
        self.panels.draw()
        self.links.value = ""

    def _prepare(self) -> None:
        if self.links.value:  # they show this view already, and a link must not change under a hand that clicks it
            return
        tab, view = self.panels.open_tab, self.view
        self.prepare.disabled = True
        try:
            self.links.value = self._files(tab, view)
        finally:
            self.prepare.disabled = False

    def _files(self, tab: str, view: View) -> str:
        reports = self._board.table(view.selection, MOST_ROWS)
        rows = reports if tab == "table" else frame_of(view, tab)
        made = {"csv": csv_bytes(rows), "xlsx": xlsx_bytes(view, reports)}
        figure = figure_of(view, tab)
        if figure is not None:
            made |= {"png": views.view_png(figure, _PRINT), "svg": views.view_svg(figure)}
        return links_html(made, view, tab) + cut_html(view, len(reports))

    def _attempt(self, call: Callable[[], None]) -> None:
        attempt(call, self._tell_error)

    def _tell_error(self, told: str) -> None:
        text = say("went_wrong", self.selection.lang, error=told)
        self.note.value = f'<p class="gr-note gr-wrong" role="alert">{escape(text)}</p>'


def _is_synthetic(data: Frames | Headlines) -> bool:
    """Whether any report says that it was simulated: its source begins with ``synthetic:``."""
    return isinstance(data, Frames) and bool(data.reports["source"].str.startswith("synthetic:").any())

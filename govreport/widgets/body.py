"""Choosing one body, and the report of it that is opened."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import ipywidgets
import pandas as pd

from govreport.widgets.controls import flow
from govreport.widgets.listening import Attempt, Listening, fill
from govreport.widgets.report import opened_html
from govreport.widgets.words import say

if TYPE_CHECKING:
    from govreport.bundled import Headlines
    from govreport.explore import Board, View
    from govreport.frames import Frames

NOBODY = ""  # a Dropdown shows nothing for None
_MOST_BODIES = 50


class OneBody(Listening):
    """A search box, the bodies it finds or those of the ranking, the reports of the body, and the report itself.

    Args:
        board: finds bodies.
        data: the reports.
        chosen: called with the key of a body, or None, when a person has chosen.
        attempt: carries the call out and tells what goes wrong.
    """

    def __init__(
        self,
        board: Board,
        data: Frames | Headlines,
        chosen: Callable[[str | None], None],
        attempt: Attempt,
    ) -> None:
        super().__init__(attempt)
        self._board, self._data = board, data
        self._view: View | None = None
        self._opened: tuple[str | None, str] | None = None
        self.search = ipywidgets.Text(continuous_update=True)
        self.body, self.report = ipywidgets.Dropdown(), ipywidgets.Dropdown()
        self.heading, self.page = ipywidgets.HTML(), ipywidgets.HTML()
        fields = (self.search, self.body, self.report)
        for control in fields:
            control.add_class("gr-field")
        self.box = ipywidgets.VBox([self.heading, flow(fields, "gr-grid"), self.page])
        self.hear(self.search, lambda _: self._offer())
        self.hear(self.body, lambda key: chosen(key or None))
        self.hear(self.report, lambda _: self._open())

    def show(self, view: View) -> None:
        """Offer the bodies of a view and open the report of the chosen one."""
        self._view = view
        self._translate(view.selection.lang)
        self._offer()
        reports = self._reports(view)
        ids = [key for _, key in reports]
        latest = next(iter(view.ranking.loc[view.ranking["chosen"], "report_id"]), next(iter(ids), None))
        with self.silently():
            fill(self.report, reports, self.report.value if self.report.value in ids else latest)
        self.report.layout.display = None if reports else "none"
        self._open()

    def _reports(self, view: View) -> list[tuple[str, str]]:
        if view.selection.body is None:
            return []
        rows = self._board.body_reports(view.selection.body)
        unknown = say("year_unknown", view.selection.lang)
        years = [unknown if pd.isna(year) else str(year) for year in rows["year"]]
        return list(zip(years, rows["report_id"], strict=True))

    def _offer(self) -> None:
        """The bodies of the ranking, or those whose name has what was typed; the chosen one always among them."""
        if self._view is None:
            return
        view, typed = self._view, self.search.value.strip()
        if typed:
            bodies = self._board.bodies(view.selection, typed, _MOST_BODIES)
            found = [(f"{body.agency} · {body.place}", body.key) for body in bodies]
        else:
            names, places, keys = (view.ranking[column].tolist() for column in ("agency", "place", "key"))
            found = [(f"{name} · {place}", key) for name, place, key in zip(names, places, keys, strict=True)]
        now = view.selection.body
        if now is not None and now not in [key for _, key in found]:
            body = self._board.body(now, view.selection.lang)
            found.append((f"{body.agency} · {body.place}", now))
        with self.silently():
            fill(self.body, [(say("no_body", view.selection.lang), NOBODY), *found], now or NOBODY)

    def _open(self) -> None:
        """Open the report that is chosen; one that is open already is not made again."""
        if self._view is None:
            return
        lang, key = self._view.selection.lang, self.report.value
        if self._opened == (key, lang) and key is not None:
            return
        if key is not None:
            self.page.value = opened_html(self._data, key, lang)
        else:
            self.page.value = f"<p>{say('open_body', lang)}</p>"
        self._opened = key, lang

    def _translate(self, lang: str) -> None:
        self.heading.value = f"<h3>{say('one_body', lang)}</h3>"
        self.search.description, self.search.placeholder = say("body_search", lang), say("body_hint", lang)
        self.body.description, self.report.description = say("body", lang), say("report", lang)

"""The controls of the explorer: what they say is a Selection, and nothing is computed here."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, Any

import ipywidgets

from govreport.errors import UsageError
from govreport.explore import Board, Selection, text
from govreport.explore.selection import LANGS, LEVELS
from govreport.model import escape
from govreport.plots.style import label
from govreport.schema import AGENCY_KINDS
from govreport.widgets.listening import Attempt, Listening, fill
from govreport.widgets.words import LANGUAGES, say

if TYPE_CHECKING:
    from govreport.explore import Place
    from govreport.explore.selection import Level

ALL = ""  # a Dropdown shows nothing for None
_MATCHES = 8  # as many as fit under the search box without hiding what it changes
_LARGEST_N = 100_000


class Controls(Listening):
    """Labelled controls for a ``Selection``: place, years, kinds, measure, smallest n, language.

    Args:
        board: what there is to choose from.
        chosen: called with the new ``Selection`` when a person has changed something.
        attempt: carries the call out and tells what goes wrong.
    """

    def __init__(self, board: Board, chosen: Callable[[Selection], None], attempt: Attempt) -> None:
        super().__init__(attempt)
        self._board, self._chosen = board, chosen
        self._selection: Selection | None = None
        self.search = ipywidgets.Text(continuous_update=True)
        self.matches = [ipywidgets.Button() for _ in range(_MATCHES)]
        self.no_match = ipywidgets.HTML()
        self.levels = {level: ipywidgets.Dropdown() for level in LEVELS}
        self.first, self.last = ipywidgets.Dropdown(), ipywidgets.Dropdown()
        self.kinds = {kind: ipywidgets.Checkbox(indent=False) for kind in AGENCY_KINDS if kind in board.kinds}
        self.topic, self.measure = ipywidgets.Dropdown(), ipywidgets.Dropdown()
        self.min_n = ipywidgets.BoundedIntText(min=0, max=_LARGEST_N)
        self.lang = ipywidgets.Dropdown(options=tuple(LANGUAGES.items()))
        self.reset = ipywidgets.Button()
        self._kinds_heading = ipywidgets.HTML()
        self._found: list[Place] = []
        self.box = self._laid_out()
        self._listen()

    def _laid_out(self) -> Any:
        years, choices = (self.first, self.last), (self.topic, self.measure, self.min_n, self.lang)
        for field in (self.search, *self.levels.values(), *years, *choices):
            field.add_class("gr-field")
        for tick in self.kinds.values():
            tick.add_class("gr-tick")
        places = flow([*self.matches, self.no_match], "gr-chips")
        places.add_class("gr-places")
        rows = [
            self.search, places, *self.levels.values(),
            flow(years, "gr-pair"), *choices[:2], flow(choices[2:], "gr-pair"),
            flow([self._kinds_heading, *self.kinds.values(), self.reset], "gr-chips"),
        ]  # fmt: skip
        return flow(rows, "gr-grid")

    def _listen(self) -> None:
        self.hear(self.search, self._find)
        for number, button in enumerate(self.matches):
            button.on_click(partial(self._take, number))
        for level, control in self.levels.items():
            self.hear(control, partial(self._move, level))
        self.hear(self.topic, self._turn_to)
        for control in (self.first, self.last, self.measure, self.min_n, self.lang, *self.kinds.values()):
            self.hear(control, lambda _: self._chosen(self.read()))

    def read(self) -> Selection:
        """What the controls say.

        Raises:
            UsageError: the first year is after the last.
        """
        first, last = self.first.value, self.last.value
        if first is not None and first > last:
            raise UsageError(say("years_turned", self.lang.value, first=first, last=last))
        return replace(
            self._shown,
            years=None if (first, last) == self._span else (first, last),
            kinds=tuple(kind for kind, tick in self.kinds.items() if tick.value),
            measure=self.measure.value,
            min_n=self.min_n.value,
            lang=self.lang.value,
        )

    def write(self, selection: Selection) -> None:
        """Show a selection; nobody is told, as no person has changed anything."""
        new_language = self._selection is None or self._selection.lang != selection.lang
        self._selection = selection
        with self.silently():
            if new_language:
                self._translate(selection.lang)
            for level, control in self.levels.items():
                fill(control, self._places(level, selection), selection.place(level) or ALL)
            for control, year in zip((self.first, self.last), selection.years or self._span, strict=True):
                fill(control, self._years(), year)
            for kind, tick in self.kinds.items():
                tick.value = kind in selection.kinds
            self._write_measure(selection)
            self.min_n.value, self.lang.value = selection.min_n, selection.lang

    def _write_measure(self, selection: Selection) -> None:
        topic = next(m.topic for m in self._board.measures if m.id == selection.measure)
        topics = dict.fromkeys(m.topic for m in self._board.measures)
        fill(self.topic, [(text(f"topic.{name}", selection.lang), name) for name in topics], topic)
        measures = [(m.name(selection.lang), m.id) for m in self._board.measures if m.topic == topic]
        fill(self.measure, measures, selection.measure)

    @property
    def _shown(self) -> Selection:
        if self._selection is None:
            raise UsageError("the controls show nothing yet; call write first")
        return self._selection

    @property
    def _span(self) -> tuple[int | None, int | None]:
        return self._board.years or (None, None)

    def _years(self) -> list[int]:
        return list(range(self._board.years[0], self._board.years[1] + 1)) if self._board.years else []

    def _translate(self, lang: str) -> None:
        named: dict[Any, Any] = {
            **self.levels,
            "search": self.search, "first": self.first, "last": self.last, "topic": self.topic,
            "measure": self.measure, "min_n": self.min_n, "lang": self.lang, "reset": self.reset,
        }  # fmt: skip
        for name, control in named.items():
            control.description = say(name, lang)
        self.search.placeholder = self.search.tooltip = say("search_hint", lang)
        self.min_n.tooltip = say("min_n_hint", lang)
        self._kinds_heading.value = f"<b>{say('kinds', lang)}</b>"
        for kind, tick in self.kinds.items():
            tick.description = label("kind", kind, lang)  # type: ignore[arg-type]
        self._find(self.search.value)

    def _places(self, level: Level, selection: Selection) -> list[tuple[str, str]]:
        """Names with numbers of reports; a name that was chosen stays, whatever language it was chosen in."""
        lang, now = selection.lang, selection.place(level)
        nameless = {self._board.unknown(level, other) for other in LANGS}
        counts = self._board.place_counts(level, selection)
        options = [(say("all", lang), ALL)]
        for name, n in counts.items():
            options.append((f"{name} ({n:,})", now if now and {now, name} <= nameless else name))
        return options

    def _move(self, level: Level, name: str) -> None:
        """A place of one level; what was chosen below it belongs to another place."""
        kept = {upper: self._shown.place(upper) for upper in LEVELS[: LEVELS.index(level)]}
        places: dict[Any, Any] = {**dict.fromkeys(LEVELS), **kept, level: name or None}
        self._chosen(replace(self._shown, **places))

    def _turn_to(self, topic: str) -> None:
        first = next(m.id for m in self._board.measures if m.topic == topic)
        self._chosen(replace(self._shown, measure=first))

    def _find(self, typed: str) -> None:
        asked = typed.strip()
        self._found = self._board.search(asked, _MATCHES) if asked else []
        for number, button in enumerate(self.matches):
            there = number < len(self._found)
            if there:
                button.description = _place_text(self._found[number])
            button.layout.display = None if there else "none"
        missing = bool(asked) and not self._found
        self.no_match.value = say("no_match", self._shown.lang, text=escape(asked)) if missing else ""

    def _take(self, number: int, _: Any) -> None:
        place = self._found[number]
        with self.silently():
            self.search.value = ""
        self._attempt(lambda: self._find(""))
        new = replace(self._shown, province=place.province, city=place.city, county=place.county)
        self._attempt(lambda: self._chosen(new))


def _place_text(place: Place) -> str:
    names = dict.fromkeys(name for name in (place.province, place.city, place.county) if name)
    return f"{' '.join(names)} ({place.n:,})"


def flow(children: Iterable[Any], name: str) -> Any:
    """A box whose children the style sheet lays out, under the name of a class."""
    box = ipywidgets.Box(list(children))
    box.add_class(name)
    return box

"""Several data sets on one page, each with its explorer, made when it is first asked for."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

import ipywidgets

from govreport.model import escape
from govreport.widgets.explorer import Explorer, explorer
from govreport.widgets.listening import attempt

if TYPE_CHECKING:
    from govreport.bundled import Headlines
    from govreport.frames import Frames


def several(sets: Mapping[str, Callable[[], Frames | Headlines]], **start: Any) -> Any:
    """A control that names data sets, above the explorer of the chosen one. The first is opened at once.

    Args:
        sets: how to get each data set, by the name that people see.
        start: as in ``explorer``.

    Returns:
        A widget; its ``data`` is the control, ``opened`` the explorers made so far by name.
    """
    return _Several(sets, start)


class _Several(ipywidgets.VBox):  # type: ignore[misc]  # ipywidgets has no types
    def __init__(self, sets: Mapping[str, Callable[[], Frames | Headlines]], start: Mapping[str, Any]) -> None:
        self._sets, self._start = sets, start
        self.opened: dict[str, Explorer] = {}
        self.data = ipywidgets.Dropdown(options=list(sets), description="数据 Data", layout={"max_width": "640px"})
        self.data.layout.width = "auto"
        self.waiting = ipywidgets.HTML()
        super().__init__([self.data, self.waiting])
        self._open(self.data.value)
        self.data.observe(lambda change: attempt(lambda: self._open(change["new"]), self._tell), names="value")

    def _open(self, name: str) -> None:
        if name not in self.opened:
            self._tell(f"{name} …")
            self.opened[name] = explorer(self._sets[name](), **self._start)
            self.waiting.value = ""
        self.children = (self.data, self.waiting, self.opened[name])

    def _tell(self, told: str) -> None:
        self.waiting.value = f'<p role="status">{escape(told)}</p>'

"""A writer of report pages: figures in, a page in any layout met on real sites out.

It serves round trips in tests, the bundled sample pages and invented panels (``panel``). It shares the description
of the form with the parser and nothing else. Layouts stand in ``LAYOUTS``; the numbers in their descriptions
are those of the list of page habits in the documentation of formats.

>>> import random
>>> page = render(invent("2021", random.Random(1)), "2021", "text_pipes", agency="样例市水务局", year=2023)
>>> page.decode().splitlines()[0]
'样例市水务局2023年政府信息公开工作年度报告'
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from govreport.errors import UsageError
from govreport.forms import load_form
from govreport.synthetic.figures import invent
from govreport.synthetic.habits import drop_repeated_lines
from govreport.synthetic.html_layouts import HTML_LAYOUTS
from govreport.synthetic.layout import Layout
from govreport.synthetic.prose import Story, write_parts
from govreport.synthetic.sheet import make_sheets
from govreport.synthetic.text_layouts import TEXT_LAYOUTS

if TYPE_CHECKING:
    from govreport.synthetic.panels import Panel, panel

__all__ = ["LAYOUTS", "Layout", "Panel", "Story", "drop_repeated_lines", "invent", "panel", "render"]

LAYOUTS: dict[str, Layout] = {layout.name: layout for layout in (*TEXT_LAYOUTS, *HTML_LAYOUTS)}
"""Every layout by its name."""

_SAMPLE = Story()
_OF_PANELS = ("Panel", "panel")


def __getattr__(name: str) -> Any:
    """Panels need pandas; who only writes pages does not load it."""
    if name not in _OF_PANELS:
        raise AttributeError(f"module 'govreport.synthetic' has no attribute {name!r}; it offers {', '.join(__all__)}")
    from govreport.synthetic import panels

    return getattr(panels, name)


def render(
    values: Mapping[str, float | int | str | None],
    edition: str,
    layout: str,
    *,
    agency: str,
    year: int,
    blank: str = "",
    prose: bool = True,
    story: Story = _SAMPLE,
) -> bytes:
    """A report page.

    Args:
        values: every statutory cell of the edition by its full name. A number is printed by the habit of the
            layout; None prints ``blank``; a text is printed as it is ("385万元").
        edition: "2019" or "2021".
        layout: a name in ``LAYOUTS``.
        agency: name of the agency.
        year: year reported on.
        blank: what a cell without a number shows: "", "/", "—", "无", or "&nbsp;" for a no-break space.
        prose: whether sections one, five and six have sentences.
        story: what the prose may state beside the tables, and whether the figures are invented.

    Raises:
        UsageError: no such layout, or ``values`` lacks a cell or has one too many.
        FormError: no such edition.
    """
    if layout not in LAYOUTS:
        raise UsageError(f"no layout is called {layout!r}; govreport.synthetic.LAYOUTS lists {len(LAYOUTS)} names")
    form = load_form(edition)
    if strange := set(form.cells) ^ set(values):
        raise UsageError(
            f"render needs each of the {len(form.cells)} cells of edition {edition} and no other; "
            f"missing or unknown: {', '.join(sorted(strange)[:3])} ({len(strange)} in all)"
        )
    chosen = LAYOUTS[layout]
    empty = "\u00a0" if blank == "&nbsp;" else blank
    printed = {}
    for cell in form.cells:
        value = values[cell]
        printed[cell] = empty if value is None else value if isinstance(value, str) else chosen.number(cell, value)
    return chosen.make(write_parts(make_sheets(printed, edition), values, agency, year, story, prose))

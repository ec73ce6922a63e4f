"""Figures of the explorer: a ``View`` in, a Figure out, in the language of its selection.

Each is drawn in a few dozen milliseconds: letters come from ``lettering``, marks are drawn in bulk, and places are
computed instead of solved for. ``compact=True`` gives the shape of a phone. An empty view gives a figure that says so.
"""

from __future__ import annotations

import io
from typing import Any

from matplotlib import rc_context
from matplotlib.figure import Figure

from govreport.plots.tilemap import tile_map_figure
from govreport.plots.view_distribution import distribution_figure
from govreport.plots.view_outcomes import outcomes_figure
from govreport.plots.view_ranking import ranking_figure
from govreport.plots.view_trend import trend_figure

__all__ = [
    "distribution_figure",
    "outcomes_figure",
    "ranking_figure",
    "tile_map_figure",
    "trend_figure",
    "view_png",
    "view_svg",
]

# Whatever a user has set: the size of the picture is the size of the figure, and its ground is white.
_PLAIN: dict[Any, Any] = {"savefig.bbox": None, "savefig.facecolor": "auto", "savefig.transparent": False}


def view_png(chart: Figure, dpi: float = 100) -> bytes:
    """A figure as PNG; 750 x 420 pixels for a laptop, twice that with ``dpi=200``.

    Raises nothing for a figure of this module.
    """
    buffer = io.BytesIO()
    with rc_context(_PLAIN):
        chart.savefig(buffer, format="png", dpi=dpi, metadata={"Software": None}, pil_kwargs={"compress_level": 1})
    return buffer.getvalue()


def view_svg(chart: Figure) -> bytes:
    """A figure as SVG, letters as outlines; equal figures give equal bytes.

    Raises nothing for a figure of this module.
    """
    buffer = io.BytesIO()
    with rc_context(_PLAIN | {"svg.hashsalt": "govreport", "svg.fonttype": "path"}):
        chart.savefig(buffer, format="svg", metadata={"Date": None, "Creator": "govreport"})
    return buffer.getvalue()

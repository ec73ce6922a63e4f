"""The distribution of the peers as a picture that a page holds in itself."""

from __future__ import annotations

from base64 import b64encode
from importlib.util import find_spec
from typing import TYPE_CHECKING

from govreport.analysis.measures import Lang

if TYPE_CHECKING:
    from govreport.evidence.card import EvidenceCard

_DPI = 150


def can_draw() -> bool:
    """Whether matplotlib is there; without it a card tells quantiles only."""
    return find_spec("matplotlib") is not None


def picture(card: EvidenceCard, lang: Lang, *, compact: bool = False) -> str | None:
    """The picture as an address that holds it (``data:``), None without peers or without matplotlib."""
    compared = card.comparison
    if compared.peers.empty or not can_draw():
        return None
    from govreport.plots.peers import peers_figure
    from govreport.plots.views import view_png

    row = dict(compared.row or {}) | {
        "measure": card.measure, "agency": card.report.agency, "year": card.report.year, "value": card.value,
        "numerator": card.numerator, "n": card.n,
    }  # fmt: skip
    chart = peers_figure(row, compared.peers, group=compared.group.get(lang), lang=lang, compact=compact)
    return "data:image/png;base64," + b64encode(view_png(chart, _DPI)).decode("ascii")

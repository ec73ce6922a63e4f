"""Figures: DataFrames in, a matplotlib Figure out, labelled in Chinese or English.

One function a figure; ``lang="zh"`` (the default) or ``lang="en"``. No function changes matplotlib's settings or
leaves a figure open. ``save`` and ``save_all`` write files, nothing else does.

The figures of analysed tables take what ``govreport.analysis`` gives: ``find_outliers``, ``rates``, ``carry_chains``.
The figures of the explorer take a ``govreport.explore.View`` instead, in the language of its selection; ``view_png``
and ``view_svg`` turn them into bytes.

>>> from govreport.bundled import sample
>>> volumes_by_kind(sample("headlines"), lang="en").axes[0].get_xlabel()
'Items disclosed proactively (items, logarithmic scale)'
"""

from govreport.plots.chains import carry_over_chains
from govreport.plots.enforcement import enforcement_by_kind, enforcement_magnitude, penalties_and_licences
from govreport.plots.flow import flow_table, outcome_flow
from govreport.plots.funnel import funnel_plot
from govreport.plots.intervals_ranked import ranked_intervals
from govreport.plots.outcomes import (
    not_held_and_process,
    outcomes_of_reports,
    reason_table,
    reasons_in_headlines,
    refusal_rates,
    refusal_reasons,
)
from govreport.plots.quality import cell_statuses, cells_by_status, findings_matrix
from govreport.plots.reasons_by_group import reasons_by_group, reasons_table
from govreport.plots.report import report_form, save, save_all
from govreport.plots.small_numbers import shares_by_size
from govreport.plots.trend_breaks import trend_with_breaks
from govreport.plots.views import (
    distribution_figure,
    outcomes_figure,
    ranking_figure,
    tile_map_figure,
    trend_figure,
    view_png,
    view_svg,
)
from govreport.plots.volumes import requests_received, volumes_by_kind, volumes_by_province, volumes_by_year
from govreport.plots.years import years_joined

__all__ = [
    "carry_over_chains",
    "cell_statuses",
    "cells_by_status",
    "distribution_figure",
    "enforcement_by_kind",
    "enforcement_magnitude",
    "findings_matrix",
    "flow_table",
    "funnel_plot",
    "not_held_and_process",
    "outcome_flow",
    "outcomes_figure",
    "outcomes_of_reports",
    "penalties_and_licences",
    "ranked_intervals",
    "ranking_figure",
    "reason_table",
    "reasons_by_group",
    "reasons_in_headlines",
    "reasons_table",
    "refusal_rates",
    "refusal_reasons",
    "report_form",
    "requests_received",
    "save",
    "save_all",
    "shares_by_size",
    "tile_map_figure",
    "trend_figure",
    "trend_with_breaks",
    "view_png",
    "view_svg",
    "volumes_by_kind",
    "volumes_by_province",
    "volumes_by_year",
    "years_joined",
]

"""Figures: DataFrames in, a matplotlib Figure out, labelled in Chinese or English.

One function a figure; ``lang="zh"`` (the default) or ``lang="en"``. No function changes matplotlib's settings or
leaves a figure open. ``save`` and ``save_all`` write files, nothing else does.

>>> from govreport.bundled import sample
>>> volumes_by_kind(sample("headlines"), lang="en").axes[0].get_xlabel()
'Items disclosed proactively (items, logarithmic scale)'
"""

from govreport.plots.enforcement import enforcement_by_kind, enforcement_magnitude, penalties_and_licences
from govreport.plots.outcomes import (
    not_held_and_process,
    outcomes_of_reports,
    reason_table,
    reasons_in_headlines,
    refusal_rates,
    refusal_reasons,
)
from govreport.plots.report import report_form, save, save_all
from govreport.plots.volumes import requests_received, volumes_by_kind, volumes_by_province, volumes_by_year

__all__ = [
    "enforcement_by_kind",
    "enforcement_magnitude",
    "not_held_and_process",
    "outcomes_of_reports",
    "penalties_and_licences",
    "reason_table",
    "reasons_in_headlines",
    "refusal_rates",
    "refusal_reasons",
    "report_form",
    "requests_received",
    "save",
    "save_all",
    "volumes_by_kind",
    "volumes_by_province",
    "volumes_by_year",
]

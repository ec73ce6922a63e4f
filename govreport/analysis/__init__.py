"""What reports tell when they are put together: measures, rates with intervals, bodies that stand out.

A measure is a line of ``forms/measures.csv``. ``measure_values`` gives its value, denominator and status for each
report of ``Frames``. A blank is unknown, not zero, unless a printed total proves it; nothing is divided by zero.
``rates`` adds reports up, ``find_outliers`` compares each with its peers. Names that need statistics packages load
them when they are called.

>>> from govreport.bundled import sample
>>> values = measure_values(sample(), ["not_held_share"])
>>> values["not_held_share"].loc["9733b98c650894ca", "n"]
np.int64(3521)
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

from govreport.analysis.agencies import AgencyLinks, link_agencies
from govreport.analysis.betabinomial import funnel_limits
from govreport.analysis.cells import MEASURE_STATUSES, CellTable, cells_of_frames, cells_of_headlines
from govreport.analysis.chains import carry_chains
from govreport.analysis.changes import structure_changes
from govreport.analysis.discoveries import adjusted
from govreport.analysis.identical import identical_tables
from govreport.analysis.intervals import clopper_pearson, wilson
from govreport.analysis.measures import Break, Measure, find_measure, load_breaks, load_indices, load_measures
from govreport.analysis.outcomes import outcome_order
from govreport.analysis.outlier_method import OutlierMethod
from govreport.analysis.outlier_text import outlier_text
from govreport.analysis.outliers import find_outliers
from govreport.analysis.parents import parent_sums
from govreport.analysis.passages import shared_passages
from govreport.analysis.peers import LEVELS, body_codes, levels, peer_steps, thresholds
from govreport.analysis.rates import flag_text, rates
from govreport.analysis.similar import TextOptions, find_similar
from govreport.analysis.similar_groups import similar_groups
from govreport.analysis.values import Values, evaluate, measure_values, status_column

if TYPE_CHECKING:
    from govreport.analysis.calibration import calibration_table, power_table

__all__ = [
    "LEVELS",
    "MEASURE_STATUSES",
    "AgencyLinks",
    "Break",
    "CellTable",
    "Measure",
    "OutlierMethod",
    "TextOptions",
    "Values",
    "adjusted",
    "body_codes",
    "calibration_table",
    "carry_chains",
    "cells_of_frames",
    "cells_of_headlines",
    "clopper_pearson",
    "evaluate",
    "find_measure",
    "find_outliers",
    "find_similar",
    "flag_text",
    "funnel_limits",
    "identical_tables",
    "levels",
    "link_agencies",
    "load_breaks",
    "load_indices",
    "load_measures",
    "measure_values",
    "outcome_order",
    "outlier_text",
    "parent_sums",
    "peer_steps",
    "power_table",
    "rates",
    "shared_passages",
    "similar_groups",
    "status_column",
    "structure_changes",
    "thresholds",
    "wilson",
]

# Modules that are loaded when one of their names is asked for, since what they stand on is slow to load.
_LATER = {"calibration_table": "calibration", "power_table": "calibration"}


def __getattr__(name: str) -> Any:
    if name not in _LATER:
        raise AttributeError(f"module 'govreport.analysis' has no attribute {name!r}; it offers {', '.join(__all__)}")
    return getattr(import_module(f"govreport.analysis.{_LATER[name]}"), name)

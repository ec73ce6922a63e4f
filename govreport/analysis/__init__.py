"""Measures of reports: what is counted, what is divided by what, and what can be told of each report.

A measure is a line of ``forms/measures.csv``. ``measure_values`` gives its value, denominator and status for each
report of ``Frames``. A blank is unknown, not zero, unless a printed total proves it; nothing is divided by zero.

>>> from govreport.bundled import sample
>>> values = measure_values(sample(), ["not_held_share"])
>>> values["not_held_share"].loc["9733b98c650894ca", "n"]
np.int64(3521)
"""

from govreport.analysis.cells import MEASURE_STATUSES, CellTable, cells_of_frames, cells_of_headlines
from govreport.analysis.measures import Break, Measure, find_measure, load_breaks, load_measures
from govreport.analysis.outcomes import outcome_order
from govreport.analysis.values import Values, evaluate, measure_values, status_column

__all__ = [
    "MEASURE_STATUSES",
    "Break",
    "CellTable",
    "Measure",
    "Values",
    "cells_of_frames",
    "cells_of_headlines",
    "evaluate",
    "find_measure",
    "load_breaks",
    "load_measures",
    "measure_values",
    "outcome_order",
    "status_column",
]

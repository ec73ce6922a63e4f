"""The explorer without its controls: a ``Selection`` in, a ``View`` of DataFrames out.

>>> from govreport.bundled import sample
>>> board = Board(sample())
>>> board.view(Selection(province="江苏省", measure="received")).n_reports
3
"""

from govreport.explore.board import Board
from govreport.explore.notes import text
from govreport.explore.selection import Body, Place, Selection
from govreport.explore.view import View

__all__ = ["Board", "Body", "Place", "Selection", "View", "text"]

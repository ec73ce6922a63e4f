"""The explorer for Jupyter and Voila: thin controls around ``govreport.explore`` and ``govreport.plots``.

It needs ``pip install "govreport[explorer]"``.
"""

from govreport.widgets.explorer import Explorer, explorer
from govreport.widgets.page import several

__all__ = ["Explorer", "explorer", "several"]

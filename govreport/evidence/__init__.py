"""Evidence cards: one page about one figure of one report, to be printed, checked and cited.

``evidence`` puts an ``EvidenceCard`` together: the figure with its fraction, the cells and the table around it, its
peers, the body's other years, doubts, source, what it does not prove, and questions to put to the body.
"""

from govreport.evidence.card import EvidenceCard, Year
from govreport.evidence.cells import CellLine
from govreport.evidence.gather import evidence
from govreport.evidence.peers import Comparison
from govreport.evidence.words import Point
from govreport.forms.words import Both

__all__ = ["Both", "CellLine", "Comparison", "EvidenceCard", "Point", "Year", "evidence"]

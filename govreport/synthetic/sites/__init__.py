"""A web of small invented government sites on this machine, to try a crawler on.

Each site has one style of real sites, or one kind of trouble; ``forms/sites_styles.csv`` lists them. Bodies, words and
figures are invented, and each page says so. Nothing here reaches beyond this machine; what must not be asked (another
host, private addresses, files) is linked on purpose and noted as a trap.

>>> with local_web(sites=["trs"]) as web:
...     web.truth[0].agency, web.truth[0].year, web.truth[0].values["applications.received.total"] >= 0
('青澜县人民政府（合成）', 2023, True)

As a process of its own, until SIGTERM::

    python -m govreport.synthetic.sites --port-file ports.json --log hits.jsonl

``read_ports`` and ``read_log`` read its files.
"""

from __future__ import annotations

from govreport.synthetic.sites.host import OUTSIDE, Site, Target, Trap, Trouble
from govreport.synthetic.sites.plan import figures_of
from govreport.synthetic.sites.process import Ports, read_log, read_ports
from govreport.synthetic.sites.styles import STYLES
from govreport.synthetic.sites.web import Hit, LocalWeb, local_web

__all__ = [
    "OUTSIDE",
    "STYLES",
    "Hit",
    "LocalWeb",
    "Ports",
    "Site",
    "Target",
    "Trap",
    "Trouble",
    "figures_of",
    "local_web",
    "read_log",
    "read_ports",
]

"""Chinese government-information-disclosure annual reports (政府信息公开工作年度报告) as tidy DataFrames.

>>> import govreport as gr
>>> reports = gr.open_reports("saved_pages/")  # doctest: +SKIP
>>> reports.applications.head()  # doctest: +SKIP
>>> reports.findings  # doctest: +SKIP

Each name below is loaded from its module when it is first used, so that importing the package costs little.
"""

from __future__ import annotations

import logging
from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from govreport.api import open_reports
    from govreport.bulk import collect_reports
    from govreport.bundled import sample
    from govreport.checks import run_checks
    from govreport.crawl import crawl_sites
    from govreport.errors import GovreportError
    from govreport.fetch import fetch_page, find_reports
    from govreport.frames import Frames, to_frames
    from govreport.model import Document, Report
    from govreport.parse import parse_report
    from govreport.read import read_document

__all__ = [
    "Document",
    "Frames",
    "GovreportError",
    "Report",
    "__version__",
    "collect_reports",
    "crawl_sites",
    "fetch_page",
    "find_reports",
    "open_reports",
    "parse_report",
    "read_document",
    "run_checks",
    "sample",
    "to_frames",
]

_HOMES = {
    "Document": "model",
    "Frames": "frames",
    "GovreportError": "errors",
    "Report": "model",
    "collect_reports": "bulk",
    "crawl_sites": "crawl",
    "fetch_page": "fetch",
    "find_reports": "fetch",
    "open_reports": "api",
    "parse_report": "parse",
    "read_document": "read",
    "run_checks": "checks",
    "sample": "bundled",
    "to_frames": "frames",
}

logging.getLogger(__name__).addHandler(logging.NullHandler())


def __getattr__(name: str) -> Any:
    if name == "__version__":
        from importlib.metadata import version

        found: Any = version("govreport")
    elif name in _HOMES:
        found = getattr(import_module(f"govreport.{_HOMES[name]}"), name)
    else:
        raise AttributeError(f"module 'govreport' has no attribute {name!r}; it offers {', '.join(__all__)}")
    globals()[name] = found
    return found


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})

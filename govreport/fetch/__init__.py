"""Addresses to bytes with provenance, and the annual reports that a column page lists.

``fetch_page`` gives one page, ``find_reports`` the reports on one list page, ``FetchSettings`` says how to fetch.
Knows nothing of what stands in a report.
"""

from __future__ import annotations

from govreport.fetch.links import ReportLink, find_reports
from govreport.fetch.page import fetch_page
from govreport.fetch.settings import FetchSettings

__all__ = ["FetchSettings", "ReportLink", "fetch_page", "find_reports"]

"""Reading reports in bulk: from sources of any size to a dataset in Parquet, by one process, many, or a cluster."""

from __future__ import annotations

from govreport.bulk.collect import collect_reports
from govreport.query.dataset import Dataset

__all__ = ["Dataset", "collect_reports"]

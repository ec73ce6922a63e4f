"""From a list of addresses to a web archive: finds annual reports on government sites, politely, and keeps all of it.

``crawl_sites`` does it, ``CrawlSettings`` says how, ``CrawlStatus`` tells what came of it. ``look_at`` judges one page.
Knows nothing of what stands in a report. Each name is loaded when it is first used.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from govreport.crawl.discover import Lead, Look, look_at
    from govreport.crawl.run import Preview, crawl_sites, preview_crawl, preview_folder
    from govreport.crawl.settings import CrawlSettings
    from govreport.crawl.status import CrawlStatus, read_status

__all__ = [
    "CrawlSettings",
    "CrawlStatus",
    "Lead",
    "Look",
    "Preview",
    "crawl_sites",
    "look_at",
    "preview_crawl",
    "preview_folder",
    "read_status",
]

_HOMES = {
    "CrawlSettings": "settings",
    "CrawlStatus": "status",
    "Lead": "discover",
    "Look": "discover",
    "Preview": "run",
    "crawl_sites": "run",
    "look_at": "discover",
    "preview_crawl": "run",
    "preview_folder": "run",
    "read_status": "status",
}


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module 'govreport.crawl' has no attribute {name!r}; it offers {', '.join(__all__)}")
    found = getattr(import_module(f"govreport.crawl.{_HOMES[name]}"), name)
    globals()[name] = found
    return found

"""The process that crawls. Takes one line of JSON, tells numbers as lines of JSON, ends when it is told or left alone.

Input: ``{"folder": ..., "urls": [...], "settings": {...}}``, later perhaps ``stop``. The end of the input means that
whoever started the crawl is gone; then this process ends at once, which the folder bears at any moment.
Output: ``{"done": 12, "failed": 0, ...}`` now and then, then ``{"end": why}`` or
``{"error": {"kind": ..., "message": ...}}``.
"""

from __future__ import annotations

import json
import logging
import os
import sqlite3
import threading
from pathlib import Path
from time import monotonic, sleep
from typing import IO, Any

from scrapy.crawler import CrawlerProcess
from scrapy.settings import default_settings

from govreport.crawl.engine.spider import ReportSpider
from govreport.crawl.frontier import locked
from govreport.crawl.keeper import Keeper
from govreport.crawl.settings import CrawlSettings
from govreport.errors import GovreportError

_TELL_SECONDS = 1.0
_HERE = "govreport.crawl.engine"
_log = logging.getLogger(__name__)


def main() -> None:
    """Run one crawl."""
    output = _own_output()
    job = json.loads(_first_line())
    try:
        stopped = _crawl(Path(job["folder"]), job["urls"], CrawlSettings(**job["settings"]), output)
        last: dict[str, Any] = {"end": stopped}
    except GovreportError as error:
        last = {"error": {"kind": error.kind, "message": str(error)}}
    except (sqlite3.Error, OSError) as error:
        last = {"error": {"kind": "error", "message": f"{job['folder']}: {error}"}}
    _say(output, last)


def _crawl(folder: Path, urls: list[str], settings: CrawlSettings, output: IO[str]) -> str:
    with locked(folder), Keeper(folder, urls, settings) as keeper:
        keeper.start()
        process = CrawlerProcess(_scrapy_settings(settings))
        crawler = process.create_crawler(ReportSpider)
        process.crawl(crawler, keeper=keeper, tell=_Teller(output))
        _listen(crawler)
        process.start(install_signal_handlers=False)
        spider = crawler.spider
        assert isinstance(spider, ReportSpider)
        _tell(output, spider)
        keeper.frontier.set_meta("stopped", spider.stopped)
        if isinstance(spider.error, GovreportError | sqlite3.Error | OSError):
            raise spider.error
        if spider.error is not None:
            raise GovreportError(
                f"the crawl broke off: {type(spider.error).__name__}: {spider.error}"
            ) from spider.error
        return spider.stopped


def _scrapy_settings(settings: CrawlSettings) -> dict[str, Any]:
    made: dict[str, Any] = {
        "TWISTED_REACTOR": "twisted.internet.asyncioreactor.AsyncioSelectorReactor",
        "DOWNLOAD_HANDLERS": {
            "http": f"{_HERE}.download.Downloads", "https": f"{_HERE}.download.Downloads",
            "data": None, "file": None, "ftp": None, "s3": None,
        },
        "USER_AGENT": settings.agent,
        "DEFAULT_REQUEST_HEADERS": {
            "Accept": "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8",
            "Accept-Language": "zh-CN,zh;q=0.9,en;q=0.5",
            "Accept-Encoding": "gzip",  # only what is unpacked to its end
        },
        "AUTOTHROTTLE_ENABLED": True,
        "AUTOTHROTTLE_START_DELAY": settings.delay_seconds,
        "AUTOTHROTTLE_MAX_DELAY": settings.max_delay_seconds,
        "AUTOTHROTTLE_TARGET_CONCURRENCY": 1.0,
        "DOWNLOAD_DELAY": settings.delay_seconds,
        "CONCURRENT_REQUESTS": settings.parallel_hosts,
        "CONCURRENT_REQUESTS_PER_DOMAIN": 1,
        "DUPEFILTER_CLASS": "scrapy.dupefilters.BaseDupeFilter",  # the frontier knows what was asked for
        "HTTPERROR_ALLOW_ALL": True,
        "LOG_ENABLED": False,
        "LOG_INSTALL_ROOT_HANDLER": False,
        "STATS_DUMP": False,
    }  # fmt: skip
    # What the keeper does itself, and what a polite crawl has no use for.
    for name in (
        "COOKIES", "COMPRESSION", "HTTPCACHE", "HTTPPROXY", "METAREFRESH", "REDIRECT", "REFERER", "REMOTE_CONTROL",
        "RETRY", "TELNETCONSOLE", "MEMUSAGE",
    ):  # fmt: skip
        made[f"{name}_ENABLED"] = False
    made["ROBOTSTXT_OBEY"] = False  # by the keeper, for RFC 9309: Scrapy takes a robots.txt that fails for leave
    # A pause is never shorter than it is said to be. Later versions of Scrapy have another name for it.
    jitter = "DOWNLOAD_DELAY_JITTER"
    made[jitter if hasattr(default_settings, jitter) else "RANDOMIZE_DOWNLOAD_DELAY"] = 0
    return made


class _Teller:
    """Tells numbers, not more often than somebody can read them."""

    def __init__(self, output: IO[str]) -> None:
        self._output, self._next = output, 0.0

    def __call__(self, spider: ReportSpider) -> None:
        if monotonic() < self._next:
            return
        self._next = monotonic() + _TELL_SECONDS
        _tell(self._output, spider)


def _tell(output: IO[str], spider: ReportSpider) -> None:
    """How far the crawl is; the last time when it has ended."""
    _say(output, {**spider.keeper.frontier.states(), "bytes": spider.hosts.bytes})


def _listen(crawler: Any) -> None:
    """Hear "stop", and the end of whoever started this process."""

    def listen() -> None:
        from twisted.internet import reactor

        # Read below the buffer, which the interpreter wants to close at its end while this thread still waits in it.
        while data := os.read(0, 100):
            if b"stop" in data:
                while crawler.spider is None:
                    sleep(0.05)
                reactor.callFromThread(crawler.spider.stop, "stopped by the user")
        os._exit(3)

    threading.Thread(target=listen, daemon=True).start()


def _first_line() -> bytes:
    line = b""
    while not line.endswith(b"\n"):
        data = os.read(0, 1)  # byte by byte: what follows belongs to the listener
        if not data:
            os._exit(3)
        line += data
    return line


def _own_output() -> IO[str]:
    """The standard output for our lines alone; whatever else is printed goes into the log."""
    own = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(name)s %(levelname)s %(message)s")
    for handler in logging.getLogger().handlers:
        # Scrapy sets levels of its own; each request is told by the spider already.
        handler.addFilter(lambda record: record.levelno >= logging.WARNING or record.name.startswith("govreport"))
    return own


def _say(output: IO[str], message: dict[str, Any]) -> None:
    output.write(json.dumps(message, ensure_ascii=False) + "\n")
    output.flush()


if __name__ == "__main__":
    main()

"""The spider: hands out the next request of each host when its turn has come, and notes what comes back."""

from __future__ import annotations

import asyncio
import logging
import sqlite3
from collections.abc import AsyncIterator, Callable
from contextlib import suppress
from typing import Any

from scrapy import Request, Spider, signals
from scrapy.crawler import Crawler
from scrapy.http import Response
from twisted.python.failure import Failure

from govreport.crawl.engine.hosts import Host, Hosts
from govreport.crawl.frontier import Task, now
from govreport.crawl.guard import target_of
from govreport.crawl.judge import Judged, NoAnswerError
from govreport.crawl.keeper import Keeper
from govreport.errors import GovreportError

_REFUSALS_A_TURN = 200  # requests that are refused without asking, before other hosts get their turn
_log = logging.getLogger(__name__)


class ReportSpider(Spider):
    """One run of a crawl.

    Args:
        keeper: started.
        tell: called with numbers for whoever looks on, after each answer.
    """

    name = "govreport"

    def __init__(self, keeper: Keeper, tell: Callable[[ReportSpider], None], **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.keeper, self._tell = keeper, tell
        self.hosts = Hosts(keeper)
        self.error: BaseException | None = None
        self.stopped = ""
        self._wake = asyncio.Event()

    @classmethod
    def from_crawler(cls, crawler: Crawler, *args: Any, **kwargs: Any) -> ReportSpider:
        """As Scrapy makes it."""
        spider = super().from_crawler(crawler, *args, **kwargs)
        crawler.signals.connect(spider._spider_error, signal=signals.spider_error)
        return spider

    def stop(self, reason: str) -> None:
        """Finish what is on the wire, and ask for nothing more."""
        self.stopped = self.stopped or reason
        self._wake.set()

    async def start(self) -> AsyncIterator[Request]:
        """Requests, each when its host may be asked. Ends when nothing is left that this run may ask for."""
        try:
            while not self.stopped:
                self._wake.clear()
                request = self._next()
                if request is not None:
                    yield request
                    continue
                wait = self.hosts.until_next()
                if wait is None and not self.hosts.busy:
                    self.stopped = self.hosts.why_no_more()
                    return
                await self._sleep(wait)
        except (GovreportError, sqlite3.Error, OSError) as error:
            self._fail(error)

    def arrived(self, response: Response) -> None:
        """An answer."""
        task: Task = response.meta["task"]
        try:
            judged, slots = self.keeper.answered(task, response.meta["exchange"])
        except (GovreportError, sqlite3.Error, OSError) as error:
            self._fail(error)
        else:
            self._after(task, judged, slots)

    def missed(self, failure: Failure) -> None:
        """No answer."""
        task: Task = failure.request.meta["task"]  # type: ignore[attr-defined]
        trouble = failure.value
        if not isinstance(trouble, NoAnswerError):
            _log.error("%s: %s", task.url, failure.getTraceback())
            trouble = NoAnswerError("http", f"not valid HTTP: {failure.value}")
        try:
            judged, slots = self.keeper.troubled(task, trouble)
        except (GovreportError, sqlite3.Error, OSError) as error:
            self._fail(error)
        else:
            self._after(task, judged, slots)

    def _after(self, task: Task, judged: Judged, slots: set[str]) -> None:
        _log.info("%s %s: %s %s", task.method, task.url, judged.settled.state, judged.settled.reason)
        self.hosts.ended(task, judged)
        self.hosts.more(slots)
        self._tell(self)
        self._wake.set()

    def _next(self) -> Request | None:
        delays = {key: slot.delay for key, slot in self.crawler.engine.downloader.slots.items()}
        for host in self.hosts.ready(delays):
            request = self._ask(host)
            if request is not None:
                return request
        return None

    def _ask(self, host: Host) -> Request | None:
        """The next request of a host that robots.txt and guard let through."""
        for _ in range(_REFUSALS_A_TURN):
            task = self.keeper.frontier.take(host.slot, now())
            if task is None:
                self.hosts.nothing_now(host)
                return None
            target = target_of(task.url)
            refusal = target if isinstance(target, str) else self.keeper.guard.refusal(task.url)
            if refusal or isinstance(target, str):
                self.keeper.refuse(task, refusal)
                continue
            allowed = self.keeper.allowed(task, target)
            if isinstance(allowed, set):
                self.hosts.more(allowed)
                continue
            if not allowed:
                self.hosts.look_again(host)
                return None
            return self._request(task) if self.hosts.begun(host, task, target.origin) else None
        return None

    def _request(self, task: Task) -> Request:
        headers = {"Content-Type": "application/x-www-form-urlencoded"} if task.form else {}
        return Request(
            task.url,
            callback=self.arrived,
            errback=self.missed,
            method=task.method,
            headers=headers,
            body=task.form,
            meta={"task": task, "download_slot": task.slot},
            dont_filter=True,
        )

    async def _sleep(self, seconds: float | None) -> None:
        with suppress(TimeoutError):
            await asyncio.wait_for(self._wake.wait(), seconds)

    def _spider_error(self, failure: Failure) -> None:
        self._fail(failure.value)

    def _fail(self, error: BaseException | None) -> None:
        self.error = self.error or error
        _log.error("the crawl ends: %s", error)
        self.stop("error")

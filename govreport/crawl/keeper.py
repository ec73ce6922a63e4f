"""Archive and state together: each answer goes into the archive first, then into the state. Mends both at the start."""

from __future__ import annotations

import json
import logging
from collections.abc import Iterable
from pathlib import Path

from govreport.crawl.archive import Archive, Earlier, Exchange, Place, payload_digest
from govreport.crawl.frontier import Frontier, Settled, Task, Wanted, key_of, now, robots_of
from govreport.crawl.guard import Guard, Target, target_of
from govreport.crawl.judge import Judge, Judged, NoAnswerError, unpack
from govreport.crawl.settings import CrawlSettings
from govreport.errors import GovreportError
from govreport.fetch.robots import Rules, parse_robots

_ANY_SIZE = 1 << 40  # what is in the archive was within the limit when it came
_log = logging.getLogger(__name__)


class Keeper:
    """What one run keeps. Use within ``with``, after ``locked``; call ``start`` first.

    Args:
        folder: of the crawl; there.
        urls: the given addresses, in the order to ask for them.
        settings: of this run.
    """

    def __init__(self, folder: Path, urls: Iterable[str], settings: CrawlSettings) -> None:
        self.settings = settings
        self._given = [spelt(url) for url in urls]
        self.frontier = Frontier(folder)
        given = [*json.loads(self.frontier.meta("given") or "[]"), *self._given]
        self._all_given = list(dict.fromkeys(given))
        self.guard = Guard(self._all_given, settings)
        self.judge = Judge(self.guard, settings)
        self._about = _about(settings)
        self.archive = Archive(folder, self._about, settings.file_bytes)
        self._fresh_file = False
        self._rules: dict[str, Rules] = {}
        self.resumed = self.frontier.meta("about") is not None

    def __enter__(self) -> Keeper:
        return self

    def __exit__(self, *_: object) -> None:
        self.archive.__exit__()
        self.frontier.__exit__()

    def start(self) -> None:
        """Bring archive and state into step, and queue what this run is to ask for.

        Raises:
            UsageError: the archive is not the one that the state speaks of.
        """
        self.frontier.set_meta("given", json.dumps(self._all_given))
        self.frontier.add(_wanted(url) for url in self._given)
        for exchange, place, record_id in self.archive.recover(self.frontier.noted()):
            self._take_over(exchange, place, record_id)
        self.frontier.put_back()
        self.frontier.forget_left_alone(now())
        self.frontier.judge_again(self.judge.refusal)
        if self.settings.retry_failed:
            self.frontier.retry_failed()
        about = json.dumps(self._about)
        self._fresh_file = self.frontier.meta("about") not in (None, about)
        self.frontier.set_meta("about", about)
        self.frontier.set_meta("unverified", json.dumps(self.settings.unverified_hosts))
        self.frontier.set_meta("stopped", "")

    def answered(self, task: Task, exchange: Exchange) -> tuple[Judged, set[str]]:
        """An answer has come: keep it, and note what it means. Gives the hosts of new requests as well.

        Raises:
            GovreportError: the disk did not take it.
        """
        try:
            content = self._content(exchange, exchange.body or b"")
        except NoAnswerError as trouble:  # no half pages: what cannot be unpacked to its end is as good as not received
            return self.troubled(task, trouble)
        digest = payload_digest(exchange.body or b"")
        known = self.frontier.earlier(digest) if exchange.body else None
        place, record_id = self.archive.append(exchange, known[0] if known else None, fresh_file=self._fresh_file)
        self._fresh_file = False
        return self._note(task, exchange._replace(digest=digest), content, place, record_id)

    def troubled(self, task: Task, trouble: NoAnswerError) -> tuple[Judged, set[str]]:
        """No whole answer has come."""
        judged = self.judge.trouble(task, trouble, now())
        return judged, self.frontier.settle(task, judged.settled)

    def allowed(self, task: Task, target: Target) -> bool | set[str]:
        """May this request be made as its site's robots.txt says?

        Returns:
            True if it may. If not, it is settled, or waits for the robots.txt to be asked for; the hosts of new
            requests are given. False if it waits for a robots.txt that comes from another host.
        """
        if task.kind == "robots" or self.settings.ignore_robots:
            return True
        read = self.frontier.robots(target.origin, now())
        if read is None:
            self._rules.pop(target.origin, None)
            self.frontier.put_back(task)
            if self.frontier.robots_elsewhere(target.origin, target.slot):
                return False
            return self.frontier.add([robots_of(target.origin, target.slot)])
        closed, text = read
        if closed:
            cause, _, reason = closed.partition(": ")
            if cause in ("connection", "certificate", "tls"):
                settled = self.judge.unreachable(task, cause, reason, now()).settled
            else:
                settled = Settled("refused", f"robots.txt could not be read: {reason}")
            return self.frontier.settle(task, settled._replace(tries=0))
        if not self.rules(target.origin, text).allow(target.path):
            return self.frontier.settle(task, Settled("refused", "forbidden by robots.txt", tries=0))
        return True

    def refuse(self, task: Task, reason: str) -> None:
        """Note that a request is not made."""
        self.frontier.settle(task, Settled("refused", reason, tries=0))

    def rules(self, origin: str, text: str | None = None) -> Rules:
        """The rules of a site whose robots.txt was read; no rules if it was not."""
        if origin not in self._rules:
            if text is None:
                read = self.frontier.robots(origin, now())
                text = read[1] if read else ""
            self._rules[origin] = parse_robots(text, self.settings.agent)
        return self._rules[origin]

    def _content(self, exchange: Exchange, body: bytes) -> bytes:
        return unpack(body, exchange.header("content-encoding"), self.settings.page_bytes)

    def _note(
        self, task: Task, exchange: Exchange, content: bytes, place: Place, record_id: str
    ) -> tuple[Judged, set[str]]:
        judged = self.judge.answer(task, exchange, content, now())
        settled = self._without_circle(task, judged.settled)
        payload = None
        if exchange.body:
            payload = (exchange.digest, Earlier(exchange.url, exchange.when, record_id))
        settled = settled._replace(place=place, payload=payload)
        if settled.robots:
            self._rules.pop(settled.robots[0], None)
        return judged._replace(settled=settled), self.frontier.settle(task, settled)

    def _without_circle(self, task: Task, settled: Settled) -> Settled:
        if settled.look != "redirect" or task.kind == "robots" or not settled.links:
            return settled
        if settled.links[0].key not in self.frontier.led_here(task):
            return settled
        return settled._replace(state="failed", reason="its redirects lead in a circle", links=())

    def _take_over(self, exchange: Exchange, place: Place, record_id: str) -> None:
        """Note an exchange that is in the archive already, as if it had just come."""
        body = exchange.body
        if body is None:
            known = self.frontier.earlier(exchange.digest)
            if known is None:
                raise GovreportError(f"{place.file} refers at byte {place.start:,} to a body that no record holds")
            body = self.archive.body_at(known[1])
        form = exchange.form.decode("ascii", errors="replace")
        task = self.frontier.find(exchange.url, exchange.method, form) or self._unknown(exchange, form)
        _log.info("%s was archived before the last run ended; taken over", exchange.url)
        content = unpack(body, exchange.header("content-encoding"), _ANY_SIZE)
        self._note(task, exchange, content, place, record_id)

    def _unknown(self, exchange: Exchange, form: str) -> Task:
        """A request of the archive that the state has lost."""
        target = target_of(exchange.url)
        if isinstance(target, str):
            raise GovreportError(f"the archive holds {exchange.url[:200]!r}, which is no address of a crawl ({target})")
        if target.path == "/robots.txt":
            wanted = robots_of(target.origin, target.slot)
        else:
            key = key_of(exchange.url, exchange.method, form)
            wanted = Wanted(key, exchange.url, target.slot, "list", exchange.method, form, how="link")
        self.frontier.add([wanted])
        task = self.frontier.find(exchange.url, exchange.method, form)
        assert task is not None, "a request that was just queued is there"
        return task


def _wanted(url: str) -> Wanted:
    target = target_of(url)
    assert isinstance(target, Target), "the guard has judged the given addresses"
    return Wanted(key_of(url), url, target.slot, "", how="given")


def spelt(url: object) -> str:
    """A given address in its one spelling.

    Raises:
        UsageError: it is no http or https address.
    """
    from govreport.errors import UsageError
    from govreport.fetch.addresses import normal_url

    if not isinstance(url, str):
        raise UsageError(f"crawl_sites takes addresses as texts; found {type(url).__name__}")
    return normal_url(url)


def _about(settings: CrawlSettings) -> dict[str, str]:
    """What the warcinfo record of each archive file says."""
    from importlib.metadata import version

    made = {
        "software": f"{settings.agent.split()[0]} scrapy/{version('scrapy')} warcio/{version('warcio')}",
        "format": "WARC File Format 1.1",
        "conformsTo": "http://iipc.github.io/warc-specifications/specifications/warc-format/warc-1.1/",
        "http-header-user-agent": settings.agent,
        "robots": "ignore" if settings.ignore_robots else "obey",
    }
    if settings.unverified_hosts:
        made["description"] = f"certificates not checked for {', '.join(settings.unverified_hosts)}"
    return made

"""What an answer means for the crawl: done, failed, to be tried again, and what it leads to. Nothing is asked here."""

from __future__ import annotations

import hashlib
import logging
import zlib
from collections.abc import Iterator
from typing import TYPE_CHECKING, NamedTuple
from urllib.parse import urlencode, urljoin

from govreport.charsets import decode_strictly
from govreport.crawl.archive import Exchange, payload_digest
from govreport.crawl.frontier import ROBOTS_RANK, Settled, Task, Wanted, key_of, robots_key
from govreport.crawl.guard import Guard, other_scheme, target_of
from govreport.crawl.settings import CrawlSettings
from govreport.errors import FetchError, GovreportError, UsageError
from govreport.fetch.answers import PACKED, PLAIN, named, retry_after, unpacked
from govreport.fetch.challenge import find_mark
from govreport.fetch.robots import MAX_ROBOTS_BYTES
from govreport.model import Origin, Page

if TYPE_CHECKING:
    from govreport.crawl.discover import Lead, Look

_REDIRECTS = (301, 302, 303, 307, 308)
_WHOLE = (200, 203)
_BUSY = (429, 503)
_ROBOTS_HOPS = 5  # RFC 9309, 2.3.1.2
_ROBOTS_FRESH = 86_400.0  # RFC 9309, 2.4: seconds that rules may be kept
_ROBOTS_AGAIN = 300.0  # a robots.txt that failed is asked for again after five minutes
_PASSING = ("connection", "transfer")
# What a page made to break its readers may bring about in them; it is in the archive, and the crawl goes on.
_NOT_UNDERSTOOD = (GovreportError, ValueError, RecursionError)
_log = logging.getLogger(__name__)


class NoAnswerError(FetchError):
    """No whole answer.

    Attributes:
        cause: "connection" (the server was not reached), "transfer" (the answer broke off or took too long),
            "certificate", "tls", "size", "closed" (the host stands for an address that must not be asked) or "http"
            (the answer is not valid HTTP).
    """

    def __init__(self, cause: str, reason: str) -> None:
        super().__init__(reason)
        self.cause = cause


class Judged(NamedTuple):
    """What becomes of a request, and how the host is to be treated.

    ``pause`` is in seconds, beside the usual delay. ``trouble`` says that the host did not give what a site gives.
    """

    settled: Settled
    pause: float = 0.0
    trouble: bool = False


class Judge:
    """Judges answers and troubles for one crawl."""

    def __init__(self, guard: Guard, settings: CrawlSettings) -> None:
        self._guard, self._settings = guard, settings

    def answer(self, task: Task, exchange: Exchange, content: bytes, now: float) -> Judged:
        """What a whole answer means. ``content`` is its body, unpacked; ``now`` is in seconds since 1970."""
        code = exchange.code
        asked = Settled(
            "failed",
            named(code),
            status=code,
            size=len(exchange.body or b""),
            asked=exchange.when,
            digest=exchange.digest or payload_digest(exchange.body or b""),
        )
        if code in _REDIRECTS:
            return self._redirect(task, exchange, asked, now)
        if code in _BUSY or code >= 500:
            return self._busy(task, exchange, content, asked, now)
        if task.kind == "robots":
            return self._robots(task, exchange, content if code in _WHOLE else b"", asked, now)
        if code not in _WHOLE:
            mark = find_mark(content, exchange.header("content-type"))
            return self._checked(task, asked, mark.meaning, now) if mark and mark.kind == "check" else Judged(asked)
        if not content.strip():
            return Judged(asked._replace(reason="nothing in it"))
        return self._page(task, exchange, content, asked, now)

    def trouble(self, task: Task, trouble: NoAnswerError, now: float) -> Judged:
        """What it means that no whole answer came."""
        if trouble.cause in _PASSING and task.tries < self._settings.retries:
            wait = self._backoff(task)
            whole_host = trouble.cause == "connection" or task.kind == "robots"
            return Judged(Settled("waiting", str(trouble), self._due(task, now + wait)), wait if whole_host else 0.0)
        return self.unreachable(task, trouble.cause, str(trouble), now)

    def unreachable(self, task: Task, cause: str, reason: str, now: float) -> Judged:
        """A request that is given up. An address that no connection was had for is tried with the other scheme once."""
        failed = Settled("failed", reason)
        if task.kind == "robots":
            return Judged(failed._replace(robots=(task.origin, f"{cause}: {reason}", "", now + _ROBOTS_AGAIN)))
        other = other_scheme(task.url) if cause == "connection" and task.how in ("given", "link") else None
        if other:
            failed = failed._replace(links=(self._led(task, other, "scheme", 0),))
        return Judged(failed, trouble=cause in ("connection", "transfer", "tls", "certificate"))

    def refusal(self, url: str, kind: str, depth: int) -> str:
        """Why a request is not made under these settings, "" if it may be."""
        most = self._settings.depth
        # What hangs on a report belongs to it.
        deep = depth > most + (kind == "attachment" and most > 0)
        return self._guard.refusal(url) or (f"deeper than {most}" if deep else "")

    def _robots(self, task: Task, exchange: Exchange, content: bytes, asked: Settled, now: float) -> Judged:
        """The rules of a site, and the sitemaps that it names. No 200, no rules (RFC 9309, 2.3.1.3)."""
        text = content[:MAX_ROBOTS_BYTES].decode("utf-8", errors="replace")
        asked = asked._replace(state="done", look="robots", robots=(task.origin, "", text, now + _ROBOTS_FRESH))
        try:
            links = self._looked_at(task, exchange, content, None)[1] if content else ()
        except _NOT_UNDERSTOOD as error:
            _log.warning("%s could not be searched for sitemaps: %s", task.url, error)
            links = ()
        return Judged(asked._replace(links=links))

    def _page(self, task: Task, exchange: Exchange, content: bytes, asked: Settled, now: float) -> Judged:
        asked = asked._replace(sha256=hashlib.sha256(content).hexdigest())
        try:
            look, links = self._looked_at(task, exchange, content, lead_of(task))
        except _NOT_UNDERSTOOD as error:
            _log.warning("%s is in the archive, but links could not be looked for: %s", task.url, error)
            return Judged(asked._replace(reason=f"not understood: {error}", look="other"))
        if look.kind == "challenge":
            return self._checked(task, asked, look.reason, now)
        if look.kind == "error":
            return Judged(asked._replace(reason=f"error page: {look.reason}", look=look.kind))
        return Judged(asked._replace(state="done", reason=look.reason, look=look.kind, links=links))

    def _looked_at(
        self, task: Task, exchange: Exchange, content: bytes, lead: Lead | None
    ) -> tuple[Look, tuple[Wanted, ...]]:
        from govreport.crawl.discover import look_at

        origin = Origin(task.url, task.url, exchange.when, exchange.code, exchange.header("content-type"))
        look = look_at(Page(content, origin), lead)
        return look, tuple(self._links(task, look.leads))

    def _checked(self, task: Task, asked: Settled, meaning: str, now: float) -> Judged:
        """A robot check. Some sites show one to each newcomer, so it is asked once more, after a pause for the host."""
        asked = asked._replace(reason=f"robot check: {meaning}", look="challenge")
        if task.tries >= min(1, self._settings.retries):
            return Judged(asked, trouble=True)
        wait = self._backoff(task)
        return Judged(asked._replace(state="waiting", not_before=now + wait), wait)

    def _links(self, task: Task, leads: tuple[Lead, ...]) -> Iterator[Wanted]:
        for lead in leads:
            depth = task.depth + 1
            form = urlencode(lead.form)
            target = target_of(lead.url)
            yield Wanted(
                key_of(lead.url, lead.method, form),
                lead.url,
                "" if isinstance(target, str) else target.slot,
                lead.kind,
                lead.method,
                form,
                lead.title,
                lead.year,
                lead.rank,
                depth,
                how="link",
                parent=task.id,
                reason=self.refusal(lead.url, lead.kind, depth),
            )

    def _redirect(self, task: Task, exchange: Exchange, asked: Settled, now: float) -> Judged:
        most = _ROBOTS_HOPS if task.kind == "robots" else self._settings.max_redirects
        target = _location(exchange)
        link = self._led(task, target, "redirect", task.hops + 1) if target else None
        if task.kind == "robots":
            asked = asked._replace(state="done", reason="", look="redirect")
            if link is None or task.hops >= most:
                return Judged(asked._replace(robots=(task.origin, "", "", now + _ROBOTS_FRESH)))
            if link.reason:
                closed = f"redirect: robots.txt leads to what is not asked for ({link.reason})"
                return Judged(asked._replace(robots=(task.origin, closed, "", now + _ROBOTS_AGAIN)))
            return Judged(asked._replace(links=(link,)))
        if link is None:
            return Judged(asked._replace(reason=f"{named(exchange.code)} that leads nowhere"))
        if task.hops >= most:
            return Judged(asked._replace(reason=f"more than {most} redirects in a row"))
        return Judged(asked._replace(state="done", reason=link.url, look="redirect", links=(link,)))

    def _led(self, task: Task, url: str, how: str, hops: int) -> Wanted:
        """The request that this one is sent on to, in its place."""
        robots = task.kind == "robots"
        stays = how == "scheme"
        target = target_of(url)
        return Wanted(
            robots_key(task.origin, url, hops) if robots else key_of(url),
            url,
            "" if isinstance(target, str) else target.slot,
            task.kind,
            task.method if stays else "GET",
            task.form if stays else "",
            task.title,
            task.year,
            ROBOTS_RANK if robots else task.rank,
            task.depth,
            hops,
            how,
            task.id,
            task.origin,
            self._guard.refusal(url),
        )

    def _busy(self, task: Task, exchange: Exchange, content: bytes, asked: Settled, now: float) -> Judged:
        """The statuses 429 and 5xx: tried again, unless a robot check speaks through them."""
        mark = find_mark(content, exchange.header("content-type"))
        if mark and mark.kind == "check" and task.kind != "robots":
            return self._checked(task, asked, mark.meaning, now)
        wait = self._backoff(task)
        if exchange.code in _BUSY:
            named = retry_after(exchange.header("retry-after"), now)
            wait = max(wait, named)
            if named > self._settings.max_wait_seconds:
                note = f"{asked.reason}, to be asked again after {named:.0f} seconds"
                return Judged(
                    asked._replace(state="waiting", not_before=self._due(task, now + wait), leave=(now + wait, note)),
                    wait,
                )
        if task.tries < self._settings.retries:
            whole_host = exchange.code in _BUSY or task.kind == "robots"
            # Noted with the host, so that a run that starts within the pause keeps it too.
            leave = (now + wait, asked.reason) if exchange.code in _BUSY else None
            again = asked._replace(state="waiting", not_before=self._due(task, now + wait), leave=leave)
            return Judged(again, wait if whole_host else 0.0)
        if task.kind == "robots":
            return self.unreachable(task, "answer", asked.reason, now)
        return Judged(asked, wait if exchange.code in _BUSY else 0.0, trouble=exchange.code in _BUSY)

    def _due(self, task: Task, moment: float) -> float:
        """When a request may be tried again. A robots.txt comes before all else of its host, so the host waits."""
        return 0.0 if task.kind == "robots" else moment

    def _backoff(self, task: Task) -> float:
        return float(self._settings.backoff_seconds * 2**task.tries)


def lead_of(task: Task) -> Lead | None:
    """What is expected of a request, None for an address that the user gave."""
    from urllib.parse import parse_qsl

    from govreport.crawl.discover import Lead

    if not task.kind:
        return None
    form = tuple(parse_qsl(task.form, keep_blank_values=True))
    return Lead(task.url, task.kind, task.title, task.year, task.rank, task.method, form)  # type: ignore[arg-type]


def unpack(body: bytes, encoding: str, limit: int) -> bytes:
    """A body without its packing.

    Raises:
        NoAnswerError: it is cut off, damaged, too large when unpacked, or packed in another way than was offered.
    """
    encoding = encoding.strip().lower()
    if encoding in PLAIN or not body:
        return body
    if encoding not in PACKED:
        raise NoAnswerError("http", f"packed as {encoding[:40]!r}, though only gzip was offered")
    made = bytearray()
    try:
        for part in unpacked([body]):
            made += part
            if len(made) > limit:
                raise NoAnswerError("size", f"larger than {limit:,} bytes when unpacked")
    except EOFError as error:
        raise NoAnswerError("transfer", "broken: the gzip stream ends before its end") from error
    except zlib.error as error:
        raise NoAnswerError("transfer", "broken: the gzip stream is damaged") from error
    return bytes(made)


def _location(exchange: Exchange) -> str:
    """Where a redirect leads, in one spelling; "" if nowhere."""
    from govreport.fetch.addresses import normal_url

    value = exchange.header("location").strip()
    # Read back from the archive, or fresh as Latin-1: the bytes are UTF-8 or what the site's pages are in.
    raw = value.encode("latin-1") if all(ord(sign) < 256 for sign in value) else value.encode()
    text = next((t for t in (decode_strictly(raw, "utf-8"), decode_strictly(raw, "gb18030")) if t is not None), "")
    if not text:
        return ""
    try:
        return normal_url(urljoin(exchange.url, text))
    except UsageError:
        return ""
    except ValueError:
        return ""

"""``fetch_page``: an address to bytes with provenance, politely, or an error that says why not.

For every hop: robots.txt is obeyed, requests to one host are spaced, broken answers and the statuses 429 and 5xx are
tried again with growing waits. A page is given only if it came whole, with status 200, and is no robot check or
error page in disguise.
"""

from __future__ import annotations

import logging
import random
import threading
import time
from dataclasses import replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING, NamedTuple

from govreport.errors import FetchError, UsageError
from govreport.fetch.answers import named, retry_after
from govreport.fetch.cache import PageCache
from govreport.fetch.challenge import Mark, find_mark
from govreport.fetch.robots import MAX_ROBOTS_BYTES, Rules, parse_robots
from govreport.fetch.settings import FetchSettings
from govreport.model import Origin, Page

if TYPE_CHECKING:
    from govreport.fetch.net import Answer, Client, Deadline

_REDIRECTS = (301, 302, 303, 307, 308)
_WHOLE = (200, 203)
_ROBOTS_HOPS = 5  # RFC 9309, 2.3.1.2
_ROBOTS_FRESH = 86_400.0  # RFC 9309, 2.4: seconds that rules may be kept
_ROBOTS_AGAIN = 300.0  # a robots.txt that failed is asked for again after five minutes
_log = logging.getLogger(__name__)


def fetch_page(url: str, settings: FetchSettings | None = None) -> Page:
    """Fetch one page.

    Args:
        url: an http or https address.
        settings: how to fetch; the defaults keep pages on disk for a day and pause a second between requests.

    Returns:
        The bytes as sent (unpacked, in the page's own encoding), and their ``Origin``: ``source`` is the address as
        given, ``url`` the one that answered after redirects, ``retrieved`` when the site answered, also if the page
        comes from the cache. If no connection can be made, the address is tried once with https for http or the
        reverse; ``url`` then shows it.

    Raises:
        FetchError: no page: refused, not there, broken, too large, too slow, forbidden by robots.txt, or a robot
            check or error page. Nothing is given and nothing kept in that case.
        UsageError: the address is no text, or a setting does not work.

    >>> fetch_page("ftp://example.org/")
    Traceback (most recent call last):
    govreport.errors.FetchError: an http or https address was expected, found 'ftp://example.org/'
    """
    settings = settings or FetchSettings()
    asked = _clean(url)
    folder = settings.cache_folder
    cache = PageCache(folder, settings.fresh_days) if folder else None
    kept = cache.get(asked) if cache and not settings.refresh else None
    if kept is not None:
        return kept
    page = _ask(asked, url, settings)
    if cache:
        cache.put(asked, page)
    return page


def _ask(asked: str, source: str, settings: FetchSettings) -> Page:
    from govreport.fetch.net import Client, ConnectError, Deadline

    deadline = Deadline(settings.total_seconds, asked)
    with Client(settings, deadline) as client:
        try:
            return _Trip(client, settings, deadline).follow(asked, source)
        except ConnectError as error:
            other = _swapped(asked)
            if other is None:
                raise
            _log.info("%s; trying %s", error, other)
            once = _Trip(client, replace(settings, retries=0), deadline)
            try:
                return once.follow(other, source)
            except FetchError as second:
                raise FetchError(f"{error}; {other} was tried too: {second}") from second


class _Trip:
    """One call of ``fetch_page``: its client, settings and deadline."""

    def __init__(self, client: Client, settings: FetchSettings, deadline: Deadline) -> None:
        self.client, self.settings, self.deadline = client, settings, deadline

    def follow(self, start: str, source: str) -> Page:
        """From the first address over its redirects to the page."""
        url = start
        for hop in range(self.settings.max_redirects + 1):
            answer = self._hop(url, first=hop == 0)
            if answer.status not in _REDIRECTS:
                return _page(answer, url, source)
            _log.debug("%s leads on with status %d", url, answer.status)
            before, url = url, _location(answer, url)
        raise FetchError(
            f"{start}: more than {self.settings.max_redirects} redirects, the last from {before} to {url}; "
            "the site sends its visitors in a circle, or asks for a browser"
        )

    def _hop(self, url: str, *, first: bool) -> Answer:
        from govreport.fetch.net import ConnectError

        try:
            delay = self.settings.delay_seconds
            if not self.settings.ignore_robots:
                delay = max(delay, min(self._obey(url), self.settings.max_wait_seconds))
            return self.steadily(url, self.settings.max_bytes, delay)
        except ConnectError as error:
            if first:
                raise
            # The other scheme is tried for the first address alone: a redirect names its scheme on purpose.
            raise FetchError(str(error)) from error

    def _obey(self, url: str) -> float:
        """The pause that robots.txt asks for, in seconds.

        Raises:
            FetchError: robots.txt forbids this address, or could not be read.
        """
        parts = _parts(url)
        rules = _ROBOTS.rules(parts.origin, self)
        if not rules.allow(parts.path):
            raise FetchError(
                f"{parts.origin}/robots.txt forbids {url} to {self.settings.agent.split('/')[0]}; ask the site for "
                "leave, and set FetchSettings(ignore_robots=True) when you have it"
            )
        return rules.delay

    def steadily(self, url: str, max_bytes: int, delay: float, *, cut: bool = False) -> Answer:
        """One address, tried again while that may help. The last answer is given, whatever its status."""
        from govreport.fetch.net import ConnectError, TransferError

        host = _parts(url).host
        for turn in range(self.settings.retries + 1):
            last = turn == self.settings.retries
            _PACE.wait(host, delay, self.deadline)
            wait = self.settings.backoff_seconds * 2**turn * random.uniform(0.5, 1.5)
            try:
                answer = self.client.get(url, max_bytes, cut=cut)
            except (ConnectError, TransferError) as error:
                if last:
                    raise
                _log.info("%s; trying again", error)
            else:
                if last or not _passing(answer):
                    break
                wait = max(wait, self._asked_wait(url, answer))
                _log.info("%s answered %d; trying again", url, answer.status)
            _PACE.hold(host, wait)
        return answer

    def _asked_wait(self, url: str, answer: Answer) -> float:
        wait = retry_after(answer.headers.get("retry-after", ""), time.time())
        if wait > self.settings.max_wait_seconds:
            raise FetchError(
                f"{url} answered {named(answer.status)} and asks to wait {wait:.0f} seconds, more than "
                f"FetchSettings.max_wait_seconds ({self.settings.max_wait_seconds:g}); try again after that"
            )
        return wait


class _Pace:
    """When each host may be asked next, for all threads of the process."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._next: dict[str, float] = {}

    def wait(self, host: str, delay: float, deadline: Deadline) -> None:
        """Sleep until this host may be asked, and move its next turn on."""
        with self._lock:
            now = time.monotonic()
            start = max(now, self._next.get(host, 0.0))
            if start >= deadline.at:
                raise deadline.over(f", since {host} is to be asked again in {start - now:.0f} seconds only")
            self._next[host] = start + delay
        time.sleep(start - now)

    def hold(self, host: str, seconds: float) -> None:
        """Leave this host alone for so long."""
        with self._lock:
            self._next[host] = max(self._next.get(host, 0.0), time.monotonic() + seconds)


class _Robots:
    """The rules of each site, read once for all threads of the process."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._locks: dict[tuple[str, str], threading.Lock] = {}
        self._known: dict[tuple[str, str], tuple[float, Rules | str]] = {}

    def rules(self, origin: str, trip: _Trip) -> Rules:
        """The rules of a site for this user agent.

        Raises:
            FetchError: its robots.txt could not be read, so everything counts as forbidden (RFC 9309, 2.3.1.4).
        """
        key = (origin, trip.settings.agent)
        with self._lock:
            lock = self._locks.setdefault(key, threading.Lock())
        with lock:
            until, rules = self._known.get(key, (0.0, ""))
            if time.monotonic() >= until:
                rules = _read_robots(origin, trip)
                fresh = _ROBOTS_FRESH if isinstance(rules, Rules) else _ROBOTS_AGAIN
                self._known[key] = (time.monotonic() + fresh, rules)
        if isinstance(rules, Rules):
            return rules
        raise FetchError(
            f"{origin}/robots.txt could not be read ({rules}), which counts as forbidden; try again later, or set "
            "FetchSettings(ignore_robots=True) if the site gave leave"
        )


_PACE = _Pace()
_ROBOTS = _Robots()


def _read_robots(origin: str, trip: _Trip) -> Rules | str:
    """The rules, or why they could not be read. A status 4xx other than 429 means that there are none."""
    from govreport.fetch.net import ConnectError, TransferError

    url = f"{origin}/robots.txt"
    for hop in range(_ROBOTS_HOPS + 1):
        try:
            answer = trip.steadily(url, MAX_ROBOTS_BYTES, trip.settings.delay_seconds, cut=True)
        except (ConnectError, TransferError) as error:
            if hop == 0 and isinstance(error, ConnectError):
                raise  # the site itself cannot be reached, and its pages neither
            return str(error)
        if answer.status not in _REDIRECTS:
            break
        url = _location(answer, url)
    if answer.status == 429 or answer.status >= 500:
        return f"it answered {named(answer.status)}"
    if answer.status not in _WHOLE:
        return Rules()
    return parse_robots(answer.content.decode("utf-8", errors="replace"), trip.settings.agent)


def _page(answer: Answer, url: str, source: str) -> Page:
    """The page of a last answer.

    Raises:
        FetchError: an error status, nothing in it, or a robot check or error page.
    """
    kind = answer.headers.get("content-type", "")
    mark = find_mark(answer.content, kind)
    if mark and (answer.status in _WHOLE or mark.kind == "check"):
        raise FetchError(_marked(url, answer.status, mark))
    if answer.status not in _WHOLE:
        raise FetchError(f"{url} answered {named(answer.status)} and not 200; check the address")
    if not answer.content.strip():
        raise FetchError(f"{url} answered 200 with nothing in it; try again later, or save the page with a browser")
    retrieved = datetime.now(UTC).isoformat(timespec="seconds")
    return Page(answer.content, Origin(source, url, retrieved, answer.status, kind))


def _marked(url: str, status: int, mark: Mark) -> str:
    what = "a robot check" if mark.kind == "check" else "an error page"
    return (
        f"{url} answered {named(status)} with {what} in place of the page: {mark.meaning} "
        f"(mark {mark.name}, found {mark.found!r}); open it in a browser, and save the page if it is there"
    )


def _passing(answer: Answer) -> bool:
    """May the trouble pass by itself? A robot check does not."""
    if answer.status != 429 and answer.status < 500:
        return False
    mark = find_mark(answer.content, answer.headers.get("content-type", ""))
    return mark is None or mark.kind != "check"


class _Parts(NamedTuple):
    host: str
    origin: str
    path: str


def _parts(url: str) -> _Parts:
    import httpx

    parsed = httpx.URL(url)
    origin = f"{parsed.scheme}://{parsed.netloc.decode('ascii')}"
    return _Parts(parsed.host, origin, parsed.raw_path.decode("ascii"))


def _clean(url: str) -> str:
    """The address in one spelling, without what follows #.

    Raises:
        FetchError: not an http or https address, or one with a password in it.
        UsageError: not a text.
    """
    import httpx

    if not isinstance(url, str):
        raise UsageError(f"fetch_page takes one address as text; found {type(url).__name__}")
    expected = f"an http or https address was expected, found {url[:200]!r}"
    try:
        parsed = httpx.URL(url.strip())
    except httpx.InvalidURL as error:
        raise FetchError(f"{expected} ({error})") from error
    sound = parsed.host and "%" not in parsed.host and 0 < (parsed.port or 80) < 65_536
    if parsed.scheme not in ("http", "https") or not sound:
        raise FetchError(expected)
    if parsed.userinfo:
        raise FetchError(f"the address at {parsed.host} holds a user name or password, which would be kept; remove it")
    return str(parsed.copy_with(fragment=None))


def _location(answer: Answer, url: str) -> str:
    import httpx

    location = answer.headers.get("location", "").strip()
    if not location:
        raise FetchError(f"{url} answered {named(answer.status)} but does not say where to go")
    try:
        target = str(httpx.URL(url).join(location))
    except httpx.InvalidURL as error:
        raise FetchError(f"{url} leads to {location[:200]!r}, which is no address ({error})") from error
    try:
        return _clean(target)
    except FetchError as error:
        raise FetchError(f"{url} leads to an address that is not followed: {error}") from error


def _swapped(url: str) -> str | None:
    """The address with https for http or the reverse; None if it names a port, which serves one of them only."""
    import httpx

    parsed = httpx.URL(url)
    if parsed.port is not None:
        return None
    return str(parsed.copy_with(scheme="https" if parsed.scheme == "http" else "http"))

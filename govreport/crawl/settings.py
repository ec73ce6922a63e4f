"""How a crawl behaves: one settings object, checked when it is made."""

from __future__ import annotations

import re
from dataclasses import asdict, dataclass
from typing import Any

from govreport.errors import UsageError
from govreport.fetch.settings import FetchSettings, check_number

# (least, most) of every number: wide enough for any honest use, narrow enough to catch a slip of units.
_BOUNDS: dict[str, tuple[float, float]] = {
    "depth": (0, 100),
    "max_pages": (1, 100_000_000),
    "max_pages_per_host": (1, 100_000_000),
    "max_seconds": (0.1, 10_000_000.0),
    "max_bytes": (1, 10**15),
    "page_bytes": (1, 1_000_000_000),
    "page_seconds": (0.01, 3_600.0),
    "connect_seconds": (0.01, 600.0),
    "delay_seconds": (0.0, 600.0),
    "max_delay_seconds": (0.0, 3_600.0),
    "max_wait_seconds": (0.0, 86_400.0),
    "retries": (0, 10),
    "backoff_seconds": (0.0, 600.0),
    "max_redirects": (0, 20),
    "parallel_hosts": (1, 256),
    "file_bytes": (1_000, 10**12),
}
_WHOLE = {
    "depth", "max_pages", "max_pages_per_host", "max_bytes", "page_bytes", "retries", "max_redirects",
    "parallel_hosts", "file_bytes",
}  # fmt: skip
_OPTIONAL = {"max_seconds", "max_bytes"}
_SWITCHES = ("allow_private", "ignore_robots", "retry_failed")
# A host as it may be given: a name or an IPv4 address, with a port if it is not the usual one.
_HOST = re.compile(r"(\*\.)?[a-z0-9_-]+(\.[a-z0-9_-]+)*(:\d{1,5})?")


@dataclass(frozen=True, slots=True)
class CrawlSettings:
    """How ``crawl_sites`` behaves. Immutable and checked when made.

    Attributes:
        hosts: hosts that may be asked beside those of the given addresses: ``a.gov.cn`` (ports 80 and 443),
            ``a.gov.cn:8080``, or ``*.a.gov.cn`` for a domain and all names under it.
        depth: links followed from a given address. 0 asks for the given addresses alone.
        max_pages: requests in the whole crawl, its earlier runs included; robots.txt does not count.
        max_pages_per_host: the same for one host.
        max_seconds: limit for this run, None for none.
        max_bytes: limit for the bodies in the archive, as received, None for none.
        page_bytes: a larger body is a failure. Counted as received and again after unpacking.
        page_seconds: limit for one request and its answer.
        connect_seconds: limit for reaching a server.
        delay_seconds: the least pause between the end of one answer of a host and the next request to it. A slow
            server is given longer ones, up to ``max_delay_seconds`` (Scrapy's AutoThrottle).
        max_delay_seconds: see above.
        max_wait_seconds: the longest pause that a server may ask for (Crawl-delay, Retry-After). A host that asks for
            more is left alone; what is waiting for it stays in the folder for a later run.
        retries: further tries after a broken answer or the statuses 429 and 5xx.
        backoff_seconds: wait before the first further try, doubled for each next one.
        max_redirects: redirects followed in a row; each is checked like any other address.
        parallel_hosts: hosts that are asked at the same time. Each host gets one request at a time.
        file_bytes: an archive file that has reached this size is followed by another.
        user_agent: the name we give; None names govreport, its version and the contact.
        contact: address for site owners in the user agent; None takes the variable GOVREPORT_CONTACT.
        allow_private: permit addresses that are not on the public internet; without it, only a given address that
            names this machine itself (localhost, 127.0.0.1) may be asked, on the port given.
        ignore_robots: do not read robots.txt; only with leave of the site. The archive says so.
        unverified_hosts: hosts whose certificates are not checked. The status says so.
        retry_failed: ask again for what failed in an earlier run on the same folder.

    Raises:
        UsageError: a setting has a wrong type or lies outside its bounds.

    >>> CrawlSettings(depth=2, hosts=["www.example.gov.cn"]).hosts
    ('www.example.gov.cn',)
    """

    hosts: tuple[str, ...] = ()
    depth: int = 5
    max_pages: int = 20_000
    max_pages_per_host: int = 5_000
    max_seconds: float | None = None
    max_bytes: int | None = None
    page_bytes: int = 30_000_000
    page_seconds: float = 120.0
    connect_seconds: float = 15.0
    delay_seconds: float = 2.0
    max_delay_seconds: float = 60.0
    max_wait_seconds: float = 120.0
    retries: int = 3
    backoff_seconds: float = 4.0
    max_redirects: int = 10
    parallel_hosts: int = 8
    file_bytes: int = 1_000_000_000
    user_agent: str | None = None
    contact: str | None = None
    allow_private: bool = False
    ignore_robots: bool = False
    unverified_hosts: tuple[str, ...] = ()
    retry_failed: bool = False

    def __post_init__(self) -> None:
        for name, bounds in _BOUNDS.items():
            value = getattr(self, name)
            if value is not None or name not in _OPTIONAL:
                check_number(f"CrawlSettings.{name}", value, bounds, whole=name in _WHOLE)
        for name in _SWITCHES:
            if not isinstance(getattr(self, name), bool):
                raise UsageError(f"CrawlSettings.{name} is True or False; found {getattr(self, name)!r}")
        for name in ("hosts", "unverified_hosts"):
            object.__setattr__(self, name, _checked_hosts(name, getattr(self, name)))
        if self.max_delay_seconds < self.delay_seconds:
            object.__setattr__(self, "max_delay_seconds", self.delay_seconds)
        FetchSettings(user_agent=self.user_agent, contact=self.contact)

    @property
    def agent(self) -> str:
        """The user agent that is sent, made as for ``fetch_page``.

        Raises:
            UsageError: the variable GOVREPORT_CONTACT cannot stand in a header.
        """
        return FetchSettings(user_agent=self.user_agent, contact=self.contact).agent

    def as_data(self) -> dict[str, Any]:
        """Plain values, from which ``CrawlSettings(**data)`` makes the same settings again."""
        return asdict(self)


def _checked_hosts(name: str, value: object) -> tuple[str, ...]:
    expected = f"CrawlSettings.{name} is a list of hosts such as 'www.a.gov.cn', '*.a.gov.cn' or 'a.gov.cn:8080'"
    if isinstance(value, str) or not isinstance(value, list | tuple | set | frozenset):
        raise UsageError(f"{expected}; found {value!r}")
    made = []
    for host in value:
        if not isinstance(host, str):
            raise UsageError(f"{expected}; found {host!r} in it")
        spelt = _ascii(host.strip().lower().rstrip("."))
        if not _HOST.fullmatch(spelt):
            raise UsageError(f"{expected}; found {host!r} in it (no scheme, no path)")
        made.append(spelt)
    return tuple(sorted(set(made)))


def _ascii(host: str) -> str:
    """A name in Chinese letters as it stands in addresses: 政府.cn is xn--... on the wire."""
    if host.isascii():
        return host
    try:
        return host.encode("idna").decode("ascii")
    except UnicodeError as error:
        raise UsageError(f"{host!r} cannot be the name of a host ({error})") from error

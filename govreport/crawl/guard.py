"""Which hosts and addresses a crawl may ask: nothing leaves the hosts that the user has named.

Two checks. ``Guard.refusal`` judges an address as text, before it is queued and again before it is asked for.
``Guard.closed`` judges the numeric address that a name stands for, when the connection is made.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Iterable
from typing import NamedTuple
from urllib.parse import urlsplit

from govreport.crawl.settings import CrawlSettings
from govreport.errors import UsageError

_USUAL_PORTS = {"http": 80, "https": 443}
MAX_URL = 2_000  # servers cut longer ones; traps make them


class Target(NamedTuple):
    """The parts of an address that decide who is asked.

    ``slot`` is the host that is asked one request at a time: the name, with the port if it is not the usual one.
    ``origin`` is what a robots.txt holds for.
    """

    scheme: str
    host: str
    port: int
    slot: str
    origin: str
    path: str


class _Allowed(NamedTuple):
    host: str
    port: int | None
    below: bool


class Guard:
    """Judges addresses for one crawl.

    Args:
        urls: the given addresses; their hosts may be asked, on the ports that they name.
        settings: further hosts, and whether addresses off the public internet are permitted.

    Raises:
        UsageError: a given address cannot be asked for at all.
    """

    def __init__(self, urls: Iterable[str], settings: CrawlSettings) -> None:
        self._private = settings.allow_private
        self._allowed = [_allowed(host) for host in settings.hosts]
        self._own: set[tuple[str, int]] = set()
        for url in urls:
            target = target_of(url)
            if isinstance(target, str):
                raise UsageError(f"{url[:200]!r} cannot be crawled: {target}")
            # Whoever gives an address of this very machine means it; links and redirects to it are another matter.
            if _names_this_machine(target.host):
                self._own.add((target.host, target.port))
            self._allowed.append(_allowed(target.slot))

    def refusal(self, url: str) -> str:
        """Why this address must not be asked for, "" if it may.

        >>> Guard(["http://a.gov.cn/"], CrawlSettings()).refusal("http://b.gov.cn/1.html")
        'other host: b.gov.cn'
        """
        target = target_of(url)
        if isinstance(target, str):
            return target
        if not any(_fits(rule, target) for rule in self._allowed):
            return f"other host: {target.slot}"
        address = _numeric(target.host)
        if address is not None and self.closed(target.host, target.port, address):
            return f"not on the public internet: {target.slot}"
        return ""

    def closed(self, host: str, port: int, address: str) -> bool:
        """Is this numeric address, which ``host`` stands for, one that must not be connected to?"""
        from govreport.fetch.net import is_public

        if self._private or is_public(address):
            return False
        return (host, port) not in self._own or not ipaddress.ip_address(address.partition("%")[0]).is_loopback


def target_of(url: str) -> Target | str:
    """The parts of an http or https address, or why it has none that we ask for.

    >>> target_of("https://a.gov.cn/x?y=1")[2:]
    (443, 'a.gov.cn', 'https://a.gov.cn', '/x?y=1')
    >>> target_of("ftp://a.gov.cn/")
    'no http or https address'
    """
    if len(url) > MAX_URL:
        return f"the address has more than {MAX_URL} letters"
    if not url.isascii() or not url.isprintable() or " " in url or "\\" in url:
        return "the address holds letters that no address may hold"
    try:
        parts = urlsplit(url)
        host, port = (parts.hostname or "").rstrip("."), parts.port
    except ValueError as error:
        return f"the address cannot be read ({error})"
    if parts.scheme not in _USUAL_PORTS or not host:
        return "no http or https address"
    if parts.username is not None or parts.password is not None:
        return "the address holds a user name or password"
    if "%" in host or port == 0:
        return "the address names no host and port that can be asked"
    usual = _USUAL_PORTS[parts.scheme]
    shown = f"[{host}]" if ":" in host else host
    slot = shown if port in (None, usual) else f"{shown}:{port}"
    path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    return Target(parts.scheme, host, port or usual, slot, f"{parts.scheme}://{slot}", path)


def other_scheme(url: str) -> str | None:
    """The address with https for http or the reverse; None if it names a port, which serves one of them only.

    >>> other_scheme("http://a.gov.cn/1.html"), other_scheme("http://a.gov.cn:8080/")
    ('https://a.gov.cn/1.html', None)
    """
    parts = urlsplit(url)
    if parts.port is not None:
        return None
    return parts._replace(scheme="https" if parts.scheme == "http" else "http").geturl()


def is_unverified(host: str, hosts: Iterable[str]) -> bool:
    """Has the user said that the certificate of this host is not to be checked?"""
    return any(_named(_allowed(given), host) for given in hosts)


def _allowed(given: str) -> _Allowed:
    below = given.startswith("*.")
    name, colon, port = given.removeprefix("*.").rpartition(":")
    if not colon or port.endswith("]"):
        name, port = given.removeprefix("*."), ""
    return _Allowed(name.strip("[]"), int(port) if port else None, below)


def _fits(rule: _Allowed, target: Target) -> bool:
    if not _named(rule, target.host):
        return False
    return target.port == (rule.port or _USUAL_PORTS[target.scheme])


def _named(rule: _Allowed, host: str) -> bool:
    return host == rule.host or (rule.below and host.endswith(f".{rule.host}"))


def _names_this_machine(host: str) -> bool:
    if host == "localhost":
        return True
    address = _numeric(host)
    return address is not None and ipaddress.ip_address(address).is_loopback


def _numeric(host: str) -> str | None:
    """The address that a host written in numbers stands for, None for a name.

    A host such as ``2130706433`` or ``0x7f.1`` is a number to the system too. Each name whose last part is a number
    is one, by the URL standard; what is not plain dotted decimal is taken as unspecified, which is never public.
    """
    try:
        return str(ipaddress.ip_address(host))
    except ValueError:
        last = host.rpartition(".")[2]
        if last.isdecimal() or last.startswith("0x"):
            return "0.0.0.0"
        return None

"""How pages are fetched: one settings object, checked when it is made."""

from __future__ import annotations

import os
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from govreport.errors import UsageError

CONTACT_VARIABLE = "GOVREPORT_CONTACT"

# (least, most) of every number: wide enough for any honest use, narrow enough to catch a slip of units.
_BOUNDS = {
    "fresh_days": (0.0, 36_500.0),
    "max_bytes": (1, 1_000_000_000),
    "connect_seconds": (0.001, 600.0),
    "read_seconds": (0.001, 600.0),
    "total_seconds": (0.001, 3_600.0),
    "max_redirects": (0, 20),
    "retries": (0, 10),
    "backoff_seconds": (0.0, 600.0),
    "max_wait_seconds": (0.0, 3_600.0),
    "delay_seconds": (0.0, 600.0),
}
_WHOLE = ("max_bytes", "max_redirects", "retries")


@dataclass(frozen=True, slots=True)
class FetchSettings:
    """How ``fetch_page`` behaves. Immutable and checked when made.

    Attributes:
        cache: True keeps fetched pages in the user's cache folder (``$XDG_CACHE_HOME/govreport`` or
            ``~/.cache/govreport``), a path keeps them there, False keeps none. On by default: a study asks
            for the same pages many times, and the sites are small.
        fresh_days: a kept page younger than this is given without asking the site.
        refresh: ask the site even if a fresh page is kept, and keep the new one.
        max_bytes: a larger page is refused, before it is read to the end. Counted after unpacking.
        connect_seconds: limit for reaching the server.
        read_seconds: limit for any silence of the server.
        total_seconds: limit for one call of ``fetch_page``: robots.txt, redirects, retries and pauses included. A name
            look-up cannot be cut short, and may add the few seconds that the system allows it.
        max_redirects: hops followed; each is checked like the first address.
        retries: further tries after a broken connection or the statuses 429 and 5xx.
        backoff_seconds: wait before the first further try, doubled for each next one, with jitter.
        max_wait_seconds: the longest wait that a server may ask for (Retry-After, Crawl-delay).
        delay_seconds: pause between two requests to one host, for the whole process.
        user_agent: the name we give; None names govreport, its version and the contact.
        contact: address for site owners in the user agent; None takes the variable GOVREPORT_CONTACT.
        allow_private: permit private and other addresses that are not on the public internet; without it, only an
            address that names this machine itself (localhost, 127.0.0.1) may be asked, and no redirect leads there.
        ignore_robots: do not read robots.txt; only with leave of the site.

    Raises:
        UsageError: a setting has a wrong type or lies outside its bounds.

    >>> FetchSettings(retries=1, delay_seconds=0.5).retries
    1
    """

    cache: bool | str | Path = True
    fresh_days: float = 1.0
    refresh: bool = False
    max_bytes: int = 30_000_000
    connect_seconds: float = 10.0
    read_seconds: float = 30.0
    total_seconds: float = 120.0
    max_redirects: int = 10
    retries: int = 3
    backoff_seconds: float = 1.0
    max_wait_seconds: float = 60.0
    delay_seconds: float = 1.0
    user_agent: str | None = None
    contact: str | None = None
    allow_private: bool = False
    ignore_robots: bool = False

    def __post_init__(self) -> None:
        for name, bounds in _BOUNDS.items():
            check_number(f"FetchSettings.{name}", getattr(self, name), bounds, whole=name in _WHOLE)
        for name in ("refresh", "allow_private", "ignore_robots"):
            if not isinstance(getattr(self, name), bool):
                raise UsageError(f"FetchSettings.{name} is True or False; found {getattr(self, name)!r}")
        if not isinstance(self.cache, bool | str | Path) or self.cache == "":
            raise UsageError(f"FetchSettings.cache is True, False or a folder; found {self.cache!r}")
        for name in ("user_agent", "contact"):
            _check_header(f"FetchSettings.{name}", getattr(self, name))

    @property
    def agent(self) -> str:
        """The user agent that is sent.

        Raises:
            UsageError: the variable GOVREPORT_CONTACT cannot stand in a header.
        """
        if self.user_agent is not None:
            return self.user_agent
        contact = self.contact or os.environ.get(CONTACT_VARIABLE, "").strip() or None
        _check_header(CONTACT_VARIABLE, contact)
        return f"govreport/{_version()} (+research; contact {contact or 'not given'})"

    @property
    def cache_folder(self) -> Path | None:
        """The folder that pages are kept in, None for no cache. It need not exist."""
        if self.cache is False:
            return None
        if self.cache is True:
            # The XDG base directory specification asks to ignore a relative value.
            home = Path(os.environ.get("XDG_CACHE_HOME", ""))
            return (home if home.is_absolute() else Path.home() / ".cache") / "govreport"
        return Path(self.cache).expanduser()


def check_number(name: str, value: object, bounds: tuple[float, float], *, whole: bool) -> None:
    """Nothing for a number within its bounds.

    Raises:
        UsageError: it is another thing; the message names the setting.
    """
    least, most = bounds
    if isinstance(value, bool) or not isinstance(value, int if whole else int | float) or not least <= value <= most:
        kind = "whole number" if whole else "number"
        raise UsageError(f"{name} is a {kind} from {least:,} to {most:,}; found {value!r}")


def _check_header(name: str, value: object) -> None:
    if value is None:
        return
    if not isinstance(value, str) or not value.strip() or not value.isascii() or not value.isprintable():
        raise UsageError(f"{name} is one line of ASCII text, since it is sent as a header; found {value!r}")


def _version() -> str:
    try:
        return version("govreport")
    except PackageNotFoundError:  # used from a source tree that is not installed
        return "0"

"""One module for each family of sites; a style is a function that fills a ``Host``."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache

from govreport.errors import UsageError
from govreport.forms import read_csv
from govreport.synthetic.sites.chrome import short_notice
from govreport.synthetic.sites.host import OUTSIDE, Host
from govreport.synthetic.sites.styles import (
    attached,
    checks,
    closed,
    copies,
    endless,
    guangdong,
    hanweb,
    longsun,
    moving,
    old,
    sitemaps,
    transfer,
    tree,
    trouble,
    trs,
)
from govreport.synthetic.sites.wire import Reply

_BUILDERS: dict[str, Callable[[Host], None]] = {
    "trs": trs.build,
    "hanweb": hanweb.build,
    "hanweb_inline": hanweb.build_inline,
    "hanweb_units": hanweb.build_units,
    "guangdong": guangdong.build,
    "longsun": longsun.build,
    "attachments": attached.build,
    "gbk": old.build,
    "sitemap": sitemaps.build,
    "tree": tree.build,
    "robots": closed.build,
    "robots_down": closed.build_down,
    "slow": trouble.build_slow,
    "flaky": trouble.build_flaky,
    "redirects": moving.build,
    "base": moving.build_base,
    "calendar": endless.build,
    "sessions": endless.build_sessions,
    "busy": trouble.build_busy,
    "challenge": checks.build,
    "challenge_first": checks.build_first,
    "shell": checks.build_shell,
    "errors": checks.build_errors,
    "copies": copies.build,
    "mirror": copies.build_mirror,
    "transfer": transfer.build,
    "oversize": transfer.build_oversize,
    "http10": trouble.build_http10,
}

STYLES: tuple[str, ...] = tuple(_BUILDERS)
"""Names of all styles, in the order of ``forms/sites_styles.csv``, which says what each is like."""


@cache
def _rows() -> dict[str, dict[str, str]]:
    return {row["style"]: row for row in read_csv("sites_styles")}


def style_row(name: str) -> dict[str, str]:
    """What ``forms/sites_styles.csv`` says about a style.

    Raises:
        UsageError: there is no such style.
    """
    if name not in _BUILDERS:
        raise UsageError(f"no site has the style {name!r}; there are {', '.join(STYLES)}")
    return _rows()[name]


def build(host: Host) -> None:
    """Fill a host by its style."""
    if host.name == OUTSIDE:
        page = Reply(f"<!DOCTYPE html>\n<title>{short_notice()}</title>\n<p>{short_notice()}</p>\n".encode())
        host.missing = lambda request: page  # noqa: ARG005
        return
    _BUILDERS[host.name](host)

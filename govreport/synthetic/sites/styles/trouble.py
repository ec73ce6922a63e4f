"""Sites that are slow, fail, are busy, or speak an old protocol."""

from __future__ import annotations

import gzip
import time
from collections.abc import Callable
from dataclasses import replace
from email.utils import formatdate
from functools import partial

from govreport.synthetic.sites.chrome import Entry, small_page
from govreport.synthetic.sites.host import Host, Maker, always, first, with_headers
from govreport.synthetic.sites.skeleton import address, plain_column, report
from govreport.synthetic.sites.wire import Manner, Reply, Request

_PIECES = 40
_TOO_SMALL = 3000  # bytes announced of a page of some 20,000

Bad = Callable[[Reply], Reply]


def build_slow(host: Host) -> None:
    """The style ``slow``."""
    trickled = host.plans[1]
    drip = Manner(pieces=_PIECES, drip=host.trouble.drip_seconds)
    plain_column(host, {1: _sent(report(host, trickled), drip)})
    host.trap("trickle", address(host, trickled))
    host.trap("slow", f"{host.path}/index.html")
    silence = Manner(delay=host.trouble.silent_seconds, reset="before")
    host.add(host.trap("silent", "/silent.html"), lambda request: Reply(manner=silence))  # noqa: ARG005
    delay = host.trouble.slow_seconds

    def slow(request: Request, reply: Reply) -> Reply:
        del request
        return replace(reply, manner=replace(reply.manner, delay=max(delay, reply.manner.delay)))

    host.change = slow


def _sent(maker: Maker, manner: Manner) -> Maker:
    return lambda request: replace(maker(request), manner=manner)


def build_http10(host: Host) -> None:
    """The style ``http10``."""
    plain_column(host)
    host.trap("http10", f"{host.path}/index.html")
    host.change = lambda request, reply: replace(reply, manner=Manner(http10=True))  # noqa: ARG005


def _error(reply: Reply, status: int = 500) -> Reply:
    del reply
    return small_page("error_page", status=status)


def _reset(reply: Reply) -> Reply:
    return replace(reply, manner=Manner(reset="before"))


def _broken(reply: Reply) -> Reply:
    return replace(reply, manner=Manner(reset="inside", sent=len(reply.body) // 2))


def _short(reply: Reply) -> Reply:
    return replace(reply, manner=Manner(sent=len(reply.body) * 2 // 3, announced=len(reply.body)))


def _cut_gzip(reply: Reply) -> Reply:
    packed = gzip.compress(reply.body, mtime=0)
    cut = replace(reply, body=packed[: len(packed) * 2 // 3], manner=Manner(damaged=True))
    return with_headers(cut, ("Content-Encoding", "gzip"))


def _cut_chunked(reply: Reply) -> Reply:
    return replace(reply, manner=Manner(chunked=True, pieces=4, sent=len(reply.body) // 2))


def _too_small(reply: Reply) -> Reply:
    return replace(reply, manner=Manner(sent=_TOO_SMALL, announced=_TOO_SMALL))


_AT_FIRST: dict[str, tuple[int, Bad]] = {
    "first_500": (2, _error),
    "first_503": (1, partial(_error, status=503)),
    "first_reset": (1, _reset),
    "first_broken": (1, _broken),
    "first_short": (1, _short),
    "first_cut_gzip": (1, _cut_gzip),
    "first_cut_chunked": (1, _cut_chunked),
}
_ALWAYS: dict[str, Bad] = {
    "always_500": _error,
    "always_short": _short,
    "always_reset": _reset,
    "length_too_small": _too_small,
}


def build_flaky(host: Host) -> None:
    """The style ``flaky``: each kind of trouble at a report of its own; some addresses never answer rightly."""
    makers = {}
    for position, (kind, (times, bad)) in enumerate(_AT_FIRST.items()):
        plan = host.plans[position]
        makers[position] = first(times, bad, report(host, plan))
        host.trap(kind, address(host, plan))
    extra = []
    for number, (kind, bad) in enumerate(_ALWAYS.items()):
        target = host.trap(kind, f"{host.path}/lost/{number}.html")
        plan = host.plans[number]
        host.add(target, always(bad, report(host, plan)))
        extra.append(Entry(plan.title.replace(str(plan.year), str(plan.year - 9)), target, plan.published))
    plain_column(host, makers, extra)


def build_busy(host: Host) -> None:
    """The style ``busy``: every second report asks to wait first."""
    makers = {}
    for position, plan in enumerate(host.plans):
        if position % 2 == 0:
            kind = ("busy", "busy_date", "busy_503")[position // 2 % 3]
            makers[position] = _busy(host, report(host, plan), kind)
            host.trap(kind, address(host, plan))
    plain_column(host, makers)


def _busy(host: Host, good: Maker, kind: str) -> Maker:
    """Says when to come again at the first request, and again to whoever comes earlier than that."""
    free_at: list[float] = []

    def answer(request: Request) -> Reply:
        now = time.time()
        if not free_at:
            free_at.append(now + host.trouble.retry_after)
        if now >= free_at[0]:
            return good(request)
        left = max(1, round(free_at[0] - now + 0.5))
        dated = kind == "busy_date"
        when = formatdate(now + left, usegmt=True) if dated else str(left)
        reply = with_headers(small_page("too_many", status=503 if kind == "busy_503" else 429), ("Retry-After", when))
        return with_headers(reply, ("Date", formatdate(now, usegmt=True))) if dated else reply

    return answer

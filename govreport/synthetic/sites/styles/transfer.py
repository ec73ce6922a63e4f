"""Ways to send a page: packed, in chunks, with validators; and bodies that are far too large."""

from __future__ import annotations

import gzip
import hashlib
import zlib
from collections.abc import Callable
from dataclasses import replace

from govreport.synthetic.sites.chrome import Entry, short_notice
from govreport.synthetic.sites.host import Host, Maker, once, with_headers
from govreport.synthetic.sites.skeleton import address, plain_column, report
from govreport.synthetic.sites.wire import Manner, Reply, Request

_CHUNKED = Manner(chunked=True, pieces=5)
_CHANGED = "Mon, 15 Jan 2024 01:30:00 GMT"
_BLOCK = 100_000
_PACK = 1_000_000

Way = Callable[[Request, Reply], Reply]


def _accepts(request: Request, packing: str) -> bool:
    offered = request.headers.get("accept-encoding", "").lower().split(",")
    return packing in (name.partition(";")[0].strip() for name in offered)


def _packed(reply: Reply, packing: str) -> Reply:
    body = gzip.compress(reply.body, mtime=0) if packing == "gzip" else zlib.compress(reply.body)
    return with_headers(replace(reply, body=body), ("Content-Encoding", packing), ("Vary", "Accept-Encoding"))


def _gzip(request: Request, reply: Reply) -> Reply:
    return _packed(reply, "gzip") if _accepts(request, "gzip") else reply


def _deflate(request: Request, reply: Reply) -> Reply:
    return _packed(reply, "deflate") if _accepts(request, "deflate") else reply


def _gzip_unasked(request: Request, reply: Reply) -> Reply:
    del request
    return _packed(reply, "gzip")


def _chunked(request: Request, reply: Reply) -> Reply:
    del request
    return replace(reply, manner=_CHUNKED)


def _chunked_gzip(request: Request, reply: Reply) -> Reply:
    return replace(_gzip(request, reply), manner=_CHUNKED)


def _validators(request: Request, reply: Reply) -> Reply:
    tag = f'"{hashlib.sha256(reply.body).hexdigest()[:16]}"'
    full = with_headers(reply, ("ETag", tag), ("Last-Modified", _CHANGED))
    known = request.headers.get("if-none-match")
    same = tag in known if known is not None else request.headers.get("if-modified-since") == _CHANGED
    return replace(full, status=304, body=b"") if same else full


def _last_modified(request: Request, reply: Reply) -> Reply:
    full = with_headers(reply, ("Last-Modified", _CHANGED))
    same = request.headers.get("if-modified-since") == _CHANGED
    return replace(full, status=304, body=b"") if same else full


_WAYS: dict[str, Way] = {
    "gzip": _gzip,
    "gzip_unasked": _gzip_unasked,
    "deflate": _deflate,
    "chunked": _chunked,
    "chunked_gzip": _chunked_gzip,
    "validators": _validators,
    "last_modified": _last_modified,
}


def build(host: Host) -> None:
    """The style ``transfer``: one report for each way, the others sent plainly."""
    makers = {}
    for position, (kind, way) in enumerate(_WAYS.items()):
        plan = host.plans[position]
        makers[position] = _by_way(report(host, plan), way)
        host.trap(kind, address(host, plan))
    plain_column(host, makers)


def _by_way(maker: Maker, way: Way) -> Maker:
    return lambda request: way(request, maker(request))


def build_oversize(host: Host) -> None:
    """The style ``oversize``: links titled as reports lead to bodies that no report has."""
    block = (f"<p>{short_notice()}</p>\n" * (_BLOCK // len(f"<p>{short_notice()}</p>\n".encode()))).encode()
    times = -(-host.trouble.big_bytes // len(block))
    big = Manner(times=times)
    makers = {
        "too_large": once(lambda: Reply(block, manner=big)),
        "too_large_chunked": once(lambda: Reply(block, manner=replace(big, chunked=True))),
        "gzip_bomb": once(lambda: _bomb(host.trouble.big_bytes)),
    }
    plan = host.plans[0]
    extra = []
    for number, (kind, maker) in enumerate(makers.items()):
        target = host.add(host.trap(kind, f"{host.path}/big/{number}.html"), maker)
        extra.append(Entry(plan.title.replace(str(plan.year), str(plan.year - 9 - number)), target))
    plain_column(host, extra=extra)


def _bomb(size: int) -> Reply:
    """Packed piece by piece, so that this side never holds it whole."""
    packer = zlib.compressobj(9, zlib.DEFLATED, 31)
    opening = f"<!DOCTYPE html>\n<p>{short_notice()}</p>\n".encode()
    parts = [
        packer.compress(opening),
        *(packer.compress(b" " * _PACK) for _ in range(-(-size // _PACK))),
        packer.flush(),
    ]
    return Reply(b"".join(parts), headers=(("Content-Encoding", "gzip"),))

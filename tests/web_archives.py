"""Small web archives and tables for tests, written without the packages that read them."""

from __future__ import annotations

import base64
import gzip
import hashlib
import zlib
from collections.abc import Iterable


def record(
    kind: str = "response",
    url: str = "http://www.example.gov.cn/1.html",
    block: bytes = b"",
    *,
    headers: Iterable[str] = (),
    length: int | None = None,
    content_type: str = "application/http; msgtype=response",
) -> bytes:
    """One WARC record as bytes."""
    lines = [
        "WARC/1.1", f"WARC-Type: {kind}", f"WARC-Target-URI: {url}", "WARC-Date: 2024-01-20T10:00:00Z",
        "WARC-Record-ID: <urn:uuid:00000000-0000-0000-0000-000000000000>", *headers, f"Content-Type: {content_type}",
        f"Content-Length: {len(block) if length is None else length}",
    ]  # fmt: skip
    return "\r\n".join(lines).encode() + b"\r\n\r\n" + block + b"\r\n\r\n"


def answer(body: bytes, status: int = 200, *headers: str, content_type: str = "text/html; charset=utf-8") -> bytes:
    """What a web server sends."""
    lines = [f"HTTP/1.1 {status} OK", f"Content-Type: {content_type}", *headers]
    return "\r\n".join(lines).encode() + b"\r\n\r\n" + body


def response(url: str, body: bytes, status: int = 200, *headers: str, content_type: str = "text/html") -> bytes:
    """A response record with digests."""
    block = answer(body, status, *headers, content_type=content_type)
    digests = [f"WARC-Payload-Digest: {digest(body)}", f"WARC-Block-Digest: {digest(block)}"]
    return record("response", url, block, headers=digests)


def digest(content: bytes) -> str:
    """As most programs write it."""
    return "sha1:" + base64.b32encode(hashlib.sha1(content).digest()).decode()


def packed(records: Iterable[bytes], level: int = 6) -> bytes:
    """A .warc.gz: each record a gzip member of its own."""
    return b"".join(gzip.compress(one, level, mtime=0) for one in records)


def chunked(body: bytes, size: int = 1000) -> bytes:
    """Transfer-Encoding: chunked."""
    parts = [body[at : at + size] for at in range(0, len(body), size)]
    return b"".join(b"%x\r\n%s\r\n" % (len(part), part) for part in parts) + b"0\r\n\r\n"


def deflated(body: bytes) -> bytes:
    """Deflate without a header, as some servers send it."""
    packer = zlib.compressobj(wbits=-15)
    return packer.compress(body) + packer.flush()

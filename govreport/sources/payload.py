"""What a server sent, undone: chunks, compression, digests. Limits hold against bodies made to fill memory."""

from __future__ import annotations

import base64
import hashlib
import zlib
from typing import NamedTuple

from govreport.sources.work import MAX_BYTES

_ALGORITHMS = {"sha1": "sha1", "sha-1": "sha1", "sha256": "sha256", "sha-256": "sha256", "sha512": "sha512",
               "sha-512": "sha512", "md5": "md5"}  # fmt: skip
# int() reads base 32 with other digits than RFC 4648 writes, and twenty times as fast as base64.b32decode.
_BASE_32 = str.maketrans("ABCDEFGHIJKLMNOPQRSTUVWXYZ234567", "0123456789ABCDEFGHIJKLMNOPQRSTUV", "0189")
_ANY_HEADER = 47  # window bits of zlib for gzip and zlib data alike
_BARE = -15  # deflate without a header, which some servers send
_AS_IT_IS = ("", "identity", "none", "utf-8", "binary")  # the last two are no codings, but met
_STEP = 1024 * 1024


class Body(NamedTuple):
    """A body undone. ``dechunked`` is what the server meant to send, ``content`` the page; ``reason`` if cut short."""

    content: bytes
    dechunked: bytes
    reason: str = ""


def undo(raw: bytes, transfer: str, coding: str) -> Body:
    r"""The page that a server sent, given its Transfer-Encoding and Content-Encoding.

    Archives that store pages with their encodings already undone, but with the old headers, are read as well.

    >>> undo(b"5\r\nhello\r\n0\r\n\r\n", "chunked", "").content
    b'hello'
    """
    plain, reason = _dechunk(raw) if "chunked" in transfer.lower() else (raw, "")
    content = plain
    for name in reversed([part.strip().lower() for part in coding.split(",")]):
        if name in _AS_IT_IS:
            continue
        content, problem = _decoded(content, name)
        reason = reason or problem
        if problem:
            break
    return Body(content, plain, reason)


def differs(label: str, *candidates: bytes) -> str:
    """The digest of a WARC header against bytes: a sentence if it fits none of them, empty if it fits or is unknown.

    >>> differs("sha1:AAAA", b"page")
    'the digest sha1:AAAA does not fit the content'
    """
    algorithm, _, given = label.strip().partition(":")
    name = _ALGORITHMS.get(algorithm.lower())
    if not name or not given:
        return ""
    if any(_same(given, hashlib.new(name, content, usedforsecurity=False).digest()) for content in candidates):
        return ""
    return f"the digest {label.strip()[:150]} does not fit the content"


def _same(given: str, digest: bytes) -> bool:
    """Digests are written in base 32, by some programs in hexadecimal or base 64."""
    given = given.strip().rstrip("=")
    if len(given) == 2 * len(digest):
        return given.lower() == digest.hex()
    try:
        if len(given) == -(-8 * len(digest) // 5):
            padding = 5 * len(given) - 8 * len(digest)
            return int(given.upper().translate(_BASE_32), 32) == int.from_bytes(digest) << padding
        return base64.b64decode(given + "=" * (-len(given) % 4), validate=True) == digest
    except ValueError:
        return False


def _dechunk(raw: bytes) -> tuple[bytes, str]:
    made: list[bytes] = []
    at = 0
    while True:
        line = raw.find(b"\r\n", at, at + 1000)
        size = _chunk_size(raw[at:line]) if line >= 0 else None
        if size is None:
            return (b"".join(made), "its chunks break off") if made else (raw, "")
        if size == 0:
            return b"".join(made), ""
        start = line + 2
        made.append(raw[start : start + size])
        if start + size > len(raw):
            return b"".join(made), "its last chunk is cut"
        at = start + size
        at += 2 if raw[at : at + 2] == b"\r\n" else 0


def _chunk_size(line: bytes) -> int | None:
    digits = line.split(b";", 1)[0].strip()
    if not digits or len(digits) > 12 or digits.strip(b"0123456789abcdefABCDEF"):
        return None
    return int(digits, 16)


def _decoded(content: bytes, name: str) -> tuple[bytes, str]:
    if name in ("gzip", "x-gzip"):
        return _inflated(content, _ANY_HEADER) if content.startswith(b"\x1f\x8b") else (content, "")
    if name == "deflate":
        made, reason = _inflated(content, _ANY_HEADER)
        return _inflated(content, _BARE) if reason and not made else (made, reason)
    if name in ("br", "zstd"):
        return _streamed(content, {"br": "brotli"}.get(name, name))
    return content, f"nothing is known of its content encoding {name[:40]!r}"


def _inflated(content: bytes, window: int) -> tuple[bytes, str]:
    made: list[bytes] = []
    size = 0
    while content:
        inflater = zlib.decompressobj(window)
        while not inflater.eof:
            try:
                out = inflater.decompress(content, _STEP)
            except zlib.error as error:
                return _joined(made, f"its compressed data are broken ({error})")
            content = inflater.unconsumed_tail
            made.append(out)
            size += len(out)
            if size > MAX_BYTES:
                return b"", _bomb()
            if not out and not content and not inflater.eof:
                return _joined(made, "its compressed data break off")
        content = inflater.unused_data if inflater.unused_data.startswith(b"\x1f\x8b") else b""
    return _joined(made, "")


def _streamed(content: bytes, codec: str) -> tuple[bytes, str]:
    import pyarrow as pa

    if not pa.Codec.is_available(codec):
        return b"", f"its content encoding {codec} needs a pyarrow that knows it; install pyarrow again"
    made: list[bytes] = []
    size = 0
    try:
        with pa.CompressedInputStream(pa.BufferReader(content), codec) as stream:
            while out := stream.read(_STEP):
                made.append(out)
                size += len(out)
                if size > MAX_BYTES:
                    return b"", _bomb()
    except (OSError, pa.ArrowException) as error:
        if not made and not _looks_packed(content):
            return content, ""
        return _joined(made, f"its compressed data are broken ({str(error)[:80]})")
    return _joined(made, "")


def _looks_packed(content: bytes) -> bool:
    """Whether bytes are no text: an archive may have undone the encoding and kept the header."""
    return not content.lstrip()[:1].startswith((b"<", b"{")) and not content[:200].isascii()


def _joined(made: list[bytes], reason: str) -> tuple[bytes, str]:
    return b"".join(made), reason


def _bomb() -> str:
    return f"it unpacks to more than {MAX_BYTES:,} bytes"

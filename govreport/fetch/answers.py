"""What answers of servers say: a status in words, how long to wait, and bodies packed with gzip."""

from __future__ import annotations

import zlib
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from http import HTTPStatus

PLAIN = ("", "identity")
PACKED = ("gzip", "x-gzip")
_CHUNK = 65_536


def named(status: int) -> str:
    """A status with its words, as far as it has any. Raises nothing.

    >>> named(404), named(799)
    ('404 Not Found', '799')
    """
    try:
        return f"{status} {HTTPStatus(status).phrase}"
    except ValueError:
        return str(status)


def retry_after(value: str, now: float) -> float:
    """Seconds that a Retry-After asks for, 0.0 if it is missing or not understood. Raises nothing.

    Args:
        value: the header.
        now: seconds since 1970, from which a date counts.
    """
    value = value.strip()
    if value.isascii() and value.isdecimal():
        return float(value[:12])
    try:
        until = parsedate_to_datetime(value)
    except ValueError:
        return 0.0
    return max(0.0, (until.replace(tzinfo=until.tzinfo or UTC) - datetime.fromtimestamp(now, UTC)).total_seconds())


def unpacked(parts: Iterable[bytes]) -> Iterator[bytes]:
    """What a gzip stream holds, in parts of bounded size: a small packed body may hold gigabytes.

    Members that follow one another count as one stream, padding behind the last one is left out. Nothing at all is an
    empty stream.

    Raises:
        EOFError: the stream ends before its end.
        zlib.error: it is damaged, or no gzip stream.
    """
    unpacker, empty = zlib.decompressobj(31), True
    for part in parts:
        data, empty = part, empty and not part
        while data:
            if unpacker.eof:
                if not data.startswith(b"\x1f"):
                    return
                unpacker = zlib.decompressobj(31)
            yield unpacker.decompress(data, _CHUNK)
            data = unpacker.unconsumed_tail or unpacker.unused_data
    yield unpacker.flush()
    if not unpacker.eof and not empty:
        raise EOFError

"""What cutting a web archive into records gives, and the marks it goes by (WARC 1.1, ISO 28500)."""

from __future__ import annotations

import re
from typing import NamedTuple

from govreport.sources.work import MAX_BYTES

START = b"WARC/1."
BLANKS = b"\r\n"
HEAD_END = b"\r\n\r\n"
MAX_HEAD = 64 * 1024
"""Header of a record, at most; real ones have under 2 KB."""

MAX_RECORD = MAX_BYTES + 2 * MAX_HEAD
"""Larger records are passed through without being kept; no page that could be read is among them."""

_LENGTH = re.compile(rb"\r\ncontent-length:[ \t]*(\d{1,18})[ \t]*\r\n", re.IGNORECASE)
_URI = re.compile(rb"\r\nwarc-target-uri:[ \t]*<?([^\r\n>]*)", re.IGNORECASE)


class Cut(NamedTuple):
    """The bytes of one record, header and block; or what is left of it, with the reason why it is not whole.

    ``large`` is true for a sound record that is too large to be kept; its first bytes are there.
    """

    offset: int
    content: bytes
    reason: str = ""
    large: bool = False


def block_length(head: bytes | bytearray) -> int | None:
    """Length of the block that follows a header, None if the header does not say it. The blank line is part of it."""
    found = _LENGTH.search(head)
    return int(found[1]) if found else None


def target(head: bytes | bytearray) -> str:
    """The address that a record is about, as far as its header is there; empty if it names none."""
    found = _URI.search(head[:MAX_HEAD])
    return found[1].decode("utf-8", "replace").strip() if found else ""


def runs_on(rest: bytes | bytearray) -> bool:
    """Whether what follows a block is no record end: then the length in the header was too small."""
    left = rest.lstrip(BLANKS)[: len(START)]
    return bool(left) and not START.startswith(left)


def too_large(size: int) -> str:
    """The reason for a record that is not kept."""
    return f"it has {size:,} bytes, and at most {MAX_RECORD:,} are read"

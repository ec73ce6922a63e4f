"""Web archives that are not compressed: from record to record by the lengths that their headers give."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from typing import IO, NamedTuple

from govreport.sources.cuts import (
    BLANKS,
    HEAD_END,
    MAX_HEAD,
    MAX_RECORD,
    START,
    Cut,
    block_length,
    runs_on,
    too_large,
)

_LOOK = 4096
_WINDOW = 1024 * 1024
_BEGINNING = re.compile(rb"(?<=\r\n)WARC/1\.\d\r\n[A-Za-z-]{2,40}:")
_LONGEST = 80  # of what _BEGINNING finds


class _Span(NamedTuple):
    """Where a record lies; with a reason where it is damaged, and then ``next`` is where reading goes on."""

    start: int
    stop: int
    next: int
    reason: str = ""


def cut_plain(file: IO[bytes], start: int = 0, stop: int = -1) -> Iterator[Cut]:
    """The records that begin in a range of the file; damage is told, and reading goes on with the next record."""
    for span in _spans(file, start, stop):
        size = span.stop - span.start
        if span.reason:
            yield Cut(span.start, _read(file, span.start, MAX_HEAD), span.reason)
        elif size > MAX_RECORD:
            yield Cut(span.start, _read(file, span.start, MAX_HEAD), too_large(size), large=True)
        else:
            yield Cut(span.start, _read(file, span.start, size))


def plain_borders(file: IO[bytes], size: int, step: int) -> Iterator[int]:
    """Beginnings of records where the file may be cut, at least ``step`` bytes apart.

    Every header up to there is read: the text of an archive may stand inside a page of another, and only who comes
    from the start knows which is which.
    """
    due = step
    for span in _spans(file, 0, size):
        if span.start >= due:
            yield span.start
            due = span.start + step


def _spans(file: IO[bytes], start: int, stop: int) -> Iterator[_Span]:
    size = file.seek(0, os.SEEK_END)
    at = start
    while at < (size if stop < 0 else stop):
        block = _read(file, at, _LOOK)
        blank = len(block) - len(block.lstrip(BLANKS))
        if blank:
            at += blank
            continue
        span = _span(file, at, block, size)
        yield span
        at = span.next


def _span(file: IO[bytes], at: int, block: bytes, size: int) -> _Span:
    if not block.startswith(START):
        return _damaged(file, at, at + 1, size, "no record begins where one should")
    if HEAD_END not in block:
        block = _read(file, at, MAX_HEAD)
    head = block.find(HEAD_END)
    if head < 0:
        return _damaged(file, at, at + 1, size, "its header has no end")
    length = block_length(block[: head + len(BLANKS)])
    after = at + head + len(HEAD_END)
    if length is None:
        return _damaged(file, at, after, size, "its header does not say how long it is")
    stop = after + length
    if stop > size:
        return _damaged(file, at, after, size, f"it ends {stop - size:,} bytes before its length")
    if runs_on(_read(file, stop, 2 * len(HEAD_END))):
        return _damaged(file, at, after, size, "no record begins where its length says that it ends")
    return _Span(at, stop, stop)


def _damaged(file: IO[bytes], at: int, search_from: int, size: int, why: str) -> _Span:
    found = _find_record(file, search_from)
    if found is None:
        return _Span(at, size, size, f"{why}; no record was found after it")
    return _Span(at, found, found, f"{why}; reading goes on at byte {found:,}")


def _find_record(file: IO[bytes], at: int) -> int | None:
    """The next line that begins a record."""
    while True:
        window = _read(file, at, _WINDOW)
        found = _BEGINNING.search(window)
        if found:
            return at + found.start()
        if len(window) < _WINDOW:
            return None
        at += len(window) - _LONGEST


def _read(file: IO[bytes], at: int, size: int) -> bytes:
    file.seek(at)
    return file.read(size)

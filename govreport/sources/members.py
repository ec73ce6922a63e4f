"""Compressed web archives, cut into records: one gzip member holds one record, so each can be found by itself.

The cutting is done here and not by the WARC library, since that passes over the record in which a file ends, and reads
on into the next member where a length is wrong, both without a word.
"""

from __future__ import annotations

import zlib
from collections.abc import Iterator
from typing import IO, Any

from govreport.sources.cuts import BLANKS, HEAD_END, MAX_HEAD, MAX_RECORD, START, Cut, block_length, runs_on, too_large

MAGIC = b"\x1f\x8b"
_DEFLATE = MAGIC + b"\x08"
_READ = 64 * 1024
_STEP = 1024 * 1024
_WINDOW = 1024 * 1024
_GZIP = 31  # window bits of zlib that stand for a gzip header
# Data that cannot be compressed stand as they are in blocks of at most 65,535 bytes (RFC 1951, 3.2.4). An archive
# inside an archive can therefore look like members of its own, but not for longer than this without a break.
_STORED = 65_535


class _DamagedError(Exception):
    """Reading cannot go on at this place; the message says why."""


class _EndedError(_DamagedError):
    """The file ends inside a member."""


class _Members:
    """The plain bytes of the members that begin in a range of the file, in steps."""

    def __init__(self, file: IO[bytes], start: int, stop: int) -> None:
        self._file, self._stop = file, stop
        self.restart(start)

    def restart(self, at: int) -> None:
        """Go on with the member that begins here."""
        self._file.seek(at)
        self._left, self._read_to, self.at = b"", at, at
        self._inflater: Any = None

    @property
    def reached(self) -> int:
        """The first byte of the file that is not yet unpacked."""
        return self._read_to - len(self._left)

    def more(self) -> tuple[bytes, bool]:
        """The next plain bytes, and whether they open a member; no bytes at the end."""
        fresh = False
        while True:
            if self._inflater is None:
                if not self._open():
                    return b"", False
                fresh = True
            out = self._inflate()
            if out:
                return out, fresh

    def rest(self) -> bytes:
        """The next plain bytes of the member that was begun; none when it is at its end, and its checksum right."""
        while self._inflater is not None:
            out = self._inflate()
            if out:
                return out
        return b""

    def _open(self) -> bool:
        self.at = self.reached
        if self._stop >= 0 and self.at >= self._stop:
            return False
        if not self._left and not self._fill():
            return False
        self._inflater = zlib.decompressobj(_GZIP)
        return True

    def _inflate(self) -> bytes:
        try:
            out: bytes = self._inflater.decompress(self._left, _STEP)
        except zlib.error as error:
            raise _DamagedError(f"its gzip data are broken ({error})") from error
        if self._inflater.eof:
            self._left, self._inflater = self._inflater.unused_data, None
            return out
        self._left = self._inflater.unconsumed_tail
        if not out and not self._left and not self._fill():
            raise _EndedError("the file ends inside it")
        return out

    def _fill(self) -> bool:
        block = self._file.read(_READ)
        self._left += block
        self._read_to += len(block)
        return bool(block)


class _Cutter:
    """Records out of the plain bytes; most members hold just one, but one may hold many, and one may fill many."""

    def __init__(self, file: IO[bytes], start: int, stop: int) -> None:
        self._file = file
        self._members = _Members(file, start, stop)
        self._buffer = bytearray()
        self._fresh = b""  # the beginning of a member that is not part of the record before
        self._offset = start

    def cuts(self) -> Iterator[Cut]:
        while True:
            try:
                cut = self._next()
            except _DamagedError as error:
                yield self._damaged(str(error))
                if self._members.at < 0:
                    return
                continue
            if cut is None:
                return
            yield cut

    def _next(self) -> Cut | None:
        if not self._begin():
            return None
        at = self._find_head_end()
        length = block_length(self._buffer[: at + 2])
        if length is None:
            raise _DamagedError("its header does not say how long it is")
        total = at + len(HEAD_END) + length
        if total > MAX_RECORD:
            return self._pass_through(total)
        while len(self._buffer) < total and self._grow():
            pass
        if len(self._buffer) < total:
            raise _DamagedError(f"it ends {total - len(self._buffer):,} bytes before its length")
        while len(self._buffer) <= total + len(HEAD_END) and (more := self._members.rest()):
            self._buffer += more
        if runs_on(self._buffer[total : total + 2 * len(HEAD_END)]):
            raise _DamagedError("it is longer than its header says")
        return self._taken(total)

    def _begin(self) -> bool:
        """Have the first bytes of a record in the buffer; False at the end."""
        while True:
            if self._buffer[:1] in BLANKS:
                del self._buffer[: len(self._buffer) - len(self._buffer.lstrip(BLANKS))]
            if self._buffer:
                break
            if not self._grow():
                return False
            self._offset = self._members.at
        while len(self._buffer) < len(START) and self._grow():
            pass
        if not self._buffer.startswith(START):
            raise _DamagedError("no record begins where one should")
        return True

    def _find_head_end(self) -> int:
        while (at := self._buffer.find(HEAD_END, 0, MAX_HEAD)) < 0:
            if len(self._buffer) > MAX_HEAD or not self._grow():
                raise _DamagedError("its header has no end")
        return at

    def _grow(self, *, inside: bool = False) -> bool:
        """More bytes for the record in the buffer, or inside one; False if the next ones belong to another record."""
        inside = inside or bool(self._buffer)
        if self._fresh:
            if inside:
                return False
            self._buffer, self._fresh = bytearray(self._fresh), b""
            return True
        out, fresh = self._members.more()
        if fresh and inside and out.startswith(START):
            self._fresh = out
            return False
        self._buffer += out
        return bool(out)

    def _taken(self, total: int) -> Cut:
        cut = Cut(self._offset, bytes(self._buffer[:total]))
        del self._buffer[:total]
        return cut

    def _pass_through(self, total: int) -> Cut:
        """A record that is too large: its first bytes are kept to tell what it was."""
        kept, left = bytes(self._buffer[:MAX_HEAD]), total - len(self._buffer)
        while left > 0:
            self._buffer.clear()
            if not self._grow(inside=True):
                self._buffer = bytearray(kept)
                raise _DamagedError(f"it ends {left:,} bytes before its length")
            left -= len(self._buffer)
        del self._buffer[: len(self._buffer) + left]
        return Cut(self._offset, kept, too_large(total), large=True)

    def _damaged(self, why: str) -> Cut:
        """What is left of the record in the buffer, and go on with the next one that can be found."""
        head = bytes(self._buffer[:MAX_HEAD]) or head_of(self._file, self._members.at)
        offset = self._offset if self._buffer else self._members.at
        self._buffer.clear()
        if self._fresh:
            return Cut(offset, head, f"{why}; reading goes on at byte {self._members.at:,}")
        found = find_member(self._file, self._members.at + 1)
        if found is None:
            self._members.at = -1
            return Cut(offset, head, f"{why}; no record was found after it")
        self._members.restart(found)
        self._offset = found
        return Cut(offset, head, f"{why}; reading goes on at byte {found:,}")


def cut_members(file: IO[bytes], start: int = 0, stop: int = -1) -> Iterator[Cut]:
    """The records of the gzip members that begin in a range of the file; damage is told, and reading goes on."""
    return _Cutter(file, start, stop).cuts()


def head_of(file: IO[bytes], at: int) -> bytes:
    """The first plain bytes of a member, as far as they can be had."""
    file.seek(at)
    raw = file.read(4096)
    for size in (len(raw), 1024, 512, 256):
        try:
            return zlib.decompressobj(_GZIP).decompress(raw[:size], 4096)
        except zlib.error:
            continue
    return b""


def find_member(file: IO[bytes], at: int, stop: int = -1) -> int | None:
    """Where the next member begins that opens a record, None if there is none before ``stop``."""
    while True:
        file.seek(at)
        window = file.read(_WINDOW)
        found = window.find(_DEFLATE)
        while found >= 0:
            if 0 <= stop <= at + found:
                return None
            if head_of(file, at + found).startswith(START):
                return at + found
            found = window.find(_DEFLATE, found + 1)
        if len(window) < _WINDOW:
            return None
        at += len(window) - len(_DEFLATE) + 1


def borders(file: IO[bytes], size: int, step: int) -> Iterator[int]:
    """Beginnings of members where the file may be cut, about ``step`` bytes apart, without reading what is between.

    A beginning counts only if what follows unpacks without a break for longer than an archive stored inside a record
    could; so each lies on the way of a reader that comes from the start of the file.
    """
    at = step
    while at < size:
        found = find_member(file, at, min(at + step, size))
        while found is not None and not _holds(file, found):
            found = find_member(file, found + 1, min(at + step, size))
        if found is not None:
            yield found
        at = (found or at) + step


def _holds(file: IO[bytes], at: int) -> bool:
    """Whether what begins here unpacks without a break for longer than stored data could, or up to the end."""
    members = _Members(file, at, -1)
    try:
        while members.more()[0]:
            if members.reached - at > _STORED + MAX_HEAD:
                return True
    except _EndedError:
        return True
    except _DamagedError:
        return False
    return True

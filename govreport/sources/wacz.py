"""WACZ files: zip files with web archives in their folder ``archive`` (WACZ 1.1.1)."""

from __future__ import annotations

import io
import os
import shutil
import tempfile
import zipfile
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from typing import IO, Any

from govreport.sources.listing import kind_of
from govreport.sources.work import Piece, Record

CANNOT_UNZIP = (zipfile.BadZipFile, NotImplementedError, RuntimeError, EOFError, ValueError, KeyError)
"""What zipfile raises on damaged, strange and encrypted files, beside OSError."""

_HEAD = 30  # bytes of a local header before the name (APPNOTE 4.3.7)


def archives_inside(file: IO[bytes]) -> list[str]:
    """Names of the web archives in a WACZ, sorted.

    Raises:
        OSError, zipfile.BadZipFile, ValueError: this is no WACZ.
    """
    with zipfile.ZipFile(file) as archive:
        found = sorted(name for name in archive.namelist() if kind_of(name) == "warc")
    if not found:
        raise ValueError("there is no WARC file in it")
    return found


@contextmanager
def inside(file: IO[bytes], name: str) -> Iterator[IO[bytes]]:
    """A web archive in a WACZ as a file. It is stored there as it is, and read in place.

    What zip has compressed once more, against the format, is unpacked into a temporary file: it could only be read
    forwards, and the readers go back and forth.
    """
    with zipfile.ZipFile(file) as archive:
        info = archive.getinfo(name)
        if info.compress_type == zipfile.ZIP_STORED and not info.flag_bits & 1:
            yield io.BufferedReader(_View(file, _start(file, info), info.file_size))
            return
        with archive.open(info) as packed, tempfile.TemporaryFile() as unpacked:
            shutil.copyfileobj(packed, unpacked)
            yield unpacked


def read_wacz(file: IO[bytes], piece: Piece, _passed: Counter[str]) -> Iterator[Record]:
    """Why a WACZ could not be made into pieces."""
    try:
        archives_inside(file)
        reason = "it could not be opened when the work was planned; plan again"
    except (OSError, *CANNOT_UNZIP) as error:
        reason = f"this is no WACZ that can be read: {str(error)[:200]}"
    yield Record(piece.name, None, reason)


def _start(file: IO[bytes], info: zipfile.ZipInfo) -> int:
    file.seek(info.header_offset)
    head = file.read(_HEAD)
    return info.header_offset + _HEAD + int.from_bytes(head[26:28], "little") + int.from_bytes(head[28:30], "little")


class _View(io.RawIOBase):
    """Some bytes of a file as a file."""

    def __init__(self, file: IO[bytes], start: int, size: int) -> None:
        super().__init__()
        self._file, self._start, self._size, self._at = file, start, size, 0

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def seek(self, offset: int, whence: int = os.SEEK_SET) -> int:
        """Go to a place in the view."""
        base = {os.SEEK_SET: 0, os.SEEK_CUR: self._at, os.SEEK_END: self._size}[whence]
        self._at = max(0, base + offset)
        return self._at

    def readinto(self, buffer: Any) -> int:
        """The next bytes of the view."""
        left = min(len(buffer), max(0, self._size - self._at))
        self._file.seek(self._start + self._at)
        got = self._file.read(left)
        buffer[: len(got)] = got
        self._at += len(got)
        return len(got)

"""Files inside zip archives, read with limits: what an archive says of its sizes is a claim that is not trusted."""

from __future__ import annotations

import io
import struct
import zipfile
import zlib

from govreport.errors import ReadError

MOST_FILES = 10_000
MOST_BYTES = 200_000_000
"""Unpacked bytes that are read from one archive; an annual report with pictures has under 30 MB."""


# What the standard library raises on damaged archives, besides its own error.
_BROKEN = (zipfile.BadZipFile, zlib.error, struct.error, EOFError, OSError, ValueError, RuntimeError)


class Zip:
    """A zip archive in memory. Every byte that is unpacked counts against one limit for the whole archive.

    Args:
        content: bytes of the archive.
        what: what the archive is, for messages: "a Word file (docx)".

    Raises:
        ReadError: the archive is damaged, or names more files than any report needs.
    """

    def __init__(self, content: bytes, what: str) -> None:
        self.what = what
        self.left = MOST_BYTES
        try:
            self._zip = zipfile.ZipFile(io.BytesIO(content))
        except _BROKEN as error:
            raise ReadError(
                f"expected {what}, found a damaged or cut archive ({error}); fetch or copy the file again"
            ) from error
        self.names = tuple(info.filename for info in self._zip.infolist() if not info.is_dir())
        if len(self.names) > MOST_FILES:
            raise ReadError(f"{what} names {len(self.names):,} files; at most {MOST_FILES:,} are looked at")

    def read(self, name: str) -> bytes:
        """The bytes of a file in the archive.

        Raises:
            ReadError: no such file, it needs a password, it is damaged, or more is unpacked than is allowed.
        """
        try:
            info = self._zip.getinfo(name)
        except KeyError as error:
            raise ReadError(f"{self.what} holds no {name}; the file is damaged or of another kind") from error
        if info.flag_bits & 0x1:
            raise ReadError(f"{name} in {self.what} is protected by a password; save it without one")
        try:
            with self._zip.open(info) as file:
                made = file.read(self.left + 1)
        except _BROKEN as error:
            raise ReadError(f"{name} in {self.what} is damaged ({error}); fetch or copy the file again") from error
        if len(made) > self.left:
            raise ReadError(
                f"{self.what} unpacks to more than {MOST_BYTES:,} bytes, which no report does; it was not read"
            )
        self.left -= len(made)
        return made

"""Files that are no pages: what is done with them, and the text of them in which words can be sought fast.

What is done with which kind stands in ``forms/source_files.csv``, in which parts of a packed file its text stands in
``forms/source_parts.csv``. Nothing is understood here: the readers do that.
"""

from __future__ import annotations

import io
import re
import struct
import zipfile
import zlib
from collections.abc import Iterator
from functools import cache
from typing import NamedTuple

from govreport.errors import FormError, ReadError
from govreport.forms import read_csv
from govreport.kinds import kind_by_start

READ, UNPACK, WIDE, PASS = "read", "unpack", "wide", "pass"
"""What is done with a kind of file: read whole before it is judged, unpacked and searched, searched for UTF-16, or
passed over."""

MOST_FILES = 10_000
MOST_BYTES = 200_000_000
"""Names in a packed file that are looked at, and bytes that are unpacked of it: those of the readers."""
MOST_TEXT = 64 * 1024 * 1024
"""Bytes of text that are searched in one Office file."""

_UTF_8 = 0x800  # bit of the flags that says how a name is written (APPNOTE 4.4.4)
_TAG = re.compile(rb"<[^<>]*>")
_ANCHORS = tuple(word.encode("utf-16-le") for word in ("公开", "公開"))
_CANNOT_UNPACK = (
    zipfile.BadZipFile, zlib.error, struct.error, EOFError, OSError, ValueError, RuntimeError, NotImplementedError,
    LookupError, OverflowError,
)  # fmt: skip


class FileKind(NamedTuple):
    """A kind of file that is no page: its name, what is done with it, and the label under which it is passed over."""

    name: str
    use: str
    label: str = ""


def file_kind(content: bytes) -> FileKind | None:
    """What a file is by its first bytes, None for pages, texts, Word's XML (whose words are seen) and the unknown.

    >>> file_kind(b"%PDF-1.7 ...").name, file_kind("<p>年报</p>".encode())
    ('pdf', None)
    """
    return _kinds().get(kind_by_start(content))


def wide_text(content: bytes) -> bytes:
    """Chinese that stands as UTF-16 anywhere in a file, in UTF-8, at even and at odd places; empty if none speaks of
    disclosure.

    Old Office files keep their text so, between numbers of their own.
    """
    if not any(word in content for word in _ANCHORS):
        return b""
    both = (content[at:].decode("utf-16-le", "ignore").encode("utf-8", "ignore") for at in (0, 1))
    return b"\n".join(both)


class Packed:
    """A zip file opened for a look into it.

    Attributes:
        label: why nobody reads it, empty if somebody does.
        names: the files in it, as zip has them.

    Raises:
        ReadError: it is damaged.
    """

    def __init__(self, content: bytes) -> None:
        try:
            self._zip = zipfile.ZipFile(io.BytesIO(content))
        except _CANNOT_UNPACK as error:
            raise _damaged(error) from error
        self.names = [info.filename for info in self._zip.infolist()[:MOST_FILES] if not info.is_dir()]
        self._left = MOST_BYTES
        self.label = next((label for label, part in _labels() if self._named(part)), "") if self.is_archive else ""

    @property
    def is_archive(self) -> bool:
        """Whether it holds files, and is no Office file itself."""
        return not self._named(_main_parts())

    def text(self) -> bytes:
        """The text of an Office file without its markup, its parts one after the other; empty for an archive.

        Raises:
            ReadError: it is damaged or protected by a password.
        """
        self._left = min(self._left, MOST_TEXT)
        unpacked = ((name, self.unpacked(name)) for name in self._named(_main_parts()) if self._left)
        return b"\n".join(wide_text(part) if name.endswith(".bin") else _without_tags(part) for name, part in unpacked)

    def files(self) -> Iterator[tuple[str, bytes]]:
        """Name and bytes of each file of an archive, one at a time, until the limit; no archives inside it.

        Raises:
            ReadError: one of them is damaged or protected by a password.
        """
        for name in self.names:
            if self._left and not _is_archive(file := self.unpacked(name)):
                yield name, file

    def unpacked(self, name: str) -> bytes:
        """A file in it, or as much of it as the limit leaves.

        Raises:
            ReadError: it is damaged or protected by a password.
        """
        try:
            with self._zip.open(name) as file:
                made = file.read(self._left)
        except _CANNOT_UNPACK as error:
            raise _damaged(error) from error
        self._left -= len(made)
        return made

    def readable(self, name: str) -> str:
        """A name as a person wrote it: Chinese programs write GBK where zip takes it for an American code page."""
        if self._zip.getinfo(name).flag_bits & _UTF_8:
            return name
        try:
            return name.encode("cp437").decode("gb18030")
        except (UnicodeEncodeError, UnicodeDecodeError):
            return name

    @property
    def exhausted(self) -> bool:
        """Whether nothing more is unpacked."""
        return self._left <= 0

    def _named(self, part: re.Pattern[str]) -> list[str]:
        return [name for name in self.names if part.fullmatch(name)]


def _is_archive(file: bytes) -> bool:
    kind = file_kind(file)
    return kind is not None and kind.use == UNPACK and Packed(file).is_archive


def _without_tags(xml: bytes) -> bytes:
    """The text of XML. Tags name Chinese fonts, and stand in the middle of words."""
    if xml.startswith((b"\xff\xfe", b"\xfe\xff")):
        xml = xml.decode("utf-16", "replace").encode("utf-8", "replace")
    return _TAG.sub(b"", xml)


def _damaged(error: Exception) -> ReadError:
    return ReadError(f"a packed file was expected that can be opened, found one that is damaged or protected: {error}")


@cache
def _kinds() -> dict[str, FileKind]:
    rows = read_csv("source_files")
    if strange := {row["use"] for row in rows} - {READ, UNPACK, WIDE, PASS}:
        raise FormError(f"forms/source_files.csv: there is no use {', '.join(sorted(strange))}")
    return {row["kind"]: FileKind(row["kind"], row["use"], row["label"]) for row in rows}


@cache
def _main_parts() -> re.Pattern[str]:
    """Parts that hold the text of Office files."""
    return re.compile("|".join(row["part"] for row in read_csv("source_parts") if not row["label"]))


@cache
def _labels() -> tuple[tuple[str, re.Pattern[str]], ...]:
    """Parts by which files are known that nobody reads."""
    return tuple((row["label"], re.compile(row["part"])) for row in read_csv("source_parts") if row["label"])

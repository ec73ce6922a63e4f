"""``plan``: sources to pieces of work that several workers can share."""

from __future__ import annotations

import os
import zlib
from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import pairwise
from typing import IO

from govreport.errors import UsageError
from govreport.sources.listing import Entry, entries
from govreport.sources.opening import open_bytes, size_and_stamp
from govreport.sources.tables import is_packed, line_borders, row_group_borders
from govreport.sources.wacz import CANNOT_UNZIP, archives_inside, inside
from govreport.sources.warc import warc_borders
from govreport.sources.work import Piece

Sources = str | os.PathLike[str] | Iterable[str | os.PathLike[str]]

PIECE_BYTES = 64 * 1024 * 1024
"""About how much of an archive or table one piece holds."""

_MOST_FILES = 512
_CUT_AFTER = 128  # a list of files ends after one in so many, chosen by its name


def plan(sources: Sources, *, piece_bytes: int | None = PIECE_BYTES) -> list[Piece]:
    """Pieces of work for everything behind the sources, in order.

    Loose files come in lists. Big WARC files, JSON lines and Parquet files are cut between records, lines and row
    groups; together the pieces give each record once and in the order of the file, whatever their size. The same
    sources give the same pieces, and a file more in a folder changes only the list it falls into.

    Args:
        sources: a file, a folder, a pattern, an fsspec address (``s3://bucket/crawl/*.warc.gz``), or a list of these.
        piece_bytes: about how much of an archive one piece holds; None leaves every archive and table whole.

    Raises:
        UsageError: nothing is there, the size is no positive number, or a source is of another kind.
    """
    if piece_bytes is not None and (not isinstance(piece_bytes, int) or piece_bytes < 1):
        raise UsageError(f"piece_bytes is a number of bytes above 0 or None, found {piece_bytes!r}")
    found = [entry for source in _listed(sources) for entry in entries(source)]
    if not found:
        raise UsageError("there is nothing to read: the list of sources is empty")
    return list(pieces_of(found, piece_bytes))


def pieces_of(found: Iterable[Entry], piece_bytes: int | None = PIECE_BYTES) -> Iterator[Piece]:
    """Pieces of work for files, in order."""
    loose: list[Entry] = []
    for entry in found:
        if entry.kind in _CUTTERS:
            yield from _list(loose)
            loose = []
            yield from _archive(entry, piece_bytes)
            continue
        loose.append(entry)
        if len(loose) >= _MOST_FILES or zlib.crc32(entry.name.encode("utf-8", "replace")) % _CUT_AFTER == 0:
            yield from _list(loose)
            loose = []
    yield from _list(loose)


def _listed(sources: Sources) -> list[str]:
    given = [sources] if isinstance(sources, str | os.PathLike) else sources
    if isinstance(given, bytes | bytearray) or not isinstance(given, Iterable):
        raise UsageError(f"expected paths, patterns or addresses, found {type(given).__name__}")
    made = []
    for number, source in enumerate(given, start=1):
        if not isinstance(source, str | os.PathLike):
            raise UsageError(f"expected a path, a pattern or an address as source {number}, found {_kind(source)}")
        name = os.fspath(source)
        if isinstance(name, bytes):
            raise UsageError(f"expected a path as text as source {number}, found bytes")
        if name.strip().lower().startswith(("http://", "https://")):
            raise UsageError(f"{name} is a web address; collect pages with `govreport crawl`, and read its archive")
        made.append(name)
    return made


def _kind(source: object) -> str:
    return type(source).__name__


def _list(loose: Sequence[Entry]) -> Iterator[Piece]:
    if loose:
        stamps = "\n".join(_stamp(entry.address) for entry in loose)
        stamp = f"{len(loose)}-{zlib.crc32(stamps.encode()):08x}"
        yield Piece("files", files=tuple((entry.name, entry.address) for entry in loose), stamp=stamp)


def _stamp(address: str) -> str:
    try:
        return size_and_stamp(address)[1]
    except OSError as error:
        return str(error)  # reading it will tell the same


def _archive(entry: Entry, piece_bytes: int | None) -> Iterator[Piece]:
    """The pieces of an archive or table; one that cannot be opened is a piece whose reading tells why."""
    whole = Piece(entry.kind, entry.name, entry.address, stamp=_stamp(entry.address))
    if piece_bytes is None and entry.kind != "wacz":
        yield whole
        return
    try:
        with open_bytes(entry.address) as file:
            yield from list(_CUTTERS[entry.kind](file, whole, piece_bytes or 0))
    except UsageError:
        raise
    except (OSError, *CANNOT_UNZIP):
        yield whole


def _cut_warc(file: IO[bytes], whole: Piece, step: int) -> Iterator[Piece]:
    size = file.seek(0, os.SEEK_END)
    yield from _ranges(whole, [0, *(warc_borders(file, size, step) if step else []), -1])


def _cut_lines(file: IO[bytes], whole: Piece, step: int) -> Iterator[Piece]:
    size = file.seek(0, os.SEEK_END)
    inner = [] if is_packed(file) else line_borders(file, 0, size, step)
    yield from _ranges(whole, [0, *inner, -1])


def _cut_parquet(file: IO[bytes], whole: Piece, step: int) -> Iterator[Piece]:
    yield from _ranges(whole, [0, *row_group_borders(file, step), -1])


def _cut_wacz(file: IO[bytes], whole: Piece, step: int) -> Iterator[Piece]:
    for name in archives_inside(file):
        with inside(file, name) as inner:
            yield from _cut_warc(inner, whole._replace(kind="warc", inside=name), step)


def _ranges(whole: Piece, borders: list[int]) -> Iterator[Piece]:
    for start, stop in pairwise(borders):
        yield whole._replace(start=start, stop=stop)


_CUTTERS: dict[str, Callable[[IO[bytes], Piece, int], Iterator[Piece]]] = {
    "warc": _cut_warc,
    "jsonl": _cut_lines,
    "parquet": _cut_parquet,
    "wacz": _cut_wacz,
}

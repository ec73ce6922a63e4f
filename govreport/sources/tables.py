"""Tables of pages: JSON lines, plain or compressed, and Parquet files."""

from __future__ import annotations

import bz2
import gzip
import json
import lzma
import zlib
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from typing import IO, Any

from govreport.sources.columns import has_content, no_content, row_record, wanted
from govreport.sources.work import MAX_BYTES, Piece, Record

_MAX_LINE = 2 * MAX_BYTES  # Chinese signs written as \\uXXXX take twice their bytes
_STEP = 1024 * 1024
_BUFFER = 1024 * 1024
_ZSTD_STEP = 64 * 1024  # of a stream that breaks off, the step in which it does is lost
_ROWS = 32  # so many pages are in memory at once


def is_packed(file: IO[bytes]) -> bool:
    """Whether a file is compressed as a whole, so that it can only be read from its start."""
    file.seek(0)
    return _codec(file.read(6)) != ""


def line_borders(file: IO[bytes], start: int, stop: int, step: int) -> list[int]:
    """Beginnings of lines about ``step`` bytes apart."""
    found = []
    at = start + step
    while at < stop:
        file.seek(at - 1)
        while (block := file.readline(_STEP)) and not block.endswith(b"\n"):
            pass
        at = file.tell()
        if at < stop:
            found.append(at)
        at += step
    return found


def read_lines(file: IO[bytes], piece: Piece, passed: Counter[str]) -> Iterator[Record]:
    """The pages of a file of JSON lines, or of a range of it. Blank lines are nothing."""
    file.seek(0)
    packed = _codec(file.read(6))
    try:
        with _unpacked(file, packed) as lines:
            lines.seek(piece.start)
            for place, line in _lines(lines, piece.start, piece.stop, packed != ""):
                record = _from_line(line, piece.name, place, passed)
                if record is not None:
                    yield record
    except (EOFError, zlib.error, lzma.LZMAError, OSError, ValueError) as error:
        yield Record(piece.name, None, f"the file could not be read to its end: {error}")


def _lines(file: IO[bytes], start: int, stop: int, counted: bool) -> Iterator[tuple[str, bytes | None]]:
    """Each line and where it stands; None for a line that is too long to be kept."""
    at, number = start, 0
    while stop < 0 or at < stop:
        line: bytes | None = file.readline(_MAX_LINE)
        if not line:
            return
        place = f"line {number + 1}" if counted else f"byte {at}"
        size, ended = len(line), line.endswith(b"\n")
        while not ended and size >= _MAX_LINE and (block := file.readline(_STEP)):
            size, ended, line = size + len(block), block.endswith(b"\n"), None
        yield place, line
        at, number = at + size, number + 1


def _from_line(line: bytes | None, table: str, place: str, passed: Counter[str]) -> Record | None:
    if line is None:
        return Record(f"{table}#{place}", None, f"the line has more than {_MAX_LINE:,} bytes")
    if not line.strip():
        return None
    try:
        row = json.loads(line.removeprefix(b"\xef\xbb\xbf"))
    except (ValueError, RecursionError) as error:
        return Record(f"{table}#{place}", None, f"the line is no JSON: {str(error)[:120]}")
    return row_record(row, table, place, passed)


def _codec(head: bytes) -> str:
    marks = {b"\x1f\x8b": "gzip", b"BZh": "bz2", b"\xfd7zXZ": "xz", b"(\xb5/\xfd": "zstd"}
    return next((name for mark, name in marks.items() if head.startswith(mark)), "")


@contextmanager
def _unpacked(file: IO[bytes], codec: str) -> Iterator[Any]:
    """The file as lines, whatever it is packed with."""
    file.seek(0)
    if not codec:
        yield file
    elif codec == "zstd":
        yield _Unzstd(file)
    else:
        openers: dict[str, Any] = {"gzip": gzip.open, "bz2": bz2.open, "xz": lzma.open}
        with openers[codec](file, "rb") as opened:
            yield opened


class _Unzstd:
    """Lines out of zstd data; pyarrow unpacks them, so that no further package is needed."""

    def __init__(self, file: IO[bytes]) -> None:
        import pyarrow as pa

        self._stream = pa.CompressedInputStream(pa.PythonFile(file, "r"), "zstd")
        self._left = b""

    def seek(self, at: int) -> None:
        """Packed data are read from their start."""

    def readline(self, limit: int) -> bytes:
        """A line, or as much of it as the limit allows."""
        parts, size = [self._left], len(self._left)
        self._left = b""
        while b"\n" not in parts[-1] and size < limit:
            block = self._stream.read(_ZSTD_STEP)
            if not block:
                break
            parts.append(block)
            size += len(block)
        joined = b"".join(parts)
        end = joined.find(b"\n") + 1 or len(joined)
        end = min(end, limit)
        self._left = joined[end:]
        return joined[:end]


def row_group_borders(file: IO[bytes], step: int) -> list[int]:
    """Numbers of row groups at which a Parquet file may be cut, so that about ``step`` bytes lie between.

    Raises:
        OSError, ValueError: this is no Parquet file.
    """
    import pyarrow.parquet as pq

    told = pq.ParquetFile(file).metadata
    found, size = [], 0
    for number in range(told.num_row_groups):
        if size >= step:
            found.append(number)
            size = 0
        size += told.row_group(number).total_byte_size
    return found


def read_parquet(file: IO[bytes], piece: Piece, passed: Counter[str]) -> Iterator[Record]:
    """The pages of a Parquet file, or of some of its row groups."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    try:
        table = pq.ParquetFile(file, buffer_size=_BUFFER, pre_buffer=False)
        names = [column.path for column in table.schema]
    except (OSError, pa.ArrowException) as error:
        yield Record(piece.name, None, f"this is no Parquet file that can be read: {str(error)[:200]}")
        return
    if not has_content(names):
        yield Record(piece.name, None, no_content(names))
        return
    stop = table.num_row_groups if piece.stop < 0 else piece.stop
    first = sum(table.metadata.row_group(n).num_rows for n in range(piece.start))
    for number in range(piece.start, stop):
        try:
            yield from _row_group(table, number, first, names, piece.name, passed)
        except (OSError, pa.ArrowException, UnicodeDecodeError) as error:
            place = f"{piece.name}#row group {number}"
            yield Record(place, None, f"the row group could not be read to its end: {str(error)[:200]}")
        first += table.metadata.row_group(number).num_rows


def _row_group(
    table: Any, group: int, first: int, names: list[str], name: str, passed: Counter[str]
) -> Iterator[Record]:
    at = first
    for batch in table.iter_batches(batch_size=_ROWS, row_groups=[group], columns=wanted(names), use_threads=False):
        for row in batch.to_pylist():
            record = row_record(row, name, f"row {at}", passed)
            at += 1
            if record is not None:
                yield record

"""``read_piece``: a piece of work to its pages, one after the other."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import IO

from govreport.errors import ReadError, UsageError
from govreport.model import Origin, Page
from govreport.sources.files import MOST_BYTES, UNPACK, Packed, file_kind
from govreport.sources.filter import why_passed_over
from govreport.sources.listing import is_report_file, kind_of
from govreport.sources.opening import open_bytes, size_and_stamp
from govreport.sources.tables import read_lines, read_parquet
from govreport.sources.wacz import CANNOT_UNZIP, inside, read_wacz
from govreport.sources.warc import read_warc
from govreport.sources.work import MAX_FILE, Piece, Record

_READERS: dict[str, Callable[[IO[bytes], Piece, Counter[str]], Iterator[Record]]] = {
    "warc": read_warc,
    "jsonl": read_lines,
    "parquet": read_parquet,
    "wacz": read_wacz,
}


def read_piece(piece: Piece, passed: Counter[str] | None = None, *, repeats: bool = False) -> Iterator[Record]:
    """The pages of a piece, one at a time and in order; never more than a few pages in memory.

    A zip file with several files, met in a web archive or a table, gives a record for each of them.

    Args:
        piece: what ``plan`` gave.
        passed: counts what is passed over because it is no page, by reason: pictures, other answers than 200,
            records that are no answers, rows without content.
        repeats: give revisit records of web archives too, which have a ``repeat`` and no page. They are counted in
            ``passed`` as well.

    Returns:
        ``Record``; one without a page says why it could not be had, and the next one follows. A file that cannot be
        opened is such a record too.

    Raises:
        UsageError: a package that this kind of source needs is missing.
    """
    if piece.kind == "files":
        yield from map(_read_file, piece.files)
        return
    counts = Counter[str]() if passed is None else passed
    try:
        with _opened(piece) as file:
            for record in _READERS[piece.kind](file, piece, counts):
                if repeats or record.repeat is None:
                    yield from _unpacked(record)
    except UsageError:
        raise
    except (OSError, *CANNOT_UNZIP) as error:
        yield Record(piece.name, None, f"{piece.address} could not be read: {error}")


def candidates(piece: Piece, passed: Counter[str] | None = None, *, prefilter: bool = True) -> Iterator[Record]:
    """The records of a piece that are to be read, and those that could not be had.

    A loose file is always tried. Of archives and tables, which hold pages of all sorts, those that the pre-filter
    lets through; the others are counted in ``passed``.
    """
    counts = Counter[str]() if passed is None else passed
    for record in read_piece(piece, counts):
        reason = why_not_tried(record) if piece.mixed and prefilter else ""
        if reason:
            counts[reason] += 1
        else:
            yield record


def why_not_tried(record: Record) -> str:
    """Why the pre-filter passes over a record, as it is counted; empty for one that is to be tried or has no page."""
    page = record.page
    return why_passed_over(page.content, page.origin.content_type) if page else ""


def _unpacked(record: Record) -> Iterator[Record]:
    """The files of an archive of several; any other record as it is."""
    kind = file_kind(record.page.content) if record.page else None
    packed = _archive(record.page.content) if record.page and kind and kind.use == UNPACK else None
    names = [name for name in packed.names if is_report_file(name)] if packed else []
    if record.page is None or packed is None or len(names) < 2:
        yield record
        return
    for name in names:
        inside = f"{record.name}#{packed.readable(name)}"
        try:
            content = packed.unpacked(name)
        except ReadError as error:
            yield Record(inside, None, str(error))
            continue
        if packed.exhausted:
            yield Record(inside, None, f"the archive unpacks to {MOST_BYTES:,} bytes and more; the rest was left out")
            return
        yield Record(inside, Page(content, record.page.origin._replace(source=inside, content_type="")), record.reason)


def _archive(content: bytes) -> Packed | None:
    """A zip file that holds files; None for Office files, and for damaged ones, of which the reader tells more."""
    try:
        packed = Packed(content)
    except ReadError:
        return None
    return packed if packed.is_archive and not packed.label else None


def _read_file(file: tuple[str, str]) -> Record:
    name, address = file
    if kind_of(address) == "archive":
        return Record(name, None, packed(name))
    try:
        size, _ = size_and_stamp(address)
        if size > MAX_FILE:
            return Record(name, None, f"{address} has {size:,} bytes; at most {MAX_FILE:,} are looked at")
        with open_bytes(address) as opened:
            return Record(name, Page(opened.read(), Origin(source=address)))
    except OSError as error:
        return Record(name, None, f"{address} cannot be opened: {error.strerror or error}. Check the path")


def packed(name: str) -> str:
    """The reason for an archive that holds files to be unpacked."""
    return (
        f"{name} is an archive of files, which cannot be read yet; unpack it and give the folder "
        "(web archives are read as .warc, .warc.gz, .wet.gz or .wacz, tables as .jsonl or .parquet)"
    )


@contextmanager
def _opened(piece: Piece) -> Iterator[IO[bytes]]:
    with open_bytes(piece.address) as file:
        if not piece.inside:
            yield file
            return
        with inside(file, piece.inside) as inner:
            yield inner

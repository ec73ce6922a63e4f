"""``read_piece``: a piece of work to its pages, one after the other."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import IO

from govreport.errors import UsageError
from govreport.model import Origin, Page
from govreport.sources.filter import looks_like_report
from govreport.sources.listing import kind_of
from govreport.sources.opening import open_bytes, size_and_stamp
from govreport.sources.tables import read_lines, read_parquet
from govreport.sources.wacz import CANNOT_UNZIP, inside, read_wacz
from govreport.sources.warc import read_warc
from govreport.sources.work import MAX_FILE, Piece, Record

NOT_BY_ITS_WORDS = "no annual report by their words"
"""What the pre-filter passes over is counted under this."""

_READERS: dict[str, Callable[[IO[bytes], Piece, Counter[str]], Iterator[Record]]] = {
    "warc": read_warc,
    "jsonl": read_lines,
    "parquet": read_parquet,
    "wacz": read_wacz,
}


def read_piece(piece: Piece, passed: Counter[str] | None = None) -> Iterator[Record]:
    """The pages of a piece, one at a time and in order; never more than a few pages in memory.

    Args:
        piece: what ``plan`` gave.
        passed: counts what is passed over because it is no page, by reason: pictures, other answers than 200,
            records that are no answers, rows without content.

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
            yield from _READERS[piece.kind](file, piece, counts)
    except UsageError:
        raise
    except (OSError, *CANNOT_UNZIP) as error:
        yield Record(piece.name, None, f"{piece.address} could not be read: {error}")


def candidates(
    piece: Piece,
    passed: Counter[str] | None = None,
    prefilter: Callable[[bytes, str], bool] | None = looks_like_report,
) -> Iterator[Record]:
    """The records of a piece that are to be parsed, and those that could not be had.

    A loose file is always tried. Of archives and tables, which hold pages of all sorts, those that the pre-filter
    lets through; the others are counted in ``passed``. None as pre-filter lets all through.
    """
    counts = Counter[str]() if passed is None else passed
    for record in read_piece(piece, counts):
        page = record.page
        if page and piece.mixed and prefilter and not prefilter(page.content, page.origin.content_type):
            counts[NOT_BY_ITS_WORDS] += 1
        else:
            yield record


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

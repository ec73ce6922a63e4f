"""What the parts of ``sources`` hand to each other and to others: a piece of work, and a record of it."""

from __future__ import annotations

from typing import NamedTuple

from govreport.model import Finding, Page

MAX_BYTES = 32 * 1024 * 1024
"""Largest page that is taken out of an archive or a table, after its encodings are undone; that of the readers."""

MAX_FILE = 8 * MAX_BYTES
"""Largest loose file that is opened; pictures inside a page may make it this large."""


class Piece(NamedTuple):
    """A unit of work: what to read, and from where to where. Plain values, so that it can be sent to a worker.

    Attributes:
        kind: "files", "warc", "jsonl" or "parquet"; "wacz" for one that cannot be opened, whose reading tells why.
        name: what the archive or table goes by; empty for a list of files.
        address: its path or fsspec address; empty for a list of files.
        start: first byte, or first row group of a Parquet file.
        stop: the byte or row group after the last; -1 for the end.
        inside: name of the WARC file inside a WACZ that has to be unpacked to be read; empty otherwise.
        files: name and address of each file of a list.
        stamp: changes when what stands behind the address changes (size, time of the last change).
    """

    kind: str
    name: str = ""
    address: str = ""
    start: int = 0
    stop: int = -1
    inside: str = ""
    files: tuple[tuple[str, str], ...] = ()
    stamp: str = ""

    @property
    def mixed(self) -> bool:
        """Whether it holds pages of all sorts, so that the pre-filter says which are tried."""
        return self.kind != "files"

    @property
    def label(self) -> str:
        """For a person: what is read."""
        if self.kind == "files":
            return self.files[0][0] if len(self.files) == 1 else f"{len(self.files)} files from {self.files[0][0]}"
        unit = "row groups" if self.kind == "parquet" else "bytes"
        whole = self.start == 0 and self.stop == -1
        return self.name if whole else f"{self.name}, {unit} {self.start} to {self.stop if self.stop >= 0 else 'end'}"


class Repeat(NamedTuple):
    """An address that gave the same content as another: both, and when they were asked, ISO 8601 or empty."""

    url: str
    retrieved: str
    of_url: str
    of_retrieved: str


class Record(NamedTuple):
    """One page of a piece.

    Attributes:
        name: what it goes by: the path of a file, or ``crawl.warc.gz#http://host/path`` inside an archive.
        page: its bytes and where they came from; None if it could not be had.
        reason: why it could not be had; with a page, what is doubtful about it (a digest that differs, a cut end).
            Empty for a page that is whole.
        repeat: for a revisit record, which stands for the content of another record; it has no page.
    """

    name: str
    page: Page | None
    reason: str = ""
    repeat: Repeat | None = None


def damaged_copy(doubt: str) -> Finding:
    """The finding on a report whose record has a doubt.

    >>> damaged_copy("its last chunk is cut").message
    'Its last chunk is cut. The page was read as it is; look for another copy of it.'
    """
    message = f"{doubt[:1].upper()}{doubt[1:]}. The page was read as it is; look for another copy of it."
    return Finding("damaged_copy", "warning", (), "the page as it was stored", doubt, message)

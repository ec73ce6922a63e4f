"""One piece of the sources to the part files of a dataset: a pure function, run in this process or on any worker."""

from __future__ import annotations

import mmap
from bisect import bisect_left
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import NamedTuple

from govreport.api import read_unseen
from govreport.bulk.parts import PartWriter, give_back
from govreport.bulk.rows import Done, record_key, revisits_of, rows_of
from govreport.errors import GovreportError, UsageError
from govreport.frames import Failure
from govreport.model import Page, Report
from govreport.parse import parse_report
from govreport.query.layout import MANIFESTS, WORK, Manifest, manifest_json, write_json
from govreport.read import read_document
from govreport.sources import (
    NOT_BY_ITS_WORDS,
    Piece,
    Record,
    damaged_copy,
    is_unseen,
    read_piece,
    why_not_tried,
)
from govreport.sources.needs import not_installed

ALREADY = "already in the dataset"
_BATCH = 250
_KEY = 16
# What a fault in our own code or a library's raises. One page must not cost the others of its piece: it becomes a
# failure of kind "error" that names the fault. Trouble with files and memory is not the page's.
_FAULTS = (ArithmeticError, AssertionError, AttributeError, LookupError, NameError, RuntimeError, TypeError, ValueError)
_PIECE_FAULTS = (*_FAULTS, OSError, EOFError, MemoryError, GovreportError)


class Task(NamedTuple):
    """All that a worker needs for a piece.

    Attributes:
        piece: what to read.
        key: what names the piece in the dataset.
        source: what names it for a person.
        folder: the dataset.
        filtered: whether the pre-filter says which records are parsed.
        files: digest of name and stamp of each file of a list, for runs to come.
        known: a file with the keys of records that earlier runs read; "" where there are none.
        skip: numbers of records that killed a worker, with the reason.
    """

    piece: Piece
    key: str
    source: str
    folder: str
    filtered: bool = False
    files: tuple[str, ...] = ()
    known: str = ""
    skip: tuple[tuple[int, str], ...] = ()


class Trouble(NamedTuple):
    """A piece that failed as a whole, with the reason; ``fatal`` stops the run, as a full disk does."""

    reason: str
    fatal: bool = False


def attempt(task: Task) -> Manifest | Trouble:
    """Work a piece; what goes wrong with all of it comes back as Trouble. Raises nothing on purpose."""
    try:
        return work(task)
    except UsageError as error:
        return Trouble(str(error), fatal=True)
    except _PIECE_FAULTS as error:
        return Trouble(f"{type(error).__name__}: {error}")


def work(task: Task) -> Manifest:
    """Read, parse and store a piece; the manifest is written last and makes it part of the dataset.

    The same piece gives the same files, byte for byte, wherever and however often it is worked.

    Raises:
        UsageError: the dataset's folder cannot be written.
        GovreportError: the piece cannot be read at all, or its records do not add up.
    """
    folder = Path(task.folder)
    with _told("start a part", folder):
        writer = PartWriter(folder, task.key)
    try:
        counts, passed = _store(task, writer)
        with _told("write a part", folder):
            parts = writer.commit()
    finally:
        writer.drop()
        give_back()
    reports, failures = counts[Report], counts[Failure]
    records = counts.total() + passed.total()
    manifest = Manifest(
        task.key, task.source, records, reports, failures, dict(sorted(passed.items())), parts, task.files
    )
    if (reports, failures) != tuple(sum(p.rows for p in parts if p.table == t) for t in ("reports", "failures")):
        raise GovreportError(
            f"{task.source}: {reports} reports and {failures} failures were read, other numbers stored"
        )
    with _told("write a manifest", folder):
        commit(folder, manifest)
    return manifest


def commit(folder: Path, manifest: Manifest) -> None:
    """Make a piece part of the dataset.

    Raises:
        OSError: no place to write.
    """
    write_json(folder / MANIFESTS / f"{manifest.piece}.json", manifest_json(manifest), folder / WORK)


@contextmanager
def _told(what: str, folder: Path) -> Iterator[None]:
    """Trouble with the dataset's own folder is the same for every piece, so it must stop the run."""
    try:
        yield
    except OSError as error:
        reason = error.strerror or error
        raise UsageError(f"cannot {what} in {folder}: {reason}; free the disk or choose another place") from error


def _store(task: Task, writer: PartWriter) -> tuple[Counter[type], Counter[str]]:
    """Rows of all records to the writer; gives how many reports and failures, and what was passed over."""
    counts: Counter[type] = Counter()
    passed: Counter[str] = Counter()
    met: Counter[str] = Counter()
    waiting: list[Done] = []
    revisits: list[tuple[int, Record]] = []
    for done in _tried(task, passed, revisits):
        counts[type(done.outcome)] += 1
        waiting.append(done)
        if len(waiting) == _BATCH:
            _add(writer, waiting, met)
            waiting = []
    _add(writer, waiting, met)
    writer.add(*revisits_of(revisits))
    return counts, passed


def _add(writer: PartWriter, done: list[Done], met: Counter[str]) -> None:
    for table, year, rows in rows_of(done, met) if done else ():
        writer.add(table, year, rows)


def _tried(task: Task, passed: Counter[str], revisits: list[tuple[int, Record]]) -> Iterator[Done]:
    killers = dict(task.skip)
    with _place_told(place_file(task)) as tell, _known(task.known) as known:
        for number, record in enumerate(read_piece(task.piece, passed, repeats=True), start=1):
            if record.repeat:
                revisits.append((number, record))
                continue
            key = _key(record)
            tell(number)
            made = _made(task, record, ALREADY if known(key) else "", killers.get(number, ""))
            if isinstance(made, str):
                passed[made] += 1
            else:
                yield Done(number, key, made)


def _made(task: Task, record: Record, already: str, killed: str) -> Report | Failure | str:
    """What becomes of a record: a report, a failure, or the reason why it is passed over."""
    if reason := already or (why_not_tried(record) if task.filtered else ""):
        return reason
    if killed:
        return Failure(record.name, "error", killed)
    return _outcome(record, task.piece.mixed, task.filtered)


def _key(record: Record) -> str:
    """The address counts where there is one, so that an archive may be renamed."""
    return record_key(
        (record.page and record.page.origin.url) or record.name, record.page.content if record.page else b""
    )


def _outcome(record: Record, mixed: bool, filtered: bool) -> Report | Failure | str:
    if record.page is None:
        return Failure(record.name, "read", f"{record.name}: {record.reason}" if mixed else record.reason)
    try:
        report = _report(record.page, filtered)
    except GovreportError as error:
        return not_installed(error) or Failure(record.name, error.kind, str(error))
    except _FAULTS as error:
        reason = f"a fault of govreport or of a library it uses, {type(error).__name__}: {error}; please report it"
        return Failure(record.name, "error", reason)
    if report is None:
        return NOT_BY_ITS_WORDS
    doubts = (damaged_copy(record.reason),) if record.reason else ()
    return replace(report, source=record.name, findings=(*report.findings, *doubts))


def _report(page: Page, filtered: bool) -> Report | None:
    """The report of a page or file; None if the pre-filter could not see its words, and they are no report's."""
    document = read_unseen(page) if filtered and is_unseen(page.content) else read_document(page)
    return parse_report(document) if document else None


def place_file(task: Task) -> Path:
    """The file that says which record a worker has in hand, for the case that the record kills it."""
    return Path(task.folder) / WORK / f"at-{task.key}"


def place_of(task: Task) -> int:
    """Number of the record that the last worker on this piece had in hand; 0 where that is not known."""
    try:
        return int.from_bytes(place_file(task).read_bytes()[:8], "little")
    except OSError:
        return 0


@contextmanager
def _place_told(path: Path) -> Iterator[Callable[[int], None]]:
    path.write_bytes(bytes(8))
    with path.open("r+b") as file, mmap.mmap(file.fileno(), 8) as place:

        def tell(number: int) -> None:
            place[:8] = number.to_bytes(8, "little")

        yield tell
    path.unlink(missing_ok=True)


class _Keys:
    """Sorted keys in a file, looked up without reading it whole."""

    def __init__(self, data: mmap.mmap) -> None:
        self._data = data

    def __len__(self) -> int:
        return len(self._data) // _KEY

    def __getitem__(self, place: int) -> bytes:
        return self._data[place * _KEY : (place + 1) * _KEY]


@contextmanager
def _known(path: str) -> Iterator[Callable[[str], bool]]:
    if not path:
        yield lambda _: False
        return
    with Path(path).open("rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as data:
        keys = _Keys(data)

        def known(key: str) -> bool:
            wanted = bytes.fromhex(key)
            place = bisect_left(keys, wanted)
            return place < len(keys) and keys[place] == wanted

        yield known

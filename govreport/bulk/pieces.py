"""Which pieces a run has to work: what the sources hold, less what the dataset has already."""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Collection, Iterable, Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

from govreport.bulk.work import Task
from govreport.errors import UsageError
from govreport.query.layout import PIECE_DIGITS, PLANS, VERSION, WORK, Manifest, plans, write_json
from govreport.sources import Piece, plan
from govreport.sources.needs import is_installed_now
from govreport.sources.opening import is_remote, size_and_stamp

FILES_LEAST, FILES_MOST = 50, 1000
BYTES_LEAST, BYTES_MOST = 1024 * 1024, 64 * 1024 * 1024
PIECES = 64
"""Loose files, and every archive or table by itself, are cut into about so many pieces within these bounds."""


class Batch(NamedTuple):
    """The pieces of a run, in order, and those that were done before it began.

    Records of the pieces in ``after`` are not read again. The set is fixed when the batch begins, so that a run that
    was broken off goes on as if it had not been. Pieces with records that were passed over for want of a reader are
    worked anew, in their place, once the reader is installed.
    """

    tasks: list[Task]
    after: tuple[str, ...]


def next_batch(sources: Sequence[str], folder: Path, done: Sequence[Manifest], prefilter: bool | None) -> Batch:
    """What is to do: the rest of a run that was broken off, if the sources are the same, or a new batch.

    Raises:
        UsageError: nothing is at the sources, or the dataset's folder cannot be written.
    """
    pieces = _planned(sources)
    settled = [manifest for manifest in done if not manifest.trouble]
    again = {manifest.piece for manifest in settled if any(map(is_installed_now, manifest.passed))}
    had = {manifest.piece for manifest in settled} - again
    last = (plans(folder) or [{"pieces": [], "after": []}])[-1]
    if any(key not in had for key in last["pieces"]):
        earlier = set(last["after"])
        tasks = list(_tasks(pieces, folder, [m for m in settled if m.piece in earlier], prefilter))
        if [task.key for task in tasks] == last["pieces"]:
            return Batch([task for task in tasks if task.key not in had], tuple(last["after"]))
    tasks = list(_tasks(pieces, folder, settled, prefilter, again))
    batch = Batch(tasks, tuple(sorted(had)))
    planned = {key for one in plans(folder) for key in one["pieces"]}
    if any(task.key not in planned for task in tasks):
        _write_plan(folder, batch)
    return batch


def _planned(sources: Sequence[str]) -> list[Piece]:
    """Pieces in order. How an archive is cut depends on its own size alone, so that others may come and go."""
    made: list[Piece] = []
    cut: set[str] = set()
    for piece in plan(sources, piece_bytes=None):
        if not piece.mixed:
            made.append(piece)
        elif piece.address not in cut:  # a WACZ gives several pieces, for the archives inside
            cut.add(piece.address)
            parts = plan(piece.address, piece_bytes=_step(piece.address))
            made += (part._replace(name=piece.name) for part in parts)
    return made


def _step(address: str) -> int:
    try:
        size = size_and_stamp(address)[0]
    except OSError:
        size = 0
    return min(max(size // PIECES, BYTES_LEAST), BYTES_MOST)


def _write_plan(folder: Path, batch: Batch) -> None:
    number = len(plans(folder))
    data = {"pieces": [task.key for task in batch.tasks], "after": list(batch.after)}
    try:
        write_json(folder / PLANS / f"{number:04}.json", data, folder / WORK)
    except OSError as error:
        raise UsageError(f"cannot write a plan in {folder}: {error.strerror or error}; choose another place") from error


def _tasks(
    pieces: Iterable[Piece],
    folder: Path,
    done: Sequence[Manifest],
    prefilter: bool | None,
    again: Collection[str] = (),
) -> Iterator[Task]:
    """Tasks for pieces that are not done or to be worked anew, each once; files are dealt out anew, less those done."""
    had = {manifest.piece for manifest in done} - set(again)
    known = {file for manifest in done for file in manifest.files}
    lists = [manifest.files for manifest in done if manifest.piece in again and manifest.files]
    for piece, files in _dealt(pieces, known, lists):
        filtered = piece.mixed if prefilter is None else prefilter
        here = piece._replace(address=_address(piece.address), files=(), stamp="" if files else piece.stamp)
        key = _digest([VERSION, filtered, here, files])[:PIECE_DIGITS]
        if key not in had and (key in again or files not in lists):
            had.add(key)
            yield Task(piece, key, piece.label, str(folder), filtered, files)


def _dealt(
    pieces: Iterable[Piece], known: set[str], lists: Sequence[tuple[str, ...]]
) -> Iterator[tuple[Piece, tuple[str, ...]]]:
    """Pieces in order; loose files that stand next to each other in new lists, without those that are known.

    Then the old ``lists`` whose files are all there, as they were.
    """
    loose: list[tuple[tuple[str, str], str]] = []
    met: dict[str, tuple[str, str]] = {}
    for piece in pieces:
        if piece.kind == "files":
            marked = [(file, _file_mark(*file)) for file in piece.files]
            met |= {mark: file for file, mark in marked}
            loose += [(file, mark) for file, mark in marked if mark not in known]
        else:
            yield from _lists(loose)
            loose = []
            yield piece, ()
    yield from _lists(loose)
    for marks in lists:
        if all(mark in met for mark in marks):
            yield Piece("files", files=tuple(met[mark] for mark in marks)), marks


def _lists(files: list[tuple[tuple[str, str], str]]) -> Iterator[tuple[Piece, tuple[str, ...]]]:
    size = min(max(-(-len(files) // PIECES), FILES_LEAST), FILES_MOST)
    for start in range(0, len(files), size):
        names, marks = zip(*files[start : start + size], strict=True)
        yield Piece("files", files=names), marks


def _file_mark(name: str, address: str) -> str:
    try:
        stamp = size_and_stamp(address)[1]
    except OSError:
        stamp = "gone"  # it becomes a failure when it is read
    return _digest([name, _address(address), stamp])[:16]


def _address(address: str) -> str:
    return address if is_remote(address) or not address else os.path.abspath(address)  # noqa: PTH100


def anywhere(piece: Piece) -> Piece:
    """The same piece for workers that were started in another folder: paths from the root, names as they are."""
    files = tuple((name, _address(address)) for name, address in piece.files)
    return piece._replace(address=_address(piece.address), files=files)


def _digest(data: object) -> str:
    text = json.dumps(data, ensure_ascii=False, separators=(",", ":"))
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()

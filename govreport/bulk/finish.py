"""The start and the end of a run: leftovers cleaned away; copies, findings across reports and the index made."""

from __future__ import annotations

import shutil
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import pyarrow as pa

from govreport.bulk.across import findings_across
from govreport.bulk.parts import PartWriter, write_whole
from govreport.bulk.rows import Done, record_key, rows_of
from govreport.bulk.work import Task, commit
from govreport.errors import ReadError, UsageError
from govreport.frames import Failure
from govreport.query.columns import stored
from govreport.query.copies import find_copies
from govreport.query.engine import closing, listed, open_engine, ran_short
from govreport.query.layout import (
    ACROSS,
    FORMAT,
    INDEX,
    LOCK,
    MANIFESTS,
    MARK,
    PLANS,
    REVISITS,
    TABLES,
    VERSION,
    WORK,
    Manifest,
    Snapshot,
    is_dataset,
    snapshot,
    state_of,
    write_json,
)

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

T = TypeVar("T")
_MEMORY, _THREADS = ("96MB", "512MB", "2GB"), 1
"""What the end of a run may hold beside the reports at hand; the rest goes to temporary files.

Not everything can wait in files: what runs short, with very many reports, is asked again with the next limit.
"""
_IN_PARTS = (*TABLES, REVISITS)
_OWN = {MARK, LOCK, INDEX, PLANS, MANIFESTS, ACROSS, WORK, *_IN_PARTS}


@contextmanager
def opened(folder: Path) -> Iterator[None]:
    """The folder made ready for a run, which has it for itself until the end of the block.

    Raises:
        UsageError: something else is in the folder, another run is writing there, or it cannot be written.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
        if strange := sorted(path.name for path in folder.iterdir() if path.name not in _OWN):
            raise UsageError(f"{folder} holds other things ({', '.join(strange[:3])}); give a new or an empty folder")
        lock = (folder / LOCK).open("wb")
    except OSError as error:
        raise _cannot_write(folder, error) from error
    with lock:
        _lock(lock, folder)
        try:
            if not is_dataset(folder):
                write_json(folder / MARK, {"format": FORMAT, "version": VERSION}, folder / WORK)
            (folder / WORK).mkdir(exist_ok=True)
            yield
        finally:
            shutil.rmtree(folder / WORK, ignore_errors=True)


def _cannot_write(folder: Path, error: OSError) -> UsageError:
    return UsageError(f"cannot write in {folder}: {error.strerror or error}; free the disk or choose another place")


def _lock(file: Any, folder: Path) -> None:
    """Ends with the process, however it ends."""
    try:
        import fcntl
    except ImportError:  # not a POSIX system: who starts two runs at once there is not told
        return
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as error:
        raise UsageError(f"another run is writing in {folder}; wait for it, or choose another folder") from error


def clean(folder: Path) -> tuple[Manifest, ...]:
    """Take away what a run that was broken off left behind; gives the pieces that are done.

    A piece whose parts are not all there, for example after a power cut, is not done: it is worked again.

    Raises:
        ReadError: a manifest is damaged.
        UsageError: the folder cannot be written, or a newer govreport wrote it.
    """
    whole = []
    try:
        for path in (folder / WORK).iterdir():
            shutil.rmtree(path, ignore_errors=True) if path.is_dir() else path.unlink(missing_ok=True)
        for manifest in snapshot(folder).manifests:
            if all(_size(folder / part.path) == part.size for part in manifest.parts):
                whole.append(manifest)
            else:
                (folder / MANIFESTS / f"{manifest.piece}.json").unlink()
        _sweep(folder, whole)
    except OSError as error:
        raise _cannot_write(folder, error) from error
    return tuple(whole)


def _sweep(folder: Path, manifests: Sequence[Manifest]) -> None:
    """Parts that no manifest lists, from pieces that were not finished or were worked again."""
    listed_parts = {part.path for manifest in manifests for part in manifest.parts}
    for table in _IN_PARTS:
        for path in (folder / table).glob("year=*/*.parquet"):
            if path.relative_to(folder).as_posix() not in listed_parts:
                path.unlink()


def _size(path: Path) -> int:
    try:
        return path.stat().st_size
    except OSError:
        return -1


def write_known(folder: Path, done: Sequence[Manifest]) -> str:
    """Keys of all records of these pieces, sorted, in a file that workers look them up in; "" for none."""
    here = Snapshot(folder, tuple(done), {})
    paths = [*here.paths("reports"), *here.paths("failures")]
    if not paths:
        return ""
    target = folder / WORK / "known"
    query = f"SELECT DISTINCT _key FROM read_parquet({listed(paths)}, union_by_name = true) ORDER BY 1"

    def write(engine: DuckDBPyConnection) -> None:
        with target.open("wb") as file:
            for batch in engine.sql(query).to_arrow_reader(100_000):
                file.write(b"".join(bytes.fromhex(key) for key in batch.column(0).to_pylist()))

    _asked(folder, write)
    return str(target)


def set_apart(task: Task, reason: str) -> Manifest:
    """A piece that could not be worked, as one failure with the reason; the next run tries it again.

    Raises:
        UsageError: the folder cannot be written.
    """
    folder = Path(task.folder)
    message = f"the whole piece was set apart: {reason}"
    failed = Done(0, record_key(task.source, message.encode()), Failure(task.source, "error", message))
    try:
        writer = PartWriter(folder, task.key)
        for table, year, rows in rows_of([failed], Counter()):
            writer.add(table, year, rows)
        manifest = Manifest(task.key, task.source, 1, 0, 1, {}, writer.commit(), (), reason)
        commit(folder, manifest)
    except OSError as error:
        raise _cannot_write(folder, error) from error
    return manifest


def settle(folder: Path) -> None:
    """Copies, keys, findings across reports and the index, for all pieces that are there.

    Raises:
        UsageError: the folder cannot be written, or DuckDB is missing.
        ReadError: the dataset is damaged.
    """
    dataset = snapshot(folder)
    if dataset.settled:
        return
    try:
        _sweep(folder, dataset.manifests)
        index = _index(dataset)
        write_json(folder / INDEX, index, folder / WORK)
        for path in (folder / ACROSS).glob("*.parquet"):
            if path.name not in index["across"].values():
                path.unlink()
    except OSError as error:
        raise _cannot_write(folder, error) from error


def _index(dataset: Snapshot) -> dict[str, Any]:
    files, copies = _across(dataset) if dataset.paths("reports") else ({}, 0)
    return {
        "state": state_of(dataset.manifests),
        "records": sum(m.records for m in dataset.manifests),
        "reports": sum(m.reports for m in dataset.manifests),
        "failures": sum(m.failures for m in dataset.manifests),
        "passed": dataset.passed(),
        "copies": copies,
        "across": files,
    }


def _asked(folder: Path, ask: Callable[[DuckDBPyConnection], T]) -> T:
    """What a question to a fresh database gives, with the least of the limits of memory that is enough."""
    for memory in _MEMORY:
        try:
            with closing(open_engine(memory, _THREADS, str(folder / WORK / "duckdb"))) as engine:
                return ask(engine)
        except ReadError as error:
            if memory == _MEMORY[-1] or not ran_short(error):
                raise
    raise AssertionError("there is no limit to try")


def _across(dataset: Snapshot) -> tuple[dict[str, str], int]:
    folder = dataset.folder / ACROSS
    tables, copies = _asked(dataset.folder, lambda engine: _tables_across(engine, dataset))
    return {
        name: write_whole(folder, name, t.replace_schema_metadata()) for name, t in tables.items() if len(t)
    }, copies


def _tables_across(engine: DuckDBPyConnection, dataset: Snapshot) -> tuple[dict[str, pa.Table], int]:
    find_copies(engine, dataset)
    tables = {name: engine.sql(f"SELECT * FROM {name}").to_arrow_table() for name in ("moved", "copies")}
    ((copies,),) = engine.execute("SELECT count(*) FROM moved WHERE NOT kept").fetchall()
    for name, shown in (("findings_all", True), ("findings_kept", False)):
        if shown or copies:
            frame = findings_across(engine, dataset, copies=shown).astype({"rule": "string", "severity": "string"})
            tables[name] = pa.Table.from_pandas(frame, schema=stored("findings"), preserve_index=False)
        else:
            tables[name] = tables["findings_all"]
    return tables, copies

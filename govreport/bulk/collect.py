"""From sources of any size to a dataset: the same call on a laptop and on a cluster, broken off at any moment."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from govreport.bulk.finish import clean, opened, set_apart, settle, write_known
from govreport.bulk.pieces import anywhere, next_batch
from govreport.bulk.pools import Outcome, workers_for
from govreport.bulk.work import Task, Trouble
from govreport.errors import UsageError
from govreport.query.dataset import Dataset
from govreport.query.layout import Manifest

Source = str | os.PathLike[str]
_BAR_AFTER = 2.0  # seconds; a bar that comes and goes at once only disturbs


def collect_reports(
    sources: Source | Iterable[Source],
    folder: str | os.PathLike[str],
    *,
    workers: int | None = None,
    cluster: str | None = None,
    prefilter: bool | None = None,
    progress: bool | None = None,
) -> Dataset:
    """Read any number of reports into a dataset on disk, in constant memory, on all cores or on a cluster.

    It may be broken off at any moment: the same call again goes on and ends in the same files. Run again with more or
    changed sources, it adds what is new. Every record becomes a report, a failure with its reason, or is counted by the
    reason why it was passed over. Files attached to pages (Word, PDF, spreadsheets, archives of them) are read like
    pages. Pictures in archives and tables are passed over, since recognising one takes seconds: collect a folder of
    those that you want. Of a scanned PDF file there the first pages decide whether it is read to its end. Files whose
    reader is not installed are counted with the line that installs it, and read by the next run after that.

    >>> panel = collect_reports("crawl/*.warc.gz", "panel/")  # doctest: +SKIP
    >>> panel.sql("select year, count(*) as reports from reports group by year")  # doctest: +SKIP

    Args:
        sources: a file, a folder, a pattern, a web archive, JSON lines, a Parquet table, an fsspec address, or a list
            of these.
        folder: where the dataset is or will be; a folder of its own. All workers of a cluster must see it.
        workers: processes of this machine, all cores by default; 0 or 1 works in this process.
        cluster: address of a Dask scheduler, ``tcp://...``; its workers do the work then. Start them with
            ``--nthreads 1``, one for each core, and with ``DASK_DISTRIBUTED__WORKER__PROFILE__ENABLED=False`` in
            their environment: Dask's profiler costs a fifth of the speed, and memory that grows with the hours.
        prefilter: whether only pages that look like reports are parsed; by default in archives and tables, where most
            pages are something else, and not for loose files.
        progress: show a progress bar; by default where somebody looks on, and only after two seconds.

    Returns:
        The dataset, lazily.

    Raises:
        UsageError: nothing at the sources, a folder that cannot be used, a cluster that does not answer, or a package
            that is missing.
        ReadError: the dataset that is there already is damaged.
    """
    if workers is not None and workers < 0:
        raise UsageError(f"workers is the number of processes, 0 or more; found {workers}")
    target = Path(folder).expanduser().absolute()
    given = _listed(sources)
    _refuse_inside(given, target)
    with opened(target):
        done = clean(target)
        batch = next_batch(given, target, done, prefilter)
        known = write_known(target, [m for m in done if m.piece in set(batch.after)]) if batch.tasks else ""
        tasks = [task._replace(known=known) for task in batch.tasks]
        if cluster:
            tasks = [task._replace(piece=anywhere(task.piece)) for task in tasks]
        count = _cores() if workers is None else workers
        with workers_for(tasks, target, count, cluster) as outcomes:
            for task, found in _with_bar(outcomes, len(tasks), progress):
                _keep(task, found)
        settle(target)
    return Dataset(target)


def _keep(task: Task, found: Manifest | Trouble) -> None:
    if isinstance(found, Trouble):
        if found.fatal:
            raise UsageError(found.reason)
        set_apart(task, found.reason)


def _cores() -> int:
    affinity = getattr(os, "sched_getaffinity", None)
    return len(affinity(0)) if affinity else os.cpu_count() or 1


def _listed(sources: Any) -> list[str]:
    """Names of sources; what has no name cannot be met again by the next run, or sent to a worker."""
    if isinstance(sources, str | os.PathLike):
        sources = [sources]
    if isinstance(sources, bytes) or not isinstance(sources, Iterable):
        raise UsageError(f"expected a path, a pattern, an address or a list of these, found {type(sources).__name__}")
    given = list(sources)
    if strange := [type(s).__name__ for s in given if not isinstance(s, str | os.PathLike)]:
        raise UsageError(f"expected paths, patterns and addresses, found {', '.join(sorted(set(strange)))}")
    return [os.fspath(source) for source in given]


def _refuse_inside(sources: list[str], target: Path) -> None:
    for source in sources:
        path = Path(source).expanduser().absolute()
        if path.is_dir() and (path == target or path in target.parents):
            raise UsageError(
                f"the dataset {target} would stand inside the source {source}; choose a folder outside of it"
            )


def _with_bar(outcomes: Iterator[Outcome], pieces: int, progress: bool | None) -> Iterator[Outcome]:
    if progress is None:
        progress = sys.stderr.isatty() or "ipykernel" in sys.modules
    if not progress or not pieces:
        yield from outcomes
        return
    from tqdm.auto import tqdm

    reports = records = 0
    with tqdm(total=pieces, delay=_BAR_AFTER, unit="piece", desc="Collecting reports") as bar:
        for task, found in outcomes:
            if isinstance(found, Manifest):
                reports, records = reports + found.reports, records + found.records
            bar.set_postfix(reports=reports, records=records, refresh=False)
            bar.update()
            yield task, found

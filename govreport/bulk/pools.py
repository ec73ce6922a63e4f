"""Tasks worked in this process or by Dask: a bounded number under way, trouble tried again and then told."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, cast

from govreport.bulk.local import local_cluster
from govreport.bulk.work import Task, Trouble, attempt, place_of
from govreport.errors import UsageError
from govreport.query.layout import MARK, Manifest

_AHEAD = 2  # tasks for each thread: one under way, one waiting, so that nobody idles
_TRIES = 2
_TRIES_OF_KILLED = 6  # tasks that only waited at a worker that died are under suspicion too
_KILLERS = 20  # records of one piece that may kill a worker before the whole piece is set apart
_CONNECT = 20  # seconds

Outcome = tuple[Task, Manifest | Trouble]


def work_here(tasks: Sequence[Task]) -> Iterator[Outcome]:
    """One after the other in this process."""
    for task in tasks:
        found = attempt(task)
        for _ in range(_TRIES - 1):
            if isinstance(found, Trouble) and not found.fatal:
                found = attempt(task)
        yield task, found


def work_by(client: Any, tasks: Sequence[Task]) -> Iterator[Outcome]:
    """By the workers of a Dask cluster, as they are done; a worker that dies costs its task a new try."""
    import distributed

    waiting = iter(tasks)
    tries: Counter[str] = Counter()
    suspects: dict[str, int] = {}
    running: dict[Any, Task] = {}
    done: Any = cast(Any, distributed).as_completed(loop=client.loop)

    def start(task: Task) -> None:
        tries[task.key] += 1
        name = f"govreport-{task.key}-{tries[task.key]}"
        future = client.submit(attempt, task, key=name, pure=False)
        running[future] = task
        done.add(future)

    for _, task in zip(range(_AHEAD * max(sum(client.nthreads().values()), 1)), waiting, strict=False):
        start(task)
    for future in done:
        task = running.pop(future)
        if future.cancelled():
            raise UsageError("the Dask scheduler went away; what is done is kept, the same call again goes on")
        found = _result(future)
        again = _again(task, found, tries[task.key], suspects)
        if again is not None:
            start(again)
            continue
        if (following := next(waiting, None)) is not None:
            start(following)
        yield task, found if not isinstance(found, _Killed) else Trouble(found.reason)


class _Killed(Trouble):
    """The workers that had the task died."""


def _result(future: Any) -> Manifest | Trouble:
    from distributed.scheduler import KilledWorker

    error = future.exception()
    if error is None:
        found: Manifest | Trouble = future.result()
        return found
    if isinstance(error, KilledWorker):
        return _Killed("the worker processes that had it died, one after the other; memory may be short")
    return Trouble(f"{type(error).__name__}: {error}")


def _again(task: Task, found: Manifest | Trouble, tries: int, suspects: dict[str, int]) -> Task | None:
    """The task to try next, None for enough; a record that was in hand at two deaths is passed over."""
    if not isinstance(found, Trouble) or found.fatal:
        return None
    if not isinstance(found, _Killed):
        return task if tries < _TRIES else None
    number, before = place_of(task), suspects.get(task.key, 0)
    suspects[task.key] = number
    if number and number == before and len(task.skip) < _KILLERS:
        reason = "every worker process that took it in hand died; it was left out so that the others could be read"
        return task._replace(skip=(*task.skip, (number, reason)))
    return task if tries < _TRIES_OF_KILLED + 2 * len(task.skip) else None


@contextmanager
def cluster_client(address: str, folder: Path) -> Iterator[Any]:
    """A client of a running cluster whose workers have govreport and see the dataset's folder.

    Raises:
        UsageError: nobody answers, there are no workers, or they cannot do the work.
    """
    import distributed

    try:
        client = cast(Any, distributed).Client(address, timeout=_CONNECT, set_as_default=False)
    except (OSError, ValueError, TimeoutError) as error:
        raise UsageError(f"no Dask scheduler answers at {address}: {error}; start one with: dask scheduler") from error
    with client:
        _refuse_unfit(client, address, folder)
        yield client


def _refuse_unfit(client: Any, address: str, folder: Path) -> None:
    if not client.nthreads():
        start = f"dask worker {address} --nthreads 1"
        raise UsageError(f"the scheduler at {address} has no workers; start some with: {start}")
    try:
        seen: dict[str, bool] = client.run(sees, str(folder))
    except ImportError as error:
        raise UsageError(
            f"the workers of {address} lack govreport or a package of it: {error}; install it there"
        ) from error
    if blind := sorted(worker for worker, sight in seen.items() if not sight):
        raise UsageError(
            f"{len(blind)} of {len(seen)} workers do not see {folder}, {blind[0]} is one; "
            "the dataset must be in a folder that all machines share under the same name"
        )


def sees(folder: str) -> bool:
    """Whether this machine sees the dataset. Raises nothing."""
    return (Path(folder) / MARK).exists()


@contextmanager
def workers_for(tasks: Sequence[Task], folder: Path, workers: int, cluster: str | None) -> Iterator[Iterator[Outcome]]:
    """Outcomes of all tasks: by a cluster, by processes of this machine, or here for one worker.

    Raises:
        UsageError: Dask is not installed, or there are no workers.
    """
    if not tasks or (cluster is None and min(workers, len(tasks)) <= 1):
        yield work_here(tasks)
        return
    _need_dask()
    with cluster_client(cluster, folder) if cluster else local_cluster(min(workers, len(tasks))) as client:
        yield work_by(client, tasks)


def _need_dask() -> None:
    try:
        import distributed  # noqa: F401
    except ImportError as error:
        raise UsageError("several workers need dask; pip install 'govreport[bulk]', or give workers=1") from error

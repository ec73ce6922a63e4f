"""Workers of this machine: a scheduler in this process, and ``dask worker`` processes as on a cluster.

Workers are started from the command line, not forked or spawned from the caller's program: a script needs no
``if __name__ == "__main__"``, a notebook works, and the way is the same as with a cluster.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, cast

from govreport.errors import UsageError

_START, _STOP = 60, 10  # seconds
# Dask's profiler looks at the stack a hundred times a second and keeps what it saw: of parsers with deep stacks that is
# a fifth of the speed, and 100 MB for each worker after ten minutes. Its clocks wake every process up to a hundred
# times a second for a dashboard and spilling that we do not use: 4% of a machine with two cores, 1% as set here.
_SETTINGS = {
    "distributed.worker.profile.enabled": False,
    "distributed.worker.memory.monitor-interval": "500ms",
    "distributed.admin.tick.interval": "500ms",
    "distributed.admin.system-monitor.interval": "5s",
}
_ADDRESS, _LOG_TAIL = "scheduler.json", 2000


@contextmanager
def local_cluster(workers: int) -> Iterator[Any]:
    """A client of ``workers`` processes with one thread each; all of them end with the block, or with this process.

    Raises:
        UsageError: they did not start; the message has the end of their log.
    """
    with (
        tempfile.TemporaryDirectory(prefix="govreport-workers-", ignore_cleanup_errors=True) as scratch,
        _processes(workers, Path(scratch)) as process,  # first: they load Dask while this process does
        _scheduler(Path(scratch)) as client,
    ):
        try:
            _wait(client, workers, process, Path(scratch) / "log")
            yield client
        finally:
            _stop(process)  # before the scheduler, which they would look for


@contextmanager
def _scheduler(scratch: Path) -> Iterator[Any]:
    import dask
    import distributed

    with dask.config.set(_SETTINGS):  # read once, when the scheduler is made
        cluster = cast(Any, distributed).LocalCluster(
            n_workers=0,
            protocol="tcp://",
            host="127.0.0.1",
            scheduler_port=0,
            dashboard_address=None,
            silence_logs=50,
            scheduler_kwargs={"scheduler_file": str(scratch / _ADDRESS)},
        )
    with cluster, cluster.get_client() as client:
        yield client


@contextmanager
def _processes(workers: int, scratch: Path) -> Iterator[subprocess.Popen[bytes]]:
    command = [
        sys.executable, "-m", "distributed.cli.dask_worker", "--scheduler-file", str(scratch / _ADDRESS),
        "--nworkers", str(workers), "--nthreads", "1", "--no-dashboard", "--death-timeout", "30",
        "--local-directory", str(scratch), "--host", "127.0.0.1",
    ]  # fmt: skip
    settings = {f"DASK_{key.upper().replace('.', '__').replace('-', '_')}": str(v) for key, v in _SETTINGS.items()}
    with (scratch / "log").open("wb") as log:
        process = subprocess.Popen(
            command, stdin=subprocess.DEVNULL, stdout=log, stderr=log, start_new_session=True, env=settings | os.environ
        )
    try:
        yield process
    finally:
        _stop(process)


def _stop(process: subprocess.Popen[bytes]) -> None:
    process.terminate()
    try:
        process.wait(_STOP)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


def _wait(client: Any, workers: int, process: subprocess.Popen[bytes], log: Path) -> None:
    for _ in range(_START):
        try:
            client.wait_for_workers(workers, timeout=1)
            return
        except TimeoutError:
            if process.poll() is not None:
                break
    told = log.read_text(errors="replace")[-_LOG_TAIL:]
    raise UsageError(f"{workers} worker processes did not start in {_START} s; try workers=1. Their log ends:\n{told}")

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
# a fifth of the speed, and 100 MB for each worker after ten minutes.
_SETTINGS = {"DASK_DISTRIBUTED__WORKER__PROFILE__ENABLED": "False"}
_LOG_TAIL = 2000


@contextmanager
def local_cluster(workers: int) -> Iterator[Any]:
    """A client of ``workers`` processes with one thread each; all of them end with the block, or with this process.

    Raises:
        UsageError: they did not start; the message has the end of their log.
    """
    import distributed

    with (
        tempfile.TemporaryDirectory(prefix="govreport-workers-", ignore_cleanup_errors=True) as scratch,
        cast(Any, distributed).LocalCluster(
            n_workers=0, protocol="tcp://", host="127.0.0.1", scheduler_port=0, dashboard_address=None, silence_logs=50
        ) as cluster,
        cluster.get_client() as client,
        _processes(cluster.scheduler_address, workers, Path(scratch)) as process,
    ):
        _wait(client, workers, process, Path(scratch) / "log")
        yield client


@contextmanager
def _processes(address: str, workers: int, scratch: Path) -> Iterator[subprocess.Popen[bytes]]:
    command = [
        sys.executable, "-m", "distributed.cli.dask_worker", address, "--nworkers", str(workers), "--nthreads", "1",
        "--no-dashboard", "--death-timeout", "30", "--local-directory", str(scratch), "--host", "127.0.0.1",
    ]  # fmt: skip
    with (scratch / "log").open("wb") as log:
        process = subprocess.Popen(
            command,
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            start_new_session=True,
            env=_SETTINGS | os.environ,
        )
    try:
        yield process
    finally:
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

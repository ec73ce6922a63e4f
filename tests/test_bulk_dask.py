"""collect_reports with worker processes and on a cluster: the same files, whatever dies."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import textwrap
import time
from pathlib import Path
from typing import Any

import psutil
import pytest
from bulk_sources import files_of, invented, write_pages, write_warc

from govreport.bulk import Dataset, collect_reports, local, pieces, pools
from govreport.errors import UsageError

TESTS = Path(__file__).parent
SMALL = "from govreport.bulk import pieces; pieces.FILES_LEAST, pieces.BYTES_LEAST = 4, 6000\n"


@pytest.fixture(scope="module")
def sources(tmp_path_factory: pytest.TempPathFactory) -> list[str]:
    """A folder and a web archive, cut into some ten pieces each."""
    folder = tmp_path_factory.mktemp("sources")
    pages = invented()
    write_pages(folder / "pages", pages[:20])
    write_warc(folder / "crawl.warc.gz", [(f"http://www.a.gov.cn/{name}", content) for name, content in pages])
    return [str(folder / "pages"), str(folder / "crawl.warc.gz")]


@pytest.fixture(scope="module")
def undisturbed(sources: list[str], tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """Files of the dataset as this process makes it."""
    folder = tmp_path_factory.mktemp("undisturbed") / "panel"
    run(script(sources, folder, "workers=1"))
    assert Dataset(folder).summary().pieces > 8
    return files_of(folder)


def script(sources: list[str], folder: Path, options: str) -> str:
    return f"{SMALL}import govreport as gr\ngr.collect_reports({sources!r}, {str(folder)!r}, {options})\n"


def run(code: str, **environment: str) -> str:
    made = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, env=os.environ | environment)
    assert made.returncode == 0, made.stderr
    return made.stderr


def test_a_cluster_that_does_not_answer_is_told(sources: list[str], tmp_path: Path, monkeypatch: Any) -> None:
    monkeypatch.setattr(pools, "_CONNECT", 1)
    with pytest.raises(UsageError, match=r"no Dask scheduler answers at tcp://127.0.0.1:9: .*dask scheduler"):
        collect_reports(sources, tmp_path / "panel", cluster="tcp://127.0.0.1:9")


def test_a_cluster_of_the_caller_is_used_and_must_have_workers(sources: list[str], tmp_path: Path) -> None:
    from distributed import LocalCluster

    with LocalCluster(
        n_workers=0, processes=False, protocol="tcp://", host="127.0.0.1", dashboard_address=None, silence_logs=50
    ) as cluster:
        with pytest.raises(UsageError, match="has no workers; start some with: dask worker tcp://"):
            collect_reports(sources, tmp_path / "panel", cluster=cluster.scheduler_address)
        cluster.scale(1)
        cluster.wait_for_workers(1)
        made = collect_reports(sources, tmp_path / "panel", cluster=cluster.scheduler_address, progress=False)
    alone = collect_reports(sources, tmp_path / "alone", workers=1, progress=False)
    assert files_of(Path(made.folder)) == files_of(Path(alone.folder))


def test_workers_elsewhere_find_relative_sources(sources: list[str], tmp_path: Path, monkeypatch: Any) -> None:
    monkeypatch.chdir(Path(sources[0]).parent)
    [piece] = pieces.plan("pages/" + invented()[0][0])
    there = pieces.anywhere(piece)
    assert there.files == ((piece.files[0][0], str(Path(sources[0]) / invented()[0][0])),)


def test_without_dask_the_install_line_is_told(sources: list[str], tmp_path: Path, monkeypatch: Any) -> None:
    monkeypatch.setitem(sys.modules, "distributed", None)
    with pytest.raises(UsageError, match=r"pip install 'govreport\[bulk\]', or give workers=1"):
        collect_reports(sources, tmp_path / "panel", workers=2)


def test_workers_of_this_machine_do_not_profile_and_seldom_wake_up(monkeypatch: Any) -> None:
    monkeypatch.setenv("PYTHONPATH", str(TESTS))
    with local.local_cluster(1) as client:
        here: dict[str, Any] = client.run_on_scheduler(wakes, in_worker=False)
        [there] = client.run(wakes, in_worker=True).values()
    assert here == {"tick": 500.0}
    assert there == {"tick": 500.0, "memory": 500.0, "monitor": 5000.0, "profiled": False}


def wakes(*, in_worker: bool, dask_worker: Any = None, dask_scheduler: Any = None) -> dict[str, Any]:
    """Milliseconds between what a process of Dask does by the clock."""
    import dask

    called = (dask_worker if in_worker else dask_scheduler).periodic_callbacks
    made = {"tick": called["tick"].callback_time}
    if in_worker:
        made |= {"memory": called["memory_monitor"].callback_time, "monitor": called["monitor"].callback_time}
        made |= {"profiled": dask.config.get("distributed.worker.profile.enabled")}
    return made


def test_workers_that_do_not_start_are_told_with_their_log(tmp_path: Path, monkeypatch: Any) -> None:
    broken = tmp_path / "python"
    broken.write_text("#!/bin/sh\necho no room left >&2\nexit 3\n")
    broken.chmod(0o755)
    monkeypatch.setattr(sys, "executable", str(broken))
    with pytest.raises(UsageError, match=r"2 worker processes did not start.*workers=1(?s:.)*no room left"):
        local.local_cluster(2).__enter__()


@pytest.mark.slow
def test_two_workers_of_a_plain_script_make_the_same_files(
    sources: list[str], undisturbed: dict[str, str], tmp_path: Path
) -> None:
    """The script has no ``if __name__``; nothing but the progress of the script itself reaches its output."""
    program = tmp_path / "script.py"
    program.write_text(f"print('begun')\n{script(sources, tmp_path / 'panel', 'workers=2')}print('done')\n")
    made = subprocess.run([sys.executable, str(program)], capture_output=True, text=True, check=True)
    assert (made.stdout, made.stderr) == ("begun\ndone\n", "")
    assert files_of(tmp_path / "panel") == undisturbed


@pytest.mark.slow
def test_a_record_that_kills_its_worker_is_left_out(sources: list[str], tmp_path: Path) -> None:
    (tmp_path / "sitecustomize.py").write_text(
        textwrap.dedent("""
        import os, sys
        if "distributed.cli.dask_worker" in " ".join(sys.orig_argv) or "spawn_main" in " ".join(sys.orig_argv):
            import govreport.bulk.work as work
            real = work.parse_report
            def parse_report(document):
                if document.origin.source.endswith("killer.html"):
                    os._exit(9)
                return real(document)
            work.parse_report = parse_report
        """)
    )
    pages = write_pages(tmp_path / "pages", [*invented()[:9], ("killer.html", b"<html>kill</html>")])
    run(script([str(pages)], tmp_path / "panel", "workers=2"), PYTHONPATH=str(tmp_path))
    made = Dataset(tmp_path / "panel")
    assert made.summary()[1:4] == (10, 9, 1)
    failure = made.failures.load().iloc[0]
    assert (failure["source"], failure["kind"]) == ("killer.html", "error")
    assert "every worker process that took it in hand died" in failure["message"]


FORKS = """
import os, random, signal, sys, time
import pyarrow.parquet, duckdb, govreport.bulk
{small}
import warnings; warnings.simplefilter("ignore")
def child():
    pid = os.fork()
    if pid == 0:
        govreport.bulk.collect_reports({sources!r}, {folder!r}, workers=1)
        os._exit(0)
    return pid
chance, kills = random.Random({seed}), 0
start = time.monotonic()
while kills < {kills}:
    pid = child()
    deadline = time.monotonic() + chance.uniform(0.02, {longest})
    while time.monotonic() < deadline and not os.waitpid(pid, os.WNOHANG)[0]:
        time.sleep(0.005)
    try:
        os.kill(pid, signal.SIGKILL)
        killed = os.waitpid(pid, 0)[1] == signal.SIGKILL
    except (ProcessLookupError, ChildProcessError):
        killed = False
    kills += killed
    if not killed:
        for place, folders, files in os.walk({folder!r}, topdown=False):
            if chance.random() < 0.5 and place.endswith("manifests"):
                [os.unlink(os.path.join(place, f)) for f in files]
print(kills)
pid = child()
assert os.waitpid(pid, 0)[1] == 0
"""


@pytest.mark.slow
def test_thirty_kills_and_a_last_run_make_the_same_files(
    sources: list[str], undisturbed: dict[str, str], tmp_path: Path
) -> None:
    """Runs are forked from a process that has imported everything, so that most kills fall into the work itself."""
    folder = str(tmp_path / "panel")
    code = FORKS.format(small=SMALL, sources=sources, folder=folder, seed=4, kills=30, longest=1.5)
    run(code)
    assert files_of(tmp_path / "panel") == undisturbed


@pytest.mark.slow
def test_kills_while_workers_are_busy_leave_no_process_and_make_the_same_files(
    sources: list[str], undisturbed: dict[str, str], tmp_path: Path
) -> None:
    code = script(sources, tmp_path / "panel", "workers=2")
    left: list[psutil.Process] = []
    for wanted in (2, 7):
        process = subprocess.Popen([sys.executable, "-c", code])
        done = tmp_path / "panel" / "manifests"
        while process.poll() is None and len(list(done.glob("*.json"))) < wanted:
            time.sleep(0.05)
        left += psutil.Process(process.pid).children(recursive=True)
        process.send_signal(signal.SIGKILL)
        process.wait()
    assert len(left) > 4
    run(code)
    assert files_of(tmp_path / "panel") == undisturbed
    assert psutil.wait_procs(left, timeout=60)[1] == []

"""Speed and memory of bulk reading: pages a second and core, two workers against one, memory at ten times the pages.

Small by default, so that it can run beside other things; ``--pages 100000`` is the full proof and wants a quiet
machine. The pages are invented, made on the fly, and written as web archives. Every run is a process of its own; its
memory is that of the process and all its children, shared pages counted once, at its highest.

Other tenants of a machine may change its speed by a third from one minute to the next, and two processes share its
memory. So one worker reads between two runs of two workers, and beside the ratio stands what the machine gives two
processes that share nothing: each reads a fifth of the pages alone, first one by itself, then both at once.

    python tests/bench_bulk.py --pages 100000 --folder /var/tmp/bench
"""

from __future__ import annotations

import argparse
import hashlib
import io
import json
import os
import resource
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

import psutil

YEARS, REPORTS_OF_A_BODY = (2021, 2024), 3
"""Years of the invented panel, and how many of the four reports of a body there are at least on average."""
SPEED_UP, MEMORY = 1.7, 1.2
"""What is promised: two workers against one, and memory at ten times the pages."""
_RUN = "import sys; from govreport import collect_reports; print(len(collect_reports(sys.argv[1], sys.argv[2], {})))"


class Run(NamedTuple):
    """What a run took: seconds, seconds of all its processors, bytes at its highest, and reports in the dataset."""

    seconds: float
    work: float
    memory: float
    reports: int


def pages(count: int) -> Iterator[tuple[str, bytes]]:
    """Addresses and invented pages in all layouts, as many as wanted: one panel, a report for each body and year."""
    from govreport.synthetic import panel

    bodies = count // REPORTS_OF_A_BODY + 10
    for name, content in panel(bodies, YEARS).pages(count):
        yield f"http://www.panel.gov.cn/nb/{name}", content


def write_warc(path: Path, count: int) -> None:
    """Pages as the answers of web servers in one archive, each record compressed by itself."""
    from warcio.statusandheaders import StatusAndHeaders
    from warcio.warcwriter import WARCWriter

    with path.open("wb") as file:
        writer = WARCWriter(file, gzip=True)
        for url, content in pages(count):
            kind = "text/html" if url.endswith(".html") else "text/plain"
            headers = StatusAndHeaders("200 OK", [("Content-Type", kind)], protocol="HTTP/1.1")
            dated = {"WARC-Date": "2026-01-01T00:00:00Z"}
            writer.write_record(
                writer.create_warc_record(
                    url, "response", payload=io.BytesIO(content), http_headers=headers, warc_headers_dict=dated
                )
            )


def run(source: Path, folder: Path, options: str, beside: Sequence[int] = ()) -> Run:
    """Collect in a fresh process and watch its memory, with that of the processes beside it."""
    start, before = time.perf_counter(), _work()
    process = subprocess.Popen(
        [sys.executable, "-c", _RUN.format(options), str(source), str(folder)], stdout=subprocess.PIPE, text=True
    )
    with watched([process.pid, *beside]) as highest:
        told, _ = process.communicate()
    seconds = time.perf_counter() - start
    if process.returncode:
        raise SystemExit(f"collecting with {options} ended with status {process.returncode}")
    return Run(seconds, _work() - before, highest[0], int(told))


def _work() -> float:
    """Processor seconds of all processes that were started here and have ended."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


@contextmanager
def watched(roots: Sequence[int], every: float = 1.0) -> Iterator[list[float]]:
    """The highest memory of these processes and all below them, while the block runs."""
    highest, over = [0.0], threading.Event()

    def watch() -> None:
        while not over.wait(every):
            highest[0] = max(highest[0], sum(_memory(pid) for pid in roots))

    thread = threading.Thread(target=watch, daemon=True)
    thread.start()
    try:
        yield highest
    finally:
        over.set()
        thread.join()


def _memory(root: int) -> float:
    total = 0.0
    try:
        family = [psutil.Process(root), *psutil.Process(root).children(recursive=True)]
    except psutil.Error:
        return total
    for process in family:
        try:
            total += process.memory_full_info().pss
        except psutil.Error:
            continue
    return total


@contextmanager
def cluster(workers: int, scratch: Path) -> Iterator[tuple[str, list[int]]]:
    """A scheduler and workers as a person starts them on the command line: the address, and the processes' ids."""
    scratch.mkdir()
    told = scratch / "scheduler.json"
    quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
    dask = [sys.executable, "-m", "dask"]
    settings = os.environ | {"DASK_DISTRIBUTED__WORKER__PROFILE__ENABLED": "False"}  # as ``collect_reports`` advises
    here = ["--host", "127.0.0.1", "--no-dashboard"]
    started = [subprocess.Popen([*dask, "scheduler", *here, "--port", "0", "--scheduler-file", str(told)], **quiet)]
    try:
        while not told.exists():
            time.sleep(0.1)
        for number in range(workers):
            place = ["--local-directory", str(scratch / f"worker-{number}")]
            started.append(
                subprocess.Popen(
                    [*dask, "worker", "--scheduler-file", str(told), "--nthreads", "1", *here, *place],
                    env=settings,
                    **quiet,
                )
            )
        address = json.loads(told.read_text())["address"]
        _wait_for(address, workers)
        yield address, [process.pid for process in started]
    finally:
        for process in reversed(started):
            process.terminate()
        for process in started:
            process.wait()


def _wait_for(address: str, workers: int) -> None:
    from distributed import Client

    with Client(address, set_as_default=False) as client:
        client.wait_for_workers(workers, timeout=60)


def digest(folder: Path) -> str:
    """One digest of all files of a dataset."""
    made = hashlib.sha256()
    for path in sorted(p for p in folder.rglob("*") if p.is_file()):
        made.update(str(path.relative_to(folder)).encode() + hashlib.sha256(path.read_bytes()).digest())
    return made.hexdigest()


def local(workers: int) -> Callable[[Path, Path], Run]:
    """How processes of this machine collect."""
    return lambda source, folder: run(source, folder, f"workers={workers}")


def run_far(source: Path, folder: Path) -> Run:
    """Collect on a cluster of two workers; scheduler and workers count as well."""
    before = _work()
    with cluster(2, folder.with_name(f"{folder.name}-scratch")) as (address, pids):
        made = run(source, folder, f"cluster={address!r}", pids)
    return made._replace(work=_work() - before)


def told(name: str, count: int, made: Run) -> Run:
    """Print a line about a run."""
    rate, core = count / made.seconds, count / made.work
    print(f"{name:<18}{made.seconds:8.1f} s {rate:8.1f} pages a second, {core:6.1f} a second of processor time, "
          f"{made.memory / 1e6:6.0f} MB at its highest")  # fmt: skip
    return made


def archive(folder: Path, count: int) -> Path:
    """The archive with so many pages, written if it is not there yet."""
    path = folder / f"pages-{count}.warc.gz"
    if not path.exists():
        start, beside = time.perf_counter(), path.with_suffix(".part")
        write_warc(beside, count)
        beside.replace(path)
        print(
            f"{count:,} pages written in {time.perf_counter() - start:.0f} s, {path.stat().st_size / 1e6:.0f} MB packed"
        )
    return path


def machine(source: Path, count: int, scratch: Path) -> float:
    """How many times as much two processes do as one when each works for itself."""
    alone = told("one alone", count, run(source, scratch / "alone", "workers=1")).seconds
    start = time.perf_counter()
    commands = [[sys.executable, "-c", _RUN.format("workers=1"), str(source), str(scratch / name)] for name in "ab"]
    processes = [subprocess.Popen(command, stdout=subprocess.DEVNULL) for command in commands]
    codes = [process.wait() for process in processes]
    if any(codes):
        raise SystemExit("collecting in two processes apart failed")
    return 2 * alone / (time.perf_counter() - start)


def bench(count: int, folder: Path, scratch: Path) -> bool:
    """Print all; gives whether the promises are kept."""
    fifth, large, small = (archive(folder, count // part) for part in (5, 1, 10))
    sources = {count: large, count // 10: small}
    ways = {"one": local(1), "two": local(2), "two again": local(2), "cluster": run_far}

    def made(name: str, total: int) -> Run:
        folder = scratch / f"{name.replace(' ', '-')}-{total}"
        return told(f"{name}, {total:,}", total, ways[name](sources[total], folder))

    whole = {name: made(name, count) for name in ("two", "one", "two again", "cluster")}
    tenth = {name: made(name, count // 10) for name in ("one", "two", "cluster")}
    if count < 20_000:
        print("so few pages are few pieces, and starting counts: the ratios mean something from 20,000 pages on")
    speed_up = 2 * whole["one"].seconds / (whole["two"].seconds + whole["two again"].seconds)
    shared = machine(fifth, count // 5, scratch)
    print(
        f"two workers are {speed_up:.2f} x one (wanted {SPEED_UP}); two processes that share nothing {shared:.2f} x one"
    )
    memory = {name: whole[name].memory / tenth[name].memory for name in tenth}
    told_each = ", ".join(f"{name} {ratio:.2f} x" for name, ratio in memory.items())
    print(f"memory at ten times the pages: {told_each} (wanted {MEMORY})")
    same = len({digest(scratch / f"{name}-{count}") for name in ("one", "two", "two-again", "cluster")}) == 1
    print(f"the datasets are {'the same' if same else 'DIFFERENT'} byte for byte")
    lost = count - whole["one"].reports
    print(f"{count - lost:,} of {count:,} pages are reports in the dataset, {lost:,} copies or not read")
    return speed_up >= SPEED_UP and max(memory.values()) <= MEMORY and same


def main() -> int:
    """Exit 1 when a promise is broken."""
    parser = argparse.ArgumentParser(description="Speed and memory of bulk reading.")
    parser.add_argument("--pages", type=int, default=2000, help="how many (default 2000; the proof takes 100000)")
    parser.add_argument("--folder", help="where to work, and keep the archives (default: a temporary folder)")
    arguments = parser.parse_args()
    os.environ.setdefault("DASK_DISTRIBUTED__LOGGING__DISTRIBUTED", "error")
    with tempfile.TemporaryDirectory(dir=arguments.folder, prefix="bench-bulk-") as scratch:
        folder = Path(arguments.folder or scratch)
        return 0 if bench(arguments.pages, folder, Path(scratch)) else 1


if __name__ == "__main__":
    sys.exit(main())

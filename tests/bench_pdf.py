"""Time and memory of the reader of PDF files beside pdfplumber's own table extraction, in one run.

``python tests/bench_pdf.py [FILE...]`` prints for each file the seconds of both, their ratio, and their peaks of
memory; the kept files are measured when no file is named. The reader's time and memory include the process it starts.
Memory is that of a fresh process, which loads only what it needs, and of its children, shared pages counted once; it is
looked at every few milliseconds.

The limit holds for each file against pdfplumber's plain settings, which look for rules. Where these find no cells, the
seconds with its settings for tables without rules ("text") are printed too.
"""

from __future__ import annotations

import logging
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

KEPT = Path(__file__).parent / "containers" / "pdf"
MOST = 1.3
"""Times pdfplumber's own seconds and memory that the reader may take, for each file."""

ROUNDS = 5
TEXT = {"vertical_strategy": "text", "horizontal_strategy": "text"}
_WAIT = 0.002


def plumbed(path: Path, settings: dict[str, Any] | None = None) -> int:
    """Take all tables of a file with pdfplumber; gives the number of cells."""
    import pdfplumber

    cells = 0
    with pdfplumber.open(path) as file:
        for page in file.pages:
            for table in page.find_tables(settings):
                cells += sum(map(len, table.extract()))
    return cells


def read(path: Path) -> None:
    """The file as a document."""
    import govreport as gr

    gr.read_document(path)


def seconds(*tasks: Callable[[], object]) -> list[float]:
    """The least of several runs of each task, in turns."""
    spent: list[list[float]] = [[] for _ in tasks]
    for _ in range(ROUNDS):
        for own, task in zip(spent, tasks, strict=True):
            start = time.perf_counter()
            task()
            own.append(time.perf_counter() - start)
    return list(map(min, spent))


def peak(task: str, path: Path) -> float:
    """The most megabytes that a fresh process doing a task, with its children, holds at once."""
    most = 0
    with subprocess.Popen([sys.executable, __file__, "--only", task, str(path)]) as run:
        while run.poll() is None:
            most = max(most, _held(run.pid))
            time.sleep(_WAIT)
    if run.returncode:
        raise RuntimeError(f"{task} failed on {path}")
    return most / 1024


def _held(process: int, above: bytes = b"") -> int:
    """Kilobytes of a process and its children; 0 for one that has just ended or is not yet a program of its own."""
    folder = Path("/proc") / str(process)
    try:
        command = (folder / "cmdline").read_bytes()
        rollup = (folder / "smaps_rollup").read_text(encoding="ascii")
        children = (folder / "task" / str(process) / "children").read_text(encoding="ascii")
    except OSError:
        return 0
    if command == above:
        return 0
    own = sum(int(line.split()[1]) for line in rollup.splitlines() if line.startswith("Pss:"))
    return own + sum(_held(int(child), command) for child in children.split())


def measured(path: Path) -> float:
    """Print a file's line; gives the greater ratio of time and memory."""
    cells = plumbed(path)
    bare, own = seconds(lambda: plumbed(path), lambda: read(path))
    bare_peak, own_peak = peak("plumbed", path), peak("read", path)
    line = (
        f"{path.name:37} pdfplumber {bare:6.3f} s {bare_peak:4.0f} MB   read_document {own:6.3f} s {own_peak:4.0f} MB"
    )
    line += f"   ratios {own / bare:4.2f} {own_peak / bare_peak:4.2f}   {cells} cells by pdfplumber"
    if not cells:
        (text,) = seconds(lambda: plumbed(path, TEXT))
        line += f', with "text" {plumbed(path, TEXT)} in {text:.3f} s: {own / text:4.2f}'
    print(line, flush=True)
    return max(own / bare, own_peak / bare_peak)


def main(arguments: list[str]) -> int:
    """Measure files; gives 1 where one of them takes more than the limit."""
    logging.getLogger("pdfminer").setLevel(logging.ERROR)
    if arguments[:1] == ["--only"]:
        {"plumbed": plumbed, "read": read}[arguments[1]](Path(arguments[2]))
        return 0
    ratios = [measured(Path(path)) for path in arguments or sorted(KEPT.glob("*.pdf"))]
    above = sum(ratio > MOST for ratio in ratios)
    print(f"{len(ratios)} files, greatest ratio {max(ratios):.2f} (at most {MOST}), {above} above the limit")
    return int(above > 0)


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))

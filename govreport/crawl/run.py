"""``crawl_sites``: starts the process that crawls, shows how far it is, and gives the status when it has ended.

Scrapy's event loop can run once in a process, and not beside that of a notebook. So the crawl has a process of its own,
which is told what to do as data; a folder can be crawled into again and again, from a notebook or anywhere.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from importlib.util import find_spec
from pathlib import Path
from typing import IO, Any, NamedTuple

from govreport.crawl.frontier import STATE_FILE, Frontier
from govreport.crawl.guard import Guard, target_of
from govreport.crawl.keeper import spelt
from govreport.crawl.settings import CrawlSettings
from govreport.crawl.status import CrawlStatus, read_status
from govreport.errors import FetchError, FormError, GovreportError, ReadError, UsageError
from govreport.fetch.robots import Rules, parse_robots

LOG_FILE = "crawl.log"
_LOG_TAIL = 600


def crawl_sites(
    urls: str | Iterable[str],
    folder: str | Path,
    settings: CrawlSettings | None = None,
    *,
    progress: bool | None = None,
) -> CrawlStatus:
    """Crawl sites for annual reports into a web archive, politely.

    Each host is asked one request at a time, with pauses, as its robots.txt permits; nothing leaves the hosts of the
    given addresses (see ``CrawlSettings.hosts``). What comes back goes into ``crawl-00001.warc.gz`` and following files
    of the folder, which ``open_reports`` reads. A crawl may be broken off, even by a kill, at any moment: the same call
    goes on where it was. What is finished is not asked for again.

    Args:
        urls: front pages, column pages or sitemaps, http or https.
        folder: for archive and state; made if it is not there. One process at a time may crawl into it.
        settings: how to crawl; the defaults pause two seconds and go five links deep.
        progress: show a progress bar; by default where somebody looks on.

    Returns:
        The ``CrawlStatus``: what was asked, got, refused and failed, by host and reason. It prints well.

    Raises:
        UsageError: an address or setting does not work, another process crawls into the folder, or a package is
            missing.
        GovreportError: the crawl broke off, for example because the disk is full. It can be started again.
        KeyboardInterrupt: Ctrl-C; what was on the wire has been kept.
    """
    settings = settings or CrawlSettings()
    _check_packages()
    given = [urls] if isinstance(urls, str) else list(urls)
    path = Path(folder)
    _check_urls(given, settings, path)
    try:
        path.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise UsageError(f"{folder} was expected to be a folder that can be made and written to ({error})") from error
    job = {"folder": str(path.resolve()), "urls": given, "settings": settings.as_data()}
    with _bar(progress) as bar:
        _run(job, path / LOG_FILE, bar)
    return read_status(path)


class Asked(NamedTuple):
    """An address that was asked for, and what came of it."""

    url: str
    outcome: str


class RobotsSaid(NamedTuple):
    """A site, and what its robots.txt says of us."""

    site: str
    says: str


class Next(NamedTuple):
    """An address that would be asked for: lower ranks first; ``kind`` and ``title`` say what is expected there."""

    rank: int
    kind: str
    url: str
    title: str


class NotAsked(NamedTuple):
    """An address that would not be asked for, and why."""

    url: str
    reason: str


class Preview(NamedTuple):
    """What a crawl would ask for.

    Attributes:
        asked: what was asked for to find out: the given addresses alone.
        robots: what the robots.txt of each site says of us.
        wanted: what would be asked for next, best first.
        refused: what would not be asked for.
    """

    asked: list[Asked]
    robots: list[RobotsSaid]
    wanted: list[Next]
    refused: list[NotAsked]


def preview_crawl(urls: str | Iterable[str], settings: CrawlSettings | None = None) -> Preview:
    """What ``crawl_sites`` would ask for first. Asks for robots.txt and the given addresses, and for nothing else.

    Raises:
        UsageError: an address or setting does not work, or a package is missing.
        GovreportError: the crawl broke off.
    """
    from dataclasses import replace

    settings = settings or CrawlSettings()
    with tempfile.TemporaryDirectory(prefix="govreport-") as folder:
        crawl_sites(urls, folder, replace(settings, depth=0), progress=False)
        with Frontier(Path(folder), read_only=True) as frontier:
            return _preview(frontier, settings)


def preview_folder(folder: str | Path) -> Preview:
    """What a crawl that was begun would go on with. Asks for nothing.

    Raises:
        UsageError: no crawl is in the folder.
    """
    with Frontier(Path(folder), read_only=True) as frontier:
        return _preview(frontier, CrawlSettings())


def _preview(frontier: Frontier, settings: CrawlSettings) -> Preview:
    asked = frontier.query(
        "SELECT url, iif(state = 'done', look || ': ' || reason, state || ': ' || reason) FROM requests "
        "WHERE kind != 'robots' AND state IN ('done', 'failed') ORDER BY id"
    )
    rules = (
        {}
        if settings.ignore_robots
        else {o: (closed, parse_robots(t, settings.agent)) for o, closed, t in frontier.all_robots()}
    )
    # Under depth 0, links are refused for their depth alone, or for what would be refused at any depth.
    rows = frontier.query(
        "SELECT rank, kind, url, title, iif(state = 'waiting' OR reason = 'deeper than 0', '', reason) FROM requests "
        "WHERE kind != 'robots' AND state IN ('waiting', 'refused') ORDER BY rank, id"
    )
    judged = [(*row[:4], row[4] or _closed(str(row[2]), rules)) for row in rows]
    return Preview(
        [Asked(*row) for row in asked],
        [RobotsSaid(origin, closed or _told(found)) for origin, (closed, found) in rules.items()],
        [Next(*row[:4]) for row in judged if not row[4]],
        [NotAsked(row[2], row[4]) for row in judged if row[4]],
    )


def _closed(url: str, rules: Mapping[str, tuple[str, Rules]]) -> str:
    target = target_of(url)
    if isinstance(target, str) or target.origin not in rules:
        return ""
    closed, found = rules[target.origin]
    return closed or ("" if found.allow(target.path) else "forbidden by robots.txt")


def _told(rules: Rules) -> str:
    delay = f", {rules.delay:g} seconds between requests" if rules.delay else ""
    return f"{len(rules.lines)} rules for us{delay}"


def _check_packages() -> None:
    missing = [name for name in ("scrapy", "warcio") if find_spec(name) is None]
    if missing:
        raise UsageError(f"crawling needs {' and '.join(missing)}; run: pip install 'govreport[crawl]'")


def _check_urls(urls: list[str], settings: CrawlSettings, folder: Path) -> None:
    if not urls and not (folder / STATE_FILE).is_file():
        raise UsageError("crawl_sites was given no address to begin with")
    Guard([spelt(url) for url in urls], settings)
    _ = settings.agent  # fails here if the contact cannot stand in a header


def _run(job: dict[str, Any], log: Path, show: Callable[[dict[str, Any]], None]) -> None:
    with log.open("ab") as errors, _started(errors) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        try:
            process.stdin.write(json.dumps(job).encode() + b"\n")
            process.stdin.flush()
            last = _listen(process.stdout, show)
        except KeyboardInterrupt:
            _stop(process, show)
            raise
        except BrokenPipeError:  # it ended before it had read what to do
            last = {}
        process.wait()
    _judge_end(last, process.returncode, log)


@contextmanager
def _started(errors: IO[bytes]) -> Iterator[subprocess.Popen[bytes]]:
    # The process finds the package where this one has found it, installed or not.
    home = str(Path(__file__).parents[2])
    paths = [home, *filter(None, [os.environ.get("PYTHONPATH", "")])]
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(paths), "PYTHONUTF8": "1"}
    # Ctrl-C in a terminal reaches whole groups of processes; this one is told by us.
    group: dict[str, Any] = {"start_new_session": True}
    if sys.platform == "win32":
        group = {"creationflags": subprocess.CREATE_NEW_PROCESS_GROUP}
    process = subprocess.Popen(
        [sys.executable, "-m", "govreport.crawl.engine"],
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=errors, env=environment, **group,
    )  # fmt: skip
    try:
        yield process
    finally:
        if process.poll() is None:
            process.kill()
        process.wait()
        for stream in (process.stdin, process.stdout):
            if stream is not None:
                with suppress(BrokenPipeError):
                    stream.close()


def _listen(output: IO[bytes], show: Callable[[dict[str, Any]], None]) -> dict[str, Any]:
    """What the process says last."""
    last: dict[str, Any] = {}
    for line in output:
        last = json.loads(line)
        show(last)
    return last


def _stop(process: subprocess.Popen[bytes], show: Callable[[dict[str, Any]], None]) -> None:
    """Let it finish what is on the wire. A second Ctrl-C ends it at once, which its folder bears."""
    assert process.stdin is not None
    assert process.stdout is not None
    with suppress(BrokenPipeError):
        process.stdin.write(b"stop\n")
        process.stdin.flush()
    _listen(process.stdout, show)


def _judge_end(last: dict[str, Any], status: int, log: Path) -> None:
    if "end" in last:
        return
    if "error" in last:
        known = {kind.kind: kind for kind in (FetchError, ReadError, FormError, UsageError)}
        raise known.get(last["error"]["kind"], GovreportError)(last["error"]["message"])
    told = log.read_text(encoding="utf-8", errors="replace")[-_LOG_TAIL:].strip().rpartition("\n")[2]
    raise GovreportError(
        f"the crawl broke off (status {status}): {told or 'it said nothing'}. See {log}; the same call goes on with it"
    )


@contextmanager
def _bar(progress: bool | None) -> Iterator[Callable[[dict[str, Any]], None]]:
    """Shows how far a crawl is. The number of requests to come grows while links are found."""
    if progress is None:
        progress = sys.stderr.isatty() or "ipykernel" in sys.modules
    if not progress:
        yield lambda numbers: None  # noqa: ARG005
        return
    from tqdm.auto import tqdm

    with tqdm(unit="page", desc="Crawling", delay=1.0) as bar:

        def show(numbers: dict[str, Any]) -> None:
            if "bytes" not in numbers:
                return
            asked = numbers.get("done", 0) + numbers.get("failed", 0)
            bar.total = asked + numbers.get("waiting", 0) + numbers.get("taken", 0)
            bar.n = asked
            bar.set_postfix(failed=numbers.get("failed", 0), refused=numbers.get("refused", 0), refresh=False)
            bar.refresh()

        yield show

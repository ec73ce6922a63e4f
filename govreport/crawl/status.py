"""What a crawl has asked for, got, refused and failed at, read from its folder. Also while it runs, or after a kill."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, NamedTuple

from govreport.crawl.frontier import Frontier, is_locked
from govreport.errors import UsageError
from govreport.model import escape

_MOST_LINES = 40
_UNMET = "SELECT url, reason FROM requests WHERE how = 'given' AND state IN ('failed', 'refused') ORDER BY id"
_STATES = ("done", "failed", "refused", "taken", "waiting")


class StatusRow(NamedTuple):
    """Requests of one host that went the same way.

    Attributes:
        host: name, with the port if it is not the usual one.
        state: "done", "failed", "refused", "waiting" or "taken" (on the wire).
        reason: for what is done, what the pages are (report, list, attachment ...); else why.
        requests: how many.
    """

    host: str
    state: str
    reason: str
    requests: int


@dataclass(frozen=True, slots=True)
class CrawlStatus:
    """The state of a crawl. robots.txt counts in ``requests_sent`` and ``bytes`` only.

    Attributes:
        folder: of the crawl.
        asked: requests that were sent and are settled, redirects and failures among them.
        got: those that brought a page or file.
        reports: pages with a report among them.
        attachments: files among them.
        lists: list pages, sitemaps and answers of list interfaces among them.
        redirects: requests that only led on.
        failed: asked for in vain.
        refused: not asked for: other hosts, robots.txt, too deep.
        waiting: still to be asked for.
        requests_sent: requests on the wire, further tries and robots.txt among them.
        bytes: of all bodies, as received.
        files: names of the archive files, in order.
        running: a process is crawling into the folder now.
        stopped: why the last run ended before everything was asked for, "" if it did not.
        unmet: for each given address that brought nothing, why.
        hosts: for each host that is left alone for a time, why.
        unverified: hosts whose certificates are not checked.
        table: requests by host, state and reason.
    """

    folder: str
    asked: int
    got: int
    reports: int
    attachments: int
    lists: int
    redirects: int
    failed: int
    refused: int
    waiting: int
    requests_sent: int
    bytes: int
    files: tuple[str, ...]
    running: bool
    stopped: str
    unmet: dict[str, str]
    hosts: dict[str, str]
    unverified: tuple[str, ...]
    table: tuple[StatusRow, ...]

    def rows(self) -> list[dict[str, Any]]:
        """Rows for ``pandas.DataFrame``: host, state, reason, requests; the most frequent first within a host."""
        return [row._asdict() for row in self.table]

    def as_data(self) -> dict[str, Any]:
        """All of it as plain values, for JSON."""
        return {**asdict(self), "table": self.rows()}

    def text(self, most: int = _MOST_LINES) -> str:
        """For a person: a summary, then at most ``most`` rows of the table."""
        return "\n".join(self._lines(most))

    def __str__(self) -> str:
        return self.text()

    def _repr_html_(self) -> str:
        """The same for a notebook; everything that comes from sites is escaped."""
        facts = "".join(f"<p>{escape(line)}</p>" for line in self._lines(0))
        cells = (("td", row.host, row.state, row.requests, row.reason) for row in self.table[:_MOST_LINES])
        head = ("th", "host", "state", "requests", "reason")
        lines = ("".join(f"<{tag}>{escape(text)}</{tag}>" for text in line) for tag, *line in (head, *cells))
        rows = "".join(f"<tr>{line}</tr>" for line in lines)
        return f"<div>{facts}<table>{rows}</table></div>"

    def _lines(self, most: int) -> Iterator[str]:
        state = "is running" if self.running else "has requests left" if self.waiting else "is complete"
        yield f"The crawl in {self.folder} {state}{': ' + self.stopped if self.stopped else ''}."
        yield (
            f"asked {self.asked}, got {self.got} ({self.reports} reports, {self.attachments} attachments, "
            f"{self.lists} lists), redirects {self.redirects}, failed {self.failed}, refused {self.refused}, "
            f"waiting {self.waiting}"
        )
        yield f"{self.requests_sent} requests sent, {self.bytes:,} bytes in {len(self.files)} archive files"
        for url, why in self.unmet.items():
            yield f"{url} brought nothing: {why}"
        for host, note in self.hosts.items():
            yield f"{host}: {note}"
        if self.unverified:
            yield f"certificates are not checked for {', '.join(self.unverified)}"
        if self.table and most > 0:
            width = max(len(row.host) for row in self.table[:most])
            for row in self.table[:most]:
                yield f"  {row.host:{width}}  {row.state:8}{row.requests:7}  {row.reason}"
            if len(self.table) > most:
                yield f"  and {len(self.table) - most} more rows"


def read_status(folder: str | Path) -> CrawlStatus:
    """The status of the crawl in a folder.

    Raises:
        UsageError: no crawl is there.
        GovreportError: its state cannot be read.
    """
    path = Path(folder)
    if not path.is_dir():
        raise UsageError(f"{folder} was expected to be the folder of a crawl; there is no such folder")
    with Frontier(path, read_only=True) as frontier:
        return _status(path, frontier)


def _status(folder: Path, frontier: Frontier) -> CrawlStatus:
    table = tuple(_table(frontier))
    states, looks = Counter[str](), Counter[str]()
    for row in table:
        states[row.state] += row.requests
        if row.state == "done":
            looks[row.reason] += row.requests
    ((tries, size),) = frontier.query("SELECT coalesce(sum(tries), 0), coalesce(sum(size), 0) FROM requests")
    ((unasked,),) = frontier.query("SELECT count(*) FROM requests WHERE state = 'failed' AND tries = 0")
    return CrawlStatus(
        folder=str(folder),
        asked=states["done"] + states["failed"] - unasked,
        got=states["done"] - looks["redirect"],
        reports=looks["report"],
        attachments=looks["attachment"],
        lists=looks["list"] + looks["sitemap"] + looks["api"],
        redirects=looks["redirect"],
        failed=states["failed"],
        refused=states["refused"],
        waiting=states["waiting"] + states["taken"],
        requests_sent=tries,
        bytes=size,
        files=tuple(sorted(path.name for path in folder.glob("crawl-*.warc.gz"))),
        running=is_locked(folder),
        stopped=frontier.meta("stopped") or "",
        unmet=dict(frontier.query(_UNMET)),
        hosts=_left_alone(frontier),
        unverified=tuple(json.loads(frontier.meta("unverified") or "[]")),
        table=table,
    )


def _table(frontier: Frontier) -> Iterator[StatusRow]:
    rows = frontier.query(
        "SELECT slot, state, iif(state = 'done', look, reason), count(*) FROM requests WHERE kind != 'robots' "
        "GROUP BY 1, 2, 3"
    )
    yield from sorted(
        (StatusRow(*row) for row in rows),
        key=lambda row: (row.host, _STATES.index(row.state), -row.requests, row.reason),
    )


def _left_alone(frontier: Frontier) -> dict[str, str]:
    waiting = frontier.waiting()
    made = {}
    for slot, (until, note) in frontier.left_alone().items():
        if slot in waiting:
            moment = datetime.fromtimestamp(until, UTC).isoformat(timespec="seconds")
            made[slot] = f"{note} (not before {moment})"
    return made

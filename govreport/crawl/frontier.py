"""The state of a crawl on disk: every request that was thought of, and what became of it. SQLite, one file.

A request is ``waiting``, ``taken`` (on the wire), ``done``, ``refused`` (not asked for, with the reason) or ``failed``
(asked for in vain, with the reason). What an answer brings, its state and the links found on it, goes in by one
transaction, after the archive has the answer: a kill between the two is mended from the archive.
"""

from __future__ import annotations

import json
import os
import sqlite3
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any, Literal, NamedTuple
from urllib.parse import parse_qsl, urlencode

from govreport.crawl.archive import Earlier, Place
from govreport.errors import GovreportError, UsageError

State = Literal["waiting", "taken", "done", "refused", "failed"]

STATE_FILE, LOCK_FILE = "crawl.sqlite", "crawl.lock"
ROBOTS_RANK = -1_000  # before any page
_FORMAT = "1"
_LOCK_SECONDS = 3.0  # a crawl whose starter was killed ends by itself within this time
_BUSY_SECONDS = 60.0  # whoever reads the status holds the file for a moment only
_BATCH = 10_000
_JUDGED = "SELECT id, url, kind, depth, state, reason FROM requests WHERE state IN ('waiting', 'refused')"
_TABLES = """
CREATE TABLE IF NOT EXISTS requests (
  id INTEGER PRIMARY KEY, key TEXT NOT NULL UNIQUE, url TEXT NOT NULL, method TEXT NOT NULL, form TEXT NOT NULL,
  slot TEXT NOT NULL, kind TEXT NOT NULL, title TEXT NOT NULL, year INTEGER, rank INTEGER NOT NULL,
  depth INTEGER NOT NULL, hops INTEGER NOT NULL, how TEXT NOT NULL, parent INTEGER, origin TEXT NOT NULL,
  state TEXT NOT NULL, reason TEXT NOT NULL DEFAULT '', tries INTEGER NOT NULL DEFAULT 0,
  not_before REAL NOT NULL DEFAULT 0, status INTEGER, look TEXT NOT NULL DEFAULT '', digest TEXT, sha256 TEXT,
  size INTEGER NOT NULL DEFAULT 0, file TEXT, start INTEGER, "end" INTEGER, asked TEXT);
CREATE INDEX IF NOT EXISTS next_of_slot ON requests (slot, state, rank, id);
CREATE INDEX IF NOT EXISTS by_url ON requests (url);
CREATE INDEX IF NOT EXISTS by_origin ON requests (origin) WHERE origin != '';
CREATE INDEX IF NOT EXISTS by_state ON requests (state, reason);
CREATE TABLE IF NOT EXISTS payloads (
  digest TEXT PRIMARY KEY, url TEXT NOT NULL, at TEXT NOT NULL, record_id TEXT NOT NULL, file TEXT NOT NULL,
  start INTEGER NOT NULL, "end" INTEGER NOT NULL) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS robots (
  origin TEXT PRIMARY KEY, closed TEXT NOT NULL, rules TEXT NOT NULL, until REAL NOT NULL);
CREATE TABLE IF NOT EXISTS hosts (slot TEXT PRIMARY KEY, until REAL NOT NULL, note TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS meta (name TEXT PRIMARY KEY, value TEXT NOT NULL);
"""


class Wanted(NamedTuple):
    """A request to be queued, or to be noted as refused if it has a reason.

    Attributes:
        key: what makes two requests the same (``key_of``).
        form: the body of a POST as it is sent.
        kind: what it is expected to be, "robots" for a robots.txt.
        rank: lower is asked for first, then what was found first.
        hops: redirects that led here.
        how: "given", "link", "redirect", "scheme" (http for https or the reverse) or "robots".
        origin: for a robots.txt, whose rules it holds.
    """

    key: str
    url: str
    slot: str
    kind: str = "list"
    method: str = "GET"
    form: str = ""
    title: str = ""
    year: int | None = None
    rank: int = 0
    depth: int = 0
    hops: int = 0
    how: str = "given"
    parent: int | None = None
    origin: str = ""
    reason: str = ""


class Task(NamedTuple):
    """A request of the frontier."""

    id: int
    key: str
    url: str
    method: str
    form: str
    slot: str
    kind: str
    title: str
    year: int | None
    rank: int
    depth: int
    hops: int
    how: str
    parent: int | None
    origin: str
    state: State
    tries: int


class Settled(NamedTuple):
    """What became of a request, with all that goes into the state with it.

    Attributes:
        not_before: for a request that waits again, when it may be asked for; seconds since 1970.
        links: what the answer leads to.
        place: where the archive has the exchange, None if nothing was archived.
        payload: digest and first record of a body that is new to the archive.
        robots: (origin, why closed, text of the rules, until when) read from this answer.
        leave: (until when, note) if the host is to be left alone.
        tries: 1 if it went over the wire, else 0.
    """

    state: State
    reason: str = ""
    not_before: float = 0.0
    status: int | None = None
    look: str = ""
    sha256: str = ""
    digest: str = ""
    size: int = 0
    asked: str = ""
    links: tuple[Wanted, ...] = ()
    place: Place | None = None
    payload: tuple[str, Earlier] | None = None
    robots: tuple[str, str, str, float] | None = None
    leave: tuple[float, str] | None = None
    tries: int = 1


_TASK = ", ".join(Task._fields)
_WANTED = tuple(field for field in Wanted._fields if field != "reason")
_ADD = (
    f"INSERT INTO requests ({', '.join(_WANTED)}, state, reason) "
    f"VALUES ({', '.join('?' * (len(_WANTED) + 2))}) ON CONFLICT (key) DO "
)
# A robots.txt is the one thing that is asked for again: when its rules are too old.
_AGAIN = "UPDATE SET state = 'waiting', reason = '', tries = 0, not_before = 0 WHERE state NOT IN ('waiting', 'taken')"


class Frontier:
    """The state file of one crawl. One process writes; any number may read it meanwhile (``read_only``)."""

    def __init__(self, folder: Path, *, read_only: bool = False) -> None:
        self._path = folder / STATE_FILE
        if read_only and not self._path.is_file():
            raise UsageError(f"{folder} was expected to be the folder of a crawl, with {STATE_FILE} in it; it has none")
        # Only the connection that writes may make the file.
        target = f"{self._path.resolve().as_uri()}?mode={'ro' if read_only else 'rwc'}"
        if read_only and not os.access(folder, os.W_OK):
            target += "&immutable=1"  # readers of a file with a log beside it want to make a third one
        try:
            self._db = sqlite3.connect(target, uri=True, isolation_level=None, timeout=_BUSY_SECONDS)
            if not read_only:
                self._db.execute("PRAGMA journal_mode=WAL")
                # A crash of the whole machine may lose the last transactions; the archive has what they held.
                self._db.execute("PRAGMA synchronous=NORMAL")
                self._db.executescript(_TABLES)
                self._db.execute("INSERT OR IGNORE INTO meta VALUES ('format', ?)", (_FORMAT,))
            found = self.meta("format")
        except sqlite3.Error as error:
            raise GovreportError(f"{self._path} cannot be used as the state of a crawl ({error})") from error
        if found != _FORMAT:
            self._db.close()
            raise UsageError(f"{self._path} is of format {found}, expected {_FORMAT}; use the govreport that made it")

    def __enter__(self) -> Frontier:
        return self

    def __exit__(self, *_: object) -> None:
        self._db.close()

    def meta(self, name: str) -> str | None:
        """A value kept by name, None if there is none."""
        row = self._db.execute("SELECT value FROM meta WHERE name = ?", (name,)).fetchone()
        return None if row is None else str(row[0])

    def set_meta(self, name: str, value: str) -> None:
        """Keep a value by name."""
        self._db.execute("INSERT OR REPLACE INTO meta VALUES (?, ?)", (name, value))

    def noted(self) -> Place | None:
        """Where the last exchange stands that this state knows of."""
        value = self.meta("noted")
        return Place(*json.loads(value)) if value else None

    def add(self, wanted: Iterable[Wanted]) -> set[str]:
        """Queue requests that are new; gives the hosts that have something to be asked for now."""
        with self._transaction():
            return self._add(wanted)

    def settle(self, task: Task, settled: Settled) -> set[str]:
        """Note what became of a request, and queue what it leads to; gives the hosts of new requests."""
        place = settled.place or Place("", 0, 0)
        with self._transaction():
            # What was archived for an earlier try stays noted if this one brought nothing.
            self._db.execute(
                "UPDATE requests SET state = ?, reason = ?, not_before = ?, tries = tries + ?, "
                "status = coalesce(?, status), look = ?, sha256 = ?, digest = ?, size = size + ?, "
                'asked = coalesce(nullif(?, \'\'), asked), file = coalesce(nullif(?, \'\'), file), '
                'start = iif(? = \'\', start, ?), "end" = iif(? = \'\', "end", ?) WHERE id = ?',
                (
                    settled.state, settled.reason, settled.not_before, settled.tries, settled.status,
                    settled.look, settled.sha256, settled.digest, settled.size, settled.asked, place.file, place.file,
                    place.start, place.file, place.end, task.id,
                ),
            )  # fmt: skip
            if settled.place:
                self.set_meta("noted", json.dumps(settled.place))
            if settled.payload and settled.place:
                digest, first = settled.payload
                values = (digest, *first, *settled.place)
                self._db.execute("INSERT OR IGNORE INTO payloads VALUES (?, ?, ?, ?, ?, ?, ?)", values)
            if settled.robots:
                self._db.execute("INSERT OR REPLACE INTO robots VALUES (?, ?, ?, ?)", settled.robots)
            if settled.leave:
                self.leave(task.slot, *settled.leave)
            return self._add(settled.links)

    def take(self, slot: str, now: float) -> Task | None:
        """The next request for a host, marked as taken; None if there is none that may be asked for now."""
        row = self._db.execute(
            f"UPDATE requests SET state = 'taken' WHERE id = (SELECT id FROM requests WHERE slot = ? AND "
            f"state = 'waiting' AND not_before <= ? ORDER BY rank, id LIMIT 1) RETURNING {_TASK}",
            (slot, now),
        ).fetchone()
        return Task(*row) if row else None

    def put_back(self, task: Task | None = None) -> None:
        """What was taken waits again: one request, or all of them after a kill."""
        where = "state = 'taken'" if task is None else f"id = {task.id:d}"
        self._db.execute(f"UPDATE requests SET state = 'waiting' WHERE {where}")

    def find(self, url: str, method: str, form: str) -> Task | None:
        """The request that was sent so; the one that is taken, if there are several."""
        row = self._db.execute(
            f"SELECT {_TASK} FROM requests WHERE url = ? AND method = ? AND form = ? ORDER BY state = 'taken' DESC, id",
            (url, method, form),
        ).fetchone()
        return Task(*row) if row else None

    def led_here(self, task: Task) -> set[str]:
        """Keys of the requests whose redirects led to this one, its own included."""
        rows = self._db.execute(
            "WITH RECURSIVE chain (key, parent, how) AS (SELECT key, parent, how FROM requests WHERE id = ? UNION "
            "SELECT r.key, r.parent, r.how FROM requests r JOIN chain ON r.id = chain.parent AND chain.how = "
            "'redirect') SELECT key FROM chain",
            (task.id,),
        )
        return {str(row[0]) for row in rows}

    def earlier(self, digest: str) -> tuple[Earlier, Place] | None:
        """The first record with this body, and where it stands."""
        row = self._db.execute("SELECT * FROM payloads WHERE digest = ?", (digest,)).fetchone()
        return (Earlier(*row[1:4]), Place(*row[4:])) if row else None

    def robots(self, origin: str, now: float) -> tuple[str, str] | None:
        """(why closed, text of the rules) of a site, None if they are not known or too old."""
        found = "SELECT closed, rules FROM robots WHERE origin = ? AND until > ?"
        row = self._db.execute(found, (origin, now)).fetchone()
        return (str(row[0]), str(row[1])) if row else None

    def robots_elsewhere(self, origin: str, slot: str) -> bool:
        """Is the robots.txt of a site, which has moved, still to come from another host?"""
        pending = "origin = ? AND origin != '' AND slot != ? AND state IN ('waiting', 'taken')"
        return bool(self.query(f"SELECT 1 FROM requests WHERE {pending} LIMIT 1", (origin, slot)))

    def known_robots(self, now: float) -> list[tuple[str, str]]:
        """(site, text of the rules) of all that are known."""
        return self._db.execute("SELECT origin, rules FROM robots WHERE until > ? AND closed = ''", (now,)).fetchall()

    def all_robots(self) -> list[tuple[str, str, str]]:
        """(site, why closed, text of the rules) of every robots.txt that was read, however old."""
        return self._db.execute("SELECT origin, closed, rules FROM robots ORDER BY origin").fetchall()

    def forget_left_alone(self, now: float) -> None:
        """Hosts whose time has come are no longer left alone."""
        self._db.execute("DELETE FROM hosts WHERE until <= ?", (now,))

    def leave(self, slot: str, until: float, note: str) -> None:
        """Note that a host is to be left alone until then."""
        self._db.execute("INSERT OR REPLACE INTO hosts VALUES (?, ?, ?)", (slot, until, note))

    def left_alone(self) -> dict[str, tuple[float, str]]:
        """Hosts that are to be left alone: until when, and why."""
        return {str(slot): (until, note) for slot, until, note in self._db.execute("SELECT * FROM hosts")}

    def waiting(self) -> dict[str, tuple[int, float]]:
        """For each host: how many requests wait, and when the first of them may be asked for."""
        rows = self._db.execute(
            "SELECT slot, count(*), min(not_before) FROM requests WHERE state = 'waiting' GROUP BY slot"
        )
        return {str(slot): (number, due) for slot, number, due in rows}

    def due(self, slot: str) -> float | None:
        """When the first waiting request of a host may be asked for, None if none waits."""
        row = self._db.execute(
            "SELECT min(not_before) FROM requests WHERE slot = ? AND state = 'waiting'", (slot,)
        ).fetchone()
        return None if row[0] is None else float(row[0])

    def finished(self) -> dict[str, int]:
        """For each host: requests that were asked for and are settled, robots.txt aside."""
        rows = self._db.execute(
            "SELECT slot, count(*) FROM requests WHERE state IN ('done', 'failed') AND kind != 'robots' AND tries > 0 "
            "GROUP BY slot"
        )
        return {str(slot): int(number) for slot, number in rows}

    def states(self) -> dict[str, int]:
        """How many requests are in each state, robots.txt aside."""
        rows = self._db.execute("SELECT state, count(*) FROM requests WHERE kind != 'robots' GROUP BY state")
        return {str(state): int(number) for state, number in rows}

    def archived_bytes(self) -> int:
        """Bytes of all bodies received, revisits included."""
        return int(self._db.execute("SELECT coalesce(sum(size), 0) FROM requests").fetchone()[0])

    def judge_again(self, verdict: Callable[[str, str, int], str]) -> None:
        """Apply ``verdict(url, kind, depth) -> reason`` to what waits or was refused, since the settings may be new."""
        last = 0
        while rows := self.query(f"{_JUDGED} AND id > ? ORDER BY id LIMIT {_BATCH}", (last,)):
            last = rows[-1][0]
            judged = (
                (number, state, reason, verdict(url, kind, depth)) for number, url, kind, depth, state, reason in rows
            )
            changed = [
                ("refused" if found else "waiting", found, number)
                for number, state, reason, found in judged
                if found != (reason if state == "refused" else "")
            ]
            with self._transaction():
                self._db.executemany("UPDATE requests SET state = ?, reason = ? WHERE id = ?", changed)

    def retry_failed(self) -> None:
        """What failed waits again, as if it had not been asked for."""
        self._db.execute(
            "UPDATE requests SET state = 'waiting', reason = '', tries = 0, not_before = 0 WHERE state = 'failed'"
        )

    def query(self, sql: str, values: Iterable[object] = ()) -> list[tuple[Any, ...]]:
        """Rows of a query of ours, for the status."""
        return self._db.execute(sql, tuple(values)).fetchall()

    def _add(self, wanted: Iterable[Wanted]) -> set[str]:
        slots = set()
        for one in wanted:
            values = [getattr(one, field) for field in _WANTED]
            on_conflict = _AGAIN if one.kind == "robots" else "NOTHING"
            cursor = self._db.execute(_ADD + on_conflict, (*values, "refused" if one.reason else "waiting", one.reason))
            if cursor.rowcount and not one.reason:
                slots.add(one.slot)
        return slots

    @contextmanager
    def _transaction(self) -> Iterator[None]:
        self._db.execute("BEGIN IMMEDIATE")
        try:
            yield
        except BaseException:
            self._db.execute("ROLLBACK")
            raise
        self._db.execute("COMMIT")


@contextmanager
def locked(folder: Path) -> Iterator[None]:
    """Holds the folder for this process alone, until it ends or the block is left.

    Raises:
        UsageError: another process crawls into it.
    """
    # SQLite's file locks work on every system, and end with the process that holds them, however it ends.
    with closing(sqlite3.connect(folder / LOCK_FILE, isolation_level=None, timeout=_LOCK_SECONDS)) as db:
        try:
            db.execute("BEGIN EXCLUSIVE")
        except sqlite3.OperationalError as error:
            if error.sqlite_errorcode != sqlite3.SQLITE_BUSY:
                raise UsageError(f"{folder} was expected to be a folder that can be written to ({error})") from error
            raise UsageError(
                f"another process is crawling into {folder}; wait for its end, or crawl into another folder"
            ) from error
        yield


def is_locked(folder: Path) -> bool:
    """Is a process crawling into the folder now?"""
    path = folder / LOCK_FILE
    if not path.is_file():
        return False
    with closing(sqlite3.connect(path, isolation_level=None, timeout=0)) as db:
        try:
            db.execute("BEGIN IMMEDIATE")
        except sqlite3.OperationalError as error:
            return error.sqlite_errorcode == sqlite3.SQLITE_BUSY
        return False


def key_of(url: str, method: str = "GET", form: str = "") -> str:
    """What makes two requests the same: the address in its one spelling; for a form, method and fields as well."""
    from govreport.fetch.addresses import normal_url

    spelt = normal_url(url)
    return spelt if method == "GET" and not form else f"{method} {spelt} {urlencode(sorted(parse_qsl(form, True)))}"


def robots_of(origin: str, slot: str) -> Wanted:
    """The request for the robots.txt of a site."""
    url = f"{origin}/robots.txt"
    return Wanted(robots_key(origin, url, 0), url, slot, "robots", rank=ROBOTS_RANK, how="robots", origin=origin)


def robots_key(origin: str, url: str, hops: int) -> str:
    """The key of a robots.txt, which is asked for as such even if a page links to it or another site shares it."""
    return f"robots {origin} {hops} {url}"


def now() -> float:
    """Seconds since 1970: what is kept between runs counts by the clock on the wall."""
    return time.time()

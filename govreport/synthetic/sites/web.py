"""The web: sockets, one thread that answers for all sites, and the log of what was asked."""

from __future__ import annotations

import asyncio
import json
import socket
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from pathlib import Path
from types import TracebackType
from typing import NamedTuple, TextIO

from govreport.errors import UsageError
from govreport.synthetic.sites.host import OUTSIDE, Host, Site, Trouble
from govreport.synthetic.sites.styles import STYLES, build, style_row
from govreport.synthetic.sites.wire import Reply, Request, talk

_BACKLOG = 128
_PLAIN = Trouble()


class Hit(NamedTuple):
    """A request that reached a site.

    Attributes:
        time: when it was complete, in seconds since 1970; never goes back.
        site: name of the site; "outside" for the host that nobody should ask.
        method: GET, HEAD or POST.
        path: address with its query, as sent.
        status: of the answer.
        agent: user agent.
        headers: all headers, names in small letters; ":version" is that of HTTP.
        body: posted form as text.
        open: requests that this site was answering when it came, this one among them: 1 if the client asks for one
            page at a time.
        whole: whether the answer was sent as it should be, not reset, cut short or damaged.
    """

    time: float
    site: str
    method: str
    path: str
    status: int
    agent: str
    headers: dict[str, str]
    body: str = ""
    open: int = 1
    whole: bool = True


class LocalWeb:
    """A running web. Made by ``local_web``.

    Attributes:
        seed: what it was made from.
        sites: the sites, in the order of their styles.
        truth: every address of a report or attachment that a good crawl must find.
        outside_url: front page of the host that no crawl should ask.
    """

    def __init__(
        self, seed: int, names: Iterable[str], trouble: Trouble, own_hosts: bool, log_file: Path | None
    ) -> None:
        self.seed = seed
        chosen = [*names, OUTSIDE]
        addresses = [f"127.0.1.{number}" if own_hosts else "127.0.0.1" for number in range(1, len(chosen) + 1)]
        with ExitStack() as opened:
            self._sockets = dict(zip(chosen, [opened.enter_context(_listen(one)) for one in addresses], strict=True))
            self._file = opened.enter_context(_append(log_file)) if log_file else None
            bases = {name: _base(one) for name, one in self._sockets.items()}
            self._hosts = {name: Host(_row(name), bases, seed, trouble) for name in chosen}
            for host in self._hosts.values():
                build(host)
            self._opened = opened.pop_all()
        self.sites = tuple(self._hosts[name].site() for name in chosen[:-1])
        self.truth = tuple(target for host in self._hosts.values() for target in host.targets)
        self.outside_url = bases[OUTSIDE] + "/"
        self._log: list[Hit] = []
        self._open: Counter[str] = Counter()
        self._zero = time.time() - time.monotonic()
        self._failures: list[BaseException] = []
        self._tasks: set[asyncio.Task[None]] = set()
        self._writers: set[asyncio.StreamWriter] = set()
        self._started = threading.Event()
        self._thread = threading.Thread(target=lambda: asyncio.run(self._serve()), name="local web", daemon=True)

    @property
    def log(self) -> list[Hit]:
        """All requests so far, in the order in which they came."""
        return self._log.copy()

    def site(self, name: str) -> Site:
        """A site by its name.

        Raises:
            UsageError: it does not run.
        """
        for one in self.sites:
            if one.name == name:
                return one
        raise UsageError(f"no site {name!r} runs here; there are {', '.join(one.name for one in self.sites)}")

    def hits(self, name: str) -> list[Hit]:
        """Requests to one site so far, in order; "outside" is the host that nobody should ask."""
        return [hit for hit in self._log.copy() if hit.site == name]

    def __enter__(self) -> LocalWeb:
        self._thread.start()
        self._started.wait()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._loop.call_soon_threadsafe(self._stop.set)
        self._thread.join()
        self._opened.close()
        if self._failures and error is None:
            raise self._failures[0]

    async def _serve(self) -> None:
        self._loop, self._stop = asyncio.get_running_loop(), asyncio.Event()
        servers = [
            await asyncio.start_server(self._client(host), sock=self._sockets[name])
            for name, host in self._hosts.items()
        ]
        self._started.set()
        await self._stop.wait()
        for server in servers:
            server.close()
        for writer in self._writers:
            writer.transport.abort()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        for server in servers:
            await server.wait_closed()

    def _client(self, host: Host) -> Callable[[asyncio.StreamReader, asyncio.StreamWriter], None]:
        """What to do with a new connection to a site."""

        def meet(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            task = asyncio.get_running_loop().create_task(
                talk(reader, writer, lambda request: self._answer(host, request))
            )
            self._tasks.add(task)
            self._writers.add(writer)

            def part(done: asyncio.Task[None]) -> None:
                self._tasks.discard(done)
                self._writers.discard(writer)
                if not done.cancelled() and (failure := done.exception()):
                    self._failures.append(failure)

            task.add_done_callback(part)

        return meet

    def _answer(self, host: Host, request: Request) -> tuple[Reply, Callable[[], None]]:
        reply = host.answer(request)
        self._open[host.name] += 1
        self._note(
            Hit(
                self._zero + time.monotonic(), host.name, request.method, request.target, reply.status,
                request.headers.get("user-agent", ""), request.headers, request.body.decode("utf-8", "replace"),
                self._open[host.name], reply.manner.whole,
            )
        )  # fmt: skip
        left = [1]

        def done() -> None:
            self._open[host.name] -= left.pop() if left else 0

        return reply, done

    def _note(self, hit: Hit) -> None:
        self._log.append(hit)
        if self._file:
            self._file.write(json.dumps(hit._asdict(), ensure_ascii=False) + "\n")


def _row(name: str) -> Mapping[str, str]:
    """The row of a style; the outside host has an empty one."""
    return style_row(name) if name != OUTSIDE else {**dict.fromkeys(style_row(STYLES[0]), ""), "style": OUTSIDE}


def _listen(address: str) -> socket.socket:
    try:
        return socket.create_server((address, 0), backlog=_BACKLOG)
    except OSError as error:
        raise UsageError(
            f"no port could be had on {address} for the local web ({error}); ask without own_hosts, or for fewer sites"
        ) from error


def _append(path: Path) -> TextIO:
    try:
        return path.open("a", encoding="utf-8", buffering=1)
    except OSError as error:
        raise UsageError(
            f"the log of the local web cannot be written to {path} ({error}); choose another file"
        ) from error


def _base(one: socket.socket) -> str:
    address, port = one.getsockname()
    return f"http://{address}:{port}"


@contextmanager
def local_web(
    seed: int = 7,
    sites: Iterable[str] | None = None,
    *,
    trouble: Trouble = _PLAIN,
    own_hosts: bool = False,
    log_file: Path | None = None,
) -> Iterator[LocalWeb]:
    """A web of small invented government sites on this machine, for as long as the ``with`` block runs.

    Each site has a port of its own on 127.0.0.1. The same seed gives the same pages, ports in addresses apart.

    Args:
        seed: a whole number; figures, dates and numbers follow from it.
        sites: names of styles, see ``STYLES``; None for all.
        trouble: how slow, busy and large the bad sites are.
        own_hosts: give each site an address of its own in 127.0.1.*, as a crawler that counts hosts and not ports
            needs it. Linux and Windows have these addresses, macOS has not.
        log_file: requests are written there as well, a JSON object a line, at once.

    Raises:
        UsageError: an unknown style, one named twice, or no port or log file can be had.

    >>> with local_web(sites=["trs"]) as web:
    ...     len(web.sites), len(web.truth), web.log
    (1, 20, [])
    """
    names = list(STYLES if sites is None else sites)
    for name in names:
        style_row(name)
    if len(set(names)) != len(names):
        raise UsageError(f"each style can run once; found {', '.join(names)}")
    with LocalWeb(seed, names, trouble, own_hosts, log_file) as web:
        yield web

"""When each host may be asked next, and how much of the crawl is left."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from time import monotonic

from govreport.crawl.frontier import Task, now
from govreport.crawl.guard import target_of
from govreport.crawl.judge import Judged
from govreport.crawl.keeper import Keeper

_MOST_TROUBLES = 5  # in a row; then the host is left alone for this run
_HOUR = 3_600.0
_LOOK_AGAIN = 0.2


@dataclass(slots=True)
class Host:
    """One host. Times are of the monotonic clock.

    Attributes:
        next_at: not before this.
        crawl_delay: seconds that its robots.txt asks for.
        busy: a request is on the wire.
        idle: nothing waits for it.
        left: why it is left alone for this run, "" if it is not.
        finished: requests settled so far, robots.txt aside.
        troubles: requests in a row that ended in trouble.
    """

    slot: str
    next_at: float = 0.0
    last_start: float = 0.0
    crawl_delay: float = 0.0
    busy: bool = False
    idle: bool = False
    left: str = ""
    finished: int = 0
    troubles: int = 0


class Hosts:
    """All hosts of a crawl.

    Args:
        keeper: started.
    """

    def __init__(self, keeper: Keeper) -> None:
        self._keeper, self._settings = keeper, keeper.settings
        self._hosts: dict[str, Host] = {}
        self.busy = 0
        self.bytes = keeper.frontier.archived_bytes()
        self.finished = 0
        self._until = monotonic() + (self._settings.max_seconds or float("inf"))
        self._begin()

    def _begin(self) -> None:
        frontier, start = self._keeper.frontier, monotonic()
        for slot, number in frontier.finished().items():
            self._host(slot).finished = number
            self.finished += number
        for origin, rules in frontier.known_robots(now()):
            target = target_of(f"{origin}/")
            if not isinstance(target, str):
                host = self._host(target.slot)
                host.crawl_delay = max(host.crawl_delay, self._keeper.rules(origin, rules).delay)
                self._too_slow(host)
        waiting = set(frontier.waiting())
        if self._keeper.resumed:  # the last run may have ended, or been killed, a moment ago
            for slot in waiting:
                self._host(slot).next_at = start + self._pause(self._host(slot))
        for slot, (until, note) in frontier.left_alone().items():
            self._leave(self._host(slot), until - now(), note)
        self.more(waiting)

    def more(self, slots: set[str]) -> None:
        """Something waits for these hosts."""
        for slot in slots:
            self._host(slot).idle = False

    def ready(self, delays: Mapping[str, float]) -> Iterator[Host]:
        """Hosts that may be asked now, the one that has been waiting longest first.

        Args:
            delays: pauses between two requests that AutoThrottle has set, by host.
        """
        for host in self._hosts.values():
            host.next_at = max(host.next_at, host.last_start + delays.get(host.slot, 0.0) if host.last_start else 0.0)
        if self.busy >= self._settings.parallel_hosts or self._spent(self.busy):
            return
        moment = monotonic()
        for host in sorted(self._open(), key=lambda host: host.next_at):
            if host.next_at <= moment:
                yield host

    def begun(self, host: Host, task: Task, origin: str) -> bool:
        """A request is to go on the wire. False if the host asks for longer pauses than we are ready to keep."""
        if task.kind != "robots" and not self._settings.ignore_robots:
            host.crawl_delay = max(host.crawl_delay, self._keeper.rules(origin).delay)
        if self._too_slow(host):
            self._keeper.frontier.put_back(task)
            return False
        host.busy, host.last_start = True, monotonic()
        self.busy += 1
        return True

    def ended(self, task: Task, judged: Judged) -> None:
        """A request has come back."""
        host, settled = self._host(task.slot), judged.settled
        host.busy, host.idle = False, False
        self.busy -= 1
        self.bytes += settled.size
        if settled.state in ("done", "failed") and task.kind != "robots":
            host.finished += 1
            self.finished += 1
        if settled.robots:
            host.crawl_delay = max(host.crawl_delay, self._keeper.rules(settled.robots[0]).delay)
        host.next_at = monotonic() + max(self._pause(host), judged.pause)
        host.troubles = host.troubles + 1 if judged.trouble else 0 if settled.state == "done" else host.troubles
        if settled.leave:
            self._leave(host, settled.leave[0] - now(), settled.leave[1])
        elif host.troubles >= _MOST_TROUBLES:
            self._leave_now(host, f"left alone after {host.troubles} troubles in a row, the last: {settled.reason}")
        self._too_slow(host)

    def nothing_now(self, host: Host) -> None:
        """No request of this host is due: it is idle, or waits for its next try."""
        due = self._keeper.frontier.due(host.slot)
        if due is None:
            host.idle = True
        else:
            host.next_at = max(host.next_at, monotonic() + max(due - now(), 0.01))
            if due - now() > self._settings.max_wait_seconds + _HOUR:
                host.left = "to be asked again much later"

    def look_again(self, host: Host) -> None:
        """What this host waits for comes from another host."""
        host.next_at = monotonic() + _LOOK_AGAIN

    def until_next(self) -> float | None:
        """Seconds until a host may be asked, None if no host will be before an answer comes."""
        if self.busy >= self._settings.parallel_hosts or self._spent(self.busy):
            return None
        moments = [host.next_at for host in self._open()]
        if not moments:
            return None
        return max(0.0, min(*moments, self._until) - monotonic()) + 0.001

    def why_no_more(self) -> str:
        """Why nothing more is asked for, "" if nothing is left."""
        spent = self._spent(0)
        if spent:
            return spent
        full = sum(not host.idle and self._full(host) for host in self._hosts.values())
        left = sum(bool(host.left) and not host.idle for host in self._hosts.values())
        told = [f"{full} hosts have reached {self._settings.max_pages_per_host} requests"] if full else []
        told += [f"{left} hosts are left alone for now"] if left else []
        return "; ".join(told)

    def _spent(self, under_way: int) -> str:
        """The limit of the whole crawl that is reached."""
        settings = self._settings
        if self.finished + under_way >= settings.max_pages:
            return f"the limit of {settings.max_pages:,} requests is reached"
        if settings.max_bytes is not None and self.bytes >= settings.max_bytes:
            return f"the limit of {settings.max_bytes:,} bytes is reached"
        if monotonic() >= self._until:
            return f"the limit of {settings.max_seconds:g} seconds is reached"
        return ""

    def _open(self) -> Iterator[Host]:
        for host in self._hosts.values():
            if not (host.busy or host.idle or host.left or self._full(host)):
                yield host

    def _full(self, host: Host) -> bool:
        return host.finished >= self._settings.max_pages_per_host

    def _pause(self, host: Host) -> float:
        return max(self._settings.delay_seconds, host.crawl_delay)

    def _leave(self, host: Host, seconds: float, note: str) -> None:
        if seconds <= 0:
            return
        if seconds > self._settings.max_wait_seconds:
            host.left = note
        host.next_at = max(host.next_at, monotonic() + seconds)

    def _too_slow(self, host: Host) -> bool:
        """Does its robots.txt ask for longer pauses than we are ready to keep? Then it is left alone."""
        most = self._settings.max_wait_seconds
        if host.crawl_delay > most:
            self._leave_now(
                host, f"its robots.txt asks for {host.crawl_delay:g} seconds between requests, more than {most:g}"
            )
        return host.crawl_delay > most

    def _leave_now(self, host: Host, note: str) -> None:
        host.left = note
        self._keeper.frontier.leave(host.slot, now(), note)

    def _host(self, slot: str) -> Host:
        return self._hosts.setdefault(slot, Host(slot, idle=True))

"""Settings, guard, judge and the state of a crawl, without a network."""

from __future__ import annotations

import gzip
import json
from pathlib import Path

import pytest

from govreport.crawl.archive import Archive, Exchange
from govreport.crawl.frontier import Frontier, Settled, Task, Wanted, key_of, locked
from govreport.crawl.guard import Guard, Target, target_of
from govreport.crawl.judge import Judge, NoAnswerError, unpack
from govreport.crawl.keeper import Keeper
from govreport.crawl.settings import CrawlSettings
from govreport.crawl.status import read_status
from govreport.errors import GovreportError, UsageError

pytest.importorskip("warcio")
pytest.importorskip("scrapy")

HOME = "http://a.gov.cn/"
REPORT_LINK = '<a href="{}">某县{}年政府信息公开工作年度报告</a>'


def exchange(url: str, body: bytes = b"", status: str = "200 OK", **headers: str) -> Exchange:
    sent = (("Host", "a.gov.cn"),)
    named = tuple((name.replace("_", "-"), value) for name, value in {"Content_Type": "text/html", **headers}.items())
    return Exchange(url, "GET", b"", sent, status, named, body, "203.0.113.5", "2024-01-02T03:04:05.000000Z")


def listing(*urls: str) -> bytes:
    rows = "".join(f"<li>{REPORT_LINK.format(url, 2020 + n)}</li>" for n, url in enumerate(urls))
    return f"<html><title>政府信息公开年报</title><ul>{rows}</ul></html>".encode()


def keeper(folder: Path, *urls: str, **settings: object) -> Keeper:
    folder.mkdir(exist_ok=True)
    made = Keeper(folder, urls or (HOME,), CrawlSettings(**settings))  # type: ignore[arg-type]
    made.start()
    return made


def states(folder: Path) -> dict[str, tuple[str, str]]:
    with Frontier(folder, read_only=True) as frontier:
        rows = frontier.query("SELECT url, state, reason FROM requests WHERE kind != 'robots' ORDER BY id")
        return {url: (state, reason) for url, state, reason in rows}


def taken(kept: Keeper, now: float = 0.0) -> Task:
    task = kept.frontier.take("a.gov.cn", now)
    assert task is not None
    return task


def robots_asked(kept: Keeper) -> tuple[Target, Task]:
    """What the first page asks for, and the request for robots.txt that comes before it."""
    task, target = taken(kept), target_of(HOME)
    assert not isinstance(target, str)
    assert kept.allowed(task, target) == {"a.gov.cn"}
    return target, taken(kept)


# Settings


@pytest.mark.parametrize(
    ("given", "says"),
    [
        ({"depth": -1}, "depth is a whole number from 0"),
        ({"depth": 1.5}, "depth is a whole number"),
        ({"delay_seconds": True}, "delay_seconds is a number"),
        ({"max_pages": 0}, "max_pages"),
        ({"allow_private": "yes"}, "allow_private is True or False"),
        ({"hosts": "a.gov.cn"}, "is a list of hosts"),
        ({"hosts": ["http://a.gov.cn/"]}, "no scheme, no path"),
        ({"hosts": [5]}, "found 5"),
        ({"contact": "张三"}, "ASCII"),
    ],
)
def test_wrong_settings_are_refused(given: dict[str, object], says: str) -> None:
    with pytest.raises(UsageError, match=says):
        CrawlSettings(**given)  # type: ignore[arg-type]


def test_settings_travel_as_data() -> None:
    made = CrawlSettings(hosts=["B.gov.cn", "政府.cn"], depth=2, max_seconds=3.5, contact="someone@example.org")
    assert made.hosts == ("b.gov.cn", "xn--mxtq1m.cn")
    assert CrawlSettings(**json.loads(json.dumps(made.as_data()))) == made
    assert made.agent.startswith("govreport/")
    assert "someone@example.org" in made.agent


# Guard


@pytest.mark.parametrize(
    ("url", "reason"),
    [
        ("http://a.gov.cn/x", ""),
        ("https://a.gov.cn/x", ""),
        ("http://a.gov.cn./x", ""),
        ("http://b.gov.cn:8080/", ""),
        ("http://www.c.gov.cn/", ""),
        ("http://c.gov.cn/", ""),
        ("http://xc.gov.cn/", "other host: xc.gov.cn"),
        ("http://www.a.gov.cn/", "other host: www.a.gov.cn"),
        ("http://b.gov.cn/", "other host: b.gov.cn"),
        ("http://a.gov.cn:81/", "other host: a.gov.cn:81"),
        ("http://a.gov.cn:443/", "other host: a.gov.cn:443"),
        ("http://a.gov.cn@evil.example/", "user name or password"),
        ("http://evil.example\\@a.gov.cn/", "letters that no address"),
        ("file:///etc/passwd", "no http or https"),
        ("ftp://a.gov.cn/", "no http or https"),
        ("javascript:alert(1)", "no http or https"),
        ("http://a.gov.cn:99999/", "cannot be read"),
        ("http://127.0.0.1/", "other host"),
        ("http://169.254.169.254/latest/meta-data/", "other host"),
        ("http://[::1]/", "other host"),
        ("http://a.gov.cn/" + "x" * 3000, "more than 2000 letters"),
    ],
)
def test_guard_judges_addresses(url: str, reason: str) -> None:
    guard = Guard(["http://a.gov.cn/"], CrawlSettings(hosts=["b.gov.cn:8080", "*.c.gov.cn"]))
    found = guard.refusal(url)
    assert reason in found
    assert bool(reason) == bool(found)


@pytest.mark.parametrize(
    "host",
    [
        "127.0.0.1", "127.1.2.3", "10.0.0.8", "192.168.1.1", "172.16.0.1", "169.254.169.254", "100.64.0.1", "0.0.0.0",
        "224.0.0.1", "255.255.255.255", "2130706433", "0x7f.1", "127.1", "017700000001", "100.100.100.200",
    ],
)  # fmt: skip
def test_addresses_off_the_public_internet_are_closed_even_if_named_as_hosts(host: str) -> None:
    guard = Guard(["http://a.gov.cn/"], CrawlSettings(hosts=[host]))
    assert guard.refusal(f"http://{host}/") == f"not on the public internet: {host}"
    open_guard = Guard(["http://a.gov.cn/"], CrawlSettings(hosts=[host], allow_private=True))
    assert open_guard.refusal(f"http://{host}/") == ""


def test_a_name_may_not_stand_for_a_private_address() -> None:
    guard = Guard(["http://a.gov.cn/"], CrawlSettings())
    assert guard.closed("a.gov.cn", 80, "10.0.0.1")
    assert guard.closed("a.gov.cn", 80, "127.0.0.1")
    assert guard.closed("a.gov.cn", 80, "::ffff:192.168.0.1")
    assert guard.closed("a.gov.cn", 80, "fe80::1%eth0")
    assert not guard.closed("a.gov.cn", 80, "219.142.101.1")


def test_a_given_address_of_this_machine_is_meant_on_its_port_alone() -> None:
    guard = Guard(["http://127.0.0.1:8000/", "http://localhost:9000/"], CrawlSettings())
    assert guard.refusal("http://127.0.0.1:8000/x") == ""
    assert guard.refusal("http://127.0.0.1:8001/x") == "other host: 127.0.0.1:8001"
    assert not guard.closed("localhost", 9000, "127.0.0.1")
    assert guard.closed("localhost", 9000, "10.0.0.1")
    assert guard.closed("localhost", 9001, "127.0.0.1")


def test_parts_of_an_address() -> None:
    target = target_of("http://A.gov.cn:8080/x?y=1")
    assert not isinstance(target, str)
    assert (target.slot, target.origin, target.path) == ("a.gov.cn:8080", "http://a.gov.cn:8080", "/x?y=1")
    assert target_of("https://a.gov.cn")[3:] == ("a.gov.cn", "https://a.gov.cn", "/")


# Judge


def test_unpack_takes_whole_streams_only() -> None:
    text = b"report " * 1_000
    packed = gzip.compress(text)
    assert unpack(packed, "gzip", 10**6) == text
    assert unpack(packed + packed, "x-gzip", 10**6) == text * 2
    assert unpack(packed + b"\0" * 20, "gzip", 10**6) == text
    assert unpack(text, "identity", 10) == text
    for cut in (1, 5, len(packed) // 2, len(packed) - 1):
        with pytest.raises(NoAnswerError, match="gzip stream"):
            unpack(packed[:cut], "gzip", 10**6)
    with pytest.raises(NoAnswerError, match="damaged"):
        unpack(b"no gzip at all", "gzip", 10**6)
    with pytest.raises(NoAnswerError, match="larger than 100 bytes when unpacked"):
        unpack(gzip.compress(bytes(50_000_000)), "gzip", 100)
    with pytest.raises(NoAnswerError, match="packed as 'br'"):
        unpack(b"x", "br", 100)


def judged(folder: Path, answer: Exchange, **settings: object) -> tuple[str, str]:
    with keeper(folder, **settings) as kept:
        task = taken(kept, 1e12)
        kept.answered(task, answer)
    return states(folder)[HOME]


@pytest.mark.parametrize(
    ("answer", "state", "reason"),
    [
        (exchange(HOME, listing("/1.html")), "done", "leads to 1 reports"),
        (exchange(HOME, b"", "404 Not Found"), "failed", "404 Not Found"),
        (exchange(HOME, b"", "403 Forbidden"), "failed", "403 Forbidden"),
        (exchange(HOME, b" \n"), "failed", "nothing in it"),
        (exchange(HOME, b"", "204 No Content"), "failed", "204 No Content"),
        (exchange(HOME, b"<p>x", "500 Internal Server Error"), "waiting", "500 Internal"),
        (exchange(HOME, b"<p>x", "429 Too Many Requests", Retry_After="7"), "waiting", "429 Too Many"),
        (exchange(HOME, b"", "302 Found"), "failed", "leads nowhere"),
        (exchange(HOME, b"", "302 Found", Location="file:///etc/passwd"), "failed", "leads nowhere"),
        (exchange(HOME, b"", "302 Found", Location="/"), "failed", "circle"),
        (exchange(HOME, b"", "301 Moved", Location="/x"), "done", "http://a.gov.cn/x"),
        (exchange(HOME, gzip.compress(b"<p>x" * 99)[:-9], Content_Encoding="gzip"), "waiting", "gzip stream"),
        (exchange(HOME, b"x", Content_Encoding="br"), "failed", "packed as 'br'"),
        (exchange(HOME, "<title>安全验证</title><p>请完成验证".encode()), "waiting", "robot check"),
    ],
)
def test_what_an_answer_means(tmp_path: Path, answer: Exchange, state: str, reason: str) -> None:
    found = judged(tmp_path, answer)
    assert found[0] == state
    assert reason in found[1]


def test_a_redirect_to_another_host_is_refused_and_said(tmp_path: Path) -> None:
    judged(tmp_path, exchange(HOME, b"", "302 Found", Location="http://169.254.169.254/latest/"))
    assert states(tmp_path)["http://169.254.169.254/latest/"] == ("refused", "other host: 169.254.169.254")


def test_a_location_in_raw_bytes_is_understood(tmp_path: Path) -> None:
    raw = "/年报".encode("gbk").decode("latin-1")
    judged(tmp_path, exchange(HOME, b"", "302 Found", Location=raw))
    assert "http://a.gov.cn/%E5%B9%B4%E6%8A%A5" in states(tmp_path)


def test_truncated_gzip_is_not_archived(tmp_path: Path) -> None:
    judged(tmp_path, exchange(HOME, gzip.compress(b"<p>x" * 99)[:-9], Content_Encoding="gzip"))
    with Archive(tmp_path, {}, 10**9) as archive:
        assert list(archive.recover(None)) == []


def test_tries_are_bounded_and_grow_apart(tmp_path: Path) -> None:
    settings = CrawlSettings(retries=2, backoff_seconds=3.0)
    judge = Judge(Guard([HOME], settings), settings)
    with keeper(tmp_path) as kept:
        task = taken(kept, 1e12)
        waits = []
        for tries in range(3):
            found = judge.trouble(
                task._replace(tries=tries), NoAnswerError("connection", "no connection: refused"), 100.0
            )
            waits.append((found.settled.state, found.settled.not_before - 100 if found.settled.not_before else None))
        assert waits == [("waiting", 3.0), ("waiting", 6.0), ("failed", None)]
        assert [link.url for link in found.settled.links] == ["https://a.gov.cn/"]
        secure = judge.trouble(task, NoAnswerError("certificate", "certificate: not valid"), 100.0)
        assert (secure.settled.state, secure.settled.links) == ("failed", ())


def test_scheme_is_not_swapped_for_a_named_port_nor_twice(tmp_path: Path) -> None:
    settings = CrawlSettings(retries=0)
    judge = Judge(Guard([HOME], settings), settings)
    with keeper(tmp_path) as kept:
        task = taken(kept, 1e12)
        gone = NoAnswerError("connection", "no connection: refused")
        assert judge.trouble(task._replace(url="http://a.gov.cn:8080/"), gone, 0.0).settled.links == ()
        assert judge.trouble(task._replace(how="scheme"), gone, 0.0).settled.links == ()


# State


def test_order_is_by_rank_then_as_found(tmp_path: Path) -> None:
    with Frontier(tmp_path) as frontier:
        wanted = [
            Wanted(key_of(f"{HOME}{name}"), f"{HOME}{name}", "a.gov.cn", rank=rank)
            for name, rank in [("1", 5), ("2", 0), ("3", 5), ("4", 1), ("2", 0)]
        ]
        assert frontier.add(wanted) == {"a.gov.cn"}
        taken = [frontier.take("a.gov.cn", 0.0) for _ in range(5)]
    assert [task.url[-1] for task in taken if task] == ["2", "4", "1", "3"]
    assert taken[-1] is None


def test_the_same_request_is_kept_once() -> None:
    assert key_of("HTTP://a.gov.cn:80/x#1") == key_of("http://a.gov.cn/x")
    assert key_of(HOME, "POST", "a=1&b=2") == key_of(HOME, "POST", "b=2&a=1")
    assert (
        len({key_of(HOME), key_of(HOME, "POST", "a=1"), key_of(HOME, "POST", "a=2"), key_of("https://a.gov.cn/")}) == 4
    )


def test_what_waits_for_its_time_is_not_taken(tmp_path: Path) -> None:
    with keeper(tmp_path) as kept:
        frontier = kept.frontier
        task = frontier.take("a.gov.cn", 0.0)
        assert task is not None
        frontier.settle(task, Settled("waiting", "500", not_before=50.0))
        assert frontier.take("a.gov.cn", 49.0) is None
        assert frontier.due("a.gov.cn") == 50.0
        again = frontier.take("a.gov.cn", 50.0)
        assert again is not None
        assert again.tries == 1


def test_one_process_at_a_time(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("govreport.crawl.frontier._LOCK_SECONDS", 0.1)
    with locked(tmp_path):
        with pytest.raises(UsageError, match="another process is crawling into"), locked(tmp_path):
            pass
        assert not (tmp_path / "crawl.sqlite").exists()
    with locked(tmp_path):
        pass


def test_a_kill_between_archive_and_state_loses_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The answer is in the archive, and the state knows nothing of it: it is taken over, with the links on it."""
    with keeper(tmp_path) as kept:
        task = taken(kept)
        with monkeypatch.context() as patch:
            patch.setattr(Frontier, "settle", lambda *_: (_ for _ in ()).throw(KeyboardInterrupt))
            with pytest.raises(KeyboardInterrupt):
                kept.answered(task, exchange(HOME, listing("/1.html", "/2.html")))
    assert states(tmp_path) == {HOME: ("taken", "")}
    with keeper(tmp_path):
        found = states(tmp_path)
    assert {url: state for url, (state, _) in found.items()} == {
        HOME: "done", "http://a.gov.cn/1.html": "waiting", "http://a.gov.cn/2.html": "waiting",
    }  # fmt: skip
    with keeper(tmp_path) as kept:  # and only once
        assert list(kept.archive.recover(kept.frontier.noted())) == []
    assert read_status(tmp_path).asked == 1


def test_a_revisit_is_taken_over_with_the_body_it_stands_for(tmp_path: Path) -> None:
    body = listing("/1.html", "/2.html")
    urls = [HOME, "http://a.gov.cn/again"]
    with keeper(tmp_path, *urls) as kept:
        for url in urls:
            task = taken(kept)
            kept.answered(task, exchange(url, body))
    before = states(tmp_path)
    (tmp_path / "crawl.sqlite").unlink()
    with keeper(tmp_path, *urls):
        assert states(tmp_path) == before


def test_a_lost_state_is_made_again_from_the_archive(tmp_path: Path) -> None:
    with keeper(tmp_path) as kept:
        task = taken(kept)
        kept.answered(task, exchange(HOME, listing("/1.html")))
        task = taken(kept)
        kept.answered(task, exchange("http://a.gov.cn/1.html", b"<p>gone", "404 Not Found"))
    (tmp_path / "crawl.sqlite").unlink()
    with keeper(tmp_path):
        pass
    assert {url: state for url, (state, _) in states(tmp_path).items()} == {
        HOME: "done",
        "http://a.gov.cn/1.html": "failed",
    }


def test_new_settings_judge_again_what_was_refused(tmp_path: Path) -> None:
    with keeper(tmp_path, depth=0) as kept:
        task = taken(kept)
        kept.answered(task, exchange(HOME, listing("/1.html", "http://b.gov.cn/2.html")))
    assert states(tmp_path)["http://a.gov.cn/1.html"] == ("refused", "deeper than 0")
    assert states(tmp_path)["http://b.gov.cn/2.html"] == ("refused", "other host: b.gov.cn")
    with keeper(tmp_path, depth=1, hosts=["b.gov.cn"]):
        assert states(tmp_path)["http://a.gov.cn/1.html"] == ("waiting", "")
        assert states(tmp_path)["http://b.gov.cn/2.html"] == ("waiting", "")
    with keeper(tmp_path, depth=1):
        assert states(tmp_path)["http://b.gov.cn/2.html"] == ("refused", "other host: b.gov.cn")


def test_what_failed_is_asked_for_again_only_if_wanted(tmp_path: Path) -> None:
    assert judged(tmp_path, exchange(HOME, b"", "404 Not Found"))[0] == "failed"
    with keeper(tmp_path):
        assert states(tmp_path)[HOME][0] == "failed"
    with keeper(tmp_path, retry_failed=True):
        assert states(tmp_path)[HOME][0] == "waiting"


def test_robots_rules_are_kept_for_a_day_and_failures_for_minutes(tmp_path: Path) -> None:
    with keeper(tmp_path) as kept:
        target, robots = robots_asked(kept)
        assert (robots.kind, robots.url) == ("robots", "http://a.gov.cn/robots.txt")
        text = b"User-agent: *\nDisallow: /closed\nCrawl-delay: 3\nSitemap: http://a.gov.cn/sitemap.xml\n"
        kept.answered(robots, exchange(robots.url, text))
        task = taken(kept)
        assert kept.allowed(task, target) is True
        assert kept.rules(target.origin).delay == 3.0
        assert states(tmp_path)["http://a.gov.cn/sitemap.xml"] == ("waiting", "")


@pytest.mark.parametrize(
    ("status", "headers", "reason"),
    [
        ("503 Service Unavailable", {}, "robots.txt could not be read: 503 Service Unavailable"),
        ("302 Found", {"Location": "http://b.gov.cn/robots.txt"}, "leads to what is not asked for"),
    ],
)
def test_a_robots_that_cannot_be_read_closes_the_site(
    tmp_path: Path, status: str, headers: dict[str, str], reason: str
) -> None:
    with keeper(tmp_path, retries=0) as kept:
        target, robots = robots_asked(kept)
        kept.answered(robots, exchange(robots.url, b"", status, **headers))
        task = taken(kept)
        assert kept.allowed(task, target) is not True
    state, said = states(tmp_path)[HOME]
    assert state == "refused"
    assert reason in said


def test_a_host_that_is_not_reached_is_tried_with_the_other_scheme(tmp_path: Path) -> None:
    with keeper(tmp_path, retries=0) as kept:
        target, robots = robots_asked(kept)
        kept.troubled(robots, NoAnswerError("connection", "no connection: refused"))
        task = taken(kept)
        assert kept.allowed(task, target) == {"a.gov.cn"}
    assert states(tmp_path) == {HOME: ("failed", "no connection: refused"), "https://a.gov.cn/": ("waiting", "")}
    assert read_status(tmp_path).asked == 0


def test_a_missing_robots_allows_all(tmp_path: Path) -> None:
    with keeper(tmp_path) as kept:
        target, robots = robots_asked(kept)
        kept.answered(robots, exchange(robots.url, b"no", "404 Not Found"))
        again = taken(kept)
        assert kept.allowed(again, target) is True


def test_status_of_no_crawl(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="no such folder"):
        read_status(tmp_path / "nothing")
    with pytest.raises(UsageError, match=r"it has none"):
        read_status(tmp_path)


def test_a_state_that_is_none_is_refused(tmp_path: Path) -> None:
    (tmp_path / "crawl.sqlite").write_bytes(b"this is no database" * 100)
    with pytest.raises(GovreportError, match="cannot be used as the state"):
        read_status(tmp_path)


def test_status_counts_and_shows_by_host_and_reason(tmp_path: Path) -> None:
    with keeper(tmp_path) as kept:
        task = taken(kept)
        kept.answered(task, exchange(HOME, listing("/1.html", "http://b.gov.cn/2.html", "http://b.gov.cn/3.html")))
    status = read_status(tmp_path)
    assert (status.asked, status.got, status.lists, status.refused, status.waiting) == (1, 1, 1, 2, 1)
    assert status.rows() == [
        {"host": "a.gov.cn", "state": "done", "reason": "list", "requests": 1},
        {"host": "a.gov.cn", "state": "waiting", "reason": "", "requests": 1},
        {"host": "b.gov.cn", "state": "refused", "reason": "other host: b.gov.cn", "requests": 2},
    ]
    assert json.loads(json.dumps(status.as_data()))["refused"] == 2
    assert "other host: b.gov.cn" in status.text()
    assert status.running is False

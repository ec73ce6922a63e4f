"""fetch: pages, robots, retries, cache, challenge pages and column pages, all against a site on 127.0.0.1."""

from __future__ import annotations

import csv
import gzip
import hashlib
import json
import logging
import socket
import ssl
import subprocess
import sys
import threading
import time
import zlib
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from pathlib import Path

import pytest
from loopback import Reply, Site

from govreport.errors import FetchError, GovreportError, UsageError
from govreport.fetch import FetchSettings, ReportLink, fetch_page, find_reports, net, page
from govreport.fetch.answers import named, retry_after
from govreport.fetch.challenge import find_mark
from govreport.fetch.links import year_of
from govreport.fetch.robots import parse_robots, product_token
from govreport.fetch.text import decode, title, visible
from govreport.model import Origin, Page

SHARED = Path(__file__).parents[2] / "shared"
SENTENCE = "本样本为测试而编，文字与任何机关无关。"
REPORT = (
    "<html><head><meta charset='{0}'><title>某县2023年政府信息公开工作年度报告</title></head><body>"
    f"<p>一、总体情况</p><p>{SENTENCE * 20}</p></body></html>"
)
HTML = REPORT.format("utf-8").encode()


@pytest.fixture(autouse=True)
def _fresh(monkeypatch: pytest.MonkeyPatch) -> None:
    """Each test starts with no robots.txt known and no host waiting."""
    monkeypatch.setattr(page, "_PACE", page._Pace())
    monkeypatch.setattr(page, "_ROBOTS", page._Robots())
    monkeypatch.delenv("GOVREPORT_CONTACT", raising=False)


def quick(**changes: object) -> FetchSettings:
    """Settings for a site on this machine: no waits, no cache, loopback allowed."""
    base: dict[str, object] = {
        "cache": False, "allow_private": True, "delay_seconds": 0.0, "backoff_seconds": 0.01, "retries": 2,
        "connect_seconds": 2.0, "read_seconds": 2.0, "total_seconds": 10.0,
    }  # fmt: skip
    return FetchSettings(**{**base, **changes})  # type: ignore[arg-type]


# Pages


def test_a_page_comes_with_its_provenance() -> None:
    before = datetime.now(UTC).replace(microsecond=0)
    with Site({"/a.html": Reply(HTML, headers={"Content-Type": "text/html; charset=utf-8"})}) as site:
        got = fetch_page(site.url("/a.html#top"), quick())
        agent = site.asked[-1][1]["user-agent"]
    assert isinstance(got, Page)
    assert got.content == HTML
    assert got.origin.source == site.url("/a.html#top")
    assert got.origin.url == site.url("/a.html")
    assert (got.origin.status, got.origin.content_type) == (200, "text/html; charset=utf-8")
    assert before <= datetime.fromisoformat(got.origin.retrieved) <= datetime.now(UTC)
    assert agent.startswith("govreport/")
    assert agent.endswith("(+research; contact not given)")


def test_the_contact_stands_in_the_user_agent(monkeypatch: pytest.MonkeyPatch) -> None:
    assert "contact a@example.org)" in FetchSettings(contact="a@example.org").agent
    monkeypatch.setenv("GOVREPORT_CONTACT", "b@example.org")
    assert FetchSettings().agent.endswith("(+research; contact b@example.org)")
    assert FetchSettings(user_agent="study/1").agent == "study/1"
    monkeypatch.setenv("GOVREPORT_CONTACT", "b\r\nX-Header: 1")
    with pytest.raises(UsageError, match="GOVREPORT_CONTACT is one line of ASCII"):
        _ = FetchSettings().agent


def test_bytes_of_a_gbk_page_are_not_changed() -> None:
    body = REPORT.format("gb2312").encode("gbk")
    with Site({"/": Reply(body, headers={"Content-Type": "text/html; charset=GBK"})}) as site:
        assert fetch_page(site.url(), quick()).content == body


def test_gzip_is_unpacked() -> None:
    packed = gzip.compress(HTML[:300]) + gzip.compress(HTML[300:]) + b"\0" * 8
    with Site({"/": Reply(packed, headers={"Content-Encoding": "gzip"})}) as site:
        assert fetch_page(site.url(), quick()).content == HTML
        assert site.asked[-1][1]["accept-encoding"] == "gzip"


@pytest.mark.parametrize("cut", [-1, -12, 40])
def test_a_gzip_stream_that_ends_early_is_an_error(cut: int, tmp_path: Path) -> None:
    packed = gzip.compress(HTML)[:cut]
    with Site({"/": Reply(packed, headers={"Content-Encoding": "gzip"})}) as site:
        with pytest.raises(FetchError, match="gzip stream ends before its end"):
            fetch_page(site.url(), quick(cache=tmp_path))
        assert site.count("/") == 3
    assert not list(tmp_path.rglob("*"))


def test_a_packing_that_was_not_offered_is_an_error() -> None:
    with Site({"/": Reply(b"\x0b\x02\x80", headers={"Content-Encoding": "br"})}) as site:  # noqa: SIM117
        with pytest.raises(FetchError, match="packed the page as 'br'"):
            fetch_page(site.url(), quick())


def test_a_body_shorter_than_announced_is_an_error_and_not_kept(tmp_path: Path) -> None:
    with Site({"/": Reply(HTML, length=len(HTML) + 10)}) as site:
        with pytest.raises(FetchError, match="did not arrive whole"):
            fetch_page(site.url(), quick(cache=tmp_path))
        assert site.count("/") == 3
    assert not list(tmp_path.rglob("*"))


def test_a_body_that_breaks_once_is_asked_for_again() -> None:
    with Site({"/": [Reply(HTML, length=len(HTML) + 10), Reply(HTML)]}) as site:
        assert fetch_page(site.url(), quick()).content == HTML
        assert site.count("/") == 2


def test_a_huge_body_is_stopped() -> None:
    body = b"<p>" + b"x" * 3_000_000
    with Site({"/told": Reply(body), "/untold": Reply(body, length=-1)}) as site:
        with pytest.raises(FetchError, match=r"larger than 100,000 bytes \(3,000,003 bytes announced\)"):
            fetch_page(site.url("/told"), quick(max_bytes=100_000))
        with pytest.raises(FetchError, match=r"larger than 100,000 bytes \(stopped there\)"):
            fetch_page(site.url("/untold"), quick(max_bytes=100_000))
        assert site.count("/told") == site.count("/untold") == 1


def test_a_small_packed_body_cannot_fill_the_memory() -> None:
    bomb = gzip.compress(b"\0" * 50_000_000)
    assert len(bomb) < 100_000
    with Site({"/": Reply(bomb, headers={"Content-Encoding": "gzip"})}) as site:  # noqa: SIM117
        with pytest.raises(FetchError, match="larger than 100,000 bytes"):
            fetch_page(site.url(), quick(max_bytes=100_000))


def test_unpacking_gives_small_parts() -> None:
    parts = list(net._unpack([gzip.compress(b"a" * 1_000_000)], "gzip", "u"))
    assert max(map(len, parts)) <= 65_536
    assert b"".join(parts) == b"a" * 1_000_000
    with pytest.raises(zlib.error):
        list(net._unpack([b"no gzip at all"], "gzip", "u"))


def test_a_silent_server_is_given_up() -> None:
    started = time.monotonic()
    with Site({"/": Reply(HTML, delay=4.0)}) as site:
        with pytest.raises(FetchError, match="did not arrive whole"):
            fetch_page(site.url(), quick(read_seconds=0.1, retries=1, ignore_robots=True))
        assert time.monotonic() - started < 7
        assert site.count("/") == 2


def test_a_server_that_drips_is_given_up_at_the_total_limit() -> None:
    started = time.monotonic()
    with Site({"/": Reply(HTML, drip=0.02)}) as site:
        with pytest.raises(FetchError, match=r"not fetched within 0\.3 seconds"):
            fetch_page(site.url(), quick(total_seconds=0.3))
        assert time.monotonic() - started < 5


def test_an_empty_page_is_an_error() -> None:
    with Site({"/": Reply(b" \n")}) as site, pytest.raises(FetchError, match="with nothing in it"):
        fetch_page(site.url(), quick())


# Status and retries


def test_a_missing_page_says_so_and_is_not_asked_for_again() -> None:
    with Site() as site:
        with pytest.raises(FetchError, match="/gone answered 404 Not Found"):
            fetch_page(site.url("/gone"), quick())
        assert site.count("/gone") == 1


def test_a_server_error_is_tried_again() -> None:
    with Site({"/": [Reply(b"x", 500), Reply(b"x", 503), Reply(HTML)]}) as site:
        assert fetch_page(site.url(), quick()).content == HTML
        assert site.count("/") == 3


def test_a_lasting_server_error_is_an_error() -> None:
    with Site({"/": Reply(b"x", 502)}) as site:
        with pytest.raises(FetchError, match="answered 502 Bad Gateway and not 200"):
            fetch_page(site.url(), quick(retries=1))
        assert site.count("/") == 2


def test_retry_after_is_honoured() -> None:
    with Site({"/": [Reply(b"x", 429, {"Retry-After": "1"}), Reply(HTML)]}) as site:
        started = time.monotonic()
        assert fetch_page(site.url(), quick()).content == HTML
        assert 0.95 < time.monotonic() - started < 10


def test_a_longer_wait_than_allowed_is_an_error_at_once() -> None:
    with Site({"/": Reply(b"x", 503, {"Retry-After": "3600"})}) as site:
        with pytest.raises(
            FetchError, match=r"asks to wait 3600 seconds, more than FetchSettings.max_wait_seconds \(60"
        ):
            fetch_page(site.url(), quick())
        assert site.count("/") == 1


@pytest.mark.parametrize(
    ("value", "seconds"),
    [("120", 120.0), (" 5 ", 5.0), ("", 0.0), ("soon", 0.0), ("-5", 0.0), ("Thu, 01 Jan 1970 00:02:00 GMT", 20.0)],
)
def test_retry_after(value: str, seconds: float) -> None:
    assert retry_after(value, 100.0) == seconds


def test_retry_after_may_be_a_date() -> None:
    later = format_datetime(datetime.now(UTC) + timedelta(seconds=100), usegmt=True)
    assert 95 < retry_after(later, time.time()) <= 100
    assert retry_after("Wed, 01 Jan 2020 00:00:00 GMT", time.time()) == 0.0


def test_a_status_is_told_with_its_words() -> None:
    assert (named(404), named(799)) == ("404 Not Found", "799")


def test_requests_to_one_host_are_spaced() -> None:
    with Site({"/a": Reply(HTML), "/b": Reply(HTML)}) as site:
        settings = quick(delay_seconds=0.15)
        started = time.monotonic()
        fetch_page(site.url("/a"), settings)  # robots.txt, then the page
        fetch_page(site.url("/b"), settings)
        assert 0.3 <= time.monotonic() - started < 5
        assert [path for path, _ in site.asked] == ["/robots.txt", "/a", "/b"]


def test_threads_share_the_pause() -> None:
    with Site({"/": Reply(HTML)}) as site:
        settings = quick(delay_seconds=0.1, ignore_robots=True)
        threads = [threading.Thread(target=fetch_page, args=(site.url(), settings)) for _ in range(4)]
        started = time.monotonic()
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert time.monotonic() - started >= 0.3
        assert site.count("/") == 4


# Addresses


@pytest.mark.parametrize(
    "url",
    ["ftp://a.gov.cn/", "file:///etc/passwd", "a.gov.cn/x", "", "http://", "javascript:alert(1)", "http://a:99999/"],
)
def test_only_http_addresses_are_taken(url: str) -> None:
    with pytest.raises(FetchError, match="an http or https address was expected"):
        fetch_page(url)


def test_an_address_is_a_text_without_a_password() -> None:
    with pytest.raises(UsageError, match="one address as text; found int"):
        fetch_page(3)  # type: ignore[arg-type]
    with pytest.raises(FetchError, match="holds a user name or password") as caught:
        fetch_page("http://me:secret@a.gov.cn/")
    assert "secret" not in str(caught.value)


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost"])
def test_this_machine_may_be_named_but_not_led_to(host: str) -> None:
    with Site({"/": Reply(HTML), "/on": Reply(status=302, headers={"Location": "http://127.0.0.2:9/"})}) as site:
        url = f"http://{host}:{site.port}"
        assert fetch_page(f"{url}/", quick(allow_private=False)).content == HTML
        with pytest.raises(FetchError, match="not on the public internet, and was not asked"):
            fetch_page(f"{url}/on", quick(allow_private=False))


@pytest.mark.parametrize(
    "host",
    ["10.0.0.8", "169.254.169.254", "[::ffff:192.168.0.1]", "2130706433", "0.0.0.0"],
)
def test_private_addresses_are_refused(host: str) -> None:
    with pytest.raises(FetchError, match="not on the public internet, and was not asked"):
        fetch_page(f"http://{host}:9/", quick(allow_private=False))


@pytest.mark.parametrize(
    ("address", "public"),
    [
        ("219.142.101.1", True), ("2400:3200::1", True), ("64:ff9b::db8e:6501", True), ("100.64.0.1", False),
        ("192.168.1.1", False), ("172.16.9.9", False), ("198.18.0.7", False), ("224.0.0.251", False),
        ("fd00::1", False),
        ("fe80::1%eth0", False), ("::ffff:10.0.0.1", False), ("2002:7f00:1::", False), ("64:ff9b::7f00:1", False),
        ("::", False),
        ("255.255.255.255", False), ("240.0.0.1", False),
    ],
)  # fmt: skip
def test_public_addresses(address: str, public: bool) -> None:
    assert net.is_public(address) is public


def test_redirects_are_followed_and_recorded() -> None:
    pages = {
        "/a": Reply(status=301, headers={"Location": "/b?x=1"}),
        "/b?x=1": Reply(status=302, headers={"Location": "c"}),
    }
    with Site({**pages, "/c": Reply(HTML)}) as site:
        got = fetch_page(site.url("/a"), quick())
        assert got.content == HTML
        assert (got.origin.source, got.origin.url) == (site.url("/a"), site.url("/c"))


def test_a_circle_of_redirects_ends() -> None:
    pages = {"/a": Reply(status=302, headers={"Location": "/b"}), "/b": Reply(status=302, headers={"Location": "/a"})}
    with Site(pages) as site:
        with pytest.raises(FetchError, match="more than 10 redirects"):
            fetch_page(site.url("/a"), quick())
        assert site.count("/a") + site.count("/b") == 11


def test_cookies_live_through_redirects_of_one_call() -> None:
    first = Reply(status=302, headers={"Location": "/", "Set-Cookie": "seen=1; Path=/"})
    with Site({"/": [first, Reply(HTML)]}) as site:
        fetch_page(site.url(), quick())
        fetch_page(site.url(), quick())
        assert [headers.get("cookie") for path, headers in site.asked if path == "/"] == [None, "seen=1", None]


@pytest.mark.parametrize(
    ("location", "message"),
    [
        ("file:///etc/passwd", "leads to an address that is not followed"),
        ("http://a:b@127.0.0.1/", "leads to an address that is not followed"),
        ("", "does not say where to go"),
        ("http://[1/", "leads to an address that is not followed"),
        ("http://127.0.0.1:x/", "is not valid HTTP"),
    ],
)
def test_a_redirect_to_no_page_is_an_error(location: str, message: str) -> None:
    with Site({"/": Reply(status=302, headers={"Location": location})}) as site:  # noqa: SIM117
        with pytest.raises(FetchError, match=message):
            fetch_page(site.url(), quick())


def test_a_redirect_to_a_private_address_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    """The public site is played by the loopback one; only the second name stands for a private address."""
    real = net.is_public
    with Site(
        {"/": Reply(status=302, headers={"Location": "http://intranet.example/secret"}), "/secret": Reply(HTML)}
    ) as site:
        table = {"public.example": "127.0.0.1", "intranet.example": "127.0.0.2"}
        monkeypatch.setattr(net, "resolve", lambda *asked: [(table[asked[0]], site.port)])
        monkeypatch.setattr(net, "is_public", lambda address: address == "127.0.0.1" or real(address))
        with pytest.raises(
            FetchError, match=r"intranet.example stands for 127.0.0.2, which is not on the public internet"
        ):
            fetch_page("http://public.example/", quick(allow_private=False))
        assert site.count("/secret") == 0


def test_an_unreachable_scheme_is_swapped_once(monkeypatch: pytest.MonkeyPatch) -> None:
    with socket.create_server(("127.0.0.1", 0)) as unused:
        closed = unused.getsockname()[1]
    with Site({"/x": Reply(HTML)}) as site:
        ports = {443: closed, 80: site.port}
        monkeypatch.setattr(net, "resolve", lambda *asked: [("127.0.0.1", ports.get(asked[1], asked[1]))])
        got = fetch_page("https://a.example/x", quick(retries=0))
        assert (got.origin.source, got.origin.url) == ("https://a.example/x", "http://a.example/x")
        ports[80] = closed
        with pytest.raises(FetchError, match=r"https://a.example/x was tried too"):
            fetch_page("http://a.example/x", quick(retries=0))
    with pytest.raises(FetchError, match="no connection"):
        fetch_page(f"http://127.0.0.1:{closed}/", quick(retries=0))


@pytest.mark.parametrize(
    ("code", "tries", "message"),
    [
        (socket.EAI_NONAME, 1, r"no host of the internet is called nowhere\.example"),
        (socket.EAI_AGAIN, 4, r"the name nowhere\.example cannot be resolved"),
    ],
)
def test_a_name_that_cannot_be_resolved(code: int, tries: int, message: str, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[int] = []

    def unknown(host: str, port: int) -> list[tuple[str, int]]:
        asked.append(port)
        raise socket.gaierror(code, "as the test wants")

    monkeypatch.setattr(net, "resolve", unknown)
    with pytest.raises(FetchError, match=message):
        fetch_page("http://nowhere.example/", quick(retries=2))
    assert asked == [80, 80, 80, 443][:tries]


def test_a_bad_certificate_is_never_passed_over(monkeypatch: pytest.MonkeyPatch) -> None:
    trouble = ssl.SSLCertVerificationError(1, "certificate verify failed")
    trouble.verify_message = "certificate has expired"
    with Site({"/": Reply(HTML)}) as site:
        monkeypatch.setattr(net, "resolve", lambda *_: [("127.0.0.1", site.port)])

        def wrap(*args: object, **kwargs: object) -> None:
            raise trouble

        monkeypatch.setattr(net._tls(), "wrap_socket", wrap, raising=False)
        with pytest.raises(FetchError, match=r"certificate of the server is not valid \(certificate has expired\)"):
            fetch_page("https://a.example/", quick())
        assert site.asked == []


def test_a_server_without_tls_is_explained(monkeypatch: pytest.MonkeyPatch) -> None:
    with Site({"/": Reply(HTML)}) as site:
        monkeypatch.setattr(net, "resolve", lambda *_: [("127.0.0.1", site.port)])
        with pytest.raises(FetchError, match="no secure connection could be agreed on"):
            fetch_page("https://a.example/", quick())


# robots.txt


def test_robots_txt_is_obeyed_and_read_once() -> None:
    robots = Reply("\ufeffUser-agent: *\nDisallow: /shut/\n".encode(), headers={"Content-Type": "text/plain"})
    with Site({"/robots.txt": robots, "/shut/a": Reply(HTML), "/open": Reply(HTML)}) as site:
        with pytest.raises(FetchError, match=r"robots.txt forbids http://127.0.0.1:\d+/shut/a to govreport"):
            fetch_page(site.url("/shut/a"), quick())
        assert fetch_page(site.url("/open"), quick()).content == HTML
        assert (site.count("/robots.txt"), site.count("/shut/a")) == (1, 0)
        assert fetch_page(site.url("/shut/a"), quick(ignore_robots=True)).content == HTML


def test_a_redirect_into_a_forbidden_part_is_not_followed() -> None:
    pages = {"/robots.txt": Reply(b"User-agent: *\nDisallow: /b"), "/a": Reply(status=302, headers={"Location": "/b"})}
    with Site(pages) as site:
        with pytest.raises(FetchError, match=r"robots.txt forbids"):
            fetch_page(site.url("/a"), quick())
        assert site.count("/b") == 0


@pytest.mark.parametrize("reply", [Reply(b"x", 500), Reply(b"x", 429), Reply(b"x", length=50), Reply(b"x", delay=0.6)])
def test_robots_txt_that_fails_closes_the_site(reply: Reply) -> None:
    with Site({"/robots.txt": reply, "/": Reply(HTML)}) as site:
        for _ in range(2):
            with pytest.raises(FetchError, match=r"robots.txt could not be read .*counts as forbidden"):
                fetch_page(site.url(), quick(retries=0, read_seconds=0.2))
        assert (site.count("/robots.txt"), site.count("/")) == (1, 0)


@pytest.mark.parametrize("status", [401, 403, 404, 410])
def test_no_robots_txt_allows_everything(status: int) -> None:
    with Site({"/robots.txt": Reply(b"User-agent: *\nDisallow: /", status), "/": Reply(HTML)}) as site:
        assert fetch_page(site.url(), quick()).content == HTML


def test_robots_txt_may_have_moved() -> None:
    pages = {
        "/robots.txt": Reply(status=301, headers={"Location": "/r.txt"}),
        "/r.txt": Reply(b"User-agent: *\nDisallow: /"),
    }
    with Site({**pages, "/": Reply(HTML)}) as site, pytest.raises(FetchError, match="forbids"):
        fetch_page(site.url(), quick())


@pytest.mark.parametrize(
    ("robots", "path", "allowed"),
    [
        ("", "/a", True),
        ("User-agent: *\nDisallow:", "/a", True),
        ("User-agent: *\nDisallow: /", "/a", False),
        ("user-agent: GovReport\nDisallow: /a\n\nUser-agent: *\nDisallow: /", "/b", True),
        ("User-agent: other\nUser-agent: govreport\nDisallow: /a", "/a", False),
        ("User-agent: other\nDisallow: /\n", "/a", True),
        ("User-agent: *\nDisallow: /a\nAllow: /a/b", "/a/b/c", True),
        ("User-agent: *\nAllow: /a/b\nDisallow: /a", "/a/c", False),
        ("User-agent: *\nDisallow: /*.jsp$", "/x/list.jsp", False),
        ("User-agent: *\nDisallow: /*.jsp$", "/x/list.jsp?a=1", True),
        ("User-agent: *\nDisallow: /*?", "/x?a=1", False),
        ("User-agent: *\nDisallow: /a*b*c", "/a1b2c3", False),
        ("User-agent: *\nDisallow: /a$", "/ab", True),
        ("User-agent: *\nDisallow: /年报/", "/%E5%B9%B4%e6%8a%a5/1.html", False),
        ("User-agent: *\nDisallow: /a # a remark", "/a", False),
        ("<html>404</html>", "/a", True),
    ],
)
def test_robots_rules(robots: str, path: str, allowed: bool) -> None:
    assert parse_robots(robots, "govreport/0.1 (x)").allow(path) is allowed


def test_robots_of_another_agent_and_its_delay() -> None:
    text = "User-agent: govreport\nCrawl-delay: 2.5\nUser-agent: *\nCrawl-delay: 9"
    assert parse_robots(text, "govreport/0.1").delay == 2.5
    assert parse_robots(text, "Study/1").delay == 9.0
    assert product_token("Mozilla/5.0 (x)") == "mozilla"


def test_a_hostile_robots_txt_takes_no_time() -> None:
    started = time.monotonic()
    rules = parse_robots("User-agent: *\n" + ("Disallow: /" + "*a" * 100 + "$\n") * 2000, "govreport")
    assert rules.allow("/" + "a" * 2000 + "b")
    assert time.monotonic() - started < 8


# The cache


def test_a_kept_page_is_not_asked_for_again(tmp_path: Path) -> None:
    with Site({"/a": [Reply(HTML), Reply(HTML + b"<!-- new -->")]}) as site:
        settings = quick(cache=tmp_path)
        first = fetch_page(site.url("/a"), settings)
        assert fetch_page(site.url("/a"), settings) == first
        assert (site.count("/a"), site.count("/robots.txt")) == (1, 1)
        assert fetch_page(site.url("/a"), quick(cache=tmp_path, refresh=True)).content == HTML + b"<!-- new -->"
        assert fetch_page(site.url("/a"), settings).content == HTML + b"<!-- new -->"
        assert site.count("/a") == 2
    about = json.loads(next(tmp_path.rglob("*.json")).read_text(encoding="utf-8"))
    assert (about["url"], about["status"], about["content_type"]) == (site.url("/a"), 200, "text/html")
    assert about["sha256"] == hashlib.sha256(HTML + b"<!-- new -->").hexdigest()
    assert not list(tmp_path.rglob(".part-*"))


def test_an_old_page_is_asked_for_again(tmp_path: Path) -> None:
    with Site({"/a": Reply(HTML)}) as site:
        fetch_page(site.url("/a"), quick(cache=tmp_path))
        entry = next(tmp_path.rglob("*.json"))
        about = json.loads(entry.read_text(encoding="utf-8"))
        about["retrieved"] = (datetime.now(UTC) - timedelta(days=2)).isoformat()
        entry.write_text(json.dumps(about), encoding="utf-8")
        fetch_page(site.url("/a"), quick(cache=tmp_path, fresh_days=3))
        assert site.count("/a") == 1
        fetch_page(site.url("/a"), quick(cache=tmp_path))
        assert site.count("/a") == 2


def _damage(folder: Path, how: str) -> None:
    entry = next(folder.rglob("*.json"))
    body = next(path for path in (folder / "bodies").rglob("*") if path.is_file())
    about = json.loads(entry.read_text(encoding="utf-8"))
    if how == "body":
        body.write_bytes(HTML.replace(b"2023", b"2033"))
    elif how == "cut body":
        body.write_bytes(HTML[:-1])
    elif how == "no json":
        entry.write_bytes(entry.read_bytes()[:-20])
    elif how == "other page":
        entry.write_text(json.dumps({**about, "asked": "http://a.gov.cn/"}), encoding="utf-8")
    elif how == "outside":
        entry.write_text(json.dumps({**about, "sha256": "../../secret"}), encoding="utf-8")
    elif how == "missing field":
        del about["retrieved"]
        entry.write_text(json.dumps(about), encoding="utf-8")
    else:
        body.unlink()


@pytest.mark.parametrize("how", ["body", "cut body", "no json", "other page", "outside", "missing field", "no body"])
def test_a_damaged_copy_is_never_given(how: str, tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    with Site({"/a": Reply(HTML)}) as site:
        fetch_page(site.url("/a"), quick(cache=tmp_path))
        _damage(tmp_path, how)
        with caplog.at_level(logging.WARNING):
            assert fetch_page(site.url("/a"), quick(cache=tmp_path)).content == HTML
        assert site.count("/a") == 2
        assert fetch_page(site.url("/a"), quick(cache=tmp_path)).content == HTML
        assert site.count("/a") == 2
    assert ("is damaged" in caplog.text) is (how != "no body")


def test_a_cache_that_cannot_be_written_says_so(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("x")
    with Site({"/a": Reply(HTML)}) as site:  # noqa: SIM117
        with pytest.raises(FetchError, match="could not be kept in the cache"):
            fetch_page(site.url("/a"), quick(cache=tmp_path / "file"))


def test_where_the_cache_is(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    assert FetchSettings().cache_folder == tmp_path / "govreport"
    monkeypatch.setenv("XDG_CACHE_HOME", "relative")
    assert FetchSettings().cache_folder == Path.home() / ".cache" / "govreport"
    assert FetchSettings(cache="here").cache_folder == Path("here")
    assert FetchSettings(cache=False).cache_folder is None


@pytest.mark.parametrize(
    "wrong",
    [
        {"retries": -1}, {"retries": 1.5}, {"retries": True}, {"max_bytes": 0}, {"read_seconds": 0},
        {"delay_seconds": "1"}, {"total_seconds": float("nan")}, {"cache": ""}, {"cache": None}, {"user_agent": "a\nb"},
        {"contact": "联系人"}, {"allow_private": "no"},
    ],
)  # fmt: skip
def test_settings_are_checked_when_made(wrong: dict[str, object]) -> None:
    with pytest.raises(UsageError, match=next(iter(wrong))):
        FetchSettings(**wrong)  # type: ignore[arg-type]


# Challenge pages and error pages with status 200

CHALLENGES = {
    "title_404": "<html><head><title>404</title></head><body>" + "<a href='/'>栏目</a>" * 300 + "</body></html>",
    "title_missing": "<title>页面不存在 - 某县人民政府</title><p>即将返回首页</p>",
    "title_check": "<title>安全验证</title><div id=x></div>",
    "title_moment": "<title>Just a moment...</title><p>Checking</p>",
    "title_block": "<title>访问被拦截</title><p>事件编号</p>",
    "text_missing": "<html><body><p>抱歉，您访问的页面不存在或已删除！</p></body></html>",
    "text_failed": "<html><body><h1>系统繁忙，请稍后再试</h1></body></html>",
    "text_check": "<html><body>请完成下面的验证后继续访问</body></html>",
    "text_block": "<html><body>您的请求可能存在威胁，已被拦截</body></html>",
    "source_ts": "<html><head><meta content='k2'><script>$_ts=window['$_ts'];if(!$_ts)$_ts={};</script></head></html>",
    "source_jsl": "<script>document.cookie='__jsl_clearance_s=1|2';location.href=location.pathname</script>",
    "source_waf": "<html><script>var arg1='3';function f(x){document.cookie='acw_sc__v2='+x}</script></html>",
    "source_network": "<html><body><script src='/cdn-cgi/challenge-platform/h/b.js'></script></body></html>",
    "source_script": "<html><script>document.cookie='v=1';window.location.reload()</script></html>",
}


@pytest.mark.parametrize("mark", CHALLENGES)
def test_marks_of_challenge_and_error_pages(mark: str) -> None:
    found = find_mark(CHALLENGES[mark].encode())
    assert found is not None
    assert found.name == mark


@pytest.mark.parametrize(
    "text",
    [
        HTML.decode(),
        HTML.decode().replace("一、", "安全验证，页面不存在；访问被拦截；<script>document.cookie='a';$_ts=1</script>"),
        "<title>某局2023年信息公开年度报告</title><p>附件：报告.pdf</p><script>document.cookie='a=1'</script>",
        "<title>404医院2023年信息公开年报</title><p>正文</p>",
        "<title>年报</title><p>" + "安全验证，页面不存在。" * 60 + "</p><script>document.cookie='a'</script>",
        "<title>某县人民政府</title><p>" + "栏目 " * 100 + "</p><script>document.cookie='a';location.href='m'</script>",
    ],
)  # fmt: skip
def test_real_pages_are_no_challenge_pages(text: str) -> None:
    assert find_mark(text.encode()) is None


@pytest.mark.skipif(not SHARED.exists(), reason="the reports used in development are not here")
def test_reports_used_in_development_are_no_challenge_pages() -> None:
    reports = sorted((SHARED / "seeds").glob("*.txt"))
    assert len(reports) == 5
    assert [find_mark(report.read_bytes()) for report in reports] == [None] * 5


def test_a_pdf_is_no_challenge_page() -> None:
    assert find_mark(b"%PDF-1.7 404 not found") is None


def test_a_challenge_page_is_an_error_that_names_the_mark(tmp_path: Path) -> None:
    body = "<title>安全验证</title>".encode("gbk")
    with Site({"/": Reply(body, headers={"Content-Type": "text/html; charset=gbk"})}) as site:
        with pytest.raises(FetchError, match=r"200 OK with a robot check .*mark title_check, found '安全验证'"):
            fetch_page(site.url(), quick(cache=tmp_path))
        assert site.count("/") == 1
    assert not list(tmp_path.rglob("*"))


def test_a_challenge_with_an_error_status_is_not_tried_again() -> None:
    with Site({"/": Reply(CHALLENGES["source_jsl"].encode(), 521)}) as site:
        with pytest.raises(FetchError, match=r"521 with a robot check .*mark source_jsl"):
            fetch_page(site.url(), quick())
        assert site.count("/") == 1


def test_an_error_page_with_status_200_is_an_error() -> None:
    with Site({"/": Reply(CHALLENGES["text_missing"].encode())}) as site:  # noqa: SIM117
        with pytest.raises(FetchError, match="with an error page in place of the page"):
            fetch_page(site.url(), quick())


# Text


@pytest.mark.parametrize(
    ("content", "content_type", "text", "encoding"),
    [
        ("年报".encode("utf-8-sig"), "", "年报", "utf-8"),
        ("\ufeff年报".encode("utf-16-le"), "", "年报", "utf-16-le"),
        ("年报".encode("gbk"), "text/html; charset=ISO-8859-1", "年报", "gb18030"),
        ("年報".encode("big5"), "text/html; charset=big5", "年報", "big5hkscs"),
        (b"<meta charset='big5'>" + "年報".encode("big5"), "", "<meta charset='big5'>年報", "big5hkscs"),
        ("年報".encode("big5"), "text/html; charset=x-x-big5", "年報", "big5hkscs"),
        ("\ufeff年报".encode("utf-32-le"), "", "年报", "utf-32-le"),
        ("年报".encode("gbk"), "text/html; charset=utf-16", "年报", "gb18030"),
        ("年报".encode(), "text/html; charset=gbk", "年报", "utf-8"),
        (b"<meta charset='gb2312'>" + "镕".encode("gbk"), "", "<meta charset='gb2312'>镕", "gb18030"),
        ("年报".encode("gbk") + b"\xff", "text/html; charset=gb2312", "年报\ufffd", "gb18030"),
        (b"<meta charset='punycode'>a", "", "<meta charset='punycode'>a", "utf-8"),
    ],
)
def test_decoding(content: bytes, content_type: str, text: str, encoding: str) -> None:
    assert decode(content, content_type) == (text, encoding)


def test_visible_text_and_title() -> None:
    assert title("<TITLE lang=zh>a &amp;\n b</TITLE>") == "a & b"
    assert title("<title>never closed") == title("<title") == title("none") == ""
    assert visible("a<SCRIPT>b</SCRIPT><!-- c --><style>d</style>e") == "a e"
    assert visible("a<script>never closed") == "a"


# Column pages

COLUMN = """<html><head><meta charset="gb2312"><title>政府信息公开年报_某县人民政府</title></head><body>
<div class="nav"><a href="/">首页</a><a href="/nb/">政府信息公开年报</a><a href="/bm/">各部门信息公开年报</a>
<a href="javascript:void(0)">2023年某局政府信息公开工作年度报告</a>
<a href="mailto:a@b.cn">2023年政府信息公开年报</a></div>
<ul>
<li><a href="../../art/1.html">某县教育局2023年政府信息公开工作年度报告</a><span>2024-01-20</span></li>
<li><span>[01-18]</span>
<a href="/art/2.html" title="某县发展和改革局2023年政府信息公开工作年度报告">某县发展和改革局2023年政府信...</a></li>
<li><a href="http://b.example/3.html">某镇人民政府信息公开工作年度报告（2022年）</a>（2023年1月9日）</li>
<li><a href="/art/1.html">某县教育局2023年政府信息公开…</a></li>
<li><a href="/art/4.html">某县2023年政府网站工作年度报表</a><span>2024-01-21</span></li>
<li><a href="/art/5.html">关于编制2023年政府信息公开工作年度报告的通知</a><span>2024-01-02</span></li>
<li><a href="/art/6.html">《某县2023年政府信息公开工作年度报告》解读</a><span>2024-01-22</span></li>
<li><a href="/art/7.html">某县政府信息公开指南</a></li>
<li><a href="/art/8.html">政府信息公开工作年度报告格式（2023年）</a></li>
<li><a href="/art/9.html">2023年政务公开工作要点</a></li>
</ul></body></html>"""


def test_a_column_page_in_gbk() -> None:
    with Site({"/zwgk/nb/index.html": Reply(COLUMN.encode("gbk"))}) as site:
        links = find_reports(site.url("/zwgk/nb/index.html"), quick())
        assert links == [
            ReportLink(site.url("/art/1.html"), "某县教育局2023年政府信息公开工作年度报告", 2023, "2024-01-20"),
            ReportLink(site.url("/art/2.html"), "某县发展和改革局2023年政府信息公开工作年度报告", 2023, None),
            ReportLink("http://b.example/3.html", "某镇人民政府信息公开工作年度报告（2022年）", 2022, "2023-01-09"),
        ]


def _page(html: str, url: str = "http://a.gov.cn/nb/index.html") -> Page:
    return Page(html.encode(), Origin(url=url))


def test_a_hanweb_datastore_is_read(caplog: pytest.LogCaptureFixture) -> None:
    records = "".join(
        f'<record><![CDATA[<li><a href="/art/2024/1/{n}/art_1_{n}.html" title="某局 2023年政府信息公开工作年度报告">'
        f"某局 2023年政府…</a><span>2024-01-{n}</span></li>]]></record>"
        for n in (15, 16)
    )
    html = (
        "<html><body><div id='list'></div><script type='text/xml'><datastore><totalrecord>9</totalrecord><recordset>"
        f"{records}</recordset></datastore></script><script src='/script/jpage.js'></script></body></html>"
    )
    with caplog.at_level(logging.WARNING):
        links = find_reports(_page(html, "http://a.gov.cn/col/col1/index.html"))
    assert [(link.url, link.year, link.published) for link in links] == [
        ("http://a.gov.cn/art/2024/1/15/art_1_15.html", 2023, "2024-01-15"),
        ("http://a.gov.cn/art/2024/1/16/art_1_16.html", 2023, "2024-01-16"),
    ]
    assert links[0].title == "某局 2023年政府信息公开工作年度报告"
    assert "carries 2 of 9 entries" in caplog.text
    answer = f"<?xml version='1.0' encoding='UTF-8'?><datastore><recordset>{records}</recordset></datastore>"
    assert find_reports(_page(answer, "http://a.gov.cn/col/col1/index.html")) == links


def test_relative_links_follow_the_base() -> None:
    link = "<li><a href='1.html#a'>某局2023年政府信息公开年度报告</a></li>"
    assert find_reports(_page(link))[0].url == "http://a.gov.cn/nb/1.html"
    assert find_reports(_page(f"<base href='/other/'>{link}"))[0].url == "http://a.gov.cn/other/1.html"
    assert find_reports(_page(f"<base href='http://[bad'>{link}"))[0].url == "http://a.gov.cn/nb/1.html"
    assert find_reports(f"<base href='http://c.gov.cn/x/'>{link}".encode())[0].url == "http://c.gov.cn/x/1.html"
    with pytest.raises(UsageError, match=r"the link '1.html#a' is relative"):
        find_reports(link.encode())


def test_addresses_are_spelt_as_a_crawl_spells_them() -> None:
    from govreport.crawl.discover import look_at

    title = "某局2023年政府信息公开年度报告"
    far = "HTTP://B.gov.cn:80/a/../%e5%b9%b4%41.html#top"
    hrefs = ["/年报/2023 .html", "/x.jsp;jsessionid=A1?a=年", far, "/x.jsp?a=年"]
    page = Page(
        "".join(f"<li><a href='{href}'>{title}</a></li>" for href in hrefs).encode("gbk"),
        Origin(url="http://a.gov.cn/nb/index.html"),
    )
    found = [link.url for link in find_reports(page)]
    assert found == [
        "http://a.gov.cn/%E5%B9%B4%E6%8A%A5/2023%20.html", "http://a.gov.cn/x.jsp?a=%C4%EA",
        "http://b.gov.cn/%E5%B9%B4A.html",
    ]  # fmt: skip
    assert set(found) == {lead.url for lead in look_at(page).leads}
    (only,) = find_reports(_page(f"<a href='http://u:p@a.gov.cn/x'>{title}</a><a href='/1'>{title}</a>"))
    assert only.url == "http://a.gov.cn/1"


def test_bare_years_count_on_a_column_of_reports_alone() -> None:
    links = "<a href='/1'>2023年年度报告</a><a href='/2'>2022年年报</a><a href='/3'>2021年</a>"
    found = find_reports(_page(f"<meta content='政府信息公开年报' name='ColumnName'>{links}"))
    assert [(link.url, link.year) for link in found] == [("http://a.gov.cn/1", 2023), ("http://a.gov.cn/2", 2022)]
    with pytest.raises(FetchError, match="links to no annual report"):
        find_reports(_page(f"<title>财务</title>{links}"))


@pytest.mark.parametrize(
    ("row", "published"),
    [
        ("<li>{} 2024-01-20</li>", "2024-01-20"),
        ("<li>{}<i>[2024/1/5]</i></li>", "2024-01-05"),
        ("<li>{}<i>（2024年 1月 5日）</i></li>", "2024-01-05"),
        ("<table><tr><td><a href='/x'>索引</a></td><td>{}</td><td>2024.01.20</td></tr></table>", "2024-01-20"),
        ("<dl><dt>{}</dt><dd>2024-01-20</dd></dl>", "2024-01-20"),
        ("<div><span>2024-01-20</span>{}<br><span>2024-02-20</span><a href='/y'>其他</a></div>", "2024-01-20"),
        ("<div>{}<br><span>2024-02-20</span><a href='/y'>其他</a></div>", None),
        ("<div><a href='/y'>其他</a> 2024-01-20 {}</div>", None),
        ("<div><a href='/y'>其他</a> 2024-01-19 {} 2024-01-20</div>", "2024-01-20"),
        ("<li>{}<a href='/y'>下载</a><i>2024-01-20</i></li>", "2024-01-20"),
        ("<li>{}<i>[01-20]</i></li>", None),
        ("<li>{}<i>2024-02-31</i></li>", None),
        ("<li>{}<i>2024-01-20</i><i>2024-03-01</i></li>", None),
        ("<li>{}</li><p>更新于2024-01-20</p>", None),
    ],
)
def test_the_date_beside_a_link(row: str, published: str | None) -> None:
    one = row.format("<a href='/1'>某局2023年政府信息公开年度报告</a>")
    two = "<div><a href='/2'>某镇2021年政府信息公开年度报告</a></div>"
    assert find_reports(_page(one + two))[0] == ReportLink(
        "http://a.gov.cn/1", "某局2023年政府信息公开年度报告", 2023, published
    )


def test_a_date_inside_the_link_is_no_part_of_the_title() -> None:
    found = find_reports(_page("<a href='/1'>· 某局政府信息公开年度报告 2024-01-20</a>"))
    assert found == [ReportLink("http://a.gov.cn/1", "某局政府信息公开年度报告", None, "2024-01-20")]


@pytest.mark.parametrize(
    ("text", "year"),
    [
        ("某县2023年政府信息公开工作年度报告", 2023),
        ("某县２０２２年度政府信息公开年报", 2022),
        ("某局政府信息公开年度报告（2019）", 2019),
        ("二〇二一年政府信息公开年报", 2021),
        ("二○二二年政府信息公开年报", 2022),
        ("某局政府信息公开年度报告", None),
        ("某县202020年政府信息公开年报", None),
        ("2019年—2023年政府信息公开年度报告", None),
        ("某局2023年政府信息公开年度报告2024年1月20日", 2023),
        ("某局 2 0 2 3 年政府信息公开年度报告", 2023),
    ],
)
def test_the_year_of_a_title(text: str, year: int | None) -> None:
    assert year_of(text) == year


@pytest.mark.parametrize(
    ("text", "is_report"),
    [
        ("某市司法局2023年度政府信息公开工作报告", True),
        ("某街道办事处政府信息公开工作年度报告", True),
        ("2022年某区政务公开年报", True),
        ("2009年度某市政府信息公开工作情况报告", True),
        ("某局关于2012年政府信息公开工作的报告", True),
        ("政府信息公开年报（部门）", False),
        ("某局2021年政府資訊公開工作年度報告", True),
        ("某镇2023年政府信息公开工作年…", True),
        ("某镇2023年政府信息公开…", False),
        ("政府信息公开工作年度报告", False),
        ("市政府部门政府信息公开年报", False),
        ("乡镇（街道）信息公开年报", False),
        ("历年政府信息公开年度报告", False),
        ("2023年度法治政府建设工作报告", False),
        ("2023年政府工作报告", False),
        ("2023年政府信息公开工作年度报告编制培训", False),
        ("市" * 60 + "政府" * 60 + "信息公开", False),
    ],
)
def test_titles_of_reports(text: str, is_report: bool) -> None:
    page_ = _page(f"<a href='/1'>{text}</a><a href='/2'>某局2020年政府信息公开年度报告</a>")
    assert (find_reports(page_)[0].url == "http://a.gov.cn/1") is is_report


@pytest.mark.skipif(not SHARED.exists(), reason="the list of real agencies is not here")
@pytest.mark.parametrize(
    "wording", ["{0}{1}年政府信息公开工作年度报告", "{1}年度{0}政府信息公开年报", "{0}信息公开工作报告（{1}年）"]
)
def test_names_of_real_agencies(wording: str) -> None:
    with (SHARED / "data" / "report_addresses.csv").open(encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    assert len(rows) > 1000
    entries = [
        f"<li><a href='/{n}'>{wording.format(row['agency'], row['year'])}</a></li>" for n, row in enumerate(rows)
    ]
    found = find_reports(_page("".join(entries)))
    assert [link.year for link in found] == [int(row["year"]) for row in rows]


def test_a_page_without_reports_says_what_was_sought() -> None:
    with pytest.raises(FetchError, match=r"links to no annual report: .*among its 2 links \(page title '新闻'\)"):
        find_reports(_page("<title>新闻</title><a href='/1'>要闻</a><a href='/2'>通知公告</a>"))
    with pytest.raises(FetchError, match="may be loaded by a script"):
        find_reports(
            _page("<title>年报</title><script>var u='/module/web/jpage/dataproxy.jsp'</script><a href='/'>首页</a>")
        )


def test_find_reports_takes_no_other_type() -> None:
    with pytest.raises(UsageError, match="found list"):
        find_reports(["http://a.gov.cn/"])  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "unit", ["<a ", "<div>", "<![", "<a href='", "<script>", "<datastore><record><![CDATA[", "<a href=x>年报"]
)
def test_a_hostile_column_page_ends_soon(unit: str) -> None:
    started = time.monotonic()
    with pytest.raises(GovreportError):
        find_reports(_page(unit * (150_000 // len(unit))))
    assert time.monotonic() - started < 10


def test_a_column_page_that_is_too_large_is_refused() -> None:
    with pytest.raises(FetchError, match="a list of reports has at most"):
        find_reports(_page("x" * 5_000_001))


def test_importing_loads_no_client() -> None:
    heavy = "httpx", "httpcore", "bs4", "selectolax"
    code = f"import sys, govreport.fetch; print([m for m in {heavy} if m in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"

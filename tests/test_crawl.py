"""The crawl as a whole, on the local web: what it finds, how it behaves, and what a kill leaves of it."""

from __future__ import annotations

import asyncio
import datetime
import gzip
import ipaddress
import itertools
import json
import random
import signal
import socket
import ssl
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import pytest

import govreport as gr
from govreport.cli import main
from govreport.crawl import CrawlSettings, CrawlStatus, crawl_sites, preview_crawl, read_status
from govreport.crawl.frontier import Frontier
from govreport.errors import GovreportError, UsageError
from govreport.synthetic.sites import LocalWeb, Trouble, local_web
from tests.loopback import Reply, Site

pytest.importorskip("scrapy")
pytest.importorskip("warcio")

FAST = CrawlSettings(
    delay_seconds=0.0, backoff_seconds=0.05, page_seconds=20.0, depth=8, parallel_hosts=16, contact="tests@example.org"
)
GOOD = [
    "trs",
    "hanweb",
    "hanweb_inline",
    "hanweb_units",
    "guangdong",
    "longsun",
    "attachments",
    "gbk",
    "sitemap",
    "tree",
]
BAD = [
    "robots", "robots_down", "slow", "flaky", "redirects", "base", "calendar", "sessions", "busy", "challenge_first",
    "errors", "copies", "transfer", "oversize", "http10",
]  # fmt: skip
KILL_SITES = ["trs", "hanweb", "gbk", "attachments"]


def crawl(urls: list[str] | str, folder: Path, **settings: object) -> CrawlStatus:
    return crawl_sites(urls, folder, replace(FAST, **settings), progress=False)  # type: ignore[arg-type]


def rows(folder: Path, what: str = "url, state, reason, status, look, digest") -> list[tuple[object, ...]]:
    with Frontier(folder, read_only=True) as frontier:
        return frontier.query(f"SELECT {what} FROM requests WHERE kind != 'robots' ORDER BY url, method, form")


def found(folder: Path) -> set[str]:
    """Addresses of reports and attachments that the crawl has."""
    return {str(url) for url, state, look in rows(folder, "url, state, look") if state == "done" and look in
            ("report", "attachment")}  # fmt: skip


def reasons(folder: Path) -> dict[str, tuple[str, str]]:
    return {str(url): (str(state), str(reason)) for url, state, reason in rows(folder, "url, state, reason")}


def archived(folder: Path) -> Counter[tuple[str, str, bytes, str]]:
    """(method, address, form, status) of every exchange; each record is checked by warcio as it is read."""
    from warcio.archiveiterator import ArchiveIterator

    made: Counter[tuple[str, str, bytes, str]] = Counter()
    for path in sorted(folder.glob("*.warc.gz")):
        status = ""
        with path.open("rb") as stream:
            for record in ArchiveIterator(stream, check_digests="raise"):
                body = record.raw_stream.read()
                if record.rec_type in ("response", "revisit"):
                    status = record.http_headers.get_statuscode()
                elif record.rec_type == "request":
                    url = record.rec_headers.get_header("WARC-Target-URI")
                    made[record.http_headers.protocol, url, body, status] += 1
    return made


def valid_by_fastwarc(folder: Path) -> bool:
    from fastwarc import ArchiveIterator

    for path in folder.glob("*.warc.gz"):
        with path.open("rb") as stream:
            if not all(record.verify_block_digest() for record in ArchiveIterator(stream, parse_http=False)):
                return False
    return True


@pytest.fixture(scope="module")
def good(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[LocalWeb, Path, CrawlStatus]]:
    """A crawl of the sites that behave well."""
    folder = tmp_path_factory.mktemp("good")
    with local_web(sites=GOOD) as web:
        status = crawl([site.front_url for site in web.sites], folder, delay_seconds=0.02)
        yield web, folder, status


@pytest.fixture(scope="module")
def bad(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[LocalWeb, Path, CrawlStatus]]:
    """A crawl of the sites that give trouble."""
    folder = tmp_path_factory.mktemp("bad")
    with local_web(sites=BAD, trouble=Trouble(slow_seconds=0.05)) as web:
        status = crawl(
            [site.front_url for site in web.sites], folder, retries=3, max_wait_seconds=5.0, page_seconds=8.0
        )
        yield web, folder, status


@pytest.mark.parametrize("name", GOOD)
def test_every_report_is_found_and_nothing_twice(good: tuple[LocalWeb, Path, CrawlStatus], name: str) -> None:
    web, folder, _ = good
    site = next(site for site in web.sites if site.name == name)
    assert set(site.report_urls) <= found(folder)
    asked = Counter((hit.method, hit.path, hit.body) for hit in web.log if hit.site == name)
    assert max(asked.values()) == 1


@pytest.mark.parametrize("name", BAD)
def test_every_report_is_found_on_sites_that_give_trouble(bad: tuple[LocalWeb, Path, CrawlStatus], name: str) -> None:
    web, folder, _ = bad
    site = next(site for site in web.sites if site.name == name)
    assert set(site.report_urls) - found(folder) == set()
    # What came whole and was no robot check is not asked for again.
    got = Counter(
        (hit.method, hit.path, hit.body)
        for hit in web.log
        if hit.site == name and hit.status == 200 and hit.whole and name not in ("challenge_first", "oversize")
    )
    assert max(got.values(), default=1) == 1


def test_one_request_at_a_time_and_nothing_outside(
    good: tuple[LocalWeb, Path, CrawlStatus], bad: tuple[LocalWeb, Path, CrawlStatus]
) -> None:
    for web, _, _ in (good, bad):
        assert max(hit.open for hit in web.log if hit.site != "redirects") == 1
        assert [hit for hit in web.log if hit.site == "outside"] == []
        assert {hit.agent for hit in web.log} == {FAST.agent}
        assert not [hit for hit in web.log if {"cookie", "referer", "authorization"} & set(hit.headers)]


def test_robots_are_kept(bad: tuple[LocalWeb, Path, CrawlStatus]) -> None:
    web, folder, _ = bad
    for site in web.sites:
        hits = [hit for hit in web.log if hit.site == site.name]
        assert hits[0].path == "/robots.txt"
        asked = {f"{site.front_url.rstrip('/')}{hit.path}" for hit in hits}
        assert asked & set(site.forbidden_urls) == set()
    with_rules = [hit.time for hit in web.log if hit.site == "robots"]
    gaps = [later - earlier for earlier, later in itertools.pairwise(with_rules)]
    assert min(gaps) >= 0.5
    assert {hit.path for hit in web.log if hit.site == "robots_down"} == {"/robots.txt"}
    closed = next(site.front_url for site in web.sites if site.name == "robots_down")
    assert reasons(folder)[closed] == ("refused", "robots.txt could not be read: 503 Service Unavailable")


def test_retry_after_is_kept(bad: tuple[LocalWeb, Path, CrawlStatus]) -> None:
    web, _, _ = bad
    hits = [hit for hit in web.log if hit.site == "busy"]
    pairs = [(one, then) for one, then in itertools.pairwise(hits) if one.status in (429, 503)]
    assert len(pairs) >= 2
    assert all(then.time - one.time >= 1.0 for one, then in pairs)


def test_redirects_are_followed_hop_by_hop_and_cut(bad: tuple[LocalWeb, Path, CrawlStatus]) -> None:
    web, folder, _ = bad
    site = next(site for site in web.sites if site.name == "redirects")
    said = reasons(folder)
    # Where each redirect leads stands in the state: those of this site were followed, the others refused.
    elsewhere = {url: reason for url, (state, reason) in said.items() if state == "refused" and "other host" in reason}
    assert any(url.startswith(web.outside_url) for url in elsewhere)
    assert any("169.254.169.254" in url for url in elsewhere)
    assert any("10.0.0.1" in url for url in elsewhere)
    assert any("localhost" in url for url in elsewhere)
    kinds = {trap.kind: said.get(trap.url, ("", "")) for trap in site.traps}
    assert kinds["redirect_self"] == ("failed", "its redirects lead in a circle")
    assert [reason for _, reason in said.values()].count("its redirects lead in a circle") == 2
    assert "more than 10 redirects in a row" in [reason for _, reason in said.values()]
    assert kinds["local_file"][0] == "failed"


def test_broken_answers_are_failures_with_reasons(bad: tuple[LocalWeb, Path, CrawlStatus]) -> None:
    web, folder, _ = bad
    said = reasons(folder)
    traps = {trap.kind: " ".join(said.get(trap.url, ())) for site in web.sites for trap in site.traps}
    assert traps["always_500"] == "failed 500 Internal Server Error"
    assert traps["always_short"] == "failed broken: the answer ended before it was whole"
    assert traps["always_reset"].startswith("failed broken: ")
    assert traps["dead_404"] == "failed 404 Not Found"
    assert traps["error_200"].startswith("failed error page: ")
    assert traps["gzip_bomb"] == "failed larger than 30,000,000 bytes when unpacked"
    assert traps["too_large"].startswith("failed larger than 30,000,000 bytes (4")
    assert traps["too_large_chunked"] == "failed larger than 30,000,000 bytes (stopped there)"


def test_the_archive_has_all_and_is_valid(
    good: tuple[LocalWeb, Path, CrawlStatus], bad: tuple[LocalWeb, Path, CrawlStatus]
) -> None:
    for web, folder, status in (good, bad):
        exchanges = archived(folder)
        assert valid_by_fastwarc(folder)
        whole = Counter(hit.status for hit in web.log if hit.whole and hit.status < 400 and hit.site != "oversize")
        assert sum(n for (_, _, _, code), n in exchanges.items() if int(code) < 400) >= sum(whole.values()) - 5
        assert {(url, "200") for url in found(folder)} <= {(url, code) for _, url, _, code in exchanges}
        assert status.files == ("crawl-00001.warc.gz",)
        assert status.waiting == 0
        assert status.got >= status.reports + status.attachments + status.lists
        assert any(url.endswith("/robots.txt") for _, url, _, _ in exchanges)


def test_content_encoding_stays_true(bad: tuple[LocalWeb, Path, CrawlStatus]) -> None:
    from warcio.archiveiterator import ArchiveIterator

    web, folder, _ = bad
    packed = {trap.url for site in web.sites for trap in site.traps if trap.kind in ("gzip", "gzip_unasked")}
    seen = 0
    with (folder / "crawl-00001.warc.gz").open("rb") as stream:
        for record in ArchiveIterator(stream):
            if record.rec_type == "response" and record.rec_headers.get_header("WARC-Target-URI") in packed:
                assert record.http_headers.get_header("Content-Encoding") == "gzip"
                assert b"html" in gzip.decompress(record.raw_stream.read()).lower()
                seen += 1
    assert seen == len(packed) > 0


def test_a_second_run_asks_for_nothing(tmp_path: Path) -> None:
    with local_web(sites=["gbk"]) as web:
        front = web.sites[0].front_url
        first = crawl(front, tmp_path)
        asked = len(web.log)
        assert crawl(front, tmp_path) == first
        assert crawl([], tmp_path) == first
        assert len(web.log) == asked


def test_delays_are_kept_also_across_runs(tmp_path: Path) -> None:
    with local_web(sites=["gbk"]) as web:
        for pages in (3, 6, 1000):
            crawl(web.sites[0].front_url, tmp_path, delay_seconds=0.3, max_pages=pages)
        times = [hit.time for hit in web.log]
        assert set(web.sites[0].report_urls) <= found(tmp_path)
    assert min(later - earlier for earlier, later in itertools.pairwise(times)) >= 0.3


def test_limits_are_kept_and_said(tmp_path: Path) -> None:
    with local_web(sites=["trs", "gbk"]) as web:
        urls = [site.front_url for site in web.sites]
        status = crawl(urls, tmp_path / "pages", max_pages=7)
        assert (status.asked, status.stopped) == (7, "the limit of 7 requests is reached")
        assert status.waiting > 0
        status = crawl(urls, tmp_path / "host", max_pages_per_host=4)
        assert status.asked == 8
        assert status.stopped == "2 hosts have reached 4 requests"
        status = crawl(urls, tmp_path / "bytes", max_bytes=30_000)
        assert status.stopped == "the limit of 30,000 bytes is reached"
        started = time.monotonic()
        status = crawl(urls, tmp_path / "seconds", max_seconds=1.0, delay_seconds=0.4)
        assert status.stopped == "the limit of 1 seconds is reached"
        assert time.monotonic() - started < 20
        status = crawl(urls, tmp_path / "depth", depth=0)
        assert status.asked == 2
        assert {row["reason"] for row in status.rows() if row["state"] == "refused"} >= {"deeper than 0"}


def test_a_host_that_asks_for_long_pauses_is_left_for_later(tmp_path: Path) -> None:
    busy = Reply(b"busy", 429, {"Retry-After": "4000"})
    slow = b"User-agent: *\nCrawl-delay: 900\n"
    with Site({"/": busy}) as one, Site({"/robots.txt": Reply(slow), "/": Reply(b"<p>x")}) as two:
        status = crawl([one.url(), two.url()], tmp_path)
        assert status.waiting == 2
        assert status.stopped == "2 hosts are left alone for now"
        assert "429 Too Many Requests, to be asked again after 4000 seconds" in status.hosts[f"127.0.0.1:{one.port}"]
        assert "asks for 900 seconds" in status.hosts[f"127.0.0.1:{two.port}"]
        assert (one.count("/"), two.count("/")) == (1, 0)
        assert crawl([], tmp_path).waiting == 2
        assert (one.count("/"), two.count("/")) == (1, 0)


def test_a_host_is_left_alone_after_many_troubles(tmp_path: Path) -> None:
    links = "".join(f'<li><a href="/{n}.html">某县20{n}年政府信息公开工作年度报告</a></li>' for n in range(10, 24))
    short = {f"/{n}.html": Reply(b"<p>short", length=500) for n in range(10, 24)}
    with Site({"/": Reply(f"<title>政府信息公开年报</title>{links}".encode()), **short}) as site:
        status = crawl(site.url(), tmp_path, retries=0)
        assert status.failed == 5
        assert status.waiting == 9
        assert "left alone after 5 troubles in a row" in next(iter(status.hosts.values()))


def test_redirects_base_and_attachments_do_not_reach_private_addresses(tmp_path: Path) -> None:
    with Site({"/secret": Reply(b"secret"), "/robots.txt": Reply(b"")}) as inner:
        page = (
            f'<base href="{inner.url()}"><title>政府信息公开年报</title>'
            f'<a href="secret">某县2022年政府信息公开工作年度报告</a>'
            f'<a href="{inner.url("/secret.pdf")}">某县2021年政府信息公开工作年度报告.pdf</a>'
            '<a href="http://169.254.169.254/latest/meta-data/x.pdf">某县2020年政府信息公开工作年度报告.pdf</a>'
            '<a href="http://[::1]:80/y.html">某县2019年政府信息公开工作年度报告</a>'
        )
        moved = Reply(b"", 302, {"Location": inner.url("/secret")})
        with Site({"/": Reply(page.encode()), "/moved": moved}) as site:
            status = crawl([site.url(), site.url("/moved")], tmp_path)
            assert inner.asked == []
            assert status.refused >= 4
            assert all(
                reason.startswith("other host") for state, reason in reasons(tmp_path).values() if state == "refused"
            )


def test_a_name_is_judged_by_the_address_it_stands_for(tmp_path: Path) -> None:
    """localhost is allowed as a host here, but stands for an address that is not."""
    target = Reply(b"<title>x</title><p>page")
    with Site({"/": target}) as site:
        named = f"http://localhost:{site.port}/"
        with Site({"/": Reply(b"", 302, {"Location": named})}) as front:
            crawl(front.url(), tmp_path / "no", hosts=[f"localhost:{site.port}"])
            assert reasons(tmp_path / "no")[named][0] == "refused"
            assert site.asked == []
            crawl(front.url(), tmp_path / "yes", hosts=[f"localhost:{site.port}"], allow_private=True)
            assert reasons(tmp_path / "yes")[named][0] == "done"


def test_a_body_that_ends_with_a_reset_is_not_whole(tmp_path: Path) -> None:
    def answer(connection: socket.socket, asked: bytes) -> None:
        if b"robots" in asked:
            connection.sendall(b"HTTP/1.0 404 Not Found\r\n\r\n")
            return
        connection.sendall(b"HTTP/1.0 200 OK\r\nContent-Type: text/html\r\n\r\n<p>half a page")
        if b"reset" in asked:
            time.sleep(0.2)
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\x01\x00\x00\x00\x00\x00\x00\x00")

    with raw_server(answer) as port:
        home = f"http://127.0.0.1:{port}"
        crawl([f"{home}/reset", f"{home}/whole"], tmp_path, retries=1)
    assert reasons(tmp_path)[f"{home}/reset"] == ("failed", "broken: the answer ended before it was whole")
    assert reasons(tmp_path)[f"{home}/whole"][0] == "done"


def test_a_robots_that_has_moved_to_an_allowed_host_is_read_there(tmp_path: Path) -> None:
    rules = Reply(b"User-agent: *\nDisallow: /closed\n", delay=0.6)
    with Site({"/robots.txt": rules, "/shared.txt": rules, "/": Reply(b"<p>two")}) as two:
        moved = Reply(b"", 302, {"Location": two.url("/shared.txt")})
        with Site({"/robots.txt": moved, "/": Reply(b"<p>one"), "/closed": Reply(b"<p>no")}) as one:
            crawl([one.url(), one.url("/closed"), two.url()], tmp_path)
            assert [path for path, _ in one.asked] == ["/robots.txt", "/"]
            assert reasons(tmp_path)[one.url("/closed")] == ("refused", "forbidden by robots.txt")
            assert (two.count("/shared.txt"), two.count("/robots.txt")) == (1, 1)


def test_silence_and_no_server_are_told_apart(tmp_path: Path) -> None:
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        nobody = f"http://127.0.0.1:{closed.getsockname()[1]}/"
    with Site({"/": Reply(b"late", delay=5.0)}) as site:
        crawl([site.url(), nobody], tmp_path, retries=1, page_seconds=0.5)
    said = reasons(tmp_path)
    assert said[site.url()] == ("failed", "no whole answer within 0.5 seconds")
    assert said[nobody][0] == "failed"
    assert said[nobody][1].startswith("no connection: ")


@contextmanager
def raw_server(answer: Callable[[socket.socket, bytes], None], tls: ssl.SSLContext | None = None) -> Iterator[int]:
    """A server that answers each connection by a function, and closes it."""
    listener = socket.create_server(("127.0.0.1", 0))
    listener.settimeout(0.1)
    done = threading.Event()

    def serve() -> None:
        while not done.is_set():
            try:
                connection, _ = listener.accept()
            except TimeoutError:
                continue
            try:
                connection.settimeout(5)
                talking = tls.wrap_socket(connection, server_side=True) if tls else connection
                with talking:
                    answer(talking, talking.recv(65_536))
            except OSError:  # a client that does not like the certificate goes
                connection.close()

    thread = threading.Thread(target=serve, daemon=True)
    thread.start()
    try:
        yield int(listener.getsockname()[1])
    finally:
        done.set()
        thread.join(10)
        listener.close()


def certificate(folder: Path, address: str = "127.0.0.1", days: int = 10) -> Path:
    """A self-made certificate with its key, in one file; expired if ``days`` is negative."""
    from cryptography import x509
    from cryptography.hazmat.primitives import hashes, serialization
    from cryptography.hazmat.primitives.asymmetric import ec

    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "govreport test")])
    today = datetime.datetime.now(datetime.UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(today - datetime.timedelta(days=20))
        .not_valid_after(today + datetime.timedelta(days=days))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address(address))]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    path = folder / f"{address}{days}.pem"
    private = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    path.write_bytes(private + made.public_bytes(serialization.Encoding.PEM))
    return path


def https_page(connection: socket.socket, asked: bytes) -> None:
    status = b"404 Not Found" if b"robots" in asked else b"200 OK"
    connection.sendall(b"HTTP/1.1 " + status + b"\r\nContent-Length: 9\r\nContent-Type: text/html\r\n\r\n<p>secure")


@contextmanager
def https_site(path: Path) -> Iterator[str]:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(path)
    with raw_server(https_page, context) as port:
        yield f"https://127.0.0.1:{port}/"


def test_certificates_are_checked(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    trusted = certificate(tmp_path)
    with https_site(trusted) as url:
        crawl(url, tmp_path / "unknown")
        assert reasons(tmp_path / "unknown")[url] == (
            "failed", "certificate: not valid (expired, self-made or of an unknown authority)",
        )  # fmt: skip
        status = crawl(url, tmp_path / "allowed", unverified_hosts=["127.0.0.1"])
        assert reasons(tmp_path / "allowed")[url][0] == "done"
        assert status.unverified == ("127.0.0.1",)
        assert "certificates are not checked for 127.0.0.1" in status.text()
        monkeypatch.setenv("SSL_CERT_FILE", str(trusted))
        crawl(url, tmp_path / "trusted")
        assert reasons(tmp_path / "trusted")[url][0] == "done"
    other = certificate(tmp_path, "127.0.0.9")
    with https_site(other) as url:
        monkeypatch.setenv("SSL_CERT_FILE", str(other))
        crawl(url, tmp_path / "other")
        assert reasons(tmp_path / "other")[url] == ("failed", "certificate: not for this host")
    old = certificate(tmp_path, days=-3)
    with https_site(old) as url:
        monkeypatch.setenv("SSL_CERT_FILE", str(old))
        crawl(url, tmp_path / "old")
        assert reasons(tmp_path / "old")[url][1].startswith("certificate: ")


def test_a_notebook_may_crawl_more_than_once(tmp_path: Path) -> None:
    """A notebook has an event loop that runs; Scrapy's can run once in a process."""
    with local_web(sites=["gbk"]) as web:

        async def cell(name: str) -> CrawlStatus:
            return crawl(web.sites[0].front_url, tmp_path / name)

        first, second = asyncio.run(cell("1")), asyncio.run(cell("2"))
    assert first.reports == second.reports == len(web.sites[0].report_urls)


def test_the_archive_is_opened_as_reports(good: tuple[LocalWeb, Path, CrawlStatus]) -> None:
    web, folder, _ = good
    reports = gr.open_reports(folder / "crawl-00001.warc.gz")
    given = reports.reports.groupby("url")["n_given"].max()
    assert {one.url for one in web.truth} <= set(given[given > 0].index)
    assert reports.failures.empty


def test_the_bar_ends_where_the_crawl_does(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    shown: list[tuple[int, int]] = []

    class Bar:
        total, n = 0, 0

        def __init__(self, **options: object) -> None: ...

        def __enter__(self) -> Bar:
            return self

        def __exit__(self, *_: object) -> None:
            shown.append((self.n, self.total))

        def set_postfix(self, **numbers: object) -> None: ...

        def refresh(self) -> None: ...

    monkeypatch.setattr("tqdm.auto.tqdm", Bar)
    with local_web(sites=["gbk"]) as web:
        status = crawl_sites(web.sites[0].front_url, tmp_path, FAST, progress=True)
    assert shown == [(status.asked, status.asked)]


def test_dry_run_asks_for_the_given_addresses_alone(tmp_path: Path) -> None:
    with local_web(sites=["robots", "base"]) as web:
        urls = [site.front_url for site in web.sites]
        preview = preview_crawl(urls, FAST)
        assert {hit.path for hit in web.log} == {"/robots.txt", "/"}
    assert [url for url, _ in preview.asked] == urls
    assert preview.wanted
    assert [rank for rank, *_ in preview.wanted] == sorted(rank for rank, *_ in preview.wanted)
    assert preview.asked[0].outcome.startswith("list: ")
    assert preview.wanted[0]._fields == ("rank", "kind", "url", "title")
    assert all(row.reason for row in preview.refused)
    assert any("0.5 seconds between requests" in told for _, told in preview.robots)


def test_the_command(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folder = tmp_path / "crawl"
    with local_web(sites=["gbk"]) as web:
        front = web.sites[0].front_url
        options = ["--delay", "0", "--depth", "6", "--contact", "me@example.org"]
        assert main(["crawl", front, "--dry-run", *options]) == 0
        shown = capsys.readouterr().out
        assert "contact me@example.org" in shown
        assert "would ask" in shown
        assert not folder.exists()
        assert main(["crawl", front, "-o", str(folder), *options]) == 0
        assert f"{len(web.sites[0].report_urls)} reports" in capsys.readouterr().err
        assert main(["crawl", "-o", str(folder), "-q"]) == 0
        assert capsys.readouterr().err == ""
        assert main(["crawl", "-o", str(folder), "--dry-run"]) == 0
        assert "0 to ask for" in capsys.readouterr().out
    assert main(["status", str(folder), "--json"]) == 0
    shown = json.loads(capsys.readouterr().out)
    assert shown["reports"] == len(web.sites[0].report_urls)
    assert {row["state"] for row in shown["table"]} == {"done"}
    assert main(["status", str(folder)]) == 0
    assert "is complete" in capsys.readouterr().out
    assert {hit.agent for hit in web.log} == {CrawlSettings(contact="me@example.org").agent}


def test_the_command_says_what_was_in_vain(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with Site() as site:
        assert main(["crawl", site.url(), "-o", str(tmp_path / "x"), "--delay", "0"]) == 1
    assert "brought nothing: 404 Not Found" in capsys.readouterr().err
    assert main(["crawl", "ftp://a.gov.cn/", "-o", str(tmp_path / "y")]) == 2
    assert main(["crawl", "-o", str(tmp_path / "z")]) == 2
    assert main(["crawl", "http://a.gov.cn/"]) == 2
    assert main(["crawl", "http://a.gov.cn/", "-o", str(tmp_path / "z"), "--hosts", "http://b.gov.cn/"]) == 2
    assert main(["status", str(tmp_path / "z")]) == 2
    capsys.readouterr()


def test_a_missing_package_says_how_to_install_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("govreport.crawl.run.find_spec", lambda _: None)
    with pytest.raises(UsageError, match=r"pip install 'govreport\[crawl\]'"):
        crawl("http://127.0.0.1:9/", tmp_path)


# Kills. The process that crawls is started as crawl_sites starts it, and killed as the system would.


@contextmanager
def engine(urls: list[str], folder: Path, settings: CrawlSettings) -> Iterator[subprocess.Popen[bytes]]:
    folder.mkdir(parents=True, exist_ok=True)
    job = {"folder": str(folder), "urls": urls, "settings": settings.as_data()}
    with (folder / "crawl.log").open("ab") as log:
        process = subprocess.Popen(
            [sys.executable, "-m", "govreport.crawl.engine"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=log
        )
    assert process.stdin is not None
    process.stdin.write(json.dumps(job).encode() + b"\n")
    process.stdin.flush()
    try:
        yield process
    finally:
        process.kill()
        process.communicate()


def outcome(folder: Path) -> list[tuple[object, ...]]:
    return rows(folder, "url, method, form, state, status, look, digest")


def killed_crawl(folder: Path, web: LocalWeb, kills: int, seed: int) -> int:
    """A crawl killed at random moments, then left to go on to its end. Gives how many kills met it at work."""
    rng = random.Random(seed)
    urls = [site.front_url for site in web.sites]
    met = 0
    for _ in range(kills):
        with engine(urls, folder, FAST) as process:
            # Sometimes at its start, mostly after some requests: then at any point between two of them.
            goal = len(web.log) + rng.choice((0, 1, 2, 3, 5, 8))
            while len(web.log) < goal and process.poll() is None:
                time.sleep(0.002)
            time.sleep(rng.uniform(0.0, 0.08))
            met += process.poll() is None
            process.kill()
    crawl(urls, folder)
    return met


def check_kills(tmp_path: Path, kills: int, seed: int) -> None:
    with local_web(sites=KILL_SITES) as web:
        assert killed_crawl(tmp_path / "killed", web, kills, seed) >= kills / 2
        asked = Counter((hit.site, hit.method, hit.path, hit.body) for hit in web.log)
        undisturbed = crawl([site.front_url for site in web.sites], tmp_path / "calm")
        truth = {url for site in web.sites for url in site.report_urls}
    assert outcome(tmp_path / "killed") == outcome(tmp_path / "calm")
    assert truth <= found(tmp_path / "killed")
    status = read_status(tmp_path / "killed")
    assert (status.waiting, status.asked, status.got) == (0, undisturbed.asked, undisturbed.got)
    # The archive has each answer once, and each file is whole.
    assert archived(tmp_path / "killed") == archived(tmp_path / "calm")
    assert max(archived(tmp_path / "killed").values()) == 1
    assert valid_by_fastwarc(tmp_path / "killed")
    # A kill loses what was on the wire, and only that: one request a host.
    assert sum(asked.values()) - len(asked) <= kills * len(KILL_SITES)


def test_a_killed_crawl_goes_on(tmp_path: Path) -> None:
    check_kills(tmp_path, kills=4, seed=1)


@pytest.mark.slow
def test_thirty_kills(tmp_path: Path) -> None:
    check_kills(tmp_path, kills=30, seed=2)


def command_line(web: LocalWeb, folder: Path) -> list[str]:
    crawl = [sys.executable, "-m", "govreport", "crawl"]
    return [*crawl, web.sites[0].front_url, "-o", str(folder), "--delay", "0"]


def test_the_crawl_ends_when_its_starter_is_killed(tmp_path: Path) -> None:
    with local_web(sites=["slow"]) as web:
        with subprocess.Popen(command_line(web, tmp_path), stderr=subprocess.DEVNULL) as process:
            wait_for(lambda: len(web.log) > 2)
            process.kill()
        # The next run waits for the lock, which the first gives up at once.
        status = crawl([], tmp_path)
    assert status.reports == len(web.sites[0].report_urls)


def test_ctrl_c_finishes_what_is_on_the_wire(tmp_path: Path) -> None:
    with local_web(sites=["slow"]) as web:
        with subprocess.Popen(command_line(web, tmp_path), stderr=subprocess.PIPE, text=True) as process:
            wait_for(lambda: len(web.log) > 2)
            process.send_signal(signal.SIGINT)
            told = process.communicate(timeout=30)[1]
        assert process.returncode == 130
        assert "stopped by the user" in told
        status = read_status(tmp_path)
        assert status.waiting > 0
        assert not status.running
        assert all(state != "taken" for _, state in rows(tmp_path, "url, state"))
        assert sum(archived(tmp_path).values()) == len(web.log)
        assert crawl([], tmp_path).reports == len(web.sites[0].report_urls)
        asked = Counter(hit.path for hit in web.log)
    assert max(asked.values()) == 1


def test_a_second_crawl_into_the_same_folder_is_refused(tmp_path: Path) -> None:
    with local_web(sites=["slow"]) as web:
        urls = [web.sites[0].front_url]
        with engine(urls, tmp_path, replace(FAST, delay_seconds=3.0)):
            wait_for(lambda: len(web.log) > 1)
            assert read_status(tmp_path).running
            with pytest.raises(UsageError, match="another process is crawling into"):
                crawl(urls, tmp_path)
    assert not read_status(tmp_path).running


def test_a_crawl_that_breaks_off_says_why(tmp_path: Path) -> None:
    (tmp_path / "crawl.sqlite").write_bytes(b"this is no database" * 100)
    with pytest.raises(GovreportError, match="cannot be used as the state of a crawl"):
        crawl("http://127.0.0.1:9/", tmp_path)


def wait_for(what: Callable[[], bool], seconds: float = 30.0) -> None:
    end = time.monotonic() + seconds
    while not what():
        assert time.monotonic() < end, "it did not come"
        time.sleep(0.02)

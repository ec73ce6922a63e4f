"""The local web of invented sites: its truth, its ways, its traps and its log."""

from __future__ import annotations

import asyncio
import gzip
import http.client
import io
import json
import os
import random
import re
import signal
import socket
import subprocess
import sys
import threading
import time
import warnings
import zipfile
import zlib
from collections.abc import Iterator, Mapping
from functools import partial
from html.parser import HTMLParser
from pathlib import Path
from typing import NamedTuple
from urllib.parse import quote, urldefrag, urlencode, urljoin, urlsplit

import pytest

import govreport as gr
from govreport.errors import GovreportError, UsageError
from govreport.fetch.challenge import find_mark
from govreport.fetch.robots import parse_robots
from govreport.forms import read_csv
from govreport.model import Origin, Page
from govreport.synthetic.sites import (
    OUTSIDE,
    STYLES,
    Hit,
    LocalWeb,
    Target,
    Trouble,
    figures_of,
    local_web,
    read_log,
    read_ports,
)
from govreport.synthetic.sites.plan import make_plans
from govreport.synthetic.sites.styles import style_row

QUICK = Trouble(slow_seconds=0.05, drip_seconds=0.002, silent_seconds=0.3, big_bytes=3_000_000)
AGENT = "test-agent/1.0"
NO_REPORTS = {"robots_down", "challenge", "shell"}
PROXY = "/module/web/jpage/dataproxy.jsp"


class Answer(NamedTuple):
    status: int
    headers: dict[str, str]
    body: bytes


def ask(url: str, *, method: str = "GET", form: Mapping[str, str] | None = None, **headers: str) -> Answer:
    """One request, nothing followed, nothing unpacked."""
    parts = urlsplit(url)
    connection = http.client.HTTPConnection(str(parts.hostname), parts.port, timeout=10)
    sent = {"User-Agent": AGENT, **{name.replace("_", "-"): value for name, value in headers.items()}}
    if form is not None:
        sent["Content-Type"] = "application/x-www-form-urlencoded"
    target = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    try:
        connection.request(method, target, body=urlencode(form) if form is not None else None, headers=sent)
        answer = connection.getresponse()
        return Answer(answer.status, {k.lower(): v for k, v in answer.getheaders()}, answer.read())
    finally:
        connection.close()


def ask_patiently(url: str) -> Answer:
    """What a good crawler does: tries again after trouble, waits when told to, passes a first check."""
    for _ in range(6):
        try:
            answer = ask(url)
        except (OSError, http.client.HTTPException):
            continue
        if answer.status in (429, 500, 503):
            time.sleep(1.05 if "retry-after" in answer.headers else 0)
            continue
        try:
            body = gzip.decompress(answer.body) if answer.headers.get("content-encoding") == "gzip" else answer.body
        except EOFError:
            continue
        if (answer.status == 200 and not (mark := find_mark(body))) or mark.kind != "check":
            return answer._replace(body=body)
    raise AssertionError(f"{url} never answered")


@pytest.fixture(scope="module")
def web() -> Iterator[LocalWeb]:
    with local_web(trouble=QUICK) as running:
        yield running


def trap(web: LocalWeb, site: str, kind: str) -> str:
    return next(one.url for one in web.site(site).traps if one.kind == kind)


def target_at(web: LocalWeb, url: str) -> Target:
    return next(one for one in web.truth if one.url == url)


# --- truth


@pytest.mark.parametrize("style", [style for style in STYLES if style not in NO_REPORTS])
def test_every_address_of_the_truth_has_its_report(web: LocalWeb, style: str) -> None:
    found = [target for target in web.truth if target.site == style]
    assert len(found) >= 6
    assert len({target.agency for target in found}) >= 3 or style == "robots"
    assert len({target.year for target in found}) >= 2
    assert [target.url for target in found] == list(web.site(style).report_urls)
    for target in (target for target in found if target.kind == "report"):
        answer = ask_patiently(target.url)
        origin = Origin(url=target.url, content_type=answer.headers["content-type"])
        report = gr.parse_report(gr.read_document(Page(answer.body, origin)))
        assert report.values == target.values, target.url
        seen = (report.agency, report.year, report.edition, report.title, report.published)
        assert seen == (target.agency, target.year, target.edition, target.title, target.published)


def test_three_sites_have_no_report_that_may_be_had(web: LocalWeb) -> None:
    assert {site.name for site in web.sites if not site.report_urls} == NO_REPORTS
    assert len(web.truth) == sum(len(site.report_urls) for site in web.sites) > 250
    assert len({target.url for target in web.truth}) == len(web.truth)
    assert {target.edition for target in web.truth} == {"2019", "2021"}


def test_figures_follow_from_their_key() -> None:
    assert figures_of("7/trs/slj/2022") == figures_of("7/trs/slj/2022") != figures_of("8/trs/slj/2022")
    assert len(figures_of("7/gbk/zf/2019")) == 198
    for key in ("7/trs/slj", "7/trs/slj/2004"):
        with pytest.raises(UsageError, match=r"year|2004"):
            figures_of(key)


def test_attached_files_are_real_and_hold_the_figures(web: LocalWeb) -> None:
    attached = [target for target in web.truth if target.site == "attachments" and target.kind == "attachment"]
    files = {target.file: target for target in attached}
    assert set(files) == {"docx", "pdf", "xlsx", "xls"}
    texts = {}
    for kind, target in files.items():
        answer = ask(target.url)
        assert "attachment" in answer.headers["content-disposition"]
        if kind in ("docx", "xlsx"):
            with zipfile.ZipFile(io.BytesIO(answer.body)) as archive:
                assert archive.testzip() is None
                member = "word/document.xml" if kind == "docx" else "xl/worksheets/sheet1.xml"
                texts[kind] = archive.read(member).decode()
        else:
            texts[kind] = answer.body.decode("utf-8", "replace")
    numbers = [str(value) for cell, value in files["docx"].values.items() if cell.startswith("litigation.")]
    assert re.findall(r"<w:t [^>]*>(\d+)</w:t>", texts["docx"])[-15:] == numbers
    assert texts["docx"].count("<w:tbl>") == 3
    numbers = [str(value) for cell, value in files["xlsx"].values.items() if cell.startswith("litigation.")]
    assert re.findall(r"<t>(\d+)</t>", texts["xlsx"])[-15:] == numbers
    report = gr.parse_report(gr.read_document(texts["xls"].encode()))
    assert report.values == files["xls"].values
    assert texts["pdf"].startswith("%PDF-1.4")
    assert files["pdf"].agency.encode("utf-16-be").hex() in texts["pdf"]
    at = int(texts["pdf"].split("startxref\n")[1].split("\n")[0])
    assert ask(files["pdf"].url).body[at:].startswith(b"xref\n0 ")


@pytest.mark.parametrize("kind", ["docx", "pdf", "xlsx"])
def test_attached_files_give_their_figures_to_the_readers(web: LocalWeb, kind: str) -> None:
    pytest.importorskip({"docx": "lxml", "pdf": "pypdfium2_raw", "xlsx": "python_calamine"}[kind])
    for target in (target for target in web.truth if target.file == kind):
        report = gr.parse_report(gr.read_document(ask(target.url).body))
        assert report.values == target.values
        assert (report.agency, report.year, report.edition) == (target.agency, target.year, target.edition)


def test_an_excel_file_opens(web: LocalWeb) -> None:
    openpyxl = pytest.importorskip("openpyxl")
    target = next(one for one in web.truth if one.file == "xlsx")
    book = openpyxl.load_workbook(io.BytesIO(ask(target.url).body))
    assert "虚构样例" in book.active["A1"].value
    assert book.active["A3"].value == target.title
    assert len(book.active.merged_cells.ranges) > 20


# --- ways to the truth


class Links(HTMLParser):
    """Addresses on a page, its base, and the options of its boxes."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.links: list[str] = []
        self.options: list[str] = []
        self.base = ""
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        found = {name: value or "" for name, value in attrs}
        if tag == "a" and "href" in found:
            self.links.append(found["href"])
        elif tag == "base":
            self.base = found["href"]
        elif tag == "option":
            self.options.append(found["value"])


def plain(url: str) -> str:
    """Percent-encoded, without fragment and session number."""
    url = re.sub(r";jsessionid=\w+|&PHPSESSID=\w+", "", urldefrag(url)[0])
    return quote(url, safe="/?&=;%:@!$'()*+,-._~[]")


def next_addresses(url: str, text: str) -> Iterator[str]:
    """Addresses that a page leads to: links, further pages by script, options, sitemaps, the list interface."""
    page = Links(text)
    base = urljoin(url, page.base)
    records = "".join(re.findall(r"<!\[CDATA\[(.*?)\]\]>", text))
    for href in [*page.links, *Links(records).links, *re.findall(r"<loc>(.*?)</loc>", text)]:
        yield urljoin(base, href)
    if paged := re.search(r'createPageHTML\((\d+), \d+, "index", "html"\)', text):
        yield from (urljoin(url, f"index_{n}.html") for n in range(1, int(paged[1])))
    for year in page.options:
        yield re.sub(r"fbtime=\d+", f"fbtime={year}", url)
    if params := re.search(r"ajaxParam: ({.*?}) \}", text):
        total = int(re.search(r"totalRecord: (\d+)", text)[1])  # type: ignore[index]
        for start in range(1, total + 1, 15):
            query = f"?startrecord={start}&endrecord={start + 14}&perpage=5"
            found = ask(urljoin(url, PROXY + query), method="POST", form=json.loads(params[1])).body.decode()
            records = "".join(re.findall(r"<!\[CDATA\[(.*?)\]\]>", found))
            yield from (urljoin(url, href) for href in Links(records).links)


def readable(answer: Answer) -> str:
    body = answer.body
    if body[:2] == b"\x1f\x8b":
        body = gzip.decompress(body)
    try:
        return body.decode()
    except UnicodeDecodeError:
        return body.decode("gb18030", "replace")


def walk(web: LocalWeb, style: str) -> set[str]:
    """Every address of a site that a walker finds from its front page and robots.txt, without leaving the host."""
    site = web.site(style)
    robots = ask(urljoin(site.front_url, "/robots.txt"))
    maps = re.findall(r"Sitemap: (\S+)", robots.body.decode()) if robots.status == 200 else []
    waiting, met, reached = [site.front_url, *maps], {site.front_url}, set()
    while waiting:
        url = waiting.pop()
        try:
            answer = ask_patiently(url) if style in ("flaky", "busy", "challenge_first") else ask(url)
        except (AssertionError, http.client.HTTPException, OSError):
            continue
        reached.add(plain(url))
        leads = [answer.headers["location"]] if "location" in answer.headers else next_addresses(url, readable(answer))
        for lead in (plain(urljoin(url, lead)) for lead in leads):
            inside = urlsplit(lead).netloc == urlsplit(site.front_url).netloc and lead.startswith("http:")
            if inside and lead not in met and not re.search(r"/rili|/hop/|/lost/|/big/", lead):
                met.add(lead)
                waiting.append(lead)
    return reached


@pytest.mark.parametrize("style", STYLES)
def test_everything_is_found_from_the_front_page(web: LocalWeb, style: str) -> None:
    site = web.site(style)
    before = len(web.hits(OUTSIDE))
    reached = walk(web, style)
    if style == "challenge":
        assert reached == {site.front_url}
        return
    wanted = {*site.report_urls, *site.list_urls, *site.forbidden_urls}
    assert not wanted - reached
    assert len(web.hits(OUTSIDE)) == before


def test_links_alone_do_not_show_what_an_interface_or_a_sitemap_holds(web: LocalWeb) -> None:
    column = next(url for url in web.site("hanweb").list_urls if "/col/" in url)
    assert not [href for href in Links(ask(column).body.decode()).links if "/art/" in href]
    folders = {site: ask(web.site(site).list_urls[0]).body.decode() for site in ("sitemap", "trs")}
    assert "年报" not in folders["sitemap"]
    assert "政府信息公开年报" in folders["trs"]


def test_the_list_interface_answers_like_hanweb(web: LocalWeb) -> None:
    url = urljoin(web.site("hanweb").front_url, PROXY)
    form = {"col": "1", "appid": "1", "webid": "3096", "path": "/", "columnid": "1229214366", "unitid": "5586512"}
    for query, first, count in (
        ("?startrecord=1&endrecord=4&perpage=4", 0, 4),
        ("?startrecord=6&endrecord=10&perpage=5", 5, 5),
        ("?startrecord=1&endrecord=900&perpage=5", 0, 15),  # three pages at most
        ("?page=4&perpage=5", 15, 5),  # the last page: one report and four others
    ):
        answer = ask(url + query, method="POST", form=form)
        assert answer.headers["content-type"].startswith("text/xml")
        text = answer.body.decode()
        assert text.count("<record>") == count
        assert "<totalrecord>20</totalrecord><totalpage>4</totalpage>" in text
        dates = re.findall(r"<span>([\d-]+)</span>", text)
        assert len(dates) == count
        assert re.search(r'href="([^"]+)', text)[1] == urlsplit(web.site("hanweb").report_urls[first]).path  # type: ignore[index]
    for change in ({"columnid": "1"}, {"webid": "1"}, {"unitid": ""}):
        text = ask(url, method="POST", form={**form, **change}).body.decode()
        assert "<recordset></recordset><totalrecord>0</totalrecord>" in text
    inline = ask(web.site("hanweb_inline").list_urls[-1]).body.decode()
    following = re.search(r'nextgroup><!\[CDATA\[<a href="([^"]+)', inline)[1]  # type: ignore[index]
    text = ask(urljoin(web.site("hanweb_inline").front_url, following)).body.decode()
    assert text.count("<record>") == inline.count("<record>") == 5
    assert not set(re.findall('/art/[^"]+', text)) & set(re.findall('/art/[^"]+', inline))


def test_column_pages_are_what_find_reports_reads(web: LocalWeb) -> None:
    lists = (("trs", 2, 4), ("guangdong", 3, 5), ("longsun", 5, 4), ("gbk", 1, 6), ("hanweb_inline", -1, 5))
    for style, which, count in lists:
        url = web.site(style).list_urls[which]
        answer = ask(url)
        links = gr.find_reports(Page(answer.body, Origin(url=url, content_type=answer.headers["content-type"])))
        assert len(links) == count, (style, url)
        for link in links:
            target = target_at(web, plain(link.url))
            assert (link.year, link.published) == (target.year, target.published)


def test_units_and_years_can_be_asked_in_either_order(web: LocalWeb) -> None:
    url = next(url for url in web.site("hanweb_units").report_urls if "fbtime" in url)
    area, year = re.search(r"area=(\d+)&fbtime=(\d+)", url).groups()  # type: ignore[union-attr]
    assert ask(re.sub(r"\?.*", f"?fbtime={year}&area={area}", url)).body == ask(url).body
    assert "暂无数据" in ask(trap(web, "hanweb_units", "no_data")).body.decode()


# --- what pages look like


def test_every_page_says_that_it_is_invented(web: LocalWeb) -> None:
    packed = (".docx", ".xlsx", ".pdf", ".gz", "filename")
    for site in web.sites:
        if site.name in ("flaky", "busy", "robots_down"):
            continue  # first answers of these are errors, looked at below
        for url in (site.front_url, *site.list_urls, *site.report_urls, urljoin(site.front_url, "/no/such/page.html")):
            if not any(sign in url for sign in packed):
                text = readable(ask(url, Accept_Encoding="identity"))
                assert "虚构样例" in text, url
                assert re.search("Invented sample", text, re.IGNORECASE), url


def test_pages_have_the_furniture_of_government_sites(web: LocalWeb) -> None:
    text = ask(web.site("trs").report_urls[0]).body.decode()
    target = web.truth[0]
    meta = dict(re.findall('<meta name="(\\w+)" content="([^"]*)">', text))
    assert meta["ArticleTitle"] == target.title
    assert meta["PubDate"] == f"{target.published} 09:30"
    assert meta["ContentSource"] == target.agency
    assert {"SiteName", "SiteDomain", "SiteIDCode", "ColumnName", "ColumnType", "Description"} <= set(meta)
    assert "当前位置：" in text
    assert "备案号 00000000（虚构）" in text
    turned = ask(web.site("hanweb").report_urls[0]).body.decode()
    assert '" name="ArticleTitle">' in turned
    old = ask(web.site("gbk").report_urls[0])
    assert old.headers["content-type"] == "text/html"
    assert b"<TABLE" in old.body
    assert not re.search(b"<(table|td|a|div)\\b", old.body)
    assert "水利局" in ask(web.site("gbk").report_urls[1]).body.decode("gb18030")
    with pytest.raises(UnicodeDecodeError):
        old.body.decode()


def test_no_page_links_to_a_page_that_is_not_there(web: LocalWeb) -> None:
    reports = {target.site: target.url for target in web.truth if target.kind == "report"}
    for name in reports.keys() - {"flaky", "busy", "slow", "errors"}:
        for url in (web.site(name).front_url, *web.site(name).list_urls, reports[name]):
            text = "" if ".xml" in url else readable(ask(url))
            trail = re.search("当前位置(.*)", text)
            for href in Links(trail[1] if trail else "").links:
                assert ask(urljoin(url, href)).status == 200, (url, href)


def test_the_same_seed_gives_the_same_pages() -> None:
    def everything(seed: int) -> dict[str, bytes]:
        with local_web(seed, ["trs", "gbk", "attachments", "sessions", "tree"]) as one:
            hosts = [urlsplit(url).netloc for url in (one.outside_url, *(site.front_url for site in one.sites))]
            pages = {}
            for site in one.sites:
                for url in (site.front_url, *site.list_urls, *site.report_urls):
                    answer = ask(url)
                    body = answer.body + str(sorted(answer.headers.items())).encode()
                    for host in hosts:
                        body = body.replace(host.encode(), b"HOST")
                    pages[url.replace(site.front_url, f"{site.name}/")] = body
            return pages

    first, again, other = everything(7), everything(7), everything(8)
    assert first == again
    assert not set(first.values()) & {body for path, body in other.items() if "/20" in path and path.endswith(".html")}


def test_plans_are_many_and_differ() -> None:
    for style in STYLES:
        plans = make_plans(style_row(style), 7)
        bodies, years = {plan.body for plan in plans}, {plan.year for plan in plans}
        assert 3 <= len(bodies) <= 6
        assert 2 <= len(years) <= 4
        assert len(plans) == len(bodies) * len(years) == len({plan.number for plan in plans})
        assert all(plan.body.agency.endswith("（合成）") for plan in plans)


def test_the_tables_of_the_web_agree_with_its_code(web: LocalWeb) -> None:
    assert tuple(row["style"] for row in read_csv("sites_styles")) == STYLES
    assert all(row["says_zh"] and row["says_en"] for row in read_csv("sites_styles"))
    used = {one.kind for site in web.sites for one in site.traps}
    assert {row["kind"] for row in read_csv("sites_traps")} == used
    assert all(one.says for site in web.sites for one in site.traps)


# --- traps


def test_robots_closes_a_part(web: LocalWeb) -> None:
    site = web.site("robots")
    rules = parse_robots(ask(urljoin(site.front_url, "/robots.txt")).body.decode(), AGENT)
    assert rules.delay == QUICK.crawl_delay == 0.5
    assert len(site.forbidden_urls) == 6
    assert not any(rules.allow(url.removeprefix(site.front_url[:-1])) for url in site.forbidden_urls)
    assert all(rules.allow(url.removeprefix(site.front_url[:-1])) for url in (*site.report_urls, *site.list_urls))
    assert any("/neibu/gongkai/" in url for url in site.report_urls)
    down = web.site("robots_down")
    assert ask(urljoin(down.front_url, "/robots.txt")).status == 503
    assert {ask(url).status for url in down.forbidden_urls} == {200}
    assert down.front_url in down.forbidden_urls


def test_the_flaky_host_fails_first() -> None:
    with local_web(sites=["flaky"]) as web:
        good = {one.kind: one.url for one in web.site("flaky").traps if one.kind.startswith("first_")}
        assert len(good) == 7
        assert set(good.values()) < set(web.site("flaky").report_urls)
        assert [ask(good["first_500"]).status for _ in range(3)] == [500, 500, 200]
        assert [ask(good["first_503"]).status for _ in range(2)] == [503, 200]
        with pytest.raises((ConnectionResetError, http.client.RemoteDisconnected)):
            ask(good["first_reset"])
        with pytest.raises((ConnectionResetError, http.client.IncompleteRead)):
            ask(good["first_broken"])
        for kind in ("first_short", "first_cut_chunked"):
            with pytest.raises(http.client.IncompleteRead):
                ask(good[kind])
        packed = ask(good["first_cut_gzip"])
        assert packed.headers["content-encoding"] == "gzip"
        assert int(packed.headers["content-length"]) == len(packed.body)
        with pytest.raises(EOFError):
            gzip.decompress(packed.body)
        assert all(ask(url).body.rstrip().endswith(b"</html>") for url in good.values())
        failed = [hit for hit in web.log if not hit.whole]
        order = ("first_reset", "first_broken", "first_short", "first_cut_chunked", "first_cut_gzip")
        assert [hit.path for hit in failed] == [urlsplit(good[kind]).path for kind in order]


def test_some_addresses_never_answer_rightly(web: LocalWeb) -> None:
    lost = {one.kind: one.url for one in web.site("flaky").traps if not one.kind.startswith("first_")}
    assert not set(lost.values()) & set(web.site("flaky").report_urls)
    for _ in range(4):
        assert ask(lost["always_500"]).status == 500
        with pytest.raises(http.client.IncompleteRead):
            ask(lost["always_short"])
        with pytest.raises((ConnectionResetError, http.client.RemoteDisconnected)):
            ask(lost["always_reset"])
        cut = ask(lost["length_too_small"])
        assert (cut.status, len(cut.body), b"</html>" in cut.body) == (200, 3000, False)


def test_the_slow_host_takes_its_time(web: LocalWeb) -> None:
    def seconds(url: str) -> float:
        start = time.monotonic()
        ask(url)
        return time.monotonic() - start

    assert 0.05 <= seconds(trap(web, "slow", "slow")) < 1
    assert 0.05 + 39 * 0.002 <= seconds(trap(web, "slow", "trickle")) < 5
    start = time.monotonic()
    with pytest.raises((ConnectionResetError, http.client.RemoteDisconnected)):
        ask(trap(web, "slow", "silent"))
    assert time.monotonic() - start >= 0.3


def follow(url: str, most: int = 12) -> list[str]:
    """Addresses that redirects lead through, the first and the last among them; hosts other than the first end it."""
    met = [url]
    while len(met) < most and urlsplit(met[-1]).netloc == urlsplit(url).netloc:
        answer = ask(met[-1])
        if "location" not in answer.headers:
            break
        assert answer.status in (301, 302, 307, 308)
        met.append(urljoin(met[-1], answer.headers["location"]))
    return met


def test_redirects_lead_where_they_say(web: LocalWeb) -> None:
    at = partial(trap, web, "redirects")
    chains = [one.url for one in web.site("redirects").traps if one.kind == "redirect_chain"]
    lengths = [len(follow(url)) for url in chains]
    assert sorted(set(lengths)) == [3, 4, 5]
    assert all(follow(url)[-1] in web.site("redirects").report_urls for url in chains)
    assert len(set(follow(at("redirect_loop")))) == 2
    assert len(set(follow(at("redirect_self")))) == 1
    assert len(set(follow(at("redirect_endless")))) == 12
    kinds = ("outside_redirect", "outside_name", "link_local", "private", "local_file", "https_swap")
    ends = {kind: ask(at(kind)).headers["location"] for kind in kinds}
    assert ends["outside_redirect"].startswith(web.outside_url)
    assert urlsplit(ends["outside_name"]).hostname == "localhost"
    assert ends["link_local"].startswith("http://169.254.169.254/")
    assert ends["private"].startswith("http://10.0.0.1/")
    assert ends["local_file"].startswith("file:///")
    assert ends["https_swap"].startswith("https://127.0.0.1:")


def test_a_request_to_the_outside_host_is_seen() -> None:
    with local_web(sites=["redirects"]) as web:
        ask(follow(trap(web, "redirects", "outside_redirect"))[-1])
        assert [(hit.site, hit.path) for hit in web.hits(OUTSIDE)] == [(OUTSIDE, "/report.html")]
        assert OUTSIDE not in {site.name for site in web.sites}


def test_base_tags_point_elsewhere(web: LocalWeb) -> None:
    inside, away = (Links(ask(trap(web, "base", kind)).body.decode()) for kind in ("base_folder", "base_elsewhere"))
    front = web.site("base").front_url
    relative = [href for href in inside.links if not href.startswith(("/", "http"))]
    assert {urljoin(urljoin(front, inside.base), href) for href in relative} < set(web.site("base").report_urls)
    assert away.base.startswith(web.outside_url)
    relative = [href for href in away.links if not href.startswith(("/", "http"))]
    assert len(relative) == 8
    absolute = {href for href in away.links if href.startswith(front)}
    assert len(absolute & set(web.site("base").report_urls)) == 8


def test_calendars_and_folders_have_no_end(web: LocalWeb) -> None:
    url, met = trap(web, "calendar", "endless_calendar"), set()
    for _ in range(30):
        met.add(url)
        url = urljoin(url, [href for href in Links(ask(url).body.decode()).links if "month=" in href][1])
    assert len(met) == 30
    url = trap(web, "calendar", "endless_folders")
    for depth in range(2, 8):
        url = urljoin(url, next(href for href in Links(ask(url).body.decode()).links if href.startswith("zwgk/")))
        assert url.count("/zwgk") == depth + 1


def test_session_numbers_change_and_do_not_matter(web: LocalWeb) -> None:
    for kind, sign in ((".jsp", ";jsessionid="), (".php", "PHPSESSID=")):
        listed = next(one.url for one in web.site("sessions").traps if one.url.endswith(kind))
        first, second = ask(listed), ask(listed)
        assert sign.strip(";=").upper() in first.headers["set-cookie"].upper()
        shown = [{href for href in Links(one.body.decode()).links if sign in href} for one in (first, second)]
        assert len(shown[0]) == len(shown[1]) == 4
        assert not shown[0] & shown[1]
        href = sorted(shown[0])[0]
        assert plain(urljoin(listed, href)) in web.site("sessions").report_urls
        assert ask(urljoin(listed, href)).body == ask(plain(urljoin(listed, href))).body


def test_the_busy_host_asks_to_wait() -> None:
    with local_web(sites=["busy"]) as web:
        for kind, status in (("busy", 429), ("busy_date", 429), ("busy_503", 503)):
            url = trap(web, "busy", kind)
            assert url in web.site("busy").report_urls
            first = ask(url)
            assert first.status == ask(url).status == status
            wait = first.headers["retry-after"]
            assert wait.isdecimal() if kind != "busy_date" else wait.endswith("GMT")
            assert 1 <= int(wait) <= 2 if wait.isdecimal() else True
        time.sleep(1.05)
        assert {ask(trap(web, "busy", kind)).status for kind in ("busy", "busy_date", "busy_503")} == {200}


def test_challenges_shells_and_error_pages_are_told_from_pages(web: LocalWeb) -> None:
    for one in web.site("challenge").traps:
        for _ in range(3):
            answer = ask(one.url)
            mark = find_mark(answer.body)
            assert answer.status == 200
            assert mark is not None
            assert mark.kind == "check"
    for kind in ("error_200", "soft_404"):
        answer = ask(trap(web, "errors", kind))
        mark = find_mark(answer.body)
        assert answer.status == 200
        assert mark is not None
        assert mark.kind == "error"
    assert ask(trap(web, "errors", "dead_404")).status == 404
    assert ask(trap(web, "errors", "dead_410")).status == 410
    shells = {ask(urljoin(web.site("shell").front_url, path)).body for path in ("/", "/a", "/zwgk/nb/index.html")}
    assert len(shells) == 1
    assert b'<div id="app"></div>' in shells.pop()


def test_a_first_challenge_is_passed_by_trying_again_or_by_its_cookie() -> None:
    with local_web(sites=["challenge_first"]) as web:
        one, two, *_ = web.site("challenge_first").report_urls
        first = ask(one)
        assert find_mark(first.body) is not None
        assert find_mark(ask(one).body) is None
        cookie = first.headers["set-cookie"].partition(";")[0]
        assert find_mark(ask(two, Cookie=cookie).body) is None
        assert ask(urljoin(one, "/robots.txt")).status == 404


def test_copies_are_the_same_report(web: LocalWeb) -> None:
    copies = [target for target in web.truth if target.copy_of]
    assert {target.site for target in copies} == {"copies", "mirror", "hanweb_units", "attachments"}
    urls = {target.url: target for target in web.truth}
    for target in copies:
        original = urls[target.copy_of]
        assert (original.figures, original.title) == (target.figures, target.title)
    for kind in ("print_version", "gateway"):
        url = trap(web, "copies", kind)
        report = gr.parse_report(gr.read_document(ask(url).body))
        assert report.values == web.truth[[t.site for t in web.truth].index("copies")].values
    assert "/gate/big5/127.0.0.1:" in trap(web, "copies", "gateway")
    assert "資訊公開" in ask(trap(web, "copies", "gateway")).body.decode()
    mirrored = next(target for target in copies if target.site == "mirror")
    texts = [re.sub("<[^>]*>", "", ask(url).body.decode()) for url in (mirrored.url, mirrored.copy_of)]
    assert len(texts[0]) < len(texts[1])


def test_ways_of_sending(web: LocalWeb) -> None:
    at = partial(trap, web, "transfer")
    plain_body = ask(at("gzip")).body
    assert plain_body.startswith(b"<!DOCTYPE html>")
    assert gzip.decompress(ask(at("gzip"), Accept_Encoding="br, gzip;q=0.5").body) == plain_body
    deflated = ask(at("deflate"), Accept_Encoding="deflate")
    assert deflated.headers["content-encoding"] == "deflate"
    assert zlib.decompress(deflated.body) == ask(at("deflate")).body
    assert gzip.decompress(ask(at("gzip_unasked"), Accept_Encoding="identity").body).startswith(b"<!DOCTYPE")
    chunked = ask(at("chunked"))
    assert chunked.headers["transfer-encoding"] == "chunked"
    assert chunked.body.rstrip().endswith(b"</html>")
    both = ask(at("chunked_gzip"), Accept_Encoding="gzip")
    assert (both.headers["transfer-encoding"], both.headers["content-encoding"]) == ("chunked", "gzip")
    assert gzip.decompress(both.body).rstrip().endswith(b"</html>")
    whole = ask(at("validators"))
    for asked in ({"If_None_Match": whole.headers["etag"]}, {"If_Modified_Since": whole.headers["last-modified"]}):
        again = ask(at("validators"), **asked)
        assert (again.status, again.body, again.headers["etag"]) == (304, b"", whole.headers["etag"])
    assert ask(at("validators"), If_None_Match='"other"').status == 200
    assert ask(at("last_modified"), If_Modified_Since=whole.headers["last-modified"]).status == 304
    assert "etag" not in ask(at("last_modified")).headers


def test_bodies_over_the_limit(web: LocalWeb) -> None:
    at = partial(trap, web, "oversize")
    big = ask(at("too_large"))
    assert 3_000_000 <= len(big.body) == int(big.headers["content-length"])
    chunked = ask(at("too_large_chunked"))
    assert "content-length" not in chunked.headers
    assert len(chunked.body) == len(big.body)
    bomb = ask(at("gzip_bomb"))
    assert len(bomb.body) < 20_000
    assert len(gzip.decompress(bomb.body)) > 3_000_000


def test_the_old_protocol(web: LocalWeb) -> None:
    parts = urlsplit(web.site("http10").front_url)
    connection = http.client.HTTPConnection(str(parts.hostname), parts.port, timeout=5)
    connection.request("GET", "/")
    answer = connection.getresponse()
    assert answer.version == 10
    assert answer.getheader("content-length") is None
    assert answer.read().rstrip().endswith(b"</html>")
    connection.close()


def test_methods_and_nonsense(web: LocalWeb) -> None:
    url = web.site("trs").front_url
    head = ask(url, method="HEAD")
    assert (head.status, head.body) == (200, b"")
    assert int(head.headers["content-length"]) == len(ask(url).body)
    assert ask(url, method="DELETE").status == 405
    assert ask(urljoin(url, "/nothing.html")).status == 404
    before = len(web.log)

    async def speak(words: bytes) -> bytes:
        reader, writer = await asyncio.open_connection(urlsplit(url).hostname, urlsplit(url).port)
        writer.write(words)
        writer.write_eof()
        said = await reader.read()
        writer.close()
        await writer.wait_closed()
        return said

    for words in (b"", b"GET /", b"\x16\x03\x01 hello\r\n\r\n", b"GET / HTTP/1.1\r\nContent-Length: x\r\n\r\n"):
        assert asyncio.run(speak(words)) == b""
    with socket.create_connection((str(urlsplit(url).hostname), urlsplit(url).port or 0), timeout=5) as client:
        client.sendall(b"\x16\x03\x01\x02\x00")  # how TLS begins: closed at once, not waited for
        assert client.recv(10) == b""
    assert len(web.log) == before
    assert ask(url).status == 200


# --- log, speed, closing


def test_the_log_is_complete_and_in_order() -> None:
    with local_web(sites=["trs", "tree"]) as web:
        urls = [*web.site("trs").report_urls, *web.site("tree").list_urls] * 2
        random.Random(3).shuffle(urls)
        for url in urls:
            ask(url, X_Note="hello")
        log = web.log
        assert [hit.path for hit in log] == [url.split("/", 3)[3].join(["/", ""]) for url in urls]
        assert [hit.site for hit in log] == ["trs" if "/xxgk/" in url else "tree" for url in urls]
        assert [hit.time for hit in log] == sorted(hit.time for hit in log)
        assert abs(log[-1].time - time.time()) < 5
        assert {(hit.method, hit.status, hit.agent, hit.headers["x-note"], hit.open, hit.whole) for hit in log} == {
            ("GET", 200, AGENT, "hello", 1, True)
        }
        assert len(web.hits("trs")) == 40


def test_the_log_tells_how_many_requests_were_open() -> None:
    with local_web(sites=["slow"], trouble=Trouble(slow_seconds=0.3)) as web:
        url = web.site("slow").front_url
        threads = [threading.Thread(target=ask, args=(url,)) for _ in range(3)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        ask(url)
        assert sorted(hit.open for hit in web.log) == [1, 1, 2, 3]
        assert web.log[-1].open == 1


def test_a_client_that_goes_away_is_no_longer_counted() -> None:
    with local_web(sites=["slow"], trouble=Trouble(slow_seconds=5)) as web:
        parts = urlsplit(web.site("slow").front_url)
        for _ in range(2):
            connection = http.client.HTTPConnection(str(parts.hostname), parts.port, timeout=0.1)
            connection.request("GET", "/")
            with pytest.raises(TimeoutError):
                connection.getresponse()
            connection.close()
            time.sleep(0.1)
        assert [hit.open for hit in web.log] == [1, 1]


def test_start_is_quick_and_pages_are_many() -> None:
    start = time.monotonic()
    with local_web() as web:
        assert time.monotonic() - start < 2
        parts = urlsplit(web.site("trs").front_url)
        connection = http.client.HTTPConnection(str(parts.hostname), parts.port)
        start, count = time.process_time(), 600
        for _ in range(count):
            connection.request("GET", "/news/dt1.html")
            connection.getresponse().read()
        # the time of the process and not of the clock, for the machine may be busy; it holds the client as well
        assert count / (time.process_time() - start) > 300
        connection.close()


def test_closing_leaves_nothing() -> None:
    threads = set(threading.enumerate())
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        with local_web(trouble=Trouble(slow_seconds=30)) as web:
            parts = urlsplit(web.site("slow").front_url)
            waiting = http.client.HTTPConnection(str(parts.hostname), parts.port, timeout=5)
            waiting.request("GET", "/")
            parts = urlsplit(web.site("oversize").traps[0].url)
            unread = http.client.HTTPConnection(str(parts.hostname), parts.port, timeout=5)
            unread.request("GET", parts.path)
            while len(web.log) < 2:
                time.sleep(0.01)
            start = time.monotonic()
        assert time.monotonic() - start < 2
        waiting.close()
        unread.close()
    assert set(threading.enumerate()) == threads
    for site in web.sites:
        with pytest.raises(OSError, match=r"refused|Errno"):
            ask(site.front_url)


def test_wrong_calls_are_named() -> None:
    with pytest.raises(UsageError, match=r"'trss'; there are trs, hanweb"), local_web(sites=["trss"]):
        pass
    with pytest.raises(UsageError, match="once"), local_web(sites=["trs", "trs"]):
        pass
    with local_web(sites=["trs"]) as web, pytest.raises(UsageError, match="no site 'gbk' runs here"):
        web.site("gbk")
    for wrong in ({"slow_seconds": -1}, {"retry_after": 0}, {"retry_after": 0.5}):
        with pytest.raises(UsageError, match=next(iter(wrong))):
            Trouble(**wrong)
    nowhere = Path("/no/such/folder")
    with pytest.raises(UsageError, match="choose another file"), local_web(sites=["trs"], log_file=nowhere):
        pass


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="needs all of 127.0.0.0/8")
def test_sites_on_addresses_of_their_own() -> None:
    with local_web(sites=["trs", "gbk"], own_hosts=True) as web:
        assert [urlsplit(site.front_url).hostname for site in web.sites] == ["127.0.1.1", "127.0.1.2"]
        assert urlsplit(web.outside_url).hostname == "127.0.1.3"
        assert {ask(site.front_url).status for site in web.sites} == {200}


def test_importing_the_web_is_light() -> None:
    script = "import govreport.synthetic.sites, sys; print({'pandas', 'numpy', 'httpx', 'scrapy'} & set(sys.modules))"
    run = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert run.stdout.strip() == "set()"


# --- as a process


def test_a_process_of_its_own(tmp_path: Path) -> None:
    ports, log = tmp_path / "ports.json", tmp_path / "hits.jsonl"
    command = [sys.executable, "-W", "error", "-m", "govreport.synthetic.sites", "--port-file", str(ports)]
    command += ["--log", str(log), "--sites", "trs,slow", "--seed", "11", "--slow-seconds", "0.01"]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    try:
        until = time.monotonic() + 30
        while not ports.exists() and time.monotonic() < until:
            time.sleep(0.02)
        known = read_ports(ports)
        assert (known.pid, known.seed, [site.name for site in known.sites]) == (process.pid, 11, ["trs", "slow"])
        urls = [target.url for target in known.truth]
        assert urls == [url for site in known.sites for url in site.report_urls]
        for number, url in enumerate(urls, start=1):
            assert ask(url).status == 200
            assert len(read_log(log)) == number  # written before the answer is
        target = known.truth[3]
        assert gr.parse_report(gr.read_document(ask(target.url).body)).values == target.values
        assert target.figures.startswith("11/trs/")
        assert known.sites[1].traps[0].kind == "trickle"
        hits = read_log(log)
        assert isinstance(hits[0], Hit)
        assert [hit.path for hit in hits[:-1]] == [urlsplit(url).path for url in urls]
    finally:
        os.kill(process.pid, signal.SIGTERM)
        out, errors = process.communicate(timeout=20)
    assert (process.returncode, out, errors) == (0, "", "")


def test_files_of_the_process_that_are_not_there(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="wait until the web has started"):
        read_ports(tmp_path / "none.json")
    (tmp_path / "other.json").write_text("[]", encoding="utf-8")
    with pytest.raises(GovreportError, match="no port file"):
        read_ports(tmp_path / "other.json")
    with pytest.raises(UsageError, match="no log"):
        read_log(tmp_path / "none.jsonl")
    (tmp_path / "log.jsonl").write_text('{"half', encoding="utf-8")
    assert read_log(tmp_path / "log.jsonl") == []
    wrong = [sys.executable, "-m", "govreport.synthetic.sites", "--port-file", str(tmp_path / "p"), "--sites", "none"]
    run = subprocess.run(wrong, capture_output=True, text=True, check=False)
    assert run.returncode == 2
    assert "no site has the style 'none'" in run.stdout + run.stderr

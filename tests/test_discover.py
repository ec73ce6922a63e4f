"""discover: what a page is, and pages that mean harm. All pages here are invented."""

from __future__ import annotations

import gzip
import random
import time

import pytest
from discovering import COLUMN, FILLER, HEADINGS, SITE, TITLE, column, leads, links, look
from hypothesis import given
from hypothesis import strategies as st

from govreport.crawl.discover import Lead, look_at
from govreport.crawl.leads import MAX_LEADS
from govreport.errors import UsageError
from govreport.fetch.addresses import normal_url
from govreport.synthetic import LAYOUTS, invent, render

# What a page is


@pytest.mark.parametrize("layout", [name for name in LAYOUTS if LAYOUTS[name].family.startswith("html")])
def test_reports_in_every_layout(layout: str) -> None:
    content = render(invent("2021", random.Random(layout), 12), "2021", layout, agency="某县水利局", year=2023)
    assert look(content, f"{SITE}/x/1.html").kind == "report"


def test_a_report_without_its_title() -> None:
    text = HEADINGS + "<p>五、存在的主要问题及改进情况</p>" + FILLER
    found = look(f"<title>某县人民政府（测试）</title>{text}", f"{SITE}/x/1.html")
    assert (found.kind, found.reason) == ("report", "4 headings and labels of a report, without its title")
    assert look(f"<title>政府信息公开指南</title>{text}", f"{SITE}/x/1.html").kind == "other"


def test_a_report_leads_to_its_neighbours() -> None:
    near = links(("2.html", "某县水利局2023年政府信息公开工作年度报告"), ("/zfxxgknb/", "政府信息公开年报"))
    found = look(f"<title>{TITLE}</title>{HEADINGS}{FILLER}{near}", f"{SITE}/x/1.html")
    assert (found.kind, leads(found)) == ("report", [("report", "/x/2.html"), ("list", "/zfxxgknb/")])


def test_a_report_whose_tables_are_pictures() -> None:
    html = f"<h1>{TITLE}</h1><p>{'此处文字为测试而编。' * 12}</p><img src='1.jpg'><img src='2.jpg'>"
    found = look(html, f"{SITE}/x/1.html")
    assert (found.kind, found.reason.rpartition(", ")[2]) == ("report", "with little text: its tables may be pictures")


@pytest.mark.parametrize(
    ("title", "reason"),
    [
        ("关于编制2023年政府信息公开工作年度报告的通知", "titled as notices about the reports"),
        ("某县政府信息公开指南", "titled as guides"),
        ("政府信息公开工作年度报告格式", "titled as empty forms"),
        ("某县2023年政府网站工作年度报表", "titled as annual returns of government websites"),
        ("《某县2023年政府信息公开工作年度报告》解读", "titled as explanations of reports"),
    ],
)
def test_other_documents(title: str, reason: str) -> None:
    head = f"<title>{title}_某县（测试）</title><meta name='ArticleTitle' content='{title}'>"
    menu = links(("/zfxxgknb/", "政府信息公开年报"))
    found = look(f"{head}{HEADINGS}{FILLER}{menu}", f"{SITE}/x/1.html")
    assert (found.kind, found.reason, leads(found)) == ("other", reason, [("list", "/zfxxgknb/")])


def test_headings_beside_a_column_do_not_make_it_another_document() -> None:
    html = column(f"<h3>政府信息公开指南</h3><h3>政府信息公开制度</h3>{links(('1.html', TITLE))}")
    assert look(html).kind == "list"


@pytest.mark.parametrize(
    ("html", "kind"),
    [
        ("<title>404 页面不存在</title>", "error"),
        ("<p>您访问的页面不存在</p>", "error"),
        ("<title>安全验证</title><p>请完成验证</p>", "challenge"),
        ("<script>document.cookie='a=1';location.reload()</script>", "challenge"),
        ("<script>document.cookie='a=1';location.href='/x.html';</script>", "challenge"),
        ("<div id='app'></div><script src='/js/app.js'></script>", "shell"),
        ("<noscript>请启用JavaScript</noscript><div id=app></div><script src='/js/app.js'></script>", "shell"),
        ("<html><body><script src='/a.js'></script><script src='/b.js'></script></body></html>", "shell"),
        ("<html><body></body></html>", "other"),
        ("  \n", "error"),
        ("", "error"),
        ("<p>要闻</p><a href='/1.html'>要闻</a>", "other"),
        (b"%PDF-1.7 ...", "attachment"),
        (b"PK\x03\x04....", "attachment"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "attachment"),
        (b"\x89PNG\r\n", "other"),
        (bytes(range(256)) * 10, "other"),
        ("<div>" * 20_000, "error"),
    ],
)
def test_kinds_of_pages(html: str | bytes, kind: str) -> None:
    found = look(html, f"{SITE}/x/1.html")
    assert found.kind == kind
    assert found.leads == ()
    assert found.reason


@pytest.mark.parametrize(
    "html",
    [
        "<meta http-equiv='refresh' content='0;url=/zfxxgknb/'>",
        "<meta HTTP-EQUIV=Refresh content=\"3; URL='/zfxxgknb/'\">",
        '<script>window.location.href = "/zfxxgknb/";</script>',
        "<script>location='/zfxxgknb/'</script>",
        "<script>top.location.replace('/zfxxgknb/')</script>",
        "<html><frameset><frame src='/zfxxgknb/'></frameset></html>",
        "<iframe src='/zfxxgknb/'></iframe>",
    ],
)
def test_pages_that_move_on(html: str) -> None:
    found = look(html, f"{SITE}/x/")
    assert (found.kind, leads(found)) == ("other", [("list", "/zfxxgknb/")])
    assert found.reason == f"moves on to {SITE}/zfxxgknb/"
    led = Lead(f"{SITE}/x/", "report", TITLE, 2023, 0)
    assert look(html, led.url, led).leads == (Lead(f"{SITE}/zfxxgknb/", "report", TITLE, 2023, 0),)


@pytest.mark.parametrize(
    "html",
    [
        "<script>location.href='/x/' + name;</script>",
        "<meta http-equiv='refresh' content='600;url=/zfxxgknb/'>",
        "<meta http-equiv='refresh' content='60'>",
        "<script>location.href='javascript:void(0)'</script>",
        f"<script>function go() {{ location.href='/zfxxgknb/'; }}</script>{FILLER}",
    ],
)
def test_pages_that_stay(html: str) -> None:
    assert look(html, f"{SITE}/x/").leads == ()


def test_look_at_takes_no_other_type() -> None:
    with pytest.raises(UsageError, match="look_at takes a fetched Page; found str"):
        look_at("http://a.gov.cn/")  # type: ignore[arg-type]


def test_a_lead_to_a_page_that_says_nothing() -> None:
    """A report's title in the link helps a page whose own title is the site's."""
    led = Lead(f"{SITE}/x/1.html", "report", TITLE, 2023)
    html = f"<title>某县（测试）</title>{HEADINGS}{FILLER}"
    assert look(html, led.url, led).kind == "report"
    assert look(html, led.url).kind == "other"


# Pages that mean harm


_UNITS = [
    "<a ", "<div>", "<a href='", "<script>", "<datastore><record><![CDATA[", "<datastore><record><div></record>",
    "<a href=x>年报", "createPageHTML(", "[", '{"a":', "location.href='", "webid:'", "<iframe src=/x></iframe>",
    "<li><a href=/{}.html>某局2023年政府信息公开年报</a></li>", "<option value=/x.html>2023",
    "<select name=a><option>2023</option></select>", "<meta name=ColumnName content=x>",
]  # fmt: skip
_PARTS = [
    "<a href='", "1.html'>", TITLE, "</a>", "<li>", "</li>", "<table>", "<td>", "<script>", "</script>",
    "createPageHTML(3,0,'index','html')", "<select><option value='?page=2'>2", "'>", "<base href='//[",
    "<meta http-equiv=refresh content='0;url=",
]  # fmt: skip


@pytest.mark.parametrize("unit", _UNITS)
def test_a_hostile_page_ends_soon(unit: str) -> None:
    html = "".join(unit.replace("{}", str(n)) for n in range(300_000 // len(unit)))
    started = time.process_time()
    found = look(html)
    assert time.process_time() - started < 15
    assert len(found.leads) <= MAX_LEADS


def test_five_megabytes_of_links_are_cut_and_the_reason_says_so() -> None:
    html = column("".join(f"<a href='/n/{n}.html'>某局2023年政府信息公开年报</a>" for n in range(100_000)))
    started = time.process_time()
    found = look(html)
    assert time.process_time() - started < 20
    assert len(found.leads) == MAX_LEADS
    assert "the first 5,000,000 were looked at" in found.reason
    assert "the first 60,000 tags were looked at" in found.reason
    assert "the first 10,000 links were looked at" in found.reason
    assert f"the best {MAX_LEADS:,} are kept" in found.reason


def test_a_packed_bomb_is_cut() -> None:
    started = time.process_time()
    found = look(gzip.compress(b"<urlset>" + b" " * 60_000_000, 1), f"{SITE}/sitemap.xml.gz")
    assert found.kind == "sitemap"
    assert "50,000,000 bytes were unpacked" in found.reason
    assert time.process_time() - started < 10


@given(st.binary(max_size=300))
def test_any_bytes_are_looked_at(content: bytes) -> None:
    found = look(content)
    assert found.reason


@given(st.lists(st.sampled_from(_PARTS), max_size=25))
def test_any_page_is_looked_at(parts: list[str]) -> None:
    found = look("".join(parts))
    assert len({(lead.url, lead.method, lead.form) for lead in found.leads}) == len(found.leads)
    assert [lead.rank for lead in found.leads] == sorted(lead.rank for lead in found.leads)
    assert all(normal_url(lead.url) == lead.url and lead.url != COLUMN for lead in found.leads)

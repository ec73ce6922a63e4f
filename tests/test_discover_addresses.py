"""discover: the spelling of addresses, and what names, paths and products tell. Addresses of a.gov.cn are invented."""

from __future__ import annotations

import csv
import re
import string
from pathlib import Path
from urllib.parse import unquote, urlsplit

import pytest
from discovering import COLUMN, SITE, links, look
from hypothesis import given
from hypothesis import strategies as st

from govreport.crawl.addresses import absolute, elsewhere, file_name, refused
from govreport.crawl.knowledge import is_named, path_use, product_of, year_folder
from govreport.errors import UsageError
from govreport.fetch.addresses import normal_url
from govreport.forms import read_csv

SHARED = Path(__file__).parents[2] / "shared"

# One spelling for one address


@pytest.mark.parametrize(
    ("url", "normal"),
    [
        ("HTTP://WWW.A.gov.cn", "http://www.a.gov.cn/"),
        ("http://a.gov.cn:80/x", "http://a.gov.cn/x"),
        ("https://a.gov.cn:443/x", "https://a.gov.cn/x"),
        ("https://a.gov.cn:80/x", "https://a.gov.cn:80/x"),
        ("http://127.0.0.1:8080/", "http://127.0.0.1:8080/"),
        ("http://[::1]:8080/x", "http://[::1]:8080/x"),
        (" http://a.gov.cn/x \n", "http://a.gov.cn/x"),
        ("http://a.gov.cn/a\tb\n", "http://a.gov.cn/ab"),
        ("http://a.gov.cn/x#top", "http://a.gov.cn/x"),
        ("http://a.gov.cn/x#a?b=1", "http://a.gov.cn/x"),
        ("http://a.gov.cn/a/./b/../c/", "http://a.gov.cn/a/c/"),
        ("http://a.gov.cn/../../x", "http://a.gov.cn/x"),
        ("http://a.gov.cn/a/..", "http://a.gov.cn/"),
        ("http://a.gov.cn/a//b/", "http://a.gov.cn/a//b/"),
        ("http://a.gov.cn/A/Index.HTML", "http://a.gov.cn/A/Index.HTML"),
        ("http://a.gov.cn/年报.doc", "http://a.gov.cn/%E5%B9%B4%E6%8A%A5.doc"),
        ("http://a.gov.cn/%e5%b9%b4", "http://a.gov.cn/%E5%B9%B4"),
        ("http://a.gov.cn/%7Ex/%41%2f", "http://a.gov.cn/~x/A%2F"),
        ("http://a.gov.cn/100%/x y", "http://a.gov.cn/100%25/x%20y"),
        ("http://a.gov.cn\\a\\b?c=\\d", "http://a.gov.cn/a/b?c=%5Cd"),
        ("http://a.gov.cn/x?b=2&a=1", "http://a.gov.cn/x?b=2&a=1"),
        ("http://a.gov.cn/x?kw=", "http://a.gov.cn/x?kw="),
        ("http://a.gov.cn/x?", "http://a.gov.cn/x"),
        ("http://a.gov.cn/x.jsp;jsessionid=0A1B?id=1", "http://a.gov.cn/x.jsp?id=1"),
        ("http://a.gov.cn/x.jsp;JSESSIONID=0A1B!12", "http://a.gov.cn/x.jsp"),
        ("http://a.gov.cn/x?PHPSESSID=1&id=2&JSESSIONID=3", "http://a.gov.cn/x?id=2"),
        ("http://a.gov.cn/(S(abcdefgh12345678))/x.aspx", "http://a.gov.cn/x.aspx"),
        ("http://a.gov.cn/x?utm_source=wx&_=1700000000", "http://a.gov.cn/x"),
        ("http://a.gov.cn/gkmlpt/api/all/5?page=1&sid=2", "http://a.gov.cn/gkmlpt/api/all/5?page=1&sid=2"),
        ("http://某县.政务.cn/", "http://xn--5nrv08b.xn--zfr164b.cn/"),
    ],
)
def test_one_spelling(url: str, normal: str) -> None:
    assert normal_url(url) == normal
    assert normal_url(normal) == normal


@pytest.mark.parametrize(
    "url",
    ["", "x", "/x", "ftp://a.gov.cn/", "javascript:void(0)", "mailto:a@b.cn", "http://", "http:///x", "http://[bad",
     "http://a.gov.cn:99999/", "http://a.gov.cn:x/", "http://u:p@a.gov.cn/", "http://a b.cn/", "file:///etc/hosts"],
)  # fmt: skip
def test_what_is_no_address_of_the_web(url: str) -> None:
    with pytest.raises(UsageError, match=r"an http or https address was expected|user name or password"):
        normal_url(url)


_SIGNS = st.text(
    st.sampled_from(string.ascii_letters + string.digits + "-._~!$&'()*+,;=:@/%年 报[]|\\^%2e%41%0a"), max_size=40
)


@given(
    path=_SIGNS,
    query=_SIGNS,
    port=st.sampled_from(["", ":80", ":443", ":8080"]),
    scheme=st.sampled_from(["http", "HTTPS"]),
)
def test_the_spelling_of_a_spelling_is_the_same(path: str, query: str, port: str, scheme: str) -> None:
    once = normal_url(f"{scheme}://A.Gov.cn{port}/{path}?{query}")
    assert normal_url(once) == once
    assert once.isascii()
    assert re.fullmatch(r"https?://a\.gov\.cn(:\d+)?/[^\s#?]*(\?[^\s#]+)?", once)


@given(
    segments=st.lists(st.text(st.sampled_from(string.ascii_letters + string.digits + "_-年报"), min_size=1, max_size=8))
)
def test_plain_paths_stay_what_they_are(segments: list[str]) -> None:
    path = "/" + "/".join(segments)
    assert unquote(urlsplit(normal_url(f"http://a.gov.cn{path}")).path) == path


@given(a=st.text(string.ascii_letters + "/_", max_size=12), b=st.text(string.ascii_letters + "/_", max_size=12))
def test_different_paths_stay_different(a: str, b: str) -> None:
    same = normal_url(f"http://a.gov.cn/{a}") == normal_url(f"http://a.gov.cn/{b}")
    assert same == (a == b)


def test_links_are_made_whole() -> None:
    assert absolute(COLUMN, "../t1.html#a") == f"{SITE}/zwgk/t1.html"
    assert absolute(COLUMN, "?page=2") == f"{COLUMN}?page=2"
    assert absolute(COLUMN, "//b.gov.cn/x") == "http://b.gov.cn/x"
    assert absolute(COLUMN, "x.jsp?m=年", "gb18030") == f"{SITE}/zwgk/zfxxgknb/x.jsp?m=%C4%EA"
    for href in (
        "",
        "#top",
        "javascript:void(0)",
        "JavaScript:go(2)",
        "mailto:a@b.cn",
        "tel:1",
        "http://[bad",
        "x" * 3000,
    ):
        assert absolute(COLUMN, href) is None
    original = f"{SITE}/zfxxgknb/1.html"
    assert absolute(COLUMN, "/gate/big5/www.a.gov.cn/zfxxgknb/1.html") == original
    assert absolute(COLUMN, "http://big5.b.gov.cn/gate/big5/www.a.gov.cn/zfxxgknb/1.html") == original


def test_names_of_files() -> None:
    assert file_name(f"{SITE}/attach/%E5%B9%B4%E6%8A%A5.docx") == "年报.docx"
    assert file_name(f"{SITE}/module/download/downfile.jsp?classid=0&filename=1.pdf") == "1.pdf"
    viewer = "/pdfjs/web/viewer.html?file=%2Ff%2F2.pdf&x=1"
    assert absolute(COLUMN, viewer) == f"{SITE}/f/2.pdf"
    assert file_name(f"{SITE}/down.aspx?path=/a/b/%E5%B9%B4.doc&x=1") == "年.doc"


def test_www_is_no_other_host_but_a_port_is() -> None:
    assert not elsewhere("http://a.gov.cn/x", "https://www.a.gov.cn/")
    assert elsewhere("http://jyj.a.gov.cn/x", "http://www.a.gov.cn/")
    assert elsewhere("http://127.0.0.1:8001/", "http://127.0.0.1:8002/")


# Knowledge


def test_every_rule_of_what_is_not_followed_has_an_example() -> None:
    examples = {
        "calendar_path": "/zwgk/rili/2024-05.html",
        "calendar_query": "/nb/?date=2024-05-01",
        "calendar_pair": "/nb/list.jsp?year=2024&month=1&m=1",
        "sort": "/nb/?sort=date",
        "search_path": "/search/",
        "search_query": "/nb/list.jsp?keyword=a",
        "print_path": "/print/1.html",
        "print_query": "/nb/1.jsp?action=print",
        "gateway": "/gate/big5/x",
        "language": "/english/nb/",
        "language_query": "/nb/?lang=en",
        "login": "/login.jsp",
        "login_query": "/x?returnUrl=a",
        "share": "/share/weibo?u=1",
        "aid": "/wza/index.html",
        "admin": "/manage/x",
    }
    rules = {row["rule"]: row for row in read_csv("crawl_refuse") if row["where"] != "scheme"}
    assert set(rules) == set(examples)
    for path in examples.values():
        assert refused(SITE + path), path
    for rule, path in examples.items():
        text = urlsplit(path).path if rules[rule]["where"] == "path" else urlsplit(path).query
        assert re.search(rules[rule]["pattern"], text, re.IGNORECASE), rule
    assert refused(f"{SITE}/a/nb/nb/nb/index.html") == "folders inside each other without end"
    assert refused(SITE + "/a" * 31) == "folders inside each other without end"
    for path in (
        "/InfoPublic.aspx?cid=1019&pid=971&page=1&kw=",
        "/zwgk/bjsdxqrmzf/2018n/719718/",
        "/public/column/1?type=3",
    ):
        assert refused(SITE + path) == ""


_UUID = "730d8cad-ddb3-4ad6-ad3d-79d52d3450bd"


@pytest.mark.parametrize(
    ("path", "name", "use"),
    [
        ("/module/xxgk/xxgkAnnualReport.jsp?area=001&fbtime=2023", "hanweb_report", "report"),
        ("/module/xxgk/xxgkAnnualReport.jsp?fbtime=2023&area=01251010-053", "hanweb_report", "report"),
        ("/module/xxgk/xxgkAnnualReport.jsp?area=001", "hanweb_unit", "tree"),
        ("/OpennessAnnualReport/show/5328.html", "longsun_show", "report"),
        ("/XxgkAnnualReport/show/12.html", "longsun_show", "report"),
        ("/openness/OpennessAnnualReport/show/5328.html", "longsun_show", "report"),
        ("/Xxgknb/show/5166.html", "longsun_nb", "report"),
        ("/OpennessAnnualReport/year/341/2022.html", "longsun_year", "report"),
        ("/xxgk/openness/detail/annual_report/0123456789abcdef01234567.html", "longsun_hex", "report"),
        ("/opennessAnnualReport/?branch_id=5c0", "longsun_branch", "tree"),
        ("/public/column/77?type=3&action=detail&nav=3&title=2021", "column_detail", "report"),
        ("/public/column/77?type=3&nav=5&sub=3&timeFrame=2022&hasContent=true", "column_detail", "report"),
        ("/public/column/77?type=3&action=list", "column_tab", "tree"),
        ("/nb/202601/t20260123_2716705.shtml", "trs", "article"),
        ("/art/2023/1/18/art_10346_1584925.html", "hanweb", "article"),
        ("/xx/content/post_1.html", "guangdong", "article"),
        ("/gkmlpt/content/2/2155/post_1.html", "guangdong", "article"),
        ("/c107077/202401/0123456789abcdef0123456789abcdef.shtml", "hex32", "article"),
        (f"/columns/x/202402/06/{_UUID}.html", "uuid", "article"),
        ("/site_x/channel_0a1b/doc_0123456789abcdef01234567.html", "named", "article"),
        ("/zfxxgknb/2021n/content_28790", "doc", "article"),
        ("/nb/1619593655548706818.html", "long_number", "article"),
        ("/info/5730/293201.htm", "boda", "article"),
        ("/hygq/2021-01/21/article_bcaa554e.html", "named", "article"),
        ("/xxgk-show-99083.html", "show_name", "article"),
        ("/zfxxgknb/2023040921315244523/index.html", "folder", "article"),
        ("/article.html?infoid=d1ada67b", "show_query", "article"),
        ("/x.jsp?urltype=a&wbnewsid=1143172", "show_keys", "article"),
        ("/module/download/downfile.jsp?filename=1.doc", "download", "download"),
    ],
)  # fmt: skip
def test_products(path: str, name: str, use: str) -> None:
    found = product_of(SITE + path)
    assert found is not None
    assert (found.name, found.use) == (name, use)


def test_every_product_has_an_example() -> None:
    marks = [mark for mark in test_products.pytestmark if mark.name == "parametrize"]
    shown = {name for _, name, _ in marks[0].args[1]}
    assert {row["product"] for row in read_csv("crawl_products")} == shown


def test_what_a_products_address_tells() -> None:
    found = product_of(f"{SITE}/openness/OpennessAnnualReport/year/341/2022.html")
    assert found is not None
    assert (found.unit, found.year) == ("341", 2022)
    assert product_of(f"{SITE}/news/") is None


_WORDS = (
    "zfxxgknb xxgknb_171215 zfxxgkndbg gknb nbgk ndbg_3372 ndgzbg nb zfxxgkgzndbg xinxigongkainianbao zfgknb bmxxgknb "
    "xjxxgknb ts_minzongjuzfxxgknbt"
)


@pytest.mark.parametrize("word", _WORDS.split())
def test_path_words(word: str) -> None:
    assert path_use(f"{SITE}/zwgk/{word}/2023n/1.html") == "report"


def test_other_paths() -> None:
    assert path_use(f"{SITE}/zwgk/zfxxgk/") == "gate"
    assert path_use(f"{SITE}/nbjb/art/") == path_use(f"{SITE}/nanbu/") == ""
    years = [year_folder(f"{SITE}/nb/{name}/1.html") for name in ("2023n", "2023nb", "2021", "202101", "x")]
    assert years == [2023, 2023, 2021, None, None]


@pytest.mark.parametrize(
    ("use", "names"),
    [
        (
            "column",
            "政府信息公开年报 信息公开年报 公开年报 政府信息公开工作年度报告 年度报告 政务公开年报",
        ),
        ("column", "政府信息公开年度报告 部门信息公开年报 历年政府信息公开年报 2023年政府信息公开年报"),
        (
            "level",
            "市政府 县政府 部门 市直部门 县级部门 镇街 乡镇（街道） 街道、乡镇 各区县 更多>> 历年年报 区政府部门",
        ),
        ("year", "2023 2023年 2023年度 （2023年）"),
        ("agency", "县教育局 某镇人民政府 某某街道办事处 发展和改革委员会 水利局（河长办）"),
        ("gate", "政府信息公开 政务公开 信息公开 部门信息公开 法定主动公开内容 政府信息公开专栏"),
        ("map", "网站地图"),
    ],
)
def test_names(use: str, names: str) -> None:
    assert [name for name in names.split() if not is_named(use, name)] == []


def test_the_tables_of_knowledge_hold_known_uses_and_patterns_that_work() -> None:
    uses = {
        "names": {"column", "level", "agency", "year", "gate", "map", "refuse", "file", "position"},
        "paths": {"report", "gate"},
        "products": {"report", "tree", "article", "download"},
        "files": {"attachment", "text", "media"},
        "pages": {"heading", "proof", "shell"},
        "pagers": {"call", "total_zero", "total", "current", "total_text", "parameter", "next", "last"},
        "keys": {"title", "url", "html", "pages", "records"},
    }
    for table, known in uses.items():
        rows = read_csv(f"crawl_{table}")
        first = next(iter(rows[0]))
        assert {row["use"] for row in rows} == known, table
        assert len({row[first] for row in rows}) == len(rows), table
        assert all(re.compile(row.get("pattern", "")) for row in rows)
    assert {row["where"] for row in read_csv("crawl_session")} == {"query", "path"}
    assert {row["where"] for row in read_csv("crawl_refuse")} == {"path", "query", "scheme"}
    assert {row["match"] for row in read_csv("crawl_paths")} == {"part", "start", "whole"}


def test_other_names() -> None:
    assert not is_named("column", "政府信息公开指南")
    assert not is_named("gate", "依申请公开")
    assert not is_named("level", "要闻")
    assert not is_named("year", "1999")
    assert not is_named("column", "年度报告" * 30)


# Real addresses


@pytest.mark.skipif(not SHARED.exists(), reason="the list of real addresses is not here")
def test_addresses_of_real_reports() -> None:
    with (SHARED / "data" / "report_addresses.csv").open(encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    urls = [row["url"] for row in rows if "/gate/big5/" not in row["url"]]
    normal = [normal_url(url) for url in urls]
    assert len(normal) > 1200
    assert [url for url in normal if normal_url(url) != url or refused(url)] == []
    known = sum(path_use(url) == "report" or product_of(url) is not None for url in normal)
    assert known / len(normal) >= 0.9
    entries = [
        (url.replace("'", "%27"), f"{row['agency']}{row['year']}年政府信息公开工作年度报告")
        for url, row in zip(normal, rows, strict=False)
    ]
    found = look(links(*entries))
    assert {lead.url for lead in found.leads if lead.kind in ("report", "attachment")} == set(normal) - {COLUMN}

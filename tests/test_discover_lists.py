"""discover: lists of every kind, each with exactly the leads it should give. All pages here are invented."""

from __future__ import annotations

import gzip
import json
import random
import re
import string
from datetime import date
from urllib.parse import quote, urlsplit

import pytest
from discovering import COLUMN, FILLER, HEADINGS, NOTICE, SITE, TITLE, column, leads, links, look

from govreport.crawl.addresses import absolute
from govreport.crawl.discover import Lead, Look, look_at
from govreport.crawl.leads import ELSEWHERE, NEXT
from govreport.crawl.pagination import further_pages
from govreport.model import Origin, Page

# From the front page to the column


def test_a_front_page() -> None:
    found = look(
        "<title>某县人民政府（测试）</title>" + NOTICE + links(
            ("/zwgk/", "政务公开"), ("/zfxxgk/zfxxgknb/", "政府信息公开年报"), ("/zfxxgk/zn/", "政府信息公开指南"),
            ("/news/1.html", "要闻一则"), ("/sitemap.html", "网站地图"), ("/ldzc/", "县政府"), ("/jyj/", "县教育局"),
            ("/search/?q=年报", "信息公开年报"), ("/login.jsp", "政府信息公开"),
            ("javascript:void(0)", "政府信息公开年报"),
            ("mailto:a@b.cn", "政府信息公开"), ("http://xxgk.b.gov.cn/", "信息公开"),
        ), f"{SITE}/")  # fmt: skip
    assert found.kind == "list"
    assert [(lead.kind, lead.url, lead.elsewhere) for lead in found.leads] == [
        ("list", f"{SITE}/zfxxgk/zfxxgknb/", False),
        ("list", f"{SITE}/zwgk/", False),
        ("list", f"{SITE}/sitemap.html", False),
        ("list", "http://xxgk.b.gov.cn/", True),
    ]
    assert found.leads[-1].rank >= ELSEWHERE
    assert found.reason == "leads to 4 lists"


def test_a_part_on_disclosure_leads_to_the_pages_of_agencies() -> None:
    found = look(
        "<title>政府信息公开_某县（测试）</title>"
        + links(("/zfxxgk/bm/jyj/", "县教育局"), ("/jyj/", "县水利局"), ("/zfxxgk/bm/", "部门")),
        f"{SITE}/zfxxgk/",
    )  # fmt: skip
    assert leads(found) == [("list", "/zfxxgk/bm/jyj/"), ("list", "/zfxxgk/bm/")]


def test_levels_years_and_agencies_of_a_column() -> None:
    html = column(
        links(
            ("szf/", "县政府"), ("bm/", "县直部门"), ("zj/", "乡镇（街道）"), ("2023n/", "2023年"), ("1999/", "1999年"),
            (f"{date.today().year + 1}n/", f"{date.today().year + 1}年"), ("/col/col77/index.html", "县教育局"),
            ("/", "某县人民政府"), ("http://jyj.a.gov.cn/", "县水利局"), ("http://slj.a.gov.cn/zfxxgknb/", "县林业局"),
            ("/news/2.html", "要闻两则"),
        )
    )  # fmt: skip
    found = look(html)
    assert leads(found) == [
        ("list", "/zwgk/zfxxgknb/szf/"),
        ("list", "/zwgk/zfxxgknb/bm/"),
        ("list", "/zwgk/zfxxgknb/zj/"),
        ("list", "/zwgk/zfxxgknb/2023n/"),
        ("list", "/col/col77/index.html"),
        ("list", "/zwgk/zfxxgknb/1999/"),
        ("list", f"/zwgk/zfxxgknb/{date.today().year + 1}n/"),
        ("list", "http://slj.a.gov.cn/zfxxgknb/"),
    ]
    assert found.leads[3].year == 2023
    assert found.leads[5].rank > found.leads[4].rank  # no year of a report: only its folder speaks for it
    assert [lead.elsewhere for lead in found.leads] == [False] * 7 + [True]


def test_a_column_is_known_by_its_title_its_path_or_its_place() -> None:
    bare = links(("/x/1.html", "2023年年报"))
    elsewhere_ = f"{SITE}/col/col1/index.html"
    assert leads(look(bare, elsewhere_)) == []
    for body in (
        f"<meta content='政府信息公开年报' name='columnname'>{bare}",
        f"<title>信息公开年报-某县（测试）</title>{bare}",
        f"<div>当前位置：首页 &gt; 政府信息公开 &gt; 政府信息公开年报</div>{bare}",
    ):
        assert leads(look(body, elsewhere_)) == [("report", "/x/1.html")]
    assert leads(look(bare, COLUMN)) == [("report", "/x/1.html")]
    assert leads(look(bare, elsewhere_, Lead(elsewhere_, "list", "部门", rank=6))) == [("report", "/x/1.html")]
    assert leads(look(bare, f"{SITE}/", Lead(f"{SITE}/", "list", "部门", rank=6))) == []


def test_titles_on_a_column() -> None:
    html = column(
        links(
            ("1.html", TITLE),
            ("2.html", "某镇2022年政府信息公开工作年..."),
            ("3.html", "关于编制2023年政府信息公开工作年度报告的通知"),
            ("4.html", "某县2023年政府网站工作年度报表"),
            ("5.html", "政府信息公开指南"),
            ("6.html", "《2023年政府信息公开年报》图解"),
            ("202401/t20240105_77.html", "水利局2021"),
            ("202401/t20240105_78.html", "政府信息公开申请表"),
        )
    )  # fmt: skip
    found = look(html)
    assert leads(found) == [
        ("report", "/zwgk/zfxxgknb/1.html"),
        ("report", "/zwgk/zfxxgknb/2.html"),
        ("report", "/zwgk/zfxxgknb/202401/t20240105_77.html"),
    ]
    assert [lead.year for lead in found.leads] == [2023, 2022, 2021]
    assert found.leads[0].title == TITLE
    assert found.leads[2].rank > found.leads[0].rank


def test_links_that_scripts_open() -> None:
    html = column(
        f"<a href='javascript:;' onclick=\"window.open('/nb/1.html')\">{TITLE}</a>"
        f"<a href='#' data-href='/nb/2.html'>{TITLE}</a>"
        f"<a href=\"javascript:location.href='/nb/3.html'\">{TITLE}</a><a href='javascript:go(4)'>{TITLE}</a>"
    )
    assert leads(look(html)) == [("report", "/nb/1.html"), ("report", "/nb/2.html"), ("report", "/nb/3.html")]


def test_links_without_a_name_of_their_own() -> None:
    picture = (
        "<a href='/zfxxgk/nb1/'><img src='1.png' alt='政府信息公开年报'></a><a href='/zfxxgknb/'><img src='2.png'></a>"
    )
    assert leads(look(picture, f"{SITE}/")) == [("list", "/zfxxgk/nb1/"), ("list", "/zfxxgknb/")]
    rows = [
        f"<tr><td>{TITLE}</td><td><a href='/x/1.html'>查看</a></td></tr>",
        "<tr><td>县水利局</td><td>2022年</td><td><a href='/x/2.html'>查看</a></td></tr>",
        "<tr><td>县水利局</td><td><a href='/x/3.html'>查看</a></td></tr>",
        "<tr><td>2022年公开指南</td><td><a href='/x/4.html'>查看</a></td></tr>",
    ]
    found = look(column(f"<table>{''.join(rows)}</table>"))
    assert [(lead.kind, lead.url, lead.title, lead.year) for lead in found.leads] == [
        ("report", f"{SITE}/x/1.html", TITLE, 2023),
        ("report", f"{SITE}/x/2.html", "县水利局 2022年 查看", 2022),
    ]
    clicks = "<ul><li onclick=\"location.href='2023n/'\">2023年</li><li onclick='go(2)'>2022年</li></ul>"
    assert leads(look(column(clicks))) == [("list", "/zwgk/zfxxgknb/2023n/")]


def test_folders_of_years() -> None:
    found = look(column(links(("/x/2023n/", "全部年报"), ("/x/", "其他栏目"))), f"{SITE}/col/col1/index.html")
    assert found.leads == (Lead(f"{SITE}/x/2023n/", "list", "全部年报", 2023, 7),)


def test_each_address_once_and_not_the_page_itself() -> None:
    html = column(links(("1.html", "2023年年报"), ("1.html#a", TITLE), ("./1.html", "x"), ("index.html", TITLE)))
    assert look(html).leads == (Lead(f"{SITE}/zwgk/zfxxgknb/1.html", "report", "2023年年报", 2023, 0),)


def test_the_base_counts_as_text() -> None:
    html = f"<base href='http://b.gov.cn/nb/'>{links(('1.html', TITLE))}"
    assert look(html).leads[0] == Lead("http://b.gov.cn/nb/1.html", "report", TITLE, 2023, ELSEWHERE)
    assert look(f"<base href='javascript:x'>{links(('1.html', TITLE))}").leads[0].url == f"{SITE}/zwgk/zfxxgknb/1.html"


def test_a_page_without_an_address_gives_whole_links_alone() -> None:
    html = links(("1.html", TITLE), ("http://a.gov.cn/2.html", TITLE))
    assert [lead.url for lead in look_at(Page(html.encode(), Origin())).leads] == ["http://a.gov.cn/2.html"]


def test_a_gbk_column() -> None:
    html = column(links(("list.asp?m=年报", TITLE)))
    found = look(html.encode("gbk"))
    assert leads(found) == [("report", "/zwgk/zfxxgknb/list.asp?m=%C4%EA%B1%A8")]


# Further pages


FOLDER = f"{SITE}/zwgk/zfxxgknb/"


def pages(scripts: str, shown: str, url: str, *more: tuple[str, str]) -> list[str]:
    found = [(text, absolute(url, href) or "") for text, href in more]
    return [one.removeprefix(FOLDER) for one in further_pages(url, found, scripts, shown).urls]


@pytest.mark.parametrize(
    ("call", "file", "expected"),
    [
        ('createPageHTML(4, 0, "index", "html");', "index.html", "index_1.html index_2.html index_3.html"),
        ("createPageHTML(3,0,'index','shtml')", "", "index_1.shtml index_2.shtml"),
        ('createPageHTML(4, 2, "index", "html")', "index_2.html", "index_1.html index_3.html"),
        ("createPageHTML('page_div',3,1,'xlist','shtml',41)", "xlist.shtml", "xlist_2.shtml xlist_3.shtml"),
        ("createPageHTML('paging', 3, 2, 'list', 'html', 41)", "list_2.html", "list_3.html"),
        ('createPageHTML(3, 1, "index", "html")', "index.html", "index_2.html index_3.html"),
        ('createPageHTML(3, 3, "index", "html")', "index_3.html", "index_2.html"),
        ('createPageHTML(1, 0, "index", "html")', "index.html", ""),
        ('createPageHTML(0, 0, "index", "html")', "index.html", ""),
        ("var countPage = 3; var currentPage = 0;", "index.html", "index_1.html index_2.html"),
        ("var totalPage = 3; var currentPage = 1;", "index.html", "index_2.html index_3.html"),
        ('pageCount: "3"', "", "index_2.html index_3.html"),
        ("var totalPage = 3;", "t20230101_1.html", ""),
        ("var totalPages = 3;", "index.html?pageNo=1", "index.html?pageNo=2 index.html?pageNo=3"),
        ("var totalPages = 3;", "index.html?page=0&id=4", "index.html?page=1&id=4 index.html?page=2&id=4"),
        ("var totalPage = 99999;", "index.html", ""),
    ],
)
def test_pages_that_scripts_count(call: str, file: str, expected: str) -> None:
    assert pages(call, "", FOLDER + file) == expected.split()


@pytest.mark.parametrize(
    ("more", "shown", "expected"),
    [
        ("2=index_1.html 3=index_2.html 尾页=index_4.html", "", "index_1.html index_2.html index_3.html index_4.html"),
        ("2=index_2.html 3=index_3.html 末页>=index_4.html", "", "index_2.html index_3.html index_4.html"),
        ("1=?page=1 2=?page=2 3=?page=3", "", "index.html?page=1 index.html?page=2 index.html?page=3"),
        ("2=l.jsp?a=7&pageNo=2 尾页=l.jsp?a=7&pageNo=3", "", "l.jsp?a=7&pageNo=2 l.jsp?a=7&pageNo=3"),
        ("2=column-index-2.shtml", "共3页", "column-index-2.shtml column-index-3.shtml"),
        ("下一页=index_2.html 尾页=index_4.html", "", "index_2.html index_3.html index_4.html"),
        ("下一页>=2.html", "", "2.html"),
        ("2=2.html 3=3.html", "第1/4页", "2.html 3.html 4.html"),
        ("5=/zwgk/2024/05/5.html 6=/zwgk/2024/05/6.html", "", ""),
        ("2=show.jsp?id=2 3=show.jsp?id=3", "", ""),
        ("2=http://b.gov.cn/zwgk/zfxxgknb/index_2.html", "", ""),
        ("某局=index_2.html", "共3页", ""),
    ],
)
def test_pages_that_are_linked(more: str, shown: str, expected: str) -> None:
    found = [tuple(re.split(r"(?<=[\w>])=", one, maxsplit=1)) for one in more.split()]
    assert pages("", shown, COLUMN, *found) == expected.split()


def test_pages_have_a_limit_that_is_told() -> None:
    found = further_pages(COLUMN, [], 'createPageHTML(5000, 0, "index", "html")', "")
    assert len(found.urls) == 200
    assert found.note.startswith("of 400 further pages the first 200")


def test_pages_of_a_column_are_leads_and_those_of_news_are_not() -> None:
    script = '<script>createPageHTML(3, 0, "index", "html")</script>'
    found = look(column(links(("1.html", TITLE)) + script))
    assert leads(found) == [
        ("report", "/zwgk/zfxxgknb/1.html"),
        ("list", "/zwgk/zfxxgknb/index_1.html"),
        ("list", "/zwgk/zfxxgknb/index_2.html"),
    ]
    assert found.leads[1].rank == NEXT
    assert leads(look(links(("1.html", "要闻")) + script, f"{SITE}/news/index.html")) == []


def test_pages_chosen_from_a_box() -> None:
    files = enumerate(("index.html", "index_2.html", "index_3.html"), start=1)
    options = "".join(f"<option value='{file}'>{number}</option>" for number, file in files)
    found = look(column(f"<select onchange='location=this.value'>{options}</select>"))
    assert leads(found) == [("list", "/zwgk/zfxxgknb/index_2.html"), ("list", "/zwgk/zfxxgknb/index_3.html")]


# Hanweb

_JPAGE = """<div id="77"></div><script>$(function(){ $('#77').jpage({ themeName:'default', totalRecord:%s, perPage:10,
groupSize:2, proxyUrl:'/module/web/jpage/dataproxy.jsp', dataStore:d77,
ajaxParam:{col:1,appid:1,webid:3096,path:'/',columnid:1229,sourceContentType:1,unitid:'77',webname:'某县（测试）',permissiontype:0}
}); });</script>"""
FORM = (
    ("col", "1"), ("appid", "1"), ("webid", "3096"), ("path", "/"), ("columnid", "1229"), ("sourceContentType", "1"),
    ("unitid", "77"), ("webname", "某县（测试）"), ("permissiontype", "0"),
)  # fmt: skip
HANWEB = f"{SITE}/col/col1229/index.html"


def store(records: int, total: int, more: str = "") -> str:
    """A datastore with so many records, of a list with so many entries."""
    made = "".join(
        f"<record><![CDATA[<li><a href='/art/2024/1/5/art_1229_{number}.html'>{TITLE}</a></li>]]></record>"
        for number in range(1, records + 1)
    )
    return f"<datastore>{more}<totalrecord>{total}</totalrecord><recordset>{made}</recordset></datastore>"


def in_script(text: str) -> str:
    return f"<script type='text/xml'>{text}</script>"


def windows(found: Look) -> list[str]:
    return [urlsplit(lead.url).query for lead in found.leads if lead.kind == "api"]


def test_a_list_that_the_interface_gives() -> None:
    found = look(column(_JPAGE % 45), f"{SITE}/col/col1229/index.html")
    assert found.kind == "list"
    assert windows(found) == [
        "startrecord=1&endrecord=20&perpage=10",
        "startrecord=21&endrecord=40&perpage=10",
        "startrecord=41&endrecord=45&perpage=10",
    ]
    assert {(lead.method, lead.form, lead.url.partition("?")[0]) for lead in found.leads} == {
        ("POST", FORM, f"{SITE}/module/web/jpage/dataproxy.jsp")
    }


def test_what_the_page_carries_is_not_asked_for_again() -> None:
    found = look(column(in_script(store(20, 45)) + _JPAGE % 45), HANWEB)
    assert sum(lead.kind == "report" for lead in found.leads) == 20
    assert windows(found) == ["startrecord=21&endrecord=40&perpage=10", "startrecord=41&endrecord=45&perpage=10"]
    assert windows(look(column(in_script(store(20, 20)) + _JPAGE % 20), HANWEB)) == []


def test_an_answer_of_the_interface() -> None:
    proxy = f"{SITE}/module/web/jpage/dataproxy.jsp?startrecord=%s&endrecord=%s&perpage=10"
    asked = Lead(proxy % (1, 20), "api", "年报", None, 3, "POST", FORM)
    found = look(f"<?xml version='1.0'?>{store(2, 45)}", asked.url, asked)
    assert found.kind == "api"
    assert found.reason == "a list of the Hanweb interface with 2 entries"
    assert leads(found)[:2] == [("report", f"/art/2024/1/5/art_1229_{number}.html") for number in (1, 2)]
    assert windows(found) == ["startrecord=21&endrecord=40&perpage=10", "startrecord=41&endrecord=45&perpage=10"]
    assert found.leads[-1].form == FORM
    last = asked._replace(url=proxy % (41, 60))
    assert windows(look(store(2, 45), last.url, last)) == []
    assert look(store(0, 45), asked.url, asked).leads == ()


def test_the_next_group_that_a_datastore_names() -> None:
    link = "/module/web/jpage/dataproxy.jsp?page=%s&webid=3096&columnid=1229&unitid=77"
    group = f'<nextgroup><![CDATA[<a href="{link % 2}"></a>]]></nextgroup><totalpage>3</totalpage>'.replace(
        "&", "&amp;"
    )
    found = look(column(in_script(store(1, 3, group))), HANWEB)
    assert leads(found)[1:] == [("api", link % number) for number in (2, 3)]
    assert {lead.method for lead in found.leads} == {"GET"}


def test_ids_that_are_not_printed_are_not_made_up() -> None:
    settings = "totalRecord:45,proxyUrl:'/module/web/jpage/dataproxy.jsp',ajaxParam:{webid:1}"
    assert look(column(f"<script>$('#77').jpage({{{settings}}})</script>"), HANWEB).leads == ()


# Interfaces with JSON


def test_a_list_of_jpaas() -> None:
    query = "{'parseType':'bulidstatic','webId':'86ca','tplSetId':'fc25','tagId':'列表','pageId':'vhiC'}"
    html = column(f'<div url="/api-gateway/jpaas-publish-server/front/page/build/unit" queryData="{query}"></div>')
    asked = look(html).leads[0]
    assert asked.kind == "api"
    assert asked.url == (
        f"{SITE}/api-gateway/jpaas-publish-server/front/page/build/unit?parseType=bulidstatic&webId=86ca&tplSetId=fc25"
        "&tagId=%E5%88%97%E8%A1%A8&pageId=vhiC"
    )
    piece = f"<li><a href='/art/1.html'>{TITLE}</a></li><div class='pagination' rows='10' count='25'></div>"
    found = look(json.dumps({"success": True, "data": {"html": piece}}), asked.url, asked)
    assert found.kind == "api"
    assert leads(found)[0] == ("report", "/art/1.html")
    assert [lead.url.removeprefix(asked.url) for lead in found.leads[1:]] == [
        f"&paramJson=%7B%22pageNo%22:{n},%22pageSize%22:10%7D".replace(":", "%3A").replace(",", "%2C") for n in (2, 3)
    ]


def test_the_catalogue_of_guangdong() -> None:
    html = (
        "<title>政府信息公开目录</title><div id='app'></div><script>window._CONFIG = {SID: '755041', TREE: ["
        '{"id":20765,"name":"\\u653f\\u5e9c\\u4fe1\\u606f\\u516c\\u5f00\\u5e74\\u62a5","children":[]},'
        '{"id":20766,"name":"机构职能","children":[]}]};</script><script src="/gkmlpt/js/app.js"></script>'
    )
    found = look(html, f"{SITE}/gkmlpt/index")
    assert found.kind == "shell"
    assert leads(found) == [("api", "/gkmlpt/api/all/20765?page=1&sid=755041")]
    asked = found.leads[0]
    answer = {"total": 3, "articles": [
        {"id": 1, "title": TITLE, "url": f"{SITE}/gkmlpt/content/2/2155/post_1.html", "created_at": "2024-01-20"},
        {"id": 2, "title": "政府信息公开指南", "url": f"{SITE}/gkmlpt/content/2/2155/post_2.html"},
    ]}  # fmt: skip
    assert leads(look(json.dumps(answer), asked.url, asked)) == [
        ("report", "/gkmlpt/content/2/2155/post_1.html"),
        ("api", "/gkmlpt/api/all/20765?page=2&sid=755041"),
    ]


@pytest.mark.parametrize(
    "answer",
    [
        {"rows": [{"TITLE": TITLE, "URL": "/art/1.html"}]},
        [{"infotitle": f"<em>{TITLE}</em>", "infourl": f"{SITE}/art/1.html"}],
        {"data": {"list": [{"doctitle": TITLE, "docpuburl": "../../art/1.html"}]}},
    ],
)
def test_lists_of_other_products(answer: object) -> None:
    asked = Lead(f"{SITE}/zwgk/zfxxgknb/list.do", "api", rank=3)
    for text in (
        json.dumps(answer),
        f"callback_1({json.dumps(answer, ensure_ascii=False)});",
        "\ufeff" + json.dumps(answer),
    ):
        found = look(text, asked.url, asked)
        assert (found.kind, leads(found)) == ("api", [("report", "/art/1.html")])


def test_further_answers_are_counted() -> None:
    asked = Lead(f"{SITE}/api/list?pageNo=1&size=1", "api", rank=3)
    answer = json.dumps({"totalPages": 3, "rows": [{"title": TITLE, "url": "/art/1.html"}]})
    assert leads(look(answer, asked.url, asked))[1:] == [("api", f"/api/list?pageNo={n}&size=1") for n in (2, 3)]
    empty = json.dumps({"totalPages": 3, "rows": []})
    assert look(empty, asked.url, asked).leads == ()


def test_entries_that_a_script_carries() -> None:
    entries = json.dumps(
        [{"title": TITLE, "url": "/art/1.html"}, {"title": "要闻", "url": "/2.html"}], ensure_ascii=False
    )
    assert leads(look(column(f"<script>var list = {entries};</script>"))) == [("report", "/art/1.html")]


# Units and years


ANNUAL = "/module/xxgk/xxgkAnnualReport.jsp"


def test_a_tree_of_units_and_years() -> None:
    entries = [
        (f"{ANNUAL}?area=001&fbtime=2023", "2023年"),
        (f"{ANNUAL}?area=002&fbtime=2023", "县教育局"),
        (f"{ANNUAL}?area=003", "县水利局"),
        (f"{ANNUAL}?area=004&fbtime=2023", "政府信息公开指南"),
    ]
    found = look(column(links(*entries)), f"{SITE}{ANNUAL}?area=001&fbtime=2024")
    assert [(lead.kind, lead.url.removeprefix(SITE + ANNUAL), lead.year) for lead in found.leads] == [
        ("report", "?area=001&fbtime=2023", 2023),
        ("report", "?area=002&fbtime=2023", 2023),
        ("list", "?area=003", None),
    ]


def test_years_of_a_box_with_a_script() -> None:
    box = (
        f"<select onchange=\"location.href='{ANNUAL}?area=001&amp;fbtime='+this.value\">"
        "<option value=''>请选择</option><option value='2023'>2023年</option><option value='2022'>2022年</option>"
        "</select>"
    )
    found = look(column(box), f"{SITE}{ANNUAL}?area=001&fbtime=2023")
    assert [(lead.kind, lead.year) for lead in found.leads] == [("report", 2022)]
    assert found.leads[0].url.endswith("?area=001&fbtime=2022")


def test_a_form_of_units_and_years() -> None:
    units = "<select name='area'><option value='1'>县教育局</option><option value='2'>县水利局</option></select>"
    years = "".join(f"<option>{year}</option>" for year in (2024, 2023, 2007)) + "<option value=''>全部</option>"
    form = (
        f"<form action='{ANNUAL}'><input type='hidden' name='s' value='9'>{units}"
        f"<select name='fbtime'>{years}</select>{{}}</form>"
    )
    found = look(column(form.format("<input type='submit'>")))
    expected = [f"{ANNUAL}?s=9&area={unit}&fbtime={year}" for unit in (1, 2) for year in (2024, 2023)]
    assert leads(found) == [("report", path) for path in expected]
    assert [(lead.title, lead.year) for lead in found.leads][:2] == [("县教育局 2024", 2024), ("县教育局 2023", 2023)]
    assert look(column(form.format("<input name='kw'>"))).leads == ()
    assert look(column(form.format("").replace("<form", "<form method='post'"))).leads == ()


def test_units_and_years_of_a_products_own_address() -> None:
    html = column(
        "<select id='u'><option value='341'>县教育局</option><option value='342'>县水利局</option></select>"
        "<select id='y'><option value='2023'>2023</option><option value='2022'>2022</option></select>"
    )
    found = look(html, f"{SITE}/OpennessAnnualReport/year/341/2023.html")
    assert [lead.url.removeprefix(f"{SITE}/OpennessAnnualReport/year/") for lead in found.leads] == [
        "341/2022.html",
        "342/2023.html",
        "342/2022.html",
    ]
    assert [lead.year for lead in found.leads] == [2022, 2023, 2022]
    other = html.replace("341", "999")
    assert [lead.url[-13:] for lead in look(other, f"{SITE}/OpennessAnnualReport/year/341/2023.html").leads] == [
        "341/2022.html"
    ]


def test_tabs_of_longsun() -> None:
    detail = "/public/column/77?type=3&action=detail&nav=3&title=2021"
    tab = "/public/column/77?type=3&action=list"
    found = look(
        column(links((tab, "县教育局"), (detail, "2021"), ("/public/column/77?type=4&action=list", "机构职能")))
    )
    assert leads(found) == [("report", detail), ("list", tab)]


# Files


def test_files_on_a_list() -> None:
    named = "/f/" + quote("某局2022年政府信息公开年报.wps")
    download = "/module/download/downfile.jsp?filename=3.docx"
    rows = [
        f"<a href='/f/1.doc'>{TITLE}</a>",
        f"<a href='1.html'>{TITLE}</a> <a href='/f/2.pdf'>下载</a>",
        f"<span>{TITLE}</span><a href='{download}'><img src='x.png'></a>",
        f"<a href='{named}'>附件</a>",
        "<a href='/f/4.doc'>政府信息公开申请表</a>",
        "<a href='/f/5.xls'>财务报表</a>",
        "<a href='/f/6.zip'>2021年年度报告.zip</a>",
        "<a href='/f/7.jpg'>2023年政府信息公开年报</a>",
    ]
    found = look(column("<ul>" + "".join(f"<li>{row}</li>" for row in rows) + "</ul>"))
    assert found.kind == "list"
    assert [(lead.kind, lead.url.removeprefix(SITE), lead.year) for lead in found.leads] == [
        ("report", "/zwgk/zfxxgknb/1.html", 2023),
        ("attachment", "/f/1.doc", 2023),
        ("attachment", "/f/2.pdf", 2023),
        ("attachment", download, 2023),
        ("attachment", named, 2022),
        ("attachment", "/f/6.zip", 2021),
    ]
    assert found.leads[2].title == TITLE


def test_files_of_a_report() -> None:
    files = links(
        ("/f/1.doc", "附件1"), ("/f/2.pdf", "统计表"), ("/f/3.doc", "政府信息公开申请表.doc"), ("/x.png", "图")
    )
    found = look(f"<title>{TITLE}</title>{HEADINGS}{FILLER}{files}", f"{SITE}/x/1.html")
    assert found.kind == "report"
    assert [(lead.kind, lead.url, lead.title, lead.year) for lead in found.leads] == [
        ("attachment", f"{SITE}/f/1.doc", TITLE, 2023),
        ("attachment", f"{SITE}/f/2.pdf", "统计表", 2023),
    ]


def test_a_cover_of_files() -> None:
    viewer = "<iframe src='/pdf/web/viewer.html?file=%2Ff%2F2.pdf'></iframe>"
    html = f"<title>{TITLE}_某县（测试）</title><h1>{TITLE}</h1><p>见附件。</p><a href='/f/1.doc'>点击下载</a>{viewer}"
    found = look(html, f"{SITE}/x/1.html")
    assert found.kind == "list"
    assert found.reason.endswith("its text is in 2 attached files")
    assert leads(found) == [("attachment", "/f/1.doc"), ("attachment", "/f/2.pdf")]
    assert {lead.title for lead in found.leads} == {TITLE}


# Sitemaps

_URLS = [
    f"{SITE}/zfxxgknb/202401/t20240105_77.html",
    f"{SITE}/news/1.html",
    f"{SITE}/zfxxgknb/index.html",
    f"{SITE}/zfxxgknb/1.png",
    f"{SITE}/module/xxgk/xxgkAnnualReport.jsp?area=1&amp;fbtime=2023",
    f"{SITE}/xxgknb/f.docx",
    "http://b.gov.cn/xxgknb/",
]
_EXPECTED = [
    ("report", "/module/xxgk/xxgkAnnualReport.jsp?area=1&fbtime=2023"), ("attachment", "/xxgknb/f.docx"),
    ("report", "/zfxxgknb/202401/t20240105_77.html"), ("list", "/zfxxgknb/index.html"), ("list", "http://b.gov.cn/xxgknb/"),
]  # fmt: skip
_XML = "<?xml version='1.0'?><urlset>" + "".join(f"<url><loc> {url} </loc></url>" for url in _URLS) + "</urlset>"


@pytest.mark.parametrize(
    "content",
    [
        _XML.encode(),
        gzip.compress(_XML.encode()),
        _XML.replace("urlset", "s:urlset").replace("loc>", "s:loc>").encode(),
    ],
)
def test_a_sitemap(content: bytes) -> None:
    found = look(content, f"{SITE}/sitemap.xml")
    assert (found.kind, leads(found)) == ("sitemap", _EXPECTED)
    assert found.leads[-1].elsewhere


def test_a_sitemap_of_lines() -> None:
    text = "\n".join(_URLS).replace("&amp;", "&")
    found = look(text, f"{SITE}/sitemap.txt")
    assert (found.kind, leads(found)) == ("sitemap", _EXPECTED)
    assert look(text, f"{SITE}/x", Lead(f"{SITE}/x", "sitemap")).kind == "sitemap"


def test_an_index_of_sitemaps() -> None:
    parts = "".join(f"<sitemap><loc>{SITE}/{name}</loc></sitemap>" for name in ("s1.xml", "s2.xml.gz"))
    xml = f"<sitemapindex>{parts}</sitemapindex>"
    found = look(xml, f"{SITE}/sitemap.xml")
    assert (found.kind, leads(found)) == ("sitemap", [("sitemap", "/s1.xml"), ("sitemap", "/s2.xml.gz")])


def test_where_sitemaps_are_named() -> None:
    found = look(f"User-agent: *\nDisallow: /x\nSitemap: {SITE}/s.xml\n sitemap:/t.xml\n", f"{SITE}/robots.txt")
    assert (found.kind, leads(found)) == ("other", [("sitemap", "/s.xml"), ("sitemap", "/t.xml")])
    html = "<link rel='sitemap' href='/s.xml'><a href='/sitemap_2.xml'>地图</a>"
    assert leads(look(html, f"{SITE}/")) == [("sitemap", "/sitemap_2.xml"), ("sitemap", "/s.xml")]


def test_a_packed_sitemap_that_is_damaged() -> None:
    random_ = "".join(random.Random(1).choices(string.ascii_lowercase, k=20_000))
    found = look(gzip.compress(f"{_XML}<!--{random_}-->".encode())[:-3000], f"{SITE}/sitemap.xml.gz")
    assert (found.kind, leads(found)) == ("sitemap", _EXPECTED)
    assert found.reason.endswith("the packed stream ends early")
    assert look(b"\x1f\x8b" + b"\x00" * 40, f"{SITE}/sitemap.xml.gz").kind in ("error", "other")

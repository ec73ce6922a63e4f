"""Invented pages for the tests of discovery: shapes of real lists, with agencies that do not exist."""

from __future__ import annotations

from govreport.crawl.discover import Lead, Look, look_at
from govreport.model import Origin, Page

SITE = "http://www.a.gov.cn"
COLUMN = f"{SITE}/zwgk/zfxxgknb/index.html"
NOTICE = "<p>本页为测试而编，不是真实网页。</p>"
TITLE = "某县教育局2023年政府信息公开工作年度报告"
HEADINGS = "<p>一、总体情况</p><p>二、主动公开政府信息情况</p><p>三、收到和处理政府信息公开申请情况</p>"
FILLER = "<p>" + "此处文字为测试而编，与任何机关无关。" * 20 + "</p>"


def page(html: str | bytes, url: str = COLUMN, content_type: str = "") -> Page:
    """A fetched page."""
    return Page(html if isinstance(html, bytes) else html.encode(), Origin(url=url, content_type=content_type))


def look(html: str | bytes, url: str = COLUMN, lead: Lead | None = None) -> Look:
    """What discovery makes of a page."""
    return look_at(page(html, url), lead)


def column(body: str, name: str = "政府信息公开年报") -> str:
    """A column page: its name in title and meta tag, two entries of the menu, and the body."""
    return (
        f"<html><head><title>{name}_某县人民政府（测试）</title><meta name='ColumnName' content='{name}'></head>"
        f"<body>{NOTICE}<a href='/'>首页</a><a href='/news/'>要闻</a>{body}</body></html>"
    )


def leads(found: Look) -> list[tuple[str, str]]:
    """Kind and address of each lead, in order; of the same site the path alone."""
    return [(lead.kind, lead.url.removeprefix(SITE)) for lead in found.leads]


def links(*entries: tuple[str, str]) -> str:
    """A list of links, from pairs of address and text."""
    return "<ul>" + "".join(f"<li><a href='{href}'>{text}</a></li>" for href, text in entries) + "</ul>"

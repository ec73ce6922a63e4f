"""Hanweb: lists from an interface or from a datastore inside the page, and one page a unit and year."""

from __future__ import annotations

import html
import json
import re
from collections.abc import Sequence
from functools import partial
from typing import NamedTuple

from govreport.synthetic.sites.chrome import Entry, entry_of, link, page, short_notice, small_page
from govreport.synthetic.sites.files import docx
from govreport.synthetic.sites.host import Host, Maker, once, word
from govreport.synthetic.sites.plan import Body, Plan
from govreport.synthetic.sites.skeleton import OPEN, build_skeleton, decoys, list_page, report, trail_of
from govreport.synthetic.sites.wire import Reply, Request

PROXY = "/module/web/jpage/dataproxy.jsp"
ANNUAL = "/module/xxgk/xxgkAnnualReport.jsp"
DOWNLOAD = "/module/download/downfile.jsp"
_WEB, _SIZE, _MOST_PAGES = "3096", 5, 3
_FENCES = (
    '<!--ZJEG_RSS.content.begin--><meta name="ContentStart">',
    '<meta name="ContentEnd"><!--ZJEG_RSS.content.end-->',
)


class _List(NamedTuple):
    """A list of the interface: its column, its unit, and its lines."""

    column: str
    unit: str
    entries: Sequence[Entry]

    def record(self, entry: Entry) -> str:
        full = entry.full or entry.title
        shown = f"<li>{link(entry.href, entry.title, full)}<span>{entry.date}</span></li>"
        return f"<record><![CDATA[{shown}]]></record>"

    @property
    def pages(self) -> int:
        return -(-len(self.entries) // _SIZE)


def build(host: Host) -> None:
    """The style ``hanweb``: nothing but the interface gives the list."""
    host.article = _FENCES
    build_skeleton(host)
    column = host.path.removeprefix("/col/col")
    given = _List(column, "5586512", [*_articles(host, host.plans, column), *decoys(host, "/art/zn")])
    host.add_list(f"{host.path}/index.html", once(lambda: _script_page(host, given)))
    host.add_pattern(re.escape(PROXY) + r"(\?.*)?", _interface([given]))


def build_inline(host: Host) -> None:
    """The style ``hanweb_inline``: one list whole in the page, one whose rest comes from the interface."""
    host.article = _FENCES
    first = host.path.removeprefix("/col/col")
    second = str(int(first) + 1)
    names = [(word("level_government"), first), (word("level_departments"), second)]
    build_skeleton(host, [(f"{host.column}（{name}）", f"/col/col{column}/index.html") for name, column in names])
    whole = [plan for plan in host.plans if plan.body.code == "zf"]
    rest = [plan for plan in host.plans if plan.body.code != "zf"]
    lists = [
        _List(first, "4520011", _articles(host, whole, first)),
        _List(second, "4520012", _articles(host, rest, second)),
    ]
    for (name, column), given in zip(names, lists, strict=True):
        trail = [(word("open"), OPEN), (f"{host.column}（{name}）", f"/col/col{column}/index.html")]
        host.add_list(trail[-1][1], once(partial(_inline_page, host, given, trail)))
    host.add_pattern(re.escape(PROXY) + r"(\?.*)?", _interface(lists))


def _articles(host: Host, plans: Sequence[Plan], column: str) -> list[Entry]:
    entries = []
    for plan in plans:
        year, month, day = map(int, plan.published.split("-"))
        target = f"/art/{year}/{month}/{day}/art_{column}_{plan.number}.html"
        entries.append(entry_of(host, plan, host.add_report(target, plan, report(host, plan))))
    return entries


def _script_page(host: Host, given: _List) -> Reply:
    """A column page that prints the numbers the interface wants, and no link."""
    fields = {
        "col": "1", "appid": "1", "webid": _WEB, "path": "/", "columnid": given.column, "sourceContentType": "1",
        "unitid": given.unit, "webname": host.site_title, "permissiontype": "0",
    }  # fmt: skip
    script = (
        f'<div id="{given.unit}" class="default_pgContainer"></div>\n<script type="text/javascript">\n'
        f'$(function () {{ $("#{given.unit}").jpage({{ proxyUrl: "{PROXY}", perPage: {_SIZE}, '
        f"totalRecord: {len(given.entries)}, ajaxParam: {json.dumps(fields, ensure_ascii=False)} }}); }});\n</script>"
    )
    return page(host, host.column, script, trail=trail_of(host))


def _inline_page(host: Host, given: _List, trail: Sequence[tuple[str, str]]) -> Reply:
    """A column page that carries its first entries in a datastore; the interface has the others."""
    store = f'<script type="text/xml">{_datastore(given, 0, _SIZE, _following(given, 2))}</script>'
    return page(host, trail[-1][0], f'<div id="{given.unit}">{store}</div>', trail=trail)


def _following(given: _List, number: int) -> str:
    """Where the next page of a list is, nothing after the last."""
    if number > given.pages:
        return ""
    query = f"page={number}&appid=1&webid={_WEB}&path=/&columnid={given.column}&unitid={given.unit}&permissiontype=0"
    return f'<nextgroup><![CDATA[<a href="{PROXY}?{query}"></a>]]></nextgroup>'


def _datastore(given: _List, start: int, end: int, group: str = "") -> str:
    records = "".join(given.record(entry) for entry in given.entries[start:end])
    return (
        f"<datastore>{group}<recordset>{records}</recordset>"
        f"<totalrecord>{len(given.entries)}</totalrecord><totalpage>{given.pages}</totalpage></datastore>"
    )


def _interface(lists: Sequence[_List]) -> Maker:
    """The list interface: records ``startrecord`` to ``endrecord``, or a ``page``; at most three pages at a time."""

    def answer(request: Request) -> Reply:
        fields = request.fields
        given = next(
            (one for one in lists if (one.column, one.unit) == (fields.get("columnid"), fields.get("unitid"))), None
        )
        if given is None or fields.get("webid") != _WEB:
            given = _List("", "", [])
        following = _following(given, int(fields["page"]) + 1) if fields.get("page", "").isdecimal() else ""
        store = _datastore(given, *_span(fields), following)
        text = f'<?xml version="1.0" encoding="UTF-8"?><!--{short_notice()}-->{store}'
        return Reply(text.encode(), kind="text/xml;charset=UTF-8")

    return answer


def _span(fields: dict[str, str]) -> tuple[int, int]:
    def number(name: str, otherwise: int) -> int:
        return int(fields[name]) if fields.get(name, "").isdecimal() else otherwise

    size = max(1, number("perpage", number("perPage", _SIZE)))
    if "page" in fields:
        start = (max(1, number("page", 1)) - 1) * size
        return start, start + size
    start = max(1, number("startrecord", 1)) - 1
    return start, min(number("endrecord", start + size), start + size * _MOST_PAGES)


def build_units(host: Host) -> None:
    """The style ``hanweb_units``: one page a unit and year; years are links for some units, options for others."""
    host.article = _FENCES
    build_skeleton(host)
    makers: dict[tuple[str, str], Maker] = {}
    entries = []
    for order, (body, plans) in enumerate(host.plans_of_bodies().items()):
        years = _year_links(body, plans) if order % 2 == 0 else _year_options(body, plans)
        for plan in plans:
            attached = _attach(host, plan) if order == 0 else ""
            makers[body.unit, str(plan.year)] = report(host, plan, after=years + attached)
            host.expect(_annual(body, plan.year), plan)
        host.trap("no_data", _annual(body, plans[-1].year - 1))
        entries.append(Entry(body.short, _annual(body, plans[0].year)))
    host.add_list(f"{host.path}/index.html", list_page(host, entries))
    host.add_pattern(re.escape(ANNUAL) + r"\?.*", lambda request: _unit_page(request, makers))


def _unit_page(request: Request, makers: dict[tuple[str, str], Maker]) -> Reply:
    maker = makers.get((request.fields.get("area", ""), request.fields.get("fbtime", "")))
    return maker(request) if maker else small_page("no_data")


def _annual(body: Body, year: int) -> str:
    return f"{ANNUAL}?area={body.unit}&fbtime={year}"


def _year_links(body: Body, plans: Sequence[Plan]) -> str:
    items = "".join(f"<li>{link(_annual(body, plan.year), f'{plan.year}年')}</li>" for plan in plans)
    return f'<ul class="years">{items}</ul>'


def _year_options(body: Body, plans: Sequence[Plan]) -> str:
    """A box to choose the year from; its last year has no report."""
    years = [*(plan.year for plan in plans), plans[-1].year - 1]
    options = "".join(f'<option value="{year}">{year}年</option>' for year in years)
    move = html.escape(f"location.href='{ANNUAL}?area={body.unit}&fbtime='+this.value")
    return f'<select id="fbtime" name="fbtime" onchange="{move}">{options}</select>'


def _attach(host: Host, plan: Plan) -> str:
    name = f"{plan.number}.docx"
    target = f"{DOWNLOAD}?classid=0&filename={name}"
    host.add_report(target, plan, docx(plan, name), file="docx", copy_of=_annual(plan.body, plan.year))
    return f"<p>{word('attached')}：{link(target, plan.title + '.docx')}</p>"

"""What stands around the text of a page: head, banner, menu, path, footer; lists and their further pages."""

from __future__ import annotations

import html
import re
from collections.abc import Sequence
from typing import NamedTuple

from govreport.synthetic.sites.host import Host, both, word
from govreport.synthetic.sites.plan import Plan
from govreport.synthetic.sites.wire import Reply

_CUT = 22  # characters of a title before a list cuts it
_TAG = re.compile(r"</?[a-z][a-z0-9]*")
Trail = Sequence[tuple[str, str]]

MENU = (("home", "/"), ("open", "/zwgk/index.html"), ("service", "/bsfw/index.html"), ("talk", "/hdjl/index.html"))


class Entry(NamedTuple):
    """A line of a list: its title, where it leads, the date beside it, and the full title if the shown one is cut."""

    title: str
    href: str
    date: str = ""
    full: str = ""


def link(href: str, text: str, full: str = "") -> str:
    """A link; ``full`` becomes its title attribute."""
    title = f' title="{html.escape(full)}"' if full else ""
    return f'<a href="{html.escape(href)}"{title}>{html.escape(text, quote=False)}</a>'


def entry_of(host: Host, plan: Plan, href: str) -> Entry:
    """The line of a list for a report, titled by the habit of the site."""
    if host.style["titles"] == "cut" and len(plan.listed) > _CUT:
        return Entry(plan.listed[:_CUT] + "...", href, plan.published, plan.title)
    return Entry(plan.listed, href, plan.published)


def listing(host: Host, entries: Sequence[Entry]) -> str:
    """A list in the shape of the site: ul, table or dl."""
    shape = host.style["shape"]
    rows = [(link(e.href, e.title, e.full), e.date) for e in entries]
    if shape == "table":
        body = "\n".join(f"<tr><td>·{a}</td><td>[{date}]</td></tr>" for a, date in rows)
        return f'<table width="100%">\n{body}\n</table>'
    if shape == "dl":
        return '<dl class="list">\n' + "\n".join(f"<dt>{a}</dt><dd>{date}</dd>" for a, date in rows) + "\n</dl>"
    return '<ul class="list">\n' + "\n".join(f"<li>{a}<span>{date}</span></li>" for a, date in rows) + "\n</ul>"


def cut_in_pages(entries: Sequence[Entry], size: int) -> list[Sequence[Entry]]:
    """The entries of each page of a list."""
    return [entries[at : at + size] for at in range(0, len(entries), size)] or [[]]


def notice() -> str:
    """The two sentences that say that all is invented."""
    return "<br>".join(both("notice"))


def short_notice() -> str:
    """The same in a few words, for pages that must stay small."""
    return " ".join(both("short_notice"))


def page(host: Host, title: str, main: str, *, trail: Trail = (), plan: Plan | None = None, head: str = "") -> Reply:
    """A page of a site.

    Args:
        host: the site.
        title: of the page.
        main: its content as HTML.
        trail: names and addresses of the columns above it.
        plan: the report that it holds, for its meta tags.
        head: further lines of its head.
    """
    text = (_old_page if host.old else _new_page)(host, title, main, trail, _meta(host, title, trail, plan) + head)
    kind = "text/html" if host.old else f"text/html; charset={host.charset}"
    return Reply(text.encode("gb18030" if host.old else host.charset), kind=kind)


def small_page(name: str, body: str = "", *, status: int = 200, head: str = "") -> Reply:
    """A page of the server itself and not of the site's editors: an error, a check."""
    chinese, english = both(name)
    text = (
        f'<!DOCTYPE html>\n<html><head><meta charset="utf-8"><title>{chinese}</title>{head}</head>\n'
        f"<body><p>{chinese}</p>\n<p>{english}</p>\n<p>{short_notice()}</p>\n{body}</body></html>\n"
    )
    return Reply(text.encode(), status)


def _meta(host: Host, title: str, trail: Trail, plan: Plan | None) -> str:
    """The meta tags of the guide for government sites; their order differs from site to site."""
    column = trail[-1][0] if trail else ""
    pairs = [("SiteName", host.site_title), ("SiteDomain", host.base.partition("//")[2]), ("SiteIDCode", "0000000000")]
    if column:
        pairs += [
            ("ColumnName", column),
            ("ColumnType", column),
            ("ColumnDescription", column),
            ("ColumnKeywords", column),
        ]
    if plan:
        pairs += [
            ("ArticleTitle", title), ("PubDate", f"{plan.published} 09:30"), ("ContentSource", plan.body.agency),
            ("Keywords", host.column), ("Author", plan.body.agency), ("Description", title),
        ]  # fmt: skip
    turned = host.style["titles"] != "full"  # some products write content before name
    return "".join(
        f'<meta content="{html.escape(text)}" name="{name}">\n'
        if turned
        else f'<meta name="{name}" content="{html.escape(text)}">\n'
        for name, text in pairs
    )


def _path(trail: Trail) -> str:
    steps = [link("/", word("home")), *(link(href, name) for name, href in trail)]
    return f"{word('here')}：" + " &gt; ".join(steps)


def _new_page(host: Host, title: str, main: str, trail: Trail, meta: str) -> str:
    menu = "".join(f"<li>{link(href, word(name))}</li>" for name, href in MENU)
    return f"""<!DOCTYPE html>
<html lang="zh-CN">
<head>
<meta charset="{host.charset}">
<title>{html.escape(title)}_{host.site_title}</title>
{meta}</head>
<body>
<div class="top">{notice()}</div>
<div class="header"><h2>{host.site_title}</h2></div>
<div class="nav"><ul>{menu}</ul></div>
<div class="path">{_path(trail)}</div>
<div class="main">
{main}
</div>
<div class="footer">
<p>{word("friends")}：{link(host.outside + "/", word("outside"))}</p>
<p>主办：{host.site_title} | 网站标识码 0000000000 | ICP备案号 00000000（虚构）</p>
</div>
</body>
</html>
"""


def _old_page(host: Host, title: str, main: str, trail: Trail, meta: str) -> str:
    """The look of around 2005: everything in tables, tags in capitals."""
    menu = "".join(
        f'<td bgcolor="#cc0000"><font color="#ffffff">{link(href, word(name))}</font></td>' for name, href in MENU
    )
    text = f"""<html>
<head>
<meta http-equiv="Content-Type" content="text/html; charset=gb2312">
<title>{html.escape(title)}-{host.site_title}</title>
{meta}</head>
<body bgcolor="#ffffff" topmargin="0">
<center><table width="980" border="0" cellspacing="0" cellpadding="0">
<tr><td align="center"><font size="2">{notice()}</font></td></tr>
<tr><td><table width="100%"><tr>{menu}</tr></table></td></tr>
<tr><td>{_path(trail)}</td></tr>
<tr><td valign="top">
{main}
</td></tr>
<tr><td align="center"><font size="2">版权所有：{host.site_title} ICP备案号 00000000（虚构）</font></td></tr>
</table></center>
</body>
</html>
"""
    return _TAG.sub(lambda match: match[0].upper(), text)

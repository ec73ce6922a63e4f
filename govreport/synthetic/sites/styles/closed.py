"""Sites whose robots.txt closes a part of them, or all."""

from __future__ import annotations

from govreport.synthetic.sites.chrome import entry_of, short_notice, small_page
from govreport.synthetic.sites.host import Host, once
from govreport.synthetic.sites.skeleton import address, build_skeleton, decoys, list_page, plain_column, report
from govreport.synthetic.sites.wire import Reply

_CLOSED, _OPENED, _QUERY = 1, 2, 3  # positions of bodies whose reports stand in folders of their own


def build(host: Host) -> None:
    """The style ``robots``: a closed folder with an open one inside, closed query pages, a delay."""
    build_skeleton(host)
    inner, opened = f"{host.path}/neibu", f"{host.path}/neibu/gongkai"
    text = f"""# {short_notice()}
User-agent: *
Disallow: {inner}/
Allow: {opened}/
Disallow: /*.jsp
Crawl-delay: {host.trouble.crawl_delay:g}
"""
    host.add("/robots.txt", once(lambda: Reply(text.encode(), kind="text/plain; charset=utf-8")))
    entries = []
    codes = list(dict.fromkeys(plan.body.code for plan in host.plans))
    for plan in host.plans:
        position = codes.index(plan.body.code)
        target = {
            _CLOSED: f"{inner}/{plan.number}.html",
            _OPENED: f"{opened}/{plan.number}.html",
            _QUERY: f"{host.path}/show.jsp?id={plan.number}",
        }.get(position, address(host, plan))
        closed = position in (_CLOSED, _QUERY)
        host.add_report(target, plan, report(host, plan), true=not closed)
        if closed:
            host.forbid(target)
        entries.append(entry_of(host, plan, target))
    host.add_list(f"{host.path}/index.html", list_page(host, [*entries, *decoys(host)]))


def build_down(host: Host) -> None:
    """The style ``robots_down``: robots.txt answers 503, so that nothing may be fetched (RFC 9309, 2.3.1.4)."""
    plain_column(host)
    host.add("/robots.txt", once(lambda: small_page("error_page", status=503)))
    host.forbid("/")
    host.forbid_all()

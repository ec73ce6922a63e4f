"""Sites that send the visitor elsewhere: redirects of all kinds, and base tags."""

from __future__ import annotations

from functools import partial

from govreport.synthetic.sites.chrome import Entry, entry_of, small_page
from govreport.synthetic.sites.host import Host, once, with_headers
from govreport.synthetic.sites.skeleton import address, build_skeleton, decoys, list_page, report, trail_of
from govreport.synthetic.sites.wire import Reply

_CHAIN = (301, 302, 307, 308)


def move(to: str, status: int = 302) -> Reply:
    """A redirect."""
    return with_headers(small_page("moved", status=status), ("Location", to))


def build(host: Host) -> None:
    """The style ``redirects``: reports behind chains, and links that lead in circles or away."""
    build_skeleton(host)
    entries = []
    for position, plan in enumerate(host.plans):
        final = host.add_report(address(host, plan), plan, report(host, plan))
        start = f"/old/{plan.number}.html"
        _add_chain(host, start, final, 1 + position % len(_CHAIN))
        if position % len(_CHAIN):
            host.trap("redirect_chain", start)
        entries.append(entry_of(host, plan, start))
    entries += _ways_away(host)
    host.add_list(f"{host.path}/index.html", list_page(host, [*entries, *decoys(host)]))


def _add_chain(host: Host, start: str, final: str, steps: int) -> None:
    """Redirects from one address to another; the last address is given whole, the others without a host."""
    name = start.rpartition("/")[2]
    stops = [start, *(f"/old/{step}/{name}" for step in range(1, steps)), host.url(final)]
    for status, here, there in zip(_CHAIN, stops, stops[1:], strict=False):
        host.add(here, once(partial(move, there, status)))


def _ways_away(host: Host) -> list[Entry]:
    """Lines of the list, titled as reports, that lead nowhere good."""
    port = host.base.rpartition(":")[2]
    leads: dict[str, str] = {
        "redirect_self": "/away/redirect_self.html",
        "redirect_loop": "/away/back.html",
        "outside_redirect": f"{host.outside}/report.html",
        "outside_name": f"http://localhost:{port}{address(host, host.plans[0])}",
        "link_local": "http://169.254.169.254/latest/meta-data/",
        "private": "http://10.0.0.1/report.html",
        "local_file": "file:///etc/hostname",
        "https_swap": host.url(address(host, host.plans[0])).replace("http:", "https:", 1),
    }
    for kind, to in leads.items():
        host.add(host.trap(kind, f"/away/{kind}.html"), once(partial(move, to)))
    host.add("/away/back.html", once(lambda: move("/away/redirect_loop.html", 301)))
    host.trap("redirect_endless", "/away/hop/0.html")
    host.add_pattern(r"/away/hop/\d+\.html", lambda request: move(f"{int(request.path[10:-5]) + 1}.html"))
    targets = [*(f"/away/{kind}.html" for kind in leads), "/away/hop/0.html"]
    title = host.plans[0].title
    lines = [Entry(title.replace(str(host.plans[0].year), str(2010 + n)), to) for n, to in enumerate(targets)]
    host.trap("outside_link", f"{host.path}/index.html")
    return [
        *lines,
        Entry(title, f"{host.outside}/art/report.html"),
        Entry(title, f"//{host.outside.partition('//')[2]}/b.html"),
    ]


def build_base(host: Host) -> None:
    """The style ``base``: one list whose base is a folder of this host, one whose base is another host."""
    build_skeleton(host)
    newest = host.plans[0].year
    folder, elsewhere = f"{host.path}/folder.html", f"{host.path}/elsewhere.html"
    host.trap("base_folder", folder)
    host.trap("base_elsewhere", elsewhere)
    inside: list[Entry] = []
    away: list[Entry] = []
    for plan in host.plans:
        target = host.add_report(f"{host.path}/files/{plan.number}.html", plan, report(host, plan))
        near = entry_of(host, plan, f"{plan.number}.html")
        if plan.year == newest:
            inside.append(near)
        else:
            away.append(near._replace(href=host.url(target)))
            away.append(Entry(plan.title.replace(str(plan.year), str(plan.year - 9)), f"x{plan.number}.html"))
    _list_with_base(host, folder, inside, f"{host.path}/files/")
    _list_with_base(host, elsewhere, away, f"{host.outside}{host.path}/")
    columns = [Entry(f"{host.column}（{newest}）", folder), Entry(f"{host.column}（{newest - 1}）", elsewhere)]
    host.add_list(f"{host.path}/index.html", list_page(host, [*columns, *decoys(host)]))


def _list_with_base(host: Host, target: str, entries: list[Entry], base: str) -> None:
    trail = trail_of(host, (host.column, host.url(target)))
    host.add_list(target, list_page(host, entries, trail=trail, head=f'<base href="{base}">\n'))

"""The Longsun family of Anhui: a table of units and years, and addresses that can be enumerated."""

from __future__ import annotations

from collections.abc import Sequence

from govreport.synthetic.sites.chrome import Entry, entry_of, link, page
from govreport.synthetic.sites.host import Host, once
from govreport.synthetic.sites.plan import Body, Plan
from govreport.synthetic.sites.skeleton import build_skeleton, list_page, report, trail_of
from govreport.synthetic.sites.wire import Reply


def build(host: Host) -> None:
    """The style ``longsun``: half of the units by year and show, half by public/column."""
    host.article = ('<div class="xxgk_content" id="wzcontent">', "</div>")
    build_skeleton(host)
    rows = []
    for order, (body, plans) in enumerate(host.plans_of_bodies().items()):
        links = _by_year(host, body, plans) if order % 2 == 0 else _by_column(host, body, plans)
        rows.append(f"<tr><th>{body.short}</th>{''.join(f'<td>{one}</td>' for one in links)}</tr>")
    host.add_list(f"{host.path}/index.html", once(lambda: _table(host, rows)))


def _table(host: Host, rows: Sequence[str]) -> Reply:
    main = '<table class="units">\n' + "\n".join(rows) + "\n</table>"
    return page(host, host.column, main, trail=trail_of(host))


def _by_year(host: Host, body: Body, plans: Sequence[Plan]) -> list[str]:
    """A list for each unit and year, with a link to the report."""
    links = []
    for plan in plans:
        shown = host.add_report(f"{host.path}/show/{plan.number}.html", plan, report(host, plan))
        target = f"{host.path}/year/{body.unit[-4:]}/{plan.year}.html"
        host.add_list(target, list_page(host, [entry_of(host, plan, shown)]))
        links.append(link(target, f"{plan.year}年"))
    return links


def _by_column(host: Host, body: Body, plans: Sequence[Plan]) -> list[str]:
    """A page for each unit; the report of a year is the same page with other fields."""
    column = f"/public/column/{body.unit[-4:]}?type=3"
    entries = []
    for plan in plans:
        target = f"{column}&action=detail&nav=3&title={plan.year}"
        host.add_report(target, plan, report(host, plan))
        entries.append(Entry(plan.listed, target, plan.published))
    listed = host.add_list(f"{column}&action=list&nav=3", list_page(host, entries))
    return [link(listed, host.column)]

"""A tree of years and departments: links show a year or a department and never the title of a report."""

from __future__ import annotations

from govreport.synthetic.sites.chrome import Entry, cut_in_pages
from govreport.synthetic.sites.host import Host
from govreport.synthetic.sites.plan import Plan
from govreport.synthetic.sites.skeleton import build_skeleton, decoys, list_page, report, trail_of

_SIZE = 3
_LONG = 1_619_593_600_000_000_000  # addresses of such sites are numbers of 19 digits


def build(host: Host) -> None:
    """The style ``tree``."""
    host.article = ('<div id="UCAP-CONTENT"><div class="trs_editor_view">', "</div></div>")
    build_skeleton(host)
    years = list(dict.fromkeys(plan.year for plan in host.plans))
    entries = [Entry(f"{year}年", f"{_folder(year)}/index.shtml") for year in years]
    host.add_list(f"{host.path}/index.html", list_page(host, [*entries, *decoys(host)]))
    for year in years:
        _build_year(host, year)


def _folder(year: int) -> str:
    """The folder of a year; two habits of naming it."""
    return f"{year}n" if year % 2 else f"{year}nb"


def _build_year(host: Host, year: int) -> None:
    folder = f"{host.path}/{_folder(year)}"
    trail = trail_of(host, (f"{year}年", f"{folder}/index.shtml"))
    entries = [_department(host, plan, folder, trail) for plan in host.plans if plan.year == year]
    pages = cut_in_pages(entries, _SIZE)
    for number, shown in enumerate(pages, start=1):
        script = f"<script>var totalPage = {len(pages)}; var pageNo = {number};</script>"
        links = " ".join(f'<a href="?pageNo={n}">{n}</a>' for n in range(1, len(pages) + 1) if n != number)
        maker = list_page(host, shown, trail=trail, after=f'<div class="page">{links}</div>{script}')
        if number == 1:
            host.add_list(f"{folder}/index.shtml", maker)
            host.add(f"{folder}/index.shtml?pageNo=1", maker)
        else:
            host.add_list(f"{folder}/index.shtml?pageNo={number}", maker)


def _department(host: Host, plan: Plan, folder: str, trail: list[tuple[str, str]]) -> Entry:
    at = f"{folder}/{plan.body.code}"
    steps = [*trail, (plan.body.short, f"{at}/index.shtml")]
    name = f"{_LONG + plan.number * 7919}.html"
    host.add_report(f"{at}/{name}", plan, report(host, plan, trail=steps))
    host.add_list(f"{at}/index.shtml", list_page(host, [Entry(plan.title, name, plan.published)], trail=steps))
    return Entry(plan.body.short, f"{plan.body.code}/index.shtml", plan.published)

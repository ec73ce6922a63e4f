"""An old site in GBK: query pages, tables for layout, tags in capitals, Chinese file names."""

from __future__ import annotations

from govreport.synthetic.sites.chrome import cut_in_pages, entry_of, link
from govreport.synthetic.sites.host import Host, word
from govreport.synthetic.sites.skeleton import build_skeleton, decoys, list_page, report, trail_of

_SIZE = 6
_RAW = 3  # position of the report whose address has Chinese characters


def build(host: Host) -> None:
    """The style ``gbk``."""
    host.old = True
    host.article = ('<table width="100%"><tr><td class="bt_content"><div id="zoom">', "</div></td></tr></table>")
    column = f"{host.path}/list.asp?classid=7"
    build_skeleton(host, [(host.column, column)])
    trail = [*trail_of(host)[:1], (host.column, column)]
    entries = []
    for position, plan in enumerate(host.plans):
        target = f"{host.path}/年报/{plan.number}.htm" if position == _RAW else f"{host.path}/show.asp?id={plan.number}"
        if position == _RAW:
            host.trap("raw_path", target)
        host.add_report(target, plan, report(host, plan, trail=trail))
        entries.append(entry_of(host, plan, target.removeprefix(f"{host.path}/")))
    pages = cut_in_pages([*entries, *decoys(host)], _SIZE)
    for number, shown in enumerate(pages, start=1):
        maker = list_page(host, shown, trail=trail, after=_pager(number, len(pages)))
        if number == 1:
            host.add_list(column, maker)
            host.add(f"{column}&page=1", maker)
        else:
            host.add_list(f"{column}&page={number}", maker)


def _pager(here: int, last: int) -> str:
    """Next and last page, and how many there are."""
    steps = [("next", here + 1), ("last", last)] if here < last else []
    links = " ".join(link(f"list.asp?classid=7&page={number}", word(name)) for name, number in steps)
    return f"<table><tr><td>第{here}页/共{last}页 {links}</td></tr></table>"

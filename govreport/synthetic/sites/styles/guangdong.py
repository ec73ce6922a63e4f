"""The cluster of Guangdong: content/post_<id>.html with numeric links to further pages, and gkmlpt."""

from __future__ import annotations

from govreport.synthetic.sites.chrome import Entry, cut_in_pages, entry_of, link
from govreport.synthetic.sites.host import Host, word
from govreport.synthetic.sites.skeleton import build_skeleton, decoys, list_page, report, trail_of

_SIZE = 5
_OF_CATALOGUE = ("jyj", "cqjd")  # bodies whose reports stand in the catalogue
_CATALOGUE = "/gkmlpt"


def build(host: Host) -> None:
    """The style ``guangdong``."""
    host.article = ('<div class="article-content" id="zoomcon">', "</div>")
    catalogue = f"{host.column}（{word('level_departments')}）"
    build_skeleton(host, [(host.column, f"{host.path}/index.html"), (catalogue, f"{_CATALOGUE}/index.html")])
    listed: list[Entry] = []
    filed: list[Entry] = []
    for plan in host.plans:
        inside = plan.body.code in _OF_CATALOGUE
        folder = f"{_CATALOGUE}/content/4/4100" if inside else f"{host.path}/content"
        target = host.add_report(f"{folder}/post_{plan.number}.html", plan, report(host, plan))
        (filed if inside else listed).append(entry_of(host, plan, target))
    trail = trail_of(host)[:1]
    host.add_list(
        f"{_CATALOGUE}/index.html", list_page(host, filed, trail=[*trail, (catalogue, f"{_CATALOGUE}/index.html")])
    )
    pages = cut_in_pages([*listed, *decoys(host)], _SIZE)
    for number, shown in enumerate(pages, start=1):
        host.add_list(_page(host, number), list_page(host, shown, after=_numbers(host, number, len(pages))))


def _page(host: Host, number: int) -> str:
    """Address of a page of the list; the second is index_2."""
    return f"{host.path}/index.html" if number == 1 else f"{host.path}/index_{number}.html"


def _numbers(host: Host, here: int, last: int) -> str:
    """Links to neighbours and to the last page."""
    shown = [n for n in range(1, last + 1) if abs(n - here) <= 1]
    links = [link(_page(host, n), str(n)) if n != here else f"<span>{n}</span>" for n in shown]
    links.append(link(_page(host, last), word("last")))
    return f'<div class="page">{" ".join(links)}</div>'

"""TRS: static lists with createPageHTML, files named by date and number."""

from __future__ import annotations

from govreport.synthetic.sites.chrome import Entry, cut_in_pages, entry_of
from govreport.synthetic.sites.host import Host, word
from govreport.synthetic.sites.plan import Plan
from govreport.synthetic.sites.skeleton import build_skeleton, decoys, list_page, report, trail_of

_SIZE = 4
_LEVELS = {"zf": "szf", "slj": "bm", "jyj": "bm"}  # other bodies stand among the towns
_NAMES = {"szf": "level_government", "bm": "level_departments", "zj": "level_towns"}
_LIAR = 5  # position of the report whose address names the year 1970


def build(host: Host) -> None:
    """The style ``trs``."""
    host.article = ('<div class="TRS_Editor" id="zoom">', "</div>")
    build_skeleton(host, [(host.column, f"{host.path}/")])
    levels = [Entry(word(name), f"./{level}/") for level, name in _NAMES.items()]
    maker = list_page(host, [*levels, *decoys(host)])
    host.add_list(f"{host.path}/", maker)
    host.add(f"{host.path}/index.html", maker)
    for level, name in _NAMES.items():
        _build_level(host, level, name)


def _build_level(host: Host, level: str, name: str) -> None:
    folder = f"{host.path}/{level}"
    trail = trail_of(host, (word(name), f"{folder}/"))
    entries = []
    for position, plan in enumerate(host.plans):
        if _LEVELS.get(plan.body.code, "zj") == level:
            file = _file(plan, lying=position == _LIAR)
            target = host.add_report(f"{folder}/{file}", plan, report(host, plan, trail=trail))
            if position == _LIAR:
                host.trap("lying_date", target)
            entries.append(entry_of(host, plan, f"./{file}"))
    pages = cut_in_pages(entries, _SIZE)
    for number, shown in enumerate(pages):
        script = f'<div class="page"><script>createPageHTML({len(pages)}, {number}, "index", "html");</script></div>'
        maker = list_page(host, shown, trail=trail, after=script)
        if number:
            host.add_list(f"{folder}/index_{number}.html", maker)
        else:
            host.add_list(f"{folder}/", maker)
            host.add(f"{folder}/index.html", maker)


def _file(plan: Plan, lying: bool) -> str:
    day = "19700101" if lying else plan.published.replace("-", "")
    return f"{plan.published[:4]}{plan.published[5:7]}/t{day}_{plan.number}.html"

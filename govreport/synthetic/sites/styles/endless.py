"""Sites without end: calendars, folders inside themselves, links with a session number."""

from __future__ import annotations

import random
from datetime import date, timedelta

from govreport.synthetic.sites.chrome import Entry, entry_of, link, page
from govreport.synthetic.sites.host import Host, Maker, with_headers, word
from govreport.synthetic.sites.skeleton import build_skeleton, decoys, list_page, plain_column, report, trail_of
from govreport.synthetic.sites.wire import Reply, Request

_SIZE = 4


def build(host: Host) -> None:
    """The style ``calendar``."""
    start = host.trap("endless_calendar", "/zwgk/rili?year=2024&month=1")
    deeper = host.trap("endless_folders", "/zwgk/rili/zwgk/index.html")
    plain_column(host, extra=[Entry(word("calendar"), start), Entry(word("more"), deeper)])
    host.add_pattern(r"/zwgk/rili\?year=\d{1,4}&month=\d{1,2}(&day=\d{1,2})?", lambda request: _month(host, request))
    host.add_pattern(r"/zwgk/rili/(zwgk/){1,200}index\.html", lambda request: _deeper(host, request))


def _month(host: Host, request: Request) -> Reply:
    fields = request.fields
    this = date(max(1, int(fields["year"])), min(12, max(1, int(fields["month"]))), 1)
    near = [(name, (this + timedelta(days))) for name, days in (("previous", -1), ("next", 31))]
    steps = [
        link(f"/zwgk/rili?year={day.year}&month={day.month}", f"{day.year}年{day.month}月 {word(name)}")
        for name, day in near
    ]
    days = [link(f"/zwgk/rili?year={this.year}&month={this.month}&day={n}", str(n)) for n in range(1, 29)]
    return page(host, f"{this.year}年{word('calendar')}", " ".join([*steps, *days]))


def _deeper(host: Host, request: Request) -> Reply:
    del request
    return page(host, word("more"), link("zwgk/index.html", host.column))


def build_sessions(host: Host) -> None:
    """The style ``sessions``: two products, one with ;jsessionid= in the path, one with PHPSESSID in the query."""
    java, php = f"{host.path}/list.jsp", f"{host.path}/list.php"
    build_skeleton(
        host,
        [
            (f"{host.column}（{word('level_government')}）", java),
            (f"{host.column}（{word('level_departments')}）", php),
        ],
    )
    codes = list(dict.fromkeys(plan.body.code for plan in host.plans))
    makers: dict[str, Maker] = {}
    entries: dict[str, list[Entry]] = {java: [], php: []}
    for plan in host.plans:
        listed = (java, php)[codes.index(plan.body.code) % 2]
        show = f"{host.path}/show.{listed[-3:]}?id={plan.number}"
        makers[show] = report(host, plan, trail=[*trail_of(host)[:1], (host.column, listed)])
        host.expect(show, plan)
        entries[listed].append(entry_of(host, plan, show))
    for listed, lines in entries.items():
        host.trap("session_links", listed)
        host.add_list(listed, _with_sessions(host, listed, [*lines, *decoys(host, f"{host.path}/{listed[-3:]}")]))
    _answer_sessions(host, makers, {listed: _with_sessions(host, listed, lines) for listed, lines in entries.items()})


def _answer_sessions(host: Host, makers: dict[str, Maker], lists: dict[str, Maker]) -> None:
    """Any session number will do, and none as well."""

    def answer(request: Request) -> Reply:
        number = request.fields.get("id")
        path = request.path.partition(";")[0]
        maker = makers.get(f"{path}?id={number}") if number else lists.get(path)
        return (maker or host.missing)(request)

    host.add_pattern(rf"{host.path}/(show|list)\.(jsp|php)(;jsessionid=[0-9A-F]+)?(\?.*)?", answer)


def _with_sessions(host: Host, listed: str, entries: list[Entry]) -> Maker:
    """The list, its links with a session number that changes each time."""

    def answer(request: Request) -> Reply:
        number = f"{random.Random(f'{host.seed}/{listed}/{request.turn}').getrandbits(128):032X}"
        shown = [entry._replace(href=_marked(entry.href, number)) for entry in entries]
        cookie = f"{'JSESSIONID' if listed.endswith('jsp') else 'PHPSESSID'}={number}; Path=/"
        reply = list_page(host, shown, trail=[*trail_of(host)[:1], (host.column, listed)])(request)
        return with_headers(reply, ("Set-Cookie", cookie))

    return answer


def _marked(href: str, number: str) -> str:
    path, mark, query = href.partition("?")
    if path.endswith(".jsp"):
        return f"{path};jsessionid={number}{mark}{query}"
    return f"{href}&PHPSESSID={number.lower()}" if path.endswith(".php") else href

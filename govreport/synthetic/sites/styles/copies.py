"""The same report more than once: under two addresses, for printing, through a gateway, on a mirror."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace

from govreport.forms import read_csv
from govreport.synthetic.sites.chrome import Entry, entry_of, link, notice
from govreport.synthetic.sites.host import Host, Maker, once, word
from govreport.synthetic.sites.plan import Plan, make_plans
from govreport.synthetic.sites.skeleton import address, build_skeleton, decoys, list_page, report, trail_of
from govreport.synthetic.sites.wire import Reply, Request

_ORIGINAL = "copies"
_TWICE = "bm"
_SENTENCE = re.compile(r"<p>[^<>]*。</p>")
_LOST = re.compile("[的和并]")


def build(host: Host) -> None:
    """The style ``copies``."""
    departments = f"/xxgk/{_TWICE}/index.html"
    named = f"{host.column}（{word('level_departments')}）"
    build_skeleton(host, [(host.column, f"{host.path}/index.html"), (named, departments)])
    trail = [*trail_of(host)[:1], (named, departments)]
    entries: list[Entry] = []
    again: list[Entry] = []
    for plan in host.plans:
        first = address(host, plan)
        host.add_report(first, plan, report(host, plan, after=_other_forms(host, plan)))
        entries.append(entry_of(host, plan, first))
        if plan.body.code != "zf":
            second = f"/xxgk/{_TWICE}/{plan.body.code}/{plan.number}.html"
            host.add_report(host.trap("second_address", second), plan, report(host, plan, trail=trail), copy_of=first)
            again.append(entry_of(host, plan, second))
    host.add_list(f"{host.path}/index.html", list_page(host, [*entries, *decoys(host)]))
    host.add_list(departments, list_page(host, again, trail=trail))


def _other_forms(host: Host, plan: Plan) -> str:
    """Links to the print version and to the gateway, and the pages behind them."""
    printed = f"{host.path}/print.jsp?id={plan.number}"
    gateway = f"/gate/big5/{host.base.partition('//')[2]}{address(host, plan)}"
    host.add(host.trap("print_version", printed), once(lambda: _print_page(host, plan)))
    host.add(host.trap("gateway", gateway), _through_gateway(report(host, plan)))
    return f"<p>{link(printed, word('print'))} {link(gateway, '繁體')}</p>"


def _print_page(host: Host, plan: Plan) -> Reply:
    text = (
        f'<!DOCTYPE html>\n<html><head><meta charset="utf-8"><title>{plan.title}</title></head>\n'
        f"<body><p>{notice()}</p>\n{plan.article()}\n<p>{host.site_title}</p></body></html>\n"
    )
    return Reply(text.encode())


def _changed(maker: Maker, change: Callable[[str], str]) -> Maker:
    """The page with its text changed."""

    def make(request: Request) -> Reply:
        reply = maker(request)
        return replace(reply, body=change(reply.body.decode()).encode())

    return make


def _through_gateway(maker: Maker) -> Maker:
    """Some words in traditional characters, as a gateway swaps them."""

    def swap(text: str) -> str:
        for row in read_csv("sites_traditional"):
            text = text.replace(row["simplified"], row["traditional"])
        return text

    return _changed(maker, swap)


def build_mirror(host: Host) -> None:
    """The style ``mirror``: the reports of ``copies`` at the same addresses, sentences with lost characters."""
    host.plans = make_plans({**host.style, "style": _ORIGINAL}, host.seed)
    build_skeleton(host)
    entries = []
    for plan in host.plans:
        target = address(host, plan)
        damaged = _changed(report(host, plan), lambda text: _SENTENCE.sub(lambda m: _LOST.sub("", m[0]), text))
        original = host.bases.get(_ORIGINAL, "") and host.bases[_ORIGINAL] + target
        host.add_report(host.trap("lost_characters", target), plan, damaged, copy_of=original)
        entries.append(entry_of(host, plan, target))
    host.add_list(f"{host.path}/index.html", list_page(host, [*entries, *decoys(host)]))

"""A site whose pages nobody links to: their addresses stand in sitemaps."""

from __future__ import annotations

import gzip
import hashlib
from collections.abc import Sequence

from govreport.synthetic.sites.chrome import short_notice
from govreport.synthetic.sites.host import Host, once
from govreport.synthetic.sites.plan import Plan
from govreport.synthetic.sites.skeleton import build_skeleton, decoys, report, trail_of
from govreport.synthetic.sites.wire import Reply

_SPACE = "http://www.sitemaps.org/schemas/sitemap/0.9"


def build(host: Host) -> None:
    """The style ``sitemap``."""
    build_skeleton(host, [])
    others = [(entry.href, entry.date) for entry in decoys(host)]
    trail = trail_of(host)[:1]  # no page of the column is linked anywhere
    pages = []
    for plan in host.plans:
        target = host.add_report(_address(host, plan), plan, report(host, plan, trail=trail))
        pages.append((target, plan.published))
    half = len(pages) // 2
    plain, packed = _urls(host, [*others, *pages[:half]]), _urls(host, pages[half:])
    host.add_list("/sitemap_1.xml", once(lambda: _xml(plain)))
    host.add_list(
        "/sitemap_2.xml.gz", once(lambda: Reply(gzip.compress(plain_bytes(packed), mtime=0), kind="application/x-gzip"))
    )
    parts = [host.url("/sitemap_1.xml"), host.url("/sitemap_2.xml.gz"), f"{host.outside}/sitemap.xml"]
    host.trap("outside_link", "/sitemap_index.xml")
    index = "".join(f"<sitemap><loc>{part}</loc></sitemap>\n" for part in parts)
    host.add_list("/sitemap_index.xml", once(lambda: _xml(f'<sitemapindex xmlns="{_SPACE}">\n{index}</sitemapindex>')))
    text = f"# {short_notice()}\nUser-agent: *\nAllow: /\nSitemap: {host.url('/sitemap_index.xml')}\n"
    host.add("/robots.txt", once(lambda: Reply(text.encode(), kind="text/plain; charset=utf-8")))


def _address(host: Host, plan: Plan) -> str:
    name = hashlib.sha256(plan.key.encode()).hexdigest()[:32]
    return f"{host.path}/{plan.published[:4]}{plan.published[5:7]}/{name}.shtml"


def _urls(host: Host, pages: Sequence[tuple[str, str]]) -> str:
    lines = "".join(f"<url><loc>{host.url(target)}</loc><lastmod>{day}</lastmod></url>\n" for target, day in pages)
    return f'<urlset xmlns="{_SPACE}">\n{lines}</urlset>'


def plain_bytes(content: str) -> bytes:
    """An XML file with its heading and the words that say it is invented."""
    return f'<?xml version="1.0" encoding="UTF-8"?>\n<!--{short_notice()}-->\n{content}\n'.encode()


def _xml(content: str) -> Reply:
    return Reply(plain_bytes(content), kind="application/xml")

"""Sitemaps: XML, an index of sitemaps, packed, plain text, and the lines of robots.txt that name them."""

from __future__ import annotations

import html
import re
import zlib
from collections.abc import Iterator
from urllib.parse import urlsplit

from govreport.crawl.addresses import absolute, elsewhere, file_use, refused
from govreport.crawl.knowledge import path_use, product_of
from govreport.crawl.leads import ATTACHMENT, ELSEWHERE, MAP, PATH, POSSIBLE, REPORT, Lead

MAX_BYTES, MAX_ENTRIES = 50_000_000, 50_000  # what sitemaps.org allows
_LOC = re.compile(r"<(?:\w{1,20}:)?loc>\s{0,20}(?:<!\[CDATA\[)?\s{0,20}([^<>\s\]]{1,2000})", re.IGNORECASE)
_INDEX = re.compile(r"<(?:\w{1,20}:)?sitemapindex[\s>]", re.IGNORECASE)
_SET = re.compile(r"<(?:\w{1,20}:)?urlset[\s>]", re.IGNORECASE)
_ROBOTS = re.compile(r"^[ \t]{0,9}sitemap[ \t]{0,9}:[ \t]{0,9}(\S{1,2000})", re.IGNORECASE | re.MULTILINE)
_LINES = re.compile(r"^[ \t]*(https?://\S{1,2000})[ \t]*$", re.MULTILINE)
_HEAD = 4000


def unpacked(content: bytes) -> tuple[bytes, str]:
    """A packed sitemap as it is inside, at most ``MAX_BYTES`` of it, and what was cut or is damaged ("" if nothing)."""
    made, rest, note = b"", content, ""
    while rest.startswith(b"\x1f\x8b") and len(made) < MAX_BYTES:
        stream = zlib.decompressobj(zlib.MAX_WBITS | 16)
        try:
            made += stream.decompress(rest, MAX_BYTES - len(made))
        except zlib.error as error:
            return made, f"the packed stream is damaged ({error})"
        if not stream.eof:
            note = "the packed stream ends early" if len(made) < MAX_BYTES else f"{MAX_BYTES:,} bytes were unpacked"
            break
        rest = stream.unused_data
    return made, note


def kind_of(text: str, url: str, expected: bool) -> str:
    """Which sitemap a text is: "index", "set", "lines", "robots", or "" if none.

    Args:
        text: the whole text.
        url: its address.
        expected: what led here said that it is one.
    """
    head = text[:_HEAD].lstrip("\ufeff \t\r\n")
    if head.startswith("<"):
        return "index" if _INDEX.search(head) else "set" if _SET.search(head) else ""
    if urlsplit(url).path == "/robots.txt":
        return "robots"
    lines = [line for line in head.splitlines()[:20] if line.strip()]
    listed = bool(lines) and all(_LINES.match(line) for line in lines[:-1] or lines)
    return "lines" if listed and (expected or urlsplit(url).path.endswith(".txt")) else ""


def leads_of(text: str, kind: str, url: str, notes: list[str]) -> Iterator[Lead]:
    """What a sitemap leads to: further sitemaps, and the addresses whose path or product speaks of annual reports.

    Args:
        text: the sitemap.
        kind: as ``kind_of`` tells.
        url: its address.
        notes: gets a sentence if the sitemap is longer than sitemaps.org allows.
    """
    pattern = _ROBOTS if kind == "robots" else _LINES if kind == "lines" else _LOC
    for number, found in enumerate(pattern.finditer(text)):
        if number >= MAX_ENTRIES:
            notes.append(f"the first {MAX_ENTRIES:,} addresses were looked at")
            return
        target = absolute(url, html.unescape(found.group(1)))
        if target is None:
            continue
        far = ELSEWHERE if elsewhere(target, url) else 0
        if kind in ("index", "robots"):
            yield Lead(target, "sitemap", rank=MAP + far)
        elif lead := _entry(target, far):
            yield lead


def _entry(url: str, far: int) -> Lead | None:
    """An address without a title, by its path alone."""
    use = file_use(url)
    product = product_of(url)
    if use == "media" or refused(url):
        return None
    if product and product.use == "report":
        return Lead(url, "report", year=product.year, rank=REPORT + far)
    if path_use(url) != "report":
        return None
    if use == "attachment":
        return Lead(url, "attachment", rank=ATTACHMENT + far)
    if product and product.use == "article":
        return Lead(url, "report", rank=POSSIBLE + far)
    return Lead(url, "list", rank=PATH + far)

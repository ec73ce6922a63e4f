"""Addresses: one spelling for each, relative ones made whole, and those that are not to be followed."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable
from posixpath import dirname
from urllib.parse import quote, unquote, urljoin, urlsplit

from govreport.crawl.knowledge import product_of, rules, words
from govreport.fetch.addresses import in_page_encoding, normal_url

MAX_URL = 2000
# Wrong relative links lead ever deeper; real addresses have at most a dozen folders, hardly one name twice.
_MOST_FOLDERS, _MOST_ALIKE = 30, 3
_GATEWAY = re.compile(r"^(https?)://[^/]+/gate/big5/(?:https?/)?([^/]+\.[^/]+(?:/.*)?)$", re.IGNORECASE)
_VIEWER = re.compile(r"/viewer\.html\?(?:[^?]{0,200}&)?file=([^&]{1,1000})", re.IGNORECASE)
_NAMED_FILE = re.compile(r"(?:^|&)(?:\w*file\w*|\w*name|url|path|attach\w*|src|fn|f)=([^&]*)", re.IGNORECASE)
_ENDING = re.compile(r"\.([A-Za-z0-9]{1,5})$")


def absolute(base: str, href: str, encoding: str = "utf-8") -> str | None:
    """The address that a link leads to, in one spelling; None where it leads to no page of the web.

    A copy through a gateway (``/gate/big5/<host>/``) gives the address of the original, a viewer
    (``viewer.html?file=``) that of the file.

    Args:
        base: what relative links start from.
        href: as it stands on the page.
        encoding: of the page, in which browsers send Chinese letters of a query.
    """
    url = _joined(base, href.strip(), encoding)
    if url is None:
        return None
    gateway, viewer = _GATEWAY.match(url), _VIEWER.search(url)
    if gateway:
        original = f"{gateway.group(1)}://{gateway.group(2)}"
        return _joined(original, original, encoding)
    return _joined(url, unquote(viewer.group(1)), encoding) if viewer else url


def _joined(base: str, href: str, encoding: str) -> str | None:
    if not href or href.startswith("#") or len(href) > MAX_URL or _any_rule("scheme", href):
        return None
    try:
        url = normal_url(in_page_encoding(urljoin(base, href.replace("\\", "/")), encoding))
    except (ValueError, LookupError):  # UsageError is a ValueError: no address of the web
        return None
    return url if len(url) <= 2 * MAX_URL else None


def refused(url: str) -> str:
    """Why an address is not to be followed (a calendar, a search ...), "" if it may be.

    >>> refused("http://a.gov.cn/nb/?sort=date"), refused("http://a.gov.cn/nb/")
    ('the same list in another order', '')
    """
    parts = urlsplit(url)
    folders = parts.path.split("/")
    alike = Counter(folder for folder in folders if len(folder) > 1)
    if len(folders) > _MOST_FOLDERS or (alike and max(alike.values()) >= _MOST_ALIKE):
        return "folders inside each other without end"
    return _any_rule("path", parts.path) or (_any_rule("query", parts.query) if parts.query else "")


def _any_rule(where: str, text: str) -> str:
    return next((rule.note for rule in rules("refuse", "where", where) if rule.pattern.search(text)), "")


def elsewhere(url: str, page: str) -> bool:
    """Is the address on another host than the page? With and without www is the same, another port is another host."""
    return bool(page) and _site(url) != _site(page)


def _site(url: str) -> str:
    return urlsplit(url).netloc.lower().removeprefix("www.")


def same_folder(url: str, page: str) -> bool:
    """Do both stand in one folder of one host, or the first in a folder below?"""
    here, there = urlsplit(page), urlsplit(url)
    folder = dirname(here.path).rstrip("/") + "/"
    return there.netloc == here.netloc and folder != "/" and there.path.startswith(folder)


def file_name(url: str) -> str:
    """The name of the file that an address gives: the last part of its path, or that of ?filename= and the like.

    >>> file_name("http://a.gov.cn/module/download/downfile.jsp?classid=0&filename=1.doc")
    '1.doc'
    """
    parts = urlsplit(url)
    for value in _NAMED_FILE.findall(parts.query):
        name = unquote(value).rpartition("/")[2]
        found = _ENDING.search(name)
        if found and found.group(1).lower() in words("files", "attachment"):
            return name
    return unquote(parts.path).rpartition("/")[2]


def file_use(url: str) -> str:
    """What the ending of an address says: "attachment", "media", "text", "page" or "" (nothing)."""
    found = _ENDING.search(file_name(url))
    ending = found.group(1).lower() if found else ""
    for use in ("attachment", "media", "text"):
        if ending in words("files", use):
            return use
    product = product_of(url)
    if product and product.use == "download":
        return "attachment"
    return "page" if ending else ""


def changed(url: str, name: str, value: str) -> str:
    """The address with another value for one field of its query, which is added if it is not there."""
    head, _, query = url.partition("?")
    pairs = query.split("&") if query else []
    done = False
    for at, pair in enumerate(pairs):
        if pair.partition("=")[0].lower() == name.lower():
            pairs[at], done = f"{pair.partition('=')[0]}={quote(value, safe='')}", True
    if not done:
        pairs.append(f"{quote(name, safe='')}={quote(value, safe='')}")
    return normal_url(f"{head}?{'&'.join(pairs)}")


def field(url: str, wanted: Callable[[str], bool]) -> tuple[str, str] | None:
    """The first field of a query whose name is wanted, with its value, as they stand."""
    for pair in urlsplit(url).query.split("&"):
        name, _, value = pair.partition("=")
        if name and wanted(name):
            return name, value
    return None

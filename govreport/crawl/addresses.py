"""Addresses: one spelling for each, relative ones made whole, and those that are not to be followed."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable
from posixpath import dirname
from urllib.parse import quote, unquote, urljoin, urlsplit

from govreport.crawl.knowledge import Rule, product_of, rules, words
from govreport.errors import UsageError

MAX_URL = 2000
# Wrong relative links lead ever deeper; real addresses have at most a dozen folders, hardly one name twice.
_MOST_FOLDERS, _MOST_ALIKE = 30, 3
_PORTS = {"http": 80, "https": 443}
_ESCAPE = re.compile(r"%[0-9A-Fa-f]{2}")
_UNRESERVED = re.compile(r"[A-Za-z0-9._~-]")
_PATH_TOKEN = re.compile(r"%[0-9A-Fa-f]{2}|[^A-Za-z0-9._~!$&'()*+,;=:@/-]")
_QUERY_TOKEN = re.compile(r"%[0-9A-Fa-f]{2}|[^A-Za-z0-9._~!$&'()*+,;=:@/?-]")
_NOT_ASCII = re.compile(r"[^\x00-\x7f]+")
_GATEWAY = re.compile(r"^(https?)://[^/]+/gate/big5/(?:https?/)?([^/]+\.[^/]+(?:/.*)?)$", re.IGNORECASE)
_VIEWER = re.compile(r"/viewer\.html\?(?:[^?]{0,200}&)?file=([^&]{1,1000})", re.IGNORECASE)
_NAMED_FILE = re.compile(r"(?:^|&)(?:\w*file\w*|\w*name|url|path|attach\w*|src|fn|f)=([^&]*)", re.IGNORECASE)
_ENDING = re.compile(r"\.([A-Za-z0-9]{1,5})$")


def normal_url(url: str) -> str:
    """One spelling for one address. The server sees the same path as before.

    Small letters in scheme and host, no default port, no fragment, no session id, ``.`` and ``..`` resolved, letters
    that need no percent code written plainly, all else in capital percent codes of UTF-8. Trailing slashes, the order
    of a query and capital letters in a path are kept: servers tell them apart.

    Raises:
        UsageError: no http or https address, or one with a password in it.

    >>> normal_url("HTTP://A.gov.cn:80/nb/../%e5%b9%b4%41;jsessionid=1?b=2&a=1#top")
    'http://a.gov.cn/%E5%B9%B4A?b=2&a=1'
    """
    text = "".join(sign for sign in url.strip("".join(map(chr, range(33)))) if sign not in "\t\r\n")
    text = text.partition("#")[0]
    head, mark, query = text.partition("?")
    try:
        parts = urlsplit(head.replace("\\", "/"))
        host, port = _host(parts.hostname or ""), parts.port
    except ValueError as error:
        raise UsageError(f"an http or https address was expected, found {url[:200]!r} ({error})") from error
    if parts.scheme not in _PORTS or not host:
        raise UsageError(f"an http or https address was expected, found {url[:200]!r}")
    if "@" in parts.netloc:
        raise UsageError(f"the address at {host} holds a user name or password; remove it")
    place = host if port in (None, _PORTS[parts.scheme]) else f"{host}:{port}"
    query = _without_session(_coded(query, _QUERY_TOKEN)) if mark else ""
    return f"{parts.scheme}://{place}{_path(_coded(parts.path, _PATH_TOKEN))}{'?' + query if query else ''}"


def _host(host: str) -> str:
    if ":" in host:
        return f"[{host}]"
    if not host.isascii():
        host = host.encode("idna").decode("ascii").lower()
    if not re.fullmatch(r"[a-z0-9._-]*", host):
        raise ValueError("signs that no host name has")
    return host


def _coded(text: str, token: re.Pattern[str]) -> str:
    def one(found: re.Match[str]) -> str:
        sign = found.group()
        if not _ESCAPE.fullmatch(sign):
            return quote(sign, safe="", errors="replace")
        plain = chr(int(sign[1:], 16))
        return plain if _UNRESERVED.fullmatch(plain) else sign.upper()

    return token.sub(one, text)


def _path(path: str) -> str:
    """Sessions cut and dots resolved, until neither is left: one may uncover the other."""
    while True:
        made = path
        for rule in _session_rules("path"):
            made = rule.pattern.sub("", made)
        made = _without_dots(made) or "/"
        if made == path:
            return made
        path = made


def _without_dots(path: str) -> str:
    """RFC 3986, 5.2.4."""
    segments = path.split("/")
    made: list[str] = []
    for segment in segments[1:] if path.startswith("/") else segments:
        if segment == "..":
            del made[-1:]
        elif segment != ".":
            made.append(segment)
    if segments[-1] in (".", ".."):
        made.append("")
    return "/" + "/".join(made)


def _without_session(query: str) -> str:
    rules_ = _session_rules("query")
    return "&".join(
        pair for pair in query.split("&") if not any(rule.pattern.search(pair.partition("=")[0]) for rule in rules_)
    )


def _session_rules(where: str) -> tuple[Rule, ...]:
    return rules("session", "where", where)


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
        head, mark, query = urljoin(base, href.replace("\\", "/")).partition("?")
        query = _NOT_ASCII.sub(lambda found: quote(found.group().encode(encoding, errors="replace")), query)
        url = normal_url(head + mark + query)
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

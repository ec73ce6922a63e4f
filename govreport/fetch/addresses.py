"""One spelling for each address, the same for ``find_reports`` and for a crawl."""

from __future__ import annotations

import re
from functools import cache
from urllib.parse import quote, urlsplit

from govreport.errors import FormError, UsageError
from govreport.forms import read_csv

_PORTS = {"http": 80, "https": 443}
_ESCAPE = re.compile(r"%[0-9A-Fa-f]{2}")
_UNRESERVED = re.compile(r"[A-Za-z0-9._~-]")
_PATH_TOKEN = re.compile(r"%[0-9A-Fa-f]{2}|[^A-Za-z0-9._~!$&'()*+,;=:@/-]")
_QUERY_TOKEN = re.compile(r"%[0-9A-Fa-f]{2}|[^A-Za-z0-9._~!$&'()*+,;=:@/?-]")
_NOT_ASCII = re.compile(r"[^\x00-\x7f]+")


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
        for pattern in _session_patterns("path"):
            made = pattern.sub("", made)
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
    patterns = _session_patterns("query")
    return "&".join(
        pair for pair in query.split("&") if not any(pattern.search(pair.partition("=")[0]) for pattern in patterns)
    )


@cache
def _session_patterns(where: str) -> tuple[re.Pattern[str], ...]:
    """Patterns of forms/crawl_session.csv for names of fields ("query") or parts of a path."""
    try:
        made = tuple(re.compile(r["pattern"], re.IGNORECASE) for r in read_csv("crawl_session") if r["where"] == where)
    except re.error as error:
        raise FormError(f"forms/crawl_session.csv: a pattern does not work: {error}") from error
    if not made:
        raise FormError(f"forms/crawl_session.csv: no row has {where!r} in its column where")
    return made


def in_page_encoding(url: str, encoding: str) -> str:
    """The address with the Chinese letters of its query in percent codes of the page's encoding, as browsers send them.

    >>> in_page_encoding("http://a.gov.cn/年?q=年", "gb18030")
    'http://a.gov.cn/年?q=%C4%EA'
    """
    head, mark, query = url.partition("?")
    return head + mark + _NOT_ASCII.sub(lambda found: quote(found.group().encode(encoding, errors="replace")), query)

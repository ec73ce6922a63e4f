"""Lists that come as JSON: the interfaces of jpaas and of the Guangdong cluster, and answers with titles and addresses.

A page made by a script prints the ids that its script asks with; the answers are lists of entries, or pieces of HTML.
"""

from __future__ import annotations

import ast
import html
import json
import re
from collections.abc import Iterator
from typing import Any
from urllib.parse import quote, urlencode

from govreport.crawl.addresses import absolute, changed, field
from govreport.crawl.anchors import Link
from govreport.crawl.knowledge import first, is_named, words
from govreport.crawl.leads import API, Lead
from govreport.crawl.pages import View, away
from govreport.fetch.addresses import normal_url
from govreport.fetch.text import visible

_MAX_NODES = 200_000
_MAX_ENTRIES = 10_000
_MAX_PAGES = 200
_LONGEST = 2000  # letters of a title, its tags among them
_PADDED = re.compile(r"^[\w$.]{1,80}\s{0,3}\(")
_QUERY_DATA = re.compile(r"querydata\s{0,3}=\s{0,3}(?:\"(\{[^\"]{0,2000}\})\"|'(\{[^']{0,2000}\})')", re.IGNORECASE)
_UNIT_URL = re.compile(r"['\"](/api-gateway/[\w/.-]{1,200}/unit)['\"]")
_JPAAS = "/api-gateway/jpaas-publish-server/front/page/build/unit"
_SITE_ID = re.compile(r"\bSID['\"]?\s{0,3}[:=]\s{0,3}['\"]?(\d{1,12})")
_TREE_NODE = re.compile(r"\{[^{}\[\]]{0,600}")
_NODE_ID = re.compile(r"[\"']?\bid[\"']?\s{0,3}:\s{0,3}[\"']?(\d{1,12})")
_NODE_NAME = re.compile(r"[\"']?\bname[\"']?\s{0,3}:\s{0,3}(\"[^\"]{1,200}\")")
_PIECE = re.compile(r"<a\s", re.IGNORECASE)
_ROWS = re.compile(r"\brows\s{0,3}=\s{0,3}[\"']?(\d{1,5})")
_COUNT = re.compile(r"\bcount\s{0,3}=\s{0,3}[\"']?(\d{1,7})")
_OBJECT = re.compile(r"\{[^{}]{10,2000}\}")


def parse_json(text: str) -> Any:
    """What a JSON text says, also inside the call of a function; None if it is no JSON object or list."""
    plain = text.strip().lstrip("\ufeff")
    padded = _PADDED.match(plain)
    if padded:
        plain = plain[padded.end() :].rstrip().rstrip(";").rstrip().removesuffix(")")
    if not plain.startswith(("{", "[")):
        return None
    try:
        return json.loads(plain)
    except (ValueError, RecursionError):  # broken, or nested so deep that it is made to hurt
        return None


def _objects(data: Any) -> Iterator[dict[str, Any]]:
    """The objects of an answer in its order, without recursion."""
    stack, seen = [data], 0
    while stack and seen < _MAX_NODES:
        node = stack.pop()
        seen += 1
        if isinstance(node, dict):
            yield node
            stack += [value for value in reversed(node.values()) if isinstance(value, dict | list)]
        elif isinstance(node, list):
            stack += reversed(node)


def entries(view: View, data: Any) -> Iterator[Link]:
    """The entries of an answer that have a title and an address."""
    titles, urls = words("keys", "title"), words("keys", "url")
    for _, node in zip(range(_MAX_ENTRIES), _objects(data), strict=False):
        names = tuple(
            visible(html.unescape(value[:_LONGEST]))
            for key, value in node.items()
            if key.lower() in titles and isinstance(value, str)
        )
        for key, value in node.items():
            if key.lower() in urls and isinstance(value, str) and any(names):
                url = absolute(view.base, html.unescape(value), view.encoding)
                if url:
                    yield Link(url, names)
                    break


def script_entries(view: View, scripts: str) -> Iterator[Link]:
    """Entries that a script of the page carries as objects."""
    for _, found in zip(range(_MAX_ENTRIES), _OBJECT.finditer(scripts), strict=False):
        if "title" in found.group().lower() or "name" in found.group().lower():
            yield from entries(view, parse_json(found.group()))


def pieces(data: Any) -> str:
    """The pieces of HTML in an answer, one after the other."""
    keys = words("keys", "html")
    return "\n".join(
        value
        for node in _objects(data)
        for key, value in node.items()
        if key.lower() in keys and isinstance(value, str) and _PIECE.search(value)
    )


def further_answers(view: View, data: Any, found: int) -> list[Lead]:
    """The further pages of an answer that says how many there are, if its address has a page number."""
    if "paramJson=" in view.url or _JPAAS in view.url:
        return _jpaas_pages(view, pieces(data))
    number = field(view.url, lambda name: first("pagers", "use", "parameter", name) is not None)
    if number is None or not number[1].isdecimal() or not found:
        return []
    pages = _told(data, "pages") or -(-_told(data, "records") // found)
    start = int(number[1])
    numbers = range(start + 1, min(pages + (start == 0 and -1), start + _MAX_PAGES) + 1)
    return [_api(view, changed(view.url, number[0], str(page))) for page in numbers]


def _told(data: Any, use: str) -> int:
    """The largest number under a key that tells pages or records; 0 if there is none."""
    keys, told = words("keys", use), 0
    for _, node in zip(range(1000), _objects(data), strict=False):
        for key, value in node.items():
            if key.lower() in keys and str(value).isdecimal() and len(str(value)) < 8:
                told = max(told, int(value))
    return told


def interface_leads(view: View, scripts: str) -> list[Lead]:
    """The interfaces that a page's own script would ask, from the ids it prints."""
    return [*_jpaas(view), *_guangdong(view, scripts)]


def _jpaas(view: View) -> list[Lead]:
    made = []
    for found in _QUERY_DATA.finditer(view.text):
        query = _query_data(html.unescape(found.group(1) or found.group(2)))
        address = _UNIT_URL.search(view.text)
        url = absolute(view.base, address.group(1) if address else _JPAAS)
        if query and url and view.in_column:
            made.append(_api(view, normal_url(f"{url}?{urlencode(query)}")))
    return made


def _query_data(text: str) -> dict[str, str]:
    """The object as printed, with quotation marks of either kind; empty if it is none."""
    data = parse_json(text)
    if data is None:
        try:
            data = ast.literal_eval(text)
        except (ValueError, SyntaxError, MemoryError, RecursionError):
            return {}
    return {str(key): str(value) for key, value in data.items()} if isinstance(data, dict) else {}


def _jpaas_pages(view: View, piece: str) -> list[Lead]:
    rows, count = _ROWS.search(piece), _COUNT.search(piece)
    if rows is None or count is None or "paramJson=" in view.url or not int(rows.group(1)):
        return []
    pages = min(-(-int(count.group(1)) // int(rows.group(1))), _MAX_PAGES)
    made = []
    for page in range(2, pages + 1):
        asked = json.dumps({"pageNo": page, "pageSize": int(rows.group(1))}, separators=(",", ":"))
        made.append(_api(view, normal_url(f"{view.url}&paramJson={quote(asked, safe='')}")))
    return made


def _guangdong(view: View, scripts: str) -> list[Lead]:
    """Columns of annual reports in the tree of the Guangdong catalogue, by the interface its script asks."""
    at = view.url.find("/gkmlpt/")
    site = _SITE_ID.search(scripts)
    if at < 0 or site is None:
        return []
    made = []
    for node in _TREE_NODE.finditer(scripts):
        number, name = _NODE_ID.search(node.group()), _NODE_NAME.search(node.group())
        title = parse_json(f"[{name.group(1)}]") if name else None
        if number and title and is_named("column", str(title[0])):
            url = normal_url(f"{view.url[:at]}/gkmlpt/api/all/{number.group(1)}?page=1&sid={site.group(1)}")
            made.append(_api(view, url)._replace(title=str(title[0])))
    return made


def _api(view: View, url: str) -> Lead:
    title = view.lead.title if view.lead is not None else (view.titles[0] if view.titles else "")
    return Lead(url, "api", title, None, API + away(view, url))

"""Lists of Hanweb sites: entries carried by the page, and the list interface that gives the others.

The column page prints the ids; the interface (``/module/web/jpage/dataproxy.jsp``) answers with XML: a datastore of
records, each a piece of HTML.
"""

from __future__ import annotations

import html
import re
from urllib.parse import parse_qsl, urlencode, urlsplit

from govreport.crawl.addresses import absolute, changed, field
from govreport.crawl.leads import API, Lead
from govreport.crawl.pages import View, away
from govreport.fetch.links import datastore_records

_PROXY = re.compile(r"['\"]?([\w./:-]{0,200}dataproxy\.jsp)", re.IGNORECASE)
_CALL = re.compile(r"\.jpage\s{0,3}\(\s{0,9}\{", re.IGNORECASE)
_FIELDS = ("col", "appid", "webid", "path", "columnid", "sourceContentType", "unitid", "webname", "permissiontype")
_DEFAULTS = {"col": "1", "appid": "1", "path": "/", "sourceContentType": "1", "permissiontype": "0"}
_NEEDED = ("webid", "columnid", "unitid")
_COLUMN = re.compile(r"/col/?col(\d{1,20})/")
_NEXT_GROUP = re.compile(
    r"<nextgroup>\s{0,9}(?:<!\[CDATA\[)?\s{0,9}<a\s[^<>]{0,20}href=[\"']([^\"'<>]{1,1000})[\"']", re.IGNORECASE
)
_TOTAL_PAGES = re.compile(r"<totalpage>\s{0,9}(\d{1,6})")
_PER_PAGE, _GROUP = 15, 3  # what the product's script takes where the page does not say
_MAX_REQUESTS = 100
_AROUND = 3000  # letters after the call in which its settings stand


def is_datastore(text: str) -> bool:
    """Is this the answer of the list interface itself?"""
    head = text[:2000].lstrip()
    return head.startswith(("<?xml", "<datastore", "<recordset")) and ("<datastore" in head or "<recordset" in head)


def interface_leads(view: View, scripts: str) -> list[Lead]:
    """What to ask the list interface for, so that with what the page carries every entry is had.

    From a column page: windows of the list as its own script would ask for them. From an answer: the windows that
    follow, or the next group that it names.
    """
    records, total = datastore_records(view.text)
    asked = field(view.url, lambda name: name.lower() == "endrecord")
    if asked is not None and view.lead is not None:
        return _after_answer(view, total, len(records))
    settings = _settings(view, scripts)
    if settings is not None and (_CALL.search(scripts) or not _NEXT_GROUP.search(view.text)):
        return _windows(view, settings, scripts, len(records), total)
    return _next_groups(view, total, len(records))


def _next_groups(view: View, total: int | None, carried: int) -> list[Lead]:
    """The groups after this one, by the address that the datastore names, up to the last page if it tells that.

    None if the list has no more, or if this answer was empty.
    """
    found = _NEXT_GROUP.search(view.text)
    url = absolute(view.base, html.unescape(found.group(1)), view.encoding) if found else None
    if url is None or (total is not None and carried >= total) or not carried:
        return []
    here, there = _page_of(view.url), _page_of(url)
    pages = _TOTAL_PAGES.search(view.text)
    last = min(int(pages.group(1)) if pages else there, _MAX_REQUESTS)
    numbers = range(max(there, here + 1), last + 1)
    return [Lead(changed(url, "page", str(n)), "api", _title(view), None, API + away(view, url)) for n in numbers]


def _page_of(url: str) -> int:
    found = field(url, lambda name: name.lower() == "page")
    return int(found[1]) if found and found[1].isdecimal() else -1


def _settings(view: View, scripts: str) -> dict[str, str] | None:
    """The fields of the form, None if the page does not print the ids of site, column and unit."""
    if "jpage" not in scripts and "dataproxy" not in scripts:
        return None
    call = _CALL.search(scripts)
    near = scripts[call.start() : call.start() + _AROUND] if call else ""
    made = dict(_DEFAULTS)
    for name in _FIELDS:
        value = _value(name, near) or _value(name, scripts)
        if value is not None:
            made[name] = value
    column = _COLUMN.search(view.url)
    if column:
        made.setdefault("columnid", column.group(1))
    made.setdefault("webname", "")
    return {name: made[name] for name in _FIELDS} if all(name in made for name in _NEEDED) else None


def _value(name: str, scripts: str) -> str | None:
    found = re.search(
        rf"(?<![\w$]){name}['\"]?\s{{0,3}}[:=]\s{{0,3}}(?:'([^']{{0,200}})'|\"([^\"]{{0,200}})\"|(\d{{1,20}}))", scripts
    )
    if found is None:
        found = re.search(rf"[?&]{name}=([\w/%.-]{{0,200}})", scripts)
    return next((group for group in found.groups() if group is not None), "") if found else None


def _windows(view: View, form: dict[str, str], scripts: str, carried: int, total: int | None) -> list[Lead]:
    told = _value("totalRecord", scripts)
    total = int(told) if told and told.isdecimal() else total
    per_page = _number(_value("perPage", scripts), _PER_PAGE)
    group = per_page * _number(_value("groupSize", scripts), _GROUP)
    found = _PROXY.search(scripts)
    proxy = absolute(view.base, found.group(1) if found else "/module/web/jpage/dataproxy.jsp", view.encoding)
    if proxy is None or (total is not None and carried >= total):
        return []
    ends = total if total is not None else carried + group
    return _asked(view, proxy, tuple(form.items()), carried, ends, group, per_page)


def _number(text: str | None, otherwise: int) -> int:
    return int(text) if text and text.isdecimal() and 0 < int(text) <= 1000 else otherwise


def _asked(
    view: View, proxy: str, form: tuple[tuple[str, str], ...], start: int, end: int, group: int, per_page: int
) -> list[Lead]:
    starts = range(start + 1, end + 1, group)
    if len(starts) > _MAX_REQUESTS:
        view.notes.append(f"of {len(starts)} requests to the list interface the first {_MAX_REQUESTS} are kept")
    made = []
    for first in starts[:_MAX_REQUESTS]:
        window = {"startrecord": first, "endrecord": min(first + group - 1, max(end, first)), "perpage": per_page}
        url = f"{proxy}?{urlencode(window)}"
        made.append(Lead(url, "api", _title(view), None, API + away(view, url), "POST", form))
    return made


def _after_answer(view: View, total: int | None, carried: int) -> list[Lead]:
    """The windows after the one that was asked for, if the answer says that the list is longer."""
    query = dict(parse_qsl(urlsplit(view.url).query))
    start, end = (_number_or_none(query.get(name)) for name in ("startrecord", "endrecord"))
    if view.lead is None or start is None or end is None or total is None or end >= total or not carried:
        return []
    per_page = _number(query.get("perpage"), _PER_PAGE)
    proxy = view.url.partition("?")[0]
    return _asked(view, proxy, view.lead.form, end, total, max(end - start + 1, 1), per_page)


def _number_or_none(text: str | None) -> int | None:
    return int(text) if text and text.isdecimal() and len(text) < 8 else None


def _title(view: View) -> str:
    if view.lead is not None and view.lead.title:
        return view.lead.title
    return view.titles[0] if view.titles else ""

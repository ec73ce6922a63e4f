"""``look_at``: what a page is, and what to ask next to come to the annual reports. Asks for nothing itself.

>>> from govreport.model import Origin
>>> page = Page("<a href='/1.html'>某县2023年政府信息公开工作年度报告</a>".encode(), Origin(url="http://a.gov.cn/nb/"))
>>> look = look_at(page)
>>> look.kind, look.leads[0].url, look.leads[0].year
('list', 'http://a.gov.cn/1.html', 2023)
"""

from __future__ import annotations

import re
from typing import Any

from govreport.crawl import hanweb, interfaces, sitemap
from govreport.crawl.addresses import absolute, file_use, refused
from govreport.crawl.anchors import Link, judge, links_of
from govreport.crawl.enumerations import offered
from govreport.crawl.knowledge import rules
from govreport.crawl.leads import COLUMN, LEVEL, MAP, NEXT, Lead, Leads, Look, LookKind
from govreport.crawl.pages import View, away, open_page, scripts
from govreport.crawl.pagination import further_pages
from govreport.errors import FetchError, UsageError
from govreport.fetch.addresses import normal_url
from govreport.fetch.challenge import Mark, find_mark
from govreport.fetch.links import datastore_records, soup_of
from govreport.fetch.text import decode
from govreport.kinds import kind_by_start, name_by_start
from govreport.model import Page

__all__ = ["Lead", "Look", "look_at"]

_REFRESH = re.compile(r"^\s*(\d{1,5})(?:\.\d+)?\s*[;,]?\s*(?:url\s*=)?\s*[\"']?([^\"']{0,1000})", re.IGNORECASE)
_MOVE = re.compile(
    r"(?:\blocation(?:\.href)?\s{0,3}=|\blocation\.(?:replace|assign)\s{0,3}\()\s{0,3}[\"']([^\"'\s]{1,1000})[\"']\s{0,3}[;)\n}]?\s{0,9}(?![+\w])"
)
_SCRIPT_SOURCE = re.compile(r"<script\b[^>]{0,500}\bsrc\s{0,3}=", re.IGNORECASE)
_LITTLE_TEXT = 80  # a page that only moves on says hardly more than where it goes
_SHELL_TEXT = 200
_MAX_RECORDS = 5000
_SHELL_LINKS = 3
_SCRIPTED = ("source_script", "text_check")  # marks that a redirect by script and a page made by a script bear as well


def look_at(page: Page, lead: Lead | None = None) -> Look:
    """What a page is, and what to ask next.

    Args:
        page: as fetched; its ``origin.url`` is the address that answered.
        lead: what led here. A page reached from a column of annual reports belongs to it even if it does not say so.

    Returns:
        A ``Look``: kind "report", "list" (leads to reports, or is on the way there), "challenge" (robot check),
        "error" (error page, empty, damaged), "shell" (made by a script), "attachment", "sitemap", "api" (answer of a
        list interface) or "other" (a guide, a notice, a page that moves on, anything else). A report's page may lead
        to others too. At most 5,000 leads; the reason says what was cut.

    Raises:
        UsageError: not a ``Page``.
    """
    if not isinstance(page, Page):
        raise UsageError(f"look_at takes a fetched Page; found {type(page).__name__}")
    content = page.content
    if not content.strip():
        return Look("error", (), "nothing in it")
    kind, note = kind_by_start(content), ""
    if kind and kind != "packed":
        return Look("other" if kind == "picture" else "attachment", (), name_by_start(content))
    if content.startswith(b"\x1f\x8b"):
        content, note = sitemap.unpacked(content)
        page = page._replace(content=content)
    return _look_at_text(page, lead, note)


def _look_at_text(page: Page, lead: Lead | None, note: str) -> Look:
    url = _url(page)
    text, _ = decode(page.content, page.origin.content_type)
    kind = sitemap.kind_of(text, url, lead is not None and lead.kind == "sitemap")
    if kind:
        return _look_at_sitemap(text, kind, url, note)
    if text.count("\x00") > 10:
        return Look("other", (), "binary data of an unknown kind")
    data = interfaces.parse_json(text)
    if data is not None:
        return _look_at_answer(page, lead, data)
    mark = find_mark(page.content, page.origin.content_type)
    try:
        return _look_at_page(open_page(page, lead), mark)
    except FetchError as error:  # elements without end inside each other
        return Look("error", (), str(error))


def _url(page: Page) -> str:
    """The page's own address in one spelling, "" if it is not known."""
    try:
        return normal_url(page.origin.url) if page.origin.url else ""
    except UsageError:
        return ""


def _look_at_sitemap(text: str, kind: str, url: str, note: str) -> Look:
    leads = Leads()
    leads.extend(sitemap.leads_of(text, kind, url, leads.notes))
    told = {"index": "an index of sitemaps", "robots": "robots.txt", "lines": "a list of addresses"}
    what = f"{told.get(kind, 'a sitemap')}; {len(leads):,} addresses that speak of annual reports or sitemaps"
    ranked = leads.ranked()
    return Look("other" if kind == "robots" else "sitemap", ranked, _sentence(what, [note, *leads.notes]))


def _look_at_answer(page: Page, lead: Lead | None, data: Any) -> Look:
    """The answer of an interface in JSON: entries with title and address, or pieces of HTML."""
    try:
        view = open_page(page._replace(content=interfaces.pieces(data).encode() or b" "), lead)
    except FetchError as error:
        return Look("error", (), str(error))
    found = [*interfaces.entries(view, data), *links_of(view, view.soup)]
    leads = Leads()
    leads.extend(made for link in found if (made := judge(view, link)))
    counted = len(leads)
    leads.extend(interfaces.further_answers(view, data, len(found)))
    leads.without(view.url)
    ranked = leads.ranked()
    return Look(
        "api", ranked, _sentence(f"an answer with {len(found)} entries, {counted} of use", [*view.notes, *leads.notes])
    )


def _look_at_page(view: View, mark: Mark | None) -> Look:
    moved = _moves(view)
    shell = _shell(view)
    if mark is not None and not (mark.name in _SCRIPTED and (moved or shell)):
        return Look("challenge" if mark.kind == "check" else "error", (), f"{mark.meaning} (found {mark.found!r})")
    leads = _gather(view)
    if view.is_titled:
        leads.extend(_own_files(view))
    leads.extend(moved)
    leads.without(view.url)
    if hanweb.is_datastore(view.text):
        told = f"a list of the Hanweb interface with {len(datastore_records(view.text)[0])} entries"
        return _look("api", leads, view, told)
    if reason := view.report_reason(leads.count("report")):
        return _look("report", leads, view, reason)
    files = leads.count("attachment")
    if shell and not leads.count("report", "attachment"):
        return _look("shell", leads, view, shell)
    if view.is_titled and files:
        return _look("list", leads, view, f"titled {view.report_title[:60]!r}, its text is in {files} attached files")
    if moved and len(view.visible) <= _LITTLE_TEXT:
        return _look("other", leads, view, f"moves on to {moved[0].url}")
    if view.no_report:
        return _look("other", leads, view, f"titled as {view.no_report}")
    if len(leads):
        return _look("list", leads, view, _told(leads))
    count = len(view.soup.find_all("a"))
    return _look("other", leads, view, f"nothing that leads to annual reports among {count:,} links")


def _look(kind: LookKind, leads: Leads, view: View, reason: str) -> Look:
    ranked = leads.ranked()
    return Look(kind, ranked, _sentence(reason, [*dict.fromkeys(view.notes), *leads.notes]))


def _sentence(reason: str, notes: list[str]) -> str:
    return "; ".join([reason, *(note for note in notes if note)])


def _told(leads: Leads) -> str:
    counts = {
        "reports": leads.count("report"),
        "files": leads.count("attachment"),
        "lists": leads.count("list"),
        "interfaces": leads.count("api"),
        "sitemaps": leads.count("sitemap"),
    }
    return "leads to " + ", ".join(f"{count} {name}" for name, count in counts.items() if count)


def _gather(view: View) -> Leads:
    """All leads of a page but those of its files as a report."""
    leads = Leads()
    script = "\n".join(scripts(view.text))
    found = list(links_of(view, view.soup))
    records, _ = datastore_records(view.text)
    if len(records) > _MAX_RECORDS:
        view.notes.append(f"of {len(records):,} records the first {_MAX_RECORDS:,} were looked at")
    if records:
        found += links_of(view, soup_of("".join(f"<div>{record}</div>" for record in records[:_MAX_RECORDS])))
    found += [*offered(view), *interfaces.script_entries(view, script), *_framed(view)]
    leads.extend(made for link in found if (made := judge(view, link)))
    leads.extend(_sitemaps(view))
    if view.in_column or leads.count("report", "attachment"):
        leads.extend(hanweb.interface_leads(view, script))
        leads.extend(_further(view, found, script))
    leads.extend(interfaces.interface_leads(view, script))
    return leads


def _own_files(view: View) -> list[Lead]:
    """The files of a report on its page, whatever they are called."""
    links = [
        link for link in [*links_of(view, view.soup), *_framed(view)] if file_use(link.url) in ("attachment", "text")
    ]
    return [lead for link in links if (lead := judge(view, link, is_report=True))]


def _further(view: View, found: list[Link], script: str) -> list[Lead]:
    links = [(link.names[0] if link.names else "", link.url) for link in found if not refused(link.url)]
    further = further_pages(view.url, links, script, view.visible)
    view.notes.append(further.note)
    title = view.lead.title if view.lead is not None else (view.titles[0] if view.titles else "")
    return [Lead(url, "list", title, None, NEXT + away(view, url)) for url in further.urls if not refused(url)]


def _framed(view: View) -> list[Link]:
    """What the page shows inside itself: frames, and files in a viewer."""
    made = []
    for tag in view.soup.find_all(["frame", "iframe", "embed", "object"], limit=50):
        url = absolute(view.base, str(tag.get("src") or tag.get("data") or ""), view.encoding)
        if url:
            made.append(Link(url, (str(tag.get("title") or ""),)))
    return made


def _sitemaps(view: View) -> list[Lead]:
    named = view.soup.find_all("link", rel="sitemap", href=True)
    urls = [absolute(view.base, str(tag["href"]), view.encoding) for tag in named]
    return [Lead(url, "sitemap", rank=MAP + away(view, url)) for url in urls if url]


def _moves(view: View) -> list[Lead]:
    """Where the page sends its visitors by meta refresh, by a script, or through a frame that is all there is."""
    targets = []
    for tag in view.soup.find_all("meta", content=True):
        if str(tag.get("http-equiv", "")).lower() == "refresh":
            told = _REFRESH.match(str(tag["content"]))
            if told and told.group(2) and int(told.group(1)) <= 30:
                targets.append(told.group(2))
    little = len(view.visible) <= _LITTLE_TEXT
    if little and "document.cookie" not in view.text:
        targets += _MOVE.findall("\n".join(scripts(view.text)))
    frames = view.soup.find_all(["frame", "iframe"], src=True, limit=10)
    if (little or view.sure_column) and frames:
        targets += [str(tag["src"]) for tag in frames]
    return [made for target in targets if (made := _moved(view, target))]


def _moved(view: View, target: str) -> Lead | None:
    url = absolute(view.base, target.strip(), view.encoding)
    if url is None or url == view.url or refused(url) or file_use(url) == "media":
        return None
    far = away(view, url)
    if file_use(url) == "attachment":
        return Lead(url, "attachment", view.report_title, rank=LEVEL + far) if view.report_title else None
    if view.lead is None:
        return Lead(url, "list", rank=COLUMN + far)
    kind = view.lead.kind if view.lead.kind in ("report", "list") else "list"
    return Lead(url, kind, view.lead.title, view.lead.year, view.lead.rank % 100 + far)


def _shell(view: View) -> str:
    """Why the page is only the frame that a script fills, "" if it is more."""
    if len(view.visible) > _SHELL_TEXT or len(view.soup.find_all("a", href=True, limit=10)) > _SHELL_LINKS:
        return ""
    sources = len(_SCRIPT_SOURCE.findall(view.text))
    mount = next((rule for rule in rules("pages", "use", "shell") if rule.pattern.search(view.text)), None)
    if mount and sources:
        return f"{mount.note}, with {sources} scripts and {len(view.visible)} letters of text"
    if sources >= 2 and len(view.visible) <= _LITTLE_TEXT and not view.soup.find(["frame", "iframe"]):
        return f"{sources} scripts and {len(view.visible)} letters of text"
    return ""

"""``find_reports``: the annual reports that one column page lists. The words sought stand in forms/links.csv."""

from __future__ import annotations

import logging
import re
import unicodedata
from collections.abc import Iterator
from datetime import date
from functools import cache
from typing import TYPE_CHECKING, NamedTuple
from urllib.parse import urldefrag, urljoin, urlsplit

from govreport.errors import FetchError, FormError, UsageError
from govreport.fetch.addresses import in_page_encoding, normal_url
from govreport.fetch.page import fetch_page
from govreport.fetch.settings import FetchSettings
from govreport.fetch.text import decode, without_hidden
from govreport.forms import read_csv
from govreport.model import Origin, Page

if TYPE_CHECKING:
    from bs4 import BeautifulSoup, Tag

_MAX_BYTES = 5_000_000
_MAX_TITLE = 200
_ROW_LEVELS = 4  # from the link up to its row: a, span, td, tr
_ROW_TEXT = 400  # a row of a list is short; longer text around a link is an article or the whole page
_ROW_NODES = 8
_MAX_OPEN = 10_000
_TAG_NAME = re.compile(r"<(/?)([a-zA-Z][a-zA-Z0-9]{0,15})")
# fmt: off
_SELF_CLOSING = {
    "area", "base", "br", "col", "dd", "dt", "hr", "img", "input", "li", "link", "meta", "option", "p", "param", "td",
    "th", "tr", "wbr",
}
# fmt: on
_DATE = re.compile(
    r"[\[(（【]?(?<!\d)(20\d\d)\s{0,3}[-/.年]\s{0,3}(\d{1,2})\s{0,3}[-/.月]\s{0,3}(\d{1,2})(?!\d)日?[\])）】]?"
)
_YEAR = re.compile(r"(?<!\d)(20\d\d)(?!\d)")
_YEAR_NAMED = re.compile(r"(?<!\d)(20\d\d)(?=年)")
_YEAR_HAN = re.compile(r"二[〇○零][〇○零一二三四五六七八九]{2}(?=年)")
_HAN_DIGITS = str.maketrans("〇○零一二三四五六七八九", "000123456789")
_CUT = re.compile(r"(\.{2,}|…+|‥+)$")
_BULLET = re.compile(r"^[·•●◆■▪□>»*\-\s]+|^(标题|题名)[:：]\s*")
_log = logging.getLogger(__name__)


class ReportLink(NamedTuple):
    """A link to an annual report.

    Attributes:
        url: absolute address, spelt as a crawl spells it: percent codes of UTF-8, no session number.
        title: as printed; the full one from the link's title attribute where the list cuts it.
        year: the year reported on, from the title alone, None if the title does not tell it.
        published: date beside the link as ISO 8601, None if there is none, no year in it, or more than one.
    """

    url: str
    title: str
    year: int | None
    published: str | None


def find_reports(source: str | bytes | Page, settings: FetchSettings | None = None) -> list[ReportLink]:
    """The annual reports that one column page lists, in page order, each address once.

    Lists that the page carries inside a script (Hanweb ``datastore``) are read as well. Further pages of a list are
    not asked for; if a datastore says that there are more, that is logged as a warning.

    Args:
        source: an address, a fetched ``Page``, or the bytes of a page whose links are absolute.
        settings: how to fetch, if an address is given.

    Returns:
        At least one ``ReportLink``. Guides, notices, empty forms, explanations, website returns and links to other
        columns are left out.

    Raises:
        FetchError: the page could not be fetched, is too large for a list, or links to no annual report.
        UsageError: another type, or relative links without an address to complete them.

    >>> page = '<li><a href="http://a.gov.cn/1.html">某县2023年政府信息公开工作年度报告</a> 2024-01-20</li>'
    >>> find_reports(page.encode())[0][2:]
    (2023, '2024-01-20')
    """
    page = _load(source, settings)
    if len(page.content) > _MAX_BYTES:
        raise FetchError(f"{_name(page)} has {len(page.content):,} bytes; a list of reports has at most {_MAX_BYTES:,}")
    text, encoding = decode(page.content, page.origin.content_type)
    soup, records = soup_of(without_hidden(text)), _records(text)
    base = _base(soup, page.origin.url, encoding)
    in_column = any(is_report_column(name) for name in column_names(soup))
    parts = [soup, soup_of("".join(f"<div>{record}</div>" for record in records))]
    anchors = [list(part.find_all("a", href=True)) for part in parts]
    made: dict[str, ReportLink] = {}
    for found in anchors:
        for link in _judged(found, base, encoding, page, in_column):
            made[link.url] = _better(made.get(link.url), link)
    if not made:
        raise FetchError(_nothing(page, sum(map(len, anchors)), soup, text))
    return list(made.values())


def _load(source: str | bytes | Page, settings: FetchSettings | None) -> Page:
    if isinstance(source, Page):
        return source
    if isinstance(source, bytes):
        return Page(source, Origin())
    if isinstance(source, str):
        return fetch_page(source, settings)
    raise UsageError(f"find_reports takes an address, bytes or a fetched Page; found {type(source).__name__}")


def soup_of(text: str) -> BeautifulSoup:
    """The page as a tree.

    Raises:
        FetchError: as ``mended``.
    """
    from bs4 import BeautifulSoup

    return BeautifulSoup(mended(text), "html.parser")


def mended(text: str) -> str:
    """The page written out again by Lexbor: html.parser alone takes minutes on some broken pages of 100 kB.

    Raises:
        FetchError: elements stand so deep inside each other that no parser is done with them in a fair time.
    """
    from selectolax.lexbor import LexborHTMLParser

    open_tags: dict[str, int] = {}
    for closing, name in _TAG_NAME.findall(text):
        key = name.lower()
        open_tags[key] = max(0, open_tags.get(key, 0) + (-1 if closing else 1))
    if sum(depth for name, depth in open_tags.items() if name not in _SELF_CLOSING) > _MAX_OPEN:
        raise FetchError(
            f"the page leaves more than {_MAX_OPEN:,} elements open; it is damaged, save it with a browser"
        )
    return LexborHTMLParser(text).html or ""


def datastore_records(text: str) -> tuple[list[str], int | None]:
    """Entries of a Hanweb datastore (HTML in CDATA in ``<record>``), and how many the list has, None if not told.

    The datastore stands in a script of the page, or is the answer of the list interface.
    """
    if "<datastore" not in text and "<recordset" not in text:
        return [], None
    made, at = [], 0
    while (start := text.find("<record>", at)) >= 0 and (end := text.find("</record>", start)) >= 0:
        made.append(text[start + 8 : end].strip().removeprefix("<![CDATA[").removesuffix("]]>"))
        at = end
    total = re.search(r"<totalrecord>\s{0,9}(\d{1,9})", text)
    return made, int(total.group(1)) if total else None


def _records(text: str) -> list[str]:
    made, total = datastore_records(text)
    if total is not None and total > len(made):
        _log.warning("the page carries %d of %d entries; the others are on further pages", len(made), total)
    return made


def _base(soup: BeautifulSoup, url: str, encoding: str) -> str:
    tag = soup.find("base", href=True)
    return (_join(url, str(tag["href"]), encoding) if tag else None) or url


def column_names(soup: BeautifulSoup) -> Iterator[str]:
    """What a page may call its column: its title and its meta tags ColumnName."""
    if soup.title:
        yield soup.title.get_text()
    for tag in soup.find_all("meta", content=True):
        if str(tag.get("name", "")).lower() == "columnname":
            yield str(tag["content"])


def _judged(anchors: list[Tag], base: str, encoding: str, page: Page, in_column: bool) -> Iterator[ReportLink]:
    """The links to reports among these, with the dates of their rows."""
    chosen = [(anchor, title) for anchor in anchors if (title := title_of_link(anchor, in_column))]
    crowd: dict[int, set[str]] = {}
    for anchor in anchors:
        for row in _rows(anchor):
            crowd.setdefault(id(row), set()).add(str(anchor["href"]))
    reports: dict[int, set[str]] = {}
    for anchor, _ in chosen:
        for row in _rows(anchor):
            reports.setdefault(id(row), set()).add(str(anchor["href"]))
    own = _join("", page.origin.url, encoding)
    for anchor, title in chosen:
        href = str(anchor["href"]).strip()
        url = _join(base, href, encoding)
        if url is None or url == own:
            continue
        if not urlsplit(url).netloc:
            raise UsageError(
                f"the link {href[:100]!r} is relative, and the address of the page is not known; give find_reports "
                "the Page that fetch_page returns, or Page(content, Origin(url=...))"
            )
        yield ReportLink(url, _DATE.sub("", title).strip(), year_of(title), _published(anchor, title, crowd, reports))


def title_of_link(anchor: Tag, in_column: bool) -> str | None:
    """The title of a link to a report, None if it is none. On a column of reports a bare year and 年报 are a title."""
    for title in titles_of_link(anchor):
        if title and len(title) <= _MAX_TITLE and is_report_title(title, in_column):
            return title
    return None


def titles_of_link(anchor: Tag) -> tuple[str, str]:
    """What a link is called: as shown, and its title attribute, which stands for both if the shown text is cut."""
    shown = _BULLET.sub("", " ".join(anchor.get_text(" ").split())[: _MAX_TITLE + 1])
    full = _BULLET.sub("", " ".join(str(anchor.get("title") or "").split())[: _MAX_TITLE + 1])
    return (full if full and (not shown or _CUT.search(shown)) else shown), full


def is_report_column(name: str) -> bool:
    """Does a column of this name hold annual reports?

    >>> is_report_column("政府信息公开年报-某县人民政府"), is_report_column("政府信息公开指南")
    (True, False)
    """
    return _matches("column", _squeeze(name))


def why_no_report(title: str) -> str:
    """What a title that is no report's speaks of (a guide, a notice ...), "" if no rule of forms/links.csv knows it.

    >>> why_no_report("关于编制2023年政府信息公开工作年度报告的通知")
    'notices about the reports'
    """
    plain = _squeeze(_DATE.sub("", title))
    return next((note for pattern, note in _rules()["exclude"] if pattern.search(plain)), "")


def is_report_title(title: str, in_column: bool = False) -> bool:
    """Is this the title of an annual report? On a column of reports a bare year and 年报 are one.

    >>> is_report_title("某局2023年政府信息公开工作年度报告"), is_report_title("2023年年报", in_column=True)
    (True, True)
    """
    plain = _squeeze(_DATE.sub("", title))
    if _matches("exclude", plain):
        return False
    if _matches("title", plain) or (in_column and _matches("short", plain)):
        return True
    return bool(_CUT.search(plain)) and _matches("cut", _CUT.sub("", plain)) and year_of(title) is not None


def year_of(title: str) -> int | None:
    """The year that a title reports on. A full date in it is the day of publication and does not count.

    >>> year_of("某局政府信息公开工作年度报告（2022年）2023-01-20"), year_of("二〇二一年信息公开年报")
    (2022, 2021)
    """
    plain = _squeeze(_DATE.sub(" ", title))
    plain = _YEAR_HAN.sub(lambda m: m.group().replace("二", "2", 1).translate(_HAN_DIGITS), plain)
    for pattern in (_YEAR_NAMED, _YEAR):
        found = set(pattern.findall(plain))
        if found:
            return int(found.pop()) if len(found) == 1 else None
    return None


def _published(anchor: Tag, title: str, crowd: dict[int, set[str]], reports: dict[int, set[str]]) -> str | None:
    """The one date of the title, of the same line, or of the smallest row that holds a date and no other entry."""
    dates = _dates(title) or _dates(_beside(anchor))
    for row in _rows(anchor):
        # A row of a list may hold more links (a download); anything else with two links may be the whole list.
        entries = reports if row.name in ("li", "tr", "dl") else crowd
        if dates or len(entries[id(row)]) > 1:
            break
        dates = _dates(row.get_text(" "))
    return dates.pop().isoformat() if len(dates) == 1 else None


def _rows(anchor: Tag) -> Iterator[Tag]:
    """What may be the row of a list that a link stands in, from small to large."""
    for _, row in zip(range(_ROW_LEVELS), anchor.parents, strict=False):
        if row.name in ("ul", "ol", "table", "tbody", "body", "html", "[document]"):
            return
        yield row


def _beside(anchor: Tag) -> str:
    """Text of the same line where entries stand side by side, or of the dd that follows a dt.

    Text between two links may belong to either, and counts for neither.
    """
    from bs4 import Tag

    if anchor.parent is not None and anchor.parent.name == "dt":
        after = anchor.parent.find_next_sibling()
        return after.get_text(" ") if isinstance(after, Tag) and after.name == "dd" else ""
    sure = []
    for side in (anchor.previous_siblings, anchor.next_siblings):
        texts: list[str] = []
        for node in side:
            if isinstance(node, Tag) and (node.name == "a" or node.find("a")):
                texts.clear()
                break
            if isinstance(node, Tag) and node.name in ("br", "p", "div", "li"):
                break
            texts.append(node.get_text(" ") if isinstance(node, Tag) else str(node))
            if len(texts) > _ROW_NODES:
                break
        sure += texts
    return " ".join(sure)


def _dates(text: str) -> set[date]:
    made = set()
    for year, month, day in _DATE.findall(text[:_ROW_TEXT]):
        try:
            made.add(date(int(year), int(month), int(day)))
        except ValueError:  # the 31st of February is a typing error and no date
            continue
    return made


def _better(old: ReportLink | None, new: ReportLink) -> ReportLink:
    """One of two links to the same address: the longer title, and a date from either."""
    if old is None:
        return new
    title = max(old.title, new.title, key=lambda t: (not _CUT.search(t), len(t)))
    return ReportLink(new.url, title, year_of(title) or old.year or new.year, old.published or new.published)


def _join(base: str, href: str, encoding: str) -> str | None:
    """Where a link leads, in its one spelling; None if to no page of the web. It stays relative without a base."""
    if href.startswith("#"):
        return None
    try:
        url = urldefrag(urljoin(base, href.strip()))[0]
        parts = urlsplit(url)
        if parts.scheme not in ("http", "https", ""):
            return None
        return normal_url(in_page_encoding(url, encoding)) if parts.scheme else url
    except ValueError:  # brackets that hold no IPv6 address, a password; UsageError is a ValueError
        return None


def _nothing(page: Page, links: int, soup: BeautifulSoup, text: str) -> str:
    name = " ".join(soup.title.get_text().split())[:60] if soup.title else ""
    message = (
        f"{_name(page)} links to no annual report: titles such as 某局2023年政府信息公开工作年度报告 were looked for "
        f"among its {links} links (page title {name!r})"
    )
    if "dataproxy.jsp" in text or links == 0:
        return f"{message}; its list may be loaded by a script, so give the address that the script asks for"
    return f"{message}; give the page of the column 政府信息公开年报 itself"


def _name(page: Page) -> str:
    return page.origin.url or "the page"


def _squeeze(text: str) -> str:
    return "".join(unicodedata.normalize("NFKC", text).split())


def _matches(where: str, text: str) -> bool:
    return any(pattern.search(text) for pattern, _ in _rules()[where])


@cache
def _rules() -> dict[str, list[tuple[re.Pattern[str], str]]]:
    made: dict[str, list[tuple[re.Pattern[str], str]]] = {
        where: [] for where in ("title", "cut", "short", "column", "exclude")
    }
    for row in read_csv("links"):
        if row["where"] not in made:
            raise FormError(f"forms/links.csv: {row['rule']} belongs to {row['where']!r}; known are {', '.join(made)}")
        try:
            made[row["where"]].append((re.compile(row["pattern"]), row["note"]))
        except re.error as error:
            raise FormError(f"forms/links.csv: {row['rule']} has a pattern that does not work: {error}") from error
    return made

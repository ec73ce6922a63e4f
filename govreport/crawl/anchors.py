"""Links judged one by one: a report, a file of a report, a column, a level or year below it, or nothing of use."""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterator
from datetime import date
from functools import partial
from typing import TYPE_CHECKING, NamedTuple
from urllib.parse import urlsplit

from govreport.crawl.addresses import absolute, file_name, file_use, refused, same_folder
from govreport.crawl.knowledge import Product, first, is_named, path_use, product_of, squeeze, year_folder
from govreport.crawl.leads import (
    ATTACHMENT,
    COLUMN,
    GATE,
    LEVEL,
    MAP,
    PATH,
    POSSIBLE,
    REPORT,
    UNIT,
    Lead,
)
from govreport.crawl.pages import View, away
from govreport.fetch.links import is_report_title, titles_of_link, why_no_report, year_of

if TYPE_CHECKING:
    from bs4 import BeautifulSoup, Tag

FIRST_YEAR = 2008  # the regulation of 2007 took effect on 2008-05-01
MAX_LINKS = 10_000
_MAX_CLICKED = 1000
_ENDING = re.compile(r"\.(docx?|wps|pdf|ofd|xlsx?|et|rtf|txt|zip|rar|7z|ceb)$", re.IGNORECASE)
_OPENS = re.compile(r"(?:open|replace|assign|href\s{0,3}=|location\s{0,3}=)\s{0,3}\(?\s{0,3}['\"]([^'\"]{1,500})['\"]")
_SITEMAP = re.compile(r"/sitemap[\w-]*\.(xml|txt)(\.gz)?$", re.IGNORECASE)
_SAYS_REPORT = re.compile(r"年报|年度报告|公开报告|工作报告|年報|報告")
_ROW_TAGS = ("li", "tr", "dd", "dl", "p", "div")
_NAME_TAGS = ["a", "span", "td", "p", "b", "strong", "h4", "h5"]
_ROW_LEVELS, _ROW_PARTS, _LONGEST_NAME, _LONGEST_TITLE = 4, 12, 120, 200


class Link(NamedTuple):
    """A link of a page, an option of a select, or an entry of a list that came from an interface."""

    url: str
    names: tuple[str, ...]
    tag: Tag | None = None


def links_of(view: View, soup: BeautifulSoup) -> Iterator[Link]:
    """The links that stand in a tree, in page order, whole and in one spelling, and then what opens at a click."""
    anchors = soup.find_all(["a", "area"], limit=MAX_LINKS + 1)
    if len(anchors) > MAX_LINKS:
        view.notes.append(f"the first {MAX_LINKS:,} links were looked at")
    clicked = [
        tag for tag in soup.find_all(onclick=True, limit=_MAX_CLICKED) if tag.name not in ("a", "area", "select")
    ]
    for tag in [*anchors[:MAX_LINKS], *clicked]:
        urls = (absolute(view.base, href, view.encoding) for href in _targets(tag))
        url = next((url for url in urls if url), None)
        if url:
            names = titles_of_link(tag)
            yield Link(url, names if any(names) else _pictured(tag), tag)


def _pictured(tag: Tag) -> tuple[str, ...]:
    """What a link that shows only a picture is called."""
    picture = tag.find("img")
    named = [" ".join(str(picture.get(key) or "").split()) for key in ("alt", "title")] if picture else []
    return tuple(name for name in named if name)


def _targets(tag: Tag) -> Iterator[str]:
    yield str(tag.get("href") or "")
    yield str(tag.get("data-href") or tag.get("data-url") or "")
    script = f"{tag.get('onclick') or ''} {tag.get('href') or ''}"
    found = _OPENS.search(script) if "(" in script or "=" in script else None
    if found:
        yield found.group(1)


def judge(view: View, link: Link, is_report: bool = False) -> Lead | None:
    """What a link leads to, None if to nothing of use.

    Args:
        view: the page it stands on.
        link: the link.
        is_report: the page is itself a report, whose files count whatever they are called.
    """
    if refused(link.url) or (use := file_use(link.url)) == "media":
        return None
    if _SITEMAP.search(urlsplit(link.url).path):
        return Lead(link.url, "sitemap", rank=MAP + away(view, link.url))
    names = [name for name in link.names if 0 < len(name) <= _LONGEST_TITLE]
    if use in ("attachment", "text"):
        return _attachment(view, link, names, is_report)
    title = next((name for name in names if is_report_title(name, view.in_column)), "")
    product = product_of(link.url)
    if product and product.use in ("report", "tree") and not (product.use == "tree" and title):
        return _of_product(view, link, product, title or (names[0] if names else ""))
    if title:
        return Lead(link.url, "report", title, year_of(title), REPORT + away(view, link.url))
    if any(_is_other(name) for name in names):
        return None
    if link.tag is not None and names and all(is_named("file", name) for name in names):
        return _of_row(view, link, link.tag)
    return _of_name(view, link, names) or _of_path(view, link, names, product)


def _is_other(name: str) -> bool:
    """Is it the title of a guide, a notice or a form? The name of a column is excluded as a title, but no other."""
    why = why_no_report(name)
    return bool(why and "column" not in why) or is_named("refuse", name)


def _of_product(view: View, link: Link, product: Product, name: str) -> Lead | None:
    if _is_other(name):
        return None
    year = product.year or year_of(name)
    if product.use == "report":
        return Lead(link.url, "report", name, year, REPORT + away(view, link.url))
    return Lead(link.url, "list", name, year, LEVEL + away(view, link.url))


def _of_row(view: View, link: Link, tag: Tag) -> Lead | None:
    """A link that only says 查看: what its row says, on a column of reports."""
    far = away(view, link.url)
    title = _row_title(view, tag)
    if title:
        return Lead(link.url, "report", title, year_of(title), REPORT + far)
    row = tag.find_parent(["tr", "li"])
    name = " ".join(row.get_text(" ").split()) if row is not None and view.sure_column and not far else ""
    if not name or len(name) > _LONGEST_NAME or year_of(name) is None or _is_other(name):
        return None
    return Lead(link.url, "report", name, year_of(name), POSSIBLE)


def _of_name(view: View, link: Link, names: list[str]) -> Lead | None:
    far = away(view, link.url)
    for name in names:
        year = year_named(name)
        if is_named("column", name):
            return Lead(link.url, "list", name, year_of(name), COLUMN + far)
        if view.in_column and not far and (year or is_named("level", name)):
            return Lead(link.url, "list", name, year, LEVEL)
        if is_named("agency", name) and _is_unit(view, link, far):
            return Lead(link.url, "list", name, None, LEVEL + far if view.sure_column else UNIT + far)
        if is_named("gate", name):
            return Lead(link.url, "list", name, None, GATE + far)
        if is_named("map", name) and not far:
            return Lead(link.url, "list", name, None, MAP)
        if view.in_gate and is_named("level", name) and path_use(link.url):
            return Lead(link.url, "list", name, None, UNIT + far)
    return None


def _is_unit(view: View, link: Link, far: int) -> bool:
    """Is an agency's name an entry of the tree of the column, or of the part on disclosure?"""
    if re.fullmatch(r"https?://[^/]+/?(index\.\w+)?", link.url):
        return False
    use = path_use(link.url)
    if view.sure_column:
        return use == "report" or not far
    return view.in_gate and use in ("report", "gate")


def _of_path(view: View, link: Link, names: list[str], product: Product | None) -> Lead | None:
    """Links whose name says little: their folder does, or their shape on a column of reports."""
    in_path = path_use(link.url) == "report"
    name, far = names[0] if names else "", away(view, link.url)
    if not (in_path or view.sure_column) or _is_page(name):
        return None
    if product is None:
        folder = year_folder(link.url)
        return Lead(link.url, "list", name, year_named(name) or folder, PATH + far) if in_path or folder else None
    if (in_path and name) or (not far and _SAYS_REPORT.search(squeeze(name)) and same_folder(link.url, view.url)):
        return Lead(link.url, "report", name, year_of(name), POSSIBLE + far)
    return None


def _is_page(name: str) -> bool:
    """Is the name that of a further page of a list? Those are found together, see ``pagination``."""
    return name.isdecimal() or any(first("pagers", "use", use, name) for use in ("next", "last"))


def _attachment(view: View, link: Link, names: list[str], is_report: bool) -> Lead | None:
    """A file: named after a report, or standing in the row of one, or on the page of one."""
    named = [_ENDING.sub("", name).strip() for name in [*names, _ENDING.sub("", file_name(link.url))]]
    title = next((name for name in named if is_report_title(name, view.in_column)), "")
    said = [name for name in named[:-1] if name and not is_named("file", name)]
    other = partial(is_named, "refuse") if is_report else _is_other  # the annexes of a report belong to it
    if not title and any(other(name) for name in said):
        return None
    if not title and link.tag is not None and not said:
        title = _row_title(view, link.tag)
    if not title and is_report:
        title = said[0] if said else view.report_title or (view.titles[0] if view.titles else "")
    if not title:
        return None
    year = year_of(title) or (year_of(view.report_title) if is_report else None)
    return Lead(link.url, "attachment", title, year, ATTACHMENT + away(view, link.url))


def _row_title(view: View, tag: Tag) -> str:
    """The title of the report in whose row a nameless file stands."""
    for _, row in zip(range(_ROW_LEVELS), tag.parents, strict=False):
        if row.name in ("ul", "ol", "table", "tbody", "body"):
            break
        for name in _names_in(row):
            if len(name) <= _LONGEST_NAME and is_report_title(name, view.in_column):
                return name
    return ""


def _names_in(row: Tag) -> Iterator[str]:
    """The names that may stand in a row: those of its parts, and its own text."""
    if row.name in _ROW_TAGS:
        for part in row.find_all(_NAME_TAGS, limit=_ROW_PARTS):
            yield " ".join(part.get_text(" ").split())
    own = (str(child) for child in itertools.islice(row.children, 2 * _ROW_PARTS) if not hasattr(child, "children"))
    yield " ".join(" ".join(own).split())


def year_named(name: str) -> int | None:
    """The year that a short name consists of, from 2008 to this year, None if it is no such year.

    >>> year_named("2023年"), year_named("1999")
    (2023, None)
    """
    found = first("names", "use", "year", squeeze(name)) if len(name) <= 20 else None
    year = int(found.group(1)) if found else 0
    return year if FIRST_YEAR <= year <= date.today().year else None

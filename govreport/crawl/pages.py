"""A page opened for discovery: its tree, its texts, where in a site it stands, and whether it is itself a report."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING

from govreport.crawl.addresses import absolute, elsewhere
from govreport.crawl.knowledge import first, is_named, path_use, product_of, rules, squeeze
from govreport.crawl.leads import GATE, IN_COLUMN, UNIT, Lead
from govreport.fetch.addresses import normal_url
from govreport.fetch.links import column_names, is_report_column, is_report_title, mended, why_no_report
from govreport.fetch.text import decode, visible, without_hidden
from govreport.model import Page

if TYPE_CHECKING:
    from bs4 import BeautifulSoup

MAX_BYTES = 5_000_000
MAX_TAGS = 60_000  # the largest list of a real site has some thousands; a tree of more takes its seconds
_MAX_SCRIPT = 2_000_000
_LINK = re.compile(r"<a[ >]", re.IGNORECASE)
_SITE_SIGNS = re.compile(r"[_|｜]|\s[-–—]+\s|--+|[-–—](?=[^-–—]{2,20}$)")
_SHORT, _LONG = 200, 400  # letters outside links: a report whose tables are pictures, a report without tables
_HEADINGS = 2
_NAMELESS_HEADINGS = 4
_LONGEST_TITLE = 120
_FEW = 3  # a report may link to its neighbours


@dataclass
class View:
    """One page, decoded and opened.

    Attributes:
        url: its address in one spelling, "" if it is not known.
        text: the page as text, scripts and all.
        soup: its tree without scripts and comments.
        lead: what led here, None if that is not known.
        notes: what was cut, for the reason of the ``Look``.
    """

    url: str
    text: str
    encoding: str
    html: str
    soup: BeautifulSoup
    lead: Lead | None
    notes: list[str] = field(default_factory=list)

    @cached_property
    def base(self) -> str:
        """What relative links start from: <base>, else the page."""
        tag = self.soup.find("base", href=True)
        return (absolute(self.url, str(tag["href"]), self.encoding) if tag else None) or self.url

    @cached_property
    def visible(self) -> str:
        """What a reader sees, on one line."""
        return visible(self.html)

    @cached_property
    def plain(self) -> str:
        """What a reader sees outside links."""
        first_part, *parts = _LINK.split(self.html)
        return visible(" ".join([first_part, *(part.partition("</a>")[2] for part in parts)]))

    @cached_property
    def main_titles(self) -> list[str]:
        """What the page says it is called: ArticleTitle, the first heading, the first part of <title>."""
        named = ("articletitle", "title")
        metas = self.soup.find_all("meta", content=True)
        made = [str(tag["content"]) for tag in metas if str(tag.get("name", "")).lower() in named]
        made += [tag.get_text(" ") for tag in self.soup.find_all("h1", limit=2) if not tag.find("a")]
        made += self._page_title[:1]
        return _cleaned(made)

    @cached_property
    def titles(self) -> list[str]:
        """All it may be called, the surest first: further headings and the other parts of <title> as well."""
        headings = [tag.get_text(" ") for tag in self.soup.find_all(["h2", "h3"], limit=8) if not tag.find("a")]
        return _cleaned([*self.main_titles, *headings, *self._page_title[1:]])

    @cached_property
    def _page_title(self) -> list[str]:
        title = self.soup.title.get_text() if self.soup.title else ""
        return [part for part in _SITE_SIGNS.split(title[:500]) if part.strip()]

    @cached_property
    def report_title(self) -> str:
        """The first of its titles that names a report, "" if none does."""
        return next((title for title in self.titles if is_report_title(title)), "")

    @cached_property
    def is_front(self) -> bool:
        """Is it the front page of a site?"""
        return re.fullmatch(r"https?://[^/]+/(index\.\w+|default\.\w+|)", self.url) is not None

    @cached_property
    def sure_column(self) -> bool:
        """Does the page itself say that it belongs to a column of annual reports?"""
        if self.is_front:
            return False
        product = product_of(self.url)
        return (
            path_use(self.url) == "report"
            or (product is not None and product.use in ("report", "tree"))
            or any(is_report_column(name) for name in column_names(self.soup))
            or any(is_named("column", title) for title in self.titles)
            or self._stands_in_column()
        )

    def _stands_in_column(self) -> bool:
        found = first("names", "use", "position", self.visible)
        return found is not None and is_report_column(squeeze(found.group(1))[:60])

    @cached_property
    def in_column(self) -> bool:
        """Does it belong to a column of annual reports, by its own word or by what led here?"""
        led = self.lead is not None and self.lead.kind in ("list", "api") and self.lead.rank % 100 in IN_COLUMN
        return self.sure_column or (led and not self.is_front)

    @cached_property
    def in_gate(self) -> bool:
        """Does it belong to the part of a site on disclosure, where each agency has its own columns?"""
        led = self.lead is not None and self.lead.rank % 100 in (GATE, UNIT)
        return not self.is_front and (path_use(self.url) == "gate" or led)

    @cached_property
    def headings(self) -> int:
        """How many headings and labels of a report stand on it outside links."""
        return self._found("heading") + self._found("proof")

    def _found(self, use: str) -> int:
        return sum(rule.pattern.search(self._squeezed) is not None for rule in rules("pages", "use", use))

    @cached_property
    def _squeezed(self) -> str:
        return squeeze(self.plain)

    @cached_property
    def no_report(self) -> str:
        """Why its title says that it is another document (a guide, a notice), "" if it does not."""
        named = (why_no_report(title) for title in self.main_titles)
        return "" if self.report_title else next((why for why in named if why and "column" not in why), "")

    def report_reason(self, entries: int) -> str:
        """Why the page is itself a report, "" if it is none.

        Args:
            entries: reports that it links to; a page that links to many is a list of them, whatever its title.
        """
        title, found, letters = self.report_title, self.headings, len(self.plain)
        if not title and self.lead is not None and self.lead.kind == "report" and is_report_title(self.lead.title):
            title = self.lead.title
        if self.no_report:
            return ""
        if title and found >= _HEADINGS and letters >= _SHORT:
            return f"titled {title[:60]!r}, with {found} headings and labels of a report"
        if found >= _NAMELESS_HEADINGS and self._found("proof") and letters >= _LONG:
            return f"{found} headings and labels of a report, without its title"
        if title and found and entries <= _FEW and letters >= _LONG:
            return f"titled {title[:60]!r}, a report in prose"
        if self.is_titled and entries <= _FEW and (found or self.pictures) and letters >= _SHORT // 2:
            return f"titled {title[:60]!r}, with little text: its tables may be pictures"
        return ""

    @cached_property
    def is_titled(self) -> bool:
        """Does the page bear the title of one report, and not the name of a column beside it?"""
        columns = (title for title in self.titles if title != self.report_title and not is_report_title(title))
        return bool(self.report_title) and not any(is_named("column", title) for title in columns)

    @cached_property
    def pictures(self) -> int:
        """How many pictures stand on it, at most fifty."""
        return len(self.soup.find_all("img", limit=50))


def _cleaned(titles: list[str]) -> list[str]:
    made = dict.fromkeys(" ".join(title.split()) for title in titles)
    return [title for title in made if 1 < len(title) <= _LONGEST_TITLE]


def open_page(page: Page, lead: Lead | None) -> View:
    """A page as a ``View``. What is too large is cut, and the notes say so.

    Raises:
        FetchError: the page is damaged, so that no parser is done with it in a fair time.
    """
    from bs4 import BeautifulSoup

    notes = []
    if len(page.content) > MAX_BYTES:
        notes.append(f"of {len(page.content):,} bytes the first {MAX_BYTES:,} were looked at")
    text, encoding = decode(page.content[:MAX_BYTES], page.origin.content_type)
    shown = without_hidden(text)
    if shown.count("<") > MAX_TAGS:
        shown = _cut(shown)
        notes.append(f"the first {MAX_TAGS:,} tags were looked at")
    html = mended(shown)
    url = normal_url(page.origin.url) if page.origin.url else ""
    return View(url, text, encoding, html, BeautifulSoup(html, "html.parser"), lead, notes)


def _cut(text: str) -> str:
    at = -1
    for _ in range(MAX_TAGS):
        at = text.find("<", at + 1)
    return text[:at]


def scripts(text: str) -> list[str]:
    """What stands inside the script elements of a page."""
    made: list[str] = []
    at, letters, lower = 0, 0, text.lower()
    while (start := lower.find("<script", at)) >= 0 and letters < _MAX_SCRIPT:
        start = text.find(">", start)
        end = lower.find("</script", start)
        if start < 0 or end < 0:
            break
        made.append(text[start + 1 : end])
        at, letters = end, letters + end - start
    return made


def away(view: View, url: str) -> int:
    """What to add to the rank of a lead: 100 if it goes to another host."""
    return 100 if elsewhere(url, view.url) else 0

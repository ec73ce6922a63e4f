"""Addresses that a page offers through selects: per unit, per year, or as a form. Only what the page itself shows."""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterator
from typing import TYPE_CHECKING, NamedTuple

from govreport.crawl.addresses import absolute, changed
from govreport.crawl.anchors import FIRST_YEAR, Link, year_named
from govreport.crawl.knowledge import Product, product_of, rules
from govreport.crawl.pages import View
from govreport.fetch.addresses import normal_url

if TYPE_CHECKING:
    from bs4 import Tag

MAX_MADE = 2000
_ADDRESS = re.compile(r"^(https?://|\.{0,2}/|\?)\S|\.(s?html?|jsp|aspx|php|jhtml)(\?|$)", re.IGNORECASE)
_TEMPLATE = re.compile(r"['\"]([^'\"]{1,300}[=/])['\"]\s{0,3}\+\s{0,3}(?:this\.|\$\(this\)|encodeURI)")
_TYPED = ("text", "search", "date", "password", "file")


class _Choice(NamedTuple):
    """A select: the name of its field, what its script does, and its options as (value, text)."""

    name: str
    script: str
    options: tuple[tuple[str, str], ...]

    @property
    def years(self) -> list[int]:
        return [year for value, text in self.options if (year := _year(value) or _year(text))]


def _year(text: str) -> int | None:
    return year_named(text)


def offered(view: View) -> Iterator[Link]:
    """Addresses that selects, forms of selects, and the address of the page itself offer."""
    choices = [_choice(tag) for tag in view.soup.find_all("select", limit=50)]
    made = itertools.chain(_addresses(view, choices), _templates(view, choices), _forms(view), _product(view, choices))
    for number, link in enumerate(made):
        if number >= MAX_MADE:
            view.notes.append(f"the first {MAX_MADE:,} addresses made from options are kept")
            return
        yield link


def _choice(tag: Tag) -> _Choice:
    options = []
    for option in tag.find_all("option", limit=MAX_MADE):
        text = " ".join(option.get_text(" ").split())
        value = str(option.get("value") if option.get("value") is not None else text).strip()
        if value and value not in ("-1", "#"):
            options.append((value, text))
    return _Choice(str(tag.get("name") or tag.get("id") or ""), str(tag.get("onchange") or ""), tuple(options))


def _addresses(view: View, choices: list[_Choice]) -> Iterator[Link]:
    for choice in choices:
        for value, text in choice.options:
            url = absolute(view.base, value, view.encoding) if _ADDRESS.search(value) else None
            if url:
                yield Link(url, (text,))


def _templates(view: View, choices: list[_Choice]) -> Iterator[Link]:
    """Options whose value is put behind the address that the script of the select begins."""
    for choice in choices:
        found = _TEMPLATE.search(choice.script)
        if found:
            for value, text in choice.options:
                url = absolute(view.base, found.group(1) + value, view.encoding)
                if url:
                    yield Link(url, (text,))


def _forms(view: View) -> Iterator[Link]:
    """Forms that consist of selects and hidden fields alone: each combination, where one of the selects is of years."""
    for form in view.soup.find_all("form", limit=20):
        action = absolute(view.base, str(form.get("action") or "") or view.url, view.encoding)
        typed = [
            tag for tag in form.find_all(["input", "textarea"]) if str(tag.get("type") or "text").lower() in _TYPED
        ]
        choices = [
            choice for tag in form.find_all("select", limit=6) if (choice := _choice(tag)).options and choice.name
        ]
        if (
            action is None
            or typed
            or str(form.get("method") or "get").lower() != "get"
            or not any(c.years for c in choices)
        ):
            continue
        hidden = [
            (str(tag.get("name")), str(tag.get("value") or ""))
            for tag in form.find_all("input", type="hidden")
            if tag.get("name")
        ]
        yield from _combined(action, hidden, choices)


def _combined(action: str, hidden: list[tuple[str, str]], choices: list[_Choice]) -> Iterator[Link]:
    possible = [
        [
            (choice.name, value, text)
            for value, text in choice.options
            if not choice.years or _year(value) or _year(text)
        ]
        for choice in choices
    ]
    for chosen in itertools.product(*possible):
        url = normal_url(action)
        for name, value in [*hidden, *((name, value) for name, value, _ in chosen)]:
            url = changed(url, name, value)
        yield Link(url, (" ".join(text for _, _, text in chosen),))


def _product(view: View, choices: list[_Choice]) -> Iterator[Link]:
    """Other units and years of a product's address, if the selects of the page show them and no form says how."""
    here = product_of(view.url)
    if here is None or here.use not in ("report", "tree") or not (here.unit or here.year):
        return
    years = [year for choice in choices for year in choice.years if not choice.script]
    units = [
        (value, text)
        for choice in choices
        if here.unit and here.unit in {value for value, _ in choice.options}
        for value, text in choice.options
    ]
    for unit, text in units or [(here.unit, "")]:
        for year in dict.fromkeys(years) or ([here.year] if here.year else []):
            url = _placed(view.url, here, unit, year)
            if url and year >= FIRST_YEAR:
                yield Link(url, (f"{text} {year}年".strip(),))


def _placed(url: str, here: Product, unit: str, year: int) -> str | None:
    """The address with another unit and year where its own stand, None if that is no address of the product."""
    rule = next(rule for rule in rules("products", "use", here.use) if rule.name == here.name)
    found = rule.pattern.search(url)
    if found is None:
        return None
    places = [(name, value) for name, value in (("unit", unit), ("year", str(year))) if found.groupdict().get(name)]
    for name, value in sorted(places, key=lambda place: -found.start(place[0])):
        url = url[: found.start(name)] + value + url[found.end(name) :]
    return normal_url(url)

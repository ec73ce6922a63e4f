"""The further pages of a list: named by a script, linked, counted in a variable, or printed."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable
from posixpath import dirname
from typing import NamedTuple
from urllib.parse import urljoin, urlsplit

from govreport.crawl.addresses import changed, field
from govreport.crawl.knowledge import first, product_of, rules, squeeze
from govreport.fetch.addresses import normal_url

MAX_PAGES = 200
_DIGITS = re.compile(r"\d+")
_INDEX = re.compile(r"^(?P<name>[A-Za-z][\w-]*?)(?:_(?P<number>\d{1,4}))?\.(?P<ending>s?html?|jhtml)$")


class Pages(NamedTuple):
    """Addresses of the further pages of a list, and what was cut ("" if nothing was)."""

    urls: tuple[str, ...]
    note: str = ""


class _Shape(NamedTuple):
    """An address with a place for the number of the page; page k bears the number k + shift."""

    before: str
    after: str
    shift: int

    def page(self, number: int) -> str:
        return normal_url(f"{self.before}{number + self.shift}{self.after}")


def further_pages(url: str, links: Iterable[tuple[str, str]], scripts: str, shown: str) -> Pages:
    """The other pages of the list that stands at an address.

    Tried in order: a call of createPageHTML; links with numbers, next and last page; the page number in the address
    or its file name, if a script or the text says how many pages there are.

    Args:
        url: address of the page.
        links: what is shown and where it leads, for each link of the page.
        scripts: the scripts of the page.
        shown: the visible text.

    Returns:
        At most ``MAX_PAGES`` addresses, the page itself not among them. Empty if the list has one page.

    >>> further_pages("http://a.gov.cn/nb/", [], 'createPageHTML(3, 0, "index", "html")', "").urls
    ('http://a.gov.cn/nb/index_1.html', 'http://a.gov.cn/nb/index_2.html')
    """
    found = list(links)
    made = _called(url, scripts) or _linked(url, found, shown) or _counted(url, scripts, shown)
    others = [page for page in dict.fromkeys(made) if page != url]
    note = f"of {len(others)} further pages the first {MAX_PAGES} are kept" if len(others) > MAX_PAGES else ""
    return Pages(tuple(others[:MAX_PAGES]), note)


def _called(url: str, scripts: str) -> list[str]:
    for rule in rules("pagers", "use", "call"):
        call = rule.pattern.search(scripts)
        if call is None:
            continue
        total, current = int(call["total"]), int(call["current"])
        from_zero = _from_zero(rule.name, total, current, _number_in(url, call["name"]))
        numbers = range(1, total) if from_zero else range(2, total + 1)
        pages = [f"{call['name']}_{number}.{call['ending']}" for number in numbers[: 2 * MAX_PAGES]]
        return [normal_url(urljoin(url, page)) for page in pages]
    return []


def _from_zero(rule: str, total: int, current: int, number: int) -> bool:
    """Does page one bear the number 0? The call tells it where it can, else its form does."""
    if current == 0:
        return True
    if current >= total or (number == 0 and current == 1):
        return False
    return rule == "call_zero"


def _number_in(url: str, name: str) -> int:
    """The number in the file name of this page, 0 if it bears none."""
    found = re.search(rf"/{re.escape(name)}_(\d{{1,4}})\.", urlsplit(url).path)
    return int(found.group(1)) if found else 0


def _linked(url: str, links: list[tuple[str, str]], shown: str) -> list[str]:
    numbered = [(int(name), target) for name, target in _near(url, links) if re.fullmatch(r"[1-9]\d{0,3}", name)]
    votes: Counter[_Shape] = Counter()
    for number, target in dict.fromkeys(numbered):
        votes.update(set(_shapes(number, target)))
    named = dict(_named(url, links))
    if not votes:
        return _between(named.get("next"), named.get("last"))
    shape = max(votes, key=lambda one: (votes[one], one.shift == 0))
    linked = [target for number, target in numbered if shape.page(number) == target]
    last = max([*(number for number, _ in numbered), *_totals(shown), _last_number(shape, named.get("last"))])
    if votes[shape] < 2 and last <= 2 and not named:
        return linked
    return linked + [shape.page(number) for number in range(2, min(last, 3 * MAX_PAGES) + 1)]


def _near(url: str, links: list[tuple[str, str]]) -> list[tuple[str, str]]:
    """Links to the same host and folder, with their names squeezed."""
    here = urlsplit(url)
    made = []
    for name, target in links:
        there = urlsplit(target)
        if there.netloc == here.netloc and dirname(there.path) == dirname(here.path):
            made.append((squeeze(name), target))
    return made


def _named(url: str, links: list[tuple[str, str]]) -> list[tuple[str, str]]:
    return [
        (use, target)
        for name, target in _near(url, links)
        for use in ("next", "last")
        if len(name) <= 12 and first("pagers", "use", use, name)
    ]


def _shapes(number: int, target: str) -> list[_Shape]:
    """The places of an address where the number of the page stands, or one less."""
    start = target.find("/", 8)
    made = []
    for found in _DIGITS.finditer(target, start):
        shift = int(found.group()) - number
        if shift not in (0, -1) or (found.group() != "0" and found.group().startswith("0")):
            continue
        if _may_be_page(target, found.start(), found.end()):
            made.append(_Shape(target[: found.start()], target[found.end() :], shift))
    return made


def _may_be_page(target: str, start: int, end: int) -> bool:
    """In a query the field must be called like a page; in a path the number ends the file's name."""
    question = target.find("?")
    if 0 <= question < start:
        name = re.split(r"[?&]", target[:start])[-1]
        return name.endswith("=") and first("pagers", "use", "parameter", name[:-1]) is not None
    rest = target[end : question if question >= 0 else None]
    return target[start - 1] in "_-/." and (rest in ("", "/") or re.fullmatch(r"\.\w{2,6}", rest) is not None)


def _last_number(shape: _Shape, last: str | None) -> int:
    if last and last.startswith(shape.before) and last.endswith(shape.after):
        number = last[len(shape.before) : len(last) - len(shape.after)]
        if number.isdecimal():
            return int(number) - shape.shift
    return 0


def _between(following: str | None, last: str | None) -> list[str]:
    """From the next page to the last, if both differ in one number only."""
    if following is None or last is None or following == last:
        return [page for page in (following, last) if page]
    for found in _DIGITS.finditer(following, following.find("/", 8)):
        shape = _Shape(following[: found.start()], following[found.end() :], 0)
        end = _last_number(shape, last)
        if int(found.group()) < end and _may_be_page(following, found.start(), found.end()):
            return [shape.page(number) for number in range(int(found.group()), min(end, 3 * MAX_PAGES) + 1)]
    return [following, last]


def _totals(shown: str) -> list[int]:
    found = first("pagers", "use", "total_text", shown)
    return [int(group) for group in found.groups() if group] if found else []


def _counted(url: str, scripts: str, shown: str) -> list[str]:
    zero = first("pagers", "use", "total_zero", scripts)
    told = zero or first("pagers", "use", "total", scripts)
    total = max([int(told.group(1)) if told else 0, *_totals(shown)])
    if not 1 < total <= 2 * MAX_PAGES:
        return []
    parameter = field(url, lambda name: first("pagers", "use", "parameter", name) is not None)
    if parameter:
        start = 0 if parameter[1] == "0" else 1
        return [changed(url, parameter[0], str(number)) for number in range(start, start + total)]
    product = product_of(url)
    if told is None or (product is not None and product.use == "article"):
        return []
    current = first("pagers", "use", "current", scripts)
    from_zero = current.group(1) == "0" if current else zero is not None
    name = urlsplit(url).path.rpartition("/")[2] or "index.html"
    file = _INDEX.match(name)
    if file is None:
        return []
    numbers = range(1, total) if from_zero else range(2, total + 1)
    return [normal_url(urljoin(url, f"{file['name']}_{number}.{file['ending']}")) for number in numbers]

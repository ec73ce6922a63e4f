"""What is known of sites, read from forms/crawl_*.csv: names, words of paths, products, what not to follow."""

from __future__ import annotations

import re
import unicodedata
from functools import cache
from typing import NamedTuple
from urllib.parse import urlsplit

from govreport.errors import FormError
from govreport.forms import read_csv

# "/" only inside a match: "part" holds for words long enough that no other pinyin contains them
_STEM = re.compile(r"[a-z_]+")
_YEAR_FOLDER = re.compile(r"^(20[0-3]\d)(n|nb|nd|nian|ndbg|nndbg)?$")


class Rule(NamedTuple):
    """A pattern with its name and what it is about."""

    name: str
    pattern: re.Pattern[str]
    note: str


@cache
def rules(file: str, key: str, use: str) -> tuple[Rule, ...]:
    """Rules of forms/crawl_<file>.csv whose column ``key`` says ``use``.

    Raises:
        FormError: there are none, or a pattern does not work.
    """
    rows = read_csv(f"crawl_{file}")
    names = next(iter(rows[0]), "") if rows else ""
    made = []
    for row in rows:
        if row.get(key) != use:
            continue
        try:
            made.append(Rule(row[names], re.compile(row["pattern"], re.IGNORECASE), row["note"]))
        except re.error as error:
            raise FormError(f"forms/crawl_{file}.csv: the pattern of {row[names]} does not work: {error}") from error
    if not made:
        raise FormError(f"forms/crawl_{file}.csv: no row has {use!r} in its column {key}")
    return tuple(made)


@cache
def words(file: str, use: str) -> frozenset[str]:
    """First column of the rows of forms/crawl_<file>.csv whose column ``use`` says so."""
    rows = read_csv(f"crawl_{file}")
    return frozenset(next(iter(row.values())) for row in rows if row["use"] == use)


def squeeze(text: str) -> str:
    """Text in one width, without blanks.

    >>> squeeze("２０２３ 年　")
    '2023年'
    """
    return "".join(unicodedata.normalize("NFKC", text).split())


def first(file: str, key: str, use: str, text: str) -> re.Match[str] | None:
    """The first match of the rules in a text."""
    return next((found for rule in rules(file, key, use) if (found := rule.pattern.search(text))), None)


def is_named(use: str, name: str) -> bool:
    """Is this the name of a column, level, agency, year, gate, map ...? See forms/crawl_names.csv.

    >>> is_named("column", "部门信息公开年报"), is_named("level", "市直部门"), is_named("year", "2023年")
    (True, True, True)
    """
    return len(name) <= 60 and first("names", "use", use, squeeze(name)) is not None


@cache
def _path_words(use: str, match: str) -> tuple[str, ...]:
    return tuple(row["word"] for row in read_csv("crawl_paths") if row["use"] == use and row["match"] == match)


def path_use(url: str) -> str:
    """What the words of a path say: "report" (a column of annual reports), "gate" (disclosure), "" (nothing).

    >>> path_use("http://a.gov.cn/zwgk/zfxxgknb_171215/202101/t1.html"), path_use("http://a.gov.cn/nbjb/")
    ('report', '')
    """
    segments = [segment for segment in urlsplit(url).path.lower().split("/") if segment]
    for use in ("report", "gate"):
        if any(_says(segment, use) for segment in segments):
            return use
    return ""


def _says(segment: str, use: str) -> bool:
    stem = _STEM.match(segment)
    name = stem.group().split("_")[0] if stem else ""
    return (
        any(word in segment for word in _path_words(use, "part"))
        or any(name.startswith(word) and len(name) <= len(word) + 3 for word in _path_words(use, "start"))
        or name in _path_words(use, "whole")
    )


def year_folder(url: str) -> int | None:
    """The year that the last folder of an address is named after, None if it is none. Folders lie: it is a hint.

    >>> year_folder("http://a.gov.cn/zfxxgknb/2023n/")
    2023
    """
    folders = [part for part in urlsplit(url).path.lower().split("/")[:-1] if part]
    found = _YEAR_FOLDER.match(folders[-1]) if folders else None
    return int(found.group(1)) if found else None


class Product(NamedTuple):
    """What a product's address tells: its name, its use (report, tree, article, download), unit and year."""

    name: str
    use: str
    unit: str = ""
    year: int | None = None


def product_of(url: str) -> Product | None:
    """The product that makes addresses of this shape, None if it is none of forms/crawl_products.csv.

    >>> product_of("http://a.gov.cn/module/xxgk/xxgkAnnualReport.jsp?area=001&fbtime=2023")
    Product(name='hanweb_report', use='report', unit='001', year=2023)
    """
    parts = urlsplit(url)
    text = f"{parts.path}?{parts.query}" if parts.query else parts.path
    for use in ("report", "tree", "download", "article"):
        for rule in rules("products", "use", use):
            found = rule.pattern.search(text)
            if found:
                groups = found.groupdict()
                year = groups.get("year")
                return Product(rule.name, use, groups.get("unit") or "", int(year) if year else None)
    return None

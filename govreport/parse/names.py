"""The title of a report, the name of its agency as printed, and the kind of that agency."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from functools import cache, lru_cache
from typing import NamedTuple

from govreport.forms import read_csv
from govreport.forms.words import words_of
from govreport.parse.clues import pattern, patterns, plain_digits, squash
from govreport.parse.regions import places_in_name
from govreport.parse.years import YearHit, year_of_title

KINDS = ("government", "department", "street", "township", "zone", "other")

_LONG = 400  # a paragraph with a title at its head may go on; a line of more signs is cut here
_TITLE_HEAD = 70  # signs of a title before its last words
_LINES = 40
_BRACKETS = re.compile("[（(](?:[^（()）]|[（(][^）)]*[)）])*[)）]")
_BLANKS = re.compile(r"\s+")
# A blank parts two agencies (…人民政府 …管委会); any other blank inside a title is layout.
_PARTING = re.compile("(?<=[府局会])\\s+(?=[一-鿿]{4})(?!信息|政府信息|政务公开)")
_MARK = "\x00"
_ANNEX = re.compile(r"^附件\d*[:：]")
_SIGNS = re.compile("[。；;，,：:！!？?]")
_ONLY_NAME = re.compile("[一-鿿（）() 、]{3,40}")
_EDGES = " 　:：、-—–·.,，。_|"
_NUMBERING = re.compile(r"^[\s　]*(?:[（(]?[一二三四五六七八九十\d]{1,3}[)）、.．])?[\s　]*")


class Title(NamedTuple):
    """A title as printed, and the agency inside it (None when it names none)."""

    text: str
    agency: str | None


@cache
def _kinds() -> tuple[tuple[re.Pattern[str], str], ...]:
    return tuple((re.compile(row["pattern"]), row["kind"]) for row in read_csv("kinds"))


def _fits(name: str) -> bool:
    """Whether a name ends as the names of bodies do, be it a public institution."""
    return any(found.search(name) for found, _ in _kinds())


@lru_cache(maxsize=4096)
def kind_of(agency: str) -> str:
    """The kind of an agency from its name: the first pattern of forms/kinds.csv that fits, "other" if none does.

    >>> kind_of("北京市丰台区人民政府西罗园街道办事处"), kind_of("长春新区管理委员会"), kind_of("上海市普陀区统计局")
    ('street', 'zone', 'department')
    """
    name = _BRACKETS.sub("", agency)
    return next((kind for found, kind in _kinds() if found.search(name)), "other")


def find_title(lead: Sequence[str]) -> Title | None:
    """The title among the paragraphs before section one: the one that names most of year and agency, the first of
    equals. None when no line holds the words of a title.
    """
    best: tuple[int, Title] | None = None
    lines = [line for line in lead[:_LINES] if line.strip()]
    for at, line in enumerate(lines):
        title = _title_at(lines, at, line)
        if title is None:
            continue
        rank = 2 * (year_of_title(title.text) is not None) + 2 * (title.agency is not None)
        if rank and (best is None or rank > best[0]):
            best = rank, title
    return best[1] if best else None


def _title_at(lines: list[str], at: int, line: str) -> Title | None:
    text = _tidy(line[:_LONG])
    if core := _core(text):
        title = _cut(text, core)
        if title and title.agency is None and at and (name := _heading_name(lines[at - 1])):
            return Title(name + title.text, name)
        return title
    if len(text) > _TITLE_HEAD or "公" not in text:
        return None
    for more in (1, 2):
        text = "".join(_tidy(part[:_LONG]) for part in lines[at : at + 1 + more])
        if (core := _core(text)) and core.end() > len(_tidy(line)):
            return _cut(text, core)
    return None


def _tidy(line: str) -> str:
    marked = _PARTING.sub(_MARK, line.strip())
    return plain_digits(_BLANKS.sub("", marked)).replace(_MARK, " ")


@lru_cache(maxsize=1024)
def _core(text: str) -> re.Match[str] | None:
    if "公" not in text:
        return None
    core = pattern("title_core").search(text)
    if core is None or core.start() > _TITLE_HEAD or pattern("title_not").search(text, 0, core.end()):
        return None
    head = text[: core.start()]
    if _SIGNS.search(_ANNEX.sub("", head)):
        return None
    doubled = text.startswith(text[: core.end()], core.end())
    return core if doubled or pattern("title_after").match(text, core.end()) else None


def _cut(text: str, core: re.Match[str]) -> Title | None:
    end = core.end()
    after = _BRACKETS.match(text, end)
    if after and (year_of_title(after[0]) or kind_of(after[0][1:-1]) != "other"):
        end = after.end()
    title = text[:end]
    if pattern("title_bare").match(title):
        return Title(title, None)
    return Title(title, _agency_in_title(text[: core.start()], after[0][1:-1] if after else ""))


def _agency_in_title(head: str, after: str) -> str | None:
    for part in (head, after):
        name = pattern("agency_drop").sub("", part).strip(_EDGES)
        name = pattern("agency_tail").sub("", name).strip(_EDGES)
        if name.endswith("人民"):
            name += "政府"  # 某市人民政府信息公开…: the two signs belong to both words
        if len(name) >= 2 and not name.isdigit() and not any(w in name for w in ("我", "本机关", "本单位", "年度")):
            return name
    return None


def _heading_name(line: str) -> str | None:
    """A line above a title that is nothing but the name of an agency."""
    name = _tidy(line) if len(line) < 60 else ""
    return name if _is_name(name) else None


def title_of_page(text: str) -> Title | None:
    """The title inside the page's own title, without the name of the site."""
    for part in pattern("title_site").split(text):
        tidy = _tidy(part[:_LONG])
        if core := _core(tidy):
            return _cut(tidy, core)
    return None


@lru_cache(maxsize=4096)
def _is_name(name: str) -> bool:
    return (
        bool(_ONLY_NAME.fullmatch(name))
        and _fits(name)
        and not any(word in name for word in words_of("not_in_name"))
        and not pattern("not_subject").search(name)
        and not pattern("furniture").search(name)
    )


def signature(tail: Sequence[str]) -> str | None:
    """The agency that signs at the end: a short line that is only a name, alone or with a date."""
    for line in reversed(tail):
        if len(line) > 60:
            continue
        name = pattern("signed").sub("", plain_digits(line.strip()))
        name = pattern("signed_han").sub("", name).strip(_EDGES + "（）()")
        name = squash(name)
        if len(name) >= 4 and _is_name(name):
            return name
    return None


def named_sources(meta: Mapping[str, str], lead: Sequence[str]) -> list[str]:
    """Agencies named as the publisher: in the page's metadata, in metadata lines, in the opening sentences."""
    found = [squash(meta.get("contentsource", ""))]
    for line in lead[:_LINES]:
        if len(line) < _LONG:
            found += [m[1] for m in pattern("source_label").finditer(line)]
    found += [name for line in lead[:_LINES] if (name := _heading_name(line))]
    text = " ".join(line[:1500] for line in lead[:_LINES])
    found += [m[1] for one in patterns("preamble") for m in one.finditer(text)]
    found += [part.strip() for line in lead[:_LINES] if ">" in line for part in line.split(">")]
    found.append(squash(meta.get("columnname", "")))
    return [name for raw in found if _is_name(name := _agency_of_office(raw))]


def _agency_of_office(name: str) -> str:
    """The agency of an inner office: 某街道办事处 for 某街道办事处综合办公室."""
    inner = next((found for one in patterns("inner_office") if (found := one.match(name))), None)
    return inner[1] if inner else name


def subjects(body: str, paragraphs: Sequence[str], hits: Sequence[YearHit]) -> Iterator[tuple[str, str]]:
    """Agencies that stand as the subject of a sentence: after a year, or at the start of a paragraph.

    Each comes with the text that follows it.
    """
    one = pattern("subject_name")
    for hit in hits:
        if (match := one.match(body, hit.end)) and _is_name(match[1]):
            yield match[1], body[match.end() : match.end() + 12]
    for paragraph in paragraphs:
        head = paragraph[:40]
        start = _NUMBERING.match(head)
        if (match := one.match(head, start.end() if start else 0)) and _is_name(match[1]):
            yield match[1], head[match.end() :][:12]


def agency_in_prose(names: Sequence[str], year: int | None) -> str | None:
    """The agency that the prose speaks of as its own: the one named most, one that begins with a place first."""
    counts = Counter(names)
    ranked = sorted(counts, key=lambda n: (bool(places_in_name(n, year)), counts[n]), reverse=True)
    for name in ranked:
        local = kind_of(name) in ("street", "township", "zone")
        if local or counts[name] > 1:
            return name
    return None


def complete(name: str, others: Sequence[str]) -> str:
    """A short name of a title made whole by a source that adds only the kind of body: 春晓街道 + 办事处."""
    for other in others:
        if other.startswith(name) and other[len(name) :] in words_of("org_suffix"):
            return other
    return name

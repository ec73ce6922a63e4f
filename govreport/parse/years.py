"""The year a report is about, the years that stand where it should, and the date of publication."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from typing import NamedTuple

from govreport.model import Finding
from govreport.parse.clues import pattern, plain_digits

# Reports began in 2008; a later year than this is a typing error.
FIRST_YEAR, LAST_YEAR = 2008, 2049
_YEAR = re.compile(r"20\d\d\s?年")
_SENTENCE_END = re.compile("[。；;！!\n]")
_MONTH = re.compile(r"度?\s*\d{1,2}\s*月")
_HAN_DIGITS = {**dict(zip("一二三四五六七八九", "123456789", strict=True)), **dict.fromkeys("〇○零ОOo0", "0")}
_HAN_YEAR = re.compile("二[〇○零Oo0][一二三四五六七八九〇○零]{2}年")
_DATE_META = ("pubdate", "firstpublishedtime", "publishdate", "createdate")


class YearHit(NamedTuple):
    """A year as printed in prose, not part of a date or a number: value, start, and end of 年."""

    year: int
    start: int
    end: int


def year_hits(text: str) -> list[YearHit]:
    """All years of a text that are not part of a date or of a longer number.

    >>> [h.year for h in year_hits("2023年共收到5件，2022年1月2日印发，20201月1日")]
    [2023]
    """
    found = []
    for match in _YEAR.finditer(text):
        start, end = match.span()
        if (start and text[start - 1].isdigit()) or _MONTH.match(text, end):
            continue
        year = int(text[start : start + 4])
        if FIRST_YEAR <= year <= LAST_YEAR:
            found.append(YearHit(year, start, end))
    return found


def year_of_title(title: str) -> int | None:
    """The year in a title, in Arabic or Chinese digits; the last one of a range, None when there is none.

    >>> year_of_title("某局二〇二三年政府信息公开工作年度报告"), year_of_title("某局政府信息公开年报（2021年度）")
    (2023, 2021)
    """
    if found := _HAN_YEAR.search(title):
        return int("".join(_HAN_DIGITS.get(c, "2") for c in found[0][:4]))
    years = [int(y) for y in re.findall(r"(?<!\d)20\d\d(?!\d)", title) if FIRST_YEAR <= int(y) <= LAST_YEAR]
    return years[-1] if years else None


class _Clue(NamedTuple):
    where: str
    year: int


def find_year(
    titles: Sequence[tuple[str, str]], lead: str, body: str, hits: Sequence[YearHit], published: str | None
) -> tuple[int | None, list[Finding]]:
    """The year reported on, and findings where clues differ.

    Args:
        titles: (where it stood, title) in order of trust.
        lead: what stands before section one.
        body: the prose.
        hits: the years of the prose, from ``year_hits``.
        published: date of publication, ISO 8601; it supports a year that is named and never makes one.

    Returns:
        The year or None, with ``year_unknown`` when nothing names it, and at most one ``year_conflict``.
    """
    clues = [_Clue(where, year) for where, title in titles if (year := year_of_title(title))]
    clues += _periods(lead, "opening part") or _periods(body[:4000], "prose")
    if (common := _commonest(year_hits(lead))) and not any(c.year == common for c in clues):
        clues.append(_Clue("opening part", common))
    year = clues[0].year if clues else _year_of_prose(hits, published)
    if year is None:
        message = "No title, period or sentence names the year of the report."
        return None, [Finding("year_unknown", "warning", (), "a year such as 2023年", "", message)]
    conflict = _conflict(year, clues, published) or _stale(year, body, hits)
    return year, [conflict] if conflict else []


def _periods(text: str, where: str) -> list[_Clue]:
    found = []
    for match in pattern("period").finditer(text):
        found += [_Clue(f"period of the statistics in the {where}", int(y)) for y in match.groups() if y]
    return found


def _commonest(hits: Iterable[YearHit]) -> int | None:
    counts = Counter(h.year for h in hits).most_common(2)
    if not counts or (len(counts) == 2 and counts[0][1] == counts[1][1]):
        return None
    return counts[0][0]


def _year_of_prose(hits: Sequence[YearHit], published: str | None) -> int | None:
    counts = Counter(h.year for h in hits)
    before = int(published[:4]) - 1 if published else None
    best = _commonest(hits)
    if best is not None and (counts[best] > 1 or len(counts) == 1 or best == before):
        return best
    return before if before in counts else None


def _conflict(year: int, clues: Sequence[_Clue], published: str | None) -> Finding | None:
    # a year that only the opening part names beside the right one may be last year's plan or decree
    others = [c for c in clues[1:] if c.year != year and c.where != "opening part"]
    others += [c for c in clues[1:] if c.where == "opening part" and c.year != year and len(clues) == 2]
    if others:
        other = others[0]
        message = f"The {clues[0].where} says {year}年, the {other.where} {other.year}年; {year} was taken."
        return Finding("year_conflict", "warning", (), str(year), str(other.year), message)
    if published and int(published[:4]) < year:
        message = f"The report is on {year}年 but is dated {published}, before that year began."
        return Finding("year_conflict", "warning", (), str(year), published, message)
    return None


def _stale(year: int, body: str, hits: Sequence[YearHit]) -> Finding | None:
    """A sentence that reports another year as its own: text left in from last year, or a typing error."""
    for hit in hits:
        if hit.year == year:
            continue
        subject = pattern("subject").match(body, hit.end)
        if subject is None:
            continue
        sentence = _sentence(body, hit)
        if pattern("compares").search(sentence) or (hit.year > year and pattern("future").search(sentence)):
            continue
        quote = body[hit.start : subject.end()]
        message = f"The report is on {year}年, but a sentence begins “{quote}”, as if it were on {hit.year}年."
        return Finding("year_conflict", "warning", (), str(year), str(hit.year), message)
    return _stale_plan(year, body)


def _sentence(body: str, hit: YearHit) -> str:
    head = body[max(0, hit.start - 60) : hit.start]
    for mark in _SENTENCE_END.finditer(head):
        head = body[max(0, hit.start - 60) + mark.end() : hit.start]
    end = _SENTENCE_END.search(body, hit.end, hit.end + 80)
    return head + body[hit.start : end.start() if end else hit.end + 80]


def _stale_plan(year: int, body: str) -> Finding | None:
    if "要点" not in body and "任务" not in body:
        return None
    plans = {int(m[1]) for m in pattern("work_points").finditer(body)}
    if year - 1 in plans and year not in plans:
        message = f"The report is on {year}年, but the only plan of work that it names is that of {year - 1}年."
        return Finding("year_conflict", "warning", (), str(year), str(year - 1), message)
    return None


def find_date(meta: Mapping[str, str], lead: Sequence[str], tail: Sequence[str]) -> str | None:
    """The date of publication, ISO 8601: from the page's metadata, a metadata line, or the signature; else None.

    A date with lost characters (20211230日) is no date.
    """
    for name in _DATE_META:
        if name in meta and (found := _iso(pattern("meta_date").search(meta[name]))):
            return found
    for line in [*lead[:40], *tail]:
        if len(line) < 400 and (found := _iso(pattern("published").search(plain_digits(line)))):
            return found
    for line in [*reversed(tail), *lead[:12]]:
        if len(line) < 60 and (found := _signed(plain_digits(line))):
            return found
    return None


def _signed(line: str) -> str | None:
    if "年" not in line:
        return None
    if han := pattern("signed_han").search(line):
        year = "".join(_HAN_DIGITS.get(c, "2") for c in han[1])
        return _date(int(year), _han_number(han[2]), _han_number(han[3]))
    return _iso(pattern("signed").search(line))


def _han_number(text: str) -> int:
    """A Chinese number up to 31: 十二, 二十, 三十一."""
    if "十" not in text:
        return int(_HAN_DIGITS[text[-1]])
    tens, _, ones = text.partition("十")
    return int(_HAN_DIGITS[tens] if tens else 1) * 10 + int(_HAN_DIGITS[ones] if ones else 0)


def _iso(match: re.Match[str] | None) -> str | None:
    return _date(*(int(g) for g in match.groups())) if match else None


def _date(year: int, month: int, day: int) -> str | None:
    try:
        return date(year, month, day).isoformat()
    except ValueError:
        return None

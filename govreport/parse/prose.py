"""Figures that a report states in its prose: requests, cases, enforcement, documents, items disclosed, fees.

A wrong statement is worse than a missing one: a wording that could mean a part, another year, a plan or another thing
gives nothing. The wordings are rows of ``forms/statements.csv``, tried in the order of that file; a number once
understood is not read a second time.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal
from functools import cache

from govreport.errors import FormError
from govreport.forms import read_csv
from govreport.model import Statement
from govreport.parse.numbers import han_number

Prose = Sequence[tuple[int, str, str]]
"""Paragraphs as (section number 0 to 6, place, text)."""

LONGEST_QUOTE = 60

# No wording is shorter; table cells are.
_SHORTEST = 4

# A longer sentence is read in pieces, so that no page can make the patterns slow.
_LONGEST = 600

# Section five speaks of problems and of next year.
_SECTION_OF_PLANS = 5

_MACRO = re.compile(r"\{([A-Z_]+)\}")
_YEAR = re.compile(r"(20[0-9]{2})年")
_NUMBER = re.compile(r"[0-9０-９一二两三四五六七八九十百千万亿]\s*[余多]?\s*[件起宗份例条项个封部篇则张元]")
_NEGATION = re.compile(r"[未无没零]")
_ZERO = re.compile(r"[0０](?<![0-9０-９.].)(?![0-9０-９.])")
_SENTENCE = re.compile(rf"[^。；;！？!?|\n]{{{_SHORTEST},{_LONGEST}}}")
# A line break inside a sentence stands between two Chinese characters; any other ends it (table cells).
_WRAP = re.compile(r"(?<=[一-鿿])[ \t\u3000\u00a0]*\r?\n[ \t\u3000\u00a0]*(?=[一-鿿])")
# Blanks go, except between two digits, where they part two numbers.
_BLANK = re.compile(r"[^\S\n]+(?![0-9])|(?<![0-9])[^\S\n]+")
_WIDE_DIGIT = re.compile(r"[０-９]")
_WIDE_DIGITS = str.maketrans("０１２３４５６７８９", "0123456789")
_SIGNS = (("，", ","), ("：", ":"), ("（", "("), ("）", ")"), ("％", "%"), ("．", "."))
_BREAKS = ",，。；;！？!?|"
_BREAK_BEFORE = re.compile(rf"[{_BREAKS}](?=[^{_BREAKS}]*$)")
_BREAK_AFTER = re.compile(rf"[{_BREAKS}]")
# "比2022年", "结转至2024年": the year is named for comparison or as the end of a span.
_COMPARED = tuple("比较与转至到")
_YUAN = {"元": 1, "千元": 1_000, "万元": 10_000, "亿元": 100_000_000}
_OWN, _BEFORE, _AFTER = "本报告年年", "上一年度年", "下一年度年"


@dataclass(frozen=True, slots=True)
class _Wording:
    """One row of the pattern file, compiled."""

    measures: tuple[str, ...]
    zero: bool
    near: str
    unless: re.Pattern[str] | None
    pattern: re.Pattern[str]
    any_year: bool


_Keywords = tuple[tuple[tuple[tuple[str, ...], ...], tuple[int, ...]], ...]
"""Words that must all be in a sentence, each with its alternatives, and the ranks of the wordings they call up."""


@dataclass(frozen=True, slots=True)
class _Patterns:
    """All wordings: by keyword, each with its rank in the file, and the guards that hold for every one."""

    wordings: tuple[_Wording, ...]
    for_numbers: _Keywords
    for_zeros: _Keywords
    near: dict[str, re.Pattern[str]]
    skip: re.Pattern[str]
    years: re.Pattern[str]
    own_years: frozenset[str]


def find_statements(paragraphs: Prose, year: int | None = None) -> tuple[Statement, ...]:
    """The figures stated in the prose of a report, in the order of the text.

    Args:
        paragraphs: (section number 0 to 6, place, text) of running text, without the statutory tables.
        year: the year reported on; None takes the year named most often.

    Returns:
        Statements with the measures of ``forms/statements.csv``: ``received``, ``carried_in``, ``reviews``,
        ``penalties``, ``disclosed_total`` and so on. Counts are int; ``fee_*_yuan`` is in yuan. "None" stated in
        words is the value 0. ``approximate`` is true for 余, 多, 近, 约, 超, 逾, 以上. ``quote`` is the clause without
        blanks, at most 60 characters; ``place`` the place given. A value of a measure stands once for each place.

    Raises:
        FormError: a pattern of ``forms/statements.csv`` is not valid.

    >>> for s in find_statements([(1, "line 3", "2023年共收到政府信息公开申请5件，未发生行政复议、行政诉讼。")]):
    ...     print(s.measure, s.value)
    received 5
    reviews 0
    lawsuits 0
    """
    own = year or _main_year(paragraphs)
    found: dict[tuple[str, int | float, str], Statement] = {}
    for number, place, text in paragraphs:
        if number != _SECTION_OF_PLANS and len(text) >= _SHORTEST:
            for statement in _in_paragraph(text, place, own):
                found.setdefault((statement.measure, statement.value, place), statement)
    return tuple(found.values())


def _main_year(paragraphs: Prose) -> int | None:
    """The year named most often; the first of several."""
    named = Counter(y for _, _, text in paragraphs if "年" in text for y in _YEAR.findall(text))
    return int(named.most_common(1)[0][0]) if named else None


def _in_paragraph(text: str, place: str, year: int | None) -> Iterator[Statement]:
    patterns = _patterns()
    near: dict[str, bool] = {}
    if "\n" in text:
        text = _WRAP.sub("", text)
    blanks = len(text.split(None, 1)) > 1
    for match in _SENTENCE.finditer(text):
        printed = match[0].strip()
        ranks = _candidates(patterns.for_numbers, printed) if _NUMBER.search(printed) else []
        if _NEGATION.search(printed) or "不存在" in printed or _ZERO.search(printed):
            ranks += _candidates(patterns.for_zeros, printed)
        if not ranks:
            continue
        if blanks and len(printed.split()) > 1:
            printed = _BLANK.sub("", printed)
        sentence = _normalise(printed, year)
        ranks.sort()
        for start, end, statement in sorted(_in_sentence(patterns, ranks, sentence, text, near), key=lambda f: f[0]):
            measures, value, rounded = statement
            quote = _quote(printed, start, end)
            for measure in measures:
                yield Statement(measure, value, rounded, quote, place)


def _normalise(text: str, year: int | None) -> str:
    """Half-width signs and digits, and the years around the report's by name; the length stays the same."""
    for wide, narrow in _SIGNS:
        text = text.replace(wide, narrow)
    if _WIDE_DIGIT.search(text):
        text = text.translate(_WIDE_DIGITS)
    if year is not None and "年" in text:
        text = text.replace(f"{year}年", _OWN).replace(f"{year - 1}年", _BEFORE).replace(f"{year + 1}年", _AFTER)
    return text


_Found = tuple[int, int, tuple[tuple[str, ...], int | float, bool]]


def _in_sentence(
    patterns: _Patterns, ranks: list[int], sentence: str, paragraph: str, near: dict[str, bool]
) -> Iterator[_Found]:
    taken: set[int] = set()
    for wording in (patterns.wordings[rank] for rank in ranks):
        if not _is_near(patterns, wording, paragraph, near):
            continue
        for match in wording.pattern.finditer(sentence):
            at = match.start() if wording.zero else match.start("n")
            if (not wording.zero and at in taken) or _refused(patterns, wording, sentence[: match.start()]):
                continue
            if not wording.any_year and _of_another_year(patterns, sentence[:at]):
                continue
            if (value := _value(wording, match)) is not None:
                taken.add(at)
                yield match.start(), match.end(), (wording.measures, value, _rounded(wording, match))


def _candidates(keywords: _Keywords, sentence: str) -> list[int]:
    """Ranks of the wordings whose keywords are all in the sentence."""
    ranks: list[int] = []
    for words, these in keywords:
        for choice in words:
            for word in choice:
                if word in sentence:
                    break
            else:
                break
        else:
            ranks += these
    return ranks


def _is_near(patterns: _Patterns, wording: _Wording, paragraph: str, near: dict[str, bool]) -> bool:
    if not wording.near:
        return True
    if wording.near not in near:
        near[wording.near] = patterns.near[wording.near].search(paragraph) is not None
    return near[wording.near]


def _refused(patterns: _Patterns, wording: _Wording, before: str) -> bool:
    if wording.unless is not None and wording.unless.search(before):
        return True
    return patterns.skip.search(before) is not None


def _of_another_year(patterns: _Patterns, before: str) -> bool:
    """Whether the last year named before a figure is not the report's."""
    named = [m for m in patterns.years.finditer(before) if before[: m.start()][-1:] not in _COMPARED]
    return bool(named) and named[-1][0] not in patterns.own_years


def _value(wording: _Wording, match: re.Match[str]) -> int | float | None:
    if wording.zero:
        return 0
    value = han_number(match["n"])
    unit = match.groupdict().get("yuan")
    if value is None or unit is None:
        return value if value is None or value == int(value) else None
    yuan = Decimal(repr(value)) * _YUAN[unit]
    return int(yuan) if yuan == int(yuan) else float(yuan)


def _rounded(wording: _Wording, match: re.Match[str]) -> bool:
    named = match.groupdict()
    return not wording.zero and any(named.get(sign) for sign in ("about", "more", "over"))


def _quote(text: str, start: int, end: int) -> str:
    """The clause around a match, as printed, at most ``LONGEST_QUOTE`` characters."""
    opening = _BREAK_BEFORE.search(text, 0, start)
    closing = _BREAK_AFTER.search(text, end)
    first = opening.end() if opening else 0
    last = closing.start() if closing else len(text)
    if last - first > LONGEST_QUOTE:
        last = min(last, max(end, first + LONGEST_QUOTE))
        first = max(first, last - LONGEST_QUOTE)
    return text[first:last]


@cache
def _patterns() -> _Patterns:
    """The pattern file, compiled once."""
    rows = read_csv("statements")
    macros = {r["measure"][1:]: r["pattern"] for r in rows if r["measure"].startswith("@")}
    wordings: list[_Wording] = []
    near: dict[str, re.Pattern[str]] = {}
    keywords: dict[bool, dict[str, list[int]]] = {False: {}, True: {}}
    for row in (r for r in rows if not r["measure"].startswith("@")):
        if row["near"]:
            near[row["near"]] = _compile(row["near"], macros)
        zero = row["zero"] == "1"
        keywords[zero].setdefault(row["keyword"], []).append(len(wordings))
        measures = tuple(row["measure"].split())
        unless = _compile(row["unless"], macros) if row["unless"] else None
        pattern = _compile(row["pattern"], macros)
        any_year = measures[0].startswith("carried")
        wordings.append(_Wording(measures, zero, row["near"], unless, pattern, any_year))
    return _Patterns(
        wordings=tuple(wordings),
        for_numbers=_by_keyword(keywords[False]),
        for_zeros=_by_keyword(keywords[True]),
        near=near,
        skip=_compile("{SKIP}", macros),
        years=_compile(f"{macros['OWN_YEAR']}|{macros['OTHER_YEAR']}", macros),
        own_years=frozenset(macros["OWN_YEAR"].split("|")),
    )


def _by_keyword(ranks: dict[str, list[int]]) -> _Keywords:
    """Keywords as written, "申请 结转|转结" for both words and the second in either spelling, taken apart."""
    return tuple((tuple(tuple(w.split("|")) for w in words.split()), tuple(these)) for words, these in ranks.items())


def _compile(pattern: str, macros: dict[str, str]) -> re.Pattern[str]:
    """A pattern with its macros written out.

    Raises:
        FormError: no such macro, or not a regular expression.
    """
    try:
        while _MACRO.search(pattern):
            pattern = _MACRO.sub(lambda m: f"(?:{macros[m[1]]})" if m[1] not in "NOZ" else macros[m[1]], pattern)
        return re.compile(pattern)
    except KeyError as error:
        raise FormError(
            f"forms/statements.csv: the macro {error} is used but no row @{error.args[0]} defines it"
        ) from error
    except re.error as error:
        raise FormError(f"forms/statements.csv: {pattern!r} is not a regular expression: {error}") from error

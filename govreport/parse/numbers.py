"""Printed numbers to numbers: table cells, Chinese numerals, units of money.

A cell either prints one number or it does not; what is ambiguous stays text and is never guessed at.
"""

from __future__ import annotations

import re
from decimal import Decimal
from functools import lru_cache

from govreport.model import Status

Reading = tuple[Status, int | float | None, str]

# 15 digits fit a float exactly; a longer run is several cells glued together.
MOST_DIGITS = 15

# Longer cells are read afresh each time, so that the cache cannot hold a hostile page in memory.
_CACHED_LENGTH = 48

# How much one unit of money is in 万元 (10 000 yuan), the unit of the form.
_IN_10K_YUAN = {
    "元": Decimal("0.0001"),
    "千元": Decimal("0.1"),
    "万元": Decimal(1),
    "百万元": Decimal(100),
    "亿元": Decimal(10_000),
}
_UNITS = "百万元|千元|万元|亿元|元|件|个|项|条|宗|次|份|起|例|部"

_ZERO_WIDTH = "\u200b\u200c\u200d\u200e\u200f\u2060\ufeff\u00ad\u180e"
_BLANKS = "\u00a0\u1680\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a\u202f\u205f\u3000\t\r\n\v\f"
# Not NFKC: that would turn a footnote mark such as ² or ① into a digit.
_FOLD = str.maketrans(
    {
        **{chr(ord("０") + d): str(d) for d in range(10)},
        **dict.fromkeys(_ZERO_WIDTH),
        **dict.fromkeys(_BLANKS, " "),
        **{"＋": "+", "－": "-", "−": "-", "﹣": "-", "﹢": "+", "．": ".", "，": ",", "（": "(", "）": ")"},
        **{"／": "/", "＼": "\\", "￥": "¥"},
    }
)

_NUMBER = re.compile(
    r"(?P<money>人民币|¥)? ?(?P<sign>[+-])? ?"
    r"(?P<whole>0|[1-9][0-9]{0,2}(?:, ?[0-9]{3})+|[1-9][0-9]*)(?P<part>\.[0-9]+)?"
    rf" ?(?:(?P<unit>{_UNITS})整?|\( ?(?P<inside>{_UNITS}) ?\))?"
)
_DASHES = re.compile(r"[-/\\‐‑‒–—―─━﹘ー ]+")
_NO_NUMBER = frozenset({"无", "空", "暂无", "没有", "n/a", "na", "n.a", "n.a."})
_NUMERALS = re.compile(rf"(?P<han>[零〇一二两三四五六七八九十百千万亿]+) ?(?P<unit>{_UNITS})?")

_HAN_DIGITS = {c: i for i, c in enumerate("零一二三四五六七八九")} | {"〇": 0, "○": 0, "两": 2}
_HAN_TENS = {"十": 10, "百": 100, "千": 1000}
_HAN_GROUP = re.compile(
    r"(?:([一二两三四五六七八九])千)?(零(?=.))?(?:([一二两三四五六七八九])百)?(零(?=.))?"
    r"([一二三四五六七八九]?十)?([一二两三四五六七八九])?"
)
_POSITIONAL = re.compile(r"[零〇○一二三四五六七八九]*[〇○][零〇○一二三四五六七八九]*")
_ARABIC = re.compile(r"([0-9]{1,3}(?:,[0-9]{3})+|[0-9]+)(\.[0-9]+)?([十百千])?")


def read_number(raw: str) -> Reading:
    """What a table cell prints, as status, number and unit.

    The status is "given" for one printed number, "blank" for nothing but blanks, "dash" for a sign or word that
    says "no number" (/, -, —, 无, N/A), and "text" for anything else, two numbers in one cell among it.
    The number is None unless the status is "given": int without a decimal point, float with one. The unit is
    the one printed in the cell ("件", "万元" ...) or empty; the number is not converted.
    Needless leading zeros ("00"), digits set apart by blanks ("1 234") and runs of more than 15 digits are text: cells
    may have been glued together. A lone 一 is text too, for it is often typed as a dash.

    >>> read_number("1,192"), read_number("385万元"), read_number("０．５０")
    (('given', 1192, ''), ('given', 385, '万元'), ('given', 0.5, ''))
    >>> read_number(" "), read_number("—"), read_number("0 0")
    (('blank', None, ''), ('dash', None, ''), ('text', None, ''))
    """
    if len(raw) <= _CACHED_LENGTH:
        return _read_short(raw)
    return _read(raw)


def _read(raw: str) -> Reading:
    # isdigit alone would also take ² and ①.
    if raw.isascii() and raw.isdigit() and len(raw) <= MOST_DIGITS and (raw[0] != "0" or len(raw) == 1):
        return "given", int(raw), ""
    text = " ".join(raw.translate(_FOLD).replace("&nbsp;", " ").split())
    if not text:
        return "blank", None, ""
    if len(text) > _CACHED_LENGTH:
        return "text", None, ""
    if match := _NUMBER.fullmatch(text):
        return _given(match)
    if _DASHES.fullmatch(text) or text.strip("()。 ").lower() in _NO_NUMBER:
        return "dash", None, ""
    if text != "一" and (match := _NUMERALS.fullmatch(text)) and (number := han_number(match["han"])) is not None:
        return "given", number, match["unit"] or ""
    return "text", None, ""


_read_short = lru_cache(maxsize=4096)(_read)


def _given(match: re.Match[str]) -> Reading:
    digits = match["whole"].replace(",", "").replace(" ", "")
    if len(digits) > MOST_DIGITS:
        return "text", None, ""
    unit = match["unit"] or match["inside"] or ("元" if match["money"] else "")
    sign = -1 if match["sign"] == "-" else 1
    if match["part"]:
        return "given", sign * float(digits + match["part"]), unit
    return "given", sign * int(digits), unit


def to_10k_yuan(number: int | float, unit: str) -> float | None:
    """An amount of money in 万元 (10 000 yuan), or None if the unit is not one of money.

    >>> to_10k_yuan(251000, "元"), to_10k_yuan(385, "万元"), to_10k_yuan(8040, "")
    (25.1, 385.0, None)
    """
    factor = _IN_10K_YUAN.get(unit)
    return None if factor is None else float(Decimal(repr(number)) * factor)


def han_number(text: str) -> int | float | None:
    """A number in Chinese numerals, in digits, or mixed; None if it is not exactly one number.

    Colloquial shortenings ("一百八" for 180) and bare powers ("百", "万") are None: they can be read two ways.

    >>> han_number("十二"), han_number("一千零五"), han_number("1.2万"), han_number("3亿"), han_number("二〇二三")
    (12, 1005, 12000, 300000000, 2023)
    >>> han_number("一百八") is None, han_number("数百") is None
    (True, True)
    """
    text = text.translate(_FOLD).strip()
    if not text or len(text) > 2 * MOST_DIGITS or text == "○":
        return None
    if _POSITIONAL.fullmatch(text):
        return int("".join(str(_HAN_DIGITS[c]) for c in text))
    total = Decimal(0)
    rest = text
    for power, size in (("亿", 100_000_000), ("万", 10_000)):
        head, found, tail = rest.partition(power)
        if found:
            value = _group(head)
            # After a power a single bare digit may mean tenths of it ("一万二" is 12 000 in speech).
            if not value or len(tail) == 1:
                return None
            total += value * size
            rest = tail
    if rest:
        value = _group(rest.removeprefix("零") if total else rest)
        if value is None:
            return None
        total += value
    return int(total) if total == int(total) else float(total)


def _group(text: str) -> Decimal | None:
    """A number below 万: digits with an optional 十百千, or numerals."""
    if match := _ARABIC.fullmatch(text):
        return Decimal(match[1].replace(",", "") + (match[2] or "")) * _HAN_TENS.get(match[3] or "", 1)
    if text in ("零", "〇"):
        return Decimal(0)
    match = _HAN_GROUP.fullmatch(text)
    if not text or match is None:
        return None
    thousands, zero1, hundreds, zero2, tens, ones = match.groups()
    bare_digit = ones and not tens and (hundreds or thousands) and not (zero1 or zero2)
    if bare_digit or (zero2 and not hundreds) or text.endswith("零"):
        return None
    value = 1000 * _HAN_DIGITS[thousands or "零"] + 100 * _HAN_DIGITS[hundreds or "零"] + _HAN_DIGITS[ones or "零"]
    if tens:
        value += 10 * (_HAN_DIGITS[tens[0]] if len(tens) == 2 else 1)
    return Decimal(value)

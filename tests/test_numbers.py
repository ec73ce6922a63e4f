"""Printed numbers. ``numbers.csv`` writes invisible characters as \\uXXXX."""

from __future__ import annotations

import csv
import re
import time
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from govreport.model import STATUSES
from govreport.parse.numbers import han_number, read_number, to_10k_yuan

_ESCAPE = re.compile(r"\\u([0-9a-f]{4})|\\([trn])")
_CONTROL = {"t": "\t", "r": "\r", "n": "\n"}


def unescape(raw):
    return _ESCAPE.sub(lambda m: chr(int(m[1], 16)) if m[1] else _CONTROL[m[2]], raw)


def table():
    with Path(__file__).with_name("numbers.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


@pytest.mark.parametrize("row", table(), ids=lambda row: f"{row['group']}-{row['raw']!r}")
def test_cell(row):
    number = None
    if row["status"] == "given":
        number = float(row["number"]) if "." in row["number"] else int(row["number"])
    found = read_number(unescape(row["raw"]))
    assert found == (row["status"], number, row["unit"])
    assert type(found[1]) is type(number)


def test_table_of_numbers():
    rows = table()
    assert {row["group"] for row in rows} == {"developed-on", "held-out"}
    assert {row["status"] for row in rows} <= set(STATUSES)
    assert len({row["raw"] for row in rows}) == len(rows) >= 150


@given(st.text(max_size=80))
def test_any_text_has_a_reading(text):
    status, number, unit = read_number(text)
    assert status in ("given", "blank", "dash", "text")
    assert (number is not None) == (status == "given")
    assert unit == "" or status == "given"


@given(st.integers(min_value=0, max_value=10**15 - 1), st.sampled_from(["{}", " {} ", "{:,}", "\u00a0{}", "{}件"]))
def test_printed_integers_come_back(number, layout):
    assert read_number(layout.format(number))[:2] == ("given", number)


def test_long_cells_are_text():
    assert read_number("公开" * 50_000) == ("text", None, "")
    assert read_number("1" * 100_000) == ("text", None, "")
    assert read_number(" " * 100_000) == ("blank", None, "")
    assert read_number(" " * 100_000 + "7") == ("given", 7, "")


def test_speed_of_a_cell_met_before():
    cells = ["0", "1192", "", "\u00a0", "385万元", "/"] * 5_000
    best = min(_seconds(cells) for _ in range(5))
    assert best / len(cells) < 2e-6


def _seconds(cells):
    start = time.process_time()
    for cell in cells:
        read_number(cell)
    return time.process_time() - start


@pytest.mark.parametrize(
    ("number", "unit", "expected"),
    [
        (251000, "元", 25.1),
        (385, "万元", 385.0),
        (1, "元", 0.0001),
        (119253.55, "元", 11.925355),
        (0.07, "元", 0.000007),
        (300, "千元", 30.0),
        (6, "百万元", 600.0),
        (2.5, "亿元", 25000.0),
        (0, "元", 0.0),
        (0.1, "亿元", 1000.0),
    ],
)
def test_to_10k_yuan(number, unit, expected):
    found = to_10k_yuan(number, unit)
    assert found == expected
    assert isinstance(found, float)


@pytest.mark.parametrize("unit", ["", "件", "美元", "万"])
def test_unit_that_is_not_money(unit):
    assert to_10k_yuan(5, unit) is None


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("零", 0),
        ("〇", 0),
        ("两", 2),
        ("十", 10),
        ("十二", 12),
        ("二十", 20),
        ("二十五", 25),
        ("一百", 100),
        ("一百零八", 108),
        ("一百八十五", 185),
        ("两千零五", 2005),
        ("一千零一十五", 1015),
        ("三万五千", 35000),
        ("一万零五百", 10500),
        ("三亿五千万", 350_000_000),
        ("二〇二三", 2023),
        ("二○一九", 2019),
        ("1.2万", 12000),
        ("28万", 280_000),
        ("3亿", 300_000_000),
        ("1.23456万", 12345.6),
        ("1万2千", 12000),
        ("5千", 5000),
        ("1,192", 1192),
        ("１２", 12),
        ("0.5", 0.5),
    ],
)
def test_han_number(text, expected):
    found = han_number(text)
    assert found == expected
    assert type(found) is type(expected)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "百",
        "万",
        "数百",
        "十余",
        "一百八",
        "一万二",
        "1万5",
        "一百零",
        "零零",
        "二三",
        "○",
        "1,19",
        "abc",
        "一二三",
        "1.2.3万",
        "²",
    ],
)
def test_not_exactly_one_number(text):
    assert han_number(text) is None


def _in_han(number):
    """A number below ten thousand as it is properly written."""
    digits = "零一二三四五六七八九"
    written = ""
    for power, name in ((1000, "千"), (100, "百"), (10, "十"), (1, "")):
        digit = number // power % 10
        if digit:
            written += digits[digit] + name
        elif written and number % power and not written.endswith("零"):
            written += "零"
    return written or "零"


@given(st.integers(min_value=0, max_value=9999))
def test_written_numerals_come_back(number):
    written = _in_han(number)
    assert han_number(written) == number
    if 10 <= number < 20:
        assert han_number(written.removeprefix("一")) == number

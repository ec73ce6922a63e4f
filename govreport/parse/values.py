"""From a token to a Value: counts, amounts in 万元, and words where a number belongs."""

from __future__ import annotations

from govreport.model import Finding, Severity, Value
from govreport.parse.layout import Plan
from govreport.parse.numbers import to_10k_yuan
from govreport.parse.tables import Table
from govreport.parse.tokens import Tokens

_value = tuple.__new__
"""Makes a Value in half the time of its own constructor; a report has two hundred."""


def make_values(tokens: Tokens, plan: Plan, table: Table, unit_hint: str) -> dict[str, Value]:
    """A Value for every cell of the table that was found; doubts go to ``table.findings``."""
    made: dict[str, Value] = {}
    cells, numbers, raws, place = plan.form.cells, tokens.numbers, tokens.raws, tokens.place
    for position, token in table.tokens.items():
        name = cells[position]
        status, number, unit = numbers[token]
        raw = raws[token]
        value = _value(Value, (status, number, raw, place(token)))
        if status == "given":
            if position in plan.amounts:
                value = _amount(table, name, value, unit, table.units.get(position, unit_hint))
            elif unit or type(number) is not int or number < 0:
                value = _count(table, name, value, unit)
        elif status == "text":
            _doubt(table, "text_in_cell", "warning", name, "a number", raw,
                   f"Words stand where a number belongs: “{raw}” ({value.place}).")  # fmt: skip
        made[name] = value
    for position in table.lost:
        made[cells[position]] = Value("lost")
    return made


_MONEY = ("元", "千元", "万元", "百万元", "亿元")


def _amount(table: Table, name: str, value: Value, unit: str, hint: str) -> Value:
    """An amount in 万元. Without a unit the form's own holds (2021), or the number stands with a warning."""
    used = unit if unit in _MONEY else hint
    assert value.number is not None
    if not used:
        if value.number:
            _doubt(table, "unit_unknown", "warning", name, "元 or 万元", value.raw,
                   f"The amount “{value.raw}” ({value.place}) has no unit; taken as 万元, may be 元.")  # fmt: skip
        return value._replace(number=float(value.number))
    number = to_10k_yuan(value.number, used)
    if number is None:
        return value._replace(status="text", number=None)
    if used != "万元" and value.number:
        _doubt(table, "unit_converted", "info", name, "万元", value.raw,
               f"The amount “{value.raw}” was converted from {used}: {number:g} 万元.")  # fmt: skip
    if name.startswith("disclosure.fees") and number >= 100_000:
        _doubt(table, "large_amount", "warning", name, "less than 100 000 万元", value.raw,
               f"Fees of {number:,.2f} 万元 are so high that they may have been entered in 元.")  # fmt: skip
    return value._replace(number=float(number))


def _count(table: Table, name: str, value: Value, unit: str) -> Value:
    number = value.number
    assert number is not None
    if unit in _MONEY:
        _doubt(table, "text_in_cell", "warning", name, "a count", value.raw,
               f"An amount of money stands where a count belongs: “{value.raw}” ({value.place}).")  # fmt: skip
        return value._replace(status="text", number=None)
    if isinstance(number, float):
        if not number.is_integer():
            _doubt(table, "fractional_count", "warning", name, "a whole number", value.raw,
                   f"A count is not a whole number: “{value.raw}” ({value.place}); it is kept as text.")  # fmt: skip
            return value._replace(status="text", number=None)
        value = value._replace(number=int(number))
    if number < 0 and not name.endswith("items_change"):
        _doubt(table, "negative_number", "warning", name, "zero or more", value.raw,
               f"A count is below zero: “{value.raw}” ({value.place}).")  # fmt: skip
    return value


def _doubt(table: Table, rule: str, severity: Severity, cell: str, expected: str, found: str, message: str) -> None:
    table.findings.append(Finding(rule, severity, (cell,), expected, found, message))

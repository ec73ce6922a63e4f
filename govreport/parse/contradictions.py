"""Figures in prose against the tables of the same report: rules I9 (requests, cases), I10 (documents, acts), I11.

Prose counts loosely: "received" may include what was carried in, and posted penalties are not decisions. So a figure
of prose agrees when it fits any count it can honestly mean, and where one of several statements agrees nothing is
reported. A finding says that two figures differ, not which of them is wrong.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache

from govreport.forms import Form, groups, load_form
from govreport.forms.words import line_of
from govreport.model import ABSENT, Finding, Severity, Statement, Value

Number = int | float
Sums = tuple[tuple[str, ...], ...]

# A rounded figure ("近", "约") may be this far off, or up to one unit of its last printed digit above ("140余").
TOLERANCE = 0.1

_RECEIVED = ("applications.received.total",)
_CARRIED_IN = ("applications.carried_in.total",)
_PROCESSED = ("applications.processed.total",)
_CARRIED_OUT = ("applications.carried_out.total",)
_REVIEWS = ("litigation.reconsideration.total",)
_DIRECT = ("litigation.direct_suit.total",)
_AFTER = ("litigation.suit_after_reconsideration.total",)
_FEE_OVERDUE = "applications.fee_overdue.total"

# Measure: rule, its Chinese name, and the sums of cells it may mean; the first is the plain one.
_REQUESTS: dict[str, tuple[str, str, Sums]] = {
    "received": (
        "I9",
        "收到申请",
        (_RECEIVED, _RECEIVED + _CARRIED_IN, _PROCESSED + _CARRIED_OUT, ("statistics.received.count",)),
    ),
    "carried_in": ("I9", "上年结转", (_CARRIED_IN,)),
    "carried_out": ("I9", "结转下年度", (_CARRIED_OUT,)),
    "processed": ("I9", "办结", (_PROCESSED, _RECEIVED, _RECEIVED + _CARRIED_IN)),
    "granted": ("I9", "予以公开", (("applications.granted.total",),)),
    "partly_granted": ("I9", "部分公开", (("applications.partly_granted.total",),)),
    "reviews": ("I9", "行政复议", (_REVIEWS, ("statistics.reconsiderations.count",))),
    "lawsuits": ("I9", "行政诉讼", (_DIRECT + _AFTER, ("statistics.lawsuits.count",))),
    # A suit after a review is the same dispute, so it may be left out of a joint count.
    "reviews_and_lawsuits": ("I9", "行政复议、行政诉讼", (_REVIEWS + _DIRECT + _AFTER, _REVIEWS + _DIRECT)),
}
_ENFORCEMENT: dict[str, tuple[str, str, Sums]] = {
    "penalties": ("I10", "行政处罚", (("disclosure.penalties.decisions",),)),
    "licences": ("I10", "行政许可", (("disclosure.licences.decisions",),)),
    "coercive_measures": ("I10", "行政强制", (("disclosure.coercive_measures.decisions",),)),
    "penalties_posted": ("I10", "行政处罚", (("disclosure.penalties.decisions",),)),
    "licences_posted": ("I10", "行政许可", (("disclosure.licences.decisions",),)),
}
# 新制作 of the 2019 form is comparable with 制发; the stock made public is not the stock in force (formats by year).
_DOCUMENTS: dict[str, tuple[str, str, tuple[str, ...]]] = {
    "rules_issued": ("I10", "规章制发", ("disclosure.rules.issued", "disclosure.rules.made")),
    "normative_documents_issued": (
        "I10",
        "规范性文件制发",
        ("disclosure.normative_documents.issued", "disclosure.normative_documents.made"),
    ),
    "normative_documents_repealed": ("I10", "规范性文件废止", ("disclosure.normative_documents.repealed",)),
    "normative_documents_in_force": ("I10", "规范性文件现行有效", ("disclosure.normative_documents.in_force",)),
}
_GROUPS = ("refused", "unable", "declined")
_POSTED = "_posted"


@dataclass(frozen=True, slots=True)
class _Check:
    """What a measure is compared with in one edition. ``sums`` are counts it may mean, the plain one first."""

    measure: str
    rule: str
    name: str
    sums: Sums
    label: str


def contradictions(cells: Mapping[str, Value], statements: Sequence[Statement], form_edition: str) -> list[Finding]:
    """What prose and tables of one report state differently.

    Args:
        cells: cells of the report by full name, as in ``Report.cells``.
        statements: what ``find_statements`` gives.
        form_edition: edition of the form the cells belong to.

    Returns:
        At most one finding a measure, with the plain cells it was compared with, ``expected`` the figure of the
        table and ``found`` the figures of the prose with their places. The severity is that of the rule in
        ``forms/rules.csv``; it is "info" for published items and for a blank cell that prose gives a figure for.
        Cells that are absent, lost or text are not compared.

    Raises:
        FormError: no such edition, or a rule is missing from ``forms/rules.csv``.

    >>> stated = [Statement("received", 7, False, "收到申请7件", "line 3")]
    >>> found = contradictions({"applications.received.total": Value("given", 5)}, stated, "2021")
    >>> found[0].rule, found[0].expected, found[0].found
    ('I9', '5', '7 (line 3)')
    """
    stated: dict[str, list[Statement]] = {}
    for statement in statements:
        stated.setdefault(statement.measure, []).append(statement)
    checks = _checks(form_edition)
    made = [_compare(checks[measure], these, cells) for measure, these in stated.items() if measure in checks]
    made.append(_fees(stated, cells, form_edition))
    return [finding for finding in made if finding is not None]


def _compare(check: _Check, statements: list[Statement], cells: Mapping[str, Value]) -> Finding | None:
    values = [cells.get(name, ABSENT) for name in check.sums[0]]
    if all(v.status in ("blank", "dash") for v in values):
        return _without_number(check, statements)
    counts = [n for n in (_total(names, cells) for names in check.sums) if n is not None]
    plain = _total(check.sums[0], cells)
    if plain is None or _agree(check, statements, counts):
        return None
    posted = check.measure.endswith(_POSTED)
    severity = "info" if posted else _severity(check.rule)
    message = _posted(check, statements, plain) if posted else _message(check, statements, plain)
    return Finding(check.rule, severity, check.sums[0], _show(plain), _found(statements), message)


def _without_number(check: _Check, statements: list[Statement]) -> Finding | None:
    """Prose gives a figure, the table prints none."""
    if not any(s.value for s in statements):
        return None
    message = f"Prose states {_values(statements)} for {check.name}, but {check.label} is left without a number."
    return Finding(check.rule, "info", check.sums[0], "", _found(statements), message)


def _agree(check: _Check, statements: list[Statement], counts: list[Number]) -> bool:
    if any(_fits(s, count) for s in statements for count in counts):
        return True
    # Posted items are often given in parts, firms and persons.
    return check.measure.endswith(_POSTED) and sum(s.value for s in statements) in counts


def _fits(statement: Statement, count: Number) -> bool:
    if not statement.approximate:
        return statement.value == count
    value = statement.value
    digits = str(int(value))
    step = 10 ** (len(digits) - len(digits.rstrip("0")))
    return abs(value - count) <= TOLERANCE * value or value <= count < value + step


def _message(check: _Check, statements: list[Statement], plain: Number) -> str:
    if not any(s.value for s in statements):
        return f"Prose says there were none ({check.name}), but the table prints {_show(plain)} for {check.label}."
    none = "0, that is none," if plain == 0 else _show(plain)
    return f"Prose states {_values(statements)} for {check.name}, but the table prints {none} for {check.label}."


def _posted(check: _Check, statements: list[Statement], plain: Number) -> str:
    return (
        f"Prose counts {_values(statements)} published items of {check.name}, the table prints {_show(plain)} "
        f"decisions for {check.label}. Prose may count published items, and a decision can have none or several: "
        "ask the agency before calling either figure wrong."
    )


def _fees(stated: Mapping[str, list[Statement]], cells: Mapping[str, Value], edition: str) -> Finding | None:
    """More requests dropped for not paying than fee notices sent (I11)."""
    notices = stated.get("fee_notices", [])
    value = cells.get(_FEE_OVERDUE, ABSENT)
    if not notices or value.status != "given" or value.number is None:
        return None
    if value.number <= max(s.value for s in notices) or any(s.approximate for s in notices):
        return None
    label = load_form(edition).label(_FEE_OVERDUE)
    message = (
        f"Prose states {_values(notices)} fee notices (收费通知), but the table prints {_show(value.number)} requests "
        f"dropped for not paying, {label}."
    )
    return Finding("I11", _severity("I11"), (_FEE_OVERDUE,), _show(value.number), _found(notices), message)


def _total(names: tuple[str, ...], cells: Mapping[str, Value]) -> Number | None:
    """Sum of cells, None if one of them has no number."""
    total: Number = 0
    for name in names:
        number = cells.get(name, ABSENT).number
        if number is None:
            return None
        total += number
    return total


def _values(statements: list[Statement]) -> str:
    shown = list(dict.fromkeys(("about " if s.approximate else "") + _show(s.value) for s in statements))
    return shown[0] if len(shown) == 1 else f"{', '.join(shown[:-1])} and {shown[-1]}"


def _found(statements: list[Statement]) -> str:
    return "; ".join(f"{_show(s.value)} ({s.place})" if s.place else _show(s.value) for s in statements)


def _show(number: Number) -> str:
    return str(number) if isinstance(number, int) else f"{number:.12g}"


@cache
def _checks(edition: str) -> dict[str, _Check]:
    """The comparisons that this edition has the cells for."""
    form = load_form(edition)
    known = set(form.cells)
    wanted = {**_REQUESTS, **_ENFORCEMENT}
    for measure, (rule, name, documents) in _DOCUMENTS.items():
        wanted[measure] = (rule, name, tuple((cell,) for cell in documents if cell in known)[:1])
    for group in _GROUPS:
        rows = (r.row for r in form.rows["applications"] if r.group == group)
        wanted[group] = ("I9", groups()[group], (tuple(f"applications.{row}.total" for row in rows),))
    made = {}
    for measure, (rule, name, choices) in wanted.items():
        sums = tuple(cells for cells in choices if cells and known.issuperset(cells))
        if sums:
            label = name if measure in _GROUPS else _label(form, sums[0])
            made[measure] = _Check(measure, rule, name, sums, label)
    return made


def _label(form: Form, names: tuple[str, ...]) -> str:
    return " + ".join(form.label(name) for name in names)


def _severity(rule: str) -> Severity:
    return line_of("rules", "rule", rule)["severity"]  # type: ignore[return-value]

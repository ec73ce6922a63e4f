"""The identities of the form on one report (勾稽关系): I1 to I4, with blanks neither zero nor wrong.

A blank may be an unprinted zero or an unreported number. A sum with blanks is accepted when it holds with the
blanks as zero; when the printed parts exceed the total no blank can mend it and it is an error; otherwise it is
said what the blanks would have to hold. A sum with lost or absent cells is not judged.
"""

from __future__ import annotations

from collections.abc import Mapping

from govreport.model import Finding, Value
from govreport.parse.layout import Plan, Sums

_TOLERANCE = 1e-6


def check_identities(cells: Mapping[str, Value], plan: Plan) -> list[Finding]:
    """One finding for each identity that does not hold, and one for each table whose blanks were taken as zero."""
    names = plan.form.cells
    numbers: list[float] = []
    states: list[int] = []
    for name in names:
        value = cells.get(name)
        if value is None or value.status in ("absent", "lost"):
            numbers.append(0.0)
            states.append(2)
        elif value.status == "given":
            numbers.append(value.number)  # type: ignore[arg-type]
            states.append(0)
        else:
            numbers.append(0.0)
            states.append(1)
    findings: list[Finding] = []
    for table, sums in plan.sums.items():
        open_totals: list[str] = []
        for s in sums:
            _judge(s, numbers, states, names, findings, open_totals)
        first, end = plan.spans[table]
        if 1 in states[first:end]:
            blanks = tuple(names[i] for i in range(first, end) if cells[names[i]].status in ("blank", "dash"))
            findings += _report_blanks(blanks, open_totals)
    return findings


def _judge(
    s: Sums, numbers: list[float], states: list[int], names: tuple[str, ...], findings: list[Finding], unset: list[str]
) -> None:
    left = right = 0.0
    for i in s.left:
        left += numbers[i]
    for i in s.right:
        right += numbers[i]
    if abs(left - right) <= _TOLERANCE:
        return
    left_states, right_states = [states[i] for i in s.left], [states[i] for i in s.right]
    if 2 in left_states or 2 in right_states:
        return
    if right_states == [1]:
        unset.append(names[s.right[0]])
        return
    identity = s.identity
    cells = tuple(names[i] for i in s.left + s.right)
    about = f"{identity.meaning_zh} ({_where(identity.rule, names[s.right[0]])})"
    if 1 in (left_states if left < right else right_states):
        message = (
            f"{about}: {left:g} against {right:g}; it holds only if the blank cells stand for {abs(left - right):g}."
        )
        findings.append(Finding(identity.rule, "warning", cells, f"{right:g}", f"{left:g}", message))
    else:
        message = f"{about} does not hold: {left:g} against {right:g}."
        findings.append(Finding(identity.rule, "error", cells, f"{right:g}", f"{left:g}", message))


def _where(rule: str, cell: str) -> str:
    """The column that I1 and I2 hold in, the row that I3 and I4 hold in."""
    _, row, column = cell.split(".")
    return column if rule in ("I1", "I2") else row


def _report_blanks(blanks: tuple[str, ...], unset: list[str]) -> list[Finding]:
    if not blanks:
        return []
    message = f"{len(blanks)} cells are blank or a dash. They are kept apart from zero; in the sums they count as zero."
    if unset:
        message += f" {len(set(unset))} totals are blank although their parts are not zero, so these sums are open."
    return [Finding("blank_unknown", "info", blanks, "a number", f"{len(blanks)} blank cells", message)]

"""Invented figures that obey the sums of the form."""

from __future__ import annotations

import random
from collections.abc import Iterable

from govreport.errors import UsageError
from govreport.forms import Form, load_form

_KINDS = {
    "natural_person": 0.85,
    "enterprise": 0.1,
    "research_institution": 0.01,
    "public_interest_org": 0.01,
    "legal_service_org": 0.02,
    "other_org": 0.01,
}
_RESULTS = ("upheld", "corrected", "other", "pending")


def invent(edition: str, rng: random.Random, scale: int = 20) -> dict[str, int | float]:
    """Figures for every cell of an edition that obey I1 to I4.

    ``scale`` is about how many requests arrive in the year; decisions and documents grow with it. The same
    state of ``rng`` gives the same figures.

    Raises:
        UsageError: the scale is negative.
        FormError: no such edition.

    >>> figures = invent("2021", random.Random(1), 40)
    >>> figures["applications.received.total"] + figures["applications.carried_in.total"] == (
    ...     figures["applications.processed.total"] + figures["applications.carried_out.total"])
    True
    """
    if scale < 0:
        raise UsageError(f"scale is the number of requests in a year, 0 or more; found {scale}")
    form = load_form(edition)
    made: dict[str, int | float] = {}
    if form.rows["statistics"]:
        _invent_statistics(form, rng, scale, made)
    else:
        _invent_disclosure(form, rng, scale, made)
        _invent_applications(form, rng, scale, made)
        _invent_litigation(form, rng, scale, made)
    return {cell: made[cell] for cell in form.cells}


def _shares(rng: random.Random, total: int, names: Iterable[str]) -> dict[str, int]:
    """A total divided among names, unevenly; the parts add up to it."""
    weights = {name: rng.random() ** 3 for name in names}
    whole = sum(weights.values()) or 1.0
    made = {name: int(total * weight / whole) for name, weight in weights.items()}
    heaviest = max(weights, key=lambda name: weights[name])
    made[heaviest] += total - sum(made.values())
    return made


def _invent_disclosure(form: Form, rng: random.Random, scale: int, made: dict[str, int | float]) -> None:
    for row in form.rows["disclosure"]:
        for column in row.columns:
            cell = f"disclosure.{row.row}.{column}"
            if column == "amount_10k_yuan":
                made[cell] = round(rng.uniform(0, scale * 3), rng.choice((0, 1, 2, 4))) if rng.random() < 0.7 else 0
            elif column == "items_change":
                made[cell] = rng.randint(-3, 5)
            else:
                made[cell] = rng.randint(0, scale * 4) if rng.random() < 0.7 else 0


def _invent_applications(form: Form, rng: random.Random, scale: int, made: dict[str, int | float]) -> None:
    outcomes = [row.row for row in form.rows["applications"] if row.parent == "processed"]
    everything = [row.row for row in form.rows["applications"]]
    totals = dict.fromkeys(everything, 0)
    for kind, weight in _KINDS.items():
        new = int(scale * weight * rng.uniform(0.6, 1.2) + rng.random())
        carried_in = int(new * rng.uniform(0, 0.1))
        carried_out = int((new + carried_in) * rng.uniform(0, 0.1))
        processed = new + carried_in - carried_out
        column = {"received": new, "carried_in": carried_in, "processed": processed, "carried_out": carried_out}
        column |= _shares(rng, processed, outcomes)
        for row in everything:
            made[f"applications.{row}.{kind}"] = column[row]
            totals[row] += column[row]
    made |= {f"applications.{row}.total": total for row, total in totals.items()}


def _invent_litigation(form: Form, rng: random.Random, scale: int, made: dict[str, int | float]) -> None:
    for row in form.rows["litigation"]:
        total = rng.randint(0, max(1, scale // 5))
        parts = _shares(rng, total, _RESULTS)
        made |= {f"litigation.{row.row}.{result}": count for result, count in parts.items()}
        made[f"litigation.{row.row}.total"] = total


def _invent_statistics(form: Form, rng: random.Random, scale: int, made: dict[str, int | float]) -> None:
    """A return whose sums hold: rows that are divided into others are divided, the others are drawn alone."""
    rows = form.rows["statistics"]
    for row in rows:
        cell = f"statistics.{row.row}.{row.columns[0]}"
        if row.columns[0] == "amount_10k_yuan":
            made[cell] = round(rng.uniform(0, scale), 2) if rng.random() < 0.7 else 0
        elif not row.parent:
            made[cell] = rng.randint(0, scale * 4) if rng.random() < 0.8 else 0
    channels = [f"statistics.{row.row}.count" for row in rows if row.row.startswith("by_")]
    if channels:
        made[channels[1]] += made["statistics.disclosed_items.count"]
    for parent in rows:
        children = [row.row for row in rows if row.parent == parent.row]
        if children:
            total = int(made[f"statistics.{parent.row}.count"])
            made |= {f"statistics.{row}.count": n for row, n in _shares(rng, total, children).items()}

"""Section two of an invented panel: documents in force, decisions, fees and purchases.

Decisions have many zeros and span orders of magnitude; whether a body decides at all, and how much, is a trait of
its own. Stocks follow from last year's: in force = in force before + issued - repealed.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from govreport.forms import load_form, read_csv
from govreport.schema import AMOUNT
from govreport.synthetic.panel_bodies import Bodies, Floats
from govreport.synthetic.panel_requests import Counts, saturated

STOCKS = ("rules", "normative_documents")
DECISIONS = ("licences", "penalties", "coercive_measures")
_ITEMS = ("licences", "other_services", "penalties", "coercive_measures", "fees")
_EVERY = "all"  # in forms/panel_amounts.csv: a line for every kind
_FACTORS = {"normative_documents": "documents", "rules": "documents", "procurement": "requests"}
_PROJECT_10K_YUAN = 40.0
_MOST_FEES = 99_000.0
_DIGITS = np.array((0, 1, 2, 2, 4, 4))


@dataclass(frozen=True, eq=False)
class Duties:
    """How much of each thing a body does in a usual year, by quantity of forms/panel_amounts.csv; 0 where it is none
    of its duties.
    """

    usual: dict[str, Floats]

    def acts(self, quantity: str) -> NDArray[np.bool_]:
        """Whether it has this duty at all."""
        return self.usual[quantity] > 0


class Stock(NamedTuple):
    """What a year hands on to the next: documents in force, and items on the lists of the 2019 edition."""

    in_force: dict[str, Counts]
    items: dict[str, Counts]


class Documents(NamedTuple):
    """Documents of a year: issued, repealed, in force."""

    issued: Counts
    repealed: Counts
    in_force: Counts


class Deeds(NamedTuple):
    """Section two of all bodies in one year, with the state before it."""

    before: Stock
    documents: dict[str, Documents]
    changes: dict[str, Counts]
    decisions: dict[str, Counts]


def draw_duties(bodies: Bodies, rng: np.random.Generator) -> Duties:
    """The lasting traits of each body."""
    lines = read_csv("panel_amounts")
    quantities = dict.fromkeys(line["quantity"] for line in lines)
    usual = {q: _usual(bodies, q, [line for line in lines if line["quantity"] == q], rng) for q in quantities}
    usual["rules"] *= bodies.names["level"].isin(("province", "city")).to_numpy()  # 立法法: counties make none
    return Duties(usual)


def _usual(bodies: Bodies, quantity: str, lines: list[dict[str, str]], rng: np.random.Generator) -> Floats:
    def of_kind(column: str) -> Floats:
        if lines[0]["kind"] == _EVERY:
            return np.full(len(bodies), float(lines[0][column]))
        return bodies.by_kind({line["kind"]: line[column] for line in lines})

    name = _FACTORS.get(quantity, quantity)
    factor = np.sqrt(bodies.factors[name]) if name == "requests" else bodies.factors.get(name, np.ones(len(bodies)))
    level = of_kind("median") * factor * np.exp(of_kind("sd") * rng.standard_normal(len(bodies)))
    return np.where(rng.random(len(bodies)) < of_kind("zero"), 0.0, saturated(level, of_kind("most")))


def first_stock(duties: Duties, rng: np.random.Generator) -> Stock:
    """The state before the first year."""
    in_force = {name: rng.poisson(duties.usual[name]) for name in STOCKS}
    items = {name: rng.poisson(duties.usual[f"{name}_items"]) for name in _ITEMS}
    for name in (*DECISIONS, "fees"):
        items[name] *= duties.acts(name)
    return Stock(in_force, items)


def act(duties: Duties, before: Stock, added: Mapping[str, Counts], rng: np.random.Generator) -> Deeds:
    """What every body does in a year. ``added`` are planted documents that no row explains."""
    documents = {name: _turn_over(duties.usual[name], before.in_force[name], added[name], rng) for name in STOCKS}
    changes = {name: _change(before.items[name], rng) for name in _ITEMS}
    decisions = {name: _about(duties.usual[name], 0.3, rng) for name in DECISIONS}
    return Deeds(before, documents, changes, decisions)


def _turn_over(usual: Floats, before: Counts, added: Counts, rng: np.random.Generator) -> Documents:
    """Documents issued and repealed in a year; now and then a body clears out old ones."""
    issued = rng.poisson(0.1 * usual)
    repealed = rng.binomial(before, np.where(rng.random(len(before)) < 0.08, 0.4, 0.05))
    return Documents(issued, repealed, before + issued - repealed + added)


def _change(before: Counts, rng: np.random.Generator) -> Counts:
    """Change of a list of items in a year: mostly none, never below nothing."""
    change = np.where(rng.random(len(before)) < 0.35, rng.integers(-6, 9, len(before)), 0)
    return np.where(before > 0, np.maximum(change, -before), 0)


def handed_on(deeds: Deeds) -> Stock:
    """The state after a year."""
    items = {name: deeds.before.items[name] + deeds.changes[name] for name in _ITEMS}
    return Stock({name: deeds.documents[name].in_force for name in STOCKS}, items)


def disclosure_cells(duties: Duties, deeds: Deeds, edition: str, rng: np.random.Generator) -> Floats:
    """Section two as the form of an edition prints it: bodies by cells."""
    cells: dict[str, Counts | Floats] = {f"{name}.decisions": deeds.decisions[name] for name in DECISIONS}
    for name in STOCKS:
        issued, repealed, in_force = deeds.documents[name]
        cells |= {f"{name}.issued": issued, f"{name}.repealed": repealed, f"{name}.in_force": in_force}
        disclosed = rng.binomial(issued, 0.95)
        cells |= {f"{name}.made": issued, f"{name}.disclosed": disclosed}
        cells[f"{name}.disclosed_total"] = disclosed + rng.binomial(in_force, 0.9)
    for name in _ITEMS:
        cells |= {f"{name}.items_before": deeds.before.items[name], f"{name}.items_change": deeds.changes[name]}
    cells["other_services.decisions"] = _about(30 * duties.usual["other_services_items"], 0.8, rng)
    cells |= {f"fees.{AMOUNT}": _charge(duties.usual["fees"], rng), **_purchases(duties.usual["procurement"], rng)}
    names = [name.removeprefix("disclosure.") for name in load_form(edition).cells if name.startswith("disclosure.")]
    return np.column_stack([cells[name] for name in names]).astype(np.float64)


def _about(usual: Floats, sd: float, rng: np.random.Generator) -> Counts:
    return rng.poisson(usual * np.exp(sd * rng.standard_normal(len(usual))))


def _charge(usual: Floats, rng: np.random.Generator) -> Floats:
    """Fees of a year in 10 000 yuan, below what is doubted as a fee in yuan."""
    amounts = usual * np.exp(0.25 * rng.standard_normal(len(usual)))
    return _rounded(np.minimum(amounts, _MOST_FEES), rng)


def _purchases(usual: Floats, rng: np.random.Generator) -> dict[str, Counts | Floats]:
    projects = _about(usual, 0.4, rng)
    each = _PROJECT_10K_YUAN * np.exp(0.9 * rng.standard_normal(len(projects)))
    return {"procurement.projects": projects, f"procurement.{AMOUNT}": _rounded(projects * each, rng)}


def _rounded(amounts: Floats, rng: np.random.Generator) -> Floats:
    """Amounts as bodies print them, with none to four decimals."""
    digits = rng.choice(_DIGITS, len(amounts))
    return np.select([digits == d for d in (0, 1, 2)], [amounts.round(d) for d in (0, 1, 2)], amounts.round(4))

"""Outliers and errors that are planted in an invented panel, each at a place and of a size that is written down."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from govreport.forms import load_form
from govreport.synthetic.panel_bodies import Floats
from govreport.synthetic.panel_requests import OUTCOMES, Counts

Mask = NDArray[np.bool_]
Places = NDArray[np.int64]

OUTLIERS = ("many_requests", "many_penalties", "odd_outcomes")
ERRORS = ("broken_sum", "shifted_carry_over", "shifted_stock", "fees_in_yuan", "copied_tables")

RECEIVED = "applications.received.total"
PENALTIES = "disclosure.penalties.decisions"
FEES = "disclosure.fees.amount_10k_yuan"
STOCK = "disclosure.normative_documents.in_force"
CARRIED_IN = "applications.carried_in.natural_person"

_SUMS = {
    "I1": RECEIVED,
    "I2": "applications.granted.natural_person",
    "I3": "applications.not_held.total",
    "I4": "litigation.reconsideration.total",
}
# Where a report can be an outlier in its outcomes: small ones are odd by chance.
_ENOUGH_PROCESSED = 30
_ENOUGH_RECEIVED = 5
_ENOUGH_PENALTIES = 20
_TELLING = 20  # figures that are not zero, as the check for copied tables asks for
_LARGE_FEE = 100_000  # 万元, from which the parser doubts a fee
_ODD = ("not_held", "granted", "petition_or_complaint", "other")


class Planted(NamedTuple):
    """One planted thing: the year and the body it stands in, its kind, its cell, its size, the rule that should find
    it ("" for outliers), and the body whose tables were copied (-1 for none).
    """

    year: int
    body: int
    kind: str
    cell: str
    size: float
    rule: str = ""
    twin: int = -1


@dataclass
class Planter:
    """Chooses where to plant, so that shares of all reports so far are met and no report is used twice.

    Attributes:
        shares: share of all reports for each kind.
        rng: where chance comes from.
        planted: what was planted so far.
        steady: bodies that print zeros as zeros; blanks would hide an error.
        kinds: kind of each body; tables are copied within a kind.
        present: bodies that report on the year.
        before: steady bodies with an untouched report of the same edition on the year before.
    """

    shares: dict[str, float]
    rng: np.random.Generator
    steady: Mask
    kinds: NDArray[np.str_]
    planted: list[Planted] = field(default_factory=list)
    done: Counter[str] = field(default_factory=Counter)
    seen: int = 0
    year: int = 0
    edition: str = ""

    def __post_init__(self) -> None:
        self.present = np.zeros_like(self.steady)
        self.taken = np.zeros_like(self.steady)
        self.before = np.zeros_like(self.steady)
        self.same_edition = False

    def begin(self, year: int, edition: str, present: Mask) -> None:
        """Turns to the next year."""
        copied = [p.body for p in self.planted if p.kind == "copied_tables" and p.year == year - 1]
        self.before = self.present & self.steady
        self.before[copied] = False
        self.same_edition = edition == self.edition
        self.year, self.edition, self.present = year, edition, present
        self.taken = np.zeros_like(present)
        self.seen += int(present.sum())

    def choose(self, kind: str, where: Mask) -> Places:
        """Bodies to plant in this year, among those where it can be done; it marks them as taken."""
        wanted = round(self.shares[kind] * self.seen) - self.done[kind]
        free = np.flatnonzero(where & self.present & ~self.taken)
        chosen = self.rng.choice(free, min(max(wanted, 0), len(free)), replace=False)
        self.done[kind] += len(chosen)
        self.taken[chosen] = True
        return np.sort(chosen)

    def note(self, kind: str, bodies: Places, cell: str, sizes: Floats | Counts, rule: str = "") -> None:
        """Writes down what was planted."""
        for body, size in zip(bodies.tolist(), sizes.tolist(), strict=True):
            self.planted.append(Planted(self.year, body, kind, cell, float(size), rule))

    def multiply_requests(self, received: Counts) -> None:
        """Count outliers: several times the requests that arrived."""
        at = self.choose("many_requests", received.sum(axis=1) >= _ENOUGH_RECEIVED)
        size = self.rng.integers(5, 16, len(at))
        received[at] *= size[:, None]
        self.note("many_requests", at, RECEIVED, size)

    def multiply_penalties(self, penalties: Counts) -> None:
        """Count outliers among enforcement decisions."""
        at = self.choose("many_penalties", penalties >= _ENOUGH_PENALTIES)
        size = self.rng.integers(20, 101, len(at))
        penalties[at] *= size
        self.note("many_penalties", at, PENALTIES, size)

    def move_outcomes(self, outcomes: Counts) -> None:
        """Rate outliers: requests moved from other outcomes to one; the size is the gain of its share."""
        for body in self.choose("odd_outcomes", outcomes.sum(axis=(1, 2)) >= _ENOUGH_PROCESSED):
            shares = outcomes[body].sum(axis=1) / outcomes[body].sum()
            name = min(self.rng.permutation(_ODD)[:2], key=lambda odd: shares[OUTCOMES.index(odd)])
            moved = self.rng.binomial(outcomes[body], self.rng.uniform(0.5, 0.85))
            moved[OUTCOMES.index(name)] = 0
            outcomes[body] -= moved
            outcomes[body, OUTCOMES.index(name)] += moved.sum(axis=0)
            gain = moved.sum() / outcomes[body].sum()
            self.planted.append(Planted(self.year, int(body), "odd_outcomes", f"applications.{name}.total", gain))

    def shift_carry_over(self, carried_in: Counts) -> None:
        """I5: more natural persons' requests carried in than the year before carried out."""
        at = self.choose("shifted_carry_over", self.before)
        size = self.rng.integers(1, 10, len(at))
        carried_in[at, 0] += size
        self.note("shifted_carry_over", at, CARRIED_IN, size, "I5")

    def shifted_stock(self) -> Counts:
        """I6: documents in force that no row explains, for each body."""
        added = np.zeros(len(self.steady), dtype=np.int64)
        comparable = self.same_edition and self.edition != "2019"
        at = self.choose("shifted_stock", self.before & comparable)
        added[at] = self.rng.integers(1, 10, len(at))
        self.note("shifted_stock", at, STOCK, added[at], "I6")
        return added

    def spoil(self, numbers: Floats) -> None:
        """Errors of the page itself, made in its finished figures: bodies by cells of the edition."""
        cells = {cell: position for position, cell in enumerate(load_form(self.edition).cells)}
        self._copy_tables(numbers, cells[RECEIVED])
        if FEES in cells:
            fees = numbers[:, cells[FEES]]
            at = self.choose("fees_in_yuan", self.steady & (fees * 1e4 >= _LARGE_FEE))
            numbers[at, cells[FEES]] = (fees[at] * 1e4).round(2)
            self.note("fees_in_yuan", at, FEES, np.full(len(at), 1e4), "large_amount")
        for body in self.choose("broken_sum", self.steady & (numbers[:, cells[RECEIVED]] > 0)):
            rule = tuple(_SUMS)[sum(p.kind == "broken_sum" for p in self.planted) % len(_SUMS)]
            size = int(self.rng.integers(1, 10))
            numbers[body, cells[_SUMS[rule]]] += size
            self.planted.append(Planted(self.year, int(body), "broken_sum", _SUMS[rule], size, rule))

    def _copy_tables(self, numbers: Floats, received: int) -> None:
        telling = np.count_nonzero(numbers, axis=1)
        fit = self.steady & (telling >= _TELLING) & (numbers[:, received] > 0)
        for body in self.choose("copied_tables", fit):
            others = np.flatnonzero(fit & self.present & ~self.taken & (self.kinds == self.kinds[body]))
            if not len(others):
                continue
            twin = int(self.rng.choice(others))
            self.taken[twin] = True
            numbers[body] = numbers[twin]
            size = float(telling[twin])
            self.planted.append(Planted(self.year, int(body), "copied_tables", RECEIVED, size, "same_tables", twin))


class Doubt(NamedTuple):
    """A row of ``Frames.findings`` without its key; ``line`` counts reports of the given figures."""

    line: int
    rule: str
    severity: str
    cells: str
    expected: str
    found: str
    message: str


def doubts_of_pages(numbers: Floats, edition: str) -> list[Doubt]:
    """What the parser would find on pages with these figures, all printed: sums that fail, and fees too large."""
    form = load_form(edition)
    at = {cell: position for position, cell in enumerate(form.cells)}
    made = []
    for identity in form.identities:
        left = numbers[:, [at[cell] for cell in identity.left]].sum(axis=1)
        right = numbers[:, [at[cell] for cell in identity.right]].sum(axis=1)
        _, row, column = identity.right[0].split(".")
        about = f"{identity.meaning_zh} ({column if identity.rule in ('I1', 'I2') else row})"
        for line in np.flatnonzero(left != right).tolist():
            found, expected = f"{left[line]:g}", f"{right[line]:g}"
            message = f"{about} does not hold: {found} against {expected}."
            cells = " ".join(identity.left + identity.right)
            made.append(Doubt(line, identity.rule, "error", cells, expected, found, message))
    if FEES in at:
        fees = numbers[:, at[FEES]]
        made += [_large_fee(line, float(fees[line])) for line in np.flatnonzero(fees >= _LARGE_FEE).tolist()]
    return sorted(made, key=lambda doubt: doubt.line)


def _large_fee(line: int, fee: float) -> Doubt:
    message = f"Fees of {fee:,.2f} 万元 are so high that they may have been entered in 元."
    return Doubt(line, "large_amount", "warning", FEES, "less than 100 000 万元", f"{fee:.15g}", message)

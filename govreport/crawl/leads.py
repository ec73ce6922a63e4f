"""What looking at a page gives: ``Lead`` (what to ask next) and ``Look`` (what the page is), and how leads rank."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Literal, NamedTuple

LeadKind = Literal["report", "list", "attachment", "api", "sitemap"]
LookKind = Literal["report", "list", "challenge", "error", "shell", "attachment", "sitemap", "api", "other"]

# Lower is fetched first: what is named as a report, then what is sure to list reports, then what may lead there.
REPORT, ATTACHMENT, POSSIBLE, API, NEXT, COLUMN, LEVEL, PATH, GATE, UNIT, MAP = range(11)
ELSEWHERE = 100  # added to the rank of a lead to another host than that of the page
IN_COLUMN = frozenset({API, NEXT, COLUMN, LEVEL, PATH})
MAX_LEADS = 5000


class Lead(NamedTuple):
    """An address worth asking for.

    Attributes:
        url: absolute, as ``normal_url`` spells it.
        kind: what is expected there.
        title: as printed, "" where nothing is.
        year: the year reported on, as the title or the product's address tells it, None if neither does.
        rank: lower is fetched first; 100 and more marks another host than that of the page, see ``elsewhere``.
        method: "GET", or "POST" with the fields of ``form``.
        form: names and values, in the order of the page.
    """

    url: str
    kind: LeadKind
    title: str = ""
    year: int | None = None
    rank: int = 0
    method: str = "GET"
    form: tuple[tuple[str, str], ...] = ()

    @property
    def elsewhere(self) -> bool:
        """Does it lead to another host than that of the page it was found on?"""
        return self.rank >= ELSEWHERE


class Look(NamedTuple):
    """What a page is, what to ask next (best first, each address once), and why, in a sentence."""

    kind: LookKind
    leads: tuple[Lead, ...]
    reason: str


class Leads:
    """Collects leads: of several to one address the best rank stays, with the title and year of either."""

    def __init__(self) -> None:
        self._made: dict[tuple[str, str, tuple[tuple[str, str], ...]], Lead] = {}
        self.notes: list[str] = []

    def add(self, lead: Lead) -> None:
        """Take one more lead."""
        key = (lead.url, lead.method, lead.form)
        old = self._made.get(key)
        if old is not None:
            best, other = (lead, old) if lead.rank < old.rank else (old, lead)
            lead = best._replace(title=best.title or other.title, year=best.year or other.year)
        self._made[key] = lead

    def extend(self, leads: Iterable[Lead]) -> None:
        """Take several."""
        for lead in leads:
            self.add(lead)

    def without(self, url: str) -> None:
        """Leave out the page itself, asked for by GET."""
        self._made.pop((url, "GET", ()), None)

    def __len__(self) -> int:
        return len(self._made)

    def count(self, *kinds: LeadKind) -> int:
        """How many there are of these kinds."""
        return sum(lead.kind in kinds for lead in self._made.values())

    def ranked(self) -> tuple[Lead, ...]:
        """Best first, in page order within a rank, at most ``MAX_LEADS``; what is cut is noted."""
        ordered = sorted(self._made.values(), key=lambda lead: lead.rank)
        if len(ordered) > MAX_LEADS:
            self.notes.append(f"of {len(ordered):,} leads the best {MAX_LEADS:,} are kept")
        return tuple(ordered[:MAX_LEADS])

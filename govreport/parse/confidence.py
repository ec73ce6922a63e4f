"""How sure a picture's cells are: into the Report, into the places, and as findings. No value is changed by it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from functools import cache

from govreport.forms import read_csv
from govreport.model import Document, Finding, Value
from govreport.parse.layout import Plan, Sums, plan
from govreport.parse.tables import Table
from govreport.parse.tokens import Tokens

LOW = 0.95
"""Cells below this are in doubt. Of 1 700 figures on compressed, noisy, blurred, slanting and worn pictures of reports
at 70 dpi and more, none that was read wrong was surer than 0.85, and 97% of the right ones were surer than 0.95."""

_OUTSIDE = 0.5  # a figure of a picture that stands in no table has no cell to bear its confidence
_ENGINE = "rapidocr"
_UPRIGHT = frozenset("|丨!")
_MOST_NAMED = 8
_TOLERANCE = 1e-6


def with_confidence(
    document: Document,
    tokens: Tokens,
    read: Mapping[str, Table],
    cells: Mapping[str, Value],
    edition: str | None,
) -> tuple[dict[str, Value], dict[str, float], list[Finding]]:
    """Cells whose places say how surely they were recognised, the confidence of each by its name, and findings.

    Nothing is changed where the document was read and not recognised.
    """
    if not (document.confidence or _ENGINE in document.engine):
        return dict(cells), {}, []
    sure: dict[str, float] = {}
    if edition is not None:
        sure |= _by_name(document, tokens, read, plan(edition))
    if document.reader == "ocr":
        sure |= {n: _OUTSIDE for n, value in cells.items() if value.status == "given" and n not in sure}
    made = {
        name: value._replace(place=f"{value.place} (confidence {_shown(sure[name])})")
        if name in sure and value.place
        else value
        for name, value in cells.items()
    }
    return made, sure, [*_doubtful(made, sure), *_summary(made, sure, edition)]


def likely_figure(text: str) -> str:
    """The figure that a text with letters in place of digits would be; "" where it would be none.

    An upright stroke at the side of a figure may as well be a rule of the table, and a figure does not begin with 0.

    >>> likely_figure("1O"), likely_figure("l2"), likely_figure("无"), likely_figure("|2"), likely_figure("0I")
    ('10', '12', '', '', '')
    """
    text = text.strip()
    likely = "".join(_confusions().get(sign, sign) for sign in text)
    ruled = len(text) > 1 and bool({text[0], text[-1]} & _UPRIGHT)
    whole = likely.isascii() and likely.isdigit() and (len(likely) == 1 or likely[0] != "0")
    return likely if likely != text and whole and not ruled else ""


def _shown(sure: float) -> str:
    """Two digits, never rounded up: nothing recognised is certain."""
    return f"{min(int(sure * 100), 99) / 100:.2f}"


@cache
def _confusions() -> dict[str, str]:
    return {row["sign"]: row["digit"] for row in read_csv("confusions")}


def _by_name(
    document: Document, tokens: Tokens, read: Mapping[str, Table], the_plan: Plan
) -> Iterator[tuple[str, float]]:
    """How surely each figure was recognised; none for those that were read from text.

    Running text carries no confidence of its own: where a part of the document is a picture, what stands in no table
    is in doubt.
    """
    pictured = _ENGINE in document.engine
    for table in read.values():
        for position, token in table.tokens.items():
            cell = tokens.cells[token]
            sure = document.confidence.get((tokens.grids[token], cell.row, cell.column))
            if sure is None and (document.reader == "ocr" or (pictured and not tokens.grids[token])):
                sure = _OUTSIDE
            if sure is not None:
                yield the_plan.form.cells[position], round(sure, 4)


def _doubtful(cells: Mapping[str, Value], sure: Mapping[str, float]) -> Iterator[Finding]:
    """One finding for each cell that holds letters like digits, one for all others that were read unsurely."""
    low = [name for name, own in sure.items() if own < LOW and cells[name].status not in ("blank", "absent", "lost")]
    for name, value in cells.items():
        if name in sure and value.status == "text" and (likely := likely_figure(value.raw)):
            low = [other for other in low if other != name]
            yield Finding(
                "low_confidence", "warning", (name,), likely, value.raw,
                f"“{value.raw}” ({value.place}) was recognised where a figure belongs; it is probably {likely}, but is "
                "not taken for it. Look at the picture.",
            )  # fmt: skip
    if low:
        named = ", ".join(f"“{cells[name].raw}” at {cells[name].place}" for name in low[:_MOST_NAMED])
        more = f" and {len(low) - _MOST_NAMED} more" if len(low) > _MOST_NAMED else ""
        yield Finding(
            "low_confidence", "warning", tuple(low), f"a confidence of {LOW}", f"{_shown(min(sure[n] for n in low))}",
            f"{len(low)} cells were recognised with little confidence: {named}{more}. Compare them with the picture.",
        )  # fmt: skip


def _summary(cells: Mapping[str, Value], sure: Mapping[str, float], edition: str | None) -> Iterator[Finding]:
    """What speaks for the figures as a whole: the least sure, and the sums of the form."""
    figures = {name: own for name, own in sure.items() if cells[name].status == "given"}
    if not figures:
        return
    least = min(figures, key=lambda name: figures[name])
    surely = f"the least sure with {_shown(figures[least])} ({least})"
    held = failed = telling = 0
    if edition is not None:
        the_plan = plan(edition)
        held, failed, telling = _sums(cells, (s for sums in the_plan.sums.values() for s in sums), the_plan.form.cells)
    told = f"{held + failed} sums of the form can be checked: "
    if not held + failed:
        told = "No sum of the form can be checked."
    elif failed:
        told += f"{failed} of them do not hold, and their findings name the cells."
    else:
        told += f"all hold, {telling} of them with figures above zero" + (
            ", which a misread figure would have broken." if telling else "."
        )
    yield Finding(
        "recognised", "info", tuple(figures), "figures as text", "a picture",
        f"{len(figures)} figures were recognised from a picture, {surely}. {told}",
    )  # fmt: skip


def _sums(cells: Mapping[str, Value], sums: Iterable[Sums], names: tuple[str, ...]) -> tuple[int, int, int]:
    """How many sums hold, how many do not, and how many of those that hold add up to more than zero."""
    held = failed = telling = 0
    for one in sums:
        left, right = ([cells[names[i]].number for i in side] for side in (one.left, one.right))
        if None in left or None in right:
            continue
        total = sum(n for n in right if n is not None)
        if abs(sum(n for n in left if n is not None) - total) <= _TOLERANCE:
            held += 1
            telling += total > 0
        else:
            failed += 1
    return held, failed, telling

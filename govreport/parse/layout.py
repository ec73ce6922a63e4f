"""The expected sequence: one edition of the form made ready for laying it against a page."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

from govreport.forms import Form, Identity, load_form, read_csv, squeeze


@dataclass(frozen=True)
class Sums:
    """An identity by position of its cells in ``Form.cells``."""

    identity: Identity
    left: tuple[int, ...]
    right: tuple[int, ...]


@dataclass(frozen=True)
class Plan:
    """What the parser looks for, in squeezed labels, for one edition.

    Attributes:
        row_labels: by table, for each row its labels, the printed one first.
        column_labels: by (table, row), for each column its labels.
        heads: labels of groups of outcomes, which carry no numbers of their own.
        furniture: by table, other labels the form prints.
        furniture_text: by table, all known labels in one text, to tell pieces of them.
        sums: identities by table.
        index: position of each cell in ``Form.cells``.
        positions: by (table, row), the positions of its cells in order.
        amounts: positions of cells that hold money.
        spans: by table, the positions of its first cell and behind its last.
    """

    form: Form
    row_labels: dict[str, list[tuple[str, ...]]]
    column_labels: dict[tuple[str, str], list[tuple[str, ...]]]
    heads: frozenset[str]
    furniture: dict[str, tuple[str, ...]]
    furniture_text: dict[str, str]
    sums: dict[str, tuple[Sums, ...]]
    index: dict[str, int]
    positions: dict[tuple[str, str], tuple[int, ...]]
    amounts: frozenset[int]
    spans: dict[str, tuple[int, int]]


@cache
def plan(edition: str) -> Plan:
    """The plan of an edition, made once."""
    form = load_form(edition)
    met = [a for a in read_csv("aliases") if a["edition"] in ("", edition)]
    furniture = {
        t: tuple(sorted({squeeze(a["label"]) for a in met if a["kind"] == "furniture" and a["table"] == t}, key=len))[
            ::-1
        ]
        for t in form.rows
    }
    rows = {t: [form.row_labels[t, r.row] for r in form.rows[t]] for t in form.rows}
    columns = {
        key: [_labels(form.column_aliases[key[0]], c.column, c.label) for c in cols]
        for key, cols in form.columns.items()
    }
    index = {cell: n for n, cell in enumerate(form.cells)}
    return Plan(
        form=form,
        row_labels=rows,
        column_labels=columns,
        heads=frozenset(squeeze(a["label"]) for a in met if a["kind"] == "group"),
        furniture=furniture,
        furniture_text={t: _known_text(t, rows, columns, furniture) for t in form.rows},
        sums={
            t: tuple(
                Sums(i, tuple(index[c] for c in i.left), tuple(index[c] for c in i.right))
                for i in form.identities
                if i.table == t
            )
            for t in form.rows
        },
        index=index,
        positions={(t, r): tuple(index[f"{t}.{r}.{c.column}"] for c in cols) for (t, r), cols in form.columns.items()},
        amounts=frozenset(n for cell, n in index.items() if cell.endswith("10k_yuan")),
        spans={t: _span(t, form.cells) for t in form.rows},
    )


def _span(table: str, cells: tuple[str, ...]) -> tuple[int, int]:
    own = [n for n, cell in enumerate(cells) if cell.startswith(f"{table}.")]
    return (own[0], own[-1] + 1) if own else (0, 0)


def _labels(aliases: dict[str, str], name: str, printed: str) -> tuple[str, ...]:
    first = squeeze(printed)
    others = sorted((a for a, i in aliases.items() if i == name and a != first), key=len, reverse=True)
    return (first, *others)


def _known_text(
    table: str,
    rows: dict[str, list[tuple[str, ...]]],
    columns: dict[tuple[str, str], list[tuple[str, ...]]],
    furniture: dict[str, tuple[str, ...]],
) -> str:
    """Labels that may stand in a heading of the table, in one text; rows of section four head columns."""
    known = list(furniture[table])
    for (t, _), labels in columns.items():
        if t == table:
            known += [a for names in labels for a in names]
    if table == "litigation":
        known += [a for names in rows[table] for a in names]
    return "|".join(dict.fromkeys(known))


@cache
def discriminators() -> tuple[tuple[str, tuple[str, ...]], ...]:
    """Labels that only one edition prints, by edition."""
    listed = {e["edition"]: [squeeze(d) for d in e["discriminators"].split(";")] for e in read_csv("editions")}
    return tuple((edition, tuple(labels)) for edition, labels in listed.items())

"""The statutory form as data: a loader for the CSV files of this folder, which people who know the law edit.

``rows.csv`` and ``columns.csv`` hold one row per field and one label column per edition, ``aliases.csv`` the
labels as met on real pages, ``identities.csv`` the sums that the form must obey, ``frames.csv`` the columns of
every DataFrame, ``rules.csv`` the findings. A file that contradicts itself raises ``FormError``.

>>> form = load_form("2021")
>>> len(form.cells), form.cells[0]
(200, 'disclosure.rules.issued')
"""

from __future__ import annotations

import csv
import re
import unicodedata
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

from govreport.errors import FormError

TABLES = ("disclosure", "applications", "litigation", "statistics")
"""The three tables of the form since 2019, and the one table of the returns before it."""
SECTION_TABLES = TABLES[:3]

_NUMBERING = re.compile(
    r"[（(][一二三四五六七八九十]{1,3}[)）]|(?<![一-鿿])[一二三四五六七八九十]{1,3}[、.．]|(?<!\d)\d{1,2}[.、．](?!\d)"
)
_NOT_HAN = re.compile(r"[^一-鿿]+")


def read_csv(name: str) -> list[dict[str, str]]:
    """Rows of one of the bundled CSV files, as dicts of text.

    Raises:
        FormError: the file is missing or a row has too many or too few fields.
    """
    try:
        text = files(__package__).joinpath(f"{name}.csv").read_text(encoding="utf-8")
    except FileNotFoundError as error:
        raise FormError(f"forms/{name}.csv is missing from the installed package; install govreport again") from error
    rows = list(csv.DictReader(text.splitlines()))
    for number, row in enumerate(rows, start=2):
        if None in row or None in row.values():
            raise FormError(f"forms/{name}.csv line {number}: the number of fields differs from the heading line")
    return rows


def squeeze(label: str) -> str:
    """A label without numbering, blanks, digits and signs: only its Chinese characters.

    >>> squeeze("（三）不予公开 1.属于国家秘密"), squeeze("3.危及“三安全一稳定”")
    ('不予公开属于国家秘密', '危及三安全一稳定')
    """
    return _NOT_HAN.sub("", _NUMBERING.sub(" ", unicodedata.normalize("NFKC", label)))


@dataclass(frozen=True, slots=True)
class Row:
    """A row of the form: the law behind it, its label, and its columns in order."""

    table: str
    row: str
    parent: str
    group: str
    article: str
    label: str
    name_en: str
    columns: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Column:
    """A column of the form with its unit: items, decisions, requests, cases or 10k_yuan."""

    column: str
    label: str
    unit: str
    name_en: str


@dataclass(frozen=True, slots=True)
class Identity:
    """One sum the form must obey, in full cell names: the left cells add up to the right cells."""

    rule: str
    table: str
    left: tuple[str, ...]
    right: tuple[str, ...]
    meaning_zh: str
    meaning_en: str


@dataclass(frozen=True)
class Form:
    """One edition of the form. Made by ``load_form``.

    Attributes:
        rows: rows of each table in order; none for a table that the edition does not have.
        columns: columns by (table, row), in order.
        cells: full names ``table.row.column`` of all cells, in the order of the form.
        identities: the sums, one for each column or row they hold in.
        row_labels: squeezed labels of each row, by (table, row): the printed one first, then those met.
        row_aliases: squeezed label as met to row id, by table; the printed labels are among them. A label that two
            blocks of a table share ("被依法纠错数") stands for the first of them.
        column_aliases: the same for columns.
    """

    edition: str
    first_year: int
    last_year: int | None
    basis: str
    discriminators: tuple[str, ...]
    rows: dict[str, tuple[Row, ...]]
    columns: dict[tuple[str, str], tuple[Column, ...]]
    cells: tuple[str, ...]
    identities: tuple[Identity, ...]
    row_labels: dict[tuple[str, str], tuple[str, ...]]
    row_aliases: dict[str, dict[str, str]]
    column_aliases: dict[str, dict[str, str]]

    def label(self, cell: str) -> str:
        """What the form prints for a cell: row label and column label.

        Raises:
            FormError: this edition has no such cell.
        """
        table, row, column = split_cell(cell)
        for r in self.rows.get(table, ()):
            if r.row == row:
                for c in self.columns[table, row]:
                    if c.column == column:
                        return f"{r.label} · {c.label}"
        raise FormError(
            f"edition {self.edition} of the form has no cell {cell!r}; Form.cells lists its {len(self.cells)} cells"
        )


def split_cell(cell: str) -> tuple[str, str, str]:
    """Table, row and column of a full cell name.

    Raises:
        FormError: the name does not have three parts.
    """
    parts = cell.split(".")
    if len(parts) != 3:
        raise FormError(f"a cell has a name of three parts, table.row.column; found {cell!r}")
    return parts[0], parts[1], parts[2]


def editions() -> tuple[str, ...]:
    """The editions of the form that are described here, oldest first."""
    return tuple(row["edition"] for row in read_csv("editions"))


def groups(table: str = "applications") -> dict[str, str]:
    """Label of each group of rows of a table, in order: of section three by default.

    >>> list(groups())
    ['refused', 'unable', 'declined', 'other_handling']
    """
    own = [g for g in read_csv("groups") if g["table"] == table]
    return {g["group"]: g["label"] for g in sorted(own, key=lambda g: int(g["order"]))}


@cache
def load_form(edition: str) -> Form:
    """One edition of the statutory form.

    Raises:
        FormError: no such edition, or the files contradict themselves.
    """
    head = next((e for e in read_csv("editions") if e["edition"] == edition), None)
    if head is None:
        raise FormError(f"no edition {edition!r} of the form is described; there are {', '.join(editions())}")
    raw_rows = [r for r in read_csv("rows") if r[f"label_{edition}"]]
    raw_columns = [c for c in read_csv("columns") if c[f"label_{edition}"]]
    rows: dict[str, tuple[Row, ...]] = {}
    columns: dict[tuple[str, str], tuple[Column, ...]] = {}
    for table in TABLES:
        made = []
        for r in sorted((r for r in raw_rows if r["table"] == table), key=lambda r: int(r["order"])):
            cols = [
                c for c in raw_columns if c["table"] == table and (c["rows"] == "*" or r["row"] in c["rows"].split())
            ]
            cols.sort(key=lambda c: int(c["order"]))
            if not cols:
                raise FormError(f"form {edition}: row {table}.{r['row']} has no columns")
            columns[table, r["row"]] = tuple(
                Column(c["column"], c[f"label_{edition}"], c["unit"], c["name_en"]) for c in cols
            )
            made.append(
                Row(table, r["row"], r["parent"], r["group"], r["article"], r[f"label_{edition}"], r["name_en"],
                    tuple(c["column"] for c in cols))
            )  # fmt: skip
        rows[table] = tuple(made)
    cells = tuple(f"{t}.{r.row}.{c}" for t in TABLES for r in rows[t] for c in r.columns)
    form = Form(
        edition=edition,
        first_year=int(head["first_year"]),
        last_year=int(head["last_year"]) if head["last_year"] else None,
        basis=head["basis"],
        discriminators=tuple(squeeze(d) for d in head["discriminators"].split(";")),
        rows=rows,
        columns=columns,
        cells=cells,
        identities=tuple(_identities(edition, rows)),
        row_labels=_row_labels(edition, rows),
        row_aliases=_aliases("row", edition, {t: [(r.row, r.label) for r in rows[t]] for t in TABLES}),
        column_aliases=_aliases(
            "column", edition, {t: [(c.column, c.label) for r in rows[t] for c in columns[t, r.row]] for t in TABLES}
        ),
    )
    _check(form)
    return form


def _identities(edition: str, rows: dict[str, tuple[Row, ...]]) -> list[Identity]:
    made = []
    for raw in read_csv("identities"):
        if edition not in raw["editions"].split():
            continue
        table = raw["table"]
        left, right = raw["left"].split(), raw["right"].split()
        if left[0].startswith("@children:"):
            parent = left[0].removeprefix("@children:")
            left = [r.row for r in rows[table] if r.parent == parent]
        columns = rows[table][0].columns
        if raw["per"] == "column":
            pairs = [([f"{table}.{r}.{c}" for r in left], [f"{table}.{r}.{c}" for r in right]) for c in columns]
        elif raw["per"] == "row":
            pairs = [
                ([f"{table}.{r.row}.{c}" for c in left], [f"{table}.{r.row}.{c}" for c in right]) for r in rows[table]
            ]
        else:
            raise FormError(f"forms/identities.csv: {raw['rule']} holds per column or per row, not per {raw['per']!r}")
        made += [
            Identity(raw["rule"], table, tuple(a), tuple(b), raw["meaning_zh"], raw["meaning_en"]) for a, b in pairs
        ]
    return made


def _row_labels(edition: str, rows: dict[str, tuple[Row, ...]]) -> dict[tuple[str, str], tuple[str, ...]]:
    met: dict[tuple[str, str], list[str]] = {}
    for a in read_csv("aliases"):
        if a["kind"] == "row" and a["edition"] in ("", edition):
            met.setdefault((a["table"], a["id"]), []).append(squeeze(a["label"]))
    made = {}
    for table, own in rows.items():
        for row in own:
            printed = squeeze(row.label)
            others = {label for label in met.get((table, row.row), ()) if label != printed}
            made[table, row.row] = (printed, *sorted(others, key=lambda label: (-len(label), label)))
    return made


def _aliases(kind: str, edition: str, printed: dict[str, list[tuple[str, str]]]) -> dict[str, dict[str, str]]:
    """Squeezed label to id; two ids for one label in a table is an error, other rows' labels win nothing."""
    made: dict[str, dict[str, str]] = {}
    for table, pairs in printed.items():
        known: dict[str, str] = {}
        blocks = {r["row"]: r["group"] for r in read_csv("rows") if r["table"] == table}
        ids = {i for i, _ in pairs}
        met = [(a["id"], a["label"]) for a in read_csv("aliases")
               if a["kind"] == kind and a["table"] == table and a["edition"] in ("", edition)]  # fmt: skip
        if strangers := {i for i, _ in met} - ids - _other_editions(kind, table):
            raise FormError(f"forms/aliases.csv: no {kind} of {table} is called {', '.join(sorted(strangers))}")
        for i, label in pairs + [(i, label) for i, label in met if i in ids]:
            key = squeeze(label)
            other = known.setdefault(key, i)
            if other != i and kind == "row" and (table != TABLES[3] or blocks[other] == blocks[i]):
                raise FormError(f"forms: the label {label!r} of {table} stands for {known[key]} and for {i}")
        made[table] = known
    return made


def _other_editions(kind: str, table: str) -> set[str]:
    return {r[kind] for r in read_csv("rows" if kind == "row" else "columns") if r["table"] == table}


def _check(form: Form) -> None:
    known = set(form.cells)
    if len(known) != len(form.cells):
        raise FormError(f"form {form.edition}: a cell name is used twice")
    for table, rows in form.rows.items():
        names = {r.row for r in rows}
        if orphans := {r.parent for r in rows if r.parent} - names:
            raise FormError(
                f"form {form.edition}: table {table} has no row {', '.join(sorted(orphans))}, named as parent"
            )
        if strangers := {r.group for r in rows if r.group} - set(groups(table)):
            raise FormError(f"form {form.edition}: no such group in groups.csv: {', '.join(sorted(strangers))}")
    for identity in form.identities:
        if strangers := set(identity.left + identity.right) - known:
            raise FormError(f"identity {identity.rule}: no such cell in {form.edition}: {', '.join(sorted(strangers))}")

"""Reports whose tables are sentences: the figures of the missing tables, as the prose states them.

Two ways lead to a cell: a figure that ``find_statements`` knows under the name of a measure, and a label of the form in
a sentence with its figure right behind it (本机关不掌握相关政府信息2件). Only totals can be told this way. What the
prose rounds, states twice in two ways, or says of another year is not taken for a number.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from typing import NamedTuple

from govreport.forms import editions, load_form, read_csv
from govreport.model import Finding, Statement, Value
from govreport.parse.numbers import read_number
from govreport.parse.tables import Table

_FIRST_OF_THE_FORM = 2019
_CASES = 4  # the section on reviews and suits about disclosure
_SHORTEST_LABEL = 4  # shorter ones (其他, 总计) mean many things in a sentence
_BETWEEN = r"(?:的|类|数|数量|申请|政府信息|情形|情况|信息|答复|决定|处理决定|共|共计|计|为|有|：|:|分别){0,3}"
_NUMBER = (
    r"(?P<about>约|近|逾|超过?)?(?P<n>\d{1,3}(?:,\d{3})+|\d{1,9}|[零〇一二两三四五六七八九十百千]{1,7})(?P<more>余|多)?"
    r"[件条宗起项份次]"
)
_SIGNS = r"[“”\"《》、,]?"  # labels are known without their signs: 危及“三安全一稳定”
_BEFORE = r"(?:(?<![一-鿿])|(?<=[中的为因括及和属]))(?:其中|涉及)?"
_OTHER_YEAR = re.compile(r"上年度?|去年|前年|往年|同比|环比|历年|累计|自条例施行")
_YEAR = re.compile(r"(?<!\d)(20\d\d)年")
_CLAUSE_ENDS = re.compile(r"[。；;！!？?\n]")


class _Told(NamedTuple):
    """A figure that prose gives for a cell."""

    cell: str
    number: int | None
    quote: str
    place: str


def cells_from_prose(
    cells: Mapping[str, Value],
    read: Mapping[str, Table],
    prose: Sequence[tuple[int, str, str]],
    statements: Sequence[Statement],
    year: int | None,
    edition: str | None,
) -> tuple[dict[str, Value], list[Finding]]:
    """The cells with those of missing tables filled from sentences, and a finding that names them.

    Args:
        cells: every cell of the edition, "absent" where its table is not on the page; empty without an edition.
        read: the tables as found.
        prose: (section, place, text) of running text.
        statements: what ``find_statements`` gives for it.
        year: the year reported on. Without an edition it decides under which names the figures stand.
        edition: edition of the form, from the labels on the page.
    """
    missing = {name for name, table in read.items() if not table.there}
    names = edition or _names_for(year)
    if not missing or names is None:
        return dict(cells), []
    told: dict[str, list[_Told]] = {}
    for one in (*_from_statements(statements, names), *_from_labels(prose, names, year)):
        if edition is None or one.cell.split(".")[0] in missing:
            told.setdefault(one.cell, []).append(one)
    made = dict(cells)
    for cell in sorted(told, key=load_form(names).cells.index):
        made[cell] = _value(told[cell])
    return made, _findings(told, made)


def _names_for(year: int | None) -> str | None:
    """The edition whose names the figures of a page without any table take: names say what is counted, not how."""
    if year is None:
        return None
    return editions()[-1] if year >= _FIRST_OF_THE_FORM else "2014"


def _from_statements(statements: Sequence[Statement], names: str) -> Iterator[_Told]:
    column = "cell" if load_form(names).rows["applications"] else "cell_before_2019"
    known = set(load_form(names).cells)
    wanted = {line["measure"]: line[column] for line in read_csv("prose_cells") if line[column] in known}
    for s in statements:
        if s.measure in wanted:
            number = None if s.approximate or not float(s.value).is_integer() else int(s.value)
            yield _Told(wanted[s.measure], number, s.quote, s.place)


@cache
def _labels(names: str) -> tuple[tuple[str, re.Pattern[str]], ...]:
    """Cells whose label stands for itself in a sentence, with its pattern; long labels first."""
    form = load_form(names)
    rows = [("applications", "total"), ("litigation", "total"), ("statistics", "count")]
    found: dict[str, str] = {}
    shared: set[str] = set()
    for table, column in rows:
        for row in form.rows[table]:
            for label in form.row_labels[table, row.row]:
                label = label.removeprefix("其中")
                if len(label) >= _SHORTEST_LABEL and column in row.columns:
                    cell = f"{table}.{row.row}.{column}"
                    if found.setdefault(label, cell) != cell:
                        shared.add(label)
    own = sorted((label for label in found if label not in shared), key=len, reverse=True)
    return tuple((found[label], _pattern(label)) for label in own)


def _pattern(label: str) -> re.Pattern[str]:
    return re.compile(f"{_BEFORE}{_SIGNS.join(label)}{_SIGNS}{_BETWEEN}{_NUMBER}")


def _from_labels(prose: Sequence[tuple[int, str, str]], names: str, year: int | None) -> Iterator[_Told]:
    for section, place, text in prose:
        for clause in _CLAUSE_ENDS.split(unicodedata.normalize("NFKC", "".join(text.split()))):
            years = {int(y) for y in _YEAR.findall(clause)}
            if _OTHER_YEAR.search(clause) or (year is not None and years - {year}):
                continue
            about = section == _CASES or "信息公开" in text
            yield from (one for one in _in_clause(clause, names, place) if about or not _of_cases(one.cell))


def _of_cases(cell: str) -> bool:
    """Whether a cell counts reviews or suits, which a body may also handle as its daily work."""
    return cell.startswith("litigation.") or "reconsiderations" in cell or "lawsuits" in cell


def _in_clause(clause: str, names: str, place: str) -> Iterator[_Told]:
    """Labels of a clause with their figures; what a longer label has taken is not looked at again."""
    taken = [False] * len(clause)
    for cell, pattern in _labels(names):
        for match in pattern.finditer(clause):
            if not any(taken[match.start() : match.end()]):
                taken[match.start() : match.end()] = [True] * (match.end() - match.start())
                number = read_number(match["n"])[1]
                rounded = match["about"] or match["more"]
                whole = int(number) if number is not None and not rounded else None
                yield _Told(cell, whole, clause[match.start() : match.end()][:60], place)


def _value(told: Sequence[_Told]) -> Value:
    numbers = {one.number for one in told}
    quote, place = told[0].quote, told[0].place
    if len(numbers) == 1 and told[0].number is not None:
        return Value("given", told[0].number, quote, place)
    return Value("text", None, " / ".join(dict.fromkeys(one.quote for one in told))[:120], place)


def _findings(told: Mapping[str, Sequence[_Told]], made: Mapping[str, Value]) -> list[Finding]:
    if not told:
        return []
    given = tuple(cell for cell in told if made[cell].status == "given")
    unclear = tuple(cell for cell in told if made[cell].status != "given")
    findings = []
    if given:
        message = (
            f"{len(given)} figures stand in sentences, not in a table; each was taken from the words quoted with it. "
            "Sentences may count other things than the table of the form."
        )
        findings.append(Finding("from_prose", "warning", given, "a table", "sentences", message))
    if unclear:
        message = f"{len(unclear)} figures are rounded or stated in two ways in the prose; they are kept as text."
        findings.append(Finding("from_prose", "warning", unclear, "one exact figure", "others", message))
    return findings

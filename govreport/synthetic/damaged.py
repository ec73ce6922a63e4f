"""Invented pages with damage of known place, for teaching and for tests of the findings.

Every page says in its first sentence that it is invented, its agency bears the mark （合成）, synthetic, and its file
name begins with "synthetic". What was done to it
stands in the list that comes with the pages, so that a reader can hold findings against it.

>>> import tempfile
>>> planted = damaged_pages(tempfile.mkdtemp())
>>> planted[0].file, planted[0].damage, planted[2].rule
('synthetic-01-whole.html', 'none', 'I2')
"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import NamedTuple

from govreport.synthetic import Story, drop_repeated_lines, invent, render

Figures = dict[str, float | int | str | None]

_YEAR = 2023
_RECEIVED = "applications.received.total"
_ORGANISATIONS = ("enterprise", "research_institution", "public_interest_org", "legal_service_org", "other_org")


class Planted(NamedTuple):
    """One page and what was done to it.

    Attributes:
        file: name of the page.
        agency: name of the invented agency.
        damage: what was done; "none" for a page that is whole.
        cell: full name of the cell that was changed; empty where it was not one cell.
        rule: the rule of the finding that should come; empty for none.
    """

    file: str
    agency: str
    damage: str
    cell: str = ""
    rule: str = ""


class _Page(NamedTuple):
    planted: Planted
    content: bytes


def damaged_pages(folder: str | Path) -> list[Planted]:
    """Writes twelve invented pages into a folder: two whole ones, nine damaged in ways that real pages are, and one
    with damage that nothing on the page gives away.

    Returns:
        One row a page. The same call writes the same bytes.
    """
    return _write(Path(folder), _damaged())


def linked_years(folder: str | Path) -> list[Planted]:
    """Writes the invented reports of three agencies on 2022 and 2023: whole, carry-over broken, stock broken.

    Returns:
        One row a page, as ``damaged_pages``.
    """
    return _write(Path(folder), _linked())


def puzzle_page() -> bytes:
    """One invented page in which a single number was changed after the sums were made: where row and column of it
    fail, it stands.
    """
    figures = _figures(11, 60)
    figures["applications.duplicate.enterprise"] = _whole(figures, "applications.duplicate.enterprise") + 9
    return _render(figures, "示例市档案局（合成）", _YEAR)


def _write(folder: Path, pages: Iterator[_Page]) -> list[Planted]:
    folder.mkdir(parents=True, exist_ok=True)
    made = []
    for page in pages:
        (folder / page.planted.file).write_bytes(page.content)
        made.append(page.planted)
    return made


def _figures(seed: int, scale: int) -> Figures:
    return dict(invent("2021", random.Random(seed), scale))


def _render(figures: Figures, agency: str, year: int, layout: str = "html_plain", blank: str = "") -> bytes:
    return render(figures, "2021", layout, agency=agency, year=year, blank=blank, story=Story(invented=True))


def _whole(figures: Figures, cell: str) -> int:
    return int(figures[cell] or 0)


def _damaged() -> Iterator[_Page]:
    """One page after the other; each has its own figures, but for the one that copies the page before."""
    for number, (name, agency, damage, cell, rule, make) in enumerate(_DAMAGES, start=1):
        figures = _figures(number - 1 if name == "copied" else number, 40)
        suffix = "txt" if name == "removed-lines" else "html"
        planted = Planted(f"synthetic-{number:02d}-{name}.{suffix}", agency, damage, cell, rule)
        yield _Page(planted, make(figures, agency))


def _as_it_is(figures: Figures, agency: str) -> bytes:
    return _render(figures, agency, _YEAR)


def _blanks(figures: Figures, agency: str) -> bytes:
    return _render({cell: number or None for cell, number in figures.items()}, agency, _YEAR)


def _broken_sum(figures: Figures, agency: str) -> bytes:
    cell = "applications.not_held.total"
    return _render(figures | {cell: _whole(figures, cell) + 10}, agency, _YEAR)


def _contradiction(figures: Figures, agency: str) -> bytes:
    """The figure of the sentence with its digits turned round, as a typist may."""
    received = _whole(figures, _RECEIVED)
    page = _as_it_is(figures, agency).decode()
    told, typed = (f"新收政府信息公开申请{n}件" for n in (received, str(received)[::-1]))
    return page.replace(told, typed).encode()


def _removed_lines(figures: Figures, agency: str) -> bytes:
    return drop_repeated_lines(_render(figures, agency, _YEAR, "text_cell_lines").decode()).encode()


def _word_for_number(figures: Figures, agency: str) -> bytes:
    return _render(figures | {"disclosure.penalties.decisions": "由街道填报"}, agency, _YEAR)


def _pictures(figures: Figures, agency: str) -> bytes:
    """Every table replaced by a picture of it."""
    page = _as_it_is(figures, agency).decode()
    while "<table" in page:
        before, _, rest = page.partition("<table")
        page = before + '<p><img src="table.png" alt=""></p>' + rest.partition("</table>")[2]
    return page.encode()


def _fee_in_yuan(figures: Figures, agency: str) -> bytes:
    return _render(figures | {"disclosure.fees.amount_10k_yuan": 251_830_400}, agency, _YEAR)


def _more_penalties(figures: Figures, agency: str) -> bytes:
    cell = "disclosure.penalties.decisions"
    return _render(figures | {cell: _whole(figures, cell) + 10}, agency, _YEAR)


def _last_years_text(figures: Figures, agency: str) -> bytes:
    page = _as_it_is(figures, agency).decode()
    return page.replace(
        f"统计时段为{_YEAR}年1月1日至{_YEAR}年12月31日", "统计时段为2022年1月1日至2022年12月31日"
    ).encode()


_DAMAGES: tuple[tuple[str, str, str, str, str, Callable[[Figures, str], bytes]], ...] = (
    ("whole", "示例市水务局（合成）", "none", "", "", _as_it_is),
    ("blanks", "示例市文化局（合成）", "zeros left blank", "", "blank_unknown", _blanks),
    ("broken-sum", "示例市教育局（合成）", "a total ten too high", "applications.not_held.total", "I2", _broken_sum),
    ("contradiction", "示例市交通局（合成）", "the prose turns two digits round", _RECEIVED, "I9", _contradiction),
    ("removed-lines", "示例市农业局（合成）", "repeated lines removed", "", "lines_removed", _removed_lines),
    ("words", "示例市商务局（合成）", "words for a number", "disclosure.penalties.decisions", "text_in_cell",
     _word_for_number),
    ("pictures", "示例市统计局（合成）", "tables are pictures", "", "pictures", _pictures),
    ("yuan", "示例市财政局（合成）", "a fee in yuan, not in 万元", "disclosure.fees.amount_10k_yuan", "large_amount",
     _fee_in_yuan),
    ("old-text", "示例市民政局（合成）", "last year's dates left in", "", "year_conflict", _last_years_text),
    ("copied-from", "示例市体育局（合成）", "none", "", "same_tables", _as_it_is),
    ("copied", "示例市气象局（合成）", "tables copied from page 10", "", "same_tables", _as_it_is),
    ("unseen", "示例市司法局（合成）", "ten penalties too many", "disclosure.penalties.decisions", "", _more_penalties),
)  # fmt: skip


def _linked() -> Iterator[_Page]:
    """Pairs of years; the second year is made to follow from the first, and then broken or not."""
    stories = (
        ("示例市水务局（合成）", "none", "", ""),
        ("示例市教育局（合成）", "twelve requests lost between the years", "applications.carried_in.total", "I5"),
        (
            "示例市文化局（合成）",
            "thirty documents lost from the stock",
            "disclosure.normative_documents.in_force",
            "I6",
        ),
    )
    for number, (agency, damage, cell, rule) in enumerate(stories, start=1):
        before, after = _figures(20 + number, 400), _figures(30 + number, 400)
        _follow(before, after)
        if rule == "I5":
            _carry(after, "natural_person", -12)
        if rule == "I6":
            after[cell] = _whole(after, cell) - 30
        for year, figures in ((_YEAR - 1, before), (_YEAR, after)):
            broken = year == _YEAR
            planted = Planted(
                f"synthetic-{number}-{year}.html", agency, damage if broken else "none", cell if broken else "",
                rule if broken else "",
            )  # fmt: skip
            yield _Page(planted, _render(figures, agency, year))


def _follow(before: Figures, after: Figures) -> None:
    """Carry-over and stocks of the second year as the first year leaves them."""
    for applicant in ("natural_person", *_ORGANISATIONS):
        due = _whole(before, f"applications.carried_out.{applicant}")
        _carry(after, applicant, due - _whole(after, f"applications.carried_in.{applicant}"))
    for item in ("rules", "normative_documents"):
        issued, repealed, stock = (f"disclosure.{item}.{m}" for m in ("issued", "repealed", "in_force"))
        before[stock] = _whole(before, stock) + _whole(after, repealed)  # never more repealed than were there
        after[stock] = _whole(before, stock) + _whole(after, issued) - _whole(after, repealed)


def _carry(figures: Figures, applicant: str, change: int) -> None:
    """Changes what was carried in so that all sums of the page stay right and no count falls below zero."""
    balance = {"granted": change, "processed": change} if change > 0 else {"received": -change}
    for row, step in ({"carried_in": change} | balance).items():
        for column in (applicant, "total"):
            cell = f"applications.{row}.{column}"
            figures[cell] = _whole(figures, cell) + step

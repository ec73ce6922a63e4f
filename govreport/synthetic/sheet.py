"""The three statutory tables as grids of boxes with spans, filled with printed texts.

A layout turns these grids into a page; nothing here knows how a page looks. Row and column labels come
from the description of the form, so a new edition of the form needs no change here.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Literal, NamedTuple

from govreport.forms import Column, Form, Row, groups, load_form, read_csv

Kind = Literal["block", "corner", "column", "group", "row", "value"]

SECTIONS = {"disclosure": 2, "applications": 3, "litigation": 4, "statistics": 6}
LEGAL_PERSONS = ("enterprise", "research_institution", "public_interest_org", "legal_service_org", "other_org")

_WIDTH = 4
_NUMERALS = "一二三四五六七八九十"
_RELATION = "（本列数据的勾稽关系为：第一项加第二项之和，等于第三项加第四项之和）"
_RESULTS = "三、本年度办理结果"


class Box(NamedTuple):
    """A cell as the form draws it. ``cell`` is the full name of a value, empty for labels."""

    text: str
    kind: Kind
    rowspan: int = 1
    colspan: int = 1
    cell: str = ""


class Spot(NamedTuple):
    """One place of the spread-out grid: the box that covers it, and how far from the box's upper left corner."""

    box: Box
    down: int
    right: int


@dataclass(frozen=True, slots=True)
class Sheet:
    """One printed table. ``section`` is the number of the section it stands in; a return before 2019 is an annex."""

    table: str
    section: int
    rows: tuple[tuple[Box, ...], ...]

    @property
    def width(self) -> int:
        """Columns of the grid, merged cells spread out."""
        return sum(box.colspan for box in self.rows[0])


Printed = Mapping[str, str]


def make_sheets(printed: Printed, edition: str) -> tuple[Sheet, ...]:
    """The tables of an edition, in order. ``printed`` holds the text of every cell of the edition.

    Raises:
        FormError: no such edition.

    >>> sheets = make_sheets({cell: "0" for cell in load_form("2021").cells}, "2021")
    >>> [(sheet.table, len(sheet.rows), sheet.width) for sheet in sheets]
    [('disclosure', 14, 4), ('applications', 28, 10), ('litigation', 4, 15)]
    """
    form = load_form(edition)
    if form.rows["statistics"]:
        return (_statistics(form, printed),)
    return _disclosure(form, printed), _applications(form, printed), _litigation(form, printed)


def spread(sheet: Sheet) -> list[list[Spot]]:
    """Every place of the grid with the box that covers it, row by row.

    A row whose boxes do not fill the width is shorter; a test holds that rows of ``make_sheets`` are full.
    """
    hanging: dict[tuple[int, int], Spot] = {}
    grid: list[list[Spot]] = []
    for number, boxes in enumerate(sheet.rows):
        line: list[Spot] = []
        waiting = list(boxes)
        while waiting or (number, len(line)) in hanging:
            column = len(line)
            if (number, column) in hanging:
                line.append(hanging[number, column])
                continue
            box = waiting.pop(0)
            for right in range(box.colspan):
                line.append(Spot(box, 0, right))
                for down in range(1, box.rowspan):
                    hanging[number + down, column + right] = Spot(box, down, right)
        grid.append(line)
    return grid


def change_boxes(sheet: Sheet, change: Callable[[Box], Box]) -> Sheet:
    """The sheet with every box changed by ``change``."""
    return replace(sheet, rows=tuple(tuple(change(box) for box in row) for row in sheet.rows))


def blocks(sheet: Sheet) -> list[Sheet]:
    """Table one cut into its blocks, each with its heading 第二十条第（…）项."""
    starts = [n for n, row in enumerate(sheet.rows) if row[0].kind == "block"] + [len(sheet.rows)]
    return [replace(sheet, rows=sheet.rows[a:b]) for a, b in itertools.pairwise(starts)]


def routes(sheet: Sheet) -> list[Sheet]:
    """Table three cut into three tables of five results."""
    review, suit = sheet.rows[0]
    results, values = sheet.rows[1][:5], sheet.rows[3]
    heads = [[review], [suit, sheet.rows[1][5]], [suit, sheet.rows[1][6]]]
    made = []
    for number, head in enumerate(heads):
        labels = tuple(box._replace(rowspan=1) for box in results)
        top = tuple((box._replace(colspan=5),) for box in head)
        made.append(replace(sheet, rows=(*top, labels, values[5 * number : 5 * number + 5])))
    return made


def _values(row: Row, printed: Printed) -> list[Box]:
    names = [f"{row.table}.{row.row}.{column}" for column in row.columns]
    return [Box(printed[name], "value", cell=name) for name in names]


def _fill(boxes: list[Box], width: int) -> tuple[Box, ...]:
    """Widen the last box so that the row is full."""
    return (*boxes[:-1], boxes[-1]._replace(colspan=width - len(boxes) + 1))


def _disclosure(form: Form, printed: Printed) -> Sheet:
    rows: list[tuple[Box, ...]] = []
    article = ""
    for row in form.rows["disclosure"]:
        if row.article != article:
            article = row.article
            numeral = _NUMERALS[int(article[3:-1]) - 1]
            rows.append((Box(f"第二十条第（{numeral}）项", "block", colspan=_WIDTH),))
            columns: tuple[Column, ...] = form.columns["disclosure", row.row]
            heads = [Box("信息内容", "corner"), *(Box(c.label, "column") for c in columns)]
            rows.append(_fill(heads, _WIDTH))
        rows.append(_fill([Box(row.label, "row"), *_values(row, printed)], _WIDTH))
    return Sheet("disclosure", SECTIONS["disclosure"], tuple(rows))


def _applications(form: Form, printed: Printed) -> Sheet:
    form_rows = form.rows["applications"]
    labels = {c.column: c.label for c in form.columns["applications", "received"]}
    rows: list[tuple[Box, ...]] = [
        (Box(_RELATION, "corner", 3, 3), Box("申请人情况", "column", 1, 7)),
        (
            Box(labels["natural_person"], "column", 2),
            Box("法人或其他组织", "column", 1, 5),
            Box(labels["total"], "column", 2),
        ),
        tuple(Box(labels[c], "column") for c in LEGAL_PERSONS),
    ]
    outcomes = [r for r in form_rows if r.parent or r.row == "processed"]
    for row in form_rows:
        boxes = _label_boxes(row, form_rows)
        if row is outcomes[0]:
            boxes.insert(0, Box(_RESULTS, "group", len(outcomes)))
        rows.append((*boxes, *_values(row, printed)))
    return Sheet("applications", SECTIONS["applications"], tuple(rows))


def _label_boxes(row: Row, form_rows: tuple[Row, ...]) -> list[Box]:
    if not row.parent and row.row != "processed":
        return [Box(row.label, "row", colspan=3)]
    members = [r for r in form_rows if row.group and r.group == row.group]
    if len(members) < 2:  # the 2019 form has one undivided row （六）其他处理
        return [Box(row.label, "row", colspan=2)]
    label = Box(row.label, "row")
    return [Box(groups()[row.group], "group", len(members)), label] if row is members[0] else [label]


def _litigation(form: Form, printed: Printed) -> Sheet:
    review, direct, after = form.rows["litigation"]
    results = [c.label for c in form.columns["litigation", review.row]]
    rows = (
        (Box(review.label, "group", 1, 5), Box("行政诉讼", "group", 1, 10)),
        (*(Box(r, "column", 2) for r in results), Box(direct.label, "group", 1, 5), Box(after.label, "group", 1, 5)),
        tuple(Box(r, "column") for r in results * 2),
        tuple(box for row in (review, direct, after) for box in _values(row, printed)),
    )
    return Sheet("litigation", SECTIONS["litigation"], rows)


def _statistics(form: Form, printed: Printed) -> Sheet:
    """The return of 2014: label, unit, figure. Local tables before it number their rows and print two periods."""
    units = {line["unit"]: line["zh"] for line in read_csv("units")}
    coded = form.edition == "2008"
    heads = ("指标名称", "计量单位", "代码", "本期实际", "本年累计") if coded else ("统计指标", "单位", "统计数")
    rows: list[tuple[Box, ...]] = [tuple(Box(head, "column") for head in heads)]
    block = ""
    for number, row in enumerate(form.rows["statistics"], start=1):
        if row.group != block:
            block = row.group
            label = groups("statistics")[block]
            if not coded and label not in row.label:
                rows.append((Box(label, "group"), *(Box("——", "corner") for _ in heads[1:])))
        (column,) = form.columns["statistics", row.row]
        (value,) = _values(row, printed)
        between = (Box(f"{number:02}", "corner"), Box("", "corner")) if coded else ()
        rows.append((Box(row.label, "row"), Box(units[column.unit], "corner"), *between, value))
    return Sheet("statistics", SECTIONS["statistics"], tuple(rows))

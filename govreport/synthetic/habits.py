"""Habits of real pages that change labels, numbers, headings or the shape of a table, not its figures.

Each is a function from ``Parts`` to ``Parts`` (or a maker of one), or from a cell and its number to the
printed text.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import replace

from govreport.synthetic.layout import Habit, Parts, plain_number
from govreport.synthetic.sheet import LEGAL_PERSONS, Box, Sheet, Spot, blocks, change_boxes, routes, spread

_BREAKS = {
    "商业企业": ("商业", "企业"),
    "科研机构": ("科研", "机构"),
    "结果维持": ("结果", "维持"),
    "结果纠正": ("结果", "纠正"),
    "其他结果": ("其他", "结果"),
    "尚未审结": ("尚未", "审结"),
    "本年新制作数量": ("本年新", "制作数量"),
    "本年新公开数量": ("本年新", "公开数量"),
    "本年制发件数": ("本年制", "发件数"),
    "本年废止件数": ("本年废", "止件数"),
}
_TYPOS = {
    "三类内部事务信息": "三类内容事务信息",
    "本年制发件数": "本年制法件数",
    "结转": "转结",
    "这一情形": "这一情况",
}
_LOST_LETTERS = {
    "现行有效件数": "现行有效件",
    "本年增/减": "本年增/",
    "本年制发件数": "本年发件",
    "对外公开总数量": "对外公开数量",
}
_SPACED = {
    "规章": "规 章",
    "第二十条第": "第二十条  第",
    "其他结果": "其他 结果",
    "自然人": "自 然 人",
    "总计": "总 计",
}
_FULL = str.maketrans("0123456789.,-", "０１２３４５６７８９．，－")
_HALF = str.maketrans({"（": "(", "）": ")", "，": ",", "：": ":"})


def _labels(change: Callable[[str], str]) -> Habit:
    """A habit that changes the text of every label."""

    def change_box(box: Box) -> Box:
        return box if box.kind == "value" else box._replace(text=change(box.text))

    return lambda parts: replace(parts, sheets=tuple(change_boxes(sheet, change_box) for sheet in parts.sheets))


def _replacing(pairs: Mapping[str, str]) -> Habit:
    def change(text: str) -> str:
        for old, new in pairs.items():
            text = text.replace(old, new)
        return text

    return _labels(change)


def break_labels(between: str) -> Habit:
    """Column labels broken inside, as 商业/企业: on two lines, by a blank, or by a line break of HTML."""
    return _replacing({whole: between.join(two) for whole, two in _BREAKS.items()})


cut_headers = _replacing({whole: two[0] for whole, two in _BREAKS.items() if whole.startswith("本年新")})
"""The header cut at its line break: 本年新 stands twice."""

cut_results = _replacing({whole: two[0] for whole, two in _BREAKS.items() if len(whole) == 4 and whole != "结果维持"})
"""Labels of four characters cut at their line break: 结果, 其他, 尚未."""

typos = _replacing(_TYPOS)
lost_letters = _replacing(_LOST_LETTERS)
spaced_labels = _replacing(_SPACED)
half_brackets = _labels(lambda text: text.translate(_HALF))
other_wording = _replacing(
    {
        "行政规范性文件": "规范性文件",
        "、行政机关不再": "，行政机关不再",
        "总计": "合计",
        "十条第（": "十条第(",
        "）项": ")项",
    }
)
no_article_sign = _replacing({"第二十条第": "二十条"})
no_row_numbers = _labels(lambda text: re.sub(r"^(?:\d\.|[一二四]、)", "", text))


def full_width(cell: str, number: int | float) -> str:
    """Digits in full width: ４８２."""
    return plain_number(cell, number).translate(_FULL)


def with_commas(cell: str, number: int | float) -> str:
    """Thousands commas: 1,808,595."""
    return re.sub(r"^-?\d+", lambda m: f"{int(m[0]):,}", plain_number(cell, number))


def with_nbsp(cell: str, number: int | float) -> str:
    """A no-break space after the digits."""
    return plain_number(cell, number) + "\u00a0"


def with_units(cell: str, number: int | float) -> str:
    """Units in the cells: fees in 万元, purchases in 元, requests and cases in 件."""
    if cell.startswith("disclosure.procurement.amount"):
        return f"{round(number * 10_000)}元"
    if cell.endswith("amount_10k_yuan"):
        return plain_number(cell, number) + "万元"
    return plain_number(cell, number) + ("" if cell.startswith("disclosure") else "件")


def signed_change(cell: str, number: int | float) -> str:
    """A plus before a growth of 本年增/减: +19."""
    sign = "+" if number > 0 and cell.endswith("items_change") else ""
    return sign + plain_number(cell, number)


def subtotal(first: bool) -> Habit:
    """A column 小计 among those of 法人或其他组织, before or after the five that it adds up."""

    def change(sheet: Sheet) -> Sheet:
        if sheet.table != "applications":
            return sheet
        return replace(sheet, rows=tuple(_with_subtotal(row, first) for row in sheet.rows))

    return lambda parts: replace(parts, sheets=tuple(map(change, parts.sheets)))


def _with_subtotal(row: tuple[Box, ...], first: bool) -> tuple[Box, ...]:
    made = list(row)
    if row[0].kind == "column" and len(row) == len(LEGAL_PERSONS):
        made.insert(0 if first else len(made), Box("小计", "column"))
    elif row[-1].kind == "value":
        five = row[-6:-1]
        counts = [int(box.text) for box in five if box.text.isdecimal()]
        text = str(sum(counts)) if counts else five[0].text
        made.insert(len(made) - (6 if first else 1), Box(text, "value"))
    else:
        made[1] = made[1]._replace(colspan=made[1].colspan + 1)
    return tuple(made)


def unknown_row(parts: Parts) -> Parts:
    """A row that the form does not have, in table one: 行政检查 under 行政处罚, or behind the return's first row."""
    disclosure, *others = parts.sheets
    rows = list(disclosure.rows)
    at = next((n for n, row in enumerate(rows) if row[0].text.startswith("行政处罚")), None)
    if at is None:
        at = next(n for n, row in enumerate(rows) if row[-1].kind == "value")
        label = "政务公开宣传次数"
    else:
        label = "行政检查"
    more = tuple(box._replace(text="7", cell="") if box.kind == "value" else box for box in rows[at][1:])
    rows.insert(at + 1, (Box(label, "row"), *more))
    return replace(parts, sheets=(replace(disclosure, rows=tuple(rows)), *others))


def trailing_row(parts: Parts) -> Parts:
    """An empty row at the end of table one."""
    disclosure, *others = parts.sheets
    empty = tuple(Box("", "corner") for _ in range(disclosure.width))
    return replace(parts, sheets=(replace(disclosure, rows=(*disclosure.rows, empty)), *others))


def extra_cells(parts: Parts) -> Parts:
    """An empty cell more at both ends of every row."""
    empty = Box("", "corner")

    def change(sheet: Sheet) -> Sheet:
        # rows below a merged corner keep their place: the spread grid is written out, then framed
        rows = tuple((empty, *_level(line), empty) for line in spread(sheet))
        return replace(sheet, rows=rows)

    return replace(parts, sheets=tuple(map(change, parts.sheets)))


def _level(line: list[Spot]) -> tuple[Box, ...]:
    boxes = []
    for spot in line:
        if spot.right == 0:
            box = spot.box._replace(rowspan=1)
            boxes.append(box if spot.down == 0 else box._replace(text="", kind="corner"))
    return tuple(boxes)


def glued_groups(parts: Parts) -> Parts:
    """Labels of groups glued to the first label below them: （三）不予公开1.属于国家秘密."""
    return _ungroup(parts, glue=True)


def lost_groups(parts: Parts) -> Parts:
    """Labels of groups lost."""
    return _ungroup(parts, glue=False)


def _ungroup(parts: Parts, glue: bool) -> Parts:
    def change(sheet: Sheet) -> Sheet:
        if sheet.table != "applications":
            return sheet
        rows = []
        for row, line in zip(sheet.rows, spread(sheet), strict=True):
            texts = [box.text for box in row if box.kind == "group" and glue]
            hidden = sum(spot.right == 0 and spot.box.kind == "group" for spot in line)
            rows.append(tuple(
                box._replace(text="".join([*texts, box.text]), colspan=box.colspan + hidden)
                if box.kind == "row" else box
                for box in row if box.kind != "group"
            ))  # fmt: skip
        return replace(sheet, rows=tuple(rows))

    return replace(parts, sheets=tuple(map(change, parts.sheets)))


def split_disclosure(parts: Parts) -> Parts:
    """Table one split in one table for each block."""
    disclosure, *others = parts.sheets
    return replace(parts, sheets=(*blocks(disclosure), *others)) if others else parts


def split_litigation(parts: Parts) -> Parts:
    """Table three split in three."""
    *others, litigation = parts.sheets
    return replace(parts, sheets=(*others, *routes(litigation))) if others else parts


def headings(**changed: str) -> Habit:
    """Other headings, by number: ``headings(h3="3、 收到…")``. ``{}`` stands for the heading without its numeral."""

    def change(parts: Parts) -> Parts:
        made = list(parts.headings)
        for key, text in changed.items():
            at = int(key[1:]) - 1
            made[at] = text.replace("{}", made[at].split("、", 1)[-1])
        return replace(parts, headings=tuple(made))

    return change


def bookmarks(parts: Parts) -> Parts:
    """A mark of the word processor before two headings."""
    return headings(h1="[bookmark: _GoBack]一、{}", h3="[bookmark: _GoBack]三、{}")(parts)


def words_around_tables(parts: Parts) -> Parts:
    """A sentence before and after each table."""
    around = dict.fromkeys((2, 3, 4), ("有关数字列表如下。",))
    below = dict.fromkeys((2, 3, 4), ("表中数字按报告年度统计。",))
    return replace(parts, before={**parts.before, **around}, after={**parts.after, **below})


def metadata(parts: Parts) -> Parts:
    """A block of metadata above the title."""
    names = ("索引号", "分类", "发布机构", "发文日期", "名称", "文号", "有效性", "关键词")
    texts = ("000000000/样例-00001", "", "", "", parts.title, "", "", "")
    return replace(parts, metadata=tuple(zip(names, texts, strict=True)))


def drop_repeated_lines(text: str) -> str:
    r"""A text as an extractor that removes repeated lines leaves it: the first of equal lines and blank lines stay.

    Labels survive, figures do not; a reader must refuse such tables.

    >>> drop_repeated_lines("规章\n0\n0\n\n行政强制\n0\n1").split()
    ['规章', '0', '行政强制', '1']
    """
    seen: set[str] = set()
    kept = []
    for line in text.splitlines():
        key = line.strip()
        if not key or key not in seen:
            kept.append(line)
        seen.add(key)
    return "\n".join(kept)

"""The data dictionary in Markdown, made from the files of ``forms/``: ``python -m govreport.dictionary FILE``.

With a file name it writes the file, without it prints. ``data/DICTIONARY.md`` is made this way.
"""

from __future__ import annotations

import sys
from collections.abc import Iterable, Sequence
from itertools import groupby
from pathlib import Path

from govreport.forms import TABLES, editions, load_form, read_csv

_HEAD = """# Data dictionary 数据字典

Made by `python -m govreport.dictionary data/DICTIONARY.md` from `govreport/forms/`; change it there, not here.

- The frames are joined by `report_id`. A cell of the form has one name, `table.row.column`, in every edition.
- NA in a number column means that the page gives no number, and `status` says why. **Blank, absent and zero are three
  things.**
- Nothing is filled in, repaired or derived: figures are as published. `raw` is the text as printed, `place` where.
"""

_STATUS = (
    ("given", "有数字", "A number is printed"),
    ("blank", "空白", "The cell is empty"),
    ("dash", "横线", "A sign for nothing is printed: /, -, —, 无"),
    ("text", "文字", "Words stand where a number belongs"),
    ("absent", "缺", "The row or column is not on the page"),
    ("lost", "无法对应", "The labels are there, but the numbers cannot be assigned"),
)
_TITLES = {
    "disclosure": "Section two 主动公开",
    "applications": "Section three 申请",
    "litigation": "Section four 复议诉讼",
    "statistics": "Statistics return before 2019 统计表",
}


def dictionary_markdown() -> str:
    """The data dictionary: frames and columns, statuses, cells by edition, findings, identities.

    Raises:
        FormError: the files of ``forms/`` contradict themselves.
    """
    parts = [_HEAD, _frames(), _statuses(), *(_cells(table) for table in TABLES), _identities(), _rules()]
    return "\n".join(parts)


def _table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    lines = [head, ["---"] * len(head), *rows]
    return "".join(f"| {' | '.join(_cell(text) for text in line)} |\n" for line in lines)


def _cell(text: str) -> str:
    return text.replace("|", "\\|").replace("\n", " ")


def _frames() -> str:
    parts = ["## Frames 数据表\n"]
    for frame, columns in groupby(read_csv("frames"), key=lambda c: c["frame"]):
        rows = [
            (f"`{c['column']}`", c["dtype"], "key" * int(c["key"]), c["unit"], c["meaning_zh"], c["meaning_en"])
            for c in columns
        ]
        parts.append(f"### `{frame}`\n\n" + _table(("column", "type", "", "unit", "中文", "meaning"), rows))
    return "\n".join(parts)


def _statuses() -> str:
    rows = [(f"`{status}`", zh, en) for status, zh, en in _STATUS]
    return "## Status of a cell 单元格状态\n\n" + _table(("status", "中文", "meaning"), rows)


def _cells(table: str) -> str:
    rows = [
        (f"`{r['row']}`", r["article"], r["name_en"], *(r[f"label_{e}"] or "–" for e in editions()))
        for r in read_csv("rows") if r["table"] == table
    ]  # fmt: skip
    columns = [
        (f"`{c['column']}`", "all" if c["rows"] == "*" else c["rows"].replace(" ", ", "), c["unit"], c["name_en"],
         *(c[f"label_{e}"] or "–" for e in editions()))
        for c in read_csv("columns") if c["table"] == table
    ]  # fmt: skip
    of = [f"edition {e}" for e in editions()]
    counts = ", ".join(f"{sum(c.startswith(table) for c in load_form(e).cells)} in edition {e}" for e in editions())
    return (
        f"## {_TITLES[table]}: `{table}`\n\n"
        f"Cells: {counts}. Articles are those of the Regulation (政府信息公开条例, 2019).\n\n"
        + _table(("row", "article", "meaning", *of), rows)
        + "\n"
        + _table(("column", "rows", "unit", "meaning", *of), columns)
    )


def _identities() -> str:
    rows = [
        (i["rule"], f"`{i['table']}`", i["per"], ", ".join(i["editions"].split()), i["meaning_zh"], i["meaning_en"])
        for i in read_csv("identities")
    ]
    return "## Sums that must hold 勾稽关系\n\n" + _table(
        ("rule", "table", "for each", "editions", "中文", "meaning"), rows
    )


def _rules() -> str:
    rows = [(f"`{r['rule']}`", r["severity"], r["meaning_zh"], r["meaning_en"]) for r in read_csv("rules")]
    return "## Findings 疑点\n\n" + _table(("rule", "severity", "中文", "meaning"), rows)


def main(argv: Sequence[str] | None = None) -> int:
    """Write the dictionary into the file named, or print it. Raises nothing of its own."""
    names = sys.argv[1:] if argv is None else argv
    text = dictionary_markdown()
    for name in names:
        Path(name).write_text(text, encoding="utf-8", newline="\n")
    if not names:
        print(text, end="")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())

"""Results as tables that people read: in the terminal, where a Chinese character takes two columns, and in Markdown."""

from __future__ import annotations

import shutil
import sys
import unicodedata
from collections.abc import Sequence
from typing import Any

import pandas as pd

from govreport.analysis import find_measure, flag_text, outlier_text
from govreport.analysis.measures import Lang
from govreport.analysis.outlier_text import number
from govreport.analysis.passages_show import columns_of
from govreport.forms.words import lines_of, text_of

ROWS_SHOWN = 60
_NARROWEST = 8
_WIDEST = 44  # columns of a cell where nobody looks on, for names of bodies
_GAP = "  "
_RIGHT = frozenset({
    "rank", "year", "value", "expected", "usual", "interval", "p_adjusted", "peers", "reports", "left_out", "section",
    "similarity", "discounted", "other_year", "shared_characters", "characters",
})  # fmt: skip


def told(word: str, lang: Lang, **values: object) -> str:
    """A heading or message of ``forms/result_columns.csv``.

    Raises:
        FormError: there is none of this name.
    """
    return text_of("result_columns", "column", word, lang, **values)


def heading(column: str, lang: Lang) -> str:
    """The heading of a column; one that has none stands for itself."""
    return told(column, lang) if column in lines_of("result_columns", "column") else column


def rates_table(found: pd.DataFrame, measure: str, by: Sequence[str], lang: Lang) -> pd.DataFrame:
    """What ``rates`` gives, for people: groups, the value with its fraction, limits, reports, remarks."""
    chosen = find_measure(measure)
    rows = []
    for row in found.to_dict("records"):
        low, high = number(row["low"], chosen), number(row["high"], chosen)
        flags = "; ".join(flag_text(flag, lang) for flag in str(row["flags"]).split())
        rows.append({
            **{name: _group(name, row[name], lang) for name in by},
            "value": _quoted(row["value"], row["numerator"], row["n"], measure),
            "interval": f"{low}–{high}" if low else "",
            "reports": str(row["reports"]), "left_out": str(row["left_out"]), "flags": flags,
        })  # fmt: skip
    return pd.DataFrame(rows, columns=[*by, "value", "interval", "reports", "left_out", "flags"], dtype="string")


def outliers_table(found: pd.DataFrame, lang: Lang, *, words: bool = False) -> pd.DataFrame:
    """What ``find_outliers`` gives, for people; ``words`` adds the sentence of each row."""
    rows = []
    for row in found.to_dict("records"):
        measure = find_measure(row["measure"])
        low, high = number(row["low"], measure), number(row["high"], measure)
        rows.append({
            "rank": _plain(row["rank"], lang), "agency": _plain(row["agency"], lang), "year": _plain(row["year"], lang),
            "measure": measure.name(lang), "comparison": told(f"comparison.{row['comparison']}", lang),
            "value": _quoted(row["value"], row["numerator"], row["n"], measure.id),
            "expected": number(row["expected"], measure), "usual": f"{low}–{high}" if low else "",
            "p_adjusted": "" if pd.isna(row["p_adjusted"]) else f"{row['p_adjusted']:.2g}",
            "peers": "" if pd.isna(row["peers"]) else str(row["peers"]),
            "doubts": "" if pd.isna(row["doubts"]) else row["doubts"], "text": row[f"text_{lang}"],
        })  # fmt: skip
    columns = ["rank", "agency", "year", "measure", "comparison", "value", "expected", "usual", "p_adjusted", "peers",
               "doubts"]  # fmt: skip
    return pd.DataFrame(rows, columns=[*columns, "text"] if words else columns, dtype="string")


def similar_table(found: pd.DataFrame, lang: Lang) -> pd.DataFrame:
    """What ``find_similar`` gives, for people."""
    rows = [
        {
            "similarity": f"{row['similarity']:.3f}",
            "discounted": "" if pd.isna(row["discounted"]) else f"{row['discounted']:.3f}",
            "section": str(row["section"]), "relation": told(f"relation.{row['relation']}", lang),
            "agency": _plain(row["agency"], lang), "year": _plain(row["year"], lang),
            "other_agency": _plain(row["other_agency"], lang), "other_year": _plain(row["other_year"], lang),
            "shared_characters": str(row["shared_characters"]),
            "foreign_name": "" if pd.isna(row["foreign_name"]) else row["foreign_name"],
        }
        for row in found.to_dict("records")
    ]  # fmt: skip
    columns = ["similarity", "discounted", "section", "relation", "agency", "year", "other_agency", "other_year",
               "shared_characters", "foreign_name"]  # fmt: skip
    return pd.DataFrame(rows, columns=columns, dtype="string")


def _plain(value: Any, lang: Lang) -> str:
    return told("unknown", lang) if pd.isna(value) else str(value)


def _group(column: str, value: Any, lang: Lang) -> str:
    kind = {"agency_kind": "kind", "level": "level"}.get(column)
    return outlier_text(f"{kind}.{value}", lang) if kind and not pd.isna(value) else _plain(value, lang)


def _quoted(value: Any, numerator: Any, n: Any, measure: str) -> str:
    """A value with its fraction: ``25.5% (897/3521)``."""
    text = number(value, find_measure(measure))
    return f"{text} ({numerator:.0f}/{n:.0f})" if text and not pd.isna(n) and not pd.isna(numerator) else text


def headed(table: pd.DataFrame, lang: Lang) -> pd.DataFrame:
    """The same table with headings in a language."""
    return table.rename(columns={name: heading(str(name), lang) for name in table.columns})


def text_table(table: pd.DataFrame, lang: Lang, *, width: int | None = None) -> str:
    """A table for the terminal: as wide as it is, the longest texts cut; numbers to the right.

    Args:
        table: columns of text.
        lang: language of the headings.
        width: columns of the terminal; without it those there are, or any number where nobody looks on.
    """
    if width is None and sys.stdout.isatty():
        width = shutil.get_terminal_size((120, 24)).columns
    heads = [heading(str(name), lang) for name in table.columns]
    cells = [[shown(str(text)) for text in row] for row in table.head(ROWS_SHOWN).fillna("").to_numpy().tolist()]
    wide = [max(map(columns_of, column)) for column in zip(heads, *cells, strict=True)] if heads else []
    wide = _narrowed([min(w, _WIDEST) for w in wide], heads, width)
    right = [str(name) in _RIGHT for name in table.columns]
    lines = [heads, ["─" * w for w in wide], *cells]
    made = [_GAP.join(map(_padded, row, wide, right)).rstrip() for row in lines]
    if (more := len(table) - ROWS_SHOWN) > 0:
        made.append(told("more", lang, n=f"{more:,}"))
    return "\n".join(made)


def _narrowed(wide: list[int], heads: list[str], width: int | None) -> list[int]:
    """The widest columns give way, down to a few characters or their heading."""
    made = list(wide)
    least = [min(w, max(_NARROWEST, columns_of(head))) for w, head in zip(wide, heads, strict=True)]
    while width is not None and sum(made) + len(_GAP) * (len(made) - 1) > width:
        spare = [w - low for w, low in zip(made, least, strict=True)]
        if not spare or max(spare) <= 0:
            break
        widest = max((w for w, s in zip(made, spare, strict=True) if s > 0), default=0)
        made[next(i for i, w in enumerate(made) if w == widest and spare[i] > 0)] -= 1
    return made


def _padded(text: str, wide: int, right: bool) -> str:
    text = _cut(text, wide)
    room = " " * (wide - columns_of(text))
    return room + text if right else text + room


def _cut(text: str, wide: int) -> str:
    if columns_of(text) <= wide:
        return text
    made, used = "", 0
    for sign in text:
        if used + columns_of(sign) > wide - 1:
            break
        made, used = made + sign, used + columns_of(sign)
    return made + "…"


def shown(text: str) -> str:
    """A text from a page on one line, without signs that steer a terminal or turn the direction of reading."""
    return "".join(
        " " if sign.isspace() else sign for sign in text if unicodedata.category(sign)[0] != "C" or sign.isspace()
    )

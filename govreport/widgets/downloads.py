"""What can be taken away from a view: its numbers as CSV and Excel, its picture as PNG and SVG, as links."""

from __future__ import annotations

import base64
import io
from collections.abc import Mapping
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

import pandas as pd

from govreport.export import is_formula, without_controls
from govreport.model import escape
from govreport.widgets.words import say

if TYPE_CHECKING:
    from govreport.explore import View

FRAMES = ("trend", "ranking", "outcomes", "distribution", "provinces", "table")
TYPES = {
    "csv": "text/csv;charset=utf-8",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "png": "image/png",
    "svg": "image/svg+xml",
}
MOST_ROWS = 10_000
"""Reports in a file. The files travel inside the page, and an Excel file of more takes many seconds to write."""


def csv_bytes(frame: pd.DataFrame) -> bytes:
    r"""A frame as CSV in UTF-8 with a mark at the start, for Excel; no text can run as a formula.

    >>> csv_bytes(pd.DataFrame({"agency": ["=1+1"], "value": [3]})).decode("utf-8-sig")
    "agency,value\n'=1+1,3\n"

    Raises nothing for the frames of a ``View``.
    """
    text = _harmless(frame).to_csv(index=False, lineterminator="\n")
    return text.encode("utf-8-sig", errors="replace")


def xlsx_bytes(view: View, reports: pd.DataFrame) -> bytes:
    """All frames of a view as an Excel file: a sheet that says what was selected, then one sheet a frame.

    Args:
        view: what is shown.
        reports: the list of reports, longer than that of the view.

    Raises nothing for a ``View`` that a ``Board`` made.
    """
    buffer = io.BytesIO()
    with pd.ExcelWriter(buffer, engine="openpyxl") as writer:
        _facts(view).to_excel(writer, sheet_name="selection", index=False)
        for name in FRAMES:
            frame = _harmless(reports if name == "table" else getattr(view, name))
            frame.to_excel(writer, sheet_name=name, index=False, freeze_panes=(1, 0))
    return buffer.getvalue()


def file_name(view: View, tab: str, suffix: str) -> str:
    """A name that says what is inside: tab, measure, years. Raises nothing."""
    years = "-".join(map(str, view.selection.years)) if view.selection.years else "all-years"
    return f"govreport-{tab}-{view.measure.id}-{years}.{suffix}"


def links_html(files: Mapping[str, bytes], view: View, tab: str) -> str:
    """Links that hold the files themselves, so that they work wherever the page is shown.

    Args:
        files: content by kind: csv, xlsx, png, svg.
        view: what the files show.
        tab: the open tab.
    """
    links = "".join(
        f'<a class="gr-{kind}" download="{escape(file_name(view, tab, kind))}" '
        f'href="data:{TYPES[kind]};base64,{base64.b64encode(content).decode()}">'
        f"{escape(say(f'download_{kind}', view.selection.lang))}</a>"
        for kind, content in files.items()
    )
    return f'<div class="gr-links">{links}</div>'


def cut_html(view: View, shown: int) -> str:
    """A sentence where the list of reports in the files is not the whole list; empty otherwise. Raises nothing."""
    if shown == view.n_reports:
        return ""
    facts = {"shown": f"{shown:,}", "total": f"{view.n_reports:,}"}
    return f'<p class="gr-quiet">{escape(say("rows_cut", view.selection.lang, **facts))}</p>'


def _facts(view: View) -> pd.DataFrame:
    lang = view.selection.lang
    facts: dict[str, Any] = asdict(view.selection)
    facts |= {
        "measure_name": view.measure.name(lang), "trap": view.trap, "note": view.note, "n_reports": view.n_reports,
        "n_bodies": view.n_bodies, "n_known": view.n_known, "limits": say("limits", lang),
    }  # fmt: skip
    rows = {name: " ".join(map(str, fact)) if isinstance(fact, tuple) else fact for name, fact in facts.items()}
    return _harmless(pd.DataFrame({"name": list(rows), "value": [_text(fact) for fact in rows.values()]}))


def _text(fact: object) -> str:
    return "" if fact is None else str(fact)


def _harmless(frame: pd.DataFrame) -> pd.DataFrame:
    """Texts that no spreadsheet program runs or refuses; counts without a decimal point; NA as it is."""
    made = frame.copy()
    for name, column in frame.items():
        if not pd.api.types.is_numeric_dtype(column):
            made[name] = [_harmless_text(value) for value in column]
        elif (column.dropna() % 1 == 0).all() and column.dtype != bool:
            made[name] = column.astype("Int64")
    return made


def _harmless_text(value: Any) -> str | None:
    if pd.isna(value):
        return None
    text = without_controls(str(value))
    return f"'{text}" if is_formula(text) else text

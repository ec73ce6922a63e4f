"""DataFrames of a view as HTML tables: every text escaped, links to http and https only."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

import pandas as pd

from govreport.explore import text
from govreport.model import escape
from govreport.plots.style import label
from govreport.plots.wording import exact, percent
from govreport.widgets.words import has_word, say

if TYPE_CHECKING:
    from govreport.explore import View
    from govreport.plots.style import Lang

_HIDDEN = frozenset({"key", "report_id", "chosen", "small"})  # keys for programs, and what the look of a row says
_LABELLED = {"agency_kind": "kind", "kind": "kind", "outcome": "outcome", "group": "group"}
_SHARES = frozenset({"share", "body_share"})
_VALUES = frozenset({"value", "pooled", "median", "q25", "q75", "body", "left", "right"})


def table_html(frame: pd.DataFrame, view: View, caption: str) -> str:
    """The rows of a frame as a table that scrolls by itself.

    Args:
        frame: one of the frames of ``view``. ``chosen`` and ``small`` become the look of their row.
        view: says the language, and how values are written.
        caption: what the table shows, for people who hear it read.

    Returns:
        HTML; NA is written as an empty cell.

    Raises nothing for the frames of a ``View``.
    """
    lang = view.selection.lang
    if frame.empty:
        return f"<p>{say('no_rows', lang)}</p>"
    shown = [str(name) for name in frame.columns if name not in _HIDDEN]
    heads = "".join(f'<th scope="col"{_side(frame[name])}>{_head(name, lang)}</th>' for name in shown)
    columns = [_cells(name, frame[name], view) for name in shown]
    looks = _looks(frame)
    rows = "".join(
        f"<tr{look}>{''.join(cells)}</tr>" for look, cells in zip(looks, zip(*columns, strict=True), strict=True)
    )
    told = escape(caption)
    return (
        f'<div class="gr-rows" tabindex="0" role="region" aria-label="{told}"><table aria-label="{told}">'
        f"<thead><tr>{heads}</tr></thead><tbody>{rows}</tbody></table></div>"
    )


def link(url: object, name: str) -> str:
    """A link to a page, or nothing where the address is none of the web.

    >>> link("javascript:alert(1)", "source")
    ''

    Raises nothing.
    """
    address = url.strip() if isinstance(url, str) else ""
    if not address.lower().startswith(("http://", "https://")):
        return ""
    return f'<a href="{escape(address)}" target="_blank" rel="noopener noreferrer">{escape(name)}</a>'


def _head(name: str, lang: str) -> str:
    return escape(say(f"column.{name}", lang) if has_word(f"column.{name}") else name)


def _side(column: pd.Series[Any]) -> str:
    return ' class="gr-number"' if pd.api.types.is_numeric_dtype(column) else ""


def _cells(name: str, column: pd.Series[Any], view: View) -> Iterable[str]:
    lang = view.selection.lang
    if name == "url":
        return [f"<td>{link(url, say('link', lang))}</td>" for url in column]
    if pd.api.types.is_numeric_dtype(column):
        return [f'<td class="gr-number">{"" if pd.isna(v) else _number(name, v, view)}</td>' for v in column]
    return [f"<td>{'' if pd.isna(v) else escape(_named(name, v, lang))}</td>" for v in column]


def _number(name: str, value: Any, view: View) -> str:
    if name == "year":
        return str(int(value))
    if name in _SHARES:
        return percent(float(value))
    return exact(float(value), view) if name in _VALUES else f"{int(value):,}"


def _named(name: str, value: Any, lang: Lang) -> str:
    if name == "status":
        return text(f"status.{value}", lang)
    return label(_LABELLED[name], value, lang) if name in _LABELLED else str(value)


def _looks(frame: pd.DataFrame) -> list[str]:
    marks = [
        frame[name].fillna(False).to_numpy(dtype=bool) if name in frame else [False] * len(frame)
        for name in ("chosen", "small")
    ]
    return [
        ' class="gr-chosen"' if chosen else ' class="gr-small"' if small else ""
        for chosen, small in zip(*marks, strict=True)
    ]

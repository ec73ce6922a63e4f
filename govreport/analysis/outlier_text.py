"""Sentences about outliers in Chinese and English, from ``forms/outlier_texts.csv``. They accuse nobody."""

from __future__ import annotations

from functools import cache
from typing import Any

import pandas as pd

from govreport.analysis.measures import Lang, Measure
from govreport.analysis.peers import PeerStep, peer_steps
from govreport.forms.words import text_of

_SMALL_P = 0.001


def outlier_text(name: str, lang: Lang = "zh", **values: object) -> str:
    """A text of ``forms/outlier_texts.csv`` with its placeholders filled in.

    >>> outlier_text("kind.street", "en")
    'street offices'

    Raises:
        UsageError: no text has this name.
    """
    return text_of("outlier_texts", "text", name, lang, **values)


def sentence(row: dict[str, Any], measure: Measure, lang: Lang, settings: dict[str, Any]) -> str:
    """The sentence about a row of ``find_outliers``."""
    said = {
        "agency": outlier_text("unknown", lang) if pd.isna(row["agency"]) else row["agency"],
        "year": "?" if pd.isna(row["year"]) else row["year"],
        "measure": measure.name(lang),
        "value": number(row["value"], measure),
    }
    if pd.isna(row["p"]):
        return outlier_text("unranked", lang, reason=outlier_text(f"reason.{row['reason']}", lang, **settings), **said)
    said |= {name: number(row[name], measure) for name in ("expected", "low", "high", "shrunken", "before")}
    said |= {name: "" if pd.isna(row[name]) else f"{row[name]:,.0f}" for name in ("numerator", "n", "peers")}
    said |= {"p": _p(row["p_adjusted"], lang), "group": _group(row, lang), "trap": measure.trap(lang).rstrip("。.")}
    said |= {"note": _note(row["peer_note"], lang), "doubts": _doubts(row["doubts"], lang)}
    said["side"] = outlier_text(row["direction"], lang) if row["direction"] in ("high", "low") else ""
    return outlier_text(_template(row, measure) if row["outlier"] else "within", lang, **said)


def _template(row: dict[str, Any], measure: Measure) -> str:
    if row["comparison"] == "own_past":
        return "jump"
    return {"share": "share", "ratio": "ratio"}.get(measure.unit if measure.kind == "rate" else "", "plain")


def number(value: Any, measure: Measure) -> str:
    """A number as it is read: shares in percent, counts with thousands marks; "" for none.

    >>> from govreport.analysis.measures import find_measure
    >>> number(0.25475, find_measure("not_held_share")), number(12345.0, find_measure("received"))
    ('25.5%', '12,345')
    """
    if value is None or pd.isna(value):
        return ""
    if measure.unit == "share":
        return f"{100 * value:.1f}%"
    if measure.unit in ("ratio", "hhi"):
        return f"{value:.3g}" if abs(value) < 1 else f"{value:,.2f}"
    if float(value).is_integer() or abs(value) >= 100:
        return f"{value:,.0f}"
    return f"{value:,.1f}"


def _p(value: float, lang: Lang) -> str:
    if value < _SMALL_P:
        return outlier_text("small_p", lang, value=f"{_SMALL_P:g}")
    return outlier_text("equal_p", lang, value=f"{value:.3f}" if value < 0.1 else f"{value:.2f}")


def _doubts(rules: Any, lang: Lang) -> str:
    return "" if pd.isna(rules) or not rules else outlier_text("doubts", lang, rules=str(rules).replace(" ", ", "))


def _group(row: dict[str, Any], lang: Lang) -> str:
    """The peers in words: what they have in common."""
    step = _step(row["peer_note"])
    parts = []
    if "year" in step.columns:
        parts.append(f"{row['year']}年" if lang == "zh" else str(row["year"]))
    if "level" in step.columns and not pd.isna(row["level"]):
        parts.append(outlier_text(f"level.{row['level']}", lang))
    if not pd.isna(row["agency_kind"]):
        parts.append(outlier_text(f"kind.{row['agency_kind']}", lang))
    return "".join(parts) if lang == "zh" else ", ".join(parts)


@cache
def _step(name: str) -> PeerStep:
    return next(step for step in peer_steps() if step.step == name)


def _note(name: str, lang: Lang) -> str:
    step = _step(name)
    note = step.note_zh if lang == "zh" else step.note_en
    return note and (f"{note}。" if lang == "zh" else f"{note}. ")


def peer_group(row: dict[str, Any], breaks: tuple[int, ...]) -> str | None:
    """The peers as ``kind=street level=town year=2023``: what they have in common; None where there are none.

    Years that are put together are named by the break before and after them, as ``years=2021-2023``.
    """
    if row["peer_note"] is None or pd.isna(row["peer_note"]):
        return None
    year = int(row["year"])
    first = max((b for b in breaks if b <= year), default=None)
    last = min((b - 1 for b in breaks if b > year), default=None)
    years = f"{'' if first is None else first}-{'' if last is None else last}"
    named = {"kind": row["agency_kind"], "level": row["level"], "year": year, "era": years}
    columns = _step(row["peer_note"]).columns
    return " ".join(f"{'years' if column == 'era' else column}={named[column]}" for column in columns)

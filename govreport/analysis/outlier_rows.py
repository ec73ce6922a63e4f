"""The table of ``find_outliers``: comparisons put together, adjusted, ranked and put into words."""

from __future__ import annotations

from collections.abc import Hashable
from dataclasses import dataclass
from typing import Any, Literal, cast

import numpy as np
import numpy.typing as npt
import pandas as pd

from govreport.analysis.betabinomial import limits
from govreport.analysis.discoveries import adjusted
from govreport.analysis.measures import Lang, Measure
from govreport.analysis.outlier_figures import Figures
from govreport.analysis.outlier_method import Comparison, OutlierMethod
from govreport.analysis.outlier_scores import Scores
from govreport.analysis.outlier_text import peer_group, sentence
from govreport.analysis.peers import breaks_of, levels, peer_steps, thresholds
from govreport.frames import Frames

Mask = npt.NDArray[np.bool_]
Keep = Literal["outliers", "ranked", "all"]

_OF_REPORT = ("agency", "agency_kind", "province", "city", "county", "adcode", "year")
_DTYPES = {
    "report_id": "string", "agency": "string", "agency_kind": "string", "level": "string", "province": "string",
    "city": "string", "county": "string", "adcode": "string", "year": "Int64", "measure": "string",
    "comparison": "string", "value": "Float64", "numerator": "Float64", "n": "Float64", "before": "Float64",
    "expected": "Float64", "low": "Float64", "high": "Float64", "score": "Float64", "p": "Float64",
    "p_adjusted": "Float64",
    "rho": "Float64", "shrunken": "Float64", "rank": "Int64", "outlier": "boolean", "direction": "string",
    "stability": "string", "peers": "Int64", "peer_group": "string", "peer_note": "string", "doubts": "string",
    "cells": "string", "text_zh": "string", "text_en": "string",
}  # fmt: skip


@dataclass(frozen=True, eq=False)
class Part:
    """One comparison of one measure.

    Attributes:
        measure: the measure.
        comparison: with peers or with the own past.
        figures: what was compared.
        scores: how far it lies away.
        small: figures that are too small to be ranked.
    """

    measure: Measure
    comparison: Comparison
    figures: Figures
    scores: Scores
    small: Mask

    @property
    def ranked(self) -> Mask:
        """Reports that were tested and are large enough to be ranked."""
        return ~np.isnan(self.scores.p) & ~self.small


def outlier_table(parts: list[Part], frames: Frames, method: OutlierMethod, level: float, keep: Keep) -> pd.DataFrame:
    """All comparisons in one table, adjusted over the run, the smallest p first."""
    made = [_rows(number, part) for number, part in enumerate(parts)]
    if keep != "all":
        made = [rows[rows["p"].notna()] for rows in made]
    rows = pd.concat(made or [_no_rows()], ignore_index=True)
    rows["p_adjusted"] = adjusted(rows["p"].to_numpy(), method.correction)
    unsaid = rows["small"].astype(bool)
    rows.loc[unsaid, ["p", "p_adjusted", "expected", "score", "shrunken", "low", "high", "rho"]] = np.nan
    rows["outlier"] = rows["p_adjusted"].le(level)
    rows = rows.assign(distance=-rows["score"].abs()).sort_values(["p", "distance", "part", "line"], kind="stable")
    ranked = rows["p"].notna()
    rows["rank"] = pd.array(np.where(ranked, np.cumsum(ranked), -1), dtype="Int64")
    rows["rank"] = rows["rank"].mask(~ranked)
    kept = {"outliers": rows["outlier"], "ranked": ranked, "all": pd.Series(True, index=rows.index)}[keep]
    return _described(rows[kept].reset_index(drop=True), parts, frames, method)


_NUMBERS = ("value", "numerator", "n", "before")
_SCORED = ("expected", "low", "high", "score", "p", "shrunken", "rho", "chance", "peers", "step")


def _no_rows() -> pd.DataFrame:
    return pd.DataFrame({name: np.zeros(0) for name in ("part", "line", "small", *_NUMBERS, *_SCORED)})


def _rows(number: int, part: Part) -> pd.DataFrame:
    made: dict[Hashable, Any] = {"part": number, "line": part.figures.line, "small": part.small}
    made |= {name: getattr(part.figures, name) for name in _NUMBERS}
    made |= {name: getattr(part.scores, name) for name in _SCORED}
    return pd.DataFrame(made)


def _described(rows: pd.DataFrame, parts: list[Part], frames: Frames, method: OutlierMethod) -> pd.DataFrame:
    """The columns that people read, made for the rows that are kept only."""
    _set_share_limits(rows)
    line, part = rows["line"].to_numpy(dtype=np.intp), rows["part"].to_numpy(dtype=np.intp)
    reports = frames.reports
    own = reports[["report_id", *_OF_REPORT]].iloc[line].reset_index(drop=True)
    made = pd.concat([own, rows.drop(columns=["line", "part"])], axis=1)
    made["level"] = levels(reports).astype("object").iloc[line].to_numpy()
    for name, told in (("measure", [p.measure.id for p in parts]), ("comparison", [p.comparison for p in parts])):
        made[name] = np.array(told, dtype=object)[part] if parts else None
    made["cells"] = np.array([" ".join(p.measure.cells) for p in parts], dtype=object)[part] if parts else None
    untested = rows["p"].isna().to_numpy()
    made["direction"] = _or_none(np.where(rows["score"] > 0, "high", "low"), untested)
    made["stability"] = _stability(rows, method)
    steps = np.array([*(step.step for step in peer_steps()), None], dtype=object)
    made["peer_note"] = _or_none(steps[rows["step"].to_numpy(dtype=np.intp)], untested)
    made["doubts"] = _doubts(frames, made)
    made["reason"] = np.where(rows["small"], "few", np.where(rows["step"] < 0, "no_peers", "alike"))
    return _worded(made, [parts[i].measure for i in part], method)


def _set_share_limits(rows: pd.DataFrame) -> None:
    """Limits of shares take a while each, so that they are made for the rows that are kept."""
    at = np.flatnonzero(rows["rho"].notna() & rows["p"].notna())
    n, mean, rho, chance = (rows[name].to_numpy(dtype=np.float64)[at] for name in ("n", "expected", "rho", "chance"))
    low, high = limits(n, mean, rho, chance)
    for name, found in (("low", low), ("high", high)):
        numbers = rows[name].to_numpy(dtype=np.float64).copy()
        numbers[at] = found / n
        rows[name] = numbers


def _stability(rows: pd.DataFrame, method: OutlierMethod) -> Any:
    n = rows["n"].to_numpy(dtype=np.float64)
    words = np.select([n < method.min_n, n < thresholds()["stable_n"]], ["small", "medium"], "stable")
    return _or_none(words, np.isnan(n))


def _or_none(words: Any, missing: Mask) -> Any:
    made = np.asarray(words, dtype=object).copy()
    made[missing] = None
    return made


def _doubts(frames: Frames, rows: pd.DataFrame) -> list[str | None]:
    """Rules of errors and warnings about the cells of each row."""
    found = frames.findings
    told = found["severity"].isin(["error", "warning"]) & found["report_id"].isin(rows["report_id"])
    by_report: dict[str, list[tuple[str, set[str]]]] = {}
    for report, rule, cells in found.loc[told, ["report_id", "rule", "cells"]].itertuples(index=False):
        by_report.setdefault(str(report), []).append((str(rule), set(str(cells).split())))
    made: list[str | None] = []
    for report, cells in zip(rows["report_id"], rows["cells"], strict=True):
        mine = set(str(cells).split())
        rules = dict.fromkeys(rule for rule, about in by_report.get(report, ()) if about & mine)
        made.append(" ".join(rules) or None)
    return made


def _worded(made: pd.DataFrame, measures: list[Measure], method: OutlierMethod) -> pd.DataFrame:
    settings = {"min_n": method.min_n, "min_peers": method.min_peers}
    records = cast("list[dict[str, Any]]", made.to_dict("records"))
    languages: tuple[Lang, ...] = ("zh", "en")
    for lang in languages:
        made[f"text_{lang}"] = [sentence(row, m, lang, settings) for row, m in zip(records, measures, strict=True)]
    made["peer_group"] = [peer_group(row, breaks_of(m)) for row, m in zip(records, measures, strict=True)]
    made.loc[made["p"].isna(), "peers"] = None
    made = made.reset_index(drop=True)
    return pd.DataFrame({name: pd.array(made[name], dtype=cast(Any, dtype)) for name, dtype in _DTYPES.items()})

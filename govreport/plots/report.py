"""One report at a glance, and the only writer of figure files."""

from __future__ import annotations

import csv
import hashlib
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple, Protocol

import numpy as np
import pandas as pd
from matplotlib import rc_context
from matplotlib.axes import Axes
from matplotlib.colors import LinearSegmentedColormap
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle

from govreport.errors import UsageError
from govreport.plots import enforcement, outcomes, volumes
from govreport.plots.style import (
    GREY,
    INK,
    LANGS,
    MUTED,
    RED,
    SOURCE_REPORTS,
    Chart,
    Lang,
    Words,
    canvas,
    figure,
    finish,
    label,
    need,
    nothing_to_draw,
    usable_lang,
    wrap,
)

_SHADES = LinearSegmentedColormap.from_list("counts", ["#ffffff", "#cfe3f1", "#7fb5d8"])
_SIGNS = {"blank": "·", "dash": "—", "text": "…", "lost": "?"}
_HEADLINES = ("reports", "volumes", "requests", "outcomes", "enforcement")
_KEYS = ("report_id", "outcome", "applicant", "count", "status")


class AllFrames(outcomes.ReportFrames, Protocol):
    """What the figure of one report needs: the DataFrames of ``govreport.frames.Frames``."""

    @property
    def findings(self) -> pd.DataFrame:
        """One row a doubt."""


@figure
def report_form(frames: AllFrames, report_id: str | None = None, *, lang: Lang = "zh") -> Chart:
    """Section three of one report as its form: every number as printed, darker for more; cells of errors and
    warnings are framed.

    A cell without a number shows why: blank, dash, words, or a number that could not be assigned.

    Args:
        frames: ``Frames`` or anything with the same reports, applications and findings.
        report_id: which report; may be left out when there is only one.
        lang: "zh" or "en".

    Raises:
        UsageError: a DataFrame or column is missing, no such report, or several and none chosen.
    """
    key = _chosen(frames, report_id)
    cells = need(frames.applications, "applications", _KEYS)
    cells = cells[(cells["report_id"] == key) & (cells["status"].astype("string") != "absent")]
    name = outcomes.names(frames, [key])[0]
    title = Words(f"{name}：收到和处理政府信息公开申请情况", f"{name}: requests received and processed").get(lang)
    if cells.empty:
        return nothing_to_draw(
            title, Words("此页没有法定的第三部分表格。", "No table of section three on this page.").get(lang)
        )
    columns = list(dict.fromkeys(cells["applicant"].astype(str)))
    rows = list(dict.fromkeys(cells["outcome"].astype(str)))
    chart, (ax,) = canvas(9.6, 1.9 + 0.3 * len(rows))
    doubtful = _doubtful(frames.findings, key)
    _draw_form(ax, cells, rows, columns, doubtful)
    ax.set_xticks(range(len(columns)), ["\n".join(wrap(label("applicant", c, lang), 7)) for c in columns])
    ax.set_yticks(range(len(rows)), [label("outcome", r, lang) for r in rows])
    given = int((cells["status"].astype("string") == "given").sum())
    return finish(chart, title, _form_note(cells, given, doubtful, lang), SOURCE_REPORTS.get(lang))


def _chosen(frames: AllFrames, report_id: str | None) -> str:
    ids = [str(i) for i in need(frames.reports, "reports", ("report_id",))["report_id"]]
    if report_id is None and len(ids) == 1:
        return ids[0]
    if report_id is None or report_id not in ids:
        shown = ", ".join(ids[:5]) + (" ..." if len(ids) > 5 else "")
        raise UsageError(f"report_id should be one of the {len(ids)} in frames.reports: {shown}; found {report_id!r}")
    return report_id


def _doubtful(findings: pd.DataFrame, key: str) -> set[str]:
    mine = need(findings, "findings", ("report_id", "severity", "cells"))
    grave = mine["severity"].astype("string").isin(["error", "warning"])
    named = mine.loc[(mine["report_id"] == key) & grave, "cells"].dropna()
    return {cell for cells in named for cell in str(cells).split()}


def _draw_form(ax: Axes, cells: pd.DataFrame, rows: list[str], columns: list[str], doubtful: set[str]) -> None:
    shade = np.zeros((len(rows), len(columns)))
    for outcome, applicant, count, status in cells[list(_KEYS[1:])].itertuples(index=False):
        y, x = rows.index(str(outcome)), columns.index(str(applicant))
        text, colour = _SIGNS.get(str(status), "?"), MUTED
        if str(status) == "given":
            shade[y, x] = np.log10(max(float(count), 0.0) + 1)
            text, colour = f"{int(count):,}", INK if count else GREY
        ax.text(x, y, text, ha="center", va="center", size=9, color=colour)
        if f"applications.{outcome}.{applicant}" in doubtful:
            ax.add_patch(Rectangle((x - 0.48, y - 0.46), 0.96, 0.92, fill=False, ec=RED, lw=1.4))
    ax.imshow(shade, cmap=_SHADES, vmin=0, vmax=max(float(shade.max()), 1.0), aspect="auto")
    ax.tick_params(length=0, top=False, labeltop=True, bottom=False, labelbottom=False)
    for spine in ax.spines.values():
        spine.set_visible(False)
    ax.set_xticks(np.arange(len(columns) + 1) - 0.5, minor=True)
    ax.set_yticks(np.arange(len(rows) + 1) - 0.5, minor=True)
    ax.grid(which="minor", color="#e6e6e6", lw=0.7)
    ax.tick_params(which="minor", length=0)


def _form_note(cells: pd.DataFrame, given: int, doubtful: set[str], lang: Lang) -> str:
    met = [s for s in _SIGNS if (cells["status"].astype("string") == s).any()]
    signs = "、".join(f"“{_SIGNS[s]}”{label('status', s, lang)}" for s in met)
    signs_en = ", ".join(f"{_SIGNS[s]} {label('status', s, lang)}" for s in met)
    marked = any(cell.startswith("applications.") for cell in doubtful)
    note = Words(
        f"{len(cells)}格中{given}格有数字，单位：件；颜色越深件数越多（对数）。",
        f"{given} of {len(cells)} cells give a number, in requests; darker is more (logarithmic).",
    )
    if met:
        note = Words(f"{note.zh}{signs}。空白不等于零。", f"{note.en} {signs_en}. A blank is not a zero.")
    if marked:
        note = Words(f"{note.zh}红框：存疑。", f"{note.en} Framed: in doubt.")
    return note.get(lang)


class Entry(NamedTuple):
    """A figure of the book: its number and name, function, data, and the notebook that explains it."""

    name: str
    make: Callable[..., Chart]
    data: str
    notebook: str
    item: str | None = None


BOOK = (
    Entry("01-volumes-by-year", volumes.volumes_by_year, "headlines", "02_disclosure_volumes.ipynb"),
    Entry("02-volumes-by-kind", volumes.volumes_by_kind, "headlines", "02_disclosure_volumes.ipynb"),
    Entry("03-volumes-by-province", volumes.volumes_by_province, "headlines", "02_disclosure_volumes.ipynb"),
    Entry("04-requests-received", volumes.requests_received, "headlines", "02_disclosure_volumes.ipynb"),
    Entry("05-outcomes-of-reports", outcomes.outcomes_of_reports, "reports", "03_reasons_for_refusal.ipynb"),
    Entry("06-refusal-reasons", outcomes.refusal_reasons, "reports", "03_reasons_for_refusal.ipynb"),
    Entry("07-not-held-and-process", outcomes.not_held_and_process, "reports", "03_reasons_for_refusal.ipynb"),
    Entry("08-reasons-in-headlines", outcomes.reasons_in_headlines, "headlines", "03_reasons_for_refusal.ipynb"),
    Entry("09-penalties-magnitude", enforcement.enforcement_magnitude, "headlines", "04_enforcement_counts.ipynb"),
    Entry(
        "10-licences-magnitude", enforcement.enforcement_magnitude, "headlines", "04_enforcement_counts.ipynb",
        "licences",
    ),
    Entry("11-enforcement-by-kind", enforcement.enforcement_by_kind, "headlines", "04_enforcement_counts.ipynb"),
    Entry("12-penalties-and-licences", enforcement.penalties_and_licences, "headlines", "04_enforcement_counts.ipynb"),
)  # fmt: skip
"""The figures that ``save_all`` writes, in order."""


def save(chart: Figure, name: str, folder: str | Path) -> list[Path]:
    """Writes a figure as PNG (150 dpi) and SVG, letters as outlines. The only writer of figure files.

    Args:
        chart: a figure.
        name: file name without ending.
        folder: made if it is not there.

    Returns:
        The two files. Equal data give equal files.

    Raises:
        UsageError: the name has a folder or an ending in it, or is empty.
    """
    if not name or Path(name).name != name or name.endswith((".png", ".svg")):
        raise UsageError(f"name should be a plain file name without ending, such as '01-volumes'; found {name!r}")
    target = Path(folder)
    target.mkdir(parents=True, exist_ok=True)
    made = [target / f"{name}.png", target / f"{name}.svg"]
    with rc_context({"svg.hashsalt": "govreport", "svg.fonttype": "path"}):
        chart.savefig(made[0], dpi=150, metadata={"Software": None})
        chart.savefig(made[1], metadata={"Date": None, "Creator": "govreport"})
    return made


def save_all(
    frames: AllFrames, headlines: volumes.HeadlineFrames, folder: str | Path, langs: tuple[Lang, ...] = LANGS
) -> list[Path]:
    """Writes every figure of ``BOOK`` in each language, and ``index.csv``.

    ``index.csv`` names file, function, notebook, language, number of reports and the digest of the data drawn, so that
    a reader can tell whether a figure is older than its data.

    Returns:
        The files, ``index.csv`` last.

    Raises:
        UsageError: a DataFrame or column is missing, or an unknown language.
    """
    drawn = {
        "reports": (frames, frames.reports, frames.applications),
        "headlines": (headlines, *(getattr(headlines, name) for name in _HEADLINES)),
    }
    made, rows = [], []
    for entry in BOOK:
        data, *parts = drawn[entry.data]
        options = {"item": entry.item} if entry.item else {}
        for lang in dict.fromkeys(usable_lang(lang) for lang in langs):
            files = save(entry.make(data, **options, lang=lang), f"{entry.name}.{lang}", folder)
            about = (entry.make.__name__, entry.notebook, lang, len(parts[0]), digest(*parts))
            rows += [(file.name, *about) for file in files]
            made += files
    index = Path(folder) / "index.csv"
    with index.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(("file", "function", "notebook", "lang", "n_reports", "data_sha256_16"))
        writer.writerows(rows)
    return [*made, index]


def digest(*frames: pd.DataFrame) -> str:
    """First 16 hexadecimal digits of the SHA-256 of the frames written as CSV, without columns of times and places."""
    sha = hashlib.sha256()
    for frame in frames:
        kept = frame.drop(columns=[c for c in ("retrieved", "source", "place") if c in frame.columns])
        sha.update(kept.to_csv(index=False, lineterminator="\n").encode())
    return sha.hexdigest()[:16]

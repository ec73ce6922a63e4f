"""The bundled sample pages: figures of nine real reports, each written in another layout.

``python -m govreport.synthetic.bundle`` writes them to ``data/reports`` of a source checkout; with
``--check`` it compares instead, and ends with status 1 when a file differs.
"""

from __future__ import annotations

import argparse
import csv
import io
import json
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any, NamedTuple

from govreport.errors import UsageError
from govreport.synthetic import LAYOUTS, Story, render

DATA = Path(__file__).parents[2] / "data"

COLUMNS = (
    "file", "id", "agency", "kind", "province", "city", "county", "adcode", "year", "edition", "layout", "origin",
    "note",
)  # fmt: skip


class _Plan(NamedTuple):
    """How a report is printed: its layout, cells printed with a unit, facts that stand in its prose."""

    layout: str
    words: Mapping[str, str] = {}
    disclosed: int | None = None
    notices: tuple[int, int] | None = None
    published: str = ""


_AMOUNT = "disclosure.procurement.amount_10k_yuan"
_PLANS = {
    "suqian-2023": _Plan("html_word"),
    "suqian-2024": _Plan("html_furniture"),
    "huaian-2024": _Plan("html_div_styles"),
    "shanghai-office-2019": _Plan("html_gbk_one_table", {_AMOUNT: "251000元"}),
    "seed-000": _Plan("text_pipes_spilled", disclosed=226, notices=(0, 0)),
    "seed-001": _Plan("text_section_lines", disclosed=123),
    "seed-002": _Plan("text_tabbed_cells"),
    "seed-003": _Plan("text_tabbed_broken", {_AMOUNT: "385万元"}, published="2021-01-13"),
    "seed-004": _Plan("text_markdown_front", disclosed=394),
}


def build(folder: Path, figures: Path = DATA / "full_reports.json") -> list[Path]:
    """Write the sample pages and ``index.csv`` into a folder; gives the files in order, the index last.

    The same figures give the same bytes.

    Raises:
        UsageError: the file of figures is missing, or has a report without a plan.
    """
    if not figures.exists():
        raise UsageError(f"the figures of real reports are expected in {figures}; run this in a source checkout")
    folder.mkdir(parents=True, exist_ok=True)
    written, index = [], []
    for report in json.loads(figures.read_text(encoding="utf-8")):
        if report["id"] not in _PLANS:
            raise UsageError(f"{figures} has a report {report['id']!r} without a layout; add it to _PLANS")
        plan = _PLANS[report["id"]]
        path = folder / f"{report['id']}.{'html' if LAYOUTS[plan.layout].kind == 'html' else 'txt'}"
        path.write_bytes(_page(report, plan))
        written.append(path)
        index.append(_index_row(report, plan, path.name))
    return [*written, _write_index(folder / "index.csv", index)]


def _page(report: dict[str, Any], plan: _Plan) -> bytes:
    place = "".join(report[level] or "" for level in ("province", "city", "county"))
    story = Story(invented=False, place=place, disclosed=plan.disclosed, notices=plan.notices, published=plan.published)
    return render(
        {**report["values"], **plan.words},
        report["form"],
        plan.layout,
        agency=report["agency"],
        year=report["year"],
        story=story,
    )


def _index_row(report: dict[str, Any], plan: _Plan, file: str) -> dict[str, Any]:
    blanks = sum(value is None for value in report["values"].values())
    notes = ["figures of a real report, page and prose rebuilt"]
    notes += [f"{blanks} cells blank, as in the source"] if blanks else []
    notes += [f"{cell} printed as {text}" for cell, text in plan.words.items()]
    origin = report["origin"]
    if report["id"].startswith("seed-"):
        origin = f"the agency's own report (shared example {report['id'][5:]})"
    row = {**report, "file": file, "edition": report["form"], "layout": plan.layout}
    row |= {"origin": origin, "note": "; ".join(notes)}
    return {column: row[column] for column in COLUMNS}


def _write_index(path: Path, rows: list[dict[str, Any]]) -> Path:
    text = io.StringIO()
    writer = csv.DictWriter(text, COLUMNS, lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    path.write_text(text.getvalue(), encoding="utf-8", newline="")
    return path


def stale(folder: Path, figures: Path = DATA / "full_reports.json") -> list[str]:
    """Names of files in a folder that differ from what ``build`` gives, are missing, or are too many."""
    with tempfile.TemporaryDirectory() as fresh:
        made = {path.name: path.read_bytes() for path in build(Path(fresh), figures)}
    kept = {path.name: path.read_bytes() for path in folder.iterdir()} if folder.is_dir() else {}
    return sorted(name for name in made.keys() | kept.keys() if made.get(name) != kept.get(name))


def main(arguments: list[str] | None = None) -> int:
    """Write the sample pages, or compare them; gives the exit status."""
    parser = argparse.ArgumentParser(prog="python -m govreport.synthetic.bundle", description="write the sample pages")
    parser.add_argument("folder", nargs="?", type=Path, default=DATA / "reports")
    parser.add_argument("--check", action="store_true", help="write nothing, report files that differ")
    options = parser.parse_args(arguments)
    if not options.check:
        print(f"{len(build(options.folder))} files written to {options.folder}")
        return 0
    differing = stale(options.folder)
    print("\n".join(f"differs: {name}" for name in differing) or f"{options.folder} is as built")
    return 1 if differing else 0


if __name__ == "__main__":
    raise SystemExit(main())
